// SPDX-License-Identifier: Apache-2.0
// Files for tests: our own under tests/data, and the foreign vectors under ../shared/data, which may be absent.
#ifndef TESTS_UNIT_SHARED_DATA_H
#define TESTS_UNIT_SHARED_DATA_H

#include "base/arena.h"

#include <stdio.h>
#include <stdlib.h>

// The file's bytes in the arena; {NULL,0} if it cannot be read.
static inline struct str test_file(struct arena *arena, const char *path)
{
    FILE *f = fopen(path, "rb");
    if (!f) return STR_NONE;
    struct buf b = BUF((size_t)256 << 20);
    char chunk[65536];
    for (size_t n; (n = fread(chunk, 1, sizeof chunk, f)) > 0;) buf_add(&b, chunk, n);
    fclose(f);
    struct str s = arena_str(arena, buf_str(&b));
    buf_free(&b);
    return s;
}

// A vector of ../shared/data; says in one line that it is not there.
static inline struct str shared_file(struct arena *arena, const char *path)
{
    char full[512];
    snprintf(full, sizeof full, "../shared/data/%s", path);
    struct str s = test_file(arena, full);
    if (!s.p) fprintf(stderr, "left out: ../shared/data/%s is not here\n", path);
    return s;
}

#endif
