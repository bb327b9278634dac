// SPDX-License-Identifier: Apache-2.0
#include "views/port.h"

#include "base/log.h"
#include "port/zones.h"
#include "views/crossing.h"
#include "views/subject.h"

#include <stdlib.h>

#define FILTER_BITS (1u << 20)

const char port_schema[] =
    "CREATE TABLE port(code TEXT PRIMARY KEY, id BLOB NOT NULL, pos INTEGER NOT NULL, origin INTEGER NOT NULL,"
    " name TEXT, country TEXT, timezone TEXT, wait_min REAL, wait_p95_min REAL, scanned_pct REAL, available_pct REAL,"
    " zones TEXT) WITHOUT ROWID;"
    "CREATE TABLE port_machine(id BLOB PRIMARY KEY, port TEXT, type TEXT, state TEXT, from_at INTEGER NOT NULL DEFAULT"
    " 0, to_at INTEGER NOT NULL DEFAULT 0, pos INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE INDEX port_machines ON port_machine(port,type);"
    "CREATE TABLE port_incident(port TEXT NOT NULL, at INTEGER NOT NULL, pos INTEGER NOT NULL, what TEXT NOT NULL,"
    " PRIMARY KEY(port, at, pos)) WITHOUT ROWID;"
    "CREATE TABLE port_inside(subject BLOB PRIMARY KEY, unit BLOB NOT NULL) WITHOUT ROWID;"
    "CREATE INDEX crossing_port ON crossing(port, arrived) WHERE arrived_in>0;";

const char *const port_moves[] = {
    "UPDATE port SET id=?2 WHERE id=?1",
    "UPDATE OR IGNORE port_machine SET id=?2 WHERE id=?1",
    "DELETE FROM port_machine WHERE id=?1",
    NULL,
};

// ---- Memory ----

struct place {
    struct str port, zone;
    enum stage stage;
};

struct port_memory {
    bool fresh;
    struct arena arena;
    struct geofence *fence; // NULL: there are no zones
    struct place *places;
    size_t count, room;
    uint8_t filter[FILTER_BITS / 8];
};

void port_memory_free(struct port_memory *m)
{
    if (!m) return;
    geofence_free(m->fence);
    arena_free(&m->arena);
    free(m);
}

static uint32_t filter_bit(const struct id *id)
{
    uint32_t h;
    memcpy(&h, id->b, sizeof h);
    return h % FILTER_BITS;
}

static void filter_add(struct port_memory *m, const struct id *id)
{
    uint32_t bit = filter_bit(id);
    m->filter[bit / 8] |= (uint8_t)(1u << bit % 8);
}

static enum err add_place(struct port_memory *m, struct str port, const struct zone *zone, struct why *why)
{
    if (m->count == m->room) {
        size_t room = m->room ? 2 * m->room : 64;
        struct place *places = arena_array(&m->arena, struct place, room);
        if (!places) return why_set(why, ERR_NO_MEMORY, "", "no memory for the zones");
        if (m->count) memcpy(places, m->places, m->count * sizeof *places);
        m->places = places;
        m->room = room;
    }
    enum err err = geofence_add(m->fence, zone->points, zone->count, (uint32_t)m->count, why);
    if (err != ERR_NONE) return err;
    m->places[m->count++] = (struct place){port, arena_str(&m->arena, zone->name), zone->stage};
    return ERR_NONE;
}

// A port whose zones cannot be taken has none: its statement came by a way that did not check them, or there are more
// than one node can watch.
static enum err add_zones(struct port_memory *m, struct str port, struct str text, struct why *why)
{
    struct arena work = ARENA((size_t)32 << 20);
    struct zones zones = {0};
    struct why inner = {0};
    struct json *value = json_parse(&work, text, &inner);
    enum err err = value ? zones_read(&work, value, &zones, &inner) : inner.err;
    for (size_t i = 0; err == ERR_NONE && i < zones.count; i++) err = add_place(m, port, &zones.items[i], &inner);
    arena_free(&work);
    if (err == ERR_NO_MEMORY) return why_set(why, err, "", "no memory for the zones");
    if (err != ERR_NONE) log_why(LOG_WARN, "views", "a port's zones are left out", &inner);
    return ERR_NONE;
}

