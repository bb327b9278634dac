// SPDX-License-Identifier: Apache-2.0
#include "formats/scanner_log.h"

#include "drafted.h"
#include "samples.h"

#include <stdio.h>

#define NOW_MS INT64_C(1793577600000) // 2026-11-02

#define HEAD "Unit,From,To,Event,Cause,Came,Parts,Images,Verdict,Undecided,Image,Due,Note\n"

struct fixture {
    struct arena arena;
    const struct identifier_table *identifiers;
    const struct scanner_mapping *mapping;
    struct scanner_context context;
    struct scanner_tally tally;
    struct why why;
};

static const struct scanner_mapping *mapping_of(struct fixture *f, struct str text)
{
    const struct scanner_mapping *mapping = NULL;
    struct why why = {0};
    if (scanner_mapping_read(&f->arena, text, f->identifiers, &mapping, &why) != ERR_NONE)
        fail_msg("%s: %s", why.member, why.text);
    return mapping;
}

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    struct why why = {0};
    if (!f) return -1;
    f->arena = ARENA((size_t)256 << 20);
    if (identifier_table_read(&f->arena, identifiers_builtin(), &f->identifiers, &why) != ERR_NONE) return -1;
    f->mapping = mapping_of(f, test_file(&f->arena, "tests/data/scanner_log/mapping.yaml"));
    f->context = (struct scanner_context){f->identifiers, NOW_MS, LABEL_AMBER, STR("log.csv")};
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    arena_free(&((struct fixture *)*state)->arena);
    free(*state);
    return 0;
}

static struct drafts read(struct fixture *f, const char *rows)
{
    struct drafts drafts = {0};
    f->why = (struct why){0};
    struct str text = arena_printf(&f->arena, HEAD "%s", rows);
    enum err err = scanner_log_parse(&f->arena, text, f->mapping, &f->context, &drafts, &f->tally, &f->why);
    if (err != ERR_NONE) fail_msg("%s: %s", f->why.member, f->why.text);
    return drafts;
}

// One machine's states as "from state reason waiting to note", a line each, times as hours and minutes of UTC.
static const char *states_of(struct fixture *f, const struct drafts *drafts, const char *unit)
{
    struct buf out = BUF(8192);
    for (const struct draft *d = drafts->first; d; d = d->next) {
        if (!str_is(d->kind, "equipment.state") || !str_is(d->re[0]->ids[0].value, unit)) continue;
        const struct json *s = json_get(d->members, "state");
        struct str from = json_text(s, "from"), to = json_text(s, "to");
        buf_printf(&out, "%.11s %.*s %.*s %.*s %.11s%.*s\n", from.p + 5, STR_ARG(json_text(s, "state")),
                   STR_ARG(json_text(s, "reason")), STR_ARG(json_text(s, "waiting")), to.p ? to.p + 5 : "",
                   STR_ARG(json_text(s, "note")));
    }
    struct str text = arena_str(&f->arena, buf_str(&out));
    buf_free(&out);
    return text.p ? text.p : "";
}

