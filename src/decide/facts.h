// SPDX-License-Identifier: Apache-2.0
// Facts: what is known of one crossing, by name (docs/facts.md lists them), each with the statements it came from. This
// table is the seam between what gathers facts and whatever language asks about them.
#ifndef DECIDE_FACTS_H
#define DECIDE_FACTS_H

#include "statement/lane.h" // lane_name and lane_parse are in src/statement/lane.c
#include "statement/statement.h"

enum fact_type { FACT_BOOL, FACT_NUMBER, FACT_TEXT };

// Sources are indexes into facts.sources.
struct fact {
    const char *name;
    enum fact_type type;
    bool boolean;
    double number;
    struct str text;
    const uint32_t *sources;
    size_t nsources;
};

// One statement that facts lean on.
struct source {
    struct str name;  // "<origin>:<index>"
    int64_t pos;      // this node's position of it
    int64_t in_us;    // its commit time in its own log
    struct id via;    // its channel
    enum label label;
};

struct facts {
    struct id crossing;
    int64_t now_us;  // the trigger's `in`; no clock is read below
    struct fact *items;
    size_t count;
    struct source *sources;
    size_t nsources;
};

// NULL: unknown.
const struct fact *facts_get(const struct facts *facts, struct str name);
// The facts by value, {"name":value…}, for the decision statement.
struct json *facts_json(struct arena *arena, const struct facts *facts);

#endif
