// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "filed_samples.h"
#include "formats/roster.h"
#include "trust/hash.h"

#include <stdlib.h>

#define TOP "# issuer: mx.sat\n# programme: OEA\n# date: 2026-03-01\n# valid-days: 30\n"
#define HEAD "role,scheme,value,programme,programme_id,name,from,to,status\n"
#define ROW "carrier,mx.caat,3TGZ,OEA,OEA/0123/2024,\"Transportes \"\"Garza\"\", S.A.\",2025-06-01,2027-05-31,valid\n"

struct fixture {
    struct arena arena;
    struct ed25519_key key;
    struct note_key trusted[2];
    struct roster_context context;
};

static int64_t time_of(const char *text)
{
    int64_t ms;
    assert_true(time_parse_ms(str_of(text), &ms));
    return ms;
}

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    if (!f) return -1;
    static const uint8_t seed[32] = {33};
    struct why why = {0};
    f->arena = ARENA((size_t)128 << 20);
    ed25519_from_seed(seed, &f->key);
    f->trusted[0] = note_key_make(STR("mx.sat"), NOTE_ED25519, f->key.public);
    f->trusted[1] = note_key_make(STR("mx.sat/rosters"), NOTE_ED25519, f->key.public);
    f->context = (struct roster_context){.now_ms = time_of("2026-03-10T12:00:00Z"), .keys = f->trusted, .nkeys = 2};
    assert_int_equal(identifier_table_read(&f->arena, identifiers_builtin(), &f->context.identifiers, &why), ERR_NONE);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    arena_free(&f->arena);
    free(f);
    return 0;
}

static struct str signed_by(struct fixture *f, const char *text, const char *name)
{
    struct buf out = BUF(ROSTER_BYTES_MAX * 2);
    struct why why = {0};
    assert_int_equal(roster_sign(str_of(text), str_of(name), &f->key, &out, &why), ERR_NONE);
    struct str s = arena_str(&f->arena, buf_str(&out));
    buf_free(&out);
    assert_non_null(s.p);
    return s;
}

static enum err parse(struct fixture *f, struct str bytes, struct roster *out, struct why *why)
{
    return roster_parse(&f->arena, bytes, &f->context, out, why);
}

static void what_is_signed_is_read(void **state)
{
    struct fixture *f = *state;
    struct roster out;
    struct why why = {0};
    struct str bytes =
        signed_by(f,
                  TOP "# of the kind that is handed over\n#\n" HEAD ROW
                      "importer,mx.rfc,EKU9003173C9,OEA,OEA/0007/2023,Importadora,2024-01-01,2026-12-31,suspended\n",
                  "mx.sat/rosters");
    enum err err = parse(f, bytes, &out, &why);
    if (err) print_message("%s: %s\n", why.member, why.text);
    assert_int_equal(err, ERR_NONE);
    assert_true(str_is(out.issuer, "mx.sat"));
    assert_int_equal(out.programme, PROGRAMME_OEA);
    assert_int_equal(out.date_ms, time_of("2026-03-01T00:00:00Z"));
    assert_int_equal(out.until_ms, time_of("2026-03-31T00:00:00Z"));
    assert_int_equal(out.count, 2);
    assert_int_equal(out.rows[0].role, NOUN_CARRIER);
    assert_true(str_is(out.rows[0].name, "Transportes \"Garza\", S.A."));
    assert_true(str_is(out.rows[0].holder.value, "3TGZ"));
    assert_int_equal(out.rows[0].from_ms, time_of("2025-06-01T00:00:00Z"));
    assert_int_equal(out.rows[0].to_ms, time_of("2027-05-31T23:59:59.999Z"));
    assert_int_equal(out.rows[1].status, CREDENTIAL_SUSPENDED);
    uint8_t hash[32];
    sha256(bytes, hash);
    assert_memory_equal(out.sha256, hash, 32);
}

