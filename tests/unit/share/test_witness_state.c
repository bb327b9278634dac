// SPDX-License-Identifier: Apache-2.0
#include "nodes.h"

#include "base/text.h"
#include "ledger/tlog.h"

#define CROSSINGS "subject, crossing, \"custody.*\", channel"

static int setup(void **state)
{
    struct nodes *n = nodes_new(CROSSINGS, "");
    declare(n, &n->mx, "T1", NULL, "1AA");
    *state = n;
    return 0;
}

static int teardown(void **state)
{
    nodes_free(*state);
    return 0;
}

// A request of mx.anam for the tree that it has now, from `old` on.
static struct str request_of(struct nodes *n, uint64_t old)
{
    struct engine_checkpoint newest;
    struct witness_request r = {.old = old};
    struct tlog_nodes nodes;
    struct why why = {0};
    struct buf b = BUF(65536);
    must(cosigned_newest(n->mx.views, &n->arena, &newest, &why), &why);
    r.checkpoint = newest.note;
    must(tlog_nodes_init(&nodes, n->mx.reader, &n->arena, newest.size), &nodes.why);
    struct merkle_reader reader = tlog_reader(&nodes);
    if (old) assert_true(consistency_make(&reader, old, newest.size, &r.proof));
    witness_request_format(&r, &b);
    struct str s = arena_str(&n->arena, buf_str(&b));
    buf_free(&b);
    return s;
}

static int ask(struct nodes *n, struct str request, struct str *body)
{
    int status = 0;
    const char *type;
    struct why why = {0};
    must(witness_answer(n->ca.views, n->ca.commit, &n->mx_as_partner, 1, STR("ca.cbsa"), &n->ca.witness_key, request,
                        &n->arena, &status, &type, body, &why),
         &why);
    if (status == 409) assert_string_equal(type, WITNESS_SIZE_TYPE);
    return status;
}

static uint64_t seen(struct nodes *n)
{
    struct engine_checkpoint cp;
    struct why why = {0};
    must(witness_seen(n->ca.views, &n->arena, STR("mx.anam"), &cp, &why), &why);
    return cp.size;
}

static void cosigns_a_log_that_only_grows(void **state)
{
    struct nodes *n = *state;
    struct str body;
    struct why why = {0};
    struct buf lines = BUF(4096);
    struct engine_checkpoint newest;
    assert_int_equal(ask(n, request_of(n, 0), &body), 200);
    must(cosigned_newest(n->mx.views, &n->arena, &newest, &why), &why);
    const struct note_key key = n->ca_as_partner.witness_key;
    must(witness_response_read(&n->arena, body, newest.note, &key, 1, &lines, &why), &why);
    buf_free(&lines);
    assert_int_equal(seen(n), newest.size); // on disk
    uint64_t first = newest.size;
    declare(n, &n->mx, "T2", NULL, "2AA");
    assert_int_equal(ask(n, request_of(n, 0), &body), 409); // it has seen more
    uint64_t size;
    assert_true(witness_conflict_read(body, &size) && size == first);
    assert_int_equal(ask(n, request_of(n, first), &body), 200);
    assert_true(seen(n) > first);
    assert_int_equal(ask(n, STR("old x\n\n"), &body), 400);
}

static void follows_nobody_else(void **state)
{
    struct nodes *n = *state;
    struct str body;
    n->mx_as_partner.log_key = note_key_make(STR("mx.sat"), NOTE_ED25519, n->mx.key.public);
    assert_int_equal(ask(n, request_of(n, 0), &body), 404);
    n->mx_as_partner.log_key = note_key_make(STR("mx.anam"), NOTE_ED25519, n->ca.key.public);
    assert_int_equal(ask(n, request_of(n, 0), &body), 403);
    assert_int_equal(seen(n), 0);
}

static void links_and_add_checkpoint_share_one_memory(void **state)
{
    struct nodes *n = *state;
    struct batch b;
    struct str body;
    uint64_t size;
    pull(n, n->agreements[0], 0, &b);
    declare(n, &n->mx, "T2", NULL, "2AA");
    assert_int_equal(ask(n, request_of(n, 0), &body), 409);
    assert_true(witness_conflict_read(body, &size) && size == seen(n));
    assert_int_equal(ask(n, request_of(n, size), &body), 200);
    assert_true(pull(n, n->agreements[0], (int64_t)b.mirror.to, &b) > 0);
    assert_true(b.mirror.old_size > size);
}

static void serves_what_it_saw_last(void **state)
{
    struct nodes *n = *state;
    struct str note, body;
    struct why why = {0};
    uint8_t hash[SHA256_BYTES];
    sha256(STR("mx.anam"), hash);
    struct str hex = hex_text(&n->arena, (struct str){(const char *)hash, sizeof hash});
    assert_int_equal(witness_monitor(n->ca.views, &n->arena, &n->mx_as_partner, 1, STR("ca.cbsa"), &n->ca.witness_key,
                                     hex, &note, &why),
                     ERR_NOT_FOUND);
    assert_int_equal(ask(n, request_of(n, 0), &body), 200);
    struct batch b;
    for (int i = 0; i < 2; i++) {
        struct note parsed;
        struct note_verdict verdicts[2];
        size_t verified;
        const struct note_key keys[2] = {n->mx.log_key, n->ca_as_partner.witness_key};
        why = (struct why){0};
        must(witness_monitor(n->ca.views, &n->arena, &n->mx_as_partner, 1, STR("ca.cbsa"), &n->ca.witness_key, hex,
                             &note, &why),
             &why);
        must(note_parse(&n->arena, note, &parsed, &why), &why);
        must(note_verify(&parsed, keys, 2, verdicts, &verified, &why), &why);
        assert_true(verified == 2 && parsed.count == 2);
        pull(n, n->agreements[0], 0, &b); // then by a link: without a cosignature of its own
    }
}

