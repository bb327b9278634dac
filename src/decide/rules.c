// SPDX-License-Identifier: Apache-2.0
#include "decide/rules.h"

#include "formats/yaml_schema.h"
#include "trust/hash.h"

#include <stdio.h>

static const struct yaml_field condition_fields[] = {
    {.name = "all", .type = YAML_LIST, .of = YAML_TABLE, .table = condition_fields, .doc = "every one of these"},
    {.name = "any", .type = YAML_LIST, .of = YAML_TABLE, .table = condition_fields, .doc = "at least one of these"},
    {.name = "not", .type = YAML_TABLE, .table = condition_fields, .doc = "the opposite"},
    {.name = "fact", .type = YAML_TEXT, .doc = "a name of docs/facts.md, with one of the four below"},
    {.name = "is", .type = YAML_FREE, .doc = "equal to this value"},
    {.name = "in", .type = YAML_LIST, .of = YAML_FREE, .doc = "equal to one of these values"},
    {.name = "above", .type = YAML_DECIMAL, .doc = "more than this number"},
    {.name = "below", .type = YAML_DECIMAL, .doc = "less than this number"},
    {0},
};

static const struct yaml_field wording_fields[] = {
    {.name = "en", .type = YAML_TEXT, .required = true, .min = 1, .max = WORDING_TEXT_MAX, .doc = "English"},
    {.name = "es", .type = YAML_TEXT, .required = true, .min = 1, .max = WORDING_TEXT_MAX, .doc = "Spanish"},
    {.name = "fr", .type = YAML_TEXT, .required = true, .min = 1, .max = WORDING_TEXT_MAX, .doc = "French"},
    {0},
};

static const char *const grants[] = {"green", NULL};
static const char *const floors[] = {"document", "scan", "joint", "hold", NULL}; // green holds nothing up

static const struct yaml_field rule_fields[] = {
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
    {.name = "revision", .type = YAML_INTEGER, .required = true, .min = 1, .max = 1000000, .doc = "counts up"},
    {.name = "citation", .type = YAML_TEXT, .required = true, .min = 1, .max = 300, .doc = "the law or standard"},
    {.name = "from", .type = YAML_DATE, .required = true, .doc = "first day in force, UTC"},
    {.name = "to", .type = YAML_DATE, .doc = "first day no longer in force, UTC"},
    {.name = "for", .type = YAML_TABLE, .table = condition_fields, .doc = "which crossings it is meant for"},
    {.name = "when", .type = YAML_TABLE, .table = condition_fields, .required = true, .doc = "the condition"},
    {.name = "grant", .type = YAML_ENUM, .choices = grants, .doc = "the lane while the condition is true"},
    {.name = "floor", .type = YAML_ENUM, .choices = floors, .doc = "the least lane while the condition is true"},
    {.name = "unknown", .type = YAML_ENUM, .choices = floors, .doc = "the floor while the condition is unknown"},
    {.name = "reason", .type = YAML_TABLE, .table = wording_fields, .required = true, .doc = "what the officer reads"},
    {.name = "otherwise",
     .type = YAML_TABLE,
     .table = wording_fields,
     .doc = "what the officer reads without the grant"},
    {0},
};

static const struct yaml_field file_fields[] = {
    {.name = "base", .type = YAML_ENUM, .choices = floors, .required = true, .doc = "the lane without a grant"},
    {.name = "rules", .type = YAML_LIST, .of = YAML_TABLE, .table = rule_fields, .required = true, .doc = "the rules"},
    {0},
};

// A reason found inside a part of the rule, told from the top of the file.
static enum err within(struct why *why, size_t index, const char *member, enum err err)
{
    if (!err || !why) return err;
    char inner[sizeof why->member];
    snprintf(inner, sizeof inner, "%s", why->member);
    snprintf(why->member, sizeof why->member, "/rules/%zu/%s%.40s", index, member, inner);
    return err;
}

