// SPDX-License-Identifier: Apache-2.0
#include "sim/smugglers.h"

#include "sim/chance.h"

#define SEEN_MIN 30     // a cell of fewer trucks says nothing yet
#define STREAM 0x736d75 // of their own chance

static int least_detected(const struct tally *tally, const size_t counts[WORLD_CELLS], size_t loads)
{
    int best = -1;
    double least = 0;
    for (int i = 0; i < WORLD_CELLS; i++) {
        if (counts[i] < loads || tally->cells[i].seen < SEEN_MIN) continue;
        double found = tally->cells[i].found / (double)tally->cells[i].seen;
        if (best >= 0 && found >= least) continue;
        best = i;
        least = found;
    }
    return best;
}

void smugglers_move(struct port_model *port, const struct tally *tally, size_t from, size_t to, int day)
{
    size_t loads = 0, counts[WORLD_CELLS] = {0};
    const struct world_truck *trucks = port->world->trucks;
    struct chance chance = chance_of(port->world->seed, STREAM, (uint64_t)day);
    for (size_t i = from; i < to; i++) {
        port->visits[i].offender = trucks[i].offender;
        counts[trucks[i].cell] += !trucks[i].offender;
        loads += trucks[i].adapting;
    }
    int cell = least_detected(tally, counts, loads);
    if (loads == 0 || cell < 0) return;
    double left = (double)counts[cell], wanted = (double)loads;
    for (size_t i = from; i < to; i++) {
        struct visit *v = &port->visits[i];
        if (trucks[i].adapting) v->offender = false;
        if (trucks[i].cell != cell || trucks[i].offender) continue;
        // Each truck of the cell is as likely as the other, and just so many are taken.
        bool taken = chance_unit(&chance) * left < wanted;
        left--;
        if (!taken) continue;
        v->offender = v->adapted = true;
        wanted--;
    }
}
