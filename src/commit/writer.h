// SPDX-License-Identifier: Apache-2.0
// Writer: the state of the one writer while a slice is open, shared by the files of this folder and seen by nobody
// else.
#ifndef COMMIT_WRITER_H
#define COMMIT_WRITER_H

#include "commit/commit.h"
#include "decide/choice.h"
#include "ledger/tlog.h"
#include "views/views.h"

// One of our own statements of this slice, for the feeds.
struct fresh {
    struct fresh *next;
    int64_t pos;
    struct header header;
};

// A statement of this job on which a trigger may act, once all of the job is applied.
struct follow_up {
    struct follow_up *next;
    struct header header;
    struct applied statement;
    struct trigger_speaker speaker;
};

// Crossings to be decided again in the slices to come, nearest arrival first: what leaned on a channel whose standing
// changed, or what a subject of very many crossings is aboard of.
struct sweep {
    struct sweep *next;
    struct id of;
    struct id *crossings;
    size_t count, at;
};

struct writer {
    const struct commit_settings *settings;
    struct rules *rules;
    struct triggers *triggers;
    const struct lane_plan *const *plans; // of the ports that this node serves
    size_t nplans;
    struct feed_policy feed;
    struct engine *engine;
    struct views *views;
    struct tlog *tlog;
    struct events *events;
    struct queue *queue; // only to see whether anybody waits
    int64_t last_in;
    struct sweep *sweeps;
    int64_t told_log_us; // when the stream last heard of the log's size, monotonic

    // Of the open slice.
    struct arena arena;
    struct touched touched;
    struct fresh *fresh, **fresh_end;
    struct follow_up *follow, **follow_end;
    int64_t first_pos;  // of this slice; 0: nothing stored yet
    struct id *decided; // crossings whose decision changed
    size_t ndecided, room_decided;
    struct told *told, **told_end; // tell.c
    size_t ntold;
    struct str *alarms;
    size_t nalarms;
    struct commit_figures figures;
};

// Appends a statement of our own: header, leaf, store, views. `speaker` is who said it, for the triggers.
enum err writer_append(struct writer *w, struct draft *draft, const struct id *via, const struct id *re, size_t nre,
                       struct trigger_speaker speaker, int64_t *pos, struct why *why) MUST_USE;
// Applies a stored statement, ours or a partner's, to the views.
enum err writer_view(struct writer *w, const struct applied *s, struct trigger_speaker speaker,
                     struct why *why) MUST_USE;
// The same for a statement that the node makes itself: salts and hashes it here.
enum err writer_state(struct writer *w, const char *kind, enum label label, const struct id *re, size_t nre,
                      struct json *members, int64_t *pos, struct why *why) MUST_USE;

// The stream: what an applied statement changes of what is shown, noted; and all that a slice changed, told once it is
// on disk. Nothing but the log's size is told while nobody watches.
void tell_note(struct writer *w, const struct applied *s);
void tell_slice(struct writer *w);

// Applies a job to the open slice.
enum err writer_apply(struct writer *w, struct job *job, struct why *why) MUST_USE;

// Triggers: what a statement about a threat, a channel or a standing does to the standing of channels. `speaker` is who
// said it: a party or a role.
enum err standing_follow(struct writer *w, const struct applied *s, struct trigger_speaker speaker,
                         struct why *why) MUST_USE;
// Sweeps: begun inside a slice, remembered in a local table, and read from it again after a crash or a rolled back
// slice.
enum err sweep_start(struct writer *w, const struct id *of, struct why *why) MUST_USE;
enum err standing_resume(struct writer *w, struct why *why) MUST_USE;
void sweep_free(struct sweep *sweeps);

// Decides a crossing (again) and states it if what it says has changed: lane and rules, or the figures in its reasons
// too.
enum restate { RESTATE_LANE, RESTATE_WORDING };
enum err redecide(struct writer *w, const struct id *crossing, enum restate restate, struct why *why) MUST_USE;
// Decides what this slice touched, then goes on with sweeps until `deadline_us` (monotonic).
enum err redecide_pending(struct writer *w, int64_t deadline_us, struct why *why) MUST_USE;
// Timers that are due; *next_us is when the next one is.
enum err redecide_due(struct writer *w, int64_t *next_us, struct why *why) MUST_USE;

// The plan of a port; NULL: the node chooses no lanes there.
const struct lane_plan *port_plan(const struct writer *w, struct str port);
// The port where a crossing stands, as it is now: queues, servers, the price of waiting, and the crossing's draw.
// `stood`: the service where the decision that stands sent it; {NULL,0}: none. *at_port false: it is not at a port that
// has a plan. May state the day's commitment (`port.day`).
enum err port_state(struct writer *w, struct arena *arena, const struct id *crossing, struct str stood,
                    struct port_now *out, bool *at_port, struct why *why) MUST_USE;
// When its lane is to be looked at again: a truck past its limit of waiting every minute, others when they reach it.
int64_t port_next_us(const struct writer *w, const struct port_now *now, const struct lane_choice *choice);

// Everything known of a crossing as facts; *next_us is when time alone changes one of them (INT64_MAX: never). `now`:
// its port, NULL when it stands at none with a plan.
enum err gather(struct writer *w, struct arena *arena, const struct id *crossing, const struct port_now *now,
                struct facts *out, int64_t *next_us, struct why *why) MUST_USE;

// Brings the feeds of all agreements up to this slice, at most a bounded number of statements at a time; *more when
// there is some left.
enum err feeds_follow(struct writer *w, bool *more, struct why *why) MUST_USE;

#endif
