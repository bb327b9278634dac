// SPDX-License-Identifier: Apache-2.0
#include "trust/data_integrity.h"

#include "base/clock.h"
#include "trust/multibase.h"

#define CANONICAL_MAX ((size_t)16 << 20)
#define CLOCK_SKEW_MS (5 * 60 * 1000) // how far `created` may lie ahead: clocks of issuers are not ours

static enum err no_memory(const struct arena *arena, struct why *why)
{
    if (arena->full) return why_set(why, ERR_TOO_LARGE, "/proof", "the document is larger than its memory's limit");
    return why_set(why, ERR_NO_MEMORY, "/proof", "no memory for the canonical form");
}

static const char *suite_of(enum key_kind kind)
{
    return kind == KEY_ED25519 ? "eddsa-jcs-2022" : "ecdsa-jcs-2019";
}

static void append_member(struct arena *arena, struct json *object, const struct json *member)
{
    struct json *copy = arena_new(arena, struct json);
    if (!copy) return;
    *copy = *member;
    copy->next = NULL;
    if (object->last)
        object->last->next = copy;
    else
        object->child = copy;
    object->last = copy;
    object->count++;
}

// A new object with the same members (shared, not copied) but one; the member named "@context" is `context`, if given.
static struct json *object_without(struct arena *arena, const struct json *object, const char *name,
                                   const struct json *context)
{
    struct json *out = json_new_object(arena);
    if (!out) return NULL;
    json_each(member, object)
    {
        if (str_is(member->name, name) || (context && str_is(member->name, "@context"))) continue;
        append_member(arena, out, member);
    }
    if (context) append_member(arena, out, context);
    return arena->failed ? NULL : out;
}

static bool canonical_text(struct arena *arena, const struct json *value, struct str *out)
{
    struct buf text = BUF(CANONICAL_MAX);
    json_canonical(value, &text);
    *out = text.failed ? STR_NONE : arena_str(arena, buf_str(&text));
    buf_free(&text);
    return out->p != NULL;
}

enum err integrity_hash(struct arena *arena, const struct json *document, const struct json *proof, enum key_kind kind,
                        struct integrity_hash *out, struct why *why)
{
    struct json *config = object_without(arena, proof, "proofValue", NULL);
    struct json *unsecured = object_without(arena, document, "proof", json_get(proof, "@context"));
    if (!config || !unsecured || !canonical_text(arena, config, &out->proof_text) ||
        !canonical_text(arena, unsecured, &out->document_text)) {
        return no_memory(arena, why);
    }
    if (kind == KEY_P384) {
        sha384(out->proof_text, out->bytes);
        sha384(out->document_text, out->bytes + SHA384_BYTES);
    } else {
        sha256(out->proof_text, out->bytes);
        sha256(out->document_text, out->bytes + SHA256_BYTES);
    }
    out->n = kind == KEY_P384 ? 2 * SHA384_BYTES : 2 * SHA256_BYTES;
    return ERR_NONE;
}

static struct str hash_str(const struct integrity_hash *hash)
{
    return (struct str){(const char *)hash->bytes, hash->n};
}

