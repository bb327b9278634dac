// SPDX-License-Identifier: Apache-2.0
#include "commit/fsck.h"

#include "ledger/checkpoint.h"
#include "ledger/engine_sqlite.h"
#include "ledger/tile.h"
#include "views/views.h"

#include <stdlib.h>

#define PROGRESS_EVERY 5000

struct checking {
    const struct fsck_settings *settings;
    struct fsck_report *report;
    struct engine *engine;
    struct arena arena;
    struct tile_edge edge;
    int64_t last_in;
    struct why *why;
    struct why tile_why;
};

static bool same_tile(void *context, unsigned level, uint64_t n, unsigned width, const uint8_t *hashes)
{
    struct checking *c = context;
    struct str held;
    enum err err = engine_tile_get(c->engine, &c->arena, level, n, &held, &c->tile_why);
    if (err == ERR_NOT_FOUND) {
        c->tile_why = (struct why){0};
        why_set(&c->tile_why, ERR_CONFLICT, "tile", "tile %u/%llu is missing", level, (unsigned long long)n);
        return false;
    }
    if (err != ERR_NONE) return false; // the store cannot be read: its own reason stands
    if (held.n == (size_t)width * MERKLE_HASH && memcmp(held.p, hashes, held.n) == 0) return true;
    c->tile_why = (struct why){0};
    why_set(&c->tile_why, ERR_CONFLICT, "tile", "tile %u/%llu is not what the statements hash to", level,
            (unsigned long long)n);
    return false;
}

static enum err check_own(struct checking *c, const struct stored *s, const struct header *h)
{
    const struct tile_writer compare = {same_tile, c};
    uint8_t leaf[MERKLE_HASH];
    if (s->index != c->edge.frontier.size)
        return why_set(c->why, ERR_CONFLICT, "index", "position %lld holds index %llu of the log, not %llu",
                       (long long)s->pos, (unsigned long long)s->index, (unsigned long long)c->edge.frontier.size);
    if (!str_eq(h->by, c->settings->party))
        return why_set(c->why, ERR_CONFLICT, "by", "statement %llu of the log is by %.*s", (unsigned long long)s->index,
                       STR_ARG(h->by));
    if (h->in_us <= c->last_in)
        return why_set(c->why, ERR_CONFLICT, "in", "statement %llu was committed before the one before it",
                       (unsigned long long)s->index);
    c->last_in = h->in_us;
    c->report->own++;
    merkle_leaf(s->header, leaf);
    if (tile_edge_append(&c->edge, leaf, &compare)) return ERR_NONE;
    *c->why = c->tile_why;
    return c->why->err;
}

static enum err check_statement(struct checking *c, int64_t pos)
{
    struct stored s;
    struct header h;
    struct body body;
    struct why why = {0};
    uint8_t root[32];
    enum err err = engine_get(c->engine, &c->arena, pos, &s, &why);
    if (err == ERR_NONE) err = header_parse(&c->arena, s.header, &h, &why);
    if (err == ERR_NONE) err = body_decode(&c->arena, s.body, &body, &why);
    if (err == ERR_NONE) err = body_check(&c->arena, &body, &why);
    if (err != ERR_NONE)
        return why_set(c->why, ERR_CONFLICT, "statement", "position %lld: %s", (long long)pos, why.text);
    body_root(&body, root);
    if (memcmp(root, h.body, sizeof root) != 0)
        return why_set(c->why, ERR_CONFLICT, "body", "statement %.*s:%llu: the body is not what its header names",
                       STR_ARG(h.by), (unsigned long long)s.index);
    c->report->statements++;
    c->report->disclosures += (int64_t)body.count;
    for (size_t i = 0; i < body.count; i++) c->report->erased_or_withheld += body.items[i].text.n == 0;
    if (s.origin == ENGINE_OWN) return check_own(c, &s, &h);
    c->report->foreign++;
    struct str name;
    err = engine_origin_name(c->engine, &c->arena, s.origin, &name, c->why);
    if (err == ERR_NONE && !str_eq(name, h.by))
        err = why_set(c->why, ERR_CONFLICT, "by", "position %lld is kept as %.*s's, and is by %.*s", (long long)pos,
                      STR_ARG(name), STR_ARG(h.by));
    return err;
}

