// SPDX-License-Identifier: Apache-2.0
#include "serve/auth.h"

#include "ledger/engine_sqlite.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#define NOW_US 1773000000000000

struct store {
    char dir[32], path[64];
    struct engine *engine;
    struct views *views;
    struct arena arena;
};

static int open_store(void **state)
{
    struct store *s = calloc(1, sizeof *s);
    struct why why = {0};
    if (!s) return -1;
    strcpy(s->dir, "/tmp/puente-auth-XXXXXX");
    s->arena = ARENA(1 << 20);
    if (!mkdtemp(s->dir)) return -1;
    snprintf(s->path, sizeof s->path, "%s/db", s->dir);
    if (engine_sqlite_open(s->path, &s->engine, &why) != ERR_NONE) return -1;
    if (views_open(s->engine, true, NULL, NULL, &s->views, &why) != ERR_NONE) return -1;
    *state = s;
    return 0;
}

static int close_store(void **state)
{
    static const char *const endings[] = {"", "-wal", "-shm", ".lock"};
    struct store *s = *state;
    views_free(s->views);
    engine_close(s->engine);
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        char path[96];
        snprintf(path, sizeof path, "%s%s", s->path, endings[i]);
        unlink(path);
    }
    rmdir(s->dir);
    arena_free(&s->arena);
    free(s);
    return 0;
}

static void keep(struct store *s, const struct token_grant *grant, char text[TOKEN_TEXT_LEN + 1])
{
    struct local_write write;
    struct why why = {0};
    assert_int_equal(token_make(&s->arena, grant, text, &write, &why), ERR_NONE);
    assert_null(memmem(write.key.p, write.key.n, text, TOKEN_TEXT_LEN));
    assert_null(memmem(write.value.p, write.value.n, text, TOKEN_TEXT_LEN));
    assert_int_equal(engine_begin(s->engine, &why), ERR_NONE);
    assert_int_equal(local_put(s->views, write.space, write.key, write.value, &why), ERR_NONE);
    assert_int_equal(engine_commit(s->engine, &why), ERR_NONE);
}

static enum err ask(struct store *s, const char *format, const char *text, struct caller *caller)
{
    char header[256];
    struct why why = {0};
    *caller = (struct caller){0};
    snprintf(header, sizeof header, format, text);
    return auth_token(s->views, &s->arena, str_of(header), NOW_US, caller, &why);
}

static void a_token_tells_who_it_is(void **state)
{
    struct store *s = *state;
    struct token_grant grant = {STR("ana"), ROLE_OFFICER, SCOPE_READ | SCOPE_STREAM, NOW_US + 1000000};
    char text[TOKEN_TEXT_LEN + 1];
    struct caller caller;
    keep(s, &grant, text);
    assert_int_equal(ask(s, "Bearer %s", text, &caller), ERR_NONE);
    assert_int_equal(caller.role, ROLE_OFFICER);
    assert_int_equal(caller.scopes, SCOPE_READ | SCOPE_STREAM);
    assert_string_equal(caller.actor, "officer:ana");
    assert_int_equal(ask(s, "bearer  %s ", text, &caller), ERR_NONE);
}

static void any_other_text_is_nobody(void **state)
{
    struct store *s = *state;
    struct token_grant grant = {STR("ana"), ROLE_OFFICER, SCOPE_ALL, 0};
    char text[TOKEN_TEXT_LEN + 1];
    struct caller caller;
    keep(s, &grant, text);
    for (size_t i = 0; i < TOKEN_TEXT_LEN; i++) {
        char wrong[TOKEN_TEXT_LEN + 1];
        memcpy(wrong, text, sizeof wrong);
        wrong[i] = wrong[i] == 'A' ? 'B' : 'A';
        assert_int_equal(ask(s, "Bearer %s", wrong, &caller), ERR_UNAUTHENTICATED);
        assert_int_equal(caller.role, ROLE_NONE);
    }
    static const char *const formats[] = {"Basic %s", "%s", "Bearer", "Bearer %sA", "Bearer A%s", "Token %s", ""};
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        char header[256];
        struct why why = {0};
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        snprintf(header, sizeof header, formats[i], text);
#pragma GCC diagnostic pop
        assert_int_equal(auth_token(s->views, &s->arena, str_of(header), NOW_US, &caller, &why), ERR_UNAUTHENTICATED);
    }
}

