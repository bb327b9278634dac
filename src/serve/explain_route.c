// SPDX-License-Identifier: Apache-2.0
// A decision explained: GET /v1/crossings/{id}/decision tells it to whoever may read the crossing; …/would-change tells
// a targeting analyst what would have given another lane. To anybody who may be stopped the latter is an oracle: it
// goes to that one role, no statement, feed or stream has it, and who asked is on record before the answer leaves.
#include "base/clock.h"
#include "decide/counterfactual.h"
#include "decide/narrative.h"
#include "serve/inside.h"
#include "serve/route.h"
#include "views/report.h"
#include "views/told.h"

#define WORK_ARENA ((size_t)128 << 20)

struct explaining {
    struct id crossing;
    enum language language;
    struct json *answer;
};

static enum err keep(struct request *request, struct json *made, struct why *why)
{
    struct explaining *e = request->state;
    e->answer = made ? json_copy(&request->arena, made) : NULL;
    if (e->answer && !request->arena.failed) return ERR_NONE;
    return why_set(why, ERR_NO_MEMORY, "", "no memory for this now; try again");
}

static enum err find_told(struct request *request, struct arena *arena, struct views *views, struct told *out,
                          struct why *why)
{
    struct explaining *e = request->state;
    enum err err = report_subject(views, NOUN_CROSSING, request->param[0], &e->crossing, why);
    return err == ERR_NONE ? told_of(views, arena, &e->crossing, out, why) : err;
}

static void put_head(struct arena *arena, struct json *to, const struct told *told)
{
    char text[TIME_TEXT_ROOM], id[ID_TEXT_LEN + 1];
    (void)time_text_us(told->in_us, text);
    id_text(&told->crossing, id);
    json_put_text(arena, to, "name", told->name);
    json_put_text(arena, to, "crossing", arena_str(arena, str_of(id)));
    json_put_text(arena, to, "in", arena_str(arena, str_of(text)));
    json_put_text(arena, to, "rules", json_text(told->members, "rules"));
    json_put_text(arena, to, "build", json_text(told->members, "build"));
}

// ---- …/decision ----

static enum err narrate(struct request *request, struct arena *arena, struct views *views, struct why *why)
{
    const struct explaining *e = request->state;
    struct told told;
    struct json *sources;
    struct rules *rules = NULL;
    struct why unread = {0};
    enum err err = find_told(request, arena, views, &told, why);
    if (err == ERR_NONE) err = told_sources(views, arena, &told, &sources, NULL, why);
    if (err != ERR_NONE) return err;
    // Without their text, or with one that this build does not read any more, reasons name no facts of their own.
    if (told.rules.p && rules_read(arena, told.rules, &rules, &unread) != ERR_NONE) rules = NULL;
    struct json *out = narrative_json(arena, told.members, sources, rules, e->language);
    if (out) put_head(arena, out, &told);
    return keep(request, out, why);
}

static enum err narrate_work(struct request *request, struct why *why)
{
    struct arena arena = ARENA(WORK_ARENA);
    struct views *views = request_views(request, why);
    enum err err = views ? narrate(request, &arena, views, why) : why->err;
    request_views_done(request, views);
    arena_free(&arena);
    return err;
}

static enum step answer(struct request *request, const char *what)
{
    const struct explaining *e = request->state;
    if (request->work_err != ERR_NONE) return reply_problem(request, &request->work_why);
    (void)reply_json(request, 200, e->answer);
    return request_log_read(request, NOUN_CROSSING, &e->crossing, what, NULL);
}

static enum step narrated(struct request *request)
{
    return answer(request, "decision");
}

static enum step begin(struct request *request, enum err (*work)(struct request *, struct why *),
                       enum step (*next)(struct request *))
{
    struct why why = {0};
    struct explaining *e = arena_new(&request->arena, struct explaining);
    struct str language = request_query(request, "lang");
    enum err err = e ? ERR_NONE : why_set(&why, ERR_NO_MEMORY, "", "no memory for this now; try again");
    bool known = !language.p;
    for (int i = 0; e && language.p && i < LANGUAGE_COUNT; i++) {
        if (!str_is(language, language_name((enum language)i))) continue;
        e->language = (enum language)i;
        known = true;
    }
    if (err == ERR_NONE && !known) err = why_set(&why, ERR_MALFORMED, "lang", "a language is en, es or fr");
    if (err != ERR_NONE) return reply_problem(request, &why);
    request->state = e;
    request->work = work;
    request->next = next;
    return STEP_WORK;
}

enum step crossing_decision_get(struct request *request)
{
    return begin(request, narrate_work, narrated);
}

// ---- …/would-change ----

// The rule set and the plan that decided, not those of today.
static enum err search(struct arena *arena, const struct told *told, struct json **out, struct why *why)
{
    const struct json *choice = json_get(told->members, "choice"), *inputs = json_get(told->members, "facts");
    struct rules *rules;
    struct lane_plan *plan = NULL;
    struct facts facts;
    struct port_now now = {0};
    struct counterfactuals *found = arena_new(arena, struct counterfactuals);
    if (!found) return why_set(why, ERR_NO_MEMORY, "", "no memory for this now; try again");
    if (!inputs) return why_set(why, ERR_NOT_FOUND, "facts", "inputs erased: what it was decided from is not there");
    if (!told->rules.p || (choice && !told->plan.p))
        return why_set(why, ERR_NOT_FOUND, "rules", "the log does not hold the rules or the plan that decided this");
    enum err err = rules_read(arena, told->rules, &rules, why);
    if (err == ERR_NONE && choice) err = lane_plan_read(arena, told->plan, &plan, why);
    if (err == ERR_NONE) err = facts_from_json(arena, inputs, &facts, why);
    if (err == ERR_NONE && choice) err = choice_from_json(choice, plan, &now, why);
    if (err != ERR_NONE) return err;
    facts.now_us = told->at_ms * 1000;
    err = counterfactual_find(arena, rules, &facts, choice ? &now : NULL, found, why);
    if (err == ERR_NONE) *out = counterfactual_json(arena, found, choice ? &now : NULL);
    return err;
}

static enum err search_work(struct request *request, struct why *why)
{
    struct arena arena = ARENA(WORK_ARENA);
    struct told told = {0};
    struct json *out = NULL;
    struct views *views = request_views(request, why);
    enum err err = views ? find_told(request, &arena, views, &told, why) : why->err;
    request_views_done(request, views);
    if (err == ERR_NONE) err = search(&arena, &told, &out, why);
    if (err == ERR_NONE && out) put_head(&arena, out, &told);
    if (err == ERR_NONE) err = keep(request, out, why);
    arena_free(&arena);
    return err;
}

static enum step searched(struct request *request)
{
    return answer(request, "would-change");
}

enum step would_change_get(struct request *request)
{
    return begin(request, search_work, searched);
}
