// SPDX-License-Identifier: Apache-2.0
#include "formats/equipment_file.h"

#include "drafted.h"
#include "shared_data.h"

static const struct identifier_table *identifiers(struct arena *arena)
{
    const struct identifier_table *table = NULL;
    struct why why = {0};
    assert_int_equal(identifier_table_read(arena, identifiers_builtin(), &table, &why), ERR_NONE);
    return table;
}

static enum err parse(struct arena *arena, struct str text, struct drafts *out, struct why *why)
{
    struct equipment_file_context context = {identifiers(arena), 1773165600000, LABEL_AMBER};
    *out = (struct drafts){0};
    return equipment_file_parse(arena, text, &context, out, why);
}

static void one_statement_a_machine(void **state)
{
    (void)state;
    struct arena arena = ARENA((size_t)32 << 20);
    struct drafts drafts;
    struct why why = {0};
    struct str text =
        STR("equipment:\n"
            "  - {id: 2304/p1, type: scanner, name: Portal 1, rated_per_hour: 100, from: 2024-05-01,\n"
            "     contract: {vendor: V, response_hours: 4, currency: USD}, maintenance: {every_days: 30}}\n"
            "  - {id: 2304/D1, type: dock, name: Dock, port: \"9999\", to: 2030-01-01}\n");
    assert_int_equal(parse(&arena, text, &drafts, &why), ERR_NONE);
    assert_int_equal(drafts.count, 2);
    assert_true(str_is(canonical(&arena, drafts.first->members),
                       "{\"contract\":{\"currency\":\"USD\",\"response_hours\":4,\"vendor\":\"V\"},\"equipment\":{"
                       "\"from\":\"2024-05-01T00:00:00.000Z\",\"name\":\"Portal 1\",\"port\":\"2304\",\"rated_per_"
                       "hour\":100,\"type\":\"scanner\"},\"maintenance\":{\"every_days\":30}}"));
    assert_true(str_is(subjects(&arena, drafts.first), "equipment port.equipment=2304/P1\n"));
    assert_true(str_is(canonical(&arena, drafts.last->members),
                       "{\"equipment\":{\"from\":\"2000-01-01T00:00:00.000Z\",\"name\":\"Dock\",\"port\":\"9999\","
                       "\"to\":\"2030-01-01T00:00:00.000Z\",\"type\":\"dock\"}}"));
    arena_free(&arena);
}

static void refuses_what_contradicts_itself(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum err err;
    } cases[] = {
        {"equipment: []\n", ERR_MALFORMED},
        {"equipment: [{id: P1, type: scanner, name: A}]\n", ERR_MALFORMED},
        {"equipment: [{id: 2304/P1, type: catapult, name: A}]\n", ERR_MALFORMED},
        {"equipment: [{id: 2304/P1, type: scanner, name: A, from: 2026-01-01, to: 2025-01-01}]\n", ERR_SENSELESS},
        {"equipment: [{id: 2304/P1, type: scanner, name: A}, {id: 2304/p1, type: scanner, name: B}]\n", ERR_SENSELESS},
        {"equipment: [{id: 2304/P1, type: scanner, name: A, contract: {vendor: V}}]\n", ERR_MALFORMED},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena arena = ARENA((size_t)32 << 20);
        struct drafts drafts;
        struct why why = {0};
        enum err err = parse(&arena, str_of(cases[i].text), &drafts, &why);
        if (err != cases[i].err) fail_msg("case %zu: %s, %s", i, err_name(err), why.text);
        arena_free(&arena);
    }
}

static void the_example_is_read(void **state)
{
    (void)state;
    struct arena arena = ARENA((size_t)32 << 20);
    struct drafts drafts;
    struct why why = {0};
    assert_int_equal(parse(&arena, test_file(&arena, "examples/port/equipment.yaml"), &drafts, &why), ERR_NONE);
    assert_int_equal(drafts.count, 5);
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_statement_a_machine),
        cmocka_unit_test(refuses_what_contradicts_itself),
        cmocka_unit_test(the_example_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
