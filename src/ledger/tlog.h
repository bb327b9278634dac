// SPDX-License-Identifier: Apache-2.0
// Tlog: this node's own Merkle log while it grows: frontier, right-edge tiles and signed checkpoint, kept in step with the
// engine's slice. One writer.
#ifndef LEDGER_TLOG_H
#define LEDGER_TLOG_H

#include "ledger/engine.h"
#include "ledger/merkle.h"
#include "trust/note.h"

struct tlog;

// Reads the state of `origin`'s log from the engine, and checks that tiles, statements and the stored checkpoint agree on the size.
// `key` signs checkpoints (copied).
enum err tlog_open(struct engine *engine, struct str origin, const struct ed25519_key *key, struct tlog **out,
                  struct why *why) MUST_USE;
void tlog_free(struct tlog *tlog);

uint64_t tlog_size(const struct tlog *tlog);
// Takes the next leaf (a header's bytes) and returns its index. In memory until tlog_seal.
uint64_t tlog_append(struct tlog *tlog, struct str leaf);
// Inside the engine's slice: write the tiles that changed and the new signed checkpoint.
enum err tlog_seal(struct tlog *tlog, struct why *why) MUST_USE;
// After the engine committed: what was sealed is now the state to go back to.
void tlog_committed(struct tlog *tlog);
// After a rollback: forget what was appended since the last tlog_committed.
void tlog_rolled_back(struct tlog *tlog);

// The last sealed checkpoint's note, and root. Valid until the next tlog_seal.
struct str tlog_checkpoint(const struct tlog *tlog);
const uint8_t *tlog_root(const struct tlog *tlog);

// Complete nodes of the stored log, for proofs: from the engine's tiles, through a reader's handle. One thread's.
struct tlog_nodes {
    struct engine *engine;
    struct arena *arena;  // tiles read are kept here
    struct tlog_tile *tiles;
    struct why why;       // why a node could not be had
};
struct merkle_reader tlog_reader(struct tlog_nodes *nodes);

#endif
