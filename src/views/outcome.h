// SPDX-License-Identifier: Apache-2.0
// Outcomes: of each crossing what was recommended, what officials selected, and what was found, as port/outcome.h has
// it.
//
// The recommendation is this node's last decision before anything was done: before a selection, an override, a scan, a
// finding or the release. Later decisions know what they would be judged by. Selections, overrides and findings may be
// a partner's; where this node's own officials spoke, theirs count alone. Of two selections (overrides) the later one
// stands. A scan counts as the machine's owner told it (views/equipment.h).
#ifndef VIEWS_OUTCOME_H
#define VIEWS_OUTCOME_H

#include "port/outcome.h"
#include "views/views.h"

#define OUTCOME_ROWS_MAX 1000000 // of outcome_list

// Crossings whose `at_ms` lies in from_ms <= t < to_ms. `port` empty: all.
struct outcome_query {
    struct str port;
    int64_t from_ms, to_ms;
};

// Calls `see` for each, in the order of their times and ids. What it sees lives until it returns; any error of `see`
// ends it.
enum err outcome_each(struct views *views, const struct outcome_query *query,
                      enum err (*see)(void *context, const struct outcome *outcome, struct why *why), void *context,
                      struct why *why) MUST_USE;
// The same as an array in the arena. ERR_TOO_LARGE over OUTCOME_ROWS_MAX, ERR_NO_MEMORY over the arena's cap.
enum err outcome_list(struct views *views, struct arena *arena, const struct outcome_query *query, struct outcome **out,
                      size_t *count, struct why *why) MUST_USE;
// One crossing's; *found false: nothing was decided or done.
enum err outcome_get(struct views *views, struct arena *arena, const struct id *crossing, struct outcome *out,
                     bool *found, struct why *why) MUST_USE;

// One crossing's as JSON: {"at","result","lane","recommended"{"lane","floor","service","by_chance","drawn",
// "propensity","rules"[…],"shadow"[…],"programmes"[…],"name"},"selection"{"lane","officer","at"},"override"{…,"reason"},
// "findings"[{"result","officer","shift","at","equipment","seized"[…]}],"scans"[{"equipment","at","verdict",
// "officer"}]}; what is not there is null. JSON null: nothing was decided or done.
enum err outcome_json(struct views *views, struct arena *arena, const struct id *crossing, struct json **out,
                      struct why *why) MUST_USE;

// Rates by rule, lane, scanner (named by its port.equipment), shift or programme; in the arena.
enum err outcome_rates_of(struct views *views, struct arena *arena, const struct outcome_query *query,
                          enum outcome_by by, struct outcome_rates *out, struct why *why) MUST_USE;

enum err outcome_apply_decision(struct views *, struct arena *, const struct applied *, struct touched *,
                                struct why *) MUST_USE;
enum err outcome_apply_arrival(struct views *, struct arena *, const struct applied *, struct touched *,
                               struct why *) MUST_USE;
enum err outcome_apply_official(struct views *, struct arena *, const struct applied *, struct touched *,
                                struct why *) MUST_USE;
enum err outcome_apply_finding(struct views *, struct arena *, const struct applied *, struct touched *,
                               struct why *) MUST_USE;
enum err outcome_apply_scan(struct views *, struct arena *, const struct applied *, struct touched *,
                            struct why *) MUST_USE;
enum err outcome_apply_release(struct views *, struct arena *, const struct applied *, struct touched *,
                               struct why *) MUST_USE;
extern const char outcome_schema[];
extern const char *const outcome_moves[];

#endif
