// SPDX-License-Identifier: Apache-2.0
#include "views/equipment.h"

#include "base/text.h"
#include "views/queue.h"
#include "views/subject.h"

#include <stdio.h>
#include <stdlib.h>

#define SAID_MAX 16384

const char equipment_schema[] =
    "CREATE TABLE equipment(id BLOB PRIMARY KEY, origin INTEGER NOT NULL, pos INTEGER NOT NULL, port TEXT, type TEXT,"
    " from_at INTEGER NOT NULL DEFAULT 0, to_at INTEGER NOT NULL DEFAULT 0, said TEXT) WITHOUT ROWID;"
    "CREATE INDEX equipment_port ON equipment(port, type);"
    "CREATE TABLE equipment_state(id BLOB NOT NULL, at INTEGER NOT NULL, origin INTEGER NOT NULL, to_at INTEGER NOT "
    "NULL,"
    " state TEXT NOT NULL, waiting TEXT NOT NULL, reason TEXT, note TEXT, PRIMARY KEY(id, at, origin)) WITHOUT ROWID;"
    "CREATE TABLE equipment_scan(id BLOB NOT NULL, at INTEGER NOT NULL, known TEXT NOT NULL, origin INTEGER NOT NULL,"
    " to_at INTEGER NOT NULL, verdict_at INTEGER NOT NULL, count INTEGER NOT NULL, verdict TEXT NOT NULL,"
    " PRIMARY KEY(id, at, known)) WITHOUT ROWID;"
    "CREATE TABLE equipment_due(id BLOB NOT NULL, due INTEGER NOT NULL, origin INTEGER NOT NULL, done INTEGER NOT NULL,"
    " PRIMARY KEY(id, due, origin)) WITHOUT ROWID;";

// This node's own word is origin 1 (ENGINE_OWN).
const char *const equipment_moves[] = {
    "INSERT INTO equipment SELECT ?2,origin,pos,port,type,from_at,to_at,said FROM equipment WHERE id=?1"
    " ON CONFLICT DO UPDATE SET origin=excluded.origin,pos=excluded.pos,port=excluded.port,type=excluded.type,"
    "from_at=excluded.from_at,to_at=excluded.to_at,said=excluded.said"
    " WHERE (excluded.origin=1 AND equipment.origin<>1) OR (excluded.origin=equipment.origin AND equipment.said IS "
    "NULL)",
    "DELETE FROM equipment WHERE id=?1",
    "UPDATE OR IGNORE equipment_state SET id=?2 WHERE id=?1",
    "DELETE FROM equipment_state WHERE id=?1",
    "UPDATE OR IGNORE equipment_scan SET id=?2 WHERE id=?1",
    "DELETE FROM equipment_scan WHERE id=?1",
    "UPDATE OR IGNORE equipment_due SET id=?2 WHERE id=?1",
    "DELETE FROM equipment_due WHERE id=?1",
    NULL,
};
_Static_assert(ENGINE_OWN == 1, "the SQL of this file says 1");

// ---- Applying ----

// The canonical id of re[0], and a row for it. *heeded: this origin's word counts.
static enum err own_row(struct views *v, const struct applied *s, struct id *id, bool *heeded, struct why *why)
{
    enum err err = subject_canonical(v, &s->header->re[0], id, why);
    if (err != ERR_NONE) return err;
    sqlite3_stmt *q = view_sql(v,
                               "INSERT INTO equipment(id,origin,pos) VALUES(?1,?2,?3) ON CONFLICT DO UPDATE SET"
                               " origin=1 WHERE excluded.origin=1 AND equipment.origin<>1",
                               why);
    if (!q) return ERR_STORE;
    view_bind_id(q, 1, id);
    sqlite3_bind_int64(q, 2, s->origin);
    sqlite3_bind_int64(q, 3, s->pos);
    err = view_run(q, why);
    if (err != ERR_NONE) return err;
    *heeded = false;
    q = view_sql(v, "SELECT origin FROM equipment WHERE id=?1", why);
    if (!q) return ERR_STORE;
    view_bind_id(q, 1, id);
    while (view_row(q, &err, why)) *heeded = sqlite3_column_int64(q, 0) == s->origin;
    return err;
}

static struct str said_text(struct arena *arena, const struct json *members)
{
    static const char *const names[] = {"equipment", "contract", "maintenance"};
    struct json *object = json_new_object(arena);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const struct json *value = json_get(members, names[i]);
        if (value) json_put(object, names[i], json_copy(arena, value));
    }
    struct buf text = BUF(SAID_MAX);
    json_canonical(object, &text);
    struct str said = text.failed ? STR_NONE : arena_str(arena, buf_str(&text));
    buf_free(&text);
    return said;
}

