// SPDX-License-Identifier: Apache-2.0
// Apply: what the operators do with values that are there (langdef.md, "List of Standard Definitions"). The evaluator
// does the usual kinds by itself and comes here for the rest; constant folding and table come here too.
#include "expr/program.h"
#include "expr/type.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#define SECOND_NS 1000000000
#define FIRST_SECOND INT64_C(-62135596800)
#define LAST_SECOND INT64_C(253402300799)
#define SPAN_MAX_S INT64_C(315576000000)

// ---- Errors and costs ----

struct expr_value expr_fail(struct expr_run *run, const char *format, ...)
{
    char text[256];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    struct expr_fault *fault = arena_new(run->arena, struct expr_fault);
    if (!fault || n < 0) return program_no_memory();
    size_t len = (size_t)n < sizeof text ? (size_t)n : sizeof text - 1;
    fault->offset = run->offset;
    fault->text = arena_str(run->arena, (struct str){text, len});
    return fault->text.p ? (struct expr_value){.kind = EXPR_ERROR, .fault = fault} : program_no_memory();
}

static uint64_t limit_of(const struct expr_run *run)
{
    return run->cost_limit ? run->cost_limit : EXPR_COST_DEFAULT;
}

bool expr_spend(struct expr_run *run, uint64_t units)
{
    uint64_t limit = limit_of(run);
    if (run->cost > limit || units > limit - run->cost) {
        run->cost = limit + (limit < UINT64_MAX);
        run->exhausted = true;
        return false;
    }
    run->cost += units;
    return true;
}

struct expr_value expr_over_cost(struct expr_run *run)
{
    run->exhausted = true;
    return expr_fail(run, "the cost limit of %llu is reached", (unsigned long long)limit_of(run));
}

struct expr_value apply_no_overload(struct expr_run *run, struct str name, const struct expr_value *args, size_t nargs)
{
    char text[160];
    size_t n = 0;
    text[0] = 0;
    for (size_t i = 0; i < nargs && n < sizeof text; i++) {
        int more = snprintf(text + n, sizeof text - n, "%s%s", i ? ", " : "", expr_kind_name(args[i].kind));
        n += more > 0 ? (size_t)more : 0;
    }
    return expr_fail(run, "no such overload: %.*s(%s)", STR_ARG(name), text);
}

static struct expr_value no_overload(struct expr_run *run, const char *name, const struct expr_value *a,
                                     const struct expr_value *b)
{
    struct expr_value args[2] = {*a};
    if (b) args[1] = *b;
    return apply_no_overload(run, str_of(name), args, b ? 2 : 1);
}

struct expr_value apply_unknown_both(struct expr_run *run, const struct expr_value *a, const struct expr_value *b)
{
    const struct expr_unknown *x = a->unknown, *y = b->unknown;
    if (!x || x == y) return *b;
    if (!y) return *a;
    struct expr_unknown *both = arena_new(run->arena, struct expr_unknown);
    uint32_t *slots = arena_array(run->arena, uint32_t, x->count + y->count);
    if (!both || !slots) return program_no_memory();
    size_t i = 0, k = 0, n = 0;
    while (i < x->count || k < y->count) {
        bool left = k == y->count || (i < x->count && x->slots[i] <= y->slots[k]);
        uint32_t slot = left ? x->slots[i] : y->slots[k];
        i += i < x->count && x->slots[i] == slot;
        k += k < y->count && y->slots[k] == slot;
        slots[n++] = slot;
    }
    *both = (struct expr_unknown){n, slots};
    return (struct expr_value){.kind = EXPR_UNKNOWN, .unknown = both};
}

bool apply_strict(struct expr_run *run, const struct expr_value *values, size_t count, struct expr_value *out)
{
    const struct expr_value *error = NULL;
    bool unknown = false;
    for (size_t i = 0; i < count; i++) {
        if (values[i].kind == EXPR_ERROR && !error) error = &values[i];
        if (values[i].kind != EXPR_UNKNOWN) continue;
        *out = unknown ? apply_unknown_both(run, out, &values[i]) : values[i];
        unknown = true;
    }
    if (!unknown && error) *out = *error;
    return unknown || error;
}

// ---- Arithmetic ----

static struct expr_value over_int(struct expr_run *run)
{
    return expr_fail(run, "integer overflow");
}

