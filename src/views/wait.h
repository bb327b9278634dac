// SPDX-License-Identifier: Apache-2.0
// Waits: what was seen at the ports of each truck (positions in zones, readers, arrivals, scans and releases on
// record), and the stays that follow from it (port/visit.h). What belongs to one open crossing is that crossing's; what
// was seen of a seal before anything said whose it is joins it when that is said.
//
// Stays are made anew from all sightings of a visit each time one more comes, so that their order does not matter; a
// position outside of every zone, of something that was not in one, costs no SQL.
#ifndef VIEWS_WAIT_H
#define VIEWS_WAIT_H

#include "port/wait.h"
#include "views/port.h"

#define WAIT_SIGHTINGS_MAX 1200 // of one visit; fixes in one place are thinned to one in five minutes
#define WAIT_STAYS_MAX 200000   // of one question

// Stays that began in from_ms <= t < to_ms at a port, by beginning; `lanes` names their lane numbers (1 is lanes[0]).
// Over WAIT_STAYS_MAX the newest, and *cut says so.
struct wait_stays {
    struct stay *stays;
    size_t count;
    struct str *lanes;
    size_t nlanes;
    bool cut;
};
enum err wait_stays(struct views *views, struct arena *arena, struct str port, int64_t from_ms, int64_t to_ms,
                    struct wait_stays *out, struct why *why) MUST_USE;

// Hourly mean waits of a stage: minutes[i] is the hour that begins at from_ms + i hours, NaN where no stay that began
// in it has ended. `count` hours from `from_ms` (a whole hour).
enum err wait_hours(struct views *views, struct str port, enum stage stage, int64_t from_ms, size_t count,
                    double *minutes, struct why *why) MUST_USE;

// Crossings that arrived at the port from from_ms to to_ms, how many of them were released since, how many were
// scanned, and of how many a stay in `stage` is known, for each stage.
struct wait_arrivals {
    size_t arrived, released, scanned;
    size_t measured[STAGE_COUNT];
};
enum err wait_arrivals(struct views *views, struct str port, int64_t from_ms, int64_t to_ms, struct wait_arrivals *out,
                       struct why *why) MUST_USE;

enum err wait_apply_position(struct views *, struct arena *, const struct applied *, struct touched *,
                             struct why *) MUST_USE;
enum err wait_apply_sighting(struct views *, struct arena *, const struct applied *, struct touched *,
                             struct why *) MUST_USE;
enum err wait_apply_arrival(struct views *, struct arena *, const struct applied *, struct touched *,
                            struct why *) MUST_USE;
enum err wait_apply_release(struct views *, struct arena *, const struct applied *, struct touched *,
                            struct why *) MUST_USE;
enum err wait_apply_scan(struct views *, struct arena *, const struct applied *, struct touched *,
                         struct why *) MUST_USE;

extern const char wait_schema[];
extern const char *const wait_moves[];

#endif
