// SPDX-License-Identifier: Apache-2.0
#include "one_arena.h"
#include "port/forecast.h"
#include "seeded.h"

#define WEEKS_MAX 40
#define HOURS_MAX (WEEKS_MAX * 168)

static double minutes[HOURS_MAX];
static uint8_t slots[HOURS_MAX + FORECAST_HOURS_MAX];
static struct why why;

// A series of known structure, the only kind whose truth is known (public figures are monthly): two peaks a working
// day, quiet Sundays, and a distance from the usual of which 80 % lasts an hour (on the log scale, spread 0.25).
static struct forecast_series synthetic(size_t weeks, uint64_t seed)
{
    double distance = 0;
    for (size_t t = 0; t < sizeof slots; t++) slots[t] = (uint8_t)(t % 168);
    for (size_t t = 0; t < weeks * 168; t++) {
        double hour = (double)(t % 24), day = (double)(t % 168 / 24);
        double peaks = exp(-(hour - 9) * (hour - 9) / 8) + 0.8 * exp(-(hour - 16) * (hour - 16) / 10);
        double usual = log1p(10 + (day > 5 ? 10 : 45) * peaks);
        distance = 0.8 * distance + 0.25 * 0.6 * seeded_normal(&seed);
        minutes[t] = fmax(0, expm1(usual + distance));
    }
    return (struct forecast_series){minutes, slots, weeks * 168};
}

static struct forecast forecast(const struct forecast_series *series, const struct forecast_settings *settings)
{
    struct forecast out;
    why = (struct why){0};
    arena_reset(&arena);
    if (forecast_make(&arena, series, settings, &out, &why) != ERR_NONE) fail_msg("%s", why.text);
    return out;
}

static void a_forecast_beats_both_naive_ones_where_there_is_something_to_know(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 5; seed++) {
        struct forecast_series series = synthetic(26, seed);
        struct forecast f = forecast(&series, &forecast_defaults);
        assert_true(f.total.n > 20000);
        if (f.total.skill_last < 0.25 || f.total.skill_week < 0.15)
            fail_msg("skill %.3f %.3f", f.total.skill_last, f.total.skill_week);
        for (size_t i = 0; i < f.hours; i++)
            if (f.step[i].skill_last < 0.1 || f.step[i].skill_week < 0.05)
                fail_msg("%zu hours ahead: %.3f %.3f", i + 1, f.step[i].skill_last, f.step[i].skill_week);
        // Further ahead it knows less.
        assert_true(f.step[0].mae < f.step[5].mae);
        assert_true(f.step[0].width < f.step[5].width);
    }
}

// The best that anybody could do an hour ahead errs by the noise alone.
static void an_hour_ahead_it_is_not_far_from_what_can_be_known(void **state)
{
    (void)state;
    struct forecast_series series = synthetic(26, 9);
    struct forecast f = forecast(&series, &forecast_defaults);
    double best = 0;
    size_t n = 0;
    for (size_t t = 4 * 168; t < series.count; t++, n++) // the noise has a mean size of 0.15 * sqrt(2 / pi)
        best += (1 + minutes[t]) * 0.15 * sqrt(2 / 3.14159265);
    best /= (double)n;
    if (f.step[0].mae < best * 0.95 || f.step[0].mae > best * 1.25) fail_msg("%.3f of %.3f", f.step[0].mae, best);
}

static void intervals_hold_the_truth_as_often_as_they_say(void **state)
{
    (void)state;
    static const double levels[] = {0.5, 0.8, 0.9};
    for (size_t i = 0; i < 3; i++) {
        struct forecast_settings settings = forecast_defaults;
        settings.level = levels[i];
        struct forecast_series series = synthetic(40, 11);
        struct forecast f = forecast(&series, &settings);
        if (fabs(f.total.coverage - levels[i]) > 0.03) fail_msg("%.2f: %.4f", levels[i], f.total.coverage);
        assert_true(f.hour[0].has_interval && f.hour[0].low <= f.hour[0].minutes &&
                    f.hour[0].high >= f.hour[0].minutes);
    }
}

