// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "trust/did.h"

#include <stdio.h>

// W3C did:key examples and the published test keys of the Data Integrity suites.
#define KEY_ED "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"
#define KEY_256 "zDnaepBuvsQ8cpsWrVKw8fbpGpvPeNSjVPTWoq6cRqaYzBKVP"
#define KEY_384 "z82LkuBieyGShVBhvtE2zoiD6Kma4tJGFtkAhxR5pfkp5QPw4LutoYWhvQCnGjdVn14kujQ"
#define LABEL_63 "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijk"
#define DID "did:web:sat.gob.mx:oea"

static void reads_and_writes_the_three_kinds(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum key_kind kind;
    } cases[] = {{KEY_ED, KEY_ED25519}, {KEY_256, KEY_P256}, {KEY_384, KEY_P384}};
    for (size_t i = 0; i < 3; i++) {
        char method[512];
        struct multikey key, again;
        struct buf out = BUF(512);
        struct arena arena = ARENA(4096);
        snprintf(method, sizeof method, "did:key:%s#%s", cases[i].text, cases[i].text);
        assert_int_equal(did_key_find(&arena, str_of(method), "assertionMethod", 0, NULL, &key, NULL), ERR_NONE);
        assert_int_equal(key.kind, cases[i].kind);
        did_key_method_format(&key, &out);
        assert_true(str_is(buf_str(&out), method));
        assert_int_equal(multikey_parse(str_of(cases[i].text), &again, NULL), ERR_NONE);
        assert_true(multikey_eq(&key, &again));
        again.bytes[5] ^= 1;
        assert_false(multikey_eq(&key, &again));
        buf_free(&out);
        arena_free(&arena);
    }
}

static void generated_keys_of_each_kind_sign(void **state)
{
    (void)state;
    for (int kind = KEY_ED25519; kind <= KEY_P384; kind++) {
        struct signing_key key;
        uint8_t signature[ECDSA_SIGNATURE_MAX];
        struct buf text = BUF(512);
        struct multikey public;
        signing_key_generate((enum key_kind)kind, &key);
        public = signing_key_public(&key);
        multikey_format(&public, &text);
        struct multikey again;
        assert_int_equal(multikey_parse(buf_str(&text), &again, NULL), ERR_NONE);
        size_t n = signing_key_sign(&key, STR("m"), signature);
        assert_true(multikey_verify(&again, STR("m"), (struct str){(const char *)signature, n}));
        assert_false(multikey_verify(&again, STR("n"), (struct str){(const char *)signature, n}));
        assert_false(multikey_verify(&again, STR("m"), (struct str){(const char *)signature, n - 1}));
        signing_key_wipe(&key);
        buf_free(&text);
    }
}

static void refuses_keys_it_cannot_read(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum err err;
    } cases[] = {
        {"", ERR_MALFORMED},
        {"z", ERR_MALFORMED},
        {"6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2", ERR_MALFORMED},
        {"z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ", ERR_UNSUPPORTED},  // the prefix shifts
        {"z6LSbysY2xFMRpGMhb7tFTLMpeuPRaqaWM1yECx2AtzE3KCc", ERR_UNSUPPORTED}, // X25519
        {"u7QE", ERR_MALFORMED},                                               // prefix, no key
        {"uEgAAAQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHw", ERR_UNSUPPORTED},
        {"ugCQCAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE", ERR_MALFORMED}, // P-256, x = 1: no point
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct multikey key;
        struct why why = {0};
        enum err err = multikey_parse(str_of(cases[i].text), &key, &why);
        if (err != cases[i].err) print_message("case %zu: %s\n", i, why.text);
        assert_int_equal(err, cases[i].err);
    }
}

