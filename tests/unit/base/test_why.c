// SPDX-License-Identifier: Apache-2.0
#include "base/why.h"

#include "base/text.h"
#include "shared_data.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static void every_error_has_its_name_status_and_exit_code(void **state)
{
    (void)state;
    for (int i = 0; i < ERR_COUNT; i++) {
        assert_true(strlen(err_name((enum err)i)) > 1);
        assert_int_equal(err_status((enum err)i) >= 400, i != ERR_NONE);
        assert_true(err_status((enum err)i) < 600);
        assert_int_equal(err_exit((enum err)i) >= 64, i != ERR_NONE);
        for (int k = 0; k < i; k++) assert_string_not_equal(err_name((enum err)i), err_name((enum err)k));
    }
}

static void the_innermost_reason_wins(void **state)
{
    (void)state;
    struct why why = {0};
    assert_int_equal(why_set(&why, ERR_MALFORMED, "/at", "no time: %s", "x"), ERR_MALFORMED);
    assert_int_equal(why_clause(&why, "RFC 3339 5.6"), ERR_MALFORMED);
    assert_int_equal(why_at(&why, 7), ERR_MALFORMED);
    assert_int_equal(why_set(&why, ERR_BUSY, NULL, "outer"), ERR_BUSY);
    why_clause(&why, "RFC 9110");
    assert_int_equal(why.err, ERR_MALFORMED);
    assert_string_equal(why.member, "/at");
    assert_string_equal(why.clause, "RFC 3339 5.6");
    assert_string_equal(why.text, "no time: x");
    assert_int_equal(why.offset, 7);
    assert_int_equal(why_set(NULL, ERR_BUSY, "/x", "nobody asks"), ERR_BUSY);
}

static void a_reason_is_printable_utf8_whatever_it_quotes(void **state)
{
    (void)state;
    struct why why = {0};
    why_set(&why, ERR_MALFORMED, "/\xFF\n", "value %s", "a\nb\x1b\xC3\xB1\xC3");
    assert_string_equal(why.text, "value a?b?\xC3\xB1?");
    assert_string_equal(why.member, "/??");
    // A character cut by the room's end.
    char long_text[400];
    for (size_t shift = 0; shift < 2; shift++) {
        memset(long_text, 'x', shift);
        for (size_t i = shift; i + 2 < sizeof long_text; i += 2) memcpy(long_text + i, "\xC3\xB1", 3);
        why = (struct why){0};
        why_set(&why, ERR_MALFORMED, NULL, "%s", long_text);
        assert_int_equal(strlen(why.text), sizeof why.text - 1);
        assert_true(utf8_valid(str_of(why.text)));
    }
}

static void a_broken_invariant_aborts(void **state)
{
    (void)state;
    pid_t pid = fork();
    if (pid == 0) {
        setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
        signal(SIGABRT, SIG_DFL);
        close(STDERR_FILENO);
        INVARIANT(1 + 1 == 3);
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGABRT);
    INVARIANT(1 + 1 == 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_error_has_its_name_status_and_exit_code),
        cmocka_unit_test(the_innermost_reason_wins),
        cmocka_unit_test(a_reason_is_printable_utf8_whatever_it_quotes),
        cmocka_unit_test(a_broken_invariant_aborts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
