// SPDX-License-Identifier: Apache-2.0
#include "views/custody.h"

#include "views/subject.h"

#include <math.h>

// A new point that ends a silence longer than this, or implies more than this speed, is worth deciding again.
#define NOTABLE_SILENCE_MS (10 * 60 * 1000)
#define NOTABLE_JUMP_KMH 100.0

const char custody_schema[] =
    "CREATE TABLE custody(seal BLOB PRIMARY KEY, grade TEXT, electronic INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;"
    "CREATE TABLE custody_event(seal BLOB NOT NULL, at INTEGER NOT NULL, pos INTEGER NOT NULL, type TEXT NOT NULL, who "
    "TEXT,"
    " how TEXT, complete INTEGER NOT NULL, PRIMARY KEY(seal, at, pos)) WITHOUT ROWID;"
    "CREATE TABLE custody_point(seal BLOB NOT NULL, at INTEGER NOT NULL, pos INTEGER NOT NULL, lat REAL, lon REAL,"
    " PRIMARY KEY(seal, at, pos)) WITHOUT ROWID;"
    "CREATE TABLE custody_explained(seal BLOB NOT NULL, from_at INTEGER NOT NULL, to_at INTEGER NOT NULL, pos INTEGER "
    "NOT NULL, origin INTEGER NOT NULL,"
    " PRIMARY KEY(seal, from_at, pos)) WITHOUT ROWID;";

const char *const custody_moves[] = {
    "INSERT INTO custody(seal,grade,electronic) SELECT ?2,grade,electronic FROM custody WHERE seal=?1"
    " ON CONFLICT DO UPDATE SET grade=coalesce(grade,excluded.grade),electronic=max(electronic,excluded.electronic)",
    "DELETE FROM custody WHERE seal=?1",
    "UPDATE custody_event SET seal=?2 WHERE seal=?1",
    "UPDATE custody_point SET seal=?2 WHERE seal=?1",
    "UPDATE custody_explained SET seal=?2 WHERE seal=?1",
    NULL,
};

static double distance_m(double lat1, double lon1, double lat2, double lon2)
{
    const double rad = 0.017453292519943295, earth_m = 6371008.8;
    double a = sin((lat2 - lat1) * rad / 2), b = sin((lon2 - lon1) * rad / 2);
    double h = a * a + cos(lat1 * rad) * cos(lat2 * rad) * b * b;
    return 2 * earth_m * asin(sqrt(h < 1 ? h : 1));
}

static double speed_kmh(double metres, int64_t ms)
{
    if (metres < CUSTODY_JUMP_MIN_M) return 0;
    return metres / 1000.0 / ((double)(ms > 1000 ? ms : 1000) / 3600000.0);
}

struct point {
    int64_t at_ms;
    double lat, lon;
    bool fix;
    bool there;
};

static enum err neighbour(sqlite3_stmt *q, const struct id *seal, int64_t at_ms, struct point *out, struct why *why)
{
    enum err err = ERR_NONE;
    *out = (struct point){0};
    if (!q) return ERR_STORE;
    view_bind_id(q, 1, seal);
    sqlite3_bind_int64(q, 2, at_ms);
    while (view_row(q, &err, why))
        *out = (struct point){sqlite3_column_int64(q, 0), sqlite3_column_double(q, 1), sqlite3_column_double(q, 2),
                              sqlite3_column_type(q, 1) != SQLITE_NULL, true};
    return err;
}

// Whether this point ends a long silence, fills one, or lies impossibly far from the one before it.
static enum err notable(struct views *v, const struct id *seal, const struct point *now, bool *out, struct why *why)
{
    struct point before, after;
    enum err err = neighbour(
        view_sql(v, "SELECT at,lat,lon FROM custody_point WHERE seal=?1 AND at<?2 ORDER BY at DESC LIMIT 1", why), seal,
        now->at_ms, &before, why);
    if (err == ERR_NONE)
        err = neighbour(
            view_sql(v, "SELECT at,lat,lon FROM custody_point WHERE seal=?1 AND at>?2 ORDER BY at LIMIT 1", why), seal,
            now->at_ms, &after, why);
    if (err != ERR_NONE) return err;
    bool jump =
        before.fix && now->fix &&
        speed_kmh(distance_m(before.lat, before.lon, now->lat, now->lon), now->at_ms - before.at_ms) > NOTABLE_JUMP_KMH;
    *out = jump || after.there || (before.there && now->at_ms - before.at_ms > NOTABLE_SILENCE_MS);
    return ERR_NONE;
}

