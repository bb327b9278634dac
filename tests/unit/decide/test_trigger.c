// SPDX-License-Identifier: Apache-2.0
#include "decide/trigger.h"

#include "one_arena.h"

#define MARCH_2026_US 1772323200000000 // 2026-03-01T00:00:00Z

#define RULE(id)                                                                                                       \
    "  - id: " id "\n    owner: us.cbp\n    citation: c\n    from: 2026-03-01\n    purpose: cyber-defence\n"
static const char file[] =
    "triggers:\n" RULE("analyst") "    report: party == 'mx.anam' || role == 'analyst'\n"
                                  "    confirm: role == 'analyst'\n    effect: joint\n    crossings_limit: 0\n" RULE(
                                      "anam") "    to: 2026-04-01\n    confirm: party == 'mx.anam' && own\n"
                                              "    effect: scan\n    crossings_limit: 10\n" RULE(
                                                  "cbsa") "    report: party != ''\n    confirm: party in ['ca.cbsa', "
                                                          "'mx.anam'] && (own || named)\n"
                                                          "    effect: document\n    crossings_limit: 20\n";

static struct triggers *triggers_of(const char *yaml)
{
    struct triggers *triggers;
    struct why why = {0};
    if (triggers_read(&arena, str_of(yaml), &triggers, &why)) fail_msg("%s: %s", why.member, why.text);
    return triggers;
}

static struct triggers *example(const char *party)
{
    char path[128];
    snprintf(path, sizeof path, "examples/corridor/triggers/%s.yaml", party);
    struct str yaml = test_file(&arena, path);
    assert_non_null(yaml.p);
    return triggers_of(yaml.p);
}

static void confirms_as_far_as_a_rule_lets(void **state)
{
    (void)state;
    static const struct {
        const char *party, *role;
        bool own, named;
        enum lane wanted;
        int64_t crossings;
        enum lane floor; // green: refused
        const char *rule_or_reason;
    } cases[] = {
        {NULL, "analyst", false, false, LANE_JOINT, 100000, LANE_JOINT, "analyst"},
        {NULL, "analyst", false, false, LANE_HOLD, 1, LANE_JOINT, "analyst"},
        {NULL, "analyst", false, false, LANE_DOCUMENT, 1, LANE_DOCUMENT, "analyst"},
        {NULL, "officer", true, true, LANE_SCAN, 1, LANE_GREEN, "no trigger in force lets 'officer'"},
        {"mx.anam", NULL, true, false, LANE_JOINT, 10, LANE_SCAN, "anam"},
        {"mx.anam", NULL, true, false, LANE_JOINT, 11, LANE_DOCUMENT, "cbsa"},
        {"mx.anam", NULL, true, false, LANE_JOINT, 21, LANE_GREEN, "wants a person"},
        {"mx.anam", NULL, false, true, LANE_JOINT, 1, LANE_DOCUMENT, "cbsa"},
        {"mx.anam", NULL, false, false, LANE_JOINT, 1, LANE_GREEN, "not for this channel"},
        {"ca.cbsa", NULL, false, true, LANE_JOINT, 20, LANE_DOCUMENT, "cbsa"},
        {"ca.cbsa", NULL, false, true, LANE_JOINT, 21, LANE_GREEN, "wants a person"},
        {"mx.fletes-rivales", NULL, true, true, LANE_DOCUMENT, 1, LANE_GREEN, "lets 'mx.fletes-rivales'"},
        {"analyst", NULL, true, true, LANE_DOCUMENT, 1, LANE_GREEN, "lets 'analyst'"},
        {NULL, "mx.anam", true, true, LANE_DOCUMENT, 1, LANE_GREEN, "lets 'mx.anam'"},
        {"*", NULL, true, true, LANE_DOCUMENT, 1, LANE_GREEN, "lets '*'"},
        {"mx.anam", "analyst", true, true, LANE_DOCUMENT, 1, LANE_GREEN, "no trigger"},
        {NULL, NULL, true, true, LANE_DOCUMENT, 1, LANE_GREEN, "no trigger"},
    };
    struct triggers *triggers = triggers_of(file);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct trigger_confirmation c = {.speaker = {str_of(cases[i].party), str_of(cases[i].role)},
                                         .own = cases[i].own,
                                         .named = cases[i].named,
                                         .wanted = cases[i].wanted,
                                         .crossings = cases[i].crossings,
                                         .now_us = MARCH_2026_US};
        const struct trigger *rule = NULL;
        enum lane floor = LANE_HOLD;
        struct why why = {0};
        enum err err = trigger_confirm_allowed(triggers, &c, &rule, &floor, &why);
        if (floor != cases[i].floor) fail_msg("case %zu: %s (%s)", i, lane_name(floor), why.text);
        assert_int_equal(err, floor == LANE_GREEN ? ERR_FORBIDDEN : ERR_NONE);
        if (err && !strstr(why.text, cases[i].rule_or_reason)) fail_msg("case %zu: %s", i, why.text);
        if (!err) assert_true(str_is(rule->head.id, cases[i].rule_or_reason));
    }
}

