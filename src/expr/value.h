// SPDX-License-Identifier: Apache-2.0
// Value: what an expression computes with. 24 bytes, passed by value; what it points to lives in the arena of whoever
// made it (the run's, the program's, the caller's) and is never changed once made. Errors and unknowns are values: they
// travel through operators as CEL's definition says (langdef.md, "Runtime Errors", "Partial State").
//
// The folder expr/: the Common Expression Language: parser, checker, compiler, evaluator, extensions. It may not know
// anything of who uses it: no statement, no store, no I/O.
#ifndef EXPR_VALUE_H
#define EXPR_VALUE_H

#include "base/arena.h"

enum expr_kind {
    EXPR_ERROR,
    EXPR_UNKNOWN,
    EXPR_NULL,
    EXPR_BOOL,
    EXPR_INT,
    EXPR_UINT,
    EXPR_DOUBLE,
    EXPR_STRING, // UTF-8; sizes and indexes count code points
    EXPR_BYTES,
    EXPR_TIMESTAMP, // 0001-01-01T00:00:00Z to 9999-12-31T23:59:59.999999999Z
    EXPR_DURATION,  // at most 315,576,000,000 seconds either way
    EXPR_LIST,
    EXPR_MAP,
    EXPR_TYPE,
    EXPR_OPTIONAL,
    EXPR_IP,
    EXPR_CIDR,
    EXPR_KIND_COUNT
};

struct expr_type;

// Why an evaluation failed: where in the source, and a text as other implementations say it ("division by zero",
// "no such key: a", "no such overload").
struct expr_fault {
    uint32_t offset; // byte offset in the source
    struct str text;
};

// Which variables a result hangs on, ascending, each once.
struct expr_unknown {
    size_t count;
    const uint32_t *slots;
};

// Since 1970-01-01T00:00:00Z, or a span. 0 <= nanos < 1e9 for timestamps; for durations nanos has the sign of seconds.
struct expr_time {
    int64_t seconds;
    int32_t nanos;
};

// An address or, with `prefix` >= 0, a block. IPv4 in the first 4 bytes.
struct expr_net {
    uint8_t bytes[16];
    bool v6;
    int prefix;
};

struct expr_list;
struct expr_map;

struct expr_value {
    enum expr_kind kind;
    union {
        bool boolean;
        int64_t integer;
        uint64_t natural; // EXPR_UINT
        double number;
        struct str text; // EXPR_STRING, EXPR_BYTES
        struct expr_time time;
        const struct expr_list *list;
        const struct expr_map *map;
        const struct expr_type *type;
        const struct expr_value *inner; // EXPR_OPTIONAL; NULL: none
        const struct expr_net *net;
        const struct expr_fault *fault;
        const struct expr_unknown *unknown; // NULL: of nothing in particular
    };
};

struct expr_list {
    size_t count;
    const struct expr_value *items;
};

struct expr_entry {
    struct expr_value key, value;
};

// Keys are bool, int, uint or string, each once by CEL's equality (1 and 1u are the same key). Entries stand in the
// order in which they were given. `index` (built by expr_map_new for more than a handful) finds one in constant time.
struct expr_map {
    size_t count;
    const struct expr_entry *entries;
    const uint32_t *index; // hash table of entry numbers + 1, `slots` (a power of two) of them; NULL: search
    size_t slots;
};

#define EXPR_BOOL_VALUE(b) ((struct expr_value){.kind = EXPR_BOOL, .boolean = (b)})
#define EXPR_INT_VALUE(i) ((struct expr_value){.kind = EXPR_INT, .integer = (i)})
#define EXPR_UINT_VALUE(u) ((struct expr_value){.kind = EXPR_UINT, .natural = (u)})
#define EXPR_DOUBLE_VALUE(d) ((struct expr_value){.kind = EXPR_DOUBLE, .number = (d)})
#define EXPR_STRING_VALUE(s) ((struct expr_value){.kind = EXPR_STRING, .text = (s)})
#define EXPR_BYTES_VALUE(s) ((struct expr_value){.kind = EXPR_BYTES, .text = (s)})
#define EXPR_NULL_VALUE ((struct expr_value){.kind = EXPR_NULL})

// "int", "google.protobuf.Timestamp", "list" …: the name that type() gives.
const char *expr_kind_name(enum expr_kind kind);

// CEL's equality across kinds: numbers by value, NaN equal to nothing, lists and maps by their members, different kinds
// (but numbers) false. Neither is an error or unknown. Bounded: values nest at most EXPR_DEPTH_MAX deep.
#define EXPR_DEPTH_MAX 250
bool expr_equal(const struct expr_value *a, const struct expr_value *b);
// <0, 0, >0 into *order for two values that have an order (numbers with each other, strings, bytes, bools, timestamps,
// durations); false if they have none, or one is NaN. An int or uint has the order with a double that it has when it is
// rounded to a double, as the conformance suite wants it: beyond 2^53 neither may be less and yet they are not equal.
bool expr_compare(const struct expr_value *a, const struct expr_value *b, int *order);

// Building; all in the arena. ERR-kind values without memory.
struct expr_value expr_list_new(struct arena *arena, const struct expr_value *items, size_t count); // items not copied
// Entries not copied. An error for a key of another kind ("unsupported key type") or one given twice ("Failed with
// repeated key").
struct expr_value expr_map_new(struct arena *arena, const struct expr_entry *entries, size_t count);
// NULL: no such key (a double that is a whole number finds an int key).
const struct expr_value *expr_map_get(const struct expr_map *map, const struct expr_value *key);
struct expr_value expr_optional_of(struct arena *arena, struct expr_value value);
#define EXPR_OPTIONAL_NONE ((struct expr_value){.kind = EXPR_OPTIONAL})

// Text and time; where `expr_value` comes back it may be an error.
struct expr_value expr_timestamp_parse(struct arena *arena, struct str text); // RFC 3339
struct expr_value expr_duration_parse(struct arena *arena, struct str text);  // "1h30m", "-1.5s", "100ms"
// As string() gives them: RFC 3339 with as many decimals as needed and Z; seconds with an s.
struct str expr_timestamp_text(struct arena *arena, struct expr_time time);
struct str expr_duration_text(struct arena *arena, struct expr_time time);
size_t expr_code_points(struct str text);

#endif
