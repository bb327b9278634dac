// SPDX-License-Identifier: Apache-2.0
#include "base/clock.h"
#include "base/text.h"
#include "commit/commit.h"
#include "commit/fsck.h"
#include "ledger/engine_sqlite.h"
#include "shared_data.h"
#include "views/decision.h"
#include "views/report.h"

#include <setjmp.h>
#include <stdarg.h>
#include <unistd.h>

#include <cmocka.h>

#define NOW_US ((int64_t)1772373909000000) // 2026-03-01T14:05:09Z

struct world {
    char dir[64], database[96];
    struct arena arena;
    struct ed25519_key key;
    struct note_key log_key;
    struct rules *rules;
    struct triggers *triggers;
    struct commit *commit;
    struct commit_settings settings;
    struct engine *reader;
    struct views *views;
    struct channel_path by; // what of the way in a test says beside party and filer
};

static struct str issuers[] = {{"mx.sat", 6}, {"us.cbp", 6}};

static void must(enum err err, const struct why *why)
{
    if (err != ERR_NONE) fail_msg("%s: %s (%s)", err_name(err), why->text, why->member);
}

static void open_world(struct world *w)
{
    struct why why = {0};
    must(commit_open(&w->settings, &w->commit, &why), &why);
    must(engine_sqlite_open_reader(w->database, &w->reader, &why), &why);
    must(views_open(w->reader, false, NULL, NULL, &w->views, &why), &why);
}

static void close_world(struct world *w)
{
    views_free(w->views);
    engine_close(w->reader);
    commit_close(w->commit);
}

static int setup(void **state)
{
    struct world *w = calloc(1, sizeof *w);
    struct why why = {0};
    strcpy(w->dir, "/tmp/puente-test-XXXXXX");
    assert_non_null(mkdtemp(w->dir));
    snprintf(w->database, sizeof w->database, "%s/node.db", w->dir);
    w->arena = ARENA((size_t)64 << 20);
    clock_set_us(NOW_US);
    ed25519_generate(&w->key);
    w->log_key = note_key_make(STR("us.cbp"), NOTE_ED25519, w->key.public);
    must(rules_read(&w->arena, test_file(&w->arena, "examples/corridor/rules/corridor.yaml"), &w->rules, &why), &why);
    must(triggers_read(&w->arena, test_file(&w->arena, "examples/corridor/triggers/us.cbp.yaml"), &w->triggers, &why),
         &why);
    w->settings = (struct commit_settings){.database = w->database,
                                           .party = STR("us.cbp"),
                                           .key = w->key,
                                           .rules = w->rules,
                                           .triggers = w->triggers,
                                           .recognised = issuers,
                                           .nrecognised = 2,
                                           .build = "test"};
    open_world(w);
    *state = w;
    return 0;
}

static int teardown(void **state)
{
    struct world *w = *state;
    close_world(w);
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", w->dir);
    assert_int_equal(system(command), 0);
    arena_free(&w->arena);
    clock_set_us(0);
    free(w);
    return 0;
}

static struct json *parse(struct world *w, const char *text)
{
    struct why why = {0};
    struct json *json = json_parse(&w->arena, str_of(text), &why);
    if (!json) fail_msg("%s at %zu in %s", why.text, why.offset, text);
    return json;
}

static struct draft *draft(struct world *w, const char *kind, const char *members)
{
    struct draft *d = draft_new(&w->arena, kind, clock_now_us() / 1000, LABEL_AMBER);
    d->members = parse(w, members);
    return d;
}

static void about(struct world *w, struct draft *d, enum noun noun, const char *scheme, const char *value)
{
    assert_non_null(draft_about(&w->arena, d, noun, str_of(scheme), str_of(value)));
}

static enum err push_as(struct world *w, struct draft *d, const char *actor, const char *filer, struct why *why)
{
    struct job *job = arena_new(&w->arena, struct job);
    for (struct draft *each = d; each; each = each->next) must(draft_seal(&w->arena, each, why), why);
    job->drafts = d;
    job->lane = JOB_PEOPLE;
    job->actor = str_of(actor);
    job->path = w->by;
    job->path.door = STR("https");
    job->path.party = str_of(actor);
    job->path.filer = str_of(filer);
    return commit_wait(w->commit, job, why);
}

