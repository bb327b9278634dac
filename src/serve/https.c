// SPDX-License-Identifier: Apache-2.0
#include "serve/https.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "serve/errand.h"
#include "serve/inside.h"
#include "serve/problem.h"
#include "serve/route.h"
#include "serve/stream.h"
#include "trust/hash.h"

#include <arpa/inet.h>
#include <errno.h>
#include <gnutls/gnutls.h>
#include <microhttpd.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <unistd.h>

#define WORKERS 2
#define CONNECTION_MEMORY ((size_t)32 << 10) // MHD's, for the head of a request and of its answer
#define REQUEST_ARENA ((size_t)96 << 20)     // of one request; a batch of 1 MiB of small values needs most of it
#define DRAIN_MAX ((size_t)16 << 20)         // of a body that is refused, so that its sender reads why
#define STREAM_BLOCK ((size_t)32 << 10)
#define CLOCK_TICK_US 250000 // how often slow connections are looked for
#define LINK_LOOK_US 10000   // how often waiting links are looked after
#define RING_US 5000         // streams are not woken more often
#define TLS_PRIORITY "SECURE128:-VERS-ALL:+VERS-TLS1.3:%SERVER_PRECEDENCE"

// One connection, between its start and its end.
struct link_up {
    struct link_up *next, *previous;
    int fd;
    bool over_ip, over_all;
    _Atomic int64_t deadline_us; // monotonic; 0: none
    char address[CALLER_ADDRESS_MAX];
    bool loopback, looked;                   // looked: at the certificate
    char certificate[X509_FINGERPRINT_TEXT]; // "" without one
};

enum exchange_state { EXCHANGE_BODY, EXCHANGE_REFUSED, EXCHANGE_WAITING, EXCHANGE_ANSWERED };

// A request and what MHD knows of it.
struct exchange {
    struct request request; // first
    struct https *https;
    struct MHD_Connection *connection;
    struct link_up *up;
    enum exchange_state state;
    struct why refused;
    const char *allow; // methods, with 405
    size_t body_seen, memory;
    bool stream, counted;
    struct errand errand;
    // While it is paused.
    struct exchange *next, *previous;
    bool paused, link; // link: waits for statements, not for events
    int64_t wake_us;
};

struct https {
    struct serve *serve;
    struct MHD_Daemon *daemon;
    uint16_t port;
    gnutls_datum_t ticket_key;

    pthread_mutex_t up_lock;
    struct link_up *ups;
    unsigned nups;
    int64_t rate_us; // when the next connection may come, by the rate of handshakes

    pthread_mutex_t pause_lock;
    pthread_cond_t pause_cond;
    struct exchange *paused;
    unsigned waiting_links;
    bool rung, ending;
    pthread_t clock;
    bool clock_runs;
    _Atomic unsigned held; // suspended connections that somebody will resume
};

// ---- Framing ----

enum err https_framing_check(const struct https_framing *f, uint64_t *length, struct why *why)
{
    *length = 0;
    if (f->hosts > 1) return why_set(why, ERR_MALFORMED, "Host", "there are two Host headers");
    if (f->content_lengths > 1) {
        (void)why_set(why, ERR_MALFORMED, "Content-Length", "there are two Content-Length headers");
        return why_clause(why, "RFC 9112 6.3");
    }
    if (f->transfer_encodings && f->content_lengths) {
        (void)why_set(why, ERR_MALFORMED, "Transfer-Encoding", "it stands beside a Content-Length");
        return why_clause(why, "RFC 9112 6.3");
    }
    if (f->transfer_encodings && (f->transfer_encodings > 1 || !f->chunked)) {
        (void)why_set(why, ERR_MALFORMED, "Transfer-Encoding", "the only transfer coding here is chunked");
        return why_clause(why, "RFC 9112 6.1");
    }
    if (f->content_lengths && !str_decimal(f->content_length, UINT64_MAX, length)) {
        (void)why_set(why, ERR_MALFORMED, "Content-Length", "this is no decimal number");
        return why_clause(why, "RFC 9110 8.6");
    }
    return ERR_NONE;
}

// ---- Connections ----

