// SPDX-License-Identifier: Apache-2.0
#include "expr/unify.h"

// How deep types are walked: deeper ones than expressions can nest come only of variables bound to each other.
#define UNIFY_NESTING_MAX 600

struct variable {
    struct expr_type as; // TYPE_PARAM; its name is the number's bytes, so that no two are the same
    uint32_t number;
    const struct expr_type *bound;
};

struct unify_bound {
    struct variable *variable;
    const struct expr_type *was;
    struct unify_bound *next;
};

static const struct variable *variable_of(const struct expr_type *type)
{
    return (const struct variable *)(const void *)type;
}

static const struct expr_type *give_up(struct unify *u)
{
    u->failed = true;
    return &expr_type_dyn;
}

static bool step(struct unify *u, unsigned depth)
{
    if (u->failed || depth > UNIFY_NESTING_MAX || ++u->steps > UNIFY_STEPS_MAX) u->failed = true;
    return !u->failed;
}

const struct expr_type *unify_variable(struct unify *u)
{
    struct variable *v = arena_new(u->arena, struct variable);
    if (!v) return give_up(u);
    v->number = u->variables++;
    v->as = (struct expr_type){.kind = TYPE_PARAM, .name = {(const char *)&v->number, sizeof v->number}};
    return &v->as;
}

// Along variables that stand for variables to the last one.
static const struct expr_type *last_variable(const struct expr_type *type)
{
    while (type->kind == TYPE_PARAM && variable_of(type)->bound && variable_of(type)->bound->kind == TYPE_PARAM)
        type = variable_of(type)->bound;
    return type;
}

const struct expr_type *unify_head(const struct expr_type *type)
{
    type = last_variable(type);
    if (type->kind == TYPE_PARAM && variable_of(type)->bound) return variable_of(type)->bound;
    return type;
}

// A copy of `type` with other parameters; itself when they are the same.
static const struct expr_type *with_params(struct unify *u, const struct expr_type *type, const struct expr_type *first,
                                           const struct expr_type *second)
{
    if (first == type->params[0] && second == type->params[1]) return type;
    struct expr_type *copy = arena_new(u->arena, struct expr_type);
    if (!copy) return give_up(u);
    *copy = *type;
    copy->params[0] = first;
    copy->params[1] = second;
    return copy;
}

const struct expr_type *unify_instance(struct unify *u, struct unify_names *names, const struct expr_type *type)
{
    if (type->kind == TYPE_PARAM) {
        const struct expr_type **variable = &names->variables[(type->name.p[0] - 'A') % 26];
        if (!*variable) *variable = unify_variable(u);
        return *variable;
    }
    const struct expr_type *params[2];
    for (size_t i = 0; i < 2; i++) params[i] = type->params[i] ? unify_instance(u, names, type->params[i]) : NULL;
    return with_params(u, type, params[0], params[1]);
}

static const struct expr_type *known(struct unify *u, const struct expr_type *type, bool open, unsigned depth)
{
    if (!step(u, depth)) return &expr_type_dyn;
    type = unify_head(type);
    if (type->kind == TYPE_PARAM) return open ? type : &expr_type_dyn;
    const struct expr_type *params[2];
    for (size_t i = 0; i < 2; i++) params[i] = type->params[i] ? known(u, type->params[i], open, depth + 1) : NULL;
    return with_params(u, type, params[0], params[1]);
}

const struct expr_type *unify_known(struct unify *u, const struct expr_type *type, bool open)
{
    return known(u, type, open, 0);
}

// ---- Fitting ----

static void bind(struct unify *u, const struct expr_type *param, const struct expr_type *type)
{
    struct unify_bound *note = arena_new(u->arena, struct unify_bound);
    if (!note) {
        u->failed = true;
        return;
    }
    struct variable *v = (struct variable *)(void *)(uintptr_t)param; // made by unify_variable, not const there
    *note = (struct unify_bound){v, v->bound, u->bound};
    u->bound = note;
    v->bound = type;
}

static bool occurs(struct unify *u, const struct expr_type *param, const struct expr_type *in, unsigned depth)
{
    if (!step(u, depth)) return true;
    in = last_variable(in);
    if (in == param) return true;
    in = unify_head(in);
    for (size_t i = 0; i < 2; i++)
        if (in->params[i] && occurs(u, param, in->params[i], depth + 1)) return true;
    return false;
}

