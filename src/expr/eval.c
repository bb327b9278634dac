// SPDX-License-Identifier: Apache-2.0
// Eval: the interpreter. One loop over the instructions, registers on the stack, no recursion; the usual kinds are done
// here, all else in apply.c.
#include "expr/program.h"

struct machine {
    const struct expr *expr;
    struct expr_run *run;
    struct expr_value *registers;
    const struct expr_value *spaces[4]; // by OPERAND_*
};

static const struct expr_value *operand(const struct machine *m, uint32_t at)
{
    return m->spaces[at >> 30] + (at & ~OPERAND_SPACE);
}

static void mark(const struct machine *m, uint32_t at)
{
    uint32_t slot = at & ~OPERAND_SPACE;
    if ((at & OPERAND_SPACE) == OPERAND_SLOT) m->run->asked[slot / 64] |= UINT64_C(1) << (slot % 64);
}

// An unknown slot hangs on itself.
static struct expr_value unknown_slot(const struct expr *expr, uint32_t slot)
{
    size_t low = 0, high = expr->nslots;
    while (low + 1 < high) {
        size_t middle = low + (high - low) / 2;
        if (expr->slots[middle] <= slot)
            low = middle;
        else
            high = middle;
    }
    INVARIANT(expr->slots[low] == slot);
    return (struct expr_value){.kind = EXPR_UNKNOWN, .unknown = &expr->unknowns[low]};
}

static struct expr_value fetch(const struct machine *m, uint32_t at)
{
    const struct expr_value *value = operand(m, at);
    if (value->kind == EXPR_UNKNOWN && !value->unknown && (at & OPERAND_SPACE) == OPERAND_SLOT)
        return unknown_slot(m->expr, at & ~OPERAND_SPACE);
    return *value;
}

static bool has_two(enum opcode opcode)
{
    switch (opcode) {
    case DO_IN_SET:
    case DO_TRUTH:
    case DO_MATCHES:
        return false;
    default:
        return true;
    }
}

// A truth that the loop does not do by itself: anything lost, or kinds less usual.
static struct expr_value truth(const struct machine *m, const struct instruction *in)
{
    struct instruction plain = *in;
    plain.opcode = (uint8_t)(in->opcode - in->opcode % 3);
    enum opcode opcode = plain.opcode;
    size_t count = has_two(opcode) ? 2 : 1;
    struct expr_value out, sides[2] = {fetch(m, in->a)};
    if (count == 2) sides[1] = fetch(m, in->b);
    m->run->offset = in->offset;
    if (apply_strict(m->run, sides, count, &out)) return out;
    if (opcode != DO_MATCHES) return apply_truth(m->run, &plain, &sides[0], &sides[1]);
    if (sides[0].kind != EXPR_STRING) return apply_no_overload(m->run, STR("matches"), sides, 1);
    out = apply_matches(m->run, in->k.regex, sides[0].text);
    if (out.kind == EXPR_BOOL) out.boolean ^= in->flag;
    return out;
}

// Keeps in the chain's state what is neither true nor false: unknowns before errors, the first error before others.
static void absorb(const struct machine *m, struct expr_value *state, const struct expr_value *value)
{
    if (state->kind == EXPR_UNKNOWN && value->kind == EXPR_UNKNOWN)
        *state = apply_unknown_both(m->run, state, value);
    else if (state->kind == EXPR_BOOL || value->kind == EXPR_UNKNOWN)
        *state = *value;
}

// dst, which is being built or is lost already, loses against `value`, which is lost.
static void lose(const struct machine *m, struct expr_value *state, const struct expr_value *value)
{
    struct expr_value both[2] = {*state, *value};
    apply_strict(m->run, both, 2, state);
}

static void list_new(const struct machine *m, struct expr_value *dst)
{
    struct list_build *build = arena_new(m->run->arena, struct list_build);
    *dst = build ? (struct expr_value){.kind = EXPR_LIST, .list = &build->list} : program_no_memory();
}

static void list_add(const struct machine *m, const struct instruction *in)
{
    struct expr_value *dst = &m->registers[in->dst], item = fetch(m, in->a);
    if (in->flag && item.kind == EXPR_OPTIONAL) {
        if (!item.inner) return;
        item = *item.inner;
    } else if (in->flag && !value_is_lost(&item))
        item = expr_fail(m->run, "no such overload: [?%s]", expr_kind_name(item.kind));
    if (value_is_lost(&item))
        lose(m, dst, &item);
    else if (dst->kind == EXPR_LIST && !list_build_add(m->run->arena, (struct list_build *)(uintptr_t)dst->list, &item))
        *dst = program_no_memory();
}

static void map_new(const struct machine *m, struct expr_value *dst)
{
    struct map_build *build = arena_new(m->run->arena, struct map_build);
    *dst = build ? (struct expr_value){.kind = EXPR_MAP, .map = &build->map} : program_no_memory();
}

