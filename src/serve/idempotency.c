// SPDX-License-Identifier: Apache-2.0
#include "serve/idempotency.h"

#include "base/text.h"
#include "views/local.h"

#define ROOT_PART 8
#define DAY_US 86400000000

static bool key_valid(struct str key)
{
    if (key.n == 0 || key.n > IDEMPOTENCY_KEY_MAX) return false;
    for (size_t i = 0; i < key.n; i++)
        if (key.p[i] < 0x21 || key.p[i] > 0x7e) return false;
    return true;
}

static struct str hash_text(struct arena *arena, const uint8_t request[32])
{
    return base64url_text(arena, (struct str){(const char *)request, 32});
}

enum err idempotency_find(struct views *views, struct arena *arena, struct str actor, struct str header,
                          const uint8_t request[32], int64_t now_us, struct idempotency *out, struct why *why)
{
    *out = (struct idempotency){0};
    if (!key_valid(header))
        return why_set(why, ERR_MALFORMED, "Idempotency-Key", "a key is 1 to %d visible ASCII characters",
                       IDEMPOTENCY_KEY_MAX);
    out->key = arena_printf(arena, "%.*s %.*s", STR_ARG(actor), STR_ARG(header));
    struct str mine = hash_text(arena, request);
    if (arena->failed) return why_set(why, ERR_NO_MEMORY, "", "no memory for this now");
    enum err err = local_get(views, arena, STR(IDEMPOTENCY_SPACE), out->key, &out->held, why);
    if (err != ERR_NONE || !out->held.p) return err;
    const struct json *held = json_parse(arena, out->held, why);
    int64_t at_ms = 0, from = 0;
    if (!held || !json_integer(held, "at", &at_ms) || !json_integer(held, "from", &from) ||
        !base64url_bytes(arena, json_text(held, "roots"), &out->roots))
        return why_set(why, ERR_STORE, "", "what is stored of this Idempotency-Key cannot be read");
    if (now_us / 1000 - at_ms > (int64_t)IDEMPOTENCY_DAYS * DAY_US / 1000) return ERR_NONE; // too old: written over
    if (!str_eq(json_text(held, "request"), mine))
        return why_set(why, ERR_SENSELESS, "Idempotency-Key", "this key was used for another request");
    out->repeat = true;
    out->from = (uint64_t)from;
    return ERR_NONE;
}

struct local_write *idempotency_write(struct arena *arena, const struct idempotency *found, const uint8_t request[32],
                                      uint64_t log_size, const struct draft *drafts, int64_t now_us)
{
    struct buf roots = BUF((size_t)1 << 20), text = BUF((size_t)2 << 20);
    for (const struct draft *d = drafts; d; d = d->next) buf_add(&roots, d->root, ROOT_PART);
    buf_printf(&text, "{\"at\":%lld,\"from\":%llu,\"request\":\"", (long long)(now_us / 1000),
               (unsigned long long)log_size);
    base64url_encode((struct str){(const char *)request, 32}, &text);
    buf_puts(&text, "\",\"roots\":\"");
    base64url_encode(buf_str(&roots), &text);
    buf_puts(&text, "\"}");
    struct local_write *write = arena_new(arena, struct local_write);
    struct str value = arena_str(arena, buf_str(&text));
    bool ok = write && value.p && !text.failed && !roots.failed;
    buf_free(&roots);
    buf_free(&text);
    if (!ok) return NULL;
    *write = (struct local_write){
        .space = STR(IDEMPOTENCY_SPACE), .key = found->key, .value = value, .compare = true, .expected = found->held};
    return write;
}

static enum err root_at(struct engine *engine, uint64_t index, uint8_t root[32], struct why *why)
{
    struct arena arena = ARENA((size_t)4 << 20);
    struct stored stored;
    struct header header;
    int64_t pos;
    enum err err = engine_find(engine, ENGINE_OWN, index, &pos, why);
    if (err == ERR_NONE) err = engine_get(engine, &arena, pos, &stored, why);
    if (err == ERR_NONE) err = header_parse(&arena, stored.header, &header, why);
    if (err == ERR_NONE) memcpy(root, header.body, 32);
    arena_free(&arena);
    return err;
}

enum err idempotency_indexes(struct views *views, struct arena *arena, const struct idempotency *found,
                             uint64_t **indexes, size_t *count, struct why *why)
{
    struct engine *engine = views_engine(views);
    size_t n = found->roots.n / ROOT_PART;
    uint64_t end;
    *count = 0;
    *indexes = arena_array(arena, uint64_t, n ? n : 1);
    if (!*indexes) return why_set(why, ERR_NO_MEMORY, "", "no memory for this now");
    enum err err = engine_next_index(engine, ENGINE_OWN, &end, why);
    if (err == ERR_NONE && end > found->from + IDEMPOTENCY_SCAN_MAX) end = found->from + IDEMPOTENCY_SCAN_MAX;
    for (uint64_t i = found->from; err == ERR_NONE && i < end && *count < n; i++) {
        uint8_t root[32];
        err = root_at(engine, i, root, why);
        if (err == ERR_NONE && memcmp(root, found->roots.p + *count * ROOT_PART, ROOT_PART) == 0)
            (*indexes)[(*count)++] = i;
    }
    if (err == ERR_NONE && *count < n)
        err = why_set(why, ERR_NOT_FOUND, "Idempotency-Key", "the statements of the first request cannot be found");
    return err;
}
