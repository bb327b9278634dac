// SPDX-License-Identifier: Apache-2.0
// Multibase (W3C Controlled Identifiers 1.0, 2.4): a letter that names the base, then the text. Those that credentials
// use: 'z' base58btc and 'u' base64url without padding. Base58 takes time in the square of its length, so that is
// bounded.
#ifndef TRUST_MULTIBASE_H
#define TRUST_MULTIBASE_H

#include "base/bytes.h"

#define BASE58_BYTES_MAX 256                       // decoded
#define BASE58_TEXT_MAX (BASE58_BYTES_MAX * 3 / 2) // log(256)/log(58) is 1.37

// At most BASE58_BYTES_MAX bytes; longer sets out->failed.
void base58_encode(struct str bytes, struct buf *out);
// false if there is another letter, more than `room` bytes (or BASE58_BYTES_MAX) come out, or the text is too long.
bool base58_decode(struct str text, void *out, size_t room, size_t *n);

// 'z' and base58btc.
void multibase_encode(struct str bytes, struct buf *out);
// 'z' or 'u'; false for another base or malformed text.
bool multibase_decode(struct str text, void *out, size_t room, size_t *n);

#endif