static void map_add_one(const struct machine *m, const struct instruction *in, const struct expr_value *key,
                        const struct expr_value *value)
{
    struct expr_value *dst = &m->registers[in->dst];
    if (dst->kind != EXPR_MAP) return;
    switch (map_build_add(m->run->arena, (struct map_build *)(uintptr_t)dst->map, key, value)) {
    case MAP_ADDED:
        return;
    case MAP_REPEATED:
        *dst = in->opcode == DO_MAP_ADD ? expr_fail(m->run, "Failed with repeated key")
                                        : expr_fail(m->run, "insert failed: the key already exists");
        return;
    case MAP_BAD_KEY:
        *dst = expr_fail(m->run, "unsupported key type: %s", expr_kind_name(key->kind));
        return;
    case MAP_NO_MEMORY:
        *dst = program_no_memory();
    }
}

static void map_add(const struct machine *m, const struct instruction *in)
{
    struct expr_value *dst = &m->registers[in->dst], sides[2] = {fetch(m, in->a), fetch(m, in->b)}, out;
    if (in->flag && !value_is_lost(&sides[1])) {
        if (sides[1].kind != EXPR_OPTIONAL)
            sides[1] = expr_fail(m->run, "no such overload: {?%s}", expr_kind_name(sides[1].kind));
        else if (sides[1].inner)
            sides[1] = *sides[1].inner;
        else if (!value_is_lost(&sides[0]))
            return;
    }
    if (apply_strict(m->run, sides, 2, &out))
        lose(m, dst, &out);
    else
        map_add_one(m, in, &sides[0], &sides[1]);
}

static void map_merge(const struct machine *m, const struct instruction *in)
{
    struct expr_value *dst = &m->registers[in->dst], other = fetch(m, in->a);
    if (!value_is_lost(&other) && other.kind != EXPR_MAP)
        other = expr_fail(m->run, "no such overload: a map of entries is no %s", expr_kind_name(other.kind));
    if (value_is_lost(&other)) {
        lose(m, dst, &other);
        return;
    }
    for (size_t i = 0; i < other.map->count && expr_spend(m->run, 1); i++)
        map_add_one(m, in, &other.map->entries[i].key, &other.map->entries[i].value);
}

static struct expr_value arithmetic(const struct machine *m, const struct instruction *in)
{
    size_t count = in->opcode == DO_NEG ? 1 : 2;
    struct expr_value out, sides[2] = {fetch(m, in->a)};
    if (count == 2) sides[1] = fetch(m, in->b);
    if (apply_strict(m->run, sides, count, &out)) return out;
    if (in->k.call) return apply_call(m->run, in->k.call, sides);
    return apply_arithmetic(m->run, in->opcode, &sides[0], &sides[1]);
}

static struct expr_value member(const struct machine *m, const struct instruction *in)
{
    struct expr_value out, sides[2] = {fetch(m, in->a), fetch(m, in->b)};
    if (apply_strict(m->run, sides, 2, &out)) return out;
    if (in->opcode == DO_SELECT) return apply_select(m->run, &sides[0], sides[1].text, in->flag);
    return apply_index(m->run, &sides[0], &sides[1], in->flag);
}

static struct expr_value call(const struct machine *m, const struct instruction *in)
{
    return apply_call(m->run, in->k.call, &m->registers[in->a]);
}

// false: not something to go through; dst says why.
static bool loop_begins(const struct machine *m, const struct instruction *in)
{
    struct expr_value *range = &m->registers[in->a];
    range[1] = EXPR_INT_VALUE(0);
    if (range->kind == EXPR_LIST || range->kind == EXPR_MAP) return true;
    m->registers[in->dst] =
        value_is_lost(range) ? *range
                             : expr_fail(m->run, "no such overload: %s is no list or map", expr_kind_name(range->kind));
    return false;
}

// false: there is none left.
static bool loop_next(struct expr_value *range, struct expr_value *out, bool two)
{
    size_t at = (size_t)range[1].integer++;
    if (range->kind == EXPR_LIST) {
        if (at >= range->list->count) return false;
        if (two) *out++ = EXPR_INT_VALUE((int64_t)at);
        *out = range->list->items[at];
        return true;
    }
    if (at >= range->map->count) return false;
    *out = range->map->entries[at].key;
    if (two) out[1] = range->map->entries[at].value;
    return true;
}

