// SPDX-License-Identifier: Apache-2.0
// Job: what a door or a link hands to the one writer, and the answer it gets. A job is applied whole or not at all.
#ifndef COMMIT_JOB_H
#define COMMIT_JOB_H

#include "base/queue.h"
#include "statement/draft.h"

// Who goes first when many wait; each has a minimum share.
enum job_lane { JOB_DEVICE, JOB_PEOPLE, JOB_LINK, JOB_BULK };

// A write to the local tables: state that is not evidence (sessions, cursors, witness state, idempotency keys).
// `value` {NULL,0} deletes. With `compare`, the job fails with ERR_CONFLICT unless the stored value is `expected`
// ({NULL,0}: absent).
struct local_write {
    struct local_write *next;
    struct str space, key, value;
    bool compare;
    struct str expected;
};

// A partner's verified statements. All signatures, proofs and hashes have been checked by the link.
struct mirrored {
    uint64_t index;
    struct str header_bytes;
    struct header header;
    struct body body;
    uint8_t leaf[32];
};

struct mirror {
    struct str origin;
    struct mirrored *items;
    size_t count;
    struct str checkpoint; // the partner's signed note
    uint64_t size, old_size;
    uint8_t root[32];
    struct str agreement; // under which it came
    uint64_t from, to;    // feed positions that the batch covers
};

struct erasure {
    struct str name; // "<origin>:<index>"
    const struct str *members;
    size_t count;
};

struct job {
    struct queue_item item; // first; commit_push sets the weight
    enum job_lane lane;
    struct channel_path path; // how the drafts came; all empty: said by the node itself
    struct draft *drafts;     // sealed
    struct local_write *locals;
    struct mirror *mirror;
    struct erasure *erase;
    // Limits of who is asking: a person's role or a party, checked by commit for kinds that steer lanes.
    struct str actor; // "party:mx.anam", "officer:ana", "analyst:luz", "node"

    // The answer, set before `done` is called (on the commit thread, after the slice is on disk).
    enum err err;
    struct why why;
    uint64_t index_last; // of the last statement appended for this job
    int64_t in_us;
    void (*done)(struct job *job);
    void *context;
};

#endif
