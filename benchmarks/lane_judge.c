// SPDX-License-Identifier: Apache-2.0
// Judges the lane policy in the simulator: the shipped preset, untouched, against the best-tuned fixed threshold,
// threshold with flush, and random share, each tuned to the same mean wait over all seeds, and against the bound. One
// line of JSON on stdout; what was tried on stderr.
//
//     lane_judge [--seeds N] [--jobs N]
#include "base/clock.h"
#include "figures.h"
#include "sim/bound.h"
#include "sim/engine.h"

#include <getopt.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define SEEDS_MAX 64
#define JOBS_MAX 16
#define BOUND_ROUNDS 200

struct seed {
    struct arena arena;
    struct world world;
    double bound;
};

// One policy over all seeds.
struct outcome {
    struct sim_settings settings;
    double found[SEEDS_MAX], p95[SEEDS_MAX];
    double mean_found, mean_wait, mean_delay, mean_p95, worst_p95, adapting, worst_cell;
};

static struct seed seeds[SEEDS_MAX];
static int nseeds = 20, njobs = 2;

// --- work shared out to threads, a seed at a time ---

struct job {
    int first;
    struct sim_settings *settings;
    struct sim_result *results;
    double wait_min;
    void (*work)(struct job *job, int seed, struct arena *arena);
};

static void *job_run(void *context)
{
    struct job *job = context;
    struct arena arena = ARENA(SIM_ARENA_BYTES);
    for (int i = job->first; i < nseeds; i += njobs) {
        job->work(job, i, &arena);
        arena_reset(&arena);
    }
    arena_free(&arena);
    return NULL;
}

static void share_out(struct job job)
{
    struct job jobs[JOBS_MAX];
    pthread_t threads[JOBS_MAX];
    for (int i = 0; i < njobs; i++) {
        jobs[i] = job;
        jobs[i].first = i;
        INVARIANT(pthread_create(&threads[i], NULL, job_run, &jobs[i]) == 0);
    }
    for (int i = 0; i < njobs; i++) INVARIANT(pthread_join(threads[i], NULL) == 0);
}

static void make_one(struct job *job, int seed, struct arena *arena)
{
    struct why why = {0};
    (void)arena;
    seeds[seed].arena = ARENA(SIM_ARENA_BYTES);
    must(world_make(job->settings, (uint64_t)seed + 1, &seeds[seed].arena, &seeds[seed].world, &why), &why, "world");
}

static void run_one(struct job *job, int seed, struct arena *arena)
{
    struct world world = seeds[seed].world;
    struct why why = {0};
    world.settings = job->settings;
    must(engine_run(&world, arena, &job->results[seed], &why), &why, "run");
}

static void bound_one(struct job *job, int seed, struct arena *arena)
{
    struct bound bound;
    struct why why = {0};
    must(bound_find(&seeds[seed].world, job->wait_min, BOUND_ROUNDS, arena, &bound, &why), &why, "bound");
    seeds[seed].bound = bound.found_share;
}

static void evaluate(struct outcome *o)
{
    static struct sim_result results[SEEDS_MAX];
    share_out((struct job){.settings = &o->settings, .results = results, .work = run_one});
    o->mean_found = o->mean_wait = o->mean_delay = o->mean_p95 = o->worst_p95 = o->adapting = o->worst_cell = 0;
    for (int i = 0; i < nseeds; i++) {
        o->found[i] = results[i].found_share;
        o->p95[i] = results[i].scan_wait.p95_min;
        o->mean_found += results[i].found_share / nseeds;
        o->mean_wait += results[i].added_wait.mean_min / nseeds;
        o->mean_delay += results[i].delay_mean_min / nseeds;
        o->mean_p95 += results[i].scan_wait.p95_min / nseeds;
        o->worst_p95 = fmax(o->worst_p95, results[i].scan_wait.p95_min);
        o->adapting += results[i].adapting_found / nseeds;
        o->worst_cell += results[i].worst_cell_found / nseeds;
    }
}

static void say(const char *name, const struct outcome *o)
{
    const struct sim_policy *p = &o->settings.policy;
    progress(
        "%s: scan %.4f joint %.4f by_find %d flush %.0f: found %.4f wait %.3f delay %.3f scan p95 %.1f (worst %.1f)",
        name, p->scan_share, p->joint_share, p->by_find, p->flush_min, o->mean_found, o->mean_wait, o->mean_delay,
        o->mean_p95, o->worst_p95);
}

// --- tuning ---

