// SPDX-License-Identifier: Apache-2.0
#include "serve/kinds.h"

#include "formats/json_shape.h"
#include "port/zones.h"

static const char *const lanes[] = {"green", "document", "scan", "joint", "hold", NULL};
static const char *const directions[] = {"northbound", "southbound", NULL};
static const char *const results[] = {"nothing", "discrepancy", "contraband", NULL};
static const char *const seal_events[] = {"on",     "off",    "lock",     "unlock",    "refused",
                                          "tamper", "report", "replaced", "inspected", NULL};
static const char *const grades[] = {"high-security", "security", "indicative", NULL};
static const char *const fixes[] = {"gnss", "cell", "none", NULL};

#define TEXT(field, needed, most)                                                                                      \
    {                                                                                                                  \
        .name = field, .shape = SHAPE_TEXT, .required = needed, .min = 1, .max = most                                  \
    }
#define TIME(field, needed)                                                                                            \
    {                                                                                                                  \
        .name = field, .shape = SHAPE_TIME, .required = needed                                                         \
    }
#define ONE_OF(field, needed, list)                                                                                    \
    {                                                                                                                  \
        .name = field, .shape = SHAPE_ENUM, .required = needed, .choices = list                                        \
    }
#define OBJECT(field, needed, table)                                                                                   \
    {                                                                                                                  \
        .name = field, .shape = SHAPE_OBJECT, .required = needed, .members = table                                     \
    }
#define NUMBER(field, needed, low, high)                                                                               \
    {                                                                                                                  \
        .name = field, .shape = SHAPE_NUMBER, .required = needed, .min = low, .max = high                              \
    }
#define END                                                                                                            \
    {                                                                                                                  \
        .name = NULL                                                                                                   \
    }

static const struct json_member crossing_object[] = {TEXT("port", true, 16),
                                                     ONE_OF("direction", true, directions),
                                                     TIME("eta", false),
                                                     {.name = "empty", .shape = SHAPE_BOOL},
                                                     TEXT("destination", false, 2),
                                                     TEXT("trip", false, 40),
                                                     END};
static const struct json_member crossing_members[] = {OBJECT("crossing", true, crossing_object), END};
static const struct json_member swap_object[] = {TEXT("reason", true, 500), TEXT("place", false, 200), END};
static const struct json_member swap_members[] = {OBJECT("swap", true, swap_object), END};
static const struct json_member arrival_object[] = {TEXT("port", true, 16), TEXT("booth", false, 40),
                                                    TIME("time", true), END};
static const struct json_member arrival_members[] = {OBJECT("arrival", true, arrival_object), END};
static const struct json_member release_object[] = {TEXT("port", true, 16), ONE_OF("lane", false, lanes),
                                                    TIME("time", true), END};
static const struct json_member release_members[] = {OBJECT("release", true, release_object), END};
static const struct json_member selection_members[] = {ONE_OF("lane", true, lanes), TEXT("officer", false, 200), END};
static const struct json_member override_members[] = {ONE_OF("lane", true, lanes), TEXT("reason", true, 2000),
                                                      TEXT("officer", false, 200), END};
static const struct json_member seized[] = {TEXT("what", true, 200),    NUMBER("quantity", true, 0, 1000000000),
                                            TEXT("unit", true, 20),     NUMBER("value", false, 0, 1000000000000),
                                            TEXT("currency", false, 3), END};
static const struct json_member finding_members[] = {
    ONE_OF("result", true, results),
    TEXT("note", false, 4000),
    {.name = "seized", .shape = SHAPE_LIST, .of = SHAPE_OBJECT, .min = 0, .max = 100, .members = seized},
    TEXT("officer", false, 200),
    TEXT("shift", false, 40),
    END};
static const struct json_member explains_object[] = {TIME("from", true), TIME("to", true), END};
static const struct json_member explain_members[] = {OBJECT("explains", true, explains_object),
                                                     TEXT("reason", true, 2000), TEXT("officer", false, 200), END};