static void crlf_and_empty_rosters_are_read(void **state)
{
    struct fixture *f = *state;
    struct roster out;
    assert_int_equal(parse(f, signed_by(f, TOP HEAD, "mx.sat"), &out, NULL), ERR_NONE);
    assert_int_equal(out.count, 0);
    const char *crlf = "# issuer: mx.sat\r\n# programme: OEA\r\n# date: 2026-03-01\r\n# valid-days: 30\r\n"
                       "role,scheme,value,programme,programme_id,name,from,to,status\r\n"
                       "driver,mx.licence,LFD0123456,OEA,D-7,,2025-06-01,2027-05-31,revoked\r\n";
    assert_int_equal(parse(f, signed_by(f, crlf, "mx.sat"), &out, NULL), ERR_NONE);
    assert_int_equal(out.count, 1);
    assert_true(str_is(out.rows[0].name, ""));
    assert_true(str_is(out.rows[0].id, "D-7"));
    assert_int_equal(out.rows[0].status, CREDENTIAL_REVOKED);
}

static void every_flipped_bit_is_refused(void **state)
{
    struct fixture *f = *state;
    struct str bytes = signed_by(f, TOP HEAD ROW, "mx.sat");
    char *p = (char *)(uintptr_t)bytes.p;
    // But the last newline, which is not signed and need not be there.
    for (size_t bit = 0; bit < (bytes.n - 1) * 8; bit++) {
        struct roster out;
        p[bit / 8] = (char)(p[bit / 8] ^ (1 << (bit % 8)));
        assert_int_not_equal(parse(f, bytes, &out, NULL), ERR_NONE);
        p[bit / 8] = (char)(p[bit / 8] ^ (1 << (bit % 8)));
    }
}

static void only_trusted_keys_of_the_issuer_sign(void **state)
{
    struct fixture *f = *state;
    struct roster out;
    struct why why = {0};
    assert_int_equal(parse(f, STR(TOP HEAD ROW), &out, NULL), ERR_UNTRUSTED);
    assert_int_equal(parse(f, STR(""), &out, NULL), ERR_UNTRUSTED);
    assert_int_equal(parse(f, signed_by(f, TOP HEAD ROW, "mx.other"), &out, &why), ERR_UNTRUSTED);
    assert_string_equal(why.member, "signature");
    // Trusted, but for another issuer: a prefix of the name is not enough.
    f->trusted[0] = note_key_make(STR("mx.sat2"), NOTE_ED25519, f->key.public);
    why = (struct why){0};
    assert_int_equal(parse(f, signed_by(f, TOP HEAD ROW, "mx.sat2"), &out, &why), ERR_UNTRUSTED);
    assert_string_equal(why.member, "issuer");
    // A witness key signs no rosters.
    f->trusted[0] = note_key_make(STR("mx.sat"), NOTE_COSIGNATURE, f->key.public);
    assert_int_equal(parse(f, signed_by(f, TOP HEAD ROW, "mx.sat"), &out, NULL), ERR_UNTRUSTED);
    f->context.nkeys = 0;
    assert_int_equal(parse(f, signed_by(f, TOP HEAD ROW, "mx.sat/rosters"), &out, NULL), ERR_UNTRUSTED);
}

static void a_stale_roster_is_refused(void **state)
{
    struct fixture *f = *state;
    struct roster out;
    struct str bytes = signed_by(f, TOP HEAD ROW, "mx.sat");
    static const struct {
        const char *now;
        enum err err;
    } cases[] = {
        {"2026-03-30T23:59:59.999Z", ERR_NONE},
        {"2026-03-31T00:00:00Z", ERR_EXPIRED},
        {"2026-02-28T00:00:00Z", ERR_NONE},
        {"2026-02-27T23:59:59Z", ERR_SENSELESS},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        f->context.now_ms = time_of(cases[i].now);
        assert_int_equal(parse(f, bytes, &out, NULL), cases[i].err);
    }
}

