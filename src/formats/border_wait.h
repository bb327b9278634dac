// SPDX-License-Identifier: Apache-2.0
// Border waits: the public feed of US Customs and Border Protection (bwt.cbp.gov/api/bwtnew, JSON): one array of
// crossings, each with commercial, passenger and pedestrian lanes. Every value in it is a text, and "", "N/A", "Lanes
// Closed", "Update Pending" and "0" mean five different things; none of them is ever read as another.
//
// The model is exact: what is read and written again is the same JSON value. Members that the feed did not have when
// this was written are kept as they stood.
#ifndef FORMATS_BORDER_WAIT_H
#define FORMATS_BORDER_WAIT_H

#include "formats/document.h"

#define BORDER_WAITS_MAX 2000
#define BORDER_WAIT_TEXT_MAX 4000 // bytes of one text

// What a value says. X(value, name in drafts, text of the feed; NULL: none of its own)
#define BORDER_WAIT_SAYS_TABLE(X)                                                                                      \
    X(BORDER_WAIT_MISSING, "missing", NULL)      /* the member is not there */                                         \
    X(BORDER_WAIT_ABSENT, "absent", "")          /* there, and empty */                                                \
    X(BORDER_WAIT_NUMBER, "number", NULL)        /* a decimal; zero is a number */                                     \
    X(BORDER_WAIT_NOT_APPLICABLE, "none", "N/A") /* there is no such lane, or nobody counts it */                      \
    X(BORDER_WAIT_CLOSED, "closed", "Lanes Closed")                                                                    \
    X(BORDER_WAIT_PENDING, "pending", "Update Pending")                                                                \
    X(BORDER_WAIT_NO_DELAY, "no-delay", "no delay")                                                                    \
    X(BORDER_WAIT_DELAY, "delay", "delay")                                                                             \
    X(BORDER_WAIT_UNREADABLE, "unreadable", NULL) /* anything else; `text` has it */

enum border_wait_says {
#define X(value, name, text) value,
    BORDER_WAIT_SAYS_TABLE(X)
#undef X
        BORDER_WAIT_SAYS_COUNT
};
const char *border_wait_says_name(enum border_wait_says says);

struct border_wait_value {
    enum border_wait_says says;
    uint32_t number;
    struct str text; // BORDER_WAIT_UNREADABLE: as it stood
};

// How the waits of a group of lanes were got.
enum border_wait_method {
    BORDER_WAIT_METHOD_MISSING,
    BORDER_WAIT_MANUAL,
    BORDER_WAIT_BLUETOOTH,
    BORDER_WAIT_RFID,
    BORDER_WAIT_METHOD_OTHER // method_text has it
};

enum border_wait_lane_type {
    BORDER_WAIT_STANDARD,
    BORDER_WAIT_FAST,
    BORDER_WAIT_NEXUS_SENTRI,
    BORDER_WAIT_READY,
    BORDER_WAIT_LANES
};
enum border_wait_group_type {
    BORDER_WAIT_COMMERCIAL,
    BORDER_WAIT_PASSENGER,
    BORDER_WAIT_PEDESTRIAN,
    BORDER_WAIT_GROUPS
};
const char *border_wait_lane_name(enum border_wait_lane_type type);   // "standard", "fast", "nexus-sentri", "ready"
const char *border_wait_group_name(enum border_wait_group_type type); // "commercial", "passenger", "pedestrian"
// Whether the feed has that type of lane in that group.
bool border_wait_has(enum border_wait_group_type group, enum border_wait_lane_type lane);

// Texts with p NULL are not there. `extra`: members that we do not know, as an object; NULL: none.
struct border_wait_lane {
    bool there;
    struct str update_time; // "At 11:00 am MDT"
    struct border_wait_value status, delay_minutes, lanes_open;
    const struct json *extra;
};

struct border_wait_group {
    bool there;
    struct border_wait_value maximum_lanes;
    enum border_wait_method method;
    struct str method_text, segment_from, segment_to;
    struct str tolerance[BORDER_WAIT_LANES]; // of the types that the group has
    struct border_wait_lane lane[BORDER_WAIT_LANES];
    const struct json *extra;
};

struct border_wait {
    struct str port_number, border, port_name, crossing_name, hours, date, time, port_status;
    struct border_wait_group group[BORDER_WAIT_GROUPS];
    struct str construction_notice, automation, automation_enabled;
    const struct json *extra;
};

struct border_waits {
    struct border_wait *items;
    size_t count;
};

// Reads the feed. ERR_MALFORMED with the JSON pointer in why->member (no array, a crossing without a
// port_number, a member of another type), ERR_TOO_LARGE (more than BORDER_WAITS_MAX crossings, a longer text). Texts
// point into `bytes`, which must outlive the model.
enum err border_waits_parse(struct arena *arena, struct str bytes, struct border_waits *out, struct why *why) MUST_USE;

// What a lane says of its wait, status and delay taken together: a closed or pending lane has no wait, whatever number
// stands beside it; a number is a wait in minutes, zero included; an empty or absent delay says what the status says.
struct border_wait_value border_wait_lane_says(const struct border_wait_lane *lane);

// The feed's own time at a crossing, and the time of a lane's update, UTC milliseconds, where they can be told: the
// texts are local and only an update names its zone ("EDT"). An update later in the day than the feed is yesterday's.
// false: a text does not say it, or by a zone that is not in the feed's table (US and Canadian zones, standard and
// daylight; no other).
bool border_wait_time(const struct border_wait *crossing, const struct border_wait_lane *lane, int64_t *feed_ms,
                      int64_t *updated_ms);

// The feed as JSON, members in the order of CBP's own. NULL without memory.
struct json *border_waits_json(struct arena *arena, const struct border_waits *waits);
// For writing: sets date and time of the crossing, and gives an update's text, for a local zone.
void border_wait_stamp(struct arena *arena, struct border_wait *crossing, int64_t at_ms, int offset_min);
struct str border_wait_update_text(struct arena *arena, int64_t at_ms, int offset_min, const char *abbreviation);

// One port.feed draft for each port of the feed (the first four digits of a port number are its Schedule D code), with
// what each crossing's lanes say. Crossings whose number is not six digits name no port; `feed.left_out` lists them.
// `context->received_ms` stands for a time that the feed does not tell.
enum err border_waits_drafts(struct arena *arena, struct str bytes, const struct document_context *context,
                             struct drafts *out, struct why *why) MUST_USE;

#endif
