// SPDX-License-Identifier: Apache-2.0
#include "drafted.h"
#include "formats/emanifest.h"
#include "samples.h"
#include "shared_data.h"

struct fixture {
    struct arena arena;
    struct document_context context;
    struct str good;
};

static int set_up(void **state)
{
    static struct fixture f;
    f.arena = ARENA(8 << 20);
    f.context.received_ms = 1000;
    f.context.label = LABEL_AMBER;
    f.good = test_file(&f.arena, "tests/data/emanifest/good/loaded.json");
    *state = &f;
    return !f.good.p || identifier_table_read(&f.arena, identifiers_builtin(), &f.context.identifiers, NULL) ? -1 : 0;
}

static int tear_down(void **state)
{
    arena_free(&((struct fixture *)*state)->arena);
    return 0;
}

static void makes_crossing_document_and_in_bond(void **state)
{
    struct fixture *f = *state;
    struct arena arena = ARENA(2 << 20);
    struct drafts out = {0};
    struct why why = {0};
    if (emanifest_parse(&arena, f->good, &f->context, &out, &why)) fail_msg("%s %s", why.member, why.text);
    assert_int_equal(out.count, 3);
    const struct draft *crossing = out.first, *manifest = crossing->next, *bond = manifest->next;

    assert_true(str_is(crossing->kind, "crossing"));
    assert_int_equal(crossing->at_ms, 1773154800000);
    assert_string_equal(subjects(&arena, crossing).p,
                        "crossing us.ace.trip=TGZA20260310001\n"
                        "conveyance plate.mx=501AA vin=1M8GDM9AXKP042788\n"
                        "trailer trailer.plate=21TR43 plate.mx=21TR43 iso6346=CSQU3054383\n"
                        "driver fast.id=987654321 mx.licence=LFD0099887\n"
                        "carrier us.scac=TGZA mx.caat=3TGZ\n"
                        "consignment us.paps=TGZA100001\n"
                        "consignment us.paps=TGZA100002\n"
                        "consignment mx.pedimento=262434206000123\n");
    assert_string_equal(
        canonical(&arena, json_get(crossing->members, "crossing")).p,
        "{\"direction\":\"northbound\",\"empty\":false,\"eta\":\"2026-03-10T19:00:00.000Z\",\"port\":\"2304\",\"trip\":"
        "\"TGZA20260310001\"}");
    assert_string_equal(canonical(&arena, json_get(crossing->members, "conveyance")).p,
                        "{\"plate\":\"501AA\",\"plate_country\":\"MX\",\"vin\":\"1M8GDM9AXKP042788\"}");
    assert_string_equal(canonical(&arena, json_get(crossing->members, "trailers")).p,
                        "[{\"number\":\"CSQU3054383\",\"plate\":\"21TR43\"}]");
    assert_string_equal(canonical(&arena, json_get(crossing->members, "shipments")).p,
                        "[{\"control\":\"TGZA100001\",\"description\":\"steel plate\",\"hs6\":\"720810\",\"pieces\":12,"
                        "\"seals\":[\"HS1234567\"],\"weight_kg\":21500},{\"control\":\"TGZA100002\",\"description\":"
                        "\"motors\",\"in_bond\":{\"destination\":\"Windsor\",\"number\":\"257700052\",\"type\":\"TE\"},"
                        "\"pieces\":4,\"weight_kg\":500.5}]");

    assert_true(str_is(manifest->kind, "document"));
    assert_string_equal(subjects(&arena, manifest).p,
                        "document us.ace.trip=TGZA20260310001\n"
                        "consignment us.paps=TGZA100001\n"
                        "consignment mx.pedimento=262434206000123\n"
                        "consignment us.paps=TGZA100002\n"
                        "crossing us.ace.trip=TGZA20260310001\n"
                        "conveyance plate.mx=501AA vin=1M8GDM9AXKP042788\n"
                        "trailer trailer.plate=21TR43 plate.mx=21TR43 iso6346=CSQU3054383\n"
                        "driver fast.id=987654321 mx.licence=LFD0099887\n"
                        "carrier us.scac=TGZA mx.caat=3TGZ\n"
                        "importer us.ior=12345678900\n"
                        "manufacturer us.mid=MXACENOR100APO\n"
                        "filer us.filer=B76\n"
                        "document mx.pedimento=262434206000123\n"
                        "document mx.idccp=CCC5f2a1-77bb-4c1e-9a10-0c5f6e2b7d41\n");
    assert_string_equal(canonical(&arena, json_get(manifest->members, "document")).p,
                        "{\"filer\":\"B76\",\"number\":\"TGZA20260310001\",\"type\":\"e-manifest\"}");
    assert_string_equal(
        canonical(&arena, json_get(manifest->members, "facts")).p,
        "{\"arrival\":\"2026-03-10T19:00:00.000Z\",\"gross_kg\":22000.5,\"pieces\":16,\"plates\":[\"501AA\","
        "\"21TR43\"],\"seals\":[\"HS1234567\"]}");
    assert_true(str_eq(json_text(json_get(manifest->members, "original"), "text"), f->good));
    assert_int_equal(json_get(manifest->members, "parties")->count, 2);
    assert_true(str_is(out.filer, "B76"));

    assert_string_equal(subjects(&arena, bond).p, "document us.inbond=257700052\n"
                                                  "consignment us.paps=TGZA100002\n"
                                                  "crossing us.ace.trip=TGZA20260310001\n"
                                                  "importer us.ior=12345678900\n"
                                                  "filer us.filer=B76\n");
    assert_string_equal(canonical(&arena, json_get(bond->members, "document")).p,
                        "{\"bond\":\"TE\",\"filer\":\"B76\",\"number\":\"257700052\",\"type\":\"in-bond\"}");
    assert_string_equal(canonical(&arena, json_get(bond->members, "facts")).p,
                        "{\"destination\":\"Windsor\",\"gross_kg\":500.5,\"pieces\":4}");
    arena_free(&arena);
}

