// SPDX-License-Identifier: Apache-2.0
#include "one_arena.h"
#include "port/governor.h"

static const char report_text[] =
    "{\"now\":\"2026-03-01T12:00:00.000Z\",\"from\":\"2026-02-28T12:00:00.000Z\",\"level\":0.95,\"ports\":["
    "{\"code\":\"2304\",\"name\":\"Laredo <World> & "
    "\\\"Trade\\\"\",\"waits\":[{\"stage\":\"queue\",\"method\":\"readers\","
    "\"n\":40,\"censored\":3,\"mean\":{\"minutes\":27.5,\"low\":24,\"high\":31},\"median\":{\"minutes\":26,\"low\":20,"
    "\"high\":30},\"p95\":{\"minutes\":60,\"at_least\":true,\"low\":41,\"high\":null},\"coverage\":{\"measured\":40,"
    "\"arrivals\":100,\"share\":0.4,\"enough\":false}}],\"targets\":[{\"what\":\"wait_min\",\"target\":30,\"met\":null}"
    ","
    "{\"what\":\"wait_p95_min\",\"target\":40,\"met\":false},{\"what\":\"scanned_pct\",\"target\":20,\"met\":true}],"
    "\"arrivals\":100,\"releases\":90,\"scanned\":25,\"scanned_pct\":25,\"scanners\":{\"total\":5,\"up\":3,\"unknown\":"
    "1},"
    "\"incidents\":{\"openings\":2,\"tampers\":0,\"discrepancies\":0,\"contraband\":1}},"
    "{\"code\":\"2408\",\"name\":\"=cmd()\",\"waits\":[],\"targets\":[],\"arrivals\":0,\"scanned_pct\":null,"
    "\"scanners\":{\"total\":0,\"up\":0,\"unknown\":0},\"incidents\":{}}]}";

static struct str made(enum governor_language language, bool csv)
{
    struct why why = {0};
    struct buf b = BUF(1 << 20);
    const struct json *report = json_parse(&arena, str_of(report_text), &why);
    if (!report) fail_msg("%s", why.text);
    if (csv)
        governor_csv(report, &b);
    else
        governor_html(report, language, &b);
    assert_false(b.failed);
    struct str s = arena_str(&arena, buf_str(&b));
    buf_free(&b);
    return s;
}

static void holds(struct str page, const char *text)
{
    if (!memmem(page.p, page.n, text, strlen(text))) fail_msg("%s is not in\n%.*s", text, STR_ARG(page));
}

static void the_page_says_each_figure_with_all_that_belongs_to_it(void **state)
{
    (void)state;
    struct str page = made(GOVERNOR_EN, false);
    static const char *const texts[] = {
        "<html lang=\"en\">",
        "From 2026-02-28 12:00 to 2026-03-01 12:00 (UTC); intervals at 95 %.",
        "Laredo &lt;World&gt; &amp; &quot;Trade&quot;",
        "<b>27.5</b> (24 – 31)",
        "at least <b>60</b> (41 – …)",
        "readers<br><small>40 trucks, 3 still there or lost from sight</small>",
        "40 %<br><small class=\"w\">fewer than 85 %",
        "25 %<br><small>25 / 100</small>",
        "3 / 5<br><small>1 not known</small>",
        "2 seals opened<br>1 contraband found",
        "mean wait ≤ 30: <span class=\"u\">cannot be told</span><br>95th percentile ≤ 40: <span "
        "class=\"w\">missed</span>"
        "<br>scanned % ≥ 20: <span class=\"m\">met</span>",
        "<small>2408</small></th><td>0</td><td><span class=\"u\">not known</span></td>",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) holds(page, texts[i]);
    assert_null(memmem(page.p, page.n, "<World>", 7));
    assert_null(memmem(page.p, page.n, "<script", 7));
}

static void the_page_speaks_three_languages_and_leaves_no_word_out(void **state)
{
    (void)state;
    enum governor_language language = GOVERNOR_EN;
    holds(made(GOVERNOR_ES, false), "Espera media en la fila");
    holds(made(GOVERNOR_ES, false), "lectores");
    holds(made(GOVERNOR_FR, false), "Attente moyenne dans la file");
    for (int i = 0; i < GOVERNOR_LANGUAGES; i++) {
        struct str page = made((enum governor_language)i, false);
        assert_null(memmem(page.p, page.n, "(null)", 6));
    }
    assert_true(governor_language_parse(STR("fr"), &language) && language == GOVERNOR_FR);
    assert_false(governor_language_parse(STR("de"), &language));
}

static void the_table_has_a_row_a_port_and_stage(void **state)
{
    (void)state;
    struct str rest, csv = made(GOVERNOR_EN, true);
    size_t columns = 1;
    struct str head = str_cut(csv, '\n', &rest);
    for (size_t i = 0; i < head.n; i++) columns += head.p[i] == ',';
    struct str first = str_cut(rest, '\n', &rest), second = str_cut(rest, '\n', &rest);
    assert_true(str_is(first,
                       "2304,\"Laredo <World> & \"\"Trade\"\"\",queue,readers,40,3,27.5,0,24,31,26,0,20,30,60,1,41,,"
                       "0.4,100,90,25,5,3,1,2,0,0,1\r"));
    // Nothing known, and nothing that a spreadsheet would run.
    assert_true(str_is(second, "2408,\"'=cmd()\",,,,,,,,,,,,,,,,,,0,,,0,0,0,,,,\r"));
    assert_int_equal(rest.n, 0);
    size_t commas = 0;
    for (size_t i = 0; i < second.n; i++) commas += second.p[i] == ',';
    assert_int_equal(commas + 1, columns);
}

static void a_report_of_nothing_is_a_page(void **state)
{
    (void)state;
    struct buf b = BUF(1 << 16);
    governor_html(NULL, GOVERNOR_EN, &b);
    governor_csv(NULL, &b);
    assert_false(b.failed);
    buf_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_page_says_each_figure_with_all_that_belongs_to_it),
        cmocka_unit_test(the_page_speaks_three_languages_and_leaves_no_word_out),
        cmocka_unit_test(the_table_has_a_row_a_port_and_stage),
        cmocka_unit_test(a_report_of_nothing_is_a_page),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
