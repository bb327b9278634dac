// SPDX-License-Identifier: Apache-2.0
// The lane of a truck at its port: the rules' floor, the score and the port's state together.
#include "build.h"

#include "one_arena.h"

#include <math.h>

static const char plan_text[] =
    "port: us.2304\ncitation: port order 7\nwait_target_min: 2.5\ntrucks_per_day: 9200\n"
    "chance: {ordinary: 0.1, trusted: 0.01}\nservices:\n"
    "  - {name: primary, lane: green, servers: 9, service_min: 1, sensitivity: [0, 0, 0]}\n"
    "  - {name: papers, lane: document, servers: 9, service_min: 1, sensitivity: [0.1, 0.1, 0.1]}\n"
    "  - {name: nii, lane: scan, servers: 2, service_min: 2, wait_max_min: 45, sensitivity: [0.8, 0.7, 0.4]}\n"
    "  - {name: dock, lane: joint, servers: 3, service_min: 45, wait_max_min: 240, sensitivity: [0.9, 0.9, 0.9]}\n";

#define RULE(id) "  - {id: " id ", owner: o, revision: 1, citation: c, from: 2026-01-01, "
#define WORDS ", reason: {en: r, es: r, fr: r}}\n"
static const char rules_text[] = "base: document\nscore: {prior: 0.01}\nrules:\n" RULE(
    "grant") "when: programme.fast, grant: green, otherwise: {en: n, es: n, fr: n}" WORDS
    RULE("risky") "when: custody.silence_min > 45, weight: 3" WORDS
        RULE("known") "when: programme.carrier == 'valid', weight: -2" WORDS RULE(
            "tried") "state: shadow, when: custody.refused > 0, floor: joint" WORDS
            RULE("drafted") "state: draft, when: 'true', floor: hold" WORDS RULE(
                "old") "state: retired, when: 'true', floor: hold" WORDS;

static struct port_now port(double price)
{
    static const struct lane_queue free_queues[] = {{9, 0}, {9, 0}, {2, 0}, {3, 0}};
    struct lane_plan *plan;
    struct why why = {0};
    if (lane_plan_read(&arena, STR(plan_text), &plan, &why)) fail_msg("%s", why.text);
    struct port_now now = {
        .plan = plan, .port = {.price = price}, .draw = {0.5, 0.5}, .day = STR("us.2304/2026-03-01")};
    memcpy(now.port.queues, free_queues, sizeof free_queues);
    return now;
}

static struct decision decided(const char *facts_text, const struct port_now *now)
{
    struct facts facts = facts_of(&arena, facts_text);
    struct decision decision;
    assert_int_equal(decide(&arena, rules_of(&arena, rules_text), &facts, now, &decision, NULL), ERR_NONE);
    return decision;
}

#define KNOWN "\"programme.fast\":false,\"programme.carrier\":\"none\",\"custody.refused\":0"

static void adds_weights_to_the_prior(void **state)
{
    (void)state;
    static const struct {
        const char *facts;
        double log_odds;
    } cases[] = {
        {"{" KNOWN ",\"custody.silence_min\":4}", 0},
        {"{" KNOWN ",\"custody.silence_min\":46}", 3},
        {"{" KNOWN "}", 3}, // unknown: what raises the score counts,
        {"{\"programme.fast\":false,\"custody.refused\":0,\"custody.silence_min\":4}", 0}, // what lowers it does not
        {"{\"programme.fast\":false,\"programme.carrier\":\"valid\",\"custody.silence_min\":46}", 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct decision d = decided(cases[i].facts, NULL);
        double odds = 0.01 / 0.99 * exp(cases[i].log_odds);
        assert_true(d.has_risk);
        if (fabs(d.risk - odds / (1 + odds)) > 1e-12) fail_msg("%s: %g", cases[i].facts, d.risk);
    }
}

static void measures_shadows_and_leaves_drafts_alone(void **state)
{
    (void)state;
    struct decision d = decided("{\"programme.fast\":false,\"programme.carrier\":\"none\",\"custody.refused\":2,"
                                "\"custody.silence_min\":4}",
                                NULL);
    assert_int_equal(d.lane, LANE_DOCUMENT); // not joint, not hold
    assert_int_equal(d.nshadows, 1);
    assert_true(str_is(d.shadows[0]->head.id, "tried"));
    d = decided("{\"programme.fast\":false,\"programme.carrier\":\"none\",\"custody.silence_min\":4}", NULL);
    assert_int_equal(d.nshadows, 0);
    assert_int_equal(d.ngaps, 0); // what a shadow rule misses is no gap of the decision
}

static void is_never_greener_than_the_rules_ask(void **state)
{
    (void)state;
    for (int k = -6; k < 4; k++) { // from a price that makes every inspection cheap to one that makes none worth it
        struct port_now now = port(pow(10, k));
        struct decision d = decided("{" KNOWN ",\"custody.silence_min\":4}", &now);
        assert_int_equal(d.floor, LANE_DOCUMENT);
        assert_true(d.lane >= LANE_DOCUMENT && d.lane <= LANE_JOINT);
        assert_int_equal(d.lane, d.chosen.choice.lane);
    }
    struct port_now dear = port(1000), cheap = port(1e-6);
    assert_int_equal(decided("{" KNOWN ",\"custody.silence_min\":46}", &dear).lane, LANE_DOCUMENT);
    assert_true(decided("{" KNOWN ",\"custody.silence_min\":46}", &cheap).lane >= LANE_SCAN);
}

static void decides_when_every_scanner_is_down(void **state)
{
    (void)state;
    struct port_now now = port(1e-4);
    for (size_t i = 0; i < now.plan->settings.nservices; i++) now.port.queues[i].servers_up = 0;
    struct decision d = decided("{" KNOWN ",\"custody.silence_min\":46}", &now);
    assert_true(d.lane >= d.floor && d.chosen.choice.no_server);
    struct json *reason = choice_reason(&arena, &now, &d.chosen);
    assert_non_null(strstr(json_text(reason, "en").p, "nothing that the rules allow is at work"));
    assert_non_null(strstr(json_text(reason, "fr").p, "n'est en service"));
}

static void reads_standing_papers_and_load_from_the_facts(void **state)
{
    (void)state;
    static const struct {
        const char *facts;
        bool trusted, both;
        int density;
    } cases[] = {
        {"{}", false, false, LANE_DENSITIES},
        {"{\"programme.driver\":\"valid\",\"programme.carrier\":\"valid\"}", true, false, LANE_DENSITIES},
        {"{\"programme.driver\":\"valid\",\"programme.carrier\":\"expired\"}", false, false, LANE_DENSITIES},
        {"{\"documents.filed_both\":true,\"documents.gross_kg\":7999}", false, true, LANE_LIGHT},
        {"{\"documents.filed_both\":false,\"documents.gross_kg\":8000}", false, false, LANE_MIDDLING},
        {"{\"documents.gross_kg\":18000}", false, false, LANE_DENSE},
    };
    struct port_now now = port(0.01);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct decision d = decided(cases[i].facts, &now);
        const struct lane_arrival *a = &d.chosen.arrival;
        if (a->trusted != cases[i].trusted || a->filed_both != cases[i].both || (int)a->density != cases[i].density)
            fail_msg("%s", cases[i].facts);
        assert_int_equal(d.chosen.choice.unknown_density, cases[i].density == LANE_DENSITIES);
    }
    // The choice leans on them though no rule asks for them.
    static const uint32_t sources[] = {0};
    struct source source = {.name = STR("mx.anam:7"), .label = LABEL_GREEN};
    struct facts facts = facts_of(&arena, "{\"documents.gross_kg\":18000}");
    facts.items[0].sources = sources;
    facts.items[0].nsources = facts.nsources = 1;
    facts.sources = &source;
    struct decision d;
    assert_int_equal(decide(&arena, rules_of(&arena, rules_text), &facts, NULL, &d, NULL), ERR_NONE);
    assert_int_equal(d.nleaned, 0);
    assert_int_equal(decide(&arena, rules_of(&arena, rules_text), &facts, &now, &d, NULL), ERR_NONE);
    assert_int_equal(d.nleaned, 1);
}

