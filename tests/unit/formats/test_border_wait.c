// SPDX-License-Identifier: Apache-2.0
#include "base/clock.h"
#include "formats/border_wait.h"
#include "one_arena.h"

static struct why why;

static struct border_waits parse(struct str bytes)
{
    struct border_waits waits;
    why = (struct why){0};
    if (border_waits_parse(&arena, bytes, &waits, &why) != ERR_NONE) fail_msg("%s (%s)", why.text, why.member);
    return waits;
}

static struct str canonical(const struct json *value)
{
    struct buf b = BUF(BUF_MAX_DEFAULT);
    json_canonical(value, &b);
    assert_false(b.failed);
    struct str s = arena_str(&arena, buf_str(&b));
    buf_free(&b);
    return s;
}

static enum err judge(void *context, struct arena *memory, struct str bytes, struct why *reason)
{
    struct border_waits waits;
    (void)context;
    enum err err = border_waits_parse(memory, bytes, &waits, reason);
    if (err != ERR_NONE) return err;
    struct why none = {0};
    const struct json *source = json_parse(memory, bytes, &none), *written = border_waits_json(memory, &waits);
    if (!source || !written) return ERR_NO_MEMORY;
    struct buf a = BUF(1 << 20), b = BUF(1 << 20);
    json_canonical(source, &a);
    json_canonical(written, &b);
    bool same = str_eq(buf_str(&a), buf_str(&b));
    buf_free(&a);
    buf_free(&b);
    return same ? ERR_NONE : ERR_INTERNAL;
}

static void good_samples_come_back_and_bad_ones_say_why(void **state)
{
    (void)state;
    size_t wrong;
    assert_int_equal(samples_judge("border_wait", judge, NULL, &wrong), 12);
    assert_int_equal(wrong, 0);
}

static void every_crossing_of_cbps_feed_is_written_as_it_was_read(void **state)
{
    (void)state;
    struct str bytes = shared_file(&arena, "border/cbp-bwt/currentBorderCrossings.json");
    if (!bytes.p) return;
    struct border_waits waits = parse(bytes);
    assert_int_equal(waits.count, 76);
    const struct json *source = json_parse(&arena, bytes, &why), *written = border_waits_json(&arena, &waits);
    for (size_t i = 0; i < waits.count; i++) {
        struct str a = canonical(json_at(source, i)), b = canonical(json_at(written, i));
        if (!str_eq(a, b)) fail_msg("crossing %zu:\n%.*s\n%.*s", i, STR_ARG(a), STR_ARG(b));
        assert_null(waits.items[i].extra);
    }
}

// Counted in the file by other means.
static void the_kinds_of_commercial_delays_of_cbps_feed_are_told_apart(void **state)
{
    (void)state;
    struct str bytes = shared_file(&arena, "border/cbp-bwt/currentBorderCrossings.json");
    if (!bytes.p) return;
    struct border_waits waits = parse(bytes);
    size_t says[BORDER_WAIT_SAYS_COUNT] = {0}, zero = 0, methods[BORDER_WAIT_METHOD_OTHER + 1] = {0}, timed = 0;
    for (size_t i = 0; i < waits.count; i++) {
        const struct border_wait_group *g = &waits.items[i].group[BORDER_WAIT_COMMERCIAL];
        struct border_wait_value v = border_wait_lane_says(&g->lane[BORDER_WAIT_STANDARD]);
        int64_t feed_ms, updated_ms;
        says[v.says]++;
        zero += v.says == BORDER_WAIT_NUMBER && v.number == 0;
        methods[g->method]++;
        timed += border_wait_time(&waits.items[i], &g->lane[BORDER_WAIT_STANDARD], &feed_ms, &updated_ms);
        assert_int_equal(g->maximum_lanes.says == BORDER_WAIT_NUMBER,
                         g->maximum_lanes.says != BORDER_WAIT_NOT_APPLICABLE);
    }
    assert_int_equal(says[BORDER_WAIT_NUMBER], 39);
    assert_int_equal(zero, 17);
    assert_int_equal(says[BORDER_WAIT_CLOSED], 8);
    assert_int_equal(says[BORDER_WAIT_PENDING], 5);
    assert_int_equal(says[BORDER_WAIT_NOT_APPLICABLE], 24);
    assert_int_equal(methods[BORDER_WAIT_RFID], 10);
    assert_int_equal(methods[BORDER_WAIT_BLUETOOTH], 2);
    assert_int_equal(methods[BORDER_WAIT_MANUAL], 64);
    assert_int_equal(timed, 39);
}

