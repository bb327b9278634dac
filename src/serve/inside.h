// SPDX-License-Identifier: Apache-2.0
// What the files of this folder share: the node's doors as one struct. Seen by nobody else.
#ifndef SERVE_INSIDE_H
#define SERVE_INSIDE_H

#include "serve/auth.h"
#include "serve/counters.h"
#include "serve/serve.h"

#include <pthread.h>

#define READERS_MAX 8

struct https;
struct devices;
struct folder;
struct errands;
struct registry;
struct page;

struct serve {
    // As given, limits filled in. What serve_reload replaces is read under `lock`, which is held for the length of a
    // handler's call or an errand, and not while a request waits.
    struct serve_settings settings;
    pthread_rwlock_t lock;
    struct registry *registry; // of devices, from settings.devices; under `lock`
    struct page *page;         // under `lock`

    struct counters counters;
    struct token_tries tries;

    // Handles on the database that nobody uses at the moment.
    pthread_mutex_t readers_lock;
    struct views *readers[READERS_MAX];
    size_t nreaders;

    _Atomic size_t memory;    // held by requests that wait
    _Atomic unsigned streams; // event streams and waiting links
    _Atomic unsigned jobs;    // handed to commit by HTTPS and not yet answered
    _Atomic bool stopping;

    // Evidence that may still be kept in this minute.
    pthread_mutex_t evidence_lock;
    int64_t evidence_since_us;
    unsigned evidence_kept;

    struct https *https;
    struct devices *devices;
    struct folder *folder;
    struct errands *errands;
};

// A reader's handle: one that is free, or a new one. NULL with the reason. Give it back in any case.
struct views *reader_take(struct serve *serve, struct why *why);
void reader_give(struct serve *serve, struct views *views);

// Whether one more bad packet or file may be kept as evidence in this minute; counts either way.
bool evidence_allowed(struct serve *serve);
// `evidence.rejected`, not sealed: raw bytes of at most 4096. NULL without memory.
struct draft *evidence_draft(struct arena *arena, const char *door, const struct why *why, struct str raw);
#define EVIDENCE_RAW_MAX 4096

#endif
