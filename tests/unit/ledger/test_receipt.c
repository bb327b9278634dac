// SPDX-License-Identifier: Apache-2.0
#include "ledger/receipt.h"

#include "base/random.h"
#include "base/text.h"
#include "shared_data.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define LEAVES 21
#define PLACE 13

// A log of 21 statements and all that a receipt of number 13 needs.
struct fixture {
    struct arena arena;
    struct ed25519_key secret[4]; // the log's, two witnesses', a stranger's
    struct note_key log, witness[3];
    uint8_t leaf[5][LEAVES][MERKLE_HASH];
    struct str statement;
    struct body body;
    struct merkle_proof path;
    struct checkpoint checkpoint;
    struct buf note;
    struct receipt_policy policy;
    struct receipt_parts parts;
    struct buf receipt;
};

static bool leaf_node(void *ctx, unsigned level, uint64_t index, uint8_t out[MERKLE_HASH])
{
    struct fixture *f = ctx;
    memcpy(out, f->leaf[level][index], MERKLE_HASH);
    return true;
}

static void leaf_note(void *ctx, unsigned level, uint64_t index, const uint8_t hash[MERKLE_HASH])
{
    struct fixture *f = ctx;
    memcpy(f->leaf[level][index], hash, MERKLE_HASH);
}

static struct str statement_of(struct fixture *f, const char *by, int64_t in_us, const struct body *body)
{
    struct header header = {.at_ms = 1772373909120,
                            .in_us = in_us,
                            .by = str_of(by),
                            .kind = STR("custody.seal"),
                            .label = LABEL_AMBER,
                            .v = 1,
                            .via = {{9}},
                            .re = {{{1}}, {{2}}},
                            .nre = 2};
    struct buf bytes = BUF(HEADER_MAX);
    body_root(body, header.body);
    header_encode(&header, &bytes);
    assert_false(bytes.failed);
    struct str s = arena_str(&f->arena, buf_str(&bytes));
    buf_free(&bytes);
    return s;
}

static void body_of(struct fixture *f, const char *json)
{
    struct why why = {0};
    const struct json *object = json_parse(&f->arena, str_of(json), &why);
    assert_non_null(object);
    assert_int_equal(body_make(&f->arena, object, &f->body, &why), ERR_NONE);
}

static void log_grow(struct fixture *f, uint64_t size, uint64_t place)
{
    struct frontier frontier = {0};
    struct body none = {0};
    for (uint64_t i = 0; i < size; i++) {
        uint8_t leaf[MERKLE_HASH];
        merkle_leaf(i == place ? f->statement : statement_of(f, "us.cbp", (int64_t)i + 1, &none), leaf);
        frontier_append(&frontier, leaf, leaf_note, f);
    }
    struct merkle_reader reader = {leaf_node, f};
    assert_true(inclusion_make(&reader, place, size, &f->path));
    f->checkpoint = (struct checkpoint){.origin = f->log.name, .size = size};
    frontier_root(&frontier, f->checkpoint.root);
    buf_clear(&f->note);
    checkpoint_sign(&f->checkpoint, &f->secret[0], &f->note);
    f->parts = (struct receipt_parts){f->statement, &f->body, place, &f->path, buf_str(&f->note)};
}

static void cosign(struct fixture *f, size_t witness, uint64_t time_s)
{
    struct buf text = BUF(4096);
    checkpoint_text(&f->checkpoint, &text);
    note_cosign(f->witness[witness].name, &f->secret[witness + 1], time_s, buf_str(&text), &f->note);
    f->parts.checkpoint = buf_str(&f->note);
    buf_free(&text);
}

