// SPDX-License-Identifier: Apache-2.0
#include "one_arena.h"
#include "port/wait.h"
#include "seeded.h"

static void close_to(double got, double want, double tolerance)
{
    if (!(fabs(got - want) <= tolerance)) fail_msg("%.9g, not %.9g", got, want);
}

// Freireich et al. 1963, the set of every textbook: weeks in remission; at_least where the trial ended first.
static struct wait_sample treated[] = {{6, false},  {6, false}, {6, false},  {6, true},   {7, false},  {9, true},
                                       {10, false}, {10, true}, {11, true},  {13, false}, {16, false}, {17, true},
                                       {19, true},  {20, true}, {22, false}, {23, false}, {25, true},  {32, true},
                                       {32, true},  {34, true}, {35, true}};
static struct wait_sample placebo[] = {{1, false},  {1, false},  {2, false},  {2, false},  {3, false},  {4, false},
                                       {4, false},  {5, false},  {5, false},  {8, false},  {8, false},  {8, false},
                                       {8, false},  {11, false}, {11, false}, {12, false}, {12, false}, {15, false},
                                       {17, false}, {22, false}, {23, false}};

static void censored_waits_give_the_textbooks_answers(void **state)
{
    (void)state;
    struct wait_estimate e;
    wait_estimate(treated, 21, 0.95, &e);
    assert_int_equal(e.n, 21);
    assert_int_equal(e.censored, 12);
    assert_true(e.median.told && !e.median.at_least && e.median.has_low && !e.median.has_high);
    close_to(e.median.value, 23, 0);
    close_to(e.median.low, 13, 0); // on the log-log scale
    assert_true(e.p95.told && e.p95.at_least && !e.p95.has_high);
    close_to(e.p95.value, 35, 0);
    assert_true(e.mean.told && e.mean.at_least && e.mean.has_low && !e.mean.has_high);
    close_to(e.mean.value, 23.29, 0.01);                                      // up to 35 weeks
    close_to(e.mean.value - e.mean.low, 2.306 * 2.828 * sqrt(9.0 / 8), 0.02); // standard error 2.83
}

static void complete_waits_have_plain_figures_and_ranks(void **state)
{
    (void)state;
    struct wait_estimate e;
    wait_estimate(placebo, 21, 0.95, &e);
    assert_int_equal(e.censored, 0);
    close_to(e.median.value, 8, 0);
    close_to(e.median.low, 4, 0);
    close_to(e.median.high, 12, 0);
    close_to(e.mean.value, 182.0 / 21, 1e-12);
    close_to(e.mean.high - e.mean.value, 2.085963 * 6.467312 / sqrt(21), 1e-3);
    close_to(e.p95.value, 22, 0);
    assert_true(e.p95.has_low && !e.p95.has_high); // 72 would be needed
}

static void small_samples_say_what_they_cannot(void **state)
{
    (void)state;
    struct wait_estimate e;
    struct wait_sample one[] = {{12, false}}, waiting[] = {{30, true}, {5, true}};
    wait_estimate(one, 0, 0.95, &e);
    assert_false(e.mean.told || e.median.told || e.p95.told);
    wait_estimate(one, 1, 0.95, &e);
    assert_true(e.mean.told && !e.mean.has_low && !e.mean.has_high && !e.median.has_low && !e.median.has_high);
    close_to(e.median.value, 12, 0);
    wait_estimate(waiting, 2, 0.95, &e); // nobody has come through yet
    assert_true(e.mean.at_least && e.median.at_least && e.p95.at_least && !e.mean.has_low && !e.median.has_low);
    close_to(e.mean.value, 30, 0);
    close_to(e.median.value, 30, 0);
}

static void the_longest_of_a_few_bounds_nothing_from_above(void **state)
{
    (void)state;
    struct wait_sample s[14];
    struct wait_estimate e;
    for (size_t i = 0; i < 14; i++) s[i] = (struct wait_sample){(double)i + 1, i == 3};
    wait_estimate(s, 14, 0.95, &e);
    assert_true(e.p95.told && !e.p95.at_least && e.p95.has_low && !e.p95.has_high);
    assert_true(e.median.has_low && e.median.has_high);
}

