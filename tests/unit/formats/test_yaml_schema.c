// SPDX-License-Identifier: Apache-2.0
#include "drafted.h"
#include "formats/yaml_schema.h"
#include "shared_data.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const char *const modes[] = {"open", "shut", NULL};
static const struct yaml_field window[] = {
    {"from", YAML_DATE, .required = true, .doc = "first day"},
    {"until", YAML_TIME, .doc = "end"},
    {NULL},
};
static const struct yaml_field group[] = {
    {"name", YAML_TEXT, .required = true, .min = 1, .max = 8, .doc = "name of the group"},
    {"groups", YAML_LIST, .of = YAML_TABLE, .table = group, .doc = "groups within"},
    {NULL},
};
static const struct yaml_field table[] = {
    {"party", YAML_TEXT, .required = true, .min = 1, .max = 20, .doc = "who runs it"},
    {"workers", YAML_INTEGER, .preset = "2", .min = 1, .max = 64, .doc = "threads"},
    {"share", YAML_DECIMAL, .min = 0, .max = 1, .doc = "a part of one"},
    {"live", YAML_BOOLEAN, .preset = "false", .doc = "in force"},
    {"silence", YAML_DURATION, .preset = "30s", .min = 1000, .max = 3600000, .doc = "longest silence"},
    {"body", YAML_SIZE, .preset = "64KiB", .doc = "largest body"},
    {"mode", YAML_ENUM, .choices = modes, .preset = "open", .doc = "mode"},
    {"window", YAML_TABLE, .table = window, .doc = "when"},
    {"kinds", YAML_LIST, .of = YAML_TEXT, .preset = "[]", .min = 0, .max = 3, .doc = "kinds"},
    {"groups", YAML_LIST, .of = YAML_TABLE, .table = group, .doc = "groups"},
    {"waits", YAML_MAP, .of = YAML_DURATION, .doc = "waits by name"},
    {"when", YAML_FREE, .doc = "a condition"},
    {NULL},
};

