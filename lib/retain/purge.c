#include "auditproof/purge.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auditproof/clock.h"
#include "auditproof/json.h"
#include "retain/purge_internal.h"

enum { TRIES = 10 };

enum ap_status ap_purge_plan(struct ap_db *db, const struct ap_purge_request *request, bool *due,
                             char digest[AP_HASH_TEXT_SIZE], struct ap_buf *text, struct ap_error *err)
{
    char chain[AP_UUID_TEXT_SIZE], approve[PURGE_NUMBER_SIZE], execute[PURGE_NUMBER_SIZE];
    const char *values[4] = {request->has_chain ? chain : NULL, request->table, approve, execute};
    struct ap_purge_standing standing;
    struct ap_rows *rows = NULL;
    enum ap_status status;

    ap_uuid_format(chain, &request->chain);
    (void)snprintf(approve, sizeof approve, "%" PRId64, request->approve_within_us / AP_US_PER_SECOND);
    (void)snprintf(execute, sizeof execute, "%" PRId64, request->execute_within_us / AP_US_PER_SECOND);
    *due = false;
    status = purge_begin_step(db, err);
    if (status == AP_OK)
        status = ap_db_query(db, ap_sql("queries/purge_request"), 4, values, &rows, err);
    if (status == AP_OK)
        status = ap_db_exec(db, ap_sql("install/commit"), err);
    ap_db_rollback(db);
    if (status == AP_OK && ap_rows_text(rows, 0, 0) != NULL) {
        *due = true;
        (void)snprintf(digest, AP_HASH_TEXT_SIZE, "%s", ap_rows_str(rows, 0, 0));
        status = ap_purge_find(db, digest, &standing, err);
        ap_buf_add(text, standing.text.data, standing.text.len);
        if (status == AP_OK)
            status = ap_buf_check(text, "a plan", err);
        ap_purge_standing_free(&standing);
    }
    ap_rows_free(rows);
    return status;
}

static enum ap_status take_note(struct ap_buf *out, const char *hex, struct ap_error *err)
{
    size_t len = strlen(hex) / 2;
    char *room = ap_buf_reserve(out, len);

    if (room == NULL)
        return ap_fail_memory(err, "a certificate");
    if (!ap_hex_decode((uint8_t *)room, len, hex))
        return ap_fail(err, AP_EIO, "the server sent a certificate that cannot be read");
    room[len] = '\0';
    out->len += len;
    return AP_OK;
}

enum ap_status ap_purge_find(struct ap_db *db, const char *digest, struct ap_purge_standing *out, struct ap_error *err)
{
    struct ap_rows *rows = NULL;
    enum ap_status status;
    uint8_t bytes[AP_HASH_LEN];

    memset(out, 0, sizeof *out);
    if (strlen(digest) != 2 * sizeof bytes || !ap_hex_decode(bytes, sizeof bytes, digest))
        return ap_fail(err, AP_EINPUT, "\"%s\" is not the digest of a plan, which has 64 hexadecimal digits", digest);
    status = ap_db_query(db, ap_sql("queries/purge_plan"), 1, &digest, &rows, err);
    if (status == AP_OK && ap_rows_count(rows) != 1)
        status = ap_fail(err, AP_EINPUT, "there is no plan %s", digest);
    if (status == AP_OK) {
        ap_buf_adds(&out->text, ap_rows_str(rows, 0, 0));
        status = ap_buf_check(&out->text, "a plan", err);
        (void)snprintf(out->approved_by, sizeof out->approved_by, "%s", ap_rows_str(rows, 0, 1));
        out->begun = ap_rows_text(rows, 0, 2) != NULL;
    }
    if (status == AP_OK && ap_rows_text(rows, 0, 3) != NULL)
        status = take_note(&out->certificate, ap_rows_text(rows, 0, 3), err);
    ap_rows_free(rows);
    return status;
}

void ap_purge_standing_free(struct ap_purge_standing *standing)
{
    ap_buf_free(&standing->text);
    ap_buf_free(&standing->certificate);
}

