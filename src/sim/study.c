// SPDX-License-Identifier: Apache-2.0
#include "sim/study.h"

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>

#define DAYS_OF_MONTH 30.4375
#define SEARCH_STEPS_MAX 40
#define SEARCH_DAYS_MAX 14
#define SEARCH_NEAR 0.02 // of the minutes, and of the finds
#define ADAPTING_SHARE 0.5
#define TARGET_LEAST_MIN 0.05
// A port that has run for long: its price is where the controller would have brought it.
#define SETTLE_DAYS 28
#define SETTLE_LATE_DAYS 14 // of them, whose prices count
#define SETTLE_PASSES 2
static const double settle_gains[SETTLE_PASSES] = {1, 0.3};
#define SEARCH_GAIN 0.5 // so that a short run shows what is found in the long run
#define TRUCKS_LEAST 20 // in an hour of the week, for a mean to be told

static const struct {
    const char *name;
    int decimals, better;
} metrics[] = {
#define X(metric, name, decimals, better) {name, decimals, better},
    STUDY_METRIC_TABLE(X)
#undef X
};

const char *study_metric_name(enum study_metric metric)
{
    INVARIANT((unsigned)metric < STUDY_METRICS);
    return metrics[metric].name;
}

int study_metric_decimals(enum study_metric metric)
{
    INVARIANT((unsigned)metric < STUDY_METRICS);
    return metrics[metric].decimals;
}

int study_metric_better(enum study_metric metric)
{
    INVARIANT((unsigned)metric < STUDY_METRICS);
    return metrics[metric].better;
}

// Student's t, 97.5 %; from 30 on by the expansion around the normal quantile (Abramowitz and Stegun 26.7.5), which is
// right to 0.0001 there.
double study_t95(size_t dof)
{
    static const double t[] = {12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.3060, 2.2622, 2.2281,
                               2.2010,  2.1788, 2.1604, 2.1448, 2.1314, 2.1199, 2.1098, 2.1009, 2.0930, 2.0860,
                               2.0796,  2.0739, 2.0687, 2.0639, 2.0595, 2.0555, 2.0518, 2.0484, 2.0452, 2.0423};
    const double z = 1.959964, n = (double)dof;
    INVARIANT(dof > 0);
    if (dof <= sizeof t / sizeof *t) return t[dof - 1];
    return z + (z * z * z + z) / (4 * n) + (5 * pow(z, 5) + 16 * z * z * z + 3 * z) / (96 * n * n);
}

struct study_figure study_figure_of(const double *values, size_t n)
{
    double sum = 0, squares = 0;
    if (n == 0) return (struct study_figure){NAN, NAN, NAN};
    for (size_t i = 0; i < n; i++) sum += values[i];
    double mean = sum / (double)n;
    if (n == 1) return (struct study_figure){mean, NAN, NAN};
    for (size_t i = 0; i < n; i++) squares += (values[i] - mean) * (values[i] - mean);
    double half = study_t95(n - 1) * sqrt(squares / (double)(n - 1) / (double)n);
    return (struct study_figure){mean, mean - half, mean + half};
}

// ---- Runs ----

// One run and where its figures go.
struct job {
    const struct scenario *scenario;
    const struct scenario *base; // whose trucks the published anchor counts
    uint64_t seed;
    double (*row)[STUDY_METRICS];
    double *adapting, *worst; // NULL: not wanted
    struct sim_result *keep;  // NULL: not wanted
    uint64_t trucks;
    enum err err;
    struct why why;
};

struct pool {
    struct job *jobs;
    size_t count;
    atomic_size_t next, done;
    atomic_bool failed;
};

static double dollars_per_day(double usd_month)
{
    return usd_month / DAYS_OF_MONTH;
}

