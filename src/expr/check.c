// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>

#include "expr/expr.h"
#include "expr/unify.h"

#define NAME_ROOM 256 // longer names than that cannot be declared

// A fold's variable, and those around it.
struct local {
    struct str name;
    const struct expr_type *type;
    const struct local *next;
};

struct checker {
    struct unify u;
    const struct expr_env *env;
    struct str source;
    struct expr_issues *issues;
    const struct expr_type **types; // by node
    const struct local *locals;
    bool wrong; // an issue was found
};

// What failed to be typed: fits everything, so that one fault makes one issue.
#define WRONG (&expr_type_dyn)

static const struct expr_type *check(struct checker *c, const struct ast *ast);

// ---- Issues ----

#define issue(c, at, ...) ((c)->wrong = true, expr_issue_add((c)->issues, (c)->source, (at)->offset, __VA_ARGS__))

static struct str text_of(struct checker *c, const struct expr_type *type)
{
    return expr_type_text(c->u.arena, unify_known(&c->u, type, false));
}

static void undeclared(struct checker *c, const struct ast *at, struct str name)
{
    struct str near = env_nearest(c->env, name), container = env_container(c->env);
    if (near.n)
        issue(c, at, "undeclared reference to '%.*s' (in container '%.*s'): did you mean '%.*s'?", STR_ARG(name),
              STR_ARG(container), STR_ARG(near));
    else
        issue(c, at, "undeclared reference to '%.*s' (in container '%.*s')", STR_ARG(name), STR_ARG(container));
}

static void mismatch(struct checker *c, const struct ast *at, const struct expr_type *wanted,
                     const struct expr_type *found)
{
    struct str w = text_of(c, wanted), f = text_of(c, found);
    issue(c, at, "expected type '%.*s' but found '%.*s'", STR_ARG(w), STR_ARG(f));
}

static void no_overload(struct checker *c, const struct ast *at, struct str name, const struct expr_type *const *args,
                        size_t nargs, bool member)
{
    struct buf out = BUF(4096);
    for (size_t i = 0; i < nargs; i++) {
        if (i == (member ? 1 : 0)) buf_puts(&out, member ? ".(" : "(");
        if (i > (member ? 1 : 0)) buf_puts(&out, ", ");
        buf_str_add(&out, text_of(c, args[i]));
    }
    if (nargs <= (member ? 1 : 0)) buf_puts(&out, member ? ".(" : "(");
    buf_putc(&out, ')');
    struct str shown = buf_str(&out);
    issue(c, at, "found no matching overload for '%.*s' applied to '%.*s'", STR_ARG(name), STR_ARG(shown));
    buf_free(&out);
}

// ---- Names ----

// a.b.c as one name; false when it is more than selections of a name, or longer than any declared one.
static bool qualified(const struct ast *ast, char room[NAME_ROOM], struct str *name)
{
    size_t start = NAME_ROOM; // written from the end
    for (; ast->kind == AST_SELECT; ast = ast->target) {
        if (ast->test_only || ast->is_optional || ast->name.n + 1 > start) return false;
        start -= ast->name.n + 1;
        room[start] = '.';
        memcpy(room + start + 1, ast->name.p, ast->name.n);
    }
    if (ast->kind != AST_IDENT || ast->name.n > start) return false;
    start -= ast->name.n;
    memcpy(room + start, ast->name.p, ast->name.n);
    *name = (struct str){room + start, NAME_ROOM - start};
    return true;
}

static const struct local *local_named(const struct checker *c, struct str name)
{
    const struct local *l = c->locals;
    while (l && !str_eq(l->name, name)) l = l->next;
    return l;
}

static const struct ast *root_of(const struct ast *ast)
{
    while (ast->kind == AST_SELECT) ast = ast->target;
    return ast;
}

// What a name declared in the environment is of; NULL: it is not declared.
static const struct expr_type *declared(struct checker *c, struct str name)
{
    const struct env_variable *variable;
    const struct expr_type *type;
    if (!env_resolve(c->env, name, &variable, &type)) return NULL;
    if (variable) return variable->type;
    struct expr_type *of = arena_new(c->u.arena, struct expr_type);
    if (!of) {
        c->u.failed = true;
        return WRONG;
    }
    *of = (struct expr_type){.kind = TYPE_TYPE, .params = {type}};
    return of;
}

