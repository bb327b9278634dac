// SPDX-License-Identifier: Apache-2.0
#include "serve/stream.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const char three[] = "id: 1\nevent: log\ndata: {\"a\":1}\n\n"
                            "id: 2\nevent: crossing\ndata: {\"event: log\":\"\"}\n\n"
                            "id: 3\nevent: alarm\ndata: {}\n\n";

static void keeps_whole_events_of_the_kinds_wanted(void **state)
{
    (void)state;
    static const struct {
        const char *kinds, *left;
    } cases[] = {
        {"", three},
        {"log", "id: 1\nevent: log\ndata: {\"a\":1}\n\n"},
        {"crossing", "id: 2\nevent: crossing\ndata: {\"event: log\":\"\"}\n\n"},
        {"log, alarm", "id: 1\nevent: log\ndata: {\"a\":1}\n\nid: 3\nevent: alarm\ndata: {}\n\n"},
        {"standing", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buf out = BUF(4096);
        unsigned kinds;
        struct why why = {0};
        assert_int_equal(stream_kinds_read(str_of(cases[i].kinds), &kinds, &why), ERR_NONE);
        stream_filter(STR(three), kinds, NULL, &out);
        assert_true(str_is(buf_str(&out), cases[i].left));
        buf_free(&out);
    }
}

static void keeps_what_a_subscription_asks_for(void **state)
{
    (void)state;
    static const char events[] = "id: 1\nevent: decision\ndata: {\"lane\":\"green\",\"n\":1}\n\n"
                                 "id: 2\nevent: decision\ndata: {\"lane\":\"joint\",\"n\":2}\n\n"
                                 "id: 3\nevent: log\ndata: {\"size\":7}\n\n"
                                 "id: 4\nevent: log\ndata: no JSON\n\n";
    static const struct {
        const char *where, *ids; // of the events kept
    } cases[] = {
        {"true", "1234"},
        {"type == 'log'", "34"},
        {"data.lane in ['joint', 'hold']", "2"}, // a member that is not there is no yes
        {"type == 'log' || data.lane == 'green'", "134"},
        {"has(data.size) && data.size > 6", "3"},
        {"data.n / 0 == 1", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena arena = ARENA(1 << 20);
        struct condition where;
        struct why why = {0};
        struct buf out = BUF(4096);
        char ids[8] = "";
        if (stream_where_read(&arena, str_of(cases[i].where), &where, &why)) fail_msg("%s", why.text);
        stream_filter(STR(events), ~0u, &where, &out);
        for (size_t k = 0; k + 4 < out.n; k++)
            if (!memcmp(out.p + k, "id: ", 4)) strncat(ids, out.p + k + 4, 1);
        if (strcmp(ids, cases[i].ids)) fail_msg("%s: %s", cases[i].where, ids);
        buf_free(&out);
        arena_free(&arena);
    }
}

static void refuses_a_subscription_that_is_no_condition(void **state)
{
    (void)state;
    static const char *const texts[] = {"typ == 'log'", "type", "type == 1",
                                        "data.lane ==", "data.all(a, data.all(b, data.all(c, data.all(d, true))))"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct arena arena = ARENA(1 << 20);
        struct condition where;
        struct why why = {0};
        assert_int_not_equal(stream_where_read(&arena, str_of(texts[i]), &where, &why), ERR_NONE);
        assert_string_equal(why.member, "where");
        arena_free(&arena);
    }
}

static void refuses_kinds_that_there_are_not(void **state)
{
    (void)state;
    static const char *const lists[] = {"gossip", "log,", "log,gossip", ",log", "LOG", "log;alarm"};
    static const enum err errs[] = {ERR_MALFORMED, ERR_NONE,      ERR_MALFORMED,
                                    ERR_MALFORMED, ERR_MALFORMED, ERR_MALFORMED};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        unsigned kinds;
        struct why why = {0};
        assert_int_equal(stream_kinds_read(str_of(lists[i]), &kinds, &why), errs[i]);
    }
}

static void who_runs_the_machine_does_not_see_the_cargo(void **state)
{
    (void)state;
    unsigned cargo = stream_kind(STR("crossing")) | stream_kind(STR("decision")) | stream_kind(STR("position"));
    assert_int_equal(stream_kinds_of(ROLE_OPERATOR) & cargo, 0);
    assert_int_equal(stream_kinds_of(ROLE_ADMIN) & cargo, 0);
    assert_int_equal(stream_kinds_of(ROLE_OFFICER) & cargo, cargo);
    assert_true(stream_kinds_of(ROLE_OPERATOR) & stream_kind(STR("alarm")));
    assert_int_equal(stream_kinds_of(ROLE_PARTY), 0);
    assert_int_equal(stream_kind(STR("")), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_whole_events_of_the_kinds_wanted),
        cmocka_unit_test(keeps_what_a_subscription_asks_for),
        cmocka_unit_test(refuses_a_subscription_that_is_no_condition),
        cmocka_unit_test(refuses_kinds_that_there_are_not),
        cmocka_unit_test(who_runs_the_machine_does_not_see_the_cargo),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
