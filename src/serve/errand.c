// SPDX-License-Identifier: Apache-2.0
#include "serve/errand.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#define THREADS_MAX 8

struct errands {
    pthread_mutex_t lock;
    pthread_cond_t some;
    struct errand *first, **end;
    unsigned waiting, waiting_max;
    bool stopping;
    pthread_t threads[THREADS_MAX];
    unsigned nthreads;
};

static struct errand *errand_take(struct errands *e)
{
    pthread_mutex_lock(&e->lock);
    while (!e->first && !e->stopping) pthread_cond_wait(&e->some, &e->lock);
    struct errand *taken = e->first;
    if (taken) {
        e->first = taken->next;
        if (!e->first) e->end = &e->first;
        e->waiting--;
    }
    pthread_mutex_unlock(&e->lock);
    return taken;
}

static void *errands_main(void *context)
{
    struct errand *errand;
    while ((errand = errand_take(context))) errand->run(errand);
    return NULL;
}

enum err errands_start(unsigned threads, unsigned waiting_max, struct errands **out, struct why *why)
{
    INVARIANT(threads >= 1 && threads <= THREADS_MAX);
    struct errands *e = calloc(1, sizeof *e);
    if (!e) return why_set(why, ERR_NO_MEMORY, "", "no memory for the threads of links");
    pthread_mutex_init(&e->lock, NULL);
    pthread_cond_init(&e->some, NULL);
    e->end = &e->first;
    e->waiting_max = waiting_max;
    for (; e->nthreads < threads; e->nthreads++) {
        if (pthread_create(&e->threads[e->nthreads], NULL, errands_main, e) == 0) continue;
        errands_stop(e);
        return why_set(why, ERR_NO_MEMORY, "", "cannot start a thread");
    }
    *out = e;
    return ERR_NONE;
}

void errands_stop(struct errands *e)
{
    if (!e) return;
    pthread_mutex_lock(&e->lock);
    e->stopping = true;
    pthread_cond_broadcast(&e->some);
    pthread_mutex_unlock(&e->lock);
    for (unsigned i = 0; i < e->nthreads; i++) pthread_join(e->threads[i], NULL);
    pthread_cond_destroy(&e->some);
    pthread_mutex_destroy(&e->lock);
    free(e);
}

enum err errands_push(struct errands *e, struct errand *errand, struct why *why)
{
    pthread_mutex_lock(&e->lock);
    bool room = e->waiting < e->waiting_max && !e->stopping;
    if (room) {
        errand->next = NULL;
        *e->end = errand;
        e->end = &errand->next;
        e->waiting++;
        pthread_cond_signal(&e->some);
    }
    pthread_mutex_unlock(&e->lock);
    return room ? ERR_NONE : why_set(why, ERR_BUSY, "", "too many links ask at the same time; try again");
}
