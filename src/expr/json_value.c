// SPDX-License-Identifier: Apache-2.0
#include "expr/json_value.h"

#include <errno.h>
#include <stdlib.h>

static enum err no_memory(struct why *why)
{
    return why_set(why, ERR_NO_MEMORY, "", "no memory for the values");
}

static enum err number_of(const struct json *json, struct expr_value *out, struct why *why)
{
    struct str text = json->text;
    bool whole = text.n > 0;
    for (size_t i = 0; i < text.n; i++) whole = whole && !strchr(".eE", text.p[i]);
    if (!whole) {
        *out = EXPR_DOUBLE_VALUE(json->number);
        return ERR_NONE;
    }
    bool negative = text.p[0] == '-';
    uint64_t n = 0, most = (uint64_t)INT64_MAX + negative;
    if (!str_decimal(str_from(text, negative), most, &n))
        return why_set(why, ERR_MALFORMED, "", "%.*s is over the range of an int; write it with a point for a double",
                       STR_ARG(text));
    *out = EXPR_INT_VALUE(negative ? (int64_t)(0 - n) : (int64_t)n);
    return ERR_NONE;
}

static enum err list_of(struct arena *arena, const struct json *json, struct expr_value *out, struct why *why)
{
    struct expr_value *items = arena_array(arena, struct expr_value, json->count + 1);
    size_t n = 0;
    if (!items) return no_memory(why);
    json_each(item, json)
    {
        enum err err = expr_value_of_json(arena, item, &items[n++], why);
        if (err != ERR_NONE) return err;
    }
    *out = expr_list_new(arena, items, n);
    return out->kind == EXPR_LIST ? ERR_NONE : no_memory(why);
}

static enum err map_of(struct arena *arena, const struct json *json, struct expr_value *out, struct why *why)
{
    struct expr_entry *entries = arena_array(arena, struct expr_entry, json->count + 1);
    size_t n = 0;
    if (!entries) return no_memory(why);
    json_each(item, json)
    {
        entries[n].key = EXPR_STRING_VALUE(item->name);
        enum err err = expr_value_of_json(arena, item, &entries[n++].value, why);
        if (err != ERR_NONE) return err;
    }
    *out = expr_map_new(arena, entries, n);
    return out->kind == EXPR_MAP ? ERR_NONE : no_memory(why);
}

// As deep as JSON_DEPTH_MAX, which the reader sees to.
enum err expr_value_of_json(struct arena *arena, const struct json *json, struct expr_value *out, struct why *why)
{
    switch (json->type) {
    case JSON_NULL:
        *out = EXPR_NULL_VALUE;
        return ERR_NONE;
    case JSON_BOOL:
        *out = EXPR_BOOL_VALUE(json->boolean);
        return ERR_NONE;
    case JSON_NUMBER:
        return number_of(json, out, why);
    case JSON_STRING:
        *out = EXPR_STRING_VALUE(json->text);
        return ERR_NONE;
    case JSON_ARRAY:
        return list_of(arena, json, out, why);
    case JSON_OBJECT:
        return map_of(arena, json, out, why);
    }
    return why_set(why, ERR_INTERNAL, "", "a JSON value of no type");
}