enum err equipment_apply(struct views *v, struct arena *arena, const struct applied *s, struct touched *touched,
                         struct why *why)
{
    (void)touched;
    struct machine m = machine_blank(STR_NONE);
    struct id id;
    bool heeded;
    struct str said = said_text(arena, s->members);
    if (s->header->nre == 0 || !said.p || !machine_declare(&m, s->members)) return ERR_NONE;
    enum err err = own_row(v, s, &id, &heeded, why);
    if (err != ERR_NONE || !heeded) return err;
    sqlite3_stmt *q =
        view_sql(v, "UPDATE equipment SET pos=?2,port=?3,type=?4,from_at=?5,to_at=?6,said=?7 WHERE id=?1", why);
    if (!q) return ERR_STORE;
    view_bind_id(q, 1, &id);
    sqlite3_bind_int64(q, 2, s->pos);
    view_bind_str(q, 3, m.port);
    view_bind_str(q, 4, m.type);
    sqlite3_bind_int64(q, 5, m.from_ms);
    sqlite3_bind_int64(q, 6, m.to_ms);
    view_bind_str(q, 7, said);
    return view_run(q, why);
}

// Trucks at the machine's port may have to go elsewhere now. What a log tells of days gone by changes nothing for them.
static enum err touch_queue(struct views *v, struct arena *arena, const struct id *machine, int64_t at_ms,
                            int64_t in_us, struct touched *touched, struct why *why)
{
    struct str port = STR_NONE;
    enum err err = ERR_NONE;
    if (!touched || at_ms * 1000 < in_us - QUEUE_STAY_US) return ERR_NONE;
    sqlite3_stmt *q = view_sql(v, "SELECT port FROM equipment WHERE id=?1", why);
    if (!q) return ERR_STORE;
    view_bind_id(q, 1, machine);
    while (view_row(q, &err, why)) port = view_str(arena, q, 0);
    return err == ERR_NONE && port.p ? queue_touch(v, port, in_us, touched, why) : err;
}

enum err equipment_apply_state(struct views *v, struct arena *arena, const struct applied *s, struct touched *touched,
                               struct why *why)
{
    struct machine_change c;
    struct id id;
    bool heeded;
    if (s->header->nre == 0 || !machine_change_read(json_get(s->members, "state"), &c)) return ERR_NONE;
    enum err err = own_row(v, s, &id, &heeded, why);
    if (err != ERR_NONE || !heeded) return err;
    sqlite3_stmt *q = view_sql(v,
                               "INSERT OR REPLACE INTO equipment_state(id,at,origin,to_at,state,waiting,reason,note)"
                               " VALUES(?1,?2,?3,?4,?5,?6,?7,?8)",
                               why);
    if (!q) return ERR_STORE;
    view_bind_id(q, 1, &id);
    sqlite3_bind_int64(q, 2, c.at_ms);
    sqlite3_bind_int64(q, 3, s->origin);
    sqlite3_bind_int64(q, 4, c.to_ms);
    view_bind_str(q, 5, str_of(machine_state_name(c.state)));
    view_bind_str(q, 6, str_of(machine_waiting_name(c.waiting)));
    view_bind_str(q, 7, c.reason);
    view_bind_str(q, 8, c.note);
    err = view_run(q, why);
    return err == ERR_NONE ? touch_queue(v, arena, &id, c.at_ms, s->header->in_us, touched, why) : err;
}

