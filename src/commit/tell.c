// SPDX-License-Identifier: Apache-2.0
// What a slice changed, for whoever watches the stream. Noted while it is applied, told when it is on disk.
#include "base/clock.h"
#include "commit/writer.h"
#include "ledger/tlog.h"
#include "views/decision.h"
#include "views/report.h"
#include "views/subject.h"

#define TELL_MAX 32        // crossings told in full after one slice; after more the reader is better off with the list
#define NOTED_MAX 256      // positions, standings and outcomes of one slice
#define TELL_LOG_US 500000 // how long the log event may lag
#define TELL_ARENA ((size_t)16 << 20)

enum told_what { TOLD_CROSSING, TOLD_POSITION, TOLD_STANDING };

struct told {
    struct told *next;
    enum told_what what;
    struct id id; // the crossing, the seal, the channel
    double lat, lon;
    struct str time, state, floor;
};

static struct told *told_add(struct writer *w, enum told_what what, const struct id *id)
{
    struct told *t = arena_new(&w->arena, struct told);
    if (!t) return NULL; // the stream may miss something; the log does not
    t->what = what;
    t->id = *id;
    *w->told_end = t;
    w->told_end = &t->next;
    w->ntold++;
    return t;
}

// What an official did with a crossing changes what is shown of it, and no decision.
static bool is_outcome(struct str kind)
{
    return str_is(kind, "crossing.release") || str_is(kind, "selection") || str_is(kind, "override") ||
           str_is(kind, "finding");
}

void tell_note(struct writer *w, const struct applied *s)
{
    if (!s->members || s->header->nre == 0 || w->ntold >= NOTED_MAX || !events_watched(w->events)) return;
    const struct json *position = json_get(s->members, "position"), *standing = json_get(s->members, "standing");
    struct id id;
    double lat, lon;
    struct why none = {0};
    if (subject_canonical(w->views, &s->header->re[0], &id, &none) != ERR_NONE) return;
    if (is_outcome(s->header->kind)) {
        told_add(w, TOLD_CROSSING, &id);
    } else if (str_starts(s->header->kind, "custody.") && json_number(position, "lat", &lat) &&
               json_number(position, "lon", &lon)) {
        struct told *t = told_add(w, TOLD_POSITION, &id);
        if (!t) return;
        t->lat = lat;
        t->lon = lon;
        t->time = arena_str(&w->arena, json_text(position, "time"));
    } else if (str_is(s->header->kind, "channel.standing") && s->origin == ENGINE_OWN) {
        struct told *t = told_add(w, TOLD_STANDING, &id);
        if (!t) return;
        t->state = arena_str(&w->arena, json_text(standing, "state"));
        t->floor = arena_str(&w->arena, json_text(standing, "floor"));
    }
}

static void tell_json(struct writer *w, const char *type, const struct json *json)
{
    struct buf text = BUF((size_t)1 << 20);
    json_canonical(json, &text);
    if (!text.failed) events_add(w->events, type, buf_str(&text));
    buf_free(&text);
}

static void tell_crossing(struct writer *w, const struct id *id)
{
    struct arena arena = ARENA(TELL_ARENA);
    struct json *crossing = NULL;
    struct why why = {0};
    if (report_crossing(w->views, &arena, id, &crossing, &why) == ERR_NONE) tell_json(w, "crossing", crossing);
    arena_free(&arena);
}

static void put_id(struct arena *arena, struct json *object, const char *name, const struct id *id)
{
    char text[ID_TEXT_LEN + 1];
    id_text(id, text);
    json_put_text(arena, object, name, arena_str(arena, str_of(text)));
}

// Where a seal is, for each crossing that it is on.
static void tell_position(struct writer *w, const struct told *t)
{
    struct arena arena = ARENA(TELL_ARENA);
    struct touched on = {.arena = &arena, .max = NOTED_MAX};
    struct why why = {0};
    enum err err = subject_crossings(w->views, &arena, &t->id, &on, &why);
    for (size_t i = 0; err == ERR_NONE && i < on.count; i++) {
        struct json *o = json_new_object(&arena);
        put_id(&arena, o, "crossing", &on.crossings[i]);
        put_id(&arena, o, "seal", &t->id);
        json_put_number(&arena, o, "lat", t->lat);
        json_put_number(&arena, o, "lon", t->lon);
        json_put_text(&arena, o, "time", t->time);
        if (!arena.failed) tell_json(w, "position", o);
    }
    arena_free(&arena);
}

static void tell_standing(struct writer *w, const struct told *t)
{
    struct arena arena = ARENA(TELL_ARENA);
    struct id *crossings;
    size_t n;
    struct why why = {0};
    struct json *o = json_new_object(&arena);
    if (decision_leaning(w->views, &arena, &t->id, 100000, &crossings, &n, &why) == ERR_NONE) {
        put_id(&arena, o, "channel", &t->id);
        json_put_text(&arena, o, "state", t->state);
        json_put_text(&arena, o, "floor", t->floor);
        json_put_number(&arena, o, "crossings", (double)n);
        if (!arena.failed) tell_json(w, "standing", o);
    }
    arena_free(&arena);
}

// The decisions of this slice are the newest of all, one a crossing.
static void tell_decisions(struct writer *w)
{
    struct arena arena = ARENA(TELL_ARENA);
    struct json *page;
    struct why why = {0};
    size_t n = w->ndecided < TELL_MAX ? w->ndecided : TELL_MAX;
    if (n && report_decisions(w->views, &arena, 0, STR_NONE, n, &page, &why) == ERR_NONE) {
        json_each(decision, json_get(page, "decisions")) tell_json(w, "decision", decision);
    }
    arena_free(&arena);
}

static bool among(const struct id *id, const struct id *some, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (id_eq(id, &some[i])) return true;
    return false;
}

static void tell_crossings(struct writer *w)
{
    size_t n = 0;
    for (size_t i = 0; i < w->ndecided && n < TELL_MAX; i++, n++) tell_crossing(w, &w->decided[i]);
    for (size_t i = 0; i < w->touched.count && n < TELL_MAX; i++) {
        if (among(&w->touched.crossings[i], w->decided, w->ndecided)) continue;
        tell_crossing(w, &w->touched.crossings[i]);
        n++;
    }
}

static void tell_noted(struct writer *w)
{
    for (const struct told *t = w->told; t; t = t->next) {
        if (t->what == TOLD_CROSSING) tell_crossing(w, &t->id);
        if (t->what == TOLD_POSITION) tell_position(w, t);
        if (t->what == TOLD_STANDING) tell_standing(w, t);
    }
}

static void tell_log(struct writer *w)
{
    int64_t now = clock_monotonic_us();
    if (now - w->told_log_us < TELL_LOG_US) return;
    w->told_log_us = now;
    struct buf text = BUF(256);
    buf_printf(&text, "{\"size\":%llu}", (unsigned long long)tlog_size(w->tlog));
    events_add(w->events, "log", buf_str(&text));
    buf_free(&text);
}

void tell_slice(struct writer *w)
{
    if (!w->first_pos) return;
    if (events_watched(w->events)) {
        tell_decisions(w);
        tell_crossings(w);
        tell_noted(w);
    }
    tell_log(w);
}
