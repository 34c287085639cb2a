#include "table.h"

#include <limits.h>
#include <string.h>

#include "auditproof/display.h"
#include "auditproof/utf8.h"
#include "format_internal.h"
#include "wrap.h"

/* CELL_MAX: bytes of a cell, more than most terminals show of it. LEAST: columns of the widest escape. */
enum { GAP = 2, CELL_MAX = 4096, LINES = 4, LEAST = 10, NARROWEST = 60 };

static const char *const headings[TABLE_COLUMNS] = {"TIME", "RISK", "ACTION", "ACTOR", "RESOURCE", "ADDRESS", "RULES"};

/* What most entries need; a resource is "invitation/" and an identifier. */
static const unsigned usual[TABLE_COLUMNS] = {20, 8, 30, 30, 50, 15, 30};

/* What they need to be of use where an entry has but a line. */
static const unsigned useful[TABLE_COLUMNS] = {20, 8, 20, 16, 16, 15, 16};

void table_row_add(struct table_row *row, size_t cell, const char *text, size_t len)
{
    bool cut = len > CELL_MAX;

    if (cut) {
        len = CELL_MAX;
        while (len > 0 && ((unsigned char)text[len] & 0xC0U) == 0x80U)
            len--;
    }
    row->at[cell] = row->text.len;
    ap_buf_add(&row->text, text, len);
    ap_buf_adds(&row->text, cut ? "\xe2\x80\xa6" : "");
    row->len[cell] = row->text.len - row->at[cell];
}

void table_row_clear(struct table_row *row)
{
    struct ap_buf text = row->text;

    ap_buf_clear(&text);
    *row = (struct table_row){.text = text};
}

static struct ap_display open_cell(const struct table_layout *layout, const struct table_row *row, size_t cell)
{
    struct ap_display display;

    ap_display_start(&display, ap_buf_str(&row->text) + row->at[cell], row->len[cell]);
    display.raw = layout->raw;
    return display;
}

static unsigned width_of(const struct table_layout *layout, const struct table_row *row, size_t cell)
{
    struct ap_display display = open_cell(layout, row, cell);
    struct ap_display_char c;
    unsigned width = 0;

    while (ap_display_next(&display, &c))
        width += c.width;
    return width;
}

static unsigned sum_widths(const struct table_layout *layout)
{
    unsigned sum = (layout->columns - 1) * GAP;

    for (unsigned c = 0; c < layout->columns; c++)
        sum += layout->widths[c];
    return sum;
}

/* The same, if no column were wider than its cap. */
static unsigned sum_capped(const struct table_layout *layout, const unsigned caps[TABLE_COLUMNS])
{
    struct table_layout capped = *layout;

    for (unsigned c = 0; c < TABLE_COLUMNS; c++)
        capped.widths[c] = capped.widths[c] < caps[c] ? capped.widths[c] : caps[c];
    return sum_widths(&capped);
}

/* Take from the widest columns after the first two until it fits, or they are as narrow as may be. */
static void narrow(struct table_layout *layout)
{
    while (sum_widths(layout) > layout->width) {
        unsigned widest = TABLE_ACTION;

        for (unsigned c = TABLE_ACTION; c < layout->columns; c++)
            if (layout->widths[c] > layout->widths[widest])
                widest = c;
        if (layout->widths[widest] <= LEAST)
            break;
        layout->widths[widest]--;
    }
}

static bool any_rules(const struct table_row *rows, size_t count)
{
    for (size_t r = 0; r < count; r++)
        if (rows[r].len[TABLE_RULES] > 0)
            return true;
    return false;
}

/* One long value is no reason to have all of them beneath. */
static void choose_columns(struct table_layout *layout, bool rules)
{
    unsigned width = layout->width > 0 ? layout->width : UINT_MAX;

    /* Where an entry has but a line, what does not fit is left out. */
    while (layout->lines == 1 && layout->columns > TABLE_RESOURCE && sum_capped(layout, useful) > width)
        layout->columns--;
    if (layout->lines == 1)
        return;
    if (!rules || sum_capped(layout, usual) > width)
        layout->columns = TABLE_RULES;
    layout->beneath = sum_capped(layout, usual) > width;
    if (layout->beneath)
        layout->columns = TABLE_RESOURCE;
}

void table_lay_out(struct table_layout *layout, const struct ap_query_look *look, const struct table_row *rows,
                   size_t count)
{
    *layout = (struct table_layout){.columns = TABLE_COLUMNS,
                                    .lines = look->lines > 0 ? look->lines : LINES,
                                    .colour = look->colour,
                                    .raw = look->raw,
                                    .width = look->width > 0 && look->width < NARROWEST ? NARROWEST : look->width};
    for (unsigned c = 0; c < TABLE_COLUMNS; c++) {
        layout->widths[c] = look->live ? usual[c] : (unsigned)strlen(headings[c]);
        for (size_t r = 0; r < count && !look->live; r++) {
            unsigned width = width_of(layout, &rows[r], c);

            layout->widths[c] = width > layout->widths[c] ? width : layout->widths[c];
        }
    }
    layout->indent = layout->widths[TABLE_TIME] + layout->widths[TABLE_RISK] + 2 * GAP;
    choose_columns(layout, look->live || any_rules(rows, count));
    if (layout->width > 0)
        narrow(layout);
}

