// SPDX-License-Identifier: Apache-2.0
#include "expr/expr.h"

#include "one_arena.h"

#include <math.h>

#define N(table) (sizeof(table) / sizeof *(table))

static const struct ast *parse(struct str text, unsigned features, struct expr_issues *issues)
{
    uint32_t count;
    *issues = (struct expr_issues){0};
    const struct ast *tree = expr_parse(&arena, text, features, &count, issues);
    assert_int_equal(tree == NULL, issues->count > 0);
    return tree;
}

static struct str written(const struct ast *tree)
{
    struct buf out = BUF((size_t)1 << 20);
    expr_unparse(tree, &out);
    assert_false(out.failed);
    struct str text = arena_str(&arena, buf_str(&out));
    buf_free(&out);
    return text;
}

static void reads_as(struct str text, const char *expected)
{
    struct expr_issues issues;
    const struct ast *tree = parse(text, EXPR_ALL, &issues);
    if (!tree) fail_msg("%.*s: %s", STR_ARG(text), issues.items[0].text);
    assert_string_equal(written(tree).p, expected);
}

// Text, and the tree that comes of it written out again; the same where there is nothing more.
static const char *const trees[][2] = {
    {"a", "a"},
    {".a", ".a"},
    {".a.b", ".a.b"},
    {"(a)", "a"},
    {"a.b.c", "a.b.c"},
    {"a.as.in_", "a.as.in_"},
    {"a.`b-c/d.e f`", "a.`b-c/d.e f`"},
    {"a.`b`", "a.b"},
    {"a[0][\"k\"]", "a[0][\"k\"]"},
    {"a.?b[?0].c", "a.?b[?0].c"},
    {"f()", "f()"},
    {".f(a)", ".f(a)"},
    {"a.f(b, c)", "a.f(b, c)"},
    {"a.package()", "a.package()"},
    {"[1, 2, 3,]", "[1, 2, 3]"},
    {"[?a, b]", "[?a, b]"},
    {"{}", "{}"},
    {"{1: 2, 'a': b,}", "{1: 2, \"a\": b}"},
    {"{?'a': b}", "{?\"a\": b}"},
    {"a.b.C{x: 1, `y-z`: 2, ?w: d}", "a.b.C{x: 1, `y-z`: 2, ?w: d}"},
    {".C{}", ".C{}"},
    {"C{}.x", "C{}.x"},
    // Precedence and association.
    {"a + b * c - d", "a + b * c - d"},
    {"(a + b) * c", "(a + b) * c"},
    {"a - (b - c)", "a - (b - c)"},
    {"a - b - c", "a - b - c"},
    {"a * b / c % d", "a * b / c % d"},
    {"a < b == c", "a < b == c"},
    {"a < (b == c)", "a < (b == c)"},
    {"a in b && c != d", "a in b && c != d"},
    {"a && b || c && d", "a && b || c && d"},
    {"a && (b || c)", "a && (b || c)"},
    {"a || b || c || d", "a || b || c || d"},
    {"a && (b && c) && (d || e)", "a && b && c && (d || e)"},
    {"a ? b : c ? d : e", "a ? b : c ? d : e"},
    {"(a ? b : c) ? d : e", "(a ? b : c) ? d : e"},
    {"a ? .5 : 1", "a ? 0.5 : 1"},
    {"!a.b", "!a.b"},
    {"!(a && b)", "!(a && b)"},
    {"-a.b", "-a.b"},
    {"!!a", "a"},
    {"!!!a", "!a"},
    {"--a", "a"},
    {"-(-a)", "-(-a)"},
    // Numbers.
    {"- 5", "-5"},
    {"--5", "5"},
    {"---5", "-(5)"},
    {"-(5)", "-(5)"},
    {"a-1", "a - 1"},
    {"a - -1", "a - -1"},
    {"-1.f()", "-1.f()"},
    {"-9223372036854775808", "-9223372036854775808"},
    {"-(-9223372036854775808)", "-(-9223372036854775808)"},
    {"9223372036854775807", "9223372036854775807"},
    {"-0x8000000000000000", "-9223372036854775808"},
    {"0xFfu + 18446744073709551615U", "255u + 18446744073709551615u"},
    {"007", "7"},
    {"1.5e3 + .5 + 1e-7 + 2E+2", "1500.0 + 0.5 + 1e-7 + 200.0"},
    {"-0.0", "-0.0"},
    {"1.0", "1.0"},
    // Strings.
    {"'a\"b'", "\"a\\\"b\""},
    {"'\\a\\b\\f\\n\\r\\t\\v\\?\\\"\\'\\`\\\\'", "\"\\a\\b\\f\\n\\r\\t\\v?\\\"'`\\\\\""},
    {"'\\x41\\X5a\\101\\u00e9\\U0001F69A'", "\"AZAé🚚\""},
    {"'\\377'", "\"ÿ\""},
    {"b'\\377\\xfe\\001'", "b\"\\xff\\xfe\\x01\""},
    {"b'é'", "b\"\\xc3\\xa9\""},
    {"r'\\n' + R\"\\\"", "\"\\\\n\" + \"\\\\\""},
    {"bR'\\n'", "b\"\\\\n\""},
    {"'''a'b\n''c'''", "\"a'b\\n''c\""},
    {"\"\"\"a\r\nb\rc\"\"\"", "\"a\\nb\\nc\""},
    {"'''\\''''", "\"'\""},
    {"r''''''", "\"\""},
    {"true && false || null", "true && false || null"},
    // White space and comments.
    {"// first\na\t+\f\r\n b // last", "a + b"},
    {"'// none'", "\"// none\""},
    // Macros.
    {"has(a.b.c)", "has(a.b.c)"},
    {"has(a.?b.c)", "has(a.?b.c)"},
    {"a.has(b)", "a.has(b)"},
    {"l.all(x, x > 0)", "fold(l; x; @result = true; while @not_strictly_false(@result): @result = @result && x > 0; "
                        "@result)"},
    {"l.exists(x, x > 0)", "fold(l; x; @result = false; while @not_strictly_false(!@result): @result = @result || "
                           "x > 0; @result)"},
    {"l.exists_one(x, p)", "fold(l; x; @result = 0; while true: @result = p ? @result + 1 : @result; @result == 1)"},
    {"l.existsOne(x, p)", "fold(l; x; @result = 0; while true: @result = p ? @result + 1 : @result; @result == 1)"},
    {"l.map(x, x * 2)", "fold(l; x; @result = []; while true: @result = @result + [x * 2]; @result)"},
    {"l.map(x, p, x)", "fold(l; x; @result = []; while true: @result = p ? @result + [x] : @result; @result)"},
    {"l.filter(x, p)", "fold(l; x; @result = []; while true: @result = p ? @result + [x] : @result; @result)"},
    {"l.all(i, x, p)",
     "fold(l; i, x; @result = true; while @not_strictly_false(@result): @result = @result && p; @result)"},
    {"l.transformList(i, x, p, x)",
     "fold(l; i, x; @result = []; while true: @result = p ? @result + [x] : @result; @result)"},
    {"m.transformMap(k, v, v)",
     "fold(m; k, v; @result = {}; while true: @result = cel.@mapInsert(@result, k, v); @result)"},
    {"m.transformMapEntry(k, v, {v: k})",
     "fold(m; k, v; @result = {}; while true: @result = cel.@mapInsert(@result, {v: k}); @result)"},
    {"cel.bind(x, a, x + x)", "fold([]; #unused; x = a; while false: x = x; x + x)"},
    {"o.optMap(x, x + 1)", "fold([]; #unused; @opt = o; while false: @opt = @opt; @opt.hasValue() ? "
                           "optional.of(fold([]; #unused; x = @opt.value(); while false: x = x; x + 1)) : "
                           "optional.none())"},
    {"o.optFlatMap(x, x.?y)", "fold([]; #unused; @opt = o; while false: @opt = @opt; @opt.hasValue() ? "
                              "fold([]; #unused; x = @opt.value(); while false: x = x; x.?y) : optional.none())"},
    {"math.greatest(a, b)", "math.greatest(a, b)"},
    {"math.least(a, b, c)", "math.least([a, b, c])"},
    {"math.least([a])", "math.least([a])"},
    {"cel.block([a, cel.index(0)], cel.index(1))",
     "fold([]; #unused; @index0 = a; while false: @index0 = @index0; fold([]; #unused; @index1 = @index0; while "
     "false: @index1 = @index1; @index1))"},
    // Calls with another number of arguments are calls.
    {"l.all(x)", "l.all(x)"},
    {"all(l, x)", "all(l, x)"},
};

