/* Purges of a period: what they took of a tenant, and whether their certificates say so. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auditproof/certificate_check.h"
#include "auditproof/clock.h"
#include "retain_internal.h"

/* Columns of queries/retention_purges: up to the certificate they are the part's. */
enum { TABLE = 2, DESTROYED = 3, REASON = 13, CERTIFICATE = 18, BYTES, KEY, TOLD };

/* A larger certificate, of many organizations, is left to auditverify. */
enum { NOTE_MAX = 32 << 20, PART_COLUMNS = CERTIFICATE };

/* What is wrong with what it says of this tenant, or NULL. */
static const char *compare(const struct ap_certificate_check_report *is, const struct ap_rows *rows, size_t row,
                           const struct ap_uuid *org)
{
    const struct ap_purge_part *part = ap_purge_part_of(&is->says, org);

    if (strcmp(is->says.key, ap_rows_str(rows, row, KEY)) != 0)
        return "signed by another key than the one that was named when it was begun";
    if (!ap_rows_bool(rows, row, TOLD))
        return "no chained entry tells of this certificate";
    if ((part != NULL ? part->destroyed : 0) != (uint64_t)ap_rows_int(rows, row, DESTROYED))
        return "says another number of rows than left";
    return NULL;
}

static enum ap_status check(const struct ap_rows *rows, size_t row, const struct ap_uuid *org, const char **why,
                            struct ap_error *err)
{
    const char *hex = ap_rows_text(rows, row, CERTIFICATE);
    struct ap_certificate_check_report report = {.read = false};
    size_t len = hex != NULL ? strlen(hex) / 2 : 0;
    uint8_t *bytes;
    enum ap_status status = AP_OK;

    *why = NULL;
    if (hex == NULL) {
        *why = ap_rows_text(rows, row, BYTES) != NULL ? "is too large to be checked here: see `auditverify`"
                                                      : "there is none yet: the purge has not ended";
        return AP_OK;
    }
    bytes = malloc(len + 1);
    if (bytes == NULL)
        return ap_fail_memory(err, "a certificate");
    if (strlen(hex) % 2 != 0 || !ap_hex_decode(bytes, len, hex))
        status = ap_fail(err, AP_EIO, "the server sent a certificate that this version cannot read");
    if (status == AP_OK)
        status = ap_certificate_check((const char *)bytes, len, NULL, 0, &report, err);
    if (status == AP_OK)
        *why = report.finding_count > 0 || !report.read ? "is not as it was signed" : compare(&report, rows, row, org);
    ap_certificate_check_report_free(&report);
    free(bytes);
    return status;
}

enum ap_status retain_purges_read(struct retain_purges *out, struct ap_db *db, const struct ap_retention_ask *ask,
                                  struct ap_error *err)
{
    char chain[AP_UUID_TEXT_SIZE], since[24], until[24], limit[24], most[24];
    const char *values[] = {chain, since, until, limit, most};
    enum ap_status status;

    ap_uuid_format(chain, &ask->org);
    (void)snprintf(since, sizeof since, "%" PRId64, ask->since_us);
    (void)snprintf(until, sizeof until, "%" PRId64, ask->until_us);
    (void)snprintf(limit, sizeof limit, "%" PRIu64, ask->limit + 1);
    (void)snprintf(most, sizeof most, "%d", NOTE_MAX);
    *out = (struct retain_purges){.org = ask->org};
    status = ap_db_query(db, ap_sql("queries/retention_purges"), 5, values, &out->rows, err);
    if (status != AP_OK)
        return status;
    out->count = ap_rows_count(out->rows);
    out->why = calloc(out->count + 1, sizeof *out->why);
    if (out->why == NULL)
        return ap_fail_memory(err, "purges");
    for (size_t row = 0; status == AP_OK && row < out->count; row++) {
        if (ap_rows_text(out->rows, row, REASON) != NULL)
            continue; /* without a plan, there is no certificate */
        status = check(out->rows, row, &out->org, &out->why[row], err);
        out->bad += out->why[row] != NULL;
    }
    return status;
}

enum ap_status retain_purges_tell(const struct retain_purges *purges, struct ap_answer *answer,
                                  const struct ap_answer_part *part, uint64_t limit, struct ap_error *err)
{
    ap_answer_add_part(answer, part);
    for (size_t row = 0; row < purges->count && row < limit; row++) {
        bool planned = ap_rows_text(purges->rows, row, REASON) == NULL;

        ap_answer_add_row(answer);
        for (int c = 0; c < PART_COLUMNS; c++)
            ap_answer_add_value(answer, part->columns[c].kind, ap_rows_text(purges->rows, row, c));
        if (planned)
            ap_answer_add_flag(answer, purges->why[row] == NULL);
        else
            ap_answer_add_null(answer);
        ap_answer_add_str(answer, !planned                   ? ap_rows_text(purges->rows, row, REASON)
                                  : purges->why[row] != NULL ? purges->why[row]
                                                             : "verifies");
    }
    if (purges->count > limit)
        ap_answer_remark(answer, "%s: only the first %" PRIu64, part->name, limit);
    return ap_answer_check(answer, err);
}

void retain_purges_free(struct retain_purges *purges)
{
    ap_rows_free(purges->rows);
    free(purges->why);
}
