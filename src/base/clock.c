// SPDX-License-Identifier: Apache-2.0
#include "base/clock.h"

#include "base/why.h"

#include <math.h>
#include <stdatomic.h>
#include <time.h>

#define DAY_US (INT64_C(86400) * 1000000)
#define FIRST_US (INT64_C(-62135596800) * 1000000)         // 0001-01-01T00:00:00Z
#define LAST_US (INT64_C(253402300799) * 1000000 + 999999) // 9999-12-31T23:59:59.999999Z

// The process's one clock. The rehearsal's numbers are written before `rehearsing` is, so that whoever sees it sees
// them.
static _Atomic int64_t rehearsal_start_us, rehearsal_reference_us;
static _Atomic double rehearsal_rate = 1;
static _Atomic bool rehearsing;
static _Atomic int64_t standing_us;

static int64_t read_us(clockid_t id)
{
    struct timespec now;
    INVARIANT(clock_gettime(id, &now) == 0);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t clock_now_us(void)
{
    int64_t standing = atomic_load_explicit(&standing_us, memory_order_relaxed);
    if (standing) return standing;
    int64_t wall = read_us(CLOCK_REALTIME);
    if (!atomic_load_explicit(&rehearsing, memory_order_acquire)) return wall;
    return rehearsal_start_us + (int64_t)llround((double)(wall - rehearsal_reference_us) * rehearsal_rate);
}

int64_t clock_monotonic_us(void)
{
    return read_us(CLOCK_MONOTONIC);
}

void clock_rehearse(int64_t start_us, int64_t reference_wall_us, double rate)
{
    INVARIANT(isfinite(rate) && rate > 0);
    rehearsal_start_us = start_us;
    rehearsal_reference_us = reference_wall_us;
    rehearsal_rate = rate;
    atomic_store_explicit(&rehearsing, true, memory_order_release);
}

int64_t clock_wall_span_us(int64_t node_us)
{
    if (!atomic_load_explicit(&rehearsing, memory_order_acquire)) return node_us;
    return (int64_t)llround((double)node_us / rehearsal_rate);
}

void clock_set_us(int64_t now_us)
{
    atomic_store_explicit(&standing_us, now_us, memory_order_relaxed);
}

// Days since 1970-01-01 and back, after Howard Hinnant's "chrono-compatible low-level date algorithms": years start in
// March, so that the leap day is the last of its year. Years 0 and up only.
static int64_t days_from_civil(int year, int month, int day)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t era = (y >= 0 ? y : y - 399) / 400, year_of_era = y - era * 400;
    int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

static void civil_from_days(int64_t days, int *year, int *month, int *day)
{
    int64_t z = days + 719468, era = (z >= 0 ? z : z - 146096) / 146097, day_of_era = z - era * 146097;
    int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t m = (5 * day_of_year + 2) / 153;
    *day = (int)(day_of_year - (153 * m + 2) / 5 + 1);
    *month = (int)(m < 10 ? m + 3 : m - 9);
    *year = (int)(year_of_era + era * 400 + (*month <= 2));
}

static int days_in(int year, int month)
{
    static const int days[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && leap ? 29 : days[month - 1];
}

bool time_civil_us(int year, int month, int day, int hour, int minute, int second, int64_t *us)
{
    if (year < 1 || year > 9999 || month < 1 || month > 12 || day < 1 || day > days_in(year, month)) return false;
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59) return false;
    *us = days_from_civil(year, month, day) * DAY_US + ((hour * 60 + minute) * 60 + second) * INT64_C(1000000);
    return true;
}

static char *put_digits(char *out, int64_t value, int n)
{
    for (int i = n - 1; i >= 0; i--, value /= 10) out[i] = (char)('0' + value % 10);
    return out + n;
}

static size_t put_time(int64_t us, int decimals, char out[TIME_TEXT_ROOM])
{
    if (us < FIRST_US) us = FIRST_US;
    if (us > LAST_US) us = LAST_US;
    int64_t in_day = us % DAY_US, days = us / DAY_US;
    if (in_day < 0) {
        in_day += DAY_US;
        days--;
    }
    int year, month, day;
    civil_from_days(days, &year, &month, &day);
    int64_t seconds = in_day / 1000000, fraction = in_day % 1000000;
    char *p = put_digits(out, year, 4);
    *p++ = '-';
    p = put_digits(p, month, 2);
    *p++ = '-';
    p = put_digits(p, day, 2);
    *p++ = 'T';
    p = put_digits(p, seconds / 3600, 2);
    *p++ = ':';
    p = put_digits(p, seconds / 60 % 60, 2);
    *p++ = ':';
    p = put_digits(p, seconds % 60, 2);
    *p++ = '.';
    p = put_digits(p, decimals == 3 ? fraction / 1000 : fraction, decimals);
    *p++ = 'Z';
    *p = 0;
    return (size_t)(p - out);
}

size_t time_text_ms(int64_t ms, char out[TIME_TEXT_ROOM])
{
    if (ms < FIRST_US / 1000) ms = FIRST_US / 1000;
    if (ms > LAST_US / 1000) ms = LAST_US / 1000;
    return put_time(ms * 1000, 3, out);
}

size_t time_text_us(int64_t us, char out[TIME_TEXT_ROOM])
{
    return put_time(us, 6, out);
}

// n digits, then `after` (any of its characters), moving past both.
static bool take_number(struct str *s, size_t n, const char *after, int *out)
{
    if (s->n < n) return false;
    int value = 0;
    for (size_t i = 0; i < n; i++) {
        if (s->p[i] < '0' || s->p[i] > '9') return false;
        value = value * 10 + (s->p[i] - '0');
    }
    *s = str_from(*s, n);
    *out = value;
    if (!*after) return true;
    if (s->n == 0 || s->p[0] == 0 || !strchr(after, s->p[0])) return false;
    *s = str_from(*s, 1);
    return true;
}

// ".digits", if it is there; what is beyond the microsecond is cut off.
static bool take_fraction(struct str *s, int64_t *us)
{
    *us = 0;
    if (s->n == 0 || s->p[0] != '.') return true;
    size_t n = 0;
    int64_t unit = 100000;
    for (*s = str_from(*s, 1); s->n && s->p[0] >= '0' && s->p[0] <= '9'; *s = str_from(*s, 1), n++, unit /= 10)
        *us += (s->p[0] - '0') * unit;
    return n >= 1 && n <= 9;
}

// RFC 3339's time-offset, to the end of the text.
static bool take_offset(struct str *s, int64_t *us)
{
    *us = 0;
    if (s->n == 1 && (s->p[0] == 'Z' || s->p[0] == 'z')) return true;
    if (s->n != 6 || (s->p[0] != '+' && s->p[0] != '-')) return false;
    bool west = s->p[0] == '-';
    int hour, minute;
    *s = str_from(*s, 1);
    if (!take_number(s, 2, ":", &hour) || !take_number(s, 2, "", &minute) || hour > 23 || minute > 59) return false;
    *us = (hour * 60 + minute) * INT64_C(60000000) * (west ? -1 : 1);
    return true;
}

bool time_parse_us(struct str text, int64_t *us)
{
    int year, month, day, hour, minute, second;
    int64_t whole, fraction, offset;
    if (!take_number(&text, 4, "-", &year) || !take_number(&text, 2, "-", &month) ||
        !take_number(&text, 2, "Tt", &day) || !take_number(&text, 2, ":", &hour) ||
        !take_number(&text, 2, ":", &minute) || !take_number(&text, 2, "", &second) ||
        !take_fraction(&text, &fraction) || !take_offset(&text, &offset))
        return false;
    bool leap = second == 60;
    if (!time_civil_us(year, month, day, hour, minute, leap ? 59 : second, &whole)) return false;
    whole -= offset;
    // RFC 3339 5.7: leap seconds are inserted at the end of a UTC day only.
    if (leap && ((whole % DAY_US) + DAY_US) % DAY_US != DAY_US - 1000000) return false;
    if (leap) whole += 1000000;
    whole += fraction;
    if (whole < FIRST_US || whole > LAST_US) return false;
    *us = whole;
    return true;
}

bool time_parse_ms(struct str text, int64_t *ms)
{
    int64_t us;
    if (!time_parse_us(text, &us)) return false;
    *ms = us / 1000 - (us % 1000 < 0);
    return true;
}
