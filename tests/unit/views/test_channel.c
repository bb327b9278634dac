// SPDX-License-Identifier: Apache-2.0
#include "views/channel.h"

#include "trust/hash.h"
#include "world.h"

static struct id a_channel(struct world *w, uint32_t origin, const char *body)
{
    struct id id = random_id();
    SAY(w, .origin = origin, .kind = "channel", .body = body, RE(id));
    return id;
}

static bool matches(struct world *w, const char *what, const char *value, struct id channel)
{
    struct why why = {0};
    struct id *ids;
    size_t n;
    must(channel_match(w->views, &w->arena, str_of(what), str_of(value), &ids, &n, &why), &why);
    for (size_t i = 0; i < n; i++)
        if (id_eq(&ids[i], &channel)) return true;
    return false;
}

static void is_found_again_by_its_whole_path_only(void **state)
{
    struct world *w = *state;
    struct id id = a_channel(w, 0, "{\"door\":\"https\",\"party\":\"mx.anam\",\"filer\":\"B1\"}"), got;
    a_channel(w, w->partner, "{\"door\":\"https\",\"party\":\"mx.x\",\"filer\":\"B1\"}");
    static const struct {
        struct channel_path path;
        bool found;
    } cases[] = {
        {{.door = {"https", 5}, .party = {"mx.anam", 7}, .filer = {"B1", 2}}, true},
        {{.door = {"https", 5}, .party = {"mx.anam", 7}}, false},
        {{.door = {"https", 5}, .party = {"mx.anam", 7}, .filer = {"B1", 2}, .address = {"::1", 3}}, false},
        {{.door = {"https", 5}, .party = {"mx.x", 4}, .filer = {"B1", 2}},
         false}, // a partner's channel is no path of ours
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct why why = {0};
        struct buf text = BUF(4096);
        uint8_t hash[32];
        bool found;
        channel_path_text(&cases[i].path, &text);
        sha256(buf_str(&text), hash);
        buf_free(&text);
        must(channel_find(w->views, hash, &got, &found, &why), &why);
        assert_int_equal(found, cases[i].found);
        if (found) assert_true(id_eq(&got, &id));
    }
}

static void is_made_of_its_parts(void **state)
{
    struct world *w = *state;
    struct id id = a_channel(w, 0,
                             "{\"door\":\"webhook\",\"device\":\"imei:356307042441013\",\"relay\":\"cloud\",\"vendor\":"
                             "\"Teltonika\",\"vendor_country\":\"LT\"}");
    struct why why = {0};
    struct channel c;
    bool found;
    must(channel_get(w->views, &w->arena, &id, &c, &found, &why), &why);
    assert_true(found);
    static const char *const want[CHANNEL_PARTS] = {"webhook", NULL,        NULL, NULL, NULL, "imei:356307042441013",
                                                    "cloud",   "Teltonika", "LT", NULL};
    for (int i = 0; i < CHANNEL_PARTS; i++) {
        if (want[i])
            assert_true(str_is(c.part[i], want[i]));
        else
            assert_null(c.part[i].p);
    }
    struct channel *list;
    size_t n;
    must(channel_list(w->views, &w->arena, 10, &list, &n, &why), &why);
    assert_int_equal(n, 1);
}

