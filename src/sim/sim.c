// SPDX-License-Identifier: Apache-2.0
#include "sim/sim.h"

#include "sim/engine.h"

#include <math.h>

struct range {
    const char *member;
    double value, least, greatest;
};

static enum err ranges_check(const struct range *ranges, size_t n, struct why *why)
{
    for (size_t i = 0; i < n; i++) {
        // Written so that a NaN fails.
        if (ranges[i].value >= ranges[i].least && ranges[i].value <= ranges[i].greatest) continue;
        return why_set(why, ERR_SENSELESS, ranges[i].member, "%g is not from %g to %g", ranges[i].value,
                       ranges[i].least, ranges[i].greatest);
    }
    return ERR_NONE;
}

#define COUNT(array) (sizeof(array) / sizeof *(array))

static enum err shares_check(const char *member, const double *shares, size_t n, double greatest, struct why *why)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        struct range range = {member, shares[i], 0, greatest};
        enum err err = ranges_check(&range, 1, why);
        if (err) return err;
        sum += shares[i];
    }
    return sum > 0 ? ERR_NONE : why_set(why, ERR_SENSELESS, member, "they are all 0");
}

static enum err risk_check(const struct sim_risk *r, struct why *why)
{
    double densities = 0, floors = 0;
    const struct range ranges[] = {
        {"risk/prevalence", r->prevalence, 1e-9, 0.999},
        {"risk/trusted_share", r->trusted_share, 0, 1},
        {"risk/trusted_odds", r->trusted_odds, 1e-6, 1e6},
        {"risk/spread", r->spread, 0, 10},
        {"risk/score_noise", r->score_noise, 0, 10},
        {"risk/harm_spread", r->harm_spread, 0, 5},
        {"risk/harm_noise", r->harm_noise, 0, 5},
        {"risk/unscored_share", r->unscored_share, 0, 1},
        {"risk/filed_both_share", r->filed_both_share, 0, 1},
        {"risk/adapting_share", r->adapting_share, 0, 1},
    };
    enum err err = ranges_check(ranges, COUNT(ranges), why);
    if (!err) err = shares_check("risk/density_share", r->density_share, LANE_DENSITIES, 1, why);
    if (err) return err;
    for (int i = 0; i < LANE_DENSITIES; i++) densities += r->density_share[i];
    if (fabs(densities - 1) > 1e-6)
        return why_set(why, ERR_SENSELESS, "risk/density_share", "they sum to %g", densities);
    for (int i = LANE_DOCUMENT; i < LANE_COUNT; i++) {
        struct range range = {"risk/floor_share", r->floor_share[i], 0, 1};
        err = ranges_check(&range, 1, why);
        if (err) return err;
        floors += r->floor_share[i];
    }
    return floors <= 1 ? ERR_NONE : why_set(why, ERR_SENSELESS, "risk/floor_share", "they sum to %g", floors);
}

static enum err service_check(const struct sim_service *s, struct why *why)
{
    const struct sim_failure *f = &s->failure;
    const struct range ranges[] = {
        {"services/servers", s->servers, 0, SIM_SERVERS_MAX},
        {"services/service_cv", s->service_cv, 0, 5},
        {"services/queue_max", s->queue_max, s->servers ? 1 : 0, SIM_QUEUE_MAX},
        {"services/failure/mtbf_h", f->mtbf_h, f->mtbf_h == 0 ? 0 : 0.1, 1e6},
        {"services/failure/long_share", f->long_share, 0, 1},
        {"services/failure/short_h", f->short_h, 0, 1e5},
        {"services/failure/long_h", f->long_h, 0, 1e5},
        {"services/failure/people", f->people, 0, 1},
        {"services/failure/parts", f->parts, 0, 1 - f->people},
        {"services/failure/upkeep_every_h", f->upkeep_every_h, f->upkeep_every_h == 0 ? 0 : 1, 1e6},
        {"services/failure/upkeep_h", f->upkeep_h, 0, 1e4},
    };
    enum err err = ranges_check(ranges, COUNT(ranges), why);
    for (int d = 0; !err && d < 7; d++) {
        for (int h = 0; !err && h < 24; h++) {
            struct range range = {"services/shift", s->shift[d][h], 0, 1};
            err = ranges_check(&range, 1, why);
        }
    }
    return err;
}

static enum err surges_check(const struct sim_settings *s, struct why *why)
{
    if (s->nsurges > SIM_SURGES_MAX) return why_set(why, ERR_TOO_LARGE, "surges", "at most %d surges", SIM_SURGES_MAX);
    for (size_t i = 0; i < s->nsurges; i++) {
        const struct range ranges[] = {
            {"surges/from_h", s->surges[i].from_h, 0, SIM_DAYS_MAX * 24},
            {"surges/to_h", s->surges[i].to_h, s->surges[i].from_h, SIM_DAYS_MAX * 24},
            {"surges/factor", s->surges[i].factor, 0, 20},
        };
        enum err err = ranges_check(ranges, COUNT(ranges), why);
        if (err) return err;
    }
    return ERR_NONE;
}

enum err sim_check(const struct sim_settings *s, struct why *why)
{
    const struct range ranges[] = {
        {"days", s->days, 1, SIM_DAYS_MAX},
        {"warm_up_days", s->warm_up_days, 0, SIM_DAYS_MAX},
        {"first_month", s->first_month, 0, 11},
        {"trucks_per_day", s->trucks_per_day, 0.1, SIM_TRUCKS_PER_DAY_MAX},
        {"control_every_min", s->control_every_min, 1, 1440},
        {"policy/kind", s->policy.kind, SIM_PUENTE, SIM_FLUSH},
        {"policy/scan_share", s->policy.scan_share, 0, 1},
        {"policy/joint_share", s->policy.joint_share, 0, 1},
        {"policy/flush_min", s->policy.flush_min, 0, 1e6},
    };
    enum err err = ranges_check(ranges, COUNT(ranges), why);
    if (!err) err = shares_check("weekday_factor", s->weekday_factor, 7, 10, why);
    if (!err) err = shares_check("hour_share", s->hour_share, 24, 1e9, why);
    if (!err) err = shares_check("month_factor", s->month_factor, 12, 10, why);
    if (!err) err = surges_check(s, why);
    if (!err) err = risk_check(&s->risk, why);
    if (!err) err = lane_settings_check(&s->lane, why);
    if (!err) err = controller_check(&s->controller, why);
    for (size_t i = 0; !err && i < s->lane.nservices; i++) err = service_check(&s->services[i], why);
    return err;
}

enum err sim_run(const struct sim_settings *settings, uint64_t seed, struct arena *arena, struct sim_result *out,
                 struct why *why)
{
    struct world world;
    enum err err = sim_check(settings, why);
    if (!err) err = world_make(settings, seed, arena, &world, why);
    return err ? err : engine_run(&world, arena, out, why);
}
