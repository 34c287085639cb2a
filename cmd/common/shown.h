/* Text that others chose, on its way to a terminal. */
#ifndef AUDITPROOF_CLI_SHOWN_H
#define AUDITPROOF_CLI_SHOWN_H

#include <stdio.h>

/* Write text as display.h has it shown: nothing in it acts on a terminal, nor looks like what it is not. */
void cli_put(FILE *stream, const char *text);

#endif
