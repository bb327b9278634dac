// SPDX-License-Identifier: Apache-2.0
#include "statement/statement.h"

#include "base/random.h"
#include "base/text.h"
#include "shared_data.h"
#include "trust/hash.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define N(table) (sizeof(table) / sizeof *(table))

static struct arena arena;

static int fresh(void **state)
{
    (void)state;
    arena = ARENA((size_t)64 << 20);
    random_seed(9901);
    return 0;
}

static int done(void **state)
{
    (void)state;
    arena_free(&arena);
    return 0;
}

static void assert_str(struct str got, struct str want)
{
    if (!str_eq(got, want)) fail_msg("got %.*s, want %.*s", STR_ARG(got), STR_ARG(want));
}

static struct json *read_json(struct str text)
{
    struct why why = {0};
    struct json *value = json_parse(&arena, text, &why);
    if (!value) fail_msg("%s", why.text);
    return value;
}

// --- ids, labels, names ----------------------------------------------------------------------------------------------

static void an_id_is_22_characters_of_base64url(void **state)
{
    (void)state;
    struct id id, again;
    char text[ID_TEXT_LEN + 1];
    for (int i = 0; i < 100; i++) {
        id_random(&id);
        assert_false(id_is_none(&id));
        id_text(&id, text);
        assert_int_equal(strlen(text), ID_TEXT_LEN);
        assert_true(id_parse(str_of(text), &again) && id_eq(&id, &again));
        again.b[15] ^= 1;
        assert_false(id_eq(&id, &again));
    }
    static const char *const bad[] = {"",
                                      "AAAAAAAAAAAAAAAAAAAAA",
                                      "AAAAAAAAAAAAAAAAAAAAAAA",
                                      "AAAAAAAAAAAAAAAAAAAAAB",
                                      "AAAAAAAAAAAAAAAAAAAAA=",
                                      "AAAAAAAAAAAAAAAAAAAA==",
                                      "AAAAAAAAAAAAAAAAAAAA+A"};
    for (size_t i = 0; i < N(bad); i++) assert_false(id_parse(str_of(bad[i]), &id));
}

static void labels_rise_from_clear_to_red(void **state)
{
    (void)state;
    static const char *const names[] = {"clear", "green", "amber", "amber+strict", "red"};
    for (size_t i = 0; i < N(names); i++) {
        enum label label;
        assert_true(label_parse(str_of(names[i]), &label));
        assert_int_equal(label, i);
        assert_string_equal(label_name(label), names[i]);
    }
    enum label label;
    assert_false(label_parse(STR("Amber"), &label) || label_parse(STR(""), &label) ||
                 label_parse(STR("white"), &label));
}

static void a_statements_name_is_origin_colon_index(void **state)
{
    (void)state;
    struct str origin;
    uint64_t index;
    assert_true(name_parse(STR("us.cbp/shard-07:18446744073709551615"), &origin, &index));
    assert_str(origin, STR("us.cbp/shard-07"));
    assert_true(index == UINT64_MAX);
    assert_true(name_parse(STR("a:b:0"), &origin, &index) && str_is(origin, "a:b"));
    static const char *const bad[] = {"",          "us.cbp",    "us.cbp:",
                                      ":1",        "us.cbp:01", "us.cbp:-1",
                                      "us.cbp:1x", "us cbp:1",  "us.cbp:18446744073709551616",
                                      "us.cbp: 1", "us+cbp:1"};
    for (size_t i = 0; i < N(bad); i++) assert_false(name_parse(str_of(bad[i]), &origin, &index));
}

static void kinds_and_origins_never_need_an_escape(void **state)
{
    (void)state;
    char text[ORIGIN_MAX + 2];
    memset(text, 'a', sizeof text);
    assert_true(kind_valid((struct str){text, KIND_MAX}) && !kind_valid((struct str){text, KIND_MAX + 1}));
    assert_true(origin_valid((struct str){text, ORIGIN_MAX}) && !origin_valid((struct str){text, ORIGIN_MAX + 1}));
    assert_false(kind_valid(STR_NONE) || origin_valid(STR_NONE));
    for (int c = 0; c < 256; c++) {
        char one = (char)c;
        bool kind = c != 0 && strchr("abcdefghijklmnopqrstuvwxyz0123456789._-", c);
        bool origin = c > ' ' && c < 0x7F && c != '"' && c != '\'' && c != '\\' && c != '+';
        assert_int_equal(kind_valid((struct str){&one, 1}), kind);
        assert_int_equal(origin_valid((struct str){&one, 1}), origin);
    }
}