static struct expr_value arithmetic_int(struct expr_run *run, enum opcode opcode, int64_t a, int64_t b)
{
    int64_t out = 0;
    switch (opcode) {
    case DO_ADD:
        return __builtin_add_overflow(a, b, &out) ? over_int(run) : EXPR_INT_VALUE(out);
    case DO_SUB:
        return __builtin_sub_overflow(a, b, &out) ? over_int(run) : EXPR_INT_VALUE(out);
    case DO_MUL:
        return __builtin_mul_overflow(a, b, &out) ? over_int(run) : EXPR_INT_VALUE(out);
    case DO_DIV:
        if (b == 0) return expr_fail(run, "division by zero");
        return a == INT64_MIN && b == -1 ? over_int(run) : EXPR_INT_VALUE(a / b);
    default:
        if (b == 0) return expr_fail(run, "modulus by zero");
        return a == INT64_MIN && b == -1 ? over_int(run) : EXPR_INT_VALUE(a % b);
    }
}

static struct expr_value over_uint(struct expr_run *run)
{
    return expr_fail(run, "unsigned integer overflow");
}

static struct expr_value arithmetic_uint(struct expr_run *run, enum opcode opcode, uint64_t a, uint64_t b)
{
    uint64_t out = 0;
    switch (opcode) {
    case DO_ADD:
        return __builtin_add_overflow(a, b, &out) ? over_uint(run) : EXPR_UINT_VALUE(out);
    case DO_SUB:
        return __builtin_sub_overflow(a, b, &out) ? over_uint(run) : EXPR_UINT_VALUE(out);
    case DO_MUL:
        return __builtin_mul_overflow(a, b, &out) ? over_uint(run) : EXPR_UINT_VALUE(out);
    case DO_DIV:
        return b == 0 ? expr_fail(run, "division by zero") : EXPR_UINT_VALUE(a / b);
    default:
        return b == 0 ? expr_fail(run, "modulus by zero") : EXPR_UINT_VALUE(a % b);
    }
}

__extension__ typedef __int128 nanoseconds;

static nanoseconds nanos_of(struct expr_time time)
{
    return (nanoseconds)time.seconds * SECOND_NS + time.nanos;
}

static struct expr_value timestamp_at(struct expr_run *run, nanoseconds at)
{
    nanoseconds seconds = at / SECOND_NS - (at % SECOND_NS < 0);
    if (seconds < FIRST_SECOND || seconds > LAST_SECOND) return expr_fail(run, "timestamp overflow: out of range");
    return (struct expr_value){.kind = EXPR_TIMESTAMP, .time = {(int64_t)seconds, (int32_t)(at - seconds * SECOND_NS)}};
}

static struct expr_value duration_of(struct expr_run *run, nanoseconds span, nanoseconds most)
{
    if (span > most || span < -most) return expr_fail(run, "duration overflow: out of range");
    return (struct expr_value){.kind = EXPR_DURATION,
                               .time = {(int64_t)(span / SECOND_NS), (int32_t)(span % SECOND_NS)}};
}

// Timestamps and durations; false: no such operation.
static bool arithmetic_time(struct expr_run *run, enum opcode opcode, const struct expr_value *a,
                            const struct expr_value *b, struct expr_value *out)
{
    if (a->kind != EXPR_TIMESTAMP && a->kind != EXPR_DURATION) return false;
    if (b->kind != EXPR_TIMESTAMP && b->kind != EXPR_DURATION) return false;
    nanoseconds x = nanos_of(a->time), y = nanos_of(b->time);
    if (opcode == DO_ADD && a->kind == EXPR_DURATION && b->kind == EXPR_DURATION)
        *out = duration_of(run, x + y, (nanoseconds)SPAN_MAX_S * SECOND_NS);
    else if (opcode == DO_ADD && a->kind != b->kind)
        *out = timestamp_at(run, x + y);
    else if (opcode == DO_SUB && a->kind == EXPR_DURATION && b->kind == EXPR_DURATION)
        *out = duration_of(run, x - y, (nanoseconds)SPAN_MAX_S * SECOND_NS);
    else if (opcode == DO_SUB && a->kind == EXPR_TIMESTAMP && b->kind == EXPR_DURATION)
        *out = timestamp_at(run, x - y);
    else if (opcode == DO_SUB && a->kind == EXPR_TIMESTAMP) // further apart than 64 bits of nanoseconds: an error
        *out = duration_of(run, x - y, INT64_MAX);
    else
        return false;
    return true;
}

