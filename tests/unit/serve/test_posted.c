// SPDX-License-Identifier: Apache-2.0
#include "serve/posted.h"

#include "serve/kinds.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define NOW_MS 1773000000000

struct fixture {
    struct arena arena;
    const struct identifier_table *identifiers;
};

static int set_up(void **state)
{
    static struct fixture f;
    struct why why = {0};
    f.arena = ARENA((size_t)64 << 20);
    *state = &f;
    return identifier_table_read(&f.arena, identifiers_builtin(), &f.identifiers, &why) == ERR_NONE ? 0 : -1;
}

static int tear_down(void **state)
{
    arena_free(&((struct fixture *)*state)->arena);
    return 0;
}

static enum err read_as(struct fixture *f, struct caller caller, const char *body, struct draft **drafts, size_t *count,
                        struct why *why)
{
    struct posted posted = {f->identifiers, &caller, NOW_MS};
    *why = (struct why){0};
    return posted_read(&f->arena, arena_str(&f->arena, str_of(body)), &posted, drafts, count, why);
}

static const struct caller party = {.role = ROLE_PARTY, .actor = "party:mx.garza", .name = "mx.garza"};
static const struct caller officer = {.role = ROLE_OFFICER, .actor = "officer:ana", .name = "ana"};
static const struct caller analyst = {.role = ROLE_ANALYST, .actor = "analyst:luz", .name = "luz"};

#define TRIP "{\"noun\":\"crossing\",\"ids\":[{\"scheme\":\"us.ace.trip\",\"value\":\"tgza20260310001\"}]}"

static void reads_a_draft_and_brings_identifiers_to_their_normal_form(void **state)
{
    struct draft *d;
    size_t count;
    struct why why;
    assert_int_equal(
        read_as(*state, party,
                "{\"kind\":\"note\",\"at\":\"2026-03-10T19:00:00+01:00\",\"label\":\"green\",\"v\":2,\"re\":[" TRIP
                ",{\"id\":\"AAAAAAAAAAAAAAAAAAAAAQ\"}],\"members\":{\"a\":1,\"b\":[]}}",
                &d, &count, &why),
        ERR_NONE);
    assert_int_equal(count, 1);
    assert_null(d->next);
    assert_true(str_is(d->kind, "note"));
    assert_true(d->at_ms == 1773165600000);
    assert_int_equal(d->label, LABEL_GREEN);
    assert_int_equal(d->v, 2);
    assert_int_equal(d->nre, 2);
    assert_int_equal(d->re[0]->noun, NOUN_CROSSING);
    assert_true(str_is(d->re[0]->ids[0].value, "TGZA20260310001"));
    assert_int_equal(d->re[1]->id.b[15], 1);
    assert_int_equal(d->members->count, 2);
}

static void defaults_are_now_and_amber(void **state)
{
    struct draft *d;
    size_t count;
    struct why why;
    assert_int_equal(
        read_as(*state, party, "[{\"kind\":\"a\",\"members\":{}},{\"kind\":\"b\",\"members\":{}}]", &d, &count, &why),
        ERR_NONE);
    assert_int_equal(count, 2);
    assert_true(d->at_ms == NOW_MS);
    assert_int_equal(d->label, LABEL_AMBER);
    assert_true(str_is(d->next->kind, "b"));
}

