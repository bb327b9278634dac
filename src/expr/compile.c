// SPDX-License-Identifier: Apache-2.0
// Compile: from the tree to instructions. What is constant is computed here, once; what compares a variable with a
// constant becomes one instruction; && and || become chains of tests that end at the first that decides.
#include "expr/extension.h"
#include "expr/macro.h"
#include "expr/program.h"

#include <math.h>

#define LOCALS_MAX (3 * EXPR_DEPTH_MAX) // a fold adds at most three names
#define FOLD_COST 10000                 // what one constant call may cost at compile time
#define PATH_LEN_MAX 512                // of "a.b.c"; declared names are shorter
#define UNPATCHED UINT32_MAX
#define EXACT_MAX (INT64_C(1) << 53) // integers up to here are doubles too

struct local {
    struct str name;
    uint32_t at;
};

struct compiler {
    struct arena *arena;
    const struct expr_env *env;
    struct str source;
    const struct expr_type **types;
    struct instruction *code;
    uint32_t count, room;
    struct list_build constants;
    const struct expr_value **known; // by node: its value where it is constant
    bool *tried;
    struct local locals[LOCALS_MAX];
    size_t nlocals;
    uint32_t next, most; // registers
    bool *used;          // by slot
    size_t nslots;
    const char *wrong; // why there will be no program
    uint32_t wrong_at;
};

static void fail(struct compiler *c, uint32_t at, const char *why)
{
    if (c->wrong) return;
    c->wrong = why;
    c->wrong_at = at;
}

static void no_memory(struct compiler *c)
{
    fail(c, 0, "there is no memory left for this expression");
}

// ---- Instructions, constants, registers ----

// The instruction that was written, for the rest of its members; without memory one that goes nowhere.
static struct instruction *emit(struct compiler *c, enum opcode opcode, uint32_t dst, uint32_t a, uint32_t b,
                                uint32_t offset)
{
    if (c->count == c->room) {
        uint32_t room = c->room ? c->room * 2 : 32;
        struct instruction *code = arena_array(c->arena, struct instruction, room);
        if (!code) {
            no_memory(c);
            c->count = 0; // the program is lost; what follows writes over its beginning
            INVARIANT(c->room);
        } else {
            if (c->count) memcpy(code, c->code, c->count * sizeof *code);
            c->code = code;
            c->room = room;
        }
    }
    struct instruction *in = &c->code[c->count++];
    *in = (struct instruction){.opcode = (uint8_t)opcode, .dst = dst, .a = a, .b = b, .offset = offset};
    return in;
}

static uint32_t constant_operand(struct compiler *c, const struct expr_value *value)
{
    if (!list_build_add(c->arena, &c->constants, value)) {
        no_memory(c);
        return OPERAND_CONSTANT;
    }
    return OPERAND_CONSTANT + (uint32_t)c->constants.list.count - 1;
}

static uint32_t text_operand(struct compiler *c, struct str text)
{
    struct expr_value value = EXPR_STRING_VALUE(text);
    return constant_operand(c, &value);
}

static uint32_t take(struct compiler *c, uint32_t count)
{
    uint32_t first = c->next;
    c->next += count;
    if (c->next > c->most) c->most = c->next;
    if (c->next > REGISTERS_MAX) {
        fail(c, 0, "the expression needs too many intermediate values");
        c->next = first;
        return 0;
    }
    return first;
}

// ---- Names and types ----

static const struct expr_type *type_of(const struct compiler *c, const struct ast *ast)
{
    const struct expr_type *type = c->types ? c->types[ast->id] : NULL;
    return type ? type : &expr_type_dyn;
}

static bool type_is(const struct compiler *c, const struct ast *ast, enum expr_kind kind)
{
    const struct expr_type *type = type_of(c, ast);
    return type->kind == TYPE_OF && type->of == kind;
}

static const struct local *local_of(const struct compiler *c, struct str name)
{
    for (size_t i = c->nlocals; i-- > 0;)
        if (str_eq(c->locals[i].name, name)) return &c->locals[i];
    return NULL;
}

static void local_push(struct compiler *c, struct str name, uint32_t at)
{
    if (c->nlocals == LOCALS_MAX)
        fail(c, 0, "too many variables within each other");
    else if (name.n)
        c->locals[c->nlocals++] = (struct local){name, at};
}

static bool is_plain_select(const struct ast *ast)
{
    return ast->kind == AST_SELECT && !ast->test_only && !ast->is_optional;
}

// "a.b.c" of a selection from an identifier that is no local variable, written to `out`; NULL: it is none, or longer
// than any name that is declared.
static struct str path_of(const struct compiler *c, const struct ast *ast, char out[PATH_LEN_MAX])
{
    size_t n = 0;
    const struct ast *root = ast;
    for (; root && is_plain_select(root); root = root->target) n += root->name.n + 1;
    if (!root || root->kind != AST_IDENT || local_of(c, root->name)) return STR_NONE;
    n += root->name.n;
    if (n > PATH_LEN_MAX) return STR_NONE;
    size_t at = n;
    for (; ast != root; ast = ast->target) {
        at -= ast->name.n + 1;
        out[at] = '.';
        memcpy(out + at + 1, ast->name.p, ast->name.n);
    }
    memcpy(out, root->name.p, root->name.n);
    return (struct str){out, n};
}

static bool resolve(const struct compiler *c, const struct ast *ast, const struct env_variable **variable,
                    const struct expr_type **type)
{
    *variable = NULL;
    *type = NULL;
    if (ast->kind != AST_IDENT && !is_plain_select(ast)) return false;
    char room[PATH_LEN_MAX];
    struct str path = path_of(c, ast, room);
    return path.p && env_resolve(c->env, path, variable, type);
}

