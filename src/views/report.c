// SPDX-License-Identifier: Apache-2.0
#include "views/report.h"

#include "base/clock.h"
#include "views/channel.h"
#include "views/custody.h"
#include "views/decision.h"
#include "views/document.h"
#include "views/outcome.h"
#include "views/subject.h"
#include "views/threat.h"

#include <stdlib.h>

enum err report_subject(struct views *v, enum noun noun, struct str name, struct id *out, struct why *why)
{
    struct str value, scheme = str_cut(name, '=', &value);
    bool found = false;
    enum err err = ERR_NONE;
    if (value.p) {
        err = subject_find(v, noun, scheme, value, out, &found, why);
    } else if (id_parse(name, out)) {
        enum noun is;
        err = subject_canonical(v, out, out, why);
        if (err == ERR_NONE) err = subject_noun(v, out, &is, why);
        found = err == ERR_NONE && is == noun;
    }
    if (err == ERR_NONE && !found)
        err = why_set(why, ERR_NOT_FOUND, "id", "no %s is known as %.*s; give its id, or scheme=value", noun_name(noun),
                      STR_ARG(name));
    return err;
}

static void put_ms(struct arena *arena, struct json *object, const char *name, int64_t ms)
{
    char text[TIME_TEXT_ROOM];
    if (!ms) {
        json_put(object, name, json_new_null(arena));
        return;
    }
    size_t n = time_text_ms(ms, text);
    json_put_text(arena, object, name, arena_str(arena, (struct str){text, n}));
}

static void put_us(struct arena *arena, struct json *object, const char *name, int64_t us)
{
    char text[TIME_TEXT_ROOM];
    size_t n = time_text_us(us, text);
    json_put_text(arena, object, name, arena_str(arena, (struct str){text, n}));
}

static void put_id(struct arena *arena, struct json *object, const char *name, const struct id *id)
{
    char text[ID_TEXT_LEN + 1];
    id_text(id, text);
    json_put_text(arena, object, name, arena_str(arena, str_of(text)));
}

static void put_or_null(struct arena *arena, struct json *object, const char *name, struct str text)
{
    json_put(object, name, text.p ? json_new_text(arena, text) : json_new_null(arena));
}

// A statement taken apart.
struct opened {
    struct stored stored;
    struct header header;
    struct body body;
    struct json *members;
    struct str origin, name;
    size_t withheld;
};

static enum err open_statement(struct views *v, struct arena *arena, int64_t pos, struct opened *out, struct why *why)
{
    struct engine *engine = views_engine(v);
    enum err err = engine_get(engine, arena, pos, &out->stored, why);
    if (err == ERR_NONE) err = header_parse(arena, out->stored.header, &out->header, why);
    if (err == ERR_NONE) err = body_decode(arena, out->stored.body, &out->body, why);
    if (err == ERR_NONE) err = body_object(arena, &out->body, &out->members, why);
    if (err != ERR_NONE) return err;
    out->origin = out->header.by;
    out->name = arena_printf(arena, "%.*s:%llu", STR_ARG(out->origin), (unsigned long long)out->stored.index);
    for (size_t i = 0; i < out->body.count; i++) out->withheld += out->body.items[i].text.n == 0;
    return ERR_NONE;
}

static struct json *statement_json(struct arena *arena, const struct opened *s, bool header)
{
    struct json *out = json_new_object(arena);
    json_put_text(arena, out, "name", s->name);
    json_put_text(arena, out, "kind", s->header.kind);
    put_ms(arena, out, "at", s->header.at_ms);
    put_us(arena, out, "in", s->header.in_us);
    json_put_text(arena, out, "origin", s->origin);
    if (!id_is_none(&s->header.via)) put_id(arena, out, "via", &s->header.via);
    json_put_text(arena, out, "label", str_of(label_name(s->header.label)));
    if (header) {
        struct json *re = json_new_array(arena);
        for (size_t i = 0; i < s->header.nre; i++) {
            char text[ID_TEXT_LEN + 1];
            id_text(&s->header.re[i], text);
            json_add(re, json_new_text(arena, arena_str(arena, str_of(text))));
        }
        json_put(out, "re", re);
        json_put_text(arena, out, "header", s->stored.header);
        json_put_number(arena, out, "position", (double)s->stored.pos);
    }
    json_put(out, "members", s->members);
    json_put_number(arena, out, "withheld", (double)s->withheld);
    return out;
}

