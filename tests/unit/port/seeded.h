// SPDX-License-Identifier: Apache-2.0
// Random numbers that are the same on every machine, for tests with known answers (splitmix64).
#ifndef TESTS_UNIT_PORT_SEEDED_H
#define TESTS_UNIT_PORT_SEEDED_H

#include <math.h>
#include <stdint.h>

static inline uint64_t seeded_next(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

// From 0 to 1, neither of them.
static inline double seeded_unit(uint64_t *state)
{
    return ((double)(seeded_next(state) >> 11) + 0.5) / 9007199254740992.0;
}

static inline double seeded_exponential(uint64_t *state, double mean)
{
    return -mean * log(seeded_unit(state));
}

static inline double seeded_normal(uint64_t *state)
{
    double u = seeded_unit(state), v = seeded_unit(state);
    return sqrt(-2 * log(u)) * cos(6.283185307179586 * v);
}

#endif
