// SPDX-License-Identifier: Apache-2.0
#include "serve/devices.h"

#include "base/clock.h"
#include "base/log.h"
#include "serve/inside.h"
#include "serve/known.h"
#include "serve/packet.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <event2/thread.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define FLIGHT_MAX 2048    // packets that commit has, of all connections: about 24 kB each
#define PEER_FLIGHT_MAX 32 // of one connection
#define PACKET_ARENA ((size_t)8 << 20)
#define UNSENT_MAX 4096                 // answers that a device does not take
#define BUFFERED_MAX ((size_t)64 << 20) // half packets, of all connections
#define NONSENSE_MAX 8192               // bytes without a good packet among them; then framing is lost
#define BAD_MAX 64                      // bad packets without a good one among them
#define TICK_S 1
#define AGAIN_US 20000 // when commit was full

// An answer that is owed, in the order of the packets.
struct owed {
    struct owed *next;
    struct peer *peer;
    struct known *known;
    struct arena arena;
    struct job job;
    bool done, noted;
    int64_t at_ms;
    uint32_t serial;
    struct owed *finished; // list of those that commit is done with
    size_t answer_n;
    char answer[PACKET_ANSWER_MAX];
};

struct peer {
    struct peer *next, *previous;
    struct devices *devices;
    int fd; // -1: closed, kept until commit is done with its packets
    struct event *read, *write;
    char address[INET6_ADDRSTRLEN];
    enum device_protocol protocol;
    char device[DEVICE_ID_MAX + 1];
    struct known *known;
    char *held; // bytes of a packet that is not whole yet
    size_t nheld;
    struct owed *first, **end;
    unsigned in_flight;
    bool stalled; // not read from until there is room
    size_t nonsense;
    unsigned bad;
    char unsent[UNSENT_MAX];
    size_t nunsent;
    int64_t last_us;
};

struct devices {
    struct serve *serve;
    struct event_base *base;
    struct evconnlistener *listener;
    struct event *tick, *again, *ring;
    pthread_t thread;
    bool runs;
    int ring_fd;
    uint16_t port;
    struct peer *peers;
    _Atomic unsigned npeers;
    struct knowns *knowns;
    unsigned in_flight;
    size_t buffered;
    bool some_stalled, some_closed;
    char scratch[DEVICE_FRAME_MAX * 2];

    pthread_mutex_t lock; // of what commit's thread hands back
    struct owed *finished, **finished_end;
    _Atomic bool stopping;
};

static void peer_close(struct peer *peer);
static void reap(struct devices *d);

// ---- Answers ----

static void owed_free(struct owed *owed)
{
    arena_free(&owed->arena);
    free(owed);
}

static void peer_unsent(struct peer *peer)
{
    while (peer->nunsent) {
        ssize_t n = send(peer->fd, peer->unsent, peer->nunsent, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
            event_add(peer->write, NULL);
            return;
        }
        if (n <= 0) {
            peer_close(peer);
            return;
        }
        peer->nunsent -= (size_t)n;
        memmove(peer->unsent, peer->unsent + n, peer->nunsent);
    }
}

static void on_writable(evutil_socket_t fd, short what, void *context)
{
    (void)fd;
    (void)what;
    struct devices *d = ((struct peer *)context)->devices;
    peer_unsent(context);
    reap(d);
}

// Everything at the front of the line that is done.
static void peer_answer(struct peer *peer)
{
    while (peer->first && peer->first->done) {
        struct owed *owed = peer->first;
        peer->first = owed->next;
        if (!peer->first) peer->end = &peer->first;
        bool sent = peer->fd >= 0 && owed->answer_n;
        if (sent && peer->nunsent + owed->answer_n > sizeof peer->unsent) {
            peer_close(peer); // it does not read its answers
            sent = false;
        }
        if (sent) {
            memcpy(peer->unsent + peer->nunsent, owed->answer, owed->answer_n);
            peer->nunsent += owed->answer_n;
        }
        owed_free(owed);
    }
    if (peer->fd >= 0) peer_unsent(peer);
}

