// SPDX-License-Identifier: Apache-2.0
#include "formats/identifier.h"
#include "shared_data.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

struct fixture {
    struct arena arena;
    const struct identifier_table *table;
};

static int set_up(void **state)
{
    static struct fixture f;
    struct why why = {0};
    f.arena = ARENA(8 << 20);
    if (identifier_table_read(&f.arena, identifiers_builtin(), &f.table, &why)) {
        fprintf(stderr, "%s: %s\n", why.member, why.text);
        return -1;
    }
    *state = &f;
    return 0;
}

static int tear_down(void **state)
{
    if (*state) arena_free(&((struct fixture *)*state)->arena);
    return 0;
}

static void brings_values_to_their_normal_form(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *scheme, *value, *normal;
    } cases[] = {
        {"us.scac", " tgza ", "TGZA"},
        {"mx.pedimento", "26  24  3420  6000123", "262434206000123"},
        {"mx.idccp", "CCC5F2A1-77BB-4C1E-9A10-0C5F6E2B7D41", "CCC5f2a1-77bb-4c1e-9a10-0c5f6e2b7d41"},
        {"us.entry", "abc-1234567-6", "ABC12345676"},
        {"us.ior", "12-345678900", "12345678900"},
        {"iso6346", "csqu 305438 3", "CSQU3054383"},
        {"ca.office", "453", "0453"},
        {"hs6", "7208.10", "720810"},
        {"mx.rfc", "misc491214b86", "MISC491214B86"},
        {"plate.mx", "12-ak-3b", "12AK3B"},
        {"party", "mx.transportes-garza", "mx.transportes-garza"},
        {"cfdi.uuid", "0C5F6E2B-77BB-4C1E-9A10-0C5F6E2B7D41", "0c5f6e2b-77bb-4c1e-9a10-0c5f6e2b7d41"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct identifier out;
        struct why why = {0};
        if (identifier_check(f->table, &f->arena, str_of(cases[i].scheme), str_of(cases[i].value), &out, &why))
            fail_msg("%s %s: %s", cases[i].scheme, cases[i].value, why.text);
        assert_string_equal(out.value.p, cases[i].normal);
        assert_string_equal(out.scheme.p, cases[i].scheme);
        // The normal form is its own normal form.
        assert_int_equal(identifier_check(f->table, &f->arena, out.scheme, out.value, &out, NULL), ERR_NONE);
        assert_string_equal(out.value.p, cases[i].normal);
    }
}

static void refuses_with_scheme_and_citation(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *scheme, *value;
        enum err err;
        const char *clause, *text;
    } cases[] = {
        {"mx.nothing", "1", ERR_UNSUPPORTED, "", "there is no identifier scheme \"mx.nothing\""},
        {"us.scac", "T1", ERR_MALFORMED, "NMFTA SCAC; 19 CFR 123.91",
         "\"T1\" is no Standard Carrier Alpha Code: the pattern is A{2,4}"},
        {"iso6346", "CSQU3054384", ERR_SENSELESS, "ISO 6346 annex A",
         "the check digit of \"CSQU3054384\" does not hold (iso6346)"},
        {"us.inbond", "257700053", ERR_SENSELESS, "CBP Form 7512; 19 CFR 18.1",
         "the check digit of \"257700053\" does not hold (us-inbond)"},
        {"us.scac", "", ERR_MALFORMED, "NMFTA SCAC; 19 CFR 123.91",
         "\"\" is no Standard Carrier Alpha Code: the pattern is A{2,4}"},
        {"us.scac", "T\xffZ", ERR_MALFORMED, "", "the value is over 160 bytes, or not UTF-8"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct identifier out;
        struct why why = {0};
        assert_int_equal(
            identifier_check(f->table, &f->arena, str_of(cases[i].scheme), str_of(cases[i].value), &out, &why),
            cases[i].err);
        assert_string_equal(why.text, cases[i].text);
        assert_string_equal(why.clause, cases[i].clause);
    }
}

