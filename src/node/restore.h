// SPDX-License-Identifier: Apache-2.0
// Restore: a node that was restored from a backup may hold less than what its witnesses countersigned. It must not
// write on from there, or its log would fork. So before anything is written each witness is asked.
#ifndef NODE_RESTORE_H
#define NODE_RESTORE_H

#include "node/config.h"
#include "views/views.h"

// Asks every partner that has an address, by C2SP tlog-witness with our own checkpoint. ERR_CONFLICT when one has
// countersigned more than we hold, or something else. A witness that does not answer is told of and left out: a node
// must start with its uplink cut.
enum err restore_check(const struct config *config, struct views *views, struct why *why) MUST_USE;

#endif
