// SPDX-License-Identifier: Apache-2.0
#include "decide/counterfactual.h"

#include "build.h"

#include <stdlib.h>
#include <string.h>

#define RULE(id, when, does)                                                                                           \
    "  - {id: " id ", owner: o, revision: 1, citation: law of " id ", from: 2026-01-01, when: '" when "', " does       \
    ", reason: {en: r, es: r, fr: r}"
#define OTHERWISE ", otherwise: {en: n, es: n, fr: n}}\n"

static const char rules_text[] = "base: document\nscore: {prior: 0.1}\nrules:\n" RULE(
    "trusted", "programme.driver == \"valid\" && programme.carrier == \"valid\"", "grant: green")
    OTHERWISE RULE("gap", "documents.weight_gap_pct > 5.0", "floor: scan, unknown: document") "}\n" RULE(
        "tampered", "custody.tampers >= 3", "floor: joint") "}\n" RULE("silent", "custody.silence_min > 30.0",
                                                                       "weight: 0.7") "}\n";
static const char plan_text[] =
    "port: '2304'\ncitation: port order 7\nwait_target_min: 2.5\ntrucks_per_day: 9200\nsmoothing: 0\nfollowers: 0\n"
    "chance: {ordinary: 0, trusted: 0}\nprice: {start: 0.01, min: 0.0001}\nservices:\n"
    "  - {name: primary, lane: green, servers: 9, service_min: 1, sensitivity: [0, 0, 0]}\n"
    "  - {name: papers, lane: document, servers: 9, service_min: 1, sensitivity: [0.1, 0.1, 0.1]}\n"
    "  - {name: nii, lane: scan, servers: 2, service_min: 1, wait_max_min: 60, sensitivity: [0.8, 0.8, 0.8]}\n";
#define FACTS                                                                                                          \
    "{\"programme.driver\":\"expired\",\"programme.carrier\":\"valid\",\"documents.weight_gap_pct\":3,"                \
    "\"custody.tampers\":0,\"custody.silence_min\":0}"

struct world {
    struct arena arena;
    struct rules *rules;
    struct facts facts;
    struct counterfactuals found;
};

static struct world *world_new(const char *changes, const struct port_now *now)
{
    struct world *w = calloc(1, sizeof *w);
    struct why why = {0};
    w->arena = ARENA((size_t)256 << 20);
    w->rules = rules_of(&w->arena, rules_text);
    w->facts = facts_changed(&w->arena, FACTS, changes);
    if (counterfactual_find(&w->arena, w->rules, &w->facts, now, &w->found, &why)) fail_msg("%s", why.text);
    return w;
}

static void world_free(struct world *w)
{
    arena_free(&w->arena);
    free(w);
}

static const struct counterfactual *single(const struct counterfactual *list, size_t n, const char *fact,
                                           enum lane lane)
{
    for (size_t i = 0; i < n; i++)
        if (list[i].nchanges == 1 && list[i].lane == lane && !strcmp(list[i].changes[0].kind->name, fact))
            return &list[i];
    return NULL;
}

static void finds_the_nearest_single_changes_each_way(void **state)
{
    (void)state;
    struct world *w = world_new("{}", NULL);
    const struct counterfactuals *f = &w->found;
    assert_int_equal(f->decision->lane, LANE_DOCUMENT);
    const struct counterfactual *c = single(f->greener, f->ngreener, "programme.driver", LANE_GREEN);
    assert_non_null(c);
    assert_true(str_is(c->changes[0].to.text, "valid") && str_is(c->changes[0].from.text, "expired"));
    assert_true(c->nrules == 1 && str_is(c->rules[0]->head.id, "trusted"));
    c = single(f->stricter, f->nstricter, "documents.weight_gap_pct", LANE_SCAN);
    assert_non_null(c);
    assert_true(c->changes[0].to.number > 5 && c->changes[0].to.number <= 6);
    assert_true(c->nrules == 1 && str_is(c->rules[0]->head.id, "gap"));
    c = single(f->stricter, f->nstricter, "custody.tampers", LANE_JOINT);
    assert_true(c && c->changes[0].to.number == 3); // the nearest that does it
    assert_null(
        single(f->stricter, f->nstricter, "custody.silence_min", LANE_SCAN)); // without a port a weight moves none
    assert_true(f->complete && f->nqueues == 0 && !f->has_margin && f->left_out == 0);
    for (size_t i = 0; i < f->ngreener; i++) assert_true(f->greener[i].lane < LANE_DOCUMENT);
    for (size_t i = 0; i < f->nstricter; i++) assert_true(f->stricter[i].lane > LANE_DOCUMENT);
    world_free(w);
}

