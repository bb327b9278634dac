// SPDX-License-Identifier: Apache-2.0
#include "views/history.h"

#include "views/subject.h"

#define STEP_ARENA ((size_t)4 << 20)
#define ROOM_FIRST 1024

// ---- The table of crossings ----

static uint64_t hash_of(const struct id *id)
{
    uint64_t hash;
    memcpy(&hash, id->b, sizeof hash); // ids are random
    return hash;
}

static bool grow(struct arena *arena, struct history *h)
{
    size_t room = h->room ? h->room * 2 : ROOM_FIRST;
    struct history_entry *items = arena_array(arena, struct history_entry, room);
    uint32_t *table = arena_array(arena, uint32_t, room * 2);
    if (!items || !table) return false;
    if (h->count) memcpy(items, h->items, h->count * sizeof *items);
    for (uint32_t i = 0; i < h->count; i++) {
        size_t at = (size_t)(hash_of(&items[i].crossing) % (room * 2));
        while (table[at]) at = (at + 1) % (room * 2);
        table[at] = i + 1;
    }
    h->items = items;
    h->table = table;
    h->room = room;
    return true;
}

static enum err entry_of(struct arena *arena, struct history *h, const struct id *crossing, struct history_entry **out,
                         struct why *why)
{
    if (h->count == HISTORY_CROSSINGS_MAX)
        return why_set(why, ERR_TOO_LARGE, "", "the range has over %d crossings; take a shorter one",
                       HISTORY_CROSSINGS_MAX);
    if (h->count == h->room && !grow(arena, h))
        return why_set(why, ERR_NO_MEMORY, "", "no memory for so many crossings; take a shorter range");
    size_t at = (size_t)(hash_of(crossing) % (h->room * 2));
    for (; h->table[at]; at = (at + 1) % (h->room * 2)) {
        *out = &h->items[h->table[at] - 1];
        if (id_eq(&(*out)->crossing, crossing)) return ERR_NONE;
    }
    *out = &h->items[h->count++];
    **out = (struct history_entry){.crossing = *crossing};
    h->table[at] = (uint32_t)h->count;
    return ERR_NONE;
}

// ---- Reading ----

static enum err header_at(struct views *v, struct arena *arena, uint64_t index, struct header *out, struct why *why)
{
    int64_t pos;
    struct stored stored;
    enum err err = engine_find(views_engine(v), ENGINE_OWN, index, &pos, why);
    if (err == ERR_NONE) err = engine_get(views_engine(v), arena, pos, &stored, why);
    return err == ERR_NONE ? header_parse(arena, stored.header, out, why) : err;
}

enum err history_index_at(struct views *v, int64_t in_us, uint64_t *index, struct why *why)
{
    struct arena arena = ARENA(STEP_ARENA);
    struct header *header = arena_new(&arena, struct header);
    uint64_t low = 0, high = 0;
    enum err err = header ? engine_next_index(views_engine(v), ENGINE_OWN, &high, why)
                          : why_set(why, ERR_NO_MEMORY, "", "no memory to look into the log");
    while (err == ERR_NONE && low < high) { // commit times rise strictly
        uint64_t middle = low + (high - low) / 2;
        struct arena step = ARENA(STEP_ARENA);
        err = header_at(v, &step, middle, header, why);
        if (err == ERR_NONE && header->in_us < in_us)
            low = middle + 1;
        else
            high = middle;
        arena_free(&step);
    }
    *index = low;
    arena_free(&arena);
    return err;
}

static bool counts(struct str kind)
{
    return str_is(kind, "decision") || str_is(kind, "selection") || str_is(kind, "override") ||
           str_is(kind, "finding") || str_is(kind, "crossing.release");
}

static void entry_add(struct history_entry *e, struct str kind, bool own, int64_t pos)
{
    if (str_is(kind, "decision")) {
        if (own && !e->over) e->decision = pos;
        return;
    }
    e->over = true;
    bool finding = str_is(kind, "finding");
    if (str_is(kind, "crossing.release")) return;
    bool *was_own = finding ? &e->own_finding : &e->own_selection;
    if (*was_own && !own) return;
    *was_own = own;
    *(finding ? &e->finding : &e->selection) = pos;
}

