// SPDX-License-Identifier: Apache-2.0
// A back-test's report as a page of its own, from the report's own members.
#include "decide/backtest.h"

#include "base/html.h"

#include <math.h>

static const char style[] =
    ":root{color-scheme:light dark;--ground:#fff;--ink:#17212c;--soft:#4d5b69;--line:#c9d2da;--sunk:#f2f5f8;"
    "--bad:#b3261e}@media(prefers-color-scheme:dark){:root{--ground:#0d141b;--ink:#e6ecf2;--soft:#a3b1be;"
    "--line:#33434f;--sunk:#16202a;--bad:#ff6f63}}*{box-sizing:border-box}body{margin:0 auto;max-width:1180px;"
    "padding:24px;background:var(--ground);color:var(--ink);font:14px/1.45 system-ui,'Segoe UI',Roboto,'Noto Sans',"
    "'DejaVu Sans',sans-serif;font-variant-numeric:tabular-nums}h1{font-size:24px;margin:0 0 4px}h2{font-size:17px;"
    "margin:28px 0 8px}p{margin:4px 0;max-width:80ch}.soft{color:var(--soft)}.cards{display:grid;"
    "grid-template-columns:repeat(auto-fit,minmax(165px,1fr));gap:10px;margin:16px 0}.card{background:var(--sunk);"
    "border:1px solid var(--line);border-radius:6px;padding:10px 12px}.card b{display:block;font-size:22px;"
    "line-height:1.2}.wide{overflow-x:auto}table{border-collapse:collapse;width:100%}th,td{text-align:left;"
    "vertical-align:top;padding:5px 8px;border-bottom:1px solid var(--line)}th{font-weight:600;color:var(--soft);"
    "font-size:12px}.n{text-align:right;white-space:nowrap}.bad{color:var(--bad);font-weight:600}code{font-size:12px;"
    "overflow-wrap:anywhere}@media print{.wide{overflow:visible}}";

static double number(const struct json *object, const char *name)
{
    double value;
    return json_number(object, name, &value) ? value : NAN;
}

static void put_number(struct buf *out, double value, int decimals)
{
    if (isfinite(value))
        buf_printf(out, "%.*f", decimals, value);
    else
        buf_puts(out, "–");
}

static void card(struct buf *out, double value, int decimals, const char *what)
{
    buf_puts(out, "<div class=\"card\"><b>");
    put_number(out, value, decimals);
    buf_printf(out, "</b>%s</div>\n", what);
}

// "3.2 % (1.1 to 8.9), n 31"
static void put_share(struct buf *out, const struct json *share)
{
    double value = number(share, "share");
    if (!isfinite(value)) {
        buf_puts(out, "–");
        return;
    }
    buf_printf(out, "%.1f %% (%.1f to %.1f), n %.0f", value * 100, number(share, "low") * 100,
               number(share, "high") * 100, number(share, "n"));
}

static void head(struct buf *out, const struct json *report)
{
    const struct json *history = json_get(report, "history");
    buf_puts(out, "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
                  "content=\"width=device-width,initial-scale=1\"><title>Back-test of a rule set</title><style>");
    buf_puts(out, style);
    buf_puts(out, "</style></head><body><main><h1>Back-test of a rule set</h1><p class=\"soft\">");
    html_text(out, json_text(report, "party"));
    buf_puts(out, " · made ");
    html_text(out, json_text(report, "made"));
    buf_puts(out, "</p><p>Candidate <code>");
    html_text(out, json_text(report, "candidate"));
    buf_puts(out, "</code><br>beside the set in force <code>");
    html_text(out, json_text(report, "against"));
    buf_printf(out, "</code></p><p>History: statements from %.0f on and before %.0f of the node’s log",
               number(history, "first"), number(history, "next"));
    if (json_get(history, "from")) {
        buf_puts(out, ", decisions from ");
        html_text(out, json_text(history, "from"));
        buf_puts(out, " to ");
        html_text(out, json_text(history, "to"));
    }
    buf_puts(out, ".</p>");
    struct str little = json_text(report, "little");
    if (!little.n) return;
    buf_puts(out, "<p class=\"bad\">Too little history: ");
    html_text(out, little);
    buf_puts(out, ".</p>");
}

static void cards(struct buf *out, const struct json *result)
{
    const struct json *change = json_get(result, "change"), *waits = json_get(result, "waits");
    buf_puts(out, "<div class=\"cards\">");
    card(out, number(result, "cases"), 0, "crossings decided again");
    card(out, number(change, "changed"), 0, "would have another lane");
    card(out, number(change, "found_greener"), 0, "finds that would have had a greener lane");
    card(out, number(change, "found_stricter"), 0, "finds that would have had a stricter lane");
    card(out, number(waits, "scans_a_day"), 1, "more scans and inspections a day");
    card(out, number(waits, "minutes_a_truck_after") - number(waits, "minutes_a_truck_before"), 2,
         "more minutes a truck at its service");
    buf_puts(out, "</div>\n");
}