// Signed, so that only the text can be at fault.
static void faults_name_line_and_column(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *text;
        enum err err;
        const char *member;
    } cases[] = {
        {"# programme: OEA\n# date: 2026-03-01\n# valid-days: 30\n" HEAD, ERR_MALFORMED, "issuer"},
        {"# issuer: mx.sat\n# programme: AEO\n# date: 2026-03-01\n# valid-days: 30\n" HEAD, ERR_MALFORMED, "programme"},
        {"# issuer: mx.sat\n# programme: OEA\n# date: 2026-02-30\n# valid-days: 30\n" HEAD, ERR_MALFORMED, "date"},
        {"# issuer: mx.sat\n# programme: OEA\n# date: 2026-03-01\n# valid-days: 0\n" HEAD, ERR_MALFORMED, "valid-days"},
        {"# issuer: mx.sat\n# programme: OEA\n# date: 2026-03-01\n# valid-days: 401\n" HEAD, ERR_MALFORMED,
         "valid-days"},
        {"# issuer: mx.sat\n# issuer: mx.sat\n", ERR_MALFORMED, "line 2, issuer"},
        {TOP, ERR_MALFORMED, ""},
        {TOP "# signature: x y\n" HEAD, ERR_MALFORMED, "line 5"},
        {TOP ROW, ERR_MALFORMED, "line 5, role"},
        {TOP "role,scheme,value,programme,name,programme_id,from,to,status\n", ERR_MALFORMED, "line 5, programme_id"},
        {TOP HEAD "carrier,mx.caat,3TGZ,OEA,OEA/1,n,2025-06-01,2027-05-31\n", ERR_MALFORMED, "line 6, status"},
        {TOP HEAD "carrier,mx.caat,3TGZ,OEA,OEA/1,n,2025-06-01,2027-05-31,valid,\n", ERR_MALFORMED, "line 6"},
        {TOP HEAD ROW "\n", ERR_MALFORMED, "line 7, scheme"},
        {TOP HEAD "broker,mx.caat,3TGZ,OEA,OEA/1,n,2025-06-01,2027-05-31,valid\n", ERR_MALFORMED, "line 6, role"},
        {TOP HEAD "carrier,mx.caat,3TG,OEA,OEA/1,n,2025-06-01,2027-05-31,valid\n", ERR_MALFORMED, "line 6, value"},
        {TOP HEAD "carrier,mx.rfc,EKU9003173C8,OEA,OEA/1,n,2025-06-01,2027-05-31,valid\n", ERR_SENSELESS,
         "line 6, value"},
        {TOP HEAD "carrier,us.mid,MXACENOR100APO,OEA,OEA/1,n,2025-06-01,2027-05-31,valid\n", ERR_SENSELESS,
         "line 6, value"},
        {TOP HEAD "carrier,mx.nix,3TGZ,OEA,OEA/1,n,2025-06-01,2027-05-31,valid\n", ERR_UNSUPPORTED, "line 6, value"},
        {TOP HEAD "carrier,mx.caat,3TGZ,PIP,OEA/1,n,2025-06-01,2027-05-31,valid\n", ERR_SENSELESS, "line 6, programme"},
        {TOP HEAD "carrier,mx.caat,3TGZ,OEA,,n,2025-06-01,2027-05-31,valid\n", ERR_MALFORMED, "line 6, programme_id"},
        {TOP HEAD "carrier,mx.caat,3TGZ,OEA,O_A,n,2025-06-01,2027-05-31,valid\n", ERR_MALFORMED,
         "line 6, programme_id"},
        {TOP HEAD "carrier,mx.caat,3TGZ,OEA,OEA/1,n,2025-6-1,2027-05-31,valid\n", ERR_MALFORMED, "line 6, from"},
        {TOP HEAD "carrier,mx.caat,3TGZ,OEA,OEA/1,n,2025-06-01,2027-02-29,valid\n", ERR_MALFORMED, "line 6, to"},
        {TOP HEAD "carrier,mx.caat,3TGZ,OEA,OEA/1,n,2025-06-01,2025-05-31,valid\n", ERR_SENSELESS, "line 6, to"},
        {TOP HEAD "carrier,mx.caat,3TGZ,OEA,OEA/1,n,2025-06-01,2025-06-01,Valid\n", ERR_MALFORMED, "line 6, status"},
        {TOP HEAD "carrier,mx.caat,3TGZ,OEA,OEA/1,a\"b,2025-06-01,2025-06-01,valid\n", ERR_MALFORMED, "line 6, name"},
        {TOP HEAD "carrier,mx.caat,3TGZ,OEA,OEA/1,\"a\"b,2025-06-01,2025-06-01,valid\n", ERR_MALFORMED, "line 6, name"},
        {TOP HEAD "carrier,mx.caat,3TGZ,OEA,OEA/1,\"a,2025-06-01,2025-06-01,valid\n", ERR_MALFORMED, "line 6, name"},
        {TOP HEAD "carrier,mx.caat,3TGZ,OEA,OEA/1,\"a\"\"\n", ERR_MALFORMED, "line 6, name"},
        {TOP HEAD "carrier,mx.caat,3TGZ,OEA,OEA/1,a\tb,2025-06-01,2025-06-01,valid\n", ERR_MALFORMED, "line 6"},
        {TOP HEAD "carrier,mx.caat,3TGZ,OEA,OEA/1,\xFF,2025-06-01,2025-06-01,valid\n", ERR_MALFORMED, "line 6"},
        {"\xEF\xBB\xBF" TOP HEAD ROW, ERR_MALFORMED, "issuer"},
        {TOP HEAD ROW ROW, ERR_CONFLICT, "line 7, value"},
        {TOP HEAD "carrier,mx.caat,3tgz,OEA,OEA/1,n,2025-06-01,2027-05-31,valid\n" ROW, ERR_CONFLICT, "line 7, value"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct roster out;
        struct why why = {0};
        enum err err = parse(f, signed_by(f, cases[i].text, "mx.sat"), &out, &why);
        if (err != cases[i].err || strcmp(why.member, cases[i].member) != 0) {
            print_message("case %zu: %d \"%s\": %s\n", i, err, why.member, why.text);
        }
        assert_int_equal(err, cases[i].err);
        assert_string_equal(why.member, cases[i].member);
    }
}

