// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/json.h"
#include "base/text.h"
#include "filed_samples.h"
#include "trust/note.h"

#define DASH "\xE2\x80\x94 "

static int arena_new_state(void **state)
{
    struct arena *arena = malloc(sizeof *arena);
    if (!arena) return -1;
    *arena = ARENA((size_t)64 << 20);
    *state = arena;
    return 0;
}

static int arena_end_state(void **state)
{
    arena_free(*state);
    free(*state);
    return 0;
}

// The vectors that were taken out of other implementations, or skips the test.
static const struct json *vectors(struct arena *arena)
{
    struct str file = shared_file(arena, "tlog/extracted-vectors.json");
    if (!file.p) skip();
    struct why why = {0};
    struct json *all = json_parse(arena, file, &why);
    assert_non_null(all);
    return all;
}

static struct note_key key_of(struct str vkey)
{
    struct note_key key;
    struct why why = {0};
    assert_int_equal(note_key_parse(vkey, &key, &why), ERR_NONE);
    return key;
}

// Parse and verify; at most 4 keys.
static enum err open_note(struct arena *arena, struct str bytes, const struct note_key *keys, size_t nkeys,
                          size_t *verified, struct note *note, struct why *why)
{
    struct note_verdict verdicts[4];
    enum err err = note_parse(arena, bytes, note, why);
    return err ? err : note_verify(note, keys, nkeys, verdicts, verified, why);
}

static const uint8_t seed[32] = {0x11};

static struct str signed_note(struct arena *arena, struct str text)
{
    struct ed25519_key key;
    struct buf out = BUF(NOTE_MAX);
    ed25519_from_seed(seed, &key);
    buf_str_add(&out, text);
    buf_putc(&out, '\n');
    note_sign(STR("mx.anam"), &key, text, &out);
    note_cosign(STR("us.cbp"), &key, 1772373909, text, &out);
    assert_false(out.failed);
    struct str s = arena_str(arena, buf_str(&out));
    buf_free(&out);
    return s;
}

static size_t own_keys(struct note_key keys[2])
{
    struct ed25519_key key;
    ed25519_from_seed(seed, &key);
    keys[0] = note_key_make(STR("mx.anam"), NOTE_ED25519, key.public);
    keys[1] = note_key_make(STR("us.cbp"), NOTE_COSIGNATURE, key.public);
    return 2;
}

static void what_is_signed_verifies(void **state)
{
    struct arena *arena = *state;
    struct note_key keys[2];
    struct note_verdict verdicts[2];
    struct note note;
    struct why why = {0};
    size_t verified;
    struct str bytes = signed_note(arena, STR("a\n\nb\n"));
    assert_int_equal(note_parse(arena, bytes, &note, &why), ERR_NONE);
    assert_true(str_is(note.text, "a\n\nb\n"));
    assert_int_equal(note.count, 2);
    assert_int_equal(note_verify(&note, keys, own_keys(keys), verdicts, &verified, &why), ERR_NONE);
    assert_int_equal(verified, 2);
    assert_int_equal(verdicts[1].time_s, 1772373909);
    assert_int_equal(verdicts[0].time_s, 0);
    // The two types are not taken for each other.
    keys[0].type = NOTE_COSIGNATURE;
    assert_int_equal(note_verify(&note, keys, 1, verdicts, &verified, &why), ERR_UNTRUSTED);
}

static void every_flipped_bit_is_refused_or_ignored(void **state)
{
    struct arena *arena = *state;
    struct note_key keys[2];
    struct note_verdict verdicts[2];
    size_t nkeys = own_keys(keys), verified;
    struct str bytes = signed_note(arena, STR("origin\n5\nAAAA\n"));
    char *p = (char *)(uintptr_t)bytes.p;
    for (size_t bit = 0; bit < bytes.n * 8; bit++) {
        struct arena inner = ARENA(1 << 20);
        struct note note;
        p[bit / 8] = (char)(p[bit / 8] ^ (1 << (bit % 8)));
        bool both = note_parse(&inner, bytes, &note, NULL) == ERR_NONE &&
                    note_verify(&note, keys, nkeys, verdicts, &verified, NULL) == ERR_NONE && verified == 2;
        assert_false(both);
        p[bit / 8] = (char)(p[bit / 8] ^ (1 << (bit % 8)));
        arena_free(&inner);
    }
}

