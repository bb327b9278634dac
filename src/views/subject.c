// SPDX-License-Identifier: Apache-2.0
#include "views/subject.h"

#include "views/crossing.h"

#include <stdlib.h>

#define LINKS_MAX 4096 // of one noun: the newest

// `mention` is a chain: each row names the row before it of the same subject, and the subject names its newest. Both
// tables grow at their ends, so that a statement costs one random page (its subject's row), not one an index.
// `origin` is whose log named the subject first.
// `aboard` holds only what is on crossings that are not over, for finding them from a fact about anything on them.
const char subject_schema[] =
    "CREATE TABLE subject(id BLOB PRIMARY KEY, noun INTEGER NOT NULL, head INTEGER NOT NULL,"
    " origin INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE mention(m INTEGER PRIMARY KEY, pos INTEGER NOT NULL, prev INTEGER NOT NULL);"
    "CREATE TABLE alias(id BLOB PRIMARY KEY, canonical BLOB NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE identifier(scheme TEXT NOT NULL, value TEXT NOT NULL, noun INTEGER NOT NULL, subject BLOB NOT NULL,"
    " PRIMARY KEY(scheme, value, noun)) WITHOUT ROWID;"
    "CREATE INDEX identifier_subject ON identifier(subject);"
    "CREATE TABLE link(a BLOB NOT NULL, noun INTEGER NOT NULL, b BLOB NOT NULL, pos INTEGER NOT NULL,"
    " PRIMARY KEY(a, noun, b)) WITHOUT ROWID;"
    "CREATE TABLE aboard(subject BLOB NOT NULL, crossing BLOB NOT NULL, PRIMARY KEY(subject, crossing)) WITHOUT ROWID;"
    "CREATE INDEX aboard_crossing ON aboard(crossing);";

enum err subject_canonical(struct views *v, const struct id *id, struct id *out, struct why *why)
{
    enum err err = ERR_NONE;
    *out = *id;
    sqlite3_stmt *q = view_sql(v, "SELECT canonical FROM alias WHERE id=?1", why);
    if (!q) return ERR_STORE;
    view_bind_id(q, 1, id);
    while (view_row(q, &err, why)) *out = view_id(q, 0);
    return err;
}

enum err subject_find(struct views *v, enum noun noun, struct str scheme, struct str value, struct id *out, bool *found,
                      struct why *why)
{
    enum err err = ERR_NONE;
    *found = false;
    sqlite3_stmt *q = view_sql(v, "SELECT subject FROM identifier WHERE scheme=?1 AND value=?2 AND noun=?3", why);
    if (!q) return ERR_STORE;
    view_bind_str(q, 1, scheme);
    view_bind_str(q, 2, value);
    sqlite3_bind_int(q, 3, (int)noun);
    while (view_row(q, &err, why)) {
        *out = view_id(q, 0);
        *found = true;
    }
    return err;
}

// The row of a subject; *found false when it has none.
static enum err subject_row(struct views *v, const struct id *id, enum noun *noun, int64_t *head, bool *found,
                            struct why *why)
{
    enum err err = ERR_NONE;
    *found = false;
    sqlite3_stmt *q = view_sql(v, "SELECT noun,head FROM subject WHERE id=?1", why);
    if (!q) return ERR_STORE;
    view_bind_id(q, 1, id);
    while (view_row(q, &err, why)) {
        *noun = (enum noun)sqlite3_column_int(q, 0);
        *head = sqlite3_column_int64(q, 1);
        *found = true;
    }
    return err;
}

enum err subject_noun(struct views *v, const struct id *id, enum noun *out, struct why *why)
{
    struct id canonical;
    int64_t head;
    bool found;
    enum err err = subject_canonical(v, id, &canonical, why);
    *out = NOUN_NONE;
    return err == ERR_NONE ? subject_row(v, &canonical, out, &head, &found, why) : err;
}

