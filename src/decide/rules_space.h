// SPDX-License-Identifier: Apache-2.0
// Space: the facts that some rules ask about, each with the few values that can make a difference to them, and a search
// for a point at which something holds. What tells values apart are the comparisons in the conditions: between two
// neighbouring break points one value stands for all.
#ifndef DECIDE_RULES_SPACE_H
#define DECIDE_RULES_SPACE_H

#include "decide/rules.h"

#define SPACE_POINTS_MAX 64     // break points of one fact
#define SPACE_STEPS_MAX 200000  // evaluations of one search
#define SPACE_SAMPLES_MAX 20000 // points tried at random, always the same ones, where those do not suffice

struct space_fact {
    uint32_t slot;
    struct expr_value *values;
    size_t nvalues;
};

struct space {
    struct space_fact *facts;
    size_t nfacts;
    bool exact; // the values stand for all others. Not so where a fact is reckoned with, not only compared
};

// Over the facts that `of` asks about, told apart by its comparisons and those of `beside` (may be NULL). false without
// memory.
bool space_make(struct arena *arena, const struct rule *of, const struct rule *beside, struct space *out);
// Over the facts of both.
bool space_join(struct arena *arena, const struct rule *a, const struct rule *b, struct space *out);
// Over the facts that live rules in force at `now_us` ask about, told apart by all of their comparisons.
bool space_whole(struct arena *arena, const struct rules *rules, int64_t now_us, struct space *out);

// What is known while some facts are still open (EXPR_UNKNOWN).
enum space_step {
    SPACE_HERE,    // it holds, whatever the open ones are
    SPACE_NOWHERE, // it cannot hold, whatever they are
    SPACE_OPEN,
};
enum space_result { SPACE_FOUND, SPACE_NONE, SPACE_UNDECIDED };

struct space_search {
    const struct space *space;
    enum space_step (*ask)(void *context, const struct expr_value *slots);
    void *context;
    bool may_miss;            // whether a fact may also stay missing
    struct expr_value *slots; // fact_kind_count; afterwards the point that was found
    size_t steps_max;         // at most SPACE_STEPS_MAX
    size_t steps;             // taken
};
// SPACE_NONE is proved: only where the space is exact and was gone through.
enum space_result space_find(struct space_search *search);

// The facts of a point by value. NULL without memory.
struct json *space_point(struct arena *arena, const struct expr_value *slots);

#endif
