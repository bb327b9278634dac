// SPDX-License-Identifier: Apache-2.0
#include "build.h"

#include "one_arena.h"

#include <math.h>

// crossing.empty is true, crossing.in_bond false, crossing.arrived missing: T, F and U below.
static const char facts_text[] = "{\"crossing.empty\":true,\"crossing.in_bond\":false,\"custody.refused\":2,"
                                 "\"programme.driver\":\"valid\"}";
#define T "{\"fact\":\"crossing.empty\",\"is\":true}"
#define F "{\"fact\":\"crossing.in_bond\",\"is\":true}"
#define U "{\"fact\":\"crossing.arrived\",\"is\":true}"
#define REFUSED "{\"fact\":\"custody.refused\","
#define DRIVER "{\"fact\":\"programme.driver\","

static enum truth eval(const char *text, const struct facts *facts)
{
    struct condition *condition;
    struct why why = {0};
    if (condition_read(&arena, json_of(&arena, text), &condition, &why))
        fail_msg("%s: %s %s", text, why.member, why.text);
    return condition_eval(condition, facts, NULL, NULL);
}

static void follows_kleene(void **state)
{
    (void)state;
    static const struct {
        const char *condition;
        enum truth truth;
    } cases[] = {
        {T, TRUTH_TRUE},
        {F, TRUTH_FALSE},
        {U, TRUTH_UNKNOWN},
        {"{\"not\":" T "}", TRUTH_FALSE},
        {"{\"not\":" F "}", TRUTH_TRUE},
        {"{\"not\":" U "}", TRUTH_UNKNOWN},
        {"{\"all\":[" T "," T "]}", TRUTH_TRUE},
        {"{\"all\":[" T "," F "]}", TRUTH_FALSE},
        {"{\"all\":[" T "," U "]}", TRUTH_UNKNOWN},
        {"{\"all\":[" F "," T "]}", TRUTH_FALSE},
        {"{\"all\":[" F "," F "]}", TRUTH_FALSE},
        {"{\"all\":[" F "," U "]}", TRUTH_FALSE},
        {"{\"all\":[" U "," T "]}", TRUTH_UNKNOWN},
        {"{\"all\":[" U "," F "]}", TRUTH_FALSE},
        {"{\"all\":[" U "," U "]}", TRUTH_UNKNOWN},
        {"{\"any\":[" T "," T "]}", TRUTH_TRUE},
        {"{\"any\":[" T "," F "]}", TRUTH_TRUE},
        {"{\"any\":[" T "," U "]}", TRUTH_TRUE},
        {"{\"any\":[" F "," T "]}", TRUTH_TRUE},
        {"{\"any\":[" F "," F "]}", TRUTH_FALSE},
        {"{\"any\":[" F "," U "]}", TRUTH_UNKNOWN},
        {"{\"any\":[" U "," T "]}", TRUTH_TRUE},
        {"{\"any\":[" U "," F "]}", TRUTH_UNKNOWN},
        {"{\"any\":[" U "," U "]}", TRUTH_UNKNOWN},
        {"{\"all\":[" T "," U "," F "]}", TRUTH_FALSE},
        {"{\"any\":[" F "," U "," T "]}", TRUTH_TRUE},
        {"{\"all\":[" U "," T "," T "]}", TRUTH_UNKNOWN},
        {"{\"not\":{\"all\":[{\"any\":[" F "," T "]},{\"not\":" F "}]}}", TRUTH_FALSE},
    };
    struct facts facts = facts_of(&arena, facts_text);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (eval(cases[i].condition, &facts) != cases[i].truth) fail_msg("%s", cases[i].condition);
}

