// SPDX-License-Identifier: Apache-2.0
#include "ledger/witness.h"

#include "base/json.h"
#include "base/text.h"
#include "shared_data.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define SIZE_LAST 16
#define NOW 1772373910

// A witness that follows one log, and the log's tree.
struct fixture {
    struct arena arena;
    struct ed25519_key log_secret, witness_secret, other_secret;
    struct note_key log_keys[2], witness_key;
    struct str origin;
    uint64_t size; // stored
    uint8_t root[MERKLE_HASH];
    bool broken;
    struct witness witness;
    uint8_t node[6][SIZE_LAST + 1][MERKLE_HASH];
    struct buf request;
};

static enum err find(void *ctx, struct str origin, struct witness_log *out, struct why *why)
{
    struct fixture *f = ctx;
    if (f->broken) return why_set(why, ERR_STORE, "", "the disk is gone");
    if (!str_eq(origin, f->origin)) return ERR_NOT_FOUND;
    *out = (struct witness_log){.keys = f->log_keys, .nkeys = 2, .size = f->size};
    memcpy(out->root, f->root, MERKLE_HASH);
    return ERR_NONE;
}

static void note_made(void *ctx, unsigned level, uint64_t index, const uint8_t hash[MERKLE_HASH])
{
    struct fixture *f = ctx;
    memcpy(f->node[level][index], hash, MERKLE_HASH);
}

static bool read_node(void *ctx, unsigned level, uint64_t index, uint8_t out[MERKLE_HASH])
{
    struct fixture *f = ctx;
    memcpy(out, f->node[level][index], MERKLE_HASH);
    return true;
}

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    if (!f) return -1;
    f->arena = ARENA(16 << 20);
    f->request = BUF(1 << 20);
    f->origin = STR("us.cbp");
    const uint8_t seeds[3][ED25519_SEED] = {{1}, {2}, {3}};
    ed25519_from_seed(seeds[0], &f->log_secret);
    ed25519_from_seed(seeds[1], &f->witness_secret);
    ed25519_from_seed(seeds[2], &f->other_secret);
    f->log_keys[0] = note_key_make(f->origin, NOTE_ED25519, f->log_secret.public);
    f->log_keys[1] = note_key_make(STR("us.cbp/next"), NOTE_ED25519, f->other_secret.public);
    f->witness_key = note_key_make(STR("mx.anam"), NOTE_COSIGNATURE, f->witness_secret.public);
    f->witness = (struct witness){f->witness_key.name, &f->witness_secret, find, f};
    struct frontier frontier = {0};
    for (uint8_t i = 0; i < SIZE_LAST; i++) {
        uint8_t leaf[MERKLE_HASH];
        merkle_leaf((struct str){(char *)&i, 1}, leaf);
        frontier_append(&frontier, leaf, note_made, f);
    }
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    buf_free(&f->request);
    arena_free(&f->arena);
    free(f);
    return 0;
}

static void root_of(struct fixture *f, uint64_t size, uint8_t out[MERKLE_HASH])
{
    struct merkle_reader reader = {read_node, f};
    assert_true(merkle_range(&reader, 0, size, out));
}

static void stored(struct fixture *f, uint64_t size)
{
    f->size = size;
    root_of(f, size, f->root);
}

enum {
    FLIP_ROOT = 1,
    FLIP_PROOF = 2,
    EXTRA_HASH = 4,
    DROP_HASH = 8,
    FLIP_SIGNATURE = 16,
    OTHER_SIGNER = 32,
    NO_PROOF = 64
};