static void lets_only_those_report_whom_a_rule_names(void **state)
{
    (void)state;
    struct triggers *cbp = example("us.cbp"), *open = triggers_of(file);
    const struct trigger *rule = NULL;
    struct trigger_speaker anam = {.party = STR("mx.anam")}, rival = {.party = STR("mx.fletes-rivales")};
    struct trigger_speaker analyst = {.role = STR("analyst")}, officer = {.role = STR("officer")}, nobody = {{0}};
    assert_true(trigger_report_allowed(cbp, anam, STR_NONE, MARCH_2026_US, &rule));
    assert_true(str_is(rule->head.id, "own-analyst"));
    assert_true(trigger_report_allowed(cbp, analyst, STR_NONE, MARCH_2026_US, NULL));
    assert_false(trigger_report_allowed(cbp, rival, STR_NONE, MARCH_2026_US, NULL));
    assert_false(trigger_report_allowed(cbp, officer, STR_NONE, MARCH_2026_US, NULL));
    assert_true(trigger_report_allowed(open, rival, STR_NONE, MARCH_2026_US, &rule));
    assert_true(str_is(rule->head.id, "cbsa"));
    assert_false(trigger_report_allowed(open, officer, STR_NONE, MARCH_2026_US, NULL)); // * is parties, not people
    assert_false(trigger_report_allowed(open, nobody, STR_NONE, MARCH_2026_US, NULL));
}

static void changes_nothing_outside_its_dates_or_purpose(void **state)
{
    (void)state;
    struct triggers *triggers = triggers_of(file);
    struct trigger_speaker anam = {.party = STR("mx.anam")};
    struct trigger_confirmation c = {.speaker = anam, .own = true, .wanted = LANE_SCAN, .crossings = 1};
    static const struct {
        int64_t now_us;
        const char *purpose;
        enum lane floor;
    } cases[] = {
        {MARCH_2026_US - 1, NULL, LANE_GREEN},
        {MARCH_2026_US, NULL, LANE_SCAN},
        {MARCH_2026_US, "cyber-defence", LANE_SCAN},
        {MARCH_2026_US, "revenue", LANE_GREEN},
        {MARCH_2026_US + INT64_C(31) * 86400000000 - 1, NULL, LANE_SCAN},
        {MARCH_2026_US + INT64_C(31) * 86400000000, NULL, LANE_DOCUMENT}, // `anam` has ended, `cbsa` has not
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        enum lane floor;
        c.now_us = cases[i].now_us;
        c.purpose = str_of(cases[i].purpose);
        enum err err = trigger_confirm_allowed(triggers, &c, NULL, &floor, NULL);
        if (floor != cases[i].floor || (err == ERR_NONE) != (floor > LANE_GREEN)) fail_msg("case %zu", i);
        assert_int_equal(trigger_report_allowed(triggers, anam, c.purpose, c.now_us, NULL), i != 0 && i != 3);
    }
}

static void stops_no_truck_for_a_competitor(void **state)
{
    (void)state;
    static const char *const nodes[] = {"mx.anam", "us.cbp", "ca.cbsa"};
    for (size_t i = 0; i < 3; i++)
        for (int bits = 0; bits < 4; bits++) {
            struct trigger_confirmation c = {.speaker = {.party = STR("mx.fletes-rivales")},
                                             .own = bits & 1,
                                             .named = bits & 2,
                                             .wanted = LANE_HOLD,
                                             .crossings = 1,
                                             .now_us = MARCH_2026_US};
            enum lane floor = LANE_HOLD;
            assert_int_equal(trigger_confirm_allowed(example(nodes[i]), &c, NULL, &floor, NULL), ERR_FORBIDDEN);
            assert_int_equal(floor, LANE_GREEN);
        }
}

static void takes_a_partners_standing_as_the_corridor_says(void **state)
{
    (void)state;
    static const struct {
        const char *node, *party;
        bool own;
        enum lane floor;
    } cases[] = {
        {"us.cbp", "mx.anam", true, LANE_JOINT},
        {"us.cbp", "mx.anam", false, LANE_GREEN},
        {"ca.cbsa", "us.cbp", true, LANE_JOINT},
        {"ca.cbsa", "mx.anam", true, LANE_JOINT},
        {"us.cbp", "ca.cbsa", true, LANE_SCAN},
        {"mx.anam", "us.cbp", true, LANE_SCAN},
        {"us.cbp", "mx.transportes-garza", true, LANE_GREEN},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct trigger_confirmation c = {.speaker = {.party = str_of(cases[i].party)},
                                         .own = cases[i].own,
                                         .wanted = LANE_JOINT,
                                         .crossings = 3,
                                         .now_us = MARCH_2026_US};
        enum lane floor;
        (void)!trigger_confirm_allowed(example(cases[i].node), &c, NULL, &floor, NULL);
        if (floor != cases[i].floor) fail_msg("%s %s: %s", cases[i].node, cases[i].party, lane_name(floor));
    }
}