static void an_empty_truck_is_ordinary(void **state)
{
    struct fixture *f = *state;
    struct arena arena = ARENA(1 << 20);
    struct drafts out = {0};
    struct why why = {0};
    struct str bytes = test_file(&arena, "tests/data/emanifest/good/empty.json");
    if (emanifest_parse(&arena, bytes, &f->context, &out, &why)) fail_msg("%s %s", why.member, why.text);
    assert_int_equal(out.count, 2);
    assert_true(json_true(json_get(out.first->members, "crossing"), "empty"));
    assert_null(json_get(out.first->members, "shipments"));
    for (size_t i = 0; i < out.first->nre; i++) assert_int_not_equal(out.first->re[i]->noun, NOUN_CONSIGNMENT);
    assert_string_equal(subjects(&arena, out.first).p, "crossing ca.crn=8ABC20260310001\n"
                                                       "conveyance plate.us=TX:R123456\n"
                                                       "carrier ca.carrier=8ABC\n");
    arena_free(&arena);
}

// n shipments, each with its own importer, manufacturer and pedimento.
static struct str many(struct arena *arena, size_t n, bool own)
{
    struct buf b = BUF(BUF_MAX_DEFAULT);
    buf_puts(
        &b,
        "{\"trip\":{\"scheme\":\"us.ace.trip\",\"number\":\"TGZA0001\",\"port\":\"2304\",\"direction\":\"northbound\","
        "\"carrier\":{\"scac\":\"TGZA\"}},\"conveyance\":{\"plate\":\"501AA\",\"country\":\"MX\"},\"shipments\":[");
    for (size_t i = 0; i < n; i++) {
        buf_printf(&b, "%s{\"control\":\"TGZA%06zu\",\"description\":\"goods\"", i ? "," : "", i);
        buf_printf(&b, ",\"importer\":{\"scheme\":\"us.ior\",\"value\":\"%09zu\"}", own ? i : 0);
        buf_printf(&b, ",\"manufacturer\":{\"scheme\":\"us.mid\",\"value\":\"MXAB%04zuAPO\"}", own ? i : 0);
        buf_printf(&b, ",\"documents\":[{\"scheme\":\"mx.pedimento\",\"value\":\"2624342%08zu\"}]}", own ? i : 0);
    }
    buf_puts(&b, "]}");
    struct str s = arena_str(arena, buf_str(&b));
    buf_free(&b);
    return s;
}

