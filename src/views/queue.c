// SPDX-License-Identifier: Apache-2.0
#include "views/queue.h"

enum err queue_lengths(struct views *v, struct arena *arena, struct str port, const struct id *except,
                       int64_t arrived_in, int64_t now_us, struct queue_length **out, size_t *count, struct why *why)
{
    enum err err = ERR_NONE;
    *count = 0;
    *out = arena_array(arena, struct queue_length, QUEUE_SERVICES_MAX);
    if (!*out) return why_set(why, ERR_NO_MEMORY, "", "no memory for a port's queues");
    sqlite3_stmt *q = view_sql(v,
                               "SELECT d.service,count(*),count(iif(?3=0 OR c.arrived_in<?3,1,NULL)) FROM crossing c"
                               " JOIN decision d ON d.crossing=c.id WHERE c.port=?1 AND c.arrived_in>?4 AND"
                               " c.released_in=0 AND c.id<>?2 AND d.service IS NOT NULL GROUP BY d.service",
                               why);
    if (!q) return ERR_STORE;
    view_bind_str(q, 1, port);
    view_bind_id(q, 2, except);
    sqlite3_bind_int64(q, 3, arrived_in);
    sqlite3_bind_int64(q, 4, now_us > QUEUE_STAY_US ? now_us - QUEUE_STAY_US : 0);
    while (view_row(q, &err, why)) {
        if (*count == QUEUE_SERVICES_MAX) continue;
        (*out)[(*count)++] = (struct queue_length){view_str(arena, q, 0), (size_t)sqlite3_column_int64(q, 1),
                                                   (size_t)sqlite3_column_int64(q, 2)};
    }
    return err;
}

enum err queue_stays(struct views *v, struct arena *arena, struct str port, int64_t from_us, int64_t to_us,
                     struct queue_stay **out, size_t *count, struct why *why)
{
    enum err err = ERR_NONE;
    *count = 0;
    *out = arena_array(arena, struct queue_stay, QUEUE_SERVICES_MAX);
    if (!*out) return why_set(why, ERR_NO_MEMORY, "", "no memory for a port's queues");
    sqlite3_stmt *q = view_sql(v,
                               "SELECT d.service,count(*),sum(max(0,c.released-c.arrived))/60000.0 FROM crossing c"
                               " LEFT JOIN decision d ON d.crossing=c.id WHERE c.port=?1 AND c.released_in>?2 AND"
                               " c.released_in>0 AND c.released_in<=?3 AND c.arrived_in>0 GROUP BY d.service",
                               why);
    if (!q) return ERR_STORE;
    view_bind_str(q, 1, port);
    sqlite3_bind_int64(q, 2, from_us);
    sqlite3_bind_int64(q, 3, to_us);
    while (view_row(q, &err, why)) {
        if (*count == QUEUE_SERVICES_MAX) continue;
        (*out)[(*count)++] =
            (struct queue_stay){view_str(arena, q, 0), sqlite3_column_double(q, 1), sqlite3_column_double(q, 2)};
    }
    return err;
}

enum err queue_touch(struct views *v, struct str port, int64_t now_us, struct touched *touched, struct why *why)
{
    enum err err = ERR_NONE;
    sqlite3_stmt *q = view_sql(v,
                               "SELECT id FROM crossing WHERE port=?1 AND arrived_in>?2 AND arrived_in>0 AND"
                               " released_in=0 ORDER BY arrived_in",
                               why);
    if (!q) return ERR_STORE;
    view_bind_str(q, 1, port);
    sqlite3_bind_int64(q, 2, now_us > QUEUE_STAY_US ? now_us - QUEUE_STAY_US : 0);
    while (view_row(q, &err, why)) {
        struct id id = view_id(q, 0);
        (void)touched_add(touched, &id); // over its limit the rest is found by its timers
    }
    return err;
}