static void reads_expressions(void **state)
{
    (void)state;
    for (size_t i = 0; i < N(trees); i++) reads_as(str_of(trees[i][0]), trees[i][1]);
}

// What is written without macros reads back as itself.
static void writes_what_it_reads(void **state)
{
    (void)state;
    for (size_t i = 0; i < N(trees); i++)
        if (!strstr(trees[i][1], "fold(") && !strchr(trees[i][1], '@')) reads_as(str_of(trees[i][1]), trees[i][1]);
}

static const struct {
    const char *text;
    unsigned line, column;
    const char *says;
} refusals[] = {
    {"", 1, 1, "Syntax error: unexpected end of the expression"},
    {"a +", 1, 4, "unexpected end of the expression"},
    {"a b", 1, 3, "unexpected 'b', expected an operator"},
    {"a and b", 1, 3, "and is written &&"},
    {"a\n+ *", 2, 3, "unexpected '*'"},
    {"'é' + 'é' )", 1, 11, "unexpected ')'"},
    {"(a", 1, 3, "expected an operator or ')'"},
    {"f(a,)", 1, 5, "unexpected ')'"},
    {"[a b]", 1, 4, "expected ',' or ']'"},
    {"[,]", 1, 2, "unexpected ','"},
    {"{a}", 1, 3, "expected ':'"},
    {"a ? b", 1, 6, "expected an operator or ':'"},
    {"a.in", 1, 3, "a field's name"},
    {"a.?f(b)", 1, 5, "unexpected '('"},
    {"a.1", 1, 2, "unexpected '.1'"},
    {"as", 1, 1, "reserved identifier: as"},
    {"while(a)", 1, 1, "reserved identifier: while"},
    {"a = b", 1, 3, "equality is written =="},
    {"a & b", 1, 3, "and is written &&"},
    {"a | b", 1, 3, "or is written ||"},
    {"a # b", 1, 3, "no token begins"},
    {"`a`", 1, 1, "unexpected '`a`'"},
    {"a.``", 1, 3, "a name in backquotes"},
    {"a.`b$`", 1, 3, "a name in backquotes"},
    {"'abc", 1, 1, "the string is not closed"},
    {"'abc\\'", 1, 1, "the string is not closed"},
    {"'''abc''", 1, 1, "the string is not closed"},
    {"'a\nb'", 1, 1, "ends on its line"},
    {"'\\q'", 1, 2, "invalid escape sequence"},
    {"'\\x4'", 1, 2, "invalid escape sequence"},
    {"'\\400'", 1, 2, "invalid escape sequence"},
    {"'ab\\ud800'", 1, 4, "no Unicode code point"},
    {"'\\U00110000'", 1, 2, "no Unicode code point"},
    {"b'\\u0041'", 1, 3, "no place in bytes"},
    {"9223372036854775808", 1, 1, "invalid int literal"},
    {"-9223372036854775809", 1, 1, "invalid int literal"},
    {"--9223372036854775808", 1, 3, "invalid int literal"},
    {"18446744073709551616u", 1, 1, "invalid uint literal"},
    {"1e999", 1, 1, "invalid double literal"},
    {"0x", 1, 2, "unexpected 'x'"},
    {"-1u", 1, 1, ""}, // negation of a uint: for the checker
    {"has(a)", 1, 5, "invalid argument to has() macro"},
    {"has(a.?b)", 1, 6, "invalid argument to has() macro"},
    {"l.all(x.y, x)", 1, 8, "argument must be a simple name"},
    {"l.map(.x, x)", 1, 7, "argument must be a simple name"},
    {"l.exists(x, x, p)", 1, 13, "duplicate variable name: x"},
    {"cel.bind(1, 2, 3)", 1, 10, "argument must be a simple name"},
    {"cel.index(a)", 1, 11, "non-negative int literal"},
    {"cel.block(a, b)", 1, 11, "takes a list"},
    {"math.greatest()", 1, 6, "requires at least one argument"},
    {"math.least('a')", 1, 12, "invalid single argument value"},
    {"math.least(1, {})", 1, 12, "must be numeric"},
    {"\xff", 1, 1, "not in UTF-8"},
    {"'a' + '\xc3'", 1, 8, "not in UTF-8"},
};

