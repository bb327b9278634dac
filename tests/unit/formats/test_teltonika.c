// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/text.h"
#include "formats/teltonika.h"
#include "shared_data.h"

#include <math.h>

#define IMEI "356307042441013"

static struct arena arena;
static struct teltonika_packet packet;
static struct why why;

static int start_arena(void **state)
{
    (void)state;
    arena = ARENA((size_t)256 << 20);
    return 0;
}

static int stop_arena(void **state)
{
    (void)state;
    arena_free(&arena);
    return 0;
}

static struct str bytes_of(struct str hex)
{
    size_t n;
    char *p = arena_alloc(&arena, hex.n / 2 + 1);
    assert_non_null(p);
    assert_true(hex_decode(hex, p, hex.n / 2, &n));
    return (struct str){p, n};
}

// A packet around data in hex, with a right length and CRC.
static struct str packet_of(const char *hex)
{
    struct str data = bytes_of(str_of(hex));
    struct buf b = BUF(1 << 20);
    buf_be32(&b, 0);
    buf_be32(&b, (uint32_t)data.n);
    buf_str_add(&b, data);
    buf_be32(&b, device_crc16(data));
    struct str s = arena_str(&arena, buf_str(&b));
    buf_free(&b);
    return s;
}

static enum err parse(struct str frame)
{
    why = (struct why){0};
    return teltonika_parse(&arena, frame, &packet, &why);
}

static void parse_ok(struct str frame)
{
    if (parse(frame)) fail_msg("%.*s: %s (%s)", STR_ARG(hex_text(&arena, frame)), why.text, why.member);
}

static const char *draft_text(const struct draft *draft)
{
    struct buf b = BUF(1 << 20);
    json_canonical(draft->members, &b);
    struct str s = arena_str(&arena, buf_str(&b));
    buf_free(&b);
    return s.p;
}

static struct draft *drafts(const struct teltonika_profile *profile)
{
    struct draft *list;
    assert_int_equal(teltonika_draft(&arena, &packet, STR(IMEI), profile, &list, &why), ERR_NONE);
    assert_non_null(list);
    return list;
}

// 2026-03-01T14:05:09.120Z, priority 1, 99.5 W 27.5 N, 100 m, 270 degrees, 8 satellites, 60 km/h.
#define GPS                                                                                                            \
    "0000019CA9B79E80"                                                                                                 \
    "01"                                                                                                               \
    "C4B18140"                                                                                                         \
    "10642AC0"                                                                                                         \
    "0064"                                                                                                             \
    "010E"                                                                                                             \
    "08"                                                                                                               \
    "003C"
#define ONE_8                                                                                                          \
    "0801" GPS "01"                                                                                                    \
    "04"                                                                                                               \
    "01EF01"                                                                                                           \
    "01420001"                                                                                                         \
    "01F100000001"                                                                                                     \
    "010B0000000000000001"                                                                                             \
    "01"

static void reads_a_codec_8_packet(void **state)
{
    (void)state;
    parse_ok(packet_of(ONE_8));
    assert_int_equal(packet.codec, TELTONIKA_8);
    assert_int_equal(packet.nrecords, 1);
    const struct teltonika_record *r = packet.records;
    char time[TIME_TEXT_ROOM];
    time_text_ms(r->at_ms, time);
    assert_string_equal(time, "2026-03-01T14:05:09.120Z");
    assert_int_equal(r->priority, 1);
    assert_true(r->lon == -99.5 && r->lat == 27.5);
    assert_int_equal(r->altitude_m, 100);
    assert_int_equal(r->course_deg, 270);
    assert_int_equal(r->satellites, 8);
    assert_int_equal(r->speed_kmh, 60);
    assert_int_equal(r->event_io, 1);
    assert_int_equal(r->nios, 4);
    const uint8_t widths[] = {1, 2, 4, 8};
    const uint16_t ids[] = {239, 66, 241, 11};
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(r->ios[i].width, widths[i]);
        assert_int_equal(r->ios[i].id, ids[i]);
        assert_int_equal(r->ios[i].value, 1);
        assert_int_equal(r->ios[i].bytes.n, widths[i]);
        assert_ptr_equal(teltonika_io_find(r, ids[i]), &r->ios[i]);
    }
    assert_null(teltonika_io_find(r, 1));
    assert_int_equal(r->bytes.n, packet.frame.n - 8 - 2 - 1 - 4);
}

