// SPDX-License-Identifier: Apache-2.0
#include "views/wait.h"

#include "port_samples.h"

#include <math.h>

// The stays at a port on that day, by beginning, as "stage minutes-minutes" past 06:00 with "~", ".", "+" and "?" as in
// tests/unit/port/test_visit.c.
static const char *stays_at(struct world *w, const char *port)
{
    struct why why = {0};
    struct wait_stays s;
    struct buf b = BUF(1 << 16);
    int64_t six = time_of("2026-03-01T06:00:00Z");
    must(wait_stays(w->views, &w->arena, str_of(port), six - 86400000, six + 86400000, &s, &why), &why);
    for (size_t i = s.count; i-- > 0;) {
        const struct stay *stay = &s.stays[i];
        if (stay->stage == STAGE_ALL) continue;
        buf_printf(&b, "%s%s%s %.4g-%.4g%c", b.n ? " " : "", stay->start_unseen ? "~" : "", stage_name(stay->stage),
                   (double)(stay->from_ms - six) / 60000, (double)(stay->to_ms - six) / 60000, ".+?"[stay->end]);
    }
    struct str text = arena_str(&w->arena, buf_str(&b));
    buf_free(&b);
    return text.p ? text.p : "";
}

static size_t rows(struct world *w, const char *sql)
{
    struct why why = {0};
    enum err err = ERR_NONE;
    size_t n = 0;
    sqlite3_stmt *q = view_sql(w->views, sql, &why);
    assert_non_null(q);
    while (view_row(q, &err, &why)) n = (size_t)sqlite3_column_int64(q, 0);
    assert_int_equal(err, ERR_NONE);
    return n;
}

static void a_truck_on_its_way_through_leaves_stays(void **state)
{
    struct world *w = *state;
    the_port(w);
    struct id truck = a_tractor(w, "TX:A1");
    fix(w, truck, "06:00:00", -5);
    fix(w, truck, "06:02:00", 0.1);
    fix(w, truck, "06:12:00", 0.8);
    fix(w, truck, "06:14:00", 1.5);
    fix(w, truck, "06:16:00", 2.5);
    fix(w, truck, "06:20:00", 3.5);
    fix(w, truck, "06:22:00", 9);
    fix(w, truck, "06:32:00", 30);
    assert_string_equal(stays_at(w, "2304"), "queue 1-13. booth 13-15. scanner 15-18. exit 18-21.");
    assert_string_equal(stays_at(w, "2402"), "");
    assert_int_equal(rows(w, "SELECT count(*) FROM port_inside"), 0);
}

static void what_stays_outside_of_every_zone_leaves_nothing(void **state)
{
    struct world *w = *state;
    the_port(w);
    struct id truck = a_tractor(w, "TX:A1");
    for (int i = 0; i < 50; i++) fix(w, truck, "06:00:00", -50 + i / 10.0);
    assert_int_equal(rows(w, "SELECT count(*) FROM port_sight"), 0);
    SAY(w, .kind = "custody.position", .body = "{\"position\":{\"fix\":\"none\",\"time\":\"2026-03-01T06:00:00Z\"}}",
        RE(truck));
    SAY(w, .kind = "custody.position", .body = "{}", RE(truck));
    assert_int_equal(rows(w, "SELECT count(*) FROM port_sight"), 0);
}

static void order_of_coming_makes_no_difference(void **state)
{
    struct world *w = *state;
    the_port(w);
    static const struct {
        const char *time;
        double place;
    } way[] = {{"06:14:00", 1.5}, {"06:02:00", 0.1}, {"06:22:00", 9},  {"06:20:00", 3.5},
               {"06:16:00", 2.5}, {"06:00:00", -5},  {"06:12:00", 0.8}};
    struct id truck = a_tractor(w, "TX:A1");
    for (size_t i = 0; i < sizeof way / sizeof *way; i++) fix(w, truck, way[i].time, way[i].place);
    assert_string_equal(stays_at(w, "2304"), "queue 1-13. booth 13-15. scanner 15-18. exit 18-21.");
}

