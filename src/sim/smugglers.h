// SPDX-License-Identifier: Apache-2.0
// Smugglers who adapt: each midnight they look at what was inspected so far, and move that day's loads to trucks of the
// cell (score decile, six hours, density) with the least detection seen. The strongest watcher that we can think of:
// they see every truck's lane and know how well each inspection sees.
#ifndef SIM_SMUGGLERS_H
#define SIM_SMUGGLERS_H

#include "sim/tally.h"

// The day that begins at the truck `from` of the world and ends before `to`: sets offender and adapted of its visits.
void smugglers_move(struct port_model *port, const struct tally *tally, size_t from, size_t to, int day);

#endif