static const struct expr_type *check_ident(struct checker *c, const struct ast *ast)
{
    const struct local *local = local_named(c, ast->name);
    if (local) return local->type;
    const struct expr_type *type = declared(c, ast->name);
    if (type) return type;
    undeclared(c, ast, ast->name);
    return WRONG;
}

// Of a.b.c, whose a is nothing: what was meant may be a variable whose name has dots. true when that was said.
static bool undeclared_path(struct checker *c, const struct ast *ast)
{
    char room[NAME_ROOM];
    struct str name;
    for (const struct ast *part = ast; part->kind == AST_SELECT; part = part->target)
        if (!qualified(part, room, &name) || declared(c, name)) return false;
    const struct ast *root = root_of(ast);
    if (root->kind != AST_IDENT || local_named(c, root->name) || declared(c, root->name)) return false;
    if (!qualified(ast, room, &name) || !env_nearest(c->env, name).n) return false;
    undeclared(c, root, name);
    for (const struct ast *part = ast;; part = part->target) {
        c->types[part->id] = WRONG;
        if (part == root) return true;
    }
}

// ---- Selections ----

static const struct expr_type *composite(struct checker *c, enum expr_type_kind kind, const struct expr_type *first,
                                         const struct expr_type *second)
{
    struct expr_type *type = arena_new(c->u.arena, struct expr_type);
    if (!type) {
        c->u.failed = true;
        return WRONG;
    }
    *type = (struct expr_type){.kind = kind, .params = {first, second}};
    return type;
}

static bool is_dyn(const struct expr_type *type)
{
    return unify_head(type)->kind == TYPE_DYN;
}

// From here on a variable that is still free is dyn: nothing later may make it something that this use was not.
static void settle(struct checker *c, const struct expr_type *type)
{
    const struct expr_type *dyn = &expr_type_dyn;
    (void)unify_fits(&c->u, &dyn, &type, 1);
}

static const struct expr_type *check_field(struct checker *c, const struct ast *ast, const struct expr_type *target)
{
    switch (target->kind) {
    case TYPE_MAP:
        return target->params[1];
    case TYPE_PARAM:
        settle(c, target);
        return &expr_type_dyn;
    case TYPE_DYN:
        return &expr_type_dyn;
    case TYPE_OF:
    case TYPE_LIST:
    case TYPE_TYPE:
    case TYPE_OPTIONAL:
    case TYPE_WRAPPER:
    case TYPE_NAMED:
        break;
    }
    struct str text = text_of(c, target);
    issue(c, ast, "type '%.*s' does not support field selection", STR_ARG(text));
    return WRONG;
}

static const struct expr_type *check_select(struct checker *c, const struct ast *ast)
{
    char room[NAME_ROOM];
    struct str name;
    if (qualified(ast, room, &name) && !local_named(c, root_of(ast)->name)) {
        const struct expr_type *type = declared(c, name);
        if (type) return type;
        if (undeclared_path(c, ast)) return WRONG;
    }
    const struct expr_type *target = unify_head(check(c, ast->target));
    bool optional = ast->is_optional;
    if (target->kind == TYPE_OPTIONAL) {
        target = unify_head(target->params[0]);
        optional = true;
    }
    const struct expr_type *type = check_field(c, ast, target);
    if (ast->test_only) return expr_type_of_kind(EXPR_BOOL);
    return optional ? composite(c, TYPE_OPTIONAL, type, NULL) : type;
}

// ---- Calls ----

// What the overload gives for these arguments; NULL: they do not fit.
static const struct expr_type *check_overload(struct checker *c, const struct env_overload *overload,
                                              const struct expr_type *const *args, size_t nargs)
{
    struct unify_names names = {0};
    const struct expr_type *wanted[ENV_ARGS_MAX];
    for (size_t i = 0; i < nargs; i++) wanted[i] = unify_instance(&c->u, &names, overload->args[i]);
    if (!unify_fits(&c->u, args, wanted, nargs)) return NULL;
    return unify_known(&c->u, unify_instance(&c->u, &names, overload->result), true);
}

// What the overloads that fit the arguments give: their common type, or dyn. A type that is still free is bound when
// only one fits: what the others would make of it must not hang on their order. NULL: none fits.
static const struct expr_type *check_overloads(struct checker *c, const struct env_overload *overload,
                                               const struct expr_type *const *args, size_t nargs, bool member)
{
    const struct expr_type *result = NULL;
    const struct env_overload *first = NULL;
    size_t fitting = 0;
    for (; overload; overload = overload->next) {
        if (overload->member != member || overload->nargs != nargs) continue;
        const struct expr_type *given = check_overload(c, overload, args, nargs);
        if (!given) continue;
        unify_undo(&c->u);
        if (fitting++ == 0) {
            first = overload;
            result = given;
        } else if (!expr_type_same(result, given)) {
            result = &expr_type_dyn;
        }
    }
    return fitting == 1 ? check_overload(c, first, args, nargs) : result;
}