static int set_up(void **state)
{
    static const char *const names[] = {"mx.anam/witness", "ca.cbsa/witness", "stranger"};
    struct fixture *f = calloc(1, sizeof *f);
    if (!f) return -1;
    random_seed(7);
    f->arena = ARENA((size_t)256 << 20);
    f->note = f->receipt = BUF(RECEIPT_MAX);
    for (uint8_t i = 0; i < 4; i++) {
        uint8_t seed[ED25519_SEED] = {(uint8_t)(i + 1)};
        ed25519_from_seed(seed, &f->secret[i]);
        if (i) f->witness[i - 1] = note_key_make(str_of(names[i - 1]), NOTE_COSIGNATURE, f->secret[i].public);
    }
    f->log = note_key_make(STR("us.cbp"), NOTE_ED25519, f->secret[0].public);
    f->policy = (struct receipt_policy){&f->log, f->witness, 2, 2};
    body_of(
        f,
        "{\"event\":{\"type\":\"on\",\"who\":\"Ana \\\"la\\\" L\\u00f3pez\"},\"position\":{\"lat\":27.5,\"lon\":-99.5},"
        "\"raw\":\"290100\",\"status\":{}}");
    for (size_t i = 0; i < f->body.count; i++)
        if (memmem(f->body.items[i].text.p, f->body.items[i].text.n, "\"position\"", 10))
            f->body.items[i].text = STR_NONE;
    f->statement = statement_of(f, "us.cbp", PLACE + 1, &f->body);
    log_grow(f, LEAVES, PLACE);
    cosign(f, 0, 1772373910);
    cosign(f, 1, 1772373911);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    buf_free(&f->note);
    buf_free(&f->receipt);
    arena_free(&f->arena);
    free(f);
    return 0;
}

static void make(struct fixture *f)
{
    struct why why = {0};
    buf_clear(&f->receipt);
    if (receipt_make(&f->arena, &f->parts, &f->policy, &f->receipt, &why)) fail_msg("%s: %s", why.member, why.text);
}

// With an arena of its own, so that thousands of tries do not pile up.
static enum err verify(struct fixture *f, struct str bytes, const struct receipt_policy *policy, struct why *why)
{
    struct arena arena = ARENA(16 << 20);
    struct receipt receipt;
    enum err err = receipt_verify(&arena, bytes, policy ? policy : &f->policy, &receipt, why);
    arena_free(&arena);
    return err;
}

static void a_receipt_says_what_was_disclosed_and_who_saw_it(void **state)
{
    struct fixture *f = *state;
    struct why why = {0};
    struct receipt r;
    make(f);
    assert_int_equal(receipt_verify(&f->arena, buf_str(&f->receipt), &f->policy, &r, &why), ERR_NONE);
    assert_true(str_eq(r.statement, f->statement));
    assert_true(str_is(r.header.kind, "custody.seal"));
    assert_int_equal(r.header.in_us, PLACE + 1);
    assert_int_equal(r.index, PLACE);
    assert_int_equal(r.checkpoint.size, LEAVES);
    assert_true(str_is(r.checkpoint.origin, "us.cbp"));
    assert_memory_equal(r.checkpoint.root, f->checkpoint.root, MERKLE_HASH);
    assert_int_equal(r.body.count, 4);
    assert_int_equal(r.members->count, 3);
    assert_null(json_get(r.members, "position"));
    assert_true(str_is(json_text(json_get(r.members, "event"), "who"), "Ana \"la\" L\u00f3pez"));
    assert_int_equal(r.nwitnesses, 2);
    assert_true(str_is(r.witnesses[0].name, "ca.cbsa/witness"));
    assert_int_equal(r.witnesses[0].time_s, 1772373911);
    assert_true(str_is(r.witnesses[1].name, "mx.anam/witness"));
    assert_int_equal(r.witnesses[1].time_s, 1772373910);
}

