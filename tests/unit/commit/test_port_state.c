// SPDX-License-Identifier: Apache-2.0
// Trucks at a port with a plan: where they are sent, what happens when machines fail, what chance leaves in the log.
#include "base/text.h"
#include "commit/fsck.h"
#include "decide/draw.h"
#include "decide/replay.h"
#include "port_world.h"
#include "views/decision.h"
#include "views/local.h"
#include "views/report.h"

// Everybody may go green, and many are worth a scan as long as it costs little.
static const char rules_text[] =
    "base: document\nscore: {prior: 0.2}\nrules:\n"
    "  - {id: all, owner: o, revision: 1, citation: c, from: 2026-01-01, when: 'true', grant: green, "
    "reason: {en: r, es: r, fr: r}, otherwise: {en: n, es: n, fr: n}}\n"
    "  - {id: few, owner: o, revision: 1, citation: c, from: 2026-01-01, when: port.scanners_up < 1, weight: 0.1, "
    "reason: {en: '{port.scanners_up} of {port.scanners}', es: r, fr: r}}\n";
static const char plan_text[] =
    "port: '2304'\ncitation: port order 7\nwait_target_min: 2.5\ntrucks_per_day: 9200\nsmoothing: 0\n"
    "chance: {ordinary: 0, trusted: 0}\nprice: {start: 0.001, min: 0.0001}\nservices:\n"
    "  - {name: primary, lane: green, servers: 9, service_min: 1, sensitivity: [0, 0, 0]}\n"
    "  - {name: nii, lane: scan, equipment: scanner, service_min: 10, wait_max_min: 45, sensitivity: [0.8, 0.8, 0.8]}\n"
    "  - {name: dock, lane: joint, servers: 1, service_min: 400, wait_max_min: 500, sensitivity: [0.9, 0.9, 0.9]}\n";

static int setup(void **state)
{
    *state = world_open(rules_text, plan_text);
    return 0;
}

static int teardown(void **state)
{
    struct world *w = *state;
    struct note_key log_key = note_key_make(STR("us.cbp"), NOTE_ED25519, w->key.public);
    struct fsck_settings settings = {
        .database = w->database, .party = STR("us.cbp"), .log_key = &log_key, .views = true};
    struct fsck_report report;
    struct why why = {0};
    must(fsck(&settings, &report, &why), &why); // every story ends with a store that holds
    world_close(w);
    return 0;
}

static void push(struct world *w, const char *kind, enum noun noun, const char *scheme, const char *value,
                 const char *members)
{
    struct why why = {0};
    struct draft *d = draft_new(&w->arena, kind, clock_now_us() / 1000, LABEL_AMBER);
    d->members = json_parse(&w->arena, arena_str(&w->arena, str_of(members)), &why);
    if (!d->members) fail_msg("%s in %s", why.text, members);
    assert_non_null(draft_about(&w->arena, d, noun, str_of(scheme), str_of(value)));
    world_push(w, d);
}

static void arrives(struct world *w, const char *trip)
{
    push(w, "crossing", NOUN_CROSSING, "us.ace.trip", trip,
         "{\"crossing\":{\"port\":\"2304\",\"direction\":\"northbound\",\"empty\":false}}");
    push(w, "crossing.arrival", NOUN_CROSSING, "us.ace.trip", trip, "{\"arrival\":{\"port\":\"2304\"}}");
}

static void scanner(struct world *w, const char *name, const char *state)
{
    char text[256], from[TIME_TEXT_ROOM];
    (void)time_text_ms(clock_now_us() / 1000, from);
    snprintf(text, sizeof text,
             "{\"equipment\":{\"type\":\"scanner\",\"name\":\"%s\",\"port\":\"2304\",\"from\":"
             "\"2026-01-01T00:00:00Z\"}}",
             name);
    push(w, "equipment", NOUN_EQUIPMENT, "port.equipment", name, text);
    snprintf(text, sizeof text, "{\"state\":{\"state\":\"%s\",\"from\":\"%s\"}}", state, from);
    push(w, "equipment.state", NOUN_EQUIPMENT, "port.equipment", name, text);
}

