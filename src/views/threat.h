// SPDX-License-Identifier: Apache-2.0
// Threats: reports, what they name, and whether somebody entitled to it has confirmed or cleared them.
#ifndef VIEWS_THREAT_H
#define VIEWS_THREAT_H

#include "views/views.h"

#define THREAT_NAMES_MAX 512

struct threat_name {
    struct str what, value, version;
};

struct threat {
    struct id id;
    uint32_t origin;
    int64_t pos;
    struct str number, type, title, reporter; // number: the STIX id
    struct str state; // "reported", "confirmed", "cleared": as this node's own newest statement says
    enum lane floor;  // how far a confirmation goes
    int64_t from_us, to_us;
    struct threat_name *names;
    size_t nnames;
};

enum err threat_get(struct views *views, struct arena *arena, const struct id *id, struct threat *out, bool *found,
                    struct why *why) MUST_USE;
enum err threat_list(struct views *views, struct arena *arena, size_t limit, struct id **out, size_t *count,
                     struct why *why) MUST_USE;
// Threats that name this, newest first: for matching a channel that appears after the report.
enum err threat_naming(struct views *views, struct arena *arena, struct str what, struct str value, struct id **out,
                       size_t *count, struct why *why) MUST_USE;

enum err threat_apply(struct views *, struct arena *, const struct applied *, struct touched *, struct why *) MUST_USE;
enum err threat_apply_state(struct views *, struct arena *, const struct applied *, struct touched *,
                            struct why *) MUST_USE;
extern const char threat_schema[];
extern const char *const threat_moves[];

#endif