enum ap_status purge_begin_step(struct ap_db *db, struct ap_error *err)
{
    return ap_db_exec(db, ap_sql("queries/purge_transaction"), err);
}

enum ap_status purge_run_step(struct ap_db *db, const char *name, int count, const char *const *values,
                              struct ap_rows **rows, struct ap_error *err)
{
    enum ap_status status = AP_OK;

    for (int i = 0; i < TRIES; i++) {
        *rows = NULL;
        status = purge_begin_step(db, err);
        if (status == AP_OK)
            status = ap_db_query(db, ap_sql(name), count, values, rows, err);
        if (status == AP_OK)
            status = ap_db_exec(db, ap_sql("install/commit"), err);
        if (status == AP_OK)
            return AP_OK;
        ap_rows_free(*rows);
        *rows = NULL;
        ap_db_rollback(db);
        /* Somebody else was at the same rows. */
        if (err == NULL || (strcmp(err->sqlstate, "40001") != 0 && strcmp(err->sqlstate, "40P01") != 0 &&
                            strcmp(err->sqlstate, "55P03") != 0))
            return status;
    }
    return status;
}

enum ap_status ap_purge_approve(struct ap_db *db, const char *digest, struct ap_error *err)
{
    struct ap_rows *rows = NULL;
    enum ap_status status = purge_run_step(db, "queries/purge_approve", 1, &digest, &rows, err);

    ap_rows_free(rows);
    return status;
}

/* An execution under way. */
struct execution {
    struct ap_db *db;
    const struct ap_purge_options *options;
    struct ap_purge_report *report;
    struct ap_purge_text plan;
    struct ap_purge_progress progress;
    char batch[PURGE_NUMBER_SIZE];
};

void purge_now_text(char out[PURGE_NUMBER_SIZE])
{
    (void)snprintf(out, PURGE_NUMBER_SIZE, "%" PRId64, ap_clock_now_us());
}

static enum ap_status stop_or_tell(struct execution *x, uint64_t more, struct ap_error *err)
{
    const struct ap_purge_options *options = x->options;

    x->progress.done += more;
    if (options->progress != NULL)
        options->progress(options->context, &x->progress);
    if (options->stop != NULL && *options->stop)
        return ap_fail(err, AP_ECANCELLED, "stopped on request: the same command goes on with it");
    return AP_OK;
}

static enum ap_status gone(void *context, uint64_t rows, struct ap_error *err)
{
    return stop_or_tell(context, rows, err);
}

static enum ap_status purge_chain(struct execution *x, const struct ap_purge_part *part, struct ap_error *err)
{
    char chain[AP_UUID_TEXT_SIZE], after[PURGE_NUMBER_SIZE] = "0", now[PURGE_NUMBER_SIZE];
    const char *values[5] = {x->options->digest, chain, after, x->batch, now};
    enum ap_status status = AP_OK;
    bool more = true;

    ap_uuid_format(chain, &part->chain);
    while (status == AP_OK && more && !x->report->late) {
        struct ap_rows *rows = NULL;

        purge_now_text(now);
        status = purge_run_step(x->db, "queries/purge_batch", 5, values, &rows, err);
        if (status != AP_OK)
            return status;
        x->report->late = ap_rows_count(rows) == 0;
        more = !x->report->late && ap_rows_text(rows, 0, 0) != NULL;
        if (more) {
            (void)snprintf(after, sizeof after, "%s", ap_rows_str(rows, 0, 0));
            status = stop_or_tell(x, (uint64_t)(ap_rows_int(rows, 0, 1) + ap_rows_int(rows, 0, 2)), err);
        }
        ap_rows_free(rows);
    }
    return status;
}

/* What did not leave with its month leaves entry by entry: chain by chain, as the plan has them. */
static enum ap_status purge_chains(struct execution *x, struct ap_error *err)
{
    struct ap_rows *rest = NULL;
    enum ap_status status = ap_db_query(x->db, ap_sql("queries/purge_rest"), 1, &x->options->digest, &rest, err);
    size_t next = 0;

