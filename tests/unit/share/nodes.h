// SPDX-License-Identifier: Apache-2.0
// Two nodes in one process: mx.anam discloses, ca.cbsa receives. Their commits run on the test's thread unless started.
#ifndef TESTS_UNIT_SHARE_NODES_H
#define TESTS_UNIT_SHARE_NODES_H

#include "base/clock.h"
#include "commit/fsck.h"
#include "ledger/engine_sqlite.h"
#include "ledger/witness.h"
#include "share/link.h"
#include "share/witness_state.h"
#include "shared_data.h"
#include "terms.h"
#include "views/feed.h"
#include "views/local.h"

#include <unistd.h>

struct node {
    char dir[64], database[96];
    struct str party;
    struct ed25519_key key, witness_key;
    struct note_key log_key;
    struct commit_settings settings;
    struct commit *commit;
    struct engine *reader;
    struct views *views;
    struct agreements *agreements;
    bool started; // its commit has a thread of its own
};

struct nodes {
    struct arena arena;
    struct node mx, ca;
    struct partner mx_as_partner, ca_as_partner; // as the other one knows them
    struct agreement *agreements[4];
    size_t nagreements;
};

static inline void node_open(struct nodes *n, struct node *node)
{
    struct why why = {0};
    must(commit_open(&node->settings, &node->commit, &why), &why);
    must(engine_sqlite_open_reader(node->database, &node->reader, &why), &why);
    must(views_open(node->reader, false, NULL, NULL, &node->views, &why), &why);
    struct agreement *mine[4];
    size_t count = 0;
    for (size_t i = 0; i < n->nagreements; i++)
        if (str_eq(n->agreements[i]->from, node->party) || str_eq(n->agreements[i]->to, node->party))
            mine[count++] = n->agreements[i];
    must(agreements_new(&n->arena, mine, count, node->party, &node->agreements, &why), &why);
    struct feed_policy feed = agreements_feed(node->agreements);
    commit_reload(node->commit, &(struct commit_policy){
                                    .rules = node->settings.rules, .triggers = node->settings.triggers, .feed = feed});
}

static inline void node_start(struct node *node)
{
    struct why why = {0};
    must(commit_start(node->commit, &why), &why);
    node->started = true;
}

static inline void node_close(struct node *node)
{
    node->started = false;
    views_free(node->views);
    engine_close(node->reader);
    commit_close(node->commit);
    node->views = NULL;
    node->reader = NULL;
    node->commit = NULL;
}

static inline void node_make(struct nodes *n, struct node *node, const char *party, uint8_t seed)
{
    struct why why = {0};
    strcpy(node->dir, "/tmp/puente-share-XXXXXX");
    assert_non_null(mkdtemp(node->dir));
    snprintf(node->database, sizeof node->database, "%s/node.db", node->dir);
    node->party = str_of(party);
    ed25519_from_seed((const uint8_t[ED25519_SEED]){seed}, &node->key);
    ed25519_from_seed((const uint8_t[ED25519_SEED]){seed, 1}, &node->witness_key);
    node->log_key = note_key_make(node->party, NOTE_ED25519, node->key.public);
    struct rules *rules;
    struct triggers *triggers;
    must(rules_read(&n->arena, test_file(&n->arena, "examples/corridor/rules/corridor.yaml"), &rules, &why), &why);
    must(triggers_read(&n->arena, test_file(&n->arena, "examples/corridor/triggers/us.cbp.yaml"), &triggers, &why),
         &why);
    node->settings = (struct commit_settings){.database = node->database,
                                              .party = node->party,
                                              .key = node->key,
                                              .rules = rules,
                                              .triggers = triggers,
                                              .build = "test"};
}

static inline struct partner as_partner(const struct node *node)
{
    return (struct partner){.party = node->party,
                            .log_key = node->log_key,
                            .witness_key = note_key_make(node->party, NOTE_COSIGNATURE, node->witness_key.public)};
}

