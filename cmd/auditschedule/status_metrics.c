#include <string.h>

#include "auditproof/clock.h"
#include "metrics.h"
#include "status.h"

static bool has_succeeded(const struct standing *s, size_t row)
{
    return strcmp(ap_rows_str(s->counts, row, COUNTS_STATE), "succeeded") == 0 &&
           ap_rows_text(s->counts, row, COUNTS_FINISHED) != NULL;
}

static void add_runs(struct metrics *m, const struct standing *s)
{
    bool any = false;

    if (ap_rows_count(s->counts) > 0)
        metrics_head(m, SCHEDULE_RUNS);
    for (size_t i = 0; i < ap_rows_count(s->counts); i++) {
        const struct metric_label labels[] = {{"state", ap_rows_str(s->counts, i, COUNTS_STATE)},
                                              {"type", ap_rows_str(s->counts, i, COUNTS_TYPE)}};

        metrics_sample(m, SCHEDULE_RUNS, labels, 2, ap_rows_int(s->counts, i, COUNTS_RUNS));
        any = any || has_succeeded(s, i);
    }
    if (any)
        metrics_head(m, SCHEDULE_LAST_SUCCESS);
    for (size_t i = 0; i < ap_rows_count(s->counts); i++) {
        const struct metric_label label = {"type", ap_rows_str(s->counts, i, COUNTS_TYPE)};

        if (has_succeeded(s, i))
            metrics_sample(m, SCHEDULE_LAST_SUCCESS, &label, 1, ap_rows_int(s->counts, i, COUNTS_FINISHED));
    }
}

static void add_mails(struct metrics *m, const struct standing *s)
{
    metrics_set(m, SCHEDULE_UNMAILED, (int64_t)s->unmailed);
    if (ap_rows_count(s->mails) > 0)
        metrics_head(m, SCHEDULE_MAILS);
    for (size_t i = 0; i < ap_rows_count(s->mails); i++) {
        const struct metric_label label = {"state", ap_rows_str(s->mails, i, MAIL_STATE)};

        metrics_sample(m, SCHEDULE_MAILS, &label, 1, ap_rows_int(s->mails, i, MAIL_COUNT));
    }
}

enum ap_status status_metrics(const char *path, const char *database, const struct standing *s, struct ap_error *err)
{
    struct metrics m;
    enum ap_status status = metrics_open(&m, path, database, err);

    metrics_set(&m, SCHEDULE_LAST_LOOK, s->now_us / AP_US_PER_SECOND);
    metrics_set(&m, SCHEDULE_LATE, (int64_t)s->late);
    metrics_set(&m, SCHEDULE_FAILED, (int64_t)s->failed);
    metrics_set(&m, SCHEDULE_WRONG, (int64_t)s->wrong);
    metrics_set(&m, SCHEDULE_UNTOLD, (int64_t)s->untold);
    metrics_set(&m, SCHEDULE_OLDEST,
                s->oldest_us == AP_TIME_INFINITY ? 0 : (s->now_us - s->oldest_us) / AP_US_PER_SECOND);
    if (s->next_us != AP_TIME_INFINITY)
        metrics_set(&m, SCHEDULE_NEXT, s->next_us / AP_US_PER_SECOND);
    add_runs(&m, s);
    add_mails(&m, s);
    if (status == AP_OK)
        status = metrics_write(&m, path, err);
    metrics_free(&m);
    return status;
}
