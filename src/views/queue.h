// SPDX-License-Identifier: Apache-2.0
// Queues: who stands at a port now, by the service that its decision sent it to, and how long those stayed that have
// left. Queries over crossings and decisions; no table of its own.
#ifndef VIEWS_QUEUE_H
#define VIEWS_QUEUE_H

#include "views/views.h"

#define QUEUE_SERVICES_MAX 32
// A truck that nobody released within a day has left some other way.
#define QUEUE_STAY_US ((int64_t)24 * 3600 * 1000000)

struct queue_length {
    struct str service;
    size_t trucks; // sent there and not yet released
    size_t ahead;  // of them, those that arrived before the one in question
};
// At `port` at `now_us`, without `except`, which arrived at `arrived_in` (0: it counts as last).
enum err queue_lengths(struct views *views, struct arena *arena, struct str port, const struct id *except,
                       int64_t arrived_in, int64_t now_us, struct queue_length **out, size_t *count,
                       struct why *why) MUST_USE;

struct queue_stay {
    struct str service; // {NULL,0}: of those without one
    double trucks;
    double minutes; // their stays' sum, from arrival to release
};
// Of those released after `from_us` and up to `to_us` (commit times).
enum err queue_stays(struct views *views, struct arena *arena, struct str port, int64_t from_us, int64_t to_us,
                     struct queue_stay **out, size_t *count, struct why *why) MUST_USE;

// All that stand at the port: their decisions may change when its state does.
enum err queue_touch(struct views *views, struct str port, int64_t now_us, struct touched *touched,
                     struct why *why) MUST_USE;

#endif
