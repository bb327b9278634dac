// SPDX-License-Identifier: Apache-2.0
#include "port/outcome_report.h"

#include "base/arena.h"
#include "base/clock.h"
#include "formats/csv.h"

#include <math.h>
#include <stdio.h>

#define LANGUAGES 3

int outcome_language(const struct outcome_report *r)
{
    return str_is(r->language, "es") ? 1 : str_is(r->language, "fr") ? 2 : 0;
}

void outcome_number(const struct outcome_report *r, double value, int decimals, struct buf *out)
{
    char text[64];
    size_t n = (size_t)snprintf(text, sizeof text, "%.*f", decimals, fabs(value));
    size_t whole = strcspn(text, "."), from = n < sizeof text ? 0 : n;
    bool french = outcome_language(r) == 2, zero = strspn(text, "0.") == strlen(text);
    if (value < 0 && !zero) buf_puts(out, "−");
    for (size_t i = from; i < n; i++) {
        if (i > 0 && i < whole && (whole - i) % 3 == 0) buf_puts(out, french ? "\u202f" : ",");
        buf_putc(out, text[i] == '.' && french ? ',' : text[i]);
    }
}

// ---- Words ----

static const char *const lane_words[LANE_COUNT][LANGUAGES] = {
    {"green", "verde", "vert"},       {"document check", "revisión documental", "contrôle documentaire"},
    {"scan", "escaneo", "scanner"},   {"joint inspection", "inspección conjunta", "inspection conjointe"},
    {"hold", "retención", "retenue"},
};

static const struct {
    const char *name, *words[LANGUAGES];
} shift_words[] = {
    {"morning", {"morning", "mañana", "matin"}},
    {"afternoon", {"afternoon", "tarde", "après-midi"}},
    {"night", {"night", "noche", "nuit"}},
};

static const char *const not_said[LANGUAGES] = {"officer not said", "sin oficial", "agent non indiqué"};
static const char *const everybody[LANGUAGES] = {"all", "todos", "tous"};
static const char *const no_programme[LANGUAGES] = {"no programme", "ningún programa", "aucun programme"};
static const char *const all_roles[LANGUAGES] = {"every role trusted", "todos los roles confiables",
                                                 "tous les rôles agréés"};
static const char *const others[LANGUAGES] = {"others, under {k} inspections each", "otros, menos de {k} cada uno",
                                              "autres, moins de {k} chacun"};
static const char *const in_shadow[LANGUAGES] = {" (shadow)", " (en prueba)", " (à l'essai)"};

static void put_shift(const struct outcome_report *r, struct str shift, struct buf *out)
{
    for (size_t i = 0; i < sizeof shift_words / sizeof *shift_words; i++)
        if (str_is(shift, shift_words[i].name)) shift = str_of(shift_words[i].words[outcome_language(r)]);
    buf_str_add(out, shift);
}

static void put_lane(const struct outcome_report *r, struct str name, struct buf *out)
{
    enum lane lane;
    if (lane_parse(name, &lane)) name = str_of(lane_words[lane][outcome_language(r)]);
    buf_str_add(out, name);
}

void outcome_group_name(const struct outcome_report *r, const struct outcome_group *g, struct buf *out)
{
    int language = outcome_language(r);
    if (g == &r->rates->all) {
        buf_puts(out, everybody[language]);
    } else if (g->merged) {
        const char *k = strstr(others[language], "{k}");
        buf_printf(out, "%.*s%d%s", (int)(k - others[language]), others[language], OUTCOME_OFFICER_MIN, k + 3);
    } else if (r->rates->by == OUTCOME_BY_LANE) {
        put_lane(r, g->name, out);
    } else if (r->rates->by == OUTCOME_BY_PROGRAMME && str_is(g->name, "none")) {
        buf_puts(out, no_programme[language]);
    } else if (r->rates->by == OUTCOME_BY_PROGRAMME && str_is(g->name, "all roles")) {
        buf_puts(out, all_roles[language]);
    } else if (r->rates->by == OUTCOME_BY_SHIFT) {
        buf_str_add(out, str_is(g->name, "-") ? str_of(not_said[language]) : g->name);
        buf_puts(out, ", ");
        put_shift(r, g->shift, out);
    } else {
        buf_str_add(out, g->name);
    }
    if (g->shadow) buf_puts(out, in_shadow[language]);
}

// ---- Sentences ----

