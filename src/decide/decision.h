// SPDX-License-Identifier: Apache-2.0
// Decision: rules and facts in, a lane with its reasons out. A pure function: no clock, no store.
//
// A missing fact makes a condition unknown, and unknown never makes a lane greener: a grant that is not true grants
// nothing, and a floor rule whose condition is unknown applies the lane it names for that case, or, where it names
// none, the base lane. For every rule file, with F any facts and F+ the same with any values for any missing ones:
//
//   1. If F gives green, F+ gives green: no missing fact could have changed it.
//   2. F never gives a lane greener than both the base lane and the lane of F+.
//
// (A grant that is true and floors that are all false are so in F+ too, by Kleene's logic; anything else in F is at
// least the base lane.)
//
// The folder decide/: rules, triggers, conditions, lanes, reasons: facts in, a decision out. It may not do I/O, read a
// clock, or see a view.
#ifndef DECIDE_DECISION_H
#define DECIDE_DECISION_H

#include "decide/choice.h"
#include "decide/rules.h"

#define REASONS_MAX 64

struct reason {
    const struct rule *rule;
    enum lane lane; // what this rule asks for; of a weight green, which asks for nothing
    bool unknown;   // it applied because a fact was missing
    bool otherwise; // a grant that was not reached: the base lane holds
};

// A rule whose evaluation failed.
struct rule_fault {
    const struct rule *rule;
    struct str text;
};

struct decision {
    const struct fact *const *known; // facts_index of what it was taken from
    enum lane lane;
    struct reason reasons[REASONS_MAX]; // strictest first; at one lane what holds, what is unknown, grants not reached
    size_t nreasons;
    size_t nleft_out; // more rules applied than there is room for; the lane counts them all
    struct str *gaps; // names of missing facts that left a rule unknown, sorted, each once
    size_t ngaps;
    const uint32_t *leaned; // sources (indexes into facts.sources) that the decision rests on, ascending
    size_t nleaned;
    enum label label; // the strictest of its inputs'
    enum lane floor;  // what the rules ask for; the lane itself unless the port's state made it stricter
    bool has_choice;
    struct chosen chosen;
    bool has_risk;
    double risk;                 // the prior and the weights together: a probability; see lane.h for what it does
    const struct rule **shadows; // shadow rules that are true: measured, they change nothing
    size_t nshadows;
    struct table_verdict *verdicts; // the trace: of each rule, in their order, whatever its state or dates
    struct rule_fault *faults;      // rules whose evaluation failed, live and shadow: they counted as
                                    // unknown
    size_t nfaults;
};

// Draft and retired rules are not asked. The lane is the strictest of: green where a grant in force at facts->now_us is
// true, the base lane where none is; the floors of the rules that are true; what rules that are unknown apply. Reasons:
// for green, the grants; otherwise the floors, and at the base lane also the grants that were not reached; each sort in
// the rules' order; then the weights that counted. Leaned: the sources of every fact that a rule in force asked for or
// a reason names. Without any, the label is amber.
//
// Everything in `out` lives in the arena or in `rules`. ERR_NO_MEMORY: then out->lane is joint.
//
// With `now`, the truck is at the port: the lane is chosen by lane.h with the above as its floor, so it is never
// greener. NULL: it is on its way, and the floor is all there is.
enum err decide(struct arena *arena, const struct rules *rules, const struct facts *facts, const struct port_now *now,
                struct decision *out, struct why *why) MUST_USE;

// Of a rule that is not true, the part of its condition that was the first to fail or to be unknown; {NULL,0} when it
// is true.
struct str decision_failed(const struct decision *decision, const struct rules *rules, size_t rule);

// The members of a `decision` statement (docs/statements.md), `build` being this build's version. Same input, same
// members. NULL without memory.
struct json *decision_members(struct arena *arena, const struct decision *decision, const struct rules *rules,
                              const struct facts *facts, const struct port_now *now, const char *build);

// One reason as the statement and the API give it: {"rule","lane" or "weight","because"?,"citation","en","es","fr"},
// the facts filled in. `because` says why a rule stands there that is not true: "unknown", or "not-reached" (a grant).
struct json *reason_json(struct arena *arena, const struct reason *reason, const struct facts *facts);

#endif
