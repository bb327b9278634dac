// SPDX-License-Identifier: Apache-2.0
// GET /v1/statements/{name}/receipt: the offline proof that a statement is in this node's log. People get all that it
// says, a partner what its agreement lets out.
#include "ledger/receipt.h"

#include "serve/inside.h"
#include "serve/route.h"
#include "share/disclosure.h"
#include "share/proof.h"
#include "views/feed.h"

static const char text_plain[] = "text/plain; charset=utf-8";

// The agreement under which this party got the statement; NULL when it did not.
static enum err shared_under(struct request *request, struct views *views, int64_t pos, const struct agreement **out,
                             struct why *why)
{
    const struct agreements *agreements = request->serve->settings.agreements;
    *out = NULL;
    for (size_t i = 0; agreements && i < agreements_count(agreements); i++) {
        const struct agreement *a = agreements_at(agreements, i);
        if (!str_is(a->to, request->caller.name) || !str_eq(a->from, request->serve->settings.party)) continue;
        bool has = false;
        enum err err = feed_has(views, a->id, pos, &has, why);
        if (err != ERR_NONE) return err;
        if (has) *out = a;
    }
    return ERR_NONE;
}

static enum err limit_to_caller(struct request *request, struct views *views, struct proven *proven, struct why *why)
{
    const struct agreement *agreement;
    // The key of a day's draws is for auditors alone.
    if (proven->header.label == LABEL_RED && str_is(proven->header.kind, "port.day") &&
        !caller_is(&request->caller, ROLE_AUDITOR))
        return why_set(why, ERR_FORBIDDEN, "name", "the key of a day's draws is for auditors");
    if (caller_is_person(&request->caller)) return ERR_NONE;
    enum err err = shared_under(request, views, proven->stored.pos, &agreement, why);
    // No more is said than of a statement that is not there.
    if (err == ERR_NONE && !agreement)
        err = why_set(why, ERR_NOT_FOUND, "name", "no statement of this name was shared with %s", request->caller.name);
    size_t withheld;
    if (err == ERR_NONE)
        err = disclosure_redact(&request->arena, agreement, &proven->header, &proven->body, &withheld, why);
    return err;
}

enum step receipt_get(struct request *request)
{
    struct why why = {0};
    struct proven proven = {0};
    struct buf receipt = BUF(RECEIPT_MAX);
    struct views *views = request_views(request, &why);
    const struct serve_settings *s = &request->serve->settings;
    enum err err =
        views ? proof_statement(&request->arena, views, s->party, request->param[0], &proven, &why) : why.err;
    if (err == ERR_NONE) err = limit_to_caller(request, views, &proven, &why);
    if (err == ERR_NONE)
        err = proof_make(&request->arena, views, &s->log_key, s->partners, s->npartners, &proven, &receipt, &why);
    request_views_done(request, views);
    if (err == ERR_NONE && receipt.failed) err = why_set(&why, ERR_NO_MEMORY, "", "no memory for the receipt");
    if (err != ERR_NONE) {
        buf_free(&receipt);
        return reply_problem(request, &why);
    }
    buf_free(&request->body);
    request->body = receipt;
    (void)reply_bytes(request, 200, text_plain, buf_str(&receipt));
    struct str what = arena_printf(&request->arena, "receipt %.*s", STR_ARG(request->param[0]));
    return request_log_read(request, NOUN_NONE, NULL, what.p ? what.p : "receipt", NULL);
}
