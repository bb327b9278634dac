// SPDX-License-Identifier: Apache-2.0
// One arena for each test of a file, new before it and gone after it; and tests with too little memory.
#ifndef TESTS_UNIT_ONE_ARENA_H
#define TESTS_UNIT_ONE_ARENA_H

#include "filed_samples.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct arena arena;

static inline int begin(void **state)
{
    (void)state;
    arena = ARENA((size_t)64 << 20);
    return 0;
}

static inline int end(void **state)
{
    (void)state;
    arena_free(&arena);
    return 0;
}

// Judges the bytes in arenas of 0, 128, 256 … bytes: they are let in before `most`, and until then memory is out.
static inline void needs_memory_only(sample_judge *judge, struct str bytes, size_t most)
{
    bool read = false;
    for (size_t cap = 0; cap < most && !read; cap += 128) {
        struct arena small = ARENA(cap);
        enum err err = judge(NULL, &small, bytes, NULL);
        read = err == ERR_NONE;
        assert_true(read || err == ERR_NO_MEMORY);
        arena_free(&small);
    }
    assert_true(read);
}

#endif
