// SPDX-License-Identifier: Apache-2.0
#include "decide/backtest.h"

#include "build.h"

#include <math.h>

#include "one_arena.h"

#define HEAD "owner: o, revision: 1, citation: c, from: 2026-03-01, reason: {en: a, es: b, fr: c}, "
#define OLD                                                                                                            \
    "base: document\nrules:\n  - {id: tamper, " HEAD "when: custody.tampers > 0, floor: scan}\n"                       \
    "  - {id: gone, " HEAD "when: crossing.in_bond, floor: document}\n"
#define NEW                                                                                                            \
    "base: document\nrules:\n  - {id: tamper, " HEAD "when: custody.tampers > 1, floor: scan}\n"                       \
    "  - {id: empty, " HEAD "when: crossing.empty, floor: joint}\n"                                                    \
    "  - {id: idea, state: draft, " HEAD "when: custody.refused > 0, floor: joint}\n"                                  \
    "  - {id: past, state: retired, " HEAD "when: crossing.empty, floor: joint}\n"

struct sample {
    const char *facts;
    enum lane lane;
    double propensity;
    bool followed, by_chance;
    enum backtest_outcome outcome;
};

static const struct sample samples[] = {
    {"{\"custody.tampers\":1,\"crossing.empty\":false,\"custody.refused\":1}", LANE_SCAN, 1, true, false,
     BACKTEST_CONTRABAND},
    {"{\"custody.tampers\":2,\"crossing.empty\":false}", LANE_SCAN, 1, true, false, BACKTEST_NOTHING},
    {"{\"custody.tampers\":2,\"crossing.empty\":true}", LANE_SCAN, 0.5, true, false, BACKTEST_DISCREPANCY},
    {"{\"custody.tampers\":0,\"crossing.empty\":true}", LANE_DOCUMENT, NAN, true, false, BACKTEST_UNKNOWN},
    {"{\"custody.tampers\":2,\"crossing.empty\":false}", LANE_SCAN, 0.1, true, true, BACKTEST_NOTHING},
    {"{\"custody.tampers\":2,\"crossing.empty\":false}", LANE_JOINT, 0.1, false, true, BACKTEST_CONTRABAND},
    {"{\"crossing.empty\":false}", LANE_DOCUMENT, 1, true, false, BACKTEST_UNKNOWN},
};
#define SAMPLES (sizeof samples / sizeof *samples)

struct feeding {
    size_t at, count, fail_at;
    const struct lane_plan *plan;
};

static enum err next(void *context, struct arena *own, struct backtest_case *out, bool *done, struct why *why)
{
    struct feeding *f = context;
    if (f->at == f->fail_at) return why_set(why, ERR_STORE, "", "the disk is gone");
    if (f->at == f->count) {
        *done = true;
        return ERR_NONE;
    }
    const struct sample *s = &samples[f->at % SAMPLES];
    *out = (struct backtest_case){.facts = facts_of(own, s->facts),
                                  .lane = s->lane,
                                  .propensity = s->propensity,
                                  .followed = s->followed,
                                  .by_chance = s->by_chance,
                                  .outcome = s->outcome,
                                  .plan = f->plan};
    out->facts.now_us = MARCH_2026_US + (int64_t)f->at++ * 3600 * 1000000;
    return ERR_NONE;
}

static struct backtest run(struct feeding *feeding)
{
    struct backtest b;
    struct why why = {0};
    struct backtest_settings s = {.old = rules_of(&arena, OLD),
                                  .candidate = rules_of(&arena, NEW),
                                  .as_of_us = MARCH_2026_US,
                                  .next = next,
                                  .context = feeding};
    if (backtest_run(&arena, &s, &b, &why) != ERR_NONE) fail_msg("%s", why.text);
    return b;
}

