// SPDX-License-Identifier: Apache-2.0
#include "sim/sim.h"

#include "one_arena.h"

#include <math.h>

static struct sim_settings settings;
static struct sim_result result, other;

static void run(uint64_t seed, struct sim_result *out)
{
    struct why why = {0};
    struct arena memory = ARENA(SIM_ARENA_BYTES);
    if (sim_run(&settings, seed, &memory, out, &why)) fail_msg("%s %s", why.member, why.text);
    arena_free(&memory);
}

static int judge(void **state)
{
    (void)state;
    sim_preset_judge(&settings);
    return 0;
}

static int port(void **state)
{
    (void)state;
    sim_preset_port(3000, 6, &settings);
    settings.days = 14;
    return 0;
}

static void near_to(double a, double b, double within)
{
    if (!(fabs(a - b) <= within)) fail_msg("%g is not %g within %g", a, b, within);
}

enum { BOOTH, FAST, DOCUMENT, SCAN, DOCK };

static void same_seed_same_result(void **state)
{
    (void)state;
    run(3, &result);
    run(3, &other);
    assert_memory_equal(&result, &other, sizeof result);
    run(4, &other);
    assert_memory_not_equal(&result, &other, sizeof result);
}

static void no_truck_is_lost(void **state)
{
    (void)state;
    uint64_t lanes = 0, days = 0, hours = 0, served = 0, by_day_scanned = 0, by_hour_scanned = 0;
    run(1, &result);
    for (int i = 0; i < LANE_COUNT; i++) lanes += result.lanes[i];
    for (int i = 0; i < settings.days; i++) {
        days += result.days[i].trucks;
        by_day_scanned += result.days[i].scanned;
    }
    for (int d = 0; d < 7; d++) {
        for (int h = 0; h < 24; h++) {
            hours += result.hours[d][h].trucks;
            by_hour_scanned += result.hours[d][h].scanned;
        }
    }
    for (int i = BOOTH; i <= FAST; i++) served += result.services[i].trucks;
    assert_true(result.trucks > 35000);
    assert_int_equal(lanes, result.trucks);
    assert_int_equal(days, result.trucks);
    assert_int_equal(hours, result.trucks);
    assert_int_equal(result.wait.n, result.trucks);
    assert_int_equal(result.added_wait.n, result.trucks);
    assert_int_equal(served, result.trucks - result.turned_away);
    assert_int_equal(by_day_scanned, result.scans);
    assert_int_equal(by_hour_scanned, result.scans);
    assert_true(result.services[DOCUMENT].trucks > 0 && result.services[SCAN].trucks > 0);
    assert_true((double)result.services[FAST].trucks > 0.3 * (double)result.trucks);
}

// One booth, Poisson arrivals: Pollaczek and Khinchine's mean wait, for constant and for exponential service.
static void queues_wait_as_theory_says(void **state)
{
    (void)state;
    for (int exponential = 0; exponential < 2; exponential++) {
        double load = 0.8, service = 1, sum = 0;
        judge(NULL);
        settings.lane.services[0].service_min = service;
        settings.services[0].servers = 1;
        settings.services[0].queue_max = SIM_QUEUE_MAX;
        settings.services[0].service_cv = exponential;
        for (int d = 0; d < 7; d++) {
            settings.weekday_factor[d] = 1;
            for (int h = 0; h < 24; h++) settings.services[0].shift[d][h] = 1;
        }
        for (int h = 0; h < 24; h++) settings.hour_share[h] = 1;
        settings.trucks_per_day = load * 1440 / service;
        settings.days = 100;
        settings.warm_up_days = 2;
        for (uint64_t seed = 1; seed <= 4; seed++) {
            run(seed, &result);
            sum += result.entry_wait.mean_min / 4;
        }
        near_to(sum, load / (1 - load) * (1 + exponential) / 2 * service, 0.08 * (1 + exponential));
        near_to(result.services[0].busy_h / result.services[0].up_h, load, 0.01);
        near_to(result.services[0].up_h, 2400, 1e-6);
    }
}

static void the_controller_keeps_the_ports_target(void **state)
{
    (void)state;
    static const double targets[] = {1, 2, 4};
    for (size_t i = 0; i < 3; i++) {
        double wait = 0;
        settings.warm_up_days = 7;
        settings.controller.target_min = targets[i];
        for (uint64_t seed = 1; seed <= 4; seed++) {
            run(seed, &result);
            wait += result.added_wait.mean_min / 4;
        }
        near_to(wait / targets[i], 1, 0.12);
    }
}

