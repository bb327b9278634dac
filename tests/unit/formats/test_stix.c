// SPDX-License-Identifier: Apache-2.0
#include "drafted.h"
#include "formats/stix.h"
#include "samples.h"

#include <glob.h>

struct fixture {
    struct arena arena;
    struct stix_context context;
    struct str good, observed;
};

static int set_up(void **state)
{
    static struct fixture f;
    f.arena = ARENA(8 << 20);
    f.context = (struct stix_context){.received_ms = 5000, .reporter = STR("us.cbp"), .label = LABEL_GREEN};
    f.good = test_file(&f.arena, "tests/data/stix/good/filer.json");
    f.observed = test_file(&f.arena, "tests/data/stix/good/observed.json");
    *state = &f;
    return !f.good.p || identifier_table_read(&f.arena, identifiers_builtin(), &f.context.identifiers, NULL) ? -1 : 0;
}

static int tear_down(void **state)
{
    arena_free(&((struct fixture *)*state)->arena);
    return 0;
}

static const struct draft *of_type(const struct drafts *drafts, const char *type)
{
    for (const struct draft *d = drafts->first; d; d = d->next) {
        if (str_is(json_text(json_get(d->members, "threat"), "type"), type)) return d;
    }
    fail_msg("no draft of type %s", type);
    return NULL;
}

static struct str names(struct arena *arena, const struct draft *d)
{
    struct buf b = BUF(BUF_MAX_DEFAULT);
    json_each(n, json_get(d->members, "names"))
    {
        buf_printf(&b, "%.*s=%.*s", STR_ARG(json_text(n, "what")), STR_ARG(json_text(n, "value")));
        if (json_get(n, "version")) buf_printf(&b, "@%.*s", STR_ARG(json_text(n, "version")));
        buf_putc(&b, ';');
    }
    struct str s = arena_str(arena, buf_str(&b));
    buf_free(&b);
    return s;
}

static void read_good(struct fixture *f, struct arena *arena, struct str bytes, struct drafts *out)
{
    struct why why = {0};
    if (stix_parse(arena, bytes, &f->context, out, &why)) fail_msg("%s %s", why.member, why.text);
}

static void an_incident_names_whom_it_impacts(void **state)
{
    struct fixture *f = *state;
    struct arena arena = ARENA(4 << 20);
    struct drafts out = {0};
    read_good(f, &arena, f->good, &out);
    assert_int_equal(out.count, 4); // incident, infrastructure, vulnerability, malware; the rest is stated with them
    const struct draft *d = of_type(&out, "incident");
    assert_true(str_is(d->kind, "threat"));
    assert_int_equal(d->nre, 1);
    assert_int_equal(d->re[0]->noun, NOUN_THREAT);
    assert_true(str_is(d->re[0]->ids[0].scheme, "stix.id"));
    assert_string_equal(names(&arena, d).p,
                        "filer=3420;filer=B76;party=mx.agencia-prueba;filer=mx.agencia-prueba;address=198.51.100.7;");
    assert_string_equal(
        canonical(&arena, json_get(d->members, "threat")).p,
        "{\"class\":\"compromised-system\",\"id\":\"incident--5b0b1c1e-0001-4000-8000-000000000007\",\"reporter\":"
        "\"CERT de Prueba\",\"title\":\"Filer's system broken into\",\"type\":\"incident\"}");
    assert_string_equal(canonical(&arena, json_get(d->members, "from")).p, "\"2026-03-08T22:00:00.000Z\"");
    // Half a millisecond later than the text says is still within.
    assert_string_equal(canonical(&arena, json_get(d->members, "to")).p, "\"2026-03-10T07:00:00.001Z\"");
    assert_int_equal(d->label, LABEL_AMBER_STRICT);
    assert_int_equal(d->at_ms, 1773135000000);
    struct str original = json_text(json_get(d->members, "original"), "text");
    assert_true(str_starts(original, "{\"type\": \"incident\"") && str_ends(original, "]}"));
    assert_non_null(memmem(f->good.p, f->good.n, original.p, original.n));
    arena_free(&arena);
}

