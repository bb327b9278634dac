// SPDX-License-Identifier: Apache-2.0
// The availability report as a page of its own. No colour says anything alone: each state has its word beside it, and
// bars are drawn with outlines and hatching that survive a black and white printer.
#include "port/availability_report.h"

#include "base/clock.h"
#include "base/html.h"
#include "port/local_time.h"

#include <math.h>
#include <stdio.h>

#define HOUR_MS 3600000.0
#define DAY_MS 86400000.0

// ---- Words ----

#define TEXT_TABLE(X)                                                                                                               \
    X(TITLE, "Availability of inspection equipment", "Disponibilidad del equipo de inspección",                                     \
      "Disponibilité de l’équipement d’inspection")                                                                                 \
    X(PORT, "Port", "Puerto", "Port")                                                                                               \
    X(ALL_PORTS, "all ports", "todos los puertos", "tous les ports")                                                                \
    X(PERIOD, "Period", "Periodo", "Période")                                                                                       \
    X(TIMES, "Times", "Horas", "Heures")                                                                                            \
    X(NODE, "From the records of", "De los registros de", "D’après les registres de")                                               \
    X(LOST, "of the known time lost to outages", "del tiempo conocido perdido por fallas",                                          \
      "du temps connu perdu par pannes")                                                                                            \
    X(SYSTEMS_OUT, "systems with an outage", "equipos con alguna falla", "systèmes avec une panne")                                 \
    X(LONGEST, "longest outage", "falla más larga", "panne la plus longue")                                                         \
    X(DAYS, "days", "días", "jours")                                                                                                \
    X(PENALTY_DUE, "penalty due from the vendor", "penalización a cargo del proveedor",                                             \
      "pénalité due par le fournisseur")                                                                                            \
    X(NO_VERDICT, "images without a verdict", "imágenes sin dictamen", "images sans verdict")                                       \
    X(OBSERVED, "of the time in service is known", "del tiempo en servicio es conocido",                                            \
      "du temps en service est connu")                                                                                              \
    X(TIMELINE, "What each machine was, and when", "Qué fue de cada equipo, y cuándo",                                              \
      "L’état de chaque machine dans le temps")                                                                                     \
    X(MACHINES, "Machine by machine", "Equipo por equipo", "Machine par machine")                                                   \
    X(WORK, "What they scanned, how they were kept", "Qué escanearon y cómo se mantuvieron",                                        \
      "Ce qu’elles ont scanné, comment elles furent entretenues")                                                                   \
    X(MACHINE, "Machine", "Equipo", "Machine")                                                                                      \
    X(KNOWN, "Known", "Conocido", "Connu")                                                                                          \
    X(AO, "Availability", "Disponibilidad", "Disponibilité")                                                                        \
    X(BOUNDS, "bounds", "límites", "bornes")                                                                                        \
    X(BY_CONTRACT, "By contract", "Según contrato", "Selon le contrat")                                                             \
    X(PROMISED, "promised", "prometida", "promise")                                                                                 \
    X(MISSED, "missed", "incumplida", "non tenue")                                                                                  \
    X(FAILURES, "Outages", "Fallas", "Pannes")                                                                                      \
    X(MTBF, "Mean time between, h", "Tiempo medio entre fallas, h", "Temps moyen entre pannes, h")                                  \
    X(MTTR, "Mean time to repair, h", "Tiempo medio de reparación, h", "Temps moyen de réparation, h")                              \
    X(WAITED_FOR, "Of it waiting for", "De ello, en espera de", "Dont en attente de")                                               \
    X(PEOPLE, "people", "personal", "personnel")                                                                                    \
    X(PARTS, "parts", "refacciones", "pièces")                                                                                      \
    X(REPAIR, "repair", "reparación", "réparation")                                                                                 \
    X(UNSAID, "not recorded", "sin registro", "non consigné")                                                                       \
    X(WITHOUT, "Without a verdict", "Sin dictamen", "Sans verdict")                                                                 \
    X(SCANS, "Scans", "Escaneos", "Passages")                                                                                       \
    X(PER_HOUR, "An hour, of rated", "Por hora, de lo nominal", "Par heure, du nominal")                                            \
    X(UTILISATION, "Utilisation", "Utilización", "Utilisation")                                                                     \
    X(PM, "Preventive maintenance", "Mantenimiento preventivo", "Entretien préventif")                                              \
    X(ON_TIME, "on time", "a tiempo", "à temps")                                                                                    \
    X(LATE, "Hours late", "Horas de retraso", "Heures de retard")                                                                   \
    X(PENALTY, "Penalty", "Penalización", "Pénalité")                                                                               \
    X(BEFORE_CAP, "before the cap", "antes del tope", "avant plafond")                                                              \
    X(REASONS, "Why they were out", "Por qué no funcionaron", "Pourquoi elles étaient hors service")                                \
    X(REASON, "Reason", "Motivo", "Motif")                                                                                          \
    X(HOURS, "Hours", "Horas", "Heures")                                                                                            \
    X(SHARE, "Share", "Parte", "Part")                                                                                              \
    X(INTERRUPTIONS, "Every interruption", "Cada interrupción", "Chaque interruption")                                              \
    X(FROM, "From", "Desde", "De")                                                                                                  \
    X(TO, "To", "Hasta", "À")                                                                                                       \
    X(STILL_OUT, "not known to have ended", "sin fin conocido", "sans fin connue")                                                  \
    X(PLANNED, "planned", "programado", "planifié")                                                                                 \
    X(WAITED, "Waited for people, parts, repair, h", "Espera de personal, refacciones, reparación, h",                              \
      "Attente: personnel, pièces, réparation, h")                                                                                  \
    X(NOTE, "Note", "Nota", "Note")                                                                                                 \
    X(NONE, "No interruption is on record.", "No hay interrupciones registradas.", "Aucune interruption consignée.")                \
    X(QUALITY, "How clean the log is", "Calidad de la bitácora", "Qualité du journal")                                              \
    X(ROWS, "rows", "renglones", "lignes")                                                                                          \
    X(REFUSED, "refused", "rechazados", "refusées")                                                                                 \
    X(DUPLICATES, "duplicates", "duplicados", "doublons")                                                                           \
    X(OUT_OF_ORDER, "out of order", "fuera de orden", "hors d’ordre")                                                               \
    X(CONTRADICTED, "scans while out of service", "escaneos estando fuera de servicio", "passages hors service")                    \
    X(METHOD, "How the figures are made", "Cómo se obtienen las cifras", "Comment les chiffres sont établis")                       \
    X(METHOD_KNOWN,                                                                                                                 \
      "Time that no record covers is unknown: it counts neither as up nor as down. The bounds of availability take "                \
      "all of it as down, and all of it as up.",                                                                                    \
      "El tiempo que ningún registro cubre es desconocido: no cuenta ni como servicio ni como falla. Los límites de "             \
      "la disponibilidad lo toman todo como falla, y todo como servicio.",                                                          \
      "Le temps qu’aucun enregistrement ne couvre est inconnu: il ne compte ni comme service ni comme panne. Les "                \
      "bornes de la disponibilité le prennent tout comme panne, et tout comme service.")                                            \
    X(METHOD_AO,                                                                                                                    \
      "Availability is up / (up + down); up, standby and degraded are up, outages and all maintenance are down. By "                \
      "contract, preventive maintenance is left out of both.",                                                                      \
      "La disponibilidad es servicio / (servicio + falla); activo, en espera y degradado son servicio; las fallas y "               \
      "todo mantenimiento son falla. Según contrato, el mantenimiento preventivo se excluye de ambos.",                             \
      "La disponibilité est service / (service + panne); en service, en attente et dégradé sont service; pannes et "             \
      "tout entretien sont panne. Selon le contrat, l’entretien préventif est exclu des deux.")                                     \
    X(METHOD_MT,                                                                                                                    \
      "Mean time between outages is up time / unplanned outages that began in the period; mean time to repair is "                  \
      "that of unplanned outages that ended in it, n of them, from the first moment to the last.",                                  \
      "El tiempo medio entre fallas es el tiempo en servicio / fallas que empezaron en el periodo; el de reparación, "             \
      "el de las que terminaron en él, n de ellas, de principio a fin.",                                                            \
      "Le temps moyen entre pannes est le temps de service / pannes qui ont commencé dans la période; celui de "                  \
      "réparation, celui des pannes qui s’y sont terminées, n, du début à la fin.")                                                 \
    X(METHOD_CLOCK,                                                                                                                 \
      "The vendor’s clock runs from the beginning of an unplanned outage. Late are the hours after the promised "                 \
      "response until somebody came, and those after the promised repair; the penalty of a month has the contract’s "             \
      "cap. Where nobody recorded what was waited for, the response is not judged.",                                                \
      "El reloj del proveedor corre desde el inicio de la falla. Son retraso las horas tras la respuesta prometida "                \
      "hasta que alguien llegó, y las posteriores a la reparación prometida; la penalización mensual tiene el tope "             \
      "del contrato. Donde nadie registró qué se esperaba, la respuesta no se juzga.",                                              \
      "L’horloge du fournisseur court dès le début de la panne. Sont en retard les heures après la réponse promise "          \
      "jusqu’à l’arrivée de quelqu’un, et celles après la réparation promise; la pénalité d’un mois a le plafond du " \
      "contrat. Là où nul n’a consigné ce qui était attendu, la réponse n’est pas jugée.")                                          \
    X(METHOD_SCANS,                                                                                                                 \
      "Scans an hour are those of the hours up or degraded; utilisation is scans / (rated scans an hour × hours "                  \
      "available). Maintenance is on time when done by its date and a tenth of its interval.",                                      \
      "Los escaneos por hora son los de las horas en servicio o degradado; la utilización es escaneos / (nominal por "             \
      "hora × horas disponibles). El mantenimiento está a tiempo si se hizo en su fecha más una décima de su "                  \
      "intervalo.",                                                                                                                 \
      "Les passages par heure sont ceux des heures en service ou dégradé; l’utilisation est passages / (nominal par "           \
      "heure × heures disponibles). L’entretien est à temps s’il est fait à sa date plus un dixième de son "                \
      "intervalle.")                                                                                                                \
    X(S_UNKNOWN, "unknown", "desconocido", "inconnu")                                                                               \
    X(S_UP, "up", "en servicio", "en service")                                                                                      \
    X(S_STANDBY, "standby", "en espera", "en attente")                                                                              \
    X(S_DEGRADED, "degraded", "degradado", "dégradé")                                                                               \
    X(S_MAINTENANCE, "maintenance", "mantenimiento", "entretien")                                                                   \
    X(S_DOWN, "down", "fuera de servicio", "hors service")

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
    "--up:#cfe6dc;--standby:#e4eef7;--degraded:#f3d58a;--maintenance:#8fb8e0;--down:#b3261e;--unknown:#fff}"
    "@media(prefers-color-scheme:dark){:root{--ground:#0d141b;--ink:#e6ecf2;--soft:#a3b1be;--line:#33434f;"
    "--sunk:#16202a;--up:#1d4a3b;--standby:#243747;--degraded:#8a6a1e;--maintenance:#2f6299;--down:#ff6f63;"
    "--unknown:#0d141b}}"
    "*{box-sizing:border-box}body{margin:0 auto;max-width:1180px;padding:24px;background:var(--ground);"
    "color:var(--ink);font:14px/1.45 system-ui,'Segoe UI',Roboto,'Noto Sans','DejaVu Sans',sans-serif;"
    "font-variant-numeric:tabular-nums}h1{font-size:24px;margin:0 0 4px}h2{font-size:17px;margin:28px 0 8px}"
    "p{margin:4px 0}.soft{color:var(--soft)}.small{font-size:12px}"
    ".cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(165px,1fr));gap:10px;margin:16px 0}"
    ".card{background:var(--sunk);border:1px solid var(--line);border-radius:6px;padding:10px 12px}"
    ".card b{display:block;font-size:22px;line-height:1.2}.wide{overflow-x:auto}"
    "table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:5px 8px;"
    "border-bottom:1px solid var(--line)}th{font-weight:600;color:var(--soft);font-size:12px}"
    ".n{text-align:right}td.n,td.t,td:first-child{white-space:nowrap}.bad{color:var(--down);font-weight:600}"
    ".time svg{min-width:640px}svg{display:block;width:100%;height:auto}svg text{fill:var(--ink);font-size:11px}svg "
    ".soft{fill:var(--soft)}"
    ".frame{fill:none;stroke:var(--line)}.tick{stroke:var(--line)}"
    ".up{fill:var(--up)}.standby{fill:var(--standby)}.degraded{fill:var(--degraded)}"
    ".maintenance{fill:var(--maintenance)}.down{fill:var(--down)}.unknown{fill:url(#unknown)}"
    ".hatch{stroke:var(--soft);stroke-width:1}.bar{fill:var(--down)}"
    ".key{display:flex;flex-wrap:wrap;gap:14px;margin:6px 0;padding:0;list-style:none}"
    ".key svg{display:inline-block;width:14px;height:14px;vertical-align:-2px;margin-right:5px}"
    "@media print{.wide{overflow:visible}.time "
    "svg{min-width:0}:root{color-scheme:light;--ground:#fff;--ink:#000;--soft:#333;--line:#999;--sunk:#fff;"
    "--up:#e3efe9;--standby:#eef3f8;--degraded:#f3d58a;--maintenance:#8fb8e0;--down:#a01810;--unknown:#fff}"
    "body{max-width:none;padding:0;font-size:11px}h2{break-after:avoid}tr,.card,svg{break-inside:avoid}"
    "thead{display:table-header-group}*{print-color-adjust:exact;-webkit-print-color-adjust:exact}"
    "@page{size:landscape;margin:14mm}}";

