// SPDX-License-Identifier: Apache-2.0
#include "decide/trigger.h"

#include "formats/yaml_schema.h"
#include "trust/hash.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>

static const char *const effects[] = {"document", "scan", "joint", "hold", NULL}; // hold: refused with its own reason

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
    {.name = "report", .type = YAML_TEXT, .min = 1, .max = CONDITION_TEXT_MAX, .doc = "who makes it reported"},
    {.name = "confirm",
     .type = YAML_TEXT,
     .required = true,
     .min = 1,
     .max = CONDITION_TEXT_MAX,
     .doc = "who makes it confirmed"},
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

// ---- The language of triggers ----

enum { SLOT_PARTY, SLOT_ROLE, SLOT_PURPOSE, SLOT_OWN, SLOT_NAMED, SLOT_WANTED, SLOT_CROSSINGS, SLOTS };

static const struct condition_variable variables[SLOTS] = {
    [SLOT_PARTY] = {"party", "string"},      [SLOT_ROLE] = {"role", "string"},
    [SLOT_PURPOSE] = {"purpose", "string"},  [SLOT_OWN] = {"own", "bool"},
    [SLOT_NAMED] = {"named", "bool"},        [SLOT_WANTED] = {"wanted", "int"},
    [SLOT_CROSSINGS] = {"crossings", "int"},
};

static const struct expr_env *the_env; // set once, never changed after

static void env_make(void)
{
    the_env = condition_env_new(variables, SLOTS);
}

static const struct expr_env *trigger_env(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, env_make);
    return the_env;
}

static struct expr_value text_value(struct str text)
{
    return EXPR_STRING_VALUE(text.p ? text : STR(""));
}

// What is not said of a confirmation is unknown to a report's condition.
static bool passes(const struct condition *condition, struct trigger_speaker speaker, struct str purpose,
                   const struct trigger_confirmation *c)
{
    const struct expr_value unknown = {.kind = EXPR_UNKNOWN};
    const struct expr_value slots[SLOTS] = {
        [SLOT_PARTY] = text_value(speaker.party),
        [SLOT_ROLE] = text_value(speaker.role),
        [SLOT_PURPOSE] = text_value(purpose),
        [SLOT_OWN] = c ? EXPR_BOOL_VALUE(c->own) : unknown,
        [SLOT_NAMED] = c ? EXPR_BOOL_VALUE(c->named) : unknown,
        [SLOT_WANTED] = c ? EXPR_INT_VALUE((int64_t)c->wanted) : unknown,
        [SLOT_CROSSINGS] = c ? EXPR_INT_VALUE(c->crossings) : unknown,
    };
    // Both at once is nobody, and so is neither.
    return (speaker.party.n > 0) != (speaker.role.n > 0) && condition_holds(condition, slots, SLOTS);
}

// Whether it would pass with anything else that can be said.
static bool could_pass(const struct condition *condition, struct trigger_speaker speaker, struct str purpose)
{
    for (int i = 0; i < 4 * LANE_COUNT; i++) {
        struct trigger_confirmation c = {.own = i & 1, .named = i & 2, .wanted = (enum lane)(i / 4), .crossings = 0};
        if (passes(condition, speaker, purpose, &c)) return true;
    }
    return false;
}

// --- reading

static enum err names_somebody(const struct trigger *t, size_t index, struct why *why)
{
    // No party can have these names.
    static const char *const strangers[] = {" ", "*", "zz.nobody has this name", "\x01"};
    // An operator, an officer at a booth or an auditor does not speak of threats.
    static const char *const outsiders[] = {"officer", "operator", "auditor", "nobody"};
    for (size_t i = 0; i < sizeof strangers / sizeof *strangers; i++)
        if (could_pass(&t->confirm, (struct trigger_speaker){.party = str_of(strangers[i])}, t->purpose))
            return fault(why, index, "confirm", ERR_FORBIDDEN, "not everybody may confirm: name the parties");
    for (size_t i = 0; i < sizeof outsiders / sizeof *outsiders; i++)
        if (could_pass(&t->confirm, (struct trigger_speaker){.role = str_of(outsiders[i])}, t->purpose))
            return fault(why, index, "confirm", ERR_FORBIDDEN,
                         "of people only analysts and admins may confirm: name the roles");
    return ERR_NONE;
}

