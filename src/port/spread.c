// SPDX-License-Identifier: Apache-2.0
#include "port/spread.h"

#include <math.h>

#define STEPS 200

// The continued fraction of I_x(a, b) by Lentz's method.
static double beta_fraction(double a, double b, double x)
{
    const double tiny = 1e-300;
    double c = 1, d = 1 - (a + b) * x / (a + 1);
    d = 1 / (fabs(d) < tiny ? tiny : d);
    double h = d;
    for (int m = 1; m <= 10 * STEPS; m++) {
        double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
        d = 1 + even * d;
        c = 1 + even / c;
        d = 1 / (fabs(d) < tiny ? tiny : d);
        c = fabs(c) < tiny ? tiny : c;
        h *= d * c;
        double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
        d = 1 + odd * d;
        c = 1 + odd / c;
        d = 1 / (fabs(d) < tiny ? tiny : d);
        c = fabs(c) < tiny ? tiny : c;
        h *= d * c;
        if (fabs(d * c - 1) < 1e-15) break;
    }
    return h;
}

// lgamma writes a global; its re-entrant form does not.
static double log_gamma(double x)
{
    int sign;
    return lgamma_r(x, &sign);
}

double spread_beta(double a, double b, double x)
{
    if (x <= 0) return 0;
    if (x >= 1) return 1;
    double front = exp(log_gamma(a + b) - log_gamma(a) - log_gamma(b) + a * log(x) + b * log1p(-x));
    if (x < (a + 1) / (a + b + 2)) return front * beta_fraction(a, b, x) / a;
    return 1 - front * beta_fraction(b, a, 1 - x) / b;
}

// By halving: slow and plain, and never asked for in a loop that matters.
double spread_normal_quantile(double p)
{
    double low = -40, high = 40;
    for (int i = 0; i < STEPS; i++) {
        double middle = (low + high) / 2;
        if (0.5 * erfc(-middle * M_SQRT1_2) < p)
            low = middle;
        else
            high = middle;
    }
    return (low + high) / 2;
}

static double t_below(double t, double degrees)
{
    double tail = spread_beta(degrees / 2, 0.5, degrees / (degrees + t * t)) / 2;
    return t < 0 ? tail : 1 - tail;
}

double spread_t_quantile(double p, double degrees)
{
    double low = -1e6, high = 1e6;
    for (int i = 0; i < STEPS; i++) {
        double middle = (low + high) / 2;
        if (t_below(middle, degrees) < p)
            low = middle;
        else
            high = middle;
    }
    return (low + high) / 2;
}

// P(at most k of n) when each comes with probability q.
static double at_most(size_t k, size_t n, double q)
{
    return k >= n ? 1 : 1 - spread_beta((double)k + 1, (double)(n - k), q);
}

void spread_ranks(size_t n, double q, double level, size_t *low, size_t *high)
{
    double tail = (1 - level) / 2;
    size_t bottom = 0, top = n; // at_most grows with k: the first k whose probability is over the tail
    while (bottom < top) {
        size_t k = (bottom + top) / 2;
        if (at_most(k, n, q) > tail)
            top = k;
        else
            bottom = k + 1;
    }
    *low = bottom;
    for (bottom = 0, top = n; bottom < top;) {
        size_t k = (bottom + top) / 2;
        if (at_most(k, n, q) >= 1 - tail)
            top = k;
        else
            bottom = k + 1;
    }
    *high = bottom + 1;
}

static double share_where(size_t a, size_t b, double p)
{
    double low = 0, high = 1;
    for (int i = 0; i < STEPS; i++) {
        double middle = (low + high) / 2;
        if (spread_beta((double)a, (double)b, middle) < p)
            low = middle;
        else
            high = middle;
    }
    return (low + high) / 2;
}

void spread_share(size_t k, size_t n, double level, double *low, double *high)
{
    double tail = (1 - level) / 2;
    *low = k == 0 ? 0 : share_where(k, n - k + 1, tail);
    *high = k >= n ? 1 : share_where(k + 1, n - k, 1 - tail);
}
