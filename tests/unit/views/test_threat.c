// SPDX-License-Identifier: Apache-2.0
#include "views/threat.h"

#include "world.h"

#define REPORT                                                                                                         \
    "{\"threat\":{\"id\":\"incident--1\",\"type\":\"incident\",\"title\":\"broken into\",\"reporter\":\"mx.cert\"},"   \
    "\"names\":[{\"what\":\"filer\",\"value\":\"BROKER-1\"},{\"what\":\"software\",\"value\":\"fleet\",\"version\":"   \
    "\"2.1\"}]}"

static struct threat get(struct world *w, struct id id)
{
    struct why why = {0};
    struct threat t;
    bool found;
    must(threat_get(w->views, &w->arena, &id, &t, &found, &why), &why);
    assert_true(found);
    return t;
}

static size_t naming(struct world *w, const char *what, const char *value, struct id **out)
{
    struct why why = {0};
    size_t n;
    must(threat_naming(w->views, &w->arena, str_of(what), str_of(value), out, &n, &why), &why);
    return n;
}

static void a_report_is_reported_and_names_what_it_names(void **state)
{
    struct world *w = *state;
    struct id id = world_subject(w, "threat", "stix.id", "incident--1"), *ids;
    SAY(w, .kind = "threat", .body = REPORT, RE(id));
    struct threat t = get(w, id);
    assert_true(str_is(t.state, "reported"));
    assert_true(str_is(t.number, "incident--1"));
    assert_true(str_is(t.reporter, "mx.cert"));
    assert_int_equal(t.nnames, 2);
    assert_true(str_is(t.names[1].version, "2.1"));
    assert_int_equal(t.from_us, 0);
    assert_int_equal(t.to_us, INT64_MAX);
    assert_int_equal(naming(w, "filer", "BROKER-1", &ids), 1);
    assert_true(id_eq(&ids[0], &id));
    assert_int_equal(naming(w, "filer", "BROKER-2", &ids), 0);
    assert_int_equal(naming(w, "device", "BROKER-1", &ids), 0);
}

static void confirming_and_clearing_keep_the_interval_that_was_not_said_again(void **state)
{
    struct world *w = *state;
    struct id id = world_subject(w, "threat", "stix.id", "incident--1");
    SAY(w, .kind = "threat", .body = REPORT, RE(id));
    SAY(w, .kind = "threat.confirm", RE(id),
        .body = "{\"by\":\"luz\",\"reason\":\"r\",\"floor\":\"scan\",\"from\":\"2026-03-01T10:00:00Z\"}");
    struct threat t = get(w, id);
    assert_true(str_is(t.state, "confirmed"));
    assert_int_equal(t.floor, LANE_SCAN);
    assert_int_equal(t.from_us, time_of("2026-03-01T10:00:00Z") * 1000);
    assert_int_equal(t.to_us, INT64_MAX);
    SAY(w, .kind = "threat.clear", .body = "{\"by\":\"luz\",\"reason\":\"clean\"}", RE(id));
    t = get(w, id);
    assert_true(str_is(t.state, "cleared"));
    assert_int_equal(t.from_us, time_of("2026-03-01T10:00:00Z") * 1000);
}

static void a_partners_confirmation_is_not_ours(void **state)
{
    struct world *w = *state;
    struct id id = world_subject(w, "threat", "stix.id", "incident--1");
    SAY(w, .origin = w->partner, .kind = "threat", .body = REPORT, RE(id));
    SAY(w, .origin = w->partner, .kind = "threat.confirm",
        .body = "{\"by\":\"x\",\"reason\":\"r\",\"floor\":\"joint\"}", RE(id));
    assert_true(str_is(get(w, id).state, "reported"));
    SAY(w, .kind = "threat.confirm", .body = "{\"by\":\"luz\",\"reason\":\"r\",\"floor\":\"scan\"}", RE(id));
    SAY(w, .origin = w->partner, .kind = "threat.clear", .body = "{\"by\":\"x\",\"reason\":\"r\"}", RE(id));
    assert_true(str_is(get(w, id).state, "confirmed"));
}

