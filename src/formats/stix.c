// SPDX-License-Identifier: Apache-2.0
#include "formats/stix.h"

#include "base/clock.h"
#include "formats/stix_pattern.h"

#include <stdio.h>
#include <stdlib.h>

#define FOLLOW_DEPTH_MAX 4
#define FOLLOW_STEPS_MAX 200000 // of one bundle: many objects may lead to the same many others

struct object {
    const struct json *json;
    size_t index; // in the bundle
    struct str id, type;
    int64_t version; // modified, or 0
    bool superseded; // a later version of it is there too
    bool helper;     // says nothing by itself
    bool stated;     // a helper that some draft states
    size_t seen;     // number of the draft that last reached it
    int colour;      // of the search for circles
};

// A relationship seen from one of its ends.
struct edge {
    struct object *from, *to, *relationship;
    bool forward;
};

struct bundle {
    struct arena *arena;
    const struct stix_context *context;
    struct why *why;
    struct object *objects, **sorted;
    size_t count;
    struct edge *edges; // sorted by `from`
    size_t nedges;
    size_t drafts, steps;
};

// One draft in the making.
struct report {
    struct bundle *b;
    struct object *object;
    struct json *names, *related;
    size_t related_bytes;
};

static enum err no_memory(struct bundle *b)
{
    return why_set(b->why, ERR_NO_MEMORY, "", "no memory for the bundle");
}

static enum err fault(struct bundle *b, enum err err, const struct object *o, const char *member, const char *what)
{
    char pointer[80];
    snprintf(pointer, sizeof pointer, "/objects/%zu%s%s", o->index, member[0] ? "/" : "", member);
    return why_set(b->why, err, pointer, "%s (%.*s): %s", pointer, (int)(o->id.n > 80 ? 80 : o->id.n), o->id.p, what);
}

static bool among(struct str s, const char *const *list)
{
    while (*list && !str_is(s, *list)) list++;
    return *list != NULL;
}

static bool is_observable(struct str type)
{
    static const char *const types[] = {"artifact",
                                        "autonomous-system",
                                        "directory",
                                        "domain-name",
                                        "email-addr",
                                        "email-message",
                                        "file",
                                        "ipv4-addr",
                                        "ipv6-addr",
                                        "mac-addr",
                                        "mutex",
                                        "network-traffic",
                                        "process",
                                        "software",
                                        "url",
                                        "user-account",
                                        "windows-registry-key",
                                        "x509-certificate",
                                        NULL};
    return among(type, types);
}

static bool is_helper(struct str type)
{
    static const char *const types[] = {"relationship",         "identity",         "marking-definition",
                                        "extension-definition", "language-content", NULL};
    return among(type, types) || is_observable(type);
}

// --- objects ---

static int object_order(const void *a, const void *b)
{
    const struct object *x = *(struct object *const *)a, *y = *(struct object *const *)b;
    int order = str_compare(x->id, y->id);
    if (order) return order;
    if (x->version != y->version) return x->version < y->version ? -1 : 1;
    return x->index < y->index ? -1 : x->index > y->index;
}