enum err subject_identifiers(struct views *v, struct arena *arena, const struct id *id, struct json **out,
                             struct why *why)
{
    enum err err = ERR_NONE;
    *out = json_new_array(arena);
    sqlite3_stmt *q = view_sql(v, "SELECT scheme,value FROM identifier WHERE subject=?1 ORDER BY scheme,value", why);
    if (!q) return ERR_STORE;
    view_bind_id(q, 1, id);
    while (view_row(q, &err, why)) {
        struct json *item = json_new_object(arena);
        json_put_text(arena, item, "scheme", view_str(arena, q, 0));
        json_put_text(arena, item, "value", view_str(arena, q, 1));
        json_add(*out, item);
    }
    return err;
}

// Newest first along one chain.
static enum err chain(struct views *v, int64_t head, int64_t *positions, size_t max, size_t *count, struct why *why)
{
    enum err err = ERR_NONE;
    sqlite3_stmt *q = view_sql(v, "SELECT pos,prev FROM mention WHERE m=?1", why);
    if (!q) return ERR_STORE;
    while (head && *count < max && err == ERR_NONE) {
        sqlite3_bind_int64(q, 1, head);
        head = 0;
        while (view_row(q, &err, why)) {
            positions[(*count)++] = sqlite3_column_int64(q, 0);
            head = sqlite3_column_int64(q, 1);
        }
    }
    return err;
}

static int newest_first(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? 1 : x > y ? -1 : 0;
}

enum err subject_mentions(struct views *v, struct arena *arena, const struct id *id, size_t max, int64_t **positions,
                          size_t *count, struct why *why)
{
    struct id canonical;
    enum noun noun;
    int64_t head = 0;
    bool found;
    *count = 0;
    *positions = arena_array(arena, int64_t, max);
    if (!*positions) return why_set(why, ERR_NO_MEMORY, "", "too many statements for this request; ask for fewer");
    enum err err = subject_canonical(v, id, &canonical, why);
    if (err == ERR_NONE) err = subject_row(v, &canonical, &noun, &head, &found, why);
    if (err == ERR_NONE) err = chain(v, head, *positions, max, count, why);
    // What was said of an alias before it was known to be one stands in a chain of its own.
    sqlite3_stmt *q = view_sql(v, "SELECT s.head FROM alias a JOIN subject s ON s.id=a.id WHERE a.canonical=?1", why);
    if (!q) return ERR_STORE;
    view_bind_id(q, 1, &canonical);
    int64_t heads[16];
    size_t n = 0;
    while (err == ERR_NONE && view_row(q, &err, why))
        if (n < 16) heads[n++] = sqlite3_column_int64(q, 0);
    for (size_t i = 0; i < n && err == ERR_NONE; i++) err = chain(v, heads[i], *positions, max, count, why);
    if (n) qsort(*positions, *count, sizeof **positions, newest_first);
    return err;
}

static int newest_link_first(const void *a, const void *b)
{
    const struct linked *x = a, *y = b;
    if (x->pos != y->pos) return x->pos < y->pos ? 1 : -1;
    return memcmp(x->id.b, y->id.b, sizeof x->id.b);
}

static void sort_links(struct linked *links, size_t count)
{
    if (count > 1) qsort(links, count, sizeof *links, newest_link_first);
}

