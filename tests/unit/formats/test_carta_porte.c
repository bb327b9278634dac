// SPDX-License-Identifier: Apache-2.0
#include "base/clock.h"
#include "base/text.h"
#include "drafted.h"
#include "formats/carta_porte.h"
#include "samples.h"
#include "shared_data.h"
#include "trust/hash.h"

#include <setjmp.h>
#include <stdarg.h>
#include <unistd.h>

#include <cmocka.h>

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED true
#else
#define SANITIZED false
#endif
#define SAMPLES "manifest/carta-porte/samples/"
#define XSD "../shared/data/manifest/carta-porte/xsd"

struct fixture {
    struct arena arena;
    struct document_context context;
    struct carta_porte_schema *schema; // NULL where SAT's schemas are not at hand
    struct str good;
};

static int set_up(void **state)
{
    static struct fixture f;
    struct why why = {0};
    f.arena = ARENA(16 << 20);
    f.context.received_ms = 1773142200000;
    f.context.label = LABEL_AMBER;
    if (identifier_table_read(&f.arena, identifiers_builtin(), &f.context.identifiers, &why)) return -1;
    if (access(XSD, R_OK) == 0) {
        if (carta_porte_schema_load(XSD, &f.schema, &why)) return -1;
    } else {
        fprintf(stderr, "left out: %s is not here; our own checks alone are tried\n", XSD);
    }
    f.good = test_file(&f.arena, "tests/data/carta_porte/good/bare.xml");
    *state = &f;
    return f.good.p ? 0 : -1;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    if (!f) return 0;
    carta_porte_schema_free(f->schema);
    arena_free(&f->arena);
    return 0;
}

static void makes_a_document_of_the_bare_complement(void **state)
{
    struct fixture *f = *state;
    for (int with = 0; with < (f->schema ? 2 : 1); with++) {
        struct arena arena = ARENA(4 << 20);
        struct drafts out = {0};
        struct why why = {0};
        if (carta_porte_parse(&arena, f->good, with ? f->schema : NULL, &f->context, &out, &why))
            fail_msg("%s %s", why.member, why.text);
        assert_int_equal(out.count, 1);
        const struct draft *d = out.first;
        assert_true(str_is(d->kind, "document"));
        assert_int_equal(d->at_ms, f->context.received_ms);
        assert_int_equal(d->label, LABEL_AMBER);
        assert_string_equal(subjects(&arena, d).p, "document mx.idccp=CCC0a1b2-3c4d-4e5f-8a9b-0c1d2e3f4a5b\n"
                                                   "consignment mx.pedimento=262434206000777\n"
                                                   "consignment mx.pedimento=262434206000778\n"
                                                   "conveyance plate.mx=77AB1C\n"
                                                   "trailer trailer.plate=88UT2D\n"
                                                   "trailer trailer.plate=89UT2D\n"
                                                   "driver mx.licence=LFD0099887 mx.rfc=VAAM130719H60\n"
                                                   "importer us.ior=742100001\n"
                                                   "manufacturer mx.rfc=EKU9003173C9\n");
        assert_string_equal(canonical(&arena, json_get(d->members, "document")).p,
                            "{\"number\":\"CCC0a1b2-3c4d-4e5f-8a9b-0c1d2e3f4a5b\",\"type\":\"carta-porte\"}");
        assert_string_equal(
            canonical(&arena, json_get(d->members, "facts")).p,
            "{\"arrival\":\"2026-03-11T20:15:00.000Z\",\"departure\":\"2026-03-11T10:00:00.000Z\",\"destination\":\"TX,"
            " "
            "USA\",\"goods_count\":2,\"gross_kg\":18250.5,\"local_offset\":\"-06:00\",\"origin\":\"NLE, "
            "MEX\",\"pieces\":40,\"plates\":[\"77AB1C\",\"88UT2D\",\"89UT2D\"]}");
        assert_string_equal(
            canonical(&arena, json_get(d->members, "goods")).p,
            "[{\"description\":\"Arneses "
            "eléctricos\",\"hs\":\"85443099\",\"kg\":10250.5,\"quantity\":400},{\"description\":\"Motores "
            "pequeños\",\"kg\":8000,\"quantity\":20}]");
        arena_free(&arena);
    }
}