static enum err statement_add(struct views *v, struct arena *arena, struct history *h, const struct stored *s,
                              struct arena *step, struct why *why)
{
    struct header *header = arena_new(step, struct header);
    struct id crossing;
    struct history_entry *entry = NULL;
    if (!header) return why_set(why, ERR_NO_MEMORY, "", "no memory for a statement");
    enum err err = header_parse(step, s->header, header, why);
    bool own = s->origin == ENGINE_OWN;
    if (err != ERR_NONE || !counts(header->kind) || !header->nre) return err;
    if (str_is(header->kind, "decision") && (!own || s->index < h->first)) return ERR_NONE;
    err = subject_canonical(v, &header->re[0], &crossing, why);
    if (err == ERR_NONE) err = entry_of(arena, h, &crossing, &entry, why);
    if (err == ERR_NONE) entry_add(entry, header->kind, own, s->pos);
    return err;
}

// Those without a decision in the range say nothing.
static void keep_decided(struct history *h)
{
    size_t kept = 0;
    for (size_t i = 0; i < h->count; i++)
        if (h->items[i].decision) h->items[kept++] = h->items[i];
    h->count = kept;
}

enum err history_read(struct views *v, struct arena *arena, uint64_t first, uint64_t next, struct history *out,
                      struct why *why)
{
    struct arena step = ARENA(STEP_ARENA);
    int64_t end = 0;
    struct why none = {0};
    *out = (struct history){.first = first, .next = next};
    enum err err = next ? engine_find(views_engine(v), ENGINE_OWN, next - 1, &end, &none) : ERR_NONE;
    if (err != ERR_NONE)
        return why_set(why, err, "", "statement %llu is not in this node's log", (unsigned long long)(next - 1));
    for (int64_t pos = 1; pos <= end && err == ERR_NONE; pos++) {
        struct stored stored;
        err = engine_get(views_engine(v), &step, pos, &stored, why);
        if (err == ERR_NONE) err = statement_add(v, arena, out, &stored, &step, why);
        arena_reset(&step);
    }
    arena_free(&step);
    keep_decided(out);
    return err;
}

static enum err members_at(struct views *v, struct arena *arena, int64_t pos, struct stored *stored,
                           struct header *header, struct json **out, struct why *why)
{
    struct body body;
    enum err err = engine_get(views_engine(v), arena, pos, stored, why);
    if (err == ERR_NONE) err = header_parse(arena, stored->header, header, why);
    if (err == ERR_NONE) err = body_decode(arena, stored->body, &body, why);
    return err == ERR_NONE ? body_object(arena, &body, out, why) : err;
}

enum err history_case(struct views *v, struct arena *arena, const struct history_entry *entry, struct history_case *out,
                      struct why *why)
{
    struct header *header = arena_new(arena, struct header);
    struct stored stored;
    struct json *members = NULL;
    *out = (struct history_case){.crossing = entry->crossing};
    if (!header) return why_set(why, ERR_NO_MEMORY, "", "no memory for a case");
    enum err err = members_at(v, arena, entry->decision, &stored, header, &members, why);
    if (err != ERR_NONE) return err;
    out->decision = members;
    out->index = stored.index;
    out->in_us = header->in_us;
    if (entry->selection) {
        err = members_at(v, arena, entry->selection, &stored, header, &members, why);
        out->selection = members;
        out->overridden = err == ERR_NONE && str_is(header->kind, "override");
    }
    if (err == ERR_NONE && entry->finding) {
        err = members_at(v, arena, entry->finding, &stored, header, &members, why);
        out->finding = members;
    }
    return err;
}

enum err history_of_kind(struct views *v, struct arena *arena, const char *kind, size_t limit,
                         struct history_statement **out, size_t *count, struct why *why)
{
    uint64_t next = 0;
    *count = 0;
    *out = arena_array(arena, struct history_statement, limit + 1);
    struct header *header = arena_new(arena, struct header);
    if (!*out || !header) return why_set(why, ERR_NO_MEMORY, "", "no memory to look into the log");
    enum err err = engine_next_index(views_engine(v), ENGINE_OWN, &next, why);
    while (err == ERR_NONE && next > 0 && *count < limit) {
        struct arena step = ARENA(STEP_ARENA);
        int64_t pos;
        struct stored stored;
        struct json *members;
        err = header_at(v, &step, --next, header, why);
        bool wanted = err == ERR_NONE && str_is(header->kind, kind);
        arena_free(&step);
        if (!wanted) continue;
        err = engine_find(views_engine(v), ENGINE_OWN, next, &pos, why);
        if (err == ERR_NONE) err = members_at(v, arena, pos, &stored, header, &members, why);
        if (err == ERR_NONE) (*out)[(*count)++] = (struct history_statement){next, header->in_us, members};
    }
    return err;
}
