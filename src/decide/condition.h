// SPDX-License-Identifier: Apache-2.0
// Condition: an expression (expr/) that is true, false or unknown, over the variables of an environment: for rules the
// facts, by the names of docs/facts.md.
//
//     !crossing.empty && documents.weight_gap_pct > 5
//     programme.driver in ["expired", "suspended"] || custody.tampers > 0
//
// A missing variable is unknown, and what hangs on it is unknown, unless it comes out the same whatever it is. There is
// no way to ask whether it is known: so an answer that is not unknown stays the same whatever the missing facts turn
// out to be. An evaluation that fails (a division by zero, the cost limit) is unknown too, and says why.
#ifndef DECIDE_CONDITION_H
#define DECIDE_CONDITION_H

#include "decide/facts.h"
#include "expr/expr.h"

enum truth { TRUTH_FALSE, TRUTH_UNKNOWN, TRUTH_TRUE };

#define CONDITION_TEXT_MAX 4096    // bytes
#define CONDITION_COST_MAX 10000   // of one evaluation
#define CONDITION_MEMORY_MAX 65536 // bytes, of one evaluation

struct condition {
    struct str text;
    const struct expr *expr;
};

// A variable of an environment and its type ("string", "list(string)").
struct condition_variable {
    const char *name, *type;
};
// An environment with these variables, slots in their order, and the strings extension. For expr_env_free; NULL without
// memory.
struct expr_env *condition_env_new(const struct condition_variable *variables, size_t count);

// Refuses what the checker refuses (an unknown name, with the nearest known one; a value of another type), what is no
// bool, and an expression that could cost more than CONDITION_COST_MAX: ERR_MALFORMED, ERR_TOO_LARGE, with line and
// column in the text. The condition lives in the arena; `text` and `env` must outlive it. An `env` that is
// NULL was made without memory: ERR_NO_MEMORY.
enum err condition_read(struct arena *arena, const struct expr_env *env, struct str text, struct condition *out,
                        struct why *why) MUST_USE;
// The fact that a node of a condition's tree names; NULL: none.
const struct fact_kind *condition_fact(const struct ast *ast);
// Refuses a comparison of a fact with a text that it can never be (ERR_MALFORMED); for conditions over facts.
enum err condition_values_check(const struct condition *condition, struct why *why) MUST_USE;

// What one evaluation came to.
struct verdict {
    enum truth truth;
    uint64_t asked[FACTS_WORDS];   // variables that it asked for, a bit each by slot
    uint64_t missing[FACTS_WORDS]; // of those, the ones on which it hangs; empty unless unknown
    struct str fault;              // why it failed; {NULL,0}: it did not
};
// `slots` has a value for each variable of the environment, at most FACTS_WORDS * 64. Allocates in the arena only for
// what makes new texts and lists.
void condition_eval(const struct condition *condition, struct arena *arena, const struct expr_value *slots,
                    size_t nslots, struct verdict *out);
// The same, where unknown and failed both mean no.
bool condition_holds(const struct condition *condition, const struct expr_value *slots, size_t nslots);

#endif
