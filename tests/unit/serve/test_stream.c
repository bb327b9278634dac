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
        stream_filter(STR(three), kinds, &out);
        assert_true(str_is(buf_str(&out), cases[i].left));
        buf_free(&out);
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
        cmocka_unit_test(refuses_kinds_that_there_are_not),
        cmocka_unit_test(who_runs_the_machine_does_not_see_the_cargo),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