static struct owed *owe(struct peer *peer)
{
    struct owed *owed = calloc(1, sizeof *owed);
    if (!owed) return NULL;
    owed->peer = peer;
    owed->arena = ARENA(PACKET_ARENA);
    return owed;
}

static void owe_add(struct peer *peer, struct owed *owed)
{
    *peer->end = owed;
    peer->end = &owed->next;
}

// On commit's thread: hands back, wakes the loop once.
static void on_job_done(struct job *job)
{
    struct owed *owed = job->context;
    struct devices *d = owed->peer->devices;
    pthread_mutex_lock(&d->lock);
    bool first = !d->finished;
    *d->finished_end = owed;
    d->finished_end = &owed->finished;
    pthread_mutex_unlock(&d->lock);
    uint64_t one = 1;
    if (first && write(d->ring_fd, &one, sizeof one) < 0) log_line(LOG_ERROR, "devices", "cannot wake the loop");
}

static void peer_free(struct peer *peer)
{
    struct devices *d = peer->devices;
    if (peer->previous)
        peer->previous->next = peer->next;
    else
        d->peers = peer->next;
    if (peer->next) peer->next->previous = peer->previous;
    while (peer->first) {
        struct owed *next = peer->first->next;
        owed_free(peer->first);
        peer->first = next;
    }
    free(peer);
}

// Frees those that are closed and have nothing with commit any more. At the end of each of the loop's calls, so that
// nobody holds one of them.
static void reap(struct devices *d)
{
    if (!d->some_closed) return;
    d->some_closed = false;
    for (struct peer *peer = d->peers, *next; peer; peer = next) {
        next = peer->next;
        if (peer->fd < 0 && !peer->in_flight) peer_free(peer);
    }
}

static void peer_close(struct peer *peer)
{
    struct devices *d = peer->devices;
    if (peer->fd < 0) return;
    event_free(peer->read);
    event_free(peer->write);
    close(peer->fd);
    peer->fd = -1;
    peer->stalled = false;
    d->some_closed = true;
    d->buffered -= peer->nheld;
    free(peer->held);
    peer->held = NULL;
    peer->nheld = 0;
    if (peer->known && peer->known->peer == peer) peer->known->peer = NULL;
    atomic_fetch_sub(&d->npeers, 1);
}

static void owed_finished(struct owed *owed)
{
    struct peer *peer = owed->peer;
    struct devices *d = peer->devices;
    d->in_flight--;
    peer->in_flight--;
    if (owed->known) owed->known->in_flight--;
    if (owed->job.err == ERR_NONE) {
        if (owed->known) count_add(&d->serve->counters, COUNT_DEVICE_PACKETS, 1);
    } else {
        // Not on disk: the device gets no answer, sends it again, and is not told that we have it.
        owed->answer_n = 0;
        if (owed->known && owed->noted) known_forget(owed->known, owed->at_ms, owed->serial);
        log_why(LOG_WARN, "devices", "a packet was not stored", &owed->job.why);
    }
    owed->done = true;
    peer_answer(peer);
    if (peer->stalled && peer->in_flight < PEER_FLIGHT_MAX / 2) d->some_stalled = true;
    if (peer->fd < 0) d->some_closed = true;
}

// ---- Packets ----

enum taken { TAKEN, TAKEN_LATER, TAKEN_CLOSE };

static void path_of(const struct peer *peer, const struct registry *registry, struct arena *arena, struct str device,
                    struct channel_path *path)
{
    const struct registered *known = device.n ? registry_find(registry, device) : NULL;
    *path = (struct channel_path){
        .door = STR("seal-tcp"), .address = arena_str(arena, str_of(peer->address)), .device = device};
    if (!known) return;
    // The registry may be replaced before commit has read this.
    path->party = arena_str(arena, known->party);
    path->vendor = arena_str(arena, known->vendor);
    path->vendor_country = arena_str(arena, known->vendor_country);
}

static enum err seal(struct owed *owed, struct draft *drafts, struct why *why)
{
    enum err err = ERR_NONE;
    for (struct draft *d = drafts; d && err == ERR_NONE; d = d->next) err = draft_seal(&owed->arena, d, why);
    return err;
}

