// SPDX-License-Identifier: Apache-2.0
#include "decide/lane.h"

#include <float.h>
#include <limits.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

enum { GREEN, FAST, DOCUMENT, SCAN, JOINT, UNIFIED, SERVICES };

static void service(struct lane_settings *s, int i, const char *name, enum lane lane, enum lane_kind kind,
                    double service_min, double sees)
{
    struct lane_service *at = &s->services[i];
    *at = (struct lane_service){.lane = lane, .kind = kind, .service_min = service_min, .wait_max_min = 45};
    snprintf(at->name, sizeof at->name, "%s", name);
    for (int d = 0; d < LANE_DENSITIES; d++) at->sensitivity[d] = sees;
}

static struct lane_settings settings_of(void)
{
    struct lane_settings s = {.nservices = SERVICES,
                              .followers = 3,
                              .risk_unknown = {0.02, 0.01},
                              .harm_unknown = 1,
                              .price_unknown = 0.0001};
    service(&s, GREEN, "booth", LANE_GREEN, LANE_GENERAL, 1, 0);
    service(&s, FAST, "fast", LANE_GREEN, LANE_FAST, 0.5, 0);
    service(&s, DOCUMENT, "document", LANE_DOCUMENT, LANE_GENERAL, 5, 0.1);
    service(&s, SCAN, "scan", LANE_SCAN, LANE_GENERAL, 1, 0.7);
    service(&s, JOINT, "dock", LANE_JOINT, LANE_TOGETHER, 45, 0.95);
    service(&s, UNIFIED, "unified", LANE_JOINT, LANE_UNIFIED, 45, 0.95);
    s.services[GREEN].wait_max_min = s.services[FAST].wait_max_min = INFINITY;
    s.services[JOINT].wait_max_min = s.services[UNIFIED].wait_max_min = 240;
    s.services[UNIFIED].saved_min = 30;
    s.services[SCAN].sensitivity[LANE_DENSE] = 0.45;
    s.services[SCAN].false_alarm = 0.02;
    return s;
}

static struct lane_port port_of(void)
{
    struct lane_port p = {.price = 0.001};
    for (int i = 0; i < SERVICES; i++) p.queues[i].servers_up = 5;
    return p;
}

static struct lane_arrival truck(double risk)
{
    return (struct lane_arrival){.risk = risk, .harm = 1, .draw = {0.5, 0.5}};
}

static void near_to(double a, double b)
{
    if (!(fabs(a - b) <= 1e-12 * (1 + fabs(b)))) fail_msg("%.17g is not %.17g", a, b);
}

static void gives_every_term_of_the_gain(void **state)
{
    (void)state;
    struct lane_settings s = settings_of();
    struct lane_port p = port_of();
    struct lane_arrival a = truck(0.1);
    struct lane_choice c;
    p.queues[GREEN].wait_min = 2;
    p.queues[SCAN].wait_min = 10;
    p.queues[JOINT].wait_min = 20;
    s.services[SCAN].transfer_min = 3;
    a.harm = 2;
    a.density = LANE_DENSE;
    lane_choose(&a, &p, &s, &c);
    const struct lane_term *t = &c.terms[SCAN];
    near_to(t->benefit, 0.1 * 2 * 0.45);
    near_to(t->delay, 0.001 * (4 * 10 + 1 + 3));
    near_to(t->alarm, 0.9 * 0.02 * 0.001 * (4 * 20 + 45));
    near_to(t->entry, 0.001 * (4 * 2 + 1));
    near_to(t->gain, t->benefit - t->delay - t->alarm - t->entry);
    near_to(c.terms[GREEN].gain, -0.001 * 9);
    near_to(c.terms[UNIFIED].delay, 0.001 * (45 - 30));
    assert_int_equal(c.terms[UNIFIED].bar, LANE_NOT_ELIGIBLE);
    assert_int_equal(c.terms[FAST].bar, LANE_NOT_ELIGIBLE);
    near_to(t->wait_min, 10);
}

