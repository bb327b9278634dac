// SPDX-License-Identifier: Apache-2.0
#include "cli/cli.h"

#include "node/file.h"
#include "node/keys.h"

static struct str vkey(struct cli *cli, const struct note_key *key)
{
    struct buf text = BUF(KEYSET_VKEY_MAX);
    note_key_format(key, &text);
    struct str copy = arena_str(&cli->arena, buf_str(&text));
    buf_free(&text);
    return copy;
}

static enum err show(struct cli *cli)
{
    struct config *config = NULL;
    enum err err = config_read(cli->args[0], &config, &cli->why);
    if (err != ERR_NONE) return err;
    struct json *answer = json_new_object(&cli->arena);
    json_put_text(&cli->arena, answer, "party", config->party);
    json_put_text(&cli->arena, answer, "party_key", config->keys.party_key);
    json_put_text(&cli->arena, answer, "log", vkey(cli, &config->keys.log));
    json_put_text(&cli->arena, answer, "witness", vkey(cli, &config->keys.witness));
    json_put_text(&cli->arena, answer, "agreement", vkey(cli, &config->keys.agreement));
    json_put_text(&cli->arena, answer, "certificate", str_of(config->keys.fingerprint));
    cli_say_json(cli, answer);
    cli_say_members(cli, answer);
    config_free(config);
    return ERR_NONE;
}

static enum err new_key(struct cli *cli)
{
    struct note_key key;
    enum err err = keys_secret_make(cli->args[1], str_of(cli->args[0]), &key, &cli->why);
    if (err != ERR_NONE) return err;
    struct json *answer = json_new_object(&cli->arena);
    json_put_text(&cli->arena, answer, "file", str_of(cli->args[1]));
    json_put_text(&cli->arena, answer, "vkey", vkey(cli, &key));
    cli_say_json(cli, answer);
    cli_say(cli, "%.*s\n", STR_ARG(vkey(cli, &key)));
    return ERR_NONE;
}

const struct cli_command keys_commands[] = {
    {"keys show", "DIR", "Say the public keys of a node", NULL, NULL, 1, 1, show},
    {"keys new", "NAME FILE", "Make a signer key, for rosters",
     "Writes the secret key to FILE (0600), which must not be there, and prints the public one, for roster_keys of "
     "node.yaml.\n"
     "NAME is the issuer's.\n",
     NULL, 2, 2, new_key},
    {0},
};
