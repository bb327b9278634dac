// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/text.h"
#include "formats/device_frame.h"
#include "shared_data.h"

// A position frame of a JT701D lock, id 7591225008.
#define LOCK_FRAME                                                                                                     \
    "2475912250081911003401032614050927301234099304567F12980000002D060000000020E02810"                                 \
    "9228661F000100000F0F0F0F0F0F0F0F000001CC0156"
#define TEXT_FRAME "28373539313232353030382C404A5429" // (7591225008,@JT)
#define HELLO "000F333536333037303432343431303133"
// A codec 8 packet of one record with one IO element.
#define PACKET "000000000000002308010000018D0000000000C4B1814010642AC000640000080000EF0101EF0100000001"
#define PACKET_CRC "00000B31"

static struct arena arena;

static int start_arena(void **state)
{
    (void)state;
    arena = ARENA((size_t)64 << 20);
    return 0;
}

static int stop_arena(void **state)
{
    (void)state;
    arena_free(&arena);
    return 0;
}

static struct str bytes_of(const char *hex)
{
    size_t n, room = strlen(hex) / 2;
    char *p = arena_alloc(&arena, room + 1);
    assert_non_null(p);
    assert_true(hex_decode(str_of(hex), p, room, &n));
    return (struct str){p, n};
}

static struct str join(struct str a, struct str b)
{
    char *p = arena_alloc(&arena, a.n + b.n + 1);
    assert_non_null(p);
    if (a.n) memcpy(p, a.p, a.n);
    if (b.n) memcpy(p + a.n, b.p, b.n);
    return (struct str){p, a.n + b.n};
}

// A packet around some bytes, with a right length and CRC.
static struct str packet_of(struct str data)
{
    struct buf b = BUF(1 << 20);
    buf_be32(&b, 0);
    buf_be32(&b, (uint32_t)data.n);
    buf_str_add(&b, data);
    buf_be32(&b, device_crc16(data));
    struct str s = arena_str(&arena, buf_str(&b));
    buf_free(&b);
    return s;
}

static struct str some_packet(uint8_t fill, size_t n)
{
    char *p = arena_alloc(&arena, n);
    memset(p, fill, n);
    p[0] = 0x08;
    p[1] = p[n - 1] = 1;
    return packet_of((struct str){p, n});
}

// Splits the whole of `stream`, all of it at once and then byte by byte; gives the frames found.
struct split {
    size_t frames, garbage, left;
    enum device_frame_kind kinds[64];
    struct str parts[64];
};

static struct split split(struct str stream, enum device_protocol known)
{
    struct split s = {0};
    while (stream.n) {
        struct device_frame frame;
        device_frame_next(stream, known, &frame);
        if (frame.state == DEVICE_FRAMING_MORE) break;
        assert_in_range(frame.n, 1, stream.n);
        if (frame.state == DEVICE_FRAMING_GARBAGE) {
            assert_int_equal(frame.why.err, ERR_MALFORMED);
            assert_true(frame.why.text[0] != 0);
            s.garbage += frame.n;
        } else {
            assert_in_range(s.frames, 0, 63);
            s.kinds[s.frames] = frame.kind;
            s.parts[s.frames++] = (struct str){stream.p, frame.n};
            known = frame.protocol;
        }
        stream = str_from(stream, frame.n);
    }
    s.left = stream.n;
    return s;
}

// The same when the bytes come one at a time: a splitter must not depend on how TCP cuts them.
static struct split split_slowly(struct str stream, enum device_protocol known)
{
    struct split s = {0};
    size_t from = 0;
    for (size_t to = 1; to <= stream.n; to++) {
        for (;;) {
            struct device_frame frame;
            device_frame_next((struct str){stream.p + from, to - from}, known, &frame);
            if (frame.state == DEVICE_FRAMING_MORE) break;
            if (frame.state == DEVICE_FRAMING_GARBAGE) s.garbage += frame.n;
            if (frame.state == DEVICE_FRAMING_FRAME) {
                s.kinds[s.frames] = frame.kind;
                s.parts[s.frames++] = (struct str){stream.p + from, frame.n};
                known = frame.protocol;
            }
            from += frame.n;
        }
    }
    s.left = stream.n - from;
    return s;
}

