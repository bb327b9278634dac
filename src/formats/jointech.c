// SPDX-License-Identifier: Apache-2.0
#include "formats/jointech.h"

#include "base/clock.h"
#include "base/text.h"

#include <math.h>
#include <stdio.h>
#include <time.h>

#define CLAUSE_BINARY "JT701D V1.4 Position and alarm data"
#define CLAUSE_LOCK "JT701D V1.4 P45"
#define KMH_A_KNOT 1.852

const char *jointech_source_name(enum jointech_source source)
{
    static const char *const names[] = {
        "", "rfid", "illegal-rfid", "vehicle-rfid", "static-password", "auto", "dynamic-password", "bluetooth"};
    return (unsigned)source < sizeof names / sizeof *names ? names[source] : "";
}

const char *jointech_wake_name(unsigned wake)
{
    static const char *const names[] = {"restart",  "timer", "vibration", "back-cover", "rope",
                                        "charging", "rfid",  "lora",      "vip-sms",    "sms"};
    return wake < sizeof names / sizeof *names ? names[wake] : "";
}

// Two decimal digits.
static bool pair(const char *p, int *out)
{
    if (p[0] < '0' || p[0] > '9' || p[1] < '0' || p[1] > '9') return false;
    *out = (p[0] - '0') * 10 + (p[1] - '0');
    return true;
}

// DDMMYY and hhmmss, UTC, this century.
static bool parse_time(const char date[6], const char time[6], int64_t *at_ms)
{
    int day, month, year, hour, minute, second;
    int64_t us;
    bool ok = pair(date, &day) && pair(date + 2, &month) && pair(date + 4, &year) && pair(time, &hour) &&
              pair(time + 2, &minute) && pair(time + 4, &second) &&
              time_civil_us(2000 + year, month, day, hour, minute, second, &us);
    if (ok) *at_ms = us / 1000;
    return ok;
}

// n BCD bytes as 2n digits; false if a nibble is none.
static bool bcd_digits(struct str bytes, char *out)
{
    for (size_t i = 0; i < bytes.n; i++) {
        unsigned byte = (uint8_t)bytes.p[i], high = byte >> 4, low = byte & 15;
        if (high > 9 || low > 9) return false;
        out[2 * i] = (char)('0' + high);
        out[2 * i + 1] = (char)('0' + low);
    }
    return true;
}

// "DDMM.MMMM" or "DDDMM.MMMM" without the point, as degrees.
static bool parse_degrees(const char *digits, size_t whole, double *out)
{
    unsigned degrees = 0, minutes = 0;
    for (size_t i = 0; i < whole; i++) degrees = degrees * 10 + (unsigned)(digits[i] - '0');
    for (size_t i = whole; i < whole + 6; i++) minutes = minutes * 10 + (unsigned)(digits[i] - '0');
    *out = degrees + minutes / 10000.0 / 60;
    return minutes < 600000;
}

static struct jointech_status status_of(uint16_t bits)
{
    struct jointech_status status = {.bits = bits};
#define X(bit, name) status.name = bits >> (bit)&1;
    JOINTECH_STATUS_TABLE(X)
#undef X
    return status;
}

static enum err check_place(const struct jointech_message *m, struct why *why)
{
    if (m->lat >= -90 && m->lat <= 90 && m->lon >= -180 && m->lon <= 180) return ERR_NONE;
    return why_set(why, ERR_SENSELESS, "position", "latitude %.5f, longitude %.5f is not on the Earth", m->lat, m->lon);
}

static bool version_known(unsigned version)
{
    return version == JOINTECH_FIRST || version == JOINTECH_EARLY || version == JOINTECH_JT701 ||
           version == JOINTECH_JT701D;
}

