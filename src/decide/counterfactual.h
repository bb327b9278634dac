// SPDX-License-Identifier: Apache-2.0
// Counterfactual: what would have changed the lane of a decision: the smallest changes of facts, and of the port's
// queues. Pure. To whoever may be stopped it is an oracle, so it is for targeting analysts alone: it goes into no
// statement, no feed and no stream.
//
// Facts: of every fact that a live rule in force asks for, the values that can make a difference (rules_space.h: each
// bool, each listed text, numbers just beyond each threshold, and that it is missing) are tried alone, nearest first;
// then in pairs, of which none does the same alone. A pair of values is tried once; a pair of facts is told once for
// each lane. Queues: one server more or less at each service, the wait at which the lane tips, the risk at which it
// does, and what would have come without the draw. Facts about the port are not moved along with its queues.
//
// The order is always the same. At most COUNTERFACTUAL_STEPS_MAX decisions are taken: the single facts first.
#ifndef DECIDE_COUNTERFACTUAL_H
#define DECIDE_COUNTERFACTUAL_H

#include "decide/decision.h"

#define COUNTERFACTUAL_STEPS_MAX 10000
#define COUNTERFACTUAL_TOLD_MAX 64 // of each direction
#define COUNTERFACTUAL_RULES_MAX 8 // told of each

struct fact_change {
    const struct fact_kind *kind;
    struct fact from, to; // name NULL: not known
};

struct counterfactual {
    struct fact_change changes[2];
    size_t nchanges;
    enum lane lane;
    // The rules whose say makes the difference: they hold and did not, or the other way round.
    const struct rule *rules[COUNTERFACTUAL_RULES_MAX];
    size_t nrules;
};

enum queue_figure { QUEUE_SERVERS, QUEUE_WAIT, QUEUE_RISK, QUEUE_CHANCE };
struct queue_change {
    enum queue_figure what;
    int service;     // of the plan; -1 for risk and chance
    double from, to; // servers, minutes, a probability; of chance the draw
    enum lane lane;
    int sent; // the service that it would have been sent to; -1: none
};
#define QUEUE_CHANGES_MAX (LANE_SERVICES_MAX * 4 + 3)

struct counterfactuals {
    struct decision *decision; // as it was taken
    struct counterfactual *greener, *stricter;
    size_t ngreener, nstricter;
    size_t left_out; // found, and no room
    struct queue_change queues[QUEUE_CHANGES_MAX];
    size_t nqueues;
    // Of the best two services open to it, how much gain lies between them, in the port's unit of harm.
    bool has_margin;
    int best, next;
    double margin;
    size_t steps;
    bool complete; // every value and pair was tried; the values stand for all others
};

// `now` as for decide(): NULL for a truck on its way. Everything in the arena or in what was given. ERR_NO_MEMORY.
enum err counterfactual_find(struct arena *arena, const struct rules *rules, const struct facts *facts,
                             const struct port_now *now, struct counterfactuals *out, struct why *why) MUST_USE;

// {"lane","facts":{"greener":[{"changes":[{"fact","from","to"}],"lane","rules":[{"rule","citation"}],"en","es","fr"}],
// "stricter":[…]},"queues":[{"what":"servers"|"wait_min"|"risk"|"chance","service"?,"from"?,"to","lane","sent"?,"en",
// "es","fr"}],"margin"?:{"service","next","gain"},"left_out","decisions","complete"}; null is "not known". NULL without
// memory.
struct json *counterfactual_json(struct arena *arena, const struct counterfactuals *of, const struct port_now *now);

#endif