static struct expr_value concat_texts(struct expr_run *run, const struct expr_value *a, const struct expr_value *b)
{
    size_t n = a->text.n + b->text.n;
    if (!expr_spend(run, n / 10)) return expr_over_cost(run);
    if (a->text.n == 0) return *b;
    if (b->text.n == 0) return *a;
    char *p = arena_alloc(run->arena, n);
    if (!p) return program_no_memory();
    memcpy(p, a->text.p, a->text.n);
    memcpy(p + a->text.n, b->text.p, b->text.n);
    return (struct expr_value){.kind = a->kind, .text = {p, n}};
}

static struct expr_value concat_lists(struct expr_run *run, const struct expr_value *a, const struct expr_value *b)
{
    size_t n = a->list->count + b->list->count;
    if (!expr_spend(run, n)) return expr_over_cost(run);
    if (a->list->count == 0) return *b;
    if (b->list->count == 0) return *a;
    struct expr_value *items = arena_array(run->arena, struct expr_value, n);
    if (!items) return program_no_memory();
    memcpy(items, a->list->items, a->list->count * sizeof *items);
    memcpy(items + a->list->count, b->list->items, b->list->count * sizeof *items);
    return expr_list_new(run->arena, items, n);
}

static const char *arithmetic_name(enum opcode opcode)
{
    static const char *const names[] = {OP_ADD, OP_SUB, OP_MUL, OP_DIV, OP_MOD, OP_NEGATE};
    return names[opcode - DO_ADD];
}

static struct expr_value negate(struct expr_run *run, const struct expr_value *a)
{
    if (a->kind == EXPR_DOUBLE) return EXPR_DOUBLE_VALUE(-a->number);
    if (a->kind != EXPR_INT) return no_overload(run, OP_NEGATE, a, NULL);
    return a->integer == INT64_MIN ? over_int(run) : EXPR_INT_VALUE(-a->integer);
}

struct expr_value apply_arithmetic(struct expr_run *run, enum opcode opcode, const struct expr_value *a,
                                   const struct expr_value *b)
{
    if (opcode == DO_NEG) return negate(run, a);
    struct expr_value out;
    if (a->kind == EXPR_INT && b->kind == EXPR_INT) return arithmetic_int(run, opcode, a->integer, b->integer);
    if (a->kind == EXPR_UINT && b->kind == EXPR_UINT) return arithmetic_uint(run, opcode, a->natural, b->natural);
    if (a->kind == EXPR_DOUBLE && b->kind == EXPR_DOUBLE && opcode != DO_MOD)
        return EXPR_DOUBLE_VALUE(opcode == DO_ADD   ? a->number + b->number
                                 : opcode == DO_SUB ? a->number - b->number
                                 : opcode == DO_MUL ? a->number * b->number
                                                    : a->number / b->number);
    if (opcode == DO_ADD && a->kind == b->kind && (a->kind == EXPR_STRING || a->kind == EXPR_BYTES))
        return concat_texts(run, a, b);
    if (opcode == DO_ADD && a->kind == EXPR_LIST && b->kind == EXPR_LIST) return concat_lists(run, a, b);
    if (arithmetic_time(run, opcode, a, b, &out)) return out;
    return no_overload(run, arithmetic_name(opcode), a, b);
}

// ---- Truths ----

// a == b, paid for; false: the limit is reached.
static bool equal_paid(struct expr_run *run, const struct expr_value *a, const struct expr_value *b, bool *equal)
{
    uint64_t limit = limit_of(run), left = limit > run->cost ? limit - run->cost : 0;
    if (left > UINT64_MAX - 2) left = UINT64_MAX - 2;
    uint64_t budget = left + 2; // the instruction has paid for the first pair, and the last unit is not to be touched
    *equal = value_equal_within(a, b, &budget);
    if (budget == 0) {
        run->exhausted = true;
        return false;
    }
    run->cost += left + 1 - budget;
    return true;
}

static bool is_number(enum expr_kind kind)
{
    return kind == EXPR_INT || kind == EXPR_UINT || kind == EXPR_DOUBLE;
}

static const char *mask_name(uint8_t mask)
{
    switch (mask) {
    case MASK_LT:
    case MASK_ALL - MASK_LT:
        return OP_LT;
    case MASK_LE:
    case MASK_ALL - MASK_LE:
        return OP_LE;
    case MASK_GT:
    case MASK_ALL - MASK_GT:
        return OP_GT;
    default:
        return OP_GE;
    }
}

