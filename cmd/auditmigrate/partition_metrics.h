/* What monitoring reads of `auditmigrate partition`. */
#ifndef AUDITPROOF_CMD_AUDITMIGRATE_PARTITION_METRICS_H
#define AUDITPROOF_CMD_AUDITMIGRATE_PARTITION_METRICS_H

#include "auditproof/partition.h"

enum { PARTITION_TABLES = 2 };

struct partition_metrics {
    int code;                     /* exit status */
    bool known[PARTITION_TABLES]; /* is the result of that table one, in the order of ap_partition_tables */
    struct ap_partition_result results[PARTITION_TABLES];
};

/* database: NULL where there was no connection. */
AP_MUST_CHECK enum ap_status partition_metrics_write(const char *path, const char *database,
                                                     const struct partition_metrics *metrics, struct ap_error *err);

#endif