static void sends_the_riskier_truck_to_the_stricter_lane(void **state)
{
    (void)state;
    static const struct {
        double risk;
        int service;
    } cases[] = {{0, GREEN}, {0.001, GREEN}, {0.01, SCAN}, {0.05, SCAN}, {0.3, JOINT}, {1, JOINT}, {7, JOINT}};
    struct lane_settings s = settings_of();
    struct lane_port p = port_of();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct lane_arrival a = truck(cases[i].risk);
        struct lane_choice c;
        lane_choose(&a, &p, &s, &c);
        if (c.service != cases[i].service) fail_msg("risk %g went to %d", cases[i].risk, c.service);
        near_to(c.propensity, 1);
        assert_int_equal(c.lane, s.services[c.service].lane);
    }
}

static void a_longer_queue_or_a_dearer_minute_makes_it_greener(void **state)
{
    (void)state;
    struct lane_settings s = settings_of();
    struct lane_port p = port_of();
    struct lane_arrival a = truck(0.01);
    struct lane_choice c;
    lane_choose(&a, &p, &s, &c);
    assert_int_equal(c.lane, LANE_SCAN);
    p.queues[SCAN].wait_min = 5;
    lane_choose(&a, &p, &s, &c);
    assert_int_equal(c.lane, LANE_GREEN);
    p.queues[SCAN].wait_min = 0;
    p.price = 0.01;
    lane_choose(&a, &p, &s, &c);
    assert_int_equal(c.lane, LANE_GREEN);
    p.price = 0.001;
    s.followers = 0;
    p.queues[SCAN].wait_min = 5;
    lane_choose(&a, &p, &s, &c);
    assert_int_equal(c.lane, LANE_SCAN); // nobody behind it to wait
}

static void fast_is_for_the_trusted_and_unified_for_those_filed_with_both(void **state)
{
    (void)state;
    struct lane_settings s = settings_of();
    struct lane_port p = port_of();
    struct lane_arrival a = truck(0);
    struct lane_choice c;
    a.trusted = true;
    lane_choose(&a, &p, &s, &c);
    assert_int_equal(c.service, FAST);
    a = truck(0.3);
    a.filed_both = true;
    lane_choose(&a, &p, &s, &c);
    assert_int_equal(c.service, UNIFIED);
}

static void booths_weigh_the_same_on_every_lane(void **state)
{
    (void)state;
    static const double waits[] = {0, 30, 300, INFINITY, NAN};
    static const int up[] = {5, 0};
    struct lane_settings s = settings_of();
    s.services[GREEN].wait_max_min = 60;
    for (size_t w = 0; w < sizeof waits / sizeof *waits; w++) {
        for (size_t u = 0; u < 2; u++) {
            struct lane_port p = port_of();
            struct lane_arrival low = truck(0.001), high = truck(0.01);
            struct lane_choice c;
            p.queues[GREEN] = (struct lane_queue){up[u], waits[w]};
            lane_choose(&low, &p, &s, &c);
            assert_int_equal(c.service, GREEN);
            assert_int_equal(c.over_cap, up[u] == 0 || waits[w] > 60);
            assert_int_equal(c.no_server, up[u] == 0);
            lane_choose(&high, &p, &s, &c);
            assert_int_equal(c.service, SCAN);
            assert_false(c.over_cap);
        }
    }
}

static void never_goes_below_the_floor(void **state)
{
    (void)state;
    struct lane_settings s = settings_of();
    for (int floor = LANE_GREEN; floor < LANE_COUNT; floor++) {
        for (int down = 0; down < 1 << SERVICES; down++) {
            struct lane_port p = port_of();
            struct lane_arrival a = truck(0);
            struct lane_choice c;
            for (int i = 0; i < SERVICES; i++)
                if (down >> i & 1) p.queues[i].servers_up = 0;
            a.floor = (enum lane)floor;
            lane_choose(&a, &p, &s, &c);
            assert_true(c.lane >= (enum lane)floor);
            assert_int_equal(c.lane == LANE_HOLD, floor == LANE_HOLD);
            assert_int_equal(c.service < 0, floor == LANE_HOLD);
        }
    }
}

