// SPDX-License-Identifier: Apache-2.0
#include "decide/condition.h"

#include <math.h>
#include <stdio.h>

enum form { FORM_ALL, FORM_ANY, FORM_NOT, FORM_IS, FORM_IN, FORM_ABOVE, FORM_BELOW };
static const char *const form_names[] = {"all", "any", "not", "is", "in", "above", "below"};
#define FORM_COUNT 7

struct value {
    bool boolean;
    double number;
    struct str text;
};

struct condition {
    enum form form;
    const struct fact_kind *kind;      // of a comparison
    const struct value *values;        // what it is compared with: one, or `in` several
    const struct condition **children; // of all, any, not
    size_t count;                      // of values or of children
};

struct reader {
    struct arena *arena;
    struct why *why;
    size_t nodes;
    char path[80]; // JSON pointer of where we are, cut when it is longer
};

static size_t path_push(struct reader *r, const char *name)
{
    size_t before = strlen(r->path);
    snprintf(r->path + before, sizeof r->path - before, "/%s", name);
    return before;
}

static size_t path_push_index(struct reader *r, size_t index)
{
    char text[24];
    snprintf(text, sizeof text, "%zu", index);
    return path_push(r, text);
}

static enum err no_memory(struct reader *r)
{
    return why_set(r->why, ERR_NO_MEMORY, r->path, "no memory for the condition");
}

// --- comparisons

static bool possible(const struct fact_kind *kind, struct str text)
{
    if (!kind->values) return true;
    for (const char *const *v = kind->values; *v; v++)
        if (str_is(text, *v)) return true;
    return false;
}

static enum err value_read(struct reader *r, const struct fact_kind *kind, const struct json *json, struct value *out)
{
    static const enum json_type wanted[] = {
        [FACT_BOOL] = JSON_BOOL, [FACT_NUMBER] = JSON_NUMBER, [FACT_TEXT] = JSON_STRING};
    if (json->type != wanted[kind->type])
        return why_set(r->why, ERR_MALFORMED, r->path, "'%s' is a %s and can be compared with nothing else", kind->name,
                       fact_type_name(kind->type));
    if (kind->type == FACT_TEXT && !possible(kind, json->text))
        return why_set(r->why, ERR_SENSELESS, r->path, "'%s' is never '%.*s'", kind->name, STR_ARG(json->text));
    if (kind->type == FACT_NUMBER && !isfinite(json->number))
        return why_set(r->why, ERR_SENSELESS, r->path, "no fact is compared with an infinite number");
    *out = (struct value){.boolean = json->boolean, .number = json->number};
    if (kind->type != FACT_TEXT) return ERR_NONE;
    out->text = arena_str(r->arena, json->text);
    return out->text.p ? ERR_NONE : no_memory(r);
}

static enum err values_read(struct reader *r, const struct json *json, struct condition *out)
{
    bool list = out->form == FORM_IN;
    if (list && (json->type != JSON_ARRAY || json->count == 0))
        return why_set(r->why, ERR_MALFORMED, r->path, "'in' wants a list of at least one value");
    size_t count = list ? json->count : 1;
    if (count > CONDITION_NODES_MAX)
        return why_set(r->why, ERR_TOO_LARGE, r->path, "more than %d values", CONDITION_NODES_MAX);
    struct value *values = arena_array(r->arena, struct value, count);
    if (!values) return no_memory(r);
    out->values = values;
    out->count = count;
    if (!list) return value_read(r, out->kind, json, &values[0]);
    size_t i = 0;
    json_each(item, json)
    {
        size_t before = path_push_index(r, i);
        enum err err = value_read(r, out->kind, item, &values[i++]);
        r->path[before] = '\0';
        if (err) return err;
    }
    return ERR_NONE;
}

static enum err comparison_read(struct reader *r, const struct json *fact, const struct json *operand,
                                struct condition *out)
{
    if (!fact || fact->type != JSON_STRING)
        return why_set(r->why, ERR_MALFORMED, r->path, "'%s' needs a 'fact' beside it", form_names[out->form]);
    out->kind = fact_kind_find(fact->text);
    if (!out->kind)
        return why_set(r->why, ERR_MALFORMED, r->path, "there is no fact '%.*s'; the nearest is '%s'",
                       STR_ARG(fact->text), fact_kind_nearest(fact->text)->name);
    if ((out->form == FORM_ABOVE || out->form == FORM_BELOW) && out->kind->type != FACT_NUMBER)
        return why_set(r->why, ERR_MALFORMED, r->path, "'%s' is a %s; '%s' is for numbers", out->kind->name,
                       fact_type_name(out->kind->type), form_names[out->form]);
    size_t before = path_push(r, form_names[out->form]);
    enum err err = values_read(r, operand, out);
    r->path[before] = '\0';
    return err;
}

// --- the tree

static enum err node_read(struct reader *r, const struct json *json, size_t depth, const struct condition **out);