// The members of the decision that stands; its position.
static const struct json *decided(struct world *w, const char *trip, int64_t *pos)
{
    struct why why = {0};
    struct id id;
    struct decided held;
    bool found;
    char name[64];
    struct json *statement;
    snprintf(name, sizeof name, "us.ace.trip=%s", trip);
    must(report_subject(w->views, NOUN_CROSSING, str_of(name), &id, &why), &why);
    must(decision_get(w->views, &w->arena, &id, &held, &found, &why), &why);
    assert_true(found);
    must(report_statement(w->views, &w->arena, held.pos, &statement, &why), &why);
    if (pos) *pos = held.pos;
    return json_get(statement, "members");
}

static void expect_service(struct world *w, const char *trip, const char *service)
{
    struct str is = json_text(json_get(decided(w, trip, NULL), "choice"), "service");
    if (!str_is(is, service)) fail_msg("%s: %.*s, expected %s", trip, STR_ARG(is), service);
}

static void sends_trucks_to_scanners_that_are_up(void **state)
{
    struct world *w = *state;
    arrives(w, "GRZA20260301000");
    expect_service(w, "GRZA20260301000", "primary"); // no scanner is known
    push(w, "crossing.release", NOUN_CROSSING, "us.ace.trip", "GRZA20260301000", "{\"release\":{\"port\":\"2304\"}}");
    scanner(w, "2304/P1", "up");
    arrives(w, "GRZA20260301001");
    expect_service(w, "GRZA20260301001", "nii");
    const struct json *members = decided(w, "GRZA20260301001", NULL);
    const struct json *choice = json_get(members, "choice");
    assert_true(str_is(json_text(members, "lane"), "scan") && str_is(json_text(choice, "floor"), "green"));
    assert_non_null(strstr(json_text(json_get(members, "reason.lane-choice"), "en").p, "outweighs the wait"));
    double propensity, wait;
    assert_true(json_number(choice, "propensity", &propensity) && propensity == 1);
    assert_true(json_number(json_at(json_get(choice, "terms"), 1), "wait_min", &wait) && wait == 0);
    arrives(w, "GRZA20260301002"); // behind the other
    choice = json_get(decided(w, "GRZA20260301002", NULL), "choice");
    assert_true(json_number(json_at(json_get(choice, "terms"), 1), "wait_min", &wait) && wait == 10);
}

static void decides_again_for_who_stands_before_a_scanner_that_fails(void **state)
{
    struct world *w = *state;
    scanner(w, "2304/P1", "up");
    arrives(w, "GRZA20260301001");
    expect_service(w, "GRZA20260301001", "nii");
    clock_set_us(NOW_US + 5 * MINUTE_US);
    scanner(w, "2304/P1", "down");
    expect_service(w, "GRZA20260301001", "primary");
    const struct json *members = decided(w, "GRZA20260301001", NULL), *few = json_get(members, "reason.few");
    assert_true(str_is(json_text(few, "en"), "0 of 1"));
    assert_non_null(json_get(json_get(members, "choice"), "stand"));
    clock_set_us(NOW_US + 9 * MINUTE_US);
    scanner(w, "2304/P1", "up");
    expect_service(w, "GRZA20260301001", "nii");
}

static void looks_again_when_the_limit_of_waiting_is_reached(void **state)
{
    struct world *w = *state;
    char trip[32];
    scanner(w, "2304/P1", "up");
    for (int i = 0; i < 4; i++) { // the last would wait 30 minutes and be served for 10: within 45
        snprintf(trip, sizeof trip, "GRZA2026030100%d", i);
        arrives(w, trip);
        expect_service(w, trip, "nii");
    }
    arrives(w, "GRZA20260301009"); // 40 and 10: over
    expect_service(w, "GRZA20260301009", "primary");
    clock_set_us(NOW_US + 46 * MINUTE_US); // nobody was served
    settle(w);
    expect_service(w, "GRZA20260301003", "primary");
}

