// SPDX-License-Identifier: Apache-2.0
#include "nodes.h"

#define CROSSINGS "subject, crossing, crossing.arrival, \"custody.*\", channel, channel.standing"

static int setup(void **state)
{
    *state = nodes_new(CROSSINGS, WITHHOLD);
    return 0;
}

static int setup_for_canada(void **state)
{
    *state = nodes_new(CROSSINGS, WITHHOLD "where: destination == \"CA\"\n");
    return 0;
}

static int teardown(void **state)
{
    nodes_free(*state);
    return 0;
}

static const struct agreement *first(struct nodes *n)
{
    return n->agreements[0];
}

static void brings_over_what_is_agreed_and_states_it(void **state)
{
    struct nodes *n = *state;
    struct batch b;
    uint64_t crossing = declare(n, &n->mx, "T1", NULL, "1AA"), on = seal(n, &n->mx, "S1", "on", "1AA"), index, before;
    say(n, &n->mx, draft_of(n, "roster", LABEL_AMBER, "{\"roster\":{}}"));
    int64_t place = pull(n, first(n), 0, &b);
    assert_true(place > 0 && b.mirror.count == (size_t)place && b.withheld == 2); // the driver's ids, raw
    assert_true(holds(n, &n->ca, "mx.anam", crossing) && holds(n, &n->ca, "mx.anam", on));
    assert_int_equal(held(n, &n->ca, "mx.anam", "roster"), 0);
    assert_non_null(json_get(said(n, &n->ca, "mx.anam", on), "event"));
    assert_null(json_get(said(n, &n->ca, "mx.anam", on), "raw"));
    assert_non_null(json_get(said(n, &n->mx, "mx.anam", on), "raw"));
    const struct json *d = newest(n, &n->mx, "link.disclosed", &before);
    int64_t count = 0, from = 0, withheld = 0;
    assert_true(json_integer(d, "count", &count) && count == place);
    assert_true(json_integer(d, "from", &from) && from == 1);
    assert_true(json_integer(d, "withheld", &withheld) && withheld == 2);
    assert_null(json_get(d, "previous"));
    // The next one names the one before it.
    seal(n, &n->mx, "S1", "report", NULL);
    int64_t next = pull(n, first(n), place, &b);
    assert_true(next == place + 1 && b.mirror.count == 1);
    d = newest(n, &n->mx, "link.disclosed", &index);
    assert_true(index > before && json_integer(d, "previous", &from) && from == (int64_t)before);
    assert_int_equal(held(n, &n->mx, "mx.anam", "link.disclosed"), 2);
}

static void goes_quiet_when_there_is_nothing_more(void **state)
{
    struct nodes *n = *state;
    struct batch b;
    struct why why;
    struct str bytes;
    bool empty;
    must(offer(n, first(n), 0, 0, &bytes, &empty, &why), &why);
    assert_true(empty && !bytes.p);
    declare(n, &n->mx, "T1", NULL, "1AA");
    int64_t place = pull(n, first(n), 0, &b);
    // Its own statement of the disclosure is a newer checkpoint, once; after that nothing grows.
    assert_int_equal(pull(n, first(n), place, &b), place);
    assert_true(b.mirror.count == 0 && b.mirror.size > b.mirror.old_size);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(pull(n, first(n), place, &b), place);
        assert_int_equal(b.mirror.size, 0);
    }
}

static void states_a_resend_only_once(void **state)
{
    struct nodes *n = *state;
    struct batch b;
    struct why why;
    struct str one, two;
    bool empty;
    declare(n, &n->mx, "T1", NULL, "1AA");
    must(offer(n, first(n), 0, 0, &one, &empty, &why), &why); // and the line is cut
    must(offer(n, first(n), 0, 0, &two, &empty, &why), &why);
    assert_int_equal(held(n, &n->mx, "mx.anam", "link.disclosed"), 1);
    int64_t place = pull(n, first(n), 0, &b);
    assert_int_equal(held(n, &n->mx, "mx.anam", "link.disclosed"), 1);
    // The same batch once more changes nothing there.
    size_t before = held(n, &n->ca, "mx.anam", NULL);
    assert_int_equal(pull(n, first(n), 0, &b), place);
    assert_int_equal(held(n, &n->ca, "mx.anam", NULL), before);
}

