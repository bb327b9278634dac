// SPDX-License-Identifier: Apache-2.0
#include "cli/cli.h"

#include "node/order.h"

static const struct cli_option add_options[] = {
    {"name", 0, "NAME", "whose it is: 1 to 128 of a-z, 0-9, dot, underscore, hyphen; required"},
    {"role", 0, "ROLE", "officer, analyst, targeting, operator, auditor or admin; required"},
    {"days", 0, "N", "how long it is good; default: until revoked"},
    {0},
};

static enum err add(struct cli *cli)
{
    const char *name = cli_value(cli, "name"), *role = cli_value(cli, "role");
    int64_t days;
    struct json *request = cli_request(cli, "token-add"), *answer = NULL;
    if (!name || !role) return why_set(&cli->why, ERR_USAGE, "", "say --name and --role; see: puente token add --help");
    enum err err = cli_number(cli, "days", 1, 3660, 0, &days);
    json_put_text(&cli->arena, request, "name", str_of(name));
    json_put_text(&cli->arena, request, "role", str_of(role));
    if (days) json_put_number(&cli->arena, request, "days", (double)days);
    if (err == ERR_NONE) err = cli_order(cli, cli->args[0], request, &answer);
    if (err != ERR_NONE) return err;
    struct str token = json_text(answer, "token");
    cli_say_json(cli, answer);
    cli_say(cli, "%.*s\nThis is shown once: only its hash is kept. It is sent as \"Authorization: Bearer …\".\n",
            STR_ARG(token));
    return ERR_NONE;
}

static enum err list(struct cli *cli)
{
    struct config *config = NULL;
    struct cli_store store = {0};
    struct json *answer = NULL;
    enum err err = config_read(cli->args[0], &config, &cli->why);
    if (err == ERR_NONE) err = cli_store_open(cli, config->database, &store);
    if (err == ERR_NONE) err = order_tokens(&cli->arena, store.views, &answer, &cli->why);
    cli_store_close(&store);
    config_free(config);
    if (err != ERR_NONE) return err;
    cli_say_json(cli, answer);
    if (!answer->count) cli_say(cli, "no tokens; next: puente token add %s --name NAME --role ROLE\n", cli->args[0]);
    json_each(t, answer)
    {
        struct str name = json_text(t, "name"), role = json_text(t, "role"), hash = json_text(t, "hash");
        struct str expires = json_text(t, "expires");
        cli_say(cli, "%.*s  %-9.*s %.*s%s%.*s\n", STR_ARG(hash), STR_ARG(role), STR_ARG(name),
                expires.p ? "  until " : "", STR_ARG(expires));
    }
    return ERR_NONE;
}

static enum err revoke(struct cli *cli)
{
    struct json *request = cli_request(cli, "token-revoke"), *answer = NULL;
    int64_t n = 0;
    json_put_text(&cli->arena, request, "name", str_of(cli->args[1]));
    enum err err = cli_order(cli, cli->args[0], request, &answer);
    if (err != ERR_NONE) return err;
    json_integer(answer, "revoked", &n);
    cli_say_json(cli, answer);
    cli_say(cli, "%lld revoked\n", (long long)n);
    return ERR_NONE;
}

const struct cli_command token_commands[] = {
    {"token add", "DIR --name NAME --role ROLE [--days N]", "Let a named person in",
     "Prints a new token, once; the node keeps its hash. What a role may do is in docs/api.md.\n", add_options, 1, 1,
     add},
    {"token list", "DIR", "Say whose tokens there are", NULL, NULL, 1, 1, list},
    {"token revoke", "DIR NAME", "Take tokens back",
     "NAME is the person's, and takes back every token of that name, or the start of a token's hash as `token list` "
     "has it.\n",
     NULL, 2, 2, revoke},
    {0},
};
