// SPDX-License-Identifier: Apache-2.0
#include "one_arena.h"
#include "port/visit.h"

#include <stdio.h>

// A scenario is a line of words "minute[.tenths]<by><stage>[/lane]": by g (a fix), r (a reader), e (an entry on
// record); stage o q b s d x. What comes out is written as "stage from-to" in tenths of a minute, "~" before a start
// that nobody saw, and after it "." when it was seen to leave, "+" when it may be there still, "?" when it was lost.
static const char letters[] = "oqbsdx";

static size_t sightings_of(const char *text, struct sighting out[64])
{
    size_t n = 0;
    for (struct str rest = str_of(text), word; rest.p;) {
        word = str_cut(rest, ' ', &rest);
        if (!word.n) continue;
        double minute = strtod(word.p, NULL);
        size_t at = strspn(word.p, "-0123456789.");
        struct sighting *s = &out[n++];
        *s = (struct sighting){.at_ms = 1000000000000 + (int64_t)(minute * 60000 + (minute < 0 ? -0.5 : 0.5))};
        s->heard_ms = s->at_ms + 5000;
        s->by = word.p[at] == 'g' ? SEEN_BY_POSITION : word.p[at] == 'r' ? SEEN_BY_READER : SEEN_BY_RECORD;
        s->stage = (enum stage)(strchr(letters, word.p[at + 1]) - letters);
        s->port = 1;
        if (at + 3 < word.n && word.p[at + 2] == '/') s->lane = (uint32_t)(word.p[at + 3] - '0');
        if (at + 3 < word.n && word.p[at + 2] == '@') s->port = (uint32_t)(word.p[at + 3] - '0');
    }
    return n;
}

static struct visits visits(const struct sighting *s, size_t n)
{
    struct visits out;
    struct why why = {0};
    if (visits_of(&arena, s, n, &visit_defaults, &out, &why) != ERR_NONE) fail_msg("%s", why.text);
    return out;
}

static struct str written(const struct visits *v, bool all)
{
    struct buf b = BUF(4096);
    for (size_t i = 0; i < v->count; i++) {
        const struct stay *s = &v->stays[i];
        if ((s->stage == STAGE_ALL) != all) continue;
        buf_printf(&b, "%s%s%s %.4g-%.4g%c", b.n ? " " : "", s->start_unseen ? "~" : "", stage_name(s->stage),
                   (double)(s->from_ms - 1000000000000) / 60000, (double)(s->to_ms - 1000000000000) / 60000,
                   ".+?"[s->end]);
    }
    struct str out = arena_str(&arena, buf_str(&b));
    buf_free(&b);
    return out;
}

