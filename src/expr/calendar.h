// SPDX-License-Identifier: Apache-2.0
// Calendar: the proleptic Gregorian one, by arithmetic.
#ifndef EXPR_CALENDAR_H
#define EXPR_CALENDAR_H

#include <stdbool.h>
#include <stdint.h>

#define CALENDAR_DAY 86400 // seconds

// All count from 0 but year and day; Sunday is day 0 of the week.
struct civil {
    int64_t year, month, day, day_of_year, day_of_week, hours, minutes, seconds;
};

// Of seconds since 1970-01-01T00:00:00, for years up to a few million either way.
struct civil calendar_civil(int64_t seconds);
// Days from 1970-01-01 to a day; month from 0, 12 is January of the next year.
int64_t calendar_days(int64_t year, int64_t month, int64_t day);
bool calendar_leap(int64_t year);

#endif
