// SPDX-License-Identifier: Apache-2.0
#include "views/wait.h"

#include "views/crossing.h"
#include "views/subject.h"

#include <math.h>

#define HOUR_MS INT64_C(3600000)
// What was seen of a thing so long before it was said whose it is becomes that crossing's.
#define ADOPT_MS (12 * HOUR_MS)

// `port_hour` counts the stays of port_stay that are whole, so that weeks of them need not be read for a forecast.
const char wait_schema[] =
    "CREATE TABLE port_sight(unit BLOB NOT NULL, at INTEGER NOT NULL, pos INTEGER NOT NULL, subject BLOB NOT NULL,"
    " port TEXT NOT NULL, stage INTEGER NOT NULL, lane TEXT NOT NULL, how INTEGER NOT NULL, heard INTEGER NOT NULL,"
    " PRIMARY KEY(unit, at, pos)) WITHOUT ROWID;"
    "CREATE TABLE port_stay(unit BLOB NOT NULL, from_at INTEGER NOT NULL, stage INTEGER NOT NULL, port TEXT NOT NULL,"
    " to_at INTEGER NOT NULL, lane TEXT NOT NULL, slack INTEGER NOT NULL, how INTEGER NOT NULL, unseen INTEGER NOT"
    " NULL, ending INTEGER NOT NULL, PRIMARY KEY(unit, from_at, stage)) WITHOUT ROWID;"
    "CREATE INDEX port_stays ON port_stay(port, from_at);"
    "CREATE INDEX alias_canonical ON alias(canonical);"
    "CREATE TABLE port_hour(port TEXT NOT NULL, stage INTEGER NOT NULL, hour INTEGER NOT NULL, n INTEGER NOT NULL,"
    " ms INTEGER NOT NULL, PRIMARY KEY(port, stage, hour)) WITHOUT ROWID;";

const char *const wait_moves[] = {
    "UPDATE OR IGNORE port_sight SET unit=?2 WHERE unit=?1",
    "DELETE FROM port_sight WHERE unit=?1",
    "UPDATE port_sight SET subject=?2 WHERE subject=?1 AND unit=?2",
    "UPDATE OR IGNORE port_stay SET unit=?2 WHERE unit=?1",
    "DELETE FROM port_stay WHERE unit=?1",
    "UPDATE OR IGNORE port_inside SET subject=?2 WHERE subject=?1",
    "DELETE FROM port_inside WHERE subject=?1",
    "UPDATE port_inside SET unit=?2 WHERE unit=?1",
    NULL,
};

// ---- Sightings ----

struct seen {
    struct id unit, subject;
    int64_t at_ms, pos, heard_ms;
    struct str port, lane;
    enum stage stage;
    enum seen_by by;
};

static enum err sight_add(struct views *v, const struct seen *s, struct why *why)
{
    sqlite3_stmt *q = view_sql(v,
                               "INSERT INTO port_sight(unit,at,pos,subject,port,stage,lane,how,heard)"
                               " VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9) ON CONFLICT DO NOTHING",
                               why);
    if (!q) return ERR_STORE;
    view_bind_id(q, 1, &s->unit);
    sqlite3_bind_int64(q, 2, s->at_ms);
    sqlite3_bind_int64(q, 3, s->pos);
    view_bind_id(q, 4, &s->subject);
    view_bind_str(q, 5, s->port.p ? s->port : STR(""));
    sqlite3_bind_int(q, 6, (int)s->stage);
    view_bind_str(q, 7, s->lane.p ? s->lane : STR(""));
    sqlite3_bind_int(q, 8, (int)s->by);
    sqlite3_bind_int64(q, 9, s->heard_ms);
    return view_run(q, why);
}

// Of fixes one after another in one place, close in time, the first and the last say all: the one before the newest
// goes where the one before that is near enough.
#define THIN_MS (5 * INT64_C(60000))

