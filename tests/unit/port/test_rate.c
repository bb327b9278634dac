// SPDX-License-Identifier: Apache-2.0
#include "port/rate.h"

#include "seeded.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void near(double is, double should, double within)
{
    if (!(fabs(is - should) <= within)) fail_msg("%.17g is not %.17g", is, should);
}

// Newcombe 1998 (857-872), table I, method 3; the last two by solving |p - x| = z sqrt(x (1 - x) / n) for x.
static void bounds_a_share_as_wilson_does(void **state)
{
    (void)state;
    static const struct {
        size_t hits, n;
        double low, high, within;
    } cases[] = {
        {81, 263, 0.2553, 0.3662, 5e-5},
        {15, 148, 0.0624, 0.1605, 5e-5},
        {0, 20, 0, 0.1611, 5e-5},
        {1, 29, 0.0061, 0.1718, 5e-5},
        {5, 5, 0.5655175352168251, 1, 1e-12},
        {3, 1000, 0.0010207838811386188, 0.008783014053503175, 1e-12},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct rate r = rate_of(cases[i].hits, cases[i].n);
        assert_true(r.known);
        near(r.share, (double)cases[i].hits / (double)cases[i].n, 1e-15);
        near(r.low, cases[i].low, cases[i].within);
        near(r.high, cases[i].high, cases[i].within);
    }
    assert_true(rate_of(0, 20).low == 0 && rate_of(20, 20).high == 1);
}

// Newcombe 1998 (873-890), table II, method 10.
static void bounds_a_difference_as_newcombe_does(void **state)
{
    (void)state;
    static const struct {
        size_t a, m, b, n;
        double low, high;
    } cases[] = {
        {56, 70, 48, 80, 0.0524, 0.3339}, {9, 10, 3, 10, 0.1705, 0.8090},  {6, 7, 2, 7, 0.0582, 0.8062},
        {5, 56, 0, 29, -0.0381, 0.1926},  {0, 10, 0, 20, -0.1611, 0.2775}, {0, 10, 0, 10, -0.2775, 0.2775},
        {10, 10, 0, 20, 0.6791, 1.0000},  {10, 10, 0, 10, 0.6075, 1.0000},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct rate a = rate_of(cases[i].a, cases[i].m), b = rate_of(cases[i].b, cases[i].n);
        struct rate_difference d = rate_difference(&a, &b), back = rate_difference(&b, &a);
        assert_true(d.known);
        near(d.low, cases[i].low, 5e-5);
        near(d.high, cases[i].high, 5e-5);
        near(back.low, -d.high, 1e-15);
        near(back.value, -d.value, 1e-15);
    }
}

// By looking for the ratio R at which the interval of a - R b ends at 0.
static void bounds_a_ratio(void **state)
{
    (void)state;
    static const struct {
        size_t a, m, b, n;
        double value, low, high;
    } cases[] = {
        {30, 400, 10, 400, 3, 1.4959685070801696, 5.9668744500166255},
        {56, 70, 48, 80, 4.0 / 3, 1.0782946132402955, 1.662919966511079},
        {5, 56, 3, 29, 145.0 / 168, 0.24458975607617267, 3.1542396718581753},
        {0, 10, 5, 20, 0, 0, 1.3319268008592415},
        {7, 9, 1, 50, 350.0 / 9, 6.5743433682608945, 220.7396431356529},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct rate a = rate_of(cases[i].a, cases[i].m), b = rate_of(cases[i].b, cases[i].n);
        struct rate_ratio r = rate_ratio(&a, &b);
        assert_true(r.known && r.bounded);
        near(r.value, cases[i].value, 1e-9);
        near(r.low, cases[i].low, 1e-9);
        near(r.high, cases[i].high, 1e-6);
    }
}

static void a_ratio_to_nothing_has_a_lower_end_only(void **state)
{
    (void)state;
    struct rate a = rate_of(30, 100), b = rate_of(0, 100), c = rate_of(0, 50);
    struct rate_ratio r = rate_ratio(&a, &b);
    assert_true(!r.known && !r.bounded);
    assert_true(r.low > 4 && r.low < 10); // (a's low end, .219) / (b's high end, .037) is 5.9
    assert_true(rate_ratio(&c, &b).low == 0);
    // Where the other's upper limit is twice its share, the formula's fraction is 0 / 0.
    struct rate twice = {.known = true, .n = 10, .share = 0.1, .low = 0.01, .high = 0.2};
    struct rate more = twice;
    more.high = 0.2000001;
    near(rate_ratio(&a, &twice).low, rate_ratio(&a, &more).low, 1e-5);
}

static void weights_hits_by_their_chance(void **state)
{
    (void)state;
    static const double weights[] = {1, 1, 1, 50, 50, 50, 50, 50};
    static const int hits[] = {1, 1, 0, 0, 1, 0, 0, 0};
    struct rate_sums sums = {0};
    for (size_t i = 0; i < 8; i++) rate_add(&sums, weights[i], hits[i]);
    struct rate r = rate_weighted(&sums);
    near(r.share, 52.0 / 253, 1e-15);
    near(r.n, 5.1194913220827, 1e-10);
    near(r.low, 0.03862041934485555, 1e-12);
    near(r.high, 0.6249156629648498, 1e-12);
    rate_add(&sums, 0, true);
    rate_add(&sums, -1, true);
    rate_add(&sums, NAN, true);
    rate_add(&sums, INFINITY, true);
    assert_int_equal(sums.n, 8);
}

