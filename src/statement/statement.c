// SPDX-License-Identifier: Apache-2.0
#include "statement/statement.h"

#include "base/clock.h"
#include "base/random.h"
#include "base/text.h"
#include "trust/hash.h"

#include <stdio.h>
#include <stdlib.h>

// The largest integer that every reader of JSON gets right (RFC 7493 2.2).
#define IN_MAX ((INT64_C(1) << 53) - 1)
#define DIGEST_BYTES 32
#define SALT_TEXT_LEN 22

// --- ids and labels --------------------------------------------------------------------------------------------------

bool id_is_none(const struct id *id)
{
    uint8_t any = 0;
    for (size_t i = 0; i < sizeof id->b; i++) any |= id->b[i];
    return any == 0;
}

bool id_eq(const struct id *a, const struct id *b)
{
    return memcmp(a->b, b->b, sizeof a->b) == 0;
}

void id_random(struct id *out)
{
    do random_bytes(out->b, sizeof out->b);
    while (id_is_none(out));
}

static struct str id_bytes(const struct id *id)
{
    return (struct str){(const char *)id->b, sizeof id->b};
}

void id_text(const struct id *id, char out[ID_TEXT_LEN + 1])
{
    struct buf b = {.p = out, .room = ID_TEXT_LEN, .max = ID_TEXT_LEN};
    base64url_encode(id_bytes(id), &b);
    out[ID_TEXT_LEN] = 0;
}

bool id_parse(struct str text, struct id *out)
{
    size_t n;
    return text.n == ID_TEXT_LEN && base64url_decode(text, out->b, sizeof out->b, &n);
}

static const char *const labels[] = {
    [LABEL_CLEAR] = "clear", [LABEL_GREEN] = "green", [LABEL_AMBER] = "amber", [LABEL_AMBER_STRICT] = "amber+strict",
    [LABEL_RED] = "red",
};

const char *label_name(enum label label)
{
    return labels[label];
}

bool label_parse(struct str text, enum label *out)
{
    for (size_t i = 0; i < sizeof labels / sizeof *labels; i++) {
        if (!str_is(text, labels[i])) continue;
        *out = (enum label)i;
        return true;
    }
    return false;
}

// --- the header ------------------------------------------------------------------------------------------------------

bool kind_valid(struct str kind)
{
    if (kind.n == 0 || kind.n > KIND_MAX) return false;
    for (size_t i = 0; i < kind.n; i++) {
        char c = kind.p[i];
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-')) return false;
    }
    return true;
}

bool origin_valid(struct str origin)
{
    if (origin.n == 0 || origin.n > ORIGIN_MAX) return false;
    for (size_t i = 0; i < origin.n; i++) {
        char c = origin.p[i];
        if (c <= ' ' || c > '~' || c == '"' || c == '\'' || c == '\\' || c == '+') return false;
    }
    return true;
}

static bool header_possible(const struct header *h)
{
    if (!kind_valid(h->kind) || !origin_valid(h->by) || h->in_us < 0 || h->in_us > IN_MAX) return false;
    if (h->nre > RE_MAX || (unsigned)h->label > LABEL_RED) return false;
    for (size_t i = 0; i < h->nre; i++) {
        if (id_is_none(&h->re[i])) return false;
    }
    return true;
}

