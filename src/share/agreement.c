// SPDX-License-Identifier: Apache-2.0
#include "share/agreement.h"

#include "formats/yaml_schema.h"
#include "trust/hash.h"

#include <pthread.h>

#define DAY_US INT64_C(86400000000)

static const char *const onwards[] = {"none", "with-originator-agreement", NULL};
static const char *const labels[] = {"clear", "green", "amber", "amber+strict", NULL}; // red is for named people only

static const struct yaml_field basis_fields[] = {
    {.name = "instrument", .type = YAML_TEXT, .required = true, .min = 1, .max = 300, .doc = "treaty, law, memorandum"},
    {.name = "article", .type = YAML_TEXT, .min = 1, .max = 100, .doc = "where in it"},
    {.name = "expires", .type = YAML_DATE, .required = true, .doc = "last day in force, UTC"},
    {0},
};

static const struct yaml_field withhold_fields[] = {
    {.name = "kind", .type = YAML_TEXT, .required = true, .min = 1, .max = KIND_MAX, .doc = "a kind, custody.* or *"},
    {.name = "noun", .type = YAML_TEXT, .min = 1, .max = 32, .doc = "only of subjects of this noun"},
    {.name = "members",
     .type = YAML_LIST,
     .of = YAML_TEXT,
     .required = true,
     .min = 1,
     .max = AGREEMENT_MEMBERS_MAX,
     .doc = "what stays"},
    {0},
};

static const struct yaml_field officer_fields[] = {
    {.name = "party", .type = YAML_TEXT, .required = true, .min = 1, .max = ORIGIN_MAX, .doc = "one of the two"},
    {.name = "name", .type = YAML_TEXT, .required = true, .min = 1, .max = 200, .doc = "person or office"},
    {.name = "contact", .type = YAML_TEXT, .required = true, .min = 1, .max = 200, .doc = "how to reach them"},
    {0},
};

static const struct yaml_field file_fields[] = {
    {.name = "id",
     .type = YAML_TEXT,
     .required = true,
     .min = 1,
     .max = AGREEMENT_ID_MAX,
     .doc = "small letters, digits, . -"},
    {.name = "version", .type = YAML_INTEGER, .required = true, .min = 1, .max = 1000000, .doc = "counts up"},
    {.name = "from", .type = YAML_TEXT, .required = true, .min = 1, .max = ORIGIN_MAX, .doc = "who discloses"},
    {.name = "to", .type = YAML_TEXT, .required = true, .min = 1, .max = ORIGIN_MAX, .doc = "who receives"},
    {.name = "begins", .type = YAML_DATE, .doc = "first day in force, UTC"},
    {.name = "legal_basis", .type = YAML_TABLE, .table = basis_fields, .required = true, .doc = "what allows it"},
    {.name = "purpose", .type = YAML_TEXT, .required = true, .min = 1, .max = 300, .doc = "what it is for"},
    {.name = "kinds",
     .type = YAML_LIST,
     .of = YAML_TEXT,
     .required = true,
     .max = AGREEMENT_KINDS_MAX,
     .doc = "what may flow"},
    {.name = "label_max", .type = YAML_ENUM, .choices = labels, .required = true, .doc = "up to this marking"},
    {.name = "withhold",
     .type = YAML_LIST,
     .of = YAML_TABLE,
     .table = withhold_fields,
     .preset = "[]",
     .max = AGREEMENT_WITHHELD_MAX,
     .doc = "members that stay"},
    {.name = "where", .type = YAML_TEXT, .min = 1, .max = CONDITION_TEXT_MAX, .doc = "which crossings it is about"},
    {.name = "onward", .type = YAML_ENUM, .choices = onwards, .required = true, .doc = "may the receiver pass it on"},
    {.name = "retention_days", .type = YAML_INTEGER, .required = true, .min = 0, .max = 36600, .doc = "after the end"},
    {.name = "officers",
     .type = YAML_LIST,
     .of = YAML_TABLE,
     .table = officer_fields,
     .required = true,
     .min = 1,
     .max = AGREEMENT_OFFICERS_MAX,
     .doc = "who answers for it"},
    {0},
};

static enum err no_memory(struct why *why)
{
    return why_set(why, ERR_NO_MEMORY, "", "no memory for the agreement");
}

// --- names and patterns

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

// Words joined by single dots: "custody.seal", "mx.anam-us.cbp".
static bool dotted_valid(struct str text)
{
    bool word = false;
    for (size_t i = 0; i < text.n; i++) {
        if (!is_word(text.p[i]) && !(text.p[i] == '.' && word)) return false;
        word = text.p[i] != '.';
    }
    return word;
}