static void says_what_is_wrong_and_where(void **state)
{
    (void)state;
    for (size_t i = 0; i < N(refusals); i++) {
        struct expr_issues issues;
        const struct ast *tree = parse(str_of(refusals[i].text), EXPR_ALL, &issues);
        if (!*refusals[i].says) {
            assert_non_null(tree);
            continue;
        }
        const struct expr_issue *issue = &issues.items[0];
        if (tree || !strstr(issue->text, refusals[i].says) || issue->line != refusals[i].line ||
            issue->column != refusals[i].column)
            fail_msg("%s: %u:%u: %s", refusals[i].text, (unsigned)issue->line, (unsigned)issue->column, issue->text);
        assert_int_equal(issues.count, 1);
    }
}

static void keeps_extensions_to_those_who_ask(void **state)
{
    (void)state;
    static const char *const needs[] = {"a.?b", "a[?0]", "[?a]", "{?a: b}", "T{?a: b}"};
    struct expr_issues issues;
    for (size_t i = 0; i < N(needs); i++) {
        assert_null(parse(str_of(needs[i]), EXPR_ALL & ~(unsigned)EXPR_OPTIONALS, &issues));
        assert_non_null(strstr(issues.items[0].text, "optionals are not enabled"));
    }
    static const char *const calls[] = {"cel.bind(x, a, x)", "l.all(i, x, p)", "o.optMap(x, y)", "cel.index(0)",
                                        "math.greatest(a, b, c)"};
    for (size_t i = 0; i < N(calls); i++) assert_string_equal(written(parse(str_of(calls[i]), 0, &issues)).p, calls[i]);
}

