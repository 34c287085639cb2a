/* Text that others chose, on its way to a terminal. */
#ifndef AUDITPROOF_CLI_SHOWN_H
#define AUDITPROOF_CLI_SHOWN_H

#include <stdio.h>

/*
 * Write text so that it cannot act on a terminal, nor look like what it is not: control characters, what is not UTF-8,
 * and characters that are invisible or turn the direction of writing come out as \x1b or \u202e.
 */
void cli_put(FILE *stream, const char *text);

#endif