static void the_bytes_are_a_tlog_proof_with_canonical_json(void **state)
{
    struct fixture *f = *state;
    struct tlog_proof proof;
    struct str extra;
    struct why why = {0};
    struct buf canonical = BUF(RECEIPT_MAX);
    make(f);
    assert_true(str_starts(buf_str(&f->receipt), "c2sp.org/tlog-proof@v1\nextra "));
    assert_int_equal(tlog_proof_parse(buf_str(&f->receipt), &proof, &why), ERR_NONE);
    assert_int_equal(proof.index, PLACE);
    assert_true(base64_bytes(&f->arena, proof.extra, &extra));
    const struct json *json = json_parse(&f->arena, extra, &why);
    assert_non_null(json);
    json_canonical(json, &canonical);
    assert_true(str_eq(buf_str(&canonical), extra));
    assert_true(str_eq(json_text(json, "statement"), f->statement));
    assert_int_equal(json_get(json, "disclosures")->count, 4);
    double need;
    assert_true(json_number(json_get(json, "quorum"), "need", &need));
    assert_true(need >= 2 && need <= 2);
    buf_free(&canonical);
}

static void no_bit_of_a_receipt_can_be_flipped(void **state)
{
    struct fixture *f = *state;
    make(f);
    struct str bytes = buf_str(&f->receipt);
    assert_int_equal(verify(f, bytes, NULL, NULL), ERR_NONE);
    // Not even where no witness at all is asked for.
    struct receipt_policy lax = f->policy;
    lax.need = 0;
    for (size_t i = 0; i < bytes.n * 8; i++) {
        struct why why = {0};
        f->receipt.p[i / 8] = (char)(f->receipt.p[i / 8] ^ 1 << i % 8);
        enum err err = verify(f, bytes, &lax, &why);
        if (err != ERR_MALFORMED && err != ERR_UNTRUSTED && err != ERR_TOO_LARGE)
            fail_msg("bit %zu of byte %zu: %s", i % 8, i / 8, err_name(err));
        assert_int_equal(why.err, err);
        f->receipt.p[i / 8] = (char)(f->receipt.p[i / 8] ^ 1 << i % 8);
    }
    assert_int_equal(verify(f, bytes, &lax, NULL), ERR_NONE);
    printf("%zu flips of %zu bytes refused\n", bytes.n * 8, bytes.n);
}

static void no_byte_can_be_dropped_doubled_or_added(void **state)
{
    struct fixture *f = *state;
    make(f);
    struct str whole = buf_str(&f->receipt);
    char *copy = malloc(whole.n + 1);
    assert_non_null(copy);
    struct receipt_policy lax = f->policy;
    lax.need = 0;
    for (size_t i = 0; i <= whole.n; i++) {
        if (i < whole.n) {
            assert_int_not_equal(verify(f, (struct str){whole.p, i}, &lax, NULL), ERR_NONE);
            memcpy(copy, whole.p, i);
            memcpy(copy + i, whole.p + i + 1, whole.n - i - 1);
            assert_int_not_equal(verify(f, (struct str){copy, whole.n - 1}, &lax, NULL), ERR_NONE);
        }
        memcpy(copy, whole.p, i);
        copy[i] = i ? whole.p[i - 1] : '\n';
        memcpy(copy + i + 1, whole.p + i, whole.n - i);
        assert_int_not_equal(verify(f, (struct str){copy, whole.n + 1}, &lax, NULL), ERR_NONE);
    }
    free(copy);
}

// The receipt with `from` in its extra's JSON (first place) replaced by `to`.
static struct str with_extra(struct fixture *f, const char *from, const char *to)
{
    struct tlog_proof proof;
    struct str extra;
    struct buf changed = BUF(RECEIPT_MAX), out = BUF(RECEIPT_MAX);
    assert_int_equal(tlog_proof_parse(buf_str(&f->receipt), &proof, NULL), ERR_NONE);
    assert_true(base64_bytes(&f->arena, proof.extra, &extra));
    const char *at = memmem(extra.p, extra.n, from, strlen(from));
    if (!at) fail_msg("no %s in %.*s", from, STR_ARG(extra));
    buf_add(&changed, extra.p, (size_t)(at - extra.p));
    buf_puts(&changed, to);
    buf_str_add(&changed, str_from(extra, (size_t)(at - extra.p) + strlen(from)));
    proof.extra = base64_text(&f->arena, buf_str(&changed));
    tlog_proof_format(&proof, &out);
    struct str bytes = arena_str(&f->arena, buf_str(&out));
    buf_free(&changed);
    buf_free(&out);
    return bytes;
}

