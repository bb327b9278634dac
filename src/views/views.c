// SPDX-License-Identifier: Apache-2.0
#include "views/views.h"

#include "base/clock.h"
#include "base/log.h"
#include "views/channel.h"
#include "views/credential.h"
#include "views/crossing.h"
#include "views/custody.h"
#include "views/decision.h"
#include "views/document.h"
#include "views/equipment.h"
#include "views/feed.h"
#include "views/local.h"
#include "views/outcome.h"
#include "views/policy.h"
#include "views/port.h"
#include "views/subject.h"
#include "views/threat.h"
#include "views/wait.h"

#include <stdio.h>
#include <stdlib.h>

#define CACHE_SLOTS 512

struct cached {
    const char *literal;
    sqlite3_stmt *q;
};

struct views {
    struct engine *engine; // NULL for a shadow
    sqlite3 *db;
    bool owns_db;
    struct port_memory *ports;
    struct cached cache[CACHE_SLOTS];
};

// The tables of the views, in the order in which fsck compares them.
static const char *const tables[] = {"subject",       "mention",       "alias",           "identifier",
                                     "link",          "aboard",        "crossing",        "document",
                                     "custody",       "custody_event", "custody_point",   "custody_explained",
                                     "credential",    "roster",        "channel",         "channel_name",
                                     "standing",      "threat",        "threat_name",     "decision",
                                     "leaned",        "equipment",     "equipment_state", "equipment_scan",
                                     "equipment_due", "port",          "port_machine",    "port_incident",
                                     "port_inside",   "port_sight",    "port_stay",       "port_hour",
                                     "policy",        "outcome",       "outcome_finding", "outcome_scan"};

static const char *const schemas[] = {
    subject_schema, crossing_schema, document_schema, custody_schema,   credential_schema,
    channel_schema, threat_schema,   decision_schema, equipment_schema, port_schema,
    wait_schema,    policy_schema,   outcome_schema,
};

// What each view does when two ids turn out to be one subject: ?1 is the alias, ?2 the canonical id.
static const char *const *const moves[] = {subject_moves,    crossing_moves, document_moves, custody_moves,
                                           credential_moves, decision_moves, threat_moves,   equipment_moves,
                                           port_moves,       wait_moves,     outcome_moves};

static enum err db_failed(sqlite3 *db, struct why *why)
{
    return why_set(why, ERR_STORE, "", "views: %s", sqlite3_errmsg(db));
}

sqlite3_stmt *view_sql(struct views *v, const char *literal, struct why *why)
{
    size_t at = ((uintptr_t)literal >> 3) % CACHE_SLOTS;
    for (size_t i = 0; i < CACHE_SLOTS; i++, at = (at + 1) % CACHE_SLOTS) {
        struct cached *slot = &v->cache[at];
        if (slot->literal == literal) return slot->q;
        if (slot->literal) continue;
        if (sqlite3_prepare_v3(v->db, literal, -1, SQLITE_PREPARE_PERSISTENT, &slot->q, NULL) != SQLITE_OK) {
            db_failed(v->db, why);
            return NULL;
        }
        slot->literal = literal;
        return slot->q;
    }
    INVARIANT(false && "more SQL literals than cache slots");
    return NULL;
}

bool view_row(sqlite3_stmt *q, enum err *err, struct why *why)
{
    if (!q) {
        *err = ERR_STORE;
        return false;
    }
    int rc = sqlite3_step(q);
    if (rc == SQLITE_ROW) return true;
    if (rc != SQLITE_DONE) *err = db_failed(sqlite3_db_handle(q), why);
    sqlite3_reset(q);
    return false;
}

enum err view_run(sqlite3_stmt *q, struct why *why)
{
    enum err err = ERR_NONE;
    while (view_row(q, &err, why)) {
    }
    return err;
}