static void one_state_holds_at_each_moment(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *rows, *states;
    } cases[] = {
        // A closed outage between the log's first and last moment; up before and after, known no longer than the log.
        {"P1,2026-01-01 06:00,2026-01-01 07:00,DOWN,PWR,,,,,,,,\n"
         "P2,2026-01-01 05:00,2026-01-01 09:00,SCAN,,,,9,,,,,\n",
         "01-01T11:00 up   \n01-01T12:00 down power  \n01-01T13:00 up   01-01T15:00\n"},
        // Overlapping outages are one; the first one's reason stands, the worst state holds.
        {"P1,2026-01-01 06:00,2026-01-01 10:00,DOWN,PWR,,,,,,,,\nP1,2026-01-01 08:00,2026-01-01 "
         "12:00,DOWN,SRC,,,,,,,,\n",
         "01-01T12:00 down power  \n01-01T16:00 down source  01-01T18:00\n"},
        {"P1,2026-01-01 06:00,2026-01-01 12:00,DOWN,PWR,,,,,,,,\nP1,2026-01-01 05:00,2026-01-01 13:00,SLOW,,,,,,,,,\n",
         "01-01T11:00 degraded   \n01-01T12:00 down power  \n01-01T18:00 degraded   01-01T19:00\n"},
        // One outage inside another changes nothing.
        {"P1,2026-01-01 06:00,2026-01-01 12:00,DOWN,PWR,,,,,,,,\nP1,2026-01-01 07:00,2026-01-01 "
         "08:00,DOWN,SRC,,,,,,,,\n",
         "01-01T12:00 down power  01-01T18:00\n"},
        // Rows in any order.
        {"P1,2026-01-01 08:00,2026-01-01 09:00,DOWN,SRC,,,,,,,,\nP1,2026-01-01 06:00,2026-01-01 "
         "07:00,DOWN,PWR,,,,,,,,\n",
         "01-01T12:00 down power  \n01-01T13:00 up   \n01-01T14:00 down source  01-01T15:00\n"},
        // An open end: at the next state, at the next scan, or not before the log ends.
        {"P1,2026-01-01 06:00,,DOWN,PWR,,,,,,,,\nP1,2026-01-01 08:00,,UP,,,,,,,,,\nP1,2026-01-01 "
         "09:00,,DOWN,SRC,,,,,,,,\n"
         "P2,2026-01-01 10:00,,UP,,,,,,,,,\n",
         "01-01T12:00 down power  \n01-01T14:00 up   \n01-01T15:00 down source  01-01T16:00\n"},
        {"P1,2026-01-01 06:00,,DOWN,PWR,,,,,,,,\nP1,2026-01-01 07:30,2026-01-01 07:31,SCAN,,,,,OK,,,,\n",
         "01-01T12:00 down power  \n01-01T13:30 up   01-01T13:31\n"},
        {"P1,2026-01-01 06:00,,DOWN,PWR,,,,,,,,\nP2,2026-01-01 09:00,,UP,,,,,,,,,\n",
         "01-01T12:00 down power  01-01T15:00\n"},
        // The log ends as the outage begins.
        {"P1,2026-01-01 05:00,2026-01-01 05:30,SLOW,,,,,,,,,\nP1,2026-01-01 06:00,,DOWN,PWR,,,,,,,,\n",
         "01-01T11:00 degraded   \n01-01T11:30 up   \n01-01T12:00 down power  01-01T12:00\n"},
        // What it waited for.
        {"P1,2026-01-01 06:00,2026-01-01 12:00,DOWN,PWR,2026-01-01 07:00,2026-01-01 10:00,,,,,,note\n",
         "01-01T12:00 down power people note\n01-01T13:00 down power parts note\n"
         "01-01T16:00 down power repair 01-01T18:00note\n"},
        {"P1,2026-01-01 06:00,2026-01-01 12:00,DOWN,,2026-01-01 07:00,,,,,,,\n",
         "01-01T12:00 down  people \n01-01T13:00 down  repair 01-01T18:00\n"},
        {"P1,2026-01-01 06:00,,DOWN,,2026-01-01 07:00,,,,,,,\nP1,2026-01-01 09:00,,UP,,,,,,,,,\n",
         "01-01T12:00 down  people \n01-01T13:00 down  repair \n01-01T15:00 up   01-01T15:00\n"},
        // A reason on no list keeps its words.
        {"P1,2026-01-01 06:00,2026-01-01 07:00,DOWN,GREMLINS,,,,,,,,again\n",
         "01-01T12:00 down other  01-01T13:00GREMLINS: again\n"},
        // Clocks are put forward on 8 March, and back on 1 November: the earlier of the two.
        {"P1,2026-03-08 01:00,2026-03-08 04:00,DOWN,,,,,,,,,\n", "03-08T07:00 down   03-08T09:00\n"},
        {"P1,2026-11-01 00:30,2026-11-01 01:30,DOWN,,,,,,,,,\n", "11-01T05:30 down   11-01T06:30\n"},
        // A zoned time needs no offset of the mapping's.
        {"P1,2026-01-01T06:00:00Z,2026-01-01T07:00:00+01:00,DOWN,,,,,,,,,\nP2,2026-01-01T07:00:00Z,,UP,,,,,,,,,\n",
         "01-01T06:00 up   01-01T07:00\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct drafts drafts = read(f, cases[i].rows);
        const char *states = states_of(f, &drafts, "2304/P1");
        if (strcmp(states, cases[i].states) != 0) fail_msg("case %zu:\n%s", i, states);
    }
}

