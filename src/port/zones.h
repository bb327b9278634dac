// SPDX-License-Identifier: Apache-2.0
// Zones: the `zones` member of a `port` statement: [{"name","stage","polygon":[[longitude,latitude]…]}].
#ifndef PORT_ZONES_H
#define PORT_ZONES_H

#include "base/json.h"
#include "port/geofence.h"
#include "port/visit.h"

#define ZONES_MAX 64 // of one port
#define ZONE_NAME_MAX 40

struct zone {
    struct str name;
    enum stage stage;
    struct geofence_point *points;
    size_t count;
};

struct zones {
    struct zone *items;
    size_t count;
};

// Reads them and tries each polygon. ERR_MALFORMED, ERR_SENSELESS, ERR_TOO_LARGE with the place in why->member
// ("/zones/2/polygon"): geofence_add's reasons, an unknown stage, two zones of one name. NULL: no zones. Names point
// into the JSON.
enum err zones_read(struct arena *arena, const struct json *zones, struct zones *out, struct why *why) MUST_USE;

#endif
