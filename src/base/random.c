// SPDX-License-Identifier: Apache-2.0
#include "base/random.h"

#include "base/why.h"

#include <pthread.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>

// libsodium asks the kernel at each call; a salt of 16 bytes would cost a system call. So each thread draws 4 KiB at a
// time, and wipes what it has handed out. A pool filled before fork is not used after it.
#define POOL_BYTES 4096

struct pool {
    uint8_t bytes[POOL_BYTES];
    size_t left;
    unsigned generation;
};

static _Thread_local struct pool pool;
static _Atomic unsigned generation = 1;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_mutex_t seeded_lock = PTHREAD_MUTEX_INITIALIZER;
static _Atomic bool seeded;
static uint64_t seeded_state[4]; // the seed and the number of draws, under the lock

static void forked(void)
{
    atomic_fetch_add(&generation, 1);
}

static void start(void)
{
    INVARIANT(sodium_init() >= 0);
    INVARIANT(pthread_atfork(NULL, NULL, forked) == 0);
}

static void draw_seeded(void *out, size_t n)
{
    _Static_assert(sizeof seeded_state == randombytes_SEEDBYTES, "the state is the seed of one draw");
    uint8_t seed[randombytes_SEEDBYTES];
    pthread_mutex_lock(&seeded_lock);
    seeded_state[1]++;
    memcpy(seed, seeded_state, sizeof seed);
    pthread_mutex_unlock(&seeded_lock);
    randombytes_buf_deterministic(out, n, seed);
}

void random_bytes(void *out, size_t n)
{
    pthread_once(&once, start);
    if (n == 0) return;
    if (atomic_load_explicit(&seeded, memory_order_acquire)) {
        draw_seeded(out, n);
        return;
    }
    if (n > POOL_BYTES / 4) {
        randombytes_buf(out, n);
        return;
    }
    unsigned now = atomic_load_explicit(&generation, memory_order_relaxed);
    if (pool.left < n || pool.generation != now) {
        randombytes_buf(pool.bytes, POOL_BYTES);
        pool.left = POOL_BYTES;
        pool.generation = now;
    }
    pool.left -= n;
    memcpy(out, pool.bytes + pool.left, n);
    sodium_memzero(pool.bytes + pool.left, n);
}

uint64_t random_below(uint64_t bound)
{
    if (bound < 2) return 0;
    // The first 2^64 mod bound values are refused, so that what is left is a whole number of bounds.
    uint64_t least = -bound % bound, value;
    do random_bytes(&value, sizeof value);
    while (value < least);
    return value % bound;
}

void random_seed(uint64_t seed)
{
    pthread_mutex_lock(&seeded_lock);
    memset(seeded_state, 0, sizeof seeded_state);
    seeded_state[0] = seed;
    pthread_mutex_unlock(&seeded_lock);
    atomic_store_explicit(&seeded, true, memory_order_release);
}
