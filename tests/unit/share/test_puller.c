// SPDX-License-Identifier: Apache-2.0
#include "holder.h"

#define CROSSINGS "subject, crossing, \"custody.*\", channel, agreement.revoke"
#define PATIENCE_US 60000000

struct world {
    struct nodes *n;
    struct holder holder, second;
    struct puller *puller[2];
    struct partner other; // the same one, by its second door
};

static int setup(void **state)
{
    struct world *w = calloc(1, sizeof *w);
    w->n = nodes_new(CROSSINGS, WITHHOLD);
    node_start(&w->n->mx);
    node_start(&w->n->ca);
    holder_start(&w->holder, w->n, &w->n->mx, &w->n->ca_as_partner, 0);
    w->n->mx_as_partner.url = arena_printf(&w->n->arena, "http://127.0.0.1:%u", (unsigned)w->holder.port);
    *state = w;
    return 0;
}

static int teardown(void **state)
{
    struct world *w = *state;
    for (int i = 0; i < 2; i++) puller_stop(w->puller[i]);
    if (w->holder.node) holder_stop(&w->holder);
    if (w->second.node) holder_stop(&w->second);
    nodes_free(w->n);
    free(w);
    return 0;
}

static void start_from(struct world *w, int i, const struct partner *partner)
{
    struct why why = {0};
    struct puller_settings s = {.own_party = STR("ca.cbsa"),
                                .witness_key = w->n->ca.witness_key,
                                .partner = partner,
                                .agreement = w->n->agreements[i],
                                .database = w->n->ca.database,
                                .commit = w->n->ca.commit,
                                .wait_s = 2,
                                .plain_loopback = true};
    must(puller_start(&s, &w->puller[i], &why), &why);
}

static void start(struct world *w, int i)
{
    start_from(w, i, &w->n->mx_as_partner);
}

static void stop(struct world *w, int i)
{
    puller_stop(w->puller[i]);
    w->puller[i] = NULL;
}

static void stop_holder(struct world *w)
{
    holder_stop(&w->holder);
    w->holder.node = NULL;
}

// Waits until ca.cbsa holds that statement of mx.anam.
static void await(struct world *w, uint64_t index)
{
    int64_t until = clock_monotonic_us() + PATIENCE_US;
    while (!holds(w->n, &w->n->ca, "mx.anam", index)) {
        if (clock_monotonic_us() > until) fail_msg("statement %llu did not come", (unsigned long long)index);
        usleep(2000);
    }
}

static void await_state(struct world *w, const char *wanted)
{
    int64_t until = clock_monotonic_us() + PATIENCE_US;
    for (;;) {
        struct arena arena = ARENA(1 << 20);
        struct json *r = puller_report(w->puller[0], &arena);
        bool is = str_is(json_text(r, "state"), wanted);
        if (!is && clock_monotonic_us() > until)
            fail_msg("state %.*s (%.*s), not %s", STR_ARG(json_text(r, "state")), STR_ARG(json_text(r, "detail")),
                     wanted);
        arena_free(&arena);
        if (is) return;
        usleep(2000);
    }
}

// Many small statements of a kind that touches no view; the index of the last.
static uint64_t flood(struct world *w, size_t count)
{
    uint64_t last = 0;
    for (size_t at = 0; at < count;) {
        struct arena arena = ARENA((size_t)256 << 20);
        struct job job = {.lane = JOB_BULK, .actor = STR("party:mx.filer")};
        struct why why = {0};
        for (size_t i = 0; i < 1000 && at < count; i++, at++) {
            struct draft *d = draft_new(&arena, "custody.note", NOW_US / 1000, LABEL_AMBER);
            draft_put(d, "note", json_new_number(&arena, (double)at));
            draft_put(d, "raw", json_new_text(&arena, STR("00ff")));
            must(draft_seal(&arena, d, &why), &why);
            d->next = job.drafts;
            job.drafts = d;
        }
        must(commit_wait(w->n->mx.commit, &job, &why), &why);
        last = job.index_last;
        arena_free(&arena);
    }
    return last;
}

static int64_t number(struct world *w, const char *name)
{
    int64_t out = -1;
    assert_true(json_integer(puller_report(w->puller[0], &w->n->arena), name, &out));
    return out;
}

