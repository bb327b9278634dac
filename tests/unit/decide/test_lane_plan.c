// SPDX-License-Identifier: Apache-2.0
#include "decide/lane_plan.h"

#include "one_arena.h"

#include <math.h>

#define HEAD "port: us.2304\ncitation: port order 7\nwait_target_min: 2.5\ntrucks_per_day: 9200\nservices:\n"
#define GREEN "  - {name: primary, lane: green, servers: 12, service_min: 1, sensitivity: [0, 0, 0]}\n"
#define SCAN                                                                                                           \
    "  - {name: scan, lane: scan, equipment: scanner, service_min: 1, wait_max_min: 45, sensitivity: [0.85, 0.7, "     \
    "0.45], false_alarm: 0.02}\n"

static void reads_services_targets_and_chance(void **state)
{
    (void)state;
    struct lane_plan *plan;
    struct why why = {0};
    if (lane_plan_read(&arena, STR(HEAD GREEN SCAN "chance: {ordinary: 0.05}\nprice: {start: 0.2, min: 0.1}\n"), &plan,
                       &why))
        fail_msg("%s: %s", why.member, why.text);
    assert_true(str_is(plan->port, "us.2304") && plan->settings.nservices == 2);
    assert_int_equal(lane_plan_service(plan, STR("scan")), 1);
    assert_int_equal(lane_plan_service(plan, STR("dock")), -1);
    const struct lane_service *scan = &plan->settings.services[1];
    assert_true(scan->lane == LANE_SCAN && scan->kind == LANE_GENERAL && scan->wait_max_min == 45);
    assert_true(scan->sensitivity[LANE_LIGHT] == 0.85 && scan->sensitivity[LANE_DENSE] == 0.45);
    assert_true(isinf(plan->settings.services[0].wait_max_min));
    assert_true(plan->servers[0] == 12 && !plan->equipment[0].p && str_is(plan->equipment[1], "scanner"));
    assert_true(plan->settings.chance[LANE_ORDINARY] == 0.05 && plan->settings.chance[LANE_TRUSTED] == 0.01);
    assert_true(plan->controller.target_min == 2.5 && plan->controller.price_start == 0.2);
    assert_true(plan->settings.price_unknown == 0.1);
}

static void refuses_what_makes_no_port(void **state)
{
    (void)state;
    static const struct {
        const char *yaml, *member, *text;
    } cases[] = {
        {HEAD SCAN, "services", "green"},
        {HEAD GREEN GREEN, "/services/1/name", "taken"},
        {HEAD GREEN "  - {name: a, lane: scan, service_min: 1, sensitivity: [1, 1, 1]}\n", "/services/1/servers",
         "either"},
        {HEAD GREEN "  - {name: a, lane: scan, servers: 1, equipment: dock, service_min: 1, sensitivity: [1, 1, 1]}\n",
         "/services/1/servers", "either"},
        {HEAD GREEN "  - {name: a, lane: hold, servers: 1, service_min: 1, sensitivity: [1, 1, 1]}\n",
         "/services/1/lane", "hold"},
        {HEAD GREEN "  - {name: a, lane: scan, servers: 1, service_min: 1, sensitivity: [1, 1]}\n",
         "/services/1/sensitivity", ""},
        {HEAD GREEN "  - {name: a, lane: scan, servers: 1, service_min: 1, sensitivity: [1, 1, 1.5]}\n",
         "services/sensitivity", "1.5"},
        {HEAD GREEN "chance: {ordinary: 2}\n", "chance", "2"},
        {HEAD GREEN "wait_target: 3\n", "/wait_target", "wait_target_min"},
        {"port: a\ncitation: b\nwait_target_min: 0\ntrucks_per_day: 1\nservices:\n" GREEN, "target_min", "0"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct lane_plan *plan;
        struct why why = {0};
        enum err err = lane_plan_read(&arena, str_of(cases[i].yaml), &plan, &why);
        assert_null(plan);
        if (!err || !strstr(why.member, cases[i].member) || !strstr(why.text, cases[i].text))
            fail_msg("case %zu: %s: %s", i, why.member, why.text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(reads_services_targets_and_chance, begin, end),
        cmocka_unit_test_setup_teardown(refuses_what_makes_no_port, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
