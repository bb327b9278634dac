// SPDX-License-Identifier: Apache-2.0
#include "share/batch.h"

#include "share/disclosure.h"

#include <stdlib.h>

static const char magic[8] = "PUENTEB\x01";

// What a statement takes beside its header's and disclosures' texts.
#define ITEM_FIXED (8 + 8 + 2 + 2)

size_t batch_item_bytes(const struct batch_item *item)
{
    size_t n = ITEM_FIXED + item->header.n;
    for (size_t i = 0; i < item->body.count; i++) n += 36 + item->body.items[i].text.n;
    return n;
}

// From the index on: what the disclosed root is over.
static void item_write(const struct batch_item *item, struct buf *out)
{
    INVARIANT(item->header.n <= HEADER_MAX);
    buf_be64(out, item->index);
    buf_be16(out, (uint16_t)item->header.n);
    buf_str_add(out, item->header);
    body_encode(&item->body, out);
}

enum err batch_disclosed(const struct batch_item *items, size_t count, uint8_t root[MERKLE_HASH], struct why *why)
{
    struct frontier frontier = {0};
    struct buf b = BUF(BATCH_BYTES_MAX);
    for (size_t i = 0; i < count; i++) {
        uint8_t leaf[MERKLE_HASH];
        buf_clear(&b);
        item_write(&items[i], &b);
        if (b.failed) break;
        merkle_leaf(buf_str(&b), leaf);
        frontier_append(&frontier, leaf, NULL, NULL);
    }
    bool failed = b.failed;
    buf_free(&b);
    if (failed) return why_set(why, ERR_TOO_LARGE, "", "a statement is larger than a batch");
    frontier_root(&frontier, root);
    return ERR_NONE;
}

// ---- Indices in order, as the multiproof wants them ----

struct place {
    uint64_t index;
    size_t item;
};

static int by_index(const void *a, const void *b)
{
    uint64_t x = ((const struct place *)a)->index, y = ((const struct place *)b)->index;
    return x < y ? -1 : x > y;
}

// `indices` in ascending order and, where wanted, the leaves beside them. Two of one index are ERR_CONFLICT.
static enum err sort_indices(struct arena *arena, struct place *places, size_t count, uint64_t **indices,
                             struct why *why)
{
    *indices = arena_array(arena, uint64_t, count ? count : 1);
    if (!*indices) return why_set(why, ERR_NO_MEMORY, "", "no memory for a batch");
    qsort(places, count, sizeof *places, by_index);
    for (size_t i = 0; i < count; i++) {
        (*indices)[i] = places[i].index;
        if (i && places[i].index == places[i - 1].index)
            return why_set(why, ERR_CONFLICT, "", "statement %llu stands twice in one batch",
                           (unsigned long long)places[i].index);
    }
    return ERR_NONE;
}

// ---- Making ----

static enum err write_multiproof(struct arena *arena, const struct batch_parts *p, struct buf *out, struct why *why)
{
    if (p->count == 0) return ERR_NONE;
    struct place *places = arena_array(arena, struct place, p->count);
    uint64_t *indices;
    if (!places) return why_set(why, ERR_NO_MEMORY, "", "no memory for a batch");
    for (size_t i = 0; i < p->count; i++) places[i] = (struct place){p->items[i].index, i};
    enum err err = sort_indices(arena, places, p->count, &indices, why);
    if (err != ERR_NONE) return err;
    if (indices[p->count - 1] >= p->size)
        return why_set(why, ERR_CONFLICT, "", "statement %llu is not in the tree of the checkpoint",
                       (unsigned long long)indices[p->count - 1]);
    if (multiproof_make(p->nodes, indices, p->count, p->size, out)) return ERR_NONE;
    return why_set(why, ERR_STORE, "", "the log's tiles cannot be read; run puente fsck");
}

