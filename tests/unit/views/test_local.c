// SPDX-License-Identifier: Apache-2.0
#include "views/local.h"

#include "world.h"

static void put(struct world *w, const char *space, struct str key, struct str value)
{
    struct why why = {0};
    must(local_put(w->views, str_of(space), key, value, &why), &why);
}

static struct str get(struct world *w, const char *space, struct str key)
{
    struct why why = {0};
    struct str value;
    must(local_get(w->views, &w->arena, str_of(space), key, &value, &why), &why);
    return value;
}

static void keeps_bytes_by_space_and_key(void **state)
{
    struct world *w = *state;
    struct str bytes = {"\0\1\xff", 3};
    put(w, "a", STR("k"), bytes);
    put(w, "b", STR("k"), STR("other"));
    put(w, "a", bytes, STR(""));
    assert_true(str_eq(get(w, "a", STR("k")), bytes));
    assert_true(str_is(get(w, "b", STR("k")), "other"));
    assert_non_null(get(w, "a", bytes).p); // empty is not absent
    assert_int_equal(get(w, "a", bytes).n, 0);
    assert_null(get(w, "a", STR("K")).p);
    put(w, "a", STR("k"), STR("new"));
    assert_true(str_is(get(w, "a", STR("k")), "new"));
    put(w, "a", STR("k"), STR_NONE);
    assert_null(get(w, "a", STR("k")).p);
    assert_true(str_is(get(w, "b", STR("k")), "other"));
}

static void lists_a_space_in_key_order_page_by_page(void **state)
{
    struct world *w = *state;
    struct why why = {0};
    struct local_item *items;
    size_t n;
    put(w, "b", STR("a0"), STR("not this one"));
    for (int i = 9; i >= 0; i--)
        put(w, "a", (struct str){(char[]){'k', (char)('0' + i)}, 2}, (struct str){(char[]){(char)('0' + i)}, 1});
    struct str after = STR_NONE;
    for (int i = 0; i < 10; i += (int)n) {
        must(local_list(w->views, &w->arena, STR("a"), after, 3, &items, &n, &why), &why);
        assert_true(n == 3 || (i == 9 && n == 1));
        for (size_t k = 0; k < n; k++) assert_int_equal(items[k].value.p[0], '0' + i + (int)k);
        after = items[n - 1].key;
    }
    must(local_list(w->views, &w->arena, STR("a"), after, 3, &items, &n, &why), &why);
    assert_int_equal(n, 0);
}

static void forgets_what_was_written_before(void **state)
{
    struct world *w = *state;
    struct why why = {0};
    clock_set_us(1000);
    put(w, "a", STR("old"), STR("x"));
    put(w, "a", STR("renewed"), STR("x"));
    put(w, "b", STR("old"), STR("x"));
    clock_set_us(2000);
    put(w, "a", STR("renewed"), STR("y"));
    must(local_expire(w->views, STR("a"), 2000, &why), &why);
    clock_set_us(0);
    assert_null(get(w, "a", STR("old")).p);
    assert_true(str_is(get(w, "a", STR("renewed")), "y"));
    assert_true(str_is(get(w, "b", STR("old")), "x"));
}

static size_t due(struct world *w, int64_t now, size_t limit, struct id **out, int64_t *next)
{
    struct why why = {0};
    size_t n;
    must(due_list(w->views, &w->arena, now, limit, out, &n, next, &why), &why);
    return n;
}

static void set(struct world *w, unsigned id, int64_t at)
{
    struct why why = {0};
    struct id subject = an_id(id);
    must(due_set(w->views, &subject, at, &why), &why);
}

static void timers_come_due_in_their_order(void **state)
{
    struct world *w = *state;
    struct id *ids;
    int64_t next;
    assert_int_equal(due(w, INT64_MAX, 10, &ids, &next), 0);
    assert_int_equal(next, INT64_MAX);
    set(w, 1, 300);
    set(w, 2, 100);
    set(w, 3, 200);
    assert_int_equal(due(w, 99, 10, &ids, &next), 0);
    assert_int_equal(next, 100);
    assert_int_equal(due(w, 200, 10, &ids, &next), 2);
    assert_int_equal(next, 300);
    struct id two = an_id(2), three = an_id(3);
    assert_true(id_eq(&ids[0], &two) && id_eq(&ids[1], &three));
    // Over the limit: the next is due already.
    assert_int_equal(due(w, 300, 2, &ids, &next), 2);
    assert_int_equal(next, 300);
}

static void a_subject_has_one_timer(void **state)
{
    struct world *w = *state;
    struct why why = {0};
    struct id *ids, one = an_id(1);
    int64_t next;
    set(w, 1, 100);
    set(w, 1, 500);
    assert_int_equal(due(w, 100, 10, &ids, &next), 0);
    assert_int_equal(next, 500);
    must(due_arm(w->views, &one, 50, &why), &why); // one that is set already stays
    assert_int_equal(due(w, 100, 10, &ids, &next), 0);
    assert_int_equal(next, 500);
    must(due_clear(w->views, &one, &why), &why);
    must(due_arm(w->views, &one, 50, &why), &why);
    assert_int_equal(due(w, 100, 10, &ids, &next), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(keeps_bytes_by_space_and_key),    TEST(lists_a_space_in_key_order_page_by_page),
        TEST(forgets_what_was_written_before), TEST(timers_come_due_in_their_order),
        TEST(a_subject_has_one_timer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
