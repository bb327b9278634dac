// SPDX-License-Identifier: Apache-2.0
#include "build.h"

#include "base/text.h"
#include "one_arena.h"

#define HEAD(id) "  - {id: " id ", owner: us.cbp, revision: 1, citation: c, from: 2026-01-01, "
#define TEXT(name, en) name ": {en: '" en "', es: e, fr: f}"
#define GRANT "grant: green, " TEXT("reason", "granted") ", " TEXT("otherwise", "not granted") "}\n"

static struct decision decided(const char *yaml, const char *facts_text)
{
    struct facts facts = facts_of(&arena, facts_text);
    struct decision decision;
    assert_int_equal(decide(&arena, rules_of(&arena, yaml), &facts, NULL, &decision, NULL), ERR_NONE);
    return decision;
}

static const char simple[] = "base: document\nrules:\n" HEAD("grant") "when: crossing.empty, " GRANT
    HEAD("tamper") "when: custody.tampers > 0, floor: joint, " TEXT("reason", "t") "}\n" HEAD(
        "refused") "when: custody.refused > 0, floor: scan, unknown: scan, " TEXT("reason", "r") "}\n";

static void takes_the_strictest_lane(void **state)
{
    (void)state;
    static const struct {
        const char *facts;
        enum lane lane;
        const char *rules; // of the reasons, in order
    } cases[] = {
        {"{\"crossing.empty\":true,\"custody.tampers\":0,\"custody.refused\":0}", LANE_GREEN, "grant "},
        {"{\"crossing.empty\":false,\"custody.tampers\":0,\"custody.refused\":0}", LANE_DOCUMENT, "grant "},
        {"{\"custody.tampers\":0,\"custody.refused\":0}", LANE_DOCUMENT, "grant "},
        {"{\"crossing.empty\":true,\"custody.tampers\":1,\"custody.refused\":0}", LANE_JOINT, "tamper "},
        {"{\"crossing.empty\":true,\"custody.tampers\":0,\"custody.refused\":1}", LANE_SCAN, "refused "},
        {"{\"crossing.empty\":true,\"custody.tampers\":1,\"custody.refused\":1}", LANE_JOINT, "tamper refused "},
        {"{\"crossing.empty\":false,\"custody.tampers\":1,\"custody.refused\":1}", LANE_JOINT, "tamper refused "},
        // Unknown: with a lane of its own, and without one.
        {"{\"crossing.empty\":true,\"custody.tampers\":0}", LANE_SCAN, "refused "},
        {"{\"crossing.empty\":true,\"custody.refused\":0}", LANE_DOCUMENT, "tamper "},
        {"{\"crossing.empty\":false,\"custody.refused\":0}", LANE_DOCUMENT, "grant "},
        {"{}", LANE_SCAN, "refused "},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct decision decision = decided(simple, cases[i].facts);
        struct buf names = BUF(1000);
        for (size_t k = 0; k < decision.nreasons; k++)
            buf_printf(&names, "%.*s ", STR_ARG(decision.reasons[k].rule->head.id));
        if (decision.lane != cases[i].lane || !str_is(buf_str(&names), cases[i].rules))
            fail_msg("%s: %s, %.*s", cases[i].facts, lane_name(decision.lane), (int)names.n, names.p);
        buf_free(&names);
    }
}

static void lists_the_gaps_of_unknown_rules_only(void **state)
{
    (void)state;
    struct decision decision = decided(simple, "{\"crossing.empty\":true,\"custody.refused\":0}");
    assert_int_equal(decision.ngaps, 1);
    assert_true(str_is(decision.gaps[0], "custody.tampers"));
    decision = decided(simple, "{}");
    assert_int_equal(decision.ngaps, 3);
    assert_true(str_is(decision.gaps[0], "crossing.empty"));
    assert_true(str_is(decision.gaps[1], "custody.refused"));
    assert_true(str_is(decision.gaps[2], "custody.tampers"));
    // `any` is settled by its true part: what is missing beside it is no gap.
    decision = decided("base: document\nrules:\n" HEAD(
                           "x") "when: custody.refused == 1 || crossing.empty, floor: scan, " TEXT("reason", "r") "}\n",
                       "{\"crossing.empty\":true}");
    assert_int_equal(decision.ngaps, 0);
}

