// SPDX-License-Identifier: Apache-2.0
// src/formats/intake.c, tried here because every door of this folder depends on it.
#include "formats/intake.h"

#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define NOW_MS 1773165600000 // 2026-03-10T18:00:00Z

struct fixture {
    struct arena arena;
    struct intake intake;
};

static int set_up(void **state)
{
    static struct fixture f;
    struct why why = {0};
    f = (struct fixture){.arena = ARENA((size_t)256 << 20), .intake = {.received_ms = NOW_MS, .label = LABEL_AMBER}};
    *state = &f;
    return identifier_table_read(&f.arena, identifiers_builtin(), &f.intake.identifiers, &why) == ERR_NONE ? 0 : -1;
}

static int tear_down(void **state)
{
    arena_free(&((struct fixture *)*state)->arena);
    return 0;
}

static const char seal[] =
    "{\"seal\":{\"number\":\"HS-1234567\",\"grade\":\"H\"},\"event\":\"on\",\"trailer\":{\"plate\":\"310UZ3\"},"
    "\"time\":\"2026-03-10T12:00:00Z\"}";

static void each_format_finds_its_reader(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *bytes, *kind;
    } cases[] = {
        {seal, "custody.seal"},
        {"{\"document\":{\"type\":\"pedimento\",\"scheme\":\"mx.pedimento\",\"number\":\"26  24  3420  6000123\"}}",
         "document"},
        {"{\"type\":\"bundle\",\"id\":\"bundle--0d9ba7d4-5cd4-4ad4-9f0c-8e6ed2d1a001\",\"objects\":[{\"type\":"
         "\"incident\","
         "\"spec_version\":\"2.1\",\"id\":\"incident--0d9ba7d4-5cd4-4ad4-9f0c-8e6ed2d1a002\",\"created\":\"2026-03-"
         "10T10:00:00.000Z\","
         "\"modified\":\"2026-03-10T10:00:00.000Z\",\"name\":\"broken into\"}]}",
         "threat"},
        {"equipment:\n  - {id: 2304/P1, type: scanner, name: Portal 1}\n", "equipment"},
        {"(8000620011,P45,100326,120000,27.50000,N,99.50000,W,A,0,0,5,0,0000000000,0,0,1,0)", "custody.seal"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct drafts drafts;
        struct why why = {0};
        enum err err = intake_read(&f->arena, str_of(cases[i].bytes), &f->intake, &drafts, &why);
        if (err != ERR_NONE) print_message("%s: %s %s\n", cases[i].kind, why.member, why.text);
        assert_int_equal(err, ERR_NONE);
        assert_true(drafts.count >= 1);
        assert_true(str_is(drafts.first->kind, cases[i].kind));
        size_t n = 0;
        for (struct draft *d = drafts.first; d; d = d->next) {
            assert_int_equal(draft_seal(&f->arena, d, &why), ERR_NONE);
            n++;
        }
        assert_int_equal(n, drafts.count);
    }
}

static void refuses_with_the_reason_of_what_was_meant(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *bytes;
        enum err err;
    } cases[] = {
        {"", ERR_MALFORMED},
        {"hello", ERR_UNSUPPORTED},
        {"[]", ERR_UNSUPPORTED},
        {"{\"kind\":\"crossing\",\"members\":{}}", ERR_UNSUPPORTED},
        {"{\"seal\":{\"number\":\"HS-1234567\",\"grade\":\"H\"},\"event\":\"melted\",\"trailer\":{\"plate\":\"310UZ3\"}"
         ","
         "\"time\":\"2026-03-10T12:00:00Z\"}",
         ERR_MALFORMED},
        {"# issuer: mx.sat\n# programme: OEA\n", ERR_FORBIDDEN},
        {"{\"@context\":[\"https://www.w3.org/ns/credentials/v2\"],\"type\":[\"VerifiableCredential\"]}",
         ERR_FORBIDDEN},
        {"(8000620011,P45,100326,120000,27.50000,N,99.50000,W,A,0,0,5,0,0000000000,0,0,1,0)(8000620011,P4",
         ERR_MALFORMED},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct drafts drafts;
        struct why why = {0};
        enum err err = intake_read(&f->arena, str_of(cases[i].bytes), &f->intake, &drafts, &why);
        if (err != cases[i].err) print_message("case %zu: %s\n", i, why.text);
        assert_int_equal(err, cases[i].err);
        assert_true(why.text[0] != '\0');
    }
}

