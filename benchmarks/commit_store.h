// SPDX-License-Identifier: Apache-2.0
// A store to measure on: opened in this process, straight at commit.h, and filled with consignments that a later run
// finds by the same identifiers.
#ifndef BENCHMARKS_COMMIT_STORE_H
#define BENCHMARKS_COMMIT_STORE_H

#include "commit/commit.h"

struct store {
    struct commit_settings settings;
    struct commit *commit;
    struct arena arena; // of the rules
};

// `key` may be NULL: then the store has a fixed key of its own, the same at each run.
void store_open(struct store *store, const char *database, const char *party, const struct ed25519_key *key);
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

#endif
