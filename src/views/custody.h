// SPDX-License-Identifier: Apache-2.0
// Custody: what became of each seal from the moment it went on: openings, refused attempts, tampering, replacements,
// silence and impossible jumps. Device time throughout (a lock may deliver hours late what it stored in a blind zone);
// a point that comes late fills the gap it belongs to.
#ifndef VIEWS_CUSTODY_H
#define VIEWS_CUSTODY_H

#include "views/views.h"

#define CUSTODY_EVENTS_MAX 256
#define CUSTODY_POINTS_MAX 50000
#define CUSTODY_EXPLANATIONS_MAX 16
// Positions closer than this are no jump, whatever the clock says: the scatter of a fix in a canyon of warehouses.
#define CUSTODY_JUMP_MIN_M 2000.0

struct custody_event {
    int64_t at_ms, pos;
    struct str type, who, how;
    bool recorded; // a replacement with a complete inspection and its photo: it needs no explanation
    // Statements that explain it: the newest of each who gives one, our own first. Whose counts is the caller's to say.
    int64_t explanations[CUSTODY_EXPLANATIONS_MAX];
    size_t nexplanations;
};

struct custody {
    struct id seal;
    struct str grade;
    struct str state; // "on", "open", "off", "replaced" at that time; {NULL,0}: nothing says
    int64_t state_ms;
    bool electronic;
    int64_t on_ms, on_pos;        // when it went on last; 0: never on the record
    int64_t last_ms, last_pos;    // newest word from it
    double lat, lon;              // newest fix
    int64_t fix_ms;               // 0: none
    struct custody_event *events; // since it went on, oldest first
    size_t nevents;
    int64_t silence_ms, silence_pos; // longest silence, and the statement that ended it (or the last one before it)
    double jump_kmh;
    int64_t jump_pos;
};

// The state of a seal from seal-on to `until_ms` (arrival, or now). `open_ended`: the time from its newest word to
// `until_ms` counts as silence too.
enum err custody_get(struct views *views, struct arena *arena, const struct id *seal, int64_t until_ms, bool open_ended,
                     struct custody *out, bool *found, struct why *why) MUST_USE;
// The seal came off before this crossing began: it belongs to an earlier journey of the trailer.
bool custody_past(const struct custody *custody, int64_t crossing_first_ms);

enum err custody_apply(struct views *, struct arena *, const struct applied *, struct touched *, struct why *) MUST_USE;
enum err custody_apply_explain(struct views *, struct arena *, const struct applied *, struct touched *,
                               struct why *) MUST_USE;
extern const char custody_schema[];
extern const char *const custody_moves[];

#endif
