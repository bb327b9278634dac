// SPDX-License-Identifier: Apache-2.0
#include "decide/rules_check.h"

#include "build.h"

#include "one_arena.h"

#define REASON "reason: {en: a, es: b, fr: c}"
#define HEAD "owner: o, revision: 1, citation: c, from: 2026-03-01, " REASON ", "
#define OTHERWISE ", otherwise: {en: a, es: b, fr: c}"

static struct rules_checked check(const char *rules)
{
    struct rules_checked checked;
    struct why why = {0};
    struct buf yaml = BUF(1 << 20);
    buf_printf(&yaml, "base: document\nscore: {prior: 0.01}\nrules:\n%s", rules);
    struct rules *read = rules_of(&arena, arena_str(&arena, buf_str(&yaml)).p);
    buf_free(&yaml);
    if (rules_check(&arena, read, &checked, &why) != ERR_NONE) fail_msg("%s", why.text);
    return checked;
}

static const struct rules_finding *finding(const struct rules_checked *c, enum finding_what what)
{
    for (size_t i = 0; i < c->count; i++)
        if (c->items[i].what == what) return &c->items[i];
    return NULL;
}

// One floor with this condition; `what` is the only finding, FINDING_WHATS: there is none.
static const struct {
    const char *condition;
    enum finding_what what;
} singles[] = {
    {"when: \"custody.tampers > 0\"", FINDING_WHATS},
    {"when: \"custody.tampers > 3 && custody.tampers < 4\"", FINDING_NEVER_TRUE}, // a count has nothing between
    {"when: \"documents.weight_gap_pct > 3.0 && documents.weight_gap_pct < 4.0\"", FINDING_WHATS},
    {"when: \"custody.tampers < 0\"", FINDING_NEVER_TRUE}, // nothing is below zero …
    {"when: \"documents.lead_min < 0\"", FINDING_WHATS},   // … but this
    {"when: \"custody.tampers >= 0\"", FINDING_ALWAYS_TRUE},
    {"when: \"crossing.empty && !crossing.empty\"", FINDING_NEVER_TRUE},
    {"when: \"crossing.empty || !crossing.empty\"", FINDING_ALWAYS_TRUE},
    {"for: crossing.empty, when: \"!crossing.empty && seal.present\"", FINDING_FOR_EXCLUDES_WHEN},
    {"for: custody.refused < 0, when: \"seal.present\"", FINDING_NEVER_TRUE},
    {"when: \"programme.driver == 'valid' && programme.driver != 'valid'\"", FINDING_NEVER_TRUE},
    {"when: \"programme.driver in ['valid', 'expired', 'suspended', 'unrecognised', 'none']\"", FINDING_ALWAYS_TRUE},
    {"when: \"programme.driver in ['valid', 'expired', 'suspended', 'unrecognised']\"", FINDING_WHATS},
    {"when: \"crossing.port == '2304' && crossing.port == '2305'\"", FINDING_NEVER_TRUE},
    {"when: \"crossing.port != '2304' && crossing.port != 'other'\"", FINDING_WHATS},
    {"when: \"custody.tampers + custody.refused > 2\"", FINDING_WHATS},
    {"when: \"crossing.port.startsWith('23')\"", FINDING_WHATS},
    {"when: \"crossing.port.size() == 77\"", FINDING_NOT_DECIDED},
    {"when: \"custody.tampers * custody.tampers == 3\"", FINDING_NOT_DECIDED},
    {"when: \"'x' in ['y']\"", FINDING_NEVER_TRUE},
    {"when: \"custody.tampers > 1 && custody.tampers > 0 && (custody.refused > 5 || documents.lead_min < -3.5)\"",
     FINDING_WHATS},
};

