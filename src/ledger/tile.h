// SPDX-License-Identifier: Apache-2.0
// Tile: how a log is stored and served (c2sp.org/tlog-tiles). Tile n of tile level l holds the nodes of tree level 8 *
// l from index n * 256 on, 256 hashes of 32 bytes, or fewer in the last one of its level: a partial tile, which is a
// prefix of the later, wider ones. The levels between are hashed when they are needed. Entries lie in bundles, one to
// each tile of level 0: u16 big-endian length, bytes, and again.
//
// Pure: it is told how to read and write tiles. It knows no store and no HTTP.
#ifndef LEDGER_TILE_H
#define LEDGER_TILE_H

#include "ledger/merkle.h"

#define TILE_WIDTH 256u
#define TILE_BYTES (TILE_WIDTH * MERKLE_HASH)
#define TILE_LEVELS 8u       // of a tree of MERKLE_SIZE_MAX
#define TILE_ENTRY_MAX 65535 // bytes of one entry in a bundle

// ---- Names ----

// What a path below a log's prefix asks for. Width 256: the full tile.
struct tile_name {
    bool entries; // a bundle of entries; its level is 0
    unsigned level;
    uint64_t n;
    unsigned width;
};

// "tile/0/x001/x234/067", "tile/1/000.p/17", "tile/entries/273.p/112": appended to `out`, no slash before it.
void tile_path_format(const struct tile_name *name, struct buf *out);
// Accepts only what tile_path_format writes: level 0 to 63 and width 1 to 255 without leading zeros, n in groups of
// three digits, all but the last after an "x", the first group not "x000". false otherwise.
bool tile_path_parse(struct str path, struct tile_name *out);

// ---- Which tiles a tree has ----

// The width of tile n of a level in a tree of `size` leaves: 256 full, 1 to 255 partial, 0 not there.
unsigned tile_width(unsigned level, uint64_t n, uint64_t size);
// The tiles of a level that differ between the trees of `from` and of `to` >= from leaves: first <= n < *end; none when
// they are equal. Each is to be written at tile_width(level, n, to); the first may have been there, narrower.
void tile_grown(unsigned level, uint64_t from, uint64_t to, uint64_t *first, uint64_t *end);
// Where the hash of node (level, index) of the tree comes from: tile *n of tile level *tile_level, the 2^(level % 8)
// hashes from *offset on.
void tile_place(unsigned level, uint64_t index, unsigned *tile_level, uint64_t *n, unsigned *offset);
// The root of 2^height neighbouring hashes of a tile, from `offset`, a multiple of 2^height, on. `hashes` holds that
// many at least; height <= 8.
void tile_subtree(const uint8_t *hashes, unsigned offset, unsigned height, uint8_t out[MERKLE_HASH]);

// ---- Reading the tree from tiles ----

// Answers merkle.h's node callback from tiles. Remembers one tile a level and what it hashed in it, so that a proof
// that walks from left to right reads each tile once. 132 kB: keep it on the heap or in an arena. Used by one thread.
struct tile_reader {
    // Give the tile's first `width` hashes at least, or false. Asked only for widths that tile_width gives for `size`.
    bool (*read)(void *ctx, unsigned level, uint64_t n, unsigned width, uint8_t out[TILE_BYTES]);
    void *ctx;
    uint64_t size; // of the tree that is read; at most what is stored
    struct tile_memo {
        bool loaded;
        uint64_t n;
        unsigned width;
        bool known[2 * TILE_WIDTH]; // as a heap: node 1 is the root, 256 + i is hash i of the tile
        uint8_t node[2 * TILE_WIDTH][MERKLE_HASH];
    } memo[TILE_LEVELS];
};

// Another tree, or the same after it has grown.
void tile_reader_init(struct tile_reader *reader,
                      bool (*read)(void *ctx, unsigned level, uint64_t n, unsigned width, uint8_t out[TILE_BYTES]),
                      void *ctx, uint64_t size);
// `ctx` is a struct tile_reader. false: the node is not full in a tree of that size, or `read` failed.
bool tile_node(void *ctx, unsigned level, uint64_t index, uint8_t out[MERKLE_HASH]);
struct merkle_reader tile_merkle(struct tile_reader *reader);

// ---- Growing the tree ----

// The right edge of a log: all that the writer needs in memory, 68 kB. Zeroed it is the empty log. Copying the struct
// keeps a state to go back to when a slice is rolled back.
struct tile_edge {
    struct frontier frontier;
    uint64_t flushed; // the size at the last flush
    uint8_t tile[TILE_LEVELS][TILE_BYTES];
};

// Where tiles go: `put` writes tile (level, n) at this width over any narrower one; false if it cannot.
struct tile_writer {
    bool (*put)(void *ctx, unsigned level, uint64_t n, unsigned width, const uint8_t *hashes);
    void *ctx;
};

// The edge of the log that is stored, at reader->size. false: `read` failed.
bool tile_edge_load(struct tile_reader *reader, struct tile_edge *out) MUST_USE;
// One more leaf. Tiles that it fills are put at once. false: `put` failed, and the edge is no longer to be used.
bool tile_edge_append(struct tile_edge *edge, const uint8_t leaf[MERKLE_HASH],
                      const struct tile_writer *writer) MUST_USE;
// Puts the partial tiles that changed since the last flush. After it, what is stored is the whole tree of
// edge->frontier.size leaves. false: as above.
bool tile_edge_flush(struct tile_edge *edge, const struct tile_writer *writer) MUST_USE;

// ---- Entry bundles ----

// false: the entry has more than TILE_ENTRY_MAX bytes (nothing is written), or `out` failed.
bool bundle_add(struct buf *out, struct str entry) MUST_USE;
// The entries, pointing into `bundle`. false unless there are exactly `width` of them (1 to 256) and not a byte more.
bool bundle_read(struct str bundle, unsigned width, struct str entries[TILE_WIDTH]) MUST_USE;

#endif
