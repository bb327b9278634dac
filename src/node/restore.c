// SPDX-License-Identifier: Apache-2.0
#include "node/restore.h"

#include "base/log.h"
#include "fetch/http.h"
#include "ledger/witness.h"

#define RESTORE_ARENA ((size_t)4 << 20)
#define RESTORE_MS 3000

// Our newest checkpoint, or that of the empty log.
static enum err own_checkpoint(const struct config *config, struct views *views, struct arena *arena, uint64_t *size,
                               struct str *note, struct why *why)
{
    struct engine_checkpoint held = {0};
    struct why none = {0};
    enum err err = engine_checkpoint_get(views_engine(views), arena, ENGINE_OWN, &held, &none);
    if (err == ERR_NONE) {
        *size = held.size;
        *note = held.note;
        return ERR_NONE;
    }
    if (err != ERR_NOT_FOUND) return why_set(why, err, "", "%s", none.text);
    struct checkpoint empty = {.origin = config->party};
    struct buf text = BUF(4096);
    merkle_empty(empty.root);
    checkpoint_sign(&empty, &config->keys.log_secret, &text);
    *size = 0;
    *note = text.failed ? STR_NONE : arena_str(arena, buf_str(&text));
    buf_free(&text);
    return note->p ? ERR_NONE : why_set(why, ERR_NO_MEMORY, "", "no memory to start");
}

static enum err judge(const struct partner *partner, const struct http_reply *reply, uint64_t size, struct why *why)
{
    uint64_t theirs;
    if (reply->status == 422)
        return why_set(why, ERR_CONFLICT, "",
                       "%.*s countersigned another log of %llu statements than this one: was the store replaced?",
                       STR_ARG(partner->party), (unsigned long long)size);
    if (reply->status != 409 || !witness_conflict_read(buf_str(&reply->body), &theirs) || theirs <= size)
        return ERR_NONE;
    return why_set(
        why, ERR_CONFLICT, "",
        "%.*s countersigned %llu statements and this store holds %llu: restore a newer backup, or it would fork "
        "the log",
        STR_ARG(partner->party), (unsigned long long)theirs, (unsigned long long)size);
}

static enum err ask(const struct config *config, const struct partner *partner, struct arena *arena, uint64_t size,
                    struct str body, struct why *why)
{
    struct http_settings settings = {.certificate = config->keys.certificate,
                                     .private_key = config->keys.private_key,
                                     .fingerprint = partner->certificate,
                                     .reply_max = 65536};
    struct http *http = NULL;
    struct http_reply reply = {0};
    struct why silent = {0};
    struct str url = arena_printf(arena, "%.*s/add-checkpoint", STR_ARG(partner->url));
    if (!url.p) return why_set(why, ERR_NO_MEMORY, "", "no memory to start");
    enum err err = http_new(&settings, &http, &silent);
    if (err == ERR_NONE) err = http_post(http, url.p, "text/plain", body, RESTORE_MS, &reply, &silent);
    if (err == ERR_NONE)
        err = judge(partner, &reply, size, why);
    else {
        log_line(LOG_INFO, "node", "witness %.*s is not to be asked now: %s", STR_ARG(partner->party), silent.text);
        err = ERR_NONE;
    }
    http_reply_free(&reply);
    http_free(http);
    return err;
}

enum err restore_check(const struct config *config, struct views *views, struct why *why)
{
    struct arena arena = ARENA(RESTORE_ARENA);
    struct witness_request request = {0};
    struct buf body = BUF(WITNESS_REQUEST_MAX);
    enum err err = own_checkpoint(config, views, &arena, &request.old, &request.checkpoint, why);
    if (err == ERR_NONE) witness_request_format(&request, &body);
    for (size_t i = 0; i < config->npartners && err == ERR_NONE; i++)
        if (config->partners[i].url.n)
            err = ask(config, &config->partners[i], &arena, request.old, buf_str(&body), why);
    buf_free(&body);
    arena_free(&arena);
    return err;
}
