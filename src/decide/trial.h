// SPDX-License-Identifier: Apache-2.0
// Trial: rules put to their own test cases. Pure: no clock, no store.
#ifndef DECIDE_TRIAL_H
#define DECIDE_TRIAL_H

#include "decide/rules.h"

// One case, run.
struct trial {
    const struct rule *rule;
    const struct rule_test *test;
    enum truth got;
    struct str fault; // why the evaluation failed; {NULL,0}: it did not. A failed one is unknown
};

struct trials {
    struct trial *items; // in the rules' order, then the file's
    size_t count, passed, failed;
    const struct rule **untested; // live and shadow rules without a single case
    size_t nuntested;
};

bool trial_passed(const struct trial *trial);
// Whether a set may go live as far as its own cases go: none failed, and no live or shadow rule is without one.
bool trials_suffice(const struct trials *trials);

// Every case of every rule, drafts and retired ones too; `for` and `when` together, as decisions ask them. Dates do not
// matter. ERR_NO_MEMORY.
enum err trials_run(struct arena *arena, const struct rules *rules, struct trials *out, struct why *why) MUST_USE;

// {"passed","failed","untested":[id…],"cases":[{"rule","test","expected","got","fault"?}…]}; `all`: the cases that
// passed too. NULL without memory.
struct json *trials_json(struct arena *arena, const struct trials *trials, bool all);

#endif
