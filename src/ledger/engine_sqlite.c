// SPDX-License-Identifier: Apache-2.0
#include "ledger/engine_sqlite.h"

#include "base/clock.h"
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static const char schema[] = "CREATE TABLE IF NOT EXISTS origin(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);"
                             "CREATE TABLE IF NOT EXISTS statement(pos INTEGER PRIMARY KEY, origin INTEGER NOT NULL,"
                             " idx INTEGER NOT NULL, header BLOB NOT NULL, body BLOB NOT NULL);"
                             "CREATE UNIQUE INDEX IF NOT EXISTS statement_name ON statement(origin, idx);"
                             "CREATE TABLE IF NOT EXISTS tile(id INTEGER PRIMARY KEY, hashes BLOB NOT NULL);"
                             "CREATE TABLE IF NOT EXISTS checkpoint(origin INTEGER PRIMARY KEY, size INTEGER NOT NULL,"
                             " root BLOB NOT NULL, note BLOB NOT NULL);";

// One prepared statement for each line; the order is the order of `sql`.
enum query {
    Q_ORIGIN_FIND,
    Q_ORIGIN_ADD,
    Q_ORIGIN_NAME,
    Q_APPEND,
    Q_GET,
    Q_FIND,
    Q_REWRITE,
    Q_LAST,
    Q_NEXT_INDEX,
    Q_TILE_PUT,
    Q_TILE_GET,
    Q_CHECKPOINT_FIRST,
    Q_CHECKPOINT_SWAP,
    Q_CHECKPOINT_GET,
    Q_BEGIN,
    Q_BEGIN_READ,
    Q_COMMIT,
    Q_ROLLBACK,
    Q_COUNT
};

static const char *const sql[Q_COUNT] = {
    [Q_ORIGIN_FIND] = "SELECT id FROM origin WHERE name=?1",
    [Q_ORIGIN_ADD] = "INSERT INTO origin(name) VALUES(?1)",
    [Q_ORIGIN_NAME] = "SELECT name FROM origin WHERE id=?1",
    [Q_APPEND] = "INSERT INTO statement(pos,origin,idx,header,body) VALUES(?1,?2,?3,?4,?5)",
    [Q_GET] = "SELECT origin,idx,header,body FROM statement WHERE pos=?1",
    [Q_FIND] = "SELECT pos FROM statement WHERE origin=?1 AND idx=?2",
    [Q_REWRITE] = "UPDATE statement SET body=?2 WHERE pos=?1",
    [Q_LAST] = "SELECT max(pos) FROM statement",
    [Q_NEXT_INDEX] = "SELECT max(idx) FROM statement WHERE origin=?1",
    [Q_TILE_PUT] = "INSERT INTO tile(id,hashes) VALUES(?1,?2) ON CONFLICT(id) DO UPDATE SET hashes=?2",
    [Q_TILE_GET] = "SELECT hashes FROM tile WHERE id=?1",
    [Q_CHECKPOINT_FIRST] = "INSERT INTO checkpoint(origin,size,root,note) VALUES(?1,?2,?3,?4) ON CONFLICT DO NOTHING",
    [Q_CHECKPOINT_SWAP] = "UPDATE checkpoint SET size=?2,root=?3,note=?4 WHERE origin=?1 AND size=?5",
    [Q_CHECKPOINT_GET] = "SELECT size,root,note FROM checkpoint WHERE origin=?1",
    [Q_BEGIN] = "BEGIN IMMEDIATE",
    [Q_BEGIN_READ] = "BEGIN",
    [Q_COMMIT] = "COMMIT",
    [Q_ROLLBACK] = "ROLLBACK",
};

struct engine_sqlite {
    struct engine base;
    sqlite3 *db;
    sqlite3_stmt *q[Q_COUNT];
    int64_t last;           // the writer's last position, -1 when it must be read again
    int lock;               // the writer's lock file, -1 for a reader
    bool rewritten;         // in the open slice a body was
    atomic_bool finish_wal; // set by the checkpointer, cleared by the writer
    atomic_bool wash_wal;   // set by the writer, cleared by the checkpointer: the WAL holds what was to be forgotten
};

static struct engine_sqlite *own(struct engine *e)
{
    return (struct engine_sqlite *)e;
}

