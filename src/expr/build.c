// SPDX-License-Identifier: Apache-2.0
#include "expr/build.h"

#include <stdarg.h>
#include <stdio.h>

void build_wrong(struct build *b, uint32_t offset, const char *format, ...)
{
    char text[sizeof b->issues->items[0].text];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    b->failed = true;
    expr_issue_add(b->issues, b->source, offset, "%s", text);
}

static void no_memory(struct build *b)
{
    if (!b->failed) build_wrong(b, 0, "there is no memory left for this expression");
}

bool build_push(struct build *b, struct build_nodes *nodes, const struct ast *node)
{
    if (!node) return false;
    if (nodes->count == nodes->room) {
        size_t room = nodes->room ? 2 * nodes->room : 4;
        const struct ast **items = arena_array(b->arena, const struct ast *, room);
        if (!items) {
            no_memory(b);
            return false;
        }
        if (nodes->count) memcpy(items, nodes->items, nodes->count * sizeof *items);
        nodes->items = items;
        nodes->room = room;
    }
    nodes->items[nodes->count++] = node;
    return true;
}

struct ast *build_node(struct build *b, enum ast_kind kind, uint32_t offset)
{
    if (b->count >= EXPR_NODES_MAX) {
        if (!b->failed) build_wrong(b, offset, "the expression has more than %d parts", EXPR_NODES_MAX);
        return NULL;
    }
    struct ast *node = arena_new(b->arena, struct ast);
    if (!node) {
        no_memory(b);
        return NULL;
    }
    *node = (struct ast){.kind = kind, .id = b->count++, .offset = offset, .depth = 1};
    return node;
}

bool build_under(struct build *b, struct ast *parent, const struct ast *child)
{
    if (!child) return false;
    if (child->depth >= EXPR_DEPTH_MAX) {
        if (!b->failed)
            build_wrong(b, parent->offset,
                        "the expression nests more than %d deep: use parentheses or cel.bind to "
                        "flatten it",
                        EXPR_DEPTH_MAX);
        return false;
    }
    if (parent->depth <= child->depth) parent->depth = child->depth + 1;
    return true;
}

const struct ast *build_const(struct build *b, uint32_t offset, struct expr_value value)
{
    struct ast *node = build_node(b, AST_CONST, offset);
    if (node) node->value = value;
    return node;
}

const struct ast *build_ident(struct build *b, uint32_t offset, struct str name)
{
    struct ast *node = build_node(b, AST_IDENT, offset);
    if (node) node->name = name;
    return node;
}

const struct ast *build_select(struct build *b, uint32_t offset, const struct ast *target, struct str field)
{
    struct ast *node = build_node(b, AST_SELECT, offset);
    if (!node || !build_under(b, node, target)) return NULL;
    node->target = target;
    node->name = field;
    return node;
}

static bool take_args(struct build *b, struct ast *node, const struct ast *const *args, size_t nargs)
{
    if (nargs == 0) return true;
    node->args = arena_array(b->arena, const struct ast *, nargs);
    if (!node->args) {
        no_memory(b);
        return false;
    }
    for (size_t i = 0; i < nargs; i++) {
        if (!build_under(b, node, args[i])) return false;
        node->args[i] = args[i];
    }
    node->nargs = nargs;
    return true;
}

const struct ast *build_call(struct build *b, uint32_t offset, struct str name, const struct ast *target,
                             const struct ast *const *args, size_t nargs)
{
    struct ast *node = build_node(b, AST_CALL, offset);
    if (!node || (target && !build_under(b, node, target)) || !take_args(b, node, args, nargs)) return NULL;
    node->name = name;
    node->target = target;
    return node;
}

const struct ast *build_members(struct build *b, enum ast_kind kind, uint32_t offset, const struct ast *const *args,
                                size_t nargs, const bool *optional)
{
    struct ast *node = build_node(b, kind, offset);
    if (!node || !take_args(b, node, args, nargs)) return NULL;
    size_t n = kind == AST_MAP ? nargs / 2 : nargs;
    if (optional && n) {
        bool *copy = arena_array(b->arena, bool, n);
        if (!copy) {
            no_memory(b);
            return NULL;
        }
        memcpy(copy, optional, n * sizeof *copy);
        node->optional = copy;
    }
    return node;
}

const struct ast *build_fold(struct build *b, uint32_t offset, struct ast_fold fold)
{
    struct ast *node = build_node(b, AST_COMPREHENSION, offset);
    if (!node || !build_under(b, node, fold.range) || !build_under(b, node, fold.init) ||
        !build_under(b, node, fold.condition) || !build_under(b, node, fold.step) || !build_under(b, node, fold.result))
        return NULL;
    struct ast_fold *kept = arena_new(b->arena, struct ast_fold);
    if (!kept) {
        no_memory(b);
        return NULL;
    }
    *kept = fold;
    node->fold = kept;
    return node;
}
