// SPDX-License-Identifier: Apache-2.0
#include "expr/macro.h"

#define ACCU STR(MACRO_ACCUMULATOR)

// One call that may be a macro.
struct macro_call {
    struct build *b;
    uint32_t offset;
    const struct ast *target;
    const struct ast *const *args;
    size_t nargs;
};

typedef const struct ast *macro_expander(const struct macro_call *c);

static const struct ast *accu(const struct macro_call *c)
{
    return build_ident(c->b, c->offset, ACCU);
}

static const struct ast *literal(const struct macro_call *c, struct expr_value value)
{
    return build_const(c->b, c->offset, value);
}

static const struct ast *list_of(const struct macro_call *c, const struct ast *const *items, size_t count)
{
    return build_members(c->b, AST_LIST, c->offset, items, count, NULL);
}

// A loop's variable. NULL with the issue.
static bool variable(const struct macro_call *c, size_t arg, struct str *name)
{
    const struct ast *a = c->args[arg];
    if (a->kind != AST_IDENT || a->name.p[0] == '.') {
        build_wrong(c->b, a->offset, "argument must be a simple name: the macro's variable");
        return false;
    }
    *name = a->name;
    return true;
}

// The variables of a macro of one or two: from args[0] on. *rest is the first argument after them.
static bool variables(const struct macro_call *c, bool two, struct ast_fold *fold, size_t *rest)
{
    *rest = two ? 2 : 1;
    if (!variable(c, 0, &fold->iter)) return false;
    if (two && !variable(c, 1, &fold->iter2)) return false;
    if (two && str_eq(fold->iter, fold->iter2)) {
        build_wrong(c->b, c->args[1]->offset, "duplicate variable name: %.*s", STR_ARG(fold->iter2));
        return false;
    }
    return true;
}

static const struct ast *has(const struct macro_call *c)
{
    const struct ast *a = c->args[0];
    if (a->kind != AST_SELECT || a->is_optional || a->test_only) {
        build_wrong(c->b, a->offset, "invalid argument to has() macro: it takes a selection, has(a.b)");
        return NULL;
    }
    struct ast *node = build_node(c->b, AST_SELECT, a->offset);
    if (!node || !build_under(c->b, node, a->target)) return NULL;
    node->target = a->target;
    node->name = a->name;
    node->test_only = true;
    return node;
}

// ---- Quantifiers ----

static const struct ast *quantifier_all(const struct macro_call *c, bool two)
{
    struct ast_fold f = {.accu = ACCU, .range = c->target};
    size_t rest;
    if (!variables(c, two, &f, &rest)) return NULL;
    f.init = literal(c, EXPR_BOOL_VALUE(true));
    f.condition = build_call_of(c->b, c->offset, OP_NOT_STRICTLY_FALSE, accu(c));
    f.step = build_call_of(c->b, c->offset, OP_AND, accu(c), c->args[rest]);
    f.result = accu(c);
    return build_fold(c->b, c->offset, f);
}

static const struct ast *quantifier_exists(const struct macro_call *c, bool two)
{
    struct ast_fold f = {.accu = ACCU, .range = c->target};
    size_t rest;
    if (!variables(c, two, &f, &rest)) return NULL;
    f.init = literal(c, EXPR_BOOL_VALUE(false));
    const struct ast *open = build_call_of(c->b, c->offset, OP_NOT, accu(c));
    f.condition = build_call_of(c->b, c->offset, OP_NOT_STRICTLY_FALSE, open);
    f.step = build_call_of(c->b, c->offset, OP_OR, accu(c), c->args[rest]);
    f.result = accu(c);
    return build_fold(c->b, c->offset, f);
}

static const struct ast *quantifier_one(const struct macro_call *c, bool two)
{
    struct ast_fold f = {.accu = ACCU, .range = c->target};
    size_t rest;
    if (!variables(c, two, &f, &rest)) return NULL;
    f.init = literal(c, EXPR_INT_VALUE(0));
    f.condition = literal(c, EXPR_BOOL_VALUE(true));
    const struct ast *more = build_call_of(c->b, c->offset, OP_ADD, accu(c), literal(c, EXPR_INT_VALUE(1)));
    f.step = build_call_of(c->b, c->offset, OP_CONDITIONAL, c->args[rest], more, accu(c));
    f.result = build_call_of(c->b, c->offset, OP_EQ, accu(c), literal(c, EXPR_INT_VALUE(1)));
    return build_fold(c->b, c->offset, f);
}