// A request of the log for its tree of `size`, spoilt as the flags say.
static struct str request(struct fixture *f, const char *origin, uint64_t old, uint64_t size, unsigned flags)
{
    struct witness_request request = {.old = old};
    struct merkle_reader reader = {read_node, f};
    struct checkpoint checkpoint = {.origin = str_of(origin), .size = size};
    struct buf note = BUF(4096), text = BUF(4096);
    root_of(f, size, checkpoint.root);
    if (flags & FLIP_ROOT) checkpoint.root[5] ^= 1;
    checkpoint_text(&checkpoint, &text);
    if (flags & OTHER_SIGNER) {
        buf_str_add(&note, buf_str(&text));
        buf_putc(&note, '\n');
        note_sign(STR("somebody.else"), &f->other_secret, buf_str(&text), &note);
    } else {
        checkpoint_sign(&checkpoint, &f->log_secret, &note);
    }
    if (flags & FLIP_SIGNATURE) note.p[note.n - 20] = note.p[note.n - 20] == 'A' ? 'B' : 'A';
    if (old <= size) assert_true(consistency_make(&reader, old, size, &request.proof));
    if (flags & FLIP_PROOF) request.proof.hash[request.proof.count - 1][0] ^= 1;
    if (flags & EXTRA_HASH) memset(request.proof.hash[request.proof.count++], 7, MERKLE_HASH);
    if (flags & DROP_HASH) request.proof.count--;
    if (flags & NO_PROOF) request.proof.count = 0;
    request.checkpoint = buf_str(&note);
    buf_clear(&f->request);
    witness_request_format(&request, &f->request);
    buf_free(&note);
    buf_free(&text);
    return buf_str(&f->request);
}

static const struct row {
    const char *name, *origin;
    uint64_t stored, old, size;
    unsigned flags;
    int status;
} table[] = {
    {"the first checkpoint", "us.cbp", 0, 0, 5, 0, 200},
    {"the next one", "us.cbp", 5, 5, 8, 0, 200},
    {"the same one again", "us.cbp", 8, 8, 8, 0, 200},
    {"an empty log", "us.cbp", 0, 0, 0, 0, 200},
    {"from a power of two", "us.cbp", 8, 8, 16, 0, 200},
    {"old larger than the checkpoint", "us.cbp", 5, 6, 5, 0, 400},
    {"old larger than the checkpoint goes before a conflict", "us.cbp", 3, 6, 5, 0, 400},
    {"an unknown origin", "us.cbq", 0, 0, 5, 0, 404},
    {"an unknown origin goes before its signature", "us.cbq", 0, 0, 5, FLIP_SIGNATURE, 404},
    {"no signature of a trusted key", "us.cbp", 0, 0, 5, OTHER_SIGNER, 403},
    {"a trusted key's signature that fails", "us.cbp", 0, 0, 5, FLIP_SIGNATURE, 403},
    {"the signature goes before old > size", "us.cbp", 5, 6, 5, FLIP_SIGNATURE, 403},
    {"the signature goes before a conflict", "us.cbp", 5, 3, 8, FLIP_SIGNATURE, 403},
    {"old smaller than stored", "us.cbp", 5, 3, 8, 0, 409},
    {"old 0, asking for the size", "us.cbp", 5, 0, 8, 0, 409},
    {"old larger than stored", "us.cbp", 5, 6, 8, 0, 409},
    {"old not 0 where nothing is stored", "us.cbp", 0, 3, 8, 0, 409},
    {"a conflict goes before a bad proof", "us.cbp", 5, 3, 8, FLIP_PROOF, 409},
    {"a smaller tree than stored", "us.cbp", 8, 5, 5, 0, 409},
    {"size 0 with another root", "us.cbp", 0, 0, 0, FLIP_ROOT, 422},
    {"size 0 with a proof", "us.cbp", 0, 0, 0, EXTRA_HASH, 422},
    {"a proof with old 0", "us.cbp", 0, 0, 5, EXTRA_HASH, 422},
    {"a wrong proof", "us.cbp", 5, 5, 8, FLIP_PROOF, 422},
    {"a proof with a hash too many", "us.cbp", 5, 5, 8, EXTRA_HASH, 422},
    {"a proof with a hash too few", "us.cbp", 5, 5, 8, DROP_HASH, 422},
    {"no proof", "us.cbp", 5, 5, 8, NO_PROOF, 422},
    {"another root than the proof's", "us.cbp", 5, 5, 8, FLIP_ROOT, 422},
    {"the same size with another root", "us.cbp", 5, 5, 5, FLIP_ROOT, 422},
    {"the same size with a proof", "us.cbp", 5, 5, 5, EXTRA_HASH, 422},
};

