// SPDX-License-Identifier: Apache-2.0
#include "evaluated.h"

#include "expr/program.h"
#include "expr/table.h"

#include <math.h>
#include <stdlib.h>

#define SLOTS 9
#define RULES_MAX 150

static const struct {
    const char *name, *type;
} variables[SLOTS] = {
    {"i", "int"},    {"j", "int"},  {"u", "uint"},      {"d", "double"}, {"s", "string"},
    {"r", "string"}, {"b", "bool"}, {"l", "list(int)"}, {"any", "dyn"},
};

struct world {
    struct arena arena;
    struct expr_env *env;
    struct expr_value slots[SLOTS];
    uint64_t random;
};

static uint64_t pick(struct world *w)
{
    uint64_t z = w->random += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

static size_t below(struct world *w, size_t n)
{
    return (size_t)(pick(w) % n);
}

static void world_open(struct world *w, uint64_t seed)
{
    struct why why = {0};
    uint32_t slot;
    *w = (struct world){.arena = ARENA(256 << 20), .env = expr_env_new(EXPR_ALL), .random = seed};
    assert_non_null(w->env);
    for (size_t i = 0; i < SLOTS; i++) {
        enum err err = expr_env_variable(w->env, str_of(variables[i].name), str_of(variables[i].type), &slot, &why);
        if (err) fail_msg("%s", why.text);
        w->slots[i].kind = EXPR_UNKNOWN;
    }
}

static void world_close(struct world *w)
{
    expr_env_free(w->env);
    arena_free(&w->arena);
}

// ---- Random conditions and records ----

#define CHOOSE(w, array) ((array)[below((w), sizeof(array) / sizeof(array)[0])])

static void put_conjunct(struct world *w, struct buf *out)
{
    static const char *const orders[] = {"==", "!=", "<", "<=", ">", ">="};
    static const char *const ints[] = {"0", "1", "2", "3", "-1", "10", "9007199254740992", "9223372036854775807"};
    static const char *const doubles[] = {"0.0", "1.0", "1.5", "-0.5", "2.0", "1e300", "9007199254740993.0", "-0.0"};
    static const char *const texts[] = {"''", "'a'", "'b'", "'ab'", "'\\u00ff'", "'a && (b'"};
    static const char *const names[] = {"i", "j", "u", "d", "s", "r", "b", "any"};
    static const char *const other[] = {
        "i < j",
        "s == r",
        "i == j",
        "s.startsWith('a')",
        "l.exists(e, e == i)",
        "1 / i > 0",
        "l[i] > 1",
        "(b || i > 1)",
        "!(b && i > 1)",
        "true",
        "any",
        "!any",
        "i in l",
        "any.startsWith('a')",
        "(b ? i > 1 : d > 1.0)",
        "has(any.a)",
        "s.matches('a+')",
        "d > double(i)",
        "size(s) > 0",
        "type(any) == int",
    };
    static const char *const lists[] = {"[1, 2]", "['a', 'b']", "[1.5, 2.0, 3]", "[1, 'a', true, null]", "[]", "[0u]"};
    const char *name = CHOOSE(w, names), *order = CHOOSE(w, orders);
    switch (below(w, 8)) {
    case 0:
        buf_printf(out, "%s%s", below(w, 2) ? "!" : "", below(w, 3) ? "b" : "any");
        return;
    case 1:
        buf_printf(out, below(w, 4) ? "%s in %s" : "!(%s in %s)", name, CHOOSE(w, lists));
        return;
    case 2:
    case 3:
        buf_printf(out, "%s", CHOOSE(w, other));
        return;
    default:
        break;
    }
    const char *constant = strchr("sr", *name) && below(w, 8) ? CHOOSE(w, texts)
                           : *name == 'b' && below(w, 8)      ? "true"
                           : *name == 'd' && below(w, 4)      ? CHOOSE(w, doubles)
                           : below(w, 8)                      ? CHOOSE(w, ints)
                           : below(w, 2)                      ? CHOOSE(w, texts)
                           : below(w, 4)                      ? CHOOSE(w, doubles)
                                                              : "null";
    if (below(w, 4) == 0)
        buf_printf(out, "!(%s %s %s)", name, order, constant);
    else if (below(w, 4) == 0)
        buf_printf(out, "%s %s %s", constant, order, name);
    else
        buf_printf(out, "%s %s %s", name, order, constant);
}

static void put_condition(struct world *w, struct buf *out, size_t depth)
{
    size_t n = 1 + below(w, depth ? 5 : 2);
    for (size_t i = 0; i < n; i++) {
        bool nested = depth && below(w, 6) == 0;
        if (i) buf_puts(out, below(w, 3) ? " && " : "&&");
        if (nested) buf_puts(out, below(w, 2) ? "(" : "( ");
        if (nested)
            put_condition(w, out, depth - 1);
        else
            put_conjunct(w, out);
        if (nested) buf_puts(out, ")");
    }
}

static struct expr_value random_value(struct world *w, size_t slot)
{
    static const struct expr_fault fault = {0, {"given as an error", 17}};
    static const int64_t ints[] = {0, 1, 2, 3, -1, 10, 7, INT64_MAX, INT64_MIN, (INT64_C(1) << 53) + 1};
    static const double doubles[] = {0, -0.0, 1, 1.5, 2, -0.5, 1e300, INFINITY, -INFINITY, NAN, 0x1p53, 0.25};
    static const char *const texts[] = {"", "a", "b", "ab", "\xc3\xbf", "a && (b", "zzz"};
    static const struct expr_value items[] = {{.kind = EXPR_INT, .integer = 1}, {.kind = EXPR_INT, .integer = 3}};
    size_t kind = below(w, 20) == 0 ? below(w, 9) : slot;
    if (slot == 8) kind = below(w, 9);
    switch (below(w, 12) ? kind : 99) {
    case 0:
    case 1:
        return EXPR_INT_VALUE(CHOOSE(w, ints));
    case 2:
        return EXPR_UINT_VALUE((uint64_t)CHOOSE(w, ints));
    case 3:
        return EXPR_DOUBLE_VALUE(CHOOSE(w, doubles));
    case 4:
    case 5:
        return EXPR_STRING_VALUE(str_of(CHOOSE(w, texts)));
    case 6:
        return EXPR_BOOL_VALUE(below(w, 2) == 0);
    case 7:
        return expr_list_new(&w->arena, items, 2);
    case 8:
        return below(w, 2) ? EXPR_NULL_VALUE : (struct expr_value){.kind = EXPR_ERROR, .fault = &fault};
    default:
        return (struct expr_value){.kind = EXPR_UNKNOWN};
    }
}

// ---- What must come out ----

static enum table_result result_of(const struct expr_value *value)
{
    return value->kind == EXPR_UNKNOWN ? TABLE_UNKNOWN
           : value->kind != EXPR_BOOL  ? TABLE_ERROR
           : value->boolean            ? TABLE_TRUE
                                       : TABLE_FALSE;
}

// Each conjunct, compiled from its span in the source, is evaluated; the first of the whole's result is the one.
static void check_condition(struct world *w, const struct table *table, const struct expr *expr, size_t number,
                            struct table_verdict got)
{
    struct arena scratch = ARENA(1 << 20);
    struct expr_run run = {.arena = &scratch, .slots = w->slots, .nslots = SLOTS};
    struct expr_value whole = expr_eval(expr, &run);
    struct str source = expr->source;
    if (result_of(&whole) != got.result)
        fail_msg("%.*s gives %d, the table %d", STR_ARG(source), (int)result_of(&whole), (int)got.result);
    size_t first = 0, n = table_conjuncts(table, number);
    for (; got.result != TABLE_TRUE && first < n; first++) {
        struct table_span span = table_conjunct(table, number, first);
        struct expr_issues issues = {0};
        struct str text = {source.p + span.offset, span.len};
        struct expr *part = expr_compile(&scratch, w->env, text, EXPR_UNCHECKED, &issues);
        if (!part) fail_msg("%.*s has no conjunct %.*s", STR_ARG(source), STR_ARG(text));
        run = (struct expr_run){.arena = &scratch, .slots = w->slots, .nslots = SLOTS};
        struct expr_value value = expr_eval(part, &run);
        if (result_of(&value) == got.result) break;
    }
    if (got.result != TABLE_TRUE && first != got.conjunct)
        fail_msg("%.*s: conjunct %zu, the table says %u", STR_ARG(source), first, got.conjunct);
    arena_free(&scratch);
}

static void answers_as_the_whole_expression_does(void **state)
{
    (void)state;
    const char *many = getenv("PUENTE_LONG");
    size_t seen[4] = {0};
    for (uint64_t seed = 1; seed <= (many ? 400 : 12); seed++) {
        struct world w;
        world_open(&w, seed);
        const struct expr *rules[RULES_MAX];
        size_t count = 1 + below(&w, RULES_MAX);
        for (size_t i = 0; i < count; i++) {
            struct buf text = BUF(1 << 16);
            struct expr_issues issues = {0};
            put_condition(&w, &text, 2);
            rules[i] = expr_compile(&w.arena, w.env, arena_str(&w.arena, buf_str(&text)), EXPR_UNCHECKED, &issues);
            if (!rules[i]) fail_msg("%.*s: %s", STR_ARG(buf_str(&text)), issues.items[0].text);
            buf_free(&text);
        }
        struct table *table;
        struct why why = {0};
        assert_int_equal(table_new(&w.arena, rules, count, &table, &why), ERR_NONE);
        for (size_t record = 0; record < 100; record++) {
            struct table_verdict verdicts[RULES_MAX];
            for (size_t i = 0; i < SLOTS; i++) w.slots[i] = random_value(&w, i);
            struct expr_run run = {.arena = &w.arena, .slots = w.slots, .nslots = SLOTS};
            assert_true(table_eval(table, &run, verdicts));
            for (size_t i = 0; i < count; i++) {
                check_condition(&w, table, rules[i], i, verdicts[i]);
                seen[verdicts[i].result]++;
            }
        }
        world_close(&w);
    }
    for (size_t i = 0; i < 4; i++) assert_true(seen[i] > 1000);
}

// ---- By hand ----

static struct table *table_of(struct world *w, const struct expr **rules, const char *const *texts, size_t count)
{
    struct table *table;
    struct why why = {0};
    for (size_t i = 0; i < count; i++) rules[i] = evaluated_compile(&w->arena, w->env, texts[i]);
    if (table_new(&w->arena, rules, count, &table, &why)) fail_msg("%s", why.text);
    return table;
}

static void says_where_a_conjunct_stands(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "i > 1 && (s == 'a' && b)&&r in ['&&', ')'] ",
        "(i > 1)",
        "((i > 1 || b) && (b || (s == \"(\")))",
        " b\n  && !(i == 2 && j == 3) && (l.all(e, e > 0 && e < 9))",
    };
    static const char *const spans[4][5] = {
        {"i > 1", "s == 'a'", "b", "r in ['&&', ')']"},
        {"(i > 1)"},
        {"(i > 1 || b)", "(b || (s == \"(\"))"},
        {"b", "!(i == 2 && j == 3)", "(l.all(e, e > 0 && e < 9))"},
    };
    struct world w;
    const struct expr *rules[4];
    world_open(&w, 1);
    struct table *table = table_of(&w, rules, texts, 4);
    assert_int_equal(table_count(table), 4);
    for (size_t i = 0; i < 4; i++) {
        size_t n = table_conjuncts(table, i);
        assert_null(spans[i][n]);
        for (size_t k = 0; k < n; k++) {
            struct table_span span = table_conjunct(table, i, k);
            struct str text = {texts[i] + span.offset, span.len};
            if (!str_is(text, spans[i][k])) fail_msg("%.*s, not %s", STR_ARG(text), spans[i][k]);
        }
    }
    world_close(&w);
}

