// SPDX-License-Identifier: Apache-2.0
#include "build.h"

#include "one_arena.h"

#include <math.h>

static void tells_missing_from_false(void **state)
{
    (void)state;
    struct facts facts = facts_of(&arena, "{\"crossing.empty\":false}");
    assert_non_null(facts_get(&facts, STR("crossing.empty")));
    assert_false(facts_get(&facts, STR("crossing.empty"))->boolean);
    assert_null(facts_get(&facts, STR("crossing.in_bond")));
    assert_null(facts_get(&facts, STR("crossing.empt")));
}

static void holds_no_number_for_known_that_is_not_finite(void **state)
{
    (void)state;
    struct fact items[] = {{.name = "custody.jump_kmh", .type = FACT_NUMBER, .number = NAN},
                           {.name = "custody.silence_min", .type = FACT_NUMBER, .number = INFINITY},
                           {.name = "custody.refused", .type = FACT_NUMBER, .number = 2}};
    struct facts facts = {.items = items, .count = 3};
    assert_null(facts_get(&facts, STR("custody.jump_kmh")));
    assert_null(facts_get(&facts, STR("custody.silence_min")));
    struct buf b = BUF(1000);
    json_canonical(facts_json(&arena, &facts), &b);
    assert_int_equal(b.n, strlen("{\"custody.refused\":2}"));
    assert_memory_equal(b.p, "{\"custody.refused\":2}", b.n);
    buf_free(&b);
}

static void holds_no_fact_for_known_that_has_another_type(void **state)
{
    (void)state;
    struct fact items[] = {{.name = "crossing.empty", .type = FACT_TEXT, .text = STR("true")}};
    struct facts facts = {.items = items, .count = 1};
    assert_null(facts_get(&facts, STR("crossing.empty")));
    assert_int_equal(facts_json(&arena, &facts)->count, 0);
}

static void gives_back_the_facts_it_wrote(void **state)
{
    (void)state;
    const char *text = "{\"crossing.empty\":true,\"custody.jump_kmh\":0.5,\"programme.driver\":\"valid\"}";
    struct facts facts = facts_of(&arena, text);
    struct buf b = BUF(1000);
    json_canonical(facts_json(&arena, &facts), &b);
    assert_int_equal(b.n, strlen(text));
    assert_memory_equal(b.p, text, b.n);
    buf_free(&b);
}

static void refuses_facts_it_does_not_know(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"{\"crossing.emtpy\":true}", "nearest is 'crossing.empty'"},
        {"{\"crossing.empty\":1}", "must be a bool"},
        {"{\"custody.refused\":\"2\"}", "must be a number"},
        {"{\"programme.driver\":true}", "must be a text"},
        {"[]", "must be an object"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct facts facts;
        struct why why = {0};
        assert_int_equal(facts_from_json(&arena, json_of(&arena, cases[i][0]), &facts, &why), ERR_MALFORMED);
        assert_non_null(strstr(why.text, cases[i][1]));
    }
}

static void finds_the_nearest_name(void **state)
{
    (void)state;
    assert_string_equal(fact_kind_nearest(STR("custody.silence"))->name, "custody.silence_min");
    assert_string_equal(fact_kind_nearest(STR("seal.highsecurity"))->name, "seal.high_security");
    assert_non_null(fact_kind_nearest(STR("")));
    char big[4096];
    memset(big, 'x', sizeof big);
    assert_non_null(fact_kind_nearest((struct str){big, sizeof big}));
}

// docs/facts.md is what people write rules by: every fact in the table is there, and has a name in each language.
static void documents_every_fact(void **state)
{
    (void)state;
    struct str doc = test_file(&arena, "docs/facts.md");
    assert_non_null(doc.p);
    for (size_t i = 0; i < fact_kind_count; i++) {
        const struct fact_kind *kind = &fact_kinds[i];
        const char *shown = strncmp(kind->name, "programme.", 10) && kind->type == FACT_TEXT ? kind->name : NULL;
        if (shown && !strstr(doc.p, shown)) fail_msg("%s is not in docs/facts.md", kind->name);
        if (!shown && !strstr(doc.p, strchr(kind->name, '.'))) fail_msg("%s is not in docs/facts.md", kind->name);
        assert_true(kind->en[0] && kind->es[0] && kind->fr[0]);
        assert_ptr_equal(fact_kind_find(str_of(kind->name)), kind);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(tells_missing_from_false, begin, end),
        cmocka_unit_test_setup_teardown(holds_no_number_for_known_that_is_not_finite, begin, end),
        cmocka_unit_test_setup_teardown(holds_no_fact_for_known_that_has_another_type, begin, end),
        cmocka_unit_test_setup_teardown(gives_back_the_facts_it_wrote, begin, end),
        cmocka_unit_test_setup_teardown(refuses_facts_it_does_not_know, begin, end),
        cmocka_unit_test_setup_teardown(finds_the_nearest_name, begin, end),
        cmocka_unit_test_setup_teardown(documents_every_fact, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
