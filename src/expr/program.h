// SPDX-License-Identifier: Apache-2.0
// Program: what compiler, evaluator, functions and table share and nobody else needs.
#ifndef EXPR_PROGRAM_H
#define EXPR_PROGRAM_H

#include "expr/expr.h"
#include "expr/regex.h"

// ---- Values ----

// Comparing goes no deeper than this into lists, maps and optionals.
#define VALUE_DEPTH_MAX 1000

// expr_equal() that takes one unit of *budget for each pair of values that it compares; at 0 (also for values nested
// too deep) it stops and what it returns means nothing.
bool value_equal_within(const struct expr_value *a, const struct expr_value *b, uint64_t *budget);
// Equal values hash alike, numbers across their kinds too.
uint64_t value_hash(const struct expr_value *value, uint64_t seed);
// The error that needs no memory.
struct expr_value program_no_memory(void);

// A list and a map that grow at their ends while nobody else holds them. What was handed out as `.list` and `.map`
// stays valid until the next addition.
struct list_build {
    struct expr_list list;
    struct expr_value *items;
    size_t room;
};
struct map_build {
    struct expr_map map;
    struct expr_entry *entries;
    uint32_t *index;
    size_t room;
};
enum map_added { MAP_ADDED, MAP_REPEATED, MAP_BAD_KEY, MAP_NO_MEMORY };
bool list_build_add(struct arena *arena, struct list_build *build, const struct expr_value *item) MUST_USE;
enum map_added map_build_add(struct arena *arena, struct map_build *build, const struct expr_value *key,
                             const struct expr_value *value) MUST_USE;

// Constants by hash, for `x in [1, 2, 3]`: null, bools, numbers and texts only.
struct value_set {
    const struct expr_value *items;
    size_t count;
    const uint32_t *index; // item number + 1
    size_t slots;          // a power of two
};
// NULL without memory, or when an item is of another kind (*fits is false then).
const struct value_set *value_set_new(struct arena *arena, const struct expr_list *list, bool *fits);
bool value_set_has(const struct value_set *set, const struct expr_value *value);

// ---- Instructions ----

// Where an operand is: the two upper bits say in which array.
#define OPERAND_REGISTER 0U
#define OPERAND_SLOT (UINT32_C(1) << 30)
#define OPERAND_CONSTANT (UINT32_C(2) << 30)
#define OPERAND_SPACE (UINT32_C(3) << 30)

// What a comparison holds for, by the order of its sides: bit 0 less, 1 equal, 2 greater, 3 neither (NaN).
enum { MASK_LT = 1, MASK_EQ = 2, MASK_LE = 3, MASK_GT = 4, MASK_GE = 6, MASK_NE = 13, MASK_ALL = 15 };

// What becomes of a truth: written to dst; or, within a chain of && whose state is dst: false ends the chain (dst is
// false, go on at `to`), true changes nothing, an error or unknown is kept in dst until a false comes; || likewise.
enum truth_mode { TRUTH_VALUE, TRUTH_AND, TRUTH_OR };

// Those that give a truth stand three times, in the order of truth_mode.
#define TRUTH_OPCODES(X)                                                                                               \
    X(CMP_INT)    /* a against k.integer by mask */                                                                    \
    X(CMP_DOUBLE) /* a against k.number by mask */                                                                     \
    X(EQ_TEXT)    /* string a against string constant b by mask (equal or not) */                                      \
    X(CMP)        /* a against b by mask; `equality`: == or != */                                                      \
    X(IN_SET)     /* a in k.set */                                                                                     \
    X(IN)         /* a in b */                                                                                         \
    X(STARTS)     /* a.startsWith(b) */                                                                                \
    X(ENDS)                                                                                                            \
    X(CONTAINS)                                                                                                        \
    X(MATCHES) /* a.matches(k.regex) */                                                                                \
    X(TRUTH)   /* a */                                                                                                 \
    X(HAS)     /* has(a.b), b the field's name */