// Every statement that was let out is there once, however the line behaves.
static void expect_all(struct world *w)
{
    int64_t last;
    struct why why = {0};
    must(feed_last(w->n->mx.views, STR("a-1"), &last, &why), &why);
    int64_t until = clock_monotonic_us() + PATIENCE_US;
    while ((int64_t)held(w->n, &w->n->ca, "mx.anam", NULL) < last && clock_monotonic_us() < until) usleep(20000);
    assert_int_equal(held(w->n, &w->n->ca, "mx.anam", NULL), last);
    while (number(w, "sequence") < last && clock_monotonic_us() < until) usleep(2000);
    assert_int_equal(number(w, "sequence"), last);
}

static void brings_statements_as_they_are_made_and_cosigns(void **state)
{
    struct world *w = *state;
    uint64_t first = declare(w->n, &w->n->mx, "T1", NULL, "1AA");
    start(w, 0);
    await(w, first);
    uint64_t later = seal(w->n, &w->n->mx, "S1", "on", "1AA");
    int64_t began = clock_monotonic_us();
    await(w, later);
    assert_true(clock_monotonic_us() - began < 15000000); // no waiting out of the long poll
    await_state(w, "running");
    int64_t until = clock_monotonic_us() + PATIENCE_US;
    while (atomic_load(&w->holder.cosignatures) == 0 && clock_monotonic_us() < until) usleep(2000);
    assert_int_equal(witness_report(w->n->mx.views, &w->n->arena)->count, 1);
    const struct json *received = newest(w->n, &w->n->ca, "link.received", NULL);
    const struct json *disclosed = newest(w->n, &w->n->mx, "link.disclosed", NULL);
    assert_true(str_eq(json_text(received, "root"), json_text(disclosed, "root")));
    assert_true(str_is(json_text(received, "origin"), "mx.anam"));
    expect_all(w);
    assert_int_equal(number(w, "sequence"), number(w, "statements"));
    assert_int_equal(number(w, "withheld"), 2);
}

static void stops_at_once_in_a_long_wait(void **state)
{
    struct world *w = *state;
    start(w, 0);
    await_state(w, "running");
    usleep(100000);
    int64_t began = clock_monotonic_us();
    stop(w, 0);
    assert_true(clock_monotonic_us() - began < 10000000);
}

static void loses_and_repeats_nothing_on_a_bad_line(void **state)
{
    struct world *w = *state;
    uint16_t port = w->holder.port;
    flood(w, 9000);
    atomic_store(&w->holder.cuts, 3);
    start(w, 0);
    await(w, flood(w, 3000));
    atomic_store(&w->holder.twice, 2); // duplicate batches
    await(w, flood(w, 5000));
    // The holder goes away in the middle, and comes back; so do we.
    flood(w, 4000);
    stop_holder(w);
    await_state(w, "unreachable");
    flood(w, 2500);
    stop(w, 0);
    node_close(&w->n->ca);
    node_open(w->n, &w->n->ca);
    node_start(&w->n->ca);
    start(w, 0);
    holder_start(&w->holder, w->n, &w->n->mx, &w->n->ca_as_partner, port);
    await(w, flood(w, 10));
    expect_all(w);
    assert_int_equal(number(w, "statements"), number(w, "sequence"));
}

static void says_what_the_holder_refuses(void **state)
{
    static const struct {
        int status;
        const char *problem, *state;
    } cases[] = {
        {403, "{\"type\":\"/problems/expired\",\"detail\":\"its basis ended\"}", "expired"},
        {403, "{\"type\":\"/problems/forbidden\",\"member\":\"revoked\",\"detail\":\"was revoked\"}", "revoked"},
        {403, "{\"type\":\"/problems/forbidden\",\"detail\":\"who are you\"}", "unreachable"},
        {503, "{\"type\":\"/problems/busy\",\"detail\":\"later\"}", "unreachable"},
        {404, "nothing", "unreachable"},
    };
    struct world *w = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        w->holder.problem = cases[i].problem;
        atomic_store(&w->holder.refuse, cases[i].status);
        start(w, 0);
        await_state(w, cases[i].state);
        stop(w, 0);
    }
    uint64_t first = declare(w->n, &w->n->mx, "T1", NULL, "1AA");
    atomic_store(&w->holder.refuse, 0);
    start(w, 0);
    await(w, first);
    await_state(w, "running");
}

