// SPDX-License-Identifier: Apache-2.0
#include "serve/problem.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const struct json *written(struct arena *arena, const struct why *why)
{
    struct buf text = BUF(8192);
    problem_write(why, &text);
    assert_false(text.failed);
    struct str copy = arena_str(arena, buf_str(&text));
    buf_free(&text);
    struct why none = {0};
    struct json *json = json_parse(arena, copy, &none);
    assert_non_null(json);
    return json;
}

static void says_type_title_status_and_what_is_wrong(void **state)
{
    (void)state;
    struct arena arena = ARENA(1 << 20);
    struct why why = {0};
    (void)why_set(&why, ERR_SENSELESS, "/re/0", "the \"check\" digit is wrong");
    (void)why_clause(&why, "ISO 6346 A");
    (void)why_at(&why, 17);
    const struct json *p = written(&arena, &why);
    int64_t number;
    assert_true(str_is(json_text(p, "type"), "/problems/senseless"));
    assert_true(json_integer(p, "status", &number) && number == 422);
    assert_true(json_integer(p, "offset", &number) && number == 17);
    assert_true(str_is(json_text(p, "member"), "/re/0"));
    assert_true(str_is(json_text(p, "clause"), "ISO 6346 A"));
    assert_true(str_is(json_text(p, "detail"), "the \"check\" digit is wrong"));
    arena_free(&arena);
}

static void leaves_out_what_is_not_known(void **state)
{
    (void)state;
    struct arena arena = ARENA(1 << 20);
    const struct json *p = written(&arena, &(struct why){.err = ERR_BUSY});
    assert_int_equal(p->count, 3);
    assert_null(json_get(p, "member"));
    assert_null(json_get(p, "offset"));
    arena_free(&arena);
}

static void mends_what_a_stranger_left_in_the_reason(void **state)
{
    (void)state;
    static const char *const texts[] = {"\xff\xfe",     "cut \xe2\x82", "\x01\x02",
                                        "\xed\xa0\x80", "\xef\xbf\xbe", "ok \xe2\x82\xac"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct arena arena = ARENA(1 << 20);
        struct why why = {.err = ERR_MALFORMED};
        strcpy(why.text, texts[i]);
        strcpy(why.member, texts[i]);
        assert_non_null(json_get(written(&arena, &why), "detail"));
        arena_free(&arena);
    }
}

static void every_error_has_a_title_and_is_found_by_name(void **state)
{
    (void)state;
    for (enum err err = ERR_MALFORMED; err < ERR_COUNT; err++) {
        assert_true(strlen(problem_title(err)) > 3);
        assert_int_equal(problem_find(str_of(err_name(err))), err);
    }
    assert_int_equal(problem_find(STR("ok")), ERR_COUNT);
    assert_int_equal(problem_find(STR("")), ERR_COUNT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_type_title_status_and_what_is_wrong),
        cmocka_unit_test(leaves_out_what_is_not_known),
        cmocka_unit_test(mends_what_a_stranger_left_in_the_reason),
        cmocka_unit_test(every_error_has_a_title_and_is_found_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