static enum err load_zones(struct views *v, struct port_memory *m, struct why *why)
{
    enum err err = geofence_new(&m->fence, why);
    sqlite3_stmt *q =
        err == ERR_NONE ? view_sql(v, "SELECT code,zones FROM port WHERE zones IS NOT NULL ORDER BY code", why) : NULL;
    if (!q) return err != ERR_NONE ? err : ERR_STORE;
    while (view_row(q, &err, why)) {
        struct str code = view_str(&m->arena, q, 0);
        struct str zones = {sqlite3_column_blob(q, 1), (size_t)sqlite3_column_bytes(q, 1)};
        err = add_zones(m, code, zones, why);
        if (err == ERR_NONE) continue;
        sqlite3_reset(q);
        break;
    }
    return err;
}

static enum err load_filter(struct views *v, struct port_memory *m, struct why *why)
{
    enum err err = ERR_NONE;
    sqlite3_stmt *q =
        view_sql(v,
                 "SELECT subject FROM port_inside UNION ALL SELECT a.id FROM port_inside i JOIN alias a ON"
                 " a.canonical=i.subject",
                 why);
    if (!q) return ERR_STORE;
    while (view_row(q, &err, why)) {
        struct id id = view_id(q, 0);
        filter_add(m, &id);
    }
    return err;
}

static enum err memory(struct views *v, struct port_memory **out, struct why *why)
{
    struct port_memory **held = view_port_memory(v);
    if (*held && (*held)->fresh) {
        *out = *held;
        return ERR_NONE;
    }
    port_memory_free(*held);
    *held = calloc(1, sizeof **held);
    if (!*held) return why_set(why, ERR_NO_MEMORY, "", "no memory for the zones");
    (*held)->arena = ARENA((size_t)64 << 20);
    enum err err = load_zones(v, *held, why);
    if (err == ERR_NONE) err = load_filter(v, *held, why);
    (*held)->fresh = err == ERR_NONE;
    *out = *held;
    return err;
}

enum err port_locate(struct views *v, double lon, double lat, bool *inside, struct str *port, struct str *zone,
                     enum stage *stage, struct why *why)
{
    struct port_memory *m;
    uint32_t numbers[16];
    *inside = false;
    enum err err = memory(v, &m, why);
    size_t n = err == ERR_NONE && m->count ? geofence_find(m->fence, lon, lat, numbers, 16) : 0;
    if (!n) return err;
    const struct place *best = &m->places[numbers[0]];
    for (size_t i = 1; i < n; i++)
        if (m->places[numbers[i]].stage >= best->stage) best = &m->places[numbers[i]];
    *inside = true;
    *port = best->port;
    *zone = best->zone;
    *stage = best->stage;
    return ERR_NONE;
}

enum err port_may_be_inside(struct views *v, const struct id *subject, bool *maybe, struct why *why)
{
    struct port_memory *m;
    enum err err = memory(v, &m, why);
    uint32_t bit = filter_bit(subject);
    *maybe = err == ERR_NONE && (m->filter[bit / 8] >> bit % 8 & 1);
    return err;
}

// By whatever name its next position comes.
enum err port_note_inside(struct views *v, const struct id *subject, struct why *why)
{
    struct port_memory *m;
    enum err err = memory(v, &m, why);
    sqlite3_stmt *q = err == ERR_NONE ? view_sql(v, "SELECT id FROM alias WHERE canonical=?1", why) : NULL;
    if (!q) return err != ERR_NONE ? err : ERR_STORE;
    filter_add(m, subject);
    view_bind_id(q, 1, subject);
    while (view_row(q, &err, why)) {
        struct id id = view_id(q, 0);
        filter_add(m, &id);
    }
    return err;
}

void port_memory_merged(struct port_memory *m, const struct id *from, const struct id *to)
{
    uint32_t a = filter_bit(from), b = filter_bit(to);
    if (m && ((m->filter[a / 8] >> a % 8 & 1) || (m->filter[b / 8] >> b % 8 & 1))) m->fresh = false;
}

void port_memory_stale(struct port_memory *m)
{
    if (m) m->fresh = false;
}

// ---- Applying ----

static void bind_target(sqlite3_stmt *q, int at, const struct json *targets, const char *name)
{
    double value;
    if (json_number(targets, name, &value) && value >= 0)
        sqlite3_bind_double(q, at, value);
    else
        sqlite3_bind_null(q, at);
}