static void each_scenario_has_its_answer(void **state)
{
    (void)state;
    static const struct {
        const char *what, *seen, *stays, *all;
    } cases[] = {
        {"nothing", "", "", ""},
        {"never in a zone", "0go 5go 10go", "", ""},
        {"through the port by fixes", "0go 2gq 10gq 20gq 22gb 24gb 26gs 30gs 32gx",
         "queue 1-21. booth 21-25. scanner 25-31. exit 31-32+", "all 1-31."},
        {"the middle between two fixes is the edge", "0go 10gq 20gq 30go", "queue 5-25.", "all 5-20+"},
        {"nobody saw it come", "0gq 10gq 12gb", "~queue 0-11. booth 11-12+", "~all 0-12+"},
        {"readers tell the moment", "0rq 40rb 45rx", "queue 0-40. booth 40-45. exit 45-45+", "all 0-45."},
        {"a reader at the booth ends the queue of fixes", "0go 2gq 10gq 15rb", "queue 1-15. booth 15-15+", "all 1-15+"},
        {"arrival and release on record", "0eb 30ex", "booth 0-30. exit 30-30+", "all 0-30."},
        {"a scan on record", "0eb 10es 14eo 20ex", "booth 0-10. scanner 10-14. exit 20-20+", "all 0-20."},
        {"still in the queue", "0go 2gq 10gq 18gq", "queue 1-18+", "all 1-18+"},
        {"scatter at the edge", "0go 2gq 4go 5gq 8gb 9gq 12gq 14gb", "queue 1-13. booth 13-14+", "all 1-14+"},
        {"out for longer than scatter", "0go 2gq 4go 8gq 10gq", "queue 1-3. queue 6-10+", "all 1-10+"},
        {"a late fix of the stage before a reader's", "0rq 20rb 20.5gq 22gb 24go", "queue 0-20. booth 20-23.",
         "all 0-22+"},
        {"a reader is never scatter", "0go 2gq 4rb 5gq 5.4gq 8gb 14gb", "queue 1-4. booth 4-14+", "all 1-14+"},
        {"but it may really have gone back", "0go 2gq 4rb 8gq 12gb 14gb",
         "queue 1-4. booth 4-6. queue 6-10. booth 10-14+", "all 1-14+"},
        {"fixes too far apart", "0go 2gq 30gb 32gb 34go", "queue 1-2? ~booth 30-33.", "all 1-32+"},
        {"a gap within a stage", "0go 2gq 60gq 62go", "queue 1-61.", "all 1-60+"},
        {"silence ends a visit", "0go 2gq 4gq 400gq 402gb", "queue 1-4? ~queue 400-401. booth 401-402+",
         "all 1-4? ~all 400-402+"},
        {"another port", "0rq 30rb 60rq@2 70rb@2", "queue 0-30. booth 30-30? queue 60-70. booth 70-70+",
         "all 0-30? all 60-70+"},
        {"twice on one day", "0go 2gq 10gb 20gx 22go 60go 62gq 70gb", // a drayage truck
         "queue 1-6. booth 6-15. exit 15-21. queue 61-66. booth 66-70+", "all 1-15. all 61-70+"},
        {"from the exit straight into the queue", "0rq 9rb 10rx 12rq 20rb",
         "queue 0-9. booth 9-10. exit 10-12. queue 12-20. booth 20-20+", "all 0-10. all 12-20+"},
        {"out of order", "32gx 2gq 24gb 0go 30gs 10gq 22gb 26gs 20gq",
         "queue 1-21. booth 21-25. scanner 25-31. exit 31-32+", "all 1-31."},
        {"the same thing twice", "0rq 0rq 40rb 40rb 45rx 45rx", "queue 0-40. booth 40-45. exit 45-45+", "all 0-45."},
        {"back for a second look", "0eb 10rs 20rd 30rs 40ex",
         "booth 0-10. scanner 10-20. dock 20-30. scanner 30-40. exit 40-40+", "all 0-40."},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct sighting s[64];
        struct visits v = visits(s, sightings_of(cases[i].seen, s));
        struct str stays = written(&v, false), all = written(&v, true);
        if (!str_is(stays, cases[i].stays) || !str_is(all, cases[i].all))
            fail_msg("%s:\n%.*s\n%.*s", cases[i].what, STR_ARG(stays), STR_ARG(all));
    }
}

static void clocks_ahead_of_the_world_are_left_out_and_counted(void **state)
{
    (void)state;
    struct sighting s[64];
    size_t n = sightings_of("0go 2gq 4gq 6gb", s);
    s[2].at_ms += 3600000; // says that it is an hour from now
    s[3].heard_ms = s[3].at_ms - visit_defaults.ahead_ms;
    struct visits v = visits(s, n);
    assert_int_equal(v.faulty, 1);
    struct str stays = written(&v, false);
    assert_true(str_is(stays, "queue 1-4. booth 4-6+"));
    s[0].at_ms = 0;
    s[1].at_ms = INT64_MIN;
    s[2].at_ms = INT64_MAX;
    v = visits(s, n);
    assert_int_equal(v.faulty, 3);
}

static void a_second_look_counts_as_a_return(void **state)
{
    (void)state;
    struct sighting s[64];
    assert_int_equal(visits(s, sightings_of("0eb 10rs 20rd 30rs 40ex", s)).returns, 1);
    assert_int_equal(visits(s, sightings_of("0eb 10rs 20rd 40ex", s)).returns, 0);
}

