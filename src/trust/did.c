// SPDX-License-Identifier: Apache-2.0
#include "trust/did.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"

#define DID_KEY "did:key:"
#define DID_WEB "did:web:"

void did_key_format(const struct multikey *key, struct buf *out)
{
    buf_puts(out, DID_KEY);
    multikey_format(key, out);
}

void did_key_method_format(const struct multikey *key, struct buf *out)
{
    did_key_format(key, out);
    buf_putc(out, '#');
    multikey_format(key, out);
}

static bool is_alnum(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// A host name with at least one letter in its last label: neither an IPv4 address nor, for want of ':', an IPv6 one.
static bool is_host_name(struct str host)
{
    bool letter = false;
    size_t label = 0;
    if (host.n == 0 || host.n > 253) return false;
    for (size_t i = 0; i < host.n; i++) {
        char c = host.p[i];
        if (c == '.') {
            if (label == 0 || host.p[i - 1] == '-') return false;
            label = 0;
            letter = false;
            continue;
        }
        if (!is_alnum(c) && (c != '-' || label == 0)) return false;
        if (c < '0' || c > '9') letter = true;
        if (++label > 63) return false;
    }
    return label > 0 && letter && host.p[host.n - 1] != '-';
}

// "example.com" or "example.com%3A8443".
static bool web_authority(struct str part, struct buf *out)
{
    struct str host = part, port = STR_NONE;
    for (size_t i = 0; i + 3 <= part.n; i++) {
        if (part.p[i] != '%') continue;
        if (part.p[i + 1] != '3' || (part.p[i + 2] != 'A' && part.p[i + 2] != 'a')) return false;
        host = (struct str){part.p, i};
        port = str_from(part, i + 3);
        break;
    }
    uint64_t number;
    if (!is_host_name(host)) return false;
    buf_str_add(out, host);
    if (!port.p) return true;
    if (!str_decimal(port, 65535, &number) || number == 0) return false;
    buf_printf(out, ":%u", (unsigned)number);
    return true;
}

static bool is_path_part(struct str part)
{
    if (part.n == 0 || str_is(part, ".") || str_is(part, "..")) return false;
    for (size_t i = 0; i < part.n; i++) {
        if (!is_alnum(part.p[i]) && part.p[i] != '-' && part.p[i] != '.' && part.p[i] != '_') return false;
    }
    return true;
}

enum err did_web_url(struct str did, struct buf *out, struct why *why)
{
    if (!str_starts(did, DID_WEB) || did.n > DID_MAX) return why_set(why, ERR_MALFORMED, "did", "not a did:web");
    struct str rest, part = str_cut(str_from(did, sizeof DID_WEB - 1), ':', &rest);
    buf_puts(out, "https://");
    if (!web_authority(part, out)) {
        return why_set(why, ERR_MALFORMED, "did", "did:web wants a host name, with %%3A before a port");
    }
    if (!rest.p) buf_puts(out, "/.well-known");
    while (rest.p) {
        part = str_cut(rest, ':', &rest);
        if (!is_path_part(part))
            return why_set(why, ERR_MALFORMED, "did", "did:web has an empty, dot or escaped path part");
        buf_putc(out, '/');
        buf_str_add(out, part);
    }
    buf_puts(out, "/did.json");
    return out->failed ? why_set(why, ERR_NO_MEMORY, "did", "no memory for the address") : ERR_NONE;
}

bool did_method_split(struct str method, struct str *did, struct str *fragment)
{
    if (method.n > DID_MAX || !str_starts(method, "did:")) return false;
    *did = str_cut(method, '#', fragment);
    if (!fragment->p || fragment->n == 0) return false;
    for (size_t i = 0; i < method.n; i++) {
        uint8_t c = (uint8_t)method.p[i];
        if (c <= ' ' || c >= 0x7F) return false;
    }
    return !memchr(did->p, '?', did->n) && !memchr(did->p, '/', did->n);
}

static bool jwk_coordinate(const struct json *jwk, const char *name, uint8_t *out, size_t size)
{
    size_t n;
    return base64url_decode(json_text(jwk, name), out, size, &n) && n == size;
}

// RFC 7517 with RFC 7518 6.2.1 (EC) and RFC 8037 (OKP).
static enum err jwk_read(const struct json *jwk, struct multikey *out, struct why *why)
{
    struct str kty = json_text(jwk, "kty"), crv = json_text(jwk, "crv");
    bool p256 = str_is(crv, "P-256"), p384 = str_is(crv, "P-384");
    if (json_get(jwk, "d")) return why_set(why, ERR_SENSELESS, "publicKeyJwk", "a private key in a public document");
    if (str_is(kty, "OKP") && str_is(crv, "Ed25519")) {
        *out = (struct multikey){.kind = KEY_ED25519};
        if (jwk_coordinate(jwk, "x", out->bytes, ED25519_PUBLIC)) return ERR_NONE;
    } else if (str_is(kty, "EC") && (p256 || p384)) {
        enum curve curve = p384 ? CURVE_P384 : CURVE_P256;
        uint8_t x[ECDSA_SCALAR_MAX], y[ECDSA_SCALAR_MAX];
        *out = (struct multikey){.kind = p384 ? KEY_P384 : KEY_P256};
        if (jwk_coordinate(jwk, "x", x, curve_bytes(curve)) && jwk_coordinate(jwk, "y", y, curve_bytes(curve)) &&
            ecdsa_compress(curve, x, y, out->bytes)) {
            return ERR_NONE;
        }
    } else {
        return why_set(why, ERR_UNSUPPORTED, "publicKeyJwk", "only OKP Ed25519 and EC P-256, P-384 are read");
    }
    return why_set(why, ERR_MALFORMED, "publicKeyJwk",
                   "the coordinates are missing, too short, or no point of the curve");
}

static enum err method_key(const struct json *method, struct multikey *out, struct why *why)
{
    struct str type = json_text(method, "type");
    if (str_is(type, "Multikey") || str_is(type, "Ed25519VerificationKey2020")) {
        enum err err = multikey_parse(json_text(method, "publicKeyMultibase"), out, why);
        if (!err && str_is(type, "Ed25519VerificationKey2020") && out->kind != KEY_ED25519) {
            return why_set(why, ERR_SENSELESS, "publicKeyMultibase", "Ed25519VerificationKey2020 with a %s key",
                           multikey_kind_name(out->kind));
        }
        return err;
    }
    if (str_is(type, "JsonWebKey") || str_is(type, "JsonWebKey2020")) {
        return jwk_read(json_get(method, "publicKeyJwk"), out, why);
    }
    return why_set(why, ERR_UNSUPPORTED, "verificationMethod", "type %.*s is not read", STR_ARG(type));
}

// An id in a document may be absolute or "#fragment", relative to the document.
static bool id_matches(struct str id, struct str method, struct str fragment)
{
    if (str_starts(id, "#")) return str_eq(str_from(id, 1), fragment);
    return str_eq(id, method);
}

// The method of that id among the items, which may be references or the methods themselves.
static const struct json *method_find(const struct json *items, struct str method, struct str fragment)
{
    json_each(item, items)
    {
        struct str id = item->type == JSON_STRING ? item->text : json_text(item, "id");
        if (id_matches(id, method, fragment)) return item;
    }
    return NULL;
}

static enum err method_dates(const struct json *method, int64_t now_ms, struct why *why)
{
    static const char *const names[] = {"revoked", "expires"};
    for (size_t i = 0; i < 2; i++) {
        const struct json *value = json_get(method, names[i]);
        int64_t at_ms;
        if (!value) continue;
        if (value->type != JSON_STRING || !time_parse_ms(value->text, &at_ms)) {
            return why_set(why, ERR_MALFORMED, names[i], "the verification method's date is no RFC 3339 time");
        }
        if (at_ms <= now_ms) {
            return why_set(why, ERR_EXPIRED, names[i], "the key is %s since %.*s", i ? "expired" : "revoked",
                           STR_ARG(value->text));
        }
    }
    return ERR_NONE;
}

static enum err web_key_find(struct arena *arena, struct str document, struct str method, struct str did,
                             struct str fragment, const char *purpose, int64_t now_ms, struct multikey *out,
                             struct why *why)
{
    if (document.n > DID_DOCUMENT_MAX) return why_set(why, ERR_TOO_LARGE, "did", "the pinned document is too large");
    struct why inner = {0};
    const struct json *root = json_parse(arena, document, &inner);
    if (!root) {
        if (why) *why = inner;
        return inner.err;
    }
    if (!str_eq(json_text(root, "id"), did)) {
        return why_set(why, ERR_UNTRUSTED, "id", "the document pinned for %.*s is another's", STR_ARG(did));
    }
    const struct json *allowed = method_find(json_get(root, purpose), method, fragment);
    if (!allowed) {
        return why_set(why, ERR_UNTRUSTED, purpose, "%.*s is not listed for %s", STR_ARG(method), purpose);
    }
    const struct json *found = allowed;
    if (allowed->type == JSON_STRING) found = method_find(json_get(root, "verificationMethod"), method, fragment);
    if (!found || found->type != JSON_OBJECT) {
        return why_set(why, ERR_UNTRUSTED, "verificationMethod", "%.*s is not in the document", STR_ARG(method));
    }
    if (!str_eq(json_text(found, "controller"), did)) {
        return why_set(why, ERR_UNTRUSTED, "controller", "the key is controlled by another");
    }
    enum err err = method_dates(found, now_ms, why);
    return err ? err : method_key(found, out, why);
}

enum err did_key_find(struct arena *arena, struct str method, const char *purpose, int64_t now_ms,
                      const struct did_documents *documents, struct multikey *out, struct why *why)
{
    struct str did, fragment, document;
    if (!did_method_split(method, &did, &fragment)) {
        return why_set(why, ERR_MALFORMED, "verificationMethod", "no DID URL with a fragment");
    }
    if (str_starts(did, DID_KEY)) {
        struct str text = str_from(did, sizeof DID_KEY - 1);
        if (!str_eq(text, fragment)) {
            return why_set(why, ERR_UNTRUSTED, "verificationMethod", "the fragment of a did:key must repeat its key");
        }
        return multikey_parse(text, out, why);
    }
    if (!str_starts(did, DID_WEB)) {
        return why_set(why, ERR_UNSUPPORTED, "verificationMethod", "only did:key and did:web are read");
    }
    if (!documents || !documents->find(documents->context, did, &document)) {
        return why_set(why, ERR_NOT_FOUND, "verificationMethod", "no document is pinned for %.*s", STR_ARG(did));
    }
    return web_key_find(arena, document, method, did, fragment, purpose, now_ms, out, why);
}
