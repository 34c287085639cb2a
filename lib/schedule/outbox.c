/* The outbox: mail claimed, and what became of it. */
#include "auditproof/outbox.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "auditproof/clock.h"
#include "failpoint.h"
#include "wait.h"

enum { NUMBER_SIZE = 24, BLOCKED_WAIT = 300 };

enum {
    REPORT,
    SCHEDULED,
    RECIPIENT,
    ORGANIZATION,
    STATE,
    ATTEMPT,
    TRIES,
    ERROR,
    MESSAGE_ID,
    QUEUED,
    TYPE,
    FORMAT,
    FROM,
    UNTIL,
    VERDICT,
    SHA256,
    BYTES,
    URL,
    TOLD_BY,
    NAME,
    ZONE,
    ORGANIZATION_NAME,
    BUNDLE_SHA256
};

static void put_number(char out[NUMBER_SIZE], int64_t number)
{
    (void)snprintf(out, NUMBER_SIZE, "%" PRId64, number);
}

static void read_mail(struct ap_outbox_mail *mail, struct ap_rows *rows)
{
    *mail = (struct ap_outbox_mail){.scheduled_us = ap_rows_int(rows, 0, SCHEDULED),
                                    .from_us = ap_rows_int(rows, 0, FROM),
                                    .until_us = ap_rows_int(rows, 0, UNTIL),
                                    .queued_us = ap_rows_int(rows, 0, QUEUED),
                                    .bytes = (uint64_t)ap_rows_int(rows, 0, BYTES),
                                    .attempt = (int)ap_rows_int(rows, 0, ATTEMPT),
                                    .tries = (int)ap_rows_int(rows, 0, TRIES),
                                    .given_up = strcmp(ap_rows_str(rows, 0, STATE), "failed") == 0,
                                    .error = ap_rows_str(rows, 0, ERROR),
                                    .recipient = ap_rows_str(rows, 0, RECIPIENT),
                                    .message_id = ap_rows_str(rows, 0, MESSAGE_ID),
                                    .type = ap_rows_str(rows, 0, TYPE),
                                    .format = ap_rows_str(rows, 0, FORMAT),
                                    .verdict = ap_rows_str(rows, 0, VERDICT),
                                    .sha256 = ap_rows_str(rows, 0, SHA256),
                                    .bundle_sha256 = ap_rows_str(rows, 0, BUNDLE_SHA256),
                                    .url = ap_rows_str(rows, 0, URL),
                                    .name = ap_rows_str(rows, 0, NAME),
                                    .organization_name = ap_rows_str(rows, 0, ORGANIZATION_NAME),
                                    .zone = ap_rows_str(rows, 0, ZONE),
                                    .rows = rows};
    (void)ap_uuid_parse(&mail->report, ap_rows_str(rows, 0, REPORT));
    (void)ap_uuid_parse(&mail->organization, ap_rows_str(rows, 0, ORGANIZATION));
    (void)ap_uuid_parse(&mail->told_by, ap_rows_str(rows, 0, TOLD_BY));
}

enum ap_status ap_outbox_claim(struct ap_db *db, const struct ap_outbox *outbox, struct ap_outbox_mail *mail,
                               bool *found, struct ap_error *err)
{
    char lease[NUMBER_SIZE], most[NUMBER_SIZE], keep[NUMBER_SIZE];
    const char *values[] = {outbox->runner, lease, most, keep, outbox->members ? "t" : "f", outbox->domain};
    struct ap_rows *rows = NULL;
    enum ap_status status;

    memset(mail, 0, sizeof *mail);
    put_number(lease, outbox->lease_us / AP_US_PER_SECOND);
    put_number(most, outbox->most_tries);
    put_number(keep, outbox->keep_us / AP_US_PER_SECOND);
    status = ap_db_query(db, ap_sql("queries/schedule_mail_claim"), 6, values, &rows, err);
    *found = status == AP_OK && ap_rows_count(rows) == 1;
    if (*found)
        read_mail(mail, rows);
    else
        ap_rows_free(rows);
    if (*found)
        AP_FAILPOINT(after_mail_claim);
    return status;
}

void ap_outbox_mail_free(struct ap_outbox_mail *mail)
{
    ap_rows_free(mail->rows);
    memset(mail, 0, sizeof *mail);
}

enum ap_status ap_outbox_settle(struct ap_db *db, const struct ap_outbox *outbox, const struct ap_outbox_mail *mail,
                                const struct ap_mail_result *result, bool *mine, bool *over, struct ap_error *err)
{
    static const char *const outcomes[] = {[AP_MAIL_TAKEN] = "sent",
                                           [AP_MAIL_LATER] = "later",
                                           [AP_MAIL_REFUSED] = "refused",
                                           [AP_MAIL_BLOCKED] = "blocked"};
    bool again =
        result->outcome == AP_MAIL_BLOCKED || (result->outcome == AP_MAIL_LATER && mail->tries < outbox->most_tries);
    char report[AP_UUID_TEXT_SIZE], scheduled[NUMBER_SIZE], attempt[NUMBER_SIZE], wait[NUMBER_SIZE];
    const char *values[] = {report,
                            scheduled,
                            mail->recipient,
                            attempt,
                            outcomes[result->outcome],
                            result->why[0] != '\0' ? result->why : NULL,
                            again ? wait : NULL};
    struct ap_rows *rows = NULL;
    enum ap_status status;

    AP_FAILPOINT(before_mail_settle);
    ap_uuid_format(report, &mail->report);
    put_number(scheduled, mail->scheduled_us);
    put_number(attempt, mail->attempt);
    put_number(wait, result->outcome == AP_MAIL_BLOCKED ? BLOCKED_WAIT : wait_for(mail->tries));
    status = ap_db_query(db, ap_sql("queries/schedule_mail_settle"), 7, values, &rows, err);
    *mine = status == AP_OK && ap_rows_bool(rows, 0, 0);
    *over = !again;
    ap_rows_free(rows);
    return status;
}

enum ap_status ap_outbox_forget(struct ap_db *db, int days, struct ap_error *err)
{
    char number[NUMBER_SIZE];
    const char *values[] = {number};
    struct ap_rows *rows = NULL;
    enum ap_status status;

    put_number(number, days);
    status = ap_db_query(db, ap_sql("queries/schedule_mail_forget"), 1, values, &rows, err);
    ap_rows_free(rows);
    return status;
}

enum ap_status ap_outbox_waiting(struct ap_db *db, uint64_t *out, struct ap_error *err)
{
    struct ap_rows *rows = NULL;
    enum ap_status status = ap_db_query(db, ap_sql("queries/schedule_mail_waiting"), 0, NULL, &rows, err);

    *out = status == AP_OK ? (uint64_t)ap_rows_int(rows, 0, 0) : 0;
    ap_rows_free(rows);
    return status;
}
