// SPDX-License-Identifier: Apache-2.0
// Condition: the plain form in which rules ask about facts, three-valued.
//
//     {all: [...]}  {any: [...]}  {not: ...}
//     {fact: NAME, is: VALUE}  {fact: NAME, above: N}  {fact: NAME, below: N}  {fact: NAME, in: [..]}
//
// An expression language takes its place behind this same seam: read from JSON, evaluate over facts.
#ifndef DECIDE_CONDITION_H
#define DECIDE_CONDITION_H

#include "decide/facts.h"

enum truth { TRUTH_FALSE, TRUTH_UNKNOWN, TRUTH_TRUE };

struct condition;

#define CONDITION_DEPTH_MAX 16
#define CONDITION_NODES_MAX 256

// Refuses unknown forms, unknown fact names (with the nearest known one), a value of another type than the fact's or
// one that it can never have, and empty lists: nothing is true because nothing was asked. why->member is the JSON
// pointer within `json`. The condition lives in the arena and does not point into `json`.
enum err condition_read(struct arena *arena, const struct json *json, struct condition **out, struct why *why) MUST_USE;

// Kleene's logic: `all` is false if one is false, `any` true if one is true, whatever is unknown beside it. A
// comparison with a missing fact or with NaN is unknown. So an answer that is not unknown stays the same whatever the
// missing facts turn out to be. Stops at the first part that settles the answer.
//
// Told of each fact that the condition asked for: `fact` NULL when it is missing.
typedef void condition_asked(void *context, const char *name, const struct fact *fact);
enum truth condition_eval(const struct condition *condition, const struct facts *facts, condition_asked *asked,
                          void *context);

#endif
