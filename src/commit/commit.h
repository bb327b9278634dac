// SPDX-License-Identifier: Apache-2.0
// Commit: the one writer. It orders, stores, applies and decides; it parses nothing, hashes nothing but leaves, waits
// for no network. A slice is one transaction: statements, tiles, checkpoint, views, local tables, decisions. A job's
// answer is given after its slice is on disk, never before.
//
// The folder commit/: the one writer, and what it does within a slice: store, apply, trigger, decide, feed; and fsck,
// which derives all of it again. It may not parse what strangers sent, or wait for a network.
#ifndef COMMIT_COMMIT_H
#define COMMIT_COMMIT_H

#include "commit/events.h"
#include "commit/job.h"
#include "decide/lane_plan.h"
#include "decide/rules.h"
#include "decide/trigger.h"
#include "trust/ed25519.h"
#include "views/crossing.h"

struct commit;

struct commit_settings {
    const char *database;   // path
    struct str party;       // this node's party: the log's origin
    struct ed25519_key key; // signs checkpoints
    struct rules *rules;    // in force; may be replaced with commit_rules
    struct triggers *triggers;
    const struct lane_plan *const *plans; // of the ports that this node serves; may be replaced with commit_reload
    size_t nplans;
    struct str *recognised; // issuers of credentials that this node recognises
    size_t nrecognised;
    struct str *explainers; // parties whose custody.explain counts here
    size_t nexplainers;
    const char *build;
    int64_t slice_us; // longest slice, 5000
};

// Which of our statements an agreement lets out is share's knowledge; commit only keeps the feed: after applying an own
// statement it asks, and notes the position for each agreement that answers yes.
struct feed_policy {
    // Agreements are numbered 0..count-1 by name in `names`.
    size_t count;
    const struct str *names;
    // Whether the kind and label may leave at all under agreement i; asked for each own statement.
    bool (*lets_out)(void *context, size_t i, const struct header *header);
    // Whether agreement i is about some crossings only, whether that hangs on their carriers, and whether this one is
    // in it. `carriers` are "scheme=value", all identifiers of those that move it; empty unless asked for.
    bool (*scoped)(void *context, size_t i);
    bool (*asks_carriers)(void *context, size_t i);
    bool (*in_scope)(void *context, size_t i, const struct crossing *crossing, const struct str *carriers,
                     size_t ncarriers);
    void *context;
};

enum err commit_open(const struct commit_settings *settings, struct commit **out, struct why *why) MUST_USE;
// Starts the thread. Without it, commit_step runs one slice on the caller's thread (tests, import, simulation).
enum err commit_start(struct commit *commit, struct why *why) MUST_USE;
// Drains what is queued, stops the thread, closes the store.
void commit_close(struct commit *commit);

// Hands over a job; ERR_BUSY when its lane is full (the caller answers 503 with Retry-After) and the job stays the
// caller's. Otherwise `done` is called exactly once.
enum err commit_push(struct commit *commit, struct job *job, struct why *why) MUST_USE;
// Pushes and waits.
enum err commit_wait(struct commit *commit, struct job *job, struct why *why) MUST_USE;
// One slice; false when there was nothing to do.
bool commit_step(struct commit *commit);

// What a reload replaces.
struct commit_policy {
    struct rules *rules;
    struct triggers *triggers;
    const struct lane_plan *const *plans;
    size_t nplans;
    struct feed_policy feed;
};
// From the next slice on; the old ones may be freed when it returns.
void commit_reload(struct commit *commit, const struct commit_policy *policy);

struct events *commit_events(struct commit *commit);

struct commit_figures {
    uint64_t statements, slices, jobs, refused, decisions, redecided;
    int64_t slice_max_us;
    size_t waiting[QUEUE_LANES];
    int64_t wal_bytes;
    bool healthy; // the last slice reached the disk
};
void commit_figures(struct commit *commit, struct commit_figures *out);

#endif
