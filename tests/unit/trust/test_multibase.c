// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/random.h"
#include "base/text.h"
#include "trust/multibase.h"

// draft-msporny-base58, 5, and leading zeros.
static const struct {
    const char *hex, *base58;
} cases[] = {
    {"", ""},
    {"00", "1"},
    {"000000", "111"},
    {"61", "2g"},
    {"48656c6c6f20576f726c6421", "2NEpo7TZRRrLZSi2U"},
    {"54686520717569636b2062726f776e20666f78206a756d7073206f76657220746865206c617a7920646f672e",
     "USm3fpXnKG5EUBx2ndxBDMPVciP5hGey2Jh4NDv6gmeo1LkMeiKrLJUUBk6Z"},
    {"0000287fb4cd", "11233QC4"},
};

static void encodes_and_decodes_known_texts(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t bytes[64], again[64];
        size_t n, m;
        assert_true(hex_decode(str_of(cases[i].hex), bytes, sizeof bytes, &n));
        struct buf out = BUF(256);
        base58_encode((struct str){(const char *)bytes, n}, &out);
        assert_true(str_eq(buf_str(&out), str_of(cases[i].base58)));
        assert_true(base58_decode(str_of(cases[i].base58), again, sizeof again, &m));
        assert_int_equal(m, n);
        assert_memory_equal(again, bytes, n);
        buf_free(&out);
    }
}

static void refuses_letters_outside_the_alphabet(void **state)
{
    (void)state;
    uint8_t out[64];
    size_t n;
    static const char *const bad[] = {"0", "O", "I", "l", "2g ", " 2g", "2g\n", "2+g", "2\xC3\xA9"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(base58_decode(str_of(bad[i]), out, sizeof out, &n));
    }
    assert_false(base58_decode((struct str){"2\0g", 3}, out, sizeof out, &n));
}

static void bounds_what_it_takes_and_gives(void **state)
{
    (void)state;
    char text[BASE58_TEXT_MAX + 1];
    uint8_t out[BASE58_BYTES_MAX];
    size_t n;
    memset(text, 'z', sizeof text);
    assert_false(base58_decode((struct str){text, sizeof text}, out, sizeof out, &n));
    assert_false(base58_decode((struct str){text, BASE58_TEXT_MAX}, out, sizeof out, &n));
    assert_true(base58_decode((struct str){text, 300}, out, sizeof out, &n));
    assert_false(base58_decode((struct str){text, 300}, out, n - 1, &n));
    memset(text, '1', sizeof text);
    assert_true(base58_decode((struct str){text, BASE58_BYTES_MAX}, out, sizeof out, &n));
    assert_false(base58_decode((struct str){text, BASE58_BYTES_MAX + 1}, out, sizeof out, &n));
    char many[BASE58_BYTES_MAX + 1] = {0};
    struct buf b = BUF(1024);
    base58_encode((struct str){many, sizeof many}, &b);
    assert_true(b.failed);
    buf_free(&b);
}

static void random_bytes_come_back(void **state)
{
    (void)state;
    random_seed(58);
    for (size_t round = 0; round < 300; round++) {
        uint8_t bytes[BASE58_BYTES_MAX], again[BASE58_BYTES_MAX];
        size_t n = random_below(sizeof bytes + 1), m;
        random_bytes(bytes, n);
        if (n > 2 && round % 3 == 0) bytes[0] = bytes[1] = 0;
        struct buf out = BUF(1024);
        multibase_encode((struct str){(const char *)bytes, n}, &out);
        assert_false(out.failed);
        assert_true(multibase_decode(buf_str(&out), again, sizeof again, &m));
        assert_int_equal(m, n);
        assert_memory_equal(again, bytes, n);
        buf_free(&out);
    }
}

static void reads_base64url_and_refuses_other_bases(void **state)
{
    (void)state;
    uint8_t out[8];
    size_t n;
    assert_true(multibase_decode(STR("u-_8"), out, sizeof out, &n));
    assert_int_equal(n, 2);
    assert_memory_equal(out, "\xFB\xFF", 2);
    assert_false(multibase_decode(STR("m-_8"), out, sizeof out, &n));
    assert_false(multibase_decode(STR("f00"), out, sizeof out, &n));
    assert_false(multibase_decode(STR(""), out, sizeof out, &n));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(encodes_and_decodes_known_texts),
        cmocka_unit_test(refuses_letters_outside_the_alphabet),
        cmocka_unit_test(bounds_what_it_takes_and_gives),
        cmocka_unit_test(random_bytes_come_back),
        cmocka_unit_test(reads_base64url_and_refuses_other_bases),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