// Whether a selection starts from something that is there: a local, a variable, or no name at all.
static bool has_root(const struct compiler *c, const struct ast *ast)
{
    const struct env_variable *variable;
    const struct expr_type *type;
    for (; is_plain_select(ast); ast = ast->target)
        if (resolve(c, ast, &variable, &type)) return true;
    return ast->kind != AST_IDENT || local_of(c, ast->name) || resolve(c, ast, &variable, &type);
}

static bool is_call(const struct ast *ast, const char *name, size_t nargs)
{
    return ast->kind == AST_CALL && !ast->target && ast->nargs == nargs && str_is(ast->name, name);
}

static bool is_core(const struct env_overload *o)
{
    for (const struct expr_overload *t = expr_core_functions; t->name; t++)
        if (t == o->as) return true;
    for (const struct expr_overload *t = expr_time_functions; t->name; t++)
        if (t == o->as) return true;
    return false;
}

static const struct env_overload *function_of(const struct compiler *c, const struct ast *ast, bool *member)
{
    *member = ast->target != NULL;
    if (!ast->target) return env_resolve_function(c->env, ast->name);
    struct ast whole = {.kind = AST_SELECT, .target = ast->target, .name = ast->name};
    char room[PATH_LEN_MAX];
    struct str path = path_of(c, &whole, room);
    const struct env_overload *spaced = path.p ? env_resolve_function(c->env, path) : NULL;
    if (!spaced) return env_function(c->env, ast->name);
    *member = false;
    return spaced;
}

// Whether all overloads that such a call may mean are the core's, so that an instruction may stand for them.
static bool means_core(const struct compiler *c, const struct ast *ast)
{
    bool member, any = false;
    for (const struct env_overload *o = function_of(c, ast, &member); o; o = o->next) {
        if (o->member != member || o->nargs != ast->nargs + member) continue;
        if (!is_core(o)) return false;
        any = true;
    }
    return any;
}

// ---- Constants ----

static const struct expr_value *constant(struct compiler *c, const struct ast *ast);

static bool constants(struct compiler *c, const struct ast *ast, struct expr_value **out)
{
    *out = arena_array(c->arena, struct expr_value, ast->nargs + 1);
    if (!*out) return false;
    for (size_t i = 0; i < ast->nargs; i++) {
        const struct expr_value *value = ast->optional ? NULL : constant(c, ast->args[i]);
        if (!value) return false;
        (*out)[i] = *value;
    }
    return true;
}

static struct expr_value constant_map(struct compiler *c, const struct expr_value *values, size_t count)
{
    struct expr_entry *entries = arena_array(c->arena, struct expr_entry, count / 2 + 1);
    if (!entries) return program_no_memory();
    for (size_t i = 0; i < count / 2; i++) entries[i] = (struct expr_entry){values[2 * i], values[2 * i + 1]};
    return expr_map_new(c->arena, entries, count / 2);
}

static const struct {
    const char *name;
    enum opcode opcode;
} arithmetic[] = {
    {OP_ADD, DO_ADD}, {OP_SUB, DO_SUB}, {OP_MUL, DO_MUL}, {OP_DIV, DO_DIV}, {OP_MOD, DO_MOD}, {OP_NEGATE, DO_NEG},
};

// DO_COUNT: no arithmetic.
static enum opcode arithmetic_of(const struct ast *ast)
{
    for (size_t i = 0; i < sizeof arithmetic / sizeof arithmetic[0]; i++)
        if (is_call(ast, arithmetic[i].name, arithmetic[i].opcode == DO_NEG ? 1 : 2)) return arithmetic[i].opcode;
    return DO_COUNT;
}

static const struct {
    const char *name;
    uint8_t mask;
} comparisons[] = {
    {OP_EQ, MASK_EQ}, {OP_NE, MASK_NE}, {OP_LT, MASK_LT}, {OP_LE, MASK_LE}, {OP_GT, MASK_GT}, {OP_GE, MASK_GE},
};

// 0: no comparison.
static uint8_t mask_of(const struct ast *ast)
{
    for (size_t i = 0; i < sizeof comparisons / sizeof comparisons[0]; i++)
        if (is_call(ast, comparisons[i].name, 2)) return comparisons[i].mask;
    return 0;
}

static bool call_of(struct compiler *c, const struct ast *ast, struct program_call *call);

// A call whose arguments are constant; an error is left for the evaluator to give.
static struct expr_value constant_call(struct compiler *c, const struct ast *ast)
{
    const struct expr_value none = {.kind = EXPR_ERROR};
    struct expr_run run = {.arena = c->arena, .cost_limit = FOLD_COST, .offset = ast->offset};
    struct expr_value *args;
    enum opcode opcode = arithmetic_of(ast);
    struct instruction comparison = {.opcode = DO_CMP, .mask = mask_of(ast)};
    comparison.equality = comparison.mask == MASK_EQ || comparison.mask == MASK_NE;
    if (opcode == DO_COUNT && !comparison.mask && !means_core(c, ast)) return none;
    struct ast plain = *ast; // a member's target is its first argument
    bool member;
    struct program_call call = {0};
    const struct expr_value *target = NULL;
    if (opcode == DO_COUNT && !comparison.mask) {
        if (!call_of(c, ast, &call)) return none;
        function_of(c, ast, &member);
        if (member && !(target = constant(c, ast->target))) return none;
    }
    if (!constants(c, &plain, &args)) return none;
    if (opcode != DO_COUNT) return apply_arithmetic(&run, opcode, &args[0], &args[1]);
    if (comparison.mask) return apply_truth(&run, &comparison, &args[0], &args[1]);
    if (target) {
        memmove(args + 1, args, ast->nargs * sizeof *args); // constants() leaves room for one more
        args[0] = *target;
    }
    return apply_call(&run, &call, args);
}

