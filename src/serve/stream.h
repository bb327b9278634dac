// SPDX-License-Identifier: Apache-2.0
// Stream: server-sent events (WHATWG HTML 9.2) from the ring of commit/events.h. A reader that falls behind the ring is
// cut off, and loads the state anew when it comes back.
#ifndef SERVE_STREAM_H
#define SERVE_STREAM_H

#include "decide/condition.h"
#include "serve/request.h"

#define STREAM_HEARTBEAT_US 15000000
#define STREAM_LIFE_US ((int64_t)30 * 60 * 1000000) // then the reader comes back, and its token is looked at again
#define STREAM_EVENTS_MAX 64                        // read from the ring at a time
#define STREAM_READY_MAX ((size_t)8 << 20)          // bytes of them: an event is 64 kB at most

// One reader's place.
struct stream {
    unsigned kinds; // bits over stream_kinds
    bool has_where; // only what fulfils `where`
    struct condition where;
    uint64_t after;   // number of the last event told
    struct buf ready; // text to be sent
    size_t sent;      // of it
    int64_t quiet_us; // monotonic: when a heartbeat is due
    int64_t ends_us;  // monotonic
    bool open;        // counted as a watcher of the ring
};

// The event types as bits, in the order of docs/api.md; unknown ones give no bit.
unsigned stream_kind(struct str type);
// Which of them a role may see.
unsigned stream_kinds_of(enum role role);
// "decision,link": the bits; ERR_MALFORMED for a type that there is not. Empty: all.
enum err stream_kinds_read(struct str list, unsigned *kinds, struct why *why) MUST_USE;
// A subscription: a condition over `type` (text) and `data` (the event's JSON, a map), as in
//     type == "decision" && data.lane in ["joint", "hold"]
// An event of which it cannot be said (a member that is not there) is not told. In the arena; `text` must outlive it.
enum err stream_where_read(struct arena *arena, struct str text, struct condition *where, struct why *why) MUST_USE;
// Keeps those events of `text` (whole events, as events_read writes them) that are of `kinds` and fulfil `where` (NULL:
// all do); appended to `out`.
void stream_filter(struct str text, unsigned kinds, const struct condition *where, struct buf *out);

// Fills at most `room` bytes: more than 0, or 0 when there is nothing to tell yet, or -1 when the stream is over.
int64_t stream_fill(struct serve *serve, struct stream *stream, char *out, size_t room, int64_t now_us);
void stream_free(struct serve *serve, struct stream *stream);

#endif