enum err views_merge(struct views *v, const struct id *from, const struct id *to, struct why *why)
{
    enum err err = ERR_NONE;
    port_memory_merged(v->ports, from, to);
    for (size_t i = 0; i < sizeof moves / sizeof *moves; i++) {
        for (const char *const *move = moves[i]; *move && err == ERR_NONE; move++) {
            sqlite3_stmt *q = view_sql(v, *move, why);
            if (!q) return ERR_STORE;
            view_bind_id(q, 1, from);
            if (sqlite3_bind_parameter_count(q) > 1) view_bind_id(q, 2, to);
            err = view_run(q, why);
        }
    }
    return err;
}

void view_bind_id(sqlite3_stmt *q, int at, const struct id *id)
{
    sqlite3_bind_blob(q, at, id->b, sizeof id->b, SQLITE_TRANSIENT);
}

void view_bind_str(sqlite3_stmt *q, int at, struct str s)
{
    if (s.p)
        sqlite3_bind_text64(q, at, s.p, s.n, SQLITE_TRANSIENT, SQLITE_UTF8);
    else
        sqlite3_bind_null(q, at);
}

struct id view_id(sqlite3_stmt *q, int at)
{
    struct id id = {{0}};
    const void *p = sqlite3_column_blob(q, at);
    if (p && sqlite3_column_bytes(q, at) == (int)sizeof id.b) memcpy(id.b, p, sizeof id.b);
    return id;
}

struct str view_str(struct arena *arena, sqlite3_stmt *q, int at)
{
    const void *p = sqlite3_column_blob(q, at);
    if (!p) return STR_NONE;
    return arena_str(arena, (struct str){p, (size_t)sqlite3_column_bytes(q, at)});
}

int64_t view_time_ms(const struct json *object, const char *member)
{
    int64_t ms = 0;
    struct str text = json_text(object, member);
    return text.p && time_parse_ms(text, &ms) ? ms : 0;
}

struct port_memory **view_port_memory(struct views *v)
{
    return &v->ports;
}

// A roll-back takes back statements that memory may hold already.
static void rolled_back(void *views)
{
    port_memory_stale(((struct views *)views)->ports);
}

struct engine *views_engine(struct views *v)
{
    return v->engine;
}

// Ids are random: their first bytes are hash enough, and a stranger who picks them only slows his own job.
static size_t touched_slot(const struct touched *t, const struct id *crossing)
{
    uint32_t h;
    memcpy(&h, crossing->b, sizeof h);
    size_t slots = 2 * t->room, at = h % slots;
    while (t->table[at] && !id_eq(&t->crossings[t->table[at] - 1], crossing)) at = (at + 1) % slots;
    return at;
}

static bool touched_grow(struct touched *t)
{
    size_t room = t->room ? t->room * 2 : 16;
    struct id *crossings = arena_array(t->arena, struct id, room);
    uint32_t *table = arena_array(t->arena, uint32_t, 2 * room);
    if (!crossings || !table) return false;
    if (t->count) memcpy(crossings, t->crossings, t->count * sizeof *crossings);
    t->crossings = crossings;
    t->table = table;
    t->room = room;
    for (size_t i = 0; i < t->count; i++) t->table[touched_slot(t, &t->crossings[i])] = (uint32_t)i + 1;
    return true;
}

bool touched_add(struct touched *t, const struct id *crossing)
{
    if (!t) return true;
    if (t->count == t->room && (t->count >= t->max || !touched_grow(t))) {
        return t->room && t->table[touched_slot(t, crossing)] != 0;
    }
    size_t at = touched_slot(t, crossing);
    if (t->table[at]) return true;
    if (t->count >= t->max) return false;
    t->crossings[t->count++] = *crossing;
    t->table[at] = (uint32_t)t->count;
    return true;
}

void touched_overflow(struct touched *t, const struct id *subject)
{
    for (size_t i = 0; i < t->noverflow; i++)
        if (id_eq(&t->overflow[i], subject)) return;
    if (t->noverflow < TOUCHED_OVERFLOW_MAX) t->overflow[t->noverflow++] = *subject;
}

