// SPDX-License-Identifier: Apache-2.0
#include "cli/cli.h"

#include "base/clock.h"
#include "node/file.h"
#include "port/governor.h"
#include "views/port_report.h"

#include <stdio.h>

#define OUTPUT_MAX ((size_t)64 << 20)
#define DEFAULT_DIR "."

static const struct cli_option options[] = {
    {"port", 0, "CODE", "one port with its lanes, hours and forecast"},
    {"hours", 0, "N", "waits that began in the last N hours (24)"},
    {"at", 0, "TIME", "as of then (2026-03-01T12:00:00Z); default: now"},
    {"csv", 0, NULL, "a table on standard output: a row a port and stage"},
    {"html", 0, "FILE", "write a page"},
    {"lang", 0, "LANG", "of the page: en, es or fr"},
    {0},
};

struct wanted {
    int64_t now_ms, hours;
    enum governor_language language;
};

static enum err read_wanted(struct cli *cli, struct wanted *out)
{
    const char *at = cli_value(cli, "at"), *language = cli_value(cli, "lang");
    *out = (struct wanted){.now_ms = clock_now_us() / 1000};
    if (at && !time_parse_ms(str_of(at), &out->now_ms))
        return why_set(&cli->why, ERR_USAGE, "at", "--at is a time like 2026-03-01T12:00:00Z");
    if (language && !governor_language_parse(str_of(language), &out->language))
        return why_set(&cli->why, ERR_USAGE, "lang", "--lang is en, es or fr");
    if (cli_value(cli, "port") && (cli_flag(cli, "csv") || cli_value(cli, "html")))
        return why_set(&cli->why, ERR_USAGE, "port", "--csv and --html show ports side by side, not one");
    return cli_number(cli, "hours", 1, PORT_REPORT_HOURS_MAX, 24, &out->hours);
}

static enum err ask(struct cli *cli, const struct wanted *wanted, struct json **out)
{
    struct cli_store store;
    const char *port = cli_value(cli, "port");
    const char *database = file_path(&cli->arena, cli->nargs ? cli->args[0] : DEFAULT_DIR, "store.db");
    if (!database) return why_set(&cli->why, ERR_NO_MEMORY, "", "no memory for the report");
    enum err err = cli_store_open(cli, database, &store);
    if (err != ERR_NONE) return err;
    size_t hours = (size_t)wanted->hours;
    err = port ? port_report_one(store.views, &cli->arena, str_of(port), wanted->now_ms, hours, out, &cli->why)
               : port_report_all(store.views, &cli->arena, wanted->now_ms, hours, out, &cli->why);
    cli_store_close(&store);
    return err;
}

static enum err write_page(struct cli *cli, const struct json *report, enum governor_language language)
{
    const char *path = cli_value(cli, "html");
    struct buf page = BUF(OUTPUT_MAX);
    if (!path) return ERR_NONE;
    governor_html(report, language, &page);
    enum err err = page.failed ? why_set(&cli->why, ERR_TOO_LARGE, "", "the page is over %zu MiB", OUTPUT_MAX >> 20)
                               : file_write(path, 0644, buf_str(&page), false, &cli->why);
    if (err == ERR_NONE && !cli_flag(cli, "csv")) cli_say(cli, "%s\n", path);
    buf_free(&page);
    return err;
}

// ---- For a terminal ----

static double number(const struct json *object, const char *name, double fallback)
{
    double value;
    return json_number(object, name, &value) ? value : fallback;
}

// "27.5 (24.0-31.0)", ">= 40.0 (35.0-…)"; "-" where nothing is known.
static const char *figure_text(struct cli *cli, const struct json *figure)
{
    double value, low, high;
    if (!json_number(figure, "minutes", &value)) return "-";
    bool has_low = json_number(figure, "low", &low), has_high = json_number(figure, "high", &high);
    const char *least = json_true(figure, "at_least") ? ">= " : "";
    if (!has_low && !has_high) return arena_printf(&cli->arena, "%s%.1f", least, value).p;
    struct str bottom = has_low ? arena_printf(&cli->arena, "%.1f", low) : STR("?");
    struct str top = has_high ? arena_printf(&cli->arena, "%.1f", high) : STR("?");
    return arena_printf(&cli->arena, "%s%.1f (%.*s-%.*s)", least, value, STR_ARG(bottom), STR_ARG(top)).p;
}

static const struct json *stage_of(const struct json *port, const char *stage)
{
    json_each(row, json_get(port, "waits")) if (str_is(json_text(row, "stage"), stage)) return row;
    return NULL;
}

// The share of arrivals measured, "!" where that is too small to speak for all.
static const char *covered_text(struct cli *cli, const struct json *coverage)
{
    double share;
    if (!json_number(coverage, "share", &share)) return "-";
    return arena_printf(&cli->arena, "%.0f%%%s", share * 100, json_true(coverage, "enough") ? "" : "!").p;
}

