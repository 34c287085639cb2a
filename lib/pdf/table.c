/* Tables, whose headings are on every page, and facts. */
#include "parts.h"

#include <string.h>

#include "auditproof/display.h"

enum { MEASURED = 300, LINES = 40, TEXT_MAX = 2000 };

#define CELL_SIZE 7.5
#define CELL_GAP 8.0
#define ROW_PAD 3.0
#define LEAST 34.0
#define SERIES_WIDTH 70.0
#define SERIES_HEIGHT 10.0

bool column_shows(const struct answer_part *part, size_t column)
{
    return part->is->columns[column].heading != NULL && part->is->columns[column].kind != AP_ANSWER_ENTRY;
}

void cell_text(struct ap_buf *out, const struct ap_answer *answer, const struct answer_part *part, size_t row,
               size_t column, enum answer_grain grain)
{
    const struct answer_cell *cell = answer_cell(answer, part, row, column);
    struct ap_buf said = AP_BUF_INIT;

    ap_buf_clear(out);
    if (!cell->present) {
        ap_buf_adds(out, "\xe2\x80\x93");
        return;
    }
    if (part->is->columns[column].kind == AP_ANSWER_SERIES)
        return;
    answer_say(&said, answer, &part->is->columns[column], cell, grain);
    if (said.len > TEXT_MAX) {
        for (said.len = TEXT_MAX; said.len > 0 && ((unsigned char)said.data[said.len] & 0xC0U) == 0x80U;)
            said.len--;
        ap_display_put(out, said.data, said.len);
        ap_buf_adds(out, "\xe2\x80\xa6");
    } else {
        ap_display_put(out, ap_buf_str(&said), said.len);
    }
    ap_buf_free(&said);
}

static bool is_figure(enum ap_answer_kind kind)
{
    return kind == AP_ANSWER_COUNT || kind == AP_ANSWER_NUMBER || kind == AP_ANSWER_SPAN;
}

struct table {
    const struct ap_answer *answer;
    const struct answer_part *part;
    double widths[ANSWER_COLUMNS];
    enum answer_grain grains[ANSWER_COLUMNS];
    struct ap_buf text;
};

static struct style cell_style(const struct table *table, size_t column)
{
    enum ap_answer_kind kind = table->part->is->columns[column].kind;

    return (struct style){CELL_SIZE, NORMAL, table->widths[column], LINES, is_figure(kind), NULL};
}

/* As wide as what is in them, and where that is too wide for the page, the widest give way. */
static void measure(struct page *page, struct table *table)
{
    const struct style free_style = {CELL_SIZE, NORMAL, 0, 0, false, NULL},
                       head_style = {CELL_SIZE, BOLD, 0, 0, false, NULL};
    double sum = 0, room = BODY_WIDTH, most;
    size_t shown = 0;

    for (size_t c = 0; c < table->part->columns; c++) {
        if (!column_shows(table->part, c))
            continue;
        shown++;
        table->grains[c] = table->part->is->columns[c].kind == AP_ANSWER_TIME
                               ? answer_grain(table->answer, table->part, c)
                               : ANSWER_SECONDS;
        (void)text_height(page, &head_style, table->part->is->columns[c].heading, &table->widths[c]);
        for (size_t row = 0; row < table->part->rows && row < MEASURED; row++) {
            double width;

            cell_text(&table->text, table->answer, table->part, row, c, table->grains[c]);
            (void)text_height(page, &free_style, ap_buf_str(&table->text), &width);
            if (width > table->widths[c])
                table->widths[c] = width;
        }
        if (table->part->is->columns[c].kind == AP_ANSWER_SERIES)
            table->widths[c] = SERIES_WIDTH;
        table->widths[c] += 1;
        sum += table->widths[c];
    }
    room -= shown > 0 ? (double)(shown - 1) * CELL_GAP : 0;
    while (sum > room) {
        size_t widest = 0, next = 0;
        double cut;

        for (size_t c = 0; c < table->part->columns; c++)
            if (column_shows(table->part, c) && table->widths[c] > table->widths[widest])
                widest = c;
        most = table->widths[widest];
        next = widest;
        for (size_t c = 0; c < table->part->columns; c++)
            if (column_shows(table->part, c) && table->widths[c] < most &&
                (next == widest || table->widths[c] > table->widths[next]))
                next = c;
        cut = next == widest ? most / 2 : most - table->widths[next] + 1;
        cut = cut < sum - room ? cut : sum - room;
        if (most - cut < LEAST)
            cut = most - LEAST;
        if (cut <= 0)
            break;
        table->widths[widest] -= cut;
        sum -= cut;
    }
}

