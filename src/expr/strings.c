// SPDX-License-Identifier: Apache-2.0
// The strings extension (cel-spec doc/extensions/strings.md). Positions count code points. What is cut out of a text
// points into it; what is new is paid for before it is made.
#include "base/text.h"
#include "expr/expr.h"
#include "expr/extension.h"
#include "expr/format.h"

#include <unicode/uchar.h>

// Units for touching that many bytes.
static uint64_t bytes_cost(size_t n)
{
    return n / 10;
}

static struct expr_value out_of_memory(struct expr_run *run)
{
    return expr_fail(run, "out of memory");
}

static struct expr_value index_error(struct expr_run *run, int64_t index)
{
    return expr_fail(run, "index out of range: %lld", (long long)index);
}

// Bytes of the code point at `at`; 1 where the text is not UTF-8.
static size_t width_at(struct str text, size_t at)
{
    size_t width = utf8_sequence(text.p + at, text.n - at);
    return width ? width : 1;
}

// The byte at which the index-th code point begins, or the end; false: there are fewer.
static bool offset_of(struct str text, int64_t index, size_t *offset)
{
    size_t at = 0;
    if (index < 0) return false;
    for (; index > 0 && at < text.n; index--) at += width_at(text, at);
    *offset = at;
    return index == 0;
}

// Space for a new text of n bytes, paid for; NULL: *error is set.
static char *text_new(struct expr_run *run, size_t n, struct expr_value *error)
{
    char *p = NULL;
    if (!expr_spend(run, bytes_cost(n)))
        *error = expr_over_cost(run);
    else if (!(p = arena_alloc(run->arena, n + 1)))
        *error = out_of_memory(run);
    return p;
}

// ---- Positions ----

EXPR_FUNCTION(char_at)
{
    struct str text = args[0].text;
    size_t at;
    if (!expr_spend(run, bytes_cost(text.n))) return expr_over_cost(run);
    if (!offset_of(text, args[1].integer, &at)) return index_error(run, args[1].integer);
    return EXPR_STRING_VALUE(((struct str){text.p + at, at < text.n ? width_at(text, at) : 0}));
}

EXPR_FUNCTION(substring)
{
    struct str text = args[0].text;
    int64_t start = args[1].integer;
    size_t from, to = text.n;
    if (!expr_spend(run, bytes_cost(text.n))) return expr_over_cost(run);
    if (nargs == 3 && start > args[2].integer)
        return expr_fail(run, "invalid substring range. start: %lld, end: %lld", (long long)start,
                         (long long)args[2].integer);
    if (!offset_of(text, start, &from)) return index_error(run, start);
    if (nargs == 3 && !offset_of(text, args[2].integer, &to)) return index_error(run, args[2].integer);
    return EXPR_STRING_VALUE(((struct str){text.p + from, to - from}));
}

// The first place of `what` at or behind byte `from`; -1: there is none.
static int64_t find_first(struct str text, struct str what, size_t from)
{
    if (what.n == 0) return (int64_t)expr_code_points((struct str){text.p, from});
    struct str rest = str_from(text, from);
    const char *p = rest.n >= what.n ? memmem(rest.p, rest.n, what.p, what.n) : NULL;
    return p ? (int64_t)expr_code_points((struct str){text.p, (size_t)(p - text.p)}) : -1;
}

EXPR_FUNCTION(index_of)
{
    struct str text = args[0].text;
    size_t from = 0;
    if (!expr_spend(run, bytes_cost(text.n))) return expr_over_cost(run);
    if (nargs == 3 && !offset_of(text, args[2].integer, &from)) return index_error(run, args[2].integer);
    return EXPR_INT_VALUE(find_first(text, args[1].text, from));
}

// The last place of `what` that begins at or before byte `from`.
static int64_t find_last(struct str text, struct str what, size_t from)
{
    if (what.n > text.n) return -1;
    size_t at = text.n - what.n < from ? text.n - what.n : from;
    for (;; at--) {
        if (what.n == 0 || memcmp(text.p + at, what.p, what.n) == 0)
            return (int64_t)expr_code_points((struct str){text.p, at});
        if (at == 0) return -1;
    }
}

EXPR_FUNCTION(last_index_of)
{
    struct str text = args[0].text, what = args[1].text;
    size_t from = text.n;
    uint64_t places = text.n >= what.n ? text.n - what.n + 1 : 1;
    uint64_t compares;
    if (__builtin_mul_overflow(places, (uint64_t)what.n, &compares)) return expr_over_cost(run);
    if (!expr_spend(run, (compares + text.n) / 10)) return expr_over_cost(run);
    if (nargs == 3 && !offset_of(text, args[2].integer, &from)) return index_error(run, args[2].integer);
    return EXPR_INT_VALUE(find_last(text, what, from));
}

