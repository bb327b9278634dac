// SPDX-License-Identifier: Apache-2.0
// The report of outcomes as a page of its own. Every bar has its figures beside it; colour says nothing alone.
#include "base/clock.h"
#include "base/html.h"
#include "port/local_time.h"
#include "port/outcome_report.h"

#include <math.h>
#include <stdio.h>

#define ROWS_DRAWN 40

#define TEXT_TABLE(X)                                                                                                         \
    X(TITLE, "What inspections find, beside what chance finds",                                                               \
      "Qué hallan las inspecciones, junto a lo que halla el azar",                                                            \
      "Ce que trouvent les inspections, et ce que trouve le hasard")                                                          \
    X(PORT, "Port", "Puerto", "Port")                                                                                         \
    X(ALL_PORTS, "all ports", "todos los puertos", "tous les ports")                                                          \
    X(PERIOD, "Period", "Periodo", "Période")                                                                                 \
    X(ALL_TIME, "all that is on record", "todo lo registrado", "tout ce qui est consigné")                                    \
    X(TIMES, "Times", "Horas", "Heures")                                                                                      \
    X(NODE, "From the records of", "De los registros de", "D’après les registres de")                                         \
    X(BASE, "found by chance: the base rate", "hallado al azar: la tasa base", "trouvé par hasard : le taux de base")         \
    X(ALL_RATE, "found by inspections that were chosen", "hallado por inspecciones elegidas",                                 \
      "trouvé par les inspections choisies")                                                                                  \
    X(LIFT, "times what chance finds", "veces lo que halla el azar", "fois ce que trouve le hasard")                          \
    X(TRAFFIC, "of all traffic, as estimated", "de todo el tránsito, según estimación", "de tout le trafic, estimé")          \
    X(RULE, "Rule", "Regla", "Règle")                                                                                         \
    X(LANE, "Lane", "Carril", "Voie")                                                                                         \
    X(SCANNER, "Scanner", "Escáner", "Scanner")                                                                               \
    X(SHIFT, "Officer and shift", "Oficial y turno", "Agent et équipe")                                                       \
    X(PROGRAMME, "Programme and role", "Programa y rol", "Programme et rôle")                                                 \
    X(CHART, "Hit rate with its interval; the band is the base rate’s",                                                       \
      "Tasa de hallazgo con su intervalo; la banda es la de la tasa base",                                                    \
      "Taux de découverte avec son intervalle ; la bande est celle du taux de base")                                          \
    X(FIGURES, "The figures", "Las cifras", "Les chiffres")                                                                   \
    X(TRUCKS, "Trucks", "Camiones", "Camions")                                                                                \
    X(INSPECTED, "Inspected", "Inspeccionados", "Inspectés")                                                                  \
    X(HITS, "Hits", "Hallazgos", "Découvertes")                                                                               \
    X(CONTRABAND, "of them contraband", "de ellos contrabando", "dont contrebande")                                           \
    X(RATE, "Hit rate", "Tasa de hallazgo", "Taux de découverte")                                                             \
    X(DIFFERENCE, "Above the base rate, points", "Sobre la tasa base, puntos", "Au-dessus du taux de base, points")           \
    X(TIMES_CHANCE, "Times chance", "Veces el azar", "Fois le hasard")                                                        \
    X(PREVALENCE, "If all were inspected", "Si se inspeccionara todo", "Si tout était inspecté")                              \
    X(YIELD, "For each inspection", "Por inspección", "Par inspection")                                                       \
    X(WITHOUT, "No result said", "Sin resultado", "Sans résultat")                                                            \
    X(OVERRIDDEN, "Overridden", "Cambiados por oficial", "Changés par un agent")                                              \
    X(NO_RATE, "no rate: none inspected", "sin tasa: ninguno inspeccionado", "pas de taux : aucun inspecté")                  \
    X(AT_LEAST, "at least", "al menos", "au moins")                                                                           \
    X(VALUE, "value", "valor", "valeur")                                                                                      \
    X(WORDS, "In words", "En palabras", "En mots")                                                                            \
    X(LEFT_OUT, "more groups than can be shown were left out", "grupos de más que no se muestran",                            \
      "groupes de trop, non montrés")                                                                                         \
    X(METHOD, "How the figures are made", "Cómo se obtienen las cifras", "Comment les chiffres sont établis")                 \
    X(M_HIT,                                                                                                                  \
      "Inspected: a finding was stated, or a scan has a verdict of clear. A hit is a discrepancy or contraband. "             \
      "What was sent for inspection and has no result stated is told as such and is in no rate.",                             \
      "Inspeccionado: hay un hallazgo declarado o un escaneo con dictamen limpio. Hallazgo es discrepancia o "                \
      "contrabando. Lo enviado a inspección sin resultado se indica así y no entra en ninguna tasa.",                         \
      "Inspecté : un constat a été déclaré, ou un passage au scanner a le verdict « rien ». Une découverte est un "   \
      "écart ou de la contrebande. Ce qui fut envoyé à l’inspection sans résultat est dit tel et n’entre dans aucun " \
      "taux.")                                                                                                                \
    X(M_BASE,                                                                                                                 \
      "The base rate is of the random share: every truck that the day’s secret draw picked, also those that would "         \
      "have been inspected anyway, so that it stands for all traffic. These trucks are left out of the groups’ "            \
      "rates, so that no truck is on both sides of a comparison.",                                                            \
      "La tasa base es la de la muestra al azar: todo camión que eligió el sorteo secreto del día, también los que "      \
      "se "                                                                                                                   \
      "habrían inspeccionado de todos modos, para que represente todo el tránsito. Estos camiones no entran en las "        \
      "tasas de los grupos: ninguno está en ambos lados de una comparación.",                                                 \
      "Le taux de base est celui de la part tirée au hasard : tout camion que le tirage secret du jour a désigné, "        \
      "même "                                                                                                                \
      "s’il aurait été inspecté de toute façon, afin qu’elle vaille pour tout le trafic. Ces camions ne sont pas "    \
      "dans "                                                                                                                 \
      "les taux des groupes : aucun n’est des deux côtés d’une comparaison.")                                                 \
    X(M_PREVALENCE,                                                                                                           \
      "If all were inspected: an estimate from those inspected, each standing for as many trucks as its own "                 \
      "chance of inspection says (Hájek). What an inspection cannot see is not in it.",                                       \
      "Si se inspeccionara todo: estimación a partir de los inspeccionados; cada uno vale por tantos camiones como "         \
      "dice "                                                                                                                 \
      "su propia probabilidad de inspección (Hájek). Lo que una inspección no ve no está incluido.",                          \
      "Si tout était inspecté : estimation d’après les inspectés, chacun valant pour autant de camions que le dit sa "  \
      "propre probabilité d’inspection (Hájek). Ce qu’une inspection ne voit pas n’y est pas.")                               \
    X(M_INTERVALS,                                                                                                            \
      "Intervals hold at 95 %: Wilson’s for shares, Newcombe’s for differences, MOVER for ratios, the delta "             \
      "method on the log for yields, which needs two hits.",                                                                  \
      "Los intervalos son al 95 %: Wilson para proporciones, Newcombe para diferencias, MOVER para razones, método "         \
      "delta "                                                                                                                \
      "sobre el logaritmo para rendimientos, que requiere dos hallazgos.",                                                    \
      "Les intervalles sont à 95 % : Wilson pour les parts, Newcombe pour les différences, MOVER pour les rapports, "       \
      "méthode delta sur le logarithme pour les rendements, qui demande deux découvertes.")                                   \
    X(M_OFFICERS,                                                                                                             \
      "Rows of officers with fewer inspections than the least number are put together, and the next larger with "             \
      "them, so that no person’s few inspections can be told from the total. Officers do not choose what comes "            \
      "to them: a rate is no measure of a person.",                                                                           \
      "Las filas de oficiales con menos inspecciones que el mínimo se juntan, y con ellas la siguiente mayor, para "         \
      "que las "                                                                                                              \
      "pocas de una persona no se deduzcan del total. Los oficiales no eligen lo que les llega: una tasa no mide a "          \
      "una "                                                                                                                  \
      "persona.",                                                                                                             \
      "Les lignes d’agents ayant moins d’inspections que le minimum sont réunies, et la suivante avec elles, pour "      \
      "que les "                                                                                                              \
      "quelques inspections d’une personne ne se déduisent pas du total. Les agents ne choisissent pas ce qui leur "       \
      "vient : "                                                                                                              \
      "un taux ne mesure pas une personne.")

