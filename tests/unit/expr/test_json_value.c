// SPDX-License-Identifier: Apache-2.0
#include "expr/json_value.h"

#include "expr/expr.h"
#include "one_arena.h"

#define N(table) (sizeof(table) / sizeof *(table))

static enum err read_into(struct arena *room, const char *text, struct expr_value *out, struct why *why)
{
    const struct json *json = json_parse(room, str_of(text), why);
    return json ? expr_value_of_json(room, json, out, why) : why->err;
}

static void numbers_without_a_point_are_ints(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"null", "null"},
        {"true", "true"},
        {"0", "0"},
        {"-0", "0"},
        {"-0.0", "-0.0"},
        {"7", "7"},
        {"7.0", "7.0"},
        {"7e0", "7.0"},
        {"7E2", "700.0"},
        {"9223372036854775807", "9223372036854775807"},
        {"-9223372036854775808", "-9223372036854775808"},
        {"\"\\u00e9\\u0000\"", "\"é\\x00\""},
        {"[1, [2.5], {}]", "[1, [2.5], {}]"},
        {"{\"b\": [], \"a\": {\"c\": \"d\"}}", "{\"b\": [], \"a\": {\"c\": \"d\"}}"},
    };
    for (size_t i = 0; i < N(cases); i++) {
        struct expr_value value;
        struct why why = {0};
        struct buf out = BUF(4096);
        if (read_into(&arena, cases[i][0], &value, &why) != ERR_NONE) fail_msg("%s: %s", cases[i][0], why.text);
        expr_print(&value, &out);
        buf_putc(&out, '\0');
        assert_string_equal(out.p, cases[i][1]);
        buf_free(&out);
    }
}

static void refuses_ints_over_their_range(void **state)
{
    (void)state;
    static const char *const cases[] = {"9223372036854775808", "-9223372036854775809", "[1, 100000000000000000000]",
                                        "{\"a\": {\"b\": 18446744073709551616}}"};
    for (size_t i = 0; i < N(cases); i++) {
        struct expr_value value;
        struct why why = {0};
        assert_int_equal(read_into(&arena, cases[i], &value, &why), ERR_MALFORMED);
        assert_non_null(strstr(why.text, "over the range of an int"));
    }
}

static void finds_members_by_name(void **state)
{
    (void)state;
    struct expr_value value, key = EXPR_STRING_VALUE(STR("weight"));
    assert_int_equal(read_into(&arena, "{\"seal\": 1, \"weight\": 2}", &value, NULL), ERR_NONE);
    assert_int_equal(value.kind, EXPR_MAP);
    assert_int_equal(expr_map_get(value.map, &key)->integer, 2);
}

// The JSON lives elsewhere; its reader has its own word for too little memory.
static enum err judge(void *context, struct arena *room, struct str bytes, struct why *why)
{
    struct expr_value value;
    const struct json *json = json_parse(&arena, bytes, NULL);
    (void)context;
    assert_non_null(json);
    return expr_value_of_json(room, json, &value, why);
}

static void lives_with_too_little_memory(void **state)
{
    (void)state;
    needs_memory_only(judge, STR("[1, {\"a\": [2, 3], \"b\": \"c\"}]"), 65536);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(numbers_without_a_point_are_ints, begin, end),
        cmocka_unit_test_setup_teardown(refuses_ints_over_their_range, begin, end),
        cmocka_unit_test_setup_teardown(finds_members_by_name, begin, end),
        cmocka_unit_test_setup_teardown(lives_with_too_little_memory, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
