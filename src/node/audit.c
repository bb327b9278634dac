// SPDX-License-Identifier: Apache-2.0
#include "node/audit.h"

#include "base/clock.h"
#include "base/text.h"
#include "decide/draw.h"
#include "decide/replay.h"
#include "views/subject.h"

#define MENTIONS_MAX 20000

static const char *const audit_names[AUDIT_RESULTS] = {
#define X(value, name) name,
    AUDIT_TABLE(X)
#undef X
};

static const char *const drawn_names[DRAWN_RESULTS] = {
#define X(value, name) name,
    DRAWN_TABLE(X)
#undef X
};

const char *audit_result_name(enum audit_result result)
{
    return audit_names[result];
}

const char *drawn_result_name(enum drawn_result result)
{
    return drawn_names[result];
}

// ---- Decisions ----

static void say(struct arena *arena, struct audited *out, enum audit_result result, const char *text)
{
    out->result = result;
    out->text = arena_str(arena, str_of(text));
}

// Why it cannot be taken again at all, as far as its members tell.
static bool cannot(struct arena *arena, const struct told *told, struct audited *out)
{
    const struct json *choice = json_get(told->members, "choice");
    if (!told->own) {
        say(arena, out, AUDIT_NOT_OURS, "what it was decided by is in its own node's log");
    } else if (told->withheld && (!json_get(told->members, "facts") || !json_get(told->members, "rules"))) {
        say(arena, out, AUDIT_ERASED, "inputs erased: what it was decided from is not there any more");
    } else if (!told->rules.p) {
        say(arena, out, AUDIT_NO_TEXT, "the log does not hold the rule set that it names");
    } else if (choice && !told->plan.p) {
        say(arena, out, AUDIT_NO_TEXT, "the log does not hold the port's plan that it names");
    } else {
        return false;
    }
    return true;
}

// Members that were erased are not told; what is told must be the same.
static struct json *without_erased(struct arena *arena, const struct told *told, const struct json *again)
{
    struct json *left = json_new_object(arena);
    json_each(m, again)
    {
        struct str name = arena_str(arena, m->name);
        if (name.p && json_get(told->members, name.p)) json_put_named(left, name, json_copy(arena, m));
    }
    return left;
}

static void compare(struct arena *arena, const struct told *told, struct audited *out)
{
    struct json *again = told->withheld ? without_erased(arena, told, out->again) : out->again;
    if (again && replay_same(arena, told->members, again, &out->member)) {
        out->result = AUDIT_SAME;
        if (told->withheld) out->text = arena_printf(arena, "what is left of it; %zu erased", told->withheld);
        return;
    }
    out->result = AUDIT_DIFFERS;
    out->text = arena_printf(arena, "`%.*s` comes out differently%s", STR_ARG(out->member),
                             out->other_build ? "; another build decided it" : "");
}

enum err audit_decision(struct views *v, struct arena *arena, const struct told *told, const char *build,
                        struct audited *out, struct why *why)
{
    struct replay replay = {.rules_text = told->rules, .plan_text = told->plan, .at_ms = told->at_ms};
    struct why reason = {0};
    *out = (struct audited){.told = *told, .other_build = !str_is(json_text(told->members, "build"), build)};
    enum err err = told_sources(v, arena, told, &out->sources, &out->missing, why);
    if (err != ERR_NONE || cannot(arena, told, out)) return err;
    err = replay_decision(arena, told->members, &replay, &out->again, &reason);
    if (err == ERR_NO_MEMORY) return why_set(why, err, "", "%s", reason.text);
    if (err == ERR_NONE)
        compare(arena, told, out);
    else
        say(arena, out, err == ERR_NOT_FOUND ? AUDIT_ERASED : AUDIT_UNREADABLE, reason.text);
    return arena->failed ? why_set(why, ERR_NO_MEMORY, "", "no memory to decide again") : ERR_NONE;
}

static void put_id(struct arena *arena, struct json *object, const char *name, const struct id *id)
{
    char text[ID_TEXT_LEN + 1];
    id_text(id, text);
    json_put_text(arena, object, name, arena_str(arena, str_of(text)));
}

struct json *audited_json(struct arena *arena, const struct audited *a)
{
    struct json *o = json_new_object(arena);
    const struct json *leaned = json_get(a->told.members, "leaned");
    char at[TIME_TEXT_ROOM];
    if (!o) return NULL;
    (void)time_text_ms(a->told.at_ms, at);
    json_put_text(arena, o, "name", a->told.name);
    put_id(arena, o, "crossing", &a->told.crossing);
    json_put_text(arena, o, "at", arena_str(arena, str_of(at)));
    json_put_text(arena, o, "result", str_of(audit_result_name(a->result)));
    if (a->member.p) json_put_text(arena, o, "member", a->member);
    if (a->text.p) json_put_text(arena, o, "text", a->text);
    json_put_text(arena, o, "build", json_text(a->told.members, "build"));
    json_put_bool(arena, o, "other_build", a->other_build);
    json_put_number(arena, o, "leaned", leaned ? (double)leaned->count : 0);
    json_put_number(arena, o, "missing", (double)a->missing);
    json_put_number(arena, o, "erased", (double)a->told.withheld);
    return arena->failed ? NULL : o;
}

