// SPDX-License-Identifier: Apache-2.0
// Channels: the paths by which statements came, what each is made of, and its standing: which threat holds it suspect,
// in which interval, and how far that goes. Only this node's own `channel.standing` statements set a standing; a
// partner's are facts on which a trigger rule may act.
#ifndef VIEWS_CHANNEL_H
#define VIEWS_CHANNEL_H

#include "views/views.h"

#define CHANNEL_PARTS 10
extern const char *const channel_parts[CHANNEL_PARTS];

struct channel {
    struct id id;
    uint32_t origin;
    int64_t pos;
    struct str part[CHANNEL_PARTS]; // in the order of channel_parts; {NULL,0} where unknown
};

// By the hash of its path's canonical text, for own channels.
enum err channel_find(struct views *views, const uint8_t path_hash[32], struct id *out, bool *found,
                      struct why *why) MUST_USE;
enum err channel_get(struct views *views, struct arena *arena, const struct id *id, struct channel *out, bool *found,
                     struct why *why) MUST_USE;
enum err channel_list(struct views *views, struct arena *arena, size_t limit, struct channel **out, size_t *count,
                      struct why *why) MUST_USE;

// The names by which threats may call a channel with these members: its parts; a device's number without its kind,
// software without its version; a relay, the host through which a vendor's cloud passes packets on, as a domain.
struct channel_name {
    const char *what;
    struct str value;
};
#define CHANNEL_NAMES_MAX (CHANNEL_PARTS + 3)
size_t channel_names(const struct json *members, struct channel_name out[CHANNEL_NAMES_MAX]);
// Channels that a name matches: what "filer", "address", "domain", "certificate", "device", "vendor", "software",
// "relay", "party". Software matches "name" or "name/version".
enum err channel_match(struct views *views, struct arena *arena, struct str what, struct str value, struct id **out,
                       size_t *count, struct why *why) MUST_USE;

struct standing {
    struct id channel, threat;
    struct str state; // "reported", "confirmed", "cleared"
    enum lane floor;
    int64_t from_us, to_us; // covers statements with from <= in < to
    int64_t pos;
};
enum err channel_standing(struct views *views, struct arena *arena, const struct id *channel, struct standing **out,
                          size_t *count, struct why *why) MUST_USE;
// Standings that one threat gives.
enum err channel_standing_of(struct views *views, struct arena *arena, const struct id *threat, struct standing **out,
                             size_t *count, struct why *why) MUST_USE;
// Whether a statement that came by `channel` at `in_us` is suspect (confirmed), and how far the effect goes.
enum err channel_suspect(struct views *views, const struct id *channel, int64_t in_us, bool *suspect, enum lane *floor,
                         int64_t *pos, struct why *why) MUST_USE;

enum err channel_apply(struct views *, struct arena *, const struct applied *, struct touched *, struct why *) MUST_USE;
enum err channel_standing_apply(struct views *, struct arena *, const struct applied *, struct touched *,
                                struct why *) MUST_USE;
extern const char channel_schema[];

#endif
