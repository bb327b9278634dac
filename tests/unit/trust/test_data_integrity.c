// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/text.h"
#include "shared_data.h"
#include "trust/data_integrity.h"
#include "trust/multibase.h"

static int arena_new_state(void **state)
{
    struct arena *arena = malloc(sizeof *arena);
    if (!arena) return -1;
    *arena = ARENA((size_t)64 << 20);
    *state = arena;
    return 0;
}

static int arena_end_state(void **state)
{
    arena_free(*state);
    free(*state);
    return 0;
}

static int64_t now_ms(void)
{
    int64_t ms;
    assert_true(time_parse_ms(STR("2026-03-01T12:00:00Z"), &ms));
    return ms;
}

static struct json *parse(struct arena *arena, struct str text)
{
    struct why why = {0};
    struct json *value = json_parse(arena, text, &why);
    if (!value) print_message("%s at %zu\n", why.text, why.offset);
    assert_non_null(value);
    return value;
}

static struct integrity_policy policy_of(void)
{
    return (struct integrity_policy){.purpose = "assertionMethod", .now_ms = now_ms()};
}

static enum err verify(struct arena *arena, const struct json *document, struct why *why)
{
    struct integrity_policy policy = policy_of();
    struct integrity out;
    return integrity_verify(arena, document, &policy, &out, why);
}

static struct signing_key key_of(enum key_kind kind)
{
    struct signing_key key = {.kind = kind};
    if (kind == KEY_ED25519) {
        static const uint8_t seed[32] = {7};
        ed25519_from_seed(seed, &key.ed25519);
    } else {
        signing_key_generate(kind, &key);
    }
    return key;
}

static struct str method_of(struct arena *arena, const struct signing_key *key)
{
    struct multikey public = signing_key_public(key);
    struct buf out = BUF(512);
    did_key_method_format(&public, &out);
    struct str method = arena_str(arena, buf_str(&out));
    buf_free(&out);
    return method;
}

#define DOCUMENT                                                                                                       \
    "{\"@context\":[\"https://www.w3.org/ns/credentials/"                                                              \
    "v2\",{\"@vocab\":\"urn:x\"}],\"id\":\"urn:1\",\"n\":1.50,\"a\":[1,{\"b\":null}]}"

static struct json *signed_document(struct arena *arena, const struct signing_key *key, const char *created,
                                    const char *expires, const char *purpose)
{
    struct integrity_options options = {method_of(arena, key), str_of(created), str_of(expires), purpose};
    struct json *out;
    struct why why = {0};
    assert_int_equal(integrity_sign(arena, parse(arena, STR(DOCUMENT)), key, &options, &out, &why), ERR_NONE);
    // Through text, as a receiver gets it.
    struct buf text = BUF(1 << 16);
    json_pretty(out, &text);
    struct str copy = arena_str(arena, buf_str(&text));
    buf_free(&text);
    return parse(arena, copy);
}

// The member's node, to be changed in place.
static struct json *node(struct json *document, const char *pointer)
{
    struct json *found = (struct json *)(uintptr_t)json_pointer(document, pointer);
    assert_non_null(found);
    return found;
}

static void what_is_signed_verifies_and_nothing_else_does(void **state)
{
    struct arena *arena = *state;
    for (int kind = KEY_ED25519; kind <= KEY_P384; kind++) {
        struct signing_key key = key_of((enum key_kind)kind);
        struct json *document =
            signed_document(arena, &key, "2026-02-28T00:00:00Z", "2026-04-01T00:00:00Z", "assertionMethod");
        assert_int_equal(verify(arena, document, NULL), ERR_NONE);
        node(document, "/n")->number = 1.25;
        assert_int_equal(verify(arena, document, NULL), ERR_UNTRUSTED);
        node(document, "/n")->number = 1.5;
        assert_int_equal(verify(arena, document, NULL), ERR_NONE);
        node(document, "/proof/created")->text = STR("2026-02-28T00:00:01Z");
        assert_int_equal(verify(arena, document, NULL), ERR_UNTRUSTED);
        node(document, "/proof/created")->text = STR("2026-02-28T00:00:00Z");
        json_put_text(arena, document, "extra", STR("x"));
        assert_int_equal(verify(arena, document, NULL), ERR_UNTRUSTED);
    }
}

