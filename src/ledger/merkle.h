// SPDX-License-Identifier: Apache-2.0
// Merkle: the append-only hash tree of RFC 6962 2.1 (RFC 9162 2.1) over SHA-256, without storage. Leaves are hashed
// with a 0x00 before them, nodes with a 0x01; the empty tree is SHA-256 of nothing; a tree of n leaves splits at the
// largest power of two below n. Node (level, index) is the root of the 2^level leaves from index * 2^level on: such a
// *complete* subtree never changes once it is full, and is all that is ever stored. Hashes are 32 raw bytes throughout.
//
// The file knows nothing of tiles (tile.h), of what a leaf says, or of where nodes are kept (struct merkle_reader).
#ifndef LEDGER_MERKLE_H
#define LEDGER_MERKLE_H

#include "base/why.h"
#include "trust/hash.h"

#define MERKLE_HASH SHA256_BYTES
// No tree here is larger, so that no proof has more than 63 hashes (the limit of C2SP tlog-witness).
#define MERKLE_SIZE_MAX ((uint64_t)1 << 62)
#define MERKLE_PROOF_MAX 63

void merkle_empty(uint8_t out[MERKLE_HASH]);
void merkle_leaf(struct str entry, uint8_t out[MERKLE_HASH]);
// `out` may be one of the inputs.
void merkle_node(const uint8_t left[MERKLE_HASH], const uint8_t right[MERKLE_HASH], uint8_t out[MERKLE_HASH]);

// Where the hashes of complete subtrees come from. `node` is asked only for nodes that are full in the tree in
// question, (index + 1) << level <= size; it gives false when its storage fails, which makes the call that asked give
// false.
struct merkle_reader {
    bool (*node)(void *ctx, unsigned level, uint64_t index, uint8_t out[MERKLE_HASH]);
    void *ctx;
};

// The hashes of an inclusion or consistency proof, in the order of RFC 6962 2.1.1 and 2.1.2: deepest first.
struct merkle_proof {
    size_t count;
    uint8_t hash[MERKLE_PROOF_MAX][MERKLE_HASH];
};

// ---- Growing ----

// The roots of the complete subtrees that a tree of `size` leaves falls into: hash[l] counts where bit l of size is
// set. A zeroed frontier is the empty tree.
struct frontier {
    uint64_t size;
    uint8_t hash[64][MERKLE_HASH];
};

// Takes the next leaf hash: one node hash a leaf on average. `made` (may be NULL) is told each node that this leaf
// completes, the leaf itself (level 0) first, then upwards. INVARIANT: size < MERKLE_SIZE_MAX.
void frontier_append(struct frontier *frontier, const uint8_t leaf[MERKLE_HASH],
                     void (*made)(void *ctx, unsigned level, uint64_t index, const uint8_t hash[MERKLE_HASH]),
                     void *ctx);
// The root of the tree: at most 62 node hashes.
void frontier_root(const struct frontier *frontier, uint8_t root[MERKLE_HASH]);
// The frontier of the first `size` leaves of a stored tree. false: the reader failed, or size > MERKLE_SIZE_MAX.
bool frontier_read(const struct merkle_reader *reader, uint64_t size, struct frontier *out) MUST_USE;

// ---- Subtrees ----

// The subtree [start, end) can be had from complete nodes: start <= end, and start is a multiple of the smallest power
// of two that is no less than end - start (draft-ietf-plants-merkle-tree-certs 4.1). [0, n) always can.
bool merkle_range_valid(uint64_t start, uint64_t end);
// MTH(D[start:end]). false: not valid, or the reader failed. The root of a tree is its [0, size).
bool merkle_range(const struct merkle_reader *reader, uint64_t start, uint64_t end, uint8_t out[MERKLE_HASH]) MUST_USE;

// ---- Proofs ----

// That leaf `index` is in the tree of `size` leaves: RFC 6962 2.1.1. false: index >= size, or the reader failed.
bool inclusion_make(const struct merkle_reader *reader, uint64_t index, uint64_t size,
                    struct merkle_proof *out) MUST_USE;
bool inclusion_verify(uint64_t index, uint64_t size, const uint8_t leaf[MERKLE_HASH], const struct merkle_proof *proof,
                      const uint8_t root[MERKLE_HASH]) MUST_USE;

// That the tree of `old` leaves is a prefix of the tree of `size`: RFC 6962 2.1.2. Empty when old is 0 (its root is
// then the empty tree's) or old == size (the roots are then equal). false: old > size, or the reader failed.
bool consistency_make(const struct merkle_reader *reader, uint64_t old, uint64_t size,
                      struct merkle_proof *out) MUST_USE;
bool consistency_verify(uint64_t old, uint64_t size, const uint8_t old_root[MERKLE_HASH],
                        const struct merkle_proof *proof, const uint8_t root[MERKLE_HASH]) MUST_USE;

// The same two within or of a valid subtree [start, end): draft-ietf-plants-merkle-tree-certs 4.3 and 4.4, as C2SP
// tlog-mirror and sign-subtree use them.
bool subtree_inclusion_make(const struct merkle_reader *reader, uint64_t index, uint64_t start, uint64_t end,
                            struct merkle_proof *out) MUST_USE;
bool subtree_inclusion_verify(uint64_t index, uint64_t start, uint64_t end, const uint8_t leaf[MERKLE_HASH],
                              const struct merkle_proof *proof, const uint8_t hash[MERKLE_HASH]) MUST_USE;
bool subtree_consistency_make(const struct merkle_reader *reader, uint64_t start, uint64_t end, uint64_t size,
                              struct merkle_proof *out) MUST_USE;
// An empty subtree has the hash of the empty tree and an empty proof, and says nothing about `root`.
bool subtree_consistency_verify(uint64_t start, uint64_t end, uint64_t size, const uint8_t hash[MERKLE_HASH],
                                const struct merkle_proof *proof, const uint8_t root[MERKLE_HASH]) MUST_USE;

// ---- Multiproof ----
// One proof for many leaves, as the batches of a link carry it. For leaf indices i[0] < i[1] < … of a tree of `size`
// leaves it is the list of the hashes of the maximal subtrees that hold none of them, from left to right: walk from the
// root, range [lo, hi) split as RFC 6962 splits it; a range without a wanted leaf gives its hash and is left; a wanted
// leaf gives nothing. It is minimal and canonical: for given indices and size there is one. k leaves in one run need at
// most 2 log2(size) hashes, k scattered ones at most k log2(size).

// Appends the hashes, 32 bytes each, to `out`. false: no index, not strictly ascending, one >= size, the reader failed,
// or `out` failed.
bool multiproof_make(const struct merkle_reader *reader, const uint64_t *indices, size_t count, uint64_t size,
                     struct buf *out) MUST_USE;
// The root that the leaf hashes (count * 32 bytes, in the order of `indices`) and the proof give. false: the indices
// are not as above, or the proof has a hash too few, a hash too many, or part of one. Compare the root with a signed
// one.
bool multiproof_root(const uint64_t *indices, const uint8_t *leaves, size_t count, uint64_t size, struct str proof,
                     uint8_t root[MERKLE_HASH]) MUST_USE;

#endif