static enum err failed(struct engine_sqlite *s, const char *what, struct why *why)
{
    return why_set(why, ERR_STORE, "", "%s: %s; check the disk and run puente fsck", what, sqlite3_errmsg(s->db));
}

static sqlite3_stmt *query(struct engine_sqlite *s, enum query which, struct why *why)
{
    if (!s->q[which] &&
        sqlite3_prepare_v3(s->db, sql[which], -1, SQLITE_PREPARE_PERSISTENT, &s->q[which], NULL) != SQLITE_OK)
        failed(s, "preparing a query", why);
    return s->q[which];
}

static void bind_blob(sqlite3_stmt *q, int at, struct str s)
{
    sqlite3_bind_blob64(q, at, s.n ? s.p : "", s.n, SQLITE_STATIC);
}

// Step a query that returns nothing.
static enum err run(struct engine_sqlite *s, sqlite3_stmt *q, const char *what, struct why *why)
{
    int rc = sqlite3_step(q);
    enum err err = ERR_NONE;
    if (rc == SQLITE_CONSTRAINT)
        err = why_set(why, ERR_CONFLICT, "", "%s: it is there already", what);
    else if (rc != SQLITE_DONE)
        err = failed(s, what, why);
    sqlite3_reset(q);
    return err;
}

// Step a query for one row. ERR_NONE with *found false when there is none; the caller resets.
static enum err row(struct engine_sqlite *s, sqlite3_stmt *q, const char *what, bool *found, struct why *why)
{
    int rc = sqlite3_step(q);
    *found = rc == SQLITE_ROW;
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? ERR_NONE : failed(s, what, why);
}

static struct str column(struct arena *arena, sqlite3_stmt *q, int at)
{
    struct str bytes = {sqlite3_column_blob(q, at), (size_t)sqlite3_column_bytes(q, at)};
    return arena_str(arena, bytes);
}

static enum err plain(struct engine *e, enum query which, const char *what, struct why *why)
{
    sqlite3_stmt *q = query(own(e), which, why);
    return q ? run(own(e), q, what, why) : ERR_STORE;
}

static enum err sqlite_begin(struct engine *e, struct why *why)
{
    return plain(e, own(e)->lock < 0 ? Q_BEGIN_READ : Q_BEGIN, "beginning a slice", why);
}