static size_t count_noun(const struct drafts *drafts, const char *kind, enum noun noun)
{
    size_t n = 0;
    for (const struct draft *d = drafts->first; d; d = d->next) {
        for (size_t i = 0; i < d->nre && str_is(d->kind, kind); i++) n += d->re[i]->noun == noun;
    }
    return n;
}

static void thirty_shipments_under_one_pedimento_are_ordinary(void **state)
{
    struct fixture *f = *state;
    struct arena arena = ARENA(4 << 20);
    struct drafts out = {0};
    struct why why = {0};
    if (emanifest_parse(&arena, many(&arena, 30, false), &f->context, &out, &why))
        fail_msg("%s %s", why.member, why.text);
    assert_int_equal(count_noun(&out, "crossing", NOUN_CONSIGNMENT), 31);
    assert_int_equal(count_noun(&out, "crossing", NOUN_CROSSING), 1);
    arena_free(&arena);
}

// What one statement cannot hold goes into more of them about the same subject; nothing is lost, nothing is over
// RE_MAX.
static void ninety_shipments_of_ninety_parties_are_split(void **state)
{
    struct fixture *f = *state;
    struct arena arena = ARENA(16 << 20);
    struct drafts out = {0};
    struct why why = {0};
    if (emanifest_parse(&arena, many(&arena, 90, true), &f->context, &out, &why))
        fail_msg("%s %s", why.member, why.text);
    assert_true(out.count > 2);
    assert_int_equal(count_noun(&out, "document", NOUN_IMPORTER), 90);
    assert_int_equal(count_noun(&out, "document", NOUN_MANUFACTURER), 90);
    assert_int_equal(count_noun(&out, "document", NOUN_CONSIGNMENT), 180);
    assert_true(count_noun(&out, "crossing", NOUN_CONSIGNMENT) >= 180);
    size_t originals = 0;
    for (const struct draft *d = out.first; d; d = d->next) {
        assert_true(d->nre <= RE_MAX);
        assert_true(str_is(d->re[0]->ids[0].value, "TGZA0001"));
        originals += json_get(d->members, "original") != NULL;
    }
    assert_int_equal(originals, 1);
    memset(&why, 0, sizeof why);
    assert_int_equal(emanifest_parse(&arena, many(&arena, 91, true), &f->context, &out, &why), ERR_MALFORMED);
    assert_string_equal(why.member, "/shipments");
    arena_free(&arena);
}

