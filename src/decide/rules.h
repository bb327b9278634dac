// SPDX-License-Identifier: Apache-2.0
// Rules: data, read from YAML. Each has an id, dates, a condition, and either grants the green lane, sets a floor, or
// weighs in the score.
//
//     base: document                     # the lane without a grant; never green
//     score: {prior: 0.0067}             # chance that a crossing of which nothing more is known is worth a search
//     rules:
//       - id: weight-gap                 # small letters, digits, hyphens; once in the file
//         owner: us.cbp
//         revision: 1
//         citation: 19 CFR 123.92(d)
//         from: 2026-01-01               # in force from this day (UTC)
//         to: 2027-01-01                 # up to this day, which is no longer in it; optional
//         state: live                    # draft, shadow (runs, is measured, changes nothing), live, retired
//         for: "!crossing.empty"         # which crossings it is meant for; optional
//         when: documents.weight_gap_pct > 5
//         floor: scan                    # or `grant: green`, or `weight: 0.8`
//         unknown: document              # the floor while the condition is unknown; optional, never green
//         reason: {en: …, es: …, fr: …}  # {documents.weight_gap_pct} stands for the fact's value
//         otherwise: {en: …, es: …, fr: …}                 # grants only: said when the grant is not reached
//         tests:                         # its own cases
//           - {name: two weights, facts: {crossing.empty: false, documents.weight_gap_pct: 9}, expect: true}
//
// A weight is added to the log odds of the prior (0.7 doubles the odds). While its condition is unknown, a weight that
// raises the score counts and one that lowers it does not.
#ifndef DECIDE_RULES_H
#define DECIDE_RULES_H

#include "decide/condition.h"
#include "decide/provision.h"
#include "decide/wording.h"
#include "expr/table.h"

#define RULES_MAX 512
#define RULE_TESTS_MAX 64
#define RULE_WEIGHT_MAX 10.0

enum rule_state { RULE_DRAFT, RULE_SHADOW, RULE_LIVE, RULE_RETIRED };
enum rule_effect { RULE_GRANT, RULE_FLOOR, RULE_WEIGHT };

struct rule_test {
    struct str name;
    struct facts facts;
    enum truth expect;
};

struct rule {
    struct provision head;
    int64_t revision;
    enum rule_state state;
    bool has_among;
    struct condition among; // `for`: the crossings it is meant for. Of others it is false, whatever `when` is
    struct condition when;
    enum rule_effect effect;
    enum lane floor;  // RULE_FLOOR: holds while `when` is true
    double weight;    // RULE_WEIGHT
    bool has_unknown; // while the condition is unknown, `unknown` is the floor; without it, the base lane
    enum lane unknown;
    struct wording reason;
    struct wording otherwise; // of a grant
    struct rule_test *tests;
    size_t ntests;
};

// What the conditions of all rules are cut into for judging them together (expr/table.h): `for` and `when` of a rule at
// their outermost &&.
struct rule_conjunct {
    struct str text;             // of the rule file's condition
    uint64_t asked[FACTS_WORDS]; // what it and those before it in its rule ask for
};
struct rule_conjuncts {
    struct rule_conjunct *items;
    size_t count, of_for; // the first `of_for` are the `for`'s
};

struct rules {
    struct rule *items;
    size_t count;
    enum lane base; // without a grant
    bool has_score;
    double prior;                           // a probability, over 0 and under 1
    uint8_t hash[32];                       // SHA-256 of the file's bytes: in every decision
    const struct table *table;              // a row a rule, in their order
    const struct rule_conjuncts *conjuncts; // by rule
    uint64_t mentioned[FACTS_WORDS];        // facts that a condition asks for or a text shows, a bit each
};

// "draft", "shadow", "live", "retired".
const char *rule_state_name(enum rule_state state);
// "true", "false", "unknown".
const char *truth_name(enum truth truth);

// Everything lives in the arena, which must outlive the rules. Errors: those of yaml_read, provision_read and
// condition_read; ERR_MALFORMED for a rule that does not do exactly one of the three, a weight without a score, a text
// that names no known fact, a test whose facts are none; ERR_TOO_LARGE over RULES_MAX.
enum err rules_read(struct arena *arena, struct str yaml, struct rules **out, struct why *why) MUST_USE;

// Whether a rule mentions this fact: what nobody asks for need not be gathered.
bool rules_mention(const struct rules *rules, const char *fact);

// `for` and `when` together; `out->asked` of both. `slots` from facts_values. *beside_the_point (may be NULL): it is
// meant for other crossings.
void rule_eval(const struct rule *rule, struct arena *arena, const struct expr_value *slots, struct verdict *out,
               bool *beside_the_point);

#endif
