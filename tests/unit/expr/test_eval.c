// SPDX-License-Identifier: Apache-2.0
#include "evaluated.h"

#include "expr/program.h"

#include <math.h>

// Slots of the world that the expressions below speak of: known ones first, then what is not known.
static const struct {
    const char *name, *type;
} variables[] = {
    {"i", "int"},
    {"d", "double"},
    {"s", "string"},
    {"t", "bool"},
    {"f", "bool"},
    {"l", "list(int)"},
    {"m", "map(string, int)"},
    {"port.open", "bool"},
    {"x", "bool"},
    {"y", "bool"},
    {"n", "int"},
    {"o", "dyn"},
};
#define NVARIABLES (sizeof variables / sizeof variables[0])
#define NKNOWN 8

struct world {
    struct arena arena;
    struct expr_env *env;
    struct expr_value slots[NVARIABLES];
};

static const struct expr_value numbers[] = {{.kind = EXPR_INT, .integer = 1}, {.kind = EXPR_INT, .integer = 2}};

static void world_open(struct world *w)
{
    struct why why = {0};
    uint32_t slot;
    *w = (struct world){.arena = ARENA(64 << 20), .env = expr_env_new(EXPR_ALL)};
    assert_non_null(w->env);
    for (size_t i = 0; i < NVARIABLES; i++) {
        enum err err = expr_env_variable(w->env, str_of(variables[i].name), str_of(variables[i].type), &slot, &why);
        if (err) fail_msg("%s", why.text);
        w->slots[i].kind = EXPR_UNKNOWN;
    }
    static const struct expr_entry entries[] = {
        {{.kind = EXPR_STRING, .text = {"a", 1}}, {.kind = EXPR_INT, .integer = 1}}};
    w->slots[0] = EXPR_INT_VALUE(5);
    w->slots[1] = EXPR_DOUBLE_VALUE(2.5);
    w->slots[2] = EXPR_STRING_VALUE(STR("seal"));
    w->slots[3] = EXPR_BOOL_VALUE(true);
    w->slots[4] = EXPR_BOOL_VALUE(false);
    w->slots[5] = expr_list_new(&w->arena, numbers, 2);
    w->slots[6] = expr_map_new(&w->arena, entries, 1);
    w->slots[7] = EXPR_BOOL_VALUE(true);
}

static void world_close(struct world *w)
{
    expr_env_free(w->env);
    arena_free(&w->arena);
}

// "unknown: x, y", "error: text", or the value.
static void show(const struct world *w, const struct expr_value *value, struct buf *out)
{
    if (value->kind == EXPR_ERROR)
        buf_printf(out, "error: %.*s", STR_ARG(value->fault->text));
    else if (value->kind == EXPR_UNKNOWN) {
        buf_puts(out, "unknown:");
        for (size_t i = 0; value->unknown && i < value->unknown->count; i++)
            buf_printf(out, " %.*s", STR_ARG(expr_env_slot_name(w->env, value->unknown->slots[i])));
    } else
        expr_print(value, out);
    buf_putc(out, 0);
}

struct row {
    const char *text, *result;
};

static void check_rows(const struct row *rows, size_t count)
{
    struct world w;
    world_open(&w);
    for (size_t i = 0; i < count; i++) {
        struct buf out = BUF(1 << 20);
        struct expr_run run = {.arena = &w.arena, .slots = w.slots, .nslots = NVARIABLES};
        struct expr_value value = expr_eval(evaluated_compile(&w.arena, w.env, rows[i].text), &run);
        show(&w, &value, &out);
        if (strcmp(out.p, rows[i].result) != 0) fail_msg("%s gives %s, not %s", rows[i].text, out.p, rows[i].result);
        buf_free(&out);
    }
    world_close(&w);
}

#define ROWS(...)                                                                                                      \
    do {                                                                                                               \
        static const struct row rows[] = {__VA_ARGS__};                                                                \
        check_rows(rows, sizeof rows / sizeof rows[0]);                                                                \
    } while (0)

