// SPDX-License-Identifier: Apache-2.0
// Functions of timestamps and durations.
#include "expr/calendar.h"
#include "expr/expr.h"
#include "expr/extension.h"
#include "expr/zone.h"

#define TIMESTAMP_MIN INT64_C(-62135596800) // 0001-01-01T00:00:00Z
#define TIMESTAMP_MAX INT64_C(253402300799) // 9999-12-31T23:59:59Z
#define ZONE_COST 200                       // units: a file is read

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

// ---- Fields ----

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
        if (!zone_fixed(zone, &offset) && !zone_named(zone, time.seconds, &offset)) {
            *error = expr_fail(run, "unknown time zone %.*s", (int)(zone.n < 64 ? zone.n : 64), zone.p ? zone.p : "");
            return false;
        }
    }
    *civil = calendar_civil(time.seconds + offset);
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

// No zone is off by parts of a second, but one that is none is refused.
EXPR_FUNCTION(get_milliseconds)
{
    struct civil civil;
    struct expr_value error;
    if (!fields_of(run, args, nargs, &civil, &error)) return error;
    return EXPR_INT_VALUE(args[0].time.nanos / 1000000);
}

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