// '$', id, protocol version, device and data type, length.
static enum err binary_header(struct cursor *c, struct jointech_message *m, struct why *why)
{
    cursor_u8(c);
    if (!bcd_digits(cursor_take(c, 5), m->device)) {
        return why_set(why, ERR_MALFORMED, "terminal_id", "the terminal id is not BCD");
    }
    m->protocol = cursor_u8(c);
    unsigned types = cursor_u8(c);
    m->device_type = types >> 4;
    m->data = (enum jointech_data)(types & 15);
    size_t length = cursor_be16(c);
    if (c->failed) return why_set(why, ERR_MALFORMED, "length", "the frame ends in its header");
    if (m->device_type == 0) {
        return why_set(why, ERR_UNSUPPORTED, "protocol_version",
                       "a JT600 tracker's frame without protocol version: not a lock of the JT701 family");
    }
    if (!version_known(m->protocol)) {
        return why_set(why, ERR_UNSUPPORTED, "protocol_version",
                       "protocol version %02X is not of the JT701 (17) or the JT701D (19)", m->protocol);
    }
    if (m->data < JOINTECH_REAL_TIME || m->data > JOINTECH_SUB_NEW) {
        return why_set(why, ERR_MALFORMED, "data_type", "data type %u is not 1 to 4", (unsigned)m->data);
    }
    if (length != 35 && length != 39 && length != 52) {
        return why_set(why, ERR_MALFORMED, "length", "a record has 35, 39 or 52 bytes, not %zu", length);
    }
    if (length != cursor_left(c)) {
        return why_set(why, ERR_MALFORMED, "length", "the length says %zu bytes, there are %zu", length,
                       cursor_left(c));
    }
    return ERR_NONE;
}

static enum err binary_place(struct cursor *c, struct jointech_message *m, struct why *why)
{
    char time[12] = {0}, lat[8] = {0}, lon[10] = {0};
    struct str when = cursor_take(c, 6), north = cursor_take(c, 4), east = cursor_take(c, 5);
    if (c->failed || !bcd_digits(when, time) || !parse_time(time, time + 6, &m->at_ms)) {
        return why_set(why, ERR_MALFORMED, "date", "date and time are not BCD DDMMYY hhmmss");
    }
    m->has_time = true;
    if (!bcd_digits(north, lat) || !parse_degrees(lat, 2, &m->lat)) {
        return why_set(why, ERR_MALFORMED, "latitude", "the latitude is not BCD DDMM.MMMM");
    }
    // Nine digits of longitude share their last byte with the direction flags.
    unsigned last = (uint8_t)east.p[4], flags = last & 15;
    if (!bcd_digits((struct str){east.p, 4}, lon) || last >> 4 > 9) {
        return why_set(why, ERR_MALFORMED, "longitude", "the longitude is not BCD DDDMM.MMMM");
    }
    lon[8] = (char)('0' + (last >> 4));
    if (!parse_degrees(lon, 3, &m->lon)) {
        return why_set(why, ERR_MALFORMED, "longitude", "the longitude has over 60 minutes");
    }
    m->positioned = flags & 1;
    if (!(flags & 2)) m->lat = -m->lat;
    if (!(flags & 4)) m->lon = -m->lon;
    m->speed_kmh = round(cursor_u8(c) * KMH_A_KNOT * 10) / 10;
    m->course_deg = cursor_u8(c) * 2u;
    if (m->course_deg > 360) {
        return why_set(why, ERR_MALFORMED, "direction", "a direction of %u degrees", m->course_deg);
    }
    return check_place(m, why);
}

static enum err binary_rest(struct cursor *c, struct jointech_message *m, struct why *why)
{
    m->has_mileage = true;
    m->mileage_km = cursor_be32(c);
    m->satellites = cursor_u8(c);
    m->vehicle = cursor_be32(c);
    m->status = status_of(cursor_be16(c));
    m->battery_pct = cursor_u8(c);
    m->charging = m->battery_pct == 0xff;
    if (m->charging) m->battery_pct = 0;
    m->cell = cursor_be16(c);
    m->lac = cursor_be16(c);
    m->gsm = cursor_u8(c);
    unsigned mnc_high = 0x0f;
    m->has_fence = cursor_left(c) > 1;
    if (m->has_fence) {
        m->fence = cursor_u8(c);
        m->wake = cursor_u8(c) & 15;
        mnc_high = cursor_u8(c);
        cursor_u8(c); // reserved
    }
    m->has_network = cursor_left(c) > 1;
    if (m->has_network) {
        cursor_take(c, 8); // IMEI, reserved
        m->cell |= (uint32_t)cursor_be16(c) << 16;
        m->mcc = cursor_be16(c);
        m->mnc = cursor_u8(c);
        if (mnc_high != 0x0f) m->mnc |= mnc_high << 8; // older firmware writes 0F and one byte
    }
    m->has_serial = true;
    m->serial = cursor_u8(c);
    INVARIANT(!c->failed && cursor_left(c) == 0); // the three lengths that binary_header lets through
    if (m->battery_pct > 100) return why_set(why, ERR_MALFORMED, "battery", "a battery of %u %%", m->battery_pct);
    if (m->mcc > 999) {
        return why_set(why, ERR_MALFORMED, "mcc", "country code %u: the fields are not where the length puts them",
                       m->mcc);
    }
    return ERR_NONE;
}

