#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auditproof/clock.h"
#include "run.h"

/* Room for a decimal 64-bit number and NUL. */
enum { NUMBER_SIZE = 24 };

static const char *chain_text(const struct run *run, char out[AP_UUID_TEXT_SIZE])
{
    if (!run->options->has_chain)
        return NULL;
    ap_uuid_format(out, &run->options->chain);
    return out;
}

static const char *seq_text(uint64_t seq, char out[NUMBER_SIZE])
{
    if (seq == 0)
        return NULL;
    (void)snprintf(out, NUMBER_SIZE, "%" PRIu64, seq);
    return out;
}

/* What decodes a stream relies on its number of columns. */
static bool is_readable(const struct task *task)
{
    return task->is_rows ? task->columns == ROW_COLUMNS || task->columns == ROW_COLUMNS_ERASED
                         : task->columns == ENTRY_COLUMNS;
}

enum ap_status run_plan(struct run *run, struct ap_error *err)
{
    char chain[AP_UUID_TEXT_SIZE], from[NUMBER_SIZE], to[NUMBER_SIZE], connections[NUMBER_SIZE];
    const char *values[6];
    struct ap_rows *rows = NULL;
    enum ap_status status;

    values[0] = chain_text(run, chain);
    values[1] = seq_text(run->options->from_seq, from);
    values[2] = seq_text(run->options->to_seq, to);
    values[3] = seq_text(run->options->connections, connections);
    values[4] = run->options->split != NULL ? run->options->split : "auto";
    values[5] = run->through_view ? "t" : "f";
    status = ap_db_query(run->db, ap_sql("queries/verify_plan"), 6, values, &rows, err);
    if (status != AP_OK)
        return status;
    run->tasks = calloc(ap_rows_count(rows) + 1, sizeof *run->tasks);
    if (run->tasks == NULL)
        status = ap_fail_memory(err, "the plan");
    else if (ap_rows_count(rows) == 0)
        status = ap_fail(err, AP_ESTATE, "there is nothing to verify: no table holds audit_logs or its chains");
    for (size_t i = 0; status == AP_OK && i < ap_rows_count(rows); i++) {
        struct task *task = &run->tasks[run->task_count++];

        task->is_rows = strcmp(ap_rows_str(rows, i, 0), "rows") == 0;
        task->statement = strdup(ap_rows_str(rows, i, 1));
        task->columns = (size_t)ap_rows_int(rows, i, 2);
        run->expected += (uint64_t)ap_rows_int(rows, i, 3);
        if (task->statement == NULL)
            status = ap_fail_memory(err, "the plan");
        else if (!is_readable(task))
            status = ap_fail(err, AP_EINTERNAL, "the plan has a stream of %zu columns", task->columns);
    }
    ap_rows_free(rows);
    return status;
}

static enum ap_status report_unauthorised(struct run *run, const struct purge *purge, struct ap_error *err)
{
    struct ap_finding finding;

    memset(&finding, 0, sizeof finding);
    finding.kind = AP_FINDING_EARLY_PURGE;
    finding.has_chain = finding.has_seq = true;
    finding.chain = purge->chain;
    finding.seq = purge->from_seq;
    ap_finding_text(finding.expected, "a chained entry that authorises the purge");
    ap_finding_text(finding.found, "none");
    ap_finding_text(finding.detail, "entries %" PRIu64 " to %" PRIu64 " are on record as purged", purge->from_seq,
                    purge->to_seq);
    return findings_add(&run->findings, &finding, err);
}

/* Entries may leave with their tenant without a plan and a certificate; not where it has stayed. */
static enum ap_status check_tenant(struct run *run, const struct purge *purge, struct ap_error *err)
{
    char tenant[AP_UUID_TEXT_SIZE];
    const char *values[1] = {tenant};
    struct ap_rows *rows = NULL;
    struct ap_finding finding;
    enum ap_status status;
    bool stays;

    ap_uuid_format(tenant, &purge->chain);
    status = run_query(run, "queries/verify_tenant", 1, values, &rows, err);
    if (status != AP_OK)
        return status;
    stays = ap_rows_count(rows) == 1 && ap_rows_bool(rows, 0, 0);
    ap_rows_free(rows);
    if (!stays)
        return AP_OK;
    memset(&finding, 0, sizeof finding);
    finding.kind = AP_FINDING_PURGE;
    finding.has_chain = finding.has_seq = true;
    finding.chain = purge->chain;
    finding.seq = purge->from_seq;
    ap_finding_text(finding.expected, "a plan and a certificate");
    ap_finding_text(finding.found, "a record of the organization's deletion, and the organization");
    ap_finding_text(finding.detail, "entries %" PRIu64 " to %" PRIu64 " are on record as purged with it",
                    purge->from_seq, purge->to_seq);
    return findings_add(&run->findings, &finding, err);
}

enum ap_status run_load_purges(struct run *run, struct ap_error *err)
{
    char chain[AP_UUID_TEXT_SIZE];
    const char *values[1] = {chain_text(run, chain)};
    struct ap_rows *rows = NULL;
    enum ap_status status = run_query_by_index(run, "queries/verify_purges", 1, values, &rows, err);

