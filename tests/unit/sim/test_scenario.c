// SPDX-License-Identifier: Apache-2.0
#include "sim/scenario.h"

#include "one_arena.h"

#include <math.h>

static enum err judge(void *context, struct arena *in, struct str bytes, struct why *why)
{
    static struct scenario out;
    (void)context;
    return scenario_read(in, bytes, &out, why);
}

static void lets_good_files_in_and_refuses_bad_ones_with_their_reason(void **state)
{
    size_t wrong;
    (void)state;
    assert_int_equal(samples_judge("scenario", judge, NULL, &wrong), 14);
    assert_int_equal(wrong, 0);
}

static void asks_for_memory_only(void **state)
{
    (void)state;
    needs_memory_only(judge, test_file(&arena, "tests/data/scenario/good/everything.yaml"), (size_t)1 << 20);
}

static const struct scenario *read_file(const char *path)
{
    static struct scenario out;
    struct why why = {0};
    if (scenario_read(&arena, test_file(&arena, path), &out, &why) != ERR_NONE) fail_msg("%s: %s", path, why.text);
    return &out;
}

#define EVERYTHING "tests/data/scenario/good/everything.yaml"

static void stands_on_the_ports_public_figures(void **state)
{
    const struct scenario *s = read_file("tests/data/scenario/good/least.yaml");
    const struct sim_settings *t = &s->settings;
    double hours = 0;
    (void)state;
    assert_true(str_is(s->name, "Otay Mesa"));
    assert_true(fabs(t->trucks_per_day - 1063757.0 / 366) < 1 || s->arrivals.total / 366 == t->trucks_per_day);
    assert_true(t->hour_share[5] == 0 && t->hour_share[6] > 0 && t->hour_share[19] > 0 && t->hour_share[20] == 0);
    for (int h = 0; h < 24; h++) hours += t->hour_share[h];
    assert_true(fabs(hours - 1) < 1e-9);
    assert_true(t->month_factor[3] > t->month_factor[1]);
    assert_true(s->value.truck_hour_usd == 91 && s->value.cargo_usd_month == 25900000);
}

static void reads_every_member(void **state)
{
    const struct scenario *s = read_file(EVERYTHING);
    const struct sim_settings *t = &s->settings;
    (void)state;
    assert_true(str_is(s->name, "A <small> & \"odd\" port"));
    assert_int_equal(s->arrivals.year, 0);
    assert_true(t->trucks_per_day == 400 && t->first_month == 11 && t->days == 7 && t->warm_up_days == 1);
    assert_true(s->seeds == 2 && s->seed == 5);
    assert_true(fabs(t->month_factor[11] - 24.0 / 13) < 1e-9 && fabs(t->hour_share[6] - 1.0 / 16) < 1e-9);
    assert_int_equal(t->lane.nservices, 3);
    const struct lane_service *scan = &t->lane.services[1];
    const struct sim_service *servers = &t->services[1];
    assert_string_equal(scan->name, "scan");
    assert_true(scan->service_min == 2 && scan->transfer_min == 3 && scan->saved_min == 1 && scan->wait_max_min == 30);
    assert_true(scan->sensitivity[0] == 0.8 && scan->sensitivity[2] == 0.4 && scan->false_alarm == 0.02);
    assert_true(isinf(t->lane.services[0].wait_max_min) && t->services[0].shift[6][3] == 1);
    assert_true(servers->shift[0][6] == 1 && servers->shift[0][5] == 0 && servers->shift[0][22] == 0);
    assert_true(servers->shift[5][8] == 0.5 && servers->shift[6][15] == 0.5 && servers->shift[6][16] == 0);
    assert_int_equal(servers->queue_max, 40);
    // The contract in force sets the long outages.
    assert_true(servers->failure.mtbf_h == 100 && servers->failure.short_h == 2 && servers->failure.long_h == 128);
    assert_true(fabs(servers->failure.people - 24.0 / 128) < 1e-12 && fabs(servers->failure.parts - 0.75) < 1e-12);
    assert_true(servers->failure.upkeep_every_h == 300 && servers->failure.upkeep_h == 3);
    assert_true(t->risk.trusted_share == 0.2 && t->risk.prevalence == 0.01 && t->risk.adapting_share == 0.1);
    assert_true(t->controller.target_min == 1.5 && t->lane.chance[LANE_ORDINARY] == 0.04 && t->lane.followers == 2);
    assert_true(t->lane.chance[LANE_TRUSTED] == 0.02 && t->lane.smoothing == 0.1);
    assert_true(s->value.harm_usd == 50000 && s->value.dock_usd_month == 300 && s->yard.transfer_min == 2);
    assert_int_equal(s->nwhat_ifs, 3);
    assert_true(s->what_ifs[0].named && s->what_ifs[0].nchanges == 2 && s->what_ifs[2].nchanges == 2);
    assert_true(str_is(s->what_ifs[1].name, "contract=quick"));
}