static const struct ast *all(const struct macro_call *c)
{
    return quantifier_all(c, false);
}

static const struct ast *all_two(const struct macro_call *c)
{
    return quantifier_all(c, true);
}

static const struct ast *exists(const struct macro_call *c)
{
    return quantifier_exists(c, false);
}

static const struct ast *exists_two(const struct macro_call *c)
{
    return quantifier_exists(c, true);
}

static const struct ast *exists_one(const struct macro_call *c)
{
    return quantifier_one(c, false);
}

static const struct ast *exists_one_two(const struct macro_call *c)
{
    return quantifier_one(c, true);
}

// ---- Transformations ----

// The fold whose step adds to the accumulator, with `filter` (may be NULL) only where that holds.
static const struct ast *collect(const struct macro_call *c, struct ast_fold f, const struct ast *init,
                                 const struct ast *filter, const struct ast *more)
{
    f.accu = ACCU;
    f.range = c->target;
    f.init = init;
    f.condition = literal(c, EXPR_BOOL_VALUE(true));
    f.step = filter ? build_call_of(c->b, c->offset, OP_CONDITIONAL, filter, more, accu(c)) : more;
    f.result = accu(c);
    return build_fold(c->b, c->offset, f);
}

static const struct ast *into_list(const struct macro_call *c, struct ast_fold f, const struct ast *filter,
                                   const struct ast *item)
{
    const struct ast *init = list_of(c, NULL, 0);
    const struct ast *one = list_of(c, &item, 1);
    return collect(c, f, init, filter, build_call_of(c->b, c->offset, OP_ADD, accu(c), one));
}

// The filter that may stand before the last argument.
static const struct ast *filter_of(const struct macro_call *c, size_t rest)
{
    return c->nargs > rest + 1 ? c->args[rest] : NULL;
}

static const struct ast *map(const struct macro_call *c)
{
    struct ast_fold f = {0};
    size_t rest;
    if (!variables(c, false, &f, &rest)) return NULL;
    return into_list(c, f, filter_of(c, rest), c->args[c->nargs - 1]);
}

static const struct ast *filter(const struct macro_call *c)
{
    struct ast_fold f = {0};
    size_t rest;
    if (!variables(c, false, &f, &rest)) return NULL;
    return into_list(c, f, c->args[rest], build_ident(c->b, c->args[0]->offset, f.iter));
}

static const struct ast *transform_list(const struct macro_call *c)
{
    struct ast_fold f = {0};
    size_t rest;
    if (!variables(c, true, &f, &rest)) return NULL;
    return into_list(c, f, filter_of(c, rest), c->args[c->nargs - 1]);
}

static const struct ast *transform_map(const struct macro_call *c)
{
    struct ast_fold f = {0};
    size_t rest;
    if (!variables(c, true, &f, &rest)) return NULL;
    const struct ast *init = build_members(c->b, AST_MAP, c->offset, NULL, 0, NULL);
    const struct ast *key = build_ident(c->b, c->args[0]->offset, f.iter);
    const struct ast *more = build_call_of(c->b, c->offset, MACRO_MAP_INSERT, accu(c), key, c->args[c->nargs - 1]);
    return collect(c, f, init, filter_of(c, rest), more);
}

static const struct ast *transform_map_entry(const struct macro_call *c)
{
    struct ast_fold f = {0};
    size_t rest;
    if (!variables(c, true, &f, &rest)) return NULL;
    const struct ast *init = build_members(c->b, AST_MAP, c->offset, NULL, 0, NULL);
    const struct ast *more = build_call_of(c->b, c->offset, MACRO_MAP_INSERT, accu(c), c->args[c->nargs - 1]);
    return collect(c, f, init, filter_of(c, rest), more);
}

// ---- Bindings, blocks, optionals ----

