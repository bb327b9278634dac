// SPDX-License-Identifier: Apache-2.0
// The files of console/dist, built in by embed_page.py.
#ifndef SERVE_PAGE_FILES_H
#define SERVE_PAGE_FILES_H

#include <stddef.h>

struct page_built_in {
    const char *name;
    const unsigned char *bytes;
    size_t n;
};
extern const struct page_built_in page_files[];
extern const size_t page_files_n;

#endif
