// SPDX-License-Identifier: Apache-2.0
#include "base/json.h"

#include "base/random.h"
#include "shared_data.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define N(table) (sizeof(table) / sizeof *(table))

static double double_of(uint64_t bits)
{
    double d;
    memcpy(&d, &bits, sizeof d);
    return d;
}

static void assert_text(double number, struct str want)
{
    char text[32];
    size_t n = json_number_text(number, text);
    assert_int_equal(n, strlen(text));
    if (!str_eq((struct str){text, n}, want)) fail_msg("%a: got %s, want %.*s", number, text, STR_ARG(want));
}

// RFC 8785 appendix B, and the borders of the layouts of ECMA-262.
static void writes_the_table_of_rfc_8785(void **state)
{
    (void)state;
    static const struct {
        uint64_t bits;
        const char *text;
    } cases[] = {
        {0x0000000000000000, "0"},
        {0x8000000000000000, "0"},
        {0x0000000000000001, "5e-324"},
        {0x8000000000000001, "-5e-324"},
        {0x7fefffffffffffff, "1.7976931348623157e+308"},
        {0xffefffffffffffff, "-1.7976931348623157e+308"},
        {0x4340000000000000, "9007199254740992"},
        {0xc340000000000000, "-9007199254740992"},
        {0x4430000000000000, "295147905179352830000"},
        {0x44b52d02c7e14af5, "9.999999999999997e+22"},
        {0x44b52d02c7e14af6, "1e+23"},
        {0x44b52d02c7e14af7, "1.0000000000000001e+23"},
        {0x444b1ae4d6e2ef4e, "999999999999999700000"},
        {0x444b1ae4d6e2ef4f, "999999999999999900000"},
        {0x444b1ae4d6e2ef50, "1e+21"},
        {0x3eb0c6f7a0b5ed8c, "9.999999999999997e-7"},
        {0x3eb0c6f7a0b5ed8d, "0.000001"},
        {0x41b3de4355555553, "333333333.3333332"},
        {0x41b3de4355555554, "333333333.33333325"},
        {0x41b3de4355555555, "333333333.3333333"},
        {0x41b3de4355555556, "333333333.3333334"},
        {0x41b3de4355555557, "333333333.33333343"},
        {0xbecbf647612f3696, "-0.0000033333333333333333"},
        {0x43143ff3c1cb0959, "1424953923781206.2"},
        {0x3d30000000000000, "5.684341886080802e-14"},
        {0x0010000000000000, "2.2250738585072014e-308"},
        {0x000fffffffffffff, "2.225073858507201e-308"},
    };
    for (size_t i = 0; i < N(cases); i++) assert_text(double_of(cases[i].bits), str_of(cases[i].text));
}

static void writes_what_people_write(void **state)
{
    (void)state;
    static const char *const numbers[] = {
        "1",
        "-1",
        "10",
        "19.4326",
        "-99.1332",
        "0.1",
        "0.2",
        "0.3",
        "4.5",
        "0.002",
        "1e-7",
        "1.5e-9",
        "0.000001",
        "123456.789",
        "27.506111",
        "1e+21",
        "1e+300",
        "123456789012345680000",
        "100",
        "0.001",
        "0.0015",
        "999999999999999",
        "0.30000000000000004",
        "1.7976931348623157e+308",
    };
    for (size_t i = 0; i < N(numbers); i++) assert_text(strtod(numbers[i], NULL), str_of(numbers[i]));
}

static void has_no_text_for_what_json_has_not(void **state)
{
    (void)state;
    char text[32];
    assert_int_equal(json_number_text(NAN, text), 0);
    assert_int_equal(json_number_text(INFINITY, text), 0);
    assert_int_equal(json_number_text(-INFINITY, text), 0);
}

// The significant digits of a text, without leading and trailing zeros.
static int digits_of(const char *text)
{
    int n = 0, zeros = 0;
    for (const char *p = text; *p && *p != 'e'; p++) {
        if (*p < '0' || *p > '9') continue;
        if (*p != '0') {
            n += zeros + 1;
            zeros = 0;
        } else if (n) {
            zeros++;
        }
    }
    return n;
}

static void assert_shortest(double d)
{
    char text[32], shorter[40];
    json_number_text(d, text);
    if (strtod(text, NULL) != d) fail_msg("%a became %s", d, text);
    int n = digits_of(text);
    if (n < 2) return;
    snprintf(shorter, sizeof shorter, "%.*e", n - 2, d);
    if (strtod(shorter, NULL) == d) fail_msg("%s is longer than %s", text, shorter);
    // The closest of its length, or the only one that reads back.
    snprintf(shorter, sizeof shorter, "%.*e", n - 1, d);
    if (strtod(shorter, NULL) != d) return;
    char again[32];
    json_number_text(strtod(shorter, NULL), again);
    assert_string_equal(text, again);
}

static void is_the_shortest_text_that_reads_back(void **state)
{
    (void)state;
    random_seed(8785);
    for (int i = 0; i < 60000; i++) {
        uint64_t bits;
        random_bytes(&bits, sizeof bits);
        double d = double_of(bits);
        if (isfinite(d)) assert_shortest(d);
        // Decimals of few digits, and their neighbours.
        d = (double)random_below(1000000000) / pow(10, (double)random_below(12));
        assert_shortest(d);
        assert_shortest(nextafter(d, INFINITY));
    }
    for (int e = -1074; e < 1024; e++) assert_shortest(ldexp(1, e));
}

static void agrees_with_the_10000_numbers_of_es6(void **state)
{
    (void)state;
    struct arena arena = ARENA((size_t)16 << 20);
    struct str left = shared_file(&arena, "vc/jcs/es6testfile-first10000.txt");
    size_t n = 0;
    while (left.p && left.n) {
        struct str line = str_cut(left, '\n', &left), want, hex = str_cut(line, ',', &want);
        if (hex.n == 0) continue;
        char z[17] = "";
        memcpy(z, hex.p, hex.n < 16 ? hex.n : 16);
        assert_text(double_of(strtoull(z, NULL, 16)), str_trim(want));
        n++;
    }
    assert_true(n == 0 || n == 10000);
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_the_table_of_rfc_8785),         cmocka_unit_test(writes_what_people_write),
        cmocka_unit_test(has_no_text_for_what_json_has_not),    cmocka_unit_test(is_the_shortest_text_that_reads_back),
        cmocka_unit_test(agrees_with_the_10000_numbers_of_es6),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