static void applies_a_rule_between_its_dates_only(void **state)
{
    (void)state;
    static const char yaml[] =
        "base: document\nrules:\n"
        "  - {id: a, owner: o, revision: 1, citation: c, from: 2026-03-01, to: 2026-03-02, floor: scan, "
        "when: crossing.empty, " TEXT("reason", "r") "}\n";
    static const struct {
        int64_t now_us;
        enum lane lane;
    } cases[] = {{MARCH_2026_US - 1, LANE_DOCUMENT},
                 {MARCH_2026_US, LANE_SCAN},
                 {MARCH_2026_US + 86400000000 - 1, LANE_SCAN},
                 {MARCH_2026_US + 86400000000, LANE_DOCUMENT}};
    for (size_t i = 0; i < 4; i++) {
        struct facts facts = facts_of(&arena, "{\"crossing.empty\":true}");
        facts.now_us = cases[i].now_us;
        struct decision decision;
        assert_int_equal(decide(&arena, rules_of(&arena, yaml), &facts, NULL, &decision, NULL), ERR_NONE);
        assert_int_equal(decision.lane, cases[i].lane);
    }
}

static void says_nothing_of_a_grant_for_other_crossings(void **state)
{
    (void)state;
    static const char yaml[] =
        "base: document\nrules:\n" HEAD("loaded") "for: '!crossing.empty', when: programme.fast, " GRANT HEAD(
            "empty") "for: crossing.empty, when: programme.driver == \"valid\", " GRANT;
    struct decision decision = decided(yaml, "{\"crossing.empty\":true,\"programme.fast\":true}");
    assert_int_equal(decision.lane, LANE_DOCUMENT);
    assert_int_equal(decision.nreasons, 1);
    assert_true(str_is(decision.reasons[0].rule->head.id, "empty"));
    assert_true(decision.reasons[0].otherwise);
    decision = decided(yaml, "{\"programme.fast\":true,\"programme.driver\":\"valid\"}");
    assert_int_equal(decision.lane, LANE_DOCUMENT); // one of the two grants it, but who knows which
    assert_int_equal(decision.nreasons, 2);
}

static void leans_on_what_it_asked_and_shows(void **state)
{
    (void)state;
    static const char yaml[] = "base: document\nrules:\n" HEAD("a") "when: custody.refused > 0, floor: scan, " TEXT(
        "reason", "at {crossing.port}") "}\n";
    static const uint32_t one[] = {3, 1}, two[] = {2}, three[] = {0};
    struct fact items[] = {
        {.name = "custody.refused", .type = FACT_NUMBER, .number = 1, .sources = one, .nsources = 2},
        {.name = "crossing.port", .type = FACT_TEXT, .text = STR("2304"), .sources = two, .nsources = 1},
        {.name = "crossing.empty", .type = FACT_BOOL, .sources = three, .nsources = 1},
    };
    struct source sources[] = {
        {.name = STR("us.cbp:1"), .label = LABEL_RED},
        {.name = STR("us.cbp:2"), .label = LABEL_GREEN},
        {.name = STR("mx.anam:3"), .label = LABEL_AMBER_STRICT},
        {.name = STR("us.cbp:4"), .label = LABEL_CLEAR},
    };
    struct facts facts = {.now_us = MARCH_2026_US, .items = items, .count = 3, .sources = sources, .nsources = 4};
    struct decision decision;
    assert_int_equal(decide(&arena, rules_of(&arena, yaml), &facts, NULL, &decision, NULL), ERR_NONE);
    assert_int_equal(decision.nleaned, 3);
    assert_int_equal(decision.leaned[0], 1);
    assert_int_equal(decision.leaned[1], 2);
    assert_int_equal(decision.leaned[2], 3);
    assert_int_equal(decision.label, LABEL_AMBER_STRICT); // of those it leaned on; the red one it never asked
    items[0].number = 0;
    assert_int_equal(decide(&arena, rules_of(&arena, yaml), &facts, NULL, &decision, NULL), ERR_NONE);
    assert_int_equal(decision.nleaned, 2);
    assert_int_equal(decision.label, LABEL_GREEN);
    facts.count = 0;
    assert_int_equal(decide(&arena, rules_of(&arena, yaml), &facts, NULL, &decision, NULL), ERR_NONE);
    assert_int_equal(decision.nleaned, 0);
    assert_int_equal(decision.label, LABEL_AMBER);
}