static void push(struct world *w, struct draft *d)
{
    struct why why = {0};
    must(push_as(w, d, "party:mx.anam", "BROKER-1", &why), &why);
}

static void settle(struct world *w)
{
    for (int i = 0; i < 100 && commit_step(w->commit); i++) {
    }
}

static struct json *crossing(struct world *w, const char *trip)
{
    struct why why = {0};
    struct id id;
    struct json *out = NULL;
    char name[64];
    settle(w);
    snprintf(name, sizeof name, "us.ace.trip=%s", trip);
    must(report_subject(w->views, NOUN_CROSSING, str_of(name), &id, &why), &why);
    must(report_crossing_full(w->views, &w->arena, &id, &out, &why), &why);
    return out;
}

static void check_store(struct world *w)
{
    struct fsck_settings settings = {
        .database = w->database, .party = STR("us.cbp"), .log_key = &w->log_key, .views = true};
    struct fsck_report report;
    struct why why = {0};
    settle(w);
    must(fsck(&settings, &report, &why), &why);
    assert_true(report.own > 0);
}

static void declare(struct world *w, const char *trip, const char *trailer)
{
    struct draft *d = draft(
        w, "crossing",
        "{\"crossing\":{\"port\":\"us.schedule-d=2304\",\"direction\":\"northbound\",\"eta\":\"2026-03-01T18:00:00Z\","
        "\"empty\":false}}");
    about(w, d, NOUN_CROSSING, "us.ace.trip", trip);
    about(w, d, NOUN_CONVEYANCE, "plate.mx", "501AA");
    about(w, d, NOUN_TRAILER, "trailer.plate", trailer);
    about(w, d, NOUN_DRIVER, "fast.id", "12345678901234");
    about(w, d, NOUN_CARRIER, "us.scac", "GRZA");
    about(w, d, NOUN_CONSIGNMENT, "us.paps", "GRZA000001");
    push(w, d);
    d = draft(w, "document",
              "{\"document\":{\"type\":\"e-manifest\",\"number\":\"T1\"},\"facts\":{\"gross_kg\":21500}}");
    about(w, d, NOUN_DOCUMENT, "us.ace.trip", trip);
    about(w, d, NOUN_CONSIGNMENT, "us.paps", "GRZA000001");
    about(w, d, NOUN_IMPORTER, "us.ior", "12-345678900");
    about(w, d, NOUN_MANUFACTURER, "us.mid", "MXACE100MON");
    push(w, d);
}

static void vouch(struct world *w, enum noun noun, const char *scheme, const char *value, const char *role,
                  const char *programme, const char *status)
{
    char text[512];
    snprintf(text, sizeof text,
             "{\"credential\":{\"programme\":\"%s\",\"role\":\"%s\",\"id\":\"X\",\"issuer\":\"us.cbp\",\"from\":\"2026-"
             "01-01T00:00:00Z\","
             "\"to\":\"2027-01-01T00:00:00Z\",\"status\":\"%s\",\"proof\":\"roster\"}}",
             programme, role, status);
    struct draft *d = draft(w, "credential", text);
    about(w, d, noun, scheme, value);
    push(w, d);
}

static const struct partner_of_trust {
    enum noun noun;
    const char *scheme, *value, *role, *programme;
} partners_of_trust[] = {
    {NOUN_DRIVER, "fast.id", "12345678901234", "driver", "FAST"},
    {NOUN_CARRIER, "us.scac", "GRZA", "carrier", "CTPAT"},
    {NOUN_IMPORTER, "us.ior", "12-345678900", "importer", "CTPAT"},
    {NOUN_MANUFACTURER, "us.mid", "MXACE100MON", "manufacturer", "OEA"},
};

static void trust(struct world *w, size_t i, const char *status)
{
    const struct partner_of_trust *p = &partners_of_trust[i];
    vouch(w, p->noun, p->scheme, p->value, p->role, p->programme, status);
}

static void trust_all(struct world *w)
{
    for (size_t i = 0; i < 4; i++) trust(w, i, "valid");
}

static void seal_of_grade_on(struct world *w, const char *trailer, const char *grade, const char *number)
{
    char text[96];
    snprintf(text, sizeof text, "{\"event\":{\"type\":\"on\",\"grade\":\"%s\"}}", grade);
    struct draft *d = draft(w, "custody.seal", text);
    about(w, d, NOUN_SEAL, "iso17712", number);
    about(w, d, NOUN_TRAILER, "trailer.plate", trailer);
    push(w, d);
}

