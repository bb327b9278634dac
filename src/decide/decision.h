// SPDX-License-Identifier: Apache-2.0
// Decision: rules and facts in, a lane with its reasons out. A pure function: no clock, no store.
//
// A missing fact makes a condition unknown, and unknown never makes a lane greener: a grant that is not true grants
// nothing, and a floor rule whose condition is unknown applies the lane it names for that case.
#ifndef DECIDE_DECISION_H
#define DECIDE_DECISION_H

#include "decide/facts.h"
#include "decide/rules.h"

#define REASONS_MAX 64

struct reason {
    const struct rule *rule;
    enum lane lane;  // what this rule asks for
    bool unknown;    // it applied because a fact was missing
};

struct decision {
    enum lane lane;
    struct reason reasons[REASONS_MAX];  // strictest first, then in the rules' order
    size_t nreasons;
    struct str *gaps;  // names of missing facts that a rule asked for, sorted, each once
    size_t ngaps;
    const uint32_t *leaned;  // sources (indexes into facts.sources) that the decision rests on, ascending
    size_t nleaned;
    enum label label;  // the strictest of its inputs'
};

enum err decide(struct arena *arena, const struct rules *rules, const struct facts *facts, struct decision *out,
                struct why *why) MUST_USE;

// The members of a `decision` statement (docs/statements.md), `build` being this build's version.
struct json *decision_members(struct arena *arena, const struct decision *decision, const struct rules *rules,
                              const struct facts *facts, const char *build);

#endif
