// SPDX-License-Identifier: Apache-2.0
// Forecast: the waits of the next hours from those of the last weeks. What is usual at this hour of the week, corrected
// by how far the last hours are from what is usual (how much of that lasts is learned for each step ahead). Intervals
// are the spread of the forecast's own past errors at that step, no shape assumed; with few errors they are wider, and
// with too few there is none. On the logarithm of 1 + minutes, since long waits err by more.
//
// Every figure of a forecast's score comes from forecasts made with nothing but what was known at their time, next to
// two naive ones made at the same times: the last wait, and the one of the same hour a week ago.
#ifndef PORT_FORECAST_H
#define PORT_FORECAST_H

#include "base/arena.h"
#include "base/why.h"

#define FORECAST_HOURS_MAX 48
#define FORECAST_SERIES_MAX (2 * 366 * 24)
#define FORECAST_SLOTS 168

struct forecast_series {
    const double *minutes; // hour by hour, NaN where there was no wait to measure; the newest last
    const uint8_t *slot;   // the local hour of the week (0 to 167) of each of them, and of the `hours` to come
    size_t count;
};

struct forecast_settings {
    size_t hours;       // ahead, 1 to FORECAST_HOURS_MAX
    double level;       // of the intervals, 0.9
    size_t needed;      // hours with a wait before there is any forecast
    size_t errors_kept; // newest errors of a step that make its interval
};
extern const struct forecast_settings forecast_defaults; // 6 hours, 90 %, 14 days, 8 weeks

struct forecast_hour {
    double minutes;
    bool has_interval;
    double low, high;
};

// Over forecasts of which the truth came to be known, and which both naive forecasts could have made too.
struct forecast_score {
    size_t n;
    double mae, mae_last, mae_week; // mean absolute errors, minutes: ours, the last wait, last week's
    double skill_last, skill_week;  // 1 - ours / theirs; under 0: the naive one was better
    size_t intervals;               // of those that had an interval
    double coverage, width;         // share of them that held the truth; mean width, minutes
    double pinball;                 // mean over the interval's two ends and the middle, minutes: smaller is better
};

struct forecast {
    size_t hours;
    size_t known;                       // hours of the series that had a wait
    struct forecast_hour *hour;         // [0] is the hour after the series' last
    struct forecast_score *step, total; // by step ahead; of all steps
};

// ERR_SENSELESS: fewer than `needed` hours have a wait (why->text says how many there are); a slot over 167.
// ERR_TOO_LARGE: over FORECAST_SERIES_MAX or FORECAST_HOURS_MAX. Minutes under 0 count as 0.
enum err forecast_make(struct arena *arena, const struct forecast_series *series,
                       const struct forecast_settings *settings, struct forecast *out, struct why *why) MUST_USE;

#endif
