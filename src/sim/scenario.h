// SPDX-License-Identifier: Apache-2.0
// Scenario: a port as it is, read from YAML, and the changes to it that are asked about ("what if"). What a file does
// not say comes from sim_preset_port and from the port's public figures (arrivals.h), so that "port: laredo" is a
// scenario.
#ifndef SIM_SCENARIO_H
#define SIM_SCENARIO_H

#include "decide/wording.h"
#include "formats/yaml_schema.h"
#include "sim/arrivals.h"
#include "sim/sim.h"

#define SCENARIO_WHAT_IFS_MAX 24
#define SCENARIO_CHANGES_MAX 8 // of one what-if
#define SCENARIO_CONTRACTS_MAX 16
#define SCENARIO_SEEDS_MAX 200
#define SCENARIO_NAME_MAX 120 // bytes

// A maintenance contract: how long a scanner's long outage lasts under it. Means, in hours, one after the other.
struct scenario_contract {
    struct str name;
    double people_h, parts_h, repair_h; // until somebody is there; until the part is; until it works again
    double usd_month;                   // for all scanners together
};

// What time and harm are worth. None of it decides anything: it only turns minutes and finds into dollars.
struct scenario_value {
    double truck_hour_usd;     // what an hour of a waiting truck costs
    double harm_usd;           // of one unit of harm: of one mean illicit load that gets through
    double cargo_usd_month;    // more cargo a month for ten minutes less at all crossings (published)
    double cargo_trucks_month; // trucks of those crossings in that time
    double scanner_usd_month, booth_usd_month, dock_usd_month; // of one more; 0: not counted
};

// What a pre-check yard outside town changes.
struct scenario_yard {
    double unscored;     // factor on the share of arrivals without a score: papers are there earlier
    double noise;        // factor on the noise of score and harm
    double spread;       // 0 to 1: how far arrivals at the booths are evened out over the open hours
    double transfer_min; // added to the way of inspected trucks
};

// X(kind, how it is written)
#define SCENARIO_CHANGE_TABLE(X)                                                                                       \
    X(CHANGE_SCANNERS, "scanners")    /* scanners+2 */                                                                 \
    X(CHANGE_BOOTHS, "booths")        /* booths+2 */                                                                   \
    X(CHANGE_DOCKS, "docks")          /* docks-1 */                                                                    \
    X(CHANGE_VOLUME, "volume")        /* volume+30% */                                                                 \
    X(CHANGE_TRUSTED, "trusted")      /* trusted+10%: of all trucks */                                                 \
    X(CHANGE_RANDOM, "random")        /* random=5%: the floor of chance of ordinary trucks */                          \
    X(CHANGE_TARGET, "target")        /* target=3: minutes that the controller holds */                                \
    X(CHANGE_CONTRACT, "contract")    /* contract=on-site, contract=4h/24h/8h, contract=4h/24h/8h@60000 */             \
    X(CHANGE_SURGE, "tariff-morning") /* one morning with twice the trucks */                                          \
    X(CHANGE_YARD, "yard-moved")      /* the pre-check yard outside town */                                            \
    X(CHANGE_WAIT, "wait")            /* wait-10: what it takes to wait ten minutes less on average */

enum scenario_change_kind {
#define X(kind, text) kind,
    SCENARIO_CHANGE_TABLE(X)
#undef X
        CHANGE_KINDS
};

struct scenario_change {
    enum scenario_change_kind kind;
    double amount; // servers, share, minutes
    struct scenario_contract contract;
};

struct scenario_what_if {
    struct str name; // as the file names it; otherwise the changes as they are written
    bool named;
    struct scenario_change changes[SCENARIO_CHANGES_MAX];
    size_t nchanges;
};

struct scenario {
    struct str name;
    struct arrivals arrivals; // the public figures it stands on; year 0: none
    struct sim_settings settings;
    struct scenario_contract contracts[SCENARIO_CONTRACTS_MAX];
    size_t ncontracts;
    struct scenario_contract contract; // in force; name {NULL,0}: none
    struct scenario_value value;
    struct scenario_yard yard;
    double servers_usd_month; // of servers that a change added
    int seeds;
    uint64_t seed; // the first; the others follow it
    struct scenario_what_if what_ifs[SCENARIO_WHAT_IFS_MAX];
    size_t nwhat_ifs;
};

// The scenario of a YAML file; texts live in the arena. Errors: those of yaml_read; ERR_SENSELESS (the member in
// why->member) for what contradicts itself or what sim_check refuses; ERR_NOT_FOUND for a port that is not built in.
enum err scenario_read(struct arena *arena, struct str bytes, struct scenario *out, struct why *why) MUST_USE;
// What a file may hold, for people.
void scenario_describe(struct buf *out);

// Takes other public figures: trucks a day and the shape of the year.
void scenario_arrivals(struct scenario *scenario, const struct arrivals *arrivals);

// "scanners+2", "volume+30%,scanners+2", or the name of a what-if or contract of the scenario. ERR_USAGE with what can
// be asked.
enum err scenario_what_if_read(struct arena *arena, const struct scenario *scenario, struct str text,
                               struct scenario_what_if *out, struct why *why) MUST_USE;
// Adds it, unless one of that name is there.
enum err scenario_ask(struct scenario *scenario, const struct scenario_what_if *what_if, struct why *why) MUST_USE;

// The scenario with one what-if done to it. CHANGE_WAIT changes nothing here: study.h looks for what it takes.
// ERR_SENSELESS when the port cannot be changed so (fewer scanners than none; nothing to add to).
enum err scenario_apply(const struct scenario *base, const struct scenario_what_if *what_if, struct scenario *out,
                        struct why *why) MUST_USE;
// One more (or less) server of that kind.
enum err scenario_servers(struct scenario *scenario, enum scenario_change_kind kind, int more,
                          struct why *why) MUST_USE;
// The first service that booths, scanners or docks stand for; SIZE_MAX: none.
size_t scenario_service(const struct scenario *scenario, enum scenario_change_kind kind);

// The counted day, from 0, on which tariff-morning falls.
int scenario_surge_day(const struct scenario *scenario);

// The change as a person would say it: "2 more scanners".
void scenario_change_words(const struct scenario_change *change, enum language language, struct buf *out);

#endif
