// SPDX-License-Identifier: Apache-2.0
#include "cli/cli.h"

#include "node/file.h"
#include "sim/report.h"

#include <stdio.h>
#include <unistd.h>

#define THREADS_DEFAULT 2
#define ARRIVALS_YEAR_DEFAULT 2024

static const struct cli_option options[] = {
    {"what-if", 'w', "CHANGE", "ask about a change, like scanners+2 (below); once for each"},
    {"html", 0, "FILE", "write the report there"},
    {"lang", 0, "LANG", "of the report and the answers: en (default), es or fr"},
    {"seed", 0, "N", "of the first run"},
    {"seeds", 0, "N", "how many runs; more make intervals narrower"},
    {"days", 0, "N", "simulated days of a run"},
    {"arrivals", 0, "FILE", "border crossing data of BTS as CSV, for --port and --year"},
    {"port", 0, "PORT", "name or code of a port: of those built in, or in --arrivals"},
    {"year", 0, "YEAR", "of --arrivals; default 2024"},
    {"threads", 0, "N", "runs at a time; default one a processor; changes no figure"},
    {"no-compare", 0, NULL, "leave other policies and adapting smugglers out: a third of the time"},
    {"schema", 0, NULL, "say what a scenario file may hold"},
    {0},
};

static enum err language_read(struct cli *cli, enum language *out)
{
    const char *given = cli_value(cli, "lang");
    *out = LANGUAGE_EN;
    for (int i = 0; given && i < LANGUAGE_COUNT; i++) {
        *out = (enum language)i;
        if (!strcmp(given, language_name(*out))) return ERR_NONE;
    }
    return given ? why_set(&cli->why, ERR_USAGE, "lang", "--lang is en, es or fr") : ERR_NONE;
}

// The scenario's file, or one of a line for the port that is asked for.
static enum err bytes_read(struct cli *cli, struct str *out)
{
    const char *port = cli_value(cli, "port");
    if (cli->nargs) return file_read(&cli->arena, cli->args[0], YAML_BYTES_MAX, out, &cli->why);
    bool built_in = port && !cli_value(cli, "arrivals");
    if (built_in && !arrivals_preset_find(str_of(port)))
        return why_set(&cli->why, ERR_NOT_FOUND, "port", "no port \"%.40s\" is built in; give --arrivals FILE", port);
    *out = arena_printf(&cli->arena, "port: \"%s\"\n", built_in ? port : "laredo");
    return out->p ? ERR_NONE : why_set(&cli->why, ERR_NO_MEMORY, "", "no memory for the scenario");
}

static enum err arrivals_take(struct cli *cli, struct scenario *scenario)
{
    struct str bytes;
    struct arrivals arrivals;
    int64_t year;
    const char *path = cli_value(cli, "arrivals"), *port = cli_value(cli, "port");
    const struct arrivals_preset *preset = port ? arrivals_preset_find(str_of(port)) : NULL;
    enum err err = cli_number(cli, "year", ARRIVALS_YEAR_MIN, ARRIVALS_YEAR_MAX, ARRIVALS_YEAR_DEFAULT, &year);
    if (err != ERR_NONE) return err;
    if (!path && cli_value(cli, "year")) return why_set(&cli->why, ERR_USAGE, "year", "--year goes with --arrivals");
    if (!path && port && cli->nargs)
        return why_set(&cli->why, ERR_USAGE, "port", "--port goes with --arrivals, or without a scenario");
    if (!path) return ERR_NONE;
    struct str code = preset ? str_of(preset->code) : port ? str_of(port) : scenario->arrivals.code;
    if (!code.n) return why_set(&cli->why, ERR_USAGE, "port", "--arrivals needs --port CODE");
    err = file_read(&cli->arena, path, ARRIVALS_BYTES_MAX, &bytes, &cli->why);
    if (err == ERR_NONE) err = arrivals_read(&cli->arena, bytes, code, (int)year, &arrivals, &cli->why);
    if (err != ERR_NONE) return err;
    scenario_arrivals(scenario, &arrivals);
    if (!cli->nargs) scenario->name = arrivals.port;
    return ERR_NONE;
}

