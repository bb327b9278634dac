// SPDX-License-Identifier: Apache-2.0
#include "build.h"

#include "one_arena.h"

#include <math.h>

// crossing.empty is true, crossing.in_bond false, crossing.arrived missing: T, F and U below.
static const char facts_text[] = "{\"crossing.empty\":true,\"crossing.in_bond\":false,\"custody.refused\":2,"
                                 "\"programme.driver\":\"valid\",\"custody.jump_kmh\":92.5}";
#define T "crossing.empty"
#define F "crossing.in_bond"
#define U "crossing.arrived"

static struct verdict eval(const char *text, const struct facts *facts)
{
    struct expr_value *slots = arena_array(&arena, struct expr_value, fact_kind_count);
    struct condition condition;
    struct verdict verdict;
    struct why why = {0};
    if (condition_read(&arena, facts_env(), str_of(text), &condition, &why)) fail_msg("%s: %s", text, why.text);
    facts_values(facts, slots);
    condition_eval(&condition, &arena, slots, fact_kind_count, &verdict);
    return verdict;
}

static bool has(const uint64_t *set, const char *name)
{
    size_t i = (size_t)(fact_kind_find(str_of(name)) - fact_kinds);
    return set[i / 64] >> (i % 64) & 1;
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
        {"!" T, TRUTH_FALSE},
        {"!" F, TRUTH_TRUE},
        {"!" U, TRUTH_UNKNOWN},
        {T " && " T, TRUTH_TRUE},
        {T " && " F, TRUTH_FALSE},
        {T " && " U, TRUTH_UNKNOWN},
        {F " && " U, TRUTH_FALSE},
        {U " && " T, TRUTH_UNKNOWN},
        {U " && " F, TRUTH_FALSE},
        {U " && " U, TRUTH_UNKNOWN},
        {T " || " U, TRUTH_TRUE},
        {F " || " F, TRUTH_FALSE},
        {F " || " U, TRUTH_UNKNOWN},
        {U " || " T, TRUTH_TRUE},
        {U " || " F, TRUTH_UNKNOWN},
        {U " || " U, TRUTH_UNKNOWN},
        {T " && " U " && " F, TRUTH_FALSE},
        {F " || " U " || " T, TRUTH_TRUE},
        {"!((" F " || " T ") && !" F ")", TRUTH_FALSE},
        {"custody.refused == 2", TRUTH_TRUE},
        {"custody.refused > 2", TRUTH_FALSE},
        {"custody.tampers > 2", TRUTH_UNKNOWN},
        {"custody.jump_kmh > 92", TRUTH_TRUE},
        {"custody.jump_kmh < 92.5", TRUTH_FALSE},
        {"programme.driver in ['valid', 'expired']", TRUTH_TRUE},
        {"programme.driver == 'none'", TRUTH_FALSE},
        {"programme.carrier == 'none'", TRUTH_UNKNOWN},
        {"(" U " ? " T " : " F ")", TRUTH_UNKNOWN},
        {"[custody.refused, 7].exists(x, x > 5)", TRUTH_TRUE},
        {"1 / (custody.refused - 2) > 0", TRUTH_UNKNOWN}, // it fails
        {"1 / (custody.refused - 2) > 0 && " F, TRUTH_FALSE},
    };
    struct facts facts = facts_of(&arena, facts_text);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (eval(cases[i].condition, &facts).truth != cases[i].truth) fail_msg("%s", cases[i].condition);
}

static void tells_what_it_asked_for_and_what_it_hangs_on(void **state)
{
    (void)state;
    struct facts facts = facts_of(&arena, facts_text);
    struct verdict v = eval(F " && custody.tampers > 0", &facts);
    assert_true(has(v.asked, F) && !has(v.asked, "custody.tampers")); // settled before
    assert_false(has(v.missing, "custody.tampers"));
    v = eval(U " && custody.tampers > 0 && " T, &facts);
    assert_true(has(v.asked, U) && has(v.asked, "custody.tampers") && has(v.asked, T));
    assert_true(has(v.missing, U) && has(v.missing, "custody.tampers") && !has(v.missing, T));
    v = eval(U " || " T, &facts);
    assert_true(v.truth == TRUTH_TRUE && !has(v.missing, U));
    v = eval("1 / (custody.refused - 2) > 0", &facts);
    assert_true(v.fault.p && memmem(v.fault.p, v.fault.n, "zero", 4));
}

