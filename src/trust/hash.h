// SPDX-License-Identifier: Apache-2.0
// Hashes: SHA-256 and SHA-384 (FIPS 180-4), HMAC (FIPS 198-1), by GnuTLS.
//
// The folder trust/: hashes, keys, signatures, signed notes, certificates, DIDs, proofs. Keys come as arguments; it
// may not keep a list of whom to trust (that is configuration, and views fed by statements), nor know what a signed
// text means.
#ifndef TRUST_HASH_H
#define TRUST_HASH_H

#include "base/bytes.h"

#define SHA256_BYTES 32
#define SHA384_BYTES 48

void sha256(struct str bytes, uint8_t out[SHA256_BYTES]);
void sha384(struct str bytes, uint8_t out[SHA384_BYTES]);
// Over two runs of bytes, without joining them: prefix || bytes.
void sha256_two(struct str prefix, struct str bytes, uint8_t out[SHA256_BYTES]);
// HMAC-SHA256 (RFC 2104, RFC 4231).
void hmac_sha256(struct str key, struct str bytes, uint8_t out[SHA256_BYTES]);

#endif