// --- the header ------------------------------------------------------------------------------------------------------

static struct header sample(void)
{
    struct header h = {.at_ms = 1772373909120,
                       .in_us = 1772373909120457,
                       .by = STR("us.cbp"),
                       .kind = STR("custody.seal"),
                       .label = LABEL_AMBER,
                       .v = 1,
                       .nre = 2};
    for (size_t i = 0; i < sizeof h.body; i++) h.body[i] = (uint8_t)i;
    memset(h.re[0].b, 0xFF, sizeof h.re[0].b);
    h.re[1].b[0] = 1;
    h.via.b[15] = 1;
    return h;
}

static struct str encode(const struct header *h)
{
    struct buf out = BUF(HEADER_MAX);
    header_encode(h, &out);
    assert_false(out.failed);
    struct str s = arena_str(&arena, buf_str(&out));
    buf_free(&out);
    return s;
}

static void writes_the_header_that_the_design_shows(void **state)
{
    (void)state;
    struct header h = sample();
    assert_str(encode(&h),
               STR("{\"at\":\"2026-03-01T14:05:09.120Z\",\"body\":\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\","
                   "\"by\":\"us.cbp\",\"in\":1772373909120457,\"kind\":\"custody.seal\",\"label\":\"amber\","
                   "\"re\":[\"_____________________w\",\"AQAAAAAAAAAAAAAAAAAAAA\"],\"v\":1,"
                   "\"via\":\"AAAAAAAAAAAAAAAAAAAAAQ\"}"));
    h.nre = 0;
    memset(&h.via, 0, sizeof h.via);
    assert_str(encode(&h),
               STR("{\"at\":\"2026-03-01T14:05:09.120Z\",\"body\":\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\","
                   "\"by\":\"us.cbp\",\"in\":1772373909120457,\"kind\":\"custody.seal\",\"label\":\"amber\","
                   "\"re\":[],\"v\":1}"));
}

static struct header any_header(char by[ORIGIN_MAX], char kind[KIND_MAX])
{
    struct header h = {.nre = random_below(4) ? random_below(5) : random_below(RE_MAX + 1)};
    h.at_ms = (int64_t)random_below(400000000000000) - 62135596800000;
    if (h.at_ms > 253402300799999) h.at_ms = 253402300799999;
    h.in_us = (int64_t)random_below(UINT64_C(1) << 53);
    random_bytes(h.body, sizeof h.body);
    h.by = (struct str){by, 1 + random_below(ORIGIN_MAX)};
    h.kind = (struct str){kind, 1 + random_below(KIND_MAX)};
    for (size_t i = 0; i < h.by.n; i++) by[i] = "abz09.:/@#<>{}[],_-~"[random_below(20)];
    for (size_t i = 0; i < h.kind.n; i++) kind[i] = "abz09._-"[random_below(8)];
    h.label = (enum label)random_below(LABEL_RED + 1);
    h.v = (uint32_t)random_below((uint64_t)1 << random_below(33));
    for (size_t i = 0; i < h.nre; i++) id_random(&h.re[i]);
    if (random_below(2)) id_random(&h.via);
    return h;
}

static void assert_same_header(const struct header *a, const struct header *b)
{
    assert_int_equal(a->at_ms, b->at_ms);
    assert_int_equal(a->in_us, b->in_us);
    assert_memory_equal(a->body, b->body, sizeof a->body);
    assert_str(a->by, b->by);
    assert_str(a->kind, b->kind);
    assert_int_equal(a->label, b->label);
    assert_int_equal(a->v, b->v);
    assert_true(id_eq(&a->via, &b->via));
    assert_int_equal(a->nre, b->nre);
    for (size_t i = 0; i < a->nre; i++) assert_true(id_eq(&a->re[i], &b->re[i]));
}

static void reads_every_header_that_it_writes(void **state)
{
    (void)state;
    for (int i = 0; i < 2000; i++) {
        char by[ORIGIN_MAX], kind[KIND_MAX];
        struct header h = any_header(by, kind), again;
        struct str bytes = encode(&h);
        struct why why = {0};
        assert_true(bytes.n <= HEADER_MAX);
        if (header_parse(&arena, bytes, &again, &why))
            fail_msg("%s at %zu in %.*s", why.text, why.offset, STR_ARG(bytes));
        assert_same_header(&h, &again);
        // What the general reader and writer make of it are the same bytes.
        struct buf out = BUF(HEADER_MAX);
        json_canonical(read_json(bytes), &out);
        assert_str(buf_str(&out), bytes);
        buf_free(&out);
    }
}

