// SPDX-License-Identifier: Apache-2.0
#include "formats/device_frame.h"

#include "base/clock.h"
#include "base/text.h"
#include "trust/hash.h"

#include <math.h>

const char *device_protocol_name(enum device_protocol protocol)
{
    static const char *const names[] = {"unknown", "jointech", "teltonika"};
    return names[protocol];
}

uint16_t device_crc16(struct str bytes)
{
    static const uint16_t table[16] = {0x0000, 0xCC01, 0xD801, 0x1400, 0xF001, 0x3C00, 0x2800, 0xE401,
                                       0xA001, 0x6C00, 0x7800, 0xB401, 0x5000, 0x9C01, 0x8801, 0x4400};
    unsigned crc = 0;
    for (size_t i = 0; i < bytes.n; i++) {
        crc ^= (uint8_t)bytes.p[i];
        crc = crc >> 4 ^ table[crc & 15];
        crc = crc >> 4 ^ table[crc & 15];
    }
    return (uint16_t)crc;
}

// Whether a frame starts at the first of some bytes: as far as they go (MAYBE), with its whole header (YES), or not.
enum start { START_NO, START_MAYBE, START_YES };

static bool bcd(const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (p[i] >> 4 > 9 || (p[i] & 15) > 9) return false;
    }
    return true;
}

static bool digits(const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (p[i] < '0' || p[i] > '9') return false;
    }
    return true;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

#define BINARY_ID 5 // BCD bytes after '$'
#define TEXT_ID 10  // digits after '('

// Locks (JT701, JT701D): '$', id, protocol version, device and data type, 2 bytes length, and a record of 35, 39 or 52
// bytes. The older trackers have no version byte, and n records of 27 bytes. Length is at most 1 KiB, and a device type
// is never 0, so the byte at 7 tells which it is.
static bool binary_is_lock(const uint8_t *p)
{
    return p[7] >= 0x10;
}

static size_t binary_length(const uint8_t *p)
{
    return binary_is_lock(p) ? (size_t)p[8] << 8 | p[9] : (size_t)p[7] << 8 | p[8];
}

static enum start binary_start(const uint8_t *p, size_t n)
{
    if (n > 1 && !bcd(p + 1, least(n - 1, BINARY_ID))) return START_NO;
    if (n < 10) return START_MAYBE;
    size_t length = binary_length(p);
    bool known = binary_is_lock(p) ? length == 35 || length == 39 || length == 52
                                   : length != 0 && length % 27 == 0 && length + 10 <= DEVICE_JOINTECH_MAX;
    return known ? START_YES : START_NO;
}

static unsigned two(uint8_t byte)
{
    return (unsigned)(byte >> 4) * 10 + (byte & 15);
}

// The record's date, time and position are BCD and in range: with the header, 23 bytes that no accident writes.
static bool binary_sound(const uint8_t *p, size_t n)
{
    if (n < 23 || binary_start(p, n) != START_YES) return false;
    const uint8_t *record = p + (binary_is_lock(p) ? 10 : 9);
    return bcd(record, 10) && two(record[0]) - 1 < 31 && two(record[1]) - 1 < 12 && two(record[3]) < 24 &&
           two(record[4]) < 60 && two(record[5]) < 60;
}

static enum start text_start(const uint8_t *p, size_t n)
{
    if (n > 1 && !digits(p + 1, least(n - 1, TEXT_ID))) return START_NO;
    if (n < TEXT_ID + 2) return START_MAYBE;
    return p[TEXT_ID + 1] == ',' ? START_YES : START_NO;
}

static enum start jointech_start(const uint8_t *p, size_t n)
{
    if (p[0] == '$') return binary_start(p, n);
    if (p[0] == '(') return text_start(p, n);
    return START_NO;
}

#define HELLO_BYTES 17
#define PACKET_HEADER 8 // preamble and length
#define PACKET_EXTRA 12 // and the CRC's four bytes

static enum start hello_start(const uint8_t *p, size_t n)
{
    if (n > 2 && !digits(p + 2, least(n - 2, HELLO_BYTES - 2))) return START_NO;
    return n < HELLO_BYTES ? START_MAYBE : START_YES;
}