static void equal_waits_have_an_interval_of_no_width(void **state)
{
    (void)state;
    struct wait_sample s[100];
    struct wait_estimate e;
    for (size_t i = 0; i < 100; i++) s[i] = (struct wait_sample){7, false};
    wait_estimate(s, 100, 0.95, &e);
    close_to(e.mean.low, 7, 1e-12);
    close_to(e.mean.high, 7, 1e-12);
    close_to(e.p95.low, 7, 0);
    close_to(e.p95.high, 7, 0);
}

// Waits are exponential with mean 30, and who is asked at a random time has waited a part of it. Leaving out those who
// wait still gives a mean that is far too small; with them it is right.
static void trucks_that_wait_still_do_not_pull_the_figure_down(void **state)
{
    (void)state;
    enum { N = 4000 };
    static struct wait_sample s[N];
    struct wait_estimate e;
    uint64_t seed = 7;
    double done = 0;
    size_t n = 0;
    for (size_t i = 0; i < N; i++) {
        double wait = seeded_exponential(&seed, 30), asked = seeded_exponential(&seed, 60);
        s[i] = (struct wait_sample){fmin(wait, asked), asked < wait};
        if (asked >= wait) {
            done += wait;
            n++;
        }
    }
    wait_estimate(s, N, 0.95, &e);
    close_to(done / (double)n, 20, 1); // what the shorter way would say
    close_to(e.median.value, 30 * log(2), 1);
    assert_true(e.median.low < 30 * log(2) && e.median.high > 30 * log(2));
    close_to(e.mean.value, 30, 2);
    close_to(e.p95.value, 30 * log(20), 8);
}

// Counted over 1,000 seeded samples: the intervals hold the truth about as often as they say.
static void intervals_hold_the_truth_as_often_as_they_say(void **state)
{
    (void)state;
    enum { TRIES = 1000, N = 60 };
    size_t mean = 0, median = 0, censored_median = 0, censored_mean = 0;
    uint64_t seed = 3;
    for (size_t t = 0; t < TRIES; t++) {
        struct wait_sample s[N], c[N];
        struct wait_estimate e;
        for (size_t i = 0; i < N; i++) {
            double wait = 25 + 6 * seeded_normal(&seed), asked = 20 + seeded_exponential(&seed, 30);
            s[i] = (struct wait_sample){wait, false};
            c[i] = (struct wait_sample){fmin(wait, asked), asked < wait};
        }
        wait_estimate(s, N, 0.95, &e);
        mean += e.mean.low <= 25 && e.mean.high >= 25;
        median += e.median.low <= 25 && e.median.high >= 25;
        wait_estimate(c, N, 0.95, &e);
        censored_median += e.median.low <= 25 && (!e.median.has_high || e.median.high >= 25);
        censored_mean += e.mean.low <= 25 && (!e.mean.has_high || e.mean.high >= 25);
    }
    if (mean < 935 || mean > 965) fail_msg("mean %zu", mean);
    if (median < 935 || median > 985) fail_msg("median %zu", median); // whole ranks: never less than asked
    if (censored_median < 925 || censored_median > 985) fail_msg("censored median %zu", censored_median);
    if (censored_mean < 925) fail_msg("censored mean %zu", censored_mean);
}

static struct stay stay(uint32_t port, uint32_t lane, enum stage stage, double from, double to, unsigned by,
                        enum stay_end end)
{
    return (struct stay){.port = port,
                         .lane = lane,
                         .stage = stage,
                         .from_ms = (int64_t)(from * 60000) + 3600000 * 100,
                         .to_ms = (int64_t)(to * 60000) + 3600000 * 100,
                         .by = by,
                         .end = end,
                         .slack_ms = 30000};
}

