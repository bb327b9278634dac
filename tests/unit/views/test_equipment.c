// SPDX-License-Identifier: Apache-2.0
#include "views/equipment.h"

#include "world.h"

#define DECLARED(name, from)                                                                                           \
    "{\"equipment\":{\"type\":\"scanner\",\"name\":\"" name                                                            \
    "\",\"port\":\"2304\",\"rated_per_hour\":100,\"from\":\"" from                                                     \
    "\"},\"contract\":{\"vendor\":\"V\",\"currency\":\"USD\",\"repair_hours\":4},\"maintenance\":{\"every_days\":30}}"

static void say_state(struct world *w, uint32_t origin, struct id id, const char *state, const char *from,
                      const char *to)
{
    char body[256];
    snprintf(body, sizeof body, "{\"state\":{\"state\":\"%s\",\"from\":\"%s\"%s%s%s,\"reason\":\"power\"}}", state,
             from, to ? ",\"to\":\"" : "", to ? to : "", to ? "\"" : "");
    SAY(w, .origin = origin, .kind = "equipment.state", .body = body, RE(id));
}

static void say_scan(struct world *w, struct id id, const char *from, const char *more)
{
    char body[256];
    snprintf(body, sizeof body, "{\"scan\":{\"from\":\"%s\",\"to\":\"%s\"%s}}", from, from, more);
    SAY(w, .kind = "equipment.scan", .body = body, RE(id));
}

static struct id scanner(struct world *w, const char *value)
{
    struct id id = world_subject(w, "equipment", "port.equipment", value);
    SAY(w, .kind = "equipment", .body = DECLARED("Portal", "2024-01-01T00:00:00Z"), RE(id));
    return id;
}

static struct fleet fleet_of(struct world *w, const char *port)
{
    struct why why = {0};
    struct fleet fleet;
    struct equipment_query query = {
        .port = str_of(port), .from_ms = time_of("2026-01-01T00:00:00Z"), .to_ms = time_of("2026-03-01T00:00:00Z")};
    must(equipment_fleet(w->views, &w->arena, &query, &fleet, &why), &why);
    return fleet;
}

static void holds_what_was_said_of_a_machine(void **state)
{
    struct world *w = *state;
    struct id id = scanner(w, "2304/P1");
    say_state(w, 0, id, "down", "2026-01-02T00:00:00Z", "2026-01-03T00:00:00Z");
    say_state(w, 0, id, "up", "2026-01-01T00:00:00Z", NULL);
    say_scan(w, id, "2026-01-01T05:00:00Z", ",\"verdict\":\"clear\",\"count\":7");
    SAY(w, .kind = "equipment.maintenance",
        .body = "{\"maintenance\":{\"due\":\"2026-01-05T00:00:00Z\",\"done\":\"2026-01-04T00:00:00Z\"}}", RE(id));
    struct fleet fleet = fleet_of(w, "2304");
    assert_int_equal(fleet.count, 1);
    const struct machine *m = &fleet.items[0];
    assert_true(str_is(m->id, "2304/P1"));
    assert_true(str_is(m->name, "Portal"));
    assert_true(str_is(m->contract.vendor, "V"));
    assert_int_equal(m->every_days, 30);
    assert_int_equal(m->nchanges, 2);
    assert_int_equal(m->changes[0].state, MACHINE_UP);
    assert_int_equal(m->changes[1].state, MACHINE_DOWN);
    assert_int_equal(m->changes[1].to_ms, time_of("2026-01-03T00:00:00Z"));
    assert_true(str_is(m->changes[1].reason, "power"));
    assert_int_equal(m->nscans, 1);
    assert_int_equal(m->scans[0].count, 7);
    assert_int_equal(m->ndues, 1);
    assert_int_equal(m->dues[0].done_ms, time_of("2026-01-04T00:00:00Z"));
    assert_int_equal(fleet_of(w, "9999").count, 0);
}

static void a_log_that_comes_again_counts_once(void **state)
{
    struct world *w = *state;
    struct id id = scanner(w, "2304/P1");
    for (int i = 0; i < 2; i++) {
        say_state(w, 0, id, "up", "2026-01-01T00:00:00Z", i ? NULL : "2026-01-31T00:00:00Z");
        say_scan(w, id, "2026-01-01T05:00:00Z", ",\"verdict\":\"clear\",\"count\":7");
        say_scan(w, id, "2026-01-01T05:00:00Z", ",\"verdict\":\"none\",\"count\":2");
        say_scan(w, id, "2026-01-01T06:00:00Z",
                 i ? ",\"verdict\":\"clear\",\"image_name\":\"A\"" : ",\"verdict\":\"none\",\"image_name\":\"A\"");
    }
    struct fleet fleet = fleet_of(w, "2304");
    const struct machine *m = &fleet.items[0];
    assert_int_equal(m->nchanges, 1);
    assert_int_equal(m->changes[0].to_ms, 0); // the later word
    assert_int_equal(m->nscans, 3);
    assert_int_equal(m->scans[2].verdict, VERDICT_CLEAR); // the verdict that came later
}

