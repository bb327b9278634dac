// SPDX-License-Identifier: Apache-2.0
#include "cli/help.h"

#include <stdio.h>
#include <string.h>

#define WIDTH 26

static const struct cli_command *const single[] = {
    &init_command,  &serve_command,  &import_command,    &receipt_command,  &verify_command, &fsck_command,
    &erase_command, &roster_command, &equipment_command, &simulate_command, &ports_command,  &outcomes_command};
static const struct cli_command *const families[] = {agreement_commands, link_commands,  token_commands,
                                                     keys_commands,      rules_commands, expr_commands,
                                                     decision_commands,  draw_commands};
#define SINGLE (sizeof single / sizeof *single)
#define FAMILIES (sizeof families / sizeof *families)

const struct cli_command *help_command(size_t i)
{
    if (i < SINGLE) return single[i];
    i -= SINGLE;
    for (size_t f = 0; f < FAMILIES; f++)
        for (const struct cli_command *c = families[f]; c->name; c++)
            if (i-- == 0) return c;
    return NULL;
}

size_t help_count(void)
{
    size_t n = SINGLE;
    while (help_command(n)) n++;
    return n;
}

static void option_line(const struct cli_option *o)
{
    char text[80];
    char letter[8] = "    ";
    if (o->letter) snprintf(letter, sizeof letter, "-%c, ", o->letter);
    snprintf(text, sizeof text, "%s--%s%s%s", letter, o->name, o->argument ? " " : "", o->argument ? o->argument : "");
    printf("  %-*s  %s\n", WIDTH, text, o->doc);
}

void help_of(const struct cli_command *command)
{
    printf("usage: puente %s %s\n\n%s\n", command->name, command->usage, command->summary);
    if (command->details) printf("\n%s", command->details);
    printf("\noptions:\n");
    for (const struct cli_option *o = command->options; o && o->name; o++) option_line(o);
    option_line(&(struct cli_option){"json", 0, NULL, "answer as JSON on standard output"});
    option_line(&(struct cli_option){"help", 'h', NULL, "this text"});
    printf("\nexit codes: 0 done; 64 wrong use; 65 wrong data; 66 not found; 69 a partner cannot be reached;\n"
           "  70 a fault of ours; 71 no memory; 74 the disk; 75 busy, try again; 77 not trusted or not allowed\n");
}

static void line_of(const struct cli_command *c)
{
    printf("  %-*s  %s\n", WIDTH - 6, c->name, c->summary);
}

static void everything(void)
{
    printf("Puente: a node that logs, shares and decides.\n\nusage: puente COMMAND …\n\n");
    for (size_t i = 0; i < help_count(); i++) line_of(help_command(i));
    printf("  %-*s  %s\n", WIDTH - 6, "version", "Say which build this is");
    printf("\npuente COMMAND --help tells of one; each has a manual page, puente-COMMAND(1).\n"
           "To begin: puente init DIR --party ID, then puente serve DIR.\n");
}

static bool in_family(const char *name, const char *word)
{
    size_t n = strlen(word);
    return !strncmp(name, word, n) && (name[n] == ' ' || name[n] == '\0');
}

bool help_about(const char *word)
{
    bool found = false;
    if (!word) {
        everything();
        return true;
    }
    for (size_t i = 0; i < help_count(); i++) {
        const struct cli_command *c = help_command(i);
        if (!in_family(c->name, word)) continue;
        if (!strcmp(c->name, word)) {
            help_of(c);
            return true;
        }
        if (!found) printf("usage: puente %s COMMAND …\n\n", word);
        line_of(c);
        found = true;
    }
    if (found) printf("\npuente %s COMMAND --help tells of one.\n", word);
    return found;
}
