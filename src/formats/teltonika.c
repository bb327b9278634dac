// SPDX-License-Identifier: Apache-2.0
#include "formats/teltonika.h"

#include "base/text.h"

#include <stdio.h>

#define HEADER 8                             // preamble and length
#define TRAILER 4                            // CRC, in four bytes
#define AT_MAX_MS ((int64_t)253402300799999) // 9999-12-31: what a statement's time can say
#define CLAUSE "Teltonika Data Sending Protocols, TCP"

enum err teltonika_hello(struct str frame, struct str *imei, struct why *why)
{
    const char *fault = NULL;
    if (frame.n != 2 + TELTONIKA_IMEI || frame.p[0] != 0 || frame.p[1] != TELTONIKA_IMEI) {
        fault = "a hello is 000F and 15 digits";
    }
    for (size_t i = 2; !fault && i < frame.n; i++) {
        if (frame.p[i] < '0' || frame.p[i] > '9') fault = "an IMEI has 15 digits";
    }
    if (fault) return why_set(why, ERR_MALFORMED, "imei", "%s", fault);
    *imei = str_from(frame, 2);
    return ERR_NONE;
}

// Ids, counts and the event id have one byte in codec 8, mostly two in the others.
struct shape {
    bool wide_id, wide_count, generation;
    size_t groups;    // of IO elements
    size_t widths[5]; // of each group's elements; 0: variable
};

static struct shape shape_of(enum teltonika_codec codec)
{
    if (codec == TELTONIKA_8E) return (struct shape){true, true, false, 5, {1, 2, 4, 8, 0}};
    if (codec == TELTONIKA_16) return (struct shape){true, false, true, 4, {1, 2, 4, 8}};
    return (struct shape){false, false, false, 4, {1, 2, 4, 8}};
}

// Some firmware sends codec 8 with a fifth group, of 16-byte elements, and nothing that says so.
static const struct shape shape_8_long = {false, false, false, 5, {1, 2, 4, 8, 16}};

static uint16_t read_number(struct cursor *c, bool wide)
{
    return wide ? cursor_be16(c) : cursor_u8(c);
}

static enum err record_fault(struct why *why, size_t index, const char *field, const char *what)
{
    char member[sizeof why->member];
    snprintf(member, sizeof member, "records[%zu].%s", index, field);
    return why_set(why, ERR_MALFORMED, member, "record %zu: %s", index, what);
}

static void read_io(struct cursor *c, struct shape shape, size_t width, struct teltonika_io *io)
{
    io->id = read_number(c, shape.wide_id);
    io->width = (uint8_t)width;
    io->bytes = cursor_take(c, width ? width : cursor_be16(c));
    for (size_t i = 0; i < width && width <= 8 && !c->failed; i++) io->value = io->value << 8 | (uint8_t)io->bytes.p[i];
}

// The elements stand in groups of 1, 2, 4, 8 and (codec 8E) variable bytes, each with its count; the first count is of
// all.
static enum err read_ios(struct arena *arena, struct cursor *c, struct shape shape, size_t index,
                         struct teltonika_record *record, struct why *why)
{
    size_t total = read_number(c, shape.wide_count);
    // An element takes at least two bytes: more than the packet has left is a lie, and no memory is spent on it.
    if (c->failed || total * 2 > cursor_left(c)) return record_fault(why, index, "io", "more IO elements than bytes");
    record->ios = arena_array(arena, struct teltonika_io, total ? total : 1);
    if (!record->ios) return why_set(why, ERR_NO_MEMORY, "", "no memory for a packet's IO elements");
    for (size_t g = 0; g < shape.groups; g++) {
        size_t count = read_number(c, shape.wide_count);
        if (c->failed) return record_fault(why, index, "io", "the packet ends in its IO elements");
        if (count > total - record->nios) {
            return record_fault(why, index, "io", "the groups hold more IO elements than the record says");
        }
        for (size_t i = 0; i < count; i++) read_io(c, shape, shape.widths[g], &record->ios[record->nios++]);
    }
    if (c->failed) return record_fault(why, index, "io", "the packet ends in its IO elements");
    if (record->nios != total) return record_fault(why, index, "io", "fewer IO elements than the record says");
    return ERR_NONE;
}

