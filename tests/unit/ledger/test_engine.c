// SPDX-License-Identifier: Apache-2.0
// One suite for every engine: what ledger/engine.h promises, whoever keeps it. An engine is a row of `engines`.
#include "base/bytes.h"
#include "ledger/engine_sqlite.h"
#include "shared_data.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

struct kind {
    const char *name;
    enum err (*open)(const char *path, struct engine **out, struct why *why);
    enum err (*open_reader)(const char *path, struct engine **out, struct why *why);
    enum err (*checkpointer_start)(struct engine *writer, const char *path, struct engine_checkpointer **out,
                                   struct why *why);
    void (*checkpointer_stop)(struct engine_checkpointer *checkpointer);
    const char *files[2]; // what it keeps on disk, after its path
};

static const struct kind embedded = {
    "embedded",  engine_sqlite_open, engine_sqlite_open_reader, engine_checkpointer_start, engine_checkpointer_stop,
    {"", "-wal"}};

struct world {
    const struct kind *kind;
    char dir[64], path[96];
    struct engine *engine, *reader;
    struct arena arena;
};

static void must(enum err err, const struct why *why)
{
    if (err != ERR_NONE) fail_msg("%s: %s", err_name(err), why->text);
}

static int setup(void **state)
{
    struct world *w = calloc(1, sizeof *w);
    struct why why = {0};
    w->kind = &embedded;
    w->arena = ARENA((size_t)64 << 20);
    strcpy(w->dir, "/tmp/puente-engine-XXXXXX");
    assert_non_null(mkdtemp(w->dir));
    snprintf(w->path, sizeof w->path, "%s/node.db", w->dir);
    must(w->kind->open(w->path, &w->engine, &why), &why);
    must(w->kind->open_reader(w->path, &w->reader, &why), &why);
    uint32_t own;
    must(engine_begin(w->engine, &why), &why);
    must(engine_origin(w->engine, STR("us.cbp"), true, &own, &why), &why);
    must(engine_commit(w->engine, &why), &why);
    assert_int_equal(own, ENGINE_OWN);
    *state = w;
    return 0;
}

static int teardown(void **state)
{
    struct world *w = *state;
    engine_close(w->reader);
    engine_close(w->engine);
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", w->dir);
    assert_int_equal(system(command), 0);
    arena_free(&w->arena);
    free(w);
    return 0;
}

static enum err append(struct world *w, uint32_t origin, uint64_t index, const char *header, const char *body,
                       int64_t *pos, struct why *why)
{
    struct stored s = {.origin = origin, .index = index, .header = str_of(header), .body = str_of(body)};
    return engine_append(w->engine, &s, pos, why);
}

// A committed slice of `n` statements of our own from `first` on, named by their index.
static void fill(struct world *w, uint64_t first, uint64_t n)
{
    struct why why = {0};
    must(engine_begin(w->engine, &why), &why);
    for (uint64_t i = first; i < first + n; i++) {
        char header[32], body[32];
        int64_t pos;
        snprintf(header, sizeof header, "header %llu", (unsigned long long)i);
        snprintf(body, sizeof body, "body %llu", (unsigned long long)i);
        must(append(w, ENGINE_OWN, i, header, body, &pos, &why), &why);
        assert_int_equal(pos, i + 1);
    }
    must(engine_commit(w->engine, &why), &why);
}

static void gives_back_what_was_appended(void **state)
{
    struct world *w = *state;
    struct why why = {0};
    fill(w, 0, 300);
    for (uint64_t i = 0; i < 300; i++) {
        struct stored s;
        int64_t pos;
        char header[32], body[32];
        must(engine_find(w->engine, ENGINE_OWN, i, &pos, &why), &why);
        must(engine_get(w->engine, &w->arena, pos, &s, &why), &why);
        snprintf(header, sizeof header, "header %llu", (unsigned long long)i);
        snprintf(body, sizeof body, "body %llu", (unsigned long long)i);
        assert_int_equal(s.pos, i + 1);
        assert_int_equal(s.index, i);
        assert_int_equal(s.origin, ENGINE_OWN);
        assert_true(str_is(s.header, header));
        assert_true(str_is(s.body, body));
    }
}

