// SPDX-License-Identifier: Apache-2.0
#include "formats/stix_pattern.h"

#include <arpa/inet.h>
#include <stdio.h>

#define COMPARISONS_MAX 512

// --- values ---

static struct str address_normal(struct arena *arena, struct str value)
{
    char text[64], out[INET6_ADDRSTRLEN];
    unsigned char bytes[16];
    struct str prefix, host = str_cut(value, '/', &prefix);
    bool six = host.n && memchr(host.p, ':', host.n);
    if (prefix.p && !str_is(prefix, six ? "128" : "32")) return STR_NONE;
    if (host.n >= sizeof text) return STR_NONE;
    snprintf(text, sizeof text, "%.*s", STR_ARG(host));
    if (strlen(text) != host.n || inet_pton(six ? AF_INET6 : AF_INET, text, bytes) != 1) return STR_NONE;
    return arena_str(arena, str_of(inet_ntop(six ? AF_INET6 : AF_INET, bytes, out, sizeof out)));
}

// RFC 3986 3.2: between // and the next of / ? #, without user and port.
static struct str url_host(struct str url)
{
    const char *at = memmem(url.p, url.n, "://", 3);
    struct str rest = at ? str_from(url, (size_t)(at - url.p) + 3) : url;
    size_t end = 0;
    while (end < rest.n && !memchr("/?#", rest.p[end], 3)) end++;
    rest.n = end;
    const char *user = rest.n ? memrchr(rest.p, '@', rest.n) : NULL;
    if (user) rest = str_from(rest, (size_t)(user - rest.p) + 1);
    if (rest.n && rest.p[0] == '[') {
        struct str after, inside = str_cut(str_from(rest, 1), ']', &after);
        return after.p ? inside : STR_NONE;
    }
    struct str port;
    return str_cut(rest, ':', &port);
}

// Letters beyond ASCII stay as they are.
static struct str domain_normal(struct arena *arena, struct str value)
{
    char out[256];
    if (value.n && value.p[value.n - 1] == '.') value.n--;
    if (!value.n || value.n > 253) return STR_NONE;
    for (size_t i = 0; i < value.n; i++) {
        unsigned char c = (unsigned char)value.p[i];
        if (c <= ' ' || c == 0x7f || c == '/' || c == ':' || c == '@') return STR_NONE;
        out[i] = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    }
    return arena_str(arena, (struct str){out, value.n});
}

static struct str certificate_normal(struct arena *arena, struct str value)
{
    char out[64];
    size_t n = 0;
    for (size_t i = 0; i < value.n; i++) {
        char c = value.p[i];
        if (c == ':') continue;
        if (c >= 'A' && c <= 'F') c = (char)(c - 'A' + 'a');
        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')) || n == sizeof out) return STR_NONE;
        out[n++] = c;
    }
    return n == sizeof out ? arena_str(arena, (struct str){out, n}) : STR_NONE;
}

struct str stix_name_normal(struct arena *arena, const char **what, struct str value)
{
    value = str_trim(value);
    if (!value.p || !value.n || value.n > 1024) return STR_NONE;
    if (strcmp(*what, "certificate") == 0) return certificate_normal(arena, value);
    if (strcmp(*what, "address") == 0) return address_normal(arena, value);
    if (strcmp(*what, "domain") != 0) return value;
    struct str host = memmem(value.p, value.n, "://", 3) ? url_host(value) : value;
    struct str address = address_normal(arena, host);
    if (!address.n) return domain_normal(arena, host);
    *what = "address";
    return address;
}

// --- patterns ---

enum join { JOIN_NONE, JOIN_OR, JOIN_AND };

struct comparison {
    struct str type, path, value;
};

struct scan {
    struct arena *arena;
    struct str rest;
    struct comparison comparisons[COMPARISONS_MAX];
    size_t count;
};

static void skip_space(struct scan *s)
{
    while (s->rest.n && memchr(" \t\r\n", s->rest.p[0], 4)) s->rest = str_from(s->rest, 1);
}

static bool take(struct scan *s, char c)
{
    skip_space(s);
    if (!s->rest.n || s->rest.p[0] != c) return false;
    s->rest = str_from(s->rest, 1);
    return true;
}

static bool take_word(struct scan *s, const char *word)
{
    size_t n = strlen(word);
    skip_space(s);
    if (!str_starts(s->rest, word)) return false;
    char after = s->rest.n > n ? s->rest.p[n] : ' ';
    if ((after >= 'A' && after <= 'Z') || (after >= 'a' && after <= 'z') || after == '_') return false;
    s->rest = str_from(s->rest, n);
    return true;
}