// A name, all below a name ("custody.*"), or everything ("*").
static bool pattern_valid(struct str text)
{
    if (str_is(text, "*")) return true;
    return dotted_valid(str_ends(text, ".*") ? (struct str){text.p, text.n - 2} : text);
}

// --- reading

static enum err names_read(struct arena *arena, const struct json *list, const char *member, struct str **out,
                           size_t *count, struct why *why)
{
    size_t room = list ? list->count : 0;
    *out = arena_array(arena, struct str, room ? room : 1);
    if (!*out) return no_memory(why);
    json_each(item, list)
    {
        if (!pattern_valid(item->text))
            return why_set(why, ERR_MALFORMED, member, "'%.*s' is no name, no name with .* after it, and not *",
                           STR_ARG(item->text));
        (*out)[(*count)++] = item->text;
    }
    return ERR_NONE;
}

static enum err withheld_read(struct arena *arena, const struct json *list, struct agreement *a, struct why *why)
{
    a->withheld = arena_array(arena, struct agreement_withheld, list->count ? list->count : 1);
    if (!a->withheld) return no_memory(why);
    json_each(item, list)
    {
        struct agreement_withheld *w = &a->withheld[a->nwithheld++];
        enum noun noun;
        w->kind = json_text(item, "kind");
        w->noun = json_text(item, "noun");
        if (!pattern_valid(w->kind))
            return why_set(why, ERR_MALFORMED, "/withhold", "'%.*s' is no kind", STR_ARG(w->kind));
        if (w->noun.p && !(noun_parse(w->noun, &noun) && str_is(w->kind, "subject")))
            return why_set(why, ERR_MALFORMED, "/withhold", "'noun' is for the kind subject, and '%.*s' must be one",
                           STR_ARG(w->noun));
        enum err err = names_read(arena, json_get(item, "members"), "/withhold", &w->members, &w->nmembers, why);
        if (err) return err;
    }
    return ERR_NONE;
}

// ---- The scope ----

enum { SLOT_DESTINATION, SLOT_DIRECTION, SLOT_PORT, SLOT_EMPTY, SLOT_CARRIERS, SLOTS };

static const struct condition_variable variables[SLOTS] = {
    [SLOT_DESTINATION] = {"destination", "string"},
    [SLOT_DIRECTION] = {"direction", "string"},
    [SLOT_PORT] = {"port", "string"},
    [SLOT_EMPTY] = {"empty", "bool"},
    [SLOT_CARRIERS] = {"carriers", "list(string)"},
};

static const struct expr_env *the_env; // set once, never changed after

static void env_make(void)
{
    the_env = condition_env_new(variables, SLOTS);
}

static const struct expr_env *scope_env(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, env_make);
    return the_env;
}

static enum err where_read(struct arena *arena, struct str where, struct agreement *a, struct why *why)
{
    struct why inner = {0};
    a->has_where = where.p != NULL;
    if (!a->has_where) return ERR_NONE;
    enum err err = condition_read(arena, scope_env(), arena_str(arena, where), &a->where, &inner);
    return err == ERR_NONE ? ERR_NONE : why_set(why, err, "/where", "%s", inner.text);
}

static struct expr_value known_text(struct str text)
{
    return text.p ? EXPR_STRING_VALUE(text) : (struct expr_value){.kind = EXPR_UNKNOWN};
}

bool agreement_in_scope(const struct agreement *agreement, const struct agreement_crossing *c)
{
    if (!agreement->has_where) return true;
    struct arena arena = ARENA(CONDITION_MEMORY_MAX);
    struct expr_value *carriers = arena_array(&arena, struct expr_value, c->ncarriers + 1);
    bool in = false;
    if (carriers) {
        for (size_t i = 0; i < c->ncarriers; i++) carriers[i] = EXPR_STRING_VALUE(c->carriers[i]);
        const struct expr_value slots[SLOTS] = {
            [SLOT_DESTINATION] = known_text(c->destination),
            [SLOT_DIRECTION] = known_text(c->direction),
            [SLOT_PORT] = known_text(c->port),
            [SLOT_EMPTY] = c->known_empty ? EXPR_BOOL_VALUE(c->empty) : (struct expr_value){.kind = EXPR_UNKNOWN},
            [SLOT_CARRIERS] = expr_list_new(&arena, carriers, c->ncarriers),
        };
        in = condition_holds(&agreement->where, slots, SLOTS);
    }
    arena_free(&arena);
    return in;
}

