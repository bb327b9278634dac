// SPDX-License-Identifier: Apache-2.0
// Tables of expressions with what they give, as expr_print writes it; of an error a part of its text.
#ifndef TESTS_UNIT_EXPR_EVALUATED_H
#define TESTS_UNIT_EXPR_EVALUATED_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "expr/expr.h"

struct evaluated {
    const char *text, *value; // value NULL: an error that has `fault` in it
    const char *fault;
};

static inline struct expr *evaluated_compile(struct arena *arena, const struct expr_env *env, const char *text)
{
    struct expr_issues issues = {0};
    struct expr *expr = expr_compile(arena, env, str_of(text), EXPR_UNCHECKED, &issues);
    if (!expr) fail_msg("%s: %s", text, issues.items[0].text);
    return expr;
}

static inline void evaluated_check(const struct expr_env *env, const struct evaluated *row)
{
    struct arena arena = ARENA(16 << 20);
    struct expr_run run = {.arena = &arena};
    struct buf out = BUF(1 << 20);
    struct expr_value value = expr_eval(evaluated_compile(&arena, env, row->text), &run);
    expr_print(&value, &out);
    buf_putc(&out, 0);
    assert_false(out.failed);
    if (row->value) {
        if (strcmp(out.p, row->value) != 0) fail_msg("%s gives %s, not %s", row->text, out.p, row->value);
    } else {
        if (value.kind != EXPR_ERROR) fail_msg("%s gives %s, not an error", row->text, out.p);
        struct str fault = value.fault->text;
        if (!memmem(fault.p, fault.n, row->fault, strlen(row->fault)))
            fail_msg("%s fails with \"%.*s\", not \"%s\"", row->text, STR_ARG(fault), row->fault);
    }
    buf_free(&out);
    arena_free(&arena);
}

static inline void evaluated_check_all(const struct evaluated *rows, size_t count)
{
    struct expr_env *env = expr_env_new(EXPR_ALL);
    assert_non_null(env);
    for (size_t i = 0; i < count; i++) evaluated_check(env, &rows[i]);
    expr_env_free(env);
}

// The error under a cost limit or in an arena of so many bytes; a value if it fits.
static inline struct expr_value evaluated_within(struct arena *arena, struct arena *small, uint64_t cost_limit,
                                                 const char *text)
{
    struct expr_env *env = expr_env_new(EXPR_ALL);
    assert_non_null(env);
    struct expr_run run = {.arena = small, .cost_limit = cost_limit};
    struct expr_value value = expr_eval(evaluated_compile(arena, env, text), &run);
    expr_env_free(env);
    return value;
}

#define EVALUATED(...)                                                                                                 \
    do {                                                                                                               \
        static const struct evaluated rows[] = {__VA_ARGS__};                                                          \
        evaluated_check_all(rows, sizeof rows / sizeof *rows);                                                         \
    } while (0)

#endif