// {x} the group; {r}, {l}, {h} its rate and interval in percent; {n} inspections; {b}, {c}, {d} the base rate and its;
// {f}, {g}, {i} the lift and its; {p}, {q}, {s} prevalence; {t} trucks; {u}, {v}, {w} how many of them.
enum case_ {
    SAYS_NOTHING,     // nobody was inspected, nor speaks for them
    SAYS_PREVALENCE,  // nobody was inspected but the drawn, who speak for them
    SAYS_SHADOW,      // of a rule that has no effect
    SAYS_ALONE,       // there is no base
    SAYS_NONE_FOUND,  // it found nothing
    SAYS_AT_LEAST,    // chance found nothing
    SAYS_TOO_FEW,     // chance found nothing, and that may be all there is to it
    SAYS_TIMES,       // so many times what chance finds
    SAYS_TIMES_LEAST, // without an upper end
    SAYS_NOT_SHOWN,   // the interval holds 1
    SAYS,
};

static const char *const cases[SAYS][LANGUAGES] = {
    [SAYS_NOTHING] = {"Nothing can be said: no inspection with a result.",
                      "No puede decirse nada: no hay inspección con resultado.",
                      "Rien ne peut être dit : aucune inspection avec résultat."},
    [SAYS_PREVALENCE] = {"An estimated {p} % of these {t} trucks ({q} to {s} %) carry what an inspection would find: "
                         "{u} of them ({v} to {w}).",
                         "Se estima que {p} % de estos {t} camiones ({q} a {s} %) llevan lo que hallaría una "
                         "inspección: {u} ({v} a {w}).",
                         "On estime que {p} % de ces {t} camions ({q} à {s} %) portent ce qu'une inspection "
                         "trouverait : {u} ({v} à {w})."},
    [SAYS_SHADOW] =
        {"If all that it picks were inspected, an estimated {p} % ({q} to {s} %) would be hits; chance finds "
         "{b} % ({c} to {d} %).",
         "Si se inspeccionara todo lo que elige, se estima que {p} % ({q} a {s} %) serían hallazgos; el "
         "azar halla {b} % ({c} a {d} %).",
         "Si tout ce qu'elle désigne était inspecté, on estime à {p} % ({q} à {s} %) la part de "
         "découvertes ; le hasard trouve {b} % ({c} à {d} %)."},
    [SAYS_ALONE] =
        {"{n} inspections found something in {r} % ({l} to {h} %). There is no random share to compare with.",
         "{n} inspecciones hallaron algo en {r} % ({l} a {h} %). No hay muestra al azar con qué comparar.",
         "{n} inspections ont trouvé quelque chose dans {r} % ({l} à {h} %). Il n'y a pas de part tirée "
         "au hasard à laquelle comparer."},
    [SAYS_NONE_FOUND] = {"{n} inspections found nothing (at most {h} %); chance finds {b} % ({c} to {d} %).",
                         "{n} inspecciones no hallaron nada (a lo más {h} %); el azar halla {b} % ({c} a {d} %).",
                         "{n} inspections n'ont rien trouvé (au plus {h} %) ; le hasard trouve {b} % ({c} à {d} %)."},
    [SAYS_AT_LEAST] =
        {"Inspections find something in {r} % ({l} to {h} %), at least {g} times what chance finds: chance "
         "found nothing in {m}.",
         "Las inspecciones hallan algo en {r} % ({l} a {h} %), al menos {g} veces lo que el azar: el azar "
         "no halló nada en {m}.",
         "Les inspections trouvent quelque chose dans {r} % ({l} à {h} %), au moins {g} fois ce que "
         "trouve le hasard, qui n'a rien trouvé sur {m}."},
    [SAYS_TOO_FEW] =
        {"Inspections find something in {r} % ({l} to {h} %). Chance found nothing in {m}: too few to tell "
         "them apart.",
         "Las inspecciones hallan algo en {r} % ({l} a {h} %). El azar no halló nada en {m}: son muy "
         "pocas para distinguirlas.",
         "Les inspections trouvent quelque chose dans {r} % ({l} à {h} %). Le hasard n'a rien trouvé sur "
         "{m} : trop peu pour les distinguer."},
    [SAYS_TIMES] = {"Inspections find {f} times what chance finds ({g} to {i}).",
                    "Las inspecciones hallan {f} veces lo que halla el azar ({g} a {i}).",
                    "Les inspections trouvent {f} fois ce que trouve le hasard ({g} à {i})."},
    [SAYS_TIMES_LEAST] = {"Inspections find {f} times what chance finds (at least {g}).",
                          "Las inspecciones hallan {f} veces lo que halla el azar (al menos {g}).",
                          "Les inspections trouvent {f} fois ce que trouve le hasard (au moins {g})."},
    [SAYS_NOT_SHOWN] = {"Inspections find {f} times what chance finds ({g} to {i}): not shown to be more or less than "
                        "chance.",
                        "Las inspecciones hallan {f} veces lo que halla el azar ({g} a {i}): no se demuestra que sea "
                        "más ni menos que el azar.",
                        "Les inspections trouvent {f} fois ce que trouve le hasard ({g} à {i}) : rien ne montre que ce "
                        "soit plus ou moins que le hasard."},
};

