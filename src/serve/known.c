// SPDX-License-Identifier: Apache-2.0
#include "serve/known.h"

#include "base/random.h"

#include <stdlib.h>

// Two lists by last use: registered devices, and the others.
struct known_list {
    struct known *oldest, *newest;
};

struct knowns {
    struct known *items;
    struct known **slots;
    size_t most, used;
    uint64_t seed;
    struct known_list lists[2];
};

struct knowns *knowns_new(size_t most)
{
    struct knowns *k = calloc(1, sizeof *k);
    if (!k) return NULL;
    k->items = calloc(most, sizeof *k->items);
    k->slots = calloc(most, sizeof *k->slots);
    k->most = most;
    random_bytes(&k->seed, sizeof k->seed);
    if (k->items && k->slots) return k;
    knowns_free(k);
    return NULL;
}

void knowns_free(struct knowns *k)
{
    if (!k) return;
    free(k->items);
    free(k->slots);
    free(k);
}

static size_t slot_of(const struct knowns *k, enum device_protocol protocol, const char *device)
{
    uint64_t h = 0xcbf29ce484222325u ^ k->seed ^ (uint64_t)protocol;
    for (; *device; device++) h = (h ^ (uint8_t)*device) * 0x100000001b3u;
    h ^= h >> 32;
    return (size_t)(h % k->most);
}

static void list_remove(struct known_list *list, struct known *known)
{
    if (known->older)
        known->older->newer = known->newer;
    else
        list->oldest = known->newer;
    if (known->newer)
        known->newer->older = known->older;
    else
        list->newest = known->older;
    known->older = known->newer = NULL;
}

static void list_add(struct known_list *list, struct known *known)
{
    known->older = list->newest;
    known->newer = NULL;
    if (list->newest)
        list->newest->newer = known;
    else
        list->oldest = known;
    list->newest = known;
}

static void slot_remove(struct knowns *k, struct known *known)
{
    struct known **at = &k->slots[slot_of(k, known->session.protocol, known->session.device)];
    while (*at != known) at = &(*at)->chain;
    *at = known->chain;
}

static struct known *oldest_idle(struct known_list *list)
{
    struct known *known = list->oldest;
    while (known && (known->peer || known->in_flight)) known = known->newer;
    return known;
}

static struct known *room(struct knowns *k)
{
    if (k->used < k->most) return &k->items[k->used++];
    for (int i = 0; i < 2; i++) {
        struct known *known = oldest_idle(&k->lists[i]);
        if (!known) continue;
        slot_remove(k, known);
        list_remove(&k->lists[i], known);
        return known;
    }
    return NULL;
}

struct known *known_find(struct knowns *k, enum device_protocol protocol, const char *device, bool registered)
{
    size_t slot = slot_of(k, protocol, device);
    struct known *known = k->slots[slot];
    struct why why = {0};
    while (known && (known->session.protocol != protocol || strcmp(known->session.device, device) != 0))
        known = known->chain;
    if (known) {
        list_remove(&k->lists[known->registered], known);
    } else {
        known = room(k);
        if (!known) return NULL;
        memset(known, 0, sizeof *known);
        // A new session takes any id that a packet may have.
        enum err err = device_session_learn(&known->session, protocol, str_of(device), &why);
        INVARIANT(err == ERR_NONE);
        known->chain = k->slots[slot];
        k->slots[slot] = known;
    }
    known->registered = registered;
    list_add(&k->lists[registered], known);
    return known;
}

void known_forget(struct known *known, int64_t at_ms, uint32_t serial)
{
    struct device_session *s = &known->session;
    for (size_t i = 0; i < s->nseen; i++)
        if (s->seen[i].at_ms == at_ms && s->seen[i].serial == serial) s->seen[i] = (struct device_seen){.at_ms = -1};
}
