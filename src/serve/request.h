// SPDX-License-Identifier: Apache-2.0
// Request: one HTTP request on its way through the node, and the reply that it gets. Handlers see this, not the HTTP
// library. What a handler cannot answer at once it says as a step, and is called again (`next`) when that is done.
#ifndef SERVE_REQUEST_H
#define SERVE_REQUEST_H

#include "commit/job.h"
#include "serve/caller.h"
#include "serve/serve.h"

#define PARAMS_MAX 3
#define QUERY_MAX 16
#define REPLY_HEADERS_MAX 8

enum method { METHOD_GET, METHOD_POST, METHOD_OTHER };

// What a handler wants next.
enum step {
    STEP_ANSWER, // the reply is ready
    STEP_COMMIT, // hand request->job to commit; `next` is called when it is on disk or refused (job.err)
    STEP_WORK,   // call request->work on a thread that may wait, then `next`
    STEP_PAUSE,  // call `next` at request->wake_us (monotonic), or earlier, when commit has finished another slice
    STEP_STREAM, // the reply is an event stream (stream.h); its head is ready
};

struct query_item {
    struct str name, value; // percent-decoded
};

struct reply {
    int status;
    const char *content_type;
    struct str body; // in the request's arena or static
    struct reply_header {
        const char *name;
        const char *value;
    } headers[REPLY_HEADERS_MAX];
    size_t nheaders;
    bool close; // the connection is not to be used again
};

struct request {
    struct serve *serve;
    struct arena arena; // capped; everything of this request
    struct arena spare; // capped; for a step that is taken many times, and resets it
    enum method method;
    bool head;       // HEAD: METHOD_GET without the body
    struct str path; // as sent, without the query
    const struct route *route;
    struct str param[PARAMS_MAX]; // of the path, decoded
    struct query_item query[QUERY_MAX];
    size_t nquery;
    struct str authorization, idempotency_key, last_event_id, if_none_match; // headers; p NULL: not sent
    struct caller caller;
    struct buf body;

    enum step (*next)(struct request *request);
    struct job job;
    enum err (*work)(struct request *request, struct why *why);
    enum err work_err;
    struct why work_why;
    int64_t wake_us;
    uint64_t slices; // STEP_PAUSE: that commit had finished (commit_figures) when there was nothing yet
    void *state;     // the handler's own, in the arena
    struct reply reply;
};

// ---- Reading ----

// The query's value of that name; {NULL,0} when it is not there.
struct str request_query(const struct request *request, const char *name);
// A decimal within min..max; `fallback` when absent; otherwise ERR_MALFORMED naming the member.
enum err request_number(const struct request *request, const char *name, uint64_t min, uint64_t max, uint64_t fallback,
                        uint64_t *out, struct why *why) MUST_USE;
// Percent-decoding of RFC 3986 2.1 into the arena; false for a bad escape, a control character, or what is no UTF-8.
bool request_decode(struct arena *arena, struct str text, struct str *out);
// Cuts "a=b&c=d" into request->query. ERR_MALFORMED (escapes, a name twice), ERR_TOO_LARGE over QUERY_MAX.
enum err request_query_read(struct request *request, struct str text, struct why *why) MUST_USE;

// ---- Answering; each gives STEP_ANSWER, so that `return reply_…` is one line ----

enum step reply_json(struct request *request, int status, const struct json *value);
// `body` lives in the arena or is static; `content_type` is static.
enum step reply_bytes(struct request *request, int status, const char *content_type, struct str body);
enum step reply_problem(struct request *request, const struct why *why);
void reply_header(struct request *request, const char *name, const char *value);

// ---- Handing over ----

// A job of this request, empty but for lane, actor and path: door "console" for people, "https" for parties.
void request_job(struct request *request, enum job_lane lane);
// Whether this caller, if it is a party, may state what the drafts say (auth_may). Asked before request_commit for what
// the caller says; not for what the node says of the caller (evidence).
enum err request_may(const struct request *request, const struct draft *drafts, struct why *why) MUST_USE;
// Seals the drafts, hangs them on the job and bounds what waits. Gives STEP_COMMIT, or STEP_ANSWER with the problem.
enum step request_commit(struct request *request, struct draft *drafts, enum step (*next)(struct request *));
// Says `reply` only after it is on record that this person read `subject` (none: a list, `what` says which, `listed`
// names what was on it).
enum step request_log_read(struct request *request, enum noun noun, const struct id *subject, const char *what,
                           struct json *listed);

// ---- Reading handles ----

// A reader's handle for the length of this call; NULL with the reason. Give it back before returning.
struct views *request_views(struct request *request, struct why *why);
void request_views_done(struct request *request, struct views *views);

#endif