static struct expr_value constant_value(struct compiler *c, const struct ast *ast)
{
    const struct expr_value none = {.kind = EXPR_ERROR};
    const struct env_variable *variable;
    const struct expr_type *type;
    struct expr_value *values;
    switch (ast->kind) {
    case AST_CONST:
        return ast->value;
    case AST_IDENT:
    case AST_SELECT:
        if (!resolve(c, ast, &variable, &type) || variable) return none;
        return (struct expr_value){.kind = EXPR_TYPE, .type = type};
    case AST_LIST:
        return constants(c, ast, &values) ? expr_list_new(c->arena, values, ast->nargs) : none;
    case AST_MAP:
        return constants(c, ast, &values) ? constant_map(c, values, ast->nargs) : none;
    case AST_CALL:
        return constant_call(c, ast);
    default:
        return none;
    }
}

// NULL: not constant. Folds are not gone into, so that no node is asked for before its variables are in scope.
static const struct expr_value *constant(struct compiler *c, const struct ast *ast)
{
    if (c->tried[ast->id]) return c->known[ast->id];
    c->tried[ast->id] = true;
    struct expr_value value = constant_value(c, ast);
    if (value_is_lost(&value)) return NULL;
    struct expr_value *kept = arena_new(c->arena, struct expr_value);
    if (kept)
        *kept = value;
    else
        no_memory(c);
    return c->known[ast->id] = kept;
}

static bool constant_is(struct compiler *c, const struct ast *ast, bool truth)
{
    const struct expr_value *value = constant(c, ast);
    return value && value->kind == EXPR_BOOL && value->boolean == truth;
}

// ---- Operands ----

static void emit_into(struct compiler *c, const struct ast *ast, uint32_t dst);

static uint32_t slot_operand(struct compiler *c, uint32_t slot)
{
    INVARIANT(slot < c->nslots);
    c->used[slot] = true;
    return OPERAND_SLOT + slot;
}

// Where the value is; only what is not there yet is computed, into a register of its own.
static uint32_t operand_of(struct compiler *c, const struct ast *ast)
{
    const struct expr_value *value = constant(c, ast);
    if (value) return constant_operand(c, value);
    const struct env_variable *variable;
    const struct expr_type *type;
    const struct local *local = ast->kind == AST_IDENT ? local_of(c, ast->name) : NULL;
    if (local) return local->at;
    if (resolve(c, ast, &variable, &type) && variable) return slot_operand(c, variable->slot);
    uint32_t at = take(c, 1);
    emit_into(c, ast, at);
    return at;
}

static void emit_fail(struct compiler *c, const struct ast *ast, uint32_t dst, const char *what, struct str name)
{
    struct expr_fault *fault = arena_new(c->arena, struct expr_fault);
    struct instruction *in = emit(c, DO_FAIL, dst, 0, 0, ast->offset);
    in->k.fault = fault;
    if (fault) *fault = (struct expr_fault){ast->offset, arena_printf(c->arena, "%s: %.*s", what, STR_ARG(name))};
    if (!fault || !fault->text.p) no_memory(c);
}

// ---- Truths ----

static uint8_t mirrored(uint8_t mask)
{
    return (uint8_t)((mask & (MASK_EQ | 8)) | (mask & MASK_LT ? MASK_GT : 0) | (mask & MASK_GT ? MASK_LT : 0));
}

// a against a constant: how the instruction's quick side reads it.
static enum opcode comparison_with(const struct compiler *c, const struct ast *a, const struct expr_value *k,
                                   struct instruction *in)
{
    if (k->kind == EXPR_INT && type_is(c, a, EXPR_DOUBLE)) {
        in->k.number = (double)k->integer;
        return k->integer >= -EXACT_MAX && k->integer <= EXACT_MAX ? DO_CMP_DOUBLE : DO_CMP;
    }
    if (k->kind == EXPR_DOUBLE && type_is(c, a, EXPR_INT)) {
        if (k->number != trunc(k->number) || fabs(k->number) >= (double)EXACT_MAX) return DO_CMP;
        in->k.integer = (int64_t)k->number;
        return DO_CMP_INT;
    }
    if (k->kind == EXPR_INT) {
        in->k.integer = k->integer;
        return DO_CMP_INT;
    }
    if (k->kind == EXPR_DOUBLE && !isnan(k->number)) {
        in->k.number = k->number;
        return DO_CMP_DOUBLE;
    }
    return k->kind == EXPR_STRING && in->equality ? DO_EQ_TEXT : DO_CMP;
}

static enum opcode in_mode(enum opcode opcode, enum truth_mode mode)
{
    return (enum opcode)((unsigned)opcode + (unsigned)mode);
}

