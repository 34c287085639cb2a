/* Tables partitioned by month of created_at: moving one there while it is used, and making months ahead. */
#ifndef AUDITPROOF_PARTITION_H
#define AUDITPROOF_PARTITION_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "auditproof/db.h"

/* The tables that can be, ended by NULL. */
extern const char *const ap_partition_tables[];

enum ap_partition_step {
    AP_PARTITION_PREPARE, /* making the copy and what feeds it */
    AP_PARTITION_COPY,    /* done of total blocks */
    AP_PARTITION_COMPARE, /* reading both, before one takes the place of the other */
    AP_PARTITION_SWAP,
    AP_PARTITION_MAKE, /* a month's partition; text is YYYY-MM, done the rows that waited for it */
    AP_PARTITION_WAIT, /* for whoever holds a lock; text is the server's message */
};

typedef void ap_partition_event_fn(void *context, enum ap_partition_step step, const char *table, const char *text,
                                   uint64_t done, uint64_t total);

struct ap_partition_options {
    unsigned ahead;           /* months after this one that are to have a partition */
    unsigned lock_timeout_ms; /* how long to queue for a lock before letting the application pass */
    unsigned attempts;        /* how often to try that */
    ap_partition_event_fn *event;
    void *context;
    const volatile sig_atomic_t *stop; /* may be NULL; set it to stop after the step under way */
};

struct ap_partition_result {
    bool moved;       /* the table was plain, and is partitioned now */
    uint64_t swap_us; /* how long it was locked for that */
    uint64_t made;    /* partitions for months that had none */
    uint64_t emptied; /* rows that went there from the DEFAULT partition */
    uint64_t waiting; /* rows still there that have a month: a finding */
    uint64_t outside; /* rows there that have none (created_at is NULL, or far away) */
};

/*
 * Move a plain table to partitions, or go on where that was interrupted. What is partitioned already stays as it is.
 * Every step is a transaction of its own; the connection must not be in one, and its role must own the table.
 * AP_ESTATE where something stands in the way (`problem` is called for each), AP_ECANCELLED when stopped.
 */
typedef void ap_partition_problem_fn(void *context, const char *text);
AP_MUST_CHECK enum ap_status ap_partition_move(struct ap_db *db, const char *table,
                                               const struct ap_partition_options *options,
                                               ap_partition_problem_fn *problem, struct ap_partition_result *result,
                                               struct ap_error *err);

/* Give up a move that is under way: the table stays as it was. AP_ESTATE as above. */
AP_MUST_CHECK enum ap_status ap_partition_give_up(struct ap_db *db, const char *table,
                                                  const struct ap_partition_options *options,
                                                  ap_partition_problem_fn *problem, struct ap_error *err);

/*
 * Make the partitions that are missing, one a transaction, and count what is in the DEFAULT partition afterwards.
 * AP_ESTATE when the table is not partitioned.
 */
AP_MUST_CHECK enum ap_status ap_partition_months(struct ap_db *db, const char *table,
                                                 const struct ap_partition_options *options,
                                                 struct ap_partition_result *result, struct ap_error *err);

#endif
