// SPDX-License-Identifier: Apache-2.0
#include "port/outcome.h"

#include "base/arena.h"
#include "seeded.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

struct tallied {
    struct arena arena;
    struct outcome_tally *tally;
    struct outcome_rates rates;
};

static int begin(void **state)
{
    struct tallied *t = test_calloc(1, sizeof *t);
    t->arena = ARENA((size_t)256 << 20);
    *state = t;
    return 0;
}

static int end(void **state)
{
    struct tallied *t = *state;
    arena_free(&t->arena);
    test_free(t);
    return 0;
}

static void start(struct tallied *t, enum outcome_by by)
{
    t->tally = outcome_tally_new(&t->arena, by);
    assert_non_null(t->tally);
}

static void add(struct tallied *t, const struct outcome *o)
{
    struct why why = {0};
    if (outcome_tally_add(t->tally, o, &why) != ERR_NONE) fail_msg("%s", why.text);
}

static void done(struct tallied *t)
{
    struct why why = {0};
    if (outcome_tally_done(t->tally, &t->rates, &why) != ERR_NONE) fail_msg("%s", why.text);
}

static const struct outcome_group *group(const struct tallied *t, const char *name, const char *shift, bool shadow)
{
    for (size_t i = 0; i < t->rates.ngroups; i++) {
        const struct outcome_group *g = &t->rates.groups[i];
        if (str_is(g->name, name) && str_is(g->shift, shift) && g->shadow == shadow) return g;
    }
    fail_msg("there is no group %s %s", name, shift);
    return NULL;
}

static void near(double is, double should, double within)
{
    if (!(fabs(is - should) <= within)) fail_msg("%.17g is not %.17g", is, should);
}

// `count` trucks that were recommended for a scan by a rule, and what came of it.
static void scanned(struct tallied *t, size_t count, const char *rules, enum outcome_result result, bool drawn)
{
    struct outcome_finding finding = {.result = result, .officer = STR("a")};
    struct outcome o = {.decision_pos = 1,
                        .lane = LANE_SCAN,
                        .rules = str_of(rules),
                        .drawn = drawn,
                        .chance = 0.02,
                        .lanes = {[LANE_SCAN] = drawn ? 0.02 : 1, [LANE_GREEN] = drawn ? 0.98 : 0},
                        .findings = result == OUTCOME_UNKNOWN ? NULL : &finding,
                        .nfindings = result != OUTCOME_UNKNOWN};
    for (size_t i = 0; i < count; i++) add(t, &o);
}

static void sets_a_rule_beside_what_chance_finds(void **state)
{
    struct tallied *t = *state;
    start(t, OUTCOME_BY_RULE);
    scanned(t, 30, "seal,weight", OUTCOME_CONTRABAND, false);
    scanned(t, 370, "seal", OUTCOME_NOTHING, false);
    scanned(t, 25, "seal", OUTCOME_UNKNOWN, false);
    scanned(t, 10, "seal", OUTCOME_DISCREPANCY, true);
    scanned(t, 390, "", OUTCOME_NOTHING, true);
    scanned(t, 7, "", OUTCOME_UNKNOWN, true);
    done(t);
    const struct outcome_group *seal = group(t, "seal", "", false), *base = &t->rates.base;
    assert_int_equal(seal->trucks, 435);
    assert_int_equal(seal->inspected, 400);
    assert_int_equal(seal->hits, 30);
    assert_int_equal(seal->contraband, 30);
    assert_int_equal(seal->without, 25);
    assert_int_equal(seal->drawn, 10);
    assert_int_equal(seal->drawn_hits, 10);
    assert_int_equal(base->trucks, 407);
    assert_int_equal(base->inspected, 400);
    assert_int_equal(base->hits, 10);
    assert_int_equal(base->contraband, 0);
    assert_int_equal(base->without, 7);
    near(base->rate.share, 0.025, 1e-12);
    near(seal->lift.value, 3, 1e-9);
    near(seal->lift.low, 1.4959685070801696, 1e-9); // of 30/400 and 10/400, as in test_rate.c
    near(seal->lift.high, 5.9668744500166255, 1e-6);
    near(seal->difference.value, 0.05, 1e-12);
    assert_int_equal(group(t, "weight", "", false)->inspected, 30);
    assert_true(group(t, "weight", "", false)->rate.share == 1);
    assert_int_equal(t->rates.all.trucks, 832);
    assert_int_equal(t->rates.all.inspected, 400);
    assert_false(t->rates.base.lift.known || t->rates.base.difference.known);
}

