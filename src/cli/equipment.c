// SPDX-License-Identifier: Apache-2.0
#include "cli/cli.h"

#include "base/clock.h"
#include "formats/equipment_file.h"
#include "node/file.h"
#include "views/equipment.h"

#include <libgen.h>
#include <stdio.h>

#define HTML_MAX ((size_t)64 << 20)
#define FILES_MAX 32
#define REASONS_MAX 20

static const struct cli_option options[] = {
    {"log", 0, "FILE", "a scanner log (CSV), without any node; may be given more than once"},
    {"mapping", 0, "FILE", "how it is read (YAML); of several the one whose columns fit"},
    {"equipment", 0, "FILE", "what the port has, and its contracts (YAML)"},
    {"port", 0, "CODE", "that port's equipment alone"},
    {"type", 0, "TYPE", "scanner, dock, booth, reader or yard"},
    {"from", 0, "DATE", "first day (2026-01-01), or a time; default: as far as anything is said"},
    {"to", 0, "DATE", "last day"},
    {"zone", 0, "ZONE", "time zone of the days and of the report, America/Chicago; default UTC"},
    {"lang", 0, "LANG", "en, es or fr"},
    {"html", 0, "FILE", "write the report as a page"},
    {"csv", 0, "FILE", "write it as a table: a row a machine, and one an interruption"},
    {0},
};

static struct str text_of(const char *z)
{
    return z ? str_of(z) : STR_NONE;
}

static enum err read_moments(struct cli *cli, struct str zone, int64_t *from_ms, int64_t *to_ms)
{
    const char *from = cli_value(cli, "from"), *to = cli_value(cli, "to");
    *from_ms = *to_ms = INT64_MIN;
    if (from && !report_moment(str_of(from), zone, false, from_ms))
        return why_set(&cli->why, ERR_USAGE, "from", "--from is a day like 2026-01-01, or a time");
    if (to && !report_moment(str_of(to), zone, true, to_ms))
        return why_set(&cli->why, ERR_USAGE, "to", "--to is a day like 2026-02-28, or a time");
    return ERR_NONE;
}

// ---- Without a node ----

struct files {
    const struct identifier_table *identifiers;
    const struct scanner_mapping *items[FILES_MAX];
    struct scanner_mappings mappings;
    struct drafts drafts;
};

static enum err named(struct cli *cli, const char *path, const struct why *inner)
{
    (void)why_set(&cli->why, inner->err, inner->member, "%s: %s", path, inner->text);
    return inner->err;
}

static enum err read_mappings(struct cli *cli, struct files *f)
{
    const char *path;
    enum err err = ERR_NONE;
    for (size_t i = 0; err == ERR_NONE && (path = cli_value_at(cli, "mapping", i)); i++) {
        struct str bytes;
        struct why inner = {0};
        if (i == FILES_MAX) return why_set(&cli->why, ERR_USAGE, "mapping", "at most %d mappings", FILES_MAX);
        err = file_read(&cli->arena, path, (size_t)1 << 20, &bytes, &cli->why);
        if (err != ERR_NONE) return err;
        if (scanner_mapping_read(&cli->arena, bytes, f->identifiers, &f->items[i], &inner) != ERR_NONE)
            return named(cli, path, &inner);
        f->mappings.count = i + 1;
    }
    f->mappings.items = f->items;
    if (!f->mappings.count)
        return why_set(&cli->why, ERR_USAGE, "mapping",
                       "say --mapping FILE, which tells the log's columns; examples/port/ has one");
    return err;
}

static enum err read_declared(struct cli *cli, struct files *f)
{
    const char *path = cli_value(cli, "equipment");
    struct equipment_file_context context = {f->identifiers, clock_now_us() / 1000, LABEL_AMBER};
    struct str bytes;
    struct why inner = {0};
    if (!path) return ERR_NONE;
    enum err err = file_read(&cli->arena, path, (size_t)1 << 20, &bytes, &cli->why);
    if (err == ERR_NONE && equipment_file_parse(&cli->arena, bytes, &context, &f->drafts, &inner) != ERR_NONE)
        err = named(cli, path, &inner);
    return err;
}

static void add_tally(struct report_source *source, const struct scanner_tally *tally)
{
    source->rows += tally->rows;
    source->refused += tally->refused;
    source->duplicates += tally->duplicates;
    source->out_of_order += tally->out_of_order;
    source->contradicted += tally->contradicted;
}

