// SPDX-License-Identifier: Apache-2.0
// The parser: recursive descent along CEL's grammar (langdef.md, "Syntax"); chains of operators and of selections are
// loops, so that only what nests in the text nests here, at most EXPR_DEPTH_MAX deep.
#include "base/text.h"
#include "expr/macro.h"
#include "expr/scan.h"

struct parser {
    struct build build;
    struct scan scan;
    struct token token; // the one to be taken next
    unsigned nesting;
};

typedef const struct ast *node;

static node parse_expr(struct parser *p);

// ---- Tokens ----

static void syntax_error(struct parser *p, const char *expected)
{
    const struct token *t = &p->token;
    if (p->build.failed) return;
    if (t->kind == TOKEN_BAD)
        build_wrong(&p->build, t->offset, "Syntax error: %.*s", STR_ARG(t->text));
    else if (t->kind == TOKEN_END)
        build_wrong(&p->build, t->offset, "Syntax error: unexpected end of the expression, expected %s", expected);
    else
        build_wrong(&p->build, t->offset, "Syntax error: unexpected '%.*s', expected %s",
                    (int)(t->length > 40 ? 40 : t->length), p->build.source.p + t->offset, expected);
}

static void advance(struct parser *p)
{
    p->token = scan_next(&p->scan);
}

static bool take(struct parser *p, enum token_kind kind)
{
    if (p->token.kind != kind) return false;
    advance(p);
    return true;
}

static bool need(struct parser *p, enum token_kind kind, const char *expected)
{
    if (take(p, kind)) return true;
    syntax_error(p, expected);
    return false;
}

// A '?' that marks an optional member; false with the issue where optionals are not to be had.
static bool take_optional(struct parser *p, bool *optional)
{
    uint32_t offset = p->token.offset;
    *optional = take(p, TOKEN_QUESTION);
    if (!*optional || (p->build.features & EXPR_OPTIONALS)) return true;
    build_wrong(&p->build, offset, "unsupported syntax '?': optionals are not enabled here");
    return false;
}

// ---- Lists of things ----

// `args` up to `close`; no comma at the end.
static bool parse_args(struct parser *p, struct build_nodes *args)
{
    if (take(p, TOKEN_RPAREN)) return true;
    do {
        if (!build_push(&p->build, args, parse_expr(p))) return false;
    } while (take(p, TOKEN_COMMA));
    return need(p, TOKEN_RPAREN, "',' or ')'");
}

// Which members are optional: grows beside the members.
struct flags {
    bool *items;
    size_t count, room;
    bool any;
};

static bool flag_push(struct parser *p, struct flags *flags, bool flag)
{
    if (flags->count == flags->room) {
        size_t room = flags->room ? 2 * flags->room : 8;
        bool *items = arena_array(p->build.arena, bool, room);
        if (!items) return false;
        if (flags->count) memcpy(items, flags->items, flags->count * sizeof *items);
        flags->items = items;
        flags->room = room;
    }
    flags->items[flags->count++] = flag;
    flags->any |= flag;
    return true;
}

static node parse_list(struct parser *p)
{
    uint32_t offset = p->token.offset;
    struct build_nodes items = {0};
    struct flags flags = {0};
    advance(p);
    while (p->token.kind != TOKEN_RBRACKET) {
        bool optional;
        if (!take_optional(p, &optional) || !build_push(&p->build, &items, parse_expr(p)) ||
            !flag_push(p, &flags, optional))
            return NULL;
        if (!take(p, TOKEN_COMMA)) break;
    }
    if (!need(p, TOKEN_RBRACKET, "',' or ']'")) return NULL;
    return build_members(&p->build, AST_LIST, offset, items.items, items.count, flags.any ? flags.items : NULL);
}

