// SPDX-License-Identifier: Apache-2.0
// The log for witnesses and auditors: checkpoint and tiles as c2sp.org/tlog-tiles has them. Entry bundles hold what
// every header says, so they are the owner's and the auditors' alone.
#include "ledger/tile.h"
#include "serve/inside.h"
#include "serve/route.h"

enum step log_checkpoint(struct request *request)
{
    struct why why = {0};
    struct str note = STR_NONE;
    struct views *views = request_views(request, &why);
    enum err err = views ? witness_checkpoint(views, &request->arena, &note, &why) : why.err;
    request_views_done(request, views);
    if (err != ERR_NONE) return reply_problem(request, &why);
    return reply_bytes(request, 200, "text/plain; charset=utf-8", note);
}

static enum err no_tile(struct why *why)
{
    return why_set(why, ERR_NOT_FOUND, "path", "the log has no such tile (yet)");
}

static enum err hashes(struct request *request, struct views *views, const struct tile_name *tile, struct str *out,
                       struct why *why)
{
    if (tile->level >= TILE_LEVELS) return no_tile(why);
    enum err err = engine_tile_get(views_engine(views), &request->arena, tile->level, tile->n, out, why);
    if (err == ERR_NOT_FOUND || (err == ERR_NONE && out->n < (size_t)tile->width * MERKLE_HASH)) {
        *why = (struct why){0};
        return no_tile(why);
    }
    out->n = err == ERR_NONE ? (size_t)tile->width * MERKLE_HASH : 0;
    return err;
}

static enum err entries(struct request *request, struct views *views, const struct tile_name *tile, struct buf *out,
                        struct why *why)
{
    struct engine *engine = views_engine(views);
    uint64_t size;
    enum err err = engine_next_index(engine, ENGINE_OWN, &size, why);
    if (err == ERR_NONE && (tile->n >= MERKLE_SIZE_MAX / TILE_WIDTH || tile->n * TILE_WIDTH + tile->width > size))
        err = no_tile(why);
    for (unsigned i = 0; err == ERR_NONE && i < tile->width; i++) {
        struct arena arena = ARENA((size_t)4 << 20);
        struct stored stored;
        int64_t pos;
        err = engine_find(engine, ENGINE_OWN, tile->n * TILE_WIDTH + i, &pos, why);
        if (err == ERR_NONE) err = engine_get(engine, &arena, pos, &stored, why);
        if (err == ERR_NONE && !bundle_add(out, stored.header))
            err = why_set(why, ERR_NO_MEMORY, "", "no memory for the bundle");
        arena_free(&arena);
    }
    (void)request;
    return err;
}

enum step log_tile(struct request *request)
{
    struct why why = {0};
    struct tile_name tile;
    struct str path = arena_printf(&request->arena, "tile/%.*s", STR_ARG(request->param[0])), bytes = STR_NONE;
    struct buf bundle = BUF((size_t)TILE_WIDTH * (HEADER_MAX + 2));
    if (!path.p || !tile_path_parse(path, &tile)) {
        (void)why_set(&why, ERR_NOT_FOUND, "path", "this is no path of a tile");
        (void)why_clause(&why, "C2SP tlog-tiles");
        return reply_problem(request, &why);
    }
    if (tile.entries && !caller_is(&request->caller, ROLE_AUDITOR | ROLE_ADMIN)) {
        (void)why_set(&why, ERR_FORBIDDEN, "path", "entries are for the owner and auditors; ask for receipts");
        return reply_problem(request, &why);
    }
    struct views *views = request_views(request, &why);
    enum err err = !views         ? why.err
                   : tile.entries ? entries(request, views, &tile, &bundle, &why)
                                  : hashes(request, views, &tile, &bytes, &why);
    request_views_done(request, views);
    if (err != ERR_NONE) {
        buf_free(&bundle);
        return reply_problem(request, &why);
    }
    if (tile.entries) {
        buf_free(&request->body);
        request->body = bundle;
        bytes = buf_str(&bundle);
    }
    if (!tile.entries) reply_header(request, "Cache-Control", "private, max-age=31536000, immutable");
    return reply_bytes(request, 200, "application/octet-stream", bytes);
}
