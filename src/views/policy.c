// SPDX-License-Identifier: Apache-2.0
#include "views/policy.h"

#include "base/text.h"
#include "trust/hash.h"

const char policy_schema[] = "CREATE TABLE policy(hash TEXT PRIMARY KEY, pos INTEGER NOT NULL) WITHOUT ROWID;";

// `rules` of rules.activated and rules.proposed, `plan` of lanes.plan: {"hash","text"}.
static const struct json *policy_of(const struct json *members)
{
    const struct json *rules = json_get(members, "rules");
    return rules ? rules : json_get(members, "plan");
}

enum err policy_apply(struct views *v, struct arena *arena, const struct applied *s, struct touched *touched,
                      struct why *why)
{
    (void)touched;
    const struct json *text = json_get(policy_of(s->members), "text");
    uint8_t hash[SHA256_BYTES];
    if (!text || text->type != JSON_STRING) return ERR_NONE;
    sha256(text->text, hash); // what a statement says of its own hash proves nothing
    sqlite3_stmt *q =
        view_sql(v, "INSERT INTO policy(hash,pos) VALUES(?1,?2) ON CONFLICT DO UPDATE SET pos=max(pos,?2)", why);
    if (!q) return ERR_STORE;
    view_bind_str(q, 1, hex_text(arena, (struct str){(const char *)hash, sizeof hash}));
    sqlite3_bind_int64(q, 2, s->pos);
    return view_run(q, why);
}

enum err policy_find(struct views *v, struct str hash, int64_t *pos, bool *found, struct why *why)
{
    enum err err = ERR_NONE;
    *found = false;
    sqlite3_stmt *q = view_sql(v, "SELECT pos FROM policy WHERE hash=?1", why);
    if (!q) return ERR_STORE;
    view_bind_str(q, 1, hash);
    while (view_row(q, &err, why)) {
        *pos = sqlite3_column_int64(q, 0);
        *found = true;
    }
    return err;
}

enum err policy_text(struct views *v, struct arena *arena, struct str hash, struct str *text, bool *found,
                     struct why *why)
{
    int64_t pos;
    struct stored stored;
    struct body body;
    struct json *members;
    enum err err = policy_find(v, hash, &pos, found, why);
    if (err != ERR_NONE || !*found) return err;
    err = engine_get(views_engine(v), arena, pos, &stored, why);
    if (err == ERR_NONE) err = body_decode(arena, stored.body, &body, why);
    if (err == ERR_NONE) err = body_object(arena, &body, &members, why);
    if (err == ERR_NONE) *text = json_text(policy_of(members), "text");
    return err;
}
