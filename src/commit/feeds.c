// SPDX-License-Identifier: Apache-2.0
#include "commit/writer.h"
#include "views/crossing.h"
#include "views/feed.h"
#include "views/local.h"
#include "views/subject.h"

#include <stdio.h>

// Statements looked at for one agreement in one slice when it has fallen behind (a new agreement, a reload).
#define CATCH_UP 2000

static enum err cursor_get(struct writer *w, struct str agreement, int64_t *pos, struct why *why)
{
    struct str text;
    uint64_t value = 0;
    enum err err = local_get(w->views, &w->arena, STR("feed"), agreement, &text, why);
    *pos = err == ERR_NONE && text.p && str_decimal(text, INT64_MAX, &value) ? (int64_t)value : 0;
    return err;
}

static enum err cursor_put(struct writer *w, struct str agreement, int64_t pos, struct why *why)
{
    return local_put(w->views, STR("feed"), agreement, arena_printf(&w->arena, "%lld", (long long)pos), why);
}

// All of a subject's statements that may leave.
static enum err add_subject(struct writer *w, size_t i, const struct id *id, struct why *why)
{
    int64_t *positions;
    size_t n;
    enum err err = subject_mentions(w->views, &w->arena, id, 2000, &positions, &n, why);
    for (size_t k = n; k-- > 0 && err == ERR_NONE;) {
        struct stored stored;
        struct header header;
        err = engine_get(w->engine, &w->arena, positions[k], &stored, why);
        if (err != ERR_NONE || stored.origin != ENGINE_OWN) continue;
        err = header_parse(&w->arena, stored.header, &header, why);
        if (err == ERR_NONE && !id_is_none(&header.via) && !id_eq(&header.via, id))
            err = add_subject(w, i, &header.via, why);
        if (err == ERR_NONE && w->feed.lets_out(w->feed.context, i, &header))
            err = feed_add(w->views, w->feed.names[i], positions[k], why);
    }
    return err;
}

// Everything that travels with a crossing in scope: what it carries, their documents and seals, and the parties on
// them.
static enum err add_linked(struct writer *w, size_t i, const struct id *id, enum noun noun, int depth, struct why *why)
{
    static const struct {
        enum noun from, to;
    } routes[] = {
        {NOUN_CROSSING, NOUN_CONVEYANCE},  {NOUN_CROSSING, NOUN_TRAILER},     {NOUN_CROSSING, NOUN_DRIVER},
        {NOUN_CROSSING, NOUN_CARRIER},     {NOUN_CROSSING, NOUN_CONSIGNMENT}, {NOUN_CROSSING, NOUN_DOCUMENT},
        {NOUN_CONSIGNMENT, NOUN_DOCUMENT}, {NOUN_DOCUMENT, NOUN_IMPORTER},    {NOUN_DOCUMENT, NOUN_MANUFACTURER},
        {NOUN_TRAILER, NOUN_SEAL},         {NOUN_CONVEYANCE, NOUN_SEAL},
    };
    enum err err = add_subject(w, i, id, why);
    for (size_t r = 0; depth > 0 && r < sizeof routes / sizeof *routes && err == ERR_NONE; r++) {
        if (routes[r].from != noun) continue;
        struct linked *links;
        size_t n;
        err = subject_links(w->views, &w->arena, id, routes[r].to, &links, &n, why);
        for (size_t k = 0; k < n && err == ERR_NONE; k++)
            err = add_linked(w, i, &links[k].id, routes[r].to, depth - 1, why);
    }
    return err;
}

// Whether agreement i may see this crossing: bound for its country, or moved by its carrier.
static enum err in_scope(struct writer *w, size_t i, const struct id *crossing, bool *in, struct why *why)
{
    struct str destination = w->feed.destination(w->feed.context, i);
    struct identifier carrier = w->feed.carrier(w->feed.context, i);
    struct crossing c;
    bool found;
    *in = false;
    enum err err = crossing_get(w->views, &w->arena, crossing, &c, &found, why);
    if (err != ERR_NONE || !found) return err;
    if (destination.n && str_eq(c.destination, destination)) *in = true;
    if (!carrier.value.n || *in) return err;
    struct id id;
    struct linked *links;
    size_t n;
    err = subject_find(w->views, NOUN_CARRIER, carrier.scheme, carrier.value, &id, &found, why);
    if (err != ERR_NONE || !found) return err;
    err = subject_links(w->views, &w->arena, crossing, NOUN_CARRIER, &links, &n, why);
    for (size_t k = 0; k < n && err == ERR_NONE; k++) *in |= id_eq(&links[k].id, &id);
    return err;
}