static void reads_codec_8e_and_16(void **state)
{
    (void)state;
    parse_ok(packet_of("8E01" GPS "2A4F"
                       "0003"
                       "0001"
                       "00EF01"
                       "0001"
                       "01423138"
                       "0000"
                       "0000"
                       "0001"
                       "2A4F0003AABBCC"
                       "01"));
    const struct teltonika_record *r = packet.records;
    assert_int_equal(r->event_io, 0x2A4F);
    assert_int_equal(r->nios, 3);
    assert_int_equal(r->ios[1].id, 0x142);
    assert_int_equal(r->ios[1].value, 0x3138);
    assert_int_equal(r->ios[2].width, 0);
    assert_true(str_eq(r->ios[2].bytes, STR("\xAA\xBB\xCC")));

    parse_ok(packet_of("1002" GPS "00EF"
                       "05"
                       "01"
                       "01"
                       "00EF01"
                       "00"
                       "00"
                       "00" GPS "0000"
                       "06"
                       "00"
                       "00"
                       "00"
                       "00"
                       "00"
                       "02"));
    assert_int_equal(packet.nrecords, 2);
    assert_int_equal(packet.records[0].event_io, 239);
    assert_int_equal(packet.records[0].generation, 5);
    assert_int_equal(packet.records[0].nios, 1);
    assert_int_equal(packet.records[1].generation, 6);
    assert_int_equal(packet.records[1].nios, 0);
}

static void reads_signed_places_and_heights(void **state)
{
    (void)state;
    parse_ok(packet_of("0801"
                       "0000019CA9B79E80"
                       "00"
                       "3B4E7EC0"
                       "EF9BD540"
                       "FFFA"
                       "0000"
                       "00"
                       "0000"
                       "0000"
                       "00000000"
                       "01"));
    assert_true(packet.records->lon == 99.5 && packet.records->lat == -27.5);
    assert_int_equal(packet.records->altitude_m, -6);
    struct draft *draft = drafts(NULL);
    assert_true(str_is(json_pointer(draft->members, "/position/fix")->text, "none")); // no satellites
    assert_null(json_pointer(draft->members, "/position/lat"));
}

static void a_place_off_the_earth_is_no_fix(void **state)
{
    (void)state;
    const char *places[] = {"6B49D201"
                            "00000000",
                            "00000001"
                            "35A4E901",
                            "00000000"
                            "00000000"};
    for (size_t i = 0; i < 3; i++) {
        char data[256];
        snprintf(data, sizeof data,
                 "0801"
                 "0000019CA9B79E80"
                 "00"
                 "%s"
                 "0000"
                 "0000"
                 "09"
                 "0000"
                 "00"
                 "00"
                 "00000000"
                 "01",
                 places[i]);
        parse_ok(packet_of(data));
        struct draft *draft = drafts(NULL);
        assert_true(str_is(json_pointer(draft->members, "/position/fix")->text, "none"));
        assert_true(json_true(json_get(draft->members, "status"), "position_senseless"));
    }
}

static void reads_codec_8_with_long_elements(void **state)
{
    (void)state;
    parse_ok(packet_of("0802" GPS "00"
                       "02"
                       "01EF01"
                       "000000"
                       "01"
                       "F700112233445566778899AABBCCDDEEFF" GPS "00"
                       "00"
                       "00000000"
                       "00"
                       "02"));
    assert_int_equal(why.err, ERR_NONE);
    assert_int_equal(packet.nrecords, 2);
    assert_int_equal(packet.records[0].nios, 2);
    assert_int_equal(packet.records[0].ios[1].width, 16);
    const struct json *io = json_pointer(drafts(NULL)->members, "/status/io/247");
    assert_true(str_is(io->text, "00112233445566778899aabbccddeeff"));
}

