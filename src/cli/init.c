// SPDX-License-Identifier: Apache-2.0
#include "cli/cli.h"

#include "node/make.h"

#include <time.h>

static const struct cli_option options[] = {
    {"party", 0, "ID", "whose node it is, like mx.anam; required, and for good"},
    {"address", 0, "ADDRESS", "numeric address of the doors; default 127.0.0.1, :: for all"},
    {"https", 0, "PORT", "port of partners and people; default 8443, 0: any free one"},
    {"seals", 0, "PORT", "port of the listener for seals; default: no listener"},
    {"url", 0, "URL", "how partners reach the node; default https://ADDRESS:PORT"},
    {0},
};

// Certificates and key sets are dated by the wall clock, also where the node will rehearse.
static int64_t wall_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void say(struct cli *cli, const char *dir, const char *party)
{
    struct json *answer = json_new_object(&cli->arena);
    json_put_text(&cli->arena, answer, "dir", str_of(dir));
    json_put_text(&cli->arena, answer, "party", str_of(party));
    cli_say_json(cli, answer);
    cli_say(cli,
            "A node of %s is in %s.\n"
            "  node.yaml            its configuration (docs/configuration.md)\n"
            "  public.yaml          give this to partners\n"
            "  keys/party.key       the party's own key: move it away from this machine and keep it safe\n"
            "  keys/                the keys the node works with\n"
            "  rules/, triggers/    the rules for lanes, and who may make a channel suspect: empty so far\n"
            "next: puente serve %s\n",
            party, dir, dir);
}

static enum err run(struct cli *cli)
{
    int64_t https, seals;
    const char *party = cli_value(cli, "party");
    if (!party)
        return why_set(&cli->why, ERR_USAGE, "party", "say whose node it is: puente init %s --party ID", cli->args[0]);
    enum err err = cli_number(cli, "https", 0, 65535, MAKE_HTTPS_PORT, &https);
    if (err == ERR_NONE) err = cli_number(cli, "seals", 0, 65535, -1, &seals);
    if (err != ERR_NONE) return err;
    struct make_settings settings = {.dir = cli->args[0],
                                     .party = str_of(party),
                                     .address = cli_value(cli, "address"),
                                     .https_port = (int)https,
                                     .seals_port = (int)seals,
                                     .url = cli_value(cli, "url"),
                                     .now_us = wall_us()};
    err = make_node(&settings, &cli->why);
    if (err == ERR_NONE) say(cli, cli->args[0], party);
    return err;
}

const struct cli_command init_command = {
    .name = "init",
    .usage = "DIR --party ID [--https PORT] [--seals PORT] [--address ADDRESS] [--url URL]",
    .summary = "Make a new node in the folder DIR",
    .details =
        "Makes its keys, its configuration and public.yaml, the file that partners need. Asks nothing, and never\n"
        "overwrites: DIR must be empty or not there.\n",
    .options = options,
    .least = 1,
    .most = 1,
    .run = run,
};
