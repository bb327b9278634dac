// SPDX-License-Identifier: Apache-2.0
// Proof: the receipt of a statement of our own log (ledger/receipt.h) under the checkpoint that most partners have
// countersigned. Whose business the disclosures in it are is the caller's to judge, before.
#ifndef SHARE_PROOF_H
#define SHARE_PROOF_H

#include "ledger/engine.h"
#include "share/link.h"

// A statement of our own log, taken apart, by its name. ERR_MALFORMED, ERR_NOT_FOUND.
struct proven {
    struct stored stored;
    struct header header;
    struct body body;
};
enum err proof_statement(struct arena *arena, struct views *views, struct str party, struct str name,
                         struct proven *out, struct why *why) MUST_USE;

// Appends the receipt to `out` (its `failed` is the caller's to check). The texts in its body are what it
// discloses. ERR_BUSY before a checkpoint covers the statement.
enum err proof_make(struct arena *arena, struct views *views, const struct note_key *log_key,
                    const struct partner *partners, size_t npartners, const struct proven *statement, struct buf *out,
                    struct why *why) MUST_USE;

#endif
