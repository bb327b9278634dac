// SPDX-License-Identifier: Apache-2.0
// The corridor's own rules, examples/corridor/rules: each fired and not fired, and what a missing fact may never do.
#include "build.h"

#include "base/random.h"
#include "shared_data.h"

static struct arena arena; // the rules
static struct rules *rules;

// A complete FAST crossing.
static const char fast[] =
    "{\"crossing.empty\":false,\"crossing.consignments\":1,\"crossing.in_bond\":false,\"crossing.arrived\":false,"
    "\"crossing.port\":\"2304\",\"crossing.direction\":\"northbound\",\"crossing.swapped\":false,"
    "\"programme.driver\":\"valid\",\"programme.carrier\":\"valid\",\"programme.importer\":\"valid\","
    "\"programme.manufacturer\":\"valid\",\"programme.fast\":true,\"seal.present\":true,\"seal.high_security\":true,"
    "\"custody.openings_unexplained\":0,\"custody.openings_explained\":0,\"custody.refused\":0,\"custody.tampers\":0,"
    "\"custody.replaced_unexplained\":0,\"custody.replaced_explained\":0,\"custody.silence_min\":4,"
    "\"custody.jump_kmh\":92,\"custody.tracked\":true,\"documents.filed\":true,\"documents.lead_min\":95,"
    "\"documents.weight_gap_pct\":0.4,\"documents.seals_agree\":true,\"channel.suspect\":false}";

#define EMPTY                                                                                                          \
    "\"crossing.empty\":true,\"crossing.consignments\":0,\"programme.importer\":null,\"programme.manufacturer\":null," \
    "\"programme.fast\":null,\"seal.present\":false,\"seal.high_security\":null,\"custody.tracked\":false,"            \
    "\"custody.silence_min\":null,\"custody.jump_kmh\":null,\"documents.lead_min\":null,"                              \
    "\"documents.weight_gap_pct\":null,\"documents.seals_agree\":null"
#define SUSPECT(floor) "{\"channel.suspect\":true,\"channel.floor\":\"" floor "\"}"

static const struct {
    const char *changes;
    enum lane lane;
    const char *rule; // of the first reason
} cases[] = {
    {"{}", LANE_GREEN, "fast-complete"},
    {"{\"crossing.consignments\":30}", LANE_GREEN, "fast-complete"},
    {"{\"crossing.swapped\":true}", LANE_GREEN, "fast-complete"},
    {"{\"custody.tracked\":false,\"custody.silence_min\":null,\"custody.jump_kmh\":null}", LANE_GREEN, "fast-complete"},
    {"{\"programme.manufacturer\":\"none\",\"programme.fast\":false}", LANE_DOCUMENT, "fast-complete"},
    {"{\"programme.fast\":null}", LANE_DOCUMENT, "fast-complete"},
    {"{\"seal.high_security\":false}", LANE_DOCUMENT, "fast-complete"},
    {"{\"seal.high_security\":null}", LANE_DOCUMENT, "fast-complete"},
    {"{" EMPTY "}", LANE_GREEN, "empty-truck"},
    {"{" EMPTY ",\"programme.driver\":\"expired\"}", LANE_DOCUMENT, "empty-truck"},
    {"{" EMPTY ",\"programme.carrier\":\"unrecognised\"}", LANE_DOCUMENT, "empty-truck"},
    {"{" EMPTY ",\"programme.driver\":null}", LANE_DOCUMENT, "empty-truck"},
    {"{" EMPTY ",\"custody.tampers\":1}", LANE_JOINT, "tamper"},
    {"{" EMPTY ",\"custody.openings_unexplained\":null}", LANE_DOCUMENT, "opening-unexplained"},
    {"{\"documents.filed\":false}", LANE_DOCUMENT, "documents-missing"},
    {"{\"documents.lead_min\":30}", LANE_GREEN, "fast-complete"},
    {"{\"documents.lead_min\":29.9}", LANE_DOCUMENT, "documents-late"},
    {"{\"documents.lead_min\":-5}", LANE_DOCUMENT, "documents-late"},
    {"{\"documents.lead_min\":null}", LANE_DOCUMENT, "documents-late"},
    {"{\"programme.fast\":false,\"documents.lead_min\":59}", LANE_DOCUMENT, "documents-late"},
    {"{\"documents.weight_gap_pct\":5}", LANE_GREEN, "fast-complete"},
    {"{\"documents.weight_gap_pct\":5.1}", LANE_SCAN, "weight-gap"},
    {"{\"documents.weight_gap_pct\":null}", LANE_DOCUMENT, "weight-gap"},
    {"{\"documents.seals_agree\":false}", LANE_SCAN, "seals-disagree"},
    {"{\"seal.present\":false,\"custody.tracked\":false}", LANE_DOCUMENT, "seal-missing"},
    {"{\"seal.present\":false,\"crossing.in_bond\":true}", LANE_SCAN, "in-bond-unsealed"},
    {"{\"crossing.in_bond\":true}", LANE_GREEN, "fast-complete"},
    {"{\"custody.openings_unexplained\":1}", LANE_JOINT, "opening-unexplained"},
    {"{\"custody.openings_explained\":1}", LANE_DOCUMENT, "opening-explained"},
    {"{\"custody.refused\":1}", LANE_SCAN, "opening-refused"},
    {"{\"custody.tampers\":1}", LANE_JOINT, "tamper"},
    {"{\"custody.replaced_unexplained\":1}", LANE_SCAN, "replacement-unexplained"},
    {"{\"custody.replaced_explained\":1}", LANE_DOCUMENT, "replacement-explained"},
    {"{\"custody.silence_min\":45}", LANE_GREEN, "fast-complete"},
    {"{\"custody.silence_min\":46}", LANE_SCAN, "silence"},
    {"{\"custody.silence_min\":null}", LANE_DOCUMENT, "silence"},
    {"{\"custody.jump_kmh\":160}", LANE_GREEN, "fast-complete"},
    {"{\"custody.jump_kmh\":161}", LANE_SCAN, "jump"},
    {SUSPECT("document"), LANE_DOCUMENT, "channel-document"},
    {SUSPECT("scan"), LANE_SCAN, "channel-scan"},
    {SUSPECT("joint"), LANE_JOINT, "channel-joint"},
    {SUSPECT("hold"), LANE_JOINT, "channel-joint"},
    {"{\"channel.suspect\":true}", LANE_DOCUMENT, "channel-document"},
    {"{\"channel.suspect\":null}", LANE_DOCUMENT, "channel-document"},
    {"{\"custody.refused\":2,\"custody.openings_unexplained\":1}", LANE_JOINT, "opening-unexplained"},
};

