// SPDX-License-Identifier: Apache-2.0
// The one writer with its thread, among many who hand it jobs, read beside it, listen to its events and reload it. Run
// under TSan, this is the proof that they share nothing but what says so.
#include "base/clock.h"
#include "commit/commit.h"
#include "commit/fsck.h"
#include "ledger/engine_sqlite.h"
#include "shared_data.h"
#include "views/report.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define WRITERS 4
#define JOBS 60
#define DRAFTS 5

struct world {
    char dir[64], database[96];
    struct arena arena;
    struct ed25519_key key;
    struct note_key log_key;
    struct rules *rules;
    struct triggers *triggers;
    struct commit *commit;
    atomic_bool stop;
    atomic_int failures, reads, wakes;
};

static void must(enum err err, const struct why *why)
{
    if (err != ERR_NONE) fail_msg("%s: %s", err_name(err), why->text);
}

static int setup(void **state)
{
    struct world *w = calloc(1, sizeof *w);
    struct why why = {0};
    strcpy(w->dir, "/tmp/puente-threads-XXXXXX");
    assert_non_null(mkdtemp(w->dir));
    snprintf(w->database, sizeof w->database, "%s/node.db", w->dir);
    w->arena = ARENA((size_t)64 << 20);
    ed25519_generate(&w->key);
    w->log_key = note_key_make(STR("us.cbp"), NOTE_ED25519, w->key.public);
    must(rules_read(&w->arena, test_file(&w->arena, "examples/corridor/rules/corridor.yaml"), &w->rules, &why), &why);
    must(triggers_read(&w->arena, test_file(&w->arena, "examples/corridor/triggers/us.cbp.yaml"), &w->triggers, &why),
         &why);
    struct commit_settings settings = {.database = w->database,
                                       .party = STR("us.cbp"),
                                       .key = w->key,
                                       .rules = w->rules,
                                       .triggers = w->triggers,
                                       .build = "test"};
    must(commit_open(&settings, &w->commit, &why), &why);
    must(commit_start(w->commit, &why), &why);
    *state = w;
    return 0;
}

static int teardown(void **state)
{
    struct world *w = *state;
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", w->dir);
    assert_int_equal(system(command), 0);
    arena_free(&w->arena);
    free(w);
    return 0;
}

struct writer_of {
    struct world *world;
    int number;
};

static enum err say(struct world *w, struct arena *arena, int writer, int n, struct why *why)
{
    struct job *job = arena_new(arena, struct job);
    struct draft **end = &job->drafts;
    for (int i = 0; i < DRAFTS; i++) {
        char trip[32], body[256];
        snprintf(trip, sizeof trip, "T%d-%d", writer, (n * DRAFTS + i) % 40);
        snprintf(body, sizeof body,
                 "{\"crossing\":{\"port\":\"2304\",\"direction\":\"northbound\",\"eta\":\"2026-03-01T18:00:00Z\","
                 "\"empty\":true,\"trip\":\"%s\"}}",
                 trip);
        struct draft *d = draft_new(arena, "crossing", clock_now_us() / 1000, LABEL_AMBER);
        d->members = json_parse(arena, arena_str(arena, str_of(body)), why);
        if (!d->members || !draft_about(arena, d, NOUN_CROSSING, STR("us.ace.trip"), arena_str(arena, str_of(trip))))
            return ERR_MALFORMED;
        enum err err = draft_seal(arena, d, why);
        if (err != ERR_NONE) return err;
        *end = d;
        end = &d->next;
    }
    job->lane = (enum job_lane)(writer % 4);
    job->actor = STR("party:mx.anam");
    job->path = (struct channel_path){.door = STR("https"), .party = STR("mx.anam")};
    enum err err;
    while ((err = commit_wait(w->commit, job, why)) == ERR_BUSY) *why = (struct why){0};
    return err;
}