static void emit_comparison(struct compiler *c, const struct ast *ast, enum truth_mode mode, uint32_t dst, bool negate)
{
    const struct ast *a = ast->args[0], *b = ast->args[1];
    uint8_t mask = mask_of(ast);
    bool equality = mask == MASK_EQ || mask == MASK_NE;
    if (constant(c, a) && !constant(c, b)) {
        const struct ast *other = a;
        a = b;
        b = other;
        mask = mirrored(mask);
    }
    if (negate) mask ^= MASK_ALL;
    const struct expr_value *k = constant(c, b);
    uint32_t left = operand_of(c, a), right = operand_of(c, b);
    struct instruction *in = emit(c, DO_CMP, dst, left, right, ast->offset);
    in->mask = mask;
    in->equality = equality;
    in->to = UNPATCHED;
    in->opcode = (uint8_t)in_mode(k ? comparison_with(c, a, k, in) : DO_CMP, mode);
}

static void emit_in(struct compiler *c, const struct ast *ast, enum truth_mode mode, uint32_t dst, bool negate)
{
    const struct expr_value *list = constant(c, ast->args[1]);
    bool fits;
    const struct value_set *set = list && list->kind == EXPR_LIST ? value_set_new(c->arena, list->list, &fits) : NULL;
    uint32_t left = operand_of(c, ast->args[0]), right = set ? 0 : operand_of(c, ast->args[1]);
    struct instruction *in = emit(c, in_mode(set ? DO_IN_SET : DO_IN, mode), dst, left, right, ast->offset);
    in->flag = negate;
    in->to = UNPATCHED;
    in->k.set = set;
}

// startsWith and its like; DO_COUNT: none.
static enum opcode text_test_of(const struct compiler *c, const struct ast *ast)
{
    if (ast->kind != AST_CALL || !ast->target || ast->nargs != 1) return DO_COUNT;
    enum opcode opcode = str_is(ast->name, "startsWith") ? DO_STARTS
                         : str_is(ast->name, "endsWith") ? DO_ENDS
                         : str_is(ast->name, "contains") ? DO_CONTAINS
                         : str_is(ast->name, "matches")  ? DO_MATCHES
                                                         : DO_COUNT;
    return opcode != DO_COUNT && means_core(c, ast) ? opcode : DO_COUNT;
}

// NULL: a pattern that is not constant or not good, which the function says when it is called.
static const struct regex *constant_regex(struct compiler *c, const struct ast *ast)
{
    const struct expr_value *pattern = constant(c, ast);
    struct regex *regex = NULL;
    struct why why = {0};
    if (!pattern || pattern->kind != EXPR_STRING || regex_compile(c->arena, pattern->text, &regex, &why)) return NULL;
    return regex;
}

static bool emit_text_test(struct compiler *c, const struct ast *ast, enum truth_mode mode, uint32_t dst, bool negate)
{
    enum opcode opcode = text_test_of(c, ast);
    const struct regex *regex = opcode == DO_MATCHES ? constant_regex(c, ast->args[0]) : NULL;
    if (opcode == DO_COUNT || (opcode == DO_MATCHES && !regex)) return false;
    uint32_t left = operand_of(c, ast->target), right = regex ? 0 : operand_of(c, ast->args[0]);
    struct instruction *in = emit(c, in_mode(opcode, mode), dst, left, right, ast->offset);
    in->flag = negate;
    in->to = UNPATCHED;
    in->k.regex = regex;
    return true;
}

static void emit_truth_of(struct compiler *c, uint32_t a, enum truth_mode mode, uint32_t dst, bool negate,
                          uint32_t offset)
{
    struct instruction *in = emit(c, in_mode(DO_TRUTH, mode), dst, a, 0, offset);
    in->flag = negate;
    in->to = UNPATCHED;
}

// has(a.b); of a variable that is declared as "a.b", whether it is known (unknown if not).
static void emit_has(struct compiler *c, const struct ast *ast, enum truth_mode mode, uint32_t dst, bool negate)
{
    const struct env_variable *variable;
    const struct expr_type *type;
    struct ast whole = *ast;
    whole.test_only = false;
    if (!has_root(c, ast->target) && resolve(c, &whole, &variable, &type) && variable) {
        uint32_t at = take(c, 1);
        emit(c, DO_KNOWN, at, slot_operand(c, variable->slot), 0, ast->offset);
        emit_truth_of(c, at, mode, dst, negate, ast->offset);
        return;
    }
    uint32_t target = operand_of(c, ast->target);
    struct instruction *in = emit(c, in_mode(DO_HAS, mode), dst, target, text_operand(c, ast->name), ast->offset);
    in->flag = negate;
    in->to = UNPATCHED;
}

// A truth into dst, or as a link of the chain whose state is dst. Jumps of links are UNPATCHED.
static void emit_truth(struct compiler *c, const struct ast *ast, enum truth_mode mode, uint32_t dst)
{
    bool negate = false;
    uint32_t mark = c->next;
    for (; is_call(ast, OP_NOT, 1) && !constant(c, ast); ast = ast->args[0]) negate = !negate;
    if (!constant(c, ast)) {
        bool done = true;
        if (mask_of(ast))
            emit_comparison(c, ast, mode, dst, negate);
        else if (is_call(ast, OP_IN, 2))
            emit_in(c, ast, mode, dst, negate);
        else if (ast->kind == AST_SELECT && ast->test_only)
            emit_has(c, ast, mode, dst, negate);
        else
            done = emit_text_test(c, ast, mode, dst, negate);
        if (done) {
            c->next = mark;
            return;
        }
    }
    emit_truth_of(c, operand_of(c, ast), mode, dst, negate, ast->offset);
    c->next = mark;
}

// Where links from `from` on leave the chain: here.
static void patch_chain(struct compiler *c, uint32_t from)
{
    for (uint32_t i = from; i < c->count; i++)
        if (c->code[i].opcode < DO_MOVE && c->code[i].to == UNPATCHED) c->code[i].to = c->count;
}