enum text {
#define X(name, en, es, fr) TEXT_##name,
    TEXT_TABLE(X)
#undef X
        TEXTS
};

static const char *const texts[TEXTS][3] = {
#define X(name, en, es, fr) {en, es, fr},
    TEXT_TABLE(X)
#undef X
};

static const char style[] =
    ":root{color-scheme:light dark;--ground:#fff;--ink:#17212c;--soft:#4d5b69;--line:#c9d2da;--sunk:#f2f5f8;"
    "--mark:#1d4f91;--band:#e3d9b8}"
    "@media(prefers-color-scheme:dark){:root{--ground:#0d141b;--ink:#e6ecf2;--soft:#a3b1be;--line:#33434f;"
    "--sunk:#16202a;--mark:#7fb2f0;--band:#4a4223}}"
    "*{box-sizing:border-box}body{margin:0 auto;max-width:1180px;padding:24px;background:var(--ground);"
    "color:var(--ink);font:14px/1.45 system-ui,'Segoe UI',Roboto,'Noto Sans','DejaVu Sans',sans-serif;"
    "font-variant-numeric:tabular-nums}h1{font-size:24px;margin:0 0 4px}h2{font-size:17px;margin:28px 0 8px}"
    "p{margin:4px 0}.soft{color:var(--soft)}.small{font-size:12px}"
    ".cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(200px,1fr));gap:10px;margin:16px 0}"
    ".card{background:var(--sunk);border:1px solid var(--line);border-radius:6px;padding:10px 12px}"
    ".card b{display:block;font-size:22px;line-height:1.2}.wide{overflow-x:auto}"
    "table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:5px 8px;"
    "border-bottom:1px solid var(--line)}th{font-weight:600;color:var(--soft);font-size:12px}"
    ".n{text-align:right}td.n{white-space:nowrap}td.y{min-width:190px}"
    "svg{display:block;width:100%;min-width:640px;height:auto}svg text{fill:var(--ink);font-size:12px}"
    "svg .soft{fill:var(--soft)}.band{fill:var(--band)}.tick,.arm{stroke:var(--line)}.arm{stroke:var(--mark);"
    "stroke-width:2}.dot{fill:var(--mark)}.base{stroke:var(--soft);stroke-dasharray:4 3}"
    "@media print{.wide{overflow:visible}:root{color-scheme:light;--ground:#fff;--ink:#000;--soft:#333;--line:#999;"
    "--sunk:#fff;--mark:#000;--band:#e8e8e8}body{max-width:none;padding:0;font-size:11px}h2{break-after:avoid}"
    "tr,.card,svg{break-inside:avoid}thead{display:table-header-group}"
    "*{print-color-adjust:exact;-webkit-print-color-adjust:exact}@page{size:landscape;margin:14mm}}";

