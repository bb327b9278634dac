// SPDX-License-Identifier: Apache-2.0
// Jointech: the messages of the JT701 and JT701D GPS padlocks ("JT701D Protocol Manual V1.4", 2021-12-31; the clauses
// cited are its headings), as struct jointech_message and as drafts. Where another decoder reads them differently, the
// manual counts. Pure functions; knows no socket and no store.
//
// The older trackers of the same maker (no version byte; texts U01 to U06, W01) are recognised and refused with
// ERR_UNSUPPORTED: they are no locks, and the manual does not define them.
#ifndef FORMATS_JOINTECH_H
#define FORMATS_JOINTECH_H

#include "formats/device_frame.h"
#include "statement/draft.h"

enum jointech_kind {
    JOINTECH_REPORT,     // '$': position, alarm, blind area, sub-new position
    JOINTECH_LOCK,       // P45: the lock was locked, unlocked, or refused to
    JOINTECH_PASSWORD,   // P52,2: the lock tells its next dynamic password
    JOINTECH_TIME,       // P22,2: the lock asks for the time
    JOINTECH_HEARTBEAT,  // @JT
    JOINTECH_PERIPHERAL, // WLNET,5: a sub-lock JT709 or a temperature sensor JT126
};

// The manual defines 17 and 19. 01 and 16 come from first locks of the family, with the same record (35 or 39 bytes)
// and the same answer as the JT701.
enum jointech_protocol { JOINTECH_FIRST = 0x01, JOINTECH_EARLY = 0x16, JOINTECH_JT701 = 0x17, JOINTECH_JT701D = 0x19 };
enum jointech_data { JOINTECH_REAL_TIME = 1, JOINTECH_ALARM = 2, JOINTECH_BLIND = 3, JOINTECH_SUB_NEW = 4 };

// X(bit, name). Bit 0 is Byte1.BIT0, bit 8 is Byte2.BIT0 ("Device status").
#define JOINTECH_STATUS_TABLE(X)                                                                                       \
    X(0, cell_position)      /* the position comes from base stations */                                               \
    X(1, fence_entered)      /* alarm */                                                                               \
    X(2, fence_left)         /* alarm */                                                                               \
    X(3, rope_cut)           /* alarm */                                                                               \
    X(4, vibration)          /* alarm; switched off in the JT701D */                                                   \
    X(5, ack_wanted)         /* the platform must answer with P69 */                                                   \
    X(6, rope_inserted)      /* state: the rope is in the lock */                                                      \
    X(7, motor_locked)       /* state */                                                                               \
    X(8, long_unlocked)      /* alarm */                                                                               \
    X(9, wrong_password)     /* alarm: five times in a row */                                                          \
    X(10, illegal_card)      /* alarm */                                                                               \
    X(11, low_battery)       /* alarm */                                                                               \
    X(12, back_cover_opened) /* alarm */                                                                               \
    X(13, back_cover_closed) /* state */                                                                               \
    X(14, motor_stuck)       /* alarm */                                                                               \
    X(15, reserved)

struct jointech_status {
    uint16_t bits;
#define X(bit, name) bool name;
    JOINTECH_STATUS_TABLE(X)
#undef X
};

enum jointech_source {
    JOINTECH_BY_CARD = 1,
    JOINTECH_BY_ILLEGAL_CARD = 2,
    JOINTECH_BY_VEHICLE_CARD = 3, // the binding of a vehicle's card
    JOINTECH_BY_STATIC_PASSWORD = 4,
    JOINTECH_BY_ITSELF = 5, // the rope went in: it locked itself
    JOINTECH_BY_DYNAMIC_PASSWORD = 6,
    JOINTECH_BY_BLUETOOTH = 7,
};
// "rfid", "illegal-rfid", "vehicle-rfid", "static-password", "auto", "dynamic-password", "bluetooth".
const char *jointech_source_name(enum jointech_source source);
// Wake-up source 0 to 9: "restart", "timer", "vibration", "back-cover", "rope", "charging", "rfid", "lora", "vip-sms",
// "sms"; "" for the reserved values.
const char *jointech_wake_name(unsigned wake);

