// SPDX-License-Identifier: Apache-2.0
// One thread an incoming agreement: ask, verify, commit, cosign, ask again. While there is more to fetch the next batch
// is asked for and verified while commit still works on the last one, so that network, hashing and disk overlap.
//
// Nothing is applied twice or lost: a batch's statements, the partner's checkpoint and our place in its feed are one
// job. The place is compared with what it was when the batch was asked for, and the checkpoint with the one that the
// batch was verified against; if either moved meanwhile the job fails whole, and the batch is asked for anew.
#include "share/link.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "base/text.h"
#include "fetch/http.h"
#include "ledger/engine_sqlite.h"
#include "share/batch.h"
#include "share/witness_state.h"
#include "views/local.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define BACK_OFF_MIN_US 200000
#define BACK_OFF_MAX_US 10000000
#define COSIGN_EVERY_US 1000000
#define TELL_EVERY_US 1000000
#define WAIT_S 20
#define REPLY_MS 30000 // for a batch, beside the time that it may wait
#define POST_MS 10000
#define FLIGHT_ARENA ((size_t)256 << 20)
#define PLACE_TEXT 160
#define CONFLICT_PAUSE_US 20000
#define CONFLICTS_MAX 50 // in a row, then it is treated as a failure

// Where we are in the partner's feed and log.
struct place {
    char stored[PLACE_TEXT]; // as stored under the agreement
    size_t stored_n;         // 0: nothing yet
    int64_t after, statements, withheld;
    uint64_t seen;
    uint8_t root[MERKLE_HASH];
};

// A batch on its way from the partner to the disk.
struct flight {
    struct puller *puller;
    struct arena arena;
    struct http_reply reply;
    struct batch batch;
    struct place before, next;
    struct job job;
    struct local_write cursor;
    bool in_air; // handed to commit, not yet landed
    bool done;   // under the puller's lock
};

struct puller {
    struct puller_settings settings;
    char *database;
    struct engine *engine;
    struct views *views;
    struct http *http;
    pthread_t thread;
    bool started;
    struct flight flights[2];
    struct arena place_arena;
    struct buf checkpoint; // text of the newest verified and committed one, to be cosigned
    uint64_t checkpoint_size, cosigned_size;
    int64_t cosigned_us, told_us;
    int conflicts;

    pthread_mutex_t lock; // guards what follows, and each flight's `done`
    pthread_cond_t wake;
    bool stop;
    enum link_state state;
    char detail[sizeof(((struct why *)0)->text)];
    int64_t sequence, statements, withheld, last_us;
};

static enum err no_memory(struct why *why)
{
    return why_set(why, ERR_NO_MEMORY, "", "no memory for a link");
}

// ---- State, for people ----

struct json *puller_report(struct puller *p, struct arena *arena)
{
    pthread_mutex_lock(&p->lock);
    struct json *o = link_terms(arena, p->settings.agreement, false, p->state, arena_str(arena, str_of(p->detail)));
    link_totals(arena, o, p->sequence, p->statements, p->withheld, p->last_us);
    pthread_mutex_unlock(&p->lock);
    return o;
}

enum link_state puller_state(struct puller *p)
{
    pthread_mutex_lock(&p->lock);
    enum link_state state = p->state;
    pthread_mutex_unlock(&p->lock);
    return state;
}

static void tell(struct puller *p)
{
    struct arena arena = ARENA((size_t)1 << 20);
    struct buf b = BUF((size_t)1 << 20);
    json_canonical(puller_report(p, &arena), &b);
    if (!b.failed && !arena.failed) events_add(commit_events(p->settings.commit), "link", buf_str(&b));
    buf_free(&b);
    arena_free(&arena);
    p->told_us = clock_monotonic_us();
}