static void emit_links(struct compiler *c, const struct ast *ast, const char *name, enum truth_mode mode, uint32_t dst)
{
    if (!is_call(ast, name, 2)) {
        emit_truth(c, ast, mode, dst);
        return;
    }
    emit_links(c, ast->args[0], name, mode, dst);
    emit_links(c, ast->args[1], name, mode, dst);
}

static void emit_bool(struct compiler *c, bool truth, uint32_t dst, uint32_t offset)
{
    struct expr_value value = EXPR_BOOL_VALUE(truth);
    emit(c, DO_MOVE, dst, constant_operand(c, &value), 0, offset);
}

static void emit_chain(struct compiler *c, const struct ast *ast, uint32_t dst)
{
    bool both = str_is(ast->name, OP_AND);
    emit_bool(c, both, dst, ast->offset);
    uint32_t from = c->count;
    emit_links(c, ast, both ? OP_AND : OP_OR, both ? TRUTH_AND : TRUTH_OR, dst);
    patch_chain(c, from);
}

// ---- Conditionals, members, literals ----

// Emits the test and goes on with what is done when it holds; returns what emit_else needs.
static uint32_t emit_branch(struct compiler *c, const struct ast *condition, uint32_t dst)
{
    uint32_t mark = c->next, a = operand_of(c, condition), at = c->count;
    emit(c, DO_BRANCH, dst, a, 0, condition->offset);
    c->next = mark;
    return at;
}

static uint32_t emit_else(struct compiler *c, uint32_t branch)
{
    uint32_t jump = c->count;
    emit(c, DO_JUMP, 0, 0, 0, 0);
    c->code[branch].to = c->count;
    return jump;
}

static void emit_end(struct compiler *c, uint32_t branch, uint32_t jump)
{
    c->code[branch].k.otherwise = c->count;
    c->code[jump].to = c->count;
}

static void emit_conditional(struct compiler *c, const struct ast *ast, uint32_t dst)
{
    uint32_t branch = emit_branch(c, ast->args[0], dst);
    emit_into(c, ast->args[1], dst);
    uint32_t jump = emit_else(c, branch);
    emit_into(c, ast->args[2], dst);
    emit_end(c, branch, jump);
}

static void emit_list(struct compiler *c, const struct ast *ast, uint32_t dst)
{
    emit(c, DO_LIST_NEW, dst, 0, 0, ast->offset);
    for (size_t i = 0; i < ast->nargs; i++) {
        uint32_t mark = c->next, item = operand_of(c, ast->args[i]);
        emit(c, DO_LIST_ADD, dst, item, 0, ast->args[i]->offset)->flag = ast->optional && ast->optional[i];
        c->next = mark;
    }
}

static void emit_map(struct compiler *c, const struct ast *ast, uint32_t dst)
{
    emit(c, DO_MAP_NEW, dst, 0, 0, ast->offset);
    for (size_t i = 0; i + 1 < ast->nargs; i += 2) {
        uint32_t mark = c->next, key = operand_of(c, ast->args[i]), value = operand_of(c, ast->args[i + 1]);
        emit(c, DO_MAP_ADD, dst, key, value, ast->args[i]->offset)->flag = ast->optional && ast->optional[i / 2];
        c->next = mark;
    }
}

static void emit_record(struct compiler *c, const struct ast *ast, uint32_t dst)
{
    const struct env_record *record = env_resolve_record(c->env, ast->name);
    if (!record) emit_fail(c, ast, dst, "unknown type", ast->name);
    for (size_t i = 0; record && i < ast->nargs; i++) {
        if (env_record_field(record, ast->fields[i])) continue;
        emit_fail(c, ast->args[i], dst, "undefined field", ast->fields[i]);
        record = NULL;
    }
    if (!record) return;
    emit(c, DO_MAP_NEW, dst, 0, 0, ast->offset);
    for (size_t i = 0; i < ast->nargs; i++) {
        uint32_t mark = c->next, value = operand_of(c, ast->args[i]);
        emit(c, DO_MAP_ADD, dst, text_operand(c, ast->fields[i]), value, ast->args[i]->offset)->flag =
            ast->optional && ast->optional[i];
        c->next = mark;
    }
}

static void emit_select(struct compiler *c, const struct ast *ast, uint32_t dst)
{
    if (!has_root(c, ast->target)) {
        const struct ast *root = ast->target;
        while (root->kind == AST_SELECT) root = root->target;
        emit_fail(c, root, dst, "undeclared reference", root->name);
        return;
    }
    uint32_t target = operand_of(c, ast->target);
    emit(c, DO_SELECT, dst, target, text_operand(c, ast->name), ast->offset)->flag = ast->is_optional;
}

// ---- Calls ----

static bool statically_fits(const struct expr_type *param, const struct expr_type *type)
{
    if (param->kind == TYPE_DYN || param->kind == TYPE_PARAM) return true;
    return param->kind == type->kind && (param->kind != TYPE_OF || param->of == type->of);
}

// The overload that the types choose; NULL: they leave it open.
static const struct env_overload *preferred(const struct compiler *c, const struct ast *ast,
                                            const struct program_call *call)
{
    for (const struct env_overload *o = call->first; o; o = o->next) {
        if (o->member != call->member || o->nargs != call->nargs) continue;
        bool fits = true;
        for (size_t i = 0; i < o->nargs && fits; i++) {
            const struct ast *arg = call->member ? (i ? ast->args[i - 1] : ast->target) : ast->args[i];
            fits = statically_fits(o->args[i], type_of(c, arg));
        }
        if (fits) return o;
    }
    return NULL;
}

