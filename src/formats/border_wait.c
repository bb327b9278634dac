// SPDX-License-Identifier: Apache-2.0
#include "formats/border_wait.h"

#include "base/clock.h"
#include "base/text.h"
#include "trust/hash.h"

#include <stdio.h>

static const struct {
    const char *name, *text;
} says_table[BORDER_WAIT_SAYS_COUNT] = {
#define X(value, name, text) [value] = {name, text},
    BORDER_WAIT_SAYS_TABLE(X)
#undef X
};

// In the order of CBP's feed. NULL: the group has no such lane.
static const struct group_form {
    const char *name, *member, *method, *segment_from, *segment_to;
    const char *tolerance[BORDER_WAIT_LANES], *lane[BORDER_WAIT_LANES];
} groups[BORDER_WAIT_GROUPS] = {
    [BORDER_WAIT_COMMERCIAL] = {"commercial",
                                "commercial_vehicle_lanes",
                                "cv_automation_type",
                                "cv_segment_from",
                                "cv_segment_to",
                                {"cv_standard_tolerance", "cv_fast_tolerance", NULL, NULL},
                                {"standard_lanes", "FAST_lanes", NULL, NULL}},
    [BORDER_WAIT_PASSENGER] = {"passenger",
                               "passenger_vehicle_lanes",
                               "pv_automation_type",
                               "pv_segment_from",
                               "pv_segment_to",
                               {"pv_standard_tolerance", NULL, "pv_nexus_sentri_tolerance", "pv_ready_tolerance"},
                               {"standard_lanes", NULL, "NEXUS_SENTRI_lanes", "ready_lanes"}},
    [BORDER_WAIT_PEDESTRIAN] = {"pedestrian",
                                "pedestrian_lanes",
                                "ped_automation_type",
                                "ped_segment_from",
                                "ped_segment_to",
                                {"ped_standard_tolerance", NULL, NULL, "ped_ready_tolerance"},
                                {"standard_lanes", NULL, NULL, "ready_lanes"}},
};

static const char *const lane_names[BORDER_WAIT_LANES] = {"standard", "fast", "nexus-sentri", "ready"};
static const char *const methods[] = {NULL, "Manual", "Bluetooth", "RFID"};

const char *border_wait_says_name(enum border_wait_says says)
{
    return says_table[says].name;
}

const char *border_wait_lane_name(enum border_wait_lane_type type)
{
    return lane_names[type];
}

const char *border_wait_group_name(enum border_wait_group_type type)
{
    return groups[type].name;
}

bool border_wait_has(enum border_wait_group_type group, enum border_wait_lane_type lane)
{
    return groups[group].lane[lane] != NULL;
}

// ---- Reading ----

// A place in the feed, for reasons, and where unknown members of it go.
struct place {
    struct arena *arena;
    char pointer[80];
};

static struct place below(const struct place *place, const char *name)
{
    struct place out = {.arena = place->arena};
    snprintf(out.pointer, sizeof out.pointer, "%.50s/%.28s", place->pointer, name);
    return out;
}

static enum err wrong(const struct place *place, const char *what, struct why *why)
{
    return why_set(why, ERR_MALFORMED, place->pointer, "%s %s", place->pointer[0] ? place->pointer : "the feed", what);
}

static enum err need_object(const struct place *place, const struct json *value, struct why *why)
{
    return value && value->type == JSON_OBJECT ? ERR_NONE : wrong(place, "must be an object", why);
}

static enum err read_text(const struct place *place, const struct json *object, const char *name, struct str *out,
                          struct why *why)
{
    const struct json *value = json_get(object, name);
    *out = STR_NONE;
    if (!value) return ERR_NONE;
    struct place here = below(place, name);
    if (value->type != JSON_STRING) return wrong(&here, "must be a text", why);
    if (value->text.n > BORDER_WAIT_TEXT_MAX)
        return why_set(why, ERR_TOO_LARGE, here.pointer, "%s has more than %d bytes", here.pointer,
                       BORDER_WAIT_TEXT_MAX);
    *out = (struct str){value->text.p ? value->text.p : "", value->text.n};
    return ERR_NONE;
}

