// SPDX-License-Identifier: Apache-2.0
// YAML through a schema table: configuration, agreements, rules and data files. Nothing is guessed from a scalar's
// look: the table says what each member is, so `no` is text where text is wanted and an error where a boolean is (only
// true and false are). An unknown key is an error with line, column and the nearest known key.
//
// Refused: anchors, aliases, tags, directives, a second document, duplicate keys, null (`key:` with nothing after it),
// bytes that are not UTF-8, more than YAML_BYTES_MAX bytes, YAML_DEPTH_MAX levels, YAML_KEYS_MAX keys in a map.
#ifndef FORMATS_YAML_SCHEMA_H
#define FORMATS_YAML_SCHEMA_H

#include "base/json.h"

#define YAML_BYTES_MAX ((size_t)1 << 20)
#define YAML_DEPTH_MAX 32
#define YAML_KEYS_MAX 4096    // of one map
#define YAML_NODES_MAX 200000 // of one file

// What a member is in the file, and what it becomes in the object that yaml_read gives.
enum yaml_type {
    YAML_TEXT,     // any scalar, plain or quoted → string
    YAML_INTEGER,  // -12 → number; decimal, at most 2^53 either way
    YAML_DECIMAL,  // 0.85 → number; JSON's grammar
    YAML_BOOLEAN,  // true or false → bool
    YAML_DURATION, // 250ms 30s 5m 2h 7d → number, milliseconds
    YAML_SIZE,     // 512 64KiB 16MiB 1GiB → number, bytes
    YAML_DATE,     // 2026-03-01 → string, a date that exists
    YAML_TIME,     // RFC 3339 with an offset → string, UTC, milliseconds
    YAML_ENUM,     // one of `choices` → string
    YAML_TABLE,    // a map described by `table` → object
    YAML_LIST,     // a list of `of` (with `table` or `choices` where `of` needs them) → array
    YAML_MAP,      // names of the writer's own to values of `of` → object
    YAML_FREE,     // anything: quoted scalars are strings, plain ones what JSON says (true, null, 1.5), else strings
};

// One member. A table ends with a member whose name is NULL.
struct yaml_field {
    const char *name;
    enum yaml_type type;
    enum yaml_type of;              // of YAML_LIST, YAML_MAP: any type but these two
    const struct yaml_field *table; // of YAML_TABLE; may be the table it stands in
    const char *const *choices;     // of YAML_ENUM, ends with NULL
    bool required;
    const char *preset; // the default, as it would be written; "{}" and "[]" for tables, maps and lists
    int64_t min, max;   // holds when min < max: value, milliseconds, bytes of a text, items of a list or map
    const char *doc;    // one line for people
};

// The file as an object of known, typed, ranged members with the defaults filled in; it lives in the arena and does not
// point into `bytes`. Members come in the table's order; what is absent and has no default is absent. Errors:
// ERR_MALFORMED (the text names line and column; why->member is the JSON pointer), ERR_TOO_LARGE, ERR_NO_MEMORY.
enum err yaml_read(struct arena *arena, struct str bytes, const struct yaml_field *table, struct json **out,
                   struct why *why) MUST_USE;

// The table's documentation, one line a member, sub-tables indented below their member.
void yaml_schema_describe(const struct yaml_field *table, struct buf *out);

// "30s" → 30000; whole numbers with one of ms, s, m, h, d; false if malformed or over 100 years.
bool yaml_duration_ms(struct str text, int64_t *ms);
// "2026-03-01" → its first millisecond in UTC; false if there is no such date.
bool yaml_date_ms(struct str text, int64_t *ms);

#endif