enum err integrity_sign(struct arena *arena, const struct json *document, const struct signing_key *key,
                        const struct integrity_options *options, struct json **out, struct why *why)
{
    if (document->type != JSON_OBJECT || json_get(document, "proof")) {
        return why_set(why, ERR_SENSELESS, "/proof", "only an object without a proof can be signed");
    }
    struct json *proof = json_new_object(arena);
    json_put_text(arena, proof, "type", STR("DataIntegrityProof"));
    json_put_text(arena, proof, "cryptosuite", str_of(suite_of(key->kind)));
    if (options->created.n) json_put_text(arena, proof, "created", options->created);
    if (options->expires.n) json_put_text(arena, proof, "expires", options->expires);
    json_put_text(arena, proof, "verificationMethod", options->method);
    json_put_text(arena, proof, "proofPurpose", str_of(options->purpose));
    const struct json *context = json_get(document, "@context");
    if (context && proof) append_member(arena, proof, context);
    struct integrity_hash hash;
    if (arena->failed) return no_memory(arena, why);
    enum err err = integrity_hash(arena, document, proof, key->kind, &hash, why);
    if (err) return err;
    uint8_t signature[ECDSA_SIGNATURE_MAX];
    size_t n = signing_key_sign(key, hash_str(&hash), signature);
    struct buf value = BUF(BASE58_TEXT_MAX + 1);
    multibase_encode((struct str){(const char *)signature, n}, &value);
    struct str text = value.failed ? STR_NONE : arena_str(arena, buf_str(&value));
    buf_free(&value);
    if (text.p) json_put_text(arena, proof, "proofValue", text);
    *out = object_without(arena, document, "proof", NULL);
    if (*out) json_put(*out, "proof", proof);
    return text.p && !arena->failed ? ERR_NONE : no_memory(arena, why);
}

static bool json_same(const struct json *a, const struct json *b)
{
    struct buf x = BUF(CANONICAL_MAX), y = BUF(CANONICAL_MAX);
    json_canonical(a, &x);
    json_canonical(b, &y);
    bool same = !x.failed && !y.failed && str_eq(buf_str(&x), buf_str(&y));
    buf_free(&x);
    buf_free(&y);
    return same;
}

// The document's @context must start with all that the proof's has, in the same order (vc-di-eddsa 3.3.2, step 4).
static bool context_starts(const struct json *document, const struct json *proof)
{
    if (!document) return false;
    if (proof->type != JSON_ARRAY) {
        return json_same(document->type == JSON_ARRAY ? json_at(document, 0) : document, proof);
    }
    if (document->type != JSON_ARRAY) return proof->count == 1 && json_same(document, proof->child);
    const struct json *have = document->child;
    json_each(want, proof)
    {
        if (!have || !json_same(have, want)) return false;
        have = have->next;
    }
    return true;
}

static enum err proof_dates(const struct json *proof, int64_t now_ms, struct why *why)
{
    static const char *const names[] = {"created", "expires"};
    for (size_t i = 0; i < 2; i++) {
        const struct json *value = json_get(proof, names[i]);
        int64_t at_ms;
        if (!value) continue;
        if (value->type != JSON_STRING || !time_parse_ms(value->text, &at_ms)) {
            return why_set(why, ERR_MALFORMED, i ? "/proof/expires" : "/proof/created",
                           "no RFC 3339 time with an offset");
        }
        if (i == 0 && at_ms > now_ms + CLOCK_SKEW_MS) {
            return why_set(why, ERR_EXPIRED, "/proof/created", "the proof was made in the future, %.*s",
                           STR_ARG(value->text));
        }
        if (i == 1 && at_ms < now_ms) {
            return why_set(why, ERR_EXPIRED, "/proof/expires", "the proof expired at %.*s", STR_ARG(value->text));
        }
    }
    return ERR_NONE;
}

static enum err proof_shape(const struct json *proof, const char *purpose, struct why *why)
{
    if (proof->type != JSON_OBJECT) return why_set(why, ERR_MALFORMED, "/proof", "a proof is an object");
    if (!str_is(json_text(proof, "type"), "DataIntegrityProof")) {
        return why_set(why, ERR_UNSUPPORTED, "/proof/type", "only DataIntegrityProof is read");
    }
    struct str suite = json_text(proof, "cryptosuite");
    if (!str_is(suite, "eddsa-jcs-2022") && !str_is(suite, "ecdsa-jcs-2019")) {
        return why_set(why, ERR_UNSUPPORTED, "/proof/cryptosuite",
                       "%.*s: only eddsa-jcs-2022 and ecdsa-jcs-2019 can be checked offline", STR_ARG(suite));
    }
    if (json_get(proof, "previousProof")) {
        return why_set(why, ERR_UNSUPPORTED, "/proof/previousProof", "proof chains are not read; send a proof set");
    }
    if (!str_is(json_text(proof, "proofPurpose"), purpose)) {
        return why_set(why, ERR_UNTRUSTED, "/proof/proofPurpose", "the proof was not made for %s", purpose);
    }
    return ERR_NONE;
}