static const struct ast *bind(const struct macro_call *c, struct str name, const struct ast *init,
                              const struct ast *result)
{
    struct ast_fold f = {.iter = STR("#unused"), .accu = name, .init = init, .result = result};
    f.range = list_of(c, NULL, 0);
    f.condition = literal(c, EXPR_BOOL_VALUE(false));
    f.step = build_ident(c->b, c->offset, name);
    return build_fold(c->b, c->offset, f);
}

static const struct ast *cel_bind(const struct macro_call *c)
{
    struct str name;
    if (!variable(c, 0, &name)) return NULL;
    return bind(c, name, c->args[1], c->args[2]);
}

// A number written out, small enough to name something; false with the issue.
static bool small_number(const struct macro_call *c, size_t arg, int64_t *out)
{
    const struct ast *a = c->args[arg];
    if (a->kind != AST_CONST || a->value.kind != EXPR_INT || a->value.integer < 0 ||
        a->value.integer >= EXPR_NODES_MAX) {
        build_wrong(c->b, a->offset, "the argument must be a non-negative int literal");
        return false;
    }
    *out = a->value.integer;
    return true;
}

static const struct ast *cel_index(const struct macro_call *c)
{
    int64_t i;
    if (!small_number(c, 0, &i)) return NULL;
    struct str name = arena_printf(c->b->arena, "@index%d", (int)i);
    return name.p ? build_ident(c->b, c->offset, name) : NULL;
}

// The loop variable of macros that stand `depth` folds deep; `unique` tells those of one depth apart.
static const struct ast *cel_iter_var(const struct macro_call *c)
{
    int64_t depth, unique;
    if (!small_number(c, 0, &depth) || !small_number(c, 1, &unique)) return NULL;
    struct str name = arena_printf(c->b->arena, "@it:%d:%d", (int)depth, (int)unique);
    return name.p ? build_ident(c->b, c->offset, name) : NULL;
}

// cel.block([a, b …], e): a bound to @index0 in b bound to @index1 in … e.
static const struct ast *cel_block(const struct macro_call *c)
{
    const struct ast *list = c->args[0], *result = c->args[1];
    if (list->kind != AST_LIST || list->optional) {
        build_wrong(c->b, list->offset, "cel.block takes a list of expressions, and the expression that uses them");
        return NULL;
    }
    for (size_t i = list->nargs; result && i > 0; i--) {
        struct str name = arena_printf(c->b->arena, "@index%zu", i - 1);
        if (!name.p) return NULL;
        result = bind(c, name, list->args[i - 1], result);
    }
    return result;
}

// Bound first, so that what may be costly is done once: opt = target in opt.hasValue() ? yes(x = opt.value()) : none.
static const struct ast *optional_map(const struct macro_call *c, bool wrap)
{
    struct str name, held = STR("@opt");
    if (!variable(c, 0, &name)) return NULL;
    struct build *b = c->b;
    const struct ast *asked = build_call(b, c->offset, STR("hasValue"), build_ident(b, c->offset, held), NULL, 0);
    const struct ast *value = build_call(b, c->offset, STR("value"), build_ident(b, c->offset, held), NULL, 0);
    const struct ast *yes = bind(c, name, value, c->args[1]);
    if (wrap) {
        const struct ast *space = build_ident(b, c->offset, STR("optional"));
        yes = space ? build_call(b, c->offset, STR("of"), space, &yes, 1) : NULL;
    }
    const struct ast *space = build_ident(b, c->offset, STR("optional"));
    const struct ast *none = space ? build_call(b, c->offset, STR("none"), space, NULL, 0) : NULL;
    return bind(c, held, c->target, build_call_of(b, c->offset, OP_CONDITIONAL, asked, yes, none));
}

static const struct ast *opt_map(const struct macro_call *c)
{
    return optional_map(c, true);
}

static const struct ast *opt_flat_map(const struct macro_call *c)
{
    return optional_map(c, false);
}

// ---- Variadics ----

static bool may_be_number(const struct ast *a)
{
    if (a->kind == AST_CONST)
        return a->value.kind == EXPR_INT || a->value.kind == EXPR_UINT || a->value.kind == EXPR_DOUBLE;
    return a->kind != AST_LIST && a->kind != AST_MAP && a->kind != AST_STRUCT;
}

