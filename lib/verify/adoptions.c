#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run.h"

/*
 * Entries that were there before they were chained. The chain proves of them only that they did not change since, so
 * the record of which they are must be what the chain itself tells (audit-schema(5), adoption).
 */

enum { NUMBER_SIZE = 24, LOOKUP_IDS = 4096 };

static enum ap_status report_adoption(struct run *run, const struct ap_uuid *chain, const char *number, const char *why,
                                      struct ap_error *err)
{
    struct ap_finding finding;

    memset(&finding, 0, sizeof finding);
    finding.kind = AP_FINDING_HEAD;
    finding.has_chain = true;
    finding.chain = *chain;
    ap_finding_text(finding.object, "adoption");
    ap_finding_text(finding.expected, "adoption %s as the chain tells of it", number);
    ap_finding_text(finding.found, "%s", why);
    ap_finding_text(finding.detail, "which entries were adopted, and so are claimed and not proven, is not certain");
    return findings_add(&run->findings, &finding, err);
}

static int by_id(const void *id, const void *chain)
{
    return ap_uuid_compare(id, &((const struct ap_verify_chain *)chain)->id);
}

/* No more than the chain has: what a forged record claims beyond that is told of as a finding. */
static void count_adopted(struct ap_verify_report *report, struct ap_verify_chain *chain, uint64_t adopted)
{
    if (adopted > chain->entries - chain->adopted)
        adopted = chain->entries - chain->adopted;
    chain->adopted += adopted;
    report->adopted += adopted;
}

static enum ap_status check_adoption(struct run *run, struct ap_verify_report *report, const struct ap_rows *rows,
                                     size_t row, struct ap_error *err)
{
    const char *number = ap_rows_str(rows, row, 1), *last_seq = ap_rows_text(rows, row, 3),
               *why = ap_rows_text(rows, row, 4);
    struct ap_verify_chain *chain;
    struct ap_uuid id;

    if (!ap_uuid_parse(&id, ap_rows_str(rows, row, 0)))
        return ap_fail(err, AP_EIO, "the server sent a chain id that this version cannot read");
    chain = bsearch(&id, report->chains, report->chain_count, sizeof *report->chains, by_id);
    if (chain != NULL)
        count_adopted(report, chain, (uint64_t)ap_rows_int(rows, row, 2));
    if (why != NULL)
        return report_adoption(run, &id, number, why, err);
    /* Where only numbers up to one were asked for, the head is not known. */
    if (last_seq != NULL && run->options->to_seq == 0 &&
        (uint64_t)ap_rows_int(rows, row, 3) > (chain != NULL ? chain->head_seq : 0))
        return report_adoption(run, &id, number, "a range ends past the last entry of the chain", err);
    return AP_OK;
}

enum ap_status run_check_adoptions(struct run *run, struct ap_verify_report *report, struct ap_error *err)
{
    const struct ap_verify_options *options = run->options;
    char chain[AP_UUID_TEXT_SIZE], from[NUMBER_SIZE], to[NUMBER_SIZE];
    const char *values[3] = {NULL, NULL, NULL};
    struct ap_rows *rows = NULL;
    enum ap_status status;

    ap_uuid_format(chain, &options->chain);
    (void)snprintf(from, sizeof from, "%" PRIu64, options->from_seq);
    (void)snprintf(to, sizeof to, "%" PRIu64, options->to_seq);
    values[0] = options->has_chain ? chain : NULL;
    values[1] = options->from_seq != 0 ? from : NULL;
    values[2] = options->to_seq != 0 ? to : NULL;
    status = run_query_by_index(run, "queries/verify_adoptions", 3, values, &rows, err);
    for (size_t i = 0; status == AP_OK && i < ap_rows_count(rows); i++)
        status = check_adoption(run, report, rows, i, err);
    ap_rows_free(rows);
    return status;
}

static enum ap_status report_unrecorded(struct run *run, const struct told *told, struct ap_error *err)
{
    static const struct {
        enum ap_finding_kind kind;
        const char *object, *record, *detail;
    } kinds[] = {[TOLD_ADOPTION] = {AP_FINDING_HEAD, "adoption", "the adoption",
                                    "entries of the chain were adopted, and are claimed and not proven"},
                 [TOLD_POLICY] = {AP_FINDING_POLICY, "policy", "the retention policy",
                                  "entries may have left, or may leave, before their time"},
                 [TOLD_HOLD] = {AP_FINDING_HOLD, "hold", "the legal hold, or of its release,",
                                "what it covers may have left, or may leave, or stays without need"},
                 [TOLD_ERASURE] = {AP_FINDING_ERASURE, "erasure", "the erasure",
                                   "what was erased may be there again, or the record of it was taken away"},
                 [TOLD_PURGE] = {AP_FINDING_PURGE, "purge", "the purge, or of its plan or approval,",
                                 "what left, and who let it, is not on record any more"},
                 [TOLD_BUNDLE] = {AP_FINDING_HEAD, "bundle", "the bundle",
                                  "an erasure does not tell who was given what it erases"}};
    struct ap_finding finding;

    memset(&finding, 0, sizeof finding);
    finding.kind = kinds[told->of].kind;
    finding.has_chain = finding.has_log_id = true;
    finding.chain = told->chain;
    finding.log_id = told->log_id;
    ap_finding_text(finding.object, "%s", kinds[told->of].object);
    ap_finding_text(finding.expected, "a record of %s that this entry tells of", kinds[told->of].record);
    ap_finding_text(finding.found, "none");
    ap_finding_text(finding.detail, "%s", kinds[told->of].detail);
    return findings_add(&run->findings, &finding, err);
}

static enum ap_status check_some(struct run *run, const struct told *told, size_t count, struct ap_error *err)
{
    struct ap_buf ids = AP_BUF_INIT;
    struct ap_rows *rows = NULL;
    const char *values[1];
    enum ap_status status;

    for (size_t i = 0; i < count; i++) {
        char text[AP_UUID_TEXT_SIZE];

        ap_uuid_format(text, &told[i].log_id);
        ap_buf_addf(&ids, "%c%s", i > 0 ? ',' : '{', text);
    }
    ap_buf_addc(&ids, '}');
    status = ap_buf_check(&ids, "log ids", err);
    values[0] = ids.data;
    if (status == AP_OK)
        status = ap_db_query(run->db, ap_sql("queries/verify_told"), 1, values, &rows, err);
    for (size_t i = 0; status == AP_OK && i < ap_rows_count(rows); i++) {
        uint64_t place = (uint64_t)ap_rows_int(rows, i, 0);

        if (place < 1 || place > count)
            status = ap_fail(err, AP_EIO, "the server sent a place that nothing has");
        else
            status = report_unrecorded(run, &told[place - 1], err);
    }
    ap_rows_free(rows);
    ap_buf_free(&ids);
    return status;
}

enum ap_status run_check_told(struct run *run, const struct ap_buf *told, struct ap_error *err)
{
    enum ap_status status = ap_buf_check(told, "the entries that tell of records", err);

    for (size_t at = 0; at < told->len && status == AP_OK; at += LOOKUP_IDS * sizeof(struct told)) {
        struct told some[LOOKUP_IDS];
        size_t len = told->len - at < sizeof some ? told->len - at : sizeof some;

        memcpy(some, told->data + at, len);
        status = check_some(run, some, len / sizeof *some, err);
    }
    return status;
}
