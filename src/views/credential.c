// SPDX-License-Identifier: Apache-2.0
#include "views/credential.h"

#include "base/clock.h"
#include "views/subject.h"

#define CREDENTIALS_MAX 64

const char credential_schema[] =
    "CREATE TABLE credential(holder BLOB NOT NULL, programme TEXT NOT NULL, role TEXT NOT NULL, issuer TEXT NOT NULL,"
    " number TEXT, status TEXT NOT NULL, valid_from INTEGER NOT NULL, valid_to INTEGER NOT NULL, pos INTEGER NOT NULL,"
    " PRIMARY KEY(holder, programme, role, issuer)) WITHOUT ROWID;";

const char *const credential_moves[] = {
    "UPDATE OR IGNORE credential SET holder=?2 WHERE holder=?1",
    "DELETE FROM credential WHERE holder=?1",
    NULL,
};

enum err credential_apply(struct views *v, struct arena *arena, const struct applied *s, struct touched *touched,
                          struct why *why)
{
    const struct json *c = json_get(s->members, "credential");
    struct str programme = json_text(c, "programme"), role = json_text(c, "role"), issuer = json_text(c, "issuer");
    struct str status = json_text(c, "status"), from = json_text(c, "from"), to = json_text(c, "to");
    int64_t from_ms, to_ms;
    if (s->header->nre == 0 || !programme.p || !role.p || !issuer.p || !status.p) return ERR_NONE;
    if (!time_parse_ms(from, &from_ms) || !time_parse_ms(to, &to_ms)) return ERR_NONE;
    struct id id;
    enum err err = subject_canonical(v, &s->header->re[0], &id, why);
    if (err != ERR_NONE) return err;
    sqlite3_stmt *q =
        view_sql(v,
                 "INSERT INTO credential(holder,programme,role,issuer,number,status,valid_from,valid_to,pos)"
                 " VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9) ON CONFLICT DO UPDATE SET number=?5,status=?6,"
                 "valid_from=?7,valid_to=?8,pos=?9",
                 why);
    if (!q) return ERR_STORE;
    view_bind_id(q, 1, &id);
    view_bind_str(q, 2, programme);
    view_bind_str(q, 3, role);
    view_bind_str(q, 4, issuer);
    view_bind_str(q, 5, json_text(c, "id"));
    view_bind_str(q, 6, status);
    sqlite3_bind_int64(q, 7, from_ms);
    sqlite3_bind_int64(q, 8, to_ms);
    sqlite3_bind_int64(q, 9, s->pos);
    err = view_run(q, why);
    return err == ERR_NONE ? subject_crossings(v, arena, &id, touched, why) : err;
}

enum err credential_list(struct views *v, struct arena *arena, const struct id *holder, struct held_credential **out,
                         size_t *count, struct why *why)
{
    enum err err = ERR_NONE;
    *count = 0;
    *out = arena_array(arena, struct held_credential, CREDENTIALS_MAX);
    if (!*out) return why_set(why, ERR_NO_MEMORY, "", "no memory for credentials");
    sqlite3_stmt *q = view_sql(v,
                               "SELECT programme,role,issuer,number,status,valid_from,valid_to,pos FROM credential"
                               " WHERE holder=?1 ORDER BY pos DESC LIMIT 64",
                               why);
    if (!q) return ERR_STORE;
    view_bind_id(q, 1, holder);
    while (view_row(q, &err, why))
        (*out)[(*count)++] = (struct held_credential){.programme = view_str(arena, q, 0),
                                                      .role = view_str(arena, q, 1),
                                                      .issuer = view_str(arena, q, 2),
                                                      .number = view_str(arena, q, 3),
                                                      .status = view_str(arena, q, 4),
                                                      .from_ms = sqlite3_column_int64(q, 5),
                                                      .to_ms = sqlite3_column_int64(q, 6),
                                                      .pos = sqlite3_column_int64(q, 7)};
    return err;
}