static enum lane lane_of(struct arena *scratch, const struct facts *facts)
{
    struct decision decision;
    struct why why = {0};
    if (decide(scratch, rules, facts, NULL, &decision, &why)) fail_msg("%s", why.text);
    return decision.lane;
}

static void fires_each_rule_where_it_should(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena scratch = ARENA(4 << 20);
        struct facts facts = facts_changed(&scratch, fast, cases[i].changes);
        struct decision decision;
        assert_int_equal(decide(&scratch, rules, &facts, NULL, &decision, NULL), ERR_NONE);
        if (decision.lane != cases[i].lane || !decision.nreasons ||
            !str_is(decision.reasons[0].rule->head.id, cases[i].rule))
            fail_msg("%s: %s, %.*s", cases[i].changes, lane_name(decision.lane),
                     STR_ARG(decision.nreasons ? decision.reasons[0].rule->head.id : STR("no reason")));
        arena_free(&scratch);
    }
}

static void names_every_rule_in_a_case(void **state)
{
    (void)state;
    for (size_t i = 0; i < rules->count; i++) {
        bool named = false;
        for (size_t k = 0; k < sizeof cases / sizeof *cases; k++)
            named |= str_is(rules->items[i].head.id, cases[k].rule);
        if (!named) fail_msg("no case fires %.*s", STR_ARG(rules->items[i].head.id));
    }
}

static void says_in_three_languages_why_the_grant_was_not_reached(void **state)
{
    (void)state;
    struct arena scratch = ARENA(4 << 20);
    struct facts facts =
        facts_changed(&scratch, fast, "{\"programme.manufacturer\":\"unrecognised\",\"programme.fast\":false}");
    struct decision decision;
    assert_int_equal(decide(&scratch, rules, &facts, NULL, &decision, NULL), ERR_NONE);
    struct json *reason = reason_json(&scratch, &decision.reasons[0], &facts);
    assert_non_null(strstr(json_text(reason, "en").p, "manufacturer: not recognised"));
    assert_non_null(strstr(json_text(reason, "es").p, "fabricante: no reconocido"));
    assert_non_null(strstr(json_text(reason, "fr").p, "fabricant : non reconnu"));
    arena_free(&scratch);
}

// --- what a missing fact may never do

