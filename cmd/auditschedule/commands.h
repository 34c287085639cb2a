/* The subcommands of auditschedule, each a source file here. */
#ifndef AUDITPROOF_CMD_AUDITSCHEDULE_COMMANDS_H
#define AUDITPROOF_CMD_AUDITSCHEDULE_COMMANDS_H

#include "options.h"

extern const struct cli_option next_options[];
int next_run(int argc, char **argv);
extern const struct cli_option add_options[];
int add_run(int argc, char **argv);
extern const struct cli_option make_options[];
int make_run(int argc, char **argv);
extern const struct cli_option types_options[];
int types_run(int argc, char **argv);
extern const struct cli_option run_options[];
int run_run(int argc, char **argv);
extern const struct cli_option status_options[];
int status_run(int argc, char **argv);
extern const struct cli_option list_options[];
int list_run(int argc, char **argv);
extern const struct cli_option history_options[];
int history_run(int argc, char **argv);
extern const struct cli_option mail_options[];
int mail_run(int argc, char **argv);
extern const struct cli_option mails_options[];
int mails_run(int argc, char **argv);
int resend_run(int argc, char **argv);
int retry_run(int argc, char **argv);
int cancel_run(int argc, char **argv);

/* The id of a report, as PostgreSQL writes it; false where the text is none. */
bool report_id(const char *text, char id[AP_UUID_TEXT_SIZE]);

#endif