// math.greatest and math.least: of three and more arguments a list is made. Literals that are no numbers are told of
// here, where there is no checker yet.
static const struct ast *extremum(const struct macro_call *c, struct str name)
{
    if (c->nargs == 0) {
        build_wrong(c->b, c->offset, "math.%.*s() requires at least one argument", STR_ARG(name));
        return NULL;
    }
    const struct ast *const *items = c->args;
    size_t n = c->nargs;
    bool one_list = n == 1 && items[0]->kind == AST_LIST;
    if (one_list) {
        n = items[0]->nargs;
        items = items[0]->args;
    }
    bool numbers = n > 0;
    for (size_t i = 0; i < n; i++) numbers = numbers && may_be_number(items[i]);
    if (!numbers) {
        build_wrong(c->b, c->args[0]->offset, "math.%.*s() %s", STR_ARG(name),
                    c->nargs == 1 ? "invalid single argument value" : "simple literal arguments must be numeric");
        return NULL;
    }
    const struct ast *list = n > 2 && !one_list ? list_of(c, c->args, n) : NULL;
    if (n > 2 && !one_list && !list) return NULL;
    return build_call(c->b, c->offset, name, c->target, list ? &list : c->args, list ? 1 : c->nargs);
}

static const struct ast *greatest(const struct macro_call *c)
{
    return extremum(c, STR("greatest"));
}

static const struct ast *least(const struct macro_call *c)
{
    return extremum(c, STR("least"));
}

// ---- The table ----

static const struct macro {
    const char *name;
    const char *space; // "cel": of cel.bind(…); "": a plain call; NULL: of any target
    size_t least, most;
    unsigned feature; // 0: always
    macro_expander *expand;
} macros[] = {
    {"has", "", 1, 1, 0, has},
    {"all", NULL, 2, 2, 0, all},
    {"all", NULL, 3, 3, EXPR_TWO_VARIABLES, all_two},
    {"exists", NULL, 2, 2, 0, exists},
    {"exists", NULL, 3, 3, EXPR_TWO_VARIABLES, exists_two},
    {"exists_one", NULL, 2, 2, 0, exists_one},
    {"existsOne", NULL, 2, 2, 0, exists_one},
    {"existsOne", NULL, 3, 3, EXPR_TWO_VARIABLES, exists_one_two},
    {"map", NULL, 2, 3, 0, map},
    {"filter", NULL, 2, 2, 0, filter},
    {"transformList", NULL, 3, 4, EXPR_TWO_VARIABLES, transform_list},
    {"transformMap", NULL, 3, 4, EXPR_TWO_VARIABLES, transform_map},
    {"transformMapEntry", NULL, 3, 4, EXPR_TWO_VARIABLES, transform_map_entry},
    {"bind", "cel", 3, 3, EXPR_BINDINGS, cel_bind},
    {"block", "cel", 2, 2, EXPR_BLOCKS, cel_block},
    {"index", "cel", 1, 1, EXPR_BLOCKS, cel_index},
    {"iterVar", "cel", 2, 2, EXPR_BLOCKS, cel_iter_var},
    {"optMap", NULL, 2, 2, EXPR_OPTIONALS, opt_map},
    {"optFlatMap", NULL, 2, 2, EXPR_OPTIONALS, opt_flat_map},
    {"greatest", "math", 0, SIZE_MAX, EXPR_MATH, greatest},
    {"least", "math", 0, SIZE_MAX, EXPR_MATH, least},
};

static bool in_space(const struct ast *target, const char *space)
{
    if (!space) return target != NULL;
    if (!*space) return target == NULL;
    return target && target->kind == AST_IDENT && str_is(target->name, space);
}

bool macro_expand(struct build *b, uint32_t offset, const struct ast *target, struct str name,
                  const struct build_nodes *args, const struct ast **out)
{
    for (size_t i = 0; i < sizeof macros / sizeof macros[0]; i++) {
        const struct macro *m = &macros[i];
        if (!str_is(name, m->name) || args->count < m->least || args->count > m->most) continue;
        if (!in_space(target, m->space) || (m->feature && !(b->features & m->feature))) continue;
        struct macro_call call = {b, offset, target, args->items, args->count};
        *out = m->expand(&call);
        return true;
    }
    return false;
}
