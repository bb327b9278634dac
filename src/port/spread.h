// SPDX-License-Identifier: Apache-2.0
// Spread: how sure a figure from a sample is. Quantiles of the normal and of Student's t distribution, ranks between
// which a quantile lies whatever the distribution (order statistics), and the interval of a share (Clopper and
// Pearson).
#ifndef PORT_SPREAD_H
#define PORT_SPREAD_H

#include <stdbool.h>
#include <stddef.h>

// The regularised incomplete beta function I_x(a, b); a, b > 0, x from 0 to 1.
double spread_beta(double a, double b, double x);
// The value below which a share `p` (0 < p < 1) lies.
double spread_normal_quantile(double p);
double spread_t_quantile(double p, double degrees);

// Ranks (1 is the smallest of n) between which the quantile `q` lies with at least `level`. 0 for *low, n + 1 for
// *high: the sample is too small to bound it on that side.
void spread_ranks(size_t n, double q, double level, size_t *low, size_t *high);

// The interval of a share of which `k` of `n` were seen. n 0: 0 to 1.
void spread_share(size_t k, size_t n, double level, double *low, double *high);

#endif
