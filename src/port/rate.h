// SPDX-License-Identifier: Apache-2.0
// Rates: shares, means and their comparison, each with its interval. All intervals hold at RATE_LEVEL.
//
//   A share        Wilson's score interval (Wilson 1927; Newcombe, Stat. Med. 17, 1998, 857-872, method 3). It never
//                  leaves 0 to 1, and says something of 0 in n.
//   A weighted one Hájek's ratio, the sum of the weights of the hits / the sum of the weights, with Wilson's interval
//   at
//                  an effective sample size: the lesser of Kish's, (sum w)² / sum w², and p (1 - p) / V, V being the
//                  ratio's variance by linearisation. With equal weights it is the share above, hardly wider.
//   A difference   Newcombe's (Stat. Med. 17, 1998, 873-890, method 10): the two Wilson intervals' arms in squares.
//   A ratio        the same idea for ratios (MOVER-R: Donner and Zou, Stat. Methods Med. Res. 21, 2012, 347-359).
//   A yield        the mean over all inspections, most of which find nothing: the share of hits times the mean of a
//                  hit; its interval is the delta method's, on the log, from both their variances.
//
// What has no sample has no rate: `known` is false, and its numbers are 0 and mean nothing.
#ifndef PORT_RATE_H
#define PORT_RATE_H

#include <stdbool.h>
#include <stddef.h>

#define RATE_LEVEL 0.95

struct rate {
    bool known;
    double n; // sample size; of a weighted one the effective size
    double share, low, high;
};
// `hits` of `n`, at most n.
struct rate rate_of(size_t hits, size_t n);

// Sums over a sample whose members count with weights: for those included by a known chance, its inverse.
struct rate_sums {
    size_t n, hits;
    double w, w2;         // of all: weights, their squares
    double hit_w, hit_w2; // of the hits
};
// A weight that is no positive number is passed over.
void rate_add(struct rate_sums *sums, double weight, bool hit);
struct rate rate_weighted(const struct rate_sums *sums);

struct rate_difference {
    bool known; // both samples are
    double value, low, high;
};
// a - b, of samples that have nobody in common.
struct rate_difference rate_difference(const struct rate *a, const struct rate *b);

struct rate_ratio {
    bool known;   // both samples are, and b has hits
    bool bounded; // `high` is a number; otherwise there is no upper end. `low` holds wherever both samples are known
    double value, low, high;
};
// a / b, of samples that have nobody in common.
struct rate_ratio rate_ratio(const struct rate *a, const struct rate *b);

// Amounts found over inspections: `hits` of `n` inspections found some of it, `sum` in all, `squares` of each
// inspection's amount summed.
struct rate_amounts {
    size_t hits;
    double sum, squares;
};
struct rate_mean {
    bool known;   // n > 0
    bool bounded; // two hits or more: from one nobody can tell how they vary
    double value, low, high;
};
struct rate_mean rate_yield(const struct rate_amounts *amounts, size_t n);

#endif
