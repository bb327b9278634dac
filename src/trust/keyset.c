// SPDX-License-Identifier: Apache-2.0
#include "trust/keyset.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"

#define PREFIX "puente-keyset/v1\n"

static enum err no_memory(const struct arena *arena, struct why *why)
{
    if (arena->full) return why_set(why, ERR_TOO_LARGE, "", "the key set is larger than its memory's limit");
    return why_set(why, ERR_NO_MEMORY, "", "no memory for the key set");
}

static enum err vkey_check(struct str vkey, enum note_type type, const char *member, struct why *why)
{
    struct note_key key;
    struct why inner = {0};
    if (vkey.n == 0 || vkey.n > KEYSET_VKEY_MAX || note_key_parse(vkey, &key, &inner)) {
        return why_set(why, ERR_SENSELESS, member, "no verifier key: %s", inner.text);
    }
    if (key.type == type) return ERR_NONE;
    return why_set(why, ERR_SENSELESS, member, "key type %02x where %02x is needed", key.type, type);
}

static enum err keyset_check(const struct keyset *k, struct why *why)
{
    if (!note_name_valid(k->party)) return why_set(why, ERR_SENSELESS, "/party", "no party");
    enum err err = vkey_check(k->log, NOTE_ED25519, "/keys/log", why);
    if (!err) err = vkey_check(k->witness, NOTE_COSIGNATURE, "/keys/witness", why);
    if (!err) err = vkey_check(k->agreement, NOTE_ED25519, "/keys/agreement", why);
    if (err) return err;
    for (size_t i = 0; i < k->tls.n; i++) {
        if (!strchr("0123456789abcdef", k->tls.p[i]) || k->tls.p[i] == '\0') {
            return why_set(why, ERR_SENSELESS, "/keys/tls", "not lower-case hexadecimal");
        }
    }
    if (k->tls.n != 64) return why_set(why, ERR_SENSELESS, "/keys/tls", "a SHA-256 has 64 hexadecimal digits");
    if (k->ncompromised > KEYSET_COMPROMISED_MAX)
        return why_set(why, ERR_TOO_LARGE, "/compromised", "too many entries");
    return ERR_NONE;
}

static struct json *keyset_json(struct arena *arena, const struct keyset *k)
{
    struct json *root = json_new_object(arena), *keys = json_new_object(arena);
    char from[TIME_TEXT_ROOM];
    size_t n = time_text_ms(k->from_ms, from);
    if (k->ncompromised) {
        struct json *list = json_new_array(arena);
        for (size_t i = 0; i < k->ncompromised; i++) {
            struct json *one = json_new_object(arena);
            json_put_text(arena, one, "key", k->compromised[i].key);
            json_put_number(arena, one, "since", (double)k->compromised[i].since);
            json_add(list, one);
        }
        json_put(root, "compromised", list);
    }
    json_put_text(arena, root, "from", arena_str(arena, (struct str){from, n}));
    json_put_text(arena, keys, "agreement", k->agreement);
    json_put_text(arena, keys, "log", k->log);
    json_put_text(arena, keys, "tls", k->tls);
    json_put_text(arena, keys, "witness", k->witness);
    json_put(root, "keys", keys);
    json_put_text(arena, root, "party", k->party);
    json_put_number(arena, root, "v", 1);
    return arena->failed ? NULL : root;
}

static enum err document_write(struct arena *arena, const struct keyset *k, const struct ed25519_key *key,
                               struct buf *out, struct why *why)
{
    struct json *root = keyset_json(arena, k);
    if (!root) return no_memory(arena, why);
    struct buf message = BUF(KEYSET_MAX);
    buf_puts(&message, PREFIX);
    json_canonical(root, &message);
    uint8_t signature[ED25519_SIGNATURE];
    if (!message.failed) ed25519_sign(key, buf_str(&message), signature);
    bool ok = !message.failed;
    buf_free(&message);
    if (ok) {
        json_put_text(arena, root, "signature",
                      base64url_text(arena, (struct str){(const char *)signature, sizeof signature}));
        json_canonical(root, out);
    }
    return ok && !arena->failed && !out->failed ? ERR_NONE : no_memory(arena, why);
}

enum err keyset_make(const struct keyset *keyset, const struct ed25519_key *party_key, struct buf *out, struct why *why)
{
    enum err err = keyset_check(keyset, why);
    if (err) return err;
    struct arena arena = ARENA(KEYSET_MAX * 4);
    err = document_write(&arena, keyset, party_key, out, why);
    arena_free(&arena);
    return err;
}