static void a_vulnerability_names_the_software_that_has_it(void **state)
{
    struct fixture *f = *state;
    struct arena arena = ARENA(4 << 20);
    struct drafts out = {0};
    read_good(f, &arena, f->good, &out);
    const struct draft *d = of_type(&out, "vulnerability");
    assert_string_equal(names(&arena, d).p, "software=filer-suite@4.2.0;");
    assert_int_equal(json_get(d->members, "related")->count, 2); // the software and the relationship
    assert_true(str_is(json_text(json_get(d->members, "threat"), "reporter"), "us.cbp"));
    assert_int_equal(d->label, LABEL_GREEN);
    assert_null(json_get(d->members, "from"));
    assert_string_equal(names(&arena, of_type(&out, "infrastructure")).p, "address=198.51.100.7;");
    assert_string_equal(names(&arena, of_type(&out, "malware")).p, "");
    assert_non_null(json_get(of_type(&out, "malware")->members, "names"));
    arena_free(&arena);
}

static void indicators_and_observed_data_name_what_they_show(void **state)
{
    struct fixture *f = *state;
    struct arena arena = ARENA(4 << 20);
    struct drafts out = {0};
    read_good(f, &arena, f->observed, &out);
    assert_int_equal(out.count, 3);
    assert_string_equal(names(&arena, of_type(&out, "indicator")).p, "device=356307042441013;");
    const struct draft *d = of_type(&out, "observed-data");
    assert_string_equal(names(&arena, d).p, "address=2001:db8::1;domain=relay.example;certificate="
                                            "aa00112233445566778899aabbccddeeff00112233445566778899aabbccddee;");
    assert_string_equal(names(&arena, out.last).p, "address=192.0.2.9;domain=bad.example;");
    assert_string_equal(canonical(&arena, json_get(of_type(&out, "indicator")->members, "to")).p,
                        "\"2026-03-20T08:00:00.000Z\"");
    assert_string_equal(canonical(&arena, json_get(d->members, "from")).p, "\"2026-03-10T07:00:00.000Z\"");
    arena_free(&arena);
}

static void nothing_is_dropped(void **state)
{
    struct fixture *f = *state;
    const struct str both[] = {f->good, f->observed};
    for (size_t i = 0; i < 2; i++) {
        struct arena arena = ARENA(4 << 20);
        struct drafts out = {0};
        read_good(f, &arena, both[i], &out);
        struct json *bundle = json_parse(&arena, both[i], NULL);
        json_each(o, json_get(bundle, "objects"))
        {
            size_t found = 0;
            for (const struct draft *d = out.first; d; d = d->next) {
                found += str_eq(json_text(json_get(d->members, "original"), "text"), o->raw);
                json_each(r, json_get(d->members, "related")) found += str_eq(r->text, o->raw);
            }
            if (!found) fail_msg("dropped: %.*s", STR_ARG(json_text(o, "id")));
        }
        arena_free(&arena);
    }
}

static void helpers_that_nobody_needs_stand_alone_and_name_nothing(void **state)
{
    struct fixture *f = *state;
    struct arena arena = ARENA(4 << 20);
    struct drafts out = {0};
    read_good(f, &arena,
              STR("{\"type\":\"bundle\",\"id\":\"bundle--5b0b1c1e-0001-4000-8000-000000000001\",\"objects\":[{\"type\":"
                  "\"ipv4-addr\","
                  "\"id\":\"ipv4-addr--5b0b1c1e-0001-4000-8000-000000000004\",\"value\":\"192.0.2.1\"}]}"),
              &out);
    assert_int_equal(out.count, 1);
    assert_int_equal(json_get(out.first->members, "names")->count, 0);
    assert_int_equal(out.first->at_ms, 5000);
    arena_free(&arena);
}

