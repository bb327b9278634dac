// SPDX-License-Identifier: Apache-2.0
#include "serve/page.h"

#include "serve/inside.h"
#include "serve/page_files.h"
#include "serve/route.h"
#include "trust/hash.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

// Scripts, styles and requests from this node alone; no inline script, no frame, Trusted Types (docs/console.md).
static const char policy[] = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
                             "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
                             "require-trusted-types-for 'script'";

static const struct {
    const char *ending, *type;
} types[] = {
    {".html", "text/html; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".json", "application/json"},
    {".svg", "image/svg+xml"},
    {".txt", "text/plain; charset=utf-8"},
    {".woff2", "font/woff2"},
    {".png", "image/png"},
    {".webmanifest", "application/manifest+json"},
};

const char *page_type(struct str name)
{
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (str_ends(name, types[i].ending)) return types[i].type;
    return "application/octet-stream";
}

const struct page_file *page_find(const struct page *page, struct str name)
{
    if (!name.n) name = STR("index.html");
    for (size_t i = 0; i < page->count; i++)
        if (str_eq(page->files[i].name, name)) return &page->files[i];
    return NULL;
}

static enum err page_add(struct page *page, struct str name, struct str bytes, struct why *why)
{
    if (page->count == PAGE_FILES_MAX)
        return why_set(why, ERR_TOO_LARGE, "page_dir", "the page has more than %d files", PAGE_FILES_MAX);
    struct page_file *file = &page->files[page->count++];
    uint8_t hash[SHA256_BYTES];
    *file = (struct page_file){arena_str(&page->arena, name), page_type(name), bytes, ""};
    sha256(bytes, hash);
    char *at = file->etag;
    *at++ = '"';
    for (size_t i = 0; i < 16; i++) at += snprintf(at, 3, "%02x", hash[i]);
    *at++ = '"';
    *at = '\0';
    return file->name.p ? ERR_NONE : why_set(why, ERR_NO_MEMORY, "", "no memory for the page");
}

static enum err read_file(struct page *page, int dir, const char *name, struct why *why)
{
    int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    struct stat st;
    if (fd < 0) return why_set(why, ERR_NOT_FOUND, "page_dir", "cannot read %s: %s", name, strerror(errno));
    enum err err = ERR_NONE;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
        char *bytes = arena_alloc(&page->arena, st.st_size > 0 ? (size_t)st.st_size : 1);
        ssize_t n = bytes ? read(fd, bytes, (size_t)st.st_size) : -1;
        if (!bytes)
            err = why_set(why, ERR_TOO_LARGE, "page_dir", "the page is larger than %zu bytes", PAGE_BYTES_MAX);
        else if (n != st.st_size)
            err = why_set(why, ERR_STORE, "page_dir", "cannot read all of %s", name);
        else
            err = page_add(page, str_of(name), (struct str){bytes, (size_t)n}, why);
    }
    close(fd);
    return err;
}

static enum err load_dir(struct page *page, const char *path, struct why *why)
{
    DIR *dir = opendir(path);
    if (!dir) return why_set(why, ERR_NOT_FOUND, "page_dir", "cannot read %s: %s", path, strerror(errno));
    enum err err = ERR_NONE;
    for (struct dirent *e; err == ERR_NONE && (e = readdir(dir));)
        if (e->d_name[0] != '.') err = read_file(page, dirfd(dir), e->d_name, why);
    closedir(dir);
    if (err == ERR_NONE && !page_find(page, STR("index.html")))
        err = why_set(why, ERR_NOT_FOUND, "page_dir", "there is no index.html in %s", path);
    return err;
}

enum err page_load(const char *dir, struct page **out, struct why *why)
{
    struct page *page = calloc(1, sizeof *page);
    if (!page) return why_set(why, ERR_NO_MEMORY, "", "no memory for the page");
    page->arena = ARENA(PAGE_BYTES_MAX);
    enum err err = ERR_NONE;
    if (dir) err = load_dir(page, dir, why);
    for (size_t i = 0; !dir && i < page_files_n && err == ERR_NONE; i++)
        err = page_add(page, str_of(page_files[i].name),
                       (struct str){(const char *)page_files[i].bytes, page_files[i].n}, why);
    if (err != ERR_NONE) {
        page_free(page);
        return err;
    }
    *out = page;
    return ERR_NONE;
}

void page_free(struct page *page)
{
    if (!page) return;
    arena_free(&page->arena);
    free(page);
}

enum step page_get(struct request *request)
{
    const struct page_file *file = page_find(request->serve->page, request->param[0]);
    struct why why = {0};
    if (!file) {
        (void)why_set(&why, ERR_NOT_FOUND, "path", "there is no such path; see /openapi.json for those that there are");
        return reply_problem(request, &why);
    }
    // The page may be swapped while the answer is on its way: the bytes are the request's own.
    struct str bytes = arena_str(&request->arena, file->bytes), etag = arena_str(&request->arena, str_of(file->etag));
    if (!bytes.p || !etag.p) {
        (void)why_set(&why, ERR_NO_MEMORY, "", "no memory for this now");
        return reply_problem(request, &why);
    }
    reply_header(request, "Cache-Control", "no-cache");
    reply_header(request, "ETag", etag.p);
    reply_header(request, "Content-Security-Policy", policy);
    reply_header(request, "Referrer-Policy", "no-referrer");
    reply_header(request, "Cross-Origin-Opener-Policy", "same-origin");
    bool same = request->if_none_match.p && memmem(request->if_none_match.p, request->if_none_match.n, etag.p, etag.n);
    return same ? reply_bytes(request, 304, file->type, STR("")) : reply_bytes(request, 200, file->type, bytes);
}