// What is done to dst alone. false: the cost limit is reached.
static bool step(const struct machine *m, const struct instruction *in)
{
    struct expr_value *dst = &m->registers[in->dst], value;
    m->run->offset = in->offset;
    switch (in->opcode) {
    case DO_MOVE:
        *dst = fetch(m, in->a);
        break;
    case DO_KNOWN:
        value = fetch(m, in->a);
        *dst = value_is_lost(&value) ? value : EXPR_BOOL_VALUE(true);
        break;
    case DO_NOT_FALSE:
        value = fetch(m, in->a);
        *dst = value.kind == EXPR_BOOL ? value : EXPR_BOOL_VALUE(true);
        break;
    case DO_INDEX_AT:
    case DO_SELECT:
        *dst = member(m, in);
        break;
    case DO_LIST_NEW:
        list_new(m, dst);
        break;
    case DO_LIST_ADD:
        list_add(m, in);
        break;
    case DO_MAP_NEW:
        map_new(m, dst);
        break;
    case DO_MAP_ADD:
    case DO_MAP_INSERT:
        map_add(m, in);
        break;
    case DO_MAP_MERGE:
        map_merge(m, in);
        break;
    case DO_CALL:
        *dst = call(m, in);
        break;
    case DO_TYPE:
        value = fetch(m, in->a);
        *dst = value_is_lost(&value) ? value : apply_type(&value);
        break;
    case DO_FAIL:
        *dst = (struct expr_value){.kind = EXPR_ERROR, .fault = in->k.fault};
        break;
    default:
        *dst = arithmetic(m, in);
    }
    return !m->run->exhausted;
}

#define LIKELY(x) __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)

// One truth: COMPUTE sets `holds` or goes to `slow`.
#define TRUTH_CASES(NAME, COMPUTE)                                                                                     \
    case DO_##NAME:                                                                                                    \
        COMPUTE;                                                                                                       \
        registers[in->dst] = EXPR_BOOL_VALUE(holds);                                                                   \
        break;                                                                                                         \
    case DO_##NAME##_AND:                                                                                              \
        COMPUTE;                                                                                                       \
        if (!holds) {                                                                                                  \
            registers[in->dst] = EXPR_BOOL_VALUE(false);                                                               \
            next = code + in->to;                                                                                      \
        }                                                                                                              \
        break;                                                                                                         \
    case DO_##NAME##_OR:                                                                                               \
        COMPUTE;                                                                                                       \
        if (holds) {                                                                                                   \
            registers[in->dst] = EXPR_BOOL_VALUE(true);                                                                \
            next = code + in->to;                                                                                      \
        }                                                                                                              \
        break;

// A truth is done in truth() only.
#define SLOW_CASES(NAME)                                                                                               \
    case DO_##NAME:                                                                                                    \
    case DO_##NAME##_AND:                                                                                              \
    case DO_##NAME##_OR:                                                                                               \
        goto slow;

#define ORDER(x, y) (((x) > (y)) + 1 - ((x) < (y))) // 0 less, 1 equal, 2 greater

static inline bool starts(struct str s, struct str with)
{
    return s.n >= with.n && memcmp(s.p, with.p, with.n) == 0;
}

