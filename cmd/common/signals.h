/* SIGTERM and SIGINT end a run in good order: the loop that waits for input sees them, a second one kills. */
#ifndef AUDITPROOF_CMD_SIGNALS_H
#define AUDITPROOF_CMD_SIGNALS_H

#include <stdbool.h>

#include "auditproof/error.h"

AP_MUST_CHECK enum ap_status cli_catch_signals(struct ap_error *err);
bool cli_interrupted(void);
int cli_signal_fd(void); /* readable once a signal has come; for poll(2) */

#endif
