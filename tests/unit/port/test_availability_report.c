// SPDX-License-Identifier: Apache-2.0
#include "port/availability_report.h"

#include "base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define HOUR INT64_C(3600000)
#define T0 INT64_C(1767225600000) // 2026-01-01T00:00:00Z

struct fixture {
    struct arena arena;
    struct machine_change changes[4];
    struct machine_scan scan;
    struct machine machine;
    struct fleet fleet;
    struct availability_report report;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    struct why why = {0};
    if (!f) return -1;
    f->arena = ARENA((size_t)16 << 20);
    f->changes[0] = (struct machine_change){.at_ms = T0, .state = MACHINE_UP};
    f->changes[1] = (struct machine_change){
        .at_ms = T0 + 10 * HOUR, .state = MACHINE_DOWN, .reason = STR("<i>"), .note = STR("=HYPERLINK(\"x\")")};
    f->changes[2] = (struct machine_change){.at_ms = T0 + 16 * HOUR, .to_ms = T0 + 40 * HOUR, .state = MACHINE_UP};
    f->scan = (struct machine_scan){T0, T0 + HOUR, 0, 50, VERDICT_NONE};
    f->machine = machine_blank(STR("2304/P1"));
    f->machine.type = STR("scanner");
    f->machine.port = STR("2304");
    f->machine.name = STR("<script>alert(1)</script>&\"'");
    f->machine.changes = f->changes;
    f->machine.nchanges = 3;
    f->machine.scans = &f->scan;
    f->machine.nscans = 1;
    f->machine.contract = (struct machine_contract){STR("V"), STR("<b>"), 95, 1, 4, 100, -1};
    f->fleet = (struct fleet){&f->machine, 1};
    f->report = (struct availability_report){.port = STR("2304"), .period = {T0, T0 + 48 * HOUR, T0 + 1000 * HOUR}};
    f->report.source = (struct report_source){.name = STR("<u>.csv"), .rows = 7};
    *state = f;
    return availability_report_make(&f->arena, &f->fleet, &f->report, &why) == ERR_NONE ? 0 : -1;
}

static int tear_down(void **state)
{
    arena_free(&((struct fixture *)*state)->arena);
    free(*state);
    return 0;
}

static const char *html_of(struct fixture *f, const char *language)
{
    struct buf out = BUF((size_t)4 << 20);
    f->report.language = str_of(language);
    availability_report_html(&f->report, &out);
    assert_false(out.failed);
    const char *text = arena_str(&f->arena, buf_str(&out)).p;
    buf_free(&out);
    return text;
}

static void nothing_from_outside_becomes_markup(void **state)
{
    struct fixture *f = *state;
    const char *html = html_of(f, "en");
    assert_null(strstr(html, "<script"));
    assert_null(strstr(html, "<i>"));
    assert_null(strstr(html, "<u>"));
    assert_non_null(strstr(html, "&lt;script&gt;alert(1)&lt;/script&gt;&amp;&quot;&#39;"));
    assert_non_null(strstr(html, "&lt;u&gt;.csv"));
    // It asks nobody for anything.
    assert_null(strstr(html, "http"));
    assert_null(strstr(html, "src="));
    assert_null(strstr(html, "href"));
}

static size_t count(const char *text, const char *what)
{
    size_t n = 0;
    for (const char *p = text; (p = strstr(p, what)); p++) n++;
    return n;
}

static void the_page_is_the_same_in_three_languages(void **state)
{
    struct fixture *f = *state;
    static const char *const tags[] = {"<tr>",  "<td",      "</td>", "<rect",  "</rect>", "<h2>",
                                       "</h2>", "</table>", "<div",  "</div>", "<span",   "</span>"};
    const char *en = html_of(f, "en");
    static const struct {
        const char *language, *title, *reason;
    } others[] = {{"es", "Disponibilidad del equipo", "otro: &lt;i&gt;"},
                  {"fr", "Disponibilité de l’équipement", "autre: &lt;i&gt;"}};
    assert_non_null(strstr(en, "<html lang=\"en\">"));
    assert_non_null(strstr(en, "other: &lt;i&gt;"));
    for (size_t i = 0; i < 2; i++) {
        const char *html = html_of(f, others[i].language);
        assert_non_null(strstr(html, others[i].title));
        assert_non_null(strstr(html, others[i].reason));
        for (size_t t = 0; t < sizeof tags / sizeof *tags; t++)
            assert_int_equal(count(html, tags[t]), count(en, tags[t]));
    }
    for (size_t t = 7; t + 1 < sizeof tags / sizeof *tags; t++) {
        if (tags[t][1] == '/') continue;
        assert_int_equal(count(en, tags[t]), count(en, tags[t + 1]));
    }
}

