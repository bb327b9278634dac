// SPDX-License-Identifier: Apache-2.0
#include "cli/cli.h"

#include "base/log.h"

#include <stdio.h>

static const struct cli_option options[] = {
    {"quiet", 'q', NULL, "log warnings and errors only"},
    {0},
};

static void say(struct cli *cli, struct node *node)
{
    struct why why = {0};
    struct json *status = node_status(node, &cli->arena, &why);
    int64_t https = 0, seals = 0;
    if (!status) return;
    json_integer(status, "https", &https);
    json_integer(status, "seals", &seals);
    struct str party = json_text(status, "party");
    cli_say_json(cli, status);
    cli_say(cli, "%.*s serves: https port %lld", STR_ARG(party), (long long)https);
    if (seals) cli_say(cli, ", seals port %lld", (long long)seals);
    cli_say(cli, "%s; ends on SIGTERM, reads its folder again on SIGHUP\n",
            json_true(status, "rehearsal") ? "; REHEARSAL, its clock is not the wall clock" : "");
    fflush(stdout); // whoever waits for the doors reads it from a pipe
}

static enum err run(struct cli *cli)
{
    struct node *node = NULL;
    if (!cli_flag(cli, "quiet")) log_threshold(LOG_INFO);
    node_signals();
    enum err err = node_open(cli->args[0], &node, &cli->why);
    if (err == ERR_NONE) err = node_start(node, &cli->why);
    if (err == ERR_NONE) {
        say(cli, node);
        node_wait(node);
    }
    if (err == ERR_NOT_FOUND) cli->next = "puente init DIR --party ID makes a node";
    node_close(node);
    return err;
}

const struct cli_command serve_command = {
    .name = "serve",
    .usage = "DIR",
    .summary = "Run the node of DIR",
    .details = "Runs until SIGTERM or SIGINT; what was acknowledged is then on disk, as it is after a crash. SIGHUP "
               "reads the\n"
               "folder again: all of it is taken over, or nothing. Once the doors are open one line on standard output "
               "says so.\n",
    .options = options,
    .least = 1,
    .most = 1,
    .run = run,
};