static void refuses_proofs_outside_their_rules(void **state)
{
    struct arena *arena = *state;
    static const struct {
        const char *pointer, *text;
        enum err err;
        const char *member;
    } cases[] = {
        {"/proof/type", "Ed25519Signature2020", ERR_UNSUPPORTED, "/proof/type"},
        {"/proof/cryptosuite", "eddsa-rdfc-2022", ERR_UNSUPPORTED, "/proof/cryptosuite"},
        {"/proof/cryptosuite", "ecdsa-jcs-2019", ERR_UNTRUSTED, "/proof/cryptosuite"},
        {"/proof/proofPurpose", "authentication", ERR_UNTRUSTED, "/proof/proofPurpose"},
        {"/proof/verificationMethod", "did:web:sat.gob.mx#k", ERR_NOT_FOUND, "verificationMethod"},
        {"/proof/verificationMethod", "urn:uuid:1", ERR_MALFORMED, "/proof/verificationMethod"},
        {"/proof/created", "2026-03-01T12:06:00Z", ERR_EXPIRED, "/proof/created"},
        {"/proof/created", "2026-03-01T12:04:00Z", ERR_UNTRUSTED, "/proof/proofValue"},
        {"/proof/created", "yesterday", ERR_MALFORMED, "/proof/created"},
        {"/proof/expires", "2026-03-01T11:59:59Z", ERR_EXPIRED, "/proof/expires"},
        {"/proof/proofValue", "zz", ERR_UNTRUSTED, "/proof/proofValue"},
        {"/proof/proofValue", "z0", ERR_MALFORMED, "/proof/proofValue"},
        {"/proof/proofValue", "uAAAA", ERR_MALFORMED, "/proof/proofValue"},
        {"/proof/@context/0", "https://w3id.org/other", ERR_UNTRUSTED, "/proof/@context"},
        {"/@context/0", "https://w3id.org/other", ERR_UNTRUSTED, "/proof/@context"},
    };
    struct signing_key key = key_of(KEY_ED25519);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct json *document =
            signed_document(arena, &key, "2026-02-28T00:00:00Z", "2026-04-01T00:00:00Z", "assertionMethod");
        struct why why = {0};
        node(document, cases[i].pointer)->text = str_of(cases[i].text);
        enum err err = verify(arena, document, &why);
        if (err != cases[i].err) print_message("case %zu: %s %s\n", i, why.member, why.text);
        assert_int_equal(err, cases[i].err);
        assert_string_equal(why.member, cases[i].member);
    }
}

static void only_the_controller_asked_for_may_sign(void **state)
{
    struct arena *arena = *state;
    struct signing_key key = key_of(KEY_ED25519);
    struct json *document = signed_document(arena, &key, "", "", "assertionMethod");
    struct integrity_policy policy = policy_of();
    struct integrity out;
    struct str rest;
    policy.controller = str_cut(method_of(arena, &key), '#', &rest);
    assert_int_equal(integrity_verify(arena, document, &policy, &out, NULL), ERR_NONE);
    assert_true(str_eq(out.controller, policy.controller));
    assert_int_equal(out.kind, KEY_ED25519);
    assert_int_equal(out.proofs, 1);
    policy.controller = STR("did:key:z6MkvDqGT54cXesYGvABpF1UapVNwjCqRcafi4Px6Thv5T3Z");
    assert_int_equal(integrity_verify(arena, document, &policy, &out, NULL), ERR_UNTRUSTED);
}

static void a_document_with_more_context_than_its_proof_verifies(void **state)
{
    struct arena *arena = *state;
    struct signing_key key = key_of(KEY_ED25519);
    struct json *document = signed_document(arena, &key, "", "", "assertionMethod");
    json_add(node(document, "/@context"), json_new_text(arena, STR("https://w3id.org/later")));
    assert_int_equal(verify(arena, document, NULL), ERR_NONE);
}

// Each proof of a set is over the document without proofs, so the sets of several signers can be joined.
static void every_proof_of_a_set_must_hold(void **state)
{
    struct arena *arena = *state;
    struct signing_key a = key_of(KEY_ED25519), b = key_of(KEY_P256);
    struct json *one = signed_document(arena, &a, "", "", "assertionMethod");
    struct json *two = signed_document(arena, &b, "", "", "assertionMethod");
    struct json *both = parse(arena, STR(DOCUMENT)), *set = json_new_array(arena);
    struct integrity_policy policy = policy_of();
    struct integrity out;
    json_add(set, json_copy(arena, json_get(one, "proof")));
    json_add(set, json_copy(arena, json_get(two, "proof")));
    json_put(both, "proof", set);
    assert_int_equal(integrity_verify(arena, both, &policy, &out, NULL), ERR_NONE);
    assert_int_equal(out.proofs, 2);
    assert_int_equal(out.kind, KEY_ED25519);
    node(both, "/proof/1/proofValue")->text = json_pointer(one, "/proof/proofValue")->text;
    assert_int_equal(verify(arena, both, NULL), ERR_UNTRUSTED);
    node(both, "/proof/1/proofValue")->text = json_pointer(two, "/proof/proofValue")->text;
    for (int i = 2; i < PROOFS_MAX; i++) json_add(set, json_copy(arena, json_get(one, "proof")));
    assert_int_equal(verify(arena, both, NULL), ERR_NONE);
    json_add(set, json_copy(arena, json_get(one, "proof")));
    assert_int_equal(verify(arena, both, NULL), ERR_TOO_LARGE);
}

