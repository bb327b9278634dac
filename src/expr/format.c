// SPDX-License-Identifier: Apache-2.0
#include "expr/format.h"
#include "base/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define PRECISION_DEFAULT 6
#define DOUBLE_DIGITS 17 // tell any two doubles apart

struct formatter {
    struct expr_run *run;
    struct buf out;
    struct expr_value error; // kind EXPR_NULL: none
};

static bool failed(const struct formatter *f)
{
    return f->error.kind != EXPR_NULL;
}

// Appends and pays.
static void add(struct formatter *f, struct str text)
{
    if (failed(f)) return;
    if (!expr_spend(f->run, text.n / 10)) {
        f->error = expr_over_cost(f->run);
        return;
    }
    buf_str_add(&f->out, text);
    if (f->out.failed) f->error = expr_fail(f->run, "out of memory");
}

static void add_z(struct formatter *f, const char *z)
{
    add(f, str_of(z));
}

static void wrong_kind(struct formatter *f, const char *what, const struct expr_value *value)
{
    f->error = expr_fail(f->run, "error during formatting: %s, was given %s", what, expr_kind_name(value->kind));
}

// ---- Numbers ----

// With a sign of its own, as a person reads it: -5 in hexadecimal is -5, not sixteen digits.
static void add_integer(struct formatter *f, bool negative, uint64_t magnitude, unsigned base, bool upper)
{
    char digits[66];
    size_t at = sizeof digits;
    const char *alphabet = upper ? "0123456789ABCDEF" : "0123456789abcdef";
    do {
        digits[--at] = alphabet[magnitude % base];
        magnitude /= base;
    } while (magnitude);
    if (negative) digits[--at] = '-';
    add(f, (struct str){digits + at, sizeof digits - at});
}

// Any int or uint; false for other kinds.
static bool add_whole(struct formatter *f, const struct expr_value *value, unsigned base, bool upper)
{
    if (value->kind == EXPR_UINT) {
        add_integer(f, false, value->natural, base, upper);
    } else if (value->kind == EXPR_INT) {
        bool negative = value->integer < 0;
        uint64_t bits = (uint64_t)value->integer;
        add_integer(f, negative, negative ? 0 - bits : bits, base, upper);
    } else {
        return false;
    }
    return true;
}

// NaN and the infinities have names; false for all other numbers.
static bool add_special(struct formatter *f, double number)
{
    if (isfinite(number)) return false;
    add_z(f, isnan(number) ? "NaN" : number < 0 ? "-Infinity" : "Infinity");
    return true;
}

// As few digits as tell the number from its neighbours, without an exponent.
static void add_double(struct formatter *f, double number)
{
    char text[32], out[400];
    if (add_special(f, number)) return;
    for (int digits = 1; digits <= DOUBLE_DIGITS; digits++) {
        snprintf(text, sizeof text, "%.*e", digits - 1, number);
        if (strtod(text, NULL) == number) break;
    }
    // "-d.ddde-ddd": the digits, then where the point belongs
    char digits[DOUBLE_DIGITS + 1];
    int count = 0, exponent = atoi(strchr(text, 'e') + 1);
    size_t n = 0;
    for (const char *p = text; *p != 'e'; p++)
        if (*p >= '0' && *p <= '9') digits[count++] = *p;
    if (text[0] == '-') out[n++] = '-';
    if (exponent < 0) {
        out[n++] = '0';
        out[n++] = '.';
        for (int i = exponent + 1; i < 0; i++) out[n++] = '0';
    }
    for (int i = 0; i < count || i <= exponent; i++) {
        if (exponent >= 0 && i == exponent + 1) out[n++] = '.';
        out[n++] = i < count ? digits[i] : '0';
    }
    add(f, (struct str){out, n});
}

static bool as_double(const struct expr_value *value, double *number)
{
    switch (value->kind) {
    case EXPR_INT:
        *number = (double)value->integer;
        return true;
    case EXPR_UINT:
        *number = (double)value->natural;
        return true;
    case EXPR_DOUBLE:
        *number = value->number;
        return true;
    default:
        return false;
    }
}

static void add_float(struct formatter *f, const struct expr_value *value, bool scientific, int precision)
{
    double number;
    char text[512]; // 309 digits, a point, FORMAT_PRECISION_MAX more
    if (!as_double(value, &number)) {
        wrong_kind(f,
                   scientific ? "scientific clause can only be used on doubles"
                              : "fixed-point clause can only be used on doubles",
                   value);
    } else if (!add_special(f, number)) {
        int n = snprintf(text, sizeof text, scientific ? "%.*e" : "%.*f", precision, number);
        add(f, (struct str){text, (size_t)n});
    }
}

