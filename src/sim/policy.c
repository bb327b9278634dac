// SPDX-License-Identifier: Apache-2.0
#include "sim/policy.h"

#include <math.h>
#include <stdlib.h>

#define SAMPLE 32768

static int first_service(const struct lane_settings *lane, enum lane wanted)
{
    for (size_t i = 0; i < lane->nservices; i++)
        if (lane->services[i].lane == wanted && lane->services[i].kind != LANE_FAST &&
            lane->services[i].kind != LANE_UNIFIED)
            return (int)i;
    return -1;
}

static double expected_harm(const struct lane_settings *lane, const struct world_truck *t)
{
    double risk = isnan(t->risk) ? lane->risk_unknown[t->trusted ? LANE_TRUSTED : LANE_ORDINARY] : (double)t->risk;
    return risk * (isnan(t->harm) ? lane->harm_unknown : (double)t->harm);
}

static double scan_score(const struct judge *judge, const struct lane_settings *lane, const struct world_truck *t)
{
    double harm = expected_harm(lane, t);
    return judge->policy.by_find ? harm * lane->services[judge->scan].sensitivity[t->density] : harm;
}

// By what a dock finds: what it finds over a scan.
static double joint_score(const struct judge *judge, const struct lane_settings *lane, const struct world_truck *t)
{
    double harm = expected_harm(lane, t);
    if (!judge->policy.by_find) return harm;
    return harm *
           (lane->services[judge->joint].sensitivity[t->density] - lane->services[judge->scan].sensitivity[t->density]);
}

static int falling(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x < y) - (x > y);
}

// The score that `share` of the n are above.
static double threshold(double *scores, size_t n, double share, size_t of)
{
    size_t above = (size_t)lround(fmin(fmax(share, 0), 1) * (double)of);
    qsort(scores, n, sizeof *scores, falling);
    if (above == 0) return INFINITY;
    return above >= n ? -INFINITY : scores[above - 1];
}

enum err judge_make(const struct world *world, struct arena *arena, struct judge *out, struct why *why)
{
    const struct lane_settings *lane = &world->settings->lane;
    size_t stride = world->ntrucks / SAMPLE + 1, n = 0, rest = 0;
    *out = (struct judge){
        .policy = world->settings->policy,
        .green = first_service(lane, LANE_GREEN),
        .scan = first_service(lane, LANE_SCAN),
        .joint = first_service(lane, LANE_JOINT),
    };
    if (out->scan < 0 || out->joint < 0 || out->green < 0)
        return why_set(why, ERR_SENSELESS, "policy", "a judge needs a green, a scan and a joint service");
    double *scores = arena_array(arena, double, world->ntrucks / stride + 1);
    if (!scores) return why_set(why, ERR_NO_MEMORY, "", "no memory for a sample of scores");
    for (size_t i = 0; i < world->ntrucks; i += stride) scores[n++] = joint_score(out, lane, &world->trucks[i]);
    out->joint_threshold = threshold(scores, n, out->policy.joint_share, n);
    for (size_t i = 0; i < world->ntrucks; i += stride)
        if (joint_score(out, lane, &world->trucks[i]) < out->joint_threshold)
            scores[rest++] = scan_score(out, lane, &world->trucks[i]);
    out->scan_threshold = threshold(scores, rest, out->policy.scan_share, n);
    return ERR_NONE;
}

static enum lane lane_of(const struct judge *judge, const struct port_model *port, const struct world_truck *t)
{
    const struct lane_settings *lane = &port->world->settings->lane;
    if (judge->policy.kind == SIM_RANDOM) {
        if (t->draw.floor < judge->policy.scan_share) return LANE_SCAN;
        return t->draw.floor < judge->policy.scan_share + judge->policy.joint_share ? LANE_JOINT : LANE_GREEN;
    }
    if (joint_score(judge, lane, t) >= judge->joint_threshold) return LANE_JOINT;
    if (scan_score(judge, lane, t) < judge->scan_threshold) return LANE_GREEN;
    if (judge->policy.kind == SIM_FLUSH) {
        struct lane_queue queue = station_queue(port, judge->scan);
        // Waiting for nobody to be at work is the longest queue.
        if (queue.servers_up == 0 || queue.wait_min > judge->policy.flush_min) return LANE_GREEN;
    }
    return LANE_SCAN;
}

int judge_choose(const struct judge *judge, const struct port_model *port, const struct world_truck *truck)
{
    enum lane lane = lane_of(judge, port, truck);
    if (lane < truck->floor) lane = truck->floor;
    if (lane == LANE_HOLD) return -1;
    if (lane == LANE_JOINT) return judge->joint;
    return lane == LANE_GREEN ? judge->green : judge->scan;
}
