// SPDX-License-Identifier: Apache-2.0
#include "sim/engine.h"

#include "sim/policy.h"
#include "sim/smugglers.h"
#include "sim/tally.h"

#include <math.h>

#define DAY_MIN 1440.0

enum phase { PHASE_ENTRY, PHASE_INSPECTION, PHASE_ALARM, PHASE_DONE };

struct engine {
    const struct world *world;
    const struct sim_settings *settings;
    struct port_model port;
    struct judge judge;
    struct controller controller;
    struct controller_seen seen; // since the controller's last step
    struct tally *tally;
    struct sim_result *out;
    size_t next_truck, next_turn;
    int64_t next_minute;
    double next_control_min;
    size_t inside; // trucks that have come and not gone
};

static bool counts(const struct engine *e, int32_t truck)
{
    return e->world->trucks[truck].at_min >= e->world->begin_min;
}

static struct sim_day *day_of(const struct engine *e, double at_min)
{
    int day = (int)((at_min - e->world->begin_min) / DAY_MIN);
    return &e->out->days[day < e->settings->days ? day : e->settings->days - 1];
}

static double sensitivity(const struct engine *e, int service, int32_t truck)
{
    return e->settings->lane.services[service].sensitivity[e->world->trucks[truck].density];
}

// --- a truck's end ---

static void finish_day(struct engine *e, int32_t truck, double waits_min)
{
    const struct world_truck *t = &e->world->trucks[truck];
    struct sim_hour *hour = &e->out->hours[world_weekday(e->world, t->at_min)][world_hour(t->at_min)];
    e->tally->day_wait_min[day_of(e, t->at_min) - e->out->days] += waits_min;
    hour->wait_sum_min += waits_min;
}

// Gone, after `inspected` (-1: not inspected, or waved on).
static void finish(struct engine *e, int32_t truck, int inspected)
{
    struct visit *v = &e->port.visits[truck];
    double found = inspected >= 0 ? sensitivity(e, inspected, truck) : 0;
    v->phase = PHASE_DONE;
    e->inside--;
    e->seen.trucks++;
    e->seen.wait_min += (double)v->waited_min;
    e->tally->cells[e->world->trucks[truck].cell].seen++;
    e->tally->cells[e->world->trucks[truck].cell].found += found;
    if (!counts(e, truck)) return;
    tally_wait(&e->tally->all, (double)(v->entry_min + v->waited_min));
    tally_wait(&e->tally->added, (double)v->waited_min);
    e->tally->delay_min += (double)(v->entry_min + v->waited_min + v->delay_min);
    finish_day(e, truck, (double)(v->entry_min + v->waited_min));
    if (!v->adapted) return;
    e->out->adapting++;
    e->tally->adapting_found += found;
}

static void record_stage(struct engine *e, int32_t truck, int station)
{
    struct visit *v = &e->port.visits[truck];
    enum lane lane = e->settings->lane.services[station].lane;
    double wait = (double)v->stage_min;
    *(lane == LANE_GREEN ? &v->entry_min : &v->waited_min) += v->stage_min;
    if (!counts(e, truck)) return;
    const struct world_truck *t = &e->world->trucks[truck];
    tally_wait(&e->tally->service[station], wait);
    if (lane == LANE_GREEN) tally_wait(&e->tally->entry, wait);
    if (lane == LANE_JOINT) tally_wait(&e->tally->joint, wait);
    if (lane != LANE_SCAN) return;
    tally_wait(&e->tally->scan, wait);
    tally_wait(&e->tally->scan_today, wait);
    e->out->hours[world_weekday(e->world, t->at_min)][world_hour(t->at_min)].scan_wait_sum_min += wait;
}

// --- from station to station ---

static void served(struct engine *e, int32_t truck, int station, double now_min);