static struct border_wait_value value_of(struct str text)
{
    struct border_wait_value out = {.says = BORDER_WAIT_MISSING};
    uint64_t number;
    if (!text.p) return out;
    for (int i = 0; i < BORDER_WAIT_SAYS_COUNT; i++) {
        if (!says_table[i].text || !str_is(text, says_table[i].text)) continue;
        out.says = (enum border_wait_says)i;
        return out;
    }
    out.text = text;
    out.says = str_decimal(text, UINT32_MAX, &number) ? BORDER_WAIT_NUMBER : BORDER_WAIT_UNREADABLE;
    if (out.says == BORDER_WAIT_NUMBER) out.number = (uint32_t)number;
    return out;
}

static enum err read_value(const struct place *place, const struct json *object, const char *name,
                           struct border_wait_value *out, struct why *why)
{
    struct str text;
    enum err err = read_text(place, object, name, &text, why);
    *out = value_of(text);
    return err;
}

// The members of `object` that are not among the known ones, NULL where there are none.
static const struct json *unknown(struct arena *arena, const struct json *object, const char *const *known, size_t n)
{
    struct json *extra = NULL;
    json_each(member, object)
    {
        bool found = false;
        for (size_t i = 0; i < n; i++) found |= known[i] && str_is(member->name, known[i]);
        if (found) continue;
        if (!extra) extra = json_new_object(arena);
        if (extra) json_put_named(extra, member->name, json_copy(arena, member));
    }
    return extra;
}
#define UNKNOWN(arena, object, ...)                                                                                    \
    unknown(arena, object, (const char *const[]){__VA_ARGS__}, sizeof((const char *[]){__VA_ARGS__}) / sizeof(char *))

static enum err read_lane(const struct place *place, const struct json *object, struct border_wait_lane *out,
                          struct why *why)
{
    enum err err = need_object(place, object, why);
    if (err == ERR_NONE) err = read_text(place, object, "update_time", &out->update_time, why);
    if (err == ERR_NONE) err = read_value(place, object, "operational_status", &out->status, why);
    if (err == ERR_NONE) err = read_value(place, object, "delay_minutes", &out->delay_minutes, why);
    if (err == ERR_NONE) err = read_value(place, object, "lanes_open", &out->lanes_open, why);
    out->there = true;
    out->extra = UNKNOWN(place->arena, object, "update_time", "operational_status", "delay_minutes", "lanes_open");
    return err;
}

static enum err read_method(const struct place *place, const struct json *object, const char *name,
                            struct border_wait_group *out, struct why *why)
{
    struct str text;
    enum err err = read_text(place, object, name, &text, why);
    if (err != ERR_NONE || !text.p) return err;
    out->method = BORDER_WAIT_METHOD_OTHER;
    for (int i = BORDER_WAIT_MANUAL; i <= BORDER_WAIT_RFID; i++)
        if (str_is(text, methods[i])) out->method = (enum border_wait_method)i;
    out->method_text = text;
    return ERR_NONE;
}

