// SPDX-License-Identifier: Apache-2.0
// What the files that read a scanner log share: the mapping as it was read, and the log's good rows. Seen by no other.
#ifndef FORMATS_SCANNER_PARTS_H
#define FORMATS_SCANNER_PARTS_H

#include "formats/csv.h"
#include "formats/scanner_log.h"

#define SCANNER_CHANGES_MAX 64

// From better to worse: at each moment the worst of those told holds.
enum scanner_state { STATE_UNKNOWN, STATE_UP, STATE_STANDBY, STATE_DEGRADED, STATE_MAINTENANCE, STATE_DOWN };
extern const char *const scanner_state_names[]; // of STATE_UP on, ends with NULL
extern const char *const scanner_waiting_names[];
const char *scanner_state_text(enum scanner_state state);

// What an event means. The codes are literals; NULL: it does not say.
struct scanner_value {
    enum scanner_state state;
    const char *reason, *waiting;
    bool scan, planned;
};

struct scanner_change {
    int64_t from_ms;
    int64_t offset_ms;
};

struct scanner_mapping {
    struct str name, port, crossing_scheme, format;
    struct str columns[SCANNER_COLUMNS]; // p NULL: the log has none
    const struct json *match;            // list of headers
    const struct json *equipment;        // name → identifier, or NULL
    const struct json *values, *reasons, *waitings, *verdicts;
    const struct json *row; // or NULL
    bool has_offset;        // of local times; without it every time needs its own
    struct scanner_change offsets[SCANNER_CHANGES_MAX + 1];
    size_t noffsets;
    enum scanner_state otherwise;
};

// "equipment" …, as in the mapping.
const char *scanner_column_name(enum scanner_column column);
// What an entry of `values`, or `row`, says.
struct scanner_value scanner_value_of(const struct json *entry);
// A member of a map by a name that need not end in a NUL; NULL: none.
const struct json *scanner_lookup(const struct json *map, struct str name);
// A log's time as UTC milliseconds; `what` says what it lacks when false.
bool scanner_time(const struct scanner_mapping *mapping, struct str text, int64_t *ms, const char **what);
// Header against header: letter case and white space around it aside.
bool scanner_header_is(struct str header, struct str name);

// One good row, or the part of an outage between two of its times.
struct scanner_row {
    uint32_t row;
    uint16_t equipment;
    bool open; // the end was left open: to_ms is found later
    int64_t from_ms, to_ms;
    struct scanner_value says;
    struct str reason_words; // a reason that is on no list
    struct str note;
    uint32_t scans, undecided;
    const char *verdict; // NULL: the log does not say
    int64_t verdict_at_ms;
    struct str image, officer, crossing;
    int64_t due_ms;
};

struct scanner_machine {
    struct str name;              // as in the log
    struct identifier identifier; // port.equipment
};

// The rows of one file.
struct scanner_rows {
    struct scanner_row *items;
    size_t count, room;
    struct scanner_machine machines[SCANNER_EQUIPMENT_MAX];
    size_t nmachines;
    struct scanner_tally tally;
};

// The drafts of one machine's rows, in the order of their times: `items` are its own, sorted. Fills the tally's
// duplicates, contradicted and scans.
enum err scanner_machine_drafts(struct arena *arena, const struct scanner_mapping *mapping,
                                const struct scanner_context *context, const struct scanner_machine *machine,
                                struct scanner_row *items, size_t count, struct scanner_tally *tally,
                                struct drafts *out, struct why *why) MUST_USE;

#endif
