// SPDX-License-Identifier: Apache-2.0
// The report of outcomes: what rules, lanes, scanners, shifts or programmes find, beside what chance finds, each figure
// with its interval, and what it comes to in a sentence. As HTML that needs nothing beside itself (light and dark, fit
// for printing), as CSV (one row a group) and as JSON.
//
// Whatever came from outside is escaped: HTML text, and in CSV what a spreadsheet would take for a formula.
#ifndef PORT_OUTCOME_REPORT_H
#define PORT_OUTCOME_REPORT_H

#include "port/outcome.h"

struct outcome_report {
    struct str port;        // its code; empty: all
    struct str node;        // whose; empty: nobody's
    struct str zone;        // IANA name for the times shown; empty or unknown: UTC
    struct str language;    // "en", "es", "fr"; anything else is English
    int64_t from_ms, to_ms; // INT64_MIN, INT64_MAX: from the first, to the last
    const struct outcome_rates *rates;
};

// What a group's figures come to, in the report's language: "Inspections where rule seal-late held find 3.1 times what
// chance finds (1.8 to 5.2)." It never says more than the interval bears. Plain text.
void outcome_sentence(const struct outcome_report *report, const struct outcome_group *group, struct buf *out);
// A group's name for people; of several officers' rows in one, that they are.
void outcome_group_name(const struct outcome_report *report, const struct outcome_group *group, struct buf *out);

// {"by","port","from","to","level","base":{…},"all":{…},"groups":[…],"left_out","officer_min"?}, a group being
// {"name","shift"?,"shadow"?,"merged"?,"trucks","sent","inspected","without","hits","contraband","drawn","drawn_hits",
// "never","overridden","rate":{"share","low","high","n"}|null,"difference":{"value","low","high"}|null,
// "lift":{"value"|null,"low","high"|null}|null,"prevalence":{…}|null,"yields":[{"what","unit","sum","hits",
// "per_inspection","low"|null,"high"|null}],"says"}. NULL without memory.
struct json *outcome_report_json(struct arena *arena, const struct outcome_report *report);
void outcome_report_csv(const struct outcome_report *report, struct buf *out);
void outcome_report_html(const struct outcome_report *report, struct buf *out);

// A number with so many decimals as the language writes it.
void outcome_number(const struct outcome_report *report, double value, int decimals, struct buf *out);
// 0 English, 1 Spanish, 2 French.
int outcome_language(const struct outcome_report *report);

#endif