// ---- Our own checkpoints ----

static struct str cosignature(struct nodes *n, struct str note, const struct ed25519_key *key)
{
    struct buf b = BUF(4096);
    struct note parsed;
    struct why why = {0};
    must(note_parse(&n->arena, note, &parsed, &why), &why);
    note_cosign(STR("ca.cbsa"), key, 1772373909, parsed.text, &b);
    struct str line = arena_str(&n->arena, buf_str(&b));
    buf_free(&b);
    return line;
}

static void keeps_a_partners_cosignature(void **state)
{
    struct nodes *n = *state;
    struct batch b;
    struct why why = {0};
    struct str note;
    assert_int_equal(cosigned_quorum(n->mx.views, &n->arena, 1, 1, &note, &why), ERR_BUSY);
    int64_t place = pull(n, n->agreements[0], 0, &b);
    pull(n, n->agreements[0], place, &b); // the checkpoint over the statement of that disclosure, too
    struct str line = cosignature(n, b.mirror.checkpoint, &n->ca.witness_key);
    for (int i = 0; i < 2; i++) { // twice is once
        why = (struct why){0};
        must(link_cosigned(n->mx.commit, n->mx.views, &n->ca_as_partner, line, &why), &why);
    }
    must(cosigned_quorum(n->mx.views, &n->arena, b.mirror.size, 1, &note, &why), &why);
    struct note parsed;
    must(note_parse(&n->arena, note, &parsed, &why), &why);
    assert_int_equal(parsed.count, 2);
    assert_int_equal(cosigned_quorum(n->mx.views, &n->arena, b.mirror.size, 2, &note, &why), ERR_BUSY);
    assert_int_equal(cosigned_quorum(n->mx.views, &n->arena, b.mirror.size + 1, 1, &note, &why), ERR_BUSY);
    must(witness_checkpoint(n->mx.views, &n->arena, &note, &why), &why);
    assert_non_null(memmem(note.p, note.n, line.p, line.n));
    struct json *r = witness_report(n->mx.views, &n->arena);
    int64_t size;
    assert_int_equal(r->count, 1);
    assert_true(str_is(json_text(json_at(r, 0), "name"), "ca.cbsa"));
    assert_true(json_integer(json_at(r, 0), "size", &size) && (uint64_t)size == b.mirror.size);
    declare(n, &n->mx, "T2", NULL, "2AA");
    must(witness_checkpoint(n->mx.views, &n->arena, &note, &why), &why);
    assert_null(memmem(note.p, note.n, line.p, line.n)); // the newest has none yet
}

static void refuses_a_cosignature_that_is_none(void **state)
{
    struct nodes *n = *state;
    struct batch b;
    struct why why = {0};
    pull(n, n->agreements[0], 0, &b);
    struct str line = cosignature(n, b.mirror.checkpoint, &n->ca.key); // another key
    assert_int_equal(link_cosigned(n->mx.commit, n->mx.views, &n->ca_as_partner, line, &why), ERR_UNTRUSTED);
    line = cosignature(n, b.mirror.checkpoint, &n->ca.witness_key);
    char *flipped = (char *)arena_str(&n->arena, line).p;
    flipped[line.n - 10] ^= 1;
    assert_int_equal(link_cosigned(n->mx.commit, n->mx.views, &n->ca_as_partner, (struct str){flipped, line.n}, &why),
                     ERR_UNTRUSTED);
    // Of a checkpoint that is not the one it was offered last.
    struct engine_checkpoint newest;
    declare(n, &n->mx, "T2", NULL, "2AA");
    must(cosigned_newest(n->mx.views, &n->arena, &newest, &why), &why);
    line = cosignature(n, newest.note, &n->ca.witness_key);
    assert_int_equal(link_cosigned(n->mx.commit, n->mx.views, &n->ca_as_partner, line, &why), ERR_UNTRUSTED);
    assert_int_equal(witness_report(n->mx.views, &n->arena)->count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(cosigns_a_log_that_only_grows, setup, teardown),
        cmocka_unit_test_setup_teardown(follows_nobody_else, setup, teardown),
        cmocka_unit_test_setup_teardown(links_and_add_checkpoint_share_one_memory, setup, teardown),
        cmocka_unit_test_setup_teardown(serves_what_it_saw_last, setup, teardown),
        cmocka_unit_test_setup_teardown(keeps_a_partners_cosignature, setup, teardown),
        cmocka_unit_test_setup_teardown(refuses_a_cosignature_that_is_none, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
