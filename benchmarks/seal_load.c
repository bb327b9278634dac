// SPDX-License-Identifier: Apache-2.0
// Seal load: Teltonika trackers over plain TCP, as they are. Each connection says its IMEI, then sends packets of codec
// 8 with a single record, and waits for each one's acknowledgement before the next.
#include "base/clock.h"
#include "figures.h"
#include "formats/teltonika.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define EVENTS 256
#define PACKET_MAX 128
#define LATENCIES_MAX ((size_t)4 << 20)
#define HELLO_S 60

struct device {
    int fd;
    bool greeted;
    uint8_t answer[4];
    size_t got;
    int64_t at_ms, sent_us;
    uint32_t number, packets;
};

struct load {
    struct device *devices;
    size_t count, greeted;
    int epoll;
    bool counting;
    uint64_t acknowledged;
    int64_t *spans;
};

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

static char check_digit(const char digits[14])
{
    int sum = 0;
    for (int i = 0; i < 14; i++) {
        int value = (digits[i] - '0') * (i % 2 ? 2 : 1);
        sum += value > 9 ? value - 9 : value;
    }
    return (char)('0' + (10 - sum % 10) % 10);
}

static void send_all(const struct device *d, const void *bytes, size_t n)
{
    // One small packet on an empty socket: it fits, or something is broken.
    if (send(d->fd, bytes, n, MSG_NOSIGNAL) != (ssize_t)n) fail("send");
}

static void say_hello(struct device *d)
{
    char hello[18];
    snprintf(hello + 2, sizeof hello - 2, "35630704%06u", d->number);
    hello[16] = check_digit(hello + 2);
    hello[0] = 0;
    hello[1] = 15;
    send_all(d, hello, 17);
}

static void send_packet(struct device *d)
{
    struct buf packet = BUF(PACKET_MAX), record = BUF(PACKET_MAX);
    int64_t now_ms = clock_now_us() / 1000;
    d->at_ms = now_ms > d->at_ms ? now_ms : d->at_ms + 1;
    d->packets++;
    buf_putc(&record, TELTONIKA_8);
    buf_putc(&record, 1);
    buf_be64(&record, (uint64_t)d->at_ms);
    buf_putc(&record, 0);
    buf_be32(&record, (uint32_t)(int32_t)(-995000000 + (int32_t)(d->packets % 1000)));
    buf_be32(&record, (uint32_t)(int32_t)(275000000 + (int32_t)d->number));
    buf_be16(&record, 130);
    buf_be16(&record, 90);
    buf_putc(&record, 9);
    buf_be16(&record, 60);
    buf_add(&record, "\0\2\2\357\1\360\1\0\0\0\1", 11); // event 0; two elements of one byte: 239 and 240
    buf_be32(&packet, 0);
    buf_be32(&packet, (uint32_t)record.n);
    uint16_t crc = device_crc16(buf_str(&record));
    buf_str_add(&packet, buf_str(&record));
    buf_be32(&packet, crc);
    if (record.failed || packet.failed) abort();
    send_all(d, packet.p, packet.n);
    d->sent_us = clock_monotonic_us();
    d->got = 0;
    buf_free(&packet);
    buf_free(&record);
}

static void take_answer(struct load *load, struct device *d)
{
    size_t want = d->greeted ? 4 : 1;
    ssize_t got = recv(d->fd, d->answer + d->got, want - d->got, 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) {
        fprintf(stderr, "device %u: the node closed the connection\n", d->number);
        exit(1);
    }
    d->got += (size_t)got;
    if (d->got < want) return;
    if (!d->greeted) {
        if (d->answer[0] != 1) {
            fprintf(stderr, "device %u was not let in\n", d->number);
            exit(1);
        }
        d->greeted = true;
        load->greeted++;
        d->got = 0;
        return;
    }
    if (memcmp(d->answer, "\0\0\0\1", 4) != 0) {
        fprintf(stderr, "device %u: a packet was not acknowledged\n", d->number);
        exit(1);
    }
    if (load->counting) {
        if (load->acknowledged < LATENCIES_MAX) load->spans[load->acknowledged] = clock_monotonic_us() - d->sent_us;
        load->acknowledged++;
        send_packet(d);
    }
}

static void turn(struct load *load, int wait_ms)
{
    struct epoll_event events[EVENTS];
    int n = epoll_wait(load->epoll, events, EVENTS, wait_ms);
    if (n < 0 && errno != EINTR) fail("epoll_wait");
    for (int i = 0; i < n; i++) take_answer(load, events[i].data.ptr);
}

static void dial(struct load *load, struct device *d, uint16_t port)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int one = 1;
    d->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (d->fd < 0 || connect(d->fd, (struct sockaddr *)&to, sizeof to) != 0) fail("connect");
    setsockopt(d->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (fcntl(d->fd, F_SETFL, O_NONBLOCK) != 0) fail("fcntl");
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = d};
    if (epoll_ctl(load->epoll, EPOLL_CTL_ADD, d->fd, &event) != 0) fail("epoll_ctl");
    say_hello(d);
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "usage: seal_load PORT CONNECTIONS SECONDS\n");
        return 64;
    }
    struct load load = {.count = strtoul(argv[2], NULL, 10), .epoll = epoll_create1(EPOLL_CLOEXEC)};
    load.devices = calloc(load.count, sizeof *load.devices);
    load.spans = calloc(LATENCIES_MAX, sizeof *load.spans);
    if (!load.devices || !load.spans || load.epoll < 0) fail("start");
    for (size_t i = 0; i < load.count; i++) {
        load.devices[i].number = (uint32_t)i + 1;
        dial(&load, &load.devices[i], (uint16_t)strtoul(argv[1], NULL, 10));
    }
    int64_t until = clock_monotonic_us() + HELLO_S * (int64_t)1000000;
    while (load.greeted < load.count && clock_monotonic_us() < until) turn(&load, 100);
    if (load.greeted < load.count) {
        fprintf(stderr, "only %zu of %zu devices were let in\n", load.greeted, load.count);
        return 1;
    }
    load.counting = true;
    int64_t began = clock_monotonic_us(), used = cpu_us();
    for (size_t i = 0; i < load.count; i++) send_packet(&load.devices[i]);
    until = began + (int64_t)(strtod(argv[3], NULL) * 1e6);
    while (clock_monotonic_us() < until) turn(&load, 100);
    double took = (double)(clock_monotonic_us() - began) / 1e6;
    size_t kept = load.acknowledged < LATENCIES_MAX ? load.acknowledged : LATENCIES_MAX;
    figure("packets_per_s", (double)load.acknowledged / took);
    figure("ack_p50_ms", percentile(load.spans, kept, 0.5) / 1000);
    figure("ack_p99_ms", percentile(load.spans, kept, 0.99) / 1000);
    figure("client_cpu_us_per_packet", load.acknowledged ? (double)(cpu_us() - used) / (double)load.acknowledged : 0);
    return 0;
}
