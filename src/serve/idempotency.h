// SPDX-License-Identifier: Apache-2.0
// Idempotency: a request that is sent again with the same Idempotency-Key within 7 days is answered as the first time
// and stores nothing. What is kept (local space "idempotency", in the transaction of the statements) is the hash of the
// request and the body roots of its statements, which tell them apart in the log from all others: their salts are
// random.
#ifndef SERVE_IDEMPOTENCY_H
#define SERVE_IDEMPOTENCY_H

#include "commit/job.h"
#include "views/views.h"

#define IDEMPOTENCY_SPACE "idempotency"
#define IDEMPOTENCY_KEY_MAX 128
#define IDEMPOTENCY_DAYS 7
#define IDEMPOTENCY_SCAN_MAX 200000 // statements of our log that are looked through

// One key's record.
struct idempotency {
    struct str key;   // in the local space: caller and header
    struct str held;  // what is stored; {NULL,0}: nothing
    bool repeat;      // it is this very request's, and young enough
    uint64_t from;    // of a repeat: the log's size before it
    struct str roots; // and the first 8 bytes of each body root, in order
};

// Looks the key up. ERR_MALFORMED for a key that is none; ERR_SENSELESS when it was another request's
// (draft-ietf-httpapi-idempotency-key-header 2.7).
enum err idempotency_find(struct views *views, struct arena *arena, struct str actor, struct str header,
                          const uint8_t request[32], int64_t now_us, struct idempotency *out, struct why *why) MUST_USE;
// The write that goes with the sealed drafts. NULL without memory.
struct local_write *idempotency_write(struct arena *arena, const struct idempotency *found, const uint8_t request[32],
                                      uint64_t log_size, const struct draft *drafts, int64_t now_us);
// The indexes of a repeat's statements, found in our log. ERR_NOT_FOUND when they are no longer to be found.
enum err idempotency_indexes(struct views *views, struct arena *arena, const struct idempotency *found,
                             uint64_t **indexes, size_t *count, struct why *why) MUST_USE;

#endif