static void computes_within_64_bits_or_says_so(void **state)
{
    (void)state;
    ROWS({"i + 2", "7"}, {"i - 7", "-2"}, {"i * i", "25"}, {"i / 2", "2"}, {"-i % 3", "-2"}, {"-i", "-5"},
         {"9223372036854775807 + i", "error: integer overflow"},
         {"i - 9223372036854775807 - 7", "error: integer overflow"},
         {"9223372036854775807 * i", "error: integer overflow"}, {"i / 0", "error: division by zero"},
         {"i % 0", "error: modulus by zero"}, {"-9223372036854775808 / (i - 6)", "error: integer overflow"},
         {"-9223372036854775808 % (i - 6)", "error: integer overflow"},
         {"-(i - 9223372036854775807 - 6)", "error: integer overflow"}, {"uint(i) + 2u", "7u"},
         {"uint(i) - 6u", "error: unsigned integer overflow"},
         {"uint(i) * 18446744073709551615u", "error: unsigned integer overflow"},
         {"uint(i) / 0u", "error: division by zero"}, {"uint(i) % 0u", "error: modulus by zero"}, {"d + 1.0", "3.5"},
         {"d * 2.0 - 1.0", "4.0"}, {"d / 2.0", "1.25"},
         {"dyn(d) % 2.0", "error: no such overload: _%_(double, double)"}, {"-d", "-2.5"},
         {"dyn(i) + 1.0", "error: no such overload: _+_(int, double)"},
         {"-dyn(s)", "error: no such overload: -_(string)"}, {"s + '!'", "\"seal!\""},
         {"b'a' + bytes(s)", "b\"aseal\""}, {"l + [3]", "[1, 2, 3]"}, {"[] + l", "[1, 2]"});
}

static void compares_a_variable_with_a_constant_either_way(void **state)
{
    (void)state;
    ROWS({"i == 5", "true"}, {"i != 5", "false"}, {"i < 5", "false"}, {"i <= 5", "true"}, {"i > 4", "true"},
         {"i >= 6", "false"}, {"5 == i", "true"}, {"4 < i", "true"}, {"4 > i", "false"}, {"5 >= i", "true"},
         {"6 <= i", "false"}, {"!(i < 5)", "true"}, {"!(i == 5)", "false"}, {"!!(i == 5)", "true"}, {"d > 2", "true"},
         {"d < 2.5", "false"}, {"d == 2.5", "true"}, {"2 < d", "true"}, {"i > 4.5", "true"}, {"i == 5.0", "true"},
         {"i < 5.0", "false"}, {"s == 'seal'", "true"}, {"s != 'seal'", "false"}, {"'seal' == s", "true"},
         {"s < 'sealed'", "true"}, {"t == true", "true"}, {"f < t", "true"}, {"i == uint(5)", "true"},
         {"dyn(s) == 5", "false"}, {"dyn(s) != 5", "true"}, {"dyn(s) < 5", "error: no such overload: _<_(string, int)"},
         {"!(dyn(s) >= 5)", "error: no such overload: _>=_(string, int)"}, {"dyn(i) == 'x'", "false"},
         {"5 < dyn(s)", "error: no such overload: _>_(string, int)"}, {"0.0 / 0.0 < d", "false"},
         {"!(0.0 / 0.0 < d)", "true"}, {"d == 0.0 / 0.0", "false"}, {"d != 0.0 / 0.0", "true"}, {"i < n", "unknown: n"},
         {"n == 1", "unknown: n"}, {"n == d", "unknown: n"}, {"i == l.size()", "false"});
}

static void an_unknown_hangs_on_the_variables_that_it_came_from(void **state)
{
    (void)state;
    ROWS({"x", "unknown: x"}, {"n + n", "unknown: n"}, {"[n, o]", "unknown: n o"}, {"{'a': o, s: n}", "unknown: n o"},
         {"n + 1 == o", "unknown: n o"}, {"size(o) + n", "unknown: n o"}, {"o.a.b", "unknown: o"},
         {"m[o]", "unknown: o"}, {"has(o.a)", "unknown: o"}, {"x ? n : o", "unknown: x"}, {"t ? n : o", "unknown: n"},
         {"s.startsWith(o)", "unknown: o"}, {"n in [1, 2]", "unknown: n"}, {"n in l", "unknown: n"},
         {"1 in o", "unknown: o"}, {"type(n)", "unknown: n"}, {"dyn(n)", "unknown: n"},
         {"[1].map(e, n + e)", "unknown: n"}, {"o.map(e, e)", "unknown: o"}, {"[1, 2].filter(e, x)", "unknown: x"},
         {"cel.bind(v, n, v + 1)", "unknown: n"}, {"s.matches(o)", "unknown: o"}, {"-n", "unknown: n"},
         {"!x", "unknown: x"}, {"[1 / 0, n]", "unknown: n"}, {"n + 1 / 0", "unknown: n"},
         {"{n: 1, 1 / 0: 2}", "unknown: n"}, {"has(port.open)", "true"}, {"port.open", "true"});
}

