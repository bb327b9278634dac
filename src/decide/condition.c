// SPDX-License-Identifier: Apache-2.0
#include "decide/condition.h"

#include <stdlib.h>

struct expr_env *condition_env_new(const struct condition_variable *variables, size_t count)
{
    struct expr_env *env = expr_env_new(EXPR_STRINGS | EXPR_MATH | EXPR_BINDINGS);
    for (size_t i = 0; env && i < count; i++) {
        uint32_t slot;
        if (expr_env_variable(env, str_of(variables[i].name), str_of(variables[i].type), &slot, NULL) != ERR_NONE) {
            expr_env_free(env);
            return NULL;
        }
        INVARIANT(slot == i);
    }
    return env;
}

static enum err refuse(const struct arena *arena, const struct expr_issues *issues, struct why *why)
{
    if (arena->failed || issues->count == 0) return why_set(why, ERR_NO_MEMORY, "", "no memory for a condition");
    const struct expr_issue *first = &issues->items[0];
    (void)why_set(why, ERR_MALFORMED, "", "line %u, column %u: %s", first->line, first->column, first->text);
    return why_at(why, first->offset);
}

static bool is_comparison(struct str name)
{
    return str_is(name, OP_EQ) || str_is(name, OP_NE) || str_is(name, OP_IN);
}

const struct fact_kind *condition_fact(const struct ast *ast)
{
    struct buf name = BUF(256);
    const struct fact_kind *kind = NULL;
    if (ast->kind == AST_SELECT || ast->kind == AST_IDENT) {
        expr_unparse(ast, &name);
        if (!name.failed) kind = fact_kind_find(buf_str(&name));
    }
    buf_free(&name);
    return kind;
}

// A text that this fact can never be is a slip of the pen, which the checker's types do not find.
static const struct ast *impossible(const struct fact_kind *kind, const struct ast *with)
{
    if (with->kind == AST_LIST) {
        for (size_t i = 0; i < with->nargs; i++) {
            const struct ast *found = impossible(kind, with->args[i]);
            if (found) return found;
        }
        return NULL;
    }
    if (with->kind != AST_CONST || with->value.kind != EXPR_STRING) return NULL;
    for (const char *const *v = kind->values; *v; v++)
        if (str_is(with->value.text, *v)) return NULL;
    return with;
}

static enum err compared(const struct ast *ast, struct why *why)
{
    for (size_t i = 0; i < 2; i++) {
        const struct fact_kind *kind = condition_fact(ast->args[i]);
        const struct ast *value = kind && kind->values ? impossible(kind, ast->args[1 - i]) : NULL;
        if (!value) continue;
        (void)why_set(why, ERR_MALFORMED, "", "'%s' is never '%.*s'; docs/facts.md lists what it can be", kind->name,
                      STR_ARG(value->value.text));
        return why_at(why, value->offset);
    }
    return ERR_NONE;
}

// The parser bounds the depth of a tree.
static enum err values_check(const struct ast *ast, struct why *why)
{
    enum err err = ERR_NONE;
    if (!ast) return ERR_NONE;
    if (ast->kind == AST_CALL && ast->nargs == 2 && is_comparison(ast->name)) err = compared(ast, why);
    if (err == ERR_NONE) err = values_check(ast->target, why);
    for (size_t i = 0; i < ast->nargs && err == ERR_NONE; i++) err = values_check(ast->args[i], why);
    if (!ast->fold || err != ERR_NONE) return err;
    const struct ast *parts[] = {ast->fold->range, ast->fold->init, ast->fold->condition, ast->fold->step,
                                 ast->fold->result};
    for (size_t i = 0; i < sizeof parts / sizeof *parts && err == ERR_NONE; i++) err = values_check(parts[i], why);
    return err;
}

enum err condition_read(struct arena *arena, const struct expr_env *env, struct str text, struct condition *out,
                        struct why *why)
{
    if (text.n > CONDITION_TEXT_MAX)
        return why_set(why, ERR_TOO_LARGE, "", "a condition has at most %d bytes", CONDITION_TEXT_MAX);
    struct expr_issues *issues = arena_new(arena, struct expr_issues);
    if (!issues || !env) return why_set(why, ERR_NO_MEMORY, "", "no memory for a condition");
    const struct expr *expr = expr_compile(arena, env, text, 0, issues);
    if (!expr) return refuse(arena, issues, why);
    const struct expr_type *type = expr_result_type(expr);
    if (type->kind != TYPE_OF || type->of != EXPR_BOOL)
        return why_set(why, ERR_MALFORMED, "", "a condition is true or false; this is of type %.*s",
                       STR_ARG(expr_type_text(arena, type)));
    if (expr_cost_bound(expr, FACT_TEXT_MAX) > CONDITION_COST_MAX)
        return why_set(why, ERR_TOO_LARGE, "", "the condition could cost more than %d steps; make it simpler",
                       CONDITION_COST_MAX);
    *out = (struct condition){text, expr};
    return ERR_NONE;
}

enum err condition_values_check(const struct condition *condition, struct why *why)
{
    return values_check(expr_ast(condition->expr), why);
}

static void mark(uint64_t *words, uint32_t slot)
{
    words[slot / 64] |= UINT64_C(1) << (slot % 64);
}

void condition_eval(const struct condition *condition, struct arena *arena, const struct expr_value *slots,
                    size_t nslots, struct verdict *out)
{
    *out = (struct verdict){.truth = TRUTH_UNKNOWN};
    struct expr_run run = {
        .arena = arena, .slots = slots, .nslots = nslots, .cost_limit = CONDITION_COST_MAX, .asked = out->asked};
    struct expr_value value = expr_eval(condition->expr, &run);
    if (value.kind == EXPR_BOOL) out->truth = value.boolean ? TRUTH_TRUE : TRUTH_FALSE;
    if (value.kind == EXPR_ERROR) out->fault = value.fault ? value.fault->text : STR("no memory");
    for (size_t i = 0; value.kind == EXPR_UNKNOWN && value.unknown && i < value.unknown->count; i++)
        mark(out->missing, value.unknown->slots[i]);
}

bool condition_holds(const struct condition *condition, const struct expr_value *slots, size_t nslots)
{
    struct arena scratch = ARENA(CONDITION_MEMORY_MAX);
    struct verdict verdict;
    condition_eval(condition, &scratch, slots, nslots, &verdict);
    arena_free(&scratch);
    return verdict.truth == TRUTH_TRUE;
}