static void keeps_bytes_of_every_value_and_none(void **state)
{
    struct world *w = *state;
    struct why why = {0};
    char bytes[256];
    for (int i = 0; i < 256; i++) bytes[i] = (char)i;
    struct stored s = {.origin = ENGINE_OWN, .header = {bytes, sizeof bytes}, .body = {bytes, 0}}, back;
    int64_t pos;
    must(engine_begin(w->engine, &why), &why);
    must(engine_append(w->engine, &s, &pos, &why), &why);
    must(engine_commit(w->engine, &why), &why);
    must(engine_get(w->engine, &w->arena, pos, &back, &why), &why);
    assert_true(str_eq(back.header, s.header));
    assert_int_equal(back.body.n, 0);
}

static void positions_run_on_over_all_origins_and_indexes_within_each(void **state)
{
    struct world *w = *state;
    struct why why = {0};
    uint32_t partner, again;
    int64_t pos;
    uint64_t next;
    fill(w, 0, 2);
    must(engine_begin(w->engine, &why), &why);
    must(engine_origin(w->engine, STR("mx.anam"), true, &partner, &why), &why);
    assert_int_not_equal(partner, ENGINE_OWN);
    // A filtered feed has gaps: the partner's index is its log's, not ours.
    must(append(w, partner, 70, "theirs", "", &pos, &why), &why);
    assert_int_equal(pos, 3);
    must(append(w, partner, 12, "theirs, earlier", "", &pos, &why), &why);
    assert_int_equal(pos, 4);
    must(engine_commit(w->engine, &why), &why);
    must(engine_next_index(w->engine, partner, &next, &why), &why);
    assert_int_equal(next, 71);
    must(engine_next_index(w->engine, ENGINE_OWN, &next, &why), &why);
    assert_int_equal(next, 2);
    must(engine_last(w->engine, &pos, &why), &why);
    assert_int_equal(pos, 4);
    must(engine_origin(w->engine, STR("mx.anam"), false, &again, &why), &why);
    assert_int_equal(again, partner);
    struct str name;
    must(engine_origin_name(w->engine, &w->arena, partner, &name, &why), &why);
    assert_true(str_is(name, "mx.anam"));
}

static void an_empty_store_says_so(void **state)
{
    struct world *w = *state;
    struct why why = {0};
    int64_t pos = -1;
    uint64_t next = 9;
    must(engine_last(w->engine, &pos, &why), &why);
    must(engine_next_index(w->engine, ENGINE_OWN, &next, &why), &why);
    assert_int_equal(pos, 0);
    assert_int_equal(next, 0);
}

static void what_is_not_there_is_not_found(void **state)
{
    struct world *w = *state;
    struct stored s;
    struct str text;
    struct engine_checkpoint checkpoint;
    uint32_t number;
    int64_t pos;
    fill(w, 0, 1);
    struct why why[7] = {{0}};
    assert_int_equal(engine_get(w->engine, &w->arena, 2, &s, &why[0]), ERR_NOT_FOUND);
    assert_int_equal(engine_find(w->engine, ENGINE_OWN, 1, &pos, &why[1]), ERR_NOT_FOUND);
    assert_int_equal(engine_origin(w->engine, STR("nobody"), false, &number, &why[2]), ERR_NOT_FOUND);
    assert_int_equal(engine_origin_name(w->engine, &w->arena, 77, &text, &why[3]), ERR_NOT_FOUND);
    assert_int_equal(engine_tile_get(w->engine, &w->arena, 0, 0, &text, &why[4]), ERR_NOT_FOUND);
    assert_int_equal(engine_checkpoint_get(w->engine, &w->arena, ENGINE_OWN, &checkpoint, &why[5]), ERR_NOT_FOUND);
    assert_int_equal(engine_rewrite_body(w->engine, 2, STR("x"), &why[6]), ERR_NOT_FOUND);
    for (int i = 0; i < 7; i++) assert_true(why[i].text[0] != '\0');
}