static const struct draft *first_of(const struct drafts *drafts, const char *kind)
{
    for (const struct draft *d = drafts->first; d; d = d->next)
        if (str_is(d->kind, kind)) return d;
    return NULL;
}

static size_t count_of(const struct drafts *drafts, const char *kind)
{
    size_t n = 0;
    for (const struct draft *d = drafts->first; d; d = d->next) n += str_is(d->kind, kind);
    return n;
}

static void without_otherwise_nothing_is_known_before_the_first_row(void **state)
{
    struct fixture *f = *state;
    struct str text = test_file(&f->arena, "tests/data/scanner_log/mapping.yaml");
    f->mapping = mapping_of(f, replaced(&f->arena, text, "otherwise: up\n", ""));
    struct drafts drafts = read(f, "P2,2026-01-01 01:00,2026-01-01 09:00,SLOW,,,,,,,,,\n"
                                   "P1,2026-01-01 06:00,2026-01-01 07:00,DOWN,PWR,,,,,,,,\n");
    assert_string_equal(states_of(f, &drafts, "2304/P1"), "01-01T12:00 down power  \n01-01T13:00 up   01-01T15:00\n");
}

static void every_scan_and_maintenance_is_told_once(void **state)
{
    struct fixture *f = *state;
    struct drafts drafts = read(f, "P1,2026-01-01 06:00,2026-01-01 14:00,SCAN,,,,40,OK,3,,,\n"
                                   "P1,2026-01-01 15:00,2026-01-01 15:01,SCAN,,,,,,,IMG_1,,\n"
                                   "P1,2026-01-01 15:00,2026-01-01 15:01,SCAN,,,,,,,IMG_1,,\n"
                                   "P1,2026-01-01 15:00,2026-01-01 15:01,SCAN,,,,,BAD,,IMG_2,,\n"
                                   "P1,2026-01-01 20:00,2026-01-01 21:00,PM,,,,,,,,2026-01-02 00:00,\n"
                                   "P1,2026-01-01 22:00,2026-01-01 23:00,SCAN,,,,0,,,,,\n");
    assert_int_equal(f->tally.rows, 6);
    assert_int_equal(f->tally.duplicates, 1);
    assert_int_equal(f->tally.scans, 42);
    assert_int_equal(f->tally.refused, 0);
    assert_int_equal(count_of(&drafts, "equipment.scan"), 4);
    assert_int_equal(count_of(&drafts, "equipment.maintenance"), 1);
    assert_int_equal(count_of(&drafts, "equipment.log"), 1);
    const struct draft *scan = first_of(&drafts, "equipment.scan");
    assert_true(str_is(canonical(&f->arena, scan->members),
                       "{\"scan\":{\"count\":37,\"from\":\"2026-01-01T12:00:00.000Z\",\"to\":\"2026-01-01T20:00:00."
                       "000Z\",\"verdict\":\"clear\"}}"));
    assert_true(str_is(canonical(&f->arena, scan->next->members),
                       "{\"scan\":{\"count\":3,\"from\":\"2026-01-01T12:00:00.000Z\",\"to\":\"2026-01-01T20:00:00."
                       "000Z\",\"verdict\":\"none\"}}"));
    assert_true(str_is(canonical(&f->arena, scan->next->next->members),
                       "{\"scan\":{\"from\":\"2026-01-01T21:00:00.000Z\",\"image_name\":\"IMG_1\",\"to\":\"2026-01-"
                       "01T21:01:00.000Z\",\"verdict\":\"none\"}}"));
    assert_true(
        str_is(canonical(&f->arena, first_of(&drafts, "equipment.maintenance")->members),
               "{\"maintenance\":{\"done\":\"2026-01-02T03:00:00.000Z\",\"due\":\"2026-01-02T06:00:00.000Z\"}}"));
    assert_true(str_is(subjects(&f->arena, scan), "equipment port.equipment=2304/P1\n"));
    for (struct draft *d = drafts.first; d; d = d->next) assert_int_equal(draft_seal(&f->arena, d, &f->why), ERR_NONE);
}

