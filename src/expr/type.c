// SPDX-License-Identifier: Apache-2.0
#include "expr/type.h"

#define TYPE_NESTING_MAX 32
#define TYPE_TEXT_MAX 4096
#define TYPE_SHOWN_MAX 100 // of a text that is refused

const struct expr_type expr_type_dyn = {.kind = TYPE_DYN};

static const struct expr_type type_null = {.kind = TYPE_OF, .of = EXPR_NULL};
static const struct expr_type type_bool = {.kind = TYPE_OF, .of = EXPR_BOOL};
static const struct expr_type type_int = {.kind = TYPE_OF, .of = EXPR_INT};
static const struct expr_type type_uint = {.kind = TYPE_OF, .of = EXPR_UINT};
static const struct expr_type type_double = {.kind = TYPE_OF, .of = EXPR_DOUBLE};
static const struct expr_type type_string = {.kind = TYPE_OF, .of = EXPR_STRING};
static const struct expr_type type_bytes = {.kind = TYPE_OF, .of = EXPR_BYTES};
static const struct expr_type type_timestamp = {.kind = TYPE_OF, .of = EXPR_TIMESTAMP};
static const struct expr_type type_duration = {.kind = TYPE_OF, .of = EXPR_DURATION};
static const struct expr_type type_ip = {.kind = TYPE_OF, .of = EXPR_IP};
static const struct expr_type type_cidr = {.kind = TYPE_OF, .of = EXPR_CIDR};
static const struct expr_type type_list = {.kind = TYPE_LIST, .params = {&expr_type_dyn}};
static const struct expr_type type_map = {.kind = TYPE_MAP, .params = {&expr_type_dyn, &expr_type_dyn}};
static const struct expr_type type_type = {.kind = TYPE_TYPE};
static const struct expr_type type_optional = {.kind = TYPE_OPTIONAL, .params = {&expr_type_dyn}};
static const struct expr_type type_struct = {.kind = TYPE_MAP, .params = {&type_string, &expr_type_dyn}};
static const struct expr_type type_bool_value = {.kind = TYPE_WRAPPER, .params = {&type_bool}};
static const struct expr_type type_int_value = {.kind = TYPE_WRAPPER, .params = {&type_int}};
static const struct expr_type type_uint_value = {.kind = TYPE_WRAPPER, .params = {&type_uint}};
static const struct expr_type type_double_value = {.kind = TYPE_WRAPPER, .params = {&type_double}};
static const struct expr_type type_string_value = {.kind = TYPE_WRAPPER, .params = {&type_string}};
static const struct expr_type type_bytes_value = {.kind = TYPE_WRAPPER, .params = {&type_bytes}};

