// SPDX-License-Identifier: Apache-2.0
#include "cli/cli.h"

#include "base/clock.h"
#include "node/audit.h"
#include "views/decision.h"
#include "views/report.h"

#define PAGE 256
#define ONE_ARENA ((size_t)256 << 20)

static const struct cli_option verify_options[] = {
    {"all", 0, NULL, "every decision of a day at a port, in place of CROSSING or DECISION"},
    {"day", 0, "DATE", "with --all: the day that trucks arrived, 2026-03-01"},
    {"port", 0, "CODE", "with --all: the port"},
    {0},
};

struct checking {
    struct cli *cli;
    struct views *views;
    struct draw_days days;
    uint64_t results[DRAWN_RESULTS];
    uint64_t all, by_chance;
    struct json *list;
};

static void say_drawn(struct cli *cli, const struct json *json, const struct drawn *d)
{
    cli_say(cli, "%s  %s", cli_clean(cli, d->name), drawn_result_name(d->result));
    if (d->date.p)
        cli_say(cli, "  day %s, draw %.6f of a chance of %.4f", cli_clean(cli, d->date), d->floor, d->chance);
    if (d->by_chance) cli_say(cli, ", sent by chance");
    if (d->text.p) cli_say(cli, ": %s", cli_clean(cli, json_text(json, "text")));
    cli_say(cli, "\n");
}

// `date` NULL: of any day; otherwise only where it was drawn with that day's key.
static enum err verify_at(struct checking *c, int64_t pos, const char *date, bool say)
{
    struct arena arena = ARENA(ONE_ARENA);
    struct told told;
    struct audited audited;
    struct drawn drawn;
    struct why *why = &c->cli->why;
    enum err err = told_at(c->views, &arena, pos, &told, why);
    bool wanted = err == ERR_NONE;
    if (wanted && date) wanted = str_is(json_text(json_get(told.members, "choice"), "day"), date);
    if (wanted) err = audit_decision(c->views, &arena, &told, node_version, &audited, why);
    if (wanted && err == ERR_NONE) err = audit_draw(&arena, &c->days, &audited, &drawn, why);
    if (wanted && err == ERR_NONE) {
        struct json *json = drawn_json(&c->cli->arena, &drawn);
        c->all++;
        c->results[drawn.result]++;
        c->by_chance += drawn.by_chance;
        if (say || drawn.result != DRAWN_HOLDS) say_drawn(c->cli, json, &drawn);
        if (c->cli->json) json_add(c->list, json_copy(&c->cli->arena, json));
    }
    arena_free(&arena);
    return err;
}

static enum err verify_day(struct checking *c)
{
    const char *day = cli_value(c->cli, "day"), *port = cli_value(c->cli, "port");
    struct arena arena = ARENA(1 << 20);
    int64_t *positions, before = 0;
    size_t n = 1;
    int64_t ms;
    if (!day || !port)
        return why_set(&c->cli->why, ERR_USAGE, "", "--all wants --day and --port; see: puente draw verify --help");
    struct str date = arena_printf(&c->cli->arena, "%s/%s", port, day);
    struct str midnight = arena_printf(&c->cli->arena, "%sT00:00:00Z", day);
    if (!date.p || !time_parse_ms(midnight, &ms))
        return why_set(&c->cli->why, ERR_USAGE, "day", "--day is a date like 2026-03-01");
    enum err err = ERR_NONE;
    while (n && err == ERR_NONE) {
        arena_reset(&arena);
        err = decision_list(c->views, &arena, before, PAGE, &positions, &n, &c->cli->why);
        for (size_t i = 0; i < n && err == ERR_NONE; i++) {
            err = verify_at(c, positions[i], date.p, false);
            before = positions[i];
        }
    }
    arena_free(&arena);
    if (err == ERR_NONE && !c->all)
        err = why_set(&c->cli->why, ERR_NOT_FOUND, "", "no lane was chosen at port %s for trucks of %s", port, day);
    return err;
}

// A decision's name, or a crossing: then all of its decisions that chose a lane.
static enum err verify_named(struct checking *c, struct str name)
{
    struct cli *cli = c->cli;
    struct str origin;
    uint64_t index;
    struct told told;
    struct id id;
    int64_t *positions;
    size_t n;
    if (name_parse(name, &origin, &index)) {
        enum err err = told_find(c->views, &cli->arena, name, &told, &cli->why);
        return err == ERR_NONE ? verify_at(c, told.pos, NULL, true) : err;
    }
    enum err err = report_subject(c->views, NOUN_CROSSING, name, &id, &cli->why);
    if (err == ERR_NONE) err = audit_decisions_of(c->views, &cli->arena, &id, &positions, &n, &cli->why);
    for (size_t i = 0; err == ERR_NONE && i < n; i++) err = verify_at(c, positions[i], NULL, true);
    return err;
}

static void say_all(struct checking *c)
{
    struct json *answer = json_new_object(&c->cli->arena);
    json_put_number(&c->cli->arena, answer, "decisions", (double)c->all);
    json_put_number(&c->cli->arena, answer, "by_chance", (double)c->by_chance);
    for (int i = 0; i < DRAWN_RESULTS; i++) {
        const char *name = drawn_result_name((enum drawn_result)i);
        json_put_number(&c->cli->arena, answer, name, (double)c->results[i]);
        if (c->results[i]) cli_say(c->cli, "%llu %s\n", (unsigned long long)c->results[i], name);
    }
    json_put(answer, "list", c->list);
    cli_say_json(c->cli, answer);
    cli_say(c->cli, "%llu of %llu decisions sent by chance\n", (unsigned long long)c->by_chance,
            (unsigned long long)c->all);
}

static enum err verify(struct cli *cli)
{
    struct config *config = NULL;
    struct cli_store store = {0};
    struct checking c = {.cli = cli, .list = json_new_array(&cli->arena)};
    bool all = cli_flag(cli, "all");
    if (all == (cli->nargs == 2))
        return why_set(&cli->why, ERR_USAGE, "", "say which crossing or decision, or --all with --day and --port");
    enum err err = config_read(cli->args[0], &config, &cli->why);
    if (err == ERR_NONE) err = cli_store_open(cli, config->database, &store);
    c.views = store.views;
    if (err == ERR_NONE) err = draw_days_read(store.views, &cli->arena, &c.days, &cli->why);
    if (err == ERR_NONE) err = all ? verify_day(&c) : verify_named(&c, str_of(cli->args[1]));
    cli_store_close(&store);
    config_free(config);
    if (err != ERR_NONE) return err;
    say_all(&c);
    cli->unmet = c.results[DRAWN_HOLDS] + c.results[DRAWN_NO_CHOICE] < c.all || c.results[DRAWN_HOLDS] == 0;
    return ERR_NONE;
}

const struct cli_command draw_commands[] = {
    {.name = "draw verify",
     .usage = "DIR CROSSING|DECISION | DIR --all --day DATE --port CODE",
     .summary = "Make the draws behind lanes again from the day's key",
     .details = "The key of each day and port is committed to in the log before anybody is drawn with it, and told "
                "there two days\n"
                "later. Checked: the commitment stands before the decision and belongs to the key, the key gives the "
                "draw, and the\n"
                "decision taken again with that draw sends the truck the same way. Exit code 0 when all of it holds, "
                "1 when\n"
                "something does not or the key is not told yet. Reads only; the node may run meanwhile.\n",
     .options = verify_options,
     .least = 1,
     .most = 2,
     .run = verify},
    {0},
};