static enum err fault(struct why *why, size_t index, const char *member, enum err err, const char *text)
{
    return within(why, index, member, why_set(why, err, "", "%s", text));
}

static enum err wording_read(const struct json *json, const char *member, size_t index, struct wording *out,
                             struct why *why)
{
    const struct json *texts = json_get(json, member);
    for (size_t i = 0; i < LANGUAGE_COUNT; i++) out->text[i] = json_text(texts, language_name((enum language)i));
    return within(why, index, member, wording_check(out, why));
}

static enum err conditions_read(struct arena *arena, const struct json *json, size_t index, struct rule *out,
                                struct why *why)
{
    const struct json *among = json_get(json, "for");
    if (among) {
        enum err err = within(why, index, "for", condition_read(arena, among, &out->among, why));
        if (err) return err;
    }
    return within(why, index, "when", condition_read(arena, json_get(json, "when"), &out->when, why));
}

static enum err effect_read(const struct json *json, size_t index, struct rule *out, struct why *why)
{
    bool floor = lane_parse(json_text(json, "floor"), &out->floor);
    out->grants_green = json_get(json, "grant") != NULL;
    out->has_unknown = lane_parse(json_text(json, "unknown"), &out->unknown);
    if (floor == out->grants_green)
        return fault(why, index, "floor", ERR_MALFORMED, "a rule has either 'grant: green' or a 'floor'");
    if (out->grants_green && out->has_unknown)
        return fault(why, index, "unknown", ERR_MALFORMED, "an unknown grant grants nothing; 'unknown' is for floors");
    if (out->grants_green != (json_get(json, "otherwise") != NULL))
        return fault(why, index, "otherwise", ERR_MALFORMED,
                     "a grant says what an officer reads when it is not reached; a floor does not");
    return ERR_NONE;
}

static enum err rule_read(struct arena *arena, const struct json *list, const struct json *json, struct rules *rules,
                          struct why *why)
{
    size_t index = rules->count;
    struct rule *rule = &rules->items[index];
    INVARIANT(json_integer(json, "revision", &rule->revision));
    enum err err = provision_read(list, index, "rule", &rule->head, why);
    if (!err) err = effect_read(json, index, rule, why);
    if (!err) err = conditions_read(arena, json, index, rule, why);
    if (!err) err = wording_read(json, "reason", index, &rule->reason, why);
    if (!err && rule->grants_green) err = wording_read(json, "otherwise", index, &rule->otherwise, why);
    if (!err) rules->count++;
    return err;
}

enum err rules_read(struct arena *arena, struct str yaml, struct rules **out, struct why *why)
{
    *out = NULL;
    struct json *file;
    enum err err = yaml_read(arena, yaml, file_fields, &file, why);
    if (err) return err;
    const struct json *list = json_get(file, "rules");
    if (list->count > RULES_MAX) return why_set(why, ERR_TOO_LARGE, "/rules", "more than %d rules", RULES_MAX);
    struct rules *rules = arena_new(arena, struct rules);
    if (rules) rules->items = arena_array(arena, struct rule, list->count ? list->count : 1);
    if (!rules || !rules->items) return why_set(why, ERR_NO_MEMORY, "/rules", "no memory for the rules");
    INVARIANT(lane_parse(json_text(file, "base"), &rules->base));
    sha256(yaml, rules->hash);
    json_each(item, list)
    {
        err = rule_read(arena, list, item, rules, why);
        if (err) return err;
    }
    *out = rules;
    return ERR_NONE;
}

enum truth rule_eval(const struct rule *rule, const struct facts *facts, condition_asked *asked, void *context)
{
    enum truth among = rule->among ? condition_eval(rule->among, facts, asked, context) : TRUTH_TRUE;
    if (among == TRUTH_FALSE) return TRUTH_FALSE;
    enum truth when = condition_eval(rule->when, facts, asked, context);
    return when < among ? when : among;
}
