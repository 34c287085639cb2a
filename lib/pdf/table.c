/* Tables, whose headings are on every page, and facts. */
#include "parts.h"

#include <math.h>
#include <string.h>

#include "auditproof/display.h"

enum { MEASURED = 300 };

#define CELL_SIZE 7.5
#define CELL_GAP 8.0
#define ROW_PAD 3.0
#define LEAST 34.0
#define SERIES_WIDTH 70.0
#define SERIES_HEIGHT 10.0
#define NAMES 160.0

bool column_shows(const struct ap_answer *answer, const struct answer_part *part, size_t column)
{
    return part->is->columns[column].heading != NULL && part->is->columns[column].kind != AP_ANSWER_ENTRY &&
           !answer_is_said_once(answer, part, column);
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
    if (said.len > CELL_MAX) {
        for (said.len = CELL_MAX; said.len > 0 && ((unsigned char)said.data[said.len] & 0xC0U) == 0x80U;)
            said.len--;
        ap_display_put(out, said.data, said.len);
        ap_buf_adds(out, "\xe2\x80\xa6");
    } else {
        ap_display_put(out, ap_buf_str(&said), said.len);
    }
    out->failed = out->failed || said.failed;
    ap_buf_free(&said);
}

static bool is_figure(enum ap_answer_kind kind)
{
    return kind == AP_ANSWER_COUNT || kind == AP_ANSWER_NUMBER || kind == AP_ANSWER_SPAN;
}

struct table {
    const struct ap_answer *answer;
    const struct answer_part *part;
    double widths[ANSWER_COLUMNS], heads[ANSWER_COLUMNS]; /* heads: of their headings */
    enum answer_grain grains[ANSWER_COLUMNS];
    size_t shown; /* columns */
    bool fits;    /* side by side, each wide enough to be read */
    struct ap_buf text;
};

static struct style cell_style(const struct table *table, size_t column)
{
    enum ap_answer_kind kind = table->part->is->columns[column].kind;

    return (struct style){CELL_SIZE, NORMAL, table->widths[column], LINES_MAX, is_figure(kind), NULL};
}

/* How wide it would be in one line. */
static double natural_width(const struct page *page, struct table *table, size_t column)
{
    const struct style text_style = {CELL_SIZE, NORMAL, 0, 0, false, NULL},
                       head_style = {CELL_SIZE, BOLD, 0, 0, false, NULL};
    double widest;

    (void)text_height(page, &head_style, table->part->is->columns[column].heading, &widest);
    table->heads[column] = widest + 1;
    if (table->part->is->columns[column].kind == AP_ANSWER_SERIES)
        return widest > SERIES_WIDTH ? widest : SERIES_WIDTH;
    for (size_t row = 0; row < table->part->rows && row < MEASURED; row++) {
        double width;

        cell_text(&table->text, table->answer, table->part, row, column, table->grains[column]);
        (void)text_height(page, &text_style, ap_buf_str(&table->text), &width);
        widest = width > widest ? width : widest;
    }
    return widest + 1;
}

/*
 * Where they are too wide for the page, each gets a share of it by the root of its width, so that a column of sentences
 * gets more than one of words, and none much less than it needs; what needs less than its share leaves the rest to the
 * others.
 */
static void share(struct table *table, double room)
{
    double most = room / (double)table->shown;
    bool settled[ANSWER_COLUMNS] = {false};
    bool again = true;

    while (again) {
        double roots = 0, left = room;

        again = false;
        for (size_t c = 0; c < table->part->columns; c++) {
            left -= settled[c] ? table->widths[c] : 0;
            roots += settled[c] ? 0 : sqrt(table->widths[c]);
        }
        for (size_t c = 0; c < table->part->columns; c++) {
            double least = table->heads[c] < most ? table->heads[c] : most,
                   part = sqrt(table->widths[c]) / roots * left;

            if (settled[c] || table->widths[c] <= 0 || (part < table->widths[c] && part >= least))
                continue;
            settled[c] = again = true;
            if (part < least)
                table->widths[c] = least;
        }
        for (size_t c = 0; !again && c < table->part->columns; c++)
            if (!settled[c])
                table->widths[c] = sqrt(table->widths[c]) / roots * left;
    }
}

static void measure(const struct page *page, struct table *table)
{
    double sum = 0, room = BODY_WIDTH;

    for (size_t c = 0; c < table->part->columns; c++) {
        if (!column_shows(table->answer, table->part, c))
            continue;
        table->grains[c] = table->part->is->columns[c].kind == AP_ANSWER_TIME
                               ? answer_grain(table->answer, table->part, c)
                               : ANSWER_SECONDS;
        table->widths[c] = natural_width(page, table, c);
        sum += table->widths[c];
        table->shown++;
    }
    room -= table->shown > 0 ? (double)(table->shown - 1) * CELL_GAP : 0;
    if (sum > room && room >= (double)table->shown * LEAST)
        share(table, room);
    table->fits = room >= (double)table->shown * LEAST;
}