static void reads_what_the_table_says(void **state)
{
    (void)state;
    static const struct {
        const char *yaml, *json;
    } cases[] = {
        {"party: no",
         "{\"body\":65536,\"kinds\":[],\"live\":false,\"mode\":\"open\",\"party\":\"no\",\"silence\":30000,"
         "\"workers\":2}"},
        {"party: 1.50", "{\"body\":65536,\"kinds\":[],\"live\":false,\"mode\":\"open\",\"party\":\"1.50\","
                        "\"silence\":30000,\"workers\":2}"},
        {"{party: a, live: true, silence: 5m, body: 1MiB, workers: 64, mode: shut, kinds: [yes, 'a longer b', \"\"]}",
         "{\"body\":1048576,\"kinds\":[\"yes\",\"a longer b\",\"\"],\"live\":true,\"mode\":\"shut\",\"party\":\"a\","
         "\"silence\":300000,\"workers\":64}"},
        {"party: a\nshare: 0.25\nwindow:\n  from: 2026-02-28\n  until: 2026-03-01T08:00:00-06:00\n",
         "{\"body\":65536,\"kinds\":[],\"live\":false,\"mode\":\"open\",\"party\":\"a\",\"share\":0.25,\"silence\":"
         "30000,"
         "\"window\":{\"from\":\"2026-02-28\",\"until\":\"2026-03-01T14:00:00.000Z\"},\"workers\":2}"},
        {"party: a\ngroups:\n- name: x\n  groups:\n  - name: y\n",
         "{\"body\":65536,\"groups\":[{\"groups\":[{\"name\":\"y\"}],\"name\":\"x\"}],\"kinds\":[],\"live\":false,"
         "\"mode\":\"open\",\"party\":\"a\",\"silence\":30000,\"workers\":2}"},
        {"party: a\nwaits: {x: 1s, y: 2h}\nwhen: {a: [1, '1', no, true, null, 0x10, 1e2], b: \"true\"}\n",
         "{\"body\":65536,\"kinds\":[],\"live\":false,\"mode\":\"open\",\"party\":\"a\",\"silence\":30000,"
         "\"waits\":{\"x\":1000,\"y\":7200000},\"when\":{\"a\":[1,\"1\",\"no\",true,null,\"0x10\",100],\"b\":\"true\"},"
         "\"workers\":2}"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena arena = ARENA(1 << 20);
        struct why why = {0};
        struct json *out = NULL;
        enum err err = yaml_read(&arena, str_of(cases[i].yaml), table, &out, &why);
        if (err) fail_msg("case %zu: %s", i, why.text);
        assert_string_equal(canonical(&arena, out).p, cases[i].json);
        arena_free(&arena);
    }
}

static void refuses_with_line_column_and_reason(void **state)
{
    (void)state;
    static const struct {
        const char *yaml, *member, *text;
    } cases[] = {
        {"", "", "line 1, column 1: the file is empty"},
        {"party: a\nworker: 3", "/worker", "line 2, column 1: unknown key \"worker\"; did you mean \"workers\"?"},
        {"party: a\nzzzzzzzzz: 3", "/zzzzzzzzz", "line 2, column 1: unknown key \"zzzzzzzzz\""},
        {"workers: 3", "", "line 1, column 1: the key \"party\" is missing: who runs it"},
        {"party: a\nparty: b", "", "line 2, column 1: the key \"party\" is already there in line 1"},
        {"party:", "/party", "line 1, column 7: there is no value; write \"\" for an empty text"},
        {"party: ''", "/party", "line 1, column 8: 1 to 20 bytes of text is allowed here"},
        {"party: aaaaaaaaaaaaaaaaaaaaa", "/party", "line 1, column 8: 1 to 20 bytes of text is allowed here"},
        {"party: [a]", "/party", "line 1, column 8: a single value is wanted (text)"},
        {"party: a\nlive: no", "/live", "line 2, column 7: \"no\" is not true or false"},
        {"party: a\nlive: 'true'", "/live", "line 2, column 7: \"true\" is not true or false"},
        {"party: a\nworkers: 0", "/workers", "line 2, column 10: 1 to 64 is allowed here"},
        {"party: a\nworkers: 65", "/workers", "line 2, column 10: 1 to 64 is allowed here"},
        {"party: a\nworkers: 0x10", "/workers", "line 2, column 10: \"0x10\" is not a whole number"},
        {"party: a\nworkers: 2.0", "/workers", "line 2, column 10: \"2.0\" is not a whole number"},
        {"party: a\nshare: .5", "/share", "line 2, column 8: \".5\" is not a number"},
        {"party: a\nshare: 1.5", "/share", "line 2, column 8: 0 to 1 is allowed here"},
        {"party: a\nsilence: 30", "/silence",
         "line 2, column 10: \"30\" is not a duration such as 250ms, 30s, 5m, 2h or 7d"},
        {"party: a\nsilence: 2h", "/silence", "line 2, column 10: 1000 to 3600000 ms is allowed here"},
        {"party: a\nbody: 1MB", "/body", "line 2, column 7: \"1MB\" is not a size such as 512, 64KiB, 16MiB or 1GiB"},
        {"party: a\nmode: ajar", "/mode", "line 2, column 7: \"ajar\" is none of: open, shut"},
        {"party: a\nkinds: x", "/kinds", "line 2, column 8: a list is wanted"},
        {"party: a\nkinds: [a, b, c, d]", "/kinds", "line 2, column 8: 0 to 3 items is allowed here"},
        {"party: a\nkinds: [a, [b]]", "/kinds/1", "line 2, column 12: a single value is wanted (text)"},
        {"party: a\nwindow: {from: 2026-02-29}", "/window/from",
         "line 2, column 16: \"2026-02-29\" is not a date such as 2026-03-01"},
        {"party: a\nwindow: {from: 2026-02-28, until: 2026-03-01T08:00:00}", "/window/until",
         "line 2, column 35: \"2026-03-01T08:00:00\" is not a time such as 2026-03-01T14:05:09Z"},
        {"party: a\ngroups: [{name: x, groups: [{nam: y}]}]", "/groups/0/groups/0/nam",
         "line 2, column 30: unknown key \"nam\"; did you mean \"name\"?"},
        {"party: &a x", "/party", "line 1, column 8: anchors (&name) are not read; write the value out"},
        {"party: *a", "/party", "line 1, column 8: aliases (*name) are not read; write the value out"},
        {"party: !!str x", "/party", "line 1, column 8: tags (!name) are not read; the schema says what a value is"},
        {"%YAML 1.1\n---\nparty: a", "", "line 1, column 1: directives (%YAML, %TAG) are not read"},
        {"party: a\n---\nparty: b", "", "line 2, column 1: a second document; one a file"},
        {"? [a]\n: b", "", "line 1, column 3: a key must be a text"},
        {"party: \"a\\0b\"", "/party", "line 1, column 8: a text cannot hold the character U+0000"},
        {"- a", "", "line 1, column 1: a map of named members is wanted"},
        {"party: a\n\tx: b", "", "line 2, column 1: found a tab character that violates indentation"},
        {"party: \xff", "", "the file is not UTF-8"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena arena = ARENA(1 << 20);
        struct why why = {0};
        struct json *out = NULL;
        assert_int_equal(yaml_read(&arena, str_of(cases[i].yaml), table, &out, &why), ERR_MALFORMED);
        assert_string_equal(why.text, cases[i].text);
        assert_string_equal(why.member, cases[i].member);
        arena_free(&arena);
    }
}

static void bounds_size_depth_and_memory(void **state)
{
    (void)state;
    struct arena arena = ARENA((size_t)64 << 20);
    struct json *out = NULL;
    struct why why = {0};
    struct buf b = BUF(BUF_MAX_DEFAULT);
    buf_puts(&b, "party: a\nwhen: ");
    for (int i = 0; i < 100000; i++) buf_putc(&b, '[');
    assert_int_equal(yaml_read(&arena, buf_str(&b), table, &out, &why), ERR_MALFORMED);
    assert_non_null(strstr(why.text, "nested too deeply"));

    buf_clear(&b);
    buf_puts(&b, "party: a\nwhen: ");
    for (int i = 0; i < YAML_DEPTH_MAX - 2; i++) buf_putc(&b, '[');
    buf_puts(&b, "1");
    for (int i = 0; i < YAML_DEPTH_MAX - 2; i++) buf_putc(&b, ']');
    assert_int_equal(yaml_read(&arena, buf_str(&b), table, &out, NULL), ERR_NONE);

    buf_clear(&b);
    buf_puts(&b, "party: a\n#");
    while (b.n < YAML_BYTES_MAX) buf_putc(&b, 'x');
    assert_int_equal(yaml_read(&arena, buf_str(&b), table, &out, NULL), ERR_NONE);
    buf_putc(&b, 'x');
    memset(&why, 0, sizeof why);
    assert_int_equal(yaml_read(&arena, buf_str(&b), table, &out, &why), ERR_TOO_LARGE);

    buf_clear(&b);
    buf_puts(&b, "party: a\nwaits:\n");
    for (int i = 0; i <= YAML_KEYS_MAX; i++) buf_printf(&b, "  k%d: 1s\n", i);
    memset(&why, 0, sizeof why);
    assert_int_equal(yaml_read(&arena, buf_str(&b), table, &out, &why), ERR_MALFORMED);
    assert_non_null(strstr(why.text, "too many keys"));

    struct arena small = ARENA(512);
    memset(&why, 0, sizeof why);
    assert_int_equal(yaml_read(&small, STR("party: a\nkinds: [a, b, c]"), table, &out, &why), ERR_NO_MEMORY);
    arena_free(&small);
    buf_free(&b);
    arena_free(&arena);
}

static void durations_and_dates_are_exact(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t ms; // -1: refused
    } cases[] = {
        {"250ms", 250},
        {"0s", 0},
        {"30s", 30000},
        {"5m", 300000},
        {"2h", 7200000},
        {"7d", 604800000},
        {"36600d", 3162240000000},
        {"36601d", -1},
        {"30", -1},
        {"s", -1},
        {"-5s", -1},
        {"05s", -1},
        {"1.5h", -1},
        {"5 m", -1},
        {"5M", -1},
        {"", -1},
        {"99999999999999999999s", -1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t ms = -1;
        bool ok = yaml_duration_ms(str_of(cases[i].text), &ms);
        assert_int_equal(ok, cases[i].ms >= 0);
        if (ok) assert_int_equal(ms, cases[i].ms);
    }
    int64_t ms;
    assert_true(yaml_date_ms(STR("1970-01-02"), &ms));
    assert_int_equal(ms, 86400000);
    assert_false(yaml_date_ms(STR("2025-02-29"), &ms));
    assert_false(yaml_date_ms(STR("2025-2-9"), &ms));
}

static void describes_itself(void **state)
{
    (void)state;
    struct buf b = BUF(BUF_MAX_DEFAULT);
    yaml_schema_describe(table, &b);
    buf_putc(&b, '\0');
    assert_false(b.failed);
    assert_non_null(strstr(b.p, "party (text, 1 to 20, required): who runs it\n"));
    assert_non_null(strstr(b.p, "mode (one of open, shut, default open): mode\n"));
    assert_non_null(strstr(b.p, "window (table): when\n  from (date, required): first day\n"));
    assert_non_null(strstr(b.p, "groups (list of table): groups\n  name (text, 1 to 8, required): name of the group\n"
                                "  groups (list of table): groups within\nwaits"));
    buf_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_the_table_says),
        cmocka_unit_test(refuses_with_line_column_and_reason),
        cmocka_unit_test(bounds_size_depth_and_memory),
        cmocka_unit_test(durations_and_dates_are_exact),
        cmocka_unit_test(describes_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
