// SPDX-License-Identifier: Apache-2.0
#include "port/forecast.h"

#include <math.h>

#define DAY 24
#define WEEK FORECAST_SLOTS
// A usual value forgets slowly: the weight of a new week is never under this.
#define WEEK_WEIGHT_MIN 0.125
#define DAY_WEIGHT_MIN 0.03
// How many weeks' worth of belief the hour of the day lends to the hour of the week.
#define SHRINK 1.0
// How fast the distance from the usual follows the last hours.
#define LEVEL_WEIGHT 0.7
// The last wait stays the naive forecast for so many hours without one.
#define LAST_HOURS 3
// Minutes that logarithm and back may be off by.
#define ROUNDING 1e-6

const struct forecast_settings forecast_defaults = {
    .hours = 6, .level = 0.9, .needed = 14 * DAY, .errors_kept = 8 * WEEK};

// Past errors of one step ahead: the newest `room` of them, and the same in order of size.
struct errors {
    double *ring, *sorted;
    size_t count, at, room;
    double xy, xx; // of the regression of what came on how far the level was from the usual
};

struct usual {
    double mean;
    size_t n;
};

struct model {
    const struct forecast_series *series;
    const struct forecast_settings *settings;
    struct usual week[FORECAST_SLOTS], day[DAY], all;
    double level; // distance from the usual, log scale
    struct errors *errors;
    // What each step's forecast was when it was made, by the hour it was made in (mod hours + 1).
    struct made *made;
};

struct made {
    bool there;
    double level;                // at its time
    double minutes, low, high;   // of the forecast
    double base;                 // what was usual for that hour, log scale
    double z;                    // the forecast, log scale
    bool has_interval, has_last; // the naive forecast
    double last;
};

static bool known(double minutes)
{
    return !isnan(minutes);
}

static double to_log(double minutes)
{
    return log1p(minutes > 0 ? minutes : 0);
}

static double from_log(double z)
{
    return z > 0 ? expm1(z) : 0;
}

static void usual_take(struct usual *u, double z, double weight_min)
{
    u->n++;
    u->mean += (z - u->mean) * fmax(1 / (double)u->n, weight_min);
}

static double blend(const struct usual *u, double otherwise)
{
    return ((double)u->n * u->mean + SHRINK * otherwise) / ((double)u->n + SHRINK);
}

static double usual_at(const struct model *m, uint8_t slot)
{
    return blend(&m->week[slot], blend(&m->day[slot % DAY], m->all.mean));
}

// The first place in sorted[] whose value is not under `e`.
static size_t place_of(const double *sorted, size_t n, double e)
{
    size_t low = 0;
    while (low < n) {
        size_t middle = (low + n) / 2;
        if (sorted[middle] < e)
            low = middle + 1;
        else
            n = middle;
    }
    return low;
}

static void errors_take(struct errors *e, double error)
{
    if (e->count == e->room) {
        size_t gone = place_of(e->sorted, e->count, e->ring[e->at]);
        memmove(e->sorted + gone, e->sorted + gone + 1, (e->count - gone - 1) * sizeof *e->sorted);
        e->count--;
    }
    size_t place = place_of(e->sorted, e->count, error);
    memmove(e->sorted + place + 1, e->sorted + place, (e->count - place) * sizeof *e->sorted);
    e->sorted[place] = error;
    e->ring[e->at] = error;
    e->at = (e->at + 1) % e->room;
    e->count++;
}

// The ends between which the next error lies with at least `level`, were it one more of the same kind.
static bool errors_bounds(const struct errors *e, double level, double *low, double *high)
{
    double tail = (1 - level) / 2, all = (double)e->count + 1;
    double bottom = floor(all * tail + 1e-9), top = ceil(all * (1 - tail) - 1e-9);
    if (bottom < 1 || top > (double)e->count) return false;
    *low = e->sorted[(size_t)bottom - 1];
    *high = e->sorted[(size_t)top - 1];
    return true;
}

