// SPDX-License-Identifier: Apache-2.0
#include "views/outcome.h"

#include "world.h"

#include <math.h>

static struct id a_truck(struct world *w, const char *trip, const char *arrived)
{
    struct id id = world_subject(w, "crossing", "us.ace.trip", trip);
    char body[256];
    SAY(w, .kind = "crossing",
        .body = "{\"crossing\":{\"port\":\"2304\",\"direction\":\"northbound\",\"empty\":false}}", RE(id));
    snprintf(body, sizeof body, "{\"arrival\":{\"port\":\"2304\",\"time\":\"%s\"}}", arrived);
    if (arrived) SAY(w, .kind = "crossing.arrival", .body = body, RE(id));
    return id;
}

static int64_t decide(struct world *w, struct id id, const char *body)
{
    return SAY(w, .kind = "decision", .body = body, RE(id));
}

static struct outcome get(struct world *w, struct id id)
{
    struct outcome o;
    struct why why = {0};
    bool found;
    must(outcome_get(w->views, &w->arena, &id, &o, &found, &why), &why);
    assert_true(found);
    return o;
}

#define CHOICE(lane, lanes, draw, by)                                                                                  \
    "\"choice\":{\"service\":\"nii\",\"lane\":\"" lane                                                                 \
    "\",\"floor\":\"document\",\"propensity\":0.25,\"lanes\":{" lanes "},\"by_chance\":" by                            \
    ",\"chance\":0.02,\"draw\":{\"floor\":" draw ",\"smooth\":0.5}}"

static void keeps_what_was_recommended_before_anything_was_done(void **state)
{
    struct world *w = *state;
    struct id id = a_truck(w, "T1", "2026-03-01T14:00:00Z");
    decide(w, id, "{\"lane\":\"green\",\"reason.old\":{\"rule\":\"old\"}}");
    int64_t pos =
        decide(w, id,
               "{\"lane\":\"scan\"," CHOICE(
                   "scan", "\"scan\":0.25,\"document\":0.75", "0.4",
                   "false") ","
                            "\"reason.zeta\":{},\"reason.alpha\":{},\"reason.grant\":{\"because\":\"not-reached\"},"
                            "\"reason.gap\":{\"because\":\"unknown\"},\"reason.lane-choice\":{},"
                            "\"shadow\":[{\"rule\":\"trial\",\"lane\":\"joint\"}]}");
    SAY(w, .kind = "selection", .body = "{\"lane\":\"scan\",\"officer\":\"officer:ana\"}", .at = "2026-03-01T14:02:00Z",
        RE(id));
    decide(w, id, "{\"lane\":\"joint\",\"reason.late\":{}}");
    struct outcome o = get(w, id);
    assert_int_equal(o.decision_pos, pos);
    assert_int_equal(o.lane, LANE_SCAN);
    assert_int_equal(o.floor, LANE_DOCUMENT);
    assert_true(str_is(o.rules, "alpha,lane-choice,zeta"));
    assert_true(str_is(o.shadow, "trial"));
    assert_true(str_is(o.service, "nii"));
    assert_true(o.has_choice && !o.by_chance && !o.drawn);
    assert_true(o.lanes[LANE_SCAN] == 0.25 && o.lanes[LANE_DOCUMENT] == 0.75 && o.chance == 0.02);
    assert_int_equal(o.at_ms, time_of("2026-03-01T14:00:00Z"));
    assert_true(str_is(o.port, "2304"));
    assert_true(str_is(o.selection_officer, "officer:ana"));
    assert_int_equal(o.selection_ms, time_of("2026-03-01T14:02:00Z"));
    assert_int_equal(outcome_lane(&o), LANE_SCAN);
    assert_int_equal(outcome_result(&o), OUTCOME_UNKNOWN);
}

static void counts_the_draw_and_not_only_who_was_sent_by_it(void **state)
{
    struct world *w = *state;
    struct id id = a_truck(w, "T1", "2026-03-01T14:00:00Z");
    decide(w, id, "{\"lane\":\"scan\"," CHOICE("scan", "\"scan\":1", "0.019", "false") "}");
    assert_true(get(w, id).drawn && !get(w, id).by_chance);
    decide(w, id, "{\"lane\":\"scan\"," CHOICE("scan", "\"scan\":0.02", "0.02", "false") "}");
    assert_false(get(w, id).drawn);
    decide(w, id, "{\"lane\":\"scan\"," CHOICE("scan", "\"scan\":0.02", "0.01", "true") ",\"reason.lane-choice\":{}}");
    assert_true(get(w, id).drawn && get(w, id).by_chance);
    assert_true(str_is(get(w, id).rules, "")); // chance sent it, not the choice
}

