// SPDX-License-Identifier: Apache-2.0
// Local tables: what is not evidence and cannot be rebuilt from the log: sessions, tokens, cursors, witness state,
// idempotency keys, timers, what is still to be decided. Keys and values are bytes within a named space.
#ifndef VIEWS_LOCAL_H
#define VIEWS_LOCAL_H

#include "views/views.h"

// value {NULL,0} deletes.
enum err local_put(struct views *views, struct str space, struct str key, struct str value, struct why *why) MUST_USE;
// {NULL,0} when absent.
enum err local_get(struct views *views, struct arena *arena, struct str space, struct str key, struct str *value,
                   struct why *why) MUST_USE;

struct local_item {
    struct str key, value;
};
// In key order, after `after` ({NULL,0}: from the first).
enum err local_list(struct views *views, struct arena *arena, struct str space, struct str after, size_t limit,
                    struct local_item **out, size_t *count, struct why *why) MUST_USE;
// Forget a space's items older than this (their time of writing, microseconds).
enum err local_expire(struct views *views, struct str space, int64_t before_us, struct why *why) MUST_USE;

// Timers: one for each subject; a later set replaces it. UTC microseconds of node time.
enum err due_set(struct views *views, const struct id *subject, int64_t at_us, struct why *why) MUST_USE;
// The same, but a timer that is set already stays.
enum err due_arm(struct views *views, const struct id *subject, int64_t at_us, struct why *why) MUST_USE;
enum err due_clear(struct views *views, const struct id *subject, struct why *why) MUST_USE;
// The earliest at most `limit` that are due at `now_us`; *next_us is the time of the first that is not (INT64_MAX:
// none).
enum err due_list(struct views *views, struct arena *arena, int64_t now_us, size_t limit, struct id **out,
                  size_t *count, int64_t *next_us, struct why *why) MUST_USE;

extern const char local_schema[];

#endif
