// SPDX-License-Identifier: Apache-2.0
// Choice: where a truck that is at the port goes, within what the rules allow: the rules' decision and the port's state
// put to lane.h, and how that stands in a decision statement. Everything that went in is in the statement, so that it
// can be taken again from there.
#ifndef DECIDE_CHOICE_H
#define DECIDE_CHOICE_H

#include "decide/facts.h"
#include "decide/lane_plan.h"
#include "decide/wording.h"

// The reason of the choice stands in a decision under this rule's name, which no rule may have.
#define CHOICE_RULE "lane-choice"

// The port when the truck is decided about.
struct port_now {
    const struct lane_plan *plan;
    struct lane_port port; // by service of the plan
    struct draw draw;
    struct str day; // whose key drew: a `port.day` statement commits to it
    bool stands;    // it stands in a queue already: where, and how long
    struct lane_stand stand;
};

// What was asked and what came of it.
struct chosen {
    struct lane_arrival arrival;
    struct lane_choice choice;
};

// The facts that a choice leans on beside the rules' decision; ends with NULL.
extern const char *const choice_facts[];

// Loads are light below, dense from these gross weights on: what a scanner sees through.
#define CHOICE_LIGHT_KG 8000
#define CHOICE_DENSE_KG 18000

// `risk` NaN: there is no score. Trusted are those whose driver and carrier are valid.
void choice_make(const struct port_now *now, const struct facts *facts, double risk, enum lane floor,
                 struct chosen *out);

// {"port","plan","service","lane","propensity","lanes":{lane:probability…},"by_chance","chance","floor","risk","harm",
// "trusted","price","day","draw":{…},"stand"?,"terms":[{"service","bar","up","wait_min","benefit","delay","alarm","entry",
// "gain","probability"}…]}; `lanes` has those that the draws could have given, `chance` is the floor of chance of its
// cell: the truck was drawn where draw.floor lies below it. NULL without memory.
struct json *choice_json(struct arena *arena, const struct port_now *now, const struct chosen *chosen);
// What went in, from the above: for taking it again. `plan` is the one whose hash it names, and must outlive `out`.
// ERR_MALFORMED when it is not of this plan.
enum err choice_from_json(const struct json *json, const struct lane_plan *plan, struct port_now *out,
                          struct why *why) MUST_USE;

// What is said of it: {"rule","lane","citation","en","es","fr"}. NULL without memory.
struct json *choice_reason(struct arena *arena, const struct port_now *now, const struct chosen *chosen);

#endif
