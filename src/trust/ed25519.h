// SPDX-License-Identifier: Apache-2.0
// Ed25519 (RFC 8032), by libsodium: strict verification (no small-order keys, canonical S), see docs/dependencies.md.
#ifndef TRUST_ED25519_H
#define TRUST_ED25519_H

#include "base/bytes.h"

#define ED25519_PUBLIC 32
#define ED25519_SEED 32
#define ED25519_SIGNATURE 64

struct ed25519_key {
    uint8_t seed[ED25519_SEED];
    uint8_t public[ED25519_PUBLIC];
};

void ed25519_generate(struct ed25519_key *out);
void ed25519_from_seed(const uint8_t seed[ED25519_SEED], struct ed25519_key *out);
void ed25519_sign(const struct ed25519_key *key, struct str message, uint8_t signature[ED25519_SIGNATURE]);
bool ed25519_verify(const uint8_t public[ED25519_PUBLIC], struct str message,
                    const uint8_t signature[ED25519_SIGNATURE]);
void ed25519_wipe(struct ed25519_key *key);

#endif
