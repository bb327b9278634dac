// SPDX-License-Identifier: Apache-2.0
#include "serve/control.h"

#include "base/log.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#define PEER_S 30 // a peer that says nothing for so long is hung up on

struct control {
    struct control_settings settings;
    int listener, stop;
    pthread_t thread;
    bool runs;
};

// ---- Frames ----

static bool read_full(int fd, void *out, size_t n)
{
    for (size_t at = 0; at < n;) {
        ssize_t got = recv(fd, (char *)out + at, n - at, 0);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return false;
        at += (size_t)got;
    }
    return true;
}

static bool write_full(int fd, struct str bytes)
{
    while (bytes.n) {
        ssize_t n = send(fd, bytes.p, bytes.n, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return false;
        bytes = str_from(bytes, (size_t)n);
    }
    return true;
}

static bool frame_read(int fd, struct arena *arena, size_t max, struct str *out)
{
    uint8_t head[4];
    if (!read_full(fd, head, sizeof head)) return false;
    struct cursor cursor = cursor_of((struct str){(const char *)head, sizeof head});
    size_t n = cursor_be32(&cursor);
    char *bytes = n <= max ? arena_alloc(arena, n + 1) : NULL;
    if (!bytes || !read_full(fd, bytes, n)) return false;
    *out = (struct str){bytes, n};
    return true;
}

static bool frame_write(int fd, struct str bytes)
{
    struct buf head = BUF(4);
    buf_be32(&head, (uint32_t)bytes.n);
    bool ok = !head.failed && write_full(fd, buf_str(&head)) && write_full(fd, bytes);
    buf_free(&head);
    return ok;
}

static bool json_write(int fd, const struct json *value, size_t max)
{
    struct buf text = BUF(max);
    json_canonical(value, &text);
    bool ok = !text.failed && frame_write(fd, buf_str(&text));
    buf_free(&text);
    return ok;
}

// ---- The node's side ----

static struct json *error_json(struct arena *arena, const struct why *why)
{
    struct json *error = json_new_object(arena), *answer = json_new_object(arena);
    json_put_text(arena, error, "err", str_of(err_name(why->err)));
    json_put_text(arena, error, "text", str_of(why->text));
    if (why->member[0]) json_put_text(arena, error, "member", str_of(why->member));
    if (why->clause[0]) json_put_text(arena, error, "clause", str_of(why->clause));
    if (why->offset) json_put_number(arena, error, "offset", (double)why->offset);
    json_put(answer, "error", error);
    return answer;
}

static bool request_serve(struct control *c, int fd, uid_t who)
{
    struct arena arena = ARENA(c->settings.arena_bytes), said = ARENA(65536);
    struct str request, bytes;
    struct why why = {0};
    struct json *answer = NULL;
    bool ok =
        frame_read(fd, &arena, CONTROL_REQUEST_MAX, &request) && frame_read(fd, &arena, CONTROL_BYTES_MAX, &bytes);
    if (ok) {
        const struct json *json = json_parse(&arena, request, &why);
        if (json && c->settings.act(c->settings.context, who, &arena, json, bytes, &answer, &why) != ERR_NONE)
            answer = NULL;
        // What is said of an error has room of its own, for it may be that the request's is full.
        if (!answer) answer = error_json(&said, &why);
        ok = json_write(fd, answer, CONTROL_ANSWER_MAX);
    }
    arena_free(&arena);
    arena_free(&said);
    return ok;
}

// Waits for the listener or the peer: false at the node's end, or after `wait_ms` (-1: no limit) without a word.
static bool wait_for(const struct control *c, int fd, int wait_ms)
{
    struct pollfd fds[2] = {{.fd = c->stop, .events = POLLIN}, {.fd = fd, .events = POLLIN}};
    int n;
    while ((n = poll(fds, 2, wait_ms)) < 0)
        if (errno != EINTR) return false;
    return n > 0 && !fds[0].revents;
}

static void peer_serve(struct control *c, int fd)
{
    struct ucred peer;
    socklen_t n = sizeof peer;
    struct timeval patience = {.tv_sec = PEER_S};
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &n) != 0 || (peer.uid != geteuid() && peer.uid != 0)) {
        log_line(LOG_WARN, "control", "a user who is not the node's was turned away");
        return;
    }
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    // Between requests, too, it must not keep the others out.
    while (wait_for(c, fd, PEER_S * 1000) && request_serve(c, fd, peer.uid)) continue;
}

static void *run(void *context)
{
    struct control *c = context;
    while (wait_for(c, c->listener, -1)) {
        int fd = accept4(c->listener, NULL, NULL, SOCK_CLOEXEC);
        if (fd < 0) continue;
        peer_serve(c, fd);
        close(fd);
    }
    return NULL;
}