static void one_changed_bit_is_another_header_or_none(void **state)
{
    (void)state;
    struct header h = sample(), again;
    struct str bytes = encode(&h);
    char *copy = arena_alloc(&arena, bytes.n);
    size_t refused = 0;
    for (size_t bit = 0; bit < 8 * bytes.n; bit++) {
        memcpy(copy, bytes.p, bytes.n);
        copy[bit / 8] = (char)(copy[bit / 8] ^ (1 << bit % 8));
        struct str changed = {copy, bytes.n};
        if (header_parse(&arena, changed, &again, NULL))
            refused++;
        else
            assert_str(encode(&again), changed);
    }
    assert_true(refused > 4 * bytes.n && refused < 8 * bytes.n);
    for (size_t n = 0; n < bytes.n; n++) {
        char *exact = malloc(n ? n : 1);
        assert_non_null(exact);
        memcpy(exact, bytes.p, n);
        assert_int_equal(header_parse(&arena, (struct str){exact, n}, &again, NULL), ERR_MALFORMED);
        free(exact);
    }
    assert_int_equal(header_parse(&arena, STR_NONE, &again, NULL), ERR_MALFORMED);
}

static struct str beside(const char *path, const char *suffix)
{
    char full[600];
    snprintf(full, sizeof full, "%s%s", path, suffix);
    struct str s = test_file(&arena, full);
    if (!s.p) fail_msg("%s is missing", full);
    return s;
}

static void check_file(const char *path, struct str bytes, bool good)
{
    struct header h;
    struct why why = {0};
    enum err err = header_parse(&arena, bytes, &h, &why);
    if (good) {
        if (err) fail_msg("%s: %s at %zu", path, why.text, why.offset);
        assert_str(encode(&h), bytes);
        return;
    }
    if (!err) fail_msg("%s was accepted", path);
    struct str got = arena_printf(&arena, "%s in \"%s\"", err_name(err), why.member);
    struct str want = str_trim(beside(path, ".reason"));
    if (!str_eq(got, want)) fail_msg("%s: got %.*s, want %.*s", path, STR_ARG(got), STR_ARG(want));
}

static size_t check_folder(const char *folder, bool good)
{
    DIR *dir = opendir(folder);
    assert_non_null(dir);
    size_t n = 0;
    for (struct dirent *e; (e = readdir(dir));) {
        char path[512];
        if (e->d_name[0] == '.' || str_ends(str_of(e->d_name), ".reason")) continue;
        snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
        check_file(path, test_file(&arena, path), good);
        n++;
    }
    closedir(dir);
    return n;
}

static void takes_the_good_files_and_says_what_is_wrong_with_the_bad(void **state)
{
    (void)state;
    assert_true(check_folder("tests/data/header/good", true) >= 3);
    assert_true(check_folder("tests/data/header/bad", false) >= 25);
}

static void refuses_more_than_a_header_holds(void **state)
{
    (void)state;
    struct header h = sample(), again;
    h.nre = RE_MAX;
    for (size_t i = 0; i < h.nre; i++) id_random(&h.re[i]);
    struct str most = encode(&h);
    assert_int_equal(header_parse(&arena, most, &again, NULL), ERR_NONE);
    // One subject more.
    const char *close = memchr(most.p, ']', most.n);
    struct str longer = arena_printf(&arena, "%.*s,\"AQAAAAAAAAAAAAAAAAAAAA\"%s", (int)(close - most.p), most.p, close);
    assert_int_equal(header_parse(&arena, longer, &again, NULL), ERR_MALFORMED);
    char *large = arena_alloc(&arena, HEADER_MAX + 1);
    assert_int_equal(header_parse(&arena, (struct str){large, HEADER_MAX + 1}, &again, NULL), ERR_TOO_LARGE);
}

static void writes_nothing_for_a_header_that_cannot_be(void **state)
{
    (void)state;
    struct header cases[8];
    for (size_t i = 0; i < N(cases); i++) cases[i] = sample();
    cases[0].kind = STR("");
    cases[1].kind = STR("a\"b");
    cases[2].by = STR("us cbp");
    cases[3].in_us = -1;
    cases[4].in_us = INT64_C(1) << 53;
    cases[5].nre = RE_MAX + 1;
    cases[6].label = (enum label)5;
    cases[7].nre = 3; // re[2] is empty
    for (size_t i = 0; i < N(cases); i++) {
        struct buf out = BUF(1 << 16);
        buf_puts(&out, "before");
        header_encode(&cases[i], &out);
        assert_true(out.failed);
        assert_int_equal(out.n, 6);
        buf_free(&out);
    }
}