static void seal_on(struct world *w, const char *trailer)
{
    seal_of_grade_on(w, trailer, "high-security", "ABC1234567");
}

static void fast_truck(struct world *w)
{
    declare(w, "GRZA2026030101", "21TR43");
    trust_all(w);
    seal_on(w, "21TR43");
}

static void decides_green_for_a_complete_fast_crossing(void **state)
{
    struct world *w = *state;
    fast_truck(w);
    struct json *c = crossing(w, "GRZA2026030101");
    struct buf text = BUF(1 << 20);
    json_pretty(json_get(c, "reasons"), &text);
    json_pretty(json_get(c, "gaps"), &text);
    if (!str_is(json_text(c, "lane"), "green"))
        fail_msg("lane %.*s\n%.*s", STR_ARG(json_text(c, "lane")), STR_ARG(buf_str(&text)));
    buf_free(&text);
    check_store(w);
}

static void expect_lane(struct world *w, const char *trip, const char *lane, const char *when)
{
    struct str is = json_text(crossing(w, trip), "lane");
    if (!str_is(is, lane)) fail_msg("%s: lane %.*s, not %s", when, STR_ARG(is), lane);
}

static void needs_all_four_and_a_high_security_seal_for_fast(void **state)
{
    struct world *w = *state;
    const char *trip = "GRZA2026030101";
    declare(w, trip, "21TR43");
    trust_all(w);
    expect_lane(w, trip, "document", "no seal");
    seal_of_grade_on(w, "21TR43", "indicative", "ABC7654321");
    expect_lane(w, trip, "document", "an indicative seal");
    seal_on(w, "21TR43");
    expect_lane(w, trip, "green", "complete");
    for (size_t i = 0; i < 4; i++) {
        trust(w, i, "suspended");
        expect_lane(w, trip, "document", partners_of_trust[i].role);
        trust(w, i, "valid");
        expect_lane(w, trip, "green", partners_of_trust[i].role);
    }
    check_store(w);
}

static void threat_step(struct world *w, const char *kind, const char *id, const char *members)
{
    struct why why = {0};
    struct draft *d = draft(w, kind, members);
    about(w, d, NOUN_THREAT, "stix.id", id);
    must(push_as(w, d, "analyst:luz", "", &why), &why);
}

// What formats/stix.c takes out of a bundle, from the name to the lane.
static void every_name_that_stix_gives_reaches_the_crossings_of_its_channel(void **state)
{
    struct world *w = *state;
    static const struct {
        const char *what, *value, *version;
        bool ours;
    } rows[] = {
        {"filer", "BROKER-1", NULL, true},
        {"address", "203.0.113.7", NULL, true},
        {"domain", "cloud.example", NULL, true},
        {"certificate", "5f3a", NULL, true},
        {"device", "imei:356307042441013", NULL, true},
        {"vendor", "Teltonika", NULL, true},
        {"software", "fleet", "2.1", true},
        {"software", "fleet", NULL, true},
        {"filer", "BROKER-2", NULL, false},
        {"address", "203.0.113.8", NULL, false},
        {"domain", "cloud2.example", NULL, false},
        {"certificate", "5f3b", NULL, false},
        {"device", "imei:356307042441014", NULL, false},
        {"vendor", "Teltonik", NULL, false},
        {"software", "fleet", "2.2", false},
    };
    w->by = (struct channel_path){.certificate = STR("5f3a"),
                                  .address = STR("203.0.113.7"),
                                  .device = STR("imei:356307042441013"),
                                  .relay = STR("cloud.example"),
                                  .vendor = STR("Teltonika"),
                                  .software = STR("fleet/2.1")};
    fast_truck(w);
    w->by = (struct channel_path){0};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char id[48], text[512], version[64] = "";
        snprintf(id, sizeof id, "incident--%zu", i);
        if (rows[i].version) snprintf(version, sizeof version, ",\"version\":\"%s\"", rows[i].version);
        snprintf(text, sizeof text,
                 "{\"threat\":{\"id\":\"%s\",\"type\":\"incident\",\"title\":\"t\",\"reporter\":\"mx.cert\"},"
                 "\"names\":[{\"what\":\"%s\",\"value\":\"%s\"%s}]}",
                 id, rows[i].what, rows[i].value, version);
        threat_step(w, "threat", id, text);
        expect_lane(w, "GRZA2026030101", "green", "reported");
        threat_step(w, "threat.confirm", id, "{\"by\":\"luz\",\"reason\":\"seen\",\"floor\":\"scan\"}");
        expect_lane(w, "GRZA2026030101", rows[i].ours ? "scan" : "green", rows[i].value);
        threat_step(w, "threat.clear", id, "{\"by\":\"luz\",\"reason\":\"clean\"}");
        expect_lane(w, "GRZA2026030101", "green", "cleared");
    }
    check_store(w);
}

