// SPDX-License-Identifier: Apache-2.0
#include "port/availability.h"

#include "base/clock.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define HOUR INT64_C(3600000)
#define DAY (24 * HOUR)
#define T0 INT64_C(1767225600000) // 2026-01-01T00:00:00Z

// Hours after T0.
static int64_t at(double hours)
{
    return T0 + (int64_t)(hours * 3600000);
}

struct fixture {
    struct arena arena;
    struct machine machine;
    struct machine_change changes[32];
    struct machine_scan scans[8];
    struct machine_due dues[8];
    struct availability out;
};

static int set_up(void **state)
{
    static struct fixture f;
    f = (struct fixture){.arena = ARENA((size_t)4 << 20), .machine = machine_blank(STR("2304/P1"))};
    f.machine.type = STR("scanner");
    f.machine.port = STR("2304");
    f.machine.changes = f.changes;
    f.machine.scans = f.scans;
    f.machine.dues = f.dues;
    *state = &f;
    return 0;
}

static int tear_down(void **state)
{
    arena_free(&((struct fixture *)*state)->arena);
    return 0;
}

static struct machine_change *change(struct fixture *f, double hours, enum machine_state state)
{
    struct machine_change *c = &f->changes[f->machine.nchanges++];
    *c = (struct machine_change){.at_ms = at(hours), .state = state};
    return c;
}

static struct machine_change *down(struct fixture *f, double hours, enum machine_waiting waiting, const char *reason)
{
    struct machine_change *c = change(f, hours, MACHINE_DOWN);
    c->waiting = waiting;
    c->reason = str_of(reason);
    return c;
}

static const struct availability *over(struct fixture *f, double from, double to, double now)
{
    struct period period = {at(from), at(to), at(now)};
    struct why why = {0};
    if (availability_of(&f->arena, &f->machine, &period, &f->out, &why) != ERR_NONE) fail_msg("%s", why.text);
    return &f->out;
}

static void is_near(double value, double wanted)
{
    if (value < wanted - 1e-6 || value > wanted + 1e-6) fail_msg("%.9f is not %.9f", value, wanted);
}

static void unknown_time_is_never_up(void **state)
{
    struct fixture *f = *state;
    change(f, 10, MACHINE_UP)->to_ms = at(40);
    const struct availability *a = over(f, 0, 100, 1000);
    assert_int_equal(a->installed_ms, 100 * HOUR);
    assert_int_equal(a->known_ms, 30 * HOUR);
    assert_int_equal(a->up_ms, 30 * HOUR);
    is_near(a->ao, 1);
    is_near(a->ao_low, 0.3);
    is_near(a->ao_high, 1);
    assert_int_equal(a->nstretches, 3);
    assert_int_equal(a->stretches[2].state, MACHINE_UNKNOWN);
    // Nobody says anything: nothing can be said.
    f->machine.nchanges = 0;
    a = over(f, 0, 100, 1000);
    assert_int_equal(a->known_ms, 0);
    is_near(a->ao, -1);
    is_near(a->ao_high, -1);
    is_near(a->mtbf_h, -1);
    is_near(a->per_hour, -1);
}

static void what_has_not_come_is_unknown(void **state)
{
    struct fixture *f = *state;
    change(f, 0, MACHINE_UP);
    const struct availability *a = over(f, 0, 100, 25);
    assert_int_equal(a->known_ms, 25 * HOUR);
    assert_int_equal(a->in_state_ms[MACHINE_UNKNOWN], 75 * HOUR);
}

static void only_time_in_service_counts(void **state)
{
    struct fixture *f = *state;
    change(f, 0, MACHINE_UP);
    f->machine.from_ms = at(20);
    f->machine.to_ms = at(60);
    assert_int_equal(over(f, 0, 100, 1000)->installed_ms, 40 * HOUR);
    assert_int_equal(f->out.known_ms, 40 * HOUR);
    assert_int_equal(over(f, 70, 100, 1000)->installed_ms, 0);
    is_near(f->out.ao, -1);
}

