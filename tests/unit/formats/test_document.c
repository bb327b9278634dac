// SPDX-License-Identifier: Apache-2.0
#include "drafted.h"
#include "formats/document.h"
#include "shared_data.h"

struct fixture {
    struct arena arena;
    struct document_context context;
};

static int set_up(void **state)
{
    static struct fixture f;
    f.arena = ARENA(8 << 20);
    f.context.received_ms = 1000;
    f.context.label = LABEL_GREEN;
    *state = &f;
    return identifier_table_read(&f.arena, identifiers_builtin(), &f.context.identifiers, NULL) ? -1 : 0;
}

static int tear_down(void **state)
{
    arena_free(&((struct fixture *)*state)->arena);
    return 0;
}

static void makes_one_document_with_its_subjects_in_order(void **state)
{
    struct fixture *f = *state;
    struct arena arena = ARENA(1 << 20);
    struct drafts out = {0};
    struct why why = {0};
    struct str bytes = STR(
        "{\"filer\":{\"scheme\":\"us.filer\",\"value\":\"b76\"},\"document\":{\"type\":\"entry\",\"scheme\":\"us."
        "entry\","
        "\"number\":\"ABC-1234567-6\"},\"at\":\"2026-03-10T05:30:00-06:00\",\"consignments\":[{\"scheme\":\"us.paps\","
        "\"value\":\"TGZA100001\"},{\"scheme\":\"us.paps\",\"value\":\"tgza 100001\"}],\"importer\":{\"scheme\":"
        "\"us.ior\",\"value\":\"12-345678900\"},\"manufacturer\":{\"scheme\":\"us.mid\",\"value\":\"MXACENOR100APO\"},"
        "\"facts\":{\"gross_kg\":21500,\"seals\":[\"HS1234567\"]},\"goods\":[{\"description\":\"steel plate\"}]}");
    if (document_json_parse(&arena, bytes, &f->context, &out, &why)) fail_msg("%s: %s", why.member, why.text);
    assert_int_equal(out.count, 1);
    const struct draft *d = out.first;
    static const enum noun nouns[] = {NOUN_DOCUMENT, NOUN_CONSIGNMENT, NOUN_IMPORTER, NOUN_MANUFACTURER, NOUN_FILER};
    assert_int_equal(d->nre, 5); // the two shipments are one
    for (size_t i = 0; i < d->nre; i++) assert_int_equal(d->re[i]->noun, nouns[i]);
    assert_true(str_is(d->re[0]->ids[0].value, "ABC12345676"));
    assert_int_equal(d->at_ms, 1773142200000);
    assert_true(str_is(out.filer, "B76"));
    assert_string_equal(canonical(&arena, json_get(d->members, "document")).p,
                        "{\"filer\":\"B76\",\"number\":\"ABC12345676\",\"type\":\"entry\"}");
    assert_string_equal(canonical(&arena, json_get(d->members, "facts")).p,
                        "{\"goods_count\":1,\"gross_kg\":21500,\"seals\":[\"HS1234567\"]}");
    assert_string_equal(canonical(&arena, json_get(d->members, "goods")).p, "[{\"description\":\"steel plate\"}]");
    assert_true(str_eq(json_text(json_get(d->members, "original"), "text"), bytes));
    arena_free(&arena);
}

