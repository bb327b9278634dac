// SPDX-License-Identifier: Apache-2.0
// Route: which method and path is answered by whom, for whom, and how large its body may be. One table.
#ifndef SERVE_ROUTE_H
#define SERVE_ROUTE_H

#include "serve/request.h"

// Which of serve_limits bounds the body.
enum body_limit { BODY_NONE, BODY_SMALL, BODY_STATEMENTS, BODY_FILE };
#define BODY_SMALL_BYTES ((size_t)64 << 10)

struct route {
    enum method method;
    const char *pattern; // "/v1/crossings/{id}"; "{rest*}" at the end takes all that is left, slashes too
    unsigned roles;      // enum role bits; ROLE_ANYBODY
    enum body_limit body;
    unsigned scope; // that a token must have
    enum step (*handle)(struct request *request);
};

extern const struct route routes[];
extern const size_t route_count;

// Finds the route and fills route and param. ERR_NOT_FOUND; ERR_METHOD (*allow then lists the methods that there are);
// ERR_MALFORMED for a path that cannot be decoded.
enum err route_find(struct request *request, const char **allow, struct why *why) MUST_USE;
// Whether this caller may call it. ERR_UNAUTHENTICATED for nobody known, ERR_FORBIDDEN otherwise.
enum err route_allowed(const struct route *route, const struct caller *caller, struct why *why) MUST_USE;

// The handlers, by file.
enum step statements_post(struct request *request);
enum step statements_list(struct request *request);
enum step statement_get(struct request *request);
enum step statement_erase(struct request *request);
enum step receipt_get(struct request *request);
enum step files_post(struct request *request);
enum step webhook_post(struct request *request);
enum step crossings_list(struct request *request);
enum step crossing_get_route(struct request *request);
enum step crossing_decision_get(struct request *request);
enum step would_change_get(struct request *request);
enum step consignment_get(struct request *request);
enum step decisions_list(struct request *request);
enum step channels_list(struct request *request);
enum step channel_reach(struct request *request);
enum step threats_list(struct request *request);
enum step equipment_list(struct request *request);
enum step equipment_report_get(struct request *request);
enum step outcomes_get(struct request *request);
enum step ports_list(struct request *request);
enum step port_get_route(struct request *request);
enum step ports_feed(struct request *request);
enum step node_get(struct request *request);
enum step health_get(struct request *request);
enum step openapi_get(struct request *request);
enum step problem_get(struct request *request);
enum step metrics_get(struct request *request);
enum step stream_get(struct request *request);
enum step log_checkpoint(struct request *request);
enum step log_tile(struct request *request);
enum step witness_post(struct request *request);
enum step witness_seen_get(struct request *request);
enum step link_batch(struct request *request);
enum step link_cosignature(struct request *request);
enum step page_get(struct request *request);

#endif
