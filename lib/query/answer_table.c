/* An answer for people: each part beneath its title, then the remarks. */
#include <ctype.h>
#include <string.h>

#include "auditproof/display.h"
#include "answer_layout.h"
#include "format_internal.h"
#include "wrap.h"

enum { INDENT = 2, PROSE_MOST = 100 };

static const char bold[] = "\x1b[1m", dim[] = "\x1b[2m", plain[] = "\x1b[0m";

/* A row's texts, one after the other, and how far each is printed. */
struct row {
    struct ap_buf texts;
    size_t at[ANSWER_FIELDS], len[ANSWER_FIELDS];
    struct ap_display left[ANSWER_FIELDS];
    const char *colours[ANSWER_FIELDS];
    bool absent[ANSWER_FIELDS];
};

static void put_spaces(struct ap_buf *out, unsigned count)
{
    while (count-- > 0)
        ap_buf_addc(out, ' ');
}

/* A line that is broken after a space does not end in it. */
static void end_line(struct ap_buf *out)
{
    while (out->len > 0 && out->data[out->len - 1] == ' ')
        out->len--;
    ap_buf_addc(out, '\n');
}

static unsigned width_of(struct ap_display display)
{
    struct ap_display_char c;
    unsigned width = 0;

    while (ap_display_next(&display, &c))
        width += c.width;
    return width;
}

/* A sentence in as many lines as it takes: a word that is too long for one is broken, an option's dashes are not. */
static void put_prose(struct ap_buf *out, const char *text, unsigned width, const char *colour, bool raw)
{
    unsigned columns = width == 0 || width > PROSE_MOST ? PROSE_MOST : width, used = 0;

    ap_buf_adds(out, colour);
    for (; *text != '\0'; text += strspn(text, " ")) {
        size_t len = strcspn(text, " ");
        struct ap_display word;

        ap_display_start(&word, text, len);
        word.raw = raw;
        if (used > 0 && used + 1 + width_of(word) > columns) {
            ap_buf_addc(out, '\n');
            used = 0;
        }
        if (used > 0)
            ap_buf_addc(out, ' ');
        used += used > 0;
        used += wrap_line(out, &word, columns - used, false);
        while (word.left > 0) {
            ap_buf_addc(out, '\n');
            used = wrap_line(out, &word, columns, false);
        }
        text += len;
    }
    ap_buf_adds(out, colour[0] != '\0' ? plain : "");
    ap_buf_addc(out, '\n');
}

static void take_row(struct row *row, const struct answer_layout *layout, const struct ap_answer *answer,
                     const struct answer_part *part, size_t number)
{
    const char *level = "";

    ap_buf_clear(&row->texts);
    for (size_t i = 0; i < layout->count; i++) {
        const struct answer_field *field = &layout->fields[i];
        const struct answer_cell *cell = answer_cell(answer, part, number, field->number);

        row->at[i] = row->texts.len;
        answer_put_field(&row->texts, answer, part, number, field);
        row->len[i] = row->texts.len - row->at[i];
        row->absent[i] = !cell->present;
        if (field->column->kind == AP_ANSWER_LEVEL && cell->present) {
            struct ap_value value = {answer_text(answer, cell), cell->len};

            level = query_level_colour(query_level_of(&value));
        }
    }
    for (size_t i = 0; i < layout->count; i++) {
        const struct answer_field *field = &layout->fields[i];
        bool by_level = field->bar || field->column->kind == AP_ANSWER_LEVEL;

        ap_display_start(&row->left[i], ap_buf_str(&row->texts) + row->at[i], row->len[i]);
        row->left[i].raw = layout->raw;
        row->colours[i] = !layout->colour ? "" : row->absent[i] ? dim : by_level ? level : "";
    }
}

/* As much of a field as a line has room for, coloured by itself, so that a line that is cut leaves no colour on. */
static unsigned put_some(struct ap_buf *out, struct row *row, size_t i, unsigned columns, bool last)
{
    const char *colour = row->colours[i];
    unsigned width;

    ap_buf_adds(out, colour);
    width = wrap_line(out, &row->left[i], columns, last);
    ap_buf_adds(out, colour[0] != '\0' ? plain : "");
    if (last)
        row->left[i].left = 0;
    return width;
}

static bool is_left(const struct answer_layout *layout, const struct row *row)
{
    for (size_t i = 0; i < layout->count; i++)
        if (!layout->fields[i].beneath && !layout->fields[i].gone && row->left[i].left > 0)
            return true;
    return false;
}

static void put_line(struct ap_buf *out, const struct answer_layout *layout, struct row *row, bool last)
{
    unsigned due = 0;

    for (size_t i = 0; i < layout->count; i++) {
        const struct answer_field *field = &layout->fields[i];
        unsigned before = 0, taken = 0;

        if (field->beneath || field->gone)
            continue;
        if (row->left[i].left > 0) {
            before = field->right ? field->width - width_of(row->left[i]) : 0;
            put_spaces(out, due + before);
            taken = put_some(out, row, i, field->width, last);
            due = 0;
        }
        due += field->width - before - taken + ANSWER_GAP;
    }
    end_line(out);
}

