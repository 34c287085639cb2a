#include "answer_layout.h"

#include <string.h>

#include "auditproof/display.h"
#include "answer_draw.h"

/* Columns: of the narrowest table; what a text is content with, and an identifier, which wants to be copied whole; of
 * the widest escape; and of bars and sparklines at their widest, well and at their narrowest. */
enum { NARROWEST = 60, TEXT_COMFORT = 24, ID = 36, TEXT_LEAST = 10, LINES = 4, CELL_MAX = 4096 };
enum { TO_THE_MINUTE = 17, TO_THE_DAY = 10 };
enum { BAR_MOST = 20, BAR_COMFORT = 10, BAR_LEAST = 4, SERIES_MOST = 60, SERIES_COMFORT = 12, SERIES_LEAST = 8 };

static unsigned least_of(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

static unsigned most_of(unsigned a, unsigned b)
{
    return a > b ? a : b;
}

static bool is_text(const struct answer_field *field)
{
    return !field->bar && (field->column->kind == AP_ANSWER_TEXT || field->column->kind == AP_ANSWER_UNIT ||
                           field->column->kind == AP_ANSWER_JSON || field->column->kind == AP_ANSWER_BRIEF);
}

static bool is_drawn(const struct answer_field *field)
{
    return field->bar || field->column->kind == AP_ANSWER_SERIES;
}

static size_t cut(const char *text, size_t len)
{
    if (len <= CELL_MAX)
        return len;
    for (len = CELL_MAX; len > 0 && ((unsigned char)text[len] & 0xC0U) == 0x80U;)
        len--;
    return len;
}

void answer_put_field(struct ap_buf *out, const struct ap_answer *answer, const struct answer_part *part, size_t row,
                      const struct answer_field *field)
{
    const struct answer_cell *cell = answer_cell(answer, part, row, field->number);
    struct ap_buf text = AP_BUF_INIT;
    size_t len;

    if (field->bar) {
        answer_put_bar(out, answer_amount(answer, field->column, cell), field->most, field->width);
        return;
    }
    if (cell->present && field->column->kind == AP_ANSWER_SERIES) {
        answer_put_sparkline(out, answer, cell, field->width);
        return;
    }
    answer_say(&text, answer, field->column, cell, field->grain);
    len = cut(ap_buf_str(&text), text.len);
    ap_buf_add(out, ap_buf_str(&text), len);
    ap_buf_adds(out, len < text.len ? "\xe2\x80\xa6" : "");
    out->failed |= text.failed;
    ap_buf_free(&text);
}

static unsigned width_of(const char *text, size_t len, bool raw)
{
    struct ap_display display;
    struct ap_display_char c;
    unsigned width = 0;

    ap_display_start(&display, text, len);
    display.raw = raw;
    while (ap_display_next(&display, &c))
        width += c.width;
    return width;
}

static void measure(struct answer_field *field, const struct ap_answer *answer, const struct answer_part *part,
                    bool raw)
{
    struct ap_buf text = AP_BUF_INIT;

    for (size_t row = 0; row < part->rows; row++) {
        const struct answer_cell *cell = answer_cell(answer, part, row, field->number);
        double amount = answer_amount(answer, field->column, cell);

        if (field->bar) {
            field->most = amount > field->most ? amount : field->most;
        } else if (field->column->kind == AP_ANSWER_SERIES) {
            field->natural = most_of(field->natural, cell->len > SERIES_MOST ? SERIES_MOST : (unsigned)cell->len);
        } else {
            ap_buf_clear(&text);
            answer_put_field(&text, answer, part, row, field);
            field->natural = most_of(field->natural, width_of(ap_buf_str(&text), text.len, raw));
        }
    }
    ap_buf_free(&text);
}

static void add_field(struct answer_layout *layout, const struct ap_answer *answer, const struct answer_part *part,
                      size_t number, bool bar)
{
    struct answer_field *field = &layout->fields[layout->count++];
    const struct ap_answer_column *column = &part->is->columns[number];
    unsigned heading = bar ? 0 : (unsigned)ap_display_width(column->heading, strlen(column->heading));

    *field = (struct answer_field){.column = column, .number = number, .bar = bar, .heading = heading};
    field->right =
        !bar && (column->kind == AP_ANSWER_COUNT || column->kind == AP_ANSWER_NUMBER || column->kind == AP_ANSWER_SPAN);
    field->grain = field->exact = answer_grain(answer, part, number);
    measure(field, answer, part, layout->raw);
    if (bar)
        field->natural = BAR_MOST;
    field->comfort = field->least = field->natural;
    if (is_text(field) && field->natural != ID)
        field->comfort = least_of(field->natural, TEXT_COMFORT);
    if (is_text(field))
        field->least = least_of(field->natural, TEXT_LEAST);
    if (is_drawn(field)) {
        field->comfort = least_of(field->natural, bar ? BAR_COMFORT : SERIES_COMFORT);
        field->least = least_of(field->natural, bar ? BAR_LEAST : SERIES_LEAST);
    }
    field->natural = most_of(field->natural, heading);
    field->comfort = most_of(field->comfort, heading);
    field->least = most_of(field->least, heading);
    field->width = field->natural;
}

static bool stands(const struct answer_field *field)
{
    return !field->beneath && !field->gone;
}

static bool fits(const struct answer_layout *layout)
{
    unsigned sum = 0, standing = 0;

    for (size_t i = 0; i < layout->count; i++) {
        if (!stands(&layout->fields[i]))
            continue;
        sum += layout->fields[i].width;
        standing++;
    }
    return sum + (standing > 0 ? standing - 1 : 0) * ANSWER_GAP <= layout->width;
}

/* Take from those that have most to give, until it fits or none has any. */
static void shrink(struct answer_layout *layout, bool drawn, bool to_least)
{
    while (!fits(layout)) {
        struct answer_field *from = NULL;
        unsigned most = 0;

        for (size_t i = 0; i < layout->count; i++) {
            struct answer_field *field = &layout->fields[i];
            unsigned floor = to_least ? field->least : field->comfort;

            if (stands(field) && is_drawn(field) == drawn && field->width > floor && field->width - floor > most) {
                most = field->width - floor;
                from = field;
            }
        }
        if (from == NULL)
            return;
        from->width--;
    }
}

static void shrink_all(struct answer_layout *layout, bool to_least)
{
    shrink(layout, true, to_least);
    shrink(layout, false, to_least);
}

/* The last one after the first goes beneath; false when there is none. */
static bool fold(struct answer_layout *layout, bool text_only)
{
    for (size_t i = layout->count; i-- > 1;) {
        struct answer_field *field = &layout->fields[i];

        if (!stands(field) || field->bar || (text_only && !is_text(field)))
            continue;
        field->beneath = true;
        if (i + 1 < layout->count && layout->fields[i + 1].bar)
            layout->fields[i + 1].gone = true;
        return true;
    }
    return false;
}

/* To the minute, then to the day; the later ones, which are of what was last, stay exact for longer. */
static void shrink_times(struct answer_layout *layout)
{
    for (enum answer_grain grain = ANSWER_SECONDS; grain-- > ANSWER_DAYS;) {
        for (size_t i = 0; i < layout->count && !fits(layout); i++) {
            struct answer_field *field = &layout->fields[i];

            if (stands(field) && !field->bar && field->column->kind == AP_ANSWER_TIME && field->grain > grain) {
                field->grain = grain;
                field->width =
                    least_of(field->width, most_of(field->heading, grain == ANSWER_DAYS ? TO_THE_DAY : TO_THE_MINUTE));
            }
        }
    }
}

static void restore(struct answer_layout *layout)
{
    for (size_t i = 0; i < layout->count; i++) {
        layout->fields[i].width = layout->fields[i].natural;
        layout->fields[i].grain = layout->fields[i].exact;
    }
}

/* Short of what they are content with, texts go beneath; then bars go, times are cut, all get as narrow as they can,
 * and others go beneath. */
static void fit(struct answer_layout *layout)
{
    shrink_all(layout, false);
    while (!fits(layout) && fold(layout, true)) {
        restore(layout);
        shrink_all(layout, false);
    }
    for (size_t i = 0; i < layout->count && !fits(layout); i++)
        layout->fields[i].gone = layout->fields[i].gone || layout->fields[i].bar;
    shrink_times(layout);
    shrink_all(layout, true);
    while (!fits(layout) && fold(layout, false)) {
        restore(layout);
        shrink_all(layout, false);
        shrink_times(layout);
        shrink_all(layout, true);
    }
}

/* Texts are cut as short as they may be; then the last columns go. */
static void fit_lines(struct answer_layout *layout)
{
    shrink_all(layout, false);
    shrink_all(layout, true);
    for (size_t i = layout->count; i-- > 1 && !fits(layout);) {
        layout->fields[i].gone = true;
        restore(layout);
        shrink_all(layout, false);
        shrink_all(layout, true);
    }
}

void answer_lay_out(struct answer_layout *layout, const struct ap_answer *answer, const struct answer_part *part,
                    const struct ap_query_look *look)
{
    memset(layout, 0, sizeof *layout);
    layout->width = look->width > 0 ? most_of(look->width, NARROWEST) : 0;
    layout->lines = look->lines > 0 ? look->lines : LINES;
    layout->colour = look->colour;
    layout->raw = look->raw;
    for (size_t c = 0; c < part->columns; c++) {
        if (part->is->columns[c].heading == NULL || answer_is_said_once(answer, part, c))
            continue;
        add_field(layout, answer, part, c, false);
        if (part->is->columns[c].bar && answer_is_table(part))
            add_field(layout, answer, part, c, true);
        /* Nothing to draw needs no room. */
        if (layout->fields[layout->count - 1].bar && layout->fields[layout->count - 1].most <= 0)
            layout->count--;
    }
    if (part->is->shape == AP_ANSWER_LINES)
        layout->lines = 1;
    if (layout->width > 0 && part->is->shape == AP_ANSWER_LINES)
        fit_lines(layout);
    else if (layout->width > 0 && answer_is_table(part))
        fit(layout);
}