// ---- New texts ----

EXPR_FUNCTION(lower_ascii)
{
    struct expr_value error;
    struct str text = args[0].text;
    char *out = text_new(run, text.n, &error);
    if (!out) return error;
    for (size_t i = 0; i < text.n; i++)
        out[i] = text.p[i] >= 'A' && text.p[i] <= 'Z' ? (char)(text.p[i] + ('a' - 'A')) : text.p[i];
    return EXPR_STRING_VALUE(((struct str){out, text.n}));
}

EXPR_FUNCTION(upper_ascii)
{
    struct expr_value error;
    struct str text = args[0].text;
    char *out = text_new(run, text.n, &error);
    if (!out) return error;
    for (size_t i = 0; i < text.n; i++)
        out[i] = text.p[i] >= 'a' && text.p[i] <= 'z' ? (char)(text.p[i] - ('a' - 'A')) : text.p[i];
    return EXPR_STRING_VALUE(((struct str){out, text.n}));
}

EXPR_FUNCTION(reverse)
{
    struct expr_value error;
    struct str text = args[0].text;
    char *out = text_new(run, text.n, &error);
    if (!out) return error;
    for (size_t at = 0; at < text.n;) {
        size_t width = width_at(text, at);
        memcpy(out + text.n - at - width, text.p + at, width);
        at += width;
    }
    return EXPR_STRING_VALUE(((struct str){out, text.n}));
}

// Whether a code point is Unicode's White_Space; *width is its bytes.
static bool space_at(struct str text, size_t at, size_t *width)
{
    const unsigned char *b = (const unsigned char *)text.p + at;
    *width = width_at(text, at);
    UChar32 code = b[0];
    if (*width == 2) code = (b[0] & 0x1f) << 6 | (b[1] & 0x3f);
    if (*width == 3) code = (b[0] & 0x0f) << 12 | (b[1] & 0x3f) << 6 | (b[2] & 0x3f);
    return *width < 4 && u_isUWhiteSpace(code);
}

EXPR_FUNCTION(trim)
{
    struct str text = args[0].text;
    size_t from = 0, to = 0, width;
    if (!expr_spend(run, bytes_cost(text.n))) return expr_over_cost(run);
    while (from < text.n && space_at(text, from, &width)) from += width;
    to = from;
    for (size_t at = from; at < text.n; at += width)
        if (!space_at(text, at, &width)) to = at + width;
    return EXPR_STRING_VALUE(((struct str){text.p + from, to - from}));
}

EXPR_FUNCTION(quote)
{
    static const char plain[] = "\a\b\f\n\r\t\v\\\"", letters[] = "abfnrtv\\\"";
    struct expr_value error;
    struct str text = args[0].text;
    size_t n = text.n + 2, at = 0;
    if (!expr_spend(run, bytes_cost(text.n))) return expr_over_cost(run);
    for (size_t i = 0; i < text.n; i++) n += text.p[i] && strchr(plain, text.p[i]) ? 1 : 0;
    char *out = text_new(run, n, &error);
    if (!out) return error;
    out[at++] = '"';
    for (size_t i = 0; i < text.n; i++) {
        const char *special = text.p[i] ? strchr(plain, text.p[i]) : NULL;
        if (special) out[at++] = '\\';
        out[at++] = special ? letters[special - plain] : text.p[i];
    }
    out[at++] = '"';
    return EXPR_STRING_VALUE(((struct str){out, at}));
}

// ---- Replacing, splitting, joining ----

// How often `what` is in the text, side by side, but at most `limit`. Of an empty one there is one before each code
// point and one at the end.
static size_t count_of(struct str text, struct str what, int64_t limit)
{
    size_t count = 0;
    if (what.n == 0) count = expr_code_points(text) + 1;
    for (size_t at = 0; what.n > 0 && at < text.n; count++) {
        const char *p = memmem(text.p + at, text.n - at, what.p, what.n);
        if (!p || (limit >= 0 && count >= (uint64_t)limit)) break;
        at = (size_t)(p - text.p) + what.n;
    }
    return limit >= 0 && count > (uint64_t)limit ? (size_t)limit : count;
}

// The next place of `what` at or behind `at`; there is one.
static size_t place_of(struct str text, struct str what, size_t at, bool first)
{
    if (what.n == 0) return first ? at : at + width_at(text, at);
    return (size_t)((const char *)memmem(text.p + at, text.n - at, what.p, what.n) - text.p);
}

