// SPDX-License-Identifier: Apache-2.0
#include "views/document.h"

#include "views/subject.h"

#define DOCUMENT_SEALS_MAX 64

const char document_schema[] =
    "CREATE TABLE document(id BLOB PRIMARY KEY, pos INTEGER NOT NULL, filed_in INTEGER NOT NULL, type TEXT, number "
    "TEXT, filer TEXT,"
    " gross_kg REAL, departure INTEGER NOT NULL, arrival INTEGER NOT NULL, seals TEXT) WITHOUT ROWID;";

const char *const document_moves[] = {
    "UPDATE OR IGNORE document SET id=?2 WHERE id=?1",
    "DELETE FROM document WHERE id=?1",
    NULL,
};

// Seal numbers, one a line.
static struct str seal_lines(struct arena *arena, const struct json *facts)
{
    struct buf lines = BUF((size_t)8 << 10);
    size_t n = 0;
    json_each(seal, json_get(facts, "seals"))
    {
        if (seal->type != JSON_STRING || memchr(seal->text.p, '\n', seal->text.n) || n++ >= DOCUMENT_SEALS_MAX)
            continue;
        if (lines.n) buf_putc(&lines, '\n');
        buf_str_add(&lines, seal->text);
    }
    struct str out = lines.n && !lines.failed ? arena_str(arena, buf_str(&lines)) : STR_NONE;
    buf_free(&lines);
    return out;
}

enum err document_apply(struct views *v, struct arena *arena, const struct applied *s, struct touched *touched,
                        struct why *why)
{
    const struct json *d = json_get(s->members, "document"), *facts = json_get(s->members, "facts");
    if (s->header->nre == 0 || !d) return ERR_NONE;
    struct id id;
    enum err err = subject_canonical(v, &s->header->re[0], &id, why);
    if (err != ERR_NONE) return err;
    sqlite3_stmt *q =
        view_sql(v,
                 "INSERT INTO document(id,pos,filed_in,type,number,filer,gross_kg,departure,arrival,seals)"
                 " VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10) ON CONFLICT DO UPDATE SET pos=?2,type=?4,number=?5,"
                 "filer=coalesce(?6,filer),gross_kg=coalesce(?7,gross_kg),departure=max(departure,?8),"
                 "arrival=max(arrival,?9),seals=coalesce(?10,seals)",
                 why);
    if (!q) return ERR_STORE;
    double kg;
    view_bind_id(q, 1, &id);
    sqlite3_bind_int64(q, 2, s->pos);
    sqlite3_bind_int64(q, 3, s->header->in_us);
    view_bind_str(q, 4, json_text(d, "type"));
    view_bind_str(q, 5, json_text(d, "number"));
    view_bind_str(q, 6, json_text(d, "filer"));
    if (json_number(facts, "gross_kg", &kg))
        sqlite3_bind_double(q, 7, kg);
    else
        sqlite3_bind_null(q, 7);
    sqlite3_bind_int64(q, 8, view_time_ms(facts, "departure"));
    sqlite3_bind_int64(q, 9, view_time_ms(facts, "arrival"));
    view_bind_str(q, 10, seal_lines(arena, facts));
    err = view_run(q, why);
    return err == ERR_NONE ? subject_crossings(v, arena, &id, touched, why) : err;
}

static enum err split_seals(struct arena *arena, struct str lines, struct document *out, struct why *why)
{
    if (!lines.p) return ERR_NONE;
    out->seals = arena_array(arena, struct str, DOCUMENT_SEALS_MAX);
    if (!out->seals) return why_set(why, ERR_NO_MEMORY, "", "no memory for a document's seals");
    while (lines.p && out->nseals < DOCUMENT_SEALS_MAX) {
        struct str rest;
        out->seals[out->nseals++] = str_cut(lines, '\n', &rest);
        lines = rest;
    }
    return ERR_NONE;
}

enum err document_get(struct views *v, struct arena *arena, const struct id *id, struct document *out, bool *found,
                      struct why *why)
{
    enum err err = ERR_NONE;
    *found = false;
    sqlite3_stmt *q = view_sql(
        v, "SELECT pos,filed_in,type,number,filer,gross_kg,departure,arrival,seals FROM document WHERE id=?1", why);
    if (!q) return ERR_STORE;
    view_bind_id(q, 1, id);
    struct str seals = STR_NONE;
    while (view_row(q, &err, why)) {
        *found = true;
        *out =
            (struct document){.id = *id,
                              .pos = sqlite3_column_int64(q, 0),
                              .filed_in = sqlite3_column_int64(q, 1),
                              .type = view_str(arena, q, 2),
                              .number = view_str(arena, q, 3),
                              .filer = view_str(arena, q, 4),
                              .gross_kg = sqlite3_column_type(q, 5) == SQLITE_NULL ? -1 : sqlite3_column_double(q, 5),
                              .departure_ms = sqlite3_column_int64(q, 6),
                              .arrival_ms = sqlite3_column_int64(q, 7)};
        seals = view_str(arena, q, 8);
    }
    return err == ERR_NONE && *found ? split_seals(arena, seals, out, why) : err;
}

static bool has_one_of(const struct linked *some, size_t n, const struct linked *others, size_t nothers)
{
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < nothers; k++)
            if (id_eq(&some[i].id, &others[k].id)) return true;
    return false;
}

enum err document_bears_on(struct views *v, struct arena *arena, const struct id *document, const struct id *crossing,
                           bool *bears, struct why *why)
{
    static const enum noun vehicles[] = {NOUN_TRAILER, NOUN_CONVEYANCE};
    struct linked *named, *here;
    size_t nnamed, nhere;
    enum err err = subject_links(v, arena, document, NOUN_CROSSING, &named, &nnamed, why);
    *bears = nnamed == 0;
    for (size_t i = 0; i < nnamed; i++) *bears |= id_eq(&named[i].id, crossing);
    if (err != ERR_NONE || nnamed) return err;
    for (size_t i = 0; i < 2; i++) {
        err = subject_links(v, arena, document, vehicles[i], &named, &nnamed, why);
        if (err == ERR_NONE) err = subject_links(v, arena, crossing, vehicles[i], &here, &nhere, why);
        if (err != ERR_NONE || !nnamed) continue;
        *bears = has_one_of(named, nnamed, here, nhere);
        if (*bears) break;
    }
    return err;
}
