// SPDX-License-Identifier: Apache-2.0
// Study: a scenario and its what-ifs, each run over the same seeds, with 95 % confidence intervals over the seeds. A
// change is judged seed by seed against the base (common random numbers), so that its interval holds the change alone.
//
// Runs are spread over threads; what comes out does not depend on how many.
#ifndef SIM_STUDY_H
#define SIM_STUDY_H

#include "sim/scenario.h"

#define STUDY_OUTCOMES_MAX (2 * SCENARIO_WHAT_IFS_MAX)
#define STUDY_POINTS_MAX 24
#define STUDY_RIVALS 4
#define STUDY_THREADS_MAX 16
#define STUDY_SIDE_SEEDS_MAX 5 // of other policies: they are there to compare, not to decide

// X(metric, name with its unit, decimals, better: 1 more, -1 less, 0 neither)
#define STUDY_METRIC_TABLE(X)                                                                                          \
    X(STUDY_TRUCKS, "trucks_per_day", 0, 0)                                                                            \
    X(STUDY_WAIT, "wait_mean_min", 2, -1)             /* all a truck's waits, over all trucks */                       \
    X(STUDY_ADDED_WAIT, "added_wait_mean_min", 2, -1) /* the same without booths: what inspection adds */              \
    X(STUDY_WAIT_P95, "wait_p95_min", 1, -1)                                                                           \
    X(STUDY_WORST_DAY, "worst_day_wait_mean_min", 1, -1)                                                               \
    X(STUDY_SURGE_DAY, "surge_day_wait_mean_min", 1, -1) /* the day that tariff-morning is about */                    \
    X(STUDY_SCAN_WAIT_P95, "scan_wait_p95_min", 1, -1)   /* of the trucks that are scanned */                          \
    X(STUDY_FOUND, "harm_found_pct", 1, 1)                                                                             \
    X(STUDY_SCANNED, "scanned_pct", 1, 0)                                                                              \
    X(STUDY_HITS, "hits_per_1000_scans", 1, 1)                                                                         \
    X(STUDY_AVAILABLE, "scanner_availability_pct", 1, 1)                                                               \
    X(STUDY_TURNED, "turned_away_per_day", 1, -1)                                                                      \
    X(STUDY_TIME_USD, "time_cost_usd_per_day", 0, -1)                                                                  \
    X(STUDY_HARM_USD, "harm_found_usd_per_day", 0, 1)                                                                  \
    X(STUDY_COST_USD, "added_cost_usd_per_day", 0, -1) /* contract, servers added */                                   \
    X(STUDY_NET_USD, "net_usd_per_day", 0, 1)          /* harm found, less time and cost */                            \
    X(STUDY_CARGO_USD, "cargo_usd_per_month", 0, 1)    /* published anchor; only its changes mean something */

enum study_metric {
#define X(metric, name, decimals, better) metric,
    STUDY_METRIC_TABLE(X)
#undef X
        STUDY_METRICS
};

const char *study_metric_name(enum study_metric metric);
int study_metric_decimals(enum study_metric metric);
int study_metric_better(enum study_metric metric);

// The mean over seeds and its 95 % interval (Student's t); with one seed the interval is not known: NaN.
struct study_figure {
    double mean, low, high;
};
struct study_figure study_figure_of(const double *values, size_t n);
// Half the width of a 95 % interval in standard errors; dof >= 1.
double study_t95(size_t dof);

// One what-if's answer. wait-10 has two: the target alone (the lanes inspect less), and with what must be added so
// that as much is found as before.
struct study_outcome {
    const struct scenario_what_if *what_if; // NULL: the port as it is
    bool searched;                          // servers were added until the wait and the finds were reached
    int added[3];                           // scanners, booths, docks
    bool reached;                           // on the runs of the search
    double wait_wanted_min;                 // wait-10: the mean that was aimed at; 0: none
    struct scenario *scenario;
    double (*values)[STUDY_METRICS]; // one row a seed
    struct study_figure figures[STUDY_METRICS], change[STUDY_METRICS];
};

// A policy at one setting: what it finds at which added wait.
struct study_point {
    enum sim_policy_kind kind;
    struct study_figure wait, found;
};

// Policies when smugglers watch and adapt.
enum study_rival { STUDY_PUENTE, STUDY_PUENTE_WITHOUT_CHANCE, STUDY_THRESHOLD, STUDY_RANDOM };
struct study_rival_figures {
    struct study_figure found, adapting_found, worst_cell, wait; // percent, percent, percent; added wait, minutes
};

struct study_service {
    double trucks_per_day, wait_mean_min, wait_p95_min;
    double used;                                  // busy of up, share
    double available;                             // up of installed hours less unmanned ones, share
    double outages;                               // a month of 30 days
    double people_h, parts_h, repair_h, upkeep_h; // a month of 30 days
    double hits_per_1000, alarms_per_day;
};

struct study {
    const struct scenario *scenario;
    struct study_outcome outcomes[STUDY_OUTCOMES_MAX + 1]; // the first is the port as it is
    size_t noutcomes;
    struct study_point points[STUDY_POINTS_MAX];
    size_t npoints;
    double adapting_share;
    struct study_rival_figures rivals[STUDY_RIVALS];
    double wait[7][24]; // of the port as it is: mean wait by weekday and hour of arrival, minutes; NaN: too few
    double wait_hour[24], scan_wait_hour[24], trucks_hour[24]; // by hour; trucks a day
    struct sim_day *days;                                      // of the first seed
    struct study_service services[LANE_SERVICES_MAX];
    struct study_figure lanes[LANE_COUNT]; // percent of trucks
    uint64_t runs, trucks;                 // in all
};

struct study_settings {
    int threads;                                              // 1 to STUDY_THREADS_MAX
    bool compare;                                             // other policies and adapting smugglers, too
    void (*progress)(void *context, size_t done, size_t all); // from the calling thread; may be NULL
    void *context;
};

// Runs it all. `out` and what it points to live in the arena; `scenario` must outlive it. Errors: those of sim_run and
// scenario_apply; ERR_NO_MEMORY.
enum err study_run(struct arena *arena, const struct scenario *scenario, const struct study_settings *settings,
                   struct study **out, struct why *why) MUST_USE;

// The whole as JSON, in the arena.
struct json *study_json(struct arena *arena, const struct study *study);

#endif