static void address_text(const struct sockaddr *address, struct link_up *up)
{
    if (address->sa_family == AF_INET) {
        const struct sockaddr_in *in = (const struct sockaddr_in *)(const void *)address;
        inet_ntop(AF_INET, &in->sin_addr, up->address, sizeof up->address);
        up->loopback = (ntohl(in->sin_addr.s_addr) >> 24) == 127;
    } else if (address->sa_family == AF_INET6) {
        const struct sockaddr_in6 *in = (const struct sockaddr_in6 *)(const void *)address;
        if (IN6_IS_ADDR_V4MAPPED(&in->sin6_addr)) {
            inet_ntop(AF_INET, &in->sin6_addr.s6_addr[12], up->address, sizeof up->address);
            up->loopback = in->sin6_addr.s6_addr[12] == 127;
            return;
        }
        inet_ntop(AF_INET6, &in->sin6_addr, up->address, sizeof up->address);
        up->loopback = IN6_IS_ADDR_LOOPBACK(&in->sin6_addr);
    }
}

// A handshake costs about a millisecond of CPU: new connections have a rate, with a second's worth of leeway.
static enum MHD_Result on_accept(void *cls, const struct sockaddr *address, socklen_t n)
{
    (void)address;
    (void)n;
    struct https *h = cls;
    int64_t now = clock_monotonic_us(), cost = 1000000 / (int64_t)h->serve->settings.limits.handshakes_per_s;
    pthread_mutex_lock(&h->up_lock);
    if (h->rate_us < now - 1000000) h->rate_us = now - 1000000;
    bool let_in = h->rate_us <= now;
    if (let_in) h->rate_us += cost;
    pthread_mutex_unlock(&h->up_lock);
    count_add(&h->serve->counters, let_in ? COUNT_CONNECTIONS : COUNT_CONNECTIONS_REFUSED, 1);
    return let_in ? MHD_YES : MHD_NO;
}

static void up_tls(struct https *h, struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
    if (!info || !info->tls_session) return;
    gnutls_session_t session = info->tls_session;
    // Asked for, not required: people come with tokens. Pinned, so that no authority's name is of use to the client.
    gnutls_certificate_server_set_request(session, GNUTLS_CERT_REQUEST);
    gnutls_certificate_send_x509_rdn_sequence(session, 1);
    (void)gnutls_session_ticket_enable_server(session, &h->ticket_key);
}

