// SPDX-License-Identifier: Apache-2.0
// Decisions taken again from a store, and the draws behind them made again once their key is told.
#include "node/audit.h"

#include "base/text.h"
#include "port_world.h"
#include "views/decision.h"
#include "views/report.h"

static const char rules_text[] =
    "base: document\nscore: {prior: 0.2}\nrules:\n"
    "  - {id: all, owner: o, revision: 1, citation: c, from: 2026-01-01, when: '!crossing.empty', grant: green, "
    "reason: {en: r, es: r, fr: r}, otherwise: {en: n, es: n, fr: n}}\n";
static const char plan_text[] =
    "port: '2304'\ncitation: port order 7\nwait_target_min: 2.5\ntrucks_per_day: 9200\nsmoothing: 0\n"
    "chance: {ordinary: 0.5, trusted: 0.5}\nprice: {start: 1, min: 0.0001}\nservices:\n"
    "  - {name: primary, lane: green, servers: 9, service_min: 1, sensitivity: [0, 0, 0]}\n"
    "  - {name: nii, lane: scan, servers: 4, service_min: 1, sensitivity: [0.8, 0.8, 0.8]}\n";

static int setup(void **state)
{
    *state = world_open(rules_text, plan_text);
    return 0;
}

static int teardown(void **state)
{
    world_close(*state);
    return 0;
}

static void about(struct world *w, const char *kind, const char *trip, const char *members)
{
    struct why why = {0};
    struct draft *d = draft_new(&w->arena, kind, clock_now_us() / 1000, LABEL_AMBER);
    d->members = json_parse(&w->arena, arena_str(&w->arena, str_of(members)), &why);
    assert_non_null(d->members);
    assert_non_null(draft_about(&w->arena, d, NOUN_CROSSING, STR("us.ace.trip"), str_of(trip)));
    world_push(w, d);
}

static void arrives(struct world *w, const char *trip)
{
    about(w, "crossing", trip, "{\"crossing\":{\"port\":\"2304\",\"direction\":\"northbound\",\"empty\":false}}");
    about(w, "crossing.arrival", trip, "{\"arrival\":{\"port\":\"2304\"}}");
}

// As a node states them when it starts.
static void state_texts(struct world *w)
{
    static const struct {
        const char *kind, *member, *text;
    } texts[] = {{"rules.activated", "rules", rules_text}, {"lanes.plan", "plan", plan_text}};
    for (size_t i = 0; i < 2; i++) {
        struct draft *d = draft_new(&w->arena, texts[i].kind, clock_now_us() / 1000, LABEL_AMBER);
        struct json *o = json_new_object(&w->arena);
        json_put_text(&w->arena, o, "text", str_of(texts[i].text));
        draft_put(d, texts[i].member, o);
        world_push(w, d);
    }
}

static struct told told(struct world *w, const char *name)
{
    struct told out;
    struct why why = {0};
    must(told_find(w->views, &w->arena, str_of(name), &out, &why), &why);
    return out;
}

static struct audited audited(struct world *w, const struct told *of, const char *build)
{
    struct audited out;
    struct why why = {0};
    must(audit_decision(w->views, &w->arena, of, build, &out, &why), &why);
    return out;
}

static struct drawn drawn(struct world *w, const struct audited *of)
{
    struct draw_days days;
    struct drawn out;
    struct why why = {0};
    must(draw_days_read(w->views, &w->arena, &days, &why), &why);
    must(audit_draw(&w->arena, &days, of, &out, &why), &why);
    return out;
}

#define ONE "us.ace.trip=GRZA20260301001"

static void replays_what_the_log_holds(void **state)
{
    struct world *w = *state;
    arrives(w, "GRZA20260301001");
    struct told one = told(w, ONE);
    assert_true(one.own && !one.rules.p && !one.plan.p);
    struct audited a = audited(w, &one, "test");
    assert_int_equal(a.result, AUDIT_NO_TEXT);
    state_texts(w);
    one = told(w, ONE);
    a = audited(w, &one, "test");
    if (a.result != AUDIT_SAME) fail_msg("%s %.*s", audit_result_name(a.result), STR_ARG(a.member));
    assert_true(!a.other_build && a.missing == 0 && a.sources->count > 0);
    assert_true(str_is(json_text(json_at(a.sources, 0), "kind"), "crossing"));
    assert_true(str_is(json_text(json_get(json_at(a.sources, 0), "via"), "door"), "https"));
    a = audited(w, &one, "2.0");
    assert_true(a.result == AUDIT_SAME && a.other_build);
    struct json *json = audited_json(&w->arena, &a);
    assert_true(str_is(json_text(json, "result"), "identical") && json_true(json, "other_build"));
}

static void tells_what_differs(void **state)
{
    struct world *w = *state;
    state_texts(w);
    arrives(w, "GRZA20260301001");
    struct told one = told(w, ONE);
    ((struct json *)json_get(one.members, "lane"))->text = STR("hold");
    struct audited a = audited(w, &one, "test");
    assert_true(a.result == AUDIT_DIFFERS && str_is(a.member, "lane"));
    one = told(w, ONE);
    ((struct json *)json_at(json_get(one.members, "leaned"), 0))->text = STR("us.cbp:99999");
    a = audited(w, &one, "test");
    assert_int_equal(a.missing, 1);
    one = told(w, ONE);
    one.own = false;
    assert_int_equal(audited(w, &one, "test").result, AUDIT_NOT_OURS);
}

