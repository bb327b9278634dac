// SPDX-License-Identifier: Apache-2.0
// Teltonika: trackers that speak codec 8, 8 Extended and 16 over TCP ("Teltonika Data Sending Protocols"): the IMEI
// hello, AVL packets with CRC-16/IBM, their records and IO elements, and drafts. Pure functions; knows no socket and no
// store.
//
// Codecs 7, 12, 13, 14 and 15 (old or command packets) are recognised and refused with ERR_UNSUPPORTED.
#ifndef FORMATS_TELTONIKA_H
#define FORMATS_TELTONIKA_H

#include "formats/device_frame.h"
#include "statement/draft.h"

enum teltonika_codec { TELTONIKA_8 = 0x08, TELTONIKA_16 = 0x10, TELTONIKA_8E = 0x8E };
#define TELTONIKA_RECORDS_MAX 255
#define TELTONIKA_IMEI 15

struct teltonika_io {
    uint16_t id;
    uint8_t width;    // 1, 2, 4, 8 or 16 bytes; 0: variable (codec 8E)
    uint64_t value;   // unsigned, of up to 8 bytes; what it means depends on the model
    struct str bytes; // the value's own bytes
};

struct teltonika_record {
    struct str bytes; // the record's own bytes
    int64_t at_ms;
    uint8_t priority; // 0 low, 1 high, 2 panic
    double lat, lon;  // degrees
    int16_t altitude_m;
    uint16_t course_deg;
    uint8_t satellites; // 0: the position is no fix
    uint16_t speed_kmh;
    uint16_t event_io;  // the element whose change made the record; 0: a periodic one
    uint8_t generation; // codec 16: why the record was made
    struct teltonika_io *ios;
    size_t nios;
};

struct teltonika_packet {
    struct str frame; // the whole packet
    enum teltonika_codec codec;
    uint16_t crc;
    struct teltonika_record *records;
    size_t nrecords;
};

// The 15 digits of a hello frame; ERR_MALFORMED otherwise.
enum err teltonika_hello(struct str frame, struct str *imei, struct why *why) MUST_USE;
#define TELTONIKA_ACCEPT 0x01 // the byte that answers a hello
#define TELTONIKA_REFUSE 0x00

// One packet frame: preamble, length, codec, counts, records, CRC, all checked. Records live in the arena and point
// into `frame`. ERR_MALFORMED names the field ("crc", "records[2].io"); ERR_UNSUPPORTED for a codec with a right CRC
// that we do not read. Some things that firmware does are let be, since the device would send the packet for ever: IO
// ids that repeat, codec 8 with a fifth group of 16-byte elements, and a place off the Earth, whose draft has no fix
// and says "position_senseless" in its status.
enum err teltonika_parse(struct arena *arena, struct str frame, struct teltonika_packet *out, struct why *why) MUST_USE;

// The answer to a packet: the number of records, big-endian; to be sent after the commit is durable. Any other number
// makes the device send the packet again.
#define TELTONIKA_ACK_BYTES 4
void teltonika_ack(const struct teltonika_packet *packet, uint8_t out[TELTONIKA_ACK_BYTES]);

// The first element of that id, or NULL.
const struct teltonika_io *teltonika_io_find(const struct teltonika_record *record, uint16_t id);
// The name that drafts give to a well-known element (FMB family), "" if it has none.
const char *teltonika_io_name(uint16_t id);
// Tells packets of equal time apart, for device_session_note.
uint32_t teltonika_serial(const struct teltonika_packet *packet);

// What the owner of the device knows about its wiring. Zeroed: nothing.
struct teltonika_profile {
    bool has_door;
    uint16_t door_io; // a door sensor; its value is `door_open` when the door is open
    uint64_t door_open;
};

// One draft a record, in their order, linked by `next`: custody.position about {NOUN_SEAL, "device.imei", imei}, label
// amber (the caller may change it before draft_seal). A record that the profile's door sensor made is a custody.seal
// instead: opened is tamper (a sensor knows of no leave to open; custody.explain gives it), closed is report. `raw` is
// the whole packet in the first draft, the record's own bytes in the others. `profile` may be NULL.
enum err teltonika_draft(struct arena *arena, const struct teltonika_packet *packet, struct str imei,
                         const struct teltonika_profile *profile, struct draft **out, struct why *why) MUST_USE;

#endif