// Kinds, and the views that apply them. A kind may stand in several rows.
static const struct {
    const char *kind;
    enum err (*apply)(struct views *, struct arena *, const struct applied *, struct touched *, struct why *);
} kinds[] = {
    {"channel", channel_apply},
    {"channel.standing", channel_standing_apply},
    {"crossing", crossing_apply},
    {"crossing.arrival", crossing_apply_arrival},
    {"crossing.arrival", wait_apply_arrival},
    {"crossing.release", wait_apply_release}, // before what is aboard goes ashore
    {"crossing.release", crossing_apply_release},
    {"crossing.swap", crossing_apply_swap},
    {"selection", crossing_apply_outcome},
    {"override", crossing_apply_outcome},
    {"finding", crossing_apply_outcome},
    {"finding", port_apply_finding},
    {"decision", decision_apply},
    {"document", document_apply},
    {"custody.seal", custody_apply},
    {"custody.seal", port_apply_seal},
    {"custody.seal", wait_apply_position},
    {"custody.position", custody_apply},
    {"custody.position", wait_apply_position},
    {"custody.explain", custody_apply_explain},
    {"credential", credential_apply},
    {"roster", credential_apply_roster},
    {"equipment", equipment_apply},
    {"equipment.state", equipment_apply_state},
    {"equipment.scan", equipment_apply_scan},
    {"equipment.maintenance", equipment_apply_maintenance},
    {"port", port_apply},
    {"equipment", port_apply_machine},
    {"equipment.state", port_apply_machine_state},
    {"equipment.sighting", wait_apply_sighting},
    {"equipment.scan", wait_apply_scan},
    {"rules.activated", policy_apply},
    {"rules.proposed", policy_apply},
    {"lanes.plan", policy_apply},
    {"decision", outcome_apply_decision},
    {"crossing.arrival", outcome_apply_arrival},
    {"crossing.release", outcome_apply_release},
    {"selection", outcome_apply_official},
    {"override", outcome_apply_official},
    {"finding", outcome_apply_finding},
    {"equipment.scan", outcome_apply_scan}, // once its equipment is known
    {"threat", threat_apply},
    {"threat.confirm", threat_apply_state},
    {"threat.clear", threat_apply_state},
};

bool views_want_members(struct str kind)
{
    if (str_is(kind, "subject")) return true;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (str_is(kind, kinds[i].kind)) return true;
    return false;
}

enum err views_apply(struct views *v, struct arena *arena, const struct applied *s, struct touched *touched,
                     struct why *why)
{
    enum err err = ERR_NONE;
    if (s->members && str_is(s->header->kind, "subject")) err = subject_apply(v, arena, s, touched, why);
    for (size_t i = 0; i < s->header->nre && err == ERR_NONE; i++) err = subject_mention(v, &s->header->re[i], s, why);
    if (err == ERR_NONE && s->header->nre > 1) err = subject_link(v, arena, s, why);
    if (!s->members) return err;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds && err == ERR_NONE; i++)
        if (str_is(s->header->kind, kinds[i].kind)) err = kinds[i].apply(v, arena, s, touched, why);
    return err;
}

enum err views_replay(struct views *v, struct engine *engine, void (*progress)(void *, int64_t, int64_t), void *context,
                      struct why *why)
{
    int64_t last = 0;
    enum err err = engine_last(engine, &last, why);
    struct arena arena = ARENA((size_t)32 << 20);
    for (int64_t pos = 1; pos <= last && err == ERR_NONE; pos++) {
        arena_reset(&arena);
        struct stored stored;
        struct header header;
        struct body body;
        struct json *members = NULL;
        err = engine_get(engine, &arena, pos, &stored, why);
        if (err == ERR_NONE) err = header_parse(&arena, stored.header, &header, why);
        if (err == ERR_NONE && views_want_members(header.kind)) {
            err = body_decode(&arena, stored.body, &body, why);
            if (err == ERR_NONE) err = body_object(&arena, &body, &members, why);
        }
        struct applied s = {pos, stored.origin, stored.index, &header, members};
        if (err == ERR_NONE) err = views_apply(v, &arena, &s, NULL, why);
        if (progress && pos % 10000 == 0) progress(context, pos, last);
    }
    arena_free(&arena);
    return err;
}

static enum err execute(sqlite3 *db, const char *text, struct why *why)
{
    return sqlite3_exec(db, text, NULL, NULL, NULL) == SQLITE_OK ? ERR_NONE : db_failed(db, why);
}

