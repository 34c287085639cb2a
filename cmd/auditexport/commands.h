/* The commands of auditexport, and what they share. */
#ifndef AUDITPROOF_CMD_AUDITEXPORT_COMMANDS_H
#define AUDITPROOF_CMD_AUDITEXPORT_COMMANDS_H

#include "auditproof/bundle_check.h"
#include "auditproof/export.h"
#include "options.h"

extern const struct cli_option export_options[]; /* of every kind */
extern const struct cli_option soc2_options[];

extern const struct cli_option sample_options[];
extern const struct cli_option gdpr_breach_options[];
extern const struct cli_option gdpr_subject_options[];

int run_case(int argc, char **argv);
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
    struct ap_policy *policy; /* owned: of --policy; NULL */
    struct ap_buf previous;   /* owned: of --previous */
    struct ap_export_options options;
    bool period_given; /* with --from or --to */
    uint64_t findings;
    int64_t started_us;
};

/* What is one kind's of an export. All but name, prepare and attach may be NULL. */
struct export_kind {
    const char *name;
    /* Its own options and files, before keys and database are opened. May set the period in run->options.evidence,
     * which holds INT64_MIN, for where --from and --to are not given. */
    enum ap_status (*prepare)(struct export_run *run, struct ap_error *err);
    /* Make the export one of this kind; the database is open. */
    void (*attach)(struct export_run *run);
    /* What is to be told or kept beside the bundle, also where it was not written: the exit status that deserves. */
    int (*tell)(bool written);
    void (*end)(void);
};

/* A whole run: options, keys, database, a seal where that was asked for, the bundle, what is told of it. */
int export_main(const struct export_kind *kind);

/* A file of the command line into text; *out is left as it is when there is no name. */
struct ap_gdpr_file;
AP_MUST_CHECK enum ap_status export_read_file(struct ap_gdpr_file *out, const char *name, struct ap_buf *text,
                                              struct ap_error *err);

/* What a run without a database takes of the options of every kind. */
struct export_offline {
    struct ap_pin pins[2];
    size_t pin_count;
    int64_t from_us, to_us; /* INT64_MIN: not given */
    bool json;
};
AP_MUST_CHECK enum ap_status export_offline(struct export_offline *out, struct ap_error *err);

/* sample --bundle: draw from the bundle of a period, and (compare, not NULL) hold the bundle of a sample against that.
 * draw: n 0 or seed NULL where they were not given. */
int redraw_main(const char *bundle, const char *compare, const struct ap_evidence_draw *draw);

/* The bundle that was written, on standard output, as text or as JSON: the exit status. */
int export_say_written(const struct ap_export_report *report, bool json);

#endif