    if (status != AP_OK)
        return status;
    run->purges = calloc(ap_rows_count(rows) + 1, sizeof *run->purges);
    if (run->purges == NULL)
        status = ap_fail_memory(err, "the purges on record");
    for (size_t i = 0; status == AP_OK && i < ap_rows_count(rows); i++) {
        struct purge *purge = &run->purges[run->purge_count];

        if (!ap_uuid_parse(&purge->chain, ap_rows_str(rows, i, 0)))
            status = ap_fail(err, AP_EIO, "the server sent a chain id that this version cannot read");
        purge->from_seq = (uint64_t)ap_rows_int(rows, i, 1);
        purge->to_seq = (uint64_t)ap_rows_int(rows, i, 2);
        purge->purged_at_us = ap_rows_int(rows, i, 3);
        purge->years = (int)ap_rows_int(rows, i, 6);
        if (status == AP_OK && !ap_uuid_parse(&purge->id, ap_rows_str(rows, i, 5)))
            status = ap_fail(err, AP_EIO, "the server sent a purge id that this version cannot read");
        if (status == AP_OK && ap_rows_bool(rows, i, 4) && ap_rows_bool(rows, i, 7))
            status = check_tenant(run, purge, err);
        if (status == AP_OK && !ap_rows_bool(rows, i, 4))
            status = report_unauthorised(run, purge, err); /* and what it should excuse is missing */
        else
            run->purge_count++;
    }
    ap_rows_free(rows);
    return status;
}

const struct purge *run_find_purge(const struct run *run, const struct ap_uuid *chain, uint64_t seq)
{
    size_t low = 0, high = run->purge_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct purge *purge = &run->purges[middle];
        int order = ap_uuid_compare(&purge->chain, chain);

        if (order < 0 || (order == 0 && purge->to_seq < seq))
            low = middle + 1;
        else if (order > 0 || purge->from_seq > seq)
            high = middle;
        else
            return purge;
    }
    return NULL;
}

enum ap_status run_check_purge(struct run *run, const struct purge *purge, const struct chained *entry,
                               struct ap_error *err)
{
    int64_t end_us = ap_retention_end(entry->record.recorded_at_us, purge->years);
    char until[AP_TIME_TEXT_SIZE], at[AP_TIME_TEXT_SIZE];
    struct ap_finding finding;

    if (purge->purged_at_us >= end_us)
        return AP_OK;
    memset(&finding, 0, sizeof finding);
    finding.kind = AP_FINDING_EARLY_PURGE;
    finding.has_chain = finding.has_seq = finding.has_log_id = true;
    finding.chain = entry->record.chain;
    finding.seq = entry->record.seq;
    finding.log_id = entry->log_id;
    ap_time_format(until, end_us);
    ap_time_format(at, purge->purged_at_us);
    ap_finding_text(finding.expected, "kept until %s", until);
    ap_finding_text(finding.found, "purged at %s", at);
    return findings_add(&run->findings, &finding, err);
}

enum ap_status run_report_head(struct run *run, const struct ap_uuid *chain, bool registered, struct ap_error *err)
{
    struct ap_finding finding;

    memset(&finding, 0, sizeof finding);
    finding.kind = AP_FINDING_HEAD;
    finding.has_chain = true;
    finding.chain = *chain;
    ap_finding_text(finding.expected, registered ? "the entries of a registered chain" : "a row in auditproof.chain");
    ap_finding_text(finding.found, "none");
    ap_finding_text(finding.detail, registered
                                        ? "a chain is registered with its first entry, so its entries have been removed"
                                        : "the chain has entries and is not registered");
    return findings_add(&run->findings, &finding, err);
}

enum ap_status run_check_register(struct run *run, struct links *links, struct ap_error *err)
{
    char filter[AP_UUID_TEXT_SIZE];
    const char *values[1] = {chain_text(run, filter)};
    struct ap_rows *rows = NULL;
    enum ap_status status = ap_db_query(run->db, ap_sql("queries/verify_register"), 1, values, &rows, err);

    if (status != AP_OK)
        return status;
    for (size_t i = 0; status == AP_OK && i < ap_rows_count(rows); i++) {
        struct link_chain *chain;
        struct ap_uuid id;

        if (!ap_uuid_parse(&id, ap_rows_str(rows, i, 0)))
            status = ap_fail(err, AP_EIO, "the server sent a chain id that this version cannot read");
        else
            status = links_chain(links, &id, &chain, err);
        if (status != AP_OK)
            break;
        chain->registered = true;
        if (chain->entries == 0)
            status = run_report_head(run, &id, true, err);
    }
    ap_rows_free(rows);
    for (size_t i = 0; status == AP_OK && i < links->cap; i++)
        if (links->table[i].used && !links->table[i].registered)
            status = run_report_head(run, &links->table[i].id, false, err);
    return status;
}

enum ap_status run_check_erasures(struct run *run, struct ap_error *err)
{
    char filter[AP_UUID_TEXT_SIZE], limit[NUMBER_SIZE];
    const char *values[2] = {chain_text(run, filter), limit};
    struct ap_rows *rows = NULL;
    enum ap_status status;

    (void)snprintf(limit, sizeof limit, "%zu", run->findings.max);
    status = run_query_by_index(run, "queries/verify_erasures", 2, values, &rows, err);
    if (status != AP_OK)
        return status;
    for (size_t i = 0; status == AP_OK && i < ap_rows_count(rows); i++) {
        struct ap_finding finding;

        memset(&finding, 0, sizeof finding);
        finding.kind = AP_FINDING_ERASURE;
        finding.has_chain = ap_uuid_parse(&finding.chain, ap_rows_str(rows, i, 0));
        finding.has_log_id = ap_uuid_parse(&finding.log_id, ap_rows_str(rows, i, 1));
        ap_finding_text(finding.object, "%s", ap_rows_str(rows, i, 2));
        ap_finding_text(finding.detail, "%s", ap_rows_str(rows, i, 3));
        status = findings_add(&run->findings, &finding, err);
    }
    if (status == AP_OK && ap_rows_count(rows) > 0)
        findings_count(&run->findings, AP_FINDING_ERASURE, (uint64_t)ap_rows_int(rows, 0, 4) - ap_rows_count(rows));
    ap_rows_free(rows);
    return status;
}