static void and_and_or_absorb_what_does_not_decide(void **state)
{
    (void)state;
    ROWS({"t && t && t", "true"}, {"t && f && x", "false"}, {"x && f", "false"}, {"f && x", "false"},
         {"x && t", "unknown: x"}, {"t && x", "unknown: x"}, {"x && y", "unknown: x y"},
         {"y && x && t && y", "unknown: x y"}, {"1 / 0 == 1 && f", "false"}, {"f && 1 / 0 == 1", "false"},
         {"1 / 0 == 1 && t", "error: division by zero"}, {"t && 1 / 0 == 1", "error: division by zero"},
         {"1 / 0 == 1 && x", "unknown: x"}, {"x && 1 / 0 == 1", "unknown: x"}, {"x && 1 / 0 == 1 && f", "false"},
         {"1 / 0 == 1 && 1 % 0 == 1", "error: division by zero"}, {"x || t", "true"}, {"t || x", "true"},
         {"f || x", "unknown: x"}, {"x || f || y", "unknown: x y"}, {"1 / 0 == 1 || t", "true"},
         {"f || 1 / 0 == 1", "error: division by zero"}, {"1 / 0 == 1 || y", "unknown: y"},
         {"(x || t) && (f || t)", "true"}, {"(x && f) || y", "unknown: y"}, {"!(x && f)", "true"},
         {"!(x || t)", "false"}, {"!x && f", "false"}, {"dyn(s) && f", "false"},
         {"dyn(s) && t", "error: no such overload: a truth is no string"}, {"dyn(s) || t", "true"},
         {"dyn(1) || f", "error: no such overload: a truth is no int"},
         {"!dyn(1)", "error: no such overload: a truth is no int"}, {"n == 1 || s == 'seal'", "true"},
         {"n == 1 && s == 'seal' && d > 9.0", "false"}, {"n == 1 && s == 'seal'", "unknown: n"},
         {"o in [1, 2] && s in ['seal']", "unknown: o"}, {"o.startsWith('a') || t", "true"},
         {"x && (y || t)", "unknown: x"}, {"(t && x) || (f && y)", "unknown: x"}, {"t ? x && f : t", "false"},
         {"nothing && f", "false"}, {"nothing || f", "error: undeclared reference: nothing"}, {"none(1) && f", "false"},
         {"none(1)", "error: unbound function: none"});
}

static void members_are_there_or_an_error_says_which_is_not(void **state)
{
    (void)state;
    ROWS(
        {"m.a", "1"}, {"m['a']", "1"}, {"m.b", "error: no such key: b"}, {"m['b']", "error: no such key: b"},
        {"has(m.a)", "true"}, {"has(m.b)", "false"}, {"!has(m.b)", "true"}, {"'a' in m", "true"},
        {"!('b' in m)", "true"}, {"l[1]", "2"}, {"l[2]", "error: index out of bounds: 2"},
        {"l[-1]", "error: index out of bounds: -1"}, {"l[dyn(1.0)]", "2"},
        {"l[dyn(0.5)]", "error: no such overload: _[_](list, double)"},
        {"l[dyn('a')]", "error: no such overload: _[_](list, string)"}, {"2 in l", "true"}, {"3 in l", "false"},
        {"dyn(2.0) in l", "true"}, {"1 in dyn(s)", "error: no such overload: @in(int, string)"},
        {"s in ['a', 'seal']", "true"}, {"!(s in ['a', 'seal'])", "false"}, {"s in []", "false"},
        {"i in [1, 5u, 7.0]", "true"}, {"l in [1, 2]", "false"}, {"l in [[1, 2]]", "true"},
        {"dyn(s).a", "error: no such overload: string has no field a"},
        {"{1: 2, 1u: 3}", "error: Failed with repeated key"}, {"{i: 2, 5.0: 3}", "error: unsupported key type: double"},
        {"{i: 1, 5u: 2}", "error: Failed with repeated key"}, {"{'a': 1}.a + {i: 2}[5]", "3"}, {"m.?a.orValue(7)", "1"},
        {"m.?b.orValue(7)", "7"}, {"l[?1]", "optional.of(2)"}, {"l[?2]", "optional.none()"}, {"[?m.?a, ?m.?b]", "[1]"},
        {"{?'k': m.?a, ?'n': m.?b}", "{\"k\": 1}"}, {"[?dyn(1)]", "error: no such overload: [?int]"});
}