// With one agreement from mx.anam to ca.cbsa, `a-1`; tests add others and call nodes_reopen.
static inline struct nodes *nodes_new(const char *kinds, const char *more)
{
    struct nodes *n = calloc(1, sizeof *n);
    n->arena = ARENA((size_t)512 << 20);
    clock_set_us(NOW_US);
    n->agreements[n->nagreements++] = terms(&n->arena, "a-1", "mx.anam", "ca.cbsa", kinds, more);
    node_make(n, &n->mx, "mx.anam", 1);
    node_make(n, &n->ca, "ca.cbsa", 2);
    n->mx_as_partner = as_partner(&n->mx);
    n->ca_as_partner = as_partner(&n->ca);
    node_open(n, &n->mx);
    node_open(n, &n->ca);
    return n;
}

static inline void node_reopen(struct nodes *n, struct node *node)
{
    node_close(node);
    node_open(n, node);
}

static inline void settle(struct node *node)
{
    for (int i = 0; i < 1000 && !node->started && commit_step(node->commit); i++) {
    }
}

static inline void node_check(struct node *node)
{
    struct fsck_settings settings = {
        .database = node->database, .party = node->party, .log_key = &node->log_key, .views = true};
    struct fsck_report report;
    struct why why = {0};
    must(fsck(&settings, &report, &why), &why);
}

static inline void nodes_free(struct nodes *n)
{
    struct node *each[2] = {&n->mx, &n->ca};
    for (int i = 0; i < 2; i++) {
        if (each[i]->commit) {
            settle(each[i]);
            node_close(each[i]);
            node_check(each[i]);
        }
        char command[128];
        snprintf(command, sizeof command, "rm -rf %s", each[i]->dir);
        assert_int_equal(system(command), 0);
    }
    arena_free(&n->arena);
    clock_set_us(0);
    free(n);
}

// ---- Saying things ----

static inline struct draft *draft_of(struct nodes *n, const char *kind, enum label label, const char *members)
{
    struct draft *d = draft_new(&n->arena, kind, clock_now_us() / 1000, label);
    d->members = members_of(&n->arena, members);
    return d;
}

static inline void about(struct nodes *n, struct draft *d, enum noun noun, const char *scheme, const char *value)
{
    assert_non_null(draft_about(&n->arena, d, noun, str_of(scheme), str_of(value)));
}

static inline uint64_t say(struct nodes *n, struct node *node, struct draft *d)
{
    struct why why = {0};
    struct job *job = arena_new(&n->arena, struct job);
    must(draft_seal(&n->arena, d, &why), &why);
    *job = (struct job){.lane = JOB_PEOPLE, .actor = STR("party:mx.filer"), .drafts = d};
    job->path = (struct channel_path){.door = STR("https"), .party = STR("mx.filer"), .filer = STR("BROKER-1")};
    must(commit_wait(node->commit, job, &why), &why);
    settle(node);
    return d->index;
}

static inline uint64_t declare(struct nodes *n, struct node *node, const char *trip, const char *destination,
                               const char *trailer)
{
    char text[300];
    snprintf(text, sizeof text,
             "{\"crossing\":{\"port\":\"us.schedule-d=2304\",\"direction\":\"northbound\",\"eta\":\"2026-03-01T18:00:"
             "00Z\",\"empty\":false%s%s%s}}",
             destination ? ",\"destination\":\"" : "", destination ? destination : "", destination ? "\"" : "");
    struct draft *d = draft_of(n, "crossing", LABEL_AMBER, text);
    about(n, d, NOUN_CROSSING, "us.ace.trip", trip);
    about(n, d, NOUN_CONVEYANCE, "plate.mx", "501AA");
    about(n, d, NOUN_TRAILER, "trailer.plate", trailer);
    about(n, d, NOUN_DRIVER, "fast.id", "12345678901234");
    about(n, d, NOUN_CARRIER, "us.scac", "GRZA");
    return say(n, node, d);
}

static inline uint64_t seal(struct nodes *n, struct node *node, const char *number, const char *type,
                            const char *trailer)
{
    char text[300];
    snprintf(text, sizeof text, "{\"event\":{\"type\":\"%s\",\"grade\":\"high-security\"},\"raw\":\"00ff00ff\"}", type);
    struct draft *d = draft_of(n, "custody.seal", LABEL_AMBER, text);
    about(n, d, NOUN_SEAL, "seal.number", number);
    if (trailer) about(n, d, NOUN_TRAILER, "trailer.plate", trailer);
    return say(n, node, d);
}

// ---- One turn of a link, without a network ----

struct place {
    int64_t after;
    struct batch batch;
};