/* What stands beneath, with its heading, one after the other as far as they fit. */
static void put_beneath(struct ap_buf *out, const struct answer_layout *layout, struct row *row)
{
    unsigned used = 0;

    for (size_t i = 0; i < layout->count; i++) {
        const char *heading = layout->fields[i].column->heading;
        unsigned name = (unsigned)ap_display_width(heading, strlen(heading)) + 1;

        if (!layout->fields[i].beneath || row->absent[i])
            continue;
        if (used > 0 && used + ANSWER_GAP + name + width_of(row->left[i]) > layout->width) {
            end_line(out);
            used = 0;
        }
        put_spaces(out, ANSWER_GAP);
        ap_buf_addf(out, "%s ", heading);
        used += ANSWER_GAP + name;
        for (unsigned line = 0; row->left[i].left > 0 && line < layout->lines; line++) {
            if (line > 0) {
                end_line(out);
                put_spaces(out, 2 * INDENT);
                used = 2 * INDENT;
            }
            used += put_some(out, row, i, layout->width - used, line + 1 == layout->lines);
        }
    }
    if (used > 0)
        end_line(out);
}

static void put_headings(struct ap_buf *out, const struct answer_layout *layout)
{
    unsigned due = 0;

    for (size_t i = 0; i < layout->count; i++) {
        const struct answer_field *field = &layout->fields[i];
        const char *heading = field->column->heading;
        unsigned width = field->bar ? 0 : (unsigned)ap_display_width(heading, strlen(heading));

        if (field->beneath || field->gone)
            continue;
        if (width > 0) {
            put_spaces(out, due + (field->right ? field->width - width : 0));
            for (const char *c = heading; *c != '\0'; c++)
                ap_buf_addc(out, (char)toupper((unsigned char)*c));
            due = 0;
        }
        due += (width > 0 && field->right ? 0 : field->width - width) + ANSWER_GAP;
    }
    end_line(out);
}

static void put_rows(struct ap_buf *out, const struct answer_layout *layout, const struct ap_answer *answer,
                     const struct answer_part *part)
{
    struct row row;

    memset(&row, 0, sizeof row);
    put_headings(out, layout);
    for (size_t number = 0; number < part->rows; number++) {
        take_row(&row, layout, answer, part, number);
        for (unsigned line = 0; line < layout->lines && is_left(layout, &row); line++)
            put_line(out, layout, &row, line + 1 == layout->lines);
        put_beneath(out, layout, &row);
    }
    out->failed |= row.texts.failed;
    ap_buf_free(&row.texts);
}

/* Columns of the names, with what stands after them. Series are made to fit beside them. */
static unsigned settle_facts(struct answer_layout *layout)
{
    unsigned widest = 0;

    for (size_t i = 0; i < layout->count; i++) {
        unsigned width = (unsigned)strlen(layout->fields[i].column->heading) + 1 + ANSWER_GAP;

        widest = width > widest ? width : widest;
    }
    for (size_t i = 0; i < layout->count; i++)
        if (layout->width > widest && layout->fields[i].width > layout->width - widest)
            layout->fields[i].width = layout->width - widest;
    return widest;
}

static void put_facts(struct ap_buf *out, struct answer_layout *layout, const struct ap_answer *answer,
                      const struct answer_part *part)
{
    unsigned names = settle_facts(layout);
    struct row row;

    memset(&row, 0, sizeof row);
    take_row(&row, layout, answer, part, 0);
    for (size_t i = 0; i < layout->count; i++) {
        const char *heading = layout->fields[i].column->heading;
        unsigned room = layout->width > names ? layout->width - names : width_of(row.left[i]) + 1;

        ap_buf_addf(out, "%s:", heading);
        put_spaces(out, row.len[i] > 0 ? names - (unsigned)strlen(heading) - 1 : 0);
        for (unsigned line = 0; row.left[i].left > 0 && line < layout->lines; line++) {
            if (line > 0) {
                end_line(out);
                put_spaces(out, names);
            }
            (void)put_some(out, &row, i, room, line + 1 == layout->lines);
        }
        end_line(out);
    }
    out->failed |= row.texts.failed;
    ap_buf_free(&row.texts);
}

static void put_part(struct ap_buf *out, const struct ap_answer *answer, const struct answer_part *part,
                     const struct ap_query_look *look)
{
    struct ap_buf title = AP_BUF_INIT;
    struct answer_layout layout;

    answer_lay_out(&layout, answer, part, look);
    answer_put_title(&title, answer, part);
    put_prose(out, ap_buf_str(&title), layout.width, layout.colour ? bold : "", layout.raw);
    out->failed |= title.failed;
    ap_buf_free(&title);
    if (part->rows == 0)
        put_prose(out, part->is->empty, layout.width, "", false);
    else if (!answer_is_table(part))
        put_facts(out, &layout, answer, part);
    else
        put_rows(out, &layout, answer, part);
}

static bool is_shown(const struct answer_part *part, const char *only)
{
    if (part->rows == 0 && part->is->empty == NULL)
        return false;
    if (only == NULL)
        return part->is->shape != AP_ANSWER_ASIDE;
    return answer_wants(part, only);
}

void answer_put_table(struct ap_buf *out, const struct ap_answer *answer, const char *only,
                      const struct ap_query_look *look)
{
    const char *remark;
    bool any = false;

    for (size_t i = 0; i < answer->part_count; i++) {
        const struct answer_part *part = &answer->parts[i];

        if (!is_shown(part, only))
            continue;
        ap_buf_adds(out, any ? "\n" : "");
        put_part(out, answer, part, look);
        any = true;
    }
    for (size_t i = 0; (remark = ap_answer_remark_at(answer, i)) != NULL; i++) {
        ap_buf_adds(out, any && i == 0 ? "\n" : "");
        put_prose(out, remark, look->width, "", look->raw);
    }
}