static enum err create_views(sqlite3 *db, struct why *why)
{
    enum err err = ERR_NONE;
    for (size_t i = 0; i < sizeof schemas / sizeof *schemas && err == ERR_NONE; i++) err = execute(db, schemas[i], why);
    return err;
}

static enum err drop_views(sqlite3 *db, struct why *why)
{
    enum err err = ERR_NONE;
    for (size_t i = 0; i < sizeof tables / sizeof *tables && err == ERR_NONE; i++) {
        char text[96];
        snprintf(text, sizeof text, "DROP TABLE IF EXISTS %s", tables[i]);
        err = execute(db, text, why);
    }
    return err;
}

static enum err read_version(sqlite3 *db, int64_t *version, struct why *why)
{
    sqlite3_stmt *q = NULL;
    if (sqlite3_prepare_v2(db, "SELECT version FROM view_version", -1, &q, NULL) != SQLITE_OK)
        return db_failed(db, why);
    *version = sqlite3_step(q) == SQLITE_ROW ? sqlite3_column_int64(q, 0) : 0;
    sqlite3_finalize(q);
    return ERR_NONE;
}

// Bring the views to this version: one transaction, so that a crash leaves the old ones.
static enum err views_upgrade(struct views *v, void (*progress)(void *, int64_t, int64_t), void *context,
                              struct why *why)
{
    enum err err = execute(v->db, "CREATE TABLE IF NOT EXISTS view_version(version INTEGER NOT NULL)", why);
    if (err == ERR_NONE) err = execute(v->db, local_schema, why);
    if (err == ERR_NONE) err = execute(v->db, feed_schema, why);
    int64_t version = 0;
    if (err == ERR_NONE) err = read_version(v->db, &version, why);
    if (err != ERR_NONE || version == VIEWS_VERSION) return err;
    if (version)
        log_line(LOG_INFO, "views", "version %lld, rebuilding as version %d", (long long)version, VIEWS_VERSION);
    err = execute(v->db, "BEGIN IMMEDIATE", why);
    if (err != ERR_NONE) return err;
    err = drop_views(v->db, why);
    if (err == ERR_NONE) err = create_views(v->db, why);
    if (err == ERR_NONE) err = views_replay(v, v->engine, progress, context, why);
    char text[128];
    snprintf(text, sizeof text, "DELETE FROM view_version; INSERT INTO view_version VALUES(%d)", VIEWS_VERSION);
    if (err == ERR_NONE) err = execute(v->db, text, why);
    if (err == ERR_NONE) return execute(v->db, "COMMIT", why);
    sqlite3_exec(v->db, "ROLLBACK", NULL, NULL, NULL);
    return err;
}

enum err views_open(struct engine *engine, bool writer, void (*progress)(void *, int64_t, int64_t), void *context,
                    struct views **out, struct why *why)
{
    struct views *v = calloc(1, sizeof *v);
    if (!v) return why_set(why, ERR_NO_MEMORY, "", "no memory for the views");
    v->engine = engine;
    v->db = engine_sqlite_database(engine);
    if (writer) sqlite3_rollback_hook(v->db, rolled_back, v);
    enum err err = writer ? views_upgrade(v, progress, context, why) : ERR_NONE;
    if (err == ERR_NONE)
        *out = v;
    else
        views_free(v);
    return err;
}

enum err views_open_shadow(const char *path, struct views **out, struct why *why)
{
    struct views *v = calloc(1, sizeof *v);
    if (!v) return why_set(why, ERR_NO_MEMORY, "", "no memory for the views");
    v->owns_db = true;
    enum err err = ERR_NONE;
    if (sqlite3_open(path, &v->db) != SQLITE_OK) err = db_failed(v->db, why);
    if (err == ERR_NONE)
        err = execute(v->db, "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-131072; BEGIN", why);
    if (err == ERR_NONE) err = create_views(v->db, why);
    if (err == ERR_NONE)
        *out = v;
    else
        views_free(v);
    return err;
}

