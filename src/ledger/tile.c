// SPDX-License-Identifier: Apache-2.0
#include "ledger/tile.h"

#include <inttypes.h>

// ---- Names ----

#define TILE_LEVEL_LAST 63 // tlog-tiles; no tree of ours comes near

void tile_path_format(const struct tile_name *name, struct buf *out)
{
    buf_puts(out, "tile/");
    if (name->entries)
        buf_puts(out, "entries");
    else
        buf_u64(out, name->level);
    uint64_t unit = 1;
    while (name->n / unit >= 1000) unit *= 1000;
    for (; unit > 1; unit /= 1000) buf_printf(out, "/x%03" PRIu64, name->n / unit % 1000);
    buf_printf(out, "/%03" PRIu64, name->n % 1000);
    if (name->width < TILE_WIDTH) buf_printf(out, ".p/%u", name->width);
}

static bool group_parse(struct str text, uint64_t *n)
{
    if (text.n != 3) return false;
    for (size_t i = 0; i < 3; i++) {
        if (text.p[i] < '0' || text.p[i] > '9') return false;
        *n = *n * 10 + (uint64_t)(text.p[i] - '0');
    }
    return *n <= MERKLE_SIZE_MAX / TILE_WIDTH; // no tree has more tiles, and the next group cannot overflow
}

static bool width_parse(struct str text, unsigned *width)
{
    uint64_t value;
    if (!str_decimal(text, TILE_WIDTH - 1, &value) || value == 0) return false;
    *width = (unsigned)value;
    return true;
}

bool tile_path_parse(struct str path, struct tile_name *out)
{
    struct str rest, level;
    uint64_t value = 0;
    *out = (struct tile_name){.width = TILE_WIDTH};
    if (!str_is(str_cut(path, '/', &rest), "tile") || !rest.p) return false;
    level = str_cut(rest, '/', &rest);
    out->entries = str_is(level, "entries");
    if (!out->entries && !str_decimal(level, TILE_LEVEL_LAST, &value)) return false;
    out->level = (unsigned)value;
    if (str_starts(rest, "x000")) return false;
    while (rest.n && rest.p[0] == 'x')
        if (!group_parse(str_cut(str_from(rest, 1), '/', &rest), &out->n)) return false;
    struct str last = rest.p ? str_cut(rest, '/', &rest) : STR_NONE;
    if (rest.p) {
        if (!str_ends(last, ".p") || !width_parse(rest, &out->width)) return false;
        last.n -= 2;
    }
    return group_parse(last, &out->n);
}

// ---- Which tiles a tree has ----

// Hashes at a tile level of a tree.
static uint64_t level_count(unsigned level, uint64_t size)
{
    return level < TILE_LEVELS ? size >> (8 * level) : 0;
}

unsigned tile_width(unsigned level, uint64_t n, uint64_t size)
{
    uint64_t count = level_count(level, size), full = count / TILE_WIDTH;
    return n < full ? TILE_WIDTH : n == full ? (unsigned)(count % TILE_WIDTH) : 0;
}

void tile_grown(unsigned level, uint64_t from, uint64_t to, uint64_t *first, uint64_t *end)
{
    uint64_t before = level_count(level, from), after = level_count(level, to);
    *first = before / TILE_WIDTH;
    *end = before == after ? *first : (after + TILE_WIDTH - 1) / TILE_WIDTH;
}

void tile_place(unsigned level, uint64_t index, unsigned *tile_level, uint64_t *n, unsigned *offset)
{
    *tile_level = level / 8;
    uint64_t first = index << (level % 8);
    *n = first / TILE_WIDTH;
    *offset = (unsigned)(first % TILE_WIDTH);
}

void tile_subtree(const uint8_t *hashes, unsigned offset, unsigned height, uint8_t out[MERKLE_HASH])
{
    uint8_t row[TILE_WIDTH / 2][MERKLE_HASH];
    INVARIANT(height <= 8 && offset % (1u << height) == 0);
    const uint8_t *from = hashes + (size_t)offset * MERKLE_HASH;
    for (unsigned n = 1u << height; n > 1; n /= 2) {
        for (unsigned i = 0; i < n / 2; i++)
            merkle_node(from + (size_t)2 * i * MERKLE_HASH, from + (size_t)(2 * i + 1) * MERKLE_HASH, row[i]);
        from = row[0];
    }
    memcpy(out, from, MERKLE_HASH);
}

// ---- Reading the tree from tiles ----

void tile_reader_init(struct tile_reader *reader,
                      bool (*read)(void *ctx, unsigned level, uint64_t n, unsigned width, uint8_t out[TILE_BYTES]),
                      void *ctx, uint64_t size)
{
    reader->read = read;
    reader->ctx = ctx;
    reader->size = size;
    for (unsigned l = 0; l < TILE_LEVELS; l++) reader->memo[l].loaded = false;
}

