// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include "evaluated.h"
#include "expr/calendar.h"
#include "expr/zone.h"

static void converts(void **state)
{
    (void)state;
    EVALUATED(
        {"string(timestamp(0))", "\"1970-01-01T00:00:00Z\""},
        {"string(timestamp(-62135596800))", "\"0001-01-01T00:00:00Z\""},
        {"string(timestamp(253402300799))", "\"9999-12-31T23:59:59Z\""}, {"timestamp(-62135596801)", NULL, "range"},
        {"timestamp(253402300800)", NULL, "range"}, {"timestamp(9223372036854775807)", NULL, "range"},
        {"string(timestamp('2009-02-13T23:31:30.5Z'))", "\"2009-02-13T23:31:30.5Z\""},
        {"timestamp(timestamp(5)) == timestamp(5)", "true"}, {"int(timestamp('2009-02-13T23:31:30Z'))", "1234567890"},
        {"int(timestamp('1969-12-31T23:59:59.5Z'))", "-1"}, {"string(duration('1h30m'))", "\"5400s\""},
        {"duration(duration('5s')) == duration('5s')", "true"}, {"int(duration('1.5s'))", "1500000000"},
        {"int(duration('-1.5s'))", "-1500000000"}, {"int(duration('300000000000s'))", NULL, "range"},
        {"timestamp('x') == timestamp(0)", NULL, ""}, {"duration('x') == duration('1s')", NULL, ""});
}

static void takes_a_day_apart(void **state)
{
    (void)state;
    EVALUATED({"timestamp('2009-02-13T23:31:30.987654321Z').getFullYear()", "2009"},
              {"timestamp('2009-02-13T23:31:30Z').getMonth()", "1"},
              {"timestamp('2009-02-13T23:31:30Z').getDate()", "13"},
              {"timestamp('2009-02-13T23:31:30Z').getDayOfMonth()", "12"},
              {"timestamp('2009-02-13T23:31:30Z').getDayOfWeek()", "5"},
              {"timestamp('2009-02-13T23:31:30Z').getDayOfYear()", "43"},
              {"timestamp('2009-02-13T23:31:30Z').getHours()", "23"},
              {"timestamp('2009-02-13T23:31:30Z').getMinutes()", "31"},
              {"timestamp('2009-02-13T23:31:30Z').getSeconds()", "30"},
              {"timestamp('2009-02-13T23:31:30.987654321Z').getMilliseconds()", "987"},
              {"timestamp('1969-12-31T23:59:59.25Z').getSeconds()", "59"},
              {"timestamp('1969-12-31T23:59:59.25Z').getMilliseconds()", "250"},
              {"timestamp('1969-12-31T23:59:59Z').getDayOfWeek()", "3"});
}

static void knows_the_calendar_through_its_range(void **state)
{
    (void)state;
    EVALUATED(
        {"timestamp('2000-02-29T00:00:00Z').getDayOfYear()", "59"},
        {"timestamp('2000-03-01T00:00:00Z').getDayOfYear()", "60"},
        {"timestamp('2001-03-01T00:00:00Z').getDayOfYear()", "59"},
        {"timestamp('1900-03-01T00:00:00Z').getDayOfYear()", "59"},
        {"timestamp('2004-12-31T00:00:00Z').getDayOfYear()", "365"},
        {"timestamp('2003-12-31T00:00:00Z').getDayOfYear()", "364"},
        {"timestamp('2024-01-01T00:00:00Z').getMonth()", "0"}, {"timestamp('2024-12-31T23:59:59Z').getMonth()", "11"},
        {"timestamp('2024-02-29T12:00:00Z').getDate()", "29"}, {"timestamp('0001-01-01T00:00:00Z').getFullYear()", "1"},
        {"timestamp('0001-01-01T00:00:00Z').getDayOfWeek()", "1"},
        {"timestamp('1582-10-10T00:00:00Z').getDate()", "10"},
        {"timestamp('1582-10-10T00:00:00Z').getDate('Europe/Rome')", "10"},
        {"timestamp('9999-12-31T23:59:59Z').getFullYear()", "9999"},
        {"timestamp('9999-12-31T23:59:59Z').getDayOfYear()", "364"},
        {"timestamp('9999-12-31T23:59:59Z').getFullYear('+01:00')", "10000"},
        {"timestamp('0001-01-01T00:00:00Z').getFullYear('-01:00')", "0"},
        {"timestamp('0001-01-01T00:00:00Z').getMonth('-01:00')", "11"});
}