static void scans_while_down_are_kept_and_counted(void **state)
{
    struct fixture *f = *state;
    struct drafts drafts = read(f, "P1,2026-01-01 06:00,2026-01-01 14:00,DOWN,PWR,,,,,,,,\n"
                                   "P1,2026-01-01 08:00,2026-01-01 08:01,SCAN,,,,,OK,,,,\n");
    assert_int_equal(f->tally.contradicted, 1);
    assert_int_equal(count_of(&drafts, "equipment.scan"), 1);
    assert_string_equal(states_of(f, &drafts, "2304/P1"), "01-01T12:00 down power  01-01T20:00\n");
}

static void bad_rows_are_kept_with_their_reasons(void **state)
{
    struct fixture *f = *state;
    struct drafts drafts = read(f, "P1,2026-01-01 06:00,2026-01-01 05:00,DOWN,PWR,,,,,,,,\n"
                                   "P1,2026-01-01 06:00,2026-01-01 07:00,DOWN,PWR,,,,,,,,\n"
                                   "P1,\"x,2026-01-01 07:00,DOWN,PWR,,,,,,,,\n");
    assert_int_equal(f->tally.rows, 3);
    assert_int_equal(f->tally.refused, 2);
    assert_int_equal(count_of(&drafts, "evidence.rejected"), 2);
    const struct draft *d = first_of(&drafts, "evidence.rejected");
    assert_true(str_is(json_text(d->members, "reason"),
                       "row 2, To: \"2026-01-01 05:00\" lies before the start: a clock that jumped"));
    assert_true(str_is(json_text(d->members, "door"), "scanner-log"));
    assert_true(str_starts(json_text(d->members, "raw"), "50312c323032362d"));
    assert_true(str_is(json_text(d->next->members, "reason"), "row 4: an opening quote has no closing one"));
    const struct json *log = json_get(first_of(&drafts, "equipment.log")->members, "log");
    int64_t refused = 0;
    assert_true(json_integer(log, "refused", &refused));
    assert_int_equal(refused, 2);
}

static void keeps_a_bounded_number_of_bad_rows(void **state)
{
    struct fixture *f = *state;
    struct buf rows = BUF((size_t)1 << 20);
    for (int i = 0; i < SCANNER_REFUSED_MAX + 20; i++) buf_puts(&rows, "P1,never,,DOWN,,,,,,,,,\n");
    buf_puts(&rows, "P1,2026-01-01 06:00,2026-01-01 07:00,DOWN,PWR,,,,,,,,\n");
    buf_putc(&rows, '\0');
    struct drafts drafts = read(f, rows.p);
    assert_int_equal(f->tally.refused, SCANNER_REFUSED_MAX + 20);
    assert_int_equal(count_of(&drafts, "evidence.rejected"), SCANNER_REFUSED_MAX);
    buf_free(&rows);
}

static void the_same_log_twice_makes_the_same_statements(void **state)
{
    struct fixture *f = *state;
    static const char rows[] =
        "P2,2026-01-01 06:00,,DOWN,PWR,,,,,,,,\nP1,2026-01-01 06:00,2026-01-01 07:00,DOWN,SRC,,,,,,,,\n";
    struct drafts a = read(f, rows), b = read(f, rows);
    const struct draft *x = a.first, *y = b.first;
    for (; x && y; x = x->next, y = y->next) {
        assert_true(str_eq(x->kind, y->kind));
        assert_true(str_eq(canonical(&f->arena, x->members), canonical(&f->arena, y->members)));
    }
    assert_true(!x && !y);
}

