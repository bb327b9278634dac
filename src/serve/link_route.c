// SPDX-License-Identifier: Apache-2.0
// The counterpart's side of our links, and witnessing: what waits for commit runs as an errand, off the connections'
// threads.
#include "base/clock.h"
#include "base/text.h"
#include "serve/inside.h"
#include "serve/route.h"
#include "share/batch.h"
#include "share/witness_state.h"

#define WAIT_MAX_S 60
#define BATCH_MAX LINK_BATCH_STATEMENTS

// ---- GET /v1/link/{agreement}/batch ----

struct asking {
    int64_t after;
    uint64_t seen, limit;
    int64_t until_us; // monotonic
    struct str batch;
    bool empty;
};

// Under the settings as they are now: an agreement may have been replaced while the counterpart waited.
static enum err find_agreement(struct request *request, const struct agreement **out, struct why *why)
{
    const struct serve_settings *s = &request->serve->settings;
    *out = s->agreements ? agreements_find(s->agreements, request->param[0]) : NULL;
    if (*out && str_is((*out)->to, request->caller.name) && str_eq((*out)->from, s->party)) return ERR_NONE;
    *out = NULL;
    return why_set(why, ERR_NOT_FOUND, "agreement", "there is no agreement %.*s by which %.*s discloses to %s",
                   STR_ARG(request->param[0]), STR_ARG(s->party), request->caller.name);
}

static enum err offer(struct request *request, struct why *why)
{
    struct asking *asking = request->state;
    const struct agreement *agreement;
    enum err err = find_agreement(request, &agreement, why);
    struct views *views = err == ERR_NONE ? request_views(request, why) : NULL;
    if (!views) return why->err;
    // Counted before it is looked, so that nothing falls between.
    struct commit_figures figures;
    commit_figures(request->serve->settings.commit, &figures);
    request->slices = figures.slices;
    // Asked again and again while the counterpart waits: the batch has memory of its own.
    arena_reset(&request->spare);
    asking->batch = STR_NONE;
    err = link_offer(views, request->serve->settings.commit, agreement, asking->after, asking->seen, asking->limit,
                     &request->spare, &asking->batch, &asking->empty, why);
    bool waited = clock_monotonic_us() >= asking->until_us || atomic_load(&request->serve->stopping);
    if (err == ERR_NONE && asking->empty && waited)
        err = link_offer_checkpoint(views, request->serve->settings.commit, agreement, asking->after, asking->seen,
                                    &request->spare, &asking->batch, why);
    request_views_done(request, views);
    return err;
}

static enum step offered(struct request *request);

static enum step ask_again(struct request *request)
{
    request->work = offer;
    request->next = offered;
    return STEP_WORK;
}

static enum step offered(struct request *request)
{
    struct asking *asking = request->state;
    if (request->work_err != ERR_NONE) return reply_problem(request, &request->work_why);
    if (!asking->empty) return reply_bytes(request, 200, BATCH_TYPE, asking->batch);
    int64_t now = clock_monotonic_us();
    if (now >= asking->until_us || atomic_load(&request->serve->stopping))
        return asking->batch.p ? reply_bytes(request, 200, BATCH_TYPE, asking->batch)
                               : reply_bytes(request, 204, BATCH_TYPE, STR(""));
    request->wake_us = asking->until_us;
    request->next = ask_again;
    return STEP_PAUSE;
}

enum step link_batch(struct request *request)
{
    struct why why = {0};
    uint64_t after, seen, limit, wait;
    const struct agreement *agreement;
    enum err err = request_number(request, "after", 0, INT64_MAX, 0, &after, &why);
    if (err == ERR_NONE) err = request_number(request, "seen", 0, MERKLE_SIZE_MAX, 0, &seen, &why);
    if (err == ERR_NONE) err = request_number(request, "limit", 1, BATCH_MAX, BATCH_MAX, &limit, &why);
    if (err == ERR_NONE) err = request_number(request, "wait", 0, WAIT_MAX_S, 0, &wait, &why);
    if (err == ERR_NONE) err = find_agreement(request, &agreement, &why);
    struct asking *asking = err == ERR_NONE ? arena_new(&request->arena, struct asking) : NULL;
    if (err == ERR_NONE && !asking) (void)why_set(&why, ERR_NO_MEMORY, "", "no memory for this now");
    if (!asking) return reply_problem(request, &why);
    *asking = (struct asking){.after = (int64_t)after,
                              .seen = seen,
                              .limit = limit,
                              .until_us = clock_monotonic_us() + (int64_t)wait * 1000000};
    request->state = asking;
    return ask_again(request);
}

