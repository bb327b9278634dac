// SPDX-License-Identifier: Apache-2.0
#include "base/clock.h"
#include "base/log.h"
#include "commit/writer.h"
#include "decide/decision.h"
#include "views/custody.h"
#include "views/decision.h"
#include "views/local.h"
#include "views/subject.h"

#define DECIDE_ARENA ((size_t)16 << 20)
#define SWEEP_US 40000
#define DUE_AT_ONCE 64
#define SILENCE_STEP_US ((int64_t)15 * 60 * 1000000)

// The channels that the decision leaned on, with the first and last commit time of what came by each.
static struct json *channels_of(struct arena *arena, const struct decision *d, const struct facts *facts)
{
    struct channel_span {
        struct id id;
        int64_t first, last;
    } *spans = arena_array(arena, struct channel_span, d->nleaned + 1);
    size_t n = 0;
    struct json *list = json_new_array(arena);
    if (!spans) return list;
    for (size_t i = 0; i < d->nleaned; i++) {
        const struct source *s = &facts->sources[d->leaned[i]];
        size_t k = 0;
        if (id_is_none(&s->via)) continue;
        while (k < n && !id_eq(&spans[k].id, &s->via)) k++;
        if (k == n) spans[n++] = (struct channel_span){s->via, s->in_us, s->in_us};
        if (s->in_us < spans[k].first) spans[k].first = s->in_us;
        if (s->in_us > spans[k].last) spans[k].last = s->in_us;
    }
    for (size_t i = 0; i < n; i++) {
        char text[ID_TEXT_LEN + 1];
        struct json *o = json_new_object(arena);
        id_text(&spans[i].id, text);
        json_put_text(arena, o, "id", arena_str(arena, str_of(text)));
        json_put_number(arena, o, "first", (double)spans[i].first);
        json_put_number(arena, o, "last", (double)spans[i].last);
        json_add(list, o);
    }
    return list;
}

static void remember_decided(struct writer *w, const struct id *crossing)
{
    if (w->ndecided == w->room_decided) {
        size_t room = w->room_decided ? w->room_decided * 2 : 32;
        struct id *grown = arena_array(&w->arena, struct id, room);
        if (!grown) return;
        if (w->ndecided) memcpy(grown, w->decided, w->ndecided * sizeof *grown);
        w->decided = grown;
        w->room_decided = room;
    }
    w->decided[w->ndecided++] = *crossing;
}

static enum err state_decision(struct writer *w, struct arena *arena, const struct facts *facts, struct json *members,
                               enum label label, struct why *why)
{
    struct draft *draft = draft_new(arena, "decision", facts->now_us / 1000, label);
    if (!draft) return why_set(why, ERR_NO_MEMORY, "", "no memory for a decision");
    draft->members = members;
    int64_t pos;
    enum err err = draft_seal(arena, draft, why);
    if (err == ERR_NONE)
        err = writer_append(w, draft, NULL, &facts->crossing, 1, (struct trigger_speaker){0}, &pos, why);
    if (err == ERR_NONE) w->figures.decisions++;
    return err;
}

// Whether the decision that stands says the same. After an event the figures in its reasons count too; while time alone
// goes by, or a standing is swept, only lane and rules do, or a silent seal would be restated every few minutes.
static bool says_the_same(struct arena *arena, const struct decided *held, const struct decision *now,
                          const struct json *members, enum restate restate)
{
    uint8_t wording[DECISION_WORDING];
    struct str service = json_text(json_get(members, "choice"), "service");
    if (held->lane != now->lane || !str_eq(held->service, service) ||
        !str_eq(held->rules, decision_rules(arena, members)))
        return false;
    decision_wording(members, wording);
    return restate == RESTATE_LANE || memcmp(held->wording, wording, sizeof wording) == 0;
}

// Whether a truck was sent somewhere and has left: that choice stands, unless its rules ask for more now.
static bool is_over(const struct decided *held, const struct decision *now, bool at_port)
{
    return !at_port && held->service.p && now->lane <= held->lane;
}

enum err redecide(struct writer *w, const struct id *crossing, enum restate restate, struct why *why)
{
    struct arena arena = ARENA(DECIDE_ARENA);
    struct facts facts;
    struct decision *decision = arena_new(&arena, struct decision);
    struct decided held = {0};
    struct why none = {0};
    struct port_now now;
    bool found = false, at_port = false;
    int64_t next_us = INT64_MAX;
    enum err err = decision ? decision_get(w->views, &arena, crossing, &held, &found, &none) : ERR_NO_MEMORY;
    if (err == ERR_NONE) err = port_state(w, &arena, crossing, held.service, &now, &at_port, &none);
    const struct port_now *port = at_port ? &now : NULL;
    if (err == ERR_NONE) err = gather(w, &arena, crossing, port, &facts, &next_us, &none);
    if (err == ERR_NOT_FOUND) { // named by a fact, but never declared: there is nothing to decide yet
        arena_free(&arena);
        return ERR_NONE;
    }
    if (err != ERR_NONE && why) *why = none;
    if (err == ERR_NONE) err = decide(&arena, w->rules, &facts, port, decision, why);
    if (err == ERR_NONE) {
        w->figures.redecided++;
        struct json *members = decision_members(&arena, decision, w->rules, &facts, port, w->settings->build);
        if (!members) err = why_set(why, ERR_NO_MEMORY, "", "no memory for a decision");
        if (err == ERR_NONE && !(found && (is_over(&held, decision, at_port) ||
                                           says_the_same(&arena, &held, decision, members, restate)))) {
            json_put(members, "channels", channels_of(&arena, decision, &facts));
            err = state_decision(w, &arena, &facts, members, decision->label, why);
            if (err == ERR_NONE) remember_decided(w, crossing);
        }
    }
    if (err == ERR_NONE && at_port) {
        int64_t look_us = port_next_us(w, &now, &decision->chosen.choice);
        if (look_us < next_us) next_us = look_us;
    }
    if (err == ERR_NONE && next_us != INT64_MAX) err = due_set(w->views, crossing, next_us, why);
    arena_free(&arena);
    return err;
}

