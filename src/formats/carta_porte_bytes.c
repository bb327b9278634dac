// SPDX-License-Identifier: Apache-2.0
#include "formats/carta_porte_parts.h"

#include "base/text.h"

// Before libxml2 sees them: no DOCTYPE at all (so no entity can be declared, let alone expanded), bounded depth, number
// of elements and of attributes, UTF-8.
struct shape {
    const char *p, *end;
    size_t depth, elements;
};

static enum err shape_fault(const struct shape *s, struct str bytes, enum err err, const char *text, struct why *why)
{
    why_set(why, err, "", "%s", text);
    return why ? why_at(why, (size_t)(s->p - bytes.p)) : err;
}

static bool shape_at(const struct shape *s, const char *prefix)
{
    return str_starts((struct str){s->p, (size_t)(s->end - s->p)}, prefix);
}

// Moves past the next `close`; false if there is none.
static bool shape_skip(struct shape *s, const char *close)
{
    const char *at = memmem(s->p, (size_t)(s->end - s->p), close, strlen(close));
    if (!at) return false;
    s->p = at + strlen(close);
    return true;
}

// From '<' past '>'; counts what looks like attributes.
static bool shape_tag(struct shape *s, size_t *attributes)
{
    bool closing = s->p + 1 < s->end && s->p[1] == '/';
    char quote = 0;
    const char *start = s->p;
    for (; s->p < s->end; s->p++) {
        char c = *s->p;
        if (quote) {
            if (c == quote) quote = 0;
        } else if (c == '"' || c == '\'') {
            quote = c;
        } else if (c == '=') {
            ++*attributes;
        } else if (c == '>') {
            bool empty = s->p > start && s->p[-1] == '/';
            s->p++;
            if (closing)
                s->depth -= s->depth > 0;
            else
                s->elements++, s->depth += !empty;
            return true;
        }
    }
    return false;
}

static enum err shape_check(struct str bytes, struct why *why)
{
    struct shape s = {bytes.p, bytes.p + bytes.n, 0, 0};
    while (s.p < s.end && (s.p = memchr(s.p, '<', (size_t)(s.end - s.p)))) {
        size_t attributes = 0;
        bool whole;
        if (shape_at(&s, "<!--"))
            whole = shape_skip(&s, "-->");
        else if (shape_at(&s, "<![CDATA["))
            whole = shape_skip(&s, "]]>");
        else if (shape_at(&s, "<?"))
            whole = shape_skip(&s, "?>");
        else if (shape_at(&s, "<!"))
            return shape_fault(&s, bytes, ERR_MALFORMED, "document type declarations (<!DOCTYPE) are not read", why);
        else
            whole = shape_tag(&s, &attributes);
        if (!whole) return shape_fault(&s, bytes, ERR_MALFORMED, "the XML is cut off", why);
        if (s.depth > CARTA_PORTE_DEPTH_MAX)
            return shape_fault(&s, bytes, ERR_TOO_LARGE, "the elements are nested too deeply", why);
        if (s.elements > CARTA_PORTE_ELEMENTS_MAX || attributes > CARTA_PORTE_ATTRIBUTES_MAX)
            return shape_fault(&s, bytes, ERR_TOO_LARGE, "too many elements, or attributes of one element", why);
    }
    return ERR_NONE;
}

// The declared encoding, where there is one, must be UTF-8: otherwise the parser would read other text than we did.
static bool encoding_is_utf8(struct str bytes)
{
    if (!bytes.p || !str_starts(bytes, "<?xml")) return true;
    const char *end = memmem(bytes.p, bytes.n, "?>", 2);
    struct str head = {bytes.p, end ? (size_t)(end - bytes.p) : bytes.n};
    const char *at = memmem(head.p, head.n, "encoding", 8);
    if (!at) return true;
    struct str value = str_trim(str_from(head, (size_t)(at - head.p) + 8));
    if (!value.n || value.p[0] != '=') return false;
    value = str_trim(str_from(value, 1));
    return value.n >= 7 && strncasecmp(value.p + 1, "utf-8", 5) == 0 && value.p[6] == value.p[0];
}

enum err carta_bytes_check(struct str bytes, struct why *why)
{
    if (bytes.n > DOCUMENT_BYTES_MAX)
        return why_set(why, ERR_TOO_LARGE, "", "the document has %zu bytes; at most %zu are read", bytes.n,
                       DOCUMENT_BYTES_MAX);
    if (str_starts(bytes, "\xef\xbb\xbf")) bytes = str_from(bytes, 3);
    if (!bytes.n) return why_set(why, ERR_MALFORMED, "", "the document is empty");
    if (!utf8_valid(bytes) || !encoding_is_utf8(bytes))
        return why_set(why, ERR_MALFORMED, "", "the document is not UTF-8, which CFDI asks for");
    return shape_check(bytes, why);
}
