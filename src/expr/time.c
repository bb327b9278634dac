// SPDX-License-Identifier: Apache-2.0
// Functions of timestamps and durations. The calendar is proleptic Gregorian and computed here; ICU is asked only how
// far a zone is from UTC at an instant.
#include <unicode/ucal.h>

#include "expr/expr.h"
#include "expr/extension.h"

#define TIMESTAMP_MIN INT64_C(-62135596800) // 0001-01-01T00:00:00Z
#define TIMESTAMP_MAX INT64_C(253402300799) // 9999-12-31T23:59:59Z
#define DAY 86400
#define ZONE_COST 200 // units; ICU makes a calendar for it
#define ZONE_NAME_MAX 63

// ---- Conversions ----

// The same error at the place of the call.
static struct expr_value placed(struct expr_run *run, struct expr_value value)
{
    return value.kind == EXPR_ERROR ? expr_fail(run, "%.*s", STR_ARG(value.fault->text)) : value;
}

EXPR_FUNCTION(itself)
{
    return args[0];
}

EXPR_FUNCTION(timestamp_of_string)
{
    if (!expr_spend(run, args[0].text.n / 10)) return expr_over_cost(run);
    return placed(run, expr_timestamp_parse(run->arena, args[0].text));
}

EXPR_FUNCTION(timestamp_of_int)
{
    int64_t seconds = args[0].integer;
    if (seconds < TIMESTAMP_MIN || seconds > TIMESTAMP_MAX)
        return expr_fail(run, "range error: timestamp out of range");
    return (struct expr_value){.kind = EXPR_TIMESTAMP, .time = {seconds, 0}};
}

EXPR_FUNCTION(duration_of_string)
{
    if (!expr_spend(run, args[0].text.n / 10)) return expr_over_cost(run);
    return placed(run, expr_duration_parse(run->arena, args[0].text));
}

// Nanoseconds, as cel-go has it.
EXPR_FUNCTION(int_of_duration)
{
    int64_t nanos;
    if (__builtin_mul_overflow(args[0].time.seconds, INT64_C(1000000000), &nanos) ||
        __builtin_add_overflow(nanos, (int64_t)args[0].time.nanos, &nanos))
        return expr_fail(run, "range error: duration out of range");
    return EXPR_INT_VALUE(nanos);
}

// ---- Zones ----

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

// [+-]HH:MM or [+-]H:MM, up to 23:59 either way.
static bool fixed_offset(struct str zone, int *seconds)
{
    bool negative = str_starts(zone, "-");
    if (negative || str_starts(zone, "+")) zone = str_from(zone, 1);
    struct str minutes, hours = str_cut(zone, ':', &minutes);
    if (hours.n < 1 || hours.n > 2 || minutes.n != 2) return false;
    int h = 0, m = 0;
    for (size_t i = 0; i < hours.n; i++) {
        if (!is_digit(hours.p[i])) return false;
        h = h * 10 + (hours.p[i] - '0');
    }
    for (size_t i = 0; i < 2; i++) {
        if (!is_digit(minutes.p[i])) return false;
        m = m * 10 + (minutes.p[i] - '0');
    }
    *seconds = (h * 60 + m) * (negative ? -60 : 60);
    return h < 24 && m < 60;
}

// Names that ICU knows beside IANA's: its word for "I do not know that one", and three letters that mean one place in
// India to some and another in Ireland to others.
static bool is_dubious(const char *zone)
{
    static const char names[][12] = {"Etc/Unknown", "ACT", "AET", "AGT", "ART", "AST", "BET", "BST", "CAT",
                                     "CNT",         "CST", "CTT", "EAT", "ECT", "IET", "IST", "JST", "MIT",
                                     "NET",         "NST", "PLT", "PNT", "PRT", "PST", "SST", "VST"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(zone, names[i]) == 0) return true;
    return strncmp(zone, "SystemV/", 8) == 0;
}

// An IANA name in ICU's characters; false: there is no such zone. (ICU takes any other name for GMT.)
static bool zone_name(struct str zone, UChar *name)
{
    char z[ZONE_NAME_MAX + 1] = "";
    UChar canonical[128];
    UBool system = false;
    UErrorCode status = U_ZERO_ERROR;
    if (zone.n == 0 || zone.n > ZONE_NAME_MAX) return false;
    for (size_t i = 0; i < zone.n; i++) {
        if (zone.p[i] <= ' ' || zone.p[i] > '~') return false;
        z[i] = zone.p[i];
        name[i] = (UChar)zone.p[i];
    }
    (void)ucal_getCanonicalTimeZoneID(name, (int32_t)zone.n, canonical, 128, &system, &status);
    return U_SUCCESS(status) && system && !is_dubious(z);
}

static bool named_offset(struct str zone, int64_t at, int *seconds)
{
    UChar name[ZONE_NAME_MAX];
    UErrorCode status = U_ZERO_ERROR;
    if (!zone_name(zone, name)) return false;
    UCalendar *calendar = ucal_open(name, (int32_t)zone.n, "", UCAL_GREGORIAN, &status);
    ucal_setMillis(calendar, (double)at * 1000, &status);
    int32_t offset = ucal_get(calendar, UCAL_ZONE_OFFSET, &status) + ucal_get(calendar, UCAL_DST_OFFSET, &status);
    if (calendar) ucal_close(calendar);
    *seconds = offset / 1000;
    return U_SUCCESS(status);
}

