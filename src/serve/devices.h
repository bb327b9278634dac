// SPDX-License-Identifier: Apache-2.0
// Devices: the TCP door of seals and trackers. One thread, one event loop. A packet is answered when it is on disk,
// answers go out in the order of their packets. What no format reads is kept as evidence and costs the connection
// nothing, unless nothing on it makes sense any more.
#ifndef SERVE_DEVICES_H
#define SERVE_DEVICES_H

#include "base/why.h"

#include <stdint.h>

struct devices;
struct serve;

// Binds and serves, on settings.devices_address. Errors as serve_start.
enum err devices_start(struct serve *serve, struct devices **out, struct why *why) MUST_USE;
// Reads no more, waits for what commit holds, sends those answers, closes. NULL is fine.
void devices_stop(struct devices *devices);
uint16_t devices_port(const struct devices *devices);
// Connections open now; 0 for NULL.
unsigned devices_open(struct devices *devices);

#endif
