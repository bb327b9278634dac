// SPDX-License-Identifier: Apache-2.0
#include "views/decision.h"

#include "trust/hash.h"
#include "views/subject.h"

#include <stdlib.h>

const char decision_schema[] = "CREATE TABLE decision(crossing BLOB PRIMARY KEY, pos INTEGER NOT NULL, lane INTEGER "
                               "NOT NULL, rules TEXT NOT NULL, wording BLOB NOT NULL, service TEXT) WITHOUT ROWID;"
                               "CREATE TABLE leaned(channel BLOB NOT NULL, crossing BLOB NOT NULL, first_in INTEGER "
                               "NOT NULL, last_in INTEGER NOT NULL,"
                               " PRIMARY KEY(channel, crossing)) WITHOUT ROWID;"
                               "CREATE INDEX leaned_crossing ON leaned(crossing);";

const char *const decision_moves[] = {
    "UPDATE OR IGNORE decision SET crossing=?2 WHERE crossing=?1",
    "DELETE FROM decision WHERE crossing=?1",
    "INSERT INTO leaned SELECT channel,?2,first_in,last_in FROM leaned WHERE crossing=?1"
    " ON CONFLICT DO UPDATE SET first_in=min(first_in,excluded.first_in),last_in=max(last_in,excluded.last_in)",
    "DELETE FROM leaned WHERE crossing=?1",
    NULL,
};

enum err decision_get(struct views *v, struct arena *arena, const struct id *crossing, struct decided *out, bool *found,
                      struct why *why)
{
    enum err err = ERR_NONE;
    *found = false;
    sqlite3_stmt *q = view_sql(v, "SELECT pos,lane,rules,wording,service FROM decision WHERE crossing=?1", why);
    if (!q) return ERR_STORE;
    view_bind_id(q, 1, crossing);
    while (view_row(q, &err, why)) {
        *found = true;
        *out = (struct decided){sqlite3_column_int64(q, 0),
                                (enum lane)sqlite3_column_int(q, 1),
                                view_str(arena, q, 2),
                                {0},
                                view_str(arena, q, 4)};
        if (sqlite3_column_bytes(q, 3) == DECISION_WORDING)
            memcpy(out->wording, sqlite3_column_blob(q, 3), DECISION_WORDING);
    }
    return err;
}

static int by_text(const void *a, const void *b)
{
    return str_compare(*(const struct str *)a, *(const struct str *)b);
}

// The order of members is not kept in a log, so what is combined must not depend on it.
void decision_wording(const struct json *members, uint8_t out[DECISION_WORDING])
{
    memset(out, 0, DECISION_WORDING);
    json_each(m, members)
    {
        uint8_t hash[SHA256_BYTES];
        if (!str_starts(m->name, "reason.")) continue;
        sha256_two(m->name, json_text(m, "en"), hash);
        for (size_t i = 0; i < DECISION_WORDING; i++) out[i] ^= hash[i];
    }
}

struct str decision_rules(struct arena *arena, const struct json *members)
{
    struct str *ids = arena_array(arena, struct str, members->count + 1);
    size_t n = 0;
    json_each(m, members)
    {
        if (ids && str_starts(m->name, "reason.")) ids[n++] = str_from(m->name, 7);
    }
    if (n) qsort(ids, n, sizeof *ids, by_text);
    struct buf text = BUF((size_t)64 << 10);
    for (size_t i = 0; i < n; i++) {
        if (i) buf_putc(&text, ',');
        buf_str_add(&text, ids[i]);
    }
    struct str out = arena_str(arena, buf_str(&text));
    buf_free(&text);
    return out;
}

// `channels`: [{"id","first","last"}…]: through which channels the statements that it leaned on came, and their commit
// times.
static enum err add_leaned(struct views *v, const struct id *crossing, const struct json *channels, struct why *why)
{
    enum err err = ERR_NONE;
    json_each(c, channels)
    {
        struct id channel;
        int64_t first, last;
        if (!id_parse(json_text(c, "id"), &channel) || !json_integer(c, "first", &first) ||
            !json_integer(c, "last", &last))
            continue;
        sqlite3_stmt *q =
            view_sql(v,
                     "INSERT INTO leaned(channel,crossing,first_in,last_in) VALUES(?1,?2,?3,?4) ON CONFLICT DO UPDATE"
                     " SET first_in=min(first_in,?3),last_in=max(last_in,?4) WHERE first_in>?3 OR last_in<?4",
                     why);
        if (!q) return ERR_STORE;
        view_bind_id(q, 1, &channel);
        view_bind_id(q, 2, crossing);
        sqlite3_bind_int64(q, 3, first);
        sqlite3_bind_int64(q, 4, last);
        err = view_run(q, why);
        if (err != ERR_NONE) return err;
    }
    return err;
}