static void names_the_first_conjunct_that_fails_or_is_open(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "i > 1 && s == 'a' && b",         // true
        "i > 1 && s == 'b' && !b",        // false at 1
        "j > 1 && i > 1 && r == 'a'",     // unknown at 0
        "j > 1 && s.endsWith('x')",       // false at 1, although 0 is open
        "i > 1 && 1 / (i - 5) == 1 && b", // error at 1
        "1 / (i - 5) == 1 && j > 1",      // unknown at 1 rather than the error
        "any < 3 && b",                   // error at 0: a list has no order
        "i > 1 && any == 'x' && j == 1",  // false at 1
    };
    static const struct table_verdict want[] = {
        {TABLE_TRUE, 0},  {TABLE_FALSE, 1},   {TABLE_UNKNOWN, 0}, {TABLE_FALSE, 1},
        {TABLE_ERROR, 1}, {TABLE_UNKNOWN, 1}, {TABLE_ERROR, 0},   {TABLE_FALSE, 1},
    };
    struct world w;
    const struct expr *rules[8];
    struct table_verdict got[8];
    world_open(&w, 1);
    struct table *table = table_of(&w, rules, texts, 8);
    w.slots[0] = EXPR_INT_VALUE(5);
    w.slots[4] = EXPR_STRING_VALUE(STR("a"));
    w.slots[6] = EXPR_BOOL_VALUE(true);
    w.slots[8] = expr_list_new(&w.arena, NULL, 0);
    uint64_t asked = 0;
    struct expr_run run = {.arena = &w.arena, .slots = w.slots, .nslots = SLOTS, .asked = &asked};
    assert_true(table_eval(table, &run, got));
    for (size_t i = 0; i < 8; i++) {
        assert_int_equal(got[i].result, want[i].result);
        assert_int_equal(got[i].conjunct, want[i].conjunct);
    }
    assert_int_equal(asked, 1u << 0 | 1u << 1 | 1u << 4 | 1u << 5 | 1u << 6 | 1u << 8);
    world_close(&w);
}