bool agreement_asks_carriers(const struct agreement *agreement)
{
    size_t n;
    const uint32_t *slots = agreement->has_where ? expr_slots(agreement->where.expr, &n) : NULL;
    for (size_t i = 0; slots && i < n; i++)
        if (slots[i] == SLOT_CARRIERS) return true;
    return false;
}

static enum err officers_read(struct arena *arena, const struct json *list, struct agreement *a, struct why *why)
{
    bool from = false, to = false;
    a->officers = arena_array(arena, struct agreement_officer, list->count);
    if (!a->officers) return no_memory(why);
    json_each(item, list)
    {
        struct agreement_officer *o = &a->officers[a->nofficers++];
        *o = (struct agreement_officer){json_text(item, "party"), json_text(item, "name"), json_text(item, "contact")};
        from = from || str_eq(o->party, a->from);
        to = to || str_eq(o->party, a->to);
        if (!str_eq(o->party, a->from) && !str_eq(o->party, a->to))
            return why_set(why, ERR_MALFORMED, "/officers", "'%.*s' is none of the two parties", STR_ARG(o->party));
    }
    if (from && to) return ERR_NONE;
    return why_set(why, ERR_MALFORMED, "/officers", "'%.*s' names no responsible officer",
                   STR_ARG(from ? a->to : a->from));
}

static enum err parties_read(const struct json *file, struct agreement *a, struct why *why)
{
    a->id = json_text(file, "id");
    a->from = json_text(file, "from");
    a->to = json_text(file, "to");
    if (!dotted_valid(a->id)) return why_set(why, ERR_MALFORMED, "/id", "small letters, digits, dots and hyphens");
    if (!dotted_valid(a->from)) return why_set(why, ERR_MALFORMED, "/from", "no party is called that; as mx.anam");
    if (!dotted_valid(a->to)) return why_set(why, ERR_MALFORMED, "/to", "no party is called that; as us.cbp");
    if (str_eq(a->from, a->to)) return why_set(why, ERR_SENSELESS, "/to", "nobody needs an agreement with itself");
    return ERR_NONE;
}

static enum err dates_read(const struct json *file, struct agreement *a, struct why *why)
{
    const struct json *basis = json_get(file, "legal_basis");
    int64_t ms = 0;
    a->instrument = json_text(basis, "instrument");
    a->article = json_text(basis, "article");
    a->expires = json_text(basis, "expires");
    a->begins_us = yaml_date_ms(json_text(file, "begins"), &ms) ? ms * 1000 : INT64_MIN;
    INVARIANT(yaml_date_ms(a->expires, &ms));
    a->ends_us = ms * 1000 + DAY_US;
    if (a->begins_us >= a->ends_us)
        return why_set(why, ERR_SENSELESS, "/begins", "the agreement begins after its legal basis has ended");
    return ERR_NONE;
}

static void terms_read(const struct json *file, struct agreement *a)
{
    a->purpose = json_text(file, "purpose");
    a->onward = str_is(json_text(file, "onward"), onwards[0]) ? ONWARD_NONE : ONWARD_WITH_ORIGINATOR_AGREEMENT;
    INVARIANT(json_integer(file, "version", &a->version));
    INVARIANT(json_integer(file, "retention_days", &a->retention_days));
    INVARIANT(label_parse(json_text(file, "label_max"), &a->label_max));
}

enum err agreement_read(struct arena *arena, struct str yaml, struct agreement **out, struct why *why)
{
    *out = NULL;
    struct json *file;
    enum err err = yaml_read(arena, yaml, file_fields, &file, why);
    if (err) return err;
    struct agreement *a = arena_new(arena, struct agreement);
    if (!a) return no_memory(why);
    a->json = file;
    sha256(yaml, a->hash);
    terms_read(file, a);
    err = parties_read(file, a, why);
    if (!err) err = dates_read(file, a, why);
    if (!err) err = names_read(arena, json_get(file, "kinds"), "/kinds", &a->kinds, &a->nkinds, why);
    if (!err) err = withheld_read(arena, json_get(file, "withhold"), a, why);
    if (!err) err = where_read(arena, json_text(file, "where"), a, why);
    if (!err) err = officers_read(arena, json_get(file, "officers"), a, why);
    if (!err) *out = a;
    return err;
}

// --- signatures

