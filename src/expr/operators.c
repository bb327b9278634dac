// SPDX-License-Identifier: Apache-2.0
// What operators take and give, for the checker: the evaluator has an instruction for each (langdef.md, "List of
// Standard Definitions").
#include "expr/ast.h"
#include "expr/extension.h"
#include "expr/macro.h"

#define ORDERED(name)                                                                                                  \
    {name, "(bool, bool) -> bool", NULL, false}, {name, "(int, int) -> bool", NULL, false},                            \
        {name, "(int, uint) -> bool", NULL, false}, {name, "(int, double) -> bool", NULL, false},                      \
        {name, "(uint, uint) -> bool", NULL, false}, {name, "(uint, int) -> bool", NULL, false},                       \
        {name, "(uint, double) -> bool", NULL, false}, {name, "(double, double) -> bool", NULL, false},                \
        {name, "(double, int) -> bool", NULL, false}, {name, "(double, uint) -> bool", NULL, false},                   \
        {name, "(string, string) -> bool", NULL, false}, {name, "(bytes, bytes) -> bool", NULL, false},                \
        {name, "(timestamp, timestamp) -> bool", NULL, false},                                                         \
    {                                                                                                                  \
        name, "(duration, duration) -> bool", NULL, false                                                              \
    }

const struct expr_overload expr_operators[] = {
    {OP_CONDITIONAL, "(bool, A, A) -> A", NULL, false},
    {OP_AND, "(bool, bool) -> bool", NULL, false},
    {OP_OR, "(bool, bool) -> bool", NULL, false},
    {OP_NOT, "(bool) -> bool", NULL, false},
    {OP_NOT_STRICTLY_FALSE, "(bool) -> bool", NULL, false},
    {OP_EQ, "(A, A) -> bool", NULL, false},
    {OP_NE, "(A, A) -> bool", NULL, false},
    ORDERED(OP_LT),
    ORDERED(OP_LE),
    ORDERED(OP_GT),
    ORDERED(OP_GE),
    {OP_IN, "(A, list(A)) -> bool", NULL, false},
    {OP_IN, "(A, map(A, B)) -> bool", NULL, false},
    {OP_INDEX, "(list(A), int) -> A", NULL, false},
    {OP_INDEX, "(map(A, B), A) -> B", NULL, false},
    {OP_NEGATE, "(int) -> int", NULL, false},
    {OP_NEGATE, "(double) -> double", NULL, false},
    {OP_ADD, "(int, int) -> int", NULL, false},
    {OP_ADD, "(uint, uint) -> uint", NULL, false},
    {OP_ADD, "(double, double) -> double", NULL, false},
    {OP_ADD, "(string, string) -> string", NULL, false},
    {OP_ADD, "(bytes, bytes) -> bytes", NULL, false},
    {OP_ADD, "(list(A), list(A)) -> list(A)", NULL, false},
    {OP_ADD, "(timestamp, duration) -> timestamp", NULL, false},
    {OP_ADD, "(duration, timestamp) -> timestamp", NULL, false},
    {OP_ADD, "(duration, duration) -> duration", NULL, false},
    {OP_SUB, "(int, int) -> int", NULL, false},
    {OP_SUB, "(uint, uint) -> uint", NULL, false},
    {OP_SUB, "(double, double) -> double", NULL, false},
    {OP_SUB, "(timestamp, timestamp) -> duration", NULL, false},
    {OP_SUB, "(timestamp, duration) -> timestamp", NULL, false},
    {OP_SUB, "(duration, duration) -> duration", NULL, false},
    {OP_MUL, "(int, int) -> int", NULL, false},
    {OP_MUL, "(uint, uint) -> uint", NULL, false},
    {OP_MUL, "(double, double) -> double", NULL, false},
    {OP_DIV, "(int, int) -> int", NULL, false},
    {OP_DIV, "(uint, uint) -> uint", NULL, false},
    {OP_DIV, "(double, double) -> double", NULL, false},
    {OP_MOD, "(int, int) -> int", NULL, false},
    {OP_MOD, "(uint, uint) -> uint", NULL, false},
    {MACRO_MAP_INSERT, "(map(A, B), A, B) -> map(A, B)", NULL, false},
    {MACRO_MAP_INSERT, "(map(A, B), map(A, B)) -> map(A, B)", NULL, false},
    {NULL, NULL, NULL, false},
};

// a.?b has no signature: which field it selects is no value.
const struct expr_overload expr_optional_operators[] = {
    {OP_INDEX, "(optional(list(A)), int) -> optional(A)", NULL, false},
    {OP_INDEX, "(optional(map(A, B)), A) -> optional(B)", NULL, false},
    {OP_OPT_INDEX, "(list(A), int) -> optional(A)", NULL, false},
    {OP_OPT_INDEX, "(map(A, B), A) -> optional(B)", NULL, false},
    {OP_OPT_INDEX, "(optional(list(A)), int) -> optional(A)", NULL, false},
    {OP_OPT_INDEX, "(optional(map(A, B)), A) -> optional(B)", NULL, false},
    {NULL, NULL, NULL, false},
};