enum err report_statement(struct views *v, struct arena *arena, int64_t pos, struct json **out, struct why *why)
{
    struct opened s = {0};
    enum err err = open_statement(v, arena, pos, &s, why);
    if (err == ERR_NONE) *out = statement_json(arena, &s, true);
    return err;
}

enum err report_statement_named(struct views *v, struct arena *arena, struct str name, struct json **out, int64_t *pos,
                                struct why *why)
{
    struct str origin;
    uint64_t index;
    uint32_t number;
    if (!name_parse(name, &origin, &index))
        return why_set(why, ERR_MALFORMED, "id", "a statement's name is <origin>:<index>, for example us.cbp:17");
    enum err err = engine_origin(views_engine(v), origin, false, &number, why);
    if (err == ERR_NONE) err = engine_find(views_engine(v), number, index, pos, why);
    return err == ERR_NONE ? report_statement(v, arena, *pos, out, why) : err;
}

enum err report_statements(struct views *v, struct arena *arena, int64_t after, size_t limit, struct str kind,
                           struct json **out, struct why *why)
{
    int64_t last, pos = after < 0 ? 0 : after;
    struct json *list = json_new_array(arena);
    enum err err = engine_last(views_engine(v), &last, why);
    // A filter reads at most ten times what it may give, so that one request stays short; `next` says where to go on.
    int64_t stop = kind.p && last > pos + (int64_t)limit * 10 ? pos + (int64_t)limit * 10 : last;
    while (err == ERR_NONE && pos < stop && list && list->count < limit) {
        struct opened s = {0};
        err = open_statement(v, arena, ++pos, &s, why);
        if (err == ERR_NONE && (!kind.p || str_eq(kind, s.header.kind)))
            json_add(list, statement_json(arena, &s, true));
    }
    *out = json_new_object(arena);
    json_put(*out, "statements", list);
    json_put_number(arena, *out, "next", (double)pos);
    return err;
}

static enum err subject_json(struct views *v, struct arena *arena, const struct id *id, struct json **out,
                             struct why *why)
{
    struct json *ids;
    enum err err = subject_identifiers(v, arena, id, &ids, why);
    if (err != ERR_NONE) return err;
    *out = json_new_object(arena);
    put_id(arena, *out, "id", id);
    json_put(*out, "identifiers", ids);
    return ERR_NONE;
}

// The latest of its noun, as a subject; null when there is none.
static enum err put_latest(struct views *v, struct arena *arena, struct json *to, const char *name, const struct id *id,
                           enum noun noun, struct why *why)
{
    struct linked *links;
    size_t n;
    struct json *subject = NULL;
    enum err err = subject_links(v, arena, id, noun, &links, &n, why);
    if (err == ERR_NONE && n) err = subject_json(v, arena, &links[0].id, &subject, why);
    json_put(to, name, subject ? subject : json_new_null(arena));
    return err;
}

// Seals on a crossing: those of its trailers and of its tractor.
static enum err crossing_seals(struct views *v, struct arena *arena, const struct id *id, struct linked **out,
                               size_t *count, struct why *why)
{
    static const enum noun carriers[] = {NOUN_TRAILER, NOUN_CONVEYANCE};
    enum err err = ERR_NONE;
    *count = 0;
    *out = arena_array(arena, struct linked, 256);
    if (!*out) return why_set(why, ERR_NO_MEMORY, "", "no memory for seals");
    for (size_t k = 0; k < 2 && err == ERR_NONE; k++) {
        struct linked *holders, *seals;
        size_t nholders, nseals;
        err = subject_links(v, arena, id, carriers[k], &holders, &nholders, why);
        for (size_t i = 0; i < nholders && err == ERR_NONE; i++) {
            err = subject_links(v, arena, &holders[i].id, NOUN_SEAL, &seals, &nseals, why);
            for (size_t s = 0; s < nseals && err == ERR_NONE && *count < 256; s++) (*out)[(*count)++] = seals[s];
        }
    }
    return err;
}

// The time up to which custody is judged: arrival, or now.
static int64_t custody_until(const struct crossing *c)
{
    return c->arrived_ms ? c->arrived_ms : clock_now_us() / 1000;
}

