// SPDX-License-Identifier: Apache-2.0
#include "views/feed.h"

#include "world.h"

static void add(struct world *w, const char *agreement, int64_t pos)
{
    struct why why = {0};
    must(feed_add(w->views, str_of(agreement), pos, &why), &why);
}

static size_t read_feed(struct world *w, const char *agreement, int64_t after, size_t limit, struct feed_item **out)
{
    struct why why = {0};
    size_t n;
    must(feed_read(w->views, &w->arena, str_of(agreement), after, limit, out, &n, &why), &why);
    return n;
}

static int64_t last(struct world *w, const char *agreement)
{
    struct why why = {0};
    int64_t seq;
    must(feed_last(w->views, str_of(agreement), &seq, &why), &why);
    return seq;
}

static void numbers_what_became_visible_in_that_order(void **state)
{
    struct world *w = *state;
    struct feed_item *items;
    static const int64_t order[] = {10, 12, 11, 40, 3}; // what becomes visible late is never behind a reader
    for (size_t i = 0; i < 5; i++) add(w, "a", order[i]);
    assert_int_equal(read_feed(w, "a", 0, 100, &items), 5);
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(items[i].seq, i + 1);
        assert_int_equal(items[i].pos, order[i]);
    }
    assert_int_equal(last(w, "a"), 5);
}

static void takes_each_statement_once(void **state)
{
    struct world *w = *state;
    struct feed_item *items;
    struct why why = {0};
    bool has;
    add(w, "a", 7);
    add(w, "a", 7);
    add(w, "a", 8);
    add(w, "a", 7);
    assert_int_equal(read_feed(w, "a", 0, 100, &items), 2);
    assert_int_equal(items[1].seq, 2); // without a gap
    must(feed_has(w->views, STR("a"), 8, &has, &why), &why);
    assert_true(has);
    must(feed_has(w->views, STR("a"), 9, &has, &why), &why);
    assert_false(has);
}

static void agreements_do_not_see_each_other(void **state)
{
    struct world *w = *state;
    struct feed_item *items;
    struct why why = {0};
    bool has;
    for (int i = 1; i <= 4; i++) add(w, i % 2 ? "a" : "b", i);
    assert_int_equal(read_feed(w, "b", 0, 100, &items), 2);
    assert_int_equal(items[0].seq, 1);
    assert_int_equal(items[0].pos, 2);
    assert_int_equal(read_feed(w, "none", 0, 100, &items), 0);
    assert_int_equal(last(w, "none"), 0);
    must(feed_has(w->views, STR("b"), 1, &has, &why), &why);
    assert_false(has);
}

static void is_read_from_where_the_reader_was(void **state)
{
    struct world *w = *state;
    struct feed_item *items;
    int64_t after = 0;
    for (int i = 1; i <= 25; i++) add(w, "a", 100 + i);
    for (size_t want = 25; want > 0;) {
        size_t n = read_feed(w, "a", after, 10, &items);
        assert_int_equal(n, want < 10 ? want : 10);
        for (size_t i = 0; i < n; i++) assert_int_equal(items[i].pos, 100 + after + (int64_t)i + 1);
        after = items[n - 1].seq;
        want -= n;
    }
    assert_int_equal(read_feed(w, "a", after, 10, &items), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(numbers_what_became_visible_in_that_order),
        TEST(takes_each_statement_once),
        TEST(agreements_do_not_see_each_other),
        TEST(is_read_from_where_the_reader_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