static void the_log_finds_its_cosignature(struct fixture *f, const struct witness_answer *answer, struct str note)
{
    struct buf lines = BUF(4096);
    struct why why = {0};
    assert_int_equal(witness_response_read(&f->arena, answer->body, note, &f->witness_key, 1, &lines, &why), ERR_NONE);
    assert_true(str_eq(buf_str(&lines), answer->body));
    buf_free(&lines);
    // What monitors get: the log's signature and ours, the text unchanged.
    struct note full;
    struct note_verdict verdicts[2];
    struct note_key keys[2] = {f->log_keys[0], f->witness_key};
    assert_int_equal(note_parse(&f->arena, answer->note, &full, &why), ERR_NONE);
    assert_int_equal(full.count, 2);
    assert_int_equal(note_verify(&full, keys, 2, verdicts, NULL, &why), ERR_NONE);
    assert_true(verdicts[0].verified && verdicts[1].verified);
    assert_int_equal(verdicts[1].time_s, NOW);
}

static void every_row_of_the_status_table(void **state)
{
    struct fixture *f = *state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        const struct row *row = &table[i];
        struct witness_answer answer;
        struct witness_request parsed;
        struct why why = {0};
        stored(f, row->stored);
        struct str bytes = request(f, row->origin, row->old, row->size, row->flags);
        enum err err = witness_add_checkpoint(&f->arena, &f->witness, bytes, NOW, &answer, &why);
        if (answer.status != row->status) fail_msg("%s: %d %s", row->name, answer.status, why.text);
        assert_int_equal(err_status(err), row->status);
        if (row->status == 200) {
            assert_true(str_is(answer.origin, "us.cbp"));
            assert_int_equal(answer.old, row->stored);
            assert_int_equal(answer.size, row->size);
            uint8_t root[MERKLE_HASH];
            root_of(f, row->size, root);
            assert_memory_equal(answer.root, root, MERKLE_HASH);
            assert_int_equal(witness_request_parse(bytes, &parsed, &why), ERR_NONE);
            the_log_finds_its_cosignature(f, &answer, parsed.checkpoint);
        } else {
            assert_null(answer.note.p);
            assert_null(memmem(answer.body.p, answer.body.n, "\u2014", 3));
            assert_true(str_ends(answer.body, "\n") && answer.body.n > 1);
        }
        if (row->status == 409) {
            char want[32];
            uint64_t size;
            snprintf(want, sizeof want, "%d\n", (int)row->stored);
            assert_true(str_is(answer.body, want));
            assert_string_equal(answer.content_type, "text/x.tlog.size");
            assert_true(witness_conflict_read(answer.body, &size));
            assert_int_equal(size, row->stored);
        } else {
            assert_string_equal(answer.content_type, "text/plain; charset=utf-8");
        }
    }
}

static void requests_that_cannot_be_read_are_400(void **state)
{
    struct fixture *f = *state;
    struct str good = arena_str(&f->arena, request(f, "us.cbp", 5, 8, 0));
    struct str note = {memmem(good.p, good.n, "us.cbp", 6), 0};
    note.n = (size_t)(good.p + good.n - note.p);
#define H "PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\n"
    const char *const heads[] = {"",
                                 "\n",
                                 "old\n\n",
                                 "old \n\n",
                                 "old 00\n\n",
                                 "old 05\n\n",
                                 "old -5\n\n",
                                 "old +5\n\n",
                                 "old 5 \n\n",
                                 "old  5\n\n",
                                 "Old 5\n\n",
                                 "old 5\r\n\r\n",
                                 "old 18446744073709551616\n\n",
                                 "5\n\n",
                                 "old 5\n",
                                 "old 5\n" H,
                                 "old 5\nabc=\n\n",
                                 "old 5\nPlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpka==\n\n",
                                 "old 5\nPlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkax=\n\n",
                                 "old 5\n " H "\n",
                                 "old 5\n\n\n",
                                 "10 stuff\nabc=\ndef=\n\n",
                                 "10\nZ043\n423ed\n",
                                 "10\nabc=\ndef=\n"};
    struct buf bytes = BUF(1 << 16);
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
        struct witness_answer answer;
        buf_clear(&bytes);
        buf_puts(&bytes, heads[i]);
        buf_str_add(&bytes, note);
        stored(f, 5);
        assert_int_equal(witness_add_checkpoint(&f->arena, &f->witness, buf_str(&bytes), NOW, &answer, NULL),
                         ERR_MALFORMED);
        if (answer.status != 400) fail_msg("%s: %d", heads[i], answer.status);
    }
    for (size_t hashes = 63; hashes <= 64; hashes++) {
        struct witness_answer answer;
        buf_clear(&bytes);
        buf_puts(&bytes, "old 5\n");
        for (size_t i = 0; i < hashes; i++) buf_puts(&bytes, H);
        buf_putc(&bytes, '\n');
        buf_str_add(&bytes, note);
        (void)witness_add_checkpoint(&f->arena, &f->witness, buf_str(&bytes), NOW, &answer, NULL);
        assert_int_equal(answer.status, hashes == 63 ? 422 : 400);
    }
    // A checkpoint that is none.
    const char *const notes[] = {"", "us.cbp\n", "us.cbp\n5\n" H, "us.cbp\n05\n" H "\n\u2014 us.cbp rLIVUw==\n",
                                 "us.cbp\n4611686018427387905\n" H "\n\u2014 us.cbp rLIVU6GG\n"};
    for (size_t i = 0; i < sizeof notes / sizeof *notes; i++) {
        struct witness_answer answer;
        buf_clear(&bytes);
        buf_puts(&bytes, "old 5\n\n");
        buf_puts(&bytes, notes[i]);
        assert_int_equal(witness_add_checkpoint(&f->arena, &f->witness, buf_str(&bytes), NOW, &answer, NULL),
                         ERR_MALFORMED);
        assert_int_equal(answer.status, 400);
    }
    buf_free(&bytes);
}

