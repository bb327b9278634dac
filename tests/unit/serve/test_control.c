// SPDX-License-Identifier: Apache-2.0
#include "serve/control.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

static char path[64];

// Says back what it is asked, or fails as it is told to.
static enum err act(void *context, uid_t who, struct arena *arena, const struct json *request, struct str bytes,
                    struct json **answer, struct why *why)
{
    unsigned *asked = context;
    (*asked)++;
    assert_int_equal(who, getuid());
    if (str_is(json_text(request, "do"), "fail")) {
        (void)why_set(why, ERR_CONFLICT, "/do", "as told");
        return why_at(why, 7);
    }
    if (str_is(json_text(request, "do"), "fill")) {
        while (arena_alloc(arena, 4096)) continue;
        return why_set(why, ERR_TOO_LARGE, "", "it is full");
    }
    *answer = json_new_object(arena);
    json_put_text(arena, *answer, "said", json_text(request, "do"));
    json_put_number(arena, *answer, "bytes", (double)bytes.n);
    return ERR_NONE;
}

static struct control *control_begin(unsigned *asked)
{
    struct control *control = NULL;
    struct why why = {0};
    snprintf(path, sizeof path, "/tmp/puente-control-%ld", (long)getpid());
    struct control_settings settings = {.path = path, .arena_bytes = 1 << 20, .act = act, .context = asked};
    assert_int_equal(control_start(&settings, &control, &why), ERR_NONE);
    return control;
}

static struct json *request_of(struct arena *arena, const char *what)
{
    struct json *request = json_new_object(arena);
    json_put_text(arena, request, "do", str_of(what));
    return request;
}

static void answers_one_request_after_the_other(void **state)
{
    (void)state;
    unsigned asked = 0;
    struct control *control = control_begin(&asked);
    struct arena arena = ARENA(1 << 20);
    struct control_line line;
    struct json *answer;
    struct why why = {0};
    struct stat st;
    int64_t n;
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(control_connect(path, &line, &why), ERR_NONE);
    assert_int_equal(control_ask(&line, &arena, request_of(&arena, "a"), STR("12345"), &answer, &why), ERR_NONE);
    assert_true(str_is(json_text(answer, "said"), "a"));
    assert_true(json_integer(answer, "bytes", &n) && n == 5);
    assert_int_equal(control_ask(&line, &arena, request_of(&arena, "fail"), STR_NONE, &answer, &why), ERR_CONFLICT);
    assert_string_equal(why.text, "as told");
    assert_string_equal(why.member, "/do");
    assert_int_equal(why.offset, 7);
    why = (struct why){0};
    assert_int_equal(control_ask(&line, &arena, request_of(&arena, "fill"), STR_NONE, &answer, &why), ERR_TOO_LARGE);
    why = (struct why){0};
    assert_int_equal(control_ask(&line, &arena, request_of(&arena, "b"), STR_NONE, &answer, &why), ERR_NONE);
    assert_int_equal(asked, 4);
    control_hang_up(&line);
    control_stop(control);
    assert_int_not_equal(access(path, F_OK), 0);
    assert_int_equal(control_connect(path, &line, &why), ERR_NOT_FOUND);
    arena_free(&arena);
}

static void hangs_up_on_what_is_no_request_and_serves_the_next(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t n;
    } cases[] = {
        {"", 0},                              // says nothing
        {"\0\0", 2},                          // half a length
        {"\xff\xff\xff\xff", 4},              // over the limit
        {"\0\0\0\x05{}", 6},                  // cut off
        {"\0\0\0\x02{}\0\0\0\x09xyz", 13},    // the file is cut off
        {"\0\0\0\x02{}\xff\xff\xff\xff", 10}, // the file is over the limit
    };
    unsigned asked = 0;
    struct control *control = control_begin(&asked);
    struct why why = {0};
    struct control_line line;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char rest[16];
        assert_int_equal(control_connect(path, &line, &why), ERR_NONE);
        assert_int_equal(send(line.fd, cases[i].bytes, cases[i].n, MSG_NOSIGNAL), (ssize_t)cases[i].n);
        shutdown(line.fd, SHUT_WR);
        assert_true(recv(line.fd, rest, sizeof rest, 0) <= 0); // no answer
        control_hang_up(&line);
    }
    assert_int_equal(asked, 0);
    struct arena arena = ARENA(1 << 20);
    struct json *answer;
    assert_int_equal(control_connect(path, &line, &why), ERR_NONE);
    // What is no JSON is answered: the line is in step.
    assert_int_equal(send(line.fd, "\0\0\0\x02[x\0\0\0\0", 10, MSG_NOSIGNAL), 10);
    uint8_t head[4];
    assert_int_equal(recv(line.fd, head, 4, MSG_WAITALL), 4);
    char text[4096];
    ssize_t n = recv(line.fd, text, sizeof text - 1, 0);
    assert_true(n > 0);
    text[n] = '\0';
    assert_non_null(strstr(text, "malformed"));
    assert_int_equal(control_ask(&line, &arena, request_of(&arena, "a"), STR_NONE, &answer, &why), ERR_NONE);
    assert_int_equal(asked, 1);
    control_hang_up(&line);
    control_stop(control);
    arena_free(&arena);
}

static void two_do_not_answer_at_one_path(void **state)
{
    (void)state;
    unsigned asked = 0;
    struct control *control = control_begin(&asked), *second = NULL;
    struct control_settings settings = {.path = path, .arena_bytes = 1 << 20, .act = act, .context = &asked};
    struct why why = {0};
    assert_int_equal(control_start(&settings, &second, &why), ERR_CONFLICT);
    control_stop(control);
    // What a dead node left is replaced.
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    close(fd);
    control = control_begin(&asked);
    control_stop(control);
    char deep[200];
    memset(deep, 'x', sizeof deep - 1);
    deep[0] = '/';
    deep[sizeof deep - 1] = '\0';
    settings.path = deep;
    why = (struct why){0};
    assert_int_equal(control_start(&settings, &second, &why), ERR_STORE);
    assert_non_null(strstr(why.text, "107"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_one_request_after_the_other),
        cmocka_unit_test(hangs_up_on_what_is_no_request_and_serves_the_next),
        cmocka_unit_test(two_do_not_answer_at_one_path),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
