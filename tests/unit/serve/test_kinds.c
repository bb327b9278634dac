// SPDX-License-Identifier: Apache-2.0
#include "one_arena.h"
#include "serve/kinds.h"

static struct why why;
static const struct caller party = {.role = ROLE_PARTY, .actor = "party:us.cbp", .name = "us.cbp"};
static const struct caller officer = {.role = ROLE_OFFICER, .actor = "officer:ana", .name = "ana"};
static const struct caller analyst = {.role = ROLE_ANALYST, .actor = "analyst:luz", .name = "luz"};

static enum err check(const char *kind, const struct caller *caller, const char *text)
{
    why = (struct why){0};
    struct json *members = json_parse(&arena, str_of(text), &why);
    if (!members) fail_msg("%s", why.text);
    enum err err = kind_allowed(str_of(kind), caller, &why);
    return err == ERR_NONE ? kind_members(&arena, str_of(kind), caller, members, &why) : err;
}

// Listed members are looked at alone, wherever they stand among others.
static void listed_members_may_stand_anywhere(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        "{\"crossing\":{\"port\":\"2304\",\"direction\":\"northbound\"},\"conveyance\":{\"plate\":\"A1\"}}",
        "{\"conveyance\":{\"plate\":\"A1\"},\"crossing\":{\"port\":\"2304\",\"direction\":\"northbound\"},\"more\":1}",
        "{\"conveyance\":{\"plate\":\"A1\"},\"crossing\":{\"port\":\"2304\",\"direction\":\"northbound\"}}",
    };
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++)
        assert_int_equal(check("crossing", &party, bodies[i]), ERR_NONE);
    assert_int_equal(check("custody.seal", &party,
                           "{\"position\":{\"lat\":1,\"lon\":2,\"fix\":\"gnss\",\"time\":\"2026-03-01T00:00:00Z\"},"
                           "\"event\":{\"type\":\"on\"},\"status\":{}}"),
                     ERR_NONE);
    assert_int_equal(check("crossing", &party, "{\"crossing\":{\"port\":\"2304\"},\"conveyance\":{}}"), ERR_MALFORMED);
}

#define PORT "\"port\":{\"code\":\"2304\",\"name\":\"Laredo\",\"country\":\"US\",\"timezone\":\"America/Chicago\"}"
#define ZONE(polygon) "\"zones\":[{\"name\":\"queue A\",\"stage\":\"queue\",\"polygon\":" polygon "}]"

static void a_ports_zones_are_tried_before_they_are_taken(void **state)
{
    (void)state;
    static const struct {
        const char *body, *member;
        enum err err;
    } cases[] = {
        {"{" PORT "}", "", ERR_NONE},
        {"{" PORT ",\"targets\":{\"wait_min\":30}," ZONE("[[0,0],[1,0],[1,1],[0,1]]") "}", "", ERR_NONE},
        {"{" PORT "," ZONE("[[0,0],[1,1],[1,0],[0,1]]") "}", "/zones/0/polygon", ERR_SENSELESS},
        {"{" PORT "," ZONE("[[0,0],[1,1]]") "}", "/zones/0/polygon", ERR_SENSELESS},
        {"{" PORT "," ZONE("[[0,0],[1,0],[1,91]]") "}", "/zones/0/polygon", ERR_MALFORMED},
        {"{" PORT ",\"targets\":{\"wait_min\":-1}}", "/targets/wait_min", ERR_MALFORMED},
        {"{" PORT ",\"targets\":{\"scanned_pct\":101}}", "/targets/scanned_pct", ERR_MALFORMED},
        {"{\"port\":{\"code\":\"2304\"}}", "/port/name", ERR_MALFORMED},
        {"{\"zones\":[]}", "/port", ERR_MALFORMED},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        enum err err = check("port", &officer, cases[i].body);
        if (err != cases[i].err || strcmp(why.member, cases[i].member) != 0)
            fail_msg("%s: %s %s %s", cases[i].body, err_name(err), why.member, why.text);
    }
    assert_int_equal(check("port", &analyst, "{" PORT "}"), ERR_FORBIDDEN);
}

static void a_sighting_names_its_place_and_time(void **state)
{
    (void)state;
    assert_int_equal(
        check("equipment.sighting", &party, "{\"sighting\":{\"place\":\"queue A\",\"time\":\"2026-03-01T00:00:00Z\"}}"),
        ERR_NONE);
    assert_int_equal(check("equipment.sighting", &party, "{\"sighting\":{\"place\":\"queue A\"}}"), ERR_MALFORMED);
    assert_int_equal(check("equipment.sighting", &party, "{}"), ERR_MALFORMED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(listed_members_may_stand_anywhere),
        cmocka_unit_test(a_ports_zones_are_tried_before_they_are_taken),
        cmocka_unit_test(a_sighting_names_its_place_and_time),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