static void set_state(struct puller *p, enum link_state state, const char *detail)
{
    pthread_mutex_lock(&p->lock);
    bool changed = p->state != state || strcmp(p->detail, detail) != 0;
    p->state = state;
    snprintf(p->detail, sizeof p->detail, "%s", detail);
    pthread_mutex_unlock(&p->lock);
    if (!changed) return;
    log_line(state == LINK_RUNNING || state == LINK_WAITING ? LOG_INFO : LOG_WARN, "link", "%.*s: %s",
             STR_ARG(p->settings.agreement->id), detail[0] ? detail : "running");
    tell(p);
}

static void set_place(struct puller *p, const struct place *place, bool received)
{
    pthread_mutex_lock(&p->lock);
    p->sequence = place->after;
    p->statements = place->statements;
    p->withheld = place->withheld;
    if (received) p->last_us = clock_now_us();
    pthread_mutex_unlock(&p->lock);
    if (received && clock_monotonic_us() - p->told_us > TELL_EVERY_US) tell(p);
}

static bool stopping(struct puller *p)
{
    pthread_mutex_lock(&p->lock);
    bool stop = p->stop;
    pthread_mutex_unlock(&p->lock);
    return stop;
}

static void pause_us(struct puller *p, int64_t us)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += us / 1000000;
    until.tv_nsec += us % 1000000 * 1000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pthread_mutex_lock(&p->lock);
    while (!p->stop && pthread_cond_timedwait(&p->wake, &p->lock, &until) == 0) {
    }
    pthread_mutex_unlock(&p->lock);
}

// ---- Where we are ----

static enum err place_load(struct puller *p, struct place *out, struct why *why)
{
    struct engine_checkpoint seen;
    struct why none = {0};
    struct str text = STR_NONE;
    const struct puller_settings *s = &p->settings;
    arena_reset(&p->place_arena);
    *out = (struct place){0};
    enum err err = local_get(p->views, &p->place_arena, STR("link"), s->agreement->id, &text, why);
    if (err == ERR_NONE) err = witness_seen(p->views, &p->place_arena, s->partner->log_key.name, &seen, why);
    if (err != ERR_NONE) return err;
    out->seen = seen.size;
    memcpy(out->root, seen.root, sizeof out->root);
    if (!text.p) return ERR_NONE;
    const struct json *o = text.n <= PLACE_TEXT ? json_parse(&p->place_arena, text, &none) : NULL;
    if (!o || !json_integer(o, "after", &out->after) || out->after < 0)
        return why_set(why, ERR_STORE, "", "the link's place in the feed cannot be read");
    json_integer(o, "statements", &out->statements);
    json_integer(o, "withheld", &out->withheld);
    memcpy(out->stored, text.p, text.n);
    out->stored_n = text.n;
    return ERR_NONE;
}

static void place_write(struct place *place)
{
    int n = snprintf(place->stored, sizeof place->stored, "{\"after\":%lld,\"statements\":%lld,\"withheld\":%lld}",
                     (long long)place->after, (long long)place->statements, (long long)place->withheld);
    INVARIANT(n > 0 && (size_t)n < sizeof place->stored);
    place->stored_n = (size_t)n;
}

static struct str place_text(const struct place *place)
{
    return place->stored_n ? (struct str){place->stored, place->stored_n} : STR_NONE;
}

// ---- Asking ----

// What the holder's refusal means for the link.
struct refusal {
    enum link_state state;
    enum err err;
};

static enum err read_problem(struct flight *f, struct refusal *r, struct why *why)
{
    struct why none = {0};
    int status = f->reply.status;
    bool is_problem = strcmp(f->reply.content_type, "application/problem+json") == 0;
    const struct json *o = is_problem ? json_parse(&f->arena, buf_str(&f->reply.body), &none) : NULL;
    struct str type = json_text(o, "type"), detail = json_text(o, "detail");
    r->state = LINK_UNREACHABLE;
    r->err = status == 403 ? ERR_FORBIDDEN : ERR_UNREACHABLE;
    if (status == 403 && str_ends(type, "/expired")) r->state = LINK_EXPIRED;
    if (status == 403 && str_is(json_text(o, "member"), "revoked")) r->state = LINK_REVOKED;
    return why_set(why, r->err, "", "%.*s answers %d: %.*s", STR_ARG(f->puller->settings.partner->party), status,
                   STR_ARG(detail.n && detail.n < 150 ? detail : STR("no reason given")));
}