// What null may stand in for besides null.
static bool nullable(const struct expr_type *type)
{
    if (type->kind != TYPE_OF)
        return type->kind == TYPE_WRAPPER || type->kind == TYPE_OPTIONAL || type->kind == TYPE_NAMED;
    return type->of == EXPR_NULL || type->of == EXPR_TIMESTAMP || type->of == EXPR_DURATION || type->of == EXPR_IP ||
           type->of == EXPR_CIDR;
}

static bool is_null(const struct expr_type *type)
{
    return type->kind == TYPE_OF && type->of == EXPR_NULL;
}

static bool fits(struct unify *u, const struct expr_type *from, const struct expr_type *to, unsigned depth);

enum substitution { NOT_BOUND, BOUND_OTHERWISE, HOLDS };

// Whether `param` stands for `type`, or can from now on.
static enum substitution substitutes(struct unify *u, const struct expr_type *param, const struct expr_type *type,
                                     unsigned depth)
{
    const struct expr_type *bound = variable_of(param)->bound;
    if (!bound) {
        if (occurs(u, param, type, depth)) return NOT_BOUND;
        bind(u, param, type);
        return HOLDS;
    }
    if (!fits(u, type, bound, depth + 1)) return BOUND_OTHERWISE;
    const struct expr_type *joined = unify_join(u, type, bound);
    if (joined != bound && !occurs(u, param, joined, depth)) bind(u, param, joined);
    return HOLDS;
}

static bool fit_params(struct unify *u, const struct expr_type *from, const struct expr_type *to, unsigned depth)
{
    for (size_t i = 0; i < 2; i++) {
        if (!from->params[i] != !to->params[i]) return false;
        if (from->params[i] && !fits(u, from->params[i], to->params[i], depth + 1)) return false;
    }
    return true;
}

static bool fits(struct unify *u, const struct expr_type *from, const struct expr_type *to, unsigned depth)
{
    if (!step(u, depth)) return true;
    from = last_variable(from);
    to = last_variable(to);
    if (from == to) return true;
    if (to->kind == TYPE_PARAM) {
        enum substitution found = substitutes(u, to, from, depth);
        if (found != NOT_BOUND) return found == HOLDS;
    }
    if (from->kind == TYPE_PARAM) return substitutes(u, from, to, depth) == HOLDS;
    if (from->kind == TYPE_DYN || to->kind == TYPE_DYN) return true;
    if (is_null(from)) return nullable(to);
    if (is_null(to)) return nullable(from);
    if (from->kind == TYPE_WRAPPER) return fits(u, from->params[0], to, depth + 1);
    if (to->kind == TYPE_WRAPPER) return fits(u, from, to->params[0], depth + 1);
    if (from->kind != to->kind || from->of != to->of || !str_eq(from->name, to->name)) return false;
    return from->kind == TYPE_TYPE || fit_params(u, from, to, depth);
}

void unify_undo(struct unify *u)
{
    for (; u->bound; u->bound = u->bound->next) u->bound->variable->bound = u->bound->was;
}

bool unify_fits(struct unify *u, const struct expr_type *const *from, const struct expr_type *const *to, size_t count)
{
    u->bound = NULL;
    for (size_t i = 0; i < count; i++) {
        if (fits(u, from[i], to[i], 0)) continue;
        unify_undo(u);
        return false;
    }
    return true;
}

// ---- Joining ----

static const struct expr_type *join(struct unify *u, const struct expr_type *a, const struct expr_type *b,
                                    unsigned depth)
{
    if (!step(u, depth)) return &expr_type_dyn;
    a = last_variable(a);
    b = last_variable(b);
    if (a == b || a->kind == TYPE_PARAM) return a;
    if (b->kind == TYPE_PARAM) return b;
    if (a->kind == TYPE_DYN || b->kind == TYPE_DYN) return &expr_type_dyn;
    if (is_null(a)) return b;
    if (is_null(b)) return a;
    if (a->kind == TYPE_WRAPPER) return a;
    if (b->kind == TYPE_WRAPPER) return b;
    if (a->kind == TYPE_TYPE) return a;
    const struct expr_type *params[2];
    for (size_t i = 0; i < 2; i++)
        params[i] = a->params[i] && b->params[i] ? join(u, a->params[i], b->params[i], depth + 1) : NULL;
    return with_params(u, a, params[0], params[1]);
}

const struct expr_type *unify_join(struct unify *u, const struct expr_type *a, const struct expr_type *b)
{
    return join(u, a, b, 0);
}