static enum err put_seals(struct views *v, struct arena *arena, struct json *to, const struct crossing *c,
                          struct why *why)
{
    struct linked *seals;
    size_t n;
    struct json *list = json_new_array(arena), *position = NULL;
    int64_t newest = 0;
    enum err err = crossing_seals(v, arena, &c->id, &seals, &n, why);
    for (size_t i = 0; i < n && err == ERR_NONE; i++) {
        struct custody custody;
        struct json *seal;
        bool found;
        err = custody_get(v, arena, &seals[i].id, custody_until(c), c->arrived_ms == 0, &custody, &found, why);
        if (err != ERR_NONE || !found || custody_past(&custody, c->first_ms)) continue;
        err = subject_json(v, arena, &seals[i].id, &seal, why);
        if (err != ERR_NONE) break;
        put_or_null(arena, seal, "grade", custody.grade);
        put_or_null(arena, seal, "state", custody.state);
        json_put_bool(arena, seal, "electronic", custody.electronic);
        put_ms(arena, seal, "last", custody.last_ms);
        json_add(list, seal);
        if (custody.fix_ms <= newest) continue;
        newest = custody.fix_ms;
        position = json_new_object(arena);
        json_put_number(arena, position, "lat", custody.lat);
        json_put_number(arena, position, "lon", custody.lon);
        put_ms(arena, position, "time", custody.fix_ms);
    }
    json_put(to, "seals", list);
    json_put(to, "position", position ? position : json_new_null(arena));
    return err;
}

// Reasons of a decision: its members "reason.<rule>".
static struct json *reasons_of(struct arena *arena, const struct json *members)
{
    struct json *list = json_new_array(arena);
    json_each(m, members)
    {
        if (str_starts(m->name, "reason.") && m->type == JSON_OBJECT) json_add(list, json_copy(arena, m));
    }
    return list;
}

static void put_copy(struct arena *arena, struct json *to, const char *name, const struct json *value)
{
    json_put(to, name, value ? json_copy(arena, value) : json_new_null(arena));
}

static enum err put_decision(struct views *v, struct arena *arena, struct json *to, const struct crossing *c,
                             struct why *why)
{
    struct decided decided;
    bool found, suspect;
    enum lane floor;
    struct opened s = {0};
    enum err err = decision_get(v, arena, &c->id, &decided, &found, why);
    if (err == ERR_NONE) err = decision_standing(v, &c->id, &suspect, &floor, why);
    if (err == ERR_NONE && found) err = open_statement(v, arena, decided.pos, &s, why);
    if (err != ERR_NONE) return err;
    enum lane shown = found ? decided.lane : LANE_DOCUMENT;
    if (suspect && floor > shown) shown = floor;
    json_put_text(arena, to, "lane", str_of(lane_name(shown)));
    put_or_null(arena, to, "decided", found ? str_of(lane_name(decided.lane)) : STR_NONE);
    put_or_null(arena, to, "floor", suspect ? str_of(lane_name(floor)) : STR_NONE);
    json_put_bool(arena, to, "suspect", suspect);
    put_or_null(arena, to, "decision", found ? s.name : STR_NONE);
    json_put(to, "reasons", found ? reasons_of(arena, s.members) : json_new_array(arena));
    put_copy(arena, to, "gaps", found ? json_get(s.members, "gaps") : NULL);
    return ERR_NONE;
}

static enum err put_outcome(struct views *v, struct arena *arena, struct json *to, const char *name, int64_t pos,
                            const char *member, struct why *why)
{
    struct opened s = {0};
    enum err err = pos ? open_statement(v, arena, pos, &s, why) : ERR_NONE;
    if (err != ERR_NONE) return err;
    if (pos && member)
        put_or_null(arena, to, name, json_text(s.members, member));
    else
        put_copy(arena, to, name, pos ? s.members : NULL);
    return ERR_NONE;
}

// The origins whose statements are among the newest about it.
static enum err put_origins(struct views *v, struct arena *arena, struct json *to, const struct id *id, struct why *why)
{
    int64_t *positions;
    size_t n;
    struct json *list = json_new_array(arena);
    enum err err = subject_mentions(v, arena, id, 32, &positions, &n, why);
    for (size_t i = 0; i < n && err == ERR_NONE; i++) {
        struct stored stored;
        struct header header;
        err = engine_get(views_engine(v), arena, positions[i], &stored, why);
        if (err == ERR_NONE) err = header_parse(arena, stored.header, &header, why);
        bool there = false;
        if (err == ERR_NONE) json_each(o, list) there |= str_eq(o->text, header.by);
        if (err == ERR_NONE && !there) json_add(list, json_new_text(arena, header.by));
    }
    json_put(to, "origins", list);
    return err;
}

