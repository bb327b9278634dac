// SPDX-License-Identifier: Apache-2.0
// Governor: the report of several ports side by side (views/port_report.h) as a page and as a table, for who answers
// for all of them. The page stands alone: no script, nothing fetched.
#ifndef PORT_GOVERNOR_H
#define PORT_GOVERNOR_H

#include "base/json.h"

enum governor_language { GOVERNOR_EN, GOVERNOR_ES, GOVERNOR_FR, GOVERNOR_LANGUAGES };
// "en", "es", "fr".
bool governor_language_parse(struct str text, enum governor_language *out);

// A row a port: queue's wait with interval, sample and method; targets; scanned; scanners; incidents. `report` is what
// port_report_all gives; what it does not hold is shown as not known. Appends to `out`, whose `failed` tells of its
// limit.
void governor_html(const struct json *report, enum governor_language language, struct buf *out);
// The same as CSV (RFC 4180), in one language, a row for each port and stage; empty fields are not known.
void governor_csv(const struct json *report, struct buf *out);

#endif
