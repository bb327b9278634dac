// SPDX-License-Identifier: Apache-2.0
#include "decide/narrative.h"

#include "base/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define TEXT_MAX ((size_t)256 << 10)
#define TOLD_MAX 512
#define SOURCES_TOLD_MAX 64 // in one text; the parts have them all

// ---- Words ----

static const char *const lane_texts[LANE_COUNT][LANGUAGE_COUNT] = {
    [LANE_GREEN] = {"The truck goes through the green lane.", "El camión pasa por el carril verde.",
                    "Le camion passe par la voie verte."},
    [LANE_DOCUMENT] = {"The truck goes to the document check.", "El camión va a revisión documental.",
                       "Le camion va au contrôle documentaire."},
    [LANE_SCAN] = {"The truck goes to a scan.", "El camión va a inspección no intrusiva.",
                   "Le camion va à l'inspection par imagerie."},
    [LANE_JOINT] = {"The truck goes to joint inspection.", "El camión va a inspección conjunta.",
                    "Le camion va à l'inspection conjointe."},
    [LANE_HOLD] = {"The truck is held.", "El camión queda retenido.", "Le camion est retenu."},
};

enum phrase {
    PHRASE_BECAUSE,
    PHRASE_ALSO,
    PHRASE_RAISES, // before and after the factor
    PHRASE_LOWERS,
    PHRASE_TIMES,
    PHRASE_RISK,
    PHRASE_GAPS,
    PHRASE_SOURCES,
    PHRASE_MORE,
    PHRASE_BY,
    PHRASE_GONE,
    PHRASES
};
static const char *const phrases[PHRASES][LANGUAGE_COUNT] = {
    [PHRASE_BECAUSE] = {"Because: ", "Porque: ", "Parce que : "},
    [PHRASE_ALSO] = {"Also: ", "Además: ", "De plus : "},
    [PHRASE_RAISES] = {"This raises the odds of a find ", "Esto multiplica por ",
                       "Cela multiplie les chances d'une découverte par "},
    [PHRASE_LOWERS] = {"This divides the odds of a find by ", "Esto divide entre ",
                       "Cela divise les chances d'une découverte par "},
    [PHRASE_TIMES] = {" times.", " las posibilidades de un hallazgo.", "."},
    [PHRASE_RISK] = {"All together, the risk is ", "En conjunto, el riesgo es de ", "Au total, le risque est de "},
    [PHRASE_GAPS] = {"Not known: ", "No se conoce: ", "Non connu : "},
    [PHRASE_SOURCES] = {"The facts come from: ", "Los datos provienen de: ", "Les faits proviennent de : "},
    [PHRASE_MORE] = {" and more", " y más", " et d'autres"},
    [PHRASE_BY] = {" by ", " por ", " par "},
    [PHRASE_GONE] = {"no longer here", "ya no está aquí", "n'est plus ici"},
};

// What an officer would call a statement, by the beginning of its kind.
static const struct {
    const char *kind;
    const char *word[LANGUAGE_COUNT];
} kinds[] = {
    {"crossing.arrival", {"arrival", "llegada", "arrivée"}},
    {"crossing.swap", {"change of tractor", "cambio de tractor", "changement de tracteur"}},
    {"crossing", {"declaration of the crossing", "declaración del cruce", "déclaration du passage"}},
    {"document", {"document", "documento", "document"}},
    {"custody.explain", {"explanation of an opening", "explicación de una apertura", "explication d'une ouverture"}},
    {"custody.position", {"position", "posición", "position"}},
    {"custody", {"seal event", "evento del candado", "événement du scellé"}},
    {"credential", {"programme membership", "membresía de programa", "adhésion au programme"}},
    {"roster", {"programme roster", "padrón del programa", "liste du programme"}},
    {"channel.standing", {"standing of a channel", "situación de un canal", "statut d'un canal"}},
    {"threat", {"threat report", "aviso de amenaza", "avis de menace"}},
    {"equipment", {"state of equipment", "estado del equipo", "état de l'équipement"}},
};

static struct str kind_word(struct str kind, enum language language)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (str_starts(kind, kinds[i].kind)) return str_of(kinds[i].word[language]);
    return kind;
}

// Which statements speak of which facts.
static const struct {
    const char *fact, *kind;
} spoken_of[] = {
    {"channel.", "channel."},
    {"channel.", "threat"},
    {"crossing.in_bond", "document"},
    {"crossing.", "crossing"},
    {"custody.", "custody."},
    {"documents.", "document"},
    {"port.", "equipment"},
    {"programme.", "credential"},
    {"programme.", "roster"},
    {"seal.", "custody."},
    {"documents.seals_agree", "custody."},
    {"documents.lead_min", "crossing"},
};

