// SPDX-License-Identifier: Apache-2.0
#include "base/clock.h"

#include "shared_data.h"

#include <setjmp.h>
#include <stdarg.h>
#include <time.h>

#include <cmocka.h>

#define N(table) (sizeof(table) / sizeof *(table))

static void reads_rfc_3339(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t us;
    } cases[] = {
        {"1970-01-01T00:00:00Z", 0},
        {"1970-01-01T00:00:00.000001Z", 1},
        {"1969-12-31T23:59:59.999999Z", -1},
        {"2026-03-01T14:05:09.120Z", 1772373909120000},
        {"2026-03-01T14:05:09.12Z", 1772373909120000},
        {"2026-03-01T08:05:09.120-06:00", 1772373909120000},
        {"2026-03-01T19:50:09.120+05:45", 1772373909120000},
        {"2026-03-01T14:05:09.120-00:00", 1772373909120000},
        {"2026-03-01t14:05:09.120z", 1772373909120000},
        {"2026-03-01T14:05:09.123456789Z", 1772373909123456},
        {"2026-03-01T14:05:09.9Z", 1772373909900000},
        {"2024-02-29T00:00:00Z", 1709164800000000},
        {"2000-02-29T00:00:00Z", 951782400000000},
        {"0001-01-01T00:00:00Z", -62135596800000000},
        {"9999-12-31T23:59:59.999999Z", 253402300799999999},
        {"2016-12-31T23:59:60Z", 1483228800000000},
        {"2016-12-31T23:59:60.5Z", 1483228800500000},
        {"2016-12-31T15:59:60-08:00", 1483228800000000},
        {"1990-12-31T15:59:59-08:00", 662687999000000},
    };
    for (size_t i = 0; i < N(cases); i++) {
        int64_t us = 42;
        if (!time_parse_us(str_of(cases[i].text), &us) || us != cases[i].us)
            fail_msg("%s: got %lld", cases[i].text, (long long)us);
    }
}

static void refuses_what_is_no_time(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "2026-03-01",
        "2026-03-01T14:05:09",
        "2026-03-01T14:05Z",
        "2026-03-01 14:05:09Z",
        "2026-3-1T14:05:09Z",
        "26-03-01T14:05:09Z",
        "2026-02-29T00:00:00Z",
        "1900-02-29T00:00:00Z",
        "2026-04-31T00:00:00Z",
        "2026-00-01T00:00:00Z",
        "2026-13-01T00:00:00Z",
        "2026-01-00T00:00:00Z",
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+00:01",
        "9999-12-31T23:59:59-00:01",
        "9999-12-31T23:59:60Z",
        "2026-03-01T24:00:00Z",
        "2026-03-01T23:60:00Z",
        "2026-03-01T23:59:61Z",
        "2026-03-01T12:00:60Z",
        "2016-12-31T23:59:60-08:00",
        "2026-03-01T14:05:09.Z",
        "2026-03-01T14:05:09.1234567890Z",
        "2026-03-01T14:05:09,5Z",
        "2026-03-01T14:05:09+0600",
        "2026-03-01T14:05:09+06",
        "2026-03-01T14:05:09+24:00",
        "2026-03-01T14:05:09+06:60",
        "2026-03-01T14:05:09ZZ",
        "2026-03-01T14:05:09Z ",
        " 2026-03-01T14:05:09Z",
        "2026-03-01T14:05:0\xC2\xB2Z",
        "-026-03-01T14:05:09Z",
        "+2026-03-01T14:05:09Z",
    };
    for (size_t i = 0; i < N(texts); i++) {
        int64_t us;
        if (time_parse_us(str_of(texts[i]), &us)) fail_msg("%s was accepted", texts[i]);
    }
    int64_t us;
    assert_false(time_parse_us(STR("2026-03-01\0"
                                   "14:05:09Z"),
                               &us));
    assert_false(time_parse_us(STR_NONE, &us));
}