// Sorted here: most subjects have one link of a noun or none, and an ORDER BY would build a table for each of them.
enum err subject_links(struct views *v, struct arena *arena, const struct id *id, enum noun noun, struct linked **out,
                       size_t *count, struct why *why)
{
    enum err err = ERR_NONE;
    size_t room = 0;
    *out = NULL;
    *count = 0;
    sqlite3_stmt *q = view_sql(v, "SELECT b,pos FROM link WHERE a=?1 AND noun=?2", why);
    if (!q) return ERR_STORE;
    view_bind_id(q, 1, id);
    sqlite3_bind_int(q, 2, (int)noun);
    while (view_row(q, &err, why)) {
        if (*count == 2 * LINKS_MAX) {
            sort_links(*out, *count);
            *count = LINKS_MAX;
        } else if (*count == room) {
            room = room ? room * 2 : 8;
            struct linked *grown = arena_array(arena, struct linked, room);
            if (!grown) {
                sqlite3_reset(q);
                return why_set(why, ERR_NO_MEMORY, "", "too many links for this request");
            }
            if (*count) memcpy(grown, *out, *count * sizeof *grown);
            *out = grown;
        }
        (*out)[(*count)++] = (struct linked){view_id(q, 0), sqlite3_column_int64(q, 1)};
    }
    sort_links(*out, *count);
    if (*count > LINKS_MAX) *count = LINKS_MAX;
    return err;
}

enum err subject_mention(struct views *v, const struct id *id, const struct applied *s, struct why *why)
{
    struct id canonical;
    enum noun noun = NOUN_NONE;
    int64_t head = 0;
    bool found = false;
    enum err err = subject_canonical(v, id, &canonical, why);
    if (err == ERR_NONE) err = subject_row(v, &canonical, &noun, &head, &found, why);
    if (err != ERR_NONE) return err;
    sqlite3_stmt *q = view_sql(v, "INSERT INTO mention(pos,prev) VALUES(?1,?2)", why);
    if (!q) return ERR_STORE;
    sqlite3_bind_int64(q, 1, s->pos);
    sqlite3_bind_int64(q, 2, head);
    err = view_run(q, why);
    if (err != ERR_NONE) return err;
    int64_t m = sqlite3_last_insert_rowid(sqlite3_db_handle(q));
    q = found ? view_sql(v, "UPDATE subject SET head=?2 WHERE id=?1", why)
              : view_sql(v, "INSERT INTO subject(id,noun,head,origin) VALUES(?1,0,?2,?3)", why);
    if (!q) return ERR_STORE;
    view_bind_id(q, 1, &canonical);
    sqlite3_bind_int64(q, 2, m);
    if (!found) sqlite3_bind_int64(q, 3, s->origin);
    return view_run(q, why);
}

// Only who named a subject first may change what it is.
static enum err set_noun(struct views *v, const struct id *id, enum noun noun, uint32_t origin, struct why *why)
{
    sqlite3_stmt *q = view_sql(v,
                               "INSERT INTO subject(id,noun,head,origin) VALUES(?1,?2,0,?3)"
                               " ON CONFLICT(id) DO UPDATE SET noun=?2 WHERE noun=0 OR origin=?3",
                               why);
    if (!q) return ERR_STORE;
    view_bind_id(q, 1, id);
    sqlite3_bind_int(q, 2, (int)noun);
    sqlite3_bind_int64(q, 3, origin);
    return view_run(q, why);
}

static enum err has_link(struct views *v, const struct id *id, bool *has, struct why *why)
{
    enum err err = ERR_NONE;
    *has = false;
    sqlite3_stmt *q = view_sql(v, "SELECT 1 FROM link WHERE a=?1 LIMIT 1", why);
    if (!q) return ERR_STORE;
    view_bind_id(q, 1, id);
    while (view_row(q, &err, why)) *has = true;
    return err;
}

