// SPDX-License-Identifier: Apache-2.0
// Engine: runs a policy in a world. sim_run makes a world and runs it; who compares policies makes the world once.
#ifndef SIM_ENGINE_H
#define SIM_ENGINE_H

#include "sim/world.h"

// `world->settings` have been checked; they may differ from those the world was drawn from in policy, price and the
// settings of the choice, not in services or trucks.
enum err engine_run(const struct world *world, struct arena *arena, struct sim_result *out, struct why *why) MUST_USE;

#endif