static void knows_zones(void **state)
{
    (void)state;
    if (access(ZONE_FOLDER "/America/Ciudad_Juarez", R_OK) != 0) {
        fprintf(stderr, "left out: " ZONE_FOLDER " is not here\n");
        return;
    }
    EVALUATED({"timestamp('2009-02-13T23:31:30Z').getHours('UTC')", "23"},
              {"timestamp('2009-02-13T23:31:30Z').getHours('+02:30')", "2"},
              {"timestamp('2009-02-13T23:31:30Z').getMinutes('+02:30')", "1"},
              {"timestamp('2009-02-13T23:31:30Z').getHours('02:00')", "1"},
              {"timestamp('2009-02-13T23:31:30Z').getHours('-9:30')", "14"},
              {"timestamp('2009-02-13T23:31:30Z').getMinutes('-09:30')", "1"},
              {"timestamp('2009-02-13T23:31:30Z').getDate('Australia/Sydney')", "14"},
              {"timestamp('2009-02-13T23:31:30Z').getMinutes('Asia/Kathmandu')", "16"},
              {"timestamp('2026-01-15T12:00:00Z').getHours('America/New_York')", "7"},
              {"timestamp('2026-07-15T12:00:00Z').getHours('America/New_York')", "8"},
              {"timestamp('2026-03-08T06:59:59Z').getHours('America/New_York')", "1"},
              {"timestamp('2026-03-08T07:00:00Z').getHours('America/New_York')", "3"},
              {"timestamp('2026-07-15T12:00:00Z').getHours('America/Mexico_City')", "6"},
              {"timestamp('2022-07-15T12:00:00Z').getHours('America/Mexico_City')", "7"},
              {"timestamp('2026-07-15T12:00:00Z').getHours('America/Ciudad_Juarez')", "6"},
              {"timestamp('2026-07-15T12:00:00Z').getHours('America/Tijuana')", "5"},
              {"timestamp('1883-01-01T12:00:00Z').getSeconds('America/New_York')", "58"},
              {"timestamp('2009-02-13T23:31:30Z').getDayOfMonth('US/Central')", "12"},
              {"timestamp('2026-07-15T12:00:00Z').getHours('EST')", "7"},
              {"timestamp('2026-07-15T12:00:00Z').getHours('Etc/GMT+5')", "7"},
              {"timestamp('2009-02-13T23:31:30.5Z').getMilliseconds('Asia/Tokyo')", "500"},
              {"timestamp('2100-07-15T12:00:00Z').getHours('America/New_York')", "8"},
              {"timestamp('2100-01-15T12:00:00Z').getHours('America/New_York')", "7"},
              {"timestamp('2100-03-14T06:59:59Z').getHours('America/New_York')", "1"},
              {"timestamp('2100-03-14T07:00:00Z').getHours('America/New_York')", "3"},
              {"timestamp('2100-11-07T05:59:59Z').getHours('America/New_York')", "1"},
              {"timestamp('2100-11-07T06:00:00Z').getHours('America/New_York')", "1"},
              {"timestamp('2100-01-15T12:00:00Z').getHours('Australia/Sydney')", "23"},
              {"timestamp('2100-07-15T12:00:00Z').getHours('Australia/Sydney')", "22"},
              {"timestamp('2100-07-15T12:00:00Z').getHours('America/Ciudad_Juarez')", "6"},
              {"timestamp('2100-07-15T12:00:00Z').getHours('America/Mexico_City')", "6"},
              {"timestamp('2100-07-15T12:00:00Z').getHours('Asia/Kolkata')", "17"},
              {"timestamp('2026-12-31T23:30:00Z').getDayOfYear('+00:30')", "0"},
              {"timestamp('2026-12-31T23:30:00Z').getDayOfWeek('+00:30')", "5"});
}