static void a_scanner_log_finds_its_mapping(void **state)
{
    struct fixture *f = *state;
    const struct scanner_mapping *mapping = NULL;
    struct why why = {0};
    struct str text =
        STR("name: T\nport: \"2304\"\nrow: {state: down}\ncolumns: {equipment: Unit, start: From, end: To}\n"
            "time: {offset: \"-06:00\"}\n");
    assert_int_equal(scanner_mapping_read(&f->arena, text, f->intake.identifiers, &mapping, &why), ERR_NONE);
    struct scanner_mappings mappings = {&mapping, 1};
    struct intake_trust trust = {.scanners = &mappings};
    struct intake intake = f->intake;
    intake.trust = &trust;
    intake.name = STR("log.csv");
    struct drafts drafts;
    struct str log = STR("Unit,From,To\nP1,2026-03-01 06:00,2026-03-01 07:00\n");
    assert_int_equal(intake_read(&f->arena, log, &intake, &drafts, &why), ERR_NONE);
    assert_true(str_is(drafts.first->kind, "equipment.state"));
    // Without the mapping, or with other columns, the reason names the columns.
    assert_int_equal(intake_read(&f->arena, log, &f->intake, &drafts, &why), ERR_UNSUPPORTED);
    assert_non_null(strstr(why.text, "Unit, From, To"));
    why = (struct why){0};
    assert_int_equal(intake_read(&f->arena, STR("Unit,From,Until\nP1,x,y\n"), &intake, &drafts, &why), ERR_UNSUPPORTED);
    assert_non_null(strstr(why.text, "Unit, From, Until"));
}

static void a_file_over_the_limit_is_refused_before_it_is_read(void **state)
{
    struct fixture *f = *state;
    size_t n = DOCUMENT_BYTES_MAX + 1;
    char *big = arena_alloc(&f->arena, n);
    assert_non_null(big);
    memset(big, ' ', n);
    memcpy(big, seal, sizeof seal - 1);
    struct drafts drafts;
    struct why why = {0};
    assert_int_equal(intake_read(&f->arena, (struct str){big, n}, &f->intake, &drafts, &why), ERR_TOO_LARGE);
}

static void a_recording_of_a_tracker_needs_its_hello(void **state)
{
    struct fixture *f = *state;
    // "Teltonika Data Sending Protocols", codec 8, the first example, after a hello.
    static const char text[] =
        "000f333536333037303432343431303133"
        "000000000000003608010000016B40D8EA30010000000000000000000000000000000105021503010101425E0F01F1"
        "0000601A014E0000000000000000010000C7CF";
    uint8_t bytes[sizeof text / 2];
    size_t n;
    assert_true(hex_decode(STR(text), bytes, sizeof bytes, &n));
    struct str both = {(const char *)bytes, n};
    struct drafts drafts;
    struct why why = {0};
    assert_int_equal(intake_read(&f->arena, str_from(both, 17), &f->intake, &drafts, &why), ERR_MALFORMED);
    assert_string_equal(why.member, "imei");
    why = (struct why){0};
    assert_int_equal(intake_read(&f->arena, both, &f->intake, &drafts, &why), ERR_NONE);
    assert_int_equal(drafts.count, 1);
    assert_true(str_is(drafts.first->re[0]->ids[0].value, "356307042441013"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_format_finds_its_reader),
        cmocka_unit_test(refuses_with_the_reason_of_what_was_meant),
        cmocka_unit_test(a_scanner_log_finds_its_mapping),
        cmocka_unit_test(a_file_over_the_limit_is_refused_before_it_is_read),
        cmocka_unit_test(a_recording_of_a_tracker_needs_its_hello),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
