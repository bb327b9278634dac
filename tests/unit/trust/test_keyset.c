// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "trust/keyset.h"

#include <stdlib.h>

struct fixture {
    struct arena arena;
    struct ed25519_key party;
    struct keyset keyset;
    struct buf document;
};

static struct str vkey(struct arena *arena, const char *name, enum note_type type)
{
    struct ed25519_key key;
    struct buf out = BUF(1024);
    static const uint8_t seed[32] = {3};
    ed25519_from_seed(seed, &key);
    struct note_key note = note_key_make(str_of(name), type, key.public);
    note_key_format(&note, &out);
    struct str s = arena_str(arena, buf_str(&out));
    buf_free(&out);
    return s;
}

static int set_up(void **state)
{
    struct fixture *f = malloc(sizeof *f);
    if (!f) return -1;
    *f = (struct fixture){.arena = ARENA(1 << 20), .document = BUF(KEYSET_MAX)};
    static const uint8_t seed[32] = {9};
    ed25519_from_seed(seed, &f->party);
    f->keyset = (struct keyset){
        .party = STR("mx.anam"),
        .log = vkey(&f->arena, "mx.anam", NOTE_ED25519),
        .witness = vkey(&f->arena, "mx.anam/witness", NOTE_COSIGNATURE),
        .agreement = vkey(&f->arena, "mx.anam/agreements", NOTE_ED25519),
        .tls = STR("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    };
    assert_true(time_parse_ms(STR("2026-03-01T00:00:00.000Z"), &f->keyset.from_ms));
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    arena_free(&f->arena);
    buf_free(&f->document);
    free(f);
    return 0;
}

static void make(struct fixture *f)
{
    struct why why = {0};
    buf_clear(&f->document);
    assert_int_equal(keyset_make(&f->keyset, &f->party, &f->document, &why), ERR_NONE);
}

static enum err verify(struct fixture *f, struct keyset *out, struct why *why)
{
    return keyset_verify(&f->arena, buf_str(&f->document), f->party.public, out, why);
}

static void what_is_made_verifies(void **state)
{
    struct fixture *f = *state;
    struct keyset_compromise lost[2] = {{f->keyset.log, 17}, {f->keyset.tls, (uint64_t)1 << 53}};
    struct keyset out;
    make(f);
    assert_int_equal(verify(f, &out, NULL), ERR_NONE);
    assert_true(str_is(out.party, "mx.anam"));
    assert_int_equal(out.from_ms, f->keyset.from_ms);
    assert_true(str_eq(out.log, f->keyset.log));
    assert_true(str_eq(out.witness, f->keyset.witness));
    assert_true(str_eq(out.agreement, f->keyset.agreement));
    assert_true(str_eq(out.tls, f->keyset.tls));
    assert_int_equal(out.ncompromised, 0);
    f->keyset.compromised = lost;
    f->keyset.ncompromised = 2;
    make(f);
    assert_int_equal(verify(f, &out, NULL), ERR_NONE);
    assert_int_equal(out.ncompromised, 2);
    assert_int_equal(out.compromised[0].since, 17);
    assert_true(str_eq(out.compromised[1].key, f->keyset.tls));
    assert_int_equal(out.compromised[1].since, (uint64_t)1 << 53);
}

static void every_flipped_bit_is_refused(void **state)
{
    struct fixture *f = *state;
    make(f);
    for (size_t bit = 0; bit < f->document.n * 8; bit++) {
        struct arena arena = ARENA(1 << 18);
        struct keyset out;
        f->document.p[bit / 8] = (char)(f->document.p[bit / 8] ^ (1 << (bit % 8)));
        assert_int_not_equal(keyset_verify(&arena, buf_str(&f->document), f->party.public, &out, NULL), ERR_NONE);
        f->document.p[bit / 8] = (char)(f->document.p[bit / 8] ^ (1 << (bit % 8)));
        arena_free(&arena);
    }
}

static void another_party_key_is_refused(void **state)
{
    struct fixture *f = *state;
    struct keyset out;
    struct ed25519_key other;
    ed25519_generate(&other);
    make(f);
    assert_int_equal(keyset_verify(&f->arena, buf_str(&f->document), other.public, &out, NULL), ERR_UNTRUSTED);
}

static void only_the_canonical_form_is_read(void **state)
{
    struct fixture *f = *state;
    struct keyset out;
    make(f);
    struct buf spaced = BUF(KEYSET_MAX), more = BUF(KEYSET_MAX);
    buf_putc(&spaced, ' ');
    buf_str_add(&spaced, buf_str(&f->document));
    assert_int_equal(keyset_verify(&f->arena, buf_str(&spaced), f->party.public, &out, NULL), ERR_MALFORMED);
    buf_puts(&more, "{\"also\":1,");
    buf_str_add(&more, str_from(buf_str(&f->document), 1));
    assert_int_equal(keyset_verify(&f->arena, buf_str(&more), f->party.public, &out, NULL), ERR_MALFORMED);
    buf_free(&spaced);
    buf_free(&more);
}

static void keys_of_the_wrong_type_are_not_signed(void **state)
{
    struct fixture *f = *state;
    struct str *const fields[] = {&f->keyset.log, &f->keyset.witness, &f->keyset.agreement, &f->keyset.tls,
                                  &f->keyset.party};
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        struct str kept = *fields[i];
        *fields[i] = i == 1 ? f->keyset.log : i == 4 ? STR("mx anam") : f->keyset.witness;
        assert_int_equal(keyset_make(&f->keyset, &f->party, &f->document, NULL), ERR_SENSELESS);
        *fields[i] = STR_NONE;
        assert_int_equal(keyset_make(&f->keyset, &f->party, &f->document, NULL), ERR_SENSELESS);
        *fields[i] = kept;
    }
    make(f);
}

static void refuses_malformed_documents(void **state)
{
    struct fixture *f = *state;
    static const char *const bad[] = {
        "",
        "{}",
        "[]",
        "{\"v\":2}",
        "{\"v\":1,\"party\":\"a\",\"from\":\"x\"}",
        "{\"compromised\":[],\"from\":\"2026-03-01T00:00:00.000Z\",\"party\":\"a\",\"v\":1}"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct keyset out;
        assert_int_equal(keyset_verify(&f->arena, str_of(bad[i]), f->party.public, &out, NULL), ERR_MALFORMED);
    }
    struct keyset out;
    char *large = calloc(1, KEYSET_MAX + 1);
    assert_non_null(large);
    assert_int_equal(keyset_verify(&f->arena, (struct str){large, KEYSET_MAX + 1}, f->party.public, &out, NULL),
                     ERR_TOO_LARGE);
    free(large);
}

static void lists_of_compromised_keys_are_bounded(void **state)
{
    struct fixture *f = *state;
    struct keyset_compromise lost[KEYSET_COMPROMISED_MAX + 1];
    struct keyset out;
    for (size_t i = 0; i <= KEYSET_COMPROMISED_MAX; i++) lost[i] = (struct keyset_compromise){f->keyset.tls, i};
    f->keyset.compromised = lost;
    f->keyset.ncompromised = KEYSET_COMPROMISED_MAX;
    make(f);
    assert_int_equal(verify(f, &out, NULL), ERR_NONE);
    assert_int_equal(out.ncompromised, KEYSET_COMPROMISED_MAX);
    f->keyset.ncompromised++;
    assert_int_equal(keyset_make(&f->keyset, &f->party, &f->document, NULL), ERR_TOO_LARGE);
}

static void fingerprints_are_lower_case_hexadecimal(void **state)
{
    struct fixture *f = *state;
    static const char *const bad[] = {"E3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                                      "g3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                                      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b85",
                                      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b8555"};
    for (size_t i = 0; i < 4; i++) {
        f->keyset.tls = str_of(bad[i]);
        assert_int_equal(keyset_make(&f->keyset, &f->party, &f->document, NULL), ERR_SENSELESS);
    }
}

static void signatures_of_another_length_are_malformed(void **state)
{
    struct fixture *f = *state;
    struct keyset out;
    make(f);
    char *at = memmem(f->document.p, f->document.n, "\"signature\":\"", 13);
    assert_non_null(at);
    // Four letters are three bytes fewer.
    size_t tail = (size_t)(f->document.p + f->document.n - (at + 18));
    memmove(at + 14, at + 18, tail);
    f->document.n -= 4;
    struct why why = {0};
    assert_int_equal(verify(f, &out, &why), ERR_MALFORMED);
    assert_string_equal(why.member, "/signature");
}

static void a_full_arena_is_said_as_such(void **state)
{
    struct fixture *f = *state;
    size_t refused = 0;
    make(f);
    for (size_t cap = 0; cap < 16384; cap += 128) {
        struct arena small = ARENA(cap);
        struct keyset out;
        enum err err = keyset_verify(&small, buf_str(&f->document), f->party.public, &out, NULL);
        if (err) {
            assert_int_equal(err, ERR_TOO_LARGE);
            refused++;
        }
        arena_free(&small);
    }
    assert_in_range(refused, 1, 127);
    struct buf tiny = BUF(16);
    assert_int_not_equal(keyset_make(&f->keyset, &f->party, &tiny, NULL), ERR_NONE);
    buf_free(&tiny);
}

#define with_fixture(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_fixture(what_is_made_verifies),
        with_fixture(every_flipped_bit_is_refused),
        with_fixture(another_party_key_is_refused),
        with_fixture(only_the_canonical_form_is_read),
        with_fixture(keys_of_the_wrong_type_are_not_signed),
        with_fixture(refuses_malformed_documents),
        with_fixture(lists_of_compromised_keys_are_bounded),
        with_fixture(fingerprints_are_lower_case_hexadecimal),
        with_fixture(signatures_of_another_length_are_malformed),
        with_fixture(a_full_arena_is_said_as_such),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