static enum err read_log(struct cli *cli, struct files *f, const char *path, struct report_source *source)
{
    struct str bytes, copy = arena_str(&cli->arena, str_of(path));
    struct why inner = {0};
    struct scanner_tally tally;
    enum err err = file_read(&cli->arena, path, SCANNER_LOG_BYTES_MAX, &bytes, &cli->why);
    if (err != ERR_NONE) return err;
    const struct scanner_mapping *mapping = scanner_mapping_find(&f->mappings, bytes);
    // With one mapping the reason is why that one does not fit.
    if (!mapping && f->mappings.count == 1) mapping = f->items[0];
    if (!mapping) return why_set(&cli->why, ERR_UNSUPPORTED, "", "%s: no mapping fits its columns", path);
    struct scanner_context context = {.identifiers = f->identifiers,
                                      .received_ms = clock_now_us() / 1000,
                                      .label = LABEL_AMBER,
                                      .name = str_of(basename((char *)(uintptr_t)copy.p))};
    if (scanner_log_parse(&cli->arena, bytes, mapping, &context, &f->drafts, &tally, &inner) != ERR_NONE)
        return named(cli, path, &inner);
    add_tally(source, &tally);
    source->name = source->name.p
                       ? arena_printf(&cli->arena, "%.*s, %.*s", STR_ARG(source->name), STR_ARG(context.name))
                       : context.name;
    return ERR_NONE;
}

static enum err refusals(struct cli *cli, const struct files *f, struct report_source *source)
{
    struct str *reasons = arena_array(&cli->arena, struct str, REASONS_MAX);
    if (!reasons) return why_set(&cli->why, ERR_NO_MEMORY, "", "no memory for the report");
    for (const struct draft *d = f->drafts.first; d && source->nreasons < REASONS_MAX; d = d->next)
        if (str_is(d->kind, "evidence.rejected")) reasons[source->nreasons++] = json_text(d->members, "reason");
    source->reasons = reasons;
    return ERR_NONE;
}

static void keep_only(struct fleet *fleet, struct str port, struct str type)
{
    size_t kept = 0;
    for (size_t i = 0; i < fleet->count; i++) {
        const struct machine *m = &fleet->items[i];
        if ((port.n && !str_eq(m->port, port)) || (type.n && !str_eq(m->type, type))) continue;
        fleet->items[kept++] = *m;
    }
    fleet->count = kept;
}

static enum err from_files(struct cli *cli, int64_t from_ms, int64_t to_ms, struct availability_report *report)
{
    struct files *f = arena_new(&cli->arena, struct files);
    struct fleet *fleet = arena_new(&cli->arena, struct fleet);
    const char *path;
    if (!f || !fleet) return why_set(&cli->why, ERR_NO_MEMORY, "", "no memory for the report");
    enum err err = identifier_table_read(&cli->arena, identifiers_builtin(), &f->identifiers, &cli->why);
    if (err == ERR_NONE) err = read_mappings(cli, f);
    if (err == ERR_NONE) err = read_declared(cli, f);
    for (size_t i = 0; err == ERR_NONE && (path = cli_value_at(cli, "log", i)); i++)
        err = read_log(cli, f, path, &report->source);
    if (err == ERR_NONE) err = refusals(cli, f, &report->source);
    if (err == ERR_NONE) err = equipment_of_drafts(&cli->arena, f->drafts.first, fleet, &cli->why);
    if (err != ERR_NONE) return err;
    keep_only(fleet, report->port, text_of(cli_value(cli, "type")));
    return equipment_report_of(&cli->arena, fleet, from_ms, to_ms, report, &cli->why);
}

// ---- From a node ----

static enum err from_node(struct cli *cli, int64_t from_ms, int64_t to_ms, struct availability_report *report)
{
    struct cli_store store;
    const char *database = file_path(&cli->arena, cli->args[0], "store.db");
    if (!database) return why_set(&cli->why, ERR_NO_MEMORY, "", "no memory for the report");
    enum err err = config_party(&cli->arena, cli->args[0], &report->by, &cli->why);
    if (err == ERR_NONE) err = cli_store_open(cli, database, &store);
    if (err != ERR_NONE) return err;
    err = equipment_report(store.views, &cli->arena, report->port, text_of(cli_value(cli, "type")), from_ms, to_ms,
                           report, &cli->why);
    cli_store_close(&store);
    if (err == ERR_NOT_FOUND) cli->next = "puente import DIR equipment.yaml scanner-log.csv";
    return err;
}

// ---- What is said ----

static enum err write_as(struct cli *cli, const char *option, const struct availability_report *report,
                         void (*form)(const struct availability_report *, struct buf *))
{
    const char *path = cli_value(cli, option);
    struct buf out = BUF(HTML_MAX);
    if (!path) return ERR_NONE;
    form(report, &out);
    enum err err = out.failed ? why_set(&cli->why, ERR_TOO_LARGE, "", "the report is over %zu MiB", HTML_MAX >> 20)
                              : file_write(path, 0644, buf_str(&out), false, &cli->why);
    if (err == ERR_NONE) cli_say(cli, "%s\n", path);
    buf_free(&out);
    return err;
}

