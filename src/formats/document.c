// SPDX-License-Identifier: Apache-2.0
#include "formats/document.h"

#include "base/clock.h"
#include "base/text.h"
#include "formats/json_shape.h"
#include "trust/hash.h"

#include <stdio.h>

void drafts_add(struct drafts *drafts, struct draft *draft)
{
    if (drafts->last)
        drafts->last->next = draft;
    else
        drafts->first = draft;
    drafts->last = draft;
    drafts->count++;
}

static enum err no_memory(struct why *why)
{
    return why_set(why, ERR_NO_MEMORY, "", "no memory for the document");
}

// --- subjects ---

// The reason of a bad identifier, with the place in the document in front.
static enum err checked(struct arena *arena, const struct document_context *context, struct str scheme,
                        struct str value, const char *member, struct identifier *out, struct why *why)
{
    struct why inner = {0};
    enum err err = identifier_check(context->identifiers, arena, scheme, value, out, &inner);
    if (!err) return ERR_NONE;
    why_set(why, err, member, "%s: %.190s", member, inner.text);
    if (why && inner.clause[0]) why_clause(why, inner.clause);
    return err;
}

static struct subject_ref *subject_find(struct draft *draft, enum noun noun, const struct identifier *id)
{
    for (size_t i = 0; i < draft->nre; i++) {
        struct subject_ref *ref = draft->re[i];
        for (size_t k = 0; k < ref->nids && ref->noun == noun; k++) {
            if (str_eq(ref->ids[k].scheme, id->scheme) && str_eq(ref->ids[k].value, id->value)) return ref;
        }
    }
    return NULL;
}

enum err document_subject(struct arena *arena, const struct document_context *context, struct draft *draft,
                          enum noun noun, struct str scheme, struct str value, const char *member,
                          struct subject_ref **ref, struct why *why)
{
    struct identifier id;
    enum err err = checked(arena, context, scheme, value, member, &id, why);
    if (err) return err;
    if (!identifier_names(identifier_scheme_find(context->identifiers, id.scheme), noun))
        return why_set(why, ERR_UNSUPPORTED, member, "%s: the scheme %.*s does not name a %s", member,
                       STR_ARG(id.scheme), noun_name(noun));
    struct subject_ref *found = subject_find(draft, noun, &id);
    if (!found && draft->nre == RE_MAX)
        return why_set(why, ERR_TOO_LARGE, member, "%s: one statement has at most %d subjects", member, RE_MAX);
    if (!found) found = draft_about(arena, draft, noun, id.scheme, id.value);
    if (!found) return no_memory(why);
    if (ref) *ref = found;
    return ERR_NONE;
}

enum err document_also(struct arena *arena, const struct document_context *context, struct subject_ref *ref,
                       struct str scheme, struct str value, const char *member, struct why *why)
{
    struct identifier id;
    enum err err = checked(arena, context, scheme, value, member, &id, why);
    if (err) return err;
    for (size_t k = 0; k < ref->nids; k++) {
        if (str_eq(ref->ids[k].scheme, id.scheme) && str_eq(ref->ids[k].value, id.value)) return ERR_NONE;
    }
    if (ref->nids >= IDENTIFIERS_MAX)
        return why_set(why, ERR_TOO_LARGE, member, "%s: one subject has at most %d identifiers", member,
                       IDENTIFIERS_MAX);
    return draft_also(arena, ref, id.scheme, id.value) ? ERR_NONE : no_memory(why);
}

// --- members of the body ---

struct json *document_original(struct arena *arena, const char *media, struct str bytes)
{
    struct json *original = json_new_object(arena);
    uint8_t hash[SHA256_BYTES];
    sha256(bytes, hash);
    json_put_text(arena, original, "media", str_of(media));
    if (bytes.n > DOCUMENT_ORIGINAL_MAX)
        json_put_number(arena, original, "bytes", (double)bytes.n);
    else if (utf8_valid(bytes))
        json_put_text(arena, original, "text", bytes);
    else
        json_put_text(arena, original, "base64", base64_text(arena, bytes));
    json_put_text(arena, original, "sha256", hex_text(arena, (struct str){(const char *)hash, sizeof hash}));
    return original;
}

void document_put_time(struct arena *arena, struct json *object, const char *name, int64_t ms)
{
    char text[TIME_TEXT_ROOM];
    size_t n = time_text_ms(ms, text);
    json_put_text(arena, object, name, arena_str(arena, (struct str){text, n}));
}

void document_goods(struct arena *arena, struct draft *draft, struct json *facts, struct json *goods)
{
    if (!goods || !goods->count) return;
    json_put_number(arena, facts, "goods_count", (double)goods->count);
    struct buf measure = BUF(DOCUMENT_GOODS_MAX);
    json_canonical(goods, &measure);
    if (!measure.failed) draft_put(draft, "goods", goods);
    buf_free(&measure);
}

