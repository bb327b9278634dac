// SPDX-License-Identifier: Apache-2.0
// Witness: both sides of c2sp.org/tlog-witness add-checkpoint as pure logic. A witness countersigns a log's checkpoint
// when it is consistent with the last one that it countersigned; it attests append-only, nothing about content.
//
// Request body:
//
//     old <decimal>\n                    size of the last checkpoint that this witness cosigned, 0: none
//     <base64 of 32 bytes>\n …           RFC 6962 2.1.2 consistency proof, at most 63 lines
//     \n
//     <checkpoint note>
//
// Knows no HTTP and no store: the caller looks up, persists and answers.
#ifndef LEDGER_WITNESS_H
#define LEDGER_WITNESS_H

#include "ledger/checkpoint.h"

#define WITNESS_REQUEST_MAX ((size_t)64 << 10) // bytes that a door need read; a checkpoint with 100 cosignatures fits
#define WITNESS_SIZE_TYPE "text/x.tlog.size"

// ---- The witness ----

// What this witness knows of a log.
struct witness_log {
    const struct note_key *keys; // those it trusts to sign for the origin; at least one, at most WITNESS_KEYS_MAX
    size_t nkeys;
    uint64_t size; // the last checkpoint that it cosigned; 0: none, and root is not looked at
    uint8_t root[MERKLE_HASH];
};
#define WITNESS_KEYS_MAX 16

struct witness {
    struct str name; // of the cosigning key
    const struct ed25519_key *key;
    // Gives what is known of an origin. ERR_NOT_FOUND: this witness does not follow that log. Others: the store failed.
    enum err (*find)(void *ctx, struct str origin, struct witness_log *out, struct why *why);
    void *ctx;
};

// What to answer and, where status is 200, what to persist first. Texts live in the arena or point into the request.
struct witness_answer {
    int status; // 200, 400, 403, 404, 409, 422; 500 or 503 when the store or memory failed
    const char *content_type;
    struct str body; // cosignature lines; "<size>\n" with 409; otherwise one line that says why
    struct str origin;
    uint64_t old; // the stored size that the checkpoint was checked against
    uint64_t size;
    uint8_t root[MERKLE_HASH];
    struct str note; // the checkpoint with the log's own signatures and our cosignature: what monitors are served
};

// Checks one request, in the order of the specification, and answers it; `time_s` (POSIX, > 0) goes into the
// cosignature.
//
//   400  not a request as above; old > size of the checkpoint
//   404  origin unknown
//   403  no signature of a trusted key of the origin, or one that does not verify
//   409  old is not the stored size
//   422  size 0 with another root than the empty tree's; a proof with old 0; old == size with another root; a proof
//   that does
//        not hold
//   200  otherwise
//
// Before a 200 leaves the house the caller must have made (origin, size, root, note) durable, atomically with the
// check: in the transaction that `find` read from, or by a compare-and-swap on the stored size from `old` to `size`. If
// the swap finds another size, nothing is sent and the request is checked again. Without that, two requests that race
// roll the log back. Returns the error whose err_status is the status (ERR_NONE: 200); `why` says why.
enum err witness_add_checkpoint(struct arena *arena, const struct witness *witness, struct str request, uint64_t time_s,
                                struct witness_answer *out, struct why *why);

// Where monitors look for the last cosigned checkpoint of a log: "<hex of SHA-256 of the origin>/checkpoint".
void witness_checkpoint_path(struct str origin, struct buf *out);

// ---- The log ----

struct witness_request {
    uint64_t old;
    struct merkle_proof proof;
    struct str checkpoint; // the note
};

void witness_request_format(const struct witness_request *request, struct buf *out);
// Accepts only what witness_request_format writes; the note is not looked into. Points into `bytes`.
enum err witness_request_parse(struct str bytes, struct witness_request *out, struct why *why) MUST_USE;

// Reads the body of a 200: appends to `lines` each cosignature line over `checkpoint` (the note that was sent) that is
// of one of the witness's keys and holds; lines of others are left out. ERR_MALFORMED: not signature lines.
// ERR_UNTRUSTED: none is of these keys, or one does not hold. At most WITNESS_KEYS_MAX keys.
enum err witness_response_read(struct arena *arena, struct str body, struct str checkpoint, const struct note_key *keys,
                               size_t nkeys, struct buf *lines, struct why *why) MUST_USE;
// Reads the body of a 409: the size to prove consistency from.
bool witness_conflict_read(struct str body, uint64_t *size);

#endif
