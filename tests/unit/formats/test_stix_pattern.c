// SPDX-License-Identifier: Apache-2.0
#include "base/json.h"
#include "formats/stix_pattern.h"
#include "shared_data.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void collect(void *user, const char *what, struct str value, struct str version)
{
    struct buf *out = user;
    buf_printf(out, "%s=%.*s", what, STR_ARG(value));
    if (version.p) buf_printf(out, "@%.*s", STR_ARG(version));
    buf_putc(out, ';');
}

static void names_what_is_named_one_by_one(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"[ipv4-addr:value = '198.51.100.7']", "address=198.51.100.7;"},
        {" [ ipv6-addr:value='2001:db8::1' ] ", "address=2001:db8::1;"},
        {"[domain-name:value = 'a.example' OR domain-name:value = 'b.example']", "domain=a.example;domain=b.example;"},
        {"[domain-name:value IN ('a.example', 'b.example')]", "domain=a.example;domain=b.example;"},
        {"[domain-name:value = 'a.example'] OR [ipv4-addr:value = '192.0.2.1']", "domain=a.example;address=192.0.2.1;"},
        {"([domain-name:value = 'a.example'] OR ([url:value = 'http://b/']))", "domain=a.example;domain=http://b/;"},
        {"[x509-certificate:hashes.'SHA-256' = 'ab']", "certificate=ab;"},
        {"[software:name = 'suite']", "software=suite;"},
        {"[software:name = 'suite' AND software:version = '4.2' AND software:vendor = 'v']", "software=suite@4.2;"},
        {"[x-puente-channel:filer = 'B76' OR x-puente-channel:device = '1']", "filer=B76;device=1;"},
        {"[x-puente-channel:vendor = 'O\\'Brien \\\\ Sons']", "vendor=O'Brien \\ Sons;"},
        {"[file:name = 'x.exe' OR domain-name:value = 'a.example']", "domain=a.example;"},
        {"[x-puente-channel:shoe = '42']", ""},
        // Conditions, not names.
        {"[domain-name:value = 'a.example' AND ipv4-addr:value = '192.0.2.1']", ""},
        {"[domain-name:value = 'a.example' AND file:name = 'x' OR ipv4-addr:value = '192.0.2.1']", ""},
        {"[domain-name:value = 'a.example'] AND [ipv4-addr:value = '192.0.2.1']", ""},
        {"[domain-name:value = 'a.example'] FOLLOWEDBY [ipv4-addr:value = '192.0.2.1']", ""},
        {"[domain-name:value = 'a.example'] REPEATS 5 TIMES", ""},
        {"[domain-name:value != 'a.example']", ""},
        {"[domain-name:value NOT = 'a.example']", ""},
        {"[domain-name:value LIKE 'a%']", ""},
        {"[domain-name:value INSIDE ('a')]", ""},
        {"[domain-name:value = 'a.example'", ""},
        {"[domain-name:value = 'a.example]", ""},
        {"([domain-name:value = 'a.example']", ""},
        {"[domain-name:value = 'a.example'])", ""},
        {"[domain-name:value = 'a.example'] OR", ""},
        {"[]", ""},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena arena = ARENA(1 << 20);
        struct buf out = BUF(4096);
        stix_pattern_names(&arena, str_of(cases[i][0]), collect, &out);
        buf_putc(&out, '\0');
        assert_string_equal(out.p, cases[i][1]);
        buf_free(&out);
        arena_free(&arena);
    }
}

static void brings_names_to_the_form_of_channels(void **state)
{
    (void)state;
    static const char *const cases[][4] = {
        {"address", "198.51.100.7", "address", "198.51.100.7"},
        {"address", "198.51.100.7/32", "address", "198.51.100.7"},
        {"address", "198.51.100.0/24", "address", ""},
        {"address", "198.51.100", "address", ""},
        {"address", "2001:DB8:0::0001/128", "address", "2001:db8::1"},
        {"address", "example.com", "address", ""},
        {"domain", "Relay.Example.", "domain", "relay.example"},
        {"domain", "https://user:pw@Bad.Example:8443/x?y@z", "domain", "bad.example"},
        {"domain", "http://192.0.2.9:80/", "address", "192.0.2.9"},
        {"domain", "http://[2001:db8::2]:80/", "address", "2001:db8::2"},
        {"domain", "192.0.2.9", "address", "192.0.2.9"},
        {"domain", "two words", "domain", ""},
        {"domain", ".", "domain", ""},
        {"certificate", "AA:00112233445566778899aabbccddeeff00112233445566778899aabbccddee", "certificate",
         "aa00112233445566778899aabbccddeeff00112233445566778899aabbccddee"},
        {"certificate", "00112233445566778899aabbccddeeff00112233445566778899aabbccddee1", "certificate", ""},
        {"certificate", "zz", "certificate", ""},
        {"vendor", "  Jointech ", "vendor", "Jointech"},
        {"vendor", " ", "vendor", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena arena = ARENA(1 << 16);
        const char *what = cases[i][0];
        struct str normal = stix_name_normal(&arena, &what, str_of(cases[i][1]));
        if (!str_is(normal, cases[i][3])) fail_msg("%s: %.*s", cases[i][1], STR_ARG(normal));
        assert_string_equal(what, cases[i][2]);
        arena_free(&arena);
    }
}

// Patterns that the OASIS validator refuses must name nothing (those of 2.1).
static void agrees_with_the_foreign_vectors(void **state)
{
    (void)state;
    struct arena arena = ARENA((size_t)64 << 20);
    struct str rest = shared_file(&arena, "stix/vectors/pattern-syntax.jsonl");
    size_t refused = 0, named = 0;
    while (rest.p && rest.n) {
        struct str line = str_cut(rest, '\n', &rest);
        if (!line.n) continue;
        const struct json *row = json_parse(&arena, line, NULL);
        assert_non_null(row);
        if (!str_is(json_text(row, "stix_version"), "2.1")) continue;
        struct buf out = BUF(1 << 16);
        stix_pattern_names(&arena, json_text(row, "pattern"), collect, &out);
        refused += !json_true(row, "valid");
        named += out.n > 0;
        if (out.n && !json_true(row, "valid")) fail_msg("%.*s", STR_ARG(json_text(row, "pattern")));
        buf_free(&out);
    }
    if (refused)
        printf("%zu patterns that are refused elsewhere name nothing; %zu others name something\n", refused, named);
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_what_is_named_one_by_one),
        cmocka_unit_test(brings_names_to_the_form_of_channels),
        cmocka_unit_test(agrees_with_the_foreign_vectors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