// The newest version of an object; NULL if the bundle does not have it, which STIX allows.
static struct object *object_find(const struct bundle *b, struct str id)
{
    size_t low = 0, high = b->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (str_compare(b->sorted[middle]->id, id) <= 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low > 0 && str_eq(b->sorted[low - 1]->id, id) ? b->sorted[low - 1] : NULL;
}

static bool uuid_fits(struct str s)
{
    if (s.n != 36) return false;
    for (size_t i = 0; i < 36; i++) {
        char c = s.p[i];
        bool hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
        if (i == 8 || i == 13 || i == 18 || i == 23 ? c != '-' : !hex) return false;
    }
    return true;
}

static bool id_fits(struct str id, struct str type)
{
    return id.n == type.n + 38 && type.n > 0 && memcmp(id.p, type.p, type.n) == 0 &&
           memcmp(id.p + type.n, "--", 2) == 0 && uuid_fits(str_from(id, type.n + 2));
}

// Pairs of which the second may not come before the first.
static const char *const intervals[][2] = {
    {"created", "modified"},     {"valid_from", "valid_until"},
    {"first_seen", "last_seen"}, {"first_observed", "last_observed"},
    {"start_time", "stop_time"}, {"x_puente_from", "x_puente_to"},
};

static enum err times_check(struct bundle *b, const struct object *o)
{
    for (size_t i = 0; i < sizeof intervals / sizeof *intervals; i++) {
        int64_t when[2];
        const struct json *value[2];
        for (size_t k = 0; k < 2; k++) {
            value[k] = json_get(o->json, intervals[i][k]);
            if (value[k] && !(value[k]->type == JSON_STRING && time_parse_us(value[k]->text, &when[k])))
                return fault(b, ERR_MALFORMED, o, intervals[i][k], "not an RFC 3339 time (STIX 2.1 3.2)");
        }
        if (value[0] && value[1] && when[1] < when[0])
            return fault(b, ERR_SENSELESS, o, intervals[i][1], "this is before the beginning of its interval");
    }
    return ERR_NONE;
}

static enum err object_read(struct bundle *b, const struct json *json, size_t index)
{
    struct object *o = &b->objects[index];
    *o = (struct object){.json = json, .index = index};
    if (json->type != JSON_OBJECT) return fault(b, ERR_MALFORMED, o, "", "an object is wanted");
    o->type = json_text(json, "type");
    o->id = json_text(json, "id");
    if (!o->type.n || o->type.n > 250) return fault(b, ERR_MALFORMED, o, "type", "a type is wanted");
    if (!id_fits(o->id, o->type))
        return fault(b, ERR_MALFORMED, o, "id", "an id is its type, -- and a UUID (STIX 2.1 2.9)");
    struct str version = json_text(json, "spec_version");
    if (version.p && !str_is(version, "2.1"))
        return fault(b, ERR_UNSUPPORTED, o, "spec_version", "only STIX 2.1 is read");
    enum err err = times_check(b, o);
    if (err) return err;
    time_parse_us(json_text(json, "modified"), &o->version);
    o->helper = is_helper(o->type);
    b->sorted[index] = o;
    return ERR_NONE;
}

static bool same_content(const struct object *x, const struct object *y)
{
    if (str_eq(x->json->raw, y->json->raw)) return true;
    struct buf a = BUF(STIX_BYTES_MAX * 2), c = BUF(STIX_BYTES_MAX * 2);
    json_canonical(x->json, &a);
    json_canonical(y->json, &c);
    bool same = !a.failed && !c.failed && str_eq(buf_str(&a), buf_str(&c));
    buf_free(&a);
    buf_free(&c);
    return same;
}

// Marks earlier versions, takes a repeated object once, refuses two of one version that differ.
static enum err versions_check(struct bundle *b)
{
    size_t kept = 0;
    for (size_t i = 0; i < b->count; i++) {
        struct object *o = b->sorted[i], *before = kept ? b->sorted[kept - 1] : NULL;
        if (before && str_eq(before->id, o->id)) {
            if (before->version == o->version && !same_content(before, o))
                return fault(b, ERR_CONFLICT, o, "id", "another object has this id and version, and differs");
            if (before->version == o->version) {
                o->json = NULL; // the same once more
                continue;
            }
            before->superseded = true;
        }
        b->sorted[kept++] = o;
    }
    b->count = kept;
    return ERR_NONE;
}

static enum err objects_read(struct bundle *b, const struct json *list)
{
    if (list->count > STIX_OBJECTS_MAX)
        return why_set(b->why, ERR_TOO_LARGE, "/objects", "%zu objects; at most %d are read", list->count,
                       STIX_OBJECTS_MAX);
    b->objects = arena_array(b->arena, struct object, list->count);
    b->sorted = arena_array(b->arena, struct object *, list->count);
    if (!b->objects || !b->sorted) return no_memory(b);
    json_each(item, list)
    {
        enum err err = object_read(b, item, b->count++);
        if (err) return err;
    }
    qsort(b->sorted, b->count, sizeof *b->sorted, object_order);
    return versions_check(b);
}

// --- relationships ---

static int edge_order(const void *a, const void *b)
{
    const struct edge *x = a, *y = b;
    if (x->from != y->from) return x->from < y->from ? -1 : 1;
    return x->relationship < y->relationship ? -1 : x->relationship > y->relationship;
}

static enum err edges_read(struct bundle *b)
{
    size_t relationships = 0;
    for (size_t i = 0; i < b->count; i++) relationships += str_is(b->sorted[i]->type, "relationship");
    b->edges = arena_array(b->arena, struct edge, relationships * 2 + 1);
    if (!b->edges) return no_memory(b);
    for (size_t i = 0; i < b->count; i++) {
        struct object *r = b->sorted[i];
        if (!str_is(r->type, "relationship") || r->superseded) continue;
        struct str source = json_text(r->json, "source_ref"), target = json_text(r->json, "target_ref");
        if (!source.p || !target.p)
            return fault(b, ERR_MALFORMED, r, source.p ? "target_ref" : "source_ref", "a relationship has two ends");
        struct object *from = object_find(b, source), *to = object_find(b, target);
        if (from) b->edges[b->nedges++] = (struct edge){from, to, r, true};
        if (to && to != from) b->edges[b->nedges++] = (struct edge){to, from, r, false};
    }
    qsort(b->edges, b->nedges, sizeof *b->edges, edge_order);
    return ERR_NONE;
}

static const struct edge *edges_of(const struct bundle *b, const struct object *o)
{
    size_t low = 0, high = b->nedges;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (b->edges[middle].from < o)
            low = middle + 1;
        else
            high = middle;
    }
    return b->edges + low;
}

