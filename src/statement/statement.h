// SPDX-License-Identifier: Apache-2.0
// Statement: one fact a party stands behind: a small header that is the log's leaf, and a body of disclosures that can
// be withheld or erased one by one without touching the leaf. Knows bytes; knows no format and no store.
//
// The folder statement/: what a log says and how a part of it can be withheld or erased: header, disclosures, drafts,
// lanes. It may not know a format, a store, or by which door a fact came.
#ifndef STATEMENT_STATEMENT_H
#define STATEMENT_STATEMENT_H

#include "base/json.h"

// A random 128-bit name of a subject, a channel or a threat. Text form: base64url, 22 characters. All zero: none.
struct id {
    uint8_t b[16];
};
#define ID_TEXT_LEN 22

bool id_is_none(const struct id *id);
bool id_eq(const struct id *a, const struct id *b);
void id_random(struct id *out);
void id_text(const struct id *id, char out[ID_TEXT_LEN + 1]);
bool id_parse(struct str text, struct id *out);

// TLP 2.0, from free to most restricted; the order is meaningful (the strictest of several is the maximum).
enum label { LABEL_CLEAR, LABEL_GREEN, LABEL_AMBER, LABEL_AMBER_STRICT, LABEL_RED };
const char *label_name(enum label label);
bool label_parse(struct str text, enum label *out);

#define HEADER_MAX 8192    // bytes; a tlog entry bundle could carry 65,535
#define RE_MAX 128         // subjects of one statement
#define KIND_MAX 64        // bytes of a kind's name
#define ORIGIN_MAX 128     // bytes of a party's name
#define BODY_MAX (1 << 20) // bytes of all disclosures together
#define DISCLOSURES_MAX 256
#define SALT_BYTES 16

// The header, decoded. `kind` and `by` point into the bytes it was parsed from, or to the writer's own.
struct header {
    int64_t at_ms;    // when it happened, as its source claims; UTC milliseconds
    int64_t in_us;    // commit time, UTC microseconds, strictly increasing in one log
    uint8_t body[32]; // body root
    struct str by;    // the log's owner
    struct str kind;
    enum label label;
    uint32_t v;    // the body's version for its kind
    struct id via; // the channel by which it came; none: said by the node itself
    struct id re[RE_MAX];
    size_t nre;
};

// What a kind and a party's name may be made of, so that neither ever needs an escape: 1 to KIND_MAX of a-z 0-9 . _ -,
// and 1 to ORIGIN_MAX of printable ASCII but for space, quotes, backslash and plus (which separates fields of signed
// notes).
bool kind_valid(struct str kind);
bool origin_valid(struct str origin);

// Canonical bytes (RFC 8785) of the header: the log's leaf. `out` is appended to. `via` is left out when there is none;
// `re` is always there. A header that cannot be one (kind or owner not valid, `in` not from 0 to 2^53 - 1, an empty id
// in `re`, too many) sets out->failed and writes nothing. `at` outside the years 0001 to 9999 is held at their ends.
void header_encode(const struct header *header, struct buf *out);
// Accepts only what header_encode writes, byte for byte. `kind` and `by` of `out` point into `bytes`. Needs nothing of
// the arena.
enum err header_parse(struct arena *arena, struct str bytes, struct header *out, struct why *why) MUST_USE;

// One member of a body: RFC 9901's [salt, name, value] as canonical JSON text. Withheld or erased: `text` is empty and
// only the digest is left. The digest is SHA-256 over the base64url of the text (RFC 9901 4.2.3), so that SD-JWT
// libraries can check one.
struct disclosure {
    uint8_t digest[32];
    struct str text;
};

// Disclosures in bytewise order of their digests.
struct body {
    struct disclosure *items;
    size_t count;
};

void disclosure_digest(struct str text, uint8_t out[32]);
// Name and value of a disclosure whose digest has been checked; false if the text is no [salt, name, value]. Both may
// point into `text`.
bool disclosure_read(struct arena *arena, struct str text, struct str *name, struct json **value);

// Salt and hash each member of `object` (one disclosure a member). NULL object: an empty body. Refuses more than
// DISCLOSURES_MAX members or BODY_MAX bytes, a name twice, the names that RFC 9901 4.2.1 reserves ("_sd", "..."), and
// text that is no I-JSON. The texts live in the arena.
enum err body_make(struct arena *arena, const struct json *object, struct body *out, struct why *why) MUST_USE;
void body_root(const struct body *body, uint8_t root[32]);
// Every text present hashes to its digest, digests are sorted and differ, names differ.
enum err body_check(struct arena *arena, const struct body *body, struct why *why) MUST_USE;
// The members that are present, as one object.
enum err body_object(struct arena *arena, const struct body *body, struct json **out, struct why *why) MUST_USE;

// How a body is stored (integers big-endian): u16 count, then per disclosure digest[32], u32 length, text. Length 0:
// withheld or erased.
void body_encode(const struct body *body, struct buf *out);
enum err body_decode(struct arena *arena, struct str bytes, struct body *out, struct why *why) MUST_USE;

// A list's item against a kind (or another dotted name): the same, "custody.*" for a family, "*" for all.
bool kind_matches(struct str pattern, struct str kind);

// A statement's name, "<origin>:<index>"; `origin` points into `text`.
bool name_parse(struct str text, struct str *origin, uint64_t *index);

#endif
