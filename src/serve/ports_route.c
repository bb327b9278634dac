// SPDX-License-Identifier: Apache-2.0
// Ports by HTTP: several side by side, one with its hours and forecasts, and all in CBP's public format. They tell of
// no shipment and of no person, so that no reading of them is put on record.
#include "base/clock.h"
#include "serve/inside.h"
#include "serve/route.h"
#include "views/port_report.h"

static enum step answer(struct request *request, struct views *views, enum err err, const struct json *out,
                        const struct why *why)
{
    request_views_done(request, views);
    if (!views || err != ERR_NONE) return reply_problem(request, why);
    return reply_json(request, 200, out);
}

enum step ports_list(struct request *request)
{
    struct why why = {0};
    uint64_t hours;
    struct json *out = NULL;
    enum err err = request_number(request, "hours", 1, PORT_REPORT_HOURS_MAX, 24, &hours, &why);
    struct views *views = err == ERR_NONE ? request_views(request, &why) : NULL;
    if (views) err = port_report_all(views, &request->arena, clock_now_us() / 1000, hours, &out, &why);
    return answer(request, views, err, out, &why);
}

enum step port_get_route(struct request *request)
{
    struct why why = {0};
    uint64_t hours;
    struct json *out = NULL;
    enum err err = request_number(request, "hours", 1, PORT_REPORT_HOURS_MAX, 24, &hours, &why);
    struct views *views = err == ERR_NONE ? request_views(request, &why) : NULL;
    if (views)
        err = port_report_one(views, &request->arena, request->param[0], clock_now_us() / 1000, hours, &out, &why);
    return answer(request, views, err, out, &why);
}

enum step ports_feed(struct request *request)
{
    struct why why = {0};
    struct json *out = NULL;
    enum err err = ERR_NONE;
    struct views *views = request_views(request, &why);
    if (views) err = port_report_feed(views, &request->arena, clock_now_us() / 1000, &out, &why);
    return answer(request, views, err, out, &why);
}