static void keeps_the_original_to_the_byte(void **state)
{
    struct fixture *f = *state;
    struct arena arena = ARENA(4 << 20);
    struct drafts out = {0};
    assert_int_equal(carta_porte_parse(&arena, f->good, NULL, &f->context, &out, NULL), ERR_NONE);
    const struct json *original = json_get(out.first->members, "original");
    assert_true(str_eq(json_text(original, "text"), f->good));
    assert_true(str_is(json_text(original, "media"), "application/xml"));
    uint8_t hash[SHA256_BYTES];
    sha256(f->good, hash);
    assert_true(str_eq(json_text(original, "sha256"), hex_text(&arena, (struct str){(const char *)hash, sizeof hash})));
    arena_free(&arena);
}

static void reads_a_whole_cfdi_with_its_stamp(void **state)
{
    struct fixture *f = *state;
    struct arena arena = ARENA(4 << 20);
    struct str bytes = test_file(&arena, "tests/data/carta_porte/good/cfdi.xml");
    struct drafts out = {0};
    struct why why = {0};
    struct document_context context = f->context;
    context.filer = (struct identifier){STR("mx.patente"), STR("3420")};
    context.utc_offset_minutes = -300;
    if (carta_porte_parse(&arena, bytes, f->schema, &context, &out, &why)) fail_msg("%s %s", why.member, why.text);
    assert_string_equal(subjects(&arena, out.first).p, "document mx.idccp=CCC1a1b2-3c4d-4e5f-8a9b-0c1d2e3f4a5b "
                                                       "cfdi.uuid=6f1c0a52-88d1-4a33-9a0e-7d1f0e5b9c11\n"
                                                       "consignment mx.pedimento=262434206000779\n"
                                                       "conveyance plate.mx=77AB1C\n"
                                                       "driver mx.licence=LFD0099887\n"
                                                       "carrier mx.rfc=IIA040805DZ4\n"
                                                       "importer mx.rfc=EKU9003173C9\n"
                                                       "filer mx.patente=3420\n");
    // FechaTimbrado 2026-03-11T02:10:11 at -05:00.
    assert_int_equal(out.first->at_ms, 1773213011000);
    assert_true(str_is(out.filer, "3420"));
    assert_true(str_is(json_text(json_get(out.first->members, "document"), "filer"), "3420"));
    assert_true(str_is(json_text(json_get(out.first->members, "facts"), "local_offset"), "-05:00"));
    arena_free(&arena);
}