static enum err put_trailers(struct views *v, struct arena *arena, struct json *to, const struct id *id,
                             struct why *why)
{
    struct linked *links;
    size_t n;
    struct json *list = json_new_array(arena);
    enum err err = subject_links(v, arena, id, NOUN_TRAILER, &links, &n, why);
    for (size_t i = 0; i < n && i < 16 && err == ERR_NONE; i++) {
        struct json *trailer;
        err = subject_json(v, arena, &links[i].id, &trailer, why);
        if (err == ERR_NONE) json_add(list, trailer);
    }
    json_put(to, "trailers", list);
    return err;
}

enum err report_crossing(struct views *v, struct arena *arena, const struct id *id, struct json **out, struct why *why)
{
    struct crossing c = {.id = *id};
    bool found;
    struct linked *links;
    size_t n = 0;
    struct json *o = NULL;
    enum err err = crossing_get(v, arena, id, &c, &found, why);
    if (err == ERR_NONE && !found)
        err = why_set(why, ERR_NOT_FOUND, "id", "nothing has been declared of this crossing");
    if (err == ERR_NONE) err = subject_json(v, arena, id, &o, why);
    if (err != ERR_NONE) return err;
    put_or_null(arena, o, "trip", c.trip);
    put_or_null(arena, o, "port", c.port);
    put_or_null(arena, o, "direction", c.direction);
    put_or_null(arena, o, "destination", c.destination);
    put_ms(arena, o, "eta", c.eta_ms);
    put_ms(arena, o, "arrived", c.arrived_ms);
    put_ms(arena, o, "released", c.released_ms);
    json_put_text(arena, o, "state", c.released_in ? STR("released") : c.arrived_in ? STR("arrived") : STR("open"));
    json_put_bool(arena, o, "empty", c.empty);
    json_put_bool(arena, o, "swapped", c.swapped);
    err = put_decision(v, arena, o, &c, why);
    if (err == ERR_NONE) err = put_latest(v, arena, o, "carrier", id, NOUN_CARRIER, why);
    if (err == ERR_NONE) err = put_latest(v, arena, o, "conveyance", id, NOUN_CONVEYANCE, why);
    if (err == ERR_NONE) err = put_latest(v, arena, o, "driver", id, NOUN_DRIVER, why);
    if (err == ERR_NONE) err = put_trailers(v, arena, o, id, why);
    if (err == ERR_NONE) err = subject_links(v, arena, id, NOUN_CONSIGNMENT, &links, &n, why);
    json_put_number(arena, o, "consignments", (double)n);
    if (err == ERR_NONE) err = put_seals(v, arena, o, &c, why);
    if (err == ERR_NONE) err = put_origins(v, arena, o, id, why);
    if (err == ERR_NONE) err = put_outcome(v, arena, o, "selection", c.selection_pos, "lane", why);
    if (err == ERR_NONE) err = put_outcome(v, arena, o, "override", c.override_pos, NULL, why);
    if (err == ERR_NONE) err = put_outcome(v, arena, o, "finding", c.finding_pos, NULL, why);
    *out = o;
    return err;
}

enum err report_crossings(struct views *v, struct arena *arena, enum crossing_state state, struct str after,
                          size_t limit, struct json **out, struct why *why)
{
    struct crossing from = {0};
    struct id *ids;
    size_t n = 0;
    bool found = false;
    enum err err = ERR_NONE;
    if (after.n) {
        if (!id_parse(after, &from.id)) return why_set(why, ERR_MALFORMED, "after", "`after` is the id of a crossing");
        err = crossing_get(v, arena, &from.id, &from, &found, why);
    }
    if (err == ERR_NONE) err = crossing_list(v, arena, state, found ? &from : NULL, limit, &ids, &n, why);
    struct json *list = json_new_array(arena), *o = json_new_object(arena);
    for (size_t i = 0; i < n && err == ERR_NONE; i++) {
        struct json *crossing = NULL;
        err = report_crossing(v, arena, &ids[i], &crossing, why);
        if (err == ERR_NONE) json_add(list, crossing);
    }
    if (err != ERR_NONE) return err;
    json_put(o, "crossings", list);
    if (n == limit && n)
        put_id(arena, o, "next", &ids[n - 1]);
    else
        json_put(o, "next", json_new_null(arena));
    *out = o;
    return arena->failed ? why_set(why, ERR_NO_MEMORY, "limit", "ask for fewer crossings at a time") : ERR_NONE;
}

