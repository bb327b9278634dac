// SPDX-License-Identifier: Apache-2.0
#include "decide/wording.h"

#include <math.h>

static const char *const languages[LANGUAGE_COUNT] = {"en", "es", "fr"};

const char *language_name(enum language language)
{
    INVARIANT((size_t)language < LANGUAGE_COUNT);
    return languages[language];
}

// Values that facts take, as an officer reads them.
static const struct {
    const char *value;
    const char *word[LANGUAGE_COUNT];
} words[] = {
    {"true", {"yes", "sí", "oui"}},
    {"false", {"no", "no", "non"}},
    {"valid", {"valid", "vigente", "valide"}},
    {"expired", {"expired", "vencido", "expiré"}},
    {"suspended", {"suspended", "suspendido", "suspendu"}},
    {"unrecognised", {"not recognised", "no reconocido", "non reconnu"}},
    {"none", {"none", "ninguno", "aucun"}},
    {"northbound", {"northbound", "hacia el norte", "vers le nord"}},
    {"southbound", {"southbound", "hacia el sur", "vers le sud"}},
    {"green", {"green", "verde", "vert"}},
    {"document", {"document check", "revisión documental", "contrôle documentaire"}},
    {"scan", {"scan", "inspección no intrusiva", "inspection par imagerie"}},
    {"joint", {"joint inspection", "inspección conjunta", "inspection conjointe"}},
    {"hold", {"hold", "retención", "rétention"}},
};
static const char *const unknown_word[LANGUAGE_COUNT] = {"unknown", "desconocido", "inconnu"};
static const char *const missing_before[LANGUAGE_COUNT] = {
    "Cannot be judged while this is not known: ", "No se puede valorar mientras no se conozca: ",
    "Ne peut être apprécié tant que ceci n'est pas connu : "};

// Cuts the text at its next {name}: *before and *name (without braces), *rest. false at the end, or where braces do not
// pair: then *before holds what is left.
static bool cut(struct str text, struct str *before, struct str *name, struct str *rest)
{
    size_t open = 0, close;
    while (open < text.n && text.p[open] != '{' && text.p[open] != '}') open++;
    for (close = open; close < text.n && text.p[close] != '}';) close++;
    *before = text;
    if (open == text.n || close == text.n || text.p[open] == '}') return false;
    *before = (struct str){text.p, open};
    *name = (struct str){text.p + open + 1, close - open - 1};
    *rest = str_from(text, close + 1);
    return true;
}

static enum err text_check(struct str text, struct why *why)
{
    struct str before, name;
    while (cut(text, &before, &name, &text))
        if (!fact_kind_find(name))
            return why_set(why, ERR_MALFORMED, "", "the text names no fact with {%.*s}; the nearest is '%s'",
                           STR_ARG(name), fact_kind_nearest(name)->name);
    for (size_t i = 0; i < before.n; i++)
        if (before.p[i] == '{' || before.p[i] == '}')
            return why_set(why, ERR_MALFORMED, "", "the text has a brace without its partner");
    return ERR_NONE;
}

enum err wording_check(const struct wording *wording, struct why *why)
{
    for (size_t i = 0; i < LANGUAGE_COUNT; i++) {
        enum err err = text_check(wording->text[i], why);
        if (err) return err;
    }
    return ERR_NONE;
}

const struct fact_kind *wording_next(struct str text, size_t *at)
{
    struct str before, name, rest;
    if (*at >= text.n || !cut(str_from(text, *at), &before, &name, &rest)) return NULL;
    *at = text.n - rest.n;
    return fact_kind_find(name);
}

struct str wording_word(struct str value, enum language language)
{
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (str_is(value, words[i].value)) return str_of(words[i].word[language]);
    return value;
}

static void number_add(double number, enum language language, struct buf *out)
{
    char text[32];
    double tenths = round(number * 10) / 10;
    size_t n = json_number_text(isfinite(tenths) ? tenths : number, text);
    for (size_t i = 0; i < n; i++) buf_putc(out, text[i] == '.' && language == LANGUAGE_FR ? ',' : text[i]);
}

static void fact_add(const struct fact *fact, enum language language, struct buf *out)
{
    if (!fact)
        buf_puts(out, unknown_word[language]);
    else if (fact->type == FACT_NUMBER)
        number_add(fact->number, language, out);
    else
        buf_str_add(out, wording_word(fact->type == FACT_BOOL ? str_of(fact->boolean ? "true" : "false") : fact->text,
                                      language));
}

// Into the arena and away.
static struct str keep(struct arena *arena, struct buf *b)
{
    struct str s = b->failed ? STR_NONE : arena_str(arena, buf_str(b));
    if (b->failed) arena->failed = true;
    buf_free(b);
    return s;
}

struct str wording_value(struct arena *arena, const struct fact *fact, enum language language)
{
    struct buf b = BUF(BUF_MAX_DEFAULT);
    fact_add(fact, language, &b);
    return keep(arena, &b);
}

struct str wording_fill(struct arena *arena, struct str text, enum language language, const struct facts *facts)
{
    struct buf b = BUF(BUF_MAX_DEFAULT);
    struct str before, name;
    while (cut(text, &before, &name, &text)) {
        buf_str_add(&b, before);
        fact_add(facts_get(facts, name), language, &b);
    }
    buf_str_add(&b, before);
    return keep(arena, &b);
}

struct str wording_missing(struct arena *arena, enum language language, const struct fact_kind *const *missing,
                           size_t count)
{
    struct buf b = BUF(BUF_MAX_DEFAULT);
    buf_puts(&b, missing_before[language]);
    for (size_t i = 0; i < count; i++) {
        const struct fact_kind *kind = missing[i];
        const char *const labels[LANGUAGE_COUNT] = {kind->en, kind->es, kind->fr};
        buf_puts(&b, i ? ", " : "");
        buf_puts(&b, labels[language]);
    }
    buf_puts(&b, ".");
    return keep(arena, &b);
}