static void say_port(struct cli *cli, const struct json *port)
{
    const struct json *queue = stage_of(port, "queue"), *all = stage_of(port, "all"), *measured = queue ? queue : all;
    const struct json *scanners = json_get(port, "scanners"), *n = json_get(port, "incidents");
    double pct;
    bool scans = json_number(port, "scanned_pct", &pct);
    cli_say(cli, "  %-6s %-16.16s %8.0f  %-19s %-19s %-19s %-9s %6.0f %6s %7s  %2.0f/%-3.0f %4.0f %4.0f\n",
            cli_clean(cli, json_text(port, "code")), cli_clean(cli, json_text(port, "name")),
            number(port, "arrivals", 0), figure_text(cli, json_get(queue, "mean")),
            figure_text(cli, json_get(queue, "p95")), figure_text(cli, json_get(all, "mean")),
            measured ? cli_clean(cli, json_text(measured, "method")) : "-", number(measured, "n", 0),
            covered_text(cli, json_get(measured, "coverage")), scans ? arena_printf(&cli->arena, "%.0f%%", pct).p : "-",
            number(scanners, "up", 0), number(scanners, "total", 0), number(n, "openings", 0) + number(n, "tampers", 0),
            number(n, "discrepancies", 0) + number(n, "contraband", 0));
}

static void say_all(struct cli *cli, const struct json *report)
{
    cli_say(cli, "%s to %s; minutes, with intervals at 95 %%\n\n", cli_clean(cli, json_text(report, "from")),
            cli_clean(cli, json_text(report, "now")));
    cli_say(cli, "  %-6s %-16s %8s  %-19s %-19s %-19s %-9s %6s %6s %7s  %-6s %4s %4s\n", "port", "", "arrivals",
            "mean wait in queue", "95th percentile", "mean time at port", "method", "n", "of all", "scanned", "up",
            "seal", "find");
    json_each(port, json_get(report, "ports")) say_port(cli, port);
    if (!json_get(report, "ports") || !json_get(report, "ports")->count)
        cli_say(cli, "  no port was stated yet; next: post a statement of kind port (docs/port.md)\n");
}

static void say_rows(struct cli *cli, const struct json *rows, const char *by)
{
    json_each(row, rows)
    {
        struct str label = by ? json_text(row, by) : STR("");
        cli_say(cli, "  %-8s %-24s %-22s %-22s %-10s n %.0f, %.0f censored\n", cli_clean(cli, json_text(row, "stage")),
                cli_clean(cli, label), figure_text(cli, json_get(row, "mean")), figure_text(cli, json_get(row, "p95")),
                cli_clean(cli, json_text(row, "method")), number(row, "n", 0), number(row, "censored", 0));
    }
}

static void say_score(struct cli *cli, const struct json *score)
{
    if (number(score, "n", 0) < 1) return;
    cli_say(cli,
            "\n  of %.0f past forecasts: error %.1f min; the last wait would have had %.1f, last week's %.1f; the"
            " interval held %.0f %% of %.0f\n",
            number(score, "n", 0), number(score, "mae", 0), number(score, "mae_last", 0), number(score, "mae_week", 0),
            number(score, "coverage", 0) * 100, number(score, "intervals", 0));
}

static void say_forecast(struct cli *cli, const struct json *forecast)
{
    struct str refused = json_text(forecast, "refused");
    cli_say(cli, "\nforecast: %s\n", cli_clean(cli, json_text(forecast, "stage")));
    if (refused.p) cli_say(cli, "  none: %s\n", cli_clean(cli, refused));
    json_each(hour, json_get(forecast, "hours"))
        cli_say(cli, "  %s  %s\n", cli_clean(cli, json_text(hour, "hour")), figure_text(cli, hour));
    say_score(cli, json_get(forecast, "score"));
}

static void say_one(struct cli *cli, const struct json *port)
{
    cli_say(cli, "%s %s, %s to %s\n\nstages: mean, 95th percentile (minutes, intervals at 95 %%)\n",
            cli_clean(cli, json_text(port, "code")), cli_clean(cli, json_text(port, "name")),
            cli_clean(cli, json_text(port, "from")), cli_clean(cli, json_text(port, "now")));
    say_rows(cli, json_get(port, "waits"), NULL);
    cli_say(cli, "\nlanes\n");
    say_rows(cli, json_get(port, "lanes"), "lane");
    cli_say(cli, "\nhours\n");
    say_rows(cli, json_get(port, "hours"), "hour");
    say_forecast(cli, json_get(port, "forecast"));
}

static void say_csv(struct cli *cli, const struct json *report)
{
    struct buf out = BUF(OUTPUT_MAX);
    governor_csv(report, &out);
    cli_say(cli, "%.*s", STR_ARG(buf_str(&out)));
    buf_free(&out);
}

static enum err run(struct cli *cli)
{
    struct wanted wanted;
    struct json *report = NULL;
    enum err err = read_wanted(cli, &wanted);
    if (err == ERR_NONE) err = ask(cli, &wanted, &report);
    if (err == ERR_NONE) err = write_page(cli, report, wanted.language);
    if (err != ERR_NONE) return err;
    cli_say_json(cli, report);
    if (cli_flag(cli, "csv"))
        say_csv(cli, report);
    else if (cli_value(cli, "port"))
        say_one(cli, report);
    else
        say_all(cli, report);
    return ERR_NONE;
}

const struct cli_command ports_command = {
    .name = "ports",
    .usage = "[DIR] [--port CODE] [--hours N] [--csv] [--html FILE] [--lang LANG]",
    .summary = "Show ports side by side: waits, targets, inspections, scanners, incidents",
    .details = "A wait stands with its interval, the number of trucks it was measured on, how, and the share of known "
               "arrivals that\nthey are (\"!\": under 85 %). Trucks that wait still count with what they have waited "
               "(\">=\"). DIR is a node's folder;\ndefault: the one you are in. Reads only; the node may run "
               "meanwhile.\n",
    .options = options,
    .least = 0,
    .most = 1,
    .run = run,
};
