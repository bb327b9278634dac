// SPDX-License-Identifier: Apache-2.0
#include "base/bytes.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

int str_compare(struct str a, struct str b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int order = n ? memcmp(a.p, b.p, n) : 0;
    if (order) return order;
    return a.n < b.n ? -1 : a.n > b.n;
}

struct str str_cut(struct str s, char separator, struct str *rest)
{
    const char *at = s.n ? memchr(s.p, separator, s.n) : NULL;
    if (!at) {
        *rest = STR_NONE;
        return s;
    }
    size_t head = (size_t)(at - s.p);
    *rest = (struct str){at + 1, s.n - head - 1};
    return (struct str){s.p, head};
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct str str_trim(struct str s)
{
    while (s.n && is_space(s.p[0])) s = str_from(s, 1);
    while (s.n && is_space(s.p[s.n - 1])) s.n--;
    return s;
}

bool str_decimal(struct str s, uint64_t max, uint64_t *out)
{
    if (s.n == 0 || s.n > 20 || (s.n > 1 && s.p[0] == '0')) return false;
    uint64_t value = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9') return false;
        uint64_t digit = (uint64_t)(s.p[i] - '0');
        if (digit > max || value > (max - digit) / 10) return false;
        value = value * 10 + digit;
    }
    *out = value;
    return true;
}

struct str cursor_take(struct cursor *c, size_t n)
{
    if (c->failed || n > c->n - c->at) {
        c->failed = true;
        return STR_NONE;
    }
    if (n == 0) return STR("");
    struct str s = {(const char *)c->p + c->at, n};
    c->at += n;
    return s;
}

static uint64_t take_be(struct cursor *c, size_t n)
{
    struct str s = cursor_take(c, n);
    uint64_t value = 0;
    for (size_t i = 0; i < s.n; i++) value = value << 8 | (uint8_t)s.p[i];
    return value;
}

uint8_t cursor_u8(struct cursor *c)
{
    return (uint8_t)take_be(c, 1);
}

uint16_t cursor_be16(struct cursor *c)
{
    return (uint16_t)take_be(c, 2);
}

uint32_t cursor_be32(struct cursor *c)
{
    return (uint32_t)take_be(c, 4);
}

uint64_t cursor_be64(struct cursor *c)
{
    return take_be(c, 8);
}

void buf_free(struct buf *b)
{
    free(b->p);
    b->p = NULL;
    b->n = b->room = 0;
    b->failed = false;
}

char *buf_reserve(struct buf *b, size_t n)
{
    if (b->failed || n > b->max || b->n > b->max - n) {
        b->failed = true;
        return NULL;
    }
    size_t need = b->n + n;
    if (need > b->room || !b->p) {
        size_t room = b->room ? b->room : 256;
        while (room < need) room = room > SIZE_MAX / 2 ? need : room * 2;
        char *p = realloc(b->p, room);
        if (!p) {
            b->failed = true;
            return NULL;
        }
        b->p = p;
        b->room = room;
    }
    return b->p + b->n;
}

void buf_add(struct buf *b, const void *p, size_t n)
{
    if (n == 0) return;
    char *to = buf_reserve(b, n);
    if (!to) return;
    memcpy(to, p, n);
    b->n += n;
}

void buf_str_add(struct buf *b, struct str s)
{
    buf_add(b, s.p, s.n);
}

void buf_puts(struct buf *b, const char *z)
{
    buf_add(b, z, strlen(z));
}

void buf_putc(struct buf *b, char c)
{
    buf_add(b, &c, 1);
}

void buf_printf(struct buf *b, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *to = n < 0 ? NULL : buf_reserve(b, (size_t)n + 1);
    if (to) {
        vsnprintf(to, (size_t)n + 1, format, again);
        b->n += (size_t)n;
    }
    va_end(again);
}

void buf_u64(struct buf *b, uint64_t value)
{
    char digits[20];
    size_t n = sizeof digits;
    do digits[--n] = (char)('0' + value % 10);
    while (value /= 10);
    buf_add(b, digits + n, sizeof digits - n);
}

static void add_be(struct buf *b, uint64_t value, size_t n)
{
    uint8_t bytes[8];
    for (size_t i = 0; i < n; i++) bytes[i] = (uint8_t)(value >> (8 * (n - 1 - i)));
    buf_add(b, bytes, n);
}

void buf_be16(struct buf *b, uint16_t value)
{
    add_be(b, value, 2);
}

void buf_be32(struct buf *b, uint32_t value)
{
    add_be(b, value, 4);
}

void buf_be64(struct buf *b, uint64_t value)
{
    add_be(b, value, 8);
}