static void folds_go_through_lists_and_maps(void **state)
{
    (void)state;
    ROWS({"l.all(e, e > 0)", "true"}, {"l.all(e, e > 1)", "false"}, {"l.exists(e, e == 2)", "true"},
         {"l.exists(e, e == 3)", "false"}, {"l.exists_one(e, e > 1)", "true"}, {"l.exists_one(e, e > 0)", "false"},
         {"l.map(e, e * 2)", "[2, 4]"}, {"l.map(e, e > 1, e * 2)", "[4]"}, {"l.filter(e, e > 1)", "[2]"},
         {"m.map(k, k + '!')", "[\"a!\"]"}, {"[].all(e, false)", "true"}, {"[0, 2].exists(e, 4 / e == 2)", "true"},
         {"[0, 3].exists(e, 4 / e == 2)", "error: division by zero"}, {"[0, 2].all(e, 4 / e == 3)", "false"},
         {"[1, 2].all(e, x)", "unknown: x"}, {"[1, 2].all(e, x && e == 1)", "false"},
         {"[0, 1].all(e, 1 / e == 1)", "error: division by zero"}, {"l.map(e, l.map(g, e * g))", "[[1, 2], [2, 4]]"},
         {"l.map(e, l.filter(g, g != e))", "[[2], [1]]"}, {"[1, 2, 3].map(e, [e])[2]", "[3]"},
         {"dyn(5).all(e, true)", "error: no such overload: int is no list or map"},
         {"l.transformList(k, v, k + v)", "[1, 3]"}, {"m.transformMap(k, v, v + 1)", "{\"a\": 2}"},
         {"l.transformMapEntry(k, v, {v: k})", "{1: 0, 2: 1}"},
         {"l.transformMapEntry(k, v, {'same': k})", "error: insert failed: the key already exists"},
         {"[1, 2, 3].map(e, cel.bind(v, e * 2, v + v))", "[4, 8, 12]"},
         {"[[1], [2, 3]].map(e, e.map(g, g + i))", "[[6], [7, 8]]"},
         {"[1, 0].map(e, 1 / e)", "error: division by zero"},
         {"[1, 2].filter(e, e / 0 == 1)", "error: division by zero"}, {"[true, false].exists(t, t)", "true"});
}

