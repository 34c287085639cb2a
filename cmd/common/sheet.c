#include "sheet.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "auditproof/buf.h"
#include "auditproof/display.h"
#include "auditproof/json.h"
#include "shown.h"

enum { MAX_COLUMNS = 20, CELL_SIZE = 160, GAP = 2 };

static void format_bytes(char out[CELL_SIZE], int64_t bytes)
{
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB", "PB"};
    double amount = (double)bytes;
    size_t unit = 0;

    while (amount >= 1024 && unit + 1 < sizeof units / sizeof units[0]) {
        amount /= 1024;
        unit++;
    }
    (void)snprintf(out, CELL_SIZE, unit == 0 || amount >= 100 ? "%.0f %s" : "%.1f %s", amount, units[unit]);
}

/* Text is cut to fit the cell: a table is for reading, JSON for the whole. */
static void format_cell(char out[CELL_SIZE], const struct sheet_column *column, const struct ap_rows *rows, size_t row,
                        int at)
{
    const char *text = ap_rows_text(rows, row, at);
    size_t len;

    if (text == NULL) {
        (void)snprintf(out, CELL_SIZE, "-");
    } else if (column->kind == SHEET_BYTES) {
        format_bytes(out, ap_rows_int(rows, row, at));
    } else if (column->kind == SHEET_FLAG) {
        (void)snprintf(out, CELL_SIZE, "%s", ap_rows_bool(rows, row, at) ? "yes" : "no");
    } else {
        len = strlen(text);
        if (len >= CELL_SIZE)
            for (len = CELL_SIZE - 1; len > 0 && ((unsigned char)text[len] & 0xC0U) == 0x80U;)
                len--;
        memcpy(out, text, len);
        out[len] = '\0';
    }
}

static int width_of(const char *text)
{
    return (int)ap_display_width(text, strlen(text));
}

static void print_cell(const struct sheet_column *column, const char *text, int width, bool last)
{
    int padding = width - width_of(text);
    bool right = column->kind == SHEET_NUMBER || column->kind == SHEET_BYTES;

    (void)printf("%*s", right ? padding : 0, "");
    cli_put(stdout, text);
    (void)printf("%*s", right || last ? 0 : padding, "");
    (void)printf("%*s", last ? 0 : GAP, "");
}

static int count_columns(const struct sheet_column *columns)
{
    int n = 0;

    while (n < MAX_COLUMNS && columns[n].name != NULL)
        n++;
    return n;
}

enum ap_status sheet_print(const struct sheet_column *columns, const struct ap_rows *rows, struct ap_error *err)
{
    return sheet_print_some(columns, rows, SIZE_MAX, err);
}

enum ap_status sheet_print_some(const struct sheet_column *columns, const struct ap_rows *rows, size_t most,
                                struct ap_error *err)
{
    size_t shown = ap_rows_count(rows) < most ? ap_rows_count(rows) : most;
    int count = count_columns(columns), widths[MAX_COLUMNS];
    char cell[CELL_SIZE];

    if (columns[count].name != NULL)
        return ap_fail(err, AP_EINTERNAL, "a table of more than %d columns", MAX_COLUMNS);
    for (int c = 0; c < count; c++) {
        widths[c] = width_of(columns[c].heading);
        for (size_t r = 0; r < shown; r++) {
            format_cell(cell, &columns[c], rows, r, c);
            widths[c] = width_of(cell) > widths[c] ? width_of(cell) : widths[c];
        }
    }
    for (int c = 0; c < count; c++)
        print_cell(&columns[c], columns[c].heading, widths[c], c + 1 == count);
    (void)putchar('\n');
    for (size_t r = 0; r < shown; r++) {
        for (int c = 0; c < count; c++) {
            format_cell(cell, &columns[c], rows, r, c);
            print_cell(&columns[c], cell, widths[c], c + 1 == count);
        }
        (void)putchar('\n');
    }
    return AP_OK;
}

static void add_value(struct ap_buf *out, const struct sheet_column *column, const struct ap_rows *rows, size_t row,
                      int at)
{
    const char *text = ap_rows_text(rows, row, at);

    if (text == NULL || column->kind == SHEET_TEXT)
        ap_json_string(out, text);
    else if (column->kind == SHEET_FLAG)
        ap_buf_adds(out, ap_rows_bool(rows, row, at) ? "true" : "false");
    else
        ap_buf_addf(out, "%" PRId64, ap_rows_int(rows, row, at));
}

static void add_row(struct ap_buf *out, const struct sheet_column *columns, const struct ap_rows *rows, size_t row)
{
    ap_buf_addc(out, '{');
    for (int c = 0; columns[c].name != NULL; c++) {
        ap_buf_addf(out, "%s\"%s\": ", c > 0 ? ", " : "", columns[c].name);
        add_value(out, &columns[c], rows, row, c);
    }
    ap_buf_addc(out, '}');
}

enum ap_status sheet_print_json_row(const struct sheet_column *columns, const struct ap_rows *rows, size_t row,
                                    struct ap_error *err)
{
    struct ap_buf out = AP_BUF_INIT;
    enum ap_status status;

    add_row(&out, columns, rows, row);
    status = ap_buf_check(&out, "a table", err);
    if (status == AP_OK)
        (void)fputs(out.data, stdout);
    ap_buf_free(&out);
    return status;
}

enum ap_status sheet_print_json(const struct sheet_column *columns, const struct ap_rows *rows, struct ap_error *err)
{
    struct ap_buf out = AP_BUF_INIT;
    enum ap_status status;

    ap_buf_addc(&out, '[');
    for (size_t r = 0; r < ap_rows_count(rows); r++) {
        if (r > 0)
            ap_buf_adds(&out, ", ");
        add_row(&out, columns, rows, r);
    }
    ap_buf_addc(&out, ']');
    status = ap_buf_check(&out, "a table", err);
    if (status == AP_OK)
        (void)fputs(out.data, stdout);
    ap_buf_free(&out);
    return status;
}
