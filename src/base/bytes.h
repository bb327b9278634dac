// SPDX-License-Identifier: Apache-2.0
// Bytes: `struct str` (a view that never owns), `struct cursor` (a bounded reader with a sticky error) and
// `struct buf` (a growing, bounded output with a sticky error).
//
// The folder base/: what every other folder stands on: bytes, text, memory, errors, time, randomness, queues, log
// output, JSON and its canonical form. It may not know anything above it: no statement, no network, no store.
#ifndef BASE_BYTES_H
#define BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

// A view of n bytes. Never owns; not NUL-terminated unless stated.
struct str {
    const char *p;
    size_t n;
};

#define STR(literal) ((struct str){(literal), sizeof(literal) - 1})
#define STR_NONE ((struct str){NULL, 0})
// For printf("%.*s", STR_ARG(s)).
#define STR_ARG(s) (int)(s).n, (s).p ? (s).p : ""

static inline struct str str_of(const char *z)
{
    return (struct str){z, z ? strlen(z) : 0};
}

static inline bool str_eq(struct str a, struct str b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline bool str_is(struct str a, const char *z)
{
    return str_eq(a, str_of(z));
}

static inline bool str_starts(struct str s, const char *prefix)
{
    size_t n = strlen(prefix);
    return s.n >= n && memcmp(s.p, prefix, n) == 0;
}

static inline bool str_ends(struct str s, const char *suffix)
{
    size_t n = strlen(suffix);
    return s.n >= n && memcmp(s.p + s.n - n, suffix, n) == 0;
}

// The part from `from` on; empty if `from` is past the end.
static inline struct str str_from(struct str s, size_t from)
{
    if (from >= s.n) return (struct str){s.n ? s.p + s.n : s.p, 0};
    return (struct str){s.p + from, s.n - from};
}

// memcmp order, the shorter first among equals: the order of RFC 8785 for ASCII names and of our tables.
int str_compare(struct str a, struct str b);

// Cut `s` at the first `separator`: returns the part before it, leaves the rest (without the separator) in *rest. With
// no separator returns all of it and leaves rest->p NULL.
struct str str_cut(struct str s, char separator, struct str *rest);

// ASCII white space off both ends.
struct str str_trim(struct str s);

// Decimal digits only, no sign, no leading zero (but "0"); false if anything else, or over `max`.
bool str_decimal(struct str s, uint64_t max, uint64_t *out);

// A bounded reader. After the first read past the end `failed` sticks and every read gives zero, so that a decoder is
// a straight list of fields with one check at the end.
struct cursor {
    const uint8_t *p;
    size_t n;  // bytes in all
    size_t at; // bytes consumed
    bool failed;
};

static inline struct cursor cursor_of(struct str s)
{
    return (struct cursor){(const uint8_t *)s.p, s.n, 0, false};
}

static inline size_t cursor_left(const struct cursor *c)
{
    return c->n - c->at;
}

uint8_t cursor_u8(struct cursor *c);
uint16_t cursor_be16(struct cursor *c);
uint32_t cursor_be32(struct cursor *c);
uint64_t cursor_be64(struct cursor *c);
struct str cursor_take(struct cursor *c, size_t n);

// Growing output, at most `max` bytes. A write over the limit, or without memory, sets `failed` and changes nothing;
// check once at the end. buf_free releases; a zeroed buf with a max is a valid empty one.
struct buf {
    char *p;
    size_t n, room, max;
    bool failed;
};

#define BUF_MAX_DEFAULT ((size_t)64 << 20)
#define BUF(limit) ((struct buf){.max = (limit)})

void buf_free(struct buf *b);
static inline void buf_clear(struct buf *b)
{
    b->n = 0;
    b->failed = false;
}
static inline struct str buf_str(const struct buf *b)
{
    return (struct str){b->p, b->n};
}
void buf_add(struct buf *b, const void *p, size_t n);
void buf_str_add(struct buf *b, struct str s);
void buf_puts(struct buf *b, const char *z);
void buf_putc(struct buf *b, char c);
// Needs room for a NUL after the text, which does not count.
void buf_printf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
void buf_u64(struct buf *b, uint64_t value); // decimal
void buf_be16(struct buf *b, uint16_t value);
void buf_be32(struct buf *b, uint32_t value);
void buf_be64(struct buf *b, uint64_t value);
// Room for n more bytes; NULL (and failed) if there is none. Write there, then add to b->n.
char *buf_reserve(struct buf *b, size_t n);

#endif
