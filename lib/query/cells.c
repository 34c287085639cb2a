#include "cells.h"

#include "format_internal.h"

void cell_uuid(struct ap_answer *answer, bool present, const struct ap_uuid *value)
{
    char text[AP_UUID_TEXT_SIZE];

    ap_uuid_format(text, value);
    ap_answer_add_str(answer, present ? text : NULL);
}

void cell_value(struct ap_answer *answer, const struct ap_value *value)
{
    if (value->data == NULL)
        ap_answer_add_null(answer);
    else
        ap_answer_add_text(answer, value->data, value->len);
}

void cell_inet(struct ap_answer *answer, const struct ap_inet *inet)
{
    char text[AP_INET_TEXT_SIZE] = "";

    if (inet->present)
        ap_inet_format(text, inet);
    ap_answer_add_str(answer, inet->present ? text : NULL);
}

void cell_time(struct ap_answer *answer, bool present, int64_t time_us)
{
    if (present)
        ap_answer_add_time(answer, time_us);
    else
        ap_answer_add_null(answer);
}

void cell_actor(struct ap_answer *answer, const struct ap_query_entry *entry)
{
    struct ap_buf text = AP_BUF_INIT;

    query_put_actor(&text, entry);
    if (text.len == 0 && !text.failed)
        ap_answer_add_null(answer);
    else
        ap_answer_add_text(answer, ap_buf_str(&text), text.len);
    ap_buf_free(&text);
}

void cell_buf(struct ap_answer *answer, struct ap_buf *text)
{
    ap_answer_add_text(answer, ap_buf_str(text), text->len);
    ap_buf_clear(text);
}

void cell_row_text(struct ap_answer *answer, const struct ap_rows *rows, size_t row, int column)
{
    ap_answer_add_str(answer, ap_rows_text(rows, row, column));
}

void cell_row_time(struct ap_answer *answer, const struct ap_rows *rows, size_t row, int column)
{
    cell_time(answer, ap_rows_text(rows, row, column) != NULL, ap_rows_int(rows, row, column));
}

void cell_row_count(struct ap_answer *answer, const struct ap_rows *rows, size_t row, int column)
{
    if (ap_rows_text(rows, row, column) != NULL)
        ap_answer_add_count(answer, (uint64_t)ap_rows_int(rows, row, column));
    else
        ap_answer_add_null(answer);
}

void cell_row_flag(struct ap_answer *answer, const struct ap_rows *rows, size_t row, int column)
{
    if (ap_rows_text(rows, row, column) != NULL)
        ap_answer_add_flag(answer, ap_rows_bool(rows, row, column));
    else
        ap_answer_add_null(answer);
}
