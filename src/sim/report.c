// SPDX-License-Identifier: Apache-2.0
#include "sim/report.h"

#include "base/html.h"
#include "sim/plot.h"
#include "sim/report_words.h"

#include <math.h>
#include <stdio.h>

// Points of other policies that wait longer than this many times the longest of ours would squeeze the rest.
#define FAR 2.5

static const char *const words[WORD_COUNT][LANGUAGE_COUNT] = {
#define X(word, en, es, fr) {en, es, fr},
    REPORT_WORD_TABLE(X)
#undef X
};
static const char *const weekday_words[7][LANGUAGE_COUNT] = {
    {"Monday", "lunes", "lundi"},      {"Tuesday", "martes", "mardi"},    {"Wednesday", "miércoles", "mercredi"},
    {"Thursday", "jueves", "jeudi"},   {"Friday", "viernes", "vendredi"}, {"Saturday", "sábado", "samedi"},
    {"Sunday", "domingo", "dimanche"},
};
static const char *const month_words[12][LANGUAGE_COUNT] = {
    {"Jan", "ene", "janv."}, {"Feb", "feb", "févr."}, {"Mar", "mar", "mars"},  {"Apr", "abr", "avril"},
    {"May", "may", "mai"},   {"Jun", "jun", "juin"},  {"Jul", "jul", "juil."}, {"Aug", "ago", "août"},
    {"Sep", "sep", "sept."}, {"Oct", "oct", "oct."},  {"Nov", "nov", "nov."},  {"Dec", "dic", "déc."},
};
static const char *const lane_words[LANE_COUNT][LANGUAGE_COUNT] = {
    {"green", "verde", "vert"},
    {"document check", "revisión documental", "contrôle documentaire"},
    {"scan", "inspección no intrusiva", "inspection par imagerie"},
    {"joint inspection", "inspección conjunta", "inspection conjointe"},
    {"hold", "retención", "rétention"},
};
static const enum report_word metric_words[STUDY_METRICS] = {
    WORD_M_TRUCKS,   WORD_M_WAIT,     WORD_M_ADDED_WAIT, WORD_M_WAIT_P95, WORD_M_WORST_DAY, WORD_M_SURGE_DAY,
    WORD_M_SCAN_P95, WORD_M_FOUND,    WORD_M_SCANNED,    WORD_M_HITS,     WORD_M_AVAILABLE, WORD_M_TURNED,
    WORD_M_TIME_USD, WORD_M_HARM_USD, WORD_M_COST_USD,   WORD_M_NET_USD,  WORD_M_CARGO_USD,
};
static const enum report_word policy_words[] = {WORD_P_PUENTE, WORD_P_RANDOM, WORD_P_THRESHOLD, WORD_P_THRESHOLD};