static void all_scanners_down_takes_the_next_stricter_lane_that_is_open(void **state)
{
    (void)state;
    struct lane_settings s = settings_of();
    struct lane_port p = port_of();
    struct lane_arrival a = truck(0);
    struct lane_choice c;
    a.floor = LANE_SCAN;
    p.queues[SCAN].servers_up = 0;
    lane_choose(&a, &p, &s, &c);
    assert_int_equal(c.service, JOINT);
    assert_int_equal(c.terms[SCAN].bar, LANE_NO_SERVER);
    assert_false(c.over_cap);
    p.queues[JOINT].wait_min = 1000; // over its cap: it waits there all the same
    lane_choose(&a, &p, &s, &c);
    assert_int_equal(c.service, JOINT);
    assert_true(c.over_cap);
    assert_false(c.no_server);
    near_to(c.propensity, 1);
    p.queues[JOINT].servers_up = 0; // nobody at work anywhere: it waits at the lowest lane of its floor
    lane_choose(&a, &p, &s, &c);
    assert_int_equal(c.service, SCAN);
    assert_true(c.over_cap && c.no_server);
    a.floor = LANE_GREEN; // without a floor it passes
    a.risk = 1;
    lane_choose(&a, &p, &s, &c);
    assert_int_equal(c.service, DOCUMENT);
}

static void over_every_cap_waits_where_the_wait_is_least(void **state)
{
    (void)state;
    struct lane_settings s = settings_of();
    struct lane_port p = port_of();
    struct lane_arrival a = truck(1);
    struct lane_choice c;
    a.floor = LANE_SCAN;
    p.queues[SCAN].wait_min = 300;
    p.queues[JOINT].wait_min = 255; // with its service 300
    lane_choose(&a, &p, &s, &c);
    assert_int_equal(c.service, JOINT);
    p.queues[JOINT].wait_min = 257;
    lane_choose(&a, &p, &s, &c);
    assert_int_equal(c.service, SCAN);
    assert_true(c.over_cap);
}

static void the_cap_counts_wait_and_service(void **state)
{
    (void)state;
    struct lane_settings s = settings_of();
    struct lane_port p = port_of();
    struct lane_arrival a = truck(1);
    struct lane_choice c;
    p.queues[SCAN].wait_min = 44;
    lane_choose(&a, &p, &s, &c);
    assert_int_equal(c.terms[SCAN].bar, LANE_OPEN);
    p.queues[SCAN].wait_min = 44.001;
    lane_choose(&a, &p, &s, &c);
    assert_int_equal(c.terms[SCAN].bar, LANE_OVER_CAP);
    p.queues[SCAN].wait_min = INFINITY; // a full queue is over any cap
    s.services[SCAN].wait_max_min = INFINITY;
    lane_choose(&a, &p, &s, &c);
    assert_int_equal(c.terms[SCAN].bar, LANE_OVER_CAP);
}

// What comes in and is missing or senseless is read as said, is flagged, and never makes the lane greener.
static void missing_is_flagged_and_never_greener(void **state)
{
    (void)state;
    struct lane_settings s = settings_of();
    struct lane_port p = port_of();
    struct lane_choice c;
    const double senseless[] = {NAN, -NAN, -1, -INFINITY};
    for (size_t i = 0; i < 4; i++) {
        struct lane_arrival a = truck(senseless[i]);
        lane_choose(&a, &p, &s, &c);
        assert_true(c.unknown_risk);
        near_to(c.terms[SCAN].benefit, 0.02 * 0.7);
        assert_int_equal(c.lane, LANE_SCAN);
        a.trusted = true;
        lane_choose(&a, &p, &s, &c);
        near_to(c.terms[SCAN].benefit, 0.01 * 0.7);
        a = truck(0.02);
        a.harm = senseless[i];
        lane_choose(&a, &p, &s, &c);
        assert_true(c.unknown_harm && !c.unknown_risk);
        assert_int_equal(c.lane, LANE_SCAN);
        struct lane_port bad = port_of();
        bad.price = senseless[i];
        a = truck(0.001); // green at the port's price, a scan at the one for ports without
        lane_choose(&a, &bad, &s, &c);
        assert_true(c.unknown_price);
        assert_int_equal(c.lane, LANE_SCAN);
        bad = port_of();
        bad.queues[SCAN].wait_min = senseless[i];
        a = truck(0.01);
        lane_choose(&a, &bad, &s, &c);
        assert_true(c.unknown_wait);
        assert_int_equal(c.lane, LANE_SCAN);
    }
    struct lane_arrival a = truck(0.01);
    a.density = (enum lane_density)17;
    lane_choose(&a, &p, &s, &c);
    assert_true(c.unknown_density);
    near_to(c.terms[SCAN].benefit, 0.01 * 0.7);
    a = truck(0);
    a.floor = (enum lane)99;
    lane_choose(&a, &p, &s, &c);
    assert_true(c.unknown_floor);
    assert_int_equal(c.lane, LANE_HOLD);
    assert_int_equal(c.service, -1);
    a = truck(0);
    a.draw.floor = NAN;
    s.chance[LANE_ORDINARY] = 0.01;
    lane_choose(&a, &p, &s, &c);
    assert_true(c.unknown_draw && c.by_chance);
    assert_int_equal(c.lane, LANE_SCAN);
    a = truck(INFINITY);
    a.harm = INFINITY;
    lane_choose(&a, &p, &s, &c);
    assert_int_equal(c.lane, LANE_JOINT);
    assert_true(isfinite(c.terms[JOINT].gain));
}

