// SPDX-License-Identifier: Apache-2.0
#include "base/text.h"

#include "base/random.h"
#include "shared_data.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define N(table) (sizeof(table) / sizeof *(table))

static void assert_str(struct str got, struct str want)
{
    if (!str_eq(got, want)) fail_msg("got %.*s, want %.*s", STR_ARG(got), STR_ARG(want));
}

// RFC 4648 10.
static void writes_and_reads_the_vectors_of_rfc_4648(void **state)
{
    (void)state;
    static const struct {
        const char *bytes, *hex, *base64, *base64url;
    } cases[] = {
        {"", "", "", ""},
        {"f", "66", "Zg==", "Zg"},
        {"fo", "666f", "Zm8=", "Zm8"},
        {"foo", "666f6f", "Zm9v", "Zm9v"},
        {"foob", "666f6f62", "Zm9vYg==", "Zm9vYg"},
        {"fooba", "666f6f6261", "Zm9vYmE=", "Zm9vYmE"},
        {"foobar", "666f6f626172", "Zm9vYmFy", "Zm9vYmFy"},
        {"\xFB\xFF\xBF", "fbffbf", "+/+/", "-_-_"},
    };
    struct arena arena = ARENA(1 << 20);
    for (size_t i = 0; i < N(cases); i++) {
        struct str bytes = str_of(cases[i].bytes), back;
        assert_str(hex_text(&arena, bytes), str_of(cases[i].hex));
        assert_str(base64_text(&arena, bytes), str_of(cases[i].base64));
        assert_str(base64url_text(&arena, bytes), str_of(cases[i].base64url));
        assert_true(base64_bytes(&arena, str_of(cases[i].base64), &back));
        assert_str(back, bytes);
        assert_true(base64url_bytes(&arena, str_of(cases[i].base64url), &back));
        assert_str(back, bytes);
        uint8_t raw[8];
        size_t n;
        assert_true(hex_decode(str_of(cases[i].hex), raw, sizeof raw, &n));
        assert_str((struct str){(char *)raw, n}, bytes);
    }
    arena_free(&arena);
}

static void refuses_every_second_spelling(void **state)
{
    (void)state;
    static const struct {
        bool (*decode)(struct str text, void *out, size_t room, size_t *n);
        const char *text;
    } cases[] = {
        {base64_decode, "Zg"},       {base64_decode, "Zg="},     {base64_decode, "Zg==="},
        {base64_decode, "Zh=="},     {base64_decode, "Zm9="},    {base64_decode, "Zm9v\n"},
        {base64_decode, "Zm 9v"},    {base64_decode, "===="},    {base64_decode, "Z==="},
        {base64_decode, "Zg==Zg=="}, {base64_decode, "-_-_"},    {base64_decode, "="},
        {base64url_decode, "Zg=="},  {base64url_decode, "Zh"},   {base64url_decode, "Zm9"},
        {base64url_decode, "Z"},     {base64url_decode, "+/+/"}, {base64url_decode, "Zm9v "},
        {base64url_decode, "Zm9vY"}, {base64url_decode, "Zm.v"}, {base64_decode, "A"},
        {base64_decode, "AAAAA"},    {base64url_decode, "A"},    {base64url_decode, "AAAAA"},
        {hex_decode, "6"},           {hex_decode, "6g"},         {hex_decode, "0x66"},
        {hex_decode, "66 "},
    };
    uint8_t out[16];
    size_t n;
    for (size_t i = 0; i < N(cases); i++) {
        if (cases[i].decode(str_of(cases[i].text), out, sizeof out, &n)) fail_msg("%s was accepted", cases[i].text);
    }
    assert_true(hex_decode(STR("aAfF09"), out, sizeof out, &n));
}

// Of all texts of two and three characters, exactly 256 and 65,536 decode, each to other bytes.
static void no_two_texts_decode_to_the_same_bytes(void **state)
{
    (void)state;
    static bool seen[65536];
    size_t one = 0, two = 0, n;
    uint8_t out[3];
    memset(seen, 0, sizeof seen);
    for (int a = 0; a < 128; a++) {
        for (int b = 0; b < 128; b++) {
            char text[3] = {(char)a, (char)b, 0};
            one += base64url_decode((struct str){text, 2}, out, sizeof out, &n) && n == 1;
            for (int c = 0; c < 128; c++) {
                text[2] = (char)c;
                if (!base64url_decode((struct str){text, 3}, out, sizeof out, &n)) continue;
                assert_int_equal(n, 2);
                assert_false(seen[out[0] << 8 | out[1]]);
                seen[out[0] << 8 | out[1]] = true;
                two++;
            }
        }
    }
    assert_int_equal(one, 256);
    assert_int_equal(two, 65536);
}