static enum err read_group(const struct place *place, const struct json *object, const struct group_form *form,
                           struct border_wait_group *out, struct why *why)
{
    enum err err = need_object(place, object, why);
    out->there = true;
    if (err == ERR_NONE) err = read_value(place, object, "maximum_lanes", &out->maximum_lanes, why);
    if (err == ERR_NONE) err = read_method(place, object, form->method, out, why);
    if (err == ERR_NONE) err = read_text(place, object, form->segment_from, &out->segment_from, why);
    if (err == ERR_NONE) err = read_text(place, object, form->segment_to, &out->segment_to, why);
    for (int i = 0; i < BORDER_WAIT_LANES && err == ERR_NONE; i++) {
        if (!form->lane[i]) continue;
        err = read_text(place, object, form->tolerance[i], &out->tolerance[i], why);
        const struct json *lane = json_get(object, form->lane[i]);
        struct place here = below(place, form->lane[i]);
        if (err == ERR_NONE && lane) err = read_lane(&here, lane, &out->lane[i], why);
    }
    const char *const *t = form->tolerance, *const *l = form->lane;
    out->extra = UNKNOWN(place->arena, object, "maximum_lanes", form->method, form->segment_from, form->segment_to,
                         t[0], t[1], t[2], t[3], l[0], l[1], l[2], l[3]);
    return err;
}

// The plain texts of a crossing, before and after its lanes.
#define TEXT_AT(member)                                                                                                \
    {                                                                                                                  \
#member, offsetof(struct border_wait, member)                                                                  \
    }
static const struct text_form {
    const char *name;
    size_t at;
} texts[] = {TEXT_AT(port_number),
             TEXT_AT(border),
             TEXT_AT(port_name),
             TEXT_AT(crossing_name),
             TEXT_AT(hours),
             TEXT_AT(date),
             TEXT_AT(time),
             TEXT_AT(port_status),
             TEXT_AT(construction_notice),
             TEXT_AT(automation),
             TEXT_AT(automation_enabled)};
#define TEXTS (sizeof texts / sizeof *texts)
#define TEXTS_BEFORE 8

static struct str *text_in(struct border_wait *crossing, const struct text_form *form)
{
    return (struct str *)(void *)((char *)crossing + form->at);
}

// CBP's own feed has a number "l24501": a port number is any short text, and only six digits name a port.
static bool port_number_valid(struct str s)
{
    return s.n > 0 && s.n <= 16;
}

static enum err read_crossing(const struct place *place, const struct json *object, struct border_wait *out,
                              struct why *why)
{
    const char *known[TEXTS + BORDER_WAIT_GROUPS];
    enum err err = need_object(place, object, why);
    for (size_t i = 0; i < TEXTS; i++) {
        known[i] = texts[i].name;
        if (err == ERR_NONE) err = read_text(place, object, texts[i].name, text_in(out, &texts[i]), why);
    }
    struct place number = below(place, "port_number");
    if (err == ERR_NONE && !port_number_valid(out->port_number))
        err = wrong(&number, "must be a text of 1 to 16 bytes", why);
    for (size_t i = 0; i < BORDER_WAIT_GROUPS; i++) {
        known[TEXTS + i] = groups[i].member;
        const struct json *group = json_get(object, groups[i].member);
        struct place here = below(place, groups[i].member);
        if (err == ERR_NONE && group) err = read_group(&here, group, &groups[i], &out->group[i], why);
    }
    out->extra = unknown(place->arena, object, known, sizeof known / sizeof *known);
    return err;
}

enum err border_waits_parse(struct arena *arena, struct str bytes, struct border_waits *out, struct why *why)
{
    *out = (struct border_waits){0};
    if (str_starts(bytes, "\xef\xbb\xbf")) bytes = str_from(bytes, 3);
    struct why own = {0};
    if (!why) why = &own;
    const struct json *feed = json_parse(arena, bytes, why);
    if (!feed) return why->err;
    struct place top = {.arena = arena};
    if (feed->type != JSON_ARRAY) return wrong(&top, "must be an array of crossings", why);
    if (feed->count > BORDER_WAITS_MAX)
        return why_set(why, ERR_TOO_LARGE, "", "the feed has more than %d crossings", BORDER_WAITS_MAX);
    out->items = arena_array(arena, struct border_wait, feed->count + 1);
    if (!out->items) return why_set(why, ERR_NO_MEMORY, "", "no memory for the feed");
    enum err err = ERR_NONE;
    json_each(item, feed)
    {
        char index[16];
        snprintf(index, sizeof index, "%zu", out->count);
        struct place here = below(&top, index);
        if (err == ERR_NONE) err = read_crossing(&here, item, &out->items[out->count++], why);
    }
    if (err == ERR_NONE && arena->failed) err = why_set(why, ERR_NO_MEMORY, "", "no memory for the feed");
    return err;
}