void header_encode(const struct header *h, struct buf *out)
{
    // The longest form of everything but `by`, `kind` and `re` has 201 bytes: one reservation for the whole.
    if (!header_possible(h) || !buf_reserve(out, 208 + h->by.n + h->kind.n + h->nre * (ID_TEXT_LEN + 3))) {
        out->failed = true;
        return;
    }
    char at[TIME_TEXT_ROOM];
    size_t at_n = time_text_ms(h->at_ms, at);
    buf_puts(out, "{\"at\":\"");
    buf_add(out, at, at_n);
    buf_puts(out, "\",\"body\":\"");
    base64url_encode((struct str){(const char *)h->body, sizeof h->body}, out);
    buf_puts(out, "\",\"by\":\"");
    buf_str_add(out, h->by);
    buf_puts(out, "\",\"in\":");
    buf_u64(out, (uint64_t)h->in_us);
    buf_puts(out, ",\"kind\":\"");
    buf_str_add(out, h->kind);
    buf_puts(out, "\",\"label\":\"");
    buf_puts(out, labels[h->label]);
    buf_puts(out, "\",\"re\":[");
    for (size_t i = 0; i < h->nre; i++) {
        buf_puts(out, i ? ",\"" : "\"");
        base64url_encode(id_bytes(&h->re[i]), out);
        buf_putc(out, '"');
    }
    buf_puts(out, "],\"v\":");
    buf_u64(out, h->v);
    if (!id_is_none(&h->via)) {
        buf_puts(out, ",\"via\":\"");
        base64url_encode(id_bytes(&h->via), out);
        buf_putc(out, '"');
    }
    buf_putc(out, '}');
}

// What is left of a header that is being read, and the member at hand for the reason.
struct reader {
    struct str left;
    const char *member;
    bool failed;
};

static bool accept(struct reader *r, const char *literal)
{
    if (r->failed || !str_starts(r->left, literal)) return false;
    r->left = str_from(r->left, strlen(literal));
    return true;
}

static void expect(struct reader *r, const char *member, const char *literal)
{
    if (r->failed) return;
    r->member = member;
    if (!accept(r, literal)) r->failed = true;
}

static void check(struct reader *r, bool holds)
{
    if (!holds) r->failed = true;
}

// Up to a quote, and past it. No text in a header has an escape.
static struct str take_text(struct reader *r)
{
    const char *quote = r->failed || r->left.n == 0 ? NULL : memchr(r->left.p, '"', r->left.n);
    if (!quote) {
        r->failed = true;
        return STR_NONE;
    }
    struct str text = {r->left.p, (size_t)(quote - r->left.p)};
    r->left = str_from(r->left, text.n + 1);
    return text;
}

static uint64_t take_number(struct reader *r, uint64_t max)
{
    uint64_t value = 0;
    size_t n = 0;
    if (r->failed) return 0;
    while (n < r->left.n && r->left.p[n] >= '0' && r->left.p[n] <= '9') n++;
    check(r, str_decimal((struct str){r->left.p, n}, max, &value));
    r->left = str_from(r->left, n);
    return value;
}

static void take_id(struct reader *r, struct id *out)
{
    struct str text = take_text(r);
    check(r, !r->failed && id_parse(text, out) && !id_is_none(out));
}

static void take_re(struct reader *r, struct header *out)
{
    out->nre = 0;
    if (accept(r, "]")) return;
    while (!r->failed) {
        check(r, out->nre < RE_MAX && accept(r, "\""));
        if (r->failed) return;
        take_id(r, &out->re[out->nre++]);
        if (accept(r, "]")) return;
        check(r, accept(r, ","));
    }
}

static void take_header(struct reader *r, struct header *out)
{
    size_t n;
    expect(r, "/at", "{\"at\":\"");
    check(r, time_parse_ms(take_text(r), &out->at_ms));
    expect(r, "/body", ",\"body\":\"");
    check(r, base64url_decode(take_text(r), out->body, sizeof out->body, &n) && n == sizeof out->body);
    expect(r, "/by", ",\"by\":\"");
    check(r, origin_valid(out->by = take_text(r)));
    expect(r, "/in", ",\"in\":");
    out->in_us = (int64_t)take_number(r, IN_MAX);
    expect(r, "/kind", ",\"kind\":\"");
    check(r, kind_valid(out->kind = take_text(r)));
    expect(r, "/label", ",\"label\":\"");
    check(r, label_parse(take_text(r), &out->label));
    expect(r, "/re", ",\"re\":[");
    take_re(r, out);
    expect(r, "/v", ",\"v\":");
    out->v = (uint32_t)take_number(r, UINT32_MAX);
    if (accept(r, ",\"via\":\"")) {
        r->member = "/via";
        take_id(r, &out->via);
    }
    expect(r, "", "}");
    check(r, r->left.n == 0);
}