static void goes_on_after_either_side_restarts(void **state)
{
    struct nodes *n = *state;
    struct batch b;
    declare(n, &n->mx, "T1", NULL, "1AA");
    int64_t place = pull(n, first(n), 0, &b);
    node_reopen(n, &n->mx);
    node_reopen(n, &n->ca);
    uint64_t later = declare(n, &n->mx, "T2", NULL, "2AA");
    assert_true(pull(n, first(n), place, &b) > place);
    assert_true(holds(n, &n->ca, "mx.anam", later));
    uint64_t index;
    int64_t previous;
    assert_true(json_integer(newest(n, &n->mx, "link.disclosed", &index), "previous", &previous));
}

static void lets_nothing_out_after_the_last_day(void **state)
{
    struct nodes *n = *state;
    struct why why;
    struct str bytes;
    bool empty;
    declare(n, &n->mx, "T1", NULL, "1AA");
    clock_set_us(first(n)->ends_us);
    assert_int_equal(offer(n, first(n), 0, 0, &bytes, &empty, &why), ERR_EXPIRED);
    assert_non_null(strstr(why.text, "2030-12-31: A treaty"));
    assert_null(bytes.p);
    assert_int_equal(held(n, &n->mx, "mx.anam", "link.disclosed"), 0);
    struct json *report = link_report(n->mx.views, &n->arena, first(n), clock_now_us());
    assert_true(str_is(json_text(report, "state"), "expired"));
    clock_set_us(NOW_US);
    must(offer(n, first(n), 0, 0, &bytes, &empty, &why), &why);
}

static void lets_nothing_out_once_revoked(void **state)
{
    struct nodes *n = *state;
    struct why why = {0};
    struct draft *draft;
    struct local_write *local;
    struct batch b;
    uint64_t size;
    int64_t place = 0;
    struct str bytes;
    bool empty;
    declare(n, &n->mx, "T1", NULL, "1AA");
    must(engine_next_index(n->mx.reader, ENGINE_OWN, &size, &why), &why);
    // With effect from two statements on: what stands before them may still go.
    must(link_revoke(&n->arena, first(n), STR("mx.anam"), size + 3, &draft, &local, &why), &why);
    must(draft_seal(&n->arena, draft, &why), &why);
    struct job job = {.lane = JOB_PEOPLE, .actor = STR("admin:eva"), .drafts = draft, .locals = local};
    must(commit_wait(n->mx.commit, &job, &why), &why);
    place = pull(n, first(n), 0, &b);
    assert_true(place > 0);
    declare(n, &n->mx, "T2", NULL, "2AA");
    assert_int_equal(offer(n, first(n), place, 0, &bytes, &empty, &why), ERR_FORBIDDEN);
    assert_string_equal(why.member, "revoked");
    assert_true(str_is(json_text(link_report(n->mx.views, &n->arena, first(n), NOW_US), "state"), "revoked"));
    assert_int_equal(link_revoke(&n->arena, first(n), STR("us.cbp"), 0, &draft, &local, &why), ERR_FORBIDDEN);
}

static void tells_canada_of_a_truck_only_when_it_is_bound_for_canada(void **state)
{
    struct nodes *n = *state;
    struct batch b;
    uint64_t mine = declare(n, &n->mx, "T1", NULL, "1AA"), other = declare(n, &n->mx, "T2", NULL, "2AA"),
             on = seal(n, &n->mx, "S1", "on", "1AA"), elsewhere = seal(n, &n->mx, "S2", "on", "2AA");
    assert_int_equal(pull(n, first(n), 0, &b), 0);
    assert_int_equal(b.mirror.count, 0);
    // The same trip, now with a destination: what was said before becomes visible, in the order in which it was said.
    uint64_t again = declare(n, &n->mx, "T1", "CA", "1AA");
    int64_t place = pull(n, first(n), 0, &b);
    assert_true(holds(n, &n->ca, "mx.anam", mine) && holds(n, &n->ca, "mx.anam", on) &&
                holds(n, &n->ca, "mx.anam", again));
    assert_false(holds(n, &n->ca, "mx.anam", other) || holds(n, &n->ca, "mx.anam", elsewhere));
    uint64_t report = seal(n, &n->mx, "S1", "report", NULL), not = seal(n, &n->mx, "S2", "report", NULL);
    place = pull(n, first(n), place, &b);
    assert_true(holds(n, &n->ca, "mx.anam", report) && !holds(n, &n->ca, "mx.anam", not ));
    assert_int_equal(b.mirror.count, 1);
    assert_int_equal(held(n, &n->ca, "mx.anam", "channel"), 1);
}