static enum err sight_thin(struct views *v, const struct seen *s, struct why *why)
{
    enum err err = ERR_NONE;
    int64_t at[2], pos[2];
    size_t n = 0, alike = 0;
    sqlite3_stmt *q = view_sql(v,
                               "SELECT at,pos,port=?4 AND stage=?5 AND lane=?6 AND how=?7 FROM port_sight WHERE unit=?1"
                               " AND (at,pos)<(?2,?3) ORDER BY at DESC,pos DESC LIMIT 2",
                               why);
    if (!q) return ERR_STORE;
    view_bind_id(q, 1, &s->unit);
    sqlite3_bind_int64(q, 2, s->at_ms);
    sqlite3_bind_int64(q, 3, s->pos);
    view_bind_str(q, 4, s->port.p ? s->port : STR(""));
    sqlite3_bind_int(q, 5, (int)s->stage);
    view_bind_str(q, 6, s->lane.p ? s->lane : STR(""));
    sqlite3_bind_int(q, 7, (int)SEEN_BY_POSITION);
    while (view_row(q, &err, why)) {
        at[n] = sqlite3_column_int64(q, 0);
        pos[n++] = sqlite3_column_int64(q, 1);
        alike += sqlite3_column_int(q, 2) != 0;
    }
    if (err != ERR_NONE || alike < 2 || s->at_ms - at[1] > THIN_MS) return err;
    q = view_sql(v, "DELETE FROM port_sight WHERE unit=?1 AND at=?2 AND pos=?3", why);
    if (!q) return ERR_STORE;
    view_bind_id(q, 1, &s->unit);
    sqlite3_bind_int64(q, 2, at[0]);
    sqlite3_bind_int64(q, 3, pos[0]);
    return view_run(q, why);
}

// ---- From sightings to stays ----

// Lanes and ports of one visit by number, 1 is the first.
struct names {
    struct str *items;
    size_t count, room;
};

static uint32_t name_number(struct names *names, struct str name)
{
    if (!name.n) return 0;
    for (size_t i = 0; i < names->count; i++)
        if (str_eq(names->items[i], name)) return (uint32_t)i + 1;
    if (names->count == names->room) return 0;
    names->items[names->count++] = name;
    return (uint32_t)names->count;
}

static struct str name_of(const struct names *names, uint32_t number)
{
    return number ? names->items[number - 1] : STR("");
}

struct around {
    struct sighting *items;
    size_t count;
    struct names names;
};

static struct sighting read_sight(struct arena *arena, sqlite3_stmt *q, struct names *names)
{
    return (struct sighting){.at_ms = sqlite3_column_int64(q, 0),
                             .heard_ms = sqlite3_column_int64(q, 1),
                             .port = name_number(names, view_str(arena, q, 2)),
                             .stage = (enum stage)sqlite3_column_int(q, 3),
                             .lane = name_number(names, view_str(arena, q, 4)),
                             .by = (enum seen_by)sqlite3_column_int(q, 5)};
}

// One way in time from `at_ms` as long as no silence is over a visit's.
static enum err read_way(struct views *v, struct arena *arena, const struct id *unit, int64_t at_ms, bool back,
                         size_t most, struct around *out, struct why *why)
{
    enum err err = ERR_NONE;
    sqlite3_stmt *q =
        back ? view_sql(v,
                        "SELECT at,heard,port,stage,lane,how FROM port_sight WHERE unit=?1 AND at<=?2 ORDER BY at DESC,"
                        "pos DESC LIMIT ?3",
                        why)
             : view_sql(v,
                        "SELECT at,heard,port,stage,lane,how FROM port_sight WHERE unit=?1 AND at>?2 ORDER BY at,pos"
                        " LIMIT ?3",
                        why);
    if (!q) return ERR_STORE;
    view_bind_id(q, 1, unit);
    sqlite3_bind_int64(q, 2, at_ms);
    sqlite3_bind_int64(q, 3, (int64_t)most);
    while (view_row(q, &err, why)) {
        struct sighting s = read_sight(arena, q, &out->names);
        int64_t gap_ms = s.at_ms > at_ms ? s.at_ms - at_ms : at_ms - s.at_ms;
        if (gap_ms > visit_defaults.visit_gap_ms) {
            sqlite3_reset(q);
            break;
        }
        at_ms = s.at_ms;
        out->items[out->count++] = s;
    }
    return err;
}

