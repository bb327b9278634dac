// SPDX-License-Identifier: Apache-2.0
// Crossings: what was declared of each, where it stands (open, arrived, released), and what officials selected and
// found.
#ifndef VIEWS_CROSSING_H
#define VIEWS_CROSSING_H

#include "views/views.h"

// Times are UTC milliseconds as claimed (`eta`, `arrived`, `released`) or microseconds of commit (`…_in`); 0: not
// known.
struct crossing {
    struct id id;
    int64_t pos;      // of the declaration
    int64_t first_ms; // when the first word of it was said, as its source claims
    struct str trip, port, direction, destination;
    int64_t eta_ms, arrived_ms, arrived_in, released_ms, released_in;
    bool empty, swapped;
    int64_t swap_pos, arrived_pos;
    int64_t selection_pos, override_pos, finding_pos;
};

enum err crossing_get(struct views *views, struct arena *arena, const struct id *id, struct crossing *out, bool *found,
                      struct why *why) MUST_USE;
// Released (or unknown as a crossing that could be boarded: false).
enum err crossing_over(struct views *views, const struct id *id, bool *over, struct why *why) MUST_USE;

enum crossing_state { CROSSINGS_OPEN, CROSSINGS_RELEASED, CROSSINGS_ALL };
// Ids of crossings by declared arrival, from the one after `after` (its eta and id; NULL: from the first).
enum err crossing_list(struct views *views, struct arena *arena, enum crossing_state state,
                       const struct crossing *after, size_t limit, struct id **out, size_t *count,
                       struct why *why) MUST_USE;

enum err crossing_apply(struct views *, struct arena *, const struct applied *, struct touched *,
                        struct why *) MUST_USE;
enum err crossing_apply_arrival(struct views *, struct arena *, const struct applied *, struct touched *,
                                struct why *) MUST_USE;
enum err crossing_apply_release(struct views *, struct arena *, const struct applied *, struct touched *,
                                struct why *) MUST_USE;
enum err crossing_apply_swap(struct views *, struct arena *, const struct applied *, struct touched *,
                             struct why *) MUST_USE;
enum err crossing_apply_outcome(struct views *, struct arena *, const struct applied *, struct touched *,
                                struct why *) MUST_USE;

extern const char crossing_schema[];
extern const char *const crossing_moves[];

#endif
