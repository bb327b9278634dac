// SPDX-License-Identifier: Apache-2.0
// Program: what compiler, evaluator and value share and nobody else needs.
#ifndef EXPR_PROGRAM_H
#define EXPR_PROGRAM_H

#include "expr/expr.h"

// ---- Values ----

// Comparing goes no deeper than this into lists, maps and optionals.
#define VALUE_DEPTH_MAX 1000

// expr_equal() that takes one unit of *budget for each pair of values it compares; at 0 (also for values nested too
// deep) it stops and what it returns means nothing.
bool value_equal_within(const struct expr_value *a, const struct expr_value *b, uint64_t *budget);
// Equal values hash alike, numbers across their kinds too.
uint64_t value_hash(const struct expr_value *value, uint64_t seed);
// The error that needs no memory.
struct expr_value program_no_memory(void);

#endif
