// SPDX-License-Identifier: Apache-2.0
// Functions: those of the core language that are not about time: size, tests of texts, conversions (langdef.md, "List
// of Standard Definitions").
#include "base/json.h"
#include "base/text.h"
#include "expr/extension.h"
#include "expr/program.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define FUNCTION(name)                                                                                                 \
    static struct expr_value name(struct expr_run *run, const struct expr_value *args, size_t nargs, void *context)

// Most functions need no more than their arguments.
#define UNUSED ((void)run, (void)nargs, (void)context)

// ---- Sizes and texts ----

FUNCTION(size_of_text)
{
    UNUSED;
    if (!expr_spend(run, args[0].text.n / 10)) return expr_over_cost(run);
    return EXPR_INT_VALUE((int64_t)expr_code_points(args[0].text));
}

FUNCTION(size_of_bytes)
{
    UNUSED;
    return EXPR_INT_VALUE((int64_t)args[0].text.n);
}

FUNCTION(size_of_list)
{
    UNUSED;
    return EXPR_INT_VALUE((int64_t)args[0].list->count);
}

FUNCTION(size_of_map)
{
    UNUSED;
    return EXPR_INT_VALUE((int64_t)args[0].map->count);
}

static struct expr_value truth_of(struct expr_run *run, enum opcode opcode, const struct expr_value *args)
{
    struct instruction in = {.opcode = (uint8_t)opcode};
    return apply_truth(run, &in, &args[0], &args[1]);
}

FUNCTION(contains)
{
    UNUSED;
    return truth_of(run, DO_CONTAINS, args);
}

FUNCTION(starts_with)
{
    UNUSED;
    return truth_of(run, DO_STARTS, args);
}

FUNCTION(ends_with)
{
    UNUSED;
    return truth_of(run, DO_ENDS, args);
}

#define MATCHES_COST 1000
#define MATCHES_BYTE_COST 20

struct expr_value apply_matches(struct expr_run *run, const struct regex *regex, struct str text)
{
    bool holds;
    uint64_t steps = 0;
    struct why why = {0};
    enum err err = regex_search(regex, run->arena, text, &holds, &steps, &why);
    if (!expr_spend(run, steps / 10)) return expr_over_cost(run);
    return err ? expr_fail(run, "%s", why.text) : EXPR_BOOL_VALUE(holds);
}

FUNCTION(matches)
{
    UNUSED;
    struct regex *regex;
    struct why why = {0};
    // Compiling a pattern is the dear part: classes and counted repetitions are written out.
    if (!expr_spend(run, MATCHES_COST + MATCHES_BYTE_COST * args[1].text.n)) return expr_over_cost(run);
    if (regex_compile(run->arena, args[1].text, &regex, &why)) return expr_fail(run, "bad pattern: %s", why.text);
    return apply_matches(run, regex, args[0].text);
}

// ---- Conversions ----

FUNCTION(same)
{
    UNUSED;
    return args[0];
}

FUNCTION(type_of)
{
    UNUSED;
    return apply_type(&args[0]);
}

static struct expr_value bad_conversion(struct expr_run *run, const struct expr_value *from, const char *to)
{
    struct str text = from->kind == EXPR_STRING ? from->text : STR_NONE;
    if (text.n > 64) text.n = 64;
    return expr_fail(run, "type conversion error: '%.*s' is no %s", STR_ARG(text), to);
}

static struct expr_value out_of_range(struct expr_run *run, const char *to)
{
    return expr_fail(run, "range error: out of the range of %s", to);
}

FUNCTION(int_of_uint)
{
    UNUSED;
    return args[0].natural > INT64_MAX ? out_of_range(run, "int") : EXPR_INT_VALUE((int64_t)args[0].natural);
}

FUNCTION(int_of_double)
{
    UNUSED;
    double d = args[0].number;
    // Both ends are out: a double there may be any of a thousand integers.
    return d > -0x1p63 && d < 0x1p63 ? EXPR_INT_VALUE((int64_t)d) : out_of_range(run, "int");
}

// [+-]digits, within 64 bits; *minus tells the sign. false: no such text. *over: too large.
static bool read_digits(struct str s, bool *minus, uint64_t *out, bool *over)
{
    *minus = s.n && s.p[0] == '-';
    *over = false;
    *out = 0;
    if (s.n && (s.p[0] == '-' || s.p[0] == '+')) s = str_from(s, 1);
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9') return false;
        *over |= __builtin_mul_overflow(*out, 10, out) || __builtin_add_overflow(*out, (uint64_t)(s.p[i] - '0'), out);
    }
    return s.n > 0;
}

FUNCTION(int_of_text)
{
    UNUSED;
    bool minus, over;
    uint64_t n;
    if (!read_digits(args[0].text, &minus, &n, &over)) return bad_conversion(run, &args[0], "int");
    if (over || n > (uint64_t)INT64_MAX + minus) return out_of_range(run, "int");
    return EXPR_INT_VALUE(minus ? (int64_t)(0 - n) : (int64_t)n);
}

