// SPDX-License-Identifier: Apache-2.0
#include "expr/expr.h"

#include "one_arena.h"

#include <stdio.h>

#define N(table) (sizeof(table) / sizeof *(table))

static struct expr_env *env;

static const struct expr_overload own[] = {
    {"pair", "(A, B) -> pair(A, B)", NULL, false},
    {"swap", "(pair(A, B)) -> pair(B, A)", NULL, false},
    {"twin", "(pair(A, A)) -> A", NULL, false},
    {"same", "(A, A) -> A", NULL, false},
    {"two", "(int) -> string", NULL, false},
    {"two", "(string) -> int", NULL, false},
    {"one", "(int) -> string", NULL, false},
    {"one", "(uint) -> string", NULL, false},
    {"ns.f", "(int) -> int", NULL, false},
    {"g", "int.(string) -> bool", NULL, false},
    {NULL, NULL, NULL, false},
};

static int begin_env(void **state)
{
    static const char *const variables[][2] = {
        {"i", "int"},
        {"u", "uint"},
        {"d", "double"},
        {"s", "string"},
        {"b", "bytes"},
        {"t", "bool"},
        {"at", "timestamp"},
        {"span", "duration"},
        {"x", "dyn"},
        {"l", "list(string)"},
        {"m", "map(string, int)"},
        {"w", "google.protobuf.Int64Value"},
        {"ws", "google.protobuf.StringValue"},
        {"o", "optional(map(string, int))"},
        {"lane", "port.Lane"},
        {"seal.present", "bool"},
        {"seal.parts", "map(string, string)"},
        {"ns.v", "int"},
    };
    env = expr_env_new(EXPR_ALL);
    uint32_t slot;
    for (size_t i = 0; env && i < N(variables); i++)
        if (expr_env_variable(env, str_of(variables[i][0]), str_of(variables[i][1]), &slot, NULL)) return 1;
    return !env || expr_env_functions(env, own, NULL, NULL) || begin(state);
}

static int end_env(void **state)
{
    expr_env_free(env);
    return end(state);
}

// What an expression is of, or its issues: "offset: text", one a line.
static const char *checked(struct str source)
{
    struct expr_issues issues = {0};
    uint32_t count;
    const struct ast *ast = expr_parse(&arena, source, EXPR_ALL, &count, &issues);
    if (!ast) fail_msg("%.*s: %s", STR_ARG(source), issues.items[0].text);
    const struct expr_type **types = expr_check(&arena, env, source, ast, count, &issues);
    assert_true(!types == (issues.count > 0));
    if (types) return expr_type_text(&arena, types[ast->id]).p;
    struct str all = STR("");
    for (size_t i = 0; i < issues.count; i++)
        all = arena_printf(&arena, "%s%s%u: %s", all.p, i ? "\n" : "", (unsigned)issues.items[i].offset,
                           issues.items[i].text);
    return all.p;
}

static void expect_all(const char *const (*cases)[2], size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *got = checked(str_of(cases[i][0]));
        if (strcmp(got, cases[i][1]) != 0) fail_msg("%s: got %s, want %s", cases[i][0], got, cases[i][1]);
    }
}

static void finds_the_type_of_well_typed_expressions(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"1 + i", "int"},
        {"1u * u", "uint"},
        {"s + 'a' == s", "bool"},
        {"b < b\"a\" || d >= 1 || i < u", "bool"},
        {"at + span", "timestamp"},
        {"span + at", "timestamp"},
        {"at - at", "duration"},
        {"at - span > at", "bool"},
        {"-span == span", "0: found no matching overload for '-_' applied to '(duration)'"},
        {"type(1)", "type(int)"},
        {"int", "type(int)"},
        {"type(i) == int", "bool"},
        {"null", "null"},
        {"t ? 1 : i", "int"},
        {"t ? 1 : x", "dyn"},
        {"x.a.b[1].c", "dyn"},
        {"x + 1", "int"},
        {"x + x", "dyn"},
        {"x - at", "duration"},
        {"at - x", "dyn"},
        {"1 in [1, 2]", "bool"},
        {"s in m", "bool"},
        {"m[s]", "int"},
        {"m.a", "int"},
        {"m.?a", "optional_type(int)"},
        {"m[?s]", "optional_type(int)"},
        {"l[?0]", "optional_type(string)"},
        {"o.a", "optional_type(int)"},
        {"o['a']", "optional_type(int)"},
        {"o[?'a']", "optional_type(int)"},
        {"o.?a", "optional_type(int)"},
        {"has(m.a) && has(x.a.b) && has(o.a)", "bool"},
        {"seal.present && seal.parts.a == 'x' && has(seal.parts.b)", "bool"},
        {".seal.parts", "map(string, string)"},
        {"ns.f(ns.v)", "int"},
        {"i.g(s)", "bool"},
        {"[seal.present].all(seal, seal)", "bool"},
        {"[{'present': 1}].map(seal, seal.present)", "list(int)"},
    };
    expect_all(cases, N(cases));
}