enum err equipment_apply_scan(struct views *v, struct arena *arena, const struct applied *s, struct touched *touched,
                              struct why *why)
{
    (void)touched;
    const struct json *scan = json_get(s->members, "scan");
    struct machine_scan c;
    struct id id;
    bool heeded;
    if (s->header->nre == 0 || !machine_scan_read(scan, &c)) return ERR_NONE;
    struct str image = json_text(scan, "image");
    if (!image.n) image = json_text(scan, "image_name");
    struct str verdict = str_of(machine_verdict_name(c.verdict)), crossing = STR_NONE;
    if (s->header->nre > 1) crossing = (struct str){(const char *)s->header->re[1].b, sizeof s->header->re[1].b};
    struct str crossing_hex = crossing.n && !image.n ? hex_text(arena, crossing) : STR_NONE;
    struct str known = arena_printf(arena, "%u %lld %.*s%s%.*s", s->origin, (long long)c.to_ms, STR_ARG(crossing_hex),
                                    image.n ? "=" : "~", STR_ARG(image.n ? image : verdict));
    if (!known.p) return why_set(why, ERR_NO_MEMORY, "", "no memory for a scan");
    enum err err = own_row(v, s, &id, &heeded, why);
    if (err != ERR_NONE || !heeded) return err;
    sqlite3_stmt *q =
        view_sql(v,
                 "INSERT OR REPLACE INTO equipment_scan(id,at,known,origin,to_at,verdict_at,count,verdict)"
                 " VALUES(?1,?2,?3,?4,?5,?6,?7,?8)",
                 why);
    if (!q) return ERR_STORE;
    view_bind_id(q, 1, &id);
    sqlite3_bind_int64(q, 2, c.from_ms);
    view_bind_str(q, 3, known);
    sqlite3_bind_int64(q, 4, s->origin);
    sqlite3_bind_int64(q, 5, c.to_ms);
    sqlite3_bind_int64(q, 6, c.verdict_at_ms);
    sqlite3_bind_int64(q, 7, c.count);
    view_bind_str(q, 8, verdict);
    return view_run(q, why);
}

enum err equipment_apply_maintenance(struct views *v, struct arena *arena, const struct applied *s,
                                     struct touched *touched, struct why *why)
{
    (void)arena;
    (void)touched;
    struct machine_due d;
    struct id id;
    bool heeded;
    if (s->header->nre == 0 || !machine_due_read(json_get(s->members, "maintenance"), &d)) return ERR_NONE;
    enum err err = own_row(v, s, &id, &heeded, why);
    if (err != ERR_NONE || !heeded) return err;
    sqlite3_stmt *q = view_sql(v, "INSERT OR REPLACE INTO equipment_due(id,due,origin,done) VALUES(?1,?2,?3,?4)", why);
    if (!q) return ERR_STORE;
    view_bind_id(q, 1, &id);
    sqlite3_bind_int64(q, 2, d.due_ms);
    sqlite3_bind_int64(q, 3, s->origin);
    sqlite3_bind_int64(q, 4, d.done_ms);
    return view_run(q, why);
}

// ---- Reading ----

struct held {
    struct id id;
    int64_t origin;
    struct machine machine;
};

static enum err no_memory(struct why *why)
{
    return why_set(why, ERR_NO_MEMORY, "", "no memory for the equipment; ask for less");
}

static enum err read_machines(struct views *v, struct arena *arena, const struct equipment_query *query,
                              struct held **out, size_t *n, struct why *why)
{
    enum err err = ERR_NONE;
    *n = 0;
    *out = arena_array(arena, struct held, EQUIPMENT_LIST_MAX);
    if (!*out) return no_memory(why);
    sqlite3_stmt *q = view_sql(v,
                               "SELECT id,origin,said FROM equipment WHERE (?1='' OR port=?1) AND (?2='' OR type=?2)"
                               " ORDER BY id LIMIT ?3",
                               why);
    if (!q) return ERR_STORE;
    view_bind_str(q, 1, query->port.n ? query->port : STR(""));
    view_bind_str(q, 2, query->type.n ? query->type : STR(""));
    sqlite3_bind_int64(q, 3, EQUIPMENT_LIST_MAX);
    while (view_row(q, &err, why)) {
        struct held *h = &(*out)[(*n)++];
        struct why unread = {0};
        *h = (struct held){view_id(q, 0), sqlite3_column_int64(q, 1), machine_blank(STR_NONE)};
        struct str said = view_str(arena, q, 2);
        const struct json *members = said.p ? json_parse(arena, said, &unread) : NULL;
        if (members) (void)machine_declare(&h->machine, members);
    }
    return err;
}

static enum err read_name(struct views *v, struct arena *arena, struct held *h, struct why *why)
{
    struct json *ids;
    char text[ID_TEXT_LEN + 1];
    enum err err = subject_identifiers(v, arena, &h->id, &ids, why);
    if (err != ERR_NONE) return err;
    json_each(item, ids)
    {
        bool better = !h->machine.id.p || str_compare(json_text(item, "value"), h->machine.id) < 0;
        if (str_is(json_text(item, "scheme"), "port.equipment") && better) h->machine.id = json_text(item, "value");
    }
    id_text(&h->id, text);
    if (!h->machine.id.p) h->machine.id = arena_str(arena, str_of(text));
    return h->machine.id.p ? ERR_NONE : no_memory(why);
}

