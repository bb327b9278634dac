// SPDX-License-Identifier: Apache-2.0
// Decentralized identifiers, offline: did:key carries its key in itself; a did:web document must have been fetched and
// pinned before, and is handed in by the caller. Nothing here touches a network.
#ifndef TRUST_DID_H
#define TRUST_DID_H

#include "base/arena.h"
#include "trust/multikey.h"

#define DID_MAX 512                // bytes of a DID or DID URL
#define DID_DOCUMENT_MAX (1 << 16) // bytes of a pinned document

// The caller's pinned documents: true, and its bytes in *document (valid while the arena of the call is), if `did` is
// pinned.
struct did_documents {
    bool (*find)(void *context, struct str did, struct str *document);
    void *context;
};

// "did:key:z6Mk…" of a key.
void did_key_format(const struct multikey *key, struct buf *out);
// The whole DID is written from the key: a verification method's id repeats the multibase text behind '#'.
void did_key_method_format(const struct multikey *key, struct buf *out);

// Where a did:web document is (did:web Method Specification, "Read"): https always, "%3A" before a port, ':' between
// path parts, ".well-known" without a path. Refuses addresses instead of host names, empty or dot parts, other escapes.
enum err did_web_url(struct str did, struct buf *out, struct why *why) MUST_USE;

// Cut "did:…#fragment" at the '#'; false if there is no fragment, or it is no DID URL of a DID of at most DID_MAX
// bytes.
bool did_method_split(struct str method, struct str *did, struct str *fragment);

// The public key of a verification method, if its controller lists it for `purpose` ("assertionMethod").
// - did:key: the fragment must repeat the key.
// - did:web: the pinned document's `id` must be the DID; the method is found by its id, must be controlled by the DID,
// must be
//   listed under `purpose` (by reference or embedded), and must not be `revoked` or `expires` at now_ms (UTC).
// Key forms: Multikey and Ed25519VerificationKey2020 (publicKeyMultibase), JsonWebKey and JsonWebKey2020
// (publicKeyJwk). ERR_NOT_FOUND if no document is pinned, ERR_UNSUPPORTED for another DID method, ERR_UNTRUSTED if the
// document does not allow the key for the purpose, ERR_EXPIRED for a key past its dates. `documents` may be NULL.
enum err did_key_find(struct arena *arena, struct str method, const char *purpose, int64_t now_ms,
                      const struct did_documents *documents, struct multikey *out, struct why *why) MUST_USE;

#endif