// ---- The calendar ----

struct civil {
    int64_t year, month, day, day_of_year, day_of_week, hours, minutes, seconds,
        milliseconds; // from 0 but year and day
};

static struct civil civil_of(int64_t seconds, int32_t nanos)
{
    int64_t days = seconds / DAY - (seconds % DAY < 0), rest = seconds - days * DAY;
    // Years begin in March here, so that the leap day is the last of one; eras are 400 years.
    int64_t shifted = days + 719468, era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
    int64_t day_of_era = shifted - era * 146097;
    int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t from_march = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month = (5 * from_march + 2) / 153, year = year_of_era + era * 400 + (month >= 10);
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return (struct civil){
        .year = year,
        .month = month < 10 ? month + 2 : month - 10,
        .day = from_march - (153 * month + 2) / 5 + 1,
        .day_of_year = month < 10 ? from_march + 59 + leap : from_march - 306,
        .day_of_week = ((days + 4) % 7 + 7) % 7,
        .hours = rest / 3600,
        .minutes = rest / 60 % 60,
        .seconds = rest % 60,
        .milliseconds = nanos / 1000000,
    };
}

// The fields of args[0], in the zone that args[1] names if there is one. false: *error is set.
static bool fields_of(struct expr_run *run, const struct expr_value *args, size_t nargs, struct civil *civil,
                      struct expr_value *error)
{
    struct expr_time time = args[0].time;
    int offset = 0;
    if (nargs == 2) {
        struct str zone = args[1].text;
        if (!expr_spend(run, ZONE_COST)) {
            *error = expr_over_cost(run);
            return false;
        }
        if (!fixed_offset(zone, &offset) && !named_offset(zone, time.seconds, &offset)) {
            *error = expr_fail(run, "unknown time zone %.*s", (int)(zone.n < 64 ? zone.n : 64), zone.p ? zone.p : "");
            return false;
        }
    }
    *civil = civil_of(time.seconds + offset, time.nanos);
    return true;
}

#define FIELD(name, field)                                                                                             \
    EXPR_FUNCTION(name)                                                                                                \
    {                                                                                                                  \
        struct civil civil;                                                                                            \
        struct expr_value error;                                                                                       \
        return fields_of(run, args, nargs, &civil, &error) ? EXPR_INT_VALUE(civil.field) : error;                      \
    }

FIELD(get_full_year, year)
FIELD(get_month, month)
FIELD(get_date, day)
FIELD(get_day_of_month, day - 1)
FIELD(get_day_of_week, day_of_week)
FIELD(get_day_of_year, day_of_year)
FIELD(get_hours, hours)
FIELD(get_minutes, minutes)
FIELD(get_seconds, seconds)
FIELD(get_milliseconds, milliseconds)

// A whole duration in hours, minutes, seconds; milliseconds are those of its last second.
EXPR_FUNCTION(duration_hours)
{
    return EXPR_INT_VALUE(args[0].time.seconds / 3600);
}

EXPR_FUNCTION(duration_minutes)
{
    return EXPR_INT_VALUE(args[0].time.seconds / 60);
}

EXPR_FUNCTION(duration_seconds)
{
    return EXPR_INT_VALUE(args[0].time.seconds);
}

EXPR_FUNCTION(duration_milliseconds)
{
    return EXPR_INT_VALUE(args[0].time.nanos / 1000000);
}

#define OF_TIMESTAMP(name, call)                                                                                       \
    {name, "timestamp.() -> int", call},                                                                               \
    {                                                                                                                  \
        name, "timestamp.(string) -> int", call                                                                        \
    }

const struct expr_overload expr_time_functions[] = {
    {"timestamp", "(timestamp) -> timestamp", itself},
    {"timestamp", "(string) -> timestamp", timestamp_of_string},
    {"timestamp", "(int) -> timestamp", timestamp_of_int},
    {"duration", "(duration) -> duration", itself},
    {"duration", "(string) -> duration", duration_of_string},
    {"int", "(duration) -> int", int_of_duration},
    OF_TIMESTAMP("getFullYear", get_full_year),
    OF_TIMESTAMP("getMonth", get_month),
    OF_TIMESTAMP("getDate", get_date),
    OF_TIMESTAMP("getDayOfMonth", get_day_of_month),
    OF_TIMESTAMP("getDayOfWeek", get_day_of_week),
    OF_TIMESTAMP("getDayOfYear", get_day_of_year),
    OF_TIMESTAMP("getHours", get_hours),
    OF_TIMESTAMP("getMinutes", get_minutes),
    OF_TIMESTAMP("getSeconds", get_seconds),
    OF_TIMESTAMP("getMilliseconds", get_milliseconds),
    {"getHours", "duration.() -> int", duration_hours},
    {"getMinutes", "duration.() -> int", duration_minutes},
    {"getSeconds", "duration.() -> int", duration_seconds},
    {"getMilliseconds", "duration.() -> int", duration_milliseconds},
    {NULL},
};
