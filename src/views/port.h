// SPDX-License-Identifier: Apache-2.0
// Ports: what was stated of each (names, time zone, targets, zones), which of its machines stand where and work, and
// what happened on its crossings. Zones are held in memory by the one who writes, so that a position outside of all of
// them costs no SQL.
#ifndef VIEWS_PORT_H
#define VIEWS_PORT_H

#include "port/visit.h"
#include "views/views.h"

#define PORT_CODE_MAX 16

// A negative target: none.
struct port {
    struct id id;
    int64_t pos;
    struct str code, name, country, timezone;
    double wait_min, wait_p95_min, scanned_pct, available_pct;
    struct str zones; // JSON, as stated
};

// By code; *found false when there is none.
enum err port_get(struct views *views, struct arena *arena, struct str code, struct port *out, bool *found,
                  struct why *why) MUST_USE;
enum err port_list(struct views *views, struct arena *arena, size_t limit, struct port **out, size_t *count,
                   struct why *why) MUST_USE;

// Where a position lies: the last of the zones that hold it (booths stand in the queue's zone). false: in none, and
// what that costs is a comparison or two. Texts last until the next `port` statement.
enum err port_locate(struct views *views, double lon, double lat, bool *inside, struct str *port, struct str *zone,
                     enum stage *stage, struct why *why) MUST_USE;
// The stage of a place that a reader names: a zone of that port; otherwise what the machine itself is.
enum err port_place(struct views *views, struct arena *arena, const struct id *machine, struct str place,
                    struct str *port, enum stage *stage, bool *found, struct why *why) MUST_USE;

// Subjects that were in a zone when they were last heard of: a filter that may say yes wrongly, never no,
// by any of their ids.
enum err port_may_be_inside(struct views *views, const struct id *subject, bool *maybe, struct why *why) MUST_USE;
enum err port_note_inside(struct views *views, const struct id *subject, struct why *why) MUST_USE;

// Machines of one type at a port, as of now. `unknown`: nothing was ever said of their state, or not for now.
struct port_machines {
    size_t total, up, unknown;
};
enum err port_machines(struct views *views, struct str port, struct str type, int64_t now_ms, struct port_machines *out,
                       struct why *why) MUST_USE;

// What happened on crossings of the port from `from_ms` on.
struct port_incidents {
    size_t openings, tampers, discrepancies, contraband;
};
enum err port_incidents(struct views *views, struct str port, int64_t from_ms, int64_t to_ms,
                        struct port_incidents *out, struct why *why) MUST_USE;

enum err port_apply(struct views *, struct arena *, const struct applied *, struct touched *, struct why *) MUST_USE;
enum err port_apply_machine(struct views *, struct arena *, const struct applied *, struct touched *,
                            struct why *) MUST_USE;
enum err port_apply_machine_state(struct views *, struct arena *, const struct applied *, struct touched *,
                                  struct why *) MUST_USE;
enum err port_apply_finding(struct views *, struct arena *, const struct applied *, struct touched *,
                            struct why *) MUST_USE;
enum err port_apply_seal(struct views *, struct arena *, const struct applied *, struct touched *,
                         struct why *) MUST_USE;

extern const char port_schema[];
extern const char *const port_moves[];

// What a handle holds in memory of zones and of who is inside; NULL is fine everywhere. What it holds is made anew once
// it is stale: after a roll-back, when all views were emptied, when a subject that it knows got another name.
struct port_memory;
void port_memory_free(struct port_memory *memory);
void port_memory_stale(struct port_memory *memory);
void port_memory_merged(struct port_memory *memory, const struct id *from, const struct id *to);

#endif
