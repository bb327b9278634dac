// SPDX-License-Identifier: Apache-2.0
#include "base/json.h"

#include "base/clock.h"
#include "shared_data.h"

#include <ctype.h>
#include <dirent.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define N(table) (sizeof(table) / sizeof *(table))

static struct arena arena;

static int fresh(void **state)
{
    (void)state;
    arena = ARENA((size_t)64 << 20);
    return 0;
}

static int done(void **state)
{
    (void)state;
    arena_free(&arena);
    return 0;
}

static struct json *read_ok(struct str text)
{
    struct why why = {0};
    struct json *value = json_parse(&arena, text, &why);
    if (!value) fail_msg("%.*s: %s at %zu", STR_ARG(text), why.text, why.offset);
    return value;
}

static struct str canonical(const struct json *value)
{
    struct buf out = BUF((size_t)64 << 20);
    json_canonical(value, &out);
    assert_false(out.failed);
    struct str s = arena_str(&arena, buf_str(&out));
    buf_free(&out);
    return s;
}

static void assert_str(struct str got, struct str want)
{
    if (!str_eq(got, want)) fail_msg("got %.*s, want %.*s", STR_ARG(got), STR_ARG(want));
}

// Runs `each` for every file of a folder that does not end in `.reason` or `.canonical`; returns how many.
static size_t each_file(const char *folder, void (*each)(const char *path, struct str bytes))
{
    DIR *dir = opendir(folder);
    assert_non_null(dir);
    size_t n = 0;
    for (struct dirent *e; (e = readdir(dir));) {
        char path[512];
        struct str name = str_of(e->d_name);
        if (e->d_name[0] == '.' || str_ends(name, ".reason") || str_ends(name, ".canonical")) continue;
        snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
        struct str bytes = test_file(&arena, path);
        assert_non_null(bytes.p);
        each(path, bytes);
        n++;
    }
    closedir(dir);
    return n;
}

static struct str beside(const char *path, const char *suffix)
{
    char full[600];
    snprintf(full, sizeof full, "%s%s", path, suffix);
    struct str s = test_file(&arena, full);
    if (!s.p) fail_msg("%s is missing", full);
    return s;
}

static void check_good(const char *path, struct str bytes)
{
    assert_str(canonical(read_ok(bytes)), beside(path, ".canonical"));
}

static void check_bad(const char *path, struct str bytes)
{
    struct why why = {0};
    struct json *value = json_parse(&arena, bytes, &why);
    if (value) fail_msg("%s was accepted", path);
    assert_int_equal(why.err, ERR_MALFORMED);
    struct str got = arena_printf(&arena, "%s at %zu in \"%s\"", why.clause, why.offset, why.member);
    struct str want = str_trim(beside(path, ".reason"));
    if (!str_eq(got, want)) fail_msg("%s: got %.*s, want %.*s", path, STR_ARG(got), STR_ARG(want));
}

static void writes_the_good_files_in_their_canonical_form(void **state)
{
    (void)state;
    assert_true(each_file("tests/data/json/good", check_good) >= 8);
}

static void refuses_the_bad_files_with_clause_offset_and_pointer(void **state)
{
    (void)state;
    assert_true(each_file("tests/data/json/bad", check_bad) >= 30);
}

// A prefix of a document is no document, but for a number at the top.
static void refuses_every_cut_document(void **state)
{
    (void)state;
    struct str whole = STR("{\"a\":[1,-2.5e3,true,false,null,\"x\\u00e9\\ud83d\\ude00\\n\xC3\xB1\"],\"b\":{\"c\":{}}}");
    read_ok(whole);
    for (size_t n = 0; n < whole.n; n++) {
        // An own allocation of exactly n bytes, so that a sanitizer sees a read past the end.
        char *exact = malloc(n ? n : 1);
        assert_non_null(exact);
        memcpy(exact, whole.p, n);
        struct why why = {0};
        assert_null(json_parse(&arena, (struct str){exact, n}, &why));
        assert_int_equal(why.err, ERR_MALFORMED);
        assert_true(why.offset <= n);
        free(exact);
    }
}

static struct str nested(size_t depth)
{
    char *p = arena_alloc(&arena, 2 * depth);
    memset(p, '[', depth);
    memset(p + depth, ']', depth);
    return (struct str){p, 2 * depth};
}