enum err audit_decisions_of(struct views *v, struct arena *arena, const struct id *crossing, int64_t **out,
                            size_t *count, struct why *why)
{
    int64_t *positions;
    size_t n;
    *count = 0;
    enum err err = subject_mentions(v, arena, crossing, MENTIONS_MAX, &positions, &n, why);
    if (err != ERR_NONE) return err;
    *out = arena_array(arena, int64_t, n + 1);
    if (!*out) return why_set(why, ERR_NO_MEMORY, "", "no memory for a crossing's decisions");
    while (n-- > 0 && err == ERR_NONE) {
        struct stored stored;
        struct header header;
        err = engine_get(views_engine(v), arena, positions[n], &stored, why);
        if (err == ERR_NONE) err = header_parse(arena, stored.header, &header, why);
        if (err == ERR_NONE && stored.origin == ENGINE_OWN && str_is(header.kind, "decision"))
            (*out)[(*count)++] = positions[n];
    }
    return err;
}

// ---- Draws ----

static struct draw_day *day_of(struct draw_days *days, struct str date)
{
    for (size_t i = days->count; i-- > 0;) // the newest are asked for most
        if (str_eq(days->items[i].date, date)) return &days->items[i];
    return NULL;
}

static enum err day_add(struct arena *arena, struct draw_days *days, size_t *room, const struct json *member,
                        int64_t pos, struct why *why)
{
    struct str date = json_text(member, "date"), commitment = json_text(member, "commitment");
    struct str key = json_text(member, "key");
    struct draw_day *day = day_of(days, date);
    if (!date.n || !commitment.n) return ERR_NONE;
    if (!day) {
        if (days->count == DRAW_DAYS_MAX)
            return why_set(why, ERR_TOO_LARGE, "", "the log has over %d days of draws", DRAW_DAYS_MAX);
        if (days->count == *room) {
            struct draw_day *grown = arena_array(arena, struct draw_day, *room ? *room * 2 : 64);
            if (!grown) return why_set(why, ERR_NO_MEMORY, "", "no memory for the days of draws");
            if (days->count) memcpy(grown, days->items, days->count * sizeof *grown);
            days->items = grown;
            *room = *room ? *room * 2 : 64;
        }
        day = &days->items[days->count++];
        *day = (struct draw_day){.date = arena_str(arena, date), .commitment = arena_str(arena, commitment)};
    }
    if (!str_eq(day->commitment, commitment)) day->contradicted = true;
    if (!day->committed && !key.n) day->committed = pos;
    if (!day->told && key.n) {
        day->told = pos;
        day->key = arena_str(arena, key);
    }
    return ERR_NONE;
}

static enum err day_at(struct views *v, struct arena *arena, struct arena *scratch, int64_t pos, struct draw_days *days,
                       size_t *room, struct why *why)
{
    struct stored stored;
    struct header header;
    struct body body;
    struct json *members;
    enum err err = engine_get(views_engine(v), scratch, pos, &stored, why);
    if (err == ERR_NONE) err = header_parse(scratch, stored.header, &header, why);
    if (err != ERR_NONE || stored.origin != ENGINE_OWN || !str_is(header.kind, "port.day")) return err;
    err = body_decode(scratch, stored.body, &body, why);
    if (err == ERR_NONE) err = body_object(scratch, &body, &members, why);
    return err == ERR_NONE ? day_add(arena, days, room, json_get(members, "day"), pos, why) : err;
}

enum err draw_days_read(struct views *v, struct arena *arena, struct draw_days *out, struct why *why)
{
    struct arena scratch = ARENA((size_t)16 << 20);
    int64_t last;
    size_t room = 0;
    *out = (struct draw_days){0};
    enum err err = engine_last(views_engine(v), &last, why);
    for (int64_t pos = 1; err == ERR_NONE && pos <= last; pos++) {
        arena_reset(&scratch);
        err = day_at(v, arena, &scratch, pos, out, &room, why);
    }
    arena_free(&scratch);
    return err;
}

static bool bytes_of(struct str hex, uint8_t *out, size_t room)
{
    size_t n;
    return hex_decode(hex, out, room, &n) && n == room;
}

static void drawn_say(struct arena *arena, struct drawn *out, enum drawn_result result, const char *text)
{
    out->result = result;
    out->text = arena_str(arena, str_of(text));
}