static size_t packet_length(const uint8_t *p)
{
    return (size_t)p[4] << 24 | (size_t)p[5] << 16 | (size_t)p[6] << 8 | p[7];
}

static bool codec_known(uint8_t codec)
{
    static const uint8_t codecs[] = {0x07, 0x08, 0x8E, 0x10, 0x0C, 0x0D, 0x0E, 0x0F};
    return memchr(codecs, codec, sizeof codecs) != NULL;
}

static enum start packet_start(const uint8_t *p, size_t n)
{
    for (size_t i = 1; i < least(n, 4); i++) {
        if (p[i] != 0) return START_NO;
    }
    if (n < PACKET_HEADER + 1) return START_MAYBE;
    size_t length = packet_length(p);
    if (length < 3 || length > DEVICE_TELTONIKA_MAX - PACKET_EXTRA) return START_NO;
    return codec_known(p[PACKET_HEADER]) ? START_YES : START_NO;
}

static enum start teltonika_start(const uint8_t *p, size_t n)
{
    if (p[0] != 0) return START_NO;
    if (n == 1) return START_MAYBE;
    return p[1] == HELLO_BYTES - 2 ? hello_start(p, n) : packet_start(p, n);
}

static enum start any_start(enum device_protocol known, const uint8_t *p, size_t n)
{
    enum start start = START_NO;
    if (known != DEVICE_TELTONIKA) start = jointech_start(p, n);
    if (start == START_NO && known != DEVICE_JOINTECH) start = teltonika_start(p, n);
    return start;
}

// Garbage up to the next place from `from` on where a frame may start.
static void skip(struct device_frame *out, enum device_protocol known, const uint8_t *p, size_t n, size_t from,
                 const char *member, const char *what)
{
    size_t i = from;
    while (i < n && any_start(known, p + i, n - i) == START_NO) i++;
    out->state = DEVICE_FRAMING_GARBAGE;
    out->kind = DEVICE_FRAME_NONE;
    out->n = i;
    (void)why_set(&out->why, ERR_MALFORMED, member, "%s; %zu bytes left out up to the next frame", what, i);
}

static void give(struct device_frame *out, enum device_frame_kind kind, size_t n)
{
    out->state = DEVICE_FRAMING_FRAME;
    out->kind = kind;
    out->n = n;
}

static void binary_next(struct device_frame *out, const uint8_t *p, size_t n)
{
    size_t total = binary_length(p) + 10;
    // A frame cut short swallows the head of the next one: give that one its due.
    for (size_t i = 10; i < least(n, total); i++) {
        bool next = p[i] == '$' ? binary_sound(p + i, n - i) : p[i] == '(' && text_start(p + i, n - i) == START_YES;
        if (!next) continue;
        skip(out, DEVICE_JOINTECH, p, n, i, "length", "a '$' frame was cut short by another");
        return;
    }
    if (n < total) return;
    if (!binary_sound(p, n)) {
        skip(out, DEVICE_JOINTECH, p, n, 1, "date", "a '$' frame's date, time or position is not BCD");
        return;
    }
    give(out, DEVICE_FRAME_JOINTECH_BINARY, total);
}

// A sub-lock's data ("WLNET,5") is the only text with bytes beyond printable ASCII; '(' and ')' are escaped there.
static void text_next(struct device_frame *out, const uint8_t *p, size_t n)
{
    bool peripheral = false;
    size_t limit = least(n, DEVICE_JOINTECH_MAX);
    for (size_t i = 1; i < limit; i++) {
        if (p[i] == ')') {
            give(out, DEVICE_FRAME_JOINTECH_TEXT, i + 1);
            return;
        }
        if (!peripheral && i >= 5 && p[i] == 'T') peripheral = memcmp(p + i - 4, "WLNET", 5) == 0;
        if (p[i] == '(' || (!peripheral && (p[i] < 0x20 || p[i] > 0x7e || p[i] == '$'))) {
            skip(out, DEVICE_JOINTECH, p, n, i, "text", "a '(' message has no ')'");
            return;
        }
    }
    if (n >= DEVICE_JOINTECH_MAX)
        skip(out, DEVICE_JOINTECH, p, n, 1, "text", "a '(' message is longer than 1024 bytes");
}