// --- disclosures -----------------------------------------------------------------------------------------------------

// RFC 9901 4.2.3.
static void digests_as_rfc_9901_shows(void **state)
{
    (void)state;
    struct str text, name;
    assert_true(
        base64url_bytes(&arena, STR("WyJfMjZiYzRMVC1hYzZxMktJNmNCVzVlcyIsICJmYW1pbHlfbmFtZSIsICJNw7ZiaXVzIl0"), &text));
    uint8_t digest[32];
    disclosure_digest(text, digest);
    assert_str(base64url_text(&arena, (struct str){(char *)digest, 32}),
               STR("X9yH0Ajrdm1Oij4tWso9UzzKJvPoDxwmuEcO3XAdRC0"));
    struct json *value;
    assert_true(disclosure_read(&arena, text, &name, &value));
    assert_str(name, STR("family_name"));
    assert_str(value->text, STR("M\xC3\xB6"
                                "bius"));
}

static void a_long_text_digests_like_its_base64url(void **state)
{
    (void)state;
    char text[6000];
    memset(text, 'x', sizeof text);
    for (size_t n = 1500; n <= sizeof text; n += n < 1560 ? 1 : 999) {
        uint8_t got[32], want[32];
        disclosure_digest((struct str){text, n}, got);
        sha256(base64url_text(&arena, (struct str){text, n}), want);
        assert_memory_equal(got, want, 32);
    }
}

static void reads_no_other_shape_than_salt_name_value(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "{}",
                                      "[]",
                                      "[\"s\",\"n\"]",
                                      "[\"s\",\"n\",1,2]",
                                      "[1,\"n\",1]",
                                      "[\"s\",2,1]",
                                      "[\"s\",\"_sd\",1]",
                                      "[\"s\",\"...\",1]",
                                      "[\"s\",\"n\",1] ]",
                                      "\"s\"",
                                      "[\"s\",\"n\",01]"};
    struct str name;
    struct json *value;
    for (size_t i = 0; i < N(bad); i++) assert_false(disclosure_read(&arena, str_of(bad[i]), &name, &value));
    assert_true(disclosure_read(&arena, STR("[\"s\",\"n\",null]"), &name, &value));
    assert_int_equal(value->type, JSON_NULL);
}

static struct body make(const char *json)
{
    struct body body;
    struct why why = {0};
    if (body_make(&arena, read_json(str_of(json)), &body, &why)) fail_msg("%s", why.text);
    return body;
}

static void makes_one_salted_disclosure_a_member(void **state)
{
    (void)state;
    struct body body = make("{\"z\":{\"b\":1.50,\"a\":\"\xC3\xB1\"},\"lane\":\"green\"}"),
                other = make("{\"lane\":\"green\"}");
    assert_int_equal(body.count, 2);
    for (size_t i = 0; i < body.count; i++) {
        struct str text = body.items[i].text, left;
        assert_true(str_starts(text, "[\""));
        struct str salt = str_cut(str_from(text, 2), '"', &left);
        uint8_t bytes[16];
        size_t n;
        assert_true(base64url_decode(salt, bytes, sizeof bytes, &n) && n == SALT_BYTES);
        bool z = str_is(left, ",\"z\",{\"a\":\"\xC3\xB1\",\"b\":1.5}]");
        assert_true(z || str_is(left, ",\"lane\",\"green\"]"));
        // The same member has another salt, and another digest.
        assert_memory_not_equal(body.items[i].digest, other.items[0].digest, 32);
    }
    struct why why = {0};
    assert_int_equal(body_check(&arena, &body, &why), ERR_NONE);
    struct json *object;
    assert_int_equal(body_object(&arena, &body, &object, &why), ERR_NONE);
    assert_str(json_text(object, "lane"), STR("green"));
    assert_str(json_text(json_get(object, "z"), "a"), STR("\xC3\xB1"));
    assert_int_equal(object->count, 2);
}

