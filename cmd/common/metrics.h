/*
 * What monitoring reads: a file in Prometheus' text format, for node_exporter's textfile collector.
 *
 * Every sample has the label `database`, so that several databases can have a file each in one directory. No family is
 * in the files of two tools, and each has one HELP text: here.
 */
#ifndef AUDITPROOF_CMD_METRICS_H
#define AUDITPROOF_CMD_METRICS_H

#include "auditproof/buf.h"
#include "auditproof/error.h"

enum metric {
    SEAL_LAST_RUN,
    SEAL_LAST_SUCCESS,
    SEAL_SUCCESS,
    SEAL_DURATION,
    SEAL_EXIT_STATUS,
    SEAL_FINDINGS,
    SEAL_ANCHORS,
    SEAL_ANCHORS_HAVE,
    SEAL_ANCHORS_LACKING,
    SEAL_ANCHORS_REQUIRED,
    SEAL_ANCHOR_HAS_NEWEST,
    SEAL_WITNESS_HAS_COSIGNED,
    SEAL_POLICY_FULFILLED,
    SEAL_ENTRIES,
    SEAL_UNSEALED_ENTRIES,
    SEAL_UNSEALED_SECONDS,
    SEAL_LOG_SIZE,
    SEAL_CHECKPOINT_TIME,
    VERIFY_LAST_RUN,
    VERIFY_LAST_SUCCESS,
    VERIFY_LAST_VERDICT,
    VERIFY_DURATION,
    VERIFY_EXIT_STATUS,
    VERIFY_VERDICT,
    VERIFY_CHAINS,
    VERIFY_ENTRIES,
    VERIFY_ENTRIES_READ,
    VERIFY_OLDEST_READING,
    VERIFY_ROWS,
    VERIFY_FINDINGS,
    VERIFY_FINDINGS_BY_KIND,
    VERIFY_NOTICES,
    VERIFY_UNSEALED_ENTRIES,
    VERIFY_UNSEALED_SECONDS,
    VERIFY_ANCHORED_SEALS,
    VERIFY_ANCHOR_LAG_ENTRIES,
    VERIFY_ANCHOR_LAG_SECONDS,
    RETAIN_LAST_RUN,
    RETAIN_DUE,
    RETAIN_HELD,
    RETAIN_OVERDUE,
    RETAIN_ROWS_DUE,
    RETAIN_ROWS_HELD,
    RETAIN_ROWS_OVERDUE,
    RETAIN_HOLDS,
    RETAIN_REVIEWS_OVERDUE,
    RETAIN_CLOCK_BEHIND,
    PARTITION_LAST_RUN,
    PARTITION_LAST_SUCCESS,
    PARTITION_EXIT_STATUS,
    PARTITION_WAITING,
    PARTITION_OUTSIDE,
    SCHEDULE_LAST_LOOK,
    SCHEDULE_LATE,
    SCHEDULE_FAILED,
    SCHEDULE_WRONG,
    SCHEDULE_UNTOLD,
    SCHEDULE_OLDEST,
    SCHEDULE_NEXT,
    SCHEDULE_RUNS,
    SCHEDULE_LAST_SUCCESS,
    SCHEDULE_UNMAILED,
    SCHEDULE_MAILS,
    METRICS
};

struct metrics {
    struct ap_buf out, old;
    struct ap_buf database; /* the label, as the file has it: database="app"; empty while it is not known */
};

/* A further label. */
struct metric_label {
    const char *name, *value; /* any bytes */
};

/* Free in every case. database NULL: the one that the file is of, if there is a file. */
AP_MUST_CHECK enum ap_status metrics_open(struct metrics *metrics, const char *path, const char *database,
                                          struct ap_error *err);
void metrics_free(struct metrics *metrics);

/* A family of one sample. */
void metrics_set(struct metrics *metrics, enum metric metric, int64_t value);
void metrics_set_seconds(struct metrics *metrics, enum metric metric, int64_t us);
/* A family of several: its head, then each of them. */
void metrics_head(struct metrics *metrics, enum metric metric);
void metrics_sample(struct metrics *metrics, enum metric metric, const struct metric_label *labels, size_t count,
                    int64_t value);
/* What the file says of this database, if anything. */
void metrics_keep(struct metrics *metrics, enum metric metric);

/* Replaces the file as a whole. */
AP_MUST_CHECK enum ap_status metrics_write(struct metrics *metrics, const char *path, struct ap_error *err);

#endif