static void a_store_that_fails_is_no_verdict(void **state)
{
    struct fixture *f = *state;
    struct witness_answer answer;
    f->broken = true;
    assert_int_equal(witness_add_checkpoint(&f->arena, &f->witness, request(f, "us.cbp", 0, 5, 0), NOW, &answer, NULL),
                     ERR_STORE);
    assert_int_equal(answer.status, 500);
    f->broken = false;
    struct str bytes = request(f, "us.cbp", 0, 5, 0);
    for (size_t cap = 0; cap < 400; cap++) {
        struct arena small = ARENA(cap);
        assert_int_equal(witness_add_checkpoint(&small, &f->witness, bytes, NOW, &answer, NULL), ERR_NO_MEMORY);
        assert_int_equal(answer.status, 503);
        assert_null(answer.note.p);
        arena_free(&small);
    }
}

static void signatures_of_unknown_keys_are_ignored_and_not_passed_on(void **state)
{
    struct fixture *f = *state;
    struct witness_answer answer;
    struct buf bytes = BUF(1 << 16), text = BUF(4096);
    struct checkpoint checkpoint = {.origin = f->origin, .size = 5};
    root_of(f, 5, checkpoint.root);
    checkpoint_text(&checkpoint, &text);
    buf_str_add(&bytes, request(f, "us.cbp", 0, 5, 0));
    note_sign(STR("stranger"), &f->other_secret, buf_str(&text), &bytes);
    note_sign(STR("us.cbp/next"), &f->other_secret, buf_str(&text), &bytes); // the second trusted key
    note_cosign(STR("mx.anam"), &f->other_secret, 5, buf_str(&text), &bytes);
    assert_int_equal(witness_add_checkpoint(&f->arena, &f->witness, buf_str(&bytes), NOW, &answer, NULL), ERR_NONE);
    struct note full;
    assert_int_equal(note_parse(&f->arena, answer.note, &full, NULL), ERR_NONE);
    assert_int_equal(full.count, 3);
    assert_null(memmem(answer.note.p, answer.note.n, "stranger", 8));
    buf_free(&bytes);
    buf_free(&text);
}

static void extension_lines_are_cosigned_with_the_rest(void **state)
{
    struct fixture *f = *state;
    struct witness_answer answer;
    struct checkpoint checkpoint = {.origin = f->origin, .size = 5, .extensions = STR("more\n")};
    struct buf note = BUF(4096);
    root_of(f, 5, checkpoint.root);
    checkpoint_sign(&checkpoint, &f->log_secret, &note);
    struct witness_request r = {.checkpoint = buf_str(&note)};
    buf_clear(&f->request);
    witness_request_format(&r, &f->request);
    assert_int_equal(witness_add_checkpoint(&f->arena, &f->witness, buf_str(&f->request), NOW, &answer, NULL),
                     ERR_NONE);
    the_log_finds_its_cosignature(f, &answer, buf_str(&note));
    buf_free(&note);
}

