#include "partition_metrics.h"

#include "auditproof/clock.h"
#include "metrics.h"
#include "options.h"

static void add_rows(struct metrics *m, enum metric metric, const struct partition_metrics *p)
{
    if (!p->known[0] && !p->known[1]) {
        metrics_keep(m, metric);
        return;
    }
    metrics_head(m, metric);
    for (size_t i = 0; i < PARTITION_TABLES; i++) {
        struct metric_label label = {"table", ap_partition_tables[i]};
        const struct ap_partition_result *r = &p->results[i];

        if (p->known[i])
            metrics_sample(m, metric, &label, 1, (int64_t)(metric == PARTITION_WAITING ? r->waiting : r->outside));
    }
}

enum ap_status partition_metrics_write(const char *path, const char *database, const struct partition_metrics *p,
                                       struct ap_error *err)
{
    struct metrics m;
    int64_t now_s = ap_clock_now_us() / AP_US_PER_SECOND;
    enum ap_status status = metrics_open(&m, path, database, err);

    metrics_set(&m, PARTITION_LAST_RUN, now_s);
    if (p->code == EXIT_DONE)
        metrics_set(&m, PARTITION_LAST_SUCCESS, now_s);
    else
        metrics_keep(&m, PARTITION_LAST_SUCCESS);
    metrics_set(&m, PARTITION_EXIT_STATUS, p->code);
    add_rows(&m, PARTITION_WAITING, p);
    add_rows(&m, PARTITION_OUTSIDE, p);
    if (status == AP_OK)
        status = metrics_write(&m, path, err);
    metrics_free(&m);
    return status;
}
