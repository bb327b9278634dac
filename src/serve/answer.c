// SPDX-License-Identifier: Apache-2.0
#include "serve/answer.h"

#include "serve/inside.h"

static void name_add(struct request *request, struct json *list, uint64_t index)
{
    struct str origin = request->serve->settings.party;
    json_add(list, json_new_text(&request->arena, arena_printf(&request->arena, "%.*s:%llu", STR_ARG(origin),
                                                               (unsigned long long)index)));
}

static enum step answer_list(struct request *request, struct json *list)
{
    struct json *answer = json_new_object(&request->arena);
    json_put(answer, "statements", list);
    return reply_json(request, 200, answer);
}

enum step answer_statements(struct request *request)
{
    if (request->job.err != ERR_NONE) return reply_problem(request, &request->job.why);
    struct json *list = json_new_array(&request->arena);
    for (const struct draft *d = request->job.drafts; d; d = d->next) name_add(request, list, d->index);
    count_add(&request->serve->counters, COUNT_STATEMENTS, list ? list->count : 0);
    return answer_list(request, list);
}

enum step answer_indexes(struct request *request, const uint64_t *indexes, size_t count)
{
    struct json *list = json_new_array(&request->arena);
    for (size_t i = 0; i < count; i++) name_add(request, list, indexes[i]);
    return answer_list(request, list);
}

// The reason, kept while the evidence is on its way to disk.
static enum step rejected(struct request *request)
{
    return reply_problem(request, request->state);
}

static bool about_the_bytes(enum err err)
{
    return err == ERR_MALFORMED || err == ERR_SENSELESS || err == ERR_UNSUPPORTED || err == ERR_UNTRUSTED ||
           err == ERR_EXPIRED || err == ERR_CONFLICT || err == ERR_TOO_LARGE;
}

enum step answer_rejected(struct request *request, const char *door, const struct why *why, struct str raw)
{
    struct why *kept = arena_new(&request->arena, struct why);
    struct draft *draft = NULL;
    if (kept && about_the_bytes(why->err) && evidence_allowed(request->serve))
        draft = evidence_draft(&request->arena, door, why, raw);
    if (!draft) return reply_problem(request, why);
    *kept = *why;
    request->state = kept;
    request_job(request, JOB_PEOPLE);
    return request_commit(request, draft, rejected);
}

enum step answer_report(struct request *request, const char *content_type, struct buf *written)
{
    struct why why = {0};
    struct str body = written->failed ? STR_NONE : arena_str(&request->arena, buf_str(written));
    buf_free(written);
    if (!body.p) {
        (void)why_set(&why, ERR_TOO_LARGE, "from", "the report is too large; ask for a shorter period");
        return reply_problem(request, &why);
    }
    // The page has its style within, and nothing else that a browser should act on.
    reply_header(request, "Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'");
    return reply_bytes(request, 200, content_type, body);
}
