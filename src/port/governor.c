// SPDX-License-Identifier: Apache-2.0
#include "port/governor.h"

#include "base/html.h"

enum word {
    W_TITLE,
    W_PERIOD,
    W_LEVEL,
    W_PORT,
    W_ARRIVALS,
    W_WAIT,
    W_P95,
    W_ALL,
    W_METHOD,
    W_COVERAGE,
    W_SCANNED,
    W_SCANNERS,
    W_INCIDENTS,
    W_TARGETS,
    W_UNKNOWN,
    W_AT_LEAST,
    W_TRUCKS,
    W_WAITING,
    W_MET,
    W_MISSED,
    W_UNDECIDED,
    W_TARGET_WAIT,
    W_TARGET_P95,
    W_TARGET_SCANNED,
    W_TARGET_AVAILABLE,
    W_OPENINGS,
    W_TAMPERS,
    W_DISCREPANCIES,
    W_CONTRABAND,
    W_NONE,
    W_POSITIONS,
    W_READERS,
    W_RECORDS,
    W_MIXED,
    W_NOTE,
    W_LOW_COVERAGE,
    W_COUNT
};

static const char *const words[W_COUNT][GOVERNOR_LANGUAGES] = {
    [W_TITLE] = {"Ports side by side", "Puertos fronterizos comparados", "Postes frontaliers côte à côte"},
    [W_PERIOD] = {"From %s to %s (UTC)", "De %s a %s (UTC)", "Du %s au %s (UTC)"},
    [W_LEVEL] = {"intervals at", "intervalos al", "intervalles à"},
    [W_PORT] = {"Port", "Puerto", "Poste"},
    [W_ARRIVALS] = {"Arrivals", "Llegadas", "Arrivées"},
    [W_WAIT] = {"Mean wait in the queue, min", "Espera media en la fila, min", "Attente moyenne dans la file, min"},
    [W_P95] = {"95 of 100 wait less than, min", "95 de cada 100 esperan menos de, min",
               "95 sur 100 attendent moins de, min"},
    [W_ALL] = {"Mean time at the port, min", "Tiempo medio en el puerto, min", "Temps moyen au poste, min"},
    [W_METHOD] = {"Measured by", "Medido por", "Mesuré par"},
    [W_COVERAGE] = {"Share of arrivals measured", "Parte de las llegadas medida", "Part des arrivées mesurée"},
    [W_SCANNED] = {"Scanned", "Inspeccionados", "Scannés"},
    [W_SCANNERS] = {"Scanners up", "Escáneres en servicio", "Scanners en service"},
    [W_INCIDENTS] = {"Incidents", "Incidentes", "Incidents"},
    [W_TARGETS] = {"Targets", "Metas", "Objectifs"},
    [W_UNKNOWN] = {"not known", "se desconoce", "inconnu"},
    [W_AT_LEAST] = {"at least", "al menos", "au moins"},
    [W_TRUCKS] = {"trucks", "camiones", "camions"},
    [W_WAITING] = {"still there or lost from sight", "aún ahí o perdidos de vista", "encore là ou perdus de vue"},
    [W_MET] = {"met", "cumplida", "atteint"},
    [W_MISSED] = {"missed", "no cumplida", "manqué"},
    [W_UNDECIDED] = {"cannot be told", "no se puede saber", "indécis"},
    [W_TARGET_WAIT] = {"mean wait ≤", "espera media ≤", "attente moyenne ≤"},
    [W_TARGET_P95] = {"95th percentile ≤", "percentil 95 ≤", "95e centile ≤"},
    [W_TARGET_SCANNED] = {"scanned % ≥", "inspeccionados % ≥", "scannés % ≥"},
    [W_TARGET_AVAILABLE] = {"scanners up % ≥", "escáneres en servicio % ≥", "scanners en service % ≥"},
    [W_OPENINGS] = {"seals opened", "candados abiertos", "scellés ouverts"},
    [W_TAMPERS] = {"seals tampered with", "candados violados", "scellés altérés"},
    [W_DISCREPANCIES] = {"discrepancies found", "discrepancias halladas", "écarts constatés"},
    [W_CONTRABAND] = {"contraband found", "contrabando hallado", "contrebande trouvée"},
    [W_NONE] = {"none", "ninguno", "aucun"},
    [W_POSITIONS] = {"positions", "posiciones", "positions"},
    [W_READERS] = {"readers", "lectores", "lecteurs"},
    [W_RECORDS] = {"records", "registros", "registres"},
    [W_MIXED] = {"mixed", "mixto", "mixte"},
    [W_NOTE] =
        {"A wait stands with the interval in which it lies, the number of trucks it was measured on, and how. "
         "Trucks that wait still count with what they have waited. A target is met or missed only where the "
         "interval says so.",
         "Cada espera va con el intervalo en que se halla, el número de camiones medidos y el método. Los "
         "camiones que aún esperan cuentan con lo que llevan esperando. Una meta se da por cumplida o no cumplida "
         "solo cuando el intervalo lo dice.",
         "Chaque attente est donnée avec son intervalle, le nombre de camions mesurés et la méthode. Les camions "
         "qui attendent encore comptent avec leur attente jusqu’ici. Un objectif n’est dit atteint ou manqué que "
         "si l’intervalle le permet."},
    [W_LOW_COVERAGE] = {"fewer than 85 %: the figure may not be that of all",
                        "menos de 85 %: puede no valer para todos", "moins de 85 % : ne vaut peut-être pas pour tous"},
};

