// SPDX-License-Identifier: Apache-2.0
#include "node/order.h"

#include "base/clock.h"
#include "base/text.h"
#include "node/rules_file.h"
#include "serve/auth.h"
#include "views/local.h"

#include <pwd.h>
#include <stdio.h>

#define NAMES_MAX 1000 // tokens looked at
#define KINDS_TOLD 64

static enum err no_memory(struct why *why)
{
    return why_set(why, ERR_NO_MEMORY, "", "no memory for this");
}

// "admin:ana": the user whose order it is.
static struct str actor_of(const struct order *o)
{
    struct passwd entry, *found = NULL;
    char room[4096];
    if (getpwuid_r(o->who, &entry, room, sizeof room, &found) == 0 && found)
        return arena_printf(o->arena, "admin:%s", found->pw_name);
    return arena_printf(o->arena, "admin:uid-%u", (unsigned)o->who);
}

static struct str statement_name(const struct order *o, uint64_t index)
{
    return arena_printf(o->arena, "%.*s:%llu", STR_ARG(o->config->party), (unsigned long long)index);
}

// ---- Files ----

// How many of each kind, in the order in which they were met.
struct tally {
    struct str kind;
    size_t count;
};

static void tally_add(struct tally *tally, size_t *n, struct str kind)
{
    size_t i = 0;
    while (i < *n && !str_eq(tally[i].kind, kind)) i++;
    if (i == KINDS_TOLD) return;
    if (i == *n) tally[(*n)++] = (struct tally){kind, 0};
    tally[i].count++;
}

static struct json *import_answer(const struct order *o, struct str name, const struct draft *drafts)
{
    struct json *answer = json_new_object(o->arena), *names = json_new_array(o->arena),
                *kinds = json_new_object(o->arena);
    struct tally tally[KINDS_TOLD];
    size_t count = 0, ntally = 0;
    for (const struct draft *d = drafts; d; d = d->next, count++) {
        tally_add(tally, &ntally, d->kind);
        if (count < ORDER_STATEMENTS_MAX) json_add(names, json_new_text(o->arena, statement_name(o, d->index)));
    }
    for (size_t i = 0; i < ntally; i++)
        json_put_named(kinds, tally[i].kind, json_new_number(o->arena, (double)tally[i].count));
    json_put_text(o->arena, answer, "name", name);
    json_put_number(o->arena, answer, "count", (double)count);
    json_put(answer, "statements", names);
    json_put(answer, "kinds", kinds);
    return answer;
}

// The first drafts of a list, cut off from the rest, which is returned.
static struct draft *slice_cut(struct draft *drafts, size_t most)
{
    for (size_t i = 1; drafts && i < most; i++) drafts = drafts->next;
    struct draft *rest = drafts ? drafts->next : NULL;
    if (drafts) drafts->next = NULL;
    return rest;
}

static enum err import_commit(const struct order *o, struct draft *drafts, struct str filer, struct why *why)
{
    enum err err = ERR_NONE;
    struct str actor = actor_of(o);
    while (drafts && err == ERR_NONE) {
        struct draft *first = drafts, *last = drafts;
        drafts = slice_cut(drafts, ORDER_IMPORT_SLICE);
        for (struct draft *d = first; d && err == ERR_NONE; d = d->next) {
            err = draft_seal(o->arena, d, why);
            last = d;
        }
        struct job job = {.lane = JOB_BULK,
                          .path = {.door = STR("import"), .party = actor, .filer = filer},
                          .drafts = first,
                          .actor = actor};
        if (err == ERR_NONE) err = commit_wait(o->commit, &job, why);
        last->next = drafts; // whole again, to be told of
    }
    return err;
}

enum err order_import(const struct order *o, const struct json *request, struct str bytes, struct json **answer,
                      struct why *why)
{
    struct drafts drafts = {0};
    struct intake intake = {.identifiers = o->identifiers,
                            .trust = o->trust,
                            .received_ms = clock_now_us() / 1000,
                            .name = json_text(request, "name"),
                            .filer = json_text(request, "filer"),
                            .reporter = o->config->party,
                            .label = LABEL_AMBER};
    struct str label = json_text(request, "label");
    if (label.p && !label_parse(label, &intake.label))
        return why_set(why, ERR_USAGE, "label", "a label is clear, green, amber, amber+strict or red");
    enum err err = intake_read(o->arena, bytes, &intake, &drafts, why);
    if (err == ERR_NONE) err = import_commit(o, drafts.first, intake.filer.n ? intake.filer : drafts.filer, why);
    if (err == ERR_NONE) *answer = import_answer(o, intake.name, drafts.first);
    return err;
}

// ---- Tokens ----

static struct str hash_of(struct str key)
{
    return (struct str){key.p, key.n < 16 ? key.n : 16}; // enough to tell them apart
}

