// SPDX-License-Identifier: Apache-2.0
#include "views/channel.h"

#include "base/clock.h"
#include "trust/hash.h"

#define STANDINGS_MAX 256
#define MATCHES_MAX 65536

const char *const channel_parts[CHANNEL_PARTS] = {"door",   "party", "certificate", "filer",          "address",
                                                  "device", "relay", "vendor",      "vendor_country", "software"};

const char channel_schema[] =
    "CREATE TABLE channel(id BLOB PRIMARY KEY, origin INTEGER NOT NULL, pos INTEGER NOT NULL, path BLOB, door TEXT, "
    "party TEXT,"
    " certificate TEXT, filer TEXT, address TEXT, device TEXT, relay TEXT, vendor TEXT, vendor_country TEXT, software "
    "TEXT)"
    " WITHOUT ROWID;"
    "CREATE UNIQUE INDEX channel_path ON channel(path) WHERE path IS NOT NULL;"
    "CREATE TABLE channel_name(what TEXT NOT NULL, value TEXT NOT NULL, channel BLOB NOT NULL,"
    " PRIMARY KEY(what, value, channel)) WITHOUT ROWID;"
    "CREATE TABLE standing(channel BLOB NOT NULL, threat BLOB NOT NULL, state TEXT NOT NULL, floor INTEGER NOT NULL,"
    " from_us INTEGER NOT NULL, to_us INTEGER NOT NULL, pos INTEGER NOT NULL, PRIMARY KEY(channel, threat)) WITHOUT "
    "ROWID;"
    "CREATE INDEX standing_threat ON standing(threat);";

enum err channel_find(struct views *v, const uint8_t path_hash[32], struct id *out, bool *found, struct why *why)
{
    enum err err = ERR_NONE;
    *found = false;
    sqlite3_stmt *q = view_sql(v, "SELECT id FROM channel WHERE path=?1", why);
    if (!q) return ERR_STORE;
    sqlite3_bind_blob(q, 1, path_hash, 32, SQLITE_STATIC);
    while (view_row(q, &err, why)) {
        *out = view_id(q, 0);
        *found = true;
    }
    return err;
}

static void read_channel(struct arena *arena, sqlite3_stmt *q, struct channel *out)
{
    *out = (struct channel){
        .id = view_id(q, 0), .origin = (uint32_t)sqlite3_column_int64(q, 1), .pos = sqlite3_column_int64(q, 2)};
    for (int i = 0; i < CHANNEL_PARTS; i++) out->part[i] = view_str(arena, q, 3 + i);
}

#define CHANNEL_COLUMNS "id,origin,pos,door,party,certificate,filer,address,device,relay,vendor,vendor_country,software"

enum err channel_get(struct views *v, struct arena *arena, const struct id *id, struct channel *out, bool *found,
                     struct why *why)
{
    enum err err = ERR_NONE;
    *found = false;
    sqlite3_stmt *q = view_sql(v, "SELECT " CHANNEL_COLUMNS " FROM channel WHERE id=?1", why);
    if (!q) return ERR_STORE;
    view_bind_id(q, 1, id);
    while (view_row(q, &err, why)) {
        read_channel(arena, q, out);
        *found = true;
    }
    return err;
}

enum err channel_list(struct views *v, struct arena *arena, size_t limit, struct channel **out, size_t *count,
                      struct why *why)
{
    enum err err = ERR_NONE;
    *count = 0;
    *out = arena_array(arena, struct channel, limit ? limit : 1);
    if (!*out) return why_set(why, ERR_NO_MEMORY, "limit", "ask for fewer channels at a time");
    sqlite3_stmt *q = view_sql(v, "SELECT " CHANNEL_COLUMNS " FROM channel ORDER BY pos DESC LIMIT ?1", why);
    if (!q) return ERR_STORE;
    sqlite3_bind_int64(q, 1, (int64_t)limit);
    while (view_row(q, &err, why)) read_channel(arena, q, &(*out)[(*count)++]);
    return err;
}

static enum err add_name(struct views *v, const char *what, struct str value, const struct id *channel, struct why *why)
{
    sqlite3_stmt *q =
        view_sql(v, "INSERT INTO channel_name(what,value,channel) VALUES(?1,?2,?3) ON CONFLICT DO NOTHING", why);
    if (!q) return ERR_STORE;
    view_bind_str(q, 1, str_of(what));
    view_bind_str(q, 2, value);
    view_bind_id(q, 3, channel);
    return view_run(q, why);
}