// The first name of a type is the one that messages use.
static const struct {
    const char *name;
    const struct expr_type *type;
} names[] = {
    {"dyn", &expr_type_dyn},
    {"null", &type_null},
    {"bool", &type_bool},
    {"int", &type_int},
    {"uint", &type_uint},
    {"double", &type_double},
    {"string", &type_string},
    {"bytes", &type_bytes},
    {"timestamp", &type_timestamp},
    {"duration", &type_duration},
    {"net.IP", &type_ip},
    {"net.CIDR", &type_cidr},
    {"list", &type_list},
    {"map", &type_map},
    {"type", &type_type},
    {"optional", &type_optional},
    {"optional_type", &type_optional},
    {"null_type", &type_null},
    {"any", &expr_type_dyn},
    {"google.protobuf.Any", &expr_type_dyn},
    {"google.protobuf.Value", &expr_type_dyn},
    {"google.protobuf.Struct", &type_struct},
    {"google.protobuf.ListValue", &type_list},
    {"google.protobuf.Timestamp", &type_timestamp},
    {"google.protobuf.Duration", &type_duration},
    {"google.protobuf.BoolValue", &type_bool_value},
    {"google.protobuf.Int32Value", &type_int_value},
    {"google.protobuf.Int64Value", &type_int_value},
    {"google.protobuf.UInt32Value", &type_uint_value},
    {"google.protobuf.UInt64Value", &type_uint_value},
    {"google.protobuf.FloatValue", &type_double_value},
    {"google.protobuf.DoubleValue", &type_double_value},
    {"google.protobuf.StringValue", &type_string_value},
    {"google.protobuf.BytesValue", &type_bytes_value},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

const struct expr_type *expr_type_of_kind(enum expr_kind kind)
{
    switch (kind) {
    case EXPR_NULL:
        return &type_null;
    case EXPR_BOOL:
        return &type_bool;
    case EXPR_INT:
        return &type_int;
    case EXPR_UINT:
        return &type_uint;
    case EXPR_DOUBLE:
        return &type_double;
    case EXPR_STRING:
        return &type_string;
    case EXPR_BYTES:
        return &type_bytes;
    case EXPR_TIMESTAMP:
        return &type_timestamp;
    case EXPR_DURATION:
        return &type_duration;
    case EXPR_LIST:
        return &type_list;
    case EXPR_MAP:
        return &type_map;
    case EXPR_TYPE:
        return &type_type;
    case EXPR_OPTIONAL:
        return &type_optional;
    case EXPR_IP:
        return &type_ip;
    case EXPR_CIDR:
        return &type_cidr;
    case EXPR_ERROR:
    case EXPR_UNKNOWN:
    case EXPR_KIND_COUNT:
        break;
    }
    return &expr_type_dyn;
}

// ---- Reading ----

struct reading {
    struct arena *arena;
    struct str whole, rest;
    struct why *why;
};

static const struct expr_type *refuse(struct reading *r, const char *what)
{
    struct str shown = {r->whole.p, r->whole.n < TYPE_SHOWN_MAX ? r->whole.n : TYPE_SHOWN_MAX};
    enum err err = r->arena->failed ? ERR_NO_MEMORY : ERR_MALFORMED;
    (void)why_set(r->why, err, "", "\"%.*s\" is no type: %s", STR_ARG(shown), what);
    (void)why_at(r->why, r->whole.n - r->rest.n);
    return NULL;
}

static void skip_spaces(struct reading *r)
{
    while (r->rest.n && r->rest.p[0] == ' ') r->rest = str_from(r->rest, 1);
}

static bool letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

// A dotted name; a dot that no letter follows is not of the name ("string.(int) -> bool").
static struct str take_name(struct reading *r)
{
    size_t n = 0;
    while (n < r->rest.n) {
        char c = r->rest.p[n];
        bool digit = c >= '0' && c <= '9' && n > 0;
        bool dot = c == '.' && n > 0 && n + 1 < r->rest.n && letter(r->rest.p[n + 1]);
        if (!letter(c) && !digit && !dot) break;
        n++;
    }
    struct str name = {r->rest.p, n};
    r->rest = str_from(r->rest, n);
    return name;
}

static bool take(struct reading *r, char c)
{
    skip_spaces(r);
    if (!r->rest.n || r->rest.p[0] != c) return false;
    r->rest = str_from(r->rest, 1);
    return true;
}

static const struct expr_type *read_type(struct reading *r, unsigned depth);

// What stands in parentheses after a name whose type has `wanted` parameters (SIZE_MAX: any number).
static const struct expr_type *read_params(struct reading *r, struct expr_type *type, size_t wanted, unsigned depth)
{
    size_t count = 0;
    struct expr_type *last = type; // of a named type, the link of the chain that takes the next parameter
    do {
        const struct expr_type *param = read_type(r, depth + 1);
        if (!param) return NULL;
        if (count == wanted) return refuse(r, "too many parameters");
        if (wanted != SIZE_MAX) {
            type->params[count++] = param;
            continue;
        }
        if (count++) {
            struct expr_type *link = arena_new(r->arena, struct expr_type);
            if (!link) return refuse(r, "no memory");
            link->kind = TYPE_NAMED;
            last->params[1] = link;
            last = link;
        }
        last->params[0] = param;
    } while (take(r, ','));
    if (wanted != SIZE_MAX && count < wanted) return refuse(r, "too few parameters");
    if (!take(r, ')')) return refuse(r, "\")\" is missing");
    return type;
}

static size_t params_of(enum expr_type_kind kind)
{
    switch (kind) {
    case TYPE_LIST:
    case TYPE_TYPE:
    case TYPE_OPTIONAL:
    case TYPE_WRAPPER:
        return 1;
    case TYPE_MAP:
        return 2;
    case TYPE_NAMED:
        return SIZE_MAX;
    case TYPE_DYN:
    case TYPE_OF:
    case TYPE_PARAM:
        break;
    }
    return 0;
}

static const struct expr_type *named(struct str name)
{
    for (size_t i = 0; i < COUNT(names); i++)
        if (str_is(name, names[i].name)) return names[i].type;
    return NULL;
}

static const struct expr_type *read_type(struct reading *r, unsigned depth)
{
    if (depth > TYPE_NESTING_MAX) return refuse(r, "it nests too deeply");
    skip_spaces(r);
    struct str name = take_name(r);
    if (!name.n) return refuse(r, "a name is missing");
    const struct expr_type *known = named(name);
    bool open = r->rest.n && r->rest.p[0] == '(';
    if (known && !open) return known;
    struct expr_type *type = arena_new(r->arena, struct expr_type);
    if (!type) return refuse(r, "no memory");
    if (known) {
        type->kind = known->kind;
    } else if (str_is(name, "wrapper")) {
        type->kind = TYPE_WRAPPER;
    } else {
        type->kind = name.n == 1 && name.p[0] >= 'A' && name.p[0] <= 'Z' ? TYPE_PARAM : TYPE_NAMED;
        type->name = arena_str(r->arena, name);
        if (!type->name.p) return refuse(r, "no memory");
    }
    size_t wanted = params_of(type->kind);
    if (!open && type->kind == TYPE_WRAPPER) return refuse(r, "a wrapper is of some type");
    if (!open) return type;
    if (!wanted) return refuse(r, "it takes no parameters");
    r->rest = str_from(r->rest, 1);
    return read_params(r, type, wanted, depth);
}

const struct expr_type *expr_type_read(struct arena *arena, struct str *text, struct why *why)
{
    struct reading r = {arena, *text, *text, why};
    const struct expr_type *type = read_type(&r, 0);
    if (type) *text = r.rest;
    return type;
}

const struct expr_type *expr_type_parse(struct arena *arena, struct str text, struct why *why)
{
    struct reading r = {arena, text, text, why};
    const struct expr_type *type = read_type(&r, 0);
    if (!type) return NULL;
    skip_spaces(&r);
    if (r.rest.n) return refuse(&r, "there is more after it");
    return type;
}

// ---- Writing ----

static const char *plain_name(const struct expr_type *type)
{
    for (size_t i = 0; i < COUNT(names) && type->kind != TYPE_WRAPPER; i++)
        if (names[i].type->kind == type->kind && (type->kind != TYPE_OF || names[i].type->of == type->of))
            return names[i].name;
    return "wrapper";
}

static void write_type(struct buf *out, const struct expr_type *type, unsigned depth)
{
    if (depth > EXPR_DEPTH_MAX) {
        buf_puts(out, "...");
        return;
    }
    if (type->kind == TYPE_PARAM || type->kind == TYPE_NAMED)
        buf_str_add(out, type->name);
    else
        buf_puts(out, type->kind == TYPE_OPTIONAL ? "optional_type" : plain_name(type));
    if (!type->params[0] || out->failed) return;
    buf_putc(out, '(');
    write_type(out, type->params[0], depth + 1);
    const struct expr_type *next = type->params[1];
    while (next && !out->failed) {
        buf_puts(out, ", ");
        bool link = type->kind == TYPE_NAMED;
        write_type(out, link ? next->params[0] : next, depth + 1);
        next = link ? next->params[1] : NULL;
    }
    buf_putc(out, ')');
}

struct str expr_type_text(struct arena *arena, const struct expr_type *type)
{
    struct buf out = BUF(TYPE_TEXT_MAX);
    write_type(&out, type, 0);
    if (out.failed) buf_clear(&out);
    struct str text = out.n ? arena_str(arena, buf_str(&out)) : STR("(a very large type)");
    buf_free(&out);
    return text;
}

static bool same(const struct expr_type *a, const struct expr_type *b, unsigned depth)
{
    if (a == b) return true;
    if (!a || !b || depth > EXPR_DEPTH_MAX) return false;
    if (a->kind != b->kind || a->of != b->of || !str_eq(a->name, b->name)) return false;
    return same(a->params[0], b->params[0], depth + 1) && same(a->params[1], b->params[1], depth + 1);
}

bool expr_type_same(const struct expr_type *a, const struct expr_type *b)
{
    return same(a, b, 0);
}