static const struct json_member event_object[] = {ONE_OF("type", true, seal_events),
                                                  TEXT("how", false, 80),
                                                  TEXT("who", false, 200),
                                                  ONE_OF("grade", false, grades),
                                                  TEXT("new", false, 80),
                                                  TEXT("detail", false, 1000),
                                                  END};
static const struct json_member position_object[] = {NUMBER("lat", false, -90, 90),
                                                     NUMBER("lon", false, -180, 180),
                                                     NUMBER("speed_kmh", false, 0, 1000),
                                                     ONE_OF("fix", true, fixes),
                                                     TIME("time", true),
                                                     END};
static const struct json_member seal_members[] = {OBJECT("event", true, event_object),
                                                  OBJECT("position", false, position_object), END};
static const struct json_member position_members[] = {OBJECT("position", true, position_object), END};
static const struct json_member confirm_members[] = {
    TEXT("by", false, 200), TEXT("reason", true, 4000), ONE_OF("floor", true, lanes),
    TIME("from", false),    TIME("to", false),          END};
static const struct json_member clear_members[] = {TEXT("by", false, 200), TEXT("reason", true, 4000), END};

static const char *const equipment_types[] = {"scanner", "dock", "booth", "reader", "yard", NULL};
static const char *const states[] = {"up", "degraded", "standby", "maintenance", "down", NULL};
static const char *const waitings[] = {"people", "parts", "repair", NULL};
static const char *const verdicts[] = {"clear", "suspect", "none", NULL};
static const struct json_member equipment_object[] = {ONE_OF("type", true, equipment_types),
                                                      TEXT("name", true, 200),
                                                      TEXT("port", true, 16),
                                                      TEXT("model", false, 200),
                                                      TEXT("vendor", false, 200),
                                                      NUMBER("rated_per_hour", false, 1, 100000),
                                                      TIME("from", true),
                                                      TIME("to", false),
                                                      END};
static const struct json_member contract_object[] = {TEXT("vendor", true, 200),
                                                     NUMBER("availability_pct", false, 1, 100),
                                                     NUMBER("response_hours", false, 0, 8760),
                                                     NUMBER("repair_hours", false, 0, 8760),
                                                     NUMBER("penalty_per_hour", false, 0, 1000000000),
                                                     NUMBER("penalty_max", false, 0, 1000000000),
                                                     TEXT("currency", true, 3),
                                                     END};
static const struct json_member every_object[] = {NUMBER("every_days", true, 1, 3660), END};
static const struct json_member equipment_members[] = {OBJECT("equipment", true, equipment_object),
                                                       OBJECT("contract", false, contract_object),
                                                       OBJECT("maintenance", false, every_object), END};
static const struct json_member state_object[] = {ONE_OF("state", true, states),
                                                  TEXT("reason", false, 64),
                                                  ONE_OF("waiting", false, waitings),
                                                  TIME("from", true),
                                                  TIME("to", false),
                                                  TEXT("note", false, 4000),
                                                  END};
static const struct json_member state_members[] = {OBJECT("state", true, state_object), END};
static const struct json_member scan_object[] = {TIME("from", true),
                                                 TIME("to", true),
                                                 NUMBER("count", false, 1, 100000),
                                                 TEXT("image", false, 64),
                                                 TEXT("image_name", false, 500),
                                                 ONE_OF("verdict", false, verdicts),
                                                 TIME("verdict_at", false),
                                                 TEXT("officer", false, 200),
                                                 END};
static const struct json_member scan_members[] = {OBJECT("scan", true, scan_object), END};
static const struct json_member done_object[] = {TIME("due", true), TIME("done", false), END};
static const struct json_member maintenance_members[] = {OBJECT("maintenance", true, done_object), END};

static const struct json_member sighting_object[] = {TEXT("place", true, 40), TIME("time", true), END};
static const struct json_member sighting_members[] = {OBJECT("sighting", true, sighting_object), END};
static const struct json_member port_object[] = {TEXT("code", true, 16), TEXT("name", true, 200),
                                                 TEXT("country", true, 2), TEXT("timezone", true, 64), END};
