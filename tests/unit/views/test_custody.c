// SPDX-License-Identifier: Apache-2.0
#include "views/custody.h"

#include "world.h"

// A lock on a trailer. Times are device time on 2026-03-01.
static void event(struct world *w, struct id seal, const char *time, const char *type)
{
    char at[32], body[256];
    snprintf(at, sizeof at, "2026-03-01T%sZ", time);
    snprintf(body, sizeof body, "{\"event\":{\"type\":\"%s\",\"who\":\"card 17\"},\"raw\":\"00\"}", type);
    SAY(w, .kind = "custody.seal", .at = at, .body = body, RE(seal));
}

static int64_t point(struct world *w, struct id seal, const char *time, double lat, double lon)
{
    char at[32], body[256];
    snprintf(at, sizeof at, "2026-03-01T%sZ", time);
    snprintf(body, sizeof body, "{\"position\":{\"lat\":%.6f,\"lon\":%.6f,\"fix\":\"gnss\",\"time\":\"%s\"}}", lat, lon,
             at);
    return SAY(w, .kind = "custody.position", .at = at, .body = body, RE(seal));
}

static void explain(struct world *w, struct id seal, const char *from, const char *to)
{
    char body[256];
    snprintf(body, sizeof body,
             "{\"explains\":{\"from\":\"2026-03-01T%sZ\",\"to\":\"2026-03-01T%sZ\"},\"reason\":\"weighed\",\"officer\":"
             "\"ana\"}",
             from, to);
    SAY(w, .kind = "custody.explain", .body = body, RE(seal));
}

static struct custody custody_until(struct world *w, struct id seal, const char *time, bool open_ended)
{
    struct why why = {0};
    struct custody c;
    bool found;
    char at[32];
    snprintf(at, sizeof at, "2026-03-01T%sZ", time);
    must(custody_get(w->views, &w->arena, &seal, time_of(at), open_ended, &c, &found, &why), &why);
    assert_true(found);
    return c;
}

static struct id a_seal(struct world *w)
{
    return world_subject(w, "seal", "jt701d", "8000620011");
}

static const struct custody_event *find_event(const struct custody *c, const char *type)
{
    for (size_t i = 0; i < c->nevents; i++)
        if (str_is(c->events[i].type, type)) return &c->events[i];
    return NULL;
}

static void an_unknown_seal_is_not_found(void **state)
{
    struct world *w = *state;
    struct why why = {0};
    struct custody c;
    struct id seal = random_id();
    bool found = true;
    must(custody_get(w->views, &w->arena, &seal, INT64_MAX, false, &c, &found, &why), &why);
    assert_false(found);
}

static void the_state_is_the_last_events_by_device_time(void **state)
{
    struct world *w = *state;
    struct id seal = a_seal(w);
    static const struct {
        const char *time, *type, *state;
    } steps[] = {{"08:00:00", "on", "on"},
                 {"09:00:00", "refused", "on"},
                 {"10:00:00", "unlock", "open"},
                 {"10:10:00", "lock", "on"},
                 {"11:00:00", "tamper", "on"},
                 {"12:00:00", "report", "on"},
                 {"13:00:00", "replaced", "replaced"},
                 {"14:00:00", "off", "off"}};
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        event(w, seal, steps[i].time, steps[i].type);
        struct custody c = custody_until(w, seal, steps[i].time, false);
        if (!str_is(c.state, steps[i].state)) fail_msg("after %s: %.*s", steps[i].type, STR_ARG(c.state));
    }
    // An opening that is told of late is no newer for it.
    event(w, seal, "09:30:00", "unlock");
    assert_true(str_is(custody_until(w, seal, "14:00:00", false).state, "off"));
    assert_true(str_is(custody_until(w, seal, "09:45:00", false).state, "open"));
}