static void points_with_a_caret(void **state)
{
    (void)state;
    static const struct {
        const char *text, *shown;
    } cases[] = {
        {"siez(a", "rule:1:7: Syntax error: unexpected end of the expression, expected ',' or ')'\n"
                   " | siez(a\n"
                   " |       ^\n"},
        {"a &&\n\t'é' == = b", "rule:2:9: Syntax error: token recognition error at '=': equality is written ==\n"
                               " |  'é' == = b\n"
                               " |         ^\n"},
        {"'\x1b[2J\xc2\x9b\xe2\x80\xae' +", "rule:1:11: Syntax error: unexpected end of the expression, expected a "
                                            "value, a name or '('\n"
                                            " | '?[2J?\?' +\n"
                                            " |           ^\n"},
    };
    for (size_t i = 0; i < N(cases); i++) {
        struct expr_issues issues;
        struct buf out = BUF(4096);
        assert_null(parse(str_of(cases[i].text), EXPR_ALL, &issues));
        expr_issues_print(&issues, str_of(cases[i].text), "rule", &out);
        buf_putc(&out, '\0');
        assert_string_equal(out.p, cases[i].shown);
        buf_free(&out);
    }
}

static void shows_long_lines_around_the_place(void **state)
{
    (void)state;
    char text[2000];
    memset(text, ' ', sizeof text);
    text[0] = 'a';
    text[1500] = ')';
    struct expr_issues issues;
    struct buf out = BUF(4096);
    struct str source = {text, sizeof text};
    assert_null(parse(source, 0, &issues));
    expr_issues_print(&issues, source, "r", &out);
    buf_putc(&out, '\0');
    const char *line = strstr(out.p, " | ..."), *caret = strchr(out.p, '^'), *second = strstr(line + 1, " | ");
    assert_true(line && caret && second && out.n < 600);
    assert_int_equal(line[caret - second], ')');
    buf_free(&out);
}