enum err batch_make(struct arena *arena, const struct batch_parts *p, struct buf *out, struct why *why)
{
    INVARIANT(p->agreement.n <= AGREEMENT_ID_MAX && p->count <= BATCH_STATEMENTS_MAX);
    struct merkle_proof proof = {0};
    struct buf multiproof = BUF(BATCH_BYTES_MAX);
    size_t start = out->n;
    if (p->seen <= p->size && !consistency_make(p->nodes, p->seen, p->size, &proof))
        return why_set(why, ERR_STORE, "", "the log's tiles cannot be read; run puente fsck");
    enum err err = write_multiproof(arena, p, &multiproof, why);
    buf_add(out, magic, sizeof magic);
    buf_putc(out, (char)p->agreement.n);
    buf_str_add(out, p->agreement);
    buf_be64(out, (uint64_t)p->from);
    buf_be64(out, (uint64_t)p->to);
    buf_be64(out, p->seen);
    buf_be32(out, (uint32_t)p->checkpoint.n);
    buf_str_add(out, p->checkpoint);
    buf_putc(out, (char)proof.count);
    buf_add(out, proof.hash, proof.count * MERKLE_HASH);
    buf_be32(out, (uint32_t)p->count);
    buf_be32(out, (uint32_t)multiproof.n);
    buf_str_add(out, buf_str(&multiproof));
    for (size_t i = 0; i < p->count; i++) {
        buf_be64(out, (uint64_t)p->items[i].seq);
        item_write(&p->items[i], out);
    }
    uint8_t hash[SHA256_BYTES];
    if (!out->failed) sha256((struct str){out->p + start, out->n - start}, hash);
    if (!out->failed) buf_add(out, hash, sizeof hash);
    if (err == ERR_NONE && (out->failed || multiproof.failed))
        err = why_set(why, ERR_TOO_LARGE, "", "the batch is larger than %zu bytes", BATCH_BYTES_MAX);
    buf_free(&multiproof);
    return err;
}

// ---- Checking ----

// A batch on its way through the checks.
struct checking {
    struct arena *arena;
    const struct batch_expected *expected;
    struct batch *out;
    struct cursor c;
    struct str agreement, checkpoint, multiproof;
    uint64_t from, to, seen, last;
    struct merkle_proof proof;
    uint32_t count;
    struct place *places;
    struct frontier disclosed;
};

static enum err malformed(struct checking *k, const char *what, struct why *why)
{
    why_set(why, ERR_MALFORMED, "", "%s", what);
    return why_at(why, k->c.at), ERR_MALFORMED;
}

static enum err refuse(struct why *why, const char *member, const char *what)
{
    return why_set(why, ERR_UNTRUSTED, member, "%s", what);
}

static enum err check_frame(struct checking *k, struct str bytes, struct why *why)
{
    uint8_t hash[SHA256_BYTES];
    if (bytes.n > BATCH_BYTES_MAX)
        return why_set(why, ERR_TOO_LARGE, "", "a batch is at most %zu bytes", BATCH_BYTES_MAX);
    if (bytes.n < sizeof magic + sizeof hash || memcmp(bytes.p, magic, sizeof magic) != 0)
        return malformed(k, "no batch of a version that we read", why);
    struct str body = {bytes.p, bytes.n - sizeof hash};
    sha256(body, hash);
    if (memcmp(hash, bytes.p + body.n, sizeof hash) != 0) return malformed(k, "the batch was cut or altered", why);
    k->c = cursor_of(body);
    cursor_take(&k->c, sizeof magic);
    return ERR_NONE;
}

static enum err read_head(struct checking *k, struct why *why)
{
    struct cursor *c = &k->c;
    k->agreement = cursor_take(c, cursor_u8(c));
    k->from = cursor_be64(c);
    k->to = cursor_be64(c);
    k->seen = cursor_be64(c);
    k->checkpoint = cursor_take(c, cursor_be32(c));
    k->proof.count = cursor_u8(c);
    if (k->proof.count > MERKLE_PROOF_MAX) return malformed(k, "a proof has at most 63 hashes", why);
    struct str hashes = cursor_take(c, k->proof.count * MERKLE_HASH);
    if (hashes.n) memcpy(k->proof.hash, hashes.p, hashes.n);
    k->count = cursor_be32(c);
    k->multiproof = cursor_take(c, cursor_be32(c));
    if (c->failed) return malformed(k, "the batch ends too early", why);
    if (k->count > BATCH_STATEMENTS_MAX || k->count > cursor_left(c) / ITEM_FIXED)
        return malformed(k, "more statements than the batch has room for", why);
    return ERR_NONE;
}

