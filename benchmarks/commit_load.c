// SPDX-License-Identifier: Apache-2.0
// Commit load: statements straight at the one writer, without HTTP and TLS, sixteen batches of 100 in flight. What a
// store takes when nothing else costs; the difference to https_load is the doors'.
#include "base/clock.h"
#include "commit_store.h"
#include "figures.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define BATCHES 16
#define BATCH 100
#define BODY 500

static double append_for(struct store *store, uint64_t consignments, double seconds)
{
    struct flight *flight = flight_new(store, BATCHES);
    uint64_t state = 1, n = 0;
    int64_t began = clock_monotonic_us();
    while (clock_monotonic_us() - began < (int64_t)(seconds * 1e6)) {
        struct arena *arena;
        struct job *job = flight_take(flight, &arena);
        struct draft **end = &job->drafts;
        for (int i = 0; i < BATCH; i++, n++, end = &(*end)->next)
            *end = fact_new(arena, consignments ? pick(&state) % consignments : UINT64_MAX, BODY);
        flight_push(flight, job);
    }
    flight_land(flight);
    return (double)n / ((double)(clock_monotonic_us() - began) / 1e6);
}

// How long a node with this store takes until it can answer.
static void start(const char *folder, const char *party)
{
    struct store store;
    int64_t began = clock_monotonic_us();
    store_open(&store, folder, party);
    figure("commit_start_s", (double)(clock_monotonic_us() - began) / 1e6);
    store_close(&store);
}

static int usage(void)
{
    fprintf(stderr, "usage: commit_load fill-consignments|fill-statements FOLDER PARTY COUNT\n"
                    "       commit_load fill-crossings FOLDER PARTY COUNT LEANING\n"
                    "       commit_load append FOLDER PARTY CONSIGNMENTS SECONDS\n"
                    "       commit_load start FOLDER PARTY\n");
    return 64;
}

int main(int argc, char **argv)
{
    struct str what = str_of(argc > 1 ? argv[1] : "");
    if (str_is(what, "start") && argc == 4) {
        start(argv[2], argv[3]);
        return 0;
    }
    if (argc < 5) return usage();
    struct store store;
    uint64_t count = strtoull(argv[4], NULL, 10);
    store_open(&store, argv[2], argv[3]);
    int64_t began = clock_monotonic_us(), used = cpu_us();
    if (str_is(what, "fill-consignments"))
        fill_consignments(&store, 0, count);
    else if (str_is(what, "fill-statements"))
        fill_statements(&store, count);
    else if (str_is(what, "fill-crossings") && argc == 6)
        fill_crossings(&store, count, strtoull(argv[5], NULL, 10));
    else if (str_is(what, "append") && argc == 6)
        figure(count ? "commit_append_per_s" : "commit_log_only_per_s",
               append_for(&store, count, strtod(argv[5], NULL)));
    else
        return usage();
    struct commit_figures figures;
    commit_figures(store.commit, &figures);
    figure("seconds", (double)(clock_monotonic_us() - began) / 1e6);
    if (figures.statements) figure("cpu_us_per_statement", (double)(cpu_us() - used) / (double)figures.statements);
    figure("statements_per_slice", figures.slices ? (double)figures.statements / (double)figures.slices : 0);
    figure("slice_max_ms", (double)figures.slice_max_us / 1000);
    figure("wal_mb", (double)figures.wal_bytes / 1048576);
    figure("rss_mb", rss_mb((int)getpid()));
    store_close(&store);
    return 0;
}