static enum err children_read(struct reader *r, const struct json *json, size_t depth, struct condition *out)
{
    bool list = out->form != FORM_NOT;
    if (list && (json->type != JSON_ARRAY || json->count == 0))
        return why_set(r->why, ERR_MALFORMED, r->path, "'%s' wants a list of at least one condition",
                       form_names[out->form]);
    size_t count = list ? json->count : 1;
    if (count > CONDITION_NODES_MAX)
        return why_set(r->why, ERR_TOO_LARGE, r->path, "more than %d conditions", CONDITION_NODES_MAX);
    out->children = arena_array(r->arena, const struct condition *, count);
    if (!out->children) return no_memory(r);
    const struct json *item = list ? json->child : json;
    for (size_t i = 0; i < count; i++, item = item->next) {
        size_t before = path_push(r, form_names[out->form]);
        if (list) path_push_index(r, i);
        enum err err = node_read(r, item, depth + 1, &out->children[i]);
        r->path[before] = '\0';
        if (err) return err;
        out->count++;
    }
    return ERR_NONE;
}

// The one form that the object has, its operand, and its fact where there is one.
static enum err form_read(struct reader *r, const struct json *json, enum form *form, const struct json **operand,
                          const struct json **fact)
{
    *operand = *fact = NULL;
    json_each(member, json)
    {
        size_t i = 0;
        while (i < FORM_COUNT && !str_is(member->name, form_names[i])) i++;
        if (i == FORM_COUNT && !str_is(member->name, "fact"))
            return why_set(r->why, ERR_MALFORMED, r->path,
                           "'%.*s' is no form of a condition: all, any, not, or fact with is, in, above or below",
                           STR_ARG(member->name));
        if (i == FORM_COUNT) {
            *fact = member;
            continue;
        }
        if (*operand)
            return why_set(r->why, ERR_MALFORMED, r->path,
                           "'%s' and '%s' in one condition; join two with 'all' or 'any'", form_names[*form],
                           form_names[i]);
        *form = (enum form)i;
        *operand = member;
    }
    if (!*operand) return why_set(r->why, ERR_MALFORMED, r->path, "the condition asks nothing");
    if (*fact && *form <= FORM_NOT)
        return why_set(r->why, ERR_MALFORMED, r->path, "'fact' does not stand beside '%s'", form_names[*form]);
    return ERR_NONE;
}

static enum err node_read(struct reader *r, const struct json *json, size_t depth, const struct condition **out)
{
    if (!json || json->type != JSON_OBJECT) return why_set(r->why, ERR_MALFORMED, r->path, "a condition is a map");
    if (depth > CONDITION_DEPTH_MAX)
        return why_set(r->why, ERR_TOO_LARGE, r->path, "more than %d levels deep", CONDITION_DEPTH_MAX);
    if (++r->nodes > CONDITION_NODES_MAX)
        return why_set(r->why, ERR_TOO_LARGE, r->path, "more than %d parts in one condition", CONDITION_NODES_MAX);
    struct condition *node = arena_new(r->arena, struct condition);
    if (!node) return no_memory(r);
    *out = node;
    const struct json *operand, *fact;
    enum err err = form_read(r, json, &node->form, &operand, &fact);
    if (err) return err;
    if (node->form <= FORM_NOT) return children_read(r, operand, depth, node);
    return comparison_read(r, fact, operand, node);
}

enum err condition_read(struct arena *arena, const struct json *json, struct condition **out, struct why *why)
{
    struct reader r = {.arena = arena, .why = why};
    const struct condition *root = NULL;
    enum err err = node_read(&r, json, 1, &root);
    *out = err ? NULL : (struct condition *)root;
    return err;
}

// --- evaluation

static bool equals(const struct fact *fact, const struct value *value)
{
    if (fact->type == FACT_BOOL) return fact->boolean == value->boolean;
    if (fact->type == FACT_NUMBER) return fact->number == value->number;
    return str_eq(fact->text, value->text);
}

static enum truth compare(const struct condition *c, const struct fact *fact)
{
    bool answer = false;
    if (!fact) return TRUTH_UNKNOWN;
    switch (c->form) {
    case FORM_ABOVE:
        answer = fact->number > c->values[0].number;
        break;
    case FORM_BELOW:
        answer = fact->number < c->values[0].number;
        break;
    default:
        for (size_t i = 0; i < c->count && !answer; i++) answer = equals(fact, &c->values[i]);
    }
    return answer ? TRUTH_TRUE : TRUTH_FALSE;
}

// Bounded by CONDITION_DEPTH_MAX, which the reader has seen to.
enum truth condition_eval(const struct condition *c, const struct facts *facts, condition_asked *asked, void *context)
{
    if (c->form > FORM_NOT) {
        const struct fact *fact = facts_get(facts, str_of(c->kind->name));
        if (asked) asked(context, c->kind->name, fact);
        return compare(c, fact);
    }
    if (c->form == FORM_NOT) return TRUTH_TRUE - condition_eval(c->children[0], facts, asked, context);
    enum truth settles = c->form == FORM_ALL ? TRUTH_FALSE : TRUTH_TRUE;
    enum truth answer = TRUTH_TRUE - settles;
    for (size_t i = 0; i < c->count && answer != settles; i++) {
        enum truth part = condition_eval(c->children[i], facts, asked, context);
        if (part == settles || part == TRUTH_UNKNOWN) answer = part;
    }
    return answer;
}