enum err document_filer(struct arena *arena, const struct document_context *context, struct draft *draft,
                        struct json *document, const struct json *own, struct drafts *drafts, struct why *why)
{
    struct identifier filer = context->filer;
    if (own) filer = (struct identifier){json_text(own, "scheme"), json_text(own, "value")};
    if (!filer.scheme.n) return ERR_NONE;
    struct subject_ref *ref = NULL;
    enum err err = document_subject(arena, context, draft, NOUN_FILER, filer.scheme, filer.value, "/filer", &ref, why);
    if (err) return err;
    drafts->filer = ref->ids[0].value;
    json_put_text(arena, document, "filer", drafts->filer);
    return ERR_NONE;
}

// --- plain JSON ---

static const char *const types[] = {"carta-porte",           "e-manifest", "in-bond", "pedimento", "entry",
                                    "certificate-of-origin", NULL};

static const struct json_member identifier_members[] = {
    {"scheme", SHAPE_TEXT, .required = true, .min = 1, .max = 32, .doc = "identifier scheme, such as us.paps"},
    {"value", SHAPE_TEXT, .required = true, .min = 1, .max = 80, .doc = "the identifier"},
    {NULL},
};
static const struct json_member document_members[] = {
    {"type", SHAPE_ENUM, .required = true, .choices = types, .doc = "kind of document"},
    {"scheme", SHAPE_TEXT, .required = true, .min = 1, .max = 32, .doc = "identifier scheme of the number"},
    {"number", SHAPE_TEXT, .required = true, .min = 1, .max = 80, .doc = "the document's number"},
    {NULL},
};
static const struct json_member facts_members[] = {
    {"gross_kg", SHAPE_NUMBER, .min = 0, .max = 1000000, .doc = "gross weight, kilograms"},
    {"pieces", SHAPE_INTEGER, .min = 0, .max = 100000000, .doc = "number of pieces"},
    {"departure", SHAPE_TIME, .doc = "planned departure"},
    {"arrival", SHAPE_TIME, .doc = "planned arrival"},
    {"plates", SHAPE_LIST, .of = SHAPE_TEXT, .min = 0, .max = 8, .doc = "plates that the document names"},
    {"seals", SHAPE_LIST, .of = SHAPE_TEXT, .min = 0, .max = 32, .doc = "seal numbers that the document names"},
    {"origin", SHAPE_TEXT, .min = 1, .max = 120, .doc = "where the goods come from"},
    {"destination", SHAPE_TEXT, .min = 1, .max = 120, .doc = "where they go"},
    {NULL},
};
static const struct json_member goods_members[] = {
    {"description", SHAPE_TEXT, .required = true, .min = 1, .max = 1000, .doc = "what it is"},
    {"hs", SHAPE_TEXT, .min = 4, .max = 14, .doc = "HS code, six digits or more"},
    {"kg", SHAPE_NUMBER, .min = 0, .max = 1000000, .doc = "weight, kilograms"},
    {"quantity", SHAPE_NUMBER, .min = 0, .max = 1000000000, .doc = "quantity"},
    {NULL},
};
#define IDENTIFIER_OBJECT SHAPE_OBJECT, .members = identifier_members
#define IDENTIFIER_LIST SHAPE_LIST, .of = SHAPE_OBJECT, .members = identifier_members
static const struct json_member file_members[] = {
    {"document", SHAPE_OBJECT, .members = document_members, .required = true, .doc = "the document itself"},
    {"at", SHAPE_TIME, .doc = "when it was made"},
    {"consignments", IDENTIFIER_LIST, .min = 0, .max = 100, .doc = "consignments it is about"},
    {"crossing", IDENTIFIER_OBJECT, .doc = "crossing it is about"},
    {"conveyance", IDENTIFIER_OBJECT, .doc = "tractor"},
    {"trailers", IDENTIFIER_LIST, .min = 0, .max = 4, .doc = "trailers"},
    {"driver", IDENTIFIER_OBJECT, .doc = "driver"},
    {"carrier", IDENTIFIER_OBJECT, .doc = "carrier"},
    {"importer", IDENTIFIER_OBJECT, .doc = "importer"},
    {"manufacturer", IDENTIFIER_OBJECT, .doc = "manufacturer"},
    {"filer", IDENTIFIER_OBJECT, .doc = "who files it"},
    {"facts", SHAPE_OBJECT, .members = facts_members, .doc = "what it says"},
    {"goods", SHAPE_LIST, .of = SHAPE_OBJECT, .members = goods_members, .min = 0, .max = 5000, .doc = "goods"},
    {NULL},
};