// Counts what `rows` has, makes room and reads them: two passes over one statement's rows.
static enum err count_rows(sqlite3_stmt *q, size_t *n, struct why *why)
{
    enum err err = ERR_NONE;
    *n = 0;
    while (view_row(q, &err, why))
        if (++*n > EQUIPMENT_ROWS_MAX) {
            sqlite3_reset(q);
            return why_set(why, ERR_TOO_LARGE, "from", "a machine has over %d rows; ask for a shorter period",
                           EQUIPMENT_ROWS_MAX);
        }
    return err;
}

static void bind(sqlite3_stmt *q, const struct held *h, int64_t from_ms, int64_t to_ms)
{
    view_bind_id(q, 1, &h->id);
    sqlite3_bind_int64(q, 2, h->origin);
    sqlite3_bind_int64(q, 3, from_ms);
    sqlite3_bind_int64(q, 4, to_ms);
}

static enum err read_changes(struct views *v, struct arena *arena, const struct equipment_query *query, struct held *h,
                             struct why *why)
{
    struct machine *m = &h->machine;
    sqlite3_stmt *q = view_sql(v,
                               "SELECT at,to_at,state,waiting,reason,note FROM equipment_state WHERE id=?1 AND"
                               " origin=?2 AND at>=?3 AND at<?4 ORDER BY at",
                               why);
    if (!q) return ERR_STORE;
    int64_t from_ms = INT64_MIN;
    enum err err = ERR_NONE;
    if (query->no_history) {
        sqlite3_stmt *last =
            view_sql(v, "SELECT max(at) FROM equipment_state WHERE id=?1 AND origin=?2 AND at>=?3 AND at<?4", why);
        if (!last) return ERR_STORE;
        bind(last, h, INT64_MIN, query->to_ms);
        while (view_row(last, &err, why))
            if (sqlite3_column_type(last, 0) != SQLITE_NULL) from_ms = sqlite3_column_int64(last, 0);
    }
    if (err != ERR_NONE) return err;
    size_t n;
    // A period's last interruption is followed to its end, which may lie behind the period.
    int64_t to_ms = query->no_history ? query->to_ms : INT64_MAX;
    bind(q, h, from_ms, to_ms);
    err = count_rows(q, &n, why);
    if (err != ERR_NONE) return err;
    m->changes = arena_array(arena, struct machine_change, n + 1);
    if (!m->changes) return no_memory(why);
    bind(q, h, from_ms, to_ms);
    while (view_row(q, &err, why)) {
        struct machine_change *c = &m->changes[m->nchanges++];
        *c = (struct machine_change){.at_ms = sqlite3_column_int64(q, 0), .to_ms = sqlite3_column_int64(q, 1)};
        (void)machine_state_parse(view_str(arena, q, 2), &c->state);
        (void)machine_waiting_parse(view_str(arena, q, 3), &c->waiting);
        c->reason = view_str(arena, q, 4);
        c->note = view_str(arena, q, 5);
    }
    return err;
}

static enum err read_scans(struct views *v, struct arena *arena, const struct equipment_query *query, struct held *h,
                           struct why *why)
{
    struct machine *m = &h->machine;
    size_t n;
    sqlite3_stmt *q = view_sql(v,
                               "SELECT at,to_at,verdict_at,count,verdict FROM equipment_scan WHERE id=?1 AND origin=?2"
                               " AND at>=?3 AND at<?4 ORDER BY at,known",
                               why);
    if (!q) return ERR_STORE;
    bind(q, h, query->from_ms, query->to_ms);
    enum err err = count_rows(q, &n, why);
    if (err != ERR_NONE) return err;
    m->scans = arena_array(arena, struct machine_scan, n + 1);
    if (!m->scans) return no_memory(why);
    bind(q, h, query->from_ms, query->to_ms);
    while (view_row(q, &err, why)) {
        struct machine_scan *c = &m->scans[m->nscans++];
        *c = (struct machine_scan){.from_ms = sqlite3_column_int64(q, 0),
                                   .to_ms = sqlite3_column_int64(q, 1),
                                   .verdict_at_ms = sqlite3_column_int64(q, 2),
                                   .count = (uint32_t)sqlite3_column_int64(q, 3)};
        (void)machine_verdict_parse((struct str){sqlite3_column_blob(q, 4), (size_t)sqlite3_column_bytes(q, 4)},
                                    &c->verdict);
    }
    return err;
}

