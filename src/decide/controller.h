// SPDX-License-Identifier: Apache-2.0
// Controller: the price of a truck-minute, moved slowly so that the port's mean wait stays at its target. Detection is
// what is left to maximise. An integral controller on the price's logarithm: it sums (wait - target) over trucks, so
// that over weeks the mean is the target, however busy single hours were.
//
// Bounds: the price stays between its least and greatest (and the sum stops there: anti-windup); one step moves it by
// no more than `step_max`, so that one day's outage does not undo a month.
#ifndef DECIDE_CONTROLLER_H
#define DECIDE_CONTROLLER_H

#include "base/why.h"

#include <stdbool.h>

struct controller_settings {
    double target_min;     // mean minutes that a truck waits, over all trucks; > 0
    double price_start;    // harm a truck-minute, where nothing is known yet
    double price_min;      // > 0
    double price_max;      // >= price_min; equal: the price is frozen
    double gain;           // how far ln(price) goes when a day's mean wait is twice its target; 0 to 10
    double trucks_per_day; // what a usual day has; > 0
    double step_max;       // of ln(price) in one step; > 0
};

struct controller {
    double price;
    bool limited; // the last step met a bound
};

// What a port saw since the last step.
struct controller_seen {
    double elapsed_min; // since the last step; a step over a clock's jump (<= 0, over a day, NaN) moves nothing
    double trucks;      // that finished waiting, the ones that did not wait at all included
    double wait_min;    // their waits' sum
};

// Defaults for a port of `trucks_per_day` that is to wait `target_min`.
void controller_preset(double trucks_per_day, double target_min, struct controller_settings *out);
// ERR_SENSELESS with the member that is out of its range or no number.
enum err controller_check(const struct controller_settings *settings, struct why *why) MUST_USE;

// `settings` have been checked.
void controller_start(const struct controller_settings *settings, struct controller *out);
// Every quarter of an hour or so. Returns the price, which is also in `controller`. What was seen and makes no sense
// (negative, no number) moves nothing.
double controller_step(const struct controller_settings *settings, const struct controller_seen *seen,
                       struct controller *controller);

#endif
