// SPDX-License-Identifier: Apache-2.0
#include "decide/rules.h"

#include "decide/choice.h"
#include "formats/yaml_schema.h"
#include "trust/hash.h"

#include <stdio.h>

static const struct yaml_field wording_fields[] = {
    {.name = "en", .type = YAML_TEXT, .required = true, .min = 1, .max = WORDING_TEXT_MAX, .doc = "English"},
    {.name = "es", .type = YAML_TEXT, .required = true, .min = 1, .max = WORDING_TEXT_MAX, .doc = "Spanish"},
    {.name = "fr", .type = YAML_TEXT, .required = true, .min = 1, .max = WORDING_TEXT_MAX, .doc = "French"},
    {0},
};

static const char *const states[] = {"draft", "shadow", "live", "retired", NULL};
static const char *const truths[] = {"false", "unknown", "true", NULL};

static const struct yaml_field test_fields[] = {
    {.name = "name", .type = YAML_TEXT, .required = true, .min = 1, .max = 120, .doc = "what it shows"},
    {.name = "facts", .type = YAML_MAP, .of = YAML_FREE, .required = true, .doc = "by their names; others are missing"},
    {.name = "expect", .type = YAML_ENUM, .choices = truths, .required = true, .doc = "what the condition then is"},
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
    {.name = "state", .type = YAML_ENUM, .choices = states, .preset = "live", .doc = "where it stands in its life"},
    {.name = "for", .type = YAML_TEXT, .min = 1, .max = CONDITION_TEXT_MAX, .doc = "which crossings it is meant for"},
    {.name = "when",
     .type = YAML_TEXT,
     .required = true,
     .min = 1,
     .max = CONDITION_TEXT_MAX,
     .doc = "the condition, an expression over the facts of docs/facts.md"},
    {.name = "grant", .type = YAML_ENUM, .choices = grants, .doc = "the lane while the condition is true"},
    {.name = "floor", .type = YAML_ENUM, .choices = floors, .doc = "the least lane while the condition is true"},
    {.name = "weight", .type = YAML_DECIMAL, .doc = "what it adds to the log odds while the condition is true"},
    {.name = "unknown", .type = YAML_ENUM, .choices = floors, .doc = "the floor while the condition is unknown"},
    {.name = "reason", .type = YAML_TABLE, .table = wording_fields, .required = true, .doc = "what the officer reads"},
    {.name = "otherwise",
     .type = YAML_TABLE,
     .table = wording_fields,
     .doc = "what the officer reads without the grant"},
    {.name = "tests",
     .type = YAML_LIST,
     .of = YAML_TABLE,
     .table = test_fields,
     .max = RULE_TESTS_MAX,
     .doc = "its own cases"},
    {0},
};

static const struct yaml_field score_fields[] = {
    {.name = "prior", .type = YAML_DECIMAL, .required = true, .doc = "chance of a find where nothing more is known"},
    {0},
};

static const struct yaml_field file_fields[] = {
    {.name = "base", .type = YAML_ENUM, .choices = floors, .required = true, .doc = "the lane without a grant"},
    {.name = "score", .type = YAML_TABLE, .table = score_fields, .doc = "what weights are added to"},
    {.name = "rules", .type = YAML_LIST, .of = YAML_TABLE, .table = rule_fields, .required = true, .doc = "the rules"},
    {0},
};

const char *rule_state_name(enum rule_state state)
{
    INVARIANT(state <= RULE_RETIRED);
    return states[state];
}

const char *truth_name(enum truth truth)
{
    INVARIANT(truth <= TRUTH_TRUE);
    return truths[truth];
}

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

static enum err one_condition(struct arena *arena, const struct json *json, const char *member, size_t index,
                              struct condition *out, struct why *why)
{
    enum err err = condition_read(arena, facts_env(), json_text(json, member), out, why);
    if (!err) err = condition_values_check(out, why);
    return within(why, index, member, err);
}

static enum err conditions_read(struct arena *arena, const struct json *json, size_t index, struct rule *out,
                                struct why *why)
{
    out->has_among = json_get(json, "for") != NULL;
    enum err err = out->has_among ? one_condition(arena, json, "for", index, &out->among, why) : ERR_NONE;
    return err ? err : one_condition(arena, json, "when", index, &out->when, why);
}