static void erase(struct world *w, struct str name, const char *member)
{
    struct why why = {0};
    struct str members[1] = {str_of(member)};
    struct erasure erasure = {.name = name, .members = members, .count = 1};
    struct job *job = arena_new(&w->arena, struct job);
    job->erase = &erasure;
    job->lane = JOB_PEOPLE;
    job->actor = STR("admin:eva");
    must(commit_wait(w->commit, job, &why), &why);
}

static void tells_erased_inputs(void **state)
{
    struct world *w = *state;
    state_texts(w);
    arrives(w, "GRZA20260301001");
    struct told one = told(w, ONE);
    erase(w, one.name, "reason.lane-choice"); // a word of it: the rest is compared
    one = told(w, ONE);
    assert_int_equal(one.withheld, 1);
    assert_int_equal(audited(w, &one, "test").result, AUDIT_SAME);
    erase(w, one.name, "facts");
    one = told(w, ONE);
    struct audited a = audited(w, &one, "test");
    assert_true(a.result == AUDIT_ERASED && strstr(a.text.p, "inputs erased"));
}

static void verifies_a_draw_once_its_key_is_told(void **state)
{
    struct world *w = *state;
    struct draw_days days;
    struct why why = {0};
    state_texts(w);
    arrives(w, "GRZA20260301001");
    struct told one = told(w, ONE);
    struct audited a = audited(w, &one, "test");
    struct drawn d = drawn(w, &a);
    assert_int_equal(d.result, DRAWN_KEY_NOT_TOLD);
    assert_true(strstr(d.text.p, "not told yet") != NULL);
    clock_set_us(NOW_US + 3 * DAY_US);
    arrives(w, "GRZA20260304001"); // the key is told as the next day's is made
    one = told(w, ONE);
    a = audited(w, &one, "test");
    d = drawn(w, &a);
    if (d.result != DRAWN_HOLDS) fail_msg("%s: %.*s", drawn_result_name(d.result), STR_ARG(d.text));
    assert_true(str_is(d.date, "2304/2026-03-01") && d.chance == 0.5 && d.by_chance == (d.floor < 0.5));
    must(draw_days_read(w->views, &w->arena, &days, &why), &why);
    assert_int_equal(days.count, 2);
    assert_true(days.items[0].key.p && !days.items[1].key.p && days.items[0].told > days.items[0].committed);
    // Each of these is a fraud that the log would show.
    struct draw_day kept = days.items[0];
    days.items[0].committed = one.pos + 1;
    must(audit_draw(&w->arena, &days, &a, &d, &why), &why);
    assert_int_equal(d.result, DRAWN_NOT_COMMITTED);
    days.items[0] = kept;
    days.items[0].contradicted = true;
    must(audit_draw(&w->arena, &days, &a, &d, &why), &why);
    assert_int_equal(d.result, DRAWN_NOT_COMMITTED);
    days.items[0] = kept;
    days.items[0].key = STR("0000000000000000000000000000000000000000000000000000000000000000");
    must(audit_draw(&w->arena, &days, &a, &d, &why), &why);
    assert_int_equal(d.result, DRAWN_WRONG);
    days.items[0] = kept;
    struct json *draw = (struct json *)json_get(json_get(one.members, "choice"), "draw");
    ((struct json *)json_get(draw, "floor"))->number = 0.25;
    a = audited(w, &one, "test");
    must(audit_draw(&w->arena, &days, &a, &d, &why), &why);
    assert_int_equal(d.result, DRAWN_WRONG);
}

static void finds_who_was_spared_although_drawn(void **state)
{
    struct world *w = *state;
    state_texts(w);
    arrives(w, "GRZA20260301001");
    clock_set_us(NOW_US + 3 * DAY_US);
    arrives(w, "GRZA20260304001");
    struct told one = told(w, ONE);
    struct json *choice = (struct json *)json_get(one.members, "choice"),
                *by = (struct json *)json_get(choice, "by_chance");
    by->boolean = !by->boolean;
    struct audited a = audited(w, &one, "test");
    assert_true(a.result == AUDIT_DIFFERS && str_is(a.member, "choice"));
    assert_int_equal(drawn(w, &a).result, DRAWN_WRONG);
}

static void finds_a_crossings_decisions_in_order(void **state)
{
    struct world *w = *state;
    int64_t *positions;
    size_t n;
    struct why why = {0};
    state_texts(w);
    arrives(w, "GRZA20260301001");
    arrives(w, "GRZA20260301002");
    struct told one = told(w, ONE);
    must(audit_decisions_of(w->views, &w->arena, &one.crossing, &positions, &n, &why), &why);
    assert_int_equal(n, 2); // declared, arrived
    assert_true(positions[0] < positions[1] && positions[1] == one.pos);
    struct told first;
    must(told_at(w->views, &w->arena, positions[0], &first, &why), &why);
    struct audited a = audited(w, &first, "test");
    assert_int_equal(a.result, AUDIT_SAME);
    assert_int_equal(drawn(w, &a).result, DRAWN_NO_CHOICE);
    assert_int_equal(told_at(w->views, &w->arena, 1, &first, NULL), ERR_NOT_FOUND);
    assert_int_equal(told_find(w->views, &w->arena, STR("us.cbp:4711"), &first, NULL), ERR_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(replays_what_the_log_holds, setup, teardown),
        cmocka_unit_test_setup_teardown(tells_what_differs, setup, teardown),
        cmocka_unit_test_setup_teardown(tells_erased_inputs, setup, teardown),
        cmocka_unit_test_setup_teardown(verifies_a_draw_once_its_key_is_told, setup, teardown),
        cmocka_unit_test_setup_teardown(finds_who_was_spared_although_drawn, setup, teardown),
        cmocka_unit_test_setup_teardown(finds_a_crossings_decisions_in_order, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