// Each case changes one thing in a good document. `member` and `text` are of our own checks; SAT's schema must refuse
// the same where it is at hand and `schema` says that it can see it.
static void refuses_what_is_not_valid(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *from, *to, *member, *text;
        bool schema;
    } cases[] = {
        {"IdCCP=\"CCC", "IdCCP=\"ABC", "/CartaPorte/@IdCCP", "is not CCC and the rest of a UUID", true},
        {"Version=\"3.1\"", "Version=\"3.0\"", "/CartaPorte/@Version", "is not one of the values", true},
        {"<cartaporte31:Seguros AseguraRespCivil=\"Seguros Norte\" PolizaRespCivil=\"P-100200\"/>", "",
         "/CartaPorte/Mercancias/Autotransporte", "Autotransporte must have 1 or more Seguros, and has 0", true},
        {" PesoEnKg=\"8000.000\"", "", "/CartaPorte/Mercancias/Mercancia[2]/@PesoEnKg",
         "Mercancia must have the attribute PesoEnKg", true},
        {" PesoBrutoTotal=\"18250.500\"", "", "/CartaPorte/Mercancias/@PesoBrutoTotal",
         "Mercancias must have the attribute PesoBrutoTotal", true},
        {"PesoEnKg=\"8000.000\"", "PesoEnKg=\"8000.0001\"", "/CartaPorte/Mercancias/Mercancia[2]/@PesoEnKg",
         "is not a number over zero", true},
        {"PesoEnKg=\"8000.000\"", "PesoEnKg=\"0.000\"", "/CartaPorte/Mercancias/Mercancia[2]/@PesoEnKg",
         "is not a number over zero", true},
        {"26  24  3420  6000778", "26 24 3420 6000778",
         "/CartaPorte/Mercancias/Mercancia[2]/DocumentacionAduanera[2]/@NumPedimento", "is not a pedimento", true},
        {"RegimenAduanero=\"EXD\"", "RegimenAduanero=\"ZZZ\"",
         "/CartaPorte/RegimenesAduaneros/RegimenAduaneroCCP/@RegimenAduanero", "is not one of the values", true},
        {"PlacaVM=\"77AB1C\"", "PlacaVM=\"77-AB-1\"",
         "/CartaPorte/Mercancias/Autotransporte/IdentificacionVehicular/@PlacaVM", "is not a plate", true},
        {"2026-03-11T04:00:00", "2026-03-11T04:00:00Z", "/CartaPorte/Ubicaciones/Ubicacion[1]/@FechaHoraSalidaLlegada",
         "is not a date and time", true},
        {"2026-03-11T04:00:00", "2026-02-30T04:00:00", "/CartaPorte/Ubicaciones/Ubicacion[1]/@FechaHoraSalidaLlegada",
         "is not a date and time", true},
        {"EKU9003173C9", "EKU9013173C9", "/CartaPorte/Ubicaciones/Ubicacion[1]/@RFCRemitenteDestinatario",
         "is not an RFC", true},
        {"Pais=\"MEX\"", "Pais=\"MX\"", "/CartaPorte/Ubicaciones/Ubicacion[1]/Domicilio/@Pais", "is not a country code",
         true},
        {"UnidadPeso=\"KGM\"", "UnidadPeso=\"KGM\" Color=\"red\"", "/CartaPorte/Mercancias/@Color",
         "the attribute Color is not known", true},
        {"<cartaporte31:Seguros", "<cartaporte31:Sello/><cartaporte31:Seguros",
         "/CartaPorte/Mercancias/Autotransporte/Sello", "the element Sello is not known in Autotransporte", true},
        {"ConfigVehicular=\"T3S2R4\"", "ConfigVehicular=\"T9S9R9\"", NULL, NULL, true},
        {"Descripcion=\"Motores", "Descripcion=\"a|b", "/CartaPorte/Mercancias/Mercancia[2]/@Descripcion",
         "is not a text of the allowed length, without |", true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena arena = ARENA(4 << 20);
        struct str bytes = replaced(&arena, f->good, cases[i].from, cases[i].to);
        struct drafts out = {0};
        struct why why = {0};
        enum err err = carta_porte_parse(&arena, bytes, NULL, &f->context, &out, &why);
        if (cases[i].member) {
            assert_int_equal(err, ERR_MALFORMED);
            assert_string_equal(why.member, cases[i].member);
            if (!strstr(why.text, cases[i].text)) fail_msg("%s: %s", cases[i].to, why.text);
            assert_string_equal(why.clause, "SAT Carta Porte 3.1");
            assert_int_equal(out.count, 0);
        } else {
            assert_int_equal(err, ERR_NONE); // only SAT's catalogue knows
        }
        memset(&why, 0, sizeof why);
        out = (struct drafts){0};
        if (f->schema && cases[i].schema) {
            assert_int_equal(carta_porte_parse(&arena, bytes, f->schema, &f->context, &out, &why), ERR_MALFORMED);
            if (!str_starts(str_of(why.member), "/CartaPorte"))
                fail_msg("%s: %s %s", cases[i].to, why.member, why.text);
        }
        arena_free(&arena);
    }
}

