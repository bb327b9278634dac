// SPDX-License-Identifier: Apache-2.0
#include "expr/conform.h"

#include "one_arena.h"

struct seen {
    size_t counts[3];
    char last[512]; // of the last test that did not pass
};

static void look(void *context, const struct conform_result *r)
{
    struct seen *seen = context;
    seen->counts[r->verdict]++;
    if (r->verdict == CONFORM_PASSED) return;
    snprintf(seen->last, sizeof seen->last, "%.*s/%.*s/%.*s: %.*s", STR_ARG(r->file), STR_ARG(r->section),
             STR_ARG(r->name), STR_ARG(r->reason));
    if (r->verdict == CONFORM_FAILED) fprintf(stderr, "%s\n", seen->last);
}

static struct seen run(struct str suite, const char *exclusions)
{
    struct seen seen = {0};
    struct why why = {0};
    if (conform_run(suite, str_of(exclusions), look, &seen, &why) != ERR_NONE) fail_msg("%s", why.text);
    return seen;
}

static void passes_the_language_s_own_suite(void **state)
{
    (void)state;
    struct str suite = shared_file(&arena, "cel/tests.jsonl");
    if (!suite.p) return;
    struct seen seen = run(suite, "");
    assert_int_equal(seen.counts[CONFORM_FAILED], 0);
    assert_true(seen.counts[CONFORM_PASSED] >= 1700);
    assert_int_equal(seen.counts[CONFORM_PASSED] + seen.counts[CONFORM_SKIPPED], 2456);
}

static void passes_our_suite(void **state)
{
    (void)state;
    struct str suite = test_file(&arena, "tests/data/expr/own.jsonl");
    assert_non_null(suite.p);
    struct seen seen = run(suite, "");
    assert_int_equal(seen.counts[CONFORM_FAILED], 0);
    assert_true(seen.counts[CONFORM_PASSED] > 40);
}

#define TEST(rest) "{\"file\":\"f\",\"section\":\"s\",\"name\":\"n\"," rest "}\n"

// Each must fail, for the reason given: a runner that lets everything pass proves nothing.
static void tells_wrong_results_from_right_ones(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {TEST("\"expr\":\"1\",\"value\":{\"int64_value\":\"2\"}"), "f/s/n: gives 1, expected 2"},
        {TEST("\"expr\":\"1\",\"value\":{\"uint64_value\":\"1\"}"), "f/s/n: gives 1, expected 1u"},
        {TEST("\"expr\":\"1\",\"value\":{\"double_value\":\"1\"}"), "f/s/n: gives 1, expected 1.0"},
        {TEST("\"expr\":\"0.0\",\"value\":{\"double_value\":\"-0.0\"}"), "f/s/n: gives 0.0, expected -0.0"},
        {TEST("\"expr\":\"'a'\",\"value\":{\"bytes_value\":{\"hex\":\"61\"}}"), "f/s/n: gives \"a\", expected b\"a\""},
        {TEST("\"expr\":\"[1]\",\"value\":{\"list_value\":{}}"), "f/s/n: gives [1], expected []"},
        {TEST("\"expr\":\"{1:2}\",\"value\":{\"map_value\":{\"entries\":[{\"key\":{\"int64_value\":\"1\"},"
              "\"value\":{\"int64_value\":\"3\"}}]}}"),
         "f/s/n: gives {1: 2}, expected {1: 3}"},
        {TEST("\"expr\":\"1 / 0\",\"value\":{\"int64_value\":\"2\"}"), "f/s/n: gives error: "},
        {TEST("\"expr\":\"1\",\"eval_error\":{}"), "f/s/n: gives 1, expected an error"},
        {TEST("\"expr\":\"1 +\",\"eval_error\":{}"), "f/s/n: 1:4: Syntax error"},
        {TEST("\"expr\":\"1 + 'a'\",\"eval_error\":{}"), "f/s/n: 1:3: "},
        {TEST("\"expr\":\"1 + 'a'\",\"eval_error\":{\"errors\":[{\"message\":\"divide by zero\"}]}"), "f/s/n: 1:3: "},
        {TEST("\"expr\":\"false\""), "f/s/n: gives false, expected true"},
        {TEST("\"expr\":\"1\",\"check_only\":true,\"typed_result\":{\"deduced_type\":{\"primitive\":\"UINT64\"}}"),
         "f/s/n: deduced the type int, expected uint"},
        {TEST("\"expr\":\"1\",\"value\":{\"int64_value\":\"1x\"}"), "f/s/n: the test's number 1x cannot be read"},
        {TEST("\"expr\":\"1\",\"value\":{\"odd_value\":\"1\"}"), "f/s/n: the test's value of the form odd_value"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct seen seen = {0};
        struct why why = {0};
        assert_int_equal(conform_run(str_of(cases[i][0]), STR(""), look, &seen, &why), ERR_NONE);
        assert_int_equal(seen.counts[CONFORM_FAILED], 1);
        if (strncmp(seen.last, cases[i][1], strlen(cases[i][1])) != 0) fail_msg("%s", seen.last);
    }
}

static void leaves_out_what_is_excluded_and_says_why(void **state)
{
    (void)state;
    struct str wrong = STR(TEST("\"expr\":\"1\",\"value\":{\"int64_value\":\"2\"}"));
    static const char *const fits[] = {"f/s/n: because", "# a comment\n\nf/*/n: because",
                                       "a/b/c: no\nf/s/*: because\n"};
    for (size_t i = 0; i < sizeof fits / sizeof fits[0]; i++) {
        struct seen seen = run(wrong, fits[i]);
        assert_int_equal(seen.counts[CONFORM_SKIPPED], 1);
        assert_string_equal(seen.last, "f/s/n: because");
    }
    struct seen marked = run(STR(TEST("\"expr\":\"M{}\",\"protobuf\":true")), "");
    assert_int_equal(marked.counts[CONFORM_SKIPPED], 1);
    assert_non_null(strstr(marked.last, "protobuf messages"));
}

static void refuses_what_is_no_suite(void **state)
{
    (void)state;
    struct seen seen = {0};
    struct why why = {0};
    assert_int_equal(conform_run(STR("\n{\n"), STR(""), look, &seen, &why), ERR_MALFORMED);
    assert_non_null(strstr(why.text, "line 2 is no test"));
    why = (struct why){0};
    assert_int_equal(conform_run(STR("{\"a\":1}"), STR(""), look, &seen, &why), ERR_MALFORMED);
    assert_non_null(strstr(why.text, "it has no expr"));
    why = (struct why){0};
    assert_int_equal(conform_run(STR(""), STR("f/s/n"), look, &seen, &why), ERR_MALFORMED);
    assert_non_null(strstr(why.text, "file/section/name: reason"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(passes_the_language_s_own_suite, begin, end),
        cmocka_unit_test_setup_teardown(passes_our_suite, begin, end),
        cmocka_unit_test_setup_teardown(tells_wrong_results_from_right_ones, begin, end),
        cmocka_unit_test_setup_teardown(leaves_out_what_is_excluded_and_says_why, begin, end),
        cmocka_unit_test_setup_teardown(refuses_what_is_no_suite, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
