// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/arena.h"
#include "trust/x509.h"

#include <gnutls/x509.h>
#include <stdio.h>

#define FROM_S 1772323200 // 2026-03-01T00:00:00Z

struct pair {
    struct buf key, certificate;
};

static struct pair make(const char *party)
{
    struct pair pair = {BUF(1 << 16), BUF(1 << 16)};
    struct why why = {0};
    enum err err = x509_make(str_of(party), FROM_S, &pair.key, &pair.certificate, &why);
    if (err) print_message("%s\n", why.text);
    assert_int_equal(err, ERR_NONE);
    return pair;
}

static void pair_free(struct pair *pair)
{
    buf_free(&pair->key);
    buf_free(&pair->certificate);
}

static gnutls_x509_crt_t read_back(const struct buf *pem)
{
    gnutls_x509_crt_t crt;
    gnutls_datum_t data = {(unsigned char *)pem->p, (unsigned)pem->n};
    assert_int_equal(gnutls_x509_crt_init(&crt), 0);
    assert_int_equal(gnutls_x509_crt_import(crt, &data, GNUTLS_X509_FMT_PEM), 0);
    return crt;
}

static void a_certificate_names_its_party_and_this_machine(void **state)
{
    (void)state;
    struct pair pair = make("mx.transportes-garza");
    gnutls_x509_crt_t crt = read_back(&pair.certificate);
    char name[X509_NAME_MAX + 1];
    unsigned out;
    assert_int_equal(x509_common_name(buf_str(&pair.certificate), name, NULL), ERR_NONE);
    assert_string_equal(name, "mx.transportes-garza");
    assert_true(gnutls_x509_crt_check_hostname2(crt, "localhost", 0));
    assert_true(gnutls_x509_crt_check_hostname2(crt, "127.0.0.1", 0));
    assert_true(gnutls_x509_crt_check_hostname2(crt, "::1", 0));
    assert_false(gnutls_x509_crt_check_hostname2(crt, "example.com", 0));
    assert_int_equal(gnutls_x509_crt_get_activation_time(crt), FROM_S);
    assert_int_equal(gnutls_x509_crt_get_expiration_time(crt), FROM_S + (int64_t)X509_DAYS * 86400);
    assert_int_equal(gnutls_x509_crt_get_pk_algorithm(crt, &out), GNUTLS_PK_ECDSA);
    gnutls_x509_crt_deinit(crt);
    pair_free(&pair);
}

// What GnuTLS says of `leaf` with `anchor` as the only trusted certificate; dates left aside; 0: all is well.
static unsigned verified_under(gnutls_x509_crt_t anchor, gnutls_x509_crt_t leaf)
{
    gnutls_x509_trust_list_t list;
    unsigned status = ~0u;
    assert_int_equal(gnutls_x509_trust_list_init(&list, 0), 0);
    assert_int_equal(gnutls_x509_trust_list_add_cas(list, &anchor, 1, 0), 1);
    assert_int_equal(
        gnutls_x509_trust_list_verify_crt(list, &leaf, 1, GNUTLS_VERIFY_DISABLE_TIME_CHECKS, &status, NULL), 0);
    gnutls_x509_trust_list_deinit(list, 0);
    return status;
}

// A certificate in another's name, signed with the key of `by`.
static gnutls_x509_crt_t forged(const struct pair *by, const char *name)
{
    gnutls_x509_crt_t crt, issuer = read_back(&by->certificate);
    gnutls_x509_privkey_t key;
    gnutls_datum_t pem = {(unsigned char *)by->key.p, (unsigned)by->key.n};
    assert_int_equal(gnutls_x509_privkey_init(&key), 0);
    assert_int_equal(gnutls_x509_privkey_import(key, &pem, GNUTLS_X509_FMT_PEM), 0);
    assert_int_equal(gnutls_x509_crt_init(&crt), 0);
    assert_int_equal(gnutls_x509_crt_set_version(crt, 3), 0);
    assert_int_equal(gnutls_x509_crt_set_serial(crt, "\x01", 1), 0);
    assert_int_equal(gnutls_x509_crt_set_dn_by_oid(crt, GNUTLS_OID_X520_COMMON_NAME, 0, name, (unsigned)strlen(name)),
                     0);
    assert_int_equal(gnutls_x509_crt_set_activation_time(crt, FROM_S), 0);
    assert_int_equal(gnutls_x509_crt_set_expiration_time(crt, FROM_S + 86400), 0);
    assert_int_equal(gnutls_x509_crt_set_key(crt, key), 0);
    assert_int_equal(gnutls_x509_crt_sign2(crt, issuer, key, GNUTLS_DIG_SHA256, 0), 0);
    gnutls_x509_privkey_deinit(key);
    gnutls_x509_crt_deinit(issuer);
    return crt;
}