static void enter(struct engine *e, int32_t truck, int station, enum phase phase, double now_min)
{
    e->port.visits[truck].phase = (uint8_t)phase;
    e->port.visits[truck].delay_min += (float)e->settings->lane.services[station].transfer_min;
    if (e->port.stations[station].servers > 0) {
        station_join(&e->port, station, truck, now_min);
        return;
    }
    e->port.visits[truck].stage_min = 0;
    served(e, truck, station, now_min);
}

// Where an alarm is opened: the joint service with the shortest wait that has somebody at work, or the first.
static int alarm_station(const struct engine *e)
{
    int best = -1;
    double least = 0;
    for (size_t i = 0; i < e->port.nstations; i++) {
        const struct lane_service *service = &e->settings->lane.services[i];
        if (service->lane != LANE_JOINT || service->kind == LANE_UNIFIED || service->kind == LANE_FAST) continue;
        double ahead = e->port.stations[i].servers ? station_ahead(&e->port, (int)i, e->port.stations[i].queued) : 0;
        if (best >= 0 && !(ahead < least)) continue;
        best = (int)i;
        least = ahead;
    }
    return best;
}

static void count_inspection(struct engine *e, int32_t truck, int station, bool hit, bool alarm)
{
    const struct world_truck *t = &e->world->trucks[truck];
    struct sim_service_result *s = &e->out->services[station];
    enum lane lane = e->settings->lane.services[station].lane;
    double harm = (double)t->true_risk * (double)t->true_harm * sensitivity(e, station, truck);
    if (!counts(e, truck)) return;
    struct sim_day *day = day_of(e, t->at_min);
    s->trucks++;
    s->by_chance += e->port.visits[truck].by_chance;
    s->hits += hit;
    s->alarms += alarm;
    e->out->found += harm;
    e->out->hits += hit;
    e->out->false_alarms += alarm;
    day->found += harm;
    day->hits += hit;
    day->joint += lane == LANE_JOINT;
    if (lane != LANE_SCAN) return;
    day->scanned++;
    e->out->scans++;
    e->out->scan_hits += hit;
    e->out->hours[world_weekday(e->world, t->at_min)][world_hour(t->at_min)].scanned++;
}

static void inspected(struct engine *e, int32_t truck, int station, double now_min)
{
    const struct world_truck *t = &e->world->trucks[truck];
    const struct visit *v = &e->port.visits[truck];
    bool hit = v->offender && (double)t->found < sensitivity(e, station, truck);
    bool alarm = !v->offender && (double)t->alarm < e->settings->lane.services[station].false_alarm;
    count_inspection(e, truck, station, hit, alarm);
    int joint = e->settings->lane.services[station].lane < LANE_JOINT ? alarm_station(e) : -1;
    if (joint < 0 || !(hit || alarm)) {
        finish(e, truck, station);
        return;
    }
    e->port.visits[truck].target = (int8_t)station; // where it was found, for the end
    enter(e, truck, joint, PHASE_ALARM, now_min);
}

static void served(struct engine *e, int32_t truck, int station, double now_min)
{
    struct visit *v = &e->port.visits[truck];
    record_stage(e, truck, station);
    switch ((enum phase)v->phase) {
    case PHASE_ENTRY:
        if (counts(e, truck)) e->out->services[station].trucks++;
        if (v->target < 0) {
            finish(e, truck, -1);
            return;
        }
        e->port.stations[v->target].inbound--;
        enter(e, truck, v->target, PHASE_INSPECTION, now_min);
        return;
    case PHASE_INSPECTION:
        inspected(e, truck, station, now_min);
        return;
    case PHASE_ALARM:
        finish(e, truck, v->target);
        return;
    case PHASE_DONE:
        break;
    }
    INVARIANT(false && "a truck that has gone was served");
}

// --- decisions ---

static int entry_station(const struct engine *e, int32_t truck);

static void see_port(const struct engine *e, struct lane_port *out)
{
    for (size_t i = 0; i < e->port.nstations; i++) out->queues[i] = station_queue(&e->port, (int)i);
    out->price = e->controller.price;
}