// The document's @context and the proof's may each be one text or a list; only the start must agree.
static void contexts_may_be_texts_or_lists(void **state)
{
    struct arena *arena = *state;
    static const struct {
        const char *document, *proof; // NULL: none
        bool ok;
    } cases[] = {
        {"\"a:1\"", "\"a:1\"", true},
        {"\"a:1\"", "\"a:2\"", false},
        {"[\"a:1\",\"a:2\"]", "\"a:1\"", true},
        {"[\"a:2\"]", "\"a:1\"", false},
        {"\"a:1\"", "[\"a:1\"]", true},
        {"\"a:1\"", "[\"a:2\"]", false},
        {"\"a:1\"", "[\"a:1\",\"a:2\"]", false},
        {NULL, "\"a:1\"", false},
        {NULL, "[]", false},
        {"[\"a:1\"]", "[\"a:1\",\"a:2\"]", false},
        {"[\"a:2\",\"a:1\"]", "[\"a:1\",\"a:2\"]", false},
        {NULL, NULL, true},
    };
    struct signing_key key = key_of(KEY_ED25519);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        // Signed with the proof's context, then given the document's.
        struct json *document = json_new_object(arena), *out;
        struct integrity_options options = {.method = method_of(arena, &key), .purpose = "assertionMethod"};
        json_put_text(arena, document, "id", STR("urn:1"));
        if (cases[i].proof) json_put(document, "@context", parse(arena, str_of(cases[i].proof)));
        assert_int_equal(integrity_sign(arena, document, &key, &options, &out, NULL), ERR_NONE);
        struct json *changed = json_new_object(arena);
        json_put_text(arena, changed, "id", STR("urn:1"));
        if (cases[i].document) json_put(changed, "@context", parse(arena, str_of(cases[i].document)));
        json_put(changed, "proof", json_copy(arena, json_get(out, "proof")));
        struct why why = {0};
        enum err err = verify(arena, changed, &why);
        if ((err == ERR_NONE) != cases[i].ok) print_message("case %zu: %s\n", i, why.text);
        assert_int_equal(err, cases[i].ok ? ERR_NONE : ERR_UNTRUSTED);
    }
}

static void refuses_no_proof_chains_and_odd_shapes(void **state)
{
    struct arena *arena = *state;
    static const struct {
        const char *document;
        enum err err;
    } cases[] = {
        {"{}", ERR_UNTRUSTED},
        {"{\"proof\":[]}", ERR_UNTRUSTED},
        {"{\"proof\":[1]}", ERR_MALFORMED},
        {"{\"proof\":\"x\"}", ERR_MALFORMED},
        {"{\"proof\":null}", ERR_MALFORMED},
        {"{\"proof\":{}}", ERR_UNSUPPORTED},
        {"[]", ERR_MALFORMED},
        {"{\"proof\":{\"type\":\"DataIntegrityProof\",\"cryptosuite\":\"eddsa-jcs-2022\",\"previousProof\":\"urn:1\"}}",
         ERR_UNSUPPORTED},
        {"{\"proof\":{\"type\":\"DataIntegrityProof\",\"cryptosuite\":\"eddsa-jcs-2022\"}}", ERR_UNTRUSTED},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(verify(arena, parse(arena, str_of(cases[i].document)), NULL), cases[i].err);
    }
}

static void a_signed_document_is_not_signed_again(void **state)
{
    struct arena *arena = *state;
    struct signing_key key = key_of(KEY_ED25519);
    struct json *document = signed_document(arena, &key, "", "", "assertionMethod"), *out;
    struct integrity_options options = {.method = method_of(arena, &key), .purpose = "assertionMethod"};
    assert_int_equal(integrity_sign(arena, document, &key, &options, &out, NULL), ERR_SENSELESS);
}

