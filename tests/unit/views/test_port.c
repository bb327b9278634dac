// SPDX-License-Identifier: Apache-2.0
#include "views/port.h"

#include "port_samples.h"

static struct port port_of(struct world *w, const char *code)
{
    struct why why = {0};
    struct port port = {0};
    bool found;
    must(port_get(w->views, &w->arena, str_of(code), &port, &found, &why), &why);
    assert_true(found);
    return port;
}

static const char *locate(struct world *w, double lon, double lat)
{
    struct why why = {0};
    struct str port, zone;
    enum stage stage;
    bool inside;
    must(port_locate(w->views, lon, lat, &inside, &port, &zone, &stage, &why), &why);
    return inside ? arena_printf(&w->arena, "%.*s/%.*s/%s", STR_ARG(port), STR_ARG(zone), stage_name(stage)).p : "";
}

static void a_port_is_what_was_stated_of_it_last(void **state)
{
    struct world *w = *state;
    struct id id = the_port(w);
    struct port p = port_of(w, "2304");
    assert_true(id_eq(&p.id, &id) && str_is(p.name, "Laredo") && str_is(p.timezone, "America/Chicago"));
    assert_true(p.wait_min > 29.9 && p.wait_min < 30.1 && p.available_pct > 89.9);
    SAY(w, .kind = "port",
        .body = "{\"port\":{\"code\":\"2304\",\"name\":\"Laredo WTB\"},\"targets\":{\"wait_min\":25}}", RE(id));
    p = port_of(w, "2304");
    assert_true(str_is(p.name, "Laredo WTB") && str_is(p.timezone, "America/Chicago"));
    assert_true(p.wait_min < 25.1 && p.wait_p95_min > 59.9 && p.zones.n > 0);
    assert_string_equal(locate(w, -99.495, 27.5), "2304/queue A/queue");
}

static void a_partners_word_on_our_port_changes_nothing(void **state)
{
    struct world *w = *state;
    struct id id = the_port(w);
    SAY(w, .origin = w->partner, .kind = "port", .body = "{\"port\":{\"code\":\"2304\",\"name\":\"Elsewhere\"}}",
        RE(id));
    assert_true(str_is(port_of(w, "2304").name, "Laredo"));
    // But a port of its own it may state, and we may state it better.
    SAY(w, .origin = w->partner, .kind = "port", .body = "{\"port\":{\"code\":\"240\",\"name\":\"Nuevo Laredo\"}}",
        RE(an_id(9)));
    assert_true(str_is(port_of(w, "240").name, "Nuevo Laredo"));
    SAY(w, .kind = "port", .body = "{\"port\":{\"code\":\"240\",\"name\":\"Puente III\"}}", RE(an_id(9)));
    SAY(w, .origin = w->partner, .kind = "port", .body = "{\"port\":{\"code\":\"240\",\"name\":\"Puente IV\"}}",
        RE(an_id(9)));
    assert_true(str_is(port_of(w, "240").name, "Puente III"));
}

static void positions_are_located_in_the_zones_as_they_stand(void **state)
{
    struct world *w = *state;
    assert_string_equal(locate(w, -99.495, 27.5), "");
    struct id id = the_port(w);
    assert_string_equal(locate(w, -99.485, 27.5), "2304/booth 1/booth");
    assert_string_equal(locate(w, -99.49, 27.5), "2304/booth 1/booth"); // of two that touch, the later stage
    assert_string_equal(locate(w, -99.455, 27.5), "");
    SAY(w, .kind = "port",
        .body = "{\"port\":{\"code\":\"2304\"},\"zones\":[" ZONE("east", "dock", "-99.46", "-99.45") "]}", RE(id));
    assert_string_equal(locate(w, -99.485, 27.5), "");
    assert_string_equal(locate(w, -99.455, 27.5), "2304/east/dock");
}

static void zones_that_cannot_be_taken_are_left_out_and_stop_nothing(void **state)
{
    struct world *w = *state;
    the_port(w);
    SAY(w, .kind = "port",
        .body = "{\"port\":{\"code\":\"2305\"},\"zones\":[{\"name\":\"bow tie\",\"stage\":\"queue\","
                "\"polygon\":[[0,0],[1,1],[1,0],[0,1]]}]}",
        RE(an_id(3)));
    SAY(w, .kind = "port", .body = "{\"port\":{\"code\":\"2306\"},\"zones\":17}", RE(an_id(4)));
    SAY(w, .kind = "port", .body = "{\"port\":{\"code\":\"much-too-long-a-code\"}}", RE(an_id(5)));
    SAY(w, .kind = "port", .body = "{\"port\":{\"name\":\"nowhere\"}}", RE(an_id(6)));
    assert_string_equal(locate(w, -99.485, 27.5), "2304/booth 1/booth");
    assert_string_equal(locate(w, 0.9, 0.5), "");
    struct why why = {0};
    struct port *ports;
    size_t count;
    must(port_list(w->views, &w->arena, 10, &ports, &count, &why), &why);
    assert_int_equal(count, 3);
    assert_true(str_is(ports[0].code, "2304") && ports[1].wait_min < 0);
}

static void a_rolled_back_port_is_forgotten_by_memory_too(void **state)
{
    struct world *w = *state;
    struct why why = {0};
    struct json *members = json_parse(&w->arena, STR(PORT_BODY), &why);
    struct header h = {.kind = STR("port"), .by = STR("us.cbp"), .nre = 1, .in_us = w->in_us, .re = {an_id(1)}};
    struct applied s = {1, ENGINE_OWN, 0, &h, members};
    must(engine_begin(w->engine, &why), &why);
    must(views_apply(w->views, &w->arena, &s, NULL, &why), &why);
    assert_string_equal(locate(w, -99.485, 27.5), "2304/booth 1/booth");
    engine_rollback(w->engine);
    assert_string_equal(locate(w, -99.485, 27.5), "");
}