enum err agreement_sign(struct str yaml, const struct ed25519_key *key, struct str party, struct buf *out,
                        struct why *why)
{
    if (!note_text_valid(yaml))
        return why_set(why, ERR_MALFORMED, "", "only UTF-8 text without tabs that ends in a newline can be signed");
    if (!note_name_valid(party)) return why_set(why, ERR_MALFORMED, "", "a party's name has no space and no +");
    note_sign(party, key, yaml, out);
    return out->failed ? no_memory(why) : ERR_NONE;
}

// The note that file and signature lines make together.
static struct str note_bytes(struct arena *arena, struct str yaml, struct str signatures)
{
    char *p = arena_alloc(arena, yaml.n + signatures.n + 2);
    if (!p) return STR_NONE;
    memcpy(p, yaml.p, yaml.n);
    p[yaml.n] = '\n';
    if (signatures.n > 0) memcpy(p + yaml.n + 1, signatures.p, signatures.n);
    return (struct str){p, yaml.n + 1 + signatures.n};
}

enum err agreement_verify(struct arena *arena, const struct agreement *agreement, struct str yaml,
                          struct str signatures, const uint8_t from_key[ED25519_PUBLIC],
                          const uint8_t to_key[ED25519_PUBLIC], struct why *why)
{
    uint8_t hash[SHA256_BYTES];
    sha256(yaml, hash);
    INVARIANT(memcmp(hash, agreement->hash, sizeof hash) == 0);
    if (signatures.n == 0) return why_set(why, ERR_UNTRUSTED, "signatures", "nobody has signed the agreement");
    struct str bytes = note_bytes(arena, yaml, signatures);
    if (!bytes.p) return no_memory(why);
    struct note note;
    enum err err = note_parse(arena, bytes, &note, why);
    if (err) return err;
    if (note.text.n != yaml.n)
        return why_set(why, ERR_MALFORMED, "signatures",
                       "signature lines stand one below the other, without an empty line");
    const struct note_key keys[] = {note_key_make(agreement->from, NOTE_ED25519, from_key),
                                    note_key_make(agreement->to, NOTE_ED25519, to_key)};
    struct note_verdict verdicts[2];
    err = note_verify(&note, keys, 2, verdicts, NULL, why);
    if (err) return err;
    for (size_t i = 0; i < 2; i++)
        if (!verdicts[i].verified)
            return why_set(why, ERR_UNTRUSTED, "signatures", "'%.*s' has not signed the agreement",
                           STR_ARG(keys[i].name));
    return ERR_NONE;
}

// --- asking

enum err agreement_in_force(const struct agreement *a, int64_t now_us, struct why *why)
{
    if (now_us < a->begins_us)
        return why_set(why, ERR_EXPIRED, "begins", "agreement '%.*s' is not in force yet", STR_ARG(a->id));
    if (now_us >= a->ends_us)
        return why_set(why, ERR_EXPIRED, "legal_basis", "nothing flows under '%.*s': its basis ended on %.*s: %.*s",
                       STR_ARG(a->id), STR_ARG(a->expires), STR_ARG(a->instrument));
    return ERR_NONE;
}

// What a node says of its own doings and readers.
static bool is_housekeeping(struct str kind)
{
    return str_is(kind, "access.read") || str_is(kind, "evidence.rejected") || str_is(kind, "identifier.conflict") ||
           str_starts(kind, "link.");
}

bool agreement_lets_out(const struct agreement *a, struct str kind, enum label label)
{
    if (kind.n == 0 || (int)label < LABEL_CLEAR || label > a->label_max) return false;
    for (size_t i = 0; i < a->nkinds; i++) {
        if (!kind_matches(a->kinds[i], kind)) continue;
        if (!str_is(a->kinds[i], "*") || !is_housekeeping(kind)) return true;
    }
    return false;
}

bool agreement_withholds(const struct agreement *a, struct str kind, struct str noun, struct str member)
{
    for (size_t i = 0; i < a->nwithheld; i++) {
        const struct agreement_withheld *w = &a->withheld[i];
        if (!kind_matches(w->kind, kind)) continue;
        if (w->noun.n > 0 && noun.n > 0 && !str_eq(w->noun, noun)) continue;
        for (size_t k = 0; k < w->nmembers; k++)
            if (kind_matches(w->members[k], member)) return true;
    }
    return false;
}

struct json *agreement_members(struct arena *arena, const struct agreement *agreement, struct str yaml,
                               struct str signatures)
{
    struct json *members = json_new_object(arena);
    struct str note = note_bytes(arena, yaml, signatures);
    if (!members || !note.p) return NULL;
    json_put(members, "agreement", json_copy(arena, agreement->json));
    json_put_text(arena, members, "signatures", note);
    return arena->failed ? NULL : members;
}
