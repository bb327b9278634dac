// SPDX-License-Identifier: Apache-2.0
// Engine: the seam where one machine becomes many. It stores statements (our own and our partners'), tiles and
// checkpoints, in one transaction a slice; it does not know what a statement means.
//
// One writer (`engine_open`), any number of readers (`engine_open_reader`), each handle used by one thread at a time.
// Every function returns ERR_STORE with the reason when the disk or the database fails; the slice is then to be rolled
// back.
//
// The folder ledger/: the Merkle log: tree, tiles, checkpoints, receipts, witnessing, and the engines that store it.
// It may not know what a statement means.
#ifndef LEDGER_ENGINE_H
#define LEDGER_ENGINE_H

#include "base/arena.h"
#include "base/why.h"

struct engine;

// Position: the order in which this node stored statements, of whatever origin; from 1, without gaps.
struct stored {
    int64_t pos;
    uint32_t origin; // number of the origin; ENGINE_OWN is this node's own log
    uint64_t index;  // in its origin's log
    struct str header, body;
};

#define ENGINE_OWN 1u

struct engine_checkpoint {
    uint64_t size;
    uint8_t root[32];
    struct str note; // the signed note
};

struct engine_ops {
    void (*close)(struct engine *);
    enum err (*begin)(struct engine *, struct why *);
    enum err (*commit)(struct engine *, struct why *);
    void (*rollback)(struct engine *);
    enum err (*origin)(struct engine *, struct str name, bool add, uint32_t *number, struct why *);
    enum err (*origin_name)(struct engine *, struct arena *, uint32_t number, struct str *name, struct why *);
    enum err (*append)(struct engine *, const struct stored *, int64_t *pos, struct why *);
    enum err (*get)(struct engine *, struct arena *, int64_t pos, struct stored *, struct why *);
    enum err (*find)(struct engine *, uint32_t origin, uint64_t index, int64_t *pos, struct why *);
    enum err (*rewrite_body)(struct engine *, int64_t pos, struct str body, struct why *);
    enum err (*last)(struct engine *, int64_t *pos, struct why *);
    enum err (*next_index)(struct engine *, uint32_t origin, uint64_t *index, struct why *);
    enum err (*tile_put)(struct engine *, unsigned level, uint64_t n, struct str hashes, struct why *);
    enum err (*tile_get)(struct engine *, struct arena *, unsigned level, uint64_t n, struct str *hashes, struct why *);
    enum err (*checkpoint_swap)(struct engine *, uint32_t origin, uint64_t old_size, const struct engine_checkpoint *,
                                struct why *);
    enum err (*checkpoint_get)(struct engine *, struct arena *, uint32_t origin, struct engine_checkpoint *,
                               struct why *);
};

struct engine {
    const struct engine_ops *ops;
};

static inline void engine_close(struct engine *e)
{
    if (e) e->ops->close(e);
}
// A slice: begin, then appends and tiles, then commit. After commit returns ERR_NONE all of it is on disk and survives
// kill -9 and power loss; after rollback nothing of it is there. For a reader, what it reads from begin to rollback is
// one state of the store; the store grows meanwhile, so not for long.
static inline MUST_USE enum err engine_begin(struct engine *e, struct why *why)
{
    return e->ops->begin(e, why);
}
static inline MUST_USE enum err engine_commit(struct engine *e, struct why *why)
{
    return e->ops->commit(e, why);
}
static inline void engine_rollback(struct engine *e)
{
    e->ops->rollback(e);
}
// The number of a log's name. `add` gives an unknown one the next number; otherwise it is ERR_NOT_FOUND.
static inline MUST_USE enum err engine_origin(struct engine *e, struct str name, bool add, uint32_t *number,
                                              struct why *why)
{
    return e->ops->origin(e, name, add, number, why);
}
static inline MUST_USE enum err engine_origin_name(struct engine *e, struct arena *arena, uint32_t number,
                                                   struct str *name, struct why *why)
{
    return e->ops->origin_name(e, arena, number, name, why);
}
// ERR_CONFLICT when that origin and index are there already.
static inline MUST_USE enum err engine_append(struct engine *e, const struct stored *s, int64_t *pos, struct why *why)
{
    return e->ops->append(e, s, pos, why);
}
static inline MUST_USE enum err engine_get(struct engine *e, struct arena *arena, int64_t pos, struct stored *out,
                                           struct why *why)
{
    return e->ops->get(e, arena, pos, out, why);
}
static inline MUST_USE enum err engine_find(struct engine *e, uint32_t origin, uint64_t index, int64_t *pos,
                                            struct why *why)
{
    return e->ops->find(e, origin, index, pos, why);
}
// Erasure and, for a partner's statement, a disclosure that came later: the header stays, the old body's bytes are
// overwritten on disk.
static inline MUST_USE enum err engine_rewrite_body(struct engine *e, int64_t pos, struct str body, struct why *why)
{
    return e->ops->rewrite_body(e, pos, body, why);
}
// The last position; 0 when empty.
static inline MUST_USE enum err engine_last(struct engine *e, int64_t *pos, struct why *why)
{
    return e->ops->last(e, pos, why);
}
// One more than the highest index held of an origin; 0 when none.
static inline MUST_USE enum err engine_next_index(struct engine *e, uint32_t origin, uint64_t *index, struct why *why)
{
    return e->ops->next_index(e, origin, index, why);
}
// Tile n of a level of our own log: 1 to 256 hashes of 32 bytes; a narrower tile is a prefix of it.
static inline MUST_USE enum err engine_tile_put(struct engine *e, unsigned level, uint64_t n, struct str hashes,
                                                struct why *why)
{
    return e->ops->tile_put(e, level, n, hashes, why);
}
static inline MUST_USE enum err engine_tile_get(struct engine *e, struct arena *arena, unsigned level, uint64_t n,
                                                struct str *hashes, struct why *why)
{
    return e->ops->tile_get(e, arena, level, n, hashes, why);
}
// The fence against two writers: replaces the checkpoint of an origin only if the stored one has `old_size`
// (0: none is stored); otherwise ERR_CONFLICT.
static inline MUST_USE enum err engine_checkpoint_swap(struct engine *e, uint32_t origin, uint64_t old_size,
                                                       const struct engine_checkpoint *next, struct why *why)
{
    return e->ops->checkpoint_swap(e, origin, old_size, next, why);
}
static inline MUST_USE enum err engine_checkpoint_get(struct engine *e, struct arena *arena, uint32_t origin,
                                                      struct engine_checkpoint *out, struct why *why)
{
    return e->ops->checkpoint_get(e, arena, origin, out, why);
}

#endif
