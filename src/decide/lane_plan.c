// SPDX-License-Identifier: Apache-2.0
#include "decide/lane_plan.h"

#include "formats/yaml_schema.h"
#include "trust/hash.h"

#include <math.h>
#include <stdio.h>

static const char *const lanes[] = {"green", "document", "scan", "joint", NULL};
static const char *const kinds[] = {"general", "fast", "joint", "unified", NULL};
static const char *const types[] = {"scanner", "dock", "booth", "reader", "yard", NULL};

static const struct yaml_field service_fields[] = {
    {.name = "name",
     .type = YAML_TEXT,
     .required = true,
     .min = 1,
     .max = sizeof((struct lane_service *)0)->name - 1,
     .doc = "once in the file"},
    {.name = "lane", .type = YAML_ENUM, .choices = lanes, .required = true, .doc = "what is done there"},
    {.name = "kind", .type = YAML_ENUM, .choices = kinds, .preset = "general", .doc = "for which trucks"},
    {.name = "equipment", .type = YAML_ENUM, .choices = types, .doc = "its servers are the units that are up"},
    {.name = "servers", .type = YAML_INTEGER, .min = 1, .max = 1000, .doc = "so many servers, always"},
    {.name = "service_min", .type = YAML_DECIMAL, .required = true, .doc = "minutes a truck takes of a server"},
    {.name = "transfer_min", .type = YAML_DECIMAL, .preset = "0", .doc = "the truck's way there and back"},
    {.name = "saved_min", .type = YAML_DECIMAL, .preset = "0", .doc = "what it is spared elsewhere"},
    {.name = "wait_max_min", .type = YAML_DECIMAL, .doc = "cap on waiting and service together"},
    {.name = "sensitivity",
     .type = YAML_LIST,
     .of = YAML_DECIMAL,
     .required = true,
     .doc = "chance of a find: light, middling, dense"},
    {.name = "false_alarm", .type = YAML_DECIMAL, .preset = "0", .doc = "chance of an alarm about a clean truck"},
    {0},
};

static const struct yaml_field chance_fields[] = {
    {.name = "ordinary", .type = YAML_DECIMAL, .preset = "0.03", .doc = "of ordinary trucks"},
    {.name = "trusted", .type = YAML_DECIMAL, .preset = "0.01", .doc = "of trusted trucks"},
    {0},
};

static const struct yaml_field price_fields[] = {
    {.name = "start", .type = YAML_DECIMAL, .doc = "harm a truck-minute, where nothing is known yet"},
    {.name = "min", .type = YAML_DECIMAL, .doc = "never less"},
    {.name = "max", .type = YAML_DECIMAL, .doc = "never more; equal to min: frozen"},
    {0},
};

static const struct yaml_field plan_fields[] = {
    {.name = "port",
     .type = YAML_TEXT,
     .required = true,
     .min = 1,
     .max = LANE_PORT_MAX,
     .doc = "as crossings name it"},
    {.name = "citation", .type = YAML_TEXT, .required = true, .min = 1, .max = 300, .doc = "the law or order"},
    {.name = "wait_target_min", .type = YAML_DECIMAL, .required = true, .doc = "mean wait of all trucks"},
    {.name = "trucks_per_day", .type = YAML_DECIMAL, .required = true, .doc = "on a usual day"},
    {.name = "harm", .type = YAML_DECIMAL, .preset = "1", .doc = "of one find"},
    {.name = "risk_unknown", .type = YAML_DECIMAL, .preset = "0.0067", .doc = "of a truck without a score"},
    {.name = "followers", .type = YAML_DECIMAL, .preset = "3", .doc = "what a minute of queue costs those behind"},
    {.name = "smoothing", .type = YAML_DECIMAL, .preset = "0.05", .doc = "how far boundaries are shaken"},
    {.name = "chance", .type = YAML_TABLE, .table = chance_fields, .preset = "{}", .doc = "the floor of chance"},
    {.name = "price", .type = YAML_TABLE, .table = price_fields, .preset = "{}", .doc = "of a truck-minute"},
    {.name = "services",
     .type = YAML_LIST,
     .of = YAML_TABLE,
     .table = service_fields,
     .required = true,
     .min = 1,
     .max = LANE_SERVICES_MAX,
     .doc = "where trucks can be sent"},
    {0},
};

static double number_or(const struct json *object, const char *name, double fallback)
{
    double value;
    return json_number(object, name, &value) ? value : fallback;
}