static enum err read_around(struct views *v, struct arena *arena, const struct id *unit, int64_t at_ms,
                            struct around *out, struct why *why)
{
    const size_t half = WAIT_SIGHTINGS_MAX / 2;
    *out = (struct around){.names = {.room = 256}};
    out->items = arena_array(arena, struct sighting, WAIT_SIGHTINGS_MAX);
    out->names.items = arena_array(arena, struct str, out->names.room);
    if (!out->items || !out->names.items) return why_set(why, ERR_NO_MEMORY, "", "no memory for a visit");
    enum err err = read_way(v, arena, unit, at_ms, true, half, out, why);
    return err == ERR_NONE ? read_way(v, arena, unit, at_ms, false, half, out, why) : err;
}

static enum err count_hour(struct views *v, struct str port, enum stage stage, int64_t from_ms, int64_t ms, int n,
                           struct why *why)
{
    sqlite3_stmt *q = view_sql(v,
                               "INSERT INTO port_hour(port,stage,hour,n,ms) VALUES(?1,?2,?3,?4,?5) ON CONFLICT DO"
                               " UPDATE SET n=n+?4,ms=ms+?5",
                               why);
    if (!q) return ERR_STORE;
    view_bind_str(q, 1, port);
    sqlite3_bind_int(q, 2, (int)stage);
    sqlite3_bind_int64(q, 3, from_ms - from_ms % HOUR_MS);
    sqlite3_bind_int(q, 4, n);
    sqlite3_bind_int64(q, 5, n * ms);
    return view_run(q, why);
}

static bool whole(enum stay_end end, bool unseen)
{
    return end == STAY_LEFT && !unseen;
}

// Forgets the stays of a unit that began in from_ms..to_ms.
static enum err forget_stays(struct views *v, struct arena *arena, const struct id *unit, int64_t from_ms,
                             int64_t to_ms, struct why *why)
{
    enum err err = ERR_NONE;
    sqlite3_stmt *q = view_sql(v,
                               "SELECT port,stage,from_at,to_at,ending,unseen FROM port_stay WHERE unit=?1 AND"
                               " from_at>=?2 AND from_at<=?3",
                               why);
    if (!q) return ERR_STORE;
    view_bind_id(q, 1, unit);
    sqlite3_bind_int64(q, 2, from_ms);
    sqlite3_bind_int64(q, 3, to_ms);
    while (view_row(q, &err, why)) {
        if (!whole((enum stay_end)sqlite3_column_int(q, 4), sqlite3_column_int(q, 5) != 0)) continue;
        int64_t began = sqlite3_column_int64(q, 2);
        err = count_hour(v, view_str(arena, q, 0), (enum stage)sqlite3_column_int(q, 1), began,
                         sqlite3_column_int64(q, 3) - began, -1, why);
        if (err == ERR_NONE) continue;
        sqlite3_reset(q);
        break;
    }
    q = err == ERR_NONE ? view_sql(v, "DELETE FROM port_stay WHERE unit=?1 AND from_at>=?2 AND from_at<=?3", why)
                        : NULL;
    if (!q) return err != ERR_NONE ? err : ERR_STORE;
    view_bind_id(q, 1, unit);
    sqlite3_bind_int64(q, 2, from_ms);
    sqlite3_bind_int64(q, 3, to_ms);
    return view_run(q, why);
}

