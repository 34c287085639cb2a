#include "answer_internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum ap_status ap_answer_new(struct ap_answer **out, struct ap_error *err)
{
    *out = calloc(1, sizeof **out);
    return *out == NULL ? ap_fail_memory(err, "an answer") : AP_OK;
}

void ap_answer_free(struct ap_answer *answer)
{
    if (answer == NULL)
        return;
    free(answer->parts);
    free(answer->cells);
    ap_buf_free(&answer->texts);
    ap_buf_free(&answer->remarks);
    free(answer);
}

/* Room for `more` elements; NULL and failed when there is none. */
static void *grow(struct ap_answer *answer, void *list, size_t count, size_t more, size_t *room, size_t size)
{
    size_t wanted = *room;
    void *grown;

    while (wanted < count + more)
        wanted = wanted == 0 ? 16 : wanted * 2;
    if (wanted == *room)
        return list;
    grown = realloc(list, wanted * size);
    if (grown == NULL) {
        answer->failed = true;
        return NULL;
    }
    *room = wanted;
    return grown;
}

static void misuse(struct ap_answer *answer, const char *what)
{
    if (answer->misused == NULL)
        answer->misused = what;
}

static struct answer_part *last_part(const struct ap_answer *answer)
{
    return answer->part_count > 0 ? &answer->parts[answer->part_count - 1] : NULL;
}

void ap_answer_add_part(struct ap_answer *answer, const struct ap_answer_part *is)
{
    struct answer_part part = {is, 0, 0, answer->cell_count}, *parts;

    while (is->columns[part.columns].name != NULL)
        part.columns++;
    if (part.columns == 0 || part.columns > ANSWER_COLUMNS)
        misuse(answer, "a part without columns, or of too many");
    if (answer->failed || answer->misused != NULL)
        return;
    parts = grow(answer, answer->parts, answer->part_count, 1, &answer->part_room, sizeof *parts);
    if (parts == NULL)
        return;
    answer->parts = parts;
    parts[answer->part_count++] = part;
    answer->filled = part.columns;
}

void ap_answer_add_row(struct ap_answer *answer)
{
    struct answer_part *part = last_part(answer);
    struct answer_cell *cells;

    if (part == NULL || (!answer_is_table(part) && part->rows > 0))
        misuse(answer, "a row without a part, or a second one of facts");
    if (answer->failed || answer->misused != NULL)
        return;
    cells = grow(answer, answer->cells, answer->cell_count, part->columns, &answer->cell_room, sizeof *cells);
    if (cells == NULL)
        return;
    answer->cells = cells;
    memset(cells + answer->cell_count, 0, part->columns * sizeof *cells);
    answer->cell_count += part->columns;
    answer->filled = 0;
    part->rows++;
}

/* The next cell, if it is of one of these kinds (bits), or NULL. */
static struct answer_cell *next_cell(struct ap_answer *answer, unsigned kinds)
{
    struct answer_part *part = last_part(answer);
    struct answer_cell *cell;

    if (answer->failed || answer->misused != NULL)
        return NULL;
    if (part == NULL || part->rows == 0 || answer->filled >= part->columns) {
        misuse(answer, "a cell beyond its row");
        return NULL;
    }
    if ((kinds & 1U << part->is->columns[answer->filled].kind) == 0) {
        misuse(answer, part->is->columns[answer->filled].name);
        return NULL;
    }
    cell = &answer->cells[answer->cell_count - part->columns + answer->filled++];
    cell->present = true;
    return cell;
}

void ap_answer_add_null(struct ap_answer *answer)
{
    struct answer_cell *cell = next_cell(answer, ~0U);

    if (cell != NULL)
        cell->present = false;
}

void ap_answer_add_text(struct ap_answer *answer, const char *text, size_t len)
{
    struct answer_cell *cell =
        next_cell(answer, 1U << AP_ANSWER_TEXT | 1U << AP_ANSWER_UNIT | 1U << AP_ANSWER_NUMBER | 1U << AP_ANSWER_LEVEL |
                              1U << AP_ANSWER_JSON | 1U << AP_ANSWER_BRIEF | 1U << AP_ANSWER_ENTRY);

    if (cell == NULL)
        return;
    cell->at = answer->texts.len;
    cell->len = len;
    ap_buf_add(&answer->texts, text, len);
}