static inline enum err offer(struct nodes *n, const struct agreement *a, int64_t after, uint64_t seen, struct str *out,
                             bool *empty, struct why *why)
{
    *why = (struct why){0};
    return link_offer(n->mx.views, n->mx.commit, a, after, seen, LINK_BATCH_STATEMENTS, &n->arena, out, empty, why);
}

static inline struct batch_expected expected_of(struct nodes *n, const struct agreement *a, int64_t after)
{
    struct engine_checkpoint seen;
    struct why why = {0};
    must(witness_seen(n->ca.views, &n->arena, STR("mx.anam"), &seen, &why), &why);
    struct batch_expected e = {
        .origin = STR("mx.anam"), .log_key = &n->mx.log_key, .agreement = a, .after = after, .seen = seen.size};
    memcpy(e.root, seen.root, sizeof e.root);
    return e;
}

// ca.cbsa fetches what there is after `after` and takes it in; gives the new place.
static inline int64_t pull(struct nodes *n, const struct agreement *a, int64_t after, struct batch *out)
{
    struct why why = {0};
    struct str bytes;
    bool empty;
    struct batch_expected e = expected_of(n, a, after);
    *out = (struct batch){0};
    must(offer(n, a, after, e.seen, &bytes, &empty, &why), &why);
    if (empty) must(link_offer_checkpoint(n->mx.views, n->mx.commit, a, after, e.seen, &n->arena, &bytes, &why), &why);
    if (!bytes.p) return after;
    must(batch_verify(&n->arena, bytes, &e, out, &why), &why);
    struct job job = {.lane = JOB_LINK, .actor = STR("node"), .mirror = &out->mirror};
    must(commit_wait(n->ca.commit, &job, &why), &why);
    settle(&n->ca);
    return (int64_t)out->mirror.to;
}

// How many statements of a kind a node holds of an origin.
static inline size_t held(struct nodes *n, struct node *node, const char *origin, const char *kind)
{
    int64_t last;
    uint32_t number;
    size_t count = 0;
    struct why why = {0};
    if (engine_origin(node->reader, str_of(origin), false, &number, &why) != ERR_NONE) return 0;
    must(engine_last(node->reader, &last, &why), &why);
    for (int64_t pos = 1; pos <= last; pos++) {
        struct stored stored;
        struct header header;
        must(engine_get(node->reader, &n->arena, pos, &stored, &why), &why);
        must(header_parse(&n->arena, stored.header, &header, &why), &why);
        count += stored.origin == number && (!kind || str_is(header.kind, kind));
    }
    return count;
}

// The members of a statement that are present.
static inline struct json *said(struct nodes *n, struct node *node, const char *origin, uint64_t index)
{
    uint32_t number;
    int64_t pos;
    struct stored stored;
    struct body body;
    struct json *members;
    struct why why = {0};
    must(engine_origin(node->reader, str_of(origin), false, &number, &why), &why);
    must(engine_find(node->reader, number, index, &pos, &why), &why);
    must(engine_get(node->reader, &n->arena, pos, &stored, &why), &why);
    must(body_decode(&n->arena, stored.body, &body, &why), &why);
    must(body_object(&n->arena, &body, &members, &why), &why);
    return members;
}

static inline bool holds(struct nodes *n, struct node *node, const char *origin, uint64_t index)
{
    uint32_t number;
    int64_t pos;
    struct why why = {0};
    (void)n;
    return engine_origin(node->reader, str_of(origin), false, &number, &why) == ERR_NONE &&
           engine_find(node->reader, number, index, &pos, &why) == ERR_NONE;
}

// The newest statement of a kind in a node's own log.
static inline struct json *newest(struct nodes *n, struct node *node, const char *kind, uint64_t *index)
{
    uint64_t next;
    struct why why = {0};
    must(engine_next_index(node->reader, ENGINE_OWN, &next, &why), &why);
    while (next-- > 0) {
        int64_t pos;
        struct stored stored;
        struct header header;
        must(engine_find(node->reader, ENGINE_OWN, next, &pos, &why), &why);
        must(engine_get(node->reader, &n->arena, pos, &stored, &why), &why);
        must(header_parse(&n->arena, stored.header, &header, &why), &why);
        if (!str_is(header.kind, kind)) continue;
        if (index) *index = next;
        return said(n, node, node->party.p, next);
    }
    return NULL;
}

#endif