struct page {
    const struct outcome_report *r;
    struct buf *out;
    int language;
};

static const char *say(const struct page *p, enum text text)
{
    return texts[text][p->language];
}

static void put(const struct page *p, const char *html)
{
    buf_puts(p->out, html);
}

// Text from outside.
static void put_text(const struct page *p, struct str text)
{
    html_text(p->out, text);
}

static void put_number(const struct page *p, double value, int decimals)
{
    outcome_number(p->r, value, decimals, p->out);
}

static void put_percent(const struct page *p, double share)
{
    put_number(p, share * 100, 2);
    put(p, p->language ? "\u00a0%" : "%");
}

static void put_interval(const struct page *p, double low, double high)
{
    put(p, "<br><span class=\"soft small\">");
    put_percent(p, low);
    put(p, " – ");
    put_percent(p, high);
    put(p, "</span>");
}

static void put_rate(const struct page *p, const struct rate *rate)
{
    if (!rate->known) {
        put(p, "–");
        return;
    }
    put_percent(p, rate->share);
    put_interval(p, rate->low, rate->high);
}

static void put_name(const struct page *p, const struct outcome_group *g)
{
    struct buf name = BUF(2048);
    outcome_group_name(p->r, g, &name);
    put_text(p, buf_str(&name));
    buf_free(&name);
}

