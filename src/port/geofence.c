// SPDX-License-Identifier: Apache-2.0
#include "port/geofence.h"

#include <geos_c.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

struct box {
    double west, south, east, north;
};

struct zone {
    struct box box;
    GEOSGeometry *polygon;
    const GEOSPreparedGeometry *prepared;
    uint32_t number;
};

struct geofence {
    GEOSContextHandle_t geos;
    struct box box; // of all zones
    struct zone *zones;
    size_t count, room;
    char said[160]; // by the library, last
};

static void keep_message(const char *message, void *context)
{
    struct geofence *fence = context;
    snprintf(fence->said, sizeof fence->said, "%s", message);
}

enum err geofence_new(struct geofence **out, struct why *why)
{
    struct geofence *fence = calloc(1, sizeof *fence);
    if (fence) fence->geos = GEOS_init_r();
    if (!fence || !fence->geos) {
        free(fence);
        return why_set(why, ERR_NO_MEMORY, "", "no memory for the zones");
    }
    GEOSContext_setErrorMessageHandler_r(fence->geos, keep_message, fence);
    fence->box = (struct box){INFINITY, INFINITY, -INFINITY, -INFINITY};
    *out = fence;
    return ERR_NONE;
}

void geofence_free(struct geofence *fence)
{
    if (!fence) return;
    for (size_t i = 0; i < fence->count; i++) {
        GEOSPreparedGeom_destroy_r(fence->geos, fence->zones[i].prepared);
        GEOSGeom_destroy_r(fence->geos, fence->zones[i].polygon);
    }
    GEOS_finish_r(fence->geos);
    free(fence->zones);
    free(fence);
}

static bool same_point(const struct geofence_point *a, const struct geofence_point *b)
{
    return !(a->lon < b->lon || a->lon > b->lon || a->lat < b->lat || a->lat > b->lat);
}

static bool on_earth(double lon, double lat)
{
    return lon >= -180 && lon <= 180 && lat >= -90 && lat <= 90; // false for a NaN
}

static void box_take(struct box *box, double lon, double lat)
{
    box->west = fmin(box->west, lon);
    box->east = fmax(box->east, lon);
    box->south = fmin(box->south, lat);
    box->north = fmax(box->north, lat);
}

static bool box_holds(const struct box *box, double lon, double lat)
{
    return lon >= box->west && lon <= box->east && lat >= box->south && lat <= box->north;
}

static enum err check_points(const struct geofence_point *points, size_t *count, struct box *box, struct why *why)
{
    if (*count > GEOFENCE_VERTICES_MAX)
        return why_set(why, ERR_TOO_LARGE, "polygon", "a polygon has at most %d points", GEOFENCE_VERTICES_MAX);
    *box = (struct box){INFINITY, INFINITY, -INFINITY, -INFINITY};
    for (size_t i = 0; i < *count; i++) {
        if (!on_earth(points[i].lon, points[i].lat))
            return why_set(why, ERR_MALFORMED, "polygon",
                           "point %zu is not a longitude from -180 to 180 and a latitude from -90 to 90", i);
        box_take(box, points[i].lon, points[i].lat);
    }
    if (*count > 1 && same_point(&points[0], &points[*count - 1])) --*count;
    if (*count < 3) return why_set(why, ERR_SENSELESS, "polygon", "a polygon has at least three different points");
    if (box->east - box->west > 180)
        return why_set(why, ERR_SENSELESS, "polygon",
                       "a polygon is not wider than half the globe; cut one that crosses the 180th meridian in two");
    return ERR_NONE;
}

static GEOSGeometry *make_polygon(GEOSContextHandle_t geos, const struct geofence_point *points, size_t count)
{
    GEOSCoordSequence *ring = GEOSCoordSeq_create_r(geos, (unsigned)count + 1, 2);
    if (!ring) return NULL;
    bool good = true;
    for (size_t i = 0; i <= count; i++)
        good = good && GEOSCoordSeq_setXY_r(geos, ring, (unsigned)i, points[i % count].lon, points[i % count].lat);
    if (!good) {
        GEOSCoordSeq_destroy_r(geos, ring);
        return NULL;
    }
    GEOSGeometry *line = GEOSGeom_createLinearRing_r(geos, ring); // takes the ring
    return line ? GEOSGeom_createPolygon_r(geos, line, NULL, 0) : NULL;
}

static enum err check_polygon(struct geofence *fence, const GEOSGeometry *polygon, struct why *why)
{
    double area = 0;
    if (!polygon) return why_set(why, ERR_NO_MEMORY, "polygon", "the polygon cannot be made: %.120s", fence->said);
    char valid = GEOSisValid_r(fence->geos, polygon);
    if (valid == 1 && GEOSArea_r(fence->geos, polygon, &area) && area > 0) return ERR_NONE;
    if (valid == 1) return why_set(why, ERR_SENSELESS, "polygon", "the polygon has no area");
    char *reason = GEOSisValidReason_r(fence->geos, polygon);
    (void)why_set(why, ERR_SENSELESS, "polygon", "the polygon's edges cross or touch: %.120s",
                  reason ? reason : fence->said);
    if (reason) GEOSFree_r(fence->geos, reason);
    return ERR_SENSELESS;
}

static bool more_room(struct geofence *fence)
{
    if (fence->count < fence->room) return true;
    size_t room = fence->room ? 2 * fence->room : 16;
    struct zone *zones = realloc(fence->zones, room * sizeof *zones);
    if (!zones) return false;
    fence->zones = zones;
    fence->room = room;
    return true;
}

enum err geofence_add(struct geofence *fence, const struct geofence_point *points, size_t count, uint32_t number,
                      struct why *why)
{
    struct zone zone = {.number = number};
    if (fence->count == GEOFENCE_ZONES_MAX)
        return why_set(why, ERR_TOO_LARGE, "zones", "there are at most %d zones", GEOFENCE_ZONES_MAX);
    enum err err = check_points(points, &count, &zone.box, why);
    if (err != ERR_NONE) return err;
    zone.polygon = make_polygon(fence->geos, points, count);
    err = check_polygon(fence, zone.polygon, why);
    if (err == ERR_NONE) zone.prepared = GEOSPrepare_r(fence->geos, zone.polygon);
    if (err == ERR_NONE && (!zone.prepared || !more_room(fence))) {
        if (zone.prepared) GEOSPreparedGeom_destroy_r(fence->geos, zone.prepared);
        err = why_set(why, ERR_NO_MEMORY, "", "no memory for the zones");
    }
    if (err != ERR_NONE) {
        if (zone.polygon) GEOSGeom_destroy_r(fence->geos, zone.polygon);
        return err;
    }
    fence->zones[fence->count++] = zone;
    box_take(&fence->box, zone.box.west, zone.box.south);
    box_take(&fence->box, zone.box.east, zone.box.north);
    return ERR_NONE;
}

size_t geofence_find(struct geofence *fence, double lon, double lat, uint32_t *numbers, size_t room)
{
    size_t n = 0;
    GEOSGeometry *point = NULL;
    if (!box_holds(&fence->box, lon, lat)) return 0;
    for (size_t i = 0; i < fence->count && n < room; i++) {
        const struct zone *zone = &fence->zones[i];
        if (!box_holds(&zone->box, lon, lat)) continue;
        if (!point) point = GEOSGeom_createPointFromXY_r(fence->geos, lon, lat);
        if (point && GEOSPreparedCovers_r(fence->geos, zone->prepared, point) == 1) numbers[n++] = zone->number;
    }
    if (point) GEOSGeom_destroy_r(fence->geos, point);
    return n;
}