#define edges_each(e, b, o)                                                                                            \
    for (const struct edge *e = edges_of(b, o); e < (b)->edges + (b)->nedges && e->from == (o); e++)

// --- references ---

// The embedded references that lead to what an object is about.
static const char *const reference_names[] = {"object_refs", "src_ref", "dst_ref", "observed_data_refs"};
#define REFERENCES (sizeof reference_names / sizeof *reference_names)

struct step {
    struct object *object;
    size_t name;             // into reference_names
    const struct json *item; // next one of a list
    bool begun;
};

// The next object that this one refers to; NULL at the end.
static struct object *step_next(const struct bundle *b, struct step *s)
{
    while (s->name < REFERENCES) {
        const struct json *value = json_get(s->object->json, reference_names[s->name]);
        struct str id;
        if (value && value->type == JSON_STRING) {
            id = value->text;
            s->name++;
        } else {
            if (!s->begun) s->item = value && value->type == JSON_ARRAY ? value->child : NULL;
            s->begun = s->item != NULL;
            if (!s->item) {
                s->name++;
                continue;
            }
            id = s->item->text;
            s->item = s->item->next;
            if (!s->item) {
                s->begun = false;
                s->name++;
            }
        }
        struct object *o = id.n ? object_find(b, id) : NULL;
        if (o) return o;
    }
    return NULL;
}

// Depth first without recursion: an object that is met again on the way down refers to itself.
static enum err circles_check(struct bundle *b)
{
    struct step *stack = arena_array(b->arena, struct step, b->count + 1);
    if (!stack) return no_memory(b);
    for (size_t i = 0; i < b->count; i++) {
        size_t depth = 0;
        if (b->sorted[i]->colour || b->sorted[i]->superseded) continue;
        stack[depth++] = (struct step){.object = b->sorted[i]};
        b->sorted[i]->colour = 1;
        while (depth) {
            struct object *next = step_next(b, &stack[depth - 1]);
            if (!next) {
                stack[--depth].object->colour = 2;
            } else if (next->colour == 1) {
                return fault(b, ERR_SENSELESS, next, "", "it refers to itself, directly or through others");
            } else if (next->colour == 0) {
                next->colour = 1;
                stack[depth++] = (struct step){.object = next};
            }
        }
    }
    return ERR_NONE;
}

// --- names ---

static enum err name_add(struct report *r, const char *what, struct str value, struct str version)
{
    struct bundle *b = r->b;
    json_each(n, r->names)
    {
        if (str_is(json_text(n, "what"), what) && str_eq(json_text(n, "value"), value) &&
            str_eq(json_text(n, "version"), version))
            return ERR_NONE;
    }
    if (r->names->count == STIX_NAMES_MAX)
        return fault(b, ERR_TOO_LARGE, r->object, "", "it names more than 512 things; split it");
    struct json *name = json_new_object(b->arena);
    if (!name) return no_memory(b);
    json_put_text(b->arena, name, "what", str_of(what));
    json_put_text(b->arena, name, "value", value);
    if (version.p) json_put_text(b->arena, name, "version", version);
    json_add(r->names, name);
    return ERR_NONE;
}