static void row_of(const struct job *job, const struct sim_result *r, double row[STUDY_METRICS])
{
    const struct scenario *s = job->scenario;
    const struct scenario_value *v = &s->value;
    double days = s->settings.days, trucks = (double)r->trucks, worst = 0;
    for (int d = 0; d < s->settings.days; d++) worst = fmax(worst, r->days[d].wait_mean_min);
    row[STUDY_TRUCKS] = trucks / days;
    row[STUDY_WAIT] = r->wait.mean_min;
    row[STUDY_ADDED_WAIT] = r->added_wait.mean_min;
    row[STUDY_WAIT_P95] = r->wait.p95_min;
    row[STUDY_WORST_DAY] = worst;
    row[STUDY_SURGE_DAY] = r->days[scenario_surge_day(s)].wait_mean_min;
    row[STUDY_SCAN_WAIT_P95] = r->scan_wait.p95_min;
    row[STUDY_FOUND] = 100 * r->found_share;
    row[STUDY_SCANNED] = trucks > 0 ? 100 * (double)r->scans / trucks : 0;
    row[STUDY_HITS] = r->hits_per_1000_scans;
    row[STUDY_AVAILABLE] = 100 * r->scan_availability;
    row[STUDY_TURNED] = (double)r->turned_away / days;
    row[STUDY_TIME_USD] = r->delay_mean_min * trucks / days / 60 * v->truck_hour_usd;
    row[STUDY_HARM_USD] = r->found / days * v->harm_usd;
    row[STUDY_COST_USD] = dollars_per_day(s->contract.usd_month + s->servers_usd_month);
    row[STUDY_NET_USD] = row[STUDY_HARM_USD] - row[STUDY_TIME_USD] - row[STUDY_COST_USD];
    row[STUDY_CARGO_USD] = -r->wait.mean_min * job->base->settings.trucks_per_day * DAYS_OF_MONTH * v->cargo_usd_month /
                           (10 * v->cargo_trucks_month);
}

static void job_run(struct job *job, struct arena *arena, struct sim_result *result)
{
    struct sim_result *out = job->keep ? job->keep : result;
    job->err = sim_run(&job->scenario->settings, job->seed, arena, out, &job->why);
    arena_reset(arena);
    if (job->err != ERR_NONE) return;
    row_of(job, out, *job->row);
    if (job->adapting) *job->adapting = 100 * out->adapting_found;
    if (job->worst) *job->worst = 100 * out->worst_cell_found;
    job->trucks = out->trucks;
}

// Takes jobs until there are none left or one has failed.
static void work(struct pool *pool, const struct study_settings *told)
{
    struct arena arena = ARENA(SIM_ARENA_BYTES);
    struct arena room = ARENA(2 * sizeof(struct sim_result));
    struct sim_result *result = arena_new(&room, struct sim_result);
    size_t i;
    while (!atomic_load(&pool->failed) && (i = atomic_fetch_add(&pool->next, 1)) < pool->count) {
        struct job *job = &pool->jobs[i];
        if (result)
            job_run(job, &arena, result);
        else
            job->err = why_set(&job->why, ERR_NO_MEMORY, "", "no memory for a run");
        if (job->err != ERR_NONE) atomic_store(&pool->failed, true);
        size_t done = atomic_fetch_add(&pool->done, 1) + 1;
        if (told && told->progress) told->progress(told->context, done, pool->count);
    }
    arena_free(&room);
    arena_free(&arena);
}

static void *worker(void *pool)
{
    work(pool, NULL);
    return NULL;
}

struct making {
    struct arena *arena;
    const struct scenario *scenario;
    const struct study_settings *settings;
    struct study *study;
    struct sim_result *base; // one a seed
    struct why *why;
    struct job *jobs;
    size_t njobs, room;
};

static enum err no_memory(struct making *m)
{
    return why_set(m->why, ERR_NO_MEMORY, "", "no memory for the study");
}

// All jobs that were planned; the first that fails, in their order, is told.
static enum err run_all(struct making *m, bool told)
{
    struct pool pool = {.jobs = m->jobs, .count = m->njobs};
    pthread_t threads[STUDY_THREADS_MAX];
    size_t started = 0;
    INVARIANT(m->settings->threads >= 1 && m->settings->threads <= STUDY_THREADS_MAX);
    while (started + 1 < (size_t)m->settings->threads && pthread_create(&threads[started], NULL, worker, &pool) == 0)
        started++;
    work(&pool, told ? m->settings : NULL);
    for (size_t i = 0; i < started; i++) pthread_join(threads[i], NULL);
    for (size_t i = 0; i < m->njobs; i++) {
        if (m->jobs[i].err != ERR_NONE) {
            if (m->why) *m->why = m->jobs[i].why;
            return m->jobs[i].err;
        }
        m->study->trucks += m->jobs[i].trucks;
    }
    m->study->runs += m->njobs;
    m->njobs = 0;
    return ERR_NONE;
}

