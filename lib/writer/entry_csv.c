/* One CSV record into the cells of an entry. */
#include <stdlib.h>
#include <string.h>

#include "auditproof/json_read.h"
#include "entry_internal.h"

void ap_csv_header_free(struct ap_csv_header *header)
{
    for (size_t i = 0; i < header->count; i++)
        free(header->names[i]);
    header->count = 0;
}

static enum ap_status header_field(struct ap_csv_header *header, const struct ap_csv_field *field,
                                   enum ap_unknown unknown, struct ap_error *err)
{
    enum ap_entry_column c = ap_entry_column_find(field->text, field->len);
    size_t n = header->count;

    if (c == AP_ENTRY_COLUMNS && (unknown == AP_UNKNOWN_FAIL || field->len == 0))
        return ap_fail(err, AP_EINPUT, "\"%.*s\" is no column of audit_logs (--unknown=metadata would keep it)",
                       field->len > 80 ? 80 : (int)field->len, field->text);
    for (size_t i = 0; i < n; i++)
        if (c == header->columns[i] &&
            (c != AP_ENTRY_COLUMNS ||
             (strlen(header->names[i]) == field->len && memcmp(header->names[i], field->text, field->len) == 0)))
            return ap_fail(err, AP_EINPUT, "column \"%.*s\" is there twice", field->len > 80 ? 80 : (int)field->len,
                           field->text);
    header->columns[n] = c;
    header->names[n] = NULL;
    if (c == AP_ENTRY_COLUMNS) {
        header->names[n] = strndup(field->text, field->len);
        if (header->names[n] == NULL)
            return ap_fail_memory(err, "a CSV header");
    }
    header->count++;
    return AP_OK;
}

enum ap_status ap_csv_header_read(struct ap_csv_header *header, const char *line, size_t len, enum ap_unknown unknown,
                                  size_t *offset, struct ap_error *err)
{
    struct ap_csv_row *row = calloc(1, sizeof *row);
    enum ap_status status;

    header->count = 0;
    if (row == NULL)
        return ap_fail_memory(err, "a CSV header");
    status = ap_csv_parse(row, line, len, offset, err);
    for (size_t i = 0; status == AP_OK && i < row->count; i++) {
        *offset = row->fields[i].offset;
        status = header_field(header, &row->fields[i], unknown, err);
    }
    ap_buf_free(&row->plain);
    free(row);
    return status;
}

static enum ap_status known_field(struct ap_draft *entry, enum ap_entry_column c, const struct ap_csv_field *field,
                                  size_t *offset, struct ap_error *err)
{
    struct ap_cell *cell = &entry->cells[c];
    struct ap_json_span value;
    size_t at = 0;

    *cell = (struct ap_cell){AP_CELL_TEXT, field->text, field->len, field->offset};
    if (entry_columns[c].type != AP_OID_JSONB)
        return AP_OK;
    cell->kind = AP_CELL_JSON;
    if (ap_json_check(field->text, field->len, &value, &at, err) == AP_OK) {
        cell->text = value.text;
        cell->len = value.len;
        return AP_OK;
    }
    /* Where quotes are doubled, the place in the field is not that in the line: the field's start will do. */
    *offset = field->offset + (field->quoted ? 0 : at);
    return ap_error_prefix(err, "%s", entry_columns[c].name);
}

enum ap_status ap_draft_from_csv(struct ap_draft *entry, const struct ap_csv_header *header, struct ap_csv_row *row,
                                 const char *line, size_t len, enum ap_unknown unknown, size_t *offset,
                                 struct ap_error *err)
{
    enum ap_status status;

    entry_reset(entry);
    status = ap_csv_parse(row, line, len, offset, err);
    if (status == AP_OK && row->count != header->count) {
        *offset = SIZE_MAX;
        return ap_fail(err, AP_EINPUT, "%zu fields where the header has %zu", row->count, header->count);
    }
    for (size_t i = 0; status == AP_OK && i < row->count; i++) {
        const struct ap_csv_field *field = &row->fields[i];

        if (field->len == 0 && !field->quoted)
            continue;
        if (header->columns[i] != AP_ENTRY_COLUMNS)
            status = known_field(entry, header->columns[i], field, offset, err);
        else if (unknown == AP_UNKNOWN_METADATA)
            entry_extra_text(entry, header->names[i], field->text, field->len);
    }
    return status == AP_OK ? entry_add_extra(entry, offset, err) : status;
}