// ---- What it means ----

struct border_wait_value border_wait_lane_says(const struct border_wait_lane *lane)
{
    enum border_wait_says status = lane->status.says, delay = lane->delay_minutes.says;
    bool empty = delay == BORDER_WAIT_ABSENT || delay == BORDER_WAIT_MISSING;
    if (status == BORDER_WAIT_CLOSED || status == BORDER_WAIT_PENDING) return lane->status;
    if (!empty) return lane->delay_minutes;
    if (status == BORDER_WAIT_MISSING || status == BORDER_WAIT_ABSENT) return lane->delay_minutes;
    return lane->status;
}

static const struct {
    const char *name;
    int offset_min;
} zones[] = {{"EST", -300}, {"EDT", -240}, {"CST", -360}, {"CDT", -300}, {"MST", -420},  {"MDT", -360},
             {"PST", -480}, {"PDT", -420}, {"AST", -240}, {"ADT", -180}, {"AKST", -540}, {"AKDT", -480}};

// "6/29/2022" and "13:25:16" or "9:05": microseconds as if it were UTC.
static bool local_time(struct str date, struct str time, int64_t *us)
{
    struct str rest, parts[6] = {{0}};
    uint64_t n[6] = {0};
    parts[0] = str_cut(date, '/', &rest);
    parts[1] = str_cut(rest, '/', &parts[2]);
    parts[3] = str_cut(time, ':', &rest);
    parts[4] = str_cut(rest, ':', &parts[5]);
    for (int i = 0; i < 6; i++) {
        struct str digits = parts[i];
        if (i == 5 && !digits.p) break;
        if (digits.n == 2 && digits.p[0] == '0') digits = str_from(digits, 1);
        if (!str_decimal(digits, 9999, &n[i])) return false;
    }
    return time_civil_us((int)n[2], (int)n[0], (int)n[1], (int)n[3], (int)n[4], (int)n[5], us);
}

// "At Noon EDT", "At Midnight EDT", "At 1:17 pm EDT": minutes of the day, and the zone.
static bool update_minutes(struct str text, int *minutes, int *offset_min)
{
    struct str rest, clock, half = STR_NONE, zone;
    if (!str_starts(text, "At ")) return false;
    clock = str_cut(str_from(text, 3), ' ', &rest);
    bool named = str_is(clock, "Noon") || str_is(clock, "Midnight");
    if (!named) half = str_cut(rest, ' ', &rest);
    zone = rest;
    *minutes = str_is(clock, "Noon") ? 720 : 0;
    struct str m, h = str_cut(clock, ':', &m);
    if (m.n == 2 && m.p[0] == '0') m = str_from(m, 1);
    uint64_t hour = 0, minute = 0;
    if (!named) {
        if (!str_decimal(h, 12, &hour) || !hour || !str_decimal(m, 59, &minute)) return false;
        if (!str_is(half, "am") && !str_is(half, "pm")) return false;
        *minutes = (int)(hour % 12 * 60 + minute) + (str_is(half, "pm") ? 720 : 0);
    }
    for (size_t i = 0; i < sizeof zones / sizeof *zones; i++) {
        if (!str_is(zone, zones[i].name)) continue;
        *offset_min = zones[i].offset_min;
        return true;
    }
    return false;
}

