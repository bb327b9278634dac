// SPDX-License-Identifier: Apache-2.0
#include "sim/arrivals.h"

#include "one_arena.h"

#define FAULTS "tests/data/arrivals/good/faults.csv"

static enum err judge(void *context, struct arena *in, struct str bytes, struct why *why)
{
    struct arrivals out;
    (void)context;
    bool canada = memmem(bytes.p, bytes.n, "2508", 4) != NULL;
    return arrivals_read(in, bytes, canada ? STR("2508") : STR("0011"), canada ? 2024 : 2021, &out, why);
}

static void lets_good_files_in_and_refuses_bad_ones_with_their_reason(void **state)
{
    size_t wrong;
    (void)state;
    assert_int_equal(samples_judge("arrivals", judge, NULL, &wrong), 17);
    assert_int_equal(wrong, 0);
}

static void asks_for_memory_only(void **state)
{
    (void)state;
    needs_memory_only(judge, test_file(&arena, "tests/data/arrivals/good/bts_names.csv"), (size_t)8 << 20);
}

static void refuse(struct str bytes, const char *code, int year, enum err expected)
{
    struct arrivals out;
    struct why why = {0};
    assert_int_equal(arrivals_read(&arena, bytes, str_of(code), year, &out, &why), expected);
    assert_true(why.text[0]);
}

static void refuses_what_is_too_much(void **state)
{
    struct buf b = BUF((size_t)4 << 20);
    (void)state;
    refuse((struct str){"x", ARRIVALS_BYTES_MAX + 1}, "1", 2024, ERR_TOO_LARGE);
    buf_puts(&b, "port_name,state,port_code,border,month,measure,value\n");
    for (int i = 0; i <= ARRIVALS_TWICE_MAX + 1; i++) buf_puts(&b, "A,T,1,b,2024-01,Trucks,5\n");
    refuse(buf_str(&b), "1", 2024, ERR_SENSELESS);
    buf_clear(&b);
    buf_puts(&b, "port_name,state,port_code,border,month,measure,value\n");
    for (int i = 0; i <= ARRIVALS_PORTS_MAX; i++) buf_printf(&b, "A,T,%d,b,2024-01,Trucks,5\n", i + 1);
    refuse(buf_str(&b), "1", 2024, ERR_TOO_LARGE);
    refuse(buf_str(&b), "1", ARRIVALS_YEAR_MIN - 1, ERR_NOT_FOUND);
    refuse(buf_str(&b), "1", ARRIVALS_YEAR_MAX + 1, ERR_NOT_FOUND);
    refuse(test_file(&arena, FAULTS), "", 2021, ERR_NOT_FOUND);
    buf_free(&b);
}

static struct arrivals read_port(const char *path, const char *code, int year)
{
    struct arrivals out;
    struct why why = {0};
    enum err err = arrivals_read(&arena, test_file(&arena, path), str_of(code), year, &out, &why);
    if (err != ERR_NONE) fail_msg("%s: %s", code, why.text);
    return out;
}

#define MONTH(year, month) (12 * (year) + (month)-1)

// The only suspect of this kind and measure.
static const struct arrivals_suspect *only(const struct arrivals *a, enum arrivals_fault fault,
                                           enum arrivals_measure measure)
{
    const struct arrivals_suspect *found = NULL;
    for (size_t i = 0; i < a->nsuspects; i++) {
        if (a->suspects[i].fault != fault || a->suspects[i].measure != measure) continue;
        assert_null(found);
        found = &a->suspects[i];
    }
    if (!found) fail_msg("no suspect row is %s", arrivals_fault_name(fault));
    return found;
}

static void finds_a_series_that_moved_to_another_port(void **state)
{
    struct arrivals a = read_port(FAULTS, "11", 2021);
    const struct arrivals_suspect *s = only(&a, ARRIVALS_STEP, ARRIVALS_TRUCKS);
    (void)state;
    assert_int_equal(s->first, MONTH(2020, 3));
    assert_true(str_is(s->other, "Beta") && str_is(s->other_code, "12"));
    assert_true(s->value < 0.3 * s->expected);
    assert_false(s->counts); // the step is in the year before
    assert_true(read_port(FAULTS, "11", 2020).suspects[0].counts);
    assert_int_equal(read_port(FAULTS, "12", 2021).nsuspects, 1); // the counting, which is everywhere
}

static void replaces_months_that_are_absent_zero_or_far_off(void **state)
{
    struct arrivals a = read_port(FAULTS, "13", 2021);
    const struct arrivals_suspect *absent = only(&a, ARRIVALS_ABSENT, ARRIVALS_TRUCKS),
                                  *zero = only(&a, ARRIVALS_ZERO, ARRIVALS_TRUCKS),
                                  *outlier = only(&a, ARRIVALS_OUTLIER, ARRIVALS_TRUCKS);
    double sum = 0;
    (void)state;
    assert_int_equal(outlier->first, MONTH(2021, 5));
    assert_true(outlier->value == 17 && outlier->expected > 15000 && outlier->counts);
    assert_int_equal(zero->first, MONTH(2021, 6));
    assert_int_equal(absent->first, MONTH(2021, 7));
    assert_int_equal(absent->line, 0);
    for (int i = 0; i < 12; i++) {
        assert_int_equal(a.replaced[i], i >= 4 && i <= 6);
        if (!a.replaced[i]) sum += a.used[i];
    }
    assert_true(a.reported[4] == 17 && a.reported[5] == 0 && a.reported[6] < 0);
    assert_true(a.used[4] == sum / 9 && a.used[6] == sum / 9);
    assert_true(a.total > 1.33 * sum && a.total < 1.34 * sum);
}