static enum err add_stay(struct views *v, const struct id *unit, const struct stay *s, const struct names *names,
                         struct why *why)
{
    sqlite3_stmt *q = view_sql(v,
                               "INSERT INTO port_stay(unit,from_at,stage,port,to_at,lane,slack,how,unseen,ending)"
                               " VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10) ON CONFLICT DO NOTHING",
                               why);
    if (!q) return ERR_STORE;
    view_bind_id(q, 1, unit);
    sqlite3_bind_int64(q, 2, s->from_ms);
    sqlite3_bind_int(q, 3, (int)s->stage);
    view_bind_str(q, 4, name_of(names, s->port));
    sqlite3_bind_int64(q, 5, s->to_ms);
    view_bind_str(q, 6, name_of(names, s->lane));
    sqlite3_bind_int64(q, 7, s->slack_ms);
    sqlite3_bind_int64(q, 8, s->by);
    sqlite3_bind_int(q, 9, s->start_unseen);
    sqlite3_bind_int(q, 10, (int)s->end);
    enum err err = view_run(q, why);
    bool added = sqlite3_changes(sqlite3_db_handle(q)) == 1;
    if (err != ERR_NONE || !added || !whole(s->end, s->start_unseen)) return err;
    return count_hour(v, name_of(names, s->port), s->stage, s->from_ms, s->to_ms - s->from_ms, 1, why);
}

// The stays of the visit of which something was seen at `at_ms`, anew.
static enum err renew(struct views *v, const struct id *unit, int64_t at_ms, struct why *why)
{
    struct around around;
    struct visits visits;
    struct arena work = ARENA((size_t)8 << 20);
    int64_t from_ms = at_ms, to_ms = at_ms;
    enum err err = read_around(v, &work, unit, at_ms, &around, why);
    for (size_t i = 0; err == ERR_NONE && i < around.count; i++) {
        from_ms = around.items[i].at_ms < from_ms ? around.items[i].at_ms : from_ms;
        to_ms = around.items[i].at_ms > to_ms ? around.items[i].at_ms : to_ms;
    }
    if (err == ERR_NONE) err = visits_of(&work, around.items, around.count, &visit_defaults, &visits, why);
    if (err == ERR_NONE) err = forget_stays(v, &work, unit, from_ms, to_ms, why);
    for (size_t i = 0; err == ERR_NONE && i < visits.count; i++)
        err = add_stay(v, unit, &visits.stays[i], &around.names, why);
    arena_free(&work);
    return err;
}

// ---- Whose it is ----

// The crossing that a thing is aboard of, if there is just one; the thing itself otherwise.
static enum err unit_of(struct views *v, struct arena *arena, const struct id *subject, struct id *unit,
                        struct why *why)
{
    struct touched aboard = {.arena = arena, .max = 2};
    *unit = *subject;
    enum err err = subject_crossings(v, arena, subject, &aboard, why);
    if (err == ERR_NONE && aboard.count == 1 && !aboard.noverflow) *unit = aboard.crossings[0];
    return err;
}

// What was seen of the subject alone in the last hours is the unit's.
static enum err adopt(struct views *v, struct arena *arena, const struct id *subject, const struct id *unit,
                      int64_t at_ms, struct why *why)
{
    enum err err = ERR_NONE;
    bool some = false;
    if (id_eq(subject, unit)) return ERR_NONE;
    sqlite3_stmt *q = view_sql(v, "SELECT 1 FROM port_sight WHERE unit=?1 AND at>=?2 AND at<=?3 LIMIT 1", why);
    if (!q) return ERR_STORE;
    view_bind_id(q, 1, subject);
    sqlite3_bind_int64(q, 2, at_ms - ADOPT_MS);
    sqlite3_bind_int64(q, 3, at_ms);
    while (view_row(q, &err, why)) some = true;
    if (err != ERR_NONE || !some) return err;
    q = view_sql(v, "UPDATE OR IGNORE port_sight SET unit=?2 WHERE unit=?1 AND at>=?3 AND at<=?4", why);
    if (!q) return ERR_STORE;
    view_bind_id(q, 1, subject);
    view_bind_id(q, 2, unit);
    sqlite3_bind_int64(q, 3, at_ms - ADOPT_MS);
    sqlite3_bind_int64(q, 4, at_ms);
    err = view_run(q, why);
    if (err == ERR_NONE) err = forget_stays(v, arena, subject, at_ms - ADOPT_MS, at_ms, why);
    return err == ERR_NONE ? renew(v, unit, at_ms, why) : err;
}