static void refuses_an_index_that_is_there_and_keeps_the_first(void **state)
{
    struct world *w = *state;
    struct why why = {0}, conflict = {0};
    struct stored s;
    int64_t pos;
    fill(w, 0, 3);
    must(engine_begin(w->engine, &why), &why);
    assert_int_equal(append(w, ENGINE_OWN, 1, "another", "", &pos, &conflict), ERR_CONFLICT);
    // The slice goes on, and no position was spent.
    must(append(w, ENGINE_OWN, 3, "header 3", "body 3", &pos, &why), &why);
    assert_int_equal(pos, 4);
    must(engine_commit(w->engine, &why), &why);
    must(engine_get(w->engine, &w->arena, 2, &s, &why), &why);
    assert_true(str_is(s.header, "header 1"));
}

static void a_rollback_leaves_nothing(void **state)
{
    struct world *w = *state;
    struct why why = {0};
    struct str hashes = {"0123456789abcdef0123456789abcdef", 32}, out;
    struct engine_checkpoint checkpoint = {.size = 3, .note = STR("note")};
    uint32_t number;
    int64_t pos;
    fill(w, 0, 2);
    must(engine_begin(w->engine, &why), &why);
    must(append(w, ENGINE_OWN, 2, "gone", "gone", &pos, &why), &why);
    must(engine_origin(w->engine, STR("gone"), true, &number, &why), &why);
    must(engine_tile_put(w->engine, 0, 0, hashes, &why), &why);
    must(engine_checkpoint_swap(w->engine, ENGINE_OWN, 0, &checkpoint, &why), &why);
    must(engine_rewrite_body(w->engine, 1, STR("changed"), &why), &why);
    engine_rollback(w->engine);
    struct stored s;
    must(engine_last(w->engine, &pos, &why), &why);
    assert_int_equal(pos, 2);
    must(engine_get(w->engine, &w->arena, 1, &s, &why), &why);
    assert_true(str_is(s.body, "body 0"));
    struct why none[3] = {{0}};
    assert_int_equal(engine_origin(w->engine, STR("gone"), false, &number, &none[0]), ERR_NOT_FOUND);
    assert_int_equal(engine_tile_get(w->engine, &w->arena, 0, 0, &out, &none[1]), ERR_NOT_FOUND);
    assert_int_equal(engine_checkpoint_get(w->engine, &w->arena, ENGINE_OWN, &checkpoint, &none[2]), ERR_NOT_FOUND);
    // The next slice takes the positions that the roll-back gave back.
    fill(w, 2, 1);
}

static void a_rollback_without_a_slice_does_nothing(void **state)
{
    struct world *w = *state;
    fill(w, 0, 1);
    engine_rollback(w->engine);
    fill(w, 1, 1);
}

static void the_checkpoint_is_a_fence(void **state)
{
    struct world *w = *state;
    struct why why = {0};
    struct engine_checkpoint at3 = {.size = 3, .note = STR("three")}, at5 = {.size = 5, .note = STR("five")}, held;
    memset(at3.root, 3, sizeof at3.root);
    memset(at5.root, 5, sizeof at5.root);
    static const struct {
        uint64_t old_size;
        enum err err;
    } swaps[] = {{3, ERR_CONFLICT}, {0, ERR_NONE}, {0, ERR_CONFLICT}, {2, ERR_CONFLICT},
                 {4, ERR_CONFLICT}, {3, ERR_NONE}, {3, ERR_CONFLICT}};
    for (size_t i = 0; i < sizeof swaps / sizeof *swaps; i++) {
        struct why said = {0};
        assert_int_equal(engine_checkpoint_swap(w->engine, ENGINE_OWN, swaps[i].old_size, i < 2 ? &at3 : &at5, &said),
                         swaps[i].err);
        if (i == 0) continue;
        must(engine_checkpoint_get(w->engine, &w->arena, ENGINE_OWN, &held, &why), &why);
        const struct engine_checkpoint *want = i < 5 ? &at3 : &at5;
        assert_int_equal(held.size, want->size);
        assert_memory_equal(held.root, want->root, 32);
        assert_true(str_eq(held.note, want->note));
    }
}