// Values of each sort of fact, around the rules' thresholds.
static const double numbers[] = {0, 1, 5, 6, 29, 45, 50, 61, 161};
#define NUMBERS (sizeof numbers / sizeof *numbers)

static size_t value_count(const struct fact_kind *kind)
{
    size_t n = 0;
    if (kind->type == FACT_BOOL) return 2;
    if (kind->type == FACT_NUMBER) return NUMBERS;
    while (kind->values && kind->values[n]) n++;
    return n ? n : 1;
}

static struct fact value_at(const struct fact_kind *kind, size_t i)
{
    return (struct fact){.name = kind->name,
                         .type = kind->type,
                         .boolean = i == 1,
                         .number = numbers[i % NUMBERS],
                         .text = str_of(kind->values ? kind->values[i] : "x")};
}

// Those of `all` whose bit is set.
static struct facts subset(const struct fact *all, size_t count, uint64_t mask, struct fact *room)
{
    struct facts facts = {.now_us = MARCH_2026_US, .items = room};
    for (size_t i = 0; i < count; i++)
        if (mask >> i & 1) room[facts.count++] = all[i];
    return facts;
}

static struct fact random_fact(size_t kind)
{
    return value_at(&fact_kinds[kind], (size_t)random_below(value_count(&fact_kinds[kind])));
}

// Half of the time the good value, so that green and its neighbours are met often.
static void random_world(struct arena *scratch, struct fact *world)
{
    struct facts good =
        facts_changed(scratch, fast, random_below(2) ? "{}" : "{\"crossing.empty\":true,\"seal.present\":false}");
    size_t spoiled = (size_t)random_below(4);
    for (size_t i = 0; i < fact_kind_count; i++) {
        const struct fact *fact = facts_get(&good, str_of(fact_kinds[i].name));
        world[i] = fact ? *fact : random_fact(i);
    }
    for (; spoiled > 0; spoiled--) {
        size_t i = (size_t)random_below(fact_kind_count);
        world[i] = random_fact(i);
    }
}

static bool is_greener_than_both(enum lane less, enum lane full)
{
    return less < full && less < rules->base;
}

// Property 2 of decision.h.
static void never_gets_greener_by_losing_facts(void **state)
{
    (void)state;
    struct fact world[64], room[64];
    size_t greens = 0, kept = 0;
    random_seed(20260301);
    for (int round = 0; round < 400; round++) {
        struct arena scratch = ARENA(4 << 20), kept_world = ARENA(1 << 20);
        random_world(&kept_world, world);
        uint64_t all = (UINT64_C(1) << fact_kind_count) - 1;
        struct facts facts = subset(world, fact_kind_count, all, room);
        enum lane full = lane_of(&scratch, &facts);
        greens += full == LANE_GREEN;
        for (int i = 0; i < 150; i++) {
            arena_reset(&scratch);
            uint64_t mask = all & ~(UINT64_C(1) << random_below(fact_kind_count));
            for (uint64_t more = random_below((uint64_t)i % 30 + 1); more > 0; more--)
                mask &= ~(UINT64_C(1) << random_below(fact_kind_count));
            facts = subset(world, fact_kind_count, mask, room);
            enum lane less = lane_of(&scratch, &facts);
            kept += less == LANE_GREEN;
            if (is_greener_than_both(less, full))
                fail_msg("round %d: %s without facts of mask %llx, %s with all", round, lane_name(less),
                         (unsigned long long)mask, lane_name(full));
        }
        arena_free(&scratch);
        arena_free(&kept_world);
    }
    assert_true(greens > 20 && kept > 20);
}

// Property 1: where some facts give green, no values of the missing ones give anything else.
static void stays_green_whatever_the_missing_facts_turn_out_to_be(void **state)
{
    (void)state;
    struct fact world[64], room[64];
    size_t greens = 0;
    random_seed(20260302);
    for (int round = 0; round < 20000; round++) {
        struct arena scratch = ARENA(4 << 20), kept_world = ARENA(1 << 20);
        random_world(&kept_world, world);
        uint64_t mask = 0;
        for (size_t i = 0; i < fact_kind_count; i++) mask |= (uint64_t)(random_below(12) > 0) << i;
        struct facts facts = subset(world, fact_kind_count, mask, room);
        bool green = lane_of(&scratch, &facts) == LANE_GREEN;
        greens += green;
        for (int i = 0; green && i < 50; i++) {
            arena_reset(&scratch);
            for (size_t k = 0; k < fact_kind_count; k++)
                if (!(mask >> k & 1)) world[k] = random_fact(k);
            facts = subset(world, fact_kind_count, (UINT64_C(1) << fact_kind_count) - 1, room);
            if (lane_of(&scratch, &facts) != LANE_GREEN) fail_msg("round %d", round);
        }
        arena_free(&scratch);
        arena_free(&kept_world);
    }
    assert_true(greens > 200);
}