static void a_party_vouches_for_itself_alone(void **state)
{
    (void)state;
    struct pair garza = make("mx.transportes-garza"), other = make("us.cbp");
    gnutls_x509_crt_t anchor = read_back(&garza.certificate), stranger = read_back(&other.certificate);
    gnutls_x509_crt_t false_cbp = forged(&garza, "us.cbp");
    assert_int_equal(verified_under(anchor, anchor), 0);
    assert_int_not_equal(verified_under(anchor, stranger), 0);
    assert_int_not_equal(verified_under(anchor, false_cbp), 0);
    gnutls_x509_crt_deinit(anchor);
    gnutls_x509_crt_deinit(stranger);
    gnutls_x509_crt_deinit(false_cbp);
    pair_free(&garza);
    pair_free(&other);
}

static void the_key_fits_its_certificate(void **state)
{
    (void)state;
    struct pair pair = make("us.cbp");
    gnutls_certificate_credentials_t credentials;
    gnutls_datum_t key = {(unsigned char *)pair.key.p, (unsigned)pair.key.n};
    gnutls_datum_t crt = {(unsigned char *)pair.certificate.p, (unsigned)pair.certificate.n};
    assert_int_equal(gnutls_certificate_allocate_credentials(&credentials), 0);
    assert_true(gnutls_certificate_set_x509_key_mem(credentials, &crt, &key, GNUTLS_X509_FMT_PEM) >= 0);
    gnutls_certificate_free_credentials(credentials);
    pair_free(&pair);
}

static void der_and_pem_have_one_fingerprint(void **state)
{
    (void)state;
    struct pair a = make("us.cbp"), b = make("us.cbp");
    gnutls_x509_crt_t crt = read_back(&a.certificate);
    gnutls_datum_t der;
    char pem_text[X509_FINGERPRINT_TEXT], der_text[X509_FINGERPRINT_TEXT], other[X509_FINGERPRINT_TEXT];
    assert_int_equal(gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_DER, &der), 0);
    assert_int_equal(x509_fingerprint(buf_str(&a.certificate), pem_text, NULL), ERR_NONE);
    assert_int_equal(x509_fingerprint((struct str){(const char *)der.data, der.size}, der_text, NULL), ERR_NONE);
    assert_int_equal(x509_fingerprint(buf_str(&b.certificate), other, NULL), ERR_NONE);
    assert_string_equal(pem_text, der_text);
    assert_string_not_equal(pem_text, other);
    assert_int_equal(strlen(pem_text), 64);
    gnutls_free(der.data);
    gnutls_x509_crt_deinit(crt);
    pair_free(&a);
    pair_free(&b);
}

static void refuses_what_is_no_certificate(void **state)
{
    (void)state;
    static const char *const bad[] = {"", "0", "0\x82", "hello",
                                      "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char out[X509_FINGERPRINT_TEXT], name[X509_NAME_MAX + 1];
        assert_int_equal(x509_fingerprint(str_of(bad[i]), out, NULL), ERR_MALFORMED);
        assert_int_equal(x509_common_name(str_of(bad[i]), name, NULL), ERR_MALFORMED);
    }
}

static void refuses_odd_party_names(void **state)
{
    (void)state;
    char longest[X509_NAME_MAX + 2] = {0};
    memset(longest, 'a', X509_NAME_MAX);
    struct pair pair = make(longest);
    char name[X509_NAME_MAX + 1];
    assert_int_equal(x509_common_name(buf_str(&pair.certificate), name, NULL), ERR_NONE);
    assert_string_equal(name, longest);
    longest[X509_NAME_MAX] = 'a';
    const char *bad[] = {"", longest, "us cbp", "us\ncbp", "m\xC3\xA9xico"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(x509_make(str_of(bad[i]), FROM_S, &pair.key, &pair.certificate, NULL), ERR_USAGE);
    }
    pair_free(&pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_certificate_names_its_party_and_this_machine),
        cmocka_unit_test(a_party_vouches_for_itself_alone),
        cmocka_unit_test(the_key_fits_its_certificate),
        cmocka_unit_test(der_and_pem_have_one_fingerprint),
        cmocka_unit_test(refuses_what_is_no_certificate),
        cmocka_unit_test(refuses_odd_party_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
