// SPDX-License-Identifier: Apache-2.0
// HTTPS: connections, TLS 1.3 with pinned client certificates, limits, and the way of a request through its steps.
// libmicrohttpd stays in this file's .c; handlers see serve/request.h.
#ifndef SERVE_HTTPS_H
#define SERVE_HTTPS_H

#include "serve/request.h"

struct https;

// Binds and serves. Errors as serve_start.
enum err https_start(struct serve *serve, struct https **out, struct why *why) MUST_USE;
// Takes no more connections, ends streams and waiting links, waits for what commit holds, then closes. NULL is fine.
void https_stop(struct https *https);
uint16_t https_port(const struct https *https);
// Connections open now.
unsigned https_connections(struct https *https);
// Something happened at this node: streams and waiting links look again. From any thread; costs little.
void https_ring(void *https);

// What is wrong with how a request is framed, before anything of it is believed: one Content-Length at most, none
// beside Transfer-Encoding, no transfer coding but chunked, one Host. Counts come from its headers.
struct https_framing {
    unsigned content_lengths, transfer_encodings, hosts;
    bool chunked; // the one Transfer-Encoding is "chunked"
    struct str content_length;
};
enum err https_framing_check(const struct https_framing *framing, uint64_t *length, struct why *why) MUST_USE;

#endif