static enum err parse_binary(struct str frame, struct jointech_message *m, struct why *why)
{
    m->kind = JOINTECH_REPORT;
    struct cursor c = cursor_of(frame);
    enum err err = binary_header(&c, m, why);
    if (err == ERR_NONE) err = binary_place(&c, m, why);
    if (err == ERR_NONE) err = binary_rest(&c, m, why);
    if (err == ERR_NONE) return ERR_NONE;
    (void)why_at(why, c.at);
    return why_clause(why, CLAUSE_BINARY);
}

#define LOCK_FIELDS_MIN 15 // date to serial: the first firmware
#define LOCK_FIELDS 16     // and mileage; later firmware may add more

// "22.56035" or "114.01640": digits, a point, digits; at most 15 of them, so that the number is exact.
static bool parse_decimal(struct str s, double *out)
{
    uint64_t value = 0, scale = 1;
    bool point = false;
    size_t count = 0;
    if (s.n == 0 || s.n > 16 || s.p[0] == '.' || s.p[s.n - 1] == '.') return false;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '.' && !point) {
            point = true;
        } else if (s.p[i] >= '0' && s.p[i] <= '9' && ++count <= 15) {
            value = value * 10 + (uint64_t)(s.p[i] - '0');
            if (point) scale *= 10;
        } else {
            return false;
        }
    }
    *out = (double)value / (double)scale;
    return true;
}

static bool parse_count(struct str s, uint32_t max, uint32_t *out)
{
    uint64_t value;
    if (!str_decimal(s, max, &value)) return false;
    *out = (uint32_t)value;
    return true;
}

static enum err bad_field(struct why *why, const char *name, struct str value)
{
    return why_set(why, ERR_MALFORMED, name, "a %s of \"%.*s\"", name, (int)(value.n < 32 ? value.n : 32),
                   value.p ? value.p : "");
}

static enum err lock_place(const struct str *f, struct jointech_message *m, struct why *why)
{
    if (f[0].n != 6) return bad_field(why, "date", f[0]);
    if (f[1].n != 6 || !parse_time(f[0].p, f[1].p, &m->at_ms)) return bad_field(why, "time", f[1]);
    m->has_time = true;
    if (!parse_decimal(f[2], &m->lat)) return bad_field(why, "latitude", f[2]);
    if (!str_is(f[3], "N") && !str_is(f[3], "S")) return bad_field(why, "latitude_indicator", f[3]);
    if (!parse_decimal(f[4], &m->lon)) return bad_field(why, "longitude", f[4]);
    if (!str_is(f[5], "E") && !str_is(f[5], "W")) return bad_field(why, "longitude_indicator", f[5]);
    if (!str_is(f[6], "A") && !str_is(f[6], "V")) return bad_field(why, "positioning", f[6]);
    if (f[3].p[0] == 'S') m->lat = -m->lat;
    if (f[5].p[0] == 'W') m->lon = -m->lon;
    m->positioned = f[6].p[0] == 'A';
    uint32_t speed, course;
    if (!parse_count(f[7], 1000, &speed)) return bad_field(why, "speed", f[7]);
    if (!parse_count(f[8], 360, &course)) return bad_field(why, "direction", f[8]);
    m->speed_kmh = speed;
    m->course_deg = course;
    return check_place(m, why);
}

static bool is_digits(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9') return false;
    }
    return s.n > 0;
}