// In the order of `re` (docs/statements.md).
static const struct {
    const char *member;
    enum noun noun;
} subjects[] = {
    {"consignments", NOUN_CONSIGNMENT},
    {"crossing", NOUN_CROSSING},
    {"conveyance", NOUN_CONVEYANCE},
    {"trailers", NOUN_TRAILER},
    {"driver", NOUN_DRIVER},
    {"carrier", NOUN_CARRIER},
    {"importer", NOUN_IMPORTER},
    {"manufacturer", NOUN_MANUFACTURER},
};

static enum err subject_add(struct arena *arena, const struct document_context *context, struct draft *draft,
                            enum noun noun, const struct json *id, const char *pointer, struct why *why)
{
    return document_subject(arena, context, draft, noun, json_text(id, "scheme"), json_text(id, "value"), pointer, NULL,
                            why);
}

static enum err subjects_add(struct arena *arena, const struct document_context *context, struct draft *draft,
                             const struct json *file, struct why *why)
{
    for (size_t i = 0; i < sizeof subjects / sizeof *subjects; i++) {
        const struct json *value = json_get(file, subjects[i].member);
        char pointer[64];
        snprintf(pointer, sizeof pointer, "/%s", subjects[i].member);
        if (!value) continue;
        enum err err = ERR_NONE;
        if (value->type == JSON_OBJECT) err = subject_add(arena, context, draft, subjects[i].noun, value, pointer, why);
        size_t index = 0;
        for (const struct json *c = value->type == JSON_ARRAY ? value->child : NULL; c && !err; c = c->next) {
            snprintf(pointer, sizeof pointer, "/%s/%zu", subjects[i].member, index++);
            err = subject_add(arena, context, draft, subjects[i].noun, c, pointer, why);
        }
        if (err) return err;
    }
    return ERR_NONE;
}

static enum err facts_sense(const struct json *facts, struct why *why)
{
    int64_t departure, arrival;
    if (time_parse_ms(json_text(facts, "departure"), &departure) &&
        time_parse_ms(json_text(facts, "arrival"), &arrival) && arrival < departure)
        return why_set(why, ERR_SENSELESS, "/facts/arrival", "/facts/arrival is before /facts/departure");
    return ERR_NONE;
}

// A copy with its times in UTC.
static struct json *facts_copy(struct arena *arena, const struct json *facts)
{
    struct json *copy = json_new_object(arena);
    for (const struct json_member *m = facts_members; m->name; m++) {
        const struct json *value = json_get(facts, m->name);
        int64_t ms;
        if (value && m->shape == SHAPE_TIME && time_parse_ms(value->text, &ms))
            document_put_time(arena, copy, m->name, ms);
        else if (value)
            json_put(copy, m->name, json_copy(arena, value));
    }
    return copy;
}

enum err document_json_parse(struct arena *arena, struct str bytes, const struct document_context *context,
                             struct drafts *out, struct why *why)
{
    if (bytes.n > DOCUMENT_BYTES_MAX)
        return why_set(why, ERR_TOO_LARGE, "", "the document has %zu bytes; at most %zu are read", bytes.n,
                       DOCUMENT_BYTES_MAX);
    const struct json *file = json_parse(arena, bytes, why);
    if (!file) return why && why->err ? why->err : ERR_MALFORMED;
    enum err err = json_shape_check(file, file_members, why);
    if (!err) err = facts_sense(json_get(file, "facts"), why);
    if (err) return err;
    const struct json *source = json_get(file, "document");
    int64_t at = context->received_ms;
    if (json_get(file, "at")) time_parse_ms(json_text(file, "at"), &at);
    struct draft *draft = draft_new(arena, "document", at, context->label);
    struct json *document = json_new_object(arena);
    if (!draft || !document) return no_memory(why);
    struct subject_ref *ref = NULL;
    err = document_subject(arena, context, draft, NOUN_DOCUMENT, json_text(source, "scheme"),
                           json_text(source, "number"), "/document/number", &ref, why);
    if (err) return err;
    json_put_text(arena, document, "type", json_text(source, "type"));
    json_put_text(arena, document, "number", ref->ids[0].value);
    err = subjects_add(arena, context, draft, file, why);
    if (!err) err = document_filer(arena, context, draft, document, json_get(file, "filer"), out, why);
    if (err) return err;
    const struct json *facts = json_get(file, "facts"), *goods = json_get(file, "goods");
    struct json *copy = facts_copy(arena, facts);
    draft_put(draft, "document", document);
    document_goods(arena, draft, copy, goods ? json_copy(arena, goods) : NULL);
    if (copy && copy->count) draft_put(draft, "facts", copy);
    draft_put(draft, "original", document_original(arena, "application/json", bytes));
    if (arena->failed) return no_memory(why);
    drafts_add(out, draft);
    return ERR_NONE;
}

void document_json_schema(struct buf *out)
{
    json_shape_schema(
        file_members, "urn:puente:schema:document", "Puente: document",
        "A pedimento, entry, in-bond, certificate of origin or other document as plain JSON. Identifiers are "
        "checked by their schemes beyond what this schema can say.",
        out);
}
