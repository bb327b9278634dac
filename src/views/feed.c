// SPDX-License-Identifier: Apache-2.0
#include "views/feed.h"

// An agreement's number keeps the rows short. Sequence numbers count up for each agreement from 1, so the newest is
// the largest key of its agreement: appending touches the last page only.
const char feed_schema[] =
    "CREATE TABLE IF NOT EXISTS feed_name(number INTEGER PRIMARY KEY, agreement TEXT NOT NULL UNIQUE);"
    "CREATE TABLE IF NOT EXISTS feed(number INTEGER NOT NULL, seq INTEGER NOT NULL, pos INTEGER NOT NULL, PRIMARY "
    "KEY(number, seq))"
    " WITHOUT ROWID;"
    "CREATE UNIQUE INDEX IF NOT EXISTS feed_pos ON feed(number, pos);";

static enum err feed_number(struct views *v, struct str agreement, bool add, int64_t *number, struct why *why)
{
    enum err err = ERR_NONE;
    *number = 0;
    sqlite3_stmt *q = view_sql(v, "SELECT number FROM feed_name WHERE agreement=?1", why);
    if (!q) return ERR_STORE;
    view_bind_str(q, 1, agreement);
    while (view_row(q, &err, why)) *number = sqlite3_column_int64(q, 0);
    if (err != ERR_NONE || *number || !add) return err;
    q = view_sql(v, "INSERT INTO feed_name(agreement) VALUES(?1)", why);
    if (!q) return ERR_STORE;
    view_bind_str(q, 1, agreement);
    err = view_run(q, why);
    *number = sqlite3_last_insert_rowid(sqlite3_db_handle(q));
    return err;
}

static enum err last_of(struct views *v, int64_t number, int64_t *seq, struct why *why)
{
    enum err err = ERR_NONE;
    *seq = 0;
    sqlite3_stmt *q = view_sql(v, "SELECT max(seq) FROM feed WHERE number=?1", why);
    if (!q) return ERR_STORE;
    sqlite3_bind_int64(q, 1, number);
    while (view_row(q, &err, why)) *seq = sqlite3_column_int64(q, 0);
    return err;
}

enum err feed_add(struct views *v, struct str agreement, int64_t pos, struct why *why)
{
    int64_t number, seq;
    enum err err = feed_number(v, agreement, true, &number, why);
    if (err == ERR_NONE) err = last_of(v, number, &seq, why);
    if (err != ERR_NONE) return err;
    sqlite3_stmt *q = view_sql(v, "INSERT INTO feed(number,seq,pos) VALUES(?1,?2,?3) ON CONFLICT DO NOTHING", why);
    if (!q) return ERR_STORE;
    sqlite3_bind_int64(q, 1, number);
    sqlite3_bind_int64(q, 2, seq + 1);
    sqlite3_bind_int64(q, 3, pos);
    return view_run(q, why);
}

enum err feed_read(struct views *v, struct arena *arena, struct str agreement, int64_t after, size_t limit,
                   struct feed_item **out, size_t *count, struct why *why)
{
    int64_t number;
    *count = 0;
    *out = arena_array(arena, struct feed_item, limit ? limit : 1);
    if (!*out) return why_set(why, ERR_NO_MEMORY, "", "no memory for a feed");
    enum err err = feed_number(v, agreement, false, &number, why);
    if (err != ERR_NONE) return err;
    sqlite3_stmt *q = view_sql(v, "SELECT seq,pos FROM feed WHERE number=?1 AND seq>?2 ORDER BY seq LIMIT ?3", why);
    if (!q) return ERR_STORE;
    sqlite3_bind_int64(q, 1, number);
    sqlite3_bind_int64(q, 2, after);
    sqlite3_bind_int64(q, 3, (int64_t)limit);
    while (view_row(q, &err, why))
        (*out)[(*count)++] = (struct feed_item){sqlite3_column_int64(q, 0), sqlite3_column_int64(q, 1)};
    return err;
}

enum err feed_last(struct views *v, struct str agreement, int64_t *seq, struct why *why)
{
    int64_t number;
    enum err err = feed_number(v, agreement, false, &number, why);
    *seq = 0;
    return err == ERR_NONE ? last_of(v, number, seq, why) : err;
}

enum err feed_has(struct views *v, struct str agreement, int64_t pos, bool *has, struct why *why)
{
    int64_t number;
    *has = false;
    enum err err = feed_number(v, agreement, false, &number, why);
    if (err != ERR_NONE) return err;
    sqlite3_stmt *q = view_sql(v, "SELECT 1 FROM feed WHERE number=?1 AND pos=?2", why);
    if (!q) return ERR_STORE;
    sqlite3_bind_int64(q, 1, number);
    sqlite3_bind_int64(q, 2, pos);
    while (view_row(q, &err, why)) *has = true;
    return err;
}