static void compares(void **state)
{
    (void)state;
    static const struct {
        const char *condition;
        enum truth truth;
    } cases[] = {
        {REFUSED "\"above\":2}", TRUTH_FALSE},
        {REFUSED "\"above\":1.99}", TRUTH_TRUE},
        {REFUSED "\"below\":2}", TRUTH_FALSE},
        {REFUSED "\"below\":2.01}", TRUTH_TRUE},
        {REFUSED "\"is\":2}", TRUTH_TRUE},
        {REFUSED "\"is\":3}", TRUTH_FALSE},
        {REFUSED "\"in\":[1,2]}", TRUTH_TRUE},
        {REFUSED "\"in\":[1,3]}", TRUTH_FALSE},
        {DRIVER "\"is\":\"valid\"}", TRUTH_TRUE},
        {DRIVER "\"is\":\"none\"}", TRUTH_FALSE},
        {DRIVER "\"in\":[\"none\",\"valid\"]}", TRUTH_TRUE},
        {DRIVER "\"in\":[\"none\"]}", TRUTH_FALSE},
        {"{\"fact\":\"crossing.empty\",\"is\":false}", TRUTH_FALSE},
    };
    struct facts facts = facts_of(&arena, facts_text);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (eval(cases[i].condition, &facts) != cases[i].truth) fail_msg("%s", cases[i].condition);
}

static void holds_a_comparison_with_nan_for_unknown(void **state)
{
    (void)state;
    struct fact items[] = {{.name = "custody.refused", .type = FACT_NUMBER, .number = NAN}};
    struct facts facts = {.items = items, .count = 1};
    assert_int_equal(eval(REFUSED "\"above\":1}", &facts), TRUTH_UNKNOWN);
    assert_int_equal(eval(REFUSED "\"below\":1}", &facts), TRUTH_UNKNOWN);
    assert_int_equal(eval(REFUSED "\"is\":0}", &facts), TRUTH_UNKNOWN);
    assert_int_equal(eval("{\"not\":" REFUSED "\"in\":[0]}}", &facts), TRUTH_UNKNOWN);
}

struct log {
    size_t known, missing;
    const char *last_missing;
};

static void note(void *context, const char *name, const struct fact *fact)
{
    struct log *log = context;
    if (fact)
        log->known++;
    else {
        log->missing++;
        log->last_missing = name;
    }
}

static void says_which_facts_it_asked(void **state)
{
    (void)state;
    struct facts facts = facts_of(&arena, facts_text);
    struct condition *condition;
    struct log log = {0};
    assert_int_equal(condition_read(&arena, json_of(&arena, "{\"all\":[" U "," T "," F "," T "]}"), &condition, NULL),
                     0);
    assert_int_equal(condition_eval(condition, &facts, note, &log), TRUTH_FALSE);
    assert_int_equal(log.known, 2); // the fourth part no longer matters
    assert_int_equal(log.missing, 1);
    assert_string_equal(log.last_missing, "crossing.arrived");
}