static void offsets_point_at_the_fault(void **state)
{
    struct fixture *f = *state;
    struct roster out;
    struct why why = {0};
    const char *text = TOP HEAD ROW "carrier,mx.caat,4TGZ,OEA,OEA/1,n,2025-06-01,NEVER,valid\n";
    assert_int_equal(parse(f, signed_by(f, text, "mx.sat"), &out, &why), ERR_MALFORMED);
    assert_int_equal(why.offset, strstr(text, "NEVER") - text);
}

static void fields_lines_and_rows_are_bounded(void **state)
{
    struct fixture *f = *state;
    struct roster out;
    struct buf text = BUF(ROSTER_BYTES_MAX * 2);
    for (size_t over = 0; over < 2; over++) {
        buf_clear(&text);
        buf_puts(&text, TOP HEAD "carrier,mx.caat,3TGZ,OEA,OEA/1,");
        for (size_t i = 0; i < ROSTER_FIELD_MAX + over; i++) buf_putc(&text, 'n');
        buf_puts(&text, ",2025-06-01,2027-05-31,valid\n");
        buf_putc(&text, '\0');
        assert_int_equal(parse(f, signed_by(f, text.p, "mx.sat"), &out, NULL), over ? ERR_TOO_LARGE : ERR_NONE);
    }
    buf_clear(&text);
    buf_puts(&text, TOP HEAD);
    for (size_t i = 0; i <= ROSTER_LINE_MAX; i++) buf_putc(&text, ',');
    buf_puts(&text, "\n");
    buf_putc(&text, '\0');
    assert_int_equal(parse(f, signed_by(f, text.p, "mx.sat"), &out, NULL), ERR_TOO_LARGE);
    buf_clear(&text);
    buf_puts(&text, TOP HEAD);
    for (unsigned i = 0; i < ROSTER_ROWS_MAX; i++) {
        buf_printf(&text, "importer,us.ior,%09u,OEA,OEA/%06u,n,2025-06-01,2027-05-31,valid\n", i + 1, i);
    }
    size_t end = text.n;
    buf_putc(&text, '\0');
    assert_int_equal(parse(f, signed_by(f, text.p, "mx.sat"), &out, NULL), ERR_NONE);
    assert_int_equal(out.count, ROSTER_ROWS_MAX);
    text.n = end;
    buf_puts(&text, "importer,us.ior,999999999,OEA,OEA/999999,n,2025-06-01,2027-05-31,valid\n");
    buf_putc(&text, '\0');
    assert_int_equal(parse(f, signed_by(f, text.p, "mx.sat"), &out, NULL), ERR_TOO_LARGE);
    struct str large = {calloc(1, ROSTER_BYTES_MAX + 1), ROSTER_BYTES_MAX + 1};
    assert_non_null(large.p);
    assert_int_equal(parse(f, large, &out, NULL), ERR_TOO_LARGE);
    free((void *)(uintptr_t)large.p);
    buf_free(&text);
}

