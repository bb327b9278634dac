// SPDX-License-Identifier: Apache-2.0
#include "serve/route.h"

// clang-format off
const struct route routes[] = {
    {METHOD_POST, "/v1/statements", ROLE_PARTY | ROLE_OFFICER | ROLE_ANALYST, BODY_STATEMENTS, SCOPE_WRITE, statements_post},
    {METHOD_GET, "/v1/statements", ROLE_ANALYSTS | ROLE_AUDITOR | ROLE_OPERATOR, BODY_NONE, SCOPE_READ, statements_list},
    {METHOD_GET, "/v1/statements/{name}", ROLE_ANALYSTS | ROLE_AUDITOR | ROLE_OFFICER, BODY_NONE, SCOPE_READ, statement_get},
    {METHOD_GET, "/v1/statements/{name}/receipt", ROLE_ANALYSTS | ROLE_AUDITOR | ROLE_OFFICER | ROLE_PARTY, BODY_NONE, SCOPE_READ, receipt_get},
    {METHOD_POST, "/v1/statements/{name}/erase", ROLE_ADMIN, BODY_SMALL, SCOPE_WRITE, statement_erase},
    {METHOD_POST, "/v1/files", ROLE_PARTY | ROLE_OFFICER, BODY_FILE, SCOPE_WRITE, files_post},
    {METHOD_POST, "/v1/devices/{protocol}", ROLE_PARTY, BODY_STATEMENTS, SCOPE_WRITE, webhook_post},
    {METHOD_GET, "/v1/crossings", ROLE_OFFICER | ROLE_ANALYSTS | ROLE_AUDITOR, BODY_NONE, SCOPE_READ, crossings_list},
    {METHOD_GET, "/v1/crossings/{id}", ROLE_OFFICER | ROLE_ANALYSTS | ROLE_AUDITOR, BODY_NONE, SCOPE_READ, crossing_get_route},
    {METHOD_GET, "/v1/crossings/{id}/decision", ROLE_OFFICER | ROLE_ANALYSTS | ROLE_AUDITOR, BODY_NONE, SCOPE_READ, crossing_decision_get},
    {METHOD_GET, "/v1/crossings/{id}/would-change", ROLE_TARGETING, BODY_NONE, SCOPE_READ, would_change_get},
    {METHOD_GET, "/v1/consignments/{id}", ROLE_OFFICER | ROLE_ANALYSTS | ROLE_AUDITOR, BODY_NONE, SCOPE_READ, consignment_get},
    {METHOD_GET, "/v1/decisions", ROLE_OFFICER | ROLE_ANALYSTS | ROLE_AUDITOR, BODY_NONE, SCOPE_READ, decisions_list},
    {METHOD_GET, "/v1/channels", ROLE_ANALYSTS | ROLE_AUDITOR, BODY_NONE, SCOPE_READ, channels_list},
    {METHOD_GET, "/v1/channels/{id}/reach", ROLE_ANALYSTS, BODY_NONE, SCOPE_READ, channel_reach},
    {METHOD_GET, "/v1/threats", ROLE_ANALYSTS, BODY_NONE, SCOPE_READ, threats_list},
    {METHOD_GET, "/v1/equipment", ROLE_OFFICER | ROLE_ANALYSTS | ROLE_AUDITOR, BODY_NONE, SCOPE_READ, equipment_list},
    {METHOD_GET, "/v1/equipment/report", ROLE_OFFICER | ROLE_ANALYSTS | ROLE_AUDITOR, BODY_NONE, SCOPE_READ, equipment_report_get},
    {METHOD_GET, "/v1/outcomes", ROLE_ANALYSTS | ROLE_AUDITOR | ROLE_ADMIN, BODY_NONE, SCOPE_READ, outcomes_get},
    {METHOD_GET, "/v1/ports", ROLE_OFFICER | ROLE_ANALYSTS | ROLE_AUDITOR | ROLE_OPERATOR, BODY_NONE, SCOPE_READ, ports_list},
    {METHOD_GET, "/v1/ports/feed", ROLE_KNOWN, BODY_NONE, SCOPE_READ, ports_feed},
    {METHOD_GET, "/v1/ports/{code}", ROLE_OFFICER | ROLE_ANALYSTS | ROLE_AUDITOR | ROLE_OPERATOR, BODY_NONE, SCOPE_READ, port_get_route},
    {METHOD_GET, "/v1/node", ROLE_KNOWN, BODY_NONE, SCOPE_READ, node_get},
    {METHOD_GET, "/v1/stream", ROLE_PEOPLE, BODY_NONE, SCOPE_STREAM, stream_get},
    {METHOD_GET, "/v1/link/{agreement}/batch", ROLE_PARTY, BODY_NONE, SCOPE_READ, link_batch},
    {METHOD_POST, "/v1/link/{agreement}/cosignature", ROLE_PARTY, BODY_SMALL, SCOPE_WRITE, link_cosignature},
    {METHOD_GET, "/checkpoint", ROLE_PARTY | ROLE_AUDITOR | ROLE_ADMIN, BODY_NONE, SCOPE_READ, log_checkpoint},
    {METHOD_GET, "/tile/{rest*}", ROLE_PARTY | ROLE_AUDITOR | ROLE_ADMIN, BODY_NONE, SCOPE_READ, log_tile},
    {METHOD_POST, "/add-checkpoint", ROLE_ANYBODY, BODY_SMALL, SCOPE_WRITE, witness_post},
    {METHOD_GET, "/v1/witness/{hex}/checkpoint", ROLE_ANYBODY, BODY_NONE, SCOPE_READ, witness_seen_get},
    {METHOD_GET, "/healthz", ROLE_ANYBODY, BODY_NONE, SCOPE_READ, health_get},
    {METHOD_GET, "/metrics", ROLE_OPERATOR | ROLE_AUDITOR | ROLE_LOOPBACK, BODY_NONE, SCOPE_READ, metrics_get},
    {METHOD_GET, "/openapi.json", ROLE_ANYBODY, BODY_NONE, SCOPE_READ, openapi_get},
    {METHOD_GET, "/problems/{name}", ROLE_ANYBODY, BODY_NONE, SCOPE_READ, problem_get},
    {METHOD_GET, "/", ROLE_ANYBODY, BODY_NONE, SCOPE_READ, page_get},
    {METHOD_GET, "/{file}", ROLE_ANYBODY, BODY_NONE, SCOPE_READ, page_get},
};
// clang-format on
const size_t route_count = sizeof routes / sizeof *routes;