static void refuses_an_extra_that_is_not_the_canonical_one(void **state)
{
    struct fixture *f = *state;
    make(f);
    const struct {
        const char *from, *to;
        enum err err;
    } bad[] = {
        {"{\"digests\"", "{ \"digests\"", ERR_MALFORMED},
        {"\"need\":2", "\"need\":1", ERR_MALFORMED},
        {"\"need\":2", "\"need\":3", ERR_MALFORMED},
        {"\"need\":2", "\"need\":2.0", ERR_MALFORMED},
        {"\"need\":2", "\"need\":\"2\"", ERR_MALFORMED},
        {"\"ca.cbsa/witness\",\"mx.anam/witness\"", "\"mx.anam/witness\",\"ca.cbsa/witness\"", ERR_MALFORMED},
        {"\"ca.cbsa/witness\",", "", ERR_MALFORMED},
        {"\"ca.cbsa/witness\"", "\"ca.cbsa\\/witness\"", ERR_MALFORMED},
        {"null", "\"\"", ERR_MALFORMED},
        {"null", "[]", ERR_MALFORMED},
        {"null", "null,null", ERR_MALFORMED},
        {",\"statement\"", ",\"spare\":1,\"statement\"", ERR_MALFORMED},
        {"\"statement\"", "\"statemen\"", ERR_MALFORMED},
        {"\"disclosures\"", "\"disclosure\"", ERR_MALFORMED},
        {"\"digests\":[", "\"digests\":[\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\",", ERR_MALFORMED},
        // Canonical, but not what was logged.
        {"\\\"290100\\\"", "\\\"290101\\\"", ERR_UNTRUSTED},
        {"\\\"raw\\\"", "\\\"row\\\"", ERR_UNTRUSTED},
        {"custody.seal", "custody.sea1", ERR_UNTRUSTED},
        {"\\\"amber\\\"", "\\\"clear\\\"", ERR_UNTRUSTED},
        {"\\\"by\\\":\\\"us.cbp", "\\\"by\\\":\\\"us.cbq", ERR_UNTRUSTED},
        {"}\"}", "}\",\"x\":1}", ERR_MALFORMED},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct why why = {0};
        enum err err = verify(f, with_extra(f, bad[i].from, bad[i].to), NULL, &why);
        if (err != bad[i].err) fail_msg("%s -> %s: %s (%s)", bad[i].from, bad[i].to, err_name(err), why.text);
    }
}

static void any_choice_of_disclosures_is_a_receipt_of_the_same_leaf(void **state)
{
    struct fixture *f = *state;
    struct str texts[4];
    for (size_t i = 0; i < 4; i++) texts[i] = f->body.items[i].text;
    for (unsigned choice = 0; choice < 16; choice++) {
        size_t present = 0;
        for (size_t i = 0; i < 4; i++) {
            f->body.items[i].text = choice >> i & 1 ? texts[i] : STR_NONE;
            present += f->body.items[i].text.n > 0;
        }
        struct receipt r;
        make(f);
        assert_int_equal(receipt_verify(&f->arena, buf_str(&f->receipt), &f->policy, &r, NULL), ERR_NONE);
        assert_int_equal(r.members->count, present);
    }
}