static void the_root_is_over_the_digests_in_their_order(void **state)
{
    (void)state;
    struct body body = make("{\"a\":1,\"b\":2,\"c\":3,\"d\":4,\"e\":5}");
    struct buf all = BUF(1 << 16);
    for (size_t i = 0; i < body.count; i++) {
        if (i) assert_true(memcmp(body.items[i - 1].digest, body.items[i].digest, 32) < 0);
        buf_add(&all, body.items[i].digest, 32);
    }
    uint8_t root[32], want[32];
    body_root(&body, root);
    sha256(buf_str(&all), want);
    assert_memory_equal(root, want, 32);
    buf_free(&all);
    struct body empty;
    assert_int_equal(body_make(&arena, NULL, &empty, NULL), ERR_NONE);
    assert_int_equal(empty.count, 0);
    body_root(&empty, root);
    assert_str(hex_text(&arena, (struct str){(char *)root, 32}),
               STR("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"));
}

static void a_withheld_member_leaves_root_and_check_as_they_were(void **state)
{
    (void)state;
    struct body body = make("{\"a\":1,\"b\":2,\"c\":3}");
    uint8_t before[32], after[32];
    body_root(&body, before);
    body.items[1].text = STR_NONE;
    body_root(&body, after);
    assert_memory_equal(before, after, 32);
    struct why why = {0};
    assert_int_equal(body_check(&arena, &body, &why), ERR_NONE);
    struct json *object;
    assert_int_equal(body_object(&arena, &body, &object, &why), ERR_NONE);
    assert_int_equal(object->count, 2);
}

static void refuses_bodies_that_do_not_hold(void **state)
{
    (void)state;
    struct body body = make("{\"a\":1,\"b\":2}");
    struct disclosure items[2] = {body.items[0], body.items[1]};
    struct body changed = {items, 2};
    struct why why = {0};
    // A text changed in one byte.
    char *text = (char *)(uintptr_t)arena_str(&arena, items[0].text).p;
    text[3] = (char)(text[3] == 'A' ? 'B' : 'A');
    items[0].text.p = text;
    assert_int_equal(body_check(&arena, &changed, &why), ERR_UNTRUSTED);
    // Out of order; one digest twice.
    items[0] = body.items[1];
    items[1] = body.items[0];
    assert_int_equal(body_check(&arena, &changed, NULL), ERR_MALFORMED);
    items[0].text = STR_NONE;
    items[1] = items[0];
    assert_int_equal(body_check(&arena, &changed, NULL), ERR_MALFORMED);
    // A text that hashes right but is no disclosure.
    items[0].text = STR("[1]");
    disclosure_digest(items[0].text, items[0].digest);
    changed.count = 1;
    assert_int_equal(body_check(&arena, &changed, NULL), ERR_MALFORMED);
    changed.count = DISCLOSURES_MAX + 1;
    assert_int_equal(body_check(&arena, &changed, NULL), ERR_TOO_LARGE);
}

static void refuses_one_name_under_two_salts(void **state)
{
    (void)state;
    struct disclosure items[2] = {{.text = STR("[\"s1\",\"lane\",\"green\"]")},
                                  {.text = STR("[\"s2\",\"lane\",\"hold\"]")}};
    for (size_t i = 0; i < 2; i++) disclosure_digest(items[i].text, items[i].digest);
    if (memcmp(items[0].digest, items[1].digest, 32) > 0) {
        struct disclosure first = items[0];
        items[0] = items[1];
        items[1] = first;
    }
    struct body body = {items, 2};
    struct why why = {0};
    assert_int_equal(body_check(&arena, &body, &why), ERR_MALFORMED);
    assert_string_equal(why.member, "/lane");
    struct json *object;
    assert_int_equal(body_object(&arena, &body, &object, NULL), ERR_MALFORMED);
    items[0].text = STR_NONE;
    assert_int_equal(body_check(&arena, &body, NULL), ERR_NONE);
}

static void refuses_to_make_what_a_reader_would_refuse(void **state)
{
    (void)state;
    struct body body;
    struct why why = {0};
    struct json *object = json_new_object(&arena);
    json_put_text(&arena, object, "who", STR("\xFF"));
    assert_int_equal(body_make(&arena, object, &body, &why), ERR_MALFORMED);
    assert_string_equal(why.member, "/who");
    object = json_new_object(&arena);
    json_put_text(&arena, object, "a", STR("1"));
    json_put_text(&arena, object, "a", STR("2"));
    assert_int_equal(body_make(&arena, object, &body, NULL), ERR_MALFORMED);
    assert_int_equal(body_make(&arena, read_json(STR("{\"_sd\":[]}")), &body, NULL), ERR_MALFORMED);
    assert_int_equal(body_make(&arena, read_json(STR("{\"...\":1}")), &body, NULL), ERR_MALFORMED);
    assert_int_equal(body_make(&arena, read_json(STR("[1]")), &body, NULL), ERR_MALFORMED);
}