// The drafts are sealed. TAKEN_LATER: commit is full, and the owed is the caller's.
static enum taken push(struct peer *peer, struct owed *owed, struct draft *drafts)
{
    struct devices *d = peer->devices;
    struct why why = {0};
    owed->job.lane = JOB_DEVICE;
    owed->job.drafts = drafts;
    owed->job.actor = STR("device");
    owed->job.done = on_job_done;
    owed->job.context = owed;
    // In the line before it is handed over: commit may be done with it at once.
    owe_add(peer, owed);
    d->in_flight++;
    peer->in_flight++;
    if (owed->known) owed->known->in_flight++;
    if (commit_push(d->serve->settings.commit, &owed->job, &why) == ERR_NONE) return TAKEN;
    d->in_flight--;
    peer->in_flight--;
    if (owed->known) owed->known->in_flight--;
    struct owed **at = &peer->first;
    while (*at != owed) at = &(*at)->next;
    *at = NULL;
    peer->end = at;
    return TAKEN_LATER;
}

// A bad packet: kept as evidence where this minute still has room, counted always.
static void reject(struct peer *peer, const struct why *why, struct str raw)
{
    struct devices *d = peer->devices;
    if (!evidence_allowed(d->serve)) return;
    struct owed *owed = owe(peer);
    struct draft *draft = owed ? evidence_draft(&owed->arena, "seal-tcp", why, raw) : NULL;
    if (!draft) {
        if (owed) owed_free(owed);
        return;
    }
    struct str device = STR_NONE;
    if (peer->device[0]) device = device_channel_text(&owed->arena, peer->protocol, str_of(peer->device));
    path_of(peer, d->serve->registry, &owed->arena, device, &owed->job.path);
    struct why ours = {0};
    // Evidence does not stand in a good packet's way: when commit is full, it is only counted.
    if (seal(owed, draft, &ours) != ERR_NONE || push(peer, owed, draft) != TAKEN) owed_free(owed);
}

// Another connection says that it is the same device: the newer is kept, since a device that lost its network
// opens another before we know; that both spoke is on record.
static void take_over(struct peer *peer, struct known *known)
{
    struct peer *older = known->peer;
    struct why why = {0};
    known->peer = peer;
    peer->known = known;
    if (!older || older == peer) return;
    count_add(&peer->devices->serve->counters, COUNT_DEVICE_TWICE, 1);
    (void)why_set(&why, ERR_CONFLICT, "device", "%s on two connections, from %s and now %s; the older was closed",
                  known->session.device, older->address, peer->address);
    reject(peer, &why, STR(""));
    older->known = NULL;
    peer_close(older);
}

// The device behind a packet; a connection speaks for one.
static enum err identify(struct peer *peer, const struct packet *packet, struct why *why)
{
    struct devices *d = peer->devices;
    if (peer->device[0] && (peer->protocol != packet->protocol || strcmp(peer->device, packet->device) != 0))
        return why_set(why, ERR_CONFLICT, "device", "this connection spoke for %s before", peer->device);
    if (peer->known) return ERR_NONE;
    bool registered = registry_find(d->serve->registry, packet->channel_device) != NULL;
    struct known *known = known_find(d->knowns, packet->protocol, packet->device, registered);
    if (!known) return why_set(why, ERR_BUSY, "device", "no room for another device");
    peer->protocol = packet->protocol;
    memcpy(peer->device, packet->device, sizeof peer->device);
    take_over(peer, known);
    return ERR_NONE;
}

// Answered without a statement: a hello, a heartbeat, or what is on disk already.
static enum taken answer_now(struct peer *peer, struct owed *owed, bool say)
{
    if (!say) owed->answer_n = 0;
    owed->done = true;
    owe_add(peer, owed);
    peer_answer(peer);
    return TAKEN;
}

// A packet that no format reads, or that says what no statement can.
static enum taken peer_bad(struct peer *peer, const struct why *why, struct str bytes)
{
    count_add(&peer->devices->serve->counters, COUNT_DEVICE_BAD, 1);
    reject(peer, why, bytes);
    return ++peer->bad > BAD_MAX ? TAKEN_CLOSE : TAKEN;
}

