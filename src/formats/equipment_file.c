// SPDX-License-Identifier: Apache-2.0
#include "formats/equipment_file.h"

#include "formats/yaml_schema.h"

#include <stdio.h>

#define TEXT_MAX 200
#define MONEY_MAX INT64_C(1000000000)

static const char *const types[] = {"scanner", "dock", "booth", "reader", "yard", NULL};

static const struct yaml_field contract_fields[] = {
    {.name = "vendor", .type = YAML_TEXT, .required = true, .min = 1, .max = TEXT_MAX, .doc = "who keeps it up"},
    {.name = "availability_pct", .type = YAML_DECIMAL, .min = 1, .max = 100, .doc = "that is promised"},
    {.name = "response_hours", .type = YAML_DECIMAL, .min = 0, .max = 8760, .doc = "until somebody comes"},
    {.name = "repair_hours", .type = YAML_DECIMAL, .min = 0, .max = 8760, .doc = "until it works"},
    {.name = "penalty_per_hour", .type = YAML_DECIMAL, .min = 0, .max = MONEY_MAX, .doc = "for each hour over"},
    {.name = "penalty_max", .type = YAML_DECIMAL, .min = 0, .max = MONEY_MAX, .doc = "at most, of one month"},
    {.name = "currency", .type = YAML_TEXT, .required = true, .min = 3, .max = 3, .doc = "USD, MXN, CAD"},
    {0},
};

static const struct yaml_field maintenance_fields[] = {
    {.name = "every_days", .type = YAML_INTEGER, .required = true, .min = 1, .max = 3660, .doc = "preventive"},
    {0},
};

static const struct yaml_field machine_fields[] = {
    {.name = "id", .type = YAML_TEXT, .required = true, .min = 4, .max = 40, .doc = "port.equipment: 2304/P1"},
    {.name = "type", .type = YAML_ENUM, .choices = types, .required = true, .doc = "what it is"},
    {.name = "name", .type = YAML_TEXT, .required = true, .min = 1, .max = TEXT_MAX, .doc = "for people"},
    {.name = "port", .type = YAML_TEXT, .min = 2, .max = 16, .doc = "default: what stands before the slash"},
    {.name = "model", .type = YAML_TEXT, .min = 1, .max = TEXT_MAX, .doc = "of its maker"},
    {.name = "vendor", .type = YAML_TEXT, .min = 1, .max = TEXT_MAX, .doc = "its maker"},
    {.name = "rated_per_hour", .type = YAML_DECIMAL, .min = 1, .max = 100000, .doc = "scans an hour"},
    {.name = "from", .type = YAML_DATE, .preset = "2000-01-01", .doc = "in service since"},
    {.name = "to", .type = YAML_DATE, .doc = "until"},
    {.name = "contract", .type = YAML_TABLE, .table = contract_fields, .doc = "of maintenance"},
    {.name = "maintenance", .type = YAML_TABLE, .table = maintenance_fields, .doc = "preventive"},
    {0},
};

static const struct yaml_field fields[] = {
    {.name = "equipment",
     .type = YAML_LIST,
     .of = YAML_TABLE,
     .table = machine_fields,
     .required = true,
     .min = 1,
     .max = EQUIPMENT_MAX,
     .doc = "what the port has"},
    {0},
};

void equipment_file_describe(struct buf *out)
{
    yaml_schema_describe(fields, out);
}

static enum err no_memory(struct why *why)
{
    return why_set(why, ERR_NO_MEMORY, "", "no memory for the equipment");
}

static void copy_member(struct arena *arena, struct json *to, const struct json *from, const char *name)
{
    const struct json *value = json_get(from, name);
    if (value) json_put(to, name, json_copy(arena, value));
}

static void put_day(struct arena *arena, struct json *to, const struct json *from, const char *name, int64_t *ms)
{
    struct str day = json_text(from, name);
    *ms = INT64_MAX;
    if (!day.p) return;
    INVARIANT(yaml_date_ms(day, ms)); // YAML_DATE
    document_put_time(arena, to, name, *ms);
}

static enum err machine_draft(struct arena *arena, const struct json *item, const struct identifier *id,
                              const struct equipment_file_context *context, struct drafts *out, struct why *why)
{
    static const char *const texts[] = {"type", "name", "model", "vendor", "rated_per_hour"};
    struct draft *draft = draft_new(arena, "equipment", context->received_ms, context->label);
    struct json *equipment = json_new_object(arena);
    if (!draft || !equipment || !draft_about(arena, draft, NOUN_EQUIPMENT, id->scheme, id->value))
        return no_memory(why);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) copy_member(arena, equipment, item, texts[i]);
    struct str rest, port = json_text(item, "port");
    json_put_text(arena, equipment, "port", arena_str(arena, port.p ? port : str_cut(id->value, '/', &rest)));
    int64_t from_ms, to_ms;
    put_day(arena, equipment, item, "from", &from_ms);
    put_day(arena, equipment, item, "to", &to_ms);
    if (to_ms <= from_ms)
        return why_set(why, ERR_SENSELESS, "/equipment", "%.*s: its service ends before it begins", STR_ARG(id->value));
    draft_put(draft, "equipment", equipment);
    if (json_get(item, "contract")) draft_put(draft, "contract", json_copy(arena, json_get(item, "contract")));
    if (json_get(item, "maintenance")) draft_put(draft, "maintenance", json_copy(arena, json_get(item, "maintenance")));
    drafts_add(out, draft);
    return ERR_NONE;
}

static bool is_there(const struct drafts *drafts, struct str value)
{
    for (const struct draft *d = drafts->first; d; d = d->next)
        if (str_eq(d->re[0]->ids[0].value, value)) return true;
    return false;
}

enum err equipment_file_parse(struct arena *arena, struct str bytes, const struct equipment_file_context *context,
                              struct drafts *out, struct why *why)
{
    struct json *file;
    enum err err = yaml_read(arena, bytes, fields, &file, why);
    size_t at = 0;
    if (err != ERR_NONE) return err;
    json_each(item, json_get(file, "equipment"))
    {
        struct identifier id;
        struct why inner = {0};
        char member[48];
        snprintf(member, sizeof member, "/equipment/%zu/id", at++);
        struct str value = json_text(item, "id");
        if (identifier_check(context->identifiers, arena, STR("port.equipment"), value, &id, &inner) != ERR_NONE)
            return why_set(why, inner.err, member, "%s", inner.text);
        if (is_there(out, id.value))
            return why_set(why, ERR_SENSELESS, member, "%.*s is there twice", STR_ARG(id.value));
        err = machine_draft(arena, item, &id, context, out, why);
        if (err != ERR_NONE) return err;
    }
    return arena->failed ? no_memory(why) : ERR_NONE;
}