static void judges_one_rule(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof singles / sizeof *singles; i++) {
        char rule[512];
        snprintf(rule, sizeof rule, "  - {id: a, " HEAD "%s, floor: scan}\n", singles[i].condition);
        struct rules_checked c = check(rule);
        bool good =
            singles[i].what == FINDING_WHATS ? c.count == 0 : c.count == 1 && c.items[0].what == singles[i].what;
        if (!good)
            fail_msg("%s: %zu findings, %s", singles[i].condition, c.count,
                     c.count ? finding_what_name(c.items[0].what) : "");
        if (c.cost == 0) fail_msg("%s costs nothing", singles[i].condition);
    }
}

#define A(effect, condition) "  - {id: a, " HEAD "when: \"" condition "\", " effect "}\n"
#define B(effect, condition) "  - {id: b, " HEAD "when: \"" condition "\", " effect "}\n"
#define GREEN "grant: green" OTHERWISE

static const struct {
    const char *rules;
    enum finding_what what;
    const char *rule;
} pairs[] = {
    {A("floor: scan", "custody.tampers > 2") B("floor: scan", "custody.tampers > 1"), FINDING_SHADOWED, "a"},
    {A("floor: scan", "custody.tampers > 1") B("floor: joint", "custody.tampers > 2"), FINDING_WHATS, NULL},
    {A("floor: joint", "custody.tampers > 1") B("floor: scan", "custody.tampers > 2"), FINDING_SHADOWED, "b"},
    {A("floor: scan", "custody.tampers > 2") B("floor: scan, state: shadow", "custody.tampers > 1"), FINDING_WHATS,
     NULL},
    {A("floor: scan", "custody.tampers > 2") B("floor: scan, state: retired", "custody.tampers > 1"), FINDING_WHATS,
     NULL},
    {A("floor: scan, to: 2026-05-01", "custody.tampers > 2") B("floor: scan, to: 2026-04-01", "custody.tampers > 1"),
     FINDING_WHATS, NULL},
    {A("floor: scan", "custody.tampers > 2") B("floor: joint", "!(custody.tampers <= 2)"), FINDING_CONTRADICTS, "a"},
    {A("floor: scan", "custody.tampers > 2") B("floor: scan", "custody.tampers >= 3"), FINDING_TWICE, "a"},
    {A("floor: scan", "custody.tampers > 2 && crossing.empty") B("floor: scan", "crossing.empty || seal.present"),
     FINDING_SHADOWED, "a"},
    // Where crossing.empty is missing, b is unknown although a is true.
    {A("floor: scan", "custody.tampers > 2")
         B("floor: scan", "custody.tampers > 2 && (crossing.empty || !crossing.empty)"),
     FINDING_SHADOWED, "b"},
    {A(GREEN, "seal.present && crossing.empty") B("floor: scan", "crossing.empty"), FINDING_CONTRADICTS, "a"},
    {A(GREEN, "seal.present") B("floor: scan", "crossing.empty"), FINDING_GRANT_AND_FLOOR, "a"},
    {A("floor: scan", "crossing.empty") B(GREEN, "seal.present"), FINDING_GRANT_AND_FLOOR, "b"},
    {A(GREEN, "seal.present") B("floor: scan", "!seal.present"), FINDING_WHATS, NULL},
    {A(GREEN, "seal.present || !seal.present") B("weight: 1", "crossing.empty"), FINDING_ALWAYS_TRUE, "a"},
    {A("weight: 0", "seal.present") B("weight: 1", "crossing.empty"), FINDING_NO_WEIGHT, "a"},
};

static void judges_two_rules(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        struct rules_checked c = check(pairs[i].rules);
        if (pairs[i].what == FINDING_WHATS) {
            if (c.count) fail_msg("%s: %s", pairs[i].rules, finding_what_name(c.items[0].what));
            continue;
        }
        const struct rules_finding *f = finding(&c, pairs[i].what);
        if (!f || c.count != 1) fail_msg("%s: %zu findings", pairs[i].rules, c.count);
        if (!str_is(f->rule->head.id, pairs[i].rule)) fail_msg("%s: of the other", pairs[i].rules);
    }
}