static void is_called_by_its_parts_by_its_device_and_by_its_software_without_version(void **state)
{
    struct world *w = *state;
    struct id id = a_channel(w, 0,
                             "{\"door\":\"seal-tcp\",\"device\":\"imei:356307042441013\",\"software\":\"fleet/"
                             "2.1\",\"filer\":\"B1\",\"address\":\"203.0.113.9\",\"relay\":\"cloud.example\"}");
    static const struct {
        const char *what, *value;
        bool matches;
    } cases[] = {
        {"device", "imei:356307042441013", true},
        {"device", "356307042441013", true},
        {"device", "imei", false},
        {"software", "fleet/2.1", true},
        {"software", "fleet", true},
        {"software", "fleet/2.2", false},
        {"software", "2.1", false},
        {"filer", "B1", true},
        {"filer", "b1", false},
        {"vendor", "B1", false},
        {"address", "203.0.113.9", true},
        {"address", "203.0.113.90", false},
        {"domain", "B1", false},
        {"domain", "cloud.example", true},
        {"relay", "cloud.example", true},
        {"domain", "example", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (matches(w, cases[i].what, cases[i].value, id) != cases[i].matches)
            fail_msg("%s %s", cases[i].what, cases[i].value);
}

static int64_t stands(struct world *w, uint32_t origin, struct id channel, struct id threat, const char *standing)
{
    char body[256];
    snprintf(body, sizeof body, "{\"standing\":{%s}}", standing);
    return SAY(w, .origin = origin, .kind = "channel.standing", .body = body, RE(channel, threat));
}

static bool suspect(struct world *w, struct id channel, const char *at, enum lane *floor)
{
    struct why why = {0};
    bool out;
    int64_t pos;
    must(channel_suspect(w->views, &channel, time_of(at) * 1000, &out, floor, &pos, &why), &why);
    return out;
}

static void is_suspect_within_the_interval_and_not_at_its_end(void **state)
{
    struct world *w = *state;
    struct id id = a_channel(w, 0, "{\"door\":\"https\",\"filer\":\"B1\"}");
    enum lane floor;
    stands(
        w, 0, id, random_id(),
        "\"state\":\"confirmed\",\"floor\":\"scan\",\"from\":\"2026-03-01T10:00:00Z\",\"to\":\"2026-03-01T12:00:00Z\"");
    static const struct {
        const char *at;
        bool suspect;
    } cases[] = {{"2026-03-01T09:59:59.999Z", false},
                 {"2026-03-01T10:00:00Z", true},
                 {"2026-03-01T11:59:59.999Z", true},
                 {"2026-03-01T12:00:00Z", false}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(suspect(w, id, cases[i].at, &floor), cases[i].suspect);
        assert_int_equal(floor, cases[i].suspect ? LANE_SCAN : LANE_GREEN);
    }
    assert_false(suspect(w, random_id(), "2026-03-01T11:00:00Z", &floor));
}

static void without_bounds_it_was_always_suspect_and_will_be(void **state)
{
    struct world *w = *state;
    struct id id = a_channel(w, 0, "{\"door\":\"https\",\"filer\":\"B1\"}");
    enum lane floor;
    stands(w, 0, id, random_id(), "\"state\":\"confirmed\",\"floor\":\"document\"");
    assert_true(suspect(w, id, "1999-01-01T00:00:00Z", &floor));
    assert_true(suspect(w, id, "2199-01-01T00:00:00Z", &floor));
}

static void a_report_is_no_suspicion(void **state)
{
    struct world *w = *state;
    struct id id = a_channel(w, 0, "{\"door\":\"https\",\"filer\":\"B1\"}");
    enum lane floor;
    stands(w, 0, id, random_id(), "\"state\":\"reported\",\"floor\":\"scan\"");
    assert_false(suspect(w, id, "2026-03-01T10:00:00Z", &floor));
}

static void clearing_one_threat_leaves_the_others(void **state)
{
    struct world *w = *state;
    struct id id = a_channel(w, 0, "{\"door\":\"https\",\"filer\":\"B1\"}"), one = random_id(), two = random_id();
    struct why why = {0};
    struct standing *list;
    size_t n;
    enum lane floor;
    stands(w, 0, id, one, "\"state\":\"confirmed\",\"floor\":\"document\"");
    stands(w, 0, id, two, "\"state\":\"confirmed\",\"floor\":\"joint\"");
    assert_true(suspect(w, id, "2026-03-01T10:00:00Z", &floor));
    assert_int_equal(floor, LANE_JOINT); // the strictest of several
    stands(w, 0, id, two, "\"state\":\"cleared\"");
    assert_true(suspect(w, id, "2026-03-01T10:00:00Z", &floor));
    assert_int_equal(floor, LANE_DOCUMENT);
    must(channel_standing(w->views, &w->arena, &id, &list, &n, &why), &why);
    assert_int_equal(n, 2);
    must(channel_standing_of(w->views, &w->arena, &two, &list, &n, &why), &why);
    assert_int_equal(n, 1);
    assert_true(str_is(list[0].state, "cleared"));
    stands(w, 0, id, one, "\"state\":\"cleared\"");
    assert_false(suspect(w, id, "2026-03-01T10:00:00Z", &floor));
}

static void a_partners_standing_is_its_own(void **state)
{
    struct world *w = *state;
    struct id id = a_channel(w, 0, "{\"door\":\"https\",\"filer\":\"B1\"}"), threat = random_id();
    enum lane floor;
    stands(w, w->partner, id, threat, "\"state\":\"confirmed\",\"floor\":\"joint\"");
    assert_false(suspect(w, id, "2026-03-01T10:00:00Z", &floor));
    stands(w, 0, id, threat, "\"state\":\"confirmed\",\"floor\":\"scan\"");
    stands(w, w->partner, id, threat, "\"state\":\"cleared\"");
    assert_true(suspect(w, id, "2026-03-01T10:00:00Z", &floor));
}

static void a_standing_without_a_floor_is_none(void **state)
{
    struct world *w = *state;
    struct id id = a_channel(w, 0, "{\"door\":\"https\",\"filer\":\"B1\"}");
    enum lane floor;
    stands(w, 0, id, random_id(), "\"state\":\"confirmed\"");
    stands(w, 0, id, random_id(), "\"state\":\"confirmed\",\"floor\":\"purple\"");
    assert_false(suspect(w, id, "2026-03-01T10:00:00Z", &floor));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(is_found_again_by_its_whole_path_only),
        TEST(is_made_of_its_parts),
        TEST(is_called_by_its_parts_by_its_device_and_by_its_software_without_version),
        TEST(is_suspect_within_the_interval_and_not_at_its_end),
        TEST(without_bounds_it_was_always_suspect_and_will_be),
        TEST(a_report_is_no_suspicion),
        TEST(clearing_one_threat_leaves_the_others),
        TEST(a_partners_standing_is_its_own),
        TEST(a_standing_without_a_floor_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
