// SPDX-License-Identifier: Apache-2.0
#include "serve/known.h"
#include "serve/page.h"
#include "serve/registry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static void finds_what_is_registered(void **state)
{
    (void)state;
    struct registry *r;
    struct why why = {0};
    assert_int_equal(
        registry_read(STR("[{\"device\":\"imei:2\",\"vendor\":\"V\",\"vendor_country\":\"LT\",\"door_io\":9},"
                          "{\"device\":\"imei:1\",\"party\":\"p\"}]"),
                      &r, &why),
        ERR_NONE);
    const struct registered *found = registry_find(r, STR("imei:2"));
    assert_true(found && str_is(found->vendor, "V") && found->profile.has_door && found->profile.door_io == 9);
    assert_int_equal(found->profile.door_open, 1);
    found = registry_find(r, STR("imei:1"));
    assert_true(found && str_is(found->party, "p") && !found->profile.has_door);
    assert_null(registry_find(r, STR("imei:3")));
    assert_null(registry_find(r, STR("")));
    registry_free(r);
    assert_int_equal(registry_read(STR(""), &r, &why), ERR_NONE);
    assert_null(registry_find(r, STR("imei:1")));
    registry_free(r);
}

static void refuses_a_registry_that_is_none(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum err err;
        const char *member;
    } cases[] = {
        {"{}", ERR_MALFORMED, "devices"},
        {"[", ERR_MALFORMED, "/0"},
        {"[{}]", ERR_MALFORMED, "/0/device"},
        {"[{\"device\":\"imei:1\",\"colour\":1}]", ERR_MALFORMED, "/0/colour"},
        {"[{\"device\":\"imei:1\"},{\"device\":\"imei:2\",\"vendor_country\":\"lt\"}]", ERR_MALFORMED,
         "/1/vendor_country"},
        {"[{\"device\":\"imei:1\"},{\"device\":\"imei:1\"}]", ERR_CONFLICT, "devices"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct registry *r;
        struct why why = {0};
        assert_int_equal(registry_read(str_of(cases[i].text), &r, &why), cases[i].err);
        assert_string_equal(why.member, cases[i].member);
    }
}

static void remembers_devices_and_forgets_strangers_first(void **state)
{
    (void)state;
    struct knowns *k = knowns_new(4);
    assert_non_null(k);
    struct known *registered = known_find(k, DEVICE_TELTONIKA, "1", true);
    struct known *stranger = known_find(k, DEVICE_TELTONIKA, "2", false);
    assert_non_null(registered);
    assert_non_null(stranger);
    registered->session.last_at_ms = 77;
    stranger->session.last_at_ms = 78;
    assert_ptr_equal(known_find(k, DEVICE_TELTONIKA, "1", true), registered);
    assert_ptr_not_equal(known_find(k, DEVICE_JOINTECH, "1", true), registered);
    for (int i = 10; i < 30; i++) {
        char id[16];
        snprintf(id, sizeof id, "%d", i);
        assert_non_null(known_find(k, DEVICE_TELTONIKA, id, false));
    }
    assert_true(known_find(k, DEVICE_TELTONIKA, "1", true)->session.last_at_ms == 77);
    assert_true(known_find(k, DEVICE_TELTONIKA, "2", false)->session.last_at_ms == 0);
    knowns_free(k);
}

static void never_forgets_who_is_connected(void **state)
{
    (void)state;
    struct knowns *k = knowns_new(2);
    struct known *a = known_find(k, DEVICE_TELTONIKA, "1", false), *b = known_find(k, DEVICE_TELTONIKA, "2", false);
    a->in_flight = 1;
    b->in_flight = 1;
    assert_null(known_find(k, DEVICE_TELTONIKA, "3", true));
    b->in_flight = 0;
    assert_ptr_equal(known_find(k, DEVICE_TELTONIKA, "3", true), b);
    assert_ptr_equal(known_find(k, DEVICE_TELTONIKA, "1", false), a);
    knowns_free(k);
}

static void what_did_not_reach_the_disk_is_no_repeat(void **state)
{
    (void)state;
    struct knowns *k = knowns_new(2);
    struct known *a = known_find(k, DEVICE_JOINTECH, "8000620011", false);
    assert_int_equal(device_session_note(&a->session, 1000, 5, STR("frame")), DEVICE_FRESH);
    assert_int_equal(device_session_note(&a->session, 1000, 5, STR("frame")), DEVICE_REPEATED);
    assert_int_equal(device_session_note(&a->session, 1000, 5, STR("other")), DEVICE_ALTERED);
    known_forget(a, 1000, 5);
    assert_int_equal(device_session_note(&a->session, 1000, 5, STR("frame")), DEVICE_FRESH);
    knowns_free(k);
}

static void the_page_is_built_in(void **state)
{
    (void)state;
    struct page *page;
    struct why why = {0};
    assert_int_equal(page_load(NULL, &page, &why), ERR_NONE);
    const struct page_file *index = page_find(page, STR(""));
    assert_non_null(index);
    assert_string_equal(index->type, "text/html; charset=utf-8");
    assert_ptr_equal(index, page_find(page, STR("index.html")));
    assert_int_equal(strlen(index->etag), 34);
    assert_null(page_find(page, STR("../index.html")));
    page_free(page);
    assert_int_equal(page_load("/nowhere", &page, &why), ERR_NOT_FOUND);
    assert_string_equal(page_type(STR("a.js")), "text/javascript; charset=utf-8");
    assert_string_equal(page_type(STR("a")), "application/octet-stream");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_what_is_registered),
        cmocka_unit_test(refuses_a_registry_that_is_none),
        cmocka_unit_test(remembers_devices_and_forgets_strangers_first),
        cmocka_unit_test(never_forgets_who_is_connected),
        cmocka_unit_test(what_did_not_reach_the_disk_is_no_repeat),
        cmocka_unit_test(the_page_is_built_in),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
