// SPDX-License-Identifier: Apache-2.0
// Outcomes: what was recommended, selected and found on crossings, and what that says of rules, lanes, scanners,
// officers' shifts and trusted-trader programmes: hit rate and yield, beside what chance finds. Pure functions over
// memory; nothing here knows how decisions are made, only what their statements say.
//
// It stands in port/ and not in decide/: the views fill these rows in, and may not see decide/; the simulator, the
// command and the doors ask for them, and none of them decides anything by them.
//
// How each figure is made, so that it can be argued with:
//   Inspected    a finding was stated, or a scan of the truck has a verdict of clear. A suspect scan or one without a
//                verdict, and nothing else, is no result; nor is silence.
//   Result       the gravest of its findings. An officer's later finding with the same machine replaces his earlier
//                one; what is seized adds up. A hit is a discrepancy or contraband.
//   Drawn        the random share: its draw lay below the floor of chance, whether or not it would have been inspected
//                anyway. So it is a sample of all traffic; those of it alone that nobody would have inspected
//                (`by_chance`) are the better part of it, and would make chance look worse than it is.
//   Base rate    hits of the drawn that were inspected, weighted by one over each truck's floor of chance, so that
//                trucks with different floors count alike.
//   A group      its hit rate is that of its inspected trucks which were not drawn: nobody is in both samples, and
//                leaving out the drawn, whom nothing but chance chose, shifts no rate. Difference and lift are against
//                the base rate. A truck may be in several groups: several rules can be true of it.
//   Prevalence   the rate that inspecting all of a group's trucks would have found: Hájek's estimate over those that
//                were recommended for inspection and inspected, each weighted by one over its probability of that. Of a
//                lane: weighted by the probability of that lane over it, so that the few drawn from green speak for
//                all that went through green. A scanner and an officer have none: all their trucks were inspected. What
//                no inspection can see is not in it.
//   Yield        what was seized for each inspection of the group, of one kind and unit, or value of one currency.
#ifndef PORT_OUTCOME_H
#define PORT_OUTCOME_H

#include "base/json.h"
#include "port/rate.h"
#include "statement/lane.h"
#include "statement/statement.h"

// X(result, name)
#define OUTCOME_RESULT_TABLE(X)                                                                                        \
    X(OUTCOME_UNKNOWN, "unknown") /* not inspected, or nobody said what came of it */                                  \
    X(OUTCOME_NOTHING, "nothing")                                                                                      \
    X(OUTCOME_DISCREPANCY, "discrepancy")                                                                              \
    X(OUTCOME_CONTRABAND, "contraband")

enum outcome_result {
#define X(result, name) result,
    OUTCOME_RESULT_TABLE(X)
#undef X
        OUTCOME_RESULTS
};
const char *outcome_result_name(enum outcome_result result);
bool outcome_result_parse(struct str text, enum outcome_result *out);

#define OUTCOME_SEIZED_MAX 100 // of one finding, as its shape allows

struct outcome_seized {
    struct str what, unit, currency; // currency empty: no value was said
    double quantity, value;
};

struct outcome_finding {
    enum outcome_result result;
    struct str officer, shift; // {NULL,0}: not said
    struct id machine;         // zero: not said
    int64_t at_ms;
    const struct outcome_seized *seized;
    size_t nseized;
};

struct outcome_scan {
    struct id machine;
    int64_t at_ms;
    enum { OUTCOME_SCAN_UNSAID, OUTCOME_SCAN_CLEAR, OUTCOME_SCAN_SUSPECT } verdict;
    struct str officer;
};

// One crossing. Times are UTC milliseconds, 0: not known. Texts {NULL,0}: not said.
struct outcome {
    struct id crossing;
    struct str port, zone; // zone: IANA name, for the shifts; empty: UTC
    int64_t at_ms;         // of its arrival; where that is not known, of the first that was done at the port
    // What this node recommended before anything was done.
    int64_t decision_pos; // 0: nothing
    enum lane lane, floor;
    struct str service;
    bool has_choice, by_chance, drawn;
    double chance;            // its floor of chance; 0: not said
    double propensity;        // of its lane; 0: not said
    double lanes[LANE_COUNT]; // how likely each lane was; without a choice 1 for its lane
    struct str rules, shadow; // that held, and that would have: names, sorted, comma-separated
    struct str programmes;    // its valid ones, by name and role: "CTPAT carrier,FAST driver"
    // What officials did. *_pos 0: nothing.
    int64_t selection_pos, override_pos;
    enum lane selection_lane, override_lane;
    struct str selection_officer, override_officer, override_reason;
    int64_t selection_ms, override_ms;
    // What came of it.
    const struct outcome_finding *findings;
    size_t nfindings;
    const struct outcome_scan *scans;
    size_t nscans;
};