static void later_versions_replace_and_revoked_ones_name_nothing(void **state)
{
    struct fixture *f = *state;
    struct arena arena = ARENA(4 << 20);
    struct drafts out = {0};
    // The second version comes first in the file.
    struct str bytes =
        STR("{\"type\":\"bundle\",\"id\":\"bundle--5b0b1c1e-0001-4000-8000-000000000001\",\"objects\":["
            "{\"type\":\"indicator\",\"id\":\"indicator--5b0b1c1e-0001-4000-8000-000000000004\",\"created\":\"2026-03-"
            "01T00:00:00Z\","
            "\"modified\":\"2026-03-02T00:00:00Z\",\"revoked\":true,\"pattern\":\"[ipv4-addr:value = '192.0.2.1']\"},"
            "{\"type\":\"indicator\",\"id\":\"indicator--5b0b1c1e-0001-4000-8000-000000000004\",\"created\":\"2026-03-"
            "01T00:00:00Z\","
            "\"modified\":\"2026-03-01T00:00:00Z\",\"pattern\":\"[ipv4-addr:value = '192.0.2.1']\"},"
            "{\"id\":\"indicator--5b0b1c1e-0001-4000-8000-000000000004\",\"type\":\"indicator\",\"created\":\"2026-03-"
            "01T00:00:00Z\","
            "\"modified\":\"2026-03-01T00:00:00Z\",\"pattern\":\"[ipv4-addr:value = '192.0.2.1']\"}]}");
    read_good(f, &arena, bytes, &out);
    assert_int_equal(out.count, 2); // the third is the second again
    assert_string_equal(names(&arena, out.first).p, "address=192.0.2.1;");
    assert_string_equal(names(&arena, out.last).p, "");
    assert_true(json_true(json_get(out.last->members, "threat"), "revoked"));
    arena_free(&arena);
}

static void refuses_with_the_pointer(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *from, *to, *member;
        enum err err;
    } cases[] = {
        {"\"bundle\"", "\"indicator\"", "/type", ERR_MALFORMED},
        {"bundle--", "bundle-", "/id", ERR_MALFORMED},
        {"\"objects\"", "\"stuff\"", "/objects", ERR_SENSELESS},
        {"\"type\": \"identity\"", "\"type\": \"person\"", "/objects/0/id", ERR_MALFORMED},
        {"\"spec_version\": \"2.1\"", "\"spec_version\": \"2.0\"", "/objects/0/spec_version", ERR_UNSUPPORTED},
        {"\"first_seen\": \"2026-03-08T22:00:00Z\"", "\"first_seen\": 4", "/objects/5/first_seen", ERR_MALFORMED},
        {"\"source_ref\"", "\"source\"", "/objects/6/source_ref", ERR_MALFORMED},
        {"\"scheme\": \"mx.patente\"", "\"schema\": \"mx.patente\"", "/objects/1/x_puente_identifiers", ERR_MALFORMED},
        {"[{\"scheme\": \"mx.patente\", \"value\": \"3420\"}, {\"scheme\": \"us.filer\", \"value\": \"b76\"}]", "7",
         "/objects/1/x_puente_identifiers", ERR_MALFORMED},
        {"mx.agencia-prueba", "mx..agencia", "/objects/1/external_references", ERR_SENSELESS},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena arena = ARENA(4 << 20);
        struct drafts out = {0};
        struct why why = {0};
        struct str bytes = replaced(&arena, f->good, cases[i].from, cases[i].to);
        enum err err = stix_parse(&arena, bytes, &f->context, &out, &why);
        if (err != cases[i].err) fail_msg("%s: %d %s %s", cases[i].to, err, why.member, why.text);
        assert_string_equal(why.member, cases[i].member);
        assert_int_equal(out.count, 0);
        arena_free(&arena);
    }
}

// n incidents that all refer to one observation of n files: work that grows with the square of the size.
static void bounds_the_work_of_references(void **state)
{
    struct fixture *f = *state;
    struct arena arena = ARENA((size_t)256 << 20);
    struct buf b = BUF(BUF_MAX_DEFAULT);
    struct drafts out = {0};
    struct why why = {0};
    size_t n = 2000;
    buf_puts(
        &b,
        "{\"type\":\"bundle\",\"id\":\"bundle--5b0b1c1e-0001-4000-8000-000000000001\",\"objects\":["
        "{\"type\":\"observed-data\",\"id\":\"observed-data--5b0b1c1e-0001-4000-8000-000000000000\",\"object_refs\":[");
    for (size_t i = 0; i < n; i++) buf_printf(&b, "%s\"url--5b0b1c1e-0001-4000-8000-%012zu\"", i ? "," : "", i);
    buf_puts(&b, "]}");
    for (size_t i = 0; i < n; i++) {
        buf_printf(&b, ",{\"type\":\"url\",\"id\":\"url--5b0b1c1e-0001-4000-8000-%012zu\"}", i);
        buf_printf(&b,
                   ",{\"type\":\"incident\",\"id\":\"incident--5b0b1c1e-0001-4000-8000-%012zu\",\"object_refs\":["
                   "\"observed-data--5b0b1c1e-0001-4000-8000-000000000000\"]}",
                   i);
    }
    buf_puts(&b, "]}");
    assert_int_equal(stix_parse(&arena, buf_str(&b), &f->context, &out, &why), ERR_TOO_LARGE);
    assert_non_null(strstr(why.text, "refer to each other too often"));
    buf_free(&b);
    arena_free(&arena);
}

