// SPDX-License-Identifier: Apache-2.0
// Trees and values as text that the parser reads back.
#include "base/json.h"
#include "base/text.h"
#include "expr/expr.h"
#include "expr/scan.h"

#include <math.h>

// ---- Literals ----

// A character of two or three bytes as \uHHHH.
static void print_code(const char *p, size_t n, struct buf *out)
{
    unsigned code = (unsigned char)p[0] & (n == 2 ? 0x1fu : 0x0fu);
    for (size_t i = 1; i < n; i++) code = code << 6 | ((unsigned char)p[i] & 0x3fu);
    buf_printf(out, "\\u%04x", code);
}

static void print_escaped(struct str s, bool bytes, struct buf *out)
{
    static const char names[] = "abfnrtv", values[] = "\a\b\f\n\r\t\v";
    for (size_t at = 0, n; at < s.n; at += n) {
        unsigned char c = (unsigned char)s.p[at];
        const char *simple = c ? strchr(values, c) : NULL;
        n = utf8_sequence(s.p + at, s.n - at);
        if (n == 0 || (bytes && n > 1)) n = 1;
        if (c == '"' || c == '\\')
            buf_printf(out, "\\%c", c);
        else if (simple)
            buf_printf(out, "\\%c", names[simple - values]);
        else if (c < ' ' || c == 0x7f || (c >= 0x80 && n == 1))
            buf_printf(out, "\\x%02x", c);
        else if (scan_harmful(s.p + at, n))
            print_code(s.p + at, n, out);
        else
            buf_add(out, s.p + at, n);
    }
}

static void print_text(struct str s, bool bytes, struct buf *out)
{
    buf_puts(out, bytes ? "b\"" : "\"");
    print_escaped(s, bytes, out);
    buf_putc(out, '"');
}

static void print_double(double d, struct buf *out)
{
    char text[32];
    if (isnan(d) || isinf(d)) {
        buf_puts(out, isnan(d) ? "double(\"NaN\")" : d > 0 ? "double(\"Infinity\")" : "double(\"-Infinity\")");
        return;
    }
    if (signbit(d) && d == 0) {
        buf_puts(out, "-0.0"); // the JSON text of it is 0
        return;
    }
    json_number_text(d, text);
    buf_puts(out, text);
    if (!strpbrk(text, ".e")) buf_puts(out, ".0");
}

static void print_members(const struct expr_value *value, struct buf *out)
{
    if (value->kind == EXPR_LIST) {
        buf_putc(out, '[');
        for (size_t i = 0; i < value->list->count; i++) {
            if (i) buf_puts(out, ", ");
            expr_print(&value->list->items[i], out);
        }
        buf_putc(out, ']');
        return;
    }
    buf_putc(out, '{');
    for (size_t i = 0; i < value->map->count; i++) {
        if (i) buf_puts(out, ", ");
        expr_print(&value->map->entries[i].key, out);
        buf_puts(out, ": ");
        expr_print(&value->map->entries[i].value, out);
    }
    buf_putc(out, '}');
}

// timestamp("…"), duration("…")
static void print_time(const struct expr_value *value, struct buf *out)
{
    struct arena arena = ARENA(4096);
    bool instant = value->kind == EXPR_TIMESTAMP;
    struct str text = instant ? expr_timestamp_text(&arena, value->time) : expr_duration_text(&arena, value->time);
    buf_puts(out, instant ? "timestamp(" : "duration(");
    print_text(text, false, out);
    buf_putc(out, ')');
    if (!text.p) out->failed = true;
    arena_free(&arena);
}

