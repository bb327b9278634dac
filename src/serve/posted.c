// SPDX-License-Identifier: Apache-2.0
#include "serve/posted.h"

#include "base/clock.h"
#include "serve/kinds.h"

#include <stdio.h>

// Where in the body a fault is: the pointer of the draft, or of a part of it.
struct place {
    char text[sizeof((struct why *)0)->member];
};

static struct place place_at(const struct place *above, const char *name, size_t index)
{
    struct place p;
    if (name)
        snprintf(p.text, sizeof p.text, "%.60s/%s", above->text, name);
    else
        snprintf(p.text, sizeof p.text, "%.56s/%zu", above->text, index);
    return p;
}

// Puts the place before a pointer that a check gave relative to it.
static enum err placed(const struct place *place, enum err err, struct why *why)
{
    if (err == ERR_NONE || !why || why->member[0] != '/') return err;
    char member[sizeof why->member];
    snprintf(member, sizeof member, "%s", why->member);
    snprintf(why->member, sizeof why->member, "%.40s%.39s", place->text, member);
    return err;
}

static enum err only_members(const struct json *object, const char *const *names, const struct place *place,
                             struct why *why)
{
    json_each(member, object)
    {
        size_t i = 0;
        while (names[i] && !str_is(member->name, names[i])) i++;
        if (!names[i])
            return why_set(why, ERR_MALFORMED, place->text, "there is no member %.*s here", STR_ARG(member->name));
    }
    return ERR_NONE;
}

static const struct json *need(const struct json *object, const char *name, enum json_type type, const char *what,
                               const struct place *place, struct why *why)
{
    const struct json *value = json_get(object, name);
    struct place at = place_at(place, name, 0);
    if (value && value->type == type) return value;
    (void)why_set(why, ERR_MALFORMED, at.text, "%s", what);
    return NULL;
}

static enum err read_identifier(struct arena *arena, const struct posted *posted, const struct json *json,
                                const struct place *place, enum noun noun, struct identifier *out, struct why *why)
{
    static const char *const names[] = {"scheme", "value", NULL};
    if (json->type != JSON_OBJECT)
        return why_set(why, ERR_MALFORMED, place->text, "an identifier is {\"scheme\",\"value\"}");
    enum err err = only_members(json, names, place, why);
    if (err != ERR_NONE) return err;
    const struct json *scheme = need(json, "scheme", JSON_STRING, "a scheme is text", place, why);
    const struct json *value = need(json, "value", JSON_STRING, "a value is text", place, why);
    if (!scheme || !value) return why->err;
    struct place at = place_at(place, "value", 0);
    struct why inner = {0};
    err = identifier_check(posted->identifiers, arena, scheme->text, value->text, out, &inner);
    if (err == ERR_NONE && !identifier_names(identifier_scheme_find(posted->identifiers, out->scheme), noun))
        err =
            why_set(&inner, ERR_SENSELESS, at.text, "a %.*s does not name a %s", STR_ARG(out->scheme), noun_name(noun));
    if (err == ERR_NONE) return ERR_NONE;
    *why = inner;
    snprintf(why->member, sizeof why->member, "%s", at.text);
    return err;
}

static enum err read_identifiers(struct arena *arena, const struct posted *posted, const struct json *list,
                                 const struct place *place, struct subject_ref *ref, struct why *why)
{
    if (list->count < 1 || list->count > IDENTIFIERS_MAX)
        return why_set(why, ERR_MALFORMED, place->text, "a subject has 1 to %d identifiers", IDENTIFIERS_MAX);
    struct identifier *ids = arena_array(arena, struct identifier, list->count);
    if (!ids) return why_set(why, ERR_NO_MEMORY, "", "no memory for this now");
    size_t n = 0;
    json_each(item, list)
    {
        struct place at = place_at(place, NULL, n);
        enum err err = read_identifier(arena, posted, item, &at, ref->noun, &ids[n], why);
        if (err != ERR_NONE) return err;
        n++;
    }
    ref->ids = ids;
    ref->nids = n;
    return ERR_NONE;
}

static enum err read_ref(struct arena *arena, const struct posted *posted, const struct json *json,
                         const struct place *place, struct subject_ref *out, struct why *why)
{
    static const char *const names[] = {"id", "noun", "ids", NULL};
    if (json->type != JSON_OBJECT)
        return why_set(why, ERR_MALFORMED, place->text, "a subject is {\"id\"} or {\"noun\",\"ids\"}");
    enum err err = only_members(json, names, place, why);
    if (err != ERR_NONE) return err;
    *out = (struct subject_ref){0};
    const struct json *id = json_get(json, "id"), *noun = json_get(json, "noun"), *ids = json_get(json, "ids");
    struct place at = place_at(place, "noun", 0);
    if (noun && (noun->type != JSON_STRING || !noun_parse(noun->text, &out->noun) || out->noun == NOUN_NONE))
        return why_set(why, ERR_MALFORMED, at.text, "there is no such noun");
    if (id && ids) return why_set(why, ERR_MALFORMED, place->text, "a subject has an id or identifiers, not both");
    at = place_at(place, "id", 0);
    if (id) {
        if (id->type == JSON_STRING && id_parse(id->text, &out->id) && !id_is_none(&out->id)) return ERR_NONE;
        return why_set(why, ERR_MALFORMED, at.text, "an id is 22 characters of base64url");
    }
    if (!noun || !need(json, "ids", JSON_ARRAY, "a subject without an id has identifiers", place, why))
        return why_set(why, ERR_MALFORMED, place->text, "a subject is {\"id\"} or {\"noun\",\"ids\"}");
    at = place_at(place, "ids", 0);
    return read_identifiers(arena, posted, ids, &at, out, why);
}

