// SPDX-License-Identifier: Apache-2.0
// Feed: for each outgoing agreement the statements that became visible under it, in that order, each once. A partner's
// position is a sequence number here, so that a statement that becomes visible later (its crossing turned out to be
// bound for the partner's country) is never behind it. Local state: it depends on the agreements.
#ifndef VIEWS_FEED_H
#define VIEWS_FEED_H

#include "views/views.h"

struct feed_item {
    int64_t seq, pos;
};

// Adds a position; no effect if it is there already.
enum err feed_add(struct views *views, struct str agreement, int64_t pos, struct why *why) MUST_USE;
// After `after`, in order.
enum err feed_read(struct views *views, struct arena *arena, struct str agreement, int64_t after, size_t limit,
                   struct feed_item **out, size_t *count, struct why *why) MUST_USE;
// The last sequence number; 0 when empty.
enum err feed_last(struct views *views, struct str agreement, int64_t *seq, struct why *why) MUST_USE;
enum err feed_has(struct views *views, struct str agreement, int64_t pos, bool *has, struct why *why) MUST_USE;

extern const char feed_schema[];

#endif
