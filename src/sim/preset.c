// SPDX-License-Identifier: Apache-2.0
// Presets: the port that the lane policy is judged in, and a port to ask what-ifs of. Figures without another source
// are those of lanes.md 4.3, or assumptions that are said here.
#include "sim/sim.h"

#include <math.h>
#include <stdio.h>

// A day at the World Trade Bridge, open from 7 to 24 (CBP's wait-time feed, 2022-06-29). Notes: from 13 to 16 o'clock
// 770 trucks an hour on weekdays, 7.26 % of the day's. The other hours are assumed.
static const double hour_share[24] = {0,   0,    0,    0,    0,    0,   0,   3.9, 5.0, 5.7, 6.2, 6.6,
                                      7.0, 7.26, 7.26, 7.26, 7.26, 6.9, 6.4, 6.0, 5.4, 4.8, 4.0, 3.1};
static const double weekday_factor[7] = {1.15, 1.15, 1.15, 1.15, 1.15, 0.8, 0.45};

static void name_set(struct lane_service *service, const char *name)
{
    snprintf(service->name, sizeof service->name, "%s", name);
}

static void manned_always(struct sim_service *service)
{
    for (int d = 0; d < 7; d++)
        for (int h = 0; h < 24; h++) service->shift[d][h] = 1;
}

// A share of the servers at night and on Sunday, all of them by day.
static void manned_by_day(struct sim_service *service, int from, int to, double else_share)
{
    for (int d = 0; d < 7; d++)
        for (int h = 0; h < 24; h++) service->shift[d][h] = h >= from && h < to && d < 6 ? 1 : else_share;
}

static size_t service_add(struct sim_settings *s, const char *name, enum lane lane, int servers, double service_min,
                          double wait_max_min)
{
    size_t i = s->lane.nservices++;
    struct lane_service *service = &s->lane.services[i];
    *service = (struct lane_service){.lane = lane, .service_min = service_min, .wait_max_min = wait_max_min};
    name_set(service, name);
    s->services[i] = (struct sim_service){.servers = servers, .queue_max = servers ? 4096 : 0};
    manned_always(&s->services[i]);
    return i;
}

static void sees(struct sim_settings *s, size_t i, double light, double middling, double dense, double false_alarm)
{
    struct lane_service *service = &s->lane.services[i];
    service->sensitivity[LANE_LIGHT] = light;
    service->sensitivity[LANE_MIDDLING] = middling;
    service->sensitivity[LANE_DENSE] = dense;
    service->false_alarm = false_alarm;
}

static int scaled(int servers, double size)
{
    int n = (int)lround(servers * size);
    return n > 1 ? n : 1;
}

static void common(struct sim_settings *s)
{
    *s = (struct sim_settings){.days = 28, .trucks_per_day = 9222, .control_every_min = 15};
    memcpy(s->weekday_factor, weekday_factor, sizeof weekday_factor);
    memcpy(s->hour_share, hour_share, sizeof hour_share);
    for (int m = 0; m < 12; m++) s->month_factor[m] = 1;
    // Notes: 0.67 % of trucks, 35 % trusted, noise of 0.5 and 0.4. Assumed: a trusted truck has a quarter of the odds,
    // and risks and harms spread so that the best fixed threshold finds what the notes found it to find, 0.61 at 2 min.
    s->risk = (struct sim_risk){
        .prevalence = 0.0067,
        .trusted_share = 0.35,
        .trusted_odds = 0.25,
        .spread = 1.3,
        .score_noise = 0.5,
        .harm_spread = 0.8,
        .harm_noise = 0.4,
        .density_share = {0.3, 0.45, 0.25},
    };
    s->lane.followers = 3;
    s->lane.smoothing = 0.05;
    s->lane.chance[LANE_ORDINARY] = 0.03;
    s->lane.chance[LANE_TRUSTED] = 0.01;
    // Without a score a truck is taken for one of the riskiest tenth or so of its cell.
    s->lane.risk_unknown[LANE_ORDINARY] = 0.02;
    s->lane.risk_unknown[LANE_TRUSTED] = 0.006;
    s->lane.harm_unknown = 1;
    s->lane.price_unknown = 1e-4;
}

