/* Connecting as the common options say, asking for a password where one is needed and a terminal is there. */
#ifndef AUDITPROOF_CMD_CONNECT_H
#define AUDITPROOF_CMD_CONNECT_H

#include "auditproof/db.h"
#include "options.h"

/* -d -h -p -U -w -W; part of every tool whose program says uses_database. */
extern const struct cli_option cli_connect_options[];

/* Was any of them given? */
bool cli_connect_asked(void);

/*
 * The same options for another of the tools: at most `room` arguments, eight, which are borrowed. Returns how many.
 * What was typed at a prompt is not among them.
 */
size_t cli_connect_arguments(const char **argv, size_t room);

/* row_security as in struct ap_db_params. A failure is described in err. */
AP_MUST_CHECK enum ap_status cli_connect(struct ap_db **out, const char *program, bool row_security,
                                         struct ap_error *err);

/* The same, to read one unchanging view of the database. Where that fails, *out may be open: close it. */
AP_MUST_CHECK enum ap_status cli_connect_snapshot(struct ap_db **out, const char *program, struct ap_error *err);

#endif
