// SPDX-License-Identifier: Apache-2.0
#include "port/wait.h"

#include "port/spread.h"

#include <math.h>
#include <stdlib.h>

#define HOUR_MS INT64_C(3600000)

static const char *const method_names[] = {"none", "positions", "readers", "records", "mixed"};

const char *wait_method_name(enum wait_method method)
{
    return method_names[method];
}

enum wait_method wait_method_of(unsigned by)
{
    switch (by) {
    case 0:
        return WAIT_NONE;
    case 1u << SEEN_BY_POSITION:
        return WAIT_POSITIONS;
    case 1u << SEEN_BY_READER:
        return WAIT_READERS;
    case 1u << SEEN_BY_RECORD:
        return WAIT_RECORDS;
    default:
        return WAIT_MIXED;
    }
}

// ---- One sample ----

// Of equal lengths those that ended come first: the others were still there then.
static int by_length(const void *x, const void *y)
{
    const struct wait_sample *a = x, *b = y;
    if (a->minutes < b->minutes) return -1;
    if (a->minutes > b->minutes) return 1;
    return (int)a->at_least - (int)b->at_least;
}

// The share still waiting just after a length, and Greenwood's sum up to it.
struct survival {
    double minutes, share, greenwood;
};

// Walks the curve from one length at which somebody left to the next.
struct curve {
    const struct wait_sample *samples;
    size_t n, at;
    double share, greenwood;
};

static bool curve_next(struct curve *c, struct survival *out)
{
    while (c->at < c->n && c->samples[c->at].at_least) c->at++;
    if (c->at == c->n) return false;
    double minutes = c->samples[c->at].minutes, there = (double)(c->n - c->at), left = 0;
    while (c->at < c->n && !c->samples[c->at].at_least && c->samples[c->at].minutes <= minutes) {
        left++;
        c->at++;
    }
    c->share *= 1 - left / there;
    if (there > left)
        c->greenwood += left / (there * (there - left));
    else
        c->share = 0;
    *out = (struct survival){minutes, c->share, c->greenwood};
    return true;
}

static struct curve curve_of(const struct wait_sample *samples, size_t n)
{
    return (struct curve){.samples = samples, .n = n, .share = 1};
}

// The bound on the share, `z` standard errors away on the log-log scale (which keeps it between 0 and 1).
static double share_bound(const struct survival *s, double z)
{
    if (s->share <= 0) return 0;
    if (s->share >= 1) return 1;
    return pow(s->share, exp(z * sqrt(s->greenwood) / fabs(log(s->share))));
}

// A little more than the quantile asks, so that a share that is 1 - q but for rounding counts as that.
#define ROUNDING 1e-12

static struct wait_figure quantile_censored(const struct wait_sample *samples, size_t n, double q, double level)
{
    struct wait_figure out = {.told = true, .at_least = true, .value = samples[n - 1].minutes};
    double z = spread_normal_quantile(1 - (1 - level) / 2), rest = 1 - q + ROUNDING;
    struct curve c = curve_of(samples, n);
    for (struct survival s; curve_next(&c, &s);) {
        if (out.at_least && s.share <= rest) {
            out.at_least = false;
            out.value = s.minutes;
        }
        // With a positive exponent a share under 1 goes down: the lower bound of the curve crosses first.
        if (!out.has_low && share_bound(&s, z) <= rest) {
            out.has_low = true;
            out.low = s.minutes;
        }
        // Where the curve ends at nothing its variance says nothing of what lies above.
        if (!out.has_high && s.share > 0 && share_bound(&s, -z) <= rest) {
            out.has_high = true;
            out.high = s.minutes;
        }
    }
    return out;
}

static struct wait_figure quantile_plain(const struct wait_sample *samples, size_t n, double q, double level)
{
    size_t rank = (size_t)ceil((double)n * q - 1e-9), low, high;
    struct wait_figure out = {.told = true, .value = samples[(rank ? rank : 1) - 1].minutes};
    spread_ranks(n, q, level, &low, &high);
    out.has_low = low >= 1;
    out.has_high = high <= n;
    if (out.has_low) out.low = samples[low - 1].minutes;
    if (out.has_high) out.high = samples[high - 1].minutes;
    return out;
}

static struct wait_figure mean_plain(const struct wait_sample *samples, size_t n, double level)
{
    double sum = 0, squares = 0;
    for (size_t i = 0; i < n; i++) sum += samples[i].minutes;
    struct wait_figure out = {.told = true, .value = sum / (double)n};
    if (n < 2) return out;
    for (size_t i = 0; i < n; i++) squares += (samples[i].minutes - out.value) * (samples[i].minutes - out.value);
    double half = spread_t_quantile(1 - (1 - level) / 2, (double)n - 1) * sqrt(squares / (double)(n - 1) / (double)n);
    out.has_low = out.has_high = true;
    out.low = fmax(0, out.value - half);
    out.high = out.value + half;
    return out;
}