static const struct json_member targets_object[] = {
    NUMBER("wait_min", false, 0, 10000), NUMBER("wait_p95_min", false, 0, 10000), NUMBER("scanned_pct", false, 0, 100),
    NUMBER("available_pct", false, 0, 100), END};
static const struct json_member port_members[] = {OBJECT("port", true, port_object),
                                                  OBJECT("targets", false, targets_object), END};
static const struct json_member feed_object[] = {TEXT("source", true, 200), TIME("time", true), END};
static const struct json_member feed_members[] = {OBJECT("feed", true, feed_object), END};

static enum err check_zones(struct arena *arena, const struct json *members, struct why *why)
{
    struct zones zones;
    return zones_read(arena, json_get(members, "zones"), &zones, why);
}

struct kind {
    const char *name;
    unsigned roles;                    // who may post it
    const struct json_member *members; // NULL: any shape; listed members are checked, others pass unless `closed`
    bool closed;
    const char *signer;  // the member that says who did it
    const char *instead; // for kinds that nobody posts: how it comes about
    enum err (*check)(struct arena *arena, const struct json *members, struct why *why); // of what no shape says
};

static const char by_node[] = "it is written by the node itself";
static const char by_file[] = "hand in the signed file by POST /v1/files, so that its proof is checked";

static const struct kind kinds[] = {
    {"crossing", ROLE_PARTY, crossing_members, false, NULL, NULL},
    {"crossing.swap", ROLE_PARTY, swap_members, false, NULL, NULL},
    {"crossing.arrival", ROLE_PARTY | ROLE_OFFICER, arrival_members, false, NULL, NULL},
    {"crossing.release", ROLE_PARTY | ROLE_OFFICER, release_members, false, NULL, NULL},
    {"selection", ROLE_OFFICER, selection_members, true, "officer", NULL},
    {"override", ROLE_OFFICER, override_members, true, "officer", NULL},
    {"finding", ROLE_OFFICER, finding_members, true, "officer", NULL},
    {"custody.explain", ROLE_PARTY | ROLE_OFFICER, explain_members, true, "officer", NULL},
    {"custody.seal", ROLE_PARTY | ROLE_OFFICER, seal_members, false, NULL, NULL},
    {"custody.position", ROLE_PARTY, position_members, false, NULL, NULL},
    {"equipment", ROLE_PARTY | ROLE_OFFICER, equipment_members, true, NULL, NULL},
    {"equipment.state", ROLE_PARTY | ROLE_OFFICER, state_members, true, NULL, NULL},
    {"equipment.scan", ROLE_PARTY | ROLE_OFFICER, scan_members, true, NULL, NULL},
    {"equipment.maintenance", ROLE_PARTY | ROLE_OFFICER, maintenance_members, true, NULL, NULL},
    {"equipment.log", ROLE_NONE, NULL, false, NULL, "hand in the log by POST /v1/files, so that it is read here"},
    {"equipment.sighting", ROLE_PARTY | ROLE_OFFICER, sighting_members, true, NULL, NULL},
    {"port", ROLE_PARTY | ROLE_OFFICER, port_members, false, NULL, NULL, check_zones},
    {"port.feed", ROLE_PARTY, feed_members, false, NULL, NULL},
    {"threat", ROLE_PARTY | ROLE_ANALYST, NULL, false, NULL, NULL},
    {"threat.confirm", ROLE_PARTY | ROLE_ANALYST, confirm_members, true, "by", NULL},
    {"threat.clear", ROLE_PARTY | ROLE_ANALYST, clear_members, true, "by", NULL},
    {"credential", ROLE_NONE, NULL, false, NULL, by_file},
    {"roster", ROLE_NONE, NULL, false, NULL, by_file},
    {"decision", ROLE_NONE, NULL, false, NULL, by_node},
    {"subject", ROLE_NONE, NULL, false, NULL, by_node},
    {"channel", ROLE_NONE, NULL, false, NULL, by_node},
    {"channel.standing", ROLE_NONE, NULL, false, NULL, by_node},
    {"access.read", ROLE_NONE, NULL, false, NULL, by_node},
    {"evidence.rejected", ROLE_NONE, NULL, false, NULL, by_node},
    {"identifier.conflict", ROLE_NONE, NULL, false, NULL, by_node},
    {"erasure", ROLE_NONE, NULL, false, NULL, "an admin erases by POST /v1/statements/{name}/erase"},
    {"keyset", ROLE_NONE, NULL, false, NULL, by_node},
    {"rules.proposed", ROLE_NONE, NULL, false, NULL, "the owner of the node's folder proposes by puente rules propose"},
    {"rules.activated", ROLE_NONE, NULL, false, NULL, by_node},
};
#define KINDS (sizeof kinds / sizeof *kinds)

