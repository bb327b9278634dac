// SPDX-License-Identifier: Apache-2.0
// Lane: the choice of where an arriving truck goes. One pure function: arrival, port state and settings in, service
// and lane with every term of its gain out, so that any simulator or replay can drive it. No clock, no memory, no
// state of its own; the same input gives the same bytes.
//
// For each service a (a queue with its servers) that the truck may use:
//
//     benefit    = risk * harm * sensitivity_a[density]
//     delay      = price * ((1 + followers) * wait_a + service_a + transfer_a - saved_a)
//     alarm      = (1 - risk) * false_alarm_a * price * ((1 + followers) * wait_joint + service_joint + transfer_joint)
//     entry      = price * what the green service that it passes first costs it (0 for green services themselves)
//     gain       = benefit - delay - alarm - entry
//     feasible_a = servers are up, wait_a + service_a <= wait_max_a, the truck is eligible, lane_a >= its floor
//
// The best feasible gain wins. Around a boundary the benefit is shaken by up to +-smoothing (one draw an arrival), so
// that nobody finds the edge by trying; and of the trucks below LANE_SCAN a random share, the floor of chance, is
// scanned all the same; where no scan is feasible, docks take a part of it, as much of their time as it would have cost
// scanners. The probability of each service is exact and returned: back-tests divide by it.
//
// Every truck passes a green service (a booth) first, whatever its lane. So a booth's queue weighs the same on every
// lane, and booths that are full or closed send nobody to an inspection: if none is open to the truck, the one with the
// least wait counts as open.
//
// What never happens, whatever comes in: a lane greener than the arrival's floor; a truck without an answer; a hold
// that the floor did not ask for; a greener lane because something was missing. Missing or senseless input has a
// defined reading, each flagged in the answer:
//   Risk NaN or < 0: risk_unknown of its cell; > 1: 1. Harm NaN or < 0: harm_unknown; over 1e60: 1e60.
//   Wait NaN or < 0: 0 (the inspection looks cheap, never dear); infinite: a full queue, over any cap.
//   Density out of range: each service at its best. Price NaN or <= 0: price_unknown. Floor out of range: hold.
//   A draw outside [0, 1): 0.
#ifndef DECIDE_LANE_H
#define DECIDE_LANE_H

#include "base/why.h"
#include "decide/draw.h"
#include "statement/lane.h"

#include <stdbool.h>
#include <stdint.h>

#define LANE_SERVICES_MAX 16
#define LANE_DENSITIES 3

enum lane_density { LANE_LIGHT, LANE_MIDDLING, LANE_DENSE }; // how hard the load is to see through

// X(kind, name)
#define LANE_KIND_TABLE(X)                                                                                             \
    X(LANE_GENERAL, "general") /* for every truck */                                                                   \
    X(LANE_FAST, "fast")       /* for trusted trucks only */                                                           \
    X(LANE_TOGETHER, "joint")  /* both countries inspect at one stop */                                                \
    X(LANE_UNIFIED, "unified") /* both countries' formalities at one stop, for trucks filed with both */

enum lane_kind {
#define X(kind, name) kind,
    LANE_KIND_TABLE(X)
#undef X
        LANE_KIND_COUNT
};
const char *lane_kind_name(enum lane_kind kind);
bool lane_kind_parse(struct str text, enum lane_kind *out);

// One place a truck can be sent to.
struct lane_service {
    char name[32];
    enum lane lane; // not hold
    enum lane_kind kind;
    double service_min;                 // a server's time for one truck
    double transfer_min;                // the truck's way there and back; nobody else waits for it
    double saved_min;                   // what the truck is spared elsewhere (the second country's stop)
    double wait_max_min;                // cap on waiting and service together; INFINITY: none
    double sensitivity[LANE_DENSITIES]; // P(found | illicit), light to dense; 0 to 1
    double false_alarm;                 // P(alarm | clean), each of which goes on to a joint service; 0 to 1
};

// Cells: what is known of the truck's standing.
enum lane_cell { LANE_ORDINARY, LANE_TRUSTED };
#define LANE_CELLS 2