static enum err read_gps(struct cursor *c, size_t index, struct teltonika_record *record, struct why *why)
{
    uint64_t at_ms = cursor_be64(c);
    record->priority = cursor_u8(c);
    int32_t lon = (int32_t)cursor_be32(c), lat = (int32_t)cursor_be32(c);
    record->altitude_m = (int16_t)cursor_be16(c);
    record->course_deg = cursor_be16(c);
    record->satellites = cursor_u8(c);
    record->speed_kmh = cursor_be16(c);
    if (c->failed) return record_fault(why, index, "gps", "the packet ends in its position");
    if (at_ms > (uint64_t)AT_MAX_MS) return record_fault(why, index, "timestamp", "a time after the year 9999");
    record->at_ms = (int64_t)at_ms;
    record->lon = lon / 1e7;
    record->lat = lat / 1e7;
    return ERR_NONE;
}

static enum err read_record(struct arena *arena, struct cursor *c, struct shape shape, size_t index,
                            struct teltonika_record *record, struct why *why)
{
    size_t from = c->at;
    enum err err = read_gps(c, index, record, why);
    if (err != ERR_NONE) return err;
    record->event_io = read_number(c, shape.wide_id);
    if (shape.generation) record->generation = cursor_u8(c);
    err = read_ios(arena, c, shape, index, record, why);
    if (err == ERR_NONE) record->bytes = (struct str){(const char *)c->p + from, c->at - from};
    return err;
}

// Preamble, length and CRC; *data is the codec byte up to the second count.
static enum err check_envelope(struct str frame, struct str *data, uint16_t *crc, struct why *why)
{
    struct cursor c = cursor_of(frame);
    uint32_t preamble = cursor_be32(&c), length = cursor_be32(&c);
    if (c.failed) return why_set(why, ERR_MALFORMED, "length", "a packet ends in its header");
    if (preamble != 0) return why_set(why, ERR_MALFORMED, "preamble", "a packet starts with four zero bytes");
    if (frame.n > DEVICE_TELTONIKA_MAX || frame.n - HEADER < TRAILER || length != frame.n - HEADER - TRAILER) {
        return why_set(why, ERR_MALFORMED, "length",
                       "the length says %u bytes, the packet has %zu with its header and CRC", length, frame.n);
    }
    *data = cursor_take(&c, length);
    uint32_t sent = cursor_be32(&c);
    *crc = device_crc16(*data);
    if (sent != *crc) return why_set(why, ERR_MALFORMED, "crc", "the CRC says %04X, the bytes give %04X", sent, *crc);
    return ERR_NONE;
}

static enum err check_codec(struct str data, struct why *why)
{
    if (data.n < 3) return why_set(why, ERR_MALFORMED, "length", "a packet has a codec and two counts at least");
    uint8_t codec = (uint8_t)data.p[0];
    if (codec == TELTONIKA_8 || codec == TELTONIKA_8E || codec == TELTONIKA_16) return ERR_NONE;
    if (codec == 7)
        return why_set(why, ERR_UNSUPPORTED, "codec", "codec 7 (FMA, before 2014): set the device to codec 8");
    if (codec >= 12 && codec <= 15) {
        return why_set(why, ERR_UNSUPPORTED, "codec", "codec %u carries commands, and none are sent", codec);
    }
    return why_set(why, ERR_UNSUPPORTED, "codec", "codec %02X is not 8, 8E or 16", codec);
}

// The records from the first count to the second; `data` starts with the codec.
static enum err read_records(struct arena *arena, struct str data, struct shape shape, struct teltonika_packet *out,
                             struct why *why)
{
    struct cursor c = cursor_of((struct str){data.p, data.n - 1});
    cursor_u8(&c);
    size_t count = cursor_u8(&c);
    out->nrecords = 0;
    for (; out->nrecords < count; out->nrecords++) {
        struct teltonika_record *record = &out->records[out->nrecords];
        *record = (struct teltonika_record){0};
        enum err err = read_record(arena, &c, shape, out->nrecords, record, why);
        if (err != ERR_NONE) return (void)why_at(why, HEADER + c.at), err;
    }
    if (cursor_left(&c) == 0) return ERR_NONE;
    return why_set(why, ERR_MALFORMED, "records", "%zu bytes are left over after %zu records", cursor_left(&c), count);
}