static void says_where_the_fault_is(void **state)
{
    static const struct {
        const char *body, *member;
        enum err err;
    } cases[] = {
        {"7", "", ERR_MALFORMED},
        {"[]", "", ERR_TOO_LARGE},
        {"[7]", "/0", ERR_MALFORMED},
        {"{\"members\":{}}", "/kind", ERR_MALFORMED},
        {"{\"kind\":\"a\"}", "/members", ERR_MALFORMED},
        {"{\"kind\":\"a\",\"members\":[]}", "/members", ERR_MALFORMED},
        {"{\"kind\":\"a\",\"members\":{},\"x\":1}", "", ERR_MALFORMED},
        {"{\"kind\":\"A\",\"members\":{}}", "/kind", ERR_MALFORMED},
        {"{\"kind\":\"a\",\"members\":{},\"v\":0}", "/v", ERR_MALFORMED},
        {"{\"kind\":\"a\",\"members\":{},\"at\":5}", "/at", ERR_MALFORMED},
        {"{\"kind\":\"a\",\"members\":{},\"label\":\"AMBER\"}", "/label", ERR_MALFORMED},
        {"{\"kind\":\"a\",\"members\":{},\"re\":{}}", "/re", ERR_MALFORMED},
        {"{\"kind\":\"a\",\"members\":{},\"re\":[{}]}", "/re/0", ERR_MALFORMED},
        {"{\"kind\":\"a\",\"members\":{},\"re\":[{\"id\":\"short\"}]}", "/re/0/id", ERR_MALFORMED},
        {"{\"kind\":\"a\",\"members\":{},\"re\":[{\"id\":\"AAAAAAAAAAAAAAAAAAAAAA\"}]}", "/re/0/id", ERR_MALFORMED},
        {"{\"kind\":\"a\",\"members\":{},\"re\":[{\"noun\":\"crossing\",\"ids\":[]}]}", "/re/0/ids", ERR_MALFORMED},
        {"{\"kind\":\"a\",\"members\":{},\"re\":[{\"noun\":\"seal\",\"ids\":[{\"scheme\":\"us.ace.trip\",\"value\":"
         "\"TGZA20260310001\"}]}]}",
         "/re/0/ids/0/value", ERR_SENSELESS},
        {"{\"kind\":\"a\",\"members\":{},\"re\":[{\"noun\":\"crossing\",\"ids\":[{\"scheme\":\"us.ace.trip\"}]}]}",
         "/re/0/ids/0/value", ERR_MALFORMED},
        {"[{\"kind\":\"a\",\"members\":{}},{\"kind\":\"decision\",\"members\":{}}]", "/1/kind", ERR_FORBIDDEN},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct draft *d;
        size_t count;
        struct why why;
        assert_int_equal(read_as(*state, party, cases[i].body, &d, &count, &why), cases[i].err);
        assert_string_equal(why.member, cases[i].member);
        assert_true(why.text[0] != '\0');
    }
}

static void what_is_said_of_equipment_has_its_shape(void **state)
{
#define ABOUT "\"re\":[{\"noun\":\"equipment\",\"ids\":[{\"scheme\":\"port.equipment\",\"value\":\"2304/P1\"}]}]"
    static const struct {
        const char *body;
        enum err err;
    } cases[] = {
        {"{\"kind\":\"equipment\"," ABOUT
         ",\"members\":{\"equipment\":{\"type\":\"dock\",\"name\":\"D\",\"port\":\"2304\","
         "\"from\":\"2026-01-01T00:00:00Z\"}}}",
         ERR_NONE},
        {"{\"kind\":\"equipment\"," ABOUT ",\"members\":{\"equipment\":{\"type\":\"catapult\",\"name\":\"D\",\"port\":"
         "\"2304\",\"from\":\"2026-01-01T00:00:00Z\"}}}",
         ERR_MALFORMED},
        {"{\"kind\":\"equipment.state\"," ABOUT
         ",\"members\":{\"state\":{\"state\":\"down\",\"from\":\"2026-01-01T00:00:00Z\","
         "\"waiting\":\"parts\"}}}",
         ERR_NONE},
        {"{\"kind\":\"equipment.state\"," ABOUT ",\"members\":{\"state\":{\"state\":\"unknown\",\"from\":"
         "\"2026-01-01T00:00:00Z\"}}}",
         ERR_MALFORMED},
        {"{\"kind\":\"equipment.scan\"," ABOUT ",\"members\":{\"scan\":{\"from\":\"2026-01-01T00:00:00Z\",\"to\":"
         "\"2026-01-01T00:01:00Z\",\"verdict\":\"maybe\"}}}",
         ERR_MALFORMED},
        {"{\"kind\":\"equipment.maintenance\"," ABOUT
         ",\"members\":{\"maintenance\":{\"due\":\"2026-01-01T00:00:00Z\"}}}",
         ERR_NONE},
        {"{\"kind\":\"equipment.log\"," ABOUT ",\"members\":{\"log\":{}}}", ERR_FORBIDDEN},
    };
#undef ABOUT
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct draft *d;
        size_t count;
        struct why why;
        enum err err = read_as(*state, party, cases[i].body, &d, &count, &why);
        if (err != cases[i].err) fail_msg("case %zu: %s %s", i, why.member, why.text);
    }
}

