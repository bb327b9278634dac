// SPDX-License-Identifier: Apache-2.0
#include "share/disclosure.h"

static bool is_named(const struct agreement *a, struct str kind)
{
    for (size_t i = 0; i < a->nkinds; i++)
        if (str_eq(a->kinds[i], kind) || (str_starts(kind, "agreement.") && str_is(a->kinds[i], "agreement.*")))
            return true;
    return false;
}

bool disclosure_lets_out(const struct agreement *a, struct str kind, enum label label)
{
    if (str_is(kind, "link.disclosed") || str_is(kind, "link.received")) return false;
    if (str_is(kind, "erasure")) return label < LABEL_RED;
    if ((str_is(kind, "agreement") || str_starts(kind, "agreement.")) && !is_named(a, kind)) return false;
    return agreement_lets_out(a, kind, label);
}

// Name of each member; {NULL,0} for what is not there or cannot be read.
static enum err names_of(struct arena *arena, const struct body *body, struct str **names, struct str *noun,
                         struct why *why)
{
    *names = arena_array(arena, struct str, body->count ? body->count : 1);
    *noun = STR_NONE;
    if (!*names) return why_set(why, ERR_NO_MEMORY, "", "no memory for a disclosure");
    for (size_t i = 0; i < body->count; i++) {
        struct json *value;
        struct str text = body->items[i].text;
        if (!text.n || !disclosure_read(arena, text, &(*names)[i], &value)) {
            (*names)[i] = STR_NONE;
            continue;
        }
        if (str_is((*names)[i], "noun") && value->type == JSON_STRING) *noun = value->text;
    }
    return arena->failed ? why_set(why, ERR_NO_MEMORY, "", "no memory for a disclosure") : ERR_NONE;
}

// The noun counts only as far as the other side will see it, so that both judge alike.
static struct str noun_told(const struct agreement *a, const struct header *header, struct str noun)
{
    bool told = noun.n && str_is(header->kind, "subject") && !agreement_withholds(a, header->kind, noun, STR("noun"));
    return told ? noun : STR_NONE;
}

enum err disclosure_redact(struct arena *arena, const struct agreement *a, const struct header *header,
                           struct body *body, size_t *withheld, struct why *why)
{
    struct str *names, noun;
    *withheld = 0;
    if (str_is(header->kind, "erasure")) return ERR_NONE;
    enum err err = names_of(arena, body, &names, &noun, why);
    if (err != ERR_NONE) return err;
    noun = noun_told(a, header, noun);
    for (size_t i = 0; i < body->count; i++) {
        if (!body->items[i].text.n) continue;
        if (names[i].p && !agreement_withholds(a, header->kind, noun, names[i])) continue;
        body->items[i].text = STR_NONE;
        ++*withheld;
    }
    return ERR_NONE;
}

enum err disclosure_check(struct arena *arena, const struct agreement *a, const struct header *header,
                          const struct body *body, struct why *why)
{
    struct str *names, noun;
    if (str_is(header->kind, "erasure")) return ERR_NONE;
    enum err err = names_of(arena, body, &names, &noun, why);
    if (err != ERR_NONE) return err;
    noun = noun_told(a, header, noun);
    for (size_t i = 0; i < body->count; i++)
        if (names[i].p && agreement_withholds(a, header->kind, noun, names[i]))
            return why_set(why, ERR_UNTRUSTED, "body", "'%.*s' of a %.*s is withheld under '%.*s', and was sent",
                           STR_ARG(names[i]), STR_ARG(header->kind), STR_ARG(a->id));
    return ERR_NONE;
}