static void refuses_zones_that_are_none(void **state)
{
    (void)state;
    EVALUATED({"timestamp(0).getHours('')", NULL, "unknown time zone"},
              {"timestamp(0).getHours('Mars/Olympus')", NULL, "unknown time zone Mars/Olympus"},
              {"timestamp(0).getHours('Etc/Unknown')", NULL, "unknown time zone"},
              {"timestamp(0).getHours('america/new_york')", NULL, "unknown time zone"},
              {"timestamp(0).getHours('GMT+3')", NULL, "unknown time zone"},
              {"timestamp(0).getHours('GMT-03:00')", NULL, "unknown time zone"},
              {"timestamp(0).getHours('IST')", NULL, "unknown time zone"},
              {"timestamp(0).getHours('PST')", NULL, "unknown time zone"},
              {"timestamp(0).getHours('+24:00')", NULL, "unknown time zone"},
              {"timestamp(0).getHours('+01:60')", NULL, "unknown time zone"},
              {"timestamp(0).getHours('+1:5')", NULL, "unknown time zone"},
              {"timestamp(0).getHours('+001:00')", NULL, "unknown time zone"},
              {"timestamp(0).getHours('+-1:00')", NULL, "unknown time zone"},
              {"timestamp(0).getHours('+a1:00')", NULL, "unknown time zone"},
              {"timestamp(0).getHours('+01:0b')", NULL, "unknown time zone"},
              {"timestamp(0).getHours(':00')", NULL, "unknown time zone"},
              {"timestamp(0).getHours('UTC ')", NULL, "unknown time zone"},
              {"timestamp(0).getHours('Zürich')", NULL, "unknown time zone"},
              {"timestamp(0).getHours('Europe')", NULL, "unknown time zone"},
              {"timestamp(0).getHours('tzdata.zi')", NULL, "unknown time zone"},
              {"timestamp(0).getHours('zone.tab')", NULL, "unknown time zone"},
              {"timestamp(0).getHours('Europe/')", NULL, "unknown time zone"},
              {"timestamp(0).getHours('Europe//Rome')", NULL, "unknown time zone"},
              {"timestamp(0).getHours('/UTC')", NULL, "unknown time zone"},
              {"timestamp(0).getHours('../zoneinfo/UTC')", NULL, "unknown time zone"},
              {"timestamp(0).getHours('Factory')", NULL, "unknown time zone"},
              {"timestamp(0).getHours('localtime')", NULL, "unknown time zone"},
              {"timestamp(0).getHours('right/UTC')", NULL, "unknown time zone"},
              {"timestamp(0).getHours('posix/UTC')", NULL, "unknown time zone"},
              {"timestamp(0).getHours('"
               "Aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/B')",
               NULL, "unknown time zone"});
}

static void takes_a_duration_apart(void **state)
{
    (void)state;
    EVALUATED({"duration('10000s').getHours()", "2"}, {"duration('3730s').getMinutes()", "62"},
              {"duration('3730s').getSeconds()", "3730"}, {"duration('123.321456789s').getMilliseconds()", "321"},
              {"duration('-90m').getHours()", "-1"}, {"duration('-90s').getMinutes()", "-1"},
              {"duration('-1.5s').getSeconds()", "-1"}, {"duration('-1.5s').getMilliseconds()", "-500"},
              {"dyn(duration('1s')).getDate()", NULL, "no such overload"},
              {"dyn(duration('1s')).getHours('UTC')", NULL, "no such overload"});
}

// A zone file with two transitions and a rule; parts of it are cut off or spoiled.
struct tzif {
    char bytes[256];
    size_t n;
};

static void put(struct tzif *t, uint64_t value, size_t width)
{
    for (size_t i = width; i-- > 0;) t->bytes[t->n++] = (char)(value >> (8 * i));
}

static void put_header(struct tzif *t, unsigned times, unsigned types)
{
    memcpy(t->bytes + t->n, "TZif2", 5);
    t->n += 20;
    put(t, 0, 4);
    put(t, 0, 4);
    put(t, 0, 4);
    put(t, times, 4);
    put(t, types, 4);
    put(t, 4, 4);
}

static struct str tzif_of(struct tzif *t, const char *footer)
{
    *t = (struct tzif){0};
    put_header(t, 0, 1);
    t->n += 10;
    put_header(t, 2, 2);
    put(t, 1000, 8);
    put(t, 2000, 8);
    put(t, 1, 1);
    put(t, 0, 1);
    put(t, (uint64_t)-3600, 4);
    put(t, 0, 2);
    put(t, 7200, 4);
    put(t, 0, 2);
    put(t, 0, 4);
    memcpy(t->bytes + t->n, footer, strlen(footer));
    t->n += strlen(footer);
    return (struct str){t->bytes, t->n};
}

