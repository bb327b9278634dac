// SPDX-License-Identifier: Apache-2.0
// Text encodings: hex, base64 (RFC 4648 4, padded), base64url (RFC 4648 5, no padding), UTF-8 validity.
// Decoders are strict: canonical encodings only (no line breaks, no stray bits, exact padding), so that two texts never
// decode to the same bytes.
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include "base/arena.h"

void hex_encode(struct str bytes, struct buf *out); // lower case
void base64_encode(struct str bytes, struct buf *out);
void base64url_encode(struct str bytes, struct buf *out);

// false if malformed or longer than `room`; *n is the number of bytes written.
bool hex_decode(struct str text, void *out, size_t room, size_t *n); // either case
bool base64_decode(struct str text, void *out, size_t room, size_t *n);
bool base64url_decode(struct str text, void *out, size_t room, size_t *n);

// The same into an arena.
struct str hex_text(struct arena *arena, struct str bytes);
struct str base64_text(struct arena *arena, struct str bytes);
struct str base64url_text(struct arena *arena, struct str bytes);
bool base64_bytes(struct arena *arena, struct str text, struct str *out);
bool base64url_bytes(struct arena *arena, struct str text, struct str *out);

// Well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms, at most U+10FFFF).
bool utf8_valid(struct str text);
// The length of the well-formed sequence that starts at `at`, 1 to 4; 0 if there is none.
size_t utf8_sequence(const char *at, size_t left);

#endif
