// SPDX-License-Identifier: Apache-2.0
#include "trust/ecdsa.h"

#include <gmp.h>
#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <sodium.h>

// y^2 = x^3 - 3x + b over the field of p, p = 3 mod 4 (SP 800-186, 3.2.1).
static const struct {
    size_t bytes;
    gnutls_ecc_curve_t id;
    gnutls_sign_algorithm_t sign;
    const char *p, *b;
} curves[] = {
    [CURVE_P256] = {32, GNUTLS_ECC_CURVE_SECP256R1, GNUTLS_SIGN_ECDSA_SHA256,
                    "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff",
                    "5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b"},
    [CURVE_P384] = {48, GNUTLS_ECC_CURVE_SECP384R1, GNUTLS_SIGN_ECDSA_SHA384,
                    "fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000ffffffff",
                    "b3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aef"},
};

size_t curve_bytes(enum curve curve)
{
    return curves[curve].bytes;
}

static void field_read(mpz_t out, const uint8_t *bytes, size_t n)
{
    mpz_import(out, n, 1, 1, 1, 0, bytes);
}

// Big-endian, padded on the left to n bytes; the value is known to fit.
static void field_write(const mpz_t value, uint8_t *bytes, size_t n)
{
    size_t used = (mpz_sizeinbase(value, 2) + 7) / 8;
    memset(bytes, 0, n);
    if (mpz_sgn(value) != 0) mpz_export(bytes + (n - used), NULL, 1, 1, 1, 0, value);
}

bool ecdsa_decompress(enum curve curve, const uint8_t *point, uint8_t *x_out, uint8_t *y_out)
{
    if (point[0] != 2 && point[0] != 3) return false;
    size_t n = curves[curve].bytes;
    mpz_t p, b, x, y, square, power;
    mpz_inits(x, y, square, power, NULL);
    mpz_init_set_str(p, curves[curve].p, 16);
    mpz_init_set_str(b, curves[curve].b, 16);
    field_read(x, point + 1, n);
    mpz_mul(square, x, x);
    mpz_sub_ui(square, square, 3);
    mpz_mul(square, square, x);
    mpz_add(square, square, b);
    mpz_mod(square, square, p);
    mpz_add_ui(power, p, 1);
    mpz_tdiv_q_2exp(power, power, 2);
    mpz_powm(y, square, power, p);
    mpz_mul(power, y, y);
    // The power is a root only if the square is one; y = 0 has order 2, which these curves do not have.
    bool ok = mpz_cmp(x, p) < 0 && mpz_congruent_p(power, square, p) && mpz_sgn(y) != 0;
    if (ok) {
        if (mpz_odd_p(y) != (point[0] == 3)) mpz_sub(y, p, y);
        field_write(x, x_out, n);
        field_write(y, y_out, n);
    }
    mpz_clears(p, b, x, y, square, power, NULL);
    return ok;
}

bool ecdsa_compress(enum curve curve, const uint8_t *x, const uint8_t *y, uint8_t *point)
{
    size_t n = curves[curve].bytes;
    uint8_t x_again[ECDSA_SCALAR_MAX], y_again[ECDSA_SCALAR_MAX];
    point[0] = (uint8_t)(2 + (y[n - 1] & 1));
    memcpy(point + 1, x, n);
    return ecdsa_decompress(curve, point, x_again, y_again) && memcmp(y, y_again, n) == 0;
}

static gnutls_datum_t datum(const uint8_t *p, size_t n)
{
    // GnuTLS takes non-const pointers that it does not write through.
    return (gnutls_datum_t){(unsigned char *)(uintptr_t)p, (unsigned)n};
}

// A GnuTLS integer may have leading zeros or lack them: to exactly n bytes.
static bool integer_fit(const gnutls_datum_t *from, uint8_t *out, size_t n)
{
    const uint8_t *p = from->data;
    size_t size = from->size;
    while (size > n && *p == 0) p++, size--;
    if (size > n) return false;
    memset(out, 0, n);
    memcpy(out + (n - size), p, size);
    return true;
}