// Colours are custom properties, so that the plots follow light and dark; text on background holds 4.5 to 1 in both.
static const char style[] =
    ":root{color-scheme:light "
    "dark;--bg:#f7f8f9;--card:#fff;--ink:#17212b;--soft:#55626e;--line:#d8dee4;--accent:#1c5d99;"
    "--good:#2a7f4f;--bad:#b4442c;--flat:#98a3ad;--s0:#1c5d99;--s1:#c4650d;--s2:#7b53a6;--s3:#3d8a57;"
    "--h0:#e9f1f9;--h1:#cddff0;--h2:#a9c9e5;--h3:#7faed6;--h4:#558fc0;--h5:#306fa5;--h6:#154a7c;--none:#c9d0d6}"
    "@media(prefers-color-scheme:dark){:root{--bg:#0f151b;--card:#18212a;--ink:#e7edf2;--soft:#a5b1bc;--line:#2e3a45;"
    "--accent:#7fb6ec;--good:#5cbf86;--bad:#f08b72;--flat:#77838e;--s0:#7fb6ec;--s1:#f0a35c;--s2:#bd9be6;--s3:#7fcf9b;"
    "--h0:#1d2b38;--h1:#213b52;--h2:#284f70;--h3:#35698f;--h4:#4d88b5;--h5:#74abd8;--h6:#a9d0f2;--none:#46525d}}"
    "*{box-sizing:border-box}body{margin:0;background:var(--bg);color:var(--ink);font:16px/1.5 system-ui,\"Segoe UI\","
    "Roboto,\"Noto Sans\",sans-serif}main{max-width:1120px;margin:0 auto;padding:32px 20px 64px}"
    "header p.eyebrow{color:var(--soft);font-size:13px;letter-spacing:.04em;margin:0}"
    "h1{font-size:30px;line-height:1.2;margin:4px 0 8px}h2{font-size:21px;margin:0 0 6px}h3{font-size:16px;margin:22px "
    "0 "
    "6px}p{margin:0 0 12px;max-width:76ch}p.soft,figcaption{color:var(--soft);font-size:14px}"
    "section{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:22px 24px;margin:18px 0}"
    "ul.tiles{list-style:none;display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:12px;margin:"
    "18px "
    "0;padding:0}ul.tiles li{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:14px "
    "16px}ul.tiles span{display:block}.tiles .what{color:var(--soft);font-size:13px;line-height:1.3;min-height:2.6em}"
    ".tiles .figure{font-size:27px;font-weight:650;font-variant-numeric:tabular-nums}.tiles .spread{color:var(--soft);"
    "font-size:12px}section.answer{border-left:5px solid var(--accent)}"
    ".scroll{overflow-x:auto}figure{margin:10px 0 18px}svg.plot{display:block;width:100%;min-width:600px;height:auto}"
    "table{border-collapse:collapse;width:100%;font-size:14px;font-variant-numeric:tabular-nums}"
    "caption{text-align:left;color:var(--soft);font-size:13px;padding:4px 0}th,td{padding:6px 7px;text-align:right;"
    "border-bottom:1px solid var(--line);vertical-align:top}th:first-child,td:first-child{text-align:left}thead "
    "th{color:var(--soft);font-weight:600;border-bottom:2px solid var(--line)}tbody th{font-weight:600}"
    "td .d,td .i{display:block;font-size:11.5px;color:var(--soft);white-space:nowrap}td .d.good{color:var(--good)}td "
    ".d.bad{color:var(--bad)}td.text,th.text{text-align:left}code{font-size:12px;color:var(--soft)}"
    "details{margin:6px 0 14px}summary{cursor:pointer;color:var(--accent);font-size:14px}"
    "svg text{font:12px system-ui,\"Segoe UI\",Roboto,\"Noto Sans\",sans-serif;fill:var(--soft)}svg "
    ".end{text-anchor:end}"
    "svg .middle{text-anchor:middle}svg text.name,svg text.value{fill:var(--ink);font-size:13px}svg text.value{"
    "font-weight:600}.grid{stroke:var(--line);stroke-width:1}.axis{stroke:var(--soft);stroke-width:1}"
    ".h0{fill:var(--h0)}.h1{fill:var(--h1)}.h2{fill:var(--h2)}.h3{fill:var(--h3)}.h4{fill:var(--h4)}.h5{fill:var(--h5)}"
    ".h6{fill:var(--h6)}.heat.none{fill:none;stroke:var(--none);stroke-dasharray:2 2}"
    ".s0{fill:var(--s0)}.s1{fill:var(--s1)}.s2{fill:var(--s2)}.s3{fill:var(--s3)}.line{fill:none;stroke-width:2.2;"
    "stroke-linejoin:round}.l0{stroke:var(--s0)}.l1{stroke:var(--s1)}.l2{stroke:var(--s2)}.l3{stroke:var(--s3)}"
    ".column.hollow{fill:none;stroke:var(--s0);stroke-dasharray:3 2}.point{stroke:var(--card);stroke-width:1.5}"
    ".whisker{stroke-width:1.4}.whisker.w0{stroke:var(--ink)}.w{stroke:var(--ink)}"
    ".e0{fill:var(--bad)}.e1{fill:var(--good)}.e2{fill:var(--flat)}"
    "@media print{:root{color-scheme:light;--bg:#fff}body{font-size:12px}main{padding:0;max-width:none}section{"
    "break-inside:avoid;border:0;padding:8px 0}details:not([open])>*:not(summary){display:none}svg.plot{min-width:0}"
    ".scroll{overflow:visible}}";

// ---- Writing ----

struct page {
    struct arena *arena;
    struct buf *out;
    const struct study *study;
    enum language language;
};

static const char *word(const struct page *p, enum report_word w)
{
    return words[w][p->language];
}

static void say(struct page *p, enum report_word w)
{
    html_text(p->out, str_of(word(p, w)));
}

static struct str kept(struct page *p, struct buf *b)
{
    struct str s = b->failed ? STR_NONE : arena_str(p->arena, buf_str(b));
    if (b->failed) p->arena->failed = true;
    buf_free(b);
    return s;
}

// A number as text, in the arena.
static struct str number(struct page *p, double value, int decimals, bool sign)
{
    struct buf b = BUF(64);
    html_number(&b, value, decimals, sign, p->language);
    return kept(p, &b);
}

// The text with {0}, {1} … filled in; no markup, not escaped.
static struct str filled(struct page *p, enum report_word w, const struct str *values, size_t n)
{
    struct buf b = BUF(4096);
    for (const char *z = word(p, w); *z; z++) {
        size_t i = (size_t)(z[1] - '0');
        if (*z != '{') {
            buf_putc(&b, *z);
            continue;
        }
        INVARIANT(i < n && z[2] == '}');
        buf_str_add(&b, values[i]);
        z += 2;
    }
    return kept(p, &b);
}
#define FILLED(p, w, ...)                                                                                              \
    filled((p), (w), (const struct str[]){__VA_ARGS__}, sizeof((const struct str[]){__VA_ARGS__}) / sizeof(struct str))

// "[1.2 to 3.4]", with signs for differences.
static struct str interval(struct page *p, const struct study_figure *f, int decimals, bool sign)
{
    if (!isfinite(f->low) || !isfinite(f->high)) return str_of(word(p, WORD_ONE_SEED));
    return FILLED(p, WORD_INTERVAL, number(p, f->low, decimals, sign), number(p, f->high, decimals, sign));
}

static void element(struct page *p, const char *name, const char *class, struct str text)
{
    buf_printf(p->out, class ? "<%s class=\"%s\">" : "<%s>", name, class);
    html_text(p->out, text);
    buf_printf(p->out, "</%s>", name);
}

static void heading(struct page *p, const char *level, enum report_word w)
{
    element(p, level, NULL, str_of(word(p, w)));
}

static void paragraph(struct page *p, const char *class, struct str text)
{
    element(p, "p", class, text);
    buf_putc(p->out, '\n');
}