static void a_release_ends_what_can_be_recommended(void **state)
{
    struct world *w = *state;
    struct id id = a_truck(w, "T1", NULL);
    decide(w, id, "{\"lane\":\"document\"}");
    SAY(w, .kind = "crossing.release", .body = "{\"release\":{\"port\":\"2304\",\"time\":\"2026-03-01T15:00:00Z\"}}",
        RE(id));
    decide(w, id, "{\"lane\":\"joint\"}");
    assert_int_equal(get(w, id).lane, LANE_DOCUMENT);
    assert_int_equal(get(w, id).at_ms, time_of("2026-03-01T15:00:00Z"));
}

static void an_override_says_where_it_went_and_why(void **state)
{
    struct world *w = *state;
    struct id id = a_truck(w, "T1", "2026-03-01T14:00:00Z");
    decide(w, id, "{\"lane\":\"green\"}");
    SAY(w, .kind = "selection", .body = "{\"lane\":\"scan\",\"officer\":\"a\"}", RE(id));
    SAY(w, .kind = "override", .body = "{\"lane\":\"joint\",\"reason\":\"fresh paint\",\"officer\":\"b\"}", RE(id));
    SAY(w, .origin = w->partner, .kind = "override", .body = "{\"lane\":\"green\",\"reason\":\"x\"}", RE(id));
    struct outcome o = get(w, id);
    assert_int_equal(outcome_lane(&o), LANE_JOINT);
    assert_int_equal(o.selection_lane, LANE_SCAN);
    assert_true(str_is(o.override_reason, "fresh paint"));
    assert_true(str_is(o.override_officer, "b"));
}

static void find(struct world *w, uint32_t origin, struct id id, const char *body)
{
    SAY(w, .origin = origin, .kind = "finding", .body = body, .at = "2026-03-01T20:00:00Z", RE(id));
}

static void the_gravest_finding_counts_and_a_correction_replaces(void **state)
{
    struct world *w = *state;
    struct id id = a_truck(w, "T1", "2026-03-01T14:00:00Z");
    struct id scanner = world_subject(w, "equipment", "port.equipment", "2304-NII-1");
    find(w, w->partner, id, "{\"result\":\"contraband\",\"officer\":\"p\"}");
    struct outcome o = get(w, id);
    assert_int_equal(outcome_result(&o), OUTCOME_CONTRABAND); // a partner's, while there is none of ours
    find(w, 0, id, "{\"result\":\"contraband\",\"officer\":\"a\"}");
    find(w, 0, id, "{\"result\":\"nothing\",\"officer\":\"a\"}"); // a slip, corrected
    o = get(w, id);
    assert_int_equal(o.nfindings, 1);
    assert_int_equal(outcome_result(&o), OUTCOME_NOTHING);
    SAY(w, .kind = "finding",
        .body = "{\"result\":\"discrepancy\",\"officer\":\"a\",\"shift\":\"second\",\"seized\":[{\"what\":\"Cocaine\","
                "\"quantity\":500,\"unit\":\"g\",\"value\":12000,\"currency\":\"USD\"}]}",
        RE(id, scanner));
    o = get(w, id);
    assert_int_equal(o.nfindings, 2); // at another stop
    const struct outcome_finding *f = outcome_gravest(&o);
    assert_int_equal(f->result, OUTCOME_DISCREPANCY);
    assert_true(id_eq(&f->machine, &scanner));
    assert_true(str_is(f->shift, "second"));
    assert_int_equal(f->nseized, 1);
    assert_true(f->seized[0].quantity == 500 && f->seized[0].value == 12000);
    assert_true(str_is(f->seized[0].what, "Cocaine") && str_is(f->seized[0].currency, "USD"));
}

static void scan(struct world *w, uint32_t origin, struct id scanner, struct id id, const char *verdict)
{
    char body[256];
    snprintf(body, sizeof body,
             "{\"scan\":{\"from\":\"2026-03-01T14:10:00Z\",\"to\":\"2026-03-01T14:11:00Z\",\"verdict\":\"%s\","
             "\"officer\":\"image:lee\"}}",
             verdict);
    SAY(w, .origin = origin, .kind = "equipment.scan", .body = body, RE(scanner, id));
}

