// SPDX-License-Identifier: Apache-2.0
// ECDSA on P-256 (with SHA-256) and P-384 (with SHA-384), FIPS 186-5, by GnuTLS. Keys are compressed points (SEC
// 1 2.3.3), as did:key writes them; signatures raw r || s (IEEE P1363), as Data Integrity writes them. GnuTLS 3.7
// imports affine coordinates only, so the square root is GMP's, which GnuTLS's own Nettle already brings into the
// process.
#ifndef TRUST_ECDSA_H
#define TRUST_ECDSA_H

#include "base/bytes.h"
#include "base/why.h"

#define ECDSA_SCALAR_MAX 48
#define ECDSA_POINT_MAX (1 + ECDSA_SCALAR_MAX)
#define ECDSA_SIGNATURE_MAX (2 * ECDSA_SCALAR_MAX)

enum curve { CURVE_P256, CURVE_P384 };

// Bytes of a coordinate, a scalar, half a signature: 32 or 48. A compressed point has one more.
size_t curve_bytes(enum curve curve);

// The affine coordinates of a compressed point; false if its first byte is not 02 or 03, x is no field element, or no
// point of the curve has that x.
bool ecdsa_decompress(enum curve curve, const uint8_t *point, uint8_t *x, uint8_t *y);
// The compressed point of (x, y); false if it is not on the curve.
bool ecdsa_compress(enum curve curve, const uint8_t *x, const uint8_t *y, uint8_t *point);

struct ecdsa_key {
    enum curve curve;
    uint8_t scalar[ECDSA_SCALAR_MAX];
    uint8_t point[ECDSA_POINT_MAX];
};

void ecdsa_generate(enum curve curve, struct ecdsa_key *out);
// From a scalar and its compressed point; false if they do not belong together.
bool ecdsa_key_make(enum curve curve, const uint8_t *scalar, const uint8_t *point, struct ecdsa_key *out);
void ecdsa_wipe(struct ecdsa_key *key);

// Deterministic (RFC 6979): the same key and message give the same signature. 2 * curve_bytes bytes.
void ecdsa_sign(const struct ecdsa_key *key, struct str message, uint8_t *signature);
// `signature` must be 2 * curve_bytes long; false for any fault of point or signature.
bool ecdsa_verify(enum curve curve, const uint8_t *point, struct str message, struct str signature);

#endif