static void outages_and_their_phases(void **state)
{
    struct fixture *f = *state;
    change(f, 0, MACHINE_UP);
    down(f, 10, WAITING_PEOPLE, "");
    down(f, 12, WAITING_PARTS, "source");
    down(f, 20, WAITING_REPAIR, "power");
    change(f, 24, MACHINE_DEGRADED);
    change(f, 50, MACHINE_MAINTENANCE)->reason = STR("preventive");
    change(f, 54, MACHINE_STANDBY);
    down(f, 80, WAITING_UNSAID, "");
    change(f, 86, MACHINE_UP);
    const struct availability *a = over(f, 0, 100, 1000);
    assert_int_equal(a->ninterruptions, 3);
    const struct interruption *x = &a->interruptions[0];
    assert_int_equal(x->from_ms, at(10));
    assert_int_equal(x->to_ms, at(24));
    assert_false(x->open);
    assert_false(x->planned);
    assert_int_equal(x->reason, REASON_SOURCE); // the first that is said
    assert_int_equal(x->waited_ms[WAITING_PEOPLE], 2 * HOUR);
    assert_int_equal(x->waited_ms[WAITING_PARTS], 8 * HOUR);
    assert_int_equal(x->waited_ms[WAITING_REPAIR], 4 * HOUR);
    assert_int_equal(x->response_ms, 2 * HOUR);
    assert_true(a->interruptions[1].planned);
    assert_int_equal(a->interruptions[1].reason, REASON_PREVENTIVE);
    assert_int_equal(a->interruptions[2].response_ms, -1);
    assert_int_equal(a->interruptions[2].reason, REASON_UNSAID);
    assert_int_equal(a->failures, 2);
    assert_int_equal(a->planned, 1);
    assert_int_equal(a->down_ms, 24 * HOUR);
    is_near(a->ao, 0.76);
    is_near(a->ao_contract, 76.0 / 96);
    is_near(a->mtbf_h, 38);
    assert_int_equal(a->repaired, 2);
    is_near(a->mttr_h, 10);
    is_near(a->mttr_part_h[WAITING_PEOPLE], 1);
    is_near(a->mttr_part_h[WAITING_PARTS], 4);
    is_near(a->mttr_part_h[WAITING_REPAIR], 2);
    is_near(a->mttr_part_h[WAITING_UNSAID], 3);
}

static void an_outage_over_the_edges_of_the_period(void **state)
{
    struct fixture *f = *state;
    change(f, 0, MACHINE_UP);
    down(f, 10, WAITING_REPAIR, "power");
    change(f, 30, MACHINE_UP);
    // It began before, and ended within: its whole length is the repair's, the period's part the period's loss.
    const struct availability *a = over(f, 20, 60, 1000);
    assert_int_equal(a->failures, 0);
    assert_int_equal(a->repaired, 1);
    is_near(a->mttr_h, 20);
    is_near(a->mtbf_h, -1);
    assert_int_equal(a->down_ms, 10 * HOUR);
    // It began within, and ended after.
    a = over(f, 0, 20, 1000);
    assert_int_equal(a->failures, 1);
    assert_int_equal(a->repaired, 0);
    is_near(a->mttr_h, -1);
    assert_false(a->interruptions[0].open);
    assert_int_equal(a->interruptions[0].in_period_ms, 10 * HOUR);
    assert_int_equal(a->interruptions[0].to_ms, at(30));
}