static void refuses_signers_that_the_verifier_does_not_know(void **state)
{
    struct fixture *f = *state;
    struct receipt_policy policy = f->policy;
    struct why why = {0};
    make(f);
    // One of the two witnesses unknown, in either place, and no witness known.
    policy.need = 1;
    policy.nwitnesses = 1;
    assert_int_equal(verify(f, buf_str(&f->receipt), &policy, &why), ERR_UNTRUSTED);
    assert_non_null(strstr(why.text, "ca.cbsa/witness"));
    policy.witnesses = f->witness + 1;
    assert_int_equal(verify(f, buf_str(&f->receipt), &policy, NULL), ERR_UNTRUSTED);
    policy.need = policy.nwitnesses = 0;
    assert_int_equal(verify(f, buf_str(&f->receipt), &policy, NULL), ERR_UNTRUSTED);
    // The same name with another key.
    struct note_key other[2] = {f->witness[0],
                                note_key_make(f->witness[1].name, NOTE_COSIGNATURE, f->secret[3].public)};
    policy = (struct receipt_policy){&f->log, other, 2, 1};
    assert_int_equal(verify(f, buf_str(&f->receipt), &policy, NULL), ERR_UNTRUSTED);
    // A third witness that the verifier knows too does no harm.
    policy = (struct receipt_policy){&f->log, f->witness, 3, 2};
    assert_int_equal(verify(f, buf_str(&f->receipt), &policy, NULL), ERR_NONE);
}

static void refuses_a_quorum_that_is_not_met(void **state)
{
    struct fixture *f = *state;
    struct receipt_policy policy = {&f->log, f->witness, 3, 3};
    struct why why = {0};
    make(f);
    assert_int_equal(verify(f, buf_str(&f->receipt), &policy, &why), ERR_UNTRUSTED);
    assert_string_equal(why.member, "quorum");
}

static void refuses_another_log(void **state)
{
    struct fixture *f = *state;
    make(f);
    struct note_key named = note_key_make(STR("us.cbq"), NOTE_ED25519, f->secret[0].public);
    struct note_key keyed = note_key_make(STR("us.cbp"), NOTE_ED25519, f->secret[3].public);
    struct receipt_policy policy = {&named, f->witness, 2, 2};
    assert_int_equal(verify(f, buf_str(&f->receipt), &policy, NULL), ERR_UNTRUSTED);
    policy.log = &keyed;
    assert_int_equal(verify(f, buf_str(&f->receipt), &policy, NULL), ERR_UNTRUSTED);
}

