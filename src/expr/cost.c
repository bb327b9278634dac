// SPDX-License-Identifier: Apache-2.0
// Cost: an upper bound of what an evaluation may cost, from the tree and the types, without running anything.
#include "expr/extension.h"
#include "expr/macro.h"
#include "expr/program.h"

#include <stdlib.h>

#define LOCALS_MAX (3 * EXPR_DEPTH_MAX)
#define TEXT_OF_SCALAR 400 // bytes of string(x) for a number or a time, and more
#define PATTERN_MEMORY_MAX ((size_t)16 << 20)
#define ZONE_COST 200 // of reading a time zone

// Of a node: what evaluating it costs; of its value the most members or bytes that it or anything in it has, how many
// values there are in it altogether, and how many members or bytes it has itself. UINT64_MAX: no bound is known.
struct bound {
    uint64_t cost, size, total, count;
};

struct bounder {
    const struct expr *expr;
    uint64_t size; // of the variables' values, bytes
    struct {
        struct str name;
        struct bound bound;
    } locals[LOCALS_MAX];
    size_t nlocals;
};

static uint64_t add(uint64_t a, uint64_t b)
{
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

static uint64_t times(uint64_t a, uint64_t b)
{
    uint64_t out;
    return __builtin_mul_overflow(a, b, &out) ? UINT64_MAX : out;
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t most(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

// ---- Types ----

static bool has_text(enum expr_kind kind)
{
    return kind == EXPR_STRING || kind == EXPR_BYTES;
}

// How many values one of this type has in it, with `size` members in each list or map.
static uint64_t total_of(const struct expr_type *type, uint64_t size)
{
    switch (type->kind) {
    case TYPE_OF:
    case TYPE_TYPE:
        return 1;
    case TYPE_LIST:
        return add(1, times(size, total_of(type->params[0], size)));
    case TYPE_MAP:
        return add(1, times(size, add(total_of(type->params[0], size), total_of(type->params[1], size))));
    case TYPE_OPTIONAL:
    case TYPE_WRAPPER:
        return add(1, total_of(type->params[0], size));
    default:
        return UINT64_MAX;
    }
}

static struct bound of_type(const struct expr_type *type, uint64_t size)
{
    if (type->kind == TYPE_OF && !has_text(type->of)) return (struct bound){1, 1, 1, 1};
    return (struct bound){1, size, total_of(type, size), size};
}

static const struct expr_type *type_of(const struct bounder *b, const struct ast *ast)
{
    const struct expr_type *type = b->expr->types ? b->expr->types[ast->id] : NULL;
    return type ? type : &expr_type_dyn;
}

// What is known from the type alone may be less than what was worked out.
static struct bound narrowed(const struct bounder *b, const struct ast *ast, struct bound bound)
{
    const struct expr_type *type = type_of(b, ast);
    if (type->kind == TYPE_OF && !has_text(type->of)) bound.size = bound.count = 1;
    bound.total = least(bound.total, total_of(type, bound.size));
    return bound;
}

// ---- Nodes ----

static struct bound bound_of(struct bounder *b, const struct ast *ast);

static struct bound of_value(const struct expr_value *value)
{
    if (!has_text(value->kind)) return (struct bound){1, 1, 1, 1};
    return (struct bound){1, value->text.n, 1, value->text.n};
}

static struct bound of_name(const struct bounder *b, const struct ast *ast)
{
    for (size_t i = b->nlocals; i-- > 0;) {
        if (!str_eq(b->locals[i].name, ast->name)) continue;
        struct bound bound = b->locals[i].bound;
        bound.cost = 1;
        return bound;
    }
    return of_type(type_of(b, ast), b->size);
}

// Everything under a node that has no bound of its own, with one instruction for each part.
static struct bound of_parts(struct bounder *b, const struct ast *ast, struct bound parts[])
{
    struct bound sum = {.cost = 1, .size = 0, .total = 1};
    size_t n = 0;
    for (size_t i = 0; i < ast->nargs + 1; i++) {
        const struct ast *part = i ? ast->args[i - 1] : ast->target;
        if (!part) continue;
        struct bound bound = bound_of(b, part);
        if (n < 3 && parts) parts[n++] = bound;
        sum.cost = add(sum.cost, add(bound.cost, 2));
        sum.size = most(sum.size, bound.size);
        sum.total = add(sum.total, bound.total);
    }
    return sum;
}

static struct bound of_literal(struct bounder *b, const struct ast *ast)
{
    struct bound sum = of_parts(b, ast, NULL);
    sum.size = most(sum.size, ast->nargs);
    sum.count = ast->nargs;
    return sum;
}

// Comparing up to `pairs` values whose texts are no longer than `size` bytes.
static uint64_t comparing(uint64_t pairs, uint64_t size)
{
    return times(pairs, add(1, size / 10));
}

static bool named(const struct ast *ast, const char *const *names)
{
    for (; *names; names++)
        if (str_is(ast->name, *names)) return true;
    return false;
}

static struct bound of_plus(const struct bounder *b, const struct ast *ast, struct bound sum, const struct bound *parts)
{
    const struct expr_type *type = type_of(b, ast);
    bool scalar = type->kind == TYPE_OF && !has_text(type->of);
    bool grows = ast->args[0]->kind == AST_IDENT && str_is(ast->args[0]->name, MACRO_ACCUMULATOR);
    sum.count = add(parts[0].count, parts[1].count);
    sum.size = most(sum.size, sum.count);
    if (!scalar && !grows) sum.cost = add(sum.cost, sum.count);
    return sum;
}

static bool is_core(const struct ast *ast)
{
    for (const struct expr_overload *t = expr_core_functions; t->name; t++)
        if (str_is(ast->name, t->name)) return true;
    for (const struct expr_overload *t = expr_time_functions; t->name; t++)
        if (str_is(ast->name, t->name)) return true;
    return false;
}

// A function: the core's do work in proportion to their arguments; of others it is taken that neither their work nor
// what they make is more than four times the product of their arguments' sizes.
static struct bound of_function(struct bounder *b, const struct ast *ast, struct bound sum)
{
    uint64_t work = 4;
    for (size_t i = 0; i < ast->nargs + 1; i++) {
        const struct ast *part = i ? ast->args[i - 1] : ast->target;
        // An argument's bound was worked out in of_parts; its size is at most the largest.
        if (part) work = times(work, add(sum.size, 2));
    }
    bool core = is_core(ast);
    uint64_t size = most(core ? sum.size : work, TEXT_OF_SCALAR);
    sum.cost = add(sum.cost, core ? add(sum.size, 4) : add(work, TEXT_OF_SCALAR));
    if (str_starts(ast->name, "get") && ast->nargs) sum.cost = add(sum.cost, ZONE_COST);
    sum.size = sum.count = size;
    sum.total = total_of(type_of(b, ast), size);
    return sum;
}

// A constant pattern that is compiled before anything runs, without counted repetitions.
static bool is_plain_pattern(const struct ast *pattern)
{
    if (pattern->kind != AST_CONST || pattern->value.kind != EXPR_STRING) return false;
    struct str text = pattern->value.text;
    if (text.n && memchr(text.p, '{', text.n)) return false;
    struct arena scratch = ARENA(PATTERN_MEMORY_MAX);
    struct regex *regex;
    enum err err = regex_compile(&scratch, text, &regex, NULL);
    arena_free(&scratch);
    return err == ERR_NONE;
}

// What a regular expression may do for each byte of the text: visit all its states, a tenth of a unit each. A plain one
// has no more than two for each byte of the pattern; for others that is also more than compiling them costs.
static uint64_t matching(const struct ast *ast, struct bound sum)
{
    const struct ast *pattern = ast->args[ast->nargs - 1];
    uint64_t states = REGEX_STATES_MAX;
    if (is_plain_pattern(pattern)) states = 2 * pattern->value.text.n + 4;
    return add(sum.cost, add(times(add(sum.size, 2), states / 10 + 1), sum.size));
}

static struct bound of_call(struct bounder *b, const struct ast *ast)
{
    static const char *const bools[] = {OP_AND, OP_OR, OP_NOT, OP_NOT_STRICTLY_FALSE, OP_LT, OP_LE, OP_GT, OP_GE, NULL};
    static const char *const numbers[] = {OP_SUB, OP_MUL, OP_DIV, OP_MOD, OP_NEGATE, NULL};
    static const char *const members[] = {OP_INDEX, OP_OPT_INDEX, NULL};
    static const char *const equals[] = {OP_EQ, OP_NE, NULL};
    struct bound parts[3] = {{0}}, sum = of_parts(b, ast, parts);
    const struct bound one = {.size = 1, .total = 1, .count = 1};
    if (named(ast, bools) || named(ast, numbers)) {
        sum.size = sum.total = sum.count = 1;
        return sum;
    }
    if (named(ast, members)) {
        sum.cost = add(sum.cost, 1);
        return (struct bound){sum.cost, parts[0].size, add(parts[0].total, 1), parts[0].size};
    }
    if (str_is(ast->name, OP_CONDITIONAL))
        return (struct bound){sum.cost, most(parts[1].size, parts[2].size), most(parts[1].total, parts[2].total),
                              most(parts[1].count, parts[2].count)};
    if (named(ast, equals)) {
        sum.cost = add(sum.cost, comparing(least(parts[0].total, parts[1].total), least(parts[0].size, parts[1].size)));
        return (struct bound){sum.cost, one.size, one.total, one.count};
    }
    if (str_is(ast->name, OP_IN)) {
        uint64_t pairs = least(times(parts[1].count, parts[0].total), parts[1].total);
        sum.cost = add(sum.cost, add(parts[1].count, comparing(pairs, least(parts[0].size, parts[1].size))));
        return (struct bound){sum.cost, one.size, one.total, one.count};
    }
    if (str_is(ast->name, OP_ADD)) return of_plus(b, ast, sum, parts);
    if (str_is(ast->name, "matches") && ast->nargs)
        return (struct bound){matching(ast, sum), one.size, one.total, one.count};
    if (str_is(ast->name, MACRO_MAP_INSERT)) { // into an accumulator that grows where it is
        sum.cost = add(sum.cost, ast->nargs == 2 ? parts[1].count : 0);
        sum.count = add(parts[0].count, ast->nargs == 2 ? parts[1].count : 1);
        sum.size = most(sum.size, sum.count);
        return sum;
    }
    return of_function(b, ast, sum);
}

static void local_push(struct bounder *b, struct str name, struct bound bound)
{
    if (b->nlocals < LOCALS_MAX && name.n) {
        b->locals[b->nlocals].name = name;
        b->locals[b->nlocals++].bound = bound;
    }
}

// As many rounds as the range has members; the accumulator grows by what the step gives for an empty one.
static struct bound of_fold(struct bounder *b, const struct ast *ast)
{
    const struct ast_fold *f = ast->fold;
    struct bound range = bound_of(b, f->range), init = bound_of(b, f->init);
    uint64_t rounds = f->range->kind == AST_LIST ? f->range->nargs : range.count;
    size_t outer = b->nlocals;
    const struct expr_type *type = type_of(b, f->init);
    bool scalar = f->init->kind == AST_CONST || (type->kind == TYPE_OF && !has_text(type->of));
    local_push(b, f->accu, scalar ? init : (struct bound){1, 0, 0, 0});
    const struct bound member = {1, most(range.size, 1), range.total, most(range.size, 1)}; // or an index
    local_push(b, f->iter, member);
    local_push(b, f->iter2, member);
    struct bound condition = bound_of(b, f->condition), step = bound_of(b, f->step);
    b->nlocals = outer;
    struct bound accu = init;
    if (!scalar) {
        accu.count = add(init.count, times(rounds, step.count));
        accu.size = most(most(init.size, step.size), accu.count);
        accu.total = add(init.total, times(rounds, step.total));
    }
    local_push(b, f->accu, accu);
    struct bound result = bound_of(b, f->result);
    b->nlocals = outer;
    uint64_t round = add(add(condition.cost, step.cost), 4);
    uint64_t cost = add(add(range.cost, init.cost), add(times(add(rounds, 1), round), add(result.cost, 6)));
    return (struct bound){cost, result.size, result.total, result.count};
}

static struct bound of_select(struct bounder *b, const struct ast *ast)
{
    struct bound target = bound_of(b, ast->target);
    const struct expr_type *type = type_of(b, ast);
    target.cost = add(target.cost, 4);
    target.total = add(target.total, 1);
    // A name with dots is a variable of its own.
    target.size = target.count = most(target.size, b->size);
    if (type->kind != TYPE_DYN) target.total = total_of(type, target.size);
    if (ast->test_only) target.size = target.total = target.count = 1;
    return target;
}

static struct bound bound_of(struct bounder *b, const struct ast *ast)
{
    switch (ast->kind) {
    case AST_CONST:
        return of_value(&ast->value);
    case AST_IDENT:
        return narrowed(b, ast, of_name(b, ast));
    case AST_SELECT:
        return narrowed(b, ast, of_select(b, ast));
    case AST_CALL:
        return narrowed(b, ast, of_call(b, ast));
    case AST_LIST:
    case AST_MAP:
        return of_literal(b, ast);
    case AST_COMPREHENSION:
        return of_fold(b, ast);
    default:
        return (struct bound){1, 1, 1, 1};
    }
}

uint64_t expr_cost_bound(const struct expr *expr, uint64_t size)
{
    // Too large for the stack of a thread that may be deep in something else.
    struct bounder *b = calloc(1, sizeof *b);
    if (!b) return UINT64_MAX;
    b->expr = expr;
    b->size = times(most(size, 1), 4); // a code point is up to four bytes
    uint64_t cost = add(bound_of(b, expr->ast).cost, 2);
    free(b);
    return cost;
}
