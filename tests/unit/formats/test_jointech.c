// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/text.h"
#include "formats/jointech.h"
#include "shared_data.h"

#include <math.h>

#define ID "7591225008"
// A JT701D report: locked, rope in, cover closed; 2026-03-01 14:05:09, 27 30.1234 N 99 30.4567 W, serial 86.
#define REPORT                                                                                                         \
    "2475912250081911003401032614050927301234099304567B12980000002D060000000020E028109228661F05010100"                 \
    "0F0F0F0F0F0F0F0F0001014E1456"
#define EVENT "(" ID ",P45,010326,140509,27.50000,N,99.50000,W,A,36,270,1,1,0008627839,0,0,24,5)"

static struct arena arena;
static struct jointech_message message;
static struct why why;

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

static struct str bytes_of(struct str hex)
{
    size_t n;
    char *p = arena_alloc(&arena, hex.n / 2 + 1);
    assert_non_null(p);
    assert_true(hex_decode(hex, p, hex.n / 2, &n));
    return (struct str){p, n};
}

static enum err parse(struct str frame)
{
    why = (struct why){0};
    return jointech_parse(&arena, frame, &message, &why);
}

static void parse_ok(struct str frame)
{
    enum err err = parse(frame);
    if (err) fail_msg("%.*s: %s (%s)", STR_ARG(hex_text(&arena, frame)), why.text, why.member);
}

// The report with some bytes from `offset` on replaced.
static struct str report_with(size_t offset, const char *hex)
{
    struct str frame = bytes_of(STR(REPORT)), part = bytes_of(str_of(hex));
    memcpy((char *)(uintptr_t)frame.p + offset, part.p, part.n);
    return frame;
}

// The event with its field `index` (0 is the id) replaced.
static struct str event_with(size_t index, const char *value)
{
    struct buf b = BUF(1024);
    struct str left = (struct str){&EVENT[1], sizeof EVENT - 3};
    buf_putc(&b, '(');
    for (size_t i = 0; left.p; i++) {
        struct str field = str_cut(left, ',', &left);
        if (i) buf_putc(&b, ',');
        buf_str_add(&b, i == index ? str_of(value) : field);
    }
    buf_putc(&b, ')');
    struct str s = arena_str(&arena, buf_str(&b));
    buf_free(&b);
    return s;
}

static const char *ack_text(int64_t now_ms)
{
    struct buf b = BUF(256);
    bool owed = jointech_ack(&message, now_ms, &b);
    assert_int_equal(owed, b.n > 0);
    struct str s = arena_str(&arena, buf_str(&b));
    buf_free(&b);
    return owed ? s.p : NULL;
}

// The draft's members as canonical JSON.
static const char *draft_text(void)
{
    struct draft *draft = NULL;
    assert_int_equal(jointech_draft(&arena, &message, 1772373909000, &draft, &why), ERR_NONE);
    if (!draft) return NULL;
    assert_null(draft->next);
    assert_true(str_is(draft->kind, "custody.seal"));
    assert_int_equal(draft->nre, 1);
    assert_int_equal(draft->re[0]->noun, NOUN_SEAL);
    assert_int_equal(draft->re[0]->nids, 1);
    assert_true(str_is(draft->re[0]->ids[0].scheme, "seal.jointech"));
    assert_true(str_is(draft->re[0]->ids[0].value, message.device));
    assert_int_equal(draft->at_ms, message.has_time ? message.at_ms : 1772373909000);
    struct buf b = BUF(1 << 16);
    json_canonical(draft->members, &b);
    struct str s = arena_str(&arena, buf_str(&b));
    buf_free(&b);
    return s.p;
}

static struct str draft_member(const char *pointer)
{
    struct draft *draft = NULL;
    assert_int_equal(jointech_draft(&arena, &message, 1772373909000, &draft, &why), ERR_NONE);
    assert_non_null(draft);
    const struct json *value = json_pointer(draft->members, pointer);
    return value ? value->text : STR_NONE;
}

