// SPDX-License-Identifier: Apache-2.0
// What can be said of a rule set without any crossing: rules that are never or always true, rules that contradict or
// shadow each other, facts that nothing gathers, and what asking costs. Pure.
//
// Whatever is called proved was gone through point by point (rules_space.h); where that was too much, a note says that
// it was not decided.
#ifndef DECIDE_RULES_CHECK_H
#define DECIDE_RULES_CHECK_H

#include "decide/rules.h"

#define RULES_CHECK_STEPS_MAX 20000000 // evaluations of one check; enough for RULES_MAX ordinary rules

enum finding_severity { FINDING_NOTE, FINDING_WARNING, FINDING_ERROR };

// X(what, name)
#define FINDING_TABLE(X)                                                                                               \
    X(FINDING_NEVER_TRUE, "never-true")                                                                                \
    X(FINDING_FOR_EXCLUDES_WHEN, "for-excludes-when")                                                                  \
    X(FINDING_ALWAYS_TRUE, "always-true")                                                                              \
    X(FINDING_NOT_GATHERED, "not-gathered")                                                                            \
    X(FINDING_CONTRADICTS, "contradicts") /* the same condition asks for two lanes; a grant that cannot count */       \
    X(FINDING_GRANT_AND_FLOOR, "grant-and-floor") /* both true somewhere: the floor holds */                           \
    X(FINDING_SHADOWED, "shadowed")               /* another floor, as strict or stricter, is true whenever it is */   \
    X(FINDING_TWICE, "twice")                     /* the same condition, the same lane */                              \
    X(FINDING_ONE_SIDED, "one-sided-tests")       /* no case in which it is true, or none in which it is not */        \
    X(FINDING_NO_WEIGHT, "no-weight")                                                                                  \
    X(FINDING_NOT_DECIDED, "not-decided")

enum finding_what {
#define X(what, name) what,
    FINDING_TABLE(X)
#undef X
        FINDING_WHATS
};

struct rules_finding {
    enum finding_severity severity;
    enum finding_what what;
    const struct rule *rule, *other; // other NULL: none
    struct str text;                 // one sentence
    const struct json *example;      // facts at which it shows; NULL: none
};

struct rules_checked {
    struct rules_finding *items; // errors first, then warnings, notes; each sort in the rules' order
    size_t count, errors, warnings, notes;
    uint64_t *costs; // by rule: an upper bound of one evaluation
    uint64_t cost;   // of all live and shadow rules together
};

// "error", "warning", "note".
const char *finding_severity_name(enum finding_severity severity);
const char *finding_what_name(enum finding_what what);

// Whether any statement that a node takes in becomes this fact.
bool fact_gathered(const struct fact_kind *kind);

// Of every rule but the retired ones; pairs among live and shadow rules that are in force at the same time.
// ERR_NO_MEMORY.
enum err rules_check(struct arena *arena, const struct rules *rules, struct rules_checked *out,
                     struct why *why) MUST_USE;

// {"errors","warnings","notes","cost","costs":{id:n},"findings":[{"severity","what","rule","other"?,"text",
// "example"?}…]}. NULL without memory.
struct json *rules_checked_json(struct arena *arena, const struct rules *rules, const struct rules_checked *checked);

#endif