// `count` times `part` between two texts.
static struct str repeated(const char *before, const char *part, size_t count, const char *after)
{
    struct buf out = BUF((size_t)1 << 20);
    buf_puts(&out, before);
    for (size_t i = 0; i < count; i++) buf_puts(&out, part);
    buf_puts(&out, after);
    struct str text = arena_str(&arena, buf_str(&out));
    buf_free(&out);
    return text;
}

static void bounds_depth_and_size(void **state)
{
    (void)state;
    static const struct {
        const char *before, *part;
        size_t most; // repetitions that still pass
        const char *after;
    } cases[] = {
        {"", "(", EXPR_DEPTH_MAX - 1, "a"},    {"a", "+a", EXPR_DEPTH_MAX - 1, ""}, {"a", ".b", EXPR_DEPTH_MAX - 1, ""},
        {"a", "[0]", EXPR_DEPTH_MAX - 1, ""},  {"", "[", EXPR_DEPTH_MAX - 1, "a"},  {"", "f(", EXPR_DEPTH_MAX - 1, "a"},
        {"", "a?b:", EXPR_DEPTH_MAX - 1, "c"},
    };
    for (size_t i = 0; i < N(cases); i++) {
        struct expr_issues issues;
        const char *open = cases[i].part;
        const char *close = open[0] == '(' || open[1] == '(' ? ")" : !strcmp(open, "[") ? "]" : "";
        for (size_t more = 0; more < 2; more++) {
            size_t n = cases[i].most + more;
            struct str middle = repeated(cases[i].before, open, n, cases[i].after);
            struct str text = *close ? repeated(middle.p, close, n, "") : middle;
            const struct ast *tree = parse(text, 0, &issues);
            if (!more != (tree != NULL)) fail_msg("%s x %zu: %s", open, n, tree ? "passed" : issues.items[0].text);
            if (tree) assert_true(tree->depth <= EXPR_DEPTH_MAX);
        }
        assert_non_null(strstr(issues.items[0].text, "nests more than 250 deep"));
    }
}

static void keeps_long_chains_of_logic_flat(void **state)
{
    (void)state;
    struct expr_issues issues;
    const struct ast *tree = parse(repeated("a", "&&a", 4095, ""), 0, &issues);
    assert_non_null(tree);
    assert_int_equal(tree->depth, 13);
    assert_non_null(parse(repeated("", "!", 5000, "a"), 0, &issues));
    assert_non_null(parse(repeated("[", "1,", 10000, "]"), 0, &issues));
    assert_null(parse(repeated("[", "1,", EXPR_NODES_MAX, "]"), 0, &issues));
    assert_non_null(strstr(issues.items[0].text, "more than 20000 parts"));
    assert_null(parse(repeated("", " ", EXPR_SOURCE_MAX, "a"), 0, &issues));
    assert_non_null(strstr(issues.items[0].text, "longer than"));
}

static void numbers_each_node_once_children_first(void **state)
{
    (void)state;
    struct expr_issues issues;
    const struct ast *tree = parse(STR("a.b + f(c)[1]"), 0, &issues);
    assert_non_null(tree);
    assert_true(tree->id > tree->args[0]->id && tree->args[0]->id > tree->args[0]->target->id);
    assert_true(tree->id > tree->args[1]->id && tree->args[1]->id > tree->args[1]->args[1]->id);
    assert_int_equal(tree->offset, 4);
    assert_int_equal(tree->args[0]->offset, 1);
    assert_int_equal(tree->args[1]->offset, 10);
}

static enum err judge(void *context, struct arena *room, struct str bytes, struct why *why)
{
    (void)context;
    struct expr_issues issues = {0};
    uint32_t count;
    if (expr_parse(room, bytes, EXPR_ALL, &count, &issues)) return ERR_NONE;
    const struct expr_issue *first = &issues.items[0];
    return why_set(why, ERR_MALFORMED, "", "%u:%u: %s", (unsigned)first->line, (unsigned)first->column, first->text);
}

static void judges_its_samples(void **state)
{
    (void)state;
    size_t wrong, held = samples_judge("expr", judge, NULL, &wrong);
    assert_int_equal(wrong, 0);
    assert_true(held >= 17);
}

