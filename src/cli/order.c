// SPDX-License-Identifier: Apache-2.0
// Orders to a node, whether it runs or not, and reading its store.
#include "cli/cli.h"
#include "node/file.h"

#include <unistd.h>

#define ORDER_ANSWER_ARENA ((size_t)256 << 20)

enum err cli_node_open(struct cli *cli, const char *dir, struct cli_node *out)
{
    struct why none = {0};
    *out = (struct cli_node){.line = {-1}};
    const char *path = file_path(&cli->arena, dir, "node.sock");
    if (!path) return why_set(&cli->why, ERR_NO_MEMORY, "", "no memory for this");
    enum err err = control_connect(path, &out->line, &none);
    if (err == ERR_NONE) return ERR_NONE;
    if (err != ERR_NOT_FOUND) return why_set(&cli->why, err, "", "%s", none.text);
    return node_open(dir, &out->node, &cli->why);
}

enum err cli_node_ask(struct cli *cli, struct cli_node *node, const struct json *request, struct str bytes,
                      struct json **answer)
{
    if (node->node) return node_act(node->node, getuid(), &cli->arena, request, bytes, answer, &cli->why);
    return control_ask(&node->line, &cli->arena, request, bytes, answer, &cli->why);
}

void cli_node_close(struct cli_node *node)
{
    control_hang_up(&node->line);
    node_close(node->node);
}

struct json *cli_request(struct cli *cli, const char *what)
{
    struct json *request = json_new_object(&cli->arena);
    json_put_text(&cli->arena, request, "do", str_of(what));
    return request;
}

enum err cli_order(struct cli *cli, const char *dir, const struct json *request, struct json **answer)
{
    struct cli_node node;
    enum err err = cli_node_open(cli, dir, &node);
    if (err != ERR_NONE) return err;
    err = cli_node_ask(cli, &node, request, STR_NONE, answer);
    cli_node_close(&node);
    return err;
}

enum err cli_reload(struct cli *cli, const char *dir, bool *running)
{
    struct control_line line;
    struct json *answer;
    struct why none = {0};
    const char *path = file_path(&cli->arena, dir, "node.sock");
    if (!path) return why_set(&cli->why, ERR_NO_MEMORY, "", "no memory for this");
    enum err err = control_connect(path, &line, &none);
    *running = err == ERR_NONE;
    if (err == ERR_NOT_FOUND) return ERR_NONE;
    if (err != ERR_NONE) return why_set(&cli->why, err, "", "%s", none.text);
    err = control_ask(&line, &cli->arena, cli_request(cli, "reload"), STR_NONE, &answer, &cli->why);
    control_hang_up(&line);
    return err;
}

enum err cli_store_open(struct cli *cli, const char *database, struct cli_store *out)
{
    *out = (struct cli_store){0};
    if (access(database, F_OK) != 0)
        return why_set(&cli->why, ERR_NOT_FOUND, "", "%s is not there yet: the node has not run", database);
    enum err err = engine_sqlite_open_reader(database, &out->engine, &cli->why);
    if (err == ERR_NONE) err = views_open(out->engine, false, NULL, NULL, &out->views, &cli->why);
    if (err != ERR_NONE) cli_store_close(out);
    return err;
}

void cli_store_close(struct cli_store *store)
{
    views_free(store->views);
    engine_close(store->engine);
    *store = (struct cli_store){0};
}