// A partner's statement may come before the one that says what its subjects are: a link feeds each subject of a
// crossing when the crossing turns out to be shared. What was linked to a subject of unknown kind finds it from now on.
static enum err noun_learnt(struct views *v, struct arena *arena, const struct id *id, enum noun noun,
                            struct touched *touched, struct why *why)
{
    static const char *const steps[] = {
        "INSERT INTO link(a,noun,b,pos) SELECT a,?2,b,pos FROM link WHERE noun=0 AND b=?1 AND a IN"
        " (SELECT b FROM link WHERE a=?1) ON CONFLICT DO UPDATE SET pos=max(pos,excluded.pos)",
        "DELETE FROM link WHERE noun=0 AND b=?1 AND a IN (SELECT b FROM link WHERE a=?1) AND ?2>0",
        "INSERT INTO aboard SELECT b,?1 FROM link WHERE a=?1 AND ?2=1 AND NOT EXISTS"
        " (SELECT 1 FROM crossing WHERE id=?1 AND released_in>0) ON CONFLICT DO NOTHING",
    };
    _Static_assert(NOUN_CROSSING == 1, "the last step says so");
    bool has; // most have none yet, and need none of the steps
    enum err err = has_link(v, id, &has, why);
    if (err != ERR_NONE) return err;
    for (size_t i = 0; has && i < sizeof steps / sizeof *steps; i++) {
        sqlite3_stmt *q = view_sql(v, steps[i], why);
        if (!q) return ERR_STORE;
        view_bind_id(q, 1, id);
        sqlite3_bind_int(q, 2, (int)noun);
        err = view_run(q, why);
        if (err != ERR_NONE) return err;
    }
    return subject_crossings(v, arena, id, touched, why);
}

static enum err add_alias(struct views *v, const struct id *id, const struct id *canonical, struct why *why)
{
    sqlite3_stmt *q = view_sql(v, "INSERT INTO alias(id,canonical) VALUES(?1,?2) ON CONFLICT DO NOTHING", why);
    if (!q) return ERR_STORE;
    view_bind_id(q, 1, id);
    view_bind_id(q, 2, canonical);
    return view_run(q, why);
}

const char *const subject_moves[] = {
    "UPDATE alias SET canonical=?2 WHERE canonical=?1",
    "UPDATE identifier SET subject=?2 WHERE subject=?1",
    "INSERT INTO link(a,noun,b,pos) SELECT ?2,noun,b,pos FROM link WHERE a=?1"
    " ON CONFLICT DO UPDATE SET pos=max(pos,excluded.pos)",
    "INSERT INTO link(a,noun,b,pos) SELECT a,noun,?2,pos FROM link WHERE b=?1 AND a IN (SELECT b FROM link WHERE a=?1)"
    " ON CONFLICT DO UPDATE SET pos=max(pos,excluded.pos)",
    "DELETE FROM link WHERE b=?1 AND a IN (SELECT b FROM link WHERE a=?1)",
    "DELETE FROM link WHERE a=?1",
    "INSERT INTO aboard SELECT ?2,crossing FROM aboard WHERE subject=?1 ON CONFLICT DO NOTHING",
    "DELETE FROM aboard WHERE subject=?1",
    "INSERT INTO aboard SELECT subject,?2 FROM aboard WHERE crossing=?1 ON CONFLICT DO NOTHING",
    "DELETE FROM aboard WHERE crossing=?1",
    NULL,
};

static enum err add_identifier(struct views *v, struct str scheme, struct str value, enum noun noun,
                               const struct id *id, struct why *why)
{
    sqlite3_stmt *q = view_sql(
        v, "INSERT INTO identifier(scheme,value,noun,subject) VALUES(?1,?2,?3,?4) ON CONFLICT DO NOTHING", why);
    if (!q) return ERR_STORE;
    view_bind_str(q, 1, scheme);
    view_bind_str(q, 2, value);
    sqlite3_bind_int(q, 3, (int)noun);
    view_bind_id(q, 4, id);
    return view_run(q, why);
}

// Whether a statement may make its own subject another's alias: only a partner's, of a subject that it named first and
// that is nobody's alias. Ours never do (two known subjects are an identifier.conflict, for a person to look at), and
// nobody merges what others told apart.
static enum err may_merge(struct views *v, const struct applied *s, const struct id *id, bool *may, struct why *why)
{
    enum err err = ERR_NONE;
    *may = false;
    if (s->origin == ENGINE_OWN || !id_eq(id, &s->header->re[0])) return ERR_NONE;
    sqlite3_stmt *q = view_sql(v, "SELECT origin FROM subject WHERE id=?1", why);
    if (!q) return ERR_STORE;
    view_bind_id(q, 1, id);
    while (view_row(q, &err, why)) *may = (uint32_t)sqlite3_column_int64(q, 0) == s->origin;
    return err;
}