static void keeps_the_choice_of_a_truck_that_has_left(void **state)
{
    struct world *w = *state;
    int64_t before, after;
    scanner(w, "2304/P1", "up");
    arrives(w, "GRZA20260301001");
    expect_service(w, "GRZA20260301001", "nii");
    (void)decided(w, "GRZA20260301001", &before);
    push(w, "crossing.release", NOUN_CROSSING, "us.ace.trip", "GRZA20260301001", "{\"release\":{\"port\":\"2304\"}}");
    push(w, "finding", NOUN_CROSSING, "us.ace.trip", "GRZA20260301001", "{\"result\":\"nothing\"}");
    clock_set_us(NOW_US + 50 * MINUTE_US); // after the limit of waiting, when it would have been looked at again
    settle(w);
    expect_service(w, "GRZA20260301001", "nii");
    (void)decided(w, "GRZA20260301001", &after);
    assert_true(before == after);
}

// The statements of a kind, oldest first.
static size_t of_kind(struct world *w, const char *kind, const struct json **out, int64_t *positions, size_t room)
{
    size_t n = 0;
    int64_t last;
    struct why why = {0};
    must(engine_last(w->reader, &last, &why), &why);
    for (int64_t pos = 1; pos <= last; pos++) {
        struct json *s;
        must(report_statement(w->views, &w->arena, pos, &s, &why), &why);
        if (!str_is(json_text(s, "kind"), kind) || n == room) continue;
        positions[n] = pos;
        out[n++] = s;
    }
    return n;
}

static void commits_to_the_days_key_before_it_draws(void **state)
{
    struct world *w = *state;
    const struct json *days[8];
    int64_t at[8], decision;
    scanner(w, "2304/P1", "up");
    arrives(w, "GRZA20260301001");
    arrives(w, "GRZA20260301002");
    assert_int_equal(of_kind(w, "port.day", days, at, 8), 1);
    (void)decided(w, "GRZA20260301001", &decision);
    assert_true(at[0] < decision);
    const struct json *day = json_get(json_get(days[0], "members"), "day");
    assert_true(str_is(json_text(day, "date"), "2304/2026-03-01") && !json_get(day, "key"));
    // Two days later the key is told, in a statement that leaves by no link, and it gives the draws that were made.
    const struct json *draw = json_get(json_get(decided(w, "GRZA20260301001", NULL), "choice"), "draw");
    clock_set_us(NOW_US + 3 * DAY_US);
    arrives(w, "GRZA20260304001");
    assert_int_equal(of_kind(w, "port.day", days, at, 8), 3);
    const struct json *told = NULL;
    for (size_t i = 0; i < 3; i++)
        if (json_get(json_get(json_get(days[i], "members"), "day"), "key")) told = days[i];
    assert_non_null(told);
    assert_true(str_is(json_text(told, "label"), "red"));
    const struct json *key_day = json_get(json_get(told, "members"), "day");
    struct draw_key key;
    uint8_t commitment[SHA256_BYTES];
    size_t n;
    assert_true(hex_decode(json_text(key_day, "key"), key.bytes, sizeof key.bytes, &n));
    assert_true(hex_decode(json_text(day, "commitment"), commitment, sizeof commitment, &n));
    struct id id;
    struct why why = {0};
    char text[ID_TEXT_LEN + 1];
    must(report_subject(w->views, NOUN_CROSSING, STR("us.ace.trip=GRZA20260301001"), &id, &why), &why);
    id_text(&id, text);
    struct draw claimed;
    assert_true(json_number(draw, "floor", &claimed.floor) && json_number(draw, "smooth", &claimed.smooth));
    must(draw_verify(commitment, STR("2304/2026-03-01"), &key, str_of(text), &claimed, &why), &why);
}

static double price(struct world *w)
{
    struct str held;
    struct why why = {0};
    must(local_get(w->views, &w->arena, STR("price"), STR("2304"), &held, &why), &why);
    assert_non_null(held.p);
    return strtod(arena_str(&w->arena, held).p, NULL);
}

