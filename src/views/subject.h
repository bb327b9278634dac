// SPDX-License-Identifier: Apache-2.0
// Subjects: what a random id stands for (noun, identifiers), which statements mention it, and which subjects it is
// linked to. Two ids that turn out to share an identifier are one subject: the first is canonical, the second its
// alias.
#ifndef VIEWS_SUBJECT_H
#define VIEWS_SUBJECT_H

#include "views/views.h"

// The canonical id; the id itself when it has no alias or is unknown.
enum err subject_canonical(struct views *views, const struct id *id, struct id *out, struct why *why) MUST_USE;
// By identifier and noun; *found false when unknown.
enum err subject_find(struct views *views, enum noun noun, struct str scheme, struct str value, struct id *out,
                      bool *found, struct why *why) MUST_USE;
// NOUN_NONE when unknown.
enum err subject_noun(struct views *views, const struct id *id, enum noun *out, struct why *why) MUST_USE;
// [{"scheme","value"}…]
enum err subject_identifiers(struct views *views, struct arena *arena, const struct id *id, struct json **out,
                             struct why *why) MUST_USE;

// Positions of the statements that mention it, newest first; at most max.
enum err subject_mentions(struct views *views, struct arena *arena, const struct id *id, size_t max,
                          int64_t **positions, size_t *count, struct why *why) MUST_USE;

struct linked {
    struct id id;
    int64_t pos; // of the statement that linked them last
};
// Subjects of this noun that are linked to `id`, the latest link first.
enum err subject_links(struct views *views, struct arena *arena, const struct id *id, enum noun noun,
                       struct linked **out, size_t *count, struct why *why) MUST_USE;

// Crossings that a fact about this subject bears on: those not yet released that it is aboard of, found through seals,
// trailers, documents and consignments.
enum err subject_crossings(struct views *views, struct arena *arena, const struct id *id, struct touched *out,
                           struct why *why) MUST_USE;

// Applying, called by views_apply.
enum err subject_mention(struct views *views, const struct id *id, const struct applied *s, struct why *why) MUST_USE;
enum err subject_apply(struct views *views, struct arena *arena, const struct applied *s, struct touched *touched,
                       struct why *why) MUST_USE;
enum err subject_link(struct views *views, struct arena *arena, const struct applied *s, struct why *why) MUST_USE;
// The crossing is over: nothing is aboard of it any more.
enum err subject_ashore(struct views *views, const struct id *crossing, struct why *why) MUST_USE;

extern const char subject_schema[];
extern const char *const subject_moves[];

#endif
