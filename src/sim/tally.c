// SPDX-License-Identifier: Apache-2.0
#include "sim/tally.h"

#include <math.h>

#define FINE_PER_MIN 16

void tally_wait(struct tally_waits *waits, double wait_min)
{
    double fine = wait_min * FINE_PER_MIN, coarse = wait_min - TALLY_FINE / FINE_PER_MIN;
    size_t bin = TALLY_BINS - 1;
    if (fine < TALLY_FINE) {
        bin = (size_t)fine;
    } else if (coarse < TALLY_COARSE) {
        bin = TALLY_FINE + (size_t)coarse;
    }
    waits->bins[bin]++;
    waits->n++;
    waits->sum_min += wait_min;
    waits->max_min = fmax(waits->max_min, wait_min);
}

void tally_waits_clear(struct tally_waits *waits)
{
    if (waits->n) memset(waits, 0, sizeof *waits);
}

double tally_quantile(const struct tally_waits *waits, double part)
{
    uint64_t below = 0, wanted = (uint64_t)ceil(part * (double)waits->n);
    for (size_t i = 0; wanted > 0 && i < TALLY_BINS; i++) {
        below += waits->bins[i];
        if (below < wanted) continue;
        // The upper end of a bin, but that of no wait at all.
        double end = i < TALLY_FINE ? (double)(i + 1) / FINE_PER_MIN
                                    : (double)TALLY_FINE / FINE_PER_MIN + (double)(i - TALLY_FINE + 1);
        return fmin(end, waits->max_min);
    }
    return 0;
}

struct sim_wait tally_figures(const struct tally_waits *waits)
{
    if (waits->n == 0) return (struct sim_wait){0};
    return (struct sim_wait){.n = waits->n,
                             .mean_min = waits->sum_min / (double)waits->n,
                             .p50_min = tally_quantile(waits, 0.5),
                             .p95_min = tally_quantile(waits, 0.95),
                             .max_min = waits->max_min};
}

static double share(double part, double of)
{
    return of > 0 ? part / of : 0;
}

// Hours down in what counts, by what they waited for.
static void outages_finish(const struct world *world, struct sim_result *out)
{
    double since[LANE_SERVICES_MAX][SIM_SERVERS_MAX];
    for (size_t i = 0; i < world->nturns; i++) {
        const struct world_turn *turn = &world->turns[i];
        struct sim_service_result *s = &out->services[turn->service];
        const struct sim_failure *failure = &world->settings->services[turn->service].failure;
        if (!turn->up) {
            since[turn->service][turn->server] = turn->at_min;
            if (turn->at_min >= world->begin_min && turn->at_min < world->end_min && !turn->upkeep) s->outages++;
            continue;
        }
        double from = fmax(since[turn->service][turn->server], world->begin_min);
        double hours = fmax(0, fmin(turn->at_min, world->end_min) - from) / 60;
        if (turn->upkeep) {
            s->upkeep_h += hours;
            continue;
        }
        s->people_h += hours * failure->people;
        s->parts_h += hours * failure->parts;
        s->repair_h += hours * (1 - failure->people - failure->parts);
    }
}

// Detection by score decile and six hours; a cell of under 100 trucks says nothing.
static double worst_cell(const struct tally *tally)
{
    double worst = 1;
    bool any = false;
    for (size_t i = 0; i < WORLD_CELLS; i += LANE_DENSITIES) {
        double found = 0;
        uint64_t seen = 0;
        for (size_t d = 0; d < LANE_DENSITIES; d++) {
            found += tally->cells[i + d].found;
            seen += tally->cells[i + d].seen;
        }
        if (seen < 100) continue;
        any = true;
        worst = fmin(worst, found / (double)seen);
    }
    return any ? worst : 0;
}

static void services_finish(const struct tally *tally, const struct port_model *port, struct sim_result *out)
{
    double busy = 0, up = 0, working = 0, installed = 0;
    for (size_t i = 0; i < port->nstations; i++) {
        struct sim_service_result *s = &out->services[i];
        s->wait = tally_figures(&tally->service[i]);
        if (port->world->settings->lane.services[i].lane != LANE_SCAN) continue;
        busy += s->busy_h;
        up += s->up_h;
        working += s->installed_h - s->people_h - s->parts_h - s->repair_h - s->upkeep_h;
        installed += s->installed_h;
    }
    out->scan_utilisation = share(busy, up);
    out->scan_availability = share(working, installed);
}

static void days_finish(const struct tally *tally, const struct port_model *port, struct sim_result *out)
{
    double servers = 0;
    for (size_t i = 0; i < port->nstations; i++)
        if (port->world->settings->lane.services[i].lane == LANE_SCAN) servers += port->stations[i].servers;
    for (int d = 0; d < port->world->settings->days; d++) {
        out->days[d].wait_mean_min = share(tally->day_wait_min[d], out->days[d].trucks);
        out->days[d].up_share = share(tally->day_up_m[d], servers * 1440);
    }
}

void tally_finish(const struct tally *tally, const struct port_model *port, struct sim_result *out)
{
    out->wait = tally_figures(&tally->all);
    out->added_wait = tally_figures(&tally->added);
    out->entry_wait = tally_figures(&tally->entry);
    out->scan_wait = tally_figures(&tally->scan);
    out->joint_wait = tally_figures(&tally->joint);
    out->delay_mean_min = share(tally->delay_min, (double)out->trucks);
    out->found_share = share(out->found, out->harm);
    out->value = out->found - port->world->settings->controller.price_start * tally->delay_min;
    out->adapting_found = share(tally->adapting_found, (double)out->adapting);
    out->worst_cell_found = worst_cell(tally);
    outages_finish(port->world, out);
    services_finish(tally, port, out);
    days_finish(tally, port, out);
    out->hits_per_1000_scans = share(1000 * (double)out->scan_hits, (double)out->scans);
}