static void print_address(const struct expr_net *net, struct buf *out)
{
    if (!net->v6) {
        buf_printf(out, "%u.%u.%u.%u", net->bytes[0], net->bytes[1], net->bytes[2], net->bytes[3]);
        return;
    }
    // RFC 5952: the longest run of two and more zero groups, the first of equals, is written "::".
    unsigned groups[8];
    size_t from = 8, run = 1;
    for (size_t i = 0; i < 8; i++) groups[i] = (unsigned)net->bytes[2 * i] << 8 | net->bytes[2 * i + 1];
    for (size_t i = 0, n; i < 8; i += n + 1) {
        for (n = 0; i + n < 8 && groups[i + n] == 0;) n++;
        if (n > run) {
            run = n;
            from = i;
        }
    }
    for (size_t i = 0; i < 8; i++) {
        if (i == from) {
            buf_puts(out, "::");
            i += run - 1;
        } else {
            buf_printf(out, i && i != from + run ? ":%x" : "%x", groups[i]);
        }
    }
}

static void print_net(const struct expr_value *value, struct buf *out)
{
    bool block = value->kind == EXPR_CIDR;
    buf_puts(out, block ? "cidr(\"" : "ip(\"");
    print_address(value->net, out);
    if (block) buf_printf(out, "/%d", value->net->prefix);
    buf_puts(out, "\")");
}

static void print_type(const struct expr_type *type, struct buf *out)
{
    switch (type->kind) {
    case TYPE_DYN:
        buf_puts(out, "dyn");
        return;
    case TYPE_OF:
        buf_puts(out, expr_kind_name(type->of));
        return;
    case TYPE_LIST:
        buf_puts(out, expr_kind_name(EXPR_LIST));
        return;
    case TYPE_MAP:
        buf_puts(out, expr_kind_name(EXPR_MAP));
        return;
    case TYPE_TYPE:
        buf_puts(out, expr_kind_name(EXPR_TYPE));
        return;
    case TYPE_OPTIONAL:
        buf_puts(out, expr_kind_name(EXPR_OPTIONAL));
        return;
    case TYPE_WRAPPER:
        print_type(type->params[0], out);
        return;
    case TYPE_PARAM:
    case TYPE_NAMED:
        buf_str_add(out, type->name);
        return;
    }
}

void expr_print(const struct expr_value *value, struct buf *out)
{
    switch (value->kind) {
    case EXPR_ERROR:
        buf_puts(out, "error: ");
        if (value->fault) buf_str_add(out, value->fault->text);
        return;
    case EXPR_UNKNOWN:
        buf_puts(out, "unknown");
        return;
    case EXPR_NULL:
        buf_puts(out, "null");
        return;
    case EXPR_BOOL:
        buf_puts(out, value->boolean ? "true" : "false");
        return;
    case EXPR_INT:
        buf_printf(out, "%lld", (long long)value->integer);
        return;
    case EXPR_UINT:
        buf_printf(out, "%lluu", (unsigned long long)value->natural);
        return;
    case EXPR_DOUBLE:
        print_double(value->number, out);
        return;
    case EXPR_STRING:
    case EXPR_BYTES:
        print_text(value->text, value->kind == EXPR_BYTES, out);
        return;
    case EXPR_TIMESTAMP:
    case EXPR_DURATION:
        print_time(value, out);
        return;
    case EXPR_LIST:
    case EXPR_MAP:
        print_members(value, out);
        return;
    case EXPR_TYPE:
        print_type(value->type, out);
        return;
    case EXPR_OPTIONAL:
        buf_puts(out, value->inner ? "optional.of(" : "optional.none(");
        if (value->inner) expr_print(value->inner, out);
        buf_putc(out, ')');
        return;
    case EXPR_IP:
    case EXPR_CIDR:
        print_net(value, out);
        return;
    case EXPR_KIND_COUNT:
        break;
    }
    INVARIANT(value->kind < EXPR_KIND_COUNT);
}

// ---- Trees ----

enum { LEVEL_CONDITIONAL, LEVEL_OR, LEVEL_AND, LEVEL_RELATION, LEVEL_ADD, LEVEL_MUL, LEVEL_UNARY, LEVEL_MEMBER };