static void flight_clear(struct flight *f)
{
    http_reply_free(&f->reply);
    arena_reset(&f->arena);
    f->batch = (struct batch){0};
}

// Where two links of one partner move its checkpoint in turn, the one with the larger batches would always come too
// late: after each conflict it asks for half as much, and so gets its turn.
static int limit_now(const struct puller *p)
{
    return LINK_BATCH_STATEMENTS >> (p->conflicts < 6 ? p->conflicts : 6);
}

// The next batch, verified. *got false: the partner has nothing for us.
static enum err fetch(struct puller *p, struct flight *f, const struct place *at, int64_t wait_s, bool *got,
                      struct refusal *r, struct why *why)
{
    const struct puller_settings *s = &p->settings;
    flight_clear(f);
    *got = false;
    f->before = *at;
    struct str url = arena_printf(&f->arena, "%.*s/v1/link/%.*s/batch?after=%lld&limit=%d&wait=%lld&seen=%llu",
                                  STR_ARG(s->partner->url), STR_ARG(s->agreement->id), (long long)at->after,
                                  limit_now(p), (long long)wait_s, (unsigned long long)at->seen);
    if (!url.p) return no_memory(why);
    enum err err = http_get(p->http, url.p, REPLY_MS + wait_s * 1000, &f->reply, why);
    if (err != ERR_NONE || f->reply.status == 204) return err;
    if (f->reply.status != 200) return read_problem(f, r, why);
    if (strcmp(f->reply.content_type, BATCH_TYPE) != 0)
        return why_set(why, ERR_UNSUPPORTED, "", "%.*s answers with what is no batch", STR_ARG(s->partner->party));
    struct batch_expected expected = {.origin = s->partner->log_key.name,
                                      .log_key = &s->partner->log_key,
                                      .agreement = s->agreement,
                                      .after = at->after,
                                      .seen = at->seen};
    memcpy(expected.root, at->root, sizeof expected.root);
    err = batch_verify(&f->arena, buf_str(&f->reply.body), &expected, &f->batch, why);
    *got = err == ERR_NONE;
    return err;
}

// ---- Committing ----

static struct draft *received_draft(struct flight *f)
{
    const struct mirror *m = &f->batch.mirror;
    struct str root = {(const char *)f->batch.disclosed, MERKLE_HASH};
    struct draft *d = draft_new(&f->arena, "link.received", clock_now_us() / 1000, LABEL_AMBER);
    if (!d) return NULL;
    draft_put(d, "origin", json_new_text(&f->arena, m->origin));
    draft_put(d, "agreement", json_new_text(&f->arena, m->agreement));
    draft_put(d, "from", json_new_number(&f->arena, (double)m->from));
    draft_put(d, "to", json_new_number(&f->arena, (double)m->to));
    draft_put(d, "count", json_new_number(&f->arena, (double)m->count));
    draft_put(d, "root", json_new_text(&f->arena, base64url_text(&f->arena, root)));
    return d;
}

static void add_write(struct flight *f, struct local_write *w)
{
    if (!w) return;
    w->next = f->job.locals;
    f->job.locals = w;
}

