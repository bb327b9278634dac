// SPDX-License-Identifier: Apache-2.0
#include "sim/port_model.h"

#include "sim/chance.h"

#include <limits.h>
#include <math.h>

// --- the heap of services that end ---

static bool event_before(const struct port_event *a, const struct port_event *b)
{
    if (a->at_min != b->at_min) return a->at_min < b->at_min;
    return a->station != b->station ? a->station < b->station : a->server < b->server;
}

static void heap_push(struct port_model *port, struct port_event event)
{
    size_t i = port->nheap++;
    while (i > 0 && event_before(&event, &port->heap[(i - 1) / 2])) {
        port->heap[i] = port->heap[(i - 1) / 2];
        i = (i - 1) / 2;
    }
    port->heap[i] = event;
}

static void heap_pop(struct port_model *port)
{
    struct port_event last = port->heap[--port->nheap];
    size_t i = 0, child;
    while ((child = 2 * i + 1) < port->nheap) {
        if (child + 1 < port->nheap && event_before(&port->heap[child + 1], &port->heap[child])) child++;
        if (!event_before(&port->heap[child], &last)) break;
        port->heap[i] = port->heap[child];
        i = child;
    }
    port->heap[i] = last;
}

// --- stations ---

static int installed_servers(const struct world *world)
{
    int n = 0;
    for (size_t i = 0; i < world->settings->lane.nservices; i++) n += world->settings->services[i].servers;
    return n;
}

enum err port_model_make(const struct world *world, struct arena *arena, struct port_model *out, struct why *why)
{
    *out = (struct port_model){.world = world, .nstations = world->settings->lane.nservices};
    // A server that fails leaves its event behind, void: one for each turn, and one for each server at work.
    size_t cap = world->nturns + (size_t)installed_servers(world) + 1;
    out->visits = arena_array(arena, struct visit, world->ntrucks + 1);
    out->heap = arena_array(arena, struct port_event, cap);
    if (!out->visits || !out->heap) return why_set(why, ERR_NO_MEMORY, "", "no memory for %zu trucks", world->ntrucks);
    for (size_t i = 0; i < out->nstations; i++) {
        struct station *s = &out->stations[i];
        s->servers = s->working = world->settings->services[i].servers;
        s->first = s->last = NO_TRUCK;
        for (int k = 0; k < SIM_SERVERS_MAX; k++) s->server[k].truck = NO_TRUCK;
    }
    return ERR_NONE;
}

int station_up(const struct station *station)
{
    return station->working < station->manned ? station->working : station->manned;
}

double station_ahead(const struct port_model *port, int station, int place)
{
    const struct station *s = &port->stations[station];
    int up = station_up(s);
    // Of the service under way, half is over on average.
    return up > 0 ? (place + 0.5) * port->world->settings->lane.services[station].service_min / up : INFINITY;
}

struct lane_queue station_queue(const struct port_model *port, int station)
{
    const struct station *s = &port->stations[station];
    if (s->servers == 0) return (struct lane_queue){.servers_up = INT_MAX};
    int up = station_up(s), waiting = s->queued + s->inbound;
    if (s->queued >= port->world->settings->services[station].queue_max) return (struct lane_queue){up, INFINITY};
    if (up <= 0) return (struct lane_queue){0, 0};
    if (s->busy + waiting < up) return (struct lane_queue){up, 0};
    return (struct lane_queue){up, station_ahead(port, station, s->busy > up ? waiting + s->busy - up : waiting)};
}

static void station_count(struct station *s, double now_min)
{
    double span = now_min - s->counted_min;
    s->busy_m += span * s->busy;
    s->up_m += span * station_up(s);
    s->manned_m += span * s->manned;
    s->working_m += span * s->working;
    s->counted_min = now_min;
}

void port_model_count(struct port_model *port, double now_min)
{
    for (size_t i = 0; i < port->nstations; i++) station_count(&port->stations[i], now_min);
}

static void unlink_truck(struct port_model *port, struct station *s, int32_t truck)
{
    struct visit *v = &port->visits[truck];
    *(v->back == NO_TRUCK ? &s->first : &port->visits[v->back].next) = v->next;
    *(v->next == NO_TRUCK ? &s->last : &port->visits[v->next].back) = v->back;
    s->queued--;
}

// What a truck spends being inspected; at a green service it is what it came for.
static void add_delay(struct port_model *port, int station, struct visit *v, double minutes)
{
    if (port->world->settings->lane.services[station].lane != LANE_GREEN) v->delay_min += (float)minutes;
}