static enum err address_of(const char *path, struct sockaddr_un *out, struct why *why)
{
    *out = (struct sockaddr_un){.sun_family = AF_UNIX};
    if (snprintf(out->sun_path, sizeof out->sun_path, "%s", path) < (int)sizeof out->sun_path) return ERR_NONE;
    return why_set(why, ERR_STORE, "", "the path of a socket has at most %zu bytes: %s", sizeof out->sun_path - 1,
                   path);
}

static enum err listen_at(struct control *c, const char *path, struct why *why)
{
    struct sockaddr_un address;
    struct control_line line;
    struct why none = {0};
    enum err err = address_of(path, &address, why);
    if (err != ERR_NONE) return err;
    if (control_connect(path, &line, &none) == ERR_NONE) {
        control_hang_up(&line);
        return why_set(why, ERR_CONFLICT, "", "another process answers at %s", path);
    }
    unlink(path);
    c->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    mode_t mask = umask(0177); // no moment in which others could open it
    bool ok = c->listener >= 0 && bind(c->listener, (struct sockaddr *)&address, sizeof address) == 0;
    umask(mask);
    if (ok && listen(c->listener, 16) == 0) return ERR_NONE;
    return why_set(why, ERR_STORE, "", "cannot make the socket %s: %s", path, strerror(errno));
}

enum err control_start(const struct control_settings *settings, struct control **out, struct why *why)
{
    struct control *c = calloc(1, sizeof *c);
    if (!c) return why_set(why, ERR_NO_MEMORY, "", "no memory to start");
    c->settings = *settings;
    c->listener = -1;
    c->stop = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    enum err err = c->stop >= 0 ? listen_at(c, settings->path, why)
                                : why_set(why, ERR_NO_MEMORY, "", "the control socket cannot start");
    if (err == ERR_NONE && pthread_create(&c->thread, NULL, run, c) != 0)
        err = why_set(why, ERR_NO_MEMORY, "", "the control thread cannot start");
    c->runs = err == ERR_NONE;
    if (err == ERR_NONE)
        *out = c;
    else
        control_stop(c);
    return err;
}

void control_stop(struct control *c)
{
    if (!c) return;
    uint64_t one = 1;
    if (c->runs) {
        while (write(c->stop, &one, sizeof one) < 0 && errno == EINTR) continue;
        pthread_join(c->thread, NULL);
        unlink(c->settings.path);
    }
    if (c->listener >= 0) close(c->listener);
    if (c->stop >= 0) close(c->stop);
    free(c);
}

// ---- The other side ----

enum err control_connect(const char *path, struct control_line *out, struct why *why)
{
    struct sockaddr_un address;
    enum err err = address_of(path, &address, why);
    if (err != ERR_NONE) return err;
    out->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (out->fd >= 0 && connect(out->fd, (struct sockaddr *)&address, sizeof address) == 0) return ERR_NONE;
    int error = errno;
    if (out->fd >= 0) close(out->fd);
    out->fd = -1;
    if (error == ENOENT || error == ECONNREFUSED) return why_set(why, ERR_NOT_FOUND, "", "no node runs at %s", path);
    if (error == EACCES) return why_set(why, ERR_FORBIDDEN, "", "%s is for the user whose node it is", path);
    return why_set(why, ERR_UNREACHABLE, "", "cannot reach the node at %s: %s", path, strerror(error));
}

static enum err err_of(struct str name)
{
    for (int err = ERR_NONE + 1; err < ERR_COUNT; err++)
        if (str_is(name, err_name((enum err)err))) return (enum err)err;
    return ERR_INTERNAL;
}

enum err control_ask(struct control_line *line, struct arena *arena, const struct json *request, struct str bytes,
                     struct json **answer, struct why *why)
{
    struct str text;
    if (!json_write(line->fd, request, CONTROL_REQUEST_MAX) || !frame_write(line->fd, bytes) ||
        !frame_read(line->fd, arena, CONTROL_ANSWER_MAX, &text))
        return why_set(why, ERR_UNREACHABLE, "", "the node hung up; it may be stopping");
    *answer = json_parse(arena, text, why);
    if (!*answer) return why_set(why, ERR_INTERNAL, "", "the node's answer cannot be read");
    const struct json *error = json_get(*answer, "error");
    if (!error) return ERR_NONE;
    int64_t offset = 0;
    struct str member = json_text(error, "member"), said = json_text(error, "text");
    char name[80];
    snprintf(name, sizeof name, "%.*s", STR_ARG(member));
    enum err err = why_set(why, err_of(json_text(error, "err")), name, "%.*s", STR_ARG(said));
    if (why && json_integer(error, "offset", &offset) && offset > 0) why->offset = (size_t)offset;
    return err;
}

void control_hang_up(struct control_line *line)
{
    if (line->fd >= 0) close(line->fd);
    line->fd = -1;
}
