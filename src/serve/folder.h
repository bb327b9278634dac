// SPDX-License-Identifier: Apache-2.0
// Folder: a directory into which another system drops files. FOLDER/in is watched; a file counts as whole when it is
// closed after writing, or moved in. Once its statements are on disk it is moved to FOLDER/done, one that is refused to
// FOLDER/failed with the problem beside it, NAME.reason. A crash between leaves the file where it is; it is read
// again, known by its content (local space "file"), and states nothing twice.
#ifndef SERVE_FOLDER_H
#define SERVE_FOLDER_H

#include "base/why.h"

#define FILE_SPACE "file"

struct folder;
struct serve;

// Makes in, done and failed where they are absent, reads what lies in in, and watches. ERR_USAGE: no such directory, or
// it cannot be watched.
enum err folder_start(struct serve *serve, struct folder **out, struct why *why) MUST_USE;
// After the file in hand. NULL is fine.
void folder_stop(struct folder *folder);

#endif
