// SPDX-License-Identifier: Apache-2.0
// A value as the text that the judge of cel-go/value.go writes: one way each.
#ifndef TESTS_INTEROP_CEL_VALUE_H
#define TESTS_INTEROP_CEL_VALUE_H

#include "expr/expr.h"

void cel_value_write(const struct expr_value *value, struct buf *out);

#endif