static void put_expiry(struct arena *arena, struct json *object, int64_t expires_us)
{
    char text[TIME_TEXT_ROOM];
    if (!expires_us) return;
    size_t n = time_text_ms(expires_us / 1000, text);
    json_put_text(arena, object, "expires", arena_str(arena, (struct str){text, n}));
}

static enum err write_locals(const struct order *o, struct local_write *writes, struct why *why)
{
    struct job job = {.lane = JOB_PEOPLE, .locals = writes, .actor = actor_of(o)};
    return commit_wait(o->commit, &job, why);
}

enum err order_token_add(const struct order *o, const struct json *request, struct json **answer, struct why *why)
{
    char text[TOKEN_TEXT_LEN + 1];
    struct local_write write;
    int64_t days = 0;
    struct token_grant grant = {
        .name = json_text(request, "name"), .role = role_parse(json_text(request, "role")), .scopes = SCOPE_ALL};
    if (json_integer(request, "days", &days)) {
        if (days < 1 || days > 3660) return why_set(why, ERR_USAGE, "days", "a token is good for 1 to 3660 days");
        grant.expires_us = clock_now_us() + days * 86400 * (int64_t)1000000;
    }
    enum err err = token_make(o->arena, &grant, text, &write, why);
    if (err == ERR_NONE) err = write_locals(o, &write, why);
    if (err != ERR_NONE) return err;
    *answer = json_new_object(o->arena);
    json_put_text(o->arena, *answer, "token", arena_str(o->arena, str_of(text)));
    json_put_text(o->arena, *answer, "name", grant.name);
    json_put_text(o->arena, *answer, "role", str_of(role_name(grant.role)));
    json_put_text(o->arena, *answer, "hash", hash_of(write.key));
    put_expiry(o->arena, *answer, grant.expires_us);
    explicit_bzero(text, sizeof text);
    return ERR_NONE;
}

enum err order_token_revoke(const struct order *o, const struct json *request, struct json **answer, struct why *why)
{
    struct str name = json_text(request, "name");
    struct local_item *items;
    size_t n, revoked = 0;
    struct local_write *writes = NULL;
    enum err err = local_list(o->views, o->arena, STR(TOKEN_SPACE), STR_NONE, NAMES_MAX, &items, &n, why);
    for (size_t i = 0; i < n && err == ERR_NONE; i++) {
        struct token_grant grant;
        struct why none = {0};
        bool readable = token_read(o->arena, items[i].value, &grant, &none) == ERR_NONE;
        if (!(readable && str_eq(grant.name, name)) && !str_eq(hash_of(items[i].key), name)) continue;
        struct local_write *write = arena_new(o->arena, struct local_write);
        if (!write) return no_memory(why);
        *write = token_revoke(items[i].key);
        write->next = writes;
        writes = write;
        revoked++;
    }
    if (err == ERR_NONE && !revoked)
        err =
            why_set(why, ERR_NOT_FOUND, "name", "there is no token of \"%.*s\"; see: puente token list", STR_ARG(name));
    if (err == ERR_NONE) err = write_locals(o, writes, why);
    if (err != ERR_NONE) return err;
    *answer = json_new_object(o->arena);
    json_put_text(o->arena, *answer, "name", name);
    json_put_number(o->arena, *answer, "revoked", (double)revoked);
    return ERR_NONE;
}

enum err order_tokens(struct arena *arena, struct views *views, struct json **answer, struct why *why)
{
    struct local_item *items;
    size_t n;
    enum err err = local_list(views, arena, STR(TOKEN_SPACE), STR_NONE, NAMES_MAX, &items, &n, why);
    if (err != ERR_NONE) return err;
    *answer = json_new_array(arena);
    for (size_t i = 0; i < n; i++) {
        struct token_grant grant;
        err = token_read(arena, items[i].value, &grant, why);
        if (err != ERR_NONE) return err;
        struct json *token = json_new_object(arena);
        json_put_text(arena, token, "name", grant.name);
        json_put_text(arena, token, "role", str_of(role_name(grant.role)));
        json_put_text(arena, token, "hash", hash_of(items[i].key));
        put_expiry(arena, token, grant.expires_us);
        json_add(*answer, token);
    }
    return ERR_NONE;
}

// ---- Erasure ----

enum err order_erase(const struct order *o, const struct json *request, struct json **answer, struct why *why)
{
    const struct json *members = json_get(request, "members");
    struct erasure erasure = {.name = json_text(request, "statement")};
    if (!members || !members->count || members->count > DISCLOSURES_MAX)
        return why_set(why, ERR_USAGE, "members", "say which members are to be erased");
    struct str *names = arena_array(o->arena, struct str, members->count);
    if (!names) return no_memory(why);
    json_each(item, members) names[erasure.count++] = item->text;
    erasure.members = names;
    struct job job = {.lane = JOB_PEOPLE, .erase = &erasure, .actor = actor_of(o)};
    enum err err = commit_wait(o->commit, &job, why);
    if (err != ERR_NONE) return err;
    *answer = json_new_object(o->arena);
    json_put_text(o->arena, *answer, "statement", erasure.name);
    json_put(*answer, "erased", json_copy(o->arena, members));
    json_put_text(o->arena, *answer, "by", statement_name(o, job.index_last));
    return ERR_NONE;
}