static void converts_what_can_be_converted(void **state)
{
    (void)state;
    ROWS({"string(i)", "\"5\""}, {"string(d)", "\"2.5\""}, {"string(100000.0)", "\"100000\""},
         {"string(1000000.0)", "\"1e+06\""}, {"string(1234567.5)", "\"1.2345675e+06\""},
         {"string(0.0001)", "\"0.0001\""}, {"string(0.00001234)", "\"1.234e-05\""}, {"string(-0.0)", "\"-0\""},
         {"string(1e300 * 1e300)", "\"+Inf\""}, {"string(5e-324)", "\"5e-324\""}, {"string(123.456)", "\"123.456\""},
         {"string(120.0)", "\"120\""}, {"string(0.5)", "\"0.5\""}, {"string(t)", "\"true\""},
         {"string(b'\\xff')", "error: invalid UTF-8 in bytes, cannot convert to string"},
         {"int('-9223372036854775808')", "-9223372036854775808"},
         {"int('9223372036854775808')", "error: range error: out of the range of int"}, {"int('+7')", "7"},
         {"int('')", "error: type conversion error: '' is no int"},
         {"int('7 ')", "error: type conversion error: '7 ' is no int"}, {"int(d)", "2"}, {"int(-1.9)", "-1"},
         {"int(9223372036854775807.0)", "error: range error: out of the range of int"},
         {"int(0.0 / 0.0)", "error: range error: out of the range of int"},
         {"uint(-1)", "error: range error: out of the range of uint"},
         {"uint('18446744073709551615')", "18446744073709551615u"},
         {"uint('18446744073709551616')", "error: range error: out of the range of uint"},
         {"uint('-1')", "error: type conversion error: '-1' is no uint"},
         {"uint('+1')", "error: type conversion error: '+1' is no uint"},
         {"uint(18446744073709551616.0)", "error: range error: out of the range of uint"},
         {"uint(-0.5)", "error: range error: out of the range of uint"}, {"double('1e3')", "1000.0"},
         {"double('.5')", "0.5"}, {"double('1.')", "1.0"},
         {"double('0x10')", "error: type conversion error: '0x10' is no double"},
         {"double('1e')", "error: type conversion error: '1e' is no double"},
         {"double(' 1')", "error: type conversion error: ' 1' is no double"},
         {"double('.')", "error: type conversion error: '.' is no double"},
         {"double('1e999')", "error: range error: out of the range of double"}, {"double('-inf') < 0.0", "true"},
         {"double('NaN') == double('nan')", "false"}, {"bool('True')", "true"}, {"bool('F')", "false"},
         {"bool('yes')", "error: type conversion error: 'yes' is no bool"}, {"bytes('\xc3\xbf')", "b\"\\xc3\\xbf\""},
         {"type(i) == int", "true"}, {"type(type(i)) == type", "true"}, {"type(l) == type([])", "true"},
         {"type(m) == list", "false"}, {"size('\xc3\xbf\xc3\xbf')", "2"}, {"size(b'\xc3\xbf')", "2"},
         {"l.size() + m.size() + size(s)", "7"}, {"size(dyn(1))", "error: no such overload: size(int)"},
         {"string(timestamp('2009-02-13T23:31:30Z') + duration('1500ms'))", "\"2009-02-13T23:31:31.5Z\""},
         {"timestamp('9999-12-31T23:59:59Z') + duration('1s')", "error: timestamp overflow: out of range"},
         {"timestamp('2009-02-13T23:31:30Z') - timestamp('2009-02-13T23:31:29.5Z') == duration('500ms')", "true"},
         {"timestamp('9999-12-31T23:59:59Z') - timestamp('0001-01-01T00:00:00Z')",
          "error: duration overflow: out of range"});
}

static void tests_texts(void **state)
{
    (void)state;
    ROWS({"s.startsWith('se')", "true"}, {"s.startsWith('sealed')", "false"}, {"!s.startsWith('x')", "true"},
         {"s.startsWith('')", "true"}, {"s.endsWith('al')", "true"}, {"!s.endsWith('al')", "false"},
         {"s.contains('ea')", "true"}, {"s.contains('')", "true"}, {"s.contains('ae')", "false"},
         {"s.matches('^s.*l$')", "true"}, {"!s.matches('^x')", "true"}, {"matches(s, 'ea')", "true"},
         {"s.matches(s)", "true"}, {"dyn(i).startsWith('a')", "error: no such overload: startsWith(int, string)"},
         {"dyn(i).matches('a')", "error: no such overload: matches(int)"}, {"s.startsWith(s)", "true"},
         {"''.contains('a')", "false"});
}

static void conditionals_take_one_side_only(void **state)
{
    (void)state;
    ROWS({"t ? 1 : 1 / 0", "1"}, {"f ? 1 / 0 : 2", "2"}, {"i > 4 ? 'a' : 'b'", "\"a\""},
         {"dyn(i) ? 1 : 2", "error: no such overload: _?_:_(int)"}, {"1 / 0 == 1 ? 1 : 2", "error: division by zero"},
         {"t ? (f ? 1 : 2) : 3", "2"}, {"(t ? l : [])[0] + (f ? 1 : 2)", "3"});
}