// How much of the distance from the usual is still there `step` hours on; learned, and held within what makes sense.
static double lasting(const struct errors *e)
{
    double share = e->xy / (e->xx + 1);
    return share < 0 ? 0 : share > 1 ? 1 : share;
}

static struct made make(const struct model *m, size_t step, uint8_t slot)
{
    const struct errors *e = &m->errors[step - 1];
    struct made made = {.there = true, .level = m->level, .base = usual_at(m, slot)};
    double low, high;
    made.z = made.base + lasting(e) * m->level;
    made.minutes = from_log(made.z);
    made.has_interval = errors_bounds(e, m->settings->level, &low, &high);
    if (!made.has_interval) return made;
    made.low = from_log(made.z + fmin(low, 0));
    made.high = from_log(made.z + fmax(high, 0));
    return made;
}

// ---- Scoring ----

static double pinball(double truth, double quantile, double p)
{
    return truth >= quantile ? p * (truth - quantile) : (1 - p) * (quantile - truth);
}

static void score_take(struct forecast_score *s, const struct made *made, double truth, double week, double level)
{
    if (!made->has_last || !known(week)) return;
    s->n++;
    s->mae += fabs(made->minutes - truth);
    s->mae_last += fabs(made->last - truth);
    s->mae_week += fabs(week - truth);
    if (!made->has_interval) return;
    double tail = (1 - level) / 2;
    s->intervals++;
    s->coverage += truth >= made->low - ROUNDING && truth <= made->high + ROUNDING;
    s->width += made->high - made->low;
    s->pinball +=
        (pinball(truth, made->low, tail) + pinball(truth, made->minutes, 0.5) + pinball(truth, made->high, 1 - tail)) /
        3;
}

static void score_add(struct forecast_score *total, const struct forecast_score *s)
{
    total->n += s->n;
    total->mae += s->mae;
    total->mae_last += s->mae_last;
    total->mae_week += s->mae_week;
    total->intervals += s->intervals;
    total->coverage += s->coverage;
    total->width += s->width;
    total->pinball += s->pinball;
}

static double skill(double ours, double theirs)
{
    return theirs > 0 ? 1 - ours / theirs : 0;
}

// From sums to means.
static void score_finish(struct forecast_score *s)
{
    double n = s->n ? (double)s->n : 1, intervals = s->intervals ? (double)s->intervals : 1;
    s->skill_last = skill(s->mae, s->mae_last);
    s->skill_week = skill(s->mae, s->mae_week);
    s->mae /= n;
    s->mae_last /= n;
    s->mae_week /= n;
    s->coverage /= intervals;
    s->width /= intervals;
    s->pinball /= intervals;
}

// ---- The walk through the series ----

static struct made *made_at(const struct model *m, size_t hour, size_t step)
{
    size_t hours = m->settings->hours;
    return &m->made[hour % (hours + 1) * hours + (step - 1)];
}

// Hour t has come: what was forecast for it is judged, and learned from.
static void judge(struct model *m, size_t t, struct forecast_score *step_scores)
{
    double truth = m->series->minutes[t], week = t >= WEEK ? m->series->minutes[t - WEEK] : NAN;
    if (!known(truth)) return;
    for (size_t step = 1; step <= m->settings->hours && step <= t; step++) {
        struct made *made = made_at(m, t - step, step);
        struct errors *e = &m->errors[step - 1];
        if (!made->there) continue;
        score_take(&step_scores[step - 1], made, fmax(truth, 0), week, m->settings->level);
        double distance = to_log(truth) - made->base;
        errors_take(e, to_log(truth) - made->z);
        e->xy += made->level * distance;
        e->xx += made->level * made->level;
    }
}

static void learn(struct model *m, size_t t)
{
    double minutes = m->series->minutes[t];
    uint8_t slot = m->series->slot[t];
    if (!known(minutes)) {
        m->level *= lasting(&m->errors[0]);
        return;
    }
    double z = to_log(minutes), distance = z - usual_at(m, slot);
    m->level = m->all.n < WEEK ? 0 : LEVEL_WEIGHT * distance + (1 - LEVEL_WEIGHT) * m->level;
    usual_take(&m->all, z, 0);
    usual_take(&m->day[slot % DAY], z, DAY_WEIGHT_MIN);
    usual_take(&m->week[slot], z, WEEK_WEIGHT_MIN);
}