static void a_clear_scan_is_a_result_and_a_suspect_one_is_none(void **state)
{
    struct world *w = *state;
    struct id id = a_truck(w, "T1", "2026-03-01T14:00:00Z");
    struct id scanner = world_subject(w, "equipment", "port.equipment", "2304-NII-1");
    scan(w, 0, scanner, id, "none");
    struct outcome o = get(w, id);
    assert_int_equal(outcome_result(&o), OUTCOME_UNKNOWN);
    scan(w, 0, scanner, id, "clear"); // the same scan, its verdict told later
    o = get(w, id);
    assert_int_equal(o.nscans, 1);
    assert_int_equal(outcome_result(&o), OUTCOME_NOTHING);
    scan(w, w->partner, scanner, id, "suspect"); // not its machine
    o = get(w, id);
    assert_int_equal(outcome_result(&o), OUTCOME_NOTHING);
    scan(w, 0, scanner, id, "suspect");
    o = get(w, id);
    assert_int_equal(outcome_result(&o), OUTCOME_UNKNOWN);
    find(w, 0, id, "{\"result\":\"contraband\"}");
    o = get(w, id);
    assert_int_equal(outcome_result(&o), OUTCOME_CONTRABAND);
}

static void names_the_programmes_of_whom_the_decision_trusted(void **state)
{
    struct world *w = *state;
    struct id id = a_truck(w, "T1", "2026-03-01T14:00:00Z");
    struct id carrier = world_subject(w, "carrier", "us.scac", "GRZA"), driver = random_id(), importer = random_id();
    struct id paper = random_id();
    static const char credential[] =
        "{\"credential\":{\"programme\":\"%s\",\"role\":\"%s\",\"id\":\"1\",\"issuer\":"
        "\"us.cbp\",\"from\":\"2020-01-01T00:00:00Z\",\"to\":\"%s\",\"status\":\"valid\"}}";
    static const struct {
        const char *programme, *role, *to;
    } all[] = {{"CTPAT", "carrier", "2030-01-01T00:00:00Z"},
               {"OEA", "carrier", "2021-01-01T00:00:00Z"}, // over
               {"FAST", "driver", "2030-01-01T00:00:00Z"},
               {"PIP", "importer", "2030-01-01T00:00:00Z"}};
    world_subject_of(w, 0, driver, "driver", "us.fast", "7");
    world_subject_of(w, 0, importer, "importer", "us.ior", "8");
    world_subject_of(w, 0, paper, "document", "x", "9");
    for (size_t i = 0; i < 4; i++) {
        char body[512];
        snprintf(body, sizeof body, credential, all[i].programme, all[i].role, all[i].to);
        SAY(w, .kind = "credential", .body = body, RE(i < 2 ? carrier : i < 3 ? driver : importer));
    }
    SAY(w, .kind = "crossing",
        .body = "{\"crossing\":{\"port\":\"2304\",\"direction\":\"northbound\",\"empty\":false}}",
        RE(id, driver, carrier));
    SAY(w, .kind = "document", .body = "{\"document\":{\"type\":\"entry\",\"number\":\"9\"}}", RE(paper, id, importer));
    decide(w, id,
           "{\"lane\":\"green\",\"facts\":{\"programme.carrier\":\"valid\",\"programme.driver\":\"expired\","
           "\"programme.importer\":\"valid\",\"programme.fast\":false}}");
    assert_true(str_is(get(w, id).programmes, "CTPAT carrier,PIP importer"));
}

static void lists_a_port_and_period_in_order(void **state)
{
    struct world *w = *state;
    struct why why = {0};
    struct outcome *list;
    size_t n;
    struct id late = a_truck(w, "T1", "2026-03-01T16:00:00Z"), soon = a_truck(w, "T2", "2026-03-01T14:00:00Z");
    struct id other = a_truck(w, "T3", "2026-03-02T14:00:00Z");
    a_truck(w, "T4", NULL); // on its way
    SAY(w, .kind = "port", .body = "{\"port\":{\"code\":\"2304\",\"name\":\"L\",\"timezone\":\"America/Chicago\"}}",
        RE(world_subject(w, "port", "us.schedule-d", "2304")));
    struct outcome_query q = {STR("2304"), time_of("2026-03-01T00:00:00Z"), time_of("2026-03-02T00:00:00Z")};
    must(outcome_list(w->views, &w->arena, &q, &list, &n, &why), &why);
    assert_int_equal(n, 2);
    assert_true(id_eq(&list[0].crossing, &soon) && id_eq(&list[1].crossing, &late));
    assert_true(str_is(list[0].zone, "America/Chicago"));
    q.to_ms = time_of("2026-03-03T00:00:00Z");
    q.port = STR_NONE;
    must(outcome_list(w->views, &w->arena, &q, &list, &n, &why), &why);
    assert_int_equal(n, 3);
    assert_true(id_eq(&list[2].crossing, &other));
    q.port = STR("2404");
    must(outcome_list(w->views, &w->arena, &q, &list, &n, &why), &why);
    assert_int_equal(n, 0);
}