struct page {
    const struct availability_report *r;
    struct buf *out;
    int language;       // column of `texts`
    const char *tongue; // "en"
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

// One decimal point or comma, and thin spaces between thousands, as the language has it.
static void put_number(const struct page *p, double value, int decimals)
{
    char text[64], out[96];
    size_t n = 0;
    if (value < 0) {
        put(p, "–");
        return;
    }
    snprintf(text, sizeof text, "%.*f", decimals, value);
    size_t whole = strcspn(text, ".");
    for (size_t i = 0; text[i] && n < sizeof out - 8; i++) {
        bool group = i > 0 && i < whole && (whole - i) % 3 == 0;
        if (group) n += (size_t)snprintf(out + n, sizeof out - n, "%s", p->language == 2 ? "\u202f" : ",");
        out[n++] = text[i] == '.' && p->language == 2 ? ',' : text[i];
    }
    buf_add(p->out, out, n);
}

static void put_percent(const struct page *p, double share)
{
    if (share < 0) {
        put(p, "–");
        return;
    }
    put_number(p, share * 100, 1);
    put(p, p->language ? "\u00a0%" : "%");
}

static void put_hours(const struct page *p, int64_t ms)
{
    put_number(p, ms < 0 ? -1 : (double)ms / HOUR_MS, 1);
}

static void put_time(const struct page *p, int64_t ms)
{
    char text[REPORT_TIME_ROOM];
    report_time(p->r, ms, text);
    put(p, text);
}

static struct str name_of(const struct machine *m)
{
    return m->name.n ? m->name : m->id;
}

static void put_machine(const struct page *p, const struct machine *m)
{
    put_text(p, name_of(m));
    if (!m->name.n) return;
    put(p, "<br><span class=\"soft small\">");
    put_text(p, m->id);
    put(p, "</span>");
}

// ---- Head and cards ----

static void head(const struct page *p)
{
    buf_printf(p->out, "<!doctype html>\n<html lang=\"%s\"><head><meta charset=\"utf-8\">", p->tongue);
    put(p, "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><title>");
    put(p, say(p, TEXT_TITLE));
    put(p, "</title><style>");
    put(p, style);
    buf_printf(p->out, "</style></head><body><main><h1>%s</h1><p class=\"soft\">%s ", say(p, TEXT_TITLE),
               say(p, TEXT_PORT));
    put_text(p, p->r->port.n ? p->r->port : str_of(say(p, TEXT_ALL_PORTS)));
    buf_printf(p->out, " · %s ", say(p, TEXT_PERIOD));
    put_time(p, p->r->period.from_ms);
    put(p, " – ");
    put_time(p, p->r->period.to_ms);
    buf_printf(p->out, " · %s: ", say(p, TEXT_TIMES));
    put_text(p, local_time_known(p->r->zone) ? p->r->zone : STR("UTC"));
    if (p->r->by.n) {
        buf_printf(p->out, " · %s ", say(p, TEXT_NODE));
        put_text(p, p->r->by);
    }
    put(p, "</p>\n");
}

static void card_end(const struct page *p, enum text text)
{
    buf_printf(p->out, "</b>%s", say(p, text));
}

static void cards(const struct page *p)
{
    const struct fleet_availability *f = &p->r->sum;
    put(p, "<div class=\"cards\"><div class=\"card\"><b>");
    put_percent(p, f->lost_share);
    card_end(p, TEXT_LOST);
    put(p, " (");
    put_hours(p, f->unplanned_ms);
    put(p, " h)</div><div class=\"card\"><b>");
    buf_printf(p->out, "%zu / %zu", f->with_outage, f->systems);
    card_end(p, TEXT_SYSTEMS_OUT);
    put(p, " (");
    put_percent(p, f->systems ? (double)f->with_outage / (double)f->systems : -1);
    put(p, ")</div><div class=\"card\"><b>");
    put_number(p, (double)f->longest_ms / DAY_MS, 1);
    buf_printf(p->out, " %s", say(p, TEXT_DAYS));
    card_end(p, TEXT_LONGEST);
    put(p, " (");
    put_text(p, f->longest.n ? f->longest : STR("–"));
    put(p, ")</div>");
    for (size_t i = 0; i < f->npenalties; i++) {
        put(p, "<div class=\"card\"><b>");
        put_number(p, f->penalties[i].amount, 0);
        put(p, " ");
        put_text(p, f->penalties[i].currency);
        card_end(p, TEXT_PENALTY_DUE);
        put(p, "</div>");
    }
    put(p, "<div class=\"card\"><b>");
    put_number(p, (double)f->undecided, 0);
    card_end(p, TEXT_NO_VERDICT);
    put(p, "</div><div class=\"card\"><b>");
    put_percent(p, f->installed_ms ? (double)f->known_ms / (double)f->installed_ms : -1);
    card_end(p, TEXT_OBSERVED);
    put(p, "</div></div>\n");
}

// ---- The timeline ----

#define LEFT 150.0
#define WIDTH 1000.0
#define ROW 26.0

static const char *const state_class[MACHINE_STATES] = {"unknown", "up", "standby", "degraded", "maintenance", "down"};

static double place(const struct page *p, int64_t ms)
{
    const struct period *period = &p->r->period;
    double span = (double)(period->to_ms - period->from_ms);
    return LEFT + (WIDTH - LEFT - 4) * (double)(ms - period->from_ms) / span;
}

// What may be wider than a screen scrolls by itself, by keys too.
static void wide_begin(const struct page *p, enum text title, const char *class)
{
    buf_printf(p->out, "<h2>%s</h2><div class=\"%s\" role=\"region\" tabindex=\"0\" aria-label=\"%s\">", say(p, title),
               class, say(p, title));
}

// At most a dozen dates, a whole number of days apart.
static void axis(const struct page *p, double height)
{
    const struct period *period = &p->r->period;
    double days = (double)(period->to_ms - period->from_ms) / DAY_MS;
    int64_t step = (int64_t)ceil(days / 11);
    if (step < 1) step = 1;
    int64_t offset = p->r->zone.n ? local_time_offset_min(p->r->zone, period->from_ms, NULL) * INT64_C(60000) : 0;
    int64_t day = INT64_C(86400000), first = period->from_ms + offset;
    first = first - first % day + (first % day ? day : 0) - offset;
    for (int64_t at = first; at < period->to_ms; at += step * day) {
        char text[REPORT_TIME_ROOM];
        double x = place(p, at);
        report_time(p->r, at, text);
        buf_printf(p->out, "<line class=\"tick\" x1=\"%.1f\" y1=\"16\" x2=\"%.1f\" y2=\"%.1f\"/>", x, x, height);
        buf_printf(p->out, "<text class=\"soft\" x=\"%.1f\" y=\"11\">%.5s</text>", x + 2, text + 5);
    }
}

static void stretch_draw(const struct page *p, const struct stretch *s, double y)
{
    double x = place(p, s->from_ms), w = place(p, s->to_ms) - x;
    // A short outage is still seen.
    if (s->state == MACHINE_DOWN && w < 1.5) w = 1.5;
    buf_printf(p->out, "<rect class=\"%s\" x=\"%.2f\" y=\"%.1f\" width=\"%.2f\" height=\"%.1f\"><title>",
               state_class[s->state], x, y, w, ROW - 8);
    put(p, say(p, (enum text)(TEXT_S_UNKNOWN + (int)s->state)));
    if (s->reason != REASON_UNSAID) buf_printf(p->out, ", %s", outage_reason_text(s->reason, p->tongue));
    put(p, ": ");
    put_time(p, s->from_ms);
    put(p, " – ");
    put_time(p, s->to_ms);
    put(p, "</title></rect>");
}

static void timeline_row(const struct page *p, size_t i, double y)
{
    const struct availability *a = &p->r->each[i];
    put(p, "<text x=\"0\" y=\"");
    buf_printf(p->out, "%.1f\">", y + 13);
    struct str name = name_of(&p->r->fleet->items[i]);
    size_t shown = 0;
    for (size_t n = 0; shown < name.n && n < 22; shown++) n += ((unsigned char)name.p[shown] & 0xC0) != 0x80;
    while (shown < name.n && ((unsigned char)name.p[shown] & 0xC0) == 0x80) shown++;
    put_text(p, (struct str){name.p, shown});
    put(p, "</text>");
    for (size_t k = 0; k < a->nstretches; k++) stretch_draw(p, &a->stretches[k], y);
    buf_printf(p->out, "<rect class=\"frame\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/>", LEFT, y,
               WIDTH - LEFT - 4, ROW - 8);
}

static void legend(const struct page *p)
{
    put(p, "<ul class=\"key\">");
    for (size_t s = 0; s < MACHINE_STATES; s++)
        buf_printf(p->out,
                   "<li><svg viewBox=\"0 0 14 14\" aria-hidden=\"true\"><rect class=\"%s\" width=\"14\" "
                   "height=\"14\"/><rect class=\"frame\" width=\"14\" height=\"14\"/></svg>%s</li>",
                   state_class[s], say(p, (enum text)(TEXT_S_UNKNOWN + (int)s)));
    put(p, "</ul>\n");
}

static void timeline(const struct page *p)
{
    double height = 20 + ROW * (double)p->r->fleet->count;
    wide_begin(p, TEXT_TIMELINE, "wide time");
    buf_printf(p->out, "<svg viewBox=\"0 0 %.0f %.0f\" role=\"img\" aria-label=\"%s\"><defs>", WIDTH, height,
               say(p, TEXT_TIMELINE));
    put(p,
        "<pattern id=\"unknown\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" "
        "patternTransform=\"rotate(45)\"><line class=\"hatch\" x1=\"0\" y1=\"0\" x2=\"0\" y2=\"6\"/></pattern></defs>");
    axis(p, height);
    for (size_t i = 0; i < p->r->fleet->count; i++) timeline_row(p, i, 20 + ROW * (double)i);
    put(p, "</svg></div>");
    legend(p);
}

// ---- Tables ----

static void table_begin(const struct page *p, enum text title, const enum text *columns, size_t n, size_t words)
{
    wide_begin(p, title, "wide");
    put(p, "<table><thead><tr>");
    for (size_t i = 0; i < n; i++)
        buf_printf(p->out, "<th scope=\"col\"%s>%s</th>", i < words ? "" : " class=\"n\"", say(p, columns[i]));
    put(p, "</tr></thead><tbody>\n");
}

static void table_end(const struct page *p)
{
    put(p, "</tbody></table></div>\n");
}

static void small_begin(const struct page *p)
{
    put(p, "<br><span class=\"soft small\">");
}

static void number_cell(const struct page *p)
{
    put(p, "</td><td class=\"n\">");
}

static void parts_put(const struct page *p, const struct availability *a)
{
    static const enum text names[WAITINGS] = {TEXT_UNSAID, TEXT_PEOPLE, TEXT_PARTS, TEXT_REPAIR};
    bool first = true;
    for (size_t w = 1; w <= WAITINGS; w++) {
        size_t at = w % WAITINGS; // what nobody recorded comes last
        if (!(a->mttr_part_h[at] > 0)) continue;
        if (!first) put(p, "<br>");
        first = false;
        buf_printf(p->out, "%s ", say(p, names[at]));
        put_number(p, a->mttr_part_h[at], 1);
    }
}

static void contract_cells(const struct page *p, const struct machine *m, const struct availability *a)
{
    number_cell(p);
    if (a->contract_missed) put(p, "<span class=\"bad\">");
    put_percent(p, a->ao_contract);
    if (a->contract_missed) put(p, "</span>");
    if (m->contract.availability_pct >= 0) {
        small_begin(p);
        put_percent(p, m->contract.availability_pct / 100);
        buf_printf(p->out, " %s%s%s</span>", say(p, TEXT_PROMISED), a->contract_missed ? ", " : "",
                   a->contract_missed ? say(p, TEXT_MISSED) : "");
    }
}

static void penalty_cells(const struct page *p, const struct machine *m, const struct availability *a)
{
    number_cell(p);
    put_hours(p, m->contract.vendor.n ? a->late_ms : -1);
    number_cell(p);
    put_number(p, a->penalty, 0);
    if (a->penalty < 0) return;
    put(p, " ");
    put_text(p, m->contract.currency);
    if (a->penalty_uncapped <= a->penalty) return;
    small_begin(p);
    put_number(p, a->penalty_uncapped, 0);
    buf_printf(p->out, " %s</span>", say(p, TEXT_BEFORE_CAP));
}

static void machine_row(const struct page *p, const struct machine *m, const struct availability *a)
{
    put(p, "<tr><td>");
    put_machine(p, m);
    number_cell(p);
    put_percent(p, a->installed_ms ? (double)a->known_ms / (double)a->installed_ms : -1);
    number_cell(p);
    put_percent(p, a->ao);
    if (a->ao >= 0 && a->known_ms < a->installed_ms) {
        small_begin(p);
        buf_printf(p->out, "%s ", say(p, TEXT_BOUNDS));
        put_percent(p, a->ao_low);
        put(p, " – ");
        put_percent(p, a->ao_high);
        put(p, "</span>");
    }
    contract_cells(p, m, a);
    number_cell(p);
    buf_printf(p->out, "%zu", a->failures);
    number_cell(p);
    put_number(p, a->mtbf_h, 0);
    number_cell(p);
    put_number(p, a->mttr_h, 1);
    if (a->repaired) {
        small_begin(p);
        buf_printf(p->out, "n = %zu</span>", a->repaired);
    }
    number_cell(p);
    put(p, "<span class=\"soft small\">");
    parts_put(p, a);
    put(p, "</span></td></tr>\n");
}

static void work_row(const struct page *p, const struct machine *m, const struct availability *a)
{
    put(p, "<tr><td>");
    put_machine(p, m);
    number_cell(p);
    put_number(p, (double)a->scans, 0);
    number_cell(p);
    put_number(p, (double)a->verdicts[VERDICT_NONE], 0);
    number_cell(p);
    put_number(p, a->per_hour, 1);
    small_begin(p);
    put_percent(p, a->of_rated);
    put(p, "</span>");
    number_cell(p);
    put_percent(p, a->utilisation);
    number_cell(p);
    buf_printf(p->out, "%zu / %zu", a->pm_on_time, a->pm_due);
    small_begin(p);
    buf_printf(p->out, "%s</span>", say(p, TEXT_ON_TIME));
    penalty_cells(p, m, a);
    put(p, "</td></tr>\n");
}

static void machines(const struct page *p)
{
    static const enum text columns[] = {TEXT_MACHINE,  TEXT_KNOWN, TEXT_AO,   TEXT_BY_CONTRACT,
                                        TEXT_FAILURES, TEXT_MTBF,  TEXT_MTTR, TEXT_WAITED_FOR};
    static const enum text work[] = {TEXT_MACHINE,     TEXT_SCANS, TEXT_WITHOUT, TEXT_PER_HOUR,
                                     TEXT_UTILISATION, TEXT_PM,    TEXT_LATE,    TEXT_PENALTY};
    table_begin(p, TEXT_MACHINES, columns, sizeof columns / sizeof *columns, 1);
    for (size_t i = 0; i < p->r->fleet->count; i++) machine_row(p, &p->r->fleet->items[i], &p->r->each[i]);
    table_end(p);
    table_begin(p, TEXT_WORK, work, sizeof work / sizeof *work, 1);
    for (size_t i = 0; i < p->r->fleet->count; i++) work_row(p, &p->r->fleet->items[i], &p->r->each[i]);
    table_end(p);
}

static void reasons(const struct page *p)
{
    static const enum text columns[] = {TEXT_REASON, TEXT_SHARE, TEXT_FAILURES, TEXT_HOURS};
    const struct fleet_availability *f = &p->r->sum;
    bool done[REASON_COUNT] = {false};
    if (!f->unplanned_ms) return;
    table_begin(p, TEXT_REASONS, columns, sizeof columns / sizeof *columns, 2);
    for (size_t n = 0; n < REASON_COUNT; n++) {
        size_t best = REASON_COUNT;
        for (size_t i = 0; i < REASON_COUNT; i++)
            if (!done[i] && f->reasons[i].count && (best == REASON_COUNT || f->reasons[i].ms > f->reasons[best].ms))
                best = i;
        if (best == REASON_COUNT) break;
        done[best] = true;
        double part = (double)f->reasons[best].ms / (double)f->unplanned_ms;
        buf_printf(p->out, "<tr><td>%s</td><td>", outage_reason_text((enum outage_reason)best, p->tongue));
        buf_printf(p->out,
                   "<svg viewBox=\"0 0 300 12\" aria-hidden=\"true\"><rect class=\"bar\" width=\"%.1f\" "
                   "height=\"12\"/></svg>",
                   part * 300);
        put_percent(p, part);
        buf_printf(p->out, "</td><td class=\"n\">%zu</td><td class=\"n\">", f->reasons[best].count);
        put_hours(p, f->reasons[best].ms);
        put(p, "</td></tr>\n");
    }
    table_end(p);
}

static void interruption_row(const struct page *p, const struct machine *m, const struct interruption *x)
{
    put(p, "<tr><td>");
    put_text(p, name_of(m));
    put(p, "</td><td class=\"t\">");
    put_time(p, x->from_ms);
    put(p, "</td><td class=\"t\">");
    if (x->open)
        buf_printf(p->out, "<span class=\"bad\">%s</span>", say(p, TEXT_STILL_OUT));
    else
        put_time(p, x->to_ms);
    put(p, "</td><td>");
    put(p, outage_reason_text(x->reason, p->tongue));
    if (x->words.n) put(p, ": ");
    put_text(p, x->words);
    if (x->planned) buf_printf(p->out, " (%s)", say(p, TEXT_PLANNED));
    put(p, "</td><td>");
    put_text(p, x->note);
    number_cell(p);
    put_hours(p, x->to_ms - x->from_ms);
    number_cell(p);
    if (x->waited_ms[WAITING_UNSAID] == x->to_ms - x->from_ms) {
        put(p, x->planned ? "" : say(p, TEXT_UNSAID));
    } else {
        put_hours(p, x->waited_ms[WAITING_PEOPLE]);
        put(p, " + ");
        put_hours(p, x->waited_ms[WAITING_PARTS]);
        put(p, " + ");
        put_hours(p, x->waited_ms[WAITING_REPAIR]);
    }
    number_cell(p);
    if (m->contract.vendor.n && !x->planned) put_hours(p, x->late_ms);
    number_cell(p);
    if (m->contract.penalty_per_hour >= 0 && !x->planned) put_number(p, x->penalty, 0);
    put(p, "</td></tr>\n");
}

static void interruptions(const struct page *p)
{
    static const enum text columns[] = {TEXT_MACHINE, TEXT_FROM,   TEXT_TO,   TEXT_REASON, TEXT_NOTE,
                                        TEXT_HOURS,   TEXT_WAITED, TEXT_LATE, TEXT_PENALTY};
    if (!p->r->sum.interruptions) {
        buf_printf(p->out, "<h2>%s</h2><p>%s</p>\n", say(p, TEXT_INTERRUPTIONS), say(p, TEXT_NONE));
        return;
    }
    table_begin(p, TEXT_INTERRUPTIONS, columns, sizeof columns / sizeof *columns, 5);
    for (size_t i = 0; i < p->r->fleet->count; i++)
        for (size_t k = 0; k < p->r->each[i].ninterruptions; k++)
            interruption_row(p, &p->r->fleet->items[i], &p->r->each[i].interruptions[k]);
    table_end(p);
}

static void quality(const struct page *p)
{
    const struct report_source *s = &p->r->source;
    if (!s->name.p) return;
    buf_printf(p->out, "<h2>%s</h2><p>", say(p, TEXT_QUALITY));
    put_text(p, s->name);
    buf_printf(p->out, ": %zu %s, %zu %s, %zu %s, %zu %s, %zu %s.</p>", s->rows, say(p, TEXT_ROWS), s->refused,
               say(p, TEXT_REFUSED), s->duplicates, say(p, TEXT_DUPLICATES), s->out_of_order, say(p, TEXT_OUT_OF_ORDER),
               s->contradicted, say(p, TEXT_CONTRADICTED));
    if (s->nreasons) put(p, "<ul>");
    for (size_t i = 0; i < s->nreasons; i++) {
        put(p, "<li>");
        put_text(p, s->reasons[i]);
        put(p, "</li>");
    }
    put(p, s->nreasons ? "</ul>\n" : "\n");
}

static void method(const struct page *p)
{
    static const enum text lines[] = {TEXT_METHOD_KNOWN, TEXT_METHOD_AO, TEXT_METHOD_MT, TEXT_METHOD_SCANS,
                                      TEXT_METHOD_CLOCK};
    buf_printf(p->out, "<h2>%s</h2>", say(p, TEXT_METHOD));
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        buf_printf(p->out, "<p class=\"soft\">%s</p>", say(p, lines[i]));
}

void availability_report_html(const struct availability_report *r, struct buf *out)
{
    static const char *const tongues[] = {"en", "es", "fr"};
    struct page p = {r, out, str_is(r->language, "es") ? 1 : str_is(r->language, "fr") ? 2 : 0, "en"};
    p.tongue = tongues[p.language];
    head(&p);
    cards(&p);
    timeline(&p);
    machines(&p);
    reasons(&p);
    interruptions(&p);
    quality(&p);
    method(&p);
    put(&p, "</main></body></html>\n");
}
