// SPDX-License-Identifier: Apache-2.0
// A store with its views, for tests: statements go in as a log would bring them (ours or a partner's), and at the end
// of every test the views are derived anew from the store and compared row by row.
#ifndef TESTS_UNIT_VIEWS_WORLD_H
#define TESTS_UNIT_VIEWS_WORLD_H

#include "base/clock.h"
#include "ledger/engine_sqlite.h"
#include "views/views.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define PARTNER "mx.anam"

struct world {
    char dir[64], path[96];
    struct engine *engine;
    struct views *views;
    struct arena arena;
    struct touched touched; // by the statements since world_forget
    uint32_t partner;
    uint64_t next[8];
    int64_t in_us, pos;
};

static inline void must(enum err err, const struct why *why)
{
    if (err != ERR_NONE) fail_msg("%s: %s", err_name(err), why->text);
}

static inline int world_setup(void **state)
{
    struct world *w = calloc(1, sizeof *w);
    struct why why = {0};
    uint32_t own;
    w->arena = ARENA((size_t)256 << 20);
    w->touched = (struct touched){.arena = &w->arena, .max = TOUCHED_MAX};
    w->in_us = 1772373909000000; // 2026-03-01T14:05:09Z
    strcpy(w->dir, "/tmp/puente-views-XXXXXX");
    assert_non_null(mkdtemp(w->dir));
    snprintf(w->path, sizeof w->path, "%s/node.db", w->dir);
    must(engine_sqlite_open(w->path, &w->engine, &why), &why);
    must(views_open(w->engine, true, NULL, NULL, &w->views, &why), &why);
    must(engine_origin(w->engine, STR("us.cbp"), true, &own, &why), &why);
    must(engine_origin(w->engine, STR(PARTNER), true, &w->partner, &why), &why);
    assert_int_equal(own, ENGINE_OWN);
    *state = w;
    return 0;
}

// What is derived from the statements is what is held.
static inline void world_compare(struct world *w)
{
    struct why why = {0};
    struct views *derived;
    must(views_open_shadow("", &derived, &why), &why);
    must(views_replay(derived, w->engine, NULL, NULL, &why), &why);
    must(views_compare(w->views, derived, &why), &why);
    views_free(derived);
}

static inline int world_teardown(void **state)
{
    struct world *w = *state;
    world_compare(w);
    views_free(w->views);
    engine_close(w->engine);
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", w->dir);
    assert_int_equal(system(command), 0);
    arena_free(&w->arena);
    free(w);
    return 0;
}

// Any number from 1 on makes an id that is the same each time.
static inline struct id an_id(unsigned n)
{
    struct id id = {{(uint8_t)(n >> 8), (uint8_t)n, 7, 7, 7}};
    return id;
}

static inline struct id random_id(void)
{
    struct id id;
    id_random(&id);
    return id;
}

struct said {
    uint32_t origin; // 0: our own
    const char *at;  // NULL: as the commit time
    const char *kind;
    const char *body; // JSON
    struct id via;
    size_t nre;
    struct id re[RE_MAX];
};

static inline int64_t time_of(const char *text)
{
    int64_t ms;
    if (!time_parse_ms(str_of(text), &ms)) fail_msg("%s is no time", text);
    return ms;
}

// Stores and applies a statement; its position.
static inline int64_t world_say(struct world *w, const struct said *said)
{
    struct why why = {0};
    struct json *members = json_parse(&w->arena, str_of(said->body), &why);
    if (!members) fail_msg("%s in %s", why.text, said->body);
    uint32_t origin = said->origin ? said->origin : ENGINE_OWN;
    struct body body;
    w->in_us += 1000000;
    struct header h = {.at_ms = said->at ? time_of(said->at) : w->in_us / 1000,
                       .in_us = w->in_us,
                       .kind = str_of(said->kind),
                       .by = origin == ENGINE_OWN ? STR("us.cbp") : STR(PARTNER),
                       .label = LABEL_AMBER,
                       .v = 1,
                       .via = said->via,
                       .nre = said->nre};
    memcpy(h.re, said->re, said->nre * sizeof *h.re);
    must(body_make(&w->arena, members, &body, &why), &why);
    body_root(&body, h.body);
    struct buf header = BUF(HEADER_MAX), bytes = BUF(BODY_MAX + 65536);
    header_encode(&h, &header);
    body_encode(&body, &bytes);
    assert_false(header.failed || bytes.failed);
    struct stored stored = {
        .origin = origin, .index = w->next[origin]++, .header = buf_str(&header), .body = buf_str(&bytes)};
    must(engine_begin(w->engine, &why), &why);
    must(engine_append(w->engine, &stored, &w->pos, &why), &why);
    struct applied s = {w->pos, origin, stored.index, &h, members};
    must(views_apply(w->views, &w->arena, &s, &w->touched, &why), &why);
    must(engine_commit(w->engine, &why), &why);
    buf_free(&header);
    buf_free(&bytes);
    return w->pos;
}

#define SAY(w, ...) world_say((w), &(struct said){__VA_ARGS__})
#define RE(...) .re = {__VA_ARGS__}, .nre = sizeof((struct id[]){__VA_ARGS__}) / sizeof(struct id)

// A subject with one identifier.
static inline struct id world_subject_of(struct world *w, uint32_t origin, struct id id, const char *noun,
                                         const char *scheme, const char *value)
{
    char body[256];
    snprintf(body, sizeof body, "{\"noun\":\"%s\",\"ids\":[{\"scheme\":\"%s\",\"value\":\"%s\"}]}", noun, scheme,
             value);
    SAY(w, .origin = origin, .kind = "subject", .body = body, RE(id));
    return id;
}

static inline struct id world_subject(struct world *w, const char *noun, const char *scheme, const char *value)
{
    return world_subject_of(w, 0, random_id(), noun, scheme, value);
}

static inline void world_forget(struct world *w)
{
    w->touched = (struct touched){.arena = &w->arena, .max = TOUCHED_MAX};
}

static inline bool world_touched(const struct world *w, struct id crossing)
{
    for (size_t i = 0; i < w->touched.count; i++)
        if (id_eq(&w->touched.crossings[i], &crossing)) return true;
    return false;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

#endif
