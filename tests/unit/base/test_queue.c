// SPDX-License-Identifier: Apache-2.0
#include "base/queue.h"

#include "base/clock.h"
#include "shared_data.h"

#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <time.h>

#include <cmocka.h>

struct job {
    struct queue_item item;
    int lane, number;
};

static const size_t roomy[QUEUE_LANES] = {100000, 100000, 100000, 100000};

static struct queue *new_queue(const size_t bound[QUEUE_LANES])
{
    struct queue *q = queue_new(bound);
    assert_non_null(q);
    return q;
}

static bool push(struct queue *q, struct job *job, int lane, size_t weight)
{
    job->lane = lane;
    job->item.weight = weight;
    return queue_push(q, lane, &job->item);
}

static int64_t soon(void)
{
    return clock_monotonic_us() + 1000;
}

static struct job *job_of(struct queue_item *item)
{
    return (struct job *)(void *)item;
}

static size_t count(const struct queue_item *item)
{
    size_t n = 0;
    for (; item; item = item->next) n++;
    return n;
}

static void gives_items_in_lane_order_and_each_lane_in_its_own(void **state)
{
    (void)state;
    struct queue *q = new_queue(roomy);
    struct job jobs[8];
    static const int lanes[8] = {3, 0, 2, 0, 3, 1, 1, 0}, want[8] = {1, 3, 7, 5, 6, 2, 0, 4};
    for (int i = 0; i < 8; i++) {
        jobs[i].number = i;
        assert_true(push(q, &jobs[i], lanes[i], 1));
    }
    struct queue_item *item = queue_take(q, 100, soon());
    for (int i = 0; i < 8; i++, item = item->next) assert_int_equal(job_of(item)->number, want[i]);
    assert_null(item);
    queue_free(q);
}

static void refuses_a_push_over_a_lanes_bound(void **state)
{
    (void)state;
    struct queue *q = new_queue((size_t[QUEUE_LANES]){10, 10, 10, 0});
    struct job jobs[5];
    assert_true(push(q, &jobs[0], 0, 7));
    assert_false(push(q, &jobs[1], 0, 4));
    assert_true(push(q, &jobs[1], 0, 3));
    assert_false(push(q, &jobs[2], 0, 1));
    assert_true(push(q, &jobs[2], 1, 10));
    assert_false(push(q, &jobs[3], 2, 11));
    assert_false(push(q, &jobs[3], 3, 1));
    assert_int_equal(queue_waiting(q, 0), 10);
    assert_int_equal(count(queue_take(q, 100, soon())), 3);
    assert_int_equal(queue_waiting(q, 0), 0);
    assert_true(push(q, &jobs[0], 0, 10));
    queue_free(q);
}

static void a_slice_weighs_no_more_than_was_asked(void **state)
{
    (void)state;
    struct queue *q = new_queue(roomy);
    struct job jobs[10];
    for (int i = 0; i < 10; i++) assert_true(push(q, &jobs[i], 0, 3));
    assert_int_equal(count(queue_take(q, 10, soon())), 3);
    assert_int_equal(count(queue_take(q, 9, soon())), 3);
    // One item is always given, even a heavier one.
    assert_int_equal(count(queue_take(q, 1, soon())), 1);
    assert_int_equal(count(queue_take(q, 100, soon())), 3);
    assert_null(queue_take(q, 100, soon()));
    queue_free(q);
}

// Lane 0 is never empty; the others get at least an eighth of the work each, and it the rest.
static void every_waiting_lane_has_its_minimum_share(void **state)
{
    (void)state;
    static struct job jobs[QUEUE_LANES][4000];
    static const size_t weights[] = {1, 7, 60, 100};
    for (size_t w = 0; w < 4; w++) {
        struct queue *q = new_queue((size_t[QUEUE_LANES]){1 << 20, 1 << 20, 1 << 20, 1 << 20});
        for (int lane = 0; lane < QUEUE_LANES; lane++) {
            for (int i = 0; i < 4000; i++) assert_true(push(q, &jobs[lane][i], lane, lane ? weights[w] : 1));
        }
        size_t got[QUEUE_LANES] = {0};
        for (int take = 0; take < 30; take++) {
            size_t weight = 0;
            for (struct queue_item *item = queue_take(q, 100, soon()); item; item = item->next) {
                got[job_of(item)->lane] += item->weight;
                weight += item->weight;
            }
            assert_true(weight <= 100 && weight > 0);
        }
        for (int lane = 1; lane < QUEUE_LANES; lane++) assert_true(got[lane] >= 30 * 100 / 8 / 2 + 100);
        assert_true(got[0] >= 30 * 100 / 3);
        queue_free(q);
    }
}

