// SPDX-License-Identifier: Apache-2.0
// Statements by HTTP: taken down, listed, read, erased. Receipts are in receipt_route.c.
#include "base/clock.h"
#include "serve/answer.h"
#include "serve/idempotency.h"
#include "serve/inside.h"
#include "serve/posted.h"
#include "serve/route.h"
#include "trust/hash.h"
#include "views/report.h"

// ---- POST /v1/statements ----

// What a request is known by when it is sent again.
struct posting {
    uint8_t hash[32];
    struct idempotency key;
};

static enum step answer_repeat(struct request *request, struct views *views, const struct idempotency *key)
{
    struct why why = {0};
    uint64_t *indexes;
    size_t count;
    if (idempotency_indexes(views, &request->arena, key, &indexes, &count, &why) != ERR_NONE)
        return reply_problem(request, &why);
    count_add(&request->serve->counters, COUNT_REPEATS, 1);
    reply_header(request, "Idempotent-Replayed", "true");
    return answer_indexes(request, indexes, count);
}

static enum err find_key(struct request *request, struct views *views, struct posting *posting, struct why *why)
{
    return idempotency_find(views, &request->arena, str_of(request->caller.actor), request->idempotency_key,
                            posting->hash, clock_now_us(), &posting->key, why);
}

// Two of the same at the same moment: the one that came second finds the first one's record.
static enum step posted_done(struct request *request)
{
    struct posting *posting = request->state;
    struct why why = {0};
    if (request->job.err != ERR_CONFLICT || !posting) return answer_statements(request);
    struct views *views = request_views(request, &why);
    enum step step;
    if (views && find_key(request, views, posting, &why) == ERR_NONE && posting->key.repeat)
        step = answer_repeat(request, views, &posting->key);
    else
        step = reply_problem(request, why.err != ERR_NONE ? &why : &request->job.why);
    request_views_done(request, views);
    return step;
}

// Looks the key up and adds its record to the job. ERR_NONE with *repeated: answered already.
static enum err take_key(struct request *request, struct draft *drafts, bool *repeated, struct why *why)
{
    *repeated = false;
    struct posting *posting = arena_new(&request->arena, struct posting);
    struct views *views = posting ? request_views(request, why) : NULL;
    if (!views) return why_set(why, ERR_NO_MEMORY, "", "no memory for this now; try again");
    sha256(buf_str(&request->body), posting->hash);
    uint64_t size = 0;
    enum err err = find_key(request, views, posting, why);
    if (err == ERR_NONE && posting->key.repeat) {
        *repeated = true;
        (void)answer_repeat(request, views, &posting->key);
    }
    if (err == ERR_NONE) err = engine_next_index(views_engine(views), ENGINE_OWN, &size, why);
    request_views_done(request, views);
    if (err != ERR_NONE || *repeated) return err;
    for (struct draft *d = drafts; d; d = d->next) {
        err = draft_seal(&request->arena, d, why);
        if (err != ERR_NONE) return err;
    }
    request->state = posting;
    request->job.locals =
        idempotency_write(&request->arena, &posting->key, posting->hash, size, drafts, clock_now_us());
    return request->job.locals ? ERR_NONE : why_set(why, ERR_NO_MEMORY, "", "no memory for this now; try again");
}

enum step statements_post(struct request *request)
{
    struct why why = {0};
    struct draft *drafts;
    size_t count;
    struct posted posted = {request->serve->settings.identifiers, &request->caller, clock_now_us() / 1000};
    if (posted_read(&request->arena, buf_str(&request->body), &posted, &drafts, &count, &why) != ERR_NONE ||
        request_may(request, drafts, &why) != ERR_NONE)
        return reply_problem(request, &why);
    // A person goes before a system's long batch.
    request_job(request, caller_is_person(&request->caller) || count < 10 ? JOB_PEOPLE : JOB_BULK);
    if (!request->idempotency_key.p) return request_commit(request, drafts, posted_done);
    bool repeated;
    if (take_key(request, drafts, &repeated, &why) != ERR_NONE) return reply_problem(request, &why);
    if (repeated) return STEP_ANSWER;
    request->job.drafts = drafts; // sealed, for the key's record
    request->next = posted_done;
    return STEP_COMMIT;
}

