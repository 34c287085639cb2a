/* Bars across and columns upright, by the part's own choice. */
#include "parts.h"

#include <stdio.h>

enum { BARS = 12, COLUMNS = 400, LEAST_COLUMNS = 7, TICKS = 6 };

#define BAR_HEIGHT 15.0
#define NAME_WIDTH 150.0
#define FIGURE_WIDTH 60.0
#define COLUMNS_HEIGHT 110.0

static double amount(const struct ap_answer *answer, const struct answer_part *part, size_t row)
{
    return answer_amount(answer, &part->is->columns[part->is->value], answer_cell(answer, part, row, part->is->value));
}

static double most_of(const struct ap_answer *answer, const struct answer_part *part, size_t rows)
{
    double most = 0;

    for (size_t row = 0; row < rows; row++)
        if (amount(answer, part, row) > most)
            most = amount(answer, part, row);
    return most;
}

static void put_bars(struct page *page, const struct ap_answer *answer, const struct answer_part *part)
{
    size_t rows = part->rows < BARS ? part->rows : BARS;
    double most = most_of(answer, part, rows), room = BODY_WIDTH - NAME_WIDTH - FIGURE_WIDTH - 16;
    const struct style name = {7.5, NORMAL, NAME_WIDTH, 1, false, NULL},
                       figure = {7.5, NORMAL, FIGURE_WIDTH, 1, true, &faint};
    struct ap_buf text = AP_BUF_INIT;

    (void)page_need(page, (double)rows * BAR_HEIGHT + 8);
    for (size_t row = 0; row < rows; row++) {
        double length = most > 0 ? amount(answer, part, row) / most * room : 0;

        cell_text(&text, answer, part, row, 0, ANSWER_MINUTES);
        (void)text_put(page, &name, MARGIN, page->y + 2, ap_buf_str(&text));
        page_box(page, MARGIN + NAME_WIDTH + 8, page->y + 3, room, 8, &band);
        page_box(page, MARGIN + NAME_WIDTH + 8, page->y + 3, length, 8, &accent);
        cell_text(&text, answer, part, row, part->is->value, ANSWER_MINUTES);
        (void)text_put(page, &figure, MARGIN + BODY_WIDTH - FIGURE_WIDTH, page->y + 2, ap_buf_str(&text));
        page->y += BAR_HEIGHT;
    }
    page->y += 8;
    page->failed = page->failed || text.failed;
    ap_buf_free(&text);
}

/* The first row, the last, and some between them, whose names have room. */
static void put_names(struct page *page, const struct ap_answer *answer, const struct answer_part *part, size_t rows,
                      double step)
{
    const double room = BODY_WIDTH / TICKS;
    const struct style name = {6.5, NORMAL, room - 4, 1, false, &faint};
    enum answer_grain grain =
        part->is->columns[0].kind == AP_ANSWER_TIME ? answer_grain(answer, part, 0) : ANSWER_SECONDS;
    struct ap_buf text = AP_BUF_INIT;
    double free_from = MARGIN;

    for (size_t row = 0; row < rows; row++) {
        double x = MARGIN + (double)row * step;

        if (x < free_from || x + room > MARGIN + BODY_WIDTH + 4)
            continue;
        cell_text(&text, answer, part, row, 0, grain);
        (void)text_put(page, &name, x, page->y + COLUMNS_HEIGHT + 3, ap_buf_str(&text));
        page_box(page, x, page->y + COLUMNS_HEIGHT, 0.5, 3, &faint);
        free_from = x + room;
    }
    page->failed = page->failed || text.failed;
    ap_buf_free(&text);
}

static void put_columns(struct page *page, const struct ap_answer *answer, const struct answer_part *part)
{
    size_t rows = part->rows < COLUMNS ? part->rows : COLUMNS;
    double most = most_of(answer, part, rows),
           step = BODY_WIDTH / (double)(rows > LEAST_COLUMNS ? rows : LEAST_COLUMNS);
    const struct style figure = {6.5, NORMAL, 120, 1, false, &faint};
    struct ap_buf text = AP_BUF_INIT;
    size_t highest = 0;

    (void)page_need(page, COLUMNS_HEIGHT + 34);
    page->y += 10;
    page_box(page, MARGIN, page->y, BODY_WIDTH, 0.4, &rule);
    page_box(page, MARGIN, page->y + COLUMNS_HEIGHT / 2, BODY_WIDTH, 0.4, &rule);
    for (size_t row = 0; row < rows; row++) {
        double height = most > 0 ? amount(answer, part, row) / most * COLUMNS_HEIGHT : 0;

        if (amount(answer, part, row) > amount(answer, part, highest))
            highest = row;
        page_box(page, MARGIN + (double)row * step, page->y + COLUMNS_HEIGHT - height, step > 2 ? step - 0.8 : step,
                 height, &accent);
    }
    page_box(page, MARGIN, page->y + COLUMNS_HEIGHT, BODY_WIDTH, 0.6, &faint);
    if (rows > 0) {
        cell_text(&text, answer, part, highest, part->is->value, ANSWER_SECONDS);
        (void)text_put(page, &figure, MARGIN, page->y - 9, ap_buf_str(&text));
    }
    put_names(page, answer, part, rows, step);
    page->y += COLUMNS_HEIGHT + 24;
    page->failed = page->failed || text.failed;
    ap_buf_free(&text);
}

void put_chart(struct page *page, const struct ap_answer *answer, const struct answer_part *part)
{
    if (part->rows == 0 || part->is->chart == AP_ANSWER_NO_CHART)
        return;
    /* Of nothing but zeros there is nothing to see, and a table says that. */
    if (part->is->shape != AP_ANSWER_ASIDE && most_of(answer, part, part->rows) <= 0)
        return;
    tag_open(page, "Figure", NULL);
    if (part->is->chart == AP_ANSWER_BARS)
        put_bars(page, answer, part);
    else
        put_columns(page, answer, part);
    tag_close(page, "Figure");
}