static void counts_hits_findings_and_lanes(void **state)
{
    (void)state;
    struct backtest b = run(&(struct feeding){.count = SAMPLES, .fail_at = SIZE_MAX});
    assert_int_equal(b.cases, SAMPLES);
    assert_int_equal(b.as_recorded, 6); // of the sixth officials made it joint
    const struct backtest_rule *tamper = &b.rules[0], *empty = &b.rules[1], *idea = &b.rules[2], *past = &b.rules[3];
    assert_int_equal(tamper->hits, 4);
    assert_int_equal(tamper->unknown, 1);
    assert_int_equal(tamper->outcomes[BACKTEST_NOTHING], 2);
    assert_int_equal(tamper->outcomes[BACKTEST_DISCREPANCY], 1);
    assert_int_equal(tamper->outcomes[BACKTEST_CONTRABAND], 1);
    assert_int_equal(empty->hits, 2);
    assert_int_equal(empty->decides, 2);
    assert_int_equal(tamper->decides, 3);
    assert_true(idea->hits == 1 && idea->unknown == 6 && past->hits == 0);
    assert_int_equal(b.lanes[LANE_SCAN][LANE_DOCUMENT], 1);
    assert_int_equal(b.found[LANE_SCAN][LANE_DOCUMENT], 1); // which is what one reads such a report for
    assert_int_equal(b.lanes[LANE_SCAN][LANE_JOINT], 1);
    assert_int_equal(b.lanes[LANE_DOCUMENT][LANE_JOINT], 1);
    assert_int_equal(b.lanes[LANE_SCAN][LANE_SCAN], 3);
    assert_int_equal(b.lanes[LANE_DOCUMENT][LANE_DOCUMENT], 1);
    assert_int_equal(b.gaps_old, 7); // nobody said whether it is in bond
    assert_true(b.cost_new > 0 && b.cost_old > 0);
}

// Of the four that the rule is true of: 1, 1/0.5, 1/0.1, and 1 where officials did otherwise.
static void weighs_by_the_inverse_of_the_propensity_that_was_followed(void **state)
{
    (void)state;
    struct backtest b = run(&(struct feeding){.count = SAMPLES, .fail_at = SIZE_MAX});
    const struct rate_sums *sums = &b.rules[0].found;
    assert_int_equal(sums->n, 4);
    assert_true(fabs(sums->w - 14) < 1e-9 && fabs(sums->hit_w - 3) < 1e-9);
    assert_int_equal(b.weighted, 4);
    assert_int_equal(b.chance, 1);
    assert_int_equal(b.chance_found, 0);
}

static void says_the_same_of_the_same_cases(void **state)
{
    (void)state;
    struct buf one = BUF(1 << 20), two = BUF(1 << 20);
    struct backtest a = run(&(struct feeding){.count = SAMPLES, .fail_at = SIZE_MAX}),
                    b = run(&(struct feeding){.count = SAMPLES, .fail_at = SIZE_MAX});
    const struct json *json = backtest_json(&arena, &a);
    double n;
    json_canonical(json, &one);
    json_canonical(backtest_json(&arena, &b), &two);
    assert_true(one.n > 0 && !one.failed && str_eq(buf_str(&one), buf_str(&two)));
    assert_true(json_number(json_get(json, "change"), "found_greener", &n) && n == 1);
    assert_true(json_number(json_get(json, "change"), "changed", &n) && n == 3);
    assert_true(json_number(json_get(json, "waits"), "scans_a_day", &n) && n == 0); // one less, one more
    assert_true(str_is(json_at(json_get(json, "dropped"), 0)->text, "gone"));
    assert_int_equal(json_get(json, "rules")->count, 3);
    assert_true(str_is(json_text(json_at(json_get(json, "rules"), 0), "change"), "changed"));
    assert_true(str_is(json_text(json_at(json_get(json, "rules"), 1), "change"), "new"));
    buf_free(&one);
    buf_free(&two);
}