static enum err proof_key(struct arena *arena, const struct json *proof, const struct integrity_policy *policy,
                          struct integrity *out, struct multikey *key, struct why *why)
{
    struct str fragment;
    *out =
        (struct integrity){.method = json_text(proof, "verificationMethod"), .suite = json_text(proof, "cryptosuite")};
    if (!did_method_split(out->method, &out->controller, &fragment)) {
        return why_set(why, ERR_MALFORMED, "/proof/verificationMethod", "no DID URL with a fragment");
    }
    if (policy->controller.n && !str_eq(policy->controller, out->controller)) {
        return why_set(why, ERR_UNTRUSTED, "/proof/verificationMethod", "the key is of %.*s, not of the issuer",
                       STR_ARG(out->controller));
    }
    enum err err = did_key_find(arena, out->method, policy->purpose, policy->now_ms, policy->documents, key, why);
    if (err) return err;
    out->kind = key->kind;
    if (str_is(out->suite, suite_of(key->kind))) return ERR_NONE;
    return why_set(why, ERR_UNTRUSTED, "/proof/cryptosuite", "%.*s with a %s key", STR_ARG(out->suite),
                   multikey_kind_name(key->kind));
}

static enum err proof_verify(struct arena *arena, const struct json *document, const struct json *proof,
                             const struct integrity_policy *policy, struct integrity *out, struct why *why)
{
    struct multikey key;
    enum err err = proof_shape(proof, policy->purpose, why);
    if (!err) err = proof_dates(proof, policy->now_ms, why);
    if (!err) err = proof_key(arena, proof, policy, out, &key, why);
    if (err) return err;
    const struct json *context = json_get(proof, "@context");
    if (context && !context_starts(json_get(document, "@context"), context)) {
        return why_set(why, ERR_UNTRUSTED, "/proof/@context",
                       "the document's @context does not start with the proof's");
    }
    struct str value = json_text(proof, "proofValue");
    uint8_t signature[BASE58_BYTES_MAX];
    size_t n;
    // Both suites demand base58btc (3.3.1: "the proofValue … base-58-btc").
    if (!str_starts(value, "z") || !multibase_decode(value, signature, sizeof signature, &n)) {
        return why_set(why, ERR_MALFORMED, "/proof/proofValue", "no multibase base58btc text");
    }
    struct integrity_hash hash;
    err = integrity_hash(arena, document, proof, key.kind, &hash, why);
    if (err) return err;
    if (multikey_verify(&key, hash_str(&hash), (struct str){(const char *)signature, n})) return ERR_NONE;
    return why_set(why, ERR_UNTRUSTED, "/proof/proofValue", "the signature does not hold");
}

enum err integrity_verify(struct arena *arena, const struct json *document, const struct integrity_policy *policy,
                          struct integrity *out, struct why *why)
{
    if (document->type != JSON_OBJECT) return why_set(why, ERR_MALFORMED, "", "a secured document is an object");
    const struct json *proof = json_get(document, "proof");
    if (!proof || (proof->type == JSON_ARRAY && proof->count == 0)) {
        return why_set(why, ERR_UNTRUSTED, "/proof", "there is no proof");
    }
    if (proof->type != JSON_ARRAY) {
        enum err err = proof_verify(arena, document, proof, policy, out, why);
        out->proofs = err ? 0 : 1;
        return err;
    }
    if (proof->count > PROOFS_MAX) {
        return why_set(why, ERR_TOO_LARGE, "/proof", "%zu proofs, at most %d are read", proof->count, PROOFS_MAX);
    }
    json_each(one, proof)
    {
        struct integrity integrity;
        enum err err = proof_verify(arena, document, one, policy, &integrity, why);
        if (err) return err;
        if (one == proof->child) *out = integrity;
    }
    out->proofs = proof->count;
    return ERR_NONE;
}