static void bodies_have_their_limits(void **state)
{
    (void)state;
    struct body body;
    struct json *object = json_new_object(&arena);
    for (int i = 0; i < DISCLOSURES_MAX; i++) json_put_bool(&arena, object, arena_printf(&arena, "m%d", i).p, true);
    assert_int_equal(body_make(&arena, object, &body, NULL), ERR_NONE);
    assert_int_equal(body.count, DISCLOSURES_MAX);
    assert_int_equal(body_check(&arena, &body, NULL), ERR_NONE);
    json_put_bool(&arena, object, "more", true);
    assert_int_equal(body_make(&arena, object, &body, NULL), ERR_TOO_LARGE);

    char *text = arena_alloc(&arena, BODY_MAX);
    memset(text, 'x', BODY_MAX);
    // ["<22>","a",""] is 32 bytes beside the text.
    for (size_t over = 0; over < 2; over++) {
        object = json_new_object(&arena);
        json_put_text(&arena, object, "a", (struct str){text, BODY_MAX - 33 + over});
        enum err err = body_make(&arena, object, &body, NULL);
        if (err == ERR_NONE) assert_true(body.items[0].text.n <= BODY_MAX);
        assert_int_equal(err, over ? ERR_TOO_LARGE : ERR_NONE);
    }
    object = json_new_object(&arena);
    json_put_text(&arena, object, "a", (struct str){text, BODY_MAX / 2});
    json_put_text(&arena, object, "b", (struct str){text, BODY_MAX / 2});
    assert_int_equal(body_make(&arena, object, &body, NULL), ERR_TOO_LARGE);
}

static void stores_a_body_and_reads_it_back(void **state)
{
    (void)state;
    struct body body = make("{\"a\":1,\"b\":[true],\"c\":\"x\"}"), again;
    body.items[2].text = STR_NONE;
    struct buf out = BUF(1 << 20);
    body_encode(&body, &out);
    struct why why = {0};
    assert_int_equal(body_decode(&arena, buf_str(&out), &again, &why), ERR_NONE);
    assert_int_equal(again.count, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_memory_equal(again.items[i].digest, body.items[i].digest, 32);
        assert_str(again.items[i].text, body.items[i].text);
    }
    // Cut anywhere, or with a byte too many, it is none.
    for (size_t n = 0; n < out.n; n++) {
        char *exact = malloc(n ? n : 1);
        assert_non_null(exact);
        memcpy(exact, out.p, n);
        assert_int_equal(body_decode(&arena, (struct str){exact, n}, &again, NULL), ERR_MALFORMED);
        free(exact);
    }
    buf_putc(&out, 0);
    assert_int_equal(body_decode(&arena, buf_str(&out), &again, NULL), ERR_MALFORMED);
    buf_free(&out);
    assert_int_equal(body_decode(&arena, STR("\x01\x01"), &again, NULL), ERR_MALFORMED);
    assert_int_equal(body_decode(&arena, STR("\0\0"), &again, NULL), ERR_NONE);
    assert_int_equal(again.count, 0);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, fresh, done)
    const struct CMUnitTest tests[] = {
        T(an_id_is_22_characters_of_base64url),
        T(labels_rise_from_clear_to_red),
        T(a_statements_name_is_origin_colon_index),
        T(kinds_and_origins_never_need_an_escape),
        T(writes_the_header_that_the_design_shows),
        T(reads_every_header_that_it_writes),
        T(one_changed_bit_is_another_header_or_none),
        T(takes_the_good_files_and_says_what_is_wrong_with_the_bad),
        T(refuses_more_than_a_header_holds),
        T(writes_nothing_for_a_header_that_cannot_be),
        T(digests_as_rfc_9901_shows),
        T(a_long_text_digests_like_its_base64url),
        T(reads_no_other_shape_than_salt_name_value),
        T(makes_one_salted_disclosure_a_member),
        T(the_root_is_over_the_digests_in_their_order),
        T(a_withheld_member_leaves_root_and_check_as_they_were),
        T(refuses_bodies_that_do_not_hold),
        T(refuses_one_name_under_two_salts),
        T(refuses_to_make_what_a_reader_would_refuse),
        T(bodies_have_their_limits),
        T(stores_a_body_and_reads_it_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