static void say_share(const struct cli *cli, double share)
{
    if (share < 0)
        cli_say(cli, "%9s", "-");
    else
        cli_say(cli, "%8.1f%%", share * 100);
}

static void say_number(const struct cli *cli, double value)
{
    if (value < 0)
        cli_say(cli, "%9s", "-");
    else
        cli_say(cli, "%9.1f", value);
}

static void say(struct cli *cli, const struct availability_report *r)
{
    char from[REPORT_TIME_ROOM], to[REPORT_TIME_ROOM];
    report_time(r, r->period.from_ms, from);
    report_time(r, r->period.to_ms, to);
    cli_say(cli, "%s to %s, %zu machines\n\n", from, to, r->fleet->count);
    cli_say(cli, "  %-14s%9s%9s%9s%9s%9s%9s%9s%9s\n", "", "known", "ao", "outages", "mtbf h", "mttr h", "of rated",
            "no verd.", "penalty");
    for (size_t i = 0; i < r->fleet->count; i++) {
        const struct availability *a = &r->each[i];
        cli_say(cli, "  %-14s", cli_clean(cli, r->fleet->items[i].id));
        say_share(cli, a->installed_ms ? (double)a->known_ms / (double)a->installed_ms : -1);
        say_share(cli, a->ao);
        cli_say(cli, "%9zu", a->failures);
        say_number(cli, a->mtbf_h);
        say_number(cli, a->mttr_h);
        say_share(cli, a->of_rated);
        cli_say(cli, "%9llu", (unsigned long long)a->verdicts[VERDICT_NONE]);
        say_number(cli, a->penalty);
        cli_say(cli, "\n");
    }
    cli_say(cli, "\n  %zu of %zu with an outage, %.1f%% of the known time lost, the longest %.1f days (%s)\n",
            r->sum.with_outage, r->sum.systems, r->sum.lost_share < 0 ? 0 : r->sum.lost_share * 100,
            (double)r->sum.longest_ms / 86400000.0, r->sum.longest.n ? cli_clean(cli, r->sum.longest) : "-");
    if (r->source.name.p)
        cli_say(cli, "  the log: %zu rows, %zu refused, %zu twice, %zu out of order\n", r->source.rows,
                r->source.refused, r->source.duplicates, r->source.out_of_order);
    for (size_t i = 0; i < r->source.nreasons; i++) cli_say(cli, "    %s\n", cli_clean(cli, r->source.reasons[i]));
}

static enum err run(struct cli *cli)
{
    int64_t from_ms, to_ms;
    bool files = cli_value(cli, "log") != NULL;
    struct availability_report report = {.port = text_of(cli_value(cli, "port")),
                                         .zone = text_of(cli_value(cli, "zone")),
                                         .language = text_of(cli_value(cli, "lang")),
                                         .period = {.now_ms = clock_now_us() / 1000}};
    if (files == (cli->nargs == 1))
        return why_set(&cli->why, ERR_USAGE, "", "say a node's folder, or --log FILE and --mapping FILE");
    if (report.language.n && !report_language_known(report.language))
        return why_set(&cli->why, ERR_USAGE, "lang", "--lang is en, es or fr");
    if (report.zone.n && !report_zone_known(report.zone))
        return why_set(&cli->why, ERR_USAGE, "zone", "--zone is a time zone of the border, America/Chicago");
    enum err err = read_moments(cli, report.zone, &from_ms, &to_ms);
    if (err == ERR_NONE)
        err = files ? from_files(cli, from_ms, to_ms, &report) : from_node(cli, from_ms, to_ms, &report);
    if (err == ERR_NONE) err = write_as(cli, "html", &report, availability_report_html);
    if (err == ERR_NONE) err = write_as(cli, "csv", &report, availability_report_csv);
    if (err != ERR_NONE) return err;
    say(cli, &report);
    cli_say_json(cli, availability_report_json(&cli->arena, &report));
    return ERR_NONE;
}

const struct cli_command equipment_command = {
    .name = "equipment report",
    .usage = "DIR [--port CODE] [--from DATE --to DATE] [--html FILE] [--csv FILE]\n"
             "       puente equipment report --log FILE --mapping FILE [--equipment FILE] …",
    .summary = "Say how available scanners, docks and booths were, and why not",
    .details = "Availability, time between outages and to repair them (waiting for people, parts, repair), every\n"
               "interruption with its reason, scans against what is rated, images without a verdict, maintenance "
               "done\nin time, and the penalty that the vendor owes by its contract. With a log and a mapping no node "
               "is needed.\n",
    .options = options,
    .least = 0,
    .most = 1,
    .run = run,
};