static void splits_each_kind_of_frame(void **state)
{
    (void)state;
    const struct {
        const char *hex;
        enum device_frame_kind kind;
        enum device_protocol protocol;
    } cases[] = {
        {LOCK_FRAME, DEVICE_FRAME_JOINTECH_BINARY, DEVICE_JOINTECH},
        {TEXT_FRAME, DEVICE_FRAME_JOINTECH_TEXT, DEVICE_JOINTECH},
        {HELLO, DEVICE_FRAME_TELTONIKA_HELLO, DEVICE_TELTONIKA},
        {PACKET PACKET_CRC, DEVICE_FRAME_TELTONIKA_PACKET, DEVICE_TELTONIKA},
        {"FF", DEVICE_FRAME_TELTONIKA_PING, DEVICE_TELTONIKA},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct str whole = bytes_of(cases[i].hex);
        struct device_frame frame;
        device_frame_next(whole, DEVICE_UNKNOWN, &frame);
        assert_int_equal(frame.state, DEVICE_FRAMING_FRAME);
        assert_int_equal(frame.kind, cases[i].kind);
        assert_int_equal(frame.protocol, cases[i].protocol);
        assert_int_equal(frame.n, whole.n);
        for (size_t n = 0; n < whole.n; n++) {
            device_frame_next((struct str){whole.p, n}, DEVICE_UNKNOWN, &frame);
            assert_int_equal(frame.state, DEVICE_FRAMING_MORE);
        }
    }
}

static void gives_the_first_of_two_frames(void **state)
{
    (void)state;
    struct split s = split(bytes_of(LOCK_FRAME TEXT_FRAME LOCK_FRAME), DEVICE_UNKNOWN);
    assert_int_equal(s.frames, 3);
    assert_int_equal(s.garbage, 0);
    assert_int_equal(s.kinds[1], DEVICE_FRAME_JOINTECH_TEXT);
    s = split(bytes_of(HELLO PACKET PACKET_CRC PACKET PACKET_CRC), DEVICE_UNKNOWN);
    assert_int_equal(s.frames, 3);
    assert_int_equal(s.kinds[2], DEVICE_FRAME_TELTONIKA_PACKET);
}

static void finds_the_next_good_frame_after_garbage(void **state)
{
    (void)state;
    const struct {
        const char *garbage, *good;
        enum device_protocol known;
    } cases[] = {
        {"474554202F20485454502F312E310D0A", LOCK_FRAME, DEVICE_JOINTECH}, // GET / HTTP/1.1
        {"24", LOCK_FRAME, DEVICE_JOINTECH},
        {"2824", LOCK_FRAME, DEVICE_JOINTECH},
        {"247591225008", LOCK_FRAME, DEVICE_JOINTECH},
        {"24759122500819110034", LOCK_FRAME, DEVICE_JOINTECH},
        {"2475912250081911003499", LOCK_FRAME, DEVICE_JOINTECH},
        {"247591225008191100340103261405092730123409", TEXT_FRAME, DEVICE_JOINTECH},
        {"28373539313232353030382C5034352C", LOCK_FRAME, DEVICE_JOINTECH},
        {"28373539313232353030382C5034352C", TEXT_FRAME, DEVICE_JOINTECH},
        {"0102030405", PACKET PACKET_CRC, DEVICE_TELTONIKA},
        {"0001", PACKET PACKET_CRC, DEVICE_TELTONIKA},
        {"0000000000", PACKET PACKET_CRC, DEVICE_TELTONIKA},
        {"000F33353630", PACKET PACKET_CRC, DEVICE_TELTONIKA},
        {"00000000FFFFFFFF08", PACKET PACKET_CRC, DEVICE_TELTONIKA},
        {"000000000000200008", PACKET PACKET_CRC, DEVICE_TELTONIKA}, // a length that runs over the next packet
        {PACKET "00000B30", PACKET PACKET_CRC, DEVICE_TELTONIKA},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct str good = bytes_of(cases[i].good);
        struct str stream = join(bytes_of(cases[i].garbage), join(good, good));
        for (int slowly = 0; slowly < 2; slowly++) {
            struct split s = slowly ? split_slowly(stream, cases[i].known) : split(stream, cases[i].known);
            if (s.frames < 2)
                fail_msg("after %s: %zu frames, %zu garbage, %zu left, slowly %d", cases[i].garbage, s.frames,
                         s.garbage, s.left, slowly);
            assert_true(s.frames >= 2);
            assert_true(str_eq(s.parts[s.frames - 1], good));
            assert_true(str_eq(s.parts[s.frames - 2], good));
            assert_int_equal(s.left, 0);
        }
    }
}