size_t channel_names(const struct json *members, struct channel_name out[CHANNEL_NAMES_MAX])
{
    size_t n = 0;
    for (int i = 0; i < CHANNEL_PARTS; i++) {
        const char *part = channel_parts[i];
        struct str value = json_text(members, part), rest;
        if (!value.p) continue;
        out[n++] = (struct channel_name){part, value};
        if (str_is(str_of(part), "relay")) out[n++] = (struct channel_name){"domain", value};
        if (str_is(str_of(part), "software")) {
            struct str name = str_cut(value, '/', &rest);
            if (rest.p) out[n++] = (struct channel_name){part, name};
        }
        if (str_is(str_of(part), "device")) {
            str_cut(value, ':', &rest);
            if (rest.p) out[n++] = (struct channel_name){part, rest};
        }
    }
    return n;
}

static enum err add_names(struct views *v, const struct id *id, const struct json *members, struct why *why)
{
    enum err err = ERR_NONE;
    struct channel_name names[CHANNEL_NAMES_MAX];
    size_t n = channel_names(members, names);
    for (size_t i = 0; i < n && err == ERR_NONE; i++) err = add_name(v, names[i].what, names[i].value, id, why);
    return err;
}

enum err channel_apply(struct views *v, struct arena *arena, const struct applied *s, struct touched *touched,
                       struct why *why)
{
    (void)touched;
    if (s->header->nre == 0) return ERR_NONE;
    uint8_t hash[32];
    if (s->origin == ENGINE_OWN) {
        struct channel_path path = {
            .door = json_text(s->members, "door"),
            .party = json_text(s->members, "party"),
            .certificate = json_text(s->members, "certificate"),
            .filer = json_text(s->members, "filer"),
            .address = json_text(s->members, "address"),
            .device = json_text(s->members, "device"),
            .relay = json_text(s->members, "relay"),
            .vendor = json_text(s->members, "vendor"),
            .vendor_country = json_text(s->members, "vendor_country"),
            .software = json_text(s->members, "software"),
        };
        struct buf text = BUF((size_t)64 << 10);
        channel_path_text(&path, &text);
        sha256(buf_str(&text), hash);
        buf_free(&text);
    }
    (void)arena;
    sqlite3_stmt *q =
        view_sql(v,
                 "INSERT INTO channel(id,origin,pos,path,door,party,certificate,filer,address,device,relay,vendor,"
                 "vendor_country,software) VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14)"
                 " ON CONFLICT DO NOTHING",
                 why);
    if (!q) return ERR_STORE;
    view_bind_id(q, 1, &s->header->re[0]);
    sqlite3_bind_int64(q, 2, s->origin);
    sqlite3_bind_int64(q, 3, s->pos);
    if (s->origin == ENGINE_OWN)
        sqlite3_bind_blob(q, 4, hash, sizeof hash, SQLITE_TRANSIENT);
    else
        sqlite3_bind_null(q, 4);
    for (int i = 0; i < CHANNEL_PARTS; i++) view_bind_str(q, 5 + i, json_text(s->members, channel_parts[i]));
    enum err err = view_run(q, why);
    return err == ERR_NONE ? add_names(v, &s->header->re[0], s->members, why) : err;
}

enum err channel_match(struct views *v, struct arena *arena, struct str what, struct str value, struct id **out,
                       size_t *count, struct why *why)
{
    enum err err = ERR_NONE;
    size_t room = 0;
    *out = NULL;
    *count = 0;
    sqlite3_stmt *q =
        view_sql(v, "SELECT channel FROM channel_name WHERE what=?1 AND value=?2 ORDER BY channel LIMIT 65536", why);
    if (!q) return ERR_STORE;
    view_bind_str(q, 1, what);
    view_bind_str(q, 2, value);
    while (view_row(q, &err, why)) {
        if (*count == room) {
            room = room ? room * 2 : 16;
            struct id *grown = arena_array(arena, struct id, room);
            if (!grown) {
                sqlite3_reset(q);
                return why_set(why, ERR_NO_MEMORY, "", "a name matches more channels than fit in memory");
            }
            if (*count) memcpy(grown, *out, *count * sizeof *grown);
            *out = grown;
        }
        (*out)[(*count)++] = view_id(q, 0);
    }
    return err;
}

static int64_t time_us(const struct json *object, const char *name, int64_t fallback)
{
    int64_t us;
    struct str text = json_text(object, name);
    return text.p && time_parse_us(text, &us) ? us : fallback;
}

