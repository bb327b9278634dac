// SPDX-License-Identifier: Apache-2.0
// What the node says of itself: GET /v1/node, /healthz, /openapi.json, /problems/{name}.
#include "base/clock.h"
#include "base/text.h"
#include "ledger/checkpoint.h"
#include "serve/inside.h"
#include "serve/problem.h"
#include "serve/route.h"
#include "trust/hash.h"

extern const unsigned char openapi_json[];
extern const size_t openapi_json_n;

static struct str time_copy(struct arena *arena, int64_t us)
{
    char text[TIME_TEXT_ROOM];
    size_t n = time_text_ms(us / 1000, text);
    return arena_str(arena, (struct str){text, n});
}

static enum err log_report(struct request *request, struct views *views, struct json **out, struct why *why)
{
    struct arena *arena = &request->arena;
    struct engine *engine = views_engine(views);
    struct engine_checkpoint held = {0};
    struct stored stored;
    struct header header;
    int64_t pos, in_us = 0;
    enum err err = engine_checkpoint_get(engine, arena, ENGINE_OWN, &held, why);
    if (err == ERR_NOT_FOUND) {
        *why = (struct why){0};
        err = ERR_NONE;
    }
    if (err == ERR_NONE && !held.size) merkle_empty(held.root);
    if (err == ERR_NONE && held.size) {
        err = engine_find(engine, ENGINE_OWN, held.size - 1, &pos, why);
        if (err == ERR_NONE) err = engine_get(engine, arena, pos, &stored, why);
        if (err == ERR_NONE) err = header_parse(arena, stored.header, &header, why);
        if (err == ERR_NONE) in_us = header.in_us;
    }
    if (err != ERR_NONE) return err;
    struct json *log = json_new_object(arena);
    json_put_text(arena, log, "origin", request->serve->settings.log_key.name);
    json_put_number(arena, log, "size", (double)held.size);
    json_put_text(arena, log, "root", base64_text(arena, (struct str){(const char *)held.root, sizeof held.root}));
    json_put(log, "time", in_us ? json_new_text(arena, time_copy(arena, in_us)) : json_new_null(arena));
    *out = log;
    return ERR_NONE;
}

// A party is told of its own links; people of all.
static void link_add(struct request *request, struct json *list, struct json *link)
{
    if (!link) return;
    bool own = str_is(json_text(link, "partner"), request->caller.name);
    if (own || caller_is_person(&request->caller)) json_add(list, link);
}

static struct json *links_report(struct request *request, struct views *views)
{
    const struct serve_settings *s = &request->serve->settings;
    struct json *list = json_new_array(&request->arena);
    for (size_t i = 0; i < s->npullers; i++) link_add(request, list, puller_report(s->pullers[i], &request->arena));
    for (size_t i = 0; s->agreements && i < agreements_count(s->agreements); i++) {
        const struct agreement *a = agreements_at(s->agreements, i);
        if (!str_eq(a->from, s->party)) continue;
        link_add(request, list, link_report(views, &request->arena, a, clock_now_us()));
    }
    return list;
}

// The rule set in force, and who answers for it.
static struct json *rules_report(struct request *request)
{
    const struct serve_settings *s = &request->serve->settings;
    struct arena *arena = &request->arena;
    struct json *rules = json_new_object(arena), *names = json_new_array(arena);
    json_put_text(arena, rules, "hash", hex_text(arena, (struct str){(const char *)s->rules_hash, SHA256_BYTES}));
    json_put_bool(arena, rules, "unsigned", s->rules_unsigned);
    for (size_t i = 0; i < s->nrules_signed_by; i++) json_add(names, json_new_text(arena, s->rules_signed_by[i]));
    json_put(rules, "signed_by", names);
    return rules;
}

enum step node_get(struct request *request)
{
    const struct serve_settings *s = &request->serve->settings;
    struct arena *arena = &request->arena;
    struct why why = {0};
    struct json *node = json_new_object(arena), *log = NULL;
    struct views *views = request_views(request, &why);
    enum err err = views ? log_report(request, views, &log, &why) : why.err;
    if (err == ERR_NONE) {
        json_put_text(arena, node, "party", s->party);
        json_put_text(arena, node, "version", str_of(s->version ? s->version : ""));
        json_put_text(arena, node, "now", time_copy(arena, clock_now_us()));
        json_put_bool(arena, node, "rehearsal", s->rehearsal);
        if (caller_is_person(&request->caller))
            json_put_text(arena, node, "role", str_of(role_name(request->caller.role)));
        if (s->rules_hash && caller_is_person(&request->caller)) json_put(node, "rules", rules_report(request));
        json_put(node, "log", log);
        json_put(node, "witnesses", witness_report(views, arena));
        json_put(node, "links", links_report(request, views));
        bool person = caller_is_person(&request->caller);
        json_put(node, "alarms", person ? link_alarms(views, arena) : json_new_array(arena));
    }
    request_views_done(request, views);
    return err == ERR_NONE ? reply_json(request, 200, node) : reply_problem(request, &why);
}

enum step health_get(struct request *request)
{
    struct why why = {0};
    struct commit_figures figures;
    uint64_t size = 0;
    commit_figures(request->serve->settings.commit, &figures);
    struct views *views = figures.healthy ? request_views(request, &why) : NULL;
    if (!figures.healthy) (void)why_set(&why, ERR_STORE, "", "the last statements did not reach the disk");
    enum err err = views ? engine_next_index(views_engine(views), ENGINE_OWN, &size, &why) : why.err;
    request_views_done(request, views);
    struct json *health = json_new_object(&request->arena);
    if (err != ERR_NONE) {
        // A store that fails is this path's own 503, so that whoever balances the load turns elsewhere.
        (void)reply_problem(request, &why);
        request->reply.status = 503;
        return STEP_ANSWER;
    }
    json_put_text(&request->arena, health, "status", STR("ok"));
    json_put_number(&request->arena, health, "size", (double)size);
    return reply_json(request, 200, health);
}

enum step openapi_get(struct request *request)
{
    return reply_bytes(request, 200, "application/json", (struct str){(const char *)openapi_json, openapi_json_n});
}

enum step problem_get(struct request *request)
{
    struct why why = {0};
    enum err err = problem_find(request->param[0]);
    if (err == ERR_COUNT) {
        (void)why_set(&why, ERR_NOT_FOUND, "path", "there is no such kind of problem");
        return reply_problem(request, &why);
    }
    struct str text =
        arena_printf(&request->arena, "%s (HTTP %d)\n%s.\n", err_name(err), err_status(err), problem_title(err));
    return reply_bytes(request, 200, "text/plain; charset=utf-8", text);
}