static void one_program_serves_all_who_say_the_same(void **state)
{
    (void)state;
    static const char *const texts[] = {"b && s.startsWith('a')", "(s.startsWith('a'))&&i > 1", "s.startsWith('a')",
                                        "i > 1"};
    struct world w;
    const struct expr *rules[4];
    struct table_verdict got[4];
    world_open(&w, 1);
    w.slots[0] = EXPR_INT_VALUE(5);
    w.slots[4] = EXPR_STRING_VALUE(STR("a"));
    w.slots[6] = EXPR_BOOL_VALUE(true);
    struct expr_run alone = {.arena = &w.arena, .slots = w.slots, .nslots = SLOTS}, all = alone;
    assert_true(table_eval(table_of(&w, rules, texts + 2, 1), &alone, got));
    assert_true(table_eval(table_of(&w, rules, texts, 1), &all, got));
    uint64_t program = alone.cost, first = all.cost;
    all.cost = 0;
    assert_true(table_eval(table_of(&w, rules, texts, 4), &all, got));
    assert_int_equal(program, 2);
    assert_int_equal(first, 1 + program); // one variable more in the bit rows
    // "(s.startsWith('a'))" are other words: two programs, and the variables i and b.
    assert_int_equal(all.cost, 2 + 2 * program);
    for (size_t i = 0; i < 4; i++) assert_int_equal(got[i].result, TABLE_TRUE);
    world_close(&w);
}