static void reads_64_levels_and_refuses_65(void **state)
{
    (void)state;
    struct str deepest = nested(JSON_DEPTH_MAX);
    assert_str(canonical(read_ok(deepest)), deepest);
    struct why why = {0};
    assert_null(json_parse(&arena, nested(JSON_DEPTH_MAX + 1), &why));
    assert_int_equal(why.offset, JSON_DEPTH_MAX);
    memset(&why, 0, sizeof why);
    assert_null(json_parse(&arena, nested(100000), &why));
    assert_int_equal(why.err, ERR_MALFORMED);
}

static struct str wide_object(size_t members, bool twice)
{
    struct buf b = BUF((size_t)64 << 20);
    buf_putc(&b, '{');
    for (size_t i = 0; i < members; i++) buf_printf(&b, "%s\"name%zu\":%zu", i ? "," : "", i, i);
    // The first name again, in another spelling.
    if (twice) buf_puts(&b, ",\"n\\u0061me0\":0");
    buf_putc(&b, '}');
    struct str s = arena_str(&arena, buf_str(&b));
    buf_free(&b);
    return s;
}

static void finds_a_name_that_comes_twice_in_objects_of_any_width(void **state)
{
    (void)state;
    static const size_t widths[] = {1, 2, 15, 16, 17, 18, 31, 32, 33, 63, 64, 65, 1000};
    for (size_t i = 0; i < N(widths); i++) {
        assert_int_equal(read_ok(wide_object(widths[i], false))->count, widths[i]);
        struct why why = {0};
        assert_null(json_parse(&arena, wide_object(widths[i], true), &why));
        assert_string_equal(why.clause, "RFC 7493 2.3");
        assert_string_equal(why.member, "/name0");
    }
}

static void reads_wide_objects_one_after_another(void **state)
{
    (void)state;
    struct str wide = wide_object(100, false), wider = wide_object(1000, false), narrow = wide_object(20, false);
    struct str all =
        arena_printf(&arena, "[%.*s,%.*s,%.*s,%.*s]", STR_ARG(wide), STR_ARG(narrow), STR_ARG(wider), STR_ARG(narrow));
    assert_int_equal(read_ok(all)->count, 4);
}

// Quadratic would be 10^10 comparisons, minutes; the bound is far above what a slow machine under a sanitizer takes.
static void reads_100000_members_in_less_than_quadratic_time(void **state)
{
    (void)state;
    struct str text = wide_object(100000, false);
    int64_t start = clock_monotonic_us();
    assert_int_equal(read_ok(text)->count, 100000);
    assert_true(clock_monotonic_us() - start < 60000000);
}

static void says_too_large_when_the_arena_is_full(void **state)
{
    (void)state;
    struct str text = wide_object(1000, false);
    struct arena small = ARENA(20000);
    struct why why = {0};
    assert_null(json_parse(&small, text, &why));
    assert_int_equal(why.err, ERR_TOO_LARGE);
    arena_free(&small);
}

static void reads_numbers_to_the_nearest_double(void **state)
{
    (void)state;
    static const char *const numbers[] = {
        "0",
        "-0",
        "1",
        "-1",
        "9007199254740991",
        "9007199254740992",
        "9007199254740993",
        "-9007199254740993",
        "18446744073709551615",
        "18446744073709551616",
        "123456789012345678901234567890",
        "0.1",
        "0.3",
        "1.5e3",
        "1E400",
        "-1e-7",
        "5e-324",
        "2.4703282292062327e-324",
        "2.4703282292062328e-324",
        "1e-400",
        "1.7976931348623157e308",
        "2.2250738585072011e-308",
        "0.000000000000000000000000000001",
        "1e22",
        "1e23",
        "123456789e-22",
        "123e-23",
        "9007199254740993e5",
        "0e0",
        "0e999999999999999999999",
        "0.0000",
        "-0.0e-5",
        "1.00000000000000000000000000000000001",
        "10000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
        "0000"
        "00000000000000000000000000000000000000000000000.5e-120",
    };
    for (size_t i = 0; i < N(numbers); i++) {
        double want = strtod(numbers[i], NULL);
        struct why why = {0};
        const struct json *value = json_parse(&arena, str_of(numbers[i]), &why);
        if (isinf(want)) {
            assert_null(value);
            assert_string_equal(why.clause, "RFC 7493 2.2");
            continue;
        }
        assert_non_null(value);
        if (memcmp(&value->number, &want, sizeof want) != 0) fail_msg("%s read as %.17g", numbers[i], value->number);
        assert_str(value->text, str_of(numbers[i]));
    }
}

