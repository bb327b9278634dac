// SPDX-License-Identifier: Apache-2.0
// Whatever parses is written as what parses again to the same text; whatever checks has the checked types when it runs;
// and nothing runs past its cost limit or its memory.
#include "expr/expr.h"

#define MEMORY_MAX ((size_t)16 << 20)
#define COST_MAX 20000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool unfolded(struct str text)
{
    return !memmem(text.p, text.n, "fold(", 5) && !memchr(text.p, '@', text.n) && !memchr(text.p, '#', text.n);
}

static void writes_the_same(struct arena *arena, const struct ast *tree)
{
    struct buf first = BUF((size_t)1 << 20), second = BUF((size_t)1 << 20);
    struct expr_issues issues = {0};
    uint32_t count;
    expr_unparse(tree, &first);
    if (!first.failed && first.n <= EXPR_SOURCE_MAX && unfolded(buf_str(&first))) {
        const struct ast *again = expr_parse(arena, buf_str(&first), EXPR_ALL, &count, &issues);
        INVARIANT(again != NULL || arena->failed);
        if (again) expr_unparse(again, &second);
        INVARIANT(!again || str_eq(buf_str(&first), buf_str(&second)));
    }
    buf_free(&first);
    buf_free(&second);
}

static struct expr_value run(struct arena *arena, const struct expr_env *env, struct str text, unsigned flags)
{
    struct expr_value slots[2] = {EXPR_INT_VALUE(7), {.kind = EXPR_UNKNOWN}};
    struct expr_run at = {.arena = arena, .slots = slots, .nslots = 2, .cost_limit = COST_MAX};
    struct expr_issues issues = {0};
    struct expr *expr = expr_compile(arena, env, text, flags, &issues);
    INVARIANT((expr == NULL) == (issues.count > 0));
    if (!expr) return EXPR_NULL_VALUE;
    struct expr_value value = expr_eval(expr, &at);
    INVARIANT(value.kind < EXPR_KIND_COUNT && at.cost <= COST_MAX + MEMORY_MAX);
    INVARIANT(value.kind != EXPR_ERROR || value.fault != NULL);
    return value;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = {(const char *)data, size};
    struct arena arena = ARENA(MEMORY_MAX);
    struct expr_env *env = expr_env_new(EXPR_ALL);
    struct expr_issues issues = {0};
    struct buf out = BUF((size_t)1 << 20);
    uint32_t count, slot;
    INVARIANT(env && expr_env_variable(env, STR("x"), STR("int"), &slot, NULL) == ERR_NONE &&
              expr_env_variable(env, STR("u.v"), STR("list(string)"), &slot, NULL) == ERR_NONE);
    const struct ast *tree = expr_parse(&arena, text, EXPR_ALL, &count, &issues);
    INVARIANT((tree == NULL) == (issues.count > 0));
    if (tree) writes_the_same(&arena, tree);
    expr_issues_print(&issues, text, "fuzz", &out);
    struct expr_value checked = run(&arena, env, text, 0), unchecked = run(&arena, env, text, EXPR_UNCHECKED);
    expr_print(&checked, &out);
    expr_print(&unchecked, &out);
    buf_free(&out);
    expr_env_free(env);
    arena_free(&arena);
    return 0;
}
