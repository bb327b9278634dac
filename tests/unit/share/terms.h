// SPDX-License-Identifier: Apache-2.0
// Agreements, statements and logs made up for tests of links.
#ifndef TESTS_UNIT_SHARE_TERMS_H
#define TESTS_UNIT_SHARE_TERMS_H

#include "share/batch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define NOW_US ((int64_t)1772373909000000) // 2026-03-01T14:05:09Z

static inline void must(enum err err, const struct why *why)
{
    if (err != ERR_NONE) fail_msg("%s: %s (%s)", err_name(err), why->text, why->member);
}

// From mx.anam to ca.cbsa unless the terms say otherwise; `more` are further lines of the file.
static inline struct agreement *terms(struct arena *arena, const char *id, const char *from, const char *to,
                                      const char *kinds, const char *more)
{
    struct agreement *a = NULL;
    struct why why = {0};
    struct str yaml =
        arena_printf(arena,
                     "id: %s\nversion: 1\nfrom: %s\nto: %s\nlegal_basis: {instrument: A treaty, expires: 2030-12-31}\n"
                     "purpose: tests\nkinds: [%s]\nlabel_max: amber\nonward: none\nretention_days: 1\n"
                     "officers:\n  - {party: %s, name: A, contact: a}\n  - {party: %s, name: B, contact: b}\n%s",
                     id, from, to, kinds, from, to, more);
    must(agreement_read(arena, yaml, &a, &why), &why);
    return a;
}

#define WITHHOLD                                                                                                       \
    "withhold:\n  - {kind: subject, noun: driver, members: [ids]}\n  - {kind: \"custody.*\", members: [raw]}\n"

// ---- A log in memory ----

#define LOG_MAX 600

struct memory_log {
    struct arena arena;
    struct str origin;
    struct ed25519_key key;
    struct note_key note_key;
    struct str headers[LOG_MAX];
    struct body bodies[LOG_MAX];
    uint8_t leaves[LOG_MAX][MERKLE_HASH];
    uint64_t size;
};

static inline bool memory_node(void *context, unsigned level, uint64_t index, uint8_t out[MERKLE_HASH])
{
    const struct memory_log *log = context;
    struct frontier f = {0};
    for (uint64_t i = index << level; i < (index + 1) << level; i++) {
        if (i >= log->size) return false;
        frontier_append(&f, log->leaves[i], NULL, NULL);
    }
    frontier_root(&f, out);
    return true;
}

static inline struct memory_log *memory_log_new(const char *origin)
{
    struct memory_log *log = calloc(1, sizeof *log);
    log->arena = ARENA((size_t)64 << 20);
    log->origin = str_of(origin);
    ed25519_from_seed((const uint8_t[ED25519_SEED]){7}, &log->key);
    log->note_key = note_key_make(log->origin, NOTE_ED25519, log->key.public);
    return log;
}

static inline void memory_log_free(struct memory_log *log)
{
    arena_free(&log->arena);
    free(log);
}

static inline struct json *members_of(struct arena *arena, const char *text)
{
    struct why why = {0};
    struct json *json = json_parse(arena, str_of(text), &why);
    if (!json) fail_msg("%s", why.text);
    return json;
}

static inline void memory_append(struct memory_log *log, const char *kind, enum label label, const char *members)
{
    struct why why = {0};
    struct buf b = BUF(HEADER_MAX);
    uint64_t i = log->size++;
    struct header header = {.at_ms = NOW_US / 1000,
                            .in_us = NOW_US + (int64_t)i,
                            .by = log->origin,
                            .kind = str_of(kind),
                            .label = label,
                            .v = 1,
                            .nre = 1};
    header.re[0].b[0] = (uint8_t)(i + 1);
    must(body_make(&log->arena, members_of(&log->arena, members), &log->bodies[i], &why), &why);
    body_root(&log->bodies[i], header.body);
    header_encode(&header, &b);
    assert_false(b.failed);
    log->headers[i] = arena_str(&log->arena, buf_str(&b));
    buf_free(&b);
    merkle_leaf(log->headers[i], log->leaves[i]);
}

static inline void memory_root(struct memory_log *log, uint64_t size, uint8_t root[MERKLE_HASH])
{
    struct frontier f = {0};
    for (uint64_t i = 0; i < size; i++) frontier_append(&f, log->leaves[i], NULL, NULL);
    frontier_root(&f, root);
}

static inline struct str memory_checkpoint(struct memory_log *log)
{
    struct checkpoint cp = {.origin = log->origin, .size = log->size};
    struct buf b = BUF(4096);
    memory_root(log, log->size, cp.root);
    checkpoint_sign(&cp, &log->key, &b);
    struct str note = arena_str(&log->arena, buf_str(&b));
    buf_free(&b);
    return note;
}

#endif