static const struct {
    const char *name, *text;
    int level;
} binaries[] = {
    {OP_OR, " || ", LEVEL_OR},       {OP_AND, " && ", LEVEL_AND},     {OP_EQ, " == ", LEVEL_RELATION},
    {OP_NE, " != ", LEVEL_RELATION}, {OP_LT, " < ", LEVEL_RELATION},  {OP_LE, " <= ", LEVEL_RELATION},
    {OP_GT, " > ", LEVEL_RELATION},  {OP_GE, " >= ", LEVEL_RELATION}, {OP_IN, " in ", LEVEL_RELATION},
    {OP_ADD, " + ", LEVEL_ADD},      {OP_SUB, " - ", LEVEL_ADD},      {OP_MUL, " * ", LEVEL_MUL},
    {OP_DIV, " / ", LEVEL_MUL},      {OP_MOD, " % ", LEVEL_MUL},
};
#define BINARIES (sizeof binaries / sizeof binaries[0])

// The binary operator that a call is; BINARIES: none.
static size_t binary_of(const struct ast *a)
{
    if (a->kind != AST_CALL || a->target || a->nargs != 2) return BINARIES;
    size_t i = 0;
    while (i < BINARIES && !str_is(a->name, binaries[i].name)) i++;
    return i;
}

static bool call_is(const struct ast *a, const char *name)
{
    return a->kind == AST_CALL && !a->target && str_is(a->name, name);
}

static int level_of(const struct ast *a)
{
    size_t binary = binary_of(a);
    if (binary < BINARIES) return binaries[binary].level;
    if (call_is(a, OP_CONDITIONAL)) return LEVEL_CONDITIONAL;
    if (call_is(a, OP_NOT) || call_is(a, OP_NEGATE)) return LEVEL_UNARY;
    return LEVEL_MEMBER;
}

// In parentheses where it binds less closely than `level`.
static void put(const struct ast *a, int level, struct buf *out)
{
    bool wrap = level_of(a) < level;
    if (wrap) buf_putc(out, '(');
    expr_unparse(a, out);
    if (wrap) buf_putc(out, ')');
}

// What stands leftmost in its text: the number of 0.a, 0[1] and 0.f(x).
static const struct ast *leftmost(const struct ast *a)
{
    for (;;) {
        if (a->kind == AST_SELECT || (a->kind == AST_CALL && a->target))
            a = a->target;
        else if (call_is(a, OP_INDEX) || call_is(a, OP_OPT_INDEX))
            a = a->args[0];
        else
            return a;
    }
}

static void put_list(const struct ast *a, struct buf *out)
{
    for (size_t i = 0; i < a->nargs; i++) {
        if (i) buf_puts(out, ", ");
        if (a->optional && a->optional[i]) buf_putc(out, '?');
        expr_unparse(a->args[i], out);
    }
}

static void put_map(const struct ast *a, struct buf *out)
{
    buf_putc(out, '{');
    for (size_t i = 0; i + 1 < a->nargs; i += 2) {
        if (i) buf_puts(out, ", ");
        if (a->optional && a->optional[i / 2]) buf_putc(out, '?');
        expr_unparse(a->args[i], out);
        buf_puts(out, ": ");
        expr_unparse(a->args[i + 1], out);
    }
    buf_putc(out, '}');
}

static void put_field(struct str name, struct buf *out)
{
    bool plain = name.n > 0 && !(name.p[0] >= '0' && name.p[0] <= '9') && !scan_keyword(name);
    for (size_t i = 0; i < name.n; i++) plain = plain && !strchr(".-/ ", name.p[i]);
    if (!plain) buf_putc(out, '`');
    buf_str_add(out, name);
    if (!plain) buf_putc(out, '`');
}

static void put_struct(const struct ast *a, struct buf *out)
{
    buf_str_add(out, a->name);
    buf_putc(out, '{');
    for (size_t i = 0; i < a->nargs; i++) {
        if (i) buf_puts(out, ", ");
        if (a->optional && a->optional[i]) buf_putc(out, '?');
        put_field(a->fields[i], out);
        buf_puts(out, ": ");
        expr_unparse(a->args[i], out);
    }
    buf_putc(out, '}');
}