static struct expr_value interpret(const struct machine *m)
{
    struct expr_run *run = m->run;
    struct expr_value *registers = m->registers, value;
    const struct instruction *code = m->expr->code, *next = code, *in;
    const struct expr_value *a;
    const uint64_t limit = run->cost_limit ? run->cost_limit : EXPR_COST_DEFAULT;
    uint64_t cost = run->cost;
    bool holds;
    for (;;) {
        in = next++;
        if (UNLIKELY(++cost > limit)) goto exhausted;
        a = operand(m, in->a);
        if (UNLIKELY(run->asked != NULL)) {
            mark(m, in->a);
            mark(m, in->b);
        }
        switch ((enum opcode)in->opcode) {
            TRUTH_CASES(CMP_INT, {
                if (UNLIKELY(a->kind != EXPR_INT)) goto slow;
                holds = in->mask >> ORDER(a->integer, in->k.integer) & 1;
            })
            TRUTH_CASES(CMP_DOUBLE, {
                if (UNLIKELY(a->kind != EXPR_DOUBLE || a->number != a->number)) goto slow;
                holds = in->mask >> ORDER(a->number, in->k.number) & 1;
            })
            TRUTH_CASES(EQ_TEXT, {
                if (UNLIKELY(a->kind != EXPR_STRING)) goto slow;
                holds = str_eq(a->text, operand(m, in->b)->text) == (in->mask == MASK_EQ);
            })
            TRUTH_CASES(IN_SET, {
                if (UNLIKELY(value_is_lost(a))) goto slow;
                holds = value_set_has(in->k.set, a) != in->flag;
            })
            TRUTH_CASES(STARTS, {
                const struct expr_value *b = operand(m, in->b);
                if (UNLIKELY(a->kind != EXPR_STRING || b->kind != EXPR_STRING)) goto slow;
                holds = starts(a->text, b->text) != in->flag;
            })
            TRUTH_CASES(TRUTH, {
                if (UNLIKELY(a->kind != EXPR_BOOL)) goto slow;
                holds = a->boolean != in->flag;
            })
            TRUTH_CASES(CMP, {
                const struct expr_value *b = operand(m, in->b);
                if (a->kind != b->kind) goto slow;
                if (a->kind == EXPR_INT)
                    holds = in->mask >> ORDER(a->integer, b->integer) & 1;
                else if (a->kind == EXPR_DOUBLE && a->number == a->number && b->number == b->number)
                    holds = in->mask >> ORDER(a->number, b->number) & 1;
                else
                    goto slow;
            })
            SLOW_CASES(IN)
            SLOW_CASES(ENDS)
            SLOW_CASES(CONTAINS)
            SLOW_CASES(MATCHES)
            SLOW_CASES(HAS)
        case DO_MOVE:
            if (UNLIKELY(a->kind == EXPR_UNKNOWN)) goto general;
            registers[in->dst] = *a;
            break;
        case DO_BRANCH:
            if (LIKELY(a->kind == EXPR_BOOL)) {
                if (!a->boolean) next = code + in->to;
                break;
            }
            value = fetch(m, in->a);
            run->offset = in->offset;
            registers[in->dst] = value_is_lost(&value) ? value : apply_no_overload(run, STR(OP_CONDITIONAL), &value, 1);
            next = code + in->k.otherwise;
            break;
        case DO_JUMP:
            next = code + in->to;
            break;
        case DO_JUMP_IF:
            if (a->kind == EXPR_BOOL && a->boolean == in->flag) next = code + in->to;
            break;
        case DO_LOOP:
            run->offset = in->offset;
            if (!loop_begins(m, in)) next = code + in->to;
            break;
        case DO_NEXT:
            if (loop_next(&registers[in->a], &registers[in->b], in->flag)) next = code + in->to;
            break;
        case DO_RETURN:
            run->cost = cost;
            return UNLIKELY(a->kind == EXPR_UNKNOWN) ? fetch(m, in->a) : *a;
        case DO_ADD: {
            const struct expr_value *b = operand(m, in->b);
            int64_t sum;
            if (a->kind != EXPR_INT || b->kind != EXPR_INT || __builtin_add_overflow(a->integer, b->integer, &sum))
                goto general;
            registers[in->dst] = EXPR_INT_VALUE(sum);
            break;
        }
        case DO_KNOWN:
        case DO_NOT_FALSE:
        case DO_SUB:
        case DO_MUL:
        case DO_DIV:
        case DO_MOD:
        case DO_NEG:
        case DO_INDEX_AT:
        case DO_SELECT:
        case DO_LIST_NEW:
        case DO_LIST_ADD:
        case DO_MAP_NEW:
        case DO_MAP_ADD:
        case DO_MAP_INSERT:
        case DO_MAP_MERGE:
        case DO_CALL:
        case DO_TYPE:
        case DO_FAIL:
        general:
            run->cost = cost;
            if (UNLIKELY(!step(m, in))) goto exhausted;
            cost = run->cost;
            break;
        slow:
            run->cost = cost;
            value = truth(m, in);
            if (UNLIKELY(run->exhausted)) goto exhausted;
            cost = run->cost;
            if (in->opcode % 3 == TRUTH_VALUE)
                registers[in->dst] = value;
            else if (value.kind != EXPR_BOOL)
                absorb(m, &registers[in->dst], &value);
            else if (value.boolean == (in->opcode % 3 == TRUTH_OR)) {
                registers[in->dst] = value;
                next = code + in->to;
            }
            break;
        case DO_COUNT:
            INVARIANT(in->opcode < DO_COUNT);
        }
    }
exhausted:
    run->cost = cost;
    run->offset = in->offset;
    return expr_over_cost(run);
}

// The caller's slots with unknowns up to the last one asked for.
static const struct expr_value *padded_slots(const struct expr *expr, const struct expr_run *run)
{
    struct expr_value *slots = arena_array(run->arena, struct expr_value, expr->slots_end);
    if (!slots) return NULL;
    for (size_t i = 0; i < expr->slots_end; i++)
        slots[i] = i < run->nslots ? run->slots[i] : (struct expr_value){.kind = EXPR_UNKNOWN};
    return slots;
}

struct expr_value expr_eval(const struct expr *expr, struct expr_run *run)
{
    struct expr_value small[REGISTERS_SMALL];
    struct machine m = {expr, run, small, {small, run->slots, expr->constants, NULL}};
    run->exhausted = false;
    if (UNLIKELY(run->nslots < expr->slots_end)) {
        m.spaces[1] = padded_slots(expr, run);
        if (!m.spaces[1]) return program_no_memory();
    }
    if (UNLIKELY(expr->registers > REGISTERS_SMALL)) {
        m.registers = arena_array(run->arena, struct expr_value, expr->registers);
        if (!m.registers) return program_no_memory();
        m.spaces[0] = m.registers;
    }
    return interpret(&m);
}
