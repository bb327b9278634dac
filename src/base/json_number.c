// SPDX-License-Identifier: Apache-2.0
// ECMAScript's Number::toString (ECMA-262 6.1.6.1.20), which RFC 8785 3.2.2.3 makes the canonical text of a number.
#include "base/json.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

// A positive number as decimal digits d1 d2 … without trailing zeros, and its decimal point: 0.d1d2… * 10^point.
struct decimal {
    char digits[24];
    int n, point;
};

static size_t put_integer(uint64_t value, char *out)
{
    char digits[20];
    size_t n = sizeof digits;
    do digits[--n] = (char)('0' + value % 10);
    while (value /= 10);
    memcpy(out, digits + n, sizeof digits - n);
    return sizeof digits - n;
}

static void trim_zeros(struct decimal *d)
{
    while (d->n > 1 && d->digits[d->n - 1] == '0') d->n--;
}

// The quick way for what people write, such as 19.4326 or 0.002: the least k for which round(x * 10^k) / 10^k is x.
// With at most 15 digits only one decimal of that length reads back as x, and the division of two exact doubles rounds
// as the reader does, so the first k that fits is the shortest text.
static bool shortest_short(double x, struct decimal *out)
{
    static const double pow10[] = {1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                   1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
    if (x < 1e-3 || x >= 1e15) return false;
    for (int k = 1; k < 16; k++) {
        double scaled = nearbyint(x * pow10[k]);
        if (scaled >= 1e15) return false;
        if (scaled / pow10[k] != x) continue;
        out->n = (int)put_integer((uint64_t)scaled, out->digits);
        out->point = out->n - k;
        trim_zeros(out);
        return true;
    }
    return false;
}

static void decimal_read(const char *scientific, int precision, struct decimal *out)
{
    out->digits[0] = scientific[0];
    if (precision > 1) memcpy(out->digits + 1, scientific + 2, (size_t)precision - 1);
    out->n = precision;
    out->point = atoi(strchr(scientific, 'e') + 1) + 1;
}

static bool decimal_is(const struct decimal *d, double x)
{
    char text[48];
    snprintf(text, sizeof text, "0.%.*se%d", d->n, d->digits, d->point);
    return strtod(text, NULL) == x;
}

// The next decimal of the same length upwards. False when the digits are all nines: the shorter text was tried before.
static bool decimal_step(struct decimal *d)
{
    int i = d->n - 1;
    while (i >= 0 && d->digits[i] == '9') d->digits[i--] = '0';
    if (i < 0) return false;
    d->digits[i]++;
    return true;
}

// The fewest digits that read back as x. Below a power of two the doubles are twice as dense, so there the nearest
// decimal can miss x while the one above it hits: both are tried.
static void shortest(double x, struct decimal *out)
{
    int exponent;
    bool power_of_two = frexp(x, &exponent) == 0.5;
    for (int precision = x < DBL_MIN ? 1 : DBL_DIG; precision <= DBL_DECIMAL_DIG; precision++) {
        char text[40];
        snprintf(text, sizeof text, "%.*e", precision - 1, x);
        decimal_read(text, precision, out);
        if (decimal_is(out, x)) break;
        if (power_of_two && decimal_step(out) && decimal_is(out, x)) break;
    }
    trim_zeros(out);
}

// ECMA-262's layout of k digits with the point at n.
static size_t lay_out(const struct decimal *d, char *out)
{
    size_t k = (size_t)d->n;
    int n = d->point;
    if (d->n <= n && n <= 21) {
        memcpy(out, d->digits, k);
        memset(out + k, '0', (size_t)n - k);
        return (size_t)n;
    }
    if (0 < n && n <= 21) {
        memcpy(out, d->digits, (size_t)n);
        out[n] = '.';
        memcpy(out + n + 1, d->digits + n, k - (size_t)n);
        return k + 1;
    }
    if (-6 < n && n <= 0) {
        memcpy(out, "0.000000", 8);
        memcpy(out + 2 - n, d->digits, k);
        return 2 + (size_t)-n + k;
    }
    size_t at = 0;
    out[at++] = d->digits[0];
    if (k > 1) {
        out[at++] = '.';
        memcpy(out + at, d->digits + 1, k - 1);
        at += k - 1;
    }
    int e = n - 1;
    out[at++] = 'e';
    out[at++] = e < 0 ? '-' : '+';
    return at + put_integer((uint64_t)abs(e), out + at);
}

size_t json_number_text(double number, char out[32])
{
    if (!isfinite(number)) {
        out[0] = 0;
        return 0;
    }
    size_t sign = number < 0;
    double x = fabs(number);
    if (sign) out[0] = '-';
    size_t n;
    if (x < 0x1p53 && x == (double)(uint64_t)x) {
        n = sign + put_integer((uint64_t)x, out + sign);
    } else {
        struct decimal d;
        if (!shortest_short(x, &d)) shortest(x, &d);
        n = sign + lay_out(&d, out + sign);
    }
    out[n] = 0;
    return n;
}