static void begin_service(struct port_model *port, int station, int server, int32_t truck, double now_min)
{
    struct station *s = &port->stations[station];
    struct station_server *at = &s->server[server];
    struct visit *v = &port->visits[truck];
    const struct sim_service *settings = &port->world->settings->services[station];
    struct chance chance = chance_of(port->world->trucks[truck].salt, (uint64_t)station, 0);
    double minutes =
        port->world->settings->lane.services[station].service_min * chance_gamma(&chance, settings->service_cv);
    v->stage_min += (float)(now_min - v->joined_min);
    station_count(s, now_min);
    at->truck = truck;
    at->began_min = v->joined_min = now_min;
    s->busy++;
    heap_push(port, (struct port_event){now_min + minutes, at->version, (uint8_t)station, (uint8_t)server});
}

// Begins services while there are trucks and servers.
static void station_fill(struct port_model *port, int station, double now_min)
{
    struct station *s = &port->stations[station];
    for (int k = 0; k < s->servers && s->queued > 0 && s->busy < station_up(s); k++) {
        int32_t truck = s->first;
        if (s->server[k].failed || s->server[k].truck != NO_TRUCK) continue;
        unlink_truck(port, s, truck);
        begin_service(port, station, k, truck, now_min);
    }
}

void station_join(struct port_model *port, int station, int32_t truck, double now_min)
{
    struct station *s = &port->stations[station];
    struct visit *v = &port->visits[truck];
    v->joined_min = now_min;
    v->stage_min = 0;
    v->station = (int8_t)station;
    v->next = NO_TRUCK;
    v->back = s->last;
    *(s->last == NO_TRUCK ? &s->first : &port->visits[s->last].next) = truck;
    s->last = truck;
    s->queued++;
    station_fill(port, station, now_min);
}

void station_leave(struct port_model *port, int station, int32_t truck, double now_min)
{
    struct visit *v = &port->visits[truck];
    unlink_truck(port, &port->stations[station], truck);
    v->stage_min += (float)(now_min - v->joined_min);
}

double port_model_next(struct port_model *port)
{
    while (port->nheap > 0) {
        const struct port_event *e = &port->heap[0];
        if (port->stations[e->station].server[e->server].version == e->version) return e->at_min;
        heap_pop(port);
    }
    return INFINITY;
}

int32_t port_model_end_service(struct port_model *port, double now_min)
{
    struct port_event event = port->heap[0];
    struct station *s = &port->stations[event.station];
    struct station_server *at = &s->server[event.server];
    int32_t truck = at->truck;
    INVARIANT(at->version == event.version && truck != NO_TRUCK);
    heap_pop(port);
    station_count(s, now_min);
    add_delay(port, event.station, &port->visits[truck], now_min - at->began_min);
    at->truck = NO_TRUCK;
    at->version++;
    s->busy--;
    station_fill(port, event.station, now_min);
    return truck;
}

// The truck whose server failed waits on, first of its queue, and its service begins anew.
static void break_off(struct port_model *port, int station, int server, double now_min)
{
    struct station *s = &port->stations[station];
    struct station_server *at = &s->server[server];
    int32_t truck = at->truck;
    struct visit *v = &port->visits[truck];
    at->truck = NO_TRUCK;
    at->version++;
    s->busy--;
    add_delay(port, station, v, now_min - at->began_min);
    v->joined_min = now_min;
    v->back = NO_TRUCK;
    v->next = s->first;
    *(s->first == NO_TRUCK ? &s->last : &port->visits[s->first].back) = truck;
    s->first = truck;
    s->queued++;
}

void port_model_turn(struct port_model *port, const struct world_turn *turn, double now_min)
{
    struct station *s = &port->stations[turn->service];
    struct station_server *at = &s->server[turn->server];
    if (at->failed != turn->up) return;
    station_count(s, now_min);
    at->failed = !turn->up;
    s->working += turn->up ? 1 : -1;
    if (!turn->up && at->truck != NO_TRUCK) break_off(port, turn->service, turn->server, now_min);
    station_fill(port, turn->service, now_min);
}

void port_model_shift(struct port_model *port, double now_min)
{
    int day = world_weekday(port->world, now_min), hour = world_hour(now_min);
    for (size_t i = 0; i < port->nstations; i++) {
        struct station *s = &port->stations[i];
        station_count(s, now_min);
        s->manned = (int)lround(s->servers * port->world->settings->services[i].shift[day][hour]);
        station_fill(port, (int)i, now_min);
    }
}