// What a truck waits at its booth it waits in any lane. Counted against green alone, a queue at the booths would look
// like a reason to inspect.
static void see_entry(const struct engine *e, int32_t truck, struct lane_port *out)
{
    int entry = entry_station(e, truck);
    double common = entry >= 0 ? out->queues[entry].wait_min : 0;
    for (size_t i = 0; i < e->port.nstations; i++)
        if (e->settings->lane.services[i].lane == LANE_GREEN)
            out->queues[i].wait_min = fmax(out->queues[i].wait_min - common, 0);
}

static void see_arrival(const struct engine *e, int32_t truck, struct lane_arrival *out)
{
    const struct world_truck *t = &e->world->trucks[truck];
    *out = (struct lane_arrival){
        .risk = (double)t->risk,
        .harm = (double)t->harm,
        .density = (enum lane_density)t->density,
        .trusted = t->trusted,
        .filed_both = t->filed_both,
        .floor = (enum lane)t->floor,
        .draw = t->draw,
    };
}

static void count_decision(struct engine *e, const struct lane_choice *choice)
{
    e->out->decisions++;
    e->out->over_cap += choice->over_cap;
}

// The service that the policy in force chooses; -1: held.
static int choose(struct engine *e, int32_t truck)
{
    struct lane_arrival arrival;
    struct lane_port port;
    struct lane_choice choice;
    if (e->settings->policy.kind != SIM_PUENTE) return judge_choose(&e->judge, &e->port, &e->world->trucks[truck]);
    see_arrival(e, truck, &arrival);
    see_port(e, &port);
    see_entry(e, truck, &port);
    lane_choose(&arrival, &port, &e->settings->lane, &choice);
    count_decision(e, &choice);
    e->port.visits[truck].by_chance = choice.by_chance;
    return choice.service;
}

// The green service that a truck bound for an inspection passes; -1: the port has none for it.
static int entry_station(const struct engine *e, int32_t truck)
{
    const struct world_truck *t = &e->world->trucks[truck];
    int best = -1;
    double least = 0;
    for (size_t i = 0; i < e->port.nstations; i++) {
        const struct lane_service *service = &e->settings->lane.services[i];
        if (service->lane != LANE_GREEN) continue;
        if ((service->kind == LANE_FAST && !t->trusted) || (service->kind == LANE_UNIFIED && !t->filed_both)) continue;
        struct lane_queue queue = station_queue(&e->port, (int)i);
        double minutes = queue.servers_up > 0 ? queue.wait_min + service->service_min : INFINITY;
        if (best >= 0 && !(minutes < least)) continue;
        best = (int)i;
        least = minutes;
    }
    return best;
}

static bool is_full(const struct engine *e, int station)
{
    const struct station *s = &e->port.stations[station];
    return s->servers > 0 && s->queued + s->inbound >= e->settings->services[station].queue_max;
}

static void count_arrival(struct engine *e, int32_t truck, enum lane lane)
{
    const struct world_truck *t = &e->world->trucks[truck];
    double harm = (double)t->true_risk * (double)t->true_harm;
    if (!counts(e, truck)) return;
    e->out->trucks++;
    e->out->lanes[lane]++;
    e->out->harm += harm;
    e->out->offenders += e->port.visits[truck].offender;
    day_of(e, t->at_min)->trucks++;
    day_of(e, t->at_min)->harm += harm;
    e->out->hours[world_weekday(e->world, t->at_min)][world_hour(t->at_min)].trucks++;
}