// ---- Links ----

// How long the discloser's log is, as far as it is known here: from there on the agreement is at its end.
static enum err discloser_size(const struct order *o, struct str from, uint64_t *size, struct why *why)
{
    struct why none = {0};
    struct engine_checkpoint held = {0};
    uint32_t origin;
    *size = 0;
    enum err err = engine_origin(views_engine(o->views), from, false, &origin, &none);
    if (err == ERR_NONE) err = engine_checkpoint_get(views_engine(o->views), o->arena, origin, &held, &none);
    if (err == ERR_NONE) *size = held.size;
    return err == ERR_NOT_FOUND || err == ERR_NONE ? ERR_NONE : why_set(why, err, "", "%s", none.text);
}

enum err order_revoke(const struct order *o, const struct json *request, struct json **answer, struct why *why)
{
    struct str id = json_text(request, "agreement");
    const struct agreement *agreement = NULL;
    struct draft *draft;
    struct local_write *write;
    uint64_t from;
    for (size_t i = 0; i < o->config->nagreements; i++)
        if (str_eq(o->config->agreements[i].agreement->id, id)) agreement = o->config->agreements[i].agreement;
    if (!agreement)
        return why_set(why, ERR_NOT_FOUND, "agreement",
                       "no agreement %.*s is in force here; see: puente agreement list", STR_ARG(id));
    enum err err = discloser_size(o, agreement->from, &from, why);
    if (err == ERR_NONE) err = link_revoke(o->arena, agreement, o->config->party, from, &draft, &write, why);
    if (err == ERR_NONE) err = draft_seal(o->arena, draft, why);
    if (err != ERR_NONE) return err;
    struct job job = {.lane = JOB_PEOPLE, .drafts = draft, .locals = write, .actor = actor_of(o)};
    err = commit_wait(o->commit, &job, why);
    if (err != ERR_NONE) return err;
    *answer = json_new_object(o->arena);
    json_put_text(o->arena, *answer, "agreement", id);
    json_put_number(o->arena, *answer, "from", (double)from);
    json_put_text(o->arena, *answer, "statement", statement_name(o, job.index_last));
    return ERR_NONE;
}

enum err order_resume(const struct order *o, const struct json *request, struct json **answer, struct why *why)
{
    struct str party = json_text(request, "party"), held;
    enum err err = local_get(o->views, o->arena, STR(LINK_FORK_SPACE), party, &held, why);
    if (err == ERR_NONE && !held.p)
        err = why_set(why, ERR_NOT_FOUND, "party", "no fork has stopped the links with %.*s", STR_ARG(party));
    struct local_write write = {.space = STR(LINK_FORK_SPACE), .key = party};
    if (err == ERR_NONE) err = write_locals(o, &write, why);
    if (err != ERR_NONE) return err;
    *answer = json_new_object(o->arena);
    json_put_text(o->arena, *answer, "party", party);
    return ERR_NONE;
}

// ---- Rules ----

enum err order_rules_propose(const struct order *o, const struct json *request, struct str bytes, struct json **answer,
                             struct why *why)
{
    struct rules *read;
    if (bytes.n > RULES_FILE_MAX)
        return why_set(why, ERR_TOO_LARGE, "", "a rule set has at most %zu bytes", RULES_FILE_MAX);
    enum err err = rules_read(o->arena, bytes, &read, why);
    if (err != ERR_NONE) return err;
    struct draft *draft = draft_new(o->arena, "rules.proposed", clock_now_us() / 1000, LABEL_RED);
    struct json *rules = json_new_object(o->arena);
    if (!draft || !rules) return no_memory(why);
    struct str hash = hex_text(o->arena, (struct str){(const char *)read->hash, sizeof read->hash});
    json_put_text(o->arena, rules, "name", json_text(request, "name"));
    json_put_text(o->arena, rules, "hash", hash);
    json_put_text(o->arena, rules, "text", bytes);
    draft_put(draft, "rules", rules);
    draft_put(draft, "by", json_new_text(o->arena, actor_of(o)));
    err = draft_seal(o->arena, draft, why);
    if (err != ERR_NONE) return err;
    struct job job = {.lane = JOB_PEOPLE, .drafts = draft, .actor = actor_of(o)};
    err = commit_wait(o->commit, &job, why);
    if (err != ERR_NONE) return err;
    *answer = json_new_object(o->arena);
    json_put_text(o->arena, *answer, "hash", hash);
    json_put_text(o->arena, *answer, "statement", statement_name(o, job.index_last));
    return ERR_NONE;
}