static enum err add_point(struct views *v, const struct id *seal, const struct point *p, int64_t pos, struct why *why)
{
    sqlite3_stmt *q = view_sql(v, "INSERT INTO custody_point(seal,at,pos,lat,lon) VALUES(?1,?2,?3,?4,?5)", why);
    if (!q) return ERR_STORE;
    view_bind_id(q, 1, seal);
    sqlite3_bind_int64(q, 2, p->at_ms);
    sqlite3_bind_int64(q, 3, pos);
    if (p->fix) {
        sqlite3_bind_double(q, 4, p->lat);
        sqlite3_bind_double(q, 5, p->lon);
    } else {
        sqlite3_bind_null(q, 4);
        sqlite3_bind_null(q, 5);
    }
    return view_run(q, why);
}

// View, verify, tug, twist all passed, and a photo: what makes a replacement one on the record.
static bool inspection_complete(const struct json *inspection)
{
    static const char *const steps[] = {"view", "verify", "tug", "twist"};
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        if (!str_is(json_text(inspection, steps[i]), "pass")) return false;
    return json_text(inspection, "photo_sha256").n == 64;
}

static enum err add_event(struct views *v, const struct id *seal, const struct applied *s, const struct json *event,
                          struct why *why)
{
    sqlite3_stmt *q =
        view_sql(v, "INSERT INTO custody_event(seal,at,pos,type,who,how,complete) VALUES(?1,?2,?3,?4,?5,?6,?7)", why);
    if (!q) return ERR_STORE;
    view_bind_id(q, 1, seal);
    sqlite3_bind_int64(q, 2, s->header->at_ms);
    sqlite3_bind_int64(q, 3, s->pos);
    view_bind_str(q, 4, json_text(event, "type"));
    view_bind_str(q, 5, json_text(event, "who"));
    view_bind_str(q, 6, json_text(event, "how"));
    sqlite3_bind_int(q, 7, inspection_complete(json_get(s->members, "inspection")));
    return view_run(q, why);
}

// The state after an event of this type; NULL: it says nothing of the state.
static const char *state_after(struct str type)
{
    if (str_is(type, "on") || str_is(type, "lock")) return "on";
    if (str_is(type, "off")) return "off";
    if (str_is(type, "unlock")) return "open";
    if (str_is(type, "replaced")) return "replaced";
    return NULL;
}

static enum err note_seal(struct views *v, const struct id *seal, const struct applied *s, const struct json *event,
                          struct why *why)
{
    bool electronic =
        str_is(s->header->kind, "custody.position") || json_get(s->members, "raw") || json_get(s->members, "position");
    sqlite3_stmt *q = view_sql(v,
                               "INSERT INTO custody(seal,grade,electronic) VALUES(?1,?2,?3) ON CONFLICT DO UPDATE SET"
                               " grade=coalesce(?2,grade),electronic=max(electronic,?3)"
                               " WHERE electronic<?3 OR (?2 IS NOT NULL AND grade IS NOT ?2)",
                               why);
    if (!q) return ERR_STORE;
    view_bind_id(q, 1, seal);
    view_bind_str(q, 2, json_text(event, "grade"));
    sqlite3_bind_int(q, 3, electronic);
    return view_run(q, why);
}

enum err custody_apply(struct views *v, struct arena *arena, const struct applied *s, struct touched *touched,
                       struct why *why)
{
    if (s->header->nre == 0) return ERR_NONE;
    const struct json *event = json_get(s->members, "event"), *position = json_get(s->members, "position");
    struct str type = json_text(event, "type");
    struct id seal;
    enum err err = subject_canonical(v, &s->header->re[0], &seal, why);
    bool happened = type.n && !str_is(type, "report");
    if (err == ERR_NONE) err = note_seal(v, &seal, s, event, why);
    if (err == ERR_NONE && happened) err = add_event(v, &seal, s, event, why);
    struct point now = {.at_ms = s->header->at_ms};
    now.fix = json_number(position, "lat", &now.lat) && json_number(position, "lon", &now.lon) &&
              !str_is(json_text(position, "fix"), "none");
    bool decide = happened;
    if (err == ERR_NONE && !happened) err = notable(v, &seal, &now, &decide, why);
    if (err == ERR_NONE) err = add_point(v, &seal, &now, s->pos, why);
    if (err == ERR_NONE && decide) err = subject_crossings(v, arena, &seal, touched, why);
    return err;
}

