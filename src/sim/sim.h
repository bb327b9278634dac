// SPDX-License-Identifier: Apache-2.0
// Simulation of a port: trucks arrive by hour and month, the production code of decide/ (lane, controller, draw)
// chooses their lanes in simulated time, queues and servers do the rest, servers fail and are repaired. Deterministic
// by seed; a truck's and an outage's own chance does not depend on the policy, so that two settings with one seed see
// the same world (common random numbers).
//
// A truck first passes a service of lane green (booth; FAST for the trusted where there is one), then, if its lane is
// stricter, the service chosen for it. An alarm, true or false, goes on to the joint service with the shortest wait.
// Services without servers have no queue. The lane is chosen on arrival.
//
// The folder sim/: the simulator, the judges of the lane policy, arrivals, reports. It may not be seen by the node, nor
// hold a decision of its own: judges' policies (policy.h) stand beside the production code to be beaten.
#ifndef SIM_SIM_H
#define SIM_SIM_H

#include "base/arena.h"
#include "base/why.h"
#include "decide/controller.h"
#include "decide/lane.h"

#define SIM_DAYS_MAX 366
#define SIM_SERVERS_MAX 64 // of one service
#define SIM_SURGES_MAX 8
#define SIM_TRUCKS_PER_DAY_MAX 100000
#define SIM_QUEUE_MAX 65536
#define SIM_ARENA_BYTES ((size_t)1 << 30) // enough for any run: an arena's cap

// How one server of a service fails. Time between failures and outages are exponential.
struct sim_failure {
    double mtbf_h;          // hours of operation between failures; 0: never
    double long_share;      // of outages
    double short_h, long_h; // mean outage
    double people, parts;   // share of an outage spent waiting for people, for parts; the rest is repair
    double upkeep_every_h;  // planned maintenance; 0: none
    double upkeep_h;        // its length
};

// What a service has beyond lane_service (same index as settings.lane.services).
struct sim_service {
    int servers;         // installed; 0: no queue, unlimited
    double shift[7][24]; // share of them manned, Monday first, by hour; rounded to the nearest whole server
    double service_cv;   // coefficient of variation of service time (gamma); 0: always the mean
    int queue_max;       // trucks that can stand there; a full queue is infeasible
    struct sim_failure failure;
};

struct sim_risk {
    double prevalence;                    // offences a truck, all trucks
    double trusted_share;                 // of trucks
    double trusted_odds;                  // odds of an offence, trusted against ordinary
    double spread;                        // sd of logit(risk) in a cell
    double score_noise;                   // sd of what the score adds, logit
    double harm_spread;                   // sd of ln(harm); the mean harm is 1
    double harm_noise;                    // sd of what its estimate adds
    double density_share[LANE_DENSITIES]; // sums to 1
    double unscored_share;                // arrivals without a score
    double filed_both_share;
    double floor_share[LANE_COUNT]; // share of arrivals that a rule gives this floor; [LANE_GREEN] is the rest
    double adapting_share; // share of offenders who watch, and move to the cell (score decile, 6 hours, density)
                           // with the least detection seen so far
};

struct sim_surge {       // "a tariff morning"
    double from_h, to_h; // hours since the run's start
    double factor;       // on the arrival rate
};

// The policy that chooses lanes: SIM_PUENTE is decide/lane.h with its controller, the others are judges (policy.h).
enum sim_policy_kind { SIM_PUENTE, SIM_RANDOM, SIM_THRESHOLD, SIM_FLUSH };

struct sim_policy {
    enum sim_policy_kind kind;
    double scan_share, joint_share; // judges: share of trucks sent there (thresholds are the score's quantiles)
    bool by_find;                   // judges: the score is risk * harm * sensitivity instead of risk * harm
    double flush_min;               // SIM_FLUSH: with a longer queue than this trucks go green
};

