// SPDX-License-Identifier: Apache-2.0
// Scanner log: what a port's scanners, docks and booths did, as the CSV that their maker's software or an operator's
// spreadsheet writes, read by a mapping (YAML) that says which column is what. Pure: bytes and mapping in, drafts of
// `equipment.state`, `equipment.scan`, `equipment.maintenance`, `equipment.log` and `evidence.rejected` out.
//
// The mapping (all of `columns` but equipment and start may be absent; a name is a header's, letter case aside):
//
//   name: Portal log               # for people
//   match: [Unit, Start, End]      # headers that a file must have to be read by this mapping; default: all of
//   `columns` port: "2304"                   # goes before the log's names: P1 is port.equipment 2304/P1 columns:
//   {equipment: Unit, start: Start, end: End, event: Event, reason: Cause, waiting: Awaiting, arrived: …,
//             parts: …, scans: …, verdict: …, verdict_at: …, undecided: …, image: …, officer: …, due: …, note: …,
//             crossing: …}
//   crossing_scheme: us.ace.trip   # of the column `crossing`
//   equipment: {PORTAL-1: 2304/P1} # the log's names that are not so regular; when there is one, no other name is known
//   time: {format: "DD/MM/YYYY HH:mm", offset: "-06:00", changes: [{from: 2026-03-08T08:00:00Z, offset: "-05:00"}]}
//   values: {DOWN-PWR: {state: down, reason: power, waiting: people}, SCAN: {scan: true}, PM: {state: maintenance,
//            planned: true}}
//   row: {scan: true}              # what a row is whose event is empty, or has no column
//   reasons: {PWR: power}          # the log's reason codes → ours (outage_reason.h)
//   waitings: {SVC: people}        # the log's words → people, parts, repair
//   verdicts: {OK: clear, ANOM: suspect, "": none}
//   otherwise: up                  # what a scanner is when no row says otherwise; absent: nothing is known
//
// Time patterns are made of YYYY MM DD (or M, D: one or two digits) HH mm ss SSS, hh with a for AM/PM, Z for an offset,
// and themselves; without `format` a time is RFC 3339, or the same without an offset, seconds or the T. A time without
// an offset is local: `offset` until the first of `changes`. One that a change of clocks repeats is the earlier of the
// two; one that it skips is refused.
//
// What a log may say that cannot all be so, and what becomes of it:
//   Rows out of order    are sorted, and counted (`out_of_order`).
//   Duplicate rows       (same equipment, times, event, image, verdict, officer) count once (`duplicates`).
//   Overlapping rows     at each moment the worst state holds: down, maintenance, degraded, standby, up. Among rows of
//                        that state the one that began first gives the reason, the one that began last says what is
//                        waited for.
//   An end left open     is the next row of that equipment that says something else (a state, or a scan that worked);
//                        when there is none, the end of the log: after it nothing is known.
//   Before the first row and after the end of the last one a scanner is `otherwise`, from the log's first moment to its
//                        last; without `otherwise` nothing is known before, and it is up after.
//   Scans while down     are kept and counted (`contradicted`): the state is what the log says.
//   Clock jumps          an end before its start, a time later than a day from now or before 2000, and a row of over
//                        SCANNER_ROW_DAYS_MAX days refuse the row, not the file.
//   A bad row            is counted and kept as `evidence.rejected` with its text and reason, up to
//                        SCANNER_REFUSED_MAX of a file; more are counted. A file without one good row is refused with
//                        the first one's reason.
#ifndef FORMATS_SCANNER_LOG_H
#define FORMATS_SCANNER_LOG_H

#include "formats/document.h"
#include "formats/outage_reason.h"

// A row is some 80 bytes and a month of five scanners 60,000 rows, so that a document's 4 MiB would cut a month in two.
#define SCANNER_LOG_BYTES_MAX ((size_t)32 << 20)
#define SCANNER_ROWS_MAX 400000
#define SCANNER_EQUIPMENT_MAX 64 // in one file; re of `equipment.log` names them all
#define SCANNER_REFUSED_MAX 100
#define SCANNER_ROW_DAYS_MAX 400
#define SCANNER_COUNT_MAX 100000 // scans of one row

enum scanner_column {
    SCANNER_EQUIPMENT,
    SCANNER_START,
    SCANNER_END,
    SCANNER_EVENT,
    SCANNER_REASON,
    SCANNER_WAITING,
    SCANNER_ARRIVED, // when somebody came to mend it: until then it waited for people
    SCANNER_PARTS,   // when the parts were there: until then it waited for parts
    SCANNER_SCANS,   // how many
    SCANNER_VERDICT,
    SCANNER_VERDICT_AT,
    SCANNER_UNDECIDED, // of `scans`, images without a verdict
    SCANNER_IMAGE,
    SCANNER_OFFICER,
    SCANNER_DUE, // when preventive maintenance was due
    SCANNER_NOTE,
    SCANNER_CROSSING,
    SCANNER_COLUMNS
};

// Read-only once read; lives in the arena it was read into.
struct scanner_mapping;
struct scanner_mappings {
    const struct scanner_mapping *const *items;
    size_t count;
};

// Reads a mapping. `bytes` need not outlive the call. Errors: yaml_read's; ERR_MALFORMED for an offset, a pattern or an
// identifier that is none.
enum err scanner_mapping_read(struct arena *arena, struct str bytes, const struct identifier_table *identifiers,
                              const struct scanner_mapping **out, struct why *why) MUST_USE;
// Its name.
struct str scanner_mapping_name(const struct scanner_mapping *mapping);
// The mapping whose `match` the file's header has; of several the one with the longest list, then the first. NULL:
// none.
const struct scanner_mapping *scanner_mapping_find(const struct scanner_mappings *mappings, struct str bytes);
// The header's names, for saying that none fits.
void scanner_header_text(struct str bytes, struct buf *out);
// The mapping's members, one line each, for people.
void scanner_mapping_describe(struct buf *out);

struct scanner_context {
    const struct identifier_table *identifiers;
    int64_t received_ms;
    enum label label;
    struct str name; // of the file
};

// What was read, as `equipment.log` says it.
struct scanner_tally {
    size_t rows, refused, duplicates, out_of_order, contradicted, scans;
    int64_t from_ms, to_ms; // from the first moment that a good row names to the last
};

// `tally` may be NULL. The drafts point into `bytes`, which must outlive them. Errors: ERR_TOO_LARGE (a limit above, or
// the arena's), ERR_MALFORMED or ERR_SENSELESS when no row is good (of the first row), ERR_UNSUPPORTED when the header
// has not the columns that the mapping names; ERR_NO_MEMORY. why->member is "row 7, Start" (the header is row 1).
enum err scanner_log_parse(struct arena *arena, struct str bytes, const struct scanner_mapping *mapping,
                           const struct scanner_context *context, struct drafts *out, struct scanner_tally *tally,
                           struct why *why) MUST_USE;

#endif
