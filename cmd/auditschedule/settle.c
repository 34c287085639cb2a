#include "settle.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "auditproof/clock.h"
#include "auditproof/reading.h"
#include "evidence.h"

enum { FIRST_PAUSE_MS = 20, LONGEST_PAUSE_MS = 1000, NUMBER_SIZE = 24 };

static bool wait_more(const struct settled *settled, int *pause_ms)
{
    int64_t left_us = settled->deadline_us - ap_clock_monotonic_us();
    struct timespec pause = {*pause_ms / 1000, (long)(*pause_ms % 1000) * 1000000};

    if (left_us <= 0)
        return false;
    if (left_us < (int64_t)*pause_ms * 1000)
        pause = (struct timespec){left_us / AP_US_PER_SECOND, (long)(left_us % AP_US_PER_SECOND) * 1000};
    (void)nanosleep(&pause, NULL);
    *pause_ms = *pause_ms * 2 < LONGEST_PAUSE_MS ? *pause_ms * 2 : LONGEST_PAUSE_MS;
    return true;
}

/* Ask until there are none, and how many there are when there is no more time. */
static enum ap_status wait_none(struct settled *settled, struct ap_db *db, const char *query, const char *of,
                                struct ap_error *err)
{
    const char *values[] = {of};
    int pause_ms = FIRST_PAUSE_MS;
    enum ap_status status;

    do {
        struct ap_rows *rows = NULL;

        status = ap_db_query(db, ap_sql(query), 1, values, &rows, err);
        if (status == AP_OK)
            settled->open = (uint64_t)ap_rows_int(rows, 0, 0);
        ap_rows_free(rows);
    } while (status == AP_OK && settled->open > 0 && wait_more(settled, &pause_ms));
    return status;
}

/* Those that `list` tells of now. */
static enum ap_status wait_for(struct settled *settled, struct ap_db *db, const char *list, const char *query,
                               struct ap_error *err)
{
    struct ap_rows *rows = NULL;
    enum ap_status status = ap_db_query(db, ap_sql(list), 0, NULL, &rows, err);

    if (status == AP_OK)
        status = wait_none(settled, db, query, ap_rows_str(rows, 0, 0), err);
    ap_rows_free(rows);
    return status;
}

enum ap_status settle_transactions(struct settled *settled, const struct making *making, struct ap_error *err)
{
    uint64_t open;
    enum ap_status status;

    settled->deadline_us = ap_clock_monotonic_us() + (int64_t)evidence_asked.settle_seconds * AP_US_PER_SECOND;
    settled->to_come = making->until_us > making->now_us;
    if (settled->to_come)
        return AP_OK;
    status = wait_for(settled, making->db, "queries/schedule_open", "queries/schedule_settled", err);
    /* One of them may have ended by being prepared for a commit, which is to come. */
    open = settled->open;
    if (status == AP_OK)
        status = wait_for(settled, making->db, "queries/schedule_prepared", "queries/schedule_committed", err);
    settled->open += open;
    return status;
}

static enum ap_status read_sealed(struct settled *settled, const struct ap_reading *reading, const char *chain,
                                  struct ap_error *err)
{
    struct ap_rows *rows = NULL;
    enum ap_status status = ap_reading_query(reading, "queries/schedule_covered", 1, &chain, &rows, err);

    if (status == AP_OK) {
        settled->sealing = ap_rows_bool(rows, 0, 0);
        settled->sealed_seq = (uint64_t)ap_rows_int(rows, 0, 1);
    }
    ap_rows_free(rows);
    return status;
}

static enum ap_status read_last(struct settled *settled, const struct ap_reading *reading, const char *chain,
                                const struct making *making, struct ap_error *err)
{
    char since[NUMBER_SIZE], until[NUMBER_SIZE], after[NUMBER_SIZE];
    const char *values[] = {chain, since, until, after};
    struct ap_rows *rows = NULL;
    enum ap_status status;

    (void)snprintf(since, sizeof since, "%" PRId64, making->since_us);
    (void)snprintf(until, sizeof until, "%" PRId64, making->until_us);
    (void)snprintf(after, sizeof after, "%" PRIu64, settled->sealed_seq);
    status = ap_reading_query(reading, "queries/schedule_last", 4, values, &rows, err);
    if (status == AP_OK && ap_rows_text(rows, 0, 0) != NULL)
        settled->last_seq = (uint64_t)ap_rows_int(rows, 0, 0);
    ap_rows_free(rows);
    return status;
}

enum ap_status settle_seals(struct settled *settled, const struct making *making, struct ap_error *err)
{
    char chain[AP_UUID_TEXT_SIZE];
    int pause_ms = FIRST_PAUSE_MS;
    bool first = true;
    enum ap_status status;

    if (making->until_us > making->now_us)
        return AP_OK;
    ap_uuid_format(chain, &making->org);
    do {
        struct ap_reading reading;

        status = ap_reading_begin(making->db, &reading, err);
        if (status == AP_OK)
            status = read_sealed(settled, &reading, chain, err);
        if (status == AP_OK && first && settled->sealing)
            status = read_last(settled, &reading, chain, making, err);
        ap_db_rollback(making->db);
        first = false;
    } while (status == AP_OK && settled->sealed_seq < settled->last_seq && wait_more(settled, &pause_ms));
    if (settled->sealed_seq >= settled->last_seq)
        settled->last_seq = 0;
    return status;
}

void settle_remark(const struct settled *settled, struct ap_answer *answer)
{
    if (settled->to_come)
        ap_answer_lacks(answer, "The period had not ended when this report was made.");
    if (settled->open > 0)
        ap_answer_lacks(answer,
                        "%" PRIu64 " %s open when this report was begun, and had not ended after %" PRIu64
                        " s. What was written there with a time of this period is not in it.",
                        settled->open, settled->open == 1 ? "transaction was" : "transactions were",
                        evidence_asked.settle_seconds);
    if (settled->last_seq > 0)
        ap_answer_remark(answer,
                         "The last entry of the period has sequence number %" PRIu64
                         ", and the chain was sealed through"
                         " %" PRIu64 " after waiting for %" PRIu64 " s: what lies between is under no checkpoint yet.",
                         settled->last_seq, settled->sealed_seq, evidence_asked.settle_seconds);
}
