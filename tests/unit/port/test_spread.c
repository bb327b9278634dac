// SPDX-License-Identifier: Apache-2.0
#include "one_arena.h"
#include "port/spread.h"
#include "seeded.h"

static void close_to(double got, double want, double tolerance)
{
    if (!(fabs(got - want) <= tolerance)) fail_msg("%.9g, not %.9g", got, want);
}

static void quantiles_are_those_of_the_tables(void **state)
{
    (void)state;
    close_to(spread_normal_quantile(0.975), 1.959963985, 1e-8);
    close_to(spread_normal_quantile(0.5), 0, 1e-9);
    close_to(spread_normal_quantile(0.01), -2.326347874, 1e-8);
    close_to(spread_t_quantile(0.975, 1), 12.70620474, 1e-6);
    close_to(spread_t_quantile(0.975, 9), 2.262157163, 1e-8);
    close_to(spread_t_quantile(0.025, 9), -2.262157163, 1e-8);
    close_to(spread_t_quantile(0.95, 30), 1.697260887, 1e-8);
    close_to(spread_t_quantile(0.975, 1e6), 1.959966, 1e-5);
}

static void the_beta_function_keeps_its_symmetry_and_its_ends(void **state)
{
    (void)state;
    close_to(spread_beta(2, 3, 0.4), 0.5248, 1e-12); // 1 - P(at most 1 of 4 at 0.4)
    close_to(spread_beta(0.5, 0.5, 0.25), 1.0 / 3, 1e-12);
    close_to(spread_beta(5000, 5000, 0.5), 0.5, 1e-9);
    for (double x = 0.05; x < 1; x += 0.05) close_to(spread_beta(3, 7, x) + spread_beta(7, 3, 1 - x), 1, 1e-12);
    close_to(spread_beta(3, 7, 0), 0, 0);
    close_to(spread_beta(3, 7, 1), 1, 0);
}

static void ranks_bound_a_quantile_or_say_that_they_cannot(void **state)
{
    (void)state;
    static const struct {
        size_t n;
        double q;
        size_t low, high;
    } cases[] = {
        {1, 0.5, 0, 2},     {5, 0.5, 0, 6},     {6, 0.5, 1, 6},     {20, 0.5, 6, 15},  {21, 0.5, 6, 16},
        {100, 0.5, 40, 61}, {71, 0.95, 63, 72}, {72, 0.95, 64, 72}, {10, 0.95, 8, 11},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t low, high;
        spread_ranks(cases[i].n, cases[i].q, 0.95, &low, &high);
        if (low != cases[i].low || high != cases[i].high)
            fail_msg("%zu at %.2f: %zu to %zu", cases[i].n, cases[i].q, low, high);
    }
}

// What the ranks promise, by counting: the true 95th percentile is between them in at least 95 of 100 samples.
static void ranks_hold_the_true_quantile_as_often_as_they_say(void **state)
{
    (void)state;
    uint64_t seed = 1;
    size_t held = 0, tries = 2000, n = 120, low, high;
    spread_ranks(n, 0.9, 0.95, &low, &high);
    for (size_t t = 0; t < tries; t++) {
        size_t below = 0; // of exponential waits of mean 1, those under the true 90th percentile
        for (size_t i = 0; i < n; i++) below += seeded_exponential(&seed, 1) < log(10);
        held += below >= low && below < high;
    }
    assert_true(held >= tries * 94 / 100 && held <= tries * 99 / 100);
}

static void shares_have_the_exact_interval(void **state)
{
    (void)state;
    double low, high;
    spread_share(0, 10, 0.95, &low, &high);
    close_to(low, 0, 0);
    close_to(high, 0.3084971, 1e-6);
    spread_share(5, 10, 0.95, &low, &high);
    close_to(low, 0.1870860, 1e-6);
    close_to(high, 0.8129140, 1e-6);
    spread_share(10, 10, 0.95, &low, &high);
    close_to(low, 0.6915029, 1e-6);
    close_to(high, 1, 0);
    spread_share(0, 0, 0.95, &low, &high);
    close_to(low, 0, 0);
    close_to(high, 1, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quantiles_are_those_of_the_tables),
        cmocka_unit_test(the_beta_function_keeps_its_symmetry_and_its_ends),
        cmocka_unit_test(ranks_bound_a_quantile_or_say_that_they_cannot),
        cmocka_unit_test(ranks_hold_the_true_quantile_as_often_as_they_say),
        cmocka_unit_test(shares_have_the_exact_interval),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
