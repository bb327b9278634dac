// SPDX-License-Identifier: Apache-2.0
#include "base/json.h"

#include "base/random.h"
#include "base/text.h"

#include <math.h>
#include <sodium.h>
#include <stdlib.h>

// Up to here the names of an object are compared each with each; beyond, through a hash set.
#define PAIRWISE_MAX 16

// --- reading ---------------------------------------------------------------------------------------------------------

struct parser {
    const char *p, *end, *start;
    struct arena *arena;
    struct why *why;
    struct json *open[JSON_DEPTH_MAX]; // the containers around p, outermost first
    size_t depth;
    struct str name; // of the member whose value comes next
    // The set of names of one object, reused from object to object; slots count is a power of two.
    struct json **slots;
    size_t slots_room;
    uint8_t key[crypto_shorthash_KEYBYTES];
};

// The JSON pointer of the value at hand, cut off where `why` has no more room.
static void pointer_text(const struct parser *j, char *out, size_t room)
{
    struct buf b = {.p = out, .room = room - 1, .max = room - 1};
    for (size_t i = 0; i < j->depth; i++) {
        const struct json *container = j->open[i];
        bool inner = i + 1 < j->depth;
        buf_putc(&b, '/');
        if (container->type == JSON_ARRAY) {
            buf_u64(&b, container->count - (inner && container->count ? 1 : 0));
        } else {
            struct str name = inner ? j->open[i + 1]->name : j->name;
            for (size_t k = 0; k < name.n; k++) {
                if (name.p[k] == '~')
                    buf_puts(&b, "~0");
                else if (name.p[k] == '/')
                    buf_puts(&b, "~1");
                else
                    buf_putc(&b, name.p[k]);
            }
        }
    }
    out[b.n] = 0;
}

static bool refuse_at(struct parser *j, const char *at, const char *clause, const char *text)
{
    char pointer[sizeof j->why->member];
    pointer_text(j, pointer, sizeof pointer);
    if (!j->why || j->why->err) return false;
    why_set(j->why, ERR_MALFORMED, pointer, "%s", text);
    why_clause(j->why, clause);
    why_at(j->why, (size_t)(at - j->start));
    return false;
}

static bool refuse(struct parser *j, const char *clause, const char *text)
{
    return refuse_at(j, j->p, clause, text);
}

static bool no_memory(struct parser *j)
{
    if (j->arena->full)
        why_set(j->why, ERR_TOO_LARGE, "", "the document needs more than %zu bytes of memory to read", j->arena->cap);
    else
        why_set(j->why, ERR_NO_MEMORY, "", "there is no memory to read the document");
    return false;
}

static void skip_space(struct parser *j)
{
    const char *p = j->p;
    while (p < j->end && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t')) p++;
    j->p = p;
}

// The first byte in [p, end) that is not plain text within a string: a quote, a backslash, a control or not ASCII.
static const char *plain_end(const char *p, const char *end)
{
    const uint64_t ones = 0x0101010101010101u, highs = 0x8080808080808080u;
    for (; end - p >= 8; p += 8) {
        uint64_t w;
        memcpy(&w, p, sizeof w);
        uint64_t quote = w ^ ones * '"', back = w ^ ones * '\\';
        // The classical "has a zero byte" and "has a byte below n"; a false alarm above a true one does no harm.
        if (((w - ones * 0x20) | (quote - ones) | (back - ones) | w) & highs) break;
    }
    while (p < end && (unsigned char)*p >= 0x20 && (unsigned char)*p < 0x80 && *p != '"' && *p != '\\') p++;
    return p;
}

static int hex4(const char *p)
{
    int value = 0;
    for (int i = 0; i < 4; i++) {
        int c = p[i], digit;
        if (c >= '0' && c <= '9')
            digit = c - '0';
        else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
            digit = (c | 0x20) - 'a' + 10;
        else
            return -1;
        value = value << 4 | digit;
    }
    return value;
}

static bool is_noncharacter(uint32_t code)
{
    return (code & 0xFFFE) == 0xFFFE || (code >= 0xFDD0 && code <= 0xFDEF);
}

static size_t utf8_put(uint32_t code, char *out)
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    size_t n = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    static const uint8_t lead[5] = {0, 0, 0xC0, 0xE0, 0xF0};
    for (size_t i = n - 1; i > 0; i--, code >>= 6) out[i] = (char)(0x80 | (code & 0x3F));
    out[0] = (char)(lead[n] | code);
    return n;
}