static void refuses_with_the_pointer(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *from, *to, *member, *text;
        enum err err;
    } cases[] = {
        {"\"northbound\"", "\"north\"", "/trip/direction", "must be one of northbound southbound", ERR_MALFORMED},
        {"\"port\": \"2304\"", "\"port\": \"230\"", "/trip/port", "is no Schedule D port code", ERR_MALFORMED},
        {"\"port\": \"2304\",", "", "/trip/port", "is missing: port of arrival", ERR_MALFORMED},
        {"\"port\": \"2304\"", "\"port\": \"2304\", \"booth\": 4", "/trip/booth", "is no member that is known",
         ERR_MALFORMED},
        {"TGZA20260310001", "ABCD20260310001", "/trip/number", "must begin with its carrier's code TGZA",
         ERR_SENSELESS},
        {"\"scac\": \"TGZA\", \"caat\": \"3TGZ\"", "", "/trip/carrier", "must have one code at least", ERR_MALFORMED},
        {"1M8GDM9AXKP042788", "1M8GDM9A1KP042788", "/conveyance/vin", "the check digit", ERR_SENSELESS},
        {"\"plate\": \"21TR43\", \"country\": \"MX\", \"number\": \"CSQU3054383\"", "", "/trailers/0",
         "must have a plate or a number", ERR_MALFORMED},
        {"CSQU3054383", "CSQU3054384", "/trailers/0", "the check digit", ERR_SENSELESS},
        {"\"987654321\"", "\"98765432X\"", "/driver/fast_id", "is no FAST driver card", ERR_MALFORMED},
        {"\"scheme\": \"mx.licence\"", "\"scheme\": \"us.scac\"", "/driver/licence", "does not name a driver",
         ERR_UNSUPPORTED},
        {"\"scheme\": \"mx.licence\"", "\"scheme\": \"xx.licence\"", "/driver/licence", "there is no identifier scheme",
         ERR_UNSUPPORTED},
        {"TGZA100002", "TGZA100001", "/shipments/1/control", "is the number of another shipment", ERR_SENSELESS},
        {"TGZA100002", "tgza100001", "/shipments/1/control", "is the number of another shipment", ERR_SENSELESS},
        {"TGZA100002", "1", "/shipments/1/control", "must be 3 to 30 characters long", ERR_MALFORMED},
        {"TGZA100002", "123456", "/shipments/1/control", "is no shipment control number", ERR_MALFORMED},
        {"257700052", "257700053", "/shipments/1/in_bond/number", "the check digit", ERR_SENSELESS},
        {"\"TE\"", "\"T&E\"", "/shipments/1/in_bond/type", "must be one of IT TE IE", ERR_MALFORMED},
        {"\"weight_kg\": 21500", "\"weight_kg\": \"21500\"", "/shipments/0/weight_kg", "must be a number",
         ERR_MALFORMED},
        {"\"weight_kg\": 21500", "\"weight_kg\": 100001", "/shipments/0/weight_kg", "must be 0 to 100000",
         ERR_MALFORMED},
        {"\"pieces\": 12", "\"pieces\": 12.5", "/shipments/0/pieces", "must be a whole number", ERR_MALFORMED},
        {"7208.10", "72.0810", "/shipments/0/hs6", NULL, ERR_NONE},
        {"7208.10", "7208.1", "/shipments/0/hs6", "is no Harmonized System subheading", ERR_MALFORMED},
        {"HS1234567", "HS/234567", "/shipments/0/seals/0", "is no number of a mechanical seal", ERR_MALFORMED},
        {"MXACENOR100APO", "MX", "/shipments/0/manufacturer", "is no manufacturer identification code", ERR_MALFORMED},
        {"\"scheme\": \"us.mid\"", "\"scheme\": \"us.scac\"", "/shipments/0/manufacturer", NULL, ERR_MALFORMED},
        {"26  24  3420  6000123", "26  24  3420", "/shipments/0/documents/0", "is no número de pedimento",
         ERR_MALFORMED},
        {"\"value\": \"B76\"", "\"value\": \"B7\"", "/filer", "is no entry filer code", ERR_MALFORMED},
        {"\"trip\": {", "\"trip\": {\"empty\": true, ", "/trip/empty", "there are 2 shipments", ERR_SENSELESS},
        {"\"at\": \"2026-03-10T09:00:00-06:00\"", "\"at\": \"2026-03-10\"", "/at", "must be a time", ERR_MALFORMED},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena arena = ARENA(2 << 20);
        struct drafts out = {0};
        struct why why = {0};
        struct str bytes = replaced(&arena, f->good, cases[i].from, cases[i].to);
        enum err err = emanifest_parse(&arena, bytes, &f->context, &out, &why);
        if (err != cases[i].err) fail_msg("%s: %d %s %s", cases[i].to, err, why.member, why.text);
        assert_int_equal(out.count > 0, err == ERR_NONE);
        if (err) assert_string_equal(why.member, cases[i].member);
        if (err && cases[i].text && !strstr(why.text, cases[i].text)) fail_msg("%s: %s", cases[i].to, why.text);
        arena_free(&arena);
    }
}

