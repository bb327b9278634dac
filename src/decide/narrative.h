// SPDX-License-Identifier: Apache-2.0
// Narrative: a decision as a person would tell it, in the languages of the corridor: the lane, what asked for it and
// under which citation, what weighed and how much, why that lane now, what is not known, and where the facts came from.
// Pure. It tells what was decided and nothing of what would have been decided otherwise.
#ifndef DECIDE_NARRATIVE_H
#define DECIDE_NARRATIVE_H

#include "decide/decision.h"

// `members` are the decision statement's. `sources`: what it leaned on,
// [{"name","kind","origin","in","via":{"party"?,"device"?,"door"?…}?} or {"name","missing":true}…]; NULL: not told.
// `rules`: the set that decided, for which facts each rule asked; NULL: not at hand, then reasons name no statements.
//
// {"lang","lane","text": all parts as one text,"parts":[
//   {"part":"lane","text"},
//   {"part":"reason","rule","lane","citation","because"?,"text","facts"?:[{"fact","label","value"}…],"statements"?:
//   [name…]}…, {"part":"weight", as a reason, "weight","factor": by how much the odds grow or shrink}…,
//   {"part":"risk","risk","text"}, {"part":"choice", as a reason}, {"part":"gaps","facts":[…],"text"},
//   {"part":"sources","statements":[{"name","kind","from","in","text"}…],"text"}]}
// What was erased of the decision is left out. NULL without memory.
struct json *narrative_json(struct arena *arena, const struct json *members, const struct json *sources,
                            const struct rules *rules, enum language language);

#endif