static void up_start(struct https *h, struct MHD_Connection *connection, void **socket_context)
{
    const struct serve_limits *limits = &h->serve->settings.limits;
    struct link_up *up = calloc(1, sizeof *up);
    *socket_context = up;
    if (!up) return;
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    if (info && info->client_addr) address_text(info->client_addr, up);
    info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    up->fd = info ? info->connect_fd : -1;
    int one = 1;
    if (up->fd >= 0) (void)setsockopt(up->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    atomic_store(&up->deadline_us, clock_monotonic_us() + (int64_t)limits->idle_s * 1000000);
    up_tls(h, connection);
    pthread_mutex_lock(&h->up_lock);
    unsigned same = 0;
    for (const struct link_up *u = h->ups; u; u = u->next) same += strcmp(u->address, up->address) == 0;
    up->over_ip = same >= limits->connections_per_ip;
    up->over_all = h->nups >= limits->connections;
    up->next = h->ups;
    if (h->ups) h->ups->previous = up;
    h->ups = up;
    h->nups++;
    pthread_mutex_unlock(&h->up_lock);
}

static void up_end(struct https *h, void **socket_context)
{
    struct link_up *up = *socket_context;
    if (!up) return;
    pthread_mutex_lock(&h->up_lock);
    if (up->previous)
        up->previous->next = up->next;
    else
        h->ups = up->next;
    if (up->next) up->next->previous = up->previous;
    h->nups--;
    pthread_mutex_unlock(&h->up_lock);
    free(up);
    *socket_context = NULL;
}

static void on_connection(void *cls, struct MHD_Connection *connection, void **socket_context,
                          enum MHD_ConnectionNotificationCode what)
{
    if (what == MHD_CONNECTION_NOTIFY_STARTED)
        up_start(cls, connection, socket_context);
    else
        up_end(cls, socket_context);
}

// Once a connection: the handshake has proved that the peer holds the key.
static void up_certificate(struct link_up *up, struct MHD_Connection *connection)
{
    if (up->looked) return;
    up->looked = true;
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
    unsigned n = 0;
    const gnutls_datum_t *chain =
        info && info->tls_session ? gnutls_certificate_get_peers(info->tls_session, &n) : NULL;
    if (!chain || !n) return;
    uint8_t hash[SHA256_BYTES];
    sha256((struct str){(const char *)chain[0].data, chain[0].size}, hash);
    for (size_t i = 0; i < sizeof hash; i++) snprintf(up->certificate + 2 * i, 3, "%02x", hash[i]);
}

// ---- The beginning of a request ----

struct heads {
    struct request *request;
    struct https_framing framing;
    bool expects;
};

static struct str copy_of(struct request *request, const char *value, size_t n)
{
    return arena_str(&request->arena, (struct str){value ? value : "", n});
}

static enum MHD_Result on_header(void *cls, enum MHD_ValueKind kind, const char *key, size_t key_n, const char *value,
                                 size_t n)
{
    (void)kind;
    (void)key_n;
    struct heads *heads = cls;
    struct request *r = heads->request;
    if (!strcasecmp(key, "Content-Length")) {
        heads->framing.content_lengths++;
        heads->framing.content_length = copy_of(r, value, n);
    } else if (!strcasecmp(key, "Transfer-Encoding")) {
        heads->framing.transfer_encodings++;
        heads->framing.chunked = value && !strcasecmp(value, "chunked");
    } else if (!strcasecmp(key, "Host")) {
        heads->framing.hosts++;
    } else if (!strcasecmp(key, "Expect")) {
        heads->expects = true;
    } else if (!strcasecmp(key, "Authorization")) {
        r->authorization = copy_of(r, value, n);
    } else if (!strcasecmp(key, "Idempotency-Key")) {
        r->idempotency_key = copy_of(r, value, n);
    } else if (!strcasecmp(key, "Last-Event-ID")) {
        r->last_event_id = copy_of(r, value, n);
    } else if (!strcasecmp(key, "If-None-Match")) {
        r->if_none_match = copy_of(r, value, n);
    }
    return MHD_YES;
}

// MHD has cut the query at '&' and '=', and turned '+' into a space; nothing is unescaped yet.
static enum MHD_Result on_argument(void *cls, enum MHD_ValueKind kind, const char *key, size_t key_n, const char *value,
                                   size_t n)
{
    (void)kind;
    struct heads *heads = cls;
    struct request *r = heads->request;
    struct why why = {0};
    struct str text = arena_printf(&r->arena, "%.*s=%.*s", (int)key_n, key, (int)n, value ? value : "");
    if (!text.p || request_query_read(r, text, &why) != ERR_NONE) {
        r->nquery = QUERY_MAX + 1; // the caller looks
        return MHD_NO;
    }
    return MHD_YES;
}

static size_t body_limit(const struct serve *serve, const struct route *route)
{
    switch (route->body) {
    case BODY_SMALL:
        return BODY_SMALL_BYTES;
    case BODY_STATEMENTS:
        return serve->settings.limits.statements_bytes;
    case BODY_FILE:
        return serve->settings.limits.file_bytes;
    default:
        return 0;
    }
}

static enum err who(struct exchange *x, struct why *why)
{
    struct request *r = &x->request;
    struct serve *serve = r->serve;
    struct caller *caller = &r->caller;
    caller->loopback = x->up->loopback;
    snprintf(caller->address, sizeof caller->address, "%s", x->up->address);
    if (x->up->certificate[0]) {
        enum err err =
            auth_certificate(serve->settings.parties, serve->settings.nparties, x->up->certificate, caller, why);
        if (err != ERR_NONE) {
            count_add(&serve->counters, COUNT_CERTIFICATE_UNKNOWN, 1);
            return err;
        }
    }
    if (!r->authorization.p) return ERR_NONE;
    int64_t now = clock_monotonic_us();
    if (!token_tries_allow(&serve->tries, caller->address, serve->settings.limits.token_failures, now))
        return why_set(why, ERR_TOO_MANY, "Authorization", "too many wrong tokens from this address; wait a minute");
    struct views *views = reader_take(serve, why);
    enum err err = views ? auth_token(views, &r->arena, r->authorization, clock_now_us(), caller, why) : why->err;
    reader_give(serve, views);
    if (err == ERR_UNAUTHENTICATED) {
        token_tries_failed(&serve->tries, caller->address, now);
        count_add(&serve->counters, COUNT_TOKEN_WRONG, 1);
    }
    return err;
}

static enum err size_check(struct exchange *x, uint64_t length, struct why *why)
{
    const struct request *r = &x->request;
    size_t limit = body_limit(r->serve, r->route);
    if (length > limit && !limit) return why_set(why, ERR_TOO_LARGE, "Content-Length", "this path takes no body");
    if (length > limit)
        return why_set(why, ERR_TOO_LARGE, "Content-Length", "a body here has at most %zu bytes", limit);
    if (limit && atomic_load(&r->serve->memory) > r->serve->settings.limits.memory)
        return why_set(why, ERR_BUSY, "", "too many requests are in hand; try again");
    x->request.body.max = limit;
    return ERR_NONE;
}

// All that can be said before the body: framing, limits, path, caller, size. *length is what Content-Length says.
static enum err begin_check(struct exchange *x, struct heads *heads, const char **allow, uint64_t *length,
                            struct why *why)
{
    struct request *r = &x->request;
    enum err err = https_framing_check(&heads->framing, length, why);
    if (err != ERR_NONE) {
        r->reply.close = true;
        return err;
    }
    if (x->up->over_all) return why_set(why, ERR_BUSY, "", "this node has no connection left; try again");
    if (x->up->over_ip) return why_set(why, ERR_TOO_MANY, "", "too many connections from this address");
    MHD_get_connection_values_n(x->connection, MHD_GET_ARGUMENT_KIND, on_argument, heads);
    if (r->nquery > QUERY_MAX) {
        r->nquery = 0;
        return why_set(why, ERR_MALFORMED, "query", "a query is percent-encoded text, at most %d members, each once",
                       QUERY_MAX);
    }
    if (r->arena.failed) return why_set(why, ERR_NO_MEMORY, "", "no memory for this now; try again");
    err = route_find(r, allow, why);
    if (err != ERR_NONE && err != ERR_METHOD) {
        // What strangers may know of paths that they may not call: nothing is lost by saying that there are none.
        return err;
    }
    enum err known = who(x, why);
    if (known != ERR_NONE) return known;
    if (err != ERR_NONE) return err;
    err = route_allowed(r->route, &r->caller, why);
    return err != ERR_NONE ? err : size_check(x, *length, why);
}

static enum method method_of(const char *method, bool *head)
{
    *head = !strcmp(method, "HEAD");
    if (*head || !strcmp(method, "GET")) return METHOD_GET;
    return !strcmp(method, "POST") ? METHOD_POST : METHOD_OTHER;
}

static enum MHD_Result respond(struct exchange *x);

static enum MHD_Result refuse(struct exchange *x)
{
    reply_problem(&x->request, &x->refused);
    if (x->refused.err == ERR_METHOD) reply_header(&x->request, "Allow", x->allow);
    return respond(x);
}

static enum MHD_Result exchange_begin(struct https *h, struct MHD_Connection *connection, const char *url,
                                      const char *method, void **con_cls)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    struct link_up *up = info ? info->socket_context : NULL;
    struct exchange *x = up ? calloc(1, sizeof *x) : NULL;
    if (!x) return MHD_NO; // no memory to say so
    *con_cls = x;
    *x = (struct exchange){.https = h, .connection = connection, .up = up};
    struct request *r = &x->request;
    r->serve = h->serve;
    r->arena = ARENA(REQUEST_ARENA);
    r->spare = ARENA(REQUEST_ARENA);
    r->body = BUF(0);
    r->path = copy_of(r, url, strlen(url));
    r->method = method_of(method, &r->head);
    count_add(&h->serve->counters, COUNT_REQUESTS, 1);
    int64_t now = clock_monotonic_us();
    atomic_store(&up->deadline_us, now + (int64_t)h->serve->settings.limits.request_s * 1000000);
    up_certificate(up, connection);
    struct heads heads = {.request = r};
    MHD_get_connection_values_n(connection, MHD_HEADER_KIND, on_header, &heads);
    uint64_t length = 0;
    pthread_rwlock_rdlock(&h->serve->lock);
    enum err err = begin_check(x, &heads, &x->allow, &length, &x->refused);
    pthread_rwlock_unlock(&h->serve->lock);
    if (err == ERR_NONE) return MHD_YES;
    x->state = EXCHANGE_REFUSED;
    // Who waits for leave to send the body hears at once; so does who would send more than is worth reading.
    if (heads.expects || length > DRAIN_MAX || r->reply.close) {
        r->reply.close = true;
        return refuse(x);
    }
    return MHD_YES;
}

