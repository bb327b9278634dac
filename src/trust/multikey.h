// SPDX-License-Identifier: Apache-2.0
// Multikey (W3C Controlled Identifiers 1.0, 2.2.2): a public key that says its own kind, a multicodec prefix and the
// key, in multibase. The three kinds that the Data Integrity suites use.
#ifndef TRUST_MULTIKEY_H
#define TRUST_MULTIKEY_H

#include "trust/ecdsa.h"
#include "trust/ed25519.h"

enum key_kind { KEY_ED25519, KEY_P256, KEY_P384 };

// Ed25519: 32 bytes; P-256 and P-384: a compressed point that is on its curve.
struct multikey {
    enum key_kind kind;
    uint8_t bytes[ECDSA_POINT_MAX];
};

const char *multikey_kind_name(enum key_kind kind); // "Ed25519", "P-256", "P-384"
size_t multikey_bytes(enum key_kind kind);
bool multikey_eq(const struct multikey *a, const struct multikey *b);

// "z6Mk…" and so on. ERR_UNSUPPORTED for another multicodec, ERR_MALFORMED for anything else that is wrong.
enum err multikey_parse(struct str text, struct multikey *out, struct why *why) MUST_USE;
void multikey_format(const struct multikey *key, struct buf *out);

// The signature is 64 bytes for Ed25519, raw r || s for the others.
bool multikey_verify(const struct multikey *key, struct str message, struct str signature);

// A private key of one of the kinds.
struct signing_key {
    enum key_kind kind;
    struct ed25519_key ed25519;
    struct ecdsa_key ecdsa;
};

void signing_key_generate(enum key_kind kind, struct signing_key *out);
struct multikey signing_key_public(const struct signing_key *key);
// Writes at most ECDSA_SIGNATURE_MAX bytes and returns how many.
size_t signing_key_sign(const struct signing_key *key, struct str message, uint8_t signature[ECDSA_SIGNATURE_MAX]);
void signing_key_wipe(struct signing_key *key);

#endif
