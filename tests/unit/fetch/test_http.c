// SPDX-License-Identifier: Apache-2.0
// Against a TLS server of the test's own, on 127.0.0.1.
#include "fetch/http.h"

#include "base/clock.h"
#include "trust/x509.h"

#include <arpa/inet.h>
#include <gnutls/gnutls.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

struct identity {
    struct buf key, certificate;
    char fingerprint[X509_FINGERPRINT_TEXT];
};

struct world {
    char dir[64], key_path[96], certificate_path[96], url[64];
    struct identity server, client, other;
    gnutls_certificate_credentials_t credentials;
    int listener;
    pthread_t thread;
    atomic_bool stop;
    atomic_int connections, requests;
    atomic_int silent; // connections on which nothing is answered
    const char *priority;
    const char *answer;
    char client_seen[X509_FINGERPRINT_TEXT];
    char body_seen[64];
};

static void must(enum err err, const struct why *why)
{
    if (err != ERR_NONE) fail_msg("%s: %s", err_name(err), why->text);
}

static void identity_make(struct identity *i, const char *name)
{
    struct why why = {0};
    i->key = i->certificate = BUF(65536);
    must(x509_make(str_of(name), 1700000000, &i->key, &i->certificate, &why), &why);
    must(x509_fingerprint(buf_str(&i->certificate), i->fingerprint, &why), &why);
}

static void identity_free(struct identity *i)
{
    buf_free(&i->key);
    buf_free(&i->certificate);
}

// ---- The server ----

static void note_client(struct world *w, gnutls_session_t session)
{
    unsigned n = 0;
    const gnutls_datum_t *chain = gnutls_certificate_get_peers(session, &n);
    struct why why = {0};
    w->client_seen[0] = 0;
    if (chain && n)
        must(x509_fingerprint((struct str){(const char *)chain[0].data, chain[0].size}, w->client_seen, &why), &why);
}

// One request; false when the connection is over.
static bool serve_one(struct world *w, gnutls_session_t session)
{
    char request[8192];
    size_t n = 0;
    for (;;) {
        if (atomic_load(&w->stop)) return false;
        ssize_t got = gnutls_record_recv(session, request + n, sizeof request - 1 - n);
        if (got == GNUTLS_E_AGAIN || got == GNUTLS_E_INTERRUPTED) continue;
        if (got <= 0) return false;
        n += (size_t)got;
        request[n] = 0;
        const char *end = strstr(request, "\r\n\r\n"), *length = strcasestr(request, "content-length:");
        if (!end) continue;
        if (!length || strlen(end + 4) >= strtoul(length + 15, NULL, 10)) {
            snprintf(w->body_seen, sizeof w->body_seen, "%s", end + 4);
            break;
        }
    }
    atomic_fetch_add(&w->requests, 1);
    note_client(w, session);
    while (atomic_load(&w->silent) && !atomic_load(&w->stop)) usleep(2000);
    size_t size = strlen(w->answer);
    return gnutls_record_send(session, w->answer, size) == (ssize_t)size;
}

static void serve_connection(struct world *w, int fd)
{
    gnutls_session_t session;
    gnutls_init(&session, GNUTLS_SERVER);
    gnutls_priority_set_direct(session, w->priority, NULL);
    gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, w->credentials);
    gnutls_certificate_server_set_request(session, GNUTLS_CERT_REQUEST);
    gnutls_transport_set_int(session, fd);
    gnutls_handshake_set_timeout(session, 2000);
    struct timeval timeout = {0, 50000};
    int rc;
    do rc = gnutls_handshake(session);
    while (rc == GNUTLS_E_AGAIN || rc == GNUTLS_E_INTERRUPTED);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
    while (rc == 0 && serve_one(w, session)) {
    }
    gnutls_deinit(session);
}

static void *run(void *context)
{
    struct world *w = context;
    while (!atomic_load(&w->stop)) {
        struct pollfd p = {w->listener, POLLIN, 0};
        if (poll(&p, 1, 20) <= 0) continue;
        int fd = accept(w->listener, NULL, NULL);
        if (fd < 0) continue;
        atomic_fetch_add(&w->connections, 1);
        serve_connection(w, fd);
        close(fd);
    }
    return NULL;
}

static void write_file(const char *path, const struct buf *text)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_int_equal(fwrite(text->p, 1, text->n, f), text->n);
    fclose(f);
}

#define OK_ANSWER "HTTP/1.1 200 OK\r\nContent-Type: Text/Plain; charset=utf-8\r\nContent-Length: 5\r\n\r\nhello"