static void each_origin_has_a_checkpoint_of_its_own(void **state)
{
    struct world *w = *state;
    struct why why = {0};
    uint32_t partner;
    must(engine_origin(w->engine, STR("mx.anam"), true, &partner, &why), &why);
    struct engine_checkpoint ours = {.size = 3, .note = STR("ours")}, theirs = {.size = 8, .note = STR("theirs")}, held;
    must(engine_checkpoint_swap(w->engine, ENGINE_OWN, 0, &ours, &why), &why);
    must(engine_checkpoint_swap(w->engine, partner, 0, &theirs, &why), &why);
    must(engine_checkpoint_get(w->engine, &w->arena, ENGINE_OWN, &held, &why), &why);
    assert_true(str_is(held.note, "ours"));
    must(engine_checkpoint_get(w->engine, &w->arena, partner, &held, &why), &why);
    assert_true(str_is(held.note, "theirs"));
}

static void tiles_are_replaced_by_wider_ones_and_told_apart_by_level(void **state)
{
    struct world *w = *state;
    struct why why = {0};
    char narrow[32], wide[64];
    memset(narrow, 'n', sizeof narrow);
    memset(wide, 'w', sizeof wide);
    struct str got;
    must(engine_tile_put(w->engine, 0, 5, (struct str){narrow, 32}, &why), &why);
    must(engine_tile_put(w->engine, 1, 5, (struct str){narrow, 32}, &why), &why);
    must(engine_tile_put(w->engine, 0, 5, (struct str){wide, 64}, &why), &why);
    must(engine_tile_get(w->engine, &w->arena, 0, 5, &got, &why), &why);
    assert_true(str_eq(got, (struct str){wide, 64}));
    must(engine_tile_get(w->engine, &w->arena, 1, 5, &got, &why), &why);
    assert_true(str_eq(got, (struct str){narrow, 32}));
    struct why none[2] = {{0}};
    assert_int_equal(engine_tile_get(w->engine, &w->arena, 64, 0, &got, &none[0]), ERR_NOT_FOUND);
    assert_int_equal(engine_tile_get(w->engine, &w->arena, 0, (uint64_t)1 << 48, &got, &none[1]), ERR_NOT_FOUND);
}

static void a_reader_sees_whole_slices_only(void **state)
{
    struct world *w = *state;
    struct why why = {0};
    int64_t pos, seen;
    fill(w, 0, 2);
    must(engine_last(w->reader, &seen, &why), &why);
    assert_int_equal(seen, 2);
    must(engine_begin(w->engine, &why), &why);
    must(append(w, ENGINE_OWN, 2, "header 2", "body 2", &pos, &why), &why);
    must(engine_last(w->reader, &seen, &why), &why);
    assert_int_equal(seen, 2);
    must(engine_commit(w->engine, &why), &why);
    must(engine_last(w->reader, &seen, &why), &why);
    assert_int_equal(seen, 3);
}

static void between_begin_and_rollback_a_reader_sees_one_state(void **state)
{
    struct world *w = *state;
    struct why why = {0};
    int64_t seen;
    fill(w, 0, 2);
    must(engine_begin(w->reader, &why), &why);
    must(engine_last(w->reader, &seen, &why), &why);
    fill(w, 2, 5);
    must(engine_last(w->reader, &seen, &why), &why);
    assert_int_equal(seen, 2);
    engine_rollback(w->reader);
    must(engine_last(w->reader, &seen, &why), &why);
    assert_int_equal(seen, 7);
}

