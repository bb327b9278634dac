// SPDX-License-Identifier: Apache-2.0
#include "base/arena.h"

#include "shared_data.h"

#include <setjmp.h>
#include <stdalign.h>
#include <stdarg.h>

#include <cmocka.h>

static void gives_zeroed_aligned_memory_that_does_not_overlap(void **state)
{
    (void)state;
    struct arena arena = ARENA((size_t)64 << 20);
    for (int round = 0; round < 3; round++) {
        for (size_t n = 0; n < 3000; n += 7) {
            uint8_t *p = arena_alloc(&arena, n);
            assert_non_null(p);
            assert_int_equal((uintptr_t)p % alignof(max_align_t), 0);
            for (size_t i = 0; i < n; i++) assert_int_equal(p[i], 0);
            memset(p, 0xFF, n);
        }
        arena_reset(&arena);
    }
    arena_free(&arena);
}

static void the_cap_holds_and_failure_sticks(void **state)
{
    (void)state;
    struct arena arena = ARENA(1024);
    assert_non_null(arena_alloc(&arena, 1000));
    assert_null(arena_alloc(&arena, 100));
    assert_true(arena.failed && arena.full);
    assert_null(arena_alloc(&arena, 1));
    assert_null(arena_str(&arena, STR("x")).p);
    assert_null(arena_printf(&arena, "%d", 1).p);
    arena_reset(&arena);
    assert_false(arena.failed || arena.full);
    assert_non_null(arena_alloc(&arena, 1024));
    assert_null(arena_alloc(&arena, 1));
    arena_free(&arena);
    assert_non_null(arena_alloc(&arena, 1024));
    arena_free(&arena);
}

static void sizes_that_overflow_are_refused(void **state)
{
    (void)state;
    struct arena arena = ARENA(SIZE_MAX);
    assert_null(arena_alloc(&arena, SIZE_MAX));
    arena_reset(&arena);
    assert_null(arena_alloc(&arena, SIZE_MAX - 8));
    arena_reset(&arena);
    assert_null(arena_array(&arena, uint64_t, SIZE_MAX / 4));
    assert_true(arena.failed);
    arena_free(&arena);
}

static void copies_end_in_a_nul(void **state)
{
    (void)state;
    struct arena arena = ARENA(1 << 20);
    struct str s = arena_str(&arena, (struct str){"plate-x", 5});
    assert_string_equal(s.p, "plate");
    assert_int_equal(s.n, 5);
    assert_string_equal(arena_str(&arena, STR_NONE).p, "");
    s = arena_printf(&arena, "%s:%d", "us.cbp", 7);
    assert_string_equal(s.p, "us.cbp:7");
    assert_int_equal(s.n, 8);
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_zeroed_aligned_memory_that_does_not_overlap),
        cmocka_unit_test(the_cap_holds_and_failure_sticks),
        cmocka_unit_test(sizes_that_overflow_are_refused),
        cmocka_unit_test(copies_end_in_a_nul),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
