// SPDX-License-Identifier: Apache-2.0
// Lanes, in order: what a crossing is recommended, from free to stopped. The order is meaningful: the stricter of two
// is the larger.
#ifndef STATEMENT_LANE_H
#define STATEMENT_LANE_H

#include "base/bytes.h"

enum lane { LANE_GREEN, LANE_DOCUMENT, LANE_SCAN, LANE_JOINT, LANE_HOLD };
#define LANE_COUNT 5

const char *lane_name(enum lane lane);
bool lane_parse(struct str text, enum lane *out);

#endif
