// SPDX-License-Identifier: Apache-2.0
// Writes a log of COUNT made-up entries to DIR as c2sp.org/tlog-tiles lays it out, slice by slice as a node would, and
// prints the key that signs its checkpoint: something for foreign implementations to walk.
#include "ledger/checkpoint.h"
#include "ledger/tile.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#define SLICE 777 // entries between two flushes, so that partial tiles of many widths are written

static void fail(const char *what)
{
    perror(what);
    exit(74);
}

// Writes a file and the folders that it needs.
static bool file_write(const char *root, struct str path, struct str bytes)
{
    char full[1024];
    snprintf(full, sizeof full, "%s/%.*s", root, STR_ARG(path));
    for (char *slash = strchr(full + strlen(root), '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = 0;
        if (mkdir(full, 0777) && errno != EEXIST) fail(full);
        *slash = '/';
    }
    FILE *f = fopen(full, "wb");
    if (!f) fail(full);
    bool written = fwrite(bytes.p, 1, bytes.n, f) == bytes.n;
    return fclose(f) == 0 && written;
}

static bool resource_write(const char *root, const struct tile_name *name, struct str bytes)
{
    struct buf path = BUF(256);
    tile_path_format(name, &path);
    bool ok = !path.failed && file_write(root, buf_str(&path), bytes);
    buf_free(&path);
    return ok;
}

static bool tile_write(void *ctx, unsigned level, uint64_t n, unsigned width, const uint8_t *hashes)
{
    struct tile_name name = {.level = level, .n = n, .width = width};
    return resource_write(ctx, &name, (struct str){(const char *)hashes, (size_t)width * MERKLE_HASH});
}

// Mostly like headers; now and then empty, or as long as an entry may be.
static struct str entry_make(uint64_t i, char room[TILE_ENTRY_MAX + 1])
{
    if (i % 10007 == 5) return (struct str){room, 0};
    memset(room, 'x', TILE_ENTRY_MAX);
    if (i % 20011 == 7) return (struct str){room, TILE_ENTRY_MAX};
    int n = snprintf(room, TILE_ENTRY_MAX,
                     "{\"by\":\"example.puente/log\",\"in\":%" PRIu64 ",\"kind\":\"custody.seal\"}", i);
    return (struct str){room, (size_t)n + i % 300};
}

static void checkpoint_write(const char *root, const struct frontier *frontier)
{
    const uint8_t seed[ED25519_SEED] = "a key for tests, known to anyone";
    struct ed25519_key key;
    ed25519_from_seed(seed, &key);
    struct checkpoint checkpoint = {.origin = STR("example.puente/log"), .size = frontier->size};
    struct note_key vkey = note_key_make(checkpoint.origin, NOTE_ED25519, key.public);
    struct buf out = BUF(4096);
    frontier_root(frontier, checkpoint.root);
    checkpoint_sign(&checkpoint, &key, &out);
    if (out.failed || !file_write(root, STR("checkpoint"), buf_str(&out))) fail("checkpoint");
    buf_clear(&out);
    note_key_format(&vkey, &out);
    printf("%.*s\n", STR_ARG(buf_str(&out)));
    buf_free(&out);
}

int main(int argc, char **argv)
{
    uint64_t count;
    if (argc != 3 || !str_decimal(str_of(argv[2]), 100000000, &count)) {
        fprintf(stderr, "usage: tlog_write DIR COUNT\n");
        return 64;
    }
    static struct tile_edge edge;
    static char room[TILE_ENTRY_MAX + 1];
    struct tile_writer writer = {tile_write, argv[1]};
    struct buf bundle = BUF((size_t)TILE_WIDTH * (2 + TILE_ENTRY_MAX));
    for (uint64_t i = 0; i < count; i++) {
        struct str entry = entry_make(i, room);
        uint8_t leaf[MERKLE_HASH];
        merkle_leaf(entry, leaf);
        if (!bundle_add(&bundle, entry) || !tile_edge_append(&edge, leaf, &writer)) fail("append");
        bool full = (i + 1) % TILE_WIDTH == 0, last = i + 1 == count, slice = i % SLICE == 0;
        struct tile_name name = {.entries = true, .n = i / TILE_WIDTH, .width = (unsigned)(i % TILE_WIDTH) + 1};
        if ((full || last || slice) && !resource_write(argv[1], &name, buf_str(&bundle))) fail("bundle");
        if (full) buf_clear(&bundle);
        if ((last || slice) && !tile_edge_flush(&edge, &writer)) fail("flush");
    }
    checkpoint_write(argv[1], &edge.frontier);
    buf_free(&bundle);
    return 0;
}
