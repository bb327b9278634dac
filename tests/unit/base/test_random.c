// SPDX-License-Identifier: Apache-2.0
#include "base/random.h"

#include "shared_data.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define SALTS 2000

struct salt {
    uint8_t b[16];
};

static int compare_salts(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct salt));
}

static void assert_all_differ(struct salt *salts, size_t n)
{
    qsort(salts, n, sizeof *salts, compare_salts);
    for (size_t i = 1; i < n; i++) assert_true(compare_salts(&salts[i - 1], &salts[i]) != 0);
}

static void *draw(void *to)
{
    struct salt *salts = to;
    for (size_t i = 0; i < SALTS; i++) random_bytes(&salts[i], sizeof salts[i]);
    return NULL;
}

// Enough draws that each thread's pool is filled several times.
static void no_salt_comes_twice_in_any_thread(void **state)
{
    (void)state;
    static struct salt salts[4 * SALTS];
    pthread_t threads[4];
    for (size_t i = 0; i < 4; i++) assert_int_equal(pthread_create(&threads[i], NULL, draw, salts + i * SALTS), 0);
    for (size_t i = 0; i < 4; i++) assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_all_differ(salts, 4 * SALTS);
}

// Were two draws to overlap, the wiped bytes of the one would show in the other.
static void no_byte_of_a_salt_is_more_often_zero_than_by_chance(void **state)
{
    (void)state;
    static struct salt salts[SALTS];
    draw(salts);
    for (size_t at = 0; at < sizeof salts[0].b; at++) {
        size_t zeros = 0;
        for (size_t i = 0; i < SALTS; i++) zeros += salts[i].b[at] == 0;
        assert_true(zeros < SALTS / 256 * 6);
    }
}

static void a_forked_child_draws_other_bytes(void **state)
{
    (void)state;
    struct salt ours[2], childs;
    int ends[2];
    random_bytes(&ours[0], sizeof ours[0]);
    assert_int_equal(pipe(ends), 0);
    pid_t pid = fork();
    if (pid == 0) {
        random_bytes(&childs, sizeof childs);
        _exit(write(ends[1], &childs, sizeof childs) == sizeof childs ? 0 : 1);
    }
    assert_true(pid > 0);
    random_bytes(&ours[1], sizeof ours[1]);
    assert_int_equal(read(ends[0], &childs, sizeof childs), sizeof childs);
    assert_int_not_equal(compare_salts(&ours[1], &childs), 0);
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    close(ends[0]);
    close(ends[1]);
}

static void fills_exactly_what_was_asked(void **state)
{
    (void)state;
    static const size_t sizes[] = {0, 1, 2, 16, 31, 1023, 1024, 1025, 4096, 10000};
    static uint8_t bytes[10016];
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        memset(bytes, 0, sizeof bytes);
        random_bytes(bytes, sizes[i]);
        for (size_t k = sizes[i]; k < sizeof bytes; k++) assert_int_equal(bytes[k], 0);
        size_t zeros = 0;
        for (size_t k = 0; k < sizes[i]; k++) zeros += bytes[k] == 0;
        assert_true(zeros <= sizes[i] / 64 + 3);
    }
}

static void below_is_below_and_reaches_everything(void **state)
{
    (void)state;
    static const uint64_t bounds[] = {2, 3, 7, 10, 64};
    for (size_t i = 0; i < sizeof bounds / sizeof *bounds; i++) {
        size_t hits[64] = {0};
        for (int k = 0; k < 20000; k++) {
            uint64_t value = random_below(bounds[i]);
            assert_true(value < bounds[i]);
            hits[value]++;
        }
        for (size_t k = 0; k < bounds[i]; k++) assert_true(hits[k] > 20000 / bounds[i] / 2);
    }
    assert_int_equal(random_below(0), 0);
    assert_int_equal(random_below(1), 0);
    for (int k = 0; k < 100; k++) assert_true(random_below((UINT64_C(1) << 63) + 1) <= UINT64_C(1) << 63);
}

// Last: from here on the process is deterministic.
static void a_seed_makes_the_same_bytes_come_again(void **state)
{
    (void)state;
    uint8_t first[3][40], again[3][40];
    random_seed(7);
    for (size_t i = 0; i < 3; i++) random_bytes(first[i], sizeof first[i]);
    random_seed(7);
    for (size_t i = 0; i < 3; i++) random_bytes(again[i], sizeof again[i]);
    assert_memory_equal(first, again, sizeof first);
    assert_memory_not_equal(first[0], first[1], sizeof first[0]);
    random_seed(8);
    random_bytes(again[0], sizeof again[0]);
    assert_memory_not_equal(first[0], again[0], sizeof first[0]);
    // Several threads share the one stream, each draw once.
    static struct salt salts[2 * SALTS];
    pthread_t threads[2];
    for (size_t i = 0; i < 2; i++) assert_int_equal(pthread_create(&threads[i], NULL, draw, salts + i * SALTS), 0);
    for (size_t i = 0; i < 2; i++) assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_all_differ(salts, 2 * SALTS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_salt_comes_twice_in_any_thread),
        cmocka_unit_test(no_byte_of_a_salt_is_more_often_zero_than_by_chance),
        cmocka_unit_test(a_forked_child_draws_other_bytes),
        cmocka_unit_test(fills_exactly_what_was_asked),
        cmocka_unit_test(below_is_below_and_reaches_everything),
        cmocka_unit_test(a_seed_makes_the_same_bytes_come_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