static void a_later_report_adds_names_and_keeps_the_state(void **state)
{
    struct world *w = *state;
    struct id id = world_subject(w, "threat", "stix.id", "incident--1"), *ids;
    SAY(w, .kind = "threat", .body = REPORT, RE(id));
    SAY(w, .kind = "threat.confirm", .body = "{\"by\":\"luz\",\"reason\":\"r\",\"floor\":\"scan\"}", RE(id));
    SAY(w, .kind = "threat", RE(id),
        .body = "{\"threat\":{\"id\":\"incident--1\",\"type\":\"incident\"},\"names\":[{\"what\":\"address\",\"value\":"
                "\"203.0.113.9\"}]}");
    struct threat t = get(w, id);
    assert_true(str_is(t.state, "confirmed"));
    assert_true(str_is(t.title, "broken into"));
    assert_int_equal(t.nnames, 3);
    assert_int_equal(naming(w, "address", "203.0.113.9", &ids), 1);
}

static void names_are_bounded_and_odd_ones_read_over(void **state)
{
    struct world *w = *state;
    struct id id = world_subject(w, "threat", "stix.id", "incident--1");
    struct buf body = BUF(1 << 20);
    buf_puts(&body, "{\"threat\":{\"id\":\"x\",\"type\":\"incident\"},\"names\":[1,{\"what\":\"filer\"},{\"value\":"
                    "\"x\"},{\"what\":1,\"value\":2}");
    for (int i = 0; i < 700; i++) buf_printf(&body, ",{\"what\":\"address\",\"value\":\"a%d\"}", i);
    buf_puts(&body, "]}");
    buf_putc(&body, '\0');
    SAY(w, .kind = "threat", .body = buf_str(&body).p, RE(id));
    buf_free(&body);
    assert_int_equal(get(w, id).nnames, THREAT_NAMES_MAX);
}

static void two_versions_of_one_software_are_two_names(void **state)
{
    struct world *w = *state;
    struct id id = world_subject(w, "threat", "stix.id", "incident--1"), *got;
    SAY(w, .kind = "threat",
        .body = "{\"threat\":{\"id\":\"x\",\"type\":\"incident\"},\"names\":["
                "{\"what\":\"software\",\"value\":\"fleet\",\"version\":\"2.2\"},"
                "{\"what\":\"software\",\"value\":\"fleet\",\"version\":\"2.1\"},"
                "{\"what\":\"software\",\"value\":\"fleet\",\"version\":\"2.1\"}]}",
        RE(id));
    struct threat t = get(w, id);
    assert_int_equal(t.nnames, 2);
    assert_true(str_is(t.names[0].version, "2.1") && str_is(t.names[1].version, "2.2"));
    assert_int_equal(naming(w, "software", "fleet", &got), 1);
}

static void lists_the_newest_first(void **state)
{
    struct world *w = *state;
    struct why why = {0};
    struct id id[3], *got;
    size_t n;
    for (int i = 0; i < 3; i++) {
        id[i] = world_subject(w, "threat", "stix.id", (char[]){(char)('a' + i), 0});
        SAY(w, .kind = "threat", .body = REPORT, RE(id[i]));
    }
    must(threat_list(w->views, &w->arena, 2, &got, &n, &why), &why);
    assert_int_equal(n, 2);
    assert_true(id_eq(&got[0], &id[2]) && id_eq(&got[1], &id[1]));
    assert_int_equal(naming(w, "filer", "BROKER-1", &got), 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_report_is_reported_and_names_what_it_names),
        TEST(confirming_and_clearing_keep_the_interval_that_was_not_said_again),
        TEST(a_partners_confirmation_is_not_ours),
        TEST(a_later_report_adds_names_and_keeps_the_state),
        TEST(names_are_bounded_and_odd_ones_read_over),
        TEST(two_versions_of_one_software_are_two_names),
        TEST(lists_the_newest_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
