// SPDX-License-Identifier: Apache-2.0
// A node's folder for a test: made fresh, gone afterwards.
#ifndef TESTS_UNIT_NODE_FOLDER_H
#define TESTS_UNIT_NODE_FOLDER_H

#include "node/file.h"
#include "node/make.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define NOW_US ((int64_t)1772373909 * 1000000)

struct folder {
    char base[64];
    char dir[128];
    struct arena arena;
};

static inline int folder_remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

static inline void folder_free(struct folder *f)
{
    nftw(f->base, folder_remove_one, 16, FTW_DEPTH | FTW_PHYS);
    arena_free(&f->arena);
}

// Just the place.
static inline void folder_begin(struct folder *f)
{
    *f = (struct folder){.arena = ARENA((size_t)64 << 20)};
    snprintf(f->base, sizeof f->base, "/tmp/puente-test-XXXXXX");
    INVARIANT(mkdtemp(f->base));
    snprintf(f->dir, sizeof f->dir, "%s/node", f->base);
}

// A node of this party at DIR, or at BASE/name.
static inline void folder_node(struct folder *f, const char *party, const char *dir)
{
    struct why why = {0};
    struct make_settings settings = {
        .dir = dir, .party = str_of(party), .https_port = 8443, .seals_port = -1, .now_us = NOW_US};
    enum err err = make_node(&settings, &why);
    if (err != ERR_NONE) fprintf(stderr, "%s\n", why.text);
    INVARIANT(err == ERR_NONE);
    (void)f;
}

static inline void folder_put(struct folder *f, const char *name, const char *text)
{
    struct why why = {0};
    const char *path = file_path(&f->arena, f->dir, name);
    enum err err = file_write(path, 0644, str_of(text), false, &why);
    if (err != ERR_NONE) fprintf(stderr, "%s\n", why.text);
    INVARIANT(err == ERR_NONE);
}

#endif