enum err custody_apply_explain(struct views *v, struct arena *arena, const struct applied *s, struct touched *touched,
                               struct why *why)
{
    const struct json *explains = json_get(s->members, "explains");
    int64_t from = view_time_ms(explains, "from"), to = view_time_ms(explains, "to");
    if (s->header->nre == 0 || !from || to < from) return ERR_NONE;
    struct id seal;
    enum err err = subject_canonical(v, &s->header->re[0], &seal, why);
    if (err != ERR_NONE) return err;
    sqlite3_stmt *q =
        view_sql(v, "INSERT INTO custody_explained(seal,from_at,to_at,pos,origin) VALUES(?1,?2,?3,?4,?5)", why);
    if (!q) return ERR_STORE;
    view_bind_id(q, 1, &seal);
    sqlite3_bind_int64(q, 2, from);
    sqlite3_bind_int64(q, 3, to);
    sqlite3_bind_int64(q, 4, s->pos);
    sqlite3_bind_int64(q, 5, s->origin);
    err = view_run(q, why);
    return err == ERR_NONE ? subject_crossings(v, arena, &seal, touched, why) : err;
}

// When it went on last before `until_ms`; a lock that was never put on explicitly counts from its first closing.
static enum err read_start(struct views *v, int64_t until_ms, struct custody *c, struct why *why)
{
    enum err err = ERR_NONE;
    sqlite3_stmt *q =
        view_sql(v,
                 "SELECT at,pos FROM (SELECT at,pos,0 AS rank FROM (SELECT at,pos FROM custody_event WHERE seal=?1"
                 " AND at<=?2 AND type='on' ORDER BY at DESC,pos DESC LIMIT 1) UNION ALL SELECT at,pos,1 FROM"
                 " (SELECT at,pos FROM custody_event WHERE seal=?1 AND at<=?2 AND type='lock' ORDER BY at,pos"
                 " LIMIT 1)) ORDER BY rank LIMIT 1",
                 why);
    if (!q) return ERR_STORE;
    view_bind_id(q, 1, &c->seal);
    sqlite3_bind_int64(q, 2, until_ms);
    while (view_row(q, &err, why)) {
        c->on_ms = sqlite3_column_int64(q, 0);
        c->on_pos = sqlite3_column_int64(q, 1);
    }
    return err;
}

// The newest explanation of each who gives one, our own first: what a party says whom the caller does not trust for it
// takes nothing away from what another said.
static enum err read_explanations(struct views *v, const struct id *seal, struct custody_event *e, struct why *why)
{
    enum err err = ERR_NONE;
    sqlite3_stmt *q = view_sql(v,
                               "SELECT max(pos) FROM custody_explained WHERE seal=?1 AND from_at<=?2 AND to_at>=?2"
                               " GROUP BY origin ORDER BY origin",
                               why);
    if (!q) return ERR_STORE;
    view_bind_id(q, 1, seal);
    sqlite3_bind_int64(q, 2, e->at_ms);
    while (view_row(q, &err, why))
        if (e->nexplanations < CUSTODY_EXPLANATIONS_MAX)
            e->explanations[e->nexplanations++] = sqlite3_column_int64(q, 0);
    return err;
}

