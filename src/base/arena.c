// SPDX-License-Identifier: Apache-2.0
#include "base/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define BLOCK_MIN ((size_t)8 << 10)
#define BLOCK_MAX ((size_t)1 << 20)

struct arena_block {
    struct arena_block *next;
    size_t n, room;
    alignas(max_align_t) unsigned char bytes[];
};

void arena_free(struct arena *arena)
{
    for (struct arena_block *b = arena->blocks; b;) {
        struct arena_block *next = b->next;
        free(b);
        b = next;
    }
    arena->blocks = NULL;
    arena->used = 0;
    arena->failed = arena->full = false;
}

void arena_reset(struct arena *arena)
{
    struct arena_block *keep = arena->blocks;
    if (keep) {
        arena->blocks = keep->next;
        arena_free(arena);
        keep->next = NULL;
        keep->n = 0;
    }
    arena->blocks = keep;
    arena->used = 0;
    arena->failed = arena->full = false;
}

void *arena_alloc(struct arena *arena, size_t n)
{
    const size_t align = alignof(max_align_t);
    if (arena->failed) return NULL;
    // No object is larger than PTRDIFF_MAX, so rounding up cannot overflow.
    if (n > PTRDIFF_MAX / 2 || n > arena->cap || arena->used > arena->cap - n) {
        arena->failed = arena->full = true;
        return NULL;
    }
    size_t need = (n + align - 1) / align * align;
    struct arena_block *b = arena->blocks;
    if (!b || need > b->room - b->n) {
        size_t room = b ? b->room * 2 : BLOCK_MIN;
        if (room > BLOCK_MAX) room = BLOCK_MAX;
        if (room < need) room = need;
        b = malloc(sizeof *b + room);
        if (!b) {
            arena->failed = true;
            return NULL;
        }
        b->next = arena->blocks;
        b->n = 0;
        b->room = room;
        arena->blocks = b;
    }
    void *p = b->bytes + b->n;
    b->n += need;
    arena->used += need;
    return memset(p, 0, n);
}

void *arena_alloc_array(struct arena *arena, size_t size, size_t count)
{
    if (size && count > SIZE_MAX / size) {
        arena->failed = arena->full = true;
        return NULL;
    }
    return arena_alloc(arena, size * count);
}

struct str arena_str(struct arena *arena, struct str s)
{
    char *p = arena_alloc(arena, s.n + 1);
    if (!p) return STR_NONE;
    if (s.n) memcpy(p, s.p, s.n);
    return (struct str){p, s.n};
}

struct str arena_printf(struct arena *arena, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *p = n < 0 ? NULL : arena_alloc(arena, (size_t)n + 1);
    if (p) vsnprintf(p, (size_t)n + 1, format, again);
    va_end(again);
    return p ? (struct str){p, (size_t)n} : STR_NONE;
}
