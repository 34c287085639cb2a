#include "advice.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "auditproof/buf.h"
#include "auditproof/json.h"
#include "auditproof/schema.h"

enum { MAX_STEPS = 12 };

/* Past this, deleting what has expired is better done by dropping partitions. */
static const int64_t partition_from_rows = 100000000;

/* An estimate may be off by what came since the last ANALYZE: less than this share is not worth a word. */
static const int64_t estimate_tolerance = 10;

struct steps {
    struct ap_buf text[MAX_STEPS];
    size_t count;
};

static struct ap_buf *add(struct steps *steps)
{
    return &steps->text[steps->count < MAX_STEPS - 1 ? steps->count++ : steps->count];
}

int64_t status_unchained(const struct status_totals *totals)
{
    if (totals->exact)
        return totals->unchained;
    return totals->rows > totals->entries - totals->purged ? totals->rows - (totals->entries - totals->purged) : 0;
}

static enum ap_status count_finding(void *context, const struct ap_finding *finding, struct ap_error *err)
{
    unsigned *count = context;

    (void)err;
    *count += finding->severity == AP_SEVERITY_FINDING;
    return AP_OK;
}

static enum ap_status advise_on_schema(struct ap_db *db, struct steps *steps, struct ap_error *err)
{
    const struct ap_schema_check_options everything = {false};
    unsigned findings = 0;
    enum ap_status status = ap_schema_check(db, &everything, count_finding, &findings, err);

    if (status == AP_OK && findings > 0)
        ap_buf_addf(add(steps), "%u object%s not as this version installs %s: see auditmigrate check, then install.",
                    findings, findings == 1 ? " is" : "s are", findings == 1 ? "it" : "them");
    return status;
}

static enum ap_status advise_on_roles(struct ap_db *db, struct steps *steps, struct ap_error *err)
{
    struct ap_rows *rows = NULL;
    enum ap_status status = ap_db_query(db, ap_sql("queries/roles"), 0, NULL, &rows, err);

    if (status != AP_OK)
        return status;
    for (size_t i = 0; i < ap_rows_count(rows); i++)
        if (strcmp(ap_rows_str(rows, i, 0), "auditproof_auditor") == 0 && ap_rows_text(rows, i, 3) == NULL)
            ap_buf_adds(add(steps),
                        "Nobody is an auditor yet: auditmigrate roles --grant auditproof_auditor --to LOGIN.");
    ap_rows_free(rows);
    return AP_OK;
}

static enum ap_status advise_on_strays(struct ap_db *db, struct steps *steps, struct ap_error *err)
{
    struct ap_rows *rows = NULL;
    enum ap_status status = ap_db_query(db, ap_sql("queries/status_strays"), 0, NULL, &rows, err);

    for (size_t i = 0; status == AP_OK && i < ap_rows_count(rows); i++) {
        int64_t waiting = ap_rows_int(rows, i, 2), outside = ap_rows_int(rows, i, 3);

        if (waiting > 0)
            ap_buf_addf(add(steps),
                        "%" PRId64 " row%s in %s for the partition of %s month: auditmigrate partition --months makes "
                        "it and moves them there; see that auditproof-partition.timer runs.",
                        waiting, waiting == 1 ? " waits" : "s wait", ap_rows_str(rows, i, 1),
                        waiting == 1 ? "its" : "their");
        if (outside > 0)
            ap_buf_addf(add(steps),
                        "%" PRId64 " row%s in %s without a month (created_at is NULL, more than 20 years ago or later "
                        "than all partitions), and leave%s row by row: see who writes such a time, if it is not meant.",
                        outside, outside == 1 ? " stays" : "s stay", ap_rows_str(rows, i, 1), outside == 1 ? "s" : "");
    }
    ap_rows_free(rows);
    return status;
}

static void advise_on_entries(const struct status_totals *t, struct steps *steps)
{
    int64_t unchained = status_unchained(t);

    if (t->rows_known && unchained > (t->exact ? 0 : t->rows / estimate_tolerance))
        ap_buf_addf(add(steps),
                    "%s%" PRId64
                    " rows of audit_logs are not chained: those from before the installation are taken in by "
                    "auditmigrate adopt; any others are findings of auditverify.",
                    t->exact ? "" : "About ", unchained);
    if (!t->rows_known)
        ap_buf_adds(add(steps),
                    "The statistics of audit_logs are missing or out of date: run ANALYZE public.audit_logs.");
    if (t->rows >= partition_from_rows)
        ap_buf_adds(
            add(steps),
            "audit_logs has passed 100 million rows: if it is one table still, auditmigrate partition moves it to "
            "partitions by month.");
    if (t->entries > 0)
        ap_buf_adds(add(steps), "Verify the chains: auditverify.");
}

static enum ap_status print_steps(const struct steps *steps, bool json, struct ap_error *err)
{
    struct ap_buf out = AP_BUF_INIT;
    enum ap_status status;

    ap_buf_adds(&out, json ? ",\n  \"next\": [" : "\nNext\n");
    for (size_t i = 0; i < steps->count; i++) {
        if (json) {
            ap_buf_adds(&out, i > 0 ? ", " : "");
            ap_json_string(&out, ap_buf_str(&steps->text[i]));
        } else {
            ap_buf_addf(&out, "- %s\n", ap_buf_str(&steps->text[i]));
        }
    }
    if (!json && steps->count == 0)
        ap_buf_adds(&out, "Nothing to do.\n");
    if (json)
        ap_buf_addc(&out, ']');
    status = ap_buf_check(&out, "what to do next", err);
    if (status == AP_OK)
        (void)fputs(out.data, stdout);
    ap_buf_free(&out);
    return status;
}

enum ap_status advice_print(struct ap_db *db, const struct status_totals *totals, bool json, struct ap_error *err)
{
    struct steps steps;
    enum ap_status status = AP_OK;

    memset(&steps, 0, sizeof steps);
    if (totals == NULL)
        ap_buf_adds(add(&steps), "Install: auditmigrate install (--dry-run shows the SQL first).");
    else
        status = advise_on_schema(db, &steps, err);
    if (status == AP_OK && totals != NULL)
        status = advise_on_strays(db, &steps, err);
    if (status == AP_OK && totals != NULL) {
        advise_on_entries(totals, &steps);
        status = advise_on_roles(db, &steps, err);
    }
    if (status == AP_OK)
        status = print_steps(&steps, json, err);
    for (size_t i = 0; i < MAX_STEPS; i++)
        ap_buf_free(&steps.text[i]);
    return status;
}
