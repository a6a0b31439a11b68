/* Help, manual page and completion, all made from the tables of commands. */
#ifndef PBC_CLIENT_CLI_HELP_H
#define PBC_CLIENT_CLI_HELP_H

#include "client/cli/command.h"

void help_program(void);
void help_noun(const char *noun);
void help_command(const struct command *command);

/* The manual page pbc(1) in man(7) markup. */
void help_manual(void);

/*
 * What may stand at the end of a command line, a word a line: words[count - 1] is what was typed of
 * it so far, words[0] the first after pbc.
 */
void help_complete(int count, char **words);

#endif
