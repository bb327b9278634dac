// SPDX-License-Identifier: Apache-2.0
#include "base/clock.h"
#include "commit/writer.h"
#include "views/crossing.h"
#include "views/custody.h"
#include "views/document.h"
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

// Newest mentions looked at of one subject.
#define MENTIONS_MAX 2000

// A crossing in scope of agreement i, and what of the subjects on it belongs to this journey.
struct journey {
    size_t i;
    int64_t declared; // position of its declaration
    struct id crossing;
};

// From which position on what a device said of this subject belongs to the journey: a lock or a tractor that is used
// again has been elsewhere before, and where is nobody's business here.
static enum err journey_start(struct writer *w, const struct journey *j, const struct id *id, enum noun noun,
                              int64_t *start, struct why *why)
{
    struct custody c;
    bool found;
    *start = noun == NOUN_CONVEYANCE || noun == NOUN_TRAILER ? j->declared : 0;
    if (noun != NOUN_SEAL) return ERR_NONE;
    enum err err = custody_get(w->views, &w->arena, id, clock_now_us() / 1000, false, &c, &found, why);
    if (err == ERR_NONE && found) *start = c.on_pos;
    return err;
}

static enum err add_channel(struct writer *w, size_t i, const struct id *id, struct why *why);

// One mention of a subject. Everything that names the crossing itself is of the journey; of what is on it, only what is
// about that (`re[0]`): a carrier is named by all its crossings.
static enum err add_mention(struct writer *w, const struct journey *j, const struct id *id, enum noun noun,
                            int64_t start, int64_t pos, struct why *why)
{
    struct stored stored;
    struct header header;
    struct id first;
    enum err err = engine_get(w->engine, &w->arena, pos, &stored, why);
    if (err != ERR_NONE || stored.origin != ENGINE_OWN) return err;
    err = header_parse(&w->arena, stored.header, &header, why);
    if (err == ERR_NONE && header.nre) err = subject_canonical(w->views, &header.re[0], &first, why);
    if (err != ERR_NONE || header.nre == 0) return err;
    if (noun != NOUN_CROSSING && !id_eq(&first, id)) return ERR_NONE;
    if (pos < start && str_starts(header.kind, "custody.")) return ERR_NONE;
    if (!w->feed.lets_out(w->feed.context, j->i, &header)) return ERR_NONE;
    if (!id_is_none(&header.via)) err = add_channel(w, j->i, &header.via, why);
    return err == ERR_NONE ? feed_add(w->views, w->feed.names[j->i], pos, why) : err;
}

// All of a subject's statements that belong to the journey and may leave, oldest first.
static enum err add_subject(struct writer *w, const struct journey *j, const struct id *id, enum noun noun,
                            struct why *why)
{
    int64_t *positions, start;
    size_t n;
    enum err err = subject_mentions(w->views, &w->arena, id, MENTIONS_MAX, &positions, &n, why);
    if (err == ERR_NONE) err = journey_start(w, j, id, noun, &start, why);
    for (size_t k = n; k-- > 0 && err == ERR_NONE;) err = add_mention(w, j, id, noun, start, positions[k], why);
    return err;
}

// What is said of the channel itself; nothing to do when its newest has gone out already.
static enum err add_channel(struct writer *w, size_t i, const struct id *id, struct why *why)
{
    int64_t *positions;
    size_t n;
    bool has = false;
    const struct journey none = {.i = i};
    enum err err = subject_mentions(w->views, &w->arena, id, MENTIONS_MAX, &positions, &n, why);
    if (err == ERR_NONE && n) err = feed_has(w->views, w->feed.names[i], positions[0], &has, why);
    for (size_t k = has ? 0 : n; k-- > 0 && err == ERR_NONE;)
        err = add_mention(w, &none, id, NOUN_CHANNEL, 0, positions[k], why);
    return err;
}

// Everything that travels with a crossing in scope: what it carries, their documents and seals, and the parties on
// them.
static enum err add_linked(struct writer *w, const struct journey *j, const struct id *id, enum noun noun, int depth,
                           struct why *why)
{
    static const struct {
        enum noun from, to;
    } routes[] = {
        {NOUN_CROSSING, NOUN_CONVEYANCE},  {NOUN_CROSSING, NOUN_TRAILER},     {NOUN_CROSSING, NOUN_DRIVER},
        {NOUN_CROSSING, NOUN_CARRIER},     {NOUN_CROSSING, NOUN_CONSIGNMENT}, {NOUN_CROSSING, NOUN_DOCUMENT},
        {NOUN_CONSIGNMENT, NOUN_DOCUMENT}, {NOUN_DOCUMENT, NOUN_IMPORTER},    {NOUN_DOCUMENT, NOUN_MANUFACTURER},
        {NOUN_TRAILER, NOUN_SEAL},         {NOUN_CONVEYANCE, NOUN_SEAL},
    };
    enum err err = add_subject(w, j, id, noun, why);
    for (size_t r = 0; depth > 0 && r < sizeof routes / sizeof *routes && err == ERR_NONE; r++) {
        if (routes[r].from != noun) continue;
        struct linked *links;
        size_t n;
        err = subject_links(w->views, &w->arena, id, routes[r].to, &links, &n, why);
        for (size_t k = 0; k < n && err == ERR_NONE; k++) {
            bool bears = true; // another truck's papers under the same pedimento are not this one's
            if (noun == NOUN_CONSIGNMENT)
                err = document_bears_on(w->views, &w->arena, &links[k].id, &j->crossing, &bears, why);
            if (err == ERR_NONE && bears) err = add_linked(w, j, &links[k].id, routes[r].to, depth - 1, why);
        }
    }
    return err;
}

