// SPDX-License-Identifier: Apache-2.0
// Equipment in memory: what a machine is, what it was promised, and what it went through, read from the members of
// statements about it (docs/statements.md), wherever these are kept: in a node's view, or in a file that no node has
// seen.
#ifndef PORT_EQUIPMENT_H
#define PORT_EQUIPMENT_H

#include "base/json.h"
#include "formats/outage_reason.h"

// From better to worse.
enum machine_state {
    MACHINE_UNKNOWN, // nobody said
    MACHINE_UP,
    MACHINE_STANDBY,
    MACHINE_DEGRADED,
    MACHINE_MAINTENANCE,
    MACHINE_DOWN,
    MACHINE_STATES
};
const char *machine_state_name(enum machine_state state); // "unknown" for MACHINE_UNKNOWN
bool machine_state_parse(struct str text, enum machine_state *out);
// It can scan now, or could at once.
static inline bool machine_available(enum machine_state state)
{
    return state == MACHINE_UP || state == MACHINE_STANDBY || state == MACHINE_DEGRADED;
}

enum machine_waiting { WAITING_UNSAID, WAITING_PEOPLE, WAITING_PARTS, WAITING_REPAIR, WAITINGS };
const char *machine_waiting_name(enum machine_waiting waiting); // "" for WAITING_UNSAID
bool machine_waiting_parse(struct str text, enum machine_waiting *out);

enum machine_verdict { VERDICT_UNSAID, VERDICT_CLEAR, VERDICT_SUSPECT, VERDICT_NONE, VERDICTS };
const char *machine_verdict_name(enum machine_verdict verdict); // "" for VERDICT_UNSAID
bool machine_verdict_parse(struct str text, enum machine_verdict *out);

// Negative: the contract does not say.
struct machine_contract {
    struct str vendor, currency; // vendor empty: there is none
    double availability_pct, response_hours, repair_hours, penalty_per_hour;
    double penalty_max; // of one machine in one calendar month (UTC)
};

// Holds from at_ms until the next one, and no longer than to_ms (0: no such end).
struct machine_change {
    int64_t at_ms, to_ms;
    enum machine_state state;
    enum machine_waiting waiting;
    struct str reason; // a code of outage_reason.h, or the log's own
    struct str note;
};

struct machine_scan {
    int64_t from_ms, to_ms, verdict_at_ms; // verdict_at_ms 0: not said
    uint32_t count;
    enum machine_verdict verdict;
};

struct machine_due {
    int64_t due_ms, done_ms; // done_ms 0: not known to be done
};

struct machine {
    struct str id;                              // its port.equipment, or its subject's id where it has none
    struct str type, name, port, model, vendor; // type and port empty: nobody declared it
    double rated_per_hour;                      // 0: not said
    int64_t from_ms, to_ms;                     // in service; 0 and INT64_MAX: always
    struct machine_contract contract;
    int64_t every_days; // preventive maintenance; 0: not said
    struct machine_change *changes;
    size_t nchanges;
    struct machine_scan *scans;
    size_t nscans;
    struct machine_due *dues;
    size_t ndues;
};

struct fleet {
    struct machine *items;
    size_t count;
};

// A machine of which nothing is known.
struct machine machine_blank(struct str id);
// What the members of `equipment` say, over what is there. false: it is no declaration.
bool machine_declare(struct machine *machine, const struct json *members);
// One member each, `state`, `scan`, `maintenance`; false: it cannot be read. Texts point into the tree.
bool machine_change_read(const struct json *state, struct machine_change *out);
bool machine_scan_read(const struct json *scan, struct machine_scan *out);
bool machine_due_read(const struct json *maintenance, struct machine_due *out);

#endif
