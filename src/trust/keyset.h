// SPDX-License-Identifier: Apache-2.0
// Key set: which keys a party uses from a date on, signed by its offline party key. A partner pins the party key once
// and takes key sets from then on; a compromise is a later key set that says since which log index a key is suspect.
//
// Canonical JSON (RFC 8785), exactly these members:
//   {"compromised":[{"key":text,"since":index},…],"from":time,
//    "keys":{"agreement":vkey,"log":vkey,"tls":hex64,"witness":vkey},
//    "party":id,"signature":base64url,"v":1}
// ("compromised" only where there is one). The signature is Ed25519 over "puente-keyset/v1\n" and the canonical JSON
// without "signature"; the prefix keeps it apart from notes and proofs.
#ifndef TRUST_KEYSET_H
#define TRUST_KEYSET_H

#include "trust/note.h"

#define KEYSET_MAX (64 << 10)     // bytes
#define KEYSET_COMPROMISED_MAX 64 // entries
#define KEYSET_VKEY_MAX 384       // bytes of a vkey

// From log index `since` on, what `key` (a vkey or certificate fingerprint) signed is suspect.
struct keyset_compromise {
    struct str key;
    uint64_t since;
};

struct keyset {
    struct str party;
    int64_t from_ms;
    struct str log, witness, agreement; // vkeys: types 0x01, 0x04, 0x01
    struct str tls;                     // SHA-256 of the certificate, 64 lower-case hexadecimal digits
    struct keyset_compromise *compromised;
    size_t ncompromised;
};

// The signed document, appended to `out`. ERR_SENSELESS if a key does not parse or is of the wrong type.
enum err keyset_make(const struct keyset *keyset, const struct ed25519_key *party_key, struct buf *out,
                     struct why *why) MUST_USE;

// Structure and signature. Texts of `out` point into the arena. ERR_UNTRUSTED if the signature is not by party_key; it
// is the caller who knows that party_key is that of out->party.
enum err keyset_verify(struct arena *arena, struct str document, const uint8_t party_key[ED25519_PUBLIC],
                       struct keyset *out, struct why *why) MUST_USE;

#endif