static void reads_every_escape(void **state)
{
    (void)state;
    struct str text = STR("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0000\\u001F\\u00e9\\u20AC\\ud834\\udd1e\\uDBFF\\uDFFD!\"");
    struct str want = STR("\"\\/\b\f\n\r\t\0\x1F\xC3\xA9\xE2\x82\xAC\xF0\x9D\x84\x9E\xF4\x8F\xBF\xBD!");
    assert_str(read_ok(text)->text, want);
}

static void strings_without_escapes_point_into_the_input(void **state)
{
    (void)state;
    struct str text = STR(" {\"plate\" : [ \"8-NLD-42\" , 12.50 ] } ");
    const struct json *value = read_ok(text), *array = value->child;
    assert_ptr_equal(array->child->text.p, text.p + 15);
    assert_str(value->raw, STR("{\"plate\" : [ \"8-NLD-42\" , 12.50 ] }"));
    assert_str(array->raw, STR("[ \"8-NLD-42\" , 12.50 ]"));
    assert_str(array->child->raw, STR("\"8-NLD-42\""));
    assert_str(array->last->raw, STR("12.50"));
    assert_str(array->name, STR("plate"));
}

// Every pair of bytes after a lead, against the definition of RFC 3629.
static void takes_well_formed_utf8_only(void **state)
{
    (void)state;
    for (unsigned code = 0; code < 0x110000; code += code < 0x3000 ? 1 : 61) {
        char text[8] = "\"";
        size_t n = 1;
        if (code >= 0x800 && code < 0x10000) text[n++] = (char)(0xE0 | code >> 12);
        if (code >= 0x10000) {
            text[n++] = (char)(0xF0 | code >> 18);
            text[n++] = (char)(0x80 | (code >> 12 & 0x3F));
        }
        if (code >= 0x800)
            text[n++] = (char)(0x80 | (code >> 6 & 0x3F));
        else if (code >= 0x80)
            text[n++] = (char)(0xC0 | code >> 6);
        text[n++] = (char)(code < 0x80 ? code : (0x80 | (code & 0x3F)));
        text[n++] = '"';
        bool surrogate = code >= 0xD800 && code < 0xE000;
        bool noncharacter = (code & 0xFFFE) == 0xFFFE || (code >= 0xFDD0 && code < 0xFDF0);
        bool want = code >= 0x20 && code != '"' && code != '\\' && !surrogate && !noncharacter;
        assert_int_equal(json_parse(&arena, (struct str){text, n}, NULL) != NULL, want);
    }
}

static void a_long_string_is_refused_for_any_one_byte_that_is_not_text(void **state)
{
    (void)state;
    static const unsigned char bad[] = {0, 1, 0x1F, 0x80, 0xBF, 0xC0, 0xC1, 0xF5, 0xFF, 0xE0};
    char text[42];
    for (size_t at = 1; at < 41; at++) {
        for (size_t k = 0; k < N(bad); k++) {
            memset(text, 'x', sizeof text);
            text[0] = text[41] = '"';
            text[at] = (char)bad[k];
            struct why why = {0};
            assert_null(json_parse(&arena, (struct str){text, sizeof text}, &why));
            assert_int_equal(why.offset, at);
        }
    }
}

static void looks_up_members_by_name_and_pointer(void **state)
{
    (void)state;
    const struct json *v =
        read_ok(STR("{\"crossing\":{\"window\":{\"from\":\"10:00\"}},\"a/b\":[10,[20]],\"m~n\":true,\"\":7}"));
    assert_str(json_text(json_pointer(v, "/crossing/window"), "from"), STR("10:00"));
    static const struct {
        const char *pointer;
        double number;
    } found[] = {{"/a~1b/0", 10}, {"/a~1b/1/0", 20}, {"/", 7}};
    for (size_t i = 0; i < N(found); i++) {
        const struct json *at = json_pointer(v, found[i].pointer);
        assert_non_null(at);
        assert_true(at->number == found[i].number);
    }
    assert_ptr_equal(json_pointer(v, ""), v);
    assert_true(json_true(v, "m~n"));
    assert_non_null(json_pointer(v, "/m~0n"));
    static const char *const missing[] = {"crossing",
                                          "/a~1b/2",
                                          "/a~1b/00",
                                          "/a~1b/-1",
                                          "/a~1b/-",
                                          "/a~1b/0/x",
                                          "/m~2n",
                                          "/m~",
                                          "/crossin",
                                          "/crossing/",
                                          "/crossing/window/from/0"};
    for (size_t i = 0; i < N(missing); i++) assert_null(json_pointer(v, missing[i]));
    assert_null(json_get(NULL, "x"));
    assert_null(json_get(json_get(v, "a/b"), "x"));
    assert_null(json_at(v, 0));
    assert_null(json_at(json_get(v, "a/b"), 2));
}