static void scanner_waits_stay_under_their_cap_through_outages(void **state)
{
    (void)state;
    settings.services[1].failure.mtbf_h = 20; // much worse than the judge's
    settings.risk.floor_share[LANE_SCAN] = 0.02;
    run(1, &result);
    assert_true(result.scan_availability < 0.6);
    assert_true(result.again > 10);
    // A minute passes until the next look, and a floor that nothing else can meet waits on.
    assert_true(result.scan_wait.p95_min <= 45);
    settings.risk.floor_share[LANE_SCAN] = 0;
    run(1, &result);
    assert_true(result.scan_wait.max_min <= 46);
    assert_true(result.again_released > 0);
}

// Every scanner down for good: what must be inspected goes to the docks, and nothing goes below its floor.
static void all_scanners_down_at_once(void **state)
{
    (void)state;
    settings.services[1].failure = (struct sim_failure){.mtbf_h = 0.1, .long_share = 1, .long_h = 1e5};
    settings.all_up_at_start = true;
    settings.risk.floor_share[LANE_SCAN] = 0.01;
    run(1, &result);
    assert_true(result.scans < 50);
    assert_int_equal(result.wait.n, result.trucks);
    assert_true((double)(result.lanes[LANE_SCAN] + result.lanes[LANE_JOINT]) >= 0.0095 * (double)result.trucks);
    assert_true(result.found_share > 0.2); // by the docks
    assert_true(result.scan_availability < 0.01);
    near_to(result.services[1].people_h + result.services[1].parts_h + result.services[1].repair_h,
            result.services[1].installed_h, 20);
}

// Twenty times the trucks for a morning, and queues that hold a hundred: the rest is told to come back, and counted.
static void a_flood_fills_queues_and_is_turned_away(void **state)
{
    (void)state;
    settings.nsurges = 1;
    settings.surges[0] = (struct sim_surge){24 + 8, 24 + 12, 20};
    for (int i = BOOTH; i <= DOCK; i++) settings.services[i].queue_max = 100;
    run(1, &result);
    assert_true(result.turned_away > 1000);
    assert_int_equal(result.wait.n, result.trucks);
    assert_true(result.entry_wait.max_min < 120 * 65 / 60.0 * 2);
    assert_true(result.days[12].wait_mean_min < 30); // and it is over a week later
    settings.nsurges = 0;
    for (int i = BOOTH; i <= DOCK; i++) settings.services[i].queue_max = 4096;
    run(1, &other);
    assert_int_equal(other.turned_away, 0);
}

static void more_servers_wait_less_and_more_trucks_more(void **state)
{
    (void)state;
    settings.controller.price_max = settings.controller.price_min = settings.controller.price_start; // frozen
    run(1, &result);
    settings.services[SCAN].servers += 2;
    run(1, &other);
    assert_true(other.scan_wait.mean_min < result.scan_wait.mean_min);
    assert_true(other.found > result.found);
    settings.services[SCAN].servers -= 2;
    settings.trucks_per_day *= 1.3;
    run(1, &other);
    near_to((double)other.trucks / (double)result.trucks, 1.3, 0.03);
    assert_true(other.added_wait.mean_min > result.added_wait.mean_min);
    assert_true(other.found_share < result.found_share);
}

static void a_closed_port_lets_nobody_through(void **state)
{
    (void)state;
    for (int d = 0; d < 7; d++) {
        for (int i = BOOTH; i <= FAST; i++) {
            for (int h = 0; h < 24; h++) settings.services[i].shift[d][h] = h >= 10;
        }
    }
    run(1, &result); // trucks come from seven o'clock on
    assert_int_equal(result.wait.n, result.trucks);
    assert_true(result.hours[0][7].wait_sum_min / (double)result.hours[0][7].trucks > 120);
    // What the booths are doing sends nobody to a scanner: as many are scanned as when they are always open.
    port(NULL);
    run(1, &other);
    near_to((double)result.scans / (double)other.scans, 1, 0.3);
}

static void watchers_find_no_cell_without_detection(void **state)
{
    (void)state;
    settings.risk.adapting_share = 0.5;
    run(1, &result);
    assert_true(result.adapting > 300);
    assert_true(result.worst_cell_found > 0.004);
    assert_true(result.adapting_found > 0);
    settings.lane.chance[LANE_ORDINARY] = settings.lane.chance[LANE_TRUSTED] = 0.05;
    run(1, &other);
    assert_true(other.worst_cell_found > 2 * result.worst_cell_found);
    assert_true(other.adapting_found > result.adapting_found);
    assert_true(other.found_share > 0.97 * result.found_share); // and costs little
    settings.policy = (struct sim_policy){.kind = SIM_THRESHOLD, .scan_share = 0.2, .joint_share = 0.01};
    run(1, &other);
    assert_true(other.worst_cell_found == 0 && other.adapting_found < 0.01);
}