// A sweep goes on past its slice's time while nobody waits, up to SWEEP_US: each commit costs a wait for the disk,
// which a hundred thousand crossings would otherwise pay once for every twenty of them.
static bool may_go_on(const struct writer *w, int64_t deadline_us)
{
    int64_t now = clock_monotonic_us();
    if (now < deadline_us) return true;
    if (now >= deadline_us + SWEEP_US) return false;
    for (int lane = 0; lane < QUEUE_LANES; lane++)
        if (queue_waiting(w->queue, lane)) return false;
    return true;
}

// One sweep as far as time allows; *done when it is over.
static enum err go_on(struct writer *w, struct sweep *s, int64_t deadline_us, bool *done, struct why *why)
{
    enum err err = ERR_NONE;
    while (s->at < s->count && err == ERR_NONE && may_go_on(w, deadline_us))
        err = redecide(w, &s->crossings[s->at++], RESTATE_LANE, why);
    *done = s->at >= s->count;
    if (err == ERR_NONE && *done)
        err = local_put(w->views, STR("sweep"), (struct str){(const char *)s->of.b, sizeof s->of.b}, STR_NONE, why);
    return err;
}

enum err redecide_pending(struct writer *w, int64_t deadline_us, struct why *why)
{
    enum err err = ERR_NONE;
    // A decision may touch nothing further: the list does not grow while it is walked.
    for (size_t i = 0; i < w->touched.count && err == ERR_NONE; i++)
        err = redecide(w, &w->touched.crossings[i], RESTATE_WORDING, why);
    for (size_t i = 0; i < w->touched.noverflow && err == ERR_NONE; i++)
        err = sweep_start(w, &w->touched.overflow[i], why);
    while (w->sweeps && err == ERR_NONE && may_go_on(w, deadline_us)) {
        struct sweep *s = w->sweeps;
        bool done;
        err = go_on(w, s, deadline_us, &done, why);
        if (err != ERR_NONE || !done) break;
        w->sweeps = s->next;
        s->next = NULL;
        sweep_free(s);
    }
    return err;
}

// A seal's timer: whoever it is on is decided again; it is set anew while the seal is on and aboard.
static enum err seal_due(struct writer *w, const struct id *seal, struct why *why)
{
    struct touched touched = {.arena = &w->arena, .max = TOUCHED_MAX};
    struct custody c;
    bool found;
    int64_t now_us = clock_now_us();
    enum err err = subject_crossings(w->views, &w->arena, seal, &touched, why);
    if (err == ERR_NONE) err = custody_get(w->views, &w->arena, seal, now_us / 1000, true, &c, &found, why);
    if (err != ERR_NONE) return err;
    bool goes_on = found && touched.count && (str_is(c.state, "on") || str_is(c.state, "open"));
    int64_t quiet_us = now_us - c.last_ms * 1000;
    for (size_t i = 0; goes_on && quiet_us >= SILENCE_STEP_US && i < touched.count && err == ERR_NONE; i++)
        err = redecide(w, &touched.crossings[i], RESTATE_LANE, why);
    if (err != ERR_NONE) return err;
    if (!goes_on) return due_clear(w->views, seal, why);
    return due_set(w->views, seal,
                   quiet_us >= SILENCE_STEP_US ? now_us + SILENCE_STEP_US / 3 : c.last_ms * 1000 + SILENCE_STEP_US,
                   why);
}

enum err redecide_due(struct writer *w, int64_t *next_us, struct why *why)
{
    struct id *ids;
    size_t n;
    int64_t now_us = clock_now_us();
    enum err err = due_list(w->views, &w->arena, now_us, DUE_AT_ONCE, &ids, &n, next_us, why);
    if (err == ERR_NONE && n) w->last_in = now_us > w->last_in ? now_us : w->last_in + 1;
    for (size_t i = 0; i < n && err == ERR_NONE; i++) {
        enum noun noun;
        err = subject_noun(w->views, &ids[i], &noun, why);
        if (err != ERR_NONE) break;
        if (noun == NOUN_CROSSING) {
            err = due_clear(w->views, &ids[i], why);
            if (err == ERR_NONE) err = redecide(w, &ids[i], RESTATE_LANE, why);
        } else {
            err = seal_due(w, &ids[i], why);
        }
    }
    if (n == DUE_AT_ONCE) *next_us = now_us;
    return err;
}