// What a partner says that concerns the link itself: it revokes an agreement, or it holds two trees of somebody's log.
static enum err heed(struct flight *f, const struct mirrored *m, struct why *why)
{
    struct json *members;
    bool fork = str_is(m->header.kind, "link.fork");
    if (!fork && !str_is(m->header.kind, "agreement.revoke")) return ERR_NONE;
    enum err err = body_object(&f->arena, &m->body, &members, why);
    if (err != ERR_NONE) return err;
    if (fork) {
        struct str of = json_text(members, "origin");
        struct str text = arena_printf(&f->arena, "%.*s holds two different logs of %.*s", STR_ARG(m->header.by),
                                       STR_ARG(of.n && of.n < ORIGIN_MAX ? of : STR("a party")));
        link_alarm(f->puller->settings.commit, text);
        add_write(f, link_alarm_write(&f->arena, text));
        return ERR_NONE;
    }
    int64_t from;
    struct local_write *w = arena_new(&f->arena, struct local_write);
    struct str id = json_text(members, "agreement");
    if (!w) return no_memory(why);
    if (!id.n || !json_integer(members, "from", &from) || from < 0) return ERR_NONE;
    *w = (struct local_write){.space = STR("revoked"),
                              .key = arena_printf(&f->arena, "%.*s %.*s", STR_ARG(id), STR_ARG(m->header.by)),
                              .value = arena_printf(&f->arena, "%lld", (long long)from)};
    add_write(f, w);
    return ERR_NONE;
}

static void flight_landed(struct job *job)
{
    struct flight *f = job->context;
    pthread_mutex_lock(&f->puller->lock);
    f->done = true;
    pthread_cond_broadcast(&f->puller->wake);
    pthread_mutex_unlock(&f->puller->lock);
}

// Hands the batch to commit; *at becomes the place after it.
static enum err launch(struct puller *p, struct flight *f, struct place *at, struct why *why)
{
    const struct mirror *m = &f->batch.mirror;
    f->next = f->before;
    f->next.after = (int64_t)m->to;
    f->next.statements += (int64_t)m->count;
    f->next.withheld += (int64_t)(f->batch.withheld + f->batch.skipped);
    f->next.seen = m->size;
    memcpy(f->next.root, m->root, sizeof f->next.root);
    place_write(&f->next);
    f->job = (struct job){
        .lane = JOB_LINK, .actor = STR("node"), .mirror = &f->batch.mirror, .done = flight_landed, .context = f};
    f->cursor = (struct local_write){.space = STR("link"),
                                     .key = p->settings.agreement->id,
                                     .value = place_text(&f->next),
                                     .compare = true,
                                     .expected = place_text(&f->before)};
    add_write(f, &f->cursor);
    enum err err = ERR_NONE;
    for (size_t i = 0; i < m->count && err == ERR_NONE; i++) err = heed(f, &m->items[i], why);
    if (err == ERR_NONE && m->count) {
        f->job.drafts = received_draft(f);
        err = f->job.drafts ? draft_seal(&f->arena, f->job.drafts, why) : no_memory(why);
    }
    if (err == ERR_NONE && f->arena.failed) err = no_memory(why);
    if (err != ERR_NONE) return err;
    f->done = false;
    err = commit_push(p->settings.commit, &f->job, why);
    f->in_air = err == ERR_NONE;
    if (err == ERR_NONE) *at = f->next;
    return err;
}

// Waits until the batch is on disk, or refused.
static enum err land(struct puller *p, struct flight *f, struct why *why)
{
    if (!f->in_air) return ERR_NONE;
    pthread_mutex_lock(&p->lock);
    while (!f->done) pthread_cond_wait(&p->wake, &p->lock);
    pthread_mutex_unlock(&p->lock);
    f->in_air = false;
    if (f->job.err != ERR_NONE) {
        if (why) *why = f->job.why;
        return f->job.err;
    }
    if (p->conflicts) p->conflicts--;
    buf_clear(&p->checkpoint);
    buf_str_add(&p->checkpoint, f->batch.mirror.checkpoint);
    p->checkpoint_size = f->batch.mirror.size;
    set_place(p, &f->next, f->batch.mirror.count > 0);
    return ERR_NONE;
}

// ---- Cosigning ----

static bool cosign_due(const struct puller *p)
{
    return p->checkpoint_size > p->cosigned_size && clock_monotonic_us() - p->cosigned_us >= COSIGN_EVERY_US;
}