static void did_web_addresses_follow_the_method(void **state)
{
    (void)state;
    static const struct {
        const char *did, *url;
    } cases[] = {
        {"did:web:w3c-ccg.github.io", "https://w3c-ccg.github.io/.well-known/did.json"},
        {"did:web:w3c-ccg.github.io:user:alice", "https://w3c-ccg.github.io/user/alice/did.json"},
        {"did:web:example.com%3A3000", "https://example.com:3000/.well-known/did.json"},
        {"did:web:example.com%3A3000:user:alice", "https://example.com:3000/user/alice/did.json"},
        {"did:web:Az09.zZ:aA0zZ9", "https://Az09.zZ/aA0zZ9/did.json"},
        {"did:web:" LABEL_63, "https://" LABEL_63 "/.well-known/did.json"},
        {"did:web:" LABEL_63 "x", NULL},
        {"did:web:example.com%4A80", NULL},
        {"did:web:example.com%3B80", NULL},
        {"did:web:example.com%3", NULL},
        {"did:web:example.00", NULL},
        {"did:web:localhost%3A8443", "https://localhost:8443/.well-known/did.json"},
        {"did:web:", NULL},
        {"did:web:example.com:", NULL},
        {"did:web:example.com::a", NULL},
        {"did:web:example.com:..:a", NULL},
        {"did:web:example.com:%2e%2e", NULL},
        {"did:web:example.com:a/b", NULL},
        {"did:web:example.com%2Fa", NULL},
        {"did:web:example.com%3A", NULL},
        {"did:web:example.com%3A0", NULL},
        {"did:web:example.com%3A65536", NULL},
        {"did:web:user@example.com", NULL},
        {"did:web:192.0.2.1", NULL},
        {"did:web:example.com.", NULL},
        {"did:web:-example.com", NULL},
        {"did:web:example-.com", NULL},
        {"did:web:exa mple.com", NULL},
        {"did:key:" KEY_ED, NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct buf out = BUF(1024);
        enum err err = did_web_url(str_of(cases[i].did), &out, NULL);
        if (cases[i].url) {
            assert_int_equal(err, ERR_NONE);
            assert_true(str_is(buf_str(&out), cases[i].url));
        } else {
            if (!err) print_message("%s gave an address\n", cases[i].did);
            assert_int_equal(err, ERR_MALFORMED);
        }
        buf_free(&out);
    }
}

static bool pinned(void *context, struct str did, struct str *document)
{
    *document = str_of(context);
    return str_is(did, DID);
}

#define METHOD(type, more) "{\"id\":\"" DID "#k\",\"type\":\"" type "\",\"controller\":\"" DID "\"," more "}"
#define DOC(method, purpose)                                                                                           \
    "{\"id\":\"" DID "\",\"verificationMethod\":[" method "],\"assertionMethod\":[" purpose "]}"
#define MULTIKEY METHOD("Multikey", "\"publicKeyMultibase\":\"" KEY_ED "\"")
#define ED_JWK                                                                                                         \
    "\"publicKeyJwk\":{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}"
// RFC 7515 A.3.
#define EC_X "\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\""
#define EC_Y "\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\""

static void pinned_documents_give_keys_for_a_purpose(void **state)
{
    (void)state;
    static const struct {
        const char *document, *method;
        enum err err;
        enum key_kind kind;
    } cases[] = {
        {DOC(MULTIKEY, "\"" DID "#k\""), DID "#k", ERR_NONE, KEY_ED25519},
        {DOC(MULTIKEY, "\"#k\""), DID "#k", ERR_NONE, KEY_ED25519},
        {DOC("", MULTIKEY), DID "#k", ERR_NONE, KEY_ED25519},
        {DOC(METHOD("JsonWebKey", ED_JWK), "\"#k\""), DID "#k", ERR_NONE, KEY_ED25519},
        {DOC(METHOD("JsonWebKey2020",
                    "\"publicKeyJwk\":{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":" EC_X ",\"y\":" EC_Y "}"),
             "\"#k\""),
         DID "#k", ERR_NONE, KEY_P256},
        {DOC(METHOD("Ed25519VerificationKey2020", "\"publicKeyMultibase\":\"" KEY_ED "\""), "\"#k\""), DID "#k",
         ERR_NONE, KEY_ED25519},
        {DOC(METHOD("Multikey", "\"expires\":\"2026-03-02T00:00:00Z\",\"publicKeyMultibase\":\"" KEY_384 "\""),
             "\"#k\""),
         DID "#k", ERR_NONE, KEY_P384},
        // Not allowed, not there, not its own, past its dates, wrong bytes.
        {DOC(MULTIKEY, ""), DID "#k", ERR_UNTRUSTED, 0},
        {DOC(MULTIKEY, "\"#other\""), DID "#k", ERR_UNTRUSTED, 0},
        {DOC("", "\"#k\""), DID "#k", ERR_UNTRUSTED, 0},
        {DOC(MULTIKEY, "\"#k\""), DID "#l", ERR_UNTRUSTED, 0},
        {"{\"id\":\"did:web:else.mx\",\"assertionMethod\":[" MULTIKEY "]}", DID "#k", ERR_UNTRUSTED, 0},
        {DOC("",
             "{\"id\":\"#k\",\"type\":\"Multikey\",\"controller\":\"did:web:else.mx\",\"publicKeyMultibase\":\"" KEY_ED
             "\"}"),
         DID "#k", ERR_UNTRUSTED, 0},
        {DOC(METHOD("Multikey", "\"revoked\":\"2026-03-01T00:00:00Z\",\"publicKeyMultibase\":\"" KEY_ED "\""),
             "\"#k\""),
         DID "#k", ERR_EXPIRED, 0},
        {DOC(METHOD("Multikey", "\"expires\":\"2026-02-01T00:00:00Z\",\"publicKeyMultibase\":\"" KEY_ED "\""),
             "\"#k\""),
         DID "#k", ERR_EXPIRED, 0},
        {DOC(METHOD("Multikey", "\"expires\":\"soon\",\"publicKeyMultibase\":\"" KEY_ED "\""), "\"#k\""), DID "#k",
         ERR_MALFORMED, 0},
        {DOC(METHOD("Multikey", "\"expires\":1,\"publicKeyMultibase\":\"" KEY_ED "\""), "\"#k\""), DID "#k",
         ERR_MALFORMED, 0},
        {DOC(METHOD("Ed25519VerificationKey2020", "\"publicKeyMultibase\":\"" KEY_256 "\""), "\"#k\""), DID "#k",
         ERR_SENSELESS, 0},
        {DOC(METHOD("JsonWebKey", "\"publicKeyJwk\":{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":" EC_X ",\"y\":" EC_X "}"),
             "\"#k\""),
         DID "#k", ERR_MALFORMED, 0},
        {DOC(METHOD("JsonWebKey", "\"publicKeyJwk\":{\"kty\":\"RSA\"}"), "\"#k\""), DID "#k", ERR_UNSUPPORTED, 0},
        {DOC(METHOD("JsonWebKey", "\"publicKeyJwk\":{\"kty\":\"OKP\",\"d\":\"\"}"), "\"#k\""), DID "#k", ERR_SENSELESS,
         0},
        {DOC(METHOD("JsonWebKey", "\"x\":1"), "\"#k\""), DID "#k", ERR_UNSUPPORTED, 0},
        {DOC(METHOD("JsonWebKey", "\"publicKeyJwk\":{\"kty\":\"OKP\",\"crv\":\"X25519\",\"x\":" EC_X "}"), "\"#k\""),
         DID "#k", ERR_UNSUPPORTED, 0},
        {DOC(METHOD("JsonWebKey", "\"publicKeyJwk\":{\"kty\":\"EC\",\"crv\":\"Ed25519\",\"x\":" EC_X "}"), "\"#k\""),
         DID "#k", ERR_UNSUPPORTED, 0},
        {DOC(METHOD("JsonWebKey", "\"publicKeyJwk\":{\"kty\":\"RSA\",\"crv\":\"P-256\",\"x\":" EC_X ",\"y\":" EC_Y "}"),
             "\"#k\""),
         DID "#k", ERR_UNSUPPORTED, 0},
        {DOC(METHOD("RsaVerificationKey2018", "\"x\":1"), "\"#k\""), DID "#k", ERR_UNSUPPORTED, 0},
        {"{", DID "#k", ERR_MALFORMED, 0},
        {"[]", DID "#k", ERR_UNTRUSTED, 0},
        {DOC(MULTIKEY, "\"#k\""), "did:web:else.mx#k", ERR_NOT_FOUND, 0},
        // DID URLs.
        {"", "did:key:" KEY_ED "#" KEY_256, ERR_UNTRUSTED, 0},
        {"", "did:key:" KEY_ED, ERR_MALFORMED, 0},
        {"", "did:key:" KEY_ED "#", ERR_MALFORMED, 0},
        {"", DID "?x=1#k", ERR_MALFORMED, 0},
        {"", DID "/p#k", ERR_MALFORMED, 0},
        {"", DID " #k", ERR_MALFORMED, 0},
        {"", "https://vc.example/keys#k", ERR_MALFORMED, 0},
        {"", "did:ion:abc#k", ERR_UNSUPPORTED, 0},
    };
    int64_t now_ms;
    assert_true(time_parse_ms(STR("2026-03-01T12:00:00Z"), &now_ms));
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct arena arena = ARENA(1 << 20);
        struct did_documents documents = {pinned, (void *)(uintptr_t)cases[i].document};
        struct multikey key;
        struct why why = {0};
        enum err err = did_key_find(&arena, str_of(cases[i].method), "assertionMethod", now_ms, &documents, &key, &why);
        if (err != cases[i].err) print_message("case %zu: %s\n", i, why.text);
        assert_int_equal(err, cases[i].err);
        if (!err) assert_int_equal(key.kind, cases[i].kind);
        arena_free(&arena);
    }
}

