// SPDX-License-Identifier: Apache-2.0
// puente outcomes: what rules, lanes, scanners, shifts and programmes find, beside what chance finds.
#include "cli/cli.h"
#include "node/config.h"
#include "node/file.h"
#include "port/availability_report.h"
#include "port/outcome_report.h"
#include "views/outcome.h"
#include "views/port.h"

#define REPORT_MAX ((size_t)32 << 20)

static const struct cli_option options[] = {
    {"by", 0, "WHAT", "rule, lane, scanner, shift or programme; default rule"},
    {"port", 0, "CODE", "that port's crossings alone"},
    {"from", 0, "DATE", "first day (2026-01-01), or a time, of arrival; default: the first on record"},
    {"to", 0, "DATE", "last day"},
    {"zone", 0, "ZONE", "time zone of the days and of the times shown; default: the port's, or UTC"},
    {"lang", 0, "LANG", "en, es or fr"},
    {"html", 0, "FILE", "write the report as a page"},
    {"csv", 0, "FILE", "write it as a table: a row a group, and one a kind of what it found"},
    {0},
};

static struct str text_of(const char *z)
{
    return z ? str_of(z) : STR_NONE;
}

static enum err read_options(struct cli *cli, struct outcome_report *report, enum outcome_by *by)
{
    const char *text = cli_value(cli, "by");
    *by = OUTCOME_BY_RULE;
    report->port = text_of(cli_value(cli, "port"));
    report->zone = text_of(cli_value(cli, "zone"));
    report->language = text_of(cli_value(cli, "lang"));
    if (text && !outcome_by_parse(str_of(text), by))
        return why_set(&cli->why, ERR_USAGE, "by", "--by is rule, lane, scanner, shift or programme");
    if (report->language.n && !report_language_known(report->language))
        return why_set(&cli->why, ERR_USAGE, "lang", "--lang is en, es or fr");
    if (report->zone.n && !report_zone_known(report->zone))
        return why_set(&cli->why, ERR_USAGE, "zone", "--zone is a time zone of the border, America/Chicago");
    return ERR_NONE;
}

static enum err read_moments(struct cli *cli, struct outcome_report *report)
{
    const char *from = cli_value(cli, "from"), *to = cli_value(cli, "to");
    report->from_ms = INT64_MIN;
    report->to_ms = INT64_MAX;
    if (from && !report_moment(str_of(from), report->zone, false, &report->from_ms))
        return why_set(&cli->why, ERR_USAGE, "from", "--from is a day like 2026-01-01, or a time");
    if (to && !report_moment(str_of(to), report->zone, true, &report->to_ms))
        return why_set(&cli->why, ERR_USAGE, "to", "--to is a day like 2026-02-28, or a time");
    if (report->from_ms >= report->to_ms)
        return why_set(&cli->why, ERR_USAGE, "to", "the period ends before it begins");
    return ERR_NONE;
}

// A port's own zone, where none is asked for.
static enum err own_zone(struct cli *cli, struct views *views, struct outcome_report *report)
{
    struct port port;
    bool found;
    if (report->zone.n || !report->port.n) return ERR_NONE;
    enum err err = port_get(views, &cli->arena, report->port, &port, &found, &cli->why);
    if (err == ERR_NONE && found) report->zone = port.timezone;
    return err;
}

static enum err read_rates(struct cli *cli, struct outcome_report *report, enum outcome_by by)
{
    struct cli_store store;
    struct outcome_rates *rates = arena_new(&cli->arena, struct outcome_rates);
    const char *database = file_path(&cli->arena, cli->args[0], "store.db");
    if (!database || !rates) return why_set(&cli->why, ERR_NO_MEMORY, "", "no memory for the report");
    report->rates = rates;
    enum err err = config_party(&cli->arena, cli->args[0], &report->node, &cli->why);
    if (err == ERR_NONE) err = cli_store_open(cli, database, &store);
    if (err != ERR_NONE) return err;
    err = own_zone(cli, store.views, report);
    if (err == ERR_NONE) err = read_moments(cli, report);
    struct outcome_query query = {report->port, report->from_ms, report->to_ms};
    if (err == ERR_NONE) err = outcome_rates_of(store.views, &cli->arena, &query, by, rates, &cli->why);
    cli_store_close(&store);
    return err;
}

