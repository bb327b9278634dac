// SPDX-License-Identifier: Apache-2.0
// History: of each crossing the decision that counted, what officials then did and what was found, read from the log
// between two of its indexes. The same range gives the same history again, unless something in it was erased.
//
// The decision that counts is this node's last before anything was done: before a selection, an override, a finding or
// the release. Where this node's own officials spoke, theirs counts alone.
#ifndef VIEWS_HISTORY_H
#define VIEWS_HISTORY_H

#include "views/views.h"

#define HISTORY_CROSSINGS_MAX 4000000

// Positions; 0: there is none.
struct history_entry {
    struct id crossing; // canonical
    int64_t decision, selection, finding;
    bool over; // something was done
    bool own_selection, own_finding;
};

struct history {
    uint64_t first, next; // indexes of this node's log, from the first on and before the next
    struct history_entry *items;
    size_t count; // in the order in which the crossings were first decided about
    size_t room;  // of the table
    uint32_t *table;
};

// The first index of this node's log with a commit time of `in_us` or later; the log's size when there is none.
enum err history_index_at(struct views *views, int64_t in_us, uint64_t *index, struct why *why) MUST_USE;

// Statements of others count as they were stored up to there. ERR_NOT_FOUND when the log is shorter than `next`;
// ERR_TOO_LARGE, ERR_NO_MEMORY. In the arena.
enum err history_read(struct views *views, struct arena *arena, uint64_t first, uint64_t next, struct history *out,
                      struct why *why) MUST_USE;

struct history_case {
    struct id crossing;
    uint64_t index;                         // of the decision
    int64_t in_us;                          // its commit time
    const struct json *decision;            // members
    const struct json *selection, *finding; // members; NULL: none
    bool overridden;                        // the selection is an override
};
enum err history_case(struct views *views, struct arena *arena, const struct history_entry *entry,
                      struct history_case *out, struct why *why) MUST_USE;

// This node's statements of a kind, the newest first; at most `limit`.
struct history_statement {
    uint64_t index;
    int64_t in_us;
    const struct json *members;
};
enum err history_of_kind(struct views *views, struct arena *arena, const char *kind, size_t limit,
                         struct history_statement **out, size_t *count, struct why *why) MUST_USE;

#endif