static void refuses_what_is_no_condition(void **state)
{
    (void)state;
    static const struct {
        const char *condition, *member, *text;
        enum err err;
    } cases[] = {
        {"[]", "", "a condition is a map", ERR_MALFORMED},
        {"{}", "", "asks nothing", ERR_MALFORMED},
        {"{\"fact\":\"crossing.empty\"}", "", "asks nothing", ERR_MALFORMED},
        {"{\"is\":true}", "", "needs a 'fact'", ERR_MALFORMED},
        {"{\"fact\":7,\"is\":true}", "", "needs a 'fact'", ERR_MALFORMED},
        {"{\"some\":[]}", "", "no form of a condition", ERR_MALFORMED},
        {"{\"all\":[]}", "", "at least one", ERR_MALFORMED},
        {"{\"any\":{}}", "", "wants a list", ERR_MALFORMED},
        {"{\"all\":[" T ",7]}", "/all/1", "a condition is a map", ERR_MALFORMED},
        {"{\"not\":[" T "]}", "/not", "a condition is a map", ERR_MALFORMED},
        {"{\"all\":[" T "],\"any\":[" T "]}", "", "join two", ERR_MALFORMED},
        {"{\"fact\":\"crossing.empty\",\"all\":[" T "]}", "", "does not stand beside", ERR_MALFORMED},
        {REFUSED "\"above\":1,\"below\":3}", "", "join two", ERR_MALFORMED},
        {"{\"fact\":\"custody.refusd\",\"is\":1}", "", "nearest is 'custody.refused'", ERR_MALFORMED},
        {"{\"fact\":\"crossing.empty\",\"is\":\"true\"}", "/is", "is a bool", ERR_MALFORMED},
        {REFUSED "\"above\":\"1\"}", "/above", "is a number", ERR_MALFORMED},
        {DRIVER "\"above\":1}", "", "is for numbers", ERR_MALFORMED},
        {DRIVER "\"is\":\"vaild\"}", "/is", "never 'vaild'", ERR_SENSELESS},
        {DRIVER "\"in\":[\"valid\",\"gone\"]}", "/in/1", "never 'gone'", ERR_SENSELESS},
        {DRIVER "\"in\":[]}", "/in", "at least one value", ERR_MALFORMED},
        {DRIVER "\"in\":\"valid\"}", "/in", "list", ERR_MALFORMED},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct condition *condition;
        struct why why = {0};
        enum err err = condition_read(&arena, json_of(&arena, cases[i].condition), &condition, &why);
        if (err != cases[i].err || strcmp(why.member, cases[i].member) || !strstr(why.text, cases[i].text))
            fail_msg("%s: %s %s", cases[i].condition, why.member, why.text);
        assert_null(condition);
    }
}

static struct json *nested(size_t depth)
{
    struct buf b = BUF(100000);
    for (size_t i = 1; i < depth; i++) buf_puts(&b, "{\"not\":");
    buf_puts(&b, T);
    for (size_t i = 1; i < depth; i++) buf_putc(&b, '}');
    struct json *json = json_parse(&arena, arena_str(&arena, buf_str(&b)), NULL);
    buf_free(&b);
    return json;
}

static struct json *wide(size_t parts)
{
    struct buf b = BUF(100000);
    buf_puts(&b, "{\"any\":[");
    for (size_t i = 1; i < parts; i++) buf_puts(&b, i > 1 ? "," T : T);
    buf_puts(&b, "]}");
    struct json *json = json_parse(&arena, arena_str(&arena, buf_str(&b)), NULL);
    buf_free(&b);
    return json;
}

static void bounds_depth_and_size(void **state)
{
    (void)state;
    struct condition *condition;
    assert_int_equal(condition_read(&arena, nested(CONDITION_DEPTH_MAX), &condition, NULL), ERR_NONE);
    assert_int_equal(condition_read(&arena, nested(CONDITION_DEPTH_MAX + 1), &condition, NULL), ERR_TOO_LARGE);
    assert_int_equal(condition_read(&arena, wide(CONDITION_NODES_MAX), &condition, NULL), ERR_NONE);
    assert_int_equal(condition_read(&arena, wide(CONDITION_NODES_MAX + 1), &condition, NULL), ERR_TOO_LARGE);
}

static void says_when_memory_is_out(void **state)
{
    (void)state;
    struct json *json = json_of(&arena, "{\"all\":[" T "," DRIVER "\"in\":[\"valid\",\"none\"]}]}");
    for (size_t cap = 0; cap < 4096; cap += 8) {
        struct arena small = ARENA(cap);
        struct condition *condition;
        enum err err = condition_read(&small, json, &condition, NULL);
        assert_true(err == ERR_NO_MEMORY || (err == ERR_NONE && condition));
        arena_free(&small);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(follows_kleene, begin, end),
        cmocka_unit_test_setup_teardown(compares, begin, end),
        cmocka_unit_test_setup_teardown(holds_a_comparison_with_nan_for_unknown, begin, end),
        cmocka_unit_test_setup_teardown(says_which_facts_it_asked, begin, end),
        cmocka_unit_test_setup_teardown(refuses_what_is_no_condition, begin, end),
        cmocka_unit_test_setup_teardown(bounds_depth_and_size, begin, end),
        cmocka_unit_test_setup_teardown(says_when_memory_is_out, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