bool border_wait_time(const struct border_wait *crossing, const struct border_wait_lane *lane, int64_t *feed_ms,
                      int64_t *updated_ms)
{
    const int64_t minute_us = 60000000, day_us = 1440 * minute_us;
    int minutes, offset_min;
    int64_t feed_us;
    if (!local_time(crossing->date, crossing->time, &feed_us)) return false;
    if (!update_minutes(lane->update_time, &minutes, &offset_min)) return false;
    int64_t midnight_us = feed_us - ((feed_us % day_us) + day_us) % day_us;
    int64_t updated_us = midnight_us + minutes * minute_us;
    if (updated_us > feed_us) updated_us -= day_us;
    *feed_ms = (feed_us - offset_min * minute_us) / 1000;
    *updated_ms = (updated_us - offset_min * minute_us) / 1000;
    return true;
}

// ---- Writing ----

static void put_text(struct arena *arena, struct json *object, const char *name, struct str text)
{
    if (text.p) json_put_text(arena, object, name, text);
}

static void put_value(struct arena *arena, struct json *object, const char *name, const struct border_wait_value *v)
{
    if (v->says == BORDER_WAIT_NUMBER)
        json_put_text(arena, object, name, arena_printf(arena, "%u", v->number));
    else if (v->says == BORDER_WAIT_UNREADABLE)
        json_put_text(arena, object, name, v->text);
    else if (v->says != BORDER_WAIT_MISSING)
        json_put_text(arena, object, name, str_of(says_table[v->says].text));
}

static void put_extra(struct arena *arena, struct json *object, const struct json *extra)
{
    json_each(member, extra) json_put_named(object, member->name, json_copy(arena, member));
}

static struct json *lane_json(struct arena *arena, const struct border_wait_lane *lane)
{
    struct json *out = json_new_object(arena);
    put_text(arena, out, "update_time", lane->update_time);
    put_value(arena, out, "operational_status", &lane->status);
    put_value(arena, out, "delay_minutes", &lane->delay_minutes);
    put_value(arena, out, "lanes_open", &lane->lanes_open);
    put_extra(arena, out, lane->extra);
    return out;
}

static struct json *group_json(struct arena *arena, const struct border_wait_group *group,
                               const struct group_form *form)
{
    struct json *out = json_new_object(arena);
    bool named = group->method == BORDER_WAIT_MANUAL || group->method == BORDER_WAIT_BLUETOOTH ||
                 group->method == BORDER_WAIT_RFID;
    put_value(arena, out, "maximum_lanes", &group->maximum_lanes);
    put_text(arena, out, form->method, named ? str_of(methods[group->method]) : group->method_text);
    put_text(arena, out, form->segment_from, group->segment_from);
    put_text(arena, out, form->segment_to, group->segment_to);
    for (int i = 0; i < BORDER_WAIT_LANES; i++)
        if (form->tolerance[i]) put_text(arena, out, form->tolerance[i], group->tolerance[i]);
    for (int i = 0; i < BORDER_WAIT_LANES; i++)
        if (form->lane[i] && group->lane[i].there) json_put(out, form->lane[i], lane_json(arena, &group->lane[i]));
    put_extra(arena, out, group->extra);
    return out;
}

static struct json *crossing_json(struct arena *arena, const struct border_wait *crossing)
{
    struct json *out = json_new_object(arena);
    struct border_wait copy = *crossing;
    for (size_t i = 0; i < TEXTS; i++) {
        for (int g = 0; i == TEXTS_BEFORE && g < BORDER_WAIT_GROUPS; g++)
            if (copy.group[g].there) json_put(out, groups[g].member, group_json(arena, &copy.group[g], &groups[g]));
        put_text(arena, out, texts[i].name, *text_in(&copy, &texts[i]));
    }
    put_extra(arena, out, crossing->extra);
    return out;
}

struct json *border_waits_json(struct arena *arena, const struct border_waits *waits)
{
    struct json *out = json_new_array(arena);
    for (size_t i = 0; i < waits->count; i++) json_add(out, crossing_json(arena, &waits->items[i]));
    return arena->failed ? NULL : out;
}

