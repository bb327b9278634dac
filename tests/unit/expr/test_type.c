// SPDX-License-Identifier: Apache-2.0
#include "expr/type.h"

#include "one_arena.h"

#define N(table) (sizeof(table) / sizeof *(table))

static const struct expr_type *parsed(const char *text)
{
    struct why why = {0};
    const struct expr_type *type = expr_type_parse(&arena, str_of(text), &why);
    if (!type) fail_msg("%s: %s", text, why.text);
    return type;
}

static void writes_what_it_reads(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"dyn", "dyn"},
        {"any", "dyn"},
        {"google.protobuf.Value", "dyn"},
        {"int", "int"},
        {"null_type", "null"},
        {"timestamp", "timestamp"},
        {"google.protobuf.Duration", "duration"},
        {"google.protobuf.Struct", "map(string, dyn)"},
        {"google.protobuf.UInt32Value", "wrapper(uint)"},
        {"wrapper(string)", "wrapper(string)"},
        {"list", "list(dyn)"},
        {"map", "map(dyn, dyn)"},
        {"type", "type"},
        {"type(int)", "type(int)"},
        {" list( map( string ,list(int)) ) ", "list(map(string, list(int)))"},
        {"optional(A)", "optional_type(A)"},
        {"optional_type", "optional_type(dyn)"},
        {"net.CIDR", "net.CIDR"},
        {"port.Lane", "port.Lane"},
        {"tuple(A, int, list(B))", "tuple(A, int, list(B))"},
        {"pair(pair(A, B), pair(C, pair(D, E)))", "pair(pair(A, B), pair(C, pair(D, E)))"},
    };
    for (size_t i = 0; i < N(cases); i++) {
        struct str text = expr_type_text(&arena, parsed(cases[i][0]));
        if (!str_is(text, cases[i][1])) fail_msg("%s: %.*s", cases[i][0], STR_ARG(text));
    }
}

static void refuses_what_is_no_type(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t offset;
    } cases[] = {
        {"", 0},     {"9", 0},        {"list(", 5},       {"list(int", 8},     {"list(int,int)", 12}, {"map(int)", 7},
        {"int(", 3}, {"int(int)", 3}, {"A(int)", 1},      {"list int", 5},     {"wrapper", 7},        {"list()", 5},
        {"a..b", 1}, {"a.", 1},       {"int -> bool", 4}, {"tuple(int,)", 10},
    };
    for (size_t i = 0; i < N(cases); i++) {
        struct why why = {0};
        if (expr_type_parse(&arena, str_of(cases[i].text), &why)) fail_msg("\"%s\" was read", cases[i].text);
        assert_int_equal(why.err, ERR_MALFORMED);
        if (why.offset != cases[i].offset) fail_msg("\"%s\" is refused at %zu", cases[i].text, why.offset);
    }
}

static void reads_no_type_that_nests_without_end(void **state)
{
    (void)state;
    struct buf deep = BUF(1 << 20);
    for (int i = 0; i < 50000; i++) buf_puts(&deep, "list(");
    struct why why = {0};
    assert_null(expr_type_parse(&arena, buf_str(&deep), &why));
    assert_int_equal(why.err, ERR_MALFORMED);
    assert_string_equal(strstr(why.text, "deeply") ? "deeply" : why.text, "deeply");
    buf_free(&deep);
}

static void leaves_the_rest_of_a_signature(void **state)
{
    (void)state;
    struct str text = STR("net.IP.(list(int)) -> bool");
    assert_ptr_equal(expr_type_read(&arena, &text, NULL), expr_type_of_kind(EXPR_IP));
    assert_true(str_is(text, ".(list(int)) -> bool"));
}

static void tells_types_apart(void **state)
{
    (void)state;
    static const char *const all[] = {
        "dyn",
        "int",
        "uint",
        "list(int)",
        "list(uint)",
        "map(int, int)",
        "map(int, uint)",
        "map(uint, int)",
        "A",
        "B",
        "optional(int)",
        "wrapper(int)",
        "type",
        "type(int)",
        "port.Lane",
        "port.Dock",
        "tuple(int)",
        "tuple(int, int)",
    };
    for (size_t i = 0; i < N(all); i++)
        for (size_t j = 0; j < N(all); j++)
            if (expr_type_same(parsed(all[i]), parsed(all[j])) != (i == j)) fail_msg("%s and %s", all[i], all[j]);
}

static void has_a_type_for_every_kind(void **state)
{
    (void)state;
    for (enum expr_kind kind = EXPR_NULL; kind < EXPR_KIND_COUNT; kind++) {
        const struct expr_type *type = expr_type_of_kind(kind);
        assert_true(type->kind != TYPE_DYN);
        assert_true(expr_type_same(type, parsed(expr_type_text(&arena, type).p)));
    }
    assert_ptr_equal(expr_type_of_kind(EXPR_ERROR), &expr_type_dyn);
}

static void says_when_there_is_no_memory(void **state)
{
    (void)state;
    struct why why = {0};
    struct arena none = ARENA(0);
    assert_null(expr_type_parse(&none, STR("list(list(int))"), &why));
    assert_int_equal(why.err, ERR_NO_MEMORY);
}

#define test(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(writes_what_it_reads),           test(refuses_what_is_no_type), test(reads_no_type_that_nests_without_end),
        test(leaves_the_rest_of_a_signature), test(tells_types_apart),       test(has_a_type_for_every_kind),
        test(says_when_there_is_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
