// SPDX-License-Identifier: Apache-2.0
// Table: many conditions over one record, as rules have them, answered at once and with the reason for each: which of
// its conjuncts was the first that failed, or the first that could not be decided.
//
// Conditions are cut at their outermost &&. What compares a variable with a constant, asks whether it is in a constant
// list, or is the variable itself, goes into bit rows by variable: one look at the variable's value tells of all rules
// which of their conjuncts it makes false. All else runs as a program of its own, once for all rules that say it in the
// same words, and only for rules of which no earlier conjunct is false. The answers are those of expr_eval of the
// whole.
#ifndef EXPR_TABLE_H
#define EXPR_TABLE_H

#include "expr/expr.h"

#define TABLE_WORDS_MAX ((size_t)1 << 18) // conjuncts of the longest condition times conditions, in words of 64

enum table_result {
    TABLE_TRUE,
    TABLE_FALSE,
    TABLE_UNKNOWN, // none is false, and some conjunct hangs on what is not known
    TABLE_ERROR,   // none is false or unknown, and some conjunct failed, or is no bool
};

struct table_verdict {
    enum table_result result;
    uint32_t conjunct; // the first that is false, unknown or an error; 0 when true
};

// Where a conjunct stands in its source.
struct table_span {
    uint32_t offset, len; // bytes
};

struct table;

// In the arena; the expressions must outlive it and be of one environment. ERR_SENSELESS (member: the number) for one
// that does not give a bool, ERR_TOO_LARGE, ERR_NO_MEMORY.
enum err table_new(struct arena *arena, const struct expr *const *conditions, size_t count, struct table **out,
                   struct why *why) MUST_USE;
size_t table_count(const struct table *table);
size_t table_conjuncts(const struct table *table, size_t condition);
struct table_span table_conjunct(const struct table *table, size_t condition, size_t conjunct);

// One record: `verdicts` has room for table_count(). run->cost counts a unit for each variable and what the programs
// cost; a condition that needs a program after the limit is reached is an error. Nothing is made in the arena but by
// programs that make something, unless the table has more than some thousand conditions.
// false: no memory.
bool table_eval(const struct table *table, struct expr_run *run, struct table_verdict *verdicts) MUST_USE;

#endif
