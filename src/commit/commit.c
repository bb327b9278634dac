// SPDX-License-Identifier: Apache-2.0
#include "commit/commit.h"

#include "base/clock.h"
#include "base/log.h"
#include "commit/writer.h"
#include "ledger/engine_sqlite.h"
#include "views/local.h"
#include "views/report.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#define SLICE_ARENA ((size_t)512 << 20)
#define SLICE_WEIGHT 4000 // statements of one slice, at most
#define SLICE_LEAST 200   // and what may always be taken, two batches
#define SLICE_LONG_US 20000
#define LEARN_LEAST 50 // a smaller slice says little of what a statement costs
#define EVENTS_KEPT 4096
#define IDLE_US 1000000
#define DAY_US ((int64_t)86400 * 1000000)
#define FORGET_EVERY_US (DAY_US / 24)

// What may wait in each lane, in statements: devices, people, links, bulk.
static const size_t bounds[QUEUE_LANES] = {20000, 20000, 20000, 20000};

struct commit {
    struct commit_settings settings;
    struct writer w;
    struct queue *queue;
    struct engine_checkpointer *checkpointer;
    pthread_t thread;
    _Atomic bool started;
    bool more;        // feeds or sweeps go on without a job
    int64_t next_due; // node time of the next timer
    int64_t forgot;   // when old local items were last forgotten
    double apply_us;  // what a statement costs to apply, of late; 0: not known yet
    double commit_us; // and a commit

    pthread_mutex_t lock; // guards the reload and the published figures
    pthread_cond_t reloaded;
    bool reload;
    struct commit_policy next;
    struct commit_figures published;
};

static void say_progress(void *context, int64_t done, int64_t all)
{
    (void)context;
    log_line(LOG_INFO, "views", "rebuilding: %lld of %lld statements", (long long)done, (long long)all);
}

// The last commit time of our own log: `in` goes on from there whatever the clock says.
static enum err read_last_in(struct writer *w, struct why *why)
{
    uint64_t next;
    int64_t pos;
    struct stored stored;
    struct header header;
    enum err err = engine_next_index(w->engine, ENGINE_OWN, &next, why);
    if (err != ERR_NONE || next == 0) return err;
    err = engine_find(w->engine, ENGINE_OWN, next - 1, &pos, why);
    if (err == ERR_NONE) err = engine_get(w->engine, &w->arena, pos, &stored, why);
    if (err == ERR_NONE) err = header_parse(&w->arena, stored.header, &header, why);
    if (err == ERR_NONE) w->last_in = header.in_us;
    return err;
}

// This node's own log has number 1, whatever partners it meets later.
static enum err claim_origin(struct writer *w, struct str party, struct why *why)
{
    uint32_t number;
    enum err err = engine_begin(w->engine, why);
    if (err != ERR_NONE) return err;
    err = engine_origin(w->engine, party, true, &number, why);
    if (err == ERR_NONE && number != ENGINE_OWN)
        err = why_set(why, ERR_CONFLICT, "party", "this store belongs to another party than %.*s", STR_ARG(party));
    if (err == ERR_NONE) return engine_commit(w->engine, why);
    engine_rollback(w->engine);
    return err;
}

static void slice_reset(struct writer *w)
{
    arena_reset(&w->arena);
    w->touched = (struct touched){.arena = &w->arena, .max = TOUCHED_MAX};
    w->fresh = NULL;
    w->fresh_end = &w->fresh;
    w->follow = NULL;
    w->follow_end = &w->follow;
    w->first_pos = 0;
    w->decided = NULL;
    w->ndecided = w->room_decided = 0;
    w->told = NULL;
    w->told_end = &w->told;
    w->ntold = 0;
}