static enum err read_dues(struct views *v, struct arena *arena, const struct equipment_query *query, struct held *h,
                          struct why *why)
{
    struct machine *m = &h->machine;
    size_t n;
    sqlite3_stmt *q = view_sql(
        v, "SELECT due,done FROM equipment_due WHERE id=?1 AND origin=?2 AND due>=?3 AND due<?4 ORDER BY due", why);
    if (!q) return ERR_STORE;
    bind(q, h, query->from_ms, query->to_ms);
    enum err err = count_rows(q, &n, why);
    if (err != ERR_NONE) return err;
    m->dues = arena_array(arena, struct machine_due, n + 1);
    if (!m->dues) return no_memory(why);
    bind(q, h, query->from_ms, query->to_ms);
    while (view_row(q, &err, why))
        m->dues[m->ndues++] = (struct machine_due){sqlite3_column_int64(q, 0), sqlite3_column_int64(q, 1)};
    return err;
}

static int fleet_order(const void *a, const void *b)
{
    const struct machine *x = a, *y = b;
    if (!x->port.n != !y->port.n) return x->port.n ? -1 : 1;
    int order = str_compare(x->port, y->port);
    return order ? order : str_compare(x->id, y->id);
}

enum err equipment_fleet(struct views *v, struct arena *arena, const struct equipment_query *query, struct fleet *out,
                         struct why *why)
{
    struct held *held;
    size_t n;
    *out = (struct fleet){0};
    enum err err = read_machines(v, arena, query, &held, &n, why);
    if (err != ERR_NONE) return err;
    out->items = arena_array(arena, struct machine, n + 1);
    if (!out->items) return no_memory(why);
    for (size_t i = 0; i < n && err == ERR_NONE; i++) {
        err = read_name(v, arena, &held[i], why);
        if (err == ERR_NONE) err = read_changes(v, arena, query, &held[i], why);
        if (err == ERR_NONE && !query->no_history) err = read_scans(v, arena, query, &held[i], why);
        if (err == ERR_NONE && !query->no_history) err = read_dues(v, arena, query, &held[i], why);
        out->items[out->count++] = held[i].machine;
    }
    if (err == ERR_NONE && arena->failed) err = no_memory(why);
    if (out->count) qsort(out->items, out->count, sizeof *out->items, fleet_order);
    return err;
}

enum err equipment_up(struct views *v, struct str port, struct str type, int64_t at_ms, size_t *up, size_t *all,
                      struct why *why)
{
    enum err err = ERR_NONE;
    *up = *all = 0;
    sqlite3_stmt *q = view_sql(v,
                               "SELECT s.state,s.to_at FROM equipment e LEFT JOIN equipment_state s ON s.id=e.id AND"
                               " s.origin=e.origin AND s.at=(SELECT max(t.at) FROM equipment_state t WHERE t.id=e.id"
                               " AND t.origin=e.origin AND t.at<=?3) WHERE e.said IS NOT NULL AND (?1='' OR e.port=?1)"
                               " AND (?2='' OR e.type=?2) AND e.from_at<=?3 AND e.to_at>?3",
                               why);
    if (!q) return ERR_STORE;
    view_bind_str(q, 1, port.n ? port : STR(""));
    view_bind_str(q, 2, type.n ? type : STR(""));
    sqlite3_bind_int64(q, 3, at_ms);
    while (view_row(q, &err, why)) {
        enum machine_state state;
        int64_t to_ms = sqlite3_column_int64(q, 1);
        struct str text = {sqlite3_column_blob(q, 0), (size_t)sqlite3_column_bytes(q, 0)};
        bool said = machine_state_parse(text, &state) && (!to_ms || at_ms < to_ms);
        ++*all;
        *up += said && machine_available(state);
    }
    return err;
}

// ---- From drafts ----

static struct str key_of(const struct draft *d)
{
    bool about = d->nre && d->re[0]->noun == NOUN_EQUIPMENT && d->re[0]->nids;
    return about ? d->re[0]->ids[0].value : STR_NONE;
}

static struct machine *find(struct fleet *fleet, struct str id)
{
    for (size_t i = 0; i < fleet->count; i++)
        if (str_eq(fleet->items[i].id, id)) return &fleet->items[i];
    return NULL;
}