// Returns our cosignature of what is on disk here. That it does not arrive hurts nobody: the next one will.
static void cosign(struct puller *p)
{
    const struct puller_settings *s = &p->settings;
    struct arena arena = ARENA((size_t)4 << 20);
    struct buf line = BUF(4096);
    struct http_reply reply = {0};
    struct note note;
    struct why why = {0};
    enum err err = note_parse(&arena, buf_str(&p->checkpoint), &note, &why);
    struct str url =
        arena_printf(&arena, "%.*s/v1/link/%.*s/cosignature", STR_ARG(s->partner->url), STR_ARG(s->agreement->id));
    if (err == ERR_NONE)
        note_cosign(s->own_party, &s->witness_key, (uint64_t)(clock_now_us() / 1000000), note.text, &line);
    if (err == ERR_NONE && url.p && !line.failed)
        err = http_post(p->http, url.p, "text/plain", buf_str(&line), POST_MS, &reply, &why);
    if (err != ERR_NONE && !stopping(p)) log_why(LOG_INFO, "link", "a cosignature could not be delivered", &why);
    if (err == ERR_NONE && reply.status >= 300)
        log_line(LOG_INFO, "link", "%.*s answers %d to our cosignature", STR_ARG(s->partner->party), reply.status);
    p->cosigned_size = p->checkpoint_size;
    p->cosigned_us = clock_monotonic_us();
    http_reply_free(&reply);
    buf_free(&line);
    arena_free(&arena);
}

// ---- A fork ----

static struct str checkpoint_of(struct arena *arena, struct str note)
{
    return note.p ? arena_str(arena, note) : STR("");
}

// Both checkpoints on record, the alarm told, the link stopped until an operator says otherwise.
static enum err keep_fork(struct puller *p, struct flight *f, const struct why *found, struct why *why)
{
    struct arena *arena = &f->arena;
    struct engine_checkpoint held;
    struct str origin = p->settings.partner->log_key.name, text = str_of(found->text);
    enum err err = witness_seen(p->views, arena, origin, &held, why);
    struct draft *d = draft_new(arena, "link.fork", clock_now_us() / 1000, LABEL_AMBER);
    struct local_write *stop = arena_new(arena, struct local_write), *alarm = link_alarm_write(arena, text);
    if (err == ERR_NONE && (!d || !stop || !alarm)) err = no_memory(why);
    if (err != ERR_NONE) return err;
    draft_put(d, "origin", json_new_text(arena, origin));
    draft_put(d, "held", json_new_text(arena, checkpoint_of(arena, held.note)));
    draft_put(d, "offered", json_new_text(arena, checkpoint_of(arena, f->batch.mirror.checkpoint)));
    *stop = (struct local_write){.next = alarm, .space = STR(LINK_FORK_SPACE), .key = origin, .value = text};
    err = draft_seal(arena, d, why);
    struct job job = {.lane = JOB_LINK, .actor = STR("node"), .drafts = d, .locals = stop};
    return err == ERR_NONE ? commit_wait(p->settings.commit, &job, why) : err;
}

static void on_fork(struct puller *p, struct flight *f, const struct why *found)
{
    struct why why = {0};
    enum err err;
    while ((err = keep_fork(p, f, found, &why)) == ERR_BUSY && !stopping(p)) {
        pause_us(p, BACK_OFF_MIN_US);
        why = (struct why){0};
    }
    if (err != ERR_NONE) log_why(LOG_ERROR, "link", "the evidence of a fork could not be kept", &why);
    link_alarm(p->settings.commit, str_of(found->text));
    set_state(p, LINK_FORK, found->text);
}

// Forked before: stays stopped. An operator may delete the item while we look now and then.
static bool is_stopped(struct puller *p)
{
    struct str text;
    struct why why = {0};
    struct arena arena = ARENA((size_t)64 << 10);
    char detail[200] = "";
    bool stopped = false;
    if (local_get(p->views, &arena, STR(LINK_FORK_SPACE), p->settings.partner->log_key.name, &text, &why) == ERR_NONE)
        stopped = text.p != NULL;
    if (stopped) snprintf(detail, sizeof detail, "%.*s", STR_ARG(text));
    arena_free(&arena);
    if (stopped) set_state(p, LINK_FORK, detail);
    return stopped;
}