// "Unlock verification".
#define JOINTECH_REFUSED 0
#define JOINTECH_FENCE_MAX 10     // 1 to 10: allowed, in the fence of that id
#define JOINTECH_NO_FENCE 98      // allowed, no fence tied
#define JOINTECH_OUTSIDE_FENCE 99 // refused

struct jointech_message {
    enum jointech_kind kind;
    struct str frame;     // the bytes it was parsed from
    char device[10 + 1];  // ten digits
    unsigned protocol;    // JOINTECH_REPORT: enum jointech_protocol; 0 for texts, which do not tell it
    unsigned device_type; // JOINTECH_REPORT
    enum jointech_data data;

    bool has_time; // report, lock, peripheral: the device's own time, UTC
    int64_t at_ms;
    bool positioned; // the device says that GNSS has a fix
    double lat, lon; // degrees, as sent
    double speed_kmh;
    unsigned course_deg;
    bool has_mileage;
    uint32_t mileage_km;
    bool has_serial;
    uint32_t serial; // of the report (0 to 255) or of the lock event: two counters

    // JOINTECH_REPORT
    struct jointech_status status;
    unsigned satellites;
    uint32_t vehicle; // bound vehicle id
    bool charging;    // battery is then unknown
    unsigned battery_pct;
    uint32_t cell; // 16 bits, 32 with the long record
    unsigned lac;
    unsigned gsm;     // 0 to 31; 99 no signal
    bool has_fence;   // records of 39 and 52 bytes: fence, wake
    unsigned fence;   // the fence of an entry or exit alarm
    unsigned wake;    // 0 to 9; 15 where the firmware writes none
    bool has_network; // records of 52 bytes: mcc, mnc
    unsigned mcc, mnc;

    // JOINTECH_LOCK
    enum jointech_source source;
    unsigned verification; // 0 to 10, 98, 99
    struct str card;       // ten digits; all zero where no card was used
    bool password_right;   // by password or Bluetooth only
    unsigned wrong_passwords;

    // JOINTECH_PASSWORD: six digits. A secret: it opens the lock. No draft, log line or share ever holds it.
    struct str password;

    // JOINTECH_PERIPHERAL
    char peripheral[10 + 1]; // the sensor's or sub-lock's id, ten hexadecimal digits
    struct str data_bytes;   // what follows its serial, unescaped; its manual is another
};

// One frame of device_frame_next: '$' or '(' kinds. `out` points into `frame` and the arena. ERR_MALFORMED names the
// field; ERR_UNSUPPORTED for messages and versions that the manual does not define; ERR_SENSELESS for a place off the
// Earth.
enum err jointech_parse(struct arena *arena, struct str frame, struct jointech_message *out, struct why *why) MUST_USE;

// The exact bytes that the device waits for, to be sent after the commit is durable: (P69,0,serial) where the status
// asks for it (before the JT701D: (P35)), always for P45 and WLNET,5, (P52,2,password), (P22,DDMMYYhhmmss) with
// `now_ms`. Appends nothing and gives false where nothing is owed.
bool jointech_ack(const struct jointech_message *message, int64_t now_ms, struct buf *out);

// Allowed, as a P45 says it: the lock opened.
bool jointech_unlocked(const struct jointech_message *message);
// Tells messages of equal device time apart, for device_session_note: the kind and the serial.
uint32_t jointech_serial(const struct jointech_message *message);

// What a message states: no draft (*out NULL) for heartbeats and time requests, else one custody.seal about
// {NOUN_SEAL, "seal.jointech", device}, label amber (the caller may change it before draft_seal). `at` is the message's
// own time, `received_ms` where it has none (P52). Event types: lock, unlock, refused (P45); tamper for the alarms rope
// cut, back cover opened, illegal card, wrong password, motor stuck; report for all else, since one frame cannot show a
// change.
enum err jointech_draft(struct arena *arena, const struct jointech_message *message, int64_t received_ms,
                        struct draft **out, struct why *why) MUST_USE;

#endif