static const char *const codes[GOVERNOR_LANGUAGES] = {"en", "es", "fr"};

bool governor_language_parse(struct str text, enum governor_language *out)
{
    for (int i = 0; i < GOVERNOR_LANGUAGES; i++) {
        if (!str_is(text, codes[i])) continue;
        *out = (enum governor_language)i;
        return true;
    }
    return false;
}

struct page {
    enum governor_language language;
    struct buf *out;
};

static const char *say(const struct page *p, enum word word)
{
    return words[word][p->language];
}

static void put_number(struct buf *out, double value)
{
    char text[32];
    buf_add(out, text, json_number_text(value, text));
}

static const struct json *number_of(const struct json *object, const char *name)
{
    const struct json *value = json_get(object, name);
    return value && value->type == JSON_NUMBER ? value : NULL;
}

static double count_of(const struct json *object, const char *name)
{
    const struct json *value = number_of(object, name);
    return value ? value->number : 0;
}

static const struct json *stage_of(const struct json *port, const char *stage)
{
    json_each(row, json_get(port, "waits")) if (str_is(json_text(row, "stage"), stage)) return row;
    return NULL;
}

static void unknown(const struct page *p)
{
    buf_printf(p->out, "<span class=\"u\">%s</span>", say(p, W_UNKNOWN));
}

// "27.5 (24 – 31)"; "at least 40 (35 – …)".
static void put_figure(const struct page *p, const struct json *figure)
{
    const struct json *value = number_of(figure, "minutes"), *low = number_of(figure, "low"),
                      *high = number_of(figure, "high");
    if (!value) {
        unknown(p);
        return;
    }
    if (json_true(figure, "at_least")) buf_printf(p->out, "%s ", say(p, W_AT_LEAST));
    buf_puts(p->out, "<b>");
    put_number(p->out, value->number);
    buf_puts(p->out, "</b>");
    if (!low && !high) return;
    buf_puts(p->out, " (");
    if (low) put_number(p->out, low->number);
    buf_puts(p->out, low ? " – " : "… – ");
    if (high) put_number(p->out, high->number);
    buf_puts(p->out, high ? ")" : "…)");
}

static void cell_wait(const struct page *p, const struct json *row, const char *which)
{
    buf_puts(p->out, "<td>");
    put_figure(p, json_get(row, which));
    buf_puts(p->out, "</td>");
}

static void cell_method(const struct page *p, const struct json *row)
{
    static const struct {
        const char *name;
        enum word word;
    } methods[] = {{"positions", W_POSITIONS}, {"readers", W_READERS}, {"records", W_RECORDS}, {"mixed", W_MIXED}};
    const char *method = say(p, W_UNKNOWN);
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        if (str_is(json_text(row, "method"), methods[i].name)) method = say(p, methods[i].word);
    buf_printf(p->out, "<td>%s", method);
    if (row) {
        buf_puts(p->out, "<br><small>");
        put_number(p->out, count_of(row, "n"));
        buf_printf(p->out, " %s", say(p, W_TRUCKS));
        if (count_of(row, "censored") > 0) {
            buf_puts(p->out, ", ");
            put_number(p->out, count_of(row, "censored"));
            buf_printf(p->out, " %s", say(p, W_WAITING));
        }
        buf_puts(p->out, "</small>");
    }
    buf_puts(p->out, "</td>");
}

static void cell_coverage(const struct page *p, const struct json *coverage)
{
    const struct json *share = number_of(coverage, "share");
    buf_puts(p->out, "<td>");
    if (share) {
        put_number(p->out, share->number * 100);
        buf_puts(p->out, " %");
        if (!json_true(coverage, "enough"))
            buf_printf(p->out, "<br><small class=\"w\">%s</small>", say(p, W_LOW_COVERAGE));
    } else {
        unknown(p);
    }
    buf_puts(p->out, "</td>");
}