static void a_channel_that_appears_while_it_is_named_is_suspect_from_its_first_statement_on(void **state)
{
    struct world *w = *state;
    static const struct {
        const char *what, *value, *version;
        bool ours;
    } rows[] = {
        {"software", "fleet", "2.1", true},         {"software", "fleet", NULL, true},
        {"software", "fleet", "2.2", false},        {"device", "356307042441013", NULL, true},
        {"device", "356307042441014", NULL, false}, {"domain", "cloud.example", NULL, true},
        {"vendor", "Teltonika", NULL, true},
    };
    fast_truck(w);
    w->by = (struct channel_path){.device = STR("imei:356307042441013"),
                                  .relay = STR("cloud.example"),
                                  .vendor = STR("Teltonika"),
                                  .software = STR("fleet/2.1")};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct why why = {0};
        char id[48], text[512], version[64] = "", actor[32];
        snprintf(id, sizeof id, "incident--%zu", i);
        snprintf(actor, sizeof actor, "party:broker-%zu", i);
        if (rows[i].version) snprintf(version, sizeof version, ",\"version\":\"%s\"", rows[i].version);
        snprintf(text, sizeof text,
                 "{\"threat\":{\"id\":\"%s\",\"type\":\"incident\",\"title\":\"t\",\"reporter\":\"mx.cert\"},"
                 "\"names\":[{\"what\":\"%s\",\"value\":\"%s\"%s}]}",
                 id, rows[i].what, rows[i].value, version);
        struct channel_path by = w->by;
        w->by = (struct channel_path){0};
        threat_step(w, "threat", id, text);
        threat_step(w, "threat.confirm", id, "{\"by\":\"luz\",\"reason\":\"seen\",\"floor\":\"scan\"}");
        w->by = by;
        struct draft *d = draft(
            w, "document", "{\"document\":{\"type\":\"e-manifest\",\"number\":\"T1\"},\"facts\":{\"gross_kg\":21500}}");
        about(w, d, NOUN_DOCUMENT, "us.ace.trip", "GRZA2026030101");
        about(w, d, NOUN_CONSIGNMENT, "us.paps", "GRZA000001");
        must(push_as(w, d, actor, "", &why), &why);
        expect_lane(w, "GRZA2026030101", rows[i].ours ? "scan" : "green", rows[i].value);
        w->by = (struct channel_path){0};
        threat_step(w, "threat.clear", id, "{\"by\":\"luz\",\"reason\":\"clean\"}");
        w->by = by;
        expect_lane(w, "GRZA2026030101", "green", "cleared");
    }
    check_store(w);
}

static void takes_the_green_lane_back_when_the_filer_is_confirmed_broken_into(void **state)
{
    struct world *w = *state;
    struct why why = {0};
    fast_truck(w);
    struct draft *d = draft(
        w, "threat",
        "{\"threat\":{\"id\":\"incident--1\",\"type\":\"incident\",\"title\":\"broken into\",\"reporter\":\"mx.cert\"},"
        "\"names\":[{\"what\":\"filer\",\"value\":\"BROKER-1\"}]}");
    about(w, d, NOUN_THREAT, "stix.id", "incident--1");
    must(push_as(w, d, "analyst:luz", "", &why), &why);
    assert_true(str_is(json_text(crossing(w, "GRZA2026030101"), "lane"), "green"));
    d = draft(w, "threat.confirm", "{\"by\":\"luz\",\"reason\":\"logs seen\",\"floor\":\"scan\"}");
    about(w, d, NOUN_THREAT, "stix.id", "incident--1");
    must(push_as(w, d, "analyst:luz", "", &why), &why);
    struct json *c = crossing(w, "GRZA2026030101");
    assert_true(str_is(json_text(c, "lane"), "scan"));
    assert_true(str_is(json_text(c, "decided"), "scan"));
    assert_true(json_true(c, "suspect"));
    d = draft(w, "threat.clear", "{\"by\":\"luz\",\"reason\":\"clean\"}");
    about(w, d, NOUN_THREAT, "stix.id", "incident--1");
    must(push_as(w, d, "analyst:luz", "", &why), &why);
    assert_true(str_is(json_text(crossing(w, "GRZA2026030101"), "lane"), "green"));
    check_store(w);
}