static enum err lock_event(const struct str *f, struct jointech_message *m, struct why *why)
{
    uint32_t source, verification, right, wrong;
    if (!parse_count(f[9], 7, &source) || source == 0) return bad_field(why, "event_source", f[9]);
    if (!parse_count(f[10], 99, &verification)) return bad_field(why, "unlock_verification", f[10]);
    if (verification > JOINTECH_FENCE_MAX && verification < JOINTECH_NO_FENCE) {
        return bad_field(why, "unlock_verification", f[10]);
    }
    if (f[11].n != 10 || !is_digits(f[11])) return bad_field(why, "card", f[11]);
    if (!parse_count(f[12], 1, &right)) return bad_field(why, "password_verification", f[12]);
    if (!parse_count(f[13], 1000000, &wrong)) return bad_field(why, "wrong_passwords", f[13]);
    if (!parse_count(f[14], 1000000000, &m->serial)) return bad_field(why, "serial", f[14]);
    m->has_mileage = f[15].p != NULL;
    if (m->has_mileage && !parse_count(f[15], 1000000000, &m->mileage_km)) return bad_field(why, "mileage", f[15]);
    m->source = (enum jointech_source)source;
    m->verification = verification;
    m->card = f[11];
    m->password_right = right == 1;
    m->wrong_passwords = wrong;
    m->has_serial = true;
    return ERR_NONE;
}

static enum err parse_lock(struct str rest, struct jointech_message *m, struct why *why)
{
    m->kind = JOINTECH_LOCK;
    struct str fields[LOCK_FIELDS] = {{0}};
    size_t count = 0;
    for (struct str left = rest; left.p && count < LOCK_FIELDS; count++) fields[count] = str_cut(left, ',', &left);
    enum err err = count >= LOCK_FIELDS_MIN ? lock_place(fields, m, why)
                                            : why_set(why, ERR_MALFORMED, "fields",
                                                      "a P45 has %d fields or more, not %zu", LOCK_FIELDS_MIN, count);
    if (err == ERR_NONE) err = lock_event(fields, m, why);
    return err == ERR_NONE ? ERR_NONE : why_clause(why, CLAUSE_LOCK);
}

static enum err parse_password(struct str rest, struct jointech_message *m, struct why *why)
{
    m->kind = JOINTECH_PASSWORD;
    struct str left, command = str_cut(rest, ',', &left);
    if (!str_is(command, "2")) {
        return why_set(why, ERR_UNSUPPORTED, "command", "a reply to a P52 command, and none was sent");
    }
    if (left.n != 6 || !is_digits(left)) {
        return why_set(why, ERR_MALFORMED, "password", "a dynamic password has six digits");
    }
    m->password = left;
    return ERR_NONE;
}

// Escape character processing: 3D15, 3D14, 3D11 and 3D00 stand for 28, 29, 2C and 3D.
static bool unescape(struct arena *arena, struct str s, struct str *out, struct why *why)
{
    char *to = arena_alloc(arena, s.n + 1);
    if (!to) return why_set(why, ERR_NO_MEMORY, "", "no memory for a message"), false;
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        to[n] = s.p[i];
        if (s.p[i] == 0x3d) {
            const char *known = i + 1 < s.n ? memchr("\x15\x14\x11\x00", s.p[i + 1], 4) : NULL;
            if (!known) return why_set(why, ERR_MALFORMED, "escape", "3D is not followed by 15, 14, 11 or 00"), false;
            to[n] = s.p[i + 1] == 0x15 ? 0x28 : s.p[i + 1] == 0x14 ? 0x29 : s.p[i + 1] == 0x11 ? 0x2c : 0x3d;
            i++;
        }
        n++;
    }
    *out = (struct str){to, n};
    return true;
}

// WLNET,5,<count>,<data>: the lock's time and place as in a '$' frame, the sensor's own time, its id and serial.
static enum err parse_peripheral(struct arena *arena, struct str rest, struct jointech_message *m, struct why *why)
{
    m->kind = JOINTECH_PERIPHERAL;
    struct str left, data, type = str_cut(rest, ',', &left);
    if (!str_is(type, "5")) return why_set(why, ERR_UNSUPPORTED, "command", "WLNET of another type than 5");
    str_cut(left, ',', &left);
    if (!left.p) return why_set(why, ERR_MALFORMED, "fields", "a WLNET,5 has no data");
    if (!unescape(arena, left, &data, why)) return why->err;
    struct cursor c = cursor_of(data);
    enum err err = binary_place(&c, m, why);
    if (err != ERR_NONE) return why_clause(why, "JT701D V1.4 WLNET,5");
    cursor_take(&c, 6); // when the sensor measured
    struct str id = cursor_take(&c, 5);
    m->serial = cursor_u8(&c);
    m->has_serial = true;
    m->data_bytes = cursor_take(&c, cursor_left(&c));
    if (c.failed) return why_set(why, ERR_MALFORMED, "data", "a WLNET,5 ends in its header");
    for (size_t i = 0; i < 5; i++) snprintf(m->peripheral + 2 * i, 3, "%02X", (uint8_t)id.p[i]);
    return ERR_NONE;
}

