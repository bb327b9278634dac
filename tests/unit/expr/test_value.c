// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "expr/program.h"

#include <math.h>

#define BIG (INT64_C(1) << 53)

static struct arena arena;

static int teardown(void **state)
{
    (void)state;
    arena_free(&arena);
    arena = ARENA(64 << 20);
    return 0;
}

#define I(i) EXPR_INT_VALUE(i)
#define U(u) EXPR_UINT_VALUE(u)
#define D(d) EXPR_DOUBLE_VALUE(d)
#define S(s) EXPR_STRING_VALUE(STR(s))

static void numbers_are_equal_by_value_across_kinds(void **state)
{
    (void)state;
    const struct {
        struct expr_value a, b;
        bool equal;
    } rows[] = {
        {I(1), U(1), true},
        {I(1), D(1), true},
        {U(1), D(1), true},
        {I(-1), U(UINT64_MAX), false},
        {I(0), D(-0.0), true},
        {D(0.0), D(-0.0), true},
        {D(NAN), D(NAN), false},
        {I(1), D(1.5), false},
        {I(0), D(NAN), false},
        {I(BIG + 1), D(0x1p53), false}, // not rounded
        {I(BIG), D(0x1p53), true},
        {I(INT64_MAX), D(0x1p63), false},
        {I(INT64_MIN), D(-0x1p63), true},
        {U(UINT64_C(1) << 63), D(0x1p63), true},
        {U(UINT64_MAX), D(0x1p64), false},
        {I(1), D(INFINITY), false},
        {I(1), EXPR_BOOL_VALUE(true), false},
        {I(0), EXPR_NULL_VALUE, false},
        {S("a"), EXPR_BYTES_VALUE(STR("a")), false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(expr_equal(&rows[i].a, &rows[i].b), rows[i].equal);
        assert_int_equal(expr_equal(&rows[i].b, &rows[i].a), rows[i].equal);
        if (rows[i].equal) assert_true(value_hash(&rows[i].a, 7) == value_hash(&rows[i].b, 7));
    }
}

static void orders_what_has_an_order(void **state)
{
    (void)state;
    const struct {
        struct expr_value a, b;
        int order; // 9: none
    } rows[] = {
        {I(1), I(2), -1},
        {I(-1), U(0), -1},
        {I(INT64_MAX), U(UINT64_MAX), -1},
        {U(3), I(3), 0},
        {I(2), D(1.5), 1},
        {U(UINT64_MAX), D(-1), 1},
        {I(BIG + 1), D(0x1p53), 0}, // rounded, as the suite wants it
        {D(NAN), D(1), 9},
        {I(1), D(NAN), 9},
        {S("a"), S("b"), -1},
        {S("a"), S("aa"), -1},
        {S("b"), S("aa"), 1},
        {EXPR_BOOL_VALUE(false), EXPR_BOOL_VALUE(true), -1},
        {S("a"), I(1), 9},
        {EXPR_NULL_VALUE, EXPR_NULL_VALUE, 9},
        {EXPR_BYTES_VALUE(STR("\xff")), EXPR_BYTES_VALUE(STR("a")), 1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int order = 9, back = 9;
        bool has = expr_compare(&rows[i].a, &rows[i].b, &order);
        assert_int_equal(has, expr_compare(&rows[i].b, &rows[i].a, &back));
        assert_int_equal(has, rows[i].order != 9);
        if (!has) continue;
        assert_int_equal((order > 0) - (order < 0), rows[i].order);
        assert_int_equal((back > 0) - (back < 0), -rows[i].order);
    }
}

static struct expr_value list_of(struct expr_value *items, size_t count)
{
    return expr_list_new(&arena, items, count);
}

static void lists_and_maps_are_equal_by_their_members(void **state)
{
    (void)state;
    struct expr_value one[] = {I(1), S("a")}, same[] = {D(1), S("a")}, other[] = {I(1), S("b")};
    struct expr_value a = list_of(one, 2), b = list_of(same, 2), c = list_of(other, 2), d = list_of(one, 1);
    assert_true(expr_equal(&a, &b));
    assert_false(expr_equal(&a, &c));
    assert_false(expr_equal(&a, &d));
    struct expr_entry left[] = {{S("x"), a}, {I(2), S("y")}}, right[] = {{U(2), S("y")}, {S("x"), b}};
    struct expr_entry wrong[] = {{U(2), S("y")}, {S("x"), c}}, absent[] = {{U(2), S("y")}, {S("z"), b}};
    struct expr_value m = expr_map_new(&arena, left, 2), n = expr_map_new(&arena, right, 2);
    struct expr_value o = expr_map_new(&arena, wrong, 2), p = expr_map_new(&arena, absent, 2);
    assert_true(expr_equal(&m, &n));
    assert_false(expr_equal(&m, &o));
    assert_false(expr_equal(&m, &p));
    struct expr_value some = expr_optional_of(&arena, a), equal = expr_optional_of(&arena, b),
                      none = EXPR_OPTIONAL_NONE;
    assert_true(expr_equal(&some, &equal));
    assert_false(expr_equal(&some, &none));
    assert_true(expr_equal(&none, &none));
}

static void equality_stops_when_its_budget_is_spent(void **state)
{
    (void)state;
    // Sixty levels of [x, x]: 2^60 leaves.
    struct expr_value a = I(1), b = I(1);
    for (int i = 0; i < 60; i++) {
        struct expr_value *both = arena_array(&arena, struct expr_value, 4);
        both[0] = both[1] = a;
        both[2] = both[3] = b;
        a = list_of(both, 2);
        b = list_of(both + 2, 2);
    }
    uint64_t budget = 100000;
    value_equal_within(&a, &b, &budget);
    assert_int_equal(budget, 0);
}

static void a_map_finds_what_equals_its_keys(void **state)
{
    (void)state;
    for (size_t count = 1; count < 400; count = count * 2 + 1) {
        struct expr_entry *entries = arena_array(&arena, struct expr_entry, count);
        for (size_t i = 0; i < count; i++) {
            struct str text = arena_printf(&arena, "key %zu", i);
            entries[i].key = i % 3 == 0 ? I((int64_t)i) : i % 3 == 1 ? U(i) : EXPR_STRING_VALUE(text);
            entries[i].value = I((int64_t)i);
        }
        struct expr_value map = expr_map_new(&arena, entries, count);
        assert_int_equal(map.kind, EXPR_MAP);
        for (size_t i = 0; i < count; i++) {
            struct expr_value key = i % 3 == 2 ? entries[i].key : D((double)i);
            const struct expr_value *found = expr_map_get(map.map, &key);
            assert_non_null(found);
            assert_int_equal(found->integer, i);
        }
        struct expr_value half = D(0.5), none = S("none"), bytes = EXPR_BYTES_VALUE(STR("key 2"));
        assert_null(expr_map_get(map.map, &half));
        assert_null(expr_map_get(map.map, &none));
        assert_null(expr_map_get(map.map, &bytes));
    }
}

static void refuses_keys_that_are_none_and_keys_given_twice(void **state)
{
    (void)state;
    struct expr_entry twice[40];
    for (size_t i = 0; i < 40; i++) twice[i] = (struct expr_entry){I((int64_t)i), I(0)};
    for (size_t count = 2; count <= 40; count += 38) {
        twice[count - 1].key = U(0);
        struct expr_value map = expr_map_new(&arena, twice, count);
        assert_int_equal(map.kind, EXPR_ERROR);
        assert_true(str_is(map.fault->text, "Failed with repeated key"));
    }
    struct expr_entry bad[] = {{D(1), I(0)}};
    struct expr_value map = expr_map_new(&arena, bad, 1);
    assert_int_equal(map.kind, EXPR_ERROR);
    assert_true(str_is(map.fault->text, "unsupported key type"));
}

static void what_grows_keeps_its_members(void **state)
{
    (void)state;
    struct list_build list = {0};
    struct map_build map = {0};
    for (int64_t i = 0; i < 1000; i++) {
        struct expr_value value = I(i), key = U((uint64_t)i);
        assert_true(list_build_add(&arena, &list, &value));
        assert_int_equal(map_build_add(&arena, &map, &key, &value), MAP_ADDED);
        assert_int_equal(map_build_add(&arena, &map, &value, &value), MAP_REPEATED);
    }
    assert_int_equal(list.list.count, 1000);
    assert_int_equal(map.map.count, 1000);
    for (int64_t i = 0; i < 1000; i++) {
        struct expr_value key = I(i);
        assert_int_equal(list.list.items[i].integer, i);
        assert_int_equal(expr_map_get(&map.map, &key)->integer, i);
    }
    struct expr_value bad = D(1);
    assert_int_equal(map_build_add(&arena, &map, &bad, &bad), MAP_BAD_KEY);
}

static void a_set_has_what_equals_a_member(void **state)
{
    (void)state;
    struct expr_value items[] = {I(1), U(2),  D(3.5), S("a"), S(""), EXPR_NULL_VALUE, EXPR_BOOL_VALUE(true),
                                 I(1), D(NAN)};
    struct expr_value list = list_of(items, 9),
                      in[] = {D(1), I(2), D(3.5), S("a"), S(""), EXPR_NULL_VALUE, EXPR_BOOL_VALUE(true)};
    struct expr_value out[] = {I(3), S("b"), EXPR_BOOL_VALUE(false), D(NAN), list};
    bool fits;
    const struct value_set *set = value_set_new(&arena, list.list, &fits);
    assert_non_null(set);
    for (size_t i = 0; i < sizeof in / sizeof in[0]; i++) assert_true(value_set_has(set, &in[i]));
    for (size_t i = 0; i < sizeof out / sizeof out[0]; i++) assert_false(value_set_has(set, &out[i]));
    struct expr_value nested = list_of(&list, 1);
    assert_null(value_set_new(&arena, nested.list, &fits));
    assert_false(fits);
}

static void reads_timestamps_to_the_nanosecond(void **state)
{
    (void)state;
    const struct {
        const char *text, *again; // NULL: refused
    } rows[] = {
        {"2009-02-13T23:31:30Z", "2009-02-13T23:31:30Z"},
        {"2009-02-13T23:31:30.5Z", "2009-02-13T23:31:30.5Z"},
        {"2009-02-13T23:31:30.123456789Z", "2009-02-13T23:31:30.123456789Z"},
        {"2009-02-13T23:31:30.000000009Z", "2009-02-13T23:31:30.000000009Z"},
        {"2009-02-14T01:31:30.100+02:00", "2009-02-13T23:31:30.1Z"},
        {"1969-12-31T23:59:59.999999999Z", "1969-12-31T23:59:59.999999999Z"},
        {"0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"},
        {"9999-12-31T23:59:59.999999999Z", "9999-12-31T23:59:59.999999999Z"},
        {"0000-12-31T23:59:59Z", NULL},
        {"10000-01-01T00:00:00Z", NULL},
        {"2009-02-30T00:00:00Z", NULL},
        {"2009-02-13", NULL},
        {"", NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct expr_value value = expr_timestamp_parse(&arena, str_of(rows[i].text));
        assert_int_equal(value.kind, rows[i].again ? EXPR_TIMESTAMP : EXPR_ERROR);
        if (rows[i].again) assert_true(str_is(expr_timestamp_text(&arena, value.time), rows[i].again));
    }
}

static void reads_durations_in_their_units(void **state)
{
    (void)state;
    const struct {
        const char *text, *again; // NULL: refused
    } rows[] = {
        {"1h30m", "5400s"},
        {"-1.5s", "-1.5s"},
        {"+2s", "2s"},
        {"100ms", "0.1s"},
        {"1us", "0.000001s"},
        {"1\xc2\xb5s", "0.000001s"},
        {"1ns", "0.000000001s"},
        {"-1ns", "-0.000000001s"},
        {"0", "0s"},
        {"-0", "0s"},
        {".5h", "1800s"},
        {"1.s", "1s"},
        {"315576000000s", "315576000000s"},
        {"315576000000.000000001s", NULL},
        {"-315576000001s", NULL},
        {"99999999999999999999999999h", NULL},
        {"", NULL},
        {"-", NULL},
        {"1", NULL},
        {"s", NULL},
        {".s", NULL},
        {"1d", NULL},
        {"1s ", NULL},
        {"1h-1m", NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct expr_value value = expr_duration_parse(&arena, str_of(rows[i].text));
        if (value.kind != (rows[i].again ? EXPR_DURATION : EXPR_ERROR)) fail_msg("%s", rows[i].text);
        if (rows[i].again && !str_is(expr_duration_text(&arena, value.time), rows[i].again))
            fail_msg("%s", rows[i].text);
    }
}

static void counts_code_points(void **state)
{
    (void)state;
    assert_int_equal(expr_code_points(STR("")), 0);
    assert_int_equal(expr_code_points(STR("abc")), 3);
    assert_int_equal(expr_code_points(STR("\xc3\xbf\xf0\x9f\x90\xb1")), 2);
}

static void without_memory_there_is_an_error(void **state)
{
    (void)state;
    struct arena none = ARENA(0);
    struct expr_value value = I(1);
    struct expr_entry entry = {value, value};
    assert_int_equal(expr_list_new(&none, &value, 1).kind, EXPR_ERROR);
    assert_int_equal(expr_map_new(&none, &entry, 1).kind, EXPR_ERROR);
    assert_int_equal(expr_optional_of(&none, value).kind, EXPR_ERROR);
    assert_int_equal(expr_timestamp_parse(&none, STR("x")).kind, EXPR_ERROR);
}

#define T(test) cmocka_unit_test_teardown(test, teardown)

int main(void)
{
    arena = ARENA(64 << 20);
    const struct CMUnitTest tests[] = {
        T(numbers_are_equal_by_value_across_kinds),
        T(orders_what_has_an_order),
        T(lists_and_maps_are_equal_by_their_members),
        T(equality_stops_when_its_budget_is_spent),
        T(a_map_finds_what_equals_its_keys),
        T(refuses_keys_that_are_none_and_keys_given_twice),
        T(what_grows_keeps_its_members),
        T(a_set_has_what_equals_a_member),
        T(reads_timestamps_to_the_nanosecond),
        T(reads_durations_in_their_units),
        T(counts_code_points),
        T(without_memory_there_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
