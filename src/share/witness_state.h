// SPDX-License-Identifier: Apache-2.0
// Witness state: both sides of countersigning, as far as it is kept. Of each partner's log we hold the last checkpoint
// that was verified (the engine's, moved by compare-and-swap in commit, whether it came by a link or by add-checkpoint:
// two memories would let a partner show each of them another log). Of our own log we keep which partner cosigned what:
//
//   local space "cosigned", key party           {"line","root","size","time"}: its newest cosignature
//   local space "cosigned-note", key size, hex   our checkpoint of that size with all cosignatures that we have of it
//   local space "offered", key "party agreement"  the checkpoint that was last offered, which alone may be cosigned
#ifndef SHARE_WITNESS_STATE_H
#define SHARE_WITNESS_STATE_H

#include "ledger/checkpoint.h"
#include "share/link.h"

// The last checkpoint that we verified of a log; size 0 when there is none.
enum err witness_seen(struct views *views, struct arena *arena, struct str origin, struct engine_checkpoint *out,
                      struct why *why) MUST_USE;
// That checkpoint with our cosignature, for GET /v1/witness/{hex}/checkpoint; `hex` is the SHA-256 of the partner's
// origin. ERR_NOT_FOUND: no partner of ours, or nothing seen.
enum err witness_monitor(struct views *views, struct arena *arena, const struct partner *partners, size_t npartners,
                         struct str own_party, const struct ed25519_key *witness_key, struct str hex, struct str *note,
                         struct why *why) MUST_USE;

// Our newest checkpoint; its note with the cosignatures of exactly that size. Size 0 when the log is empty.
enum err cosigned_newest(struct views *views, struct arena *arena, struct engine_checkpoint *out,
                         struct why *why) MUST_USE;
// What a receipt is made with: of our checkpoints of at least `size` statements the one with the most cosignatures, the
// newest among equals; with `need` 0 and none cosigned the newest checkpoint (ERR_NOT_FOUND: the log is empty).
// ERR_BUSY: fewer than `need` witnesses have cosigned one so far.
enum err cosigned_quorum(struct views *views, struct arena *arena, uint64_t size, size_t need, struct str *note,
                         struct why *why) MUST_USE;

#endif