static void arrive(struct engine *e, int32_t truck)
{
    double now = e->world->trucks[truck].at_min;
    struct visit *v = &e->port.visits[truck];
    int service = choose(e, truck), entry = -1;
    enum lane lane = service >= 0 ? e->settings->lane.services[service].lane : LANE_HOLD;
    // A judge says green, not at which booth: the driver goes where it is shortest.
    if (lane == LANE_GREEN && e->settings->policy.kind != SIM_PUENTE) service = entry_station(e, truck);
    count_arrival(e, truck, lane);
    e->inside++;
    v->target = -1;
    if (service < 0) { // held by a person, outside the queues
        finish(e, truck, -1);
        return;
    }
    if (lane != LANE_GREEN) v->target = (int8_t)service;
    entry = lane == LANE_GREEN ? service : entry_station(e, truck);
    if (is_full(e, service) || (entry >= 0 && is_full(e, entry))) {
        e->out->turned_away += counts(e, truck);
        finish(e, truck, -1);
        return;
    }
    if (entry < 0) {
        enter(e, truck, service, PHASE_INSPECTION, now);
        return;
    }
    if (v->target >= 0) e->port.stations[service].inbound++;
    enter(e, truck, entry, PHASE_ENTRY, now);
}

// --- trucks that an outage or a shift's end stranded ---

static void move(struct engine *e, int32_t truck, int from, const struct lane_choice *choice, double now_min)
{
    if (choice->service < 0 || choice->service == from || is_full(e, choice->service)) return;
    station_leave(&e->port, from, truck, now_min);
    record_stage(e, truck, from);
    e->port.visits[truck].delay_min -= (float)e->settings->lane.services[from].transfer_min;
    e->out->again++;
    if (choice->lane == LANE_GREEN) { // it has passed its entry already
        e->out->again_released++;
        finish(e, truck, -1);
        return;
    }
    e->out->again_released += choice->lane < LANE_SCAN;
    enter(e, truck, choice->service, PHASE_INSPECTION, now_min);
}

static void check_station(struct engine *e, int station, double now_min)
{
    const struct station *s = &e->port.stations[station];
    const struct lane_service *service = &e->settings->lane.services[station];
    int32_t next;
    int place = 0;
    for (int32_t truck = s->first; truck != NO_TRUCK; truck = next) {
        const struct visit *v = &e->port.visits[truck];
        struct lane_stand stand = {station, (double)v->stage_min + now_min - v->joined_min,
                                   station_ahead(&e->port, station, place)};
        next = v->next;
        place++;
        if (v->phase != PHASE_INSPECTION) continue;
        if (station_up(s) > 0 && stand.waited_min + stand.ahead_min + service->service_min <= service->wait_max_min)
            continue;
        struct lane_arrival arrival;
        struct lane_port port;
        struct lane_choice choice;
        see_arrival(e, truck, &arrival);
        see_port(e, &port);
        lane_again(&arrival, &stand, &port, &e->settings->lane, &choice);
        count_decision(e, &choice);
        int queued = s->queued;
        move(e, truck, station, &choice, now_min);
        place -= queued - s->queued;
    }
}

// --- the clock ---

static void day_begins(struct engine *e, int day)
{
    size_t to = e->next_truck;
    while (to < e->world->ntrucks && e->world->trucks[to].at_min < (day + 1) * DAY_MIN) to++;
    smugglers_move(&e->port, e->tally, e->next_truck, to, day);
}

static void day_ends(struct engine *e, int counted_day)
{
    struct sim_day *day = &e->out->days[counted_day];
    day->scan_wait_p95_min = tally_quantile(&e->tally->scan_today, 0.95);
    day->price = e->controller.price;
    tally_waits_clear(&e->tally->scan_today);
}

// Server-hours of what counts.
static void take_hours(struct engine *e, double sign)
{
    for (size_t i = 0; i < e->port.nstations; i++) {
        struct sim_service_result *s = &e->out->services[i];
        const struct station *station = &e->port.stations[i];
        s->busy_h += sign * station->busy_m / 60;
        s->up_h += sign * station->up_m / 60;
        s->manned_h += sign * station->manned_m / 60;
        s->installed_h = station->servers * e->settings->days * 24.0;
    }
}

static double working_scan_m(const struct engine *e)
{
    double sum = 0;
    for (size_t i = 0; i < e->port.nstations; i++)
        if (e->settings->lane.services[i].lane == LANE_SCAN) sum += e->port.stations[i].working_m;
    return sum;
}

