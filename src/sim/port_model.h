// SPDX-License-Identifier: Apache-2.0
// Port model: the physical port, without any policy: stations (a service's queue and servers), trucks that join, are
// served, leave, and servers that fail, come back and change shifts. Time is the caller's.
#ifndef SIM_PORT_MODEL_H
#define SIM_PORT_MODEL_H

#include "sim/world.h"

#define NO_TRUCK (-1)

// Where a truck is and what it has waited.
struct visit {
    double joined_min;  // the queue it stands in, or when its service began
    float stage_min;    // waited for the service it stands at, before servers that failed under it
    float waited_min;   // at inspections, in all
    float entry_min;    // at green services
    float delay_min;    // inspections' services and transfers
    int32_t next, back; // in the queue
    int8_t station;
    int8_t target; // where it goes after its entry; -1: nowhere
    uint8_t phase; // the engine's
    bool by_chance;
    bool offender, adapted;
};

struct station_server {
    bool failed;
    int32_t truck;    // NO_TRUCK: idle
    uint32_t version; // of its service: an event of another version is of a service that was broken off
    double began_min;
};

struct station {
    int servers; // 0: unlimited
    int working; // not failed
    int manned;
    int busy;
    int32_t first, last; // queue
    int queued;
    int inbound; // on their way from their entry
    struct station_server server[SIM_SERVERS_MAX];
    // Server-minutes, up to `counted_min`.
    double counted_min, busy_m, up_m, manned_m, working_m;
};

struct port_model {
    const struct world *world;
    struct visit *visits; // one a truck of the world
    struct station stations[LANE_SERVICES_MAX];
    size_t nstations;
    struct port_event *heap; // services that end, soonest first
    size_t nheap;
};

struct port_event {
    double at_min;
    uint32_t version;
    uint8_t station, server;
};

enum err port_model_make(const struct world *world, struct arena *arena, struct port_model *out,
                         struct why *why) MUST_USE;

// Servers at work, were there a truck for each.
int station_up(const struct station *station);
// What a truck joining now would wait, as a port can tell: by the queue's length and the mean service time. INFINITY
// where the queue is full; servers_up is INT_MAX for a station without servers.
struct lane_queue station_queue(const struct port_model *port, int station);
// The same for the `place`th in the queue (0: next).
double station_ahead(const struct port_model *port, int station, int place);

// A truck joins; it is served at once where a server is free. Not for unlimited stations.
void station_join(struct port_model *port, int station, int32_t truck, double now_min);
// Takes a truck out of the queue.
void station_leave(struct port_model *port, int station, int32_t truck, double now_min);

// When the next service ends; INFINITY: none is under way.
double port_model_next(struct port_model *port);
// Ends it: the truck is out of its station, its waits added up, and the next begins. Only when there is one.
int32_t port_model_end_service(struct port_model *port, double now_min);

// A server fails or comes back. A truck under a server that fails goes back to the head of its queue.
void port_model_turn(struct port_model *port, const struct world_turn *turn, double now_min);
// Manning of every station by the hour that begins.
void port_model_shift(struct port_model *port, double now_min);
// Brings the server-minutes up to date.
void port_model_count(struct port_model *port, double now_min);

#endif