static void stays_become_rows_by_port_stage_lane_and_hour(void **state)
{
    (void)state;
    const unsigned fix = 1u << SEEN_BY_POSITION, reader = 1u << SEEN_BY_READER;
    const struct stay stays[] = {
        stay(1, 2, STAGE_QUEUE, 10, 30, fix, STAY_LEFT),    stay(1, 1, STAGE_QUEUE, 20, 60, reader, STAY_LEFT),
        stay(1, 1, STAGE_QUEUE, 70, 80, fix, STAY_LEFT),    stay(1, 1, STAGE_BOOTH, 30, 33, fix, STAY_LEFT),
        stay(2, 1, STAGE_QUEUE, 30, 40, reader, STAY_LEFT), stay(1, 1, STAGE_QUEUE, 85, 85, fix, STAY_LOST),
        stay(1, 1, STAGE_QUEUE, 110, 112, fix, STAY_THERE), stay(1, 1, STAGE_QUEUE, 130, 131, fix, STAY_THERE),
    };
    struct wait_table table;
    struct why why = {0};
    int64_t now_ms = 3600000 * 102;
    struct wait_cut cut = {.by_hour = true, .level = 0.95};
    assert_int_equal(
        wait_table_of(&arena, stays, sizeof stays / sizeof *stays, &visit_defaults, now_ms, &cut, &table, &why),
        ERR_NONE);
    assert_int_equal(table.count, 4);
    const struct wait_row *r = table.rows;
    assert_true(r[0].port == 1 && r[0].stage == STAGE_QUEUE && r[0].hour_ms == 360000000);
    assert_int_equal(r[0].method, WAIT_MIXED);
    assert_int_equal(r[0].estimate.n, 2);
    close_to(r[0].estimate.mean.value, 30, 1e-9);
    assert_int_equal(r[0].slack_ms, 30000);
    // The second hour: one that left, one that is there for ten minutes; what was lost at once says nothing, and what
    // begins after now is not there yet.
    assert_true(r[1].hour_ms == 363600000 && r[1].method == WAIT_POSITIONS);
    assert_int_equal(r[1].estimate.n, 2);
    assert_int_equal(r[1].estimate.censored, 1);
    assert_true(r[2].stage == STAGE_BOOTH && r[3].port == 2 && r[3].method == WAIT_READERS);
    cut = (struct wait_cut){.by_lane = true, .level = 0.95};
    assert_int_equal(
        wait_table_of(&arena, stays, sizeof stays / sizeof *stays, &visit_defaults, now_ms, &cut, &table, &why),
        ERR_NONE);
    assert_int_equal(table.count, 4);
    assert_true(table.rows[0].lane == 1 && table.rows[1].lane == 2 && table.rows[0].hour_ms == INT64_MIN);
    assert_int_equal(table.rows[0].estimate.n, 3);
}

static void no_stays_are_no_rows_and_little_memory_is_an_error(void **state)
{
    (void)state;
    struct wait_table table;
    struct why why = {0};
    struct wait_cut cut = {.level = 0.95};
    assert_int_equal(wait_table_of(&arena, NULL, 0, &visit_defaults, 1, &cut, &table, &why), ERR_NONE);
    assert_int_equal(table.count, 0);
    struct arena small = ARENA(16);
    assert_int_equal(wait_table_of(&small, NULL, 0, &visit_defaults, 1, &cut, &table, &why), ERR_NO_MEMORY);
    arena_free(&small);
}

static void methods_are_told_apart(void **state)
{
    (void)state;
    static const char *const names[] = {"none", "positions", "readers", "mixed", "records", "mixed", "mixed", "mixed"};
    for (unsigned by = 0; by < 8; by++) assert_string_equal(wait_method_name(wait_method_of(by)), names[by]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(censored_waits_give_the_textbooks_answers),
        cmocka_unit_test(complete_waits_have_plain_figures_and_ranks),
        cmocka_unit_test(small_samples_say_what_they_cannot),
        cmocka_unit_test(the_longest_of_a_few_bounds_nothing_from_above),
        cmocka_unit_test(equal_waits_have_an_interval_of_no_width),
        cmocka_unit_test(trucks_that_wait_still_do_not_pull_the_figure_down),
        cmocka_unit_test(intervals_hold_the_truth_as_often_as_they_say),
        cmocka_unit_test(stays_become_rows_by_port_stage_lane_and_hour),
        cmocka_unit_test(no_stays_are_no_rows_and_little_memory_is_an_error),
        cmocka_unit_test(methods_are_told_apart),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
