// SPDX-License-Identifier: Apache-2.0
#include "decide/draw.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static struct draw_key key_of(uint8_t first)
{
    struct draw_key key;
    for (size_t i = 0; i < sizeof key.bytes; i++) key.bytes[i] = (uint8_t)(first + i);
    return key;
}

static struct draw draw_of(const struct draw_key *key, const char *id)
{
    struct draw draw;
    assert_int_equal(draw_make(key, str_of(id), &draw, NULL), ERR_NONE);
    return draw;
}

// From Python's hmac and hashlib, so that an auditor needs nothing of ours.
static void anyone_with_the_key_gets_the_same_draws(void **state)
{
    (void)state;
    static const uint8_t expected[SHA256_BYTES] = {0x27, 0x80, 0x43, 0xb9, 0x37, 0x61, 0x7d, 0x6f, 0xef, 0x74, 0x8b,
                                                   0xc5, 0x26, 0x2c, 0x3f, 0x5d, 0x42, 0xa8, 0xc1, 0x41, 0x60, 0xe6,
                                                   0x06, 0x69, 0x48, 0xfd, 0xcd, 0xf5, 0x1a, 0x3d, 0x06, 0x63};
    struct draw_key key = key_of(0);
    struct draw draw = draw_of(&key, "us.cbp:41");
    uint8_t commitment[SHA256_BYTES];
    assert_true(draw.floor == 0x1.1c3cb0d8ee0f6p-1);
    assert_true(draw.smooth == 0x1.254c9846cd2e4p-3);
    draw_commit(&key, STR("2026-03-01"), commitment);
    assert_memory_equal(commitment, expected, SHA256_BYTES);
}

static void an_auditor_verifies_key_commitment_and_draw(void **state)
{
    (void)state;
    struct draw_key key = key_of(1), other = key_of(2);
    uint8_t commitment[SHA256_BYTES];
    struct why why = {0};
    struct draw draw = draw_of(&key, "truck 1"), wrong = draw, nan = draw;
    draw_commit(&key, STR("2026-03-01"), commitment);
    assert_int_equal(draw_verify(commitment, STR("2026-03-01"), &key, STR("truck 1"), &draw, &why), ERR_NONE);
    assert_int_equal(draw_verify(commitment, STR("2026-03-02"), &key, STR("truck 1"), &draw, &why), ERR_UNTRUSTED);
    assert_string_equal(why.member, "key");
    assert_int_equal(draw_verify(commitment, STR("2026-03-01"), &other, STR("truck 1"), &draw, NULL), ERR_UNTRUSTED);
    why = (struct why){0};
    assert_int_equal(draw_verify(commitment, STR("2026-03-01"), &key, STR("truck 2"), &draw, &why), ERR_UNTRUSTED);
    assert_string_equal(why.member, "draw");
    wrong.smooth = nextafter(wrong.smooth, 1);
    assert_int_equal(draw_verify(commitment, STR("2026-03-01"), &key, STR("truck 1"), &wrong, NULL), ERR_UNTRUSTED);
    nan.floor = NAN;
    assert_int_equal(draw_verify(commitment, STR("2026-03-01"), &key, STR("truck 1"), &nan, NULL), ERR_UNTRUSTED);
    char day[66] = {0};
    memset(day, '1', 65);
    assert_int_equal(draw_verify(commitment, str_of(day), &key, STR("truck 1"), &draw, NULL), ERR_SENSELESS);
    assert_int_equal(draw_verify(commitment, STR("2026-03-01"), &key, STR_NONE, &draw, NULL), ERR_SENSELESS);
}

static void an_id_without_bounds_is_refused_and_selects(void **state)
{
    (void)state;
    struct draw_key key = key_of(3);
    char id[DRAW_ID_MAX + 1];
    struct draw draw = {0.9, 0.9};
    memset(id, 'x', sizeof id);
    assert_int_equal(draw_make(&key, (struct str){id, DRAW_ID_MAX}, &draw, NULL), ERR_NONE);
    assert_true(draw.floor > 0);
    assert_int_equal(draw_make(&key, (struct str){id, sizeof id}, &draw, NULL), ERR_SENSELESS);
    assert_true(draw.floor == 0 && draw.smooth == 0);
    assert_int_equal(draw_make(&key, STR_NONE, &draw, NULL), ERR_SENSELESS);
}

// Even, and the one says nothing of the other nor of the next arrival's.
static void draws_are_even_and_independent(void **state)
{
    (void)state;
    enum { N = 50000 };
    struct draw_key key = key_of(4);
    double floors = 0, smooths = 0, both = 0, next = 0, last = 0.5;
    int bins[10] = {0};
    for (int i = 0; i < N; i++) {
        char id[16];
        snprintf(id, sizeof id, "%d", i);
        struct draw d = draw_of(&key, id);
        assert_true(d.floor >= 0 && d.floor < 1 && d.smooth >= 0 && d.smooth < 1);
        floors += d.floor;
        smooths += d.smooth;
        both += (d.floor - 0.5) * (d.smooth - 0.5);
        next += (d.floor - 0.5) * (last - 0.5);
        last = d.floor;
        bins[(int)(d.floor * 10)]++;
    }
    // Five standard errors each.
    assert_true(fabs(floors / N - 0.5) < 5 * 0.2887 / sqrt(N));
    assert_true(fabs(smooths / N - 0.5) < 5 * 0.2887 / sqrt(N));
    assert_true(fabs(both / N) < 5 / 12.0 / sqrt(N));
    assert_true(fabs(next / N) < 5 / 12.0 / sqrt(N));
    for (int i = 0; i < 10; i++) assert_true(abs(bins[i] - N / 10) < 5 * sqrt(N * 0.09));
}

static void keys_are_fresh_and_can_be_wiped(void **state)
{
    (void)state;
    struct draw_key a, b, none = {0};
    draw_key_make(&a);
    draw_key_make(&b);
    assert_memory_not_equal(&a, &b, sizeof a);
    draw_key_wipe(&a);
    assert_memory_equal(&a, &none, sizeof a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(anyone_with_the_key_gets_the_same_draws),
        cmocka_unit_test(an_auditor_verifies_key_commitment_and_draw),
        cmocka_unit_test(an_id_without_bounds_is_refused_and_selects),
        cmocka_unit_test(draws_are_even_and_independent),
        cmocka_unit_test(keys_are_fresh_and_can_be_wiped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