static double miss(struct outcome *o, double share, double wait_min)
{
    o->settings.policy.scan_share = share;
    evaluate(o);
    return log(fmax(o->mean_wait, 1e-6) / wait_min);
}

// The scan share at which the mean wait is `wait_min`, to 0.5 % (regula falsi, Illinois, on the wait's logarithm; it
// rises with the share). Where docks alone make trucks wait longer: no share.
static bool tune_share(struct outcome *o, double wait_min)
{
    double low = 0.02, high = 0.6;
    double at_low = miss(o, low, wait_min);
    if (at_low > 0) return false;
    double at_high = miss(o, high, wait_min), at = 1;
    for (int i = 0, side = 0; i < 16 && fabs(at) > 0.005; i++) {
        // The wait is flat, then steep: halving first gets near.
        double share = i < 4 ? (low + high) / 2 : (low * at_high - high * at_low) / (at_high - at_low);
        at = miss(o, share, wait_min);
        if (at > 0) {
            high = share;
            at_high = at;
            if (side == 1) at_low /= 2;
            side = 1;
        } else {
            low = share;
            at_low = at;
            if (side == -1) at_high /= 2;
            side = -1;
        }
    }
    return true;
}

static void try_joint(const char *name, struct outcome *trial, double joint, double wait_min, struct outcome *best)
{
    trial->settings.policy.joint_share = joint;
    if (!tune_share(trial, wait_min)) return;
    say(name, trial);
    if (trial->mean_found > best->mean_found) *best = *trial;
}

// Both scores and all joint shares: a coarse grid, then a finer one around the best.
static void tune_threshold(const struct sim_settings *judge, double wait_min, struct outcome *plain,
                           struct outcome *best)
{
    static struct outcome trial;
    for (int by_find = 0; by_find < 2; by_find++) {
        struct outcome *of = by_find ? best : plain;
        trial.settings = *judge;
        trial.settings.policy = (struct sim_policy){.kind = SIM_THRESHOLD, .by_find = by_find};
        of->mean_found = 0;
        for (int i = 0; i < 4; i++) try_joint("threshold", &trial, 0.0095 + 0.0025 * i, wait_min, of);
        double around = of->settings.policy.joint_share;
        try_joint("threshold", &trial, around - 0.00125, wait_min, of);
        try_joint("threshold", &trial, around + 0.00125, wait_min, of);
    }
    if (plain->mean_found > best->mean_found) *best = *plain;
}

static void tune_flush(const struct outcome *threshold, double wait_min, struct outcome *best)
{
    static struct outcome trial;
    best->mean_found = 0;
    trial.settings = threshold->settings;
    trial.settings.policy.kind = SIM_FLUSH;
    for (double flush = 10; flush <= 40; flush *= 2) {
        trial.settings.policy.flush_min = flush;
        for (double step = -0.0025; step <= 0.0026; step += 0.0025)
            try_joint("flush", &trial, threshold->settings.policy.joint_share + step, wait_min, best);
    }
}

static void tune_random(const struct sim_settings *judge, double wait_min, struct outcome *scan, struct outcome *best)
{
    static struct outcome trial;
    trial.settings = *judge;
    trial.settings.policy = (struct sim_policy){.kind = SIM_RANDOM};
    scan->mean_found = 0;
    try_joint("random", &trial, 0, wait_min, scan);
    *best = *scan;
    try_joint("random", &trial, 0.01, wait_min, best);
    try_joint("random", &trial, 0.015, wait_min, best);
}

// Random share in steps of a tenth, as ports state it: the most that keeps the wait.
static double random_in_tenths(const struct sim_settings *judge, double wait_min)
{
    static struct outcome trial;
    double found = 0;
    trial.settings = *judge;
    trial.settings.policy = (struct sim_policy){.kind = SIM_RANDOM};
    for (double share = 0.1; share < 0.65; share += 0.1) {
        if (miss(&trial, share, wait_min) > 0) break;
        found = trial.mean_found;
    }
    return found;
}

// --- figures ---

struct interval {
    double mean, low, high;
};

// Student's 95 % interval of the mean of what each seed gives.
static struct interval ratio_of(const double *over, const double *under)
{
    double mean = 0, squares = 0, n = nseeds;
    for (int i = 0; i < nseeds; i++) mean += over[i] / under[i] / n;
    for (int i = 0; i < nseeds; i++) squares += pow(over[i] / under[i] - mean, 2);
    double t = n > 1 ? 1.96 + 2.46 / (n - 1) + 5 / pow(n - 1, 2) : INFINITY; // within 1 % from 4 seeds on
    double half = n > 1 ? t * sqrt(squares / (n - 1) / n) : INFINITY;
    return (struct interval){mean, mean - half, mean + half};
}

