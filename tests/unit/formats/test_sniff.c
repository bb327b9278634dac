// SPDX-License-Identifier: Apache-2.0
#include "formats/sniff.h"
#include "shared_data.h"

#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void tells_formats_by_their_bytes(void **state)
{
    (void)state;
#define BYTES(literal) literal, sizeof(literal) - 1
    static const struct {
        const char *p;
        size_t n;
        const char *name;
        enum sniff format;
    } cases[] = {
        {BYTES(""), "", SNIFF_UNKNOWN},
        {BYTES(" \n"), "", SNIFF_UNKNOWN},
        {BYTES("hello"), "", SNIFF_UNKNOWN},
        {BYTES("hello"), "a.csv", SNIFF_ROSTER},
        {BYTES("\x01\x02"), "a.csv", SNIFF_UNKNOWN},
        {BYTES("<html/>"), "", SNIFF_UNKNOWN},
        {BYTES("<?xml version='1.0'?><x:CartaPorte xmlns:x='http://www.sat.gob.mx/CartaPorte31'/>"), "",
         SNIFF_CARTA_PORTE},
        {BYTES("\xef\xbb\xbf\n<cfdi:Comprobante xmlns:cfdi='http://www.sat.gob.mx/cfd/4'>"), "", SNIFF_CARTA_PORTE},
        {BYTES("{\"conveyance\":{\"document\":1},\"trip\":{}}"), "a.xml", SNIFF_EMANIFEST},
        {BYTES("{\"shipments\":[]}"), "", SNIFF_EMANIFEST},
        {BYTES("{\"document\":{\"trip\":1}}"), "", SNIFF_DOCUMENT},
        {BYTES("{\"note\":\"\\\"trip\\\":{\",\"document\":{}}"), "", SNIFF_DOCUMENT},
        {BYTES("{\"a\":\"trip\",\"document\":{}"), "", SNIFF_DOCUMENT},
        {BYTES("{\"objects\":[],\"type\":\"bundle\"}"), "", SNIFF_STIX},
        {BYTES("{\"type\":\"bundle\"}"), "", SNIFF_STIX},
        {BYTES("{\"type\":\"indicator\",\"name\":\"bundle\"}"), "", SNIFF_UNKNOWN},
        {BYTES("{\"x\":{\"type\":\"bundle\"}}"), "", SNIFF_UNKNOWN},
        {BYTES("{\"@context\":[],\"type\":[\"VerifiableCredential\"]}"), "", SNIFF_CREDENTIAL},
        {BYTES("{\"seal\":{\"number\":\"1\"},\"event\":\"on\"}"), "", SNIFF_BOLT_SEAL},
        {BYTES("{\"seal\":{\"event\":\"1\"}}"), "", SNIFF_UNKNOWN},
        {BYTES("[{\"kind\":\"crossing\"}]"), "", SNIFF_STATEMENTS},
        {BYTES("{\"kind\":\"crossing\",\"members\":{}}"), "", SNIFF_STATEMENTS},
        {BYTES("[{\"port_number\":\"230401\"}]"), "", SNIFF_BORDER_WAIT},
        {BYTES("[{\"a\":{\"port_number\":1}}]"), "", SNIFF_UNKNOWN},
        {BYTES("{\"port_number\":\"230401\"}"), "", SNIFF_UNKNOWN},
        {BYTES("[1,2]"), "", SNIFF_UNKNOWN},
        {BYTES("{\"a"), "", SNIFF_UNKNOWN},
        {BYTES("{\"a\\"), "", SNIFF_UNKNOWN},
        {BYTES("# issuer: mx.sat\n"), "", SNIFF_ROSTER},
        {BYTES("role,scheme,value,programme\n"), "", SNIFF_ROSTER},
        {BYTES("# a shopping list\n"), "", SNIFF_UNKNOWN},
        {BYTES("role,scheme,value,programme\nx"), "a.csv", SNIFF_ROSTER},
        {BYTES("Unit,From,To\nP1,1,2\n"), "a.csv", SNIFF_SCANNER_LOG},
        {BYTES("\xef\xbb\xbfUnit;From;To\r\nP1;1;2\n"), "", SNIFF_SCANNER_LOG},
        {BYTES("Unit,From\nP1,1\n"), "", SNIFF_UNKNOWN},
        {BYTES("Unit,From,To"), "", SNIFF_UNKNOWN},
        {BYTES("equipment:\n  - id: 2304/P1\n"), "", SNIFF_EQUIPMENT},
        {BYTES("# what we have\nequipment:\n  - id: 2304/P1\n"), "", SNIFF_EQUIPMENT},
        {BYTES("# what we have\nother: 1\n"), "", SNIFF_UNKNOWN},
        {BYTES("(7591225008,P45,1)"), "", SNIFF_JOINTECH},
        {BYTES("(759122500,P45,1)"), "", SNIFF_UNKNOWN},
        {BYTES("\x24\x75\x91\x22\x50\x08\x18\x01\x02\x03"), "", SNIFF_JOINTECH},
        {BYTES("\x24\x75\x91\x22\x50\x0a\x18\x01\x02\x03"), "", SNIFF_UNKNOWN},
        {BYTES("\0\x0f"
               "356307042441013"),
         "", SNIFF_TELTONIKA},
        {BYTES("\0\x0f"
               "35630704244101x"),
         "", SNIFF_UNKNOWN},
        {BYTES("\0\0\0\0\0\0\0\x36\x08\x01\x00\x00"), "", SNIFF_TELTONIKA},
        {BYTES("\0\0\0\0\0\0\0\x36\x09\x01\x00\x00"), "", SNIFF_UNKNOWN},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        enum sniff format = sniff((struct str){cases[i].p, cases[i].n}, str_of(cases[i].name));
        if (format != cases[i].format) fail_msg("case %zu: %s", i, sniff_name(format));
    }
}