static void memory_count(struct exchange *x)
{
    size_t now = x->request.arena.used + x->request.body.room;
    atomic_fetch_add(&x->request.serve->memory, now - x->memory); // may wrap below zero and back
    x->memory = now;
}

static enum MHD_Result exchange_body(struct exchange *x, const char *data, size_t *n)
{
    struct request *r = &x->request;
    x->body_seen += *n;
    if (x->state == EXCHANGE_REFUSED) {
        if (x->body_seen > DRAIN_MAX) return MHD_NO;
    } else if (x->body_seen > r->body.max) {
        x->state = EXCHANGE_REFUSED;
        (void)why_set(&x->refused, ERR_TOO_LARGE, "", "a body here has at most %zu bytes", r->body.max);
        buf_free(&r->body);
    } else {
        buf_add(&r->body, data, *n);
        if (r->body.failed) {
            x->state = EXCHANGE_REFUSED;
            (void)why_set(&x->refused, ERR_NO_MEMORY, "", "no memory for this now; try again");
        }
        memory_count(x);
        if (atomic_load(&r->serve->memory) > r->serve->settings.limits.memory) {
            x->state = EXCHANGE_REFUSED;
            (void)why_set(&x->refused, ERR_BUSY, "", "too many requests are in hand; try again");
            buf_free(&r->body);
        }
    }
    memory_count(x);
    *n = 0;
    return MHD_YES;
}

