// SPDX-License-Identifier: Apache-2.0
#include "serve/request.h"

#include "base/clock.h"
#include "base/text.h"
#include "serve/inside.h"
#include "serve/problem.h"

#include <stdio.h>

// ---- Reading ----

struct str request_query(const struct request *request, const char *name)
{
    for (size_t i = 0; i < request->nquery; i++)
        if (str_is(request->query[i].name, name)) return request->query[i].value;
    return STR_NONE;
}

enum err request_number(const struct request *request, const char *name, uint64_t min, uint64_t max, uint64_t fallback,
                        uint64_t *out, struct why *why)
{
    struct str text = request_query(request, name);
    *out = fallback;
    if (!text.p) return ERR_NONE;
    if (!str_decimal(text, max, out) || *out < min)
        return why_set(why, ERR_MALFORMED, name, "%s is a number from %llu to %llu", name, (unsigned long long)min,
                       (unsigned long long)max);
    return ERR_NONE;
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

bool request_decode(struct arena *arena, struct str text, struct str *out)
{
    char *p = arena_alloc(arena, text.n + 1);
    if (!p) return false;
    size_t n = 0;
    for (size_t i = 0; i < text.n; i++) {
        int c = (unsigned char)text.p[i];
        if (c == '%') {
            int high = i + 1 < text.n ? hex_value(text.p[i + 1]) : -1;
            int low = i + 2 < text.n ? hex_value(text.p[i + 2]) : -1;
            if (high < 0 || low < 0) return false;
            c = high * 16 + low;
            i += 2;
        }
        if (c < 0x20 || c == 0x7f) return false;
        p[n++] = (char)c;
    }
    *out = (struct str){p, n};
    return utf8_valid(*out);
}

enum err request_query_read(struct request *request, struct str text, struct why *why)
{
    while (text.p && text.n) {
        struct str rest, item = str_cut(text, '&', &rest), value, name = str_cut(item, '=', &value);
        text = rest;
        if (!item.n) continue;
        if (request->nquery == QUERY_MAX)
            return why_set(why, ERR_TOO_LARGE, "query", "a query has at most %d members", QUERY_MAX);
        struct query_item *q = &request->query[request->nquery];
        if (!request_decode(&request->arena, name, &q->name) ||
            !request_decode(&request->arena, value.p ? value : STR(""), &q->value))
            return why_set(why, ERR_MALFORMED, "query", "the query is not percent-encoded text");
        for (size_t i = 0; i < request->nquery; i++)
            if (str_eq(request->query[i].name, q->name))
                return why_set(why, ERR_MALFORMED, "query", "%.*s stands twice in the query", STR_ARG(q->name));
        request->nquery++;
    }
    return ERR_NONE;
}

// ---- Answering ----

enum step reply_bytes(struct request *request, int status, const char *content_type, struct str body)
{
    request->reply.status = status;
    request->reply.content_type = content_type;
    request->reply.body = body;
    return STEP_ANSWER;
}

void reply_header(struct request *request, const char *name, const char *value)
{
    struct reply *reply = &request->reply;
    INVARIANT(reply->nheaders < REPLY_HEADERS_MAX);
    reply->headers[reply->nheaders++] = (struct reply_header){name, value};
}

static const struct why no_memory = {.err = ERR_NO_MEMORY, .text = "no memory for this now; try again"};

enum step reply_problem(struct request *request, const struct why *why)
{
    enum err err = why->err == ERR_NONE ? ERR_INTERNAL : why->err;
    atomic_fetch_add_explicit(&request->serve->counters.problems[err], 1, memory_order_relaxed);
    struct buf text = BUF(8192);
    problem_write(why, &text);
    // The arena may be what is full: a problem has memory of its own, in the body's buffer, which is no longer needed.
    buf_free(&request->body);
    request->body = text;
    int status = err_status(err);
    request->reply.nheaders = 0;
    if (status == 429 || status == 503) reply_header(request, "Retry-After", "1");
    if (status == 401) reply_header(request, "WWW-Authenticate", "Bearer realm=\"puente\"");
    return reply_bytes(request, status, PROBLEM_TYPE, text.failed ? STR("{}") : buf_str(&text));
}

enum step reply_json(struct request *request, int status, const struct json *value)
{
    struct buf text = BUF(BUF_MAX_DEFAULT);
    if (value) json_canonical(value, &text);
    if (!value || text.failed || request->arena.failed) {
        buf_free(&text);
        return reply_problem(request, &no_memory);
    }
    buf_free(&request->body);
    request->body = text;
    return reply_bytes(request, status, "application/json", buf_str(&text));
}

// ---- Handing over ----

void request_job(struct request *request, enum job_lane lane)
{
    const struct caller *caller = &request->caller;
    bool person = caller_is_person(caller);
    request->job = (struct job){.lane = lane, .actor = str_of(caller->actor)};
    request->job.path = (struct channel_path){
        .door = person ? STR("console") : STR("https"),
        .party = person ? str_of(caller->actor) : str_of(caller->name),
        .certificate = str_of(caller->certificate),
        .address = str_of(caller->address),
    };
}

enum err request_may(const struct request *request, const struct draft *drafts, struct why *why)
{
    const struct serve_settings *s = &request->serve->settings;
    enum err err = ERR_NONE;
    for (const struct draft *d = drafts; d && err == ERR_NONE && request->caller.role == ROLE_PARTY; d = d->next)
        // The bad rows of a file are the node's word about the caller's, as a bad file is.
        if (!str_is(d->kind, "evidence.rejected"))
            err = auth_may(s->parties, s->nparties, request->caller.party, d->kind, why);
    return err;
}

enum step request_commit(struct request *request, struct draft *drafts, enum step (*next)(struct request *))
{
    struct why why = {0};
    for (struct draft *d = drafts; d; d = d->next)
        if (draft_seal(&request->arena, d, &why) != ERR_NONE) return reply_problem(request, &why);
    if (request->arena.failed) return reply_problem(request, &no_memory);
    request->job.drafts = drafts;
    request->next = next;
    return STEP_COMMIT;
}

static enum step read_logged(struct request *request)
{
    if (request->job.err != ERR_NONE) return reply_problem(request, &request->job.why);
    count_add(&request->serve->counters, COUNT_READS, 1);
    return STEP_ANSWER;
}

static struct draft *read_draft(struct request *request, enum noun noun, const struct id *subject, const char *what,
                                struct json *listed)
{
    struct arena *arena = &request->arena;
    struct draft *draft = draft_new(arena, "access.read", clock_now_us() / 1000, LABEL_AMBER_STRICT);
    if (!draft) return NULL;
    if (subject) {
        struct subject_ref *ref = draft_subject(arena, draft, noun);
        if (!ref) return NULL;
        ref->id = *subject;
    }
    draft_put(draft, "who", json_new_text(arena, str_of(request->caller.name)));
    draft_put(draft, "role", json_new_text(arena, str_of(role_name(request->caller.role))));
    draft_put(draft, "what", json_new_text(arena, str_of(what)));
    if (listed) draft_put(draft, "listed", listed);
    return draft;
}

enum step request_log_read(struct request *request, enum noun noun, const struct id *subject, const char *what,
                           struct json *listed)
{
    if (!caller_is_person(&request->caller) || request->reply.status != 200) return STEP_ANSWER;
    struct draft *draft = read_draft(request, noun, subject, what, listed);
    if (!draft) return reply_problem(request, &no_memory);
    request_job(request, JOB_PEOPLE);
    // The reply that is ready waits: it is made before, so that what was read and what was logged agree.
    return request_commit(request, draft, read_logged);
}

// ---- Reading handles ----

struct views *request_views(struct request *request, struct why *why)
{
    return reader_take(request->serve, why);
}

void request_views_done(struct request *request, struct views *views)
{
    reader_give(request->serve, views);
}
