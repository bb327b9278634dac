// SPDX-License-Identifier: Apache-2.0
// Back-test: what a rule set would have said of crossings that are over, beside the set in force: which rules are true
// how often and with what findings, which lanes change, and what that costs in scans and minutes. Pure: the cases come
// through a callback.
//
// Findings are known of trucks that were inspected, and those were chosen. Where the choice's propensity was logged and
// officials did as recommended, a finding counts 1/propensity times (Horvitz and Thompson), so that shares are those of
// all trucks; elsewhere it counts once, and the report says of how many that holds.
#ifndef DECIDE_BACKTEST_H
#define DECIDE_BACKTEST_H

#include "decide/decision.h"
#include "port/rate.h"

// Under these a report calls its history little.
#define BACKTEST_CASES_LITTLE 200
#define BACKTEST_OUTCOMES_LITTLE 20
#define BACKTEST_DAYS_LITTLE 7

enum backtest_outcome { BACKTEST_UNKNOWN, BACKTEST_NOTHING, BACKTEST_DISCREPANCY, BACKTEST_CONTRABAND };
#define BACKTEST_OUTCOMES 4

// A crossing as it was decided about. Lives in the arena that the callback is given.
struct backtest_case {
    struct facts facts;           // by value; now_us is the decision's
    bool at_port;                 // then `now` is the port as it was
    struct port_now now;          // its plan outlives the run
    const struct lane_plan *plan; // of its port today; NULL: none. For service minutes where `now` is not known
    enum lane lane;               // that was decided
    double propensity;            // of that; NAN: not logged
    bool followed;                // officials did as it said
    bool by_chance;
    enum backtest_outcome outcome;
};

struct backtest_settings {
    const struct rules *old, *candidate;
    int64_t as_of_us; // the day whose rules count, of both sets
    // The next case; *done, when there is none. Its memory is gone at the next call.
    enum err (*next)(void *context, struct arena *arena, struct backtest_case *out, bool *done, struct why *why);
    void *context;
};

// One rule of the candidate.
struct backtest_rule {
    const struct rule *rule;
    size_t hits, unknown, faults;
    size_t decides;                     // cases in which it alone asks for the lane that comes out
    size_t outcomes[BACKTEST_OUTCOMES]; // of its hits
    struct rate_sums found;             // of its hits with an outcome
};

struct backtest {
    const struct rules *old, *candidate;
    struct backtest_rule *rules; // as many as the candidate has
    size_t cases;
    int64_t from_us, to_us; // decisions' times; 0 without a case
    size_t as_recorded;     // cases in which the old set gives the lane that was decided
    size_t weighted;        // with an outcome and a propensity that holds
    size_t outcomes[BACKTEST_OUTCOMES];
    size_t chance, chance_found;          // drawn by chance, with an outcome; of those with a finding
    size_t lanes[LANE_COUNT][LANE_COUNT]; // old set's lane, candidate's
    size_t found[LANE_COUNT][LANE_COUNT]; // of those with a discrepancy or contraband
    size_t with_minutes;                  // cases whose plan is known
    double minutes_old, minutes_new;      // at the services: waiting as it was then, and service
    size_t gaps_old, gaps_new;            // cases in which a missing fact left a rule unknown
    uint64_t cost_old, cost_new;          // bounds of one decision's evaluation
};

// ERR_NO_MEMORY, and what `next` says.
enum err backtest_run(struct arena *arena, const struct backtest_settings *settings, struct backtest *out,
                      struct why *why) MUST_USE;

double backtest_days(const struct backtest *backtest);
// Why the history is little; "" when it is enough. In the arena.
struct str backtest_little(struct arena *arena, const struct backtest *backtest);

// The figures, canonical for the same cases (docs/rules.md lists the members). NULL without memory.
struct json *backtest_json(struct arena *arena, const struct backtest *backtest);
// A whole report, as its file has it (its member `result` from backtest_json), as a page of its own.
void backtest_html(const struct json *report, struct buf *out);

#endif
