// SPDX-License-Identifier: Apache-2.0
// Known: what the door of seals remembers of each device over its connections: the last packets, by which repeats are
// told, and which connection is its own. A table of fixed size: the device that was silent longest is forgotten, those
// that nobody registered first. One thread's.
#ifndef SERVE_KNOWN_H
#define SERVE_KNOWN_H

#include "formats/device_frame.h"

struct peer;

struct known {
    struct device_session session;
    struct peer *peer;  // its connection; NULL: none now
    unsigned in_flight; // packets that commit has
    bool registered;
    struct known *older, *newer; // by last use
    struct known *chain;         // same slot
};

struct knowns;

// Room for `most` devices. NULL without memory.
struct knowns *knowns_new(size_t most);
void knowns_free(struct knowns *knowns);
// The device, made if it is new; NULL when all that are remembered have a connection or packets in flight.
struct known *known_find(struct knowns *knowns, enum device_protocol protocol, const char *device, bool registered);
// Takes a packet out of the memory again: it did not reach the disk, and must not be taken for a repeat.
void known_forget(struct known *known, int64_t at_ms, uint32_t serial);

#endif