static void counts_every_rule_where_there_is_no_room_for_reasons(void **state)
{
    (void)state;
    struct buf yaml = BUF(1 << 20);
    buf_puts(&yaml, "base: document\nrules:\n");
    for (int i = 0; i < REASONS_MAX + 9; i++)
        buf_printf(&yaml,
                   "  - {id: r%d, owner: o, revision: 1, citation: c, from: 2026-01-01, floor: %s, "
                   "when: crossing.empty, reason: {en: e, es: e, fr: f}}\n",
                   i, i == REASONS_MAX + 8 ? "hold" : "scan");
    buf_putc(&yaml, '\0');
    struct decision decision = decided(yaml.p, "{\"crossing.empty\":true}");
    assert_int_equal(decision.lane, LANE_HOLD);
    assert_int_equal(decision.nreasons, REASONS_MAX);
    assert_int_equal(decision.nleft_out, 9);
    assert_int_equal(decision.reasons[0].lane, LANE_HOLD);
    buf_free(&yaml);
}

static void never_goes_green_without_memory(void **state)
{
    (void)state;
    struct rules *rules = rules_of(&arena, simple);
    struct facts facts = facts_of(&arena, "{\"crossing.empty\":true,\"custody.tampers\":0,\"custody.refused\":0}");
    size_t failed = 0;
    for (size_t cap = 0; cap < 8192; cap += 16) {
        struct arena small = ARENA(cap);
        struct decision decision;
        enum err err = decide(&small, rules, &facts, NULL, &decision, NULL);
        assert_true(err == ERR_NONE || err == ERR_NO_MEMORY);
        assert_int_equal(decision.lane, err ? LANE_JOINT : LANE_GREEN);
        failed += err != ERR_NONE;
        arena_free(&small);
    }
    assert_true(failed > 0 && failed < 512);
}

static void writes_the_members_of_the_statement(void **state)
{
    (void)state;
    static const char yaml[] = "base: document\nrules:\n" HEAD(
        "late") "when: documents.lead_min < 60, floor: document, "
                "reason: {en: 'Came {documents.lead_min} min before; driver {programme.driver}; empty "
                "{crossing.empty}.', "
                "es: '{documents.lead_min} {programme.driver} {crossing.empty} {crossing.in_bond}', "
                "fr: '{documents.lead_min} {programme.driver} {crossing.empty} "
                "{crossing.in_bond}'}}\n" HEAD("jump") "when: custody.jump_kmh > 160, floor: "
                                                       "scan, unknown: document, " TEXT("reason", "j") "}\n";
    struct facts facts =
        facts_of(&arena, "{\"documents.lead_min\":12.345,\"crossing.empty\":false,\"programme.driver\":\"expired\"}");
    static const uint32_t sources[] = {0};
    facts.items[0].sources = sources;
    facts.items[0].nsources = 1;
    struct source source = {.name = STR("mx.anam:7")};
    facts.sources = &source;
    facts.nsources = 1;
    struct rules *rules = rules_of(&arena, yaml);
    struct decision decision;
    assert_int_equal(decide(&arena, rules, &facts, NULL, &decision, NULL), ERR_NONE);
    struct str hash = hex_text(&arena, (struct str){(char *)rules->hash, 32});
    struct str want =
        arena_printf(&arena,
                     "{\"build\":\"0.1.0\",\"facts\":{\"crossing.empty\":false,\"documents.lead_min\":12.345,"
                     "\"programme.driver\":\"expired\"},"
                     "\"gaps\":[\"custody.jump_kmh\"],\"lane\":\"document\",\"leaned\":[\"mx.anam:7\"],"
                     "\"reason.jump\":{\"because\":\"unknown\",\"citation\":\"c\",\"en\":\"Cannot be judged while this "
                     "is not known: speed "
                     "between two positions.\","
                     "\"es\":\"No se puede valorar mientras no se conozca: velocidad entre dos posiciones.\","
                     "\"fr\":\"Ne peut être apprécié tant que ceci n'est pas connu : vitesse entre deux "
                     "positions.\",\"lane\":\"document\",\"rule\":\"jump\"},"
                     "\"reason.late\":{\"citation\":\"c\",\"en\":\"Came 12.3 min before; driver expired; empty no.\","
                     "\"es\":\"12.3 vencido no desconocido\",\"fr\":\"12,3 expiré non "
                     "inconnu\",\"lane\":\"document\",\"rule\":\"late\"},"
                     "\"rules\":\"%.*s\"}",
                     STR_ARG(hash));
    for (int round = 0; round < 2; round++) { // the same again, byte for byte
        struct buf b = BUF(100000);
        json_canonical(decision_members(&arena, &decision, rules, &facts, NULL, "0.1.0"), &b);
        if (!str_eq(buf_str(&b), want)) fail_msg("%.*s", (int)b.n, b.p);
        buf_free(&b);
    }
}