static void an_outage_whose_end_nobody_knows_is_open(void **state)
{
    struct fixture *f = *state;
    change(f, 0, MACHINE_UP);
    down(f, 10, WAITING_PEOPLE, "power")->to_ms = at(15);
    change(f, 40, MACHINE_UP);
    const struct availability *a = over(f, 0, 100, 1000);
    assert_int_equal(a->ninterruptions, 1);
    assert_true(a->interruptions[0].open);
    assert_int_equal(a->interruptions[0].to_ms, at(15));
    assert_int_equal(a->repaired, 0);
    assert_int_equal(a->failures, 1);
    assert_int_equal(a->in_state_ms[MACHINE_UNKNOWN], 25 * HOUR);
    // Down to this moment: open too.
    f->machine.nchanges = 1;
    down(f, 10, WAITING_PEOPLE, "power");
    assert_true(over(f, 0, 100, 60)->interruptions[0].open);
    assert_int_equal(f->out.down_ms, 50 * HOUR);
}

static void the_later_word_about_a_moment_holds_whatever_the_order(void **state)
{
    struct fixture *f = *state;
    change(f, 50, MACHINE_DOWN);
    change(f, 0, MACHINE_DOWN);
    change(f, 0, MACHINE_UP);
    const struct availability *a = over(f, 0, 100, 1000);
    assert_int_equal(a->up_ms, 50 * HOUR);
    assert_int_equal(machine_state_at(&f->machine, at(0)), MACHINE_UP);
    assert_int_equal(machine_state_at(&f->machine, at(51)), MACHINE_DOWN);
    assert_int_equal(machine_state_at(&f->machine, at(-1)), MACHINE_UNKNOWN);
}

static void the_vendors_clock(void **state)
{
    static const struct {
        double response, repair; // of the contract; -1: not said
        double people, parts, whole;
        double late;
    } cases[] = {
        {4, 24, 2, 0, 10, 0},    {4, 24, 10, 0, 20, 6},  {4, 24, 10, 0, 30, 12}, // 6 of the response, 6 of the repair
        {4, 24, 30, 0, 30, 26},                                                  // nobody ever came: once, not twice
        {30, 24, 40, 0, 40, 16},                                                 // the repair's deadline comes first
        {-1, 24, 30, 0, 30, 6},  {4, -1, 10, 0, 300, 6}, {-1, -1, 10, 0, 300, 0},
        {0, 0, 5, 0, 10, 10},    {4, 24, 0, 20, 30, 6},
    };
    struct fixture *f = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        f->machine.nchanges = 0;
        f->machine.contract = (struct machine_contract){.vendor = STR("V"),
                                                        .currency = STR("USD"),
                                                        .availability_pct = 95,
                                                        .response_hours = cases[i].response,
                                                        .repair_hours = cases[i].repair,
                                                        .penalty_per_hour = 100,
                                                        .penalty_max = -1};
        change(f, 0, MACHINE_UP);
        if (cases[i].people > 0) down(f, 10, WAITING_PEOPLE, "power");
        if (cases[i].parts > 0) down(f, 10 + cases[i].people, WAITING_PARTS, "power");
        if (cases[i].people + cases[i].parts < cases[i].whole)
            down(f, 10 + cases[i].people + cases[i].parts, WAITING_REPAIR, "power");
        change(f, 10 + cases[i].whole, MACHINE_UP);
        const struct availability *a = over(f, 0, 700, 1000);
        double late = (double)a->late_ms / (double)HOUR;
        if (late < cases[i].late - 1e-6 || late > cases[i].late + 1e-6) fail_msg("case %zu: %f h late", i, late);
        is_near(a->penalty, 100 * cases[i].late);
    }
}