static void refuses_malformed_notes(void **state)
{
    struct arena *arena = *state;
#define SIG DASH "n AAAAAAA=\n"
    static const struct {
        const char *note;
        enum err err;
    } cases[] = {
        {"t\n\n" SIG, ERR_NONE},
        {"\n\n" SIG, ERR_NONE},
        {"t\n\n\n" SIG, ERR_NONE},
        {"", ERR_MALFORMED},
        {"\n", ERR_MALFORMED},
        {"\n\n", ERR_MALFORMED},
        {"t\n" SIG, ERR_MALFORMED},
        {"t\n\n", ERR_MALFORMED},
        {"t\n\n" SIG "\n", ERR_MALFORMED},
        {"t\n\n" DASH "n AAAAAAA=", ERR_MALFORMED},
        {"t\n\n" DASH "n AAAAAA==\n", ERR_MALFORMED},
        {"t\n\n" DASH "n AAAAAAA\n", ERR_MALFORMED},
        {"t\n\n" DASH "n  AAAAAAA=\n", ERR_MALFORMED},
        {"t\n\n" DASH "n AAAAAAA= \n", ERR_MALFORMED},
        {"t\n\n" DASH "n AAAAAAB=\n", ERR_MALFORMED},
        {"t\n\n" DASH " AAAAAAA=\n", ERR_MALFORMED},
        {"t\n\n" DASH "n+m AAAAAAA=\n", ERR_MALFORMED},
        {"t\n\n" DASH "n\xC2\xA0m AAAAAAA=\n", ERR_MALFORMED},
        {"t\n\n" DASH "n\xE3\x80\x80 AAAAAAA=\n", ERR_MALFORMED},
        {"t\n\n" DASH "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x9A\x9A AAAAAAA=\n", ERR_NONE},
        {"t\n\n- n AAAAAAA=\n", ERR_MALFORMED},
        {"t\n\n" SIG "x\n", ERR_MALFORMED},
        {"t\tx\n\n" SIG, ERR_MALFORMED},
        {"t\r\n\n" SIG, ERR_MALFORMED},
        {"t\xFF\n\n" SIG, ERR_MALFORMED},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct note note;
        struct why why = {0};
        enum err err = note_parse(arena, str_of(cases[i].note), &note, &why);
        if (err != cases[i].err) print_message("case %zu: %s\n", i, why.text);
        assert_int_equal(err, cases[i].err);
    }
}

static void bounds_lines_and_bytes(void **state)
{
    struct arena *arena = *state;
    struct buf out = BUF(4 * NOTE_MAX);
    struct note note;
    buf_puts(&out, "t\n\n");
    for (size_t i = 0; i < NOTE_SIGNATURES_MAX; i++) buf_puts(&out, SIG);
    assert_int_equal(note_parse(arena, buf_str(&out), &note, NULL), ERR_NONE);
    assert_int_equal(note.count, NOTE_SIGNATURES_MAX);
    buf_puts(&out, SIG);
    assert_int_equal(note_parse(arena, buf_str(&out), &note, NULL), ERR_TOO_LARGE);
    buf_clear(&out);
    while (out.n < NOTE_MAX - 17) buf_putc(&out, 'a');
    buf_puts(&out, "\n\n" SIG);
    assert_int_equal(out.n, NOTE_MAX);
    assert_int_equal(note_parse(arena, buf_str(&out), &note, NULL), ERR_NONE);
    buf_puts(&out, SIG);
    assert_int_equal(note_parse(arena, buf_str(&out), &note, NULL), ERR_TOO_LARGE);
    buf_free(&out);
}

static void an_arena_that_is_full_is_said_as_such(void **state)
{
    (void)state;
    struct arena small = ARENA(16);
    struct note note;
    assert_int_equal(note_parse(&small, STR("t\n\n" SIG), &note, NULL), ERR_TOO_LARGE);
    arena_free(&small);
    small = ARENA(sizeof(struct note_signature) + 2);
    assert_int_equal(note_parse(&small, STR("t\n\n" SIG), &note, NULL), ERR_TOO_LARGE);
    arena_free(&small);
}

static void the_same_name_or_id_alone_is_another_key(void **state)
{
    struct arena *arena = *state;
    struct note_key keys[2];
    struct note note;
    size_t verified;
    own_keys(keys);
    struct str bytes = signed_note(arena, STR("t\n"));
    keys[0].id ^= 1;
    keys[1].name = STR("us.cbx");
    assert_int_equal(open_note(arena, bytes, keys, 2, &verified, &note, NULL), ERR_UNTRUSTED);
    assert_int_equal(verified, 0);
    own_keys(keys);
    keys[0].id ^= 1;
    assert_int_equal(open_note(arena, bytes, keys, 2, &verified, &note, NULL), ERR_NONE);
    assert_int_equal(verified, 1);
}