static enum taken take_new(struct peer *peer, struct owed *owed, struct packet *packet, struct str frame)
{
    struct devices *d = peer->devices;
    struct known *known = peer->known;
    struct device_session before = known->session;
    enum device_freshness fresh = DEVICE_FRESH;
    if (packet->timed) fresh = device_session_note(&known->session, packet->at_ms, packet->serial, frame);
    if (fresh == DEVICE_REPEATED) {
        count_add(&d->serve->counters, COUNT_DEVICE_REPEATED, 1);
        // While the first of them may still be on its way to disk, its own answer is the one that counts.
        return answer_now(peer, owed, known->in_flight == 0);
    }
    if (fresh == DEVICE_ALTERED) {
        count_add(&d->serve->counters, COUNT_DEVICE_ALTERED, 1);
        packet_mark(&owed->arena, packet->drafts, "altered", json_new_bool(&owed->arena, true));
    }
    owed->known = known;
    owed->noted = packet->timed && fresh != DEVICE_ALTERED;
    owed->at_ms = packet->at_ms;
    owed->serial = packet->serial;
    path_of(peer, d->serve->registry, &owed->arena, packet->channel_device, &owed->job.path);
    struct why why = {0};
    enum err err = seal(owed, packet->drafts, &why);
    enum taken taken = err == ERR_NONE ? push(peer, owed, packet->drafts) : TAKEN_LATER;
    if (taken == TAKEN) return TAKEN;
    known->session = before;
    owed_free(owed);
    return err == ERR_NONE || err == ERR_NO_MEMORY ? TAKEN_LATER : peer_bad(peer, &why, frame);
}

static enum taken peer_packet(struct peer *peer, const struct device_frame *frame, struct str bytes)
{
    struct devices *d = peer->devices;
    struct owed *owed = owe(peer);
    struct packet packet;
    struct why why = {0};
    if (!owed) return TAKEN_LATER;
    enum err err = packet_read(&owed->arena, frame->kind, bytes, peer->device, d->serve->registry,
                               clock_now_us() / 1000, &d->serve->counters, &packet, &why);
    if (err == ERR_NONE && packet.protocol != DEVICE_UNKNOWN) err = identify(peer, &packet, &why);
    if (err == ERR_BUSY || err == ERR_NO_MEMORY) {
        owed_free(owed);
        return err == ERR_BUSY ? TAKEN_CLOSE : TAKEN_LATER;
    }
    if (err != ERR_NONE) {
        owed_free(owed);
        return peer_bad(peer, &why, bytes);
    }
    peer->bad = 0;
    peer->nonsense = 0;
    memcpy(owed->answer, packet.answer, packet.answer_n);
    owed->answer_n = packet.answer_n;
    if (!packet.drafts) return answer_now(peer, owed, true);
    return take_new(peer, owed, &packet, bytes);
}

static enum taken peer_garbage(struct peer *peer, const struct device_frame *frame, struct str bytes)
{
    peer->nonsense += bytes.n;
    if (peer_bad(peer, &frame->why, bytes) == TAKEN && peer->nonsense <= NONSENSE_MAX) return TAKEN;
    count_add(&peer->devices->serve->counters, COUNT_DEVICE_LOST, 1);
    return TAKEN_CLOSE;
}

static bool full(const struct peer *peer)
{
    return peer->in_flight >= PEER_FLIGHT_MAX || peer->devices->in_flight >= FLIGHT_MAX;
}

static void stall(struct peer *peer)
{
    peer->stalled = true;
    event_del(peer->read);
}

// Takes all whole packets off the front; gives how many bytes were used up, and whether to go on.
static size_t peer_take(struct peer *peer, struct str bytes, enum taken *last)
{
    size_t used = 0;
    *last = TAKEN;
    pthread_rwlock_rdlock(&peer->devices->serve->lock);
    while (used < bytes.n && peer->fd >= 0) {
        struct device_frame frame;
        struct str rest = str_from(bytes, used);
        if (full(peer)) {
            *last = TAKEN_LATER;
            break;
        }
        device_frame_next(rest, peer->protocol, &frame);
        if (frame.state == DEVICE_FRAMING_MORE) break;
        INVARIANT(frame.n > 0 && frame.n <= rest.n);
        struct str one = {rest.p, frame.n};
        *last = frame.state == DEVICE_FRAMING_FRAME ? peer_packet(peer, &frame, one) : peer_garbage(peer, &frame, one);
        if (*last == TAKEN_LATER) break;
        used += frame.n;
        if (*last == TAKEN_CLOSE) break;
    }
    pthread_rwlock_unlock(&peer->devices->serve->lock);
    return used;
}

