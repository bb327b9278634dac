// SPDX-License-Identifier: Apache-2.0
#include "base/text.h"

static const char hex_digits[] = "0123456789abcdef";
static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char alphabet_url[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

// A digit's value, or -1.
static int hex_value(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

static int base64_value(char c, bool url)
{
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    if (c == (url ? '-' : '+')) return 62;
    if (c == (url ? '_' : '/')) return 63;
    return -1;
}

void hex_encode(struct str bytes, struct buf *out)
{
    if (bytes.n > SIZE_MAX / 2) {
        out->failed = true;
        return;
    }
    char *to = buf_reserve(out, bytes.n * 2);
    if (!to) return;
    for (size_t i = 0; i < bytes.n; i++) {
        uint8_t byte = (uint8_t)bytes.p[i];
        to[2 * i] = hex_digits[byte >> 4];
        to[2 * i + 1] = hex_digits[byte & 15];
    }
    out->n += bytes.n * 2;
}

bool hex_decode(struct str text, void *out, size_t room, size_t *n)
{
    if (text.n % 2 || text.n / 2 > room) return false;
    uint8_t *to = out;
    for (size_t i = 0; i < text.n / 2; i++) {
        int high = hex_value(text.p[2 * i]), low = hex_value(text.p[2 * i + 1]);
        if (high < 0 || low < 0) return false;
        to[i] = (uint8_t)(high << 4 | low);
    }
    *n = text.n / 2;
    return true;
}

static size_t encoded_length(size_t n, bool url)
{
    static const size_t tail[3] = {0, 2, 3};
    return url ? n / 3 * 4 + tail[n % 3] : (n + 2) / 3 * 4;
}

static void encode(struct str bytes, bool url, struct buf *out)
{
    const char *digit = url ? alphabet_url : alphabet;
    const uint8_t *p = (const uint8_t *)bytes.p;
    if (bytes.n > SIZE_MAX / 2) {
        out->failed = true;
        return;
    }
    size_t length = encoded_length(bytes.n, url);
    char *to = buf_reserve(out, length);
    if (!to) return;
    out->n += length;
    size_t i = 0;
    for (; i + 3 <= bytes.n; i += 3, to += 4) {
        uint32_t bits = (uint32_t)p[i] << 16 | (uint32_t)p[i + 1] << 8 | p[i + 2];
        to[0] = digit[bits >> 18];
        to[1] = digit[bits >> 12 & 63];
        to[2] = digit[bits >> 6 & 63];
        to[3] = digit[bits & 63];
    }
    size_t left = bytes.n - i;
    if (left == 0) return;
    uint32_t bits = (uint32_t)p[i] << 16 | (left == 2 ? (uint32_t)p[i + 1] << 8 : 0);
    to[0] = digit[bits >> 18];
    to[1] = digit[bits >> 12 & 63];
    if (left == 2) to[2] = digit[bits >> 6 & 63];
    if (url) return;
    if (left == 1) to[2] = '=';
    to[3] = '=';
}

void base64_encode(struct str bytes, struct buf *out)
{
    encode(bytes, false, out);
}

void base64url_encode(struct str bytes, struct buf *out)
{
    encode(bytes, true, out);
}

// Text without padding. The bits past the last byte must be zero (RFC 4648 3.5).
static bool decode(struct str text, bool url, void *out, size_t room, size_t *n)
{
    size_t left = text.n % 4, length = text.n / 4 * 3 + (left ? left - 1 : 0);
    if (left == 1 || length > room) return false;
    uint8_t *to = out;
    uint32_t bits = 0;
    unsigned have = 0;
    for (size_t i = 0; i < text.n; i++) {
        int value = base64_value(text.p[i], url);
        if (value < 0) return false;
        bits = bits << 6 | (uint32_t)value;
        have += 6;
        if (have < 8) continue;
        have -= 8;
        *to++ = (uint8_t)(bits >> have);
        bits &= (1u << have) - 1;
    }
    *n = length;
    return bits == 0;
}

bool base64_decode(struct str text, void *out, size_t room, size_t *n)
{
    if (text.n % 4) return false;
    size_t padding = 0;
    while (padding < 2 && padding < text.n && text.p[text.n - 1 - padding] == '=') padding++;
    return decode((struct str){text.p, text.n - padding}, false, out, room, n);
}

bool base64url_decode(struct str text, void *out, size_t room, size_t *n)
{
    return decode(text, true, out, room, n);
}

// Runs an encoder whose output has a known length into the arena.
static struct str encoded(struct arena *arena, struct str bytes, size_t length,
                          void (*encoder)(struct str, struct buf *))
{
    char *p = bytes.n > SIZE_MAX / 4 ? NULL : arena_alloc(arena, length + 1);
    if (!p) return STR_NONE;
    struct buf out = {.p = p, .room = length, .max = length};
    encoder(bytes, &out);
    return (struct str){p, length};
}

struct str hex_text(struct arena *arena, struct str bytes)
{
    return encoded(arena, bytes, bytes.n * 2, hex_encode);
}

struct str base64_text(struct arena *arena, struct str bytes)
{
    return encoded(arena, bytes, encoded_length(bytes.n, false), base64_encode);
}

struct str base64url_text(struct arena *arena, struct str bytes)
{
    return encoded(arena, bytes, encoded_length(bytes.n, true), base64url_encode);
}

bool base64_bytes(struct arena *arena, struct str text, struct str *out)
{
    size_t room = text.n / 4 * 3 + 3, n;
    char *p = arena_alloc(arena, room);
    if (!p || !base64_decode(text, p, room, &n)) return false;
    *out = (struct str){p, n};
    return true;
}

bool base64url_bytes(struct arena *arena, struct str text, struct str *out)
{
    size_t room = text.n / 4 * 3 + 3, n;
    char *p = arena_alloc(arena, room);
    if (!p || !base64url_decode(text, p, room, &n)) return false;
    *out = (struct str){p, n};
    return true;
}

size_t utf8_sequence(const char *at, size_t left)
{
    const uint8_t *p = (const uint8_t *)at;
    if (left == 0) return 0;
    uint8_t lead = p[0];
    if (lead < 0x80) return 1;
    if (lead < 0xC2 || lead > 0xF4) return 0;
    size_t n = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    if (left < n) return 0;
    uint8_t least = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    uint8_t most = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    if (p[1] < least || p[1] > most) return 0;
    for (size_t i = 2; i < n; i++) {
        if ((p[i] & 0xC0) != 0x80) return 0;
    }
    return n;
}

bool utf8_valid(struct str text)
{
    size_t i = 0;
    while (i < text.n) {
        uint64_t eight;
        if (text.n - i >= sizeof eight) {
            memcpy(&eight, text.p + i, sizeof eight);
            if (!(eight & 0x8080808080808080u)) {
                i += sizeof eight;
                continue;
            }
        }
        size_t n = utf8_sequence(text.p + i, text.n - i);
        if (n == 0) return false;
        i += n;
    }
    return true;
}