static void refuses_what_contradicts_itself(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *from, *to, *member, *text;
    } cases[] = {
        {"PesoBrutoTotal=\"18250.500\"", "PesoBrutoTotal=\"9500.000\"", "/CartaPorte/Mercancias/@PesoBrutoTotal",
         "PesoBrutoTotal is 9500.000 kg, the goods' PesoEnKg sum to 18250.500"},
        {"PesoBrutoTotal=\"18250.500\"", "PesoBrutoTotal=\"18250.505\"", "/CartaPorte/Mercancias/@PesoBrutoTotal",
         "sum to"},
        {"NumTotalMercancias=\"2\"", "NumTotalMercancias=\"3\"", "/CartaPorte/Mercancias/@NumTotalMercancias",
         "NumTotalMercancias is 3, there are 2 Mercancia"},
        {"PesoBrutoVehicular=\"36.00\"", "PesoBrutoVehicular=\"18.25\"",
         "/Mercancias/Autotransporte/IdentificacionVehicular/@PesoBrutoVehicular", "the cargo weighs 18250.500 kg"},
        {"2026-03-11T14:15:00", "2026-03-11T03:59:59", "/CartaPorte/Ubicaciones/Ubicacion[2]/@FechaHoraSalidaLlegada",
         "the arrival 2026-03-11T03:59:59 is before the departure"},
        {"TotalDistRec=\"225.40\"", "TotalDistRec=\"1225.40\"", "/CartaPorte/@TotalDistRec",
         "DistanciaRecorrida sums to 225.40"},
        {"Placa=\"89UT2D\"", "Placa=\"77AB1C\"", "/CartaPorte/Mercancias/Autotransporte/Remolques/Remolque[2]/@Placa",
         "the plate 77AB1C is on two vehicles"},
        {"TipoUbicacion=\"Destino\" IDUbicacion=\"DE000001\"", "TipoUbicacion=\"Origen\" IDUbicacion=\"OR000002\"",
         "/CartaPorte/Ubicaciones", "must have an Origen and a Destino"},
        {"IDUbicacion=\"OR000001\"", "IDUbicacion=\"DE000002\"", "/CartaPorte/Ubicaciones/Ubicacion[1]/@IDUbicacion",
         "is not of its TipoUbicacion"},
        {" EntradaSalidaMerc=\"Salida\"", "", "/CartaPorte/@EntradaSalidaMerc", "must have EntradaSalidaMerc"},
        {"RegimenAduanero=\"EXD\"", "RegimenAduanero=\"IMD\"",
         "/CartaPorte/RegimenesAduaneros/RegimenAduaneroCCP/@RegimenAduanero",
         "the regime IMD is not one of goods that leave"},
        {"<cartaporte31:RegimenesAduaneros><cartaporte31:RegimenAduaneroCCP RegimenAduanero=\"EXD\"/>"
         "</cartaporte31:RegimenesAduaneros>",
         "", "/CartaPorte", "must have RegimenesAduaneros"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (int with = 0; with < (f->schema ? 2 : 1); with++) {
            struct arena arena = ARENA(4 << 20);
            struct str bytes = replaced(&arena, f->good, cases[i].from, cases[i].to);
            struct drafts out = {0};
            struct why why = {0};
            enum err err = carta_porte_parse(&arena, bytes, with ? f->schema : NULL, &f->context, &out, &why);
            if (err != ERR_SENSELESS) fail_msg("%s: %d %s %s", cases[i].to, err, why.member, why.text);
            assert_string_equal(why.member, cases[i].member);
            if (!strstr(why.text, cases[i].text)) fail_msg("%s: %s", cases[i].to, why.text);
            assert_int_equal(out.count, 0);
            arena_free(&arena);
        }
    }
}