// The private keys that W3C publishes beside its vectors: multicodec prefix of two bytes, then the seed or scalar.
static struct signing_key published_key(struct arena *arena, const char *path, const char *secret_name)
{
    struct json *pair = parse(arena, shared_file(arena, path));
    struct signing_key key = {0};
    struct multikey public;
    uint8_t secret[128];
    size_t n;
    assert_int_equal(multikey_parse(json_text(pair, "publicKeyMultibase"), &public, NULL), ERR_NONE);
    assert_true(multibase_decode(json_text(pair, secret_name), secret, sizeof secret, &n));
    key.kind = public.kind;
    if (key.kind == KEY_ED25519) {
        assert_int_equal(n, 34);
        ed25519_from_seed(secret + 2, &key.ed25519);
    } else {
        enum curve curve = key.kind == KEY_P384 ? CURVE_P384 : CURVE_P256;
        assert_int_equal(n, 2 + curve_bytes(curve));
        assert_true(ecdsa_key_make(curve, secret + 2, public.bytes, &key.ecdsa));
    }
    return key;
}

static void assert_hex(struct arena *arena, const uint8_t *bytes, size_t n, struct str hex)
{
    assert_true(str_eq(hex_text(arena, (struct str){(const char *)bytes, n}), str_trim(hex)));
}

static struct str vector_file(struct arena *arena, const char *folder, const char *name, const char *tail)
{
    char path[256];
    snprintf(path, sizeof path, "vc/%s/%s%s", folder, name, tail);
    struct str s = shared_file(arena, path);
    assert_non_null(s.p);
    return s;
}

// Every step file of W3C's vectors: canonical texts, hashes, signature, and the signed document made again from the
// unsigned one.
static void agrees_with_w3c_step_by_step(void **state)
{
    struct arena *arena = *state;
    static const struct {
        const char *folder, *tail, *unsigned_path, *key, *secret;
    } suites[] = {
        {"w3c-vc-di-eddsa/TestVectors/eddsa-jcs-2022", "JCS", "vc/w3c-vc-di-eddsa/TestVectors/unsigned.json",
         "vc/w3c-vc-di-eddsa/TestVectors/keyPair.json", "privateKeyMultibase"},
        {"w3c-vc-di-ecdsa/TestVectors/ecdsa-jcs-2019-p256", "JCSECDSAP256",
         "vc/w3c-vc-di-ecdsa/TestVectors/unsigned.json", "vc/w3c-vc-di-ecdsa/TestVectors/p256KeyPair.json",
         "secretKeyMultibase"},
        {"w3c-vc-di-ecdsa/TestVectors/ecdsa-jcs-2019-p384", "JCSECDSAP384",
         "vc/w3c-vc-di-ecdsa/TestVectors/unsigned.json", "vc/w3c-vc-di-ecdsa/TestVectors/p384KeyPair.json",
         "secretKeyMultibase"},
    };
    if (!shared_file(arena, suites[0].key).p) skip();
    for (size_t i = 0; i < 3; i++) {
        const char *folder = suites[i].folder;
        char txt[32], json[32];
        snprintf(txt, sizeof txt, "%s.txt", suites[i].tail);
        snprintf(json, sizeof json, "%s.json", suites[i].tail);
        struct signing_key key = published_key(arena, suites[i].key, suites[i].secret);
        struct json *document = parse(arena, shared_file(arena, suites[i].unsigned_path));
        struct json *config = parse(arena, vector_file(arena, folder, "proofConfig", json));
        struct json *expected = parse(arena, vector_file(arena, folder, "signed", json)), *made;
        struct integrity_hash hash;
        assert_int_equal(integrity_hash(arena, document, config, key.kind, &hash, NULL), ERR_NONE);
        assert_true(str_eq(hash.proof_text, str_trim(vector_file(arena, folder, "proofCanon", txt))));
        assert_true(str_eq(hash.document_text, str_trim(vector_file(arena, folder, "canonDoc", txt))));
        assert_hex(arena, hash.bytes, hash.n / 2, vector_file(arena, folder, "proofHash", txt));
        assert_hex(arena, hash.bytes + hash.n / 2, hash.n / 2, vector_file(arena, folder, "docHash", txt));
        assert_hex(arena, hash.bytes, hash.n, vector_file(arena, folder, "combinedHash", txt));
        uint8_t signature[96];
        size_t n;
        struct str value = str_trim(vector_file(arena, folder, "sigBTC58", txt));
        assert_true(multibase_decode(value, signature, sizeof signature, &n));
        assert_hex(arena, signature, n, vector_file(arena, folder, "sigHex", txt));
        assert_int_equal(verify(arena, expected, NULL), ERR_NONE);
        struct integrity_options options = {json_text(config, "verificationMethod"), json_text(config, "created"),
                                            STR_NONE, "assertionMethod"};
        assert_int_equal(integrity_sign(arena, document, &key, &options, &made, NULL), ERR_NONE);
        struct buf a = BUF(1 << 20), b = BUF(1 << 20);
        json_canonical(made, &a);
        json_canonical(expected, &b);
        if (!str_eq(buf_str(&a), buf_str(&b))) print_message("%s: made another signature\n", folder);
        assert_true(str_eq(buf_str(&a), buf_str(&b)));
        buf_free(&a);
        buf_free(&b);
    }
}

