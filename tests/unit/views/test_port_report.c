// SPDX-License-Identifier: Apache-2.0
#include "views/port_report.h"

#include "formats/border_wait.h"
#include "port_samples.h"

#include <math.h>

static const struct json *ports_at(struct world *w, const char *now, size_t hours)
{
    struct why why = {0};
    struct json *out = NULL;
    must(port_report_all(w->views, &w->arena, time_of(clock_text(w, now)), hours, &out, &why), &why);
    return out;
}

static const struct json *port_at(struct world *w, const char *now, size_t hours)
{
    struct why why = {0};
    struct json *out = NULL;
    must(port_report_one(w->views, &w->arena, STR("2304"), time_of(clock_text(w, now)), hours, &out, &why), &why);
    return out;
}

static struct str text(struct world *w, const struct json *value)
{
    struct buf b = BUF(1 << 20);
    if (value) json_canonical(value, &b);
    struct str s = arena_str(&w->arena, buf_str(&b));
    buf_free(&b);
    return s;
}

static const struct json *stage_row(const struct json *rows, const char *stage)
{
    json_each(row, rows) if (str_is(json_text(row, "stage"), stage)) return row;
    return NULL;
}

static double number(const struct json *object, const char *pointer)
{
    const struct json *value = json_pointer(object, pointer);
    if (!value || value->type != JSON_NUMBER) fail_msg("%s is no number", pointer);
    return value->number;
}

static void is_null(const struct json *object, const char *pointer)
{
    const struct json *value = json_pointer(object, pointer);
    if (!value || value->type != JSON_NULL) fail_msg("%s is not null", pointer);
}

// Trucks 0 to n-1: each comes a minute after the one before, and waits `minutes` in the queue; fixes on both sides of
// each edge are ten seconds apart.
static void queue_of(struct world *w, int n, int minutes)
{
    for (int i = 0; i < n; i++) {
        struct id truck = a_tractor(w, arena_printf(&w->arena, "TX:Q%d", i).p);
        struct id crossing = a_crossing(w, truck, "05:00:00");
        fix(w, truck, arena_printf(&w->arena, "06:%02d:00", i).p, -1);
        fix(w, truck, arena_printf(&w->arena, "06:%02d:10", i).p, 0.5);
        for (int k = 10; k < minutes; k += 10) fix(w, truck, arena_printf(&w->arena, "06:%02d:10", i + k).p, 0.5);
        fix(w, truck, arena_printf(&w->arena, "06:%02d:10", i + minutes).p, 0.9);
        arrive(w, crossing, arena_printf(&w->arena, "06:%02d:20", i + minutes).p);
        if (i % 2 == 0) release(w, crossing, arena_printf(&w->arena, "06:%02d:20", i + minutes + 5).p);
    }
}

static void a_port_of_which_nothing_is_known_says_so(void **state)
{
    struct world *w = *state;
    assert_int_equal(json_get(ports_at(w, "12:00:00", 24), "ports")->count, 0);
    the_port(w);
    const struct json *port = json_at(json_get(ports_at(w, "12:00:00", 24), "ports"), 0);
    assert_true(str_is(json_text(port, "name"), "Laredo"));
    assert_int_equal(json_get(port, "waits")->count, 0);
    is_null(port, "/scanned_pct");
    assert_int_equal(json_get(port, "targets")->count, 4);
    for (size_t i = 0; i < 4; i++) {
        is_null(json_at(json_get(port, "targets"), i), "/actual");
        is_null(json_at(json_get(port, "targets"), i), "/met");
    }
    assert_true(str_is(text(w, json_get(port, "scanners")), "{\"total\":0,\"unknown\":0,\"up\":0}"));
    const struct json *one = port_at(w, "12:00:00", 24);
    assert_true(
        str_is(json_text(json_get(one, "forecast"), "refused"), "a forecast needs 336 hours with a wait; there are 0"));
    assert_true(json_true(one, "timezone_known"));
    struct why why = {0};
    struct json *out;
    assert_int_equal(port_report_one(w->views, &w->arena, STR("9999"), w->in_us / 1000, 24, &out, &why), ERR_NOT_FOUND);
}