static void refuses_a_truck_that_is_neither_loaded_nor_empty(void **state)
{
    struct fixture *f = *state;
    struct arena arena = ARENA(2 << 20);
    struct drafts out = {0};
    struct why why = {0};
    assert_int_equal(emanifest_parse(&arena, many(&arena, 0, false), &f->context, &out, &why), ERR_SENSELESS);
    assert_string_equal(why.member, "/shipments");
    arena_free(&arena);
}

static void without_memory_says_so(void **state)
{
    struct fixture *f = *state;
    for (size_t cap = 64; cap < 100000; cap += 1999) {
        struct arena arena = ARENA(cap);
        struct drafts out = {0};
        struct why why = {0};
        enum err err = emanifest_parse(&arena, f->good, &f->context, &out, &why);
        if (err && err != ERR_NO_MEMORY && err != ERR_TOO_LARGE) fail_msg("%zu: %s", cap, why.text);
        assert_int_equal(out.count > 0, err == ERR_NONE);
        arena_free(&arena);
    }
}

// PUENTE_WRITE_SCHEMAS=1 writes the file anew after the table has changed.
static void publishes_the_schema_that_it_checks_by(void **state)
{
    (void)state;
    struct arena arena = ARENA(1 << 20);
    struct buf b = BUF(BUF_MAX_DEFAULT);
    emanifest_schema(&b);
    struct why why = {0};
    if (!json_parse(&arena, buf_str(&b), &why)) fail_msg("%s", why.text);
    if (getenv("PUENTE_WRITE_SCHEMAS")) {
        FILE *out = fopen("docs/schemas/emanifest.schema.json", "wb");
        assert_non_null(out);
        assert_int_equal(fwrite(b.p, 1, b.n, out), b.n);
        fclose(out);
    } else {
        assert_true(str_eq(test_file(&arena, "docs/schemas/emanifest.schema.json"), buf_str(&b)));
    }
    buf_free(&b);
    arena_free(&arena);
}

// An independent validator comes to the same verdict by the published schema, where python3 has one.
static void a_foreign_validator_agrees(void **state)
{
    (void)state;
    if (system("python3 -W ignore -c 'import jsonschema' 2>/dev/null") != 0) {
        fprintf(stderr, "left out: python3 has no jsonschema\n");
        return;
    }
    assert_int_equal(system("python3 -W ignore tests/unit/formats/schema_agrees.py docs/schemas/emanifest.schema.json "
                            "tests/data/emanifest"),
                     0);
}

static enum err sample_parse(struct arena *arena, struct str bytes, void *user, struct why *why)
{
    struct fixture *f = user;
    struct drafts out = {0};
    return emanifest_parse(arena, bytes, &f->context, &out, why);
}

static void judges_every_sample_by_its_reason(void **state)
{
    assert_int_equal(samples_judge("emanifest", sample_parse, *state), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(judges_every_sample_by_its_reason),
        cmocka_unit_test(makes_crossing_document_and_in_bond),
        cmocka_unit_test(an_empty_truck_is_ordinary),
        cmocka_unit_test(thirty_shipments_under_one_pedimento_are_ordinary),
        cmocka_unit_test(ninety_shipments_of_ninety_parties_are_split),
        cmocka_unit_test(refuses_with_the_pointer),
        cmocka_unit_test(refuses_a_truck_that_is_neither_loaded_nor_empty),
        cmocka_unit_test(without_memory_says_so),
        cmocka_unit_test(publishes_the_schema_that_it_checks_by),
        cmocka_unit_test(a_foreign_validator_agrees),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