// Refused attempts and inspections can be had in any number; they do not crowd out what happened to the seal.
static enum err read_events(struct views *v, struct arena *arena, int64_t until_ms, struct custody *c, struct why *why)
{
    enum err err = ERR_NONE;
    c->events = arena_array(arena, struct custody_event, CUSTODY_EVENTS_MAX);
    if (!c->events) return why_set(why, ERR_NO_MEMORY, "", "no memory for a seal's events");
    sqlite3_stmt *q =
        view_sql(v,
                 "SELECT at,pos,type,who,how,complete FROM (SELECT * FROM custody_event WHERE seal=?1 AND at>=?2 AND"
                 " at<=?3 ORDER BY type IN ('refused','inspected'),at,pos LIMIT 256) ORDER BY at,pos",
                 why);
    if (!q) return ERR_STORE;
    view_bind_id(q, 1, &c->seal);
    sqlite3_bind_int64(q, 2, c->on_ms);
    sqlite3_bind_int64(q, 3, until_ms);
    while (view_row(q, &err, why)) {
        struct custody_event *e = &c->events[c->nevents++];
        *e = (struct custody_event){.at_ms = sqlite3_column_int64(q, 0),
                                    .pos = sqlite3_column_int64(q, 1),
                                    .type = view_str(arena, q, 2),
                                    .who = view_str(arena, q, 3),
                                    .how = view_str(arena, q, 4)};
        e->recorded = sqlite3_column_int(q, 5) != 0 && str_is(e->type, "replaced");
        const char *state = state_after(e->type);
        if (!state) continue;
        c->state = str_of(state);
        c->state_ms = e->at_ms;
    }
    for (size_t i = 0; i < c->nevents && err == ERR_NONE; i++) err = read_explanations(v, &c->seal, &c->events[i], why);
    return err;
}

static enum err read_points(struct views *v, int64_t until_ms, struct custody *c, struct why *why)
{
    enum err err = ERR_NONE;
    sqlite3_stmt *q = view_sql(
        v, "SELECT at,pos,lat,lon FROM custody_point WHERE seal=?1 AND at>=?2 AND at<=?3 ORDER BY at,pos LIMIT 50000",
        why);
    if (!q) return ERR_STORE;
    view_bind_id(q, 1, &c->seal);
    sqlite3_bind_int64(q, 2, c->on_ms);
    sqlite3_bind_int64(q, 3, until_ms);
    while (view_row(q, &err, why)) {
        int64_t at = sqlite3_column_int64(q, 0), pos = sqlite3_column_int64(q, 1);
        if (c->last_ms && at - c->last_ms > c->silence_ms) {
            c->silence_ms = at - c->last_ms;
            c->silence_pos = pos;
        }
        if (sqlite3_column_type(q, 2) != SQLITE_NULL) {
            double lat = sqlite3_column_double(q, 2), lon = sqlite3_column_double(q, 3);
            double kmh = c->fix_ms ? speed_kmh(distance_m(c->lat, c->lon, lat, lon), at - c->fix_ms) : 0;
            if (kmh > c->jump_kmh) {
                c->jump_kmh = kmh;
                c->jump_pos = pos;
            }
            c->lat = lat;
            c->lon = lon;
            c->fix_ms = at;
        }
        c->last_ms = at;
        c->last_pos = pos;
    }
    return err;
}

enum err custody_get(struct views *v, struct arena *arena, const struct id *seal, int64_t until_ms, bool open_ended,
                     struct custody *out, bool *found, struct why *why)
{
    enum err err = ERR_NONE;
    *found = false;
    *out = (struct custody){.seal = *seal};
    sqlite3_stmt *q = view_sql(v, "SELECT grade,electronic FROM custody WHERE seal=?1", why);
    if (!q) return ERR_STORE;
    view_bind_id(q, 1, seal);
    while (view_row(q, &err, why)) {
        *found = true;
        out->grade = view_str(arena, q, 0);
        out->electronic = sqlite3_column_int(q, 1) != 0;
    }
    if (err != ERR_NONE || !*found) return err;
    err = read_start(v, until_ms, out, why);
    if (err == ERR_NONE) err = read_events(v, arena, until_ms, out, why);
    if (err == ERR_NONE) err = read_points(v, until_ms, out, why);
    bool on = str_is(out->state, "on") || str_is(out->state, "open");
    if (err == ERR_NONE && open_ended && on && out->electronic && out->last_ms &&
        until_ms - out->last_ms > out->silence_ms) {
        out->silence_ms = until_ms - out->last_ms;
        out->silence_pos = out->last_pos;
    }
    return err;
}

bool custody_past(const struct custody *c, int64_t crossing_first_ms)
{
    return (str_is(c->state, "off") || str_is(c->state, "replaced")) && c->state_ms < crossing_first_ms;
}