static void waits_stand_with_method_sample_and_interval(void **state)
{
    struct world *w = *state;
    the_port(w);
    queue_of(w, 12, 20);
    const struct json *port = json_at(json_get(ports_at(w, "07:00:00", 2), "ports"), 0);
    const struct json *queue = stage_row(json_get(port, "waits"), "queue");
    assert_non_null(queue);
    assert_true(str_is(json_text(queue, "method"), "mixed")); // fixes in the queue, the booth's word for its end
    assert_true(number(queue, "/n") > 11.9 && number(queue, "/n") < 12.1 && number(queue, "/censored") < 0.1);
    assert_true(fabs(number(queue, "/mean/minutes") - 20.25) < 1e-9); // 06:00:05 to 06:20:20
    assert_true(fabs(number(queue, "/mean/low") - 20.25) < 1e-9 && fabs(number(queue, "/median/high") - 20.25) < 1e-9);
    is_null(queue, "/p95/high"); // 12 trucks cannot bound it
    assert_true(fabs(number(queue, "/slack_s") - 10) < 1e-9);
    assert_true(
        str_is(text(w, json_get(queue, "coverage")), "{\"arrivals\":12,\"enough\":true,\"measured\":12,\"share\":1}"));
    assert_true(fabs(number(port, "/arrivals") - 12) < 0.1 && fabs(number(port, "/releases") - 6) < 0.1);
    const struct json *targets = json_get(port, "targets");
    assert_true(json_true(json_at(targets, 0), "met")); // 20.25 of 30
    is_null(json_at(targets, 1), "/met");               // no upper bound
    assert_true(str_is(json_text(json_at(targets, 2), "what"), "scanned_pct"));
    is_null(json_at(targets, 2), "/actual"); // no scanner was ever stated
    is_null(port, "/scanned_pct");
    assert_null(stage_row(json_get(port, "waits"), "exit")); // which is no wait
    SAY(w, .kind = "equipment", .body = "{\"equipment\":{\"type\":\"scanner\",\"name\":\"P\",\"port\":\"2304\"}}",
        RE(an_id(1)));
    port = json_at(json_get(ports_at(w, "07:00:00", 2), "ports"), 0);
    const struct json *scanned = json_at(json_get(port, "targets"), 2);
    assert_true(json_get(scanned, "met")->type == JSON_BOOL && !json_true(scanned, "met"));
    assert_true(fabs(number(scanned, "/actual")) < 1e-9);
    // Another window: nothing began in it.
    port = json_at(json_get(ports_at(w, "12:00:00", 2), "ports"), 0);
    assert_int_equal(json_get(port, "waits")->count, 0);
}

static void trucks_that_wait_still_are_in_the_figure(void **state)
{
    struct world *w = *state;
    the_port(w);
    for (int i = 0; i < 3; i++) {
        struct id truck = a_tractor(w, arena_printf(&w->arena, "TX:W%d", i).p);
        fix(w, truck, "06:00:00", -1);
        fix(w, truck, "06:00:10", 0.5);
        for (int k = 10; k < 60; k += 10) fix(w, truck, arena_printf(&w->arena, "06:%02d:00", k).p, 0.5);
    }
    const struct json *port = port_at(w, "07:00:00", 2);
    const struct json *queue = stage_row(json_get(port, "waits"), "queue");
    assert_true(number(queue, "/censored") > 2.9);
    assert_true(json_true(json_get(queue, "mean"), "at_least"));
    assert_true(fabs(number(queue, "/mean/minutes") - 59.92) < 1e-9); // and it goes on with the clock
    const struct json *target = json_at(json_get(port, "targets"), 0);
    assert_true(json_get(target, "met")->type == JSON_BOOL && !json_true(target, "met")); // 30 is missed already
    is_null(queue, "/coverage");
}

