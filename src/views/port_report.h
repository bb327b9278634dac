// SPDX-License-Identifier: Apache-2.0
// What the ports are like, as the JSON of docs/api.md: several side by side, one with its hours, lanes and forecasts,
// and this node's ports in CBP's public format. Beside each wait stand its method, the size of its sample and its
// interval; what is not known is null, never zero.
#ifndef VIEWS_PORT_REPORT_H
#define VIEWS_PORT_REPORT_H

#include "views/wait.h"

#define PORTS_MAX 500
#define PORT_REPORT_HOURS_MAX (31 * 24)
#define PORT_REPORT_LEVEL 0.95
#define PORT_FORECAST_WEEKS 26

// {"now","from","level","ports":[…]}: stays that began in the `hours` before now_ms.
enum err port_report_all(struct views *views, struct arena *arena, int64_t now_ms, size_t hours, struct json **out,
                         struct why *why) MUST_USE;
// One port: the same with "lanes", "hours" and "forecast". ERR_NOT_FOUND.
enum err port_report_one(struct views *views, struct arena *arena, struct str code, int64_t now_ms, size_t hours,
                         struct json **out, struct why *why) MUST_USE;
// An array of crossings as in formats/border_wait.h: one for each port, its queue's wait of the last two hours.
enum err port_report_feed(struct views *views, struct arena *arena, int64_t now_ms, struct json **out,
                          struct why *why) MUST_USE;

#endif