// The probabilities are what the draws do: over a grid of both draws each service is chosen that often.
static void probabilities_are_those_of_the_draws(void **state)
{
    (void)state;
    enum { GRID = 400 };
    struct lane_settings s = settings_of();
    struct lane_port p = port_of();
    s.smoothing = 0.05;
    s.chance[LANE_ORDINARY] = 0.03;
    s.chance[LANE_TRUSTED] = 0.01;
    double seen_between = 0;
    for (double risk = 0.001; risk < 0.3; risk *= 1.02) {
        int counts[SERVICES] = {0};
        struct lane_choice c;
        for (int i = 0; i < GRID * GRID; i += 7) {
            struct lane_arrival a = truck(risk);
            a.draw = (struct draw){(i % GRID + 0.5) / GRID, (i / GRID + 0.5) / GRID};
            lane_choose(&a, &p, &s, &c);
            counts[c.service]++;
            assert_true(c.terms[c.service].probability > 0);
            double sum = 0, lane = 0;
            for (int k = 0; k < SERVICES; k++) {
                sum += c.terms[k].probability;
                if (s.services[k].lane == c.lane) lane += c.terms[k].probability;
            }
            if (!(fabs(sum - 1) < 1e-9)) fail_msg("risk %g: the probabilities sum to %.12f", risk, sum);
            near_to(c.propensity, lane);
        }
        for (int k = 0; k < SERVICES; k++) {
            double share = counts[k] / (double)(GRID * GRID / 7);
            if (fabs(share - c.terms[k].probability) > 0.006)
                fail_msg("risk %g service %d: %.4f of the draws, probability %.4f", risk, k, share,
                         c.terms[k].probability);
            seen_between += share > 0.1 && share < 0.9;
        }
    }
    assert_true(seen_between > 4); // the boundaries were met
}

