// SPDX-License-Identifier: Apache-2.0
#include "ledger/merkle.h"

void merkle_empty(uint8_t out[MERKLE_HASH])
{
    sha256(STR(""), out);
}

void merkle_leaf(struct str entry, uint8_t out[MERKLE_HASH])
{
    sha256_two((struct str){"\x00", 1}, entry, out);
}

void merkle_node(const uint8_t left[MERKLE_HASH], const uint8_t right[MERKLE_HASH], uint8_t out[MERKLE_HASH])
{
    uint8_t joined[1 + 2 * MERKLE_HASH];
    joined[0] = 0x01;
    memcpy(joined + 1, left, MERKLE_HASH);
    memcpy(joined + 1 + MERKLE_HASH, right, MERKLE_HASH);
    sha256((struct str){(const char *)joined, sizeof joined}, out);
}

// The number of leading levels of n: floor(log2 n). n > 0.
static unsigned log2_floor(uint64_t n)
{
    return 63u - (unsigned)__builtin_clzll(n);
}

// Where RFC 6962 2.1 splits a tree of n > 1 leaves: the largest power of two below n.
static uint64_t split(uint64_t n)
{
    return (uint64_t)1 << log2_floor(n - 1);
}

// The smallest power of two that is no less than n.
static uint64_t ceil2(uint64_t n)
{
    return n <= 1 ? 1 : (uint64_t)1 << (log2_floor(n - 1) + 1);
}

static bool hash_eq(const uint8_t a[MERKLE_HASH], const uint8_t b[MERKLE_HASH])
{
    return memcmp(a, b, MERKLE_HASH) == 0;
}

// ---- Growing ----

void frontier_append(struct frontier *frontier, const uint8_t leaf[MERKLE_HASH],
                     void (*made)(void *ctx, unsigned level, uint64_t index, const uint8_t hash[MERKLE_HASH]),
                     void *ctx)
{
    INVARIANT(frontier->size < MERKLE_SIZE_MAX);
    uint8_t hash[MERKLE_HASH];
    memcpy(hash, leaf, MERKLE_HASH);
    unsigned level = 0;
    for (;; level++) {
        if (made) made(ctx, level, frontier->size >> level, hash);
        if (!(frontier->size >> level & 1)) break;
        merkle_node(frontier->hash[level], hash, hash);
    }
    memcpy(frontier->hash[level], hash, MERKLE_HASH);
    frontier->size++;
}

void frontier_root(const struct frontier *frontier, uint8_t root[MERKLE_HASH])
{
    if (frontier->size == 0) {
        merkle_empty(root);
        return;
    }
    unsigned level = (unsigned)__builtin_ctzll(frontier->size);
    memcpy(root, frontier->hash[level], MERKLE_HASH);
    for (level++; level < 64; level++)
        if (frontier->size >> level & 1) merkle_node(frontier->hash[level], root, root);
}

bool frontier_read(const struct merkle_reader *reader, uint64_t size, struct frontier *out)
{
    if (size > MERKLE_SIZE_MAX) return false;
    memset(out, 0, sizeof *out);
    uint64_t start = 0;
    for (unsigned level = 63; level-- > 0;) {
        if (!(size >> level & 1)) continue;
        if (!reader->node(reader->ctx, level, start >> level, out->hash[level])) return false;
        start += (uint64_t)1 << level;
    }
    out->size = size;
    return true;
}

// ---- Subtrees ----

bool merkle_range_valid(uint64_t start, uint64_t end)
{
    return start <= end && end <= MERKLE_SIZE_MAX && start % ceil2(end - start) == 0;
}

bool merkle_range(const struct merkle_reader *reader, uint64_t start, uint64_t end, uint8_t out[MERKLE_HASH])
{
    if (!merkle_range_valid(start, end)) return false;
    if (start == end) {
        merkle_empty(out);
        return true;
    }
    // The complete subtrees from right to left, the smallest first, folded as we go.
    uint64_t left = end - start;
    bool first = true;
    while (left > 0) {
        unsigned level = (unsigned)__builtin_ctzll(left);
        left -= (uint64_t)1 << level;
        uint8_t hash[MERKLE_HASH];
        if (!reader->node(reader->ctx, level, (start + left) >> level, hash)) return false;
        if (first)
            memcpy(out, hash, MERKLE_HASH);
        else
            merkle_node(hash, out, out);
        first = false;
    }
    return true;
}

// ---- Proofs ----
// Both kinds walk down from the root of [0, size) to a target; each step leaves a sibling range beside the path.
// Siblings are noted on the way down and used on the way up, since proofs list the deepest first.