static uint32_t utf8_code(const char *at, size_t n)
{
    const uint8_t *p = (const uint8_t *)at;
    uint32_t code = n == 2 ? p[0] & 0x1Fu : n == 3 ? p[0] & 0x0Fu : p[0] & 0x07u;
    for (size_t i = 1; i < n; i++) code = code << 6 | (p[i] & 0x3Fu);
    return code;
}

bool json_text_valid(struct str text)
{
    const char *p = text.p, *end = text.p + text.n;
    while (p < end) {
        if ((unsigned char)*p < 0x80) {
            p++;
            continue;
        }
        size_t n = utf8_sequence(p, (size_t)(end - p));
        if (n == 0 || is_noncharacter(utf8_code(p, n))) return false;
        p += n;
    }
    return true;
}

// \uXXXX, with its second half if it is the first of a pair; j->p stands on the backslash.
static bool read_unicode(struct parser *j, uint32_t *code)
{
    int high = j->end - j->p >= 6 ? hex4(j->p + 2) : -1;
    if (high < 0) return refuse(j, "RFC 8259 7", "\\u needs four hexadecimal digits");
    size_t n = 6;
    *code = (uint32_t)high;
    if (high >= 0xD800 && high <= 0xDFFF) {
        bool pair = high < 0xDC00 && j->end - j->p >= 12 && j->p[6] == '\\' && j->p[7] == 'u';
        int low = pair ? hex4(j->p + 8) : -1;
        if (low < 0xDC00 || low > 0xDFFF)
            return refuse(j, "RFC 7493 2.1", "a surrogate stands alone; write both halves of the pair");
        *code = 0x10000 + ((uint32_t)(high - 0xD800) << 10) + (uint32_t)(low - 0xDC00);
        n = 12;
    }
    if (is_noncharacter(*code)) return refuse(j, "RFC 7493 2.1", "the escape names a Unicode noncharacter");
    j->p += n;
    return true;
}

// One escape to *to, moving past both.
static bool read_escape(struct parser *j, char **to)
{
    static const char from[] = "\"\\/bfnrt", plain[] = "\"\\/\b\f\n\r\t";
    char c = j->end - j->p >= 2 ? j->p[1] : 0;
    if (c == 'u') {
        uint32_t code = 0;
        if (!read_unicode(j, &code)) return false;
        *to += utf8_put(code, *to);
        return true;
    }
    const char *found = c ? strchr(from, c) : NULL;
    if (!found) return refuse(j, "RFC 8259 7", "there is no such escape");
    *(*to)++ = plain[found - from];
    j->p += 2;
    return true;
}

// A byte within a string that is neither plain nor a quote nor a backslash: a well-formed UTF-8 sequence, or refused.
static bool read_sequence(struct parser *j)
{
    if ((unsigned char)*j->p < 0x20) return refuse(j, "RFC 8259 7", "a control character in a string must be escaped");
    size_t n = utf8_sequence(j->p, (size_t)(j->end - j->p));
    if (n == 0) return refuse(j, "RFC 3629 3", "the bytes are not well-formed UTF-8");
    if (is_noncharacter(utf8_code(j->p, n)))
        return refuse(j, "RFC 7493 2.1", "a Unicode noncharacter stands in a string");
    j->p += n;
    return true;
}

// To the closing quote, or to the first backslash when `stop_at_escape`.
static bool skip_string(struct parser *j)
{
    for (;;) {
        j->p = plain_end(j->p, j->end);
        if (j->p == j->end) return refuse(j, "RFC 8259 7", "the string does not end");
        if (*j->p == '"' || *j->p == '\\') return true;
        if (!read_sequence(j)) return false;
    }
}