// The corridor's rules, beyond what decide promises for any: a missing fact never gives a lane greener than the best
// value of that fact would. Every value of every fact, alone and with any second one missing.
static void never_prefers_a_missing_fact_to_its_best_value(void **state)
{
    (void)state;
    struct fact world[64], room[64];
    random_seed(20260303);
    for (int round = 0; round < 40; round++) {
        struct arena scratch = ARENA(4 << 20), kept_world = ARENA(1 << 20);
        random_world(&kept_world, world);
        uint64_t all = (UINT64_C(1) << fact_kind_count) - 1;
        for (size_t i = 0; i < fact_kind_count; i++)
            for (size_t k = 0; k < fact_kind_count; k++) {
                arena_reset(&scratch);
                uint64_t without = all & ~(UINT64_C(1) << i) & ~(UINT64_C(1) << k);
                struct facts facts = subset(world, fact_kind_count, without, room);
                enum lane missing = lane_of(&scratch, &facts), best = LANE_HOLD;
                for (size_t v = 0; v < value_count(&fact_kinds[i]); v++) {
                    facts = subset(world, fact_kind_count, without, room);
                    room[facts.count++] = value_at(&fact_kinds[i], v);
                    enum lane lane = lane_of(&scratch, &facts);
                    if (lane < best) best = lane;
                }
                if (missing < best) fail_msg("round %d: %s is better missing", round, fact_kinds[i].name);
            }
        arena_free(&scratch);
        arena_free(&kept_world);
    }
}

// Of a green FAST crossing every set of the facts that its rules ask about is taken away.
static void stays_green_only_without_facts_that_cannot_matter(void **state)
{
    (void)state;
    static const char *const asked[] = {"crossing.empty",        "crossing.in_bond",   "programme.fast",
                                        "seal.present",          "seal.high_security", "custody.refused",
                                        "custody.tampers",       "custody.tracked",    "custody.silence_min",
                                        "documents.filed",       "documents.lead_min", "documents.weight_gap_pct",
                                        "documents.seals_agree", "channel.suspect"};
    enum { N = sizeof asked / sizeof *asked };
    struct arena scratch = ARENA(4 << 20), world = ARENA(1 << 20);
    struct facts good = facts_of(&world, fast);
    struct fact room[64];
    for (uint32_t gone = 0; gone < 1u << N; gone++) {
        arena_reset(&scratch);
        struct facts facts = {.now_us = MARCH_2026_US, .items = room};
        for (size_t i = 0; i < good.count; i++) {
            bool taken = false;
            for (size_t k = 0; k < N; k++) taken |= (gone >> k & 1) && !strcmp(asked[k], good.items[i].name);
            if (!taken) room[facts.count++] = good.items[i];
        }
        // In bond or not changes nothing while the seal is on, tracked or not nothing while its track is good.
        enum lane lane = lane_of(&scratch, &facts), want = (gone & ~0x82u) ? LANE_DOCUMENT : LANE_GREEN;
        if (lane != want) fail_msg("%s without the facts of mask %x", lane_name(lane), gone);
    }
    arena_free(&world);
    arena_free(&scratch);
}

static int begin(void **state)
{
    (void)state;
    arena = ARENA(16 << 20);
    struct why why = {0};
    struct str yaml = test_file(&arena, "examples/corridor/rules/corridor.yaml");
    if (!rules_read(&arena, yaml, &rules, &why)) return 0;
    fprintf(stderr, "%s: %s\n", why.member, why.text);
    return -1;
}

static int end(void **state)
{
    (void)state;
    arena_free(&arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fires_each_rule_where_it_should),
        cmocka_unit_test(names_every_rule_in_a_case),
        cmocka_unit_test(says_in_three_languages_why_the_grant_was_not_reached),
        cmocka_unit_test(never_gets_greener_by_losing_facts),
        cmocka_unit_test(stays_green_whatever_the_missing_facts_turn_out_to_be),
        cmocka_unit_test(never_prefers_a_missing_fact_to_its_best_value),
        cmocka_unit_test(stays_green_only_without_facts_that_cannot_matter),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