// false: no such function.
static bool call_of(struct compiler *c, const struct ast *ast, struct program_call *call)
{
    *call = (struct program_call){.name = ast->name};
    call->first = function_of(c, ast, &call->member);
    call->nargs = (uint32_t)ast->nargs + call->member;
    for (const struct env_overload *o = call->first; o; o = o->next)
        call->lenient |= o->as->lenient && o->member == call->member && o->nargs == call->nargs;
    call->preferred = preferred(c, ast, call);
    return call->first != NULL;
}

static void emit_call(struct compiler *c, const struct ast *ast, uint32_t dst)
{
    struct program_call *call = arena_new(c->arena, struct program_call);
    if (!call) {
        no_memory(c);
        return;
    }
    if (!call_of(c, ast, call)) {
        emit_fail(c, ast, dst, "unbound function", ast->name);
        return;
    }
    uint32_t first = take(c, call->nargs);
    for (uint32_t i = 0; i < call->nargs; i++) {
        uint32_t mark = c->next;
        emit_into(c, call->member ? (i ? ast->args[i - 1] : ast->target) : ast->args[i], first + i);
        c->next = mark;
    }
    emit(c, DO_CALL, dst, first, 0, ast->offset)->k.call = call;
}

// Overloads of an operator that somebody gave a body beside the core's.
static const struct program_call *operator_call(struct compiler *c, const struct ast *ast)
{
    struct program_call *call = arena_new(c->arena, struct program_call);
    if (!call || !call_of(c, ast, call)) return NULL;
    for (const struct env_overload *o = call->first; o; o = o->next)
        if (o->as->call) return call;
    return NULL;
}

static void emit_arithmetic(struct compiler *c, const struct ast *ast, enum opcode opcode, uint32_t dst)
{
    uint32_t a = operand_of(c, ast->args[0]), b = opcode == DO_NEG ? 0 : operand_of(c, ast->args[1]);
    const struct program_call *call = operator_call(c, ast);
    emit(c, opcode, dst, a, b, ast->offset)->k.call = call;
}

static void emit_index(struct compiler *c, const struct ast *ast, uint32_t dst, bool optional)
{
    uint32_t a = operand_of(c, ast->args[0]), b = operand_of(c, ast->args[1]);
    emit(c, DO_INDEX_AT, dst, a, b, ast->offset)->flag = optional;
}

static bool is_truth(const struct compiler *c, const struct ast *ast)
{
    return mask_of(ast) || is_call(ast, OP_IN, 2) || is_call(ast, OP_NOT, 1) || text_test_of(c, ast) != DO_COUNT;
}

static void emit_any_call(struct compiler *c, const struct ast *ast, uint32_t dst)
{
    enum opcode opcode = arithmetic_of(ast);
    if (is_call(ast, OP_AND, 2) || is_call(ast, OP_OR, 2))
        emit_chain(c, ast, dst);
    else if (is_call(ast, OP_CONDITIONAL, 3))
        emit_conditional(c, ast, dst);
    else if (is_call(ast, OP_NOT_STRICTLY_FALSE, 1))
        emit(c, DO_NOT_FALSE, dst, operand_of(c, ast->args[0]), 0, ast->offset);
    else if (opcode != DO_COUNT)
        emit_arithmetic(c, ast, opcode, dst);
    else if (is_call(ast, OP_INDEX, 2) || is_call(ast, OP_OPT_INDEX, 2))
        emit_index(c, ast, dst, str_is(ast->name, OP_OPT_INDEX));
    else if (is_call(ast, "dyn", 1) && means_core(c, ast))
        emit_into(c, ast->args[0], dst);
    else if (is_call(ast, "type", 1) && means_core(c, ast))
        emit(c, DO_TYPE, dst, operand_of(c, ast->args[0]), 0, ast->offset);
    else
        emit_call(c, ast, dst);
}

// ---- Folds ----

static bool is_ident(const struct ast *ast, struct str name)
{
    return ast->kind == AST_IDENT && str_eq(ast->name, name);
}

// Whether `name`, as it stands around `ast`, is used in it.
static bool refers(const struct ast *ast, struct str name)
{
    if (is_ident(ast, name)) return true;
    if (ast->target && refers(ast->target, name)) return true;
    for (size_t i = 0; i < ast->nargs; i++)
        if (refers(ast->args[i], name)) return true;
    const struct ast_fold *f = ast->fold;
    if (!f) return false;
    if (refers(f->range, name) || refers(f->init, name)) return true;
    if (str_eq(f->accu, name)) return false;
    if (refers(f->result, name)) return true;
    if (str_eq(f->iter, name) || (f->iter2.n && str_eq(f->iter2, name))) return false;
    return refers(f->condition, name) || refers(f->step, name);
}

static bool is_insert(const struct ast *ast)
{
    return is_call(ast, MACRO_MAP_INSERT, 2) || is_call(ast, MACRO_MAP_INSERT, 3);
}

// A step that does nothing with the accumulator but add to its end: then it can grow where it is.
static bool only_grows(const struct ast *step, struct str accu)
{
    if (is_ident(step, accu)) return true;
    if (is_call(step, OP_CONDITIONAL, 3))
        return !refers(step->args[0], accu) && only_grows(step->args[1], accu) && only_grows(step->args[2], accu);
    bool adds = is_call(step, OP_ADD, 2) && step->args[1]->kind == AST_LIST;
    if ((!adds && !is_insert(step)) || !is_ident(step->args[0], accu)) return false;
    for (size_t i = 1; i < step->nargs; i++)
        if (refers(step->args[i], accu)) return false;
    return true;
}

