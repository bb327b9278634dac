// SPDX-License-Identifier: Apache-2.0
#include "port/visit.h"

#include <stdlib.h>

static const char *const names[STAGE_COUNT] = {
#define X(value, name) [value] = name,
    STAGE_TABLE(X)
#undef X
};

const struct visit_settings visit_defaults = {
    .ahead_ms = 120000, .bounce_ms = 90000, .gap_ms = 15 * 60000, .visit_gap_ms = 4 * 3600000, .lost_ms = 20 * 60000};

const char *stage_name(enum stage stage)
{
    return names[stage];
}

bool stage_parse(struct str text, enum stage *out)
{
    for (int i = STAGE_QUEUE; i < STAGE_ALL; i++) {
        if (!str_is(text, names[i])) continue;
        *out = (enum stage)i;
        return true;
    }
    return false;
}

static int compare(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

// A total order, so that whatever order they came in the walk is the same. At one moment what lies outside comes first.
static int by_time(const void *x, const void *y)
{
    const struct sighting *a = x, *b = y;
    int c = compare(a->at_ms, b->at_ms);
    if (!c) c = compare(a->stage, b->stage);
    if (!c) c = compare(a->by, b->by);
    if (!c) c = compare(a->port, b->port);
    if (!c) c = compare(a->lane, b->lane);
    return c ? c : compare(a->heard_ms, b->heard_ms);
}

static bool same(const struct sighting *a, const struct sighting *b)
{
    return a->at_ms == b->at_ms && a->stage == b->stage && a->by == b->by && a->port == b->port && a->lane == b->lane;
}

struct walk {
    const struct visit_settings *settings;
    const struct sighting *s;
    size_t n;
    struct visits *out;
    struct stay *visit;         // the STAGE_ALL stay of the visit under way; NULL: none
    struct stay *stay;          // the stay under way; NULL: between zones
    const struct sighting *was; // the last one taken; NULL: nothing since the visit began or was given up
    unsigned seen;              // stages of this visit, bits
};

static struct stay *stay_new(struct walk *w, const struct sighting *s, enum stage stage, int64_t from_ms)
{
    struct stay *stay = &w->out->stays[w->out->count++];
    *stay = (struct stay){
        .port = s->port, .lane = s->lane, .stage = stage, .from_ms = from_ms, .to_ms = from_ms, .end = STAY_THERE};
    return stay;
}

static bool exact(const struct sighting *s)
{
    return s->by != SEEN_BY_POSITION;
}

// When it went from where `a` saw it to where `b` did.
static int64_t boundary(const struct walk *w, const struct sighting *a, const struct sighting *b, int64_t *slack_ms,
                        bool *known)
{
    *slack_ms = 0;
    *known = true;
    if (exact(b)) return b->at_ms; // it says when it came
    *slack_ms = b->at_ms - a->at_ms;
    *known = *slack_ms <= w->settings->gap_ms;
    return a->at_ms + *slack_ms / 2;
}

// Nobody knows more of the stay under way than that it was there then.
static void stay_give_up(struct walk *w)
{
    if (!w->stay) return;
    w->stay->to_ms = w->was->at_ms;
    w->stay->end = STAY_LOST;
    w->stay = NULL;
}

static void visit_give_up(struct walk *w)
{
    stay_give_up(w);
    if (w->visit && w->visit->end == STAY_THERE) w->visit->end = STAY_LOST;
    w->visit = NULL;
    w->seen = 0;
}

static void visit_begin(struct walk *w, const struct sighting *s, const struct stay *first)
{
    w->visit = stay_new(w, s, STAGE_ALL, first->from_ms);
    w->visit->lane = 0;
    w->visit->start_unseen = first->start_unseen;
    w->visit->slack_ms = first->slack_ms;
    w->out->visits++;
}

// It is in another stage from `s` on.
static void stay_begin(struct walk *w, const struct sighting *s)
{
    bool known = exact(s);
    int64_t slack_ms = 0, from_ms = s->at_ms;
    if (w->was && !known) from_ms = boundary(w, w->was, s, &slack_ms, &known);
    struct stay begun = {.from_ms = known ? from_ms : s->at_ms, .slack_ms = known ? slack_ms : 0};
    begun.start_unseen = !known;
    if (!w->visit) visit_begin(w, s, &begun);
    w->stay = stay_new(w, s, s->stage, begun.from_ms);
    w->stay->slack_ms = begun.slack_ms;
    w->stay->start_unseen = begun.start_unseen;
    w->stay->to_ms = s->at_ms;
    if (w->seen >> s->stage & 1) w->out->returns++;
    w->seen |= 1u << s->stage;
    if (s->stage != STAGE_EXIT) return;
    w->visit->to_ms = w->stay->from_ms;
    w->visit->end = w->stay->start_unseen ? STAY_LOST : STAY_LEFT;
}

static void stay_finish(struct walk *w, const struct sighting *s)
{
    int64_t slack_ms;
    bool known;
    int64_t at_ms = boundary(w, w->was, s, &slack_ms, &known);
    if (!known) {
        stay_give_up(w);
        return;
    }
    w->stay->to_ms = at_ms;
    w->stay->slack_ms += slack_ms;
    w->stay->by |= 1u << s->by; // it takes part in the measure
    w->stay->end = STAY_LEFT;
    w->stay = NULL;
}

static void stay_continue(struct walk *w, const struct sighting *s)
{
    w->stay->to_ms = s->at_ms;
    if (s->lane) w->stay->lane = s->lane;
}

// Whether fixes alone lead away from the stage, from sighting i on, and back into it in time. *back: the one that is.
static bool bounces(const struct walk *w, size_t i, size_t *back)
{
    for (size_t k = i; k < w->n && w->s[k].at_ms - w->s[i].at_ms <= w->settings->bounce_ms; k++) {
        if (w->s[k].port == w->stay->port && w->s[k].stage == w->stay->stage) {
            *back = k;
            return true;
        }
        if (exact(&w->s[k])) return false;
    }
    return false;
}

// A fix that still shows the stage before one that a reader or a record has just told: its edge scatters.
static bool lags(const struct walk *w, const struct sighting *s)
{
    bool back = s->stage != STAGE_OUTSIDE && s->stage < w->stay->stage;
    return back && !exact(s) && s->at_ms - w->stay->from_ms <= w->settings->bounce_ms;
}

static void note(struct walk *w, const struct sighting *s)
{
    if (w->stay) w->stay->by |= 1u << s->by;
    if (w->visit && s->stage != STAGE_OUTSIDE) {
        w->visit->by |= 1u << s->by;
        if (w->visit->end == STAY_THERE) w->visit->to_ms = s->at_ms;
    }
    w->was = s;
}

static bool silent(const struct walk *w, const struct sighting *s)
{
    return w->was && s->at_ms - w->was->at_ms > w->settings->visit_gap_ms;
}

static bool new_visit(const struct walk *w, const struct sighting *s)
{
    if (!w->visit) return false;
    bool elsewhere = s->stage != STAGE_OUTSIDE && s->port != w->visit->port;
    bool gone = (w->seen >> STAGE_EXIT & 1) && s->stage != STAGE_EXIT && s->stage != STAGE_OUTSIDE && !w->stay;
    return elsewhere || gone;
}

static void walk(struct walk *w)
{
    for (size_t i = 0; i < w->n; i++) {
        const struct sighting *s = &w->s[i];
        size_t back;
        bool silence = silent(w, s);
        if (silence || new_visit(w, s)) visit_give_up(w);
        if (silence) w->was = NULL;
        if (w->stay && s->stage == w->stay->stage) {
            stay_continue(w, s);
        } else if (w->stay && !exact(s) && bounces(w, i, &back)) {
            i = back;
            s = &w->s[back];
            stay_continue(w, s);
        } else if (w->stay && lags(w, s)) {
            continue;
        } else {
            bool left_exit = w->stay && w->stay->stage == STAGE_EXIT;
            if (w->stay) stay_finish(w, s);
            if (left_exit && s->stage != STAGE_OUTSIDE) visit_give_up(w);
            if (s->stage != STAGE_OUTSIDE) stay_begin(w, s);
        }
        note(w, s);
    }
}

static int stay_order(const void *x, const void *y)
{
    const struct stay *a = x, *b = y;
    int c = compare(a->from_ms, b->from_ms);
    if (!c) c = compare(b->stage == STAGE_ALL, a->stage == STAGE_ALL);
    if (!c) c = compare(a->stage, b->stage);
    return c ? c : compare(a->to_ms, b->to_ms);
}

enum err visits_of(struct arena *arena, const struct sighting *sightings, size_t count,
                   const struct visit_settings *settings, struct visits *out, struct why *why)
{
    *out = (struct visits){0};
    struct sighting *s = arena_array(arena, struct sighting, count + 1);
    out->stays = arena_array(arena, struct stay, 2 * count + 1);
    if (!s || !out->stays) return why_set(why, ERR_NO_MEMORY, "", "no memory for visits");
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        bool good = sightings[i].at_ms > 0 && sightings[i].at_ms - settings->ahead_ms <= sightings[i].heard_ms;
        if (good)
            s[n++] = sightings[i];
        else
            out->faulty++;
    }
    if (n) qsort(s, n, sizeof *s, by_time);
    size_t kept = 0;
    for (size_t i = 0; i < n; i++)
        if (!kept || !same(&s[kept - 1], &s[i])) s[kept++] = s[i];
    struct walk w = {.settings = settings, .s = s, .n = kept, .out = out};
    walk(&w);
    if (out->count) qsort(out->stays, out->count, sizeof *out->stays, stay_order);
    return ERR_NONE;
}

void stay_length(const struct stay *stay, const struct visit_settings *settings, int64_t now_ms, int64_t *length_ms,
                 bool *at_least)
{
    int64_t to_ms = stay->to_ms;
    // A reader sees only who passes it: what it saw enter is there until something sees it elsewhere.
    bool fixes = stay->by >> SEEN_BY_POSITION & 1;
    int64_t patience_ms = fixes ? settings->lost_ms : settings->visit_gap_ms;
    if (stay->end == STAY_THERE && now_ms > to_ms && now_ms - to_ms <= patience_ms) to_ms = now_ms;
    *length_ms = to_ms > stay->from_ms ? to_ms - stay->from_ms : 0;
    *at_least = stay->end != STAY_LEFT || stay->start_unseen;
}
