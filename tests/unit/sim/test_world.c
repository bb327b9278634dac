// SPDX-License-Identifier: Apache-2.0
#include "sim/world.h"

#include "one_arena.h"

#include <math.h>

static struct sim_settings settings;

static struct world world_of(uint64_t seed)
{
    struct world world = {0};
    struct why why = {0};
    if (sim_check(&settings, &why) || world_make(&settings, seed, &arena, &world, &why))
        fail_msg("%s %s", why.member, why.text);
    return world;
}

static int begin_judge(void **state)
{
    sim_preset_judge(&settings);
    return begin(state);
}

static void near_to(double a, double b, double within)
{
    if (!(fabs(a - b) <= within)) fail_msg("%g is not %g within %g", a, b, within);
}

static void trucks_come_by_weekday_hour_and_surge(void **state)
{
    (void)state;
    settings.nsurges = 1;
    settings.surges[0] = (struct sim_surge){24 * 8 + 8.5, 24 * 8 + 10, 3}; // the second Tuesday, 8:30 to 10:00
    struct world w = world_of(1);
    double days[28] = {0}, hours[24] = {0}, surged[24] = {0};
    for (size_t i = 0; i < w.ntrucks; i++) {
        int day = (int)(w.trucks[i].at_min / 1440), hour = world_hour(w.trucks[i].at_min);
        assert_true(i == 0 || w.trucks[i].at_min >= w.trucks[i - 1].at_min);
        days[day]++;
        if (day == 8) {
            surged[hour]++;
        } else if (world_weekday(&w, w.trucks[i].at_min) < 5) {
            hours[hour]++;
        }
    }
    near_to(days[0], 9222 * 1.15, 500);
    near_to(days[5], 9222 * 0.8, 430);
    near_to(days[13], 9222 * 0.45, 320);
    near_to(hours[14] / 19, 770, 35);
    assert_true(hours[3] == 0);
    near_to(surged[8] / (hours[8] / 19), 2, 0.25); // half of the hour at three times
    near_to(surged[9] / (hours[9] / 19), 3, 0.25);
    near_to(surged[10] / (hours[10] / 19), 1, 0.15);
}

static void the_month_and_the_warm_up_are_kept_apart(void **state)
{
    (void)state;
    double counts[2] = {0};
    settings.days = 59;
    settings.warm_up_days = 3;
    settings.first_month = 0;
    settings.month_factor[1] = 0.5;
    struct world w = world_of(2);
    assert_true(w.begin_min == 3 * 1440 && w.end_min == 62 * 1440);
    assert_int_equal(world_weekday(&w, w.begin_min), 0);
    assert_int_equal(world_weekday(&w, 0), 4); // three days before a Monday
    for (size_t i = 0; i < w.ntrucks; i++) {
        int day = (int)(w.trucks[i].at_min / 1440) - 3;
        if (day >= 3 && day < 31) counts[0]++; // four weeks each
        if (day >= 31) counts[1]++;
    }
    near_to(counts[1] / counts[0], 0.5, 0.01);
}

// What the score says is what happens: calibrated in every tenth of the scores, in both cells, and the harm too.
static void scores_are_calibrated(void **state)
{
    (void)state;
    struct {
        double n, said, risk, harm_said, harm;
    } bins[LANE_CELLS][4] = {0};
    double offenders = 0, risk = 0, trusted = 0, densities[LANE_DENSITIES] = {0};
    struct world w = world_of(3);
    for (size_t i = 0; i < w.ntrucks; i++) {
        const struct world_truck *t = &w.trucks[i];
        int bin = t->risk < 0.001 ? 0 : t->risk < 0.004 ? 1 : t->risk < 0.015 ? 2 : 3;
        bins[t->trusted][bin].n++;
        bins[t->trusted][bin].said += (double)t->risk;
        bins[t->trusted][bin].risk += (double)t->true_risk;
        bins[t->trusted][bin].harm_said += (double)t->harm;
        bins[t->trusted][bin].harm += (double)t->true_harm;
        offenders += t->offender;
        risk += (double)t->true_risk;
        trusted += t->trusted;
        densities[t->density]++;
    }
    double n = (double)w.ntrucks;
    near_to(risk / n, 0.0067, 0.0002);
    near_to(offenders / n, 0.0067, 0.0008);
    near_to(trusted / n, 0.35, 0.005);
    for (int d = 0; d < LANE_DENSITIES; d++) near_to(densities[d] / n, settings.risk.density_share[d], 0.005);
    for (int cell = 0; cell < LANE_CELLS; cell++) {
        for (int b = 0; b < 4; b++) {
            assert_true(bins[cell][b].n > 300);
            near_to(bins[cell][b].said / bins[cell][b].risk, 1, 0.05);
            near_to(bins[cell][b].harm_said / bins[cell][b].harm, 1, 0.06);
        }
    }
}