// ---- POST /v1/link/{agreement}/cosignature ----

static const struct partner *partner_of(const struct request *request)
{
    const struct serve_settings *s = &request->serve->settings;
    for (size_t i = 0; i < s->npartners; i++)
        if (str_is(s->partners[i].party, request->caller.name)) return &s->partners[i];
    return NULL;
}

static enum err cosigned(struct request *request, struct why *why)
{
    const struct partner *partner = partner_of(request);
    if (!partner) return why_set(why, ERR_FORBIDDEN, "", "%s is no partner of this node", request->caller.name);
    struct views *views = request_views(request, why);
    if (!views) return why->err;
    enum err err = link_cosigned(request->serve->settings.commit, views, partner, buf_str(&request->body), why);
    request_views_done(request, views);
    return err;
}

static enum step cosigned_done(struct request *request)
{
    if (request->work_err != ERR_NONE) return reply_problem(request, &request->work_why);
    return reply_bytes(request, 204, "text/plain; charset=utf-8", STR(""));
}

enum step link_cosignature(struct request *request)
{
    struct why why = {0};
    const struct agreement *agreement;
    if (find_agreement(request, &agreement, &why) != ERR_NONE) return reply_problem(request, &why);
    request->work = cosigned;
    request->next = cosigned_done;
    return STEP_WORK;
}

// ---- POST /add-checkpoint (C2SP tlog-witness) ----

struct witnessing {
    int status;
    const char *content_type;
    struct str body;
};

static enum err witness(struct request *request, struct why *why)
{
    const struct serve_settings *s = &request->serve->settings;
    struct witnessing *w = request->state;
    struct views *views = request_views(request, why);
    if (!views) return why->err;
    struct why inner = {0};
    // The specification's answer, refusals too, is in status and body; an error without a status is the store's.
    enum err err =
        witness_answer(views, s->commit, s->partners, s->npartners, s->party, &s->witness_key, buf_str(&request->body),
                       &request->arena, &w->status, &w->content_type, &w->body, &inner);
    request_views_done(request, views);
    if (w->status) return ERR_NONE;
    *why = inner;
    return err;
}

static enum step witnessed(struct request *request)
{
    const struct witnessing *w = request->state;
    if (request->work_err != ERR_NONE) return reply_problem(request, &request->work_why);
    return reply_bytes(request, w->status, w->content_type ? w->content_type : "text/plain; charset=utf-8", w->body);
}

enum step witness_post(struct request *request)
{
    struct witnessing *w = arena_new(&request->arena, struct witnessing);
    struct why why = {0};
    if (!w) {
        (void)why_set(&why, ERR_NO_MEMORY, "", "no memory for this now");
        return reply_problem(request, &why);
    }
    *w = (struct witnessing){0};
    request->state = w;
    request->work = witness;
    request->next = witnessed;
    return STEP_WORK;
}

// ---- GET /v1/witness/{hex}/checkpoint ----

enum step witness_seen_get(struct request *request)
{
    const struct serve_settings *s = &request->serve->settings;
    struct why why = {0};
    struct str note = STR_NONE;
    struct views *views = request_views(request, &why);
    enum err err = views ? witness_monitor(views, &request->arena, s->partners, s->npartners, s->party, &s->witness_key,
                                           request->param[0], &note, &why)
                         : why.err;
    request_views_done(request, views);
    if (err != ERR_NONE) return reply_problem(request, &why);
    return reply_bytes(request, 200, "text/plain; charset=utf-8", note);
}