// ---- The loop ----

// How long the next request may wait: not at all while there is more, not long while a cosignature is owed.
static int64_t wait_next(const struct puller *p, bool more)
{
    int64_t long_s = p->settings.wait_s > 0 ? p->settings.wait_s : WAIT_S;
    if (more) return 0;
    return p->checkpoint_size > p->cosigned_size ? 1 : long_s;
}

// One turn: asks for the batch after *at, lands the one before, hands this one over. *more: there was something.
static enum err turn(struct puller *p, struct flight *f, struct flight *before, struct place *at, int64_t wait_s,
                     bool *more, struct refusal *r, struct why *why)
{
    bool got;
    struct why sunk = {0};
    enum err err = fetch(p, f, at, wait_s, &got, r, why), landed = land(p, before, &sunk);
    if (landed != ERR_NONE) { // what was just fetched stands on what did not come to be
        f->batch.fork = false;
        *r = (struct refusal){LINK_UNREACHABLE, ERR_NONE};
        if (why) *why = sunk;
        return landed;
    }
    if (err != ERR_NONE) return err;
    set_state(p, LINK_RUNNING, "");
    if (got) err = launch(p, f, at, why);
    *more = got && f->batch.mirror.to >= f->batch.mirror.from;
    if (err == ERR_NONE && (!*more || cosign_due(p))) err = land(p, f, why);
    if (err == ERR_NONE && !f->in_air && cosign_due(p)) cosign(p);
    return err;
}

// Fetches until the partner has nothing more, then waits for something once. ERR_NONE: go on.
static enum err run_on(struct puller *p, struct refusal *r, struct flight **last, struct why *why)
{
    struct place at;
    int64_t wait_s = 0;
    enum err err = place_load(p, &at, why);
    if (err == ERR_NONE) set_place(p, &at, false);
    for (int i = 0; err == ERR_NONE && !stopping(p); i = 1 - i) {
        bool more = false;
        int64_t began = clock_monotonic_us();
        *last = &p->flights[i];
        err = turn(p, *last, &p->flights[1 - i], &at, wait_s, &more, r, why);
        if (err == ERR_NONE && !more && wait_s > 0) {
            // A partner that does not wait as it was asked to is not asked at full speed.
            if (clock_monotonic_us() - began < BACK_OFF_MIN_US) pause_us(p, BACK_OFF_MIN_US);
            return ERR_NONE;
        }
        wait_s = wait_next(p, more);
    }
    return err;
}

static void land_all(struct puller *p)
{
    for (int i = 0; i < 2; i++) {
        struct why why = {0};
        if (land(p, &p->flights[i], &why) != ERR_NONE) log_why(LOG_WARN, "link", "a batch was not taken", &why);
    }
}

// What a failed round means; the microseconds to wait before the next.
static int64_t judge(struct puller *p, enum err err, const struct refusal *r, struct flight *f, const struct why *why,
                     int64_t *back_off)
{
    if (err == ERR_CONFLICT && f->batch.fork) {
        on_fork(p, f, why);
        return BACK_OFF_MAX_US;
    }
    // Another link of the same partner, or add-checkpoint, moved its log on: look again.
    if (err == ERR_CONFLICT && ++p->conflicts < CONFLICTS_MAX) return (int64_t)random_below(CONFLICT_PAUSE_US);
    if (r->err) {
        set_state(p, r->state, why->text);
        if (r->state == LINK_EXPIRED || r->state == LINK_REVOKED) return BACK_OFF_MAX_US;
    } else if (!stopping(p)) {
        set_state(p, LINK_UNREACHABLE, why->text);
    }
    if (err == ERR_UNTRUSTED || err == ERR_MALFORMED) *back_off = BACK_OFF_MAX_US; // it will not mend by itself
    int64_t wait = *back_off / 2 + (int64_t)random_below((uint64_t)*back_off / 2 + 1);
    *back_off = *back_off * 2 > BACK_OFF_MAX_US ? BACK_OFF_MAX_US : *back_off * 2;
    return wait;
}