static void equal_weights_weigh_nothing(void **state)
{
    (void)state;
    struct rate_sums sums = {0};
    for (size_t i = 0; i < 148; i++) rate_add(&sums, 50, i < 15);
    struct rate weighted = rate_weighted(&sums), plain = rate_of(15, 148);
    near(weighted.share, plain.share, 1e-12);
    near(weighted.low, plain.low, 1e-12);
    near(weighted.high, plain.high, 1e-12);
}

static void no_sample_has_no_rate(void **state)
{
    (void)state;
    struct rate none = rate_of(0, 0), some = rate_of(1, 2);
    struct rate_sums nobody = {0};
    struct rate_amounts nothing = {0};
    assert_false(none.known);
    assert_false(rate_weighted(&nobody).known);
    assert_false(rate_difference(&none, &some).known || rate_difference(&some, &none).known);
    assert_false(rate_ratio(&none, &some).known || rate_ratio(&some, &none).known);
    assert_false(rate_yield(&nothing, 0).known);
}

// exp(±z sqrt(s² / (k m²) + (1 - k/n) / k)) by hand: k 3 of n 10, amounts 1, 2, 3: m 2, s² 1.
static void bounds_a_yield_by_both_its_variances(void **state)
{
    (void)state;
    struct rate_amounts amounts = {.hits = 3, .sum = 6, .squares = 14};
    struct rate_mean m = rate_yield(&amounts, 10);
    double arm = 1.959963984540054 * sqrt(1 / 12.0 + 0.7 / 3);
    assert_true(m.known && m.bounded);
    near(m.value, 0.6, 1e-15);
    near(m.low, 0.6 * exp(-arm), 1e-12);
    near(m.high, 0.6 * exp(arm), 1e-12);
    struct rate_amounts one = {.hits = 1, .sum = 6, .squares = 36}, none = {0};
    m = rate_yield(&one, 10);
    assert_true(m.known && !m.bounded && m.value == 0.6);
    m = rate_yield(&none, 10);
    assert_true(m.known && !m.bounded && m.value == 0);
}

// ---- Coverage: of many samples, how many intervals hold the truth ----

#define SAMPLES 4000

static size_t sample(uint64_t *seed, double share, size_t n)
{
    size_t hits = 0;
    for (size_t i = 0; i < n; i++) hits += seeded_unit(seed) < share;
    return hits;
}

static void nineteen_of_twenty_intervals_hold_the_truth(void **state)
{
    (void)state;
    static const struct {
        double p, q;
        size_t m, n;
    } cases[] = {{0.05, 0.02, 150, 200}, {0.3, 0.1, 40, 60}, {0.02, 0.02, 400, 400}, {0.08, 0.007, 300, 900}};
    size_t shares = 0, differences = 0, ratios = 0, all = 0;
    uint64_t seed = 20260301;
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++)
        for (size_t i = 0; i < SAMPLES; i++, all++) {
            double p = cases[c].p, q = cases[c].q;
            struct rate a = rate_of(sample(&seed, p, cases[c].m), cases[c].m);
            struct rate b = rate_of(sample(&seed, q, cases[c].n), cases[c].n);
            struct rate_difference d = rate_difference(&a, &b);
            struct rate_ratio r = rate_ratio(&a, &b);
            shares += a.low <= p && p <= a.high;
            differences += d.low <= p - q && p - q <= d.high;
            ratios += r.low <= p / q && (!r.bounded || p / q <= r.high);
        }
    print_message("of %zu: shares %.4f, differences %.4f, ratios %.4f\n", all, (double)shares / (double)all,
                  (double)differences / (double)all, (double)ratios / (double)all);
    near((double)shares / (double)all, 0.953, 0.012);
    near((double)differences / (double)all, 0.953, 0.012);
    near((double)ratios / (double)all, 0.953, 0.012);
}

// 4 % of inspections find something, its amount skewed as seizures are.
static void most_intervals_of_a_yield_hold_the_truth(void **state)
{
    (void)state;
    uint64_t seed = 7;
    size_t held = 0, n = 2000;
    double truth = 0.04 * exp(0.5 * 0.8 * 0.8);
    for (size_t i = 0; i < 1000; i++) {
        struct rate_amounts amounts = {0};
        for (size_t k = 0; k < n; k++) {
            if (seeded_unit(&seed) >= 0.04) continue;
            double amount = exp(0.8 * seeded_normal(&seed));
            amounts.hits++;
            amounts.sum += amount;
            amounts.squares += amount * amount;
        }
        struct rate_mean m = rate_yield(&amounts, n);
        held += m.low <= truth && truth <= m.high;
    }
    print_message("yields %.3f\n", (double)held / 1000);
    near((double)held / 1000, 0.94, 0.025);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bounds_a_share_as_wilson_does),
        cmocka_unit_test(bounds_a_difference_as_newcombe_does),
        cmocka_unit_test(bounds_a_ratio),
        cmocka_unit_test(a_ratio_to_nothing_has_a_lower_end_only),
        cmocka_unit_test(weights_hits_by_their_chance),
        cmocka_unit_test(equal_weights_weigh_nothing),
        cmocka_unit_test(no_sample_has_no_rate),
        cmocka_unit_test(bounds_a_yield_by_both_its_variances),
        cmocka_unit_test(nineteen_of_twenty_intervals_hold_the_truth),
        cmocka_unit_test(most_intervals_of_a_yield_hold_the_truth),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