static void joins_the_members_of_literals(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"[]", "list(dyn)"},
        {"{}", "map(dyn, dyn)"},
        {"[1, 2]", "list(int)"},
        {"[1, 2u]", "list(dyn)"},
        {"[1, x]", "list(dyn)"},
        {"{'a': 1, 'b': 2.0}", "map(string, dyn)"},
        {"{'a': 1, 2: 3}", "map(dyn, int)"},
        {"[[], [1]]", "list(list(int))"},
        {"[[1], []]", "list(list(int))"},
        {"[[], [[]], [[[]]], [[[[]]]]]", "list(list(list(list(list(dyn)))))"},
        {"[[[[]]], [], [[]]]", "list(list(list(list(dyn))))"},
        {"[{}, {'a': []}, {'a': [1]}]", "list(map(string, list(int)))"},
        {"[?optional.of(1), 2]", "list(int)"},
        {"{?'a': m.?b}", "map(string, int)"},
        {"[?x]", "list(dyn)"},
        {"[optional.none(), optional.of(1)]", "list(optional_type(int))"},
        {"[optional.of(1), optional.none()]", "list(optional_type(int))"},
        {"[optional.of(1), optional.of(x)]", "list(optional_type(dyn))"},
        {"[optional.of(x), optional.of(1)]", "list(optional_type(dyn))"},
        {"[pair(1, x), pair(x, 's')]", "list(pair(dyn, dyn))"},
        {"[w, 1]", "list(wrapper(int))"},
        {"[1, w]", "list(wrapper(int))"},
        {"[w, ws]", "list(dyn)"},
        {"[w, 1, x]", "list(dyn)"},
        {"[null, w, null]", "list(wrapper(int))"},
        {"[null, at, lane]", "list(dyn)"},
        {"[null, at]", "list(timestamp)"},
        {"[optional.of(1), null][0]", "optional_type(int)"},
        {"[1, null]", "list(dyn)"},
    };
    expect_all(cases, N(cases));
}

static void finds_what_parameters_stand_for(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"pair(1, 's')", "pair(int, string)"},
        {"swap(pair(1, 's'))", "pair(string, int)"},
        {"swap(swap(pair(1, [])))", "pair(int, list(dyn))"},
        {"twin(pair(1, 2))", "int"},
        {"twin(pair(1, x))", "dyn"},
        {"twin(pair([], [1]))", "list(int)"},
        {"twin(pair(1, 's'))", "0: found no matching overload for 'twin' applied to '(pair(int, string))'"},
        {"same([], [[]])", "list(list(dyn))"},
        {"same({'a': []}, {'b': [1]})", "map(string, list(int))"},
        {"[] + [1]", "list(int)"},
        {"([] + [1] + [])[0]", "int"},
        {"([].map(x, x))[0].foo", "dyn"},
        {"[[]].map(y, y + [1])", "list(list(int))"},
        {"[].map(y, y + 1)", "list(int)"},
        {"{}.map(k, {}[k] - {}[k] + 1)", "list(int)"},
        {"-{}.a + 1", "int"},
        {"-{}.a + 1.0", "double"},
        {"t ? w : null", "wrapper(int)"},
        {"t ? null : w", "wrapper(int)"},
        {"t ? w : 42", "wrapper(int)"},
        {"t ? 42 : w", "wrapper(int)"},
        {"w + 1", "int"},
        {"w == null && ws != null && at == null && o == null && lane == null", "bool"},
        {"t ? optional.of(x) : optional.of(1)", "optional_type(dyn)"},
        {"cel.bind(v, [], [v, [v]])", "list(dyn)"},
        {"two(x)", "dyn"},
        {"one(x)", "string"},
        {"two(1)", "string"},
        {"two(two(two('s')))", "int"},
    };
    expect_all(cases, N(cases));
}

