// SPDX-License-Identifier: Apache-2.0
#include "trust/multibase.h"

#include "base/text.h"

static const char alphabet[] = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

static int digit_of(char c)
{
    const char *at = c ? strchr(alphabet, c) : NULL;
    return at ? (int)(at - alphabet) : -1;
}

// number = number * base + carry, little-endian digits of `radix`; false if more than `room` digits are needed.
static bool multiply_add(uint8_t *digits, size_t *n, size_t room, unsigned radix, unsigned base, unsigned carry)
{
    for (size_t i = 0; i < *n; i++) {
        carry += digits[i] * base;
        digits[i] = (uint8_t)(carry % radix);
        carry /= radix;
    }
    for (; carry; carry /= radix) {
        if (*n == room) return false;
        digits[(*n)++] = (uint8_t)(carry % radix);
    }
    return true;
}

void base58_encode(struct str bytes, struct buf *out)
{
    uint8_t digits[BASE58_TEXT_MAX];
    size_t n = 0, zeros = 0;
    bool fits = bytes.n <= BASE58_BYTES_MAX;
    for (size_t i = 0; fits && i < bytes.n; i++) {
        fits = multiply_add(digits, &n, sizeof digits, 58, 256, (uint8_t)bytes.p[i]);
    }
    if (!fits) {
        out->failed = true;
        return;
    }
    while (zeros < bytes.n && bytes.p[zeros] == 0) zeros++;
    for (size_t i = 0; i < zeros; i++) buf_putc(out, alphabet[0]);
    while (n) buf_putc(out, alphabet[digits[--n]]);
}

bool base58_decode(struct str text, void *out, size_t room, size_t *n)
{
    uint8_t digits[BASE58_BYTES_MAX];
    size_t count = 0, zeros = 0;
    if (text.n > BASE58_TEXT_MAX) return false;
    for (size_t i = 0; i < text.n; i++) {
        int digit = digit_of(text.p[i]);
        if (digit < 0 || !multiply_add(digits, &count, sizeof digits, 256, 58, (unsigned)digit)) return false;
    }
    while (zeros < text.n && text.p[zeros] == alphabet[0]) zeros++;
    if (zeros + count > room) return false;
    uint8_t *to = out;
    memset(to, 0, zeros);
    for (size_t i = 0; i < count; i++) to[zeros + i] = digits[count - 1 - i];
    *n = zeros + count;
    return true;
}

void multibase_encode(struct str bytes, struct buf *out)
{
    buf_putc(out, 'z');
    base58_encode(bytes, out);
}

bool multibase_decode(struct str text, void *out, size_t room, size_t *n)
{
    if (str_starts(text, "z")) return base58_decode(str_from(text, 1), out, room, n);
    if (str_starts(text, "u")) return base64url_decode(str_from(text, 1), out, room, n);
    return false;
}
