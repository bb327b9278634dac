// SPDX-License-Identifier: Apache-2.0
#include "base/clock.h"
#include "one_arena.h"
#include "port/local_time.h"

static void clocks_change_when_the_law_says_so(void **state)
{
    (void)state;
    static const struct {
        const char *zone, *utc;
        int offset_min;
        const char *abbreviation;
    } cases[] = {
        {"America/Chicago", "2026-03-08T07:59:59Z", -360, "CST"},
        {"America/Chicago", "2026-03-08T08:00:00Z", -300, "CDT"},
        {"America/Chicago", "2026-11-01T06:59:59Z", -300, "CDT"},
        {"America/Chicago", "2026-11-01T07:00:00Z", -360, "CST"},
        {"America/Los_Angeles", "2026-03-08T09:59:59Z", -480, "PST"},
        {"America/Los_Angeles", "2026-03-08T10:00:00Z", -420, "PDT"},
        {"America/Matamoros", "2026-07-01T12:00:00Z", -300, "CDT"}, // with the bridge's other end
        {"America/Monterrey", "2026-07-01T12:00:00Z", -360, "CST"},
        {"America/Phoenix", "2026-07-01T12:00:00Z", -420, "MST"},
        {"America/New_York", "2025-11-02T05:59:59Z", -240, "EDT"},
        {"America/New_York", "2025-11-02T06:00:00Z", -300, "EST"},
        {"America/New_York", "2027-01-01T04:59:59Z", -300, "EST"},
        {"Europe/Madrid", "2026-07-01T12:00:00Z", 0, "UTC"},
        {"", "2026-07-01T12:00:00Z", 0, "UTC"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t ms = 0;
        const char *abbreviation = NULL;
        assert_true(time_parse_ms(str_of(cases[i].utc), &ms));
        int offset = local_time_offset_min(str_of(cases[i].zone), ms, &abbreviation);
        if (offset != cases[i].offset_min || strcmp(abbreviation, cases[i].abbreviation) != 0)
            fail_msg("%s %s: %d %s", cases[i].zone, cases[i].utc, offset, abbreviation);
    }
    assert_true(local_time_known(STR("America/Tijuana")));
    assert_false(local_time_known(STR("Europe/Madrid")));
}

static void the_hour_of_the_week_is_the_ports(void **state)
{
    (void)state;
    static const struct {
        const char *zone, *utc;
        unsigned slot;
    } cases[] = {
        {"UTC", "1970-01-01T00:00:00Z", 72},                      // a Thursday
        {"UTC", "1969-12-31T23:59:59Z", 71},                      // a Wednesday
        {"America/Chicago", "2026-03-02T06:00:00Z", 0},           // Monday midnight
        {"America/Chicago", "2026-03-02T05:59:59Z", 167},         // still Sunday
        {"America/Chicago", "2026-07-06T05:00:00Z", 0},           // by summer's clock
        {"America/Tijuana", "2026-03-06T20:30:00Z", 4 * 24 + 12}, // Friday noon
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t ms = 0;
        assert_true(time_parse_ms(str_of(cases[i].utc), &ms));
        assert_int_equal(local_time_slot(str_of(cases[i].zone), ms), cases[i].slot);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clocks_change_when_the_law_says_so),
        cmocka_unit_test(the_hour_of_the_week_is_the_ports),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
