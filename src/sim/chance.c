// SPDX-License-Identifier: Apache-2.0
#include "sim/chance.h"

#include <math.h>

#define GOLDEN 0x9e3779b97f4a7c15u

static uint64_t mix(uint64_t z)
{
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

struct chance chance_of(uint64_t seed, uint64_t what, uint64_t which)
{
    return (struct chance){mix(mix(mix(seed + GOLDEN) + what * GOLDEN) + which * GOLDEN)};
}

uint64_t chance_bits(struct chance *chance)
{
    return mix(chance->state += GOLDEN);
}

double chance_unit(struct chance *chance)
{
    return ((double)(chance_bits(chance) >> 12) + 0.5) * 0x1p-52;
}

double chance_normal(struct chance *chance)
{
    // Box and Muller's; the second of the pair is let go, so that each call takes two numbers of the stream.
    double radius = sqrt(-2 * log(chance_unit(chance)));
    return radius * cos(6.283185307179586 * chance_unit(chance));
}

double chance_exponential(struct chance *chance)
{
    return -log(chance_unit(chance));
}

// Marsaglia and Tsang, 2000, for shapes of 1 and more; below by their boost.
double chance_gamma(struct chance *chance, double variation)
{
    if (!(variation > 0)) return 1;
    double shape = 1 / (variation * variation), boost = 1;
    if (shape < 1) {
        boost = pow(chance_unit(chance), 1 / shape);
        shape += 1;
    }
    double d = shape - 1.0 / 3, c = 1 / sqrt(9 * d);
    for (int i = 0; i < 1000; i++) {
        double x = chance_normal(chance), v = 1 + c * x;
        if (v <= 0) continue;
        v = v * v * v;
        if (log(chance_unit(chance)) >= x * x / 2 + d - d * v + d * log(v)) continue;
        return boost * d * v * variation * variation;
    }
    return 1; // one in 10^1000: no loop without an end
}
