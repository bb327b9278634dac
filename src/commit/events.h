// SPDX-License-Identifier: Apache-2.0
// Events: what the stream tells, in a bounded ring that commit and links write and any number of connections read, each
// from where it is. Who falls behind the ring is told so and reads the state anew. Thread-safe.
#ifndef COMMIT_EVENTS_H
#define COMMIT_EVENTS_H

#include "base/bytes.h"

struct events;

struct events *events_new(size_t keep); // events kept, at most
void events_free(struct events *events);

// `type` is a static string ("decision", "crossing", "position", "standing", "link", "log", "alarm"); `data` (JSON) is
// copied.
void events_add(struct events *events, const char *type, struct str data);
// The number of the newest event; 0 when there has been none.
uint64_t events_last(struct events *events);
// Appends "id: N\nevent: T\ndata: …\n\n" for events after `after` to `out`, at most `max` of them, and returns the
// number of the last one written. *lost is set when some had been dropped already.
uint64_t events_read(struct events *events, uint64_t after, size_t max, struct buf *out, bool *lost);
// Called after each addition, outside the lock, from the adding thread: wake waiting connections.
void events_listen(struct events *events, void (*wake)(void *context), void *context);
// A connection that reads events came (1) or went (-1); what is costly to tell is told only while somebody watches.
void events_watch(struct events *events, int change);
bool events_watched(struct events *events);

#endif