static void tells_a_ports_own_containers_from_a_change_of_counting(void **state)
{
    struct arrivals a = read_port(FAULTS, "13", 2021);
    (void)state;
    assert_int_equal(only(&a, ARRIVALS_CONTAINERS, ARRIVALS_LOADED)->first, MONTH(2021, 9));
    assert_int_equal(only(&a, ARRIVALS_COUNTING, ARRIVALS_LOADED)->first, MONTH(2021, 11));
    assert_int_equal(only(&a, ARRIVALS_COPIED, ARRIVALS_LOADED)->first, MONTH(2021, 2));
}

static void drops_rows_that_are_there_twice(void **state)
{
    struct arrivals alpha = read_port(FAULTS, "0011", 2019), delta = read_port(FAULTS, "14", 2021);
    const struct arrivals_suspect *twice = only(&alpha, ARRIVALS_TWICE, ARRIVALS_TRUCKS),
                                  *conflict = only(&delta, ARRIVALS_CONFLICT, ARRIVALS_TRUCKS);
    (void)state;
    assert_int_equal(twice->first, MONTH(2019, 1));
    assert_true(twice->value == 60000 && twice->counts);
    assert_true(conflict->value == 9001 && conflict->expected == delta.used[2] && conflict->counts);
    assert_true(conflict->line > 300);
}

static void builds_ports_in_with_the_published_totals(void **state)
{
    struct arrivals laredo;
    (void)state;
    arrivals_of_preset(arrivals_preset_find(STR("laredo")), &laredo);
    assert_true(laredo.total == 3026632);
    assert_ptr_equal(arrivals_preset_find(STR("2304")), arrivals_preset_find(STR("laredo")));
    assert_null(arrivals_preset_find(STR("nowhere")));
    for (size_t i = 0; arrivals_preset_at(i); i++) {
        const struct arrivals_preset *p = arrivals_preset_at(i);
        assert_true(p->opens < p->closes && p->closes <= 24 && p->lanes > 0);
        for (int m = 0; m < 12; m++) assert_true(p->trucks[m] > 5000 && p->trucks[m] < 300000);
    }
}

// Against the published file, where it is at hand.
static void names_the_suspect_rows_of_the_published_file(void **state)
{
    struct str bytes = shared_file(&arena, "border/bts_truck_monthly.csv");
    struct arrivals a;
    (void)state;
    if (!bytes.p) return;
    for (size_t i = 0; arrivals_preset_at(i); i++) {
        const struct arrivals_preset *p = arrivals_preset_at(i);
        assert_int_equal(arrivals_read(&arena, bytes, str_of(p->code), p->year, &a, NULL), ERR_NONE);
        for (int m = 0; m < 12; m++) assert_true(a.used[m] == p->trucks[m]);
    }
    assert_int_equal(arrivals_read(&arena, bytes, STR("2402"), 2020, &a, NULL), ERR_NONE);
    bool moved = false;
    for (size_t i = 0; i < a.nsuspects; i++)
        moved = moved || (a.suspects[i].fault == ARRIVALS_STEP && a.suspects[i].first == MONTH(2020, 3) &&
                          str_is(a.suspects[i].other, "Ysleta"));
    assert_true(moved);
    assert_int_equal(arrivals_read(&arena, bytes, STR("2506"), 2021, &a, NULL), ERR_NONE);
    assert_true(a.replaced[10] && !a.replaced[9]);
    assert_int_equal(arrivals_read(&arena, bytes, STR("2507"), 1998, &a, NULL), ERR_NONE);
    assert_true(a.reported[9] == 1 && a.replaced[9]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(lets_good_files_in_and_refuses_bad_ones_with_their_reason, begin, end),
        cmocka_unit_test_setup_teardown(asks_for_memory_only, begin, end),
        cmocka_unit_test_setup_teardown(refuses_what_is_too_much, begin, end),
        cmocka_unit_test_setup_teardown(finds_a_series_that_moved_to_another_port, begin, end),
        cmocka_unit_test_setup_teardown(replaces_months_that_are_absent_zero_or_far_off, begin, end),
        cmocka_unit_test_setup_teardown(tells_a_ports_own_containers_from_a_change_of_counting, begin, end),
        cmocka_unit_test_setup_teardown(drops_rows_that_are_there_twice, begin, end),
        cmocka_unit_test_setup_teardown(builds_ports_in_with_the_published_totals, begin, end),
        cmocka_unit_test_setup_teardown(names_the_suspect_rows_of_the_published_file, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