static void put_headings(struct page *page, const struct table *table)
{
    double x = MARGIN, high = 0;

    for (size_t c = 0; c < table->part->columns; c++) {
        struct style style = cell_style(table, c);
        double height;

        if (!column_shows(table->part, c))
            continue;
        style.weight = BOLD;
        style.colour = &faint;
        style.lines = 2;
        height = text_put(page, &style, x, page->y, table->part->is->columns[c].heading);
        high = height > high ? height : high;
        x += table->widths[c] + CELL_GAP;
    }
    page->y += high + ROW_PAD;
    page_box(page, MARGIN, page->y, BODY_WIDTH, 0.8, &rule);
    page->y += ROW_PAD;
}

static void put_sparkline(const struct page *page, const struct table *table, const struct answer_cell *cell, double x)
{
    uint64_t most = 0;
    double step = SERIES_WIDTH / (double)(cell->len > 0 ? cell->len : 1);

    for (size_t i = 0; i < cell->len; i++)
        if (answer_series(table->answer, cell, i) > most)
            most = answer_series(table->answer, cell, i);
    for (size_t i = 0; most > 0 && i < cell->len; i++) {
        double height = (double)answer_series(table->answer, cell, i) / (double)most * SERIES_HEIGHT;

        page_box(page, x + (double)i * step, page->y + SERIES_HEIGHT - height, step > 1.2 ? step - 0.4 : step, height,
                 &accent);
    }
}

static const struct colour *level_colour(const char *text)
{
    if (strcmp(text, "critical") == 0 || strcmp(text, "high") == 0)
        return &bad;
    return strcmp(text, "medium") == 0 ? &uncertain : NULL;
}

static void put_row(struct page *page, struct table *table, size_t row)
{
    double x = MARGIN, high = SERIES_HEIGHT;

    for (size_t c = 0; c < table->part->columns; c++) {
        struct style style = cell_style(table, c);
        double height;

        if (!column_shows(table->part, c))
            continue;
        cell_text(&table->text, table->answer, table->part, row, c, table->grains[c]);
        height = text_height(page, &style, ap_buf_str(&table->text), NULL);
        high = height > high ? height : high;
    }
    if (page_need(page, high + 2 * ROW_PAD))
        put_headings(page, table);
    if (row % 2 == 1)
        page_box(page, MARGIN - 3, page->y - ROW_PAD / 2, BODY_WIDTH + 6, high + ROW_PAD, &band);
    for (size_t c = 0; c < table->part->columns; c++) {
        struct style style = cell_style(table, c);
        const struct answer_cell *cell = answer_cell(table->answer, table->part, row, c);

        if (!column_shows(table->part, c))
            continue;
        cell_text(&table->text, table->answer, table->part, row, c, table->grains[c]);
        if (table->part->is->columns[c].kind == AP_ANSWER_LEVEL)
            style.colour = level_colour(ap_buf_str(&table->text));
        if (table->part->is->columns[c].kind == AP_ANSWER_SERIES && cell->present)
            put_sparkline(page, table, cell, x);
        else
            (void)text_put(page, &style, x, page->y, ap_buf_str(&table->text));
        x += table->widths[c] + CELL_GAP;
    }
    page->y += high + ROW_PAD;
}

void put_table(struct page *page, const struct ap_answer *answer, const struct answer_part *part)
{
    struct table table;

    memset(&table, 0, sizeof table);
    table.answer = answer;
    table.part = part;
    measure(page, &table);
    (void)page_need(page, 60);
    put_headings(page, &table);
    for (size_t row = 0; row < part->rows; row++)
        put_row(page, &table, row);
    ap_buf_free(&table.text);
}

void put_facts(struct page *page, const struct ap_answer *answer, const struct answer_part *part)
{
    const double names = 150;
    const struct style name_style = {8.5, NORMAL, names - CELL_GAP, 2, false, &faint},
                       value_style = {8.5, NORMAL, BODY_WIDTH - names, 12, false, NULL};
    struct ap_buf text = AP_BUF_INIT;

    for (size_t c = 0; part->rows > 0 && c < part->columns; c++) {
        double height;

        if (!column_shows(part, c))
            continue;
        cell_text(&text, answer, part, 0, c, ANSWER_SECONDS);
        height = text_height(page, &value_style, ap_buf_str(&text), NULL);
        (void)page_need(page, height + ROW_PAD);
        (void)text_put(page, &name_style, MARGIN, page->y, part->is->columns[c].heading);
        (void)text_put(page, &value_style, MARGIN + names, page->y, ap_buf_str(&text));
        page->y += height + ROW_PAD;
    }
    ap_buf_free(&text);
}