static void the_penalty_has_a_cap_each_month(void **state)
{
    struct fixture *f = *state;
    f->machine.contract = (struct machine_contract){.vendor = STR("V"),
                                                    .currency = STR("USD"),
                                                    .availability_pct = 95,
                                                    .response_hours = -1,
                                                    .repair_hours = 0,
                                                    .penalty_per_hour = 100,
                                                    .penalty_max = 1500};
    change(f, 0, MACHINE_UP);
    down(f, 31 * 24 - 20, WAITING_REPAIR, "power"); // 20 h in January, 10 h in February
    change(f, 31 * 24 + 10, MACHINE_UP);
    const struct availability *a = over(f, 0, 59 * 24, 10000);
    is_near(a->penalty, 1500 + 1000);
    is_near(a->penalty_uncapped, 3000);
    assert_true(a->contract_missed == false);
    // Only what lies in the period is due in it.
    a = over(f, 31 * 24, 59 * 24, 10000);
    is_near(a->penalty, 1000);
    // Maintenance that was planned is no outage, and a machine without a contract owes nothing.
    f->changes[1].state = MACHINE_MAINTENANCE;
    is_near(over(f, 0, 59 * 24, 10000)->penalty, 0);
    f->machine.contract = machine_blank(STR_NONE).contract;
    is_near(over(f, 0, 59 * 24, 10000)->penalty, -1);
}

static void the_promise_is_held_against_unplanned_time(void **state)
{
    struct fixture *f = *state;
    f->machine.contract.vendor = STR("V");
    f->machine.contract.availability_pct = 95;
    change(f, 0, MACHINE_UP);
    change(f, 10, MACHINE_MAINTENANCE);
    change(f, 20, MACHINE_UP);
    assert_false(over(f, 0, 100, 1000)->contract_missed);
    is_near(f->out.ao, 0.9);
    is_near(f->out.ao_contract, 1);
    down(f, 50, WAITING_REPAIR, "");
    change(f, 55, MACHINE_UP);
    assert_true(over(f, 0, 100, 1000)->contract_missed);
    is_near(f->out.ao_contract, 85.0 / 90);
}

static void scans_against_what_is_rated(void **state)
{
    struct fixture *f = *state;
    f->machine.rated_per_hour = 100;
    change(f, 0, MACHINE_UP);
    change(f, 10, MACHINE_STANDBY);
    change(f, 20, MACHINE_DEGRADED);
    down(f, 30, WAITING_REPAIR, "");
    change(f, 40, MACHINE_UP)->to_ms = at(40);
    f->scans[0] = (struct machine_scan){at(-1), at(1), 0, 500, VERDICT_CLEAR}; // began before
    f->scans[1] = (struct machine_scan){at(0), at(1), 0, 1000, VERDICT_UNSAID};
    f->scans[2] = (struct machine_scan){at(2), at(2), at(2.5), 1, VERDICT_SUSPECT};
    f->scans[3] = (struct machine_scan){at(3), at(3), 0, 9, VERDICT_NONE};
    f->scans[4] = (struct machine_scan){at(40), at(41), 0, 500, VERDICT_CLEAR}; // begins after
    f->machine.nscans = 5;
    const struct availability *a = over(f, 0, 40, 1000);
    assert_int_equal(a->scans, 1010);
    assert_int_equal(a->verdicts[VERDICT_NONE], 9);
    assert_int_equal(a->verdicts[VERDICT_UNSAID], 1000);
    is_near(a->per_hour, 50.5);
    is_near(a->of_rated, 0.505);
    is_near(a->utilisation, 1010.0 / 3000);
    is_near(a->verdict_min, 30);
    assert_int_equal(a->nverdict_min, 1);
}

static void maintenance_on_time_late_and_missed(void **state)
{
    struct fixture *f = *state;
    f->machine.every_days = 30;
    change(f, 0, MACHINE_UP);
    f->dues[0] = (struct machine_due){at(24), at(24)};
    f->dues[1] = (struct machine_due){at(48), at(48 + 72)};     // a tenth of 30 days later
    f->dues[2] = (struct machine_due){at(72), at(72 + 72) + 1}; // and a moment more
    f->dues[3] = (struct machine_due){at(96), 0};
    f->dues[4] = (struct machine_due){at(100 * 24), 0}; // not due yet
    f->dues[5] = (struct machine_due){at(-1), 0};
    f->machine.ndues = 6;
    const struct availability *a = over(f, 0, 200 * 24, 99 * 24);
    assert_int_equal(a->pm_due, 4);
    assert_int_equal(a->pm_on_time, 2);
    assert_int_equal(a->pm_late, 1);
    assert_int_equal(a->pm_missed, 1);
    is_near(a->pm_compliance, 0.5);
    assert_false(a->pm_by_interval);
    // No due dates: as many as intervals fit, and planned interruptions count for them.
    f->machine.ndues = 0;
    change(f, 24, MACHINE_MAINTENANCE);
    change(f, 30, MACHINE_UP);
    a = over(f, 0, 61 * 24, 99 * 24);
    assert_true(a->pm_by_interval);
    assert_int_equal(a->pm_due, 2);
    assert_int_equal(a->pm_on_time, 1);
    assert_int_equal(a->pm_missed, 1);
}