static enum err plan(struct making *m, const struct job *job)
{
    if (m->njobs == m->room) {
        size_t room = m->room ? 2 * m->room : 256;
        struct job *jobs = arena_array(m->arena, struct job, room);
        if (!jobs) return no_memory(m);
        if (m->njobs) memcpy(jobs, m->jobs, m->njobs * sizeof *jobs);
        m->jobs = jobs;
        m->room = room;
    }
    m->jobs[m->njobs++] = *job;
    return ERR_NONE;
}

static enum err plan_outcome(struct making *m, struct study_outcome *o)
{
    size_t seeds = (size_t)m->scenario->seeds;
    bool base = o == &m->study->outcomes[0];
    o->values = arena_alloc_array(m->arena, sizeof *o->values, seeds);
    if (!o->values) return no_memory(m);
    for (size_t i = 0; i < seeds; i++) {
        enum err err = plan(m, &(struct job){.scenario = o->scenario,
                                             .base = m->scenario,
                                             .seed = m->scenario->seed + i,
                                             .row = &o->values[i],
                                             .keep = base ? &m->base[i] : NULL});
        if (err != ERR_NONE) return err;
    }
    return ERR_NONE;
}

// ---- The price in the long run ----

#define SETTLED_MAX (STUDY_OUTCOMES_MAX + STUDY_POINTS_MAX + STUDY_RIVALS)

struct settling {
    struct scenario scenario;
    struct sim_result result;
    double row[STUDY_METRICS];
};

static double late_price(const struct sim_result *r)
{
    double sum = 0;
    for (int d = SETTLE_DAYS - SETTLE_LATE_DAYS; d < SETTLE_DAYS; d++) sum += log(r->days[d].price);
    return exp(sum / SETTLE_LATE_DAYS);
}

// Brings the start prices of these scenarios to where they end up, by the first seed. What comes once (a tariff
// morning) has no long run and keeps the price that it is given.
static enum err settle(struct making *m, struct scenario *const *list, size_t n)
{
    if (n == 0) return ERR_NONE;
    struct settling *runs = arena_array(m->arena, struct settling, n);
    if (!runs) return no_memory(m);
    for (size_t pass = 0; pass < SETTLE_PASSES; pass++) {
        for (size_t i = 0; i < n; i++) {
            struct sim_settings *t = &runs[i].scenario.settings;
            if (list[i]->settings.nsurges || list[i]->settings.policy.kind != SIM_PUENTE) continue;
            runs[i].scenario = *list[i];
            t->days = SETTLE_DAYS;
            t->controller.gain = settle_gains[pass];
            enum err err = plan(m, &(struct job){.scenario = &runs[i].scenario,
                                                 .base = m->scenario,
                                                 .seed = m->scenario->seed,
                                                 .row = &runs[i].row,
                                                 .keep = &runs[i].result});
            if (err != ERR_NONE) return err;
        }
        enum err err = run_all(m, false);
        if (err != ERR_NONE) return err;
        for (size_t i = 0; i < n; i++)
            if (runs[i].result.trucks) list[i]->settings.controller.price_start = late_price(&runs[i].result);
    }
    return ERR_NONE;
}

// ---- What the runs say ----

static struct study_figure figure_at(double (*rows)[STUDY_METRICS], double (*less)[STUDY_METRICS], size_t n,
                                     enum study_metric metric)
{
    double values[SCENARIO_SEEDS_MAX];
    INVARIANT(n <= SCENARIO_SEEDS_MAX);
    for (size_t i = 0; i < n; i++) values[i] = rows[i][metric] - (less ? less[i][metric] : 0);
    return study_figure_of(values, n);
}

static void outcome_figures(const struct making *m, struct study_outcome *o)
{
    size_t seeds = (size_t)m->scenario->seeds;
    for (size_t k = 0; k < STUDY_METRICS; k++) {
        o->figures[k] = figure_at(o->values, NULL, seeds, (enum study_metric)k);
        o->change[k] = figure_at(o->values, m->study->outcomes[0].values, seeds, (enum study_metric)k);
    }
}

