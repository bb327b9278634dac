// SPDX-License-Identifier: Apache-2.0
// Geofence: the zones of ports as polygons (WGS 84, longitude first), prepared once, and which of them a position lies
// in. Most positions lie in none: boxes turn them away without asking the library. One geofence serves one thread.
//
// The folder port/: what the port's state means, computed from memory alone: zones, visits, waits, forecasts,
// availability. Pure functions; it may not know a store, a socket, a clock or a statement's kind.
#ifndef PORT_GEOFENCE_H
#define PORT_GEOFENCE_H

#include "base/bytes.h"
#include "base/why.h"

#define GEOFENCE_ZONES_MAX 4096
#define GEOFENCE_VERTICES_MAX 1000 // of one polygon

struct geofence_point {
    double lon, lat;
};

struct geofence;

enum err geofence_new(struct geofence **out, struct why *why) MUST_USE;
void geofence_free(struct geofence *fence);

// Adds a zone under a number of the caller's. The ring may be closed (the last point is the first again) or not; either
// sense of turning. ERR_MALFORMED: a coordinate that is no number or out of range. ERR_SENSELESS: fewer than three
// different points, no area, edges that cross or touch each other, wider than half the globe (a zone across the 180th
// meridian is two zones). ERR_TOO_LARGE: too many vertices or zones. why->text says which.
enum err geofence_add(struct geofence *fence, const struct geofence_point *points, size_t count, uint32_t number,
                      struct why *why) MUST_USE;

// The numbers of the zones that hold the position, their edges included, in the order in which they were added; at most
// `room`. Positions that are none (NaN, out of range) lie in no zone.
size_t geofence_find(struct geofence *fence, double lon, double lat, uint32_t *numbers, size_t room);

#endif
