// SPDX-License-Identifier: Apache-2.0
// The availability report that an inspector general would ask for: what each machine was asked to do, did, and did not
// do; every interruption with its reason; what is not known. As HTML that needs nothing beside itself (light and dark,
// fit for printing), as CSV (one row a machine, one an interruption) and as JSON.
//
// Whatever came from outside is escaped: HTML text, and in CSV what a spreadsheet would take for a formula.
#ifndef PORT_AVAILABILITY_REPORT_H
#define PORT_AVAILABILITY_REPORT_H

#include "port/availability.h"

// What was read to make it, where that is known (the file-only report).
struct report_source {
    struct str name; // of the log; p NULL: from a node
    size_t rows, refused, duplicates, out_of_order, contradicted;
    const struct str *reasons; // of refused rows, the first
    size_t nreasons;
};

struct availability_report {
    struct str port;     // its code; empty: all
    struct str by;       // whose node; empty: none
    struct str zone;     // IANA name for the times shown; empty or unknown: UTC
    struct str language; // "en", "es", "fr"; anything else is English
    struct period period;
    const struct fleet *fleet;
    const struct availability *each; // in the fleet's order
    struct fleet_availability sum;
    struct report_source source;
};

// Whether the language is one of those above.
bool report_language_known(struct str language);
// Whether times can be shown in this zone (port/local_time.h).
bool report_zone_known(struct str zone);
// From the first to the last moment that any machine says something of, up to now; false: nobody says anything.
bool fleet_extent(const struct fleet *fleet, int64_t now_ms, struct period *out);
// Computes every machine's availability. `report` has port, by, zone, language, source and period filled in. Errors:
// availability_of's.
enum err availability_report_make(struct arena *arena, const struct fleet *fleet, struct availability_report *report,
                                  struct why *why) MUST_USE;

// A day, 2026-02-28, as its first moment in the zone, or (`end`) the first one of the next day; or an RFC 3339 time,
// which is itself. false: neither.
bool report_moment(struct str text, struct str zone, bool end, int64_t *ms);

struct json *availability_report_json(struct arena *arena, const struct availability_report *report);
void availability_report_csv(const struct availability_report *report, struct buf *out);
void availability_report_html(const struct availability_report *report, struct buf *out);

// A moment as the report shows it: "2026-01-09 13:25" in its zone.
#define REPORT_TIME_ROOM 24
void report_time(const struct availability_report *report, int64_t ms, char out[REPORT_TIME_ROOM]);

#endif
