#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "run.h"

/*
 * The times that writers claim, against those at which entries were chained. The two are in different streams, so this
 * costs a join in the server, and is done on request.
 */

enum { NUMBER_SIZE = 24 };

static enum ap_status report_claims(struct run *run, const struct ap_rows *rows, size_t row, struct ap_error *err)
{
    struct ap_finding finding;

    memset(&finding, 0, sizeof finding);
    finding.kind = AP_FINDING_CLOCK;
    finding.severity = AP_SEVERITY_NOTICE;
    finding.has_chain = ap_uuid_parse(&finding.chain, ap_rows_str(rows, row, 0));
    finding.has_seq = true;
    finding.seq = (uint64_t)ap_rows_int(rows, row, 3);
    finding.has_log_id = ap_uuid_parse(&finding.log_id, ap_rows_str(rows, row, 4));
    ap_finding_text(finding.expected, "created_at within 24 hours of recorded_at");
    ap_finding_text(finding.found, "%" PRId64 " earlier than that, %" PRId64 " later; this is the first",
                    ap_rows_int(rows, row, 1), ap_rows_int(rows, row, 2));
    ap_finding_text(finding.detail, "imported or adopted entries look so, and back-dated ones");
    return findings_add(&run->findings, &finding, err);
}

enum ap_status run_check_claims(struct run *run, struct ap_error *err)
{
    const struct ap_verify_options *options = run->options;
    char chain[AP_UUID_TEXT_SIZE], from[NUMBER_SIZE], to[NUMBER_SIZE];
    const char *values[3] = {NULL, NULL, NULL};
    struct ap_rows *rows = NULL;
    enum ap_status status;

    if (!options->compare_clocks)
        return AP_OK;
    ap_uuid_format(chain, &options->chain);
    (void)snprintf(from, sizeof from, "%" PRIu64, options->from_seq);
    (void)snprintf(to, sizeof to, "%" PRIu64, options->to_seq);
    values[0] = options->has_chain ? chain : NULL;
    values[1] = options->from_seq != 0 ? from : NULL;
    values[2] = options->to_seq != 0 ? to : NULL;
    status = run_query(run, "queries/verify_clock", 3, values, &rows, err);
    for (size_t i = 0; status == AP_OK && i < ap_rows_count(rows); i++)
        status = report_claims(run, rows, i, err);
    ap_rows_free(rows);
    return status;
}
