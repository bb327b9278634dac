// SPDX-License-Identifier: Apache-2.0
// Checkpoint: a log's head (c2sp.org/tlog-checkpoint), the text of a signed note (trust/note.h):
//
//     us.cbp\n                                            origin: the log's name, not empty
//     70000\n                                             tree size, decimal without leading zeros
//     CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n      root, base64 of 32 bytes
//     …\n                                                 extension lines, not empty; our logs write none
//
// Knows nothing of trees and stores: whether root and size belong together is the caller's.
#ifndef LEDGER_CHECKPOINT_H
#define LEDGER_CHECKPOINT_H

#include "ledger/merkle.h"
#include "trust/note.h"

#define CHECKPOINT_ORIGIN_MAX 255 // bytes; tlog-cosignature's bound on a log's origin

// `origin` and `extensions` point into the text that was parsed, or to the caller's. `extensions` are whole lines with
// their newlines; empty: none.
struct checkpoint {
    struct str origin;
    uint64_t size;
    uint8_t root[MERKLE_HASH];
    struct str extensions;
};

// The note's text, appended to `out`.
void checkpoint_text(const struct checkpoint *checkpoint, struct buf *out);
// Accepts only what checkpoint_text writes. ERR_MALFORMED; ERR_TOO_LARGE over MERKLE_SIZE_MAX or CHECKPOINT_ORIGIN_MAX.
enum err checkpoint_parse(struct str text, struct checkpoint *out, struct why *why) MUST_USE;

// The whole note with the log's own signature, whose key name is the origin; appended to `out`. Cosignatures
// (note_cosign over checkpoint_text) are lines to append. INVARIANT: the origin is a valid key name.
void checkpoint_sign(const struct checkpoint *checkpoint, const struct ed25519_key *key, struct buf *out);
// A note that holds a checkpoint: structure only, nothing is trusted before note_verify. Both point into `bytes`.
enum err checkpoint_read(struct arena *arena, struct str bytes, struct note *note, struct checkpoint *out,
                         struct why *why) MUST_USE;

#endif