static void a_log_takes_only_the_cosignatures_of_its_witnesses(void **state)
{
    struct fixture *f = *state;
    struct witness_answer answer;
    struct witness_request parsed;
    struct buf body = BUF(1 << 16), lines = BUF(1 << 16);
    struct why why = {0};
    stored(f, 0);
    struct str bytes = request(f, "us.cbp", 0, 5, 0);
    assert_int_equal(witness_add_checkpoint(&f->arena, &f->witness, bytes, NOW, &answer, NULL), ERR_NONE);
    assert_int_equal(witness_request_parse(bytes, &parsed, &why), ERR_NONE);
    struct str text = {
        parsed.checkpoint.p,
        (size_t)((const char *)memmem(parsed.checkpoint.p, parsed.checkpoint.n, "\n\n", 2) - parsed.checkpoint.p) + 1};
    // A stranger's line among them is left out.
    note_cosign(STR("stranger"), &f->other_secret, NOW, text, &body);
    struct str strangers = arena_str(&f->arena, buf_str(&body));
    buf_str_add(&body, answer.body);
    assert_int_equal(
        witness_response_read(&f->arena, buf_str(&body), parsed.checkpoint, &f->witness_key, 1, &lines, &why),
        ERR_NONE);
    assert_true(str_eq(buf_str(&lines), answer.body));
    const struct {
        struct str body;
        enum err err;
    } bad[] = {{strangers, ERR_UNTRUSTED},
               {STR(""), ERR_MALFORMED},
               {STR("ok\n"), ERR_MALFORMED},
               {(struct str){answer.body.p, answer.body.n - 1}, ERR_MALFORMED}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(
            witness_response_read(&f->arena, bad[i].body, parsed.checkpoint, &f->witness_key, 1, &lines, NULL),
            bad[i].err);
    // A cosignature of another checkpoint does not hold, and an empty line cannot move where the text ends.
    request(f, "us.cbp", 0, 6, 0);
    assert_int_equal(witness_request_parse(buf_str(&f->request), &parsed, &why), ERR_NONE);
    assert_int_equal(witness_response_read(&f->arena, answer.body, parsed.checkpoint, &f->witness_key, 1, &lines, NULL),
                     ERR_UNTRUSTED);
    buf_clear(&body);
    buf_str_add(&body, answer.body);
    buf_putc(&body, '\n');
    buf_str_add(&body, answer.body);
    assert_int_equal(
        witness_response_read(&f->arena, buf_str(&body), parsed.checkpoint, &f->witness_key, 1, &lines, NULL),
        ERR_MALFORMED);
    buf_free(&body);
    buf_free(&lines);
}

static void refuses_a_409_that_is_no_size(void **state)
{
    (void)state;
    const char *const bad[] = {"", "5", "05\n", "\n", "5\n\n", "-1\n", "five\n", "18446744073709551615\n"};
    uint64_t size;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) assert_false(witness_conflict_read(str_of(bad[i]), &size));
    assert_true(witness_conflict_read(STR("0\n"), &size));
    assert_int_equal(size, 0);
}

static void a_request_is_written_as_the_specification_shows_it(void **state)
{
    (void)state;
    // The example of tlog-witness, shortened to two proof lines.
    static const char *const example = "old 20852014\n"
                                       "PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\n"
                                       "jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=\n"
                                       "\n"
                                       "example.com/behind-the-sofa\n";
    struct witness_request parsed;
    struct buf back = BUF(4096);
    assert_int_equal(witness_request_parse(str_of(example), &parsed, NULL), ERR_NONE);
    assert_int_equal(parsed.old, 20852014);
    assert_int_equal(parsed.proof.count, 2);
    assert_true(str_is(parsed.checkpoint, "example.com/behind-the-sofa\n"));
    witness_request_format(&parsed, &back);
    assert_true(str_is(buf_str(&back), example));
    buf_free(&back);
}

// ---- Foreign vectors ----