enum err header_parse(struct arena *arena, struct str bytes, struct header *out, struct why *why)
{
    (void)arena;
    if (bytes.n > HEADER_MAX) return why_set(why, ERR_TOO_LARGE, "", "a header has at most %d bytes", HEADER_MAX);
    // `re` is filled as far as `nre` says.
    memset(out, 0, offsetof(struct header, re));
    out->nre = 0;
    struct reader r = {.left = bytes, .member = ""};
    take_header(&r, out);
    if (r.failed) {
        why_set(why, ERR_MALFORMED, r.member, "the header is not in its canonical form here");
        why_at(why, bytes.n - r.left.n);
        return ERR_MALFORMED;
    }
    // What a lenient detail above let pass, such as another spelling of a time, shows in the bytes.
    char room[HEADER_MAX + 256];
    struct buf again = {.p = room, .room = sizeof room, .max = sizeof room};
    header_encode(out, &again);
    if (again.failed || !str_eq(buf_str(&again), bytes))
        return why_set(why, ERR_MALFORMED, "", "the header's bytes are not the canonical ones");
    return ERR_NONE;
}

// --- disclosures and the body ----------------------------------------------------------------------------------------

// SHA-256 over the base64url of the text, which is written into `scratch`.
static void digest_through(struct str text, struct buf *scratch, uint8_t out[32])
{
    buf_clear(scratch);
    base64url_encode(text, scratch);
    if (!scratch->failed) sha256(buf_str(scratch), out);
}

void disclosure_digest(struct str text, uint8_t out[32])
{
    char few[2048];
    if (text.n <= sizeof few / 4 * 3 - 3) {
        struct buf scratch = {.p = few, .room = sizeof few, .max = sizeof few};
        digest_through(text, &scratch, out);
        return;
    }
    struct buf scratch = BUF(SIZE_MAX);
    digest_through(text, &scratch, out);
    INVARIANT(!scratch.failed);
    buf_free(&scratch);
}

static bool name_reserved(struct str name)
{
    return str_eq(name, STR("_sd")) || str_eq(name, STR("..."));
}

bool disclosure_read(struct arena *arena, struct str text, struct str *name, struct json **value)
{
    struct json *array = json_parse(arena, text, NULL);
    if (!array || array->type != JSON_ARRAY || array->count != 3) return false;
    struct json *salt = array->child, *second = salt->next;
    if (salt->type != JSON_STRING || second->type != JSON_STRING || name_reserved(second->text)) return false;
    *name = second->text;
    *value = array->last;
    return true;
}

static int compare_digests(const void *a, const void *b)
{
    return memcmp(((const struct disclosure *)a)->digest, ((const struct disclosure *)b)->digest, DIGEST_BYTES);
}

static void write_disclosure(const struct json *member, struct buf *out)
{
    uint8_t salt[SALT_BYTES];
    random_bytes(salt, sizeof salt);
    buf_clear(out);
    buf_puts(out, "[\"");
    base64url_encode((struct str){(const char *)salt, sizeof salt}, out);
    buf_puts(out, "\",");
    json_quote(member->name, out);
    buf_putc(out, ',');
    json_canonical(member, out);
    buf_putc(out, ']');
}

static enum err refuse_member(struct why *why, enum err err, struct str name, const char *text)
{
    char pointer[80];
    snprintf(pointer, sizeof pointer, "/%.*s", (int)(name.n < 70 ? name.n : 70), name.p ? name.p : "");
    return why_set(why, err, pointer, "%s", text);
}