static void tolerates_what_rounding_explains(void **state)
{
    struct fixture *f = *state;
    static const char *const cases[][2] = {
        {"PesoBrutoTotal=\"18250.500\"", "PesoBrutoTotal=\"18250.503\""},
        {"TotalDistRec=\"225.40\"", "TotalDistRec=\"225.42\""},
        {"PesoBrutoTotal=\"18250.500\" UnidadPeso=\"KGM\"", "PesoBrutoTotal=\"18.250\" UnidadPeso=\"TNE\""},
        {"PesoBrutoTotal=\"18250.500\" UnidadPeso=\"KGM\"", "PesoBrutoTotal=\"40235.466\" UnidadPeso=\"LBR\""},
        {"PesoBrutoVehicular=\"36.00\"", "PesoBrutoVehicular=\"18.26\""},
        {"2026-03-11T14:15:00", "2026-03-11T04:00:00"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena arena = ARENA(4 << 20);
        struct drafts out = {0};
        struct why why = {0};
        struct str bytes = replaced(&arena, f->good, cases[i][0], cases[i][1]);
        if (carta_porte_parse(&arena, bytes, NULL, &f->context, &out, &why)) fail_msg("%s: %s", cases[i][1], why.text);
        arena_free(&arena);
    }
}

static void a_generic_rfc_names_nobody(void **state)
{
    struct fixture *f = *state;
    struct arena arena = ARENA(4 << 20);
    struct drafts out = {0};
    struct str bytes = replaced(&arena, f->good, "NumRegIdTrib=\"742100001\"", "NumRegIdTrib=\"TAX/99-X\"");
    assert_int_equal(carta_porte_parse(&arena, bytes, f->schema, &f->context, &out, NULL), ERR_NONE);
    for (size_t i = 0; i < out.first->nre; i++) assert_int_not_equal(out.first->re[i]->noun, NOUN_IMPORTER);
    arena_free(&arena);
}

static void refuses_hostile_bytes_at_once(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *bytes, *text;
        enum err err;
    } cases[] = {
        {"", "the document is empty", ERR_MALFORMED},
        {"\xef\xbb\xbf", "the document is empty", ERR_MALFORMED},
        {"hello", "line 1: ", ERR_MALFORMED},
        {"<a", "the XML is cut off", ERR_MALFORMED},
        {"<!-- ", "the XML is cut off", ERR_MALFORMED},
        {"<a></b>", "line 1: ", ERR_MALFORMED},
        {"<a/>", "neither Carta Porte 3.1 nor a CFDI 4.0 with it", ERR_UNSUPPORTED},
        {"<a>\xff</a>", "the document is not UTF-8", ERR_MALFORMED},
        {"<?xml version='1.0' encoding='UTF-16'?><a/>", "the document is not UTF-8", ERR_MALFORMED},
        {"<?xml version='1.0' encoding='ISO-8859-1'?><a/>", "the document is not UTF-8", ERR_MALFORMED},
        {"<!DOCTYPE a><a/>", "document type declarations (<!DOCTYPE) are not read", ERR_MALFORMED},
        {"<!-- ' --><!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>", "document type declarations", ERR_MALFORMED},
        {"<?pi \"?><!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>", "document type declarations", ERR_MALFORMED},
        {"<a>&x;</a>", "line 1: ", ERR_MALFORMED},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena arena = ARENA(1 << 20);
        struct drafts out = {0};
        struct why why = {0};
        assert_int_equal(carta_porte_parse(&arena, str_of(cases[i].bytes), NULL, &f->context, &out, &why),
                         cases[i].err);
        if (!str_starts(str_of(why.text), cases[i].text)) fail_msg("%s: %s", cases[i].bytes, why.text);
        arena_free(&arena);
    }
}

static void bounds_depth_elements_attributes_and_size(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *before, *again, *after;
        size_t times;
        const char *text;
    } cases[] = {
        {"", "<a>", "", CARTA_PORTE_DEPTH_MAX + 1, "the elements are nested too deeply"},
        {"<r>", "<a/>", "</r>", CARTA_PORTE_ELEMENTS_MAX + 1, "too many elements"},
        {"<r ", "a='>' ", "/>", CARTA_PORTE_ATTRIBUTES_MAX + 1, "too many elements, or attributes"},
        {"<r>", "aaaaaaaaaaaaaaaa", "</r>", DOCUMENT_BYTES_MAX / 16, "the document has 4194311 bytes"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena arena = ARENA(1 << 20);
        struct drafts out = {0};
        struct why why = {0};
        struct buf b = BUF(BUF_MAX_DEFAULT);
        buf_puts(&b, cases[i].before);
        for (size_t k = 0; k < cases[i].times; k++) buf_puts(&b, cases[i].again);
        buf_puts(&b, cases[i].after);
        assert_int_equal(carta_porte_parse(&arena, buf_str(&b), NULL, &f->context, &out, &why), ERR_TOO_LARGE);
        if (!str_starts(str_of(why.text), cases[i].text)) fail_msg("%zu: %s", i, why.text);
        buf_free(&b);
        arena_free(&arena);
    }
}

static void without_memory_says_so(void **state)
{
    struct fixture *f = *state;
    for (size_t cap = 64; cap < 60000; cap += 997) {
        struct arena arena = ARENA(cap);
        struct drafts out = {0};
        struct why why = {0};
        enum err err = carta_porte_parse(&arena, f->good, NULL, &f->context, &out, &why);
        if (err && err != ERR_NO_MEMORY) fail_msg("%zu: %s", cap, why.text);
        arena_free(&arena);
    }
}