static void lets_no_competitor_stop_a_truck(void **state)
{
    struct world *w = *state;
    struct why why = {0};
    fast_truck(w);
    const char *kinds[] = {"threat", "threat.confirm"};
    const char *bodies[] = {
        "{\"threat\":{\"id\":\"incident--9\",\"type\":\"incident\",\"title\":\"lies\",\"reporter\":\"rival\"},"
        "\"names\":[{\"what\":\"filer\",\"value\":\"BROKER-1\"}]}",
        "{\"by\":\"rival\",\"reason\":\"trust me\",\"floor\":\"joint\"}"};
    for (int i = 0; i < 2; i++) {
        struct draft *d = draft(w, kinds[i], bodies[i]);
        about(w, d, NOUN_THREAT, "stix.id", "incident--9");
        (void)push_as(w, d, "party:mx.rival", "", &why);
    }
    struct json *c = crossing(w, "GRZA2026030101");
    assert_true(str_is(json_text(c, "lane"), "green"));
    assert_false(json_true(c, "suspect"));
    check_store(w);
}

static void an_unexplained_opening_is_a_joint_inspection_until_an_officer_explains_it(void **state)
{
    struct world *w = *state;
    struct why why = {0};
    fast_truck(w);
    clock_set_us(NOW_US + 3600 * (int64_t)1000000);
    struct draft *d = draft(w, "custody.seal", "{\"event\":{\"type\":\"unlock\",\"who\":\"card 17\"}}");
    about(w, d, NOUN_SEAL, "iso17712", "ABC1234567");
    push(w, d);
    assert_true(str_is(json_text(crossing(w, "GRZA2026030101"), "lane"), "joint"));
    const char *explain =
        "{\"explains\":{\"from\":\"2026-03-01T15:00:00Z\",\"to\":\"2026-03-01T15:30:00Z\"},\"reason\":\"weighed\","
        "\"officer\":\"ana\"}";
    d = draft(w, "custody.explain", explain);
    about(w, d, NOUN_SEAL, "iso17712", "ABC1234567");
    assert_int_equal(push_as(w, d, "party:mx.rival", "", &why), ERR_FORBIDDEN);
    assert_true(str_is(json_text(crossing(w, "GRZA2026030101"), "lane"), "joint"));
    why = (struct why){0};
    d = draft(w, "custody.explain", explain);
    about(w, d, NOUN_SEAL, "iso17712", "ABC1234567");
    must(push_as(w, d, "officer:ana", "", &why), &why);
    assert_false(str_is(json_text(crossing(w, "GRZA2026030101"), "lane"), "joint"));
    check_store(w);
}

static void erasing_a_member_leaves_log_and_views_consistent(void **state)
{
    struct world *w = *state;
    fast_truck(w);
    settle(w);
    struct str members[] = {STR("credential")};
    struct why why = {0};
    struct json *list;
    must(report_statements(w->views, &w->arena, 0, 100, STR("credential"), &list, &why), &why);
    struct str name = json_text(json_at(json_get(list, "statements"), 0), "name");
    struct erasure erase = {name, members, 1};
    struct job *job = arena_new(&w->arena, struct job);
    job->lane = JOB_PEOPLE;
    job->erase = &erase;
    job->actor = STR("admin:eva");
    must(commit_wait(w->commit, job, &why), &why);
    check_store(w);
    int64_t pos;
    struct json *statement;
    must(report_statement_named(w->views, &w->arena, name, &statement, &pos, &why), &why);
    assert_null(json_get(json_get(statement, "members"), "credential"));
    assert_int_equal(json_get(statement, "withheld")->number, 1);
}