static void put_time(const struct page *p, int64_t ms)
{
    char text[TIME_TEXT_ROOM];
    time_text_ms(ms + (int64_t)local_time_offset_min(p->r->zone, ms, NULL) * 60000, text);
    text[10] = ' ';
    text[16] = '\0';
    put(p, text);
}

// ---- Head and cards ----

static void head(const struct page *p)
{
    static const char *const tongues[] = {"en", "es", "fr"};
    const struct outcome_report *r = p->r;
    buf_printf(p->out, "<!doctype html>\n<html lang=\"%s\"><head><meta charset=\"utf-8\">", tongues[p->language]);
    buf_printf(p->out,
               "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><title>%s</title><style>",
               say(p, TEXT_TITLE));
    put(p, style);
    buf_printf(p->out, "</style></head><body><main><h1>%s</h1><p class=\"soft\">%s ", say(p, TEXT_TITLE),
               say(p, TEXT_PORT));
    put_text(p, r->port.n ? r->port : str_of(say(p, TEXT_ALL_PORTS)));
    buf_printf(p->out, " · %s ", say(p, TEXT_PERIOD));
    if (r->from_ms == INT64_MIN && r->to_ms == INT64_MAX) put(p, say(p, TEXT_ALL_TIME));
    if (r->from_ms != INT64_MIN) put_time(p, r->from_ms);
    if (r->from_ms != INT64_MIN || r->to_ms != INT64_MAX) put(p, " – ");
    if (r->to_ms != INT64_MAX) put_time(p, r->to_ms);
    buf_printf(p->out, " · %s: ", say(p, TEXT_TIMES));
    put_text(p, local_time_known(r->zone) ? r->zone : STR("UTC"));
    if (r->node.n) {
        buf_printf(p->out, " · %s ", say(p, TEXT_NODE));
        put_text(p, r->node);
    }
    put(p, "</p>\n");
}

static void card(const struct page *p, const struct rate *rate, enum text text, size_t hits, size_t n)
{
    put(p, "<div class=\"card\"><b>");
    if (rate->known)
        put_percent(p, rate->share);
    else
        put(p, "–");
    buf_printf(p->out, "</b>%s", say(p, text));
    if (rate->known) put_interval(p, rate->low, rate->high);
    if (n) {
        put(p, " <span class=\"soft small\">(");
        put_number(p, (double)hits, 0);
        put(p, " / ");
        put_number(p, (double)n, 0);
        put(p, ")</span>");
    }
    put(p, "</div>");
}

static void put_lift(const struct page *p, const struct outcome_group *g)
{
    const struct rate_ratio *l = &g->lift;
    if (!g->rate.known || !p->r->rates->base.rate.known) {
        put(p, "–");
        return;
    }
    if (l->known) {
        put_number(p, l->value, 1);
        put(p, "<br><span class=\"soft small\">");
    }
    if (!l->bounded) buf_printf(p->out, "%s ", say(p, TEXT_AT_LEAST));
    put_number(p, l->low, 1);
    if (l->bounded) {
        put(p, " – ");
        put_number(p, l->high, 1);
    }
    if (l->known) put(p, "</span>");
}

static void cards(const struct page *p)
{
    const struct outcome_group *all = &p->r->rates->all, *base = &p->r->rates->base;
    put(p, "<div class=\"cards\">");
    card(p, &base->rate, TEXT_BASE, base->hits, base->inspected);
    card(p, &all->rate, TEXT_ALL_RATE, all->hits, all->inspected);
    put(p, "<div class=\"card\"><b>");
    if (all->lift.known)
        put_number(p, all->lift.value, 1);
    else
        put(p, "–");
    buf_printf(p->out, "</b>%s<br><span class=\"soft small\">", say(p, TEXT_LIFT));
    if (all->lift.known) {
        put_number(p, all->lift.low, 1);
        put(p, " – ");
        if (all->lift.bounded) put_number(p, all->lift.high, 1);
    }
    put(p, "</span></div>");
    card(p, &all->prevalence, TEXT_TRAFFIC, 0, 0);
    put(p, "</div>\n");
}

// ---- The chart ----