static void lanes_and_hours_are_told_for_one_port(void **state)
{
    struct world *w = *state;
    the_port(w);
    queue_of(w, 4, 20);
    const struct json *port = port_at(w, "08:00:00", 3);
    const struct json *lane = stage_row(json_get(port, "lanes"), "queue");
    assert_true(str_is(json_text(lane, "lane"), "queue A"));
    const struct json *hour = stage_row(json_get(port, "hours"), "queue");
    assert_true(str_is(json_text(hour, "hour"), "2026-03-01T06:00:00.000Z"));
}

// Five weeks of waits in the table of hours: 20 minutes by night, 40 by day.
static void forecasts_are_told_with_their_scores(void **state)
{
    struct world *w = *state;
    struct why why = {0};
    the_port(w);
    int64_t now = time_of("2026-03-01T12:30:00Z"), hour = now - now % 3600000;
    must(engine_begin(w->engine, &why), &why);
    for (int i = 1; i <= 5 * 168; i++) {
        int64_t at = hour - i * INT64_C(3600000);
        int minutes = (at / 3600000) % 24 < 12 ? 20 : 40;
        sqlite3_stmt *q =
            view_sql(w->views, "INSERT INTO port_hour(port,stage,hour,n,ms) VALUES('2304',1,?1,1,?2)", &why);
        sqlite3_bind_int64(q, 1, at);
        sqlite3_bind_int64(q, 2, minutes * INT64_C(60000));
        must(view_run(q, &why), &why);
    }
    const struct json *forecast = json_get(port_at(w, "12:30:00", 24), "forecast");
    assert_int_equal(json_get(forecast, "hours")->count, 6);
    const struct json *first = json_at(json_get(forecast, "hours"), 0);
    assert_true(str_is(json_text(first, "hour"), "2026-03-01T12:00:00.000Z"));
    assert_true(number(first, "/minutes") > 35 && number(first, "/minutes") < 41);
    assert_true(number(first, "/low") <= number(first, "/minutes") && number(first, "/high") < 45);
    assert_true(number(first, "/score/skill_last") > 0.1 && number(forecast, "/score/n") > 1000);
    engine_rollback(w->engine); // they come from no statement
}

// Weeks of arrivals and releases without any queue: the time at the port is forecast, and is said to be that.
static void without_a_queue_the_time_at_the_port_is_forecast(void **state)
{
    struct world *w = *state;
    struct why why = {0};
    the_port(w);
    int64_t hour = time_of("2026-03-01T12:00:00Z");
    must(engine_begin(w->engine, &why), &why);
    for (int i = 1; i <= 3 * 168; i++) {
        sqlite3_stmt *q =
            view_sql(w->views, "INSERT INTO port_hour(port,stage,hour,n,ms) VALUES('2304',6,?1,2,3600000)", &why);
        sqlite3_bind_int64(q, 1, hour - i * INT64_C(3600000));
        must(view_run(q, &why), &why);
    }
    const struct json *forecast = json_get(port_at(w, "12:30:00", 24), "forecast");
    assert_true(str_is(json_text(forecast, "stage"), "all"));
    assert_true(fabs(number(json_at(json_get(forecast, "hours"), 0), "/minutes") - 30) < 0.01);
    engine_rollback(w->engine);
}

static struct border_waits feed(struct world *w, const char *now)
{
    struct why why = {0};
    struct json *out = NULL;
    struct border_waits waits;
    must(port_report_feed(w->views, &w->arena, time_of(clock_text(w, now)), &out, &why), &why);
    must(border_waits_parse(&w->arena, text(w, out), &waits, &why), &why);
    return waits;
}

static const struct border_wait_lane *lane_of(const struct border_waits *f, enum border_wait_lane_type type)
{
    return &f->items[0].group[BORDER_WAIT_COMMERCIAL].lane[type];
}

static void booth(struct world *w, unsigned n, const char *machine_state)
{
    SAY(w, .kind = "equipment",
        .body =
            "{\"equipment\":{\"type\":\"booth\",\"name\":\"B\",\"port\":\"2304\",\"from\":\"2026-01-01T00:00:00Z\"}}",
        RE(an_id(n)));
    if (machine_state)
        SAY(w, .kind = "equipment.state",
            .body = arena_printf(&w->arena, "{\"state\":{\"state\":\"%s\",\"from\":\"2026-03-01T00:00:00Z\"}}",
                                 machine_state)
                        .p,
            RE(an_id(n)));
}

