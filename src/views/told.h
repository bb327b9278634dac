// SPDX-License-Identifier: Apache-2.0
// Told: a decision as it stands in the log, with the texts that it was decided by and the statements that it leaned on.
// For whoever explains it or takes it again.
#ifndef VIEWS_TOLD_H
#define VIEWS_TOLD_H

#include "views/views.h"

struct told {
    int64_t pos;
    struct str name; // "<origin>:<index>"
    bool own;        // of this node's log
    struct id crossing;
    int64_t at_ms, in_us;
    struct json *members; // what is left of them
    size_t withheld;      // erased, or never sent
    // The texts whose hashes it names; {NULL,0}: the log does not hold it (any more), or it names none.
    struct str rules, plan;
};

// ERR_NOT_FOUND for a statement that is no decision.
enum err told_at(struct views *views, struct arena *arena, int64_t pos, struct told *out, struct why *why) MUST_USE;
// By its name, or the decision that stands on a crossing: by the crossing's id or "scheme=value". ERR_NOT_FOUND.
enum err told_find(struct views *views, struct arena *arena, struct str name, struct told *out,
                   struct why *why) MUST_USE;
// The decision of this node that stands on the crossing. ERR_NOT_FOUND: none is there yet.
enum err told_of(struct views *views, struct arena *arena, const struct id *crossing, struct told *out,
                 struct why *why) MUST_USE;

// What it leaned on: [{"name","kind","origin","at","in","via":{its channel's parts}?}…], those that the store does not
// have {"name","missing":true}. *missing (may be NULL) counts these.
enum err told_sources(struct views *views, struct arena *arena, const struct told *told, struct json **out,
                      size_t *missing, struct why *why) MUST_USE;

#endif