static void noise_alone_is_no_skill_over_the_usual(void **state)
{
    (void)state;
    uint64_t seed = 5;
    struct forecast_series series = synthetic(12, 1);
    for (size_t t = 0; t < series.count; t++) minutes[t] = 20 * seeded_unit(&seed);
    struct forecast f = forecast(&series, &forecast_defaults);
    // Against a draw of the same noise even the middle wins about a quarter; nobody can win more.
    assert_true(f.total.skill_last > 0.15 && f.total.skill_last < 0.32);
    assert_true(fabs(f.total.coverage - 0.9) < 0.03);
    assert_true(f.total.mae > 4.5); // a quarter of 20 is the least for even noise
}

static void what_never_changes_is_forecast_exactly(void **state)
{
    (void)state;
    struct forecast_series series = synthetic(8, 1);
    for (size_t t = 0; t < series.count; t++) minutes[t] = 12;
    struct forecast f = forecast(&series, &forecast_defaults);
    for (size_t i = 0; i < f.hours; i++) {
        assert_true(fabs(f.hour[i].minutes - 12) < 1e-9);
        assert_true(f.hour[i].has_interval && f.hour[i].high - f.hour[i].low < 1e-9);
    }
    assert_true(f.total.mae < 1e-9 && f.total.coverage > 0.999);
    for (size_t t = 0; t < series.count; t++) minutes[t] = 0;
    f = forecast(&series, &forecast_defaults);
    assert_true(f.hour[0].minutes <= 0 && f.hour[0].low <= 0 && f.hour[0].high <= 0);
}

// After a morning far over the usual the next hours are forecast higher than without it, and less so further on.
static void the_last_hours_lift_the_next_and_wear_off(void **state)
{
    (void)state;
    struct forecast_series series = synthetic(20, 3);
    for (size_t i = 1; i <= 3; i++) minutes[series.count - i] = minutes[series.count - 168 - i];
    struct forecast calm = forecast(&series, &forecast_defaults);
    double before[6];
    for (size_t i = 0; i < 6; i++) before[i] = log1p(calm.hour[i].minutes);
    for (size_t i = 1; i <= 3; i++) minutes[series.count - i] *= 3;
    struct forecast jam = forecast(&series, &forecast_defaults);
    double lift[6];
    for (size_t i = 0; i < 6; i++) lift[i] = log1p(jam.hour[i].minutes) - before[i];
    assert_true(lift[0] > 0.4 && lift[5] < 0.6 * lift[0] && lift[5] > 0);
}

static void few_hours_are_refused_with_their_number(void **state)
{
    (void)state;
    struct forecast out;
    struct forecast_series series = synthetic(1, 1);
    why = (struct why){0};
    assert_int_equal(forecast_make(&arena, &series, &forecast_defaults, &out, &why), ERR_SENSELESS);
    assert_string_equal(why.text, "a forecast needs 336 hours with a wait; there are 168");
    series = synthetic(3, 1);
    for (size_t t = 0; t < series.count; t++)
        if (t % 2) minutes[t] = (double)NAN;
    why = (struct why){0};
    assert_int_equal(forecast_make(&arena, &series, &forecast_defaults, &out, &why), ERR_SENSELESS);
    assert_string_equal(why.text, "a forecast needs 336 hours with a wait; there are 252");
    series.count = 0;
    struct forecast_settings settings = forecast_defaults;
    settings.needed = 0;
    why = (struct why){0};
    assert_int_equal(forecast_make(&arena, &series, &settings, &out, &why), ERR_SENSELESS);
}

