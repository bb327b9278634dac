// SPDX-License-Identifier: Apache-2.0
#include "commit_store.h"

#include "base/clock.h"
#include "figures.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define JOB_ARENA ((size_t)16 << 20)
#define BATCH 100
#define SMALL_BODY 60

static const char rules[] = "examples/corridor/rules/corridor.yaml";
static const char triggers[] = "examples/corridor/triggers/us.cbp.yaml";

static struct str read_file(struct arena *arena, const char *name)
{
    FILE *file = fopen(name, "re");
    if (!file) {
        perror(name);
        exit(1);
    }
    char *text = arena_alloc(arena, (size_t)1 << 20);
    size_t n = fread(text, 1, (size_t)1 << 20, file);
    fclose(file);
    return (struct str){text, n};
}

void store_open(struct store *s, const char *database, const char *party, const struct ed25519_key *key)
{
    static const uint8_t seed[ED25519_SEED] = "a fixed key for measuring alone";
    struct why why = {0};
    *s = (struct store){.arena = ARENA((size_t)16 << 20)};
    s->settings = (struct commit_settings){.database = database, .party = str_of(party), .build = "bench"};
    if (key)
        s->settings.key = *key;
    else
        ed25519_from_seed(seed, &s->settings.key);
    must(rules_read(&s->arena, read_file(&s->arena, rules), &s->settings.rules, &why), &why, rules);
    must(triggers_read(&s->arena, read_file(&s->arena, triggers), &s->settings.triggers, &why), &why, triggers);
    must(commit_open(&s->settings, &s->commit, &why), &why, database);
    must(commit_start(s->commit, &why), &why, "start");
}

void store_close(struct store *s)
{
    commit_close(s->commit);
    arena_free(&s->arena);
}

struct str consignment_name(struct arena *arena, uint64_t n)
{
    return arena_printf(arena, "BNCH%010llu", (unsigned long long)n);
}

struct draft *fact_new(struct arena *arena, uint64_t n, size_t bytes)
{
    struct why why = {0};
    struct draft *draft = draft_new(arena, "bench.fact", clock_now_us() / 1000, LABEL_AMBER);
    // ["<22 of salt>","note","…"]
    size_t frame = sizeof "[\"\",\"note\",\"\"]" - 1 + 22, length = bytes > frame ? bytes - frame : 1;
    char *text = arena_alloc(arena, length);
    if (!draft || !text) abort();
    memset(text, 'x', length);
    draft_put(draft, "note", json_new_text(arena, (struct str){text, length}));
    if (n != UINT64_MAX)
        draft_about(arena, draft, NOUN_CONSIGNMENT, STR(CONSIGNMENT_SCHEME), consignment_name(arena, n));
    must(draft_seal(arena, draft, &why), &why, "sealing a draft");
    return draft;
}

struct slot {
    struct job job; // first
    struct arena arena;
    struct flight *flight;
    struct slot *next;
};

struct flight {
    struct store *store;
    struct slot *slots, *unused;
    size_t count, out;
    pthread_mutex_t lock;
    pthread_cond_t back;
};

struct flight *flight_new(struct store *store, size_t jobs)
{
    struct flight *f = calloc(1, sizeof *f);
    if (!f || !(f->slots = calloc(jobs, sizeof *f->slots))) abort();
    f->store = store;
    f->count = jobs;
    pthread_mutex_init(&f->lock, NULL);
    pthread_cond_init(&f->back, NULL);
    for (size_t i = 0; i < jobs; i++) {
        f->slots[i] = (struct slot){.arena = ARENA(JOB_ARENA), .flight = f, .next = f->unused};
        f->unused = &f->slots[i];
    }
    return f;
}

static void came_back(struct job *job)
{
    struct slot *slot = (struct slot *)job;
    struct flight *f = slot->flight;
    must(job->err, &job->why, "a job");
    pthread_mutex_lock(&f->lock);
    slot->next = f->unused;
    f->unused = slot;
    f->out--;
    pthread_cond_signal(&f->back);
    pthread_mutex_unlock(&f->lock);
}

struct job *flight_take(struct flight *f, struct arena **arena)
{
    pthread_mutex_lock(&f->lock);
    while (!f->unused) pthread_cond_wait(&f->back, &f->lock);
    struct slot *slot = f->unused;
    f->unused = slot->next;
    f->out++;
    pthread_mutex_unlock(&f->lock);
    arena_reset(&slot->arena);
    slot->job = (struct job){.lane = JOB_BULK, .actor = STR("party:bench"), .done = came_back};
    slot->job.path = (struct channel_path){.door = STR("https"), .party = STR("bench")};
    *arena = &slot->arena;
    return &slot->job;
}

void flight_push(struct flight *f, struct job *job)
{
    struct why why = {0};
    enum err err;
    while ((err = commit_push(f->store->commit, job, &why)) == ERR_BUSY) usleep(1000);
    must(err, &why, "push");
}

void flight_land(struct flight *f)
{
    pthread_mutex_lock(&f->lock);
    while (f->out) pthread_cond_wait(&f->back, &f->lock);
    pthread_mutex_unlock(&f->lock);
    for (size_t i = 0; i < f->count; i++) arena_free(&f->slots[i].arena);
    pthread_cond_destroy(&f->back);
    pthread_mutex_destroy(&f->lock);
    free(f->slots);
    free(f);
}

static void fill(struct store *store, uint64_t from, uint64_t to, bool about, const char *what)
{
    struct flight *flight = flight_new(store, 40);
    for (uint64_t n = from; n < to;) {
        struct arena *arena;
        struct job *job = flight_take(flight, &arena);
        struct draft **end = &job->drafts;
        for (int i = 0; i < BATCH && n < to; i++, n++, end = &(*end)->next)
            *end = fact_new(arena, about ? n : UINT64_MAX, SMALL_BODY);
        flight_push(flight, job);
        if (n % 250000 == 0) progress("  %llu of %llu %s", (unsigned long long)n, (unsigned long long)to, what);
    }
    flight_land(flight);
}

void fill_consignments(struct store *store, uint64_t from, uint64_t to)
{
    fill(store, from, to, true, "consignments");
}

void fill_statements(struct store *store, uint64_t count)
{
    fill(store, 0, count, false, "statements");
}