static node parse_map(struct parser *p)
{
    uint32_t offset = p->token.offset;
    struct build_nodes items = {0};
    struct flags flags = {0};
    advance(p);
    while (p->token.kind != TOKEN_RBRACE) {
        bool optional;
        if (!take_optional(p, &optional) || !build_push(&p->build, &items, parse_expr(p)) ||
            !need(p, TOKEN_COLON, "':' and the value of this key") || !build_push(&p->build, &items, parse_expr(p)) ||
            !flag_push(p, &flags, optional))
            return NULL;
        if (!take(p, TOKEN_COMMA)) break;
    }
    if (!need(p, TOKEN_RBRACE, "',' or '}'")) return NULL;
    return build_members(&p->build, AST_MAP, offset, items.items, items.count, flags.any ? flags.items : NULL);
}

// A field's name, plain or in backquotes.
static bool parse_field(struct parser *p, struct str *name)
{
    *name = p->token.text;
    if (take(p, TOKEN_IDENT) || take(p, TOKEN_ESCAPED)) return true;
    syntax_error(p, "a field's name");
    return false;
}

// The names stand beside the values: names[i] is that of values.items[i].
struct field_names {
    struct str *items;
    size_t room;
};

static bool name_push(struct parser *p, struct field_names *names, size_t count, struct str name)
{
    if (count == names->room) {
        size_t room = names->room ? 2 * names->room : 8;
        struct str *items = arena_array(p->build.arena, struct str, room);
        if (!items) return false;
        if (count) memcpy(items, names->items, count * sizeof *items);
        names->items = items;
        names->room = room;
    }
    names->items[count] = name;
    return true;
}

static node parse_struct(struct parser *p, uint32_t offset, struct str type)
{
    struct build_nodes values = {0};
    struct flags flags = {0};
    struct field_names names = {0};
    advance(p);
    while (p->token.kind != TOKEN_RBRACE) {
        bool optional;
        struct str name;
        if (!take_optional(p, &optional) || !parse_field(p, &name) ||
            !need(p, TOKEN_COLON, "':' and the value of this field") || !name_push(p, &names, values.count, name) ||
            !build_push(&p->build, &values, parse_expr(p)) || !flag_push(p, &flags, optional))
            return NULL;
        if (!take(p, TOKEN_COMMA)) break;
    }
    if (!need(p, TOKEN_RBRACE, "',' or '}'")) return NULL;
    struct ast *made = build_node(&p->build, AST_STRUCT, offset);
    if (!made) return NULL;
    made->name = type;
    made->args = values.items;
    made->nargs = values.count;
    made->fields = names.items;
    made->optional = flags.any ? flags.items : NULL;
    for (size_t i = 0; i < values.count; i++)
        if (!build_under(&p->build, made, values.items[i])) return NULL;
    return made;
}

// ---- Primaries ----

static node parse_call(struct parser *p, uint32_t offset, node target, struct str name)
{
    struct build_nodes args = {0};
    node out;
    advance(p);
    if (!parse_args(p, &args)) return NULL;
    if (macro_expand(&p->build, offset, target, name, &args, &out)) return out;
    return build_call(&p->build, offset, name, target, args.items, args.count);
}

// The literal at hand, with the minus before it at `offset`; INT64_MIN has no other literal.
static node parse_number(struct parser *p, uint32_t offset, bool negative)
{
    struct token t = p->token;
    advance(p);
    if (t.kind == TOKEN_UINT) return build_const(&p->build, offset, t.value);
    if (t.kind == TOKEN_DOUBLE)
        return build_const(&p->build, offset, EXPR_DOUBLE_VALUE(negative ? -t.value.number : t.value.number));
    uint64_t n = t.value.natural, most = (uint64_t)INT64_MAX + negative;
    if (n > most) {
        build_wrong(&p->build, offset, "Syntax error: invalid int literal: it is over the range of an int; %s",
                    "a uint ends in u, a double has a point");
        return NULL;
    }
    int64_t value = negative ? (n == most ? INT64_MIN : -(int64_t)n) : (int64_t)n;
    return build_const(&p->build, offset, EXPR_INT_VALUE(value));
}

