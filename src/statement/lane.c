// SPDX-License-Identifier: Apache-2.0
#include "statement/lane.h"

static const char *const names[LANE_COUNT] = {"green", "document", "scan", "joint", "hold"};

const char *lane_name(enum lane lane)
{
    return names[lane];
}

bool lane_parse(struct str text, enum lane *out)
{
    for (int i = 0; i < LANE_COUNT; i++) {
        if (!str_is(text, names[i])) continue;
        *out = (enum lane)i;
        return true;
    }
    return false;
}
