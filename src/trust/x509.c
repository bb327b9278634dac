// SPDX-License-Identifier: Apache-2.0
#include "trust/x509.h"

#include "base/random.h"
#include "base/text.h"
#include "trust/hash.h"

#include <gnutls/abstract.h>
#include <gnutls/x509.h>

static const uint8_t loopback4[4] = {127, 0, 0, 1};
static const uint8_t loopback6[16] = {[15] = 1};

static bool is_party_name(struct str party)
{
    if (party.n == 0 || party.n > X509_NAME_MAX) return false;
    for (size_t i = 0; i < party.n; i++) {
        if (party.p[i] <= ' ' || party.p[i] > '~') return false;
    }
    return true;
}

// The subject, names and dates; 0 or a GnuTLS error.
static int certificate_fill(gnutls_x509_crt_t crt, struct str party, int64_t not_before_s)
{
    uint8_t serial[16];
    random_bytes(serial, sizeof serial);
    serial[0] = (serial[0] & 0x3F) | 0x40; // positive, and 16 bytes long (RFC 5280 4.1.2.2)
    int steps[] = {
        gnutls_x509_crt_set_version(crt, 3),
        gnutls_x509_crt_set_serial(crt, serial, sizeof serial),
        gnutls_x509_crt_set_dn_by_oid(crt, GNUTLS_OID_X520_COMMON_NAME, 0, party.p, (unsigned)party.n),
        gnutls_x509_crt_set_activation_time(crt, not_before_s),
        gnutls_x509_crt_set_expiration_time(crt, not_before_s + (int64_t)X509_DAYS * 86400),
        gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_DNSNAME, "localhost", 9, GNUTLS_FSAN_SET),
        gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_IPADDRESS, loopback4, 4, GNUTLS_FSAN_APPEND),
        gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_IPADDRESS, loopback6, 16, GNUTLS_FSAN_APPEND),
        // No authority: as a partner's trust anchor it must vouch for itself alone, or any partner could make
        // certificates in another's name.
        gnutls_x509_crt_set_basic_constraints(crt, 0, -1),
        gnutls_x509_crt_set_key_usage(crt, GNUTLS_KEY_DIGITAL_SIGNATURE),
        gnutls_x509_crt_set_key_purpose_oid(crt, GNUTLS_KP_TLS_WWW_SERVER, 0),
        gnutls_x509_crt_set_key_purpose_oid(crt, GNUTLS_KP_TLS_WWW_CLIENT, 0),
    };
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        if (steps[i] < 0) return steps[i];
    }
    return 0;
}

static int certificate_sign(gnutls_x509_crt_t crt, gnutls_x509_privkey_t key)
{
    uint8_t id[20];
    size_t n = sizeof id;
    int err = gnutls_x509_crt_set_key(crt, key);
    if (err >= 0) err = gnutls_x509_crt_get_key_id(crt, 0, id, &n);
    if (err >= 0) err = gnutls_x509_crt_set_subject_key_id(crt, id, n);
    if (err >= 0) err = gnutls_x509_crt_sign2(crt, crt, key, GNUTLS_DIG_SHA256, 0);
    return err;
}

static int pem_write(gnutls_x509_crt_t crt, gnutls_x509_privkey_t key, struct buf *key_pem, struct buf *certificate_pem)
{
    gnutls_datum_t text = {0};
    int err = gnutls_x509_privkey_export2_pkcs8(key, GNUTLS_X509_FMT_PEM, NULL, GNUTLS_PKCS_PLAIN, &text);
    if (err < 0) return err;
    buf_add(key_pem, text.data, text.size);
    gnutls_memset(text.data, 0, text.size);
    gnutls_free(text.data);
    err = gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_PEM, &text);
    if (err < 0) return err;
    buf_add(certificate_pem, text.data, text.size);
    gnutls_free(text.data);
    return key_pem->failed || certificate_pem->failed ? GNUTLS_E_MEMORY_ERROR : 0;
}

