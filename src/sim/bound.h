// SPDX-License-Identifier: Apache-2.0
// Bound: what no policy can find more of. A fluid port: trucks can be split, queues have no order, arrivals and outages
// are known from the start; only the risk is known no better than to everybody. Expected harm found is maximised under
// the servers' time in each half hour and a mean wait over all trucks. The figure is the value of the Lagrangian dual,
// which is an upper bound at any prices (weak duality); the prices are only sought well, not to the optimum.
//
// Still looser than any real port: alarms take no docks' time, services broken off by an outage cost nothing, and a
// truck's work in a half hour is taken to have begun as early as it can.
#ifndef SIM_BOUND_H
#define SIM_BOUND_H

#include "sim/world.h"

struct bound {
    double found_share; // at most this share of the expected harm can be found
    double wait_price;  // harm a truck-minute at which it holds
};

// For ports whose scan and joint services the trucks choose among freely: general kinds, without transfer; others are
// left out, which would make the bound wrong: ERR_UNSUPPORTED where the settings have any. ERR_NO_MEMORY.
enum err bound_find(const struct world *world, double wait_min, int rounds, struct arena *arena, struct bound *out,
                    struct why *why) MUST_USE;

#endif
