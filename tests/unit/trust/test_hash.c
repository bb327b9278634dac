// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/text.h"
#include "trust/hash.h"

#include <stdio.h>
#include <stdlib.h>

static void assert_hex(const uint8_t *bytes, size_t n, const char *hex)
{
    struct arena arena = ARENA(4096);
    assert_string_equal(hex_text(&arena, (struct str){(const char *)bytes, n}).p, hex);
    arena_free(&arena);
}

// FIPS 180-4 examples.
static void hashes_the_examples_of_fips_180(void **state)
{
    (void)state;
    uint8_t out[SHA384_BYTES];
    sha256(STR(""), out);
    assert_hex(out, SHA256_BYTES, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    sha256(STR_NONE, out);
    assert_hex(out, SHA256_BYTES, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    sha256(STR("abc"), out);
    assert_hex(out, SHA256_BYTES, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    sha384(STR("abc"), out);
    assert_hex(out, SHA384_BYTES,
               "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7");
}

// Around the size up to which the runs are joined on the stack, and far beyond.
static void two_runs_hash_as_their_join(void **state)
{
    (void)state;
    static const size_t sizes[] = {0, 1, 31, 32, 33, 4063, 4064, 4095, 4096, 4097, 70000};
    char *all = malloc(140000);
    assert_non_null(all);
    for (size_t i = 0; i < 140000; i++) all[i] = (char)(i * 31 + i / 251);
    for (size_t a = 0; a < sizeof sizes / sizeof sizes[0]; a++) {
        for (size_t b = 0; b < sizeof sizes / sizeof sizes[0]; b++) {
            uint8_t joined[SHA256_BYTES], two[SHA256_BYTES];
            sha256((struct str){all, sizes[a] + sizes[b]}, joined);
            sha256_two((struct str){all, sizes[a]}, (struct str){all + sizes[a], sizes[b]}, two);
            assert_memory_equal(joined, two, SHA256_BYTES);
        }
    }
    free(all);
}

// RFC 4231, test cases 1, 2 and 6 (a key longer than a block).
static void authenticates_the_examples_of_rfc_4231(void **state)
{
    (void)state;
    char key[131];
    uint8_t out[SHA256_BYTES];
    char hex[2 * SHA256_BYTES + 1];
    const struct {
        char fill;
        size_t n;
        struct str text;
        const char *mac;
    } cases[] = {
        {0x0b, 20, STR("Hi There"), "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
        {0, 4, STR("what do ya want for nothing?"), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
        {(char)0xaa, 131, STR("Test Using Larger Than Block-Size Key - Hash Key First"),
         "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        memset(key, cases[i].fill, sizeof key);
        if (cases[i].n == 4) memcpy(key, "Jefe", 4);
        hmac_sha256((struct str){key, cases[i].n}, cases[i].text, out);
        for (size_t k = 0; k < sizeof out; k++) snprintf(hex + 2 * k, 3, "%02x", out[k]);
        assert_string_equal(hex, cases[i].mac);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hashes_the_examples_of_fips_180),
        cmocka_unit_test(two_runs_hash_as_their_join),
        cmocka_unit_test(authenticates_the_examples_of_rfc_4231),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