static void integers_are_whole_and_within_2_to_the_53(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool ok;
        int64_t value;
    } cases[] = {
        {"{\"n\":0}", true, 0},
        {"{\"n\":-5}", true, -5},
        {"{\"n\":1e3}", true, 1000},
        {"{\"n\":9007199254740992}", true, 9007199254740992},
        {"{\"n\":-9007199254740992}", true, -9007199254740992},
        {"{\"n\":9007199254740994}", false, 0},
        {"{\"n\":1.5}", false, 0},
        {"{\"n\":\"1\"}", false, 0},
        {"{\"n\":null}", false, 0},
        {"{}", false, 0},
    };
    for (size_t i = 0; i < N(cases); i++) {
        int64_t got = 0;
        assert_int_equal(json_integer(read_ok(str_of(cases[i].text)), "n", &got), cases[i].ok);
        assert_int_equal(got, cases[i].value);
    }
}

static void a_needed_member_is_named_when_it_is_wrong(void **state)
{
    (void)state;
    const struct json *v = read_ok(STR("{\"port\":\"2304\",\"n\":7}"));
    struct str text;
    int64_t n;
    struct why why = {0};
    assert_true(json_need_text(v, "port", 4, &text, &why));
    assert_str(text, STR("2304"));
    assert_true(json_need_integer(v, "n", 7, 7, &n, &why));
    assert_int_equal(n, 7);
    assert_int_equal(why.err, ERR_NONE);

    assert_false(json_need_text(v, "port", 3, &text, &why));
    assert_int_equal(why.err, ERR_TOO_LARGE);
    assert_string_equal(why.member, "/port");
    why = (struct why){0};
    assert_false(json_need_text(v, "n", 3, &text, &why));
    assert_string_equal(why.text, "n must be a text");
    why = (struct why){0};
    assert_false(json_need_text(v, "driver", 3, &text, &why));
    assert_string_equal(why.text, "driver is missing");
    why = (struct why){0};
    assert_false(json_need_integer(v, "n", 8, 9, &n, &why));
    assert_string_equal(why.member, "/n");
    why = (struct why){0};
    assert_false(json_need_integer(v, "n", 0, 6, &n, &why));
    assert_false(json_need_integer(v, "port", 0, 9, &n, NULL));
}

static void builds_what_it_would_have_read(void **state)
{
    (void)state;
    struct json *object = json_new_object(&arena), *array = json_new_array(&arena);
    json_add(array, json_new_null(&arena));
    json_add(array, json_new_number(&arena, -1.25));
    json_put(object, "z", array);
    json_put_text(&arena, object, "a", STR("\"\x01/\\\x7F"));
    json_put_bool(&arena, object, "t", true);
    json_put_bool(&arena, object, "f", false);
    json_put_number(&arena, object, "n", 1e21);
    json_put_named(object, (struct str){"nameless", 4}, json_new_object(&arena));
    struct str want =
        STR("{\"a\":\"\\\"\\u0001/\\\\\x7F\",\"f\":false,\"n\":1e+21,\"name\":{},\"t\":true,\"z\":[null,-1.25]}");
    assert_str(canonical(object), want);
    assert_str(canonical(read_ok(want)), want);
}

static void adding_nothing_is_remembered_by_the_arena(void **state)
{
    (void)state;
    struct arena none = ARENA(sizeof(struct json));
    struct json *object = json_new_object(&none);
    assert_non_null(object);
    json_put_text(&none, object, "a", STR("b"));
    assert_int_equal(object->count, 0);
    assert_true(none.failed);
    arena_free(&none);
}