enum err commit_open(const struct commit_settings *settings, struct commit **out, struct why *why)
{
    struct commit *c = calloc(1, sizeof *c);
    if (!c) return why_set(why, ERR_NO_MEMORY, "", "no memory to start");
    c->settings = *settings;
    if (!c->settings.slice_us) c->settings.slice_us = 5000;
    struct writer *w = &c->w;
    w->settings = &c->settings;
    w->rules = settings->rules;
    w->plans = settings->plans;
    w->nplans = settings->nplans;
    w->triggers = settings->triggers;
    w->arena = ARENA(SLICE_ARENA);
    pthread_mutex_init(&c->lock, NULL);
    pthread_cond_init(&c->reloaded, NULL);
    slice_reset(w);
    c->queue = w->queue = queue_new(bounds);
    w->events = events_new(EVENTS_KEPT);
    enum err err = c->queue && w->events ? ERR_NONE : why_set(why, ERR_NO_MEMORY, "", "no memory to start");
    if (err == ERR_NONE) err = engine_sqlite_open(settings->database, &w->engine, why);
    if (err == ERR_NONE) err = claim_origin(w, settings->party, why);
    if (err == ERR_NONE) err = views_open(w->engine, true, say_progress, NULL, &w->views, why);
    if (err == ERR_NONE) err = tlog_open(w->engine, settings->party, &settings->key, &w->tlog, why);
    if (err == ERR_NONE) err = read_last_in(w, why);
    if (err == ERR_NONE) err = standing_resume(w, why);
    if (err == ERR_NONE) err = engine_checkpointer_start(w->engine, settings->database, &c->checkpointer, why);
    w->figures.healthy = c->published.healthy = true;
    c->more = true;
    if (err == ERR_NONE)
        *out = c;
    else
        commit_close(c);
    return err;
}

// ---- A slice ----

static struct job *job_of(struct queue_item *item)
{
    return (struct job *)item; // first member
}

static void answer(struct queue_item *items, enum err err, const struct why *why)
{
    for (struct queue_item *next; items; items = next) {
        struct job *job = job_of(items);
        next = items->next;
        if (job->err == ERR_NONE && err != ERR_NONE) {
            job->err = err;
            job->why = *why;
        }
        job->done(job);
    }
}

// A refused job only takes back the sweeps that it began; after a failure of the store all of them start over, for it
// cannot be told how far they came.
static enum err take_back(struct writer *w, struct sweep *before, bool refused, struct why *why)
{
    engine_rollback(w->engine);
    slice_reset(w);
    while (refused && w->sweeps != before) {
        struct sweep *begun = w->sweeps;
        w->sweeps = begun->next;
        begun->next = NULL;
        sweep_free(begun);
    }
    enum err err = tlog_rolled_back(w->tlog, why);
    return err == ERR_NONE && !refused ? standing_resume(w, why) : err;
}

// Local items that outlive their use: answers to repeated requests, and the names of files that were read.
static enum err forget_old(struct commit *c, struct why *why)
{
    static const struct {
        const char *space;
        int64_t days;
    } kept[] = {{"idempotency", 7}, {"file", 30}};
    int64_t now = clock_now_us();
    enum err err = ERR_NONE;
    if (c->forgot && now - c->forgot < FORGET_EVERY_US) return ERR_NONE;
    for (size_t i = 0; i < sizeof kept / sizeof *kept && err == ERR_NONE; i++)
        err = local_expire(c->w.views, str_of(kept[i].space), now - kept[i].days * DAY_US, why);
    c->forgot = now;
    return err;
}

// What follows from the jobs: decisions, feeds, timers, what is past its use.
static enum err finish(struct commit *c, int64_t *next_due, bool *more, struct why *why)
{
    struct writer *w = &c->w;
    int64_t deadline = clock_monotonic_us() + c->settings.slice_us;
    enum err err = redecide_due(w, next_due, why);
    if (err == ERR_NONE) err = redecide_pending(w, deadline, why);
    if (err == ERR_NONE) err = feeds_follow(w, more, why);
    if (err == ERR_NONE) err = forget_old(c, why);
    *more |= w->sweeps != NULL;
    return err;
}

// How much the next slice takes, so that it lasts slice_us, or four times the commit that ends it where the disk is
// slow: at most a fifth of the time is spent on waiting for the disk, and nobody waits long behind a full queue.
static size_t slice_weight(const struct commit *c)
{
    if (c->apply_us <= 0) return SLICE_LEAST;
    double span = 4 * c->commit_us > (double)c->settings.slice_us ? 4 * c->commit_us : (double)c->settings.slice_us;
    double weight = (span < SLICE_LONG_US ? span : SLICE_LONG_US) / c->apply_us;
    if (weight < SLICE_LEAST) return SLICE_LEAST;
    return weight < SLICE_WEIGHT ? (size_t)weight : SLICE_WEIGHT;
}