// ---- The answer ----

static ssize_t on_stream(void *cls, uint64_t position, char *out, size_t room);

static void respond_headers(struct exchange *x, struct MHD_Response *response)
{
    const struct reply *reply = &x->request.reply;
    MHD_add_response_header(response, "Content-Type", reply->content_type);
    MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    bool cached = false;
    for (size_t i = 0; i < reply->nheaders; i++) {
        MHD_add_response_header(response, reply->headers[i].name, reply->headers[i].value);
        cached = cached || !strcmp(reply->headers[i].name, "Cache-Control");
    }
    if (!cached) MHD_add_response_header(response, "Cache-Control", "no-store");
    if (reply->close) MHD_add_response_header(response, "Connection", "close");
}

static enum MHD_Result respond(struct exchange *x)
{
    struct request *r = &x->request;
    struct MHD_Response *response;
    int64_t span = 4 * (int64_t)r->serve->settings.limits.request_s * 1000000;
    x->state = EXCHANGE_ANSWERED;
    atomic_store(&x->up->deadline_us, x->stream ? 0 : clock_monotonic_us() + span);
    // The bytes live as long as the exchange, and that ends after the last of them is sent.
    if (x->stream)
        response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, STREAM_BLOCK, on_stream, x, NULL);
    else
        response = MHD_create_response_from_buffer(r->reply.body.n, (void *)(uintptr_t)r->reply.body.p,
                                                   MHD_RESPMEM_PERSISTENT);
    if (!response) return MHD_NO;
    respond_headers(x, response);
    enum MHD_Result result = MHD_queue_response(x->connection, (unsigned)r->reply.status, response);
    MHD_destroy_response(response);
    return result;
}

// ---- Waiting ----

// A suspended connection that somebody will resume is counted before it is suspended, so that https_stop waits for it;
// false when the node is closing.
static bool hold(struct exchange *x)
{
    atomic_fetch_add(&x->https->held, 1);
    if (!atomic_load(&x->https->serve->stopping)) return true;
    atomic_fetch_sub(&x->https->held, 1);
    return false;
}

// After it the exchange is another thread's, and may be gone.
static void resume(struct exchange *x)
{
    struct https *h = x->https;
    MHD_resume_connection(x->connection);
    atomic_fetch_sub(&h->held, 1);
}

static void on_job_done(struct job *job)
{
    resume(job->context);
}

static void on_errand(struct errand *errand)
{
    struct exchange *x = (struct exchange *)((char *)errand - offsetof(struct exchange, errand));
    struct request *r = &x->request;
    pthread_rwlock_rdlock(&r->serve->lock);
    r->work_err = r->work(r, &r->work_why);
    pthread_rwlock_unlock(&r->serve->lock);
    resume(x);
}

static void pause_add(struct exchange *x)
{
    struct https *h = x->https;
    x->paused = true;
    h->waiting_links += x->link;
    x->previous = NULL;
    x->next = h->paused;
    if (h->paused) h->paused->previous = x;
    h->paused = x;
}

static void pause_remove(struct exchange *x)
{
    if (x->previous)
        x->previous->next = x->next;
    else
        x->https->paused = x->next;
    if (x->next) x->next->previous = x->previous;
    x->https->waiting_links -= x->link;
    x->paused = false;
}

// Suspends until wake_us or the next ring; false when the node is closing.
static bool pause_until(struct exchange *x, int64_t wake_us)
{
    struct https *h = x->https;
    if (!hold(x)) return false;
    x->wake_us = wake_us;
    pthread_mutex_lock(&h->pause_lock);
    MHD_suspend_connection(x->connection);
    pause_add(x);
    pthread_cond_signal(&h->pause_cond);
    pthread_mutex_unlock(&h->pause_lock);
    return true;
}

static bool stream_counted(struct exchange *x, struct why *why)
{
    struct serve *serve = x->request.serve;
    if (x->counted) return true;
    if (atomic_fetch_add(&serve->streams, 1) >= serve->settings.limits.streams) {
        atomic_fetch_sub(&serve->streams, 1);
        (void)why_set(why, ERR_BUSY, "", "too many event streams and waiting links; try again");
        return false;
    }
    x->counted = true;
    return true;
}