FUNCTION(int_of_timestamp)
{
    UNUSED;
    return EXPR_INT_VALUE(args[0].time.seconds);
}

FUNCTION(uint_of_int)
{
    UNUSED;
    return args[0].integer < 0 ? out_of_range(run, "uint") : EXPR_UINT_VALUE((uint64_t)args[0].integer);
}

FUNCTION(uint_of_double)
{
    UNUSED;
    double d = args[0].number;
    return d >= 0 && d < 0x1p64 ? EXPR_UINT_VALUE((uint64_t)d) : out_of_range(run, "uint");
}

FUNCTION(uint_of_text)
{
    UNUSED;
    bool minus, over;
    uint64_t n;
    struct str s = args[0].text;
    if (!read_digits(s, &minus, &n, &over) || s.p[0] == '-' || s.p[0] == '+')
        return bad_conversion(run, &args[0], "uint");
    return over ? out_of_range(run, "uint") : EXPR_UINT_VALUE(n);
}

FUNCTION(double_of_int)
{
    UNUSED;
    return EXPR_DOUBLE_VALUE((double)args[0].integer);
}

FUNCTION(double_of_uint)
{
    UNUSED;
    return EXPR_DOUBLE_VALUE((double)args[0].natural);
}

static size_t skip_digits(const char *z, size_t at)
{
    while (z[at] >= '0' && z[at] <= '9') at++;
    return at;
}

// Decimal digits with a point and an exponent, or the names of what is no number; no space, no hexadecimal.
static bool is_double_text(const char *z, size_t n)
{
    static const char *const names[] = {"inf", "infinity", "nan"};
    size_t at = z[0] == '+' || z[0] == '-';
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcasecmp(z + at, names[i]) == 0) return at + strlen(names[i]) == n && (i < 2 || at == 0);
    size_t whole = skip_digits(z, at), digits = whole - at;
    if (z[whole] == '.') {
        at = skip_digits(z, whole + 1);
        digits += at - whole - 1;
    } else
        at = whole;
    if (digits == 0) return false;
    if (z[at] == 'e' || z[at] == 'E') {
        size_t exponent = at + 1 + (z[at + 1] == '+' || z[at + 1] == '-');
        at = skip_digits(z, exponent);
        if (at == exponent) return false;
    }
    return at == n;
}

FUNCTION(double_of_text)
{
    UNUSED;
    if (!expr_spend(run, args[0].text.n / 10)) return expr_over_cost(run);
    struct str copy = arena_str(run->arena, args[0].text); // strtod needs the NUL
    if (!copy.p) return program_no_memory();
    if (!is_double_text(copy.p, copy.n)) return bad_conversion(run, &args[0], "double");
    double d = strtod(copy.p, NULL);
    if (isinf(d) && memchr(copy.p, 'n', copy.n) == NULL && memchr(copy.p, 'N', copy.n) == NULL)
        return out_of_range(run, "double");
    return EXPR_DOUBLE_VALUE(d);
}

FUNCTION(bool_of_text)
{
    UNUSED;
    static const char *const yes[] = {"1", "t", "T", "true", "TRUE", "True"};
    static const char *const no[] = {"0", "f", "F", "false", "FALSE", "False"};
    for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++) {
        if (str_is(args[0].text, yes[i])) return EXPR_BOOL_VALUE(true);
        if (str_is(args[0].text, no[i])) return EXPR_BOOL_VALUE(false);
    }
    return bad_conversion(run, &args[0], "bool");
}

FUNCTION(bytes_of_text)
{
    UNUSED;
    return EXPR_BYTES_VALUE(args[0].text);
}

FUNCTION(text_of_bytes)
{
    UNUSED;
    if (!expr_spend(run, args[0].text.n / 10)) return expr_over_cost(run);
    if (!utf8_valid(args[0].text)) return expr_fail(run, "invalid UTF-8 in bytes, cannot convert to string");
    return EXPR_STRING_VALUE(args[0].text);
}

FUNCTION(text_of_bool)
{
    UNUSED;
    return args[0].boolean ? EXPR_STRING_VALUE(STR("true")) : EXPR_STRING_VALUE(STR("false"));
}

static struct expr_value text_value(struct str text)
{
    return text.p ? EXPR_STRING_VALUE(text) : program_no_memory();
}

FUNCTION(text_of_int)
{
    UNUSED;
    return text_value(arena_printf(run->arena, "%lld", (long long)args[0].integer));
}

FUNCTION(text_of_uint)
{
    UNUSED;
    return text_value(arena_printf(run->arena, "%llu", (unsigned long long)args[0].natural));
}