static void hand_in_roster(struct world *w, const char *day, const char *const *drivers, size_t n, enum err expected)
{
    char text[512];
    struct why why = {0};
    snprintf(text, sizeof text,
             "{\"roster\":{\"issuer\":\"us.cbp\",\"date\":\"%s\",\"programme\":\"FAST\",\"rows\":%zu,\"sha256\":\"\"}}",
             day, n);
    struct draft *first = draft(w, "roster", text), *last = first;
    for (size_t i = 0; i < n; i++) {
        last->next =
            draft(w, "credential",
                  "{\"credential\":{\"programme\":\"FAST\",\"role\":\"driver\",\"id\":\"X\",\"issuer\":\"us.cbp\","
                  "\"from\":\"2026-01-01T00:00:00Z\",\"to\":\"2027-01-01T00:00:00Z\",\"status\":\"valid\",\"proof\":"
                  "\"roster\"}}");
        last = last->next;
        about(w, last, NOUN_DRIVER, "fast.id", drivers[i]);
    }
    assert_int_equal(push_as(w, first, "party:us.office", "", &why), expected);
}

static void a_driver_whom_the_newest_roster_does_not_name_is_trusted_no_longer(void **state)
{
    struct world *w = *state;
    const char *both[] = {"12345678901234", "99999999999999"}, *other[] = {"99999999999999"};
    fast_truck(w);
    hand_in_roster(w, "2026-02-01", both, 2, ERR_NONE);
    assert_true(str_is(json_text(crossing(w, "GRZA2026030101"), "lane"), "green"));
    hand_in_roster(w, "2026-02-15", other, 1, ERR_NONE);
    assert_true(str_is(json_text(crossing(w, "GRZA2026030101"), "lane"), "document"));
    hand_in_roster(w, "2026-02-01", both, 2, ERR_CONFLICT);
    assert_true(str_is(json_text(crossing(w, "GRZA2026030101"), "lane"), "document"));
    hand_in_roster(w, "2026-02-20", both, 2, ERR_NONE);
    assert_true(str_is(json_text(crossing(w, "GRZA2026030101"), "lane"), "green"));
    check_store(w);
}

static void goes_on_after_a_restart_where_it_was(void **state)
{
    struct world *w = *state;
    fast_truck(w);
    settle(w);
    close_world(w);
    open_world(w);
    assert_true(str_is(json_text(crossing(w, "GRZA2026030101"), "lane"), "green"));
    declare(w, "GRZA2026030102", "22TR44");
    assert_true(str_is(json_text(crossing(w, "GRZA2026030102"), "state"), "open"));
    check_store(w);
}

// A truck under a pedimento that it shares, with an e-manifest, a Carta Porte and a seal of its own.
static void shared_truck(struct world *w, char letter, double kg)
{
    char trip[32], paps[16], plate[16], trailer[16], seal[16], idccp[48], members[512];
    snprintf(trip, sizeof trip, "GRZA20260301%c1", letter);
    snprintf(paps, sizeof paps, "GRZA00000%c", letter);
    snprintf(plate, sizeof plate, "50%cAA", letter);
    snprintf(trailer, sizeof trailer, "2%cTR43", letter);
    snprintf(seal, sizeof seal, "HS%c234567", letter);
    snprintf(idccp, sizeof idccp, "CCC00000-0000-4000-8000-00000000000%c", letter);
    struct draft *d =
        draft(w, "crossing",
              "{\"crossing\":{\"port\":\"2304\",\"direction\":\"northbound\",\"eta\":\"2026-03-01T18:00:00Z\"}}");
    about(w, d, NOUN_CROSSING, "us.ace.trip", trip);
    about(w, d, NOUN_CONVEYANCE, "plate.mx", plate);
    about(w, d, NOUN_TRAILER, "trailer.plate", trailer);
    about(w, d, NOUN_DRIVER, "fast.id", "12345678901234");
    about(w, d, NOUN_CARRIER, "us.scac", "GRZA");
    about(w, d, NOUN_CONSIGNMENT, "us.paps", paps);
    about(w, d, NOUN_CONSIGNMENT, "mx.pedimento", "262434206000900");
    push(w, d);
    snprintf(
        members, sizeof members,
        "{\"document\":{\"type\":\"e-manifest\",\"number\":\"%s\"},\"facts\":{\"gross_kg\":%.0f,\"seals\":[\"%s\"]}}",
        trip, kg, seal);
    d = draft(w, "document", members);
    about(w, d, NOUN_DOCUMENT, "us.ace.trip", trip);
    about(w, d, NOUN_CONSIGNMENT, "us.paps", paps);
    about(w, d, NOUN_CONSIGNMENT, "mx.pedimento", "262434206000900");
    about(w, d, NOUN_CROSSING, "us.ace.trip", trip);
    about(w, d, NOUN_IMPORTER, "us.ior", "12-345678900");
    about(w, d, NOUN_MANUFACTURER, "us.mid", "MXACE100MON");
    push(w, d);
    snprintf(members, sizeof members,
             "{\"document\":{\"type\":\"carta-porte\",\"number\":\"%s\"},\"facts\":{\"gross_kg\":%.0f}}", idccp, kg);
    d = draft(w, "document", members);
    about(w, d, NOUN_DOCUMENT, "mx.idccp", idccp);
    about(w, d, NOUN_CONSIGNMENT, "mx.pedimento", "262434206000900");
    about(w, d, NOUN_CONVEYANCE, "plate.mx", plate);
    about(w, d, NOUN_TRAILER, "trailer.plate", trailer);
    push(w, d);
    d = draft(w, "custody.seal", "{\"event\":{\"type\":\"on\",\"grade\":\"high-security\"}}");
    about(w, d, NOUN_SEAL, "iso17712", seal);
    about(w, d, NOUN_TRAILER, "trailer.plate", trailer);
    push(w, d);
}