#define CARRIER_NAMES_MAX 64

// All identifiers of those that move the crossing.
static enum err carriers_of(struct writer *w, const struct id *crossing, struct str **out, size_t *count,
                            struct why *why)
{
    struct linked *links;
    size_t n;
    *count = 0;
    *out = arena_array(&w->arena, struct str, CARRIER_NAMES_MAX);
    if (!*out) return why_set(why, ERR_NO_MEMORY, "", "no memory for a crossing's carriers");
    enum err err = subject_links(w->views, &w->arena, crossing, NOUN_CARRIER, &links, &n, why);
    for (size_t k = 0; k < n && err == ERR_NONE; k++) {
        struct json *ids;
        err = subject_identifiers(w->views, &w->arena, &links[k].id, &ids, why);
        if (err != ERR_NONE) break;
        json_each(id, ids)
        {
            struct str scheme = json_text(id, "scheme"), value = json_text(id, "value");
            if (*count < CARRIER_NAMES_MAX)
                (*out)[(*count)++] = arena_printf(&w->arena, "%.*s=%.*s", STR_ARG(scheme), STR_ARG(value));
        }
    }
    return err;
}

// Whether agreement i may see this crossing.
static enum err in_scope(struct writer *w, size_t i, const struct id *crossing, bool *in, int64_t *declared,
                         struct why *why)
{
    struct crossing c;
    bool found;
    struct str *carriers = NULL;
    size_t ncarriers = 0;
    *in = false;
    enum err err = crossing_get(w->views, &w->arena, crossing, &c, &found, why);
    if (err != ERR_NONE || !found) return err;
    *declared = c.pos;
    if (w->feed.asks_carriers(w->feed.context, i)) err = carriers_of(w, crossing, &carriers, &ncarriers, why);
    if (err == ERR_NONE) *in = w->feed.in_scope(w->feed.context, i, &c, carriers, ncarriers);
    return err;
}

// A word from a device whose word before has gone out: nothing else can have become visible by it.
static enum err in_step(struct writer *w, size_t i, const struct header *header, int64_t pos, bool *yes,
                        struct why *why)
{
    int64_t *positions;
    size_t n;
    *yes = false;
    if (!str_starts(header->kind, "custody.") || header->nre == 0) return ERR_NONE;
    enum err err = subject_mentions(w->views, &w->arena, &header->re[0], 2, &positions, &n, why);
    if (err != ERR_NONE || n < 2 || positions[0] != pos) return err;
    return feed_has(w->views, w->feed.names[i], positions[1], yes, why);
}

static enum err follow_scoped(struct writer *w, size_t i, int64_t pos, const struct header *header, struct why *why)
{
    struct touched touched = {.arena = &w->arena, .max = TOUCHED_MAX};
    enum err err = ERR_NONE;
    for (size_t k = 0; k < header->nre && err == ERR_NONE; k++)
        err = subject_crossings(w->views, &w->arena, &header->re[k], &touched, why);
    for (size_t k = 0; k < touched.count && err == ERR_NONE; k++) {
        struct journey j = {.i = i, .crossing = touched.crossings[k]};
        bool in, step = false;
        err = in_scope(w, i, &touched.crossings[k], &in, &j.declared, why);
        if (err != ERR_NONE || !in) continue;
        err = in_step(w, i, header, pos, &step, why);
        if (err == ERR_NONE && step)
            err = add_mention(w, &j, &header->re[0], NOUN_CROSSING, 0, pos, why);
        else if (err == ERR_NONE)
            err = add_linked(w, &j, &touched.crossings[k], NOUN_CROSSING, 2, why);
    }
    return err;
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

// An erasure follows the statement that it is about to everybody who was given it, whatever else may leave.
static enum err follow_erasure(struct writer *w, size_t i, int64_t pos, struct why *why)
{
    struct stored stored;
    struct body body;
    struct json *members;
    struct str origin;
    uint64_t index;
    int64_t erased;
    bool has = false;
    enum err err = engine_get(w->engine, &w->arena, pos, &stored, why);
    if (err == ERR_NONE) err = body_decode(&w->arena, stored.body, &body, why);
    if (err == ERR_NONE) err = body_object(&w->arena, &body, &members, why);
    if (err != ERR_NONE || !name_parse(json_text(members, "statement"), &origin, &index)) return err;
    err = engine_find(w->engine, ENGINE_OWN, index, &erased, why);
    if (err == ERR_NONE) err = feed_has(w->views, w->feed.names[i], erased, &has, why);
    return err == ERR_NONE && has ? feed_add(w->views, w->feed.names[i], pos, why) : err;
}

static enum err follow_one(struct writer *w, size_t i, int64_t pos, const struct header *header, struct why *why)
{
    if (str_is(header->kind, "erasure")) return follow_erasure(w, i, pos, why);
    if (!w->feed.scoped(w->feed.context, i))
        return w->feed.lets_out(w->feed.context, i, header) ? feed_add(w->views, w->feed.names[i], pos, why) : ERR_NONE;
    if (str_is(header->kind, "channel.standing") && header->nre)
        return w->feed.lets_out(w->feed.context, i, header) ? follow_standing(w, i, header, pos, why) : ERR_NONE;
    return follow_scoped(w, i, pos, header, why);
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
