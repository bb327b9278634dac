// SPDX-License-Identifier: Apache-2.0
#include "decide/controller.h"

#include <math.h>

#define DAY_MIN 1440.0

void controller_preset(double trucks_per_day, double target_min, struct controller_settings *out)
{
    *out = (struct controller_settings){
        .target_min = target_min,
        .price_start = 0.00012,
        .price_min = 1e-6,
        .price_max = 1,
        .gain = 0.2,
        .trucks_per_day = trucks_per_day,
        .step_max = 0.05,
    };
}

enum err controller_check(const struct controller_settings *s, struct why *why)
{
    const struct {
        const char *name;
        double value, least, greatest;
    } bounds[] = {
        {"target_min", s->target_min, 1e-3, 1e4},
        {"price_min", s->price_min, 1e-12, 1e12},
        {"price_max", s->price_max, s->price_min, 1e12},
        {"price_start", s->price_start, s->price_min, s->price_max},
        {"gain", s->gain, 0, 10},
        {"trucks_per_day", s->trucks_per_day, 1e-3, 1e7},
        {"step_max", s->step_max, 1e-9, 10},
    };
    for (size_t i = 0; i < sizeof bounds / sizeof *bounds; i++) {
        // Written so that a NaN fails.
        if (bounds[i].value >= bounds[i].least && bounds[i].value <= bounds[i].greatest) continue;
        return why_set(why, ERR_SENSELESS, bounds[i].name, "%g is not from %g to %g", bounds[i].value, bounds[i].least,
                       bounds[i].greatest);
    }
    return ERR_NONE;
}

void controller_start(const struct controller_settings *settings, struct controller *out)
{
    *out = (struct controller){.price = settings->price_start};
}

static bool seen_sensible(const struct controller_seen *seen)
{
    return seen->elapsed_min > 0 && seen->elapsed_min <= DAY_MIN && seen->trucks >= 0 && isfinite(seen->trucks) &&
           seen->wait_min >= 0 && isfinite(seen->wait_min);
}

double controller_step(const struct controller_settings *s, const struct controller_seen *seen,
                       struct controller *controller)
{
    controller->limited = false;
    if (!seen_sensible(seen)) return controller->price;
    // Over a day at twice the target the shares add up to 1.
    double share = (seen->wait_min - s->target_min * seen->trucks) / (s->target_min * s->trucks_per_day);
    double step = s->gain * share;
    if (fabs(step) > s->step_max) {
        step = copysign(s->step_max, step);
        controller->limited = true;
    }
    double price = controller->price * exp(step);
    if (!(price >= s->price_min && price <= s->price_max)) {
        price = price > s->price_max ? s->price_max : s->price_min;
        controller->limited = true;
    }
    return controller->price = price;
}