// What a local clock shows, as digits of UTC text: "2026-03-01T14:05:09.000Z".
static void local_text(int64_t at_ms, int offset_min, int part[6])
{
    char text[TIME_TEXT_ROOM];
    time_text_ms(at_ms + (int64_t)offset_min * 60000, text);
    static const struct {
        int at, n;
    } places[6] = {{0, 4}, {5, 2}, {8, 2}, {11, 2}, {14, 2}, {17, 2}};
    for (int i = 0; i < 6; i++) {
        part[i] = 0;
        for (int k = 0; k < places[i].n; k++) part[i] = part[i] * 10 + (text[places[i].at + k] - '0');
    }
}

void border_wait_stamp(struct arena *arena, struct border_wait *crossing, int64_t at_ms, int offset_min)
{
    int p[6];
    local_text(at_ms, offset_min, p);
    crossing->date = arena_printf(arena, "%d/%d/%d", p[1], p[2], p[0]);
    crossing->time = arena_printf(arena, "%02d:%02d:%02d", p[3], p[4], p[5]);
}

struct str border_wait_update_text(struct arena *arena, int64_t at_ms, int offset_min, const char *abbreviation)
{
    int p[6];
    local_text(at_ms, offset_min, p);
    if (p[4] == 0 && p[3] % 12 == 0) return arena_printf(arena, "At %s %s", p[3] ? "Noon" : "Midnight", abbreviation);
    return arena_printf(arena, "At %d:%02d %s %s", p[3] % 12 ? p[3] % 12 : 12, p[4], p[3] < 12 ? "am" : "pm",
                        abbreviation);
}

// ---- Drafts ----

static void state_lane(struct arena *arena, struct json *out, const char *name, const struct border_wait *crossing,
                       const struct border_wait_lane *lane)
{
    struct json *object = json_new_object(arena);
    struct border_wait_value says = border_wait_lane_says(lane);
    int64_t feed_ms, updated_ms;
    json_put_text(arena, object, "says", str_of(border_wait_says_name(says.says)));
    if (says.says == BORDER_WAIT_NUMBER) json_put_number(arena, object, "minutes", says.number);
    if (says.says == BORDER_WAIT_UNREADABLE) json_put_text(arena, object, "text", says.text);
    if (lane->lanes_open.says == BORDER_WAIT_NUMBER)
        json_put_number(arena, object, "lanes_open", lane->lanes_open.number);
    if (border_wait_time(crossing, lane, &feed_ms, &updated_ms))
        document_put_time(arena, object, "updated", updated_ms);
    else if (lane->update_time.n)
        json_put_text(arena, object, "updated_text", lane->update_time);
    json_put(out, name, object);
}

static struct json *state_group(struct arena *arena, const struct border_wait *crossing,
                                const struct border_wait_group *group)
{
    struct json *object = json_new_object(arena);
    if (group->method_text.p) json_put_text(arena, object, "method", group->method_text);
    if (group->maximum_lanes.says == BORDER_WAIT_NUMBER)
        json_put_number(arena, object, "lanes", group->maximum_lanes.number);
    for (int i = 0; i < BORDER_WAIT_LANES; i++)
        if (group->lane[i].there) state_lane(arena, object, lane_names[i], crossing, &group->lane[i]);
    return object;
}

static struct json *state_crossing(struct arena *arena, const struct border_wait *crossing)
{
    struct json *object = json_new_object(arena);
    json_put_text(arena, object, "number", crossing->port_number);
    put_text(arena, object, "port_name", crossing->port_name);
    if (crossing->crossing_name.n) json_put_text(arena, object, "name", crossing->crossing_name);
    put_text(arena, object, "hours", crossing->hours);
    put_text(arena, object, "status", crossing->port_status);
    for (int i = 0; i < BORDER_WAIT_GROUPS; i++)
        if (crossing->group[i].there)
            json_put(object, groups[i].name, state_group(arena, crossing, &crossing->group[i]));
    return object;
}