static void refuses_triggers_that_go_too_far(void **state)
{
    (void)state;
    static const struct {
        const char *yaml;
        enum err err;
        const char *member, *text;
    } cases[] = {
        {"triggers:\n" RULE("a") "    confirm: role == 'analyst'\n    effect: hold\n    crossings_limit: 1\n",
         ERR_FORBIDDEN, "/triggers/0/effect", "only a person"},
        {"triggers:\n" RULE("a") "    confirm: party != ''\n    effect: scan\n    crossings_limit: 1\n", ERR_FORBIDDEN,
         "/triggers/0/confirm", "name the parties"},
        {"triggers:\n" RULE("a") "    confirm: role != 'x'\n    effect: scan\n    crossings_limit: 1\n", ERR_FORBIDDEN,
         "/triggers/0/confirm", "name the parties"},
        {"triggers:\n" RULE("a") "    confirm: crossings == 0 && wanted == 4 && own && named\n    effect: scan\n    "
                                 "crossings_limit: 1\n",
         ERR_FORBIDDEN, "/triggers/0/confirm", "name the parties"},
        {"triggers:\n" RULE("a") "    confirm: role == 'officer'\n    effect: scan\n    crossings_limit: 1\n",
         ERR_FORBIDDEN, "/triggers/0/confirm", "analyst"},
        {"triggers:\n" RULE("a") "    confirm: role == 'analyst'\n    effect: scan\n", ERR_MALFORMED, "/triggers/0",
         "crossings_limit"},
        {"triggers:\n" RULE("a") "    confirm: rol == 'analyst'\n    effect: scan\n    crossings_limit: 1\n",
         ERR_MALFORMED, "/triggers/0/confirm", "role"},
        {"triggers:\n" RULE("a") "    confirm: role\n    effect: scan\n    crossings_limit: 1\n", ERR_MALFORMED,
         "/triggers/0/confirm", "true or false"},
        {"triggers:\n" RULE("A") "    confirm: role == 'analyst'\n    effect: scan\n    crossings_limit: 1\n",
         ERR_MALFORMED, "/triggers/0/id", "small letters"},
        {"triggers:\n" RULE("a") "    to: 2026-03-01\n    confirm: role == 'analyst'\n    effect: scan\n  "
                                 "  crossings_limit: 1\n",
         ERR_SENSELESS, "/triggers/0/to", "before it begins"},
        {"triggers:\n" RULE("a") "    confirm: role == 'analyst'\n    effect: scan\n    crossings_limit: "
                                 "1\n" RULE("a") "    confirm: role == 'analyst'\n    effect: scan\n    "
                                                 "crossings_limit: 1\n",
         ERR_MALFORMED, "/triggers/1/id", "taken"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct triggers *triggers;
        struct why why = {0};
        enum err err = triggers_read(&arena, str_of(cases[i].yaml), &triggers, &why);
        assert_null(triggers);
        if (err != cases[i].err || strcmp(why.member, cases[i].member) || !strstr(why.text, cases[i].text))
            fail_msg("case %zu: %s %s %s", i, err_name(err), why.member, why.text);
    }
}

static enum err triggers_judge(void *context, struct arena *own, struct str yaml, struct why *why)
{
    struct triggers *triggers;
    (void)context;
    enum err err = triggers_read(own, yaml, &triggers, why);
    assert_true((err == ERR_NONE) == (triggers != NULL));
    return err;
}

static void says_when_memory_is_out(void **state)
{
    (void)state;
    needs_memory_only(triggers_judge, str_of(file), 65536);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(confirms_as_far_as_a_rule_lets, begin, end),
        cmocka_unit_test_setup_teardown(lets_only_those_report_whom_a_rule_names, begin, end),
        cmocka_unit_test_setup_teardown(changes_nothing_outside_its_dates_or_purpose, begin, end),
        cmocka_unit_test_setup_teardown(stops_no_truck_for_a_competitor, begin, end),
        cmocka_unit_test_setup_teardown(takes_a_partners_standing_as_the_corridor_says, begin, end),
        cmocka_unit_test_setup_teardown(refuses_triggers_that_go_too_far, begin, end),
        cmocka_unit_test_setup_teardown(says_when_memory_is_out, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
