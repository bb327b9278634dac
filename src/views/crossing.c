// SPDX-License-Identifier: Apache-2.0
#include "views/crossing.h"

#include "views/subject.h"

const char crossing_schema[] =
    "CREATE TABLE crossing(id BLOB PRIMARY KEY, pos INTEGER NOT NULL, trip TEXT, port TEXT, direction TEXT, "
    "destination TEXT,"
    " eta INTEGER NOT NULL DEFAULT 0, arrived INTEGER NOT NULL DEFAULT 0, arrived_in INTEGER NOT NULL DEFAULT 0,"
    " released INTEGER NOT NULL DEFAULT 0, released_in INTEGER NOT NULL DEFAULT 0, empty INTEGER NOT NULL DEFAULT 0,"
    " swapped INTEGER NOT NULL DEFAULT 0, swap_pos INTEGER NOT NULL DEFAULT 0, arrived_pos INTEGER NOT NULL DEFAULT 0,"
    " selection_pos INTEGER NOT NULL DEFAULT 0, override_pos INTEGER NOT NULL DEFAULT 0,"
    " finding_pos INTEGER NOT NULL DEFAULT 0, first_at INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;"
    "CREATE INDEX crossing_open ON crossing(eta, id) WHERE released_in=0;"
    "CREATE INDEX crossing_eta ON crossing(eta, id);"
    "CREATE INDEX crossing_here ON crossing(port, arrived_in) WHERE arrived_in>0 AND released_in=0;"
    "CREATE INDEX crossing_gone ON crossing(port, released_in) WHERE released_in>0;";

// What either was told, the canonical one knows; where both were told, the canonical one's stands.
const char *const crossing_moves[] = {
    "UPDATE crossing SET trip=coalesce(crossing.trip,o.trip), port=coalesce(crossing.port,o.port),"
    " direction=coalesce(crossing.direction,o.direction), destination=coalesce(crossing.destination,o.destination),"
    " eta=iif(crossing.eta>0,crossing.eta,o.eta), arrived=iif(crossing.arrived_in>0,crossing.arrived,o.arrived),"
    " arrived_pos=iif(crossing.arrived_in>0,crossing.arrived_pos,o.arrived_pos),"
    " arrived_in=iif(crossing.arrived_in>0,crossing.arrived_in,o.arrived_in),"
    " released=iif(crossing.released_in>0,crossing.released,o.released),"
    " released_in=iif(crossing.released_in>0,crossing.released_in,o.released_in),"
    " swapped=max(crossing.swapped,o.swapped), swap_pos=max(crossing.swap_pos,o.swap_pos),"
    " selection_pos=max(crossing.selection_pos,o.selection_pos), "
    "override_pos=max(crossing.override_pos,o.override_pos),"
    " finding_pos=max(crossing.finding_pos,o.finding_pos), first_at=min(crossing.first_at,o.first_at)"
    " FROM (SELECT * FROM crossing WHERE id=?1) AS o WHERE crossing.id=?2",
    "UPDATE OR IGNORE crossing SET id=?2 WHERE id=?1",
    "DELETE FROM crossing WHERE id=?1",
    NULL,
};

enum err crossing_get(struct views *v, struct arena *arena, const struct id *id, struct crossing *out, bool *found,
                      struct why *why)
{
    enum err err = ERR_NONE;
    *found = false;
    sqlite3_stmt *q = view_sql(
        v,
        "SELECT pos,trip,port,direction,destination,eta,arrived,arrived_in,released,released_in,empty,"
        "swapped,swap_pos,arrived_pos,selection_pos,override_pos,finding_pos,first_at FROM crossing WHERE id=?1",
        why);
    if (!q) return ERR_STORE;
    view_bind_id(q, 1, id);
    while (view_row(q, &err, why)) {
        *found = true;
        *out = (struct crossing){.id = *id,
                                 .pos = sqlite3_column_int64(q, 0),
                                 .trip = view_str(arena, q, 1),
                                 .port = view_str(arena, q, 2),
                                 .direction = view_str(arena, q, 3),
                                 .destination = view_str(arena, q, 4),
                                 .eta_ms = sqlite3_column_int64(q, 5),
                                 .arrived_ms = sqlite3_column_int64(q, 6),
                                 .arrived_in = sqlite3_column_int64(q, 7),
                                 .released_ms = sqlite3_column_int64(q, 8),
                                 .released_in = sqlite3_column_int64(q, 9),
                                 .empty = sqlite3_column_int(q, 10) != 0,
                                 .swapped = sqlite3_column_int(q, 11) != 0,
                                 .swap_pos = sqlite3_column_int64(q, 12),
                                 .arrived_pos = sqlite3_column_int64(q, 13),
                                 .selection_pos = sqlite3_column_int64(q, 14),
                                 .override_pos = sqlite3_column_int64(q, 15),
                                 .finding_pos = sqlite3_column_int64(q, 16),
                                 .first_ms = sqlite3_column_int64(q, 17)};
    }
    return err;
}

