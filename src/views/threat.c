// SPDX-License-Identifier: Apache-2.0
#include "views/threat.h"

#include "base/clock.h"
#include "views/subject.h"

const char threat_schema[] =
    "CREATE TABLE threat(id BLOB PRIMARY KEY, origin INTEGER NOT NULL, pos INTEGER NOT NULL, number TEXT, type TEXT, "
    "title TEXT,"
    " reporter TEXT, state TEXT NOT NULL, floor INTEGER NOT NULL DEFAULT 0, from_us INTEGER NOT NULL, to_us INTEGER "
    "NOT NULL)"
    " WITHOUT ROWID;"
    "CREATE TABLE threat_name(what TEXT NOT NULL, value TEXT NOT NULL, threat BLOB NOT NULL, version TEXT NOT "
    "NULL, PRIMARY KEY(what, value, threat, version)) WITHOUT ROWID;" // version '': any
    "CREATE INDEX threat_names ON threat_name(threat);";

const char *const threat_moves[] = {
    "UPDATE OR IGNORE threat SET id=?2 WHERE id=?1",
    "DELETE FROM threat WHERE id=?1",
    "UPDATE OR IGNORE threat_name SET threat=?2 WHERE threat=?1",
    "DELETE FROM threat_name WHERE threat=?1",
    "UPDATE OR IGNORE standing SET threat=?2 WHERE threat=?1",
    NULL,
};

static int64_t time_us(const struct json *members, const char *name, int64_t fallback)
{
    int64_t us;
    struct str text = json_text(members, name);
    return text.p && time_parse_us(text, &us) ? us : fallback;
}

enum err threat_apply(struct views *v, struct arena *arena, const struct applied *s, struct touched *touched,
                      struct why *why)
{
    (void)arena;
    (void)touched;
    const struct json *t = json_get(s->members, "threat");
    if (s->header->nre == 0 || !t) return ERR_NONE;
    struct id id;
    enum err err = subject_canonical(v, &s->header->re[0], &id, why);
    if (err != ERR_NONE) return err;
    sqlite3_stmt *q =
        view_sql(v,
                 "INSERT INTO threat(id,origin,pos,number,type,title,reporter,state,from_us,to_us)"
                 " VALUES(?1,?2,?3,?4,?5,?6,?7,'reported',?8,?9) ON CONFLICT DO UPDATE SET pos=?3,"
                 "number=coalesce(?4,number),type=coalesce(?5,type),title=coalesce(?6,title),from_us=?8,to_us=?9",
                 why);
    if (!q) return ERR_STORE;
    view_bind_id(q, 1, &id);
    sqlite3_bind_int64(q, 2, s->origin);
    sqlite3_bind_int64(q, 3, s->pos);
    view_bind_str(q, 4, json_text(t, "id"));
    view_bind_str(q, 5, json_text(t, "type"));
    view_bind_str(q, 6, json_text(t, "title"));
    view_bind_str(q, 7, json_text(t, "reporter"));
    sqlite3_bind_int64(q, 8, time_us(s->members, "from", 0));
    sqlite3_bind_int64(q, 9, time_us(s->members, "to", INT64_MAX));
    err = view_run(q, why);
    size_t n = 0;
    json_each(name, json_get(s->members, "names"))
    {
        struct str what = json_text(name, "what"), value = json_text(name, "value");
        if (err != ERR_NONE || !what.p || !value.p || n++ == THREAT_NAMES_MAX) continue;
        q = view_sql(
            v,
            "INSERT INTO threat_name(what,value,threat,version) VALUES(?1,?2,?3,COALESCE(?4,'')) ON CONFLICT DO "
            "NOTHING",
            why);
        if (!q) return ERR_STORE;
        view_bind_str(q, 1, what);
        view_bind_str(q, 2, value);
        view_bind_id(q, 3, &id);
        view_bind_str(q, 4, json_text(name, "version"));
        err = view_run(q, why);
    }
    return err;
}

