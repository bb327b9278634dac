// SPDX-License-Identifier: Apache-2.0
#include "port/local_time.h"

#include "base/clock.h"

#define HOUR_MS INT64_C(3600000)
#define DAY_MS (24 * HOUR_MS)

static const struct zone {
    const char *name;
    int standard_min;
    bool changes;
    const char *standard, *daylight;
} zones[] = {
    {"America/Halifax", -240, true, "AST", "ADT"},     {"America/Moncton", -240, true, "AST", "ADT"},
    {"America/New_York", -300, true, "EST", "EDT"},    {"America/Detroit", -300, true, "EST", "EDT"},
    {"America/Toronto", -300, true, "EST", "EDT"},     {"America/Montreal", -300, true, "EST", "EDT"},
    {"America/Thunder_Bay", -300, true, "EST", "EDT"}, {"America/Chicago", -360, true, "CST", "CDT"},
    {"America/Winnipeg", -360, true, "CST", "CDT"},    {"America/Rainy_River", -360, true, "CST", "CDT"},
    {"America/Matamoros", -360, true, "CST", "CDT"},   {"America/Ojinaga", -360, true, "CST", "CDT"},
    {"America/Monterrey", -360, false, "CST", "CST"},  {"America/Mexico_City", -360, false, "CST", "CST"},
    {"America/Chihuahua", -360, false, "CST", "CST"},  {"America/Regina", -360, false, "CST", "CST"},
    {"America/Denver", -420, true, "MST", "MDT"},      {"America/Boise", -420, true, "MST", "MDT"},
    {"America/Edmonton", -420, true, "MST", "MDT"},    {"America/Ciudad_Juarez", -420, true, "MST", "MDT"},
    {"America/Phoenix", -420, false, "MST", "MST"},    {"America/Hermosillo", -420, false, "MST", "MST"},
    {"America/Whitehorse", -420, false, "MST", "MST"}, {"America/Los_Angeles", -480, true, "PST", "PDT"},
    {"America/Vancouver", -480, true, "PST", "PDT"},   {"America/Tijuana", -480, true, "PST", "PDT"},
    {"America/Juneau", -540, true, "AKST", "AKDT"},    {"America/Anchorage", -540, true, "AKST", "AKDT"},
};

static const struct zone *find(struct str name)
{
    for (size_t i = 0; i < sizeof zones / sizeof *zones; i++)
        if (str_is(name, zones[i].name)) return &zones[i];
    return NULL;
}

// Days since Monday 1969-12-29, and the day of the week, 0 is Monday.
static int64_t day_of(int64_t ms)
{
    int64_t days = ms / DAY_MS - (ms % DAY_MS < 0);
    return days + 3; // 1970-01-01 was a Thursday
}

// The n-th Sunday of a month, 02:00 by a clock that is `offset_min` ahead of UTC.
static int64_t sunday_ms(int year, int month, int n, int offset_min)
{
    int64_t us = 0;
    if (!time_civil_us(year, month, 1, 2, 0, 0, &us)) return 0;
    int64_t ms = us / 1000, weekday = (day_of(ms) % 7 + 7) % 7;
    return ms + ((6 - weekday) + 7 * (n - 1)) * DAY_MS - (int64_t)offset_min * 60000;
}

static int year_of(int64_t ms)
{
    char text[TIME_TEXT_ROOM];
    time_text_ms(ms, text);
    return (text[0] - '0') * 1000 + (text[1] - '0') * 100 + (text[2] - '0') * 10 + (text[3] - '0');
}

static bool daylight(const struct zone *z, int64_t utc_ms)
{
    if (!z->changes) return false;
    int year = year_of(utc_ms + (int64_t)z->standard_min * 60000);
    return utc_ms >= sunday_ms(year, 3, 2, z->standard_min) && utc_ms < sunday_ms(year, 11, 1, z->standard_min + 60);
}

bool local_time_known(struct str zone)
{
    return find(zone) != NULL;
}

int local_time_offset_min(struct str zone, int64_t utc_ms, const char **abbreviation)
{
    const struct zone *z = find(zone);
    bool summer = z && daylight(z, utc_ms);
    if (abbreviation) *abbreviation = !z ? "UTC" : summer ? z->daylight : z->standard;
    return !z ? 0 : z->standard_min + (summer ? 60 : 0);
}

uint8_t local_time_slot(struct str zone, int64_t utc_ms)
{
    int64_t local = utc_ms + (int64_t)local_time_offset_min(zone, utc_ms, NULL) * 60000;
    int64_t day = day_of(local), hour = (local - (day - 3) * DAY_MS) / HOUR_MS;
    return (uint8_t)((day % 7 + 7) % 7 * 24 + hour);
}
