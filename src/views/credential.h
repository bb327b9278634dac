// SPDX-License-Identifier: Apache-2.0
// Credentials: who is a trusted trader, in which programme and role, by whose word and for how long.
#ifndef VIEWS_CREDENTIAL_H
#define VIEWS_CREDENTIAL_H

#include "views/views.h"

struct held_credential {
    struct str programme, role, number, issuer, status;
    int64_t from_ms, to_ms;
    int64_t pos;
    bool dropped; // a newer roster of the issuer for that programme, told in full, does not name the holder
};

// Newest first; one for each programme, role and issuer.
enum err credential_list(struct views *views, struct arena *arena, const struct id *holder,
                         struct held_credential **out, size_t *count, struct why *why) MUST_USE;

// The day that a `roster` member is dated, UTC milliseconds of its beginning; 0 when it says none.
int64_t credential_roster_day(const struct json *roster);
// The date of the newest roster held; 0: none. An older one must not be taken in again: it would bring back who was
// dropped.
enum err credential_roster_date(struct views *views, struct str issuer, struct str programme, int64_t *date_ms,
                                struct why *why) MUST_USE;

enum err credential_apply_roster(struct views *, struct arena *, const struct applied *, struct touched *,
                                 struct why *) MUST_USE;
enum err credential_apply(struct views *, struct arena *, const struct applied *, struct touched *,
                          struct why *) MUST_USE;
extern const char credential_schema[];
extern const char *const credential_moves[];

#endif
