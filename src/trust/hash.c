// SPDX-License-Identifier: Apache-2.0
#include "trust/hash.h"

#include "base/why.h"

#include <gnutls/crypto.h>

// Making a hash handle allocates and costs more than hashing a leaf; up to here two runs are joined on the stack
// instead.
#define JOIN_MAX 4096

static void digest(gnutls_digest_algorithm_t algorithm, const void *p, size_t n, uint8_t *out)
{
    INVARIANT(gnutls_hash_fast(algorithm, p ? p : "", n, out) == 0);
}

void sha256(struct str bytes, uint8_t out[SHA256_BYTES])
{
    digest(GNUTLS_DIG_SHA256, bytes.p, bytes.n, out);
}

void sha384(struct str bytes, uint8_t out[SHA384_BYTES])
{
    digest(GNUTLS_DIG_SHA384, bytes.p, bytes.n, out);
}

static void sha256_two_long(struct str prefix, struct str bytes, uint8_t out[SHA256_BYTES])
{
    gnutls_hash_hd_t hash;
    INVARIANT(gnutls_hash_init(&hash, GNUTLS_DIG_SHA256) == 0);
    INVARIANT(prefix.n == 0 || gnutls_hash(hash, prefix.p, prefix.n) == 0);
    INVARIANT(bytes.n == 0 || gnutls_hash(hash, bytes.p, bytes.n) == 0);
    gnutls_hash_deinit(hash, out);
}

void sha256_two(struct str prefix, struct str bytes, uint8_t out[SHA256_BYTES])
{
    uint8_t joined[JOIN_MAX];
    if (prefix.n > sizeof joined || bytes.n > sizeof joined - prefix.n) {
        sha256_two_long(prefix, bytes, out);
        return;
    }
    if (prefix.n) memcpy(joined, prefix.p, prefix.n);
    if (bytes.n) memcpy(joined + prefix.n, bytes.p, bytes.n);
    digest(GNUTLS_DIG_SHA256, joined, prefix.n + bytes.n, out);
}

void hmac_sha256(struct str key, struct str bytes, uint8_t out[SHA256_BYTES])
{
    INVARIANT(gnutls_hmac_fast(GNUTLS_MAC_SHA256, key.p ? key.p : "", key.n, bytes.p ? bytes.p : "", bytes.n, out) ==
              0);
}