static double downtime_h(const struct world *w, double to_min)
{
    double since[SIM_SERVERS_MAX] = {0}, sum = 0;
    for (size_t i = 0; i < w->nturns; i++) {
        const struct world_turn *turn = &w->turns[i];
        assert_true(i == 0 || turn->at_min >= w->turns[i - 1].at_min);
        if (turn->up) {
            sum += fmax(0, fmin(turn->at_min, to_min) - since[turn->server]) / 60;
        } else {
            since[turn->server] = fmin(turn->at_min, to_min);
        }
    }
    return sum;
}

// 120 h between failures, 0.46 * 48 h + 0.54 * 2 h down: 83.8 % in the long run, from the first hour on or later.
static void servers_are_up_as_often_as_their_failures_say(void **state)
{
    (void)state;
    double up = 0, early = 0, judged = 0;
    enum { SEEDS = 300 };
    settings.trucks_per_day = 1;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        settings.all_up_at_start = false;
        struct world w = world_of(seed);
        up += 1 - downtime_h(&w, w.end_min) / (5 * 28 * 24.0);
        early += 1 - downtime_h(&w, 60) / 5;
        settings.all_up_at_start = true;
        w = world_of(seed);
        judged += 1 - downtime_h(&w, w.end_min) / (5 * 28 * 24.0);
    }
    near_to(up / SEEDS, 0.838, 0.01);
    near_to(early / SEEDS, 0.838, 0.03);
    near_to(judged / SEEDS, 0.848, 0.01); // the first days, when none has failed yet, count
}

static void upkeep_comes_round_and_takes_turns(void **state)
{
    (void)state;
    settings.trucks_per_day = 1;
    settings.services[1].failure = (struct sim_failure){.upkeep_every_h = 100, .upkeep_h = 4};
    struct world w = world_of(1);
    near_to(downtime_h(&w, w.end_min), 5 * 4 * 672.0 / 100, 12);
    for (size_t i = 1; i < w.nturns; i++) assert_true(w.turns[i].upkeep && w.turns[i].up != w.turns[i - 1].up);
}

// Two settings with one seed see the same trucks and outages, and a truck's chance does not hang on the policy.
static void one_seed_is_one_world(void **state)
{
    (void)state;
    struct world a = world_of(7);
    settings.policy.kind = SIM_RANDOM;
    settings.lane.followers = 9;
    struct world b = world_of(7), c = world_of(8);
    assert_int_equal(a.ntrucks, b.ntrucks);
    assert_memory_equal(a.turns, b.turns, a.nturns * sizeof *a.turns);
    for (size_t i = 0; i < a.ntrucks; i++) {
        assert_true(a.trucks[i].at_min == b.trucks[i].at_min && a.trucks[i].risk == b.trucks[i].risk &&
                    a.trucks[i].draw.floor == b.trucks[i].draw.floor && a.trucks[i].salt == b.trucks[i].salt);
    }
    assert_true(a.trucks[0].at_min != c.trucks[0].at_min && a.trucks[0].draw.floor != c.trucks[0].draw.floor);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(trucks_come_by_weekday_hour_and_surge, begin_judge, end),
        cmocka_unit_test_setup_teardown(the_month_and_the_warm_up_are_kept_apart, begin_judge, end),
        cmocka_unit_test_setup_teardown(scores_are_calibrated, begin_judge, end),
        cmocka_unit_test_setup_teardown(servers_are_up_as_often_as_their_failures_say, begin_judge, end),
        cmocka_unit_test_setup_teardown(upkeep_comes_round_and_takes_turns, begin_judge, end),
        cmocka_unit_test_setup_teardown(one_seed_is_one_world, begin_judge, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