static void writes_what_it_reads(void **state)
{
    (void)state;
    static const char *const texts[] = {"2026-03-01T14:05:09.120457Z", "1969-12-31T23:59:59.999999Z",
                                        "0001-01-01T00:00:00.000000Z", "9999-12-31T23:59:59.999999Z",
                                        "2000-02-29T12:00:00.000001Z", "1900-03-01T00:00:00.000000Z"};
    char text[TIME_TEXT_ROOM];
    for (size_t i = 0; i < N(texts); i++) {
        int64_t us;
        assert_true(time_parse_us(str_of(texts[i]), &us));
        assert_int_equal(time_text_us(us, text), strlen(texts[i]));
        assert_string_equal(text, texts[i]);
    }
    assert_int_equal(time_text_ms(1772373909120, text), 24);
    assert_string_equal(text, "2026-03-01T14:05:09.120Z");
    time_text_ms(-1, text);
    assert_string_equal(text, "1969-12-31T23:59:59.999Z");
}

static void agrees_with_the_c_library_on_every_day(void **state)
{
    (void)state;
    char text[TIME_TEXT_ROOM], want[40];
    for (int64_t day = -719162; day <= 2932896; day += 13) {
        time_t t = (time_t)(day * 86400 + 3661);
        struct tm tm;
        assert_non_null(gmtime_r(&t, &tm));
        int64_t us;
        assert_true(time_civil_us(tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, 1, 1, 1, &us));
        assert_int_equal(us, (int64_t)t * 1000000);
        time_text_ms((int64_t)t * 1000, text);
        snprintf(want, sizeof want, "%04d-%02d-%02dT01:01:01.000Z", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
        assert_string_equal(text, want);
    }
}

static void holds_times_beyond_the_calendar_at_its_ends(void **state)
{
    (void)state;
    char text[TIME_TEXT_ROOM];
    time_text_ms(INT64_MAX, text);
    assert_string_equal(text, "9999-12-31T23:59:59.999Z");
    time_text_ms(INT64_MIN, text);
    assert_string_equal(text, "0001-01-01T00:00:00.000Z");
    time_text_us(INT64_MAX, text);
    assert_string_equal(text, "9999-12-31T23:59:59.999999Z");
}

static void milliseconds_round_down(void **state)
{
    (void)state;
    int64_t ms;
    assert_true(time_parse_ms(STR("1970-01-01T00:00:00.0019Z"), &ms));
    assert_int_equal(ms, 1);
    assert_true(time_parse_ms(STR("1969-12-31T23:59:59.9985Z"), &ms));
    assert_int_equal(ms, -2);
    assert_true(time_parse_ms(STR("1969-12-31T23:59:59.998Z"), &ms));
    assert_int_equal(ms, -2);
}

static void a_test_can_stop_the_clock(void **state)
{
    (void)state;
    clock_set_us(1772373909120457);
    assert_int_equal(clock_now_us(), 1772373909120457);
    assert_int_equal(clock_now_us(), 1772373909120457);
    clock_set_us(0);
    int64_t wall = (int64_t)time(NULL) * 1000000;
    assert_true(llabs(clock_now_us() - wall) < 5000000);
}

// Last: a rehearsal lasts as long as the process.
static void a_rehearsal_runs_at_its_rate_from_its_start(void **state)
{
    (void)state;
    int64_t start = 1772373909000000, reference = clock_now_us() - 10000000;
    assert_int_equal(clock_wall_span_us(5000), 5000);
    clock_rehearse(start, reference, 60);
    int64_t before = clock_monotonic_us(), node = clock_now_us();
    assert_true(node >= start + 600 * INT64_C(1000000) && node < start + 660 * INT64_C(1000000));
    nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
    int64_t wall_passed = clock_monotonic_us() - before, node_passed = clock_now_us() - node;
    assert_true(node_passed >= 60 * 20000 && node_passed <= 60 * (wall_passed + 20000));
    assert_int_equal(clock_wall_span_us(60000000), 1000000);
    // The monotonic clock keeps wall time.
    assert_true(wall_passed >= 20000);
    clock_set_us(7);
    assert_int_equal(clock_now_us(), 7);
    clock_set_us(0);
    assert_true(clock_now_us() > start);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_rfc_3339),
        cmocka_unit_test(refuses_what_is_no_time),
        cmocka_unit_test(writes_what_it_reads),
        cmocka_unit_test(agrees_with_the_c_library_on_every_day),
        cmocka_unit_test(holds_times_beyond_the_calendar_at_its_ends),
        cmocka_unit_test(milliseconds_round_down),
        cmocka_unit_test(a_test_can_stop_the_clock),
        cmocka_unit_test(a_rehearsal_runs_at_its_rate_from_its_start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