static enum err judge(struct arena *arena, struct str bytes, void *user, struct why *why)
{
    struct fixture *f = user;
    struct drafts drafts = {0};
    return scanner_log_parse(arena, bytes, f->mapping, &f->context, &drafts, NULL, why);
}

static void judges_the_samples(void **state)
{
    assert_int_equal(samples_judge("scanner_log", judge, *state), 0);
}

static void finds_the_mapping_by_the_header(void **state)
{
    struct fixture *f = *state;
    const struct scanner_mapping *other =
        mapping_of(f, STR("name: Other\nport: USLRD\nrow: {state: down}\n"
                          "columns: {equipment: Scanner, start: Start}\ntime: {offset: \"+00:00\"}\n"));
    const struct scanner_mapping *longer =
        mapping_of(f, STR("name: Longer\nport: USLRD\nrow: {state: down}\n"
                          "columns: {equipment: Scanner, start: Start, end: End}\ntime: {offset: \"+00:00\"}\n"));
    const struct scanner_mapping *items[] = {f->mapping, other, longer};
    struct scanner_mappings mappings = {items, 3};
    assert_ptr_equal(scanner_mapping_find(&mappings, STR(HEAD)), f->mapping);
    assert_ptr_equal(scanner_mapping_find(&mappings, STR("start; SCANNER ;x\n")), other);
    assert_ptr_equal(scanner_mapping_find(&mappings, STR("End\tStart\tScanner\n")), longer);
    assert_null(scanner_mapping_find(&mappings, STR("Start,Unit\n")));
    assert_null(scanner_mapping_find(&mappings, STR("")));
    assert_null(scanner_mapping_find(NULL, STR(HEAD)));
}

static void reads_times_as_the_mapping_says(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *format, *text, *utc; // utc NULL: refused
    } cases[] = {
        {"MM/DD/YYYY hh:mm a", "01/02/2026 12:05 AM", "2026-01-02T00:05"},
        {"MM/DD/YYYY hh:mm a", "01/02/2026 12:05 p.m.", "2026-01-02T12:05"},
        {"MM/DD/YYYY hh:mm a", "01/02/2026 13:05 PM", NULL},
        {"D.M.YYYY H:mm:ss", "2.1.2026 7:05:09", "2026-01-02T07:05"},
        {"D.M.YYYY H:mm:ss", "31.2.2026 7:05:09", NULL},
        {"YYYYMMDDTHHmmss.SSS", "20260102T070509.250", "2026-01-02T07:05"},
        {"DD/MM/YYYY HH:mmZ", "02/01/2026 07:05-06:00", "2026-01-02T13:05"},
        {"DD/MM/YYYY HH:mm", "02/01/2026 07:05 ", "2026-01-02T07:05"},
        {"DD/MM/YYYY HH:mm", "02/01/2026 07:05x", NULL},
        {"DD/MM/YYYY HH:mm", "02/01/2026", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct str text = arena_printf(&f->arena,
                                       "name: T\nport: USLRD\nrow: {state: down}\ncolumns: {equipment: U, start: S}\n"
                                       "time: {format: \"%s\", offset: \"+00:00\"}\n",
                                       cases[i].format);
        struct drafts drafts = {0};
        struct why why = {0};
        struct str log = arena_printf(&f->arena, "U,S,x\nA,%s,\n", cases[i].text);
        enum err err = scanner_log_parse(&f->arena, log, mapping_of(f, text), &f->context, &drafts, NULL, &why);
        if (err != (cases[i].utc ? ERR_NONE : ERR_MALFORMED)) fail_msg("case %zu: %s", i, why.text);
        if (!cases[i].utc) continue;
        struct str from = json_text(json_get(drafts.first->members, "state"), "from");
        if (!str_starts(from, cases[i].utc)) fail_msg("case %zu: %.*s", i, STR_ARG(from));
    }
}