// `party` is one of our schemes already.
static const char *const words[] = {"filer", "address", "domain", "certificate", "device", "vendor", "software", NULL};

// The value as channels have it; what is none (an address range, a text that is no host) names nobody.
static enum err name_word(struct report *r, const char *what, struct str value, struct str version)
{
    struct str normal = stix_name_normal(r->b->arena, &what, value);
    if (r->b->arena->failed) return no_memory(r->b);
    return normal.n ? name_add(r, what, normal, version) : ERR_NONE;
}

// By one of our schemes, or one of the words.
static enum err name_identifier(struct report *r, const struct object *o, struct str scheme, struct str value,
                                const char *member)
{
    struct bundle *b = r->b;
    for (size_t i = 0; words[i]; i++) {
        if (str_is(scheme, words[i])) return name_word(r, words[i], value, STR_NONE);
    }
    struct identifier id;
    struct why inner = {0};
    enum err err = identifier_check(b->context->identifiers, b->arena, scheme, value, &id, &inner);
    if (err) return fault(b, err, o, member, inner.text);
    const struct identifier_scheme *s = identifier_scheme_find(b->context->identifiers, id.scheme);
    if (str_is(id.scheme, "party")) err = name_add(r, "party", id.value, STR_NONE);
    if (!err && identifier_names(s, NOUN_FILER)) err = name_add(r, "filer", id.value, STR_NONE);
    if (!err && (identifier_names(s, NOUN_SEAL) || identifier_names(s, NOUN_EQUIPMENT)))
        err = name_add(r, "device", id.value, STR_NONE);
    return err;
}

static enum err names_listed(struct report *r, const struct object *o, const struct json *list)
{
    if (!list) return ERR_NONE;
    if (list->type != JSON_ARRAY) return fault(r->b, ERR_MALFORMED, o, "x_puente_identifiers", "a list is wanted");
    json_each(item, list)
    {
        struct str scheme = json_text(item, "scheme"), value = json_text(item, "value");
        if (!scheme.n || !value.n)
            return fault(r->b, ERR_MALFORMED, o, "x_puente_identifiers", "each item has a scheme and a value");
        enum err err = name_identifier(r, o, scheme, value, "x_puente_identifiers");
        if (err) return err;
    }
    return ERR_NONE;
}

static enum err names_extended(struct report *r, const struct object *o)
{
    enum err err = names_listed(r, o, json_get(o->json, "x_puente_identifiers"));
    const struct json *extensions = json_get(o->json, "extensions");
    for (const struct json *e = extensions && extensions->type == JSON_OBJECT ? extensions->child : NULL; e && !err;
         e = e->next)
        err = names_listed(r, o, json_get(e, "x_puente_identifiers"));
    return err;
}

static enum err names_identity(struct report *r, const struct object *o)
{
    enum err err = ERR_NONE;
    json_each(reference, json_get(o->json, "external_references"))
    {
        struct str scheme = json_text(reference, "source_name"), value = json_text(reference, "external_id");
        if (err || !value.n || !identifier_scheme_find(r->b->context->identifiers, scheme)) continue;
        err = name_identifier(r, o, scheme, value, "external_references");
    }
    json_each(role, json_get(o->json, "roles"))
    {
        if (!err && str_is(role->text, "vendor")) err = name_word(r, "vendor", json_text(o->json, "name"), STR_NONE);
    }
    return err;
}

static enum err names_observable(struct report *r, struct str type, const struct json *o)
{
    if (str_is(type, "ipv4-addr") || str_is(type, "ipv6-addr"))
        return name_word(r, "address", json_text(o, "value"), STR_NONE);
    if (str_is(type, "domain-name") || str_is(type, "url"))
        return name_word(r, "domain", json_text(o, "value"), STR_NONE);
    if (str_is(type, "x509-certificate"))
        return name_word(r, "certificate", json_text(json_get(o, "hashes"), "SHA-256"), STR_NONE);
    if (str_is(type, "software")) return name_word(r, "software", json_text(o, "name"), json_text(o, "version"));
    return ERR_NONE;
}