static ssize_t on_stream(void *cls, uint64_t position, char *out, size_t room)
{
    (void)position;
    struct exchange *x = cls;
    struct stream *stream = x->request.state;
    int64_t n = stream_fill(x->request.serve, stream, out, room, clock_monotonic_us());
    if (n > 0) return (ssize_t)n;
    int64_t wake = stream->quiet_us < stream->ends_us ? stream->quiet_us : stream->ends_us;
    if (n < 0 || !pause_until(x, wake)) return MHD_CONTENT_READER_END_OF_STREAM;
    return 0;
}

static const struct why closing = {.err = ERR_BUSY, .text = "this node is closing; try again"};

static enum MHD_Result step_commit(struct exchange *x)
{
    struct request *r = &x->request;
    r->job.done = on_job_done;
    r->job.context = x;
    memory_count(x);
    MHD_suspend_connection(x->connection);
    struct why why = {0};
    enum err err = commit_push(r->serve->settings.commit, &r->job, &why);
    if (err == ERR_NONE) return MHD_YES;
    r->job.err = err;
    r->job.why = why;
    resume(x);
    return MHD_YES;
}

static enum MHD_Result step_work(struct exchange *x)
{
    struct request *r = &x->request;
    x->errand.run = on_errand;
    r->work_err = ERR_NONE;
    r->work_why = (struct why){0};
    MHD_suspend_connection(x->connection);
    if (errands_push(r->serve->errands, &x->errand, &r->work_why) != ERR_NONE) {
        r->work_err = r->work_why.err;
        resume(x);
    }
    return MHD_YES;
}

// One step of the handler, and what it asks for.
static enum MHD_Result exchange_go(struct exchange *x)
{
    struct request *r = &x->request;
    struct serve *serve = r->serve;
    struct why why = {0};
    enum step step;
    if (x->state == EXCHANGE_REFUSED) return refuse(x);
    atomic_store(&x->up->deadline_us, 0);
    pthread_rwlock_rdlock(&serve->lock);
    step = x->state == EXCHANGE_WAITING ? r->next(r) : r->route->handle(r);
    pthread_rwlock_unlock(&serve->lock);
    x->state = EXCHANGE_WAITING;
    x->stream = step == STEP_STREAM;
    if ((step == STEP_STREAM || step == STEP_PAUSE) && !stream_counted(x, &why)) {
        x->stream = false;
        reply_problem(r, &why);
        return respond(x);
    }
    if (step == STEP_ANSWER || step == STEP_STREAM) return respond(x);
    x->link = step == STEP_PAUSE;
    if (step == STEP_PAUSE ? pause_until(x, r->wake_us) : hold(x))
        return step == STEP_PAUSE ? MHD_YES : step == STEP_COMMIT ? step_commit(x) : step_work(x);
    reply_problem(r, &closing);
    return respond(x);
}

static enum MHD_Result on_request(void *cls, struct MHD_Connection *connection, const char *url, const char *method,
                                  const char *version, const char *data, size_t *data_n, void **con_cls)
{
    (void)version;
    struct exchange *x = *con_cls;
    if (!x) return exchange_begin(cls, connection, url, method, con_cls);
    if (*data_n) return exchange_body(x, data, data_n);
    return exchange_go(x);
}

static void on_completed(void *cls, struct MHD_Connection *connection, void **con_cls,
                         enum MHD_RequestTerminationCode how)
{
    (void)connection;
    (void)how;
    struct https *h = cls;
    struct exchange *x = *con_cls;
    if (!x) return;
    *con_cls = NULL;
    INVARIANT(!x->paused);
    if (x->stream) stream_free(h->serve, x->request.state);
    if (x->counted) atomic_fetch_sub(&h->serve->streams, 1);
    atomic_fetch_sub(&h->serve->memory, x->memory);
    int64_t idle = (int64_t)h->serve->settings.limits.idle_s * 1000000;
    atomic_store(&x->up->deadline_us, clock_monotonic_us() + idle);
    buf_free(&x->request.body);
    arena_free(&x->request.spare);
    arena_free(&x->request.arena);
    free(x);
}

// ---- The clock: wakes who is paused, closes who is slow ----

// Slices that commit has finished: the ring tells of what people watch, a link waits for any statement.
static uint64_t slices_now(struct https *h)
{
    struct commit_figures figures = {0};
    if (h->waiting_links) commit_figures(h->serve->settings.commit, &figures);
    return figures.slices;
}

static void wake_paused(struct https *h, bool all, int64_t now_us)
{
    uint64_t slices = slices_now(h);
    for (struct exchange *x = h->paused; x;) {
        struct exchange *next = x->next;
        if (all || (x->link && x->request.slices != slices) || x->wake_us <= now_us) {
            pause_remove(x);
            resume(x);
        }
        x = next;
    }
}

