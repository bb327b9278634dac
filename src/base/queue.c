// SPDX-License-Identifier: Apache-2.0
#include "base/queue.h"

#include "base/why.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

// Every lane that waits earns this part of each slice.
#define SHARE 8

struct lane {
    struct queue_item *first, *last;
    size_t weight, bound;
    size_t credit; // earned while waiting, spent when taken
};

struct queue {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct lane lanes[QUEUE_LANES];
    bool woken, closed;
};

struct queue *queue_new(const size_t bound[QUEUE_LANES])
{
    struct queue *q = calloc(1, sizeof *q);
    if (!q) return NULL;
    pthread_condattr_t monotonic;
    INVARIANT(pthread_condattr_init(&monotonic) == 0);
    INVARIANT(pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC) == 0);
    INVARIANT(pthread_mutex_init(&q->lock, NULL) == 0);
    INVARIANT(pthread_cond_init(&q->changed, &monotonic) == 0);
    pthread_condattr_destroy(&monotonic);
    for (int i = 0; i < QUEUE_LANES; i++) q->lanes[i].bound = bound[i];
    return q;
}

void queue_free(struct queue *q)
{
    if (!q) return;
    pthread_cond_destroy(&q->changed);
    pthread_mutex_destroy(&q->lock);
    free(q);
}

bool queue_push(struct queue *q, int lane, struct queue_item *item)
{
    INVARIANT(lane >= 0 && lane < QUEUE_LANES && item->weight > 0);
    pthread_mutex_lock(&q->lock);
    struct lane *l = &q->lanes[lane];
    bool room = !q->closed && item->weight <= l->bound && l->weight <= l->bound - item->weight;
    if (room) {
        item->next = NULL;
        if (l->last)
            l->last->next = item;
        else
            l->first = item;
        l->last = item;
        l->weight += item->weight;
        pthread_cond_signal(&q->changed);
    }
    pthread_mutex_unlock(&q->lock);
    return room;
}

struct slice {
    struct queue_item *first[QUEUE_LANES], *last[QUEUE_LANES];
    size_t weight, max;
};

static bool fits(const struct slice *s, const struct queue_item *item)
{
    return s->weight == 0 || (s->weight < s->max && item->weight <= s->max - s->weight);
}

static void move_first(struct lane *l, struct slice *s, int i)
{
    struct queue_item *item = l->first;
    l->first = item->next;
    if (!l->first) l->last = NULL;
    l->weight -= item->weight;
    l->credit = item->weight < l->credit && l->first ? l->credit - item->weight : 0;
    item->next = NULL;
    if (s->last[i])
        s->last[i]->next = item;
    else
        s->first[i] = item;
    s->last[i] = item;
    s->weight += item->weight;
}

// The waiting lane that has saved most, of those not yet in `done`; -1 if there is none.
static int richest(const struct queue *q, unsigned done)
{
    int best = -1;
    for (int i = 0; i < QUEUE_LANES; i++) {
        if (done & 1u << i || !q->lanes[i].first) continue;
        if (best < 0 || q->lanes[i].credit > q->lanes[best].credit) best = i;
    }
    return best;
}

// What each lane has earned comes first, then the rest by priority. An item heavier than one share waits until its lane
// has saved enough (a whole slice at most), and then its lane is the richest and finds the slice empty: neither many
// small items nor one big one starve a neighbour.
static void fill(struct queue *q, struct slice *s)
{
    size_t share = s->max / SHARE ? s->max / SHARE : 1;
    for (int i = 0; i < QUEUE_LANES; i++) {
        if (q->lanes[i].first) q->lanes[i].credit += share;
    }
    unsigned done = 0;
    for (int i; (i = richest(q, done)) >= 0; done |= 1u << i) {
        struct lane *l = &q->lanes[i];
        while (l->first && fits(s, l->first) && (l->credit >= l->first->weight || l->credit >= s->max))
            move_first(l, s, i);
    }
    for (int i = 0; i < QUEUE_LANES; i++) {
        struct lane *l = &q->lanes[i];
        while (l->first && fits(s, l->first)) move_first(l, s, i);
    }
}

static struct queue_item *join(struct slice *s)
{
    struct queue_item *head = NULL, **tail = &head;
    for (int i = 0; i < QUEUE_LANES; i++) {
        if (!s->first[i]) continue;
        *tail = s->first[i];
        tail = &s->last[i]->next;
    }
    return head;
}

static bool waits(const struct queue *q)
{
    for (int i = 0; i < QUEUE_LANES; i++) {
        if (q->lanes[i].first) return true;
    }
    return false;
}

struct queue_item *queue_take(struct queue *q, size_t weight_max, int64_t deadline_us)
{
    struct slice s = {.max = weight_max};
    if (deadline_us < 0) deadline_us = 0;
    struct timespec until = {.tv_sec = deadline_us / 1000000, .tv_nsec = deadline_us % 1000000 * 1000};
    pthread_mutex_lock(&q->lock);
    while (!waits(q) && !q->woken && !q->closed) {
        if (pthread_cond_timedwait(&q->changed, &q->lock, &until)) break;
    }
    q->woken = false;
    fill(q, &s);
    pthread_mutex_unlock(&q->lock);
    return join(&s);
}

void queue_wake(struct queue *q)
{
    pthread_mutex_lock(&q->lock);
    q->woken = true;
    pthread_cond_signal(&q->changed);
    pthread_mutex_unlock(&q->lock);
}

void queue_close(struct queue *q)
{
    pthread_mutex_lock(&q->lock);
    q->closed = true;
    pthread_cond_broadcast(&q->changed);
    pthread_mutex_unlock(&q->lock);
}

size_t queue_waiting(struct queue *q, int lane)
{
    INVARIANT(lane >= 0 && lane < QUEUE_LANES);
    pthread_mutex_lock(&q->lock);
    size_t weight = q->lanes[lane].weight;
    pthread_mutex_unlock(&q->lock);
    return weight;
}
