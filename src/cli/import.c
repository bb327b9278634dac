// SPDX-License-Identifier: Apache-2.0
#include "cli/cli.h"

#include "node/file.h"

#include <libgen.h>
#include <stdio.h>

static const struct cli_option options[] = {
    {"filer", 0, "SCHEME=VALUE", "who filed it, like mx.rfc=EKU9003173C9; default: as the document says"},
    {"label", 0, "LABEL", "clear, green, amber (default), amber+strict or red"},
    {"keep-going", 'k', NULL, "go on with the next file after one that is refused"},
    {0},
};

static void say(struct cli *cli, const char *path, const struct json *answer)
{
    int64_t count = 0;
    const struct json *names = json_get(answer, "statements"), *first = json_at(names, 0);
    json_integer(answer, "count", &count);
    cli_say(cli, "%s: %lld statement%s", path, (long long)count, count == 1 ? "" : "s");
    const char *sign = " (";
    json_each(kind, json_get(answer, "kinds"))
    {
        cli_say(cli, "%s%.0f %.*s", sign, kind->number, STR_ARG(kind->name));
        sign = ", ";
    }
    cli_say(cli, "%s", count ? ")" : "");
    if (first) cli_say(cli, ", from %.*s on", STR_ARG(first->text));
    cli_say(cli, "\n");
}

static enum err one(struct cli *cli, struct cli_node *node, const char *path, struct json *list)
{
    struct str bytes;
    struct json *request = cli_request(cli, "import"), *answer = NULL;
    enum err err = file_read(&cli->arena, path, CONTROL_BYTES_MAX, &bytes, &cli->why);
    struct str copy = arena_str(&cli->arena, str_of(path));
    if (err == ERR_NONE && !copy.p) err = why_set(&cli->why, ERR_NO_MEMORY, "", "no memory for %s", path);
    if (err != ERR_NONE) return err;
    json_put_text(&cli->arena, request, "name", str_of(basename((char *)(uintptr_t)copy.p)));
    if (cli_value(cli, "filer")) json_put_text(&cli->arena, request, "filer", str_of(cli_value(cli, "filer")));
    if (cli_value(cli, "label")) json_put_text(&cli->arena, request, "label", str_of(cli_value(cli, "label")));
    err = cli_node_ask(cli, node, request, bytes, &answer);
    if (err != ERR_NONE) return err;
    cli_progress(cli, "%s", "");
    say(cli, path, answer);
    json_add(list, json_copy(&cli->arena, answer));
    return ERR_NONE;
}

// The reason names the file; with --keep-going it is said at once.
static void refused(struct cli *cli, const char *path, struct json *list)
{
    char text[sizeof cli->why.text];
    struct json *item = json_new_object(&cli->arena);
    snprintf(text, sizeof text, "%s", cli->why.text);
    json_put_text(&cli->arena, item, "name", arena_str(&cli->arena, str_of(path)));
    json_put_text(&cli->arena, item, "refused", arena_str(&cli->arena, str_of(text)));
    json_add(list, item);
    if (!strstr(text, path)) snprintf(cli->why.text, sizeof cli->why.text, "%.80s: %.140s", path, text);
}

// Goes on after a refused file only where that is wanted and the node still answers. Gives the last refusal.
static enum err all(struct cli *cli, struct cli_node *node, struct json *list)
{
    enum err worst = ERR_NONE;
    for (size_t i = 1; i < cli->nargs; i++) {
        cli_progress(cli, "%zu of %zu: %s", i, cli->nargs - 1, cli->args[i]);
        struct why before = cli->why;
        cli->why = (struct why){0};
        enum err err = one(cli, node, cli->args[i], list);
        if (err == ERR_NONE) {
            cli->why = before;
            continue;
        }
        worst = err;
        refused(cli, cli->args[i], list);
        if (!cli_flag(cli, "keep-going") || err == ERR_UNREACHABLE) break;
        if (!cli->json) fprintf(stderr, "puente import: %s\n", cli->why.text);
    }
    return worst;
}

static enum err run(struct cli *cli)
{
    struct cli_node node;
    struct json *list = json_new_array(&cli->arena);
    enum err err = cli_node_open(cli, cli->args[0], &node);
    if (err != ERR_NONE) return err;
    err = all(cli, &node, list);
    cli_node_close(&node);
    if (err == ERR_NONE || cli_flag(cli, "keep-going")) cli_say_json(cli, list);
    return err;
}

const struct cli_command import_command = {
    .name = "import",
    .usage = "DIR FILE… [--filer SCHEME=VALUE] [--label LABEL] [--keep-going]",
    .summary = "Take files into the log: finds out by itself what they are",
    .details =
        "Reads Carta Porte (CFDI), e-manifest facts, signed rosters, trusted-trader credentials, STIX bundles, bolt\n"
        "seal reports, equipment files and scanner logs (by the mappings of DIR/scanner-logs/). Speaks to the node "
        "that\n"
        "runs in DIR, or takes its store if none runs. A file is taken whole or not at all, but for one of over 2000\n"
        "statements, which is taken in several steps.\n",
    .options = options,
    .least = 2,
    .most = SIZE_MAX,
    .run = run,
};
