#include "metrics.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "auditproof/clock.h"
#include "auditproof/file.h"
#include "auditproof/utf8.h"

enum { FILE_MAX = 1 << 20 };

static const struct {
    const char *name, *help;
} families[METRICS] = {
    [SEAL_LAST_RUN] = {"auditproof_seal_last_run_timestamp_seconds", "When a round of sealing last ended."},
    [SEAL_LAST_SUCCESS] = {"auditproof_seal_last_success_timestamp_seconds",
                           "When a round of sealing last did all that it had to."},
    [SEAL_SUCCESS] = {"auditproof_seal_success", "Whether the last round of sealing did all that it had to."},
    [SEAL_DURATION] = {"auditproof_seal_duration_seconds", "How long the last round of sealing took."},
    [SEAL_EXIT_STATUS] = {"auditproof_seal_exit_status", "Exit status of the last round of sealing."},
    [SEAL_FINDINGS] = {"auditproof_seal_findings", "What the last round of sealing found wrong."},
    [SEAL_ANCHORS] = {"auditproof_seal_anchors", "Anchors that the last round of sealing was told to use."},
    [SEAL_ANCHORS_HAVE] = {"auditproof_seal_anchors_have", "Those of them that have the newest checkpoint."},
    [SEAL_ANCHORS_LACKING] = {"auditproof_seal_anchors_lacking", "Those of them that lack the newest checkpoint."},
    [SEAL_ANCHORS_REQUIRED] = {"auditproof_seal_anchors_required", "How many of them must have the newest checkpoint."},
    [SEAL_ANCHOR_HAS_NEWEST] = {"auditproof_seal_anchor_has_newest", "Whether an anchor has the newest checkpoint."},
    [SEAL_WITNESS_HAS_COSIGNED] = {"auditproof_seal_witness_has_cosigned",
                                   "Whether a witness of the policy has cosigned the newest checkpoint."},
    [SEAL_POLICY_FULFILLED] = {"auditproof_seal_policy_fulfilled",
                               "Whether the newest checkpoint has the cosignatures that the policy asks for."},
    [SEAL_ENTRIES] = {"auditproof_seal_entries", "Entries in all chains."},
    [SEAL_UNSEALED_ENTRIES] = {"auditproof_seal_unsealed_entries", "Entries that no seal covers."},
    [SEAL_UNSEALED_SECONDS] = {"auditproof_seal_unsealed_seconds",
                               "How long the oldest entry that no seal covers has been waiting."},
    [SEAL_LOG_SIZE] = {"auditproof_seal_log_size", "Seals under the newest checkpoint."},
    [SEAL_CHECKPOINT_TIME] = {"auditproof_seal_checkpoint_timestamp_seconds", "When the newest checkpoint was signed."},
    [VERIFY_LAST_RUN] = {"auditproof_verify_last_run_timestamp_seconds", "When verification last ended."},
    [VERIFY_LAST_SUCCESS] = {"auditproof_verify_last_success_timestamp_seconds",
                             "When verification last ended without a finding."},
    [VERIFY_LAST_VERDICT] = {"auditproof_verify_last_verdict_timestamp_seconds",
                             "When verification last came to a verdict, which the numbers below are of."},
    [VERIFY_DURATION] = {"auditproof_verify_duration_seconds", "How long the last verification took."},
    [VERIFY_EXIT_STATUS] = {"auditproof_verify_exit_status", "Exit status of the last verification."},
    [VERIFY_VERDICT] = {"auditproof_verify_verdict", "The last verification's verdict: 1 for the one that it is."},
    [VERIFY_CHAINS] = {"auditproof_verify_chains", "Chains that were verified."},
    [VERIFY_ENTRIES] = {"auditproof_verify_entries", "Entries in the chains that were verified."},
    [VERIFY_ENTRIES_READ] = {"auditproof_verify_entries_read",
                             "Entries that this run read; the rest rests on runs before."},
    [VERIFY_OLDEST_READING] = {"auditproof_verify_oldest_reading_timestamp_seconds",
                               "When the entry was last read whose reading is furthest back."},
    [VERIFY_ROWS] = {"auditproof_verify_rows", "Rows that were read."},
    [VERIFY_FINDINGS] = {"auditproof_verify_findings", "Findings of all kinds."},
    [VERIFY_FINDINGS_BY_KIND] = {"auditproof_verify_findings_by_kind", "Findings of one kind."},
    [VERIFY_NOTICES] = {"auditproof_verify_notices", "Notices."},
    [VERIFY_UNSEALED_ENTRIES] = {"auditproof_verify_unsealed_entries", "Entries that no checkpoint covers."},
    [VERIFY_UNSEALED_SECONDS] = {"auditproof_verify_unsealed_seconds",
                                 "How long the oldest entry that no checkpoint covers has been waiting."},
    [VERIFY_ANCHORED_SEALS] = {"auditproof_verify_anchored_seals",
                               "Seals under the newest checkpoint kept elsewhere that agrees; 0 when none does."},
    [VERIFY_ANCHOR_LAG_ENTRIES] = {"auditproof_verify_anchor_lag_entries",
                                   "Entries sealed between the newest checkpoint kept elsewhere and the newest."},
    [VERIFY_ANCHOR_LAG_SECONDS] = {"auditproof_verify_anchor_lag_seconds",
                                   "Time between the newest checkpoint kept elsewhere and the newest."},
    [RETAIN_LAST_RUN] = {"auditproof_retain_last_run_timestamp_seconds", "When retention was last looked at."},
    [RETAIN_DUE] = {"auditproof_retain_due_entries", "Entries that may leave."},
    [RETAIN_HELD] = {"auditproof_retain_held_entries", "Entries that only a legal hold keeps."},
    [RETAIN_OVERDUE] = {"auditproof_retain_overdue_entries", "Entries that should have left."},
    [RETAIN_ROWS_DUE] = {"auditproof_retain_due_metrics", "Rows of performance_analytics that may leave."},
    [RETAIN_ROWS_HELD] = {"auditproof_retain_held_metrics", "Rows of it that only a legal hold keeps."},
    [RETAIN_ROWS_OVERDUE] = {"auditproof_retain_overdue_metrics", "Rows of it that should have left."},
    [RETAIN_HOLDS] = {"auditproof_retain_holds", "Legal holds in force."},
    [RETAIN_REVIEWS_OVERDUE] = {"auditproof_retain_reviews_overdue", "Those of them that should have been reviewed."},
    [RETAIN_CLOCK_BEHIND] = {"auditproof_retain_clock_behind",
                             "Whether the server's clock is behind the newest checkpoint."},
    [PARTITION_LAST_RUN] = {"auditproof_partition_last_run_timestamp_seconds",
                            "When partitions were last made ahead, or tried to be."},
    [PARTITION_LAST_SUCCESS] = {"auditproof_partition_last_success_timestamp_seconds",
                                "When all partitions were last there, with no row waiting for one."},
    [PARTITION_EXIT_STATUS] = {"auditproof_partition_exit_status", "Exit status of the last such run."},
    [PARTITION_WAITING] = {"auditproof_partition_waiting_rows",
                           "Rows in the DEFAULT partition that wait for the partition of their month."},
    [PARTITION_OUTSIDE] = {"auditproof_partition_outside_rows",
                           "Rows in the DEFAULT partition that have no month: created_at is NULL or far away."},
    [SCHEDULE_LAST_LOOK] = {"auditproof_schedule_last_look_timestamp_seconds",
                            "When it was last looked how scheduled reports stand."},
    [SCHEDULE_LATE] = {"auditproof_schedule_late_runs", "Runs of reports that should have been done."},
    [SCHEDULE_FAILED] = {"auditproof_schedule_failed_runs",
                         "Runs of reports that failed for good, which nobody has cancelled or had tried again."},
    [SCHEDULE_WRONG] = {"auditproof_schedule_wrong_reports", "Reports that cannot be planned."},
    [SCHEDULE_UNTOLD] = {"auditproof_schedule_untold", "Of all these, those that no program was told of."},
    [SCHEDULE_OLDEST] = {"auditproof_schedule_oldest_pending_seconds",
                         "How long the oldest run that has not ended has been due."},
    [SCHEDULE_NEXT] = {"auditproof_schedule_next_timestamp_seconds", "When a report is due next."},
    [SCHEDULE_RUNS] = {"auditproof_schedule_runs", "Runs of reports, by state and type."},
    [SCHEDULE_LAST_SUCCESS] = {"auditproof_schedule_last_success_timestamp_seconds",
                               "When a report of a type was last made."},
    [SCHEDULE_UNMAILED] = {"auditproof_schedule_unmailed",
                           "Mails of reports that were refused, or that no server took for long."},
    [SCHEDULE_MAILS] = {"auditproof_schedule_mails", "Mails of reports, by state."},
};