static void what_does_not_move_is_counted_as_it_was_before_the_run(void **state)
{
    (void)state;
    settings.warm_up_days = 5;
    settings.days = 7;
    run(1, &result);
    near_to((double)result.trucks, 3000 * 7, 600);
    near_to(result.services[SCAN].installed_h, settings.services[SCAN].servers * 168.0, 1e-9);
    assert_true(result.services[SCAN].up_h <= result.services[SCAN].installed_h + 1e-6);
    assert_true(result.services[SCAN].busy_h <= result.services[SCAN].manned_h + 1e-6);
    assert_true(result.scan_utilisation > 0 && result.scan_utilisation <= 1);
    for (int d = 0; d < 7; d++)
        assert_true(result.days[d].up_share >= 0 && result.days[d].up_share <= 1 + 1e-9 && result.days[d].price > 0);
}

static void refuses_senseless_settings(void **state)
{
    (void)state;
    struct sim_settings good = settings;
    double *const fields[] = {&settings.trucks_per_day,
                              &settings.control_every_min,
                              &settings.weekday_factor[3],
                              &settings.hour_share[5],
                              &settings.month_factor[11],
                              &settings.risk.prevalence,
                              &settings.risk.trusted_odds,
                              &settings.risk.spread,
                              &settings.risk.harm_noise,
                              &settings.risk.density_share[0],
                              &settings.risk.floor_share[LANE_SCAN],
                              &settings.risk.adapting_share,
                              &settings.services[SCAN].shift[6][23],
                              &settings.services[SCAN].service_cv,
                              &settings.services[SCAN].failure.mtbf_h,
                              &settings.services[SCAN].failure.long_h,
                              &settings.services[SCAN].failure.parts,
                              &settings.services[SCAN].failure.upkeep_every_h,
                              &settings.policy.scan_share,
                              &settings.policy.flush_min,
                              &settings.controller.target_min,
                              &settings.lane.followers};
    assert_int_equal(sim_check(&good, NULL), ERR_NONE);
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        const double senseless[] = {NAN, -1, INFINITY};
        for (size_t k = 0; k < 3; k++) {
            struct why why = {0};
            settings = good;
            *fields[i] = senseless[k];
            if (sim_check(&settings, &why) != ERR_SENSELESS) fail_msg("field %zu took %g", i, senseless[k]);
            assert_true(why.member[0] && why.text[0]);
        }
    }
    settings = good;
    settings.days = SIM_DAYS_MAX + 1;
    assert_int_equal(sim_check(&settings, NULL), ERR_SENSELESS);
    settings = good;
    settings.services[SCAN].servers = SIM_SERVERS_MAX + 1;
    assert_int_equal(sim_check(&settings, NULL), ERR_SENSELESS);
    settings = good;
    settings.nsurges = 1;
    settings.surges[0] = (struct sim_surge){10, 5, 2}; // a clock that runs backwards
    assert_int_equal(sim_check(&settings, NULL), ERR_SENSELESS);
    settings.nsurges = SIM_SURGES_MAX + 1;
    assert_int_equal(sim_check(&settings, NULL), ERR_TOO_LARGE);
    settings = good;
    memset(settings.weekday_factor, 0, sizeof settings.weekday_factor);
    assert_int_equal(sim_check(&settings, NULL), ERR_SENSELESS);
}

static void says_when_memory_is_out(void **state)
{
    (void)state;
    for (size_t cap = 0; cap < (size_t)64 << 20; cap = cap * 2 + 100) {
        struct arena small = ARENA(cap);
        enum err err = sim_run(&settings, 1, &small, &result, NULL);
        assert_true(err == ERR_NONE || err == ERR_NO_MEMORY);
        arena_free(&small);
        if (cap == 0) assert_int_equal(err, ERR_NO_MEMORY);
        if (err == ERR_NONE) return;
    }
    fail_msg("64 MiB are not enough for a fortnight");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(same_seed_same_result, port),
        cmocka_unit_test_setup(no_truck_is_lost, port),
        cmocka_unit_test(queues_wait_as_theory_says),
        cmocka_unit_test_setup(the_controller_keeps_the_ports_target, judge),
        cmocka_unit_test_setup(scanner_waits_stay_under_their_cap_through_outages, judge),
        cmocka_unit_test_setup(all_scanners_down_at_once, judge),
        cmocka_unit_test_setup(a_flood_fills_queues_and_is_turned_away, port),
        cmocka_unit_test_setup(more_servers_wait_less_and_more_trucks_more, port),
        cmocka_unit_test_setup(a_closed_port_lets_nobody_through, port),
        cmocka_unit_test_setup(watchers_find_no_cell_without_detection, judge),
        cmocka_unit_test_setup(what_does_not_move_is_counted_as_it_was_before_the_run, port),
        cmocka_unit_test_setup(refuses_senseless_settings, port),
        cmocka_unit_test_setup(says_when_memory_is_out, port),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
