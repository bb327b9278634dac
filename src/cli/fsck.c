// SPDX-License-Identifier: Apache-2.0
#include "cli/cli.h"

#include "base/text.h"
#include "commit/fsck.h"

#include <unistd.h>

static const struct cli_option options[] = {
    {"no-views", 0, NULL, "check statements, tiles and root, not the views"},
    {0},
};

static void progress(void *context, const char *what, int64_t done, int64_t all)
{
    cli_progress(context, "%s: %lld of %lld", what, (long long)done, (long long)all);
}

static void say(struct cli *cli, const struct config *config, const struct fsck_report *report)
{
    struct arena *arena = &cli->arena;
    struct json *answer = json_new_object(arena);
    json_put_text(arena, answer, "party", config->party);
    json_put_number(arena, answer, "size", (double)report->size);
    json_put_text(arena, answer, "root",
                  base64_text(arena, (struct str){(const char *)report->root, sizeof report->root}));
    json_put_number(arena, answer, "statements", (double)report->statements);
    json_put_number(arena, answer, "own", (double)report->own);
    json_put_number(arena, answer, "foreign", (double)report->foreign);
    json_put_number(arena, answer, "disclosures", (double)report->disclosures);
    json_put_number(arena, answer, "absent", (double)report->erased_or_withheld);
    json_put_bool(arena, answer, "views", !cli_flag(cli, "no-views"));
    cli_progress(cli, "%s", "");
    cli_say_json(cli, answer);
    cli_say(cli, "The store agrees with its statements.\n");
    cli_say_members(cli, answer);
}

static enum err run(struct cli *cli)
{
    struct config *config = NULL;
    struct fsck_report report = {0};
    enum err err = config_read(cli->args[0], &config, &cli->why);
    if (err == ERR_NONE && access(config->database, F_OK) != 0)
        err = why_set(&cli->why, ERR_NOT_FOUND, "", "%s is not there yet: the node has not run", config->database);
    if (err == ERR_NONE) {
        struct fsck_settings settings = {.database = config->database,
                                         .party = config->party,
                                         .log_key = &config->keys.log,
                                         .views = !cli_flag(cli, "no-views"),
                                         .progress = progress,
                                         .context = cli};
        err = fsck(&settings, &report, &cli->why);
    }
    if (err == ERR_NONE) say(cli, config, &report);
    if (err == ERR_CONFLICT)
        cli->next = "keep the store as it is for whoever looks into it, and restore a backup elsewhere";
    config_free(config);
    return err;
}

const struct cli_command fsck_command = {
    .name = "fsck",
    .usage = "DIR [--no-views]",
    .summary = "Derive the whole store again from its statements and compare",
    .details = "Every header, disclosure, hash, tile, root, checkpoint signature and view. Names the first thing that "
               "disagrees.\n"
               "Reads only; the node may run meanwhile.\n",
    .options = options,
    .least = 1,
    .most = 1,
    .run = run,
};
