// SPDX-License-Identifier: Apache-2.0
#include "share/disclosure.h"

#include "filed_samples.h"
#include "terms.h"

// A batch in the making, as a holder or a cheat would make it.
struct world {
    struct memory_log *log;
    struct agreement *agreement;
    struct batch_item items[16];
    struct batch_parts parts;
    struct merkle_reader reader;
    struct batch_expected expected;
    struct arena arena;
};

#define KINDS "subject, \"custody.*\", crossing"

static int setup(void **state)
{
    struct world *w = calloc(1, sizeof *w);
    w->arena = ARENA((size_t)64 << 20);
    w->log = memory_log_new("mx.anam");
    w->agreement = terms(&w->arena, "a-1", "mx.anam", "ca.cbsa", KINDS, WITHHOLD);
    memory_append(w->log, "crossing", LABEL_GREEN, "{\"crossing\":{\"port\":\"x\"},\"trailers\":[]}");
    memory_append(w->log, "threat", LABEL_RED, "{\"threat\":{}}");
    memory_append(w->log, "subject", LABEL_AMBER, "{\"noun\":\"driver\",\"ids\":[{\"scheme\":\"a\",\"value\":\"1\"}]}");
    memory_append(w->log, "custody.seal", LABEL_AMBER, "{\"event\":{\"type\":\"on\"},\"raw\":\"00ff\"}");
    memory_append(w->log, "subject", LABEL_AMBER, "{\"noun\":\"seal\",\"ids\":[{\"scheme\":\"a\",\"value\":\"2\"}]}");
    *state = w;
    return 0;
}

static int teardown(void **state)
{
    struct world *w = *state;
    memory_log_free(w->log);
    arena_free(&w->arena);
    free(w);
    return 0;
}

static struct body copy_body(struct arena *arena, const struct body *body)
{
    struct body copy = {arena_array(arena, struct disclosure, body->count + 1), body->count};
    memcpy(copy.items, body->items, body->count * sizeof *copy.items);
    return copy;
}

// One statement of the log as the agreement lets it out; `whole`: without withholding anything.
static void put(struct world *w, int64_t seq, uint64_t index, bool whole)
{
    struct why why = {0};
    struct header header;
    size_t withheld;
    struct batch_item *item = &w->items[w->parts.count++];
    *item = (struct batch_item){seq, index, w->log->headers[index], copy_body(&w->arena, &w->log->bodies[index])};
    must(header_parse(&w->arena, item->header, &header, &why), &why);
    if (!whole) must(disclosure_redact(&w->arena, w->agreement, &header, &item->body, &withheld, &why), &why);
}

// Feed positions 3 to 6; the feed is not in the order of the log.
static void prepare(struct world *w)
{
    w->reader = (struct merkle_reader){memory_node, w->log};
    w->parts = (struct batch_parts){.agreement = w->agreement->id,
                                    .from = 3,
                                    .to = 6,
                                    .items = w->items,
                                    .checkpoint = memory_checkpoint(w->log),
                                    .size = w->log->size,
                                    .nodes = &w->reader};
    w->expected = (struct batch_expected){
        .origin = STR("mx.anam"), .log_key = &w->log->note_key, .agreement = w->agreement, .after = 2};
    put(w, 3, 3, false);
    put(w, 4, 0, false);
    put(w, 6, 2, false);
}

static struct str make(struct world *w)
{
    struct why why = {0};
    struct buf b = BUF(BATCH_BYTES_MAX);
    must(batch_make(&w->arena, &w->parts, &b, &why), &why);
    struct str s = arena_str(&w->arena, buf_str(&b));
    buf_free(&b);
    return s;
}

static enum err verify(struct world *w, struct str bytes, struct batch *out, struct why *why)
{
    *why = (struct why){0};
    return batch_verify(&w->arena, bytes, &w->expected, out, why);
}