struct step {
    uint64_t start, end; // the sibling
    bool left;           // it stands left of the path
    bool both;           // it is the left part of the target itself, and so of the old tree and of the new
};

struct walk {
    size_t count;
    struct step step[64];
    uint64_t start, end; // where the walk ended
    bool whole;          // it ended at the whole target, not at the rest of one that was split
};

// From [0, size) to the valid, non-empty subtree [start, end).
static void walk_down(uint64_t start, uint64_t end, uint64_t size, struct walk *walk)
{
    uint64_t lo = 0, hi = size;
    *walk = (struct walk){.whole = true};
    while (lo != start || hi != end) {
        INVARIANT(walk->count < 64 && hi - lo > 1);
        struct step *step = &walk->step[walk->count++];
        uint64_t middle = lo + split(hi - lo);
        if (end <= middle) {
            *step = (struct step){middle, hi, false, false};
            hi = middle;
            continue;
        }
        // Either the target lies right of the middle, or it starts at lo and its left part is the sibling.
        *step = (struct step){lo, middle, true, start < middle};
        if (start < middle) {
            INVARIANT(start == lo);
            start = middle;
            walk->whole = false;
        }
        lo = middle;
    }
    walk->start = start;
    walk->end = end;
}

static bool walk_read(const struct merkle_reader *reader, const struct walk *walk, struct merkle_proof *out)
{
    out->count = 0;
    if (!walk->whole && !merkle_range(reader, walk->start, walk->end, out->hash[out->count++])) return false;
    for (size_t i = walk->count; i-- > 0;) {
        INVARIANT(out->count < MERKLE_PROOF_MAX);
        if (!merkle_range(reader, walk->step[i].start, walk->step[i].end, out->hash[out->count++])) return false;
    }
    return true;
}

// Folds the proof up the walk: *old is the hash of the target, *root that of [0, size). false: not as many hashes as
// the walk has.
static bool walk_fold(const struct walk *walk, const uint8_t hash[MERKLE_HASH], const struct merkle_proof *proof,
                      uint8_t old[MERKLE_HASH], uint8_t root[MERKLE_HASH])
{
    if (proof->count != walk->count + (walk->whole ? 0 : 1)) return false;
    const uint8_t *seed = walk->whole ? hash : proof->hash[0];
    const uint8_t(*next)[MERKLE_HASH] = proof->hash + (walk->whole ? 0 : 1);
    memcpy(old, seed, MERKLE_HASH);
    memcpy(root, seed, MERKLE_HASH);
    for (size_t i = walk->count; i-- > 0; next++) {
        if (walk->step[i].both) merkle_node(*next, old, old);
        if (walk->step[i].left)
            merkle_node(*next, root, root);
        else
            merkle_node(root, *next, root);
    }
    return true;
}

bool subtree_inclusion_make(const struct merkle_reader *reader, uint64_t index, uint64_t start, uint64_t end,
                            struct merkle_proof *out)
{
    out->count = 0;
    if (!merkle_range_valid(start, end) || index < start || index >= end) return false;
    struct walk walk;
    walk_down(index - start, index - start + 1, end - start, &walk);
    for (size_t i = 0; i < walk.count; i++) {
        walk.step[i].start += start;
        walk.step[i].end += start;
    }
    return walk_read(reader, &walk, out);
}

bool subtree_inclusion_verify(uint64_t index, uint64_t start, uint64_t end, const uint8_t leaf[MERKLE_HASH],
                              const struct merkle_proof *proof, const uint8_t hash[MERKLE_HASH])
{
    if (!merkle_range_valid(start, end) || index < start || index >= end) return false;
    struct walk walk;
    uint8_t old[MERKLE_HASH], found[MERKLE_HASH];
    walk_down(index - start, index - start + 1, end - start, &walk);
    return walk_fold(&walk, leaf, proof, old, found) && hash_eq(found, hash);
}

bool inclusion_make(const struct merkle_reader *reader, uint64_t index, uint64_t size, struct merkle_proof *out)
{
    return subtree_inclusion_make(reader, index, 0, size, out);
}

bool inclusion_verify(uint64_t index, uint64_t size, const uint8_t leaf[MERKLE_HASH], const struct merkle_proof *proof,
                      const uint8_t root[MERKLE_HASH])
{
    return subtree_inclusion_verify(index, 0, size, leaf, proof, root);
}

bool subtree_consistency_make(const struct merkle_reader *reader, uint64_t start, uint64_t end, uint64_t size,
                              struct merkle_proof *out)
{
    out->count = 0;
    if (!merkle_range_valid(start, end) || end > size || size > MERKLE_SIZE_MAX) return false;
    if (start == end) return true;
    struct walk walk;
    walk_down(start, end, size, &walk);
    return walk_read(reader, &walk, out);
}

