// SPDX-License-Identifier: Apache-2.0
// Cli: the `puente` command. One file a subcommand; what they do is done below, they read the command line and say what
// came of it. Every subcommand has --help and --json, an exit code from err_exit (0, or as in sysexits.h), and a
// message that says what to do next.
//
// The folder cli/: `puente` and its subcommands. It may not hold logic that a user of the libraries would miss.
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include "base/json.h"
#include "node/node.h"
#include "serve/control.h"

#define CLI_OPTIONS_MAX 16
#define CLI_GIVEN_MAX 128

// A table of these ends with a name that is NULL. --help and --json are everybody's.
struct cli_option {
    const char *name;     // long name, without the hyphens
    char letter;          // 0: none
    const char *argument; // "ID"; NULL: a flag
    const char *doc;
};

struct cli;

struct cli_command {
    const char *name;  // "agreement sign"
    const char *usage; // what follows the name: "DIR FILE"
    const char *summary;
    const char *details; // paragraphs of --help; may be NULL
    const struct cli_option *options;
    size_t least, most; // arguments beside options
    enum err (*run)(struct cli *cli);
};

// One invocation.
struct cli {
    const struct cli_command *command;
    bool json, said_json;
    const char *const *args;
    size_t nargs;
    struct {
        const char *name, *value;
    } given[CLI_GIVEN_MAX];
    size_t ngiven;
    struct arena arena;
    struct why why;   // why the command fails; what to say is added by the command
    const char *next; // what to do about it, where the reason does not say it; may be NULL
    bool unmet;       // it was done, but what was asked about does not hold: exit code 1
};

extern const struct cli_command init_command, serve_command, import_command, receipt_command, verify_command,
    fsck_command, erase_command, roster_command, equipment_command, simulate_command, ports_command, outcomes_command;
extern const struct cli_command agreement_commands[], link_commands[], token_commands[], keys_commands[],
    rules_commands[], expr_commands[], decision_commands[], draw_commands[]; // end: name NULL

// ---- Options ----

// The last value given; NULL: not given.
const char *cli_value(const struct cli *cli, const char *name);
bool cli_flag(const struct cli *cli, const char *name);
// The i-th value of an option that may be given more than once; NULL past the last.
const char *cli_value_at(const struct cli *cli, const char *name, size_t i);
// A decimal within min..max; `fallback` when not given. ERR_USAGE.
enum err cli_number(struct cli *cli, const char *name, int64_t min, int64_t max, int64_t fallback,
                    int64_t *out) MUST_USE;

// ---- Saying ----

// With --json the value, indented; nothing otherwise.
void cli_say_json(struct cli *cli, const struct json *value);
// printf to stdout, unless --json.
void cli_say(const struct cli *cli, const char *format, ...) PRINTF_LIKE(2, 3);
// Members of an object as lines of "name  value", texts and numbers only; unless --json.
void cli_say_members(const struct cli *cli, const struct json *object);
// One line on stderr that the next one replaces, on a terminal only; "" wipes it.
void cli_progress(const struct cli *cli, const char *format, ...) PRINTF_LIKE(2, 3);
// Text that came from elsewhere, fit for a terminal: control characters become '?'. In the arena.
const char *cli_clean(struct cli *cli, struct str text);

// ---- Orders ----

// A node that takes orders: the one that runs in DIR, or DIR's store with its lock held.
struct cli_node {
    struct control_line line;
    struct node *node; // NULL: the line is used
};
enum err cli_node_open(struct cli *cli, const char *dir, struct cli_node *out) MUST_USE;
enum err cli_node_ask(struct cli *cli, struct cli_node *node, const struct json *request, struct str bytes,
                      struct json **answer) MUST_USE;
void cli_node_close(struct cli_node *node);
// Opens, asks once, closes.
enum err cli_order(struct cli *cli, const char *dir, const struct json *request, struct json **answer) MUST_USE;
// {"do": what}
struct json *cli_request(struct cli *cli, const char *what);
// Has a node that runs read its folder again; says so, or that none runs. An error when it will not.
enum err cli_reload(struct cli *cli, const char *dir, bool *running) MUST_USE;

// A reader's view of DIR's store, whether a node runs or not.
struct cli_store {
    struct engine *engine;
    struct views *views;
};
enum err cli_store_open(struct cli *cli, const char *database, struct cli_store *out) MUST_USE;
void cli_store_close(struct cli_store *store);

#endif