static void custody_begins_when_the_seal_goes_on_last(void **state)
{
    struct world *w = *state;
    struct id seal = a_seal(w);
    event(w, seal, "06:00:00", "on");
    event(w, seal, "06:30:00", "unlock");
    event(w, seal, "07:00:00", "off");
    event(w, seal, "08:00:00", "on");
    event(w, seal, "09:00:00", "unlock");
    struct custody c = custody_until(w, seal, "12:00:00", false);
    assert_int_equal(c.on_ms, time_of("2026-03-01T08:00:00Z"));
    assert_int_equal(c.nevents, 2);
    // The journey before is judged as of its own time.
    c = custody_until(w, seal, "07:30:00", false);
    assert_int_equal(c.on_ms, time_of("2026-03-01T06:00:00Z"));
    assert_int_equal(c.nevents, 3);
    assert_true(custody_past(&c, time_of("2026-03-01T08:00:00Z")));
    assert_false(custody_past(&c, time_of("2026-03-01T06:59:00Z")));
}

static void a_lock_that_nobody_put_on_counts_from_its_first_closing(void **state)
{
    struct world *w = *state;
    struct id seal = a_seal(w);
    event(w, seal, "08:00:00", "lock");
    event(w, seal, "09:00:00", "unlock");
    event(w, seal, "09:10:00", "lock");
    struct custody c = custody_until(w, seal, "12:00:00", false);
    assert_int_equal(c.on_ms, time_of("2026-03-01T08:00:00Z"));
    assert_int_equal(c.nevents, 3);
}

static void an_opening_stays_unexplained_outside_the_interval_of_an_explanation(void **state)
{
    struct world *w = *state;
    struct id seal = a_seal(w);
    event(w, seal, "08:00:00", "on");
    event(w, seal, "10:00:00", "unlock");
    static const struct {
        const char *from, *to;
        bool explains;
    } tries[] = {{"09:00:00", "09:59:59", false}, {"10:00:01", "11:00:00", false}, {"10:00:00", "10:00:00", true}};
    for (size_t i = 0; i < sizeof tries / sizeof *tries; i++) {
        explain(w, seal, tries[i].from, tries[i].to);
        struct custody c = custody_until(w, seal, "12:00:00", false);
        const struct custody_event *e = find_event(&c, "unlock");
        assert_non_null(e);
        assert_int_equal(e->nexplanations, tries[i].explains);
        if (tries[i].explains) assert_int_equal(e->explanations[0], w->pos);
        assert_true(str_is(e->who, "card 17"));
    }
}

static void an_explanation_of_another_seal_or_backwards_explains_nothing(void **state)
{
    struct world *w = *state;
    struct id seal = a_seal(w), other = world_subject(w, "seal", "jt701d", "8000620012");
    event(w, seal, "08:00:00", "on");
    event(w, seal, "10:00:00", "unlock");
    explain(w, other, "09:00:00", "11:00:00");
    explain(w, seal, "11:00:00", "09:00:00");
    struct custody c = custody_until(w, seal, "12:00:00", false);
    assert_int_equal(find_event(&c, "unlock")->nexplanations, 0);
}

static void an_explanation_may_come_before_what_it_explains(void **state)
{
    struct world *w = *state;
    struct id seal = a_seal(w);
    event(w, seal, "08:00:00", "on");
    explain(w, seal, "09:00:00", "11:00:00");
    event(w, seal, "10:00:00", "unlock");
    struct custody c = custody_until(w, seal, "12:00:00", false);
    assert_int_equal(find_event(&c, "unlock")->nexplanations, 1);
}

