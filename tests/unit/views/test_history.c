// SPDX-License-Identifier: Apache-2.0
#include "views/history.h"

#include "world.h"

static int64_t decide(struct world *w, struct id crossing, const char *lane)
{
    char body[64];
    snprintf(body, sizeof body, "{\"lane\":\"%s\"}", lane);
    return SAY(w, .kind = "decision", .body = body, RE(crossing));
}

static struct history read_range(struct world *w, uint64_t first, uint64_t next)
{
    struct history h;
    struct why why = {0};
    must(history_read(w->views, &w->arena, first, next, &h, &why), &why);
    return h;
}

static struct history_case only(struct world *w, uint64_t first, uint64_t next)
{
    struct history h = read_range(w, first, next);
    struct history_case c;
    struct why why = {0};
    assert_int_equal(h.count, 1);
    must(history_case(w->views, &w->arena, &h.items[0], &c, &why), &why);
    return c;
}

static uint64_t size(struct world *w)
{
    return w->next[ENGINE_OWN];
}

static void the_last_decision_before_anything_was_done_counts(void **state)
{
    static const char *const ends[][2] = {{"crossing.release", "{\"release\":{\"port\":\"p\"}}"},
                                          {"selection", "{\"lane\":\"scan\",\"officer\":\"a\"}"},
                                          {"override", "{\"lane\":\"joint\",\"officer\":\"a\",\"reason\":\"r\"}"},
                                          {"finding", "{\"result\":\"nothing\",\"officer\":\"a\"}"}};
    struct world *w = *state;
    for (unsigned i = 0; i < sizeof ends / sizeof *ends; i++) {
        struct id crossing = an_id(i + 1);
        uint64_t first = size(w);
        decide(w, crossing, "green");
        decide(w, crossing, "document");
        SAY(w, .kind = ends[i][0], .body = ends[i][1], RE(crossing));
        decide(w, crossing, "hold");
        struct history_case c = only(w, first, size(w));
        assert_true(str_is(json_text(c.decision, "lane"), "document"));
        assert_int_equal(c.index, first + 1);
        assert_int_equal(c.overridden, i == 2);
        assert_int_equal(c.selection != NULL, i == 1 || i == 2);
        assert_int_equal(c.finding != NULL, i == 3);
    }
}

static void our_officials_word_counts_before_a_partners(void **state)
{
    struct world *w = *state;
    struct id crossing = an_id(1);
    decide(w, crossing, "scan");
    SAY(w, .origin = w->partner, .kind = "finding", .body = "{\"result\":\"nothing\"}", RE(crossing));
    assert_true(str_is(json_text(only(w, 0, 1).decision, "lane"), "scan"));
    assert_null(only(w, 0, 1).finding); // it came after the range
    decide(w, an_id(2), "green");
    struct history h = read_range(w, 0, 2);
    struct history_case c;
    struct why why = {0};
    must(history_case(w->views, &w->arena, &h.items[0], &c, &why), &why);
    assert_true(str_is(json_text(c.finding, "result"), "nothing"));
    SAY(w, .kind = "finding", .body = "{\"result\":\"contraband\"}", RE(crossing));
    SAY(w, .origin = w->partner, .kind = "finding", .body = "{\"result\":\"discrepancy\"}", RE(crossing));
    SAY(w, .kind = "other", .body = "{}", RE(crossing));
    h = read_range(w, 0, size(w));
    must(history_case(w->views, &w->arena, &h.items[0], &c, &why), &why);
    assert_true(str_is(json_text(c.finding, "result"), "contraband"));
}

static void a_range_holds_its_own_decisions_alone(void **state)
{
    struct world *w = *state;
    struct why why = {0};
    struct history h;
    for (unsigned i = 1; i <= 3000; i++) decide(w, an_id(i), "green");
    SAY(w, .origin = w->partner, .kind = "decision", .body = "{\"lane\":\"hold\"}", RE(an_id(9999)));
    assert_int_equal(read_range(w, 0, 3000).count, 3000);
    assert_int_equal(read_range(w, 2000, 2500).count, 500);
    assert_int_equal(read_range(w, 0, 0).count, 0);
    assert_int_equal(history_read(w->views, &w->arena, 0, 3001, &h, &why), ERR_NOT_FOUND);
}

static void finds_the_first_index_of_a_time(void **state)
{
    struct world *w = *state;
    struct why why = {0};
    uint64_t index;
    int64_t start = w->in_us;
    for (unsigned i = 1; i <= 20; i++) decide(w, an_id(i), "green"); // a second each
    static const struct {
        int64_t after_us;
        uint64_t index;
    } cases[] = {{0, 0}, {1000000, 0}, {1000001, 1}, {10000000, 9}, {20000000, 19}, {20000001, 20}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        must(history_index_at(w->views, start + cases[i].after_us, &index, &why), &why);
        assert_int_equal(index, cases[i].index);
    }
}

static void lists_a_kind_newest_first(void **state)
{
    struct world *w = *state;
    struct why why = {0};
    struct history_statement *items;
    size_t n;
    SAY(w, .kind = "rules.activated", .body = "{\"by\":\"a\"}");
    decide(w, an_id(1), "green");
    SAY(w, .kind = "rules.activated", .body = "{\"by\":\"b\"}");
    SAY(w, .origin = w->partner, .kind = "rules.activated", .body = "{\"by\":\"c\"}");
    must(history_of_kind(w->views, &w->arena, "rules.activated", 10, &items, &n, &why), &why);
    assert_int_equal(n, 2);
    assert_true(str_is(json_text(items[0].members, "by"), "b") && items[0].index == 2);
    assert_true(str_is(json_text(items[1].members, "by"), "a") && items[1].index == 0);
    must(history_of_kind(w->views, &w->arena, "rules.activated", 1, &items, &n, &why), &why);
    assert_int_equal(n, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_last_decision_before_anything_was_done_counts, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(our_officials_word_counts_before_a_partners, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(a_range_holds_its_own_decisions_alone, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(finds_the_first_index_of_a_time, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(lists_a_kind_newest_first, world_setup, world_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
