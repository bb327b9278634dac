// SPDX-License-Identifier: Apache-2.0
#include "decide/provision.h"

#include "formats/yaml_schema.h"

#include <stdio.h>

static bool id_valid(struct str id)
{
    for (size_t i = 0; i < id.n; i++) {
        char c = id.p[i];
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c == '-' && i > 0))) return false;
    }
    return id.n > 0;
}

static bool id_taken(const struct json *list, const struct json *before, struct str id)
{
    json_each(item, list)
    {
        if (item == before) return false;
        if (str_eq(json_text(item, "id"), id)) return true;
    }
    return false;
}

enum err provision_read(const struct json *list, size_t index, const char *noun, struct provision *out, struct why *why)
{
    const struct json *item = json_at(list, index);
    char pointer[64];
    int64_t ms;
    *out = (struct provision){
        .id = json_text(item, "id"), .owner = json_text(item, "owner"), .citation = json_text(item, "citation")};
    out->from_us = yaml_date_ms(json_text(item, "from"), &ms) ? ms * 1000 : 0;
    out->to_us = yaml_date_ms(json_text(item, "to"), &ms) ? ms * 1000 : INT64_MAX;
    snprintf(pointer, sizeof pointer, "/%.*s/%zu/id", STR_ARG(list->name), index);
    if (!id_valid(out->id)) return why_set(why, ERR_MALFORMED, pointer, "an id has small letters, digits and hyphens");
    if (id_taken(list, item, out->id))
        return why_set(why, ERR_MALFORMED, pointer, "the id is taken by an earlier %s", noun);
    snprintf(pointer, sizeof pointer, "/%.*s/%zu/to", STR_ARG(list->name), index);
    if (out->from_us >= out->to_us) return why_set(why, ERR_SENSELESS, pointer, "the %s ends before it begins", noun);
    return ERR_NONE;
}

bool provision_in_force(const struct provision *provision, int64_t now_us)
{
    return now_us >= provision->from_us && now_us < provision->to_us;
}