static enum err conditions_read(struct arena *arena, const struct json *json, struct trigger *t, size_t index,
                                struct why *why)
{
    static const char *const members[] = {"report", "confirm"};
    struct condition *const out[] = {&t->report, &t->confirm};
    t->has_report = json_get(json, "report") != NULL;
    for (size_t i = t->has_report ? 0 : 1; i < 2; i++) {
        struct why inner = {0};
        enum err err = condition_read(arena, trigger_env(), json_text(json, members[i]), out[i], &inner);
        if (err) return fault(why, index, members[i], err, inner.text);
    }
    return names_somebody(t, index, why);
}

static enum err trigger_read(struct arena *arena, const struct json *list, const struct json *json,
                             struct triggers *triggers, struct why *why)
{
    struct trigger *t = &triggers->items[triggers->count];
    t->purpose = json_text(json, "purpose");
    INVARIANT(lane_parse(json_text(json, "effect"), &t->effect));
    INVARIANT(json_integer(json, "crossings_limit", &t->crossings_limit));
    enum err err = provision_read(list, triggers->count, "trigger", &t->head, why);
    if (!err && t->effect == LANE_HOLD)
        err = fault(why, triggers->count, "effect", ERR_FORBIDDEN,
                    "no trigger holds a truck; only a person does, by an override");
    if (!err) err = conditions_read(arena, json, t, triggers->count, why);
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

bool trigger_report_allowed(const struct triggers *triggers, struct trigger_speaker speaker, struct str purpose,
                            int64_t now_us, const struct trigger **rule)
{
    for (size_t i = 0; i < triggers->count; i++) {
        const struct trigger *t = &triggers->items[i];
        if (!t->has_report || !applies(t, purpose, now_us)) continue;
        if (!passes(&t->report, speaker, purpose, NULL)) continue;
        if (rule) *rule = t;
        return true;
    }
    return false;
}

static enum err refuse(const struct trigger_confirmation *c, bool named, const struct trigger *over, struct why *why)
{
    struct str who = c->speaker.party.n > 0 ? c->speaker.party : c->speaker.role;
    if (!named)
        return why_set(why, ERR_FORBIDDEN, "", "no trigger in force lets '%.*s' confirm; it stays a report",
                       STR_ARG(who));
    if (!over) return why_set(why, ERR_FORBIDDEN, "", "'%.*s' may confirm, but not for this channel", STR_ARG(who));
    return why_set(why, ERR_FORBIDDEN, "",
                   "it touches %" PRId64 " crossings; beyond %" PRId64 " trigger '%.*s' wants a person to confirm here",
                   c->crossings, over->crossings_limit, STR_ARG(over->head.id));
}

enum err trigger_confirm_allowed(const struct triggers *triggers, const struct trigger_confirmation *c,
                                 const struct trigger **rule, enum lane *floor, struct why *why)
{
    bool named = false;
    const struct trigger *over = NULL, *best = NULL;
    *floor = LANE_GREEN;
    for (size_t i = 0; i < triggers->count; i++) {
        const struct trigger *t = &triggers->items[i];
        if (!applies(t, c->purpose, c->now_us)) continue;
        if (!could_pass(&t->confirm, c->speaker, c->purpose)) continue;
        named = true;
        if (!passes(&t->confirm, c->speaker, c->purpose, c)) continue;
        bool person = c->speaker.role.n > 0;
        if (!person && c->crossings > t->crossings_limit)
            over = t;
        else if (!best || t->effect > best->effect)
            best = t;
    }
    if (!best) return refuse(c, named, over, why);
    if (rule) *rule = best;
    *floor = c->wanted < best->effect ? c->wanted : best->effect;
    return ERR_NONE;
}