// Every sample of every format, good and bad, is taken for what it is.
static void knows_every_sample_in_the_house(void **state)
{
    (void)state;
    static const struct {
        const char *pattern;
        enum sniff format;
        const char *but; // not recognisable, and rightly
    } kinds[] = {
        {"tests/data/carta_porte/good/*", SNIFF_CARTA_PORTE, NULL},
        {"tests/data/emanifest/*/*.json", SNIFF_EMANIFEST, NULL},
        {"tests/data/emanifest/document.json", SNIFF_DOCUMENT, NULL},
        {"tests/data/stix/*/*.json", SNIFF_STIX, "not-a-bundle"},
        {"tests/data/roster/good/*.csv", SNIFF_ROSTER, NULL},
        {"tests/data/credential/good/*.json", SNIFF_CREDENTIAL, NULL},
        {"tests/data/bolt_seal/good/*.json", SNIFF_BOLT_SEAL, NULL},
        {"tests/data/jointech/good/*", SNIFF_JOINTECH, NULL},
        {"tests/data/teltonika/good/*", SNIFF_TELTONIKA, NULL},
        {"../shared/data/manifest/carta-porte/samples/*.xml", SNIFF_CARTA_PORTE, NULL},
        {"../shared/data/stix/mvt/*.stix2", SNIFF_STIX, NULL},
    };
    size_t files = 0;
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        glob_t found = {0};
        if (glob(kinds[k].pattern, 0, NULL, &found) != 0) continue;
        for (size_t i = 0; i < found.gl_pathc; i++) {
            struct arena arena = ARENA((size_t)64 << 20);
            enum sniff format = sniff(test_file(&arena, found.gl_pathv[i]), STR_NONE);
            bool but = kinds[k].but && strstr(found.gl_pathv[i], kinds[k].but);
            if (format != kinds[k].format && !but) fail_msg("%s: %s", found.gl_pathv[i], sniff_name(format));
            files++;
            arena_free(&arena);
        }
        globfree(&found);
    }
    assert_true(files > 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_formats_by_their_bytes),
        cmocka_unit_test(knows_every_sample_in_the_house),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
