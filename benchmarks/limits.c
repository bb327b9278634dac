// SPDX-License-Identifier: Apache-2.0
// Limits: what the machine gives without Puente, measured in the same run, so that each figure can be said as a share
// of what bounds it: synchronised writes, bare SQLite rows, SHA-256, Ed25519.
#include "base/clock.h"
#include "figures.h"
#include "trust/ed25519.h"
#include "trust/hash.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define BODY 500
#define ROWS_A_COMMIT 1600 // sixteen batches of 100, as the append has in flight

static double span_s(int64_t began_us)
{
    return (double)(clock_monotonic_us() - began_us) / 1e6;
}

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

// Append 500 bytes and wait for the disk, as a log without groups would.
static void measure_fsync(const char *dir, double seconds)
{
    char name[4096], bytes[BODY] = {1};
    snprintf(name, sizeof name, "%s/limit.log", dir);
    int fd = open(name, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
    if (fd < 0) fail(name);
    int64_t began = clock_monotonic_us();
    size_t n = 0;
    while (span_s(began) < seconds) {
        if (write(fd, bytes, sizeof bytes) != BODY || fdatasync(fd) != 0) fail("append");
        n++;
    }
    figure("limit_fsync_per_s", (double)n / span_s(began));
    close(fd);
    unlink(name);
}

static void sql(sqlite3 *db, const char *text)
{
    if (sqlite3_exec(db, text, NULL, NULL, NULL) == SQLITE_OK) return;
    fprintf(stderr, "%s: %s\n", text, sqlite3_errmsg(db));
    exit(1);
}

static void add_rows(sqlite3 *db, sqlite3_stmt *q, const uint8_t *bytes)
{
    sql(db, "BEGIN");
    for (int i = 0; i < ROWS_A_COMMIT; i++) {
        sqlite3_bind_blob(q, 1, bytes, BODY, SQLITE_STATIC);
        if (sqlite3_step(q) != SQLITE_DONE) fail("INSERT");
        sqlite3_reset(q);
    }
    sql(db, "COMMIT");
}

// Bare rows with the node's own durability: WAL, synchronous=FULL, no index, nothing hashed.
static void measure_sqlite(const char *dir, double seconds)
{
    char name[4096], log[4200];
    uint8_t bytes[BODY];
    sqlite3 *db;
    sqlite3_stmt *q;
    snprintf(name, sizeof name, "%s/limit.db", dir);
    unlink(name);
    for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (uint8_t)i;
    if (sqlite3_open(name, &db) != SQLITE_OK) fail(name);
    sql(db, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE row(id INTEGER PRIMARY KEY, body BLOB NOT "
            "NULL)");
    if (sqlite3_prepare_v2(db, "INSERT INTO row(body) VALUES(?1)", -1, &q, NULL) != SQLITE_OK) fail("prepare");
    int64_t began = clock_monotonic_us();
    size_t n = 0;
    for (; span_s(began) < seconds; n += ROWS_A_COMMIT) add_rows(db, q, bytes);
    figure("limit_sqlite_rows_per_s", (double)n / span_s(began));
    sqlite3_finalize(q);
    sqlite3_close(db);
    unlink(name);
    snprintf(log, sizeof log, "%s-wal", name);
    unlink(log);
}

static void measure_hash(double seconds)
{
    uint8_t bytes[BODY] = {1}, out[SHA256_BYTES];
    int64_t began = clock_monotonic_us();
    size_t n = 0;
    for (; span_s(began) < seconds; n += 1000) {
        for (int i = 0; i < 1000; i++) {
            sha256((struct str){(const char *)bytes, sizeof bytes}, out);
            memcpy(bytes, out, sizeof out);
        }
    }
    figure("limit_sha256_per_s", (double)n / span_s(began));
}

static void measure_ed25519(double seconds)
{
    struct ed25519_key key;
    uint8_t bytes[BODY] = {1}, signature[ED25519_SIGNATURE];
    struct str message = {(const char *)bytes, sizeof bytes};
    ed25519_generate(&key);
    int64_t began = clock_monotonic_us();
    size_t n = 0;
    for (; span_s(began) < seconds; n++) ed25519_sign(&key, message, signature);
    figure("limit_ed25519_sign_per_s", (double)n / span_s(began));
    began = clock_monotonic_us();
    for (n = 0; span_s(began) < seconds; n++) {
        if (!ed25519_verify(key.public, message, signature)) fail("verify");
    }
    figure("limit_ed25519_verify_per_s", (double)n / span_s(began));
    ed25519_wipe(&key);
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: limits DIR SECONDS\n");
        return 64;
    }
    double seconds = strtod(argv[2], NULL);
    measure_fsync(argv[1], seconds);
    measure_sqlite(argv[1], seconds);
    measure_hash(seconds);
    measure_ed25519(seconds);
    return 0;
}