static void shows_a_point_at_which_grant_and_floor_meet(void **state)
{
    (void)state;
    struct rules_checked c =
        check(A(GREEN, "seal.present && documents.lead_min >= 60.0") B("floor: scan", "custody.tampers > 2"));
    const struct rules_finding *f = finding(&c, FINDING_GRANT_AND_FLOOR);
    double tampers, lead;
    assert_non_null(f);
    assert_true(json_true(f->example, "seal.present"));
    assert_true(json_number(f->example, "custody.tampers", &tampers) && tampers > 2);
    assert_true(json_number(f->example, "documents.lead_min", &lead) && lead >= 60);
    assert_int_equal(f->severity, FINDING_NOTE);
}

static void misses_a_case_of_either_sort(void **state)
{
    (void)state;
    struct rules_checked c = check("  - {id: a, " HEAD "when: crossing.empty, floor: scan, tests: [{name: t, facts: "
                                   "{crossing.empty: true}, expect: true}]}\n");
    assert_non_null(finding(&c, FINDING_ONE_SIDED));
    c = check("  - {id: a, " HEAD "when: crossing.empty, floor: scan, tests: [{name: t, facts: {crossing.empty: true}, "
              "expect: true}, {name: u, facts: {}, expect: unknown}]}\n");
    assert_int_equal(c.count, 0);
}

static void stays_within_its_steps_and_says_so(void **state)
{
    (void)state;
    // Twelve facts that are reckoned with, twelve values and more each: nothing tells before all of them are known.
    struct rules_checked c = check(
        "  - {id: a, " HEAD "floor: scan, when: 'custody.tampers * custody.refused * custody.openings_explained * "
        "custody.openings_unexplained * custody.replaced_explained * custody.replaced_unexplained * "
        "crossing.consignments * port.scanners * port.scanners_up == 1234567'}\n");
    assert_non_null(finding(&c, FINDING_NOT_DECIDED));
}

// The list in rules_check.c against the code that gathers.
static void knows_what_is_gathered(void **state)
{
    (void)state;
    static char text[1 << 20];
    FILE *file = fopen("src/commit/gather.c", "rb");
    assert_non_null(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    for (size_t i = 0; i < fact_kind_count; i++) {
        char name[96];
        snprintf(name, sizeof name, "\"%s\"", fact_kinds[i].name);
        if ((strstr(text, name) != NULL) != fact_gathered(&fact_kinds[i])) fail_msg("%s", name);
    }
}

static void has_nothing_against_the_corridor(void **state)
{
    (void)state;
    static char text[1 << 20];
    struct rules *rules;
    struct rules_checked c;
    struct why why = {0};
    FILE *file = fopen("examples/corridor/rules/corridor.yaml", "rb");
    assert_non_null(file);
    size_t n = fread(text, 1, sizeof text, file);
    fclose(file);
    if (rules_read(&arena, (struct str){text, n}, &rules, &why) != ERR_NONE) fail_msg("%s", why.text);
    assert_int_equal(rules_check(&arena, rules, &c, &why), ERR_NONE);
    if (c.errors || c.warnings) fail_msg("%.*s: %.*s", STR_ARG(c.items[0].rule->head.id), STR_ARG(c.items[0].text));
    const struct json *told = rules_checked_json(&arena, rules, &c);
    assert_int_equal(json_get(told, "costs")->count, rules->count);
    assert_int_equal(json_get(told, "findings")->count, c.notes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(judges_one_rule, begin, end),
        cmocka_unit_test_setup_teardown(judges_two_rules, begin, end),
        cmocka_unit_test_setup_teardown(shows_a_point_at_which_grant_and_floor_meet, begin, end),
        cmocka_unit_test_setup_teardown(misses_a_case_of_either_sort, begin, end),
        cmocka_unit_test_setup_teardown(stays_within_its_steps_and_says_so, begin, end),
        cmocka_unit_test_setup_teardown(knows_what_is_gathered, begin, end),
        cmocka_unit_test_setup_teardown(has_nothing_against_the_corridor, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