// ---- Values ----

static void add_value(struct formatter *f, const struct expr_value *value);

static void add_list(struct formatter *f, const struct expr_list *list)
{
    add_z(f, "[");
    for (size_t i = 0; i < list->count && !failed(f); i++) {
        if (i) add_z(f, ", ");
        add_value(f, &list->items[i]);
    }
    add_z(f, "]");
}

// A map's entry with its key as text, by which they are sorted.
struct line {
    struct str key;
    const struct expr_value *value;
};

static int line_compare(const void *a, const void *b)
{
    const struct line *x = a, *y = b;
    int order = str_compare(x->key, y->key);
    // 1 and "1" look the same; what was given first stands first.
    return order ? order : x->value < y->value ? -1 : x->value > y->value;
}

static struct str key_text(struct formatter *f, const struct expr_value *key)
{
    struct formatter own = {.run = f->run, .out = BUF(FORMAT_BYTES_MAX), .error = EXPR_NULL_VALUE};
    add_value(&own, key);
    struct str text = failed(&own) ? STR_NONE : arena_str(f->run->arena, buf_str(&own.out));
    if (failed(&own))
        f->error = own.error;
    else if (!text.p)
        f->error = expr_fail(f->run, "out of memory");
    buf_free(&own.out);
    return text;
}

static void add_map(struct formatter *f, const struct expr_map *map)
{
    if (!expr_spend(f->run, map->count)) {
        f->error = expr_over_cost(f->run);
        return;
    }
    struct line *lines = arena_array(f->run->arena, struct line, map->count ? map->count : 1);
    if (!lines) f->error = expr_fail(f->run, "out of memory");
    for (size_t i = 0; i < map->count && !failed(f); i++)
        lines[i] = (struct line){key_text(f, &map->entries[i].key), &map->entries[i].value};
    if (failed(f)) return;
    qsort(lines, map->count, sizeof *lines, line_compare);
    add_z(f, "{");
    for (size_t i = 0; i < map->count && !failed(f); i++) {
        if (i) add_z(f, ", ");
        add(f, lines[i].key);
        add_z(f, ": ");
        add_value(f, lines[i].value);
    }
    add_z(f, "}");
}

static const char *type_name(const struct expr_type *type)
{
    switch (type->kind) {
    case TYPE_OF:
        return expr_kind_name(type->of);
    case TYPE_LIST:
        return expr_kind_name(EXPR_LIST);
    case TYPE_MAP:
        return expr_kind_name(EXPR_MAP);
    case TYPE_TYPE:
        return expr_kind_name(EXPR_TYPE);
    case TYPE_OPTIONAL:
        return expr_kind_name(EXPR_OPTIONAL);
    default:
        return NULL;
    }
}

static void add_type(struct formatter *f, const struct expr_type *type)
{
    const char *name = type_name(type);
    add(f, name ? str_of(name) : expr_type_text(f->run->arena, type));
}

// As deep as values nest: EXPR_DEPTH_MAX.
static void add_value(struct formatter *f, const struct expr_value *value)
{
    switch (value->kind) {
    case EXPR_NULL:
        add_z(f, "null");
        return;
    case EXPR_BOOL:
        add_z(f, value->boolean ? "true" : "false");
        return;
    case EXPR_INT:
    case EXPR_UINT:
        (void)add_whole(f, value, 10, false);
        return;
    case EXPR_DOUBLE:
        add_double(f, value->number);
        return;
    case EXPR_STRING:
        add(f, value->text);
        return;
    case EXPR_BYTES:
        if (utf8_valid(value->text))
            add(f, value->text);
        else
            f->error = expr_fail(f->run, "error during formatting: invalid UTF-8 in bytes, cannot convert to string");
        return;
    case EXPR_TIMESTAMP:
        add(f, expr_timestamp_text(f->run->arena, value->time));
        return;
    case EXPR_DURATION:
        add(f, expr_duration_text(f->run->arena, value->time));
        return;
    case EXPR_LIST:
        add_list(f, value->list);
        return;
    case EXPR_MAP:
        add_map(f, value->map);
        return;
    case EXPR_TYPE:
        add_type(f, value->type);
        return;
    default:
        wrong_kind(f,
                   "string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, "
                   "durations, and timestamps",
                   value);
        return;
    }
}

// ---- Verbs ----

static void add_decimal(struct formatter *f, const struct expr_value *value)
{
    if (value->kind == EXPR_DOUBLE)
        add_double(f, value->number);
    else if (!add_whole(f, value, 10, false))
        wrong_kind(f, "decimal clause can only be used on integers", value);
}

