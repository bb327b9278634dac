// SPDX-License-Identifier: Apache-2.0
#include "views/local.h"

#include "base/clock.h"

const char local_schema[] =
    "CREATE TABLE IF NOT EXISTS local(space TEXT NOT NULL, key BLOB NOT NULL, value BLOB NOT NULL, written INTEGER NOT "
    "NULL,"
    " PRIMARY KEY(space, key)) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS due(subject BLOB PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE INDEX IF NOT EXISTS due_at ON due(at, subject);";

static void bind_bytes(sqlite3_stmt *q, int at, struct str s)
{
    sqlite3_bind_blob64(q, at, s.n ? s.p : "", s.n, SQLITE_TRANSIENT);
}

enum err local_put(struct views *v, struct str space, struct str key, struct str value, struct why *why)
{
    sqlite3_stmt *q = value.p ? view_sql(v,
                                         "INSERT INTO local(space,key,value,written) VALUES(?1,?2,?3,?4)"
                                         " ON CONFLICT DO UPDATE SET value=?3,written=?4",
                                         why)
                              : view_sql(v, "DELETE FROM local WHERE space=?1 AND key=?2", why);
    if (!q) return ERR_STORE;
    view_bind_str(q, 1, space);
    bind_bytes(q, 2, key);
    if (value.p) {
        bind_bytes(q, 3, value);
        sqlite3_bind_int64(q, 4, clock_now_us());
    }
    return view_run(q, why);
}

enum err local_get(struct views *v, struct arena *arena, struct str space, struct str key, struct str *value,
                   struct why *why)
{
    enum err err = ERR_NONE;
    *value = STR_NONE;
    sqlite3_stmt *q = view_sql(v, "SELECT value FROM local WHERE space=?1 AND key=?2", why);
    if (!q) return ERR_STORE;
    view_bind_str(q, 1, space);
    bind_bytes(q, 2, key);
    while (view_row(q, &err, why))
        *value = arena_str(arena, (struct str){sqlite3_column_blob(q, 0), (size_t)sqlite3_column_bytes(q, 0)});
    return err;
}

enum err local_list(struct views *v, struct arena *arena, struct str space, struct str after, size_t limit,
                    struct local_item **out, size_t *count, struct why *why)
{
    enum err err = ERR_NONE;
    *count = 0;
    *out = arena_array(arena, struct local_item, limit ? limit : 1);
    if (!*out) return why_set(why, ERR_NO_MEMORY, "", "no memory for a list");
    sqlite3_stmt *q =
        view_sql(v, "SELECT key,value FROM local WHERE space=?1 AND (?4 OR key>?2) ORDER BY key LIMIT ?3", why);
    if (!q) return ERR_STORE;
    view_bind_str(q, 1, space);
    bind_bytes(q, 2, after);
    sqlite3_bind_int64(q, 3, (int64_t)limit);
    sqlite3_bind_int(q, 4, after.p == NULL);
    while (view_row(q, &err, why))
        (*out)[(*count)++] = (struct local_item){view_str(arena, q, 0), view_str(arena, q, 1)};
    return err;
}

enum err local_expire(struct views *v, struct str space, int64_t before_us, struct why *why)
{
    sqlite3_stmt *q = view_sql(v, "DELETE FROM local WHERE space=?1 AND written<?2", why);
    if (!q) return ERR_STORE;
    view_bind_str(q, 1, space);
    sqlite3_bind_int64(q, 2, before_us);
    return view_run(q, why);
}

enum err due_set(struct views *v, const struct id *subject, int64_t at_us, struct why *why)
{
    sqlite3_stmt *q = view_sql(v, "INSERT INTO due(subject,at) VALUES(?1,?2) ON CONFLICT DO UPDATE SET at=?2", why);
    if (!q) return ERR_STORE;
    view_bind_id(q, 1, subject);
    sqlite3_bind_int64(q, 2, at_us);
    return view_run(q, why);
}

enum err due_arm(struct views *v, const struct id *subject, int64_t at_us, struct why *why)
{
    sqlite3_stmt *q = view_sql(v, "INSERT INTO due(subject,at) VALUES(?1,?2) ON CONFLICT DO NOTHING", why);
    if (!q) return ERR_STORE;
    view_bind_id(q, 1, subject);
    sqlite3_bind_int64(q, 2, at_us);
    return view_run(q, why);
}

enum err due_clear(struct views *v, const struct id *subject, struct why *why)
{
    sqlite3_stmt *q = view_sql(v, "DELETE FROM due WHERE subject=?1", why);
    if (!q) return ERR_STORE;
    view_bind_id(q, 1, subject);
    return view_run(q, why);
}

enum err due_list(struct views *v, struct arena *arena, int64_t now_us, size_t limit, struct id **out, size_t *count,
                  int64_t *next_us, struct why *why)
{
    enum err err = ERR_NONE;
    *count = 0;
    *next_us = INT64_MAX;
    *out = arena_array(arena, struct id, limit ? limit : 1);
    if (!*out) return why_set(why, ERR_NO_MEMORY, "", "no memory for timers");
    sqlite3_stmt *q = view_sql(v, "SELECT subject,at FROM due ORDER BY at,subject LIMIT ?1", why);
    if (!q) return ERR_STORE;
    sqlite3_bind_int64(q, 1, (int64_t)limit + 1);
    while (view_row(q, &err, why)) {
        int64_t at = sqlite3_column_int64(q, 1);
        if (at <= now_us && *count < limit)
            (*out)[(*count)++] = view_id(q, 0);
        else if (at < *next_us)
            *next_us = at;
    }
    return err;
}
