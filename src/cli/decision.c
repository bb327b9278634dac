// SPDX-License-Identifier: Apache-2.0
#include "cli/cli.h"

#include "decide/narrative.h"
#include "node/audit.h"
#include "views/decision.h"

#include <string.h>

#define PAGE 256
#define ONE_ARENA ((size_t)256 << 20)

static const struct cli_option replay_options[] = {
    {"all", 0, NULL, "every decision of this node, newest first, in place of NAME"},
    {0},
};

// ---- replay ----

struct tally {
    uint64_t results[AUDIT_RESULTS];
    uint64_t all, other_build, missing;
    struct json *list; // of those that are not identical; with --json of all
};

static const char *clean(struct cli *cli, const struct json *object, const char *member)
{
    return cli_clean(cli, json_text(object, member));
}

static void say_audited(struct cli *cli, const struct json *a, const struct audited *audited)
{
    cli_say(cli, "%s  %s", clean(cli, a, "name"), clean(cli, a, "result"));
    if (audited->text.p) cli_say(cli, ": %s", clean(cli, a, "text"));
    if (audited->other_build) cli_say(cli, "; decided by build %s, this is %s", clean(cli, a, "build"), node_version);
    if (audited->missing) cli_say(cli, "; %zu statements that it leaned on are not in the log", audited->missing);
    cli_say(cli, "\n");
}

static void tally_add(struct cli *cli, struct tally *tally, const struct audited *audited)
{
    struct json *a = audited_json(&cli->arena, audited);
    tally->all++;
    tally->results[audited->result]++;
    tally->other_build += audited->other_build;
    tally->missing += audited->missing > 0;
    bool fine = audited->result == AUDIT_SAME && !audited->missing;
    if (fine && !cli->json) return;
    if (!fine) say_audited(cli, a, audited);
    json_add(tally->list, json_copy(&cli->arena, a)); // its texts are the decision's, which goes
}

// What is erased by law or decided elsewhere is no fault; anything else that is not identical is.
static bool holds(const struct tally *tally)
{
    return !tally->results[AUDIT_DIFFERS] && !tally->results[AUDIT_NO_TEXT] && !tally->results[AUDIT_UNREADABLE] &&
           !tally->missing;
}

static enum err replay_at(struct cli *cli, struct views *views, int64_t pos, struct tally *tally)
{
    struct arena arena = ARENA(ONE_ARENA);
    struct told told;
    struct audited audited;
    enum err err = told_at(views, &arena, pos, &told, &cli->why);
    if (err == ERR_NONE) err = audit_decision(views, &arena, &told, node_version, &audited, &cli->why);
    if (err == ERR_NONE) tally_add(cli, tally, &audited);
    arena_free(&arena);
    return err;
}

static enum err replay_all(struct cli *cli, struct views *views, struct tally *tally)
{
    int64_t pos = 0;
    enum err err = audit_next_decision(views, 0, &pos, &cli->why);
    while (pos && err == ERR_NONE) {
        err = replay_at(cli, views, pos, tally);
        if (err == ERR_NONE) err = audit_next_decision(views, pos, &pos, &cli->why);
        if (tally->all % PAGE == 0) cli_progress(cli, "%llu decisions", (unsigned long long)tally->all);
    }
    cli_progress(cli, "%s", "");
    return err;
}

static void say_tally(struct cli *cli, const struct tally *tally)
{
    struct json *answer = json_new_object(&cli->arena);
    json_put_number(&cli->arena, answer, "decisions", (double)tally->all);
    for (int i = 0; i < AUDIT_RESULTS; i++) {
        const char *name = audit_result_name((enum audit_result)i);
        json_put_number(&cli->arena, answer, name, (double)tally->results[i]);
        if (tally->results[i]) cli_say(cli, "%llu %s\n", (unsigned long long)tally->results[i], name);
    }
    json_put_number(&cli->arena, answer, "other_build", (double)tally->other_build);
    json_put(answer, "list", tally->list);
    cli_say_json(cli, answer);
    if (!tally->all) cli_say(cli, "nothing was decided here yet\n");
    if (tally->other_build)
        cli_say(cli, "%llu of them by another build than this, %s\n", (unsigned long long)tally->other_build,
                node_version);
}