static void a_truck_that_waits_is_there_still(void **state)
{
    struct world *w = *state;
    struct why why = {0};
    the_port(w);
    struct id truck = a_tractor(w, "TX:A1");
    fix(w, truck, "06:00:00", -5);
    fix(w, truck, "06:02:00", 0.1);
    fix(w, truck, "06:12:00", 0.8);
    assert_string_equal(stays_at(w, "2304"), "queue 1-12+");
    assert_int_equal(rows(w, "SELECT count(*) FROM port_inside"), 1);
    double minutes[2];
    int64_t six = time_of("2026-03-01T06:00:00Z");
    must(wait_hours(w->views, STR("2304"), STAGE_QUEUE, six, 2, minutes, &why), &why);
    assert_true(isnan(minutes[0]) && isnan(minutes[1])); // its hour has no wait before it ends
}

static void hours_are_means_of_the_waits_that_ended(void **state)
{
    struct world *w = *state;
    struct why why = {0};
    double minutes[3];
    the_port(w);
    for (int i = 0; i < 3; i++) {
        struct id truck = a_tractor(w, arena_printf(&w->arena, "TX:B%d", i).p);
        const char *hour = i < 2 ? "06" : "07";
        fix(w, truck, arena_printf(&w->arena, "%s:00:00", hour).p, -5);
        fix(w, truck, arena_printf(&w->arena, "%s:02:00", hour).p, 0.5);
        fix(w, truck, arena_printf(&w->arena, "%s:%d2:00", hour, i + 1).p, 1.5);
        fix(w, truck, arena_printf(&w->arena, "%s:%d4:00", hour, i + 1).p, 9);
    }
    int64_t six = time_of("2026-03-01T06:00:00Z");
    must(wait_hours(w->views, STR("2304"), STAGE_QUEUE, six, 3, minutes, &why), &why);
    // 06:01 to 06:07 and 06:01 to 06:12 (fixes 20 minutes apart are too far: that one is lost), 07:01 lost as well.
    assert_true(fabs(minutes[0] - 6) < 1e-9);
    assert_true(isnan(minutes[1]) && isnan(minutes[2]));
    assert_string_equal(stays_at(w, "2304"),
                        "queue 1-2? queue 1-7. booth 7-13. ~booth 22-23. queue 61-62? ~booth 92-93.");
}

static void a_seal_and_its_truck_are_one_on_their_crossing(void **state)
{
    struct world *w = *state;
    the_port(w);
    struct id truck = a_tractor(w, "TX:A1"), seal = world_subject(w, "seal", "jt701d", "8000620011");
    SAY(w, .kind = "custody.seal", .at = clock_text(w, "05:00:00"), .body = "{\"event\":{\"type\":\"on\"}}",
        RE(seal, truck));
    struct id crossing = a_crossing(w, truck, "05:00:00");
    fix(w, seal, "06:00:00", -5);
    fix(w, truck, "06:01:00", -4);
    fix(w, seal, "06:02:00", 0.1);
    fix(w, truck, "06:03:00", 0.2);
    fix(w, seal, "06:12:00", 0.8);
    arrive(w, crossing, "06:13:00");
    fix(w, seal, "06:16:00", 2.5);
    release(w, crossing, "06:25:00");
    assert_string_equal(stays_at(w, "2304"), "queue 1.5-13. booth 13-14.5. scanner 14.5-25. exit 25-25+");
    assert_int_equal(rows(w, "SELECT count(DISTINCT unit) FROM port_stay"), 1);
}

static void what_was_seen_before_its_crossing_was_declared_becomes_the_crossings(void **state)
{
    struct world *w = *state;
    struct why why = {0};
    struct wait_arrivals n;
    the_port(w);
    struct id truck = a_tractor(w, "TX:A1");
    fix(w, truck, "06:00:00", -5);
    fix(w, truck, "06:02:00", 0.1);
    fix(w, truck, "06:12:00", 0.8);
    struct id crossing = a_crossing(w, truck, "06:12:30");
    arrive(w, crossing, "06:13:00");
    assert_string_equal(stays_at(w, "2304"), "queue 1-13. booth 13-13+");
    assert_int_equal(rows(w, "SELECT count(DISTINCT unit) FROM port_stay"), 1);
    must(wait_arrivals(w->views, STR("2304"), 0, INT64_MAX, &n, &why), &why);
    assert_true(n.arrived == 1 && n.released == 0 && n.scanned == 0);
    assert_true(n.measured[STAGE_QUEUE] == 1 && n.measured[STAGE_BOOTH] == 1 && n.measured[STAGE_SCANNER] == 0);
}