static void waits_of(const struct making *m)
{
    struct study *s = m->study;
    size_t seeds = (size_t)m->scenario->seeds;
    double days = (double)seeds * m->scenario->settings.days;
    for (size_t h = 0; h < 24; h++) {
        double all = 0, sum = 0, scanned = 0, scan_sum = 0;
        for (size_t d = 0; d < 7; d++) {
            double trucks = 0, wait = 0;
            for (size_t i = 0; i < seeds; i++) {
                const struct sim_hour *hour = &m->base[i].hours[d][h];
                trucks += (double)hour->trucks;
                wait += hour->wait_sum_min;
                scanned += (double)hour->scanned;
                scan_sum += hour->scan_wait_sum_min;
            }
            s->wait[d][h] = trucks >= TRUCKS_LEAST ? wait / trucks : NAN;
            all += trucks;
            sum += wait;
        }
        s->trucks_hour[h] = all / days;
        s->wait_hour[h] = all >= TRUCKS_LEAST ? sum / all : NAN;
        s->scan_wait_hour[h] = scanned >= TRUCKS_LEAST ? scan_sum / scanned : NAN;
    }
}

static void service_of(const struct making *m, size_t at)
{
    struct study_service *out = &m->study->services[at];
    double seeds = m->scenario->seeds, days = seeds * m->scenario->settings.days, trucks = 0, hits = 0, busy = 0,
           up = 0, installed = 0, wait = 0;
    for (size_t i = 0; i < (size_t)m->scenario->seeds; i++) {
        const struct sim_service_result *r = &m->base[i].services[at];
        trucks += (double)r->trucks;
        hits += (double)r->hits;
        wait += r->wait.mean_min * (double)r->wait.n;
        out->wait_p95_min += r->wait.p95_min / seeds;
        out->alarms_per_day += (double)r->alarms / days;
        busy += r->busy_h;
        up += r->up_h;
        installed += r->installed_h;
        out->outages += (double)r->outages * 30 / days;
        out->people_h += r->people_h * 30 / days;
        out->parts_h += r->parts_h * 30 / days;
        out->repair_h += r->repair_h * 30 / days;
        out->upkeep_h += r->upkeep_h * 30 / days;
    }
    double down = (out->people_h + out->parts_h + out->repair_h + out->upkeep_h) * days / 30;
    out->trucks_per_day = trucks / days;
    out->wait_mean_min = trucks > 0 ? wait / trucks : 0;
    out->hits_per_1000 = trucks > 0 ? 1000 * hits / trucks : 0;
    out->used = up > 0 ? busy / up : NAN;
    out->available = installed > 0 ? 1 - down / installed : NAN;
}

static void lanes_of(const struct making *m)
{
    double values[SCENARIO_SEEDS_MAX];
    size_t seeds = (size_t)m->scenario->seeds;
    for (size_t lane = 0; lane < LANE_COUNT; lane++) {
        for (size_t i = 0; i < seeds; i++)
            values[i] = m->base[i].trucks ? 100 * (double)m->base[i].lanes[lane] / (double)m->base[i].trucks : 0;
        m->study->lanes[lane] = study_figure_of(values, seeds);
    }
}

static enum err days_of(const struct making *m)
{
    size_t n = (size_t)m->scenario->settings.days;
    m->study->days = arena_array(m->arena, struct sim_day, n);
    if (!m->study->days) return why_set(m->why, ERR_NO_MEMORY, "", "no memory for the study");
    memcpy(m->study->days, m->base[0].days, n * sizeof *m->study->days);
    return ERR_NONE;
}

// ---- Ten minutes less: what it takes ----

static const enum scenario_change_kind added_kinds[3] = {CHANGE_SCANNERS, CHANGE_BOOTHS, CHANGE_DOCKS};

struct search {
    struct making *m;
    struct study_outcome *outcome;
    struct scenario tries[4]; // as it stands, and with one more of each kind
    bool can[4];
    double rows[4][STUDY_METRICS];
    double found, wait; // to be reached, on the runs of the search: percent, minutes
    double less;        // minutes
};

