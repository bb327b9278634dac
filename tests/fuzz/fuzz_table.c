// SPDX-License-Identifier: Apache-2.0
// A condition a line: the table must say of each what the expression says by itself, and no evaluation may cost more
// than the bound that was worked out for it.
#include "expr/table.h"

#define MEMORY_MAX ((size_t)32 << 20)
#define CONDITIONS_MAX 70
#define MEMBERS 3 // of the list and the text

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct expr_value members[MEMBERS] = {
    {.kind = EXPR_INT, .integer = 1}, {.kind = EXPR_INT, .integer = 5}, {.kind = EXPR_INT, .integer = -3}};
static const struct expr_list list = {MEMBERS, members};
static const struct {
    const char *name, *type;
    struct expr_value value;
} variables[] = {
    {"i", "int", {.kind = EXPR_INT, .integer = 5}},
    {"d", "double", {.kind = EXPR_DOUBLE, .number = 2.5}},
    {"s", "string", {.kind = EXPR_STRING, .text = {"ab", 2}}},
    {"b", "bool", {.kind = EXPR_BOOL, .boolean = true}},
    {"l", "list(int)", {.kind = EXPR_LIST, .list = &list}},
    {"u", "int", {.kind = EXPR_UNKNOWN}},
    {"any", "dyn", {.kind = EXPR_NULL}},
};
#define SLOTS (sizeof variables / sizeof variables[0])

static void is_within_its_bound(const struct expr_env *env, struct str text, struct arena *arena,
                                const struct expr_value *slots)
{
    struct expr_issues issues = {0};
    const struct expr *expr = expr_compile(arena, env, text, 0, &issues);
    if (!expr) return;
    uint64_t bound = expr_cost_bound(expr, MEMBERS);
    struct expr_run run = {.arena = arena, .slots = slots, .nslots = SLOTS};
    expr_eval(expr, &run);
    INVARIANT(run.cost <= bound || run.exhausted);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str rest = {(const char *)data, size};
    struct arena arena = ARENA(MEMORY_MAX);
    struct expr_env *env = expr_env_new(EXPR_ALL);
    struct expr_value slots[SLOTS];
    const struct expr *conditions[CONDITIONS_MAX];
    struct table_verdict verdicts[CONDITIONS_MAX];
    struct table *table;
    struct why why = {0};
    uint32_t slot;
    size_t count = 0;
    for (size_t i = 0; env && i < SLOTS; i++) {
        slots[i] = variables[i].value;
        INVARIANT(!expr_env_variable(env, str_of(variables[i].name), str_of(variables[i].type), &slot, &why));
    }
    while (env && rest.p && count < CONDITIONS_MAX) {
        struct expr_issues issues = {0};
        struct str line = str_cut(rest, '\n', &rest);
        is_within_its_bound(env, line, &arena, slots);
        conditions[count] = expr_compile(&arena, env, line, EXPR_UNCHECKED, &issues);
        count += conditions[count] != NULL;
    }
    struct expr_run run = {.arena = &arena, .slots = slots, .nslots = SLOTS};
    if (env && table_new(&arena, conditions, count, &table, &why) == ERR_NONE && table_eval(table, &run, verdicts)) {
        for (size_t i = 0; i < count && !arena.failed && !run.exhausted; i++) {
            run = (struct expr_run){.arena = &arena, .slots = slots, .nslots = SLOTS};
            struct expr_value value = expr_eval(conditions[i], &run);
            enum table_result want = value.kind == EXPR_UNKNOWN ? TABLE_UNKNOWN
                                     : value.kind != EXPR_BOOL  ? TABLE_ERROR
                                     : value.boolean            ? TABLE_TRUE
                                                                : TABLE_FALSE;
            INVARIANT(verdicts[i].result == want || arena.failed || run.exhausted);
            INVARIANT(verdicts[i].conjunct < table_conjuncts(table, i));
        }
    }
    expr_env_free(env);
    arena_free(&arena);
    return 0;
}