static struct border_wait_lane lane(const char *status, const char *delay)
{
    struct border_waits waits =
        parse(arena_printf(&arena,
                           "[{\"port_number\":\"230401\",\"commercial_vehicle_lanes\":{\"FAST_"
                           "lanes\":{%s%s%s%s%s}}}]",
                           status ? "\"operational_status\":" : "", status ? status : "", status && delay ? "," : "",
                           delay ? "\"delay_minutes\":" : "", delay ? delay : ""));
    return waits.items[0].group[BORDER_WAIT_COMMERCIAL].lane[BORDER_WAIT_FAST];
}

static void absent_closed_pending_and_zero_are_different_things(void **state)
{
    (void)state;
    static const struct {
        const char *status, *delay;
        enum border_wait_says says;
        uint32_t number;
    } cases[] = {
        {"\"no delay\"", "\"0\"", BORDER_WAIT_NUMBER, 0},
        {"\"no delay\"", "\"5\"", BORDER_WAIT_NUMBER, 5},
        {"\"delay\"", "\"120\"", BORDER_WAIT_NUMBER, 120},
        {"\"delay\"", "\"4294967295\"", BORDER_WAIT_NUMBER, UINT32_MAX},
        {"\"delay\"", "\"4294967296\"", BORDER_WAIT_UNREADABLE, 0},
        {"\"delay\"", "\"05\"", BORDER_WAIT_UNREADABLE, 0},
        {"\"delay\"", "\"-5\"", BORDER_WAIT_UNREADABLE, 0},
        {"\"no delay\"", "\"\"", BORDER_WAIT_NO_DELAY, 0},
        {"\"delay\"", "\"\"", BORDER_WAIT_DELAY, 0},
        {"\"Lanes Closed\"", "\"\"", BORDER_WAIT_CLOSED, 0},
        {"\"Lanes Closed\"", "\"0\"", BORDER_WAIT_CLOSED, 0},
        {"\"Update Pending\"", "\"0\"", BORDER_WAIT_PENDING, 0},
        {"\"\"", "\"Update Pending\"", BORDER_WAIT_PENDING, 0},
        {"\"N/A\"", "\"\"", BORDER_WAIT_NOT_APPLICABLE, 0},
        {"\"\"", "\"\"", BORDER_WAIT_ABSENT, 0},
        {NULL, "\"\"", BORDER_WAIT_ABSENT, 0},
        {"\"\"", NULL, BORDER_WAIT_MISSING, 0},
        {NULL, NULL, BORDER_WAIT_MISSING, 0},
        {NULL, "\"0\"", BORDER_WAIT_NUMBER, 0},
        {"\"lanes closed\"", "\"\"", BORDER_WAIT_UNREADABLE, 0},
        {"\"delay\"", "\"about an hour\"", BORDER_WAIT_UNREADABLE, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct border_wait_lane l = lane(cases[i].status, cases[i].delay);
        struct border_wait_value v = border_wait_lane_says(&l);
        if (v.says != cases[i].says || v.number != cases[i].number)
            fail_msg("case %zu: %s %u", i, border_wait_says_name(v.says), v.number);
        if (v.says == BORDER_WAIT_UNREADABLE) assert_true(v.text.n > 0);
    }
}

static void an_update_is_dated_by_its_zone_and_the_feeds_day(void **state)
{
    (void)state;
    static const struct {
        const char *date, *time, *update, *feed, *updated; // NULL: it does not say
    } cases[] = {
        {"6/29/2022", "13:25:16", "At Noon EDT", "2022-06-29T17:25:16Z", "2022-06-29T16:00:00Z"},
        {"6/29/2022", "10:25:16", "At 10:00 am PDT", "2022-06-29T17:25:16Z", "2022-06-29T17:00:00Z"},
        {"6/29/2022", "10:25:16", "At 10:00 am MST", "2022-06-29T17:25:16Z", "2022-06-29T17:00:00Z"},
        {"6/29/2022", "13:25:16", "At 3:00 pm EDT", "2022-06-29T17:25:16Z", "2022-06-28T19:00:00Z"},
        {"1/1/2023", "00:05:00", "At 11:55 pm CST", "2023-01-01T06:05:00Z", "2023-01-01T05:55:00Z"},
        {"1/1/2023", "00:05:00", "At Midnight CST", "2023-01-01T06:05:00Z", "2023-01-01T06:00:00Z"},
        {"1/1/2023", "13:00:00", "At 12:30 am CST", "2023-01-01T19:00:00Z", "2023-01-01T06:30:00Z"},
        {"1/1/2023", "13:00:00", "At 12:30 pm CST", "2023-01-01T19:00:00Z", "2023-01-01T18:30:00Z"},
        {"6/29/2022", "13:25:16", "", NULL, NULL},
        {"6/29/2022", "13:25:16", "At Noon", NULL, NULL},
        {"6/29/2022", "13:25:16", "At Noon XYZ", NULL, NULL},
        {"6/29/2022", "13:25:16", "At 13:00 pm EDT", NULL, NULL},
        {"6/29/2022", "13:25:16", "At 0:00 am EDT", NULL, NULL},
        {"6/29/2022", "13:25:16", "At 1:60 pm EDT", NULL, NULL},
        {"6/29/2022", "13:25:16", "At 1:00 xm EDT", NULL, NULL},
        {"6/29/2022", "13:25:16", "At 1 pm EDT", NULL, NULL},
        {"6/29/2022", "13:25:16", "At ", NULL, NULL},
        {"13/29/2022", "13:25:16", "At Noon EDT", NULL, NULL},
        {"6/31/2022", "13:25:16", "At Noon EDT", NULL, NULL},
        {"6/29", "13:25:16", "At Noon EDT", NULL, NULL},
        {"6/29/2022", "", "At Noon EDT", NULL, NULL},
        {"6/29/2022", "25:00:00", "At Noon EDT", NULL, NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct border_wait crossing = {.date = str_of(cases[i].date), .time = str_of(cases[i].time)};
        struct border_wait_lane l = {.update_time = str_of(cases[i].update)};
        int64_t feed = 0, updated = 0, want_feed = 0, want_updated = 0;
        bool told = border_wait_time(&crossing, &l, &feed, &updated);
        if (told != (cases[i].feed != NULL)) fail_msg("case %zu: %d", i, told);
        if (!told) continue;
        assert_true(time_parse_ms(str_of(cases[i].feed), &want_feed));
        assert_true(time_parse_ms(str_of(cases[i].updated), &want_updated));
        if (feed != want_feed || updated != want_updated)
            fail_msg("case %zu: %lld %lld", i, (long long)(feed - want_feed), (long long)(updated - want_updated));
    }
}

static void what_is_stamped_reads_back_as_the_same_time(void **state)
{
    (void)state;
    static const char *const times[] = {"2026-03-01T07:00:00Z", "2026-03-01T19:00:00Z", "2026-03-01T19:17:00Z",
                                        "2026-03-01T06:59:00Z", "2026-12-31T06:30:00Z"};
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        struct border_wait crossing = {0};
        int64_t at = 0, feed, updated;
        assert_true(time_parse_ms(str_of(times[i]), &at));
        border_wait_stamp(&arena, &crossing, at, -420);
        struct border_wait_lane l = {.update_time = border_wait_update_text(&arena, at, -420, "MST")};
        assert_true(border_wait_time(&crossing, &l, &feed, &updated));
        assert_int_equal(feed, at);
        assert_int_equal(updated, at);
    }
    assert_true(str_is(border_wait_update_text(&arena, 0, 0, "X"), "At Midnight X"));
    assert_true(str_is(border_wait_update_text(&arena, 43200000, 0, "X"), "At Noon X"));
    assert_true(str_is(border_wait_update_text(&arena, 43260000, 0, "X"), "At 12:01 pm X"));
}

static struct drafts state_feed(struct str bytes)
{
    const struct identifier_table *table;
    struct drafts drafts = {0};
    why = (struct why){0};
    if (identifier_table_read(&arena, identifiers_builtin(), &table, &why) != ERR_NONE) fail_msg("%s", why.text);
    struct document_context context = {.identifiers = table, .received_ms = 1000, .label = LABEL_GREEN};
    if (border_waits_drafts(&arena, bytes, &context, &drafts, &why) != ERR_NONE) fail_msg("%s", why.text);
    return drafts;
}

static void each_port_of_the_feed_is_one_draft(void **state)
{
    (void)state;
    struct drafts drafts = state_feed(test_file(&arena, "tests/data/border_wait/good/two_crossings.json"));
    assert_int_equal(drafts.count, 1);
    const struct draft *d = drafts.first;
    assert_true(str_is(d->kind, "port.feed"));
    assert_int_equal(d->nre, 1);
    assert_int_equal(d->re[0]->noun, NOUN_PORT);
    assert_true(str_is(d->re[0]->ids[0].scheme, "us.schedule-d") && str_is(d->re[0]->ids[0].value, "2408"));
    assert_true(str_is(json_text(json_get(d->members, "feed"), "time"), "2026-03-01T18:25:16.000Z"));
    const struct json *first = json_pointer(d->members, "/crossings/0"),
                      *second = json_pointer(d->members, "/crossings/1");
    assert_true(
        str_is(canonical(json_pointer(first, "/commercial/standard")),
               "{\"lanes_open\":2,\"minutes\":5,\"says\":\"number\",\"updated\":\"2026-03-01T18:17:00.000Z\"}"));
    assert_true(str_is(canonical(json_pointer(first, "/commercial/fast")), "{\"says\":\"closed\"}"));
    assert_true(str_is(canonical(json_pointer(first, "/passenger/nexus-sentri")), "{\"says\":\"none\"}"));
    assert_true(str_is(canonical(json_pointer(first, "/passenger/ready")), "{\"says\":\"pending\"}"));
    assert_true(str_is(canonical(json_pointer(first, "/pedestrian/ready")), "{\"says\":\"absent\"}"));
    assert_true(str_is(json_text(json_get(first, "commercial"), "method"), "RFID"));
    double minutes = -1;
    assert_true(json_number(json_pointer(second, "/commercial/standard"), "minutes", &minutes));
    assert_true(minutes >= 0 && minutes <= 0);
}

static void texts_that_nobody_can_read_are_stated_as_they_stood(void **state)
{
    (void)state;
    struct drafts drafts = state_feed(test_file(&arena, "tests/data/border_wait/good/later_members.json"));
    const struct json *l = json_pointer(drafts.first->members, "/crossings/0/commercial/standard");
    assert_true(str_is(json_text(l, "says"), "unreadable") && str_is(json_text(l, "text"), "about 5"));
    assert_null(json_get(l, "lanes_open"));
}

static void a_feed_that_tells_no_time_has_the_time_of_its_coming(void **state)
{
    (void)state;
    struct drafts drafts = state_feed(test_file(&arena, "tests/data/border_wait/good/bare.json"));
    assert_int_equal(drafts.first->at_ms, 1000);
    assert_int_equal(state_feed(STR("[]")).count, 0);
}

static void cbps_feed_becomes_one_draft_a_port(void **state)
{
    (void)state;
    struct str bytes = shared_file(&arena, "border/cbp-bwt/currentBorderCrossings.json");
    if (!bytes.p) return;
    struct drafts drafts = state_feed(bytes);
    size_t crossings = 0;
    for (const struct draft *d = drafts.first; d; d = d->next) crossings += json_get(d->members, "crossings")->count;
    assert_int_equal(crossings, 75);
    // "l24501", as the feed has it.
    assert_true(str_is(canonical(json_pointer(drafts.first->members, "/feed/left_out")), "[\"l24501\"]"));
    assert_true(drafts.count > 40 && drafts.count < 60);
}

static void little_memory_is_an_error_and_nothing_worse(void **state)
{
    (void)state;
    struct str bytes = test_file(&arena, "tests/data/border_wait/good/two_crossings.json");
    bool read = false;
    for (size_t cap = 0; cap < (1 << 18) && !read; cap += 128) {
        struct arena small = ARENA(cap);
        enum err err = judge(NULL, &small, bytes, NULL);
        read = err == ERR_NONE;
        assert_true(read || err == ERR_NO_MEMORY || err == ERR_TOO_LARGE);
        arena_free(&small);
    }
    assert_true(read);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(good_samples_come_back_and_bad_ones_say_why, begin, end),
        cmocka_unit_test_setup_teardown(every_crossing_of_cbps_feed_is_written_as_it_was_read, begin, end),
        cmocka_unit_test_setup_teardown(the_kinds_of_commercial_delays_of_cbps_feed_are_told_apart, begin, end),
        cmocka_unit_test_setup_teardown(absent_closed_pending_and_zero_are_different_things, begin, end),
        cmocka_unit_test_setup_teardown(an_update_is_dated_by_its_zone_and_the_feeds_day, begin, end),
        cmocka_unit_test_setup_teardown(what_is_stamped_reads_back_as_the_same_time, begin, end),
        cmocka_unit_test_setup_teardown(each_port_of_the_feed_is_one_draft, begin, end),
        cmocka_unit_test_setup_teardown(texts_that_nobody_can_read_are_stated_as_they_stood, begin, end),
        cmocka_unit_test_setup_teardown(a_feed_that_tells_no_time_has_the_time_of_its_coming, begin, end),
        cmocka_unit_test_setup_teardown(cbps_feed_becomes_one_draft_a_port, begin, end),
        cmocka_unit_test_setup_teardown(little_memory_is_an_error_and_nothing_worse, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
