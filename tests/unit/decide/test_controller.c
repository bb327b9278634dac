// SPDX-License-Identifier: Apache-2.0
#include "decide/controller.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct controller_settings settings_of(void)
{
    struct controller_settings s;
    controller_preset(9600, 2, &s);
    s.gain = 0.5;
    s.price_start = 0.001;
    return s;
}

// A day of quarters of an hour with 100 trucks each that wait `wait_min`.
static double day(const struct controller_settings *s, struct controller *c, double wait_min)
{
    struct controller_seen seen = {15, 100, 100 * wait_min};
    for (int i = 0; i < 96; i++) controller_step(s, &seen, c);
    return c->price;
}

static void a_day_at_twice_the_target_moves_the_price_by_the_gain(void **state)
{
    (void)state;
    struct controller_settings s = settings_of();
    struct controller c;
    controller_start(&s, &c);
    assert_true(c.price == 0.001);
    assert_true(fabs(log(day(&s, &c, 4) / 0.001) - 0.5) < 1e-9);
    assert_false(c.limited);
    assert_true(fabs(log(day(&s, &c, 0) / 0.001)) < 1e-9); // and a day without waits takes it back
    double before = c.price;
    assert_true(day(&s, &c, 2) == before); // at the target it rests
}

// A port whose wait falls as the price rises: from far off on both sides the mean comes to the target.
static void holds_the_target_from_both_sides(void **state)
{
    (void)state;
    static const double starts[] = {1e-5, 1e-3, 1e-1};
    for (size_t i = 0; i < 3; i++) {
        struct controller_settings s = settings_of();
        struct controller c;
        double wait = 0;
        s.price_start = starts[i];
        controller_start(&s, &c);
        for (int d = 0; d < 60; d++) {
            wait = 3 * sqrt(0.001 / c.price);
            day(&s, &c, wait);
        }
        assert_true(fabs(wait / 2 - 1) < 0.01);
    }
}

static void one_bad_hour_moves_it_by_a_step_only(void **state)
{
    (void)state;
    struct controller_settings s = settings_of();
    struct controller c;
    struct controller_seen flood = {15, 1e6, 1e12};
    controller_start(&s, &c);
    controller_step(&s, &flood, &c);
    assert_true(c.limited);
    assert_true(fabs(log(c.price / 0.001) - s.step_max) < 1e-12);
}

// At a bound the sum stops: the first better day moves it away from there at once.
static void does_not_wind_up(void **state)
{
    (void)state;
    struct controller_settings s = settings_of();
    struct controller c;
    s.price_max = 0.002;
    s.price_min = 0.0005;
    controller_start(&s, &c);
    for (int d = 0; d < 100; d++) day(&s, &c, 50);
    assert_true(c.price == 0.002 && c.limited);
    assert_true(fabs(log(day(&s, &c, 0) / 0.002) + 0.5) < 1e-9);
    for (int d = 0; d < 100; d++) day(&s, &c, 0);
    assert_true(c.price == 0.0005 && c.limited);
    assert_true(fabs(log(day(&s, &c, 4) / 0.0005) - 0.5) < 1e-9);
}

static void a_clock_that_jumps_and_senseless_counts_move_nothing(void **state)
{
    (void)state;
    static const struct controller_seen senseless[] = {
        {0, 100, 500},  {-15, 100, 500},     {NAN, 100, 500}, {INFINITY, 100, 500}, {1441, 100, 500},   {15, -1, 500},
        {15, NAN, 500}, {15, INFINITY, 500}, {15, 100, -1},   {15, 100, NAN},       {15, 100, INFINITY}};
    struct controller_settings s = settings_of();
    struct controller c;
    controller_start(&s, &c);
    for (size_t i = 0; i < sizeof senseless / sizeof *senseless; i++) {
        controller_step(&s, &senseless[i], &c);
        assert_true(c.price == 0.001);
        assert_false(c.limited);
    }
    struct controller_seen nobody = {15, 0, 0}; // a quiet night
    controller_step(&s, &nobody, &c);
    assert_true(c.price == 0.001);
}

static void refuses_senseless_settings(void **state)
{
    (void)state;
    struct controller_settings good = settings_of(), s;
    double *const fields[] = {&s.target_min, &s.price_start,    &s.price_min, &s.price_max,
                              &s.gain,       &s.trucks_per_day, &s.step_max};
    assert_int_equal(controller_check(&good, NULL), ERR_NONE);
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        const double senseless[] = {NAN, INFINITY, -1};
        for (size_t k = 0; k < 3; k++) {
            struct why why = {0};
            s = good;
            *fields[i] = senseless[k];
            assert_int_equal(controller_check(&s, &why), ERR_SENSELESS);
            assert_true(why.member[0]);
        }
    }
    s = good;
    s.price_max = s.price_min / 2;
    assert_int_equal(controller_check(&s, NULL), ERR_SENSELESS);
    s = good;
    s.price_start = s.price_max * 2;
    assert_int_equal(controller_check(&s, NULL), ERR_SENSELESS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_day_at_twice_the_target_moves_the_price_by_the_gain),
        cmocka_unit_test(holds_the_target_from_both_sides),
        cmocka_unit_test(one_bad_hour_moves_it_by_a_step_only),
        cmocka_unit_test(does_not_wind_up),
        cmocka_unit_test(a_clock_that_jumps_and_senseless_counts_move_nothing),
        cmocka_unit_test(refuses_senseless_settings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
