// SPDX-License-Identifier: Apache-2.0
#include "serve/serve.h"

#include "base/clock.h"
#include "base/text.h"
#include "ledger/engine_sqlite.h"
#include "serve/devices.h"
#include "serve/errand.h"
#include "serve/folder.h"
#include "serve/https.h"
#include "serve/inside.h"
#include "serve/page.h"
#include "serve/registry.h"

#include <stdlib.h>
#include <unistd.h>

#define ERRAND_THREADS 2
#define ERRANDS_MAX 64

// ---- Reading handles ----

struct views *reader_take(struct serve *serve, struct why *why)
{
    struct views *views = NULL;
    struct engine *engine = NULL;
    pthread_mutex_lock(&serve->readers_lock);
    if (serve->nreaders) views = serve->readers[--serve->nreaders];
    pthread_mutex_unlock(&serve->readers_lock);
    if (views) return views;
    if (engine_sqlite_open_reader(serve->settings.database, &engine, why) != ERR_NONE) return NULL;
    if (views_open(engine, false, NULL, NULL, &views, why) == ERR_NONE) return views;
    engine_close(engine);
    return NULL;
}

static void reader_close(struct views *views)
{
    struct engine *engine = views_engine(views);
    views_free(views);
    engine_close(engine);
}

void reader_give(struct serve *serve, struct views *views)
{
    if (!views) return;
    pthread_mutex_lock(&serve->readers_lock);
    bool kept = serve->nreaders < READERS_MAX;
    if (kept) serve->readers[serve->nreaders++] = views;
    pthread_mutex_unlock(&serve->readers_lock);
    if (!kept) reader_close(views);
}

// ---- Evidence ----

#define MINUTE_US 60000000

bool evidence_allowed(struct serve *serve)
{
    int64_t now = clock_monotonic_us();
    pthread_mutex_lock(&serve->evidence_lock);
    if (now - serve->evidence_since_us >= MINUTE_US) {
        serve->evidence_since_us = now;
        serve->evidence_kept = 0;
    }
    bool allowed = serve->evidence_kept < serve->settings.limits.rejected_per_minute;
    if (allowed) serve->evidence_kept++;
    pthread_mutex_unlock(&serve->evidence_lock);
    count_add(&serve->counters, allowed ? COUNT_EVIDENCE : COUNT_EVIDENCE_DROPPED, 1);
    return allowed;
}

// A reason quotes what it is about, and that may be no text at all.
static struct str mended(struct arena *arena, const char *text)
{
    struct str copy = arena_str(arena, str_of(text));
    for (size_t i = 0; i < copy.n; i++)
        if (copy.p[i] < 0x20 || copy.p[i] > 0x7e) ((char *)(uintptr_t)copy.p)[i] = '?';
    return copy;
}

struct draft *evidence_draft(struct arena *arena, const char *door, const struct why *why, struct str raw)
{
    struct draft *draft = draft_new(arena, "evidence.rejected", clock_now_us() / 1000, LABEL_AMBER);
    if (!draft) return NULL;
    struct str kept = {raw.p, raw.n < EVIDENCE_RAW_MAX ? raw.n : EVIDENCE_RAW_MAX};
    draft_put(draft, "door", json_new_text(arena, str_of(door)));
    draft_put(draft, "reason", json_new_text(arena, mended(arena, why->text)));
    draft_put(draft, "raw", json_new_text(arena, kept.n ? hex_text(arena, kept) : STR("")));
    draft_put(draft, "bytes", json_new_number(arena, (double)raw.n));
    return arena->failed ? NULL : draft;
}

// ---- Life ----

#define OR_DEFAULT(field, value)                                                                                       \
    if (!limits->field) limits->field = (value)

static void fill_limits(struct serve_limits *limits)
{
    OR_DEFAULT(connections, 1024);
    OR_DEFAULT(connections_per_ip, 256);
    OR_DEFAULT(handshakes_per_s, 400);
    OR_DEFAULT(idle_s, 30);
    OR_DEFAULT(request_s, 60);
    OR_DEFAULT(statements_bytes, (size_t)1 << 20);
    OR_DEFAULT(file_bytes, (size_t)4 << 20);
    OR_DEFAULT(memory, (size_t)256 << 20);
    OR_DEFAULT(streams, 256);
    OR_DEFAULT(token_failures, 20);
    OR_DEFAULT(devices, 4096);
    OR_DEFAULT(devices_per_ip, 1024);
    OR_DEFAULT(device_idle_s, 900);
    OR_DEFAULT(rejected_per_minute, 600);
}

static enum err check_settings(const struct serve_settings *s, struct why *why)
{
    if (!s->commit) return why_set(why, ERR_USAGE, "commit", "serving needs a running commit");
    if (!s->database) return why_set(why, ERR_USAGE, "database", "serving needs the database's path");
    if (!s->identifiers) return why_set(why, ERR_USAGE, "identifiers", "serving needs the identifier schemes");
    if (!origin_valid(s->party)) return why_set(why, ERR_USAGE, "party", "the party has no valid name");
    return ERR_NONE;
}

