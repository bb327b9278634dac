// SPDX-License-Identifier: Apache-2.0
// Ast: an expression as the parser leaves it, macros expanded (langdef.md, "Syntax" and "Macros"). Checker and compiler
// read it; nobody changes it.
#ifndef EXPR_AST_H
#define EXPR_AST_H

#include "expr/value.h"

enum ast_kind {
    AST_CONST,         // value: null, bool, int, uint, double, string, bytes
    AST_IDENT,         // name; a leading dot is kept (".a": not in the container)
    AST_SELECT,        // target.name; test_only: has(target.name); optional: target.?name
    AST_CALL,          // name(args); with `target`: target.name(args). Operators are named as below
    AST_LIST,          // args; optional[i]: [?a]
    AST_MAP,           // args: key, value, key, value …; optional[i] of the i-th entry: {?k: v}
    AST_STRUCT,        // name{field: value …}: args are the values, fields their names; optional[i]
    AST_COMPREHENSION, // see below
};

// Operators are calls without target by these names.
#define OP_CONDITIONAL "_?_:_"
#define OP_AND "_&&_"
#define OP_OR "_||_"
#define OP_NOT "!_"
#define OP_NEGATE "-_"
#define OP_EQ "_==_"
#define OP_NE "_!=_"
#define OP_LT "_<_"
#define OP_LE "_<=_"
#define OP_GT "_>_"
#define OP_GE "_>=_"
#define OP_IN "@in"
#define OP_ADD "_+_"
#define OP_SUB "_-_"
#define OP_MUL "_*_"
#define OP_DIV "_/_"
#define OP_MOD "_%_"
#define OP_INDEX "_[_]"
#define OP_OPT_INDEX "_[?_]"
#define OP_NOT_STRICTLY_FALSE "@not_strictly_false"

struct ast;

// fold(range; iter, iter2; accu = init; while condition: accu = step; result). The loop stops when condition is false
// (an error or unknown goes on). iter2 {NULL,0}: one variable, which is the element (of a map the key); two: index and
// element, key and value. iter, iter2 and accu are visible in condition and step; accu alone in result.
struct ast_fold {
    struct str iter, iter2, accu;
    const struct ast *range, *init, *condition, *step, *result;
};

struct ast {
    enum ast_kind kind;
    uint32_t id;     // 0 … count - 1, children before parents, unique in the tree
    uint32_t offset; // in the source, for messages: of an operator its own place
    uint32_t depth;  // 1 for leaves; at most EXPR_DEPTH_MAX
    struct str name;
    struct expr_value value;
    const struct ast *target;
    const struct ast **args;
    const struct str *fields;
    const bool *optional; // NULL: none is
    size_t nargs;         // of a map twice the entries
    bool test_only, is_optional;
    const struct ast_fold *fold;
};

#endif
