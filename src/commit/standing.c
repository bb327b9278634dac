// SPDX-License-Identifier: Apache-2.0
#include "base/clock.h"
#include "base/log.h"
#include "commit/writer.h"
#include "views/channel.h"
#include "views/decision.h"
#include "views/local.h"
#include "views/subject.h"
#include "views/threat.h"

#include <stdlib.h>

// More crossings than this are swept in later slices, so that no slice is long.
#define SWEEP_MAX 1000000
#define SWEEP_NEAR 1000
#define SWEEP_STRETCH 16384

static struct json *standing_members(struct arena *arena, const struct standing *s)
{
    struct json *members = json_new_object(arena), *o = json_new_object(arena);
    char text[TIME_TEXT_ROOM];
    json_put_text(arena, o, "state", s->state);
    json_put_text(arena, o, "floor", str_of(lane_name(s->floor)));
    if (s->from_us) {
        size_t n = time_text_us(s->from_us, text);
        json_put_text(arena, o, "from", arena_str(arena, (struct str){text, n}));
    }
    if (s->to_us != INT64_MAX) {
        size_t n = time_text_us(s->to_us, text);
        json_put_text(arena, o, "to", arena_str(arena, (struct str){text, n}));
    }
    json_put(members, "standing", o);
    return members;
}

void sweep_free(struct sweep *s)
{
    for (struct sweep *next; s; s = next) {
        next = s->next;
        free(s->crossings);
        free(s);
    }
}

// What leaned on a channel, or what a subject is aboard of.
static enum err sweep_crossings(struct writer *w, struct arena *arena, const struct id *of, struct id **out,
                                size_t *count, struct why *why)
{
    struct channel channel;
    bool is_channel;
    enum err err = channel_get(w->views, arena, of, &channel, &is_channel, why);
    if (err == ERR_NONE) err = decision_leaning(w->views, arena, of, SWEEP_MAX, out, count, why);
    if (err != ERR_NONE || is_channel || *count) return err;
    struct touched touched = {.arena = arena, .max = SWEEP_MAX};
    err = subject_crossings(w->views, arena, of, &touched, why);
    *out = touched.crossings;
    *count = touched.count;
    return err;
}

static int by_id(const void *a, const void *b)
{
    return memcmp(((const struct id *)a)->b, ((const struct id *)b)->b, sizeof(struct id));
}

// The nearest arrivals come one by one, those behind them in stretches by their ids: neighbours in a view's tables
// stand on the same pages, so that a slice writes tens of pages instead of a thousand. A stretch takes about two
// seconds.
static void order_sweep(struct id *crossings, size_t count)
{
    for (size_t at = SWEEP_NEAR; at < count; at += SWEEP_STRETCH)
        qsort(&crossings[at], count - at < SWEEP_STRETCH ? count - at : SWEEP_STRETCH, sizeof *crossings, by_id);
}

static enum err add_sweep(struct writer *w, const struct id *of, struct why *why)
{
    struct arena arena = ARENA((size_t)256 << 20);
    struct sweep *s = calloc(1, sizeof *s);
    struct id *crossings = NULL;
    enum err err = s ? sweep_crossings(w, &arena, of, &crossings, &s->count, why) : ERR_NO_MEMORY;
    if (err == ERR_NONE && s->count) {
        s->crossings = malloc(s->count * sizeof *crossings);
        if (s->crossings) {
            memcpy(s->crossings, crossings, s->count * sizeof *crossings);
            order_sweep(s->crossings, s->count);
        } else {
            err = ERR_NO_MEMORY;
        }
    }
    arena_free(&arena);
    if (err != ERR_NONE) {
        sweep_free(s);
        return why_set(why, err, "", "no memory to decide again what leaned on a channel");
    }
    s->of = *of;
    s->next = w->sweeps;
    w->sweeps = s;
    return ERR_NONE;
}

// The sweep is remembered in the same transaction, so that a crash does not forget it.
enum err sweep_start(struct writer *w, const struct id *of, struct why *why)
{
    enum err err = local_put(w->views, STR("sweep"), (struct str){(const char *)of->b, sizeof of->b}, STR("1"), why);
    return err == ERR_NONE ? add_sweep(w, of, why) : err;
}