static enum err check_head(struct checking *k, struct why *why)
{
    const struct batch_expected *e = k->expected;
    if (!str_eq(k->agreement, e->agreement->id)) return refuse(why, "agreement", "a batch of another agreement");
    if (k->from != (uint64_t)e->after + 1) return refuse(why, "from", "the batch does not start where we asked");
    if (k->to < k->from - 1 || k->to > INT64_MAX) return refuse(why, "to", "the batch ends before it starts");
    if (k->seen != e->seen) return refuse(why, "seen", "the proof is for another checkpoint than the one we hold");
    if (k->to - (k->from - 1) < k->count) return refuse(why, "count", "more statements than feed positions");
    return ERR_NONE;
}

static enum err forked(struct checking *k, const char *what, struct why *why)
{
    const struct batch_expected *e = k->expected;
    k->out->fork = true;
    return why_set(why, ERR_CONFLICT, "checkpoint", "the log of %.*s has forked: %s (held: %llu, offered: %llu)",
                   STR_ARG(e->origin), what, (unsigned long long)e->seen, (unsigned long long)k->out->mirror.size);
}

static enum err check_checkpoint(struct checking *k, struct why *why)
{
    const struct batch_expected *e = k->expected;
    struct mirror *m = &k->out->mirror;
    struct note note;
    struct checkpoint cp;
    struct note_verdict verdict;
    enum err err = checkpoint_read(k->arena, k->checkpoint, &note, &cp, why);
    if (err == ERR_NONE && !str_eq(cp.origin, e->origin)) err = refuse(why, "checkpoint", "it is of another log");
    if (err == ERR_NONE) err = note_verify(&note, e->log_key, 1, &verdict, NULL, why);
    if (err != ERR_NONE) return err;
    m->checkpoint = k->checkpoint;
    m->size = cp.size;
    m->old_size = e->seen;
    memcpy(m->root, cp.root, sizeof m->root);
    if (cp.size < e->seen) return forked(k, "it is smaller than it was", why);
    if (cp.size == e->seen && e->seen && memcmp(cp.root, e->root, MERKLE_HASH) != 0)
        return forked(k, "two trees of one size", why);
    uint8_t empty[MERKLE_HASH];
    merkle_empty(empty);
    if (!consistency_verify(e->seen, cp.size, e->seen ? e->root : empty, &k->proof, cp.root))
        return forked(k, "what we hold is not the beginning of it", why);
    return ERR_NONE;
}

static enum err read_body(struct checking *k, struct body *body, struct why *why)
{
    struct cursor *c = &k->c;
    uint16_t n = cursor_be16(c);
    size_t bytes = 0;
    if (n > DISCLOSURES_MAX) return malformed(k, "too many disclosures in one statement", why);
    body->items = arena_array(k->arena, struct disclosure, n ? n : 1u);
    if (!body->items) return why_set(why, ERR_NO_MEMORY, "", "no memory for a batch");
    for (; body->count < n; body->count++) {
        struct disclosure *d = &body->items[body->count];
        struct str digest = cursor_take(c, sizeof d->digest);
        if (digest.p) memcpy(d->digest, digest.p, sizeof d->digest);
        d->text = cursor_take(c, cursor_be32(c));
        if (c->failed) return malformed(k, "the batch ends within a body", why);
        if (!d->text.n) k->out->withheld++;
        bytes += d->text.n;
    }
    if (bytes > BODY_MAX) return why_set(why, ERR_TOO_LARGE, "body", "a body is at most %d bytes", BODY_MAX);
    return ERR_NONE;
}

static enum err check_statement(struct checking *k, const struct mirrored *m, struct why *why)
{
    const struct agreement *a = k->expected->agreement;
    uint8_t root[SHA256_BYTES];
    if (!str_eq(m->header.by, k->expected->origin)) return refuse(why, "by", "a statement of somebody else");
    if (!disclosure_lets_out(a, m->header.kind, m->header.label))
        return why_set(why, ERR_UNTRUSTED, "kind", "'%.*s' with label %s may not flow under '%.*s', and was sent",
                       STR_ARG(m->header.kind), label_name(m->header.label), STR_ARG(a->id));
    enum err err = body_check(k->arena, &m->body, why);
    if (err != ERR_NONE) return err;
    body_root(&m->body, root);
    if (memcmp(root, m->header.body, sizeof root) != 0)
        return refuse(why, "body", "the digests are not those of the header");
    return disclosure_check(k->arena, a, &m->header, &m->body, why);
}

