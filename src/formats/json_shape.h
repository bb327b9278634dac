// SPDX-License-Identifier: Apache-2.0
// The shape of a JSON input as a table: which members an object may have, of which type and range. One table checks the
// input and writes the published JSON Schema, so that the two cannot disagree.
#ifndef FORMATS_JSON_SHAPE_H
#define FORMATS_JSON_SHAPE_H

#include "base/json.h"

enum json_shape {
    SHAPE_TEXT,    // min to max code points
    SHAPE_NUMBER,  // min to max
    SHAPE_INTEGER, // min to max
    SHAPE_BOOL,
    SHAPE_TIME,   // RFC 3339 text with an offset
    SHAPE_ENUM,   // one of `choices`
    SHAPE_OBJECT, // described by `members`; no others
    SHAPE_LIST,   // min to max items of `of`
};

// One member. A table ends with a member whose name is NULL.
struct json_member {
    const char *name;
    enum json_shape shape, of; // `of` for lists; not SHAPE_LIST
    bool required;
    int64_t min, max;                  // hold when min < max
    const struct json_member *members; // of an object, or of a list's objects; never a table that holds itself
    const char *const *choices;        // ends with NULL
    const char *doc;
};

// ERR_MALFORMED with the JSON pointer in why->member: wrong type, out of range, missing, or unknown member.
enum err json_shape_check(const struct json *value, const struct json_member *members, struct why *why) MUST_USE;

// The same as JSON Schema 2020-12.
void json_shape_schema(const struct json_member *members, const char *id, const char *title, const char *description,
                       struct buf *out);

#endif