static void refuses_with_the_pointer(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *json, *member;
        enum err err;
    } cases[] = {
        {"[]", "", ERR_MALFORMED},
        {"{\"document\":{\"type\":\"entry\",\"scheme\":\"us.entry\"}}", "/document/number", ERR_MALFORMED},
        {"{\"document\":{\"type\":\"letter\",\"scheme\":\"us.entry\",\"number\":\"ABC12345676\"}}", "/document/type",
         ERR_MALFORMED},
        {"{\"document\":{\"type\":\"entry\",\"scheme\":\"us.entry\",\"number\":\"ABC12345670\"}}", "/document/number",
         ERR_SENSELESS},
        {"{\"document\":{\"type\":\"entry\",\"scheme\":\"us.scac\",\"number\":\"ABCD\"}}", "/document/number",
         ERR_UNSUPPORTED},
        {"{\"document\":{\"type\":\"entry\",\"scheme\":\"us.entry\",\"number\":\"ABC12345676\"},\"consignments\":[{"
         "\"scheme\":"
         "\"us.paps\",\"value\":\"TGZA1\"},{\"scheme\":\"us.paps\",\"value\":\"!\"}]}",
         "/consignments/1", ERR_MALFORMED},
        {"{\"document\":{\"type\":\"entry\",\"scheme\":\"us.entry\",\"number\":\"ABC12345676\"},\"facts\":{\"kg\":1}}",
         "/facts/kg", ERR_MALFORMED},
        {"{\"document\":{\"type\":\"entry\",\"scheme\":\"us.entry\",\"number\":\"ABC12345676\"},\"facts\":{\"gross_"
         "kg\":-1}}",
         "/facts/gross_kg", ERR_MALFORMED},
        {"{\"document\":{\"type\":\"entry\",\"scheme\":\"us.entry\",\"number\":\"ABC12345676\"},\"facts\":{\"pieces\":"
         "1.5}}",
         "/facts/pieces", ERR_MALFORMED},
        {"{\"document\":{\"type\":\"entry\",\"scheme\":\"us.entry\",\"number\":\"ABC12345676\"},\"facts\":{"
         "\"departure\":"
         "\"2026-03-10T05:30:00Z\",\"arrival\":\"2026-03-10T05:29:59Z\"}}",
         "/facts/arrival", ERR_SENSELESS},
        {"{\"document\":{\"type\":\"entry\",\"scheme\":\"us.entry\",\"number\":\"ABC12345676\"},\"filer\":{\"scheme\":"
         "\"us.filer\",\"value\":\"B7\"}}",
         "/filer", ERR_MALFORMED},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena arena = ARENA(1 << 20);
        struct drafts out = {0};
        struct why why = {0};
        assert_int_equal(document_json_parse(&arena, str_of(cases[i].json), &f->context, &out, &why), cases[i].err);
        assert_string_equal(why.member, cases[i].member);
        assert_int_equal(out.count, 0);
        arena_free(&arena);
    }
}

static void keeps_large_originals_by_hash(void **state)
{
    (void)state;
    struct arena arena = ARENA(4 << 20);
    struct buf b = BUF(BUF_MAX_DEFAULT);
    while (b.n < DOCUMENT_ORIGINAL_MAX) buf_putc(&b, 'x');
    assert_int_equal(json_text(document_original(&arena, "text/plain", buf_str(&b)), "text").n, b.n);
    buf_putc(&b, 'x');
    const struct json *original = document_original(&arena, "text/plain", buf_str(&b));
    assert_null(json_get(original, "text"));
    int64_t bytes;
    assert_true(json_integer(original, "bytes", &bytes));
    assert_int_equal(bytes, b.n);
    original = document_original(&arena, "application/octet-stream", STR("\xff\x00\x01"));
    assert_true(str_is(json_text(original, "base64"), "/wAB"));
    buf_free(&b);
    arena_free(&arena);
}

static void counts_goods_that_are_too_many_to_state(void **state)
{
    (void)state;
    struct arena arena = ARENA(32 << 20);
    struct draft *draft = draft_new(&arena, "document", 0, LABEL_CLEAR);
    struct json *facts = json_new_object(&arena), *goods = json_new_array(&arena);
    for (int i = 0; i < 20000; i++) {
        struct json *one = json_new_object(&arena);
        json_put_text(&arena, one, "description", STR("steel plate"));
        json_add(goods, one);
    }
    document_goods(&arena, draft, facts, goods);
    int64_t count;
    assert_true(json_integer(facts, "goods_count", &count));
    assert_int_equal(count, 20000);
    assert_null(json_get(draft->members, "goods"));
    arena_free(&arena);
}

// PUENTE_WRITE_SCHEMAS=1 writes the file anew after the table has changed.
static void publishes_the_schema_that_it_checks_by(void **state)
{
    (void)state;
    struct arena arena = ARENA(1 << 20);
    struct buf b = BUF(BUF_MAX_DEFAULT);
    document_json_schema(&b);
    struct why why = {0};
    if (!json_parse(&arena, buf_str(&b), &why)) fail_msg("%s", why.text);
    struct str file = test_file(&arena, "docs/schemas/document.schema.json");
    if (getenv("PUENTE_WRITE_SCHEMAS")) {
        FILE *out = fopen("docs/schemas/document.schema.json", "wb");
        assert_non_null(out);
        assert_int_equal(fwrite(b.p, 1, b.n, out), b.n);
        fclose(out);
    } else {
        assert_true(str_eq(file, buf_str(&b)));
    }
    buf_free(&b);
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(makes_one_document_with_its_subjects_in_order),
        cmocka_unit_test(refuses_with_the_pointer),
        cmocka_unit_test(keeps_large_originals_by_hash),
        cmocka_unit_test(counts_goods_that_are_too_many_to_state),
        cmocka_unit_test(publishes_the_schema_that_it_checks_by),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
