// SPDX-License-Identifier: Apache-2.0
// Page: the console's files, from those built into the binary or from a directory, held in memory with their ETags.
// Knows nothing of what they hold.
#ifndef SERVE_PAGE_H
#define SERVE_PAGE_H

#include "base/arena.h"
#include "base/why.h"

#define PAGE_FILES_MAX 64
#define PAGE_BYTES_MAX ((size_t)8 << 20) // of all files

struct page_file {
    struct str name; // "index.html"
    const char *type;
    struct str bytes;
    char etag[40]; // with its quotes
};

struct page {
    struct arena arena;
    struct page_file files[PAGE_FILES_MAX];
    size_t count;
};

// The files of `dir` (no folders below it), or the built-in ones when it is NULL. ERR_NOT_FOUND: no directory, or no
// index.html in it; ERR_TOO_LARGE.
enum err page_load(const char *dir, struct page **out, struct why *why) MUST_USE;
void page_free(struct page *page);
// NULL when there is none; "" is index.html.
const struct page_file *page_find(const struct page *page, struct str name);
// By the name's ending; "application/octet-stream" for what is not known.
const char *page_type(struct str name);

#endif