static void lanes(struct buf *out, const struct json *result)
{
    buf_puts(out, "<h2>Lanes</h2><div class=\"wide\"><table><tr><th>From</th><th>To</th><th class=\"n\">Crossings</th>"
                  "<th class=\"n\">With a finding</th></tr>\n");
    json_each(cell, json_get(result, "lanes"))
    {
        buf_puts(out, "<tr><td>");
        html_text(out, json_text(cell, "from"));
        buf_puts(out, "</td><td>");
        html_text(out, json_text(cell, "to"));
        buf_printf(out, "</td><td class=\"n\">%.0f</td><td class=\"n\">%.0f</td></tr>\n", number(cell, "crossings"),
                   number(cell, "found"));
    }
    buf_puts(out, "</table></div>\n");
}

static void rules(struct buf *out, const struct json *result)
{
    buf_puts(out, "<h2>Rule by rule</h2><div class=\"wide\"><table><tr><th>Rule</th><th>State</th><th>Change</th>"
                  "<th>Asks for</th><th class=\"n\">True</th><th class=\"n\">Unknown</th><th class=\"n\">Alone decides"
                  "</th><th class=\"n\">Inspected</th><th class=\"n\">Discrepancy</th><th class=\"n\">Contraband</th>"
                  "<th class=\"n\">Found, of all such trucks</th></tr>\n");
    json_each(rule, json_get(result, "rules"))
    {
        static const char *const texts[] = {"rule", "state", "change"};
        const struct json *outcomes = json_get(rule, "outcomes");
        double hits = number(rule, "hits");
        buf_puts(out, "<tr>");
        for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
            buf_puts(out, "<td>");
            html_text(out, json_text(rule, texts[i]));
            buf_puts(out, "</td>");
        }
        buf_puts(out, "<td>");
        html_text(out, json_text(rule, "lane"));
        if (json_get(rule, "weight")) buf_printf(out, "weight %g", number(rule, "weight"));
        buf_printf(out,
                   "</td><td class=\"n\">%.0f</td><td class=\"n\">%.0f</td><td class=\"n\">%.0f</td><td class=\"n\">"
                   "%.0f</td><td class=\"n\">%.0f</td><td class=\"n\">%.0f</td><td class=\"n\">",
                   hits, number(rule, "unknown"), number(rule, "decides"), hits - number(outcomes, "unknown"),
                   number(outcomes, "discrepancy"), number(outcomes, "contraband"));
        put_share(out, json_get(rule, "found"));
        buf_puts(out, "</td></tr>\n");
    }
    buf_puts(out, "</table></div>\n");
}

static void method(struct buf *out, const struct json *result)
{
    const struct json *outcomes = json_get(result, "outcomes"), *unknown = json_get(result, "unknown"),
                      *cost = json_get(result, "cost"), *waits = json_get(result, "waits");
    buf_printf(out,
               "<h2>What the figures rest on</h2><p>Of %.0f crossings, the set in force gives the recorded lane for "
               "%.0f. ",
               number(result, "cases"), number(result, "as_recorded"));
    buf_printf(out,
               "Of %.0f it is on record what was found; of %.0f of those the chance of being sent there is known and "
               "was followed, and they count by its inverse; the others count once, which overstates what rules "
               "find that officials already look for. ",
               number(result, "cases") - number(outcomes, "unknown"), number(result, "weighted"));
    buf_puts(out, "Intervals are Wilson’s, of 95 %, n being the number of independent cases that the weights amount "
                  "to. Among trucks drawn by chance, something was found in: ");
    put_share(out, json_get(result, "base_rate"));
    buf_printf(out,
               ".</p><p>Minutes are those of the service that each truck would go to, with the queue as it was then, "
               "of %.0f crossings whose lane plan is known; that longer queues would follow from more scans is not in "
               "them. </p>",
               number(waits, "of"));
    buf_printf(out,
               "<p>A missing fact left a rule unknown in %.0f crossings before and %.0f after. One decision costs at "
               "most %.0f steps before and %.0f after.</p></main></body></html>\n",
               number(unknown, "before"), number(unknown, "after"), number(cost, "before"), number(cost, "after"));
}

void backtest_html(const struct json *report, struct buf *out)
{
    const struct json *result = json_get(report, "result");
    head(out, report);
    cards(out, result);
    lanes(out, result);
    rules(out, result);
    method(out, result);
}