static int by_position(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

struct positions {
    int64_t *p;
    size_t n;
};

static enum err add_mentions(struct views *v, struct arena *arena, const struct id *id, struct positions *all,
                             struct why *why)
{
    int64_t *some;
    size_t n;
    enum err err = subject_mentions(v, arena, id, REPORT_TIMELINE_MAX, &some, &n, why);
    for (size_t i = 0; i < n && err == ERR_NONE && all->n < REPORT_TIMELINE_MAX; i++) all->p[all->n++] = some[i];
    return err;
}

// What was said of a subject and of everything it is linked to in these nouns, in the order it became known here.
static enum err put_timeline(struct views *v, struct arena *arena, struct json *to, const struct id *ids, size_t nids,
                             struct why *why)
{
    struct positions all = {arena_array(arena, int64_t, REPORT_TIMELINE_MAX), 0};
    if (!all.p) return why_set(why, ERR_NO_MEMORY, "", "no memory for a timeline");
    enum err err = ERR_NONE;
    for (size_t i = 0; i < nids && err == ERR_NONE; i++) err = add_mentions(v, arena, &ids[i], &all, why);
    qsort(all.p, all.n, sizeof *all.p, by_position);
    struct json *list = json_new_array(arena);
    for (size_t i = 0; i < all.n && err == ERR_NONE; i++) {
        if (i && all.p[i] == all.p[i - 1]) continue;
        struct opened s = {0};
        err = open_statement(v, arena, all.p[i], &s, why);
        if (err == ERR_NONE) json_add(list, statement_json(arena, &s, false));
    }
    json_put(to, "timeline", list);
    return err;
}

static enum err custody_json(struct views *v, struct arena *arena, const struct custody *c, struct json **out,
                             struct why *why)
{
    struct json *o = NULL, *events = json_new_array(arena);
    enum err err = subject_json(v, arena, &c->seal, &o, why);
    if (err != ERR_NONE) return err;
    put_id(arena, o, "seal", &c->seal);
    put_or_null(arena, o, "grade", c->grade);
    put_or_null(arena, o, "state", c->state);
    put_ms(arena, o, "on", c->on_ms);
    for (size_t i = 0; i < c->nevents && err == ERR_NONE; i++) {
        const struct custody_event *e = &c->events[i];
        struct json *item = json_new_object(arena);
        struct opened s = {0};
        err = open_statement(v, arena, e->pos, &s, why);
        if (err != ERR_NONE) break;
        json_put_text(arena, item, "type", e->type);
        put_ms(arena, item, "at", e->at_ms);
        put_us(arena, item, "in", s.header.in_us);
        put_or_null(arena, item, "who", e->who);
        put_or_null(arena, item, "how", e->how);
        put_copy(arena, item, "position", json_get(s.members, "position"));
        put_copy(arena, item, "inspection", json_get(s.members, "inspection"));
        json_put_bool(arena, item, "explained", e->recorded || e->nexplanations > 0);
        json_put_text(arena, item, "name", s.name);
        json_add(events, item);
    }
    json_put(o, "events", events);
    json_put_number(arena, o, "silence_min", (double)(c->silence_ms / 60000));
    json_put_number(arena, o, "jump_kmh", (double)(int64_t)c->jump_kmh);
    *out = o;
    return err;
}

static enum err put_custody(struct views *v, struct arena *arena, struct json *to, const struct crossing *c,
                            struct why *why)
{
    struct linked *seals;
    size_t n;
    struct json *list = json_new_array(arena);
    enum err err = crossing_seals(v, arena, &c->id, &seals, &n, why);
    for (size_t i = 0; i < n && err == ERR_NONE; i++) {
        struct custody custody;
        struct json *item = NULL;
        bool found;
        err = custody_get(v, arena, &seals[i].id, custody_until(c), c->arrived_ms == 0, &custody, &found, why);
        if (err == ERR_NONE && found && !custody_past(&custody, c->first_ms))
            err = custody_json(v, arena, &custody, &item, why);
        if (err == ERR_NONE && item) json_add(list, item);
    }
    json_put(to, "custody", list);
    return err;
}

static struct json *decision_json(struct arena *arena, const struct opened *s)
{
    struct json *o = json_new_object(arena);
    json_put_text(arena, o, "name", s->name);
    if (s->header.nre) put_id(arena, o, "crossing", &s->header.re[0]);
    json_put_text(arena, o, "origin", s->origin);
    put_or_null(arena, o, "lane", json_text(s->members, "lane"));
    put_us(arena, o, "in", s->header.in_us);
    json_put(o, "reasons", reasons_of(arena, s->members));
    put_copy(arena, o, "leaned", json_get(s->members, "leaned"));
    put_copy(arena, o, "gaps", json_get(s->members, "gaps"));
    put_copy(arena, o, "facts", json_get(s->members, "facts"));
    put_or_null(arena, o, "rules", json_text(s->members, "rules"));
    put_or_null(arena, o, "build", json_text(s->members, "build"));
    return o;
}

// All decisions on a crossing, of any origin, oldest first.
static enum err put_decisions(struct views *v, struct arena *arena, struct json *to, const struct id *crossings,
                              size_t n, struct why *why)
{
    struct json *list = json_new_array(arena);
    enum err err = ERR_NONE;
    for (size_t k = 0; k < n && err == ERR_NONE; k++) {
        int64_t *positions;
        size_t count;
        err = subject_mentions(v, arena, &crossings[k], REPORT_TIMELINE_MAX, &positions, &count, why);
        for (size_t i = count; i-- > 0 && err == ERR_NONE;) {
            struct opened s = {0};
            err = open_statement(v, arena, positions[i], &s, why);
            if (err == ERR_NONE && str_is(s.header.kind, "decision")) json_add(list, decision_json(arena, &s));
        }
    }
    json_put(to, "decisions", list);
    return err;
}

// The subject itself and what it is linked to in these nouns.
static enum err gather_subjects(struct views *v, struct arena *arena, const struct id *id, const enum noun *nouns,
                                size_t nnouns, struct id **out, size_t *count, struct why *why)
{
    enum { MAX = 512 };
    enum err err = ERR_NONE;
    *out = arena_array(arena, struct id, MAX);
    if (!*out) return why_set(why, ERR_NO_MEMORY, "", "no memory for a timeline");
    (*out)[0] = *id;
    *count = 1;
    for (size_t k = 0; k < nnouns && err == ERR_NONE; k++) {
        struct linked *links;
        size_t n;
        err = subject_links(v, arena, id, nouns[k], &links, &n, why);
        for (size_t i = 0; i < n && err == ERR_NONE && *count < MAX; i++) (*out)[(*count)++] = links[i].id;
    }
    return err;
}

enum err report_crossing_full(struct views *v, struct arena *arena, const struct id *id, struct json **out,
                              struct why *why)
{
    static const enum noun nouns[] = {NOUN_CONSIGNMENT, NOUN_DOCUMENT};
    struct crossing c = {.id = *id};
    struct linked *seals;
    struct json *outcome = NULL;
    struct id *ids;
    size_t n, nseals;
    bool found;
    enum err err = report_crossing(v, arena, id, out, why);
    if (err == ERR_NONE) err = crossing_get(v, arena, id, &c, &found, why);
    if (err == ERR_NONE) err = gather_subjects(v, arena, id, nouns, 2, &ids, &n, why);
    if (err == ERR_NONE) err = crossing_seals(v, arena, id, &seals, &nseals, why);
    for (size_t i = 0; err == ERR_NONE && i < nseals && n < 512; i++) ids[n++] = seals[i].id;
    if (err == ERR_NONE) err = put_timeline(v, arena, *out, ids, n, why);
    if (err == ERR_NONE) err = put_custody(v, arena, *out, &c, why);
    if (err == ERR_NONE) err = put_decisions(v, arena, *out, id, 1, why);
    if (err == ERR_NONE) err = outcome_json(v, arena, id, &outcome, why);
    if (err == ERR_NONE) json_put(*out, "outcome", outcome);
    return err;
}

enum err report_consignment(struct views *v, struct arena *arena, const struct id *id, struct json **out,
                            struct why *why)
{
    static const enum noun nouns[] = {NOUN_DOCUMENT};
    struct linked *crossings;
    struct id *ids, *over = NULL;
    size_t n, ncrossings = 0;
    struct json *o = NULL, *list = json_new_array(arena), *documents = json_new_array(arena);
    enum err err = subject_json(v, arena, id, &o, why);
    if (err == ERR_NONE) err = subject_links(v, arena, id, NOUN_CROSSING, &crossings, &ncrossings, why);
    if (err == ERR_NONE) over = arena_array(arena, struct id, ncrossings ? ncrossings : 1);
    for (size_t i = 0; i < ncrossings && err == ERR_NONE && over; i++) {
        struct json *crossing = NULL;
        over[i] = crossings[i].id;
        err = report_crossing(v, arena, &crossings[i].id, &crossing, why);
        if (err == ERR_NONE) json_add(list, crossing);
    }
    if (err == ERR_NONE) err = gather_subjects(v, arena, id, nouns, 1, &ids, &n, why);
    if (err != ERR_NONE) return err;
    json_put(o, "crossings", list);
    for (size_t i = 1; i < n && err == ERR_NONE; i++) {
        struct json *document = NULL;
        err = subject_json(v, arena, &ids[i], &document, why);
        if (err == ERR_NONE) json_add(documents, document);
    }
    json_put(o, "documents", documents);
    if (err == ERR_NONE) err = put_timeline(v, arena, o, ids, n, why);
    struct json *custody = json_new_array(arena);
    for (size_t i = 0; i < ncrossings && err == ERR_NONE && over; i++) {
        struct crossing c = {.id = over[i]};
        struct json *part = json_new_object(arena);
        bool found;
        err = crossing_get(v, arena, &over[i], &c, &found, why);
        if (err == ERR_NONE) err = put_custody(v, arena, part, &c, why);
        put_id(arena, part, "crossing", &over[i]);
        json_add(custody, part);
    }
    json_put(o, "custody", custody);
    if (err == ERR_NONE) err = put_decisions(v, arena, o, over, ncrossings, why);
    *out = o;
    return err;
}

enum err report_decisions(struct views *v, struct arena *arena, int64_t before, struct str lane, size_t limit,
                          struct json **out, struct why *why)
{
    int64_t *positions, next = 0;
    size_t n;
    struct json *list = json_new_array(arena);
    enum err err = decision_list(v, arena, before, limit, &positions, &n, why);
    for (size_t i = 0; i < n && err == ERR_NONE; i++) {
        struct opened s = {0};
        err = open_statement(v, arena, positions[i], &s, why);
        next = positions[i];
        if (err == ERR_NONE && (!lane.n || str_eq(lane, json_text(s.members, "lane"))))
            json_add(list, decision_json(arena, &s));
    }
    *out = json_new_object(arena);
    json_put(*out, "decisions", list);
    json_put(*out, "next",
             err == ERR_NONE && n == limit && n ? json_new_number(arena, (double)next) : json_new_null(arena));
    return err;
}

static struct json *standing_json(struct arena *arena, const struct standing *s)
{
    struct json *o = json_new_object(arena);
    put_id(arena, o, "threat", &s->threat);
    json_put_text(arena, o, "state", s->state);
    json_put_text(arena, o, "floor", str_of(lane_name(s->floor)));
    if (s->from_us)
        put_us(arena, o, "from", s->from_us);
    else
        json_put(o, "from", json_new_null(arena));
    if (s->to_us != INT64_MAX)
        put_us(arena, o, "to", s->to_us);
    else
        json_put(o, "to", json_new_null(arena));
    return o;
}

static enum err channel_json(struct views *v, struct arena *arena, const struct channel *c, struct json **out,
                             struct why *why)
{
    struct json *o = json_new_object(arena), *list = json_new_array(arena);
    struct str origin;
    struct standing *standings;
    size_t n;
    enum err err = engine_origin_name(views_engine(v), arena, c->origin, &origin, why);
    if (err == ERR_NONE) err = channel_standing(v, arena, &c->id, &standings, &n, why);
    if (err != ERR_NONE) return err;
    put_id(arena, o, "id", &c->id);
    json_put_text(arena, o, "origin", origin);
    for (int i = 0; i < CHANNEL_PARTS; i++) put_or_null(arena, o, channel_parts[i], c->part[i]);
    for (size_t i = 0; i < n; i++) json_add(list, standing_json(arena, &standings[i]));
    json_put(o, "standing", list);
    *out = o;
    return ERR_NONE;
}

enum err report_channels(struct views *v, struct arena *arena, size_t limit, struct json **out, struct why *why)
{
    struct channel *channels;
    size_t n;
    struct json *list = json_new_array(arena);
    enum err err = channel_list(v, arena, limit, &channels, &n, why);
    for (size_t i = 0; i < n && err == ERR_NONE; i++) {
        struct json *o = NULL;
        err = channel_json(v, arena, &channels[i], &o, why);
        if (err == ERR_NONE) json_add(list, o);
    }
    *out = json_new_object(arena);
    json_put(*out, "channels", list);
    return err;
}

static enum err reach_item(struct views *v, struct arena *arena, const struct id *id, struct json **out, bool *released,
                           struct why *why)
{
    struct crossing c = {.id = *id};
    bool found;
    struct json *o = json_new_object(arena), *full = json_new_object(arena);
    enum err err = crossing_get(v, arena, id, &c, &found, why);
    if (err == ERR_NONE) err = put_decision(v, arena, full, &c, why);
    if (err != ERR_NONE) return err;
    put_id(arena, o, "id", id);
    put_or_null(arena, o, "trip", c.trip);
    put_or_null(arena, o, "lane", json_text(full, "lane"));
    put_or_null(arena, o, "decided", json_text(full, "decided"));
    put_or_null(arena, o, "decision", json_text(full, "decision"));
    json_put_text(arena, o, "state", c.released_in ? STR("released") : c.arrived_in ? STR("arrived") : STR("open"));
    put_ms(arena, o, "released", c.released_ms);
    *released = c.released_in != 0;
    *out = o;
    return ERR_NONE;
}

#define REACH_MAX 5000

enum err report_reach(struct views *v, struct arena *arena, const struct id *channel, struct json **out,
                      struct why *why)
{
    struct channel c;
    struct id *crossings;
    size_t n = 0, released = 0;
    bool found;
    struct json *o = json_new_object(arena), *list = json_new_array(arena), *cj = NULL;
    enum err err = channel_get(v, arena, channel, &c, &found, why);
    if (err == ERR_NONE && !found)
        err = why_set(why, ERR_NOT_FOUND, "id", "no channel has this id; GET /v1/channels lists them");
    if (err == ERR_NONE) err = channel_json(v, arena, &c, &cj, why);
    if (err == ERR_NONE) err = decision_leaning(v, arena, channel, REACH_MAX, &crossings, &n, why);
    for (size_t i = 0; i < n && err == ERR_NONE; i++) {
        struct json *item = NULL;
        bool over = false;
        err = reach_item(v, arena, &crossings[i], &item, &over, why);
        released += over;
        if (err == ERR_NONE) json_add(list, item);
    }
    if (err != ERR_NONE) return err;
    json_put(o, "channel", cj);
    json_put(o, "crossings", list);
    json_put_number(arena, o, "open", (double)(n - released));
    json_put_number(arena, o, "released", (double)released);
    json_put_bool(arena, o, "more", n == REACH_MAX);
    *out = o;
    return ERR_NONE;
}

static enum err threat_json(struct views *v, struct arena *arena, const struct threat *t, struct json **out,
                            struct why *why)
{
    struct json *o = json_new_object(arena), *names = json_new_array(arena);
    struct standing *standings;
    struct id *crossings;
    size_t n, ncrossings = 0;
    enum err err = channel_standing_of(v, arena, &t->id, &standings, &n, why);
    for (size_t i = 0; i < n && err == ERR_NONE; i++) {
        size_t some;
        err = decision_leaning(v, arena, &standings[i].channel, REACH_MAX, &crossings, &some, why);
        ncrossings += some;
    }
    if (err != ERR_NONE) return err;
    put_id(arena, o, "id", &t->id);
    put_or_null(arena, o, "number", t->number);
    put_or_null(arena, o, "title", t->title);
    put_or_null(arena, o, "type", t->type);
    put_or_null(arena, o, "reporter", t->reporter);
    put_or_null(arena, o, "state", t->state);
    for (size_t i = 0; i < t->nnames; i++) {
        struct json *name = json_new_object(arena);
        json_put_text(arena, name, "what", t->names[i].what);
        json_put_text(arena, name, "value", t->names[i].value);
        if (t->names[i].version.n) json_put_text(arena, name, "version", t->names[i].version);
        json_add(names, name);
    }
    json_put(o, "names", names);
    json_put_number(arena, o, "channels", (double)n);
    json_put_number(arena, o, "crossings", (double)ncrossings);
    *out = o;
    return ERR_NONE;
}

enum err report_threats(struct views *v, struct arena *arena, size_t limit, struct json **out, struct why *why)
{
    struct id *ids;
    size_t n;
    struct json *list = json_new_array(arena);
    enum err err = threat_list(v, arena, limit, &ids, &n, why);
    for (size_t i = 0; i < n && err == ERR_NONE; i++) {
        struct threat t;
        struct json *o = NULL;
        bool found;
        err = threat_get(v, arena, &ids[i], &t, &found, why);
        if (err == ERR_NONE && found) err = threat_json(v, arena, &t, &o, why);
        if (err == ERR_NONE && o) json_add(list, o);
    }
    *out = json_new_object(arena);
    json_put(*out, "threats", list);
    return err;
}