struct pattern_names {
    struct report *r;
    enum err err;
};

static void pattern_name(void *user, const char *what, struct str value, struct str version)
{
    struct pattern_names *p = user;
    if (!p->err) p->err = name_word(p->r, what, value, version);
}

static enum err names_pattern(struct report *r, const struct object *o)
{
    struct pattern_names p = {.r = r};
    struct str language = json_text(o->json, "pattern_type");
    if (language.p && !str_is(language, "stix")) return ERR_NONE;
    stix_pattern_names(r->b->arena, json_text(o->json, "pattern"), pattern_name, &p);
    return p.err;
}

static void relate(struct report *r, struct object *helper)
{
    size_t bytes = helper->json->raw.n + 8;
    if (!helper->helper || r->related_bytes + bytes > STIX_RELATED_MAX) return;
    r->related_bytes += bytes;
    helper->stated = true;
    json_add(r->related, json_new_text(r->b->arena, helper->json->raw));
}

// Kinds of relationship along which a thing of this type names what is at the other end.
static bool leads(struct str type, struct str relationship)
{
    static const char *const incident[] = {"impacts", "targets", "compromises", "related-to", "uses", "has", NULL};
    static const char *const vulnerability[] = {"has", "related-to", "targets", NULL};
    static const char *const infrastructure[] = {"consists-of", NULL};
    static const char *const indicator[] = {"based-on", NULL};
    if (str_is(type, "incident")) return among(relationship, incident);
    if (str_is(type, "vulnerability")) return among(relationship, vulnerability);
    if (str_is(type, "infrastructure")) return among(relationship, infrastructure);
    return str_is(type, "indicator") && among(relationship, indicator);
}

static bool is_named(struct str type)
{
    return is_observable(type) || str_is(type, "identity") || str_is(type, "infrastructure") ||
           str_is(type, "observed-data");
}

static enum err follow(struct report *r, struct object *o, int depth);

static enum err names_own(struct report *r, const struct object *o)
{
    enum err err = names_extended(r, o);
    if (!err && str_is(o->type, "identity")) err = names_identity(r, o);
    if (!err && str_is(o->type, "indicator")) err = names_pattern(r, o);
    // The deprecated form of observed-data: observables in a map of their own.
    const struct json *inner = str_is(o->type, "observed-data") ? json_get(o->json, "objects") : NULL;
    json_each(item, inner)
    {
        if (!err) err = names_observable(r, json_text(item, "type"), item);
    }
    return err ? err : names_observable(r, o->type, o->json);
}

static enum err follow_one(struct report *r, struct object *o, int depth)
{
    if (!o || o->seen == r->b->drafts || depth > FOLLOW_DEPTH_MAX || !is_named(o->type)) return ERR_NONE;
    if (++r->b->steps > FOLLOW_STEPS_MAX)
        return fault(r->b, ERR_TOO_LARGE, r->object, "", "the bundle's objects refer to each other too often");
    relate(r, o);
    return follow(r, o, depth);
}

// Names of the object and of what it leads to. Bounded by FOLLOW_DEPTH_MAX, and each object is taken once.
static enum err follow(struct report *r, struct object *o, int depth)
{
    static const char *const referring[] = {"incident",        "vulnerability", "observed-data",
                                            "network-traffic", "sighting",      NULL};
    o->seen = r->b->drafts;
    enum err err = names_own(r, o);
    struct step step = {.object = o};
    struct object *next;
    while (!err && among(o->type, referring) && (next = step_next(r->b, &step))) err = follow_one(r, next, depth + 1);
    edges_each(e, r->b, o)
    {
        if (!err && e->to && leads(o->type, json_text(e->relationship->json, "relationship_type")))
            err = follow_one(r, e->to, depth + 1);
    }
    return err;
}

// --- the draft ---