static void tells_nothing_of_what_a_seal_did_on_earlier_journeys(void **state)
{
    struct nodes *n = *state;
    struct batch b;
    declare(n, &n->mx, "T0", NULL, "1AA");
    uint64_t before = seal(n, &n->mx, "S1", "on", "1AA");
    clock_set_us(NOW_US + 3600 * INT64_C(1000000));
    uint64_t off = seal(n, &n->mx, "S1", "off", NULL);
    clock_set_us(NOW_US + 7200 * INT64_C(1000000));
    uint64_t on = seal(n, &n->mx, "S1", "on", "1AA");
    declare(n, &n->mx, "T1", "CA", "1AA");
    pull(n, first(n), 0, &b);
    assert_true(holds(n, &n->ca, "mx.anam", on));
    assert_false(holds(n, &n->ca, "mx.anam", before) || holds(n, &n->ca, "mx.anam", off));
}

static void erase(struct nodes *n, uint64_t index, const char *member)
{
    struct why why = {0};
    struct str name = arena_printf(&n->arena, "mx.anam:%llu", (unsigned long long)index), members[1] = {str_of(member)};
    struct erasure e = {name, members, 1};
    struct job job = {.lane = JOB_PEOPLE, .actor = STR("admin:eva"), .erase = &e};
    must(commit_wait(n->mx.commit, &job, &why), &why);
    settle(&n->mx);
}

static void an_erasure_reaches_whoever_was_told(void **state)
{
    struct nodes *n = *state;
    struct batch b;
    uint64_t crossing = declare(n, &n->mx, "T1", "CA", "1AA"), on = seal(n, &n->mx, "S1", "on", "1AA"),
             elsewhere = seal(n, &n->mx, "S9", "on", NULL);
    int64_t place = pull(n, first(n), 0, &b);
    assert_true(holds(n, &n->ca, "mx.anam", crossing) && json_get(said(n, &n->ca, "mx.anam", on), "event"));
    erase(n, on, "event");
    place = pull(n, first(n), place, &b);
    assert_int_equal(b.mirror.count, 1);
    assert_null(json_get(said(n, &n->ca, "mx.anam", on), "event"));
    if (held(n, &n->ca, "mx.anam", "custody.seal") == 2) return; // no scope: everything was told
    erase(n, elsewhere, "event");                                // of what was never told there is nothing to say
    assert_int_equal(pull(n, first(n), place, &b), place);
}

static void two_agreements_of_one_partner_add_up(void **state)
{
    struct nodes *n = *state;
    struct batch b;
    n->agreements[n->nagreements++] = terms(&n->arena, "a-2", "mx.anam", "ca.cbsa", CROSSINGS, "");
    node_reopen(n, &n->mx);
    node_reopen(n, &n->ca);
    declare(n, &n->mx, "T1", NULL, "1AA");
    uint64_t on = seal(n, &n->mx, "S1", "on", "1AA");
    pull(n, n->agreements[0], 0, &b);
    size_t count = held(n, &n->ca, "mx.anam", NULL);
    assert_null(json_get(said(n, &n->ca, "mx.anam", on), "raw"));
    pull(n, n->agreements[1], 0, &b);
    assert_int_equal(held(n, &n->ca, "mx.anam", NULL), count);
    assert_non_null(json_get(said(n, &n->ca, "mx.anam", on), "raw")); // the second withholds nothing
    pull(n, n->agreements[0], 0, &b);
    assert_non_null(json_get(said(n, &n->ca, "mx.anam", on), "raw"));
}