static enum err read_packet(struct arena *arena, struct str data, struct teltonika_packet *out, struct why *why)
{
    size_t count = (uint8_t)data.p[1], again = (uint8_t)data.p[data.n - 1];
    out->codec = (enum teltonika_codec)(uint8_t)data.p[0];
    if (count == 0 || count != again) {
        return why_set(why, ERR_MALFORMED, "count", "%zu records at the start, %zu at the end", count, again);
    }
    out->records = arena_array(arena, struct teltonika_record, count);
    if (!out->records) return why_set(why, ERR_NO_MEMORY, "", "no memory for a packet's records");
    enum err err = read_records(arena, data, shape_of(out->codec), out, why);
    if (err != ERR_MALFORMED || out->codec != TELTONIKA_8) return err;
    // The CRC is right, so these are the bytes that the device meant. If they do not fit the long form either, the
    // first reason stands.
    struct why other = {0};
    if (read_records(arena, data, shape_8_long, out, &other) != ERR_NONE) return err;
    *why = (struct why){0};
    return ERR_NONE;
}

enum err teltonika_parse(struct arena *arena, struct str frame, struct teltonika_packet *out, struct why *why)
{
    struct str data;
    struct why local = {0};
    if (!why) why = &local;
    *out = (struct teltonika_packet){.frame = frame};
    enum err err = check_envelope(frame, &data, &out->crc, why);
    if (err == ERR_NONE) err = check_codec(data, why);
    if (err == ERR_NONE) err = read_packet(arena, data, out, why);
    return err == ERR_NONE ? ERR_NONE : why_clause(why, CLAUSE);
}

void teltonika_ack(const struct teltonika_packet *packet, uint8_t out[TELTONIKA_ACK_BYTES])
{
    INVARIANT(packet->nrecords <= TELTONIKA_RECORDS_MAX);
    memset(out, 0, TELTONIKA_ACK_BYTES);
    out[TELTONIKA_ACK_BYTES - 1] = (uint8_t)packet->nrecords;
}

const struct teltonika_io *teltonika_io_find(const struct teltonika_record *record, uint16_t id)
{
    for (size_t i = 0; i < record->nios; i++) {
        if (record->ios[i].id == id) return &record->ios[i];
    }
    return NULL;
}

uint32_t teltonika_serial(const struct teltonika_packet *packet)
{
    return (uint32_t)packet->nrecords << 16 | packet->crc;
}

// Sorted by id. `flag`: 0 is false, anything else true.
static const struct io_name {
    uint16_t id;
    bool flag;
    const char *name;
} io_names[] = {
    {1, true, "digital_input_1"},
    {2, true, "digital_input_2"},
    {3, true, "digital_input_3"},
    {4, true, "digital_input_4"},
    {9, false, "analog_input_1_mv"},
    {10, false, "analog_input_2_mv"},
    {16, false, "odometer_m"},
    {21, false, "gsm_signal"},
    {24, false, "speed_kmh"},
    {66, false, "external_voltage_mv"},
    {67, false, "battery_voltage_mv"},
    {68, false, "battery_current_ma"},
    {69, false, "gnss_status"},
    {80, false, "data_mode"},
    {113, false, "battery_pct"},
    {179, true, "digital_output_1"},
    {180, true, "digital_output_2"},
    {181, false, "pdop_tenths"},
    {182, false, "hdop_tenths"},
    {199, false, "trip_m"},
    {200, false, "sleep_mode"},
    {205, false, "cell"},
    {206, false, "lac"},
    {239, true, "ignition"},
    {240, true, "movement"},
    {241, false, "operator"},
    {246, true, "towing"},
    {249, true, "jamming"},
    {252, true, "battery_unplugged"},
};
#define IO_NAMES (sizeof io_names / sizeof *io_names)

static const struct io_name *name_of(uint16_t id)
{
    size_t low = 0, high = IO_NAMES;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (io_names[middle].id == id) return &io_names[middle];
        if (io_names[middle].id < id) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return NULL;
}

const char *teltonika_io_name(uint16_t id)
{
    const struct io_name *name = name_of(id);
    return name ? name->name : "";
}

#define EXACT_MAX ((uint64_t)1 << 53) // beyond it a JSON number is not exact

// The value of an element: a number, its decimal text where a number would not be exact, or hex where it has no width.
static struct json *value_json(struct arena *arena, const struct teltonika_io *io)
{
    if (io->width == 0 || io->width > 8) return json_new_text(arena, hex_text(arena, io->bytes));
    if (io->value <= EXACT_MAX) return json_new_number(arena, (double)io->value);
    return json_new_text(arena, arena_printf(arena, "%llu", (unsigned long long)io->value));
}

