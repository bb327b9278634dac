// SPDX-License-Identifier: Apache-2.0
#include "views/crossing.h"

#include "world.h"

static struct crossing get(struct world *w, struct id id)
{
    struct why why = {0};
    struct crossing c;
    bool found;
    must(crossing_get(w->views, &w->arena, &id, &c, &found, &why), &why);
    assert_true(found);
    return c;
}

static struct id declared(struct world *w, const char *trip, const char *eta)
{
    struct id id = world_subject(w, "crossing", "us.ace.trip", trip);
    char body[256];
    snprintf(body, sizeof body,
             "{\"crossing\":{\"port\":\"us.schedule-d=2304\",\"direction\":\"northbound\",\"eta\":\"%s\","
             "\"destination\":\"US\","
             "\"trip\":\"%s\",\"empty\":false}}",
             eta, trip);
    SAY(w, .kind = "crossing", .body = body, RE(id));
    return id;
}

static void a_later_declaration_replaces_what_it_states_and_keeps_the_rest(void **state)
{
    struct world *w = *state;
    struct id id = declared(w, "T1", "2026-03-01T18:00:00Z");
    int64_t pos = SAY(
        w, .kind = "crossing",
        .body = "{\"crossing\":{\"port\":\"us.schedule-d=2303\",\"direction\":\"northbound\",\"empty\":true}}", RE(id));
    struct crossing c = get(w, id);
    assert_true(str_is(c.port, "us.schedule-d=2303"));
    assert_true(str_is(c.destination, "US"));
    assert_true(str_is(c.trip, "T1"));
    assert_int_equal(c.eta_ms, time_of("2026-03-01T18:00:00Z"));
    assert_true(c.empty);
    assert_int_equal(c.pos, pos);
}

static void arrival_and_release_are_taken_once(void **state)
{
    struct world *w = *state;
    struct id id = declared(w, "T1", "2026-03-01T18:00:00Z");
    struct why why = {0};
    bool over;
    int64_t pos = SAY(w, .kind = "crossing.arrival",
                      .body = "{\"arrival\":{\"port\":\"x\",\"time\":\"2026-03-01T17:30:00Z\"}}", RE(id));
    int64_t in_us = w->in_us;
    SAY(w, .kind = "crossing.arrival", .body = "{\"arrival\":{\"port\":\"x\",\"time\":\"2026-03-01T17:45:00Z\"}}",
        RE(id));
    struct crossing c = get(w, id);
    assert_int_equal(c.arrived_ms, time_of("2026-03-01T17:30:00Z"));
    assert_int_equal(c.arrived_in, in_us);
    assert_int_equal(c.arrived_pos, pos);
    must(crossing_over(w->views, &id, &over, &why), &why);
    assert_false(over);
    SAY(w, .kind = "crossing.release", .body = "{\"release\":{\"port\":\"x\",\"time\":\"2026-03-01T18:10:00Z\"}}",
        RE(id));
    SAY(w, .kind = "crossing.release", .body = "{\"release\":{\"port\":\"x\",\"time\":\"2026-03-01T19:10:00Z\"}}",
        RE(id));
    assert_int_equal(get(w, id).released_ms, time_of("2026-03-01T18:10:00Z"));
    must(crossing_over(w->views, &id, &over, &why), &why);
    assert_true(over);
    struct id unknown = random_id();
    must(crossing_over(w->views, &unknown, &over, &why), &why);
    assert_false(over);
}

static void an_arrival_may_come_before_the_declaration(void **state)
{
    struct world *w = *state;
    struct id id = world_subject(w, "crossing", "us.ace.trip", "T1");
    SAY(w, .kind = "crossing.arrival", .body = "{\"arrival\":{\"port\":\"us.schedule-d=2304\",\"time\":\"no time\"}}",
        RE(id), .at = "2026-03-01T17:30:00Z");
    struct crossing c = get(w, id);
    assert_int_equal(c.arrived_ms, time_of("2026-03-01T17:30:00Z"));
    assert_int_equal(c.first_ms, time_of("2026-03-01T17:30:00Z"));
    assert_true(str_is(c.port, "us.schedule-d=2304"));
    assert_int_equal(c.eta_ms, 0);
}

