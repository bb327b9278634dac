// SPDX-License-Identifier: Apache-2.0
// Channels, their reach, and threats by HTTP.
#include "serve/inside.h"
#include "serve/route.h"
#include "views/report.h"

#define LIST_MAX 10000

static enum step list_with(struct request *request,
                           enum err (*report)(struct views *, struct arena *, size_t, struct json **, struct why *))
{
    struct why why = {0};
    uint64_t limit;
    struct json *out = NULL;
    enum err err = request_number(request, "limit", 1, LIST_MAX, 1000, &limit, &why);
    struct views *views = err == ERR_NONE ? request_views(request, &why) : NULL;
    if (views) err = report(views, &request->arena, limit, &out, &why);
    request_views_done(request, views);
    if (!views || err != ERR_NONE) return reply_problem(request, &why);
    return reply_json(request, 200, out);
}

enum step channels_list(struct request *request)
{
    return list_with(request, report_channels);
}

enum step threats_list(struct request *request)
{
    return list_with(request, report_threats);
}

enum step channel_reach(struct request *request)
{
    struct why why = {0};
    struct json *out = NULL;
    struct id id;
    if (!id_parse(request->param[0], &id)) {
        (void)why_set(&why, ERR_MALFORMED, "id", "a channel's id is 22 characters of base64url; see /v1/channels");
        return reply_problem(request, &why);
    }
    struct views *views = request_views(request, &why);
    enum err err = views ? report_reach(views, &request->arena, &id, &out, &why) : why.err;
    request_views_done(request, views);
    if (err != ERR_NONE) return reply_problem(request, &why);
    (void)reply_json(request, 200, out);
    struct json *listed = json_new_array(&request->arena);
    json_each(item, json_get(out, "crossings")) json_add(listed, json_new_text(&request->arena, json_text(item, "id")));
    return request_log_read(request, NOUN_NONE, NULL, "reach", listed);
}