// The area under the curve up to the longest, and its variance: each step's part of Greenwood's sum, times the square
// of the area to the right of it.
static struct wait_figure mean_censored(const struct wait_sample *samples, size_t n, size_t left, double level)
{
    struct wait_figure out = {.told = true, .at_least = samples[n - 1].at_least};
    struct curve c = curve_of(samples, n);
    double last = 0, share = 1, area = 0, end = samples[n - 1].minutes;
    for (struct survival s; curve_next(&c, &s);) {
        area += share * (s.minutes - last);
        last = s.minutes;
        share = s.share;
    }
    area += share * (end - last);
    out.value = area;
    double variance = 0, before = 0, passed = 0;
    last = 0;
    share = 1;
    c = curve_of(samples, n);
    for (struct survival s; curve_next(&c, &s);) {
        passed += share * (s.minutes - last);
        variance += (area - passed) * (area - passed) * (s.greenwood - before);
        before = s.greenwood;
        last = s.minutes;
        share = s.share;
    }
    if (left < 2) return out;
    double factor = (double)left / (double)(left - 1);
    double half = spread_t_quantile(1 - (1 - level) / 2, (double)left - 1) * sqrt(variance * factor);
    out.has_low = true;
    out.low = fmax(0, area - half);
    out.has_high = !out.at_least; // what nobody saw the end of has no upper bound
    out.high = area + half;
    return out;
}

void wait_estimate(struct wait_sample *samples, size_t n, double level, struct wait_estimate *out)
{
    *out = (struct wait_estimate){.n = n};
    if (!n) return;
    for (size_t i = 0; i < n; i++) out->censored += samples[i].at_least;
    qsort(samples, n, sizeof *samples, by_length);
    if (out->censored == 0) {
        out->mean = mean_plain(samples, n, level);
        out->median = quantile_plain(samples, n, 0.5, level);
        out->p95 = quantile_plain(samples, n, 0.95, level);
        return;
    }
    out->mean = mean_censored(samples, n, n - out->censored, level);
    out->median = quantile_censored(samples, n, 0.5, level);
    out->p95 = quantile_censored(samples, n, 0.95, level);
}

// ---- A table ----

struct cell {
    uint32_t port, lane;
    enum stage stage;
    int64_t hour_ms;
    double minutes;
    bool at_least;
    unsigned by;
    int64_t slack_ms;
};

static int cell_order(const struct cell *a, const struct cell *b)
{
    if (a->port != b->port) return a->port < b->port ? -1 : 1;
    if (a->stage != b->stage) return a->stage < b->stage ? -1 : 1;
    if (a->lane != b->lane) return a->lane < b->lane ? -1 : 1;
    if (a->hour_ms != b->hour_ms) return a->hour_ms < b->hour_ms ? -1 : 1;
    return 0;
}

static int by_cell(const void *x, const void *y)
{
    return cell_order(x, y);
}

static int64_t hour_of(int64_t ms)
{
    int64_t rest = ms % HOUR_MS;
    return ms - (rest < 0 ? rest + HOUR_MS : rest);
}

static size_t cells_of(struct cell *cells, const struct stay *stays, size_t count,
                       const struct visit_settings *settings, int64_t now_ms, const struct wait_cut *cut)
{
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        const struct stay *s = &stays[i];
        int64_t length_ms;
        bool at_least;
        stay_length(s, settings, now_ms, &length_ms, &at_least);
        if (s->from_ms >= now_ms || (at_least && length_ms == 0)) continue;
        cells[n++] = (struct cell){.port = s->port,
                                   .lane = cut->by_lane ? s->lane : 0,
                                   .stage = s->stage,
                                   .hour_ms = cut->by_hour ? hour_of(s->from_ms) : INT64_MIN,
                                   .minutes = (double)length_ms / 60000,
                                   .at_least = at_least,
                                   .by = s->by,
                                   .slack_ms = s->slack_ms};
    }
    return n;
}

enum err wait_table_of(struct arena *arena, const struct stay *stays, size_t count,
                       const struct visit_settings *settings, int64_t now_ms, const struct wait_cut *cut,
                       struct wait_table *out, struct why *why)
{
    *out = (struct wait_table){0};
    struct cell *cells = arena_array(arena, struct cell, count + 1);
    struct wait_sample *samples = arena_array(arena, struct wait_sample, count + 1);
    if (!cells || !samples) return why_set(why, ERR_NO_MEMORY, "", "no memory for the waits");
    size_t n = cells_of(cells, stays, count, settings, now_ms, cut), rows = 0;
    if (n) qsort(cells, n, sizeof *cells, by_cell);
    for (size_t i = 0; i < n; i++) rows += i == 0 || by_cell(&cells[i - 1], &cells[i]) != 0;
    out->rows = arena_array(arena, struct wait_row, rows + 1);
    if (!out->rows) return why_set(why, ERR_NO_MEMORY, "", "no memory for the waits");
    for (size_t i = 0, end; i < n; i = end) {
        struct wait_row *row = &out->rows[out->count++];
        unsigned by = 0;
        int64_t slack_ms = 0;
        end = i;
        do {
            samples[end - i] = (struct wait_sample){cells[end].minutes, cells[end].at_least};
            by |= cells[end].by;
            slack_ms += cells[end].slack_ms;
        } while (++end < n && cell_order(&cells[i], &cells[end]) == 0);
        *row = (struct wait_row){.port = cells[i].port,
                                 .lane = cells[i].lane,
                                 .stage = cells[i].stage,
                                 .hour_ms = cells[i].hour_ms,
                                 .method = wait_method_of(by),
                                 .slack_ms = slack_ms / (int64_t)(end - i)};
        wait_estimate(samples, end - i, cut->level, &row->estimate);
    }
    return ERR_NONE;
}
