// SPDX-License-Identifier: Apache-2.0
// Batch: what a holder answers to a pull, byte for byte, and all that a puller checks before it believes a byte of it.
// Pure functions over memory: they know no store, no socket and no clock.
//
// Integers are big-endian. "hash": 32 bytes.
//
//     8  "PUENTEB" 0x01
//     1  length, then the agreement's id
//     8  from                 feed position: one after the position that was asked from
//     8  to                   feed position up to which the batch covers; from - 1 when it covers nothing
//     8  seen                 size of the checkpoint from which the consistency proof starts, as it was asked for
//     4  length, then the checkpoint: a signed note of the holder's log (c2sp.org/tlog-checkpoint), with cosignatures
//     1  number of hashes (at most 63), then the consistency proof, RFC 6962 2.1.2, from `seen` to the checkpoint's
//     size 4  number of statements 4  length, then one Merkle multiproof (ledger/merkle.h) for all of them; empty
//     without statements then each statement, in feed order:
//         8  feed position    ascending; a gap is a statement that was let out when it was said and is no longer
//         8  index in the log
//         2  length, then the header (statement.h): the log's leaf
//         2  number of disclosures, then each: digest (hash), 4 length, text of that length; 0: withheld or erased
//     32 SHA-256 of everything before
//
// A statement's bytes from its index on are a leaf of the *disclosed root*: the RFC 6962 tree hash over the statements
// of the batch in feed order. Holder and puller both state it in their own logs (link.disclosed, link.received), so
// that an auditor can match what one says it sent with what the other says it got, and prove what was in it.
#ifndef SHARE_BATCH_H
#define SHARE_BATCH_H

#include "commit/job.h"
#include "ledger/checkpoint.h"
#include "share/agreement.h"

#define BATCH_TYPE "application/vnd.puente.batch"
#define BATCH_BYTES_MAX ((size_t)8 << 20) // of one batch
#define BATCH_STATEMENTS_MAX 10000

struct batch_item {
    int64_t seq;
    uint64_t index;
    struct str header;
    struct body body; // all digests; texts of what is disclosed
};

// What a batch is made of. Items in feed order, seq within from..to.
struct batch_parts {
    struct str agreement;
    int64_t from, to;
    uint64_t seen;
    const struct batch_item *items;
    size_t count;
    struct str checkpoint;             // the note
    uint64_t size;                     // of the checkpoint
    const struct merkle_reader *nodes; // of the log at that size
};

// The bytes that one statement takes in a batch.
size_t batch_item_bytes(const struct batch_item *item);
// The disclosed root of these statements.
enum err batch_disclosed(const struct batch_item *items, size_t count, uint8_t root[MERKLE_HASH],
                         struct why *why) MUST_USE;
// Appends the batch. Without a proof when seen > size: the puller will see why. ERR_STORE: nodes could not be read.
// ERR_CONFLICT: two items of one index, or an index outside the log. ERR_TOO_LARGE.
enum err batch_make(struct arena *arena, const struct batch_parts *parts, struct buf *out, struct why *why) MUST_USE;

// What the puller knows and asked for.
struct batch_expected {
    struct str origin;              // of the holder's log
    const struct note_key *log_key; // signs its checkpoints; its name is the origin
    const struct agreement *agreement;
    int64_t after;
    uint64_t seen; // the last checkpoint held of that log; 0: none
    uint8_t root[MERKLE_HASH];
};

struct batch {
    struct mirror mirror; // for a job; points into the bytes and the arena
    uint8_t disclosed[MERKLE_HASH];
    uint64_t withheld; // disclosures without text
    uint64_t skipped;  // feed positions without a statement
    bool fork;         // the checkpoint is the holder's and contradicts the one we hold: see batch_verify
};

// Checks, in this order: frame and limits; agreement and range; the checkpoint's origin and signature; that it is
// consistent with the one held; each header canonical, by the origin, of a kind and label that the agreement lets out;
// digests sorted and different, each disclosure hashing to its digest, nothing present that should be withheld, body
// root as the header says; all headers leaves of the checkpoint's tree.
//
// ERR_MALFORMED, ERR_TOO_LARGE; ERR_UNTRUSTED: something does not hold; ERR_CONFLICT with out->fork: a checkpoint
// signed by the holder's key is smaller than, or another tree than, the one held. out->mirror.checkpoint is then the
// evidence.
enum err batch_verify(struct arena *arena, struct str bytes, const struct batch_expected *expected, struct batch *out,
                      struct why *why) MUST_USE;

#endif