static void few_errors_make_wider_intervals_or_none(void **state)
{
    (void)state;
    struct forecast_settings settings = forecast_defaults;
    settings.needed = 1;
    // 168 hours of learning and then 18 errors: a 90 % interval needs 19.
    struct forecast_series series = synthetic(2, 2);
    series.count = 168 + 18;
    struct forecast f = forecast(&series, &settings);
    assert_false(f.hour[0].has_interval);
    series.count = 168 + 19;
    f = forecast(&series, &settings);
    assert_true(f.hour[0].has_interval);
    assert_int_equal(f.step[0].intervals, 0);
    settings.level = 0.99;
    f = forecast(&series, &settings);
    assert_false(f.hour[0].has_interval);
}

static void hours_without_a_wait_are_bridged(void **state)
{
    (void)state;
    struct forecast_series series = synthetic(26, 4);
    uint64_t seed = 8;
    for (size_t t = 0; t < series.count; t++)
        if (seeded_unit(&seed) < 0.3 || t % 168 > 150) minutes[t] = (double)NAN; // and closed on Sunday nights
    struct forecast f = forecast(&series, &forecast_defaults);
    assert_true(f.known > 2000 && f.known < 3200);
    assert_true(f.total.skill_last > 0.2 && f.total.skill_week > 0.1);
    assert_true(fabs(f.total.coverage - 0.9) < 0.03);
    for (size_t i = 0; i < f.hours; i++) assert_true(isfinite(f.hour[i].minutes));
}

// No forecast may know what came after it: changing the future changes no score of the past.
static void the_future_is_not_known_to_the_past(void **state)
{
    (void)state;
    struct forecast_series series = synthetic(10, 6);
    series.count -= 200;
    struct forecast a = forecast(&series, &forecast_defaults);
    double first = a.hour[0].minutes, mae = a.total.mae;
    for (size_t t = series.count; t < series.count + 200; t++) minutes[t] = 500;
    struct forecast b = forecast(&series, &forecast_defaults);
    assert_memory_equal(&first, &b.hour[0].minutes, sizeof first);
    assert_memory_equal(&mae, &b.total.mae, sizeof mae);
}

static void bounds_are_kept(void **state)
{
    (void)state;
    struct forecast out;
    struct forecast_series series = synthetic(4, 1);
    struct forecast_settings settings = forecast_defaults;
    settings.hours = FORECAST_HOURS_MAX + 1;
    assert_int_equal(forecast_make(&arena, &series, &settings, &out, &why), ERR_TOO_LARGE);
    settings.hours = 0;
    assert_int_equal(forecast_make(&arena, &series, &settings, &out, &why), ERR_TOO_LARGE);
    series.count = FORECAST_SERIES_MAX + 1;
    assert_int_equal(forecast_make(&arena, &series, &forecast_defaults, &out, &why), ERR_TOO_LARGE);
    series = synthetic(4, 1);
    slots[10] = 168;
    assert_int_equal(forecast_make(&arena, &series, &forecast_defaults, &out, &why), ERR_SENSELESS);
    series = synthetic(4, 1);
    minutes[30] = -5; // counts as none
    struct forecast f = forecast(&series, &forecast_defaults);
    assert_true(isfinite(f.total.mae));
    struct arena small = ARENA(4096);
    assert_int_equal(forecast_make(&small, &series, &forecast_defaults, &out, &why), ERR_NO_MEMORY);
    arena_free(&small);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_forecast_beats_both_naive_ones_where_there_is_something_to_know),
        cmocka_unit_test(an_hour_ahead_it_is_not_far_from_what_can_be_known),
        cmocka_unit_test(intervals_hold_the_truth_as_often_as_they_say),
        cmocka_unit_test(noise_alone_is_no_skill_over_the_usual),
        cmocka_unit_test(what_never_changes_is_forecast_exactly),
        cmocka_unit_test(the_last_hours_lift_the_next_and_wear_off),
        cmocka_unit_test(few_hours_are_refused_with_their_number),
        cmocka_unit_test(few_errors_make_wider_intervals_or_none),
        cmocka_unit_test(hours_without_a_wait_are_bridged),
        cmocka_unit_test(the_future_is_not_known_to_the_past),
        cmocka_unit_test(bounds_are_kept),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
