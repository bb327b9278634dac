// SPDX-License-Identifier: Apache-2.0
#include "sim/report.h"

#include "one_arena.h"
#include "sim/plot.h"

#include <libxml/parser.h>
#include <math.h>

static struct str page_of(const struct study *study, enum language language)
{
    struct buf b = BUF(REPORT_BYTES_MAX);
    struct why why = {0};
    if (report_html(&arena, study, language, &b, &why) != ERR_NONE) fail_msg("%s", why.text);
    struct str page = arena_str(&arena, buf_str(&b));
    buf_free(&b);
    return page;
}

static const struct study *study_of(struct scenario *scenario, struct str text)
{
    struct study *study = NULL;
    struct why why = {0};
    struct study_settings settings = {.threads = 2, .compare = true};
    if (scenario_read(&arena, text, scenario, &why) != ERR_NONE) fail_msg("%s", why.text);
    if (study_run(&arena, scenario, &settings, &study, &why) != ERR_NONE) fail_msg("%s", why.text);
    return study;
}

static size_t times(struct str page, const char *what)
{
    size_t n = 0, length = strlen(what);
    for (const char *at = page.p; (at = memmem(at, page.n - (size_t)(at - page.p), what, length)); at += length) n++;
    return n;
}

static void writes_numbers_as_each_language_does(void **state)
{
    static const struct {
        double value;
        int decimals;
        bool sign;
        const char *en, *fr;
    } cases[] = {
        {0, 0, false, "0", "0"},
        {-0.001, 1, true, "0.0", "0,0"},
        {1234.56, 1, false, "1,234.6", "1\u202f234,6"},
        {-1234567, 0, true, "−1,234,567", "−1\u202f234\u202f567"},
        {999, 0, true, "+999", "+999"},
        {NAN, 2, false, "–", "–"},
        {INFINITY, 0, true, "–", "–"},
        {1e300, 0, false, "–", "–"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int fr = 0; fr < 2; fr++) {
            struct buf b = BUF(256);
            html_number(&b, cases[i].value, cases[i].decimals, cases[i].sign, fr ? LANGUAGE_FR : LANGUAGE_ES);
            if (!str_is(buf_str(&b), fr ? cases[i].fr : cases[i].en)) fail_msg("%.*s", STR_ARG(buf_str(&b)));
            buf_free(&b);
        }
}

// The page is also well-formed XML but for its doctype, meta and entities, so that a real parser judges its nesting.
static void is_well_formed(struct str page)
{
    struct buf b = BUF(REPORT_BYTES_MAX);
    const char *from = memmem(page.p, page.n, "<body>", 6), *to = memmem(page.p, page.n, "</html>", 7);
    assert_true(from && to && from < to);
    buf_add(&b, from, (size_t)(to - from));
    xmlDoc *doc = xmlReadMemory(b.p, (int)b.n, NULL, "UTF-8", XML_PARSE_NONET | XML_PARSE_NOERROR);
    if (!doc) fail_msg("%s", xmlGetLastError() ? xmlGetLastError()->message : "no document");
    xmlFreeDoc(doc);
    buf_free(&b);
}

static void holds_together_in_three_languages(void **state)
{
    static struct scenario scenario;
    const struct study *study = study_of(&scenario, test_file(&arena, "tests/data/scenario/good/everything.yaml"));
    static const char *const said[LANGUAGE_COUNT] = {"When trucks wait", "Cuándo esperan los camiones",
                                                     "Quand les camions attendent"};
    (void)state;
    for (int l = 0; l < LANGUAGE_COUNT; l++) {
        struct str page = page_of(study, (enum language)l);
        is_well_formed(page);
        assert_int_equal(times(page, said[l]) > 0, 1);
        assert_int_equal(times(page, said[(l + 1) % LANGUAGE_COUNT]), 0);
        assert_int_equal(times(page, "<svg"), 8);
        assert_int_equal(times(page, "<svg"), times(page, "<desc"));
        assert_true(times(page, "<table>") >= 7);
        assert_int_equal(times(page, "{0}") + times(page, "{1}"), 0);
        assert_true(str_eq(page, page_of(study, (enum language)l))); // the same bytes
    }
}

static void asks_nothing_of_anybody_and_escapes_everything(void **state)
{
    static struct scenario scenario;
    (void)state;
    struct str page =
        page_of(study_of(&scenario, test_file(&arena, "tests/data/scenario/good/everything.yaml")), LANGUAGE_EN);
    static const char *const none[] = {"<script", "http://", "https://", "url(",
                                       "@import", " src=",   "<small>",  "More <b>"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        if (times(page, none[i])) fail_msg("the page holds %s", none[i]);
    assert_true(times(page, "A &lt;small&gt; &amp; &quot;odd&quot; port") >= 2);
    assert_true(times(page, "More &lt;b&gt;") >= 2);
    assert_int_equal(times(page, "default-src 'none'"), 1);
}

static void answers_ten_minutes_less_with_a_figure_and_its_interval(void **state)
{
    static struct scenario scenario;
    struct buf b = BUF(65536);
    (void)state;
    buf_puts(&b, "port: santa-teresa\ntrucks_per_day: 700\ndays: 5\nwarm_up: 1\nseeds: 2\nwhat_if: [{do: [wait-10]}]\n"
                 "services:\n  - {name: booth, lane: green, servers: 1, service: 70s}\n"
                 "  - {name: scan, lane: scan, servers: 1, service: 1m, sensitivity: [0.8, 0.7, 0.4]}\n"
                 "  - {name: dock, lane: joint, servers: 3, service: 40m, sensitivity: [0.9, 0.9, 0.9]}\n");
    const struct study *study = study_of(&scenario, buf_str(&b));
    struct str page = page_of(study, LANGUAGE_EN);
    struct buf wait = BUF(64);
    html_number(&wait, study->outcomes[2].change[STUDY_WAIT].mean, 1, true, LANGUAGE_EN);
    buf_puts(&wait, " min [");
    buf_putc(&wait, '\0');
    assert_int_equal(times(page, "class=\"answer\""), 1);
    assert_true(times(page, wait.p) >= 1);
    assert_true(times(page, "booths: +") >= 1);
    buf_free(&wait);
    buf_free(&b);
}

static void names_the_suspect_rows(void **state)
{
    static struct scenario scenario;
    struct arrivals arrivals;
    (void)state;
    const struct study *study =
        study_of(&scenario, STR("port: el-paso\ndays: 2\nwarm_up: 0\nseeds: 1\ntrucks_per_day: 300\n"));
    struct str before = page_of(study, LANGUAGE_EN);
    assert_int_equal(times(before, "Suspect rows"), 0); // the scenario's own figures have none
    assert_int_equal(arrivals_read(&arena, test_file(&arena, "tests/data/arrivals/good/faults.csv"), STR("11"), 2020,
                                   &arrivals, NULL),
                     ERR_NONE);
    scenario_arrivals(&scenario, &arrivals);
    struct str page = page_of(study, LANGUAGE_EN);
    is_well_formed(page);
    assert_int_equal(times(page, "rows of Beta (12) begin in this month"), 1);
    assert_true(times(page, "in the figures used here") >= 1);
    assert_true(times(page, "one seed, no interval") > 3);
}

static void tells_when_it_does_not_fit(void **state)
{
    static struct scenario scenario;
    struct buf little = BUF(1000);
    struct why why = {0};
    (void)state;
    const struct study *study = study_of(&scenario, STR("port: el-paso\ndays: 1\nwarm_up: 0\nseeds: 1\n"));
    assert_int_equal(report_html(&arena, study, LANGUAGE_EN, &little, &why), ERR_TOO_LARGE);
    buf_free(&little);
    struct arena none = ARENA(64);
    struct buf page = BUF(REPORT_BYTES_MAX);
    assert_int_equal(report_html(&none, study, LANGUAGE_EN, &page, NULL), ERR_NO_MEMORY);
    arena_free(&none);
    buf_free(&page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_numbers_as_each_language_does),

        cmocka_unit_test_setup_teardown(holds_together_in_three_languages, begin, end),
        cmocka_unit_test_setup_teardown(asks_nothing_of_anybody_and_escapes_everything, begin, end),
        cmocka_unit_test_setup_teardown(answers_ten_minutes_less_with_a_figure_and_its_interval, begin, end),
        cmocka_unit_test_setup_teardown(names_the_suspect_rows, begin, end),
        cmocka_unit_test_setup_teardown(tells_when_it_does_not_fit, begin, end),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    xmlCleanupParser();
    return failed;
}