// The latest time of its own that any lane of these crossings lets us tell.
static int64_t feed_time(const struct border_waits *waits, int64_t fallback_ms)
{
    int64_t latest = INT64_MIN, feed_ms, updated_ms;
    for (size_t i = 0; i < waits->count; i++)
        for (int g = 0; g < BORDER_WAIT_GROUPS; g++)
            for (int l = 0; l < BORDER_WAIT_LANES; l++)
                if (border_wait_time(&waits->items[i], &waits->items[i].group[g].lane[l], &feed_ms, &updated_ms) &&
                    feed_ms > latest)
                    latest = feed_ms;
    return latest == INT64_MIN ? fallback_ms : latest;
}

// The Schedule D code; {NULL,0} where the number holds none.
static struct str port_of(const struct border_wait *crossing)
{
    struct str number = crossing->port_number;
    for (size_t i = 0; i < number.n; i++)
        if (number.p[i] < '0' || number.p[i] > '9') return STR_NONE;
    return number.n == 6 ? (struct str){number.p, 4} : STR_NONE;
}

static struct json *left_out(struct arena *arena, const struct border_waits *waits)
{
    struct json *list = json_new_array(arena);
    for (size_t i = 0; i < waits->count; i++)
        if (!port_of(&waits->items[i]).p) json_add(list, json_new_text(arena, waits->items[i].port_number));
    return list;
}

static enum err state_port(struct arena *arena, const struct border_waits *waits, size_t first, int64_t at_ms,
                           struct str sha256_hex, const struct document_context *context, struct drafts *out,
                           struct why *why)
{
    struct str port = port_of(&waits->items[first]);
    struct draft *draft = draft_new(arena, "port.feed", at_ms, context->label);
    if (!draft) return why_set(why, ERR_NO_MEMORY, "", "no memory for the feed");
    enum err err =
        document_subject(arena, context, draft, NOUN_PORT, STR("us.schedule-d"), port, "/port_number", NULL, why);
    if (err != ERR_NONE) return err;
    struct json *feed = json_new_object(arena), *crossings = json_new_array(arena);
    json_put_text(arena, feed, "source", STR("cbp-bwt"));
    document_put_time(arena, feed, "time", at_ms);
    json_put_text(arena, feed, "sha256", sha256_hex);
    struct json *without_port = left_out(arena, waits);
    if (without_port && without_port->count) json_put(feed, "left_out", without_port);
    for (size_t i = first; i < waits->count; i++)
        if (str_eq(port_of(&waits->items[i]), port)) json_add(crossings, state_crossing(arena, &waits->items[i]));
    draft_put(draft, "feed", feed);
    draft_put(draft, "crossings", crossings);
    drafts_add(out, draft);
    return ERR_NONE;
}

enum err border_waits_drafts(struct arena *arena, struct str bytes, const struct document_context *context,
                             struct drafts *out, struct why *why)
{
    struct border_waits waits;
    enum err err = border_waits_parse(arena, bytes, &waits, why);
    if (err != ERR_NONE) return err;
    uint8_t hash[SHA256_BYTES];
    sha256(bytes, hash);
    struct str hex = hex_text(arena, (struct str){(const char *)hash, sizeof hash});
    int64_t at_ms = feed_time(&waits, context->received_ms);
    for (size_t i = 0; i < waits.count && err == ERR_NONE; i++) {
        bool seen = !port_of(&waits.items[i]).p;
        for (size_t k = 0; k < i && !seen; k++) seen = str_eq(port_of(&waits.items[k]), port_of(&waits.items[i]));
        if (!seen) err = state_port(arena, &waits, i, at_ms, hex, context, out, why);
    }
    if (err == ERR_NONE && arena->failed) err = why_set(why, ERR_NO_MEMORY, "", "no memory for the feed");
    return err;
}