static void midnight(struct engine *e, int day, double now_min)
{
    int counted = day - e->settings->warm_up_days;
    port_model_count(&e->port, now_min);
    if (counted > 0 && counted <= e->settings->days) {
        day_ends(e, counted - 1);
        e->tally->day_up_m[counted - 1] += working_scan_m(e);
    }
    if (counted >= 0 && counted < e->settings->days) e->tally->day_up_m[counted] -= working_scan_m(e);
    if (counted == 0) take_hours(e, -1);
    if (counted == e->settings->days) take_hours(e, 1);
    day_begins(e, day);
}

static void minute(struct engine *e)
{
    double now = (double)e->next_minute;
    if (e->next_minute % 60 == 0) port_model_shift(&e->port, now);
    if (e->next_minute % 1440 == 0) midnight(e, (int)(e->next_minute / 1440), now);
    e->next_minute++;
    if (e->settings->policy.kind != SIM_PUENTE) return;
    for (size_t i = 0; i < e->port.nstations; i++)
        if (e->port.stations[i].queued > 0 && e->settings->lane.services[i].lane != LANE_GREEN)
            check_station(e, (int)i, now);
    if (now < e->next_control_min) return;
    e->seen.elapsed_min = e->settings->control_every_min;
    controller_step(&e->settings->controller, &e->seen, &e->controller);
    e->seen = (struct controller_seen){0};
    e->next_control_min += e->settings->control_every_min;
}

// What happens next, in the order in which things at one moment happen: outages, ends of services, the minute's work,
// arrivals. False: nothing more.
static bool step(struct engine *e)
{
    const struct world *w = e->world;
    double turn = e->next_turn < w->nturns ? w->turns[e->next_turn].at_min : INFINITY;
    double service = port_model_next(&e->port);
    double tick = (double)e->next_minute;
    double arrival = e->next_truck < w->ntrucks ? w->trucks[e->next_truck].at_min : INFINITY;
    double now = fmin(fmin(turn, service), fmin(tick, arrival));
    if (now > w->end_min && (e->inside == 0 || now > w->end_min + WORLD_AFTER_MIN)) return false;
    if (turn <= now) {
        port_model_turn(&e->port, &w->turns[e->next_turn++], now);
    } else if (service <= now) {
        int station = e->port.heap[0].station;
        served(e, port_model_end_service(&e->port, now), station, now);
    } else if (tick <= now) {
        minute(e);
    } else {
        arrive(e, (int32_t)e->next_truck++);
    }
    return true;
}

// Trucks that are still in a queue when the run is cut: what they have waited so far counts.
static void finish_stranded(struct engine *e)
{
    double now = e->world->end_min + WORLD_AFTER_MIN;
    for (size_t i = 0; i < e->port.nstations; i++) {
        while (e->port.stations[i].first != NO_TRUCK) {
            int32_t truck = e->port.stations[i].first;
            station_leave(&e->port, (int)i, truck, now);
            record_stage(e, truck, (int)i);
            finish(e, truck, -1);
        }
    }
}

enum err engine_run(const struct world *world, struct arena *arena, struct sim_result *out, struct why *why)
{
    struct engine e = {.world = world, .settings = world->settings, .out = out};
    memset(out, 0, sizeof *out);
    out->seed = world->seed;
    e.tally = arena_new(arena, struct tally);
    if (!e.tally) return why_set(why, ERR_NO_MEMORY, "", "no memory for the run's counts");
    enum err err = port_model_make(world, arena, &e.port, why);
    if (!err && world->settings->policy.kind != SIM_PUENTE) err = judge_make(world, arena, &e.judge, why);
    if (err) return err;
    controller_start(&world->settings->controller, &e.controller);
    e.next_control_min = world->settings->control_every_min;
    while (step(&e)) continue;
    finish_stranded(&e);
    out->price_end = e.controller.price;
    tally_finish(e.tally, &e.port, out);
    return ERR_NONE;
}