static enum err check_name(const struct json *object, const struct json *member, struct why *why)
{
    if (name_reserved(member->name))
        return refuse_member(why, ERR_MALFORMED, member->name, "RFC 9901 4.2.1 reserves this name");
    for (const struct json *before = object->child; before != member; before = before->next) {
        if (str_eq(before->name, member->name))
            return refuse_member(why, ERR_MALFORMED, member->name, "the body has this member twice");
    }
    return ERR_NONE;
}

static enum err make_disclosures(struct arena *arena, const struct json *object, struct buf *text, struct buf *scratch,
                                 struct body *out, struct why *why)
{
    size_t total = 0, i = 0;
    json_each(member, object)
    {
        enum err err = check_name(object, member, why);
        if (err) return err;
        write_disclosure(member, text);
        total += text->n;
        if (total > BODY_MAX)
            return refuse_member(why, ERR_TOO_LARGE, member->name,
                                 "the body is over 1 MiB; attach large things by hash");
        if (text->failed)
            return refuse_member(why, ERR_TOO_LARGE, member->name,
                                 "the value is over 1 MiB, or a number without a text");
        if (!json_text_valid(buf_str(text)))
            return refuse_member(why, ERR_MALFORMED, member->name, "the text is no UTF-8, or has noncharacters");
        struct disclosure *d = &out->items[i++];
        d->text = arena_str(arena, buf_str(text));
        digest_through(d->text, scratch, d->digest);
        if (!d->text.p || scratch->failed) return why_set(why, ERR_NO_MEMORY, "", "no memory for the body");
    }
    return ERR_NONE;
}

enum err body_make(struct arena *arena, const struct json *object, struct body *out, struct why *why)
{
    *out = (struct body){NULL, 0};
    if (!object || object->count == 0) return ERR_NONE;
    if (object->type != JSON_OBJECT) return why_set(why, ERR_MALFORMED, "", "a body is a JSON object");
    if (object->count > DISCLOSURES_MAX)
        return why_set(why, ERR_TOO_LARGE, "", "a body has at most %d members", DISCLOSURES_MAX);
    out->items = arena_array(arena, struct disclosure, object->count);
    if (!out->items) return why_set(why, ERR_NO_MEMORY, "", "no memory for the body");
    struct buf text = BUF(BODY_MAX + 1024), scratch = BUF(2 * BODY_MAX);
    enum err err = make_disclosures(arena, object, &text, &scratch, out, why);
    buf_free(&text);
    buf_free(&scratch);
    if (err) return err;
    out->count = object->count;
    qsort(out->items, out->count, sizeof *out->items, compare_digests);
    return ERR_NONE;
}

void body_root(const struct body *body, uint8_t root[32])
{
    uint8_t digests[DISCLOSURES_MAX * DIGEST_BYTES];
    INVARIANT(body->count <= DISCLOSURES_MAX);
    for (size_t i = 0; i < body->count; i++) memcpy(digests + i * DIGEST_BYTES, body->items[i].digest, DIGEST_BYTES);
    sha256((struct str){(const char *)digests, body->count * DIGEST_BYTES}, root);
}

static enum err check_order(const struct body *body, struct why *why)
{
    if (body->count > DISCLOSURES_MAX)
        return why_set(why, ERR_TOO_LARGE, "", "a body has at most %d members", DISCLOSURES_MAX);
    for (size_t i = 1; i < body->count; i++) {
        if (memcmp(body->items[i - 1].digest, body->items[i].digest, DIGEST_BYTES) >= 0)
            return why_set(why, ERR_MALFORMED, "", "the digests are not in rising order at number %zu", i);
    }
    return ERR_NONE;
}

// The members as an object; a name that comes twice is refused.
static enum err collect(struct arena *arena, const struct body *body, struct json *object, struct why *why)
{
    for (size_t i = 0; i < body->count; i++) {
        if (body->items[i].text.n == 0) continue;
        struct str name;
        struct json *value;
        if (!disclosure_read(arena, body->items[i].text, &name, &value)) {
            if (arena->failed) return why_set(why, ERR_NO_MEMORY, "", "no memory for the body");
            return why_set(why, ERR_MALFORMED, "", "disclosure %zu is no [salt, name, value]", i);
        }
        json_each(before, object)
        {
            if (str_eq(before->name, name))
                return refuse_member(why, ERR_MALFORMED, name, "the body has this member twice");
        }
        json_put_named(object, name, value);
    }
    return ERR_NONE;
}

