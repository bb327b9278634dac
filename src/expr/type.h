// SPDX-License-Identifier: Apache-2.0
// Type: what the checker knows of a value before there is one.
#ifndef EXPR_TYPE_H
#define EXPR_TYPE_H

#include "base/why.h"
#include "expr/value.h"

enum expr_type_kind {
    TYPE_DYN,
    TYPE_OF,       // a plain kind: `of` says which (EXPR_NULL … EXPR_DURATION, EXPR_IP, EXPR_CIDR)
    TYPE_LIST,     // params[0]
    TYPE_MAP,      // params[0] to params[1]
    TYPE_TYPE,     // type(T), params[0]; NULL: of anything
    TYPE_OPTIONAL, // params[0]
    TYPE_WRAPPER,  // T or null, params[0] (google.protobuf.Int64Value …)
    TYPE_PARAM,    // a type parameter, `name`
    TYPE_NAMED, // any other, `name`: nothing is known of it but that. With parameters ("tuple(A, B, C)"): params[0] is
                // the first, params[1] a nameless TYPE_NAMED that holds the next one in the same way
};

struct expr_type {
    enum expr_type_kind kind;
    enum expr_kind of;
    const struct expr_type *params[2];
    struct str name;
};

// Constants for the plain kinds and dyn; never NULL for EXPR_NULL … EXPR_CIDR (list, map, type, optional: of dyn).
const struct expr_type *expr_type_of_kind(enum expr_kind kind);
extern const struct expr_type expr_type_dyn;

// "int", "list(string)", "map(string, dyn)", "optional(A)", "timestamp", "google.protobuf.Timestamp",
// "wrapper(int)", "type(int)", "net.IP"; a single capital letter is a parameter. NULL with the reason.
const struct expr_type *expr_type_parse(struct arena *arena, struct str text, struct why *why) MUST_USE;
// Reads the type that *text begins with and leaves the rest there: for signatures.
const struct expr_type *expr_type_read(struct arena *arena, struct str *text, struct why *why) MUST_USE;
// As messages write it: "list(int)", "map(string, dyn)".
struct str expr_type_text(struct arena *arena, const struct expr_type *type);
bool expr_type_same(const struct expr_type *a, const struct expr_type *b);

#endif