EXPR_FUNCTION(replace)
{
    struct expr_value error;
    struct str text = args[0].text, old = args[1].text, new = args[2].text;
    if (!expr_spend(run, bytes_cost(text.n))) return expr_over_cost(run);
    size_t count = count_of(text, old, nargs == 4 ? args[3].integer : -1), n, from = 0, to = 0;
    if (count == 0) return args[0];
    if (__builtin_mul_overflow(count, new.n, &n) || __builtin_add_overflow(n, text.n - count * old.n, &n))
        return expr_over_cost(run);
    char *out = text_new(run, n, &error);
    if (!out) return error;
    for (size_t i = 0; i < count; i++) {
        size_t place = place_of(text, old, from, i == 0);
        if (place > from) memcpy(out + to, text.p + from, place - from);
        to += place - from;
        if (new.n) memcpy(out + to, new.p, new.n);
        to += new.n;
        from = place + old.n;
    }
    if (text.n > from) memcpy(out + to, text.p + from, text.n - from);
    return EXPR_STRING_VALUE(((struct str){out, n}));
}

// At most `limit` pieces (negative: all); the last one is what is left.
EXPR_FUNCTION(split)
{
    struct str text = args[0].text, separator = args[1].text;
    int64_t limit = nargs == 3 ? args[2].integer : -1;
    if (!expr_spend(run, bytes_cost(text.n))) return expr_over_cost(run);
    size_t cuts = count_of(text, separator, limit > 0 ? limit - 1 : limit), from = 0;
    if (separator.n == 0) { // between code points, not around them
        size_t points = expr_code_points(text);
        cuts = points == 0 ? 0 : limit > 0 && (uint64_t)limit < points ? (size_t)limit - 1 : points - 1;
    }
    size_t count = limit == 0 || (separator.n == 0 && text.n == 0) ? 0 : cuts + 1;
    if (!expr_spend(run, count)) return expr_over_cost(run);
    struct expr_value *items = arena_array(run->arena, struct expr_value, count ? count : 1);
    if (!items) return out_of_memory(run);
    for (size_t i = 0; i + 1 < count; i++) {
        size_t place = place_of(text, separator, from, false);
        items[i] = EXPR_STRING_VALUE(((struct str){text.p + from, place - from}));
        from = place + separator.n;
    }
    if (count) items[count - 1] = EXPR_STRING_VALUE(((struct str){text.p + from, text.n - from}));
    return expr_list_new(run->arena, items, count);
}

EXPR_FUNCTION(join)
{
    struct expr_value error;
    const struct expr_list *list = args[0].list;
    struct str separator = nargs == 2 ? args[1].text : STR_NONE;
    size_t n = 0, at = 0;
    if (!expr_spend(run, list->count)) return expr_over_cost(run);
    for (size_t i = 0; i < list->count; i++) {
        if (list->items[i].kind != EXPR_STRING)
            return expr_fail(run, "join: invalid input: a list member is %s", expr_kind_name(list->items[i].kind));
        if (__builtin_add_overflow(n, list->items[i].text.n + (i ? separator.n : 0), &n)) return expr_over_cost(run);
    }
    char *out = text_new(run, n, &error);
    if (!out) return error;
    for (size_t i = 0; i < list->count; i++) {
        struct str item = list->items[i].text;
        if (i && separator.n) memcpy(out + at, separator.p, separator.n);
        if (i) at += separator.n;
        if (item.n) memcpy(out + at, item.p, item.n);
        at += item.n;
    }
    return EXPR_STRING_VALUE(((struct str){out, n}));
}

EXPR_FUNCTION(format)
{
    return expr_format(run, args[0].text, args[1].list);
}

const struct expr_overload expr_string_functions[] = {
    {"charAt", "string.(int) -> string", char_at},
    {"indexOf", "string.(string) -> int", index_of},
    {"indexOf", "string.(string, int) -> int", index_of},
    {"lastIndexOf", "string.(string) -> int", last_index_of},
    {"lastIndexOf", "string.(string, int) -> int", last_index_of},
    {"lowerAscii", "string.() -> string", lower_ascii},
    {"upperAscii", "string.() -> string", upper_ascii},
    {"reverse", "string.() -> string", reverse},
    {"trim", "string.() -> string", trim},
    {"strings.quote", "(string) -> string", quote},
    {"substring", "string.(int) -> string", substring},
    {"substring", "string.(int, int) -> string", substring},
    {"replace", "string.(string, string) -> string", replace},
    {"replace", "string.(string, string, int) -> string", replace},
    {"split", "string.(string) -> list(string)", split},
    {"split", "string.(string, int) -> list(string)", split},
    {"join", "list(string).() -> string", join},
    {"join", "list(string).(string) -> string", join},
    {"format", "string.(list(dyn)) -> string", format},
    {NULL},
};