enum err threat_apply_state(struct views *v, struct arena *arena, const struct applied *s, struct touched *touched,
                            struct why *why)
{
    (void)arena;
    (void)touched;
    // A partner's confirmation is a fact on which a trigger rule may act; it is not this node's.
    if (s->header->nre == 0 || s->origin != ENGINE_OWN) return ERR_NONE;
    struct id id;
    enum lane floor = LANE_GREEN;
    enum err err = subject_canonical(v, &s->header->re[0], &id, why);
    if (err != ERR_NONE) return err;
    lane_parse(json_text(s->members, "floor"), &floor);
    bool confirm = str_is(s->header->kind, "threat.confirm");
    sqlite3_stmt *q = view_sql(v,
                               "UPDATE threat SET state=?2, from_us=CASE WHEN ?3>0 THEN ?3 ELSE from_us END,"
                               " to_us=CASE WHEN ?4>0 THEN ?4 ELSE to_us END, floor=?5 WHERE id=?1",
                               why);
    if (!q) return ERR_STORE;
    view_bind_id(q, 1, &id);
    view_bind_str(q, 2, confirm ? STR("confirmed") : STR("cleared"));
    sqlite3_bind_int64(q, 3, confirm ? time_us(s->members, "from", 0) : 0);
    sqlite3_bind_int64(q, 4, confirm ? time_us(s->members, "to", 0) : 0);
    sqlite3_bind_int(q, 5, (int)floor);
    return view_run(q, why);
}

static enum err read_names(struct views *v, struct arena *arena, struct threat *out, struct why *why)
{
    enum err err = ERR_NONE;
    out->names = arena_array(arena, struct threat_name, THREAT_NAMES_MAX);
    if (!out->names) return why_set(why, ERR_NO_MEMORY, "", "no memory for a threat's names");
    sqlite3_stmt *q = view_sql(
        v, "SELECT what,value,version FROM threat_name WHERE threat=?1 ORDER BY what,value,version LIMIT 512", why);
    if (!q) return ERR_STORE;
    view_bind_id(q, 1, &out->id);
    while (view_row(q, &err, why))
        out->names[out->nnames++] =
            (struct threat_name){view_str(arena, q, 0), view_str(arena, q, 1), view_str(arena, q, 2)};
    return err;
}

enum err threat_get(struct views *v, struct arena *arena, const struct id *id, struct threat *out, bool *found,
                    struct why *why)
{
    enum err err = ERR_NONE;
    *found = false;
    sqlite3_stmt *q = view_sql(
        v, "SELECT origin,pos,number,type,title,reporter,state,from_us,to_us,floor FROM threat WHERE id=?1", why);
    if (!q) return ERR_STORE;
    view_bind_id(q, 1, id);
    while (view_row(q, &err, why)) {
        *found = true;
        *out = (struct threat){.id = *id,
                               .origin = (uint32_t)sqlite3_column_int64(q, 0),
                               .pos = sqlite3_column_int64(q, 1),
                               .number = view_str(arena, q, 2),
                               .type = view_str(arena, q, 3),
                               .title = view_str(arena, q, 4),
                               .reporter = view_str(arena, q, 5),
                               .state = view_str(arena, q, 6),
                               .from_us = sqlite3_column_int64(q, 7),
                               .to_us = sqlite3_column_int64(q, 8),
                               .floor = (enum lane)sqlite3_column_int(q, 9)};
    }
    return err == ERR_NONE && *found ? read_names(v, arena, out, why) : err;
}

static enum err read_ids(struct arena *arena, sqlite3_stmt *q, size_t limit, struct id **out, size_t *count,
                         struct why *why)
{
    enum err err = ERR_NONE;
    *count = 0;
    *out = arena_array(arena, struct id, limit ? limit : 1);
    if (!*out) {
        sqlite3_reset(q);
        return why_set(why, ERR_NO_MEMORY, "", "no memory for threats");
    }
    while (view_row(q, &err, why))
        if (*count < limit) (*out)[(*count)++] = view_id(q, 0);
    return err;
}

enum err threat_list(struct views *v, struct arena *arena, size_t limit, struct id **out, size_t *count,
                     struct why *why)
{
    sqlite3_stmt *q = view_sql(v, "SELECT id FROM threat ORDER BY pos DESC LIMIT ?1", why);
    if (!q) return ERR_STORE;
    sqlite3_bind_int64(q, 1, (int64_t)limit);
    return read_ids(arena, q, limit, out, count, why);
}

enum err threat_naming(struct views *v, struct arena *arena, struct str what, struct str value, struct id **out,
                       size_t *count, struct why *why)
{
    sqlite3_stmt *q = view_sql(
        v, "SELECT DISTINCT threat FROM threat_name WHERE what=?1 AND value=?2 ORDER BY threat LIMIT 256", why);
    if (!q) return ERR_STORE;
    view_bind_str(q, 1, what);
    view_bind_str(q, 2, value);
    return read_ids(arena, q, 256, out, count, why);
}