// Runs a scenario and, with `more`, each way to add one server to it, all with the first seed and over few days.
static enum err search_probe(struct search *s, const struct scenario *from, bool more)
{
    for (size_t k = 0; k < 4; k++) {
        s->can[k] = k == 0 || more;
        if (!s->can[k]) continue;
        s->tries[k] = *from;
        if (s->tries[k].settings.days > SEARCH_DAYS_MAX) s->tries[k].settings.days = SEARCH_DAYS_MAX;
        s->tries[k].settings.controller.gain = SEARCH_GAIN;
        s->can[k] = k == 0 || scenario_servers(&s->tries[k], added_kinds[k - 1], 1, NULL) == ERR_NONE;
        enum err err = s->can[k] ? plan(s->m, &(struct job){.scenario = &s->tries[k],
                                                            .base = s->m->scenario,
                                                            .seed = s->m->scenario->seed,
                                                            .row = &s->rows[k]})
                                 : ERR_NONE;
        if (err != ERR_NONE) return err;
    }
    return run_all(s->m, false);
}

// How far a run is from what is aimed at, in parts of what is asked for; 0: there.
static double distance(const struct search *s, const double row[STUDY_METRICS])
{
    double over = row[STUDY_WAIT] - s->wait, wait = fmax(over / s->less - SEARCH_NEAR, 0),
           found = fmax(1 - row[STUDY_FOUND] / (s->found * (1 - SEARCH_NEAR)), 0);
    return wait + found;
}

// Adds the server that helps most, one at a time, until the wait and the finds are there or nothing helps.
static enum err search_run(struct search *s)
{
    // One seed has waits and finds of its own: what is aimed at is so much less than its own.
    enum err first = search_probe(s, s->m->study->outcomes[0].scenario, false);
    if (first != ERR_NONE) return first;
    s->wait = fmax(s->rows[0][STUDY_WAIT] - s->less, s->rows[0][STUDY_WAIT] / 10);
    s->found = s->rows[0][STUDY_FOUND];
    for (int step = 0; step < SEARCH_STEPS_MAX; step++) {
        size_t best = 0;
        enum err err = search_probe(s, s->outcome->scenario, true);
        if (err != ERR_NONE) return err;
        s->outcome->reached = distance(s, s->rows[0]) <= 0;
        if (s->outcome->reached) return ERR_NONE;
        for (size_t k = 1; k < 4; k++)
            if (s->can[k] && distance(s, s->rows[k]) < distance(s, s->rows[best])) best = k;
        if (best == 0) return ERR_NONE;
        s->outcome->added[best - 1]++;
        err = scenario_servers(s->outcome->scenario, added_kinds[best - 1], 1, s->m->why);
        if (err != ERR_NONE) return err;
    }
    return ERR_NONE;
}

static double wait_less(const struct scenario_what_if *what_if)
{
    for (size_t i = 0; i < what_if->nchanges; i++)
        if (what_if->changes[i].kind == CHANGE_WAIT) return -what_if->changes[i].amount;
    return 0;
}

// ---- The what-ifs ----

static struct study_outcome *outcome_new(struct making *m, const struct scenario_what_if *what_if)
{
    struct study_outcome *o = &m->study->outcomes[m->study->noutcomes];
    INVARIANT(m->study->noutcomes <= STUDY_OUTCOMES_MAX);
    o->what_if = what_if;
    o->scenario = arena_new(m->arena, struct scenario);
    if (o->scenario) m->study->noutcomes++;
    return o->scenario ? o : NULL;
}

// The wait that is aimed at: so much less than the port's, though not under a tenth of it. The lanes alone can only
// lower what inspection adds; with servers added it falls in proportion.
static enum err wait_plan(struct making *m, struct study_outcome *o, double less)
{
    double mean = m->study->outcomes[0].figures[STUDY_WAIT].mean,
           *target = &o->scenario->settings.controller.target_min;
    double added = m->study->outcomes[0].figures[STUDY_ADDED_WAIT].mean;
    struct study_outcome *all = outcome_new(m, o->what_if);
    struct search *search = arena_new(m->arena, struct search);
    if (!all || !search) return no_memory(m);
    o->wait_wanted_min = fmax(mean - less, fmax(mean / 10, TARGET_LEAST_MIN));
    *all->scenario = *o->scenario;
    all->wait_wanted_min = o->wait_wanted_min;
    all->searched = true;
    all->scenario->settings.controller.target_min =
        fmax(*target * fmin(o->wait_wanted_min / mean, 1), TARGET_LEAST_MIN);
    *target = fmax(fmin(added, *target) - less, fmax(fmin(added, *target) / 10, TARGET_LEAST_MIN));
    *search = (struct search){.m = m, .outcome = all, .less = fmax(mean - o->wait_wanted_min, TARGET_LEAST_MIN)};
    return search_run(search);
}