static void reads_every_field_of_a_report(void **state)
{
    (void)state;
    parse_ok(bytes_of(STR(REPORT)));
    assert_int_equal(message.kind, JOINTECH_REPORT);
    assert_string_equal(message.device, ID);
    assert_int_equal(message.protocol, JOINTECH_JT701D);
    assert_int_equal(message.device_type, 1);
    assert_int_equal(message.data, JOINTECH_REAL_TIME);
    assert_true(message.has_time);
    assert_int_equal(message.at_ms, 1772373909000);
    assert_true(message.positioned);
    assert_true(fabs(message.lat - (27 + 30.1234 / 60)) < 1e-9);
    assert_true(fabs(message.lon + (99 + 30.4567 / 60)) < 1e-9);
    assert_true(fabs(message.speed_kmh - 33.3) < 1e-9);
    assert_int_equal(message.course_deg, 304);
    assert_int_equal(message.mileage_km, 45);
    assert_int_equal(message.satellites, 6);
    assert_int_equal(message.vehicle, 0);
    assert_int_equal(message.status.bits, 0x20E0);
    assert_false(message.charging);
    assert_int_equal(message.battery_pct, 40);
    assert_int_equal(message.cell, 0x00011092);
    assert_int_equal(message.lac, 0x2866);
    assert_int_equal(message.gsm, 31);
    assert_true(message.has_fence && message.has_network);
    assert_int_equal(message.fence, 5);
    assert_int_equal(message.wake, 1);
    assert_int_equal(message.mcc, 334);
    assert_int_equal(message.mnc, 0x0114);
    assert_int_equal(message.serial, 86);
    assert_string_equal(ack_text(0), "(P69,0,86)");
}

static void names_each_status_bit(void **state)
{
    (void)state;
    for (unsigned bit = 0; bit < 16; bit++) {
        char hex[5];
        snprintf(hex, sizeof hex, "%04X", 1u << bit);
        parse_ok(report_with(36, hex));
        const struct jointech_status *s = &message.status;
        const bool named[16] = {s->cell_position,     s->fence_entered,     s->fence_left,    s->rope_cut,
                                s->vibration,         s->ack_wanted,        s->rope_inserted, s->motor_locked,
                                s->long_unlocked,     s->wrong_password,    s->illegal_card,  s->low_battery,
                                s->back_cover_opened, s->back_cover_closed, s->motor_stuck,   s->reserved};
        for (unsigned i = 0; i < 16; i++) assert_int_equal(named[i], i == bit);
        bool tamper = bit == 3 || bit == 9 || bit == 10 || bit == 12 || bit == 14;
        bool alarm = tamper || bit == 1 || bit == 2 || bit == 4 || bit == 8 || bit == 11;
        assert_true(str_is(draft_member("/event/type"), tamper ? "tamper" : "report"));
        assert_int_equal(draft_member("/event/detail").n > 0, alarm);
        assert_int_equal(ack_text(0) != NULL, bit == 5);
    }
}

static void reads_the_lengths_and_versions_of_older_firmware(void **state)
{
    (void)state;
    struct str frame = bytes_of(STR(REPORT));
    char cut[64];
    memcpy(cut, frame.p, 62);
    cut[9] = 35;
    cut[44] = 86;
    parse_ok((struct str){cut, 45});
    assert_false(message.has_fence || message.has_network);
    assert_int_equal(message.serial, 86);
    memcpy(cut, frame.p, 62);
    cut[9] = 39;
    cut[48] = 86;
    parse_ok((struct str){cut, 49});
    assert_true(message.has_fence && !message.has_network);
    assert_int_equal(message.serial, 86);
    parse_ok(report_with(46, "0F")); // the MNC has one byte
    assert_int_equal(message.mnc, 0x14);
    const char *versions[] = {"01", "16", "17"};
    for (size_t i = 0; i < 3; i++) {
        parse_ok(report_with(6, versions[i]));
        assert_string_equal(ack_text(0), "(P35)");
    }
    parse_ok(report_with(38, "FF"));
    assert_true(message.charging);
    assert_null(strstr(draft_text(), "battery_pct"));
}

static void reads_the_four_quarters_of_the_earth(void **state)
{
    (void)state;
    const struct {
        const char *flags;
        int north, east;
        bool fix;
    } cases[] = {
        {"7F", 1, 1, true}, {"7B", 1, -1, true}, {"7D", -1, 1, true}, {"79", -1, -1, true}, {"7A", 1, -1, false}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        parse_ok(report_with(24, cases[i].flags));
        assert_int_equal(message.lat > 0 ? 1 : -1, cases[i].north);
        assert_int_equal(message.lon > 0 ? 1 : -1, cases[i].east);
        assert_int_equal(message.positioned, cases[i].fix);
        assert_true(str_is(draft_member("/position/fix"), cases[i].fix ? "gnss" : "none"));
    }
    parse_ok(report_with(36, "20E1"));
    assert_true(str_is(draft_member("/position/fix"), "cell"));
    parse_ok(report_with(16, "00000000000000000F")); // 0,0 is no place, whatever the flag says
    assert_true(str_is(draft_member("/position/fix"), "none"));
}

