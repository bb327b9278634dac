// SPDX-License-Identifier: Apache-2.0
#include "ledger/checkpoint.h"

#include "base/json.h"
#include "shared_data.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define ROOT "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="

static void a_text_is_read_as_it_is_written(void **state)
{
    (void)state;
    const char *const texts[] = {"us.cbp\n70000\n" ROOT "\n", "go.sum database tree\n0\n" ROOT "\n",
                                 "us.cbp/shard-07\n4611686018427387904\n" ROOT "\n",
                                 "x\n1\n" ROOT "\nextension\nanother one\n"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct checkpoint checkpoint;
        struct why why = {0};
        struct buf back = BUF(4096);
        assert_int_equal(checkpoint_parse(str_of(texts[i]), &checkpoint, &why), ERR_NONE);
        assert_int_equal(checkpoint.root[0], 0x0a);
        assert_int_equal(checkpoint.root[31], 0x62);
        checkpoint_text(&checkpoint, &back);
        assert_true(str_is(buf_str(&back), texts[i]));
        buf_free(&back);
    }
}

static void refuses_what_it_would_not_write(void **state)
{
    (void)state;
    const struct {
        const char *text, *member;
        enum err err;
    } bad[] = {
        {"", "origin", ERR_MALFORMED},
        {"us.cbp", "origin", ERR_MALFORMED},
        {"\n1\n" ROOT "\n", "origin", ERR_MALFORMED},
        {"us.cbp\n", "size", ERR_MALFORMED},
        {"us.cbp\n\n" ROOT "\n", "size", ERR_MALFORMED},
        {"us.cbp\n01\n" ROOT "\n", "size", ERR_MALFORMED},
        {"us.cbp\n-1\n" ROOT "\n", "size", ERR_MALFORMED},
        {"us.cbp\n+1\n" ROOT "\n", "size", ERR_MALFORMED},
        {"us.cbp\n1 \n" ROOT "\n", "size", ERR_MALFORMED},
        {"us.cbp\n0x1\n" ROOT "\n", "size", ERR_MALFORMED},
        {"us.cbp\n18446744073709551616\n" ROOT "\n", "size", ERR_MALFORMED},
        {"us.cbp\n4611686018427387905\n" ROOT "\n", "size", ERR_TOO_LARGE},
        {"us.cbp\n1\n", "root", ERR_MALFORMED},
        {"us.cbp\n1\n" ROOT, "root", ERR_MALFORMED},
        {"us.cbp\n1\n\n" ROOT "\n", "root", ERR_MALFORMED},
        {"us.cbp\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I\n", "root", ERR_MALFORMED},
        {"us.cbp\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2J=\n", "root", ERR_MALFORMED},
        {"us.cbp\n1\nCsUYapGGPo4dkMgIAUqom_Xajj7h2fB2MPA3j2jxq2I=\n", "root", ERR_MALFORMED},
        {"us.cbp\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jx\n", "root", ERR_MALFORMED},
        {"us.cbp\n1\n" ROOT "\r\n", "root", ERR_MALFORMED},
        {"us.cbp\n1\n" ROOT "\n\n", "extension", ERR_MALFORMED},
        {"us.cbp\n1\n" ROOT "\none\n\ntwo\n", "extension", ERR_MALFORMED},
        {"us.cbp\n1\n" ROOT "\none", "extension", ERR_MALFORMED},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct checkpoint checkpoint;
        struct why why = {0};
        if (checkpoint_parse(str_of(bad[i].text), &checkpoint, &why) != bad[i].err) fail_msg("took %s", bad[i].text);
        assert_string_equal(why.member, bad[i].member);
        assert_int_not_equal(why.text[0], 0);
    }
}

static void refuses_an_origin_over_its_limit(void **state)
{
    (void)state;
    char text[400];
    memset(text, 'a', sizeof text);
    for (size_t n = CHECKPOINT_ORIGIN_MAX; n <= CHECKPOINT_ORIGIN_MAX + 1; n++) {
        struct checkpoint checkpoint;
        snprintf(text + n, sizeof text - n, "\n1\n" ROOT "\n");
        assert_int_equal(checkpoint_parse(str_of(text), &checkpoint, NULL),
                         n == CHECKPOINT_ORIGIN_MAX ? ERR_NONE : ERR_TOO_LARGE);
        memset(text, 'a', sizeof text);
    }
}

