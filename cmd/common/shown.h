/* Text that others chose, on its way to a terminal. */
#ifndef AUDITPROOF_CLI_SHOWN_H
#define AUDITPROOF_CLI_SHOWN_H

#include <stdbool.h>
#include <stdio.h>

/* Write text as display.h has it shown: nothing in it acts on a terminal, nor looks like what it is not. */
void cli_put(FILE *stream, const char *text);

/* Columns that standard output has: COLUMNS says it wherever it is set; a terminal knows; and of a pipe nobody does. */
unsigned cli_width(bool terminal);

#endif