    for (size_t i = 0; i < x->plan.part_count && status == AP_OK && !x->report->late; i++) {
        char chain[AP_UUID_TEXT_SIZE];

        ap_uuid_format(chain, &x->plan.parts[i].chain);
        if (next < ap_rows_count(rest) && strcmp(chain, ap_rows_str(rest, next, 0)) == 0) {
            status = purge_chain(x, &x->plan.parts[i], err);
            next++;
        }
    }
    ap_rows_free(rest);
    return status;
}

static enum ap_status purge_tenant(struct execution *x, const struct ap_purge_part *part, struct ap_error *err)
{
    char chain[AP_UUID_TEXT_SIZE], now[PURGE_NUMBER_SIZE];
    const char *values[4] = {x->options->digest, chain, x->batch, now};
    enum ap_status status = AP_OK;
    bool more = true;

    ap_uuid_format(chain, &part->chain);
    while (status == AP_OK && more && !x->report->late) {
        struct ap_rows *rows = NULL;

        purge_now_text(now);
        status = purge_run_step(x->db, "queries/purge_batch_rows", 4, values, &rows, err);
        if (status != AP_OK)
            return status;
        x->report->late = ap_rows_text(rows, 0, 0) == NULL;
        more = ap_rows_int(rows, 0, 0) > 0;
        if (more)
            status = stop_or_tell(x, (uint64_t)ap_rows_int(rows, 0, 0), err);
        ap_rows_free(rows);
    }
    return status;
}

static void describe(const struct execution *x, struct ap_buf *out)
{
    const struct ap_purge_options *options = x->options;

    ap_buf_adds(out, "{\"creator\": ");
    ap_json_string(out, options->creator);
    ap_buf_adds(out, ", \"backups_expire\": ");
    ap_json_string(out, options->backups_expire);
    ap_buf_adds(out, ", \"method\": ");
    ap_json_string(out,
                   x->plan.chained
                       ? "rows deleted from the database (SQL DELETE, or DROP of a whole month's partition); their "
                         "hashes stay in the chain"
                       : "rows deleted from the database (SQL DELETE, or DROP of a whole month's "
                         "partition)");
    ap_buf_addc(out, '}');
}

static enum ap_status sign(const struct execution *x, const char *line, struct ap_buf *note, struct ap_error *err)
{
    size_t text_len;
    enum ap_status status;

    ap_buf_clear(note);
    ap_buf_adds(note, AP_CERTIFICATE_TITLE);
    ap_buf_adds(note, line);
    ap_buf_addc(note, '\n');
    text_len = note->len;
    ap_buf_addc(note, '\n');
    status = ap_buf_check(note, "a certificate", err);
    if (status == AP_OK)
        status = ap_certificate_read(&x->report->says, note->data, text_len, err);
    if (status == AP_OK)
        status = ap_note_sign(note, note->data, text_len, x->options->vkey, x->options->key, 0, err);
    return status == AP_OK ? ap_buf_check(note, "a certificate", err) : status;
}

/* What is said and what is kept is of one transaction: nothing can leave in between. */
static enum ap_status certify_in(struct execution *x, struct ap_error *err)
{
    struct ap_buf given = AP_BUF_INIT, hex = AP_BUF_INIT, *note = &x->report->certificate;
    const char *values[2] = {x->options->digest, NULL};
    struct ap_rows *rows = NULL;
    enum ap_status status;

    describe(x, &given);
    status = ap_buf_check(&given, "a certificate", err);
    values[1] = ap_buf_str(&given);
    if (status == AP_OK)
        status = ap_db_query(x->db, ap_sql("queries/purge_outcome"), 2, values, &rows, err);
    if (status == AP_OK)
        status = sign(x, ap_rows_str(rows, 0, 0), note, err);
    if (status == AP_OK) {
        ap_buf_add_hex(&hex, (const uint8_t *)note->data, note->len);
        status = ap_buf_check(&hex, "a certificate", err);
        values[1] = ap_buf_str(&hex);
    }
    if (status == AP_OK)
        status = ap_db_query(x->db, ap_sql("queries/purge_certify"), 2, values, NULL, err);
    ap_rows_free(rows);
    ap_buf_free(&given);
    ap_buf_free(&hex);
    return status;
}

