// SPDX-License-Identifier: Apache-2.0
// What we leave out of CEL's conformance suite, and why. Tests that need generated protobuf messages carry that mark
// themselves.
#include "expr/conform.h"

const char conform_exclusions[] = "";