static enum err what_ifs_make(struct making *m)
{
    for (size_t i = 0; i < m->scenario->nwhat_ifs; i++) {
        const struct scenario_what_if *what_if = &m->scenario->what_ifs[i];
        struct study_outcome *o = outcome_new(m, what_if);
        if (!o) return no_memory(m);
        enum err err = scenario_apply(m->study->outcomes[0].scenario, what_if, o->scenario, m->why);
        if (err == ERR_NONE && wait_less(what_if) > 0) err = wait_plan(m, o, wait_less(what_if));
        if (err != ERR_NONE) return err;
    }
    struct scenario *list[STUDY_OUTCOMES_MAX];
    size_t n = 0;
    for (size_t i = 1; i < m->study->noutcomes; i++) list[n++] = m->study->outcomes[i].scenario;
    return settle(m, list, n);
}

// ---- Other policies ----

struct side {
    struct scenario *scenario;
    double (*rows)[STUDY_METRICS];
    double *adapting, *worst;
};

static size_t side_seeds(const struct making *m)
{
    return m->scenario->seeds < STUDY_SIDE_SEEDS_MAX ? (size_t)m->scenario->seeds : STUDY_SIDE_SEEDS_MAX;
}

static enum err side_plan(struct making *m, struct side *out)
{
    size_t n = side_seeds(m);
    out->rows = arena_alloc_array(m->arena, sizeof *out->rows, n);
    out->adapting = arena_array(m->arena, double, n);
    out->worst = arena_array(m->arena, double, n);
    if (!out->rows || !out->adapting || !out->worst) return no_memory(m);
    for (size_t i = 0; i < n; i++) {
        enum err err = plan(m, &(struct job){.scenario = out->scenario,
                                             .base = m->scenario,
                                             .seed = m->scenario->seed + i,
                                             .row = &out->rows[i],
                                             .adapting = &out->adapting[i],
                                             .worst = &out->worst[i]});
        if (err != ERR_NONE) return err;
    }
    return ERR_NONE;
}

// A judge that inspects `factor` times what the port as it is does.
static void judge_make(const struct making *m, enum sim_policy_kind kind, double factor, struct scenario *out)
{
    double scan = m->study->lanes[LANE_SCAN].mean / 100, joint = m->study->lanes[LANE_JOINT].mean / 100;
    out->settings.policy = (struct sim_policy){
        .kind = kind, .scan_share = fmin(factor * scan, 1), .joint_share = fmin(factor * joint, 1), .by_find = true};
}

static const double target_factors[] = {0.25, 0.5, 1, 1.5, 2};
static const double share_factors[] = {0.2, 0.4, 0.6, 0.8, 1, 1.2};
#define TARGETS (sizeof target_factors / sizeof *target_factors)
#define SHARES (sizeof share_factors / sizeof *share_factors)

static enum err points_make(struct making *m, struct side *sides)
{
    for (size_t i = 0; i < TARGETS + 2 * SHARES; i++) {
        struct side *side = &sides[i];
        struct study_point *point = &m->study->points[m->study->npoints++];
        INVARIANT(m->study->npoints <= STUDY_POINTS_MAX);
        side->scenario = arena_new(m->arena, struct scenario);
        if (!side->scenario) return no_memory(m);
        *side->scenario = *m->study->outcomes[0].scenario;
        point->kind = i < TARGETS ? SIM_PUENTE : i < TARGETS + SHARES ? SIM_THRESHOLD : SIM_RANDOM;
        if (i < TARGETS)
            side->scenario->settings.controller.target_min *= target_factors[i];
        else
            judge_make(m, point->kind, share_factors[(i - TARGETS) % SHARES], side->scenario);
    }
    return ERR_NONE;
}

static enum err rivals_make(struct making *m, struct side *sides)
{
    double own = m->scenario->settings.risk.adapting_share;
    m->study->adapting_share = own > 0 ? own : ADAPTING_SHARE;
    for (size_t i = 0; i < STUDY_RIVALS; i++) {
        sides[i].scenario = arena_new(m->arena, struct scenario);
        if (!sides[i].scenario) return no_memory(m);
        struct scenario *s = sides[i].scenario;
        *s = *m->study->outcomes[0].scenario;
        s->settings.risk.adapting_share = m->study->adapting_share;
        if (i == STUDY_PUENTE_WITHOUT_CHANCE) s->settings.lane.chance[0] = s->settings.lane.chance[1] = 0;
        if (i == STUDY_THRESHOLD || i == STUDY_RANDOM)
            judge_make(m, i == STUDY_RANDOM ? SIM_RANDOM : SIM_THRESHOLD, 1, s);
    }
    return ERR_NONE;
}