static void carries_what_may_leave_and_nothing_else(void **state)
{
    struct world *w = *state;
    struct batch b;
    struct why why;
    uint8_t root[MERKLE_HASH];
    prepare(w);
    struct str bytes = make(w);
    must(verify(w, bytes, &b, &why), &why);
    assert_int_equal(b.mirror.count, 3);
    assert_true(b.mirror.from == 3 && b.mirror.to == 6 && b.skipped == 1 && b.withheld == 2 && !b.fork);
    assert_true(b.mirror.size == 5 && b.mirror.old_size == 0);
    assert_true(b.mirror.items[0].index == 3 && b.mirror.items[1].index == 0 && b.mirror.items[2].index == 2);
    must(batch_disclosed(w->items, 3, root, &why), &why);
    assert_memory_equal(root, b.disclosed, sizeof root);
    struct json *members;
    must(body_object(&w->arena, &b.mirror.items[0].body, &members, &why), &why);
    assert_true(json_get(members, "event") && !json_get(members, "raw"));
    must(body_object(&w->arena, &b.mirror.items[2].body, &members, &why), &why);
    assert_true(json_get(members, "noun") && !json_get(members, "ids"));
    assert_null(memmem(bytes.p, bytes.n, "00ff", 4)); // nowhere in the bytes
}

static void carries_a_checkpoint_alone(void **state)
{
    struct world *w = *state;
    struct batch b;
    struct why why;
    prepare(w);
    w->parts.count = 0;
    w->parts.to = 2;
    w->expected.seen = w->parts.seen = 2;
    memory_root(w->log, 2, w->expected.root);
    must(verify(w, make(w), &b, &why), &why);
    assert_true(b.mirror.count == 0 && b.mirror.to == 2 && b.mirror.size == 5 && b.mirror.old_size == 2);
}

static void remake_hash(struct str bytes)
{
    uint8_t hash[SHA256_BYTES];
    sha256((struct str){bytes.p, bytes.n - 32}, hash);
    memcpy((char *)bytes.p + bytes.n - 32, hash, 32);
}

// What a flipped bit can change without being noticed is only the holder's own numbering of its feed.
static bool same_but_for_the_numbering(const struct batch *a, const struct batch *b)
{
    bool same = a->mirror.count == b->mirror.count && a->mirror.size == b->mirror.size &&
                memcmp(a->disclosed, b->disclosed, 32) == 0 && memcmp(a->mirror.root, b->mirror.root, 32) == 0;
    for (size_t i = 0; same && i < a->mirror.count; i++)
        same = str_eq(a->mirror.items[i].header_bytes, b->mirror.items[i].header_bytes);
    return same;
}

static void refuses_every_flipped_bit(void **state)
{
    struct world *w = *state;
    struct batch good, b;
    struct why why;
    size_t unnoticed = 0;
    prepare(w);
    w->expected.seen = w->parts.seen = 2;
    memory_root(w->log, 2, w->expected.root);
    struct str bytes = make(w);
    must(verify(w, bytes, &good, &why), &why);
    for (size_t bit = 0; bit < bytes.n * 8; bit++) {
        struct arena scratch = ARENA((size_t)16 << 20);
        struct str copy = arena_str(&scratch, bytes);
        ((char *)copy.p)[bit / 8] = (char)(copy.p[bit / 8] ^ (1 << bit % 8));
        assert_int_not_equal(batch_verify(&scratch, copy, &w->expected, &b, &why), ERR_NONE);
        remake_hash(copy); // which mends a flip of the hash itself
        if (bit / 8 < bytes.n - 32 && batch_verify(&scratch, copy, &w->expected, &b, &why) == ERR_NONE) {
            if (!same_but_for_the_numbering(&good, &b)) fail_msg("bit %zu of byte %zu", bit % 8, bit / 8);
            unnoticed++;
        }
        arena_free(&scratch);
    }
    assert_true(unnoticed < 3 * 64 + 64); // three positions and `to`
}

static void refuses_every_cut(void **state)
{
    struct world *w = *state;
    struct batch b;
    struct why why;
    prepare(w);
    struct str bytes = make(w);
    for (size_t n = 0; n < bytes.n; n++) {
        assert_int_not_equal(verify(w, (struct str){bytes.p, n}, &b, &why), ERR_NONE);
        if (n < 40) continue;
        struct str copy = arena_str(&w->arena, (struct str){bytes.p, n});
        remake_hash(copy);
        assert_int_not_equal(verify(w, copy, &b, &why), ERR_NONE);
    }
}

// ---- Cheats ----