static void refuses_periods_without_length(void **state)
{
    struct fixture *f = *state;
    struct why why = {0};
    struct period none = {at(1), at(1), at(1)}, endless = {at(0), at(5000 * 24.0), at(0)};
    assert_int_equal(availability_of(&f->arena, &f->machine, &none, &f->out, &why), ERR_USAGE);
    why = (struct why){0};
    assert_int_equal(availability_of(&f->arena, &f->machine, &endless, &f->out, &why), ERR_USAGE);
}

static void both_views_of_an_outage(void **state)
{
    struct fixture *f = *state;
    struct machine machines[3];
    struct availability each[3];
    struct why why = {0};
    struct machine_change up = {.at_ms = at(0), .state = MACHINE_UP};
    struct machine_change bad[] = {up,
                                   {.at_ms = at(10), .state = MACHINE_DOWN, .reason = STR("power")},
                                   {.at_ms = at(110), .state = MACHINE_UP},
                                   {.at_ms = at(120), .state = MACHINE_MAINTENANCE},
                                   {.at_ms = at(130), .state = MACHINE_UP}};
    for (size_t i = 0; i < 3; i++) machines[i] = f->machine;
    machines[0].changes = &up;
    machines[0].nchanges = 1;
    machines[1].id = STR("2304/P2");
    machines[1].changes = bad;
    machines[1].nchanges = 5;
    struct fleet fleet = {machines, 3};
    struct period period = {at(0), at(200), at(1000)};
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(availability_of(&f->arena, &machines[i], &period, &each[i], &why), ERR_NONE);
    struct fleet_availability sum = fleet_sum(&fleet, each);
    assert_int_equal(sum.systems, 3);
    assert_int_equal(sum.with_outage, 1);
    assert_int_equal(sum.unknown_systems, 1);
    assert_int_equal(sum.installed_ms, 600 * HOUR);
    assert_int_equal(sum.known_ms, 400 * HOUR);
    is_near(sum.lost_share, 0.25);
    is_near(sum.ao, 290.0 / 400);
    assert_int_equal(sum.longest_ms, 100 * HOUR);
    assert_true(str_is(sum.longest, "2304/P2"));
    assert_int_equal(sum.reasons[REASON_POWER].count, 1);
    assert_int_equal(sum.reasons[REASON_POWER].ms, 100 * HOUR);
    assert_int_equal(sum.interruptions, 2);
}

#define WITH(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH(unknown_time_is_never_up),
        WITH(what_has_not_come_is_unknown),
        WITH(only_time_in_service_counts),
        WITH(outages_and_their_phases),
        WITH(an_outage_over_the_edges_of_the_period),
        WITH(an_outage_whose_end_nobody_knows_is_open),
        WITH(the_later_word_about_a_moment_holds_whatever_the_order),
        WITH(the_vendors_clock),
        WITH(the_penalty_has_a_cap_each_month),
        WITH(the_promise_is_held_against_unplanned_time),
        WITH(scans_against_what_is_rated),
        WITH(maintenance_on_time_late_and_missed),
        WITH(refuses_periods_without_length),
        WITH(both_views_of_an_outage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