static const char *number_text(struct arena *arena, uint16_t id)
{
    char digits[6];
    size_t at = sizeof digits;
    digits[--at] = '\0';
    do {
        digits[--at] = (char)('0' + id % 10);
        id = (uint16_t)(id / 10);
    } while (id);
    return arena_str(arena, (struct str){digits + at, sizeof digits - 1 - at}).p;
}

// `io`: every element under its number (the first of those that repeat), and beside it the well-known ones by name.
static void put_ios(struct arena *arena, const struct teltonika_record *record, struct json *status)
{
    uint64_t seen[(UINT16_MAX + 1) / 64] = {0};
    struct json *io = json_new_object(arena);
    for (size_t i = 0; i < record->nios; i++) {
        const struct teltonika_io *element = &record->ios[i];
        uint16_t id = element->id;
        if (seen[id / 64] >> (id % 64) & 1) continue;
        seen[id / 64] |= (uint64_t)1 << (id % 64);
        const char *number = number_text(arena, id);
        if (!number) return;
        json_put(io, number, value_json(arena, element));
        const struct io_name *name = element->width && element->width <= 8 ? name_of(id) : NULL;
        if (!name) continue;
        json_put(status, name->name,
                 name->flag ? json_new_bool(arena, element->value != 0) : value_json(arena, element));
    }
    json_put(status, "io", io);
}

static struct json *status_json(struct arena *arena, const struct teltonika_packet *packet,
                                const struct teltonika_record *record)
{
    struct json *status = json_new_object(arena);
    json_put_number(arena, status, "priority", record->priority);
    json_put_number(arena, status, "altitude_m", record->altitude_m);
    json_put_number(arena, status, "course_deg", record->course_deg);
    json_put_number(arena, status, "satellites", record->satellites);
    if (record->satellites && !device_place_sane(record->lat, record->lon)) {
        json_put_bool(arena, status, "position_senseless", true);
    }
    if (record->event_io) json_put_number(arena, status, "event_io", record->event_io);
    if (packet->codec == TELTONIKA_16) json_put_number(arena, status, "generation", record->generation);
    put_ios(arena, record, status);
    return status;
}

static const struct teltonika_io *door_of(const struct teltonika_record *record,
                                          const struct teltonika_profile *profile)
{
    if (!profile || !profile->has_door || record->event_io != profile->door_io) return NULL;
    return teltonika_io_find(record, profile->door_io);
}

static struct json *door_json(struct arena *arena, const struct teltonika_profile *profile,
                              const struct teltonika_io *door)
{
    bool open = door->value == profile->door_open;
    struct json *event = json_new_object(arena);
    json_put_text(arena, event, "type", open ? STR("tamper") : STR("report"));
    json_put_text(arena, event, "how", STR("door-sensor"));
    json_put_text(arena, event, "detail", open ? STR("door opened") : STR("door closed"));
    return event;
}

static struct draft *record_draft(struct arena *arena, const struct teltonika_packet *packet, size_t index,
                                  struct str imei, const struct teltonika_profile *profile)
{
    const struct teltonika_record *record = &packet->records[index];
    const struct teltonika_io *door = door_of(record, profile);
    struct draft *draft = draft_new(arena, door ? "custody.seal" : "custody.position", record->at_ms, LABEL_AMBER);
    if (!draft || !draft_about(arena, draft, NOUN_SEAL, STR("device.imei"), imei)) return NULL;
    bool fix = record->satellites > 0 && device_place_sane(record->lat, record->lon);
    struct device_position position = {record->lat, record->lon, record->speed_kmh,
                                       fix ? DEVICE_FIX_GNSS : DEVICE_FIX_NONE, record->at_ms};
    if (door) draft_put(draft, "event", door_json(arena, profile, door));
    draft_put(draft, "position", device_position_json(arena, &position));
    draft_put(draft, "status", status_json(arena, packet, record));
    draft_put(draft, "raw", json_new_text(arena, hex_text(arena, index == 0 ? packet->frame : record->bytes)));
    return draft;
}

enum err teltonika_draft(struct arena *arena, const struct teltonika_packet *packet, struct str imei,
                         const struct teltonika_profile *profile, struct draft **out, struct why *why)
{
    struct draft **last = out;
    *out = NULL;
    struct str kept = arena_str(arena, imei);
    for (size_t i = 0; i < packet->nrecords; i++) {
        *last = record_draft(arena, packet, i, kept, profile);
        if (!*last || arena->failed) {
            *out = NULL;
            return why_set(why, ERR_NO_MEMORY, "", "no memory for a packet's drafts");
        }
        last = &(*last)->next;
    }
    return ERR_NONE;
}
