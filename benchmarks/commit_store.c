// SPDX-License-Identifier: Apache-2.0
#include "commit_store.h"

#include "base/clock.h"
#include "figures.h"
#include "node/keys.h"

#include <glob.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define JOB_ARENA ((size_t)16 << 20)
#define BATCH 100
#define SMALL_BODY 60

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

// The first file that the pattern names.
static struct str read_only_file(struct arena *arena, const char *folder, const char *pattern)
{
    char name[4096];
    glob_t found;
    snprintf(name, sizeof name, "%s/%s", folder, pattern);
    if (glob(name, 0, NULL, &found) != 0 || found.gl_pathc < 1) {
        fprintf(stderr, "there is no %s\n", name);
        exit(1);
    }
    struct str text = read_file(arena, found.gl_pathv[0]);
    globfree(&found);
    return text;
}

void store_open(struct store *s, const char *folder, const char *party)
{
    struct why why = {0};
    struct note_key key;
    char name[4096];
    *s = (struct store){.arena = ARENA((size_t)16 << 20)};
    snprintf(s->database, sizeof s->database, "%s/store.db", folder);
    snprintf(name, sizeof name, "%s/keys/log.key", folder);
    s->settings = (struct commit_settings){.database = s->database, .party = str_of(party), .build = "bench"};
    must(keys_secret_read(&s->arena, name, &key, &s->settings.key, &why), &why, name);
    must(rules_read(&s->arena, read_only_file(&s->arena, folder, "rules/*.yaml"), &s->settings.rules, &why), &why,
         "rules");
    must(triggers_read(&s->arena, read_only_file(&s->arena, folder, "triggers/*.yaml"), &s->settings.triggers, &why),
         &why, "triggers");
    must(commit_open(&s->settings, &s->commit, &why), &why, s->database);
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

static struct json *parsed(struct arena *arena, struct str text)
{
    struct why why = {0};
    struct json *json = json_parse(arena, text, &why);
    must(json ? ERR_NONE : why.err, &why, text.p);
    return json;
}

static struct draft *drafted(struct arena *arena, const char *kind, struct str members)
{
    struct draft *draft = draft_new(arena, kind, clock_now_us() / 1000, LABEL_AMBER);
    if (!draft) abort();
    draft->members = parsed(arena, members);
    return draft;
}

static struct draft *crossing_new(struct arena *arena, uint64_t n)
{
    char eta[TIME_TEXT_ROOM];
    time_text_ms(clock_now_us() / 1000 + 86400000 + (int64_t)n, eta);
    struct draft *draft =
        drafted(arena, "crossing",
                arena_printf(arena,
                             "{\"crossing\":{\"port\":\"us.schedule-d=2304\",\"direction\":\"northbound\","
                             "\"eta\":\"%s\",\"empty\":false}}",
                             eta));
    draft_about(arena, draft, NOUN_CROSSING, STR("us.ace.trip"), consignment_name(arena, n));
    draft_about(arena, draft, NOUN_CARRIER, STR("us.scac"), STR("BNCH"));
    draft_about(arena, draft, NOUN_CONSIGNMENT, STR(CONSIGNMENT_SCHEME), consignment_name(arena, n));
    return draft;
}

static struct draft *manifest_new(struct arena *arena, uint64_t n)
{
    struct str name = consignment_name(arena, n);
    struct draft *draft = drafted(
        arena, "document",
        arena_printf(arena,
                     "{\"document\":{\"type\":\"e-manifest\",\"number\":\"%.*s\"},\"facts\":{\"gross_kg\":21500}}",
                     STR_ARG(name)));
    draft_about(arena, draft, NOUN_DOCUMENT, STR("us.ace.trip"), name);
    draft_about(arena, draft, NOUN_CONSIGNMENT, STR(CONSIGNMENT_SCHEME), name);
    return draft;
}

static void push_one_kind(struct flight *flight, uint64_t from, uint64_t to, struct str filer,
                          struct draft *(*make)(struct arena *arena, uint64_t n))
{
    struct arena *arena;
    struct why why = {0};
    struct job *job = flight_take(flight, &arena);
    struct draft **end = &job->drafts;
    job->path.filer = filer;
    for (uint64_t n = from; n < to; n++, end = &(*end)->next) {
        *end = make(arena, n);
        must(draft_seal(arena, *end, &why), &why, "sealing a draft");
    }
    flight_push(flight, job);
}

void fill_crossings(struct store *store, uint64_t count, uint64_t leaning)
{
    struct flight *flight = flight_new(store, 20);
    for (uint64_t n = 0; n < count; n += BATCH) {
        uint64_t to = n + BATCH < count ? n + BATCH : count;
        push_one_kind(flight, n, to, STR(FILER_ALL), crossing_new);
        push_one_kind(flight, n, to, n < leaning ? STR(FILER_ONE) : STR(FILER_ALL), manifest_new);
        if (to % 25000 == 0) progress("  %llu of %llu crossings", (unsigned long long)to, (unsigned long long)count);
    }
    flight_land(flight);
}