static enum err check_item(struct checking *k, size_t i, struct why *why)
{
    struct mirrored *m = &k->out->mirror.items[i];
    struct cursor *c = &k->c;
    uint8_t leaf[MERKLE_HASH];
    uint64_t seq = cursor_be64(c);
    size_t start = c->at;
    m->index = cursor_be64(c);
    m->header_bytes = cursor_take(c, cursor_be16(c));
    if (c->failed) return malformed(k, "the batch ends within a statement", why);
    if (seq <= k->last || seq > k->to) return refuse(why, "seq", "statements out of order, or outside the range");
    k->last = seq;
    enum err err = header_parse(k->arena, m->header_bytes, &m->header, why);
    if (err == ERR_NONE) err = read_body(k, &m->body, why);
    if (err == ERR_NONE) err = check_statement(k, m, why);
    if (err != ERR_NONE) return err;
    merkle_leaf(m->header_bytes, m->leaf);
    merkle_leaf((struct str){(const char *)c->p + start, c->at - start}, leaf);
    frontier_append(&k->disclosed, leaf, NULL, NULL);
    k->places[i] = (struct place){m->index, i};
    return ERR_NONE;
}

static enum err check_items(struct checking *k, struct why *why)
{
    struct mirror *m = &k->out->mirror;
    enum err err = ERR_NONE;
    m->items = arena_array(k->arena, struct mirrored, k->count ? k->count : 1);
    k->places = arena_array(k->arena, struct place, k->count ? k->count : 1);
    if (!m->items || !k->places) return why_set(why, ERR_NO_MEMORY, "", "no memory for a batch");
    k->last = k->from - 1;
    for (; m->count < k->count && err == ERR_NONE; m->count++) err = check_item(k, m->count, why);
    if (err == ERR_NONE && cursor_left(&k->c)) err = malformed(k, "bytes after the last statement", why);
    if (err == ERR_NONE && k->arena->failed) err = why_set(why, ERR_NO_MEMORY, "", "no memory for a batch");
    return err;
}

static enum err check_tree(struct checking *k, struct why *why)
{
    const struct mirror *m = &k->out->mirror;
    uint64_t *indices;
    uint8_t root[MERKLE_HASH];
    if (m->count == 0) return k->multiproof.n ? malformed(k, "a proof of nothing", why) : ERR_NONE;
    enum err err = sort_indices(k->arena, k->places, m->count, &indices, why);
    if (err == ERR_CONFLICT) { // only a fork is a conflict here
        if (why) why->err = ERR_UNTRUSTED;
        return ERR_UNTRUSTED;
    }
    uint8_t *leaves = arena_alloc_array(k->arena, MERKLE_HASH, m->count);
    if (err != ERR_NONE || !leaves) return why_set(why, ERR_NO_MEMORY, "", "no memory for a batch");
    for (size_t i = 0; i < m->count; i++)
        memcpy(leaves + i * MERKLE_HASH, m->items[k->places[i].item].leaf, MERKLE_HASH);
    if (!multiproof_root(indices, leaves, m->count, m->size, k->multiproof, root) ||
        memcmp(root, m->root, sizeof root) != 0)
        return refuse(why, "proof", "the statements are not in the tree of the checkpoint");
    return ERR_NONE;
}

enum err batch_verify(struct arena *arena, struct str bytes, const struct batch_expected *expected, struct batch *out,
                      struct why *why)
{
    struct checking k = {.arena = arena, .expected = expected, .out = out};
    *out = (struct batch){.mirror = {.origin = expected->origin, .agreement = expected->agreement->id}};
    enum err err = check_frame(&k, bytes, why);
    if (err == ERR_NONE) err = read_head(&k, why);
    if (err == ERR_NONE) err = check_head(&k, why);
    if (err == ERR_NONE) err = check_checkpoint(&k, why);
    if (err == ERR_NONE) err = check_items(&k, why);
    if (err == ERR_NONE) err = check_tree(&k, why);
    if (err != ERR_NONE) return err;
    out->mirror.from = k.from;
    out->mirror.to = k.to;
    out->skipped = k.to - (k.from - 1) - k.count;
    frontier_root(&k.disclosed, out->disclosed);
    return ERR_NONE;
}