static bool speaks_of(struct str kind, const char *fact)
{
    for (size_t i = 0; i < sizeof spoken_of / sizeof *spoken_of; i++)
        if (strncmp(fact, spoken_of[i].fact, strlen(spoken_of[i].fact)) == 0 && str_starts(kind, spoken_of[i].kind))
            return true;
    return false;
}

// ---- The telling ----

struct telling {
    struct arena *arena;
    const struct json *members, *sources;
    const struct rules *rules;
    struct facts facts;
    enum language language;
    struct json *parts;
    struct buf all;
};

static const char *phrase(const struct telling *t, enum phrase p)
{
    return phrases[p][t->language];
}

static void number_say(const struct telling *t, double value, struct buf *out)
{
    char text[400];
    int n = snprintf(text, sizeof text, "%.1f", value);
    for (int i = 0; i < n; i++) buf_putc(out, text[i] == '.' && t->language == LANGUAGE_FR ? ',' : text[i]);
}

static void part_add(struct telling *t, struct json *part, struct buf *text)
{
    json_put_text(t->arena, part, "text", text->failed ? STR_NONE : arena_str(t->arena, buf_str(text)));
    if (t->all.n) buf_putc(&t->all, '\n');
    buf_str_add(&t->all, buf_str(text));
    if (text->failed) t->arena->failed = true;
    buf_free(text);
    json_add(t->parts, part);
}

static struct json *part_new(struct telling *t, const char *name)
{
    struct json *part = json_new_object(t->arena);
    json_put_text(t->arena, part, "part", str_of(name));
    return part;
}

static void tell_lane(struct telling *t)
{
    enum lane lane;
    struct buf text = BUF(1024);
    if (!lane_parse(json_text(t->members, "lane"), &lane)) return; // erased
    struct json *part = part_new(t, "lane");
    buf_puts(&text, lane_texts[lane][t->language]);
    part_add(t, part, &text);
}

// ---- Reasons ----

static const struct rule *rule_named(const struct telling *t, struct str id)
{
    for (size_t i = 0; t->rules && i < t->rules->count; i++)
        if (str_eq(t->rules->items[i].head.id, id)) return &t->rules->items[i];
    return NULL;
}

static void slots_mark(const struct condition *condition, bool *asked)
{
    size_t n;
    const uint32_t *slots = expr_slots(condition->expr, &n);
    for (size_t i = 0; i < n; i++) asked[slots[i]] = true;
}

// The facts that the rule asks for, as it found them, and the statements among the decision's sources that speak of
// them.
static void put_facts(struct telling *t, struct json *part, const struct rule *rule)
{
    bool *asked = arena_array(t->arena, bool, fact_kind_count);
    struct json *facts = json_new_array(t->arena), *names = json_new_array(t->arena);
    if (!asked || !facts || !names) return;
    slots_mark(&rule->when, asked);
    if (rule->has_among) slots_mark(&rule->among, asked);
    for (size_t i = 0; i < fact_kind_count; i++) {
        const struct fact_kind *k = &fact_kinds[i];
        if (!asked[i]) continue;
        struct json *fact = json_new_object(t->arena);
        const char *const labels[LANGUAGE_COUNT] = {k->en, k->es, k->fr};
        json_put_text(t->arena, fact, "fact", str_of(k->name));
        json_put_text(t->arena, fact, "label", str_of(labels[t->language]));
        json_put_text(t->arena, fact, "value",
                      wording_value(t->arena, facts_get(&t->facts, str_of(k->name)), t->language));
        json_add(facts, fact);
    }
    json_each(source, t->sources)
    {
        struct str kind = json_text(source, "kind");
        bool speaks = false;
        for (size_t i = 0; i < fact_kind_count; i++) speaks |= asked[i] && speaks_of(kind, fact_kinds[i].name);
        if (speaks) json_add(names, json_new_text(t->arena, json_text(source, "name")));
    }
    json_put(part, "facts", facts);
    if (t->sources) json_put(part, "statements", names);
}

// A sentence with its full stop, and the citation.
static void sentence(const struct telling *t, const struct json *reason, struct buf *text)
{
    struct str words = json_text(reason, language_name(t->language)), citation = json_text(reason, "citation");
    buf_str_add(text, words);
    if (words.n && !strchr(".!?", words.p[words.n - 1])) buf_putc(text, '.');
    if (citation.n) buf_printf(text, " [%.*s]", STR_ARG(citation));
}