static void take(struct machine *m, const struct draft *d)
{
    if (str_is(d->kind, "equipment")) (void)machine_declare(m, d->members);
    if (str_is(d->kind, "equipment.state"))
        m->nchanges += machine_change_read(json_get(d->members, "state"), &m->changes[m->nchanges]);
    if (str_is(d->kind, "equipment.scan"))
        m->nscans += machine_scan_read(json_get(d->members, "scan"), &m->scans[m->nscans]);
    if (str_is(d->kind, "equipment.maintenance"))
        m->ndues += machine_due_read(json_get(d->members, "maintenance"), &m->dues[m->ndues]);
}

// How many of each kind there may be.
static void count(struct machine *m, const struct draft *d)
{
    m->nchanges += str_is(d->kind, "equipment.state");
    m->nscans += str_is(d->kind, "equipment.scan");
    m->ndues += str_is(d->kind, "equipment.maintenance");
}

static bool rooms_make(struct arena *arena, struct machine *m)
{
    m->changes = arena_array(arena, struct machine_change, m->nchanges + 1);
    m->scans = arena_array(arena, struct machine_scan, m->nscans + 1);
    m->dues = arena_array(arena, struct machine_due, m->ndues + 1);
    m->nchanges = m->nscans = m->ndues = 0;
    return m->changes && m->scans && m->dues;
}

static int id_order(const void *a, const void *b)
{
    return str_compare(((const struct machine *)a)->id, ((const struct machine *)b)->id);
}

enum err equipment_of_drafts(struct arena *arena, const struct draft *drafts, struct fleet *out, struct why *why)
{
    size_t room = 0;
    *out = (struct fleet){0};
    for (const struct draft *d = drafts; d; d = d->next) {
        struct str key = key_of(d);
        struct machine *m = key.p ? find(out, key) : NULL;
        if (!key.p || str_is(d->kind, "equipment.log")) continue;
        if (!m && out->count == room) {
            room = room ? room * 2 : 16;
            struct machine *grown = arena_array(arena, struct machine, room);
            if (!grown) return why_set(why, ERR_NO_MEMORY, "", "no memory for the equipment");
            if (out->count) memcpy(grown, out->items, out->count * sizeof *grown);
            out->items = grown;
        }
        if (!m) {
            m = &out->items[out->count++];
            *m = machine_blank(key);
        }
        count(m, d);
    }
    for (size_t i = 0; i < out->count; i++)
        if (!rooms_make(arena, &out->items[i])) return why_set(why, ERR_NO_MEMORY, "", "no memory for the equipment");
    for (const struct draft *d = drafts; d; d = d->next) {
        struct str key = key_of(d);
        struct machine *m = key.p ? find(out, key) : NULL;
        if (m) take(m, d);
    }
    if (out->count) qsort(out->items, out->count, sizeof *out->items, id_order);
    return ERR_NONE;
}

// ---- Reports ----

enum err equipment_report_of(struct arena *arena, const struct fleet *fleet, int64_t from_ms, int64_t to_ms,
                             struct availability_report *report, struct why *why)
{
    struct period extent;
    int64_t now_ms = report->period.now_ms, most_ms = REPORT_DAYS_MAX * INT64_C(86400000);
    bool said = fleet_extent(fleet, now_ms, &extent);
    if (!fleet->count || (!said && (from_ms == INT64_MIN || to_ms == INT64_MIN)))
        return why_set(why, ERR_NOT_FOUND, "", "nothing is said of any equipment there");
    report->period.to_ms = to_ms == INT64_MIN ? extent.to_ms : to_ms;
    report->period.from_ms = from_ms == INT64_MIN ? extent.from_ms : from_ms;
    if (from_ms == INT64_MIN && report->period.to_ms - report->period.from_ms > most_ms)
        report->period.from_ms = report->period.to_ms - most_ms;
    return availability_report_make(arena, fleet, report, why);
}

enum err equipment_report(struct views *v, struct arena *arena, struct str port, struct str type, int64_t from_ms,
                          int64_t to_ms, struct availability_report *report, struct why *why)
{
    struct fleet *fleet = arena_new(arena, struct fleet);
    if (!fleet) return no_memory(why);
    struct equipment_query query = {.port = port, .type = type, .from_ms = from_ms, .to_ms = to_ms};
    if (to_ms == INT64_MIN) query.to_ms = report->period.now_ms;
    enum err err = equipment_fleet(v, arena, &query, fleet, why);
    report->port = port;
    return err == ERR_NONE ? equipment_report_of(arena, fleet, from_ms, to_ms, report, why) : err;
}