enum err crossing_over(struct views *v, const struct id *id, bool *over, struct why *why)
{
    enum err err = ERR_NONE;
    *over = false;
    sqlite3_stmt *q = view_sql(v, "SELECT released_in FROM crossing WHERE id=?1", why);
    if (!q) return ERR_STORE;
    view_bind_id(q, 1, id);
    while (view_row(q, &err, why)) *over = sqlite3_column_int64(q, 0) != 0;
    return err;
}

enum err crossing_list(struct views *v, struct arena *arena, enum crossing_state state, const struct crossing *after,
                       size_t limit, struct id **out, size_t *count, struct why *why)
{
    enum err err = ERR_NONE;
    *count = 0;
    *out = arena_array(arena, struct id, limit ? limit : 1);
    if (!*out) return why_set(why, ERR_NO_MEMORY, "limit", "ask for fewer crossings at a time");
    sqlite3_stmt *q = NULL;
    if (state == CROSSINGS_OPEN)
        q = view_sql(v, "SELECT id FROM crossing WHERE released_in=0 AND (eta,id)>(?1,?2) ORDER BY eta,id LIMIT ?3",
                     why);
    else if (state == CROSSINGS_RELEASED)
        q = view_sql(v, "SELECT id FROM crossing WHERE released_in>0 AND (eta,id)>(?1,?2) ORDER BY eta,id LIMIT ?3",
                     why);
    else
        q = view_sql(v, "SELECT id FROM crossing WHERE (eta,id)>(?1,?2) ORDER BY eta,id LIMIT ?3", why);
    if (!q) return ERR_STORE;
    sqlite3_bind_int64(q, 1, after ? after->eta_ms : INT64_MIN);
    struct id none = {{0}};
    view_bind_id(q, 2, after ? &after->id : &none);
    sqlite3_bind_int64(q, 3, (int64_t)limit);
    while (view_row(q, &err, why)) (*out)[(*count)++] = view_id(q, 0);
    return err;
}

// The canonical id of re[0], and a row for it.
static enum err own_row(struct views *v, const struct applied *s, struct id *id, struct why *why)
{
    enum err err = subject_canonical(v, &s->header->re[0], id, why);
    if (err != ERR_NONE) return err;
    sqlite3_stmt *q = view_sql(v, "INSERT INTO crossing(id,pos,first_at) VALUES(?1,?2,?3) ON CONFLICT DO NOTHING", why);
    if (!q) return ERR_STORE;
    view_bind_id(q, 1, id);
    sqlite3_bind_int64(q, 2, s->pos);
    sqlite3_bind_int64(q, 3, s->header->at_ms);
    return view_run(q, why);
}

enum err crossing_apply(struct views *v, struct arena *arena, const struct applied *s, struct touched *touched,
                        struct why *why)
{
    (void)arena;
    const struct json *c = json_get(s->members, "crossing");
    if (s->header->nre == 0 || !c) return ERR_NONE;
    struct id id;
    enum err err = own_row(v, s, &id, why);
    if (err != ERR_NONE) return err;
    // A later declaration replaces what it states, and keeps what it leaves out.
    sqlite3_stmt *q = view_sql(v,
                               "UPDATE crossing SET pos=?2, trip=coalesce(?3,trip), port=coalesce(?4,port),"
                               " direction=coalesce(?5,direction), destination=coalesce(?6,destination),"
                               " eta=CASE WHEN ?7>0 THEN ?7 ELSE eta END, empty=?8 WHERE id=?1",
                               why);
    if (!q) return ERR_STORE;
    view_bind_id(q, 1, &id);
    sqlite3_bind_int64(q, 2, s->pos);
    view_bind_str(q, 3, json_text(c, "trip"));
    view_bind_str(q, 4, json_text(c, "port"));
    view_bind_str(q, 5, json_text(c, "direction"));
    view_bind_str(q, 6, json_text(c, "destination"));
    sqlite3_bind_int64(q, 7, view_time_ms(c, "eta"));
    sqlite3_bind_int(q, 8, json_true(c, "empty"));
    err = view_run(q, why);
    touched_add(touched, &id);
    return err;
}