// The shortest digits of d > 0 that read back, "d1d2…", and the exponent of "d1.d2… * 10^exponent".
static size_t shortest_digits(double d, char digits[32], int *exponent)
{
    char text[32];
    size_t n = 0, at = 0, length = json_number_text(d, text);
    int point = -1; // digits before the point, leading zeros not counted
    bool point_seen = false;
    *exponent = 0;
    for (; at < length && text[at] != 'e'; at++) {
        if (text[at] == '.')
            point_seen = true;
        else if (n || text[at] != '0')
            digits[n++] = text[at], point += !point_seen;
        else
            point -= point_seen;
    }
    INVARIANT(n > 0);
    while (n > 1 && digits[n - 1] == '0') n--;
    if (at < length) *exponent = atoi(text + at + 1);
    *exponent += point;
    return n;
}

// The shortest text as C's %g would write it, plain from 1e-4 up to 1e6: what cel-go gives.
static void put_double(double d, struct buf *out)
{
    if (isnan(d) || isinf(d)) {
        buf_puts(out, isnan(d) ? "NaN" : d < 0 ? "-Inf" : "+Inf");
        return;
    }
    if (signbit(d)) buf_putc(out, '-');
    d = fabs(d);
    if (d == 0) {
        buf_putc(out, '0');
        return;
    }
    char digits[32];
    int exponent;
    size_t n = shortest_digits(d, digits, &exponent);
    if (exponent < -4 || exponent >= 6) {
        buf_putc(out, digits[0]);
        if (n > 1) buf_putc(out, '.');
        buf_add(out, digits + 1, n - 1);
        buf_printf(out, "e%c%02d", exponent < 0 ? '-' : '+', abs(exponent));
        return;
    }
    if (exponent < 0) buf_puts(out, "0.");
    for (int i = exponent; i < -1; i++) buf_putc(out, '0');
    for (int i = 0; i < (int)n || i <= exponent; i++) {
        if (i > 0 && i == exponent + 1) buf_putc(out, '.');
        buf_putc(out, i < (int)n ? digits[i] : '0');
    }
}

FUNCTION(text_of_double)
{
    UNUSED;
    struct buf out = BUF(100);
    put_double(args[0].number, &out);
    struct str text = out.failed ? STR_NONE : arena_str(run->arena, buf_str(&out));
    buf_free(&out);
    return text_value(text);
}

FUNCTION(text_of_timestamp)
{
    UNUSED;
    return text_value(expr_timestamp_text(run->arena, args[0].time));
}

FUNCTION(text_of_duration)
{
    UNUSED;
    return text_value(expr_duration_text(run->arena, args[0].time));
}

const struct expr_overload expr_core_functions[] = {
    {"size", "(string) -> int", size_of_text, false},
    {"size", "(bytes) -> int", size_of_bytes, false},
    {"size", "(list(A)) -> int", size_of_list, false},
    {"size", "(map(A, B)) -> int", size_of_map, false},
    {"size", "string.() -> int", size_of_text, false},
    {"size", "bytes.() -> int", size_of_bytes, false},
    {"size", "list(A).() -> int", size_of_list, false},
    {"size", "map(A, B).() -> int", size_of_map, false},
    {"contains", "string.(string) -> bool", contains, false},
    {"startsWith", "string.(string) -> bool", starts_with, false},
    {"endsWith", "string.(string) -> bool", ends_with, false},
    {"matches", "string.(string) -> bool", matches, false},
    {"matches", "(string, string) -> bool", matches, false},
    {"dyn", "(A) -> dyn", same, false},
    {"type", "(A) -> type(A)", type_of, false},
    {"int", "(int) -> int", same, false},
    {"int", "(uint) -> int", int_of_uint, false},
    {"int", "(double) -> int", int_of_double, false},
    {"int", "(string) -> int", int_of_text, false},
    {"int", "(timestamp) -> int", int_of_timestamp, false},
    {"uint", "(uint) -> uint", same, false},
    {"uint", "(int) -> uint", uint_of_int, false},
    {"uint", "(double) -> uint", uint_of_double, false},
    {"uint", "(string) -> uint", uint_of_text, false},
    {"double", "(double) -> double", same, false},
    {"double", "(int) -> double", double_of_int, false},
    {"double", "(uint) -> double", double_of_uint, false},
    {"double", "(string) -> double", double_of_text, false},
    {"bool", "(bool) -> bool", same, false},
    {"bool", "(string) -> bool", bool_of_text, false},
    {"bytes", "(bytes) -> bytes", same, false},
    {"bytes", "(string) -> bytes", bytes_of_text, false},
    {"string", "(string) -> string", same, false},
    {"string", "(bool) -> string", text_of_bool, false},
    {"string", "(int) -> string", text_of_int, false},
    {"string", "(uint) -> string", text_of_uint, false},
    {"string", "(double) -> string", text_of_double, false},
    {"string", "(bytes) -> string", text_of_bytes, false},
    {"string", "(timestamp) -> string", text_of_timestamp, false},
    {"string", "(duration) -> string", text_of_duration, false},
    {NULL, NULL, NULL, false},
};
