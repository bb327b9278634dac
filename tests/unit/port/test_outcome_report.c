// SPDX-License-Identifier: Apache-2.0
#include "port/outcome_report.h"

#include "base/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct arena arena;

static int begin(void **state)
{
    (void)state;
    arena = ARENA((size_t)64 << 20);
    return 0;
}

static int end(void **state)
{
    (void)state;
    arena_free(&arena);
    return 0;
}

// One sort of truck: how many, and what came of them.
struct sort {
    size_t n;
    const char *rules, *shadow;
    enum outcome_result result;
    bool drawn;
    double scan; // how likely a scan was; 0: it was green
};

static struct outcome_report report_of(enum outcome_by by, const struct sort *sorts, size_t n)
{
    struct why why = {0};
    struct outcome_tally *tally = outcome_tally_new(&arena, by);
    struct outcome_rates *rates = arena_new(&arena, struct outcome_rates);
    for (size_t i = 0; i < n; i++) {
        struct outcome_finding finding = {.result = sorts[i].result, .officer = STR("<ana & bo>")};
        struct outcome o = {.decision_pos = 1,
                            .lane = sorts[i].scan > 0 ? LANE_SCAN : LANE_GREEN,
                            .rules = str_of(sorts[i].rules),
                            .shadow = str_of(sorts[i].shadow),
                            .drawn = sorts[i].drawn,
                            .chance = 0.02,
                            .lanes = {[LANE_SCAN] = sorts[i].scan > 0 ? sorts[i].scan : 0.02,
                                      [LANE_GREEN] = sorts[i].scan > 0 ? 1 - sorts[i].scan : 0.98},
                            .findings = &finding,
                            .nfindings = sorts[i].result != OUTCOME_UNKNOWN};
        for (size_t k = 0; k < sorts[i].n; k++) assert_int_equal(outcome_tally_add(tally, &o, &why), ERR_NONE);
    }
    assert_int_equal(outcome_tally_done(tally, rates, &why), ERR_NONE);
    return (struct outcome_report){.rates = rates, .from_ms = INT64_MIN, .to_ms = INT64_MAX, .port = STR("2304")};
}

#define SORTS(...) (const struct sort[]){__VA_ARGS__}, sizeof((const struct sort[]){__VA_ARGS__}) / sizeof(struct sort)

static struct str sentence(const struct outcome_report *r, const struct outcome_group *g)
{
    struct buf text = BUF(4096);
    outcome_sentence(r, g, &text);
    struct str out = arena_str(&arena, buf_str(&text));
    buf_free(&text);
    return out;
}

static void says(const struct outcome_report *r, size_t group, const char *what)
{
    struct str said = sentence(r, &r->rates->groups[group]);
    if (!str_is(said, what)) fail_msg("%s", said.p);
}

static void says_how_many_times_what_chance_finds(void **state)
{
    (void)state;
    struct outcome_report r = report_of(
        OUTCOME_BY_RULE,
        SORTS({30, "seal", NULL, OUTCOME_CONTRABAND, false, 1}, {370, "seal", NULL, OUTCOME_NOTHING, false, 1},
              {12, "dull", NULL, OUTCOME_CONTRABAND, false, 1}, {350, "dull", NULL, OUTCOME_NOTHING, false, 1},
              {10, NULL, NULL, OUTCOME_DISCREPANCY, true, 0.02}, {390, NULL, NULL, OUTCOME_NOTHING, true, 0.02}));
    says(&r, 0, "Rule seal: Inspections find 3.0 times what chance finds (1.5 to 6.0).");
    says(&r, 1,
         "Rule dull: Inspections find 1.3 times what chance finds (0.59 to 3.0): not shown to be more or less than "
         "chance.");
    r.language = STR("es");
    says(&r, 0, "Regla seal: Las inspecciones hallan 3.0 veces lo que halla el azar (1.5 a 6.0).");
    r.language = STR("fr");
    says(&r, 0, "Règle seal : Les inspections trouvent 3,0 fois ce que trouve le hasard (1,5 à 6,0).");
    assert_null(strstr(sentence(&r, &r.rates->all).p, "Règle"));
}