// A name, a leading dot with it; a call; or the beginning of a type's name, which `pure` leaves to the selections.
static node parse_name(struct parser *p, bool *pure)
{
    uint32_t offset = p->token.offset;
    bool dot = take(p, TOKEN_DOT);
    struct str name = p->token.text;
    if (p->token.kind == TOKEN_IDENT && scan_reserved(name)) {
        build_wrong(&p->build, p->token.offset, "reserved identifier: %.*s", STR_ARG(name));
        return NULL;
    }
    if (!need(p, TOKEN_IDENT, "a name")) return NULL;
    if (dot) {
        name = arena_printf(p->build.arena, ".%.*s", STR_ARG(name));
        if (!name.p) return NULL;
    }
    if (p->token.kind == TOKEN_LPAREN) return parse_call(p, offset, NULL, name);
    *pure = true;
    return build_ident(&p->build, offset, name);
}

static node parse_constant(struct parser *p, struct expr_value value)
{
    uint32_t offset = p->token.offset;
    advance(p);
    return build_const(&p->build, offset, value);
}

static node parse_parentheses(struct parser *p)
{
    advance(p);
    node inner = parse_expr(p);
    return inner && need(p, TOKEN_RPAREN, "an operator or ')'") ? inner : NULL;
}

static node parse_primary(struct parser *p, bool *pure)
{
    switch (p->token.kind) {
    case TOKEN_INT:
    case TOKEN_UINT:
    case TOKEN_DOUBLE:
        return parse_number(p, p->token.offset, false);
    case TOKEN_TEXT:
        return parse_constant(p, p->token.value);
    case TOKEN_TRUE:
        return parse_constant(p, EXPR_BOOL_VALUE(true));
    case TOKEN_FALSE:
        return parse_constant(p, EXPR_BOOL_VALUE(false));
    case TOKEN_NULL:
        return parse_constant(p, EXPR_NULL_VALUE);
    case TOKEN_LBRACKET:
        return parse_list(p);
    case TOKEN_LBRACE:
        return parse_map(p);
    case TOKEN_LPAREN:
        return parse_parentheses(p);
    case TOKEN_DOT:
    case TOKEN_IDENT:
        return parse_name(p, pure);
    default:
        syntax_error(p, "a value, a name or '('");
        return NULL;
    }
}

// ---- What follows a primary ----

// a.b.c of an AST of selections, as the text of a type's name.
static struct str dotted_name(struct parser *p, node n)
{
    struct buf b = BUF(EXPR_SOURCE_MAX);
    struct str parts[EXPR_DEPTH_MAX];
    size_t count = 0;
    for (; n->kind == AST_SELECT; n = n->target) parts[count++] = n->name;
    buf_str_add(&b, n->name);
    while (count > 0) {
        buf_putc(&b, '.');
        buf_str_add(&b, parts[--count]);
    }
    struct str name = b.failed ? STR_NONE : arena_str(p->build.arena, buf_str(&b));
    buf_free(&b);
    return name;
}

static node parse_selection(struct parser *p, node target, bool *pure)
{
    uint32_t dot = p->token.offset;
    bool optional;
    struct str name;
    advance(p);
    if (!take_optional(p, &optional)) return NULL;
    uint32_t offset = p->token.offset;
    bool plain = p->token.kind == TOKEN_IDENT;
    if (!parse_field(p, &name)) return NULL;
    if (plain && !optional && p->token.kind == TOKEN_LPAREN) {
        *pure = false;
        return parse_call(p, offset, target, name);
    }
    *pure = *pure && plain && !optional;
    if (!optional) return build_select(&p->build, dot, target, name);
    struct ast *made = build_node(&p->build, AST_SELECT, dot);
    if (!made || !build_under(&p->build, made, target)) return NULL;
    made->target = target;
    made->name = name;
    made->is_optional = true;
    return made;
}