static struct json *reason_part(struct telling *t, const char *name, const struct json *reason)
{
    static const char *const members[] = {"rule", "lane", "citation", "because", "weight"};
    struct json *part = part_new(t, name);
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        const struct json *member = json_get(reason, members[i]);
        if (member) json_put(part, members[i], json_copy(t->arena, member));
    }
    const struct rule *rule = rule_named(t, json_text(reason, "rule"));
    if (rule) put_facts(t, part, rule);
    return part;
}

static void tell_reason(struct telling *t, const struct json *reason, bool first)
{
    struct buf text = BUF(TEXT_MAX);
    struct json *part = reason_part(t, "reason", reason);
    buf_puts(&text, phrase(t, first ? PHRASE_BECAUSE : PHRASE_ALSO));
    sentence(t, reason, &text);
    part_add(t, part, &text);
}

// 0.7 of log odds: the odds double.
static void tell_weight(struct telling *t, const struct json *reason, double weight)
{
    struct buf text = BUF(TEXT_MAX);
    double factor = exp(fabs(weight));
    struct json *part = reason_part(t, "weight", reason);
    json_put_number(t->arena, part, "factor", exp(weight));
    sentence(t, reason, &text);
    buf_putc(&text, ' ');
    buf_puts(&text, phrase(t, weight < 0 ? PHRASE_LOWERS : PHRASE_RAISES));
    number_say(t, factor, &text);
    // In English one is raised "2.2 times" and divided "by 2.2"; the others say the same after both.
    bool english_division = weight < 0 && t->language == LANGUAGE_EN;
    buf_puts(&text, english_division ? "." : phrase(t, PHRASE_TIMES));
    part_add(t, part, &text);
}

static void tell_risk(struct telling *t)
{
    struct buf text = BUF(1024);
    double risk;
    if (!json_number(t->members, "risk", &risk)) return;
    struct json *part = part_new(t, "risk");
    json_put_number(t->arena, part, "risk", risk);
    buf_puts(&text, phrase(t, PHRASE_RISK));
    number_say(t, risk * 100, &text);
    buf_puts(&text, " %.");
    part_add(t, part, &text);
}

static double weight_of(const struct json *reason)
{
    double weight;
    return json_number(reason, "weight", &weight) ? weight : 0;
}

// What holds before what is unknown, and that before grants not reached.
static int because_rank(const struct json *reason)
{
    struct str because = json_text(reason, "because");
    return !because.p ? 0 : str_is(because, "unknown") ? 1 : 2;
}

static int lane_rank(const struct json *reason)
{
    enum lane lane;
    return lane_parse(json_text(reason, "lane"), &lane) ? (int)lane : -1;
}

// Strictest lane first, then the heaviest weight; the same order whatever the members' order is.
static int reason_order(const void *a, const void *b)
{
    const struct json *x = *(const struct json *const *)a, *y = *(const struct json *const *)b;
    double wx = fabs(weight_of(x)), wy = fabs(weight_of(y));
    if (lane_rank(x) != lane_rank(y)) return lane_rank(y) - lane_rank(x);
    if (because_rank(x) != because_rank(y)) return because_rank(x) - because_rank(y);
    if (wx > wy || wx < wy) return wx > wy ? -1 : 1;
    return str_compare(json_text(x, "rule"), json_text(y, "rule"));
}

static void tell_reasons(struct telling *t)
{
    const struct json *found[TOLD_MAX];
    size_t n = 0;
    bool first = true;
    json_each(m, t->members)
    {
        bool reason = str_starts(m->name, "reason.") && m->type == JSON_OBJECT;
        if (reason && n < TOLD_MAX && !str_is(json_text(m, "rule"), CHOICE_RULE)) found[n++] = m;
    }
    qsort(found, n, sizeof *found, reason_order);
    for (size_t i = 0; i < n; i++) {
        if (json_get(found[i], "weight")) continue;
        tell_reason(t, found[i], first);
        first = false;
    }
    for (size_t i = 0; i < n; i++)
        if (json_get(found[i], "weight")) tell_weight(t, found[i], weight_of(found[i]));
}

static void tell_choice(struct telling *t)
{
    const struct json *reason = json_get(t->members, "reason." CHOICE_RULE);
    struct buf text = BUF(TEXT_MAX);
    if (!reason) return;
    struct json *part = reason_part(t, "choice", reason);
    sentence(t, reason, &text);
    part_add(t, part, &text);
}

