// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "formats/bolt_seal.h"
#include "formats/identifier.h"
#include "shared_data.h"

#define SHA "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
#define MARK "{\"number\":\"HS-1234567\",\"grade\":\"high-security\"}"
#define TRAILER "{\"plate\":\"21TR43\"}"
#define TIME "\"2026-03-01T14:05:09Z\""
#define CHECKS "\"view\":\"pass\",\"verify\":\"pass\",\"tug\":\"pass\",\"twist\":\"pass\""
#define BASE(event) "{\"seal\":" MARK ",\"event\":\"" event "\",\"trailer\":" TRAILER ",\"time\":" TIME

static struct arena arena;
static struct bolt_seal seal;
static struct why why;

static int start_arena(void **state)
{
    (void)state;
    arena = ARENA((size_t)16 << 20);
    return 0;
}

static int stop_arena(void **state)
{
    (void)state;
    arena_free(&arena);
    return 0;
}

static enum err parse(struct str input)
{
    why = (struct why){0};
    return bolt_seal_parse(&arena, input, &seal, &why);
}

static void parse_ok(struct str input)
{
    if (parse(input)) fail_msg("%.*s: %s (%s)", STR_ARG(input), why.text, why.member);
}

static struct draft *drafts(void)
{
    struct draft *list;
    assert_int_equal(bolt_seal_draft(&arena, &seal, &list, &why), ERR_NONE);
    assert_non_null(list);
    return list;
}

static const char *draft_text(const struct draft *draft)
{
    struct buf b = BUF(1 << 16);
    json_canonical(draft->members, &b);
    struct str s = arena_str(&arena, buf_str(&b));
    buf_free(&b);
    return s.p;
}

static void reads_a_seal_put_on(void **state)
{
    (void)state;
    parse_ok(STR(
        "{\"seal\":{\"number\":\"hs 1234567\",\"grade\":\"H\",\"country\":\"MX\",\"manufacturer\":\"Precintos SA\"},"
        "\"event\":\"on\",\"trailer\":{\"plate\":\"tx:r12-3456\",\"number\":\"TGZA:53017\"},"
        "\"time\":\"2026-03-01T08:05:09-06:00\",\"place\":\"Patio 3, Monterrey\"}"));
    assert_string_equal(seal.seal.number, "HS1234567");
    assert_int_equal(seal.seal.grade, BOLT_SEAL_HIGH_SECURITY);
    assert_int_equal(seal.event, BOLT_SEAL_ON);
    assert_int_equal(seal.at_ms, 1772373909000);
    assert_true(str_is(seal.trailer_plate, "TX:R123456"));
    assert_true(str_is(seal.trailer_number, "TGZA:53017"));
    assert_false(seal.inspected);
    struct draft *draft = drafts();
    assert_null(draft->next);
    assert_true(str_is(draft->kind, "custody.seal"));
    assert_int_equal(draft->at_ms, seal.at_ms);
    assert_int_equal(draft->nre, 2);
    assert_int_equal(draft->re[0]->noun, NOUN_SEAL);
    assert_true(str_is(draft->re[0]->ids[0].scheme, "iso17712"));
    assert_true(str_is(draft->re[0]->ids[0].value, "HS1234567"));
    assert_int_equal(draft->re[1]->noun, NOUN_TRAILER);
    assert_int_equal(draft->re[1]->nids, 2);
    assert_true(str_is(draft->re[1]->ids[0].scheme, "trailer.plate"));
    assert_true(str_is(draft->re[1]->ids[1].scheme, "trailer.number"));
    assert_string_equal(draft_text(draft),
                        "{\"event\":{\"grade\":\"high-security\",\"type\":\"on\"},\"status\":{\"country\":\"MX\","
                        "\"grade_letter\":\"H\",\"manufacturer\":\"Precintos SA\",\"place\":\"Patio 3, Monterrey\"}}");
}

static void states_a_replacement_and_the_new_seal(void **state)
{
    (void)state;
    parse_ok(STR(
        BASE("replaced") ",\"replaced_by\":{\"number\":\"HS7654321\",\"grade\":\"S\"},\"reason\":\"inspection by SAT\","
                         "\"inspection\":{" CHECKS ",\"photo_sha256\":\"" SHA "\",\"inspector\":\"J. Garza\"}}"));
    struct draft *old = drafts(), *new = old->next;
    assert_non_null(new);
    assert_null(new->next);
    assert_string_equal(
        draft_text(old),
        "{\"event\":{\"detail\":\"inspection by "
        "SAT\",\"grade\":\"high-security\",\"new\":\"HS7654321\",\"type\":\"replaced\","
        "\"who\":\"J. Garza\"},\"inspection\":{\"inspector\":\"J. Garza\",\"photo_sha256\":\"" SHA
        "\",\"tug\":\"pass\","
        "\"twist\":\"pass\",\"verify\":\"pass\",\"view\":\"pass\"},\"status\":{\"grade_letter\":\"H\","
        "\"inspection_complete\":true,\"inspection_passed\":true,\"photo\":true,\"reason\":\"inspection by SAT\"}}");
    assert_true(str_is(new->re[0]->ids[0].value, "HS7654321"));
    assert_true(str_is(new->re[1]->ids[0].value, "21TR43"));
    const struct json *event = json_get(new->members, "event");
    assert_true(str_is(json_text(event, "type"), "on"));
    assert_true(str_is(json_text(event, "grade"), "security"));
    assert_true(str_is(json_text(event, "detail"), "replaces HS1234567"));
}

