// SPDX-License-Identifier: Apache-2.0
// Metrics: OpenMetrics 1.0 text of what this node has done and is doing.
#ifndef SERVE_METRICS_H
#define SERVE_METRICS_H

#include "commit/commit.h"
#include "serve/counters.h"
#include "share/link.h"

#define METRICS_TYPE "application/openmetrics-text; version=1.0.0; charset=utf-8"

// What is not in the counters. UTF-8 without quotes and backslashes.
struct metrics_now {
    struct str party;
    const char *version;
    struct commit_figures commit;
    unsigned connections, devices, streams;
    size_t memory;
    uint64_t log_size;
    bool rules_unsigned;
    unsigned links[LINK_STATES]; // incoming ones, by state
};
// Appended to `out`, "# EOF" at the end.
void metrics_write(const struct counters *counters, const struct metrics_now *now, struct buf *out);

#endif
