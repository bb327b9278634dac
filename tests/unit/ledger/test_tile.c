// SPDX-License-Identifier: Apache-2.0
#include "ledger/tile.h"

#include "base/json.h"
#include "shared_data.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

// ---- Names ----

static const struct {
    struct tile_name name;
    const char *path;
} names[] = {
    {{false, 0, 1234067, 256}, "tile/0/x001/x234/067"},
    {{false, 0, 0, 1}, "tile/0/000.p/1"},
    {{false, 0, 273, 112}, "tile/0/273.p/112"},
    {{false, 1, 1, 17}, "tile/1/001.p/17"},
    {{false, 2, 0, 255}, "tile/2/000.p/255"},
    {{true, 0, 273, 112}, "tile/entries/273.p/112"},
    {{true, 0, 999, 256}, "tile/entries/999"},
    {{true, 0, 1000, 256}, "tile/entries/x001/000"},
    {{true, 0, 1000000, 256}, "tile/entries/x001/x000/000"},
    {{false, 63, 18014398509481984, 256}, "tile/63/x018/x014/x398/x509/x481/984"},
};

static void a_name_becomes_its_path_and_comes_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct buf path = BUF(256);
        struct tile_name back;
        tile_path_format(&names[i].name, &path);
        assert_true(str_is(buf_str(&path), names[i].path));
        assert_true(tile_path_parse(buf_str(&path), &back));
        assert_int_equal(back.entries, names[i].name.entries);
        assert_int_equal(back.level, names[i].name.level);
        assert_int_equal(back.n, names[i].name.n);
        assert_int_equal(back.width, names[i].name.width);
        buf_free(&path);
    }
}

static void refuses_every_other_spelling_of_a_path(void **state)
{
    (void)state;
    const char *const bad[] = {"",
                               "tile",
                               "tile/",
                               "/tile/0/000",
                               "tile/0",
                               "tile/0/",
                               "tile/0/0",
                               "tile/0/00",
                               "tile/0/1",
                               "tile/0/0001",
                               "tile/0/000/",
                               "tile/0/000/000",
                               "tile/0//000",
                               "tile/00/000",
                               "tile/01/000",
                               "tile/64/000",
                               "tile/-1/000",
                               "tile/+1/000",
                               "tile/0/-01",
                               "tile/0/0 1",
                               "tile/0/x001/234/067",
                               "tile/0/x001",
                               "tile/0/x001/",
                               "tile/0/x000/001",
                               "tile/0/x1/001",
                               "tile/0/X001/001",
                               "tile/0/x001/x234/067.p/0",
                               "tile/0/001.p",
                               "tile/0/001.p/",
                               "tile/0/001.p/0",
                               "tile/0/001.p/01",
                               "tile/0/001.p/256",
                               "tile/0/001.p/1/",
                               "tile/0/001.p/1/2",
                               "tile/0/001.q/1",
                               "tile/0/001/1",
                               "tile/0/x001.p/1",
                               "tile/0/.p/1",
                               "tile/entrie/000",
                               "tile/entries0/000",
                               "tile/entries/entries/000",
                               "tile/0/001 ",
                               "tile/0/001?",
                               "tile/0/../000",
                               "tile/0/x018/x014/x398/x509/x481/985",
                               "tile/0/x999/x999/x999/x999/x999/x999/x999/999"};
    struct tile_name name;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (tile_path_parse(str_of(bad[i]), &name)) fail_msg("took %s", bad[i]);
    assert_false(tile_path_parse((struct str){"tile/0/000\0", 11}, &name));
    assert_false(tile_path_parse(STR_NONE, &name));
}

// ---- Which tiles a tree has ----