static void a_copy_shares_nothing_with_its_source(void **state)
{
    (void)state;
    char text[] = "{\"b\":[\"x\\ny\",2,{\"c\":null}],\"a\":true}";
    struct str want = STR("{\"a\":true,\"b\":[\"x\\ny\",2,{\"c\":null}]}");
    struct json *copy = json_copy(&arena, read_ok((struct str){text, sizeof text - 1}));
    memset(text, '#', sizeof text);
    assert_str(canonical(copy), want);
    assert_null(json_copy(&arena, NULL));
}

// RFC 8785 3.2.3: by UTF-16 code units, where U+1F600 (D83D DE00) comes before U+FB33.
static void sorts_members_by_utf16_code_units(void **state)
{
    (void)state;
    struct str text = STR("{\"\xEF\xAC\xB3\":1,\"\xF0\x9F\x98\x80\":2,\"\xE2\x82\xAC\":3,\"\":4,\"a\":5,\"aa\":6,\"A\":"
                          "7,\"\xEE\x80\x80\":8}");
    struct str want = STR("{\"\":4,\"A\":7,\"a\":5,\"aa\":6,\"\xE2\x82\xAC\":3,\"\xF0\x9F\x98\x80\":2,\"\xEE\x80\x80\":"
                          "8,\"\xEF\xAC\xB3\":1}");
    assert_str(canonical(read_ok(text)), want);
}

static void sorts_objects_of_any_width(void **state)
{
    (void)state;
    static const size_t widths[] = {2, 23, 24, 25, 500};
    for (size_t i = 0; i < N(widths); i++) {
        struct json *object = json_new_object(&arena);
        for (size_t k = 0; k < widths[i]; k++) {
            struct str name = arena_printf(&arena, "%08zu", k * 7919 % widths[i]);
            json_put(object, name.p, json_new_number(&arena, (double)k));
        }
        const struct json *again = read_ok(canonical(object)), *before = NULL;
        json_each(m, again)
        {
            if (before) assert_true(str_compare(before->name, m->name) < 0);
            before = m;
        }
        assert_int_equal(again->count, widths[i]);
    }
}

static void what_has_no_json_text_fails_the_output(void **state)
{
    (void)state;
    struct buf out = BUF(1 << 20);
    json_canonical(json_new_number(&arena, 1.0 / 0.0), &out);
    assert_true(out.failed);
    buf_clear(&out);
    struct json *top = json_new_array(&arena), *at = top;
    for (int i = 0; i < JSON_DEPTH_MAX + 1; i++) {
        struct json *inner = json_new_array(&arena);
        json_add(at, inner);
        at = inner;
    }
    json_canonical(top, &out);
    assert_true(out.failed);
    buf_clear(&out);
    json_pretty(top, &out);
    assert_true(out.failed);
    assert_null(json_copy(&arena, top));
    buf_free(&out);
    struct buf tight = BUF(3);
    json_canonical(json_new_text(&arena, STR("long")), &tight);
    assert_true(tight.failed);
    buf_free(&tight);
}

static void pretty_indents_in_document_order(void **state)
{
    (void)state;
    struct buf out = BUF(1 << 20);
    json_pretty(read_ok(STR("{\"b\":[1,{\"x\":\"y\"},[]],\"a\":{}}")), &out);
    assert_str(buf_str(&out),
               STR("{\n  \"b\": [\n    1,\n    {\n      \"x\": \"y\"\n    },\n    []\n  ],\n  \"a\": {}\n}"));
    buf_free(&out);
}

static void quotes_runs_of_text_and_escapes(void **state)
{
    (void)state;
    struct buf out = BUF(1 << 20);
    for (size_t n = 0; n < 20; n++) {
        for (size_t at = 0; at < n; at++) {
            char text[20], want[32];
            memset(text, 'k', sizeof text);
            text[at] = '\n';
            size_t m =
                (size_t)snprintf(want, sizeof want, "\"%.*s\\n%.*s\"", (int)at, text, (int)(n - at - 1), text + at + 1);
            buf_clear(&out);
            json_quote((struct str){text, n}, &out);
            assert_str(buf_str(&out), (struct str){want, m});
        }
    }
    buf_clear(&out);
    json_quote(STR_NONE, &out);
    assert_str(buf_str(&out), STR("\"\""));
    buf_free(&out);
}