void views_free(struct views *v)
{
    if (!v) return;
    if (v->db && !v->owns_db) sqlite3_rollback_hook(v->db, NULL, NULL);
    port_memory_free(v->ports);
    for (size_t i = 0; i < CACHE_SLOTS; i++) sqlite3_finalize(v->cache[i].q);
    if (v->owns_db) sqlite3_close_v2(v->db);
    free(v);
}

// One row as text, for saying what differs.
static void row_text(sqlite3_stmt *q, struct buf *out)
{
    for (int i = 0; i < sqlite3_column_count(q); i++) {
        if (i) buf_puts(out, ", ");
        if (sqlite3_column_type(q, i) == SQLITE_BLOB) {
            const uint8_t *p = sqlite3_column_blob(q, i);
            for (int k = 0; k < sqlite3_column_bytes(q, i) && k < 8; k++) buf_printf(out, "%02x", p[k]);
        } else {
            const char *text = (const char *)sqlite3_column_text(q, i);
            buf_printf(out, "%s", text ? text : "null");
        }
    }
}

static bool same_row(sqlite3_stmt *a, sqlite3_stmt *b)
{
    int n = sqlite3_column_count(a);
    if (n != sqlite3_column_count(b)) return false;
    for (int i = 0; i < n; i++) {
        if (sqlite3_column_type(a, i) != sqlite3_column_type(b, i)) return false;
        struct str x = {sqlite3_column_blob(a, i), (size_t)sqlite3_column_bytes(a, i)};
        struct str y = {sqlite3_column_blob(b, i), (size_t)sqlite3_column_bytes(b, i)};
        if (!str_eq(x, y)) return false;
    }
    return true;
}

enum err views_rebuild(struct views *v, struct why *why)
{
    enum err err = ERR_NONE;
    for (size_t i = 0; i < sizeof tables / sizeof *tables && err == ERR_NONE; i++) {
        char text[96];
        snprintf(text, sizeof text, "DELETE FROM %s", tables[i]);
        err = execute(v->db, text, why);
    }
    port_memory_stale(v->ports);
    return err == ERR_NONE ? views_replay(v, v->engine, NULL, NULL, why) : err;
}

static enum err compare_table(struct views *held, struct views *derived, const char *table, struct why *why)
{
    char text[96];
    // Every table's first two columns, and for most its third, make up its key.
    static const char *const pairs[] = {"alias", "aboard", "port_inside", "policy"};
    bool narrow = false;
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) narrow |= str_is(str_of(table), pairs[i]);
    snprintf(text, sizeof text, "SELECT * FROM %s ORDER BY %s", table, narrow ? "1,2" : "1,2,3");
    sqlite3_stmt *a = NULL, *b = NULL;
    enum err err = ERR_NONE;
    if (sqlite3_prepare_v2(held->db, text, -1, &a, NULL) != SQLITE_OK) err = db_failed(held->db, why);
    if (err == ERR_NONE && sqlite3_prepare_v2(derived->db, text, -1, &b, NULL) != SQLITE_OK)
        err = db_failed(derived->db, why);
    while (err == ERR_NONE) {
        bool more_a = sqlite3_step(a) == SQLITE_ROW, more_b = sqlite3_step(b) == SQLITE_ROW;
        if (!more_a && !more_b) break;
        if (more_a && more_b && same_row(a, b)) continue;
        struct buf x = BUF(512), y = BUF(512);
        if (more_a) row_text(a, &x);
        if (more_b) row_text(b, &y);
        err = why_set(why, ERR_CONFLICT, table, "view %s: held (%.*s), derived from the statements (%.*s)", table,
                      STR_ARG(buf_str(&x)), STR_ARG(buf_str(&y)));
        buf_free(&x);
        buf_free(&y);
    }
    sqlite3_finalize(a);
    sqlite3_finalize(b);
    return err;
}

enum err views_compare(struct views *held, struct views *derived, struct why *why)
{
    enum err err = ERR_NONE;
    for (size_t i = 0; i < sizeof tables / sizeof *tables && err == ERR_NONE; i++)
        err = compare_table(held, derived, tables[i], why);
    return err;
}