bool subtree_consistency_verify(uint64_t start, uint64_t end, uint64_t size, const uint8_t hash[MERKLE_HASH],
                                const struct merkle_proof *proof, const uint8_t root[MERKLE_HASH])
{
    if (!merkle_range_valid(start, end) || end > size || size > MERKLE_SIZE_MAX) return false;
    uint8_t old[MERKLE_HASH], found[MERKLE_HASH];
    if (start == end) {
        merkle_empty(old);
        return proof->count == 0 && hash_eq(old, hash);
    }
    struct walk walk;
    walk_down(start, end, size, &walk);
    return walk_fold(&walk, hash, proof, old, found) && hash_eq(old, hash) && hash_eq(found, root);
}

bool consistency_make(const struct merkle_reader *reader, uint64_t old, uint64_t size, struct merkle_proof *out)
{
    return subtree_consistency_make(reader, 0, old, size, out);
}

bool consistency_verify(uint64_t old, uint64_t size, const uint8_t old_root[MERKLE_HASH],
                        const struct merkle_proof *proof, const uint8_t root[MERKLE_HASH])
{
    if (old == size && !hash_eq(old_root, root)) return false;
    return subtree_consistency_verify(0, old, size, old_root, proof, root);
}

// ---- Multiproof ----
// The recursions go down one split at a time and so are at most 62 deep (MERKLE_SIZE_MAX).

static bool indices_valid(const uint64_t *indices, size_t count, uint64_t size)
{
    if (count == 0 || size > MERKLE_SIZE_MAX || indices[count - 1] >= size) return false;
    for (size_t i = 1; i < count; i++)
        if (indices[i - 1] >= indices[i]) return false;
    return true;
}

// How many of the ascending indices are below `bound`.
static size_t indices_below(const uint64_t *indices, size_t count, uint64_t bound)
{
    size_t lo = 0;
    while (lo < count) {
        size_t middle = lo + (count - lo) / 2;
        if (indices[middle] < bound)
            lo = middle + 1;
        else
            count = middle;
    }
    return lo;
}

static bool multiproof_walk(const struct merkle_reader *reader, const uint64_t *indices, size_t count, uint64_t lo,
                            uint64_t hi, struct buf *out)
{
    if (count == hi - lo) return true; // every leaf is wanted
    if (count == 0) {
        uint8_t *hash = (uint8_t *)buf_reserve(out, MERKLE_HASH);
        if (!hash || !merkle_range(reader, lo, hi, hash)) return false;
        out->n += MERKLE_HASH;
        return true;
    }
    uint64_t middle = lo + split(hi - lo);
    size_t below = indices_below(indices, count, middle);
    return multiproof_walk(reader, indices, below, lo, middle, out) &&
           multiproof_walk(reader, indices + below, count - below, middle, hi, out);
}

bool multiproof_make(const struct merkle_reader *reader, const uint64_t *indices, size_t count, uint64_t size,
                     struct buf *out)
{
    return indices_valid(indices, count, size) && multiproof_walk(reader, indices, count, 0, size, out);
}

struct multiproof_fold {
    const uint64_t *indices;
    const uint8_t *leaves;
    struct cursor proof;
};

static void multiproof_hash(struct multiproof_fold *fold, size_t from, size_t count, uint64_t lo, uint64_t hi,
                            uint8_t out[MERKLE_HASH])
{
    if (fold->proof.failed) return;
    if (count == 0) {
        struct str hash = cursor_take(&fold->proof, MERKLE_HASH);
        if (!fold->proof.failed) memcpy(out, hash.p, MERKLE_HASH);
        return;
    }
    if (hi - lo == 1) {
        memcpy(out, fold->leaves + from * MERKLE_HASH, MERKLE_HASH);
        return;
    }
    uint64_t middle = lo + split(hi - lo);
    size_t below = indices_below(fold->indices + from, count, middle);
    uint8_t left[MERKLE_HASH] = {0}, right[MERKLE_HASH] = {0};
    multiproof_hash(fold, from, below, lo, middle, left);
    multiproof_hash(fold, from + below, count - below, middle, hi, right);
    if (!fold->proof.failed) merkle_node(left, right, out);
}

bool multiproof_root(const uint64_t *indices, const uint8_t *leaves, size_t count, uint64_t size, struct str proof,
                     uint8_t root[MERKLE_HASH])
{
    if (!indices_valid(indices, count, size)) return false;
    struct multiproof_fold fold = {indices, leaves, cursor_of(proof)};
    multiproof_hash(&fold, 0, count, 0, size, root);
    return !fold.proof.failed && cursor_left(&fold.proof) == 0;
}