// States what we hold of a channel, and sees to it that everything that leaned on it is decided again.
static enum err state_standing(struct writer *w, const struct standing *s, struct why *why)
{
    const struct id re[2] = {s->channel, s->threat};
    struct standing *held;
    size_t n;
    enum err err = channel_standing(w->views, &w->arena, &s->channel, &held, &n, why);
    for (size_t i = 0; i < n && err == ERR_NONE; i++)
        if (id_eq(&held[i].threat, &s->threat) && str_eq(held[i].state, s->state) && held[i].floor == s->floor &&
            held[i].from_us == s->from_us && held[i].to_us == s->to_us)
            return ERR_NONE;
    int64_t pos;
    if (err == ERR_NONE)
        err = writer_state(w, "channel.standing", LABEL_GREEN, re, 2, standing_members(&w->arena, s), &pos, why);
    if (err != ERR_NONE || str_is(s->state, "reported")) return err;
    return sweep_start(w, &s->channel, why);
}

enum err standing_resume(struct writer *w, struct why *why)
{
    struct local_item *items;
    size_t n;
    sweep_free(w->sweeps);
    w->sweeps = NULL;
    enum err err = local_list(w->views, &w->arena, STR("sweep"), STR_NONE, 100000, &items, &n, why);
    for (size_t i = 0; i < n && err == ERR_NONE; i++) {
        struct id channel;
        if (items[i].key.n != sizeof channel.b) continue;
        memcpy(channel.b, items[i].key.p, sizeof channel.b);
        err = add_sweep(w, &channel, why);
    }
    return err;
}

// What names one thing only, against what many channels share.
static bool names_itself(struct str what)
{
    return str_is(what, "device") || str_is(what, "certificate") || str_is(what, "filer") || str_is(what, "address") ||
           str_is(what, "party");
}

static enum err crossings_touched(struct writer *w, const struct id *channel, int64_t *count, struct why *why)
{
    struct id *ids;
    size_t n;
    enum err err = decision_leaning(w->views, &w->arena, channel, 20000, &ids, &n, why);
    *count = (int64_t)n;
    return err;
}

static enum err is_own(struct writer *w, const struct id *channel, struct trigger_speaker speaker, bool *own,
                       struct why *why)
{
    struct channel c;
    bool found;
    struct str origin = STR_NONE;
    enum err err = channel_get(w->views, &w->arena, channel, &c, &found, why);
    if (err == ERR_NONE && found) err = engine_origin_name(w->engine, &w->arena, c.origin, &origin, why);
    *own = found && (speaker.party.p ? str_eq(origin, speaker.party) : c.origin == ENGINE_OWN);
    return err;
}

// One channel, one wish: stated if a trigger rule lets this speaker have it, said in the log output if not.
static enum err wish(struct writer *w, struct trigger_speaker speaker, struct str what, struct standing s,
                     struct why *why)
{
    if (str_is(s.state, "reported")) {
        s.floor = LANE_GREEN;
        if (!trigger_report_allowed(w->triggers, speaker, STR_NONE, w->last_in, NULL)) return ERR_NONE;
        return state_standing(w, &s, why);
    }
    struct trigger_confirmation ask = {
        .speaker = speaker, .named = names_itself(what), .wanted = s.floor, .now_us = w->last_in};
    struct why refused = {0};
    enum lane floor = LANE_GREEN;
    enum err err = is_own(w, &s.channel, speaker, &ask.own, why);
    if (err == ERR_NONE) err = crossings_touched(w, &s.channel, &ask.crossings, why);
    if (err != ERR_NONE) return err;
    if (trigger_confirm_allowed(w->triggers, &ask, NULL, &floor, &refused) != ERR_NONE) {
        w->figures.refused++;
        log_why(LOG_WARN, "trigger", "a confirmation changes nothing", &refused);
        return ERR_NONE;
    }
    if (str_is(s.state, "confirmed")) s.floor = floor;
    return state_standing(w, &s, why);
}

// As channels are called: software that a threat names with its version is "name/version".
static struct str called(struct writer *w, const struct threat_name *name)
{
    if (!str_is(name->what, "software") || !name->version.n) return name->value;
    return arena_printf(&w->arena, "%.*s/%.*s", STR_ARG(name->value), STR_ARG(name->version));
}

static enum err wish_all(struct writer *w, struct trigger_speaker speaker, const struct threat *t, const char *state,
                         struct why *why)
{
    enum err err = ERR_NONE;
    for (size_t i = 0; i < t->nnames && err == ERR_NONE; i++) {
        struct id *channels;
        size_t n;
        struct str value = called(w, &t->names[i]);
        err = channel_match(w->views, &w->arena, t->names[i].what, value, &channels, &n, why);
        for (size_t k = 0; k < n && err == ERR_NONE; k++) {
            struct standing s = {channels[k], t->id, str_of(state), t->floor, t->from_us, t->to_us, 0};
            err = wish(w, speaker, t->names[i].what, s, why);
        }
    }
    return err;
}