// The rest of a string that has escapes, from its first one on, into the arena. An escape is never shorter than its
// text.
static bool read_escaped(struct parser *j, const char *from, struct str *out)
{
    const char *close = j->p;
    while (close < j->end && *close != '"') close += *close == '\\' ? 2 : 1;
    if (close >= j->end) return refuse(j, "RFC 8259 7", "the string does not end");
    char *text = arena_alloc(j->arena, (size_t)(close - from) + 1), *to = text;
    if (!text) return no_memory(j);
    for (;;) {
        memcpy(to, from, (size_t)(j->p - from));
        to += j->p - from;
        if (*j->p == '"') break;
        if (!read_escape(j, &to)) return false;
        from = j->p;
        if (!skip_string(j)) return false;
    }
    *out = (struct str){text, (size_t)(to - text)};
    return true;
}

// A string, j->p on its opening quote.
static bool read_string(struct parser *j, struct str *out)
{
    const char *from = ++j->p;
    if (!skip_string(j)) return false;
    *out = (struct str){from, (size_t)(j->p - from)};
    if (*j->p == '\\' && !read_escaped(j, from, out)) return false;
    j->p++;
    return true;
}

// The slow and exact way, for text that the quick one cannot be sure of.
static bool read_number_exactly(struct parser *j, struct str text, double *out)
{
    char few[128], *z = few;
    if (text.n >= sizeof few) z = arena_alloc(j->arena, text.n + 1);
    if (!z) return no_memory(j);
    memcpy(z, text.p, text.n);
    z[text.n] = 0;
    *out = strtod(z, NULL);
    if (isinf(*out)) return refuse_at(j, text.p, "RFC 7493 2.2", "the number is too large for a double");
    return true;
}

// Digits into *value as long as they fit in 19 digits; counts them all. Leading zeros of the value are not significant.
static size_t take_digits(struct parser *j, uint64_t *value, size_t *significant)
{
    const char *from = j->p, *p = from;
    uint64_t v = *value;
    size_t n = *significant;
    for (; p < j->end && (unsigned char)(*p - '0') < 10; p++) {
        if (n < 19) v = v * 10 + (uint64_t)(*p - '0');
        n += v != 0;
    }
    *value = v;
    *significant = n;
    j->p = p;
    return (size_t)(p - from);
}

// "e-12" to *exponent, held within what no number needs.
static bool take_exponent(struct parser *j, long *exponent)
{
    j->p++;
    bool minus = j->p < j->end && *j->p == '-';
    if (j->p < j->end && (*j->p == '-' || *j->p == '+')) j->p++;
    const char *from = j->p;
    long e = 0;
    for (; j->p < j->end && (unsigned char)(*j->p - '0') < 10; j->p++) {
        if (e < 100000) e = e * 10 + (*j->p - '0');
    }
    if (j->p == from) return refuse(j, "RFC 8259 6", "the exponent has no digits");
    *exponent += minus ? -e : e;
    return true;
}