static void tells_little_history_from_enough(void **state)
{
    (void)state;
    static const struct {
        size_t cases;
        const char *starts;
    } cases[] = {{7, "7 crossings"}, {160, "160 crossings"}, {201, ""}, {0, "0 crossings"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct backtest b = run(&(struct feeding){.count = cases[i].cases, .fail_at = SIZE_MAX});
        struct str little = backtest_little(&arena, &b);
        if (!str_starts(little, cases[i].starts) || (!*cases[i].starts && little.n))
            fail_msg("%zu: %.*s", cases[i].cases, STR_ARG(little));
    }
    struct backtest short_one = run(&(struct feeding){.count = 201, .fail_at = SIZE_MAX});
    short_one.to_us = short_one.from_us + (int64_t)6 * 86400 * 1000000;
    assert_true(str_starts(backtest_little(&arena, &short_one), "the record covers 6.0 days"));
    short_one = run(&(struct feeding){.count = 201, .fail_at = SIZE_MAX});
    short_one.outcomes[BACKTEST_UNKNOWN] = 190;
    assert_true(str_starts(backtest_little(&arena, &short_one), "of 11 crossings"));
}

static void counts_minutes_at_the_services_of_the_plan(void **state)
{
    (void)state;
    static const char yaml[] =
        "port: us.2304\ncitation: c\nwait_target_min: 2\ntrucks_per_day: 100\nharm: 1\n"
        "chance: {ordinary: 0.01, trusted: 0.01}\nservices:\n"
        "  - {name: a, lane: green, kind: general, servers: 1, service_min: 1, sensitivity: [0, 0, 0], false_alarm: "
        "0}\n"
        "  - {name: b, lane: document, kind: general, servers: 1, service_min: 3, sensitivity: [0.1, 0.1, 0.1], "
        "false_alarm: 0}\n"
        "  - {name: c, lane: scan, kind: general, servers: 1, service_min: 5, sensitivity: [0.9, 0.9, 0.9], "
        "false_alarm: 0}\n"
        "  - {name: d, lane: joint, kind: general, servers: 1, service_min: 45, sensitivity: [1, 1, 1], false_alarm: "
        "0}\n";
    struct lane_plan *plan;
    struct why why = {0};
    if (lane_plan_read(&arena, str_of(yaml), &plan, &why) != ERR_NONE) fail_msg("%s: %s", why.member, why.text);
    struct backtest b = run(&(struct feeding){.count = SAMPLES, .fail_at = SIZE_MAX, .plan = plan});
    assert_int_equal(b.with_minutes, SAMPLES);
    assert_true(fabs(b.minutes_old - (5 * 5 + 2 * 3)) < 1e-9);
    assert_true(fabs(b.minutes_new - (3 * 5 + 2 * 3 + 2 * 45)) < 1e-9);
}

static void passes_on_what_the_cases_fail_of(void **state)
{
    (void)state;
    struct feeding f = {.count = SAMPLES, .fail_at = 3};
    struct backtest b;
    struct why why = {0};
    struct rules *rules = rules_of(&arena, OLD);
    struct backtest_settings s = {.old = rules, .candidate = rules, .next = next, .context = &f};
    assert_int_equal(backtest_run(&arena, &s, &b, &why), ERR_STORE);
    assert_string_equal(why.text, "the disk is gone");
}

static void makes_a_page_that_cannot_be_broken_into(void **state)
{
    (void)state;
    struct backtest b = run(&(struct feeding){.count = SAMPLES, .fail_at = SIZE_MAX});
    struct json *report = json_new_object(&arena), *history = json_new_object(&arena);
    struct buf page = BUF(1 << 20);
    json_put_text(&arena, report, "party", STR("<script>\"&"));
    json_put_text(&arena, report, "little", STR("few"));
    json_put_number(&arena, history, "first", 0);
    json_put_number(&arena, history, "next", 99);
    json_put(report, "history", history);
    json_put(report, "result", backtest_json(&arena, &b));
    backtest_html(report, &page);
    buf_putc(&page, '\0');
    assert_false(page.failed);
    assert_null(strstr(page.p, "<script"));
    assert_non_null(strstr(page.p, "&lt;script&gt;&quot;&amp;"));
    assert_non_null(strstr(page.p, "Too little history: few."));
    assert_null(strstr(page.p, "nan"));
    buf_free(&page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(counts_hits_findings_and_lanes, begin, end),
        cmocka_unit_test_setup_teardown(weighs_by_the_inverse_of_the_propensity_that_was_followed, begin, end),
        cmocka_unit_test_setup_teardown(says_the_same_of_the_same_cases, begin, end),
        cmocka_unit_test_setup_teardown(tells_little_history_from_enough, begin, end),
        cmocka_unit_test_setup_teardown(counts_minutes_at_the_services_of_the_plan, begin, end),
        cmocka_unit_test_setup_teardown(passes_on_what_the_cases_fail_of, begin, end),
        cmocka_unit_test_setup_teardown(makes_a_page_that_cannot_be_broken_into, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
