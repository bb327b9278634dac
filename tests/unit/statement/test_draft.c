// SPDX-License-Identifier: Apache-2.0
#include "statement/draft.h"

#include "shared_data.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct arena arena;

static int fresh(void **state)
{
    (void)state;
    arena = ARENA((size_t)16 << 20);
    return 0;
}

static int done(void **state)
{
    (void)state;
    arena_free(&arena);
    return 0;
}

static void assert_str(struct str got, struct str want)
{
    if (!str_eq(got, want)) fail_msg("got %.*s, want %.*s", STR_ARG(got), STR_ARG(want));
}

static void every_noun_is_read_by_its_name_but_none(void **state)
{
    (void)state;
    for (int i = 0; i < NOUN_COUNT; i++) {
        enum noun noun = NOUN_NONE;
        assert_int_equal(noun_parse(str_of(noun_name((enum noun)i)), &noun), i != NOUN_NONE);
        assert_int_equal(noun, i);
    }
    enum noun noun;
    assert_false(noun_parse(STR("Seal"), &noun) || noun_parse(STR(""), &noun) || noun_parse(STR_NONE, &noun));
}

static void a_draft_becomes_a_sealed_body(void **state)
{
    (void)state;
    struct draft *draft = draft_new(&arena, "custody.seal", 1772373909120, LABEL_AMBER);
    struct json *event = json_new_object(&arena);
    json_put_text(&arena, event, "type", STR("unlock"));
    draft_put(draft, "event", event);
    draft_put(draft, "nothing", NULL);
    struct why why = {0};
    assert_int_equal(draft_seal(&arena, draft, &why), ERR_NONE);
    assert_str(draft->kind, STR("custody.seal"));
    assert_int_equal(draft->v, 1);
    assert_int_equal(draft->at_ms, 1772373909120);
    assert_int_equal(draft->label, LABEL_AMBER);
    assert_int_equal(draft->body.count, 1);
    assert_true(str_ends(draft->body.items[0].text, ",\"event\",{\"type\":\"unlock\"}]"));
    uint8_t root[32];
    body_root(&draft->body, root);
    assert_memory_equal(draft->root, root, 32);
}

static void subjects_keep_their_own_copy_of_identifiers(void **state)
{
    (void)state;
    struct draft *draft = draft_new(&arena, "crossing", 0, LABEL_GREEN);
    char value[] = "8-NLD-42";
    struct subject_ref *ref = draft_about(&arena, draft, NOUN_CONVEYANCE, STR("mx.plate"), str_of(value));
    assert_non_null(ref);
    assert_true(draft_also(&arena, ref, STR("vin"), STR("1M8GDM9AXKP042788")));
    memset(value, '#', sizeof value - 1);
    assert_int_equal(draft->nre, 1);
    assert_int_equal(draft->re[0]->noun, NOUN_CONVEYANCE);
    assert_true(id_is_none(&draft->re[0]->id));
    assert_int_equal(draft->re[0]->nids, 2);
    assert_str(draft->re[0]->ids[0].value, STR("8-NLD-42"));
    assert_str(draft->re[0]->ids[0].scheme, STR("mx.plate"));
    assert_str(draft->re[0]->ids[1].value, STR("1M8GDM9AXKP042788"));
}

// The caller's own array of exactly its size is not written behind.
static void adds_to_identifiers_that_the_caller_made(void **state)
{
    (void)state;
    struct identifier *ids = malloc(2 * sizeof *ids);
    assert_non_null(ids);
    ids[0] = (struct identifier){STR("a"), STR("1")};
    ids[1] = (struct identifier){STR("b"), STR("2")};
    struct subject_ref ref = {.noun = NOUN_SEAL, .ids = ids, .nids = 2};
    assert_true(draft_also(&arena, &ref, STR("c"), STR("3")));
    free(ids);
    assert_int_equal(ref.nids, 3);
    assert_str(ref.ids[1].value, STR("2"));
    assert_str(ref.ids[2].value, STR("3"));
}