// Whatever one byte of a frame is changed to, the second frame after it still comes whole.
static void loses_no_later_frame_to_a_changed_byte(void **state)
{
    (void)state;
    const char *frames[] = {LOCK_FRAME, TEXT_FRAME};
    for (size_t f = 0; f < 2; f++) {
        struct str good = bytes_of(frames[f]), stream = join(good, join(good, good));
        char *p = (char *)(uintptr_t)stream.p;
        for (size_t at = 0; at < good.n; at++) {
            for (int value = 0; value < 256; value++) {
                char was = p[at];
                p[at] = (char)value;
                struct split s = split(stream, DEVICE_JOINTECH);
                assert_true(s.frames >= 2);
                assert_true(str_eq(s.parts[s.frames - 1], good));
                assert_int_equal(s.left, 0);
                p[at] = was;
            }
        }
    }
}

static void loses_no_later_packet_to_a_flipped_bit(void **state)
{
    (void)state;
    struct str good = some_packet(0x55, 60), stream = join(good, good);
    char *p = (char *)(uintptr_t)stream.p;
    for (size_t bit = 0; bit < good.n * 8; bit++) {
        p[bit / 8] = (char)(p[bit / 8] ^ 1 << bit % 8);
        struct split s = split(stream, DEVICE_TELTONIKA);
        // A length that grew by up to 1280 is waited for; the device sends again when no answer comes.
        bool waits = s.left == stream.n;
        assert_true(waits || (s.frames >= 1 && str_eq(s.parts[s.frames - 1], good)));
        assert_true(!waits || (bit / 8 >= 4 && bit / 8 < 8));
        p[bit / 8] = (char)(p[bit / 8] ^ 1 << bit % 8);
    }
}

static void keeps_a_connection_to_its_protocol(void **state)
{
    (void)state;
    struct split s = split(bytes_of(PACKET PACKET_CRC), DEVICE_JOINTECH);
    assert_int_equal(s.frames, 0);
    assert_true(s.garbage > 0);
    s = split(bytes_of(LOCK_FRAME), DEVICE_TELTONIKA);
    assert_int_equal(s.frames, 0);
    assert_true(s.garbage > 0);
}

static void never_waits_for_more_than_its_limits(void **state)
{
    (void)state;
    struct device_frame frame;
    char *p = arena_alloc(&arena, DEVICE_FRAME_MAX + 16);
    memset(p, '1', DEVICE_FRAME_MAX + 16);
    memcpy(p, "(7591225008,", 12);
    device_frame_next((struct str){p, DEVICE_JOINTECH_MAX - 1}, DEVICE_UNKNOWN, &frame);
    assert_int_equal(frame.state, DEVICE_FRAMING_MORE);
    device_frame_next((struct str){p, DEVICE_JOINTECH_MAX}, DEVICE_UNKNOWN, &frame);
    assert_int_equal(frame.state, DEVICE_FRAMING_GARBAGE);
    p[DEVICE_JOINTECH_MAX - 1] = ')';
    device_frame_next((struct str){p, DEVICE_JOINTECH_MAX}, DEVICE_UNKNOWN, &frame);
    assert_int_equal(frame.state, DEVICE_FRAMING_FRAME);
    assert_int_equal(frame.n, DEVICE_JOINTECH_MAX);

    struct str largest = some_packet(0x55, DEVICE_TELTONIKA_MAX - 12);
    device_frame_next((struct str){largest.p, largest.n - 1}, DEVICE_UNKNOWN, &frame);
    assert_int_equal(frame.state, DEVICE_FRAMING_MORE);
    device_frame_next(largest, DEVICE_UNKNOWN, &frame);
    assert_int_equal(frame.state, DEVICE_FRAMING_FRAME);
    assert_int_equal(frame.n, DEVICE_FRAME_MAX);
    struct str larger = some_packet(0x55, DEVICE_TELTONIKA_MAX - 11);
    device_frame_next((struct str){larger.p, 9}, DEVICE_UNKNOWN, &frame);
    assert_int_equal(frame.state, DEVICE_FRAMING_GARBAGE);
}

