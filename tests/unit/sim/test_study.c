// SPDX-License-Identifier: Apache-2.0
#include "sim/study.h"

#include "one_arena.h"

#include <math.h>

static struct scenario scenario;

// A small port, so that a study takes a second.
static void small_port(const char *more)
{
    struct why why = {0};
    struct str text = test_file(&arena, "tests/data/scenario/good/everything.yaml");
    struct str cut = {text.p, (size_t)((const char *)memmem(text.p, text.n, "what_if:", 8) - text.p)};
    struct buf b = BUF(65536);
    buf_str_add(&b, cut);
    buf_puts(&b, more);
    if (scenario_read(&arena, buf_str(&b), &scenario, &why) != ERR_NONE) fail_msg("%s", why.text);
    buf_free(&b);
}

static const struct study *study_of(int threads, bool compare)
{
    struct study *study = NULL;
    struct why why = {0};
    struct study_settings settings = {.threads = threads, .compare = compare};
    if (study_run(&arena, &scenario, &settings, &study, &why) != ERR_NONE) fail_msg("%s", why.text);
    return study;
}

static struct str json_of(const struct study *study)
{
    struct buf b = BUF((size_t)4 << 20);
    json_canonical(study_json(&arena, study), &b);
    assert_false(b.failed);
    struct str text = arena_str(&arena, buf_str(&b));
    buf_free(&b);
    return text;
}