static node parse_index(struct parser *p, node target)
{
    uint32_t offset = p->token.offset;
    bool optional;
    advance(p);
    if (!take_optional(p, &optional)) return NULL;
    node key = parse_expr(p);
    if (!key || !need(p, TOKEN_RBRACKET, "an operator or ']'")) return NULL;
    return optional ? build_call_of(&p->build, offset, OP_OPT_INDEX, target, key)
                    : build_call_of(&p->build, offset, OP_INDEX, target, key);
}

static node parse_suffixes(struct parser *p, uint32_t start, node left, bool pure)
{
    while (left) {
        if (p->token.kind == TOKEN_DOT) {
            left = parse_selection(p, left, &pure);
        } else if (p->token.kind == TOKEN_LBRACKET) {
            left = parse_index(p, left);
            pure = false;
        } else if (p->token.kind == TOKEN_LBRACE && pure) {
            struct str type = dotted_name(p, left);
            left = type.p ? parse_struct(p, start, type) : NULL;
            pure = false;
        } else {
            break;
        }
    }
    return left;
}

static node parse_member(struct parser *p)
{
    uint32_t start = p->token.offset;
    bool pure = false;
    node left = parse_primary(p, &pure);
    return parse_suffixes(p, start, left, pure);
}

// ---- Operators ----

// "!" {"!"} Member or "-" {"-"} Member. Two of them are none, as in cel-go; one minus before a number is its sign.
static node parse_unary(struct parser *p)
{
    enum token_kind sign = p->token.kind;
    if (sign != TOKEN_NOT && sign != TOKEN_MINUS) return parse_member(p);
    uint32_t offset = p->token.offset;
    bool odd = false;
    size_t count = 0;
    for (; p->token.kind == sign; count++, odd = !odd) advance(p);
    bool number = p->token.kind == TOKEN_INT || p->token.kind == TOKEN_DOUBLE;
    if (sign == TOKEN_MINUS && count == 1 && number)
        return parse_suffixes(p, offset, parse_number(p, offset, true), false);
    node inner = parse_member(p);
    if (!inner || !odd) return inner;
    return sign == TOKEN_NOT ? build_call_of(&p->build, offset, OP_NOT, inner)
                             : build_call_of(&p->build, offset, OP_NEGATE, inner);
}

static const struct {
    enum token_kind kind;
    unsigned level; // higher binds closer
    const char *name;
} operators[] = {
    {TOKEN_LT, 1, OP_LT},     {TOKEN_LE, 1, OP_LE},    {TOKEN_GT, 1, OP_GT},     {TOKEN_GE, 1, OP_GE},
    {TOKEN_EQ, 1, OP_EQ},     {TOKEN_NE, 1, OP_NE},    {TOKEN_IN, 1, OP_IN},     {TOKEN_PLUS, 2, OP_ADD},
    {TOKEN_MINUS, 2, OP_SUB}, {TOKEN_STAR, 3, OP_MUL}, {TOKEN_SLASH, 3, OP_DIV}, {TOKEN_PERCENT, 3, OP_MOD},
};
#define LEVEL_MAX 3

// The operator at hand if it is of this level.
static const char *operator_of(const struct parser *p, unsigned level)
{
    for (size_t i = 0; i < sizeof operators / sizeof operators[0]; i++)
        if (operators[i].kind == p->token.kind && operators[i].level == level) return operators[i].name;
    return NULL;
}

static node parse_binary(struct parser *p, unsigned level)
{
    if (level > LEVEL_MAX) return parse_unary(p);
    node left = parse_binary(p, level + 1);
    const char *name;
    while (left && (name = operator_of(p, level))) {
        uint32_t offset = p->token.offset;
        advance(p);
        node right = parse_binary(p, level + 1);
        if (!right) return NULL;
        left = build_call(&p->build, offset, str_of(name), NULL, (node[]){left, right}, 2);
    }
    return left;
}