static void cell_scanned(const struct page *p, const struct json *port)
{
    const struct json *pct = number_of(port, "scanned_pct");
    buf_puts(p->out, "<td>");
    if (pct) {
        put_number(p->out, pct->number);
        buf_puts(p->out, " %<br><small>");
        put_number(p->out, count_of(port, "scanned"));
        buf_puts(p->out, " / ");
        put_number(p->out, count_of(port, "arrivals"));
        buf_puts(p->out, "</small>");
    } else {
        unknown(p);
    }
    buf_puts(p->out, "</td>");
}

static void cell_scanners(const struct page *p, const struct json *scanners)
{
    buf_puts(p->out, "<td>");
    if (count_of(scanners, "total") > 0) {
        put_number(p->out, count_of(scanners, "up"));
        buf_puts(p->out, " / ");
        put_number(p->out, count_of(scanners, "total"));
        if (count_of(scanners, "unknown") > 0) {
            buf_puts(p->out, "<br><small>");
            put_number(p->out, count_of(scanners, "unknown"));
            buf_printf(p->out, " %s</small>", say(p, W_UNKNOWN));
        }
    } else {
        unknown(p);
    }
    buf_puts(p->out, "</td>");
}

static void cell_incidents(const struct page *p, const struct json *incidents)
{
    static const struct {
        const char *name;
        enum word word;
    } kinds[] = {{"openings", W_OPENINGS},
                 {"tampers", W_TAMPERS},
                 {"discrepancies", W_DISCREPANCIES},
                 {"contraband", W_CONTRABAND}};
    bool any = false;
    buf_puts(p->out, "<td>");
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        double n = count_of(incidents, kinds[i].name);
        if (n <= 0) continue;
        if (any) buf_puts(p->out, "<br>");
        put_number(p->out, n);
        buf_printf(p->out, " %s", say(p, kinds[i].word));
        any = true;
    }
    if (!any) buf_puts(p->out, say(p, W_NONE));
    buf_puts(p->out, "</td>");
}

static void cell_targets(const struct page *p, const struct json *targets)
{
    static const struct {
        const char *name;
        enum word word;
    } kinds[] = {{"wait_min", W_TARGET_WAIT},
                 {"wait_p95_min", W_TARGET_P95},
                 {"scanned_pct", W_TARGET_SCANNED},
                 {"available_pct", W_TARGET_AVAILABLE}};
    bool any = false;
    buf_puts(p->out, "<td>");
    json_each(target, targets)
    {
        const struct json *met = json_get(target, "met");
        bool told = met && met->type == JSON_BOOL;
        for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
            if (!str_is(json_text(target, "what"), kinds[i].name)) continue;
            buf_printf(p->out, "%s%s ", any ? "<br>" : "", say(p, kinds[i].word));
            put_number(p->out, count_of(target, "target"));
            buf_printf(p->out, ": <span class=\"%s\">%s</span>",
                       !told          ? "u"
                       : met->boolean ? "m"
                                      : "w",
                       say(p, !told          ? W_UNDECIDED
                              : met->boolean ? W_MET
                                             : W_MISSED));
            any = true;
        }
    }
    buf_puts(p->out, "</td>");
}

static void put_port(const struct page *p, const struct json *port)
{
    const struct json *queue = stage_of(port, "queue"), *all = stage_of(port, "all");
    buf_puts(p->out, "<tr><th scope=\"row\">");
    html_text(p->out, json_text(port, "name").p ? json_text(port, "name") : json_text(port, "code"));
    buf_puts(p->out, "<br><small>");
    html_text(p->out, json_text(port, "code"));
    buf_puts(p->out, "</small></th><td>");
    put_number(p->out, count_of(port, "arrivals"));
    buf_puts(p->out, "</td>");
    cell_wait(p, queue, "mean");
    cell_wait(p, queue, "p95");
    cell_wait(p, all, "mean");
    cell_method(p, queue ? queue : all);
    cell_coverage(p, json_get(queue ? queue : all, "coverage"));
    cell_scanned(p, port);
    cell_scanners(p, json_get(port, "scanners"));
    cell_incidents(p, json_get(port, "incidents"));
    cell_targets(p, json_get(port, "targets"));
    buf_puts(p->out, "</tr>\n");
}

static const char style[] =
    "body{font:15px/1.4 system-ui,sans-serif;margin:2em;color:#1a1a1a;background:#fff}"
    "table{border-collapse:collapse;width:100%}th,td{border-bottom:1px solid #bbb;padding:.5em .6em;text-align:left;"
    "vertical-align:top}thead th{border-bottom:2px solid #333}small{color:#444}.u{color:#5a5a5a;font-style:italic}"
    ".m{color:#0a5c2b}.w{color:#9c1c1c}p{max-width:50em}";

// The period's text up to the seconds, without fractions.
static void put_moment(struct buf *out, struct str time)
{
    for (size_t i = 0; i < time.n && i < 16; i++) buf_putc(out, time.p[i] == 'T' ? ' ' : time.p[i]);
}

