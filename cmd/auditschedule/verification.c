/* chain_verification: an organization's chain, read and verified as auditverify(1) does it. */
#include "verification.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "auditproof/reading.h"
#include "evidence.h"
#include "settle.h"

enum { NUMBER_SIZE = 24 };

const struct ap_verify_chain *verification_chain(const struct verification *verification)
{
    const struct ap_verify_report *report = &verification->report;

    for (size_t i = 0; i < report->chain_count; i++)
        if (memcmp(&report->chains[i].id, &verification->asked.chain, sizeof report->chains[i].id) == 0)
            return &report->chains[i];
    return NULL;
}

bool verification_tells(const struct making *making, const struct ap_finding *finding)
{
    return !finding->has_chain || memcmp(&finding->chain, &making->org, sizeof making->org) == 0;
}

static enum ap_status read_hash(struct recorded *recorded, const struct ap_reading *reading, const char *chain,
                                struct ap_error *err)
{
    char seq[NUMBER_SIZE];
    const char *values[] = {chain, seq};
    struct ap_rows *rows = NULL;
    enum ap_status status;

    (void)snprintf(seq, sizeof seq, "%" PRIu64, recorded->last_seq);
    status = ap_reading_query(reading, "queries/schedule_entry_hash", 2, values, &rows, err);
    if (status == AP_OK && ap_rows_count(rows) == 1)
        (void)snprintf(recorded->last_hash, sizeof recorded->last_hash, "%s", ap_rows_str(rows, 0, 0));
    ap_rows_free(rows);
    return status;
}

static enum ap_status read_recorded(struct recorded *recorded, const struct making *making, uint64_t head_seq,
                                    struct ap_error *err)
{
    char chain[AP_UUID_TEXT_SIZE], since[NUMBER_SIZE], until[NUMBER_SIZE], head[NUMBER_SIZE];
    const char *values[] = {chain, since, until, head};
    struct ap_reading reading;
    enum ap_status status = ap_reading_begin(making->db, &reading, err);

    ap_uuid_format(chain, &making->org);
    (void)snprintf(since, sizeof since, "%" PRId64, making->since_us);
    (void)snprintf(until, sizeof until, "%" PRId64, making->until_us);
    (void)snprintf(head, sizeof head, "%" PRIu64, head_seq);
    if (status == AP_OK)
        status = ap_reading_query(&reading, "queries/schedule_recorded", 4, values, &recorded->days, err);
    for (size_t i = 0; status == AP_OK && i < ap_rows_count(recorded->days); i++) {
        uint64_t first = (uint64_t)ap_rows_int(recorded->days, i, 2),
                 last = (uint64_t)ap_rows_int(recorded->days, i, 3);

        recorded->entries += (uint64_t)ap_rows_int(recorded->days, i, 1);
        if (recorded->first_seq == 0 || first < recorded->first_seq)
            recorded->first_seq = first;
        if (last > recorded->last_seq)
            recorded->last_seq = last;
    }
    if (status == AP_OK && recorded->entries > 0)
        status = read_hash(recorded, &reading, chain, err);
    ap_db_rollback(making->db);
    return status;
}

static enum ap_status verify(struct verification *verification, struct making *making, struct ap_error *err)
{
    const struct ap_verify_chain *chain;
    enum ap_status status = ap_verify(making->db, &verification->asked, &verification->report, err);

    /* An organization may have none yet; what was there once, and is gone, was found. */
    if (status == AP_ESTATE && verification->report.nothing) {
        verification->nothing = true;
        return AP_OK;
    }
    chain = verification_chain(verification);
    if (status == AP_OK && chain != NULL && chain->head_seq > 0)
        status = read_recorded(&verification->recorded, making, chain->head_seq, err);
    return status;
}

enum ap_status build_verification(struct making *making, struct ap_error *err)
{
    struct verification verification;
    struct settled settled;
    struct ap_policy *policy = NULL;
    enum ap_status status;

    memset(&verification, 0, sizeof verification);
    memset(&settled, 0, sizeof settled);
    verification.asked.has_chain = true;
    verification.asked.chain = making->org;
    status = evidence_trust(&verification.asked, &policy, err);
    if (status == AP_OK)
        status = settle_transactions(&settled, making, err);
    if (status == AP_OK)
        status = settle_seals(&settled, making, err);
    if (status == AP_OK)
        status = verify(&verification, making, err);
    if (status == AP_OK)
        status = ap_answer_new(&making->answer, err);
    if (status == AP_OK) {
        verification_judge(making, &verification);
        verification_put(making, &verification);
        settle_remark(&settled, making->answer);
        status = verification_put_sheet(making, &verification, err);
    }
    ap_rows_free(verification.recorded.days);
    ap_verify_report_free(&verification.report);
    ap_policy_free(policy);
    return status;
}
