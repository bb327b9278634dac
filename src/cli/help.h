// SPDX-License-Identifier: Apache-2.0
// Help: all subcommands, and what is said of them.
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include "cli/cli.h"

size_t help_count(void);
const struct cli_command *help_command(size_t i);

// One command: usage, options, exit codes.
void help_of(const struct cli_command *command);
// Of one word: the command, or the family of commands ("agreement"); NULL: everything. false (and a message) when there
// is no such.
bool help_about(const char *word);

#endif