static struct expr_value compare(struct expr_run *run, const struct instruction *in, const struct expr_value *a,
                                 const struct expr_value *b)
{
    enum { LESS, EQUAL, GREATER, NEITHER } where = NEITHER;
    int order;
    bool equal;
    if (in->equality) {
        if (!equal_paid(run, a, b, &equal)) return expr_over_cost(run);
        if (equal) where = EQUAL;
    } else if (expr_compare(a, b, &order))
        where = order < 0 ? LESS : order > 0 ? GREATER : EQUAL;
    else if (!is_number(a->kind) || !is_number(b->kind)) // else one is NaN
        return no_overload(run, mask_name(in->mask), a, b);
    return EXPR_BOOL_VALUE(in->mask >> where & 1);
}

static struct expr_value truth_in(struct expr_run *run, const struct expr_value *a, const struct expr_value *b)
{
    if (b->kind == EXPR_MAP) return EXPR_BOOL_VALUE(expr_map_get(b->map, a) != NULL);
    if (b->kind != EXPR_LIST) return no_overload(run, OP_IN, a, b);
    bool equal = false;
    for (size_t i = 0; i < b->list->count && !equal; i++)
        if (!expr_spend(run, 1) || !equal_paid(run, a, &b->list->items[i], &equal)) return expr_over_cost(run);
    return EXPR_BOOL_VALUE(equal);
}

static struct expr_value truth_text(struct expr_run *run, const struct instruction *in, const struct expr_value *a,
                                    const struct expr_value *b)
{
    enum opcode opcode = in->opcode;
    if (a->kind != EXPR_STRING || b->kind != EXPR_STRING)
        return no_overload(run, opcode == DO_STARTS ? "startsWith" : opcode == DO_ENDS ? "endsWith" : "contains", a, b);
    struct str s = a->text, t = b->text;
    bool holds = t.n == 0;
    if (opcode == DO_CONTAINS && !expr_spend(run, s.n / 10)) return expr_over_cost(run);
    if (!holds && t.n <= s.n)
        holds = opcode == DO_STARTS ? memcmp(s.p, t.p, t.n) == 0
                : opcode == DO_ENDS ? memcmp(s.p + s.n - t.n, t.p, t.n) == 0
                                    : memmem(s.p, s.n, t.p, t.n) != NULL;
    return EXPR_BOOL_VALUE(holds);
}

static struct expr_value truth_has(struct expr_run *run, const struct expr_value *a, const struct expr_value *name)
{
    if (a->kind == EXPR_OPTIONAL) {
        if (!a->inner) return EXPR_BOOL_VALUE(false);
        a = a->inner;
    }
    if (a->kind != EXPR_MAP) return expr_fail(run, "no such overload: %s has no fields", expr_kind_name(a->kind));
    return EXPR_BOOL_VALUE(expr_map_get(a->map, name) != NULL);
}

struct expr_value apply_truth(struct expr_run *run, const struct instruction *in, const struct expr_value *a,
                              const struct expr_value *b)
{
    struct expr_value out;
    switch (in->opcode) {
    case DO_CMP_INT:
    case DO_CMP_DOUBLE:
    case DO_EQ_TEXT:
    case DO_CMP:
        return compare(run, in, a, b);
    case DO_IN_SET:
        out = EXPR_BOOL_VALUE(value_set_has(in->k.set, a));
        break;
    case DO_IN:
        out = truth_in(run, a, b);
        break;
    case DO_HAS:
        out = truth_has(run, a, b);
        break;
    case DO_TRUTH:
        out = a->kind == EXPR_BOOL ? *a : expr_fail(run, "no such overload: a truth is no %s", expr_kind_name(a->kind));
        break;
    default:
        out = truth_text(run, in, a, b);
    }
    if (out.kind == EXPR_BOOL) out.boolean ^= in->flag;
    return out;
}

// ---- Members ----

// A number as an index; false: it is none.
static bool whole_index(const struct expr_value *key, uint64_t *out)
{
    *out = UINT64_MAX;
    if (key->kind == EXPR_INT && key->integer >= 0) *out = (uint64_t)key->integer;
    if (key->kind == EXPR_UINT) *out = key->natural;
    if (key->kind == EXPR_DOUBLE && key->number != trunc(key->number)) return false;
    if (key->kind == EXPR_DOUBLE && key->number >= 0 && key->number < 0x1p63) *out = (uint64_t)key->number;
    return is_number(key->kind);
}