static void judges_each_truck_of_a_pedimento_by_its_own_papers(void **state)
{
    struct world *w = *state;
    trust_all(w);
    shared_truck(w, '1', 21500);
    shared_truck(w, '2', 16800);
    struct json *first = crossing(w, "GRZA2026030111"), *second = crossing(w, "GRZA2026030121");
    assert_true(str_is(json_text(first, "lane"), "green"));
    assert_true(str_is(json_text(second, "lane"), "green"));
    // A Carta Porte of the second truck that weighs less is the second truck's trouble alone.
    struct draft *d = draft(w, "document",
                            "{\"document\":{\"type\":\"carta-porte\",\"number\":\"X\"},\"facts\":{\"gross_kg\":9000}}");
    about(w, d, NOUN_DOCUMENT, "mx.idccp", "CCC00000-0000-4000-8000-00000000000f");
    about(w, d, NOUN_CONSIGNMENT, "mx.pedimento", "262434206000900");
    about(w, d, NOUN_TRAILER, "trailer.plate", "22TR43");
    push(w, d);
    assert_true(str_is(json_text(crossing(w, "GRZA2026030111"), "lane"), "green"));
    assert_true(str_is(json_text(crossing(w, "GRZA2026030121"), "lane"), "scan"));
    check_store(w);
}

static void refuses_one_job_and_keeps_the_others(void **state)
{
    struct world *w = *state;
    struct why why = {0};
    struct draft *d = draft(w, "note", "{\"x\":1}");
    draft_subject(&w->arena, d, NOUN_CROSSING)->id = (struct id){{9, 9, 9}};
    assert_int_equal(push_as(w, d, "party:mx.anam", "", &why), ERR_NOT_FOUND);
    fast_truck(w);
    check_store(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(decides_green_for_a_complete_fast_crossing, setup, teardown),
        cmocka_unit_test_setup_teardown(needs_all_four_and_a_high_security_seal_for_fast, setup, teardown),
        cmocka_unit_test_setup_teardown(every_name_that_stix_gives_reaches_the_crossings_of_its_channel, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_channel_that_appears_while_it_is_named_is_suspect_from_its_first_statement_on,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(takes_the_green_lane_back_when_the_filer_is_confirmed_broken_into, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(lets_no_competitor_stop_a_truck, setup, teardown),
        cmocka_unit_test_setup_teardown(an_unexplained_opening_is_a_joint_inspection_until_an_officer_explains_it,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(erasing_a_member_leaves_log_and_views_consistent, setup, teardown),
        cmocka_unit_test_setup_teardown(a_driver_whom_the_newest_roster_does_not_name_is_trusted_no_longer, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(goes_on_after_a_restart_where_it_was, setup, teardown),
        cmocka_unit_test_setup_teardown(judges_each_truck_of_a_pedimento_by_its_own_papers, setup, teardown),
        cmocka_unit_test_setup_teardown(refuses_one_job_and_keeps_the_others, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