static enum err numbers_read(struct cli *cli, struct scenario *scenario)
{
    int64_t seed, seeds, days;
    enum err err = cli_number(cli, "seed", 0, 1000000000, (int64_t)scenario->seed, &seed);
    if (err == ERR_NONE) err = cli_number(cli, "seeds", 1, SCENARIO_SEEDS_MAX, scenario->seeds, &seeds);
    if (err == ERR_NONE) err = cli_number(cli, "days", 1, SIM_DAYS_MAX, scenario->settings.days, &days);
    if (err != ERR_NONE) return err;
    scenario->seed = (uint64_t)seed;
    scenario->seeds = (int)seeds;
    scenario->settings.days = (int)days;
    return sim_check(&scenario->settings, &cli->why);
}

// What is asked on the command line replaces what the file asks.
static enum err what_ifs_take(struct cli *cli, struct scenario *scenario)
{
    const char *text;
    struct scenario_what_if asked[SCENARIO_WHAT_IFS_MAX];
    size_t n = 0;
    while ((text = cli_value_at(cli, "what-if", n))) {
        if (n == SCENARIO_WHAT_IFS_MAX) return why_set(&cli->why, ERR_USAGE, "what-if", "too many what-ifs");
        enum err err = scenario_what_if_read(&cli->arena, scenario, str_of(text), &asked[n++], &cli->why);
        if (err != ERR_NONE) return err;
    }
    if (!n) return ERR_NONE;
    scenario->nwhat_ifs = 0;
    for (size_t i = 0; i < n; i++) {
        enum err err = scenario_ask(scenario, &asked[i], &cli->why);
        if (err != ERR_NONE) return err;
    }
    return ERR_NONE;
}

static enum err scenario_make(struct cli *cli, struct scenario *out)
{
    struct str bytes;
    struct why inner = {0};
    enum err err = bytes_read(cli, &bytes);
    if (err != ERR_NONE) return err;
    if (scenario_read(&cli->arena, bytes, out, &inner) != ERR_NONE)
        return why_set(&cli->why, inner.err, inner.member, "%.60s%s%s", cli->nargs ? cli->args[0] : "",
                       cli->nargs ? ": " : "", inner.text);
    err = arrivals_take(cli, out);
    if (err == ERR_NONE) err = numbers_read(cli, out);
    return err == ERR_NONE ? what_ifs_take(cli, out) : err;
}

static void progress(void *context, size_t done, size_t all)
{
    cli_progress(context, "%zu of %zu runs", done, all);
}

// ---- Saying ----

static void say_row(struct cli *cli, const char *name, const struct study_outcome *o)
{
    static const enum study_metric shown[] = {STUDY_WAIT, STUDY_SCAN_WAIT_P95, STUDY_FOUND, STUDY_NET_USD};
    cli_say(cli, "%s\n", name);
    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++) {
        const struct study_figure *f = &o->figures[shown[i]], *c = &o->change[shown[i]];
        int decimals = study_metric_decimals(shown[i]);
        cli_say(cli, "  %-20s %12.*f", study_metric_name(shown[i]), decimals, f->mean);
        if (o->what_if && c->low == c->low)
            cli_say(cli, "   %+.*f [%+.*f, %+.*f]", decimals, c->mean, decimals, c->low, decimals, c->high);
        else if (o->what_if)
            cli_say(cli, "   %+.*f", decimals, c->mean);
        else if (f->low == f->low)
            cli_say(cli, "   [%.*f, %.*f]", decimals, f->low, decimals, f->high);
        cli_say(cli, "\n");
    }
    if (o->searched)
        cli_say(cli, "  added: %d scanners, %d booths, %d docks%s\n", o->added[0], o->added[1], o->added[2],
                o->reached ? "" : "; not reached");
}

