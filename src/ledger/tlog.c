// SPDX-License-Identifier: Apache-2.0
#include "ledger/tlog.h"

#include "ledger/checkpoint.h"
#include "ledger/tile.h"

#include <stdlib.h>

struct tlog {
    struct engine *engine;
    char origin[CHECKPOINT_ORIGIN_MAX + 1];
    struct ed25519_key key;
    struct tile_edge edge;
    uint64_t sealed_size; // of the newest checkpoint in the engine
    uint8_t root[MERKLE_HASH];
    struct buf note;
    struct why why; // why a tile could not be written
};

static bool read_tile(void *context, unsigned level, uint64_t n, unsigned width, uint8_t out[TILE_BYTES])
{
    struct tlog_nodes *nodes = context;
    struct str hashes;
    size_t need = (size_t)width * MERKLE_HASH;
    if (engine_tile_get(nodes->engine, nodes->arena, level, n, &hashes, &nodes->why) != ERR_NONE) return false;
    if (hashes.n < need) {
        why_set(&nodes->why, ERR_STORE, "", "tile %u/%llu holds %zu bytes, not %zu", level, (unsigned long long)n,
                hashes.n, need);
        return false;
    }
    memcpy(out, hashes.p, need);
    return true;
}

enum err tlog_nodes_init(struct tlog_nodes *nodes, struct engine *engine, struct arena *arena, uint64_t size)
{
    *nodes = (struct tlog_nodes){.engine = engine, .arena = arena};
    nodes->tiles = arena_new(arena, struct tile_reader);
    if (!nodes->tiles) return why_set(&nodes->why, ERR_NO_MEMORY, "", "no memory to read tiles");
    tile_reader_init(nodes->tiles, read_tile, nodes, size);
    return ERR_NONE;
}

struct merkle_reader tlog_reader(struct tlog_nodes *nodes)
{
    return tile_merkle(nodes->tiles);
}

static bool put_tile(void *context, unsigned level, uint64_t n, unsigned width, const uint8_t *hashes)
{
    struct tlog *t = context;
    struct str bytes = {(const char *)hashes, (size_t)width * MERKLE_HASH};
    return engine_tile_put(t->engine, level, n, bytes, &t->why) == ERR_NONE;
}

static enum err load(struct tlog *t, struct why *why)
{
    struct arena arena = ARENA((size_t)4 << 20);
    struct engine_checkpoint stored = {0};
    struct why none = {0};
    uint64_t next;
    enum err err = engine_checkpoint_get(t->engine, &arena, ENGINE_OWN, &stored, &none);
    if (err == ERR_NOT_FOUND)
        err = ERR_NONE;
    else if (err != ERR_NONE && why)
        *why = none;
    if (err == ERR_NONE) err = engine_next_index(t->engine, ENGINE_OWN, &next, why);
    if (err == ERR_NONE && next != stored.size)
        err = why_set(why, ERR_STORE, "", "the checkpoint says %llu statements, the log holds %llu; run puente fsck",
                      (unsigned long long)stored.size, (unsigned long long)next);
    struct tlog_nodes nodes;
    if (err == ERR_NONE) {
        err = tlog_nodes_init(&nodes, t->engine, &arena, stored.size);
        if (err == ERR_NONE && !tile_edge_load(nodes.tiles, &t->edge)) err = nodes.why.err ? nodes.why.err : ERR_STORE;
        if (err != ERR_NONE)
            why_set(why, err, "", "the log's right edge cannot be read (%s); run puente fsck", nodes.why.text);
    }
    if (err == ERR_NONE) {
        frontier_root(&t->edge.frontier, t->root);
        if (stored.size && memcmp(t->root, stored.root, sizeof t->root) != 0)
            err = why_set(why, ERR_STORE, "", "the tiles give another root than the checkpoint; run puente fsck");
        buf_clear(&t->note);
        buf_str_add(&t->note, stored.note);
        t->sealed_size = stored.size;
    }
    arena_free(&arena);
    return err;
}

enum err tlog_open(struct engine *engine, struct str origin, const struct ed25519_key *key, struct tlog **out,
                   struct why *why)
{
    struct tlog *t = calloc(1, sizeof *t);
    if (!t) return why_set(why, ERR_NO_MEMORY, "", "no memory for the log");
    INVARIANT(origin.n && origin.n < sizeof t->origin && note_name_valid(origin));
    memcpy(t->origin, origin.p, origin.n);
    t->engine = engine;
    t->key = *key;
    t->note = BUF(NOTE_MAX);
    enum err err = load(t, why);
    if (err == ERR_NONE)
        *out = t;
    else
        tlog_free(t);
    return err;
}

void tlog_free(struct tlog *t)
{
    if (!t) return;
    buf_free(&t->note);
    ed25519_wipe(&t->key);
    free(t);
}

uint64_t tlog_size(const struct tlog *t)
{
    return t->edge.frontier.size;
}

enum err tlog_append(struct tlog *t, struct str leaf, uint64_t *index, struct why *why)
{
    uint8_t hash[MERKLE_HASH];
    const struct tile_writer writer = {put_tile, t};
    merkle_leaf(leaf, hash);
    *index = t->edge.frontier.size;
    if (tile_edge_append(&t->edge, hash, &writer)) return ERR_NONE;
    if (why) *why = t->why;
    return t->why.err ? t->why.err : ERR_STORE;
}

enum err tlog_seal(struct tlog *t, struct why *why)
{
    const struct tile_writer writer = {put_tile, t};
    if (t->edge.frontier.size == t->sealed_size) return ERR_NONE;
    if (!tile_edge_flush(&t->edge, &writer)) {
        if (why) *why = t->why;
        return t->why.err ? t->why.err : ERR_STORE;
    }
    frontier_root(&t->edge.frontier, t->root);
    struct checkpoint checkpoint = {.origin = str_of(t->origin), .size = t->edge.frontier.size};
    memcpy(checkpoint.root, t->root, sizeof t->root);
    buf_clear(&t->note);
    checkpoint_sign(&checkpoint, &t->key, &t->note);
    if (t->note.failed) return why_set(why, ERR_NO_MEMORY, "", "no memory for a checkpoint");
    struct engine_checkpoint next = {.size = checkpoint.size, .note = buf_str(&t->note)};
    memcpy(next.root, t->root, sizeof t->root);
    enum err err = engine_checkpoint_swap(t->engine, ENGINE_OWN, t->sealed_size, &next, why);
    if (err == ERR_NONE) t->sealed_size = checkpoint.size;
    return err;
}

enum err tlog_rolled_back(struct tlog *t, struct why *why)
{
    t->why = (struct why){0};
    return load(t, why);
}

struct str tlog_checkpoint(const struct tlog *t)
{
    return buf_str(&t->note);
}

const uint8_t *tlog_root(const struct tlog *t)
{
    return t->root;
}