static void names_the_part_of_each_condition_that_failed_first(void **state)
{
    (void)state;
    static const char yaml[] = "base: document\nrules:\n" HEAD(
        "a") "for: '!crossing.empty && crossing.arrived', when: custody.tampers > 0 && custody.refused == 0, floor: "
             "scan, " TEXT("reason", "r") "}\n" HEAD("b") "when: custody.refused > 0 || crossing.empty, floor: "
                                                          "scan, " TEXT("reason", "r") "}\n";
    static const struct {
        const char *facts, *a, *b; // NULL: true
    } cases[] = {
        {"{\"crossing.empty\":false,\"crossing.arrived\":true,\"custody.tampers\":1,\"custody.refused\":0}", NULL,
         "custody.refused > 0 || crossing.empty"},
        {"{\"crossing.empty\":true,\"custody.refused\":0}", "!crossing.empty", NULL},
        {"{\"crossing.empty\":false,\"crossing.arrived\":true,\"custody.tampers\":0,\"custody.refused\":2}",
         "custody.tampers > 0", NULL},
        {"{\"crossing.empty\":false,\"custody.tampers\":3,\"custody.refused\":2}", "custody.refused == 0", NULL},
        {"{\"crossing.empty\":false,\"custody.tampers\":3,\"custody.refused\":0}", "crossing.arrived",
         "custody.refused > 0 || crossing.empty"},
    };
    struct rules *rules = rules_of(&arena, yaml);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *const wanted[] = {cases[i].a, cases[i].b};
        struct facts facts = facts_of(&arena, cases[i].facts);
        struct decision decision;
        assert_int_equal(decide(&arena, rules, &facts, NULL, &decision, NULL), ERR_NONE);
        for (size_t k = 0; k < 2; k++) {
            struct str is = decision_failed(&decision, rules, k);
            if (!str_eq(is, str_of(wanted[k]))) fail_msg("case %zu, rule %zu: %.*s", i, k, STR_ARG(is));
        }
    }
}

static void replays_from_its_own_statement(void **state)
{
    (void)state;
    struct rules *rules = rules_of(&arena, simple);
    struct facts facts = facts_of(&arena, "{\"crossing.empty\":true,\"custody.tampers\":3}");
    struct decision first, again;
    assert_int_equal(decide(&arena, rules, &facts, NULL, &first, NULL), ERR_NONE);
    struct json *members = decision_members(&arena, &first, rules, &facts, NULL, "b");
    struct facts replayed;
    assert_int_equal(facts_from_json(&arena, json_get(members, "facts"), &replayed, NULL), ERR_NONE);
    replayed.now_us = facts.now_us;
    assert_int_equal(decide(&arena, rules, &replayed, NULL, &again, NULL), ERR_NONE);
    struct buf a = BUF(100000), b = BUF(100000);
    json_canonical(members, &a);
    json_canonical(decision_members(&arena, &again, rules, &replayed, NULL, "b"), &b);
    assert_true(str_eq(buf_str(&a), buf_str(&b)));
    buf_free(&a);
    buf_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(takes_the_strictest_lane, begin, end),
        cmocka_unit_test_setup_teardown(lists_the_gaps_of_unknown_rules_only, begin, end),
        cmocka_unit_test_setup_teardown(applies_a_rule_between_its_dates_only, begin, end),
        cmocka_unit_test_setup_teardown(says_nothing_of_a_grant_for_other_crossings, begin, end),
        cmocka_unit_test_setup_teardown(leans_on_what_it_asked_and_shows, begin, end),
        cmocka_unit_test_setup_teardown(counts_every_rule_where_there_is_no_room_for_reasons, begin, end),
        cmocka_unit_test_setup_teardown(never_goes_green_without_memory, begin, end),
        cmocka_unit_test_setup_teardown(writes_the_members_of_the_statement, begin, end),
        cmocka_unit_test_setup_teardown(names_the_part_of_each_condition_that_failed_first, begin, end),
        cmocka_unit_test_setup_teardown(replays_from_its_own_statement, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
