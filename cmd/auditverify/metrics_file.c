#include "metrics_file.h"

#include "auditproof/clock.h"
#include "metrics.h"
#include "options.h"
#include "report.h"

static void add_verdict(struct metrics *m, const struct ap_verify_report *report)
{
    static const char *const names[] = {[AP_VERDICT_FINDINGS] = "findings",
                                        [AP_VERDICT_INTACT] = "intact",
                                        [AP_VERDICT_ANCHORED] = "anchored",
                                        [AP_VERDICT_TRUSTED] = "trusted",
                                        "unknown"};
    size_t unknown = sizeof names / sizeof *names - 1, is = report != NULL ? (size_t)report->verdict : unknown;

    metrics_head(m, VERIFY_VERDICT);
    for (size_t i = 0; i <= unknown; i++) {
        struct metric_label label = {"verdict", names[i]};

        metrics_sample(m, VERIFY_VERDICT, &label, 1, i == is);
    }
}

/* Kinds without a finding too, so that an alert sees their number grow. */
static void add_findings(struct metrics *m, const struct ap_verify_report *report)
{
    metrics_set(m, VERIFY_FINDINGS, (int64_t)report->found);
    metrics_head(m, VERIFY_FINDINGS_BY_KIND);
    for (int kind = 0; kind < AP_FINDING_DATABASE_KINDS; kind++) {
        struct metric_label label = {"kind", ap_finding_name((enum ap_finding_kind)kind)};

        metrics_sample(m, VERIFY_FINDINGS_BY_KIND, &label, 1, (int64_t)report->by_kind[kind]);
    }
    metrics_set(m, VERIFY_NOTICES, (int64_t)report->noticed);
}

static void add_report(struct metrics *m, const struct ap_verify_options *asked, const struct ap_verify_report *report)
{
    const struct ap_verify_incremental *series = &report->incremental;
    const struct ap_verify_seals *seals = &report->seals;
    bool partly = series->asked && !series->first;

    metrics_set(m, VERIFY_CHAINS, (int64_t)report->chain_count);
    metrics_set(m, VERIFY_ENTRIES, (int64_t)report->entries);
    metrics_set(m, VERIFY_ENTRIES_READ, (int64_t)(partly ? series->fresh + series->reread : report->entries));
    metrics_set(m, VERIFY_OLDEST_READING,
                (partly && series->oldest_at_us != 0 ? series->oldest_at_us : report->snapshot_us) / AP_US_PER_SECOND);
    metrics_set(m, VERIFY_ROWS, (int64_t)report->rows);
    add_findings(m, report);
    metrics_set(m, VERIFY_UNSEALED_ENTRIES, (int64_t)seals->uncovered);
    metrics_set(m, VERIFY_UNSEALED_SECONDS, (int64_t)unsealed_seconds(report));
    if (asked->anchor_count == 0)
        return;
    metrics_set(m, VERIFY_ANCHORED_SEALS, (int64_t)seals->outside_size);
    if (seals->outside_size == 0)
        return;
    metrics_set(m, VERIFY_ANCHOR_LAG_ENTRIES, (int64_t)seals->lag_entries);
    metrics_set(m, VERIFY_ANCHOR_LAG_SECONDS, seals->lag_us / AP_US_PER_SECOND);
}

/* An alarm does not end because the next run could not look. */
static void keep_report(struct metrics *m)
{
    static const enum metric kept[] = {VERIFY_CHAINS,
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
                                       VERIFY_ANCHOR_LAG_SECONDS};

    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
        metrics_keep(m, kept[i]);
}

enum ap_status metrics_file_write(const char *path, const struct ended *ended, struct ap_error *err)
{
    int64_t now_s = ap_clock_now_us() / AP_US_PER_SECOND;
    struct metrics m;
    enum ap_status status = metrics_open(&m, path, ended->database, err);

    metrics_set(&m, VERIFY_LAST_RUN, now_s);
    if (ended->exit_status == EXIT_DONE)
        metrics_set(&m, VERIFY_LAST_SUCCESS, now_s);
    else
        metrics_keep(&m, VERIFY_LAST_SUCCESS);
    metrics_set_seconds(&m, VERIFY_DURATION, ended->duration_us);
    metrics_set(&m, VERIFY_EXIT_STATUS, ended->exit_status);
    add_verdict(&m, ended->report);
    if (ended->report != NULL) {
        metrics_set(&m, VERIFY_LAST_VERDICT, now_s);
        add_report(&m, ended->asked, ended->report);
    } else {
        metrics_keep(&m, VERIFY_LAST_VERDICT);
        keep_report(&m);
    }
    if (status == AP_OK)
        status = metrics_write(&m, path, err);
    metrics_free(&m);
    return status;
}