static void another_agreement(struct world *w)
{
    w->parts.agreement = STR("a-2");
}
static void another_place(struct world *w)
{
    w->parts.from = 4;
    w->parts.count = 0;
}
static void back_in_the_feed(struct world *w)
{
    w->parts.to = 1;
    w->parts.count = 0;
}
static void out_of_order(struct world *w)
{
    struct batch_item swap = w->items[0];
    w->items[0] = w->items[1];
    w->items[1] = swap;
}
static void one_position_twice(struct world *w)
{
    w->items[1].seq = w->items[0].seq;
}
static void past_the_end(struct world *w)
{
    w->parts.to = 5;
}
static void another_index(struct world *w)
{
    w->items[1].index = 1;
}
static void a_kind_that_is_not_agreed(struct world *w)
{
    memory_append(w->log, "document", LABEL_GREEN, "{\"facts\":{}}");
    w->parts.checkpoint = memory_checkpoint(w->log);
    w->parts.size = w->log->size;
    w->parts.to = 7;
    put(w, 7, 5, true);
}
static void a_label_that_is_not_agreed(struct world *w)
{
    memory_append(w->log, "crossing", LABEL_RED, "{\"crossing\":{}}");
    w->parts.checkpoint = memory_checkpoint(w->log);
    w->parts.size = w->log->size;
    w->parts.to = 7;
    put(w, 7, 5, true);
}
static void a_disclosure_of_disclosures(struct world *w)
{
    memory_append(w->log, "link.disclosed", LABEL_GREEN, "{\"root\":\"\"}");
    w->agreement->kinds[0] = STR("link.disclosed");
    w->parts.checkpoint = memory_checkpoint(w->log);
    w->parts.size = w->log->size;
    w->parts.to = 7;
    put(w, 7, 5, true);
}
static void a_withheld_member(struct world *w)
{
    w->parts.count--;
    put(w, 6, 2, true);
}
static void a_changed_member(struct world *w)
{
    struct disclosure *d = &w->items[1].body.items[0];
    d->text = arena_str(&w->arena, d->text);
    ((char *)d->text.p)[d->text.n - 2] ^= 1;
}
static void a_changed_member_with_its_digest(struct world *w)
{
    a_changed_member(w);
    disclosure_digest(w->items[1].body.items[0].text, w->items[1].body.items[0].digest);
}
static void a_digest_left_out(struct world *w)
{
    w->items[1].body.count--;
}
static void digests_out_of_order(struct world *w)
{
    struct disclosure *d = w->items[1].body.items, swap = d[0];
    d[0] = d[1];
    d[1] = swap;
}
static void a_statement_of_somebody_else(struct world *w)
{
    w->log->origin = STR("us.cbp");
    memory_append(w->log, "crossing", LABEL_GREEN, "{\"crossing\":{}}");
    w->log->origin = STR("mx.anam");
    w->parts.checkpoint = memory_checkpoint(w->log);
    w->parts.size = w->log->size;
    w->parts.to = 7;
    put(w, 7, 5, true);
}
static void another_log(struct world *w)
{
    w->log->origin = STR("mx.sat");
    w->parts.checkpoint = memory_checkpoint(w->log);
}
static void another_key(struct world *w)
{
    ed25519_from_seed((const uint8_t[ED25519_SEED]){8}, &w->log->key);
    w->parts.checkpoint = memory_checkpoint(w->log);
}
static void a_header_that_is_not_in_the_log(struct world *w)
{
    struct header header;
    struct why why = {0};
    struct buf b = BUF(HEADER_MAX);
    must(header_parse(&w->arena, w->items[1].header, &header, &why), &why);
    header.at_ms++;
    header_encode(&header, &b);
    w->items[1].header = arena_str(&w->arena, buf_str(&b));
    buf_free(&b);
}
static void a_proof_for_another_size(struct world *w)
{
    w->parts.seen = 1;
}

