// SPDX-License-Identifier: Apache-2.0
// Rules: data, read from YAML. Each has an id, dates, a condition, and either grants the green lane or sets a floor.
//
//     base: document                     # the lane without a grant; never green
//     rules:
//       - id: weight-gap                 # small letters, digits, hyphens; once in the file
//         owner: us.cbp
//         revision: 1
//         citation: 19 CFR 123.92(d)
//         from: 2026-01-01               # in force from this day (UTC)
//         to: 2027-01-01                 # up to this day, which is no longer in it; optional
//         for: {fact: crossing.empty, is: false}           # which crossings it is meant for; optional
//         when: {fact: documents.weight_gap_pct, above: 5}
//         floor: scan                    # or `grant: green`
//         unknown: document              # the floor while the condition is unknown; optional, never green
//         reason: {en: …, es: …, fr: …}  # {documents.weight_gap_pct} stands for the fact's value
//         otherwise: {en: …, es: …, fr: …}                 # grants only: said when the grant is not reached
#ifndef DECIDE_RULES_H
#define DECIDE_RULES_H

#include "decide/condition.h"
#include "decide/provision.h"
#include "decide/wording.h"

#define RULES_MAX 512

struct rule {
    struct provision head;
    int64_t revision;
    struct condition
        *among; // `for`: the crossings it is meant for; NULL: all. Otherwise it is false, whatever `when` is
    struct condition *when;
    bool grants_green; // otherwise `floor` holds while `when` is true
    enum lane floor;
    bool has_unknown; // while the condition is unknown, `unknown` is the floor; without it, the base lane
    enum lane unknown;
    struct wording reason;
    struct wording otherwise; // of a grant
};

struct rules {
    struct rule *items;
    size_t count;
    enum lane base;   // without a grant
    uint8_t hash[32]; // SHA-256 of the file's bytes: in every decision
};

// Everything lives in the arena, which must outlive the rules. Errors: those of yaml_read, provision_read and
// condition_read; ERR_MALFORMED for a rule that is both grant and floor or neither, a text that
// names no known fact; ERR_TOO_LARGE over RULES_MAX.
enum err rules_read(struct arena *arena, struct str yaml, struct rules **out, struct why *why) MUST_USE;

// `for` and `when` together.
enum truth rule_eval(const struct rule *rule, const struct facts *facts, condition_asked *asked, void *context);

#endif