static struct scenario_what_if asked(const struct scenario *s, const char *text)
{
    struct scenario_what_if out;
    struct why why = {0};
    if (scenario_what_if_read(&arena, s, str_of(text), &out, &why) != ERR_NONE) fail_msg("%s: %s", text, why.text);
    return out;
}

static struct scenario changed(const struct scenario *s, const char *text)
{
    static struct scenario out;
    struct scenario_what_if what_if = asked(s, text);
    struct why why = {0};
    if (scenario_apply(s, &what_if, &out, &why) != ERR_NONE) fail_msg("%s: %s", text, why.text);
    return out;
}

static void does_each_change(void **state)
{
    const struct scenario *s = read_file(EVERYTHING);
    (void)state;
    assert_int_equal(changed(s, "scanners+2").settings.services[1].servers, 3);
    assert_true(changed(s, "scanners+2").servers_usd_month == 200);
    assert_int_equal(changed(s, "booths+1").settings.services[0].servers, 3);
    assert_int_equal(changed(s, "docks-2").settings.services[2].servers, 1);
    assert_true(changed(s, "docks-2").servers_usd_month == -600);
    assert_true(fabs(changed(s, "volume+30%").settings.trucks_per_day - 520) < 1e-9);
    assert_true(fabs(changed(s, "volume-12.5%").settings.trucks_per_day - 350) < 1e-9);
    assert_true(fabs(changed(s, "trusted+10%").settings.risk.trusted_share - 0.3) < 1e-9);
    assert_true(changed(s, "trusted-50%").settings.risk.trusted_share == 0);
    assert_true(changed(s, "random=5%").settings.lane.chance[LANE_ORDINARY] == 0.05);
    assert_true(changed(s, "target=3").settings.controller.target_min == 3);
    assert_true(changed(s, "contract=quick").settings.services[1].failure.long_h == 14);
    assert_true(changed(s, "contract=quick").contract.usd_month == 5000);
    assert_true(changed(s, "contract=4h/24h/8h@60000").settings.services[1].failure.long_h == 36);
    assert_true(changed(s, "contract=4h/24h/8h@60000").contract.usd_month == 60000);
    struct scenario surge = changed(s, "tariff-morning");
    assert_int_equal(surge.settings.nsurges, 1);
    assert_true(surge.settings.surges[0].from_h == 24 * scenario_surge_day(s) + 6 &&
                surge.settings.surges[0].factor == 2);
    struct scenario yard = changed(s, "yard-moved");
    assert_true(fabs(yard.settings.risk.unscored_share - 0.005) < 1e-12 && yard.settings.risk.score_noise == 0.2);
    assert_true(yard.settings.lane.services[1].transfer_min == 5 && yard.settings.lane.services[0].transfer_min == 0);
    struct scenario wait = changed(s, "wait-10");
    assert_memory_equal(&wait.settings.controller, &s->settings.controller, sizeof wait.settings.controller);
    struct scenario two = changed(s, "volume+10%, scanners+1");
    assert_true(two.settings.services[1].servers == 2 && fabs(two.settings.trucks_per_day - 440) < 1e-9);
    assert_int_equal(asked(s, "More <b>").nchanges, 2); // by the name that the file gives it
}

static void evens_arrivals_out_within_the_open_hours(void **state)
{
    struct scenario s = *read_file("tests/data/scenario/good/least.yaml");
    double sum = 0;
    (void)state;
    s.yard.spread = 1;
    struct scenario yard = changed(&s, "yard-moved");
    for (int h = 0; h < 24; h++) {
        sum += yard.settings.hour_share[h];
        assert_true(h >= 6 && h < 20 ? fabs(yard.settings.hour_share[h] - 1.0 / 14) < 1e-9
                                     : yard.settings.hour_share[h] == 0);
    }
    assert_true(fabs(sum - 1) < 1e-9);
}

static void refuses_what_is_no_change(void **state)
{
    static const char *const wrong[] = {"",
                                        "scanners",
                                        "scanners+",
                                        "scanners+1.5",
                                        "scanners+999",
                                        "scanners=2",
                                        "volume+30",
                                        "volume30%",
                                        "random+5%",
                                        "target-1",
                                        "wait+10",
                                        "wait=10",
                                        "yard-moved!",
                                        "contract=",
                                        "contract=4h/24h",
                                        "contract=1h/1h/1h/1h",
                                        "contract=a/b/c",
                                        "volume+1e3%",
                                        "scanners+2,",
                                        "sc"};
    const struct scenario *s = read_file(EVERYTHING);
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct scenario_what_if out;
        struct why why = {0};
        if (scenario_what_if_read(&arena, s, str_of(wrong[i]), &out, &why) != ERR_USAGE) fail_msg("%s", wrong[i]);
        assert_non_null(strstr(why.text, "is no change"));
    }
}

