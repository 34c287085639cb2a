/* The image: its style, its parts one beneath the other, and what it was made of. */
#include "answer_svg.h"

#include <inttypes.h>
#include <string.h>

#include "auditproof/clock.h"
#include "auditproof/display.h"
#include "auditproof/html.h"
#include "format_internal.h"

enum {
    BARS_MOST = 40,
    COLUMNS_MOST = 700,
    NAME_MOST = 1024,
    TITLE_HEIGHT = 26,
    GAP = 28,
    FOOT_HEIGHT = 56,
    FOOT_LINE = 17
};

/* Pixels of a terminal's column, as a rule. */
static const double column_width = 7.4;

/* Colours of the report's pages. */
static const char style[] =
    "<style>\n"
    "text { font: 13px system-ui, -apple-system, \"Segoe UI\", Roboto, \"Helvetica Neue\", Arial, sans-serif;"
    " fill: #15202b; font-variant-numeric: tabular-nums; }\n"
    ".title { font-size: 16px; font-weight: 600; } .soft { fill: #55626f; } .scale { fill: #55626f; font-size: 11px; "
    "}\n"
    ".tick { fill: #55626f; font-size: 11.5px; } .foot { fill: #55626f; font-size: 11px; }\n"
    ".paper { fill: #fff; } .track { fill: #e9edf1; } .bar { fill: #2f6690; }\n"
    ".l1 { fill: #c3d2e3; } .l2 { fill: #dc9a2b; } .l3 { fill: #bf4b1a; } .l4 { fill: #4e0d3a; }\n"
    ".grid { stroke: #d5dce3; } .base { stroke: #15202b; }\n"
    "@media (prefers-color-scheme: dark) {\n"
    "text { fill: #e6ebf0; } .soft, .scale, .tick, .foot { fill: #9dabb8; }\n"
    ".paper { fill: #11161b; } .track { fill: #232c35; } .bar { fill: #6aa9d8; }\n"
    ".l1 { fill: #3f5670; } .l2 { fill: #b67a1f; } .l3 { fill: #f08c5a; } .l4 { fill: #ffd3e4; }\n"
    ".grid { stroke: #313c47; } .base { stroke: #e6ebf0; }\n"
    "}\n"
    "</style>\n";

void svg_put_pixels(struct ap_buf *out, double pixels)
{
    int64_t hundredths = (int64_t)(pixels * 100 + 0.5);

    ap_buf_addf(out, "%" PRId64 ".%02" PRId64, hundredths / 100, hundredths % 100);
}

double svg_text_width(const char *text, size_t len)
{
    return column_width * (double)ap_display_width(text, len);
}

/* Characters of it that have room, as a rule; the box cuts off what is wider. */
static size_t fitting(const char *text, size_t len, double width, size_t max)
{
    struct ap_display display;
    struct ap_display_char c;
    double left = width;
    size_t count = 0;

    ap_display_start(&display, text, len);
    while (count < max && ap_display_next(&display, &c) && (left -= column_width * c.width) > -0.5)
        count++;
    /* One less has room for the ellipsis. */
    return display.left > 0 && count > 1 ? count - 1 : count;
}

void svg_put_text(struct ap_buf *out, const struct svg_box *box, const char *text, size_t len, size_t max)
{
    ap_buf_adds(out, "<svg x=\"");
    svg_put_pixels(out, box->x);
    ap_buf_adds(out, "\" y=\"");
    svg_put_pixels(out, box->y - 15);
    ap_buf_adds(out, "\" width=\"");
    svg_put_pixels(out, box->width);
    ap_buf_addf(out, "\" height=\"20\"><text class=\"%s\" text-anchor=\"%s\" x=\"%s\" y=\"15\">", box->class,
                box->anchor,
                box->anchor[0] == 's'   ? "0"
                : box->anchor[0] == 'e' ? "100%"
                                        : "50%");
    ap_html_put_cut(out, text, len, fitting(text, len, box->width, max));
    ap_buf_adds(out, "</text></svg>");
}

static void put_cell(struct ap_buf *out, const struct svg_chart *chart, size_t row, size_t column,
                     enum answer_grain grain)
{
    const struct answer_cell *cell = answer_cell(chart->answer, chart->part, chart->from + row, column);

    if (!cell->present)
        ap_buf_adds(out, "(none)");
    else
        answer_say(out, chart->answer, &chart->part->is->columns[column], cell, grain);
}

