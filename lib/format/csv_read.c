#include "auditproof/csv.h"

#include <string.h>

#include "auditproof/utf8.h"

bool ap_csv_scan(struct ap_csv_scan *scan, const char *text, size_t len, size_t *record_len, size_t *next)
{
    for (; scan->at < len; scan->at++) {
        char c = text[scan->at];

        if (scan->state == AP_CSV_QUOTED) {
            const char *quote = memchr(text + scan->at, '"', len - scan->at);

            scan->at = quote != NULL ? (size_t)(quote - text) : len - 1;
            if (quote != NULL)
                scan->state = AP_CSV_AFTER_QUOTE;
        } else if (c == '\n') {
            *record_len = scan->at > 0 && text[scan->at - 1] == '\r' ? scan->at - 1 : scan->at;
            *next = scan->at + 1;
            return true;
        } else if (c == ',') {
            scan->state = AP_CSV_FIELD_START;
        } else if (c == '"' && scan->state != AP_CSV_PLAIN) {
            scan->state = AP_CSV_QUOTED;
        } else {
            scan->state = AP_CSV_PLAIN;
        }
    }
    return false;
}

/* Where reading stands, and where it failed. */
struct cursor {
    const char *record;
    size_t len;
    size_t at;
};

static enum ap_status fault(struct cursor *c, size_t at, const char *message, struct ap_error *err)
{
    c->at = at;
    return ap_fail(err, AP_EINPUT, "%s", message);
}

static enum ap_status plain_field(struct cursor *c, struct ap_csv_field *field, struct ap_error *err)
{
    const char *start = c->record + c->at;
    const char *comma = memchr(start, ',', c->len - c->at);
    size_t len = comma != NULL ? (size_t)(comma - start) : c->len - c->at;
    const char *quote = memchr(start, '"', len);

    if (quote != NULL)
        return fault(c, (size_t)(quote - c->record), "a quote inside a field that does not start with one", err);
    field->text = start;
    field->len = len;
    c->at += len;
    return AP_OK;
}

/* A field with doubled quotes is copied; its text is set when the buffer no longer moves. */
static enum ap_status quoted_field(struct cursor *c, struct ap_csv_field *field, struct ap_buf *plain,
                                   struct ap_error *err)
{
    size_t opened = c->at++, kept = plain->len;
    bool copied = false;

    field->quoted = true;
    field->text = c->record + c->at;
    for (;;) {
        const char *from = c->record + c->at;
        const char *quote = memchr(from, '"', c->len - c->at);

        if (quote == NULL)
            return fault(c, opened, "a quote that is never closed", err);
        c->at = (size_t)(quote - c->record) + 1;
        if (c->at == c->len || c->record[c->at] != '"') {
            if (copied)
                ap_buf_add(plain, from, (size_t)(quote - from));
            field->len = copied ? plain->len - kept : (size_t)(quote - field->text);
            break;
        }
        ap_buf_add(plain, from, (size_t)(quote - from) + 1);
        copied = true;
        c->at++;
    }
    if (copied)
        field->text = NULL;
    if (c->at < c->len && c->record[c->at] != ',')
        return fault(c, c->at, "something between a closing quote and the comma", err);
    return AP_OK;
}

static void point_into_buffer(struct ap_csv_row *row)
{
    size_t used = 0;

    for (size_t i = 0; i < row->count; i++) {
        if (row->fields[i].text != NULL)
            continue;
        row->fields[i].text = ap_buf_str(&row->plain) + used;
        used += row->fields[i].len;
    }
}

static enum ap_status split(struct cursor *c, struct ap_csv_row *row, struct ap_error *err)
{
    enum ap_status status = AP_OK;

    for (;;) {
        struct ap_csv_field *field = &row->fields[row->count];

        if (row->count == AP_CSV_MAX_FIELDS)
            return fault(c, c->at, "more than 256 fields", err);
        *field = (struct ap_csv_field){.offset = c->at};
        if (c->at < c->len && c->record[c->at] == '"')
            status = quoted_field(c, field, &row->plain, err);
        else
            status = plain_field(c, field, err);
        if (status != AP_OK)
            return status;
        row->count++;
        if (c->at == c->len)
            return ap_buf_check(&row->plain, "a CSV record", err);
        c->at++;
    }
}

enum ap_status ap_csv_parse(struct ap_csv_row *row, const char *record, size_t len, size_t *at, struct ap_error *err)
{
    struct cursor c = {record, len, 0};
    const char *nul = len > 0 ? memchr(record, '\0', len) : NULL;
    size_t valid = ap_utf8_valid(record, len);
    enum ap_status status;

    row->count = 0;
    ap_buf_clear(&row->plain);
    if (nul != NULL && (size_t)(nul - record) < valid)
        status = fault(&c, (size_t)(nul - record), "a NUL byte, which PostgreSQL cannot store", err);
    else if (valid < len)
        status = fault(&c, valid, "bytes that are not UTF-8", err);
    else
        status = split(&c, row, err);
    if (status == AP_OK)
        point_into_buffer(row);
    if (at != NULL)
        *at = c.at;
    return status;
}
