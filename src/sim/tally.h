// SPDX-License-Identifier: Apache-2.0
// Tally: what a run counts while it goes, and the figures that come of it.
#ifndef SIM_TALLY_H
#define SIM_TALLY_H

#include "sim/port_model.h"

#define TALLY_FINE 8192   // bins of 1/16 min
#define TALLY_COARSE 7680 // then bins of 1 min
#define TALLY_BINS (TALLY_FINE + TALLY_COARSE)

struct tally_waits {
    uint64_t n;
    double sum_min, max_min;
    uint32_t bins[TALLY_BINS];
};

struct tally {
    struct tally_waits all, added, entry, scan, joint, scan_today;
    struct tally_waits service[LANE_SERVICES_MAX];
    struct {
        uint64_t seen;
        double found; // probabilities' sum
    } cells[WORLD_CELLS];
    double day_wait_min[SIM_DAYS_MAX];
    double day_up_m[SIM_DAYS_MAX];
    double adapting_found, delay_min;
};

void tally_wait(struct tally_waits *waits, double wait_min);
void tally_waits_clear(struct tally_waits *waits);
// The least wait that at least `part` of the waits do not exceed; 0 without any.
double tally_quantile(const struct tally_waits *waits, double part);
struct sim_wait tally_figures(const struct tally_waits *waits);

// After the run: what the counts come to. Counts that the engine keeps in `out` are there already.
void tally_finish(const struct tally *tally, const struct port_model *port, struct sim_result *out);

#endif
