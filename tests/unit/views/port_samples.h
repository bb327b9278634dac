// SPDX-License-Identifier: Apache-2.0
// A port with its zones, and trucks that drive through them, for tests of ports and waits.
//
// The zones stand side by side from west to east, 0.01 degrees each, at latitude 27.5: queue A from -99.50, booth 1,
// the scanner, the exit. A place is given in hundredths of a degree east of -99.50: 0.5 is in the queue, -1 before it.
#ifndef TESTS_UNIT_VIEWS_PORT_SAMPLES_H
#define TESTS_UNIT_VIEWS_PORT_SAMPLES_H

#include "world.h"

#define ZONE(name, stage, west, east)                                                                                  \
    "{\"name\":\"" name "\",\"stage\":\"" stage "\",\"polygon\":[[" west ",27.49],[" east ",27.49],[" east             \
    ",27.51],[" west ",27.51]]}"
#define ZONES                                                                                                          \
    "[" ZONE("queue A", "queue", "-99.50", "-99.49") "," ZONE("booth 1", "booth", "-99.49", "-99.48") "," ZONE(        \
        "portal", "scanner", "-99.48", "-99.47") "," ZONE("way out", "exit", "-99.47", "-99.46") "]"
#define PORT_BODY                                                                                                      \
    "{\"port\":{\"code\":\"2304\",\"name\":\"Laredo\",\"country\":\"US\",\"timezone\":\"America/Chicago\"},"           \
    "\"targets\":{\"wait_min\":30,\"wait_p95_min\":60,\"scanned_pct\":40,\"available_pct\":90},\"zones\":" ZONES "}"

static inline struct id the_port(struct world *w)
{
    struct id port = world_subject(w, "port", "us.schedule-d", "2304");
    SAY(w, .kind = "port", .body = PORT_BODY, RE(port));
    return port;
}

static inline const char *clock_text(struct world *w, const char *time)
{
    return arena_printf(&w->arena, "2026-03-01T%sZ", time).p;
}

// The statement's commit time is an hour after its own, unless that would not be later than the one before.
static inline void heard_after(struct world *w, const char *at)
{
    int64_t us = (time_of(at) + 3600000) * 1000;
    if (us > w->in_us) w->in_us = us;
}

static inline void fix(struct world *w, struct id thing, const char *time, double place)
{
    const char *at = clock_text(w, time);
    heard_after(w, at);
    SAY(w, .kind = "custody.position", .at = at,
        .body = arena_printf(&w->arena, "{\"position\":{\"lat\":27.5,\"lon\":%.6f,\"fix\":\"gnss\",\"time\":\"%s\"}}",
                             -99.5 + place / 100, at)
                    .p,
        RE(thing));
}

static inline void arrive(struct world *w, struct id crossing, const char *time)
{
    const char *at = clock_text(w, time);
    heard_after(w, at);
    SAY(w, .kind = "crossing.arrival", .at = at,
        .body = arena_printf(&w->arena, "{\"arrival\":{\"port\":\"2304\",\"booth\":\"1\",\"time\":\"%s\"}}", at).p,
        RE(crossing));
}

static inline void release(struct world *w, struct id crossing, const char *time)
{
    const char *at = clock_text(w, time);
    heard_after(w, at);
    SAY(w, .kind = "crossing.release", .at = at,
        .body = arena_printf(&w->arena, "{\"release\":{\"port\":\"2304\",\"time\":\"%s\"}}", at).p, RE(crossing));
}

// A crossing to the port with its tractor.
static inline struct id a_crossing(struct world *w, struct id tractor, const char *time)
{
    struct id crossing = random_id();
    SAY(w, .kind = "subject", .body = "{\"noun\":\"crossing\",\"ids\":[]}", RE(crossing));
    SAY(w, .kind = "crossing", .at = clock_text(w, time),
        .body = "{\"crossing\":{\"port\":\"2304\",\"direction\":\"northbound\"}}", RE(crossing, tractor));
    return crossing;
}

static inline struct id a_tractor(struct world *w, const char *plate)
{
    return world_subject(w, "conveyance", "plate", plate);
}

#endif