static void a_reader_cannot_write(void **state)
{
    struct world *w = *state;
    struct why why = {0}, begin = {0};
    struct stored s = {.origin = ENGINE_OWN, .header = STR("x"), .body = STR("x")};
    int64_t pos, last;
    // A store may refuse at the beginning of the slice or at its first write.
    enum err err = engine_begin(w->reader, &begin);
    if (err == ERR_NONE) {
        err = engine_append(w->reader, &s, &pos, &begin);
        engine_rollback(w->reader);
    }
    assert_int_equal(err, ERR_STORE);
    must(engine_last(w->engine, &last, &why), &why);
    assert_int_equal(last, 0);
}

static void a_second_writer_is_refused_in_this_process_and_in_another(void **state)
{
    struct world *w = *state;
    struct engine *second = NULL;
    struct why why = {0};
    assert_int_equal(w->kind->open(w->path, &second, &why), ERR_CONFLICT);
    assert_null(second);
    pid_t child = fork();
    if (child == 0) {
        struct why said = {0};
        _exit(w->kind->open(w->path, &second, &said) == ERR_CONFLICT ? 0 : 1);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static void reopened_it_goes_on_where_it_was(void **state)
{
    struct world *w = *state;
    struct why why = {0};
    struct stored s;
    fill(w, 0, 5);
    engine_close(w->engine);
    w->engine = NULL;
    must(w->kind->open(w->path, &w->engine, &why), &why);
    must(engine_get(w->engine, &w->arena, 5, &s, &why), &why);
    assert_true(str_is(s.header, "header 4"));
    fill(w, 5, 3);
}

// The child writes two slices, leaves a third open and dies without closing anything.
static void die_in_a_slice(struct world *w)
{
    struct why why = {0};
    int64_t pos;
    if (w->kind->open(w->path, &w->engine, &why) != ERR_NONE) _exit(1);
    fill(w, 0, 4);
    fill(w, 4, 4);
    if (engine_begin(w->engine, &why) != ERR_NONE || append(w, ENGINE_OWN, 8, "never", "never", &pos, &why) != ERR_NONE)
        _exit(1);
    kill(getpid(), SIGKILL);
}

static void killed_in_a_slice_it_comes_back_with_the_whole_ones(void **state)
{
    struct world *w = *state;
    struct why why = {0};
    int64_t last;
    engine_close(w->engine);
    w->engine = NULL;
    pid_t child = fork();
    if (child == 0) die_in_a_slice(w);
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    must(w->kind->open(w->path, &w->engine, &why), &why);
    must(engine_last(w->engine, &last, &why), &why);
    assert_int_equal(last, 8);
    fill(w, 8, 1);
}

static size_t on_disk(struct world *w, const char *text)
{
    size_t times = 0, n = strlen(text);
    for (int i = 0; i < 2; i++) {
        char path[128];
        snprintf(path, sizeof path, "%s%s", w->path, w->kind->files[i]);
        struct str bytes = test_file(&w->arena, path);
        for (size_t at = 0; at + n <= bytes.n; at++) times += memcmp(bytes.p + at, text, n) == 0;
    }
    return times;
}

// Until the checkpointer has copied all of the WAL and the writer has begun it anew and overwritten what stood there.
static bool washed_out(struct world *w, const char *text, uint64_t index)
{
    for (int round = 0; round < 100; round++) {
        if (on_disk(w, text) == 0) return true;
        usleep(100000);
        fill(w, index++, 1);
    }
    return false;
}

static void a_rewritten_body_is_overwritten_on_disk(void **state)
{
    struct world *w = *state;
    struct why why = {0};
    static char secret[20000]; // over several pages, so that overflow pages are part of the promise
    for (size_t i = 0; i + 1 < sizeof secret; i++) secret[i] = "JUAN PEREZ GARZA "[i % 17];
    struct engine_checkpointer *checkpointer;
    struct stored s;
    int64_t pos;
    fill(w, 0, 3);
    must(engine_begin(w->engine, &why), &why);
    must(append(w, ENGINE_OWN, 3, "header 3", secret, &pos, &why), &why);
    must(engine_commit(w->engine, &why), &why);
    assert_true(on_disk(w, "JUAN PEREZ GARZA") > 100);
    must(engine_begin(w->engine, &why), &why);
    must(engine_rewrite_body(w->engine, pos, STR("erased"), &why), &why);
    must(engine_commit(w->engine, &why), &why);
    must(w->kind->checkpointer_start(w->engine, w->path, &checkpointer, &why), &why);
    bool gone = washed_out(w, "JUAN PEREZ GARZA", 4);
    w->kind->checkpointer_stop(checkpointer);
    assert_true(gone);
    must(engine_get(w->engine, &w->arena, pos, &s, &why), &why);
    assert_true(str_is(s.header, "header 3"));
    assert_true(str_is(s.body, "erased"));
}

static size_t size_of_file(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 ? (size_t)st.st_size : 0;
}

// 160 MiB of changed pages at some 40 MB/s: the checkpointer alone would always be a slice behind, and the WAL as long
// as all of it.
static void the_checkpointer_keeps_the_log_short_under_a_load_that_goes_on(void **state)
{
    struct world *w = *state;
    struct why why = {0};
    struct engine_checkpointer *checkpointer;
    static char body[2000];
    memset(body, 'b', sizeof body - 1);
    char path[128];
    snprintf(path, sizeof path, "%s%s", w->path, w->kind->files[1]);
    must(w->kind->checkpointer_start(w->engine, w->path, &checkpointer, &why), &why);
    size_t longest = 0;
    for (uint64_t slice = 0; slice < 800; slice++) {
        int64_t pos;
        must(engine_begin(w->engine, &why), &why);
        for (uint64_t i = 0; i < 500; i++)
            must(append(w, ENGINE_OWN, slice * 500 + i, "header", body, &pos, &why), &why);
        must(engine_commit(w->engine, &why), &why);
        size_t now = size_of_file(path);
        if (now > longest) longest = now;
        usleep(3000);
    }
    w->kind->checkpointer_stop(checkpointer);
    assert_true(longest > 0);
    assert_true(longest < (size_t)80 << 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define EACH(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        EACH(gives_back_what_was_appended),
        EACH(keeps_bytes_of_every_value_and_none),
        EACH(positions_run_on_over_all_origins_and_indexes_within_each),
        EACH(an_empty_store_says_so),
        EACH(what_is_not_there_is_not_found),
        EACH(refuses_an_index_that_is_there_and_keeps_the_first),
        EACH(a_rollback_leaves_nothing),
        EACH(a_rollback_without_a_slice_does_nothing),
        EACH(the_checkpoint_is_a_fence),
        EACH(each_origin_has_a_checkpoint_of_its_own),
        EACH(tiles_are_replaced_by_wider_ones_and_told_apart_by_level),
        EACH(a_reader_sees_whole_slices_only),
        EACH(between_begin_and_rollback_a_reader_sees_one_state),
        EACH(a_reader_cannot_write),
        EACH(a_second_writer_is_refused_in_this_process_and_in_another),
        EACH(reopened_it_goes_on_where_it_was),
        EACH(killed_in_a_slice_it_comes_back_with_the_whole_ones),
        EACH(a_rewritten_body_is_overwritten_on_disk),
        EACH(the_checkpointer_keeps_the_log_short_under_a_load_that_goes_on),
    };
    return cmocka_run_group_tests_name(embedded.name, tests, NULL, NULL);
}