static void a_replaced_seal_is_explained_by_a_whole_inspection_with_its_photo_only(void **state)
{
    struct world *w = *state;
    static const char photo[] = "\"photo_sha256\":\"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\"";
    static const struct {
        const char *inspection;
        bool photo, explained;
    } cases[] = {
        {"\"view\":\"pass\",\"verify\":\"pass\",\"tug\":\"pass\",\"twist\":\"pass\"", true, true},
        {"\"view\":\"pass\",\"verify\":\"pass\",\"tug\":\"pass\",\"twist\":\"pass\"", false, false},
        {"\"verify\":\"pass\",\"tug\":\"pass\",\"twist\":\"pass\"", true, false},
        {"\"view\":\"pass\",\"tug\":\"pass\",\"twist\":\"pass\"", true, false},
        {"\"view\":\"pass\",\"verify\":\"pass\",\"twist\":\"pass\"", true, false},
        {"\"view\":\"pass\",\"verify\":\"pass\",\"tug\":\"pass\"", true, false},
        {"\"view\":\"fail\",\"verify\":\"pass\",\"tug\":\"pass\",\"twist\":\"pass\"", true, false},
        {"\"view\":\"pass\",\"verify\":\"pass\",\"tug\":\"pass\",\"twist\":true", true, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct id seal = world_subject(w, "seal", "iso17712", (char[]){'A', (char)('0' + i), 0});
        char body[512];
        snprintf(body, sizeof body,
                 "{\"event\":{\"type\":\"replaced\",\"new\":\"DEF7654321\"},\"inspection\":{%s%s%s}}",
                 cases[i].inspection, cases[i].photo ? "," : "", cases[i].photo ? photo : "");
        SAY(w, .kind = "custody.seal", .at = "2026-03-01T08:00:00Z", .body = "{\"event\":{\"type\":\"on\"}}", RE(seal));
        SAY(w, .kind = "custody.seal", .at = "2026-03-01T09:00:00Z", .body = body, RE(seal));
        struct custody c = custody_until(w, seal, "12:00:00", false);
        if (find_event(&c, "replaced")->recorded != cases[i].explained) fail_msg("case %zu", i);
        assert_true(str_is(c.state, "replaced"));
    }
}

static void anothers_explanation_takes_nothing_from_ours(void **state)
{
    struct world *w = *state;
    struct id seal = a_seal(w);
    event(w, seal, "08:00:00", "on");
    event(w, seal, "10:00:00", "unlock");
    explain(w, seal, "09:00:00", "11:00:00");
    int64_t ours = w->pos;
    for (int i = 0; i < 40; i++)
        SAY(w, .origin = w->partner, .kind = "custody.explain", RE(seal),
            .body =
                "{\"explains\":{\"from\":\"2026-03-01T09:00:00Z\",\"to\":\"2026-03-01T11:00:00Z\"},\"reason\":\"x\"}");
    struct custody c = custody_until(w, seal, "12:00:00", false);
    const struct custody_event *e = find_event(&c, "unlock");
    assert_int_equal(e->nexplanations, 2);
    assert_int_equal(e->explanations[0], ours);
    assert_int_equal(e->explanations[1], w->pos);
}

static void any_number_of_refused_attempts_hides_no_opening(void **state)
{
    struct world *w = *state;
    struct id seal = a_seal(w);
    event(w, seal, "08:00:00", "on");
    for (int i = 0; i < 300; i++) event(w, seal, i % 2 ? "09:00:00" : "09:30:00", i % 3 ? "refused" : "inspected");
    event(w, seal, "10:00:00", "unlock");
    struct custody c = custody_until(w, seal, "12:00:00", false);
    assert_non_null(find_event(&c, "unlock"));
    assert_non_null(find_event(&c, "refused"));
    assert_true(str_is(c.state, "open"));
    for (size_t i = 1; i < c.nevents; i++) assert_true(c.events[i - 1].at_ms <= c.events[i].at_ms);
}

static void a_whole_inspection_explains_no_opening(void **state)
{
    struct world *w = *state;
    struct id seal = a_seal(w);
    SAY(w, .kind = "custody.seal", .at = "2026-03-01T08:00:00Z", .body = "{\"event\":{\"type\":\"on\"}}", RE(seal));
    SAY(w, .kind = "custody.seal", .at = "2026-03-01T09:00:00Z", RE(seal),
        .body = "{\"event\":{\"type\":\"unlock\"},\"inspection\":{\"view\":\"pass\",\"verify\":\"pass\",\"tug\":"
                "\"pass\",\"twist\":\"pass\","
                "\"photo_sha256\":\"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\"}}");
    struct custody c = custody_until(w, seal, "12:00:00", false);
    assert_int_equal(find_event(&c, "unlock")->nexplanations, 0);
    assert_false(find_event(&c, "unlock")->recorded);
}

static void a_late_point_fills_the_gap_it_belongs_to(void **state)
{
    struct world *w = *state;
    struct id seal = a_seal(w);
    event(w, seal, "08:00:00", "on");
    point(w, seal, "08:20:00", 27.50, -99.50);
    int64_t end = point(w, seal, "10:00:00", 27.60, -99.50);
    struct custody c = custody_until(w, seal, "12:00:00", false);
    assert_int_equal(c.silence_ms, 100 * 60000);
    assert_int_equal(c.silence_pos, end);
    int64_t late = point(w, seal, "09:10:00", 27.55, -99.50);
    c = custody_until(w, seal, "12:00:00", false);
    assert_int_equal(c.silence_ms, 50 * 60000);
    // Of two gaps of one length the first stands.
    assert_int_equal(c.silence_pos, late);
    assert_int_equal(c.last_ms, time_of("2026-03-01T10:00:00Z"));
}

static void silence_until_now_counts_only_while_it_is_on_and_awaited(void **state)
{
    struct world *w = *state;
    struct id seal = a_seal(w);
    event(w, seal, "08:00:00", "on");
    int64_t last = point(w, seal, "08:30:00", 27.50, -99.50);
    struct custody c = custody_until(w, seal, "12:00:00", true);
    assert_int_equal(c.silence_ms, 210 * 60000);
    assert_int_equal(c.silence_pos, last);
    assert_int_equal(custody_until(w, seal, "12:00:00", false).silence_ms, 30 * 60000);
    event(w, seal, "08:40:00", "off");
    assert_int_equal(custody_until(w, seal, "12:00:00", true).silence_ms, 30 * 60000);
}

static void a_bolt_seal_that_cannot_speak_is_never_silent(void **state)
{
    struct world *w = *state;
    struct id seal = world_subject(w, "seal", "iso17712", "ABC1234567");
    SAY(w, .kind = "custody.seal", .at = "2026-03-01T08:00:00Z",
        .body = "{\"event\":{\"type\":\"on\",\"grade\":\"high-security\"}}", RE(seal));
    struct custody c = custody_until(w, seal, "20:00:00", true);
    assert_false(c.electronic);
    assert_int_equal(c.silence_ms, 0);
    assert_true(str_is(c.grade, "high-security"));
}

static void what_was_before_the_seal_went_on_is_no_silence_and_no_jump(void **state)
{
    struct world *w = *state;
    struct id seal = a_seal(w);
    point(w, seal, "01:00:00", 19.43, -99.13); // Mexico City, on the shelf
    event(w, seal, "08:00:00", "on");
    point(w, seal, "08:10:00", 27.50, -99.50);
    struct custody c = custody_until(w, seal, "09:00:00", false);
    assert_int_equal(c.silence_ms, 10 * 60000);
    assert_true(c.jump_kmh == 0);
}

static void an_impossible_jump_is_measured_and_scatter_is_not(void **state)
{
    struct world *w = *state;
    struct id seal = a_seal(w);
    event(w, seal, "08:00:00", "on");
    point(w, seal, "08:10:00", 27.5000, -99.5000);
    // 1.5 km in a second: a fix among warehouses.
    point(w, seal, "08:10:01", 27.5135, -99.5000);
    assert_true(custody_until(w, seal, "12:00:00", false).jump_kmh == 0);
    // 111 km in 30 min: 222 km/h.
    int64_t jump = point(w, seal, "08:40:01", 28.5135, -99.5000);
    struct custody c = custody_until(w, seal, "12:00:00", false);
    assert_true(c.jump_kmh > 221 && c.jump_kmh < 224);
    assert_int_equal(c.jump_pos, jump);
    // A slower stretch after it leaves the worst standing.
    point(w, seal, "09:40:01", 28.9, -99.5000);
    assert_int_equal(custody_until(w, seal, "12:00:00", false).jump_pos, jump);
    // A late point half-way changes nothing: both halves are as fast.
    point(w, seal, "08:25:01", 28.0135, -99.5000);
    c = custody_until(w, seal, "12:00:00", false);
    assert_true(c.jump_kmh > 221 && c.jump_kmh < 224);
}

static void a_point_without_a_fix_breaks_a_silence_and_makes_no_jump(void **state)
{
    struct world *w = *state;
    struct id seal = a_seal(w);
    event(w, seal, "08:00:00", "on");
    point(w, seal, "08:10:00", 27.50, -99.50);
    SAY(w, .kind = "custody.position", .at = "2026-03-01T08:30:00Z", RE(seal),
        .body = "{\"position\":{\"lat\":0,\"lon\":0,\"fix\":\"none\",\"time\":\"2026-03-01T08:30:00Z\"}}");
    point(w, seal, "08:50:00", 27.60, -99.50);
    struct custody c = custody_until(w, seal, "12:00:00", false);
    assert_int_equal(c.silence_ms, 20 * 60000);
    assert_true(c.jump_kmh < 50);
}

static void two_points_of_one_instant_do_not_divide_by_nothing(void **state)
{
    struct world *w = *state;
    struct id seal = a_seal(w);
    event(w, seal, "08:00:00", "on");
    point(w, seal, "08:10:00", 27.50, -99.50);
    point(w, seal, "08:10:00", 27.60, -99.50);
    struct custody c = custody_until(w, seal, "12:00:00", false);
    assert_true(c.jump_kmh > 30000 && c.jump_kmh < 50000);
}

static void a_quiet_point_touches_nothing_and_a_notable_one_its_crossing(void **state)
{
    struct world *w = *state;
    struct id seal = a_seal(w), trailer = world_subject(w, "trailer", "trailer.plate", "21TR43");
    struct id crossing = world_subject(w, "crossing", "us.ace.trip", "GRZA1");
    SAY(w, .kind = "crossing", .body = "{\"crossing\":{\"port\":\"p\",\"direction\":\"northbound\",\"empty\":false}}",
        RE(crossing, trailer));
    SAY(w, .kind = "custody.seal", .at = "2026-03-01T08:00:00Z", .body = "{\"event\":{\"type\":\"on\"}}",
        RE(seal, trailer));
    static const struct {
        const char *time;
        double lat;
        bool touches;
    } points[] = {{"08:05:00", 27.50, false},
                  {"08:10:00", 27.55, false},
                  {"08:25:00", 27.60, true} /* after 15 min */,
                  {"08:30:00", 27.65, false},
                  {"08:31:00", 27.75, true} /* 666 km/h */,
                  {"08:27:00", 27.62, true} /* late */};
    for (size_t i = 0; i < sizeof points / sizeof *points; i++) {
        world_forget(w);
        point(w, seal, points[i].time, points[i].lat, -99.50);
        if (world_touched(w, crossing) != points[i].touches) fail_msg("point %zu", i);
    }
    world_forget(w);
    explain(w, seal, "08:00:00", "09:00:00");
    assert_true(world_touched(w, crossing));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_unknown_seal_is_not_found),
        TEST(the_state_is_the_last_events_by_device_time),
        TEST(custody_begins_when_the_seal_goes_on_last),
        TEST(a_lock_that_nobody_put_on_counts_from_its_first_closing),
        TEST(an_opening_stays_unexplained_outside_the_interval_of_an_explanation),
        TEST(an_explanation_of_another_seal_or_backwards_explains_nothing),
        TEST(an_explanation_may_come_before_what_it_explains),
        TEST(a_replaced_seal_is_explained_by_a_whole_inspection_with_its_photo_only),
        TEST(anothers_explanation_takes_nothing_from_ours),
        TEST(any_number_of_refused_attempts_hides_no_opening),
        TEST(a_whole_inspection_explains_no_opening),
        TEST(a_late_point_fills_the_gap_it_belongs_to),
        TEST(silence_until_now_counts_only_while_it_is_on_and_awaited),
        TEST(a_bolt_seal_that_cannot_speak_is_never_silent),
        TEST(what_was_before_the_seal_went_on_is_no_silence_and_no_jump),
        TEST(an_impossible_jump_is_measured_and_scatter_is_not),
        TEST(a_point_without_a_fix_breaks_a_silence_and_makes_no_jump),
        TEST(two_points_of_one_instant_do_not_divide_by_nothing),
        TEST(a_quiet_point_touches_nothing_and_a_notable_one_its_crossing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