static void each_kind_has_those_who_may_state_it(void **state)
{
    (void)state;
    static const struct {
        const char *kind;
        bool party, officer, analyst;
    } cases[] = {
        {"crossing", true, false, false},
        {"crossing.arrival", true, true, false},
        {"crossing.release", true, true, false},
        {"selection", false, true, false},
        {"override", false, true, false},
        {"finding", false, true, false},
        {"custody.explain", true, true, false},
        {"custody.seal", true, true, false},
        {"threat", true, false, true},
        {"threat.confirm", true, false, true},
        {"threat.clear", true, false, true},
        {"document", true, false, false},
        {"anything.else", true, false, false},
        {"decision", false, false, false},
        {"subject", false, false, false},
        {"channel", false, false, false},
        {"channel.standing", false, false, false},
        {"access.read", false, false, false},
        {"link.disclosed", false, false, false},
        {"link.new-kind", false, false, false},
        {"erasure", false, false, false},
        {"keyset", false, false, false},
        {"agreement", false, false, false},
        {"agreement.revoke", false, false, false},
        {"credential", false, false, false},
        {"roster", false, false, false},
        {"evidence.rejected", false, false, false},
        {"identifier.conflict", false, false, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct why why = {0};
        struct str kind = str_of(cases[i].kind);
        assert_int_equal(kind_allowed(kind, &party, &why) == ERR_NONE, cases[i].party);
        assert_int_equal(kind_allowed(kind, &officer, &why) == ERR_NONE, cases[i].officer);
        assert_int_equal(kind_allowed(kind, &analyst, &why) == ERR_NONE, cases[i].analyst);
    }
}

static void a_person_signs_as_who_they_are(void **state)
{
    struct fixture *f = *state;
    struct draft *d;
    size_t count;
    struct why why;
    assert_int_equal(read_as(f, officer,
                             "{\"kind\":\"override\",\"re\":[" TRIP
                             "],\"members\":{\"lane\":\"scan\",\"reason\":\"x-ray free\"}}",
                             &d, &count, &why),
                     ERR_NONE);
    assert_true(str_is(json_text(d->members, "officer"), "ana"));
    assert_int_equal(
        read_as(f, officer,
                "{\"kind\":\"override\",\"members\":{\"lane\":\"scan\",\"reason\":\"r\",\"officer\":\"bob\"}}", &d,
                &count, &why),
        ERR_FORBIDDEN);
    assert_string_equal(why.member, "/members/officer");
    assert_int_equal(read_as(f, officer, "{\"kind\":\"override\",\"members\":{\"lane\":\"scan\"}}", &d, &count, &why),
                     ERR_MALFORMED);
    assert_string_equal(why.member, "/members/reason");
    assert_int_equal(read_as(f, analyst,
                             "{\"kind\":\"threat.confirm\",\"members\":{\"reason\":\"r\",\"floor\":\"blue\"}}", &d,
                             &count, &why),
                     ERR_MALFORMED);
    assert_string_equal(why.member, "/members/floor");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_a_draft_and_brings_identifiers_to_their_normal_form),
        cmocka_unit_test(defaults_are_now_and_amber),
        cmocka_unit_test(says_where_the_fault_is),
        cmocka_unit_test(each_kind_has_those_who_may_state_it),
        cmocka_unit_test(what_is_said_of_equipment_has_its_shape),
        cmocka_unit_test(a_person_signs_as_who_they_are),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