static void constants_are_computed_once(void **state)
{
    (void)state;
    struct world w;
    world_open(&w);
    static const struct {
        const char *text;
        uint32_t count; // of instructions
    } rows[] = {
        {"1 + 2 * 3", 1},
        {"[1, 2 + 3, {'a': [4]}]", 1},
        {"timestamp('2009-02-13T23:31:30Z') + duration('1h')", 1},
        {"'a'.contains('b') == false", 1},
        {"1 < 2", 1},
        {"int", 1},
        {"i == 5", 2},
        {"i < 2 + 3", 2},
        {"t && i == 5 && d > 2.0 && s in ['a'] && !s.startsWith('a')", 7},
        {"1 / 0", 2},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct expr *expr = evaluated_compile(&w.arena, w.env, rows[i].text);
        if (expr->count != rows[i].count) fail_msg("%s: %u instructions", rows[i].text, expr->count);
    }
    world_close(&w);
}

static void what_makes_nothing_new_allocates_nothing(void **state)
{
    (void)state;
    struct world w;
    world_open(&w);
    static const char *const texts[] = {
        "i <= 5 && s in ['US', 'seal'] && d > 1.0 && !s.startsWith('x')",
        "l.all(e, e > 0) && l.exists(e, e == 2) && m.a == 1 && has(m.a) && n == 1",
        "i + 1 > 2 ? d * 2.0 > 1.0 : t",
        "x || (y && f)",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct arena none = ARENA(0);
        struct expr_run run = {.arena = &none, .slots = w.slots, .nslots = NVARIABLES};
        struct expr_value value = expr_eval(evaluated_compile(&w.arena, w.env, texts[i]), &run);
        assert_int_not_equal(value.kind, EXPR_ERROR);
        assert_false(none.failed);
    }
    world_close(&w);
}

static void says_which_variables_it_may_ask_for_and_which_it_did(void **state)
{
    (void)state;
    struct world w;
    size_t count;
    uint64_t asked = 0;
    world_open(&w);
    const struct expr *expr = evaluated_compile(&w.arena, w.env, "n == 1 || (t && i == 5) || s == 'x' || port.open");
    const uint32_t *slots = expr_slots(expr, &count), want[] = {0, 2, 3, 7, 10};
    assert_int_equal(count, 5);
    assert_memory_equal(slots, want, sizeof want);
    struct expr_run run = {.arena = &w.arena, .slots = w.slots, .nslots = NVARIABLES, .asked = &asked};
    struct expr_value value = expr_eval(expr, &run);
    assert_true(value.kind == EXPR_BOOL && value.boolean);
    assert_int_equal(asked, 1u << 10 | 1u << 3 | 1u << 0);
    world_close(&w);
}

static void slots_that_are_not_given_are_unknown(void **state)
{
    (void)state;
    struct world w;
    world_open(&w);
    struct expr_run run = {.arena = &w.arena, .slots = w.slots, .nslots = 1};
    struct expr_value value = expr_eval(evaluated_compile(&w.arena, w.env, "i == 5 && t"), &run);
    assert_int_equal(value.kind, EXPR_UNKNOWN);
    assert_int_equal(value.unknown->count, 1);
    assert_int_equal(value.unknown->slots[0], 3);
    world_close(&w);
}

static void nothing_runs_past_the_cost_limit(void **state)
{
    (void)state;
    struct world w;
    world_open(&w);
    struct buf text = BUF(1 << 20);
    buf_puts(&text, "[0");
    for (int i = 1; i < 200; i++) buf_printf(&text, ",%d", i);
    buf_puts(&text, "]");
    buf_putc(&text, 0);
    static const char *const forms[] = {
        "%1$s.all(a, %1$s.all(b, %1$s.all(c, %1$s.all(d, a + b + c + d >= 0))))",
        "%1$s.map(a, %1$s.map(b, %1$s.map(c, %1$s.map(d, a + b + c + d)))).size() > 0",
        "%1$s.all(a, %1$s.all(b, %1$s.all(c, false || a in %1$s))) || true",
    };
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        struct str source = arena_printf(&w.arena, forms[i], text.p);
        struct expr_run run = {.arena = &w.arena, .slots = w.slots, .nslots = NVARIABLES};
        struct expr_value value = expr_eval(evaluated_compile(&w.arena, w.env, source.p), &run);
        assert_int_equal(value.kind, EXPR_ERROR);
        assert_true(run.exhausted);
        assert_true(str_starts(value.fault->text, "the cost limit"));
        assert_true(run.cost <= EXPR_COST_DEFAULT + 1);
    }
    buf_free(&text);
    world_close(&w);
}