// A changed digit anywhere in a number with a check digit is found (mod 7 misses a change by seven: left out there).
static void finds_every_single_wrong_digit(void **state)
{
    struct fixture *f = *state;
    static const char *const cases[][2] = {
        {"device.imei", "356307042441013"}, {"us.entry", "ABC12345676"}, {"ca.bn", "123456782"},
        {"iso6346", "CSQU3054383"},         {"mx.rfc", "EKU9003173C9"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t n = strlen(cases[i][1]), tried = 0;
        for (size_t k = 0; k < n; k++) {
            char copy[32];
            snprintf(copy, sizeof copy, "%s", cases[i][1]);
            if (copy[k] < '0' || copy[k] > '9') continue;
            for (char d = '0'; d <= '9'; d++) {
                if (d == cases[i][1][k]) continue;
                copy[k] = d;
                struct identifier out;
                enum err err = identifier_check(f->table, &f->arena, str_of(cases[i][0]), str_of(copy), &out, NULL);
                // ISO 6346 maps a remainder of 10 to 0, and so takes 0 for 10.
                if (strcmp(cases[i][0], "iso6346") != 0) assert_int_not_equal(err, ERR_NONE);
                tried += err != ERR_NONE;
            }
        }
        assert_true(tried > 40);
    }
}

static void takes_letters_beyond_ascii_in_an_rfc(void **state)
{
    struct fixture *f = *state;
    // Whatever its check digit, exactly one of the eleven last characters holds.
    int holds = 0;
    struct identifier out;
    for (const char *c = "0123456789A"; *c; c++) {
        char rfc[32];
        snprintf(rfc, sizeof rfc, "ñu&900317aa%c", *c);
        enum err err = identifier_check(f->table, &f->arena, STR("mx.rfc"), str_of(rfc), &out, NULL);
        if (err == ERR_NONE) {
            holds++;
            assert_true(str_starts(out.value, "ÑU&900317AA"));
        } else {
            assert_int_equal(err, ERR_SENSELESS);
        }
    }
    assert_int_equal(holds, 1);
}

static void has_every_scheme_of_the_design(void **state)
{
    struct fixture *f = *state;
    static const char *const names[] = {
        "us.scac",    "mx.caat",       "ca.carrier",    "us.ace.trip", "us.paps",    "ca.pars",       "ca.crn",
        "us.entry",   "us.inbond",     "mx.pedimento",  "mx.doda",     "mx.cove",    "mx.idccp",      "mx.rfc",
        "us.ior",     "ca.bn",         "us.mid",        "fast.id",     "ctpat.svi",  "oea.id",        "pip.id",
        "plate.mx",   "plate.us",      "plate.ca",      "vin",         "iso6346",    "trailer.plate", "trailer.number",
        "iso17712",   "us.schedule-d", "mx.aduana",     "ca.office",   "unlocode",   "hs6",           "us.hts",
        "mx.ligie",   "ca.tariff",     "seal.jointech", "device.imei", "cfdi.uuid",  "party",         "stix.id",
        "mx.licence", "us.licence",    "ca.licence",    "us.filer",    "mx.patente",
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const struct identifier_scheme *s = identifier_scheme_find(f->table, str_of(names[i]));
        if (!s) fail_msg("no scheme %s", names[i]);
        assert_true(s->nouns != 0 && s->citation.n > 0);
    }
    const struct identifier_scheme *plate = identifier_scheme_find(f->table, STR("plate.mx"));
    assert_true(identifier_names(plate, NOUN_TRAILER) && identifier_names(plate, NOUN_CONVEYANCE));
    assert_false(identifier_names(plate, NOUN_DRIVER));
}

static void refuses_a_file_that_contradicts_itself(void **state)
{
    (void)state;
    static const struct {
        const char *pattern, *nouns, *example, *refused, *text;
    } cases[] = {
        {"N{3}", "port", "12", "x", "\"12\" is no thing: the pattern is N{3}"},
        {"N{3}", "port", "123", "124", "scheme s.x: does not refuse \"124\""},
        {"N{3", "port", "123", "x", "scheme s.x: bad pattern \"N{3\""},
        {"N{0}", "port", "123", "x", "scheme s.x: bad pattern \"N{0}\""},
        {"N{3,2}", "port", "123", "x", "scheme s.x: bad pattern \"N{3,2}\""},
        {"N{99}", "port", "123", "x", "scheme s.x: bad pattern \"N{99}\""},
        {"[]", "port", "123", "x", "scheme s.x: bad pattern \"[]\""},
        {"[z-a]", "port", "123", "x", "scheme s.x: bad pattern \"[z-a]\""},
        {"N|", "port", "1", "x", "scheme s.x: bad pattern \"N|\""},
        {"N", "ports", "1", "x", "scheme s.x: no such noun: \"ports\""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena arena = ARENA(1 << 20);
        struct why why = {0};
        struct str yaml = arena_printf(&arena,
                                       "schemes: [{name: s.x, title: thing, nouns: [%s], pattern: '%s', citation: c, "
                                       "examples: ['%s'], refused: ['%s']}]",
                                       cases[i].nouns, cases[i].pattern, cases[i].example, cases[i].refused);
        const struct identifier_table *table = NULL;
        assert_int_equal(identifier_table_read(&arena, yaml, &table, &why), ERR_MALFORMED);
        assert_string_equal(why.text, cases[i].text);
        arena_free(&arena);
    }
}

// Patterns that make a backtracking matcher take exponential time.
static void matches_in_linear_time(void **state)
{
    (void)state;
    struct arena arena = ARENA(1 << 20);
    struct why why = {0};
    const struct identifier_table *table = NULL;
    assert_int_equal(identifier_table_read(&arena,
                                           STR("schemes: [{name: s.x, title: t, nouns: [port], citation: c, pattern: "
                                               "'X{0,9}X+X+X{0,9}X+X+N+Z', examples: [AAAA1Z], refused: [A]}]"),
                                           &table, &why),
                     ERR_NONE);
    char text[IDENTIFIER_VALUE_MAX];
    memset(text, '1', sizeof text);
    struct identifier out;
    assert_int_equal(identifier_check(table, &arena, STR("s.x"), (struct str){text, sizeof text}, &out, &why),
                     ERR_MALFORMED);
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(brings_values_to_their_normal_form),
        cmocka_unit_test(refuses_with_scheme_and_citation),
        cmocka_unit_test(finds_every_single_wrong_digit),
        cmocka_unit_test(takes_letters_beyond_ascii_in_an_rfc),
        cmocka_unit_test(has_every_scheme_of_the_design),
        cmocka_unit_test(refuses_a_file_that_contradicts_itself),
        cmocka_unit_test(matches_in_linear_time),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
