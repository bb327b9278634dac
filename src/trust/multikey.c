// SPDX-License-Identifier: Apache-2.0
#include "trust/multikey.h"

#include "trust/multibase.h"

#include <sodium.h>

// The multicodec's varint, two bytes for all of these.
static const struct {
    const char *name;
    uint8_t prefix[2];
    size_t bytes;
} kinds[] = {
    [KEY_ED25519] = {"Ed25519", {0xED, 0x01}, ED25519_PUBLIC},
    [KEY_P256] = {"P-256", {0x80, 0x24}, 33},
    [KEY_P384] = {"P-384", {0x81, 0x24}, 49},
};

const char *multikey_kind_name(enum key_kind kind)
{
    return kinds[kind].name;
}

size_t multikey_bytes(enum key_kind kind)
{
    return kinds[kind].bytes;
}

static enum curve curve_of(enum key_kind kind)
{
    return kind == KEY_P384 ? CURVE_P384 : CURVE_P256;
}

bool multikey_eq(const struct multikey *a, const struct multikey *b)
{
    return a->kind == b->kind && memcmp(a->bytes, b->bytes, kinds[a->kind].bytes) == 0;
}

static bool is_point(const struct multikey *key)
{
    uint8_t x[ECDSA_SCALAR_MAX], y[ECDSA_SCALAR_MAX];
    return key->kind == KEY_ED25519 || ecdsa_decompress(curve_of(key->kind), key->bytes, x, y);
}

enum err multikey_parse(struct str text, struct multikey *out, struct why *why)
{
    uint8_t bytes[BASE58_BYTES_MAX];
    size_t n;
    if (!multibase_decode(text, bytes, sizeof bytes, &n) || n < 2) {
        return why_set(why, ERR_MALFORMED, "publicKeyMultibase", "no base58btc (z) or base64url (u) text");
    }
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
        if (memcmp(bytes, kinds[k].prefix, 2) != 0) continue;
        *out = (struct multikey){.kind = (enum key_kind)k};
        if (n != 2 + kinds[k].bytes) {
            return why_set(why, ERR_MALFORMED, "publicKeyMultibase", "a %s key has %zu bytes, not %zu", kinds[k].name,
                           kinds[k].bytes, n - 2);
        }
        memcpy(out->bytes, bytes + 2, n - 2);
        if (is_point(out)) return ERR_NONE;
        return why_set(why, ERR_MALFORMED, "publicKeyMultibase", "not a point of %s", kinds[k].name);
    }
    return why_set(why, ERR_UNSUPPORTED, "publicKeyMultibase",
                   "multicodec %02x%02x: only Ed25519, P-256, P-384 are read", bytes[0], bytes[1]);
}

void multikey_format(const struct multikey *key, struct buf *out)
{
    uint8_t bytes[2 + ECDSA_POINT_MAX];
    memcpy(bytes, kinds[key->kind].prefix, 2);
    memcpy(bytes + 2, key->bytes, kinds[key->kind].bytes);
    multibase_encode((struct str){(const char *)bytes, 2 + kinds[key->kind].bytes}, out);
}

bool multikey_verify(const struct multikey *key, struct str message, struct str signature)
{
    if (key->kind != KEY_ED25519) return ecdsa_verify(curve_of(key->kind), key->bytes, message, signature);
    return signature.n == ED25519_SIGNATURE && ed25519_verify(key->bytes, message, (const uint8_t *)signature.p);
}

void signing_key_generate(enum key_kind kind, struct signing_key *out)
{
    *out = (struct signing_key){.kind = kind};
    if (kind == KEY_ED25519)
        ed25519_generate(&out->ed25519);
    else
        ecdsa_generate(curve_of(kind), &out->ecdsa);
}

struct multikey signing_key_public(const struct signing_key *key)
{
    struct multikey public = {.kind = key->kind};
    memcpy(public.bytes, key->kind == KEY_ED25519 ? key->ed25519.public : key->ecdsa.point, kinds[key->kind].bytes);
    return public;
}

size_t signing_key_sign(const struct signing_key *key, struct str message, uint8_t signature[ECDSA_SIGNATURE_MAX])
{
    if (key->kind == KEY_ED25519) {
        ed25519_sign(&key->ed25519, message, signature);
        return ED25519_SIGNATURE;
    }
    ecdsa_sign(&key->ecdsa, message, signature);
    return 2 * curve_bytes(key->ecdsa.curve);
}

void signing_key_wipe(struct signing_key *key)
{
    sodium_memzero(key, sizeof *key);
}
