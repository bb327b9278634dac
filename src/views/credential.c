// SPDX-License-Identifier: Apache-2.0
#include "views/credential.h"

#include "base/clock.h"
#include "views/subject.h"

#define CREDENTIALS_MAX 64

const char credential_schema[] =
    "CREATE TABLE credential(holder BLOB NOT NULL, programme TEXT NOT NULL, role TEXT NOT NULL, issuer TEXT NOT NULL,"
    " number TEXT, status TEXT NOT NULL, valid_from INTEGER NOT NULL, valid_to INTEGER NOT NULL, pos INTEGER NOT NULL,"
    " rostered INTEGER NOT NULL, PRIMARY KEY(holder, programme, role, issuer)) WITHOUT ROWID;"
    "CREATE INDEX credential_rostered ON credential(issuer, programme, pos) WHERE rostered=1;"
    "CREATE TABLE roster(issuer TEXT NOT NULL, programme TEXT NOT NULL, date INTEGER NOT NULL, pos INTEGER NOT NULL,"
    " rows INTEGER NOT NULL, told INTEGER NOT NULL, since INTEGER NOT NULL, PRIMARY KEY(issuer, programme)) WITHOUT "
    "ROWID;";

const char *const credential_moves[] = {
    "UPDATE OR IGNORE credential SET holder=?2 WHERE holder=?1",
    "DELETE FROM credential WHERE holder=?1",
    NULL,
};

int64_t credential_roster_day(const struct json *roster)
{
    static const char midnight[] = "T00:00:00Z";
    char text[32] = "";
    struct str day = json_text(roster, "date");
    int64_t ms;
    if (day.n != 10) return 0;
    memcpy(text, day.p, day.n);
    memcpy(text + day.n, midnight, sizeof midnight);
    return time_parse_ms(str_of(text), &ms) ? ms : 0;
}

static enum err roster_row(struct views *v, struct str issuer, struct str programme, int64_t *date_ms, int64_t *since,
                           struct why *why)
{
    enum err err = ERR_NONE;
    *date_ms = *since = 0;
    sqlite3_stmt *q = view_sql(v, "SELECT date,since FROM roster WHERE issuer=?1 AND programme=?2", why);
    if (!q) return ERR_STORE;
    view_bind_str(q, 1, issuer);
    view_bind_str(q, 2, programme);
    while (view_row(q, &err, why)) {
        *date_ms = sqlite3_column_int64(q, 0);
        *since = sqlite3_column_int64(q, 1);
    }
    return err;
}

enum err credential_roster_date(struct views *v, struct str issuer, struct str programme, int64_t *date_ms,
                                struct why *why)
{
    int64_t since;
    return roster_row(v, issuer, programme, date_ms, &since, why);
}

// Crossings of the traders whom the roster names no longer.
static enum err touch_dropped(struct views *v, struct arena *arena, struct str issuer, struct str programme,
                              int64_t since, struct touched *touched, struct why *why)
{
    enum err err = ERR_NONE;
    struct id *holders = NULL;
    size_t n = 0, room = 0;
    sqlite3_stmt *q = view_sql(
        v, "SELECT DISTINCT holder FROM credential WHERE issuer=?1 AND programme=?2 AND pos<?3 AND rostered=1", why);
    if (!q) return ERR_STORE;
    view_bind_str(q, 1, issuer);
    view_bind_str(q, 2, programme);
    sqlite3_bind_int64(q, 3, since);
    while (view_row(q, &err, why)) {
        if (n == room) {
            room = room ? room * 2 : 64;
            struct id *grown = arena_array(arena, struct id, room);
            if (!grown) {
                sqlite3_reset(q);
                return why_set(why, ERR_NO_MEMORY, "", "no memory for the traders that a roster dropped");
            }
            if (n) memcpy(grown, holders, n * sizeof *grown);
            holders = grown;
        }
        holders[n++] = view_id(q, 0);
    }
    for (size_t i = 0; i < n && err == ERR_NONE; i++) err = subject_crossings(v, arena, &holders[i], touched, why);
    return err;
}

// Once all rows of a roster are told, it is in force: whom it does not name is dropped.
static enum err roster_in_force(struct views *v, struct arena *arena, struct str issuer, struct str programme,
                                struct touched *touched, struct why *why)
{
    int64_t date, before, since;
    enum err err = roster_row(v, issuer, programme, &date, &before, why);
    if (err != ERR_NONE) return err;
    sqlite3_stmt *q = view_sql(v, "UPDATE roster SET since=pos WHERE issuer=?1 AND programme=?2 AND told>=rows", why);
    if (!q) return ERR_STORE;
    view_bind_str(q, 1, issuer);
    view_bind_str(q, 2, programme);
    err = view_run(q, why);
    if (err == ERR_NONE) err = roster_row(v, issuer, programme, &date, &since, why);
    return err == ERR_NONE && since != before ? touch_dropped(v, arena, issuer, programme, since, touched, why) : err;
}