static void what_a_log_signs_its_key_verifies(void **state)
{
    (void)state;
    struct arena arena = ARENA(1 << 20);
    struct ed25519_key secret;
    uint8_t seed[ED25519_SEED] = {7};
    ed25519_from_seed(seed, &secret);
    struct note_key key = note_key_make(STR("us.cbp"), NOTE_ED25519, secret.public), other = key;
    other.id ^= 1;
    struct checkpoint made = {.origin = STR("us.cbp"), .size = 70000}, read;
    merkle_leaf(STR("x"), made.root);
    struct buf bytes = BUF(4096);
    struct why why = {0};
    struct note note;
    struct note_verdict verdict;
    checkpoint_sign(&made, &secret, &bytes);
    assert_false(bytes.failed);
    assert_int_equal(checkpoint_read(&arena, buf_str(&bytes), &note, &read, &why), ERR_NONE);
    assert_true(str_is(read.origin, "us.cbp"));
    assert_int_equal(read.size, 70000);
    assert_memory_equal(read.root, made.root, MERKLE_HASH);
    assert_int_equal(note_verify(&note, &key, 1, &verdict, NULL, &why), ERR_NONE);
    assert_int_equal(note_verify(&note, &other, 1, &verdict, NULL, &why), ERR_UNTRUSTED);
    buf_puts(&bytes, "not a signature line\n");
    assert_int_equal(checkpoint_read(&arena, buf_str(&bytes), &note, &read, NULL), ERR_MALFORMED);
    struct buf small = BUF(64);
    checkpoint_sign(&made, &secret, &small);
    assert_true(small.failed);
    buf_free(&small);
    buf_free(&bytes);
    arena_free(&arena);
}

// ---- Foreign vectors ----

static void verified(struct arena *arena, struct str bytes, struct str vkey, struct checkpoint *out)
{
    struct note note;
    struct note_key key;
    struct note_verdict verdict;
    struct why why = {0};
    assert_non_null(bytes.p);
    assert_int_equal(note_key_parse(vkey, &key, &why), ERR_NONE);
    assert_int_equal(checkpoint_read(arena, bytes, &note, out, &why), ERR_NONE);
    assert_int_equal(note_verify(&note, &key, 1, &verdict, NULL, &why), ERR_NONE);
}

static void the_checkpoints_of_a_tessera_log_are_those_of_its_entries(void **state)
{
    (void)state;
    struct arena arena = ARENA(16 << 20);
    struct why why = {0};
    struct str file = shared_file(&arena, "tlog/extracted-vectors.json");
    if (!file.p) return;
    const struct json *vectors = json_get(json_parse(&arena, file, &why), "tessera_log");
    assert_non_null(vectors);
    struct frontier frontier = {0};
    for (size_t size = 0; size <= 15; size++) {
        char path[128];
        uint8_t root[MERKLE_HASH];
        struct checkpoint checkpoint;
        snprintf(path, sizeof path, "tlog/transparency-dev-tessera/testdata/log/checkpoint.%zu", size);
        verified(&arena, shared_file(&arena, path), json_text(vectors, "vkey"), &checkpoint);
        assert_int_equal(checkpoint.size, size);
        frontier_root(&frontier, root);
        assert_memory_equal(checkpoint.root, root, MERKLE_HASH);
        if (size == 15) break;
        merkle_leaf(json_at(json_get(vectors, "entries"), size)->text, root);
        frontier_append(&frontier, root, NULL, NULL);
    }
    arena_free(&arena);
}

static void the_cosigned_checkpoints_of_sunlight_verify(void **state)
{
    (void)state;
    struct arena arena = ARENA(16 << 20);
    struct why why = {0};
    struct str file = shared_file(&arena, "tlog/extracted-vectors.json");
    if (!file.p) return;
    const struct json *vectors = json_get(json_parse(&arena, file, &why), "cosignature_v1_real");
    assert_non_null(vectors);
    struct checkpoint checkpoint;
    verified(&arena, json_text(vectors, "witness_checkpoint"), json_text(vectors, "witness_vkey"), &checkpoint);
    assert_true(str_is(checkpoint.origin, "rome2026h1.example.org"));
    assert_int_equal(checkpoint.size, 300);
    verified(&arena, json_text(vectors, "mirror_checkpoint"), json_text(vectors, "mirror_vkey"), &checkpoint);
    assert_int_equal(checkpoint.size, 300);
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_text_is_read_as_it_is_written),
        cmocka_unit_test(refuses_what_it_would_not_write),
        cmocka_unit_test(refuses_an_origin_over_its_limit),
        cmocka_unit_test(what_a_log_signs_its_key_verifies),
        cmocka_unit_test(the_checkpoints_of_a_tessera_log_are_those_of_its_entries),
        cmocka_unit_test(the_cosigned_checkpoints_of_sunlight_verify),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