enum err decision_apply(struct views *v, struct arena *arena, const struct applied *s, struct touched *touched,
                        struct why *why)
{
    (void)touched;
    enum lane lane;
    if (s->origin != ENGINE_OWN || s->header->nre == 0 || !lane_parse(json_text(s->members, "lane"), &lane))
        return ERR_NONE;
    struct id id;
    enum err err = subject_canonical(v, &s->header->re[0], &id, why);
    if (err != ERR_NONE) return err;
    sqlite3_stmt *q = view_sql(
        v,
        "INSERT INTO decision(crossing,pos,lane,rules,wording,service) VALUES(?1,?2,?3,?4,?5,?6) ON CONFLICT DO UPDATE"
        " SET pos=?2,lane=?3,rules=?4,wording=?5,service=?6",
        why);
    if (!q) return ERR_STORE;
    view_bind_id(q, 1, &id);
    sqlite3_bind_int64(q, 2, s->pos);
    sqlite3_bind_int(q, 3, (int)lane);
    uint8_t wording[DECISION_WORDING];
    decision_wording(s->members, wording);
    view_bind_str(q, 4, decision_rules(arena, s->members));
    sqlite3_bind_blob(q, 5, wording, sizeof wording, SQLITE_TRANSIENT);
    view_bind_str(q, 6, json_text(json_get(s->members, "choice"), "service"));
    err = view_run(q, why);
    return err == ERR_NONE ? add_leaned(v, &id, json_get(s->members, "channels"), why) : err;
}

enum err decision_list(struct views *v, struct arena *arena, int64_t before, size_t limit, int64_t **out, size_t *count,
                       struct why *why)
{
    enum err err = ERR_NONE;
    *count = 0;
    *out = arena_array(arena, int64_t, limit ? limit : 1);
    if (!*out) return why_set(why, ERR_NO_MEMORY, "limit", "ask for fewer decisions at a time");
    sqlite3_stmt *q = view_sql(v, "SELECT pos FROM decision WHERE ?1=0 OR pos<?1 ORDER BY pos DESC LIMIT ?2", why);
    if (!q) return ERR_STORE;
    sqlite3_bind_int64(q, 1, before);
    sqlite3_bind_int64(q, 2, (int64_t)limit);
    while (view_row(q, &err, why)) (*out)[(*count)++] = sqlite3_column_int64(q, 0);
    return err;
}

enum err decision_leaning(struct views *v, struct arena *arena, const struct id *channel, size_t limit, struct id **out,
                          size_t *count, struct why *why)
{
    enum err err = ERR_NONE;
    size_t room = 0;
    *count = 0;
    *out = NULL;
    sqlite3_stmt *q =
        view_sql(v,
                 "SELECT l.crossing FROM leaned l LEFT JOIN crossing c ON c.id=l.crossing WHERE l.channel=?1"
                 " ORDER BY (c.released_in>0), c.eta, l.crossing LIMIT ?2",
                 why);
    if (!q) return ERR_STORE;
    view_bind_id(q, 1, channel);
    sqlite3_bind_int64(q, 2, (int64_t)limit);
    while (view_row(q, &err, why)) {
        if (*count == room) {
            room = room ? room * 2 : 64;
            struct id *grown = arena_array(arena, struct id, room);
            if (!grown) {
                sqlite3_reset(q);
                return why_set(why, ERR_NO_MEMORY, "", "more crossings than this request may hold");
            }
            if (*count) memcpy(grown, *out, *count * sizeof *grown);
            *out = grown;
        }
        (*out)[(*count)++] = view_id(q, 0);
    }
    return err;
}

enum err decision_standing(struct views *v, const struct id *crossing, bool *suspect, enum lane *floor, struct why *why)
{
    enum err err = ERR_NONE;
    *suspect = false;
    *floor = LANE_GREEN;
    sqlite3_stmt *q =
        view_sql(v,
                 "SELECT max(s.floor) FROM leaned l JOIN standing s ON s.channel=l.channel WHERE l.crossing=?1 AND"
                 " s.state='confirmed' AND s.from_us<=l.last_in AND s.to_us>l.first_in",
                 why);
    if (!q) return ERR_STORE;
    view_bind_id(q, 1, crossing);
    while (view_row(q, &err, why)) {
        if (sqlite3_column_type(q, 0) == SQLITE_NULL) continue;
        *suspect = true;
        *floor = (enum lane)sqlite3_column_int(q, 0);
    }
    return err;
}