static enum err effect_read(const struct rules *rules, const struct json *json, size_t index, struct rule *out,
                            struct why *why)
{
    bool grant = json_get(json, "grant"), floor = lane_parse(json_text(json, "floor"), &out->floor),
         weight = json_number(json, "weight", &out->weight);
    out->has_unknown = lane_parse(json_text(json, "unknown"), &out->unknown);
    out->effect = grant ? RULE_GRANT : floor ? RULE_FLOOR : RULE_WEIGHT;
    if (grant + floor + weight != 1)
        return fault(why, index, "floor", ERR_MALFORMED, "a rule has one of 'grant: green', a 'floor' and a 'weight'");
    if (!floor && out->has_unknown)
        return fault(why, index, "unknown", ERR_MALFORMED, "an unknown grant grants nothing; 'unknown' is for floors");
    if (weight && !rules->has_score)
        return fault(why, index, "weight", ERR_MALFORMED, "a weight needs the file's 'score', to which it is added");
    if (weight && !(out->weight >= -RULE_WEIGHT_MAX && out->weight <= RULE_WEIGHT_MAX))
        return fault(why, index, "weight", ERR_MALFORMED, "a weight is a number from -10 to 10");
    if (grant != (json_get(json, "otherwise") != NULL))
        return fault(why, index, "otherwise", ERR_MALFORMED,
                     "a grant says what an officer reads when it is not reached; "
                     "others do not");
    return ERR_NONE;
}

static enum err tests_read(struct arena *arena, const struct json *json, size_t index, struct rule *out,
                           struct why *why)
{
    const struct json *list = json_get(json, "tests");
    if (!list) return ERR_NONE;
    out->tests = arena_array(arena, struct rule_test, list->count + 1);
    if (!out->tests) return why_set(why, ERR_NO_MEMORY, "/rules", "no memory for the rules' tests");
    json_each(item, list)
    {
        struct rule_test *test = &out->tests[out->ntests++];
        struct str expect = json_text(item, "expect");
        test->name = json_text(item, "name");
        while (!str_is(expect, truths[test->expect])) test->expect++;
        enum err err = within(why, index, "tests", facts_from_json(arena, json_get(item, "facts"), &test->facts, why));
        if (err) return err;
    }
    return ERR_NONE;
}

// ---- The table ----

// "(for) && (when)", so that one row answers for both.
static const struct expr *whole(struct arena *arena, const struct rule *rule)
{
    struct expr_issues *issues = arena_new(arena, struct expr_issues);
    struct str text = rule->has_among
                          ? arena_printf(arena, "(%.*s) && (%.*s)", STR_ARG(rule->among.text), STR_ARG(rule->when.text))
                          : rule->when.text;
    return issues && text.p ? expr_compile(arena, facts_env(), text, 0, issues) : NULL;
}

static bool conjunct_asks(struct arena *arena, struct str text, uint64_t asked[FACTS_WORDS])
{
    struct expr_issues *issues = arena_new(arena, struct expr_issues);
    const struct expr *expr = issues ? expr_compile(arena, facts_env(), text, 0, issues) : NULL;
    size_t n;
    if (!expr) return false;
    const uint32_t *slots = expr_slots(expr, &n);
    for (size_t i = 0; i < n; i++) asked[slots[i] / 64] |= UINT64_C(1) << (slots[i] % 64);
    return true;
}

static bool conjuncts_read(struct arena *arena, const struct table *table, size_t row, const struct rule *rule,
                           struct str text, struct rule_conjuncts *out)
{
    // Where the `when` begins in the whole.
    size_t begin = rule->has_among ? rule->among.text.n + 2 : 0;
    out->count = table_conjuncts(table, row);
    out->items = arena_array(arena, struct rule_conjunct, out->count + 1);
    for (size_t i = 0; out->items && i < out->count; i++) {
        struct table_span span = table_conjunct(table, row, i);
        struct rule_conjunct *c = &out->items[i];
        if (i) memcpy(c->asked, out->items[i - 1].asked, sizeof c->asked);
        c->text = (struct str){text.p + span.offset, span.len};
        if (span.offset < begin) out->of_for = i + 1;
        if (!conjunct_asks(arena, c->text, c->asked)) return false;
    }
    return out->items != NULL;
}

static enum err table_read(struct arena *arena, struct rules *rules, struct why *why)
{
    const struct expr **conditions = arena_array(arena, const struct expr *, rules->count + 1);
    struct rule_conjuncts *conjuncts = arena_array(arena, struct rule_conjuncts, rules->count + 1);
    struct table *table;
    bool fine = conditions && conjuncts;
    for (size_t i = 0; fine && i < rules->count; i++) fine = (conditions[i] = whole(arena, &rules->items[i])) != NULL;
    enum err err = fine ? table_new(arena, conditions, rules->count, &table, why) : ERR_NO_MEMORY;
    if (err == ERR_NO_MEMORY) return why_set(why, err, "/rules", "no memory for the rules");
    if (err) return err;
    for (size_t i = 0; fine && i < rules->count; i++)
        fine = conjuncts_read(arena, table, i, &rules->items[i], expr_source(conditions[i]), &conjuncts[i]);
    if (!fine) return why_set(why, ERR_NO_MEMORY, "/rules", "no memory for the rules");
    rules->table = table;
    rules->conjuncts = conjuncts;
    return ERR_NONE;
}