static enum err roster_told(struct views *v, struct arena *arena, struct str issuer, struct str programme,
                            struct touched *touched, struct why *why)
{
    sqlite3_stmt *q = view_sql(v, "UPDATE roster SET told=told+1 WHERE issuer=?1 AND programme=?2 AND since<pos", why);
    if (!q) return ERR_STORE;
    view_bind_str(q, 1, issuer);
    view_bind_str(q, 2, programme);
    enum err err = view_run(q, why);
    return err == ERR_NONE ? roster_in_force(v, arena, issuer, programme, touched, why) : err;
}

enum err credential_apply_roster(struct views *v, struct arena *arena, const struct applied *s, struct touched *touched,
                                 struct why *why)
{
    const struct json *r = json_get(s->members, "roster");
    struct str issuer = json_text(r, "issuer"), programme = json_text(r, "programme");
    int64_t date = credential_roster_day(r), rows;
    if (!issuer.p || !programme.p || !date || !json_integer(r, "rows", &rows)) return ERR_NONE;
    sqlite3_stmt *q =
        view_sql(v,
                 "INSERT INTO roster(issuer,programme,date,pos,rows,told,since) VALUES(?1,?2,?3,?4,?5,0,0)"
                 " ON CONFLICT DO UPDATE SET date=?3,pos=?4,rows=?5,told=0 WHERE date<=?3",
                 why);
    if (!q) return ERR_STORE;
    view_bind_str(q, 1, issuer);
    view_bind_str(q, 2, programme);
    sqlite3_bind_int64(q, 3, date);
    sqlite3_bind_int64(q, 4, s->pos);
    sqlite3_bind_int64(q, 5, rows);
    enum err err = view_run(q, why);
    return err == ERR_NONE ? roster_in_force(v, arena, issuer, programme, touched, why) : err;
}

enum err credential_apply(struct views *v, struct arena *arena, const struct applied *s, struct touched *touched,
                          struct why *why)
{
    const struct json *c = json_get(s->members, "credential");
    struct str programme = json_text(c, "programme"), role = json_text(c, "role"), issuer = json_text(c, "issuer");
    struct str status = json_text(c, "status"), from = json_text(c, "from"), to = json_text(c, "to");
    int64_t from_ms, to_ms;
    if (s->header->nre == 0 || !programme.p || !role.p || !issuer.p || !status.p) return ERR_NONE;
    if (!time_parse_ms(from, &from_ms) || !time_parse_ms(to, &to_ms)) return ERR_NONE;
    struct id id;
    enum err err = subject_canonical(v, &s->header->re[0], &id, why);
    if (err != ERR_NONE) return err;
    sqlite3_stmt *q =
        view_sql(v,
                 "INSERT INTO credential(holder,programme,role,issuer,number,status,valid_from,valid_to,pos,rostered)"
                 " VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10) ON CONFLICT DO UPDATE SET number=?5,status=?6,"
                 "valid_from=?7,valid_to=?8,pos=?9,rostered=?10",
                 why);
    if (!q) return ERR_STORE;
    view_bind_id(q, 1, &id);
    view_bind_str(q, 2, programme);
    view_bind_str(q, 3, role);
    view_bind_str(q, 4, issuer);
    view_bind_str(q, 5, json_text(c, "id"));
    view_bind_str(q, 6, status);
    sqlite3_bind_int64(q, 7, from_ms);
    sqlite3_bind_int64(q, 8, to_ms);
    sqlite3_bind_int64(q, 9, s->pos);
    bool rostered = str_is(json_text(c, "proof"), "roster");
    sqlite3_bind_int(q, 10, rostered);
    err = view_run(q, why);
    if (err == ERR_NONE && rostered) err = roster_told(v, arena, issuer, programme, touched, why);
    return err == ERR_NONE ? subject_crossings(v, arena, &id, touched, why) : err;
}

enum err credential_list(struct views *v, struct arena *arena, const struct id *holder, struct held_credential **out,
                         size_t *count, struct why *why)
{
    enum err err = ERR_NONE;
    *count = 0;
    *out = arena_array(arena, struct held_credential, CREDENTIALS_MAX);
    if (!*out) return why_set(why, ERR_NO_MEMORY, "", "no memory for credentials");
    sqlite3_stmt *q =
        view_sql(v,
                 "SELECT c.programme,c.role,c.issuer,c.number,c.status,c.valid_from,c.valid_to,c.pos,"
                 "c.rostered AND c.pos<coalesce(r.since,0) FROM credential c LEFT JOIN roster r ON"
                 " r.issuer=c.issuer AND r.programme=c.programme WHERE c.holder=?1 ORDER BY c.pos DESC LIMIT 64",
                 why);
    if (!q) return ERR_STORE;
    view_bind_id(q, 1, holder);
    while (view_row(q, &err, why))
        (*out)[(*count)++] = (struct held_credential){.programme = view_str(arena, q, 0),
                                                      .role = view_str(arena, q, 1),
                                                      .issuer = view_str(arena, q, 2),
                                                      .number = view_str(arena, q, 3),
                                                      .status = view_str(arena, q, 4),
                                                      .from_ms = sqlite3_column_int64(q, 5),
                                                      .to_ms = sqlite3_column_int64(q, 6),
                                                      .pos = sqlite3_column_int64(q, 7),
                                                      .dropped = sqlite3_column_int(q, 8) != 0};
    return err;
}