static void tells_what_is_wrong_with_a_report(void **state)
{
    (void)state;
    const struct {
        size_t offset;
        const char *hex, *member;
        enum err err;
    } cases[] = {
        {0, "25", "start", ERR_MALFORMED},
        {3, "AF", "terminal_id", ERR_MALFORMED},
        {6, "18", "protocol_version", ERR_UNSUPPORTED},
        {6, "00", "protocol_version", ERR_UNSUPPORTED},
        {7, "01", "protocol_version", ERR_UNSUPPORTED},
        {7, "10", "data_type", ERR_MALFORMED},
        {7, "15", "data_type", ERR_MALFORMED},
        {8, "0033", "length", ERR_MALFORMED},
        {8, "0023", "length", ERR_MALFORMED},
        {8, "0134", "length", ERR_MALFORMED},
        {10, "0A", "date", ERR_MALFORMED},
        {10, "00", "date", ERR_MALFORMED},
        {10, "32", "date", ERR_MALFORMED},
        {10, "300226", "date", ERR_MALFORMED},
        {11, "13", "date", ERR_MALFORMED},
        {13, "24", "date", ERR_MALFORMED},
        {14, "60", "date", ERR_MALFORMED},
        {16, "2A", "latitude", ERR_MALFORMED},
        {16, "2760", "latitude", ERR_MALFORMED},
        {16, "91", "position", ERR_SENSELESS},
        {20, "0A", "longitude", ERR_MALFORMED},
        {20, "0996", "longitude", ERR_MALFORMED},
        {24, "AB", "longitude", ERR_MALFORMED},
        {20, "181", "position", ERR_SENSELESS},
        {26, "B5", "direction", ERR_MALFORMED},
        {38, "65", "battery", ERR_MALFORMED},
        {58, "03E8", "mcc", ERR_MALFORMED},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char hex[16];
        snprintf(hex, sizeof hex, "%s%s", cases[i].hex, strlen(cases[i].hex) % 2 ? "0" : "");
        enum err err = parse(report_with(cases[i].offset, hex));
        if (err != cases[i].err || strcmp(why.member, cases[i].member) != 0) {
            fail_msg("%s at %zu: %s, member %s", cases[i].hex, cases[i].offset, err_name(err), why.member);
        }
        assert_int_equal(why.err, err);
    }
}

static void refuses_a_frame_cut_anywhere(void **state)
{
    (void)state;
    const struct str frames[] = {bytes_of(STR(REPORT)), STR(EVENT), STR("(" ID ",P52,2,113271)"), STR("(" ID ",P22,2)"),
                                 STR("(" ID ",@JT)")};
    for (size_t f = 0; f < sizeof frames / sizeof *frames; f++) {
        for (size_t n = 0; n < frames[f].n; n++) {
            char *copy = malloc(n + 1); // so that a read past the end is seen
            memcpy(copy, frames[f].p, n);
            assert_int_not_equal(parse((struct str){copy, n}), ERR_NONE);
            assert_true(why.member[0] && why.text[0]);
            free(copy);
        }
    }
}

static void reads_every_field_of_a_lock_event(void **state)
{
    (void)state;
    parse_ok(STR(EVENT));
    assert_int_equal(message.kind, JOINTECH_LOCK);
    assert_string_equal(message.device, ID);
    assert_int_equal(message.at_ms, 1772373909000);
    assert_true(message.positioned);
    assert_true(message.lat == 27.5 && message.lon == -99.5);
    assert_true(message.speed_kmh == 36);
    assert_int_equal(message.course_deg, 270);
    assert_int_equal(message.source, JOINTECH_BY_CARD);
    assert_int_equal(message.verification, 1);
    assert_true(str_is(message.card, "0008627839"));
    assert_false(message.password_right);
    assert_int_equal(message.wrong_passwords, 0);
    assert_int_equal(message.serial, 24);
    assert_int_equal(message.mileage_km, 5);
    assert_string_equal(ack_text(0), "(P69,0,24)");
    assert_string_equal(
        draft_text(),
        "{\"event\":{\"detail\":\"allowed: in fence "
        "1\",\"how\":\"rfid\",\"type\":\"unlock\",\"who\":\"rfid:0008627839\"},"
        "\"position\":{\"fix\":\"gnss\",\"lat\":27.5,\"lon\":-99.5,\"speed_kmh\":36,\"time\":\"2026-03-01T14:05:09."
        "000Z\"},"
        "\"raw\":"
        "\"28373539313232353030382c5034352c3031303332362c3134303530392c32372e35303030302c4e2c39392e35303030302c572c"
        "412c33362c3237302c312c312c303030383632373833392c302c302c32342c3529\",\"status\":{\"course_deg\":270,"
        "\"event_source\":1,\"mileage_km\":5,\"password_right\":false,\"serial\":24,\"unlock_verification\":1,"
        "\"wrong_passwords\":0}}");
    parse_ok(event_with(17, "5,more,of,a,later,firmware"));
    assert_int_equal(message.serial, 24);
}