void governor_html(const struct json *report, enum governor_language language, struct buf *out)
{
    static const enum word heads[] = {W_PORT,     W_ARRIVALS, W_WAIT,     W_P95,       W_ALL,    W_METHOD,
                                      W_COVERAGE, W_SCANNED,  W_SCANNERS, W_INCIDENTS, W_TARGETS};
    struct page page = {language, out}, *p = &page;
    buf_printf(out,
               "<!doctype html>\n<html lang=\"%s\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
               "content=\"width=device-width\"><title>%s</title><style>%s</style></head><body>\n<h1>%s</h1>\n<p>",
               codes[language], say(p, W_TITLE), style, say(p, W_TITLE));
    const char *period = say(p, W_PERIOD); // two times "%s"
    for (int i = 0; *period; period++) {
        if (period[0] != '%' || period[1] != 's') {
            buf_putc(out, *period);
            continue;
        }
        put_moment(out, json_text(report, i++ == 0 ? "from" : "now"));
        period++;
    }
    buf_printf(out, "; %s ", say(p, W_LEVEL));
    put_number(out, count_of(report, "level") * 100);
    buf_printf(out, " %%.</p>\n<p>%s</p>\n<table><thead><tr>", say(p, W_NOTE));
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
        buf_printf(out, "<th scope=\"col\">%s</th>", say(p, heads[i]));
    buf_puts(out, "</tr></thead><tbody>\n");
    json_each(port, json_get(report, "ports")) put_port(p, port);
    buf_puts(out, "</tbody></table>\n</body></html>\n");
}

// ---- CSV ----

// A text that a spreadsheet would run as a formula begins with an apostrophe.
static void field(struct buf *out, struct str text, bool last)
{
    bool formula = text.n && strchr("=+-@\t\r", text.p[0]);
    bool quote = formula;
    for (size_t i = 0; i < text.n; i++) quote |= strchr(",\"\r\n", text.p[i]) != NULL;
    if (quote) buf_putc(out, '"');
    if (formula) buf_putc(out, '\'');
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '"') buf_putc(out, '"');
        buf_putc(out, text.p[i]);
    }
    if (quote) buf_putc(out, '"');
    buf_puts(out, last ? "\r\n" : ",");
}

static void field_number(struct buf *out, const struct json *value, bool last)
{
    if (value) put_number(out, value->number);
    buf_puts(out, last ? "\r\n" : ",");
}

static void fields_figure(struct buf *out, const struct json *figure)
{
    field_number(out, number_of(figure, "minutes"), false);
    buf_puts(out, figure && json_true(figure, "at_least") ? "1," : number_of(figure, "minutes") ? "0," : ",");
    field_number(out, number_of(figure, "low"), false);
    field_number(out, number_of(figure, "high"), false);
}

static void csv_row(struct buf *out, const struct json *port, const struct json *row)
{
    static const char *const incidents[] = {"openings", "tampers", "discrepancies", "contraband"};
    const struct json *scanners = json_get(port, "scanners"), *n = json_get(port, "incidents");
    field(out, json_text(port, "code"), false);
    field(out, json_text(port, "name"), false);
    field(out, json_text(row, "stage"), false);
    field(out, json_text(row, "method"), false);
    field_number(out, number_of(row, "n"), false);
    field_number(out, number_of(row, "censored"), false);
    fields_figure(out, json_get(row, "mean"));
    fields_figure(out, json_get(row, "median"));
    fields_figure(out, json_get(row, "p95"));
    field_number(out, number_of(json_get(row, "coverage"), "share"), false);
    field_number(out, number_of(port, "arrivals"), false);
    field_number(out, number_of(port, "releases"), false);
    field_number(out, number_of(port, "scanned"), false);
    field_number(out, number_of(scanners, "total"), false);
    field_number(out, number_of(scanners, "up"), false);
    field_number(out, number_of(scanners, "unknown"), false);
    for (size_t i = 0; i < 4; i++) field_number(out, number_of(n, incidents[i]), i == 3);
}

void governor_csv(const struct json *report, struct buf *out)
{
    buf_puts(out,
             "port,name,stage,method,n,censored,mean,mean_at_least,mean_low,mean_high,median,median_at_least,"
             "median_low,median_high,p95,p95_at_least,p95_low,p95_high,coverage,arrivals,releases,scanned,scanners,"
             "scanners_up,scanners_unknown,openings,tampers,discrepancies,contraband\r\n");
    json_each(port, json_get(report, "ports"))
    {
        const struct json *waits = json_get(port, "waits");
        if (!waits || !waits->count) csv_row(out, port, NULL);
        json_each(row, waits) csv_row(out, port, row);
    }
}