// All that is aboard of a crossing that has come: what was seen of them is of it.
static enum err adopt_all(struct views *v, struct arena *arena, const struct id *crossing, int64_t at_ms,
                          struct why *why)
{
    enum err err = ERR_NONE;
    struct id aboard[64];
    size_t n = 0;
    sqlite3_stmt *q = view_sql(v, "SELECT subject FROM aboard WHERE crossing=?1 ORDER BY subject LIMIT 64", why);
    if (!q) return ERR_STORE;
    view_bind_id(q, 1, crossing);
    while (view_row(q, &err, why)) aboard[n++] = view_id(q, 0);
    for (size_t i = 0; i < n && err == ERR_NONE; i++) err = adopt(v, arena, &aboard[i], crossing, at_ms, why);
    return err;
}

static enum err take(struct views *v, struct arena *arena, const struct seen *s, struct why *why)
{
    enum err err = adopt(v, arena, &s->subject, &s->unit, s->at_ms, why);
    if (err == ERR_NONE) err = sight_add(v, s, why);
    if (err == ERR_NONE && s->by == SEEN_BY_POSITION && s->stage != STAGE_OUTSIDE) err = sight_thin(v, s, why);
    return err == ERR_NONE ? renew(v, &s->unit, s->at_ms, why) : err;
}

// ---- Positions ----

// Where it was last before it came into the zone, so that its coming is between the two.
static enum err take_fix_before(struct views *v, const struct seen *now, struct why *why)
{
    enum err err = ERR_NONE;
    struct seen before = *now;
    bool there = false;
    sqlite3_stmt *q = view_sql(v,
                               "SELECT at,pos FROM custody_point WHERE seal=?1 AND at<?2 AND at>=?3 AND lat IS NOT NULL"
                               " ORDER BY at DESC LIMIT 1",
                               why);
    if (!q) return ERR_STORE;
    view_bind_id(q, 1, &now->subject);
    sqlite3_bind_int64(q, 2, now->at_ms);
    sqlite3_bind_int64(q, 3, now->at_ms - visit_defaults.gap_ms);
    while (view_row(q, &err, why)) {
        there = true;
        before.at_ms = sqlite3_column_int64(q, 0);
        before.pos = sqlite3_column_int64(q, 1);
    }
    before.stage = STAGE_OUTSIDE;
    before.port = before.lane = STR_NONE;
    return err == ERR_NONE && there ? sight_add(v, &before, why) : err;
}

static enum err inside_get(struct views *v, const struct id *subject, struct id *unit, bool *inside, struct why *why)
{
    enum err err = ERR_NONE;
    *inside = false;
    sqlite3_stmt *q = view_sql(v, "SELECT unit FROM port_inside WHERE subject=?1", why);
    if (!q) return ERR_STORE;
    view_bind_id(q, 1, subject);
    while (view_row(q, &err, why)) {
        *inside = true;
        *unit = view_id(q, 0);
    }
    return err;
}

static enum err inside_set(struct views *v, const struct id *subject, const struct id *unit, struct why *why)
{
    sqlite3_stmt *q = unit ? view_sql(v, "INSERT OR REPLACE INTO port_inside(subject,unit) VALUES(?1,?2)", why)
                           : view_sql(v, "DELETE FROM port_inside WHERE subject=?1", why);
    if (!q) return ERR_STORE;
    view_bind_id(q, 1, subject);
    if (unit) view_bind_id(q, 2, unit);
    enum err err = view_run(q, why);
    return err == ERR_NONE && unit ? port_note_inside(v, subject, why) : err;
}

static enum err take_inside(struct views *v, struct arena *arena, struct seen *s, struct why *why)
{
    struct id before;
    bool was;
    enum err err = unit_of(v, arena, &s->subject, &s->unit, why);
    if (err == ERR_NONE) err = inside_get(v, &s->subject, &before, &was, why);
    if (err == ERR_NONE && !was) err = take_fix_before(v, s, why);
    if (err == ERR_NONE && (!was || !id_eq(&before, &s->unit))) err = inside_set(v, &s->subject, &s->unit, why);
    return err == ERR_NONE ? take(v, arena, s, why) : err;
}

