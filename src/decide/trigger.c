// SPDX-License-Identifier: Apache-2.0
#include "decide/trigger.h"

#include "formats/yaml_schema.h"
#include "trust/hash.h"

#include <inttypes.h>
#include <stdio.h>

static const char *const scopes[] = {"own-channels", "named", "any", NULL};
static const char *const effects[] = {"document", "scan", "joint", "hold", NULL}; // hold: refused with its own reason
// Those who may speak of threats; an operator or an officer at a booth may not.
static const char *const roles[] = {"analyst", "admin", NULL};

static const struct yaml_field report_fields[] = {
    {.name = "parties",
     .type = YAML_LIST,
     .of = YAML_TEXT,
     .preset = "[]",
     .max = TRIGGER_PARTIES_MAX,
     .doc = "names, or *"},
    {.name = "roles", .type = YAML_LIST, .of = YAML_ENUM, .choices = roles, .preset = "[]", .doc = "of people here"},
    {0},
};

static const struct yaml_field confirm_fields[] = {
    {.name = "parties", .type = YAML_LIST, .of = YAML_TEXT, .preset = "[]", .max = TRIGGER_PARTIES_MAX, .doc = "names"},
    {.name = "roles", .type = YAML_LIST, .of = YAML_ENUM, .choices = roles, .preset = "[]", .doc = "of people here"},
    {.name = "scope", .type = YAML_ENUM, .choices = scopes, .required = true, .doc = "whose channels"},
    {0},
};

static const struct yaml_field trigger_fields[] = {
    {.name = "id",
     .type = YAML_TEXT,
     .required = true,
     .min = 1,
     .max = PROVISION_ID_MAX,
     .doc = "small letters, digits, -"},
    {.name = "owner",
     .type = YAML_TEXT,
     .required = true,
     .min = 1,
     .max = ORIGIN_MAX,
     .doc = "the party that made it"},
    {.name = "citation", .type = YAML_TEXT, .required = true, .min = 1, .max = 300, .doc = "the law or agreement"},
    {.name = "from", .type = YAML_DATE, .required = true, .doc = "first day in force, UTC"},
    {.name = "to", .type = YAML_DATE, .doc = "first day no longer in force, UTC"},
    {.name = "purpose", .type = YAML_TEXT, .required = true, .min = 1, .max = 100, .doc = "what it is for"},
    {.name = "report", .type = YAML_TABLE, .table = report_fields, .preset = "{}", .doc = "who makes it reported"},
    {.name = "confirm", .type = YAML_TABLE, .table = confirm_fields, .required = true, .doc = "who makes it confirmed"},
    {.name = "effect", .type = YAML_ENUM, .choices = effects, .required = true, .doc = "how far it may go"},
    {.name = "crossings_limit",
     .type = YAML_INTEGER,
     .required = true,
     .min = 0,
     .max = 1000000000,
     .doc = "beyond it only with a person"},
    {0},
};

static const struct yaml_field file_fields[] = {
    {.name = "triggers",
     .type = YAML_LIST,
     .of = YAML_TABLE,
     .table = trigger_fields,
     .required = true,
     .doc = "the rules"},
    {0},
};

static enum err fault(struct why *why, size_t index, const char *member, enum err err, const char *text)
{
    char pointer[64];
    snprintf(pointer, sizeof pointer, "/triggers/%zu/%s", index, member);
    return why_set(why, err, pointer, "%s", text);
}

static bool names_read(struct arena *arena, const struct json *list, struct trigger_names *out)
{
    out->items = arena_array(arena, struct str, list && list->count ? list->count : 1);
    if (!out->items) return false;
    json_each(item, list) out->items[out->count++] = item->text;
    return true;
}

static bool names_have(const struct trigger_names *names, struct str name)
{
    for (size_t i = 0; name.n > 0 && i < names->count; i++)
        if (str_eq(names->items[i], name)) return true;
    return false;
}

static enum err names_all_read(struct arena *arena, const struct json *json, struct trigger *out, struct why *why)
{
    const struct json *report = json_get(json, "report"), *confirm = json_get(json, "confirm");
    if (names_read(arena, json_get(report, "parties"), &out->report_parties) &&
        names_read(arena, json_get(report, "roles"), &out->report_roles) &&
        names_read(arena, json_get(confirm, "parties"), &out->confirm_parties) &&
        names_read(arena, json_get(confirm, "roles"), &out->confirm_roles))
        return ERR_NONE;
    return why_set(why, ERR_NO_MEMORY, "/triggers", "no memory for the triggers");
}

static enum err trigger_check(const struct triggers *triggers, const struct trigger *t, struct why *why)
{
    size_t index = triggers->count;
    if (t->effect == LANE_HOLD)
        return fault(why, index, "effect", ERR_FORBIDDEN,
                     "no trigger holds a truck; only a person does, by an override");
    if (names_have(&t->confirm_parties, STR("*")))
        return fault(why, index, "confirm", ERR_MALFORMED, "not everybody may confirm: name the parties");
    if (t->report_parties.count + t->report_roles.count + t->confirm_parties.count + t->confirm_roles.count == 0)
        return fault(why, index, "confirm", ERR_MALFORMED, "the trigger names nobody");
    return ERR_NONE;
}