// Whether the day's statements are as they must be for this decision.
static bool committed(struct arena *arena, const struct draw_day *day, int64_t decided, struct drawn *out)
{
    if (!day || !day->committed)
        drawn_say(arena, out, DRAWN_NOT_COMMITTED, "nothing in the log commits to the key of that day");
    else if (day->contradicted)
        drawn_say(arena, out, DRAWN_NOT_COMMITTED, "the log commits to two keys for that day");
    else if (day->committed > decided)
        drawn_say(arena, out, DRAWN_NOT_COMMITTED, "the key was committed to after it had been drawn with");
    else if (!day->key.p)
        drawn_say(arena, out, DRAWN_KEY_NOT_TOLD,
                  "the key is not told yet: it is stated two days after the day, when trucks come to the port");
    else
        return true;
    return false;
}

static bool verified(struct arena *arena, const struct draw_day *day, const struct json *choice, struct drawn *out)
{
    struct draw_key key;
    struct draw claimed;
    uint8_t commitment[SHA256_BYTES];
    char id[ID_TEXT_LEN + 1];
    struct why why = {0};
    const struct json *draw = json_get(choice, "draw");
    id_text(&out->crossing, id);
    bool read = bytes_of(day->key, key.bytes, sizeof key.bytes) &&
                bytes_of(day->commitment, commitment, sizeof commitment) &&
                json_number(draw, "floor", &claimed.floor) && json_number(draw, "smooth", &claimed.smooth);
    enum err err = read ? draw_verify(commitment, day->date, &key, str_of(id), &claimed, &why) : ERR_MALFORMED;
    draw_key_wipe(&key);
    if (err == ERR_NONE) return true;
    drawn_say(arena, out, DRAWN_WRONG, read ? why.text : "key, commitment or draw cannot be read");
    return false;
}

// With the draw that was checked, the decision taken again says by itself whether chance was honoured.
static void honoured(struct arena *arena, const struct audited *audited, struct drawn *out)
{
    if (audited->result == AUDIT_SAME && json_get(audited->again, "choice")) {
        out->result = DRAWN_HOLDS;
        return;
    }
    if (audited->result == AUDIT_DIFFERS && str_is(audited->member, "choice")) {
        drawn_say(arena, out, DRAWN_WRONG, "the draw is right, and the choice does not follow from it");
        return;
    }
    out->result = DRAWN_NOT_DECIDED;
    out->text = audited->text;
}

enum err audit_draw(struct arena *arena, const struct draw_days *days, const struct audited *audited, struct drawn *out,
                    struct why *why)
{
    const struct json *choice = json_get(audited->told.members, "choice");
    struct draw_days all = *days;
    *out = (struct drawn){.name = audited->told.name,
                          .crossing = audited->told.crossing,
                          .date = json_text(choice, "day"),
                          .by_chance = json_true(choice, "by_chance")};
    (void)json_number(json_get(choice, "draw"), "floor", &out->floor);
    (void)json_number(choice, "chance", &out->chance);
    const struct draw_day *day = day_of(&all, out->date);
    if (!choice)
        drawn_say(arena, out, DRAWN_NO_CHOICE, "nothing was drawn: no lane was chosen at a port");
    else if (committed(arena, day, audited->told.pos, out) && verified(arena, day, choice, out))
        honoured(arena, audited, out);
    return arena->failed ? why_set(why, ERR_NO_MEMORY, "", "no memory to verify a draw") : ERR_NONE;
}

struct json *drawn_json(struct arena *arena, const struct drawn *d)
{
    struct json *o = json_new_object(arena);
    if (!o) return NULL;
    json_put_text(arena, o, "name", d->name);
    put_id(arena, o, "crossing", &d->crossing);
    if (d->date.p) json_put_text(arena, o, "day", d->date);
    json_put_text(arena, o, "result", str_of(drawn_result_name(d->result)));
    if (d->text.p) json_put_text(arena, o, "text", d->text);
    json_put_number(arena, o, "draw", d->floor);
    json_put_number(arena, o, "chance", d->chance);
    json_put_bool(arena, o, "by_chance", d->by_chance);
    return arena->failed ? NULL : o;
}

enum err audit_next_decision(struct views *views, int64_t after, int64_t *pos, struct why *why)
{
    struct engine *engine = views_engine(views);
    struct arena arena = ARENA((size_t)4 << 20);
    int64_t last;
    *pos = 0;
    enum err err = engine_last(engine, &last, why);
    while (err == ERR_NONE && after < last && !*pos) {
        struct stored stored;
        struct header header;
        arena_reset(&arena);
        err = engine_get(engine, &arena, ++after, &stored, why);
        if (err != ERR_NONE || stored.origin != ENGINE_OWN) continue;
        err = header_parse(&arena, stored.header, &header, why);
        if (err == ERR_NONE && str_is(header.kind, "decision")) *pos = after;
    }
    arena_free(&arena);
    return err;
}