static enum err check_statements(struct checking *c)
{
    int64_t last;
    enum err err = engine_last(c->engine, &last, c->why);
    for (int64_t pos = 1; pos <= last && err == ERR_NONE; pos++) {
        arena_reset(&c->arena);
        err = check_statement(c, pos);
        if (c->settings->progress && pos % PROGRESS_EVERY == 0)
            c->settings->progress(c->settings->context, "statements", pos, last);
    }
    return err;
}

static enum err check_head(struct checking *c)
{
    const struct tile_writer compare = {same_tile, c};
    struct engine_checkpoint held;
    struct note note;
    struct checkpoint checkpoint;
    struct why none = {0};
    arena_reset(&c->arena);
    if (!tile_edge_flush(&c->edge, &compare)) {
        *c->why = c->tile_why;
        return c->why->err;
    }
    frontier_root(&c->edge.frontier, c->report->root);
    c->report->size = c->edge.frontier.size;
    enum err err = engine_checkpoint_get(c->engine, &c->arena, ENGINE_OWN, &held, &none);
    if (err == ERR_NOT_FOUND && c->report->size == 0) return ERR_NONE;
    if (err == ERR_NONE) err = checkpoint_read(&c->arena, held.note, &note, &checkpoint, &none);
    if (err == ERR_NONE && c->settings->log_key)
        err = note_verify(&note, c->settings->log_key, 1, (struct note_verdict[1]){{0}}, NULL, &none);
    if (err != ERR_NONE) return why_set(c->why, ERR_CONFLICT, "checkpoint", "the checkpoint: %s", none.text);
    if (held.size != c->report->size || checkpoint.size != c->report->size)
        return why_set(c->why, ERR_CONFLICT, "checkpoint", "the checkpoint says %llu statements, the log holds %llu",
                       (unsigned long long)checkpoint.size, (unsigned long long)c->report->size);
    if (memcmp(held.root, c->report->root, 32) != 0 || memcmp(checkpoint.root, c->report->root, 32) != 0)
        return why_set(c->why, ERR_CONFLICT, "checkpoint", "the checkpoint's root is not what the statements hash to");
    return ERR_NONE;
}

static void replay_progress(void *context, int64_t done, int64_t all)
{
    const struct fsck_settings *settings = context;
    if (settings->progress) settings->progress(settings->context, "views", done, all);
}

static enum err check_views(struct checking *c)
{
    struct views *held = NULL, *derived = NULL;
    enum err err = views_open(c->engine, false, NULL, NULL, &held, c->why);
    if (err == ERR_NONE) err = views_open_shadow("", &derived, c->why);
    struct fsck_settings settings = *c->settings;
    if (err == ERR_NONE) err = views_replay(derived, c->engine, replay_progress, &settings, c->why);
    if (err == ERR_NONE) err = views_compare(held, derived, c->why);
    views_free(derived);
    views_free(held);
    return err;
}

enum err fsck(const struct fsck_settings *settings, struct fsck_report *report, struct why *why)
{
    struct why own = {0};
    struct checking *c = calloc(1, sizeof *c);
    if (!c) return why_set(why, ERR_NO_MEMORY, "", "no memory to check the store");
    *report = (struct fsck_report){0};
    c->settings = settings;
    c->report = report;
    c->why = why ? why : &own;
    c->arena = ARENA((size_t)64 << 20);
    enum err err = engine_sqlite_open_reader(settings->database, &c->engine, c->why);
    // One state of the store throughout: the node may write meanwhile.
    if (err == ERR_NONE) err = engine_begin(c->engine, c->why);
    if (err == ERR_NONE) err = check_statements(c);
    if (err == ERR_NONE) err = check_head(c);
    if (err == ERR_NONE && settings->views) err = check_views(c);
    if (c->engine) engine_rollback(c->engine);
    engine_close(c->engine);
    arena_free(&c->arena);
    free(c);
    return err;
}