static enum err newest_sight(struct views *v, const struct id *unit, int64_t *at_ms, struct why *why)
{
    enum err err = ERR_NONE;
    *at_ms = INT64_MIN;
    sqlite3_stmt *q = view_sql(v, "SELECT at FROM port_sight WHERE unit=?1 ORDER BY at DESC LIMIT 1", why);
    if (!q) return ERR_STORE;
    view_bind_id(q, 1, unit);
    while (view_row(q, &err, why)) *at_ms = sqlite3_column_int64(q, 0);
    return err;
}

// The first fix outside tells when it left; a fix from before (that came late) does not end that it is inside.
static enum err take_outside(struct views *v, struct arena *arena, struct seen *s, struct why *why)
{
    bool inside = false;
    int64_t newest_ms;
    enum err err = port_may_be_inside(v, &s->subject, &inside, why);
    if (err == ERR_NONE && inside) err = inside_get(v, &s->subject, &s->unit, &inside, why);
    if (err != ERR_NONE || !inside) return err;
    err = newest_sight(v, &s->unit, &newest_ms, why);
    if (err == ERR_NONE && s->at_ms >= newest_ms) err = inside_set(v, &s->subject, NULL, why);
    s->stage = STAGE_OUTSIDE;
    return err == ERR_NONE ? take(v, arena, s, why) : err;
}

enum err wait_apply_position(struct views *v, struct arena *arena, const struct applied *s, struct touched *touched,
                             struct why *why)
{
    (void)touched;
    const struct json *position = json_get(s->members, "position");
    double lat, lon;
    bool inside;
    struct seen seen = {
        .at_ms = s->header->at_ms, .pos = s->pos, .heard_ms = s->header->in_us / 1000, .by = SEEN_BY_POSITION};
    if (s->header->nre == 0 || !json_number(position, "lat", &lat) || !json_number(position, "lon", &lon) ||
        str_is(json_text(position, "fix"), "none"))
        return ERR_NONE;
    enum err err = port_locate(v, lon, lat, &inside, &seen.port, &seen.lane, &seen.stage, why);
    bool maybe = inside; // the filter knows aliases, too
    if (err == ERR_NONE && !inside) err = port_may_be_inside(v, &s->header->re[0], &maybe, why);
    if (err != ERR_NONE || !maybe) return err;
    err = subject_canonical(v, &s->header->re[0], &seen.subject, why);
    if (err != ERR_NONE) return err;
    return inside ? take_inside(v, arena, &seen, why) : take_outside(v, arena, &seen, why);
}

// ---- Readers and records ----

enum err wait_apply_sighting(struct views *v, struct arena *arena, const struct applied *s, struct touched *touched,
                             struct why *why)
{
    (void)touched;
    const struct json *sighting = json_get(s->members, "sighting");
    struct id machine;
    bool found = false;
    int64_t at_ms = view_time_ms(sighting, "time");
    struct seen seen = {.at_ms = at_ms ? at_ms : s->header->at_ms,
                        .pos = s->pos,
                        .heard_ms = s->header->in_us / 1000,
                        .lane = json_text(sighting, "place"),
                        .by = SEEN_BY_READER};
    if (s->header->nre < 2 || !sighting) return ERR_NONE;
    enum err err = subject_canonical(v, &s->header->re[0], &seen.subject, why);
    if (err == ERR_NONE) err = subject_canonical(v, &s->header->re[1], &machine, why);
    if (err == ERR_NONE) err = port_place(v, arena, &machine, seen.lane, &seen.port, &seen.stage, &found, why);
    if (err == ERR_NONE && found) err = unit_of(v, arena, &seen.subject, &seen.unit, why);
    return err == ERR_NONE && found ? take(v, arena, &seen, why) : err;
}

static enum err take_record(struct views *v, struct arena *arena, const struct applied *s, const struct id *crossing,
                            struct str port, struct str lane, enum stage stage, int64_t at_ms, struct why *why)
{
    struct seen seen = {.at_ms = at_ms ? at_ms : s->header->at_ms,
                        .pos = s->pos,
                        .heard_ms = s->header->in_us / 1000,
                        .port = port,
                        .lane = lane,
                        .stage = stage,
                        .by = SEEN_BY_RECORD};
    enum err err = subject_canonical(v, crossing, &seen.unit, why);
    seen.subject = seen.unit;
    return err == ERR_NONE ? take(v, arena, &seen, why) : err;
}

