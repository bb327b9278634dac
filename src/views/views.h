// SPDX-License-Identifier: Apache-2.0
// Views: state computed from statements and rebuildable from them: subjects and their identifiers, links, crossings,
// documents, custody, credentials, channels and their standing, threats, decisions. One file a view; SQL lives here.
//
// A view depends on nothing but the statements in the order of their positions, so that `puente fsck` can compute it
// anew and compare. Local tables (local.h, feed.h) are not views: they are this node's own state.
//
// The folder views/: state computed from statements, and the queries over it. It may not know by which door a
// statement came (it may read its channel), nor depend on anything but the statements and their order.
#ifndef VIEWS_VIEWS_H
#define VIEWS_VIEWS_H

#include "ledger/engine_sqlite.h"
#include "statement/draft.h"
#include "statement/lane.h"

#include <sqlite3.h>

#define VIEWS_VERSION 3

struct views;

// Over the database of an engine. A writer creates the tables; when they are of another version, or behind the log, it
// rebuilds them from the statements (`progress` may be NULL). A reader only reads.
enum err views_open(struct engine *engine, bool writer, void (*progress)(void *context, int64_t done, int64_t all),
                    void *context, struct views **out, struct why *why) MUST_USE;
// The same tables, empty, in a database of their own, for fsck.
enum err views_open_shadow(const char *path, struct views **out, struct why *why) MUST_USE;
void views_free(struct views *views);

// A statement to apply: `members` are the disclosures present, NULL when the kind needs none.
struct applied {
    int64_t pos;
    uint32_t origin;
    uint64_t index;
    const struct header *header;
    const struct json *members;
};

// What applied statements may have changed for deciding: crossings, each once, in the order they were touched. Over
// `max` the rest is left out, and `overflow` names the subjects whose crossings are to be gone through later.
#define TOUCHED_MAX 4096
#define TOUCHED_OVERFLOW_MAX 64
struct touched {
    struct arena *arena;
    size_t max;
    struct id *crossings;
    size_t count, room;
    uint32_t *table; // hash table of indexes + 1 into crossings, 2 * room slots
    struct id overflow[TOUCHED_OVERFLOW_MAX];
    size_t noverflow;
};
// false: there are `max` already, or no memory.
bool touched_add(struct touched *touched, const struct id *crossing);
void touched_overflow(struct touched *touched, const struct id *subject);

// Applies one statement. Members that a view cannot read leave the view as it is (a partner's odd statement must not
// stop the node); only the store's failures are errors.
enum err views_apply(struct views *views, struct arena *arena, const struct applied *statement, struct touched *touched,
                     struct why *why) MUST_USE;
// Whether views_apply wants the members of this kind.
bool views_want_members(struct str kind);
// Applies all statements from the first on: for a rebuild and for fsck.
enum err views_replay(struct views *views, struct engine *engine,
                      void (*progress)(void *context, int64_t done, int64_t all), void *context,
                      struct why *why) MUST_USE;
// Empties the views and computes them anew, inside the open transaction: after an erasure.
enum err views_rebuild(struct views *views, struct why *why) MUST_USE;
// Compares every view table of the two, row by row; the first difference is the reason (ERR_CONFLICT).
enum err views_compare(struct views *held, struct views *derived, struct why *why) MUST_USE;

struct engine *views_engine(struct views *views);

// ---- For the files of this folder ----

// A prepared statement for this SQL literal (cached by its address); NULL with the reason.
sqlite3_stmt *view_sql(struct views *views, const char *literal, struct why *why);
// Step for one row: true while there is one; at the end, or on failure (*err), resets.
bool view_row(sqlite3_stmt *q, enum err *err, struct why *why);
// What is known of `from` is known of `to` from now on: every view's rows change their subject.
enum err views_merge(struct views *views, const struct id *from, const struct id *to, struct why *why) MUST_USE;
// Step a write.
enum err view_run(sqlite3_stmt *q, struct why *why) MUST_USE;
void view_bind_id(sqlite3_stmt *q, int at, const struct id *id);
void view_bind_str(sqlite3_stmt *q, int at, struct str s); // {NULL,0} binds NULL
struct id view_id(sqlite3_stmt *q, int at);
struct str view_str(struct arena *arena, sqlite3_stmt *q, int at); // a copy
// What port.c holds in memory for this handle.
struct port_memory **view_port_memory(struct views *views);
int64_t view_time_ms(const struct json *object, const char *member); // RFC 3339 text; 0 when absent or malformed

#endif