static void add_binary(struct formatter *f, const struct expr_value *value)
{
    if (value->kind == EXPR_BOOL)
        add_z(f, value->boolean ? "1" : "0");
    else if (!add_whole(f, value, 2, false))
        wrong_kind(f, "only integers and bools can be formatted as binary", value);
}

static void add_octal(struct formatter *f, const struct expr_value *value)
{
    if (!add_whole(f, value, 8, false)) wrong_kind(f, "octal clause can only be used on integers", value);
}

static void add_hex(struct formatter *f, const struct expr_value *value, bool upper)
{
    if (value->kind != EXPR_STRING && value->kind != EXPR_BYTES) {
        if (!add_whole(f, value, 16, upper))
            wrong_kind(f, "only integers, byte buffers, and strings can be formatted as hex", value);
        return;
    }
    for (size_t i = 0; i < value->text.n && !failed(f); i++) {
        char two[3];
        snprintf(two, sizeof two, upper ? "%02X" : "%02x", (unsigned)(unsigned char)value->text.p[i]);
        add(f, (struct str){two, 2});
    }
    if (!failed(f) && !expr_spend(f->run, value->text.n / 5)) f->error = expr_over_cost(f->run);
}

// ".3" behind the percent sign; the default without. false: *error is set.
static bool take_precision(struct formatter *f, struct str format, size_t *at, int *precision)
{
    *precision = PRECISION_DEFAULT;
    if (format.p[*at] != '.') return true;
    size_t from = ++*at;
    for (*precision = 0; *at < format.n && format.p[*at] >= '0' && format.p[*at] <= '9'; ++*at)
        if (*precision <= FORMAT_PRECISION_MAX) *precision = *precision * 10 + (format.p[*at] - '0');
    if (*at == format.n || *at == from) {
        f->error = expr_fail(f->run, "could not parse formatting clause: error while parsing precision");
    } else if (*precision > FORMAT_PRECISION_MAX) {
        f->error =
            expr_fail(f->run, "could not parse formatting clause: precision exceeds maximum allowed precision %d",
                      FORMAT_PRECISION_MAX);
    }
    return !failed(f);
}

static void add_verb(struct formatter *f, struct str format, size_t *at, const struct expr_value *value)
{
    int precision;
    if (!take_precision(f, format, at, &precision)) return;
    char verb = format.p[(*at)++];
    switch (verb) {
    case 's':
        add_value(f, value);
        return;
    case 'd':
        add_decimal(f, value);
        return;
    case 'f':
    case 'e':
        add_float(f, value, verb == 'e', precision);
        return;
    case 'b':
        add_binary(f, value);
        return;
    case 'o':
        add_octal(f, value);
        return;
    case 'x':
    case 'X':
        add_hex(f, value, verb == 'X');
        return;
    default:
        f->error = expr_fail(f->run, "could not parse formatting clause: unrecognized formatting clause \"%c\"",
                             verb >= ' ' && verb <= '~' ? verb : '?');
    }
}

static void add_all(struct formatter *f, struct str format, const struct expr_list *args)
{
    size_t used = 0;
    for (size_t at = 0; at < format.n && !failed(f);) {
        const char *percent = memchr(format.p + at, '%', format.n - at);
        size_t plain = percent ? (size_t)(percent - format.p) - at : format.n - at;
        add(f, (struct str){format.p + at, plain});
        at += plain;
        if (!percent || failed(f)) return;
        at++;
        if (at < format.n && format.p[at] == '%') {
            add_z(f, "%");
            at++;
        } else if (used >= args->count) {
            f->error = expr_fail(f->run, "index %zu out of range", used);
        } else if (at == format.n) {
            f->error = expr_fail(f->run, "unexpected end of string");
        } else {
            if (!expr_spend(f->run, 1))
                f->error = expr_over_cost(f->run);
            else
                add_verb(f, format, &at, &args->items[used++]);
        }
    }
}

struct expr_value expr_format(struct expr_run *run, struct str format, const struct expr_list *args)
{
    struct formatter f = {.run = run, .out = BUF(FORMAT_BYTES_MAX), .error = EXPR_NULL_VALUE};
    add_all(&f, format, args);
    struct expr_value result = f.error;
    if (!failed(&f)) {
        struct str text = arena_str(run->arena, buf_str(&f.out));
        result = text.p ? EXPR_STRING_VALUE(text) : expr_fail(run, "out of memory");
    }
    buf_free(&f.out);
    return result;
}
