// SPDX-License-Identifier: Apache-2.0
#include "base/bytes.h"

#include "shared_data.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define N(table) (sizeof(table) / sizeof *(table))

static void orders_texts_like_memcmp_the_shorter_first(void **state)
{
    (void)state;
    static const char *const rising[] = {"", "A", "AA", "AB", "B", "a", "\x80"};
    for (size_t i = 0; i < N(rising); i++) {
        for (size_t k = 0; k < N(rising); k++) {
            int order = str_compare(str_of(rising[i]), str_of(rising[k]));
            assert_int_equal(order < 0, i < k);
            assert_int_equal(order == 0, i == k);
        }
    }
    assert_int_equal(str_compare(STR_NONE, STR("")), 0);
}

static void looks_at_ends_and_parts(void **state)
{
    (void)state;
    assert_true(str_starts(STR("custody.seal"), "custody.") && !str_starts(STR("cus"), "custody."));
    assert_true(str_ends(STR("a.json"), ".json") && !str_ends(STR("json"), ".json"));
    assert_true(str_is(str_from(STR("abc"), 1), "bc") && str_from(STR("abc"), 3).n == 0 &&
                str_from(STR("abc"), 9).n == 0);
    assert_int_equal(str_from(STR_NONE, 4).n, 0);
    assert_true(str_is(str_trim(STR(" \t\r\nx y\n ")), "x y") && str_trim(STR(" \n")).n == 0 &&
                str_trim(STR_NONE).n == 0);
}

static void cuts_at_the_first_separator(void **state)
{
    (void)state;
    struct str rest;
    assert_true(str_is(str_cut(STR("a:b:c"), ':', &rest), "a") && str_is(rest, "b:c"));
    assert_true(str_cut(STR(":b"), ':', &rest).n == 0 && str_is(rest, "b"));
    assert_true(str_is(str_cut(STR("a:"), ':', &rest), "a") && rest.p && rest.n == 0);
    assert_true(str_is(str_cut(STR("a"), ':', &rest), "a") && !rest.p);
    assert_true(str_cut(STR_NONE, ':', &rest).n == 0 && !rest.p);
}

static void reads_decimals_up_to_their_maximum(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint64_t max;
        bool ok;
        uint64_t value;
    } cases[] = {
        {"0", 0, true, 0},
        {"7", 7, true, 7},
        {"8", 7, false, 0},
        {"10", 9, false, 0},
        {"18446744073709551615", UINT64_MAX, true, UINT64_MAX},
        {"18446744073709551616", UINT64_MAX, false, 0},
        {"99999999999999999999", UINT64_MAX, false, 0},
        {"000", 9, false, 0},
        {"01", 9, false, 0},
        {"", 9, false, 0},
        {"-1", 9, false, 0},
        {"+1", 9, false, 0},
        {" 1", 9, false, 0},
        {"1a", 99, false, 0},
        {"100000000000000000000", UINT64_MAX, false, 0},
    };
    for (size_t i = 0; i < N(cases); i++) {
        uint64_t value = 0;
        if (str_decimal(str_of(cases[i].text), cases[i].max, &value) != cases[i].ok || value != cases[i].value)
            fail_msg("%s", cases[i].text);
    }
}

static void a_cursor_fails_once_and_for_all(void **state)
{
    (void)state;
    struct cursor c = cursor_of(STR("\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0A\x0B\x0C\x0D\x0E\x0F"
                                    "ab"));
    assert_int_equal(cursor_u8(&c), 1);
    assert_int_equal(cursor_be16(&c), 0x0203);
    assert_int_equal(cursor_be32(&c), 0x04050607);
    assert_true(cursor_be64(&c) == 0x08090A0B0C0D0E0F);
    assert_int_equal(cursor_left(&c), 2);
    assert_int_equal(cursor_take(&c, 0).n, 0);
    assert_false(c.failed);
    assert_int_equal(cursor_take(&c, 3).n, 0);
    assert_true(c.failed);
    assert_int_equal(cursor_u8(&c), 0);
    assert_int_equal(cursor_take(&c, 1).n, 0);
    c = cursor_of(STR_NONE);
    assert_int_equal(cursor_take(&c, 0).n, 0);
    assert_false(c.failed);
    assert_int_equal(cursor_take(&c, SIZE_MAX).n, 0);
    assert_true(c.failed);
}

static void a_buffer_takes_exactly_its_maximum(void **state)
{
    (void)state;
    struct buf b = BUF(600);
    for (int i = 0; i < 600; i++) buf_putc(&b, 'x');
    assert_false(b.failed);
    assert_int_equal(b.n, 600);
    buf_putc(&b, 'x');
    assert_true(b.failed);
    assert_int_equal(b.n, 600);
    buf_add(&b, "", 0);
    buf_clear(&b);
    assert_false(b.failed);
    buf_add(&b, "abc", 3);
    buf_u64(&b, 0);
    buf_u64(&b, UINT64_MAX);
    buf_be16(&b, 0x4142);
    buf_be32(&b, 0x43444546);
    buf_be64(&b, 0x4748494A4B4C4D4E);
    buf_printf(&b, "-%d-%s", 5, "z");
    buf_str_add(&b, STR_NONE);
    assert_true(str_is(buf_str(&b), "abc018446744073709551615ABCDEFGHIJKLMN-5-z"));
    assert_null(buf_reserve(&b, SIZE_MAX));
    assert_true(b.failed);
    buf_free(&b);
    buf_free(&b);
}

// A buffer may stand on an array of the caller's, with `room` and `max` its size: it is never moved.
static void a_buffer_over_an_array_stays_there(void **state)
{
    (void)state;
    char array[8];
    struct buf b = {.p = array, .room = sizeof array, .max = sizeof array};
    buf_puts(&b, "12345678");
    assert_false(b.failed);
    buf_putc(&b, '9');
    assert_true(b.failed);
    assert_ptr_equal(b.p, array);
    buf_clear(&b);
    buf_printf(&b, "%s", "1234567");
    assert_false(b.failed);
    buf_clear(&b);
    buf_printf(&b, "%s", "12345678");
    assert_true(b.failed);
    assert_ptr_equal(b.p, array);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(orders_texts_like_memcmp_the_shorter_first),
        cmocka_unit_test(looks_at_ends_and_parts),
        cmocka_unit_test(cuts_at_the_first_separator),
        cmocka_unit_test(reads_decimals_up_to_their_maximum),
        cmocka_unit_test(a_cursor_fails_once_and_for_all),
        cmocka_unit_test(a_buffer_takes_exactly_its_maximum),
        cmocka_unit_test(a_buffer_over_an_array_stays_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