static void types_folds(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"l.map(e, size(e))", "list(int)"},
        {"l.filter(e, e > 'a')", "list(string)"},
        {"m.map(k, m[k])", "list(int)"},
        {"m.filter(k, k != '')", "list(string)"},
        {"x.map(e, e)", "list(dyn)"},
        {"x.exists(e, e > 1)", "bool"},
        {"l.all(e, e == 's') && l.exists_one(e, e == 's')", "bool"},
        {"l.transformList(n, e, n)", "list(int)"},
        {"l.transformList(n, e, e)", "list(string)"},
        {"m.transformList(k, v, v)", "list(int)"},
        {"m.transformMap(k, v, k)", "map(string, string)"},
        {"l.transformMap(n, e, e)", "map(int, string)"},
        {"m.exists(k, v, k == 'a' && v > 1)", "bool"},
        {"m.transformMapEntry(k, v, {v: k})", "map(int, string)"},
        {"cel.bind(v, i + 1, v * v)", "int"},
        {"o.optMap(v, v.size())", "optional_type(int)"},
        {"o.optFlatMap(v, v.?a)", "optional_type(int)"},
        {"cel.block([i, cel.index(0) + 1], cel.index(1) > 0)", "bool"},
        {"i.all(e, e)",
         "0: expression of type 'int' cannot be range of a comprehension (must be list, map, or dynamic)"},
        {"l.all(e, e)", "5: found no matching overload for '_&&_' applied to '(bool, string)'"},
        {"l.map(e, e).exists(e, f)", "23: undeclared reference to 'f' (in container '')"},
        {"l.map(e, e) + [e]", "15: undeclared reference to 'e' (in container '')"},
    };
    for (size_t i = 0; i < N(cases); i++) {
        const char *got = checked(str_of(cases[i][0])), *want = cases[i][1];
        // Where a macro's own call stands is the parser's affair.
        if (strchr(want, ':') && strchr(got, ':')) got = strchr(got, ':'), want = strchr(want, ':');
        if (strcmp(got, want) != 0) fail_msg("%s: got %s, want %s", cases[i][0], got, want);
    }
}

static void says_what_is_wrong_and_where(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"1 + 's'", "2: found no matching overload for '_+_' applied to '(int, string)'"},
        {"1 == 's'", "2: found no matching overload for '_==_' applied to '(int, string)'"},
        {"1 == null", "2: found no matching overload for '_==_' applied to '(int, null)'"},
        {"t ? 1 : 's'", "2: found no matching overload for '_?_:_' applied to '(bool, int, string)'"},
        {"[1] + ['s']", "4: found no matching overload for '_+_' applied to '(list(int), list(string))'"},
        {"s.startsWith(1)", "1: found no matching overload for 'startsWith' applied to 'string.(int)'"},
        {"two()", "3: found no matching overload for 'two' applied to '()'"},
        {"i.g()", "3: found no matching overload for 'g' applied to 'int.()'"},
        {"g(i, s)", "1: found no matching overload for 'g' applied to '(int, string)'"},
        {"nowhere", "0: undeclared reference to 'nowhere' (in container '')"},
        {"nowhere.a.b", "0: undeclared reference to 'nowhere' (in container '')"},
        {"seal.presemt", "0: undeclared reference to 'seal.presemt' (in container ''): did you mean 'seal.present'?"},
        {"seal.part.a", "0: undeclared reference to 'seal.part.a' (in container ''): did you mean 'seal.parts'?"},
        {"seal.other.a", "0: undeclared reference to 'seal' (in container '')"},
        {"siez(l)", "4: undeclared reference to 'siez' (in container ''): did you mean 'size'?"},
        {"l.siez()", "1: undeclared reference to 'siez' (in container ''): did you mean 'size'?"},
        {"i.a", "1: type 'int' does not support field selection"},
        {"has(s.a)", "5: type 'string' does not support field selection"},
        {"w.a", "1: type 'wrapper(int)' does not support field selection"},
        {"lane.number", "4: type 'port.Lane' does not support field selection"},
        {"port.Lane{number: 1}", "9: unknown type 'port.Lane'"},
        {"[?1]", "2: expected type 'optional_type(int)' but found 'int'"},
        {"{?'a': 1}", "7: expected type 'optional_type(int)' but found 'int'"},
        {"nofun(one(1.0))", "9: found no matching overload for 'one' applied to '(double)'\n"
                            "5: undeclared reference to 'nofun' (in container '')"},
        {"s + 1 == y && !i", "2: found no matching overload for '_+_' applied to '(string, int)'\n"
                             "9: undeclared reference to 'y' (in container '')"},
    };
    for (size_t i = 0; i < N(cases); i++) {
        const char *got = checked(str_of(cases[i][0])), *want = cases[i][1];
        // The parser says where calls and literals stand; what is said is the checker's.
        const char *first = strchr(got, ':');
        if (!first || strncmp(first, strchr(want, ':'), strcspn(strchr(want, ':'), "\n")) != 0)
            fail_msg("%s: got %s, want %s", cases[i][0], got, want);
    }
}