// Families that are the node's own, whatever follows the dot.
static const char *const node_families[] = {"agreement", "link", "channel", "keyset"};

static const struct kind *kind_find(struct str name)
{
    for (size_t i = 0; i < KINDS; i++)
        if (str_is(name, kinds[i].name)) return &kinds[i];
    return NULL;
}

static bool of_node(struct str kind)
{
    struct str rest, family = str_cut(kind, '.', &rest);
    for (size_t i = 0; i < sizeof node_families / sizeof *node_families; i++)
        if (str_is(family, node_families[i])) return true;
    return false;
}

enum err kind_allowed(struct str kind, const struct caller *caller, struct why *why)
{
    if (!kind_valid(kind))
        return why_set(why, ERR_MALFORMED, "/kind", "a kind is 1 to %d of a-z, 0-9, dot, underscore and hyphen",
                       KIND_MAX);
    const struct kind *known = kind_find(kind);
    const char *instead = known ? known->instead : of_node(kind) ? by_node : NULL;
    if (instead) return why_set(why, ERR_FORBIDDEN, "/kind", "a %.*s is not posted: %s", STR_ARG(kind), instead);
    unsigned roles = known ? known->roles : ROLE_PARTY;
    if (caller->role & roles) return ERR_NONE;
    return why_set(why, ERR_FORBIDDEN, "/kind", "%s may not state a %.*s", caller->actor, STR_ARG(kind));
}

// The listed members of an open kind; json_shape_check refuses members that it does not know.
static enum err check_listed(struct arena *arena, const struct json_member *table, const struct json *members,
                             struct why *why)
{
    struct json *listed = json_new_object(arena);
    for (const struct json_member *m = table; m->name && listed; m++) {
        const struct json *value = json_get(members, m->name);
        if (!value) continue;
        struct json *copy = arena_new(arena, struct json);
        if (!copy) break;
        *copy = *value;
        copy->next = NULL;
        json_put(listed, m->name, copy);
    }
    if (arena->failed) return why_set(why, ERR_NO_MEMORY, "", "no memory for this now");
    return json_shape_check(listed, table, why);
}

static enum err check_signer(struct arena *arena, const char *signer, const struct caller *caller, struct json *members,
                             struct why *why)
{
    if (!signer || !caller_is_person(caller)) return ERR_NONE;
    struct str said = json_text(members, signer);
    if (!said.p) {
        json_put_text(arena, members, signer, str_of(caller->name));
        return ERR_NONE;
    }
    char pointer[64] = "/";
    strncat(pointer, signer, sizeof pointer - 2);
    if (str_is(said, caller->name)) return ERR_NONE;
    return why_set(why, ERR_FORBIDDEN, pointer, "it is %s who says this; leave the member out", caller->name);
}

enum err kind_members(struct arena *arena, struct str kind, const struct caller *caller, struct json *members,
                      struct why *why)
{
    const struct kind *known = kind_find(kind);
    if (!known) return ERR_NONE;
    enum err err = ERR_NONE;
    if (known->members && known->closed) err = json_shape_check(members, known->members, why);
    if (known->members && !known->closed) err = check_listed(arena, known->members, members, why);
    if (err == ERR_NONE && known->check) err = known->check(arena, members, why);
    return err != ERR_NONE ? err : check_signer(arena, known->signer, caller, members, why);
}