// Our own word on a port stands before a partner's; of one party the newest does, and keeps what it leaves out.
enum err port_apply(struct views *v, struct arena *arena, const struct applied *s, struct touched *touched,
                    struct why *why)
{
    (void)arena;
    (void)touched;
    const struct json *p = json_get(s->members, "port"), *t = json_get(s->members, "targets");
    const struct json *zones = json_get(s->members, "zones");
    struct str code = json_text(p, "code");
    if (s->header->nre == 0 || !code.n || code.n > PORT_CODE_MAX) return ERR_NONE;
    struct id id;
    enum err err = subject_canonical(v, &s->header->re[0], &id, why);
    if (err != ERR_NONE) return err;
    sqlite3_stmt *q = view_sql(
        v,
        "INSERT INTO port(code,id,pos,origin,name,country,timezone,wait_min,wait_p95_min,scanned_pct,available_pct,"
        "zones) VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12) ON CONFLICT DO UPDATE SET id=?2,pos=?3,origin=?4,"
        "name=coalesce(?5,name),country=coalesce(?6,country),timezone=coalesce(?7,timezone),"
        "wait_min=coalesce(?8,wait_min),wait_p95_min=coalesce(?9,wait_p95_min),scanned_pct=coalesce(?10,scanned_pct),"
        "available_pct=coalesce(?11,available_pct),zones=coalesce(?12,zones) WHERE ?4=?13 OR origin<>?13",
        why);
    if (!q) return ERR_STORE;
    struct buf text = BUF(BODY_MAX);
    if (zones) json_canonical(zones, &text);
    sqlite3_bind_text64(q, 1, code.p, code.n, SQLITE_TRANSIENT, SQLITE_UTF8);
    view_bind_id(q, 2, &id);
    sqlite3_bind_int64(q, 3, s->pos);
    sqlite3_bind_int64(q, 4, s->origin);
    view_bind_str(q, 5, json_text(p, "name"));
    view_bind_str(q, 6, json_text(p, "country"));
    view_bind_str(q, 7, json_text(p, "timezone"));
    bind_target(q, 8, t, "wait_min");
    bind_target(q, 9, t, "wait_p95_min");
    bind_target(q, 10, t, "scanned_pct");
    bind_target(q, 11, t, "available_pct");
    view_bind_str(q, 12, zones && !text.failed ? buf_str(&text) : STR_NONE);
    sqlite3_bind_int(q, 13, ENGINE_OWN);
    err = view_run(q, why);
    buf_free(&text);
    port_memory_stale(*view_port_memory(v));
    return err;
}

enum err port_apply_machine(struct views *v, struct arena *arena, const struct applied *s, struct touched *touched,
                            struct why *why)
{
    (void)arena;
    (void)touched;
    const struct json *e = json_get(s->members, "equipment");
    struct id id;
    if (s->header->nre == 0 || !e) return ERR_NONE;
    enum err err = subject_canonical(v, &s->header->re[0], &id, why);
    if (err != ERR_NONE) return err;
    sqlite3_stmt *q = view_sql(v,
                               "INSERT INTO port_machine(id,port,type,pos) VALUES(?1,?2,?3,?4) ON CONFLICT DO UPDATE"
                               " SET port=coalesce(?2,port),type=coalesce(?3,type),pos=?4",
                               why);
    if (!q) return ERR_STORE;
    view_bind_id(q, 1, &id);
    view_bind_str(q, 2, json_text(e, "port"));
    view_bind_str(q, 3, json_text(e, "type"));
    sqlite3_bind_int64(q, 4, s->pos);
    return view_run(q, why);
}

// The state that began last holds, whatever order they came in.
enum err port_apply_machine_state(struct views *v, struct arena *arena, const struct applied *s,
                                  struct touched *touched, struct why *why)
{
    (void)arena;
    (void)touched;
    const struct json *state = json_get(s->members, "state");
    struct str name = json_text(state, "state");
    struct id id;
    if (s->header->nre == 0 || !name.n) return ERR_NONE;
    enum err err = subject_canonical(v, &s->header->re[0], &id, why);
    if (err != ERR_NONE) return err;
    sqlite3_stmt *q = view_sql(v,
                               "INSERT INTO port_machine(id,state,from_at,to_at,pos) VALUES(?1,?2,?3,?4,?5) ON"
                               " CONFLICT DO UPDATE SET state=?2,from_at=?3,to_at=?4,pos=?5 WHERE from_at<=?3",
                               why);
    if (!q) return ERR_STORE;
    int64_t from = view_time_ms(state, "from");
    view_bind_id(q, 1, &id);
    view_bind_str(q, 2, name);
    sqlite3_bind_int64(q, 3, from ? from : s->header->at_ms);
    sqlite3_bind_int64(q, 4, view_time_ms(state, "to"));
    sqlite3_bind_int64(q, 5, s->pos);
    return view_run(q, why);
}