// A moving average over some eight slices.
static void learn(double *average, double value)
{
    *average += *average > 0 ? (value - *average) / 8 : value;
}

static void learn_costs(struct commit *c, const struct queue_item *items, int64_t apply_us, int64_t commit_us)
{
    size_t weight = 0;
    for (const struct queue_item *i = items; i; i = i->next) weight += i->weight;
    if (weight >= LEARN_LEAST) learn(&c->apply_us, (double)apply_us / (double)weight);
    learn(&c->commit_us, (double)commit_us);
}

static enum err run_slice(struct commit *c, struct queue_item *items, struct queue_item **bad, struct why *why)
{
    struct writer *w = &c->w;
    struct sweep *before = w->sweeps;
    slice_reset(w);
    *bad = NULL;
    int64_t began = clock_monotonic_us();
    enum err err = engine_begin(w->engine, why);
    for (struct queue_item *i = items; i && err == ERR_NONE; i = i->next) {
        err = writer_apply(w, job_of(i), why);
        if (err != ERR_NONE) *bad = i;
    }
    int64_t next_due = c->next_due, finishing = clock_monotonic_us();
    bool more = c->more;
    if (err == ERR_NONE) err = finish(c, &next_due, &more, why);
    if (err == ERR_NONE) err = tlog_seal(w->tlog, why);
    int64_t committing = clock_monotonic_us();
    if (err == ERR_NONE) err = engine_commit(w->engine, why);
    if (err == ERR_NONE) {
        // What a sweep did besides is not the jobs' cost.
        learn_costs(c, items, (before ? finishing : committing) - began, clock_monotonic_us() - committing);
        c->next_due = next_due;
        c->more = more;
        w->figures.slices++;
        return ERR_NONE;
    }
    struct why again = {0};
    if (take_back(w, before, *bad != NULL, &again) != ERR_NONE)
        log_why(LOG_ERROR, "commit", "reading the log again after a failure", &again);
    return err;
}

// One job is refused, the others must not suffer: they run again without it.
static struct queue_item *without(struct queue_item *items, struct queue_item *bad)
{
    struct queue_item **at = &items;
    while (*at != bad) at = &(*at)->next;
    *at = bad->next;
    bad->next = NULL;
    return items;
}

static void run_jobs(struct commit *c, struct queue_item *items)
{
    struct writer *w = &c->w;
    for (;;) {
        struct why why = {0};
        struct queue_item *bad;
        int64_t began = clock_monotonic_us();
        enum err err = run_slice(c, items, &bad, &why);
        int64_t took = clock_monotonic_us() - began;
        if (took > w->figures.slice_max_us) w->figures.slice_max_us = took;
        if (err == ERR_NONE) {
            w->figures.healthy = true;
            for (struct queue_item *i = items; i; i = i->next) w->figures.jobs++;
            answer(items, ERR_NONE, &why);
            tell_slice(w);
            return;
        }
        if (!bad || err == ERR_STORE) {
            w->figures.healthy = false;
            log_why(LOG_ERROR, "commit", "a slice failed", &why);
            answer(items, err, &why);
            return;
        }
        w->figures.refused++;
        items = without(items, bad);
        answer(bad, err, &why);
        if (!items) return;
    }
}

// ---- The loop ----

static void policy_take(struct writer *w, const struct commit_policy *policy)
{
    w->rules = policy->rules;
    w->triggers = policy->triggers;
    w->plans = policy->plans;
    w->nplans = policy->nplans;
    w->feed = policy->feed;
}

static void publish(struct commit *c)
{
    pthread_mutex_lock(&c->lock);
    c->published = c->w.figures;
    if (c->reload) {
        policy_take(&c->w, &c->next);
        c->reload = false;
        c->more = true;
        pthread_cond_broadcast(&c->reloaded);
    }
    pthread_mutex_unlock(&c->lock);
}

static int64_t wait_until(const struct commit *c)
{
    int64_t now = clock_monotonic_us();
    if (c->more) return now;
    int64_t until = now + IDLE_US;
    if (c->next_due == INT64_MAX) return until;
    int64_t span = clock_wall_span_us(c->next_due - clock_now_us());
    return span < IDLE_US ? now + (span > 0 ? span : 0) : until;
}

