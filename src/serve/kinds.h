// SPDX-License-Identifier: Apache-2.0
// Kinds: which statement kinds come in by POST /v1/statements, from whom, and the shape of those whose members steer
// lanes. Kinds that are not listed are a party's to say: they are stored and shared, and applied to nothing.
#ifndef SERVE_KINDS_H
#define SERVE_KINDS_H

#include "serve/caller.h"
#include "statement/draft.h"

// Whether this caller may say it. ERR_FORBIDDEN: it never comes by this way (the reason says by which), or not from
// this role.
enum err kind_allowed(struct str kind, const struct caller *caller, struct why *why) MUST_USE;

// The members of a draft: shape, and who signs. Where the kind names its officer (`officer`, `by`) and a person posts
// it, that is the person: added when absent, ERR_FORBIDDEN when another. why->member is the pointer below the draft.
enum err kind_members(struct arena *arena, struct str kind, const struct caller *caller, struct json *members,
                      struct why *why) MUST_USE;

#endif
