// SPDX-License-Identifier: Apache-2.0
// Expr: an expression, from its text to a program that is run any number of times.
//
//     env = expr_env_new(EXPR_ALL); expr_env_variable(env, "seal.present", "bool", &slot)
//     e = expr_compile(arena, env, text, 0, &issues)      parse, check, compile: once
//     expr_eval(e, &run)                                  no allocation for what makes no new text, list or map
//
// Every evaluation has a cost limit: there is no expression that never ends.
#ifndef EXPR_EXPR_H
#define EXPR_EXPR_H

#include "expr/ast.h"
#include "expr/env.h"

#define EXPR_SOURCE_MAX ((size_t)100 << 10) // bytes
#define EXPR_NODES_MAX 20000
#define EXPR_ISSUES_MAX 16

// What is wrong with an expression: line and column count from 1, columns in code points.
struct expr_issue {
    uint32_t offset, line, column;
    char text[200];
};
struct expr_issues {
    struct expr_issue items[EXPR_ISSUES_MAX];
    size_t count; // of items; more may have been found
};
// Notes an issue; line and column come from the offset.
void expr_issue_add(struct expr_issues *issues, struct str source, uint32_t offset, const char *format, ...)
    PRINTF_LIKE(4, 5);
// "NAME:1:7: no such function: siez\n | siez(a)\n | ^\n" for each, control characters of the source made harmless.
void expr_issues_print(const struct expr_issues *issues, struct str source, const char *name, struct buf *out);

// ---- The three steps, for those who want them apart ----

// NULL with issues. The tree lives in the arena and points into `source`. *count: nodes.
const struct ast *expr_parse(struct arena *arena, struct str source, unsigned features, uint32_t *count,
                             struct expr_issues *issues);
// An expression's text from its tree, macros unexpanded as folds; for tests and messages.
void expr_unparse(const struct ast *ast, struct buf *out);
// The type of every node by its id; NULL with issues. Lives in the arena.
const struct expr_type **expr_check(struct arena *arena, const struct expr_env *env, struct str source,
                                    const struct ast *ast, uint32_t count, struct expr_issues *issues);
// The compiler proper: `types` NULL when the checker was not asked.
struct expr *expr_program(struct arena *arena, const struct expr_env *env, struct str source, const struct ast *ast,
                          uint32_t count, const struct expr_type **types, struct expr_issues *issues);

// ---- And together ----

enum expr_flag { EXPR_UNCHECKED = 1 };

// NULL with issues (also without memory). Lives in the arena; `env` and `source` must outlive it.
struct expr *expr_compile(struct arena *arena, const struct expr_env *env, struct str source, unsigned flags,
                          struct expr_issues *issues);
// What it gives; dyn when it was not checked.
const struct expr_type *expr_result_type(const struct expr *expr);
const struct ast *expr_ast(const struct expr *expr);
// The text that it was made from.
struct str expr_source(const struct expr *expr);
// Which slots it may ask for, ascending.
const uint32_t *expr_slots(const struct expr *expr, size_t *count);
// An upper bound of the cost of one evaluation if lists, maps and texts had at most `size` members (code points);
// UINT64_MAX: more than can be said.
uint64_t expr_cost_bound(const struct expr *expr, uint64_t size);

// One evaluation's surroundings. Costs: one unit an instruction, one a member or each ten bytes touched beyond.
#define EXPR_COST_DEFAULT 1000000
struct expr_run {
    struct arena *arena;            // for what is made; its cap is the memory limit
    const struct expr_value *slots; // by slot; EXPR_UNKNOWN for what is not known
    size_t nslots;
    uint64_t cost, cost_limit; // cost counts up; 0 as limit: EXPR_COST_DEFAULT
    uint64_t *asked;           // bit a slot, set when it is read; NULL: not wanted
    uint32_t offset;           // of the instruction at work, for expr_fail
    bool exhausted;            // the cost limit was reached: nothing absorbs that error
};

// A value, an error, or unknown (with the slots that it hangs on).
struct expr_value expr_eval(const struct expr *expr, struct expr_run *run);

// For functions: an error value at the place of the call; printf's formats.
struct expr_value expr_fail(struct expr_run *run, const char *format, ...) PRINTF_LIKE(2, 3);
// false when that is over the limit: return expr_over_cost(run).
bool expr_spend(struct expr_run *run, uint64_t units);
struct expr_value expr_over_cost(struct expr_run *run);

// A literal, as a person would write it and as the parser reads it back.
void expr_print(const struct expr_value *value, struct buf *out);

#endif