void sim_preset_judge(struct sim_settings *s)
{
    common(s);
    snprintf(s->name, sizeof s->name, "judge");
    service_add(s, "green", LANE_GREEN, 0, 0, INFINITY);
    size_t scan = service_add(s, "scan", LANE_SCAN, 5, 1, 45);
    sees(s, scan, 0.85, 0.70, 0.45, 0.02);
    s->services[scan].queue_max = SIM_QUEUE_MAX;
    s->services[scan].failure = (struct sim_failure){
        .mtbf_h = 120, .long_share = 0.46, .short_h = 2, .long_h = 48, .people = 0.2, .parts = 0.5};
    size_t dock = service_add(s, "dock", LANE_JOINT, 12, 45, 240);
    sees(s, dock, 0.95, 0.95, 0.95, 0);
    s->services[dock].queue_max = SIM_QUEUE_MAX;
    s->all_up_at_start = true; // 28 days then have 85 %, near the notes' 86 %; the long run has 84 %
    s->risk.adapting_share = 0.2;
    controller_preset(s->trucks_per_day, 2, &s->controller);
    s->controller.price_start = 0.00012;
}

void sim_preset_port(double trucks_per_day, int lanes, struct sim_settings *s)
{
    int fast = lanes >= 4 ? lanes / 4 : 0;
    common(s);
    snprintf(s->name, sizeof s->name, "port");
    s->trucks_per_day = trucks_per_day;
    // FAST takes 27 s (World Trade Bridge); a general booth 65 s, assumed.
    size_t booth = service_add(s, "booth", LANE_GREEN, lanes - fast > 0 ? lanes - fast : 1, 65.0 / 60, INFINITY);
    s->services[booth].service_cv = 0.5;
    if (fast) {
        size_t i = service_add(s, "fast", LANE_GREEN, fast, 27.0 / 60, INFINITY);
        s->lane.services[i].kind = LANE_FAST;
        s->services[i].service_cv = 0.5;
    }
    // Assumed, and in proportion to the port: documents, scanners and docks.
    double size = trucks_per_day / 9222;
    size_t document = service_add(s, "document", LANE_DOCUMENT, scaled(4, size), 6, 60);
    sees(s, document, 0.10, 0.10, 0.10, 0.01);
    s->services[document].service_cv = 0.5;
    manned_by_day(&s->services[document], 7, 22, 0.5);
    size_t scan = service_add(s, "scan", LANE_SCAN, scaled(5, size), 1, 45);
    sees(s, scan, 0.85, 0.70, 0.45, 0.02);
    s->lane.services[scan].transfer_min = 3;
    s->services[scan].service_cv = 0.3;
    s->services[scan].failure = (struct sim_failure){.mtbf_h = 120,
                                                     .long_share = 0.46,
                                                     .short_h = 2,
                                                     .long_h = 48,
                                                     .people = 0.2,
                                                     .parts = 0.5,
                                                     .upkeep_every_h = 720,
                                                     .upkeep_h = 4};
    size_t dock = service_add(s, "dock", LANE_JOINT, scaled(12, size), 45, 240);
    sees(s, dock, 0.95, 0.95, 0.95, 0);
    s->services[dock].service_cv = 0.4;
    manned_by_day(&s->services[dock], 7, 22, 0.5);
    s->risk.unscored_share = 0.02;
    s->risk.filed_both_share = 0.3;
    s->risk.floor_share[LANE_DOCUMENT] = 0.01;
    s->risk.floor_share[LANE_SCAN] = 0.005;
    s->risk.floor_share[LANE_JOINT] = 0.001;
    s->risk.adapting_share = 0.2;
    s->warm_up_days = 7;
    controller_preset(trucks_per_day, 2, &s->controller);
    s->controller.price_start = 0.00012;
}