static void knows_students_t(void **state)
{
    static const struct {
        size_t dof;
        double t;
    } cases[] = {{1, 12.706}, {4, 2.776},   {9, 2.262},    {19, 2.093},
                 {30, 2.042}, {40, 2.0211}, {120, 1.9799}, {199, 1.9720}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_true(fabs(study_t95(cases[i].dof) - cases[i].t) < 0.0006);
}

static void gives_a_mean_its_interval(void **state)
{
    const double values[] = {1, 2, 3, 4, 5};
    struct study_figure f = study_figure_of(values, 5), one = study_figure_of(values, 1);
    (void)state;
    // 3 ± 2.7764 * sqrt(2.5 / 5)
    assert_true(fabs(f.mean - 3) < 1e-12 && fabs(f.low - 1.0368) < 1e-3 && fabs(f.high - 4.9632) < 1e-3);
    assert_true(one.mean == 1 && isnan(one.low) && isnan(one.high));
    assert_true(isnan(study_figure_of(values, 0).mean));
}

static void says_the_same_with_any_number_of_threads(void **state)
{
    (void)state;
    small_port("what_if:\n  - {do: [scanners+1]}\n  - {do: [wait-10]}\n");
    struct str one = json_of(study_of(1, true)), three = json_of(study_of(3, true));
    assert_true(one.n > 4000);
    assert_true(str_eq(one, three));
    scenario.seed++;
    assert_false(str_eq(one, json_of(study_of(2, true))));
}

static void judges_a_change_against_the_same_seeds(void **state)
{
    (void)state;
    small_port("what_if:\n  - {name: nothing, do: [volume+0%]}\n  - {do: [volume+30%]}\n");
    const struct study *s = study_of(2, false);
    assert_int_equal(s->noutcomes, 3);
    // The same trucks and failures: a change that is none changes nothing, and its interval is nothing wide. Its price
    // settles once more, from where the base's has settled.
    const struct study_figure *none = s->outcomes[1].change;
    assert_true(none[STUDY_TRUCKS].mean == 0 && none[STUDY_TRUCKS].high == 0 && none[STUDY_AVAILABLE].mean == 0);
    assert_true(fabs(none[STUDY_FOUND].mean) < 2);
    const struct study_figure *more = s->outcomes[2].change;
    double base = s->outcomes[0].figures[STUDY_TRUCKS].mean;
    assert_true(more[STUDY_TRUCKS].mean > 0.25 * base && more[STUDY_TRUCKS].mean < 0.35 * base);
    for (size_t k = 0; k < STUDY_METRICS; k++) {
        const struct study_outcome *o = &s->outcomes[2];
        double difference = o->figures[k].mean - s->outcomes[0].figures[k].mean;
        assert_true(fabs(difference - o->change[k].mean) <= 1e-6 * (1 + fabs(difference)));
        assert_true(o->change[k].low <= o->change[k].mean && o->change[k].mean <= o->change[k].high);
    }
}

static void says_what_ten_minutes_less_takes(void **state)
{
    (void)state;
    // One booth, nearly always busy.
    small_port("what_if:\n  - {do: [wait-10]}\n");
    scenario.settings.services[0].servers = 1;
    scenario.settings.trucks_per_day = 560;
    const struct study *s = study_of(2, false);
    assert_int_equal(s->noutcomes, 3);
    const struct study_outcome *base = &s->outcomes[0], *alone = &s->outcomes[1], *all = &s->outcomes[2];
    assert_true(base->figures[STUDY_WAIT].mean > 12);
    assert_true(alone->wait_wanted_min == all->wait_wanted_min);
    assert_true(fabs(base->figures[STUDY_WAIT].mean - 10 - all->wait_wanted_min) < 1e-9);
    assert_false(alone->searched);
    assert_true(all->searched && all->reached && all->added[1] >= 1);
    assert_int_equal(all->scenario->settings.services[0].servers, 1 + all->added[1]);
    assert_true(all->change[STUDY_WAIT].mean < -8 && all->change[STUDY_TIME_USD].mean < 0);
    assert_true(all->change[STUDY_CARGO_USD].mean > 0);
    assert_true(all->figures[STUDY_COST_USD].mean > alone->figures[STUDY_COST_USD].mean);
}

static void counts_dollars_as_the_scenario_says(void **state)
{
    (void)state;
    small_port("what_if:\n  - {do: [contract=quick]}\n");
    const struct study *one = study_of(2, false);
    double harm = one->outcomes[0].figures[STUDY_HARM_USD].mean, time = one->outcomes[0].figures[STUDY_TIME_USD].mean;
    assert_true(fabs(one->outcomes[1].change[STUDY_COST_USD].mean - 5000 / 30.4375) < 1e-6);
    assert_true(fabs(one->outcomes[0].figures[STUDY_NET_USD].mean - (harm - time)) < 1e-6);
    assert_true(one->outcomes[1].change[STUDY_AVAILABLE].mean > 5);
    scenario.value.harm_usd *= 2;
    scenario.value.truck_hour_usd *= 3;
    const struct study *two = study_of(2, false);
    assert_true(fabs(two->outcomes[0].figures[STUDY_HARM_USD].mean - 2 * harm) < 1e-6 * harm);
    assert_true(fabs(two->outcomes[0].figures[STUDY_TIME_USD].mean - 3 * time) < 1e-6 * time);
}

static void compares_policies_and_adapting_smugglers(void **state)
{
    (void)state;
    small_port("");
    const struct study *s = study_of(2, true);
    size_t kinds[4] = {0};
    for (size_t i = 0; i < s->npoints; i++) kinds[s->points[i].kind]++;
    assert_true(kinds[SIM_PUENTE] == 5 && kinds[SIM_THRESHOLD] == 6 && kinds[SIM_RANDOM] == 6);
    assert_true(s->adapting_share == 0.1);
    for (size_t i = 0; i < STUDY_RIVALS; i++)
        assert_true(s->rivals[i].found.mean >= 0 && s->rivals[i].found.mean <= 100 &&
                    s->rivals[i].worst_cell.mean <= s->rivals[i].found.mean);
    assert_true(s->rivals[STUDY_PUENTE].found.mean > s->rivals[STUDY_RANDOM].found.mean);
}

static void tells_what_fails(void **state)
{
    struct study *study = NULL;
    struct why why = {0};
    struct study_settings settings = {.threads = 2};
    struct arena little = ARENA(100000);
    (void)state;
    small_port("");
    assert_int_equal(study_run(&little, &scenario, &settings, &study, &why), ERR_NO_MEMORY);
    arena_free(&little);
    scenario.settings.days = 0;
    why = (struct why){0};
    assert_true(study_run(&arena, &scenario, &settings, &study, &why) != ERR_NONE);
    assert_true(why.text[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knows_students_t),
        cmocka_unit_test(gives_a_mean_its_interval),
        cmocka_unit_test_setup_teardown(says_the_same_with_any_number_of_threads, begin, end),
        cmocka_unit_test_setup_teardown(judges_a_change_against_the_same_seeds, begin, end),
        cmocka_unit_test_setup_teardown(says_what_ten_minutes_less_takes, begin, end),
        cmocka_unit_test_setup_teardown(counts_dollars_as_the_scenario_says, begin, end),
        cmocka_unit_test_setup_teardown(compares_policies_and_adapting_smugglers, begin, end),
        cmocka_unit_test_setup_teardown(tells_what_fails, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