static void never_says_more_than_the_sample_bears(void **state)
{
    (void)state;
    struct outcome_report alone = report_of(OUTCOME_BY_RULE, SORTS({1, "a", NULL, OUTCOME_CONTRABAND, false, 1},
                                                                   {19, "a", NULL, OUTCOME_NOTHING, false, 1},
                                                                   {5, "b", NULL, OUTCOME_UNKNOWN, false, 1}));
    says(&alone, 0,
         "Rule a: 20 inspections found something in 5.0 % (0.89 to 23.6 %). There is no random share to compare with.");
    says(&alone, 1, "Rule b: Nothing can be said: no inspection with a result.");
    struct outcome_report nothing =
        report_of(OUTCOME_BY_RULE,
                  SORTS({50, "a", NULL, OUTCOME_CONTRABAND, false, 1}, {50, "a", NULL, OUTCOME_NOTHING, false, 1},
                        {1, "b", NULL, OUTCOME_CONTRABAND, false, 1}, {19, "b", NULL, OUTCOME_NOTHING, false, 1},
                        {12, "c", NULL, OUTCOME_NOTHING, false, 1}, {40, NULL, NULL, OUTCOME_NOTHING, true, 0.02}));
    says(&nothing, 0,
         "Rule a: Inspections find something in 50.0 % (40.4 to 59.6 %), at least 5.6 times what chance finds: chance "
         "found nothing in 40.");
    says(&nothing, 1,
         "Rule b: Inspections find something in 5.0 % (0.89 to 23.6 %). Chance found nothing in 40: too few to tell "
         "them apart.");
    says(&nothing, 2, "Rule c: 12 inspections found nothing (at most 24.2 %); chance finds 0.00 % (0.00 to 8.8 %).");
}

static void says_what_a_shadow_rule_would_find_and_what_passed(void **state)
{
    (void)state;
    const struct sort sorts[] = {{1, NULL, "trial", OUTCOME_CONTRABAND, true, 0.02},
                                 {9, NULL, "trial", OUTCOME_NOTHING, true, 0.02},
                                 {30, NULL, NULL, OUTCOME_NOTHING, true, 0.02},
                                 {1960, NULL, NULL, OUTCOME_UNKNOWN, false, 0}};
    struct outcome_report r = report_of(OUTCOME_BY_RULE, sorts, 4);
    says(&r, 0,
         "Rule trial (shadow): If all that it picks were inspected, an estimated 10.0 % (1.8 to 40.4 %) would be hits; "
         "chance finds 2.5 % (0.44 to 12.9 %).");
    r = report_of(OUTCOME_BY_LANE, sorts, 4);
    struct str green = STR_NONE;
    for (size_t i = 0; i < r.rates->ngroups; i++)
        if (str_is(r.rates->groups[i].name, "green")) green = sentence(&r, &r.rates->groups[i]);
    if (!str_is(green, "Lane green: An estimated 2.5 % of these 1,960 trucks (0.44 to 12.9 %) carry what an inspection "
                       "would find: 49 of them (9 to 252)."))
        fail_msg("%s", green.p);
}