static void tells_of_every_fault_up_to_the_bound(void **state)
{
    (void)state;
    assert_string_equal(checked(STR("[n1, n2, n3 + 1, n4.a, s - 1]")),
                        "1: undeclared reference to 'n1' (in container '')\n"
                        "5: undeclared reference to 'n2' (in container '')\n"
                        "9: undeclared reference to 'n3' (in container '')\n"
                        "17: undeclared reference to 'n4' (in container '')\n"
                        "25: found no matching overload for '_-_' applied to '(string, int)'");
    struct buf many = BUF(1 << 16);
    buf_puts(&many, "[0");
    for (int i = 0; i < 1000; i++) buf_puts(&many, ", nowhere");
    buf_putc(&many, ']');
    const char *got = checked(buf_str(&many));
    size_t lines = 1;
    for (const char *p = got; *p; p++) lines += *p == '\n';
    assert_int_equal(lines, EXPR_ISSUES_MAX);
    buf_free(&many);
}

static void looks_for_names_in_the_container(void **state)
{
    (void)state;
    assert_int_equal(expr_env_container(env, STR("ns"), NULL), ERR_NONE);
    static const char *const cases[][2] = {
        {"v", "int"},
        {"f(v)", "int"},
        {"seal.present", "bool"},
        {".v", "0: undeclared reference to '.v' (in container 'ns')"},
        {"[1].map(v, v == 1 ? .ns.v : v)", "list(int)"},
    };
    expect_all(cases, N(cases));
}

// Each binding doubles the type of the one before.
static void gives_up_on_types_that_grow_without_end(void **state)
{
    (void)state;
    struct buf source = BUF(1 << 16);
    buf_puts(&source, "cel.bind(v0, {1: 1}, ");
    for (int i = 1; i < 60; i++) buf_printf(&source, "cel.bind(v%d, {v%d: v%d}, ", i, i - 1, i - 1);
    buf_puts(&source, "v59");
    for (int i = 0; i < 60; i++) buf_putc(&source, ')');
    const char *got = checked(buf_str(&source));
    if (!strstr(got, "grow beyond")) fail_msg("%.200s", got);
    buf_free(&source);
}

static void says_when_there_is_no_memory(void **state)
{
    (void)state;
    struct str source = STR("[1, 2u, {'a': [m.a]}].map(e, e == s || l.exists(f, f == e))");
    struct expr_issues issues = {0};
    uint32_t count;
    const struct ast *ast = expr_parse(&arena, source, EXPR_ALL, &count, &issues);
    assert_non_null(ast);
    bool passed = false;
    for (size_t cap = 0; cap < 100000 && !passed; cap += 64) {
        struct arena small = ARENA(cap);
        struct expr_issues found = {0};
        passed = expr_check(&small, env, source, ast, count, &found);
        if (!passed && !strstr(found.items[found.count - 1].text, "no memory")) fail_msg("%s", found.items[0].text);
        arena_free(&small);
    }
    assert_true(passed);
}

#define test(f) cmocka_unit_test_setup_teardown(f, begin_env, end_env)

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(finds_the_type_of_well_typed_expressions),
        test(joins_the_members_of_literals),
        test(finds_what_parameters_stand_for),
        test(types_folds),
        test(says_what_is_wrong_and_where),
        test(tells_of_every_fault_up_to_the_bound),
        test(looks_for_names_in_the_container),
        test(gives_up_on_types_that_grow_without_end),
        test(says_when_there_is_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
