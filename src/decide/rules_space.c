// SPDX-License-Identifier: Apache-2.0
#include "decide/rules_space.h"

#include <math.h>
#include <stdlib.h>

// ---- Break points ----

// What one condition compares a fact with.
struct points {
    double numbers[SPACE_POINTS_MAX];
    struct str texts[SPACE_POINTS_MAX];
    size_t nnumbers, ntexts;
    bool reckoned; // it is used in another way than compared with a constant
    bool overfull;
};

struct collecting {
    struct points *of;   // by slot
    struct points loose; // constants that stand in no comparison with one fact
};

static void number_add(struct points *p, double number)
{
    if (!isfinite(number)) return;
    for (size_t i = 0; i < p->nnumbers; i++)
        if (p->numbers[i] >= number && p->numbers[i] <= number) return;
    if (p->nnumbers == SPACE_POINTS_MAX)
        p->overfull = true;
    else
        p->numbers[p->nnumbers++] = number;
}

static void text_add(struct points *p, struct str text)
{
    for (size_t i = 0; i < p->ntexts; i++)
        if (str_eq(p->texts[i], text)) return;
    if (p->ntexts == SPACE_POINTS_MAX)
        p->overfull = true;
    else
        p->texts[p->ntexts++] = text;
}

static void points_add(struct points *to, const struct points *from)
{
    for (size_t i = 0; i < from->nnumbers; i++) number_add(to, from->numbers[i]);
    for (size_t i = 0; i < from->ntexts; i++) text_add(to, from->texts[i]);
    to->overfull |= from->overfull;
}

static bool constant_add(const struct ast *ast, struct points *to)
{
    bool negative = ast->kind == AST_CALL && str_is(ast->name, OP_NEGATE) && ast->nargs == 1;
    if (negative) ast = ast->args[0];
    if (ast->kind != AST_CONST) return false;
    double sign = negative ? -1 : 1;
    switch (ast->value.kind) {
    case EXPR_INT:
        number_add(to, sign * (double)ast->value.integer);
        return true;
    case EXPR_UINT:
        number_add(to, sign * (double)ast->value.natural);
        return true;
    case EXPR_DOUBLE:
        number_add(to, sign * ast->value.number);
        return true;
    case EXPR_STRING:
        text_add(to, ast->value.text);
        return true;
    default:
        return ast->value.kind == EXPR_BOOL || ast->value.kind == EXPR_NULL;
    }
}

static bool constants_add(const struct ast *ast, struct points *to)
{
    if (ast->kind != AST_LIST) return constant_add(ast, to);
    for (size_t i = 0; i < ast->nargs; i++)
        if (!constant_add(ast->args[i], to)) return false;
    return true;
}

static bool is_comparison(const struct ast *ast)
{
    static const char *const names[] = {OP_EQ, OP_NE, OP_LT, OP_LE, OP_GT, OP_GE, OP_IN};
    if (ast->kind != AST_CALL || ast->nargs != 2 || ast->target) return false;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (str_is(ast->name, names[i])) return true;
    return false;
}

static bool collect_comparison(struct collecting *c, const struct ast *ast)
{
    if (!is_comparison(ast)) return false;
    for (size_t i = 0; i < 2; i++) {
        const struct fact_kind *kind = condition_fact(ast->args[i]);
        if (kind && constants_add(ast->args[1 - i], &c->of[kind - fact_kinds])) return true;
    }
    return false;
}

// Of bools and of texts that are one of a few every value is gone through, so that it does not matter how they are
// used.
static bool is_listed(const struct fact_kind *kind)
{
    return kind->type == FACT_BOOL || kind->values;
}

// The parser bounds the depth of a tree.
static void collect(struct collecting *c, const struct ast *ast)
{
    if (!ast || collect_comparison(c, ast) || constant_add(ast, &c->loose)) return;
    const struct fact_kind *kind = condition_fact(ast);
    if (kind) {
        c->of[kind - fact_kinds].reckoned |= !is_listed(kind);
        return;
    }
    collect(c, ast->target);
    for (size_t i = 0; i < ast->nargs; i++) collect(c, ast->args[i]);
    if (!ast->fold) return;
    collect(c, ast->fold->range);
    collect(c, ast->fold->init);
    collect(c, ast->fold->condition);
    collect(c, ast->fold->step);
    collect(c, ast->fold->result);
}

// A fact that is reckoned with gets every constant that is there: the best guess there is.
static void spread(struct collecting *c)
{
    struct points all = c->loose;
    for (size_t i = 0; i < fact_kind_count; i++) points_add(&all, &c->of[i]);
    for (size_t i = 0; i < fact_kind_count; i++)
        if (c->of[i].reckoned) points_add(&c->of[i], &all);
}

static void collect_rule(struct collecting *c, const struct rule *rule)
{
    if (rule->has_among) collect(c, expr_ast(rule->among.expr));
    collect(c, expr_ast(rule->when.expr));
}

