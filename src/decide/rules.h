// SPDX-License-Identifier: Apache-2.0
// Rules: data, read from YAML. Each has an id, dates, a condition, and either grants the green lane or sets a floor.
#ifndef DECIDE_RULES_H
#define DECIDE_RULES_H

#include "decide/condition.h"

#define RULES_MAX 512

struct rule {
    struct str id, owner, citation;
    int64_t revision;
    int64_t from_us, to_us;  // in force from (inclusive) to (exclusive), UTC microseconds; 0 and INT64_MAX when open
    struct condition *when;
    bool grants_green;       // otherwise `floor` holds while `when` is true
    enum lane floor;
    bool has_unknown;        // while `when` is unknown, `unknown` is the floor
    enum lane unknown;
    struct str en, es, fr;
};

struct rules {
    struct rule *items;
    size_t count;
    enum lane base;    // without a grant
    uint8_t hash[32];  // SHA-256 of the file's bytes: in every decision
};

// Everything lives in the arena, which must outlive the rules.
enum err rules_read(struct arena *arena, struct str yaml, struct rules **out, struct why *why) MUST_USE;

#endif