static void a_partner_cannot_state_our_scanner_down(void **state)
{
    struct world *w = *state;
    struct id id = scanner(w, "2304/P1");
    say_state(w, 0, id, "up", "2026-01-01T00:00:00Z", NULL);
    say_state(w, w->partner, id, "down", "2026-01-02T00:00:00Z", NULL);
    SAY(w, .origin = w->partner, .kind = "equipment", .body = DECLARED("Theirs", "2024-01-01T00:00:00Z"), RE(id));
    struct fleet fleet = fleet_of(w, "2304");
    assert_int_equal(fleet.items[0].nchanges, 1);
    assert_true(str_is(fleet.items[0].name, "Portal"));
    // Nor under another id that turns out to be the same machine.
    struct id theirs = world_subject_of(w, w->partner, random_id(), "equipment", "port.equipment", "2304/P9");
    SAY(w, .origin = w->partner, .kind = "equipment", .body = DECLARED("Theirs", "2024-01-01T00:00:00Z"), RE(theirs));
    say_state(w, w->partner, theirs, "down", "2026-01-03T00:00:00Z", NULL);
    assert_int_equal(fleet_of(w, "2304").count, 2); // their machine, by their word
    world_subject_of(w, w->partner, theirs, "equipment", "port.equipment", "2304/P1");
    fleet = fleet_of(w, "2304");
    assert_int_equal(fleet.count, 1);
    assert_int_equal(fleet.items[0].nchanges, 1);
    assert_int_equal(fleet.items[0].changes[0].state, MACHINE_UP);
    assert_true(str_is(fleet.items[0].name, "Portal"));
}

static void our_own_word_takes_a_machine_from_a_partner(void **state)
{
    struct world *w = *state;
    struct id id = world_subject_of(w, w->partner, random_id(), "equipment", "port.equipment", "2304/P1");
    SAY(w, .origin = w->partner, .kind = "equipment", .body = DECLARED("Theirs", "2024-01-01T00:00:00Z"), RE(id));
    say_state(w, w->partner, id, "down", "2026-01-01T00:00:00Z", NULL);
    assert_int_equal(fleet_of(w, "2304").items[0].changes[0].state, MACHINE_DOWN);
    SAY(w, .kind = "equipment", .body = DECLARED("Ours", "2024-01-01T00:00:00Z"), RE(id));
    struct fleet fleet = fleet_of(w, "2304");
    assert_int_equal(fleet.count, 1);
    assert_true(str_is(fleet.items[0].name, "Ours"));
    assert_int_equal(fleet.items[0].nchanges, 0);
}

static void two_ids_of_one_machine_are_one(void **state)
{
    struct world *w = *state;
    uint32_t them = w->partner;
    struct id one = world_subject_of(w, them, random_id(), "equipment", "port.equipment", "240/P1");
    struct id two = world_subject_of(w, them, random_id(), "equipment", "port.equipment", "240/P2");
    say_state(w, them, one, "up", "2026-01-01T00:00:00Z", NULL);
    say_state(w, them, two, "down", "2026-01-02T00:00:00Z", NULL);
    SAY(w, .origin = them, .kind = "equipment", .body = DECLARED("Theirs", "2024-01-01T00:00:00Z"), RE(two));
    SAY(w, .origin = them, .kind = "equipment.maintenance",
        .body = "{\"maintenance\":{\"due\":\"2026-01-05T00:00:00Z\"}}", RE(two));
    assert_int_equal(fleet_of(w, "").count, 2);
    world_subject_of(w, them, two, "equipment", "port.equipment", "240/P1");
    struct fleet fleet = fleet_of(w, "");
    assert_int_equal(fleet.count, 1);
    assert_true(str_is(fleet.items[0].name, "Theirs"));
    assert_int_equal(fleet.items[0].nchanges, 2);
    assert_int_equal(fleet.items[0].ndues, 1);
    say_state(w, them, two, "up", "2026-01-03T00:00:00Z", NULL);
    assert_int_equal(fleet_of(w, "").items[0].nchanges, 3);
}