static void close_slow(struct https *h, int64_t now_us)
{
    pthread_mutex_lock(&h->up_lock);
    for (struct link_up *up = h->ups; up; up = up->next) {
        int64_t deadline = atomic_load(&up->deadline_us);
        if (!deadline || deadline > now_us || up->fd < 0) continue;
        atomic_store(&up->deadline_us, 0);
        count_add(&h->serve->counters, COUNT_CONNECTIONS_SLOW, 1);
        (void)shutdown(up->fd, SHUT_RDWR); // MHD notices, and closes
    }
    pthread_mutex_unlock(&h->up_lock);
}

static void wait_ring(struct https *h)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += (h->waiting_links ? LINK_LOOK_US : CLOCK_TICK_US) * 1000L;
    if (until.tv_nsec >= 1000000000L) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000L;
    }
    pthread_cond_timedwait(&h->pause_cond, &h->pause_lock, &until);
}

static void *clock_main(void *context)
{
    struct https *h = context;
    int64_t looked = 0;
    pthread_mutex_lock(&h->pause_lock);
    while (!h->ending) {
        if (!h->rung) wait_ring(h);
        int64_t now = clock_monotonic_us();
        bool rung = h->rung;
        h->rung = false;
        wake_paused(h, rung || atomic_load(&h->serve->stopping), now);
        pthread_mutex_unlock(&h->pause_lock);
        if (now - looked >= CLOCK_TICK_US) {
            close_slow(h, now);
            looked = now;
        }
        if (rung) usleep(RING_US);
        pthread_mutex_lock(&h->pause_lock);
    }
    pthread_mutex_unlock(&h->pause_lock);
    return NULL;
}

void https_ring(void *context)
{
    struct https *h = context;
    pthread_mutex_lock(&h->pause_lock);
    h->rung = true;
    pthread_cond_signal(&h->pause_cond);
    pthread_mutex_unlock(&h->pause_lock);
}

// ---- Start and stop ----

// As sent: route_find decodes each part after it is cut.
static size_t keep_escapes(void *cls, struct MHD_Connection *connection, char *text)
{
    (void)cls;
    (void)connection;
    return strlen(text);
}

static void on_log(void *cls, const char *format, va_list arguments)
{
    (void)cls;
    char text[256];
    vsnprintf(text, sizeof text, format, arguments);
    log_line(LOG_DEBUG, "https", "%s", text);
}

static enum err read_pem(const char *path, char **out, struct why *why)
{
    gnutls_datum_t data = {0};
    if (!path) return why_set(why, ERR_USAGE, "certificate", "HTTPS needs a certificate and a private key");
    if (gnutls_load_file(path, &data) < 0)
        return why_set(why, ERR_UNTRUSTED, "certificate", "cannot read %s: %s", path, strerror(errno));
    *out = (char *)data.data; // ends in a NUL
    return ERR_NONE;
}

static enum err bind_address(const char *address, uint16_t port, int *fd, uint16_t *bound, struct why *why)
{
    char service[8];
    snprintf(service, sizeof service, "%u", port);
    struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE, .ai_socktype = SOCK_STREAM},
                    *found;
    if (getaddrinfo(address, service, &hints, &found) != 0)
        return why_set(why, ERR_USAGE, "https_address", "%s is no numeric address", address);
    int one = 1, s = socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    bool ok = s >= 0 && setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) == 0 &&
              bind(s, found->ai_addr, found->ai_addrlen) == 0 && listen(s, 511) == 0;
    int saved = errno;
    freeaddrinfo(found);
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } own = {0};
    socklen_t n = sizeof own;
    if (ok) ok = getsockname(s, &own.any, &n) == 0;
    if (!ok) {
        if (s >= 0) close(s);
        return why_set(why, ERR_UNREACHABLE, "https_address", "cannot listen on %s port %u: %s", address, port,
                       strerror(saved));
    }
    *bound = ntohs(own.any.sa_family == AF_INET6 ? own.v6.sin6_port : own.v4.sin_port);
    *fd = s;
    return ERR_NONE;
}