static void a_shadow_rule_is_judged_by_what_was_found_anyway(void **state)
{
    struct tallied *t = *state;
    struct outcome_finding finding = {.result = OUTCOME_CONTRABAND};
    struct outcome o = {.decision_pos = 1,
                        .lane = LANE_SCAN,
                        .shadow = STR("trial"),
                        .rules = STR("trial"),
                        .lanes = {[LANE_SCAN] = 0.02, [LANE_GREEN] = 0.98},
                        .drawn = true,
                        .chance = 0.02,
                        .findings = &finding,
                        .nfindings = 1};
    start(t, OUTCOME_BY_RULE);
    add(t, &o); // speaks for 50
    o.lanes[LANE_SCAN] = 1;
    o.lanes[LANE_GREEN] = 0;
    o.drawn = false;
    finding.result = OUTCOME_NOTHING;
    for (int i = 0; i < 150; i++) add(t, &o);
    done(t);
    near(group(t, "trial", "", true)->prevalence.share, 50.0 / 200, 1e-12);
    assert_int_equal(group(t, "trial", "", true)->inspected, 150);
    assert_int_equal(group(t, "trial", "", false)->inspected, 150); // a live one of that name is another
}

static void those_drawn_from_green_speak_for_green(void **state)
{
    struct tallied *t = *state;
    struct outcome green = {.decision_pos = 1, .lane = LANE_GREEN, .lanes = {[LANE_GREEN] = 0.98, [LANE_SCAN] = 0.02}};
    struct outcome_finding finding = {.result = OUTCOME_NOTHING};
    start(t, OUTCOME_BY_LANE);
    for (int i = 0; i < 980; i++) add(t, &green);
    green.lane = LANE_SCAN;
    green.drawn = green.by_chance = true;
    green.chance = 0.02;
    green.findings = &finding;
    green.nfindings = 1;
    for (int i = 0; i < 19; i++) add(t, &green);
    finding.result = OUTCOME_CONTRABAND;
    add(t, &green);
    scanned(t, 50, "", OUTCOME_CONTRABAND, false); // chosen: they say nothing of green
    done(t);
    const struct outcome_group *g = group(t, "green", "", false), *scan = group(t, "scan", "", false);
    assert_int_equal(g->trucks, 980);
    assert_int_equal(g->inspected, 0);
    assert_false(g->rate.known || g->lift.known || g->difference.known);
    assert_int_equal(g->never, 0);
    near(g->prevalence.share, 0.05, 1e-12);
    near(g->prevalence.n, 20, 1e-9);
    assert_int_equal(scan->trucks, 70);
    assert_int_equal(scan->inspected, 50);
    assert_int_equal(scan->drawn, 20);
}

static void an_override_moves_a_truck_to_its_lane(void **state)
{
    struct tallied *t = *state;
    struct outcome_finding finding = {.result = OUTCOME_DISCREPANCY};
    struct outcome o = {.decision_pos = 1,
                        .lane = LANE_GREEN,
                        .lanes = {[LANE_GREEN] = 1},
                        .selection_pos = 2,
                        .selection_lane = LANE_GREEN,
                        .override_pos = 3,
                        .override_lane = LANE_JOINT,
                        .findings = &finding,
                        .nfindings = 1};
    start(t, OUTCOME_BY_LANE);
    add(t, &o);
    done(t);
    const struct outcome_group *joint = group(t, "joint", "", false);
    assert_int_equal(joint->overridden, 1);
    assert_int_equal(joint->sent, 1);
    assert_int_equal(joint->hits, 1);
    // Nobody drew it: it is in no estimate.
    assert_false(group(t, "green", "", false)->prevalence.known);
    assert_int_equal(t->rates.all.never, 1);
}

static void a_truck_counts_once_for_each_of_its_machines(void **state)
{
    struct tallied *t = *state;
    struct id one = {{1}}, two = {{2}}, none = {{0}};
    struct outcome_scan scans[] = {{.machine = one, .verdict = OUTCOME_SCAN_CLEAR},
                                   {.machine = one, .verdict = OUTCOME_SCAN_CLEAR}};
    struct outcome_finding findings[] = {{.machine = one, .result = OUTCOME_NOTHING},
                                         {.machine = two, .result = OUTCOME_CONTRABAND},
                                         {.machine = none, .result = OUTCOME_NOTHING}};
    struct outcome o = {.scans = scans, .nscans = 2, .findings = findings, .nfindings = 3};
    start(t, OUTCOME_BY_SCANNER);
    add(t, &o);
    done(t);
    assert_int_equal(t->rates.ngroups, 2);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(t->rates.groups[i].inspected, 1);
        assert_int_equal(t->rates.groups[i].hits, 1);
    }
}

