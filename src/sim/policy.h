// SPDX-License-Identifier: Apache-2.0
// Policies that the lane policy is judged against. They stand for what ports and other systems do: inspect a random
// share; inspect the riskiest n %, whatever the queue; the same, and wave trucks on when the queue is long. They get
// the same scores, know the run's own distribution of them (so that their shares come out exactly), and obey floors.
#ifndef SIM_POLICY_H
#define SIM_POLICY_H

#include "sim/port_model.h"

struct judge {
    struct sim_policy policy;
    int green, scan, joint;                 // services; -1: the port has none
    double scan_threshold, joint_threshold; // of the scores
};

// Thresholds from a sample of the world's trucks. Errors: ERR_SENSELESS (a port without scan or joint service),
// ERR_NO_MEMORY.
enum err judge_make(const struct world *world, struct arena *arena, struct judge *out, struct why *why) MUST_USE;
// The service it sends the truck to.
int judge_choose(const struct judge *judge, const struct port_model *port, const struct world_truck *truck);

#endif