static void makes_waiting_dearer_while_trucks_wait_too_long(void **state)
{
    struct world *w = *state;
    scanner(w, "2304/P1", "up");
    arrives(w, "GRZA20260301001");
    assert_true(price(w) == 0.001);
    clock_set_us(NOW_US + 40 * MINUTE_US);
    push(w, "crossing.release", NOUN_CROSSING, "us.ace.trip", "GRZA20260301001", "{\"release\":{\"port\":\"2304\"}}");
    clock_set_us(NOW_US + 41 * MINUTE_US);
    arrives(w, "GRZA20260301002");
    double dearer = price(w);
    assert_true(dearer > 0.001); // 30 minutes of waiting, where 2.5 are wanted
    clock_set_us(NOW_US + 42 * MINUTE_US);
    arrives(w, "GRZA20260301003");
    assert_true(price(w) == dearer); // it moves every quarter of an hour
    push(w, "crossing.release", NOUN_CROSSING, "us.ace.trip", "GRZA20260301002", "{\"release\":{\"port\":\"2304\"}}");
    clock_set_us(NOW_US + 60 * MINUTE_US);
    arrives(w, "GRZA20260301004");
    assert_true(price(w) < dearer); // who waited not at all
}

static void takes_every_decision_again_from_the_log(void **state)
{
    struct world *w = *state;
    const struct json *told[64];
    int64_t at[64];
    scanner(w, "2304/P1", "up");
    for (int i = 0; i < 6; i++) {
        char trip[32];
        snprintf(trip, sizeof trip, "GRZA2026030100%d", i);
        clock_set_us(NOW_US + i * MINUTE_US + i * 137);
        arrives(w, trip);
    }
    scanner(w, "2304/P1", "down");
    clock_set_us(NOW_US + 61 * MINUTE_US + 999);
    settle(w);
    size_t n = of_kind(w, "decision", told, at, 64);
    assert_true(n >= 18); // declared, arrived, stranded
    for (size_t i = 0; i < n; i++) {
        const struct json *members = json_get(told[i], "members");
        struct replay replay = {.rules_text = STR(rules_text), .plan_text = STR(plan_text)};
        struct json *again;
        struct str member;
        struct why why = {0};
        assert_true(time_parse_ms(json_text(told[i], "at"), &replay.at_ms));
        must(replay_decision(&w->arena, members, &replay, &again, &why), &why);
        if (!replay_same(&w->arena, members, again, &member)) fail_msg("%zu: %.*s", i, STR_ARG(member));
        replay.rules_text = STR("base: scan\nrules: []\n");
        assert_int_equal(replay_decision(&w->arena, members, &replay, &again, NULL), ERR_UNTRUSTED);
    }
    struct json *forged = json_copy(&w->arena, json_get(told[n - 1], "members"));
    struct replay replay = {.rules_text = STR(rules_text), .plan_text = STR(plan_text)};
    struct json *again;
    struct str member;
    struct why why = {0};
    assert_true(time_parse_ms(json_text(told[n - 1], "at"), &replay.at_ms));
    ((struct json *)json_get(forged, "lane"))->text = STR("hold");
    must(replay_decision(&w->arena, forged, &replay, &again, &why), &why);
    assert_true(!replay_same(&w->arena, forged, again, &member) && str_is(member, "lane"));
}

static void leaves_other_ports_to_the_rules(void **state)
{
    struct world *w = *state;
    push(w, "crossing", NOUN_CROSSING, "us.ace.trip", "GRZA20260301001",
         "{\"crossing\":{\"port\":\"2402\",\"direction\":\"northbound\",\"empty\":false}}");
    push(w, "crossing.arrival", NOUN_CROSSING, "us.ace.trip", "GRZA20260301001", "{\"arrival\":{\"port\":\"2402\"}}");
    const struct json *members = decided(w, "GRZA20260301001", NULL);
    assert_null(json_get(members, "choice"));
    assert_true(str_is(json_text(members, "lane"), "green"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(sends_trucks_to_scanners_that_are_up, setup, teardown),
        cmocka_unit_test_setup_teardown(decides_again_for_who_stands_before_a_scanner_that_fails, setup, teardown),
        cmocka_unit_test_setup_teardown(looks_again_when_the_limit_of_waiting_is_reached, setup, teardown),
        cmocka_unit_test_setup_teardown(keeps_the_choice_of_a_truck_that_has_left, setup, teardown),
        cmocka_unit_test_setup_teardown(commits_to_the_days_key_before_it_draws, setup, teardown),
        cmocka_unit_test_setup_teardown(makes_waiting_dearer_while_trucks_wait_too_long, setup, teardown),
        cmocka_unit_test_setup_teardown(takes_every_decision_again_from_the_log, setup, teardown),
        cmocka_unit_test_setup_teardown(leaves_other_ports_to_the_rules, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
