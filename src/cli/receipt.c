// SPDX-License-Identifier: Apache-2.0
#include "cli/cli.h"

#include "ledger/receipt.h"
#include "node/file.h"
#include "node/proof.h"

#include <stdio.h>

static const struct cli_option options[] = {
    {"output", 'o', "FILE", "write it there; default: standard output"},
    {0},
};

static enum err make(struct cli *cli, const struct config *config, struct buf *receipt)
{
    struct cli_store store;
    enum err err = cli_store_open(cli, config->database, &store);
    if (err != ERR_NONE) return err;
    err = node_proof(&cli->arena, config, store.views, str_of(cli->args[1]), receipt, &cli->why);
    cli_store_close(&store);
    return err;
}

static void say(struct cli *cli, const char *path, const struct config *config, struct str receipt)
{
    struct buf vkey = BUF(1024);
    struct json *answer = json_new_object(&cli->arena);
    note_key_format(&config->keys.log, &vkey);
    json_put_text(&cli->arena, answer, "name", str_of(cli->args[1]));
    if (path) json_put_text(&cli->arena, answer, "file", str_of(path));
    if (!path) json_put_text(&cli->arena, answer, "receipt", receipt);
    json_put_text(&cli->arena, answer, "log", buf_str(&vkey));
    cli_say_json(cli, answer);
    if (path) cli_say(cli, "%s\nnext: puente verify %s --log %.*s\n", path, path, STR_ARG(buf_str(&vkey)));
    if (!path) cli_say(cli, "%.*s", STR_ARG(receipt));
    buf_free(&vkey);
}

static enum err run(struct cli *cli)
{
    struct config *config = NULL;
    struct buf receipt = BUF(RECEIPT_MAX);
    const char *path = cli_value(cli, "output");
    enum err err = config_read(cli->args[0], &config, &cli->why);
    if (err == ERR_NONE) err = make(cli, config, &receipt);
    if (err == ERR_NONE && path) err = file_write(path, 0644, buf_str(&receipt), false, &cli->why);
    if (err == ERR_NONE) say(cli, path, config, buf_str(&receipt));
    config_free(config);
    buf_free(&receipt);
    return err;
}

const struct cli_command receipt_command = {
    .name = "receipt",
    .usage = "DIR NAME [-o FILE]",
    .summary = "Write the receipt of a statement: the proof that it is in the log",
    .details = "NAME is a statement's, like mx.anam:17. The receipt (a C2SP tlog-proof) holds the statement, its "
               "disclosures as\n"
               "far as they are there, the inclusion proof, the checkpoint and the witnesses' cosignatures. Whoever "
               "has it can\n"
               "check it without this node: puente verify.\n",
    .options = options,
    .least = 2,
    .most = 2,
    .run = run,
};