static void refuses_more_than_the_limits(void **state)
{
    (void)state;
    struct draft *draft = draft_new(&arena, "crossing", 0, LABEL_GREEN);
    struct subject_ref *first = draft_about(&arena, draft, NOUN_CROSSING, STR("trip"), STR("T0"));
    for (int i = 1; i < IDENTIFIERS_MAX; i++) assert_true(draft_also(&arena, first, STR("trip"), STR("T")));
    assert_false(draft_also(&arena, first, STR("trip"), STR("one more")));
    assert_int_equal(first->nids, IDENTIFIERS_MAX);
    for (int i = 1; i < RE_MAX; i++)
        assert_non_null(draft_about(&arena, draft, NOUN_CONSIGNMENT, STR("ccn"), STR("C")));
    assert_null(draft_about(&arena, draft, NOUN_CONSIGNMENT, STR("ccn"), STR("one more")));
    assert_int_equal(draft->nre, RE_MAX);
}

static void does_not_seal_a_body_that_lost_a_member_for_want_of_memory(void **state)
{
    (void)state;
    struct arena small = ARENA(sizeof(struct draft) + 400);
    struct draft *draft = draft_new(&small, "finding", 0, LABEL_GREEN);
    assert_non_null(draft);
    for (int i = 0; i < 10; i++) draft_put(draft, "member", json_new_null(&small));
    struct why why = {0};
    assert_int_equal(draft_seal(&small, draft, &why), ERR_TOO_LARGE);
    arena_free(&small);
    struct arena none = ARENA(100);
    assert_null(draft_new(&none, "finding", 0, LABEL_GREEN));
    arena_free(&none);
}

static void does_not_seal_a_kind_that_no_header_can_carry(void **state)
{
    (void)state;
    struct why why = {0};
    assert_int_equal(draft_seal(&arena, draft_new(&arena, "Custody Seal", 0, LABEL_GREEN), &why), ERR_MALFORMED);
    assert_string_equal(why.member, "/kind");
}

static void a_path_names_its_channel_in_canonical_text(void **state)
{
    (void)state;
    struct channel_path path = {
        .door = STR("webhook"),
        .party = STR("mx.transportes-garza"),
        .certificate = STR("ab12"),
        .filer = STR("3645"),
        .address = STR("192.0.2.7"),
        .device = STR("jt701d:7591225008"),
        .relay = STR("cloud \"x\""),
        .vendor = STR("jointech"),
        .vendor_country = STR("CN"),
        .software = STR("fw/1.2"),
    };
    struct buf out = BUF(1 << 16), tree = BUF(1 << 16);
    for (int round = 0; round < 2; round++) {
        buf_clear(&out);
        buf_clear(&tree);
        channel_path_text(&path, &out);
        json_canonical(channel_path_json(&arena, &path), &tree);
        assert_str(buf_str(&out), buf_str(&tree));
        if (round == 0)
            assert_str(buf_str(&out),
                       STR("{\"address\":\"192.0.2.7\",\"certificate\":\"ab12\",\"device\":\"jt701d:7591225008\","
                           "\"door\":\"webhook\",\"filer\":\"3645\",\"party\":\"mx.transportes-garza\","
                           "\"relay\":\"cloud \\\"x\\\"\",\"software\":\"fw/1.2\",\"vendor\":\"jointech\","
                           "\"vendor_country\":\"CN\"}"));
        path = (struct channel_path){.door = STR("folder"), .party = STR("officer:ana")};
    }
    assert_str(buf_str(&out), STR("{\"door\":\"folder\",\"party\":\"officer:ana\"}"));
    buf_free(&out);
    buf_free(&tree);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, fresh, done)
    const struct CMUnitTest tests[] = {
        T(every_noun_is_read_by_its_name_but_none),
        T(a_draft_becomes_a_sealed_body),
        T(subjects_keep_their_own_copy_of_identifiers),
        T(adds_to_identifiers_that_the_caller_made),
        T(refuses_more_than_the_limits),
        T(does_not_seal_a_body_that_lost_a_member_for_want_of_memory),
        T(does_not_seal_a_kind_that_no_header_can_carry),
        T(a_path_names_its_channel_in_canonical_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