static enum err sides_make(struct making *m, struct side *points, struct side *rivals)
{
    struct scenario *list[TARGETS + 2 * SHARES + STUDY_RIVALS];
    size_t n = 0;
    enum err err = points_make(m, points);
    if (err == ERR_NONE) err = rivals_make(m, rivals);
    if (err != ERR_NONE) return err;
    for (size_t i = 0; i < m->study->npoints; i++) list[n++] = points[i].scenario;
    for (size_t i = 0; i < STUDY_RIVALS; i++) list[n++] = rivals[i].scenario;
    return settle(m, list, n);
}

static enum err sides_plan(struct making *m, struct side *points, struct side *rivals)
{
    enum err err = ERR_NONE;
    for (size_t i = 0; i < m->study->npoints && err == ERR_NONE; i++) err = side_plan(m, &points[i]);
    for (size_t i = 0; i < STUDY_RIVALS && err == ERR_NONE; i++) err = side_plan(m, &rivals[i]);
    return err;
}

static void sides_tell(struct making *m, const struct side *points, const struct side *rivals)
{
    size_t n = side_seeds(m);
    for (size_t i = 0; i < m->study->npoints; i++) {
        m->study->points[i].wait = figure_at(points[i].rows, NULL, n, STUDY_ADDED_WAIT);
        m->study->points[i].found = figure_at(points[i].rows, NULL, n, STUDY_FOUND);
    }
    for (size_t i = 0; i < STUDY_RIVALS; i++)
        m->study->rivals[i] = (struct study_rival_figures){.found = figure_at(rivals[i].rows, NULL, n, STUDY_FOUND),
                                                           .wait = figure_at(rivals[i].rows, NULL, n, STUDY_ADDED_WAIT),
                                                           .adapting_found = study_figure_of(rivals[i].adapting, n),
                                                           .worst_cell = study_figure_of(rivals[i].worst, n)};
}

// ---- The whole ----

static enum err base_run(struct making *m)
{
    struct study_outcome *base = outcome_new(m, NULL);
    if (!base) return no_memory(m);
    *base->scenario = *m->scenario;
    enum err err = settle(m, &base->scenario, 1);
    if (err == ERR_NONE) err = plan_outcome(m, base);
    if (err == ERR_NONE) err = run_all(m, true);
    if (err != ERR_NONE) return err;
    outcome_figures(m, base);
    waits_of(m);
    lanes_of(m);
    for (size_t i = 0; i < m->scenario->settings.lane.nservices; i++) service_of(m, i);
    return days_of(m);
}

enum err study_run(struct arena *arena, const struct scenario *scenario, const struct study_settings *settings,
                   struct study **out, struct why *why)
{
    struct making m = {.arena = arena, .scenario = scenario, .settings = settings, .why = why};
    struct side points[TARGETS + 2 * SHARES], rivals[STUDY_RIVALS];
    m.study = arena_new(arena, struct study);
    m.base = arena_array(arena, struct sim_result, (size_t)scenario->seeds);
    if (!m.study || !m.base) return no_memory(&m);
    m.study->scenario = scenario;
    enum err err = base_run(&m);
    if (err == ERR_NONE) err = what_ifs_make(&m);
    if (err == ERR_NONE && settings->compare) err = sides_make(&m, points, rivals);
    for (size_t i = 1; i < m.study->noutcomes && err == ERR_NONE; i++) err = plan_outcome(&m, &m.study->outcomes[i]);
    if (err == ERR_NONE && settings->compare) err = sides_plan(&m, points, rivals);
    if (err == ERR_NONE && m.njobs) err = run_all(&m, true);
    if (err != ERR_NONE) return err;
    for (size_t i = 1; i < m.study->noutcomes; i++) outcome_figures(&m, &m.study->outcomes[i]);
    if (settings->compare) sides_tell(&m, points, rivals);
    *out = m.study;
    return ERR_NONE;
}
