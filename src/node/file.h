// SPDX-License-Identifier: Apache-2.0
// File: whole small files of a node's folder, read with a bound and written so that a crash leaves the old one or the
// new one.
#ifndef NODE_FILE_H
#define NODE_FILE_H

#include "base/arena.h"
#include "base/why.h"

#include <sys/types.h>

// "dir/name", or `name` alone when it begins with '/'. NULL without memory.
const char *file_path(struct arena *arena, const char *dir, const char *name);

// All of a regular file of at most `max` bytes, with a NUL after them. ERR_NOT_FOUND; ERR_TOO_LARGE; ERR_STORE for what
// cannot be read or is no regular file; ERR_NO_MEMORY.
enum err file_read(struct arena *arena, const char *path, size_t max, struct str *out, struct why *why) MUST_USE;

// Writes beside it, syncs, renames. With `fresh`, ERR_CONFLICT if the file is there already.
enum err file_write(const char *path, mode_t mode, struct str bytes, bool fresh, struct why *why) MUST_USE;

// Regular files of a folder whose names end so, in bytewise order; a hidden file is none. No folder: none.
#define FILE_LIST_MAX 4096
enum err file_list(struct arena *arena, const char *dir, const char *suffix, struct str **names, size_t *count,
                   struct why *why) MUST_USE;

// Makes the folder; it may be there already.
enum err file_folder(const char *path, mode_t mode, struct why *why) MUST_USE;

#endif