static void the_limit_is_exact(void **state)
{
    (void)state;
    struct world w;
    world_open(&w);
    static const char *const texts[] = {"i == 5", "l.map(e, e + 1)", "s.contains('a') && l + l != [3]",
                                        "[1, 2, 3] == l + l"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        const struct expr *expr = evaluated_compile(&w.arena, w.env, texts[i]);
        struct expr_run run = {.arena = &w.arena, .slots = w.slots, .nslots = NVARIABLES};
        assert_int_not_equal(expr_eval(expr, &run).kind, EXPR_ERROR);
        uint64_t cost = run.cost;
        for (uint64_t limit = 1; limit <= cost + 1; limit++) {
            run = (struct expr_run){.arena = &w.arena, .slots = w.slots, .nslots = NVARIABLES, .cost_limit = limit};
            assert_int_equal(expr_eval(expr, &run).kind == EXPR_ERROR, limit < cost);
            assert_int_equal(run.exhausted, limit < cost);
        }
    }
    world_close(&w);
}

static void the_bound_holds_and_is_not_far_off(void **state)
{
    (void)state;
    struct world w;
    world_open(&w);
    static const char *const texts[] = {
        "i == 5",
        "t && f || d > 1.0 && s in ['a', 'b']",
        "l.all(e, e > 0)",
        "l.map(e, e * 2).filter(e, e > 1).size() == 2",
        "l.map(e, l.map(g, e * g)) == [[1], [2]]",
        "l == l",
        "s == s + s",
        "s.contains('abc') && s.startsWith('s') && s.matches('^[a-z]+$')",
        "i in l && m.a == 1 && has(m.b)",
        "[1, 2, 3].exists(e, e == i) ? s + 'x' : 'y'",
        "m.all(k, m[k] > 0 && k.size() < 10)",
        "m.transformMap(k, v, v + 1) == m",
        "cel.bind(v, l.map(e, e), v + v) == l",
        "string(i) == s || int(s) == 5",
        "timestamp('2020-01-01T00:00:00Z') + duration('1h') > timestamp(i)",
        "x && n == 4",
        "l.map(e, s).exists(v, v == s)",
        "s.matches('a)')",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct expr_issues issues = {0};
        const struct expr *expr = expr_compile(&w.arena, w.env, str_of(texts[i]), 0, &issues);
        if (!expr) fail_msg("%s: %s", texts[i], issues.items[0].text);
        struct expr_run run = {.arena = &w.arena, .slots = w.slots, .nslots = NVARIABLES};
        expr_eval(expr, &run);
        uint64_t bound = expr_cost_bound(expr, 4);
        if (run.cost > bound || bound > run.cost * 200 + 400)
            fail_msg("%s costs %llu, bound %llu", texts[i], (unsigned long long)run.cost, (unsigned long long)bound);
        assert_true(expr_cost_bound(expr, 1000) >= bound);
    }
    struct expr_issues issues = {0};
    const struct expr *open = expr_compile(&w.arena, w.env, STR("o == o"), 0, &issues);
    assert_true(expr_cost_bound(open, 4) == UINT64_MAX);
    const struct expr *deep =
        expr_compile(&w.arena, w.env, STR("l.all(a, l.all(b, l.all(c, a + b + c > 0)))"), 0, &issues);
    assert_true(expr_cost_bound(deep, 1000) > 1000000000);
    world_close(&w);
}