// The text between `from` and `to`, after which *rest starts.
static struct str between(struct str *rest, const char *from, const char *to)
{
    const char *start = rest->n ? memmem(rest->p, rest->n, from, strlen(from)) : NULL;
    if (!start) return STR_NONE;
    struct str s = str_from(*rest, (size_t)(start - rest->p) + strlen(from));
    const char *end = memmem(s.p, s.n, to, strlen(to));
    if (!end) return STR_NONE;
    *rest = str_from(s, (size_t)(end - s.p) + strlen(to));
    return (struct str){s.p, (size_t)(end - s.p)};
}

// Plays the requests of a litewitness script and compares statuses; where they are to be other than it says, `differs`
// has another number. Returns how many there were.
static size_t play(struct fixture *f, struct str script, const int *differs)
{
    size_t count = 0;
    for (;; count++) {
        struct str bytes = between(&script, "\n```\n", "\n```\n");
        if (!bytes.p) return count;
        bytes.n++; // with its last newline
        uint64_t status = 0;
        assert_true(str_decimal(between(&script, "HTTP ", "\n"), 599, &status));
        if (differs[count]) status = (uint64_t)differs[count];
        struct witness_answer answer;
        struct why why = {0};
        (void)witness_add_checkpoint(&f->arena, &f->witness, bytes, NOW, &answer, &why);
        if (answer.status != (int)status) fail_msg("request %zu: %d %s", count + 1, answer.status, why.text);
        if (answer.status == 409) {
            struct str copy = script, want = between(&copy, "body == \"", "\\n\"");
            assert_true(answer.body.n == want.n + 1 && memcmp(answer.body.p, want.p, want.n) == 0);
        }
        if (answer.status != 200) continue;
        f->size = answer.size;
        memcpy(f->root, answer.root, MERKLE_HASH);
    }
}

static void the_requests_of_litewitness_get_its_answers(void **state)
{
    struct fixture *f = *state;
    struct str script = shared_file(&f->arena, "tlog/torchwood/cmd/litewitness/testdata/litewitness.txt");
    if (!script.p) return;
    uint8_t key[ED25519_PUBLIC];
    size_t n;
    assert_true(
        hex_decode(STR("ffdc2d4d98e4124d3feaf788c0c2f9abfd796083d1f0495437f302ec79cf100f"), key, sizeof key, &n));
    f->origin = STR("sigsum.org/v1/tree/4d6d8825a6bb689d459628312889dfbb0bcd41b5211d9e1ce768b0ff0309e562");
    f->log_keys[0] = note_key_make(f->origin, NOTE_ED25519, key);
    // Request 2 spoils its signature by bits that base64 leaves over: to us no note at all (400), where a reader that
    // drops those bits finds a wrong signature (403). Request 3 names an unknown log: 403 in the draft of that day, 404
    // since.
    const int differs[16] = {0, 400, 404};
    assert_int_equal(play(f, script, differs), 9);
    assert_int_equal(f->size, 5);
    // The same spoilt signature, in base64 that all read alike.
    struct str rest = script, bytes = STR_NONE;
    for (int i = 0; i < 2; i++) bytes = between(&rest, "\n```\n", "\n```\n");
    struct str wrong = arena_printf(&f->arena, "%.*s", (int)bytes.n + 1, bytes.p);
    char *last = memmem(wrong.p, wrong.n, "WVrx6gx=", 8);
    assert_non_null(last);
    last[6] = 'w';
    struct witness_answer answer;
    f->size = 1;
    assert_int_equal(witness_add_checkpoint(&f->arena, &f->witness, wrong, NOW, &answer, NULL), ERR_UNTRUSTED);
    assert_int_equal(answer.status, 403);
}

static void the_checksum_database_of_go_is_witnessed(void **state)
{
    struct fixture *f = *state;
    struct str script = shared_file(&f->arena, "tlog/torchwood/cmd/litewitness/testdata/sumdb.txt");
    if (!script.p) return;
    f->origin = STR("go.sum database tree");
    assert_int_equal(note_key_parse(STR("sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"),
                                    &f->log_keys[0], NULL),
                     ERR_NONE);
    const int differs[16] = {0};
    assert_in_range(play(f, script, differs), 1, 16);
    assert_int_equal(f->size, 35225469);
}