static void an_item_heavier_than_a_slice_is_taken_in_the_end(void **state)
{
    (void)state;
    static struct job small[4000];
    for (int lane = 0; lane < QUEUE_LANES; lane++) {
        struct queue *q = new_queue(roomy);
        struct job heavy;
        bool taken = false;
        for (int i = 0; i < 4000; i++) assert_true(push(q, &small[i], (lane + 1 + i % 3) % QUEUE_LANES, 1));
        assert_true(push(q, &heavy, lane, 500));
        for (int take = 0; take < 12; take++) {
            for (struct queue_item *item = queue_take(q, 100, soon()); item; item = item->next)
                taken |= item == &heavy.item;
        }
        assert_true(taken);
        queue_free(q);
    }
}

static void waits_until_the_deadline_and_no_longer(void **state)
{
    (void)state;
    struct queue *q = new_queue(roomy);
    int64_t start = clock_monotonic_us();
    assert_null(queue_take(q, 1, start + 30000));
    assert_true(clock_monotonic_us() - start >= 30000);
    assert_null(queue_take(q, 1, 0));
    queue_free(q);
}

static void *wake_later(void *q)
{
    nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    queue_wake(q);
    return NULL;
}

static void *close_later(void *q)
{
    nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    queue_close(q);
    return NULL;
}

static void a_wake_and_a_close_end_the_wait(void **state)
{
    (void)state;
    struct queue *q = new_queue(roomy);
    pthread_t thread;
    int64_t far = clock_monotonic_us() + INT64_C(60000000);
    assert_int_equal(pthread_create(&thread, NULL, wake_later, q), 0);
    assert_null(queue_take(q, 1, far));
    assert_int_equal(pthread_join(thread, NULL), 0);
    // A wake while nobody waits is not lost, and counts once.
    queue_wake(q);
    assert_null(queue_take(q, 1, far));
    int64_t start = clock_monotonic_us();
    assert_null(queue_take(q, 1, start + 5000));
    assert_true(clock_monotonic_us() - start >= 5000);
    assert_int_equal(pthread_create(&thread, NULL, close_later, q), 0);
    assert_null(queue_take(q, 1, far));
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_true(clock_monotonic_us() < far);
    queue_free(q);
}

static void a_closed_queue_gives_what_is_left_and_takes_no_more(void **state)
{
    (void)state;
    struct queue *q = new_queue(roomy);
    struct job jobs[2];
    assert_true(push(q, &jobs[0], 2, 1));
    queue_close(q);
    assert_false(push(q, &jobs[1], 2, 1));
    assert_ptr_equal(queue_take(q, 1, INT64_MAX), &jobs[0].item);
    assert_null(queue_take(q, 1, INT64_MAX));
    queue_free(q);
}

#define PRODUCERS 4
#define EACH 5000

struct producer {
    struct queue *q;
    struct job jobs[EACH];
    int lane;
};

static void *produce(void *p)
{
    struct producer *self = p;
    for (int i = 0; i < EACH; i++) {
        self->jobs[i].number = i;
        while (!push(self->q, &self->jobs[i], self->lane, 1)) sched_yield();
    }
    return NULL;
}

static void many_producers_lose_nothing_and_keep_their_order(void **state)
{
    (void)state;
    static struct producer producers[PRODUCERS];
    struct queue *q = new_queue((size_t[QUEUE_LANES]){50, 50, 50, 50});
    pthread_t threads[PRODUCERS];
    for (int i = 0; i < PRODUCERS; i++) {
        producers[i].q = q;
        producers[i].lane = i;
        assert_int_equal(pthread_create(&threads[i], NULL, produce, &producers[i]), 0);
    }
    int next[PRODUCERS] = {0};
    for (int total = 0; total < PRODUCERS * EACH;) {
        struct queue_item *item = queue_take(q, 64, clock_monotonic_us() + 10000000);
        assert_non_null(item);
        for (; item; item = item->next, total++) assert_int_equal(job_of(item)->number, next[job_of(item)->lane]++);
    }
    for (int i = 0; i < PRODUCERS; i++) assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_null(queue_take(q, 64, soon()));
    queue_free(q);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_items_in_lane_order_and_each_lane_in_its_own),
        cmocka_unit_test(refuses_a_push_over_a_lanes_bound),
        cmocka_unit_test(a_slice_weighs_no_more_than_was_asked),
        cmocka_unit_test(every_waiting_lane_has_its_minimum_share),
        cmocka_unit_test(an_item_heavier_than_a_slice_is_taken_in_the_end),
        cmocka_unit_test(waits_until_the_deadline_and_no_longer),
        cmocka_unit_test(a_wake_and_a_close_end_the_wait),
        cmocka_unit_test(a_closed_queue_gives_what_is_left_and_takes_no_more),
        cmocka_unit_test(many_producers_lose_nothing_and_keep_their_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
