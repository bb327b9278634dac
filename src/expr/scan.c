// SPDX-License-Identifier: Apache-2.0
#include "expr/scan.h"

#include <math.h>
#include <stdlib.h>

static bool letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool digit(char c)
{
    return c >= '0' && c <= '9';
}

static int hex_of(char c)
{
    if (digit(c)) return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

// The byte `ahead` of here; NUL past the end (a NUL in the source fits nowhere but in a string either).
static char peek(const struct scan *s, size_t ahead)
{
    size_t at = s->at + ahead;
    return at < s->source.n ? s->source.p[at] : '\0';
}

static struct token token_at(const struct scan *s, enum token_kind kind, size_t start)
{
    return (struct token){.kind = kind,
                          .offset = (uint32_t)start,
                          .length = (uint32_t)(s->at - start),
                          .text = {s->source.p + start, s->at - start}};
}

static struct token bad(const struct scan *s, size_t start, const char *message)
{
    struct token t = token_at(s, TOKEN_BAD, start);
    t.text = str_of(message);
    return t;
}

static bool listed(struct str name, const char *const *words)
{
    for (; *words; words++)
        if (str_is(name, *words)) return true;
    return false;
}

bool scan_reserved(struct str name)
{
    static const char *const words[] = {"as",     "break", "const", "continue",  "else",   "for",
                                        "import", "if",    "let",   "function",  "loop",   "package",
                                        "var",    "void",  "while", "namespace", "return", NULL};
    return listed(name, words);
}

bool scan_keyword(struct str name)
{
    static const char *const words[] = {"true", "false", "null", "in", NULL};
    return listed(name, words);
}

bool scan_harmful(const char *p, size_t n)
{
    const unsigned char *u = (const unsigned char *)p;
    if (n == 1) return u[0] < ' ' || u[0] >= 0x7f;
    if (n == 2) return u[0] == 0xc2 && u[1] < 0xa0;
    if (n != 3 || u[0] != 0xe2) return false;
    return (u[1] == 0x80 && ((u[2] >= 0x8e && u[2] <= 0x8f) || (u[2] >= 0xa8 && u[2] <= 0xae))) ||
           (u[1] == 0x81 && u[2] >= 0xa6 && u[2] <= 0xa9);
}

static void skip_space(struct scan *s)
{
    for (;;) {
        char c = peek(s, 0);
        if (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f') {
            s->at++;
        } else if (c == '/' && peek(s, 1) == '/') {
            while (s->at < s->source.n && s->source.p[s->at] != '\n') s->at++;
        } else {
            return;
        }
    }
}

// ---- Numbers ----

static void skip_digits(struct scan *s)
{
    while (digit(peek(s, 0))) s->at++;
}

static struct token scan_double(struct scan *s, size_t start)
{
    struct token t = token_at(s, TOKEN_DOUBLE, start);
    struct str copy = arena_str(s->arena, t.text);
    if (!copy.p) return bad(s, start, "there is no memory left for it");
    t.value = EXPR_DOUBLE_VALUE(strtod(copy.p, NULL));
    if (!isfinite(t.value.number)) return bad(s, start, "invalid double literal: it is over the range of a double");
    return t;
}

static struct token scan_whole(struct scan *s, size_t start, size_t digits, unsigned base)
{
    uint64_t n = 0;
    bool over = false;
    for (size_t i = digits; i < s->at; i++)
        if (__builtin_mul_overflow(n, (uint64_t)base, &n) ||
            __builtin_add_overflow(n, (uint64_t)hex_of(s->source.p[i]), &n))
            over = true;
    bool natural = peek(s, 0) == 'u' || peek(s, 0) == 'U';
    if (natural) s->at++;
    if (over)
        return bad(s, start,
                   natural ? "invalid uint literal: it is over 18446744073709551615"
                           : "invalid int literal: it is over 9223372036854775807");
    struct token t = token_at(s, natural ? TOKEN_UINT : TOKEN_INT, start);
    t.value = EXPR_UINT_VALUE(n);
    return t;
}

static struct token scan_number(struct scan *s)
{
    size_t start = s->at;
    if (peek(s, 0) == '0' && peek(s, 1) == 'x' && hex_of(peek(s, 2)) >= 0) {
        s->at += 2;
        while (hex_of(peek(s, 0)) >= 0) s->at++;
        return scan_whole(s, start, start + 2, 16);
    }
    skip_digits(s);
    bool fraction = peek(s, 0) == '.' && digit(peek(s, 1));
    if (fraction) {
        s->at++;
        skip_digits(s);
    }
    size_t sign = peek(s, 1) == '+' || peek(s, 1) == '-' ? 1 : 0;
    bool exponent = (peek(s, 0) == 'e' || peek(s, 0) == 'E') && digit(peek(s, 1 + sign));
    if (exponent) {
        s->at += 1 + sign;
        skip_digits(s);
    }
    return fraction || exponent ? scan_double(s, start) : scan_whole(s, start, start, 10);
}

// ---- Strings ----

struct text_literal {
    bool raw, bytes, triple;
    char quote;
};

static size_t utf8_put(uint32_t c, char out[4])
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    size_t n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (size_t i = n - 1; i > 0; i--, c >>= 6) out[i] = (char)(0x80 | (c & 0x3f));
    static const unsigned char lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
    out[0] = (char)(lead[n] | c);
    return n;
}