static void forecast_from(struct model *m, size_t t)
{
    double last = NAN;
    for (size_t back = 0; back < LAST_HOURS && back <= t && !known(last); back++) last = m->series->minutes[t - back];
    for (size_t step = 1; step <= m->settings->hours; step++) {
        struct made *made = made_at(m, t, step);
        *made = (struct made){0};
        if (m->all.n < WEEK) continue; // nothing is usual before a week is over
        *made = make(m, step, m->series->slot[t + step]);
        made->has_last = known(last);
        made->last = fmax(last, 0);
    }
}

static enum err check(const struct forecast_series *series, const struct forecast_settings *settings, size_t *there,
                      struct why *why)
{
    *there = 0;
    if (settings->hours < 1 || settings->hours > FORECAST_HOURS_MAX)
        return why_set(why, ERR_TOO_LARGE, "hours", "a forecast is for 1 to %d hours", FORECAST_HOURS_MAX);
    if (series->count > FORECAST_SERIES_MAX)
        return why_set(why, ERR_TOO_LARGE, "series", "a series has at most %d hours", FORECAST_SERIES_MAX);
    for (size_t i = 0; i < series->count; i++) *there += known(series->minutes[i]);
    for (size_t i = 0; i < series->count + settings->hours; i++)
        if (series->slot[i] >= FORECAST_SLOTS)
            return why_set(why, ERR_SENSELESS, "slot", "an hour of the week is from 0 to %d", FORECAST_SLOTS - 1);
    if (*there >= settings->needed && series->count) return ERR_NONE;
    return why_set(why, ERR_SENSELESS, "series", "a forecast needs %zu hours with a wait; there are %zu",
                   settings->needed, *there);
}

static bool memory_for(struct arena *arena, struct model *m, struct forecast *out)
{
    size_t hours = m->settings->hours, kept = m->settings->errors_kept ? m->settings->errors_kept : 1;
    m->errors = arena_array(arena, struct errors, hours);
    m->made = arena_array(arena, struct made, hours * (hours + 1));
    out->hour = arena_array(arena, struct forecast_hour, hours);
    out->step = arena_array(arena, struct forecast_score, hours);
    for (size_t i = 0; i < hours && m->errors; i++) {
        m->errors[i].room = kept;
        m->errors[i].ring = arena_array(arena, double, kept);
        m->errors[i].sorted = arena_array(arena, double, kept + 1);
    }
    return !arena->failed;
}

enum err forecast_make(struct arena *arena, const struct forecast_series *series,
                       const struct forecast_settings *settings, struct forecast *out, struct why *why)
{
    *out = (struct forecast){.hours = settings->hours};
    enum err err = check(series, settings, &out->known, why);
    if (err != ERR_NONE) return err;
    struct model *m = arena_new(arena, struct model);
    if (!m) return why_set(why, ERR_NO_MEMORY, "", "no memory for a forecast");
    m->series = series;
    m->settings = settings;
    if (!memory_for(arena, m, out)) return why_set(why, ERR_NO_MEMORY, "", "no memory for a forecast");
    for (size_t t = 0; t < series->count; t++) {
        judge(m, t, out->step);
        learn(m, t);
        forecast_from(m, t);
    }
    for (size_t step = 1; step <= settings->hours; step++) {
        const struct made *made = made_at(m, series->count - 1, step);
        if (!made->there)
            return why_set(why, ERR_SENSELESS, "series", "a forecast needs a week of hours with a wait at least");
        out->hour[step - 1] = (struct forecast_hour){made->minutes, made->has_interval, made->low, made->high};
        score_add(&out->total, &out->step[step - 1]);
        score_finish(&out->step[step - 1]);
    }
    score_finish(&out->total);
    return ERR_NONE;
}
