/* Entries that are stored together: one statement, one transaction. */
#include <stdlib.h>
#include <string.h>

#include "writer_internal.h"

enum ap_status batch_init(struct batch *batch, size_t capacity, struct ap_error *err)
{
    batch->rows = calloc(capacity, sizeof *batch->rows);
    batch->capacity = capacity;
    return batch->rows != NULL ? AP_OK : ap_fail_memory(err, "a batch");
}

void batch_free(struct batch *batch)
{
    free(batch->rows);
    ap_buf_free(&batch->lines);
    ap_buf_free(&batch->wire);
}

void batch_clear(struct batch *batch)
{
    batch->count = 0;
    batch->unknown = false;
    batch->lost_once = false;
    ap_buf_clear(&batch->lines);
    ap_buf_clear(&batch->wire);
}

/* The table's own defaults, for values that the line does not name; a null that it does name stays null. */
static struct ap_cell with_default(enum ap_entry_column column, const struct ap_cell *cell)
{
    if (cell->kind == AP_CELL_ABSENT && column == AP_ENTRY_RISK_LEVEL)
        return (struct ap_cell){AP_CELL_TEXT, "low", 3, 0};
    if (cell->kind == AP_CELL_ABSENT && column == AP_ENTRY_METADATA)
        return (struct ap_cell){AP_CELL_JSON, "{}", 2, 0};
    return *cell;
}

static enum ap_status add_cells(struct batch *batch, const struct ap_draft *entry, const struct ap_cell *id,
                                size_t *offset, struct ap_error *err)
{
    for (enum ap_entry_column c = 0; c < AP_ENTRY_COLUMNS; c++) {
        struct ap_cell cell = with_default(c, c == AP_ENTRY_ID ? id : &entry->cells[c]);
        enum ap_status status;

        if ((c == AP_ENTRY_ACTION || c == AP_ENTRY_RESOURCE_TYPE) &&
            (cell.kind == AP_CELL_ABSENT || cell.kind == AP_CELL_NULL)) {
            *offset = cell.kind == AP_CELL_NULL ? cell.offset : SIZE_MAX;
            return ap_fail(err, AP_EINPUT, "%s is missing", ap_entry_column_name(c));
        }
        status = wire_add(&batch->wire, c, &cell, err);
        if (status != AP_OK) {
            *offset = cell.offset;
            return status;
        }
    }
    return ap_buf_check(&batch->wire, "a batch", err);
}

/* A uuid column's value in the wire format of a row whose columns before it are uuids too. */
static struct ap_uuid uuid_at(const uint8_t *wire)
{
    struct ap_uuid uuid = ap_uuid_nil;

    if (ap_get_u32(wire) == sizeof uuid.bytes)
        memcpy(uuid.bytes, wire + 4, sizeof uuid.bytes);
    return uuid;
}

enum ap_status batch_add(struct batch *batch, const struct ap_draft *entry, const struct ap_line *line,
                         const struct ap_uuid *new_id, size_t *offset, struct ap_error *err)
{
    char text[AP_UUID_TEXT_SIZE];
    struct ap_cell id = entry->cells[AP_ENTRY_ID];
    struct row *row = &batch->rows[batch->count];
    size_t wire = batch->wire.len, kept = batch->lines.len;
    enum ap_status status;
    const uint8_t *sent;

    if (id.kind == AP_CELL_ABSENT || id.kind == AP_CELL_NULL) {
        ap_uuid_format(text, new_id);
        id = (struct ap_cell){AP_CELL_TEXT, text, AP_UUID_TEXT_SIZE - 1, 0};
    }
    status = add_cells(batch, entry, &id, offset, err);
    if (status == AP_OK) {
        ap_buf_add(&batch->lines, line->text, line->len);
        status = ap_buf_check(&batch->lines, "a batch", err);
    }
    if (status != AP_OK) {
        batch->wire.len = wire;
        batch->wire.failed = batch->lines.failed = false;
        return status;
    }
    sent = (const uint8_t *)batch->wire.data + wire;
    *row = (struct row){.file = line->file, .number = line->number, .line = kept, .line_len = line->len, .wire = wire};
    row->id = uuid_at(sent);
    row->chain = uuid_at(sent + 4 + AP_UUID_LEN);
    batch->count++;
    return AP_OK;
}