static const char *const subjects[OUTCOME_BYS][LANGUAGES] = {
    [OUTCOME_BY_RULE] = {"Rule {x}: ", "Regla {x}: ", "Règle {x} : "},
    [OUTCOME_BY_LANE] = {"Lane {x}: ", "Carril {x}: ", "Voie {x} : "},
    [OUTCOME_BY_SCANNER] = {"Scanner {x}: ", "Escáner {x}: ", "Scanner {x} : "},
    [OUTCOME_BY_SHIFT] = {"{x}: ", "{x}: ", "{x} : "},
    [OUTCOME_BY_PROGRAMME] = {"{x}: ", "{x}: ", "{x} : "},
};

static enum case_ case_of(const struct outcome_report *r, const struct outcome_group *g)
{
    const struct rate *base = &r->rates->base.rate;
    if (g->shadow && base->known && g->prevalence.known) return SAYS_SHADOW;
    if (!g->rate.known) return g->prevalence.known ? SAYS_PREVALENCE : SAYS_NOTHING;
    if (!base->known) return SAYS_ALONE;
    if (g->hits == 0) return SAYS_NONE_FOUND;
    if (!g->lift.known) return g->lift.low > 1 ? SAYS_AT_LEAST : SAYS_TOO_FEW;
    bool above = g->lift.low > 1, below = g->lift.bounded && g->lift.high < 1;
    if (!above && !below && g->lift.bounded) return SAYS_NOT_SHOWN;
    return g->lift.bounded ? SAYS_TIMES : SAYS_TIMES_LEAST;
}

static void put_percent(const struct outcome_report *r, double share, struct buf *out)
{
    double percent = share * 100;
    outcome_number(r, percent, percent < 0.995 ? 2 : 1, out);
}

// One decimal, but where that would say nothing; whole numbers where they are large.
static void put_times(const struct outcome_report *r, double times, struct buf *out)
{
    outcome_number(r, times, times < 0.95 ? 2 : times < 99.5 ? 1 : 0, out);
}

static void put_slot(const struct outcome_report *r, const struct outcome_group *g, char slot, struct buf *out)
{
    const struct rate *base = &r->rates->base.rate;
    double trucks = (double)g->trucks;
    switch (slot) {
    case 'x':
        outcome_group_name(r, g, out);
        break;
    case 'n':
        outcome_number(r, (double)g->inspected, 0, out);
        break;
    case 'm':
        outcome_number(r, (double)r->rates->base.inspected, 0, out);
        break;
    case 't':
        outcome_number(r, trucks, 0, out);
        break;
    case 'u':
        outcome_number(r, trucks * g->prevalence.share, 0, out);
        break;
    case 'v':
        outcome_number(r, trucks * g->prevalence.low, 0, out);
        break;
    case 'w':
        outcome_number(r, trucks * g->prevalence.high, 0, out);
        break;
    case 'f':
        put_times(r, g->lift.value, out);
        break;
    case 'g':
        put_times(r, g->lift.low, out);
        break;
    case 'i':
        put_times(r, g->lift.high, out);
        break;
    default: {
        const struct {
            char slot;
            double share;
        } shares[] = {{'r', g->rate.share},       {'l', g->rate.low},       {'h', g->rate.high},
                      {'p', g->prevalence.share}, {'q', g->prevalence.low}, {'s', g->prevalence.high},
                      {'b', base->share},         {'c', base->low},         {'d', base->high}};
        for (size_t i = 0; i < sizeof shares / sizeof *shares; i++)
            if (shares[i].slot == slot) put_percent(r, shares[i].share, out);
    }
    }
}

static void fill(const struct outcome_report *r, const struct outcome_group *g, const char *text, struct buf *out)
{
    for (; *text; text++) {
        if (text[0] != '{' || text[2] != '}') {
            buf_putc(out, *text);
            continue;
        }
        put_slot(r, g, text[1], out);
        text += 2;
    }
}

void outcome_sentence(const struct outcome_report *r, const struct outcome_group *g, struct buf *out)
{
    int language = outcome_language(r);
    if (g != &r->rates->all) fill(r, g, subjects[r->rates->by][language], out);
    fill(r, g, cases[case_of(r, g)][language], out);
}