static struct str bytes_of(const struct json *json)
{
    struct buf b = BUF(100000);
    json_canonical(json, &b);
    struct str out = arena_str(&arena, buf_str(&b));
    buf_free(&b);
    return out;
}

static void takes_the_same_choice_again_from_its_statement(void **state)
{
    (void)state;
    struct rules *rules = rules_of(&arena, rules_text);
    for (int k = 0; k < 40; k++) {
        struct port_now now = port(pow(10, k % 6 - 4)), again;
        struct facts facts = facts_of(&arena, "{" KNOWN ",\"custody.silence_min\":46}"), read;
        struct decision first, second;
        now.draw = (struct draw){(k * 7 % 40) / 40.0, (k * 3 % 40) / 40.0};
        now.port.queues[2].wait_min = k;
        now.stands = k % 3 == 0;
        now.stand = (struct lane_stand){2, k, k / 2.0};
        assert_int_equal(decide(&arena, rules, &facts, &now, &first, NULL), ERR_NONE);
        struct str members = bytes_of(decision_members(&arena, &first, rules, &facts, &now, "b"));
        struct json *told = json_parse(&arena, members, NULL);
        assert_int_equal(facts_from_json(&arena, json_get(told, "facts"), &read, NULL), ERR_NONE);
        read.now_us = facts.now_us;
        assert_int_equal(choice_from_json(json_get(told, "choice"), now.plan, &again, NULL), ERR_NONE);
        assert_int_equal(decide(&arena, rules, &read, &again, &second, NULL), ERR_NONE);
        struct str repeated = bytes_of(decision_members(&arena, &second, rules, &read, &again, "b"));
        if (!str_eq(members, repeated)) fail_msg("%.*s\n%.*s", STR_ARG(members), STR_ARG(repeated));
    }
}

static void refuses_a_choice_of_another_plan(void **state)
{
    (void)state;
    static const char *const texts[] = {"{}", "{\"terms\":[]}", "{\"terms\":[{\"service\":\"primary\",\"up\":1}]}",
                                        "{\"terms\":[{\"service\":\"papers\",\"up\":1}]}",
                                        "{\"terms\":[{\"service\":\"primary\",\"up\":1e99}]}"};
    struct port_now now = port(1), out;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_int_equal(choice_from_json(json_of(&arena, texts[i]), now.plan, &out, NULL), ERR_MALFORMED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(adds_weights_to_the_prior, begin, end),
        cmocka_unit_test_setup_teardown(measures_shadows_and_leaves_drafts_alone, begin, end),
        cmocka_unit_test_setup_teardown(is_never_greener_than_the_rules_ask, begin, end),
        cmocka_unit_test_setup_teardown(decides_when_every_scanner_is_down, begin, end),
        cmocka_unit_test_setup_teardown(reads_standing_papers_and_load_from_the_facts, begin, end),
        cmocka_unit_test_setup_teardown(takes_the_same_choice_again_from_its_statement, begin, end),
        cmocka_unit_test_setup_teardown(refuses_a_choice_of_another_plan, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