static void opens_the_notes_of_x_mod(void **state)
{
    struct arena *arena = *state;
    size_t cases = 0;
    json_each(c, json_pointer(vectors(arena), "/note/open_cases"))
    {
        struct note_key keys[4];
        size_t nkeys = 0, verified = 0;
        struct note note;
        struct why why = {0};
        struct str expect = json_text(c, "expect");
        json_each(v, json_get(c, "vkeys")) keys[nkeys++] = key_of(v->text);
        enum err err = open_note(arena, json_text(c, "note"), keys, nkeys, &verified, &note, &why);
        if (str_starts(expect, "ok verified=")) {
            assert_int_equal(err, ERR_NONE);
            assert_int_equal(verified, (size_t)(expect.p[12] - '0'));
        } else if (str_starts(expect, "error: malformed note (x/mod limit")) {
            assert_int_equal(err, ERR_TOO_LARGE);
        } else if (str_starts(expect, "error: malformed")) {
            assert_int_equal(err, ERR_MALFORMED);
        } else {
            assert_true(str_starts(expect, "error: "));
            assert_int_equal(err, ERR_UNTRUSTED);
            assert_true(strstr(why.text, str_starts(expect, "error: invalid") ? "invalid signature" : "no signature") !=
                        NULL);
        }
        cases++;
    }
    assert_int_equal(cases, 17);
}

static void reads_good_vkeys_and_refuses_bad_ones(void **state)
{
    struct arena *arena = *state;
    const struct json *all = vectors(arena);
    json_each(v, json_pointer(all, "/note/good_vkeys"))
    {
        struct note_key key = key_of(v->text);
        struct buf out = BUF(1024);
        note_key_format(&key, &out);
        assert_true(str_eq(buf_str(&out), v->text));
        buf_free(&out);
    }
    size_t bad = 0;
    json_each(v, json_pointer(all, "/note/bad_vkeys"))
    {
        struct note_key key;
        assert_int_not_equal(note_key_parse(v->text, &key, NULL), ERR_NONE);
        bad++;
    }
    assert_int_equal(bad, 17);
    struct note_key key = key_of(json_text(json_pointer(all, "/sigsum/vkey_keyid"), "vkey"));
    assert_int_equal(key.type, NOTE_COSIGNATURE);
}

static void says_why_a_vkey_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *vkey;
        enum err err;
    } cases[] = {
        {"PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", ERR_NONE},
        {"PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", ERR_NONE},
        {"PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", ERR_SENSELESS},
        {"PeterNeumann+c74f20a3+Ahpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", ERR_UNSUPPORTED},
        {"PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWAA==", ERR_MALFORMED},
        {"+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", ERR_MALFORMED},
        {"Peter Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", ERR_MALFORMED},
        {"PeterNeumann", ERR_MALFORMED},
        {"", ERR_MALFORMED},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct note_key key;
        assert_int_equal(note_key_parse(str_of(cases[i].vkey), &key, NULL), cases[i].err);
    }
}

static void signs_as_x_mod(void **state)
{
    struct arena *arena = *state;
    const struct json *note = json_get(vectors(arena), "note");
    struct note_key key;
    struct ed25519_key secret;
    struct str text = json_pointer(note, "/deterministic_sign/text")->text;
    assert_int_equal(note_secret_parse(json_text(note, "skey"), &key, &secret, NULL), ERR_NONE);
    struct buf out = BUF(4096);
    buf_str_add(&out, text);
    buf_putc(&out, '\n');
    note_sign(key.name, &secret, text, &out);
    assert_true(str_eq(buf_str(&out), json_pointer(note, "/deterministic_sign/note")->text));
    buf_clear(&out);
    note_secret_format(&key, &secret, &out);
    assert_true(str_eq(buf_str(&out), json_text(note, "skey")));
    buf_free(&out);
    char other[256];
    snprintf(other, sizeof other, "%.*s", STR_ARG(json_text(note, "skey")));
    other[strlen(other) - 3] ^= 1;
    assert_int_equal(note_secret_parse(str_of(other), &key, &secret, NULL), ERR_SENSELESS);
}

