// SPDX-License-Identifier: Apache-2.0
// Fsck finds each kind of damage and names the first thing that disagrees. A store is made by commit, then hurt from
// outside, as a disk, a hand or a program would hurt it.
#include "base/clock.h"
#include "commit/commit.h"
#include "commit/fsck.h"
#include "ledger/engine_sqlite.h"
#include "shared_data.h"

#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define STATEMENTS 300 // more than one tile

struct world {
    char dir[64], database[96];
    struct arena arena;
    struct ed25519_key key;
    struct note_key log_key;
};

static void must(enum err err, const struct why *why)
{
    if (err != ERR_NONE) fail_msg("%s: %s", err_name(err), why->text);
}

static struct draft *draft(struct world *w, const char *kind, const char *members)
{
    struct why why = {0};
    struct draft *d = draft_new(&w->arena, kind, clock_now_us() / 1000, LABEL_AMBER);
    d->members = json_parse(&w->arena, str_of(members), &why);
    if (!d->members) fail_msg("%s", why.text);
    return d;
}

static void push(struct world *w, struct commit *commit, struct draft *d)
{
    struct why why = {0};
    struct job *job = arena_new(&w->arena, struct job);
    must(draft_seal(&w->arena, d, &why), &why);
    job->drafts = d;
    job->lane = JOB_PEOPLE;
    job->actor = STR("party:mx.anam");
    job->path = (struct channel_path){.door = STR("https"), .party = STR("mx.anam"), .filer = STR("BROKER-1")};
    must(commit_wait(commit, job, &why), &why);
}

static void fill(struct world *w, struct commit *commit)
{
    struct draft *d = draft(w, "crossing",
                            "{\"crossing\":{\"port\":\"us.schedule-d=2304\",\"direction\":\"northbound\",\"eta\":"
                            "\"2026-03-01T18:00:00Z\",\"empty\":false}}");
    assert_non_null(draft_about(&w->arena, d, NOUN_CROSSING, STR("us.ace.trip"), STR("GRZA1")));
    assert_non_null(draft_about(&w->arena, d, NOUN_TRAILER, STR("trailer.plate"), STR("21TR43")));
    push(w, commit, d);
    d = draft(w, "custody.seal", "{\"event\":{\"type\":\"on\",\"grade\":\"high-security\"}}");
    assert_non_null(draft_about(&w->arena, d, NOUN_SEAL, STR("iso17712"), STR("ABC1234567")));
    assert_non_null(draft_about(&w->arena, d, NOUN_TRAILER, STR("trailer.plate"), STR("21TR43")));
    push(w, commit, d);
    for (int i = 0; i < STATEMENTS; i++) push(w, commit, draft(w, "note", "{\"x\":\"something said\"}"));
    for (int i = 0; i < 100 && commit_step(commit); i++) {
    }
}

static int setup(void **state)
{
    struct world *w = calloc(1, sizeof *w);
    struct why why = {0};
    struct rules *rules;
    struct commit *commit;
    strcpy(w->dir, "/tmp/puente-fsck-XXXXXX");
    assert_non_null(mkdtemp(w->dir));
    snprintf(w->database, sizeof w->database, "%s/node.db", w->dir);
    w->arena = ARENA((size_t)64 << 20);
    clock_set_us((int64_t)1772373909000000);
    ed25519_generate(&w->key);
    w->log_key = note_key_make(STR("us.cbp"), NOTE_ED25519, w->key.public);
    must(rules_read(&w->arena, test_file(&w->arena, "examples/corridor/rules/corridor.yaml"), &rules, &why), &why);
    struct commit_settings settings = {
        .database = w->database, .party = STR("us.cbp"), .key = w->key, .rules = rules, .build = "test"};
    must(commit_open(&settings, &commit, &why), &why);
    fill(w, commit);
    commit_close(commit);
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
    clock_set_us(0);
    free(w);
    return 0;
}

static enum err check(struct world *w, bool views, struct fsck_report *report, struct why *why)
{
    struct fsck_settings settings = {
        .database = w->database, .party = STR("us.cbp"), .log_key = &w->log_key, .views = views};
    return fsck(&settings, report, why);
}

static sqlite3 *open_store(struct world *w)
{
    sqlite3 *db;
    assert_int_equal(sqlite3_open(w->database, &db), SQLITE_OK);
    return db;
}

static void hurt(struct world *w, const char *sql)
{
    sqlite3 *db = open_store(w);
    char *said = NULL;
    if (sqlite3_exec(db, sql, NULL, NULL, &said) != SQLITE_OK) fail_msg("%s: %s", sql, said);
    assert_true(sqlite3_changes(db) > 0);
    sqlite3_close(db);
}