static void tells_what_is_wrong_with_a_packet(void **state)
{
    (void)state;
    const struct {
        const char *data, *member;
        enum err err;
    } cases[] = {
        {"0800"
         "00",
         "count", ERR_MALFORMED},
        {"0801" GPS "00"
         "00"
         "00000000"
         "02",
         "count", ERR_MALFORMED},
        {"0802" GPS "00"
         "00"
         "00000000"
         "02",
         "records[1].gps", ERR_MALFORMED},
        {"0801" GPS "00"
         "00"
         "00000000"
         "FF01",
         "records", ERR_MALFORMED},
        {"0801"
         "0000019CA9B79E80"
         "01"
         "01",
         "records[0].gps", ERR_MALFORMED},
        {"0801" GPS "00"
         "01"
         "00000000"
         "01",
         "records[0].io", ERR_MALFORMED}, // fewer than said
        {"0801" GPS "00"
         "01"
         "0201010202"
         "000000"
         "01",
         "records[0].io", ERR_MALFORMED}, // more than said
        {"0801" GPS "00"
         "FF"
         "00000000"
         "01",
         "records[0].io", ERR_MALFORMED},
        {"0801" GPS "00"
         "02"
         "00000000"
         "01",
         "records[0].io", ERR_MALFORMED},
        {"0801" GPS "00"
         "01"
         "000001"
         "0B00000001",
         "records[0].io", ERR_MALFORMED},
        {"8E01" GPS "0000"
         "0001"
         "0000000000000000"
         "0001"
         "0100FFFF00"
         "01",
         "records[0].io", ERR_MALFORMED},
        {"0801"
         "0000E677D21FDC00"
         "00"
         "00000000"
         "00000000"
         "0000"
         "0000"
         "00"
         "0000"
         "00"
         "00"
         "00000000"
         "01",
         "records[0].timestamp", ERR_MALFORMED},
        {"0C01"
         "06"
         "00000000"
         "01",
         "codec", ERR_UNSUPPORTED},
        {"0D01"
         "06"
         "00000000"
         "01",
         "codec", ERR_UNSUPPORTED},
        {"0701"
         "0101",
         "codec", ERR_UNSUPPORTED},
        {"0901"
         "0101",
         "codec", ERR_UNSUPPORTED},
        {"0801", "length", ERR_MALFORMED},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        enum err err = parse(packet_of(cases[i].data));
        if (err != cases[i].err || strcmp(why.member, cases[i].member) != 0) {
            fail_msg("%s: %s, member %s: %s", cases[i].data, err_name(err), why.member, why.text);
        }
    }
}

static void accepts_no_flipped_bit_and_no_cut(void **state)
{
    (void)state;
    struct str frames[] = {packet_of(ONE_8), packet_of("8E02" GPS "0001"
                                                       "0000"
                                                       "0000000000000000"
                                                       "0000" GPS "0001"
                                                       "0000"
                                                       "0000000000000000"
                                                       "0000"
                                                       "02")};
    for (size_t f = 0; f < 2; f++) {
        parse_ok(frames[f]);
        for (size_t n = 0; n < frames[f].n; n++) {
            char *copy = malloc(n + 1); // so that a read past the end is seen
            memcpy(copy, frames[f].p, n);
            assert_int_equal(parse((struct str){copy, n}), ERR_MALFORMED);
            free(copy);
        }
        char *p = (char *)(uintptr_t)frames[f].p;
        for (size_t bit = 0; bit < frames[f].n * 8; bit++) {
            p[bit / 8] = (char)(p[bit / 8] ^ 1 << bit % 8);
            assert_int_equal(parse(frames[f]), ERR_MALFORMED);
            p[bit / 8] = (char)(p[bit / 8] ^ 1 << bit % 8);
        }
        parse_ok(frames[f]);
    }
}