struct sim_settings {
    char name[64];
    int days;         // 1 to SIM_DAYS_MAX
    int warm_up_days; // simulated before, not counted (servers start in their long-run state: 0 is fine)
    int first_month;  // 0 to 11
    double trucks_per_day;
    double weekday_factor[7]; // Monday first; the run starts on a Monday
    double hour_share[24];    // of a day's trucks; normalised to sum 1
    double month_factor[12];
    struct sim_surge surges[SIM_SURGES_MAX];
    size_t nsurges;
    struct sim_risk risk;
    struct lane_settings lane; // the services; chance, smoothing, followers
    struct sim_service services[LANE_SERVICES_MAX];
    struct controller_settings controller; // controller.target_min is the port's wait target
    double control_every_min;              // 15
    bool all_up_at_start;                  // else servers start in their long-run state
    struct sim_policy policy;
};

// Waits are minutes before a service begins, service itself not counted.
struct sim_wait {
    uint64_t n;
    double mean_min, p50_min, p95_min, max_min; // p50 and p95 to 1/16 min up to 512 min, then to 1 min up to 8,192
};

struct sim_service_result {
    struct sim_wait wait;                         // of trucks that were served there
    uint64_t trucks;                              // served
    uint64_t by_chance;                           // sent by the floor of chance
    uint64_t hits, alarms;                        // offenders found there; false alarms
    double busy_h;                                // server-hours serving
    double up_h;                                  // server-hours working and manned
    double manned_h;                              // server-hours manned
    double people_h, parts_h, repair_h, upkeep_h; // server-hours down, manned or not
    double installed_h;                           // server-hours
    uint64_t outages;
};

struct sim_day {
    uint32_t trucks, scanned, joint, hits;
    double wait_mean_min; // all waits of a truck, over all trucks that arrived that day
    double scan_wait_p95_min;
    double found;    // expected harm found
    double harm;     // expected harm that came
    double up_share; // server-hours up of the scan services, of installed
    double price;    // at the day's end
};

struct sim_hour { // of the week
    uint64_t trucks;
    double wait_sum_min, scan_wait_sum_min;
    uint64_t scanned;
};

struct sim_result {
    uint64_t seed;
    uint64_t trucks;
    uint64_t turned_away; // no place in any queue at or above their floor: told to come back, and counted
    uint64_t lanes[LANE_COUNT];
    uint64_t again;          // decisions for stranded trucks
    uint64_t again_released; // of which greener than a scan
    uint64_t decisions;
    uint64_t over_cap;          // decisions with nothing feasible
    struct sim_wait wait;       // a truck's waits together, over all trucks: "mean added wait"
    struct sim_wait added_wait; // without the green services': what inspection adds, and what the target is for
    struct sim_wait entry_wait, scan_wait, joint_wait;
    double delay_mean_min;    // waits, services other than green ones, and transfers, over all trucks
    double found_share;       // expected harm found of all expected harm (true risk, so without sampling noise)
    double found, harm;       // the same, in the unit of harm
    double value;             // found - price_start * delay minutes
    uint64_t offenders, hits; // as drawn
    uint64_t scans, scan_hits;
    double hits_per_1000_scans;
    uint64_t false_alarms;
    double scan_utilisation;  // busy of up
    double scan_availability; // up of installed
    uint64_t adapting;        // offenders who adapt
    double adapting_found;    // share of them found, expected
    double worst_cell_found;  // detection in the cell (score decile, 6 hours) where it is least, expected
    double price_end;
    struct sim_service_result services[LANE_SERVICES_MAX];
    struct sim_day days[SIM_DAYS_MAX];
    struct sim_hour hours[7][24];
};

// The judge's port (lanes.md 4.3): 28 days, 9,222 trucks a day, five scanners, twelve docks.
void sim_preset_judge(struct sim_settings *out);
// A port with booths, FAST, document check, scanners with shifts, docks, joint inspection and unified processing, for
// what-ifs: `trucks_per_day` on average, `lanes` booths in all.
void sim_preset_port(double trucks_per_day, int lanes, struct sim_settings *out);

// ERR_SENSELESS or ERR_TOO_LARGE with the member.
enum err sim_check(const struct sim_settings *settings, struct why *why) MUST_USE;

// Runs it. Memory of the run is taken from the arena (about 100 bytes a truck; reset it after); `out` is about 30 kB
// and the caller's. Same settings and seed: same result, to the bit. Errors: those of sim_check, ERR_NO_MEMORY.
enum err sim_run(const struct sim_settings *settings, uint64_t seed, struct arena *arena, struct sim_result *out,
                 struct why *why) MUST_USE;

#endif