static int setup(void **state)
{
    struct world *w = calloc(1, sizeof *w);
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t length = sizeof address;
    strcpy(w->dir, "/tmp/puente-fetch-XXXXXX");
    assert_non_null(mkdtemp(w->dir));
    snprintf(w->key_path, sizeof w->key_path, "%s/key.pem", w->dir);
    snprintf(w->certificate_path, sizeof w->certificate_path, "%s/certificate.pem", w->dir);
    identity_make(&w->server, "mx.anam");
    identity_make(&w->client, "us.cbp");
    identity_make(&w->other, "mx.anam");
    write_file(w->key_path, &w->client.key);
    write_file(w->certificate_path, &w->client.certificate);
    gnutls_datum_t cert = {(unsigned char *)w->server.certificate.p, (unsigned)w->server.certificate.n};
    gnutls_datum_t key = {(unsigned char *)w->server.key.p, (unsigned)w->server.key.n};
    gnutls_certificate_allocate_credentials(&w->credentials);
    assert_int_equal(gnutls_certificate_set_x509_key_mem(w->credentials, &cert, &key, GNUTLS_X509_FMT_PEM), 0);
    w->priority = "NORMAL";
    w->answer = OK_ANSWER;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    w->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(w->listener, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(w->listener, 8), 0);
    assert_int_equal(getsockname(w->listener, (struct sockaddr *)&address, &length), 0);
    snprintf(w->url, sizeof w->url, "https://127.0.0.1:%u/x", ntohs(address.sin_port));
    assert_int_equal(pthread_create(&w->thread, NULL, run, w), 0);
    *state = w;
    return 0;
}

static int teardown(void **state)
{
    struct world *w = *state;
    char command[128];
    atomic_store(&w->stop, true);
    pthread_join(w->thread, NULL);
    close(w->listener);
    gnutls_certificate_free_credentials(w->credentials);
    identity_free(&w->server);
    identity_free(&w->client);
    identity_free(&w->other);
    snprintf(command, sizeof command, "rm -rf %s", w->dir);
    assert_int_equal(system(command), 0);
    free(w);
    return 0;
}

static struct http *client(struct world *w, const char *fingerprint)
{
    struct http *http;
    struct why why = {0};
    const struct http_settings s = {.certificate = w->certificate_path,
                                    .private_key = w->key_path,
                                    .fingerprint = str_of(fingerprint),
                                    .reply_max = 1000};
    must(http_new(&s, &http, &why), &why);
    return http;
}

static enum err get(struct world *w, struct http *http, int64_t timeout_ms, struct http_reply *reply, struct why *why)
{
    *why = (struct why){0};
    return http_get(http, w->url, timeout_ms, reply, why);
}

static void speaks_with_the_pinned_server_as_itself(void **state)
{
    struct world *w = *state;
    struct http *http = client(w, w->server.fingerprint);
    struct http_reply reply;
    struct why why = {0};
    for (int i = 0; i < 3; i++) {
        must(get(w, http, 5000, &reply, &why), &why);
        assert_int_equal(reply.status, 200);
        assert_string_equal(reply.content_type, "text/plain");
        assert_true(str_is(buf_str(&reply.body), "hello"));
        http_reply_free(&reply);
    }
    assert_string_equal(w->client_seen, w->client.fingerprint);
    must(http_post(http, w->url, "text/plain", STR("a line\n"), 5000, &reply, &why), &why);
    assert_string_equal(w->body_seen, "a line\n");
    http_reply_free(&reply);
    // One to learn the certificate, one for all requests.
    assert_int_equal(atomic_load(&w->connections), 2);
    http_free(http);
}

static void asks_nothing_of_a_server_with_another_certificate(void **state)
{
    struct world *w = *state;
    struct http *http = client(w, w->other.fingerprint); // of the same name
    struct http_reply reply;
    struct why why;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(get(w, http, 5000, &reply, &why), ERR_UNTRUSTED);
        http_reply_free(&reply);
    }
    assert_int_equal(atomic_load(&w->requests), 0);
    http_free(http);
}

static void notices_that_the_server_changes_its_certificate(void **state)
{
    struct world *w = *state;
    struct http *http = client(w, w->server.fingerprint);
    struct http_reply reply;
    struct why why;
    w->answer = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
    must(get(w, http, 5000, &reply, &why), &why);
    http_reply_free(&reply);
    gnutls_datum_t cert = {(unsigned char *)w->other.certificate.p, (unsigned)w->other.certificate.n};
    gnutls_datum_t key = {(unsigned char *)w->other.key.p, (unsigned)w->other.key.n};
    gnutls_certificate_free_keys(w->credentials);
    assert_int_equal(gnutls_certificate_set_x509_key_mem(w->credentials, &cert, &key, GNUTLS_X509_FMT_PEM), 0);
    int before = atomic_load(&w->requests);
    assert_int_equal(get(w, http, 5000, &reply, &why), ERR_UNTRUSTED);
    assert_int_equal(atomic_load(&w->requests), before);
    http_reply_free(&reply);
    http_free(http);
}