static enum err compromised_read(struct arena *arena, const struct json *list, struct keyset *out, struct why *why)
{
    if (!list) return ERR_NONE;
    if (list->type != JSON_ARRAY || list->count == 0 || list->count > KEYSET_COMPROMISED_MAX) {
        return why_set(why, ERR_MALFORMED, "/compromised", "a list of 1 to %d entries", KEYSET_COMPROMISED_MAX);
    }
    out->compromised = arena_array(arena, struct keyset_compromise, list->count);
    if (!out->compromised) return no_memory(arena, why);
    json_each(item, list)
    {
        struct keyset_compromise *c = &out->compromised[out->ncompromised++];
        int64_t since;
        if (!json_need_text(item, "key", KEYSET_VKEY_MAX, &c->key, why) ||
            !json_need_integer(item, "since", 0, (int64_t)1 << 53, &since, why)) {
            return why ? why->err : ERR_MALFORMED;
        }
        c->since = (uint64_t)since;
    }
    return ERR_NONE;
}

static enum err keyset_read(struct arena *arena, const struct json *root, struct keyset *out, struct why *why)
{
    const struct json *keys = json_get(root, "keys");
    struct str from;
    int64_t v;
    *out = (struct keyset){0};
    if (!json_need_integer(root, "v", 1, 1, &v, why) ||
        !json_need_text(root, "party", NOTE_NAME_MAX, &out->party, why) ||
        !json_need_text(root, "from", TIME_TEXT_ROOM, &from, why)) {
        return why ? why->err : ERR_MALFORMED;
    }
    if (!time_parse_ms(from, &out->from_ms)) return why_set(why, ERR_MALFORMED, "/from", "no RFC 3339 time");
    out->log = json_text(keys, "log");
    out->witness = json_text(keys, "witness");
    out->agreement = json_text(keys, "agreement");
    out->tls = json_text(keys, "tls");
    enum err err = compromised_read(arena, json_get(root, "compromised"), out, why);
    return err ? err : keyset_check(out, why);
}

// The signed text is the document written again from what was read, so that nothing unread can hide in it.
static enum err signature_check(struct arena *arena, const struct keyset *k, const uint8_t signature[ED25519_SIGNATURE],
                                const uint8_t party_key[ED25519_PUBLIC], struct str document, struct why *why)
{
    struct json *root = keyset_json(arena, k);
    struct buf message = BUF(KEYSET_MAX), whole = BUF(KEYSET_MAX);
    buf_puts(&message, PREFIX);
    if (root) json_canonical(root, &message);
    json_put_text(arena, root, "signature",
                  base64url_text(arena, (struct str){(const char *)signature, ED25519_SIGNATURE}));
    if (root) json_canonical(root, &whole);
    enum err err = ERR_NONE;
    if (!root || arena->failed || message.failed || whole.failed) {
        err = no_memory(arena, why);
    } else if (!str_eq(buf_str(&whole), document)) {
        err = why_set(why, ERR_MALFORMED, "", "not the canonical form, or it has members that a key set does not have");
    } else if (!ed25519_verify(party_key, buf_str(&message), signature)) {
        err = why_set(why, ERR_UNTRUSTED, "/signature", "the signature is not by the party's key");
    }
    buf_free(&message);
    buf_free(&whole);
    return err;
}

enum err keyset_verify(struct arena *arena, struct str document, const uint8_t party_key[ED25519_PUBLIC],
                       struct keyset *out, struct why *why)
{
    if (document.n > KEYSET_MAX) return why_set(why, ERR_TOO_LARGE, "", "a key set has at most %d bytes", KEYSET_MAX);
    struct why inner = {0};
    const struct json *root = json_parse(arena, document, &inner);
    if (!root) {
        if (why) *why = inner;
        return inner.err;
    }
    enum err err = keyset_read(arena, root, out, why);
    if (err) return err;
    uint8_t signature[ED25519_SIGNATURE];
    size_t n;
    if (!base64url_decode(json_text(root, "signature"), signature, sizeof signature, &n) || n != sizeof signature) {
        return why_set(why, ERR_MALFORMED, "/signature", "an Ed25519 signature is 64 bytes of base64url");
    }
    return signature_check(arena, out, signature, party_key, document, why);
}
