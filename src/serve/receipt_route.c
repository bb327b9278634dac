// SPDX-License-Identifier: Apache-2.0
// GET /v1/statements/{name}/receipt: the offline proof that a statement is in this node's log. People get all that it
// says, a partner what its agreement lets out.
#include "ledger/receipt.h"

#include "ledger/tlog.h"
#include "serve/inside.h"
#include "serve/route.h"
#include "share/disclosure.h"
#include "share/witness_state.h"
#include "views/feed.h"

static const char text_plain[] = "text/plain; charset=utf-8";

// What is read of the statement.
struct proven {
    struct stored stored;
    struct header header;
    struct body body;
};

static enum err read_statement(struct request *request, struct views *views, struct proven *out, struct why *why)
{
    struct str origin, party = request->serve->settings.party;
    uint64_t index;
    int64_t pos;
    struct engine *engine = views_engine(views);
    if (!name_parse(request->param[0], &origin, &index))
        return why_set(why, ERR_MALFORMED, "name", "a statement's name is <origin>:<index>");
    if (!str_eq(origin, party))
        return why_set(why, ERR_NOT_FOUND, "name", "ask %.*s for a receipt of its own statement", STR_ARG(origin));
    enum err err = engine_find(engine, ENGINE_OWN, index, &pos, why);
    if (err == ERR_NONE) err = engine_get(engine, &request->arena, pos, &out->stored, why);
    if (err == ERR_NONE) err = header_parse(&request->arena, out->stored.header, &out->header, why);
    if (err == ERR_NONE) err = body_decode(&request->arena, out->stored.body, &out->body, why);
    return err;
}

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

static enum err prove(struct request *request, struct views *views, uint64_t index, struct str note_bytes,
                      struct merkle_proof *path, struct why *why)
{
    struct note note;
    struct checkpoint checkpoint;
    enum err err = checkpoint_read(&request->arena, note_bytes, &note, &checkpoint, why);
    if (err != ERR_NONE) return err;
    if (index >= checkpoint.size)
        return why_set(why, ERR_BUSY, "", "no checkpoint covers the statement yet; try again");
    struct tlog_nodes nodes;
    if (tlog_nodes_init(&nodes, views_engine(views), &request->arena, checkpoint.size) != ERR_NONE)
        return why_set(why, ERR_NO_MEMORY, "", "no memory for the proof");
    struct merkle_reader reader = tlog_reader(&nodes);
    if (inclusion_make(&reader, index, checkpoint.size, path)) return ERR_NONE;
    if (nodes.why.err != ERR_NONE) {
        *why = nodes.why;
        return why->err;
    }
    return why_set(why, ERR_STORE, "", "the tree cannot be read");
}

static enum err make(struct request *request, struct views *views, const struct proven *proven, struct buf *out,
                     struct why *why)
{
    const struct serve_settings *s = &request->serve->settings;
    struct str note;
    struct merkle_proof path = {0};
    struct note_key *witnesses = arena_array(&request->arena, struct note_key, s->npartners + 1);
    if (!witnesses) return why_set(why, ERR_NO_MEMORY, "", "no memory for this now");
    for (size_t i = 0; i < s->npartners; i++) witnesses[i] = s->partners[i].witness_key;
    enum err err = cosigned_quorum(views, &request->arena, proven->stored.index + 1, 0, &note, why);
    if (err == ERR_NONE) err = prove(request, views, proven->stored.index, note, &path, why);
    if (err != ERR_NONE) return err;
    struct receipt_policy policy = {.log = &s->log_key, .witnesses = witnesses, .nwitnesses = s->npartners};
    struct receipt_parts parts = {.statement = proven->stored.header,
                                  .body = &proven->body,
                                  .index = proven->stored.index,
                                  .path = &path,
                                  .checkpoint = note};
    return receipt_make(&request->arena, &parts, &policy, out, why);
}

enum step receipt_get(struct request *request)
{
    struct why why = {0};
    struct proven proven = {0};
    struct buf receipt = BUF(RECEIPT_MAX);
    struct views *views = request_views(request, &why);
    enum err err = views ? read_statement(request, views, &proven, &why) : why.err;
    if (err == ERR_NONE) err = limit_to_caller(request, views, &proven, &why);
    if (err == ERR_NONE) err = make(request, views, &proven, &receipt, &why);
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