static bool packet_sound(const uint8_t *p, size_t n)
{
    if (n < PACKET_EXTRA || p[0] != 0 || packet_start(p, n) != START_YES) return false;
    size_t length = packet_length(p);
    if (n < length + PACKET_EXTRA) return false;
    const uint8_t *crc = p + PACKET_HEADER + length;
    uint16_t right = device_crc16((struct str){(const char *)p + PACKET_HEADER, length});
    return crc[0] == 0 && crc[1] == 0 && (unsigned)crc[2] << 8 == (right & 0xff00u) && crc[3] == (right & 0xff);
}

// A device's own packet with a right CRC that starts inside another's first `outer` bytes: the outer one's length, or
// some other byte of it, is wrong. 0 if there is none. Bounded, so that a stranger cannot make us compute CRCs for
// ever: headers tried, and bytes of each.
#define PACKET_TRIES 8
static size_t packet_inside(const uint8_t *p, size_t n, size_t outer)
{
    int tries = 0;
    for (size_t i = 1; i < least(n, outer) && tries < PACKET_TRIES; i++) {
        if (p[i] != 0 || packet_start(p + i, n - i) != START_YES) continue;
        if (packet_length(p + i) > DEVICE_TELTONIKA_AVL_MAX) continue;
        if (packet_sound(p + i, n - i)) return i;
        tries++;
    }
    return 0;
}

static void packet_next(struct device_frame *out, const uint8_t *p, size_t n)
{
    size_t total = packet_length(p) + PACKET_EXTRA;
    if (n >= total && packet_sound(p, n)) {
        give(out, DEVICE_FRAME_TELTONIKA_PACKET, total);
        return;
    }
    // A device's own packets hold at most 1280 bytes: only a longer one, or a broken one, is worth looking into.
    bool suspect = n >= total || total > DEVICE_TELTONIKA_AVL_MAX + PACKET_EXTRA;
    size_t inside = suspect ? packet_inside(p, n, total) : 0;
    if (inside) {
        skip(out, DEVICE_TELTONIKA, p, n, inside, "length", "a packet's length runs over the next packet");
    } else if (n >= total) {
        give(out, DEVICE_FRAME_TELTONIKA_PACKET, total); // the parser says what is wrong with it
    }
}

void device_frame_next(struct str buffered, enum device_protocol known, struct device_frame *out)
{
    *out = (struct device_frame){.state = DEVICE_FRAMING_MORE, .protocol = known};
    const uint8_t *p = (const uint8_t *)buffered.p;
    size_t n = buffered.n;
    if (n == 0) return;
    if (p[0] == 0xff && known != DEVICE_JOINTECH) {
        out->protocol = DEVICE_TELTONIKA;
        give(out, DEVICE_FRAME_TELTONIKA_PING, 1);
        return;
    }
    enum start start = any_start(known, p, n);
    if (start == START_NO) {
        skip(out, known, p, n, 1, "start", "these bytes start no frame that we know");
        return;
    }
    out->protocol = p[0] == 0 ? DEVICE_TELTONIKA : DEVICE_JOINTECH;
    if (start == START_MAYBE) return;
    if (p[0] == '$') {
        binary_next(out, p, n);
    } else if (p[0] == '(') {
        text_next(out, p, n);
    } else if (p[1] == HELLO_BYTES - 2) {
        give(out, DEVICE_FRAME_TELTONIKA_HELLO, HELLO_BYTES);
    } else {
        packet_next(out, p, n);
    }
}

enum err device_session_learn(struct device_session *session, enum device_protocol protocol, struct str id,
                              struct why *why)
{
    if (id.n > DEVICE_ID_MAX) {
        return why_set(why, ERR_TOO_LARGE, "device", "a device id has at most %d characters", DEVICE_ID_MAX);
    }
    if (session->device[0] == '\0') {
        session->protocol = protocol;
        memcpy(session->device, id.p, id.n);
        session->device[id.n] = '\0';
        return ERR_NONE;
    }
    if (session->protocol == protocol && str_is(id, session->device)) return ERR_NONE;
    return why_set(why, ERR_CONFLICT, "device", "this connection belongs to device %s; %.*s needs its own",
                   session->device, STR_ARG(id));
}