static void say(struct cli *cli, const struct study *study, enum language language)
{
    const struct scenario *s = study->scenario;
    size_t used = 0;
    cli_say(cli, "%s: %d days, %d seeds, %llu trucks simulated; 95 %% intervals over seeds\n", cli_clean(cli, s->name),
            s->settings.days, s->seeds, (unsigned long long)study->trucks);
    for (size_t i = 0; i < s->arrivals.nsuspects; i++) used += s->arrivals.suspects[i].counts;
    if (s->arrivals.nsuspects)
        cli_say(cli,
                "%zu runs of suspect rows in the arrivals of this port, %zu in the year used; the report names them\n",
                s->arrivals.nsuspects, used);
    for (size_t i = 0; i < study->noutcomes; i++)
        say_row(cli, cli_clean(cli, report_what_if(&cli->arena, &study->outcomes[i], language)), &study->outcomes[i]);
}

static enum err html_write(struct cli *cli, const struct study *study, enum language language)
{
    struct buf page = BUF(REPORT_BYTES_MAX);
    enum err err = report_html(&cli->arena, study, language, &page, &cli->why);
    if (err == ERR_NONE) err = file_write(cli_value(cli, "html"), 0644, buf_str(&page), false, &cli->why);
    buf_free(&page);
    if (err == ERR_NONE) cli_say(cli, "The report is in %s.\n", cli_value(cli, "html"));
    return err;
}

static void schema(struct cli *cli)
{
    struct buf text = BUF(65536);
    scenario_describe(&text);
    cli_say(cli, "%.*s", STR_ARG(buf_str(&text)));
    buf_free(&text);
}

static enum err run(struct cli *cli)
{
    struct scenario *scenario = arena_new(&cli->arena, struct scenario);
    struct study *study;
    enum language language;
    int64_t threads, processors = sysconf(_SC_NPROCESSORS_ONLN);
    if (processors < 1 || processors > STUDY_THREADS_MAX) processors = THREADS_DEFAULT;
    if (!scenario) return why_set(&cli->why, ERR_NO_MEMORY, "", "no memory for the scenario");
    if (cli_flag(cli, "schema")) {
        schema(cli);
        return ERR_NONE;
    }
    enum err err = language_read(cli, &language);
    if (err == ERR_NONE) err = cli_number(cli, "threads", 1, STUDY_THREADS_MAX, processors, &threads);
    if (err == ERR_NONE) err = scenario_make(cli, scenario);
    if (err != ERR_NONE) return err;
    struct study_settings settings = {
        .threads = (int)threads, .compare = !cli_flag(cli, "no-compare"), .progress = progress, .context = cli};
    err = study_run(&cli->arena, scenario, &settings, &study, &cli->why);
    cli_progress(cli, "%s", "");
    if (err != ERR_NONE) return err;
    say(cli, study, language);
    if (cli_value(cli, "html")) err = html_write(cli, study, language);
    if (err == ERR_NONE && cli->json) cli_say_json(cli, study_json(&cli->arena, study));
    return err;
}

const struct cli_command simulate_command = {
    .name = "simulate",
    .usage = "[SCENARIO.yaml] [--what-if CHANGE]… [--html FILE] [--lang LANG] [--seeds N] [--days N]",
    .summary = "Simulate a port and say what changes to it would do",
    .details =
        "Runs the node's own choice of lanes in simulated time, over several seeds, with a port as the scenario says "
        "it\n"
        "is; without one, Laredo by its public figures. Changes that can be asked about, also several with commas:\n"
        "  scanners+2  booths+2  docks-1   servers more or fewer\n"
        "  wait-10                         what it takes to wait ten minutes less on average\n"
        "  volume+30%  trusted+10%         more trucks; more of them trusted\n"
        "  contract=NAME, 4h/24h/8h@60000  maintenance: hours for people, parts, repair; dollars a month\n"
        "  tariff-morning                  one morning with twice the trucks\n"
        "  yard-moved                      the pre-check yard outside town\n"
        "  random=5%  target=3             the floor of chance; the mean wait that is held, minutes\n"
        "The same scenario, changes and seed give the same bytes of JSON and HTML.\n",
    .options = options,
    .least = 0,
    .most = 1,
    .run = run,
};