static void reads_a_hello(void **state)
{
    (void)state;
    struct str imei = STR_NONE;
    why = (struct why){0};
    assert_int_equal(teltonika_hello(STR("\0\x0f" IMEI), &imei, &why), ERR_NONE);
    assert_true(str_is(imei, IMEI));
    const struct str bad[] = {STR(""),
                              STR("\0\x0f"),
                              STR("\0\x0f"
                                  "35630704244101"),
                              STR("\0\x0f"
                                  "35630704244101x"),
                              STR("\0\x10"
                                  "356307042441013"),
                              STR("\1\x0f"
                                  "356307042441013"),
                              STR("\0\x0f"
                                  "3563070424410130")};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        why = (struct why){0};
        assert_int_equal(teltonika_hello(bad[i], &imei, &why), ERR_MALFORMED);
        assert_string_equal(why.member, "imei");
    }
}

static void answers_with_the_number_of_records(void **state)
{
    (void)state;
    uint8_t ack[TELTONIKA_ACK_BYTES];
    struct teltonika_packet counted = {.nrecords = 255};
    teltonika_ack(&counted, ack);
    assert_memory_equal(ack, "\0\0\0\xff", 4);
    counted.nrecords = 1;
    teltonika_ack(&counted, ack);
    assert_memory_equal(ack, "\0\0\0\1", 4);
}

static void drafts_a_position(void **state)
{
    (void)state;
    parse_ok(packet_of("8E01" GPS "0000"
                       "0007"
                       "0003"
                       "00EF01"
                       "00F000"
                       "001504"
                       "0001"
                       "0042311F"
                       "0001"
                       "00F1000053AC"
                       "0001"
                       "0069FFFFFFFFFFFFFFFF"
                       "0001"
                       "2A4F0002BEEF"
                       "01"));
    struct draft *draft = drafts(NULL);
    assert_true(str_is(draft->kind, "custody.position"));
    assert_int_equal(draft->label, LABEL_AMBER);
    assert_int_equal(draft->at_ms, packet.records->at_ms);
    assert_null(draft->next);
    assert_int_equal(draft->nre, 1);
    assert_int_equal(draft->re[0]->noun, NOUN_SEAL);
    assert_true(str_is(draft->re[0]->ids[0].scheme, "device.imei"));
    assert_true(str_is(draft->re[0]->ids[0].value, IMEI));
    char expect[2048];
    snprintf(
        expect, sizeof expect,
        "{\"position\":{\"fix\":\"gnss\",\"lat\":27.5,\"lon\":-99.5,\"speed_kmh\":60,"
        "\"time\":\"2026-03-01T14:05:09.120Z\"},\"raw\":\"%.*s\",\"status\":{\"altitude_m\":100,\"course_deg\":270,"
        "\"external_voltage_mv\":12575,\"gsm_signal\":4,\"ignition\":true,\"io\":{\"105\":\"18446744073709551615\","
        "\"10831\":\"beef\",\"21\":4,\"239\":1,\"240\":0,\"241\":21420,\"66\":12575},\"movement\":false,"
        "\"operator\":21420,\"priority\":1,\"satellites\":8}}",
        STR_ARG(hex_text(&arena, packet.frame)));
    assert_string_equal(draft_text(draft), expect);
}

static void drafts_each_record_and_its_own_bytes(void **state)
{
    (void)state;
    parse_ok(packet_of("0802" GPS "00"
                       "01"
                       "01EF01"
                       "000000" GPS "00"
                       "01"
                       "01EF00"
                       "000000"
                       "02"));
    struct draft *first = drafts(NULL), *second = first->next;
    assert_non_null(second);
    assert_null(second->next);
    assert_true(str_eq(json_text(first->members, "raw"), hex_text(&arena, packet.frame)));
    assert_true(str_eq(json_text(second->members, "raw"), hex_text(&arena, packet.records[1].bytes)));
    assert_true(json_true(json_get(first->members, "status"), "ignition"));
    assert_false(json_true(json_get(second->members, "status"), "ignition"));
}

