// SPDX-License-Identifier: Apache-2.0
#include "expr/program.h"

struct expr *expr_compile(struct arena *arena, const struct expr_env *env, struct str source, unsigned flags,
                          struct expr_issues *issues)
{
    uint32_t count;
    const struct expr_type **types = NULL;
    const struct ast *ast = expr_parse(arena, source, expr_env_features(env), &count, issues);
    if (!ast) return NULL;
    if (!(flags & EXPR_UNCHECKED)) {
        types = expr_check(arena, env, source, ast, count, issues);
        if (!types) return NULL;
    }
    return expr_program(arena, env, source, ast, count, types, issues);
}

const struct expr_type *expr_result_type(const struct expr *expr)
{
    return expr->result_type;
}

struct str expr_source(const struct expr *expr)
{
    return expr->source;
}

const struct ast *expr_ast(const struct expr *expr)
{
    return expr->ast;
}

const uint32_t *expr_slots(const struct expr *expr, size_t *count)
{
    *count = expr->nslots;
    return expr->slots;
}