static void never_writes_past_the_room(void **state)
{
    (void)state;
    static const struct {
        bool (*decode)(struct str text, void *out, size_t room, size_t *n);
        const char *text;
    } cases[] = {{base64_decode, "AAAAAAAA"}, {base64url_decode, "AAAAAAAA"}, {hex_decode, "000000000000"}};
    for (size_t i = 0; i < N(cases); i++) {
        for (size_t room = 0; room <= 7; room++) {
            uint8_t out[8];
            size_t n;
            memset(out, 0xEE, sizeof out);
            assert_int_equal(cases[i].decode(str_of(cases[i].text), out, room, &n), room >= 6);
            for (size_t k = room; k < sizeof out; k++) assert_int_equal(out[k], 0xEE);
        }
    }
    struct buf tight = BUF(7);
    base64_encode(STR("123456"), &tight);
    assert_true(tight.failed);
    assert_int_equal(tight.n, 0);
    buf_free(&tight);
}

static void reads_back_what_it_wrote_of_any_length(void **state)
{
    (void)state;
    uint8_t raw[100], back[100];
    random_seed(4648);
    random_bytes(raw, sizeof raw);
    struct buf out = BUF(1000);
    for (size_t n = 0; n <= sizeof raw; n++) {
        struct str bytes = {(char *)raw, n};
        size_t got;
        buf_clear(&out);
        base64_encode(bytes, &out);
        assert_true(base64_decode(buf_str(&out), back, sizeof back, &got) && got == n && memcmp(back, raw, n) == 0);
        buf_clear(&out);
        base64url_encode(bytes, &out);
        assert_true(base64url_decode(buf_str(&out), back, sizeof back, &got) && got == n && memcmp(back, raw, n) == 0);
        buf_clear(&out);
        hex_encode(bytes, &out);
        assert_true(hex_decode(buf_str(&out), back, sizeof back, &got) && got == n && memcmp(back, raw, n) == 0);
    }
    buf_free(&out);
}

static void knows_well_formed_utf8(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool ok;
    } cases[] = {
        {"", true},
        {"Nogales", true},
        {"Ciudad Ju\xC3\xA1rez", true},
        {"\xEF\xBF\xBF\xF4\x8F\xBF\xBF\xED\x9F\xBF\xEE\x80\x80", true},
        {"\xC2\x80\xDF\xBF\xE0\xA0\x80\xF0\x90\x80\x80", true},
        {"12345678\xFF", false},
        {"\x80", false},
        {"\xC0\x80", false},
        {"\xC1\xBF", false},
        {"\xE0\x9F\xBF", false},
        {"\xED\xA0\x80", false},
        {"\xF0\x8F\xBF\xBF", false},
        {"\xF4\x90\x80\x80", false},
        {"\xF5\x80\x80\x80", false},
        {"\xC3", false},
        {"\xE2\x82", false},
        {"\xF0\x9F\x98", false},
        {"\xC3(", false},
        {"\xE2(\xA1", false},
        {"\xE2\x82(", false},
        {"\xF0\x9F\x98(", false},
    };
    for (size_t i = 0; i < N(cases); i++) {
        if (utf8_valid(str_of(cases[i].text)) != cases[i].ok) fail_msg("case %zu", i);
    }
    // Each place of the stride of eight bytes.
    for (size_t at = 0; at < 24; at++) {
        char text[24];
        memset(text, 'x', sizeof text);
        text[at] = '\xFF';
        assert_false(utf8_valid((struct str){text, sizeof text}));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_and_reads_the_vectors_of_rfc_4648), cmocka_unit_test(refuses_every_second_spelling),
        cmocka_unit_test(no_two_texts_decode_to_the_same_bytes),    cmocka_unit_test(never_writes_past_the_room),
        cmocka_unit_test(reads_back_what_it_wrote_of_any_length),   cmocka_unit_test(knows_well_formed_utf8),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