static void refuses_a_policy_in_which_one_key_counts_twice(void **state)
{
    struct fixture *f = *state;
    make(f);
    struct note_key twice[2] = {f->witness[0], note_key_make(STR("alias"), NOTE_COSIGNATURE, f->secret[1].public)};
    struct note_key own[1] = {note_key_make(STR("self"), NOTE_COSIGNATURE, f->secret[0].public)};
    const struct receipt_policy bad[] = {{&f->log, twice, 2, 1},
                                         {&f->log, own, 1, 1},
                                         {&f->log, f->witness, 2, 3},
                                         {&f->log, &f->log, 1, 1},
                                         {&f->witness[2], f->witness, 2, 2}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(verify(f, buf_str(&f->receipt), &bad[i], NULL), ERR_USAGE);
}

static void the_statement_must_be_by_the_owner_of_the_log(void **state)
{
    struct fixture *f = *state;
    const struct {
        const char *by, *origin;
        enum err err;
    } cases[] = {{"us.cbp", "us.cbp", ERR_NONE},
                 {"us.cbp", "us.cbp/shard-07", ERR_NONE},
                 {"us.cb", "us.cbp", ERR_UNTRUSTED},
                 {"us.cbp/shard-07", "us.cbp", ERR_UNTRUSTED},
                 {"us.cbp", "us.cbp2/shard", ERR_UNTRUSTED},
                 {"mx.anam", "us.cbp", ERR_UNTRUSTED}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        f->statement = statement_of(f, cases[i].by, PLACE + 1, &f->body);
        f->log = note_key_make(str_of(cases[i].origin), NOTE_ED25519, f->secret[0].public);
        log_grow(f, LEAVES, PLACE);
        f->policy.need = 0;
        buf_clear(&f->receipt);
        assert_int_equal(receipt_make(&f->arena, &f->parts, &f->policy, &f->receipt, NULL), cases[i].err);
        if (cases[i].err) assert_int_equal(f->receipt.n, 0);
    }
}

static void refuses_a_statement_that_is_not_in_the_tree(void **state)
{
    struct fixture *f = *state;
    struct why why = {0};
    f->parts.statement = statement_of(f, "us.cbp", PLACE + 2, &f->body);
    assert_int_equal(receipt_make(&f->arena, &f->parts, &f->policy, &f->receipt, &why), ERR_UNTRUSTED);
    assert_string_equal(why.member, "proof");
    f->parts.statement = f->statement;
    f->parts.index = PLACE - 1;
    assert_int_equal(receipt_make(&f->arena, &f->parts, &f->policy, &f->receipt, NULL), ERR_UNTRUSTED);
    f->parts.index = PLACE;
    struct body fewer = {f->body.items, f->body.count - 1};
    f->parts.body = &fewer;
    assert_int_equal(receipt_make(&f->arena, &f->parts, &f->policy, &f->receipt, &why), ERR_UNTRUSTED);
    assert_int_equal(f->receipt.n, 0);
}

static void waits_for_the_witnesses_and_takes_only_theirs(void **state)
{
    struct fixture *f = *state;
    struct why why = {0};
    log_grow(f, LEAVES, PLACE); // the note without cosignatures
    cosign(f, 0, 100);
    assert_int_equal(receipt_make(&f->arena, &f->parts, &f->policy, &f->receipt, &why), ERR_BUSY);
    cosign(f, 2, 150); // a stranger's
    assert_int_equal(receipt_make(&f->arena, &f->parts, &f->policy, &f->receipt, NULL), ERR_BUSY);
    cosign(f, 1, 200);
    cosign(f, 0, 300); // again, later
    make(f);
    assert_null(memmem(f->receipt.p, f->receipt.n, "stranger", 8));
    struct receipt r;
    assert_int_equal(receipt_verify(&f->arena, buf_str(&f->receipt), &f->policy, &r, &why), ERR_NONE);
    assert_int_equal(r.nwitnesses, 2);
    assert_int_equal(r.witnesses[0].time_s, 200);
    assert_int_equal(r.witnesses[1].time_s, 300);
    // What one of our own witnesses has signed wrongly is no note at all.
    f->note.p[f->note.n - 4] = f->note.p[f->note.n - 4] == 'A' ? 'B' : 'A';
    assert_int_equal(receipt_make(&f->arena, &f->parts, &f->policy, &f->receipt, NULL), ERR_UNTRUSTED);
}

static void lines_in_another_order_or_of_strangers_are_refused(void **state)
{
    struct fixture *f = *state;
    // As the note stands: log, mx.anam, ca.cbsa; the extra names them in that order.
    struct tlog_proof proof;
    make(f);
    assert_int_equal(tlog_proof_parse(buf_str(&f->receipt), &proof, NULL), ERR_NONE);
    struct str swapped =
        with_extra(f, "\"ca.cbsa/witness\",\"mx.anam/witness\"", "\"mx.anam/witness\",\"ca.cbsa/witness\"");
    struct tlog_proof other;
    struct buf out = BUF(RECEIPT_MAX);
    assert_int_equal(tlog_proof_parse(swapped, &other, NULL), ERR_NONE);
    other.checkpoint = buf_str(&f->note);
    tlog_proof_format(&other, &out);
    struct why why = {0};
    assert_int_equal(verify(f, buf_str(&out), NULL, &why), ERR_MALFORMED);
    assert_non_null(strstr(why.text, "order"));
    buf_free(&out);
}

static void a_log_of_one_statement_with_an_empty_body_and_no_witness_has_a_receipt(void **state)
{
    struct fixture *f = *state;
    f->body = (struct body){0};
    f->statement = statement_of(f, "us.cbp", 1, &f->body);
    log_grow(f, 1, 0);
    f->policy = (struct receipt_policy){&f->log, NULL, 0, 0};
    make(f);
    struct receipt r;
    assert_int_equal(receipt_verify(&f->arena, buf_str(&f->receipt), &f->policy, &r, NULL), ERR_NONE);
    assert_int_equal(r.members->count, 0);
    assert_int_equal(r.nwitnesses, 0);
    assert_int_equal(r.path.count, 0);
}

static void a_body_of_a_mebibyte_fits(void **state)
{
    struct fixture *f = *state;
    struct buf json = BUF(BODY_MAX + 1024);
    buf_puts(&json, "{\"original\":\"");
    while (json.n < BODY_MAX - 100) buf_puts(&json, "\\\"");
    buf_puts(&json, "\"}");
    buf_putc(&json, 0);
    body_of(f, json.p);
    f->statement = statement_of(f, "us.cbp", PLACE + 1, &f->body);
    log_grow(f, LEAVES, PLACE);
    f->policy.need = 0;
    make(f);
    assert_in_range(f->receipt.n, BODY_MAX, RECEIPT_MAX);
    assert_int_equal(verify(f, buf_str(&f->receipt), NULL, NULL), ERR_NONE);
    buf_free(&json);
}

static void running_out_of_memory_is_said_so(void **state)
{
    struct fixture *f = *state;
    make(f);
    for (size_t cap = 0; cap < 40000; cap += 97) {
        struct arena arena = ARENA(cap);
        struct receipt r;
        enum err err = receipt_verify(&arena, buf_str(&f->receipt), &f->policy, &r, NULL);
        if (err != ERR_NONE && err != ERR_NO_MEMORY && err != ERR_TOO_LARGE)
            fail_msg("cap %zu: %s", cap, err_name(err));
        arena_free(&arena);
    }
}

// ---- Foreign vectors ----

// The vectors write %s where a hash goes.
static struct str filled(struct arena *arena, struct str format, struct str one, struct str two)
{
    struct buf out = BUF(1 << 16);
    for (size_t i = 0, used = 0; i < format.n; i++) {
        if (format.p[i] == '%' && i + 1 < format.n && format.p[i + 1] == 's') {
            buf_str_add(&out, used++ ? two : one);
            i++;
        } else {
            buf_putc(&out, format.p[i]);
        }
    }
    struct str s = arena_str(arena, buf_str(&out));
    buf_free(&out);
    return s;
}

static void the_proofs_of_transparency_dev_are_read_and_refused(void **state)
{
    struct fixture *f = *state;
    struct why why = {0};
    struct str file = shared_file(&f->arena, "tlog/extracted-vectors.json");
    if (!file.p) return;
    const struct json *vectors = json_get(json_parse(&f->arena, file, &why), "tlog_proof");
    assert_non_null(vectors);
    size_t seen = 0;
    json_each(item, json_get(vectors, "good"))
    {
        struct tlog_proof proof;
        struct buf back = BUF(1 << 16);
        struct str bytes = filled(&f->arena, item->text, json_text(vectors, "h1"), json_text(vectors, "h2"));
        assert_int_equal(tlog_proof_parse(bytes, &proof, &why), ERR_NONE);
        tlog_proof_format(&proof, &back);
        assert_true(str_eq(buf_str(&back), bytes));
        buf_free(&back);
        seen++;
    }
    json_each(item, json_get(vectors, "bad"))
    {
        struct tlog_proof proof;
        struct str bytes = filled(&f->arena, item->text, json_text(vectors, "h1"), json_text(vectors, "h2"));
        if (tlog_proof_parse(bytes, &proof, NULL) != ERR_MALFORMED) fail_msg("took %.*s", STR_ARG(bytes));
        seen++;
    }
    assert_int_equal(seen, 8);
}

static void refuses_every_other_spelling_of_a_proof(void **state)
{
    (void)state;
#define HASH "rzFuy5Go7nrpkhBwKy1HWPMM3eO/YePY54fXRoH5Cm4="
#define LINE "c2sp.org/tlog-proof@v1\n"
    const char *const bad[] = {"",
                               LINE,
                               "c2sp.org/tlog-proof@v2\nindex 0\n\nx\n",
                               "c2sp.org/tlog-proof@v1\r\nindex 0\n\nx\n",
                               LINE "index 00\n\nx\n",
                               LINE "index -1\n\nx\n",
                               LINE "index  1\n\nx\n",
                               LINE "index\n\nx\n",
                               LINE "index 18446744073709551616\n\nx\n",
                               LINE "extra \nindex 0\n\nx\n",
                               LINE "extra\nindex 0\n\nx\n",
                               LINE "extra YQ\nindex 0\n\nx\n",
                               LINE "extra YR==\nindex 0\n\nx\n",
                               LINE "extra YQ==YQ==\nindex 0\n\nx\n",
                               LINE "extra YQ==\nextra YQ==\nindex 0\n\nx\n",
                               LINE "index 0\nextra YQ==\n\nx\n",
                               LINE "index 0\n" HASH "\n",
                               LINE "index 0\n" HASH "x\n",
                               LINE "index 0\n " HASH "\n\nx\n",
                               LINE "index 0\nYQ==\n\nx\n",
                               LINE "index 0\n\n"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct tlog_proof proof;
        if (tlog_proof_parse(str_of(bad[i]), &proof, NULL) != ERR_MALFORMED) fail_msg("took %s", bad[i]);
    }
    struct buf many = BUF(1 << 16);
    for (size_t hashes = 63; hashes <= 64; hashes++) {
        struct tlog_proof proof;
        buf_clear(&many);
        buf_puts(&many, LINE "index 0\n");
        for (size_t i = 0; i < hashes; i++) buf_puts(&many, HASH "\n");
        buf_puts(&many, "\nx\n");
        assert_int_equal(tlog_proof_parse(buf_str(&many), &proof, NULL), hashes == 63 ? ERR_NONE : ERR_MALFORMED);
    }
    buf_free(&many);
}

#define receipt_test(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        receipt_test(a_receipt_says_what_was_disclosed_and_who_saw_it),
        receipt_test(the_bytes_are_a_tlog_proof_with_canonical_json),
        receipt_test(no_bit_of_a_receipt_can_be_flipped),
        receipt_test(no_byte_can_be_dropped_doubled_or_added),
        receipt_test(refuses_an_extra_that_is_not_the_canonical_one),
        receipt_test(any_choice_of_disclosures_is_a_receipt_of_the_same_leaf),
        receipt_test(refuses_signers_that_the_verifier_does_not_know),
        receipt_test(refuses_a_quorum_that_is_not_met),
        receipt_test(refuses_another_log),
        receipt_test(refuses_a_policy_in_which_one_key_counts_twice),
        receipt_test(the_statement_must_be_by_the_owner_of_the_log),
        receipt_test(refuses_a_statement_that_is_not_in_the_tree),
        receipt_test(waits_for_the_witnesses_and_takes_only_theirs),
        receipt_test(lines_in_another_order_or_of_strangers_are_refused),
        receipt_test(a_log_of_one_statement_with_an_empty_body_and_no_witness_has_a_receipt),
        receipt_test(a_body_of_a_mebibyte_fits),
        receipt_test(running_out_of_memory_is_said_so),
        receipt_test(the_proofs_of_transparency_dev_are_read_and_refused),
        receipt_test(refuses_every_other_spelling_of_a_proof),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