static void counts_what_is_up_at_a_moment(void **state)
{
    struct world *w = *state;
    struct why why = {0};
    static const struct {
        const char *at;
        size_t up;
    } cases[] = {{"2026-01-01T12:00:00Z", 1},
                 {"2026-01-02T00:00:00Z", 2},
                 {"2026-01-03T12:00:00Z", 1},
                 {"2026-01-06T00:00:00Z", 0},
                 {"2025-12-31T00:00:00Z", 0}};
    struct id one = scanner(w, "2304/P1"), two = scanner(w, "2304/P2");
    scanner(w, "2304/P3"); // nobody says anything of it
    say_state(w, 0, one, "up", "2026-01-01T00:00:00Z", NULL);
    say_state(w, 0, one, "down", "2026-01-03T00:00:00Z", NULL);
    say_state(w, 0, two, "degraded", "2026-01-02T00:00:00Z", "2026-01-05T00:00:00Z");
    size_t up, all;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        must(equipment_up(w->views, STR("2304"), STR("scanner"), time_of(cases[i].at), &up, &all, &why), &why);
        assert_int_equal(all, 3);
        assert_int_equal(up, cases[i].up);
    }
    must(equipment_up(w->views, STR("2304"), STR("dock"), time_of(cases[0].at), &up, &all, &why), &why);
    assert_int_equal(all, 0);
    must(equipment_up(w->views, STR(""), STR(""), time_of("2023-12-31T00:00:00Z"), &up, &all, &why), &why);
    assert_int_equal(all, 0); // not in service yet
}

static void what_cannot_be_read_changes_nothing(void **state)
{
    struct world *w = *state;
    struct id id = scanner(w, "2304/P1");
    static const struct {
        const char *kind, *body;
    } odd[] = {{"equipment", "{\"equipment\":7}"},
               {"equipment", "{\"contract\":{}}"},
               {"equipment.state", "{\"state\":{\"state\":\"unknown\",\"from\":\"2026-01-01T00:00:00Z\"}}"},
               {"equipment.state", "{\"state\":{\"state\":\"up\",\"from\":\"noon\"}}"},
               {"equipment.scan", "{\"scan\":{\"from\":\"2026-01-02T00:00:00Z\",\"to\":\"2026-01-01T00:00:00Z\"}}"},
               {"equipment.scan", "{\"scan\":{\"from\":\"2026-01-02T00:00:00Z\",\"to\":\"2026-01-02T00:00:00Z\","
                                  "\"verdict\":\"maybe\"}}"},
               {"equipment.scan", "{\"scan\":{\"from\":\"2026-01-02T00:00:00Z\",\"to\":\"2026-01-02T00:00:00Z\","
                                  "\"count\":1e99}}"},
               {"equipment.maintenance", "{\"maintenance\":{\"done\":\"2026-01-02T00:00:00Z\"}}"},
               {"equipment.maintenance", "{}"}};
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) SAY(w, .kind = odd[i].kind, .body = odd[i].body, RE(id));
    SAY(w, .kind = "equipment.state", .body = "{\"state\":{\"state\":\"up\",\"from\":\"2026-01-01T00:00:00Z\"}}");
    struct fleet fleet = fleet_of(w, "");
    assert_int_equal(fleet.count, 1);
    assert_int_equal(fleet.items[0].nchanges + fleet.items[0].nscans + fleet.items[0].ndues, 0);
    assert_true(str_is(fleet.items[0].name, "Portal"));
}

static void reports_as_far_as_anything_is_said(void **state)
{
    struct world *w = *state;
    struct why why = {0};
    struct id id = scanner(w, "2304/P1");
    struct availability_report report = {.period = {.now_ms = time_of("2026-02-01T00:00:00Z")}};
    say_state(w, 0, id, "up", "2026-01-01T00:00:00Z", NULL);
    say_state(w, 0, id, "down", "2026-01-05T00:00:00Z", NULL);
    say_state(w, 0, id, "up", "2026-01-07T00:00:00Z", "2026-01-11T00:00:00Z");
    must(equipment_report(w->views, &w->arena, STR("2304"), STR(""), INT64_MIN, INT64_MIN, &report, &why), &why);
    assert_int_equal(report.period.from_ms, time_of("2026-01-01T00:00:00Z"));
    assert_int_equal(report.period.to_ms, time_of("2026-01-11T00:00:00Z"));
    assert_true(report.each[0].ao > 0.7999 && report.each[0].ao < 0.8001);
    // The outage is followed to its end behind the period.
    must(equipment_report(w->views, &w->arena, STR("2304"), STR(""), time_of("2026-01-01T00:00:00Z"),
                          time_of("2026-01-06T00:00:00Z"), &report, &why),
         &why);
    assert_int_equal(report.each[0].interruptions[0].to_ms, time_of("2026-01-07T00:00:00Z"));
    assert_int_equal(equipment_report(w->views, &w->arena, STR("9999"), STR(""), INT64_MIN, INT64_MIN, &report, &why),
                     ERR_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(holds_what_was_said_of_a_machine),        TEST(a_log_that_comes_again_counts_once),
        TEST(a_partner_cannot_state_our_scanner_down), TEST(our_own_word_takes_a_machine_from_a_partner),
        TEST(two_ids_of_one_machine_are_one),          TEST(counts_what_is_up_at_a_moment),
        TEST(what_cannot_be_read_changes_nothing),     TEST(reports_as_far_as_anything_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