static void mention(struct rules *rules, size_t kind)
{
    rules->mentioned[kind / 64] |= UINT64_C(1) << (kind % 64);
}

static void condition_mentions(struct rules *rules, const struct condition *condition)
{
    size_t n;
    const uint32_t *slots = expr_slots(condition->expr, &n);
    for (size_t i = 0; i < n; i++) mention(rules, slots[i]);
}

static void wording_mentions(struct rules *rules, const struct wording *wording)
{
    for (size_t i = 0; i < LANGUAGE_COUNT; i++) {
        const struct fact_kind *kind;
        for (size_t at = 0; (kind = wording_next(wording->text[i], &at));) mention(rules, (size_t)(kind - fact_kinds));
    }
}

static void rule_mentions(struct rules *rules, const struct rule *rule)
{
    if (rule->has_among) condition_mentions(rules, &rule->among);
    condition_mentions(rules, &rule->when);
    wording_mentions(rules, &rule->reason);
    wording_mentions(rules, &rule->otherwise);
}

bool rules_mention(const struct rules *rules, const char *fact)
{
    const struct fact_kind *kind = fact_kind_find(str_of(fact));
    INVARIANT(kind);
    size_t i = (size_t)(kind - fact_kinds);
    return rules->mentioned[i / 64] >> (i % 64) & 1;
}

static enum err rule_read(struct arena *arena, const struct json *list, const struct json *json, struct rules *rules,
                          struct why *why)
{
    size_t index = rules->count;
    struct rule *rule = &rules->items[index];
    INVARIANT(json_integer(json, "revision", &rule->revision));
    enum err err = provision_read(list, index, "rule", &rule->head, why);
    struct str state = json_text(json, "state");
    while (!str_is(state, states[rule->state])) rule->state++;
    if (!err && str_is(rule->head.id, CHOICE_RULE))
        err =
            fault(why, index, "id", ERR_MALFORMED, "this name is kept for the choice of the lane by the port's state");
    if (!err) err = effect_read(rules, json, index, rule, why);
    if (!err) err = conditions_read(arena, json, index, rule, why);
    if (!err) err = tests_read(arena, json, index, rule, why);
    if (!err) err = wording_read(json, "reason", index, &rule->reason, why);
    if (!err && rule->effect == RULE_GRANT) err = wording_read(json, "otherwise", index, &rule->otherwise, why);
    if (err) return err;
    rule_mentions(rules, rule);
    rules->count++;
    return ERR_NONE;
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
    const struct json *score = json_get(file, "score");
    rules->has_score = json_number(score, "prior", &rules->prior);
    if (rules->has_score && !(rules->prior > 0 && rules->prior < 1))
        return why_set(why, ERR_SENSELESS, "/score/prior", "a prior is a chance over 0 and under 1");
    json_each(item, list)
    {
        err = rule_read(arena, list, item, rules, why);
        if (err) return err;
    }
    err = table_read(arena, rules, why);
    if (err) return err;
    *out = rules;
    return ERR_NONE;
}

static void verdict_add(struct verdict *to, const struct verdict *other)
{
    for (size_t i = 0; i < FACTS_WORDS; i++) {
        to->asked[i] |= other->asked[i];
        to->missing[i] |= other->missing[i];
    }
    if (!to->fault.p) to->fault = other->fault;
}

void rule_eval(const struct rule *rule, struct arena *arena, const struct expr_value *slots, struct verdict *out,
               bool *beside_the_point)
{
    struct verdict among = {.truth = TRUTH_TRUE};
    if (rule->has_among) condition_eval(&rule->among, arena, slots, fact_kind_count, &among);
    if (beside_the_point) *beside_the_point = among.truth == TRUTH_FALSE;
    *out = among;
    if (among.truth == TRUTH_FALSE) return;
    condition_eval(&rule->when, arena, slots, fact_kind_count, out);
    if (out->truth == TRUTH_FALSE) { // what would be missing beside it does not matter
        memset(among.missing, 0, sizeof among.missing);
        among.fault = STR_NONE;
    } else if (among.truth < out->truth) {
        out->truth = among.truth;
    }
    verdict_add(out, &among);
}