static struct expr_value no_key(struct expr_run *run, const struct expr_value *key)
{
    struct buf text = BUF(1000);
    expr_print(key, &text);
    struct str shown = key->kind == EXPR_STRING ? key->text : buf_str(&text);
    struct expr_value out = expr_fail(run, "no such key: %.*s", shown.n > 100 ? 100 : (int)shown.n, shown.p);
    buf_free(&text);
    return out;
}

static struct expr_value found(struct expr_run *run, const struct expr_value *value, bool optional)
{
    if (!value) return EXPR_OPTIONAL_NONE;
    if (!optional || value_is_lost(value)) return *value;
    if (!expr_spend(run, 1)) return expr_over_cost(run);
    return expr_optional_of(run->arena, *value);
}

// optional.of(m).a, optional.of(m)["a"]: as m.?a and m[?"a"] are.
static bool through_optional(const struct expr_value **a, bool *optional)
{
    if ((*a)->kind != EXPR_OPTIONAL) return true;
    *optional = true;
    *a = (*a)->inner;
    return *a;
}

struct expr_value apply_index(struct expr_run *run, const struct expr_value *a, const struct expr_value *key,
                              bool optional)
{
    const struct expr_value *whole = a;
    if (!through_optional(&a, &optional)) return EXPR_OPTIONAL_NONE;
    if (a->kind == EXPR_MAP) {
        const struct expr_value *value = expr_map_get(a->map, key);
        return value || optional ? found(run, value, optional) : no_key(run, key);
    }
    uint64_t at;
    if (a->kind != EXPR_LIST || !whole_index(key, &at))
        return no_overload(run, optional ? OP_OPT_INDEX : OP_INDEX, whole, key);
    if (at < a->list->count) return found(run, &a->list->items[at], optional);
    if (optional) return EXPR_OPTIONAL_NONE;
    return key->kind == EXPR_INT ? expr_fail(run, "index out of bounds: %lld", (long long)key->integer)
                                 : expr_fail(run, "index out of bounds");
}

struct expr_value apply_select(struct expr_run *run, const struct expr_value *a, struct str field, bool optional)
{
    struct expr_value key = EXPR_STRING_VALUE(field);
    if (!through_optional(&a, &optional)) return EXPR_OPTIONAL_NONE;
    if (a->kind != EXPR_MAP)
        return expr_fail(run, "no such overload: %s has no field %.*s", expr_kind_name(a->kind), STR_ARG(field));
    const struct expr_value *value = expr_map_get(a->map, &key);
    return value || optional ? found(run, value, optional) : no_key(run, &key);
}

// ---- Calls ----

bool apply_fits(const struct expr_type *type, const struct expr_value *value)
{
    switch (type->kind) {
    case TYPE_DYN:
    case TYPE_PARAM:
        return true;
    case TYPE_OF:
        return value->kind == type->of;
    case TYPE_LIST:
        return value->kind == EXPR_LIST;
    case TYPE_MAP:
        return value->kind == EXPR_MAP;
    case TYPE_TYPE:
        return value->kind == EXPR_TYPE;
    case TYPE_OPTIONAL:
        return value->kind == EXPR_OPTIONAL;
    case TYPE_WRAPPER:
        return value->kind == EXPR_NULL || apply_fits(type->params[0], value);
    default:
        return false;
    }
}

static bool overload_fits(const struct env_overload *o, const struct program_call *call, const struct expr_value *args)
{
    if (o->member != call->member || o->nargs != call->nargs || !o->as->call) return false;
    for (size_t i = 0; i < o->nargs; i++)
        if (value_is_lost(&args[i]) ? !o->as->lenient : !apply_fits(o->args[i], &args[i])) return false;
    return true;
}

struct expr_value apply_call(struct expr_run *run, const struct program_call *call, const struct expr_value *args)
{
    struct expr_value out;
    if (!call->lenient && apply_strict(run, args, call->nargs, &out)) return out;
    const struct env_overload *o = call->preferred;
    if (!o || !overload_fits(o, call, args))
        for (o = call->first; o && !overload_fits(o, call, args);) o = o->next;
    if (o) return o->as->call(run, args, call->nargs, o->context);
    if (apply_strict(run, args, call->nargs, &out)) return out;
    return apply_no_overload(run, call->name, args, call->nargs);
}

struct expr_value apply_type(const struct expr_value *a)
{
    return (struct expr_value){.kind = EXPR_TYPE, .type = expr_type_of_kind(a->kind)};
}