static void states_a_replacement_without_inspection_as_such(void **state)
{
    (void)state;
    parse_ok(STR(BASE("replaced") ",\"replaced_by\":{\"number\":\"HS7654321\",\"grade\":\"H\"}}"));
    struct draft *old = drafts();
    assert_null(json_get(old->members, "inspection"));
    assert_null(json_pointer(old->members, "/status/photo"));
}

static void tells_complete_from_passed(void **state)
{
    (void)state;
    static const char *const values[] = {"pass", "fail", "not-done"};
    for (int i = 0; i < 81; i++) {
        int v[4] = {i % 3, i / 3 % 3, i / 9 % 3, i / 27};
        char text[512];
        snprintf(
            text, sizeof text,
            BASE("inspected") ",\"inspection\":{\"view\":\"%s\",\"verify\":\"%s\",\"tug\":\"%s\",\"twist\":\"%s\"}}",
            values[v[0]], values[v[1]], values[v[2]], values[v[3]]);
        parse_ok(str_of(text));
        bool complete = true, passed = true;
        for (int k = 0; k < 4; k++) {
            complete = complete && v[k] != 2;
            passed = passed && v[k] == 0;
        }
        struct draft *draft = drafts();
        const struct json *status = json_get(draft->members, "status");
        assert_int_equal(json_true(status, "inspection_complete"), complete);
        assert_int_equal(json_true(status, "inspection_passed"), passed);
        assert_false(json_true(status, "photo"));
        assert_true(str_is(json_text(json_get(draft->members, "inspection"), "tug"), values[v[2]]));
    }
}

