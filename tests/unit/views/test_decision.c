// SPDX-License-Identifier: Apache-2.0
#include "views/decision.h"

#include "world.h"

static int64_t decide(struct world *w, uint32_t origin, struct id crossing, const char *lane, struct id channel,
                      int64_t first, int64_t last)
{
    char body[512], name[ID_TEXT_LEN + 1];
    id_text(&channel, name);
    snprintf(body, sizeof body,
             "{\"lane\":\"%s\",\"channels\":[{\"id\":\"%s\",\"first\":%lld,\"last\":%lld}],\"reason.zeta\":{},\"reason."
             "alpha\":{},\"build\":\"t\"}",
             lane, name, (long long)first, (long long)last);
    return SAY(w, .origin = origin, .kind = "decision", .body = body, RE(crossing));
}

static void stand(struct world *w, struct id channel, struct id threat, const char *state, const char *floor,
                  const char *from, const char *to)
{
    char body[256];
    snprintf(body, sizeof body, "{\"standing\":{\"state\":\"%s\",\"floor\":\"%s\",\"from\":\"%s\",\"to\":\"%s\"}}",
             state, floor, from, to);
    SAY(w, .kind = "channel.standing", .body = body, RE(channel, threat));
}

static struct id a_crossing(struct world *w, const char *trip, const char *eta)
{
    struct id id = world_subject(w, "crossing", "us.ace.trip", trip);
    char body[256];
    snprintf(body, sizeof body,
             "{\"crossing\":{\"port\":\"p\",\"direction\":\"northbound\",\"eta\":\"%s\",\"empty\":false}}", eta);
    SAY(w, .kind = "crossing", .body = body, RE(id));
    return id;
}

static bool suspect(struct world *w, struct id crossing, enum lane *floor)
{
    struct why why = {0};
    bool out;
    must(decision_standing(w->views, &crossing, &out, floor, &why), &why);
    return out;
}

static void the_newest_of_ours_stands(void **state)
{
    struct world *w = *state;
    struct why why = {0};
    struct decided d;
    bool found;
    struct id crossing = a_crossing(w, "T1", "2026-03-01T18:00:00Z"), channel = random_id();
    must(decision_get(w->views, &w->arena, &crossing, &d, &found, &why), &why);
    assert_false(found);
    decide(w, 0, crossing, "green", channel, 1, 2);
    int64_t pos = decide(w, 0, crossing, "scan", channel, 1, 2);
    decide(w, w->partner, crossing, "joint", channel, 1, 2);
    must(decision_get(w->views, &w->arena, &crossing, &d, &found, &why), &why);
    assert_true(found);
    assert_int_equal(d.lane, LANE_SCAN);
    assert_int_equal(d.pos, pos);
    assert_true(str_is(d.rules, "alpha,zeta"));
}

static void lists_the_newest_first_page_by_page(void **state)
{
    struct world *w = *state;
    struct why why = {0};
    int64_t pos[5], *got;
    size_t n;
    for (int i = 0; i < 5; i++)
        pos[i] = decide(w, 0, a_crossing(w, (char[]){'T', (char)('0' + i), 0}, "2026-03-01T18:00:00Z"), "green",
                        random_id(), 1, 2);
    must(decision_list(w->views, &w->arena, 0, 2, &got, &n, &why), &why);
    assert_int_equal(n, 2);
    assert_true(got[0] == pos[4] && got[1] == pos[3]);
    must(decision_list(w->views, &w->arena, pos[3], 10, &got, &n, &why), &why);
    assert_int_equal(n, 3);
    assert_int_equal(got[0], pos[2]);
}

static void a_channels_crossings_are_the_open_ones_by_arrival_and_then_the_released(void **state)
{
    struct world *w = *state;
    struct why why = {0};
    struct id channel = random_id(), other = random_id(), *got;
    size_t n;
    struct id late = a_crossing(w, "T1", "2026-03-01T20:00:00Z"), soon = a_crossing(w, "T2", "2026-03-01T15:00:00Z");
    struct id gone = a_crossing(w, "T3", "2026-03-01T12:00:00Z"),
              unconcerned = a_crossing(w, "T4", "2026-03-01T13:00:00Z");
    decide(w, 0, late, "green", channel, 1, 2);
    decide(w, 0, gone, "green", channel, 1, 2);
    decide(w, 0, soon, "green", channel, 1, 2);
    decide(w, 0, unconcerned, "green", other, 1, 2);
    SAY(w, .kind = "crossing.release", .body = "{\"release\":{\"port\":\"x\",\"time\":\"2026-03-01T12:10:00Z\"}}",
        RE(gone));
    must(decision_leaning(w->views, &w->arena, &channel, 100, &got, &n, &why), &why);
    assert_int_equal(n, 3);
    assert_true(id_eq(&got[0], &soon) && id_eq(&got[1], &late) && id_eq(&got[2], &gone));
    must(decision_leaning(w->views, &w->arena, &channel, 1, &got, &n, &why), &why);
    assert_int_equal(n, 1);
    // What a decision once leaned on it is found by, even when the newest leans on something else.
    decide(w, 0, soon, "green", other, 1, 2);
    must(decision_leaning(w->views, &w->arena, &channel, 100, &got, &n, &why), &why);
    assert_int_equal(n, 3);
}

static void is_suspect_where_what_it_leaned_on_came_in_the_interval(void **state)
{
    struct world *w = *state;
    struct id channel = random_id(), threat = random_id();
    static const struct {
        int64_t first, last;
        bool suspect;
    } cases[] = {{10, 19, false}, {10, 20, true},  {20, 29, true}, {25, 26, true},
                 {29, 40, true},  {30, 40, false}, {10, 40, true}};
    stand(w, channel, threat, "confirmed", "scan", "1970-01-01T00:00:00.00002Z", "1970-01-01T00:00:00.00003Z");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct id crossing = a_crossing(w, (char[]){'T', (char)('0' + i), 0}, "2026-03-01T18:00:00Z");
        enum lane floor;
        decide(w, 0, crossing, "green", channel, cases[i].first, cases[i].last);
        if (suspect(w, crossing, &floor) != cases[i].suspect) fail_msg("case %zu", i);
        assert_int_equal(floor, cases[i].suspect ? LANE_SCAN : LANE_GREEN);
    }
}

static void odd_channels_of_a_decision_are_read_over(void **state)
{
    struct world *w = *state;
    struct id crossing = a_crossing(w, "T1", "2026-03-01T18:00:00Z");
    enum lane floor;
    SAY(w, .kind = "decision", RE(crossing),
        .body = "{\"lane\":\"green\",\"channels\":[1,{},{\"id\":\"x\",\"first\":1,\"last\":2},{\"id\":"
                "\"AAAAAAAAAAAAAAAAAAAAAQ\",\"first\":\"1\"}]}");
    SAY(w, .kind = "decision", .body = "{\"lane\":\"purple\"}", RE(crossing));
    assert_false(suspect(w, crossing, &floor));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_newest_of_ours_stands),
        TEST(lists_the_newest_first_page_by_page),
        TEST(a_channels_crossings_are_the_open_ones_by_arrival_and_then_the_released),
        TEST(is_suspect_where_what_it_leaned_on_came_in_the_interval),
        TEST(odd_channels_of_a_decision_are_read_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
