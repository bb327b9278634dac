// SPDX-License-Identifier: Apache-2.0
#include "sim/bound.h"

#include "one_arena.h"

#include <math.h>

static struct sim_settings settings;

static int judge(void **state)
{
    begin(state);
    arena.cap = SIM_ARENA_BYTES;
    sim_preset_judge(&settings);
    settings.days = 7;
    return 0;
}

static double bound_of(double wait_min, int rounds)
{
    struct world world;
    struct bound bound;
    struct why why = {0};
    if (world_make(&settings, 1, &arena, &world, &why) || bound_find(&world, wait_min, rounds, &arena, &bound, &why))
        fail_msg("%s %s", why.member, why.text);
    return bound.found_share;
}

static void servers_without_end_find_what_the_best_inspection_finds(void **state)
{
    (void)state;
    settings.services[2].servers = SIM_SERVERS_MAX;
    settings.lane.services[2].service_min = 0.001;
    double bound = bound_of(2, 60);
    assert_true(bound >= 0.95 && bound < 0.955); // the dock's sensitivity
}

// One truck, one scanner that is down for good: nothing can be found there, the dock finds the rest.
static void no_servers_find_nothing(void **state)
{
    (void)state;
    settings.lane.nservices = 2; // no docks
    settings.services[1].failure = (struct sim_failure){.mtbf_h = 0.1, .long_share = 1, .long_h = 1e5};
    assert_true(bound_of(2, 200) < 0.01);
}

static void more_rounds_and_less_waiting_bring_it_down(void **state)
{
    (void)state;
    double loose = bound_of(2, 10), tight = bound_of(2, 100), patient = bound_of(20, 100);
    assert_true(tight <= loose);
    assert_true(patient > tight);
    settings.services[1].servers = 2;
    assert_true(bound_of(2, 100) < tight);
}

static void refuses_ports_that_it_does_not_hold_for(void **state)
{
    (void)state;
    struct world world;
    struct bound bound;
    settings.lane.services[1].transfer_min = 1;
    assert_int_equal(world_make(&settings, 1, &arena, &world, NULL), ERR_NONE);
    assert_int_equal(bound_find(&world, 2, 1, &arena, &bound, NULL), ERR_UNSUPPORTED);
    settings.lane.services[1].transfer_min = 0;
    settings.risk.unscored_share = 0.5;
    assert_int_equal(world_make(&settings, 1, &arena, &world, NULL), ERR_NONE);
    assert_int_equal(bound_find(&world, 2, 1, &arena, &bound, NULL), ERR_UNSUPPORTED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(servers_without_end_find_what_the_best_inspection_finds, judge, end),
        cmocka_unit_test_setup_teardown(no_servers_find_nothing, judge, end),
        cmocka_unit_test_setup_teardown(more_rounds_and_less_waiting_bring_it_down, judge, end),
        cmocka_unit_test_setup_teardown(refuses_ports_that_it_does_not_hold_for, judge, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