static enum err note_incident(struct views *v, const struct id *crossing, const struct applied *s, const char *what,
                              struct why *why)
{
    sqlite3_stmt *q = view_sql(v,
                               "INSERT INTO port_incident(port,at,pos,what) SELECT port,?2,?3,?4 FROM crossing WHERE"
                               " id=?1 AND port IS NOT NULL ON CONFLICT DO NOTHING",
                               why);
    if (!q) return ERR_STORE;
    view_bind_id(q, 1, crossing);
    sqlite3_bind_int64(q, 2, s->header->at_ms);
    sqlite3_bind_int64(q, 3, s->pos);
    view_bind_str(q, 4, str_of(what));
    return view_run(q, why);
}

enum err port_apply_finding(struct views *v, struct arena *arena, const struct applied *s, struct touched *touched,
                            struct why *why)
{
    (void)arena;
    (void)touched;
    struct str result = json_text(s->members, "result");
    const char *what = str_is(result, "contraband")    ? "contraband"
                       : str_is(result, "discrepancy") ? "discrepancy"
                                                       : NULL;
    struct id id;
    if (s->header->nre == 0 || !what) return ERR_NONE;
    enum err err = subject_canonical(v, &s->header->re[0], &id, why);
    return err == ERR_NONE ? note_incident(v, &id, s, what, why) : err;
}

// An opening or a tampering is an incident of the port that the seal's one crossing goes to.
enum err port_apply_seal(struct views *v, struct arena *arena, const struct applied *s, struct touched *touched,
                         struct why *why)
{
    (void)touched;
    struct str type = json_text(json_get(s->members, "event"), "type");
    const char *what = str_is(type, "unlock") ? "opening" : str_is(type, "tamper") ? "tamper" : NULL;
    struct touched aboard = {.arena = arena, .max = 2};
    struct id id;
    if (s->header->nre == 0 || !what) return ERR_NONE;
    enum err err = subject_canonical(v, &s->header->re[0], &id, why);
    if (err == ERR_NONE) err = subject_crossings(v, arena, &id, &aboard, why);
    if (err != ERR_NONE || aboard.count != 1) return err;
    return note_incident(v, &aboard.crossings[0], s, what, why);
}

// ---- Asking ----

static double target(sqlite3_stmt *q, int at)
{
    return sqlite3_column_type(q, at) == SQLITE_NULL ? -1 : sqlite3_column_double(q, at);
}

#define PORT_COLUMNS                                                                                                   \
    "SELECT code,id,pos,name,country,timezone,wait_min,wait_p95_min,scanned_pct,available_pct,zones FROM port"

static struct port read_port(struct arena *arena, sqlite3_stmt *q)
{
    return (struct port){.code = view_str(arena, q, 0),
                         .id = view_id(q, 1),
                         .pos = sqlite3_column_int64(q, 2),
                         .name = view_str(arena, q, 3),
                         .country = view_str(arena, q, 4),
                         .timezone = view_str(arena, q, 5),
                         .wait_min = target(q, 6),
                         .wait_p95_min = target(q, 7),
                         .scanned_pct = target(q, 8),
                         .available_pct = target(q, 9),
                         .zones = view_str(arena, q, 10)};
}

enum err port_get(struct views *v, struct arena *arena, struct str code, struct port *out, bool *found, struct why *why)
{
    enum err err = ERR_NONE;
    *found = false;
    sqlite3_stmt *q = view_sql(v, PORT_COLUMNS " WHERE code=?1", why);
    if (!q) return ERR_STORE;
    view_bind_str(q, 1, code);
    while (view_row(q, &err, why)) {
        *found = true;
        *out = read_port(arena, q);
    }
    return err;
}