// What is left over waits for the rest of its packet.
static bool peer_hold(struct peer *peer, struct str rest)
{
    struct devices *d = peer->devices;
    char *held = NULL;
    if (rest.n > DEVICE_FRAME_MAX * 2 || d->buffered - peer->nheld + rest.n > BUFFERED_MAX) return false;
    if (rest.n) {
        held = malloc(rest.n);
        if (!held) return false;
        memcpy(held, rest.p, rest.n);
    }
    d->buffered = d->buffered - peer->nheld + rest.n;
    free(peer->held);
    peer->held = held;
    peer->nheld = rest.n;
    return true;
}

// Works on what is held and `n` new bytes, which stand in the scratch behind room for what is held.
static void peer_bytes(struct peer *peer, size_t n)
{
    struct devices *d = peer->devices;
    enum taken last;
    if (peer->nheld) memcpy(d->scratch, peer->held, peer->nheld);
    struct str bytes = {d->scratch, peer->nheld + n};
    size_t used = peer_take(peer, bytes, &last);
    if (peer->fd < 0) return;
    if (last == TAKEN_CLOSE || !peer_hold(peer, str_from(bytes, used)))
        peer_close(peer);
    else if (last == TAKEN_LATER)
        stall(peer);
}

// The connection ended in the middle of a packet: what came of it is kept. Nothing was answered, so a device that is
// one sends it again.
static void peer_cut(struct peer *peer)
{
    struct why why = {0};
    if (!peer->nheld) return;
    (void)why_set(&why, ERR_MALFORMED, "", "the connection ended after %zu bytes of a packet", peer->nheld);
    pthread_rwlock_rdlock(&peer->devices->serve->lock);
    (void)peer_bad(peer, &why, (struct str){peer->held, peer->nheld});
    pthread_rwlock_unlock(&peer->devices->serve->lock);
}

static void peer_read(struct peer *peer)
{
    struct devices *d = peer->devices;
    size_t room = sizeof d->scratch - peer->nheld;
    if (room > DEVICE_FRAME_MAX) room = DEVICE_FRAME_MAX;
    ssize_t n = recv(peer->fd, d->scratch + peer->nheld, room, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) return;
    if (n <= 0) {
        peer_cut(peer);
        peer_close(peer);
        return;
    }
    peer->last_us = clock_monotonic_us();
    peer_bytes(peer, (size_t)n);
}

static void on_readable(evutil_socket_t fd, short what, void *context)
{
    (void)fd;
    (void)what;
    struct devices *d = ((struct peer *)context)->devices;
    peer_read(context);
    reap(d);
}

// ---- Connections ----

static bool let_in(struct devices *d, const char *address)
{
    const struct serve_limits *limits = &d->serve->settings.limits;
    unsigned same = 0;
    if (atomic_load(&d->npeers) >= limits->devices) return false;
    for (const struct peer *p = d->peers; p; p = p->next) same += p->fd >= 0 && strcmp(p->address, address) == 0;
    return same < limits->devices_per_ip;
}

static void address_text(const struct sockaddr *address, char out[INET6_ADDRSTRLEN])
{
    if (address->sa_family == AF_INET) {
        inet_ntop(AF_INET, &((const struct sockaddr_in *)(const void *)address)->sin_addr, out, INET6_ADDRSTRLEN);
    } else {
        const struct in6_addr *in = &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;
        if (IN6_IS_ADDR_V4MAPPED(in))
            inet_ntop(AF_INET, &in->s6_addr[12], out, INET6_ADDRSTRLEN);
        else
            inet_ntop(AF_INET6, in, out, INET6_ADDRSTRLEN);
    }
}

