// SPDX-License-Identifier: Apache-2.0
// Waits: from stays to figures, each with its method, the size of its sample and an interval. Trucks that wait still,
// and those that nobody saw leave, count as "at least so long" (right-censored; Kaplan and Meier 1958): a wait measured
// only on those that came through is too short just when the queue grows.
#ifndef PORT_WAIT_H
#define PORT_WAIT_H

#include "port/visit.h"

// Waits measured from readers alone are a matching of reads; below this share of known arrivals it is not to be
// trusted (FHWA-HOP-12-049).
#define WAIT_COVERAGE_NEEDED 0.85

struct wait_sample {
    double minutes;
    bool at_least; // it was at least that long
};

// One figure, minutes. `at_least`: the sample does not reach it; it is at least `value`. low and high bound it with the
// asked level; not told where the sample is too small for a bound on that side.
struct wait_figure {
    bool told, at_least, has_low, has_high;
    double value, low, high;
};

struct wait_estimate {
    size_t n, censored; // all; those of them that are only a least length
    struct wait_figure mean, median, p95;
};

// `samples` is sorted in place. Quantiles: of the sample's distribution, with an interval from order statistics (no
// censoring) or from Greenwood's variance on the log-log scale. Mean: Student's interval; with censoring the area under
// the curve up to the longest, which is a least mean where the longest is censored.
void wait_estimate(struct wait_sample *samples, size_t n, double level, struct wait_estimate *out);

enum wait_method { WAIT_NONE, WAIT_POSITIONS, WAIT_READERS, WAIT_RECORDS, WAIT_MIXED };
const char *wait_method_name(enum wait_method method);
// Of bits (1 << enum seen_by).
enum wait_method wait_method_of(unsigned by);

// One row of a table of waits.
struct wait_row {
    uint32_t port, lane; // lane 0: all lanes
    enum stage stage;
    int64_t hour_ms; // its beginning; INT64_MIN: of the whole time
    enum wait_method method;
    struct wait_estimate estimate;
    int64_t slack_ms; // the mean uncertainty of a single stay that comes from where it was seen
};

struct wait_table {
    struct wait_row *rows;
    size_t count;
};

// How stays are cut into rows: by hour of their beginning (or not), by lane (or not).
struct wait_cut {
    bool by_hour, by_lane;
    double level;
};

// Rows by port, stage, lane, hour. Stays that began in or after `now_ms` are left out; one that has not begun to be
// measured (a least length of nothing) says nothing and is left out too. ERR_NO_MEMORY.
enum err wait_table_of(struct arena *arena, const struct stay *stays, size_t count,
                       const struct visit_settings *settings, int64_t now_ms, const struct wait_cut *cut,
                       struct wait_table *out, struct why *why) MUST_USE;

#endif