static void finds_pairs_that_neither_does_alone(void **state)
{
    (void)state;
    struct world *w = world_new("{\"programme.carrier\":\"none\"}", NULL);
    const struct counterfactuals *f = &w->found;
    assert_null(single(f->greener, f->ngreener, "programme.driver", LANE_GREEN));
    assert_int_equal(f->ngreener, 1);
    const struct counterfactual *c = &f->greener[0];
    assert_true(c->nchanges == 2 && c->lane == LANE_GREEN);
    assert_string_equal(c->changes[0].kind->name, "programme.carrier");
    assert_string_equal(c->changes[1].kind->name, "programme.driver");
    assert_true(str_is(c->changes[0].to.text, "valid") && str_is(c->changes[1].to.text, "valid"));
    world_free(w);
}

static void a_missing_fact_becomes_known_and_a_known_one_missing(void **state)
{
    (void)state;
    struct world *w = world_new("{\"programme.driver\":null}", NULL);
    const struct counterfactual *c = single(w->found.greener, w->found.ngreener, "programme.driver", LANE_GREEN);
    assert_true(c && c->changes[0].from.name == NULL && str_is(c->changes[0].to.text, "valid"));
    world_free(w);
    // What is green turns to the base lane where anything that a grant needs, or a floor asks for, is missing.
    w = world_new("{\"programme.driver\":\"valid\"}", NULL);
    assert_int_equal(w->found.decision->lane, LANE_GREEN);
    c = single(w->found.stricter, w->found.nstricter, "documents.weight_gap_pct", LANE_DOCUMENT);
    assert_true(c && c->changes[0].to.name == NULL);
    assert_true(c->nrules == 1 && str_is(c->rules[0]->head.id, "gap"));
    world_free(w);
}

static struct port_now port_of(struct arena *arena, double wait_nii)
{
    struct lane_plan *plan;
    struct why why = {0};
    if (lane_plan_read(arena, STR(plan_text), &plan, &why)) fail_msg("%s", why.text);
    struct port_now now = {.plan = plan, .day = STR("2304/2026-03-01"), .draw = {0.9, 0.5}};
    now.port.price = 0.01;
    for (int i = 0; i < 3; i++) now.port.queues[i] = (struct lane_queue){i == 2 ? 2 : 9, i == 2 ? wait_nii : 0};
    return now;
}

static const struct queue_change *queue(const struct counterfactuals *f, enum queue_figure what, int service, bool more)
{
    for (size_t i = 0; i < f->nqueues; i++)
        if (f->queues[i].what == what && f->queues[i].service == service &&
            (f->queues[i].to > f->queues[i].from) == more)
            return &f->queues[i];
    return NULL;
}

static enum lane lane_at(const struct world *w, struct port_now now, double wait)
{
    struct decision d;
    struct arena arena = ARENA(1 << 22);
    struct why why = {0};
    now.port.queues[2].wait_min = wait;
    assert_int_equal(decide(&arena, w->rules, &w->facts, &now, &d, &why), ERR_NONE);
    arena_free(&arena);
    return d.lane;
}

// benefit of a scan: 0.1 * 0.8 against 0.1 * 0.1 of the papers: 0.07 more, at 0.01 a minute: 7 minutes.
static void finds_where_queues_tip(void **state)
{
    (void)state;
    struct arena arena = ARENA(1 << 24);
    struct port_now now = port_of(&arena, 9);
    struct world *w = world_new("{}", &now);
    const struct counterfactuals *f = &w->found;
    assert_int_equal(f->decision->lane, LANE_DOCUMENT);
    const struct queue_change *q = queue(f, QUEUE_SERVERS, 2, true);
    assert_true(q && q->lane == LANE_SCAN && q->from == 2 && q->to == 3 && q->sent == 2); // 9 * 2/3 = 6 minutes
    q = queue(f, QUEUE_WAIT, 2, false);
    assert_true(q && q->lane == LANE_SCAN);
    assert_int_equal(lane_at(w, now, q->to), LANE_SCAN);
    assert_int_equal(lane_at(w, now, q->to + 0.001), LANE_DOCUMENT);
    q = queue(f, QUEUE_RISK, -1, true);
    assert_true(q && q->lane == LANE_SCAN && q->to > 0.1 && q->to < 0.2);
    assert_null(queue(f, QUEUE_SERVERS, 2, false));
    assert_null(queue(f, QUEUE_CHANCE, -1, true));
    assert_true(f->has_margin && f->best == 1 && f->next == 2);
    assert_true(f->margin > 0.0199 && f->margin < 0.0201); // 2 of the 9 minutes are too many
    // And now the weight does move the lane.
    const struct counterfactual *c = single(f->stricter, f->nstricter, "custody.silence_min", LANE_SCAN);
    assert_true(c && c->nrules == 1 && str_is(c->rules[0]->head.id, "silent"));
    world_free(w);
    arena_free(&arena);
}