// ---- JSON ----

static struct json *rate_json(struct arena *arena, const struct rate *rate)
{
    if (!rate->known) return json_new_null(arena);
    struct json *o = json_new_object(arena);
    json_put_number(arena, o, "share", rate->share);
    json_put_number(arena, o, "low", rate->low);
    json_put_number(arena, o, "high", rate->high);
    json_put_number(arena, o, "n", rate->n);
    return o;
}

static struct json *difference_json(struct arena *arena, const struct rate_difference *d)
{
    if (!d->known) return json_new_null(arena);
    struct json *o = json_new_object(arena);
    json_put_number(arena, o, "value", d->value);
    json_put_number(arena, o, "low", d->low);
    json_put_number(arena, o, "high", d->high);
    return o;
}

static void put_or_null(struct arena *arena, struct json *to, const char *name, bool known, double value)
{
    json_put(to, name, known ? json_new_number(arena, value) : json_new_null(arena));
}

// A lower end stands also where there is no value: chance found nothing.
static struct json *lift_json(struct arena *arena, const struct rate_ratio *lift, bool compared)
{
    if (!compared) return json_new_null(arena);
    struct json *o = json_new_object(arena);
    put_or_null(arena, o, "value", lift->known, lift->value);
    json_put_number(arena, o, "low", lift->low);
    put_or_null(arena, o, "high", lift->bounded, lift->high);
    return o;
}

static struct json *yields_json(struct arena *arena, const struct outcome_group *g)
{
    struct json *list = json_new_array(arena);
    for (size_t i = 0; i < g->nyields; i++) {
        const struct outcome_yield *y = &g->yields[i];
        struct json *o = json_new_object(arena);
        json_put_text(arena, o, "what", y->what);
        json_put_text(arena, o, "unit", y->unit);
        json_put_number(arena, o, "sum", y->amounts.sum);
        json_put_number(arena, o, "hits", (double)y->amounts.hits);
        put_or_null(arena, o, "per_inspection", y->mean.known, y->mean.value);
        put_or_null(arena, o, "low", y->mean.bounded, y->mean.low);
        put_or_null(arena, o, "high", y->mean.bounded, y->mean.high);
        json_add(list, o);
    }
    return list;
}

static struct str says(struct arena *arena, const struct outcome_report *r, const struct outcome_group *g)
{
    struct buf text = BUF(4096);
    outcome_sentence(r, g, &text);
    struct str out = text.failed ? STR_NONE : arena_str(arena, buf_str(&text));
    buf_free(&text);
    return out;
}

static struct json *group_json(struct arena *arena, const struct outcome_report *r, const struct outcome_group *g)
{
    const struct {
        const char *name;
        size_t n;
    } counts[] = {{"trucks", g->trucks},       {"sent", g->sent},
                  {"inspected", g->inspected}, {"without", g->without},
                  {"hits", g->hits},           {"contraband", g->contraband},
                  {"drawn", g->drawn},         {"drawn_hits", g->drawn_hits},
                  {"never", g->never},         {"overridden", g->overridden}};
    struct json *o = json_new_object(arena);
    bool compared = g->rate.known && r->rates->base.rate.known && g != &r->rates->base;
    if (g->name.n) json_put_text(arena, o, "name", g->name);
    if (g->shift.n) json_put_text(arena, o, "shift", g->shift);
    if (g->shadow) json_put_bool(arena, o, "shadow", true);
    if (g->merged) json_put_number(arena, o, "merged", (double)g->merged);
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        json_put_number(arena, o, counts[i].name, (double)counts[i].n);
    json_put(o, "rate", rate_json(arena, &g->rate));
    json_put(o, "difference", difference_json(arena, &g->difference));
    json_put(o, "lift", lift_json(arena, &g->lift, compared));
    json_put(o, "prevalence", rate_json(arena, &g->prevalence));
    json_put(o, "yields", yields_json(arena, g));
    if (g != &r->rates->base) json_put_text(arena, o, "says", says(arena, r, g));
    return o;
}

static void put_moment(struct arena *arena, struct json *to, const char *name, int64_t ms)
{
    char text[TIME_TEXT_ROOM];
    bool open = ms == INT64_MIN || ms == INT64_MAX;
    size_t n = open ? 0 : time_text_ms(ms, text);
    json_put(to, name, open ? json_new_null(arena) : json_new_text(arena, arena_str(arena, (struct str){text, n})));
}