static struct id machine(struct world *w, unsigned n, const char *type)
{
    SAY(w, .kind = "equipment",
        .body = arena_printf(&w->arena,
                             "{\"equipment\":{\"type\":\"%s\",\"name\":\"M\",\"port\":\"2304\",\"from\":"
                             "\"2026-01-01T00:00:00Z\"}}",
                             type)
                    .p,
        RE(an_id(n)));
    return an_id(n);
}

static void sighted(struct world *w, struct id thing, struct id reader, const char *place, const char *time)
{
    const char *at = clock_text(w, time);
    heard_after(w, at);
    SAY(w, .kind = "equipment.sighting", .at = at,
        .body = arena_printf(&w->arena, "{\"sighting\":{\"place\":\"%s\",\"time\":\"%s\"}}", place, at).p,
        RE(thing, reader));
}

static void readers_see_by_the_place_they_name_or_by_what_they_are(void **state)
{
    struct world *w = *state;
    the_port(w);
    struct id truck = a_tractor(w, "TX:A1");
    struct id reader = machine(w, 1, "reader"), booth = machine(w, 2, "booth"), yard = machine(w, 3, "yard");
    sighted(w, truck, reader, "queue A", "06:00:00");
    sighted(w, truck, reader, "no such place", "06:05:00");
    sighted(w, truck, yard, "the yard", "06:06:00");
    sighted(w, truck, an_id(77), "queue A", "06:07:00"); // a machine that nobody stated
    sighted(w, truck, booth, "lane 4", "06:40:00");
    sighted(w, truck, reader, "way out", "06:45:00");
    assert_string_equal(stays_at(w, "2304"), "queue 0-40. booth 40-45. exit 45-45+");
}

static void a_scanner_log_and_arrivals_alone_tell_of_waits(void **state)
{
    struct world *w = *state;
    struct why why = {0};
    struct wait_arrivals n;
    // No zones at all.
    struct id scanner = machine(w, 1, "scanner"), truck = a_tractor(w, "TX:A1"), other = a_tractor(w, "TX:A2");
    struct id crossing = a_crossing(w, truck, "05:00:00"), second = a_crossing(w, other, "05:00:00");
    arrive(w, crossing, "06:00:00");
    SAY(w, .kind = "equipment.scan", .at = "2026-03-01T06:20:00Z",
        .body = "{\"scan\":{\"from\":\"2026-03-01T06:20:00Z\",\"to\":\"2026-03-01T06:24:00Z\",\"verdict\":\"clear\"}}",
        RE(scanner, crossing));
    release(w, crossing, "06:30:00");
    arrive(w, second, "06:10:00");
    assert_string_equal(stays_at(w, "2304"), "booth 0-20. booth 10-10+ scanner 20-24. exit 30-30+");
    must(wait_arrivals(w->views, STR("2304"), 0, INT64_MAX, &n, &why), &why);
    assert_true(n.arrived == 2 && n.released == 1 && n.scanned == 1);
}

static void many_fixes_in_one_place_are_thinned(void **state)
{
    struct world *w = *state;
    the_port(w);
    struct id truck = a_tractor(w, "TX:A1");
    fix(w, truck, "06:00:00", -5);
    for (int i = 0; i < 360; i++) // an hour, one in ten seconds
        fix(w, truck, arena_printf(&w->arena, "06:%02d:%02d", 1 + i / 6 % 59, i % 6 * 10).p, 0.5);
    fix(w, truck, "07:01:00", 1.5);
    assert_true(rows(w, "SELECT count(*) FROM port_sight") < 40);
    assert_string_equal(stays_at(w, "2304"), "queue 0.5-60.42. booth 60.42-61+");
}

static void a_clock_ahead_of_the_world_measures_nothing(void **state)
{
    struct world *w = *state;
    the_port(w);
    struct id truck = a_tractor(w, "TX:A1");
    SAY(w, .kind = "custody.position", .at = "2027-01-01T00:00:00Z",
        .body = "{\"position\":{\"lat\":27.5,\"lon\":-99.495,\"fix\":\"gnss\",\"time\":\"2027-01-01T00:00:00Z\"}}",
        RE(truck));
    assert_int_equal(rows(w, "SELECT count(*) FROM port_stay"), 0);
}