static enum label marking_label(struct str id)
{
    static const struct {
        const char *uuid;
        enum label label;
    } markings[] = {
        // STIX 2.1 7.2.1.4 (TLP 1.0), and OASIS stix-tlp2 for TLP 2.0.
        {"613f2e26-407d-48c7-9eca-b8e91df99dc9", LABEL_CLEAR},
        {"34098fce-860f-48ae-8e50-ebd3cc5e41da", LABEL_GREEN},
        {"f88d31f6-486f-44da-b317-01333bde0b82", LABEL_AMBER},
        {"5e57c739-391a-4eb3-b6be-7d15ca92d5ed", LABEL_RED},
        {"94868c89-83c2-464b-929b-a1a8aa3c8487", LABEL_CLEAR},
        {"bab4a63c-aed9-4cf5-a766-dfca5abac2bb", LABEL_GREEN},
        {"55d920b0-5e8b-4f79-9ee9-91f868d9b421", LABEL_AMBER},
        {"939a9414-2ddd-4d32-a0cd-375ea402b003", LABEL_AMBER_STRICT},
        {"e828b379-4e03-4974-9ac4-e53a884c97c1", LABEL_RED},
    };
    for (size_t i = 0; i < sizeof markings / sizeof *markings; i++) {
        if (str_starts(id, "marking-definition--") && str_is(str_from(id, 20), markings[i].uuid))
            return markings[i].label;
    }
    return LABEL_CLEAR;
}

static enum label object_label(struct report *r)
{
    enum label label = r->b->context->label;
    json_each(ref, json_get(r->object->json, "object_marking_refs"))
    {
        enum label one = marking_label(ref->text);
        if (one > label) label = one;
        struct object *marking = object_find(r->b, ref->text);
        if (marking && !marking->stated) relate(r, marking);
    }
    return label;
}

// The name of the author, whose identity is stated with the first object of its own.
static struct str object_author(struct report *r)
{
    struct object *author = object_find(r->b, json_text(r->object->json, "created_by_ref"));
    if (!author) return r->b->context->reporter;
    if (!author->stated && author != r->object) relate(r, author);
    struct str name = json_text(author->json, "name");
    return name.n ? name : author->id;
}

static struct str object_title(const struct object *o)
{
    static const char *const members[] = {"name", "abstract", "description", "pattern"};
    for (size_t i = 0; i < 4; i++) {
        struct str text = json_text(o->json, members[i]);
        if (text.n > 200) {
            text.n = 200; // and not within a character
            while (text.n && ((unsigned char)text.p[text.n] & 0xc0) == 0x80) text.n--;
        }
        if (text.n) return text;
    }
    return o->id;
}

static struct str object_class(const struct object *o)
{
    static const char *const members[] = {"incident_types", "indicator_types", "infrastructure_types",
                                          "malware_types",  "report_types",    "labels"};
    for (size_t i = 0; i < 6; i++) {
        const struct json *first = json_at(json_get(o->json, members[i]), 0);
        if (first && first->type == JSON_STRING) return first->text;
    }
    return STR_NONE;
}

static void put_interval(struct bundle *b, struct draft *d, const struct object *o)
{
    // The first pair says when the object was written, not when what it reports was so.
    for (size_t i = sizeof intervals / sizeof *intervals - 1; i >= 1; i--) {
        int64_t from_us, to_us;
        bool from = time_parse_us(json_text(o->json, intervals[i][0]), &from_us);
        bool to = time_parse_us(json_text(o->json, intervals[i][1]), &to_us);
        if (from) document_put_time(b->arena, d->members, "from", from_us / 1000);
        // Up, so that the last moment is within.
        if (to) document_put_time(b->arena, d->members, "to", to_us / 1000 + (to_us % 1000 > 0));
        if (from || to) return;
    }
}

static struct json *threat_member(struct report *r)
{
    struct bundle *b = r->b;
    const struct object *o = r->object;
    struct json *threat = json_new_object(b->arena);
    struct str class = object_class(o), author = object_author(r);
    json_put_text(b->arena, threat, "id", o->id);
    json_put_text(b->arena, threat, "type", o->type);
    json_put_text(b->arena, threat, "title", object_title(o));
    if (class.p) json_put_text(b->arena, threat, "class", class);
    json_put_text(b->arena, threat, "reporter", author);
    if (json_true(o->json, "revoked")) json_put_bool(b->arena, threat, "revoked", true);
    return threat;
}