// A round number not below `share` for the end of the axis.
static double axis_end(double share)
{
    static const double ends[] = {0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        if (share <= ends[i]) return ends[i];
    return 1;
}

static size_t drawn_rows(const struct page *p, double *end)
{
    size_t n = 0;
    *end = p->r->rates->base.rate.high;
    for (size_t i = 0; i < p->r->rates->ngroups && n < ROWS_DRAWN; i++) {
        const struct outcome_group *g = &p->r->rates->groups[i];
        if (!g->rate.known) continue;
        *end = fmax(*end, g->rate.high);
        n++;
    }
    *end = axis_end(*end);
    return n;
}

#define LEFT 260
#define WIDTH 640
#define ROW 22

static double across(double share, double end)
{
    return LEFT + WIDTH * share / end;
}

static void chart(const struct page *p)
{
    const struct rate *base = &p->r->rates->base.rate;
    double end;
    size_t n = drawn_rows(p, &end), at = 0;
    if (n == 0) return;
    double height = (double)n * ROW + 34;
    buf_printf(p->out, "<h2>%s</h2><div class=\"wide\"><svg viewBox=\"0 0 %d %.0f\" role=\"img\" aria-label=\"%s\">",
               say(p, TEXT_CHART), LEFT + WIDTH + 40, height, say(p, TEXT_CHART));
    if (base->known) {
        buf_printf(p->out, "<rect class=\"band\" x=\"%.1f\" y=\"0\" width=\"%.1f\" height=\"%zu\"/>",
                   across(base->low, end), across(base->high, end) - across(base->low, end), n * ROW);
        buf_printf(p->out, "<line class=\"base\" x1=\"%.1f\" x2=\"%.1f\" y1=\"0\" y2=\"%zu\"/>",
                   across(base->share, end), across(base->share, end), n * ROW);
    }
    for (int i = 0; i <= 4; i++) {
        double x = across(end * i / 4, end);
        buf_printf(p->out, "<line class=\"tick\" x1=\"%.1f\" x2=\"%.1f\" y1=\"0\" y2=\"%zu\"/>", x, x, n * ROW);
        buf_printf(p->out, "<text class=\"soft\" x=\"%.1f\" y=\"%zu\" text-anchor=\"middle\">", x, n * ROW + 18);
        put_percent(p, end * i / 4);
        put(p, "</text>");
    }
    for (size_t i = 0; i < p->r->rates->ngroups && at < n; i++) {
        const struct outcome_group *g = &p->r->rates->groups[i];
        double y = ((double)at + 0.5) * ROW;
        if (!g->rate.known) continue;
        buf_printf(p->out, "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">", LEFT - 8, y + 4);
        put_name(p, g);
        buf_printf(p->out, "</text><line class=\"arm\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\"/>",
                   across(g->rate.low, end), across(g->rate.high, end), y, y);
        buf_printf(p->out, "<circle class=\"dot\" cx=\"%.1f\" cy=\"%.1f\" r=\"4\"/>", across(g->rate.share, end), y);
        at++;
    }
    put(p, "</svg></div>\n");
}

// ---- The table ----

static void put_yields(const struct page *p, const struct outcome_group *g)
{
    for (size_t i = 0; i < g->nyields; i++) {
        const struct outcome_yield *y = &g->yields[i];
        if (i) put(p, "<br>");
        put_number(p, y->mean.value, y->mean.value < 10 ? 3 : 0);
        put(p, " ");
        put_text(p, y->unit);
        put(p, " ");
        put_text(p, str_is(y->what, "value") ? str_of(say(p, TEXT_VALUE)) : y->what);
        if (!y->mean.bounded) continue;
        put(p, " <span class=\"soft small\">(");
        put_number(p, y->mean.low, y->mean.value < 10 ? 3 : 0);
        put(p, " – ");
        put_number(p, y->mean.high, y->mean.value < 10 ? 3 : 0);
        put(p, ")</span>");
    }
}

static void put_count(const struct page *p, size_t n)
{
    put(p, "<td class=\"n\">");
    put_number(p, (double)n, 0);
    put(p, "</td>");
}

static void table_row(const struct page *p, const struct outcome_group *g)
{
    put(p, "<tr><td>");
    put_name(p, g);
    put(p, "</td>");
    put_count(p, g->trucks);
    put_count(p, g->inspected);
    put(p, "<td class=\"n\">");
    put_number(p, (double)g->hits, 0);
    put(p, "<br><span class=\"soft small\">");
    put_number(p, (double)g->contraband, 0);
    put(p, "</span></td><td class=\"n\">");
    if (g->rate.known)
        put_rate(p, &g->rate);
    else
        put(p, say(p, TEXT_NO_RATE));
    put(p, "</td><td class=\"n\">");
    if (g->difference.known) {
        put_number(p, g->difference.value * 100, 2);
        put(p, "<br><span class=\"soft small\">");
        put_number(p, g->difference.low * 100, 2);
        put(p, " – ");
        put_number(p, g->difference.high * 100, 2);
        put(p, "</span>");
    } else {
        put(p, "–");
    }
    put(p, "</td><td class=\"n\">");
    put_lift(p, g);
    put(p, "</td><td class=\"n\">");
    put_rate(p, &g->prevalence);
    put(p, "</td><td class=\"y\">");
    put_yields(p, g);
    put(p, "</td>");
    put_count(p, g->without);
    put_count(p, g->overridden);
    put(p, "</tr>\n");
}

static void table(const struct page *p)
{
    static const enum text firsts[OUTCOME_BYS] = {TEXT_RULE, TEXT_LANE, TEXT_SCANNER, TEXT_SHIFT, TEXT_PROGRAMME};
    static const enum text heads[] = {TEXT_TRUCKS,       TEXT_INSPECTED,  TEXT_HITS,  TEXT_RATE,    TEXT_DIFFERENCE,
                                      TEXT_TIMES_CHANCE, TEXT_PREVALENCE, TEXT_YIELD, TEXT_WITHOUT, TEXT_OVERRIDDEN};
    buf_printf(p->out, "<h2>%s</h2><div class=\"wide\"><table><thead><tr><th>%s</th>", say(p, TEXT_FIGURES),
               say(p, firsts[p->r->rates->by]));
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
        buf_printf(p->out, "<th%s>%s", heads[i] == TEXT_YIELD ? "" : " class=\"n\"", say(p, heads[i]));
        if (heads[i] == TEXT_HITS) buf_printf(p->out, "<br>%s", say(p, TEXT_CONTRABAND));
        put(p, "</th>");
    }
    put(p, "</tr></thead><tbody>\n");
    table_row(p, &p->r->rates->all);
    for (size_t i = 0; i < p->r->rates->ngroups; i++) table_row(p, &p->r->rates->groups[i]);
    put(p, "</tbody></table></div>\n");
    if (p->r->rates->left_out) buf_printf(p->out, "<p>%zu %s</p>\n", p->r->rates->left_out, say(p, TEXT_LEFT_OUT));
}

static void sentence(const struct page *p, const struct outcome_group *g)
{
    struct buf text = BUF(4096);
    outcome_sentence(p->r, g, &text);
    put(p, "<li>");
    put_text(p, buf_str(&text));
    put(p, "</li>\n");
    buf_free(&text);
}

static void words(const struct page *p)
{
    buf_printf(p->out, "<h2>%s</h2><ul>\n", say(p, TEXT_WORDS));
    sentence(p, &p->r->rates->all);
    for (size_t i = 0; i < p->r->rates->ngroups && i < ROWS_DRAWN; i++) sentence(p, &p->r->rates->groups[i]);
    put(p, "</ul>\n");
}

static void method(const struct page *p)
{
    static const enum text says[] = {TEXT_M_HIT, TEXT_M_BASE, TEXT_M_PREVALENCE, TEXT_M_INTERVALS};
    buf_printf(p->out, "<h2>%s</h2>\n", say(p, TEXT_METHOD));
    for (size_t i = 0; i < sizeof says / sizeof *says; i++)
        buf_printf(p->out, "<p class=\"soft\">%s</p>\n", say(p, says[i]));
    if (p->r->rates->by == OUTCOME_BY_SHIFT)
        buf_printf(p->out, "<p class=\"soft\">%s (%d)</p>\n", say(p, TEXT_M_OFFICERS), OUTCOME_OFFICER_MIN);
}

void outcome_report_html(const struct outcome_report *r, struct buf *out)
{
    struct page p = {r, out, outcome_language(r)};
    head(&p);
    cards(&p);
    chart(&p);
    table(&p);
    words(&p);
    method(&p);
    put(&p, "</main></body></html>\n");
}