static struct peer *peer_new(struct devices *d, int fd, const char *address)
{
    struct peer *peer = calloc(1, sizeof *peer);
    if (!peer) return NULL;
    peer->devices = d;
    peer->fd = fd;
    peer->end = &peer->first;
    peer->last_us = clock_monotonic_us();
    snprintf(peer->address, sizeof peer->address, "%s", address);
    peer->read = event_new(d->base, fd, EV_READ | EV_PERSIST, on_readable, peer);
    peer->write = event_new(d->base, fd, EV_WRITE, on_writable, peer);
    if (peer->read && peer->write && event_add(peer->read, NULL) == 0) return peer;
    if (peer->read) event_free(peer->read);
    if (peer->write) event_free(peer->write);
    free(peer);
    return NULL;
}

static void on_accept(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *from, int n, void *context)
{
    (void)listener;
    (void)n;
    struct devices *d = context;
    char address[INET6_ADDRSTRLEN] = "";
    address_text(from, address);
    struct peer *peer = let_in(d, address) ? peer_new(d, fd, address) : NULL;
    if (!peer) {
        count_add(&d->serve->counters, COUNT_DEVICE_REFUSED, 1);
        close(fd);
        return;
    }
    int one = 1;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    (void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof one);
    peer->next = d->peers;
    if (d->peers) d->peers->previous = peer;
    d->peers = peer;
    atomic_fetch_add(&d->npeers, 1);
    count_add(&d->serve->counters, COUNT_DEVICE_CONNECTIONS, 1);
}

// Out of file descriptors: no use in trying at once again.
static void on_accept_error(struct evconnlistener *listener, void *context)
{
    struct devices *d = context;
    count_add(&d->serve->counters, COUNT_DEVICE_REFUSED, 1);
    log_line(LOG_WARN, "devices", "cannot take a connection: %s", strerror(errno));
    evconnlistener_disable(listener);
}

// ---- The loop ----

static void resume_stalled(struct devices *d)
{
    for (struct peer *peer = d->peers; peer; peer = peer->next) {
        if (!peer->stalled || full(peer)) continue;
        peer->stalled = false;
        event_add(peer->read, NULL);
        peer_bytes(peer, 0);
    }
}

static void stop_reading(struct devices *d)
{
    evconnlistener_disable(d->listener);
    for (struct peer *p = d->peers; p; p = p->next) {
        if (p->fd >= 0) event_del(p->read);
        p->stalled = false;
    }
    if (!d->in_flight) event_base_loopbreak(d->base);
}

static void on_ring(evutil_socket_t fd, short what, void *context)
{
    (void)what;
    struct devices *d = context;
    uint64_t n;
    if (read(fd, &n, sizeof n) < 0 && errno != EAGAIN) return;
    pthread_mutex_lock(&d->lock);
    struct owed *owed = d->finished;
    d->finished = NULL;
    d->finished_end = &d->finished;
    pthread_mutex_unlock(&d->lock);
    while (owed) {
        struct owed *next = owed->finished;
        owed_finished(owed);
        owed = next;
    }
    if (atomic_load(&d->stopping)) {
        stop_reading(d);
    } else if (d->some_stalled) {
        d->some_stalled = false;
        resume_stalled(d);
    }
    reap(d);
}

// Connections that stalled because commit or the whole door was full.
static void on_again(evutil_socket_t fd, short what, void *context)
{
    (void)fd;
    (void)what;
    struct devices *d = context;
    if (!atomic_load(&d->stopping)) resume_stalled(d);
    reap(d);
}

static void on_tick(evutil_socket_t fd, short what, void *context)
{
    (void)fd;
    (void)what;
    struct devices *d = context;
    if (atomic_load(&d->stopping)) return;
    evconnlistener_enable(d->listener);
    int64_t since = clock_monotonic_us() - (int64_t)d->serve->settings.limits.device_idle_s * 1000000;
    for (struct peer *peer = d->peers; peer; peer = peer->next)
        if (peer->fd >= 0 && !peer->stalled && peer->last_us <= since) peer_close(peer);
    reap(d);
}

static void *loop_main(void *context)
{
    struct devices *d = context;
    event_base_dispatch(d->base);
    return NULL;
}

// ---- Start and stop ----