// The older trackers put two numbers before some of their command words; WLNET,5 has kept them.
static struct str command_word(struct str left, struct str *rest)
{
    struct str word = str_cut(left, ',', rest);
    for (int i = 0; i < 2 && rest->p && is_digits(word); i++) word = str_cut(*rest, ',', rest);
    return word;
}

static enum err parse_text(struct arena *arena, struct str frame, struct jointech_message *m, struct why *why)
{
    if (frame.n < 2 || frame.p[frame.n - 1] != ')') {
        return why_set(why, ERR_MALFORMED, "text", "a message starts with '(' and ends with ')'");
    }
    struct str rest, id = str_cut((struct str){frame.p + 1, frame.n - 2}, ',', &rest);
    if (id.n != 10 || !is_digits(id)) return bad_field(why, "terminal_id", id);
    memcpy(m->device, id.p, 10);
    if (!rest.p) return why_set(why, ERR_MALFORMED, "command", "the message has no command word");
    struct str word = command_word(rest, &rest);
    if (str_is(word, "P45")) return parse_lock(rest, m, why);
    if (str_is(word, "P52")) return parse_password(rest, m, why);
    if (str_is(word, "WLNET")) return parse_peripheral(arena, rest, m, why);
    if (str_is(word, "P22") && str_is(rest, "2")) {
        m->kind = JOINTECH_TIME;
        return ERR_NONE;
    }
    if (str_is(word, "@JT") && !rest.p) {
        m->kind = JOINTECH_HEARTBEAT;
        return ERR_NONE;
    }
    return why_set(why, ERR_UNSUPPORTED, "command", "\"%.*s\" is no report of a JT701 lock",
                   (int)(word.n < 32 ? word.n : 32), word.p ? word.p : "");
}

enum err jointech_parse(struct arena *arena, struct str frame, struct jointech_message *out, struct why *why)
{
    struct why local = {0};
    if (!why) why = &local;
    *out = (struct jointech_message){.frame = frame};
    if (frame.n == 0) return why_set(why, ERR_MALFORMED, "start", "an empty frame");
    if (frame.p[0] == '$') return parse_binary(frame, out, why);
    if (frame.p[0] == '(') return parse_text(arena, frame, out, why);
    return why_set(why, ERR_MALFORMED, "start", "a frame starts with '$' or '('");
}

static void ack_time(int64_t now_ms, struct buf *out)
{
    time_t seconds = (time_t)(now_ms / 1000);
    struct tm tm;
    if (!gmtime_r(&seconds, &tm)) tm = (struct tm){.tm_mday = 1, .tm_year = 100};
    buf_printf(out, "(P22,%02d%02d%02d%02d%02d%02d)", tm.tm_mday, tm.tm_mon + 1, tm.tm_year % 100, tm.tm_hour,
               tm.tm_min, tm.tm_sec);
}

bool jointech_ack(const struct jointech_message *message, int64_t now_ms, struct buf *out)
{
    switch (message->kind) {
    case JOINTECH_REPORT:
        if (!message->status.ack_wanted) return false;
        if (message->protocol != JOINTECH_JT701D) {
            buf_puts(out, "(P35)");
            return true;
        }
        buf_printf(out, "(P69,0,%u)", message->serial);
        return true;
    case JOINTECH_LOCK:
    case JOINTECH_PERIPHERAL:
        buf_printf(out, "(P69,0,%u)", message->serial);
        return true;
    case JOINTECH_PASSWORD:
        buf_printf(out, "(P52,2,%.*s)", STR_ARG(message->password));
        return true;
    case JOINTECH_TIME:
        ack_time(now_ms, out);
        return true;
    case JOINTECH_HEARTBEAT:
        return false;
    }
    return false;
}

