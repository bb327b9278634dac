// SPDX-License-Identifier: Apache-2.0
#include "serve/registry.h"

#include "formats/json_shape.h"

#include <stdio.h>
#include <stdlib.h>

struct registry {
    struct arena arena;
    struct registered *items; // sorted by device
    size_t count;
};

static const struct json_member shape[] = {
    {.name = "device", .shape = SHAPE_TEXT, .required = true, .min = 3, .max = 80},
    {.name = "party", .shape = SHAPE_TEXT, .min = 1, .max = 128},
    {.name = "vendor", .shape = SHAPE_TEXT, .min = 1, .max = 128},
    {.name = "vendor_country", .shape = SHAPE_TEXT, .min = 1, .max = 2},
    {.name = "door_io", .shape = SHAPE_INTEGER, .min = 1, .max = 65535},
    {.name = "door_open", .shape = SHAPE_INTEGER, .min = 0, .max = 255},
    {.name = NULL},
};

bool country_valid(struct str text)
{
    return text.n == 2 && text.p[0] >= 'A' && text.p[0] <= 'Z' && text.p[1] >= 'A' && text.p[1] <= 'Z';
}

static int compare(const void *a, const void *b)
{
    return str_compare(((const struct registered *)a)->device, ((const struct registered *)b)->device);
}

static enum err read_item(struct registry *registry, const struct json *json, struct why *why)
{
    enum err err = json_shape_check(json, shape, why);
    if (err == ERR_NONE && json_get(json, "vendor_country") && !country_valid(json_text(json, "vendor_country")))
        err = why_set(why, ERR_MALFORMED, "/vendor_country", "a country is two capital letters, ISO 3166-1 alpha-2");
    if (err != ERR_NONE) {
        char member[sizeof why->member];
        snprintf(member, sizeof member, "/%zu%.70s", registry->count, why->member);
        memcpy(why->member, member, sizeof member);
        return err;
    }
    struct registered *item = &registry->items[registry->count++];
    int64_t io = 0, open = 1;
    *item = (struct registered){.device = json_text(json, "device"),
                                .party = json_text(json, "party"),
                                .vendor = json_text(json, "vendor"),
                                .vendor_country = json_text(json, "vendor_country")};
    item->profile.has_door = json_integer(json, "door_io", &io);
    if (json_get(json, "door_open") && !json_integer(json, "door_open", &open)) open = 1;
    item->profile.door_io = (uint16_t)io;
    item->profile.door_open = (uint64_t)open;
    return ERR_NONE;
}

static enum err read_items(struct registry *registry, const struct json *list, struct why *why)
{
    if (list->type != JSON_ARRAY) return why_set(why, ERR_MALFORMED, "devices", "the registry is a JSON array");
    if (list->count > REGISTRY_MAX)
        return why_set(why, ERR_TOO_LARGE, "devices", "the registry has more than %d devices", REGISTRY_MAX);
    registry->items = arena_array(&registry->arena, struct registered, list->count + 1);
    if (!registry->items) return why_set(why, ERR_NO_MEMORY, "", "no memory for the device registry");
    json_each(item, list)
    {
        enum err err = read_item(registry, item, why);
        if (err != ERR_NONE) return err;
    }
    qsort(registry->items, registry->count, sizeof *registry->items, compare);
    for (size_t i = 1; i < registry->count; i++)
        if (str_eq(registry->items[i - 1].device, registry->items[i].device))
            return why_set(why, ERR_CONFLICT, "devices", "%.*s stands twice", STR_ARG(registry->items[i].device));
    return ERR_NONE;
}

enum err registry_read(struct str bytes, struct registry **out, struct why *why)
{
    struct registry *registry = calloc(1, sizeof *registry);
    if (!registry) return why_set(why, ERR_NO_MEMORY, "", "no memory for the device registry");
    registry->arena = ARENA(REGISTRY_BYTES_MAX);
    // The texts point into a copy, so that the registry owns all that it is made of.
    struct str copy = arena_str(&registry->arena, bytes);
    struct why own = {0};
    const struct json *list = bytes.n && copy.p ? json_parse(&registry->arena, copy, &own) : NULL;
    enum err err = ERR_NONE;
    if (bytes.n && !list) err = own.err != ERR_NONE ? own.err : why_set(&own, ERR_TOO_LARGE, "", "too large");
    if (list) err = read_items(registry, list, &own);
    if (err == ERR_NONE) {
        *out = registry;
        return ERR_NONE;
    }
    if (why) *why = own;
    registry_free(registry);
    return err;
}

void registry_free(struct registry *registry)
{
    if (!registry) return;
    arena_free(&registry->arena);
    free(registry);
}

const struct registered *registry_find(const struct registry *registry, struct str device)
{
    if (!registry || !registry->count) return NULL;
    struct registered wanted = {.device = device};
    return bsearch(&wanted, registry->items, registry->count, sizeof wanted, compare);
}
