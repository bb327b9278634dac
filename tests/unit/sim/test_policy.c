// SPDX-License-Identifier: Apache-2.0
#include "sim/policy.h"

#include "sim/bound.h"
#include "sim/engine.h"

#include "one_arena.h"

#include <math.h>

static struct sim_settings settings;
static struct world world;
static struct sim_result result, other;

static int judge(void **state)
{
    struct why why = {0};
    begin(state);
    arena.cap = SIM_ARENA_BYTES;
    sim_preset_judge(&settings);
    settings.services[1].failure.mtbf_h = 0;
    return world_make(&settings, 1, &arena, &world, &why) != ERR_NONE;
}

static void run(struct sim_policy policy, struct sim_result *out)
{
    struct why why = {0};
    settings.policy = policy;
    if (engine_run(&world, &arena, out, &why)) fail_msg("%s", why.text);
}

static void judges_send_the_share_that_they_are_told(void **state)
{
    (void)state;
    for (int kind = SIM_RANDOM; kind <= SIM_THRESHOLD; kind++) {
        for (int by_find = 0; by_find < 2; by_find++) {
            run((struct sim_policy){(enum sim_policy_kind)kind, 0.2, 0.01, by_find, 0}, &result);
            double n = (double)result.trucks;
            assert_true(fabs((double)result.lanes[LANE_SCAN] / n - 0.2) < 0.006);
            assert_true(fabs((double)result.lanes[LANE_JOINT] / n - 0.01) < 0.0015);
        }
    }
}

static void a_threshold_finds_more_than_chance(void **state)
{
    (void)state;
    run((struct sim_policy){.kind = SIM_RANDOM, .scan_share = 0.2}, &result);
    // Mean sensitivity 0.6825 of one in five.
    assert_true(fabs(result.found_share - 0.2 * 0.6825) < 0.01);
    run((struct sim_policy){.kind = SIM_THRESHOLD, .scan_share = 0.2}, &other);
    assert_true(other.found_share > 3 * result.found_share);
}

static void a_flush_bounds_the_wait_that_a_threshold_does_not(void **state)
{
    (void)state;
    run((struct sim_policy){.kind = SIM_THRESHOLD, .scan_share = 0.5}, &result);
    run((struct sim_policy){.kind = SIM_FLUSH, .scan_share = 0.5, .flush_min = 20}, &other);
    assert_true(result.scan_wait.max_min > 60);
    assert_true(other.scan_wait.max_min < 22);
}

static void judges_obey_floors(void **state)
{
    (void)state;
    settings.risk.floor_share[LANE_JOINT] = 0.002;
    settings.risk.floor_share[LANE_HOLD] = 0.001;
    assert_int_equal(world_make(&settings, 1, &arena, &world, NULL), ERR_NONE);
    run((struct sim_policy){.kind = SIM_RANDOM}, &result);
    assert_int_equal(result.lanes[LANE_SCAN], 0);
    assert_true(fabs((double)result.lanes[LANE_JOINT] / (double)result.trucks - 0.002) < 0.0005);
    assert_true(fabs((double)result.lanes[LANE_HOLD] / (double)result.trucks - 0.001) < 0.0004);
}

static void needs_a_scan_and_a_joint_service(void **state)
{
    (void)state;
    struct judge judge_out;
    struct sim_settings less = settings;
    struct world w = world;
    less.lane.nservices = 2;
    w.settings = &less;
    assert_int_equal(judge_make(&w, &arena, &judge_out, NULL), ERR_SENSELESS);
}

// The shipped settings find more than a threshold that makes trucks wait longer, and nobody more than the bound.
static void puente_stands_between_threshold_and_bound(void **state)
{
    (void)state;
    struct bound bound;
    double share = 0.3;
    run((struct sim_policy){.kind = SIM_PUENTE}, &result);
    do {
        share += 0.03;
        run((struct sim_policy){.kind = SIM_THRESHOLD, .scan_share = share, .joint_share = 0.014}, &other);
    } while (other.added_wait.mean_min < result.added_wait.mean_min);
    assert_true(share < 0.6);
    assert_true(result.found_share > other.found_share);
    assert_int_equal(bound_find(&world, result.added_wait.mean_min, 60, &arena, &bound, NULL), ERR_NONE);
    assert_true(bound.found_share > result.found_share);
    assert_true(result.found_share > 0.8 * bound.found_share);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(judges_send_the_share_that_they_are_told, judge, end),
        cmocka_unit_test_setup_teardown(a_threshold_finds_more_than_chance, judge, end),
        cmocka_unit_test_setup_teardown(a_flush_bounds_the_wait_that_a_threshold_does_not, judge, end),
        cmocka_unit_test_setup_teardown(judges_obey_floors, judge, end),
        cmocka_unit_test_setup_teardown(needs_a_scan_and_a_joint_service, judge, end),
        cmocka_unit_test_setup_teardown(puente_stands_between_threshold_and_bound, judge, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