void svg_put_name(struct ap_buf *out, const struct svg_chart *chart, size_t row)
{
    put_cell(out, chart, row, 0, chart->grain);
}

void svg_put_value(struct ap_buf *out, const struct svg_chart *chart, size_t row)
{
    put_cell(out, chart, row, chart->part->is->value, ANSWER_SECONDS);
}

double svg_amount(const struct svg_chart *chart, size_t row)
{
    size_t value = chart->part->is->value;

    return answer_amount(chart->answer, &chart->part->is->columns[value],
                         answer_cell(chart->answer, chart->part, chart->from + row, value));
}

const char *svg_class(const struct svg_chart *chart, size_t row)
{
    static const char *const classes[] = {"l1", "l1", "l2", "l3", "l4"};

    for (size_t c = 0; c < chart->part->columns; c++) {
        const struct answer_cell *cell = answer_cell(chart->answer, chart->part, chart->from + row, c);

        if (chart->part->is->columns[c].kind == AP_ANSWER_LEVEL && cell->present) {
            struct ap_value level = {answer_text(chart->answer, cell), cell->len};

            return classes[query_level_of(&level)];
        }
    }
    return "bar";
}

static bool is_drawn(const struct answer_part *part, const char *only)
{
    return answer_wants(part, only) && part->is->chart != AP_ANSWER_NO_CHART && part->is->value < part->columns;
}

/* Of bars the first, which are the largest; of columns the last, which are the newest. */
static void begin(struct svg_chart *chart, const struct ap_answer *answer, const struct answer_part *part)
{
    size_t most = part->is->chart == AP_ANSWER_BARS ? BARS_MOST : COLUMNS_MOST;

    *chart = (struct svg_chart){.answer = answer, .part = part, .count = part->rows};
    if (part->rows > most) {
        chart->count = most;
        chart->from = part->is->chart == AP_ANSWER_BARS ? 0 : part->rows - most;
    }
    chart->grain = answer_grain(answer, part, 0);
    for (size_t row = 0; row < chart->count; row++)
        chart->most = svg_amount(chart, row) > chart->most ? svg_amount(chart, row) : chart->most;
}

static void put_title(struct ap_buf *out, const struct svg_chart *chart, double y)
{
    const struct svg_box box = {SVG_MARGIN, SVG_PLOT, y, "start", "title"};
    struct ap_buf title = AP_BUF_INIT;

    answer_put_title(&title, chart->answer, chart->part);
    if (chart->count < chart->part->rows)
        ap_buf_addf(&title, " (%s %zu of %zu)", chart->from > 0 ? "the last" : "the first", chart->count,
                    chart->part->rows);
    svg_put_text(out, &box, ap_buf_str(&title), title.len, NAME_MOST);
    out->failed |= title.failed;
    ap_buf_free(&title);
}

static double put_part(struct ap_buf *out, const struct ap_answer *answer, const struct answer_part *part, double y)
{
    const char *empty = part->is->empty != NULL ? part->is->empty : "nothing";
    const struct svg_box nothing = {SVG_MARGIN, SVG_PLOT, y + TITLE_HEIGHT + 14, "start", "soft"};
    struct svg_chart chart;
    double height;

    begin(&chart, answer, part);
    ap_buf_adds(out, "<g>\n");
    put_title(out, &chart, y + 16);
    ap_buf_addc(out, '\n');
    if (chart.count == 0) {
        svg_put_text(out, &nothing, empty, strlen(empty), NAME_MOST);
        height = 20;
    } else if (part->is->chart == AP_ANSWER_BARS) {
        height = svg_put_bars(out, &chart, y + TITLE_HEIGHT);
    } else {
        height = svg_put_columns(out, &chart, y + TITLE_HEIGHT);
    }
    ap_buf_adds(out, "</g>\n");
    return TITLE_HEIGHT + height;
}

static void put_foot(struct ap_buf *out, const struct ap_buf *text, double y)
{
    const struct svg_box box = {SVG_MARGIN, SVG_PLOT, y, "start", "foot"};

    svg_put_text(out, &box, ap_buf_str(text), text->len, NAME_MOST);
    out->failed |= text->failed;
}