static void a_token_ends_at_its_date(void **state)
{
    struct store *s = *state;
    struct caller caller;
    char text[TOKEN_TEXT_LEN + 1];
    keep(s, &(struct token_grant){STR("ana"), ROLE_ADMIN, SCOPE_ALL, NOW_US}, text);
    assert_int_equal(ask(s, "Bearer %s", text, &caller), ERR_UNAUTHENTICATED);
    keep(s, &(struct token_grant){STR("ana"), ROLE_ADMIN, SCOPE_ALL, NOW_US + 1000}, text);
    assert_int_equal(ask(s, "Bearer %s", text, &caller), ERR_NONE);
}

static void refuses_grants_that_make_no_sense(void **state)
{
    struct store *s = *state;
    static const struct token_grant grants[] = {
        {{"", 0}, ROLE_OFFICER, SCOPE_ALL, 0},    {{"Ana", 3}, ROLE_OFFICER, SCOPE_ALL, 0},
        {{"a b", 3}, ROLE_OFFICER, SCOPE_ALL, 0}, {{"ana", 3}, ROLE_PARTY, SCOPE_ALL, 0},
        {{"ana", 3}, ROLE_PEOPLE, SCOPE_ALL, 0},  {{"ana", 3}, ROLE_NONE, SCOPE_ALL, 0},
        {{"ana", 3}, ROLE_OFFICER, 0, 0},
    };
    for (size_t i = 0; i < sizeof grants / sizeof *grants; i++) {
        char text[TOKEN_TEXT_LEN + 1];
        struct local_write write;
        struct why why = {0};
        assert_int_equal(token_make(&s->arena, &grants[i], text, &write, &why), ERR_USAGE);
    }
}

static void knows_parties_by_their_certificates(void **state)
{
    (void)state;
    static const char known[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    static const char other[] = "1123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    const struct serve_party parties[] = {{STR("mx.anam"), STR("")}, {STR("us.cbp"), str_of(known)}};
    struct caller caller = {0};
    struct why why = {0};
    assert_int_equal(auth_certificate(parties, 2, other, &caller, &why), ERR_FORBIDDEN);
    assert_int_equal(caller.role, ROLE_NONE);
    assert_int_equal(auth_certificate(parties, 2, "", &caller, &why), ERR_FORBIDDEN);
    assert_int_equal(auth_certificate(parties, 0, known, &caller, &why), ERR_FORBIDDEN);
    assert_int_equal(auth_certificate(parties, 2, known, &caller, &why), ERR_NONE);
    assert_string_equal(caller.actor, "party:us.cbp");
}

static void an_address_has_so_many_wrong_tries_a_minute(void **state)
{
    (void)state;
    static struct token_tries tries;
    token_tries_init(&tries);
    int64_t now = 1000;
    for (int i = 0; i < 5; i++) {
        assert_true(token_tries_allow(&tries, "192.0.2.1", 5, now));
        token_tries_failed(&tries, "192.0.2.1", now);
    }
    assert_false(token_tries_allow(&tries, "192.0.2.1", 5, now));
    assert_true(token_tries_allow(&tries, "192.0.2.2", 5, now));
    assert_false(token_tries_allow(&tries, "192.0.2.1", 5, now + 59999999));
    assert_true(token_tries_allow(&tries, "192.0.2.1", 5, now + 60000000));
    token_tries_free(&tries);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_token_tells_who_it_is, open_store, close_store),
        cmocka_unit_test_setup_teardown(any_other_text_is_nobody, open_store, close_store),
        cmocka_unit_test_setup_teardown(a_token_ends_at_its_date, open_store, close_store),
        cmocka_unit_test_setup_teardown(refuses_grants_that_make_no_sense, open_store, close_store),
        cmocka_unit_test(knows_parties_by_their_certificates),
        cmocka_unit_test(an_address_has_so_many_wrong_tries_a_minute),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