static void refuses_mappings_that_cannot_work(void **state)
{
    struct fixture *f = *state;
#define TOP "name: T\nport: USLRD\nrow: {state: down}\ncolumns: {equipment: U, start: S}\n"
    static const char *const cases[] = {
        "name: T\nport: USLRD\ncolumns: {equipment: U, start: S}\n",        // no event and no row
        "name: T\nrow: {state: down}\ncolumns: {equipment: U, start: S}\n", // no port
        "name: T\nport: USLRD\nrow: {state: down}\ncolumns: {start: S}\n",
        TOP "time: {offset: \"06:00\"}\n",
        TOP "time: {offset: \"-99:00\"}\n",
        TOP "time: {format: \"DD/MM\"}\n",
        TOP "time: {format: \"YYYY-MM-DD q\"}\n",
        TOP "time: {changes: [{from: \"2026-03-08T08:00:00Z\", offset: \"-05:00\"}]}\n",
        TOP "time: {offset: \"-06:00\", changes: [{from: \"2026-03-08T08:00:00Z\", offset: \"-05:00\"},"
            " {from: \"2026-03-08T08:00:00Z\", offset: \"-06:00\"}]}\n",
        TOP "values: {X: {state: broken}}\n",
        TOP "values: {X: {reason: gremlins}}\n",
        TOP "reasons: {X: gremlins}\n",
        TOP "equipment: {P1: nowhere}\n",
        TOP "colums: {}\n",
    };
#undef TOP
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct scanner_mapping *mapping = NULL;
        struct why why = {0};
        enum err err = scanner_mapping_read(&f->arena, str_of(cases[i]), f->identifiers, &mapping, &why);
        if (err == ERR_NONE || !why.text[0]) fail_msg("case %zu is taken", i);
    }
}

static void names_of_a_closed_list_are_the_only_ones(void **state)
{
    struct fixture *f = *state;
    f->mapping = mapping_of(f, STR("name: T\nrow: {state: down}\ncolumns: {equipment: U, start: S}\n"
                                   "equipment: {Gate 1: 2304/P1}\ntime: {offset: \"+00:00\"}\n"));
    struct drafts drafts = {0};
    struct why why = {0};
    struct str log = STR("U,S,x\nGate 1,2026-01-01 06:00,\nGate 2,2026-01-01 06:00,\n");
    assert_int_equal(scanner_log_parse(&f->arena, log, f->mapping, &f->context, &drafts, &f->tally, &why), ERR_NONE);
    assert_int_equal(f->tally.refused, 1);
    assert_true(str_is(drafts.first->re[0]->ids[0].value, "2304/P1"));
}

static void the_example_is_read(void **state)
{
    struct fixture *f = *state;
    f->mapping = mapping_of(f, test_file(&f->arena, "examples/port/scanner-log.yaml"));
    struct drafts drafts = {0};
    struct why why = {0};
    struct str log = test_file(&f->arena, "examples/port/scanner-log.csv");
    assert_int_equal(scanner_log_parse(&f->arena, log, f->mapping, &f->context, &drafts, &f->tally, &why), ERR_NONE);
    assert_int_equal(f->tally.rows, 819);
    assert_int_equal(f->tally.refused, 2);
    assert_int_equal(f->tally.duplicates, 1);
}

#define WITH(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH(one_state_holds_at_each_moment),
        WITH(without_otherwise_nothing_is_known_before_the_first_row),
        WITH(every_scan_and_maintenance_is_told_once),
        WITH(scans_while_down_are_kept_and_counted),
        WITH(bad_rows_are_kept_with_their_reasons),
        WITH(keeps_a_bounded_number_of_bad_rows),
        WITH(the_same_log_twice_makes_the_same_statements),
        WITH(judges_the_samples),
        WITH(finds_the_mapping_by_the_header),
        WITH(reads_times_as_the_mapping_says),
        WITH(refuses_mappings_that_cannot_work),
        WITH(names_of_a_closed_list_are_the_only_ones),
        WITH(the_example_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