static enum err follow_scoped(struct writer *w, size_t i, const struct header *header, struct why *why)
{
    struct touched touched = {.arena = &w->arena, .max = TOUCHED_MAX};
    enum err err = ERR_NONE;
    for (size_t k = 0; k < header->nre && err == ERR_NONE; k++)
        err = subject_crossings(w->views, &w->arena, &header->re[k], &touched, why);
    for (size_t k = 0; k < touched.count && err == ERR_NONE; k++) {
        bool in;
        err = in_scope(w, i, &touched.crossings[k], &in, why);
        if (err == ERR_NONE && in) err = add_linked(w, i, &touched.crossings[k], NOUN_CROSSING, 2, why);
    }
    return err;
}

static bool scoped(struct writer *w, size_t i)
{
    return w->feed.destination(w->feed.context, i).n || w->feed.carrier(w->feed.context, i).value.n;
}

// Standing travels to whoever was given something that came by the channel.
static enum err follow_standing(struct writer *w, size_t i, const struct header *header, int64_t pos, struct why *why)
{
    int64_t *positions;
    size_t n;
    bool has = false;
    enum err err = subject_mentions(w->views, &w->arena, &header->re[0], 16, &positions, &n, why);
    for (size_t k = 0; k < n && err == ERR_NONE && !has; k++)
        err = feed_has(w->views, w->feed.names[i], positions[k], &has, why);
    return err == ERR_NONE && has ? feed_add(w->views, w->feed.names[i], pos, why) : err;
}

static enum err follow_one(struct writer *w, size_t i, int64_t pos, const struct header *header, struct why *why)
{
    if (!scoped(w, i))
        return w->feed.lets_out(w->feed.context, i, header) ? feed_add(w->views, w->feed.names[i], pos, why) : ERR_NONE;
    if (str_is(header->kind, "channel.standing") && header->nre)
        return w->feed.lets_out(w->feed.context, i, header) ? follow_standing(w, i, header, pos, why) : ERR_NONE;
    return follow_scoped(w, i, header, why);
}

static enum err catch_up(struct writer *w, size_t i, int64_t *cursor, int64_t last, struct why *why)
{
    enum err err = ERR_NONE;
    int64_t stop = last > *cursor + CATCH_UP ? *cursor + CATCH_UP : last;
    while (*cursor < stop && err == ERR_NONE) {
        struct stored stored;
        struct header header;
        err = engine_get(w->engine, &w->arena, ++*cursor, &stored, why);
        if (err != ERR_NONE || stored.origin != ENGINE_OWN) continue;
        err = header_parse(&w->arena, stored.header, &header, why);
        if (err == ERR_NONE) err = follow_one(w, i, *cursor, &header, why);
    }
    return err;
}

enum err feeds_follow(struct writer *w, bool *more, struct why *why)
{
    int64_t last;
    *more = false;
    if (!w->feed.count) return ERR_NONE;
    enum err err = engine_last(w->engine, &last, why);
    for (size_t i = 0; i < w->feed.count && err == ERR_NONE; i++) {
        int64_t cursor;
        err = cursor_get(w, w->feed.names[i], &cursor, why);
        if (err != ERR_NONE || cursor == last) continue;
        if (w->first_pos && cursor == w->first_pos - 1) { // in step: this slice's own statements are all there is
            for (struct fresh *f = w->fresh; f && err == ERR_NONE; f = f->next)
                err = follow_one(w, i, f->pos, &f->header, why);
            cursor = last;
        } else {
            err = catch_up(w, i, &cursor, last, why);
        }
        if (err == ERR_NONE) err = cursor_put(w, w->feed.names[i], cursor, why);
        *more |= cursor < last;
    }
    return err;
}