bool jointech_unlocked(const struct jointech_message *message)
{
    if (message->kind != JOINTECH_LOCK) return false;
    unsigned verification = message->verification;
    return verification != JOINTECH_REFUSED && verification != JOINTECH_OUTSIDE_FENCE;
}

uint32_t jointech_serial(const struct jointech_message *message)
{
    return (uint32_t)message->kind << 28 | (message->serial & 0x0fffffff);
}

static bool tampered(const struct jointech_status *status)
{
    return status->rope_cut || status->back_cover_opened || status->illegal_card || status->wrong_password ||
           status->motor_stuck;
}

static const char *event_type(const struct jointech_message *m)
{
    if (m->kind == JOINTECH_REPORT) return tampered(&m->status) ? "tamper" : "report";
    if (m->kind != JOINTECH_LOCK) return "report";
    if (m->source == JOINTECH_BY_ITSELF) return "lock";
    if (m->source == JOINTECH_BY_VEHICLE_CARD) return "report";
    return jointech_unlocked(m) ? "unlock" : "refused";
}

// "rope_cut, low_battery": the alarms that are on, by name.
static struct str alarm_text(struct arena *arena, const struct jointech_status *status)
{
    const struct {
        bool on;
        const char *name;
    } alarms[] = {
        {status->fence_entered, "fence_entered"},
        {status->fence_left, "fence_left"},
        {status->rope_cut, "rope_cut"},
        {status->vibration, "vibration"},
        {status->long_unlocked, "long_unlocked"},
        {status->wrong_password, "wrong_password"},
        {status->illegal_card, "illegal_card"},
        {status->low_battery, "low_battery"},
        {status->back_cover_opened, "back_cover_opened"},
        {status->motor_stuck, "motor_stuck"},
    };
    char text[256];
    size_t n = 0;
    for (size_t i = 0; i < sizeof alarms / sizeof *alarms; i++) {
        if (!alarms[i].on) continue;
        n += (size_t)snprintf(text + n, sizeof text - n, "%s%s", n ? ", " : "", alarms[i].name);
    }
    return n ? arena_str(arena, (struct str){text, n}) : STR_NONE;
}

static struct str lock_text(struct arena *arena, const struct jointech_message *m)
{
    if (m->source == JOINTECH_BY_ITSELF) return STR("rope inserted");
    if (m->source == JOINTECH_BY_VEHICLE_CARD) return STR("vehicle card bound");
    if (m->verification == JOINTECH_OUTSIDE_FENCE) return STR("refused: outside its fence");
    if (m->verification == JOINTECH_NO_FENCE) return STR("allowed: no fence tied");
    if (m->verification == JOINTECH_REFUSED) return STR("refused: verification failed");
    if (m->source == JOINTECH_BY_STATIC_PASSWORD) return STR("allowed");
    return arena_printf(arena, "allowed: in fence %u", m->verification);
}

static struct str event_detail(struct arena *arena, const struct jointech_message *m)
{
    switch (m->kind) {
    case JOINTECH_REPORT:
        return alarm_text(arena, &m->status);
    case JOINTECH_LOCK:
        return lock_text(arena, m);
    case JOINTECH_PASSWORD:
        return STR("the lock has a new dynamic password");
    case JOINTECH_PERIPHERAL:
        return arena_printf(arena, "data of peripheral %s", m->peripheral);
    case JOINTECH_TIME:
    case JOINTECH_HEARTBEAT:
        break;
    }
    return STR_NONE;
}

static struct json *event_json(struct arena *arena, const struct jointech_message *m)
{
    struct json *event = json_new_object(arena);
    json_put_text(arena, event, "type", str_of(event_type(m)));
    if (m->kind == JOINTECH_LOCK) {
        json_put_text(arena, event, "how", str_of(jointech_source_name(m->source)));
        if (!str_is(m->card, "0000000000")) {
            json_put_text(arena, event, "who", arena_printf(arena, "rfid:%.*s", STR_ARG(m->card)));
        }
    }
    struct str detail = event_detail(arena, m);
    if (detail.n) json_put_text(arena, event, "detail", detail);
    return event;
}

