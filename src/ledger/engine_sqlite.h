// SPDX-License-Identifier: Apache-2.0
// The embedded engine: one SQLite file, WAL, synchronous=FULL, secure_delete. The views and local tables live in the
// same file, so that a crash leaves all of a slice or none.
#ifndef LEDGER_ENGINE_SQLITE_H
#define LEDGER_ENGINE_SQLITE_H

#include "ledger/engine.h"

struct sqlite3;

// `path` of the database file. The writer creates it and takes the exclusive writer's lock (`<path>.lock`);
// ERR_CONFLICT when another process holds it.
enum err engine_sqlite_open(const char *path, struct engine **out, struct why *why) MUST_USE;
enum err engine_sqlite_open_reader(const char *path, struct engine **out, struct why *why) MUST_USE;

// The database in which views and local tables live: the same connection, so the same transaction.
struct sqlite3 *engine_sqlite_database(struct engine *engine);

// The checkpointer copies the WAL back into the database on a thread and a connection of its own, without waiting for
// anybody. Under a load that never pauses it is always a little behind, so once the WAL is long and the rest is short
// it asks the writer to copy that rest after its next commit; the commit after that starts the WAL over. So the WAL
// stays bounded, and no commit waits for more than that short rest. After a slice that rewrote a body it cuts the WAL
// off, so that the old bytes are gone from it too. Stop it before closing the engine.
struct engine_checkpointer;
enum err engine_checkpointer_start(struct engine *writer, const char *path, struct engine_checkpointer **out,
                                   struct why *why) MUST_USE;
void engine_checkpointer_stop(struct engine_checkpointer *checkpointer);

#endif