// 'text' with \' and \\ (STIX 2.1 9.2).
static bool take_text(struct scan *s, struct str *out)
{
    if (!take(s, '\'')) return false;
    struct buf text = BUF(4096);
    bool closed = false;
    size_t i = 0;
    for (; i < s->rest.n && !closed; i++) {
        char c = s->rest.p[i];
        closed = c == '\'';
        if (c == '\\' && ++i < s->rest.n) c = s->rest.p[i];
        if (!closed) buf_putc(&text, c);
    }
    s->rest = str_from(s->rest, i);
    *out = arena_str(s->arena, buf_str(&text));
    bool ok = closed && !text.failed;
    buf_free(&text);
    return ok;
}

// "ipv4-addr:value", "x509-certificate:hashes.'SHA-256'": up to a blank or an operator outside quotes.
static bool take_path(struct scan *s, struct comparison *c)
{
    size_t n = 0;
    bool quoted = false;
    skip_space(s);
    while (n < s->rest.n && (quoted || !memchr(" \t\r\n=!<>()[]", s->rest.p[n], 12))) {
        if (s->rest.p[n] == '\'') quoted = !quoted;
        n++;
    }
    c->type = str_cut((struct str){s->rest.p, n}, ':', &c->path);
    s->rest = str_from(s->rest, n);
    return !quoted && c->type.n && c->path.n;
}

static bool add(struct scan *s, struct comparison c)
{
    if (s->count == COMPARISONS_MAX) return false;
    s->comparisons[s->count++] = c;
    return true;
}

static bool take_comparison(struct scan *s)
{
    struct comparison c = {STR_NONE, STR_NONE, STR_NONE};
    if (!take_path(s, &c)) return false;
    if (take(s, '=')) return take_text(s, &c.value) && add(s, c);
    if (!take_word(s, "IN") || !take(s, '(')) return false;
    do {
        if (!take_text(s, &c.value) || !add(s, c)) return false;
    } while (take(s, ','));
    return take(s, ')');
}

static bool take_observation(struct scan *s, enum join *join)
{
    if (!take(s, '[')) return false;
    for (;;) {
        if (!take_comparison(s)) return false;
        if (take(s, ']')) return true;
        enum join here = take_word(s, "OR") ? JOIN_OR : take_word(s, "AND") ? JOIN_AND : JOIN_NONE;
        if (here == JOIN_NONE || (*join != JOIN_NONE && *join != here)) return false;
        *join = here;
    }
}

static bool take_pattern(struct scan *s, enum join *join)
{
    size_t open = 0;
    for (;;) {
        while (take(s, '(')) open++;
        if (!take_observation(s, join)) return false;
        while (open && take(s, ')')) open--;
        skip_space(s);
        if (!s->rest.n) return open == 0;
        if (!take_word(s, "OR") || *join == JOIN_AND) return false;
        *join = JOIN_OR;
    }
}

static bool type_is(const struct comparison *c, const char *type, const char *path)
{
    return str_is(c->type, type) && str_is(c->path, path);
}

static const char *comparison_what(const struct comparison *c)
{
    static const char *const own[] = {"filer",  "address", "domain",   "certificate",
                                      "device", "vendor",  "software", "party"};
    if (type_is(c, "ipv4-addr", "value") || type_is(c, "ipv6-addr", "value")) return "address";
    if (type_is(c, "network-traffic", "src_ref.value") || type_is(c, "network-traffic", "dst_ref.value"))
        return "domain";
    if (type_is(c, "domain-name", "value") || type_is(c, "url", "value")) return "domain";
    if (type_is(c, "x509-certificate", "hashes.'SHA-256'") || type_is(c, "x509-certificate", "hashes.SHA-256"))
        return "certificate";
    if (type_is(c, "software", "name")) return "software";
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
        if (type_is(c, "x-puente-channel", own[i])) return own[i];
    }
    return NULL;
}

// Only software is named by several properties at once.
static bool software_joined(const struct scan *s, struct str *name, struct str *version)
{
    *name = *version = STR_NONE;
    for (size_t i = 0; i < s->count; i++) {
        const struct comparison *c = &s->comparisons[i];
        if (type_is(c, "software", "name") && !name->p)
            *name = c->value;
        else if (type_is(c, "software", "version") && !version->p)
            *version = c->value;
        else if (!type_is(c, "software", "vendor"))
            return false;
    }
    return name->p != NULL;
}

void stix_pattern_names(struct arena *arena, struct str pattern,
                        void (*name)(void *user, const char *what, struct str value, struct str version), void *user)
{
    struct scan s = {.arena = arena, .rest = pattern};
    enum join join = JOIN_NONE;
    if (!take_pattern(&s, &join)) return;
    struct str software, version;
    if (join == JOIN_AND) {
        if (software_joined(&s, &software, &version)) name(user, "software", software, version);
        return;
    }
    for (size_t i = 0; i < s.count; i++) {
        const char *what = comparison_what(&s.comparisons[i]);
        if (what) name(user, what, s.comparisons[i].value, STR_NONE);
    }
}