bool commit_step(struct commit *c)
{
    publish(c);
    struct queue_item *items = queue_take(c->queue, slice_weight(c), c->started ? wait_until(c) : clock_monotonic_us());
    if (items) {
        run_jobs(c, items);
        return true;
    }
    if (!c->more && c->next_due > clock_now_us()) return false;
    bool was_more = c->more;
    run_jobs(c, NULL);
    return was_more || c->w.first_pos != 0;
}

static void *run(void *context)
{
    struct commit *c = context;
    for (;;) {
        bool did = commit_step(c);
        pthread_mutex_lock(&c->lock);
        bool stop = !c->started;
        pthread_mutex_unlock(&c->lock);
        if (stop && !did) return NULL;
    }
}

enum err commit_start(struct commit *c, struct why *why)
{
    c->started = true;
    if (pthread_create(&c->thread, NULL, run, c) == 0) return ERR_NONE;
    c->started = false;
    return why_set(why, ERR_NO_MEMORY, "", "the commit thread cannot start");
}

void commit_close(struct commit *c)
{
    if (!c) return;
    if (c->queue) queue_close(c->queue);
    if (c->started) {
        pthread_mutex_lock(&c->lock);
        c->started = false;
        pthread_mutex_unlock(&c->lock);
        queue_wake(c->queue);
        pthread_join(c->thread, NULL);
    }
    engine_checkpointer_stop(c->checkpointer);
    sweep_free(c->w.sweeps);
    tlog_free(c->w.tlog);
    views_free(c->w.views);
    engine_close(c->w.engine);
    events_free(c->w.events);
    queue_free(c->queue);
    arena_free(&c->w.arena);
    pthread_cond_destroy(&c->reloaded);
    pthread_mutex_destroy(&c->lock);
    free(c);
}

static size_t weight_of(const struct job *job)
{
    size_t n = 1;
    for (const struct draft *d = job->drafts; d; d = d->next) n++;
    return n + (job->mirror ? job->mirror->count : 0);
}

enum err commit_push(struct commit *c, struct job *job, struct why *why)
{
    job->item.weight = weight_of(job);
    job->err = ERR_NONE;
    job->why = (struct why){0};
    if (queue_push(c->queue, (int)job->lane, &job->item)) return ERR_NONE;
    return why_set(why, ERR_BUSY, "", "too much is waiting to be stored; try again in a second");
}

struct waiter {
    pthread_mutex_t lock;
    pthread_cond_t done;
    bool is_done;
};

static void wake_waiter(struct job *job)
{
    struct waiter *waiter = job->context;
    pthread_mutex_lock(&waiter->lock);
    waiter->is_done = true;
    pthread_cond_signal(&waiter->done);
    pthread_mutex_unlock(&waiter->lock);
}

enum err commit_wait(struct commit *c, struct job *job, struct why *why)
{
    struct waiter waiter = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false};
    job->done = wake_waiter;
    job->context = &waiter;
    enum err err = commit_push(c, job, why);
    if (err != ERR_NONE) return err;
    while (!c->started && !waiter.is_done) commit_step(c);
    pthread_mutex_lock(&waiter.lock);
    while (!waiter.is_done) pthread_cond_wait(&waiter.done, &waiter.lock);
    pthread_mutex_unlock(&waiter.lock);
    if (job->err != ERR_NONE && why) *why = job->why;
    return job->err;
}

void commit_reload(struct commit *c, const struct commit_policy *policy)
{
    pthread_mutex_lock(&c->lock);
    c->next = *policy;
    c->reload = true;
    if (!c->started) {
        pthread_mutex_unlock(&c->lock);
        publish(c);
        return;
    }
    queue_wake(c->queue);
    while (c->reload) pthread_cond_wait(&c->reloaded, &c->lock);
    pthread_mutex_unlock(&c->lock);
}

struct events *commit_events(struct commit *c)
{
    return c->w.events;
}

void commit_figures(struct commit *c, struct commit_figures *out)
{
    pthread_mutex_lock(&c->lock);
    *out = c->published;
    pthread_mutex_unlock(&c->lock);
    for (int i = 0; i < QUEUE_LANES; i++) out->waiting[i] = queue_waiting(c->queue, i);
    char name[4096];
    struct stat st;
    snprintf(name, sizeof name, "%s-wal", c->settings.database);
    out->wal_bytes = stat(name, &st) == 0 ? (int64_t)st.st_size : 0;
}