// Two ids of one crossing: what either was told is told of both, the later word stands.
static void two_names_of_one_truck_are_one_outcome(void **state)
{
    struct world *w = *state;
    struct id a = an_id(1), b = an_id(2);
    struct id scanner = world_subject(w, "equipment", "port.equipment", "2304-NII-1");
    world_subject_of(w, 0, a, "crossing", "us.ace.trip", "T1");
    world_subject_of(w, w->partner, b, "crossing", "us.trip", "U1");
    decide(w, a, "{\"lane\":\"scan\",\"reason.first\":{}}");
    decide(w, b, "{\"lane\":\"document\",\"reason.second\":{}}");
    SAY(w, .kind = "crossing.arrival", .body = "{\"arrival\":{\"port\":\"2304\",\"time\":\"2026-03-01T14:00:00Z\"}}",
        RE(b));
    SAY(w, .kind = "selection", .body = "{\"lane\":\"joint\"}", RE(a));
    scan(w, 0, scanner, b, "clear");
    find(w, 0, a, "{\"result\":\"discrepancy\"}");
    world_subject_of(w, w->partner, b, "crossing", "us.ace.trip", "T1");
    struct outcome *list;
    struct why why = {0};
    size_t n;
    struct outcome_query all = {STR_NONE, INT64_MIN, INT64_MAX};
    must(outcome_list(w->views, &w->arena, &all, &list, &n, &why), &why);
    assert_int_equal(n, 1);
    assert_true(str_is(list[0].rules, "second"));
    assert_int_equal(list[0].at_ms, time_of("2026-03-01T14:00:00Z"));
    assert_true(str_is(list[0].port, "2304"));
    assert_int_equal(outcome_lane(&list[0]), LANE_JOINT);
    assert_int_equal(list[0].nscans, 1);
    assert_int_equal(list[0].nfindings, 1);
}

static void tells_rates_by_the_names_that_a_port_has_for_its_scanners(void **state)
{
    struct world *w = *state;
    struct why why = {0};
    struct outcome_rates rates;
    struct id scanner = world_subject(w, "equipment", "port.equipment", "2304-NII-1");
    for (int i = 0; i < 4; i++) {
        struct id id = a_truck(w, (char[]){'T', (char)('0' + i), 0}, "2026-03-01T14:00:00Z");
        decide(w, id, "{\"lane\":\"scan\",\"reason.seal\":{}}");
        scan(w, 0, scanner, id, "clear");
        if (i == 0) find(w, 0, id, "{\"result\":\"contraband\",\"officer\":\"a\"}");
    }
    struct outcome_query all = {STR_NONE, INT64_MIN, INT64_MAX};
    must(outcome_rates_of(w->views, &w->arena, &all, OUTCOME_BY_SCANNER, &rates, &why), &why);
    assert_int_equal(rates.ngroups, 1);
    assert_true(str_is(rates.groups[0].name, "2304-NII-1"));
    assert_int_equal(rates.groups[0].inspected, 4);
    assert_int_equal(rates.groups[0].hits, 1);
    assert_false(rates.base.rate.known);
    must(outcome_rates_of(w->views, &w->arena, &all, OUTCOME_BY_RULE, &rates, &why), &why);
    assert_true(rates.ngroups == 1 && str_is(rates.groups[0].name, "seal"));
    assert_true(fabs(rates.groups[0].prevalence.share - 0.25) < 1e-12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(keeps_what_was_recommended_before_anything_was_done),
        TEST(counts_the_draw_and_not_only_who_was_sent_by_it),
        TEST(a_release_ends_what_can_be_recommended),
        TEST(an_override_says_where_it_went_and_why),
        TEST(the_gravest_finding_counts_and_a_correction_replaces),
        TEST(a_clear_scan_is_a_result_and_a_suspect_one_is_none),
        TEST(names_the_programmes_of_whom_the_decision_trusted),
        TEST(lists_a_port_and_period_in_order),
        TEST(two_names_of_one_truck_are_one_outcome),
        TEST(tells_rates_by_the_names_that_a_port_has_for_its_scanners),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
