// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/json.h"
#include "base/text.h"
#include "shared_data.h"
#include "trust/ed25519.h"

static void from_hex(struct str hex, uint8_t *out, size_t size)
{
    size_t n;
    assert_true(hex_decode(hex, out, size, &n));
    assert_int_equal(n, size);
}

// RFC 8032 7.1, tests 1 to 3.
static void signs_as_rfc_8032(void **state)
{
    (void)state;
    static const struct {
        const char *seed, *public, *message, *signature;
    } cases[] = {
        {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
         "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
         "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bb"
         "e246551"
         "41438e7a100b"},
        {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
         "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
         "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302"
         "aeeb00d"
         "291612bb0c00"},
        {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
         "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
         "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed"
         "28dc027"
         "beceea1ec40a"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t seed[32], public[32], message[2], expected[64], signature[64];
        size_t n;
        struct ed25519_key key;
        from_hex(str_of(cases[i].seed), seed, 32);
        from_hex(str_of(cases[i].public), public, 32);
        from_hex(str_of(cases[i].signature), expected, 64);
        assert_true(hex_decode(str_of(cases[i].message), message, sizeof message, &n));
        struct str text = {(const char *)message, n};
        ed25519_from_seed(seed, &key);
        assert_memory_equal(key.public, public, 32);
        ed25519_sign(&key, text, signature);
        assert_memory_equal(signature, expected, 64);
        assert_true(ed25519_verify(public, text, signature));
        for (size_t bit = 0; bit < 512; bit++) {
            signature[bit / 8] = (uint8_t)(signature[bit / 8] ^ (1u << (bit % 8)));
            assert_false(ed25519_verify(public, text, signature));
            signature[bit / 8] = (uint8_t)(signature[bit / 8] ^ (1u << (bit % 8)));
        }
    }
}

static void generated_keys_differ_and_sign(void **state)
{
    (void)state;
    struct ed25519_key a, b;
    uint8_t signature[64];
    ed25519_generate(&a);
    ed25519_generate(&b);
    assert_memory_not_equal(a.seed, b.seed, 32);
    ed25519_sign(&a, STR("puente"), signature);
    assert_true(ed25519_verify(a.public, STR("puente"), signature));
    assert_false(ed25519_verify(b.public, STR("puente"), signature));
    ed25519_wipe(&a);
    static const struct ed25519_key zero;
    assert_memory_equal(&a, &zero, sizeof a);
}

static bool has_flag(const struct json *vector, const char *flag)
{
    json_each(f, json_get(vector, "flags"))
    {
        if (str_is(f->text, flag)) return true;
    }
    return false;
}

// C2SP CCTV. Our rules: no low-order A or R, no non-canonical encodings, no cofactor; what is left is accepted, also
// where A or R has a low-order component that cancels out.
static void follows_the_strict_rules_on_cctv_edge_cases(void **state)
{
    (void)state;
    struct arena arena = ARENA((size_t)64 << 20);
    struct str file = shared_file(&arena, "tlog/cctv/ed25519/ed25519vectors.json");
    if (!file.p) {
        arena_free(&arena);
        skip();
    }
    struct why why = {0};
    struct json *vectors = json_parse(&arena, file, &why);
    assert_non_null(vectors);
    size_t count = 0, accepted = 0;
    json_each(v, vectors)
    {
        uint8_t public[32], signature[64];
        from_hex(json_text(v, "key"), public, 32);
        from_hex(json_text(v, "sig"), signature, 64);
        bool expected = !has_flag(v, "low_order_A") && !has_flag(v, "low_order_R") && !has_flag(v, "non_canonical_A") &&
                        !has_flag(v, "non_canonical_R") && !has_flag(v, "low_order_residue");
        bool ok = ed25519_verify(public, json_text(v, "msg"), signature);
        if (ok != expected) print_message("CCTV vector %zu: %d, expected %d\n", count, ok, expected);
        assert_int_equal(ok, expected);
        accepted += ok;
        count++;
    }
    assert_int_equal(count, 914);
    print_message("CCTV: %zu of %zu accepted\n", accepted, count);
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signs_as_rfc_8032),
        cmocka_unit_test(generated_keys_differ_and_sign),
        cmocka_unit_test(follows_the_strict_rules_on_cctv_edge_cases),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