static void without_pinned_documents_did_web_is_not_found(void **state)
{
    (void)state;
    struct arena arena = ARENA(4096);
    struct multikey key;
    assert_int_equal(did_key_find(&arena, STR(DID "#k"), "assertionMethod", 0, NULL, &key, NULL), ERR_NOT_FOUND);
    arena_free(&arena);
}

static void identifiers_and_documents_are_bounded(void **state)
{
    (void)state;
    struct arena arena = ARENA(1 << 20);
    char method[DID_MAX + 2];
    struct str did, fragment;
    memset(method, 'a', sizeof method);
    memcpy(method, "did:web:", 8);
    method[100] = '#';
    assert_true(did_method_split((struct str){method, DID_MAX}, &did, &fragment));
    assert_int_equal(did.n, 100);
    assert_false(did_method_split((struct str){method, DID_MAX + 1}, &did, &fragment));
    assert_false(did_method_split(STR("dud:web:a#b"), &did, &fragment));
    assert_false(did_method_split(STR("did:web:a#\x7F"), &did, &fragment));
    char *large = arena_alloc(&arena, DID_DOCUMENT_MAX + 2);
    assert_non_null(large);
    memset(large, ' ', DID_DOCUMENT_MAX + 1);
    for (size_t over = 0; over < 2; over++) {
        struct multikey key;
        large[DID_DOCUMENT_MAX + over] = '\0';
        struct did_documents documents = {pinned, large};
        enum err err = did_key_find(&arena, STR(DID "#k"), "assertionMethod", 0, &documents, &key, NULL);
        assert_int_equal(err, over ? ERR_TOO_LARGE : ERR_MALFORMED);
        large[DID_DOCUMENT_MAX] = ' ';
    }
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_and_writes_the_three_kinds),
        cmocka_unit_test(generated_keys_of_each_kind_sign),
        cmocka_unit_test(refuses_keys_it_cannot_read),
        cmocka_unit_test(did_web_addresses_follow_the_method),
        cmocka_unit_test(pinned_documents_give_keys_for_a_purpose),
        cmocka_unit_test(without_pinned_documents_did_web_is_not_found),
        cmocka_unit_test(identifiers_and_documents_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