static void has(struct str line, const char *text)
{
    if (!memmem(line.p, line.n, text, strlen(text))) fail_msg("%.*s has no %s", STR_ARG(line), text);
}

static void the_table_has_a_row_a_machine_and_one_an_interruption(void **state)
{
    struct fixture *f = *state;
    struct buf out = BUF((size_t)1 << 20);
    availability_report_csv(&f->report, &out);
    assert_int_equal(count(arena_str(&f->arena, buf_str(&out)).p, "\r\n"), 3);
    struct str rest = buf_str(&out), line, header = str_cut(rest, '\n', &rest);
    size_t columns = 1;
    for (size_t i = 0; i < header.n; i++) columns += header.p[i] == ',';
    line = str_cut(rest, '\n', &rest);
    assert_true(str_starts(line, "equipment,2304/P1,"));
    size_t commas = 0;
    for (size_t i = 0; i < line.n; i++) commas += line.p[i] == ',';
    assert_int_equal(commas + 1, columns);
    line = str_cut(rest, '\n', &rest);
    assert_true(str_starts(line, "interruption,2304/P1,"));
    has(line, "2026-01-01 10:00,2026-01-01 16:00,no,");
    has(line, "other,<i>,\"'=HYPERLINK(\"\"x\"\")\",no,6.00,");
    buf_free(&out);
}

static void the_figures_as_json(void **state)
{
    struct fixture *f = *state;
    const struct json *r = availability_report_json(&f->arena, &f->report);
    const struct json *m = json_at(json_get(r, "equipment"), 0);
    double n = 0;
    assert_true(json_number(json_get(r, "all"), "systems_with_outage", &n) && n > 0.5 && n < 1.5);
    assert_true(json_number(m, "observed", &n));
    assert_true(n > 0.8332 && n < 0.8334);
    assert_true(json_number(json_get(m, "hours"), "unknown", &n) && n > 7.9 && n < 8.1);
    assert_true(json_number(json_get(m, "scans"), "without_verdict", &n) && n > 49.5);
    assert_true(json_number(json_get(m, "contract"), "penalty", &n));
    assert_true(n > 199.9 && n < 200.1);
    const struct json *x = json_at(json_get(m, "interruptions"), 0);
    assert_true(str_is(json_text(x, "reason"), "other"));
    assert_true(str_is(json_text(x, "words"), "<i>"));
    assert_false(json_number(x, "response_hours", &n));
    assert_true(json_number(json_get(r, "source"), "rows", &n));
}

static void days_begin_where_the_port_is(void **state)
{
    struct fixture *f = *state;
    int64_t ms = 0;
    char text[REPORT_TIME_ROOM];
    assert_true(report_moment(STR("2026-01-01"), STR_NONE, false, &ms));
    assert_int_equal(ms, T0);
    assert_true(report_moment(STR("2026-01-01"), STR_NONE, true, &ms));
    assert_int_equal(ms, T0 + 24 * HOUR);
    assert_true(report_moment(STR("2026-01-01"), STR("America/Chicago"), false, &ms));
    assert_int_equal(ms, T0 + 6 * HOUR);
    // The day on which clocks are put forward has 23 hours.
    int64_t next = 0;
    assert_true(report_moment(STR("2026-03-08"), STR("America/Chicago"), false, &ms));
    assert_true(report_moment(STR("2026-03-08"), STR("America/Chicago"), true, &next));
    assert_int_equal(next - ms, 23 * HOUR);
    assert_true(report_moment(STR("2026-01-01T06:00:00Z"), STR("America/Chicago"), true, &ms));
    assert_int_equal(ms, T0 + 6 * HOUR);
    assert_false(report_moment(STR("yesterday"), STR_NONE, false, &ms));
    f->report.zone = STR("America/Chicago");
    report_time(&f->report, T0, text);
    assert_string_equal(text, "2025-12-31 18:00");
}

static void the_extent_is_what_is_said(void **state)
{
    struct fixture *f = *state;
    struct period extent;
    assert_true(fleet_extent(&f->fleet, T0 + 1000 * HOUR, &extent));
    assert_int_equal(extent.from_ms, T0);
    assert_int_equal(extent.to_ms, T0 + 40 * HOUR);
    assert_true(fleet_extent(&f->fleet, T0 + 20 * HOUR, &extent));
    assert_int_equal(extent.to_ms, T0 + 20 * HOUR);
    f->machine.nchanges = f->machine.nscans = 0;
    assert_false(fleet_extent(&f->fleet, T0, &extent));
}

#define WITH(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH(nothing_from_outside_becomes_markup),
        WITH(the_page_is_the_same_in_three_languages),
        WITH(the_table_has_a_row_a_machine_and_one_an_interruption),
        WITH(the_figures_as_json),
        WITH(days_begin_where_the_port_is),
        WITH(the_extent_is_what_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
