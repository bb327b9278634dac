// SPDX-License-Identifier: Apache-2.0
#include "cli/cli.h"

#include "formats/roster.h"
#include "node/file.h"
#include "node/keys.h"

#include <stdio.h>

static const struct cli_option options[] = {
    {"key", 0, "FILE", "the issuer's signer key, as `puente keys new` makes one; required"},
    {"output", 'o', "FILE", "write it there; default: standard output"},
    {0},
};

static enum err sign(struct cli *cli, struct buf *out)
{
    struct note_key key;
    struct ed25519_key secret;
    struct str bytes;
    enum err err = keys_secret_read(&cli->arena, cli_value(cli, "key"), &key, &secret, &cli->why);
    if (err != ERR_NONE) return err;
    err = key.type == NOTE_ED25519 ? file_read(&cli->arena, cli->args[0], ROSTER_BYTES_MAX, &bytes, &cli->why)
                                   : why_set(&cli->why, ERR_USAGE, "key", "a witness key does not sign rosters");
    if (err == ERR_NONE) err = roster_sign(bytes, key.name, &secret, out, &cli->why);
    ed25519_wipe(&secret);
    return err;
}

static enum err run(struct cli *cli)
{
    struct buf out = BUF(ROSTER_BYTES_MAX);
    const char *path = cli_value(cli, "output");
    if (!cli_value(cli, "key"))
        return why_set(&cli->why, ERR_USAGE, "key", "say --key FILE; puente keys new makes one");
    enum err err = sign(cli, &out);
    if (err == ERR_NONE && path) err = file_write(path, 0644, buf_str(&out), false, &cli->why);
    if (err == ERR_NONE) {
        struct json *answer = json_new_object(&cli->arena);
        json_put_text(&cli->arena, answer, path ? "file" : "roster", path ? str_of(path) : buf_str(&out));
        cli_say_json(cli, answer);
        if (path)
            cli_say(cli, "%s\nnext: puente import DIR %s, where roster_keys has this key\n", path, path);
        else
            cli_say(cli, "%.*s", STR_ARG(buf_str(&out)));
    }
    buf_free(&out);
    return err;
}

const struct cli_command roster_command = {
    .name = "roster sign",
    .usage = "FILE --key FILE [-o FILE]",
    .summary = "Sign a roster of trusted traders",
    .details = "FILE is a roster (CSV with its lines of issuer, programme and date) without a signature; what comes "
               "out has one as\n"
               "its last line. The key's name must be the issuer's.\n",
    .options = options,
    .least = 1,
    .most = 1,
    .run = run,
};
