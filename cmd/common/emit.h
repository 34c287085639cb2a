/* What is made from the option tables: --help, the manual page's OPTIONS, shell completion. */
#ifndef AUDITPROOF_CMD_EMIT_H
#define AUDITPROOF_CMD_EMIT_H

#include "options.h"

/* --help for the whole tool (command NULL) or for one of its commands. */
void emit_help(const struct cli_program *program, const struct cli_command *command);

/* kind: "mdoc", "bash" or "zsh". Returns an exit status. */
int emit(const struct cli_program *program, const char *kind);

#endif