// With `member`, of the target and the arguments; without, of the arguments.
static const struct expr_type *check_call_of(struct checker *c, const struct ast *ast, struct str name,
                                             const struct env_overload *function, bool member)
{
    const struct expr_type *args[ENV_ARGS_MAX];
    size_t nargs = 0, total = ast->nargs + (member ? 1 : 0);
    if (member) args[nargs++] = c->types[ast->target->id];
    for (size_t i = 0; i < ast->nargs; i++) {
        const struct expr_type *type = check(c, ast->args[i]);
        if (nargs < ENV_ARGS_MAX) args[nargs++] = type;
    }
    if (!function) {
        undeclared(c, ast, name);
        return WRONG;
    }
    const struct expr_type *result = NULL;
    if (total <= ENV_ARGS_MAX) result = check_overloads(c, function, args, nargs, member);
    if (result) return result;
    no_overload(c, ast, name, args, nargs, member);
    return WRONG;
}

static const struct expr_type *check_call(struct checker *c, const struct ast *ast)
{
    char room[NAME_ROOM];
    struct str path;
    if (!ast->target) return check_call_of(c, ast, ast->name, env_resolve_function(c->env, ast->name), false);
    if (qualified(ast->target, room, &path)) {
        char full[2 * NAME_ROOM];
        if (path.n + 1 + ast->name.n <= sizeof full) {
            memcpy(full, path.p, path.n);
            full[path.n] = '.';
            memcpy(full + path.n + 1, ast->name.p, ast->name.n);
            struct str name = {full, path.n + 1 + ast->name.n};
            const struct env_overload *function = env_resolve_function(c->env, name);
            if (function) return check_call_of(c, ast, name, function, false);
        }
    }
    check(c, ast->target);
    return check_call_of(c, ast, ast->name, env_function(c->env, ast->name), true);
}

// ---- Literals ----

// The type of a member that may be optional: of what it holds.
static const struct expr_type *check_member(struct checker *c, const struct ast *member, bool optional)
{
    const struct expr_type *type = check(c, member);
    if (!optional) return type;
    const struct expr_type *head = unify_head(type);
    if (head->kind == TYPE_OPTIONAL) return head->params[0];
    if (!is_dyn(head)) mismatch(c, member, composite(c, TYPE_OPTIONAL, head, NULL), head);
    return head;
}

// Members of one type keep it; mixed ones make the literal one of dyn.
static const struct expr_type *join_member(struct checker *c, const struct expr_type *all, const struct expr_type *type)
{
    if (!all) return type;
    return unify_fits(&c->u, &all, &type, 1) ? unify_join(&c->u, all, type) : &expr_type_dyn;
}

static const struct expr_type *check_list(struct checker *c, const struct ast *ast)
{
    const struct expr_type *all = NULL;
    for (size_t i = 0; i < ast->nargs; i++)
        all = join_member(c, all, check_member(c, ast->args[i], ast->optional && ast->optional[i]));
    return composite(c, TYPE_LIST, all ? all : unify_variable(&c->u), NULL);
}

static const struct expr_type *check_map(struct checker *c, const struct ast *ast)
{
    const struct expr_type *keys = NULL, *values = NULL;
    for (size_t i = 0; i + 1 < ast->nargs; i += 2) {
        keys = join_member(c, keys, check(c, ast->args[i]));
        values = join_member(c, values, check_member(c, ast->args[i + 1], ast->optional && ast->optional[i / 2]));
    }
    if (!keys) keys = unify_variable(&c->u);
    return composite(c, TYPE_MAP, keys, values ? values : unify_variable(&c->u));
}