enum err port_list(struct views *v, struct arena *arena, size_t limit, struct port **out, size_t *count,
                   struct why *why)
{
    enum err err = ERR_NONE;
    *count = 0;
    *out = arena_array(arena, struct port, limit ? limit : 1);
    if (!*out) return why_set(why, ERR_NO_MEMORY, "limit", "ask for fewer ports");
    sqlite3_stmt *q = view_sql(v, PORT_COLUMNS " ORDER BY code LIMIT ?1", why);
    if (!q) return ERR_STORE;
    sqlite3_bind_int64(q, 1, (int64_t)limit);
    while (view_row(q, &err, why)) (*out)[(*count)++] = read_port(arena, q);
    return err;
}

static enum err read_machine(struct views *v, struct arena *arena, const struct id *machine, struct str *port,
                             struct str *type, struct why *why)
{
    enum err err = ERR_NONE;
    *port = *type = STR_NONE;
    sqlite3_stmt *q = view_sql(v, "SELECT port,type FROM port_machine WHERE id=?1", why);
    if (!q) return ERR_STORE;
    view_bind_id(q, 1, machine);
    while (view_row(q, &err, why)) {
        *port = view_str(arena, q, 0);
        *type = view_str(arena, q, 1);
    }
    return err;
}

enum err port_place(struct views *v, struct arena *arena, const struct id *machine, struct str place, struct str *port,
                    enum stage *stage, bool *found, struct why *why)
{
    struct str type;
    struct port_memory *m;
    *found = false;
    enum err err = read_machine(v, arena, machine, port, &type, why);
    if (err == ERR_NONE) err = memory(v, &m, why);
    if (err != ERR_NONE || !port->p) return err;
    for (size_t i = 0; i < m->count && !*found; i++) {
        if (!str_eq(m->places[i].port, *port) || !str_eq(m->places[i].zone, place)) continue;
        *stage = m->places[i].stage;
        *found = true;
    }
    // A reader is no stage, and a yard is none of a port's; booths, scanners and docks are their own.
    if (!*found) *found = stage_parse(type, stage);
    return ERR_NONE;
}

enum err port_machines(struct views *v, struct str port, struct str type, int64_t now_ms, struct port_machines *out,
                       struct why *why)
{
    enum err err = ERR_NONE;
    *out = (struct port_machines){0};
    sqlite3_stmt *q =
        view_sql(v,
                 "SELECT count(*),coalesce(sum(known AND state IN ('up','degraded')),0),coalesce(sum(NOT known),0)"
                 " FROM (SELECT state,(state IS NOT NULL AND from_at<=?3 AND (to_at=0 OR to_at>?3)) AS known FROM"
                 " port_machine WHERE port=?1 AND type=?2)",
                 why);
    if (!q) return ERR_STORE;
    view_bind_str(q, 1, port);
    view_bind_str(q, 2, type);
    sqlite3_bind_int64(q, 3, now_ms);
    while (view_row(q, &err, why))
        *out = (struct port_machines){(size_t)sqlite3_column_int64(q, 0), (size_t)sqlite3_column_int64(q, 1),
                                      (size_t)sqlite3_column_int64(q, 2)};
    return err;
}

enum err port_incidents(struct views *v, struct str port, int64_t from_ms, int64_t to_ms, struct port_incidents *out,
                        struct why *why)
{
    enum err err = ERR_NONE;
    *out = (struct port_incidents){0};
    sqlite3_stmt *q =
        view_sql(v, "SELECT what,count(*) FROM port_incident WHERE port=?1 AND at>=?2 AND at<=?3 GROUP BY what", why);
    if (!q) return ERR_STORE;
    view_bind_str(q, 1, port);
    sqlite3_bind_int64(q, 2, from_ms);
    sqlite3_bind_int64(q, 3, to_ms);
    while (view_row(q, &err, why)) {
        struct str what = {sqlite3_column_blob(q, 0), (size_t)sqlite3_column_bytes(q, 0)};
        size_t n = (size_t)sqlite3_column_int64(q, 1);
        if (str_is(what, "opening")) out->openings = n;
        if (str_is(what, "tamper")) out->tampers = n;
        if (str_is(what, "discrepancy")) out->discrepancies = n;
        if (str_is(what, "contraband")) out->contraband = n;
    }
    return err;
}