static void refuses_a_change_that_the_port_cannot_have(void **state)
{
    const struct scenario *s = read_file(EVERYTHING);
    static const char *const wrong[] = {"scanners-1", "docks-3", "booths+63", "volume-100%"};
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        static struct scenario out;
        struct scenario_what_if what_if = asked(s, wrong[i]);
        struct why why = {0};
        if (scenario_apply(s, &what_if, &out, &why) == ERR_NONE) fail_msg("%s", wrong[i]);
        assert_true(why.text[0]);
    }
}

static void says_changes_in_three_languages(void **state)
{
    static const struct {
        const char *change, *said[LANGUAGE_COUNT];
    } cases[] = {
        {"scanners+2", {"2 more scanners", "2 escáneres más", "2 scanners de plus"}},
        {"docks-1", {"1 fewer dock", "1 andén menos", "1 quai de moins"}},
        {"volume+30%", {"+30 % trucks", "+30 % camiones", "+30 % de camions"}},
        {"wait-10", {"10 minutes less", "10 minutos menos", "10 minutes de moins"}},
        {"contract=quick", {"contract quick", "contrato quick", "contrat quick"}},
        {"target=2.5", {"wait held at 2.5 min", "espera sostenida en 2.5 min", "attente tenue à 2,5 min"}},
    };
    const struct scenario *s = read_file(EVERYTHING);
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int l = 0; l < LANGUAGE_COUNT; l++) {
            struct scenario_what_if what_if = asked(s, cases[i].change);
            struct buf said = BUF(256);
            scenario_change_words(&what_if.changes[0], (enum language)l, &said);
            if (!str_is(buf_str(&said), cases[i].said[l])) fail_msg("%.*s", STR_ARG(buf_str(&said)));
            buf_free(&said);
        }
}

static void asks_each_thing_once(void **state)
{
    struct scenario s = *read_file(EVERYTHING);
    struct scenario_what_if one = asked(&s, "scanners+1");
    (void)state;
    s.nwhat_ifs = 0;
    assert_int_equal(scenario_ask(&s, &one, NULL), ERR_NONE);
    assert_int_equal(scenario_ask(&s, &one, NULL), ERR_NONE);
    assert_int_equal(s.nwhat_ifs, 1);
    for (int i = 2; i <= SCENARIO_WHAT_IFS_MAX; i++) {
        one = asked(&s, arena_printf(&arena, "volume+%d%%", i).p);
        assert_int_equal(scenario_ask(&s, &one, NULL), ERR_NONE);
    }
    one = asked(&s, "booths+1");
    assert_int_equal(scenario_ask(&s, &one, NULL), ERR_TOO_LARGE);
}

static void takes_other_public_figures(void **state)
{
    struct scenario s = *read_file("tests/data/scenario/good/least.yaml");
    struct arrivals a = {.year = 2023, .total = 365000};
    (void)state;
    for (int m = 0; m < 12; m++) a.used[m] = m == 1 ? 28000 : 1;
    scenario_arrivals(&s, &a);
    assert_true(s.settings.trucks_per_day == 1000 && s.settings.month_factor[1] == 1);
    assert_int_equal(s.arrivals.year, 2023);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(lets_good_files_in_and_refuses_bad_ones_with_their_reason, begin, end),
        cmocka_unit_test_setup_teardown(asks_for_memory_only, begin, end),
        cmocka_unit_test_setup_teardown(stands_on_the_ports_public_figures, begin, end),
        cmocka_unit_test_setup_teardown(reads_every_member, begin, end),
        cmocka_unit_test_setup_teardown(does_each_change, begin, end),
        cmocka_unit_test_setup_teardown(evens_arrivals_out_within_the_open_hours, begin, end),
        cmocka_unit_test_setup_teardown(refuses_what_is_no_change, begin, end),
        cmocka_unit_test_setup_teardown(refuses_a_change_that_the_port_cannot_have, begin, end),
        cmocka_unit_test_setup_teardown(says_changes_in_three_languages, begin, end),
        cmocka_unit_test_setup_teardown(asks_each_thing_once, begin, end),
        cmocka_unit_test_setup_teardown(takes_other_public_figures, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
