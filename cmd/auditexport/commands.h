/* The commands of auditexport, and what they share. */
#ifndef AUDITPROOF_CMD_AUDITEXPORT_COMMANDS_H
#define AUDITPROOF_CMD_AUDITEXPORT_COMMANDS_H

#include "auditproof/export.h"
#include "options.h"

extern const struct cli_option export_options[]; /* of every kind */
extern const struct cli_option soc2_options[];

extern const struct cli_option sample_options[];
extern const struct cli_option gdpr_breach_options[];
extern const struct cli_option gdpr_subject_options[];

int run_sample(int argc, char **argv);
int run_soc2(int argc, char **argv);
int run_gdpr_breach(int argc, char **argv);
int run_gdpr_subject(int argc, char **argv);

/* A run, from the command line: its keys, its database. */
struct export_run {
    struct ap_db *db;                /* owned */
    struct ap_digest *digest;        /* owned */
    struct ap_signing_key *key;      /* owned */
    struct ap_signing_key *seal_key; /* owned; NULL when it is the same, or none */
    struct ap_vkey vkey, log_key;
    struct ap_export_options options; /* all but kind, more and parts */
    bool period_given;                /* with --from or --to */
    uint64_t findings;
    int64_t started_us;
};

/* What --from and --to are where they are not given. */
struct export_period {
    int64_t from_us, to_us;
};

/* Checks the options, opens keys and database, and seals first where that was asked for. Close it in every case.
 * otherwise: NULL when the period must be given. */
AP_MUST_CHECK enum ap_status export_open(struct export_run *run, const char *kind,
                                         const struct export_period *otherwise, struct ap_error *err);
/* Export, tell how it went, and return the exit status. */
int export_finish(struct export_run *run);
/* A file of the command line into text; *out is left as it is when there is no name. */
struct ap_gdpr_file;
AP_MUST_CHECK enum ap_status export_read_file(struct ap_gdpr_file *out, const char *name, struct ap_buf *text,
                                              struct ap_error *err);
/* Tell what kept it from being done, and return the exit status. */
int export_fail(const struct ap_error *err);
void export_close(struct export_run *run);

#endif