static void opens_real_checkpoints_and_cosignatures(void **state)
{
    struct arena *arena = *state;
    const struct json *all = vectors(arena);
    static const struct {
        const char *vkey, *note;
    } cases[] = {
        {"/c2sp_signed_note_example/vkey", "/c2sp_signed_note_example/note"},
        {"/cosignature_v1_real/witness_vkey", "/cosignature_v1_real/witness_checkpoint"},
        {"/cosignature_v1_real/mirror_vkey", "/cosignature_v1_real/mirror_checkpoint"},
        {"/witness/log_vkey", "/witness/checkpoint_5"},
        {"/witness/log_vkey", "/witness/checkpoint_8"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct note_key key = key_of(json_pointer(all, cases[i].vkey)->text);
        struct str bytes = json_pointer(all, cases[i].note)->text;
        struct note note;
        struct note_verdict verdict;
        struct why why = {0};
        assert_int_equal(note_parse(arena, bytes, &note, &why), ERR_NONE);
        assert_int_equal(note_verify(&note, &key, 1, &verdict, NULL, &why), ERR_NONE);
        // 2026-01-01T00:00:00Z in the cosigned ones.
        assert_int_equal(verdict.time_s, key.type == NOTE_COSIGNATURE ? 1767139200 : 0);
    }
}

static void signs_a_checkpoint_as_sigsum(void **state)
{
    struct arena *arena = *state;
    const struct json *sigsum = json_get(vectors(arena), "sigsum");
    struct str checkpoint = json_text(sigsum, "checkpoint");
    struct note note;
    uint8_t bytes[32];
    size_t n;
    struct ed25519_key key;
    assert_true(hex_decode(json_text(sigsum, "ed25519_seed_hex"), bytes, 32, &n));
    ed25519_from_seed(bytes, &key);
    assert_int_equal(note_parse(arena, checkpoint, &note, NULL), ERR_NONE);
    struct buf out = BUF(4096);
    buf_str_add(&out, note.text);
    buf_putc(&out, '\n');
    note_sign(note.signatures[0].name, &key, note.text, &out);
    assert_true(str_eq(buf_str(&out), checkpoint));
    buf_free(&out);
}

static void refuses_a_cosignature_time_over_63_bits(void **state)
{
    struct arena *arena = *state;
    const struct json *parse = json_pointer(vectors(arena), "/sigsum/cosignature_parse");
    struct buf out = BUF(4096);
    buf_puts(&out, "t\n\n");
    buf_str_add(&out, json_text(parse, "line"));
    struct note note;
    struct note_verdict verdict;
    assert_int_equal(note_parse(arena, buf_str(&out), &note, NULL), ERR_NONE);
    assert_int_equal(note.signatures[0].id, 0x75e69d6d);
    struct note_key key = {.name = STR("example.org/witness-key"), .id = 0x75e69d6d, .type = NOTE_COSIGNATURE};
    assert_int_equal(note_verify(&note, &key, 1, &verdict, NULL, NULL), ERR_UNTRUSTED);
    buf_free(&out);
}

static void opens_every_checkpoint_of_a_tessera_log(void **state)
{
    struct arena *arena = *state;
    struct note_key key = key_of(json_text(json_get(vectors(arena), "tessera_log"), "vkey"));
    for (int i = 0; i <= 15; i++) {
        char path[128];
        snprintf(path, sizeof path, "tlog/transparency-dev-tessera/testdata/log/checkpoint.%d", i);
        struct note note;
        size_t verified;
        assert_int_equal(open_note(arena, shared_file(arena, path), &key, 1, &verified, &note, NULL), ERR_NONE);
        assert_int_equal(verified, 1);
    }
}

static void names_are_bounded_and_hold_no_space_of_any_script(void **state)
{
    (void)state;
    static const char *const spaces[] = {"\t",
                                         "\r",
                                         " ",
                                         "+",
                                         "\xC2\x85",
                                         "\xC2\xA0",
                                         "\xE1\x9A\x80",
                                         "\xE2\x80\x80",
                                         "\xE2\x80\x8A",
                                         "\xE2\x80\xA8",
                                         "\xE2\x80\xA9",
                                         "\xE2\x80\xAF",
                                         "\xE2\x81\x9F",
                                         "\xE3\x80\x80",
                                         "\x1F",
                                         "\xFF"};
    char name[300];
    for (size_t i = 0; i < sizeof spaces / sizeof spaces[0]; i++) {
        snprintf(name, sizeof name, "a%sb", spaces[i]);
        if (note_name_valid(str_of(name))) print_message("space %zu is let in\n", i);
        assert_false(note_name_valid(str_of(name)));
    }
    // Neighbours of spaces, and the first and last characters of each length in UTF-8.
    assert_true(
        note_name_valid(STR("\xE2\x80\x8B\xE2\x80\xA7\xC2\x80\xDF\xBF\xE0\xA0\x80\xF0\x90\x80\x80\xF4\x8F\xBF\xBF!")));
    memset(name, 'n', sizeof name);
    assert_true(note_name_valid((struct str){name, NOTE_NAME_MAX}));
    assert_false(note_name_valid((struct str){name, NOTE_NAME_MAX + 1}));
    assert_false(note_name_valid(STR("")));
}

static void only_whole_lines_of_plain_text_are_signed(void **state)
{
    (void)state;
    assert_true(note_text_valid(STR("t\n")));
    assert_false(note_text_valid(STR("t")));
    assert_false(note_text_valid(STR("")));
    assert_false(note_text_valid(STR("t\t\n")));
    char *large = malloc(NOTE_MAX);
    assert_non_null(large);
    memset(large, '\n', NOTE_MAX);
    assert_true(note_text_valid((struct str){large, NOTE_MAX - 512}));
    assert_false(note_text_valid((struct str){large, NOTE_MAX - 511}));
    free(large);
}

// A line whose bytes are too few or too many is no signature of that key; the latest of two cosignatures counts.
static void cosignatures_have_one_length_and_the_latest_counts(void **state)
{
    (void)state;
    struct ed25519_key key;
    struct note_key keys[2];
    struct note_verdict verdicts[2];
    own_keys(keys);
    ed25519_from_seed(seed, &key);
    static const uint64_t times[] = {7, 1772373909, 9};
    struct note_signature signatures[3];
    uint8_t bytes[3][80];
    for (size_t i = 0; i < 3; i++) {
        struct buf line = BUF(1024);
        size_t n;
        note_cosign(STR("us.cbp"), &key, times[i], STR("t\n"), &line);
        struct str text = str_from((struct str){line.p, line.n - 1}, sizeof DASH "us.cbp");
        assert_true(base64_decode(text, bytes[i], sizeof bytes[i], &n));
        assert_int_equal(n, 76);
        signatures[i] = (struct note_signature){keys[1].name, keys[1].id, {(const char *)bytes[i] + 4, 72}, text};
        buf_free(&line);
    }
    struct note note = {STR("t\n"), signatures, 3};
    assert_int_equal(note_verify(&note, keys, 2, verdicts, NULL, NULL), ERR_NONE);
    assert_false(verdicts[0].verified);
    assert_int_equal(verdicts[1].time_s, 1772373909);
    static const size_t lengths[] = {0, 7, 8, 71, 73, 76};
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        signatures[2].bytes.n = lengths[i];
        assert_int_equal(note_verify(&note, keys, 2, verdicts, NULL, NULL), ERR_UNTRUSTED);
    }
}

