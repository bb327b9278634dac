// SPDX-License-Identifier: Apache-2.0
// Posted: drafts as JSON, the body of POST /v1/statements, one or an array of at most POSTED_MAX:
//
//   {"kind":"crossing.arrival", "at":"2026-03-10T19:02:00Z"?, "label":"amber"?, "v":1?,
//    "re":[{"id":"<22 characters>"} | {"noun":"crossing","ids":[{"scheme":"us.ace.trip","value":"TGZA20260310001"}]}],
//    "members":{…}}
//
// Strict: an unknown member is an error, identifiers are checked by their schemes and brought to their normal forms.
#ifndef SERVE_POSTED_H
#define SERVE_POSTED_H

#include "formats/identifier.h"
#include "serve/caller.h"

#define POSTED_MAX 1000

struct posted {
    const struct identifier_table *identifiers;
    const struct caller *caller;
    int64_t now_ms; // `at` where a draft says none
};

// Not sealed, linked in their order; they point into `bytes`. Errors: json_parse's, kind_allowed's, kind_members',
// identifier_check's, ERR_MALFORMED, ERR_TOO_LARGE; why->member is the JSON pointer in the body.
enum err posted_read(struct arena *arena, struct str bytes, const struct posted *posted, struct draft **out,
                     size_t *count, struct why *why) MUST_USE;

#endif
