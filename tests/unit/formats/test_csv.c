// SPDX-License-Identifier: Apache-2.0
#include "formats/csv.h"

#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

// Every row of a text: fields between bars, a bad row as "!".
static void read_all(const char *text, char *out, size_t room)
{
    struct arena arena = ARENA((size_t)1 << 20);
    struct csv csv = csv_open(str_of(text), 0);
    struct csv_row row;
    size_t n = 0;
    out[0] = '\0';
    for (;;) {
        struct why why = {0};
        enum csv_step step = csv_next(&csv, &arena, &row, &why);
        if (step == CSV_END) break;
        n += (size_t)snprintf(out + n, room - n, "%u/%u:", csv.row, csv.line);
        if (step == CSV_BAD) {
            assert_true(why.text[0] != '\0');
            n += (size_t)snprintf(out + n, room - n, "!%.*s", STR_ARG(row.raw));
        }
        for (size_t i = 0; i < row.count && step == CSV_ROW; i++)
            n += (size_t)snprintf(out + n, room - n, "%s%.*s", i ? "|" : "", STR_ARG(row.fields[i]));
        n += (size_t)snprintf(out + n, room - n, "\n");
    }
    arena_free(&arena);
}

static void reads_what_other_systems_write(void **state)
{
    (void)state;
    static const struct {
        const char *text, *rows;
    } cases[] = {
        {"", ""},
        {"\n \r\n", ""},
        {"a,b\n1,2", "1/1:a|b\n2/2:1|2\n"},
        {"a,b\r\n1,2\r\n", "1/1:a|b\n2/2:1|2\n"},
        {"a,b\r\n1,2\r", "1/1:a|b\n2/2:1|2\n"},
        {"\xef\xbb\xbf"
         "a;b,c;d\n1;2;3\n",
         "1/1:a|b,c|d\n2/2:1|2|3\n"},
        {"a\tb\n1\t2\n", "1/1:a|b\n2/2:1|2\n"},
        {"\"a;b\",c\n", "1/1:a;b|c\n"},
        {"a,\"x \"\"y\"\"\n2\",\n", "1/1:a|x \"y\"\n2|\n"},
        {"a,\"\"\n\n,\n", "1/1:a|\n2/3:|\n"},
        // One wrong line costs itself alone.
        {"a,b\nx,\"y\nz,w\n", "1/1:a|b\n2/2:!x,\"y\n3/3:z|w\n"},
        {"a\n\"b\"c\nd\n", "1/1:a\n2/2:!\"b\"c\n3/3:d\n"},
        {"a\nb\"c\nd\n", "1/1:a\n2/2:!b\"c\n3/3:d\n"},
        {"a\nb\xff\nd\n", "1/1:a\n2/2:!b\xff\n3/3:d\n"},
        {"a\nb\x01\nd\n", "1/1:a\n2/2:!b\x01\n3/3:d\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char rows[512];
        read_all(cases[i].text, rows, sizeof rows);
        if (strcmp(rows, cases[i].rows) != 0) fail_msg("case %zu:\n%s", i, rows);
    }
}

static void bounds_fields_and_their_number(void **state)
{
    (void)state;
    struct arena arena = ARENA((size_t)1 << 20);
    struct buf text = BUF((size_t)1 << 20);
    for (int i = 0; i < CSV_FIELDS_MAX; i++) buf_puts(&text, "a,");
    buf_puts(&text, "a\n");
    for (int i = 0; i < CSV_FIELD_MAX + 1; i++) buf_putc(&text, 'x');
    buf_puts(&text, "\n\"");
    for (int i = 0; i < CSV_FIELD_MAX + 1; i++) buf_putc(&text, 'x');
    buf_puts(&text, "\"\nok\n");
    struct csv csv = csv_open(buf_str(&text), ',');
    struct csv_row row;
    for (int i = 0; i < 3; i++) {
        struct why why = {0};
        assert_int_equal(csv_next(&csv, &arena, &row, &why), CSV_BAD);
    }
    struct why why = {0};
    assert_int_equal(csv_next(&csv, &arena, &row, &why), CSV_ROW);
    assert_true(str_is(row.fields[0], "ok"));
    buf_free(&text);
    arena_free(&arena);
}

static void writes_what_no_spreadsheet_runs(void **state)
{
    (void)state;
    static const struct {
        const char *text, *field;
    } cases[] = {
        {"plain", "plain"},   {"", ""},
        {"a,b", "\"a,b\""},   {"say \"x\"", "\"say \"\"x\"\"\""},
        {"=1+1", "'=1+1"},    {"+cmd", "'+cmd"},
        {"-2", "-2"},         {"-2.5", "-2.5"},
        {"-2+3", "'-2+3"},    {"@SUM", "'@SUM"},
        {"\tx", "\"'\tx\""},  {"=a,b", "\"'=a,b\""},
        {"a\nb", "\"a\nb\""}, {"+1.2.3", "'+1.2.3"},
        {"-", "'-"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buf out = BUF(256);
        csv_field(str_of(cases[i].text), &out);
        if (!str_is(buf_str(&out), cases[i].field)) fail_msg("case %zu: %.*s", i, STR_ARG(buf_str(&out)));
        buf_free(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_other_systems_write),
        cmocka_unit_test(bounds_fields_and_their_number),
        cmocka_unit_test(writes_what_no_spreadsheet_runs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