static void names_the_member_that_is_wrong(void **state)
{
    (void)state;
    const struct {
        const char *text, *member;
        enum err err;
    } cases[] = {
        {"", "", ERR_MALFORMED},
        {"[]", "", ERR_MALFORMED},
        {"{}", "/seal", ERR_MALFORMED},
        {"{\"seal\":1,\"trailer\":{}}", "/seal", ERR_MALFORMED},
        {"{\"seal\":{},\"trailer\":{}}", "/seal/number", ERR_MALFORMED},
        {"{\"seal\":{\"number\":\"ABC\",\"grade\":\"H\"},\"trailer\":{}}", "/seal/number", ERR_MALFORMED},
        {"{\"seal\":{\"number\":\"NONE\",\"grade\":\"H\"},\"trailer\":{}}", "/seal/number", ERR_MALFORMED},
        {"{\"seal\":{\"number\":\"123456789012345678901\",\"grade\":\"H\"},\"trailer\":{}}", "/seal/number",
         ERR_MALFORMED},
        {"{\"seal\":{\"number\":\"HS/1234567\",\"grade\":\"H\"},\"trailer\":{}}", "/seal/number", ERR_MALFORMED},
        {"{\"seal\":{\"number\":\"HS:1234567\",\"grade\":\"H\"},\"trailer\":{}}", "/seal/number", ERR_MALFORMED},
        {"{\"seal\":{\"number\":\"-1234567\",\"grade\":\"H\"},\"trailer\":{}}", "/seal/number", ERR_MALFORMED},
        {"{\"seal\":{\"number\":\"1234567-\",\"grade\":\"H\"},\"trailer\":{}}", "/seal/number", ERR_MALFORMED},
        {"{\"seal\":{\"number\":\"12--34567\",\"grade\":\"H\"},\"trailer\":{}}", "/seal/number", ERR_MALFORMED},
        {"{\"seal\":{\"number\":1234567,\"grade\":\"H\"},\"trailer\":{}}", "/seal/number", ERR_MALFORMED},
        {"{\"seal\":{\"number\":\"1234567\"},\"trailer\":{}}", "/seal/grade", ERR_MALFORMED},
        {"{\"seal\":{\"number\":\"1234567\",\"grade\":\"X\"},\"trailer\":{}}", "/seal/grade", ERR_MALFORMED},
        {"{\"seal\":{\"number\":\"1234567\",\"grade\":\"h\"},\"trailer\":{}}", "/seal/grade", ERR_MALFORMED},
        {"{\"seal\":{\"number\":\"1234567\",\"grade\":\"H\",\"country\":\"mx\"},\"trailer\":{}}", "/seal/country",
         ERR_MALFORMED},
        {"{\"seal\":{\"number\":\"1234567\",\"grade\":\"H\",\"colour\":1},\"trailer\":{}}", "/seal/colour",
         ERR_MALFORMED},
        {"{\"seal\":" MARK "}", "/trailer", ERR_MALFORMED},
        {"{\"seal\":" MARK ",\"trailer\":" TRAILER "}", "/event", ERR_MALFORMED},
        {"{\"seal\":" MARK ",\"trailer\":" TRAILER ",\"event\":\"cut\"}", "/event", ERR_MALFORMED},
        {"{\"seal\":" MARK ",\"trailer\":" TRAILER ",\"event\":\"on\"}", "/time", ERR_MALFORMED},
        {"{\"seal\":" MARK ",\"trailer\":" TRAILER ",\"event\":\"on\",\"time\":\"yesterday\"}", "/time", ERR_MALFORMED},
        {"{\"seal\":" MARK ",\"trailer\":{},\"event\":\"on\",\"time\":" TIME "}", "/trailer", ERR_MALFORMED},
        {"{\"seal\":" MARK ",\"trailer\":[],\"event\":\"on\",\"time\":" TIME "}", "/trailer", ERR_MALFORMED},
        {"{\"seal\":" MARK ",\"trailer\":{\"plate\":\"A\"},\"event\":\"on\",\"time\":" TIME "}", "/trailer/plate",
         ERR_MALFORMED},
        {"{\"seal\":" MARK ",\"trailer\":{\"plate\":\"ABCDEFGHIJK\"},\"event\":\"on\",\"time\":" TIME "}",
         "/trailer/plate", ERR_MALFORMED},
        {"{\"seal\":" MARK ",\"trailer\":{\"plate\":\"TEX:123\"},\"event\":\"on\",\"time\":" TIME "}", "/trailer/plate",
         ERR_MALFORMED},
        {"{\"seal\":" MARK ",\"trailer\":{\"plate\":\"TX:1:3\"},\"event\":\"on\",\"time\":" TIME "}", "/trailer/plate",
         ERR_MALFORMED},
        {"{\"seal\":" MARK ",\"trailer\":{\"number\":\"53017\"},\"event\":\"on\",\"time\":" TIME "}", "/trailer/number",
         ERR_MALFORMED},
        {"{\"seal\":" MARK ",\"trailer\":{\"number\":\"TGZA:\"},\"event\":\"on\",\"time\":" TIME "}", "/trailer/number",
         ERR_MALFORMED},
        {BASE("on") ",\"place\":\"\"}", "/place", ERR_MALFORMED},
        {BASE("on") ",\"reason\":7}", "/reason", ERR_MALFORMED},
        {BASE("on") ",\"sael\":7}", "/sael", ERR_MALFORMED},
        {BASE("inspected") "}", "/inspection", ERR_MALFORMED},
        {BASE("inspected") ",\"inspection\":{}}", "/inspection/view", ERR_MALFORMED},
        {BASE("inspected") ",\"inspection\":{\"view\":\"pass\",\"verify\":\"pass\",\"tug\":\"pass\"}}",
         "/inspection/twist", ERR_MALFORMED},
        {BASE("inspected") ",\"inspection\":{\"view\":\"ok\"}}", "/inspection/view", ERR_MALFORMED},
        {BASE("inspected") ",\"inspection\":{" CHECKS ",\"photo_sha256\":\"abc\"}}", "/inspection/photo_sha256",
         ERR_MALFORMED},
        {BASE("inspected") ",\"inspection\":{" CHECKS ",\"photo\":\"abc\"}}", "/inspection/photo", ERR_MALFORMED},
        {BASE("replaced") "}", "/replaced_by", ERR_MALFORMED},
        {BASE("replaced") ",\"replaced_by\":{\"number\":\"HS7654321\"}}", "/replaced_by/grade", ERR_MALFORMED},
        {BASE("replaced") ",\"replaced_by\":{\"number\":\"HS 1234567\",\"grade\":\"H\"}}", "/replaced_by/number",
         ERR_SENSELESS},
        {BASE("on") ",\"replaced_by\":{\"number\":\"HS7654321\",\"grade\":\"H\"}}", "/replaced_by", ERR_SENSELESS},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        enum err err = parse(str_of(cases[i].text));
        if (err != cases[i].err || strcmp(why.member, cases[i].member) != 0) {
            fail_msg("%s: %s, member %s: %s", cases[i].text, err_name(err), why.member, why.text);
        }
        assert_true(why.text[0] != 0);
    }
}

