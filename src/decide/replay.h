// SPDX-License-Identifier: Apache-2.0
// Replay: a decision taken again from its own statement. What it was decided from stands there by value: facts, the
// port's queues and prices, the draw; the texts of the rule set and of the port's plan come by the hashes that it
// names. The same build gives the same members, byte for byte.
//
// `leaned` and `channels` are what the facts came from, by reference: they are taken as they stand.
#ifndef DECIDE_REPLAY_H
#define DECIDE_REPLAY_H

#include "decide/decision.h"

struct replay {
    struct str rules_text; // of the hash in the member `rules`
    struct str plan_text;  // of the hash in choice.plan; {NULL,0}: the decision has no choice
    int64_t at_ms;         // the statement's `at`: when it was decided
};

// The hashes that a decision's members name; *plan is {NULL,0} without a choice. ERR_MALFORMED when they name none.
enum err replay_hashes(const struct json *members, struct str *rules, struct str *plan, struct why *why) MUST_USE;

// The members as they come out now, in the arena. ERR_UNTRUSTED for a text of another hash; ERR_NOT_FOUND when a
// member that it needs was erased; the readers' errors for texts that this build does not read any more.
enum err replay_decision(struct arena *arena, const struct json *members, const struct replay *replay,
                         struct json **out, struct why *why) MUST_USE;

// Whether the two say the same, canonically; otherwise *member is the first that differs, by name.
bool replay_same(struct arena *arena, const struct json *told, const struct json *again, struct str *member);

#endif
