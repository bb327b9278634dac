// SPDX-License-Identifier: Apache-2.0
// Chance: the simulator's own generator, deterministic by seed on every machine (SplitMix64; Steele, Lea and Flood,
// 2014). Streams of different labels are independent for all that a simulation can tell. Not for secrets.
#ifndef SIM_CHANCE_H
#define SIM_CHANCE_H

#include <stdint.h>

struct chance {
    uint64_t state;
};

// The stream of one thing (a truck, a server) under a seed.
struct chance chance_of(uint64_t seed, uint64_t what, uint64_t which);

uint64_t chance_bits(struct chance *chance);
double chance_unit(struct chance *chance);        // (0, 1)
double chance_normal(struct chance *chance);      // mean 0, sd 1
double chance_exponential(struct chance *chance); // mean 1
// Mean 1 and this coefficient of variation: a gamma variate; 1 for a variation of 0.
double chance_gamma(struct chance *chance, double variation);

#endif