static void tells_lock_unlock_and_refusal_apart(void **state)
{
    (void)state;
    const struct {
        const char *source, *verification, *type, *how, *detail;
    } cases[] = {
        {"1", "0", "refused", "rfid", "refused: verification failed"},
        {"1", "1", "unlock", "rfid", "allowed: in fence 1"},
        {"1", "10", "unlock", "rfid", "allowed: in fence 10"},
        {"1", "98", "unlock", "rfid", "allowed: no fence tied"},
        {"1", "99", "refused", "rfid", "refused: outside its fence"},
        {"2", "0", "refused", "illegal-rfid", "refused: verification failed"},
        {"3", "0", "report", "vehicle-rfid", "vehicle card bound"},
        {"4", "1", "unlock", "static-password", "allowed"},
        {"4", "0", "refused", "static-password", "refused: verification failed"},
        {"5", "0", "lock", "auto", "rope inserted"},
        {"6", "98", "unlock", "dynamic-password", "allowed: no fence tied"},
        {"6", "0", "refused", "dynamic-password", "refused: verification failed"},
        {"7", "1", "unlock", "bluetooth", "allowed: in fence 1"},
        {"7", "99", "refused", "bluetooth", "refused: outside its fence"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[128];
        snprintf(text, sizeof text, "(" ID ",P45,010326,140509,27.5,N,99.5,W,A,36,270,%s,%s,0008627839,0,0,24,5)",
                 cases[i].source, cases[i].verification);
        parse_ok(str_of(text));
        assert_true(str_is(draft_member("/event/type"), cases[i].type));
        assert_true(str_is(draft_member("/event/how"), cases[i].how));
        assert_true(str_is(draft_member("/event/detail"), cases[i].detail));
        assert_int_equal(jointech_unlocked(&message), strcmp(cases[i].type, "unlock") == 0);
    }
    parse_ok(event_with(13, "0000000000"));
    assert_int_equal(draft_member("/event/who").n, 0);
}

static void tells_what_is_wrong_with_a_lock_event(void **state)
{
    (void)state;
    const struct {
        size_t field; // 0 id, 1 command, 2 date …
        const char *value, *member;
    } cases[] = {
        {0, "759122500", "terminal_id"},
        {0, "75912250089", "terminal_id"},
        {0, "759122500A", "terminal_id"},
        {2, "01032", "date"},
        {2, "310226", "time"},
        {3, "1405", "time"},
        {3, "240000", "time"},
        {4, "", "latitude"},
        {4, "27.5.0", "latitude"},
        {4, "-27.5", "latitude"},
        {4, ".5", "latitude"},
        {4, "5.", "latitude"},
        {4, "1234567890.1234567", "latitude"},
        {4, "90.1", "position"},
        {5, "X", "latitude_indicator"},
        {6, "x", "longitude"},
        {6, "180.00001", "position"},
        {7, "", "longitude_indicator"},
        {8, "B", "positioning"},
        {9, "-1", "speed"},
        {9, "1001", "speed"},
        {10, "361", "direction"},
        {11, "", "event_source"},
        {11, "0", "event_source"},
        {12, "11", "unlock_verification"},
        {12, "97", "unlock_verification"},
        {12, "100", "unlock_verification"},
        {13, "123", "card"},
        {13, "000862783x", "card"},
        {14, "2", "password_verification"},
        {15, "-", "wrong_passwords"},
        {16, "", "serial"},
        {16, "2a", "serial"},
        {17, "", "mileage"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_not_equal(parse(event_with(cases[i].field, cases[i].value)), ERR_NONE);
        if (strcmp(why.member, cases[i].member) != 0)
            fail_msg("%s: %s, not %s", cases[i].value, why.member, cases[i].member);
    }
    assert_int_equal(parse(STR("(" ID ",P45,010326,140509)")), ERR_MALFORMED);
    assert_string_equal(why.member, "fields");
    assert_int_equal(parse(STR("(" ID ",P45)")), ERR_MALFORMED);
    parse_ok(STR("(" ID ",P45,010326,140509,27.5,N,99.5,W,A,36,270,1,1,0008627839,0,0,24)"));
    assert_int_equal(message.serial, 24);
    assert_false(message.has_mileage);
}

static void answers_a_password_report_but_never_states_it(void **state)
{
    (void)state;
    parse_ok(STR("(" ID ",P52,2,113271)"));
    assert_int_equal(message.kind, JOINTECH_PASSWORD);
    assert_true(str_is(message.password, "113271"));
    assert_string_equal(ack_text(0), "(P52,2,113271)");
    const char *text = draft_text();
    assert_string_equal(text, "{\"event\":{\"detail\":\"the lock has a new dynamic password\",\"type\":\"report\"}}");
    assert_int_equal(parse(STR("(" ID ",P52,2,11327)")), ERR_MALFORMED);
    assert_string_equal(why.member, "password");
    assert_int_equal(parse(STR("(" ID ",P52,2,11327x)")), ERR_MALFORMED);
    assert_int_equal(parse(STR("(" ID ",P52,3,1,0)")), ERR_UNSUPPORTED);
}

static void answers_a_time_request_with_utc(void **state)
{
    (void)state;
    parse_ok(STR("(" ID ",P22,2)"));
    assert_int_equal(message.kind, JOINTECH_TIME);
    assert_string_equal(ack_text(1594831408999), "(P22,150720164328)");
    assert_null(draft_text());
    assert_int_equal(parse(STR("(" ID ",P22,3)")), ERR_UNSUPPORTED);
}

static void answers_no_heartbeat(void **state)
{
    (void)state;
    parse_ok(STR("(" ID ",@JT)"));
    assert_int_equal(message.kind, JOINTECH_HEARTBEAT);
    assert_null(ack_text(0));
    assert_null(draft_text());
    assert_int_equal(parse(STR("(" ID ",@JT,1)")), ERR_UNSUPPORTED);
}

static void reads_the_data_of_a_sub_lock(void **state)
{
    (void)state;
    // Serial 0x29 and a data byte 0x3D come escaped.
    parse_ok(bytes_of(STR("28373539313232353030382C312C3131302C574C4E45542C352C322C010326140509"
                          "27301234099304567B0000010326140508E0172600043D14013D0029")));
    assert_int_equal(message.kind, JOINTECH_PERIPHERAL);
    assert_int_equal(message.at_ms, 1772373909000);
    assert_string_equal(message.peripheral, "E017260004");
    assert_int_equal(message.serial, 0x29);
    assert_true(str_eq(message.data_bytes, STR("\x01\x3d")));
    assert_string_equal(ack_text(0), "(P69,0,41)");
    assert_true(str_is(draft_member("/status/peripheral"), "E017260004"));
    assert_true(str_is(draft_member("/event/type"), "report"));
    const struct {
        const char *data, *member;
    } bad[] = {{"3D16", "escape"}, {"3D", "escape"}, {"0103", "date"}, {"01032614050927301234099304567B0000", "data"}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char hex[256];
        snprintf(hex, sizeof hex, "28373539313232353030382C574C4E45542C352C322C%s29", bad[i].data);
        assert_int_equal(parse(bytes_of(str_of(hex))), ERR_MALFORMED);
        assert_string_equal(why.member, bad[i].member);
    }
    assert_int_equal(parse(STR("(" ID ",WLNET,5,2)")), ERR_MALFORMED);
    assert_int_equal(parse(STR("(" ID ",WLNET,6,2,x)")), ERR_UNSUPPORTED);
}

static void refuses_what_no_lock_reports(void **state)
{
    (void)state;
    const char *texts[] = {"(" ID ",U01,040812)", "(" ID ",P43,1,0)", "(" ID ",)", "(" ID ",1,2,3,P45)",
                           "(" ID ",P222,2)"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        assert_int_equal(parse(str_of(texts[i])), ERR_UNSUPPORTED);
        assert_string_equal(why.member, "command");
    }
}

static void drafts_a_cut_rope_as_tampering(void **state)
{
    (void)state;
    parse_ok(report_with(36, "28A8")); // cut, low battery; cover closed, motor locked, answer wanted
    assert_string_equal(
        draft_text(),
        "{\"event\":{\"detail\":\"rope_cut, low_battery\",\"type\":\"tamper\"},"
        "\"position\":{\"fix\":\"gnss\",\"lat\":27.5020567,\"lon\":-99.5076117,\"speed_kmh\":33.3,"
        "\"time\":\"2026-03-01T14:05:09.000Z\"},"
        "\"raw\":"
        "\"2475912250081911003401032614050927301234099304567b12980000002d060000000028a828109228661f050101000f0f0f0f"
        "0f0f0f0f0001014e1456\",\"status\":{\"ack_wanted\":true,\"back_cover_closed\":true,\"back_cover_opened\":false,"
        "\"battery_pct\":40,\"cell\":69778,\"cell_position\":false,\"charging\":false,\"course_deg\":304,"
        "\"data\":\"real-time\",\"fence\":5,\"fence_entered\":false,\"fence_left\":false,\"gsm\":31,\"illegal_card\":"
        "false,"
        "\"lac\":10342,\"long_unlocked\":false,\"low_battery\":true,\"mcc\":334,\"mileage_km\":45,\"mnc\":276,"
        "\"motor_locked\":true,\"motor_stuck\":false,\"protocol\":25,\"reserved\":false,\"rope_cut\":true,"
        "\"rope_inserted\":false,\"satellites\":6,\"serial\":86,\"vibration\":false,\"wake\":\"timer\","
        "\"wrong_password\":false}}");
}

static void drafts_nothing_without_memory(void **state)
{
    (void)state;
    parse_ok(STR(EVENT));
    for (size_t cap = 0; cap < 4096; cap += 64) {
        struct arena small = ARENA(cap);
        struct draft *draft = NULL;
        enum err err = jointech_draft(&small, &message, 0, &draft, NULL);
        assert_int_equal(err == ERR_NONE, draft != NULL);
        if (err) assert_int_equal(err, ERR_NO_MEMORY);
        arena_free(&small);
    }
}

static void serials_of_reports_and_events_differ(void **state)
{
    (void)state;
    parse_ok(bytes_of(STR(REPORT)));
    uint32_t report = jointech_serial(&message);
    parse_ok(event_with(16, "86"));
    assert_int_equal(message.serial, 86);
    assert_int_not_equal(report, jointech_serial(&message));
    assert_string_equal(jointech_wake_name(9), "sms");
    assert_string_equal(jointech_wake_name(10), "");
    assert_string_equal(jointech_source_name((enum jointech_source)8), "");
}

// --- the vendor's vectors

static void check_number(const struct json *expect, const char *name, double value, double tolerance)
{
    double number;
    if (!json_number(expect, name, &number)) return;
    if (fabs(number - value) > tolerance) fail_msg("%s: %g, not %g", name, value, number);
}

static void check_bool(const struct json *expect, const char *name, bool value)
{
    const struct json *member = json_get(expect, name);
    if (member) assert_int_equal(member->boolean, value);
}

static void check_text(const struct json *expect, const char *name, struct str value)
{
    const struct json *member = json_get(expect, name);
    if (member && member->type == JSON_STRING && !str_eq(member->text, value)) {
        fail_msg("%s: %.*s, not %.*s", name, STR_ARG(value), STR_ARG(member->text));
    }
}

// Every member that a vector may expect. Returns how many it had, so that none is passed over.
static size_t check_vector(const struct json *expect)
{
    static const char *const known[] = {"terminal_id",
                                        "protocol_version",
                                        "device_type",
                                        "data_type",
                                        "data_type_name",
                                        "length",
                                        "utc",
                                        "lat",
                                        "lon",
                                        "fix",
                                        "speed_kn",
                                        "speed_kph",
                                        "course_deg",
                                        "mileage_km",
                                        "satellites",
                                        "vehicle_id",
                                        "status",
                                        "rope_inserted",
                                        "motor_locked",
                                        "cover_closed",
                                        "ack_required",
                                        "alarms",
                                        "battery_pct",
                                        "cell_id_low",
                                        "lac",
                                        "gsm",
                                        "fence_id",
                                        "wake_source",
                                        "mcc",
                                        "mnc",
                                        "serial",
                                        "event_source",
                                        "unlock_verification",
                                        "rfid",
                                        "password_ok",
                                        "wrong_count",
                                        "ack",
                                        "dynamic_password",
                                        "kind",
                                        "frames",
                                        "frame0",
                                        "frame1",
                                        "frame2",
                                        "note"};
    json_each(member, expect)
    {
        size_t i = 0;
        while (i < sizeof known / sizeof *known && !str_is(member->name, known[i])) i++;
        if (i == sizeof known / sizeof *known) fail_msg("the vector expects %.*s", STR_ARG(member->name));
    }
    static const char *const data_names[] = {"", "real-time position", "alarm"};
    const struct jointech_message *m = &message;
    int64_t at_ms = 0;
    check_text(expect, "terminal_id", str_of(m->device));
    check_number(expect, "protocol_version", m->protocol, 0);
    check_number(expect, "device_type", m->device_type, 0);
    check_number(expect, "data_type", (double)m->data, 0);
    if (json_get(expect, "data_type_name")) check_text(expect, "data_type_name", str_of(data_names[m->data]));
    check_number(expect, "length", (double)m->frame.n - 10, 0);
    if (json_get(expect, "utc")) {
        assert_true(time_parse_ms(json_text(expect, "utc"), &at_ms));
        assert_true(m->has_time && m->at_ms == at_ms);
    }
    check_number(expect, "lat", m->lat, 1e-9);
    check_number(expect, "lon", m->lon, 1e-9);
    check_bool(expect, "fix", m->positioned);
    check_number(expect, "speed_kn", round(m->speed_kmh / 1.852), 0);
    check_number(expect, "speed_kph", m->speed_kmh, 1e-9);
    check_number(expect, "course_deg", m->course_deg, 0);
    check_number(expect, "mileage_km", m->mileage_km, 0);
    check_number(expect, "satellites", m->satellites, 0);
    check_number(expect, "vehicle_id", m->vehicle, 0);
    check_number(expect, "status", m->status.bits, 0);
    check_bool(expect, "rope_inserted", m->status.rope_inserted);
    check_bool(expect, "motor_locked", m->status.motor_locked);
    check_bool(expect, "cover_closed", m->status.back_cover_closed);
    check_bool(expect, "ack_required", m->status.ack_wanted);
    check_number(expect, "battery_pct", m->battery_pct, 0);
    check_number(expect, "cell_id_low", m->cell & 0xffff, 0);
    check_number(expect, "lac", m->lac, 0);
    check_number(expect, "gsm", m->gsm, 0);
    check_number(expect, "fence_id", m->fence, 0);
    check_number(expect, "wake_source", m->wake, 0);
    check_number(expect, "mcc", m->mcc, 0);
    check_number(expect, "mnc", m->mnc, 0);
    check_number(expect, "serial", m->serial, 0);
    check_number(expect, "event_source", (double)m->source, 0);
    check_number(expect, "unlock_verification", m->verification, 0);
    check_text(expect, "rfid", m->card);
    check_number(expect, "password_ok", m->password_right, 0);
    check_number(expect, "wrong_count", m->wrong_passwords, 0);
    check_text(expect, "dynamic_password", m->password);
    const struct json *alarms = json_get(expect, "alarms");
    if (alarms) {
        uint16_t on = m->status.bits & 0x5F1E;
        assert_int_equal(alarms->count, __builtin_popcount(on));
        if (alarms->count)
            assert_true(str_is(json_at(alarms, 0)->text, "back cover opened") && m->status.back_cover_opened);
    }
    const struct json *ack = json_get(expect, "ack");
    const char *text = ack_text(1772373909000);
    if (ack && ack->type == JSON_NULL) assert_null(text);
    if (ack && ack->type == JSON_STRING) {
        bool time = str_starts(ack->text, "(P22,");
        assert_string_equal(text, time ? "(P22,010326140509)" : arena_str(&arena, ack->text).p);
    }
    return expect->count;
}

static void reads_the_vendors_vectors(void **state)
{
    (void)state;
    struct str text = shared_file(&arena, "seals/jointech-jt701d.json");
    if (!text.p) skip();
    const struct json *root = json_parse(&arena, text, NULL);
    assert_non_null(root);
    size_t vectors = 0, frames = 0;
    json_each(vector, json_get(root, "vectors"))
    {
        struct str stream = bytes_of(json_text(vector, "hex"));
        const struct json *expect = json_get(vector, "expect");
        bool several = json_get(expect, "frames") != NULL, broken = json_get(expect, "note") != NULL;
        size_t of_this = 0;
        vectors++;
        while (stream.n) {
            struct device_frame frame;
            device_frame_next(stream, DEVICE_JOINTECH, &frame);
            if (broken && of_this) break; // what follows the lying length
            assert_int_equal(frame.state, DEVICE_FRAMING_FRAME);
            enum err err = parse((struct str){stream.p, frame.n});
            if (broken) {
                assert_int_equal(err, ERR_MALFORMED);
                assert_string_equal(why.member, "mcc");
            } else {
                char name[16];
                snprintf(name, sizeof name, "frame%zu", of_this);
                assert_int_equal(err, ERR_NONE);
                assert_true(check_vector(several ? json_get(expect, name) : expect) > 0);
            }
            stream = str_from(stream, frame.n);
            of_this++;
            frames++;
        }
        assert_int_equal(of_this, several ? 3 : 1);
    }
    assert_int_equal(vectors, 11);
    assert_int_equal(frames, 13);
}

// Why a row of the other decoder's vectors is left out; NULL if it is a lock's.
static const char *left_out(struct str frame)
{
    if (frame.p[0] == '(') {
        struct str rest;
        str_cut(frame, ',', &rest);
        if (str_starts(rest, "U0") || str_starts(rest, "W01") || str_starts(rest, "2,U0")) {
            return "U01 to U09 and W01 are texts of trackers, not in the manual";
        }
        return NULL;
    }
    if ((uint8_t)frame.p[7] < 0x10) return "no protocol version byte: a JT600 tracker";
    return NULL;
}

static void reads_the_other_decoders_lock_rows(void **state)
{
    (void)state;
    struct str text = shared_file(&arena, "seals/traccar/jt600-ProtocolDecoder.json");
    if (!text.p) skip();
    const struct json *root = json_parse(&arena, text, NULL);
    assert_non_null(root);
    size_t read = 0, out = 0;
    json_each(vector, json_get(root, "vectors"))
    {
        int64_t line = 0;
        assert_true(json_integer(vector, "line", &line));
        struct str hex = json_text(vector, "hex");
        struct str frame = hex.p ? bytes_of(hex) : json_text(vector, "text");
        const char *reason = left_out(frame);
        enum err err = parse(frame);
        if (reason) {
            print_message("left out: line %d: %s\n", (int)line, reason);
            assert_int_equal(err, ERR_UNSUPPORTED);
            out++;
            continue;
        }
        if (err) fail_msg("line %d: %s (%s)", (int)line, why.text, why.member);
        struct str check = json_text(vector, "check");
        bool positions = str_is(check, "verifyPosition") || str_is(check, "verifyPositions");
        if (positions) assert_true(message.has_time);
        read++;
    }
    assert_int_equal(read + out, 41);
    print_message("%zu rows read, %zu left out\n", read, out);
    assert_int_equal(read, 15);
}

static void tells_of_each_bad_sample_what_is_wrong(void **state)
{
    (void)state;
    const char *names[] = {"date.bin", "length.bin", "mcc.bin", "verification.txt", "version.bin", "card.txt"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[256];
        snprintf(path, sizeof path, "tests/data/jointech/bad/%s", names[i]);
        struct str frame = test_file(&arena, path);
        snprintf(path, sizeof path, "tests/data/jointech/bad/%s.reason", names[i]);
        struct str reason = str_trim(test_file(&arena, path));
        assert_true(frame.n && reason.n);
        assert_int_not_equal(parse(frame), ERR_NONE);
        assert_string_equal(why.member, arena_str(&arena, reason).p);
    }
}

static void reads_what_the_encoder_writes(void **state)
{
    (void)state;
    const struct {
        const char *name, *type;
    } cases[] = {{"report.bin", "report"},   {"cut.bin", "tamper"},       {"lock.txt", "lock"},
                 {"unlock.txt", "unlock"},   {"refused.txt", "refused"},  {"illegal_card.txt", "refused"},
                 {"password.txt", "report"}, {"peripheral.bin", "report"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char path[256];
        snprintf(path, sizeof path, "tests/data/jointech/good/%s", cases[i].name);
        struct str bytes = test_file(&arena, path);
        struct device_frame frame;
        device_frame_next(bytes, DEVICE_UNKNOWN, &frame);
        assert_int_equal(frame.state, DEVICE_FRAMING_FRAME);
        assert_int_equal(frame.n, bytes.n);
        parse_ok(bytes);
        assert_true(str_is(draft_member("/event/type"), cases[i].type));
        if (message.has_time) {
            assert_true(fabs(message.lat - 27.5) < 1e-6 && fabs(message.lon + 99.5) < 1e-6);
            assert_int_equal(message.at_ms, 1772373909000);
        }
        assert_non_null(ack_text(0));
    }
}

// The encoder itself, as the demo's player calls it.
static void reads_what_the_encoder_writes_now(void **state)
{
    (void)state;
    const struct {
        const char *kind, *type;
    } cases[] = {
        {"report", "report"}, {"cut", "tamper"}, {"locked", "lock"}, {"unlocked", "unlock"}, {"refused", "refused"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char command[256], bytes[1024];
        snprintf(command, sizeof command, "python3 tests/devices/jt701d.py %s " ID " 27.5 -99.5", cases[i].kind);
        FILE *pipe = popen(command, "r");
        assert_non_null(pipe);
        size_t n = fread(bytes, 1, sizeof bytes, pipe);
        assert_int_equal(pclose(pipe), 0);
        parse_ok(bytes_of(str_trim((struct str){bytes, n})));
        assert_true(str_is(draft_member("/event/type"), cases[i].type));
        assert_true(fabs(message.lat - 27.5) < 1e-6 && fabs(message.lon + 99.5) < 1e-6);
        assert_int_equal(device_time_check(message.at_ms, clock_now_us() / 1000), DEVICE_TIME_FINE);
    }
}

#define with_arena(test) cmocka_unit_test_setup_teardown(test, start_arena, stop_arena)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_arena(reads_every_field_of_a_report),
        with_arena(names_each_status_bit),
        with_arena(reads_the_lengths_and_versions_of_older_firmware),
        with_arena(reads_the_four_quarters_of_the_earth),
        with_arena(tells_what_is_wrong_with_a_report),
        with_arena(refuses_a_frame_cut_anywhere),
        with_arena(reads_every_field_of_a_lock_event),
        with_arena(tells_lock_unlock_and_refusal_apart),
        with_arena(tells_what_is_wrong_with_a_lock_event),
        with_arena(answers_a_password_report_but_never_states_it),
        with_arena(answers_a_time_request_with_utc),
        with_arena(answers_no_heartbeat),
        with_arena(reads_the_data_of_a_sub_lock),
        with_arena(refuses_what_no_lock_reports),
        with_arena(drafts_a_cut_rope_as_tampering),
        with_arena(drafts_nothing_without_memory),
        with_arena(serials_of_reports_and_events_differ),
        with_arena(reads_the_vendors_vectors),
        with_arena(reads_the_other_decoders_lock_rows),
        with_arena(tells_of_each_bad_sample_what_is_wrong),
        with_arena(reads_what_the_encoder_writes),
        with_arena(reads_what_the_encoder_writes_now),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