enum err body_object(struct arena *arena, const struct body *body, struct json **out, struct why *why)
{
    *out = json_new_object(arena);
    if (!*out) return why_set(why, ERR_NO_MEMORY, "", "no memory for the body");
    return collect(arena, body, *out, why);
}

enum err body_check(struct arena *arena, const struct body *body, struct why *why)
{
    enum err err = check_order(body, why);
    if (err) return err;
    size_t total = 0;
    for (size_t i = 0; i < body->count; i++) {
        const struct disclosure *d = &body->items[i];
        uint8_t digest[DIGEST_BYTES];
        if (d->text.n > BODY_MAX || (total += d->text.n) > BODY_MAX)
            return why_set(why, ERR_TOO_LARGE, "", "the body is over 1 MiB");
        if (d->text.n == 0) continue;
        disclosure_digest(d->text, digest);
        if (memcmp(digest, d->digest, sizeof digest) != 0)
            return why_set(why, ERR_UNTRUSTED, "", "disclosure %zu does not hash to its digest", i);
    }
    struct json *object;
    return body_object(arena, body, &object, why);
}

void body_encode(const struct body *body, struct buf *out)
{
    INVARIANT(body->count <= DISCLOSURES_MAX);
    buf_be16(out, (uint16_t)body->count);
    for (size_t i = 0; i < body->count; i++) {
        const struct disclosure *d = &body->items[i];
        INVARIANT(d->text.n <= BODY_MAX);
        buf_add(out, d->digest, sizeof d->digest);
        buf_be32(out, (uint32_t)d->text.n);
        buf_str_add(out, d->text);
    }
}

enum err body_decode(struct arena *arena, struct str bytes, struct body *out, struct why *why)
{
    struct cursor c = cursor_of(bytes);
    size_t count = cursor_be16(&c), total = 0;
    *out = (struct body){NULL, 0};
    if (c.failed || count > DISCLOSURES_MAX)
        return why_set(why, ERR_MALFORMED, "", "a stored body starts with its count, at most %d", DISCLOSURES_MAX);
    struct disclosure *items = arena_array(arena, struct disclosure, count);
    if (!items) return why_set(why, ERR_NO_MEMORY, "", "no memory for the body");
    for (size_t i = 0; i < count; i++) {
        struct str digest = cursor_take(&c, DIGEST_BYTES);
        items[i].text = cursor_take(&c, cursor_be32(&c));
        if (c.failed) return why_set(why, ERR_MALFORMED, "", "the stored body ends within disclosure %zu", i);
        memcpy(items[i].digest, digest.p, DIGEST_BYTES);
        total += items[i].text.n;
    }
    if (cursor_left(&c)) return why_set(why, ERR_MALFORMED, "", "there are bytes after the stored body");
    if (total > BODY_MAX) return why_set(why, ERR_TOO_LARGE, "", "the stored body is over 1 MiB");
    *out = (struct body){items, count};
    return ERR_NONE;
}

bool name_parse(struct str text, struct str *origin, uint64_t *index)
{
    size_t at = text.n;
    while (at > 0 && text.p[at - 1] != ':') at--;
    if (at == 0) return false;
    *origin = (struct str){text.p, at - 1};
    return origin_valid(*origin) && str_decimal(str_from(text, at), UINT64_MAX, index);
}

bool kind_matches(struct str pattern, struct str kind)
{
    if (str_is(pattern, "*")) return true;
    if (!str_ends(pattern, ".*")) return str_eq(pattern, kind);
    return kind.n >= pattern.n && memcmp(kind.p, pattern.p, pattern.n - 1) == 0;
}