static void lanes_and_methods_are_those_that_took_part(void **state)
{
    (void)state;
    struct sighting s[64];
    struct visits v = visits(s, sightings_of("0go 2gq/1 10gq/3 12rb/2 14go", s));
    assert_int_equal(v.count, 3);
    assert_int_equal(v.stays[1].stage, STAGE_QUEUE);
    assert_int_equal(v.stays[1].lane, 3);
    assert_int_equal(v.stays[1].by, 1u << SEEN_BY_POSITION | 1u << SEEN_BY_READER);
    assert_int_equal(v.stays[1].slack_ms, 120000);
    assert_int_equal(v.stays[2].lane, 2);
    assert_int_equal(v.stays[0].lane, 0);
}

// The same sightings give the same stays in whatever order they come.
static void order_makes_no_difference(void **state)
{
    (void)state;
    struct sighting s[64], turned[64];
    size_t n = sightings_of("0go 2gq 4go 5gq 8gb 8rb 9gq 12gq 14gb 14rs 14go 20es 24eo 26gd 40gd 41gx 50go 99gq", s);
    struct visits v = visits(s, n);
    struct str want = written(&v, false);
    for (size_t turn = 1; turn < n; turn++) {
        for (size_t i = 0; i < n; i++) turned[i] = s[(i * 7 + turn) % n]; // 7 and n have no common factor
        v = visits(turned, n);
        assert_true(str_eq(written(&v, false), want));
    }
    assert_int_equal(n % 7 != 0, 1);
}

static void a_length_goes_on_while_it_may_be_there(void **state)
{
    (void)state;
    static const struct {
        const char *seen;
        double now, minutes;
        bool at_least;
    } cases[] = {
        {"0go 2gq 10gq 12go", 99, 10, false}, // it left
        {"0go 2gq 10gq", 15, 14, true},       // 20 minutes of patience with fixes
        {"0go 2gq 10gq", 31, 9, true},        // and not more
        {"0rq", 120, 120, true},              // a reader sees only who passes
        {"0rq", 241, 0, true},                // four hours
        {"0gq 10gq 12go", 99, 11, true},      // nobody saw it come
        {"0go 2gq 30gb 31go", 99, 1, true},   // nobody saw it leave
        {"0go 2gq 10gq", 5, 9, true},         // a now before its last word
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct sighting s[64];
        struct visits v = visits(s, sightings_of(cases[i].seen, s));
        int64_t length_ms;
        bool at_least;
        stay_length(&v.stays[1], &visit_defaults, 1000000000000 + (int64_t)(cases[i].now * 60000), &length_ms,
                    &at_least);
        if (length_ms != (int64_t)(cases[i].minutes * 60000) || at_least != cases[i].at_least)
            fail_msg("%s: %lld %d", cases[i].seen, (long long)length_ms / 60000, at_least);
    }
}

static void stages_have_names(void **state)
{
    (void)state;
    enum stage stage = STAGE_OUTSIDE;
    for (int i = STAGE_QUEUE; i < STAGE_ALL; i++) {
        assert_true(stage_parse(str_of(stage_name((enum stage)i)), &stage));
        assert_int_equal(stage, i);
    }
    assert_false(stage_parse(STR("outside"), &stage) || stage_parse(STR("all"), &stage) ||
                 stage_parse(STR(""), &stage));
}

static void little_memory_is_an_error(void **state)
{
    (void)state;
    struct sighting s[64];
    struct visits out;
    struct why why = {0};
    struct arena small = ARENA(64);
    size_t n = sightings_of("0rq 40rb 45rx", s);
    assert_int_equal(visits_of(&small, s, n, &visit_defaults, &out, &why), ERR_NO_MEMORY);
    arena_free(&small);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_scenario_has_its_answer),
        cmocka_unit_test(clocks_ahead_of_the_world_are_left_out_and_counted),
        cmocka_unit_test(a_second_look_counts_as_a_return),
        cmocka_unit_test(lanes_and_methods_are_those_that_took_part),
        cmocka_unit_test(order_makes_no_difference),
        cmocka_unit_test(a_length_goes_on_while_it_may_be_there),
        cmocka_unit_test(stages_have_names),
        cmocka_unit_test(little_memory_is_an_error),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
