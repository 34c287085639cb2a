/* Retention policies, legal holds, bundles given out: rows of auditproof's, each of which a chained entry must tell of.
 */
#include <stdio.h>
#include <string.h>

#include "run.h"

enum { NUMBER_SIZE = 24 };

static enum ap_status check(struct run *run, const char *query, enum ap_finding_kind kind, struct ap_error *err)
{
    char chain[AP_UUID_TEXT_SIZE], limit[NUMBER_SIZE];
    const char *values[2] = {run->options->has_chain ? chain : NULL, limit};
    struct ap_rows *rows = NULL;
    enum ap_status status;

    ap_uuid_format(chain, &run->options->chain);
    (void)snprintf(limit, sizeof limit, "%zu", run->findings.max);
    status = run_query_by_index(run, query, 2, values, &rows, err);
    if (status != AP_OK)
        return status;
    for (size_t i = 0; status == AP_OK && i < ap_rows_count(rows); i++) {
        struct ap_finding finding;

        memset(&finding, 0, sizeof finding);
        finding.kind = kind;
        finding.has_chain = ap_uuid_parse(&finding.chain, ap_rows_str(rows, i, 0));
        finding.has_log_id = ap_uuid_parse(&finding.log_id, ap_rows_str(rows, i, 1));
        ap_finding_text(finding.object, "%s", ap_rows_str(rows, i, 2));
        ap_finding_text(finding.detail, "%s", ap_rows_str(rows, i, 3));
        status = findings_add(&run->findings, &finding, err);
    }
    if (status == AP_OK && ap_rows_count(rows) > 0)
        findings_count(&run->findings, kind, (uint64_t)ap_rows_int(rows, 0, 4) - ap_rows_count(rows));
    ap_rows_free(rows);
    return status;
}

enum ap_status run_check_retention(struct run *run, struct ap_error *err)
{
    enum ap_status status = check(run, "queries/verify_policies", AP_FINDING_POLICY, err);

    if (status == AP_OK)
        status = check(run, "queries/verify_holds", AP_FINDING_HOLD, err);
    return status == AP_OK ? check(run, "queries/verify_bundles", AP_FINDING_HEAD, err) : status;
}