static void report_status(struct arena *arena, const struct jointech_message *m, struct json *status)
{
    static const char *const data_names[] = {"", "real-time", "alarm", "blind-area", "sub-new"};
#define X(bit, name) json_put_bool(arena, status, #name, m->status.name);
    JOINTECH_STATUS_TABLE(X)
#undef X
    json_put_text(arena, status, "data", str_of(data_names[m->data]));
    json_put_number(arena, status, "protocol", m->protocol);
    json_put_bool(arena, status, "charging", m->charging);
    if (!m->charging) json_put_number(arena, status, "battery_pct", m->battery_pct);
    json_put_number(arena, status, "satellites", m->satellites);
    json_put_number(arena, status, "gsm", m->gsm);
    json_put_number(arena, status, "cell", m->cell);
    json_put_number(arena, status, "lac", m->lac);
    if (m->vehicle) json_put_number(arena, status, "vehicle", m->vehicle);
    if (m->has_fence) {
        json_put_number(arena, status, "fence", m->fence);
        const char *wake = jointech_wake_name(m->wake);
        if (*wake) json_put_text(arena, status, "wake", str_of(wake));
    }
    if (m->has_network) {
        json_put_number(arena, status, "mcc", m->mcc);
        json_put_number(arena, status, "mnc", m->mnc);
    }
}

static struct json *status_json(struct arena *arena, const struct jointech_message *m)
{
    struct json *status = json_new_object(arena);
    if (m->kind == JOINTECH_REPORT) report_status(arena, m, status);
    if (m->kind == JOINTECH_LOCK) {
        json_put_number(arena, status, "event_source", (double)m->source);
        json_put_number(arena, status, "unlock_verification", m->verification);
        json_put_bool(arena, status, "password_right", m->password_right);
        json_put_number(arena, status, "wrong_passwords", m->wrong_passwords);
    }
    if (m->kind == JOINTECH_PERIPHERAL) {
        json_put_text(arena, status, "peripheral", arena_str(arena, str_of(m->peripheral)));
        json_put_text(arena, status, "peripheral_data", hex_text(arena, m->data_bytes));
    }
    if (m->has_time) json_put_number(arena, status, "course_deg", m->course_deg);
    if (m->has_mileage) json_put_number(arena, status, "mileage_km", m->mileage_km);
    if (m->has_serial) json_put_number(arena, status, "serial", m->serial);
    return status;
}

static enum device_fix fix_of(const struct jointech_message *m)
{
    if (!device_place_sane(m->lat, m->lon)) return DEVICE_FIX_NONE;
    if (m->kind == JOINTECH_REPORT && m->status.cell_position) return DEVICE_FIX_CELL;
    return m->positioned ? DEVICE_FIX_GNSS : DEVICE_FIX_NONE;
}

enum err jointech_draft(struct arena *arena, const struct jointech_message *message, int64_t received_ms,
                        struct draft **out, struct why *why)
{
    *out = NULL;
    if (message->kind == JOINTECH_HEARTBEAT || message->kind == JOINTECH_TIME) return ERR_NONE;
    int64_t at_ms = message->has_time ? message->at_ms : received_ms;
    struct draft *draft = draft_new(arena, "custody.seal", at_ms, LABEL_AMBER);
    struct str device = arena_str(arena, str_of(message->device));
    if (!draft || !draft_about(arena, draft, NOUN_SEAL, STR("seal.jointech"), device)) {
        return why_set(why, ERR_NO_MEMORY, "", "no memory for a draft");
    }
    draft_put(draft, "event", event_json(arena, message));
    if (message->has_time) {
        struct device_position position = {message->lat, message->lon, message->speed_kmh, fix_of(message), at_ms};
        draft_put(draft, "position", device_position_json(arena, &position));
        draft_put(draft, "status", status_json(arena, message));
    }
    // The raw bytes of a P52 hold the password that opens the lock.
    if (message->kind != JOINTECH_PASSWORD) {
        draft_put(draft, "raw", json_new_text(arena, hex_text(arena, message->frame)));
    }
    if (arena->failed) return why_set(why, ERR_NO_MEMORY, "", "no memory for a draft");
    *out = draft;
    return ERR_NONE;
}