static void judges_the_shared_samples(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *name;
        enum err err;
        const char *named;
    } cases[] = {
        {"valid-export-truck-steel.xml", ERR_NONE, ""},
        {"invalid-bad-idccp.xml", ERR_MALFORMED, "IdCCP"},
        {"invalid-missing-insurance.xml", ERR_MALFORMED, "Seguros"},
        {"invalid-no-peso.xml", ERR_MALFORMED, "PesoEnKg"},
        {"invalid-one-ubicacion.xml", ERR_MALFORMED, "Ubicacion"},
        {"invalid-pedimento-format.xml", ERR_MALFORMED, "NumPedimento"},
        {"invalid-unknown-regimen.xml", ERR_MALFORMED, "RegimenAduanero"},
        {"semantic-arrival-before-departure-but-xsd-valid.xml", ERR_SENSELESS, "FechaHoraSalidaLlegada"},
        {"semantic-weight-mismatch-but-xsd-valid.xml", ERR_SENSELESS, "PesoBrutoTotal"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (int with = 0; with < (f->schema ? 2 : 1); with++) {
            struct arena arena = ARENA(4 << 20);
            char path[160];
            snprintf(path, sizeof path, SAMPLES "%s", cases[i].name);
            struct str bytes = shared_file(&arena, path);
            struct drafts out = {0};
            struct why why = {0};
            if (!bytes.p) return;
            enum err err = carta_porte_parse(&arena, bytes, with ? f->schema : NULL, &f->context, &out, &why);
            if (err != cases[i].err) fail_msg("%s: %s %s", cases[i].name, why.member, why.text);
            if (err && !strstr(why.text, cases[i].named) && !strstr(why.member, cases[i].named))
                fail_msg("%s: %s", cases[i].name, why.text);
            assert_int_equal(out.count, err == ERR_NONE);
            arena_free(&arena);
        }
    }
}

// For each value outside a catalogue libxml2 writes out the catalogue, 50,000 codes long: only the first may be judged.
static void stops_at_the_first_thing_that_the_schema_refuses(void **state)
{
    struct fixture *f = *state;
    if (!f->schema || SANITIZED) return; // there one message takes half a minute
    struct arena arena = ARENA((size_t)64 << 20);
    struct buf b = BUF(BUF_MAX_DEFAULT);
    const char *item = memmem(f->good.p, f->good.n, "<cartaporte31:Mercancia BienesTransp", 36);
    size_t before = (size_t)(item - f->good.p);
    buf_add(&b, f->good.p, before);
    for (int i = 0; i < 2000; i++)
        buf_puts(&b, "<cartaporte31:Mercancia BienesTransp=\"99999999\" Descripcion=\"x\" Cantidad=\"1\" "
                     "ClaveUnidad=\"H87\" PesoEnKg=\"1\"/>\n");
    buf_str_add(&b, str_from(f->good, before));
    struct drafts out = {0};
    struct why why = {0};
    // Minutes without the stop, which the test's own time limit would end.
    assert_int_equal(carta_porte_parse(&arena, buf_str(&b), f->schema, &f->context, &out, &why), ERR_MALFORMED);
    assert_non_null(strstr(why.member, "@BienesTransp"));
    buf_free(&b);
    arena_free(&arena);
}

static void says_that_there_is_no_schema(void **state)
{
    (void)state;
    struct carta_porte_schema *schema = NULL;
    struct why why = {0};
    assert_int_equal(carta_porte_schema_load("/nowhere", &schema, &why), ERR_NOT_FOUND);
    assert_null(schema);
    carta_porte_schema_free(NULL);
}

static enum err sample_parse(struct arena *arena, struct str bytes, void *user, struct why *why)
{
    struct fixture *f = user;
    struct drafts out = {0};
    return carta_porte_parse(arena, bytes, NULL, &f->context, &out, why);
}

static void judges_every_sample_by_its_reason(void **state)
{
    assert_int_equal(samples_judge("carta_porte", sample_parse, *state), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(judges_every_sample_by_its_reason),
        cmocka_unit_test(makes_a_document_of_the_bare_complement),
        cmocka_unit_test(keeps_the_original_to_the_byte),
        cmocka_unit_test(reads_a_whole_cfdi_with_its_stamp),
        cmocka_unit_test(refuses_what_is_not_valid),
        cmocka_unit_test(refuses_what_contradicts_itself),
        cmocka_unit_test(tolerates_what_rounding_explains),
        cmocka_unit_test(a_generic_rfc_names_nobody),
        cmocka_unit_test(refuses_hostile_bytes_at_once),
        cmocka_unit_test(bounds_depth_elements_attributes_and_size),
        cmocka_unit_test(without_memory_says_so),
        cmocka_unit_test(judges_the_shared_samples),
        cmocka_unit_test(stops_at_the_first_thing_that_the_schema_refuses),
        cmocka_unit_test(says_that_there_is_no_schema),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
