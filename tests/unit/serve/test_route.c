// SPDX-License-Identifier: Apache-2.0
#include "serve/https.h"
#include "serve/route.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct request asking(enum method method, const char *path)
{
    return (struct request){.arena = ARENA(1 << 16), .method = method, .path = str_of(path)};
}

static void finds_the_route_and_its_parameters(void **state)
{
    (void)state;
    static const struct {
        enum method method;
        const char *path, *pattern, *first;
    } cases[] = {
        {METHOD_GET, "/", "/", NULL},
        {METHOD_GET, "/app.js", "/{file}", "app.js"},
        {METHOD_GET, "/healthz", "/healthz", NULL},
        {METHOD_GET, "/v1/crossings", "/v1/crossings", NULL},
        {METHOD_GET, "/v1/crossings/us.ace.trip%3DTGZA%2F1", "/v1/crossings/{id}", "us.ace.trip=TGZA/1"},
        {METHOD_GET, "/v1/statements/us.cbp:7/receipt", "/v1/statements/{name}/receipt", "us.cbp:7"},
        {METHOD_POST, "/v1/statements", "/v1/statements", NULL},
        {METHOD_GET, "/tile/0/x001/234.p/9", "/tile/{rest*}", "0/x001/234.p/9"},
        {METHOD_GET, "/v1/link/mx.anam-us.cbp/batch", "/v1/link/{agreement}/batch", "mx.anam-us.cbp"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct request r = asking(cases[i].method, cases[i].path);
        const char *allow;
        struct why why = {0};
        assert_int_equal(route_find(&r, &allow, &why), ERR_NONE);
        assert_string_equal(r.route->pattern, cases[i].pattern);
        if (cases[i].first) assert_true(str_is(r.param[0], cases[i].first));
        arena_free(&r.arena);
    }
}

static void refuses_what_is_no_route(void **state)
{
    (void)state;
    static const struct {
        enum method method;
        const char *path;
        enum err err;
        const char *allow;
    } cases[] = {
        {METHOD_GET, "/v1", ERR_NONE, ""}, // a file of the page could have that name; page_get says that there is none
        {METHOD_GET, "/v1/", ERR_NOT_FOUND, ""},
        {METHOD_GET, "/v1/crossings/", ERR_NOT_FOUND, ""},
        {METHOD_GET, "/v1/crossings/a/b", ERR_NOT_FOUND, ""},
        {METHOD_GET, "", ERR_NOT_FOUND, ""},
        {METHOD_GET, "//", ERR_NOT_FOUND, ""},
        {METHOD_GET, "/tile/", ERR_NOT_FOUND, ""},
        {METHOD_POST, "/v1/crossings", ERR_METHOD, "GET, HEAD"},
        {METHOD_GET, "/v1/files", ERR_METHOD, "POST"},
        {METHOD_OTHER, "/v1/statements", ERR_METHOD, "GET, HEAD, POST"},
        {METHOD_GET, "/v1/crossings/%", ERR_MALFORMED, ""},
        {METHOD_GET, "/v1/crossings/%4", ERR_MALFORMED, ""},
        {METHOD_GET, "/v1/crossings/%g0", ERR_MALFORMED, ""},
        {METHOD_GET, "/v1/crossings/%00", ERR_MALFORMED, ""},
        {METHOD_GET, "/v1/crossings/%0a", ERR_MALFORMED, ""},
        {METHOD_GET, "/v1/crossings/%c3%28", ERR_MALFORMED, ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct request r = asking(cases[i].method, cases[i].path);
        const char *allow;
        struct why why = {0};
        assert_int_equal(route_find(&r, &allow, &why), cases[i].err);
        if (cases[i].err == ERR_METHOD) assert_string_equal(allow, cases[i].allow);
        arena_free(&r.arena);
    }
}

static const struct route *route_of(enum method method, const char *pattern)
{
    for (size_t i = 0; i < route_count; i++)
        if (routes[i].method == method && strcmp(routes[i].pattern, pattern) == 0) return &routes[i];
    fail_msg("no route %s", pattern);
    return NULL;
}

static void lets_in_whom_the_table_names(void **state)
{
    (void)state;
    static const struct {
        enum method method;
        const char *pattern;
        struct caller caller;
        enum err err;
    } cases[] = {
        {METHOD_GET, "/v1/crossings", {.role = ROLE_OFFICER, .scopes = SCOPE_READ}, ERR_NONE},
        {METHOD_GET, "/v1/crossings", {.role = ROLE_OFFICER, .scopes = SCOPE_WRITE}, ERR_FORBIDDEN},
        {METHOD_GET, "/v1/crossings", {.role = ROLE_PARTY, .scopes = SCOPE_ALL}, ERR_FORBIDDEN},
        {METHOD_GET, "/v1/crossings", {.role = ROLE_NONE}, ERR_UNAUTHENTICATED},
        {METHOD_GET, "/v1/crossings", {.role = ROLE_NONE, .loopback = true}, ERR_UNAUTHENTICATED},
        {METHOD_GET, "/v1/crossings", {.role = ROLE_TARGETING, .scopes = SCOPE_READ}, ERR_NONE},
        {METHOD_GET, "/v1/crossings/{id}/would-change", {.role = ROLE_TARGETING, .scopes = SCOPE_READ}, ERR_NONE},
        {METHOD_GET, "/v1/crossings/{id}/would-change", {.role = ROLE_TARGETING, .scopes = SCOPE_WRITE}, ERR_FORBIDDEN},
        {METHOD_GET, "/v1/crossings/{id}/would-change", {.role = ROLE_OFFICER, .scopes = SCOPE_ALL}, ERR_FORBIDDEN},
        {METHOD_GET, "/v1/crossings/{id}/would-change", {.role = ROLE_ANALYST, .scopes = SCOPE_ALL}, ERR_FORBIDDEN},
        {METHOD_GET, "/v1/crossings/{id}/would-change", {.role = ROLE_OPERATOR, .scopes = SCOPE_ALL}, ERR_FORBIDDEN},
        {METHOD_GET, "/v1/crossings/{id}/would-change", {.role = ROLE_AUDITOR, .scopes = SCOPE_ALL}, ERR_FORBIDDEN},
        {METHOD_GET, "/v1/crossings/{id}/would-change", {.role = ROLE_ADMIN, .scopes = SCOPE_ALL}, ERR_FORBIDDEN},
        {METHOD_GET, "/v1/crossings/{id}/would-change", {.role = ROLE_PARTY, .scopes = SCOPE_ALL}, ERR_FORBIDDEN},
        {METHOD_GET, "/v1/crossings/{id}/would-change", {.role = ROLE_NONE, .loopback = true}, ERR_UNAUTHENTICATED},
        {METHOD_POST, "/v1/statements", {.role = ROLE_TARGETING, .scopes = SCOPE_ALL}, ERR_FORBIDDEN},
        {METHOD_GET, "/metrics", {.role = ROLE_NONE, .loopback = true}, ERR_NONE},
        {METHOD_GET, "/metrics", {.role = ROLE_NONE}, ERR_UNAUTHENTICATED},
        {METHOD_GET, "/metrics", {.role = ROLE_OFFICER, .scopes = SCOPE_ALL}, ERR_FORBIDDEN},
        {METHOD_GET, "/healthz", {.role = ROLE_NONE}, ERR_NONE},
        {METHOD_POST, "/add-checkpoint", {.role = ROLE_NONE}, ERR_NONE},
        {METHOD_POST, "/v1/statements/{name}/erase", {.role = ROLE_AUDITOR, .scopes = SCOPE_ALL}, ERR_FORBIDDEN},
        {METHOD_GET, "/v1/stream", {.role = ROLE_OFFICER, .scopes = SCOPE_READ}, ERR_FORBIDDEN},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct why why = {0};
        assert_int_equal(route_allowed(route_of(cases[i].method, cases[i].pattern), &cases[i].caller, &why),
                         cases[i].err);
    }
}

static void refuses_two_content_lengths(void **state)
{
    (void)state;
    static const struct {
        struct https_framing framing;
        enum err err;
        uint64_t length;
    } cases[] = {
        {{0}, ERR_NONE, 0},
        {{.content_lengths = 1, .content_length = {"17", 2}, .hosts = 1}, ERR_NONE, 17},
        {{.transfer_encodings = 1, .chunked = true}, ERR_NONE, 0},
        {{.content_lengths = 2, .content_length = {"17", 2}}, ERR_MALFORMED, 0},
        {{.content_lengths = 1, .content_length = {"+1", 2}}, ERR_MALFORMED, 0},
        {{.content_lengths = 1, .content_length = {"1,1", 3}}, ERR_MALFORMED, 0},
        {{.content_lengths = 1, .content_length = {"18446744073709551616", 20}}, ERR_MALFORMED, 0},
        {{.content_lengths = 1, .content_length = {"0", 1}, .transfer_encodings = 1, .chunked = true},
         ERR_MALFORMED,
         0},
        {{.transfer_encodings = 1}, ERR_MALFORMED, 0},
        {{.transfer_encodings = 2, .chunked = true}, ERR_MALFORMED, 0},
        {{.hosts = 2}, ERR_MALFORMED, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct why why = {0};
        uint64_t length;
        assert_int_equal(https_framing_check(&cases[i].framing, &length, &why), cases[i].err);
        if (cases[i].err == ERR_NONE) assert_true(length == cases[i].length);
    }
}

static void reads_the_query_once_for_each_member(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum err err;
        size_t count;
    } cases[] = {
        {"", ERR_NONE, 0},
        {"a=1&b=2", ERR_NONE, 2},
        {"a", ERR_NONE, 1},
        {"&&a=&", ERR_NONE, 1},
        {"a=1&a=2", ERR_MALFORMED, 0},
        {"a=%41&%61=2", ERR_MALFORMED, 0},
        {"a=%0", ERR_MALFORMED, 0},
        {"a&b&c&d&e&f&g&h&i&j&k&l&m&n&o&p&q", ERR_TOO_LARGE, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct request r = asking(METHOD_GET, "/");
        struct why why = {0};
        assert_int_equal(request_query_read(&r, str_of(cases[i].text), &why), cases[i].err);
        if (cases[i].err == ERR_NONE) assert_int_equal(r.nquery, cases[i].count);
        arena_free(&r.arena);
    }
}

static void numbers_in_the_query_have_bounds(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum err err;
        uint64_t value;
    } cases[] = {{"", ERR_NONE, 50},        {"n=1", ERR_NONE, 1},        {"n=100", ERR_NONE, 100},
                 {"n=0", ERR_MALFORMED, 0}, {"n=101", ERR_MALFORMED, 0}, {"n=01", ERR_MALFORMED, 0},
                 {"n=", ERR_MALFORMED, 0},  {"n=-1", ERR_MALFORMED, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct request r = asking(METHOD_GET, "/");
        struct why why = {0};
        uint64_t value;
        assert_int_equal(request_query_read(&r, str_of(cases[i].text), &why), ERR_NONE);
        assert_int_equal(request_number(&r, "n", 1, 100, 50, &value, &why), cases[i].err);
        if (cases[i].err == ERR_NONE) assert_true(value == cases[i].value);
        arena_free(&r.arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_the_route_and_its_parameters),   cmocka_unit_test(refuses_what_is_no_route),
        cmocka_unit_test(lets_in_whom_the_table_names),         cmocka_unit_test(refuses_two_content_lengths),
        cmocka_unit_test(reads_the_query_once_for_each_member), cmocka_unit_test(numbers_in_the_query_have_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