static void a_tree_of_70000_has_the_tiles_of_the_specification(void **state)
{
    (void)state;
    const struct {
        unsigned level;
        uint64_t n, size;
        unsigned width;
    } cases[] = {{0, 0, 70000, 256},
                 {0, 272, 70000, 256},
                 {0, 273, 70000, 112},
                 {0, 274, 70000, 0},
                 {1, 0, 70000, 256},
                 {1, 1, 70000, 17},
                 {1, 2, 70000, 0},
                 {2, 0, 70000, 1},
                 {3, 0, 70000, 0},
                 {0, 0, 256, 256},
                 {0, 1, 256, 0},
                 {1, 0, 256, 1},
                 {0, 0, 0, 0},
                 {1, 0, 255, 0},
                 {0, 0, 255, 255},
                 {2, 0, 65535, 0},
                 {1, 0, 65535, 255},
                 {7, 0, UINT64_C(1) << 62, 64},
                 {8, 0, UINT64_C(1) << 62, 0},
                 {63, 0, UINT64_C(1) << 62, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(tile_width(cases[i].level, cases[i].n, cases[i].size), cases[i].width);
}

static void growing_touches_exactly_the_tiles_whose_width_changes(void **state)
{
    (void)state;
    const uint64_t sizes[] = {0, 1, 2, 255, 256, 257, 511, 512, 65535, 65536, 65537, 66000, 131072};
    enum { COUNT = sizeof sizes / sizeof *sizes };
    for (size_t a = 0; a < COUNT; a++) {
        for (size_t b = a; b < COUNT; b++) {
            for (unsigned level = 0; level < TILE_LEVELS; level++) {
                uint64_t first, end;
                tile_grown(level, sizes[a], sizes[b], &first, &end);
                for (uint64_t n = 0; n <= 513; n++) {
                    bool changed = tile_width(level, n, sizes[a]) != tile_width(level, n, sizes[b]);
                    assert_int_equal(n >= first && n < end, changed);
                }
            }
        }
    }
}

// ---- A log in memory ----

enum { STORE_TILES = 512 };
struct store {
    uint8_t tile[3][STORE_TILES][TILE_BYTES];
    unsigned width[3][STORE_TILES];
    size_t reads, puts;
    bool broken;
};

static bool store_put(void *ctx, unsigned level, uint64_t n, unsigned width, const uint8_t *hashes)
{
    struct store *store = ctx;
    if (store->broken) return false;
    assert_true(level < 3 && n < STORE_TILES && width >= 1 && width <= TILE_WIDTH);
    assert_true(width > store->width[level][n]);                                             // only ever wider,
    assert_memory_equal(store->tile[level][n], hashes, (size_t)store->width[level][n] * 32); // and the same before
    memcpy(store->tile[level][n], hashes, (size_t)width * MERKLE_HASH);
    store->width[level][n] = width;
    store->puts++;
    return true;
}

static bool store_read(void *ctx, unsigned level, uint64_t n, unsigned width, uint8_t out[TILE_BYTES])
{
    struct store *store = ctx;
    if (store->broken) return false;
    assert_true(level < 3 && n < STORE_TILES);
    assert_true(width <= store->width[level][n]);
    memcpy(out, store->tile[level][n], (size_t)width * MERKLE_HASH);
    store->reads++;
    return true;
}

static void leaf_of(uint64_t i, uint8_t out[MERKLE_HASH])
{
    char text[32];
    merkle_leaf((struct str){text, (size_t)snprintf(text, sizeof text, "entry %" PRIu64, i)}, out);
}

// Grows to `size`, flushing after each `slice` leaves.
static void grow(struct tile_edge *edge, struct store *store, uint64_t size, uint64_t slice)
{
    struct tile_writer writer = {store_put, store};
    while (edge->frontier.size < size) {
        uint8_t leaf[MERKLE_HASH];
        leaf_of(edge->frontier.size, leaf);
        assert_true(tile_edge_append(edge, leaf, &writer));
        if (edge->frontier.size % slice == 0) assert_true(tile_edge_flush(edge, &writer));
    }
    assert_true(tile_edge_flush(edge, &writer));
}

static void a_log_in_tiles_is_the_same_tree_and_goes_on_where_it_stopped(void **state)
{
    (void)state;
    const uint64_t slices[] = {1, 100, 256, 1000};
    for (size_t s = 0; s < 4; s++) {
        struct store *store = calloc(1, sizeof *store);
        struct tile_edge *edge = calloc(1, sizeof *edge);
        struct tile_reader *reader = calloc(1, sizeof *reader);
        assert_true(store && edge && reader);
        struct frontier frontier = {0};
        const uint64_t stops[] = {1, 255, 256, 257, 700, 65535, 65536, 66001};
        for (size_t i = 0; i < sizeof stops / sizeof *stops; i++) {
            uint8_t want[MERKLE_HASH], got[MERKLE_HASH], leaf[MERKLE_HASH];
            while (frontier.size < stops[i]) {
                leaf_of(frontier.size, leaf);
                frontier_append(&frontier, leaf, NULL, NULL);
            }
            grow(edge, store, stops[i], slices[s]);
            frontier_root(&frontier, want);
            frontier_root(&edge->frontier, got);
            assert_memory_equal(got, want, MERKLE_HASH);

            tile_reader_init(reader, store_read, store, stops[i]);
            struct merkle_reader merkle = tile_merkle(reader);
            assert_true(merkle_range(&merkle, 0, stops[i], got));
            assert_memory_equal(got, want, MERKLE_HASH);
            for (uint64_t k = 0; k < stops[i]; k += stops[i] / 50 + 1) {
                struct merkle_proof proof;
                leaf_of(k, leaf);
                assert_true(inclusion_make(&merkle, k, stops[i], &proof));
                assert_true(inclusion_verify(k, stops[i], leaf, &proof, want));
            }
            // Every width is exactly the specification's.
            for (unsigned l = 0; l < 3; l++)
                for (uint64_t n = 0; n < STORE_TILES; n++)
                    assert_int_equal(store->width[l][n], tile_width(l, n, stops[i]));
            // As after a restart.
            memset(edge, 0xAA, sizeof *edge);
            tile_reader_init(reader, store_read, store, stops[i]);
            assert_true(tile_edge_load(reader, edge));
        }
        free(store);
        free(edge);
        free(reader);
    }
}

static void a_reader_of_a_smaller_tree_sees_that_tree(void **state)
{
    (void)state;
    struct store *store = calloc(1, sizeof *store);
    struct tile_edge *edge = calloc(1, sizeof *edge);
    struct tile_reader *reader = calloc(1, sizeof *reader);
    assert_true(store && edge && reader);
    grow(edge, store, 1000, 1000);
    struct frontier frontier = {0};
    for (uint64_t n = 0; n < 1000; n++) {
        uint8_t want[MERKLE_HASH], got[MERKLE_HASH], leaf[MERKLE_HASH];
        tile_reader_init(reader, store_read, store, n);
        struct merkle_reader merkle = tile_merkle(reader);
        frontier_root(&frontier, want);
        assert_true(merkle_range(&merkle, 0, n, got));
        assert_memory_equal(got, want, MERKLE_HASH);
        for (unsigned level = 0; level < 10; level++) assert_false(tile_node(reader, level, n >> level, got));
        leaf_of(n, leaf);
        frontier_append(&frontier, leaf, NULL, NULL);
    }
    free(store);
    free(edge);
    free(reader);
}

static void a_proof_reads_each_tile_once_and_a_batch_hardly_more(void **state)
{
    (void)state;
    struct store *store = calloc(1, sizeof *store);
    struct tile_edge *edge = calloc(1, sizeof *edge);
    struct tile_reader *reader = calloc(1, sizeof *reader);
    assert_true(store && edge && reader);
    grow(edge, store, 70000, 5000);
    tile_reader_init(reader, store_read, store, 70000);
    struct merkle_reader merkle = tile_merkle(reader);
    struct merkle_proof proof;
    assert_true(inclusion_make(&merkle, 1234, 70000, &proof));
    assert_in_range(store->reads, 1, 5);
    uint64_t indices[1000];
    for (uint64_t i = 0; i < 1000; i++) indices[i] = 30000 + i;
    struct buf out = BUF(1 << 20);
    store->reads = 0;
    tile_reader_init(reader, store_read, store, 70000);
    merkle = tile_merkle(reader);
    assert_true(multiproof_make(&merkle, indices, 1000, 70000, &out));
    assert_in_range(store->reads, 1, 8);
    buf_free(&out);
    free(store);
    free(edge);
    free(reader);
}

static void a_store_that_fails_makes_reader_and_writer_fail(void **state)
{
    (void)state;
    struct store *store = calloc(1, sizeof *store);
    struct tile_edge *edge = calloc(1, sizeof *edge);
    struct tile_reader *reader = calloc(1, sizeof *reader);
    assert_true(store && edge && reader);
    grow(edge, store, 255, 255);
    struct tile_writer writer = {store_put, store};
    struct tile_edge *before = malloc(sizeof *before);
    assert_non_null(before);
    *before = *edge;
    store->broken = true;
    uint8_t leaf[MERKLE_HASH];
    leaf_of(255, leaf);
    assert_false(tile_edge_append(edge, leaf, &writer));
    *edge = *before; // rolled back
    store->broken = false;
    assert_true(tile_edge_append(edge, leaf, &writer));
    store->broken = true;
    assert_false(tile_edge_flush(edge, &writer));
    tile_reader_init(reader, store_read, store, 255);
    assert_false(tile_edge_load(reader, edge));
    assert_false(tile_node(reader, 0, 0, leaf));
    store->broken = false;
    assert_true(tile_node(reader, 0, 0, leaf));
    free(before);
    free(store);
    free(edge);
    free(reader);
}

static void the_place_of_a_node_gives_its_hash(void **state)
{
    (void)state;
    struct store *store = calloc(1, sizeof *store);
    struct tile_edge *edge = calloc(1, sizeof *edge);
    struct tile_reader *reader = calloc(1, sizeof *reader);
    assert_true(store && edge && reader);
    grow(edge, store, 66000, 66000);
    tile_reader_init(reader, store_read, store, 66000);
    for (unsigned level = 0; level <= 16; level++) {
        for (uint64_t index = 0; (index + 1) << level <= 66000; index += index / 3 + 1) {
            unsigned tile_level, offset;
            uint64_t n;
            uint8_t want[MERKLE_HASH], got[MERKLE_HASH];
            assert_true(tile_node(reader, level, index, want));
            tile_place(level, index, &tile_level, &n, &offset);
            tile_subtree(store->tile[tile_level][n], offset, level % 8, got);
            assert_memory_equal(got, want, MERKLE_HASH);
        }
    }
    // A whole tile is one hash of the tile above it.
    uint8_t got[MERKLE_HASH];
    tile_subtree(store->tile[0][7], 0, 8, got);
    assert_memory_equal(got, store->tile[1][0] + 7 * MERKLE_HASH, MERKLE_HASH);
    free(store);
    free(edge);
    free(reader);
}

// ---- Bundles ----

static void a_bundle_gives_back_its_entries_and_takes_no_other_bytes(void **state)
{
    (void)state;
    struct buf bundle = BUF(1 << 20);
    static char longest[TILE_ENTRY_MAX + 1];
    struct str entries[TILE_WIDTH];
    assert_true(bundle_add(&bundle, STR("one")));
    assert_true(bundle_add(&bundle, STR("")));
    assert_true(bundle_add(&bundle, (struct str){longest, TILE_ENTRY_MAX}));
    assert_false(bundle_add(&bundle, (struct str){longest, TILE_ENTRY_MAX + 1}));
    assert_int_equal(bundle.n, 2 + 3 + 2 + 2 + TILE_ENTRY_MAX);
    assert_memory_equal(bundle.p, "\x00\x03one\x00\x00\xff\xff", 9);
    assert_true(bundle_read(buf_str(&bundle), 3, entries));
    assert_true(str_is(entries[0], "one"));
    assert_int_equal(entries[1].n, 0);
    assert_int_equal(entries[2].n, TILE_ENTRY_MAX);
    assert_false(bundle_read(buf_str(&bundle), 2, entries));
    assert_false(bundle_read(buf_str(&bundle), 4, entries));
    assert_false(bundle_read(buf_str(&bundle), 0, entries));
    assert_false(bundle_read(buf_str(&bundle), 257, entries));
    bundle.n--;
    assert_false(bundle_read(buf_str(&bundle), 3, entries));
    struct buf small = BUF(4);
    assert_false(bundle_add(&small, STR("one")));
    assert_int_equal(small.n, 0);
    buf_free(&small);
    buf_free(&bundle);
}

// ---- Foreign vectors ----

static void the_tile_paths_of_the_vectors_agree(void **state)
{
    (void)state;
    struct arena arena = ARENA(16 << 20);
    struct why why = {0};
    struct str file = shared_file(&arena, "tlog/extracted-vectors.json");
    if (!file.p) return;
    const struct json *vectors = json_get(json_parse(&arena, file, &why), "tile_paths");
    assert_non_null(vectors);
    size_t seen = 0;
    json_each(item, json_get(vectors, "c2sp"))
    {
        struct tile_name name;
        int64_t level = 0, index = 0, width = TILE_WIDTH;
        json_integer(item, "level", &level);
        json_integer(item, "index", &index);
        json_integer(item, "width", &width);
        assert_true(tile_path_parse(json_text(item, "path"), &name));
        assert_int_equal(name.level, level);
        assert_int_equal(name.n, index);
        assert_int_equal(name.width, width);
        assert_int_equal(name.entries, json_true(item, "entries"));
        seen++;
    }
    json_each(item, json_get(vectors, "invalid"))
    {
        struct tile_name name;
        assert_false(tile_path_parse(item->text, &name));
        seen++;
    }
    assert_int_equal(seen, 16);
    arena_free(&arena);
}

static void the_tiles_and_bundles_of_a_tessera_log_agree(void **state)
{
    (void)state;
    struct arena arena = ARENA(16 << 20);
    struct tile_reader *reader = calloc(1, sizeof *reader);
    struct tile_edge *edge = calloc(1, sizeof *edge);
    struct store *store = calloc(1, sizeof *store);
    assert_true(reader && edge && store);
    for (unsigned size = 1; size <= 15; size++) {
        char path[128];
        struct str entries[TILE_WIDTH];
        snprintf(path, sizeof path, "tlog/transparency-dev-tessera/testdata/log/tile/entries/000.p/%u", size);
        struct str bundle = shared_file(&arena, path);
        if (!bundle.p) break;
        assert_true(bundle_read(bundle, size, entries));
        snprintf(path, sizeof path, "tlog/transparency-dev-tessera/testdata/log/tile/0/000.p/%u", size);
        struct str tile = shared_file(&arena, path);
        assert_int_equal(tile.n, size * MERKLE_HASH);
        struct tile_writer writer = {store_put, store};
        uint8_t leaf[MERKLE_HASH];
        merkle_leaf(entries[size - 1], leaf);
        assert_true(tile_edge_append(edge, leaf, &writer));
        assert_true(tile_edge_flush(edge, &writer));
        assert_memory_equal(store->tile[0][0], tile.p, tile.n);
    }
    free(reader);
    free(edge);
    free(store);
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_becomes_its_path_and_comes_back),
        cmocka_unit_test(refuses_every_other_spelling_of_a_path),
        cmocka_unit_test(a_tree_of_70000_has_the_tiles_of_the_specification),
        cmocka_unit_test(growing_touches_exactly_the_tiles_whose_width_changes),
        cmocka_unit_test(a_log_in_tiles_is_the_same_tree_and_goes_on_where_it_stopped),
        cmocka_unit_test(a_reader_of_a_smaller_tree_sees_that_tree),
        cmocka_unit_test(a_proof_reads_each_tile_once_and_a_batch_hardly_more),
        cmocka_unit_test(a_store_that_fails_makes_reader_and_writer_fail),
        cmocka_unit_test(the_place_of_a_node_gives_its_hash),
        cmocka_unit_test(a_bundle_gives_back_its_entries_and_takes_no_other_bytes),
        cmocka_unit_test(the_tile_paths_of_the_vectors_agree),
        cmocka_unit_test(the_tiles_and_bundles_of_a_tessera_log_agree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