static void the_update_of_transparency_dev_is_witnessed(void **state)
{
    struct fixture *f = *state;
    struct why why = {0};
    struct str file = shared_file(&f->arena, "tlog/extracted-vectors.json");
    if (!file.p) return;
    const struct json *vectors = json_get(json_parse(&f->arena, file, &why), "witness");
    assert_non_null(vectors);
    f->origin = STR("monkeys");
    assert_int_equal(note_key_parse(json_text(vectors, "log_vkey"), &f->log_keys[0], &why), ERR_NONE);
    struct witness_answer answer;
    struct witness_request r = {.checkpoint = json_text(vectors, "checkpoint_5")};
    for (int step = 0; step < 2; step++) {
        buf_clear(&f->request);
        witness_request_format(&r, &f->request);
        (void)witness_add_checkpoint(&f->arena, &f->witness, buf_str(&f->request), NOW, &answer, &why);
        assert_int_equal(answer.status, 200);
        f->size = answer.size;
        memcpy(f->root, answer.root, MERKLE_HASH);
        r = (struct witness_request){.old = 5, .checkpoint = json_text(vectors, "checkpoint_8")};
        json_each(hash, json_get(vectors, "consistency_5_8_hex"))
        {
            size_t n;
            assert_true(hex_decode(hash->text, r.proof.hash[r.proof.count++], MERKLE_HASH, &n));
        }
    }
    assert_int_equal(f->size, 8);
    // The second again: stale.
    (void)witness_add_checkpoint(&f->arena, &f->witness, buf_str(&f->request), NOW, &answer, NULL);
    assert_int_equal(answer.status, 409);
    assert_true(str_is(answer.body, "8\n"));
    // Another log's key.
    assert_int_equal(note_key_parse(json_text(vectors, "other_log_vkey"), &f->log_keys[0], &why), ERR_NONE);
    (void)witness_add_checkpoint(&f->arena, &f->witness, buf_str(&f->request), NOW, &answer, NULL);
    assert_int_equal(answer.status, 403);
}

static void the_cosignatures_of_sunlight_are_taken(void **state)
{
    struct fixture *f = *state;
    struct why why = {0};
    struct str file = shared_file(&f->arena, "tlog/extracted-vectors.json");
    if (!file.p) return;
    const struct json *vectors = json_get(json_parse(&f->arena, file, &why), "cosignature_v1_real");
    assert_non_null(vectors);
    struct str note = json_text(vectors, "witness_checkpoint"), rest = note;
    struct note_key key;
    struct buf lines = BUF(4096), path = BUF(256);
    assert_int_equal(note_key_parse(json_text(vectors, "witness_vkey"), &key, &why), ERR_NONE);
    struct str body = {memmem(note.p, note.n, "\u2014 witness", 11), 0};
    body.n = (size_t)(note.p + note.n - body.p);
    assert_int_equal(witness_response_read(&f->arena, body, note, &key, 1, &lines, &why), ERR_NONE);
    assert_true(str_eq(buf_str(&lines), body));
    // The folder that it is served from.
    witness_checkpoint_path(str_cut(rest, '\n', &rest), &path);
    assert_true(str_is(buf_str(&path), "000de184301123b9278c086a7d9f68c9577e83872224c197058fd90784ea9706/checkpoint"));
    buf_free(&lines);
    buf_free(&path);
}

#define witness_test(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        witness_test(every_row_of_the_status_table),
        witness_test(requests_that_cannot_be_read_are_400),
        witness_test(a_store_that_fails_is_no_verdict),
        witness_test(signatures_of_unknown_keys_are_ignored_and_not_passed_on),
        witness_test(extension_lines_are_cosigned_with_the_rest),
        witness_test(a_log_takes_only_the_cosignatures_of_its_witnesses),
        witness_test(refuses_a_409_that_is_no_size),
        witness_test(a_request_is_written_as_the_specification_shows_it),
        witness_test(the_requests_of_litewitness_get_its_answers),
        witness_test(the_checksum_database_of_go_is_witnessed),
        witness_test(the_update_of_transparency_dev_is_witnessed),
        witness_test(the_cosignatures_of_sunlight_are_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