// The lane it went: the override's, or the selection's, or the recommended one.
enum lane outcome_lane(const struct outcome *outcome);
enum outcome_result outcome_result(const struct outcome *outcome);
// The finding that its result is from; NULL: from a scan, or there is none.
const struct outcome_finding *outcome_gravest(const struct outcome *outcome);

// The shift of the day in which a moment falls by the clocks of a zone: "morning" (06:00 to 14:00), "afternoon" (to
// 22:00), "night".
struct str outcome_shift(struct str zone, int64_t utc_ms);

// ---- Over many crossings ----

// X(by, name)
#define OUTCOME_BY_TABLE(X)                                                                                            \
    X(OUTCOME_BY_RULE, "rule")                                                                                         \
    X(OUTCOME_BY_LANE, "lane")                                                                                         \
    X(OUTCOME_BY_SCANNER, "scanner")                                                                                   \
    X(OUTCOME_BY_SHIFT, "shift") /* officer and shift of the day */                                                    \
    X(OUTCOME_BY_PROGRAMME, "programme")

enum outcome_by {
#define X(by, name) by,
    OUTCOME_BY_TABLE(X)
#undef X
        OUTCOME_BYS
};
const char *outcome_by_name(enum outcome_by by);
bool outcome_by_parse(struct str text, enum outcome_by *out);

#define OUTCOME_GROUPS_MAX 4096 // more are told as `left_out`
#define OUTCOME_YIELDS_MAX 24   // kinds of what is seized, of one group; the rest is counted
// An officer's row needs so many inspections to be shown on its own. Fewer say nothing about the officer, and with the
// day's roster at hand they say who found, or missed, what.
#define OUTCOME_OFFICER_MIN 10

struct outcome_yield {
    struct str what, unit; // of a value: "value" and its currency
    struct rate_amounts amounts;
    struct rate_mean mean; // for each inspection of the group that was not drawn
};

struct outcome_group {
    struct str name; // the rule, lane, programme; a scanner's id; an officer
    struct str shift;
    bool shadow;      // of a shadow rule: what it would have picked
    size_t merged;    // that many officers' rows, each too small to be shown, in one
    size_t trucks;    // all of its trucks
    size_t sent;      // recommended for inspection, or selected for it
    size_t inspected; // with a result, not drawn
    size_t without;   // sent, and nobody said what came of it
    size_t hits, contraband;
    size_t drawn, drawn_hits; // with a result, drawn
    size_t never;             // whom no draw could have sent to an inspection: no prevalence speaks for them
    size_t overridden;
    struct rate rate;
    struct rate_difference difference;
    struct rate_ratio lift;
    struct rate prevalence;
    struct rate_sums weighted;
    struct outcome_yield *yields;
    size_t nyields, yields_left_out;
};

struct outcome_rates {
    enum outcome_by by;
    struct outcome_group all;     // every truck
    struct outcome_group base;    // the drawn alone: its `rate` is the base rate, `inspected` and `hits` are theirs
    struct outcome_group *groups; // most inspections first, then by name
    size_t ngroups, left_out;
};

// Adds up outcomes one at a time; none is kept.
struct outcome_tally;
// `arena` holds the tally and everything in `outcome_rates`; NULL without memory.
struct outcome_tally *outcome_tally_new(struct arena *arena, enum outcome_by by);
// Copies what it keeps. ERR_NO_MEMORY.
enum err outcome_tally_add(struct outcome_tally *tally, const struct outcome *outcome, struct why *why) MUST_USE;
enum err outcome_tally_done(struct outcome_tally *tally, struct outcome_rates *out, struct why *why) MUST_USE;

#endif