// Flips one bit of a blob.
static void flip(struct world *w, const char *table, const char *column, int64_t rowid, int byte)
{
    sqlite3 *db = open_store(w);
    sqlite3_blob *blob;
    uint8_t b;
    assert_int_equal(sqlite3_blob_open(db, "main", table, column, rowid, 1, &blob), SQLITE_OK);
    if (byte < 0) byte += sqlite3_blob_bytes(blob);
    assert_int_equal(sqlite3_blob_read(blob, &b, 1, byte), SQLITE_OK);
    b ^= 1;
    assert_int_equal(sqlite3_blob_write(blob, &b, 1, byte), SQLITE_OK);
    sqlite3_blob_close(blob);
    sqlite3_close(db);
}

static void finds(struct world *w, const char *what)
{
    struct fsck_report report;
    struct why why = {0};
    enum err err = check(w, true, &report, &why);
    if (err != ERR_CONFLICT || !strstr(why.text, what))
        fail_msg("wanted \"%s\", got %s: %s", what, err_name(err), why.text);
}

static void an_intact_store_is_counted(void **state)
{
    struct world *w = *state;
    struct fsck_report report;
    struct why why = {0};
    must(check(w, true, &report, &why), &why);
    assert_true(report.own > STATEMENTS);
    assert_int_equal(report.own, report.statements);
    assert_int_equal(report.own, report.size);
    assert_int_equal(report.foreign, 0);
    assert_int_equal(report.erased_or_withheld, 0);
}

static void a_changed_header_is_named_by_its_position(void **state)
{
    // In a time it stays canonical, and only the tree can tell; in the braces it is no header any more.
    flip(*state, "statement", "header", 7, 0);
    finds(*state, "position 7");
}

static void a_header_that_still_reads_as_one_is_found_by_its_tile(void **state)
{
    struct world *w = *state;
    hurt(w, "UPDATE statement SET header=CAST(replace(CAST(header AS "
            "TEXT),'\"label\":\"amber\"','\"label\":\"green\"') AS BLOB) WHERE pos=7");
    finds(w, "tile 0/0 is not what the statements hash to");
}

static void a_changed_body_is_named(void **state)
{
    flip(*state, "statement", "body", 40, -10);
    finds(*state, "position 40");
}

static void a_changed_digest_is_named(void **state)
{
    flip(*state, "statement", "body", 40, 5);
    finds(*state, "position 40");
}

static void a_body_of_another_statement_is_named(void **state)
{
    hurt(*state, "UPDATE statement SET body=(SELECT body FROM statement WHERE pos=41) WHERE pos=40");
    finds(*state, "the body is not what its header names");
}

static void a_changed_tile_is_named(void **state)
{
    flip(*state, "tile", "hashes", 0, 33);
    finds(*state, "tile 0/0 is not what the statements hash to");
}

static void a_tile_of_a_higher_level_is_named(void **state)
{
    flip(*state, "tile", "hashes", (int64_t)1 << 48, 0);
    finds(*state, "tile 1/0");
}

static void a_missing_tile_is_named(void **state)
{
    hurt(*state, "DELETE FROM tile WHERE id=1");
    finds(*state, "tile 0/1 is missing");
}

static void a_missing_statement_is_named(void **state)
{
    hurt(*state, "DELETE FROM statement WHERE pos=9");
    finds(*state, "position 9");
}

static void a_statement_cut_off_at_the_end_is_found(void **state)
{
    hurt(*state, "DELETE FROM statement WHERE pos=(SELECT max(pos) FROM statement)");
    finds(*state, "tile 0/1 is not what the statements hash to");
}

static void two_statements_that_changed_places_are_found(void **state)
{
    hurt(*state, "UPDATE statement SET idx=idx+100000 WHERE pos IN (9,10); UPDATE statement SET idx=9 WHERE pos=9;"
                 "UPDATE statement SET idx=8 WHERE pos=10");
    finds(*state, "position 9 holds index 9");
}

static void a_statement_by_another_party_is_found(void **state)
{
    hurt(*state,
         "UPDATE statement SET header=CAST(replace(CAST(header AS TEXT),'us.cbp','us.cbq') AS BLOB) WHERE pos=20");
    finds(*state, "is by us.cbq");
}

static void a_changed_checkpoint_is_found(void **state)
{
    flip(*state, "checkpoint", "note", 1, 12);
    finds(*state, "the checkpoint");
}

