// SPDX-License-Identifier: Apache-2.0
// World: all that happens to a port whatever it decides: who comes when, what they carry, when servers fail. Drawn once
// from settings and seed; several policies can then be run in the same world.
#ifndef SIM_WORLD_H
#define SIM_WORLD_H

#include "sim/sim.h"

#define WORLD_DECILES 10
#define WORLD_QUARTERS 4 // six hours each
#define WORLD_CELLS (WORLD_DECILES * WORLD_QUARTERS * LANE_DENSITIES)
#define WORLD_AFTER_MIN (14 * 1440.0) // the run goes on so long after the last arrival, at most, for queues to empty

struct world_truck {
    double at_min;    // since the run's start
    float risk, harm; // as scored; NaN: no score
    float true_risk, true_harm;
    float found, alarm; // its own chance: found by an inspection, a false alarm
    struct draw draw;
    uint32_t salt; // for its service times
    uint8_t density, floor, cell;
    bool trusted, filed_both, offender, adapting;
};

// One server's state from a moment on.
struct world_turn {
    double at_min;
    uint8_t service, server;
    bool up, upkeep;
};

struct world {
    const struct sim_settings *settings;
    struct world_truck *trucks; // by at_min
    size_t ntrucks;
    struct world_turn *turns; // by at_min; servers start up
    size_t nturns;
    double begin_min, end_min; // what counts: after the warm-up, up to the last day's end
    uint64_t seed;
};

// ERR_NO_MEMORY; the settings have been checked, and stay where they are.
enum err world_make(const struct sim_settings *settings, uint64_t seed, struct arena *arena, struct world *out,
                    struct why *why) MUST_USE;

// Day and hour of the week at a minute of the run; Monday is 0.
int world_weekday(const struct world *world, double at_min);
int world_hour(double at_min);

#endif