void ecdsa_generate(enum curve curve, struct ecdsa_key *out)
{
    size_t n = curves[curve].bytes;
    gnutls_privkey_t key;
    gnutls_datum_t x, y, k;
    gnutls_ecc_curve_t id;
    uint8_t ax[ECDSA_SCALAR_MAX], ay[ECDSA_SCALAR_MAX];
    INVARIANT(gnutls_privkey_init(&key) == 0);
    INVARIANT(gnutls_privkey_generate(key, GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(curves[curve].id), 0) == 0);
    INVARIANT(gnutls_privkey_export_ecc_raw(key, &id, &x, &y, &k) == 0);
    *out = (struct ecdsa_key){.curve = curve};
    INVARIANT(integer_fit(&x, ax, n) && integer_fit(&y, ay, n) && integer_fit(&k, out->scalar, n));
    INVARIANT(ecdsa_compress(curve, ax, ay, out->point));
    gnutls_memset(k.data, 0, k.size);
    gnutls_free(x.data);
    gnutls_free(y.data);
    gnutls_free(k.data);
    gnutls_privkey_deinit(key);
}

// false if the point is none, or GnuTLS refuses the key.
static bool private_import(const struct ecdsa_key *key, gnutls_privkey_t *out)
{
    size_t n = curves[key->curve].bytes;
    uint8_t x[ECDSA_SCALAR_MAX], y[ECDSA_SCALAR_MAX];
    if (!ecdsa_decompress(key->curve, key->point, x, y)) return false;
    gnutls_datum_t dx = datum(x, n), dy = datum(y, n), dk = datum(key->scalar, n);
    INVARIANT(gnutls_privkey_init(out) == 0);
    if (gnutls_privkey_import_ecc_raw(*out, curves[key->curve].id, &dx, &dy, &dk) == 0) return true;
    gnutls_privkey_deinit(*out);
    return false;
}

static bool sign(const struct ecdsa_key *key, struct str message, uint8_t *signature)
{
    size_t n = curves[key->curve].bytes;
    gnutls_privkey_t private;
    if (!private_import(key, &private)) return false;
    gnutls_datum_t data = datum((const uint8_t *)(message.p ? message.p : ""), message.n), der = {0}, r = {0}, s = {0};
    bool ok = gnutls_privkey_sign_data2(private, curves[key->curve].sign, GNUTLS_PRIVKEY_FLAG_REPRODUCIBLE, &data,
                                        &der) == 0 &&
              gnutls_decode_rs_value(&der, &r, &s) == 0 && integer_fit(&r, signature, n) &&
              integer_fit(&s, signature + n, n);
    gnutls_free(der.data);
    gnutls_free(r.data);
    gnutls_free(s.data);
    gnutls_privkey_deinit(private);
    return ok;
}

void ecdsa_sign(const struct ecdsa_key *key, struct str message, uint8_t *signature)
{
    INVARIANT(sign(key, message, signature));
}

bool ecdsa_key_make(enum curve curve, const uint8_t *scalar, const uint8_t *point, struct ecdsa_key *out)
{
    size_t n = curves[curve].bytes;
    *out = (struct ecdsa_key){.curve = curve};
    memcpy(out->scalar, scalar, n);
    memcpy(out->point, point, n + 1);
    // GnuTLS 3.7 does not compare the two, so let one check the other's work.
    uint8_t signature[ECDSA_SIGNATURE_MAX];
    struct str probe = STR("puente key check"), raw = {(const char *)signature, 2 * n};
    return sign(out, probe, signature) && ecdsa_verify(curve, out->point, probe, raw);
}

void ecdsa_wipe(struct ecdsa_key *key)
{
    sodium_memzero(key, sizeof *key);
}

bool ecdsa_verify(enum curve curve, const uint8_t *point, struct str message, struct str signature)
{
    size_t n = curves[curve].bytes;
    uint8_t x[ECDSA_SCALAR_MAX], y[ECDSA_SCALAR_MAX];
    if (signature.n != 2 * n || message.n > UINT32_MAX || !ecdsa_decompress(curve, point, x, y)) return false;
    const uint8_t *raw = (const uint8_t *)signature.p;
    gnutls_datum_t dx = datum(x, n), dy = datum(y, n), r = datum(raw, n), s = datum(raw + n, n), der = {0};
    gnutls_datum_t data = datum((const uint8_t *)(message.p ? message.p : ""), message.n);
    gnutls_pubkey_t key;
    INVARIANT(gnutls_pubkey_init(&key) == 0);
    bool ok = gnutls_pubkey_import_ecc_raw(key, curves[curve].id, &dx, &dy) == 0 &&
              gnutls_encode_rs_value(&der, &r, &s) == 0 &&
              gnutls_pubkey_verify_data2(key, curves[curve].sign, 0, &data, &der) >= 0;
    gnutls_free(der.data);
    gnutls_pubkey_deinit(key);
    return ok;
}
