// SPDX-License-Identifier: Apache-2.0
// A node's store at a port with a plan, with a clock of its own: for tests of what is decided there and of what can be
// made of it afterwards.
#ifndef TESTS_UNIT_PORT_WORLD_H
#define TESTS_UNIT_PORT_WORLD_H

#include "base/clock.h"
#include "commit/commit.h"
#include "ledger/engine_sqlite.h"
#include "views/views.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#define NOW_US ((int64_t)1772373909000000) // 2026-03-01T14:05:09Z
#define MINUTE_US ((int64_t)60 * 1000000)
#define DAY_US (1440 * MINUTE_US)

struct world {
    char dir[64], database[96];
    struct arena arena;
    struct ed25519_key key;
    struct lane_plan *plan;
    const struct lane_plan *plans[1];
    struct commit *commit;
    struct commit_settings settings;
    struct engine *reader;
    struct views *views;
};

static inline void must(enum err err, const struct why *why)
{
    if (err != ERR_NONE) fail_msg("%s: %s (%s)", err_name(err), why->text, why->member);
}

static inline struct world *world_open(const char *rules_text, const char *plan_text)
{
    struct world *w = calloc(1, sizeof *w);
    struct rules *rules;
    struct triggers *triggers;
    struct why why = {0};
    strcpy(w->dir, "/tmp/puente-test-XXXXXX");
    assert_non_null(mkdtemp(w->dir));
    snprintf(w->database, sizeof w->database, "%s/node.db", w->dir);
    w->arena = ARENA((size_t)256 << 20);
    clock_set_us(NOW_US);
    ed25519_generate(&w->key);
    must(rules_read(&w->arena, str_of(rules_text), &rules, &why), &why);
    must(triggers_read(&w->arena, STR("triggers: []\n"), &triggers, &why), &why);
    must(lane_plan_read(&w->arena, str_of(plan_text), &w->plan, &why), &why);
    w->plans[0] = w->plan;
    w->settings = (struct commit_settings){.database = w->database,
                                           .party = STR("us.cbp"),
                                           .key = w->key,
                                           .rules = rules,
                                           .triggers = triggers,
                                           .plans = w->plans,
                                           .nplans = 1,
                                           .build = "test"};
    must(commit_open(&w->settings, &w->commit, &why), &why);
    must(engine_sqlite_open_reader(w->database, &w->reader, &why), &why);
    must(views_open(w->reader, false, NULL, NULL, &w->views, &why), &why);
    return w;
}

static inline void world_close(struct world *w)
{
    char command[128];
    views_free(w->views);
    engine_close(w->reader);
    commit_close(w->commit);
    snprintf(command, sizeof command, "rm -rf %s", w->dir);
    assert_int_equal(system(command), 0);
    arena_free(&w->arena);
    clock_set_us(0);
    free(w);
}

static inline void settle(struct world *w)
{
    for (int i = 0; i < 200 && commit_step(w->commit); i++) {
    }
}

// An officer states it, and what follows from it is decided.
static inline void world_push(struct world *w, struct draft *d)
{
    struct why why = {0};
    must(draft_seal(&w->arena, d, &why), &why);
    struct job *job = arena_new(&w->arena, struct job);
    job->drafts = d;
    job->lane = JOB_PEOPLE;
    job->actor = STR("officer:ana");
    job->path.door = STR("https");
    must(commit_wait(w->commit, job, &why), &why);
    settle(w);
}

#endif