struct lane_settings {
    struct lane_service services[LANE_SERVICES_MAX];
    size_t nservices;
    double followers;                // k: minutes that one minute of queue costs those behind; >= 0
    double smoothing;                // 0 to 0.5: the benefit is shaken by up to this share, both ways
    double chance[LANE_CELLS];       // the floor of chance: share inspected though not chosen; 0 to 1
    double risk_unknown[LANE_CELLS]; // for arrivals without a score: at least the cell's mean
    double harm_unknown;
    double price_unknown; // harm a truck-minute, where the port has none; low, so that inspections look cheap
};

// One service, now.
struct lane_queue {
    int servers_up;  // working and manned; INT_MAX for a service without queue
    double wait_min; // that a truck joining it now would wait before its service begins
};

struct lane_port {
    struct lane_queue queues[LANE_SERVICES_MAX]; // by index of settings.services
    double price;                                // harm a truck-minute (see decide/controller.h)
};

struct lane_arrival {
    double risk; // calibrated probability of an offence
    double harm; // if there is one, in the port's unit
    enum lane_density density;
    bool trusted;     // in force, of driver and carrier
    bool filed_both;  // its documents are with both countries
    enum lane floor;  // the strictest that the rules ask for; hold only by it
    struct draw draw; // see decide/draw.h
};

// Why a service was not feasible.
// X(bar, name)
#define LANE_BAR_TABLE(X)                                                                                              \
    X(LANE_OPEN, "open")                                                                                               \
    X(LANE_BELOW_FLOOR, "below-floor")                                                                                 \
    X(LANE_NOT_ELIGIBLE, "not-eligible")                                                                               \
    X(LANE_NO_SERVER, "no-server")                                                                                     \
    X(LANE_OVER_CAP, "over-cap")

enum lane_bar {
#define X(bar, name) bar,
    LANE_BAR_TABLE(X)
#undef X
        LANE_BAR_COUNT
};
const char *lane_bar_name(enum lane_bar bar);

struct lane_term {
    enum lane_bar bar;
    double wait_min;    // as read
    double benefit;     // harm
    double delay;       // harm; negative where more is saved than waited
    double alarm;       // harm
    double entry;       // harm
    double gain;        // benefit - delay - alarm - entry
    double probability; // that the draws give this service
};

struct lane_choice {
    enum lane lane;
    int service;        // index; -1: no service at or above the floor exists (hold, or settings without one)
    double propensity;  // of the lane: the sum over its services; in (0, 1]
    bool by_chance;     // the floor of chance sent it there
    bool chance_missed; // it would have, were a scanner open
    bool over_cap;      // nothing feasible at or above its floor: it waits where the queue is shortest
    bool no_server;     // ... and nobody is at work there now
    bool unknown_risk, unknown_harm, unknown_density, unknown_price, unknown_floor, unknown_wait, unknown_draw;
    struct lane_term terms[LANE_SERVICES_MAX]; // one a service of the settings
};

// ERR_SENSELESS with the member that is out of its range, has no number, or a service of lane hold.
enum err lane_settings_check(const struct lane_settings *settings, struct why *why) MUST_USE;

// The choice. Settings should have been checked; unchecked ones give a defined answer (values clamped to their
// ranges, services beyond LANE_SERVICES_MAX not seen). Allocates nothing.
void lane_choose(const struct lane_arrival *arrival, const struct lane_port *port, const struct lane_settings *settings,
                 struct lane_choice *out);

// A truck that stands in a queue and was stranded there (an outage, a shift's end), decided again. It has waited
// `waited_min` at `service`, and `ahead_min` is what it would still wait: there the cap counts both, elsewhere it
// starts anew, and its entry lies behind it: to be released costs nothing. Its draws are its own, so that waiting never
// takes it off the floor of chance while an inspection is feasible.
struct lane_stand {
    int service;
    double waited_min, ahead_min;
};
void lane_again(const struct lane_arrival *arrival, const struct lane_stand *stand, const struct lane_port *port,
                const struct lane_settings *settings, struct lane_choice *out);

#endif