static void put_call(const struct ast *a, struct buf *out)
{
    size_t binary = binary_of(a);
    if (binary < BINARIES) {
        int level = binaries[binary].level;
        put(a->args[0], level, out);
        buf_puts(out, binaries[binary].text);
        // && and || are the same however they are grouped, and the parser groups a chain anew.
        put(a->args[1], level == LEVEL_AND || level == LEVEL_OR ? level : level + 1, out);
    } else if (call_is(a, OP_CONDITIONAL)) {
        put(a->args[0], LEVEL_OR, out);
        buf_puts(out, " ? ");
        put(a->args[1], LEVEL_OR, out);
        buf_puts(out, " : ");
        put(a->args[2], LEVEL_CONDITIONAL, out);
    } else if (call_is(a, OP_NOT) || call_is(a, OP_NEGATE)) {
        buf_putc(out, call_is(a, OP_NOT) ? '!' : '-');
        // Two signs in a row would be none, and a sign before a number its own.
        bool wrap = level_of(a->args[0]) <= LEVEL_UNARY || leftmost(a->args[0])->kind == AST_CONST;
        put(a->args[0], wrap ? LEVEL_MEMBER + 1 : LEVEL_MEMBER, out);
    } else if (call_is(a, OP_INDEX) || call_is(a, OP_OPT_INDEX)) {
        put(a->args[0], LEVEL_MEMBER, out);
        buf_puts(out, call_is(a, OP_INDEX) ? "[" : "[?");
        expr_unparse(a->args[1], out);
        buf_putc(out, ']');
    } else {
        if (a->target) {
            put(a->target, LEVEL_MEMBER, out);
            buf_putc(out, '.');
        }
        buf_str_add(out, a->name);
        buf_putc(out, '(');
        put_list(a, out);
        buf_putc(out, ')');
    }
}

static void put_fold(const struct ast_fold *f, struct buf *out)
{
    buf_puts(out, "fold(");
    expr_unparse(f->range, out);
    buf_puts(out, "; ");
    buf_str_add(out, f->iter);
    if (f->iter2.n) {
        buf_puts(out, ", ");
        buf_str_add(out, f->iter2);
    }
    buf_puts(out, "; ");
    buf_str_add(out, f->accu);
    buf_puts(out, " = ");
    expr_unparse(f->init, out);
    buf_puts(out, "; while ");
    expr_unparse(f->condition, out);
    buf_puts(out, ": ");
    buf_str_add(out, f->accu);
    buf_puts(out, " = ");
    expr_unparse(f->step, out);
    buf_puts(out, "; ");
    expr_unparse(f->result, out);
    buf_putc(out, ')');
}

static void put_select(const struct ast *a, struct buf *out)
{
    if (a->test_only) buf_puts(out, "has(");
    put(a->target, LEVEL_MEMBER, out);
    buf_puts(out, a->is_optional ? ".?" : ".");
    put_field(a->name, out);
    if (a->test_only) buf_putc(out, ')');
}

void expr_unparse(const struct ast *a, struct buf *out)
{
    switch (a->kind) {
    case AST_CONST:
        expr_print(&a->value, out);
        return;
    case AST_IDENT:
        buf_str_add(out, a->name);
        return;
    case AST_SELECT:
        put_select(a, out);
        return;
    case AST_CALL:
        put_call(a, out);
        return;
    case AST_LIST:
        buf_putc(out, '[');
        put_list(a, out);
        buf_putc(out, ']');
        return;
    case AST_MAP:
        put_map(a, out);
        return;
    case AST_STRUCT:
        put_struct(a, out);
        return;
    case AST_COMPREHENSION:
        put_fold(a->fold, out);
        return;
    }
}
