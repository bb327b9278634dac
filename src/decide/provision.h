// SPDX-License-Identifier: Apache-2.0
// Provision: what a rule and a trigger have in common. Each is an item of a party's file, with an id of its own there,
// the law or agreement it stands on, and the days on which it is in force.
#ifndef DECIDE_PROVISION_H
#define DECIDE_PROVISION_H

#include "base/json.h"
#include "base/why.h"

#define PROVISION_ID_MAX 64

struct provision {
    struct str id, owner, citation;
    int64_t from_us, to_us; // in force from (inclusive) to (exclusive), UTC microseconds; 0 and INT64_MAX when open
};

// Reads id, owner, citation, from and to of the item `index` of `list`, which has passed its schema. `noun` is what the
// file calls its items ("rule"), for the texts. Points into `list`. Errors, at "/<name of the list>/<index>/…":
// ERR_MALFORMED for an id that is no id (small letters, digits, hyphens but not first) or that an earlier item has;
// ERR_SENSELESS for dates that end before they begin.
enum err provision_read(const struct json *list, size_t index, const char *noun, struct provision *out,
                        struct why *why) MUST_USE;

bool provision_in_force(const struct provision *provision, int64_t now_us);

#endif
