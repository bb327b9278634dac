// SPDX-License-Identifier: Apache-2.0
#include "build.h"

#include "one_arena.h"

#define REASON "reason: {en: one, es: uno, fr: un}"
#define RULE "{id: a, owner: o, revision: 2, citation: c, from: 2026-03-01, when: crossing.empty, "

static void reads_a_floor_and_a_grant(void **state)
{
    (void)state;
    struct rules *rules = rules_of(
        &arena, "base: scan\nrules:\n  - " RULE "to: 2026-03-02, floor: joint, unknown: document, " REASON "}\n"
                "  - {id: b-2, owner: p, revision: 1, citation: d, from: 2026-03-01, grant: green, "
                "for: '!crossing.in_bond', when: crossing.empty, " REASON ", otherwise: {en: x, es: y, fr: z}}\n");
    assert_int_equal(rules->count, 2);
    assert_int_equal(rules->base, LANE_SCAN);
    const struct rule *a = &rules->items[0], *b = &rules->items[1];
    assert_true(str_is(a->head.id, "a") && str_is(a->head.owner, "o") && str_is(a->head.citation, "c") &&
                a->revision == 2);
    assert_int_equal(a->head.from_us, MARCH_2026_US);
    assert_int_equal(a->head.to_us, MARCH_2026_US + 86400000000);
    assert_true(a->effect == RULE_FLOOR && a->floor == LANE_JOINT && a->has_unknown && a->unknown == LANE_DOCUMENT &&
                !a->has_among);
    assert_true(str_is(a->reason.text[LANGUAGE_EN], "one") && str_is(a->reason.text[LANGUAGE_FR], "un"));
    assert_true(b->effect == RULE_GRANT && !b->has_unknown && b->has_among && b->head.to_us == INT64_MAX);
    assert_true(str_is(b->otherwise.text[LANGUAGE_ES], "y"));
}

static void names_the_file_by_its_bytes(void **state)
{
    (void)state;
    struct rules *one = rules_of(&arena, "base: scan\nrules: []\n");
    struct rules *same = rules_of(&arena, "base: scan\nrules: []\n");
    struct rules *other = rules_of(&arena, "base: scan\nrules: []\n#\n");
    assert_memory_equal(one->hash, same->hash, 32);
    assert_memory_not_equal(one->hash, other->hash, 32);
}

static void asks_for_and_when_together(void **state)
{
    (void)state;
    struct rules *rules =
        rules_of(&arena, "base: scan\nrules:\n  - {id: a, owner: o, revision: 1, citation: c, from: 2026-03-01, "
                         "for: crossing.in_bond, when: crossing.empty, "
                         "floor: scan, " REASON "}\n");
    static const struct {
        const char *facts;
        enum truth truth;
    } cases[] = {
        {"{\"crossing.in_bond\":true,\"crossing.empty\":true}", TRUTH_TRUE},
        {"{\"crossing.in_bond\":true,\"crossing.empty\":false}", TRUTH_FALSE},
        {"{\"crossing.in_bond\":false,\"crossing.empty\":true}", TRUTH_FALSE},
        {"{\"crossing.in_bond\":false}", TRUTH_FALSE},
        {"{\"crossing.empty\":false}", TRUTH_FALSE},
        {"{\"crossing.in_bond\":true}", TRUTH_UNKNOWN},
        {"{\"crossing.empty\":true}", TRUTH_UNKNOWN},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct facts facts = facts_of(&arena, cases[i].facts);
        struct expr_value *slots = arena_array(&arena, struct expr_value, fact_kind_count);
        struct verdict verdict;
        bool beside_the_point;
        facts_values(&facts, slots);
        rule_eval(&rules->items[0], &arena, slots, &verdict, &beside_the_point);
        if (verdict.truth != cases[i].truth) fail_msg("%s", cases[i].facts);
        assert_int_equal(beside_the_point, strstr(cases[i].facts, "in_bond\":false") != NULL);
    }
}

static enum err rules_judge(void *context, struct arena *own, struct str yaml, struct why *why)
{
    struct rules *rules;
    (void)context;
    enum err err = rules_read(own, yaml, &rules, why);
    assert_true((err == ERR_NONE) == (rules != NULL));
    return err;
}

static void refuses_each_bad_file_with_its_reason(void **state)
{
    (void)state;
    static const char *const names[] = {
        "base_green",     "both_effects",  "duplicate_id",  "not_bool",      "ends_before_it_begins",
        "floor_green",    "grant_unknown", "id_capital",    "misspelt_fact", "misspelt_key",
        "missing_french", "no_citation",   "no_date",       "no_effect",     "no_otherwise",
        "text_brace",     "text_fact",     "unknown_green", "wrong_type",
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!sample_refused(&arena, "rules", names[i], rules_judge)) fail_msg("%s", names[i]);
}

static void refuses_more_rules_than_it_may_hold(void **state)
{
    (void)state;
    struct buf b = BUF(1 << 20);
    buf_puts(&b, "base: scan\nrules:\n");
    for (int i = 0; i <= RULES_MAX; i++)
        buf_printf(&b,
                   "  - {id: r%d, owner: o, revision: 1, citation: c, from: 2026-03-01, floor: scan, "
                   "when: crossing.empty, " REASON "}\n",
                   i);
    struct rules *rules;
    assert_int_equal(rules_read(&arena, buf_str(&b), &rules, NULL), ERR_TOO_LARGE);
    buf_free(&b);
}

static void says_when_memory_is_out(void **state)
{
    (void)state;
    needs_memory_only(rules_judge, STR("base: scan\nrules:\n  - " RULE "floor: scan, " REASON "}\n"), 65536);
}

static void fills_every_fact_into_a_text(void **state)
{
    (void)state;
    struct facts facts =
        facts_of(&arena, "{\"custody.jump_kmh\":1234.56,\"crossing.empty\":true,\"crossing.port\":\"2304\"}");
    static const struct {
        const char *text, *want;
        enum language language;
    } cases[] = {
        {"{crossing.port}", "2304", LANGUAGE_EN},
        {"{custody.jump_kmh}{crossing.port}", "1234.62304", LANGUAGE_ES},
        {"{custody.jump_kmh} km/h", "1234,6 km/h", LANGUAGE_FR},
        {"a {crossing.empty} b {crossing.arrived} c", "a sí b desconocido c", LANGUAGE_ES},
        {"plain", "plain", LANGUAGE_EN},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct str got = wording_fill(&arena, str_of(cases[i].text), cases[i].language, &facts);
        if (!str_is(got, cases[i].want)) fail_msg("%s: %.*s", cases[i].text, STR_ARG(got));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(reads_a_floor_and_a_grant, begin, end),
        cmocka_unit_test_setup_teardown(names_the_file_by_its_bytes, begin, end),
        cmocka_unit_test_setup_teardown(asks_for_and_when_together, begin, end),
        cmocka_unit_test_setup_teardown(refuses_each_bad_file_with_its_reason, begin, end),
        cmocka_unit_test_setup_teardown(refuses_more_rules_than_it_may_hold, begin, end),
        cmocka_unit_test_setup_teardown(says_when_memory_is_out, begin, end),
        cmocka_unit_test_setup_teardown(fills_every_fact_into_a_text, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