static void a_checkpoint_of_another_size_is_found(void **state)
{
    hurt(*state, "UPDATE checkpoint SET size=size-1");
    finds(*state, "the checkpoint says");
}

static void a_stored_root_that_is_not_the_notes_is_found(void **state)
{
    flip(*state, "checkpoint", "root", 1, 0);
    finds(*state, "the checkpoint's root");
}

static void a_lost_checkpoint_is_found(void **state)
{
    hurt(*state, "DELETE FROM checkpoint");
    finds(*state, "the checkpoint");
}

static void a_checkpoint_signed_by_another_key_is_found(void **state)
{
    struct world *w = *state;
    struct ed25519_key other;
    ed25519_generate(&other);
    w->log_key = note_key_make(STR("us.cbp"), NOTE_ED25519, other.public);
    finds(w, "the checkpoint");
}

static void each_view_that_disagrees_is_named(void **state)
{
    static const struct {
        const char *sql, *view;
    } cases[] = {
        {"UPDATE crossing SET port='elsewhere'", "view crossing: held"},
        {"UPDATE custody_event SET at=at+1", "view custody_event"},
        {"DELETE FROM custody_point", "view custody_point"},
        {"INSERT INTO alias VALUES(x'00112233445566778899aabbccddeeff',x'00112233445566778899aabbccddeeff')",
         "view alias"},
        {"UPDATE decision SET lane=0", "view decision"},
        {"DELETE FROM aboard", "view aboard"},
        {"UPDATE link SET pos=pos+1", "view link"},
        {"UPDATE mention SET prev=0 WHERE prev>0", "view mention"},
        {"UPDATE identifier SET value='ABC7654321' WHERE value='ABC1234567'", "view identifier"},
        {"DELETE FROM channel_name WHERE what='filer'", "view channel_name"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        void *fresh;
        struct why why = {0};
        struct fsck_report report;
        setup(&fresh);
        hurt(fresh, cases[i].sql);
        finds(fresh, cases[i].view);
        must(check(fresh, false, &report, &why), &why); // the log itself is intact
        teardown(&fresh);
    }
    clock_set_us((int64_t)1772373909000000);
    (void)state;
}

static void a_page_of_noise_is_an_error_and_no_crash(void **state)
{
    struct world *w = *state;
    struct fsck_report report;
    FILE *f = fopen(w->database, "r+b");
    assert_non_null(f);
    for (long page = 3; page < 30; page += 5) {
        char noise[512];
        for (size_t i = 0; i < sizeof noise; i++) noise[i] = (char)(i * 37 + (size_t)page);
        assert_int_equal(fseek(f, page * 4096, SEEK_SET), 0);
        assert_int_equal(fwrite(noise, 1, sizeof noise, f), sizeof noise);
    }
    fclose(f);
    struct why why = {0};
    assert_int_not_equal(check(w, true, &report, &why), ERR_NONE);
    assert_true(why.text[0] != '\0');
}

static void a_store_that_is_not_there_is_said(void **state)
{
    struct world *w = *state;
    struct fsck_report report;
    struct why why = {0};
    assert_int_equal(unlink(w->database), 0);
    assert_int_not_equal(check(w, true, &report, &why), ERR_NONE);
    assert_true(why.text[0] != '\0');
    assert_int_equal(access(w->database, F_OK), -1); // and not made
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define EACH(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        EACH(an_intact_store_is_counted),
        EACH(a_changed_header_is_named_by_its_position),
        EACH(a_header_that_still_reads_as_one_is_found_by_its_tile),
        EACH(a_changed_body_is_named),
        EACH(a_changed_digest_is_named),
        EACH(a_body_of_another_statement_is_named),
        EACH(a_changed_tile_is_named),
        EACH(a_tile_of_a_higher_level_is_named),
        EACH(a_missing_tile_is_named),
        EACH(a_missing_statement_is_named),
        EACH(a_statement_cut_off_at_the_end_is_found),
        EACH(two_statements_that_changed_places_are_found),
        EACH(a_statement_by_another_party_is_found),
        EACH(a_changed_checkpoint_is_found),
        EACH(a_checkpoint_of_another_size_is_found),
        EACH(a_stored_root_that_is_not_the_notes_is_found),
        EACH(a_lost_checkpoint_is_found),
        EACH(a_checkpoint_signed_by_another_key_is_found),
        EACH(each_view_that_disagrees_is_named),
        EACH(a_page_of_noise_is_an_error_and_no_crash),
        EACH(a_store_that_is_not_there_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
