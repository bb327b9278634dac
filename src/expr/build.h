// SPDX-License-Identifier: Apache-2.0
// Build: the making of tree nodes, for parser and macros. Every maker gives NULL when a part is NULL, without memory or
// past a limit; the issue is noted once, and `failed` sticks.
#ifndef EXPR_BUILD_H
#define EXPR_BUILD_H

#include "expr/expr.h"

struct build {
    struct arena *arena;
    struct str source;
    unsigned features;
    uint32_t count; // nodes so far: the next id
    struct expr_issues *issues;
    bool failed;
};

// A list of nodes that grows.
struct build_nodes {
    const struct ast **items;
    size_t count, room;
};
bool build_push(struct build *b, struct build_nodes *nodes, const struct ast *node) MUST_USE;

// A node without children; the caller fills it in.
struct ast *build_node(struct build *b, enum ast_kind kind, uint32_t offset);
// Makes `parent` deeper than `child`; false when that is too deep, or child is NULL.
bool build_under(struct build *b, struct ast *parent, const struct ast *child) MUST_USE;

const struct ast *build_const(struct build *b, uint32_t offset, struct expr_value value);
const struct ast *build_ident(struct build *b, uint32_t offset, struct str name);
const struct ast *build_select(struct build *b, uint32_t offset, const struct ast *target, struct str field);
// `args` are copied; `target` NULL: a plain call.
const struct ast *build_call(struct build *b, uint32_t offset, struct str name, const struct ast *target,
                             const struct ast *const *args, size_t nargs);
#define build_call_of(b, offset, name, ...)                                                                            \
    build_call((b), (offset), STR(name), NULL, (const struct ast *[]){__VA_ARGS__},                                    \
               sizeof((const struct ast *[]){__VA_ARGS__}) / sizeof(struct ast *))
// AST_LIST or AST_MAP; `optional` (may be NULL) is copied.
const struct ast *build_members(struct build *b, enum ast_kind kind, uint32_t offset, const struct ast *const *args,
                                size_t nargs, const bool *optional);
const struct ast *build_fold(struct build *b, uint32_t offset, struct ast_fold fold);

// An issue: notes it and sets `failed`.
void build_wrong(struct build *b, uint32_t offset, const char *format, ...) PRINTF_LIKE(3, 4);

#endif