static const struct expr_type *check_struct(struct checker *c, const struct ast *ast)
{
    const struct env_record *record = env_resolve_record(c->env, ast->name);
    if (!record) issue(c, ast, "unknown type '%.*s'", STR_ARG(ast->name));
    for (size_t i = 0; i < ast->nargs; i++) {
        const struct expr_type *given = check_member(c, ast->args[i], ast->optional && ast->optional[i]);
        const struct expr_type *wanted = record ? env_record_field(record, ast->fields[i]) : &expr_type_dyn;
        if (!wanted)
            issue(c, ast->args[i], "undefined field '%.*s'", STR_ARG(ast->fields[i]));
        else if (!unify_fits(&c->u, &given, &wanted, 1))
            mismatch(c, ast->args[i], wanted, given);
    }
    return record ? composite(c, TYPE_MAP, expr_type_of_kind(EXPR_STRING), &expr_type_dyn) : WRONG;
}

// ---- Folds ----

// What the loop's variables are of: the elements, index and element, key, key and value.
static void fold_variables(struct checker *c, const struct ast_fold *fold, struct local *iter, struct local *iter2)
{
    const struct expr_type *range = unify_head(c->types[fold->range->id]);
    bool two = fold->iter2.n > 0;
    iter->type = iter2->type = &expr_type_dyn;
    switch (range->kind) {
    case TYPE_LIST:
        iter->type = two ? expr_type_of_kind(EXPR_INT) : range->params[0];
        iter2->type = range->params[0];
        return;
    case TYPE_MAP:
        iter->type = range->params[0];
        iter2->type = range->params[1];
        return;
    case TYPE_DYN:
    case TYPE_PARAM:
        settle(c, range);
        return;
    case TYPE_OF:
    case TYPE_TYPE:
    case TYPE_OPTIONAL:
    case TYPE_WRAPPER:
    case TYPE_NAMED:
        break;
    }
    struct str text = text_of(c, range);
    issue(c, fold->range,
          "expression of type '%.*s' cannot be range of a comprehension (must be list, map, or dynamic)",
          STR_ARG(text));
}

static void expect(struct checker *c, const struct ast *ast, const struct expr_type *wanted)
{
    const struct expr_type *found = check(c, ast);
    if (!unify_fits(&c->u, &wanted, &found, 1)) mismatch(c, ast, wanted, found);
}

static const struct expr_type *check_fold(struct checker *c, const struct ast *ast)
{
    const struct ast_fold *fold = ast->fold;
    const struct local *outer = c->locals;
    check(c, fold->range);
    struct local accu = {fold->accu, check(c, fold->init), outer};
    struct local iter = {fold->iter, NULL, &accu}, iter2 = {fold->iter2, NULL, &iter};
    fold_variables(c, fold, &iter, &iter2);
    c->locals = iter2.name.n ? &iter2 : &iter;
    expect(c, fold->condition, expr_type_of_kind(EXPR_BOOL));
    expect(c, fold->step, accu.type);
    c->locals = &accu;
    const struct expr_type *result = unify_known(&c->u, check(c, fold->result), true);
    c->locals = outer;
    return result;
}

// ---- Everything ----

static const struct expr_type *check_kind(struct checker *c, const struct ast *ast)
{
    switch (ast->kind) {
    case AST_CONST:
        return expr_type_of_kind(ast->value.kind);
    case AST_IDENT:
        return check_ident(c, ast);
    case AST_SELECT:
        return check_select(c, ast);
    case AST_CALL:
        return check_call(c, ast);
    case AST_LIST:
        return check_list(c, ast);
    case AST_MAP:
        return check_map(c, ast);
    case AST_STRUCT:
        return check_struct(c, ast);
    case AST_COMPREHENSION:
        return check_fold(c, ast);
    }
    return WRONG;
}

static const struct expr_type *check(struct checker *c, const struct ast *ast)
{
    const struct expr_type *type = check_kind(c, ast);
    c->types[ast->id] = type;
    return type;
}

const struct expr_type **expr_check(struct arena *arena, const struct expr_env *env, struct str source,
                                    const struct ast *ast, uint32_t count, struct expr_issues *issues)
{
    INVARIANT(ast->id < count && ast->depth <= EXPR_DEPTH_MAX);
    struct checker c = {.u = {.arena = arena}, .env = env, .source = source, .issues = issues};
    c.types = arena_array(arena, const struct expr_type *, count);
    if (c.types) check(&c, ast);
    for (size_t i = 0; c.types && i < count; i++)
        c.types[i] = c.types[i] ? unify_known(&c.u, c.types[i], false) : &expr_type_dyn;
    if (!c.types || arena->failed)
        issue(&c, ast, "no memory to check the expression");
    else if (c.u.failed)
        issue(&c, ast, "the types of this expression grow beyond what is checked");
    return c.wrong ? NULL : c.types;
}