static enum err fault(struct why *why, size_t index, const char *member, const char *text)
{
    char pointer[64];
    snprintf(pointer, sizeof pointer, "/services/%zu/%s", index, member);
    return why_set(why, ERR_MALFORMED, pointer, "%s", text);
}

static enum err servers_read(const struct json *json, size_t index, struct lane_plan *plan, struct why *why)
{
    int64_t servers = 0;
    plan->equipment[index] = json_text(json, "equipment");
    bool fixed = json_integer(json, "servers", &servers);
    if (fixed == (plan->equipment[index].p != NULL))
        return fault(why, index, "servers",
                     "a service has either 'equipment', whose units serve, or so many 'servers'");
    plan->servers[index] = (int)servers;
    return ERR_NONE;
}

static enum err service_read(const struct json *json, struct lane_plan *plan, struct why *why)
{
    size_t index = plan->settings.nservices, n = 0;
    struct lane_service *s = &plan->settings.services[index];
    struct str name = json_text(json, "name"), kind = json_text(json, "kind");
    if (lane_plan_service(plan, name) >= 0) return fault(why, index, "name", "the name is taken by an earlier service");
    memcpy(s->name, name.p, name.n);
    INVARIANT(lane_parse(json_text(json, "lane"), &s->lane));
    INVARIANT(lane_kind_parse(kind, &s->kind));
    s->service_min = number_or(json, "service_min", 0);
    s->transfer_min = number_or(json, "transfer_min", 0);
    s->saved_min = number_or(json, "saved_min", 0);
    s->wait_max_min = number_or(json, "wait_max_min", INFINITY);
    s->false_alarm = number_or(json, "false_alarm", 0);
    if (json_get(json, "sensitivity")->count != LANE_DENSITIES)
        return fault(why, index, "sensitivity", "it has three numbers: for light, middling and dense loads");
    json_each(item, json_get(json, "sensitivity")) s->sensitivity[n++] = item->number;
    plan->settings.nservices++;
    return servers_read(json, index, plan, why);
}

static void numbers_read(const struct json *file, struct lane_plan *plan)
{
    const struct json *chance = json_get(file, "chance"), *price = json_get(file, "price");
    double risk = number_or(file, "risk_unknown", 0);
    plan->harm = number_or(file, "harm", 1);
    plan->settings.followers = number_or(file, "followers", 0);
    plan->settings.smoothing = number_or(file, "smoothing", 0);
    plan->settings.chance[LANE_ORDINARY] = number_or(chance, "ordinary", 0);
    plan->settings.chance[LANE_TRUSTED] = number_or(chance, "trusted", 0);
    plan->settings.risk_unknown[LANE_ORDINARY] = plan->settings.risk_unknown[LANE_TRUSTED] = risk;
    plan->settings.harm_unknown = plan->harm;
    controller_preset(number_or(file, "trucks_per_day", 0), number_or(file, "wait_target_min", 0), &plan->controller);
    plan->controller.price_start = number_or(price, "start", plan->controller.price_start);
    plan->controller.price_min = number_or(price, "min", plan->controller.price_min);
    plan->controller.price_max = number_or(price, "max", plan->controller.price_max);
    plan->settings.price_unknown = plan->controller.price_min;
}

enum err lane_plan_read(struct arena *arena, struct str yaml, struct lane_plan **out, struct why *why)
{
    struct json *file;
    *out = NULL;
    enum err err = yaml_read(arena, yaml, plan_fields, &file, why);
    if (err) return err;
    struct lane_plan *plan = arena_new(arena, struct lane_plan);
    if (plan) plan->text = arena_str(arena, yaml);
    if (!plan || !plan->text.p) return why_set(why, ERR_NO_MEMORY, "", "no memory for a port's lanes");
    sha256(yaml, plan->hash);
    plan->port = json_text(file, "port");
    plan->citation = json_text(file, "citation");
    numbers_read(file, plan);
    json_each(item, json_get(file, "services"))
    {
        err = service_read(item, plan, why);
        if (err) return err;
    }
    err = lane_settings_check(&plan->settings, why);
    if (!err) err = controller_check(&plan->controller, why);
    if (!err) *out = plan;
    return err;
}

int lane_plan_service(const struct lane_plan *plan, struct str name)
{
    for (size_t i = 0; i < plan->settings.nservices; i++)
        if (str_is(name, plan->settings.services[i].name)) return (int)i;
    return -1;
}