static void says_what_would_have_come_without_the_draw(void **state)
{
    (void)state;
    struct arena arena = ARENA(1 << 24);
    struct port_now now = port_of(&arena, 9);
    struct lane_plan plan = *now.plan;
    plan.settings.chance[LANE_ORDINARY] = 0.5;
    now.plan = &plan;
    now.draw.floor = 0.1;
    struct world *w = world_new("{}", &now);
    assert_true(w->found.decision->chosen.choice.by_chance && w->found.decision->lane == LANE_SCAN);
    const struct queue_change *q = queue(&w->found, QUEUE_CHANCE, -1, true);
    assert_true(q && q->lane == LANE_DOCUMENT && q->from == 0.1);
    world_free(w);
    arena_free(&arena);
}

static void the_same_comes_out_as_json_every_time(void **state)
{
    (void)state;
    struct arena arena = ARENA(1 << 24);
    struct port_now now = port_of(&arena, 9);
    struct buf text[2] = {BUF(1 << 20), BUF(1 << 20)};
    for (int i = 0; i < 2; i++) {
        struct world *w = world_new("{}", &now);
        struct json *json = counterfactual_json(&w->arena, &w->found, &now);
        assert_non_null(json);
        json_canonical(json, &text[i]);
        if (i == 0) {
            const struct json *stricter = json_get(json_get(json, "facts"), "stricter"), *one = json_at(stricter, 2);
            assert_true(str_is(json_text(one, "en"), "scan, if «difference of weights» were 6 and not 3"));
            assert_true(
                str_is(json_text(one, "es"), "inspección no intrusiva, si «diferencia de pesos» fuera 6 y no 3"));
            assert_true(
                str_is(json_text(one, "fr"), "inspection par imagerie, si «différence des poids» était 6 et non 3"));
            assert_true(str_is(json_text(json_at(json_get(one, "rules"), 0), "citation"), "law of gap"));
            const struct json *servers = json_at(json_get(json, "queues"), 1);
            assert_true(str_is(json_text(servers, "what"), "servers") && str_is(json_text(servers, "sent"), "nii"));
            assert_true(str_is(json_text(servers, "en"), "scan, if nii had 3 at work and not 2"));
            assert_true(json_true(json, "complete"));
        }
        world_free(w);
    }
    assert_true(!text[0].failed && str_eq(buf_str(&text[0]), buf_str(&text[1])));
    buf_free(&text[0]);
    buf_free(&text[1]);
    arena_free(&arena);
}

// A rule set in which every fact has many values: the work ends, and it says that it did not go through everything.
static void work_is_bounded(void **state)
{
    (void)state;
    static const char *const facts[] = {"custody.jump_kmh", "custody.silence_min", "documents.lead_min",
                                        "documents.weight_gap_pct", "port.scan_wait_min"};
    struct arena arena = ARENA((size_t)512 << 20);
    struct buf text = BUF(1 << 20);
    struct why why = {0};
    buf_puts(&text, "base: document\nrules:\n");
    for (int i = 0; i < 5; i++)
        for (int k = 0; k < 20; k++)
            buf_printf(
                &text,
                "  - {id: r%d-%d, owner: o, revision: 1, citation: c, from: 2026-01-01, when: '%s > %d.5 && %s < "
                "%d.0', floor: scan, reason: {en: r, es: r, fr: r}}\n",
                i, k, facts[i], 10 * k, facts[(i + 1) % 5], 7 * k);
    buf_putc(&text, '\0');
    struct rules *rules = rules_of(&arena, text.p);
    struct facts known =
        facts_of(&arena, "{\"custody.jump_kmh\":0,\"custody.silence_min\":500,\"documents.lead_min\":0,"
                         "\"documents.weight_gap_pct\":500,\"port.scan_wait_min\":0}");
    struct counterfactuals found;
    assert_int_equal(counterfactual_find(&arena, rules, &known, NULL, &found, &why), ERR_NONE);
    assert_int_equal(found.steps, COUNTERFACTUAL_STEPS_MAX);
    assert_false(found.complete);
    buf_free(&text);
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_the_nearest_single_changes_each_way),
        cmocka_unit_test(finds_pairs_that_neither_does_alone),
        cmocka_unit_test(a_missing_fact_becomes_known_and_a_known_one_missing),
        cmocka_unit_test(finds_where_queues_tip),
        cmocka_unit_test(says_what_would_have_come_without_the_draw),
        cmocka_unit_test(the_same_comes_out_as_json_every_time),
        cmocka_unit_test(work_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