struct json *outcome_report_json(struct arena *arena, const struct outcome_report *r)
{
    struct json *o = json_new_object(arena), *list = json_new_array(arena);
    json_put_text(arena, o, "by", str_of(outcome_by_name(r->rates->by)));
    json_put(o, "port", r->port.n ? json_new_text(arena, r->port) : json_new_null(arena));
    put_moment(arena, o, "from", r->from_ms);
    put_moment(arena, o, "to", r->to_ms);
    json_put_number(arena, o, "level", RATE_LEVEL);
    json_put(o, "base", group_json(arena, r, &r->rates->base));
    json_put(o, "all", group_json(arena, r, &r->rates->all));
    for (size_t i = 0; i < r->rates->ngroups; i++) json_add(list, group_json(arena, r, &r->rates->groups[i]));
    json_put(o, "groups", list);
    json_put_number(arena, o, "left_out", (double)r->rates->left_out);
    if (r->rates->by == OUTCOME_BY_SHIFT) json_put_number(arena, o, "officer_min", OUTCOME_OFFICER_MIN);
    return arena->failed ? NULL : o;
}

// ---- CSV ----

static const char csv_header[] =
    "row,by,name,shift,shadow,merged,trucks,sent,inspected,without,hits,contraband,drawn,drawn_hits,never,overridden,"
    "rate,rate_low,rate_high,base,base_low,base_high,difference,difference_low,difference_high,lift,lift_low,lift_high,"
    "prevalence,prevalence_low,prevalence_high,what,unit,sum,hits_of_it,per_inspection,per_inspection_low,"
    "per_inspection_high\r\n";

static void cell(struct buf *out, struct str text)
{
    buf_putc(out, ',');
    csv_field(text, out);
}

static void cell_number(struct buf *out, bool known, double value)
{
    char text[32];
    size_t n = known ? json_number_text(value, text) : 0;
    cell(out, (struct str){text, n});
}

static void cells_of(struct buf *out, const char *row, const struct outcome_report *r, const struct outcome_group *g)
{
    const size_t counts[] = {g->merged,     g->trucks, g->sent,       g->inspected, g->without,   g->hits,
                             g->contraband, g->drawn,  g->drawn_hits, g->never,     g->overridden};
    buf_puts(out, row);
    cell(out, str_of(outcome_by_name(r->rates->by)));
    cell(out, g->name);
    cell(out, g->shift);
    cell(out, g->shadow ? STR("yes") : STR("no"));
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) cell_number(out, true, (double)counts[i]);
}

static void rate_cells(struct buf *out, const struct rate *rate)
{
    cell_number(out, rate->known, rate->share);
    cell_number(out, rate->known, rate->low);
    cell_number(out, rate->known, rate->high);
}

// One row a group, then one for each kind of what it found, with the same figures before.
static void group_rows(struct buf *out, const char *row, const struct outcome_report *r, const struct outcome_group *g)
{
    bool compared = g->rate.known && r->rates->base.rate.known && g != &r->rates->base;
    for (size_t i = 0; i < g->nyields + 1; i++) {
        const struct outcome_yield *y = i ? &g->yields[i - 1] : NULL;
        cells_of(out, y ? "yield" : row, r, g);
        rate_cells(out, &g->rate);
        rate_cells(out, &r->rates->base.rate);
        cell_number(out, g->difference.known, g->difference.value);
        cell_number(out, g->difference.known, g->difference.low);
        cell_number(out, g->difference.known, g->difference.high);
        cell_number(out, g->lift.known, g->lift.value);
        cell_number(out, compared, g->lift.low);
        cell_number(out, compared && g->lift.bounded, g->lift.high);
        rate_cells(out, &g->prevalence);
        cell(out, y ? y->what : STR_NONE);
        cell(out, y ? y->unit : STR_NONE);
        cell_number(out, y, y ? y->amounts.sum : 0);
        cell_number(out, y, y ? (double)y->amounts.hits : 0);
        cell_number(out, y && y->mean.known, y ? y->mean.value : 0);
        cell_number(out, y && y->mean.bounded, y ? y->mean.low : 0);
        cell_number(out, y && y->mean.bounded, y ? y->mean.high : 0);
        buf_puts(out, "\r\n");
    }
}

void outcome_report_csv(const struct outcome_report *r, struct buf *out)
{
    buf_puts(out, csv_header);
    group_rows(out, "base", r, &r->rates->base);
    group_rows(out, "all", r, &r->rates->all);
    for (size_t i = 0; i < r->rates->ngroups; i++) group_rows(out, "group", r, &r->rates->groups[i]);
}