static void put_spaces(struct ap_buf *out, unsigned count)
{
    while (count-- > 0)
        ap_buf_addc(out, ' ');
}

void table_put_headings(struct ap_buf *out, const struct table_layout *layout)
{
    unsigned due = 0;

    for (unsigned c = 0; c < layout->columns; c++) {
        put_spaces(out, due);
        ap_buf_adds(out, headings[c]);
        due = layout->widths[c] - (unsigned)strlen(headings[c]) + GAP;
    }
    ap_buf_addc(out, '\n');
}

/* "" for what needs no colour. */
static const char *colour_of(const struct table_layout *layout, const struct table_row *row, unsigned cell)
{
    if (!layout->colour)
        return "";
    if (cell == TABLE_RISK)
        return query_level_colour(row->level);
    if (cell == TABLE_PROOF && row->failed)
        return "\x1b[1;31m";
    return cell == TABLE_GAP ? "\x1b[2m" : "";
}

/* A part of a cell on one line, coloured by itself, so that a line that is cut or copied leaves no colour on. */
static unsigned put_part(struct ap_buf *out, struct ap_display *text, unsigned columns, bool last, const char *colour)
{
    unsigned width;

    ap_buf_adds(out, colour);
    width = wrap_line(out, text, columns, last);
    ap_buf_adds(out, colour[0] != '\0' ? "\x1b[0m" : "");
    return width;
}

/* One line of all columns; false when there was nothing left for it. The first is always there. */
static bool put_columns(struct ap_buf *out, const struct table_layout *layout, const struct table_row *row,
                        struct ap_display cells[TABLE_COLUMNS], unsigned line)
{
    bool any = false;
    unsigned due = 0;

    for (unsigned c = 0; c < layout->columns; c++) {
        if (cells[c].left > 0) {
            bool last = line + 1 == layout->lines;

            put_spaces(out, due);
            due = 0;
            due = layout->widths[c] - put_part(out, &cells[c], layout->widths[c], last, colour_of(layout, row, c));
            if (last)
                cells[c].left = 0;
            any = true;
        } else {
            due += layout->widths[c];
        }
        due += GAP;
        if (c == TABLE_TIME && line == 0 && row->focus) {
            put_spaces(out, due - GAP);
            ap_buf_addc(out, '>');
            due = GAP - 1;
        }
    }
    if (any || line == 0)
        ap_buf_addc(out, '\n');
    return any;
}

/* Cells beneath, one after the other as far as they fit beside each other. */
static void put_beneath(struct ap_buf *out, const struct table_layout *layout, const struct table_row *row,
                        const enum table_cell *cells, size_t count)
{
    unsigned room = layout->width > layout->indent ? layout->width - layout->indent : 0, used = 0;

    for (size_t i = 0; i < count; i++) {
        struct ap_display text = open_cell(layout, row, cells[i]);
        unsigned width = width_of(layout, row, cells[i]);

        if (used > 0 && text.left > 0 && layout->width > 0 && used + GAP + width > room) {
            ap_buf_addc(out, '\n');
            used = 0;
        }
        for (unsigned line = 0; text.left > 0 && line < layout->lines; line++) {
            put_spaces(out, line > 0 || used == 0 ? layout->indent : GAP);
            used += (used > 0 ? GAP : 0) + put_part(out, &text, layout->width > 0 ? room - used : width,
                                                    line + 1 == layout->lines, colour_of(layout, row, cells[i]));
            if (text.left > 0 && line + 1 < layout->lines) {
                ap_buf_addc(out, '\n');
                used = 0;
            }
        }
    }
    if (used > 0)
        ap_buf_addc(out, '\n');
}

void table_put_row(struct ap_buf *out, const struct table_layout *layout, const struct table_row *row)
{
    static const enum table_cell gap[] = {TABLE_GAP}, proof[] = {TABLE_PROOF}, organization[] = {TABLE_ORGANIZATION};
    static const enum table_cell details[] = {TABLE_RESOURCE, TABLE_ADDRESS}, found[] = {TABLE_FOUND};
    struct table_layout whole = *layout;
    struct ap_display cells[TABLE_COLUMNS];

    /* Nothing is cut of a proof: a hash wants its 64 columns. */
    whole.lines = LINES;
    whole.indent = 0;
    put_beneath(out, &whole, row, organization, 1);
    put_beneath(out, layout, row, gap, 1);
    for (unsigned c = 0; c < TABLE_COLUMNS; c++)
        cells[c] = open_cell(layout, row, c);
    for (unsigned line = 0; line < layout->lines && put_columns(out, layout, row, cells, line); line++)
        continue;
    if (layout->beneath)
        put_beneath(out, layout, row, details, 2);
    if (layout->lines > 1 && layout->columns <= TABLE_RULES)
        put_beneath(out, layout, row, found, 1);
    whole.indent = GAP;
    put_beneath(out, &whole, row, proof, 1);
}