enum err wait_apply_arrival(struct views *v, struct arena *arena, const struct applied *s, struct touched *touched,
                            struct why *why)
{
    (void)touched;
    const struct json *a = json_get(s->members, "arrival");
    struct str port = json_text(a, "port");
    struct id crossing;
    if (s->header->nre == 0 || !port.n) return ERR_NONE;
    int64_t at_ms = view_time_ms(a, "time");
    enum err err = subject_canonical(v, &s->header->re[0], &crossing, why);
    if (err == ERR_NONE) err = adopt_all(v, arena, &crossing, at_ms ? at_ms : s->header->at_ms, why);
    if (err != ERR_NONE) return err;
    return take_record(v, arena, s, &crossing, port, json_text(a, "booth"), STAGE_BOOTH, at_ms, why);
}

enum err wait_apply_release(struct views *v, struct arena *arena, const struct applied *s, struct touched *touched,
                            struct why *why)
{
    (void)touched;
    const struct json *r = json_get(s->members, "release");
    struct str port = json_text(r, "port");
    if (s->header->nre == 0 || !port.n) return ERR_NONE;
    return take_record(v, arena, s, &s->header->re[0], port, STR_NONE, STAGE_EXIT, view_time_ms(r, "time"), why);
}

// A scan is where a truck was from its beginning to its end.
enum err wait_apply_scan(struct views *v, struct arena *arena, const struct applied *s, struct touched *touched,
                         struct why *why)
{
    (void)touched;
    const struct json *scan = json_get(s->members, "scan");
    int64_t from_ms = view_time_ms(scan, "from"), to_ms = view_time_ms(scan, "to");
    struct id machine;
    struct str port;
    enum stage stage;
    bool found = false;
    if (s->header->nre < 2 || !from_ms || to_ms < from_ms) return ERR_NONE;
    enum err err = subject_canonical(v, &s->header->re[0], &machine, why);
    if (err == ERR_NONE) err = port_place(v, arena, &machine, STR_NONE, &port, &stage, &found, why);
    if (err != ERR_NONE || !found) return err;
    err = take_record(v, arena, s, &s->header->re[1], port, STR_NONE, stage, from_ms, why);
    if (err != ERR_NONE || to_ms == from_ms) return err;
    return take_record(v, arena, s, &s->header->re[1], port, STR_NONE, STAGE_OUTSIDE, to_ms, why);
}

// ---- Asking ----

enum err wait_stays(struct views *v, struct arena *arena, struct str port, int64_t from_ms, int64_t to_ms,
                    struct wait_stays *out, struct why *why)
{
    enum err err = ERR_NONE;
    struct names lanes = {.room = 512};
    size_t room = 0;
    *out = (struct wait_stays){0};
    lanes.items = arena_array(arena, struct str, lanes.room);
    sqlite3_stmt *q =
        view_sql(v,
                 "SELECT from_at,stage,to_at,lane,slack,how,unseen,ending FROM port_stay WHERE port=?1 AND"
                 " from_at>=?2 AND from_at<?3 ORDER BY from_at DESC,to_at DESC,stage",
                 why);
    if (!q) return ERR_STORE;
    view_bind_str(q, 1, port);
    sqlite3_bind_int64(q, 2, from_ms);
    sqlite3_bind_int64(q, 3, to_ms);
    while (lanes.items && view_row(q, &err, why)) {
        if (out->count == room) {
            size_t more = room ? 2 * room : 256;
            if (more > WAIT_STAYS_MAX) more = WAIT_STAYS_MAX;
            struct stay *grown = out->count < WAIT_STAYS_MAX ? arena_array(arena, struct stay, more) : NULL;
            if (grown && out->count) memcpy(grown, out->stays, out->count * sizeof *grown);
            out->cut = !grown;
            if (!grown) {
                sqlite3_reset(q);
                break;
            }
            out->stays = grown;
            room = more;
        }
        struct str lane = {sqlite3_column_blob(q, 3), (size_t)sqlite3_column_bytes(q, 3)};
        size_t known = lanes.count;
        uint32_t number = name_number(&lanes, lane);
        if (lanes.count > known) lanes.items[known] = arena_str(arena, lane);
        out->stays[out->count++] = (struct stay){.port = 1,
                                                 .lane = number,
                                                 .stage = (enum stage)sqlite3_column_int(q, 1),
                                                 .from_ms = sqlite3_column_int64(q, 0),
                                                 .to_ms = sqlite3_column_int64(q, 2),
                                                 .slack_ms = sqlite3_column_int64(q, 4),
                                                 .by = (unsigned)sqlite3_column_int(q, 5),
                                                 .start_unseen = sqlite3_column_int(q, 6) != 0,
                                                 .end = (enum stay_end)sqlite3_column_int(q, 7)};
    }
    if (arena->failed) return why_set(why, ERR_NO_MEMORY, "", "too many stays for one request; ask for fewer hours");
    out->lanes = lanes.items;
    out->nlanes = lanes.count;
    return err;
}

