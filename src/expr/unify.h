// SPDX-License-Identifier: Apache-2.0
// Unify: what the checker does with types alone: type variables, which types fit each other, and the type that two of
// them have in common (langdef.md, "Gradual Type Checking").
#ifndef EXPR_UNIFY_H
#define EXPR_UNIFY_H

#include "expr/type.h"

struct unify_bound;

// Types can be made that grow with every use, so that work is counted: past its limit, or without memory, `failed`
// sticks and every answer is the safe one.
struct unify {
    struct arena *arena;
    uint64_t steps;
    uint32_t variables;
    struct unify_bound *bound; // what the last attempt has bound
    bool failed;
};
#define UNIFY_STEPS_MAX 4000000

// A type that is not known yet.
const struct expr_type *unify_variable(struct unify *u);

// A signature's parameters stand for a variable each, for one use of it.
struct unify_names {
    const struct expr_type *variables[26]; // by letter
};
const struct expr_type *unify_instance(struct unify *u, struct unify_names *names, const struct expr_type *type);

// Whether values of type `from` may stand where `to` is asked, dyn fitting everything: all pairs, or nothing is bound.
bool unify_fits(struct unify *u, const struct expr_type *const *from, const struct expr_type *const *to, size_t count);
// Takes back what the last unify_fits bound.
void unify_undo(struct unify *u);
// Of two types that fit each other, the one that holds both.
const struct expr_type *unify_join(struct unify *u, const struct expr_type *a, const struct expr_type *b);
// What is known of a type now; `open` false: variables that are still free become dyn.
const struct expr_type *unify_known(struct unify *u, const struct expr_type *type, bool open);
// The outermost of what is known: no bound variable.
const struct expr_type *unify_head(const struct expr_type *type);

#endif
