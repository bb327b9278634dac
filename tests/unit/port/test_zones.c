// SPDX-License-Identifier: Apache-2.0
#include "one_arena.h"
#include "port/zones.h"

static struct why why;
static struct zones zones;

#define SQUARE "[[-99.52,27.59],[-99.51,27.59],[-99.51,27.6],[-99.52,27.6]]"

static enum err read(const char *text)
{
    why = (struct why){0};
    const struct json *value = json_parse(&arena, str_of(text), &why);
    if (!value) fail_msg("%s", why.text);
    return zones_read(&arena, value, &zones, &why);
}

static void zones_are_read_in_their_order(void **state)
{
    (void)state;
    if (read("[{\"name\":\"queue A\",\"stage\":\"queue\",\"polygon\":" SQUARE "},"
             "{\"name\":\"exit\",\"stage\":\"exit\",\"polygon\":[[0,0],[1,0],[0,1],[0,0]]}]") != ERR_NONE)
        fail_msg("%s", why.text);
    assert_int_equal(zones.count, 2);
    assert_true(str_is(zones.items[0].name, "queue A"));
    assert_int_equal(zones.items[0].stage, STAGE_QUEUE);
    assert_int_equal(zones.items[0].count, 4);
    assert_true(zones.items[0].points[2].lon > -99.511 && zones.items[0].points[2].lat > 27.599);
    assert_int_equal(zones.items[1].stage, STAGE_EXIT);
    assert_int_equal(zones_read(&arena, NULL, &zones, &why), ERR_NONE);
    assert_int_equal(zones.count, 0);
}

static void bad_zones_are_refused_with_their_place(void **state)
{
    (void)state;
    static const struct {
        const char *text, *member;
        enum err err;
    } cases[] = {
        {"{}", "/zones", ERR_MALFORMED},
        {"[1]", "/zones/0", ERR_MALFORMED},
        {"[{\"stage\":\"queue\",\"polygon\":" SQUARE "}]", "/zones/0/name", ERR_MALFORMED},
        {"[{\"name\":\"\",\"stage\":\"queue\",\"polygon\":" SQUARE "}]", "/zones/0/name", ERR_MALFORMED},
        {"[{\"name\":\"a\",\"stage\":\"outside\",\"polygon\":" SQUARE "}]", "/zones/0/stage", ERR_MALFORMED},
        {"[{\"name\":\"a\",\"stage\":\"all\",\"polygon\":" SQUARE "}]", "/zones/0/stage", ERR_MALFORMED},
        {"[{\"name\":\"a\",\"stage\":\"queue\"}]", "/zones/0/polygon", ERR_MALFORMED},
        {"[{\"name\":\"a\",\"stage\":\"queue\",\"polygon\":[[0,0],[1],[0,1]]}]", "/zones/0/polygon", ERR_MALFORMED},
        {"[{\"name\":\"a\",\"stage\":\"queue\",\"polygon\":[[0,0],[1,0,5],[0,1]]}]", "/zones/0/polygon", ERR_MALFORMED},
        {"[{\"name\":\"a\",\"stage\":\"queue\",\"polygon\":[[0,0],[1,\"0\"],[0,1]]}]", "/zones/0/polygon",
         ERR_MALFORMED},
        {"[{\"name\":\"a\",\"stage\":\"queue\",\"polygon\":[[0,0],[1,0],[0,95]]}]", "/zones/0/polygon", ERR_MALFORMED},
        {"[{\"name\":\"a\",\"stage\":\"queue\",\"polygon\":[[0,0],[1,1],[1,0],[0,1]]}]", "/zones/0/polygon",
         ERR_SENSELESS},
        {"[{\"name\":\"a\",\"stage\":\"queue\",\"polygon\":" SQUARE ",\"colour\":1}]", "/zones/0", ERR_MALFORMED},
        {"[{\"name\":\"a\",\"stage\":\"queue\",\"polygon\":" SQUARE "},"
         "{\"name\":\"a\",\"stage\":\"booth\",\"polygon\":" SQUARE "}]",
         "/zones/1/name", ERR_MALFORMED},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        enum err err = read(cases[i].text);
        if (err != cases[i].err || strcmp(why.member, cases[i].member) != 0)
            fail_msg("%s: %s %s", cases[i].text, err_name(err), why.member);
    }
}

static void numbers_of_zones_and_vertices_are_bounded(void **state)
{
    (void)state;
    struct buf b = BUF(1 << 20);
    buf_puts(&b, "[");
    for (int i = 0; i <= ZONES_MAX; i++)
        buf_printf(&b, "%s{\"name\":\"z%d\",\"stage\":\"queue\",\"polygon\":" SQUARE "}", i ? "," : "", i);
    buf_puts(&b, "]");
    buf_putc(&b, '\0');
    assert_int_equal(read(b.p), ERR_TOO_LARGE);
    buf_clear(&b);
    buf_puts(&b, "[{\"name\":\"a\",\"stage\":\"queue\",\"polygon\":[");
    for (int i = 0; i < 5 * GEOFENCE_VERTICES_MAX; i++) buf_printf(&b, "%s[%d.5,%d]", i ? "," : "", i % 90, i % 80);
    buf_puts(&b, "]}]");
    buf_putc(&b, '\0');
    assert_int_equal(read(b.p), ERR_TOO_LARGE);
    buf_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(zones_are_read_in_their_order),
        cmocka_unit_test(bad_zones_are_refused_with_their_place),
        cmocka_unit_test(numbers_of_zones_and_vertices_are_bounded),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