static enum err judge_sample(void *context, struct arena *arena, struct str bytes, struct why *why)
{
    struct note_key keys[2];
    struct note note;
    (void)context;
    return open_note(arena, bytes, keys, own_keys(keys), NULL, &note, why);
}

static void samples_are_judged_as_filed(void **state)
{
    size_t wrong, held = samples_judge("note", judge_sample, *state, &wrong);
    assert_int_equal(wrong, 0);
    assert_in_range(held, 8, 1000);
}

#define with_arena(f) cmocka_unit_test_setup_teardown(f, arena_new_state, arena_end_state)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_arena(what_is_signed_verifies),
        with_arena(every_flipped_bit_is_refused_or_ignored),
        with_arena(refuses_malformed_notes),
        with_arena(bounds_lines_and_bytes),
        with_arena(an_arena_that_is_full_is_said_as_such),
        with_arena(the_same_name_or_id_alone_is_another_key),
        with_arena(says_why_a_vkey_is_refused),
        with_arena(samples_are_judged_as_filed),
        with_arena(names_are_bounded_and_hold_no_space_of_any_script),
        with_arena(only_whole_lines_of_plain_text_are_signed),
        with_arena(cosignatures_have_one_length_and_the_latest_counts),
        with_arena(opens_the_notes_of_x_mod),
        with_arena(reads_good_vkeys_and_refuses_bad_ones),
        with_arena(signs_as_x_mod),
        with_arena(opens_real_checkpoints_and_cosignatures),
        with_arena(signs_a_checkpoint_as_sigsum),
        with_arena(refuses_a_cosignature_time_over_63_bits),
        with_arena(opens_every_checkpoint_of_a_tessera_log),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
