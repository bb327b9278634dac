// SPDX-License-Identifier: Apache-2.0
// POST /v1/devices/{protocol}: packets that a vendor's cloud or a gateway passes on. The body is
//
//   {"relay":"jointcloud.example","vendor":"Jointech","vendor_country":"CN","software":"fleet/2.1"?,
//    "device":"imei:356307042441013"?, "packets":[{"hex":"…","received":"2026-03-10T18:00:00Z"?},…]}
//
// A packet is one whole frame. Teltonika packets do not name their device: `device` does, once for all of them. Either
// every packet is taken down or none is, so that the relay may send the whole again.
#include "base/clock.h"
#include "base/text.h"
#include "formats/json_shape.h"
#include "serve/answer.h"
#include "serve/inside.h"
#include "serve/packet.h"
#include "serve/route.h"

#include <stdio.h>

#define PACKETS_MAX 1000

static const struct json_member packet_shape[] = {
    {.name = "hex", .shape = SHAPE_TEXT, .required = true, .min = 2, .max = 2 * DEVICE_FRAME_MAX},
    {.name = "received", .shape = SHAPE_TIME},
    {.name = NULL},
};
static const struct json_member shape[] = {
    {.name = "relay", .shape = SHAPE_TEXT, .required = true, .min = 1, .max = 200},
    {.name = "vendor", .shape = SHAPE_TEXT, .required = true, .min = 1, .max = 128},
    {.name = "vendor_country", .shape = SHAPE_TEXT, .required = true, .min = 1, .max = 2},
    {.name = "software", .shape = SHAPE_TEXT, .min = 1, .max = 128},
    {.name = "device", .shape = SHAPE_TEXT, .min = 3, .max = 80},
    {.name = "packets",
     .shape = SHAPE_LIST,
     .of = SHAPE_OBJECT,
     .required = true,
     .min = 1,
     .max = PACKETS_MAX,
     .members = packet_shape},
    {.name = NULL},
};

struct relayed {
    enum device_protocol protocol;
    const char *imei;  // of `device`, "" without one
    struct str device; // the one device of this request, as a channel names it
    struct draft *first, **end;
};

static enum err read_device(struct request *request, const struct json *body, struct relayed *out, struct why *why)
{
    struct str device = json_text(body, "device");
    out->imei = "";
    if (!device.p) return ERR_NONE;
    const char *prefix = out->protocol == DEVICE_JOINTECH ? "jt701d:" : "imei:";
    struct str id =
        str_starts(device, prefix) ? arena_str(&request->arena, str_from(device, strlen(prefix))) : STR_NONE;
    if (!id.p || !id.n || id.n > DEVICE_ID_MAX)
        return why_set(why, ERR_MALFORMED, "/device", "a device of this protocol is %s and its number", prefix);
    out->imei = id.p;
    out->device = device;
    return ERR_NONE;
}

// One channel is one device: a request that mixes several is cut up by its sender.
static enum err same_device(struct relayed *out, const struct packet *packet, struct why *why)
{
    if (!packet->channel_device.n) return ERR_NONE;
    if (!out->device.n) out->device = packet->channel_device;
    if (str_eq(out->device, packet->channel_device)) return ERR_NONE;
    return why_set(why, ERR_SENSELESS, "", "packets of %.*s and %.*s: send a request for each device",
                   STR_ARG(out->device), STR_ARG(packet->channel_device));
}