static void cell(struct page *p, double value, int decimals)
{
    buf_puts(p->out, "<td>");
    html_number(p->out, value, decimals, false, p->language);
    buf_puts(p->out, "</td>");
}

static void text_cell(struct page *p, struct str text)
{
    element(p, "td", "text", text);
}

static void head_cell(struct page *p, struct str text, bool left)
{
    buf_puts(p->out, left ? "<th scope=\"col\" class=\"text\">" : "<th scope=\"col\">");
    html_text(p->out, text);
    buf_puts(p->out, "</th>");
}

static void row_head(struct page *p, struct str text)
{
    buf_puts(p->out, "<tr><th scope=\"row\">");
    html_text(p->out, text);
    buf_puts(p->out, "</th>");
}

// A table that may be wider than the screen; with `fold` it is below a plot that shows the same.
static void table_open(struct page *p, enum report_word name, bool fold, const enum report_word *heads, size_t n)
{
    if (fold) {
        buf_puts(p->out, "<details><summary>");
        say(p, WORD_TABLE);
        buf_puts(p->out, "</summary>");
    }
    buf_puts(p->out, "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"");
    say(p, name);
    buf_puts(p->out, "\"><table><caption>");
    say(p, name);
    buf_puts(p->out, "</caption><thead><tr>");
    for (size_t i = 0; i < n; i++)
        head_cell(p, str_of(word(p, heads[i])), heads[i] == WORD_MEASURE || heads[i] == WORD_SUSPECT_WHY);
    buf_puts(p->out, "</tr></thead><tbody>\n");
}
#define TABLE(p, name, fold, ...)                                                                                      \
    table_open((p), (name), (fold), (const enum report_word[]){__VA_ARGS__},                                           \
               sizeof((const enum report_word[]){__VA_ARGS__}) / sizeof(enum report_word))

static void row_end(struct page *p)
{
    buf_puts(p->out, "</tr>\n");
}

static void table_close(struct page *p, bool fold)
{
    buf_puts(p->out, fold ? "</tbody></table></div></details>\n" : "</tbody></table></div>\n");
}

static void figure_open(struct page *p, struct str label)
{
    buf_puts(p->out, "<figure><div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"");
    html_text(p->out, label);
    buf_puts(p->out, "\">");
}

static void figure_close(struct page *p)
{
    buf_puts(p->out, "</div></figure>\n");
}

static struct plot plot_of(struct page *p, const char *id, struct str title, struct str desc)
{
    return (struct plot){id, title, desc, p->language};
}

static const struct study_outcome *base_of(const struct page *p)
{
    return &p->study->outcomes[0];
}

// ---- Names ----

static struct str added_words(struct page *p, const int added[3])
{
    static const enum report_word kinds[3] = {WORD_SCANNERS_N, WORD_BOOTHS_N, WORD_DOCKS_N};
    struct buf b = BUF(256);
    for (size_t i = 0; i < 3; i++) {
        if (!added[i]) continue;
        if (b.n) buf_puts(&b, ", ");
        buf_str_add(&b, FILLED(p, kinds[i], number(p, added[i], 0, true)));
    }
    return kept(p, &b);
}

static struct str name_of(struct page *p, const struct study_outcome *o)
{
    struct buf b = BUF(1024);
    if (!o->what_if) return str_of(word(p, WORD_TODAY));
    for (size_t i = 0; i < o->what_if->nchanges && !o->what_if->named; i++) {
        if (i) buf_puts(&b, ", ");
        scenario_change_words(&o->what_if->changes[i], p->language, &b);
    }
    if (o->what_if->named) buf_str_add(&b, o->what_if->name);
    if (o->wait_wanted_min > 0) buf_printf(&b, ", %s", word(p, o->searched ? WORD_SERVERS_ADDED : WORD_LANES_ALONE));
    return kept(p, &b);
}

struct str report_what_if(struct arena *arena, const struct study_outcome *outcome, enum language language)
{
    struct page p = {.arena = arena, .language = language};
    return name_of(&p, outcome);
}

// ---- Sections ----

static void tiles(struct page *p)
{
    static const enum study_metric shown[] = {STUDY_WAIT,    STUDY_SCAN_WAIT_P95, STUDY_FOUND,
                                              STUDY_SCANNED, STUDY_HITS,          STUDY_AVAILABLE};
    buf_puts(p->out, "<ul class=\"tiles\">");
    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++) {
        const struct study_figure *f = &base_of(p)->figures[shown[i]];
        int decimals = study_metric_decimals(shown[i]);
        buf_puts(p->out, "<li>");
        element(p, "span", "what", str_of(word(p, metric_words[shown[i]])));
        element(p, "span", "figure", number(p, f->mean, decimals, false));
        element(p, "span", "spread", interval(p, f, decimals, false));
        buf_puts(p->out, "</li>");
    }
    buf_puts(p->out, "</ul>\n");
}

static void header(struct page *p)
{
    const struct scenario *s = p->study->scenario;
    struct study_figure trucks = base_of(p)->figures[STUDY_TRUCKS];
    buf_puts(p->out, "<header>");
    element(p, "p", "eyebrow", str_of(word(p, WORD_EYEBROW)));
    buf_puts(p->out, "<h1>");
    html_text(p->out, s->name);
    buf_puts(p->out, "</h1>");
    paragraph(p, NULL,
              FILLED(p, WORD_LEAD, number(p, s->settings.days, 0, false), number(p, s->seeds, 0, false),
                     number(p, trucks.mean, 0, false), number(p, (double)p->study->trucks, 0, false)));
    tiles(p);
    buf_puts(p->out, "</header>\n");
}

// What a wait that is so much less means and takes.
static void less(struct page *p, const struct study_outcome *plain, const struct study_outcome *all, double minutes)
{
    double mean = base_of(p)->figures[STUDY_WAIT].mean;
    bool floor = plain->wait_wanted_min > mean - minutes + 1e-9;
    struct str by = number(p, minutes, minutes == round(minutes) ? 0 : 1, false), now = number(p, mean, 1, false),
               wanted = number(p, plain->wait_wanted_min, 1, false);
    const struct study_figure *c = plain->change, *d = all->change;
    buf_puts(p->out, "<section class=\"answer\">");
    element(p, "h2", NULL, FILLED(p, WORD_LESS_TITLE, by));
    paragraph(p, NULL, floor ? FILLED(p, WORD_LESS_FLOOR, by, now, wanted) : FILLED(p, WORD_LESS_AIM, now, wanted));
    paragraph(p, NULL,
              FILLED(p, WORD_LESS_PLAIN, number(p, c[STUDY_WAIT].mean, 1, true), interval(p, &c[STUDY_WAIT], 1, true),
                     number(p, c[STUDY_FOUND].mean, 1, true), interval(p, &c[STUDY_FOUND], 1, true)));
    if (all->added[0] || all->added[1] || all->added[2])
        paragraph(p, NULL,
                  FILLED(p, WORD_LESS_ADDED, added_words(p, all->added), number(p, d[STUDY_WAIT].mean, 1, true),
                         interval(p, &d[STUDY_WAIT], 1, true), number(p, d[STUDY_FOUND].mean, 1, true),
                         interval(p, &d[STUDY_FOUND], 1, true)));
    else if (all->reached)
        paragraph(p, NULL, str_of(word(p, WORD_LESS_NOTHING)));
    if (!all->reached) paragraph(p, NULL, str_of(word(p, WORD_LESS_MISSED)));
    struct study_figure saved = {-d[STUDY_TIME_USD].mean, -d[STUDY_TIME_USD].high, -d[STUDY_TIME_USD].low};
    paragraph(p, NULL,
              FILLED(p, WORD_LESS_WORTH, number(p, saved.mean, 0, true), interval(p, &saved, 0, true),
                     number(p, d[STUDY_CARGO_USD].mean, 0, true), interval(p, &d[STUDY_CARGO_USD], 0, true)));
    buf_puts(p->out, "</section>\n");
}

static void all_less(struct page *p)
{
    for (size_t i = 1; i + 1 < p->study->noutcomes; i++) {
        const struct study_outcome *o = &p->study->outcomes[i];
        for (size_t k = 0; k < o->what_if->nchanges && !o->searched; k++)
            if (o->what_if->changes[k].kind == CHANGE_WAIT) less(p, o, o + 1, -o->what_if->changes[k].amount);
    }
}

static void change_cell(struct page *p, const struct study_outcome *o, enum study_metric metric)
{
    const struct study_figure *f = &o->figures[metric], *c = &o->change[metric];
    int decimals = study_metric_decimals(metric), better = study_metric_better(metric);
    bool known = isfinite(c->low) && (c->low > 0 || c->high < 0) && better;
    buf_puts(p->out, "<td>");
    if (metric != STUDY_CARGO_USD) html_number(p->out, f->mean, decimals, false, p->language);
    if (!o->what_if) {
        if (metric == STUDY_CARGO_USD) buf_puts(p->out, "–");
        element(p, "span", "i", metric == STUDY_CARGO_USD ? STR("") : interval(p, f, decimals, false));
    } else {
        buf_printf(p->out, "<span class=\"d%s\">", !known ? "" : (c->mean > 0) == (better > 0) ? " good" : " bad");
        html_number(p->out, c->mean, decimals, true, p->language);
        buf_puts(p->out, "</span>");
        element(p, "span", "i", interval(p, c, decimals, true));
    }
    buf_puts(p->out, "</td>");
}

static void effects(struct page *p, const char *id, enum study_metric metric, enum report_word title,
                    enum report_word unit)
{
    struct plot_effect effect[STUDY_OUTCOMES_MAX];
    struct buf desc = BUF(16384);
    size_t n = 0;
    for (size_t i = 1; i < p->study->noutcomes; i++) {
        const struct study_outcome *o = &p->study->outcomes[i];
        const struct study_figure *c = &o->change[metric];
        effect[n] = (struct plot_effect){name_of(p, o), c->mean, c->low, c->high};
        buf_printf(&desc, "%s%.*s: ", n ? "; " : "", STR_ARG(effect[n].name));
        html_number(&desc, c->mean, study_metric_decimals(metric), true, p->language);
        n++;
    }
    heading(p, "h3", title);
    figure_open(p, str_of(word(p, title)));
    struct plot_effects plot = {.plot = plot_of(p, id, str_of(word(p, title)), kept(p, &desc)),
                                .effects = effect,
                                .neffects = n,
                                .decimals = study_metric_decimals(metric),
                                .better = study_metric_better(metric),
                                .unit = str_of(word(p, unit))};
    plot_effects(p->out, &plot);
    figure_close(p);
}

static void what_if_rows(struct page *p, enum report_word caption, const enum study_metric *metrics, size_t n)
{
    enum report_word heads[STUDY_METRICS + 1] = {WORD_CHANGE};
    for (size_t i = 0; i < n; i++) heads[i + 1] = metric_words[metrics[i]];
    table_open(p, caption, false, heads, n + 1);
    for (size_t i = 0; i < p->study->noutcomes; i++) {
        const struct study_outcome *o = &p->study->outcomes[i];
        row_head(p, name_of(p, o));
        for (size_t k = 0; k < n; k++) change_cell(p, o, metrics[k]);
        row_end(p);
    }
    table_close(p, false);
}

static bool asks(const struct page *p, enum scenario_change_kind kind)
{
    for (size_t i = 1; i < p->study->noutcomes; i++)
        for (size_t k = 0; k < p->study->outcomes[i].what_if->nchanges; k++)
            if (p->study->outcomes[i].what_if->changes[k].kind == kind) return true;
    return false;
}

static void what_ifs(struct page *p)
{
    // The tariff day's column stands last, for it is shown only when it was asked about.
    static const enum study_metric first[] = {STUDY_WAIT,  STUDY_ADDED_WAIT, STUDY_SCAN_WAIT_P95, STUDY_WORST_DAY,
                                              STUDY_FOUND, STUDY_SCANNED,    STUDY_AVAILABLE,     STUDY_SURGE_DAY};
    static const enum study_metric dollars[] = {STUDY_HARM_USD, STUDY_TIME_USD, STUDY_COST_USD, STUDY_NET_USD,
                                                STUDY_CARGO_USD};
    if (p->study->noutcomes < 2) return;
    buf_puts(p->out, "<section>");
    heading(p, "h2", WORD_WHAT_IFS);
    paragraph(p, "soft", str_of(word(p, WORD_WHAT_IFS_TEXT)));
    effects(p, "effect-wait", STUDY_WAIT, WORD_EFFECT_WAIT, WORD_MINUTES);
    effects(p, "effect-found", STUDY_FOUND, WORD_EFFECT_FOUND, WORD_POINTS);
    effects(p, "effect-net", STUDY_NET_USD, WORD_EFFECT_NET, WORD_USD_DAY);
    what_if_rows(p, WORD_CAPTION_WAITS, first, sizeof first / sizeof *first - !asks(p, CHANGE_SURGE));
    what_if_rows(p, WORD_CAPTION_DOLLARS, dollars, sizeof dollars / sizeof *dollars);
    buf_puts(p->out, "</section>\n");
}

static struct str hour_name(struct page *p, size_t hour)
{
    return arena_printf(p->arena, p->language == LANGUAGE_FR ? "%zu h" : "%02zu:00", hour);
}

static void waits(struct page *p)
{
    const struct study *s = p->study;
    struct str hours[24], days[7];
    size_t top_d = 0, top_h = 0;
    double top = 0;
    for (size_t h = 0; h < 24; h++) hours[h] = hour_name(p, h);
    for (size_t d = 0; d < 7; d++) {
        days[d] = str_of(weekday_words[d][p->language]);
        for (size_t h = 0; h < 24; h++)
            if (s->wait[d][h] > top) {
                top = s->wait[d][h];
                top_d = d;
                top_h = h;
            }
    }
    buf_puts(p->out, "<section>");
    heading(p, "h2", WORD_WAITS);
    paragraph(p, "soft", str_of(word(p, WORD_WAITS_TEXT)));
    struct str desc = FILLED(p, WORD_WAITS_DESC, number(p, top, 1, false), days[top_d], hours[top_h]);
    paragraph(p, NULL, desc);
    figure_open(p, str_of(word(p, WORD_WAITS)));
    // The legend's steps are sevenths of the top; round to a tenth that holds the longest.
    struct plot_heat heat = {.plot = plot_of(p, "waits", str_of(word(p, WORD_WAITS)), desc),
                             .rows = days,
                             .columns = hours,
                             .nrows = 7,
                             .ncolumns = 24,
                             .values = &s->wait[0][0],
                             .top = fmax(ceil(top * 10 / 7) / 10 * 7, 0.7),
                             .decimals = 1,
                             .unit = str_of(word(p, WORD_MIN))};
    plot_heat(p->out, &heat);
    figure_close(p);
    heading(p, "h3", WORD_BY_HOUR);
    figure_open(p, str_of(word(p, WORD_BY_HOUR)));
    struct plot_series series[] = {{str_of(word(p, WORD_ALL_WAITS)), s->wait_hour},
                                   {str_of(word(p, WORD_SCAN_WAITS)), s->scan_wait_hour}};
    struct plot_lines lines = {.plot =
                                   plot_of(p, "by-hour", str_of(word(p, WORD_BY_HOUR)), str_of(word(p, WORD_TABLE))),
                               .columns = hours,
                               .ncolumns = 24,
                               .every = 3,
                               .series = series,
                               .nseries = 2,
                               .unit = str_of(word(p, WORD_MINUTES))};
    plot_lines(p->out, &lines);
    figure_close(p);
    TABLE(p, WORD_BY_HOUR, true, WORD_HOUR, WORD_TRUCKS_DAY, WORD_ALL_WAITS, WORD_SCAN_WAITS);
    for (size_t h = 0; h < 24; h++) {
        row_head(p, hours[h]);
        cell(p, s->trucks_hour[h], 0);
        cell(p, s->wait_hour[h], 2);
        cell(p, s->scan_wait_hour[h], 2);
        row_end(p);
    }
    table_close(p, true);
    buf_puts(p->out, "</section>\n");
}

static void service_row(struct page *p, size_t i)
{
    const struct sim_settings *t = &p->study->scenario->settings;
    const struct study_service *s = &p->study->services[i];
    bool queue = t->services[i].servers > 0, fails = t->services[i].failure.mtbf_h > 0;
    row_head(p, str_of(t->lane.services[i].name));
    cell(p, queue ? (double)t->services[i].servers : (double)NAN, 0);
    cell(p, s->trucks_per_day, 0);
    cell(p, queue ? s->wait_mean_min : NAN, 1);
    cell(p, queue ? s->wait_p95_min : NAN, 1);
    cell(p, 100 * s->used, 0);
    cell(p, fails ? 100 * s->available : NAN, 1);
    cell(p, fails ? s->outages : NAN, 1);
    cell(p, fails ? s->people_h : NAN, 0);
    cell(p, fails ? s->parts_h : NAN, 0);
    cell(p, fails ? s->repair_h : NAN, 0);
    cell(p, fails ? s->upkeep_h : NAN, 0);
    cell(p, s->hits_per_1000, 1);
    row_end(p);
}

static void day_plots(struct page *p)
{
    const struct study *s = p->study;
    size_t n = (size_t)s->scenario->settings.days;
    struct str *names = arena_array(p->arena, struct str, n);
    double *up = arena_array(p->arena, double, n), *wait = arena_array(p->arena, double, n),
           *scan = arena_array(p->arena, double, n);
    if (!names || !up || !wait || !scan) return; // the arena's `failed` tells
    for (size_t d = 0; d < n; d++) {
        names[d] = number(p, (double)d + 1, 0, false);
        up[d] = 100 * s->days[d].up_share;
        wait[d] = s->days[d].wait_mean_min;
        scan[d] = s->days[d].scan_wait_p95_min;
    }
    struct plot_series order[] = {{str_of(word(p, WORD_IN_ORDER)), up}};
    struct plot_series waited[] = {{str_of(word(p, WORD_MEAN_ALL)), wait}, {str_of(word(p, WORD_SCAN_P95)), scan}};
    struct plot_lines lines = {.plot =
                                   plot_of(p, "days-up", str_of(word(p, WORD_DAYS)), str_of(word(p, WORD_DAYS_TEXT))),
                               .columns = names,
                               .ncolumns = n,
                               .every = n / 14 + 1,
                               .series = order,
                               .nseries = 1,
                               .unit = str_of(word(p, WORD_PERCENT))};
    heading(p, "h3", WORD_DAYS);
    paragraph(p, "soft", str_of(word(p, WORD_DAYS_TEXT)));
    figure_open(p, str_of(word(p, WORD_DAYS)));
    plot_lines(p->out, &lines);
    figure_close(p);
    lines.plot = plot_of(p, "days-wait", str_of(word(p, WORD_DAYS_WAIT)), str_of(word(p, WORD_DAYS_TEXT)));
    lines.series = waited;
    lines.nseries = 2;
    lines.unit = str_of(word(p, WORD_MINUTES));
    heading(p, "h3", WORD_DAYS_WAIT);
    figure_open(p, str_of(word(p, WORD_DAYS_WAIT)));
    plot_lines(p->out, &lines);
    figure_close(p);
    TABLE(p, WORD_DAYS, true, WORD_DAY, WORD_IN_ORDER, WORD_MEAN_ALL, WORD_SCAN_P95);
    for (size_t d = 0; d < n; d++) {
        row_head(p, names[d]);
        cell(p, up[d], 1);
        cell(p, wait[d], 2);
        cell(p, scan[d], 1);
        row_end(p);
    }
    table_close(p, true);
}

static void servers(struct page *p)
{
    buf_puts(p->out, "<section>");
    heading(p, "h2", WORD_SERVERS);
    paragraph(p, "soft", str_of(word(p, WORD_SERVERS_TEXT)));
    TABLE(p, WORD_SERVERS, false, WORD_SERVICE, WORD_INSTALLED, WORD_TRUCKS_DAY, WORD_WAIT_MEAN, WORD_WAIT_P95,
          WORD_USED, WORD_AVAILABLE, WORD_OUTAGES, WORD_PEOPLE_H, WORD_PARTS_H, WORD_REPAIR_H, WORD_UPKEEP_H,
          WORD_HITS_1000);
    for (size_t i = 0; i < p->study->scenario->settings.lane.nservices; i++) service_row(p, i);
    table_close(p, false);
    day_plots(p);
    buf_puts(p->out, "</section>\n");
}

static void figure_cell(struct page *p, const struct study_figure *f, int decimals)
{
    buf_puts(p->out, "<td>");
    html_number(p->out, f->mean, decimals, false, p->language);
    element(p, "span", "i", interval(p, f, decimals, false));
    buf_puts(p->out, "</td>");
}

static void lanes(struct page *p)
{
    heading(p, "h3", WORD_LANES);
    TABLE(p, WORD_LANES, false, WORD_LANE, WORD_SHARE);
    for (size_t i = 0; i < LANE_COUNT; i++) {
        row_head(p, str_of(lane_words[i][p->language]));
        figure_cell(p, &p->study->lanes[i], 2);
        row_end(p);
    }
    table_close(p, false);
}

static struct str seeds_of_sides(struct page *p)
{
    int seeds = p->study->scenario->seeds;
    return number(p, seeds < STUDY_SIDE_SEEDS_MAX ? seeds : STUDY_SIDE_SEEDS_MAX, 0, false);
}

static void detection(struct page *p)
{
    const struct study *s = p->study;
    static const size_t series_of[] = {[SIM_PUENTE] = 0, [SIM_THRESHOLD] = 1, [SIM_RANDOM] = 2, [SIM_FLUSH] = 1};
    static const bool curves[] = {true, true, true};
    struct str names[] = {str_of(word(p, WORD_P_PUENTE)), str_of(word(p, WORD_P_THRESHOLD)),
                          str_of(word(p, WORD_P_RANDOM))};
    struct plot_point points[STUDY_POINTS_MAX];
    double far = 0;
    size_t n = 0;
    buf_puts(p->out, "<section>");
    heading(p, "h2", WORD_DETECTION);
    if (s->npoints) {
        struct str text = FILLED(p, WORD_DETECTION_TEXT, seeds_of_sides(p));
        for (size_t i = 0; i < s->npoints; i++)
            if (s->points[i].kind == SIM_PUENTE) far = fmax(far, FAR * s->points[i].wait.mean);
        for (size_t i = 0; i < s->npoints; i++) {
            const struct study_figure *x = &s->points[i].wait, *y = &s->points[i].found;
            if (x->mean > far) continue;
            points[n++] = (struct plot_point){
                series_of[s->points[i].kind], x->mean, x->low, x->high, y->mean, y->low, y->high, STR_NONE};
        }
        paragraph(p, "soft", text);
        figure_open(p, str_of(word(p, WORD_DETECTION)));
        struct plot_points plot = {.plot = plot_of(p, "detection", str_of(word(p, WORD_DETECTION)), text),
                                   .series = names,
                                   .curves = curves,
                                   .nseries = 3,
                                   .points = points,
                                   .npoints = n,
                                   .x_unit = str_of(word(p, WORD_WAIT_UNIT)),
                                   .y_unit = str_of(word(p, WORD_PERCENT_FOUND))};
        plot_points(p->out, &plot);
        figure_close(p);
        TABLE(p, WORD_DETECTION, true, WORD_POLICY, WORD_WAIT_UNIT, WORD_FOUND_ALL);
        for (size_t i = 0; i < s->npoints; i++) {
            row_head(p, str_of(word(p, policy_words[s->points[i].kind])));
            figure_cell(p, &s->points[i].wait, 2);
            figure_cell(p, &s->points[i].found, 1);
            row_end(p);
        }
        table_close(p, true);
    }
    lanes(p);
    buf_puts(p->out, "</section>\n");
}

static void adversary(struct page *p)
{
    static const enum report_word names[STUDY_RIVALS] = {WORD_P_PUENTE, WORD_P_NO_CHANCE, WORD_P_THRESHOLD,
                                                         WORD_P_RANDOM};
    if (!p->study->npoints) return;
    buf_puts(p->out, "<section>");
    heading(p, "h2", WORD_ADVERSARY);
    paragraph(p, "soft", FILLED(p, WORD_ADVERSARY_TEXT, number(p, 100 * p->study->adapting_share, 0, false)));
    TABLE(p, WORD_ADVERSARY, false, WORD_POLICY, WORD_FOUND_ALL, WORD_FOUND_ADAPTING, WORD_WORST_CELL, WORD_WAIT_UNIT);
    for (size_t i = 0; i < STUDY_RIVALS; i++) {
        const struct study_rival_figures *r = &p->study->rivals[i];
        row_head(p, str_of(word(p, names[i])));
        figure_cell(p, &r->found, 1);
        figure_cell(p, &r->adapting_found, 1);
        figure_cell(p, &r->worst_cell, 2);
        figure_cell(p, &r->wait, 2);
        row_end(p);
    }
    table_close(p, false);
    buf_puts(p->out, "</section>\n");
}

// ---- Public figures ----

static struct str month_name(struct page *p, int month)
{
    return arena_printf(p->arena, "%s %d", month_words[month % 12][p->language], month / 12);
}

static struct str fault_text(struct page *p, const struct arrivals_suspect *s)
{
    static const enum report_word faults[ARRIVALS_FAULT_COUNT] = {WORD_F_ABSENT, WORD_F_ZERO,       WORD_F_OUTLIER,
                                                                  WORD_F_STEP,   WORD_F_CONTAINERS, WORD_F_COUNTING,
                                                                  WORD_F_COPIED, WORD_F_TWICE,      WORD_F_CONFLICT};
    struct buf b = BUF(1024);
    buf_puts(&b, word(p, faults[s->fault]));
    if (s->other.p)
        buf_printf(&b, "; %.*s",
                   STR_ARG(FILLED(p, WORD_F_STEP_OTHER,
                                  arena_printf(p->arena, "%.*s (%.*s)", STR_ARG(s->other), STR_ARG(s->other_code)))));
    if (s->counts) buf_printf(&b, " — %s", word(p, WORD_USED_HERE));
    return kept(p, &b);
}

static void suspects(struct page *p, const struct arrivals *a)
{
    heading(p, "h3", WORD_SUSPECTS);
    if (!a->rows || !a->nsuspects) {
        paragraph(p, "soft", str_of(word(p, a->rows ? WORD_SUSPECTS_NONE : WORD_SUSPECTS_BUILT_IN)));
        return;
    }
    TABLE(p, WORD_SUSPECTS, false, WORD_MONTH, WORD_MEASURE, WORD_SUSPECT_WHY, WORD_ROW, WORD_VALUE, WORD_AGAINST);
    for (size_t i = 0; i < a->nsuspects; i++) {
        const struct arrivals_suspect *s = &a->suspects[i];
        struct str first = month_name(p, s->first);
        row_head(p, s->first == s->last
                        ? first
                        : arena_printf(p->arena, "%.*s – %.*s", STR_ARG(first), STR_ARG(month_name(p, s->last))));
        text_cell(p, str_of(arrivals_measure_name(s->measure)));
        text_cell(p, fault_text(p, s));
        cell(p, s->line ? (double)s->line : NAN, 0);
        cell(p, s->value < 0 ? NAN : s->value, 0);
        cell(p, s->expected < 0 ? NAN : s->expected, 0);
        row_end(p);
    }
    table_close(p, false);
}

static void arrivals(struct page *p)
{
    const struct arrivals *a = &p->study->scenario->arrivals;
    struct str months[12];
    buf_puts(p->out, "<section>");
    heading(p, "h2", WORD_ARRIVALS);
    struct str per_day = number(p, p->study->scenario->settings.trucks_per_day, 0, false);
    if (!a->year) {
        paragraph(p, NULL, FILLED(p, WORD_ARRIVALS_OWN, per_day));
        buf_puts(p->out, "</section>\n");
        return;
    }
    struct str text = FILLED(p, WORD_ARRIVALS_TEXT, a->port, a->code, arena_printf(p->arena, "%d", a->year),
                             number(p, a->total, 0, false), per_day);
    bool replaced = false;
    for (size_t m = 0; m < 12; m++) {
        months[m] = str_of(month_words[m][p->language]);
        replaced = replaced || a->replaced[m];
    }
    paragraph(p, NULL, text);
    if (replaced) paragraph(p, "soft", str_of(word(p, WORD_ARRIVALS_REPLACED)));
    figure_open(p, str_of(word(p, WORD_ARRIVALS)));
    struct plot_columns plot = {.plot = plot_of(p, "arrivals", str_of(word(p, WORD_ARRIVALS)), text),
                                .columns = months,
                                .values = a->used,
                                .marked = a->replaced,
                                .ncolumns = 12,
                                .unit = str_of(word(p, WORD_TRUCKS_MONTH))};
    plot_columns(p->out, &plot);
    figure_close(p);
    TABLE(p, WORD_ARRIVALS, true, WORD_MONTH, WORD_TRUCKS_MONTH);
    for (size_t m = 0; m < 12; m++) {
        row_head(p, months[m]);
        cell(p, a->used[m], 0);
        row_end(p);
    }
    table_close(p, true);
    suspects(p, a);
    buf_puts(p->out, "</section>\n");
}

static void method(struct page *p)
{
    const struct scenario *s = p->study->scenario;
    const struct scenario_value *v = &s->value;
    buf_puts(p->out, "<section>");
    heading(p, "h2", WORD_METHOD);
    paragraph(p, NULL, str_of(word(p, WORD_METHOD_1)));
    paragraph(p, NULL, str_of(word(p, WORD_METHOD_2)));
    paragraph(p, NULL,
              FILLED(p, WORD_METHOD_3, number(p, v->truck_hour_usd, 0, false), number(p, v->harm_usd, 0, false),
                     number(p, s->settings.controller.target_min, 1, false)));
    paragraph(
        p, NULL,
        FILLED(p, WORD_METHOD_4, number(p, v->cargo_usd_month, 0, false), number(p, v->cargo_trucks_month, 0, false)));
    paragraph(p, NULL, str_of(word(p, WORD_METHOD_5)));
    for (size_t i = 0; i < s->ncontracts; i++) {
        const struct scenario_contract *c = &s->contracts[i];
        paragraph(p, "soft",
                  FILLED(p, WORD_CONTRACT_ROW, c->name, number(p, c->people_h, 0, false),
                         number(p, c->parts_h, 0, false), number(p, c->repair_h, 0, false),
                         number(p, c->usd_month, 0, false)));
    }
    buf_puts(p->out, "</section>\n");
}

enum err report_html(struct arena *arena, const struct study *study, enum language language, struct buf *out,
                     struct why *why)
{
    struct page p = {arena, out, study, language};
    buf_printf(out,
               "<!doctype html>\n<html lang=\"%s\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
               "content=\"width=device-width,initial-scale=1\"><meta http-equiv=\"Content-Security-Policy\" "
               "content=\"default-src 'none'; style-src 'unsafe-inline'\"><title>",
               language_name(language));
    html_text(out, study->scenario->name);
    buf_puts(out, " · ");
    say(&p, WORD_TITLE);
    buf_printf(out, "</title><style>%s</style></head>\n<body><main>\n", style);
    header(&p);
    all_less(&p);
    what_ifs(&p);
    waits(&p);
    servers(&p);
    detection(&p);
    adversary(&p);
    arrivals(&p);
    method(&p);
    buf_puts(out, "</main></body></html>\n");
    if (out->failed) return why_set(why, ERR_TOO_LARGE, "", "the report is over %zu bytes", out->max);
    if (arena->failed) return why_set(why, ERR_NO_MEMORY, "", "no memory for the report");
    return ERR_NONE;
}