static void tells_the_shifts_of_a_day_by_the_ports_clock(void **state)
{
    (void)state;
    static const struct {
        const char *shift;
        int64_t ms;
    } cases[] = {
        {"morning", INT64_C(1772366400000)},   // 2026-03-01T12:00Z, 06:00 in Chicago
        {"night", INT64_C(1772366399999)},     //
        {"afternoon", INT64_C(1772395200000)}, // 14:00
        {"night", INT64_C(1772424000000)},     // 22:00
        {"morning", INT64_C(1775041200000)},   // 2026-04-01T11:00Z, 06:00 by the summer's clock
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_true(str_is(outcome_shift(STR("America/Chicago"), cases[i].ms), cases[i].shift));
    assert_true(str_is(outcome_shift(STR_NONE, INT64_C(1772366399999)), "morning")); // UTC
}

static void inspections_by(struct tallied *t, const char *officer, const char *shift, size_t n, size_t hits)
{
    for (size_t i = 0; i < n; i++) {
        struct outcome_finding finding = {.result = i < hits ? OUTCOME_CONTRABAND : OUTCOME_NOTHING,
                                          .officer = str_of(officer),
                                          .shift = str_of(shift),
                                          .at_ms = INT64_C(1772366400000)};
        struct outcome o = {.zone = STR("America/Chicago"), .findings = &finding, .nfindings = 1};
        add(t, &o);
    }
}

static void small_rows_of_officers_are_shown_together(void **state)
{
    struct tallied *t = *state;
    start(t, OUTCOME_BY_SHIFT);
    inspections_by(t, "ana", NULL, 40, 4);
    inspections_by(t, "ana", "night", 12, 1);
    inspections_by(t, "bo", NULL, 9, 3);
    inspections_by(t, "cy", NULL, 3, 0);
    inspections_by(t, NULL, NULL, 15, 0);
    done(t);
    assert_int_equal(t->rates.ngroups, 4);
    assert_int_equal(group(t, "ana", "morning", false)->inspected, 40);
    assert_int_equal(group(t, "ana", "night", false)->inspected, 12);
    assert_int_equal(group(t, "-", "morning", false)->inspected, 15);
    assert_false(group(t, "ana", "night", false)->prevalence.known); // all of theirs were inspected
    const struct outcome_group *rest = &t->rates.groups[3];
    assert_int_equal(rest->merged, 2);
    assert_int_equal(rest->inspected, 12);
    assert_int_equal(rest->hits, 3);
    assert_true(rest->rate.known);
}

// The total less the rows shown would tell a lone small row: the next one hides with it.
static void a_small_row_does_not_hide_alone(void **state)
{
    struct tallied *t = *state;
    start(t, OUTCOME_BY_SHIFT);
    inspections_by(t, "ana", NULL, 40, 4);
    inspections_by(t, "bo", NULL, 12, 3);
    inspections_by(t, "cy", NULL, 2, 1);
    done(t);
    assert_int_equal(t->rates.ngroups, 2);
    assert_int_equal(t->rates.groups[1].merged, 2);
    assert_int_equal(t->rates.groups[1].inspected, 14);
    assert_int_equal(t->rates.groups[1].hits, 4);
}

static void adds_up_what_was_seized_by_kind_and_unit(void **state)
{
    struct tallied *t = *state;
    struct outcome_seized first[] = {
        {.what = STR("Cocaine"), .quantity = 500, .unit = STR("g")},
        {.what = STR("cocaine"), .quantity = 1.5, .unit = STR("KG"), .value = 60000, .currency = STR("USD")}};
    struct outcome_seized second[] = {{.what = STR("cocaine"), .quantity = 4, .unit = STR("kg")},
                                      {.what = STR("rounds"), .quantity = 200, .unit = STR("pieces")},
                                      {.what = STR("bad"), .quantity = NAN, .unit = STR("kg")}};
    struct outcome_finding findings[] = {{.result = OUTCOME_CONTRABAND, .seized = first, .nseized = 2},
                                         {.result = OUTCOME_CONTRABAND, .seized = second, .nseized = 3}};
    struct outcome a = {.programmes = STR("CTPAT carrier"), .decision_pos = 1, .findings = findings, .nfindings = 1};
    struct outcome b = {.decision_pos = 1, .findings = findings + 1, .nfindings = 1};
    start(t, OUTCOME_BY_PROGRAMME);
    add(t, &a);
    add(t, &b);
    for (int i = 0; i < 8; i++) {
        struct outcome_finding nothing = {.result = OUTCOME_NOTHING};
        struct outcome c = {.decision_pos = 1, .findings = &nothing, .nfindings = 1};
        add(t, &c);
    }
    done(t);
    const struct outcome_group *all = &t->rates.all;
    assert_int_equal(all->nyields, 3);
    near(all->yields[0].amounts.sum, 6, 1e-12); // Cocaine, kg
    assert_int_equal(all->yields[0].amounts.hits, 2);
    near(all->yields[0].mean.value, 0.6, 1e-12);
    assert_true(all->yields[0].mean.bounded);
    assert_true(str_is(all->yields[1].what, "rounds") && !all->yields[1].mean.bounded);
    assert_true(str_is(all->yields[2].what, "value") && str_is(all->yields[2].unit, "USD"));
    assert_int_equal(group(t, "CTPAT carrier", "", false)->nyields, 2);
    assert_int_equal(group(t, "none", "", false)->inspected, 9);
}

static void more_groups_than_there_is_room_for_are_counted(void **state)
{
    struct tallied *t = *state;
    char name[32];
    struct outcome o = {.decision_pos = 1};
    start(t, OUTCOME_BY_RULE);
    for (int i = 0; i < OUTCOME_GROUPS_MAX + 3; i++) {
        snprintf(name, sizeof name, "rule-%d", i);
        o.rules = str_of(name);
        add(t, &o);
    }
    done(t);
    assert_int_equal(t->rates.ngroups, OUTCOME_GROUPS_MAX);
    assert_int_equal(t->rates.left_out, 3);
}

// ---- A port whose truth is known ----

#define PERIODS 400
#define TRUCKS 20000

// The riskiest are scanned, at the edge by a draw; of all the others a share is drawn, of some a larger one. Of one
// inspection in thirty nobody says what came of it.
struct truth {
    double offences, trucks, green_offences, green;
};

static void arrive(struct tallied *t, uint64_t *seed, struct truth *truth)
{
    double risk = 0.002 + 0.04 * pow(seeded_unit(seed), 4), chance = seeded_unit(seed) < 0.4 ? 0.04 : 0.08;
    bool offence = seeded_unit(seed) < risk, drawn = seeded_unit(seed) < chance;
    double chosen = risk > 0.03 ? 1 : risk > 0.026 ? 0.3 : 0;
    bool scan = seeded_unit(seed) < chosen;
    struct outcome_finding finding = {.result = offence ? OUTCOME_CONTRABAND : OUTCOME_NOTHING};
    struct outcome o = {
        .decision_pos = 1,
        .lane = scan || drawn ? LANE_SCAN : LANE_GREEN,
        .has_choice = true,
        .drawn = drawn,
        .by_chance = drawn && !scan,
        .chance = chance,
        .lanes = {[LANE_GREEN] = (1 - chosen) * (1 - chance), [LANE_SCAN] = chosen + (1 - chosen) * chance}};
    if (o.lane == LANE_SCAN && seeded_unit(seed) < 0.97) {
        o.findings = &finding;
        o.nfindings = 1;
    }
    truth->trucks++;
    truth->offences += offence;
    truth->green += o.lanes[LANE_GREEN];
    truth->green_offences += offence ? o.lanes[LANE_GREEN] : 0;
    add(t, &o);
}

static bool holds(const struct rate *rate, double truth)
{
    return rate->known && rate->low <= truth && truth <= rate->high;
}

static void a_port_whose_truth_is_known_lies_within_the_intervals(void **state)
{
    struct tallied *t = *state;
    uint64_t seed = 3;
    unsigned base = 0, green = 0, all = 0;
    double bias = 0;
    for (size_t i = 0; i < PERIODS; i++) {
        struct truth truth = {0};
        arena_reset(&t->arena);
        start(t, OUTCOME_BY_LANE);
        for (size_t k = 0; k < TRUCKS; k++) arrive(t, &seed, &truth);
        done(t);
        double rate = truth.offences / truth.trucks, passed = truth.green_offences / truth.green;
        base += holds(&t->rates.base.rate, rate);
        all += holds(&t->rates.all.prevalence, rate);
        green += holds(&group(t, "green", "", false)->prevalence, passed);
        bias += (group(t, "green", "", false)->prevalence.share - passed) / PERIODS;
    }
    print_message("base %.3f, prevalence %.3f, in green %.3f, its bias %.6f\n", (double)base / PERIODS,
                  (double)all / PERIODS, (double)green / PERIODS, bias);
    assert_true(base > 0.92 * PERIODS && base < 0.99 * PERIODS);
    assert_true(green > 0.92 * PERIODS && green < 0.99 * PERIODS);
    assert_true(all > 0.93 * PERIODS); // wider than it need be: most hits have small weights
    near(bias, 0, 0.0004);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(sets_a_rule_beside_what_chance_finds),
        TEST(a_shadow_rule_is_judged_by_what_was_found_anyway),
        TEST(those_drawn_from_green_speak_for_green),
        TEST(an_override_moves_a_truck_to_its_lane),
        TEST(a_truck_counts_once_for_each_of_its_machines),
        TEST(tells_the_shifts_of_a_day_by_the_ports_clock),
        TEST(small_rows_of_officers_are_shown_together),
        TEST(a_small_row_does_not_hide_alone),
        TEST(adds_up_what_was_seized_by_kind_and_unit),
        TEST(more_groups_than_there_is_room_for_are_counted),
        TEST(a_port_whose_truth_is_known_lies_within_the_intervals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