struct fold {
    const struct ast_fold *as;
    uint32_t accu; // register
    bool grows;
    bool both, either; // the step is accu && p, which a false ends, or accu || p, which a true ends
};

static void emit_growth(struct compiler *c, const struct ast *step, uint32_t accu)
{
    uint32_t mark = c->next;
    if (is_call(step, MACRO_MAP_INSERT, 3)) {
        uint32_t key = operand_of(c, step->args[1]), value = operand_of(c, step->args[2]);
        emit(c, DO_MAP_INSERT, accu, key, value, step->offset);
    } else if (is_insert(step))
        emit(c, DO_MAP_MERGE, accu, operand_of(c, step->args[1]), 0, step->offset);
    else
        for (size_t i = 0; i < step->args[1]->nargs; i++) {
            const struct ast *list = step->args[1];
            uint32_t item = operand_of(c, list->args[i]);
            emit(c, DO_LIST_ADD, accu, item, 0, step->offset)->flag = list->optional && list->optional[i];
        }
    c->next = mark;
}

static void emit_step(struct compiler *c, const struct fold *f, const struct ast *step)
{
    struct str accu = f->as->accu;
    uint32_t mark = c->next, from = c->count;
    if (is_ident(step, accu)) return;
    if (f->both || f->either) {
        emit_links(c, step->args[1], f->both ? OP_AND : OP_OR, f->both ? TRUTH_AND : TRUTH_OR, f->accu);
        patch_chain(c, from);
    } else if (is_call(step, OP_CONDITIONAL, 3) && !refers(step->args[0], accu)) {
        uint32_t branch = emit_branch(c, step->args[0], f->accu);
        emit_step(c, f, step->args[1]);
        uint32_t jump = emit_else(c, branch);
        emit_step(c, f, step->args[2]);
        emit_end(c, branch, jump);
    } else if (f->grows)
        emit_growth(c, step, f->accu);
    else {
        uint32_t at = take(c, 1);
        emit_into(c, step, at);
        emit(c, DO_MOVE, f->accu, at, 0, step->offset);
    }
    c->next = mark;
}

// Leaves the loop when the condition is false. Returns the instruction to patch, or UNPATCHED.
static uint32_t emit_condition(struct compiler *c, const struct ast *condition)
{
    bool negate = false;
    uint32_t mark = c->next;
    if (constant_is(c, condition, true)) return UNPATCHED;
    // Only false ends it, which @not_strictly_false does not change.
    if (is_call(condition, OP_NOT_STRICTLY_FALSE, 1)) condition = condition->args[0];
    for (; is_call(condition, OP_NOT, 1); condition = condition->args[0]) negate = !negate;
    uint32_t a = operand_of(c, condition), at = c->count;
    emit(c, DO_JUMP_IF, 0, a, 0, condition->offset)->flag = negate;
    c->next = mark;
    return at;
}

static bool guarded_by(const struct ast *condition, struct str accu, bool negated)
{
    if (!is_call(condition, OP_NOT_STRICTLY_FALSE, 1)) return false;
    condition = condition->args[0];
    if (negated && !is_call(condition, OP_NOT, 1)) return false;
    return is_ident(negated ? condition->args[0] : condition, accu);
}

static struct fold fold_shape(struct compiler *c, const struct ast_fold *as)
{
    struct fold f = {.as = as};
    const struct expr_value *init = constant(c, as->init);
    if (!init) return f;
    bool empty =
        (init->kind == EXPR_LIST && init->list->count == 0) || (init->kind == EXPR_MAP && init->map->count == 0);
    f.grows = empty && !refers(as->condition, as->accu) && only_grows(as->step, as->accu);
    bool chain = as->step->kind == AST_CALL && as->step->nargs == 2 && is_ident(as->step->args[0], as->accu) &&
                 !refers(as->step->args[1], as->accu);
    f.both = chain && is_call(as->step, OP_AND, 2) && constant_is(c, as->init, true) &&
             guarded_by(as->condition, as->accu, false);
    f.either = chain && is_call(as->step, OP_OR, 2) && constant_is(c, as->init, false) &&
               guarded_by(as->condition, as->accu, true);
    return f;
}

// A loop that never runs binds a name (cel.bind).
static void emit_bind(struct compiler *c, const struct ast_fold *as, uint32_t dst)
{
    uint32_t mark = c->next, accu = take(c, 1);
    emit_into(c, as->init, accu);
    local_push(c, as->accu, accu);
    emit_into(c, as->result, dst);
    c->nlocals--;
    c->next = mark;
}

static void emit_init(struct compiler *c, const struct fold *f)
{
    const struct expr_value *init = constant(c, f->as->init);
    if (f->grows)
        emit(c, init->kind == EXPR_LIST ? DO_LIST_NEW : DO_MAP_NEW, f->accu, 0, 0, f->as->init->offset);
    else
        emit_into(c, f->as->init, f->accu);
}