enum device_freshness device_session_note(struct device_session *session, int64_t at_ms, uint32_t serial,
                                          struct str frame)
{
    uint8_t digest[SHA256_BYTES];
    sha256(frame, digest);
    for (size_t i = 0; i < session->nseen; i++) {
        const struct device_seen *seen = &session->seen[i];
        if (seen->at_ms != at_ms || seen->serial != serial) continue;
        return memcmp(seen->digest, digest, sizeof seen->digest) == 0 ? DEVICE_REPEATED : DEVICE_ALTERED;
    }
    struct device_seen *slot = &session->seen[session->next];
    *slot = (struct device_seen){.at_ms = at_ms, .serial = serial};
    memcpy(slot->digest, digest, sizeof slot->digest);
    bool late = session->nseen > 0 && at_ms < session->last_at_ms;
    session->next = (session->next + 1) % DEVICE_SEEN_MAX;
    if (session->nseen < DEVICE_SEEN_MAX) session->nseen++;
    if (late) return DEVICE_LATE;
    session->last_at_ms = at_ms;
    session->last_serial = serial;
    return DEVICE_FRESH;
}

struct str device_channel_text(struct arena *arena, enum device_protocol protocol, struct str id)
{
    const char *scheme = protocol == DEVICE_JOINTECH ? "jt701d" : "imei";
    return arena_printf(arena, "%s:%.*s", scheme, STR_ARG(id));
}

enum device_time device_time_check(int64_t at_ms, int64_t received_ms)
{
    if (at_ms > received_ms + DEVICE_AHEAD_MAX_MS) return DEVICE_TIME_AHEAD;
    if (at_ms <= received_ms - DEVICE_BEHIND_MAX_MS) return DEVICE_TIME_BEHIND;
    return DEVICE_TIME_FINE;
}

#define NOWHERE_DEG 1e-6 // a tenth of a metre around 0,0

bool device_place_sane(double lat, double lon)
{
    if (!(fabs(lat) <= 90) || !(fabs(lon) <= 180)) return false;
    return fabs(lat) > NOWHERE_DEG || fabs(lon) > NOWHERE_DEG;
}

struct json *device_position_json(struct arena *arena, const struct device_position *position)
{
    static const struct str fixes[] = {{"none", 4}, {"gnss", 4}, {"cell", 4}};
    struct json *object = json_new_object(arena);
    json_put_text(arena, object, "fix", fixes[position->fix]);
    if (position->fix != DEVICE_FIX_NONE) {
        json_put_number(arena, object, "lat", round(position->lat * 1e7) / 1e7);
        json_put_number(arena, object, "lon", round(position->lon * 1e7) / 1e7);
        json_put_number(arena, object, "speed_kmh", position->speed_kmh);
    }
    char text[TIME_TEXT_ROOM];
    size_t n = time_text_ms(position->time_ms, text);
    json_put_text(arena, object, "time", arena_str(arena, (struct str){text, n}));
    return object;
}

struct draft *device_rejected_draft(struct arena *arena, struct str door, struct str bytes, const struct why *refused,
                                    int64_t received_ms)
{
    struct draft *draft = draft_new(arena, "evidence.rejected", received_ms, LABEL_AMBER);
    if (!draft) return NULL;
    const char *colon = refused->member[0] ? ": " : "";
    struct str reason = arena_printf(arena, "%s%s%s", refused->member, colon, refused->text);
    struct str kept = {bytes.p, least(bytes.n, DEVICE_REJECTED_MAX)};
    draft_put(draft, "door", json_new_text(arena, arena_str(arena, door)));
    draft_put(draft, "reason", json_new_text(arena, reason));
    draft_put(draft, "raw", json_new_text(arena, hex_text(arena, kept)));
    draft_put(draft, "bytes", json_new_number(arena, (double)bytes.n));
    return arena->failed ? NULL : draft;
}