// `count` digits of a base from `at`; -1 if they are not all there.
static int64_t digits_at(struct str s, size_t at, size_t count, int base)
{
    int64_t n = 0;
    if (at > s.n || s.n - at < count) return -1;
    for (size_t i = 0; i < count; i++) {
        int d = hex_of(s.p[at + i]);
        if (d < 0 || d >= base) return -1;
        n = n * base + d;
    }
    return n;
}

// The escape at `in` (after the backslash) as bytes in out; *taken bytes of `in` are used. A message if it is none.
static const char *unescape(struct str in, bool bytes, size_t *taken, char out[4], size_t *n)
{
    static const char names[] = "abfnrtv\"'`?\\", values[] = "\a\b\f\n\r\t\v\"'`?\\";
    char c = in.n ? in.p[0] : '\0';
    const char *simple = c ? strchr(names, c) : NULL;
    *taken = *n = 1;
    if (simple) {
        out[0] = values[simple - names];
        return NULL;
    }
    int64_t code = -1;
    if (c == 'x' || c == 'X') {
        *taken = 3;
        code = digits_at(in, 1, 2, 16);
    } else if (c >= '0' && c <= '3') {
        *taken = 3;
        code = digits_at(in, 0, 3, 8);
    } else if (c == 'u' || c == 'U') {
        if (bytes) return "\\u and \\U have no place in bytes: write them as \\x escapes";
        *taken = c == 'u' ? 5 : 9;
        code = digits_at(in, 1, *taken - 1, 16);
    }
    if (code < 0) return "invalid escape sequence: \\ stands before one of abfnrtv?\"'`\\, xHH, OOO, uHHHH, UHHHHHHHH";
    if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return "the escape sequence is no Unicode code point";
    if (bytes)
        out[0] = (char)code;
    else
        *n = utf8_put((uint32_t)code, out);
    return NULL;
}

// The body written out; room is enough, for no escape is longer than its text.
static const char *text_write(struct str body, const struct text_literal *how, char *out, size_t *n, size_t *bad_at)
{
    *n = 0;
    for (size_t i = 0; i < body.n;) {
        if (body.p[i] == '\r') {
            i += i + 1 < body.n && body.p[i + 1] == '\n' ? 2 : 1;
            out[(*n)++] = '\n';
        } else if (body.p[i] == '\\' && !how->raw) {
            size_t taken, made;
            char bytes[4];
            const char *wrong = unescape(str_from(body, i + 1), how->bytes, &taken, bytes, &made);
            *bad_at = i;
            if (wrong) return wrong;
            memcpy(out + *n, bytes, made);
            *n += made;
            i += 1 + taken;
        } else {
            out[(*n)++] = body.p[i++];
        }
    }
    return NULL;
}

static struct token text_value(struct scan *s, size_t start, struct str body, const struct text_literal *how)
{
    struct token t = token_at(s, TOKEN_TEXT, start);
    if (body.n && (memchr(body.p, '\r', body.n) || (!how->raw && memchr(body.p, '\\', body.n)))) {
        char *out = arena_alloc(s->arena, body.n);
        if (!out) return bad(s, start, "there is no memory left for it");
        size_t n, at = 0;
        const char *wrong = text_write(body, how, out, &n, &at);
        if (wrong) return bad(s, (size_t)(body.p - s->source.p) + at, wrong);
        body = (struct str){out, n};
    }
    t.value = how->bytes ? EXPR_BYTES_VALUE(body) : EXPR_STRING_VALUE(body);
    return t;
}

static bool closes(const struct scan *s, const struct text_literal *how)
{
    if (peek(s, 0) != how->quote) return false;
    return !how->triple || (peek(s, 1) == how->quote && peek(s, 2) == how->quote);
}