static void put_headings(struct page *page, const struct table *table)
{
    double x = MARGIN, high = 0;

    tag_open(page, "TR", NULL);
    for (size_t c = 0; c < table->part->columns; c++) {
        struct style style = cell_style(table, c);
        double height;

        if (!column_shows(table->answer, table->part, c))
            continue;
        style.weight = BOLD;
        style.colour = &faint;
        style.lines = 2;
        height = text_put_as(page, "TH", &style, x, page->y, table->part->is->columns[c].heading);
        high = height > high ? height : high;
        x += table->widths[c] + CELL_GAP;
    }
    tag_close(page, "TR");
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

        if (!column_shows(table->answer, table->part, c))
            continue;
        cell_text(&table->text, table->answer, table->part, row, c, table->grains[c]);
        height = text_height(page, &style, ap_buf_str(&table->text), NULL);
        high = height > high ? height : high;
    }
    if (page_need(page, high + 2 * ROW_PAD))
        put_headings(page, table);
    if (row % 2 == 1)
        page_box(page, MARGIN - 3, page->y - ROW_PAD / 2, BODY_WIDTH + 6, high + ROW_PAD, &band);
    tag_open(page, "TR", NULL);
    for (size_t c = 0; c < table->part->columns; c++) {
        struct style style = cell_style(table, c);
        const struct answer_cell *cell = answer_cell(table->answer, table->part, row, c);

        if (!column_shows(table->answer, table->part, c))
            continue;
        cell_text(&table->text, table->answer, table->part, row, c, table->grains[c]);
        if (table->part->is->columns[c].kind == AP_ANSWER_LEVEL)
            style.colour = level_colour(ap_buf_str(&table->text));
        tag_open(page, "TD", NULL);
        if (table->part->is->columns[c].kind == AP_ANSWER_SERIES && cell->present)
            put_sparkline(page, table, cell, x);
        else
            (void)text_put(page, &style, x, page->y, ap_buf_str(&table->text));
        tag_close(page, "TD");
        x += table->widths[c] + CELL_GAP;
    }
    tag_close(page, "TR");
    page->y += high + ROW_PAD;
}

/* One fact: its name, and what it is. */
static void put_fact(struct page *page, const struct table *table, size_t row, size_t column)
{
    const struct style name_style = {8.5, NORMAL, NAMES - CELL_GAP, 3, false, &faint},
                       value_style = {8.5, NORMAL, BODY_WIDTH - NAMES, LINES_MAX, false, NULL};
    const struct answer_cell *cell = answer_cell(table->answer, table->part, row, column);
    const char *name = table->part->is->columns[column].heading;
    double high = text_height(page, &name_style, name, NULL), height;

    height = text_height(page, &value_style, ap_buf_str(&table->text), NULL);
    high = height > high ? height : high;
    (void)page_need(page, high + ROW_PAD);
    tag_open(page, "TR", NULL);
    (void)text_put_as(page, "TH", &name_style, MARGIN, page->y, name);
    tag_open(page, "TD", NULL);
    if (table->part->is->columns[column].kind == AP_ANSWER_SERIES && cell->present)
        put_sparkline(page, table, cell, MARGIN + NAMES);
    else
        (void)text_put(page, &value_style, MARGIN + NAMES, page->y, ap_buf_str(&table->text));
    tag_close(page, "TD");
    tag_close(page, "TR");
    page->y += high + ROW_PAD;
}

static void put_record(struct page *page, struct table *table, size_t row)
{
    for (size_t c = 0; c < table->part->columns; c++) {
        enum answer_grain grain = answer_is_table(table->part) ? table->grains[c] : ANSWER_SECONDS;

        if (!column_shows(table->answer, table->part, c))
            continue;
        cell_text(&table->text, table->answer, table->part, row, c, grain);
        put_fact(page, table, row, c);
    }
}

void put_table(struct page *page, const struct ap_answer *answer, const struct answer_part *part)
{
    struct table table;

    memset(&table, 0, sizeof table);
    table.answer = answer;
    table.part = part;
    measure(page, &table);
    (void)page_need(page, 60);
    tag_open(page, "Table", NULL);
    if (table.fits)
        put_headings(page, &table);
    for (size_t row = 0; row < part->rows; row++) {
        if (table.fits) {
            put_row(page, &table, row);
            continue;
        }
        /* Too many columns for a page: each row is a list of them. */
        put_record(page, &table, row);
        page_box(page, MARGIN, page->y, BODY_WIDTH, 0.4, &rule);
        page->y += ROW_PAD;
    }
    tag_close(page, "Table");
    page->failed = page->failed || table.text.failed;
    ap_buf_free(&table.text);
}

void put_facts(struct page *page, const struct ap_answer *answer, const struct answer_part *part)
{
    struct table table;

    memset(&table, 0, sizeof table);
    table.answer = answer;
    table.part = part;
    tag_open(page, "Table", NULL);
    if (part->rows > 0)
        put_record(page, &table, 0);
    tag_close(page, "Table");
    page->failed = page->failed || table.text.failed;
    ap_buf_free(&table.text);
}