static void waits_for_a_long_packet_that_hides_none(void **state)
{
    (void)state;
    struct str longer = some_packet(0, 2067);
    struct device_frame frame;
    device_frame_next((struct str){longer.p, longer.n - 1}, DEVICE_TELTONIKA, &frame);
    assert_int_equal(frame.state, DEVICE_FRAMING_MORE);
    device_frame_next(longer, DEVICE_TELTONIKA, &frame);
    assert_int_equal(frame.state, DEVICE_FRAMING_FRAME);
}

static void crc_is_that_of_the_standard(void **state)
{
    (void)state;
    assert_int_equal(device_crc16(STR("123456789")), 0xBB3D); // the catalogue's check value of CRC-16/ARC
    assert_int_equal(device_crc16(STR_NONE), 0);
}

static void one_session_is_one_device(void **state)
{
    (void)state;
    struct device_session session = {0};
    struct why why = {0};
    assert_int_equal(device_session_learn(&session, DEVICE_JOINTECH, STR("7591225008"), &why), ERR_NONE);
    assert_string_equal(session.device, "7591225008");
    assert_int_equal(device_session_learn(&session, DEVICE_JOINTECH, STR("7591225008"), &why), ERR_NONE);
    assert_int_equal(device_session_learn(&session, DEVICE_JOINTECH, STR("7591225009"), &why), ERR_CONFLICT);
    why = (struct why){0};
    assert_int_equal(device_session_learn(&session, DEVICE_TELTONIKA, STR("7591225008"), &why), ERR_CONFLICT);
    assert_string_equal(session.device, "7591225008");
    struct device_session other = {0};
    assert_int_equal(device_session_learn(&other, DEVICE_TELTONIKA, STR("3563070424410131"), NULL), ERR_TOO_LARGE);
    assert_int_equal(device_session_learn(&other, DEVICE_TELTONIKA, STR("356307042441013"), NULL), ERR_NONE);
    assert_string_equal(device_channel_text(&arena, DEVICE_JOINTECH, STR("7591225008")).p, "jt701d:7591225008");
    assert_string_equal(device_channel_text(&arena, DEVICE_TELTONIKA, STR("356307042441013")).p,
                        "imei:356307042441013");
}

static void tells_a_replay_from_a_late_packet(void **state)
{
    (void)state;
    struct device_session session = {0};
    assert_int_equal(device_session_note(&session, 1000, 1, STR("a")), DEVICE_FRESH);
    assert_int_equal(device_session_note(&session, 1000, 1, STR("a")), DEVICE_REPEATED);
    assert_int_equal(device_session_note(&session, 1000, 1, STR("b")), DEVICE_ALTERED);
    assert_int_equal(device_session_note(&session, 1000, 2, STR("a")), DEVICE_FRESH);
    assert_int_equal(device_session_note(&session, 999, 3, STR("c")), DEVICE_LATE);
    assert_int_equal(device_session_note(&session, 999, 3, STR("c")), DEVICE_REPEATED);
    assert_int_equal(session.last_at_ms, 1000);
    assert_int_equal(session.last_serial, 2);
    for (uint32_t i = 0; i < DEVICE_SEEN_MAX - 3; i++) {
        assert_int_equal(device_session_note(&session, 2000, i, STR("d")), DEVICE_FRESH);
    }
    assert_int_equal(device_session_note(&session, 1000, 1, STR("a")), DEVICE_REPEATED);
    assert_int_equal(device_session_note(&session, 3000, 1, STR("e")), DEVICE_FRESH);
    assert_int_equal(device_session_note(&session, 1000, 1, STR("a")), DEVICE_LATE); // forgotten: the ring is full
    assert_int_equal(session.nseen, DEVICE_SEEN_MAX);
}