static void refuses_older_tls(void **state)
{
    struct world *w = *state;
    struct http_reply reply;
    struct why why;
    w->priority = "NORMAL:-VERS-ALL:+VERS-TLS1.2";
    struct http *http = client(w, w->server.fingerprint);
    assert_int_equal(get(w, http, 5000, &reply, &why), ERR_UNREACHABLE);
    http_reply_free(&reply);
    http_free(http);
}

static void takes_neither_redirects_nor_too_much_nor_half(void **state)
{
    static const struct {
        const char *answer;
        enum err err;
        int status;
    } cases[] = {
        {"HTTP/1.1 302 Found\r\nLocation: https://127.0.0.1:1/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
         ERR_NONE, 302},
        {"HTTP/1.1 200 OK\r\nContent-Length: 100\r\nConnection: close\r\n\r\nhalf", ERR_UNREACHABLE, 0},
        {"what\r\n\r\n", ERR_UNREACHABLE, 0},
    };
    struct world *w = *state;
    struct http_reply reply;
    struct why why;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct http *http = client(w, w->server.fingerprint);
        w->answer = cases[i].answer;
        enum err err = get(w, http, 1000, &reply, &why);
        if (err != cases[i].err) fail_msg("case %zu: %s %s", i, err_name(err), why.text);
        if (err == ERR_NONE) assert_int_equal(reply.status, cases[i].status);
        http_reply_free(&reply);
        http_free(http);
    }
    char large[2000] = "HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n";
    size_t n = strlen(large);
    memset(large + n, 'x', 1001);
    w->answer = large;
    struct http *http = client(w, w->server.fingerprint);
    assert_int_equal(get(w, http, 5000, &reply, &why), ERR_TOO_LARGE);
    http_reply_free(&reply);
    http_free(http);
}

static void *abort_soon(void *context)
{
    usleep(100000);
    http_abort(context);
    return NULL;
}

static void is_stopped_at_once(void **state)
{
    struct world *w = *state;
    struct http *http = client(w, w->server.fingerprint);
    struct http_reply reply;
    struct why why;
    pthread_t thread;
    atomic_store(&w->silent, 1);
    assert_int_equal(pthread_create(&thread, NULL, abort_soon, http), 0);
    int64_t began = clock_monotonic_us();
    assert_int_equal(get(w, http, 20000, &reply, &why), ERR_UNREACHABLE);
    assert_true(clock_monotonic_us() - began < 10000000); // and not the 20 s that it would have waited
    http_reply_free(&reply);
    assert_int_equal(get(w, http, 20000, &reply, &why), ERR_UNREACHABLE); // and stays so
    http_reply_free(&reply);
    pthread_join(thread, NULL);
    http_free(http);
}

static void waits_no_longer_than_told(void **state)
{
    struct world *w = *state;
    struct http *http = client(w, w->server.fingerprint);
    struct http_reply reply;
    struct why why;
    atomic_store(&w->silent, 1);
    int64_t began = clock_monotonic_us();
    assert_int_equal(get(w, http, 300, &reply, &why), ERR_UNREACHABLE);
    assert_true(clock_monotonic_us() - began < 15000000);
    http_reply_free(&reply);
    http_free(http);
}

static void asks_only_where_it_may(void **state)
{
    static const char *const urls[] = {"http://127.0.0.1:1/x", "ftp://127.0.0.1/x", "file:///etc/passwd", "", "x"};
    struct world *w = *state;
    struct http *http = client(w, w->server.fingerprint);
    struct http_reply reply;
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
        struct why why = {0};
        assert_int_equal(http_get(http, urls[i], 1000, &reply, &why), ERR_USAGE);
        http_reply_free(&reply);
    }
    http_free(http);
    struct why why = {0};
    assert_int_equal(http_new(&(struct http_settings){.reply_max = 1}, &http, &why), ERR_USAGE); // nobody is pinned
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN); // a connection that the other side drops is an error, not the end
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(speaks_with_the_pinned_server_as_itself, setup, teardown),
        cmocka_unit_test_setup_teardown(asks_nothing_of_a_server_with_another_certificate, setup, teardown),
        cmocka_unit_test_setup_teardown(notices_that_the_server_changes_its_certificate, setup, teardown),
        cmocka_unit_test_setup_teardown(refuses_older_tls, setup, teardown),
        cmocka_unit_test_setup_teardown(takes_neither_redirects_nor_too_much_nor_half, setup, teardown),
        cmocka_unit_test_setup_teardown(is_stopped_at_once, setup, teardown),
        cmocka_unit_test_setup_teardown(waits_no_longer_than_told, setup, teardown),
        cmocka_unit_test_setup_teardown(asks_only_where_it_may, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
