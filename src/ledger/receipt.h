// SPDX-License-Identifier: Apache-2.0
// Receipt: the proof, checkable offline with public keys alone, that one statement is in its party's log, and what that
// statement says as far as it was disclosed. It is a C2SP tlog-proof (file name extension .tlog-proof):
//
//     c2sp.org/tlog-proof@v1\n
//     extra <base64 of the JSON below>\n
//     index <decimal>\n                      the statement's place in the log
//     <base64 of 32 bytes>\n …               inclusion proof, the leaf's sibling first, the root's child last
//     \n
//     <origin>\n<size>\n<root>\n             the checkpoint, without extension lines
//     \n
//     — <origin> <base64>\n                  the log's Ed25519 signature
//     — <witness> <base64>\n …               cosignatures (cosignature/v1), names strictly ascending bytewise
//
// The `extra` is RFC 8785 canonical JSON with these members only, in this order and without white space:
//
//     {"digests":["<base64url of 32 bytes>",…],             all of them, strictly ascending bytewise
//      "disclosures":["<text of the disclosure>" or null,…], one a digest, null: withheld or erased
//      "quorum":{"need":<k>,"witnesses":["<name>",…]},      the claim: k witnesses cosigned, these
//      "statement":"<the header's bytes>"}
//
// Nothing in a tlog-proof signs its `extra`, so every byte of it is bound otherwise: `statement` hashes to the leaf;
// its `body` is the root of `digests`; each disclosure hashes to its digest; `witnesses` are the names of the
// cosignature lines, in their order, and `need` is their number. Every encoding is canonical and compared byte for
// byte, so for a statement, a choice of disclosures and a set of cosignatures there is exactly one receipt, and no bit
// of it can change.
//
// Knows nothing of stores or of trust lists: keys and the quorum that the verifier asks for come as arguments.
#ifndef LEDGER_RECEIPT_H
#define LEDGER_RECEIPT_H

#include "ledger/checkpoint.h"
#include "statement/statement.h"

#define RECEIPT_MAX ((size_t)4 << 20) // bytes: a body of BODY_MAX, quoted, in base64, and the rest
#define RECEIPT_WITNESSES_MAX 64

// ---- The container, c2sp.org/tlog-proof ----

// Views into the bytes that were parsed, or the caller's.
struct tlog_proof {
    struct str extra; // still in base64, not empty; p NULL: no such line
    uint64_t index;
    struct merkle_proof path;
    struct str checkpoint; // to the end
};

void tlog_proof_format(const struct tlog_proof *proof, struct buf *out);
// Accepts only what tlog_proof_format writes; the extra is checked to be base64, the checkpoint not looked into.
enum err tlog_proof_parse(struct str bytes, struct tlog_proof *out, struct why *why) MUST_USE;

// ---- The receipt ----

// Whom the verifier trusts. `log` is of type NOTE_ED25519 and its name is the origin that is accepted; witnesses are of
// type NOTE_COSIGNATURE and no two, nor one and the log, share a public key (a cosignature does not name its signer, so
// that one could pass for two).
struct receipt_policy {
    const struct note_key *log;
    const struct note_key *witnesses;
    size_t nwitnesses;
    size_t need; // how many of them must have cosigned; 0: the log's word is enough
};

struct receipt_witness {
    struct str name;
    uint64_t time_s; // POSIX time of its cosignature; 0 before verification
};

// Lives in the arena and in the bytes that were parsed; both must outlive it.
struct receipt {
    struct str statement; // the header's bytes
    struct header header;
    struct body body;     // digests, and the disclosures that are present
    struct json *members; // of the body, as far as present: an object
    uint64_t index;
    struct merkle_proof path;
    struct note note;
    struct checkpoint checkpoint;
    struct receipt_witness *witnesses; // in the order of their lines
    size_t nwitnesses;
};

// What it says, canonical in every byte and whole in itself (body root, digests, names), but not yet believed.
// ERR_MALFORMED, ERR_TOO_LARGE, ERR_UNTRUSTED (a hash does not fit), ERR_NO_MEMORY.
enum err receipt_parse(struct arena *arena, struct str bytes, struct receipt *out, struct why *why) MUST_USE;

// receipt_parse, and: the checkpoint is of policy->log and signed by it; every other line is of a known witness and
// holds; at least policy->need of them; the header's `by` owns the log (the origin is `by`, or starts with `by` and
// "/"); the statement is at its index in the tree of the checkpoint. ERR_USAGE: the policy itself is not as above, or
// needs more witnesses than it names. Whether times of cosignatures are plausible is left to the caller.
enum err receipt_verify(struct arena *arena, struct str bytes, const struct receipt_policy *policy, struct receipt *out,
                        struct why *why) MUST_USE;

struct receipt_parts {
    struct str statement;    // the header's bytes
    const struct body *body; // all digests; texts of what is to be disclosed
    uint64_t index;
    const struct merkle_proof *path; // of the tree of the checkpoint
    struct str checkpoint;           // the note; signatures of others than the policy's keys are left out
};

// Appends the receipt to `out`, after receipt_verify has accepted it under the same policy. ERR_BUSY: fewer than
// policy->need witnesses have cosigned so far; otherwise as receipt_verify.
enum err receipt_make(struct arena *arena, const struct receipt_parts *parts, const struct receipt_policy *policy,
                      struct buf *out, struct why *why) MUST_USE;

#endif
