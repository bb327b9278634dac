// SPDX-License-Identifier: Apache-2.0
#include "port/rate.h"

#include <math.h>

// The standard normal's quantile at (1 + RATE_LEVEL) / 2.
#define Z 1.959963984540054

static struct rate wilson(double share, double n)
{
    double z2 = Z * Z, middle = (share + z2 / (2 * n)) / (1 + z2 / n);
    double arm = Z / (1 + z2 / n) * sqrt(share * (1 - share) / n + z2 / (4 * n * n));
    // At the ends the formula gives 0 and 1, but for what rounding does to it.
    return (struct rate){.known = true,
                         .n = n,
                         .share = share,
                         .low = share <= 0 ? 0 : fmax(0, middle - arm),
                         .high = share >= 1 ? 1 : fmin(1, middle + arm)};
}

struct rate rate_of(size_t hits, size_t n)
{
    if (n == 0) return (struct rate){.known = false};
    return wilson((double)hits / (double)n, (double)n);
}

void rate_add(struct rate_sums *sums, double weight, bool hit)
{
    if (!(weight > 0) || !isfinite(weight)) return;
    sums->n++;
    sums->w += weight;
    sums->w2 += weight * weight;
    if (!hit) return;
    sums->hits++;
    sums->hit_w += weight;
    sums->hit_w2 += weight * weight;
}

struct rate rate_weighted(const struct rate_sums *s)
{
    if (s->n == 0) return (struct rate){.known = false};
    double share = s->hits == s->n ? 1 : fmin(1, s->hit_w / s->w), size = s->w * s->w / s->w2;
    // The sum of w² (y - share)², y being 1 for hits.
    double residuals = s->hit_w2 * (1 - 2 * share) + share * share * s->w2;
    double variance = residuals / (s->w * s->w);
    if (share > 0 && share < 1 && variance > 0) size = fmin(size, share * (1 - share) / variance);
    return wilson(share, size);
}

struct rate_difference rate_difference(const struct rate *a, const struct rate *b)
{
    if (!a->known || !b->known) return (struct rate_difference){.known = false};
    double value = a->share - b->share;
    return (struct rate_difference){.known = true,
                                    .value = value,
                                    .low = value - hypot(a->share - a->low, b->high - b->share),
                                    .high = value + hypot(a->high - a->share, b->share - b->low)};
}

// One end of MOVER-R: `side` -1 is the lower one, from a's near limit and b's far one.
static double ratio_end(double a, double b, double a_limit, double b_limit, double side)
{
    double product = a * b;
    double under = product * product - a_limit * b_limit * (2 * a - a_limit) * (2 * b - b_limit);
    return (product + side * sqrt(fmax(0, under))) / (b_limit * (2 * b - b_limit));
}

struct rate_ratio rate_ratio(const struct rate *a, const struct rate *b)
{
    if (!a->known || !b->known) return (struct rate_ratio){.known = false};
    struct rate_ratio r = {.known = b->share > 0, .bounded = b->low > 0};
    if (r.known) r.value = a->share / b->share;
    // Where b's upper limit is twice its share, both sides of the fraction are 0; its limit is this.
    double far = b->high * (2 * b->share - b->high);
    if (fabs(far) > 1e-12 * b->high)
        r.low = ratio_end(a->share, b->share, a->low, b->high, -1);
    else
        r.low = a->share > 0 ? a->low * (2 * a->share - a->low) / (2 * a->share * b->share) : 0;
    r.low = fmax(0, r.low);
    if (r.bounded) r.high = ratio_end(a->share, b->share, a->high, b->low, 1);
    return r;
}

struct rate_mean rate_yield(const struct rate_amounts *amounts, size_t n)
{
    if (n == 0) return (struct rate_mean){.known = false};
    struct rate_mean m = {.known = true, .value = amounts->sum / (double)n};
    double hits = (double)amounts->hits, mean = amounts->hits ? amounts->sum / hits : 0;
    if (amounts->hits < 2 || !(mean > 0)) return m;
    double variance = fmax(0, (amounts->squares - hits * mean * mean) / (hits - 1));
    double arm = Z * sqrt(variance / (hits * mean * mean) + (1 - hits / (double)n) / hits);
    m.bounded = true;
    m.low = m.value * exp(-arm);
    m.high = m.value * exp(arm);
    return m;
}
