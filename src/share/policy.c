// SPDX-License-Identifier: Apache-2.0
#include "share/disclosure.h"
#include "share/link.h"

struct agreements {
    struct agreement *const *items;
    size_t count;
    // Those by which we disclose: what commit keeps a feed for.
    const struct agreement **outgoing;
    struct str *names;
    size_t noutgoing;
};

enum err agreements_new(struct arena *arena, struct agreement *const *items, size_t count, struct str own_party,
                        struct agreements **out, struct why *why)
{
    struct agreements *a = arena_new(arena, struct agreements);
    struct agreement **copy = arena_array(arena, struct agreement *, count + 1);
    if (a) a->outgoing = arena_array(arena, const struct agreement *, count + 1);
    if (a) a->names = arena_array(arena, struct str, count + 1);
    if (!a || !copy || !a->outgoing || !a->names) return why_set(why, ERR_NO_MEMORY, "", "no memory for agreements");
    for (size_t i = 0; i < count; i++) {
        bool from = str_eq(items[i]->from, own_party), to = str_eq(items[i]->to, own_party);
        if (from == to)
            return why_set(why, ERR_SENSELESS, "agreement", "'%.*s' is between others than %.*s", STR_ARG(items[i]->id),
                           STR_ARG(own_party));
        for (size_t k = 0; k < i; k++)
            if (str_eq(items[i]->id, items[k]->id))
                return why_set(why, ERR_CONFLICT, "agreement", "there are two agreements '%.*s'",
                               STR_ARG(items[i]->id));
        copy[i] = items[i];
        if (!from) continue;
        a->names[a->noutgoing] = items[i]->id;
        a->outgoing[a->noutgoing++] = items[i];
    }
    a->items = copy;
    a->count = count;
    *out = a;
    return ERR_NONE;
}

const struct agreement *agreements_find(const struct agreements *a, struct str id)
{
    for (size_t i = 0; a && i < a->count; i++)
        if (str_eq(a->items[i]->id, id)) return a->items[i];
    return NULL;
}

size_t agreements_count(const struct agreements *a)
{
    return a ? a->count : 0;
}

const struct agreement *agreements_at(const struct agreements *a, size_t i)
{
    INVARIANT(i < a->count);
    return a->items[i];
}

// ---- The feed, as commit asks for it ----

static bool feed_lets_out(void *context, size_t i, const struct header *header)
{
    const struct agreements *a = context;
    return disclosure_lets_out(a->outgoing[i], header->kind, header->label);
}

static bool feed_scoped(void *context, size_t i)
{
    const struct agreements *a = context;
    return a->outgoing[i]->has_where;
}

static bool feed_asks_carriers(void *context, size_t i)
{
    const struct agreements *a = context;
    return agreement_asks_carriers(a->outgoing[i]);
}

static bool feed_in_scope(void *context, size_t i, const struct crossing *c, const struct str *carriers, size_t n)
{
    const struct agreements *a = context;
    const struct agreement_crossing crossing = {
        .destination = c->destination,
        .direction = c->direction,
        .port = c->port,
        .known_empty = c->pos != 0,
        .empty = c->empty,
        .carriers = carriers,
        .ncarriers = n,
    };
    return agreement_in_scope(a->outgoing[i], &crossing);
}

struct feed_policy agreements_feed(const struct agreements *a)
{
    return (struct feed_policy){.count = a->noutgoing,
                                .names = a->names,
                                .lets_out = feed_lets_out,
                                .scoped = feed_scoped,
                                .asks_carriers = feed_asks_carriers,
                                .in_scope = feed_in_scope,
                                .context = (void *)a};
}