static enum err read_packet(struct request *request, const struct json *json, struct relayed *out, struct str *raw,
                            struct why *why)
{
    struct str text = json_text(json, "hex"), received = json_text(json, "received");
    char *bytes = arena_alloc(&request->arena, text.n / 2 + 1);
    size_t n = 0;
    int64_t at_ms = clock_now_us() / 1000;
    if (!bytes) return why_set(why, ERR_NO_MEMORY, "", "no memory for this now");
    if (!hex_decode(text, bytes, text.n / 2 + 1, &n))
        return why_set(why, ERR_MALFORMED, "", "this is no hexadecimal text");
    if (received.p && !time_parse_ms(received, &at_ms)) return why_set(why, ERR_MALFORMED, "", "received is no time");
    *raw = (struct str){bytes, n};
    struct device_frame frame;
    device_frame_next(*raw, out->protocol, &frame);
    if (frame.state == DEVICE_FRAMING_GARBAGE) {
        *why = frame.why;
        return why->err;
    }
    if (frame.state != DEVICE_FRAMING_FRAME || frame.n != n || frame.protocol != out->protocol)
        return why_set(why, ERR_MALFORMED, "", "this is not one whole frame of the protocol");
    struct packet *packet = arena_new(&request->arena, struct packet);
    if (!packet) return why_set(why, ERR_NO_MEMORY, "", "no memory for this now");
    enum err err = packet_read(&request->arena, frame.kind, *raw, out->imei, request->serve->registry, at_ms,
                               &request->serve->counters, packet, why);
    if (err == ERR_NONE) err = same_device(out, packet, why);
    if (err != ERR_NONE) return err;
    *out->end = packet->drafts;
    while (*out->end) out->end = &(*out->end)->next;
    return ERR_NONE;
}

static enum err read_packets(struct request *request, const struct json *body, struct relayed *out, struct str *raw,
                             struct why *why)
{
    size_t i = 0;
    json_each(item, json_get(body, "packets"))
    {
        enum err err = read_packet(request, item, out, raw, why);
        if (err != ERR_NONE) {
            snprintf(why->member, sizeof why->member, "/packets/%zu", i);
            return err;
        }
        i++;
    }
    return ERR_NONE;
}

static enum step relayed(struct request *request)
{
    if (request->job.err == ERR_NONE) count_add(&request->serve->counters, COUNT_DEVICE_PACKETS, 1);
    return answer_statements(request);
}

static enum step take(struct request *request, const struct json *body, const struct relayed *in)
{
    request_job(request, JOB_DEVICE);
    struct channel_path *path = &request->job.path;
    path->door = STR("webhook");
    path->device = in->device;
    path->relay = json_text(body, "relay");
    path->vendor = json_text(body, "vendor");
    path->vendor_country = json_text(body, "vendor_country");
    path->software = json_text(body, "software");
    if (!in->first) return answer_indexes(request, NULL, 0);
    struct why why = {0};
    if (request_may(request, in->first, &why) != ERR_NONE) return reply_problem(request, &why);
    return request_commit(request, in->first, relayed);
}

enum step webhook_post(struct request *request)
{
    struct why why = {0};
    struct relayed in = {.protocol = str_is(request->param[0], "jointech")    ? DEVICE_JOINTECH
                                     : str_is(request->param[0], "teltonika") ? DEVICE_TELTONIKA
                                                                              : DEVICE_UNKNOWN};
    in.end = &in.first;
    struct str raw = STR_NONE;
    if (in.protocol == DEVICE_UNKNOWN) {
        (void)why_set(&why, ERR_NOT_FOUND, "protocol", "protocols are jointech and teltonika");
        return reply_problem(request, &why);
    }
    const struct json *body = json_parse(&request->arena, buf_str(&request->body), &why);
    enum err err = body ? json_shape_check(body, shape, &why) : why.err;
    if (err == ERR_NONE && !country_valid(json_text(body, "vendor_country")))
        err = why_set(&why, ERR_MALFORMED, "/vendor_country", "a country is two capital letters, ISO 3166-1 alpha-2");
    if (err == ERR_NONE) err = read_device(request, body, &in, &why);
    if (err == ERR_NONE) err = read_packets(request, body, &in, &raw, &why);
    if (err == ERR_NONE) return take(request, body, &in);
    if (!raw.p) return reply_problem(request, &why);
    count_add(&request->serve->counters, COUNT_DEVICE_BAD, 1);
    return answer_rejected(request, "webhook", &why, raw);
}
