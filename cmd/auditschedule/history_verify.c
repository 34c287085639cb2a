#include "history_verify.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "auditproof/query.h"
#include "output.h"

enum { SCHEDULED, TYPE, WRONG, WHY, SHA256, BUNDLE, URL, REPORT, ORGANIZATION };

static const struct ap_answer_column columns[] = {
    {"scheduled_for", "DUE", AP_ANSWER_TIME, false},
    {"report_type", "TYPE", AP_ANSWER_TEXT, false},
    {"verdict", "IS", AP_ANSWER_TEXT, false},
    {"differences", "DIFFERENCES", AP_ANSWER_TEXT, false},
    {"unknown", "NOT COMPARED", AP_ANSWER_TEXT, false},
    {"output_url", "OUTPUT", AP_ANSWER_TEXT, false},
    {"report_id", "REPORT", AP_ANSWER_TEXT, false},
    {"organization_id", "ORGANIZATION", AP_ANSWER_TEXT, false},
    {NULL, NULL, AP_ANSWER_TEXT, false},
};
static const struct ap_answer_part part = {"runs",
                                           "Reports as they were recorded, the latest first",
                                           AP_ANSWER_ROWS,
                                           columns,
                                           AP_ANSWER_NO_CHART,
                                           0,
                                           "no report was made"};

enum ap_status history_verify_ready(struct ap_db *db, struct ap_error *err)
{
    struct ap_query_access access;
    enum ap_status status = ap_query_access(&access, db, err);

    if (status == AP_OK && (access.row_security || !access.chain))
        status = ap_fail(err, AP_ESTATE,
                         "%s does not see every entry of the chains: verify as a member of auditproof_auditor",
                         ap_db_user(db));
    return status;
}

static void add(struct ap_buf *out, const char *text)
{
    if (out->len > 0)
        ap_buf_adds(out, "; ");
    ap_buf_adds(out, text);
}

/* A file that cannot be read is a difference, like one that is not there. */
static enum ap_status compare_file(struct ap_buf *differences, const char *what, const char *path, const char *sha256,
                                   struct ap_error *err)
{
    char hash[AP_HASH_TEXT_SIZE];
    struct output file = {.place = NULL};
    struct ap_error why;
    enum ap_status status;

    if (strlen(path) >= sizeof file.path) {
        add(differences, "its path is too long");
        return AP_OK;
    }
    (void)snprintf(file.path, sizeof file.path, "%s", path);
    status = output_digest(&file, &why);
    if (status == AP_EIO) {
        add(differences, why.message);
        return AP_OK;
    }
    if (status != AP_OK)
        return ap_fail(err, status, "%s", why.message);
    ap_hex_encode(hash, file.sha256, AP_HASH_LEN);
    if (strcmp(hash, sha256) != 0) {
        add(differences, what);
        add(differences, hash);
    }
    return AP_OK;
}

/* The bundle is beside the report, with the same stem. */
static enum ap_status compare_bundle(struct ap_buf *differences, const char *path, const char *sha256,
                                     struct ap_error *err)
{
    const char *slash = strrchr(path, '/'), *dot = strrchr(path, '.');
    size_t stem = dot != NULL && dot > slash ? (size_t)(dot - path) : strlen(path);
    struct ap_buf beside = AP_BUF_INIT;
    enum ap_status status;

    ap_buf_add(&beside, path, stem);
    ap_buf_adds(&beside, ".tar.gz");
    status = ap_buf_check(&beside, "the name of a bundle", err);
    if (status == AP_OK)
        status = compare_file(differences, "its bundle has another SHA-256", beside.data, sha256, err);
    ap_buf_free(&beside);
    return status;
}

/* Where the output is; false where that is no file here. */
static bool find_file(struct ap_buf *path, const char *url, const struct verify_place *place)
{
    static const char scheme[] = "file://";
    size_t len = place->url != NULL ? strlen(place->url) : 0;

    if (len > 0 && strncmp(url, place->url, len) == 0 && url[len] == '/') {
        ap_buf_adds(path, place->directory);
        ap_buf_adds(path, url + len);
        return true;
    }
    if (strncmp(url, scheme, sizeof scheme - 1) != 0 || url[sizeof scheme - 1] != '/')
        return false;
    ap_buf_adds(path, url + sizeof scheme - 1);
    return true;
}

static enum ap_status compare(struct ap_buf *differences, struct ap_buf *unknown, const struct ap_rows *rows,
                              size_t row, const struct verify_place *place, struct ap_error *err)
{
    struct ap_buf path = AP_BUF_INIT;
    enum ap_status status = AP_OK;

    if (ap_rows_text(rows, row, WRONG) != NULL)
        add(differences, ap_rows_str(rows, row, WRONG));
    if (ap_rows_text(rows, row, WHY) != NULL)
        add(unknown, ap_rows_str(rows, row, WHY));
    if (!find_file(&path, ap_rows_str(rows, row, URL), place)) {
        add(unknown, "its output is no file here");
        return AP_OK;
    }
    status = ap_buf_check(&path, "the name of a file", err);
    if (status == AP_OK)
        status =
            compare_file(differences, "its file has another SHA-256", path.data, ap_rows_str(rows, row, SHA256), err);
    if (status == AP_OK && ap_rows_text(rows, row, BUNDLE) != NULL)
        status = compare_bundle(differences, path.data, ap_rows_str(rows, row, BUNDLE), err);
    ap_buf_free(&path);
    return status;
}

static void add_text(struct ap_answer *answer, const struct ap_buf *text)
{
    if (text->len == 0)
        ap_answer_add_null(answer);
    else
        ap_answer_add_text(answer, text->data, text->len);
}

static void add_row(struct ap_answer *answer, const struct ap_rows *rows, size_t row, const struct ap_buf *differences,
                    const struct ap_buf *unknown)
{
    ap_answer_add_row(answer);
    ap_answer_add_value(answer, AP_ANSWER_TIME, ap_rows_text(rows, row, SCHEDULED));
    ap_answer_add_str(answer, ap_rows_text(rows, row, TYPE));
    ap_answer_add_str(answer, differences->len > 0 ? "different"
                              : unknown->len > 0   ? "in part unknown"
                                                   : "as recorded");
    add_text(answer, differences);
    add_text(answer, unknown);
    ap_answer_add_str(answer, ap_rows_text(rows, row, URL));
    ap_answer_add_str(answer, ap_rows_text(rows, row, REPORT));
    ap_answer_add_str(answer, ap_rows_text(rows, row, ORGANIZATION));
}

enum ap_status history_verify(struct ap_answer *answer, const struct ap_rows *rows, const struct verify_place *place,
                              uint64_t *wrong, struct ap_error *err)
{
    enum ap_status status = AP_OK;

    *wrong = 0;
    ap_answer_add_part(answer, &part);
    for (size_t i = 0; status == AP_OK && i < ap_rows_count(rows); i++) {
        struct ap_buf differences = AP_BUF_INIT, unknown = AP_BUF_INIT;

        status = compare(&differences, &unknown, rows, i, place, err);
        if (status == AP_OK)
            status = ap_buf_check(&differences, "differences", err);
        if (status == AP_OK)
            status = ap_buf_check(&unknown, "differences", err);
        if (status == AP_OK)
            add_row(answer, rows, i, &differences, &unknown);
        *wrong += differences.len > 0;
        ap_buf_free(&differences);
        ap_buf_free(&unknown);
    }
    return status;
}