// The proof sets and chains that W3C publishes use the RDF suite, which cannot be checked offline.
static void says_why_w3c_proof_sets_and_chains_are_refused(void **state)
{
    struct arena *arena = *state;
    static const char *const names[] = {"signedProofSet1", "signedProofSet2", "signedProofChain1", "signedProofChain2"};
    for (size_t i = 0; i < 4; i++) {
        char path[128];
        snprintf(path, sizeof path, "vc/w3c-vc-di-eddsa/TestVectors/proof-set-chain/%s.json", names[i]);
        struct str file = shared_file(arena, path);
        if (!file.p) skip();
        struct why why = {0};
        assert_int_equal(verify(arena, parse(arena, file), &why), ERR_UNSUPPORTED);
        assert_string_equal(why.member, "/proof/cryptosuite");
    }
}

static void foreign_credentials_verify_and_fail_with_a_property_added(void **state)
{
    struct arena *arena = *state;
    static const char *const names[] = {
        "CTPATCertificate",           "CommercialInvoiceCredential",      "EntryNumberCredential",
        "FreightManifestCredential",  "IntentToImportCredential",         "MexicoEInvoiceCredential",
        "MillTestReportCredential",   "MultiModalBillOfLadingCredential", "SIMASteelImportLicenseCredential",
        "USMCACertificationOfOrigin",
    };
    static const char *const suites[] = {"eddsa-jcs-2022", "ecdsa-jcs-2019"};
    for (size_t i = 0; i < 20; i++) {
        char path[128];
        snprintf(path, sizeof path, "vc/foreign-signed/%s.%s.json", names[i / 2], suites[i % 2]);
        struct str file = shared_file(arena, path);
        if (!file.p) skip();
        struct json *document = parse(arena, file);
        struct integrity_policy policy = policy_of();
        struct integrity out;
        struct why why = {0};
        const struct json *issuer = json_get(document, "issuer");
        policy.controller = issuer->type == JSON_OBJECT ? json_text(issuer, "id") : issuer->text;
        enum err err = integrity_verify(arena, document, &policy, &out, &why);
        if (err) print_message("%s: %s %s\n", path, why.member, why.text);
        assert_int_equal(err, ERR_NONE);
        assert_true(str_is(out.suite, suites[i % 2]));
        json_put_text(arena, document, "added", STR("x"));
        assert_int_equal(integrity_verify(arena, document, &policy, &out, NULL), ERR_UNTRUSTED);
    }
}

static void an_arena_that_is_full_is_said_as_such(void **state)
{
    struct arena *arena = *state;
    struct signing_key key = key_of(KEY_ED25519);
    struct json *document = signed_document(arena, &key, "", "", "assertionMethod");
    size_t refused = 0;
    for (size_t cap = 0; cap < 4096; cap += 64) {
        struct arena small = ARENA(cap);
        enum err err = verify(&small, document, NULL);
        if (err) {
            assert_int_equal(err, ERR_TOO_LARGE);
            refused++;
        }
        arena_free(&small);
    }
    assert_in_range(refused, 1, 63);
}

#define with_arena(f) cmocka_unit_test_setup_teardown(f, arena_new_state, arena_end_state)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_arena(what_is_signed_verifies_and_nothing_else_does),
        with_arena(refuses_proofs_outside_their_rules),
        with_arena(only_the_controller_asked_for_may_sign),
        with_arena(a_document_with_more_context_than_its_proof_verifies),
        with_arena(every_proof_of_a_set_must_hold),
        with_arena(contexts_may_be_texts_or_lists),
        with_arena(refuses_no_proof_chains_and_odd_shapes),
        with_arena(a_signed_document_is_not_signed_again),
        with_arena(an_arena_that_is_full_is_said_as_such),
        with_arena(agrees_with_w3c_step_by_step),
        with_arena(says_why_w3c_proof_sets_and_chains_are_refused),
        with_arena(foreign_credentials_verify_and_fail_with_a_property_added),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