/* Is the remark about what is drawn, and not about another part, or what to ask next? */
static bool concerns(const struct ap_answer *answer, const char *only, const char *remark)
{
    static const char next[] = "auditquery ";

    for (size_t i = 0; i < answer->part_count; i++) {
        const char *name = answer->parts[i].is->name;
        size_t len = strlen(name);

        if (!is_drawn(&answer->parts[i], only) && strncmp(remark, name, len) == 0 && remark[len] == ':')
            return false;
    }
    return strncmp(remark, next, strlen(next)) != 0;
}

/* What the answer leaves out, for a drawing goes where nobody sees the rest; returns the height. */
static double put_remarks(struct ap_buf *out, const struct ap_answer *answer, const char *only, double y)
{
    double height = 0;
    const char *remark;

    for (size_t i = 0; (remark = ap_answer_remark_at(answer, i)) != NULL; i++) {
        struct ap_buf text = AP_BUF_INIT;

        if (!concerns(answer, only, remark))
            continue;
        ap_buf_adds(&text, remark);
        put_foot(out, &text, y + height);
        ap_buf_free(&text);
        height += FOOT_LINE;
    }
    return height;
}

/* Of what it was made, and when; and by which filters. */
static void put_origin(struct ap_buf *out, const struct ap_query_head *head, double y)
{
    struct ap_buf text = AP_BUF_INIT;
    char org[AP_UUID_TEXT_SIZE];

    ap_uuid_format(org, &head->org);
    ap_buf_addf(&text, "%s %s %s, database %s, %s%s, ", head->program, head->version, head->command, head->database,
                head->has_org ? "organization " : "all organizations", head->has_org ? org : "");
    query_put_time(&text, head->now_us);
    put_foot(out, &text, y);
    ap_buf_clear(&text);
    if (head->filter != NULL)
        ap_query_describe(&text, head->filter, true);
    if (text.len > strlen("{}"))
        put_foot(out, &text, y + FOOT_LINE);
    ap_buf_free(&text);
}

static void put_head(struct ap_buf *out, const struct ap_answer *answer, const char *only,
                     const struct ap_query_head *head, double height)
{
    const char *between = "";

    ap_buf_addf(out,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%.0f\" viewBox=\"0 0 %d %.0f\""
                " role=\"img\" aria-labelledby=\"title what\">\n<title id=\"title\">",
                SVG_WIDTH, height, SVG_WIDTH, height);
    ap_html_put(out, head->program);
    ap_buf_addc(out, ' ');
    ap_html_put(out, head->command);
    ap_buf_adds(out, ": database ");
    ap_html_put(out, head->database);
    ap_buf_adds(out, "</title>\n<desc id=\"what\">");
    for (size_t i = 0; i < answer->part_count; i++) {
        if (!is_drawn(&answer->parts[i], only))
            continue;
        ap_buf_adds(out, between);
        ap_html_put(out, answer->parts[i].is->title);
        between = "; ";
    }
    ap_buf_addf(out, ". Each bar has its name and its value as its title.</desc>\n%s", style);
    ap_buf_addf(out, "<rect class=\"paper\" width=\"%d\" height=\"%.0f\"/>\n", SVG_WIDTH, height);
}

enum ap_status ap_answer_draw(struct ap_buf *out, const struct ap_answer *answer, const char *only,
                              const struct ap_query_head *head, struct ap_error *err)
{
    struct ap_buf body = AP_BUF_INIT;
    double y = SVG_MARGIN;
    enum ap_status status = ap_answer_check(answer, err);
    bool any = false;

    for (size_t i = 0; status == AP_OK && i < answer->part_count; i++) {
        if (!is_drawn(&answer->parts[i], only))
            continue;
        y += put_part(&body, answer, &answer->parts[i], y) + GAP;
        any = true;
    }
    if (status == AP_OK && !any)
        status = ap_fail(err, AP_EINPUT, "%s%s has nothing that can be drawn",
                         only != NULL ? "the part " : head->command, only != NULL ? only : "");
    if (status == AP_OK) {
        y += put_remarks(&body, answer, only, y + 12);
        status = ap_buf_check(&body, "a chart", err);
    }
    if (status == AP_OK) {
        put_head(out, answer, only, head, y + FOOT_HEIGHT);
        ap_buf_add(out, body.data, body.len);
        put_origin(out, head, y + 12);
        ap_buf_adds(out, "\n</svg>\n");
        status = ap_buf_check(out, "a chart", err);
    }
    ap_buf_free(&body);
    return status;
}