// One segment of the pattern at a time; nothing is decoded before it is cut, so that "%2F" in a name is no slash.
static bool matches(const char *pattern, struct str path, struct str params[PARAMS_MAX])
{
    size_t n = 0;
    for (;;) {
        if (*pattern == '{') {
            if (n == PARAMS_MAX) return false;
            const char *close = strchr(pattern, '}');
            bool rest = close[-1] == '*';
            const char *slash = rest ? NULL : memchr(path.p, '/', path.n);
            params[n] = (struct str){path.p, slash ? (size_t)(slash - path.p) : path.n};
            if (params[n].n == 0) return false;
            path = str_from(path, params[n].n);
            n++;
            pattern = close + 1;
        } else if (*pattern == '\0') {
            return path.n == 0;
        } else {
            if (path.n == 0 || *path.p != *pattern) return false;
            path = str_from(path, 1);
            pattern++;
        }
    }
}

static enum err take_params(struct request *request, const struct str params[PARAMS_MAX], struct why *why)
{
    for (size_t i = 0; i < PARAMS_MAX; i++) {
        request->param[i] = STR_NONE;
        if (params[i].p && !request_decode(&request->arena, params[i], &request->param[i]))
            return why_set(why, ERR_MALFORMED, "path", "the path is not percent-encoded text");
    }
    return ERR_NONE;
}

enum err route_find(struct request *request, const char **allow, struct why *why)
{
    bool get = false, post = false;
    *allow = "";
    for (size_t i = 0; i < route_count; i++) {
        struct str params[PARAMS_MAX] = {{0}};
        if (!matches(routes[i].pattern, request->path, params)) continue;
        if (routes[i].method != request->method) {
            get = get || routes[i].method == METHOD_GET;
            post = post || routes[i].method == METHOD_POST;
            continue;
        }
        request->route = &routes[i];
        return take_params(request, params, why);
    }
    if (!get && !post)
        return why_set(why, ERR_NOT_FOUND, "path", "there is no such path; see /openapi.json for those that there are");
    *allow = get && post ? "GET, HEAD, POST" : get ? "GET, HEAD" : "POST";
    return why_set(why, ERR_METHOD, "method", "this path takes %s", *allow);
}

enum err route_allowed(const struct route *route, const struct caller *caller, struct why *why)
{
    if (!caller_is(caller, route->roles)) {
        if (caller->role == ROLE_NONE)
            return why_set(why, ERR_UNAUTHENTICATED, "Authorization",
                           "this path needs a client certificate or a bearer token");
        return why_set(why, ERR_FORBIDDEN, "", "%s may not call this path", caller->actor);
    }
    bool open = (route->roles & ROLE_ANYBODY) || ((route->roles & ROLE_LOOPBACK) && caller->loopback);
    if (!open && !(caller->scopes & route->scope))
        return why_set(why, ERR_FORBIDDEN, "", "the token's scopes do not cover this path");
    return ERR_NONE;
}