static void *write_jobs(void *context)
{
    struct writer_of *me = context;
    struct arena arena = ARENA((size_t)16 << 20);
    for (int n = 0; n < JOBS; n++) {
        struct why why = {0};
        arena_reset(&arena);
        if (say(me->world, &arena, me->number, n, &why) == ERR_NONE) continue;
        fprintf(stderr, "writer %d: %s\n", me->number, why.text);
        atomic_fetch_add(&me->world->failures, 1);
    }
    arena_free(&arena);
    return NULL;
}

static void *read_beside(void *context)
{
    struct world *w = context;
    struct engine *engine;
    struct views *views;
    struct why why = {0};
    struct arena arena = ARENA((size_t)32 << 20);
    if (engine_sqlite_open_reader(w->database, &engine, &why) != ERR_NONE ||
        views_open(engine, false, NULL, NULL, &views, &why) != ERR_NONE) {
        atomic_fetch_add(&w->failures, 1);
        return NULL;
    }
    while (!atomic_load(&w->stop)) {
        struct json *list;
        arena_reset(&arena);
        if (report_crossings(views, &arena, CROSSINGS_ALL, STR_NONE, 50, &list, &why) != ERR_NONE)
            atomic_fetch_add(&w->failures, 1);
        atomic_fetch_add(&w->reads, 1);
    }
    views_free(views);
    engine_close(engine);
    arena_free(&arena);
    return NULL;
}

static void *listen_to_events(void *context)
{
    struct world *w = context;
    struct events *events = commit_events(w->commit);
    uint64_t after = 0;
    events_watch(events, 1);
    while (!atomic_load(&w->stop)) {
        struct buf text = BUF((size_t)8 << 20);
        bool lost = false;
        after = events_read(events, after, 64, &text, &lost);
        if (lost) after = events_last(events);
        buf_free(&text);
        struct commit_figures figures;
        commit_figures(w->commit, &figures);
        if (!figures.healthy) atomic_fetch_add(&w->failures, 1);
        usleep(500);
    }
    events_watch(events, -1);
    return NULL;
}

static void *reload_often(void *context)
{
    struct world *w = context;
    while (!atomic_load(&w->stop)) {
        commit_reload(w->commit, &(struct commit_policy){.rules = w->rules, .triggers = w->triggers});
        usleep(2000);
    }
    return NULL;
}

static void woken(void *context)
{
    atomic_fetch_add(&((struct world *)context)->wakes, 1);
}

static void many_write_read_listen_and_reload_at_once(void **state)
{
    struct world *w = *state;
    pthread_t writers[WRITERS], others[4];
    struct writer_of numbers[WRITERS];
    void *(*const work[4])(void *) = {read_beside, read_beside, listen_to_events, reload_often};
    events_listen(commit_events(w->commit), woken, w);
    for (int i = 0; i < 4; i++) assert_int_equal(pthread_create(&others[i], NULL, work[i], w), 0);
    for (int i = 0; i < WRITERS; i++) {
        numbers[i] = (struct writer_of){w, i};
        assert_int_equal(pthread_create(&writers[i], NULL, write_jobs, &numbers[i]), 0);
    }
    for (int i = 0; i < WRITERS; i++) pthread_join(writers[i], NULL);
    atomic_store(&w->stop, true);
    for (int i = 0; i < 4; i++) pthread_join(others[i], NULL);
    struct commit_figures figures;
    commit_figures(w->commit, &figures);
    commit_close(w->commit);
    assert_int_equal(atomic_load(&w->failures), 0);
    assert_true(atomic_load(&w->reads) > 0);
    assert_true(atomic_load(&w->wakes) > 0);
    assert_int_equal(figures.jobs, WRITERS * JOBS);
    struct fsck_settings settings = {
        .database = w->database, .party = STR("us.cbp"), .log_key = &w->log_key, .views = true};
    struct fsck_report report;
    struct why why = {0};
    must(fsck(&settings, &report, &why), &why);
    assert_true(report.own >= WRITERS * JOBS * DRAFTS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(many_write_read_listen_and_reload_at_once, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
