// SPDX-License-Identifier: Apache-2.0
#include "serve/packet.h"

#include "formats/jointech.h"

static void mark(struct arena *arena, struct draft *draft, const char *name, struct json *value)
{
    // The draft is not sealed, so its members may still be added to.
    struct json *status = (struct json *)(uintptr_t)json_get(draft->members, "status");
    if (!status) {
        status = json_new_object(arena);
        draft_put(draft, "status", status);
    }
    if (status && !json_get(status, name)) json_put(status, name, value);
}

void packet_mark(struct arena *arena, struct draft *drafts, const char *name, struct json *value)
{
    for (struct draft *d = drafts; d; d = d->next)
        mark(arena, d, name, d->next && value ? json_copy(arena, value) : value);
}

static void mark_clocks(struct arena *arena, struct draft *drafts, int64_t received_ms, struct counters *counters)
{
    bool ahead = false, behind = false;
    for (struct draft *d = drafts; d; d = d->next) {
        enum device_time time = device_time_check(d->at_ms, received_ms);
        if (time == DEVICE_TIME_FINE) continue;
        ahead |= time == DEVICE_TIME_AHEAD;
        behind |= time == DEVICE_TIME_BEHIND;
        mark(arena, d, "clock", json_new_text(arena, time == DEVICE_TIME_AHEAD ? STR("ahead") : STR("behind")));
    }
    if (ahead) count_add(counters, COUNT_DEVICE_AHEAD, 1);
    if (behind) count_add(counters, COUNT_DEVICE_BEHIND, 1);
}

static enum err name_device(struct arena *arena, enum device_protocol protocol, struct str id, struct packet *out,
                            struct why *why)
{
    if (id.n > DEVICE_ID_MAX) return why_set(why, ERR_TOO_LARGE, "device", "a device's id is too long");
    out->protocol = protocol;
    memcpy(out->device, id.p, id.n);
    out->device[id.n] = '\0';
    out->channel_device = device_channel_text(arena, protocol, str_of(out->device));
    return out->channel_device.p ? ERR_NONE : why_set(why, ERR_NO_MEMORY, "", "no memory for a packet");
}

static void answer(struct packet *out, const void *bytes, size_t n)
{
    INVARIANT(n <= sizeof out->answer);
    memcpy(out->answer, bytes, n);
    out->answer_n = n;
}

static enum err read_jointech(struct arena *arena, struct str frame, int64_t received_ms, struct packet *out,
                              struct why *why)
{
    struct jointech_message message;
    enum err err = jointech_parse(arena, frame, &message, why);
    if (err == ERR_NONE) err = name_device(arena, DEVICE_JOINTECH, str_of(message.device), out, why);
    if (err == ERR_NONE) err = jointech_draft(arena, &message, received_ms, &out->drafts, why);
    if (err != ERR_NONE) return err;
    out->timed = message.has_time;
    out->at_ms = message.at_ms;
    out->serial = jointech_serial(&message);
    struct buf text = BUF(PACKET_ANSWER_MAX);
    if (jointech_ack(&message, received_ms, &text) && !text.failed) answer(out, text.p, text.n);
    buf_free(&text);
    return ERR_NONE;
}

static enum err read_teltonika(struct arena *arena, struct str frame, const char *imei, const struct registry *registry,
                               struct packet *out, struct why *why)
{
    struct teltonika_packet packet;
    if (!*imei) return why_set(why, ERR_UNAUTHENTICATED, "imei", "a packet before the device has said which one it is");
    enum err err = teltonika_parse(arena, frame, &packet, why);
    if (err == ERR_NONE) err = name_device(arena, DEVICE_TELTONIKA, str_of(imei), out, why);
    if (err != ERR_NONE) return err;
    const struct registered *known = registry_find(registry, out->channel_device);
    err = teltonika_draft(arena, &packet, str_of(out->device), known ? &known->profile : NULL, &out->drafts, why);
    if (err != ERR_NONE) return err;
    out->timed = packet.nrecords > 0;
    if (packet.nrecords) out->at_ms = packet.records[0].at_ms;
    out->serial = teltonika_serial(&packet);
    uint8_t ack[TELTONIKA_ACK_BYTES];
    teltonika_ack(&packet, ack);
    answer(out, ack, sizeof ack);
    return ERR_NONE;
}

static enum err read_hello(struct arena *arena, struct str frame, struct packet *out, struct why *why)
{
    struct str imei;
    enum err err = teltonika_hello(frame, &imei, why);
    if (err == ERR_NONE) err = name_device(arena, DEVICE_TELTONIKA, imei, out, why);
    if (err != ERR_NONE) return err;
    out->hello = true;
    answer(out, (const char[]){TELTONIKA_ACCEPT}, 1);
    return ERR_NONE;
}

enum err packet_read(struct arena *arena, enum device_frame_kind kind, struct str frame, const char *device,
                     const struct registry *registry, int64_t received_ms, struct counters *counters,
                     struct packet *out, struct why *why)
{
    *out = (struct packet){0};
    enum err err = ERR_NONE;
    switch (kind) {
    case DEVICE_FRAME_JOINTECH_BINARY:
    case DEVICE_FRAME_JOINTECH_TEXT:
        err = read_jointech(arena, frame, received_ms, out, why);
        break;
    case DEVICE_FRAME_TELTONIKA_HELLO:
        return read_hello(arena, frame, out, why);
    case DEVICE_FRAME_TELTONIKA_PACKET:
        err = read_teltonika(arena, frame, device, registry, out, why);
        break;
    default:
        return ERR_NONE; // a ping says nothing and wants nothing
    }
    if (err == ERR_NONE) mark_clocks(arena, out->drafts, received_ms, counters);
    if (err == ERR_NONE && arena->failed) err = why_set(why, ERR_NO_MEMORY, "", "no memory for a packet");
    return err;
}