static void without_memory_says_so(void **state)
{
    struct fixture *f = *state;
    for (size_t cap = 64; cap < 100000; cap += 1999) {
        struct arena arena = ARENA(cap);
        struct drafts out = {0};
        struct why why = {0};
        enum err err = stix_parse(&arena, f->good, &f->context, &out, &why);
        if (err && err != ERR_NO_MEMORY && err != ERR_TOO_LARGE) fail_msg("%zu: %s", cap, why.text);
        arena_free(&arena);
    }
}

// Real bundles: every one is read, and those with indicators that we can match give names.
static void reads_the_shared_bundles(void **state)
{
    struct fixture *f = *state;
    static const char *const patterns[] = {"attack/*.json",
                                           "mvt/*.stix2",
                                           "amnesty/*.stix2",
                                           "oasis-examples/*.json",
                                           "oasis-examples/threat-reports/*.json",
                                           "opencti-datasets/*.json"};
    size_t files = 0, all = 0;
    for (size_t p = 0; p < sizeof patterns / sizeof *patterns; p++) {
        char path[256];
        glob_t found = {0};
        snprintf(path, sizeof path, "../shared/data/stix/%s", patterns[p]);
        if (glob(path, 0, NULL, &found) != 0) continue;
        for (size_t i = 0; i < found.gl_pathc; i++) {
            struct arena arena = ARENA((size_t)512 << 20);
            struct drafts out = {0};
            struct why why = {0};
            enum err err = stix_parse(&arena, test_file(&arena, found.gl_pathv[i]), &f->context, &out, &why);
            size_t named = 0, indicators = 0, total = 0;
            for (const struct draft *d = out.first; d; d = d->next) {
                size_t n = json_get(d->members, "names")->count;
                named += n > 0;
                total += n;
                indicators += str_is(json_text(json_get(d->members, "threat"), "type"), "indicator");
            }
            printf("%s: %zu drafts, %zu indicators, %zu name something, %zu names%s%s %s\n",
                   strrchr(found.gl_pathv[i], '/') + 1, out.count, indicators, named, total, err ? ", refused: " : "",
                   why.member, why.text);
            if (strstr(path, "mvt") || strstr(path, "amnesty") || strstr(path, "attack"))
                assert_int_equal(err, ERR_NONE);
            files++;
            all += total;
            arena_free(&arena);
        }
        globfree(&found);
    }
    if (!files)
        fprintf(stderr, "left out: ../shared/data/stix is not here\n");
    else
        assert_true(all > 5000);
}

static enum err sample_parse(struct arena *arena, struct str bytes, void *user, struct why *why)
{
    struct fixture *f = user;
    struct drafts out = {0};
    return stix_parse(arena, bytes, &f->context, &out, why);
}

static void judges_every_sample_by_its_reason(void **state)
{
    assert_int_equal(samples_judge("stix", sample_parse, *state), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_incident_names_whom_it_impacts),
        cmocka_unit_test(a_vulnerability_names_the_software_that_has_it),
        cmocka_unit_test(indicators_and_observed_data_name_what_they_show),
        cmocka_unit_test(nothing_is_dropped),
        cmocka_unit_test(helpers_that_nobody_needs_stand_alone_and_name_nothing),
        cmocka_unit_test(later_versions_replace_and_revoked_ones_name_nothing),
        cmocka_unit_test(refuses_with_the_pointer),
        cmocka_unit_test(bounds_the_work_of_references),
        cmocka_unit_test(without_memory_says_so),
        cmocka_unit_test(reads_the_shared_bundles),
        cmocka_unit_test(judges_every_sample_by_its_reason),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