static bool read_number(struct parser *j, struct json *node)
{
    static const double pow10[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                   1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    const char *from = j->p;
    uint64_t value = 0;
    size_t significant = 0;
    long exponent = 0;
    bool minus = *from == '-';
    j->p += minus;
    const char *first = j->p;
    size_t whole = take_digits(j, &value, &significant);
    if (whole == 0) return refuse(j, "RFC 8259 6", "a number needs a digit here");
    if (whole > 1 && *first == '0') return refuse_at(j, first, "RFC 8259 6", "a number has no leading zeros");
    if (j->p < j->end && *j->p == '.') {
        j->p++;
        size_t decimals = take_digits(j, &value, &significant);
        if (decimals == 0) return refuse(j, "RFC 8259 6", "a decimal point needs a digit after it");
        exponent = -(long)decimals;
    }
    if (j->p < j->end && (*j->p | 0x20) == 'e' && !take_exponent(j, &exponent)) return false;
    node->type = JSON_NUMBER;
    node->text = (struct str){from, (size_t)(j->p - from)};
    // Two exact doubles divided or multiplied once round right (Clinger's fast path).
    if (significant > 19 || value > (uint64_t)1 << 53 || exponent < -22 || exponent > 22)
        return read_number_exactly(j, node->text, &node->number);
    double d = (double)value;
    d = exponent < 0 ? d / pow10[-exponent] : d * pow10[exponent];
    node->number = minus ? -d : d;
    return true;
}

static bool read_word(struct parser *j, struct json *node)
{
    size_t left = (size_t)(j->end - j->p), n = 0;
    if (left >= 4 && memcmp(j->p, "true", 4) == 0) {
        node->type = JSON_BOOL;
        node->boolean = true;
        n = 4;
    } else if (left >= 5 && memcmp(j->p, "false", 5) == 0) {
        node->type = JSON_BOOL;
        n = 5;
    } else if (left >= 4 && memcmp(j->p, "null", 4) == 0) {
        node->type = JSON_NULL;
        n = 4;
    }
    if (n == 0) return refuse(j, "RFC 8259 3", "a value is expected here");
    j->p += n;
    return true;
}

static bool refuse_duplicate(struct parser *j, const struct json *member)
{
    j->name = member->name;
    return refuse_at(j, member->raw.p, "RFC 7493 2.3", "the object has this name twice");
}

// A set with room for twice the members; NULL without memory.
static struct json **fresh_slots(struct parser *j, size_t count, size_t *room)
{
    *room = 64;
    while (*room < count * 2) *room *= 2;
    if (*room > j->slots_room) {
        if (!j->slots) random_bytes(j->key, sizeof j->key);
        j->slots = arena_array(j->arena, struct json *, *room);
        j->slots_room = *room;
        return j->slots;
    }
    return memset(j->slots, 0, *room * sizeof *j->slots);
}

// The key is random, so that nobody can prepare names that fall into one slot.
static bool names_differ_hashed(struct parser *j, struct json *object)
{
    size_t room;
    struct json **slots = fresh_slots(j, object->count, &room);
    if (!slots) return no_memory(j);
    for (struct json *m = object->child; m; m = m->next) {
        uint64_t hash;
        crypto_shorthash((unsigned char *)&hash, (const unsigned char *)m->name.p, m->name.n, j->key);
        size_t i = (size_t)hash & (room - 1);
        for (; slots[i]; i = (i + 1) & (room - 1)) {
            if (str_eq(slots[i]->name, m->name)) return refuse_duplicate(j, m);
        }
        slots[i] = m;
    }
    return true;
}

static bool names_differ(struct parser *j, struct json *object)
{
    if (object->count > PAIRWISE_MAX) return names_differ_hashed(j, object);
    for (struct json *m = object->child; m; m = m->next) {
        for (const struct json *before = object->child; before != m; before = before->next) {
            if (before->name.n == m->name.n && memcmp(before->name.p, m->name.p, m->name.n) == 0)
                return refuse_duplicate(j, m);
        }
    }
    return true;
}

// `"name" :`, leaving j->p before the value.
static bool read_name(struct parser *j)
{
    j->name = STR_NONE;
    skip_space(j);
    if (j->p == j->end || *j->p != '"') return refuse(j, "RFC 8259 4", "a member's name in quotes is expected here");
    if (!read_string(j, &j->name)) return false;
    skip_space(j);
    if (j->p == j->end || *j->p != ':') return refuse(j, "RFC 8259 4", "a colon is expected here");
    j->p++;
    return true;
}

static void append(struct json *container, struct json *item)
{
    if (container->last)
        container->last->next = item;
    else
        container->child = item;
    container->last = item;
    container->count++;
}

static bool open_container(struct parser *j, struct json *node, enum json_type type)
{
    if (j->depth == JSON_DEPTH_MAX) return refuse(j, "RFC 8259 9", "the document is nested too deeply (64 at most)");
    node->type = type;
    j->open[j->depth++] = node;
    j->name = STR_NONE;
    j->p++;
    return true;
}

static bool close_container(struct parser *j)
{
    struct json *node = j->open[j->depth - 1];
    if (node->type == JSON_OBJECT && !names_differ(j, node)) return false;
    j->p++;
    node->raw.n = (size_t)(j->p - node->raw.p);
    j->depth--;
    return true;
}

// One value up to where its first child or its end is: sets *opened when children may follow.
static bool read_value(struct parser *j, struct json *node, bool *opened)
{
    *opened = false;
    node->raw.p = j->p;
    switch (*j->p) {
    case '{':
    case '[':
        *opened = true;
        return open_container(j, node, *j->p == '{' ? JSON_OBJECT : JSON_ARRAY);
    case '"':
        node->type = JSON_STRING;
        if (!read_string(j, &node->text)) return false;
        break;
    case '-':
    case '0':
    case '1':
    case '2':
    case '3':
    case '4':
    case '5':
    case '6':
    case '7':
    case '8':
    case '9':
        if (!read_number(j, node)) return false;
        break;
    default:
        if (!read_word(j, node)) return false;
    }
    node->raw.n = (size_t)(j->p - node->raw.p);
    return true;
}

// After a value, or just inside a container (`fresh`): closes what closes. *more when another value follows.
static bool read_after(struct parser *j, bool fresh, bool *more)
{
    for (*more = false; j->depth; fresh = false) {
        const struct json *around = j->open[j->depth - 1];
        bool object = around->type == JSON_OBJECT;
        skip_space(j);
        if (j->p == j->end) return refuse(j, "RFC 8259 2", "the document ends before it is complete");
        if (*j->p == (object ? '}' : ']')) {
            if (!close_container(j)) return false;
            continue;
        }
        if (!fresh) {
            if (*j->p != ',')
                return refuse(j, object ? "RFC 8259 4" : "RFC 8259 5",
                              "a comma or the closing bracket is expected here");
            j->p++;
        }
        *more = true;
        return object ? read_name(j) : true;
    }
    return true;
}

static struct json *read_document(struct parser *j)
{
    struct json *root = NULL;
    for (bool more = true, opened; more;) {
        skip_space(j);
        if (j->p == j->end) {
            refuse(j, "RFC 8259 2", root ? "the document ends before it is complete" : "there is no JSON value here");
            return NULL;
        }
        struct json *node = arena_new(j->arena, struct json);
        if (!node) {
            no_memory(j);
            return NULL;
        }
        struct json *around = j->depth ? j->open[j->depth - 1] : NULL;
        if (around && around->type == JSON_OBJECT) node->name = j->name;
        if (!read_value(j, node, &opened)) return NULL;
        if (around)
            append(around, node);
        else
            root = node;
        if (!read_after(j, opened, &more)) return NULL;
    }
    return root;
}

struct json *json_parse(struct arena *arena, struct str input, struct why *why)
{
    struct parser j = {.arena = arena, .why = why};
    if (!input.p) input = STR("");
    j.p = j.start = input.p;
    j.end = input.p + input.n;
    if (str_starts(input, "\xEF\xBB\xBF")) {
        refuse(&j, "RFC 8259 8.1", "the document starts with a byte order mark; leave it out");
        return NULL;
    }
    struct json *root = read_document(&j);
    if (!root) return NULL;
    skip_space(&j);
    if (j.p != j.end) {
        refuse(&j, "RFC 8259 2", "there are more bytes after the document's end");
        return NULL;
    }
    return root;
}

// --- looking ---------------------------------------------------------------------------------------------------------

static const struct json *get(const struct json *object, struct str name)
{
    if (!object || object->type != JSON_OBJECT) return NULL;
    json_each(m, object)
    {
        if (str_eq(m->name, name)) return m;
    }
    return NULL;
}

const struct json *json_get(const struct json *object, const char *name)
{
    return get(object, str_of(name));
}

const struct json *json_at(const struct json *array, size_t index)
{
    if (!array || array->type != JSON_ARRAY || index >= array->count) return NULL;
    const struct json *item = array->child;
    while (index--) item = item->next;
    return item;
}

// Whether `name` is the text of the reference token, in which ~1 stands for / and ~0 for ~.
static bool token_is(struct str token, struct str name)
{
    size_t k = 0;
    for (size_t i = 0; i < token.n; i++, k++) {
        char c = token.p[i];
        if (c == '~') {
            if (++i == token.n || (token.p[i] != '0' && token.p[i] != '1')) return false;
            c = token.p[i] == '0' ? '~' : '/';
        }
        if (k == name.n || name.p[k] != c) return false;
    }
    return k == name.n;
}

static const struct json *token_follow(const struct json *value, struct str token)
{
    if (value->type == JSON_ARRAY) {
        uint64_t index;
        return str_decimal(token, SIZE_MAX, &index) ? json_at(value, (size_t)index) : NULL;
    }
    if (value->type != JSON_OBJECT) return NULL;
    json_each(m, value)
    {
        if (token_is(token, m->name)) return m;
    }
    return NULL;
}

const struct json *json_pointer(const struct json *value, const char *pointer)
{
    struct str rest = str_of(pointer);
    if (rest.n == 0) return value;
    if (rest.p[0] != '/') return NULL;
    rest = str_from(rest, 1);
    while (value && rest.p) value = token_follow(value, str_cut(rest, '/', &rest));
    return value;
}

struct str json_text(const struct json *object, const char *name)
{
    const struct json *m = json_get(object, name);
    return m && m->type == JSON_STRING ? m->text : STR_NONE;
}

bool json_number(const struct json *object, const char *name, double *out)
{
    const struct json *m = json_get(object, name);
    if (!m || m->type != JSON_NUMBER) return false;
    *out = m->number;
    return true;
}

bool json_integer(const struct json *object, const char *name, int64_t *out)
{
    double d;
    if (!json_number(object, name, &d) || fabs(d) > 0x1p53 || d != trunc(d)) return false;
    *out = (int64_t)d;
    return true;
}

bool json_true(const struct json *object, const char *name)
{
    const struct json *m = json_get(object, name);
    return m && m->type == JSON_BOOL && m->boolean;
}

static void member_pointer(const char *name, char out[80])
{
    out[0] = '/';
    size_t n = strnlen(name, 78);
    memcpy(out + 1, name, n);
    out[1 + n] = 0;
}

bool json_need_text(const struct json *object, const char *name, size_t max, struct str *out, struct why *why)
{
    const struct json *m = json_get(object, name);
    char pointer[80];
    member_pointer(name, pointer);
    if (!m || m->type != JSON_STRING) {
        why_set(why, ERR_MALFORMED, pointer, m ? "%s must be a text" : "%s is missing", name);
        return false;
    }
    if (m->text.n > max) {
        why_set(why, ERR_TOO_LARGE, pointer, "%s is longer than %zu bytes", name, max);
        return false;
    }
    *out = m->text;
    return true;
}

bool json_need_integer(const struct json *object, const char *name, int64_t min, int64_t max, int64_t *out,
                       struct why *why)
{
    int64_t value;
    char pointer[80];
    member_pointer(name, pointer);
    if (!json_integer(object, name, &value)) {
        why_set(why, ERR_MALFORMED, pointer, json_get(object, name) ? "%s must be an integer" : "%s is missing", name);
        return false;
    }
    if (value < min || value > max) {
        why_set(why, ERR_MALFORMED, pointer, "%s must be from %lld to %lld", name, (long long)min, (long long)max);
        return false;
    }
    *out = value;
    return true;
}

// --- building --------------------------------------------------------------------------------------------------------

static struct json *new_value(struct arena *arena, enum json_type type)
{
    struct json *value = arena_new(arena, struct json);
    if (value) value->type = type;
    return value;
}

struct json *json_new_object(struct arena *arena)
{
    return new_value(arena, JSON_OBJECT);
}

struct json *json_new_array(struct arena *arena)
{
    return new_value(arena, JSON_ARRAY);
}

struct json *json_new_text(struct arena *arena, struct str text)
{
    struct json *value = new_value(arena, JSON_STRING);
    if (value) value->text = text;
    return value;
}

struct json *json_new_number(struct arena *arena, double number)
{
    struct json *value = new_value(arena, JSON_NUMBER);
    if (value) value->number = number;
    return value;
}

struct json *json_new_bool(struct arena *arena, bool boolean)
{
    struct json *value = new_value(arena, JSON_BOOL);
    if (value) value->boolean = boolean;
    return value;
}

struct json *json_new_null(struct arena *arena)
{
    return new_value(arena, JSON_NULL);
}

void json_add(struct json *array, struct json *item)
{
    if (!array || !item) return;
    INVARIANT(array->type == JSON_ARRAY && !item->next);
    append(array, item);
}

void json_put_named(struct json *object, struct str name, struct json *value)
{
    if (!object || !value) return;
    INVARIANT(object->type == JSON_OBJECT && !value->next);
    value->name = name;
    append(object, value);
}

void json_put(struct json *object, const char *name, struct json *value)
{
    json_put_named(object, str_of(name), value);
}

void json_put_text(struct arena *arena, struct json *object, const char *name, struct str text)
{
    json_put(object, name, json_new_text(arena, text));
}

void json_put_number(struct arena *arena, struct json *object, const char *name, double number)
{
    json_put(object, name, json_new_number(arena, number));
}

void json_put_bool(struct arena *arena, struct json *object, const char *name, bool boolean)
{
    json_put(object, name, json_new_bool(arena, boolean));
}

static struct json *copy_one(struct arena *arena, const struct json *from)
{
    struct json *to = new_value(arena, from->type);
    if (!to) return NULL;
    to->boolean = from->boolean;
    to->number = from->number;
    if (from->text.p) to->text = arena_str(arena, from->text);
    if (from->name.p) to->name = arena_str(arena, from->name);
    return arena->failed ? NULL : to;
}

static struct json *copy_tree(struct arena *arena, const struct json *from, size_t depth)
{
    struct json *to = depth > JSON_DEPTH_MAX ? NULL : copy_one(arena, from);
    if (!to) return NULL;
    json_each(item, from)
    {
        struct json *copy = copy_tree(arena, item, depth + 1);
        if (!copy) return NULL;
        append(to, copy);
    }
    return to;
}

struct json *json_copy(struct arena *arena, const struct json *value)
{
    if (!value) return NULL;
    struct json *copy = copy_tree(arena, value, 0);
    if (copy) copy->name = STR_NONE;
    return copy;
}

// --- writing ---------------------------------------------------------------------------------------------------------

static void put_escape(unsigned char c, struct buf *out)
{
    static const char hex[] = "0123456789abcdef";
    static const char letter[0x20] = {['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r'};
    char escape[6] = {'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]};
    size_t n = 6;
    if (c >= 0x20 || letter[c]) {
        escape[1] = c >= 0x20 ? (char)c : letter[c];
        n = 2;
    }
    buf_add(out, escape, n);
}

void json_quote(struct str text, struct buf *out)
{
    const char *p = text.p, *end = p ? p + text.n : p;
    buf_putc(out, '"');
    while (p < end) {
        const char *run = p;
        for (;;) {
            p = plain_end(p, end);
            if (p == end || (unsigned char)*p < 0x80) break;
            while (p < end && (unsigned char)*p >= 0x80) p++;
        }
        buf_add(out, run, (size_t)(p - run));
        if (p < end) put_escape((unsigned char)*p++, out);
    }
    buf_putc(out, '"');
}

// By UTF-16 code units (RFC 8785 3.2.3). That is the order of the UTF-8 bytes, but that characters beyond U+FFFF (first
// byte F0 and up), being surrogates there, come before U+E000 to U+FFFF (first byte EE or EF).
static int compare_utf16(struct str a, struct str b)
{
    size_t n = a.n < b.n ? a.n : b.n, i = 0;
    while (i < n && a.p[i] == b.p[i]) i++;
    if (i == n) return a.n < b.n ? -1 : a.n > b.n;
    unsigned char x = (unsigned char)a.p[i], y = (unsigned char)b.p[i];
    if (x >= 0xEE && y >= 0xEE && (x >= 0xF0) != (y >= 0xF0)) return x >= 0xF0 ? -1 : 1;
    return x < y ? -1 : 1;
}

static int compare_members(const void *a, const void *b)
{
    return compare_utf16((*(const struct json *const *)a)->name, (*(const struct json *const *)b)->name);
}

static bool in_order(const struct json *object)
{
    for (const struct json *m = object->child; m && m->next; m = m->next) {
        if (compare_utf16(m->name, m->next->name) > 0) return false;
    }
    return true;
}

// Small objects, which are most, without the call of a comparison through a pointer.
static void sort_members(const struct json **members, size_t n)
{
    if (n > 24) {
        qsort(members, n, sizeof *members, compare_members);
        return;
    }
    for (size_t i = 1; i < n; i++) {
        const struct json *m = members[i];
        size_t k = i;
        for (; k > 0 && compare_utf16(members[k - 1]->name, m->name) > 0; k--) members[k] = members[k - 1];
        members[k] = m;
    }
}

static void write_value(const struct json *value, struct buf *out, size_t depth);

static void write_member(const struct json *m, bool first, struct buf *out, size_t depth)
{
    if (!first) buf_putc(out, ',');
    json_quote(m->name, out);
    buf_putc(out, ':');
    write_value(m, out, depth);
}

static void write_sorted(const struct json *object, struct buf *out, size_t depth)
{
    const struct json *few[24], **members = few;
    if (object->count > sizeof few / sizeof *few) members = calloc(object->count, sizeof *members);
    if (!members) {
        out->failed = true;
        return;
    }
    size_t n = 0;
    json_each(m, object) members[n++] = m;
    sort_members(members, n);
    for (size_t i = 0; i < n; i++) write_member(members[i], i == 0, out, depth);
    if (members != few) free(members);
}

static void write_object(const struct json *object, struct buf *out, size_t depth)
{
    buf_putc(out, '{');
    if (in_order(object)) {
        json_each(m, object) write_member(m, m == object->child, out, depth);
    } else {
        write_sorted(object, out, depth);
    }
    buf_putc(out, '}');
}

static void write_array(const struct json *array, struct buf *out, size_t depth)
{
    buf_putc(out, '[');
    json_each(item, array)
    {
        if (item != array->child) buf_putc(out, ',');
        write_value(item, out, depth);
    }
    buf_putc(out, ']');
}

static void write_scalar(const struct json *value, struct buf *out)
{
    char number[32];
    switch (value->type) {
    case JSON_BOOL:
        buf_puts(out, value->boolean ? "true" : "false");
        break;
    case JSON_NUMBER: {
        size_t n = json_number_text(value->number, number);
        if (n == 0) out->failed = true; // RFC 8785 3.2.2.3: NaN and Infinity are errors
        buf_add(out, number, n);
        break;
    }
    case JSON_STRING:
        json_quote(value->text, out);
        break;
    default:
        buf_puts(out, "null");
    }
}

static void write_value(const struct json *value, struct buf *out, size_t depth)
{
    if (depth > JSON_DEPTH_MAX) {
        out->failed = true;
        return;
    }
    if (value->type == JSON_OBJECT)
        write_object(value, out, depth + 1);
    else if (value->type == JSON_ARRAY)
        write_array(value, out, depth + 1);
    else
        write_scalar(value, out);
}

void json_canonical(const struct json *value, struct buf *out)
{
    write_value(value, out, 0);
}

static void put_indent(struct buf *out, size_t depth)
{
    buf_putc(out, '\n');
    for (size_t i = 0; i < depth; i++) buf_puts(out, "  ");
}

static void pretty(const struct json *value, struct buf *out, size_t depth)
{
    bool object = value->type == JSON_OBJECT;
    if (depth > JSON_DEPTH_MAX) {
        out->failed = true;
        return;
    }
    if (!object && value->type != JSON_ARRAY) {
        write_scalar(value, out);
        return;
    }
    buf_putc(out, object ? '{' : '[');
    json_each(item, value)
    {
        if (item != value->child) buf_putc(out, ',');
        put_indent(out, depth + 1);
        if (object) {
            json_quote(item->name, out);
            buf_puts(out, ": ");
        }
        pretty(item, out, depth + 1);
    }
    if (value->child) put_indent(out, depth);
    buf_putc(out, object ? '}' : ']');
}

void json_pretty(const struct json *value, struct buf *out)
{
    pretty(value, out, 0);
}
