// SPDX-License-Identifier: Apache-2.0
// Availability: what a machine's states, scans and maintenance say of a period. Pure functions over memory.
//
// How each figure is made, so that it can be argued with:
//   Known time      is what a stated state covers. The rest of the time in service is unknown: it is told, and counts
//                   neither as up nor as down.
//   Ao              = up / (up + down). Up: up, standby and degraded. Down: down and maintenance, planned or not
//                   (operational availability). `ao_low` takes all unknown time as down, `ao_high` as up: between the
//                   two lies the truth.
//   Ao by contract  leaves preventive maintenance out of both sides; this is what availability_pct is held against.
//   Interruption    states down and maintenance without a break; where unknown time follows, its end is not known
//                   (`open`). It is planned when it never was down. Its reason is the first that is said.
//   MTBF            = up time / unplanned interruptions that began in the period. None began: no MTBF; up time is what
//                   it exceeds.
//   MTTR            = mean length of unplanned interruptions that ended in the period, the whole of each, split by what
//                   was waited for: people, parts, the repair itself; what the log does not say stays unsaid.
//   Scans an hour   = scans that began in the period / hours up or degraded; beside what the maker rates. Standby is
//                   no time in which it could have been busy by anybody's choice.
//   Utilisation     = scans / (rated scans an hour × hours available).
//   Maintenance     due in the period (and before now) is on time when done by its date and a tenth of its interval;
//                   late when done later, missed when not known to be done. With no due dates told, as many are
//                   expected as intervals fit into the time in service, and planned interruptions count for them.
//   Vendor's clock  runs from an unplanned interruption's beginning. Late are the hours after response_hours until
//                   nobody was waited for, and those after repair_hours until it ended (or was last known of); an hour
//                   late for both is one. Where nothing was said of what it waited for, the response is not judged.
//                   The penalty is hours × rate, and of one calendar month (UTC) no more than penalty_max.
#ifndef PORT_AVAILABILITY_H
#define PORT_AVAILABILITY_H

#include "port/equipment.h"

struct period {
    int64_t from_ms, to_ms; // from ≤ t < to
    int64_t now_ms;         // nothing is known after it
};

struct interruption {
    int64_t from_ms, to_ms; // as a whole, also beyond the period; to_ms is where it was last known when open
    bool open, planned;
    enum outage_reason reason;
    struct str words;            // a reason that is on no list
    struct str note;             // the first
    int64_t waited_ms[WAITINGS]; // by enum machine_waiting
    int64_t in_period_ms;
    int64_t response_ms; // until nobody was waited for; -1: not said
    int64_t late_ms;     // in the period
    double penalty;      // before the month's cap
};

// One state without a change, for drawing.
struct stretch {
    int64_t from_ms, to_ms;
    enum machine_state state;
    enum outage_reason reason;
};

struct availability {
    int64_t installed_ms, known_ms;
    int64_t in_state_ms[MACHINE_STATES]; // unknown too
    int64_t up_ms, down_ms;
    double ao, ao_low, ao_high;               // -1: nothing is known
    double ao_contract;                       // -1: nothing is known
    bool contract_missed;                     // ao_contract lies below the contract's
    const struct interruption *interruptions; // that touch the period, in the order of their beginnings
    size_t ninterruptions;
    const struct stretch *stretches; // of the time in service, without a gap
    size_t nstretches;
    size_t failures, planned; // that began in the period
    double mtbf_h;            // -1: none
    size_t repaired;          // the sample of the MTTR
    double mttr_h, mttr_part_h[WAITINGS];
    uint64_t scans, verdicts[VERDICTS];
    double per_hour, of_rated, utilisation; // -1: cannot be said
    double verdict_min;                     // mean minutes from scan to verdict; -1: not said
    size_t nverdict_min;
    size_t pm_due, pm_on_time, pm_late, pm_missed, pm_expected;
    bool pm_by_interval;  // no due dates were told
    double pm_compliance; // -1: nothing was due
    int64_t late_ms;
    double penalty; // capped; -1: the contract names none
    double penalty_uncapped;
};

// Errors: ERR_USAGE for a period without length, or of over 3660 days; ERR_NO_MEMORY. `out` lives in the arena; texts
// are the machine's.
enum err availability_of(struct arena *arena, const struct machine *machine, const struct period *period,
                         struct availability *out, struct why *why) MUST_USE;

// What it is at this moment, by its own words.
enum machine_state machine_state_at(const struct machine *machine, int64_t at_ms);

#define CURRENCIES_MAX 8

// Several machines together. Both views of an outage: of the time, and of the systems.
struct fleet_availability {
    size_t systems, unknown_systems; // of the latter nothing is known
    size_t with_outage;              // had an unplanned interruption in the period
    int64_t installed_ms, known_ms, up_ms, down_ms, unplanned_ms;
    double lost_share; // of the known time, unplanned; -1: nothing is known
    double ao;         // -1
    size_t interruptions, failures;
    int64_t longest_ms; // as a whole
    struct str longest; // whose it was
    struct {
        size_t count;
        int64_t ms;
    } reasons[REASON_COUNT]; // of unplanned interruptions
    uint64_t scans, undecided;
    size_t pm_due, pm_on_time;
    struct {
        struct str currency;
        double amount;
    } penalties[CURRENCIES_MAX];
    size_t npenalties;
};
struct fleet_availability fleet_sum(const struct fleet *fleet, const struct availability *each);

#endif