static void small_memory_is_said_as_such(void **state)
{
    struct fixture *f = *state;
    struct str bytes = signed_by(f, TOP HEAD ROW, "mx.sat");
    size_t refused = 0;
    for (size_t cap = 0; cap < 1024; cap += 16) {
        struct arena small = ARENA(cap);
        struct roster out;
        enum err err = roster_parse(&small, bytes, &f->context, &out, NULL);
        if (err) {
            assert_int_equal(err, ERR_TOO_LARGE);
            refused++;
        }
        arena_free(&small);
    }
    assert_in_range(refused, 1, 63);
}

static void drafts_say_what_the_catalogue_says(void **state)
{
    struct fixture *f = *state;
    struct roster out;
    struct draft *draft, *row;
    struct why why = {0};
    struct buf text = BUF(1 << 16);
    assert_int_equal(parse(f, signed_by(f, TOP HEAD ROW, "mx.sat"), &out, NULL), ERR_NONE);
    draft = roster_draft(&f->arena, &out);
    assert_non_null(draft);
    assert_true(str_is(draft->kind, "roster"));
    assert_int_equal(draft->nre, 0);
    assert_int_equal(draft->at_ms, out.date_ms);
    const struct json *member = json_get(draft->members, "roster");
    assert_true(str_is(json_text(member, "date"), "2026-03-01"));
    assert_int_equal(json_text(member, "sha256").n, 64);
    assert_int_equal(member->count, 5);
    assert_int_equal(roster_row_draft(&f->arena, &out, 0, f->context.identifiers, &row, &why), ERR_NONE);
    assert_true(str_is(row->kind, "credential"));
    assert_int_equal(row->re[0]->noun, NOUN_CARRIER);
    assert_int_equal(row->re[0]->nids, 2);
    assert_true(str_is(row->re[0]->ids[1].scheme, "oea.id"));
    json_canonical(row->members, &text);
    assert_true(str_is(buf_str(&text),
                       "{\"credential\":{\"from\":\"2025-06-01T00:00:00.000Z\",\"id\":\"OEA/0123/2024\","
                       "\"issuer\":\"mx.sat\",\"programme\":\"OEA\",\"proof\":\"roster\",\"role\":\"carrier\","
                       "\"status\":\"valid\",\"to\":\"2027-05-31T23:59:59.999Z\"}}"));
    assert_int_equal(draft_seal(&f->arena, row, &why), ERR_NONE);
    assert_int_equal(draft_seal(&f->arena, draft, &why), ERR_NONE);
    buf_free(&text);
}

static void signing_refuses_what_cannot_be_signed(void **state)
{
    struct fixture *f = *state;
    struct buf out = BUF(1 << 16);
    assert_int_equal(roster_sign(STR("x"), STR("mx.sat"), &f->key, &out, NULL), ERR_SENSELESS);
    assert_int_equal(roster_sign(STR(""), STR("mx.sat"), &f->key, &out, NULL), ERR_SENSELESS);
    assert_int_equal(roster_sign(STR("x\n"), STR("mx sat"), &f->key, &out, NULL), ERR_USAGE);
    assert_int_equal(roster_sign(signed_by(f, TOP HEAD, "mx.sat"), STR("mx.sat"), &f->key, &out, NULL), ERR_SENSELESS);
    assert_int_equal(out.n, 0);
    buf_free(&out);
}

static enum err judge_sample(void *context, struct arena *arena, struct str bytes, struct why *why)
{
    const struct fixture *f = context;
    struct roster out;
    return roster_parse(arena, bytes, &f->context, &out, why);
}

static void samples_are_judged_as_filed(void **state)
{
    size_t wrong, held = samples_judge("roster", judge_sample, *state, &wrong);
    assert_int_equal(wrong, 0);
    assert_in_range(held, 8, 1000);
}

#define with_fixture(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_fixture(what_is_signed_is_read),
        with_fixture(crlf_and_empty_rosters_are_read),
        with_fixture(every_flipped_bit_is_refused),
        with_fixture(only_trusted_keys_of_the_issuer_sign),
        with_fixture(a_stale_roster_is_refused),
        with_fixture(faults_name_line_and_column),
        with_fixture(offsets_point_at_the_fault),
        with_fixture(fields_lines_and_rows_are_bounded),
        with_fixture(small_memory_is_said_as_such),
        with_fixture(drafts_say_what_the_catalogue_says),
        with_fixture(signing_refuses_what_cannot_be_signed),
        with_fixture(samples_are_judged_as_filed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
