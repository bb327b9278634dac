// SPDX-License-Identifier: Apache-2.0
// What we leave out of CEL's conformance suite, and why. Tests that need generated protobuf messages carry that mark
// themselves.
#include "expr/conform.h"

const char conform_exclusions[] =
    "proto2/has/required: needs the generated message TestRequired of cel.expr.conformance.proto2\n";
