// SPDX-License-Identifier: Apache-2.0
#include "statement/lane.h"

#include "shared_data.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void lanes_rise_from_green_to_hold(void **state)
{
    (void)state;
    static const char *const names[LANE_COUNT] = {"green", "document", "scan", "joint", "hold"};
    enum lane lane;
    for (int i = 0; i < LANE_COUNT; i++) {
        assert_string_equal(lane_name((enum lane)i), names[i]);
        assert_true(lane_parse(str_of(names[i]), &lane));
        assert_int_equal(lane, i);
    }
    assert_false(lane_parse(STR("Green"), &lane) || lane_parse(STR(""), &lane) || lane_parse(STR("holds"), &lane));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(lanes_rise_from_green_to_hold)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