static enum err follow_threat(struct writer *w, const struct applied *s, struct trigger_speaker speaker,
                              struct why *why)
{
    struct id id;
    struct threat t;
    bool found;
    enum err err = subject_canonical(w->views, &s->header->re[0], &id, why);
    if (err == ERR_NONE) err = threat_get(w->views, &w->arena, &id, &t, &found, why);
    if (err != ERR_NONE || !found) return err;
    if (str_is(s->header->kind, "threat"))
        return str_is(t.state, "reported") ? wish_all(w, speaker, &t, "reported", why) : ERR_NONE;
    if (str_is(s->header->kind, "threat.confirm")) {
        int64_t us;
        if (!lane_parse(json_text(s->members, "floor"), &t.floor)) t.floor = LANE_SCAN;
        if (time_parse_us(json_text(s->members, "from"), &us)) t.from_us = us;
        if (time_parse_us(json_text(s->members, "to"), &us)) t.to_us = us;
        return wish_all(w, speaker, &t, "confirmed", why);
    }
    struct standing *held;
    size_t n;
    err = channel_standing_of(w->views, &w->arena, &id, &held, &n, why);
    for (size_t i = 0; i < n && err == ERR_NONE; i++) {
        if (str_is(held[i].state, "cleared")) continue;
        held[i].state = STR("cleared");
        err = wish(w, speaker, STR("filer"), held[i], why);
    }
    return err;
}

// A partner says what it holds of a channel.
static enum err follow_partner(struct writer *w, const struct applied *s, struct trigger_speaker speaker,
                               struct why *why)
{
    const struct json *o = json_get(s->members, "standing");
    struct standing held = {.state = json_text(o, "state"), .to_us = INT64_MAX};
    if (s->header->nre < 2 || !held.state.p) return ERR_NONE;
    held.channel = s->header->re[0];
    enum err err = subject_canonical(w->views, &s->header->re[1], &held.threat, why);
    if (!lane_parse(json_text(o, "floor"), &held.floor)) held.floor = LANE_SCAN;
    time_parse_us(json_text(o, "from"), &held.from_us);
    if (json_text(o, "to").p) time_parse_us(json_text(o, "to"), &held.to_us);
    return err == ERR_NONE ? wish(w, speaker, STR("channel"), held, why) : err;
}

static bool calls(struct writer *w, const struct threat *t, const struct channel_name *names, size_t n)
{
    for (size_t i = 0; i < t->nnames; i++) {
        struct str value = called(w, &t->names[i]);
        for (size_t k = 0; k < n; k++)
            if (str_is(t->names[i].what, names[k].what) && str_eq(value, names[k].value)) return true;
    }
    return false;
}

// A channel that appears while a threat that names it is confirmed here is suspect from its first statement on.
static enum err follow_channel(struct writer *w, const struct applied *s, struct why *why)
{
    enum err err = ERR_NONE;
    struct channel_name names[CHANNEL_NAMES_MAX];
    size_t nnames = channel_names(s->members, names);
    for (size_t i = 0; i < nnames && err == ERR_NONE; i++) {
        struct id *threats;
        size_t n;
        err = threat_naming(w->views, &w->arena, str_of(names[i].what), names[i].value, &threats, &n, why);
        for (size_t k = 0; k < n && err == ERR_NONE; k++) {
            struct threat t;
            bool found;
            err = threat_get(w->views, &w->arena, &threats[k], &t, &found, why);
            if (err != ERR_NONE || !found || !str_is(t.state, "confirmed") || !calls(w, &t, names, nnames)) continue;
            struct standing held = {s->header->re[0], t.id, t.state, t.floor, t.from_us, t.to_us, 0};
            err = state_standing(w, &held, why);
        }
    }
    return err;
}

enum err standing_follow(struct writer *w, const struct applied *s, struct trigger_speaker speaker, struct why *why)
{
    struct str kind = s->header->kind;
    if (s->header->nre == 0) return ERR_NONE;
    if (str_is(kind, "channel")) return follow_channel(w, s, why);
    if (str_is(kind, "channel.standing") && s->origin != ENGINE_OWN) return follow_partner(w, s, speaker, why);
    if (str_is(kind, "threat") || str_is(kind, "threat.confirm") || str_is(kind, "threat.clear"))
        return follow_threat(w, s, speaker, why);
    return ERR_NONE;
}