static bool may_ask(struct puller *p)
{
    struct why why = {0};
    if (is_stopped(p)) return false;
    enum err err = link_allowed(p->views, p->settings.agreement, clock_now_us(), &why);
    if (err == ERR_NONE) return true;
    set_state(p, err == ERR_EXPIRED ? LINK_EXPIRED : err == ERR_FORBIDDEN ? LINK_REVOKED : LINK_UNREACHABLE, why.text);
    return false;
}

static void *run(void *context)
{
    struct puller *p = context;
    int64_t back_off = BACK_OFF_MIN_US;
    while (!stopping(p)) {
        if (!may_ask(p)) {
            pause_us(p, BACK_OFF_MAX_US);
            continue;
        }
        struct refusal refusal = {LINK_UNREACHABLE, ERR_NONE};
        struct flight *last = &p->flights[0];
        struct why why = {0};
        enum err err = run_on(p, &refusal, &last, &why);
        if (err == ERR_NONE)
            back_off = BACK_OFF_MIN_US;
        else
            pause_us(p, judge(p, err, &refusal, last, &why, &back_off));
        land_all(p);
    }
    return NULL;
}

static void puller_free(struct puller *p)
{
    for (int i = 0; i < 2; i++) {
        http_reply_free(&p->flights[i].reply);
        arena_free(&p->flights[i].arena);
    }
    arena_free(&p->place_arena);
    buf_free(&p->checkpoint);
    http_free(p->http);
    views_free(p->views);
    engine_close(p->engine);
    ed25519_wipe(&p->settings.witness_key);
    pthread_cond_destroy(&p->wake);
    pthread_mutex_destroy(&p->lock);
    free(p->database);
    free(p);
}

enum err puller_start(const struct puller_settings *settings, struct puller **out, struct why *why)
{
    struct puller *p = calloc(1, sizeof *p);
    if (!p) return no_memory(why);
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&p->wake, &monotonic);
    pthread_condattr_destroy(&monotonic);
    pthread_mutex_init(&p->lock, NULL);
    p->settings = *settings;
    p->database = strdup(settings->database);
    p->place_arena = ARENA((size_t)4 << 20);
    p->checkpoint = BUF(NOTE_MAX);
    p->state = LINK_WAITING;
    for (int i = 0; i < 2; i++) p->flights[i] = (struct flight){.puller = p, .arena = ARENA(FLIGHT_ARENA)};
    const struct http_settings http = {.certificate = settings->certificate,
                                       .private_key = settings->private_key,
                                       .fingerprint = settings->partner->certificate,
                                       .reply_max = BATCH_BYTES_MAX,
                                       .plain_loopback = settings->plain_loopback};
    enum err err = p->database ? http_new(&http, &p->http, why) : no_memory(why);
    if (err == ERR_NONE) err = engine_sqlite_open_reader(p->database, &p->engine, why);
    if (err == ERR_NONE) err = views_open(p->engine, false, NULL, NULL, &p->views, why);
    if (err == ERR_NONE && pthread_create(&p->thread, NULL, run, p) != 0)
        err = why_set(why, ERR_NO_MEMORY, "", "the link's thread cannot start");
    if (err == ERR_NONE)
        *out = p;
    else
        puller_free(p);
    return err;
}

void puller_stop(struct puller *p)
{
    if (!p) return;
    pthread_mutex_lock(&p->lock);
    p->stop = true;
    pthread_cond_broadcast(&p->wake);
    pthread_mutex_unlock(&p->lock);
    http_abort(p->http);
    pthread_join(p->thread, NULL);
    puller_free(p);
}
