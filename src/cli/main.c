// SPDX-License-Identifier: Apache-2.0
#include "cli/cli.h"

#include "base/log.h"
#include "cli/help.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#define ARENA_MAX ((size_t)512 << 20)

static const struct option_pair {
    const char *name;
    char letter;
} common[] = {{"help", 'h'}, {"json", 0}};
#define COMMON 2

// The command that the first words name: *words of them. NULL: none.
static const struct cli_command *find(int argc, char **argv, int *words)
{
    const struct cli_command *best = NULL;
    for (size_t i = 0; i < help_count(); i++) {
        const struct cli_command *c = help_command(i);
        size_t n = argc > 1 ? strlen(argv[1]) : 0;
        if (!n || strncmp(c->name, argv[1], n) != 0) continue;
        if (c->name[n] == '\0') {
            *words = 1;
            best = c;
        } else if (c->name[n] == ' ' && argc > 2 && !strcmp(c->name + n + 1, argv[2])) {
            *words = 2;
            return c;
        }
    }
    return best;
}

static enum err usage(struct cli *cli, const char *text, const char *what)
{
    return why_set(&cli->why, ERR_USAGE, "", "%s%s; see: puente %s --help", text, what, cli->command->name);
}

static size_t options_of(const struct cli_command *command, struct option *out, char letters[2 * CLI_OPTIONS_MAX + 8])
{
    size_t n = 0, k = 0;
    letters[k++] = ':'; // a missing argument is told apart, and nothing is printed
    for (; n < COMMON; n++) out[n] = (struct option){common[n].name, no_argument, NULL, 0};
    letters[k++] = 'h';
    for (const struct cli_option *o = command->options; o && o->name; o++, n++) {
        INVARIANT(n < CLI_OPTIONS_MAX + COMMON);
        out[n] = (struct option){o->name, o->argument ? required_argument : no_argument, NULL, 0};
        if (!o->letter) continue;
        letters[k++] = o->letter;
        if (o->argument) letters[k++] = ':';
    }
    out[n] = (struct option){0};
    letters[k] = '\0';
    return n;
}

static enum err give(struct cli *cli, const char *name, const char *value)
{
    if (cli->ngiven == CLI_GIVEN_MAX) return usage(cli, "too many options", "");
    cli->given[cli->ngiven].name = name;
    cli->given[cli->ngiven++].value = value;
    return ERR_NONE;
}

static const char *by_letter(const struct cli_command *command, int letter)
{
    for (const struct cli_option *o = command->options; o && o->name; o++)
        if (o->letter == letter) return o->name;
    return "help";
}

// Reads what follows the command's name. *help: it was asked for.
static enum err arguments(struct cli *cli, int argc, char **argv, bool *help)
{
    struct option options[CLI_OPTIONS_MAX + COMMON + 1];
    char letters[2 * CLI_OPTIONS_MAX + 8];
    int at = 0, got;
    enum err err = ERR_NONE;
    options_of(cli->command, options, letters);
    while (err == ERR_NONE && (got = getopt_long(argc, argv, letters, options, &at)) != -1) {
        if (got == ':') return usage(cli, "a value is missing after ", argv[optind - 1]);
        if (got == '?') return usage(cli, "there is no option ", argv[optind - 1]);
        err = give(cli, got ? by_letter(cli->command, got) : options[at].name, optarg);
    }
    cli->json = cli_flag(cli, "json");
    *help = cli_flag(cli, "help");
    cli->args = (const char *const *)(argv + optind);
    cli->nargs = (size_t)(argc - optind);
    if (err != ERR_NONE || *help) return err;
    if (cli->nargs < cli->command->least) return usage(cli, "something is missing: puente ", cli->command->name);
    if (cli->nargs > cli->command->most) return usage(cli, "too much is given: ", cli->args[cli->command->most]);
    return ERR_NONE;
}

static int fail(struct cli *cli, enum err err)
{
    const struct why *why = &cli->why;
    cli_progress(cli, "%s", "");
    fprintf(stderr, "puente %s: %s", cli->command->name, why->text[0] ? why->text : err_name(err));
    if (why->member[0] && !strstr(why->text, why->member)) fprintf(stderr, " (%s)", why->member);
    if (why->clause[0]) fprintf(stderr, " [%s]", why->clause);
    fprintf(stderr, "\n");
    if (cli->next) fprintf(stderr, "  next: %s\n", cli->next);
    if (cli->json && !cli->said_json) {
        struct arena arena = ARENA(65536);
        struct json *answer = json_new_object(&arena), *error = json_new_object(&arena);
        json_put_text(&arena, error, "err", str_of(err_name(err)));
        json_put_text(&arena, error, "text", str_of(why->text));
        if (why->member[0]) json_put_text(&arena, error, "member", str_of(why->member));
        if (why->clause[0]) json_put_text(&arena, error, "clause", str_of(why->clause));
        json_put(answer, "error", error);
        cli_say_json(cli, answer);
        arena_free(&arena);
    }
    return err_exit(err);
}

static int run(const struct cli_command *command, int argc, char **argv)
{
    struct cli cli = {.command = command, .arena = ARENA(ARENA_MAX)};
    bool help = false;
    enum err err = arguments(&cli, argc, argv, &help);
    int code = 0;
    if (err == ERR_NONE && help)
        help_of(command);
    else if (err == ERR_NONE)
        err = command->run(&cli);
    if (err == ERR_NONE && cli.unmet) code = 1;
    if (err != ERR_NONE) code = fail(&cli, err);
    arena_free(&cli.arena);
    if (fflush(stdout) != 0 && code == 0) {
        fprintf(stderr, "puente %s: cannot write to standard output\n", command->name);
        code = err_exit(ERR_STORE);
    }
    return code;
}

int main(int argc, char **argv)
{
    int words = 0;
    log_threshold(LOG_WARN);
    const char *first = argc > 1 ? argv[1] : "help";
    if (!strcmp(first, "help") || !strcmp(first, "--help") || !strcmp(first, "-h"))
        return help_about(argc > 2 ? argv[2] : NULL) ? 0 : err_exit(ERR_USAGE);
    if (!strcmp(first, "version") || !strcmp(first, "--version")) {
        printf("puente %s\n", node_version);
        return 0;
    }
    const struct cli_command *command = find(argc, argv, &words);
    if (command) return run(command, argc - words, argv + words);
    if (help_about(first)) return argc > 2 && strcmp(argv[2], "--help") != 0 ? err_exit(ERR_USAGE) : 0;
    fprintf(stderr, "puente: there is no command \"%s\"; see: puente help\n", first);
    return err_exit(ERR_USAGE);
}
