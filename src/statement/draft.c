// SPDX-License-Identifier: Apache-2.0
#include "statement/draft.h"

static const char *const nouns[NOUN_COUNT] = {
#define X(value, name) [value] = name,
    NOUN_TABLE(X)
#undef X
};

const char *noun_name(enum noun noun)
{
    return nouns[noun];
}

bool noun_parse(struct str text, enum noun *out)
{
    for (int i = NOUN_NONE + 1; i < NOUN_COUNT; i++) {
        if (!str_is(text, nouns[i])) continue;
        *out = (enum noun)i;
        return true;
    }
    return false;
}

struct draft *draft_new(struct arena *arena, const char *kind, int64_t at_ms, enum label label)
{
    struct draft *draft = arena_new(arena, struct draft);
    if (!draft) return NULL;
    draft->kind = str_of(kind);
    draft->v = 1;
    draft->at_ms = at_ms;
    draft->label = label;
    draft->members = json_new_object(arena);
    return draft->members ? draft : NULL;
}

struct subject_ref *draft_subject(struct arena *arena, struct draft *draft, enum noun noun)
{
    struct subject_ref *ref = draft->nre < RE_MAX ? arena_new(arena, struct subject_ref) : NULL;
    if (!ref) return NULL;
    ref->noun = noun;
    draft->re[draft->nre++] = ref;
    return ref;
}

struct subject_ref *draft_about(struct arena *arena, struct draft *draft, enum noun noun, struct str scheme,
                                struct str value)
{
    struct subject_ref *ref = draft_subject(arena, draft, noun);
    if (!ref || draft_also(arena, ref, scheme, value)) return ref;
    draft->nre--;
    return NULL;
}

// The identifiers are copied at each step: they are few, and the array may be another's.
bool draft_also(struct arena *arena, struct subject_ref *ref, struct str scheme, struct str value)
{
    if (ref->nids >= IDENTIFIERS_MAX) return false;
    struct identifier *ids = arena_array(arena, struct identifier, ref->nids + 1);
    if (!ids) return false;
    if (ref->nids) memcpy(ids, ref->ids, ref->nids * sizeof *ids);
    ids[ref->nids] = (struct identifier){arena_str(arena, scheme), arena_str(arena, value)};
    if (arena->failed) return false;
    ref->ids = ids;
    ref->nids++;
    return true;
}

void draft_put(struct draft *draft, const char *name, struct json *value)
{
    json_put(draft->members, name, value);
}

enum err draft_seal(struct arena *arena, struct draft *draft, struct why *why)
{
    // A member that found no memory was left out in silence; the arena remembers.
    if (arena->full) return why_set(why, ERR_TOO_LARGE, "", "the statement is larger than its memory's limit");
    if (arena->failed) return why_set(why, ERR_NO_MEMORY, "", "no memory for the statement");
    if (!kind_valid(draft->kind))
        return why_set(why, ERR_MALFORMED, "/kind", "a kind is 1 to %d of a-z, 0-9, dot, underscore and hyphen",
                       KIND_MAX);
    enum err err = body_make(arena, draft->members, &draft->body, why);
    if (err) return err;
    body_root(&draft->body, draft->root);
    return ERR_NONE;
}

// The path's parts in the order of RFC 8785.
struct part {
    const char *name;
    size_t offset;
};

static const struct part parts[] = {
    {"address", offsetof(struct channel_path, address)},
    {"certificate", offsetof(struct channel_path, certificate)},
    {"device", offsetof(struct channel_path, device)},
    {"door", offsetof(struct channel_path, door)},
    {"filer", offsetof(struct channel_path, filer)},
    {"party", offsetof(struct channel_path, party)},
    {"relay", offsetof(struct channel_path, relay)},
    {"software", offsetof(struct channel_path, software)},
    {"vendor", offsetof(struct channel_path, vendor)},
    {"vendor_country", offsetof(struct channel_path, vendor_country)},
};
#define PARTS (sizeof parts / sizeof *parts)

static struct str part_of(const struct channel_path *path, size_t i)
{
    struct str text;
    memcpy(&text, (const char *)path + parts[i].offset, sizeof text);
    return text;
}

void channel_path_text(const struct channel_path *path, struct buf *out)
{
    bool first = true;
    buf_putc(out, '{');
    for (size_t i = 0; i < PARTS; i++) {
        struct str text = part_of(path, i);
        if (text.n == 0) continue;
        buf_puts(out, first ? "\"" : ",\"");
        buf_puts(out, parts[i].name);
        buf_puts(out, "\":");
        json_quote(text, out);
        first = false;
    }
    buf_putc(out, '}');
}

struct json *channel_path_json(struct arena *arena, const struct channel_path *path)
{
    struct json *object = json_new_object(arena);
    for (size_t i = 0; i < PARTS; i++) {
        struct str text = part_of(path, i);
        if (text.n) json_put_text(arena, object, parts[i].name, text);
    }
    return arena->failed ? NULL : object;
}
