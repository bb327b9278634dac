// SPDX-License-Identifier: Apache-2.0
// Visits: what was seen of one truck (or of a seal or trailer that nobody has put on a truck yet), in whatever order it
// came, as stays in the stages of a port: queue, booth, scanner, dock, exit.
//
// When a stay begins and ends follows from what saw it. A record or a reader tells the moment at which something
// entered a stage; a position tells only where it was then, so that between the last fix on one side of an edge and
// the first on the other the middle is taken, and `slack_ms` says how far apart they were. Over `gap_ms` apart nobody
// knows: the stay is cut where it was last seen, and what is known of it is that it was at least that long.
//
// - A clock ahead of the time at which its word came (by more than `ahead_ms`), or at or before 1970: left out,
// counted.
// - Sightings out of order are put in order; the same one twice counts once.
// - A fix that leaves a stage and comes back within `bounce_ms` never left (the scatter of fixes at an edge). What a
//   reader or a record says is never scatter.
// - Silence over `visit_gap_ms`, or another port: a new visit. So is anything after the exit.
#ifndef PORT_VISIT_H
#define PORT_VISIT_H

#include "base/arena.h"
#include "base/why.h"

#define STAGE_TABLE(X)                                                                                                 \
    X(STAGE_OUTSIDE, "outside")                                                                                        \
    X(STAGE_QUEUE, "queue")                                                                                            \
    X(STAGE_BOOTH, "booth")                                                                                            \
    X(STAGE_SCANNER, "scanner")                                                                                        \
    X(STAGE_DOCK, "dock")                                                                                              \
    X(STAGE_EXIT, "exit")                                                                                              \
    X(STAGE_ALL, "all") /* from the first stage to the exit: never of a sighting */

enum stage {
#define X(value, name) value,
    STAGE_TABLE(X)
#undef X
        STAGE_COUNT
};
const char *stage_name(enum stage stage);
bool stage_parse(struct str text, enum stage *out);

// What saw it.
enum seen_by { SEEN_BY_POSITION, SEEN_BY_READER, SEEN_BY_RECORD, SEEN_BY_COUNT };

struct sighting {
    int64_t at_ms, heard_ms; // as its source claims; as it came
    uint32_t port, lane;     // the caller's numbers; lane 0: not known
    enum stage stage;
    enum seen_by by;
};

enum stay_end {
    STAY_LEFT,  // it was seen to leave
    STAY_THERE, // the last word of it: whether it is there still is stay_ends' to say
    STAY_LOST   // it was there at to_ms, and when it left nobody knows
};

struct stay {
    uint32_t port, lane;
    enum stage stage;
    int64_t from_ms, to_ms;
    int64_t slack_ms;
    unsigned by;       // bits (1 << enum seen_by)
    bool start_unseen; // it was there already when it was first seen
    enum stay_end end;
};

struct visit_settings {
    int64_t ahead_ms, bounce_ms, gap_ms, visit_gap_ms;
    int64_t lost_ms; // without a fix for so long, it is not there any more as far as anybody knows
};
extern const struct visit_settings visit_defaults; // 2 min, 90 s, 15 min, 4 h, 20 min

struct visits {
    struct stay *stays; // by from_ms; each visit's STAGE_ALL stay before its others
    size_t count, visits;
    size_t faulty;  // sightings left out for their clock
    size_t returns; // stays in a stage that the visit had left before
};

// `sightings` is not changed. ERR_NO_MEMORY only.
enum err visits_of(struct arena *arena, const struct sighting *sightings, size_t count,
                   const struct visit_settings *settings, struct visits *out, struct why *why) MUST_USE;

// How long it was, as of `now_ms`, and whether that is only a least length (a censored one): it is there still, nobody
// saw it begin, or nobody saw it end. A truck that waits still counts with what it has waited.
void stay_length(const struct stay *stay, const struct visit_settings *settings, int64_t now_ms, int64_t *length_ms,
                 bool *at_least);

#endif
