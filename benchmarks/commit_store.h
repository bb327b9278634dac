// SPDX-License-Identifier: Apache-2.0
// The store of a node that does not run, opened in this process, straight at commit.h, and filled with consignments
// that a later run finds by the same identifiers.
#ifndef BENCHMARKS_COMMIT_STORE_H
#define BENCHMARKS_COMMIT_STORE_H

#include "commit/commit.h"

struct store {
    struct commit_settings settings;
    struct commit *commit;
    struct arena arena; // of the rules and keys
    char database[4096];
};

// `folder` is what `puente init` made, with rules and triggers in it.
void store_open(struct store *store, const char *folder, const char *party);
void store_close(struct store *store);

// The identifier of consignment `n`: scheme us.paps.
#define CONSIGNMENT_SCHEME "us.paps"
struct str consignment_name(struct arena *arena, uint64_t n);

// A sealed draft with one disclosure of `bytes` bytes; about consignment `n`, or about nothing where n is UINT64_MAX.
struct draft *fact_new(struct arena *arena, uint64_t n, size_t bytes);

// Many jobs in flight, each with an arena of its own.
struct flight;
struct flight *flight_new(struct store *store, size_t jobs);
// Waits for a free job, reset and empty; `arena` is what its drafts live in.
struct job *flight_take(struct flight *flight, struct arena **arena);
// Hands it over; waits while the queue is full.
void flight_push(struct flight *flight, struct job *job);
// Waits until all are back, and frees.
void flight_land(struct flight *flight);

// States each consignment from `from` to `to` for the first time: two statements each.
void fill_consignments(struct store *store, uint64_t from, uint64_t to);
// Statements about nothing, with small bodies.
void fill_statements(struct store *store, uint64_t count);

// Open crossings, each with one consignment and its manifest. Everything came by way of filer FILER_ALL, but for the
// manifests of the first `leaning` crossings, which came by FILER_ONE.
#define FILER_ALL "BENCH-ALL"
#define FILER_ONE "BENCH-ONE"
void fill_crossings(struct store *store, uint64_t count, uint64_t leaning);

#endif