static void refuses_an_input_that_is_too_large(void **state)
{
    (void)state;
    size_t n = ((size_t)64 << 10) + 1;
    char *p = arena_alloc(&arena, n);
    memset(p, ' ', n);
    const char *whole = BASE("on") "}";
    memcpy(p, whole, strlen(whole));
    assert_int_equal(parse((struct str){p, n}), ERR_TOO_LARGE);
    assert_int_equal(parse((struct str){p, n - 1}), ERR_NONE);
}

// What this format takes for a number or a trailer, the identifier table must take in the same normal form.
static void agrees_with_the_identifier_table(void **state)
{
    (void)state;
    const struct identifier_table *table = NULL;
    assert_int_equal(identifier_table_read(&arena, identifiers_builtin(), &table, &why), ERR_NONE);
    const struct {
        const char *scheme, *member, *value;
    } cases[] = {
        {"iso17712", "seal", "HS-1234567"},
        {"iso17712", "seal", "0012"},
        {"iso17712", "seal", "ab12 34567890123456"},
        {"iso17712", "seal", "12345678901234567890"},
        {"trailer.plate", "plate", "21TR43"},
        {"trailer.plate", "plate", "TX:R123456"},
        {"trailer.plate", "plate", "A1"},
        {"trailer.number", "number", "TGZA:53017"},
        {"trailer.number", "number", "AB:1"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bool number = strcmp(cases[i].member, "seal") == 0;
        char text[512];
        snprintf(
            text, sizeof text,
            "{\"seal\":{\"number\":\"%s\",\"grade\":\"H\"},\"event\":\"on\",\"trailer\":{\"%s\":\"%s\"},\"time\":" TIME
            "}",
            number ? cases[i].value : "1234", number ? "plate" : cases[i].member, number ? "21TR43" : cases[i].value);
        parse_ok(str_of(text));
        struct identifier id;
        assert_int_equal(identifier_check(table, &arena, str_of(cases[i].scheme), str_of(cases[i].value), &id, &why),
                         ERR_NONE);
        struct draft *draft = drafts();
        assert_true(str_eq(draft->re[number ? 0 : 1]->ids[0].value, id.value));
        assert_true(str_eq(draft->re[number ? 0 : 1]->ids[0].scheme, id.scheme));
    }
}

static void drafts_nothing_without_memory(void **state)
{
    (void)state;
    parse_ok(STR(BASE("replaced") ",\"replaced_by\":{\"number\":\"HS7654321\",\"grade\":\"S\"},\"inspection\":{" CHECKS
                                  "}}"));
    size_t refused = 0;
    for (size_t cap = 0; cap < 40000; cap += 256) {
        struct arena small = ARENA(cap);
        struct draft *list;
        enum err err = bolt_seal_draft(&small, &seal, &list, NULL);
        assert_int_equal(err == ERR_NONE, list != NULL);
        if (err) refused++;
        arena_free(&small);
    }
    assert_in_range(refused, 10, 150);
}

static void reads_the_good_samples_and_refuses_the_bad(void **state)
{
    (void)state;
    const char *good[] = {"on", "off", "inspected", "replaced"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        char path[256];
        snprintf(path, sizeof path, "tests/data/bolt_seal/good/%s.json", good[i]);
        parse_ok(test_file(&arena, path));
        const struct json *type = json_pointer(drafts()->members, "/event/type");
        assert_true(str_is(type->text, good[i]));
    }
    const char *bad[] = {"number", "grade", "no_successor", "itself", "photo", "not_json"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char path[256];
        snprintf(path, sizeof path, "tests/data/bolt_seal/bad/%s.json", bad[i]);
        struct str input = test_file(&arena, path);
        snprintf(path, sizeof path, "tests/data/bolt_seal/bad/%s.json.reason", bad[i]);
        struct str reason = str_trim(test_file(&arena, path));
        assert_true(input.n && reason.n);
        assert_int_not_equal(parse(input), ERR_NONE);
        assert_string_equal(*why.member ? why.member : "/", arena_str(&arena, reason).p);
    }
}

#define with_arena(test) cmocka_unit_test_setup_teardown(test, start_arena, stop_arena)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_arena(reads_a_seal_put_on),
        with_arena(states_a_replacement_and_the_new_seal),
        with_arena(states_a_replacement_without_inspection_as_such),
        with_arena(tells_complete_from_passed),
        with_arena(names_the_member_that_is_wrong),
        with_arena(refuses_an_input_that_is_too_large),
        with_arena(agrees_with_the_identifier_table),
        with_arena(drafts_nothing_without_memory),
        with_arena(reads_the_good_samples_and_refuses_the_bad),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