static void a_condition_decided_before_costs_no_program(void **state)
{
    (void)state;
    static const char *const texts[] = {"i > 9 && l.all(e, e > 0)"};
    struct world w;
    const struct expr *rules[1];
    struct table_verdict got[1];
    world_open(&w, 1);
    w.slots[0] = EXPR_INT_VALUE(5);
    struct expr_run run = {.arena = &w.arena, .slots = w.slots, .nslots = SLOTS};
    assert_true(table_eval(table_of(&w, rules, texts, 1), &run, got));
    assert_int_equal(run.cost, 1);
    assert_int_equal(got[0].result, TABLE_FALSE);
    world_close(&w);
}

static void takes_many_and_long_conditions(void **state)
{
    (void)state;
    struct world w;
    world_open(&w, 1);
    enum { MANY = 3000 };
    const struct expr **rules = arena_array(&w.arena, const struct expr *, MANY);
    for (size_t i = 0; i < MANY; i++) {
        struct str text = i % 1000 ? arena_printf(&w.arena, "i > %zu && j < %zu", i, i / 2) : STR_NONE;
        if (!text.p) {
            struct buf long_text = BUF(1 << 20);
            for (int k = 0; k < 130; k++) buf_printf(&long_text, "i != %d && ", k);
            buf_puts(&long_text, "b");
            text = arena_str(&w.arena, buf_str(&long_text));
            buf_free(&long_text);
        }
        rules[i] = evaluated_compile(&w.arena, w.env, text.p);
    }
    struct table *table;
    struct why why = {0};
    assert_int_equal(table_new(&w.arena, rules, MANY, &table, &why), ERR_NONE);
    struct table_verdict *got = arena_array(&w.arena, struct table_verdict, MANY);
    w.slots[0] = EXPR_INT_VALUE(100);
    w.slots[1] = EXPR_INT_VALUE(40);
    struct expr_run run = {.arena = &w.arena, .slots = w.slots, .nslots = SLOTS};
    assert_true(table_eval(table, &run, got));
    for (size_t i = 0; i < MANY; i++) {
        if (i % 1000 == 0) {
            assert_int_equal(got[i].result, TABLE_FALSE);
            assert_int_equal(got[i].conjunct, 100);
            continue;
        }
        enum table_result want = i < 100 && i / 2 > 40 ? TABLE_TRUE : TABLE_FALSE;
        assert_int_equal(got[i].result, want);
        if (want == TABLE_FALSE) assert_int_equal(got[i].conjunct, i < 100 ? 1 : 0);
    }
    world_close(&w);
}