enum err x509_make(struct str party, int64_t not_before_s, struct buf *key_pem, struct buf *certificate_pem,
                   struct why *why)
{
    if (!is_party_name(party)) {
        return why_set(why, ERR_USAGE, "party", "a party's name is 1 to %d printable characters", X509_NAME_MAX);
    }
    gnutls_x509_crt_t crt;
    gnutls_x509_privkey_t key;
    INVARIANT(gnutls_x509_crt_init(&crt) == 0 && gnutls_x509_privkey_init(&key) == 0);
    int err = gnutls_x509_privkey_generate(key, GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0);
    if (err >= 0) err = certificate_fill(crt, party, not_before_s);
    if (err >= 0) err = certificate_sign(crt, key);
    if (err >= 0) err = pem_write(crt, key, key_pem, certificate_pem);
    gnutls_x509_crt_deinit(crt);
    gnutls_x509_privkey_deinit(key);
    if (err < 0) return why_set(why, ERR_INTERNAL, "certificate", "GnuTLS: %s", gnutls_strerror(err));
    return ERR_NONE;
}

// The caller deinitialises *out if this returns ERR_NONE.
static enum err certificate_read(struct str text, gnutls_x509_crt_t *out, struct why *why)
{
    if (text.n == 0 || text.n > (1 << 20)) return why_set(why, ERR_MALFORMED, "certificate", "no certificate");
    gnutls_datum_t data = {(unsigned char *)(uintptr_t)text.p, (unsigned)text.n};
    INVARIANT(gnutls_x509_crt_init(out) == 0);
    int err = gnutls_x509_crt_import(*out, &data, text.p[0] == 0x30 ? GNUTLS_X509_FMT_DER : GNUTLS_X509_FMT_PEM);
    if (err >= 0) return ERR_NONE;
    gnutls_x509_crt_deinit(*out);
    return why_set(why, ERR_MALFORMED, "certificate", "no X.509 certificate in DER or PEM: %s", gnutls_strerror(err));
}

enum err x509_fingerprint(struct str certificate, char out[X509_FINGERPRINT_TEXT], struct why *why)
{
    gnutls_x509_crt_t crt;
    enum err err = certificate_read(certificate, &crt, why);
    if (err) return err;
    uint8_t hash[SHA256_BYTES];
    size_t n = sizeof hash;
    int got = gnutls_x509_crt_get_fingerprint(crt, GNUTLS_DIG_SHA256, hash, &n);
    gnutls_x509_crt_deinit(crt);
    if (got < 0) return why_set(why, ERR_MALFORMED, "certificate", "GnuTLS: %s", gnutls_strerror(got));
    struct buf text = BUF(X509_FINGERPRINT_TEXT);
    hex_encode((struct str){(const char *)hash, sizeof hash}, &text);
    bool ok = !text.failed;
    if (ok) memcpy(out, text.p, text.n);
    out[X509_FINGERPRINT_TEXT - 1] = '\0';
    buf_free(&text);
    return ok ? ERR_NONE : why_set(why, ERR_NO_MEMORY, "certificate", "no memory for the fingerprint");
}

enum err x509_common_name(struct str certificate, char out[X509_NAME_MAX + 1], struct why *why)
{
    gnutls_x509_crt_t crt;
    enum err err = certificate_read(certificate, &crt, why);
    if (err) return err;
    char second[X509_NAME_MAX + 1];
    size_t n = X509_NAME_MAX + 1, m = sizeof second;
    int got = gnutls_x509_crt_get_dn_by_oid(crt, GNUTLS_OID_X520_COMMON_NAME, 0, 0, out, &n);
    int more = gnutls_x509_crt_get_dn_by_oid(crt, GNUTLS_OID_X520_COMMON_NAME, 1, 0, second, &m);
    gnutls_x509_crt_deinit(crt);
    if (got < 0 || n == 0 || memchr(out, 0, n)) {
        return why_set(why, ERR_MALFORMED, "certificate", "the subject's common name is missing, too long, or no text");
    }
    if (more != GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE) {
        return why_set(why, ERR_MALFORMED, "certificate", "the subject has more than one common name");
    }
    out[n] = '\0';
    return ERR_NONE;
}