// ---- Values ----

// Counts, shares and durations are none below zero; documents may come after the truck.
static bool below_zero(const struct fact_kind *kind)
{
    return strcmp(kind->name, "documents.lead_min") == 0;
}

static int number_order(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

struct numbers {
    double items[6 * SPACE_POINTS_MAX + 4];
    size_t count;
    double least;
};

static void candidate(struct numbers *n, double number)
{
    if (number < n->least) return;
    for (size_t i = 0; i < n->count; i++)
        if (n->items[i] >= number && n->items[i] <= number) return;
    n->items[n->count++] = number;
}

static double beyond(double number, double way)
{
    double step = fmax(1, fabs(number) * 1e-3);
    return number + way * step;
}

static void numbers_of(const struct fact_kind *kind, struct points *p, struct numbers *out)
{
    *out = (struct numbers){.least = below_zero(kind) ? -HUGE_VAL : 0};
    qsort(p->numbers, p->nnumbers, sizeof *p->numbers, number_order);
    candidate(out, 0);
    candidate(out, 1);
    for (size_t i = 0; i < p->nnumbers; i++) {
        double x = p->numbers[i];
        if (kind->whole) {
            candidate(out, floor(x) - 1);
            candidate(out, floor(x));
            candidate(out, ceil(x));
            candidate(out, ceil(x) + 1);
        } else {
            candidate(out, beyond(x, -1));
            candidate(out, x);
            candidate(out, beyond(x, 1));
            if (i) candidate(out, p->numbers[i - 1] + (x - p->numbers[i - 1]) / 2);
        }
    }
    if (!kind->whole && p->nnumbers && p->numbers[0] > 0) candidate(out, p->numbers[0] / 2);
    qsort(out->items, out->count, sizeof *out->items, number_order);
}

static bool value_add(struct space_fact *f, size_t room, struct expr_value value)
{
    if (!f->values || f->nvalues == room) return false;
    f->values[f->nvalues++] = value;
    return true;
}

static bool fill_numbers(struct arena *arena, const struct fact_kind *kind, struct points *p, struct space_fact *out)
{
    struct numbers *n = arena_new(arena, struct numbers);
    if (!n) return false;
    numbers_of(kind, p, n);
    out->values = arena_array(arena, struct expr_value, n->count);
    for (size_t i = 0; i < n->count; i++) {
        bool fits = !kind->whole || fabs(n->items[i]) < 9e15;
        if (fits && !value_add(out, n->count,
                               kind->whole ? EXPR_INT_VALUE((int64_t)n->items[i]) : EXPR_DOUBLE_VALUE(n->items[i])))
            return false;
    }
    return true;
}

// A text that is none of the others.
static struct str any_other(struct arena *arena, const struct points *p)
{
    struct str text = STR("other");
    for (size_t i = 0; i < p->ntexts; i++)
        if (str_eq(p->texts[i], text)) {
            text = arena_printf(arena, "%.*s-", STR_ARG(text));
            i = (size_t)-1;
        }
    return text;
}

static bool fill_texts(struct arena *arena, const struct fact_kind *kind, const struct points *p,
                       struct space_fact *out)
{
    size_t n = 0;
    for (const char *const *v = kind->values; v && *v; v++) n++;
    size_t room = n + p->ntexts + 1;
    out->values = arena_array(arena, struct expr_value, room);
    for (size_t i = 0; i < n; i++)
        if (!value_add(out, room, EXPR_STRING_VALUE(str_of(kind->values[i])))) return false;
    if (kind->values) return true;
    for (size_t i = 0; i < p->ntexts; i++)
        if (!value_add(out, room, EXPR_STRING_VALUE(p->texts[i]))) return false;
    return value_add(out, room, EXPR_STRING_VALUE(any_other(arena, p)));
}

static bool fill(struct arena *arena, const struct fact_kind *kind, struct points *p, struct space_fact *out)
{
    if (kind->type == FACT_NUMBER) return fill_numbers(arena, kind, p, out);
    if (kind->type == FACT_TEXT) return fill_texts(arena, kind, p, out);
    out->values = arena_array(arena, struct expr_value, 2);
    return value_add(out, 2, EXPR_BOOL_VALUE(false)) && value_add(out, 2, EXPR_BOOL_VALUE(true));
}

static void slots_of(const struct rule *rule, bool *wanted)
{
    const struct condition *const both[] = {&rule->when, rule->has_among ? &rule->among : &rule->when};
    for (size_t k = 0; k < 2; k++) {
        size_t n;
        const uint32_t *slots = expr_slots(both[k]->expr, &n);
        for (size_t i = 0; i < n; i++) wanted[slots[i]] = true;
    }
}

static bool make_begin(struct arena *arena, struct collecting **c, bool **wanted, struct space *out)
{
    *c = arena_new(arena, struct collecting);
    *wanted = arena_array(arena, bool, fact_kind_count);
    *out = (struct space){.facts = arena_array(arena, struct space_fact, fact_kind_count), .exact = true};
    if (*c) (*c)->of = arena_array(arena, struct points, fact_kind_count);
    return *c && (*c)->of && *wanted && out->facts;
}

static bool make_facts(struct arena *arena, struct collecting *c, const bool *wanted, struct space *out)
{
    spread(c);
    for (uint32_t i = 0; i < fact_kind_count; i++) {
        if (!wanted[i]) continue;
        struct space_fact *f = &out->facts[out->nfacts++];
        *f = (struct space_fact){.slot = i};
        if (c->of[i].reckoned || c->of[i].overfull) out->exact = false;
        if (!fill(arena, &fact_kinds[i], &c->of[i], f)) return false;
    }
    return !arena->failed;
}

static bool make(struct arena *arena, const struct rule *of, const struct rule *beside, bool join, struct space *out)
{
    struct collecting *c;
    bool *wanted;
    if (!make_begin(arena, &c, &wanted, out)) return false;
    collect_rule(c, of);
    slots_of(of, wanted);
    if (beside) collect_rule(c, beside);
    if (beside && join) slots_of(beside, wanted);
    return make_facts(arena, c, wanted, out);
}

bool space_whole(struct arena *arena, const struct rules *rules, int64_t now_us, struct space *out)
{
    struct collecting *c;
    bool *wanted;
    if (!make_begin(arena, &c, &wanted, out)) return false;
    for (size_t i = 0; i < rules->count; i++) {
        const struct rule *rule = &rules->items[i];
        if (rule->state != RULE_LIVE || !provision_in_force(&rule->head, now_us)) continue;
        collect_rule(c, rule);
        slots_of(rule, wanted);
    }
    return make_facts(arena, c, wanted, out);
}

bool space_make(struct arena *arena, const struct rule *of, const struct rule *beside, struct space *out)
{
    return make(arena, of, beside, false, out);
}

bool space_join(struct arena *arena, const struct rule *a, const struct rule *b, struct space *out)
{
    return make(arena, a, b, true, out);
}

// ---- Searching ----

struct walk {
    struct space_search *s;
    bool exhausted;
};

// As deep as there are facts.
static bool descend(struct walk *w, size_t at)
{
    struct space_search *s = w->s;
    if (s->steps >= s->steps_max) w->exhausted = true;
    if (w->exhausted) return false;
    s->steps++;
    enum space_step step = s->ask(s->context, s->slots);
    if (step != SPACE_OPEN) return step == SPACE_HERE;
    if (at == s->space->nfacts) {
        // Everything is known and still there is no answer: the evaluation failed there.
        if (!s->may_miss) w->exhausted = true;
        return false;
    }
    const struct space_fact *f = &s->space->facts[at];
    for (size_t i = 0; i < f->nvalues; i++) {
        s->slots[f->slot] = f->values[i];
        if (descend(w, at + 1)) return true;
    }
    s->slots[f->slot] = (struct expr_value){.kind = EXPR_UNKNOWN};
    return s->may_miss && descend(w, at + 1);
}

static uint64_t xorshift(uint64_t *state)
{
    uint64_t x = *state;
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    return *state = x;
}

static bool sample(struct space_search *s)
{
    uint64_t state = 88172645463325252U;
    for (size_t n = 0; n < SPACE_SAMPLES_MAX && n < s->steps_max; n++) {
        for (size_t i = 0; i < s->space->nfacts; i++) {
            const struct space_fact *f = &s->space->facts[i];
            s->slots[f->slot] = f->values[xorshift(&state) % f->nvalues];
        }
        s->steps++;
        if (s->ask(s->context, s->slots) == SPACE_HERE) return true;
    }
    return false;
}

static void forget(struct space_search *s)
{
    for (size_t i = 0; i < fact_kind_count; i++) s->slots[i] = (struct expr_value){.kind = EXPR_UNKNOWN};
}

enum space_result space_find(struct space_search *s)
{
    struct walk w = {.s = s};
    s->steps = 0;
    forget(s);
    if (descend(&w, 0)) return SPACE_FOUND;
    if (!w.exhausted && s->space->exact) return SPACE_NONE;
    if (w.exhausted && sample(s)) return SPACE_FOUND;
    return SPACE_UNDECIDED;
}

struct json *space_point(struct arena *arena, const struct expr_value *slots)
{
    struct json *point = json_new_object(arena);
    for (size_t i = 0; point && i < fact_kind_count; i++) {
        const struct expr_value *v = &slots[i];
        const char *name = fact_kinds[i].name;
        if (v->kind == EXPR_BOOL) json_put_bool(arena, point, name, v->boolean);
        if (v->kind == EXPR_INT) json_put_number(arena, point, name, (double)v->integer);
        if (v->kind == EXPR_DOUBLE) json_put_number(arena, point, name, v->number);
        if (v->kind == EXPR_STRING) json_put_text(arena, point, name, v->text);
    }
    return point;
}