static void the_floor_of_chance_inspects_its_share_of_each_cell(void **state)
{
    (void)state;
    struct lane_settings s = settings_of();
    struct lane_port p = port_of();
    struct lane_choice c;
    struct lane_arrival a = truck(0);
    s.chance[LANE_ORDINARY] = 0.03;
    s.chance[LANE_TRUSTED] = 0.01;
    a.draw.floor = 0.0299;
    lane_choose(&a, &p, &s, &c);
    assert_int_equal(c.service, SCAN);
    assert_true(c.by_chance);
    near_to(c.propensity, 0.03);
    near_to(c.terms[GREEN].probability, 0.97);
    a.draw.floor = 0.03;
    lane_choose(&a, &p, &s, &c);
    assert_int_equal(c.service, GREEN);
    near_to(c.propensity, 0.97);
    a.trusted = true;
    a.draw.floor = 0.0101;
    lane_choose(&a, &p, &s, &c);
    assert_int_equal(c.service, FAST);
    a.draw.floor = 0.0099;
    p.queues[SCAN].servers_up = 0; // then docks take a 45th: a dock takes 45 times as long
    lane_choose(&a, &p, &s, &c);
    assert_int_equal(c.service, FAST);
    assert_true(c.chance_missed && !c.by_chance);
    near_to(c.terms[JOINT].probability, 0.01 / 45);
    near_to(c.propensity, 1 - 0.01 / 45);
    a.draw.floor = 0.0099 / 45;
    lane_choose(&a, &p, &s, &c);
    assert_int_equal(c.service, JOINT);
    assert_true(c.by_chance && !c.chance_missed);
    near_to(c.propensity, 0.01 / 45);
    p.queues[JOINT].servers_up = 0;
    lane_choose(&a, &p, &s, &c);
    assert_int_equal(c.service, FAST);
    assert_true(c.chance_missed && !c.by_chance);
    near_to(c.propensity, 1);
    a = truck(0.01); // what is scanned anyway is not by chance
    a.draw.floor = 0;
    p = port_of();
    lane_choose(&a, &p, &s, &c);
    assert_false(c.by_chance);
    near_to(c.propensity, 1);
    a = truck(0); // who was drawn could be: never a propensity of 0
    a.draw.floor = 0;
    s.chance[LANE_ORDINARY] = 5e-324;
    lane_choose(&a, &p, &s, &c);
    assert_true(c.by_chance);
    assert_true(c.propensity == 0x1p-53);
}

// Weighting what was found by one over the propensity gives the true share without bias, whatever the policy scanned.
static void inverse_propensity_gives_the_true_share(void **state)
{
    (void)state;
    struct lane_settings s = settings_of();
    struct lane_port p = port_of();
    double weighted = 0, truly = 0, naive = 0, scanned = 0;
    s.smoothing = 0.05;
    s.chance[LANE_ORDINARY] = 0.03;
    uint64_t seed = 1;
    for (int i = 0; i < 400000; i++) {
        double u[4];
        for (int k = 0; k < 4; k++) {
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            u[k] = (double)(seed >> 11) * 0x1p-53;
        }
        struct lane_arrival a = truck(0.02 * u[0] * u[0]);
        struct lane_choice c;
        a.draw = (struct draw){u[1], u[2]};
        bool offender = u[3] < 5 * a.risk; // the score is wrong by a factor: the estimate must not lean on it
        truly += offender;
        lane_choose(&a, &p, &s, &c);
        if (c.lane != LANE_SCAN) continue;
        weighted += offender / c.propensity;
        naive += offender;
        scanned++;
    }
    assert_true(fabs(weighted / truly - 1) < 0.03);
    assert_true(naive / scanned > 1.25 * truly / 400000);
}

static void a_stranded_truck_is_decided_again(void **state)
{
    (void)state;
    struct lane_settings s = settings_of();
    struct lane_port p = port_of();
    struct lane_choice c;
    struct lane_arrival a = truck(0.01);
    struct lane_stand stand = {SCAN, 20, 2};
    p.price = 0.0001;
    p.queues[SCAN].wait_min = 40; // the queue's end; it stands further on
    p.queues[GREEN].servers_up = 0;
    lane_again(&a, &stand, &p, &s, &c);
    assert_int_equal(c.service, SCAN);
    near_to(c.terms[SCAN].wait_min, 2);
    near_to(c.terms[GREEN].delay, 0); // its entry lies behind it
    near_to(c.terms[SCAN].entry, 0);
    stand.ahead_min = 30; // 20 + 30 + 1 is over the cap of 45
    lane_again(&a, &stand, &p, &s, &c);
    assert_int_equal(c.terms[SCAN].bar, LANE_OVER_CAP);
    assert_int_equal(c.service, JOINT);
    p.price = 0.001; // a dock is too dear for it: released
    lane_again(&a, &stand, &p, &s, &c);
    assert_int_equal(c.lane, LANE_GREEN);
    assert_false(c.over_cap);
    a.floor = LANE_SCAN; // never below its floor
    lane_again(&a, &stand, &p, &s, &c);
    assert_int_equal(c.service, JOINT);
    a.floor = LANE_GREEN; // nor off the floor of chance
    a.draw.floor = 0;
    s.chance[LANE_ORDINARY] = 0.03;
    lane_again(&a, &stand, &p, &s, &c);
    assert_int_equal(c.service, JOINT);
    assert_true(c.by_chance);
}