// What is committed is on disk already: that the WAL stays long for a while is no reason to fail.
static void finish_wal(struct engine_sqlite *s)
{
    int rc = sqlite3_wal_checkpoint_v2(s->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    if (rc != SQLITE_OK && rc != SQLITE_BUSY && rc != SQLITE_LOCKED)
        log_line(LOG_ERROR, "engine", "checkpointing the WAL: %s", sqlite3_errmsg(s->db));
}

static enum err sqlite_commit(struct engine *e, struct why *why)
{
    enum err err = plain(e, Q_COMMIT, "committing a slice", why);
    if (err == ERR_NONE && own(e)->rewritten) {
        own(e)->rewritten = false;
        atomic_store(&own(e)->wash_wal, true);
    }
    if (err == ERR_NONE && atomic_exchange(&own(e)->finish_wal, false)) finish_wal(own(e));
    return err;
}

static void sqlite_rollback(struct engine *e)
{
    own(e)->last = -1;
    own(e)->rewritten = false;
    if (!sqlite3_get_autocommit(own(e)->db)) {
        struct why why = {0};
        if (plain(e, Q_ROLLBACK, "rolling back", &why) != ERR_NONE) log_why(LOG_ERROR, "engine", "roll-back", &why);
    }
}

static enum err sqlite_origin(struct engine *e, struct str name, bool add, uint32_t *number, struct why *why)
{
    struct engine_sqlite *s = own(e);
    sqlite3_stmt *q = query(s, Q_ORIGIN_FIND, why);
    if (!q) return ERR_STORE;
    sqlite3_bind_text64(q, 1, name.p, name.n, SQLITE_STATIC, SQLITE_UTF8);
    bool found;
    enum err err = row(s, q, "looking for an origin", &found, why);
    if (found) *number = (uint32_t)sqlite3_column_int64(q, 0);
    sqlite3_reset(q);
    if (err != ERR_NONE || found) return err;
    if (!add) return why_set(why, ERR_NOT_FOUND, "", "no log named %.*s is held here", STR_ARG(name));
    q = query(s, Q_ORIGIN_ADD, why);
    if (!q) return ERR_STORE;
    sqlite3_bind_text64(q, 1, name.p, name.n, SQLITE_STATIC, SQLITE_UTF8);
    err = run(s, q, "adding an origin", why);
    if (err == ERR_NONE) *number = (uint32_t)sqlite3_last_insert_rowid(s->db);
    return err;
}

static enum err sqlite_origin_name(struct engine *e, struct arena *arena, uint32_t number, struct str *name,
                                   struct why *why)
{
    sqlite3_stmt *q = query(own(e), Q_ORIGIN_NAME, why);
    if (!q) return ERR_STORE;
    sqlite3_bind_int64(q, 1, number);
    bool found;
    enum err err = row(own(e), q, "reading an origin", &found, why);
    if (found) *name = column(arena, q, 0);
    sqlite3_reset(q);
    if (err == ERR_NONE && !found) err = why_set(why, ERR_NOT_FOUND, "", "no origin has number %u", number);
    return err;
}

static enum err sqlite_last(struct engine *e, int64_t *pos, struct why *why)
{
    struct engine_sqlite *s = own(e);
    sqlite3_stmt *q = query(s, Q_LAST, why);
    if (!q) return ERR_STORE;
    bool found;
    enum err err = row(s, q, "reading the last position", &found, why);
    if (err == ERR_NONE) *pos = found ? sqlite3_column_int64(q, 0) : 0;
    sqlite3_reset(q);
    return err;
}

static enum err sqlite_append(struct engine *e, const struct stored *st, int64_t *pos, struct why *why)
{
    struct engine_sqlite *s = own(e);
    if (s->last < 0) {
        enum err err = sqlite_last(e, &s->last, why);
        if (err != ERR_NONE) return err;
    }
    sqlite3_stmt *q = query(s, Q_APPEND, why);
    if (!q) return ERR_STORE;
    sqlite3_bind_int64(q, 1, s->last + 1);
    sqlite3_bind_int64(q, 2, st->origin);
    sqlite3_bind_int64(q, 3, (int64_t)st->index);
    bind_blob(q, 4, st->header);
    bind_blob(q, 5, st->body);
    enum err err = run(s, q, "appending a statement", why);
    if (err == ERR_NONE) *pos = ++s->last;
    return err;
}

static enum err sqlite_get(struct engine *e, struct arena *arena, int64_t pos, struct stored *out, struct why *why)
{
    sqlite3_stmt *q = query(own(e), Q_GET, why);
    if (!q) return ERR_STORE;
    sqlite3_bind_int64(q, 1, pos);
    bool found;
    enum err err = row(own(e), q, "reading a statement", &found, why);
    if (found)
        *out = (struct stored){.pos = pos,
                               .origin = (uint32_t)sqlite3_column_int64(q, 0),
                               .index = (uint64_t)sqlite3_column_int64(q, 1),
                               .header = column(arena, q, 2),
                               .body = column(arena, q, 3)};
    sqlite3_reset(q);
    if (err != ERR_NONE) return err;
    if (!found) return why_set(why, ERR_NOT_FOUND, "", "no statement at position %lld", (long long)pos);
    return out->header.p && out->body.p
               ? ERR_NONE
               : why_set(why, ERR_NO_MEMORY, "", "the statement is larger than this request may hold");
}

static enum err sqlite_find(struct engine *e, uint32_t origin, uint64_t index, int64_t *pos, struct why *why)
{
    sqlite3_stmt *q = query(own(e), Q_FIND, why);
    if (!q) return ERR_STORE;
    sqlite3_bind_int64(q, 1, origin);
    sqlite3_bind_int64(q, 2, (int64_t)index);
    bool found;
    enum err err = row(own(e), q, "looking for a statement", &found, why);
    if (found) *pos = sqlite3_column_int64(q, 0);
    sqlite3_reset(q);
    if (err == ERR_NONE && !found)
        err = why_set(why, ERR_NOT_FOUND, "", "no statement with index %llu of that log is held here",
                      (unsigned long long)index);
    return err;
}

static enum err sqlite_rewrite_body(struct engine *e, int64_t pos, struct str body, struct why *why)
{
    sqlite3_stmt *q = query(own(e), Q_REWRITE, why);
    if (!q) return ERR_STORE;
    sqlite3_bind_int64(q, 1, pos);
    bind_blob(q, 2, body);
    enum err err = run(own(e), q, "rewriting a body", why);
    if (err == ERR_NONE && sqlite3_changes(own(e)->db) == 0)
        err = why_set(why, ERR_NOT_FOUND, "", "no statement at position %lld", (long long)pos);
    if (err == ERR_NONE) own(e)->rewritten = true;
    return err;
}

static enum err sqlite_next_index(struct engine *e, uint32_t origin, uint64_t *index, struct why *why)
{
    sqlite3_stmt *q = query(own(e), Q_NEXT_INDEX, why);
    if (!q) return ERR_STORE;
    sqlite3_bind_int64(q, 1, origin);
    bool found;
    enum err err = row(own(e), q, "reading the last index", &found, why);
    if (err == ERR_NONE)
        *index = found && sqlite3_column_type(q, 0) != SQLITE_NULL ? (uint64_t)sqlite3_column_int64(q, 0) + 1 : 0;
    sqlite3_reset(q);
    return err;
}

// Level in the top bits, tile number below: 2^48 tiles a level.
static int64_t tile_id(unsigned level, uint64_t n)
{
    INVARIANT(level < 64 && n < (uint64_t)1 << 48);
    return (int64_t)((uint64_t)level << 48 | n);
}

static enum err sqlite_tile_put(struct engine *e, unsigned level, uint64_t n, struct str hashes, struct why *why)
{
    sqlite3_stmt *q = query(own(e), Q_TILE_PUT, why);
    if (!q) return ERR_STORE;
    sqlite3_bind_int64(q, 1, tile_id(level, n));
    bind_blob(q, 2, hashes);
    return run(own(e), q, "writing a tile", why);
}

static enum err sqlite_tile_get(struct engine *e, struct arena *arena, unsigned level, uint64_t n, struct str *hashes,
                                struct why *why)
{
    if (level >= 64 || n >= (uint64_t)1 << 48) return why_set(why, ERR_NOT_FOUND, "", "there is no such tile");
    sqlite3_stmt *q = query(own(e), Q_TILE_GET, why);
    if (!q) return ERR_STORE;
    sqlite3_bind_int64(q, 1, tile_id(level, n));
    bool found;
    enum err err = row(own(e), q, "reading a tile", &found, why);
    if (found) *hashes = column(arena, q, 0);
    sqlite3_reset(q);
    if (err == ERR_NONE && !found) err = why_set(why, ERR_NOT_FOUND, "", "there is no such tile");
    return err;
}

static enum err sqlite_checkpoint_swap(struct engine *e, uint32_t origin, uint64_t old_size,
                                       const struct engine_checkpoint *next, struct why *why)
{
    struct engine_sqlite *s = own(e);
    struct str root = {(const char *)next->root, sizeof next->root};
    const enum query steps[2] = {Q_CHECKPOINT_SWAP, Q_CHECKPOINT_FIRST};
    for (int i = 0; i < (old_size == 0 ? 2 : 1); i++) {
        sqlite3_stmt *q = query(s, steps[i], why);
        if (!q) return ERR_STORE;
        sqlite3_bind_int64(q, 1, origin);
        sqlite3_bind_int64(q, 2, (int64_t)next->size);
        bind_blob(q, 3, root);
        bind_blob(q, 4, next->note);
        if (steps[i] == Q_CHECKPOINT_SWAP) sqlite3_bind_int64(q, 5, (int64_t)old_size);
        enum err err = run(s, q, "replacing a checkpoint", why);
        if (err != ERR_NONE || sqlite3_changes(s->db) > 0) return err;
    }
    return why_set(why, ERR_CONFLICT, "", "the stored checkpoint has another size than %llu: another writer is at work",
                   (unsigned long long)old_size);
}

static enum err sqlite_checkpoint_get(struct engine *e, struct arena *arena, uint32_t origin,
                                      struct engine_checkpoint *out, struct why *why)
{
    sqlite3_stmt *q = query(own(e), Q_CHECKPOINT_GET, why);
    if (!q) return ERR_STORE;
    sqlite3_bind_int64(q, 1, origin);
    bool found;
    enum err err = row(own(e), q, "reading a checkpoint", &found, why);
    if (found) {
        out->size = (uint64_t)sqlite3_column_int64(q, 0);
        struct str root = column(arena, q, 1);
        out->note = column(arena, q, 2);
        if (root.n != sizeof out->root)
            err = why_set(why, ERR_STORE, "", "the stored checkpoint's root is %zu bytes long", root.n);
        else
            memcpy(out->root, root.p, sizeof out->root);
    }
    sqlite3_reset(q);
    if (err == ERR_NONE && !found) err = why_set(why, ERR_NOT_FOUND, "", "no checkpoint of that log is held here");
    return err;
}

static void sqlite_close(struct engine *e)
{
    struct engine_sqlite *s = own(e);
    for (int i = 0; i < Q_COUNT; i++) sqlite3_finalize(s->q[i]);
    sqlite3_close_v2(s->db);
    if (s->lock >= 0) close(s->lock);
    free(s);
}

static const struct engine_ops ops = {
    .close = sqlite_close,
    .begin = sqlite_begin,
    .commit = sqlite_commit,
    .rollback = sqlite_rollback,
    .origin = sqlite_origin,
    .origin_name = sqlite_origin_name,
    .append = sqlite_append,
    .get = sqlite_get,
    .find = sqlite_find,
    .rewrite_body = sqlite_rewrite_body,
    .last = sqlite_last,
    .next_index = sqlite_next_index,
    .tile_put = sqlite_tile_put,
    .tile_get = sqlite_tile_get,
    .checkpoint_swap = sqlite_checkpoint_swap,
    .checkpoint_get = sqlite_checkpoint_get,
};

static enum err take_lock(const char *path, int *lock, struct why *why)
{
    char name[4096];
    if (snprintf(name, sizeof name, "%s.lock", path) >= (int)sizeof name)
        return why_set(why, ERR_STORE, "", "the path of the database is too long");
    *lock = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (*lock < 0) return why_set(why, ERR_STORE, "", "cannot open %s: %s", name, strerror(errno));
    if (flock(*lock, LOCK_EX | LOCK_NB) == 0) return ERR_NONE;
    close(*lock);
    *lock = -1;
    return why_set(why, ERR_CONFLICT, "", "another process writes to %s; stop it, or speak to the running node", path);
}

static enum err setup(struct engine_sqlite *s, const char *text, struct why *why)
{
    return sqlite3_exec(s->db, text, NULL, NULL, NULL) == SQLITE_OK ? ERR_NONE
                                                                    : failed(s, "setting up the database", why);
}

static enum err open_file(const char *path, bool writer, struct engine **out, struct why *why)
{
    struct engine_sqlite *s = calloc(1, sizeof *s);
    if (!s) return why_set(why, ERR_NO_MEMORY, "", "no memory to open the database");
    s->base.ops = &ops;
    s->last = -1;
    s->lock = -1;
    atomic_store(&s->wash_wal, true); // a crash may have come between an erasure and its washing
    enum err err = writer ? take_lock(path, &s->lock, why) : ERR_NONE;
    mode_t mask = umask(077);
    int flags = SQLITE_OPEN_NOMUTEX | (writer ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READWRITE);
    if (err == ERR_NONE && sqlite3_open_v2(path, &s->db, flags, NULL) != SQLITE_OK)
        err = failed(s, "opening the database", why);
    umask(mask);
    // The cache bounds the memory of a handle: 192 MiB for the writer, which fills only as far as the views of a large
    // node need it (those of 1,000,000 consignments come to 110 MiB), 8 MiB for a reader. WAL checkpoints belong to a
    // thread of their own, so the writer never does one by itself.
    if (err == ERR_NONE)
        err = setup(s,
                    writer ? "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON;"
                             "PRAGMA wal_autocheckpoint=0; PRAGMA cache_size=-196608; PRAGMA foreign_keys=OFF;"
                             "PRAGMA temp_store=MEMORY; PRAGMA busy_timeout=5000;"
                           : "PRAGMA query_only=ON; PRAGMA cache_size=-8192; PRAGMA temp_store=MEMORY;"
                             "PRAGMA busy_timeout=5000;",
                    why);
    if (err == ERR_NONE && writer) err = setup(s, schema, why);
    if (err != ERR_NONE) {
        sqlite_close(&s->base);
        return err;
    }
    *out = &s->base;
    return ERR_NONE;
}

enum err engine_sqlite_open(const char *path, struct engine **out, struct why *why)
{
    return open_file(path, true, out, why);
}

enum err engine_sqlite_open_reader(const char *path, struct engine **out, struct why *why)
{
    return open_file(path, false, out, why);
}

struct sqlite3 *engine_sqlite_database(struct engine *engine)
{
    return own(engine)->db;
}

// The checkpointer: a connection of its own that copies the WAL back while others read and write. The writer starts the
// WAL over at its next commit once all of it is copied and no reader stands in it.
struct engine_checkpointer {
    struct engine_sqlite *writer;
    sqlite3 *db;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool stop;
};

// So often that little is synchronised at once: the writer's own wait for the disk is behind it.
#define CHECKPOINT_EVERY_MS 50
#define WAL_LONG 4096 // frames: 16 MiB
#define WAL_REST 512  // frames that the writer may copy at once: a few milliseconds
#define ROUNDS 8      // without a pause, while the rest gets shorter

// Copies until the rest is short. Frames that a reader still stands in cannot be copied; the next time they can.
static void copy_wal(struct engine_checkpointer *c)
{
    for (int i = 0; i < ROUNDS; i++) {
        int frames = 0, copied = 0;
        int rc = sqlite3_wal_checkpoint_v2(c->db, NULL, SQLITE_CHECKPOINT_PASSIVE, &frames, &copied);
        if (rc != SQLITE_OK && rc != SQLITE_BUSY && rc != SQLITE_LOCKED) {
            log_line(LOG_ERROR, "engine", "checkpointing the WAL: %s", sqlite3_errmsg(c->db));
            return;
        }
        if (frames < WAL_LONG) return;
        if (frames - copied > WAL_REST && i + 1 < ROUNDS) continue;
        atomic_store(&c->writer->finish_wal, true);
        return;
    }
}

// After an erasure: frames that nobody will overwrite soon still hold the old bytes, so the whole WAL is cut off. Tried
// again the next time when a reader stands in it.
static void wash_wal(struct engine_checkpointer *c)
{
    int rc = sqlite3_wal_checkpoint_v2(c->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    if (rc == SQLITE_OK) return;
    atomic_store(&c->writer->wash_wal, true);
    if (rc != SQLITE_BUSY && rc != SQLITE_LOCKED)
        log_line(LOG_ERROR, "engine", "cutting the WAL off after an erasure: %s", sqlite3_errmsg(c->db));
}

static void *checkpointer_run(void *context)
{
    struct engine_checkpointer *c = context;
    pthread_mutex_lock(&c->lock);
    while (!c->stop) {
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += CHECKPOINT_EVERY_MS * 1000000L;
        until.tv_sec += until.tv_nsec / 1000000000L;
        until.tv_nsec %= 1000000000L;
        pthread_cond_timedwait(&c->wake, &c->lock, &until);
        pthread_mutex_unlock(&c->lock);
        copy_wal(c);
        if (atomic_exchange(&c->writer->wash_wal, false)) wash_wal(c);
        pthread_mutex_lock(&c->lock);
    }
    pthread_mutex_unlock(&c->lock);
    return NULL;
}

enum err engine_checkpointer_start(struct engine *writer, const char *path, struct engine_checkpointer **out,
                                   struct why *why)
{
    struct engine_checkpointer *c = calloc(1, sizeof *c);
    if (!c) return why_set(why, ERR_NO_MEMORY, "", "no memory for the checkpointer");
    c->writer = own(writer);
    pthread_mutex_init(&c->lock, NULL);
    pthread_cond_init(&c->wake, NULL);
    if (sqlite3_open_v2(path, &c->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK ||
        sqlite3_exec(c->db, "PRAGMA synchronous=FULL; PRAGMA cache_size=-1024; PRAGMA busy_timeout=20", NULL, NULL,
                     NULL) != SQLITE_OK ||
        pthread_create(&c->thread, NULL, checkpointer_run, c) != 0) {
        sqlite3_close(c->db);
        free(c);
        return why_set(why, ERR_STORE, "", "the checkpointer cannot start");
    }
    *out = c;
    return ERR_NONE;
}

void engine_checkpointer_stop(struct engine_checkpointer *c)
{
    if (!c) return;
    pthread_mutex_lock(&c->lock);
    c->stop = true;
    pthread_cond_signal(&c->wake);
    pthread_mutex_unlock(&c->lock);
    pthread_join(c->thread, NULL);
    sqlite3_close(c->db);
    pthread_cond_destroy(&c->wake);
    pthread_mutex_destroy(&c->lock);
    free(c);
}