static enum err daemon_start(struct https *h, int fd, const char *key, const char *certificate, struct why *why)
{
    const struct serve_limits *limits = &h->serve->settings.limits;
    // MHD's own limits close without a word, so ours, which answer, come first.
    unsigned all = 2 * limits->connections + 64, per_ip = 2 * limits->connections_per_ip + 16;
    h->daemon = MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_TLS | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG | MHD_USE_ITC, 0,
        on_accept, h, on_request, h, MHD_OPTION_EXTERNAL_LOGGER, on_log, NULL, MHD_OPTION_LISTEN_SOCKET, fd,
        MHD_OPTION_HTTPS_MEM_KEY, key, MHD_OPTION_HTTPS_MEM_CERT, certificate, MHD_OPTION_HTTPS_PRIORITIES,
        TLS_PRIORITY, MHD_OPTION_THREAD_POOL_SIZE, (unsigned)WORKERS, MHD_OPTION_STRICT_FOR_CLIENT, 1,
        MHD_OPTION_CONNECTION_LIMIT, all, MHD_OPTION_PER_IP_CONNECTION_LIMIT, per_ip, MHD_OPTION_CONNECTION_TIMEOUT,
        limits->idle_s, MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_MEMORY, MHD_OPTION_NOTIFY_COMPLETED,
        on_completed, h, MHD_OPTION_NOTIFY_CONNECTION, on_connection, h, MHD_OPTION_UNESCAPE_CALLBACK, keep_escapes,
        NULL, MHD_OPTION_END);
    if (h->daemon) return ERR_NONE;
    return why_set(why, ERR_UNTRUSTED, "certificate", "cannot serve with %s and %s: no valid pair, or no thread",
                   h->serve->settings.certificate, h->serve->settings.private_key);
}

static void https_free(struct https *h)
{
    pthread_cond_destroy(&h->pause_cond);
    pthread_mutex_destroy(&h->pause_lock);
    pthread_mutex_destroy(&h->up_lock);
    gnutls_free(h->ticket_key.data);
    free(h);
}

static enum err start_parts(struct https *h, struct why *why)
{
    const struct serve_settings *s = &h->serve->settings;
    char *key = NULL, *certificate = NULL;
    int fd = -1;
    enum err err = read_pem(s->certificate, &certificate, why);
    if (err == ERR_NONE) err = read_pem(s->private_key, &key, why);
    if (err == ERR_NONE) err = bind_address(s->https_address, s->https_port, &fd, &h->port, why);
    if (err == ERR_NONE) err = daemon_start(h, fd, key, certificate, why);
    if (err != ERR_NONE && fd >= 0) close(fd);
    if (key) gnutls_memset(key, 0, strlen(key));
    gnutls_free(key);
    gnutls_free(certificate);
    return err;
}

enum err https_start(struct serve *serve, struct https **out, struct why *why)
{
    struct https *h = calloc(1, sizeof *h);
    if (!h) return why_set(why, ERR_NO_MEMORY, "", "no memory for HTTPS");
    h->serve = serve;
    pthread_mutex_init(&h->up_lock, NULL);
    pthread_mutex_init(&h->pause_lock, NULL);
    pthread_cond_init(&h->pause_cond, NULL);
    enum err err = ERR_NONE;
    if (gnutls_session_ticket_key_generate(&h->ticket_key) < 0)
        err = why_set(why, ERR_NO_MEMORY, "", "no key for session tickets");
    if (err == ERR_NONE && pthread_create(&h->clock, NULL, clock_main, h) != 0)
        err = why_set(why, ERR_NO_MEMORY, "", "cannot start a thread");
    h->clock_runs = err == ERR_NONE;
    if (err == ERR_NONE) err = start_parts(h, why);
    if (err != ERR_NONE) {
        https_stop(h);
        return err;
    }
    *out = h;
    return ERR_NONE;
}

static void clock_stop(struct https *h)
{
    if (!h->clock_runs) return;
    pthread_mutex_lock(&h->pause_lock);
    h->ending = true;
    pthread_cond_signal(&h->pause_cond);
    pthread_mutex_unlock(&h->pause_lock);
    pthread_join(h->clock, NULL);
}

void https_stop(struct https *h)
{
    if (!h) return;
    atomic_store(&h->serve->stopping, true);
    if (h->daemon) {
        int fd = MHD_quiesce_daemon(h->daemon);
        // MHD must not be stopped while a connection is suspended; the clock ends the pauses, commit and the errands
        // the rest.
        while (atomic_load(&h->held) > 0) {
            https_ring(h);
            usleep(1000);
        }
        MHD_stop_daemon(h->daemon);
        if (fd >= 0) close(fd);
    }
    clock_stop(h);
    https_free(h);
}

uint16_t https_port(const struct https *h)
{
    return h ? h->port : 0;
}

unsigned https_connections(struct https *h)
{
    if (!h) return 0;
    pthread_mutex_lock(&h->up_lock);
    unsigned n = h->nups;
    pthread_mutex_unlock(&h->up_lock);
    return n;
}
