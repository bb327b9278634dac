// SPDX-License-Identifier: Apache-2.0
// Arena: the memory of one request, frame or job. Everything parsed for it lives there and goes with it. It has a cap,
// so that a stranger cannot make it grow; over the cap, or without memory, it gives NULL and `failed` sticks.
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/bytes.h"

struct arena_block;
struct arena {
    struct arena_block *blocks;
    size_t used, cap; // bytes handed out, and the limit on them
    bool failed;
    bool full; // failed because of the cap, not for want of memory
};

#define ARENA(limit) ((struct arena){.cap = (limit)})

void arena_free(struct arena *arena);
// Forget everything but keep one block for the next job.
void arena_reset(struct arena *arena);

// Zeroed, aligned for any type; NULL once the cap is reached.
void *arena_alloc(struct arena *arena, size_t n) __attribute__((malloc));
#define arena_new(arena, type) ((type *)arena_alloc((arena), sizeof(type)))
#define arena_array(arena, type, count) ((type *)arena_alloc_array((arena), sizeof(type), (count)))
void *arena_alloc_array(struct arena *arena, size_t size, size_t count);

// Copies, always with a NUL after the last byte (not counted). {NULL,0} without memory.
struct str arena_str(struct arena *arena, struct str s);
struct str arena_printf(struct arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
