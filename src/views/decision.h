// SPDX-License-Identifier: Apache-2.0
// Decisions: the newest of each crossing, and which channels each leaned on, so that a channel's crossings are one
// query.
#ifndef VIEWS_DECISION_H
#define VIEWS_DECISION_H

#include "views/views.h"

#define DECISION_WORDING 16

struct decided {
    int64_t pos;
    enum lane lane;
    struct str rules; // as decision_rules gives them: whether a new decision says the same
    uint8_t wording[DECISION_WORDING];
    struct str service; // where the truck was sent at its port; {NULL,0}: it was not there yet
};

// A fingerprint of what the reasons say: the same rules with other figures have another.
void decision_wording(const struct json *members, uint8_t out[DECISION_WORDING]);
// The rules behind a decision: the names of its members "reason.<rule>", sorted, comma-separated.
struct str decision_rules(struct arena *arena, const struct json *members);

// This node's own decision; a partner's is a statement like any other and does not stand here.
enum err decision_get(struct views *views, struct arena *arena, const struct id *crossing, struct decided *out,
                      bool *found, struct why *why) MUST_USE;
// Positions of this node's decisions, newest first, before `before` (0: from the newest).
enum err decision_list(struct views *views, struct arena *arena, int64_t before, size_t limit, int64_t **out,
                       size_t *count, struct why *why) MUST_USE;
// Crossings whose decision leaned on this channel, released ones included, nearest arrival first; at most limit.
enum err decision_leaning(struct views *views, struct arena *arena, const struct id *channel, size_t limit,
                          struct id **out, size_t *count, struct why *why) MUST_USE;
// How far the confirmed standing of what a crossing's decision leaned on goes now; *suspect false when there is none.
enum err decision_standing(struct views *views, const struct id *crossing, bool *suspect, enum lane *floor,
                           struct why *why) MUST_USE;

enum err decision_apply(struct views *, struct arena *, const struct applied *, struct touched *,
                        struct why *) MUST_USE;
extern const char decision_schema[];
extern const char *const decision_moves[];

#endif
