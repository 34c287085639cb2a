/* The subcommands of auditquery, each a source file here. */
#ifndef AUDITPROOF_CMD_AUDITQUERY_COMMANDS_H
#define AUDITPROOF_CMD_AUDITQUERY_COMMANDS_H

#include "options.h"

extern const struct cli_option search_options[];
int search_run(int argc, char **argv);
extern const struct cli_option timeline_options[];
int timeline_run(int argc, char **argv);
extern const struct cli_option resource_options[];
int resource_run(int argc, char **argv);
extern const struct cli_option risk_options[];
int risk_run(int argc, char **argv);
extern const struct cli_option session_options[];
int session_run(int argc, char **argv);
extern const struct cli_option summary_options[];
int summary_run(int argc, char **argv);
extern const struct cli_option top_options[]; /* and of rare */
int top_run(int argc, char **argv);
int rare_run(int argc, char **argv);
extern const struct cli_option first_seen_options[];
int first_seen_run(int argc, char **argv);
extern const struct cli_option actor_options[];
int actor_run(int argc, char **argv);
extern const struct cli_option case_new_options[];
int case_new_run(int argc, char **argv);
extern const struct cli_option case_add_options[];
int case_add_run(int argc, char **argv);
int case_note_run(int argc, char **argv);
int case_show_run(int argc, char **argv);
extern const struct cli_option case_verify_options[];
int case_verify_run(int argc, char **argv);
extern const struct cli_option case_rerun_options[];
int case_rerun_run(int argc, char **argv);
extern const struct cli_option usage_options[];
int usage_run(int argc, char **argv);
extern const struct cli_option billing_options[];
int billing_run(int argc, char **argv);
extern const struct cli_option performance_options[];
int performance_run(int argc, char **argv);
extern const struct cli_option pivot_options[];
int pivot_run(int argc, char **argv);

#endif
