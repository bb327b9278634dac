// SPDX-License-Identifier: Apache-2.0
#include "trust/ed25519.h"

#include "base/random.h"
#include "base/why.h"

#include <sodium.h>

void ed25519_from_seed(const uint8_t seed[ED25519_SEED], struct ed25519_key *out)
{
    uint8_t secret[crypto_sign_SECRETKEYBYTES];
    INVARIANT(crypto_sign_seed_keypair(out->public, secret, seed) == 0);
    memmove(out->seed, seed, ED25519_SEED);
    sodium_memzero(secret, sizeof secret);
}

void ed25519_generate(struct ed25519_key *out)
{
    uint8_t seed[ED25519_SEED];
    random_bytes(seed, sizeof seed);
    ed25519_from_seed(seed, out);
    sodium_memzero(seed, sizeof seed);
}

void ed25519_sign(const struct ed25519_key *key, struct str message, uint8_t signature[ED25519_SIGNATURE])
{
    // libsodium's secret key is seed || public: RFC 8032's private key with the public half beside it.
    uint8_t secret[crypto_sign_SECRETKEYBYTES];
    memcpy(secret, key->seed, ED25519_SEED);
    memcpy(secret + ED25519_SEED, key->public, ED25519_PUBLIC);
    const unsigned char *p = (const unsigned char *)(message.p ? message.p : "");
    INVARIANT(crypto_sign_detached(signature, NULL, p, message.n, secret) == 0);
    sodium_memzero(secret, sizeof secret);
}

bool ed25519_verify(const uint8_t public[ED25519_PUBLIC], struct str message,
                    const uint8_t signature[ED25519_SIGNATURE])
{
    const unsigned char *p = (const unsigned char *)(message.p ? message.p : "");
    return crypto_sign_verify_detached(signature, p, message.n, public) == 0;
}

void ed25519_wipe(struct ed25519_key *key)
{
    sodium_memzero(key, sizeof *key);
}