static void lives_with_too_little_memory(void **state)
{
    (void)state;
    struct str text = STR("cel.bind(x, [1, 'a\\n', {?'b': .c}], x.map(y, has(y.z) && a || b ? T{f: -1} : 2.5)) + .d");
    bool read = false;
    for (size_t cap = 0; cap < 65536 && !read; cap += 64) {
        struct arena small = ARENA(cap);
        struct expr_issues issues = {0};
        uint32_t count;
        read = expr_parse(&small, text, EXPR_ALL, &count, &issues) != NULL;
        assert_int_equal(issues.count, read ? 0 : 1);
        if (!read) assert_non_null(strstr(issues.items[0].text, "no memory left"));
        arena_free(&small);
    }
    assert_true(read);
}

static void prints_values_as_literals(void **state)
{
    (void)state;
    uint8_t v6[16] = {0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0};
    struct expr_net host = {.v6 = true, .prefix = -1}, block = {.bytes = {10, 1, 0, 0}, .prefix = 16};
    memcpy(host.bytes, v6, sizeof v6);
    struct expr_value one = EXPR_INT_VALUE(1), bytes = EXPR_BYTES_VALUE(((struct str){"\0\xff\"", 3}));
    const struct {
        struct expr_value value;
        const char *text;
    } cases[] = {
        {EXPR_NULL_VALUE, "null"},
        {EXPR_INT_VALUE(INT64_MIN), "-9223372036854775808"},
        {EXPR_UINT_VALUE(UINT64_MAX), "18446744073709551615u"},
        {EXPR_DOUBLE_VALUE(1e21), "1e+21"},
        {EXPR_DOUBLE_VALUE((double)NAN), "double(\"NaN\")"},
        {EXPR_DOUBLE_VALUE(-(double)INFINITY), "double(\"-Infinity\")"},
        {EXPR_STRING_VALUE(STR("\x01\xc2\x85\x7f é")), "\"\\x01\\u0085\\x7f é\""},
        {bytes, "b\"\\x00\\xff\\\"\""},
        {{.kind = EXPR_TIMESTAMP, .time = {0, 500000000}}, "timestamp(\"1970-01-01T00:00:00.5Z\")"},
        {{.kind = EXPR_DURATION, .time = {-1, -500000000}}, "duration(\"-1.5s\")"},
        {expr_list_new(&arena, &one, 1), "[1]"},
        {{.kind = EXPR_TYPE, .type = expr_type_of_kind(EXPR_INT)}, "int"},
        {{.kind = EXPR_TYPE, .type = expr_type_of_kind(EXPR_LIST)}, "list"},
        {expr_optional_of(&arena, one), "optional.of(1)"},
        {EXPR_OPTIONAL_NONE, "optional.none()"},
        {{.kind = EXPR_IP, .net = &host}, "ip(\"2001:db8::1:0:0\")"},
        {{.kind = EXPR_CIDR, .net = &block}, "cidr(\"10.1.0.0/16\")"},
    };
    for (size_t i = 0; i < N(cases); i++) {
        struct buf out = BUF(4096);
        expr_print(&cases[i].value, &out);
        buf_putc(&out, '\0');
        assert_string_equal(out.p, cases[i].text);
        buf_free(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(reads_expressions, begin, end),
        cmocka_unit_test_setup_teardown(writes_what_it_reads, begin, end),
        cmocka_unit_test_setup_teardown(says_what_is_wrong_and_where, begin, end),
        cmocka_unit_test_setup_teardown(keeps_extensions_to_those_who_ask, begin, end),
        cmocka_unit_test_setup_teardown(points_with_a_caret, begin, end),
        cmocka_unit_test_setup_teardown(shows_long_lines_around_the_place, begin, end),
        cmocka_unit_test_setup_teardown(bounds_depth_and_size, begin, end),
        cmocka_unit_test_setup_teardown(keeps_long_chains_of_logic_flat, begin, end),
        cmocka_unit_test_setup_teardown(numbers_each_node_once_children_first, begin, end),
        cmocka_unit_test_setup_teardown(judges_its_samples, begin, end),
        cmocka_unit_test_setup_teardown(lives_with_too_little_memory, begin, end),
        cmocka_unit_test_setup_teardown(prints_values_as_literals, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
