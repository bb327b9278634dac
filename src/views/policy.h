// SPDX-License-Identifier: Apache-2.0
// Policies: which statement holds the text of a rule set or of a port's lanes, by the text's hash, as decisions name
// them.
#ifndef VIEWS_POLICY_H
#define VIEWS_POLICY_H

#include "views/views.h"

// The newest statement that holds the text whose SHA-256 is `hash` (lower-case hex); *found false when there is none,
// or it was erased.
enum err policy_find(struct views *views, struct str hash, int64_t *pos, bool *found, struct why *why) MUST_USE;
// The text itself, in the arena.
enum err policy_text(struct views *views, struct arena *arena, struct str hash, struct str *text, bool *found,
                     struct why *why) MUST_USE;

enum err policy_apply(struct views *, struct arena *, const struct applied *, struct touched *, struct why *) MUST_USE;
extern const char policy_schema[];

#endif