// One identifier of *id, which becomes the canonical id when another subject of that noun has the identifier already.
static enum err take_identifier(struct views *v, struct arena *arena, const struct applied *s, enum noun noun,
                                const struct json *item, struct id *id, struct touched *touched, struct why *why)
{
    struct str scheme = json_text(item, "scheme"), value = json_text(item, "value");
    struct id holder;
    bool found, may;
    if (!scheme.p || !value.p) return ERR_NONE;
    enum err err = subject_find(v, noun, scheme, value, &holder, &found, why);
    if (err == ERR_NONE && !found) return add_identifier(v, scheme, value, noun, id, why);
    if (err != ERR_NONE || id_eq(&holder, id)) return err;
    err = may_merge(v, s, id, &may, why);
    if (err != ERR_NONE || !may) return err;
    err = add_alias(v, id, &holder, why);
    if (err == ERR_NONE) err = views_merge(v, id, &holder, why);
    *id = holder;
    return err == ERR_NONE ? subject_crossings(v, arena, id, touched, why) : err;
}

// `subject`: the noun and identifiers of re[0].
enum err subject_apply(struct views *v, struct arena *arena, const struct applied *s, struct touched *touched,
                       struct why *why)
{
    enum noun noun;
    if (s->header->nre == 0 || !noun_parse(json_text(s->members, "noun"), &noun)) return ERR_NONE;
    struct id id;
    enum noun before = noun;
    enum err err = subject_canonical(v, &s->header->re[0], &id, why);
    if (err == ERR_NONE && s->origin != ENGINE_OWN) err = subject_noun(v, &id, &before, why);
    if (err == ERR_NONE) err = set_noun(v, &id, noun, s->origin, why);
    if (err == ERR_NONE && before == NOUN_NONE) err = noun_learnt(v, arena, &id, noun, touched, why);
    json_each(item, json_get(s->members, "ids"))
    {
        if (err == ERR_NONE) err = take_identifier(v, arena, s, noun, item, &id, touched, why);
    }
    return err;
}

static enum err add_link(struct views *v, const struct id *a, enum noun noun, const struct id *b, int64_t pos,
                         struct why *why)
{
    sqlite3_stmt *q =
        view_sql(v, "INSERT INTO link(a,noun,b,pos) VALUES(?1,?2,?3,?4) ON CONFLICT DO UPDATE SET pos=?4", why);
    if (!q) return ERR_STORE;
    view_bind_id(q, 1, a);
    sqlite3_bind_int(q, 2, (int)noun);
    view_bind_id(q, 3, b);
    sqlite3_bind_int64(q, 4, pos);
    return view_run(q, why);
}

static enum err go_aboard(struct views *v, const struct id *subject, const struct id *crossing, struct why *why)
{
    sqlite3_stmt *q = view_sql(v, "INSERT INTO aboard(subject,crossing) VALUES(?1,?2) ON CONFLICT DO NOTHING", why);
    if (!q) return ERR_STORE;
    view_bind_id(q, 1, subject);
    view_bind_id(q, 2, crossing);
    return view_run(q, why);
}

enum err subject_ashore(struct views *v, const struct id *crossing, struct why *why)
{
    sqlite3_stmt *q = view_sql(v, "DELETE FROM aboard WHERE crossing=?1", why);
    if (!q) return ERR_STORE;
    view_bind_id(q, 1, crossing);
    return view_run(q, why);
}