void ap_answer_add_str(struct ap_answer *answer, const char *text)
{
    if (text == NULL)
        ap_answer_add_null(answer);
    else
        ap_answer_add_text(answer, text, strlen(text));
}

static void add_number(struct ap_answer *answer, unsigned kinds, int64_t number)
{
    struct answer_cell *cell = next_cell(answer, kinds);

    if (cell != NULL)
        cell->number = number;
}

void ap_answer_add_time(struct ap_answer *answer, int64_t time_us)
{
    add_number(answer, 1U << AP_ANSWER_TIME | 1U << AP_ANSWER_SPAN, time_us);
}

void ap_answer_add_count(struct ap_answer *answer, uint64_t count)
{
    add_number(answer, 1U << AP_ANSWER_COUNT, (int64_t)count);
}

void ap_answer_add_flag(struct ap_answer *answer, bool flag)
{
    add_number(answer, 1U << AP_ANSWER_FLAG, flag);
}

void ap_answer_add_series(struct ap_answer *answer, const uint64_t *counts, size_t count)
{
    struct answer_cell *cell = next_cell(answer, 1U << AP_ANSWER_SERIES);

    if (cell == NULL)
        return;
    cell->at = answer->texts.len;
    cell->len = count;
    ap_buf_add(&answer->texts, counts, count * sizeof *counts);
}

static void AP_PRINTF(2, 0) add_remark(struct ap_answer *answer, const char *format, va_list args)
{
    char text[1024];
    int len = vsnprintf(text, sizeof text, format, args);

    if (len < 0 || (size_t)len >= sizeof text) {
        misuse(answer, "a remark that is too long");
        return;
    }
    ap_buf_add(&answer->remarks, text, (size_t)len + 1);
    answer->remark_count++;
}

void ap_answer_remark(struct ap_answer *answer, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    add_remark(answer, format, args);
    va_end(args);
}

void ap_answer_lacks(struct ap_answer *answer, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    add_remark(answer, format, args);
    va_end(args);
    answer->partial = true;
}

bool ap_answer_is_partial(const struct ap_answer *answer)
{
    return answer->partial;
}

const char *ap_answer_remark_at(const struct ap_answer *answer, size_t index)
{
    const char *text = ap_buf_str(&answer->remarks);

    if (index >= answer->remark_count || answer->remarks.failed)
        return NULL;
    while (index-- > 0)
        text += strlen(text) + 1;
    return text;
}

bool ap_answer_has(const struct ap_answer *answer, const char *part)
{
    for (size_t i = 0; i < answer->part_count; i++)
        if (strcmp(answer->parts[i].is->name, part) == 0)
            return true;
    return false;
}

uint64_t ap_answer_rows(const struct ap_answer *answer)
{
    uint64_t rows = 0;

    for (size_t i = 0; i < answer->part_count; i++)
        rows += answer->parts[i].rows;
    return rows;
}

enum ap_status ap_answer_check(const struct ap_answer *answer, struct ap_error *err)
{
    enum ap_status status = ap_buf_check(&answer->texts, "an answer", err);

    if (status == AP_OK)
        status = ap_buf_check(&answer->remarks, "an answer's remarks", err);
    if (status == AP_OK && answer->failed)
        status = ap_fail_memory(err, "an answer");
    if (status == AP_OK && answer->misused != NULL)
        status = ap_fail(err, AP_EINTERNAL, "an answer was put together wrongly: %s", answer->misused);
    return status;
}

const struct answer_cell *answer_cell(const struct ap_answer *answer, const struct answer_part *part, size_t row,
                                      size_t column)
{
    return &answer->cells[part->first + row * part->columns + column];
}

const char *answer_text(const struct ap_answer *answer, const struct answer_cell *cell)
{
    return ap_buf_str(&answer->texts) + cell->at;
}

uint64_t answer_series(const struct ap_answer *answer, const struct answer_cell *cell, size_t index)
{
    uint64_t count;

    memcpy(&count, answer->texts.data + cell->at + index * sizeof count, sizeof count);
    return count;
}

bool answer_wants(const struct answer_part *part, const char *only)
{
    return part->is->shape != AP_ANSWER_SHOWN && (only == NULL || strcmp(part->is->name, only) == 0);
}