enum err crossing_apply_arrival(struct views *v, struct arena *arena, const struct applied *s, struct touched *touched,
                                struct why *why)
{
    (void)arena;
    const struct json *a = json_get(s->members, "arrival");
    if (s->header->nre == 0 || !a) return ERR_NONE;
    struct id id;
    enum err err = own_row(v, s, &id, why);
    if (err != ERR_NONE) return err;
    sqlite3_stmt *q =
        view_sql(v,
                 "UPDATE crossing SET arrived=?2, arrived_in=?3, arrived_pos=?4, port=coalesce(port,?5) WHERE id=?1"
                 " AND arrived_in=0",
                 why);
    if (!q) return ERR_STORE;
    int64_t at = view_time_ms(a, "time");
    view_bind_id(q, 1, &id);
    sqlite3_bind_int64(q, 2, at ? at : s->header->at_ms);
    sqlite3_bind_int64(q, 3, s->header->in_us);
    sqlite3_bind_int64(q, 4, s->pos);
    view_bind_str(q, 5, json_text(a, "port"));
    err = view_run(q, why);
    touched_add(touched, &id);
    return err;
}

enum err crossing_apply_release(struct views *v, struct arena *arena, const struct applied *s, struct touched *touched,
                                struct why *why)
{
    (void)arena;
    (void)touched;
    const struct json *r = json_get(s->members, "release");
    if (s->header->nre == 0 || !r) return ERR_NONE;
    struct id id;
    enum err err = own_row(v, s, &id, why);
    if (err != ERR_NONE) return err;
    sqlite3_stmt *q = view_sql(v, "UPDATE crossing SET released=?2, released_in=?3 WHERE id=?1 AND released_in=0", why);
    if (!q) return ERR_STORE;
    int64_t at = view_time_ms(r, "time");
    view_bind_id(q, 1, &id);
    sqlite3_bind_int64(q, 2, at ? at : s->header->at_ms);
    sqlite3_bind_int64(q, 3, s->header->in_us);
    err = view_run(q, why);
    return err == ERR_NONE ? subject_ashore(v, &id, why) : err;
}

enum err crossing_apply_swap(struct views *v, struct arena *arena, const struct applied *s, struct touched *touched,
                             struct why *why)
{
    (void)arena;
    if (s->header->nre == 0) return ERR_NONE;
    struct id id;
    enum err err = own_row(v, s, &id, why);
    if (err != ERR_NONE) return err;
    sqlite3_stmt *q = view_sql(v, "UPDATE crossing SET swapped=1, swap_pos=?2 WHERE id=?1", why);
    if (!q) return ERR_STORE;
    view_bind_id(q, 1, &id);
    sqlite3_bind_int64(q, 2, s->pos);
    err = view_run(q, why);
    touched_add(touched, &id);
    return err;
}

enum err crossing_apply_outcome(struct views *v, struct arena *arena, const struct applied *s, struct touched *touched,
                                struct why *why)
{
    (void)arena;
    (void)touched;
    if (s->header->nre == 0) return ERR_NONE;
    struct id id;
    enum err err = own_row(v, s, &id, why);
    if (err != ERR_NONE) return err;
    sqlite3_stmt *q;
    if (str_is(s->header->kind, "selection"))
        q = view_sql(v, "UPDATE crossing SET selection_pos=?2 WHERE id=?1", why);
    else if (str_is(s->header->kind, "override"))
        q = view_sql(v, "UPDATE crossing SET override_pos=?2 WHERE id=?1", why);
    else
        q = view_sql(v, "UPDATE crossing SET finding_pos=?2 WHERE id=?1", why);
    if (!q) return ERR_STORE;
    view_bind_id(q, 1, &id);
    sqlite3_bind_int64(q, 2, s->pos);
    return view_run(q, why);
}