static void reads_zone_files(void **state)
{
    (void)state;
    struct tzif t;
    static const struct {
        const char *footer;
        int64_t at;
        bool good;
        int seconds;
    } rows[] = {
        {"\n\n", 999, true, -3600},
        {"\n\n", 1000, true, 7200},
        {"\n\n", 1999, true, 7200},
        {"\n\n", 2000, true, -3600},
        {"\nX\n", 1999, true, 7200},
        {"\nX\n", 2000, false, 0},
        {"\nABC-3\n", 2000, true, 10800},
        {"\n<+0545>-5:45:30\n", 2000, true, 20730},
        {"\nABC-3 \n", 2000, false, 0},
        {"\nABC-3:60\n", 2000, false, 0},
        {"\nABC-168\n", 2000, false, 0},
        {"\n<AB>3\n", 2000, false, 0},
        {"\n<ABC3\n", 2000, false, 0},
        {"\nABC3DEF\n", 2000, false, 0},
        // summer from the 60th day, counted without (J) or with the leap day, of 1972
        {"\nABC0DEF,J60/0,J300\n", 68255999, true, 0},
        {"\nABC0DEF,J60/0,J300\n", 68256000, true, 3600},
        {"\nABC0DEF,59/0,300\n", 68169599, true, 0},
        {"\nABC0DEF,59/0,300\n", 68169600, true, 3600},
        {"\nABC0DEF-2:30,J1/0,J365/24\n", 68169600, true, 9000},
        {"\nABC0DEF,J0,J300\n", 2000, false, 0},
        {"\nABC0DEF,M13.1.0,M1.1.0\n", 2000, false, 0},
        {"\nABC0DEF,M1.6.0,M1.1.0\n", 2000, false, 0},
        {"\nABC0DEF,M1.1.7,M1.1.0\n", 2000, false, 0},
        {"\nABC0DEF,M3.1.0\n", 2000, false, 0},
        {"\nABC0DEF,M3.1.0,M4.1.0,\n", 2000, false, 0},
        {"\nABC0", 999, false, 0},
        {"", 999, false, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int seconds = 0;
        bool good = zone_read(tzif_of(&t, rows[i].footer), rows[i].at, &seconds);
        if (good != rows[i].good || (good && seconds != rows[i].seconds))
            fail_msg("row %zu: %d, %d seconds", i, good, seconds);
    }
}

static void refuses_broken_zone_files(void **state)
{
    (void)state;
    struct tzif t;
    int seconds;
    struct str whole = tzif_of(&t, "\n\n");
    assert_true(zone_read(whole, 1500, &seconds));
    for (size_t n = 0; n < whole.n; n++) assert_false(zone_read((struct str){whole.p, n}, 1500, &seconds));
    t.bytes[4] = 0; // version 1
    assert_false(zone_read(whole, 1500, &seconds));
    whole = tzif_of(&t, "\n\n");
    t.bytes[54 + 44 + 16] = 2; // a type that is not there
    assert_false(zone_read(whole, 1500, &seconds));
    whole = tzif_of(&t, "\n\n");
    t.bytes[54 + 32] = (char)0xff; // more transitions than bytes
    assert_false(zone_read(whole, 1500, &seconds));
    whole = tzif_of(&t, "\n\n");
    t.bytes[54 + 44 + 18 + 6] = 0x7f; // hours beyond sense
    assert_false(zone_read(whole, 1500, &seconds));
}

static void counts_days_there_and_back(void **state)
{
    (void)state;
    int64_t days = calendar_days(-4, 0, 1);
    for (int64_t year = -4; year < 2405; year++) {
        for (int64_t month = 0; month < 12; month++) {
            static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
            assert_int_equal(calendar_days(year, month, 1), days);
            struct civil civil = calendar_civil(days * CALENDAR_DAY + CALENDAR_DAY - 1);
            assert_true(civil.year == year && civil.month == month && civil.day == 1 && civil.hours == 23);
            assert_int_equal(civil.day_of_year, days - calendar_days(year, 0, 1));
            days += lengths[month] + (month == 1 && calendar_leap(year));
            assert_int_equal(calendar_civil(days * CALENDAR_DAY - 1).day,
                             lengths[month] + (month == 1 && calendar_leap(year)));
        }
    }
    assert_int_equal(calendar_days(1970, 0, 1), 0);
    assert_int_equal(calendar_days(1969, 12, 1), 0);
}

static void a_zone_has_its_price(void **state)
{
    (void)state;
    struct arena arena = ARENA(1 << 20);
    assert_int_equal(evaluated_within(&arena, &arena, 250, "[0].all(x, timestamp(x).getHours('Asia/Tokyo') == 9)").kind,
                     EXPR_BOOL);
    assert_int_equal(evaluated_within(&arena, &arena, 190, "[0].all(x, timestamp(x).getHours('Asia/Tokyo') == 9)").kind,
                     EXPR_ERROR);
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(converts),
        cmocka_unit_test(takes_a_day_apart),
        cmocka_unit_test(knows_the_calendar_through_its_range),
        cmocka_unit_test(knows_zones),
        cmocka_unit_test(refuses_zones_that_are_none),
        cmocka_unit_test(takes_a_duration_apart),
        cmocka_unit_test(reads_zone_files),
        cmocka_unit_test(refuses_broken_zone_files),
        cmocka_unit_test(counts_days_there_and_back),
        cmocka_unit_test(a_zone_has_its_price),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