static void tell_gaps(struct telling *t)
{
    const struct json *gaps = json_get(t->members, "gaps");
    struct buf text = BUF(TEXT_MAX);
    if (!gaps || !gaps->count) return;
    struct json *part = part_new(t, "gaps");
    buf_puts(&text, phrase(t, PHRASE_GAPS));
    json_each(gap, gaps)
    {
        const struct fact_kind *k = fact_kind_find(gap->text);
        const char *const labels[LANGUAGE_COUNT] = {k ? k->en : NULL, k ? k->es : NULL, k ? k->fr : NULL};
        if (gap != gaps->child) buf_puts(&text, ", ");
        buf_str_add(&text, k ? str_of(labels[t->language]) : gap->text);
    }
    buf_putc(&text, '.');
    json_put(part, "facts", json_copy(t->arena, gaps));
    part_add(t, part, &text);
}

// ---- Where the facts came from ----

// Whoever is behind it: the party or device of its channel, or the log that it is in.
static struct str speaker(const struct json *source)
{
    const struct json *via = json_get(source, "via");
    struct str who = json_text(via, "party");
    if (!who.n) who = json_text(via, "device");
    return who.n ? who : json_text(source, "origin");
}

// "us.cbp:17 (document, mx.transportes-garza by https, 2026-03-01 14:05 UTC)"
static struct str source_text(const struct telling *t, const struct json *source)
{
    struct buf text = BUF(4096);
    struct str in = json_text(source, "in"), door = json_text(json_get(source, "via"), "door");
    buf_str_add(&text, json_text(source, "name"));
    if (json_true(source, "missing")) {
        buf_printf(&text, " (%s)", phrase(t, PHRASE_GONE));
    } else {
        buf_puts(&text, " (");
        buf_str_add(&text, kind_word(json_text(source, "kind"), t->language));
        buf_puts(&text, ", ");
        buf_str_add(&text, speaker(source));
        if (door.n) buf_puts(&text, phrase(t, PHRASE_BY));
        buf_str_add(&text, door);
        if (in.n >= 16) buf_printf(&text, ", %.10s %.5s UTC", in.p, in.p + 11);
        buf_putc(&text, ')');
    }
    struct str out = text.failed ? STR_NONE : arena_str(t->arena, buf_str(&text));
    buf_free(&text);
    return out;
}

static void tell_sources(struct telling *t)
{
    struct buf text = BUF(TEXT_MAX);
    struct json *list = json_new_array(t->arena);
    size_t n = 0;
    if (!t->sources || !t->sources->count || !list) return;
    struct json *part = part_new(t, "sources");
    buf_puts(&text, phrase(t, PHRASE_SOURCES));
    json_each(source, t->sources)
    {
        struct json *item = json_new_object(t->arena);
        struct str words = source_text(t, source), kind = json_text(source, "kind"), in = json_text(source, "in");
        json_put_text(t->arena, item, "name", json_text(source, "name"));
        if (kind.n) json_put_text(t->arena, item, "kind", kind);
        if (kind.n) json_put_text(t->arena, item, "from", speaker(source));
        if (in.n) json_put_text(t->arena, item, "in", in);
        json_put_text(t->arena, item, "text", words);
        json_add(list, item);
        if (n++ >= SOURCES_TOLD_MAX) continue;
        if (n > 1) buf_puts(&text, "; ");
        buf_str_add(&text, words);
    }
    if (n > SOURCES_TOLD_MAX) buf_puts(&text, phrase(t, PHRASE_MORE));
    buf_putc(&text, '.');
    json_put(part, "statements", list);
    part_add(t, part, &text);
}

struct json *narrative_json(struct arena *arena, const struct json *members, const struct json *sources,
                            const struct rules *rules, enum language language)
{
    struct telling t = {.arena = arena,
                        .members = members,
                        .sources = sources,
                        .rules = rules,
                        .language = language,
                        .parts = json_new_array(arena),
                        .all = BUF((size_t)4 << 20)};
    struct json *out = json_new_object(arena);
    struct why why = {0};
    // Facts that were erased, or that this build does not know, are told as unknown.
    if (facts_from_json(arena, json_get(members, "facts"), &t.facts, &why) != ERR_NONE) t.facts = (struct facts){0};
    tell_lane(&t);
    tell_reasons(&t);
    tell_risk(&t);
    tell_choice(&t);
    tell_gaps(&t);
    tell_sources(&t);
    json_put_text(arena, out, "lang", str_of(language_name(language)));
    json_put_text(arena, out, "lane", json_text(members, "lane"));
    json_put_text(arena, out, "text", t.all.failed ? STR_NONE : arena_str(arena, buf_str(&t.all)));
    json_put(out, "parts", t.parts);
    bool failed = t.all.failed || arena->failed;
    buf_free(&t.all);
    return failed ? NULL : out;
}