enum err wait_hours(struct views *v, struct str port, enum stage stage, int64_t from_ms, size_t count, double *minutes,
                    struct why *why)
{
    enum err err = ERR_NONE;
    for (size_t i = 0; i < count; i++) minutes[i] = (double)NAN;
    sqlite3_stmt *q =
        view_sql(v, "SELECT hour,n,ms FROM port_hour WHERE port=?1 AND stage=?2 AND hour>=?3 AND hour<?4 AND n>0", why);
    if (!q) return ERR_STORE;
    view_bind_str(q, 1, port);
    sqlite3_bind_int(q, 2, (int)stage);
    sqlite3_bind_int64(q, 3, from_ms);
    sqlite3_bind_int64(q, 4, from_ms + (int64_t)count * HOUR_MS);
    while (view_row(q, &err, why)) {
        size_t at = (size_t)((sqlite3_column_int64(q, 0) - from_ms) / HOUR_MS);
        minutes[at] = (double)sqlite3_column_int64(q, 2) / (double)sqlite3_column_int64(q, 1) / 60000;
    }
    return err;
}

enum err wait_arrivals(struct views *v, struct str port, int64_t from_ms, int64_t to_ms, struct wait_arrivals *out,
                       struct why *why)
{
    enum err err = ERR_NONE;
    *out = (struct wait_arrivals){0};
    sqlite3_stmt *q = view_sql(v,
                               "SELECT count(*),coalesce(sum(released_in>0),0) FROM crossing WHERE port=?1 AND"
                               " arrived_in>0 AND arrived>=?2 AND arrived<=?3",
                               why);
    if (!q) return ERR_STORE;
    view_bind_str(q, 1, port);
    sqlite3_bind_int64(q, 2, from_ms);
    sqlite3_bind_int64(q, 3, to_ms);
    while (view_row(q, &err, why)) {
        out->arrived = (size_t)sqlite3_column_int64(q, 0);
        out->released = (size_t)sqlite3_column_int64(q, 1);
    }
    if (err != ERR_NONE) return err;
    q = view_sql(v,
                 "SELECT s.stage,count(DISTINCT c.id) FROM crossing c JOIN port_stay s ON s.unit=c.id WHERE c.port=?1"
                 " AND c.arrived_in>0 AND c.arrived>=?2 AND c.arrived<=?3 GROUP BY s.stage",
                 why);
    if (!q) return ERR_STORE;
    view_bind_str(q, 1, port);
    sqlite3_bind_int64(q, 2, from_ms);
    sqlite3_bind_int64(q, 3, to_ms);
    while (view_row(q, &err, why)) {
        int stage = sqlite3_column_int(q, 0);
        if (stage > STAGE_OUTSIDE && stage < STAGE_COUNT) out->measured[stage] = (size_t)sqlite3_column_int64(q, 1);
    }
    out->scanned = out->measured[STAGE_SCANNER];
    return err;
}