// re[0] is linked to each of the others, both ways.
enum err subject_link(struct views *v, struct arena *arena, const struct applied *s, struct why *why)
{
    (void)arena;
    struct id a, b;
    enum noun noun_a, noun_b;
    if (str_starts(s->header->kind, "channel.") || str_is(s->header->kind, "identifier.conflict")) return ERR_NONE;
    enum err err = subject_canonical(v, &s->header->re[0], &a, why);
    if (err == ERR_NONE) err = subject_noun(v, &a, &noun_a, why);
    bool over = false;
    if (err == ERR_NONE && noun_a == NOUN_CROSSING) err = crossing_over(v, &a, &over, why);
    for (size_t i = 1; i < s->header->nre && err == ERR_NONE; i++) {
        err = subject_canonical(v, &s->header->re[i], &b, why);
        if (err == ERR_NONE) err = subject_noun(v, &b, &noun_b, why);
        if (err == ERR_NONE) err = add_link(v, &a, noun_b, &b, s->pos, why);
        if (err == ERR_NONE) err = add_link(v, &b, noun_a, &a, s->pos, why);
        if (err == ERR_NONE && noun_a == NOUN_CROSSING && !over) err = go_aboard(v, &b, &a, why);
        if (err == ERR_NONE && noun_b == NOUN_CROSSING) {
            bool over_b = false;
            err = crossing_over(v, &b, &over_b, why);
            if (err == ERR_NONE && !over_b) err = go_aboard(v, &a, &b, why);
        }
    }
    return err;
}

static enum err add_aboard(struct views *v, const struct id *subject, struct touched *out, struct why *why)
{
    enum err err = ERR_NONE;
    sqlite3_stmt *q = view_sql(v, "SELECT crossing FROM aboard WHERE subject=?1 ORDER BY crossing", why);
    if (!q) return ERR_STORE;
    view_bind_id(q, 1, subject);
    while (view_row(q, &err, why)) {
        struct id crossing = view_id(q, 0);
        if (touched_add(out, &crossing)) continue;
        touched_overflow(out, subject);
        sqlite3_reset(q);
        break;
    }
    return err;
}

// By which nouns a fact about a subject reaches crossings: at most two steps, then aboard.
static const struct {
    enum noun from, to;
} routes[] = {
    {NOUN_SEAL, NOUN_TRAILER},          {NOUN_SEAL, NOUN_CONVEYANCE},     {NOUN_DOCUMENT, NOUN_CONSIGNMENT},
    {NOUN_DOCUMENT, NOUN_TRAILER},      {NOUN_DOCUMENT, NOUN_CONVEYANCE}, {NOUN_IMPORTER, NOUN_DOCUMENT},
    {NOUN_MANUFACTURER, NOUN_DOCUMENT}, {NOUN_FILER, NOUN_DOCUMENT},      {NOUN_DOCUMENT, NOUN_DOCUMENT},
};

static enum err reach(struct views *v, struct arena *arena, const struct id *id, enum noun noun, int depth,
                      struct touched *out, struct why *why)
{
    enum err err = add_aboard(v, id, out, why);
    for (size_t i = 0; depth > 0 && i < sizeof routes / sizeof *routes && err == ERR_NONE; i++) {
        if (routes[i].from != noun) continue;
        struct linked *links;
        size_t n;
        err = subject_links(v, arena, id, routes[i].to, &links, &n, why);
        for (size_t k = 0; k < n && err == ERR_NONE && !out->noverflow; k++)
            err = reach(v, arena, &links[k].id, routes[i].to, depth - 1, out, why);
    }
    return err;
}

enum err subject_crossings(struct views *v, struct arena *arena, const struct id *id, struct touched *out,
                           struct why *why)
{
    if (!out) return ERR_NONE;
    struct id canonical;
    enum noun noun;
    enum err err = subject_canonical(v, id, &canonical, why);
    if (err == ERR_NONE) err = subject_noun(v, &canonical, &noun, why);
    if (err != ERR_NONE) return err;
    if (noun == NOUN_CROSSING) {
        touched_add(out, &canonical);
        return ERR_NONE;
    }
    return reach(v, arena, &canonical, noun, 2, out, why);
}