static void emit_loop(struct compiler *c, const struct ast *ast, uint32_t dst)
{
    const struct ast_fold *as = ast->fold;
    struct fold f = fold_shape(c, as);
    bool two = as->iter2.n > 0;
    uint32_t mark = c->next, range = take(c, 2), item = take(c, two ? 2 : 1), begin, to_next, body, leave;
    size_t outer = c->nlocals;
    f.accu = take(c, 1);
    emit_into(c, as->range, range);
    begin = c->count;
    emit(c, DO_LOOP, dst, range, 0, as->range->offset);
    emit_init(c, &f);
    to_next = c->count;
    emit(c, DO_JUMP, 0, 0, 0, ast->offset);
    body = c->count;
    local_push(c, as->accu, f.accu);
    local_push(c, as->iter, item);
    if (two) local_push(c, as->iter2, item + 1);
    leave = emit_condition(c, as->condition);
    emit_step(c, &f, as->step);
    c->code[to_next].to = c->count;
    struct instruction *next = emit(c, DO_NEXT, 0, range, item, ast->offset);
    next->flag = two;
    next->to = body;
    if (leave != UNPATCHED) c->code[leave].to = c->count;
    c->nlocals = outer;
    local_push(c, as->accu, f.accu);
    emit_into(c, as->result, dst);
    c->nlocals = outer;
    c->code[begin].to = c->count;
    c->next = mark;
}

static void emit_fold(struct compiler *c, const struct ast *ast, uint32_t dst)
{
    const struct expr_value *range = constant(c, ast->fold->range);
    if (range && range->kind == EXPR_LIST && range->list->count == 0)
        emit_bind(c, ast->fold, dst);
    else
        emit_loop(c, ast, dst);
}

// ---- The whole ----

static bool is_there(struct compiler *c, const struct ast *ast)
{
    const struct env_variable *variable;
    const struct expr_type *type;
    return constant(c, ast) || (ast->kind == AST_IDENT && local_of(c, ast->name)) ||
           (resolve(c, ast, &variable, &type) && variable);
}

static void emit_into(struct compiler *c, const struct ast *ast, uint32_t dst)
{
    uint32_t mark = c->next;
    if (c->wrong) return;
    if (is_there(c, ast)) {
        emit(c, DO_MOVE, dst, operand_of(c, ast), 0, ast->offset);
        return;
    }
    switch (ast->kind) {
    case AST_CONST:
        INVARIANT(c->wrong);
        break;
    case AST_IDENT:
        emit_fail(c, ast, dst, "undeclared reference", ast->name);
        break;
    case AST_SELECT:
        if (ast->test_only)
            emit_truth(c, ast, TRUTH_VALUE, dst);
        else
            emit_select(c, ast, dst);
        break;
    case AST_CALL:
        if (is_truth(c, ast) && !(text_test_of(c, ast) == DO_MATCHES && !constant_regex(c, ast->args[0])))
            emit_truth(c, ast, TRUTH_VALUE, dst);
        else
            emit_any_call(c, ast, dst);
        break;
    case AST_LIST:
        emit_list(c, ast, dst);
        break;
    case AST_MAP:
        emit_map(c, ast, dst);
        break;
    case AST_STRUCT:
        emit_record(c, ast, dst);
        break;
    case AST_COMPREHENSION:
        emit_fold(c, ast, dst);
        break;
    }
    c->next = mark;
}

static void keep_slots(struct compiler *c, struct expr *expr)
{
    size_t count = 0;
    for (size_t i = 0; i < c->nslots; i++) count += c->used[i];
    uint32_t *slots = arena_array(c->arena, uint32_t, count + 1);
    struct expr_unknown *unknowns = arena_array(c->arena, struct expr_unknown, count + 1);
    if (!slots || !unknowns) {
        no_memory(c);
        return;
    }
    expr->slots = slots;
    expr->unknowns = unknowns;
    for (size_t i = 0; i < c->nslots; i++) {
        if (!c->used[i]) continue;
        slots[expr->nslots] = (uint32_t)i;
        unknowns[expr->nslots] = (struct expr_unknown){1, &slots[expr->nslots]};
        expr->nslots++;
        expr->slots_end = (uint32_t)i + 1;
    }
}

static struct expr *compile(struct compiler *c, const struct ast *ast, uint32_t count)
{
    struct expr *expr = arena_new(c->arena, struct expr);
    c->nslots = expr_env_slots(c->env);
    c->used = arena_array(c->arena, bool, c->nslots + 1);
    c->known = arena_array(c->arena, const struct expr_value *, count);
    c->tried = arena_array(c->arena, bool, count);
    c->code = arena_array(c->arena, struct instruction, 16);
    c->room = 16;
    if (!expr || !c->used || !c->known || !c->tried || !c->code) {
        no_memory(c);
        return NULL;
    }
    uint32_t result = operand_of(c, ast);
    emit(c, DO_RETURN, 0, result, 0, ast->offset);
    keep_slots(c, expr);
    if (c->arena->failed) no_memory(c);
    expr->env = c->env;
    expr->source = c->source;
    expr->ast = ast;
    expr->nodes = count;
    expr->types = c->types;
    expr->result_type = type_of(c, ast);
    expr->code = c->code;
    expr->count = c->count;
    expr->constants = c->constants.items;
    expr->registers = c->most ? c->most : 1;
    return c->wrong ? NULL : expr;
}

struct expr *expr_program(struct arena *arena, const struct expr_env *env, struct str source, const struct ast *ast,
                          uint32_t count, const struct expr_type **types, struct expr_issues *issues)
{
    struct compiler c = {.arena = arena, .env = env, .source = source, .types = types};
    struct expr *expr = compile(&c, ast, count);
    if (!expr) expr_issue_add(issues, source, c.wrong_at, "%s", c.wrong);
    return expr;
}

struct expr *program_of_part(struct arena *arena, const struct expr *whole, const struct ast *part)
{
    struct compiler c = {.arena = arena, .env = whole->env, .source = whole->source, .types = whole->types};
    return compile(&c, part, whole->nodes);
}
