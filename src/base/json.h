// SPDX-License-Identifier: Apache-2.0
// JSON: a strict I-JSON reader (RFC 8259, RFC 7493) and the canonical writer of RFC 8785. Ours, because canonical JSON
// is the ledger's bytes: duplicate names, number text, lone surrogates and UTF-8 must be exact.
//
// The reader refuses: duplicate names, invalid UTF-8, lone surrogates, noncharacters, NaN and infinities, numbers that
// overflow a double, trailing bytes, a BOM, depth over JSON_DEPTH_MAX. Everything lives in the caller's arena; strings
// without escapes point into the input, which must outlive the tree.
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include "base/arena.h"
#include "base/why.h"

#define JSON_DEPTH_MAX 64

enum json_type { JSON_NULL, JSON_BOOL, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

// Children of arrays and objects are a linked list in document order; `name` is set on members of objects.
struct json {
    enum json_type type;
    bool boolean;
    double number;
    struct str text;    // a string's value, unescaped; a number's own text as it stood in the input
    struct str name;    // this member's name, unescaped
    struct str raw;     // the exact bytes of this value in the input; {NULL,0} on values built by hand
    struct json *next;  // sibling
    struct json *child; // first child
    struct json *last;  // last child
    size_t count;       // children
};

// The whole of `input` as one value, or NULL with the reason (offset in why->offset; member is the JSON pointer where
// it can be said). Bounded by the arena's cap.
struct json *json_parse(struct arena *arena, struct str input, struct why *why) MUST_USE;

// The member of an object, or NULL (also when `object` is NULL or no object).
const struct json *json_get(const struct json *object, const char *name);
const struct json *json_at(const struct json *array, size_t index);
// By RFC 6901 pointer, "/crossing/window/from".
const struct json *json_pointer(const struct json *value, const char *pointer);

// The member's value if it is there and of that type; otherwise the fallback ({NULL,0}).
struct str json_text(const struct json *object, const char *name);
bool json_number(const struct json *object, const char *name, double *out);
// An integer of at most 2^53 either way; false if absent, no number, or not integral.
bool json_integer(const struct json *object, const char *name, int64_t *out);
bool json_true(const struct json *object, const char *name);

// As above, but required: false with a reason that names `pointer/name` when it is absent or of another type.
bool json_need_text(const struct json *object, const char *name, size_t max, struct str *out, struct why *why) MUST_USE;
bool json_need_integer(const struct json *object, const char *name, int64_t min, int64_t max, int64_t *out,
                       struct why *why) MUST_USE;

#define json_each(item, container)                                                                                     \
    for (const struct json *item = (container) ? (container)->child : NULL; item; item = item->next)

// Building. Values live in the arena; names and texts are not copied and must be valid UTF-8 that outlives the tree.
// With no memory they return NULL, and adding NULL is a no-op that the arena's `failed` remembers.
struct json *json_new_object(struct arena *arena);
struct json *json_new_array(struct arena *arena);
struct json *json_new_text(struct arena *arena, struct str text);
struct json *json_new_number(struct arena *arena, double number);
struct json *json_new_bool(struct arena *arena, bool boolean);
struct json *json_new_null(struct arena *arena);
void json_add(struct json *array, struct json *item);
void json_put(struct json *object, const char *name, struct json *value); // the caller puts each name once
// The same by a name that need not end in a NUL.
void json_put_named(struct json *object, struct str name, struct json *value);
void json_put_text(struct arena *arena, struct json *object, const char *name, struct str text);
void json_put_number(struct arena *arena, struct json *object, const char *name, double number);
void json_put_bool(struct arena *arena, struct json *object, const char *name, bool boolean);
// A deep copy that shares nothing with the source's input bytes.
struct json *json_copy(struct arena *arena, const struct json *value);

// Whether the reader would take these bytes as a string's value: well-formed UTF-8 without noncharacters (RFC
// 7493 2.1).
bool json_text_valid(struct str text);

// RFC 8785: members sorted by UTF-16 code units, ES6 numbers, minimal escapes. Never fails but by `out`: its `failed`
// is set over its limit, without memory, and for what has no JSON text (a NaN or infinity; a tree deeper than
// JSON_DEPTH_MAX).
void json_canonical(const struct json *value, struct buf *out);
// The number alone, as ECMAScript's Number::toString: shortest text that reads back as the same double. Needs 32 bytes,
// which end in a NUL; returns the length without it, 0 for a NaN or infinity.
size_t json_number_text(double number, char out[32]);
// A JSON string literal with quotes, as json_canonical writes it.
void json_quote(struct str text, struct buf *out);
// For people: two-space indentation, in document order.
void json_pretty(const struct json *value, struct buf *out);

#endif
