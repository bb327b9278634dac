// SPDX-License-Identifier: Apache-2.0
// A holder's door for tests of the puller: plain HTTP/1.1 on 127.0.0.1, one connection at a time, with faults to order.
#ifndef TESTS_UNIT_SHARE_HOLDER_H
#define TESTS_UNIT_SHARE_HOLDER_H

#include "nodes.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>

struct holder {
    struct nodes *nodes;
    struct node *node; // whose log is served
    struct partner *counterpart;
    struct engine *reader;
    struct views *views;
    int listener;
    uint16_t port;
    pthread_t thread;
    atomic_bool stop;
    atomic_int cuts;   // so many answers are cut in the middle
    atomic_int twice;  // so many batches are answered with the bytes of the one before
    atomic_int refuse; // an HTTP status to answer with; 0: none
    const char *problem;
    atomic_int batches, cosignatures;
    struct str before;
};

static inline bool holder_send(int fd, const void *p, size_t n)
{
    for (size_t at = 0; at < n;) {
        ssize_t sent = send(fd, (const char *)p + at, n - at, MSG_NOSIGNAL);
        if (sent <= 0) return false;
        at += (size_t)sent;
    }
    return true;
}

static inline bool holder_answer(struct holder *h, int fd, int status, const char *type, struct str body)
{
    char head[256];
    int n = snprintf(head, sizeof head, "HTTP/1.1 %d x\r\nContent-Type: %s\r\nContent-Length: %zu\r\n\r\n", status,
                     type, body.n);
    if (!holder_send(fd, head, (size_t)n)) return false;
    if (body.n > 400 && atomic_load(&h->cuts) > 0) {
        atomic_fetch_sub(&h->cuts, 1);
        holder_send(fd, body.p, body.n / 2);
        return false;
    }
    return holder_send(fd, body.p, body.n);
}

static inline uint64_t holder_number(const char *request, const char *name)
{
    char key[32];
    snprintf(key, sizeof key, "%s=", name);
    const char *at = strstr(request, key);
    return at ? strtoull(at + strlen(key), NULL, 10) : 0;
}

static inline bool holder_batch(struct holder *h, int fd, const char *request, struct arena *arena)
{
    char id[64] = "";
    struct str batch = STR_NONE;
    bool empty = true;
    struct why why = {0};
    assert_int_equal(sscanf(request, "GET /v1/link/%63[^/]/batch", id), 1);
    const struct agreement *a = agreements_find(h->node->agreements, str_of(id));
    assert_non_null(a);
    int64_t until = clock_monotonic_us() + (int64_t)holder_number(request, "wait") * 1000000;
    enum err err = ERR_NONE;
    do {
        err = link_offer(h->views, h->node->commit, a, (int64_t)holder_number(request, "after"),
                         holder_number(request, "seen"), holder_number(request, "limit"), arena, &batch, &empty, &why);
        if (err == ERR_NONE && empty) usleep(2000);
    } while (err == ERR_NONE && empty && clock_monotonic_us() < until && !atomic_load(&h->stop));
    if (err == ERR_NONE && empty)
        err = link_offer_checkpoint(h->views, h->node->commit, a, (int64_t)holder_number(request, "after"),
                                    holder_number(request, "seen"), arena, &batch, &why);
    if (err != ERR_NONE) {
        struct str body = arena_printf(arena, "{\"type\":\"/problems/%s\",\"member\":\"%s\",\"detail\":\"%s\"}",
                                       err_name(err), why.member, why.text);
        return holder_answer(h, fd, err_status(err), "application/problem+json", body);
    }
    if (!batch.p) return holder_answer(h, fd, 204, BATCH_TYPE, STR_NONE);
    atomic_fetch_add(&h->batches, 1);
    if (h->before.p && atomic_load(&h->twice) > 0) {
        atomic_fetch_sub(&h->twice, 1);
        return holder_answer(h, fd, 200, BATCH_TYPE, h->before);
    }
    free((char *)h->before.p);
    h->before = (struct str){memcpy(malloc(batch.n), batch.p, batch.n), batch.n};
    return holder_answer(h, fd, 200, BATCH_TYPE, batch);
}

static inline bool holder_cosignature(struct holder *h, int fd, struct str body)
{
    struct why why = {0};
    enum err err = link_cosigned(h->node->commit, h->views, h->counterpart, body, &why);
    if (err == ERR_NONE) atomic_fetch_add(&h->cosignatures, 1);
    return holder_answer(h, fd, err == ERR_NONE ? 204 : err_status(err), "text/plain", STR_NONE);
}

// One request; false when the connection is over.
static inline bool holder_request(struct holder *h, int fd)
{
    char request[65536];
    size_t n = 0;
    char *end = NULL;
    while (!end) {
        struct pollfd p = {fd, POLLIN, 0};
        if (atomic_load(&h->stop)) return false;
        if (poll(&p, 1, 20) == 0) continue;
        ssize_t got = recv(fd, request + n, sizeof request - 1 - n, 0);
        if (got <= 0) return false;
        n += (size_t)got;
        request[n] = 0;
        end = strstr(request, "\r\n\r\n");
        const char *length = strcasestr(request, "content-length:");
        if (end && length && n < (size_t)(end - request) + 4 + strtoull(length + 15, NULL, 10)) end = NULL;
    }
    struct arena arena = ARENA((size_t)64 << 20);
    bool goes_on;
    int refuse = atomic_load(&h->refuse);
    if (refuse)
        goes_on = holder_answer(h, fd, refuse, "application/problem+json", str_of(h->problem));
    else if (strncmp(request, "POST", 4) == 0)
        goes_on = holder_cosignature(h, fd, str_of(end + 4));
    else
        goes_on = holder_batch(h, fd, request, &arena);
    arena_free(&arena);
    return goes_on;
}

static inline void *holder_run(void *context)
{
    struct holder *h = context;
    while (!atomic_load(&h->stop)) {
        struct pollfd p = {h->listener, POLLIN, 0};
        if (poll(&p, 1, 20) <= 0) continue;
        int fd = accept(h->listener, NULL, NULL);
        while (fd >= 0 && holder_request(h, fd)) {
        }
        if (fd >= 0) close(fd);
    }
    return NULL;
}

// Serves a node's log; on `port` if not 0.
static inline void holder_start(struct holder *h, struct nodes *n, struct node *node, struct partner *counterpart,
                                uint16_t port)
{
    struct why why = {0};
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    socklen_t length = sizeof address;
    int on = 1;
    h->nodes = n;
    h->node = node;
    h->counterpart = counterpart;
    atomic_store(&h->stop, false);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    h->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(h->listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    assert_int_equal(bind(h->listener, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(h->listener, 8), 0);
    assert_int_equal(getsockname(h->listener, (struct sockaddr *)&address, &length), 0);
    h->port = ntohs(address.sin_port);
    must(engine_sqlite_open_reader(node->database, &h->reader, &why), &why);
    must(views_open(h->reader, false, NULL, NULL, &h->views, &why), &why);
    assert_int_equal(pthread_create(&h->thread, NULL, holder_run, h), 0);
}

static inline void holder_stop(struct holder *h)
{
    atomic_store(&h->stop, true);
    pthread_join(h->thread, NULL);
    close(h->listener);
    views_free(h->views);
    engine_close(h->reader);
    free((char *)h->before.p);
    h->before = STR_NONE;
}

#endif