// A chain of && or || as a tree that is no deeper than it must be, for a long chain would be over the limit.
// `offsets[i]` is that of the operator before terms[i].
static node balance(struct parser *p, struct str name, const node *terms, const uint32_t *offsets, size_t count)
{
    if (count == 1) return terms[0];
    // The left half is the larger, so that a && b && c reads (a && b) && c.
    size_t half = (count + 1) / 2;
    node left = balance(p, name, terms, offsets, half);
    node right = balance(p, name, terms + half, offsets + half, count - half);
    return left && right ? build_call(&p->build, offsets[half], name, NULL, (node[]){left, right}, 2) : NULL;
}

static node parse_logic(struct parser *p, bool either)
{
    enum token_kind sign = either ? TOKEN_OR : TOKEN_AND;
    struct build_nodes terms = {0};
    uint32_t *offsets = NULL;
    size_t room = 0;
    node first = either ? parse_logic(p, false) : parse_binary(p, 1);
    if (!first || p->token.kind != sign) return first;
    if (!build_push(&p->build, &terms, first)) return NULL;
    do {
        if (terms.count >= room) {
            size_t more = terms.room * 2;
            uint32_t *grown = arena_array(p->build.arena, uint32_t, more);
            if (!grown) return NULL;
            if (room) memcpy(grown, offsets, room * sizeof *grown);
            offsets = grown;
            room = more;
        }
        offsets[terms.count] = p->token.offset;
        advance(p);
        node term = either ? parse_logic(p, false) : parse_binary(p, 1);
        if (!build_push(&p->build, &terms, term)) return NULL;
    } while (p->token.kind == sign);
    return balance(p, either ? STR(OP_OR) : STR(OP_AND), terms.items, offsets, terms.count);
}

static node parse_conditional(struct parser *p)
{
    node condition = parse_logic(p, true);
    uint32_t offset = p->token.offset;
    if (!condition || !take(p, TOKEN_QUESTION)) return condition;
    node yes = parse_logic(p, true);
    if (!yes || !need(p, TOKEN_COLON, "an operator or ':' and what holds otherwise")) return NULL;
    node no = parse_expr(p);
    return no ? build_call_of(&p->build, offset, OP_CONDITIONAL, condition, yes, no) : NULL;
}

static node parse_expr(struct parser *p)
{
    if (p->nesting >= EXPR_DEPTH_MAX) {
        if (!p->build.failed)
            build_wrong(&p->build, p->token.offset, "the expression nests more than %d deep", EXPR_DEPTH_MAX);
        return NULL;
    }
    p->nesting++;
    node made = parse_conditional(p);
    p->nesting--;
    return made;
}

// ---- All of it ----

static bool readable(struct str source, struct expr_issues *issues)
{
    if (source.n > EXPR_SOURCE_MAX) {
        expr_issue_add(issues, STR(""), 0, "the expression is longer than %zu bytes", EXPR_SOURCE_MAX);
        return false;
    }
    for (size_t at = 0, n; at < source.n; at += n) {
        n = utf8_sequence(source.p + at, source.n - at);
        if (n > 0) continue;
        expr_issue_add(issues, source, (uint32_t)at, "the expression is not in UTF-8 here");
        return false;
    }
    return true;
}

static const char *end_hint(const struct token *t)
{
    if (t->kind != TOKEN_IDENT) return "an operator or the end of the expression";
    if (str_is(t->text, "and") || str_is(t->text, "AND")) return "an operator: and is written &&";
    if (str_is(t->text, "or") || str_is(t->text, "OR")) return "an operator: or is written ||";
    return "an operator or the end of the expression";
}

const struct ast *expr_parse(struct arena *arena, struct str source, unsigned features, uint32_t *count,
                             struct expr_issues *issues)
{
    *count = 0;
    if (!readable(source, issues)) return NULL;
    struct parser p = {.build = {.arena = arena, .source = source, .features = features, .issues = issues},
                       .scan = {.arena = arena, .source = source}};
    advance(&p);
    node made = parse_expr(&p);
    if (made && p.token.kind != TOKEN_END) syntax_error(&p, end_hint(&p.token));
    if (!made && !p.build.failed) build_wrong(&p.build, 0, "there is no memory left for this expression");
    *count = p.build.count;
    return p.build.failed ? NULL : made;
}