struct ap_line batch_line(const struct batch *batch, const struct row *row)
{
    return (struct ap_line){row->file, row->number, ap_buf_str(&batch->lines) + row->line, row->line_len};
}

enum ap_status arrays_init(struct arrays *arrays, size_t capacity, struct ap_error *err)
{
    arrays->order = calloc(capacity, sizeof *arrays->order);
    return arrays->order != NULL ? AP_OK : ap_fail_memory(err, "a batch");
}

void arrays_free(struct arrays *arrays)
{
    for (size_t c = 0; c < AP_ENTRY_COLUMNS; c++)
        ap_buf_free(&arrays->columns[c]);
    free(arrays->order);
}

/* A one-dimensional array's head: dimensions, whether there are NULLs, element type, length, lower bound. */
static void array_head(struct ap_buf *out, uint32_t type, size_t count)
{
    uint8_t head[20];

    ap_put_u32(head, 1);
    ap_put_u32(head + 4, 1);
    ap_put_u32(head + 8, type);
    ap_put_u32(head + 12, (uint32_t)count);
    ap_put_u32(head + 16, 1);
    ap_buf_clear(out);
    ap_buf_add(out, head, sizeof head);
}

static enum ap_status array_done(struct arrays *arrays, size_t c, struct ap_error *err)
{
    arrays->args[c] = (struct ap_db_arg){entry_columns[c].array_type, arrays->columns[c].data, arrays->columns[c].len};
    return ap_buf_check(&arrays->columns[c], "a batch's parameters", err);
}

static int by_chain(const void *a, const void *b, void *context)
{
    const size_t *x = a, *y = b;
    const struct row *rows = context;
    int order = ap_uuid_compare(&rows[*x].chain, &rows[*y].chain);

    if (order != 0)
        return order;
    return *x < *y ? -1 : 1;
}

enum ap_status arrays_fill(struct arrays *arrays, const struct batch *batch, size_t from, size_t to, size_t *count,
                           struct ap_error *err)
{
    enum ap_status status = AP_OK;
    size_t n = 0;

    for (size_t i = from; i < to; i++)
        if (batch->rows[i].state == ROW_PENDING)
            arrays->order[n++] = i;
    *count = n;
    qsort_r(arrays->order, n, sizeof *arrays->order, by_chain, batch->rows);
    for (size_t c = 0; c < AP_ENTRY_COLUMNS; c++)
        array_head(&arrays->columns[c], entry_columns[c].type, n);
    for (size_t i = 0; i < n; i++) {
        const char *wire = batch->wire.data + batch->rows[arrays->order[i]].wire;

        for (size_t c = 0; c < AP_ENTRY_COLUMNS; c++) {
            uint32_t len = ap_get_u32((const uint8_t *)wire);
            size_t all = 4 + (len == UINT32_MAX ? 0 : (size_t)len);

            ap_buf_add(&arrays->columns[c], wire, all);
            wire += all;
        }
    }
    for (size_t c = 0; c < AP_ENTRY_COLUMNS && status == AP_OK; c++)
        status = array_done(arrays, c, err);
    return status;
}

enum ap_status arrays_fill_ids(struct arrays *arrays, const struct batch *batch, size_t *count, struct ap_error *err)
{
    struct ap_buf *out = &arrays->columns[AP_ENTRY_ID];
    uint8_t len[4];
    size_t n = 0;

    for (size_t i = 0; i < batch->count; i++)
        if (batch->rows[i].state == ROW_STORED || batch->rows[i].state == ROW_EARLIER)
            arrays->order[n++] = i;
    *count = n;
    array_head(out, AP_OID_UUID, n);
    ap_put_u32(len, AP_UUID_LEN);
    for (size_t i = 0; i < n; i++) {
        ap_buf_add(out, len, sizeof len);
        ap_buf_add(out, batch->rows[arrays->order[i]].id.bytes, AP_UUID_LEN);
    }
    return array_done(arrays, AP_ENTRY_ID, err);
}