static void doubling_values_end_at_the_limits(void **state)
{
    (void)state;
    struct world w;
    world_open(&w);
    struct buf text = BUF(1 << 20);
    buf_puts(&text, "cel.bind(v0, s + '0123456789', ");
    for (int i = 1; i < 60; i++) buf_printf(&text, "cel.bind(v%d, v%d + v%d, ", i, i - 1, i - 1);
    buf_puts(&text, "v59 == s");
    for (int i = 0; i < 60; i++) buf_putc(&text, ')');
    buf_putc(&text, 0);
    struct expr_run run = {.arena = &w.arena, .slots = w.slots, .nslots = NVARIABLES};
    struct expr_value value = expr_eval(evaluated_compile(&w.arena, w.env, text.p), &run);
    assert_int_equal(value.kind, EXPR_ERROR);
    buf_clear(&text);
    buf_puts(&text, "cel.bind(v0, [i], ");
    for (int i = 1; i < 60; i++) buf_printf(&text, "cel.bind(v%d, [v%d, v%d], ", i, i - 1, i - 1);
    buf_puts(&text, "v59 == v59");
    for (int i = 0; i < 60; i++) buf_putc(&text, ')');
    buf_putc(&text, 0);
    run = (struct expr_run){.arena = &w.arena, .slots = w.slots, .nslots = NVARIABLES};
    value = expr_eval(evaluated_compile(&w.arena, w.env, text.p), &run);
    assert_int_equal(value.kind, EXPR_ERROR);
    assert_true(run.exhausted);
    buf_free(&text);
    world_close(&w);
}

static void collecting_costs_in_proportion(void **state)
{
    (void)state;
    struct world w;
    world_open(&w);
    struct expr_value *items = arena_array(&w.arena, struct expr_value, 20000);
    for (int i = 0; i < 20000; i++) items[i] = EXPR_INT_VALUE(i);
    w.slots[5] = expr_list_new(&w.arena, items, 20000);
    static const char *const texts[] = {"l.map(e, e)", "l.filter(e, e >= 0)", "l.transformMap(k, v, v)"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct expr_run run = {.arena = &w.arena, .slots = w.slots, .nslots = NVARIABLES};
        struct expr_value value = expr_eval(evaluated_compile(&w.arena, w.env, texts[i]), &run);
        assert_int_not_equal(value.kind, EXPR_ERROR);
        assert_true(run.cost < 20000 * 8);
    }
    world_close(&w);
}

static void a_program_without_memory_says_so(void **state)
{
    (void)state;
    struct world w;
    world_open(&w);
    struct expr_issues issues;
    const struct str text = STR("l.map(e, e + i).exists(v, v == n) && s.matches('a+') && s in ['a', 'b', 'c']");
    size_t failed = 0;
    for (size_t room = 0; room < 20000; room += 64) {
        struct arena small = ARENA(room);
        issues.count = 0;
        struct expr *expr = expr_compile(&small, w.env, text, 0, &issues);
        failed += !expr;
        if (!expr) assert_true(issues.count > 0);
        arena_free(&small);
    }
    assert_true(failed > 10 && failed < 20000 / 64);
    for (size_t room = 0; room < 2000; room += 16) {
        struct arena small = ARENA(room);
        struct expr_run run = {.arena = &small, .slots = w.slots, .nslots = NVARIABLES};
        struct expr_value value =
            expr_eval(evaluated_compile(&w.arena, w.env, "[1, 2, 3].map(e, string(e) + s)"), &run);
        assert_int_equal(value.kind == EXPR_ERROR, small.failed);
        arena_free(&small);
    }
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(computes_within_64_bits_or_says_so),
        cmocka_unit_test(compares_a_variable_with_a_constant_either_way),
        cmocka_unit_test(an_unknown_hangs_on_the_variables_that_it_came_from),
        cmocka_unit_test(and_and_or_absorb_what_does_not_decide),
        cmocka_unit_test(members_are_there_or_an_error_says_which_is_not),
        cmocka_unit_test(folds_go_through_lists_and_maps),
        cmocka_unit_test(converts_what_can_be_converted),
        cmocka_unit_test(tests_texts),
        cmocka_unit_test(conditionals_take_one_side_only),
        cmocka_unit_test(constants_are_computed_once),
        cmocka_unit_test(what_makes_nothing_new_allocates_nothing),
        cmocka_unit_test(says_which_variables_it_may_ask_for_and_which_it_did),
        cmocka_unit_test(slots_that_are_not_given_are_unknown),
        cmocka_unit_test(nothing_runs_past_the_cost_limit),
        cmocka_unit_test(the_limit_is_exact),
        cmocka_unit_test(the_bound_holds_and_is_not_far_off),
        cmocka_unit_test(doubling_values_end_at_the_limits),
        cmocka_unit_test(collecting_costs_in_proportion),
        cmocka_unit_test(a_program_without_memory_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
