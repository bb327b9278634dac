// SPDX-License-Identifier: Apache-2.0
// Years begin in March here, so that the leap day is the last of one; 400 years, an era, are always 146,097 days.
#include "expr/calendar.h"

#define ERA_DAYS 146097
#define MARCH_0000 719468 // days from 0000-03-01 to 1970-01-01

bool calendar_leap(int64_t year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

struct civil calendar_civil(int64_t seconds)
{
    int64_t days = seconds / CALENDAR_DAY - (seconds % CALENDAR_DAY < 0), rest = seconds - days * CALENDAR_DAY;
    int64_t shifted = days + MARCH_0000, era = (shifted >= 0 ? shifted : shifted - (ERA_DAYS - 1)) / ERA_DAYS;
    int64_t day_of_era = shifted - era * ERA_DAYS;
    int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t from_march = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month = (5 * from_march + 2) / 153, year = year_of_era + era * 400 + (month >= 10);
    return (struct civil){
        .year = year,
        .month = month < 10 ? month + 2 : month - 10,
        .day = from_march - (153 * month + 2) / 5 + 1,
        .day_of_year = month < 10 ? from_march + 59 + calendar_leap(year) : from_march - 306,
        .day_of_week = ((days + 4) % 7 + 7) % 7,
        .hours = rest / 3600,
        .minutes = rest / 60 % 60,
        .seconds = rest % 60,
    };
}

int64_t calendar_days(int64_t year, int64_t month, int64_t day)
{
    year += month / 12;
    month %= 12;
    int64_t y = year - (month < 2), era = (y >= 0 ? y : y - 399) / 400, year_of_era = y - era * 400;
    int64_t from_march = (153 * (month >= 2 ? month - 2 : month + 10) + 2) / 5 + day - 1;
    return era * ERA_DAYS + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + from_march - MARCH_0000;
}
