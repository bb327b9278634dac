// SPDX-License-Identifier: Apache-2.0
#include "sim/world.h"

#include "sim/chance.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define DAY_MIN 1440.0

enum { STREAM_ARRIVALS = 1, STREAM_TRUCK, STREAM_SERVER, STREAM_SMUGGLERS };

int world_hour(double at_min)
{
    return (int)(fmod(at_min, DAY_MIN) / 60);
}

int world_weekday(const struct world *world, double at_min)
{
    int day = (int)(at_min / DAY_MIN) - world->settings->warm_up_days;
    return (day % 7 + 7) % 7;
}

// --- who comes when ---

static int month_of(const struct sim_settings *s, int day)
{
    static const int lengths[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int month = s->first_month;
    for (day -= s->warm_up_days; day >= lengths[month]; month = (month + 1) % 12) day -= lengths[month];
    return month;
}

// How a surge changes the rate of the hour that begins at `from_min`, by the part of it that it covers.
static double surge_of(const struct sim_settings *s, double from_min)
{
    double factor = 1;
    for (size_t i = 0; i < s->nsurges; i++) {
        double from = fmax(s->surges[i].from_h * 60, from_min), to = fmin(s->surges[i].to_h * 60, from_min + 60);
        if (to > from) factor *= 1 + (to - from) / 60 * (s->surges[i].factor - 1);
    }
    return factor;
}

// Trucks expected in each hour of the run.
static double *rates_make(const struct world *world, struct arena *arena, int *nhours)
{
    const struct sim_settings *s = world->settings;
    double sum = 0;
    *nhours = (s->warm_up_days + s->days) * 24;
    double *rates = arena_array(arena, double, (size_t)*nhours);
    if (!rates) return NULL;
    for (int h = 0; h < 24; h++) sum += s->hour_share[h];
    for (int i = 0; i < *nhours; i++) {
        double at = i * 60.0;
        rates[i] = s->trucks_per_day * s->weekday_factor[world_weekday(world, at)] * s->hour_share[i % 24] / sum *
                   s->month_factor[month_of(s, i / 24)] * surge_of(s, at - s->warm_up_days * DAY_MIN);
    }
    return rates;
}

// A Poisson process of unit rate, stretched by the rates.
static enum err times_make(struct world *world, struct arena *arena, struct why *why)
{
    int nhours;
    double total = 0, left = 0;
    struct chance chance = chance_of(world->seed, STREAM_ARRIVALS, 0);
    double *rates = rates_make(world, arena, &nhours);
    if (!rates) return why_set(why, ERR_NO_MEMORY, "", "no memory for the hours of the run");
    for (int i = 0; i < nhours; i++) total += rates[i];
    // Six sigma and some; a run that would need more is cut there.
    size_t cap = (size_t)(total + 6 * sqrt(total) + 64);
    world->trucks = arena_array(arena, struct world_truck, cap);
    if (!world->trucks) return why_set(why, ERR_NO_MEMORY, "", "no memory for %zu trucks", cap);
    left = chance_exponential(&chance);
    for (int i = 0; i < nhours; i++) {
        double within = 0;
        while (rates[i] > 0 && within + left / rates[i] < 1 && world->ntrucks < cap) {
            within += left / rates[i];
            world->trucks[world->ntrucks++].at_min = (i + within) * 60;
            left = chance_exponential(&chance);
        }
        left -= (1 - within) * rates[i];
    }
    return ERR_NONE;
}

// --- what they carry ---

#define CURVE 512
#define CURVE_SDS 8.0

// A cell's risk: ln odds ~ normal(mean, spread), and what a score of it means.
struct cell_risk {
    double mean, low, step;
    double calibrated[CURVE + 1]; // E[risk | score], scores from `low` on
};

static double sigmoid(double x)
{
    return 1 / (1 + exp(-x));
}

// E[sigmoid(normal(mean, sd))], by the midpoint rule over +-6 sd.
static double sigmoid_mean(double mean, double sd)
{
    double sum = 0, weights = 0;
    for (int i = 0; i < 120; i++) {
        double z = -6 + (i + 0.5) * 0.1, weight = exp(-z * z / 2);
        sum += weight * sigmoid(mean + sd * z);
        weights += weight;
    }
    return sum / weights;
}

static double ordinary_mean(const struct sim_risk *risk)
{
    double low = -40, high = 40;
    for (int i = 0; i < 60; i++) {
        double mean = (low + high) / 2;
        double prevalence = (1 - risk->trusted_share) * sigmoid_mean(mean, risk->spread) +
                            risk->trusted_share * sigmoid_mean(mean + log(risk->trusted_odds), risk->spread);
        *(prevalence < risk->prevalence ? &low : &high) = mean;
    }
    return (low + high) / 2;
}

static double shrink_of(double spread, double noise)
{
    return spread > 0 ? spread * spread / (spread * spread + noise * noise) : 0;
}

static void cell_make(const struct sim_risk *risk, double mean, struct cell_risk *out)
{
    double shrink = shrink_of(risk->spread, risk->score_noise), sd = sqrt(shrink) * risk->score_noise;
    double width = CURVE_SDS * hypot(risk->spread, risk->score_noise) + 1e-9;
    out->mean = mean;
    out->low = mean - width;
    out->step = 2 * width / CURVE;
    for (int i = 0; i <= CURVE; i++)
        out->calibrated[i] = sigmoid_mean(mean + shrink * (out->low + i * out->step - mean), sd);
}

static double calibrated(const struct cell_risk *cell, double score)
{
    double at = fmin(fmax((score - cell->low) / cell->step, 0), CURVE - 1e-9);
    int i = (int)at;
    return cell->calibrated[i] + (at - i) * (cell->calibrated[i + 1] - cell->calibrated[i]);
}

static uint8_t pick_share(struct chance *chance, const double *shares, int n)
{
    double u = chance_unit(chance);
    for (int i = 0; i < n; i++) {
        u -= shares[i];
        if (u < 0) return (uint8_t)i;
    }
    return 0;
}

static uint8_t floor_of(struct chance *chance, const struct sim_risk *risk)
{
    double shares[LANE_COUNT];
    memcpy(shares, risk->floor_share, sizeof shares);
    shares[LANE_GREEN] = 0;
    return pick_share(chance, shares, LANE_COUNT);
}

static void truck_make(const struct sim_risk *risk, const struct cell_risk cells[LANE_CELLS], uint64_t seed, size_t i,
                       struct world_truck *t)
{
    struct chance chance = chance_of(seed, STREAM_TRUCK, i);
    t->trusted = chance_unit(&chance) < risk->trusted_share;
    const struct cell_risk *cell = &cells[t->trusted ? LANE_TRUSTED : LANE_ORDINARY];
    double odds = cell->mean + risk->spread * chance_normal(&chance);
    double score = odds + risk->score_noise * chance_normal(&chance);
    double around = -risk->harm_spread * risk->harm_spread / 2; // so that the mean harm is 1
    double harm = around + risk->harm_spread * chance_normal(&chance);
    double told = harm + risk->harm_noise * chance_normal(&chance);
    double shrink = shrink_of(risk->harm_spread, risk->harm_noise);
    bool scored = chance_unit(&chance) >= risk->unscored_share;
    t->true_risk = (float)sigmoid(odds);
    t->true_harm = (float)exp(harm);
    t->risk = scored ? (float)calibrated(cell, score) : NAN;
    t->harm =
        scored ? (float)exp(around + shrink * (told - around) + shrink * risk->harm_noise * risk->harm_noise / 2) : NAN;
    t->density = pick_share(&chance, risk->density_share, LANE_DENSITIES);
    t->floor = floor_of(&chance, risk);
    t->filed_both = chance_unit(&chance) < risk->filed_both_share;
    t->offender = chance_unit(&chance) < t->true_risk;
    t->adapting = t->offender && chance_unit(&chance) < risk->adapting_share;
    t->found = (float)chance_unit(&chance);
    t->alarm = (float)chance_unit(&chance);
    t->salt = (uint32_t)chance_bits(&chance);
}

// The day's key and the arrival's id are the simulation's, the draw is production's.
static enum err draws_make(struct world *world, struct why *why)
{
    struct draw_key key = {0};
    int keyed = -1;
    for (size_t i = 0; i < world->ntrucks; i++) {
        struct world_truck *t = &world->trucks[i];
        char id[32], text[64];
        int day = (int)(t->at_min / DAY_MIN);
        if (day != keyed) {
            int n = snprintf(text, sizeof text, "simulated day %d of seed %llu", day, (unsigned long long)world->seed);
            sha256((struct str){text, (size_t)n}, key.bytes);
            keyed = day;
        }
        int n = snprintf(id, sizeof id, "%zu", i);
        enum err err = draw_make(&key, (struct str){id, (size_t)n}, &t->draw, why);
        if (err) return err;
    }
    return ERR_NONE;
}

static int by_value(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

#define DECILE_SAMPLE 8192

// Which cell a smuggler sees a truck in: score decile, six hours, density.
static enum err cells_make(struct world *world, struct arena *arena, struct why *why)
{
    float edges[WORLD_DECILES - 1];
    size_t n = 0, stride = world->ntrucks / DECILE_SAMPLE + 1;
    float *sample = arena_array(arena, float, world->ntrucks / stride + 1);
    if (!sample) return why_set(why, ERR_NO_MEMORY, "", "no memory for the scores' deciles");
    for (size_t i = 0; i < world->ntrucks; i += stride)
        if (!isnan(world->trucks[i].risk)) sample[n++] = world->trucks[i].risk;
    qsort(sample, n, sizeof *sample, by_value);
    for (int d = 1; d < WORLD_DECILES; d++) edges[d - 1] = n ? sample[n * (size_t)d / WORLD_DECILES] : 0;
    for (size_t i = 0; i < world->ntrucks; i++) {
        struct world_truck *t = &world->trucks[i];
        int decile = 0, quarter = world_hour(t->at_min) / 6;
        while (decile < WORLD_DECILES - 1 && t->risk >= edges[decile]) decile++;
        t->cell = (uint8_t)((decile * WORLD_QUARTERS + quarter) * LANE_DENSITIES + t->density);
    }
    return ERR_NONE;
}

// --- when servers fail ---

// One server's failures, and its upkeep at set times where it is up.
static enum err server_make(struct world *world, size_t cap, int service, int server, struct why *why)
{
    const struct sim_service *s = &world->settings->services[service];
    const struct sim_failure *f = &s->failure;
    struct chance chance =
        chance_of(world->seed, STREAM_SERVER, (uint64_t)service * SIM_SERVERS_MAX + (uint64_t)server);
    double end = world->end_min + WORLD_AFTER_MIN, at = 0, fail = INFINITY, upkeep = INFINITY;
    double down_h = f->long_share * f->long_h + (1 - f->long_share) * f->short_h;
    bool down =
        !world->settings->all_up_at_start && f->mtbf_h > 0 && chance_unit(&chance) < down_h / (f->mtbf_h + down_h);
    if (f->mtbf_h > 0) fail = down ? 0 : 60 * f->mtbf_h * chance_exponential(&chance);
    if (f->upkeep_every_h > 0 && f->upkeep_h > 0)
        upkeep = 60 * f->upkeep_every_h * (server + 0.5) / (s->servers > 0 ? s->servers : 1);
    while ((at = fmin(fail, upkeep)) < end) {
        bool planned = upkeep < fail;
        // In the long run an outage that is seen at a moment is long by the share of its time, not of its number.
        double likely = down && at <= 0 && down_h > 0 ? f->long_share * f->long_h / down_h : f->long_share;
        double length = planned
                            ? f->upkeep_h
                            : chance_exponential(&chance) * (chance_unit(&chance) < likely ? f->long_h : f->short_h);
        double until = at + 60 * length;
        if (world->nturns + 2 > cap)
            return why_set(why, ERR_TOO_LARGE, "failure", "more outages than a run of this length can have");
        world->turns[world->nturns++] = (struct world_turn){at, (uint8_t)service, (uint8_t)server, false, planned};
        world->turns[world->nturns++] = (struct world_turn){until, (uint8_t)service, (uint8_t)server, true, planned};
        if (!planned) fail = until + 60 * f->mtbf_h * chance_exponential(&chance);
        if (planned && fail < until) fail = until + 60 * f->mtbf_h * chance_exponential(&chance);
        while (upkeep < until || (planned && upkeep <= at)) upkeep += 60 * f->upkeep_every_h;
    }
    return ERR_NONE;
}

static int by_time(const void *a, const void *b)
{
    const struct world_turn *x = a, *y = b;
    if (x->at_min != y->at_min) return x->at_min < y->at_min ? -1 : 1;
    if (x->service != y->service) return x->service - y->service;
    if (x->server != y->server) return x->server - y->server;
    return x->up - y->up;
}

static enum err turns_make(struct world *world, struct arena *arena, struct why *why)
{
    double hours = (world->end_min + WORLD_AFTER_MIN) / 60, expected = 0;
    for (size_t i = 0; i < world->settings->lane.nservices; i++) {
        const struct sim_service *s = &world->settings->services[i];
        double each = (s->failure.mtbf_h > 0 ? hours / s->failure.mtbf_h : 0) +
                      (s->failure.upkeep_every_h > 0 ? hours / s->failure.upkeep_every_h : 0);
        expected += s->servers * (each + 6 * sqrt(each) + 8);
    }
    size_t cap = 2 * (size_t)expected + 2;
    world->turns = arena_array(arena, struct world_turn, cap);
    if (!world->turns) return why_set(why, ERR_NO_MEMORY, "", "no memory for %zu outages", cap / 2);
    for (size_t i = 0; i < world->settings->lane.nservices; i++) {
        for (int k = 0; k < world->settings->services[i].servers; k++) {
            enum err err = server_make(world, cap, (int)i, k, why);
            if (err) return err;
        }
    }
    qsort(world->turns, world->nturns, sizeof *world->turns, by_time);
    return ERR_NONE;
}

enum err world_make(const struct sim_settings *s, uint64_t seed, struct arena *arena, struct world *out,
                    struct why *why)
{
    struct cell_risk cells[LANE_CELLS];
    *out = (struct world){.settings = s, .seed = seed, .begin_min = s->warm_up_days * DAY_MIN};
    out->end_min = out->begin_min + s->days * DAY_MIN;
    enum err err = times_make(out, arena, why);
    if (err) return err;
    double mean = ordinary_mean(&s->risk);
    cell_make(&s->risk, mean, &cells[LANE_ORDINARY]);
    cell_make(&s->risk, mean + log(s->risk.trusted_odds), &cells[LANE_TRUSTED]);
    for (size_t i = 0; i < out->ntrucks; i++) truck_make(&s->risk, cells, seed, i, &out->trucks[i]);
    err = draws_make(out, why);
    if (!err) err = cells_make(out, arena, why);
    return err ? err : turns_make(out, arena, why);
}