static enum err open_doors(struct serve *serve, struct why *why)
{
    const struct serve_settings *s = &serve->settings;
    enum err err = registry_read(s->devices, &serve->registry, why);
    if (err == ERR_NONE) err = page_load(s->page_dir, &serve->page, why);
    if (err == ERR_NONE) err = errands_start(ERRAND_THREADS, ERRANDS_MAX, &serve->errands, why);
    if (err == ERR_NONE && s->https_address) err = https_start(serve, &serve->https, why);
    if (err == ERR_NONE && s->devices_address) err = devices_start(serve, &serve->devices, why);
    if (err == ERR_NONE && s->folder) err = folder_start(serve, &serve->folder, why);
    if (err == ERR_NONE && serve->https) events_listen(commit_events(s->commit), https_ring, serve->https);
    return err;
}

// Readers come without a pause under load; new settings must not wait for one.
static void lock_init(pthread_rwlock_t *lock)
{
    pthread_rwlockattr_t attributes;
    pthread_rwlockattr_init(&attributes);
    pthread_rwlockattr_setkind_np(&attributes, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
    pthread_rwlock_init(lock, &attributes);
    pthread_rwlockattr_destroy(&attributes);
}

enum err serve_start(const struct serve_settings *settings, struct serve **out, struct why *why)
{
    enum err err = check_settings(settings, why);
    if (err != ERR_NONE) return err;
    struct serve *serve = calloc(1, sizeof *serve);
    if (!serve) return why_set(why, ERR_NO_MEMORY, "", "no memory for the doors");
    serve->settings = *settings;
    fill_limits(&serve->settings.limits);
    lock_init(&serve->lock);
    pthread_mutex_init(&serve->readers_lock, NULL);
    pthread_mutex_init(&serve->evidence_lock, NULL);
    token_tries_init(&serve->tries);
    serve->evidence_since_us = clock_monotonic_us();
    // Whoever comes in while the other doors are still being opened waits until all are.
    pthread_rwlock_wrlock(&serve->lock);
    err = open_doors(serve, why);
    pthread_rwlock_unlock(&serve->lock);
    if (err != ERR_NONE) {
        serve_stop(serve);
        return err;
    }
    *out = serve;
    return ERR_NONE;
}

// The ring calls its listener outside its lock: once commit has stored one more (empty) job, it is past any call that
// it was in.
static void unlisten(struct serve *serve)
{
    struct why why = {0};
    events_listen(commit_events(serve->settings.commit), NULL, NULL);
    for (int i = 0; i < 1000; i++) {
        struct job nothing = {.lane = JOB_PEOPLE, .actor = STR("node")};
        if (commit_wait(serve->settings.commit, &nothing, &why) != ERR_BUSY) return;
        usleep(1000);
    }
}

void serve_stop(struct serve *serve)
{
    if (!serve) return;
    if (serve->https) unlisten(serve);
    https_stop(serve->https);
    devices_stop(serve->devices);
    folder_stop(serve->folder);
    errands_stop(serve->errands);
    while (serve->nreaders) reader_close(serve->readers[--serve->nreaders]);
    registry_free(serve->registry);
    page_free(serve->page);
    token_tries_free(&serve->tries);
    pthread_mutex_destroy(&serve->evidence_lock);
    pthread_mutex_destroy(&serve->readers_lock);
    pthread_rwlock_destroy(&serve->lock);
    free(serve);
}

enum err serve_reload(struct serve *serve, const struct serve_settings *new, struct why *why)
{
    struct registry *registry = NULL;
    struct page *page = NULL;
    enum err err = registry_read(new->devices, &registry, why);
    if (err == ERR_NONE) err = page_load(new->page_dir, &page, why);
    if (err != ERR_NONE) {
        registry_free(registry);
        return err;
    }
    pthread_rwlock_wrlock(&serve->lock);
    struct registry *old_registry = serve->registry;
    struct page *old_page = serve->page;
    struct serve_settings *s = &serve->settings;
    serve->registry = registry;
    serve->page = page;
    s->parties = new->parties;
    s->nparties = new->nparties;
    s->agreements = new->agreements;
    s->partners = new->partners;
    s->npartners = new->npartners;
    s->pullers = new->pullers;
    s->npullers = new->npullers;
    s->trust = new->trust;
    s->rules_hash = new->rules_hash;
    s->rules_unsigned = new->rules_unsigned;
    s->rules_signed_by = new->rules_signed_by;
    s->nrules_signed_by = new->nrules_signed_by;
    s->page_dir = new->page_dir;
    s->devices = new->devices;
    pthread_rwlock_unlock(&serve->lock);
    registry_free(old_registry);
    page_free(old_page);
    return ERR_NONE;
}

uint16_t serve_https_port(const struct serve *serve)
{
    return https_port(serve->https);
}

uint16_t serve_devices_port(const struct serve *serve)
{
    return devices_port(serve->devices);
}
