// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/random.h"
#include "base/text.h"
#include "trust/ecdsa.h"

static void from_hex(const char *hex, uint8_t *out, size_t size)
{
    size_t n;
    assert_true(hex_decode(str_of(hex), out, size, &n));
    assert_int_equal(n, size);
}

// RFC 6979 A.2.5 and A.2.6: deterministic signatures of "sample" with the curve's own hash.
static const struct {
    enum curve curve;
    const char *scalar, *x, *y, *r, *s;
} rfc6979[] = {
    {CURVE_P256, "C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721",
     "60FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6",
     "7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299",
     "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716",
     "F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8"},
    {CURVE_P384, "6B9D3DAD2E1B8C1C05B19875B6659F4DE23C3B667BF297BA9AA47740787137D896D5724E4C70A825F872C9EA60D2EDF5",
     "EC3A4E415B4E19A4568618029F427FA5DA9A8BC4AE92E02E06AAE5286B300C64DEF8F0EA9055866064A254515480BC13",
     "8015D9B72D7D57244EA8EF9AC0C621896708A59367F9DFB9F54CA84B3F1C9DB1288B231C3AE0D4FE7344FD2533264720",
     "94EDBB92A5ECB8AAD4736E56C691916B3F88140666CE9FA73D64C4EA95AD133C81A648152E44ACF96E36DD1E80FABE46",
     "99EF4AEB15F178CEA1FE40DB2603138F130E740A19624526203B6351D0A3A94FA329C145786E679E7B82C71A38628AC8"},
};

static void agrees_with_rfc_6979(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        enum curve curve = rfc6979[i].curve;
        size_t n = curve_bytes(curve);
        uint8_t scalar[48], x[48], y[48], ax[48], ay[48], expected[96], signature[96], point[49];
        struct ecdsa_key key;
        from_hex(rfc6979[i].scalar, scalar, n);
        from_hex(rfc6979[i].x, x, n);
        from_hex(rfc6979[i].y, y, n);
        from_hex(rfc6979[i].r, expected, n);
        from_hex(rfc6979[i].s, expected + n, n);
        assert_true(ecdsa_compress(curve, x, y, point));
        assert_true(ecdsa_decompress(curve, point, ax, ay));
        assert_memory_equal(ax, x, n);
        assert_memory_equal(ay, y, n);
        assert_true(ecdsa_key_make(curve, scalar, point, &key));
        ecdsa_sign(&key, STR("sample"), signature);
        assert_memory_equal(signature, expected, 2 * n);
        struct str raw = {(const char *)signature, 2 * n};
        assert_true(ecdsa_verify(curve, point, STR("sample"), raw));
        assert_false(ecdsa_verify(curve, point, STR("sampl"), raw));
        assert_false(ecdsa_verify(curve, point, STR("sample"), (struct str){raw.p, raw.n - 1}));
        for (size_t bit = 0; bit < 16 * n; bit += 5) {
            signature[bit / 8] = (uint8_t)(signature[bit / 8] ^ (1u << (bit % 8)));
            assert_false(ecdsa_verify(curve, point, STR("sample"), raw));
            signature[bit / 8] = (uint8_t)(signature[bit / 8] ^ (1u << (bit % 8)));
        }
        memset(signature, 0, sizeof signature);
        assert_false(ecdsa_verify(curve, point, STR("sample"), raw));
        point[0] ^= 1;
        assert_true(ecdsa_decompress(curve, point, ax, ay));
        assert_memory_not_equal(ay, y, n);
        assert_false(ecdsa_key_make(curve, scalar, point, &key));
        y[n - 1] ^= 2;
        assert_false(ecdsa_compress(curve, x, y, point));
    }
}