static void refuses_a_holder_that_cheats(void **state)
{
    static const struct {
        void (*cheat)(struct world *);
        const char *text;
    } cases[] = {
        {another_agreement, "another agreement"},
        {another_place, "does not start where"},
        {back_in_the_feed, "ends before it starts"},
        {out_of_order, "out of order"},
        {one_position_twice, "out of order"},
        {past_the_end, "more statements than|outside the range"},
        {another_index, "not in the tree"},
        {a_kind_that_is_not_agreed, "'document' with label green may not flow"},
        {a_label_that_is_not_agreed, "label red may not flow"},
        {a_disclosure_of_disclosures, "may not flow"},
        {a_withheld_member, "'ids' of a subject is withheld"},
        {a_changed_member, ""},
        {a_changed_member_with_its_digest, ""},
        {a_digest_left_out, "digests are not those"},
        {digests_out_of_order, ""},
        {a_statement_of_somebody_else, "somebody else"},
        {another_log, "another log"},
        {another_key, ""},
        {a_header_that_is_not_in_the_log, "not in the tree"},
        {a_proof_for_another_size, "another checkpoint"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct batch b;
        struct why why;
        void *fresh;
        assert_int_equal(setup(&fresh), 0);
        struct world *w = fresh;
        prepare(w);
        must(verify(w, make(w), &b, &why), &why);
        cases[i].cheat(w);
        enum err err = verify(w, make(w), &b, &why);
        bool said = false;
        for (struct str rest = str_of(cases[i].text), one; !said && rest.p;) {
            one = arena_str(&w->arena, str_cut(rest, '|', &rest));
            said = strstr(why.text, one.p) != NULL;
        }
        if (err == ERR_NONE || err == ERR_CONFLICT || !said || b.fork) fail_msg("case %zu: %s", i, why.text);
        teardown(&fresh);
    }
    (void)state;
}

static void refuses_a_statement_that_comes_twice(void **state)
{
    struct world *w = *state;
    struct buf b = BUF(BATCH_BYTES_MAX);
    struct why why = {0};
    prepare(w);
    w->items[2] = w->items[0];
    w->items[2].seq = 6;
    assert_int_equal(batch_make(&w->arena, &w->parts, &b, &why), ERR_CONFLICT);
    buf_free(&b);
}

static void tells_a_fork_from_other_faults(void **state)
{
    struct world *w = *state;
    struct batch b;
    struct why why;
    prepare(w);
    // The same size, another tree.
    w->expected.seen = w->parts.seen = 5;
    memory_root(w->log, 4, w->expected.root);
    assert_int_equal(verify(w, make(w), &b, &why), ERR_CONFLICT);
    assert_true(b.fork && b.mirror.checkpoint.n > 0);
    // A log that shrank.
    w->expected.seen = w->parts.seen = 9;
    assert_int_equal(verify(w, make(w), &b, &why), ERR_CONFLICT);
    assert_true(b.fork);
    // A larger log that does not begin with what we hold.
    w->expected.seen = w->parts.seen = 3;
    memory_root(w->log, 4, w->expected.root);
    assert_int_equal(verify(w, make(w), &b, &why), ERR_CONFLICT);
    assert_true(b.fork);
    memory_root(w->log, 3, w->expected.root);
    must(verify(w, make(w), &b, &why), &why);
    // Somebody else's signature proves nothing about the log.
    another_key(w);
    memory_root(w->log, 4, w->expected.root);
    assert_int_equal(verify(w, make(w), &b, &why), ERR_UNTRUSTED);
    assert_false(b.fork);
}

static void lets_an_erasure_through_whatever_is_agreed(void **state)
{
    struct world *w = *state;
    struct batch b;
    struct why why;
    memory_append(w->log, "erasure", LABEL_AMBER, "{\"statement\":\"mx.anam:0\",\"digests\":[]}");
    prepare(w);
    w->parts.to = 7;
    put(w, 7, 5, false);
    must(verify(w, make(w), &b, &why), &why);
    assert_int_equal(b.withheld, 2);
}

// Samples are without their hash, as the fuzzer has them.
static enum err judge_sample(void *context, struct arena *arena, struct str bytes, struct why *why)
{
    struct world *w = context;
    struct batch b;
    char *p = arena_alloc(arena, bytes.n + SHA256_BYTES);
    memcpy(p, bytes.p, bytes.n);
    sha256(bytes, (uint8_t *)p + bytes.n);
    return batch_verify(arena, (struct str){p, bytes.n + SHA256_BYTES}, &w->expected, &b, why);
}

static void judges_the_samples(void **state)
{
    struct world *w = *state;
    size_t wrong;
    prepare(w);
    assert_int_equal(samples_judge("batch", judge_sample, w, &wrong), 5);
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(carries_what_may_leave_and_nothing_else, setup, teardown),
        cmocka_unit_test_setup_teardown(carries_a_checkpoint_alone, setup, teardown),
        cmocka_unit_test_setup_teardown(refuses_every_flipped_bit, setup, teardown),
        cmocka_unit_test_setup_teardown(refuses_every_cut, setup, teardown),
        cmocka_unit_test_setup_teardown(refuses_a_holder_that_cheats, setup, teardown),
        cmocka_unit_test_setup_teardown(refuses_a_statement_that_comes_twice, setup, teardown),
        cmocka_unit_test_setup_teardown(tells_a_fork_from_other_faults, setup, teardown),
        cmocka_unit_test_setup_teardown(judges_the_samples, setup, teardown),
        cmocka_unit_test_setup_teardown(lets_an_erasure_through_whatever_is_agreed, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