static enum err write_as(struct cli *cli, const char *option, const struct outcome_report *report,
                         void (*form)(const struct outcome_report *, struct buf *))
{
    const char *path = cli_value(cli, option);
    struct buf out = BUF(REPORT_MAX);
    if (!path) return ERR_NONE;
    form(report, &out);
    enum err err = out.failed ? why_set(&cli->why, ERR_TOO_LARGE, "", "the report is over %zu MiB", REPORT_MAX >> 20)
                              : file_write(path, 0644, buf_str(&out), false, &cli->why);
    if (err == ERR_NONE) cli_say(cli, "%s\n", path);
    buf_free(&out);
    return err;
}

// ---- What is said ----

static void say_rate(const struct cli *cli, const struct rate *rate)
{
    if (rate->known)
        cli_say(cli, "%8.2f%% %6.2f to %5.2f", rate->share * 100, rate->low * 100, rate->high * 100);
    else
        cli_say(cli, "%9s %15s", "-", "");
}

static void say_row(struct cli *cli, const struct outcome_report *r, const struct outcome_group *g)
{
    struct buf name = BUF(2048);
    if (g == &r->rates->base)
        buf_puts(&name, "by chance");
    else
        outcome_group_name(r, g, &name);
    cli_say(cli, "  %-30s%9zu%10zu%7zu", cli_clean(cli, buf_str(&name)), g->trucks, g->inspected, g->hits);
    say_rate(cli, &g->rate);
    if (g->difference.known)
        cli_say(cli, "%+8.2f", g->difference.value * 100);
    else
        cli_say(cli, "%8s", "-");
    if (g->lift.known)
        cli_say(cli, "%7.1f", g->lift.value);
    else
        cli_say(cli, "%7s", "-");
    cli_say(cli, "%9zu\n", g->without);
    buf_free(&name);
}

static void say_sentence(struct cli *cli, const struct outcome_report *r, const struct outcome_group *g)
{
    struct buf text = BUF(4096);
    outcome_sentence(r, g, &text);
    cli_say(cli, "  %s\n", cli_clean(cli, buf_str(&text)));
    buf_free(&text);
}

static void say(struct cli *cli, const struct outcome_report *r)
{
    cli_say(cli, "  %-30s%9s%10s%7s%9s %15s%8s%7s%9s\n", outcome_by_name(r->rates->by), "trucks", "inspected", "hits",
            "rate", "95 %", "above", "times", "no word");
    say_row(cli, r, &r->rates->base);
    say_row(cli, r, &r->rates->all);
    for (size_t i = 0; i < r->rates->ngroups; i++) say_row(cli, r, &r->rates->groups[i]);
    cli_say(cli, "\n");
    say_sentence(cli, r, &r->rates->all);
    for (size_t i = 0; i < r->rates->ngroups; i++) say_sentence(cli, r, &r->rates->groups[i]);
    if (r->rates->left_out) cli_say(cli, "  and in %zu more groups than can be told\n", r->rates->left_out);
    if (r->rates->by == OUTCOME_BY_SHIFT)
        cli_say(cli, "\n  Officers with fewer than %d inspections are put together: few say nothing about a person.\n",
                OUTCOME_OFFICER_MIN);
}

static enum err run(struct cli *cli)
{
    struct outcome_report report = {0};
    enum outcome_by by;
    enum err err = read_options(cli, &report, &by);
    if (err == ERR_NONE) err = read_rates(cli, &report, by);
    if (err == ERR_NONE) err = write_as(cli, "html", &report, outcome_report_html);
    if (err == ERR_NONE) err = write_as(cli, "csv", &report, outcome_report_csv);
    if (err != ERR_NONE) return err;
    say(cli, &report);
    cli_say_json(cli, outcome_report_json(&cli->arena, &report));
    return ERR_NONE;
}

const struct cli_command outcomes_command = {
    .name = "outcomes",
    .usage = "DIR [--by WHAT] [--port CODE] [--from DATE --to DATE] [--html FILE] [--csv FILE]",
    .summary = "Say what rules, lanes, scanners, shifts or programmes find, beside what chance finds",
    .details = "Hit rate and yield of each with their intervals, against the base rate of the trucks that the random\n"
               "draw picked; shadow rules by what they would have picked; an estimate of what passed through each "
               "lane.\nHow each figure is made is in docs/outcomes.md.\n",
    .options = options,
    .least = 1,
    .most = 1,
    .run = run,
};