static void writes_each_figure_with_its_interval(void **state)
{
    (void)state;
    struct outcome_report r = report_of(OUTCOME_BY_RULE, SORTS({30, "=seal", NULL, OUTCOME_CONTRABAND, false, 1},
                                                               {370, "=seal", NULL, OUTCOME_NOTHING, false, 1},
                                                               {5, "none", NULL, OUTCOME_UNKNOWN, false, 1},
                                                               {10, NULL, NULL, OUTCOME_DISCREPANCY, true, 0.02},
                                                               {390, NULL, NULL, OUTCOME_NOTHING, true, 0.02}));
    struct json *o = outcome_report_json(&arena, &r);
    double value = 0;
    assert_non_null(o);
    assert_true(str_is(json_text(o, "by"), "rule") && str_is(json_text(o, "port"), "2304"));
    const struct json *seal = json_at(json_get(o, "groups"), 0), *none = json_at(json_get(o, "groups"), 1);
    assert_true(json_number(json_get(seal, "rate"), "share", &value) && value == 0.075);
    assert_true(json_number(json_get(seal, "lift"), "low", &value) && value > 1.49 && value < 1.50);
    assert_int_equal(json_get(none, "rate")->type, JSON_NULL);
    assert_int_equal(json_get(none, "lift")->type, JSON_NULL);
    assert_true(json_number(none, "without", &value) && value == 5);
    assert_int_equal(json_get(json_get(o, "base"), "lift")->type, JSON_NULL);
    assert_int_equal(json_get(o, "from")->type, JSON_NULL);
    struct buf csv = BUF(1 << 20);
    outcome_report_csv(&r, &csv);
    buf_putc(&csv, '\0');
    assert_non_null(strstr(csv.p, "\r\ngroup,rule,'=seal,,no,0,400,400,400,0,30,30,")); // no formula
    assert_non_null(strstr(csv.p, "\r\ngroup,rule,none,,no,0,5,5,0,5,0,0,0,0,0,0,,,,0.025,"));
    buf_free(&csv);
}

static void a_page_escapes_what_came_from_outside(void **state)
{
    (void)state;
    static const char *const languages[] = {"en", "es", "fr"};
    for (size_t i = 0; i < 3; i++) {
        struct outcome_report r = report_of(OUTCOME_BY_SHIFT, SORTS({30, NULL, NULL, OUTCOME_CONTRABAND, false, 1},
                                                                    {370, NULL, NULL, OUTCOME_NOTHING, false, 1},
                                                                    {10, NULL, NULL, OUTCOME_NOTHING, true, 0.02}));
        struct buf page = BUF(1 << 20);
        char tongue[32];
        r.language = str_of(languages[i]);
        r.node = STR("<script>");
        outcome_report_html(&r, &page);
        buf_putc(&page, '\0');
        assert_false(page.failed);
        snprintf(tongue, sizeof tongue, "<html lang=\"%s\">", languages[i]);
        assert_non_null(strstr(page.p, tongue));
        assert_null(strstr(page.p, "<script>"));
        assert_null(strstr(page.p, "<ana"));
        assert_non_null(strstr(page.p, "&lt;ana &amp; bo&gt;"));
        assert_non_null(strstr(page.p, "<circle class=\"dot\""));
        assert_null(strstr(page.p, "nan"));
        assert_null(strstr(page.p, "inf\""));
        buf_free(&page);
    }
}

static void numbers_are_written_as_the_language_does(void **state)
{
    (void)state;
    struct outcome_report r = {0};
    struct buf out = BUF(256);
    outcome_number(&r, 1234567.25, 1, &out);
    buf_puts(&out, " ");
    outcome_number(&r, -0.04, 1, &out); // no minus before nothing
    buf_puts(&out, " ");
    outcome_number(&r, -1.5, 1, &out);
    buf_puts(&out, " ");
    r.language = STR("fr");
    outcome_number(&r, 1234.5, 1, &out);
    assert_true(str_is(buf_str(&out), "1,234,567.2 0.0 −1.5 1\u202f234,5"));
    buf_free(&out);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(says_how_many_times_what_chance_finds),
        TEST(never_says_more_than_the_sample_bears),
        TEST(says_what_a_shadow_rule_would_find_and_what_passed),
        TEST(writes_each_figure_with_its_interval),
        TEST(a_page_escapes_what_came_from_outside),
        TEST(numbers_are_written_as_the_language_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
