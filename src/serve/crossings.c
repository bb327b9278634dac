// SPDX-License-Identifier: Apache-2.0
// Crossings, consignments and decisions by HTTP. What a person reads is on record before it is shown.
#include "serve/inside.h"
#include "serve/route.h"
#include "statement/lane.h"
#include "views/report.h"

static enum err read_state(struct request *request, enum crossing_state *out, struct why *why)
{
    struct str state = request_query(request, "state");
    *out = CROSSINGS_OPEN;
    if (!state.p || str_is(state, "open")) return ERR_NONE;
    *out = str_is(state, "released") ? CROSSINGS_RELEASED : CROSSINGS_ALL;
    if (*out == CROSSINGS_RELEASED || str_is(state, "all")) return ERR_NONE;
    return why_set(why, ERR_MALFORMED, "state", "a state is open, released or all");
}

static struct json *listed(struct request *request, const struct json *list, const char *member)
{
    struct json *names = json_new_array(&request->arena);
    json_each(item, list) json_add(names, json_new_text(&request->arena, json_text(item, member)));
    return names;
}

enum step crossings_list(struct request *request)
{
    struct why why = {0};
    enum crossing_state state;
    uint64_t limit;
    struct json *out = NULL;
    enum err err = read_state(request, &state, &why);
    if (err == ERR_NONE) err = request_number(request, "limit", 1, 1000, 100, &limit, &why);
    struct views *views = err == ERR_NONE ? request_views(request, &why) : NULL;
    if (views)
        err = report_crossings(views, &request->arena, state, request_query(request, "after"), limit, &out, &why);
    request_views_done(request, views);
    if (!views || err != ERR_NONE) return reply_problem(request, &why);
    (void)reply_json(request, 200, out);
    return request_log_read(request, NOUN_NONE, NULL, "crossings", listed(request, json_get(out, "crossings"), "id"));
}

static enum step get_one(struct request *request, enum noun noun,
                         enum err (*report)(struct views *, struct arena *, const struct id *, struct json **,
                                            struct why *))
{
    struct why why = {0};
    struct json *out = NULL;
    struct id id;
    struct views *views = request_views(request, &why);
    enum err err = views ? report_subject(views, noun, request->param[0], &id, &why) : why.err;
    if (err == ERR_NONE) err = report(views, &request->arena, &id, &out, &why);
    request_views_done(request, views);
    if (err != ERR_NONE) return reply_problem(request, &why);
    (void)reply_json(request, 200, out);
    return request_log_read(request, noun, &id, noun_name(noun), NULL);
}

enum step crossing_get_route(struct request *request)
{
    return get_one(request, NOUN_CROSSING, report_crossing_full);
}

enum step consignment_get(struct request *request)
{
    return get_one(request, NOUN_CONSIGNMENT, report_consignment);
}

enum step decisions_list(struct request *request)
{
    struct why why = {0};
    uint64_t after, limit;
    enum lane lane;
    struct str name = request_query(request, "lane");
    struct json *out = NULL;
    enum err err = request_number(request, "after", 0, INT64_MAX, 0, &after, &why);
    if (err == ERR_NONE) err = request_number(request, "limit", 1, 1000, 100, &limit, &why);
    if (err == ERR_NONE && name.p && !lane_parse(name, &lane))
        err = why_set(&why, ERR_MALFORMED, "lane", "a lane is green, document, scan, joint or hold");
    struct views *views = err == ERR_NONE ? request_views(request, &why) : NULL;
    if (views) err = report_decisions(views, &request->arena, (int64_t)after, name, limit, &out, &why);
    request_views_done(request, views);
    if (!views || err != ERR_NONE) return reply_problem(request, &why);
    (void)reply_json(request, 200, out);
    return request_log_read(request, NOUN_NONE, NULL, "decisions", listed(request, json_get(out, "decisions"), "name"));
}