enum err channel_standing_apply(struct views *v, struct arena *arena, const struct applied *s, struct touched *touched,
                                struct why *why)
{
    (void)arena;
    (void)touched;
    const struct json *st = json_get(s->members, "standing");
    enum lane floor = LANE_DOCUMENT;
    struct str state = json_text(st, "state");
    if (s->origin != ENGINE_OWN || s->header->nre < 2 || !state.p) return ERR_NONE;
    if (!lane_parse(json_text(st, "floor"), &floor) && !str_is(state, "cleared")) return ERR_NONE;
    sqlite3_stmt *q =
        view_sql(v,
                 "INSERT INTO standing(channel,threat,state,floor,from_us,to_us,pos) VALUES(?1,?2,?3,?4,?5,?6,?7)"
                 " ON CONFLICT DO UPDATE SET state=?3,floor=?4,from_us=?5,to_us=?6,pos=?7",
                 why);
    if (!q) return ERR_STORE;
    view_bind_id(q, 1, &s->header->re[0]);
    view_bind_id(q, 2, &s->header->re[1]);
    view_bind_str(q, 3, state);
    sqlite3_bind_int(q, 4, (int)floor);
    sqlite3_bind_int64(q, 5, time_us(st, "from", 0));
    sqlite3_bind_int64(q, 6, time_us(st, "to", INT64_MAX));
    sqlite3_bind_int64(q, 7, s->pos);
    return view_run(q, why);
}

static enum err read_standings(struct arena *arena, sqlite3_stmt *q, struct standing **out, size_t *count,
                               struct why *why)
{
    enum err err = ERR_NONE;
    *count = 0;
    size_t room = STANDINGS_MAX;
    *out = arena_array(arena, struct standing, room);
    if (!*out) {
        sqlite3_reset(q);
        return why_set(why, ERR_NO_MEMORY, "", "no memory for standings");
    }
    while (view_row(q, &err, why)) {
        if (*count == room) {
            struct standing *grown = arena_array(arena, struct standing, room * 2);
            if (!grown) {
                sqlite3_reset(q);
                return why_set(why, ERR_NO_MEMORY, "", "no memory for standings");
            }
            memcpy(grown, *out, room * sizeof *grown);
            *out = grown;
            room *= 2;
        }
        (*out)[(*count)++] = (struct standing){view_id(q, 0),
                                               view_id(q, 1),
                                               view_str(arena, q, 2),
                                               (enum lane)sqlite3_column_int(q, 3),
                                               sqlite3_column_int64(q, 4),
                                               sqlite3_column_int64(q, 5),
                                               sqlite3_column_int64(q, 6)};
    }
    return err;
}

enum err channel_standing(struct views *v, struct arena *arena, const struct id *channel, struct standing **out,
                          size_t *count, struct why *why)
{
    sqlite3_stmt *q = view_sql(
        v, "SELECT channel,threat,state,floor,from_us,to_us,pos FROM standing WHERE channel=?1 ORDER BY threat", why);
    if (!q) return ERR_STORE;
    view_bind_id(q, 1, channel);
    return read_standings(arena, q, out, count, why);
}

enum err channel_standing_of(struct views *v, struct arena *arena, const struct id *threat, struct standing **out,
                             size_t *count, struct why *why)
{
    sqlite3_stmt *q = view_sql(
        v, "SELECT channel,threat,state,floor,from_us,to_us,pos FROM standing WHERE threat=?1 ORDER BY channel", why);
    if (!q) return ERR_STORE;
    view_bind_id(q, 1, threat);
    return read_standings(arena, q, out, count, why);
}

enum err channel_suspect(struct views *v, const struct id *channel, int64_t in_us, bool *suspect, enum lane *floor,
                         int64_t *pos, struct why *why)
{
    enum err err = ERR_NONE;
    *suspect = false;
    *floor = LANE_GREEN;
    *pos = 0;
    sqlite3_stmt *q =
        view_sql(v,
                 "SELECT max(floor),pos FROM standing WHERE channel=?1 AND state='confirmed' AND from_us<=?2 AND"
                 " to_us>?2",
                 why);
    if (!q) return ERR_STORE;
    view_bind_id(q, 1, channel);
    sqlite3_bind_int64(q, 2, in_us);
    while (view_row(q, &err, why)) { // one row, of NULLs when there is no standing
        if (sqlite3_column_type(q, 0) == SQLITE_NULL) continue;
        *suspect = true;
        *floor = (enum lane)sqlite3_column_int(q, 0);
        *pos = sqlite3_column_int64(q, 1);
    }
    return err;
}
