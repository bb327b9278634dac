// SPDX-License-Identifier: Apache-2.0
// W3C Data Integrity proofs over JSON: cryptosuites eddsa-jcs-2022 (VC Data Integrity EdDSA 1.0, 3.3) and
// ecdsa-jcs-2019 (VC Data Integrity ECDSA 1.0, 3.3), which sign RFC 8785 canonical JSON. The RDF suites are refused:
// they cannot be checked offline without the contexts. Knows nothing of credentials.
#ifndef TRUST_DATA_INTEGRITY_H
#define TRUST_DATA_INTEGRITY_H

#include "base/json.h"
#include "trust/did.h"
#include "trust/hash.h"

#define PROOFS_MAX 8 // proofs of one document that are read

// What is hashed and signed: H(JCS(proof configuration)) || H(JCS(document without proof)); H is SHA-384 for P-384
// keys, SHA-256 otherwise. The texts are kept for tests and for people who look why two parties disagree.
struct integrity_hash {
    struct str proof_text, document_text;
    uint8_t bytes[2 * SHA384_BYTES];
    size_t n;
};

// `proof` may have a proofValue, which is left out; `document` may have a proof, which is left out, and takes the
// proof's
// @context if the proof has one. ERR_NO_MEMORY, or ERR_TOO_LARGE over the arena's cap, only.
enum err integrity_hash(struct arena *arena, const struct json *document, const struct json *proof, enum key_kind kind,
                        struct integrity_hash *out, struct why *why) MUST_USE;

// Add a `proof` to a document that has none. The suite follows from the key's kind. `created` and `expires` (either may
// be empty) are RFC 3339 texts; method is the DID URL of the key; purpose "assertionMethod". Texts must outlive the
// result.
struct integrity_options {
    struct str method, created, expires;
    const char *purpose;
};
enum err integrity_sign(struct arena *arena, const struct json *document, const struct signing_key *key,
                        const struct integrity_options *options, struct json **out, struct why *why) MUST_USE;

// What was verified, of the first proof; texts point into the document.
struct integrity {
    struct str method, controller, suite;
    enum key_kind kind;
    size_t proofs;
};

// What a verifier demands of every proof.
struct integrity_policy {
    const char *purpose;                   // proofPurpose must be this
    struct str controller;                 // the method's DID must be this; empty: any
    int64_t now_ms;                        // UTC: `created` must not be after it, `expires` not before it
    const struct did_documents *documents; // pinned did:web documents; may be NULL
};

// Every proof of the document must hold (a proof set: Data Integrity 2.1.1). A chain (`previousProof`) is refused as
// ERR_UNSUPPORTED, and so are other types and suites. ERR_MALFORMED: structure. ERR_UNTRUSTED: signature, context,
// purpose, controller. ERR_EXPIRED: dates. ERR_NOT_FOUND: no pinned document.
enum err integrity_verify(struct arena *arena, const struct json *document, const struct integrity_policy *policy,
                          struct integrity *out, struct why *why) MUST_USE;

#endif