static void two_names_of_one_truck_are_one_truck(void **state)
{
    struct world *w = *state;
    the_port(w);
    struct id a = a_tractor(w, "TX:A1"), b = random_id();
    fix(w, a, "06:00:00", -5);
    fix(w, a, "06:02:00", 0.1);
    SAY(w, .origin = w->partner, .kind = "custody.position", .at = clock_text(w, "06:06:00"),
        .body = "{\"position\":{\"lat\":27.5,\"lon\":-99.497,\"fix\":\"gnss\",\"time\":\"2026-03-01T06:06:00Z\"}}",
        RE(b));
    assert_int_equal(rows(w, "SELECT count(*) FROM port_inside"), 2);
    world_subject_of(w, w->partner, b, "conveyance", "plate", "TX:A1"); // the same truck
    assert_int_equal(rows(w, "SELECT count(*) FROM port_inside"), 1);
    fix(w, b, "06:10:00", 1.5);
    fix(w, a, "06:11:00", 1.6);
    fix(w, b, "06:12:00", 9);
    assert_string_equal(stays_at(w, "2304"), "queue 1-8. booth 8-11.5.");
    assert_int_equal(rows(w, "SELECT count(*) FROM port_inside"), 0);
}

static void a_handle_that_is_opened_again_knows_who_is_inside(void **state)
{
    struct world *w = *state;
    struct why why = {0};
    the_port(w);
    struct id truck = a_tractor(w, "TX:A1");
    fix(w, truck, "06:00:00", -5);
    fix(w, truck, "06:02:00", 0.1);
    views_free(w->views);
    must(views_open(w->engine, true, NULL, NULL, &w->views, &why), &why);
    fix(w, truck, "06:12:00", 9);
    assert_string_equal(stays_at(w, "2304"), "queue 1-7.");
}

static void emptied_views_are_made_the_same_again(void **state)
{
    struct world *w = *state;
    struct why why = {0};
    the_port(w);
    struct id truck = a_tractor(w, "TX:A1");
    fix(w, truck, "06:00:00", -5);
    fix(w, truck, "06:02:00", 0.1);
    fix(w, truck, "06:12:00", 1.5);
    must(engine_begin(w->engine, &why), &why);
    must(views_rebuild(w->views, &why), &why);
    must(engine_commit(w->engine, &why), &why);
    fix(w, truck, "06:14:00", 9);
    assert_string_equal(stays_at(w, "2304"), "queue 1-7. booth 7-13.");
}

static void a_flood_of_lanes_is_borne(void **state)
{
    struct world *w = *state;
    struct id truck = a_tractor(w, "TX:A1"), booth = machine(w, 2, "booth");
    for (int i = 0; i < 700; i++)
        sighted(w, truck, booth, arena_printf(&w->arena, "lane %d", i).p,
                arena_printf(&w->arena, "06:%02d:%02d", i / 60 % 60, i % 60).p);
    assert_int_equal(rows(w, "SELECT count(*) FROM port_sight"), 700);
    assert_true(rows(w, "SELECT count(*) FROM port_stay") >= 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_truck_on_its_way_through_leaves_stays),
        TEST(what_stays_outside_of_every_zone_leaves_nothing),
        TEST(order_of_coming_makes_no_difference),
        TEST(a_truck_that_waits_is_there_still),
        TEST(hours_are_means_of_the_waits_that_ended),
        TEST(a_seal_and_its_truck_are_one_on_their_crossing),
        TEST(what_was_seen_before_its_crossing_was_declared_becomes_the_crossings),
        TEST(readers_see_by_the_place_they_name_or_by_what_they_are),
        TEST(a_scanner_log_and_arrivals_alone_tell_of_waits),
        TEST(many_fixes_in_one_place_are_thinned),
        TEST(a_clock_ahead_of_the_world_measures_nothing),
        TEST(two_names_of_one_truck_are_one_truck),
        TEST(a_handle_that_is_opened_again_knows_who_is_inside),
        TEST(emptied_views_are_made_the_same_again),
        TEST(a_flood_of_lanes_is_borne),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