// One, by its name: what cannot be replayed is an error of its own.
static enum err replay_one(struct cli *cli, struct views *views, const char *name)
{
    struct told told;
    struct audited audited;
    enum err err = told_find(views, &cli->arena, str_of(name), &told, &cli->why);
    if (err == ERR_NONE) err = audit_decision(views, &cli->arena, &told, node_version, &audited, &cli->why);
    if (err != ERR_NONE) return err;
    if (audited.result == AUDIT_NO_TEXT)
        return why_set(&cli->why, ERR_NOT_FOUND, "", "%s: %s", cli_clean(cli, told.name), cli_clean(cli, audited.text));
    struct json *a = audited_json(&cli->arena, &audited);
    cli_say_json(cli, a);
    say_audited(cli, a, &audited);
    cli->unmet = audited.result != AUDIT_SAME || audited.missing;
    return ERR_NONE;
}

static enum err replay(struct cli *cli)
{
    struct config *config = NULL;
    struct cli_store store = {0};
    struct tally tally = {.list = json_new_array(&cli->arena)};
    bool all = cli_flag(cli, "all");
    if (all == (cli->nargs == 2))
        return why_set(&cli->why, ERR_USAGE, "", "say which decision, or --all; see: puente decision replay --help");
    enum err err = config_read(cli->args[0], &config, &cli->why);
    if (err == ERR_NONE) err = cli_store_open(cli, config->database, &store);
    if (err == ERR_NONE) err = all ? replay_all(cli, store.views, &tally) : replay_one(cli, store.views, cli->args[1]);
    cli_store_close(&store);
    config_free(config);
    if (err != ERR_NONE || !all) return err;
    say_tally(cli, &tally);
    cli->unmet = !holds(&tally);
    return ERR_NONE;
}

// ---- show ----

static const struct cli_option show_options[] = {
    {"lang", 0, "LANG", "of the words: en, es or fr"},
    {0},
};

static enum err read_language(struct cli *cli, enum language *out)
{
    const char *name = cli_value(cli, "lang");
    *out = LANGUAGE_EN;
    for (int i = 0; name && i < LANGUAGE_COUNT; i++) {
        if (strcmp(name, language_name((enum language)i)) != 0) continue;
        *out = (enum language)i;
        return ERR_NONE;
    }
    return name ? why_set(&cli->why, ERR_USAGE, "lang", "--lang is en, es or fr") : ERR_NONE;
}

static enum err narrate(struct cli *cli, struct views *views, enum language language)
{
    struct told told;
    struct json *sources, *out;
    struct rules *rules = NULL;
    struct why unread = {0};
    enum err err = told_find(views, &cli->arena, str_of(cli->args[1]), &told, &cli->why);
    if (err == ERR_NONE) err = told_sources(views, &cli->arena, &told, &sources, NULL, &cli->why);
    if (err != ERR_NONE) return err;
    if (told.rules.p && rules_read(&cli->arena, told.rules, &rules, &unread) != ERR_NONE) rules = NULL;
    out = narrative_json(&cli->arena, told.members, sources, rules, language);
    if (!out) return why_set(&cli->why, ERR_NO_MEMORY, "", "no memory to tell it");
    json_put_text(&cli->arena, out, "name", told.name);
    cli_say_json(cli, out);
    cli_say(cli, "%s\n\n", cli_clean(cli, told.name));
    json_each(part, json_get(out, "parts")) cli_say(cli, "%s\n", cli_clean(cli, json_text(part, "text")));
    return ERR_NONE;
}

static enum err show(struct cli *cli)
{
    struct config *config = NULL;
    struct cli_store store = {0};
    enum language language;
    enum err err = read_language(cli, &language);
    if (err == ERR_NONE) err = config_read(cli->args[0], &config, &cli->why);
    if (err == ERR_NONE) err = cli_store_open(cli, config->database, &store);
    if (err == ERR_NONE) err = narrate(cli, store.views, language);
    cli_store_close(&store);
    config_free(config);
    return err;
}

const struct cli_command decision_commands[] = {
    {.name = "decision show",
     .usage = "DIR NAME [--lang LANG]",
     .summary = "Tell a decision as a person would: what weighed, which rule, where the facts came from",
     .details = "NAME is a decision's, like us.cbp:17, or a crossing's id or scheme=value: then the decision that "
                "stands. Reads only;\nthe node may run meanwhile.\n",
     .options = show_options,
     .least = 2,
     .most = 2,
     .run = show},
    {.name = "decision replay",
     .usage = "DIR NAME|--all",
     .summary = "Take past decisions again from the log and compare them byte by byte",
     .details = "NAME is a decision's, like us.cbp:17, or a crossing's id or scheme=value. Facts, queues and draw "
                "stand in the\n"
                "decision; the rule set and the port's plan are found in the log by the hashes that it names. Exit "
                "code 0 when it is\n"
                "identical, 1 when it is not, 66 when the log does not hold the rule set. Reads only; the node may "
                "run meanwhile.\n",
     .options = replay_options,
     .least = 1,
     .most = 2,
     .run = replay},
    {0},
};