static void the_public_feed_tells_pending_zero_and_closed_apart(void **state)
{
    struct world *w = *state;
    assert_int_equal(feed(w, "07:00:00").count, 0);
    the_port(w);
    struct border_waits f = feed(w, "07:00:00");
    assert_int_equal(f.count, 1);
    assert_true(str_is(f.items[0].port_number, "230401") && str_is(f.items[0].date, "3/1/2026"));
    assert_true(str_is(f.items[0].time, "01:00:00")); // in Laredo
    assert_int_equal(lane_of(&f, BORDER_WAIT_STANDARD)->status.says, BORDER_WAIT_PENDING);
    assert_int_equal(lane_of(&f, BORDER_WAIT_STANDARD)->lanes_open.says, BORDER_WAIT_ABSENT);
    assert_int_equal(lane_of(&f, BORDER_WAIT_FAST)->status.says, BORDER_WAIT_NOT_APPLICABLE);
    queue_of(w, 5, 20);
    booth(w, 1, "up");
    booth(w, 2, "down");
    booth(w, 3, NULL);
    f = feed(w, "07:00:00");
    const struct border_wait_lane *lane = lane_of(&f, BORDER_WAIT_STANDARD);
    assert_int_equal(lane->status.says, BORDER_WAIT_DELAY);
    assert_true(lane->delay_minutes.says == BORDER_WAIT_NUMBER && lane->delay_minutes.number == 20);
    assert_true(lane->lanes_open.says == BORDER_WAIT_NUMBER && lane->lanes_open.number == 1);
    assert_true(str_is(lane->update_time, "At 1:00 am CST"));
    assert_int_equal(f.items[0].group[BORDER_WAIT_COMMERCIAL].maximum_lanes.number, 3);
    assert_true(str_is(f.items[0].group[BORDER_WAIT_COMMERCIAL].method_text, "Mixed"));
    int64_t feed_ms, updated_ms;
    assert_true(border_wait_time(&f.items[0], lane, &feed_ms, &updated_ms));
    assert_int_equal(feed_ms, time_of("2026-03-01T07:00:00Z"));
    booth(w, 1, "down");
    f = feed(w, "07:00:00");
    assert_int_equal(lane_of(&f, BORDER_WAIT_STANDARD)->status.says, BORDER_WAIT_CLOSED);
    assert_int_equal(lane_of(&f, BORDER_WAIT_STANDARD)->delay_minutes.says, BORDER_WAIT_ABSENT);
}

static void no_wait_is_zero_and_not_pending(void **state)
{
    struct world *w = *state;
    the_port(w);
    struct id truck = a_tractor(w, "TX:Z1");
    fix(w, truck, "06:00:00", -1);
    fix(w, truck, "06:00:02", 0.5);
    fix(w, truck, "06:00:04", 1.5);
    fix(w, truck, "06:02:00", 9);
    struct border_waits f = feed(w, "07:00:00");
    const struct border_wait_lane *lane = lane_of(&f, BORDER_WAIT_STANDARD);
    assert_int_equal(lane->status.says, BORDER_WAIT_NO_DELAY);
    assert_true(lane->delay_minutes.says == BORDER_WAIT_NUMBER && lane->delay_minutes.number == 0);
    assert_true(str_is(f.items[0].group[BORDER_WAIT_COMMERCIAL].method_text, "GNSS"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_port_of_which_nothing_is_known_says_so),
        TEST(waits_stand_with_method_sample_and_interval),
        TEST(trucks_that_wait_still_are_in_the_figure),
        TEST(lanes_and_hours_are_told_for_one_port),
        TEST(forecasts_are_told_with_their_scores),
        TEST(without_a_queue_the_time_at_the_port_is_forecast),
        TEST(the_public_feed_tells_pending_zero_and_closed_apart),
        TEST(no_wait_is_zero_and_not_pending),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
