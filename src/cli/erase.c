// SPDX-License-Identifier: Apache-2.0
#include "cli/cli.h"

static enum err run(struct cli *cli)
{
    struct json *request = cli_request(cli, "erase"), *members = json_new_array(&cli->arena), *answer = NULL;
    json_put_text(&cli->arena, request, "statement", str_of(cli->args[1]));
    for (size_t i = 2; i < cli->nargs; i++) json_add(members, json_new_text(&cli->arena, str_of(cli->args[i])));
    json_put(request, "members", members);
    enum err err = cli_order(cli, cli->args[0], request, &answer);
    if (err != ERR_NONE) return err;
    cli_say_json(cli, answer);
    struct str by = json_text(answer, "by");
    cli_say(cli, "Erased %zu of %s; statement %.*s says so, and partners who hold a copy will follow it.\n",
            members->count, cli->args[1], STR_ARG(by));
    return ERR_NONE;
}

const struct cli_command erase_command = {
    .name = "erase",
    .usage = "DIR NAME MEMBER…",
    .summary = "Erase members of a statement of our own, for good",
    .details = "NAME is a statement's, like mx.anam:17; MEMBER one of its body's, like driver. The log, every receipt "
               "and fsck\n"
               "hold as before: digests stay. There is no way back.\n",
    .least = 3,
    .most = 200,
    .run = run,
};