static void says_which_texts_the_reader_would_take(void **state)
{
    (void)state;
    assert_true(json_text_valid(STR("plain \xC3\xB1 \xF0\x9F\x98\x80 \x01\"")));
    assert_true(json_text_valid(STR_NONE));
    static const char *const bad[] = {
        "\x80",         "\xC3",         "\xC0\x80",         "\xED\xA0\x80", "\xF4\x90\x80\x80",
        "\xEF\xBF\xBE", "\xEF\xB7\x90", "\xF0\x9F\xBF\xBF", "ok\xFF"};
    for (size_t i = 0; i < N(bad); i++) assert_false(json_text_valid(str_of(bad[i])));
}

// --- foreign vectors -------------------------------------------------------------------------------------------------

static struct str from_hex_dump(struct str dump)
{
    struct buf out = BUF(1 << 20);
    unsigned byte = 0, digits = 0;
    for (size_t i = 0; i < dump.n; i++) {
        char c = dump.p[i];
        if (c == ' ' || c == '\n' || c == '\r') continue;
        assert_true(isxdigit((unsigned char)c));
        byte = byte << 4 | (unsigned)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
        if (++digits % 2 == 0) {
            buf_putc(&out, (char)byte);
            byte = 0;
        }
    }
    struct str s = arena_str(&arena, buf_str(&out));
    buf_free(&out);
    return s;
}

static void agrees_with_the_vectors_of_rfc_8785s_author(void **state)
{
    (void)state;
    static const char *const names[] = {"arrays", "french", "structures", "unicode", "values", "weird"};
    for (size_t i = 0; i < N(names); i++) {
        char path[128];
        snprintf(path, sizeof path, "vc/jcs/testdata/input/%s.json", names[i]);
        struct str input = shared_file(&arena, path);
        if (!input.p) return;
        struct str got = canonical(read_ok(input));
        snprintf(path, sizeof path, "vc/jcs/testdata/output/%s.json", names[i]);
        assert_str(got, shared_file(&arena, path));
        snprintf(path, sizeof path, "vc/jcs/testdata/outhex/%s.txt", names[i]);
        assert_str(got, from_hex_dump(shared_file(&arena, path)));
    }
}

static void agrees_with_the_stix_vectors(void **state)
{
    (void)state;
    struct str left = shared_file(&arena, "stix/vectors/jcs.jsonl");
    size_t n = 0;
    if (!left.p) return;
    while (left.p && left.n) {
        struct str line = str_cut(left, '\n', &left);
        if (line.n == 0) continue;
        const struct json *v = read_ok(line);
        assert_str(canonical(json_get(v, "input")), json_text(v, "canonical"));
        n++;
    }
    assert_true(n >= 3);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, fresh, done)
    const struct CMUnitTest tests[] = {
        T(writes_the_good_files_in_their_canonical_form),
        T(refuses_the_bad_files_with_clause_offset_and_pointer),
        T(refuses_every_cut_document),
        T(reads_64_levels_and_refuses_65),
        T(finds_a_name_that_comes_twice_in_objects_of_any_width),
        T(reads_wide_objects_one_after_another),
        T(reads_100000_members_in_less_than_quadratic_time),
        T(says_too_large_when_the_arena_is_full),
        T(reads_numbers_to_the_nearest_double),
        T(reads_every_escape),
        T(strings_without_escapes_point_into_the_input),
        T(takes_well_formed_utf8_only),
        T(a_long_string_is_refused_for_any_one_byte_that_is_not_text),
        T(looks_up_members_by_name_and_pointer),
        T(integers_are_whole_and_within_2_to_the_53),
        T(a_needed_member_is_named_when_it_is_wrong),
        T(builds_what_it_would_have_read),
        T(adding_nothing_is_remembered_by_the_arena),
        T(a_copy_shares_nothing_with_its_source),
        T(sorts_members_by_utf16_code_units),
        T(sorts_objects_of_any_width),
        T(what_has_no_json_text_fails_the_output),
        T(pretty_indents_in_document_order),
        T(quotes_runs_of_text_and_escapes),
        T(says_which_texts_the_reader_would_take),
        T(agrees_with_the_vectors_of_rfc_8785s_author),
        T(agrees_with_the_stix_vectors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