static void judges_a_device_clock_by_ours(void **state)
{
    (void)state;
    const int64_t now = 1772373909000, day = 24 * 3600 * 1000;
    const struct {
        int64_t at;
        enum device_time expect;
    } cases[] = {
        {now, DEVICE_TIME_FINE},
        {now + 10 * 60 * 1000, DEVICE_TIME_FINE},
        {now + 10 * 60 * 1000 + 1, DEVICE_TIME_AHEAD},
        {now + 2 * day, DEVICE_TIME_AHEAD},
        {now - 2 * day + 1, DEVICE_TIME_FINE},
        {now - 2 * day, DEVICE_TIME_BEHIND},
        {0, DEVICE_TIME_BEHIND},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(device_time_check(cases[i].at, now), cases[i].expect);
    }
}

static void knows_what_is_a_place(void **state)
{
    (void)state;
    const struct {
        double lat, lon;
        bool sane;
    } cases[] = {
        {27.5, -99.5, true},  {90, 180, true},      {-90, -180, true},     {90.0001, 0, false},
        {-90.0001, 0, false}, {1, 180.0001, false}, {0, 0, false},         {0, 1e-7, false},
        {0, 0.1, true},       {0.1, 0, true},       {0.0 / 0.0, 1, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(device_place_sane(cases[i].lat, cases[i].lon), cases[i].sane);
    }
}

static void says_no_place_without_a_fix(void **state)
{
    (void)state;
    struct buf b = BUF(4096);
    struct device_position position = {27.5, -99.5, 33.3, DEVICE_FIX_GNSS, 1772373909120};
    json_canonical(device_position_json(&arena, &position), &b);
    buf_putc(&b, '\0');
    assert_string_equal(b.p, "{\"fix\":\"gnss\",\"lat\":27.5,\"lon\":-99.5,\"speed_kmh\":33.3,"
                             "\"time\":\"2026-03-01T14:05:09.120Z\"}");
    buf_clear(&b);
    position.fix = DEVICE_FIX_NONE;
    json_canonical(device_position_json(&arena, &position), &b);
    buf_putc(&b, '\0');
    assert_string_equal(b.p, "{\"fix\":\"none\",\"time\":\"2026-03-01T14:05:09.120Z\"}");
    buf_free(&b);
}

// The frame vectors of another decoder: each is one frame, the next one of the same stream aside.
static void splits_foreign_frames(void **state)
{
    (void)state;
    const char *files[] = {"seals/traccar/jt600-FrameDecoder.json", "seals/traccar/teltonika-FrameDecoder.json"};
    for (size_t f = 0; f < 2; f++) {
        struct str text = shared_file(&arena, files[f]);
        if (!text.p) continue;
        const struct json *root = json_parse(&arena, text, NULL);
        assert_non_null(root);
        json_each(vector, json_get(root, "vectors"))
        {
            struct str hex = json_text(vector, "hex"), bytes = bytes_of(arena_str(&arena, hex).p);
            struct split s = split(bytes, DEVICE_UNKNOWN), slow = split_slowly(bytes, DEVICE_UNKNOWN);
            assert_int_equal(s.garbage, 0);
            assert_int_equal(s.left, 0);
            assert_in_range(s.frames, 1, 3);
            assert_int_equal(slow.frames, s.frames);
            assert_int_equal(slow.garbage + slow.left, 0);
        }
    }
}

static void keeps_what_it_cannot_read(void **state)
{
    (void)state;
    const struct why refused = {.err = ERR_MALFORMED, .member = "crc", .text = "the CRC is wrong"};
    struct draft *draft = device_rejected_draft(&arena, STR("seal-tcp"), STR("\xff\x01"), &refused, 1772373909120);
    assert_non_null(draft);
    assert_true(str_is(draft->kind, "evidence.rejected"));
    assert_int_equal(draft->nre, 0);
    assert_int_equal(draft->at_ms, 1772373909120);
    struct buf b = BUF(1 << 16);
    json_canonical(draft->members, &b);
    buf_putc(&b, '\0');
    assert_string_equal(b.p,
                        "{\"bytes\":2,\"door\":\"seal-tcp\",\"raw\":\"ff01\",\"reason\":\"crc: the CRC is wrong\"}");
    buf_free(&b);
    char *large = arena_alloc(&arena, 5000);
    draft = device_rejected_draft(&arena, STR("seal-tcp"), (struct str){large, 5000}, &refused, 0);
    assert_int_equal(json_text(draft->members, "raw").n, 2 * DEVICE_REJECTED_MAX);
    struct arena small = ARENA(600);
    assert_null(device_rejected_draft(&small, STR("seal-tcp"), STR("x"), &refused, 0));
    arena_free(&small);
}

// The samples of tests/data/device_frame/bad, each with the member that its first garbage is told by.
static void says_of_each_bad_stream_what_is_wrong(void **state)
{
    (void)state;
    const char *names[] = {"http", "cut_short", "no_bracket", "not_bcd", "length_over_next"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[256];
        snprintf(path, sizeof path, "tests/data/device_frame/bad/%s.bin", names[i]);
        struct str stream = test_file(&arena, path);
        snprintf(path, sizeof path, "tests/data/device_frame/bad/%s.bin.reason", names[i]);
        struct str reason = str_trim(test_file(&arena, path));
        assert_true(stream.n && reason.n);
        struct device_frame frame;
        device_frame_next(stream, DEVICE_UNKNOWN, &frame);
        assert_int_equal(frame.state, DEVICE_FRAMING_GARBAGE);
        assert_string_equal(frame.why.member, arena_str(&arena, reason).p);
    }
}

static void splits_the_good_streams_whole(void **state)
{
    (void)state;
    const struct {
        const char *path;
        size_t frames;
    } cases[] = {{"tests/data/device_frame/good/lock_stream.bin", 3},
                 {"tests/data/device_frame/good/tracker_stream.bin", 4}};
    for (size_t i = 0; i < 2; i++) {
        struct split s = split(test_file(&arena, cases[i].path), DEVICE_UNKNOWN);
        assert_int_equal(s.frames, cases[i].frames);
        assert_int_equal(s.garbage + s.left, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(splits_each_kind_of_frame, start_arena, stop_arena),
        cmocka_unit_test_setup_teardown(gives_the_first_of_two_frames, start_arena, stop_arena),
        cmocka_unit_test_setup_teardown(finds_the_next_good_frame_after_garbage, start_arena, stop_arena),
        cmocka_unit_test_setup_teardown(loses_no_later_frame_to_a_changed_byte, start_arena, stop_arena),
        cmocka_unit_test_setup_teardown(loses_no_later_packet_to_a_flipped_bit, start_arena, stop_arena),
        cmocka_unit_test_setup_teardown(keeps_a_connection_to_its_protocol, start_arena, stop_arena),
        cmocka_unit_test_setup_teardown(never_waits_for_more_than_its_limits, start_arena, stop_arena),
        cmocka_unit_test_setup_teardown(waits_for_a_long_packet_that_hides_none, start_arena, stop_arena),
        cmocka_unit_test(crc_is_that_of_the_standard),
        cmocka_unit_test_setup_teardown(one_session_is_one_device, start_arena, stop_arena),
        cmocka_unit_test(tells_a_replay_from_a_late_packet),
        cmocka_unit_test(judges_a_device_clock_by_ours),
        cmocka_unit_test(knows_what_is_a_place),
        cmocka_unit_test_setup_teardown(says_no_place_without_a_fix, start_arena, stop_arena),
        cmocka_unit_test_setup_teardown(keeps_what_it_cannot_read, start_arena, stop_arena),
        cmocka_unit_test_setup_teardown(says_of_each_bad_stream_what_is_wrong, start_arena, stop_arena),
        cmocka_unit_test_setup_teardown(splits_the_good_streams_whole, start_arena, stop_arena),
        cmocka_unit_test_setup_teardown(splits_foreign_frames, start_arena, stop_arena),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
