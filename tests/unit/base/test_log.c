// SPDX-License-Identifier: Apache-2.0
#include "base/log.h"

#include "shared_data.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <unistd.h>

#include <cmocka.h>

static struct arena arena;
static FILE *captured;
static int real_stderr;

static int fresh(void **state)
{
    (void)state;
    arena = ARENA((size_t)16 << 20);
    unsetenv("JOURNAL_STREAM");
    log_threshold(LOG_INFO);
    captured = tmpfile();
    assert_non_null(captured);
    real_stderr = dup(STDERR_FILENO);
    assert_true(dup2(fileno(captured), STDERR_FILENO) >= 0);
    return 0;
}

static int done(void **state)
{
    (void)state;
    dup2(real_stderr, STDERR_FILENO);
    close(real_stderr);
    fclose(captured);
    arena_free(&arena);
    return 0;
}

// What was written to stderr since the test began.
static const char *written(void)
{
    static char text[200000];
    ssize_t n = pread(fileno(captured), text, sizeof text - 1, 0);
    assert_true(n >= 0);
    text[n] = 0;
    return text;
}

static void writes_level_area_and_message(void **state)
{
    (void)state;
    log_line(LOG_INFO, "serve", "listening port=%d", 8443);
    log_line(LOG_ERROR, "ledger", "the disk is full");
    assert_string_equal(written(), "info serve listening port=8443\nerror ledger the disk is full\n");
}

static void keeps_quiet_below_the_threshold(void **state)
{
    (void)state;
    log_line(LOG_DEBUG, "serve", "too much");
    log_threshold(LOG_ERROR);
    log_line(LOG_WARN, "serve", "too much");
    log_threshold(LOG_DEBUG);
    log_line(LOG_DEBUG, "serve", "wanted");
    assert_string_equal(written(), "debug serve wanted\n");
}

static void a_strangers_bytes_cannot_forge_a_line(void **state)
{
    (void)state;
    struct str bytes = STR("x\nerror ledger forged\r\x1b[2J\x7F\x01 \\n \xFF\xC2\x85\xE2\x80\xA8 \xC3\xB1");
    log_line(LOG_INFO, "seal", "frame=%.*s", STR_ARG(bytes));
    assert_string_equal(written(),
                        "info seal frame=x\\x0aerror ledger forged\\x0d\\x1b[2J\\x7f\\x01 \\\\n \\xff\\xc2\\x85"
                        "\\xe2\\x80\\xa8 \xC3\xB1\n");
}

static void gives_the_journal_its_priority(void **state)
{
    (void)state;
    setenv("JOURNAL_STREAM", "8:1", 1);
    log_line(LOG_WARN, "link", "slow");
    assert_string_equal(written(), "<4>warn link slow\n");
}

static void cuts_a_long_line_and_says_so(void **state)
{
    (void)state;
    char *long_text = arena_alloc(&arena, 9000);
    memset(long_text, '\n', 8999);
    log_line(LOG_INFO, "seal", "%s", long_text);
    const char *line = written();
    size_t n = strlen(line);
    assert_true(n < 9000);
    assert_string_equal(line + n - 8, "\\x0a...\n");
    assert_ptr_equal(strchr(line, '\n'), line + n - 1);
}

static void tells_a_reason_with_its_member_and_clause(void **state)
{
    (void)state;
    struct why why = {0};
    why_set(&why, ERR_MALFORMED, "/at", "no time");
    log_why(LOG_WARN, "serve", "refused", &why);
    why_clause(&why, "RFC 3339 5.6");
    log_why(LOG_WARN, "serve", "refused", &why);
    why.member[0] = 0;
    log_why(LOG_WARN, "serve", "refused", &why);
    why.clause[0] = 0;
    log_why(LOG_WARN, "serve", "refused", &why);
    assert_string_equal(written(),
                        "warn serve refused: no time (/at)\nwarn serve refused: no time (/at, RFC 3339 5.6)\n"
                        "warn serve refused: no time (RFC 3339 5.6)\nwarn serve refused: no time\n");
}

static void *write_lines(void *name)
{
    for (int i = 0; i < 200; i++)
        log_line(LOG_INFO, "area", "%s %s", (const char *)name, "0123456789012345678901234567890");
    return NULL;
}

static void lines_of_several_threads_do_not_mix(void **state)
{
    (void)state;
    pthread_t threads[4];
    static char names[4][2] = {"a", "b", "c", "d"};
    // Without O_APPEND two writes could land on one place; stderr of a service is a pipe, a socket or an appended file.
    captured = freopen(NULL, "a+", captured);
    if (!captured) skip();
    for (size_t i = 0; i < 4; i++) assert_int_equal(pthread_create(&threads[i], NULL, write_lines, names[i]), 0);
    for (size_t i = 0; i < 4; i++) assert_int_equal(pthread_join(threads[i], NULL), 0);
    struct str left = str_of(written());
    size_t lines = 0;
    while (left.p && left.n) {
        struct str line = str_cut(left, '\n', &left);
        assert_int_equal(line.n, strlen("info area a 0123456789012345678901234567890"));
        lines++;
    }
    assert_int_equal(lines, 800);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, fresh, done)
    const struct CMUnitTest tests[] = {
        T(writes_level_area_and_message),         T(keeps_quiet_below_the_threshold),
        T(a_strangers_bytes_cannot_forge_a_line), T(gives_the_journal_its_priority),
        T(cuts_a_long_line_and_says_so),          T(tells_a_reason_with_its_member_and_clause),
        T(lines_of_several_threads_do_not_mix),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