static void states_the_first_of_repeated_elements(void **state)
{
    (void)state;
    parse_ok(packet_of("0801" GPS "00"
                       "03"
                       "03EF01EF00EF01"
                       "000000"
                       "01"));
    struct draft *draft = drafts(NULL);
    const struct json *io = json_pointer(draft->members, "/status/io");
    assert_int_equal(io->count, 1);
    assert_true(json_true(json_get(draft->members, "status"), "ignition"));
}

static void makes_a_seal_event_of_a_door_sensor(void **state)
{
    (void)state;
    const struct teltonika_profile door = {.has_door = true, .door_io = 1, .door_open = 1},
                                   none = {.door_io = 1, .door_open = 1},
                                   inverse = {.has_door = true, .door_io = 1, .door_open = 0};
    const struct {
        const char *event, *value;
        const struct teltonika_profile *profile;
        const char *type;
    } cases[] = {
        {"01", "0101", &door, "tamper"},    {"01", "0100", &door, "report"}, {"00", "0101", &door, NULL},
        {"01", "0201", &door, NULL},        {"01", "0101", &none, NULL},     {"01", "0101", NULL, NULL},
        {"01", "0100", &inverse, "tamper"}, {"02", "0101", &door, NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char data[256];
        snprintf(data, sizeof data,
                 "0801" GPS "%s"
                 "01"
                 "01%s"
                 "000000"
                 "01",
                 cases[i].event, cases[i].value);
        parse_ok(packet_of(data));
        struct draft *draft = drafts(cases[i].profile);
        assert_true(str_is(draft->kind, cases[i].type ? "custody.seal" : "custody.position"));
        const struct json *type = json_pointer(draft->members, "/event/type");
        assert_int_equal(type != NULL, cases[i].type != NULL);
        if (type) assert_true(str_is(type->text, cases[i].type));
        assert_non_null(json_get(draft->members, "position"));
    }
}

static void drafts_nothing_without_memory(void **state)
{
    (void)state;
    parse_ok(packet_of(ONE_8));
    size_t refused = 0;
    for (size_t cap = 0; cap < 24000; cap += 200) {
        struct arena small = ARENA(cap);
        struct draft *list;
        enum err err = teltonika_draft(&small, &packet, STR(IMEI), NULL, &list, NULL);
        assert_int_equal(err == ERR_NONE, list != NULL);
        if (err) refused++;
        arena_free(&small);
    }
    assert_true(refused > 10 && refused < 120);
    for (size_t cap = 0; cap < 600; cap += 8) {
        struct arena small = ARENA(cap);
        struct teltonika_packet other;
        enum err err = teltonika_parse(&small, packet.frame, &other, NULL);
        assert_true(err == ERR_NONE || err == ERR_NO_MEMORY);
        arena_free(&small);
    }
}

static void names_are_found_for_what_has_one(void **state)
{
    (void)state;
    const struct {
        uint16_t id;
        const char *name;
    } cases[] = {{0, ""},
                 {1, "digital_input_1"},
                 {5, ""},
                 {66, "external_voltage_mv"},
                 {67, "battery_voltage_mv"},
                 {21, "gsm_signal"},
                 {179, "digital_output_1"},
                 {180, "digital_output_2"},
                 {239, "ignition"},
                 {240, "movement"},
                 {252, "battery_unplugged"},
                 {253, ""},
                 {65535, ""}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_string_equal(teltonika_io_name(cases[i].id), cases[i].name);
    }
}

static void serials_tell_packets_of_one_time_apart(void **state)
{
    (void)state;
    parse_ok(packet_of("0801" GPS "00"
                       "01"
                       "01EF01"
                       "000000"
                       "01"));
    uint32_t first = teltonika_serial(&packet);
    parse_ok(packet_of("0801" GPS "00"
                       "01"
                       "01EF00"
                       "000000"
                       "01"));
    assert_int_not_equal(first, teltonika_serial(&packet));
}

static void reads_many_packets_in_a_short_time(void **state)
{
    (void)state;
    struct str frame = packet_of("8E01" GPS "0000"
                                 "0007"
                                 "0003"
                                 "00EF01"
                                 "00F000"
                                 "001504"
                                 "0001"
                                 "0042311F"
                                 "0001"
                                 "00F1000053AC"
                                 "0001"
                                 "0069FFFFFFFFFFFFFFFF"
                                 "0001"
                                 "2A4F0002BEEF"
                                 "01");
    const int rounds = 20000;
    struct arena own = ARENA(1 << 20);
    int64_t start = clock_monotonic_us();
    for (int i = 0; i < rounds; i++) {
        struct draft *draft;
        assert_int_equal(teltonika_parse(&own, frame, &packet, NULL), ERR_NONE);
        assert_int_equal(teltonika_draft(&own, &packet, STR(IMEI), NULL, &draft, NULL), ERR_NONE);
        arena_reset(&own);
    }
    print_message("parse and draft: %.2f us a packet\n", (double)(clock_monotonic_us() - start) / rounds);
    arena_free(&own);
}

// --- foreign vectors

// Big-endian bytes as a decimal number.
static struct str decimal_text(struct str bytes)
{
    size_t room = bytes.n * 3 + 2;
    char *digits = arena_alloc(&arena, room);
    size_t n = 1; // digits in use, least first
    for (size_t i = 0; i < bytes.n; i++) {
        unsigned carry = (uint8_t)bytes.p[i];
        for (size_t k = 0; k < n || carry; k++) {
            if (k == n) n++;
            carry += (unsigned)digits[k] * 256;
            digits[k] = (char)(carry % 10);
            carry /= 10;
        }
    }
    for (size_t k = 0; k < n; k++) digits[k] = (char)(digits[k] + '0');
    for (size_t k = 0; k < n / 2; k++) {
        char c = digits[k];
        digits[k] = digits[n - 1 - k];
        digits[n - 1 - k] = c;
    }
    return (struct str){digits, n};
}

static double number_of(const struct json *object, const char *name)
{
    double number = NAN;
    assert_true(json_number(object, name, &number));
    return number;
}

static void check_io(const struct json *expect, const struct teltonika_io *io)
{
    if (expect->type == JSON_NULL) { // a variable element of no bytes
        assert_int_equal(io->width + io->bytes.n, 0);
        return;
    }
    if (io->width && expect->type == JSON_NUMBER) assert_true(expect->number == (double)io->value);
    struct str text = decimal_text(io->bytes);
    if (!str_eq(text, expect->text)) fail_msg("%u: %.*s, not %.*s", io->id, STR_ARG(text), STR_ARG(expect->text));
}

static void check_record(const struct json *expect, const struct teltonika_record *record)
{
    char time[TIME_TEXT_ROOM];
    time_text_ms(record->at_ms, time);
    assert_string_equal(time, arena_str(&arena, json_text(expect, "timestamp")).p);
    assert_true(number_of(expect, "priority") == record->priority);
    assert_true(number_of(expect, "lon") == record->lon);
    assert_true(number_of(expect, "lat") == record->lat);
    assert_true(number_of(expect, "alt") == (uint16_t)record->altitude_m); // the other decoder takes it for unsigned
    assert_true(number_of(expect, "angle") == record->course_deg);
    assert_true(number_of(expect, "sats") == record->satellites);
    assert_true(number_of(expect, "speed_kph") == record->speed_kmh);
    assert_true(number_of(expect, "event_io") == record->event_io);
    assert_true(number_of(expect, "io_count") == (double)record->nios);
    const struct json *io = json_get(expect, "io");
    assert_int_equal(io->count, record->nios);
    json_each(value, io)
    {
        uint64_t id;
        assert_true(str_decimal(value->name, 65535, &id));
        const struct teltonika_io *found = teltonika_io_find(record, (uint16_t)id);
        assert_non_null(found);
        check_io(value, found);
    }
}

static void agrees_with_another_decoder(void **state)
{
    (void)state;
    struct str text = shared_file(&arena, "seals/teltonika-expected.json");
    if (!text.p) skip();
    const struct json *root = json_parse(&arena, text, NULL);
    assert_non_null(root);
    size_t equal = 0, accepted = 0, unsupported = 0, refused = 0;
    json_each(vector, json_get(root, "vectors"))
    {
        struct str frame = bytes_of(json_text(vector, "hex"));
        enum err err = parse(frame);
        if (!json_true(vector, "crc_ok")) {
            assert_int_equal(err, ERR_MALFORMED);
            assert_true(strcmp(why.member, "crc") == 0 || strcmp(why.member, "length") == 0);
            refused++;
            continue;
        }
        uint8_t codec = (uint8_t)frame.p[8];
        bool ours = codec == 0x08 || codec == 0x8E || codec == 0x10;
        if (err != (ours ? ERR_NONE : ERR_UNSUPPORTED)) {
            fail_msg("line %g: %s (%s)", number_of(vector, "line"), why.text, why.member);
        }
        if (!ours) {
            assert_string_equal(why.member, "codec");
            unsupported++;
            continue;
        }
        accepted++;
        assert_true(number_of(vector, "crc") == packet.crc);
        assert_true(number_of(vector, "record_count") == (double)packet.nrecords);
        assert_non_null(drafts(NULL));
        const struct json *records = json_get(vector, "records");
        if (!records) continue;
        assert_int_equal(records->count, packet.nrecords);
        for (size_t i = 0; i < packet.nrecords; i++) check_record(json_at(records, i), &packet.records[i]);
        equal++;
    }
    print_message("%zu packets equal, %zu accepted, %zu of other codecs, %zu refused\n", equal, accepted, unsupported,
                  refused);
    assert_int_equal(equal, 26);
    assert_int_equal(accepted + unsupported, 39);
    assert_int_equal(refused, 9);
}

static void splits_and_reads_the_other_decoders_frames(void **state)
{
    (void)state;
    struct str text = shared_file(&arena, "seals/traccar/teltonika-ProtocolDecoder.json");
    if (!text.p) skip();
    const struct json *root = json_parse(&arena, text, NULL);
    assert_non_null(root);
    size_t hellos = 0, packets = 0, pings = 0, out = 0;
    json_each(vector, json_get(root, "vectors"))
    {
        struct str bytes = bytes_of(json_text(vector, "hex"));
        struct device_frame frame;
        device_frame_next(bytes, DEVICE_UNKNOWN, &frame);
        if (frame.state != DEVICE_FRAMING_FRAME) {
            const char *reason = bytes.p[1] == 0x49 ? "a UDP datagram" : "cut short, or its length is wrong";
            print_message("left out: line %g: %s\n", number_of(vector, "line"), reason);
            out++;
            continue;
        }
        struct str imei;
        if (frame.kind == DEVICE_FRAME_TELTONIKA_PING) pings++;
        if (frame.kind == DEVICE_FRAME_TELTONIKA_HELLO) {
            assert_int_equal(teltonika_hello((struct str){bytes.p, frame.n}, &imei, NULL), ERR_NONE);
            hellos++;
        }
        if (frame.kind == DEVICE_FRAME_TELTONIKA_PACKET) {
            assert_int_equal(frame.n, bytes.n);
            packets++;
        }
    }
    print_message("%zu packets, %zu hellos, %zu pings, %zu left out\n", packets, hellos, pings, out);
    assert_int_equal(hellos, 2);
    assert_int_equal(pings, 1);
    assert_int_equal(packets + out, 49);
    assert_int_equal(out, 5);
}

static void tells_of_each_bad_sample_what_is_wrong(void **state)
{
    (void)state;
    const char *names[] = {"crc", "count", "length", "codec12", "io"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[256];
        snprintf(path, sizeof path, "tests/data/teltonika/bad/%s.bin", names[i]);
        struct str frame = test_file(&arena, path);
        snprintf(path, sizeof path, "tests/data/teltonika/bad/%s.bin.reason", names[i]);
        struct str reason = str_trim(test_file(&arena, path));
        assert_true(frame.n && reason.n);
        assert_int_not_equal(parse(frame), ERR_NONE);
        assert_string_equal(why.member, arena_str(&arena, reason).p);
    }
}

static void reads_what_the_encoder_writes(void **state)
{
    (void)state;
    const char *names[] = {"codec8", "codec8e", "codec16", "three_records"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[256];
        snprintf(path, sizeof path, "tests/data/teltonika/good/%s.bin", names[i]);
        parse_ok(test_file(&arena, path));
        const struct teltonika_record *r = packet.records;
        assert_true(r->lat == 27.5 && r->lon == -99.5 && r->speed_kmh == 60);
        assert_int_equal(r->at_ms, 1772373909120);
        assert_int_equal(teltonika_io_find(r, 66)->value, 12600);
        assert_int_equal(packet.nrecords, i == 3 ? 3 : 1);
    }
}

// The encoder itself, as the demo's player calls it.
static void reads_what_the_encoder_writes_now(void **state)
{
    (void)state;
    const char *codecs[] = {"8", "8e", "16"};
    for (size_t i = 0; i < 3; i++) {
        char command[256], bytes[1024];
        snprintf(command, sizeof command, "python3 tests/devices/teltonika.py door 27.5 -99.5 --codec %s", codecs[i]);
        FILE *pipe = popen(command, "r");
        assert_non_null(pipe);
        size_t n = fread(bytes, 1, sizeof bytes, pipe);
        assert_int_equal(pclose(pipe), 0);
        parse_ok(bytes_of(str_trim((struct str){bytes, n})));
        const struct teltonika_profile door = {.has_door = true, .door_io = 1, .door_open = 1};
        assert_true(str_is(json_pointer(drafts(&door)->members, "/event/type")->text, "tamper"));
        assert_true(packet.records->lat == 27.5 && packet.records->lon == -99.5);
    }
}

#define with_arena(test) cmocka_unit_test_setup_teardown(test, start_arena, stop_arena)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_arena(reads_a_codec_8_packet),
        with_arena(reads_codec_8e_and_16),
        with_arena(reads_signed_places_and_heights),
        with_arena(a_place_off_the_earth_is_no_fix),
        with_arena(reads_codec_8_with_long_elements),
        with_arena(tells_what_is_wrong_with_a_packet),
        with_arena(accepts_no_flipped_bit_and_no_cut),
        with_arena(reads_a_hello),
        cmocka_unit_test(answers_with_the_number_of_records),
        with_arena(drafts_a_position),
        with_arena(drafts_each_record_and_its_own_bytes),
        with_arena(states_the_first_of_repeated_elements),
        with_arena(makes_a_seal_event_of_a_door_sensor),
        with_arena(drafts_nothing_without_memory),
        cmocka_unit_test(names_are_found_for_what_has_one),
        with_arena(serials_tell_packets_of_one_time_apart),
        with_arena(reads_many_packets_in_a_short_time),
        with_arena(agrees_with_another_decoder),
        with_arena(splits_and_reads_the_other_decoders_frames),
        with_arena(tells_of_each_bad_sample_what_is_wrong),
        with_arena(reads_what_the_encoder_writes),
        with_arena(reads_what_the_encoder_writes_now),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