static void stops_for_good_at_a_forked_log(void **state)
{
    struct world *w = *state;
    await(w, (start(w, 0), declare(w->n, &w->n->mx, "T1", NULL, "1AA")));
    stop(w, 0);
    stop_holder(w);
    // Another log of the same name and key, longer, with other statements.
    struct nodes *other = nodes_new(CROSSINGS, "");
    node_start(&other->mx);
    struct world liar = {.n = other};
    flood(&liar, 50);
    holder_start(&w->holder, other, &other->mx, &other->ca_as_partner, w->holder.port);
    start(w, 0);
    await_state(w, "fork");
    const struct json *fork = newest(w->n, &w->n->ca, "link.fork", NULL);
    assert_true(str_starts(json_text(fork, "held"), "mx.anam\n") &&
                str_starts(json_text(fork, "offered"), "mx.anam\n"));
    assert_false(str_eq(json_text(fork, "held"), json_text(fork, "offered")));
    assert_int_equal(link_alarms(w->n->ca.views, &w->n->arena)->count, 1);
    // It stays stopped, and the evidence is stated once.
    stop(w, 0);
    start(w, 0);
    await_state(w, "fork");
    usleep(300000);
    assert_int_equal(held(w->n, &w->n->ca, "ca.cbsa", "link.fork"), 1);
    assert_int_equal(held(w->n, &w->n->ca, "mx.anam", "custody.note"), 0);
    stop(w, 0);
    stop_holder(w);
    nodes_free(other);
    clock_set_us(NOW_US);
}

static void takes_nothing_more_after_the_last_day(void **state)
{
    struct world *w = *state;
    clock_set_us(w->n->agreements[0]->ends_us);
    start(w, 0);
    await_state(w, "expired");
    assert_int_equal(atomic_load(&w->holder.batches), 0);
    clock_set_us(NOW_US);
}

static void heeds_a_revocation_that_comes_by_the_link(void **state)
{
    struct world *w = *state;
    struct why why = {0};
    struct draft *draft;
    struct local_write *local;
    // mx.anam revokes what it discloses; with effect from later on, so that the word itself still travels.
    must(link_revoke(&w->n->arena, w->n->agreements[0], STR("mx.anam"), 1000, &draft, &local, &why), &why);
    must(draft_seal(&w->n->arena, draft, &why), &why);
    struct job job = {.lane = JOB_PEOPLE, .actor = STR("admin:eva"), .drafts = draft, .locals = local};
    must(commit_wait(w->n->mx.commit, &job, &why), &why);
    start(w, 0);
    await(w, job.index_last);
    struct str value;
    must(local_get(w->n->ca.views, &w->n->arena, STR("revoked"), STR("a-1 mx.anam"), &value, &why), &why);
    assert_true(str_is(value, "1000"));
    flood(w, 1100);
    await_state(w, "revoked");
}

static void two_links_of_one_partner_do_not_get_in_each_others_way(void **state)
{
    struct world *w = *state;
    struct nodes *n = w->n;
    stop_holder(w);
    n->agreements[n->nagreements++] = terms(&n->arena, "a-2", "mx.anam", "ca.cbsa", "crossing, subject", "");
    node_reopen(n, &n->mx);
    node_start(&n->mx);
    // The holder serves one connection at a time, so each link has a door of its own.
    holder_start(&w->holder, n, &n->mx, &n->ca_as_partner, w->holder.port);
    holder_start(&w->second, n, &n->mx, &n->ca_as_partner, 0);
    start(w, 0);
    w->other = n->mx_as_partner;
    w->other.url = arena_printf(&n->arena, "http://127.0.0.1:%u", (unsigned)w->second.port);
    start_from(w, 1, &w->other);
    uint64_t last = 0;
    char trip[16];
    for (int i = 0; i < 60; i++) {
        snprintf(trip, sizeof trip, "T%d", i);
        last = declare(n, &n->mx, trip, NULL, "1AA");
        flood(w, 200);
    }
    await(w, last);
    expect_all(w);
    stop(w, 0);
    stop(w, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(brings_statements_as_they_are_made_and_cosigns, setup, teardown),
        cmocka_unit_test_setup_teardown(stops_at_once_in_a_long_wait, setup, teardown),
        cmocka_unit_test_setup_teardown(loses_and_repeats_nothing_on_a_bad_line, setup, teardown),
        cmocka_unit_test_setup_teardown(says_what_the_holder_refuses, setup, teardown),
        cmocka_unit_test_setup_teardown(stops_for_good_at_a_forked_log, setup, teardown),
        cmocka_unit_test_setup_teardown(takes_nothing_more_after_the_last_day, setup, teardown),
        cmocka_unit_test_setup_teardown(heeds_a_revocation_that_comes_by_the_link, setup, teardown),
        cmocka_unit_test_setup_teardown(two_links_of_one_partner_do_not_get_in_each_others_way, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