static enum err listen_on(struct devices *d, const char *address, uint16_t port, struct why *why)
{
    char service[8];
    snprintf(service, sizeof service, "%u", port);
    struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE, .ai_socktype = SOCK_STREAM},
                    *found;
    if (getaddrinfo(address, service, &hints, &found) != 0)
        return why_set(why, ERR_USAGE, "devices_address", "%s is no numeric address", address);
    d->listener = evconnlistener_new_bind(d->base, on_accept, d,
                                          LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_REUSEABLE, 511,
                                          found->ai_addr, (int)found->ai_addrlen);
    int saved = errno;
    freeaddrinfo(found);
    if (!d->listener)
        return why_set(why, ERR_UNREACHABLE, "devices_address", "cannot listen on %s port %u: %s", address, port,
                       strerror(saved));
    evconnlistener_set_error_cb(d->listener, on_accept_error);
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } own = {0};
    socklen_t n = sizeof own;
    if (getsockname(evconnlistener_get_fd(d->listener), &own.any, &n) == 0)
        d->port = ntohs(own.any.sa_family == AF_INET6 ? own.v6.sin6_port : own.v4.sin_port);
    return ERR_NONE;
}

static enum err loop_make(struct devices *d, struct why *why)
{
    d->base = event_base_new();
    d->ring_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    d->knowns = knowns_new((size_t)d->serve->settings.limits.devices * 2);
    if (d->base && d->ring_fd >= 0 && d->knowns) {
        d->ring = event_new(d->base, d->ring_fd, EV_READ | EV_PERSIST, on_ring, d);
        d->tick = event_new(d->base, -1, EV_PERSIST, on_tick, d);
        d->again = event_new(d->base, -1, EV_PERSIST, on_again, d);
    }
    static const struct timeval tick = {TICK_S, 0}, again = {0, AGAIN_US};
    bool ok = d->ring && d->tick && d->again && event_add(d->ring, NULL) == 0 && event_add(d->tick, &tick) == 0 &&
              event_add(d->again, &again) == 0;
    return ok ? ERR_NONE : why_set(why, ERR_NO_MEMORY, "", "cannot make the loop of the seals' door");
}

enum err devices_start(struct serve *serve, struct devices **out, struct why *why)
{
    struct devices *d = calloc(1, sizeof *d);
    if (!d) return why_set(why, ERR_NO_MEMORY, "", "no memory for the seals' door");
    d->serve = serve;
    d->ring_fd = -1;
    pthread_mutex_init(&d->lock, NULL);
    d->finished_end = &d->finished;
    enum err err = loop_make(d, why);
    if (err == ERR_NONE) err = listen_on(d, serve->settings.devices_address, serve->settings.devices_port, why);
    if (err == ERR_NONE && pthread_create(&d->thread, NULL, loop_main, d) != 0)
        err = why_set(why, ERR_NO_MEMORY, "", "cannot start a thread");
    d->runs = err == ERR_NONE;
    if (err != ERR_NONE) {
        devices_stop(d);
        return err;
    }
    *out = d;
    return ERR_NONE;
}

void devices_stop(struct devices *d)
{
    if (!d) return;
    atomic_store(&d->stopping, true);
    uint64_t one = 1;
    // Should the wake-up be lost, commit's next answer is one.
    if (d->runs && write(d->ring_fd, &one, sizeof one) == sizeof one) pthread_join(d->thread, NULL);
    for (struct peer *peer = d->peers, *next; peer; peer = next) {
        next = peer->next;
        peer_close(peer);
        peer_free(peer);
    }
    if (d->listener) evconnlistener_free(d->listener);
    if (d->ring) event_free(d->ring);
    if (d->tick) event_free(d->tick);
    if (d->again) event_free(d->again);
    if (d->base) event_base_free(d->base);
    if (d->ring_fd >= 0) close(d->ring_fd);
    knowns_free(d->knowns);
    pthread_mutex_destroy(&d->lock);
    free(d);
}

uint16_t devices_port(const struct devices *d)
{
    return d ? d->port : 0;
}

unsigned devices_open(struct devices *d)
{
    return d ? atomic_load(&d->npeers) : 0;
}