static void refuses_what_is_no_point(void **state)
{
    (void)state;
    static const struct {
        enum curve curve;
        const char *point;
    } cases[] = {
        // x is no field element: p itself, and all ones.
        {CURVE_P256, "02ffffffff00000001000000000000000000000000ffffffffffffffffffffffff"},
        {CURVE_P256, "02ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"},
        // x^3 - 3x + b is no square.
        {CURVE_P256, "020000000000000000000000000000000000000000000000000000000000000001"},
        // First byte: infinity, uncompressed, hybrid.
        {CURVE_P256, "0060FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6"},
        {CURVE_P256, "0460FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6"},
        {CURVE_P256, "0760FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t point[49], x[48], y[48];
        from_hex(cases[i].point, point, curve_bytes(cases[i].curve) + 1);
        assert_false(ecdsa_decompress(cases[i].curve, point, x, y));
    }
}

// Half of all x have a point; each root squares back, which `compress` checks through the other parity.
static void half_of_all_x_have_two_points(void **state)
{
    (void)state;
    random_seed(256);
    for (int c = CURVE_P256; c <= CURVE_P384; c++) {
        enum curve curve = (enum curve)c;
        size_t found = 0;
        for (size_t i = 0; i < 400; i++) {
            uint8_t point[49], again[49], x[48], y[48];
            random_bytes(point, sizeof point);
            point[0] = (uint8_t)(2 + (point[0] & 1));
            if (!ecdsa_decompress(curve, point, x, y)) continue;
            found++;
            assert_int_equal(y[curve_bytes(curve) - 1] & 1, point[0] & 1);
            assert_true(ecdsa_compress(curve, x, y, again));
            assert_memory_equal(again, point, curve_bytes(curve) + 1);
        }
        assert_in_range(found, 140, 260);
    }
}

static void sign_and_verify(const struct ecdsa_key *key, uint32_t number, uint8_t signature[96])
{
    size_t n = curve_bytes(key->curve);
    struct str message = {(const char *)&number, sizeof number};
    ecdsa_sign(key, message, signature);
    assert_true(ecdsa_verify(key->curve, key->point, message, (struct str){(const char *)signature, 2 * n}));
}

// DER and raw forms write integers with leading zero bytes differently; the signatures are deterministic, so they do
// occur.
static void short_integers_survive_der(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        size_t n = curve_bytes(rfc6979[i].curve), short_ones = 0;
        uint8_t scalar[48], x[48], y[48], point[49], signature[96];
        struct ecdsa_key key;
        from_hex(rfc6979[i].scalar, scalar, n);
        from_hex(rfc6979[i].x, x, n);
        from_hex(rfc6979[i].y, y, n);
        assert_true(ecdsa_compress(rfc6979[i].curve, x, y, point));
        assert_true(ecdsa_key_make(rfc6979[i].curve, scalar, point, &key));
        for (uint32_t number = 0; number < 600; number++) {
            sign_and_verify(&key, number, signature);
            short_ones += signature[0] == 0 || signature[n] == 0;
        }
        assert_int_not_equal(short_ones, 0);
    }
}

static void generated_keys_sign_and_verify(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 20; i++) {
        struct ecdsa_key key;
        uint8_t signature[96];
        ecdsa_generate(i % 2 ? CURVE_P384 : CURVE_P256, &key);
        sign_and_verify(&key, i, signature);
        ecdsa_wipe(&key);
    }
}

static void a_key_without_a_point_is_none(void **state)
{
    (void)state;
    uint8_t scalar[48], point[49];
    struct ecdsa_key key;
    from_hex(rfc6979[0].scalar, scalar, 32);
    from_hex("020000000000000000000000000000000000000000000000000000000000000001", point, 33);
    assert_false(ecdsa_key_make(CURVE_P256, scalar, point, &key));
    // A scalar of zero is GnuTLS's to refuse.
    from_hex(rfc6979[0].x, point + 1, 32);
    memset(scalar, 0, sizeof scalar);
    assert_false(ecdsa_key_make(CURVE_P256, scalar, point, &key));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_rfc_6979),           cmocka_unit_test(refuses_what_is_no_point),
        cmocka_unit_test(half_of_all_x_have_two_points),  cmocka_unit_test(short_integers_survive_der),
        cmocka_unit_test(generated_keys_sign_and_verify), cmocka_unit_test(a_key_without_a_point_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
