// SPDX-License-Identifier: Apache-2.0
// Tlog: this node's own Merkle log while it grows: frontier, right-edge tiles and signed checkpoint, kept in step with
// the engine's slice. One writer.
#ifndef LEDGER_TLOG_H
#define LEDGER_TLOG_H

#include "ledger/engine.h"
#include "ledger/merkle.h"
#include "trust/note.h"

struct tlog;

// Reads the state of `origin`'s log from the engine, and checks that tiles, statements and the stored checkpoint agree
// on the size. `key` signs checkpoints (copied).
enum err tlog_open(struct engine *engine, struct str origin, const struct ed25519_key *key, struct tlog **out,
                   struct why *why) MUST_USE;
void tlog_free(struct tlog *tlog);

uint64_t tlog_size(const struct tlog *tlog);
// Inside the engine's slice: takes the next leaf (a header's bytes) and gives its index; tiles that it fills are
// written.
enum err tlog_append(struct tlog *tlog, struct str leaf, uint64_t *index, struct why *why) MUST_USE;
// Writes the partial tiles that changed and the new signed checkpoint. Call before the engine commits.
enum err tlog_seal(struct tlog *tlog, struct why *why) MUST_USE;
// After the engine rolled back: reads the state anew.
enum err tlog_rolled_back(struct tlog *tlog, struct why *why) MUST_USE;

// The last sealed checkpoint's note, and root. Valid until the next tlog_seal.
struct str tlog_checkpoint(const struct tlog *tlog);
const uint8_t *tlog_root(const struct tlog *tlog);

// Complete nodes of the stored log of `size` leaves, for proofs: from the engine's tiles, through a reader's handle.
// One thread's; what it reads lives in the arena.
struct tile_reader;
struct tlog_nodes {
    struct engine *engine;
    struct arena *arena;
    struct tile_reader *tiles;
    struct why why; // why a node could not be had
};
enum err tlog_nodes_init(struct tlog_nodes *nodes, struct engine *engine, struct arena *arena, uint64_t size) MUST_USE;
struct merkle_reader tlog_reader(struct tlog_nodes *nodes);

#endif
