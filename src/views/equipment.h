// SPDX-License-Identifier: Apache-2.0
// Equipment: scanners, docks, booths, readers and yards with all they went through, as src/port/equipment.h has it.
//
// A machine's word is its owner's: what another party says of it is stored and not applied. The owner is whose
// statement named it first; what this node itself says always counts, and then alone. Of two statements about the same
// moment the later one holds, so that a log may be sent again, longer than before, without anything counting twice: a
// state is known by its beginning, a scan by its times and its image (its verdict where it has none), maintenance by
// its due date.
#ifndef VIEWS_EQUIPMENT_H
#define VIEWS_EQUIPMENT_H

#include "port/availability_report.h"
#include "views/views.h"

#define EQUIPMENT_LIST_MAX 2000
#define EQUIPMENT_ROWS_MAX 2000000 // states, scans or dues of one machine and period

// Which machines: the empty text takes all.
struct equipment_query {
    struct str port, type;
    int64_t from_ms, to_ms; // scans that began and maintenance that was due within; states from the first on
    bool no_history;        // machines with the state in force at to_ms alone
};

// In the order of their ports and identifiers. Machines that nobody declared come last, when no port or type is asked
// for. ERR_TOO_LARGE over EQUIPMENT_ROWS_MAX.
enum err equipment_fleet(struct views *views, struct arena *arena, const struct equipment_query *query,
                         struct fleet *out, struct why *why) MUST_USE;

// How many declared machines of this port and type are in service at this moment, and how many of them are up,
// degraded or standing by. What nobody speaks of is in `all` and not in `up`. Empty texts take all.
enum err equipment_up(struct views *views, struct str port, struct str type, int64_t at_ms, size_t *up, size_t *all,
                      struct why *why) MUST_USE;

// The report of a port and type (empty: all) and period; from_ms or to_ms INT64_MIN: as far as anything is said, up to
// now, at most REPORT_DAYS_MAX days. `report` has by, zone and language filled in, and period.now_ms. ERR_NOT_FOUND
// where nothing is said of any machine.
#define REPORT_DAYS_MAX 366
enum err equipment_report(struct views *views, struct arena *arena, struct str port, struct str type, int64_t from_ms,
                          int64_t to_ms, struct availability_report *report, struct why *why) MUST_USE;
// The same over machines at hand, which hold the period.
enum err equipment_report_of(struct arena *arena, const struct fleet *fleet, int64_t from_ms, int64_t to_ms,
                             struct availability_report *report, struct why *why) MUST_USE;

// All machines that these drafts are about, in the order of their identifiers, each with all it went through: for a
// report without a node. Other drafts are passed over. Texts are the drafts'. ERR_NO_MEMORY.
enum err equipment_of_drafts(struct arena *arena, const struct draft *drafts, struct fleet *out,
                             struct why *why) MUST_USE;

enum err equipment_apply(struct views *, struct arena *, const struct applied *, struct touched *,
                         struct why *) MUST_USE;
enum err equipment_apply_state(struct views *, struct arena *, const struct applied *, struct touched *,
                               struct why *) MUST_USE;
enum err equipment_apply_scan(struct views *, struct arena *, const struct applied *, struct touched *,
                              struct why *) MUST_USE;
enum err equipment_apply_maintenance(struct views *, struct arena *, const struct applied *, struct touched *,
                                     struct why *) MUST_USE;
extern const char equipment_schema[];
extern const char *const equipment_moves[];

#endif