static void refuses_what_gives_no_bool(void **state)
{
    (void)state;
    struct world w;
    struct table *table;
    struct why why = {0};
    struct expr_issues issues = {0};
    world_open(&w, 1);
    const struct expr *rules[] = {expr_compile(&w.arena, w.env, STR("i > 1"), 0, &issues),
                                  expr_compile(&w.arena, w.env, STR("i + 1"), 0, &issues)};
    assert_int_equal(table_new(&w.arena, rules, 2, &table, &why), ERR_SENSELESS);
    assert_string_equal(why.member, "/1");
    assert_int_equal(table_new(&w.arena, rules, 0, &table, &why), ERR_NONE);
    struct expr_run run = {.arena = &w.arena, .slots = w.slots, .nslots = SLOTS};
    assert_true(table_eval(table, &run, NULL));
    for (size_t room = 0; room < 4000; room += 48) {
        struct arena small = ARENA(room);
        struct why reason = {0};
        enum err err = table_new(&small, rules, 1, &table, &reason);
        assert_true(err == ERR_NONE || err == ERR_NO_MEMORY);
        assert_int_equal(err == ERR_NO_MEMORY, small.failed);
        arena_free(&small);
    }
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_as_the_whole_expression_does),
        cmocka_unit_test(says_where_a_conjunct_stands),
        cmocka_unit_test(names_the_first_conjunct_that_fails_or_is_open),
        cmocka_unit_test(one_program_serves_all_who_say_the_same),
        cmocka_unit_test(a_condition_decided_before_costs_no_program),
        cmocka_unit_test(takes_many_and_long_conditions),
        cmocka_unit_test(refuses_what_gives_no_bool),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