/* Values of labels are UTF-8, with these three escaped; what is not UTF-8 becomes question marks. */
static void add_label(struct ap_buf *out, const char *name, const char *value)
{
    size_t len = strlen(value);

    ap_buf_addf(out, "%s=\"", name);
    while (len > 0) {
        size_t valid = ap_utf8_valid(value, len);

        for (size_t i = 0; i < valid; i++) {
            if (value[i] == '\\' || value[i] == '"')
                ap_buf_addc(out, '\\');
            if (value[i] == '\n')
                ap_buf_adds(out, "\\n");
            else
                ap_buf_addc(out, value[i]);
        }
        if (valid < len)
            ap_buf_addc(out, '?');
        value += valid + (valid < len);
        len -= valid + (valid < len);
    }
    ap_buf_addc(out, '"');
}

/* Which database the file is of, by the first label in it. */
static void take_database(struct metrics *m)
{
    static const char start[] = "{database=\"";
    const char *at = strstr(ap_buf_str(&m->old), start), *end;

    if (at == NULL)
        return;
    for (end = at + sizeof start - 1; *end != '"' && *end != '\n' && *end != '\0'; end++)
        if (*end == '\\' && end[1] != '\0')
            end++;
    if (*end == '"')
        ap_buf_add(&m->database, at + 1, (size_t)(end - at));
}