static enum ap_status certify(struct execution *x, struct ap_error *err)
{
    enum ap_status status = purge_begin_step(x->db, err);

    if (status == AP_OK)
        status = certify_in(x, err);
    if (status == AP_OK)
        status = ap_db_exec(x->db, ap_sql("install/commit"), err);
    ap_db_rollback(x->db);
    return status;
}

static enum ap_status begin(struct execution *x, bool begun, struct ap_error *err)
{
    char key[AP_VKEY_TEXT_SIZE], now[PURGE_NUMBER_SIZE];
    struct ap_buf archives = AP_BUF_INIT;
    const char *values[4] = {x->options->digest, key, NULL, now};
    struct ap_rows *rows = NULL;
    enum ap_status status = AP_OK;

    ap_vkey_format(x->options->vkey, key);
    ap_buf_addc(&archives, '[');
    /* Once begun, what was held against the plan stands. */
    if (!begun && x->options->bundle_count > 0)
        status = archive_check(x->db, x->options, &x->plan, &archives, err);
    ap_buf_addc(&archives, ']');
    if (status == AP_OK)
        status = ap_buf_check(&archives, "the names of bundles", err);
    values[2] = ap_buf_str(&archives);
    purge_now_text(now);
    if (status == AP_OK)
        status = purge_run_step(x->db, "queries/purge_begin", 4, values, &rows, err);
    ap_rows_free(rows);
    ap_buf_free(&archives);
    return status;
}

static enum ap_status execute(struct execution *x, const struct ap_purge_standing *standing, struct ap_error *err)
{
    enum ap_status status = begin(x, standing->begun, err);

    if (status == AP_OK)
        status = purge_months(x->db, x->options->digest, x->plan.chained, gone, x, err);
    if (status == AP_OK && x->plan.chained)
        status = purge_chains(x, err);
    for (size_t i = 0; !x->plan.chained && i < x->plan.part_count && status == AP_OK && !x->report->late; i++)
        if (x->plan.parts[i].planned > 0)
            status = purge_tenant(x, &x->plan.parts[i], err);
    return status == AP_OK ? certify(x, err) : status;
}

enum ap_status ap_purge_execute(struct ap_db *db, const struct ap_purge_options *options,
                                struct ap_purge_report *report, struct ap_error *err)
{
    struct execution x = {.db = db, .options = options, .report = report};
    struct ap_purge_standing standing;
    enum ap_status status;
    size_t text_len = 0;

    memset(report, 0, sizeof *report);
    (void)snprintf(x.batch, sizeof x.batch, "%u", options->batch > 0 ? options->batch : AP_PURGE_BATCH);
    status = ap_purge_find(db, options->digest, &standing, err);
    if (status == AP_OK)
        status = ap_purge_plan_read(&x.plan, standing.text.data, standing.text.len, err);
    x.progress.planned = x.plan.planned;
    if (status == AP_OK && standing.certificate.len > 0) {
        const char *end = strstr(standing.certificate.data, "\n\n");

        report->was_done = true;
        text_len = end != NULL ? (size_t)(end + 1 - standing.certificate.data) : 0;
        ap_buf_add(&report->certificate, standing.certificate.data, standing.certificate.len);
        status = ap_buf_check(&report->certificate, "a certificate", err);
        if (status == AP_OK)
            status = ap_certificate_read(&report->says, report->certificate.data, text_len, err);
    } else if (status == AP_OK) {
        status = execute(&x, &standing, err);
    }
    ap_purge_text_free(&x.plan);
    ap_purge_standing_free(&standing);
    return status;
}

void ap_purge_report_free(struct ap_purge_report *report)
{
    ap_buf_free(&report->certificate);
    ap_purge_text_free(&report->says);
}