static enum err trigger_read(struct arena *arena, const struct json *list, const struct json *json,
                             struct triggers *triggers, struct why *why)
{
    struct trigger *t = &triggers->items[triggers->count];
    int64_t scope = 0;
    t->purpose = json_text(json, "purpose");
    while (!str_is(json_text(json_get(json, "confirm"), "scope"), scopes[scope])) scope++;
    t->scope = (enum trigger_scope)scope;
    INVARIANT(lane_parse(json_text(json, "effect"), &t->effect));
    INVARIANT(json_integer(json, "crossings_limit", &t->crossings_limit));
    enum err err = provision_read(list, triggers->count, "trigger", &t->head, why);
    if (!err) err = names_all_read(arena, json, t, why);
    if (!err) err = trigger_check(triggers, t, why);
    if (!err) triggers->count++;
    return err;
}

enum err triggers_read(struct arena *arena, struct str yaml, struct triggers **out, struct why *why)
{
    *out = NULL;
    struct json *file;
    enum err err = yaml_read(arena, yaml, file_fields, &file, why);
    if (err) return err;
    const struct json *list = json_get(file, "triggers");
    if (list->count > TRIGGERS_MAX)
        return why_set(why, ERR_TOO_LARGE, "/triggers", "more than %d triggers", TRIGGERS_MAX);
    struct triggers *triggers = arena_new(arena, struct triggers);
    if (triggers) triggers->items = arena_array(arena, struct trigger, list->count ? list->count : 1);
    if (!triggers || !triggers->items) return why_set(why, ERR_NO_MEMORY, "/triggers", "no memory for the triggers");
    sha256(yaml, triggers->hash);
    json_each(item, list)
    {
        err = trigger_read(arena, list, item, triggers, why);
        if (err) return err;
    }
    *out = triggers;
    return ERR_NONE;
}

// --- asking

// In force, and of the information's purpose.
static bool applies(const struct trigger *t, struct str purpose, int64_t now_us)
{
    return provision_in_force(&t->head, now_us) && (purpose.n == 0 || str_eq(purpose, t->purpose));
}

static bool named_in(const struct trigger_names *parties, const struct trigger_names *people, struct trigger_speaker s)
{
    if (s.party.n > 0 && s.role.n > 0) return false; // both at once is nobody
    return names_have(parties, s.party) || names_have(people, s.role);
}

bool trigger_report_allowed(const struct triggers *triggers, struct trigger_speaker speaker, struct str purpose,
                            int64_t now_us, const struct trigger **rule)
{
    for (size_t i = 0; i < triggers->count; i++) {
        const struct trigger *t = &triggers->items[i];
        bool everybody = speaker.party.n > 0 && speaker.role.n == 0 && names_have(&t->report_parties, STR("*"));
        if (!applies(t, purpose, now_us)) continue;
        if (!everybody && !named_in(&t->report_parties, &t->report_roles, speaker)) continue;
        if (rule) *rule = t;
        return true;
    }
    return false;
}

static bool reaches(const struct trigger *t, const struct trigger_confirmation *c)
{
    if (t->scope == TRIGGER_ANY || c->own) return true;
    return t->scope == TRIGGER_NAMED && c->named;
}

static enum err refuse(const struct trigger_confirmation *c, bool named, bool reached, const struct trigger *over,
                       struct why *why)
{
    struct str who = c->speaker.party.n > 0 ? c->speaker.party : c->speaker.role;
    if (!named)
        return why_set(why, ERR_FORBIDDEN, "", "no trigger in force lets '%.*s' confirm; it stays a report",
                       STR_ARG(who));
    if (!reached) return why_set(why, ERR_FORBIDDEN, "", "'%.*s' may confirm, but not for this channel", STR_ARG(who));
    return why_set(why, ERR_FORBIDDEN, "",
                   "it touches %" PRId64 " crossings; beyond %" PRId64 " trigger '%.*s' wants a person to confirm here",
                   c->crossings, over->crossings_limit, STR_ARG(over->head.id));
}

enum err trigger_confirm_allowed(const struct triggers *triggers, const struct trigger_confirmation *c,
                                 const struct trigger **rule, enum lane *floor, struct why *why)
{
    bool named = false, reached = false;
    const struct trigger *over = NULL, *best = NULL;
    *floor = LANE_GREEN;
    for (size_t i = 0; i < triggers->count; i++) {
        const struct trigger *t = &triggers->items[i];
        if (!applies(t, c->purpose, c->now_us)) continue;
        if (!named_in(&t->confirm_parties, &t->confirm_roles, c->speaker)) continue;
        named = true;
        if (!reaches(t, c)) continue;
        reached = true;
        bool person = c->speaker.role.n > 0;
        if (!person && c->crossings > t->crossings_limit)
            over = t;
        else if (!best || t->effect > best->effect)
            best = t;
    }
    if (!best) return refuse(c, named, reached, over, why);
    if (rule) *rule = best;
    *floor = c->wanted < best->effect ? c->wanted : best->effect;
    return ERR_NONE;
}
