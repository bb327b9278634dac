// SPDX-License-Identifier: Apache-2.0
// JSON value: JSON as an expression's values: whole numbers that are written without a point or exponent are int, all
// others double; objects are maps with string keys.
#ifndef EXPR_JSON_VALUE_H
#define EXPR_JSON_VALUE_H

#include "base/json.h"
#include "expr/value.h"

// Points into the JSON tree. ERR_MALFORMED for a whole number over the range of int, ERR_NO_MEMORY.
enum err expr_value_of_json(struct arena *arena, const struct json *json, struct expr_value *out,
                            struct why *why) MUST_USE;

#endif