enum ap_status metrics_open(struct metrics *m, const char *path, const char *database, struct ap_error *err)
{
    enum ap_status status = AP_OK;

    memset(m, 0, sizeof *m);
    if (access(path, F_OK) == 0)
        status = ap_file_read(path, FILE_MAX, &m->old, err);
    ap_buf_addc(&m->old, '\0');
    if (status == AP_OK)
        status = ap_buf_check(&m->old, path, err);
    if (status == AP_OK && database != NULL)
        add_label(&m->database, "database", database);
    else if (status == AP_OK)
        take_database(m);
    return status;
}

void metrics_free(struct metrics *m)
{
    ap_buf_free(&m->out);
    ap_buf_free(&m->old);
    ap_buf_free(&m->database);
}

void metrics_head(struct metrics *m, enum metric metric)
{
    ap_buf_addf(&m->out, "# HELP %s %s\n# TYPE %s gauge\n", families[metric].name, families[metric].help,
                families[metric].name);
}

/* A sample up to its value. */
static void add_series(struct metrics *m, enum metric metric, const struct metric_label *labels, size_t count)
{
    bool any = m->database.len > 0;

    ap_buf_adds(&m->out, families[metric].name);
    if (any || count > 0)
        ap_buf_addc(&m->out, '{');
    ap_buf_add(&m->out, m->database.data, m->database.len);
    for (size_t i = 0; i < count; i++) {
        if (any || i > 0)
            ap_buf_addc(&m->out, ',');
        add_label(&m->out, labels[i].name, labels[i].value);
    }
    ap_buf_adds(&m->out, any || count > 0 ? "} " : " ");
}

void metrics_sample(struct metrics *m, enum metric metric, const struct metric_label *labels, size_t count,
                    int64_t value)
{
    add_series(m, metric, labels, count);
    ap_buf_addf(&m->out, "%" PRId64 "\n", value);
}

void metrics_set(struct metrics *m, enum metric metric, int64_t value)
{
    metrics_head(m, metric);
    metrics_sample(m, metric, NULL, 0, value);
}

void metrics_set_seconds(struct metrics *m, enum metric metric, int64_t us)
{
    metrics_head(m, metric);
    add_series(m, metric, NULL, 0);
    ap_buf_addf(&m->out, "%" PRId64 ".%03" PRId64 "\n", us / AP_US_PER_SECOND, us % AP_US_PER_SECOND / 1000);
}

/* Is this line a sample of the family, and of our database? */
static bool is_of(const struct metrics *m, enum metric metric, const char *line)
{
    size_t len = strlen(families[metric].name);

    if (strncmp(line, families[metric].name, len) != 0)
        return false;
    if (m->database.len == 0)
        return line[len] == ' ' || line[len] == '{';
    return line[len] == '{' && strncmp(line + len + 1, m->database.data, m->database.len) == 0;
}

void metrics_keep(struct metrics *m, enum metric metric)
{
    const char *line = ap_buf_str(&m->old), *end;
    bool any = false;

    for (; (end = strchr(line, '\n')) != NULL; line = end + 1) {
        if (!is_of(m, metric, line))
            continue;
        if (!any)
            metrics_head(m, metric);
        any = true;
        ap_buf_add(&m->out, line, (size_t)(end + 1 - line));
    }
}

enum ap_status metrics_write(struct metrics *m, const char *path, struct ap_error *err)
{
    enum ap_status status = ap_buf_check(&m->database, "metrics", err);

    if (status == AP_OK)
        status = ap_buf_check(&m->out, "metrics", err);
    return status == AP_OK ? ap_file_replace(path, ap_buf_str(&m->out), m->out.len, err) : status;
}
