// SPDX-License-Identifier: Apache-2.0
// Triggers: who may make a channel suspect, and with what effect. A threat report is not a trigger by itself, or anyone
// who can post one could stop a competitor's trucks: a party that no rule in force names changes nothing.
//
//     triggers:
//       - id: own-analyst                # small letters, digits, hyphens; once in the file
//         owner: us.cbp
//         citation: …
//         from: 2026-01-01               # in force from this day (UTC)
//         to: 2027-01-01                 # up to this day, which is no longer in it; optional
//         purpose: cyber-defence         # information of another purpose is not this rule's to use
//         report: party == "mx.anam" || role == "analyst"  # whose report makes a channel *reported*: no effect
//         confirm: party == "mx.anam" && (own || named)    # who makes it *confirmed*
//         effect: joint                  # how far that may go; never hold
//         crossings_limit: 200           # a party's confirmation that touches more waits for a person here
//
// Both are conditions over who speaks and of what: `party` and `role` (texts, one of them empty: a partner or client,
// or a person of this node), `purpose` (text), and for a confirmation `own` (the channel is one of the speaker's own
// log), `named` (the threat names the channel itself, not only something that it shares with others), `wanted` (the
// lane's number, 0 green to 4 hold) and `crossings` (open crossings that it would touch here). A `report` that is
// absent lets nobody; who may confirm must be named.
#ifndef DECIDE_TRIGGER_H
#define DECIDE_TRIGGER_H

#include "base/why.h"
#include "decide/condition.h"
#include "decide/provision.h"
#include "statement/lane.h"
#include "statement/statement.h"

#define TRIGGERS_MAX 256

struct trigger {
    struct provision head;
    struct str purpose;
    bool has_report;
    struct condition report, confirm;
    enum lane effect;
    int64_t crossings_limit;
};

struct triggers {
    struct trigger *items;
    size_t count;
    uint8_t hash[32]; // SHA-256 of the file's bytes
};

// Everything lives in the arena, which must outlive the triggers. Errors: those of yaml_read and provision_read;
// condition_read's; ERR_FORBIDDEN for `effect: hold`, and for a `confirm` that a stranger, or a person who may not
// speak of threats (an officer, an operator), would pass.
enum err triggers_read(struct arena *arena, struct str yaml, struct triggers **out, struct why *why) MUST_USE;

// Who speaks: a partner or client (party), or a person of this node (role). Exactly one is set.
struct trigger_speaker {
    struct str party;
    struct str role;
};

// May this report mark channels *reported*? *rule (may be NULL) is the one that lets it. `purpose` is what the
// information may be used for, {NULL,0} where it carries none.
bool trigger_report_allowed(const struct triggers *triggers, struct trigger_speaker speaker, struct str purpose,
                            int64_t now_us, const struct trigger **rule);

struct trigger_confirmation {
    struct trigger_speaker speaker;
    struct str purpose;
    bool own;          // the channel is one of the speaker's own log
    bool named;        // the threat names the channel itself, not only something that it shares with others
    enum lane wanted;  // how far the speaker wants it to go
    int64_t crossings; // open crossings that it would touch here
    int64_t now_us;
};

// May this confirmation make the channel *confirmed*? Then *floor is how far it goes: what is wanted, capped by the
// rule's effect, by the rule that lets it go furthest. ERR_FORBIDDEN otherwise, with the reason: nobody named the
// speaker, its scope does not reach, or a party's confirmation touches more crossings than it may without a person.
// *floor is then green.
enum err trigger_confirm_allowed(const struct triggers *triggers, const struct trigger_confirmation *confirmation,
                                 const struct trigger **rule, enum lane *floor, struct why *why) MUST_USE;

#endif
