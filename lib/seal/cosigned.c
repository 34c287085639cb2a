/* What anchors answered for a checkpoint. */
#include <inttypes.h>
#include <stdio.h>

#include "seal_internal.h"

enum { C_NOTE, C_TIMESTAMP };

static enum ap_status read_column(struct ap_db *db, const char *size, int column, struct ap_buf *out,
                                  struct ap_error *err)
{
    struct ap_rows *rows = NULL;
    enum ap_status status = seal_read(db, ap_sql("queries/seal_cosigned"), 1, &size, &rows, err);

    if (status != AP_OK)
        return status;
    if (ap_rows_count(rows) == 0)
        status = ap_fail(err, AP_ESTATE, "nothing is sealed yet; run auditseal seal first");
    else if (ap_rows_text(rows, 0, column) == NULL)
        status = ap_fail(err, AP_ESTATE, "the newest checkpoint has no time-stamp; auditseal timestamp gets one");
    else if (!hex_buffer(rows, 0, column, out))
        status = ap_fail(err, AP_ESTATE, "what is kept of the newest checkpoint cannot be read");
    ap_rows_free(rows);
    return status;
}

enum ap_status ap_seal_cosigned(struct ap_db *db, struct ap_buf *note, struct ap_error *err)
{
    return read_column(db, NULL, C_NOTE, note, err);
}

enum ap_status ap_seal_timestamp(struct ap_db *db, struct ap_buf *reply, struct ap_error *err)
{
    return read_column(db, NULL, C_TIMESTAMP, reply, err);
}

enum ap_status cosigned_read(struct ap_db *db, uint64_t size, struct ap_buf *note, struct ap_error *err)
{
    char text[24];

    (void)snprintf(text, sizeof text, "%" PRIu64, size);
    return read_column(db, text, C_NOTE, note, err);
}

enum ap_status ap_seal_attested(struct ap_db *db, uint64_t size, struct ap_buf *lines, struct ap_buf *reply,
                                bool *stamped, struct ap_error *err)
{
    struct ap_rows *rows;
    char text[24];
    const char *value = text;
    enum ap_status status;

    (void)snprintf(text, sizeof text, "%" PRIu64, size);
    status = ap_db_query(db, ap_sql("queries/seal_attested"), 1, &value, &rows, err);
    if (status != AP_OK)
        return status;
    *stamped = ap_rows_count(rows) == 1 && ap_rows_text(rows, 0, 1) != NULL;
    if (ap_rows_count(rows) != 1 || !hex_buffer(rows, 0, 0, lines) || (*stamped && !hex_buffer(rows, 0, 1, reply)))
        status = ap_fail(err, AP_ESTATE, "what is kept of the checkpoint of %s seals cannot be read", text);
    ap_rows_free(rows);
    return status;
}