static struct token scan_text(struct scan *s, size_t start, struct text_literal how)
{
    how.quote = peek(s, 0);
    how.triple = peek(s, 1) == how.quote && peek(s, 2) == how.quote;
    size_t quotes = how.triple ? 3 : 1;
    s->at += quotes;
    size_t from = s->at;
    while (s->at < s->source.n && !closes(s, &how)) {
        char c = s->source.p[s->at];
        if (!how.triple && (c == '\n' || c == '\r'))
            return bad(s, start, "a string in single quotation marks ends on its line; three of them may span lines");
        // An escaped quotation mark does not end it; in a raw one nothing is escaped.
        s->at += c == '\\' && !how.raw && s->at + 1 < s->source.n ? 2 : 1;
    }
    if (s->at >= s->source.n) return bad(s, start, "the string is not closed");
    struct str body = {s->source.p + from, s->at - from};
    s->at += quotes;
    return text_value(s, start, body, &how);
}

// ---- Names ----

static struct token scan_name(struct scan *s)
{
    size_t start = s->at;
    // b"…", r"…", br"…": prefix letters right before a quotation mark.
    struct text_literal how = {0};
    size_t prefix = 0;
    if (peek(s, prefix) == 'b' || peek(s, prefix) == 'B') how.bytes = ++prefix;
    if (peek(s, prefix) == 'r' || peek(s, prefix) == 'R') how.raw = ++prefix;
    if (prefix && (peek(s, prefix) == '"' || peek(s, prefix) == '\'')) {
        s->at += prefix;
        return scan_text(s, start, how);
    }
    while (letter(peek(s, 0)) || digit(peek(s, 0))) s->at++;
    struct token t = token_at(s, TOKEN_IDENT, start);
    if (str_is(t.text, "true")) t.kind = TOKEN_TRUE;
    if (str_is(t.text, "false")) t.kind = TOKEN_FALSE;
    if (str_is(t.text, "null")) t.kind = TOKEN_NULL;
    if (str_is(t.text, "in")) t.kind = TOKEN_IN;
    return t;
}

static struct token scan_escaped(struct scan *s)
{
    size_t start = s->at++;
    for (;; s->at++) {
        char c = peek(s, 0);
        if (!letter(c) && !digit(c) && (c == '\0' || !strchr(".-/ ", c))) break;
    }
    if (peek(s, 0) != '`' || s->at == start + 1)
        return bad(s, start, "a name in backquotes has letters, digits, '_', '.', '-', '/' and blanks, at least one");
    s->at++;
    struct token t = token_at(s, TOKEN_ESCAPED, start);
    t.text = (struct str){t.text.p + 1, t.text.n - 2};
    return t;
}

// ---- Signs ----

static const struct {
    char text[3];
    enum token_kind kind;
} signs[] = {
    {"==", TOKEN_EQ},    {"!=", TOKEN_NE},    {"<=", TOKEN_LE},    {">=", TOKEN_GE},      {"&&", TOKEN_AND},
    {"||", TOKEN_OR},    {"<", TOKEN_LT},     {">", TOKEN_GT},     {"[", TOKEN_LBRACKET}, {"]", TOKEN_RBRACKET},
    {"{", TOKEN_LBRACE}, {"}", TOKEN_RBRACE}, {"(", TOKEN_LPAREN}, {")", TOKEN_RPAREN},   {".", TOKEN_DOT},
    {",", TOKEN_COMMA},  {"-", TOKEN_MINUS},  {"!", TOKEN_NOT},    {"?", TOKEN_QUESTION}, {":", TOKEN_COLON},
    {"+", TOKEN_PLUS},   {"*", TOKEN_STAR},   {"/", TOKEN_SLASH},  {"%", TOKEN_PERCENT},
};

static struct token scan_sign(struct scan *s)
{
    size_t start = s->at;
    for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++)
        if (str_starts(str_from(s->source, start), signs[i].text)) {
            s->at += strlen(signs[i].text);
            return token_at(s, signs[i].kind, start);
        }
    switch (peek(s, 0)) {
    case '=':
        return bad(s, start, "token recognition error at '=': equality is written ==");
    case '&':
        return bad(s, start, "token recognition error at '&': and is written &&");
    case '|':
        return bad(s, start, "token recognition error at '|': or is written ||");
    default:
        return bad(s, start, "token recognition error: no token begins with this character");
    }
}

struct token scan_next(struct scan *s)
{
    skip_space(s);
    char c = peek(s, 0);
    if (s->at >= s->source.n) return token_at(s, TOKEN_END, s->at);
    if (digit(c) || (c == '.' && digit(peek(s, 1)))) return scan_number(s);
    if (letter(c)) return scan_name(s);
    if (c == '"' || c == '\'') return scan_text(s, s->at, (struct text_literal){0});
    if (c == '`') return scan_escaped(s);
    return scan_sign(s);
}
