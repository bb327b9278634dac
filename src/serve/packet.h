// SPDX-License-Identifier: Apache-2.0
// Packet: one frame of a seal or tracker, by whatever door it came, as drafts and the answer that it waits for.
#ifndef SERVE_PACKET_H
#define SERVE_PACKET_H

#include "formats/device_frame.h"
#include "serve/counters.h"
#include "serve/registry.h"
#include "statement/draft.h"

#define PACKET_ANSWER_MAX 128

struct packet {
    enum device_protocol protocol;
    char device[DEVICE_ID_MAX + 1];
    struct str channel_device; // "jt701d:…", in the arena
    bool hello;                // it only says who is there
    bool timed;                // has a time and serial of its own, by which repeats are known
    int64_t at_ms;
    uint32_t serial;
    struct draft *drafts; // not sealed; NULL when it states nothing
    size_t answer_n;
    char answer[PACKET_ANSWER_MAX]; // to be sent once the drafts are on disk
};

// Reads one whole frame (device_frame_next). `device` is the connection's, for frames that do not name theirs. Drafts
// whose time is too far from `received_ms` are marked in `status` (`clock`: "ahead" or "behind") and counted. Errors:
// those of the format; ERR_UNAUTHENTICATED for a Teltonika packet before its hello.
enum err packet_read(struct arena *arena, enum device_frame_kind kind, struct str frame, const char *device,
                     const struct registry *registry, int64_t received_ms, struct counters *counters,
                     struct packet *out, struct why *why) MUST_USE;

// Marks the drafts' `status`.
void packet_mark(struct arena *arena, struct draft *drafts, const char *name, struct json *value);

#endif
