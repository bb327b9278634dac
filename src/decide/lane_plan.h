// SPDX-License-Identifier: Apache-2.0
// Lane plan: what one port has to send its trucks to, and how it wants them to wait, read from YAML. It is what turns
// facts about a port into the settings of lane.h and controller.h.
//
//     port: "2304"                   # as crossings name it
//     citation: …                    # on what the floor of chance and the targets stand
//     wait_target_min: 2.5           # mean minutes that a truck waits, over all trucks
//     trucks_per_day: 9200
//     harm: 1                        # of one find, in the unit that the price of a truck-minute is told in
//     chance: {ordinary: 0.03, trusted: 0.01}
//     services:
//       - name: primary
//         lane: green                # green, document, scan or joint
//         kind: general              # general, fast (trusted trucks), joint or unified (both countries at one stop)
//         equipment: booth           # its servers are the units of this type that are up; or `servers: 4`
//         service_min: 1
//         wait_max_min: 45           # optional: no truck is sent where it would wait longer
//         sensitivity: [0.85, 0.7, 0.45]   # chance that it finds what is there: light, middling, dense loads
//         false_alarm: 0.02
#ifndef DECIDE_LANE_PLAN_H
#define DECIDE_LANE_PLAN_H

#include "decide/controller.h"
#include "decide/lane.h"

#include "base/json.h"

#define LANE_PORT_MAX 32 // bytes of a port's code

struct lane_plan {
    struct str port, citation;
    double harm;
    struct lane_settings settings;
    struct str equipment[LANE_SERVICES_MAX]; // by service; {NULL,0}: `servers` of them, always
    int servers[LANE_SERVICES_MAX];
    struct controller_settings controller;
    uint8_t hash[32]; // SHA-256 of the file's bytes
    struct str text;  // the file's bytes, in the arena
};

// Everything lives in the arena. Errors: those of yaml_read, lane_settings_check and controller_check; ERR_MALFORMED
// for a service without servers or with both, and for two services of one name.
enum err lane_plan_read(struct arena *arena, struct str yaml, struct lane_plan **out, struct why *why) MUST_USE;

// The service of that name; -1: there is none.
int lane_plan_service(const struct lane_plan *plan, struct str name);

#endif
