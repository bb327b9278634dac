// SPDX-License-Identifier: Apache-2.0
#include "decide/trial.h"

#include "build.h"

#include "one_arena.h"

#define HEAD "owner: o, revision: 1, citation: c, from: 2026-03-01, floor: scan, reason: {en: a, es: b, fr: c}, "

static struct trials run(const char *rules)
{
    struct trials trials;
    struct why why = {0};
    char yaml[4096];
    snprintf(yaml, sizeof yaml, "base: document\nrules:\n%s", rules);
    assert_int_equal(trials_run(&arena, rules_of(&arena, arena_str(&arena, str_of(yaml)).p), &trials, &why), ERR_NONE);
    return trials;
}

static void tells_each_case_that_comes_out_otherwise(void **state)
{
    (void)state;
    struct trials t = run("  - {id: a, " HEAD "for: crossing.empty, when: custody.tampers > 1, tests: [\n"
                          "    {name: one, facts: {crossing.empty: true, custody.tampers: 2}, expect: true},\n"
                          "    {name: two, facts: {crossing.empty: false, custody.tampers: 2}, expect: true},\n"
                          "    {name: three, facts: {crossing.empty: true}, expect: unknown},\n"
                          "    {name: four, facts: {crossing.empty: true, custody.tampers: 1}, expect: unknown}]}\n");
    assert_int_equal(t.count, 4);
    assert_int_equal(t.passed, 2);
    assert_int_equal(t.failed, 2);
    assert_true(trial_passed(&t.items[0]) && !trial_passed(&t.items[1]) && trial_passed(&t.items[2]));
    assert_int_equal(t.items[3].got, TRUTH_FALSE);
    assert_false(trials_suffice(&t));
    struct json *told = trials_json(&arena, &t, false);
    const struct json *first = json_at(json_get(told, "cases"), 0);
    assert_int_equal(json_get(told, "cases")->count, 2);
    assert_true(str_is(json_text(first, "rule"), "a") && str_is(json_text(first, "test"), "two"));
    assert_true(str_is(json_text(first, "expected"), "true") && str_is(json_text(first, "got"), "false"));
    assert_int_equal(json_get(trials_json(&arena, &t, true), "cases")->count, 4);
}

static void wants_a_case_of_every_rule_that_runs(void **state)
{
    (void)state;
    static const struct {
        const char *state;
        bool suffices;
    } cases[] = {{"live", false}, {"shadow", false}, {"draft", true}, {"retired", true}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char rules[512];
        snprintf(rules, sizeof rules, "  - {id: a, " HEAD "state: %s, when: crossing.empty}\n", cases[i].state);
        struct trials t = run(rules);
        if (trials_suffice(&t) != cases[i].suffices) fail_msg("%s", cases[i].state);
        assert_int_equal(t.nuntested, !cases[i].suffices);
    }
}

static void takes_a_failed_evaluation_for_unknown_and_says_why(void **state)
{
    (void)state;
    struct trials t = run("  - {id: a, " HEAD "when: 1 / custody.tampers > 0, tests: [\n"
                          "    {name: one, facts: {custody.tampers: 0}, expect: unknown}]}\n");
    assert_true(trials_suffice(&t));
    assert_true(str_is(t.items[0].fault, "division by zero"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(tells_each_case_that_comes_out_otherwise, begin, end),
        cmocka_unit_test_setup_teardown(wants_a_case_of_every_rule_that_runs, begin, end),
        cmocka_unit_test_setup_teardown(takes_a_failed_evaluation_for_unknown_and_says_why, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
