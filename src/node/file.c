// SPDX-License-Identifier: Apache-2.0
#include "node/file.h"

#include "base/random.h"
#include "base/text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

const char *file_path(struct arena *arena, const char *dir, const char *name)
{
    return name[0] == '/' ? arena_str(arena, str_of(name)).p : arena_printf(arena, "%s/%s", dir, name).p;
}

static enum err read_open(struct arena *arena, int fd, const char *path, size_t max, struct str *out, struct why *why)
{
    struct stat st;
    if (fstat(fd, &st) != 0) return why_set(why, ERR_STORE, "", "cannot read %s: %s", path, strerror(errno));
    if (!S_ISREG(st.st_mode)) return why_set(why, ERR_STORE, "", "%s is no regular file", path);
    if ((uint64_t)st.st_size > max) return why_set(why, ERR_TOO_LARGE, "", "%s is over %zu bytes", path, max);
    size_t n = (size_t)st.st_size, at = 0;
    char *bytes = arena_alloc(arena, n + 1);
    if (!bytes) return why_set(why, ERR_NO_MEMORY, "", "no memory for %s", path);
    while (at < n) {
        ssize_t got = read(fd, bytes + at, n - at);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return why_set(why, ERR_STORE, "", "cannot read %s: %s", path, strerror(errno));
        if (got == 0) break; // it shrank meanwhile
        at += (size_t)got;
    }
    *out = (struct str){bytes, at};
    return ERR_NONE;
}

enum err file_read(struct arena *arena, const char *path, size_t max, struct str *out, struct why *why)
{
    // Not blocking: a pipe in place of a file must not hang the node.
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return why_set(why, errno == ENOENT || errno == ENOTDIR ? ERR_NOT_FOUND : ERR_STORE, "", "cannot open %s: %s",
                       path, strerror(errno));
    enum err err = read_open(arena, fd, path, max, out, why);
    close(fd);
    return err;
}

// ---- Writing ----

static bool write_all(int fd, struct str bytes)
{
    while (bytes.n) {
        ssize_t n = write(fd, bytes.p, bytes.n);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return false;
        bytes = str_from(bytes, (size_t)n);
    }
    return fsync(fd) == 0;
}

// The folder's entry for the file is on disk too.
static bool sync_folder(const char *path)
{
    char *copy = strdup(path);
    if (!copy) return false;
    int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    free(copy);
    if (fd < 0) return false;
    bool ok = fsync(fd) == 0;
    close(fd);
    return ok;
}

enum err file_write(const char *path, mode_t mode, struct str bytes, bool fresh, struct why *why)
{
    char name[4096];
    unsigned long long random;
    random_bytes(&random, sizeof random);
    if (snprintf(name, sizeof name, "%s.new-%016llx", path, random) >= (int)sizeof name)
        return why_set(why, ERR_USAGE, "", "the path is too long: %s", path);
    int fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (fd < 0) return why_set(why, ERR_STORE, "", "cannot write %s: %s", path, strerror(errno));
    bool ok = fchmod(fd, mode) == 0 && write_all(fd, bytes);
    ok = close(fd) == 0 && ok;
    // A link takes no name that is taken, a rename would.
    if (ok) ok = fresh ? link(name, path) == 0 : rename(name, path) == 0;
    int error = errno;
    if (fresh || !ok) unlink(name);
    if (ok && sync_folder(path)) return ERR_NONE;
    if (!ok && fresh && error == EEXIST) return why_set(why, ERR_CONFLICT, "", "%s is there already", path);
    return why_set(why, ERR_STORE, "", "cannot write %s: %s", path, strerror(error));
}

enum err file_folder(const char *path, mode_t mode, struct why *why)
{
    struct stat st;
    if (mkdir(path, mode) == 0 || (errno == EEXIST && stat(path, &st) == 0 && S_ISDIR(st.st_mode))) return ERR_NONE;
    return why_set(why, ERR_STORE, "", "cannot make the folder %s: %s", path, strerror(errno));
}

// ---- Listing ----

static int by_name(const void *a, const void *b)
{
    return str_compare(*(const struct str *)a, *(const struct str *)b);
}

static enum err list_open(struct arena *arena, DIR *dir, const char *path, const char *suffix, struct str **names,
                          size_t *count, struct why *why)
{
    struct str *found = arena_array(arena, struct str, FILE_LIST_MAX);
    size_t n = 0;
    if (!found) return why_set(why, ERR_NO_MEMORY, "", "no memory for the names in %s", path);
    for (struct dirent *entry; (entry = readdir(dir));) {
        struct str name = str_of(entry->d_name);
        struct stat st;
        if (name.p[0] == '.' || !str_ends(name, suffix)) continue;
        if (fstatat(dirfd(dir), entry->d_name, &st, 0) != 0 || !S_ISREG(st.st_mode)) continue;
        if (n == FILE_LIST_MAX) return why_set(why, ERR_TOO_LARGE, "", "over %d files in %s", FILE_LIST_MAX, path);
        found[n] = arena_str(arena, name);
        if (!found[n++].p) return why_set(why, ERR_NO_MEMORY, "", "no memory for the names in %s", path);
    }
    qsort(found, n, sizeof *found, by_name);
    *names = found;
    *count = n;
    return ERR_NONE;
}

enum err file_list(struct arena *arena, const char *dir, const char *suffix, struct str **names, size_t *count,
                   struct why *why)
{
    *names = NULL;
    *count = 0;
    DIR *open_dir = opendir(dir);
    if (!open_dir && errno == ENOENT) return ERR_NONE;
    if (!open_dir) return why_set(why, ERR_STORE, "", "cannot read the folder %s: %s", dir, strerror(errno));
    enum err err = list_open(arena, open_dir, dir, suffix, names, count, why);
    closedir(open_dir);
    return err;
}