static struct port_machines scanners(struct world *w, const char *now)
{
    struct why why = {0};
    struct port_machines m;
    must(port_machines(w->views, STR("2304"), STR("scanner"), time_of(clock_text(w, now)), &m, &why), &why);
    return m;
}

static void scanner(struct world *w, struct id id, const char *port)
{
    SAY(w, .kind = "equipment",
        .body = arena_printf(&w->arena,
                             "{\"equipment\":{\"type\":\"scanner\",\"name\":\"P\",\"port\":\"%s\",\"from\":"
                             "\"2026-01-01T00:00:00Z\"}}",
                             port)
                    .p,
        RE(id));
}

static void in_state(struct world *w, struct id id, const char *name, const char *from, const char *to)
{
    struct str more = to ? arena_printf(&w->arena, ",\"to\":\"%s\"", clock_text(w, to)) : STR("");
    SAY(w, .kind = "equipment.state",
        .body = arena_printf(&w->arena, "{\"state\":{\"state\":\"%s\",\"from\":\"%s\"%.*s}}", name, clock_text(w, from),
                             STR_ARG(more))
                    .p,
        RE(id));
}

static void scanners_that_work_are_counted_and_those_unknown_told(void **state)
{
    struct world *w = *state;
    for (unsigned i = 1; i <= 4; i++) scanner(w, an_id(i), "2304");
    scanner(w, an_id(5), "2402");
    struct port_machines m = scanners(w, "10:00:00");
    assert_true(m.total == 4 && m.up == 0 && m.unknown == 4);
    in_state(w, an_id(1), "up", "06:00:00", NULL);
    in_state(w, an_id(2), "down", "08:00:00", NULL);
    in_state(w, an_id(2), "up", "06:00:00", NULL); // told late: what began later holds
    in_state(w, an_id(3), "degraded", "06:00:00", "12:00:00");
    in_state(w, an_id(5), "up", "06:00:00", NULL);
    m = scanners(w, "10:00:00");
    assert_true(m.total == 4 && m.up == 2 && m.unknown == 1);
    m = scanners(w, "12:00:00"); // of the third nothing is known any more
    assert_true(m.up == 1 && m.unknown == 2);
    m = scanners(w, "05:00:00"); // before anything was known
    assert_true(m.up == 0 && m.unknown == 4);
}

static void incidents_are_of_the_port_that_the_crossing_goes_to(void **state)
{
    struct world *w = *state;
    struct why why = {0};
    struct port_incidents n;
    the_port(w);
    struct id tractor = a_tractor(w, "TX:A1"), seal = world_subject(w, "seal", "jt701d", "8000620011");
    struct id crossing = a_crossing(w, tractor, "06:00:00");
    SAY(w, .kind = "custody.seal", .at = clock_text(w, "06:10:00"), .body = "{\"event\":{\"type\":\"on\"}}",
        RE(seal, tractor));
    SAY(w, .kind = "custody.seal", .at = clock_text(w, "06:20:00"), .body = "{\"event\":{\"type\":\"unlock\"}}",
        RE(seal));
    SAY(w, .kind = "custody.seal", .at = clock_text(w, "06:30:00"), .body = "{\"event\":{\"type\":\"tamper\"}}",
        RE(seal));
    SAY(w, .kind = "custody.seal", .at = clock_text(w, "06:30:00"), .body = "{\"event\":{\"type\":\"tamper\"}}",
        RE(world_subject(w, "seal", "jt701d", "8000620012"))); // on no crossing
    SAY(w, .kind = "finding", .at = clock_text(w, "07:00:00"), .body = "{\"result\":\"nothing\"}", RE(crossing));
    SAY(w, .kind = "finding", .at = clock_text(w, "07:10:00"), .body = "{\"result\":\"contraband\"}", RE(crossing));
    SAY(w, .kind = "finding", .at = clock_text(w, "07:20:00"), .body = "{\"result\":\"discrepancy\"}", RE(crossing));
    must(port_incidents(w->views, STR("2304"), 0, INT64_MAX, &n, &why), &why);
    assert_true(n.openings == 1 && n.tampers == 1 && n.contraband == 1 && n.discrepancies == 1);
    must(port_incidents(w->views, STR("2304"), time_of("2026-03-01T06:25:00Z"), time_of("2026-03-01T07:00:00Z"), &n,
                        &why),
         &why);
    assert_true(n.openings == 0 && n.tampers == 1 && n.contraband == 0 && n.discrepancies == 0);
    must(port_incidents(w->views, STR("2402"), 0, INT64_MAX, &n, &why), &why);
    assert_true(n.openings + n.tampers + n.contraband + n.discrepancies == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_port_is_what_was_stated_of_it_last),
        TEST(a_partners_word_on_our_port_changes_nothing),
        TEST(positions_are_located_in_the_zones_as_they_stand),
        TEST(zones_that_cannot_be_taken_are_left_out_and_stop_nothing),
        TEST(a_rolled_back_port_is_forgotten_by_memory_too),
        TEST(scanners_that_work_are_counted_and_those_unknown_told),
        TEST(incidents_are_of_the_port_that_the_crossing_goes_to),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
