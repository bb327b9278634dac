// SPDX-License-Identifier: Apache-2.0
#include "views/told.h"

#include "base/clock.h"
#include "views/channel.h"
#include "views/decision.h"
#include "views/policy.h"
#include "views/report.h"

static enum err text_of(struct views *v, struct arena *arena, struct str hash, struct str *out, struct why *why)
{
    bool found = false;
    *out = STR_NONE;
    if (!hash.n) return ERR_NONE;
    enum err err = policy_text(v, arena, hash, out, &found, why);
    if (err == ERR_NONE && !found) *out = STR_NONE;
    return err;
}

static enum err header_at(struct views *v, struct arena *arena, int64_t pos, struct stored *stored,
                          struct header *header, struct why *why)
{
    enum err err = engine_get(views_engine(v), arena, pos, stored, why);
    return err == ERR_NONE ? header_parse(arena, stored->header, header, why) : err;
}

enum err told_at(struct views *v, struct arena *arena, int64_t pos, struct told *out, struct why *why)
{
    struct stored stored;
    struct header header;
    struct body body;
    *out = (struct told){.pos = pos};
    enum err err = header_at(v, arena, pos, &stored, &header, why);
    if (err != ERR_NONE) return err;
    out->name = arena_printf(arena, "%.*s:%llu", STR_ARG(header.by), (unsigned long long)stored.index);
    if (!str_is(header.kind, "decision") || !header.nre)
        return why_set(why, ERR_NOT_FOUND, "name", "%.*s is no decision but a %.*s", STR_ARG(out->name),
                       STR_ARG(header.kind));
    out->own = stored.origin == ENGINE_OWN;
    out->crossing = header.re[0];
    out->at_ms = header.at_ms;
    out->in_us = header.in_us;
    err = body_decode(arena, stored.body, &body, why);
    if (err == ERR_NONE) err = body_object(arena, &body, &out->members, why);
    for (size_t i = 0; err == ERR_NONE && i < body.count; i++) out->withheld += body.items[i].text.n == 0;
    if (err == ERR_NONE) err = text_of(v, arena, json_text(out->members, "rules"), &out->rules, why);
    if (err == ERR_NONE) err = text_of(v, arena, json_text(json_get(out->members, "choice"), "plan"), &out->plan, why);
    return err;
}

enum err told_of(struct views *v, struct arena *arena, const struct id *crossing, struct told *out, struct why *why)
{
    struct decided decided;
    bool found;
    enum err err = decision_get(v, arena, crossing, &decided, &found, why);
    if (err == ERR_NONE && !found)
        err = why_set(why, ERR_NOT_FOUND, "id", "nothing has been decided on this crossing yet");
    return err == ERR_NONE ? told_at(v, arena, decided.pos, out, why) : err;
}

enum err told_find(struct views *v, struct arena *arena, struct str name, struct told *out, struct why *why)
{
    struct str origin;
    uint64_t index;
    uint32_t number;
    int64_t pos;
    struct id id;
    enum err err;
    if (!name_parse(name, &origin, &index)) {
        err = report_subject(v, NOUN_CROSSING, name, &id, why);
        return err == ERR_NONE ? told_of(v, arena, &id, out, why) : err;
    }
    err = engine_origin(views_engine(v), origin, false, &number, why);
    if (err == ERR_NONE) err = engine_find(views_engine(v), number, index, &pos, why);
    return err == ERR_NONE ? told_at(v, arena, pos, out, why) : err;
}

// ---- Where facts came from ----

static struct json *via_json(struct arena *arena, const struct channel *channel)
{
    struct json *via = json_new_object(arena);
    for (int i = 0; via && i < CHANNEL_PARTS; i++)
        if (channel->part[i].n) json_put_text(arena, via, channel_parts[i], channel->part[i]);
    return via;
}

static enum err source_json(struct views *v, struct arena *arena, int64_t pos, struct json *out, struct why *why)
{
    struct stored stored;
    struct header header;
    struct channel channel;
    char time[TIME_TEXT_ROOM];
    bool found = false;
    enum err err = header_at(v, arena, pos, &stored, &header, why);
    if (err == ERR_NONE && !id_is_none(&header.via)) err = channel_get(v, arena, &header.via, &channel, &found, why);
    if (err != ERR_NONE) return err;
    json_put_text(arena, out, "kind", header.kind);
    json_put_text(arena, out, "origin", header.by);
    (void)time_text_ms(header.at_ms, time);
    json_put_text(arena, out, "at", arena_str(arena, str_of(time)));
    (void)time_text_us(header.in_us, time);
    json_put_text(arena, out, "in", arena_str(arena, str_of(time)));
    if (found) json_put(out, "via", via_json(arena, &channel));
    return ERR_NONE;
}

static enum err source_find(struct views *v, struct str name, int64_t *pos, struct why *why)
{
    struct str origin;
    uint64_t index;
    uint32_t number;
    if (!name_parse(name, &origin, &index)) return ERR_NOT_FOUND;
    enum err err = engine_origin(views_engine(v), origin, false, &number, why);
    return err == ERR_NONE ? engine_find(views_engine(v), number, index, pos, why) : err;
}

enum err told_sources(struct views *v, struct arena *arena, const struct told *told, struct json **out, size_t *missing,
                      struct why *why)
{
    enum err err = ERR_NONE;
    size_t gone = 0;
    struct json *list = *out = json_new_array(arena);
    json_each(item, json_get(told->members, "leaned"))
    {
        struct why none = {0};
        int64_t pos;
        struct json *source = json_new_object(arena);
        if (!list || !source) break;
        json_put_text(arena, source, "name", item->text);
        err = source_find(v, item->text, &pos, &none);
        if (err == ERR_NONE) err = source_json(v, arena, pos, source, &none);
        if (err == ERR_NOT_FOUND) {
            json_put_bool(arena, source, "missing", true);
            gone++;
            err = ERR_NONE;
        }
        if (err != ERR_NONE) {
            if (why) *why = none;
            return err;
        }
        json_add(list, source);
    }
    if (missing) *missing = gone;
    return arena->failed ? why_set(why, ERR_NO_MEMORY, "", "no memory for what the decision leaned on") : ERR_NONE;
}