// ---- GET /v1/statements ----

// The key of a day's draws, once told, is for auditors: it tells of every truck of that day whether chance would have
// chosen it.
static void hide_key(const struct request *request, struct json *statement)
{
    bool key = str_is(json_text(statement, "kind"), "port.day") && str_is(json_text(statement, "label"), "red");
    if (!key || caller_is(&request->caller, ROLE_AUDITOR)) return;
    struct json *members = (struct json *)json_get(statement, "members"); // made for this answer
    struct json *withheld = (struct json *)json_get(statement, "withheld");
    if (withheld) withheld->number += members ? (double)members->count : 0;
    if (!members) return;
    members->child = members->last = NULL;
    members->count = 0;
}

static struct json *names_of(struct request *request, const struct json *list)
{
    struct json *names = json_new_array(&request->arena);
    json_each(item, list) json_add(names, json_new_text(&request->arena, json_text(item, "name")));
    return names;
}

enum step statements_list(struct request *request)
{
    struct why why = {0};
    uint64_t after, limit;
    struct json *out = NULL;
    enum err err = request_number(request, "after", 0, INT64_MAX, 0, &after, &why);
    if (err == ERR_NONE) err = request_number(request, "limit", 1, 1000, 100, &limit, &why);
    struct views *views = err == ERR_NONE ? request_views(request, &why) : NULL;
    if (views)
        err = report_statements(views, &request->arena, (int64_t)after, limit, request_query(request, "kind"), &out,
                                &why);
    request_views_done(request, views);
    if (!views || err != ERR_NONE) return reply_problem(request, &why);
    json_each(item, json_get(out, "statements")) hide_key(request, (struct json *)item);
    (void)reply_json(request, 200, out);
    return request_log_read(request, NOUN_NONE, NULL, "statements", names_of(request, json_get(out, "statements")));
}

enum step statement_get(struct request *request)
{
    struct why why = {0};
    struct json *out = NULL;
    int64_t pos;
    struct views *views = request_views(request, &why);
    enum err err =
        views ? report_statement_named(views, &request->arena, request->param[0], &out, &pos, &why) : why.err;
    request_views_done(request, views);
    if (err != ERR_NONE) return reply_problem(request, &why);
    hide_key(request, out);
    (void)reply_json(request, 200, out);
    struct str what = arena_printf(&request->arena, "statement %.*s", STR_ARG(request->param[0]));
    return request_log_read(request, NOUN_NONE, NULL, what.p ? what.p : "statement", NULL);
}

// ---- POST /v1/statements/{name}/erase ----

static enum step erased(struct request *request)
{
    if (request->job.err != ERR_NONE) return reply_problem(request, &request->job.why);
    return answer_indexes(request, &request->job.index_last, 1);
}

static enum err read_erasure(struct request *request, struct erasure *out, struct why *why)
{
    struct json *body = json_parse(&request->arena, buf_str(&request->body), why);
    if (!body) return why->err;
    const struct json *members = json_get(body, "members");
    if (!members || members->type != JSON_ARRAY || !members->count || members->count > DISCLOSURES_MAX ||
        body->count != 1)
        return why_set(why, ERR_MALFORMED, "/members", "say {\"members\":[…]}: the names of what is to be erased");
    struct str *names = arena_array(&request->arena, struct str, members->count);
    if (!names) return why_set(why, ERR_NO_MEMORY, "", "no memory for this now");
    json_each(item, members)
    {
        if (item->type != JSON_STRING) return why_set(why, ERR_MALFORMED, "/members", "a member's name is text");
        names[out->count++] = arena_str(&request->arena, item->text);
    }
    out->members = names;
    out->name = request->param[0];
    return ERR_NONE;
}

enum step statement_erase(struct request *request)
{
    struct why why = {0};
    struct erasure *erasure = arena_new(&request->arena, struct erasure);
    if (!erasure) (void)why_set(&why, ERR_NO_MEMORY, "", "no memory for this now");
    if (!erasure || read_erasure(request, erasure, &why) != ERR_NONE) return reply_problem(request, &why);
    request_job(request, JOB_PEOPLE);
    request->job.erase = erasure;
    return request_commit(request, NULL, erased);
}