static void refuses_senseless_settings(void **state)
{
    (void)state;
    struct why why = {0};
    struct lane_settings good = settings_of(), s = good;
    assert_int_equal(lane_settings_check(&good, &why), ERR_NONE);
    double *const fields[] = {&s.followers,
                              &s.smoothing,
                              &s.chance[LANE_TRUSTED],
                              &s.risk_unknown[LANE_ORDINARY],
                              &s.harm_unknown,
                              &s.price_unknown,
                              &s.services[SCAN].service_min,
                              &s.services[SCAN].transfer_min,
                              &s.services[SCAN].saved_min,
                              &s.services[SCAN].wait_max_min,
                              &s.services[SCAN].sensitivity[LANE_DENSE],
                              &s.services[SCAN].false_alarm};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        const double senseless[] = {NAN, -0.001};
        for (size_t k = 0; k < 2; k++) {
            s = good;
            *fields[i] = senseless[k];
            why = (struct why){0};
            assert_int_equal(lane_settings_check(&s, &why), ERR_SENSELESS);
            assert_true(why.member[0] && why.text[0]);
        }
    }
    s = good;
    s.services[SCAN].lane = LANE_HOLD;
    assert_int_equal(lane_settings_check(&s, NULL), ERR_SENSELESS);
    s = good;
    s.services[SCAN].kind = LANE_KIND_COUNT;
    assert_int_equal(lane_settings_check(&s, NULL), ERR_SENSELESS);
    s = good;
    s.nservices = 0;
    assert_int_equal(lane_settings_check(&s, NULL), ERR_SENSELESS);
    s.nservices = LANE_SERVICES_MAX + 1;
    assert_int_equal(lane_settings_check(&s, NULL), ERR_SENSELESS);
    s = good;
    s.services[GREEN].kind = LANE_FAST; // then an ordinary truck has nowhere to go
    assert_int_equal(lane_settings_check(&s, NULL), ERR_SENSELESS);
    s = good;
    memset(s.services[SCAN].name, 'x', sizeof s.services[SCAN].name);
    assert_int_equal(lane_settings_check(&s, NULL), ERR_SENSELESS);
}

static void names_its_kinds_and_bars(void **state)
{
    (void)state;
    enum lane_kind kind = LANE_GENERAL;
    for (int i = 0; i < LANE_KIND_COUNT; i++) {
        assert_true(lane_kind_parse(str_of(lane_kind_name((enum lane_kind)i)), &kind));
        assert_int_equal(kind, i);
    }
    assert_false(lane_kind_parse(STR("slow"), &kind));
    assert_string_equal(lane_bar_name(LANE_NO_SERVER), "no-server");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_every_term_of_the_gain),
        cmocka_unit_test(sends_the_riskier_truck_to_the_stricter_lane),
        cmocka_unit_test(a_longer_queue_or_a_dearer_minute_makes_it_greener),
        cmocka_unit_test(fast_is_for_the_trusted_and_unified_for_those_filed_with_both),
        cmocka_unit_test(booths_weigh_the_same_on_every_lane),
        cmocka_unit_test(never_goes_below_the_floor),
        cmocka_unit_test(all_scanners_down_takes_the_next_stricter_lane_that_is_open),
        cmocka_unit_test(over_every_cap_waits_where_the_wait_is_least),
        cmocka_unit_test(the_cap_counts_wait_and_service),
        cmocka_unit_test(missing_is_flagged_and_never_greener),
        cmocka_unit_test(probabilities_are_those_of_the_draws),
        cmocka_unit_test(the_floor_of_chance_inspects_its_share_of_each_cell),
        cmocka_unit_test(inverse_propensity_gives_the_true_share),
        cmocka_unit_test(a_stranded_truck_is_decided_again),
        cmocka_unit_test(refuses_senseless_settings),
        cmocka_unit_test(names_its_kinds_and_bars),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