enum opcode {
#define X(name) DO_##name, DO_##name##_AND, DO_##name##_OR,
    TRUTH_OPCODES(X)
#undef X
        DO_MOVE,   // dst = a
    DO_KNOWN,      // dst = true, or a itself where a is an error or unknown
    DO_NOT_FALSE,  // dst = a is a bool ? a : true
    DO_BRANCH,     // a true: go on; false: to; else dst = a and to k.otherwise
    DO_JUMP,       // to
    DO_JUMP_IF,    // a is the bool `flag`: to
    DO_ADD,        // dst = a + b; k.call: where the kinds are not the core's
    DO_SUB,        //
    DO_MUL,        //
    DO_DIV,        //
    DO_MOD,        //
    DO_NEG,        // dst = -a
    DO_INDEX_AT,   // dst = a[b]; flag: a[?b]
    DO_SELECT,     // dst = a.b; flag: a.?b
    DO_LIST_NEW,   // dst = an empty list to add to
    DO_LIST_ADD,   // dst gains a; flag: a is an optional
    DO_MAP_NEW,    // dst = an empty map to add to
    DO_MAP_ADD,    // dst gains a: b; flag: b is an optional
    DO_MAP_INSERT, // the same for cel.@mapInsert
    DO_MAP_MERGE,  // dst gains all of map a
    DO_CALL,       // dst = k.call of the registers from a on
    DO_TYPE,       // dst = type(a)
    DO_FAIL,       // dst = the error k.text
    DO_LOOP,       // begin over register a (state in a + 1); not a list or map: dst = error and to
    DO_NEXT,       // the next of register a into b (and b + 1 with `flag`), and on at `to`; none: fall through
    DO_RETURN,     // a
    DO_COUNT
};

struct program_call {
    struct str name;
    const struct env_overload *first;     // all of that name
    const struct env_overload *preferred; // the one that the types choose, or NULL
    uint32_t nargs;
    bool member;
    bool lenient; // some overload takes errors and unknowns
};

struct instruction {
    uint8_t opcode, mask;
    bool flag;     // of truths: negated
    bool equality; // of DO_CMP
    uint32_t dst, a, b, to, offset;
    union {
        int64_t integer;
        double number;
        const struct program_call *call;
        const struct value_set *set;
        const struct regex *regex;
        struct expr_fault *fault;
        uint32_t otherwise;
    } k;
};

// Registers are 24 bytes each, on the stack up to REGISTERS_SMALL, beyond that in the run's arena.
#define REGISTERS_SMALL 48
#define REGISTERS_MAX 8192

struct expr {
    const struct expr_env *env;
    struct str source;
    const struct ast *ast;
    uint32_t nodes;
    const struct expr_type **types; // by node; NULL: unchecked
    const struct expr_type *result_type;
    const struct instruction *code;
    const struct expr_value *constants;
    uint32_t count, registers;
    const uint32_t *slots;               // ascending
    const struct expr_unknown *unknowns; // one a slot of `slots`
    size_t nslots;
    uint32_t slots_end; // the highest slot + 1
};

// A node of `ast` as a program of its own, in the surroundings of `whole` (for the conjuncts of a table).
struct expr *program_of_part(struct arena *arena, const struct expr *whole, const struct ast *part);

// ---- Operators, for evaluator, constant folding and table (apply.c) ----

// `opcode` from DO_ADD to DO_NEG; neither side is an error or unknown. b is NULL for DO_NEG.
struct expr_value apply_arithmetic(struct expr_run *run, enum opcode opcode, const struct expr_value *a,
                                   const struct expr_value *b);
// The truth of one of TRUTH_OPCODES (TRUTH_VALUE's number) but MATCHES, before `flag` is applied; neither side is an
// error or unknown, so that what comes back is a bool or an error.
struct expr_value apply_truth(struct expr_run *run, const struct instruction *in, const struct expr_value *a,
                              const struct expr_value *b);
struct expr_value apply_index(struct expr_run *run, const struct expr_value *a, const struct expr_value *key,
                              bool optional);
struct expr_value apply_select(struct expr_run *run, const struct expr_value *a, struct str field, bool optional);
struct expr_value apply_call(struct expr_run *run, const struct program_call *call, const struct expr_value *args);
// text.matches(regex), for a regex that was compiled before.
struct expr_value apply_matches(struct expr_run *run, const struct regex *regex, struct str text);
struct expr_value apply_type(const struct expr_value *a);
// "no such overload: _+_(int, string)".
struct expr_value apply_no_overload(struct expr_run *run, struct str name, const struct expr_value *args, size_t nargs);
// Both unknown: unknown of the slots of both.
struct expr_value apply_unknown_both(struct expr_run *run, const struct expr_value *a, const struct expr_value *b);
// What a strict operation gives when some of these are errors or unknowns: unknown of all that are, else the first
// error. false: none is.
bool apply_strict(struct expr_run *run, const struct expr_value *values, size_t count, struct expr_value *out);
bool apply_fits(const struct expr_type *type, const struct expr_value *value);

static inline bool value_is_lost(const struct expr_value *value)
{
    return value->kind <= EXPR_UNKNOWN; // EXPR_ERROR, EXPR_UNKNOWN
}

#endif
