// SPDX-License-Identifier: Apache-2.0
#include "port/zones.h"

#include <stdio.h>

static enum err wrong(size_t index, const char *member, const char *what, struct why *why)
{
    char place[48];
    snprintf(place, sizeof place, "/zones/%zu%s%s", index, *member ? "/" : "", member);
    return why_set(why, ERR_MALFORMED, place, "%s %s", place, what);
}

static bool read_point(const struct json *value, struct geofence_point *out)
{
    const struct json *lon = json_at(value, 0), *lat = json_at(value, 1);
    if (!value || value->type != JSON_ARRAY || value->count != 2) return false;
    if (lon->type != JSON_NUMBER || lat->type != JSON_NUMBER) return false;
    *out = (struct geofence_point){lon->number, lat->number};
    return true;
}

static enum err read_polygon(struct arena *arena, const struct json *polygon, size_t index, struct zone *out,
                             struct why *why)
{
    if (!polygon || polygon->type != JSON_ARRAY)
        return wrong(index, "polygon", "must be a list of [longitude,latitude]", why);
    // One over the limit is let by, for the geofence to refuse.
    size_t room = polygon->count <= GEOFENCE_VERTICES_MAX ? polygon->count : GEOFENCE_VERTICES_MAX + 1;
    out->points = arena_array(arena, struct geofence_point, room + 1);
    if (!out->points) return why_set(why, ERR_NO_MEMORY, "", "no memory for the zones");
    json_each(point, polygon)
    {
        if (out->count == room) break;
        if (!read_point(point, &out->points[out->count++]))
            return wrong(index, "polygon", "must be a list of [longitude,latitude]", why);
    }
    return ERR_NONE;
}

static enum err read_zone(struct arena *arena, const struct json *value, size_t index, struct zones *zones,
                          struct why *why)
{
    struct zone *zone = &zones->items[zones->count];
    if (value->type != JSON_OBJECT) return wrong(index, "", "must be an object", why);
    zone->name = json_text(value, "name");
    if (!zone->name.n || zone->name.n > ZONE_NAME_MAX)
        return wrong(index, "name", "must be a text of 1 to 40 bytes", why);
    for (size_t i = 0; i < zones->count; i++)
        if (str_eq(zones->items[i].name, zone->name)) return wrong(index, "name", "is another zone's name", why);
    if (!stage_parse(json_text(value, "stage"), &zone->stage))
        return wrong(index, "stage", "must be queue, booth, scanner, dock or exit", why);
    json_each(member, value)
    {
        bool known = str_is(member->name, "name") || str_is(member->name, "stage") || str_is(member->name, "polygon");
        if (!known) return wrong(index, "", "has a member that we do not know", why);
    }
    return read_polygon(arena, json_get(value, "polygon"), index, zone, why);
}

enum err zones_read(struct arena *arena, const struct json *zones, struct zones *out, struct why *why)
{
    *out = (struct zones){0};
    if (!zones) return ERR_NONE;
    if (zones->type != JSON_ARRAY) return why_set(why, ERR_MALFORMED, "/zones", "/zones must be a list of zones");
    if (zones->count > ZONES_MAX)
        return why_set(why, ERR_TOO_LARGE, "/zones", "a port has at most %d zones", ZONES_MAX);
    out->items = arena_array(arena, struct zone, zones->count + 1);
    if (!out->items) return why_set(why, ERR_NO_MEMORY, "", "no memory for the zones");
    struct geofence *fence = NULL;
    enum err err = geofence_new(&fence, why);
    json_each(value, zones)
    {
        struct why inner = {0};
        struct zone *zone = &out->items[out->count];
        if (err == ERR_NONE) err = read_zone(arena, value, out->count, out, why);
        if (err != ERR_NONE) break;
        err = geofence_add(fence, zone->points, zone->count, (uint32_t)out->count, &inner);
        char place[48];
        snprintf(place, sizeof place, "/zones/%zu/polygon", out->count);
        if (err != ERR_NONE) (void)why_set(why, err, place, "%s: %.170s", place, inner.text);
        out->count++;
    }
    geofence_free(fence);
    return err;
}
