// SPDX-License-Identifier: Apache-2.0
#include "commit/events.h"

#include <pthread.h>
#include <stdlib.h>

// An event's data is cut off at nothing: larger ones than this are told as an empty object, and the reader asks.
#define EVENT_MAX ((size_t)64 << 10)

struct event {
    uint64_t number;
    const char *type;
    char *data;
    size_t n;
};

struct events {
    pthread_mutex_t lock;
    struct event *ring;
    size_t keep;
    uint64_t last;
    int watchers;
    void (*wake)(void *context);
    void *context;
};

struct events *events_new(size_t keep)
{
    struct events *e = calloc(1, sizeof *e);
    if (!e) return NULL;
    e->ring = calloc(keep, sizeof *e->ring);
    if (!e->ring) {
        free(e);
        return NULL;
    }
    e->keep = keep;
    pthread_mutex_init(&e->lock, NULL);
    return e;
}

void events_free(struct events *e)
{
    if (!e) return;
    for (size_t i = 0; i < e->keep; i++) free(e->ring[i].data);
    free(e->ring);
    pthread_mutex_destroy(&e->lock);
    free(e);
}

void events_add(struct events *e, const char *type, struct str data)
{
    if (data.n > EVENT_MAX) data = STR("{}");
    char *copy = malloc(data.n + 1);
    if (!copy) return;
    memcpy(copy, data.p, data.n);
    copy[data.n] = 0;
    pthread_mutex_lock(&e->lock);
    struct event *slot = &e->ring[++e->last % e->keep];
    free(slot->data);
    *slot = (struct event){e->last, type, copy, data.n};
    void (*wake)(void *) = e->wake;
    void *context = e->context;
    pthread_mutex_unlock(&e->lock);
    if (wake) wake(context);
}

uint64_t events_last(struct events *e)
{
    pthread_mutex_lock(&e->lock);
    uint64_t last = e->last;
    pthread_mutex_unlock(&e->lock);
    return last;
}

uint64_t events_read(struct events *e, uint64_t after, size_t max, struct buf *out, bool *lost)
{
    pthread_mutex_lock(&e->lock);
    uint64_t first = e->last >= e->keep ? e->last - e->keep + 1 : 1;
    *lost = after + 1 < first || after > e->last;
    uint64_t from = *lost ? first : after + 1, at = *lost ? first - 1 : after;
    for (; from <= e->last && max > 0; from++, max--) {
        const struct event *event = &e->ring[from % e->keep];
        buf_printf(out, "id: %llu\nevent: %s\ndata: ", (unsigned long long)event->number, event->type);
        buf_add(out, event->data, event->n);
        buf_puts(out, "\n\n");
        at = from;
    }
    pthread_mutex_unlock(&e->lock);
    return at;
}

void events_listen(struct events *e, void (*wake)(void *context), void *context)
{
    pthread_mutex_lock(&e->lock);
    e->wake = wake;
    e->context = context;
    pthread_mutex_unlock(&e->lock);
}

void events_watch(struct events *e, int change)
{
    pthread_mutex_lock(&e->lock);
    e->watchers += change;
    pthread_mutex_unlock(&e->lock);
}

bool events_watched(struct events *e)
{
    pthread_mutex_lock(&e->lock);
    bool watched = e->watchers > 0;
    pthread_mutex_unlock(&e->lock);
    return watched;
}
