// SPDX-License-Identifier: Apache-2.0
// Device frame: where one packet of a seal's or tracker's TCP stream ends and the next begins, and what the device
// formats share: the session, replay, position and time checks. Knows the outline of each protocol, not its fields.
//
// Nothing a device sends is authenticated: Jointech has no checksum at all, Teltonika a CRC-16. So the splitter
// believes a header only as far as all of its bytes make sense, and after nonsense it goes on at the next header that
// does, so that one bad packet never takes the next good one with it.
#ifndef FORMATS_DEVICE_FRAME_H
#define FORMATS_DEVICE_FRAME_H

#include "statement/draft.h"

enum device_protocol { DEVICE_UNKNOWN, DEVICE_JOINTECH, DEVICE_TELTONIKA };
// "unknown", "jointech", "teltonika".
const char *device_protocol_name(enum device_protocol protocol);

// Jointech: the longest of the manual is 62 bytes, of a 15-record tracker frame 415; texts with a sub-lock's data <
// 300.
#define DEVICE_JOINTECH_MAX 1024
// Teltonika: AVL packets hold at most 1280 bytes and 255 records; codec 12 and 13 packets are longer. Our cap is 64 KiB
// in all.
#define DEVICE_TELTONIKA_AVL_MAX 1280
#define DEVICE_TELTONIKA_MAX 65536
// A connection's buffer needs this many bytes and never more: with as many buffered, the splitter never asks for more.
#define DEVICE_FRAME_MAX DEVICE_TELTONIKA_MAX

enum device_frame_kind {
    DEVICE_FRAME_NONE,
    DEVICE_FRAME_JOINTECH_BINARY,  // '$' …: jointech_parse
    DEVICE_FRAME_JOINTECH_TEXT,    // '(' … ')': jointech_parse
    DEVICE_FRAME_TELTONIKA_HELLO,  // 000F and 15 digits: teltonika_hello
    DEVICE_FRAME_TELTONIKA_PACKET, // 00000000 …: teltonika_parse
    DEVICE_FRAME_TELTONIKA_PING,   // FF: keeps the connection open, says nothing, wants no answer
};

enum device_framing {
    DEVICE_FRAMING_MORE,    // no whole frame yet: read on
    DEVICE_FRAMING_FRAME,   // the first n bytes are a frame of `kind`
    DEVICE_FRAMING_GARBAGE, // the first n bytes belong to no frame; `why` says what is wrong with them
};

struct device_frame {
    enum device_framing state;
    enum device_protocol protocol; // of a frame; also when more is needed and the first bytes already tell it
    enum device_frame_kind kind;
    size_t n;
    struct why why;
};

// Looks at the bytes buffered on a connection. `known` is the protocol of the frames before (DEVICE_UNKNOWN on the
// first): a connection speaks one protocol. Reads nothing beyond `buffered`, keeps nothing; a whole frame or garbage is
// consumed by the caller (n > 0), who then asks again. A frame may still be refused by its format's parser.
void device_frame_next(struct str buffered, enum device_protocol known, struct device_frame *out);

// CRC-16/IBM (ARC: polynomial 8005 reflected, start 0), as Teltonika's packets carry it.
uint16_t device_crc16(struct str bytes);

// What a connection, or a device over its connections, remembers. Zeroed is new; owned by the caller.
#define DEVICE_ID_MAX 15   // an IMEI; Jointech ids have 10 digits
#define DEVICE_SEEN_MAX 64 // packets remembered: four times what a lock sends before it wants an answer
struct device_session {
    enum device_protocol protocol;
    char device[DEVICE_ID_MAX + 1]; // "" until learnt
    int64_t last_at_ms;             // device time of the newest packet so far
    uint32_t last_serial;           // and its serial
    size_t nseen, next;             // the ring below: entries in use, where the next one goes
    struct device_seen {
        int64_t at_ms;
        uint32_t serial;
        uint8_t digest[16]; // of the whole frame
    } seen[DEVICE_SEEN_MAX];
};

// The device names itself. ERR_CONFLICT when the session already belongs to another device or protocol: one connection
// speaks for one device. ERR_TOO_LARGE when the id is longer than DEVICE_ID_MAX.
enum err device_session_learn(struct device_session *session, enum device_protocol protocol, struct str id,
                              struct why *why) MUST_USE;

enum device_freshness {
    DEVICE_FRESH,
    DEVICE_LATE,     // fresh, but older than what came before: a lock sends what it stored in a blind zone afterwards
    DEVICE_REPEATED, // the very bytes seen before: sent again for want of an answer, or replayed. Answer, store nothing
    DEVICE_ALTERED,  // time and serial seen before with other bytes: evidence that somebody changes packets
};
// Says whether a frame is new to this session, and remembers it if it is. `serial` must tell frames of equal time apart
// (jointech_serial, teltonika_serial).
enum device_freshness device_session_note(struct device_session *session, int64_t at_ms, uint32_t serial,
                                          struct str frame);

// "jt701d:8000620011" or "imei:356307042441013": the device in a channel's path. The text lives in the arena.
struct str device_channel_text(struct arena *arena, enum device_protocol protocol, struct str id);

// A device's clock against ours. Behind: a lock stores 20,000 messages in a blind zone and may bring them days later,
// but two days is longer than any crossing that is still open. Ahead: no lock brings messages from the future; ten
// minutes is what a clock drifts between two time syncs. Outside either the packet is kept and marked, never trusted
// for its time.
#define DEVICE_BEHIND_MAX_MS ((int64_t)2 * 24 * 3600 * 1000)
#define DEVICE_AHEAD_MAX_MS ((int64_t)10 * 60 * 1000)
enum device_time { DEVICE_TIME_FINE, DEVICE_TIME_AHEAD, DEVICE_TIME_BEHIND };
enum device_time device_time_check(int64_t at_ms, int64_t received_ms);

enum device_fix { DEVICE_FIX_NONE, DEVICE_FIX_GNSS, DEVICE_FIX_CELL };
struct device_position {
    double lat, lon;  // WGS 84 degrees; meaningless when fix is none
    double speed_kmh; // meaningless when fix is none
    enum device_fix fix;
    int64_t time_ms;
};

// A place on Earth: latitude within 90, longitude within 180, and not 0,0, which devices send for "I do not know".
bool device_place_sane(double lat, double lon);
// The member `position` of docs/statements.md, degrees to seven decimals (a centimetre). Without a fix it has neither
// place nor speed: a last known place must not be taken for where the seal is now.
struct json *device_position_json(struct arena *arena, const struct device_position *position);

// What cannot be read is kept: an evidence.rejected of `bytes` (the first 4096 of them), which came in by `door`
// ("seal-tcp") and were refused for `refused`. About nobody, since its device may be a lie; label amber. NULL without
// memory.
#define DEVICE_REJECTED_MAX 4096
struct draft *device_rejected_draft(struct arena *arena, struct str door, struct str bytes, const struct why *refused,
                                    int64_t received_ms);

#endif