static void never_discloses_disclosures_or_other_agreements(void **state)
{
    struct nodes *n = *state;
    struct batch b;
    n->agreements[0] = terms(&n->arena, "a-1", "mx.anam", "ca.cbsa", "\"*\", \"link.*\"", "");
    node_reopen(n, &n->mx);
    declare(n, &n->mx, "T1", NULL, "1AA");
    say(n, &n->mx, draft_of(n, "agreement", LABEL_GREEN, "{\"agreement\":{},\"signatures\":\"\"}"));
    say(n, &n->mx, draft_of(n, "link.fork", LABEL_GREEN, "{\"origin\":\"us.cbp\"}"));
    int64_t place = pull(n, n->agreements[0], 0, &b);
    place = pull(n, n->agreements[0], place, &b);
    assert_int_equal(pull(n, n->agreements[0], place, &b), place);
    assert_int_equal(held(n, &n->mx, "mx.anam", "link.disclosed"), 1);
    assert_int_equal(held(n, &n->ca, "mx.anam", "link.disclosed"), 0);
    assert_int_equal(held(n, &n->ca, "mx.anam", "agreement"), 0);
    assert_int_equal(held(n, &n->ca, "mx.anam", "link.fork"), 1); // named
}

static void says_that_it_is_behind_its_log(void **state)
{
    struct nodes *n = *state;
    struct why why;
    struct str bytes;
    struct batch b;
    bool empty;
    declare(n, &n->mx, "T1", NULL, "1AA");
    must(offer(n, first(n), 0, 1000, &bytes, &empty, &why), &why);
    struct batch_expected e = {
        .origin = STR("mx.anam"), .log_key = &n->mx.log_key, .agreement = first(n), .seen = 1000};
    assert_int_equal(batch_verify(&n->arena, bytes, &e, &b, &why), ERR_CONFLICT);
    assert_true(b.fork);
    struct json *alarms = link_alarms(n->mx.views, &n->arena);
    assert_int_equal(alarms->count, 1);
    assert_non_null(strstr(json_text(json_at(alarms, 0), "text").p, "ca.cbsa has seen 1000 statements"));
}

static void reports_what_flowed(void **state)
{
    struct nodes *n = *state;
    struct batch b;
    declare(n, &n->mx, "T1", NULL, "1AA");
    struct json *r = link_report(n->mx.views, &n->arena, first(n), NOW_US);
    int64_t number;
    assert_true(str_is(json_text(r, "state"), "waiting") && str_is(json_text(r, "direction"), "out") &&
                str_is(json_text(r, "partner"), "ca.cbsa") && str_is(json_text(r, "legal_basis"), "A treaty"));
    int64_t place = pull(n, first(n), 0, &b);
    r = link_report(n->mx.views, &n->arena, first(n), NOW_US);
    assert_true(str_is(json_text(r, "state"), "running") && json_text(r, "last").n > 0);
    assert_true(json_integer(r, "sequence", &number) && number == place);
    assert_true(json_integer(r, "withheld", &number) && number == 1);
    assert_true(str_is(json_at(json_get(r, "members_withheld"), 0)->text, "driver.ids"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(brings_over_what_is_agreed_and_states_it, setup, teardown),
        cmocka_unit_test_setup_teardown(goes_quiet_when_there_is_nothing_more, setup, teardown),
        cmocka_unit_test_setup_teardown(states_a_resend_only_once, setup, teardown),
        cmocka_unit_test_setup_teardown(goes_on_after_either_side_restarts, setup, teardown),
        cmocka_unit_test_setup_teardown(lets_nothing_out_after_the_last_day, setup, teardown),
        cmocka_unit_test_setup_teardown(lets_nothing_out_once_revoked, setup, teardown),
        cmocka_unit_test_setup_teardown(tells_canada_of_a_truck_only_when_it_is_bound_for_canada, setup_for_canada,
                                        teardown),
        cmocka_unit_test_setup_teardown(tells_nothing_of_what_a_seal_did_on_earlier_journeys, setup_for_canada,
                                        teardown),
        cmocka_unit_test_setup_teardown(an_erasure_reaches_whoever_was_told, setup, teardown),
        cmocka_unit_test_setup_teardown(an_erasure_reaches_whoever_was_told, setup_for_canada, teardown),
        cmocka_unit_test_setup_teardown(two_agreements_of_one_partner_add_up, setup, teardown),
        cmocka_unit_test_setup_teardown(never_discloses_disclosures_or_other_agreements, setup, teardown),
        cmocka_unit_test_setup_teardown(says_that_it_is_behind_its_log, setup, teardown),
        cmocka_unit_test_setup_teardown(reports_what_flowed, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