static enum err read_refs(struct arena *arena, const struct posted *posted, const struct json *json,
                          const struct place *place, struct draft *draft, struct why *why)
{
    const struct json *re = json_get(json, "re");
    struct place list = place_at(place, "re", 0);
    if (!re) return ERR_NONE;
    if (re->type != JSON_ARRAY || re->count > RE_MAX)
        return why_set(why, ERR_MALFORMED, list.text, "re is a list of at most %d subjects", RE_MAX);
    json_each(item, re)
    {
        struct place at = place_at(&list, NULL, draft->nre);
        struct subject_ref *ref = draft_subject(arena, draft, NOUN_NONE);
        if (!ref) return why_set(why, ERR_NO_MEMORY, at.text, "no memory for this now");
        enum err err = read_ref(arena, posted, item, &at, ref, why);
        if (err != ERR_NONE) return err;
    }
    return ERR_NONE;
}

// Time, label and version, each with its default.
static enum err read_head(const struct json *json, const struct place *place, struct draft *draft, struct why *why)
{
    const struct json *at = json_get(json, "at"), *label = json_get(json, "label");
    struct place here = place_at(place, "at", 0);
    if (at && (at->type != JSON_STRING || !time_parse_ms(at->text, &draft->at_ms)))
        return why_set(why, ERR_MALFORMED, here.text, "a time is RFC 3339, 2026-03-10T19:02:00Z");
    here = place_at(place, "label", 0);
    if (label && (label->type != JSON_STRING || !label_parse(label->text, &draft->label)))
        return why_set(why, ERR_MALFORMED, here.text, "a label is clear, green, amber, amber+strict or red");
    int64_t v = 1;
    here = place_at(place, "v", 0);
    if (json_get(json, "v") && (!json_integer(json, "v", &v) || v < 1 || v > 1000))
        return why_set(why, ERR_MALFORMED, here.text, "a version is a number from 1 to 1000");
    draft->v = (uint32_t)v;
    return ERR_NONE;
}

static enum err read_one(struct arena *arena, const struct posted *posted, const struct json *json,
                         const struct place *place, struct draft **out, struct why *why)
{
    static const char *const names[] = {"kind", "at", "label", "v", "re", "members", NULL};
    if (json->type != JSON_OBJECT) return why_set(why, ERR_MALFORMED, place->text, "a draft is an object");
    enum err err = only_members(json, names, place, why);
    if (err != ERR_NONE) return err;
    const struct json *kind = need(json, "kind", JSON_STRING, "a draft has a kind", place, why);
    const struct json *members = need(json, "members", JSON_OBJECT, "a draft has members, an object", place, why);
    if (!kind || !members) return why->err;
    struct str name = arena_str(arena, kind->text);
    struct draft *draft = name.p ? draft_new(arena, name.p, posted->now_ms, LABEL_AMBER) : NULL;
    if (!draft) return why_set(why, ERR_NO_MEMORY, "", "no memory for this now");
    err = placed(place, kind_allowed(name, posted->caller, why), why);
    if (err == ERR_NONE) err = read_head(json, place, draft, why);
    if (err == ERR_NONE) err = read_refs(arena, posted, json, place, draft, why);
    if (err != ERR_NONE) return err;
    // The tree is this request's own, and is not looked at again as the body.
    draft->members = (struct json *)(uintptr_t)members;
    struct place at = place_at(place, "members", 0);
    err = placed(&at, kind_members(arena, name, posted->caller, draft->members, why), why);
    *out = draft;
    return err;
}

enum err posted_read(struct arena *arena, struct str bytes, const struct posted *posted, struct draft **out,
                     size_t *count, struct why *why)
{
    struct why own = {0};
    if (!why) why = &own;
    const struct json *body = json_parse(arena, bytes, why);
    if (!body) return why->err;
    *out = NULL;
    *count = 0;
    struct place root = {""};
    if (body->type != JSON_ARRAY) {
        *count = 1;
        return read_one(arena, posted, body, &root, out, why);
    }
    if (body->count < 1 || body->count > POSTED_MAX)
        return why_set(why, ERR_TOO_LARGE, "", "a batch has 1 to %d drafts", POSTED_MAX);
    struct draft **end = out;
    json_each(item, body)
    {
        struct place at = place_at(&root, NULL, *count);
        enum err err = read_one(arena, posted, item, &at, end, why);
        if (err != ERR_NONE) return err;
        INVARIANT(*end);
        end = &(*end)->next;
        ++*count;
    }
    return ERR_NONE;
}