static struct tile_memo *memo_load(struct tile_reader *reader, unsigned level, uint64_t n)
{
    struct tile_memo *memo = &reader->memo[level];
    if (memo->loaded && memo->n == n) return memo;
    memo->loaded = false;
    memo->n = n;
    memo->width = tile_width(level, n, reader->size);
    if (memo->width == 0 || !reader->read(reader->ctx, level, n, memo->width, memo->node[TILE_WIDTH])) return NULL;
    memset(memo->known, 0, sizeof memo->known);
    memset(memo->known + TILE_WIDTH, true, memo->width);
    memo->loaded = true;
    return memo;
}

// At most 8 deep: a tile is 8 levels of the tree.
static bool memo_node(struct tile_memo *memo, unsigned at)
{
    if (memo->known[at]) return true;
    if (at >= TILE_WIDTH || !memo_node(memo, 2 * at) || !memo_node(memo, 2 * at + 1)) return false;
    merkle_node(memo->node[2 * at], memo->node[2 * at + 1], memo->node[at]);
    memo->known[at] = true;
    return true;
}

bool tile_node(void *ctx, unsigned level, uint64_t index, uint8_t out[MERKLE_HASH])
{
    struct tile_reader *reader = ctx;
    if (level > 62 || index >= reader->size >> level) return false;
    unsigned tile_level, offset;
    uint64_t n;
    tile_place(level, index, &tile_level, &n, &offset);
    struct tile_memo *memo = memo_load(reader, tile_level, n);
    unsigned at = (TILE_WIDTH + offset) >> (level % 8);
    if (!memo || !memo_node(memo, at)) return false;
    memcpy(out, memo->node[at], MERKLE_HASH);
    return true;
}

struct merkle_reader tile_merkle(struct tile_reader *reader)
{
    return (struct merkle_reader){tile_node, reader};
}

// ---- Growing the tree ----

bool tile_edge_load(struct tile_reader *reader, struct tile_edge *out)
{
    memset(out, 0, sizeof *out);
    struct merkle_reader merkle = tile_merkle(reader);
    if (!frontier_read(&merkle, reader->size, &out->frontier)) return false;
    for (unsigned l = 0; l < TILE_LEVELS; l++) {
        uint64_t n = level_count(l, reader->size) / TILE_WIDTH;
        unsigned width = tile_width(l, n, reader->size);
        if (width && !reader->read(reader->ctx, l, n, width, out->tile[l])) return false;
    }
    out->flushed = reader->size;
    return true;
}

struct tile_put {
    struct tile_edge *edge;
    const struct tile_writer *writer;
    bool failed;
};

static void edge_note(void *ctx, unsigned level, uint64_t index, const uint8_t hash[MERKLE_HASH])
{
    struct tile_put *put = ctx;
    if (level % 8 != 0 || put->failed) return;
    unsigned l = level / 8, offset = (unsigned)(index % TILE_WIDTH);
    memcpy(put->edge->tile[l] + (size_t)offset * MERKLE_HASH, hash, MERKLE_HASH);
    if (offset == TILE_WIDTH - 1)
        put->failed = !put->writer->put(put->writer->ctx, l, index / TILE_WIDTH, TILE_WIDTH, put->edge->tile[l]);
}

bool tile_edge_append(struct tile_edge *edge, const uint8_t leaf[MERKLE_HASH], const struct tile_writer *writer)
{
    struct tile_put put = {edge, writer, false};
    frontier_append(&edge->frontier, leaf, edge_note, &put);
    return !put.failed;
}

bool tile_edge_flush(struct tile_edge *edge, const struct tile_writer *writer)
{
    uint64_t size = edge->frontier.size;
    for (unsigned l = 0; l < TILE_LEVELS; l++) {
        uint64_t n = level_count(l, size) / TILE_WIDTH;
        unsigned width = tile_width(l, n, size);
        if (width == 0 || level_count(l, edge->flushed) == level_count(l, size)) continue;
        if (!writer->put(writer->ctx, l, n, width, edge->tile[l])) return false;
    }
    edge->flushed = size;
    return true;
}

// ---- Entry bundles ----

bool bundle_add(struct buf *out, struct str entry)
{
    if (entry.n > TILE_ENTRY_MAX || !buf_reserve(out, 2 + entry.n)) return false;
    buf_be16(out, (uint16_t)entry.n);
    buf_str_add(out, entry);
    return !out->failed;
}

bool bundle_read(struct str bundle, unsigned width, struct str entries[TILE_WIDTH])
{
    if (width == 0 || width > TILE_WIDTH) return false;
    struct cursor c = cursor_of(bundle);
    for (unsigned i = 0; i < width; i++) entries[i] = cursor_take(&c, cursor_be16(&c));
    return !c.failed && cursor_left(&c) == 0;
}