static void what_officials_said_is_pointed_at(void **state)
{
    struct world *w = *state;
    struct id id = declared(w, "T1", "2026-03-01T18:00:00Z");
    SAY(w, .kind = "selection", .body = "{\"lane\":\"scan\",\"officer\":\"ana\"}", RE(id));
    int64_t selection = SAY(w, .kind = "selection", .body = "{\"lane\":\"green\",\"officer\":\"ana\"}", RE(id));
    int64_t override =
        SAY(w, .kind = "override", .body = "{\"lane\":\"joint\",\"reason\":\"tip\",\"officer\":\"ana\"}", RE(id));
    int64_t finding = SAY(w, .kind = "finding", .body = "{\"result\":\"nothing\",\"officer\":\"ana\"}", RE(id));
    struct crossing c = get(w, id);
    assert_int_equal(c.selection_pos, selection);
    assert_int_equal(c.override_pos, override);
    assert_int_equal(c.finding_pos, finding);
}

static size_t list(struct world *w, enum crossing_state state, const struct crossing *after, size_t limit,
                   struct id **out)
{
    struct why why = {0};
    size_t n;
    must(crossing_list(w->views, &w->arena, state, after, limit, out, &n, &why), &why);
    return n;
}

static void lists_by_declared_arrival_page_by_page(void **state)
{
    struct world *w = *state;
    struct id *got;
    struct id late = declared(w, "T1", "2026-03-01T20:00:00Z"), soon = declared(w, "T2", "2026-03-01T15:00:00Z");
    struct id next = declared(w, "T3", "2026-03-01T16:00:00Z"), gone = declared(w, "T4", "2026-03-01T14:30:00Z");
    SAY(w, .kind = "crossing.release", .body = "{\"release\":{\"port\":\"x\",\"time\":\"2026-03-01T18:10:00Z\"}}",
        RE(gone));
    assert_int_equal(list(w, CROSSINGS_OPEN, NULL, 10, &got), 3);
    assert_true(id_eq(&got[0], &soon) && id_eq(&got[1], &next) && id_eq(&got[2], &late));
    assert_int_equal(list(w, CROSSINGS_RELEASED, NULL, 10, &got), 1);
    assert_true(id_eq(&got[0], &gone));
    assert_int_equal(list(w, CROSSINGS_ALL, NULL, 10, &got), 4);
    assert_true(id_eq(&got[0], &gone));
    assert_int_equal(list(w, CROSSINGS_OPEN, NULL, 2, &got), 2);
    struct crossing after = get(w, got[1]);
    assert_int_equal(list(w, CROSSINGS_OPEN, &after, 2, &got), 1);
    assert_true(id_eq(&got[0], &late));
    after = get(w, late);
    assert_int_equal(list(w, CROSSINGS_OPEN, &after, 2, &got), 0);
}

static void crossings_of_one_arrival_time_are_each_listed_once(void **state)
{
    struct world *w = *state;
    for (unsigned i = 0; i < 20; i++) declared(w, (char[]){'T', (char)('A' + i), 0}, "2026-03-01T18:00:00Z");
    struct crossing after, *last = NULL;
    struct id seen[20], *got;
    size_t n, count = 0;
    while ((n = list(w, CROSSINGS_OPEN, last, 3, &got)) > 0) {
        for (size_t i = 0; i < n; i++) {
            for (size_t k = 0; k < count; k++) assert_false(id_eq(&seen[k], &got[i]));
            assert_true(count < 20);
            seen[count++] = got[i];
        }
        after = get(w, got[n - 1]);
        last = &after;
    }
    assert_int_equal(count, 20);
}

static void statements_that_say_nothing_readable_leave_it_as_it_is(void **state)
{
    struct world *w = *state;
    struct id id = declared(w, "T1", "2026-03-01T18:00:00Z");
    static const char *const kinds[] = {"crossing", "crossing.arrival", "crossing.release"};
    for (size_t i = 0; i < 3; i++) SAY(w, .origin = w->partner, .kind = kinds[i], .body = "{\"other\":1}", RE(id));
    struct crossing c = get(w, id);
    assert_int_equal(c.arrived_in, 0);
    assert_int_equal(c.released_in, 0);
    SAY(w, .kind = "crossing",
        .body = "{\"crossing\":{\"port\":5,\"direction\":null,\"eta\":\"soon\",\"empty\":\"yes\"}}", RE(id));
    c = get(w, id);
    assert_true(str_is(c.port, "us.schedule-d=2304"));
    assert_int_equal(c.eta_ms, time_of("2026-03-01T18:00:00Z"));
    assert_false(c.empty);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_later_declaration_replaces_what_it_states_and_keeps_the_rest),
        TEST(arrival_and_release_are_taken_once),
        TEST(an_arrival_may_come_before_the_declaration),
        TEST(what_officials_said_is_pointed_at),
        TEST(lists_by_declared_arrival_page_by_page),
        TEST(crossings_of_one_arrival_time_are_each_listed_once),
        TEST(statements_that_say_nothing_readable_leave_it_as_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