static void takes_a_senseless_number_for_missing(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        double number;
    } cases[] = {{"custody.jump_kmh", NAN},
                 {"custody.jump_kmh", INFINITY},
                 {"custody.refused", 1.5},
                 {"custody.refused", 1e300},
                 {"custody.refused", NAN}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct fact fact = {.name = cases[i].name, .type = FACT_NUMBER, .number = cases[i].number};
        struct facts facts = {.items = &fact, .count = 1};
        struct str text = arena_printf(&arena, "%s > 1", cases[i].name);
        assert_int_equal(eval(text.p, &facts).truth, TRUTH_UNKNOWN);
    }
}

static void refuses_what_is_no_condition(void **state)
{
    (void)state;
    static const struct {
        const char *text, *why;
    } cases[] = {
        {"", "line 1"},
        {"crossing.empty &&", "line 1"},
        {"crossing.emty", "crossing.empty"},
        {"custody.refused", "true or false"},
        {"custody.refused > 'a'", "overload"},
        {"crossing.empty == 1", "overload"},
        {"custody.refused > 0 &&\n  custody.refuse > 1", "line 2, column 3"},
        {"has(crossing.empty)", "line 1"},
        {"programme.driver == 'valued'", "never 'valued'"},
        {"'Valid' == programme.driver", "never 'Valid'"},
        {"programme.driver in ['valid', 'expire']", "never 'expire'"},
        {"[1,2,3,4,5,6,7,8,9].all(a, [1,2,3,4,5,6,7,8,9].all(b, [1,2,3,4,5,6,7,8,9].all(c, [1,2,3,4,5,6,7,8,9].all(d, "
         "[1,2,3,4,5,6,7,8,9].all(e, a + b + c + d + e < custody.refused)))))",
         "cost more"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct condition condition;
        struct why why = {0};
        enum err err = condition_read(&arena, facts_env(), str_of(cases[i].text), &condition, &why);
        if (!err) err = condition_values_check(&condition, &why);
        if (!err || !strstr(why.text, cases[i].why)) fail_msg("%s: %s", cases[i].text, why.text);
    }
}

static void refuses_a_text_that_is_too_long(void **state)
{
    (void)state;
    char text[CONDITION_TEXT_MAX + 2];
    struct condition condition;
    memset(text, ' ', sizeof text);
    memcpy(text, "true", 4);
    assert_int_equal(condition_read(&arena, facts_env(), (struct str){text, CONDITION_TEXT_MAX}, &condition, NULL),
                     ERR_NONE);
    assert_int_equal(condition_read(&arena, facts_env(), (struct str){text, CONDITION_TEXT_MAX + 1}, &condition, NULL),
                     ERR_TOO_LARGE);
}

// For random conditions: an answer that is not unknown stays the same whatever the missing facts turn out to be.
static void stays_what_it_is_when_facts_become_known(void **state)
{
    (void)state;
    static const char *const atoms[] = {T,
                                        F,
                                        U,
                                        "custody.tampers > 0",
                                        "custody.refused == 2",
                                        "programme.carrier in ['none', 'expired']",
                                        "1 / custody.tampers > 0"};
    uint64_t seed = 7;
    for (int round = 0; round < 400; round++) {
        struct buf text = BUF(4096);
        for (int k = 0; k < 5; k++) {
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            uint64_t r = seed >> 33;
            if (k) buf_puts(&text, r & 1 ? " && " : " || ");
            buf_printf(&text, r & 2 ? "!(%s)" : "%s", atoms[(r >> 2) % (sizeof atoms / sizeof *atoms)]);
        }
        buf_putc(&text, '\0');
        struct facts known = facts_of(&arena, facts_text);
        enum truth before = eval(text.p, &known).truth;
        for (int fill = 0; fill < 12 && before != TRUTH_UNKNOWN; fill++) {
            struct str change =
                arena_printf(&arena, "{\"crossing.arrived\":%s,\"custody.tampers\":%d,\"programme.carrier\":\"%s\"}",
                             fill & 1 ? "true" : "false", fill & 2 ? 0 : 3, fill % 3 ? "valid" : "expired");
            struct facts more = facts_changed(&arena, facts_text, change.p);
            enum truth after = eval(text.p, &more).truth;
            // What fails once the fact is known counts as unknown, which is never greener.
            if (after != before && after != TRUTH_UNKNOWN) fail_msg("%s with %s", text.p, change.p);
        }
        buf_free(&text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(follows_kleene, begin, end),
        cmocka_unit_test_setup_teardown(tells_what_it_asked_for_and_what_it_hangs_on, begin, end),
        cmocka_unit_test_setup_teardown(takes_a_senseless_number_for_missing, begin, end),
        cmocka_unit_test_setup_teardown(refuses_what_is_no_condition, begin, end),
        cmocka_unit_test_setup_teardown(refuses_a_text_that_is_too_long, begin, end),
        cmocka_unit_test_setup_teardown(stays_what_it_is_when_facts_become_known, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