// A relationship goes with its source; with its target where the source is a helper, or is not here.
static void relate_edges(struct report *r)
{
    edges_each(e, r->b, r->object)
    {
        if (e->forward || !e->to || e->to->helper) relate(r, e->relationship);
    }
}

static bool object_asserts(const struct object *o)
{
    return !o->helper && !json_true(o->json, "revoked");
}

static enum err draft_make(struct bundle *b, struct object *o, struct drafts *out)
{
    struct report r = {.b = b, .object = o, .names = json_new_array(b->arena), .related = json_new_array(b->arena)};
    int64_t at_us = b->context->received_ms * 1000;
    if (!time_parse_us(json_text(o->json, "modified"), &at_us)) time_parse_us(json_text(o->json, "created"), &at_us);
    struct draft *d = draft_new(b->arena, "threat", at_us / 1000, b->context->label);
    if (!d || !r.names || !r.related) return no_memory(b);
    b->drafts++;
    struct identifier id;
    enum err err = identifier_check(b->context->identifiers, b->arena, STR("stix.id"), o->id, &id, NULL);
    if (err) return fault(b, err, o, "id", "not an id");
    if (!draft_about(b->arena, d, NOUN_THREAT, id.scheme, id.value)) return no_memory(b);
    if (object_asserts(o)) err = follow(&r, o, 0);
    if (err) return err;
    d->label = object_label(&r);
    draft_put(d, "threat", threat_member(&r));
    draft_put(d, "names", r.names);
    put_interval(b, d, o);
    if (!o->superseded) relate_edges(&r);
    if (r.related->count) draft_put(d, "related", r.related);
    draft_put(d, "original", document_original(b->arena, "application/stix+json;version=2.1", o->json->raw));
    if (b->arena->failed) return no_memory(b);
    drafts_add(out, d);
    return ERR_NONE;
}

static enum err drafts_make(struct bundle *b, size_t total, struct drafts *out)
{
    enum err err = ERR_NONE;
    for (size_t i = 0; i < b->count && !err; i++) {
        if (b->sorted[i]->superseded && !b->sorted[i]->helper) err = draft_make(b, b->sorted[i], out);
    }
    // Helpers last: by then it is known which of them no draft states.
    for (int helpers = 0; helpers < 2; helpers++) {
        for (size_t i = 0; i < total && !err; i++) {
            struct object *o = &b->objects[i];
            bool due = o->json && o->helper == (helpers == 1) && (helpers ? !o->stated : !o->superseded);
            if (due) err = draft_make(b, o, out);
        }
    }
    return err;
}

enum err stix_parse(struct arena *arena, struct str bytes, const struct stix_context *context, struct drafts *out,
                    struct why *why)
{
    struct bundle b = {.arena = arena, .context = context, .why = why};
    struct drafts made = {0};
    if (bytes.n > STIX_BYTES_MAX)
        return why_set(why, ERR_TOO_LARGE, "", "the bundle has %zu bytes; at most %zu are read", bytes.n,
                       STIX_BYTES_MAX);
    const struct json *file = json_parse(arena, bytes, why);
    if (!file) return why && why->err ? why->err : ERR_MALFORMED;
    if (!str_is(json_text(file, "type"), "bundle"))
        return why_set(why, ERR_MALFORMED, "/type", "/type must be bundle (STIX 2.1 8)");
    if (!id_fits(json_text(file, "id"), STR("bundle")))
        return why_set(why, ERR_MALFORMED, "/id", "/id must be bundle-- and a UUID");
    struct str version = json_text(file, "spec_version");
    if (version.p && !str_is(version, "2.1"))
        return why_set(why, ERR_UNSUPPORTED, "/spec_version", "only STIX 2.1 is read, this says it is another");
    const struct json *list = json_get(file, "objects");
    if (!list || list->type != JSON_ARRAY || !list->count)
        return why_set(why, ERR_SENSELESS, "/objects", "the bundle has no objects");
    enum err err = objects_read(&b, list);
    if (!err) err = edges_read(&b);
    if (!err) err = circles_check(&b);
    if (!err) err = drafts_make(&b, list->count, &made);
    if (err) return err;
    if (out->last)
        out->last->next = made.first;
    else
        out->first = made.first;
    out->last = made.last;
    out->count += made.count;
    return ERR_NONE;
}