// Whole runs, world and all, on one thread.
static double trucks_per_s(const struct sim_settings *settings)
{
    static struct sim_result result;
    struct arena arena = ARENA(SIM_ARENA_BYTES);
    struct why why = {0};
    double trucks = 0;
    int64_t began = clock_monotonic_us();
    for (uint64_t seed = 1; seed <= 3; seed++) {
        must(sim_run(settings, seed, &arena, &result, &why), &why, "run");
        trucks += (double)result.trucks;
        arena_reset(&arena);
    }
    arena_free(&arena);
    return trucks / ((double)(clock_monotonic_us() - began) / 1e6);
}

static void read_options(int argc, char **argv)
{
    static const struct option options[] = {
        {"seeds", required_argument, NULL, 's'}, {"jobs", required_argument, NULL, 'j'}, {0}};
    for (int option; (option = getopt_long(argc, argv, "s:j:", options, NULL)) != -1;) {
        if (option == 's') nseeds = atoi(optarg);
        if (option == 'j') njobs = atoi(optarg);
        if (option == '?') exit(64);
    }
    if (nseeds < 2 || nseeds > SEEDS_MAX || njobs < 1 || njobs > JOBS_MAX) {
        fprintf(stderr, "usage: lane_judge [--seeds 2..%d] [--jobs 1..%d]\n", SEEDS_MAX, JOBS_MAX);
        exit(64);
    }
}

int main(int argc, char **argv)
{
    static struct outcome ours, plain, threshold, flush, scan, mixed;
    static double bounds[SEEDS_MAX];
    struct why why = {0};
    read_options(argc, argv);
    sim_preset_judge(&ours.settings);
    must(sim_check(&ours.settings, &why), &why, "settings");
    double speed = trucks_per_s(&ours.settings);
    share_out((struct job){.settings = &ours.settings, .work = make_one});
    evaluate(&ours);
    say("puente", &ours);
    double wait = ours.mean_wait;
    tune_threshold(&ours.settings, wait, &plain, &threshold);
    say("best threshold", &threshold);
    tune_flush(&threshold, wait, &flush);
    tune_random(&ours.settings, wait, &scan, &mixed);
    double tenths = random_in_tenths(&ours.settings, wait);
    share_out((struct job){.wait_min = wait, .work = bound_one});
    for (int i = 0; i < nseeds; i++) bounds[i] = seeds[i].bound;
    struct interval to_threshold = ratio_of(ours.found, threshold.found), to_bound = ratio_of(ours.found, bounds);
    printf("{\"seeds\":%d,\"lane_vs_threshold\":%.4f,\"lane_vs_threshold_low\":%.4f,\"lane_vs_threshold_high\":%.4f,"
           "\"lane_vs_plain_threshold\":%.4f,\"lane_vs_flush\":%.4f,\"lane_vs_random\":%.3f,"
           "\"lane_vs_random_with_docks\":%.3f,\"lane_vs_random_in_tenths\":%.3f,\"lane_vs_bound\":%.4f,"
           "\"lane_p95_outage_min\":%.2f,\"lane_p95_outage_worst_min\":%.2f,\"threshold_p95_outage_worst_min\":%.2f,"
           "\"lane_wait_mean_min\":%.3f,\"lane_delay_mean_min\":%.3f,\"lane_found\":%.4f,\"threshold_found\":%.4f,"
           "\"flush_found\":%.4f,\"random_found\":%.4f,\"lane_worst_cell\":%.4f,\"threshold_worst_cell\":%.4f,"
           "\"lane_adapting_found\":%.4f,\"threshold_adapting_found\":%.4f,\"simulate_trucks_per_s\":%.0f}\n",
           nseeds, to_threshold.mean, to_threshold.low, to_threshold.high, ratio_of(ours.found, plain.found).mean,
           ratio_of(ours.found, flush.found).mean, ratio_of(ours.found, scan.found).mean,
           ratio_of(ours.found, mixed.found).mean, ours.mean_found / tenths, to_bound.mean, ours.mean_p95,
           ours.worst_p95, threshold.worst_p95, ours.mean_wait, ours.mean_delay, ours.mean_found, threshold.mean_found,
           flush.mean_found, scan.mean_found, ours.worst_cell, threshold.worst_cell, ours.adapting, threshold.adapting,
           speed);
    for (int i = 0; i < nseeds; i++) arena_free(&seeds[i].arena);
    return 0;
}
