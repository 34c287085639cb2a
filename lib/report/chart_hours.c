/* Entries by weekday and hour. */
#include <inttypes.h>

#include "auditproof/html.h"
#include "report_internal.h"

enum { ROW_HEIGHT = 28, TOP = 4, LABEL_UNITS = 11, CELL_UNITS = 4, UNITS = LABEL_UNITS + 24 * CELL_UNITS };

static const char *const weekdays[7] = {"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"};

/* In a cell there is room for four characters. */
static void put_brief(struct ap_buf *out, uint64_t count)
{
    static const char *const suffixes[] = {"", "k", "M", "G", "T"};
    size_t s = 0;
    uint64_t tenths = count * 10;

    for (; tenths >= 10000 && s + 1 < sizeof suffixes / sizeof *suffixes; s++)
        tenths = (tenths + 500) / 1000;
    ap_buf_addf(out, "%" PRIu64, tenths / 10);
    if (s > 0 && tenths < 100 && tenths % 10 != 0)
        ap_buf_addf(out, ".%" PRIu64, tenths % 10);
    ap_buf_adds(out, suffixes[s]);
}

static uint64_t most_of(const struct figures *figures)
{
    uint64_t most = 0;

    for (size_t d = 0; d < 7; d++)
        for (size_t h = 0; h < 24; h++)
            if (figures->by_hour[d][h] > most)
                most = figures->by_hour[d][h];
    return most;
}

/* More could not be told apart, least of all on paper. */
enum { SHADES = 10 };

static unsigned shade_of(uint64_t count, uint64_t most)
{
    return count == 0 ? 0 : 1 + (unsigned)((double)count / (double)most * (SHADES - 1));
}

static void put_cell(struct ap_buf *out, size_t day, size_t hour, uint64_t count, uint64_t most)
{
    unsigned shade = shade_of(count, most);
    size_t y = TOP + day * ROW_HEIGHT;

    ap_buf_addf(out, "<g><title>%s, %02zu:00 to %02zu:00: ", weekdays[day], hour, hour + 1);
    put_counted(out, count, "entry", "entries");
    ap_buf_addf(out, "</title><rect class=\"h%u\" height=\"%d\" y=\"%zu\" x=\"", shade, ROW_HEIGHT - 3, y);
    put_percent(out, 10 * (LABEL_UNITS + hour * CELL_UNITS) + 2, 10 * UNITS);
    ap_buf_adds(out, "\" width=\"");
    put_percent(out, 10 * CELL_UNITS - 3, 10 * UNITS);
    ap_buf_adds(out, "\"/>");
    if (count > 0) {
        ap_buf_addf(out, "<text class=\"cell %s\" y=\"%zu\" x=\"", shade > 5 ? "over" : "", y + ROW_HEIGHT / 2 + 2);
        put_percent(out, 10 * (LABEL_UNITS + hour * CELL_UNITS) + 5 * CELL_UNITS, 10 * UNITS);
        ap_buf_adds(out, "\">");
        put_brief(out, count);
        ap_buf_adds(out, "</text>");
    }
    ap_buf_adds(out, "</g>");
}

static void put_shades(struct ap_buf *out, uint64_t most)
{
    ap_buf_adds(out, "<ul class=\"legend\"><li><svg width=\"13\" height=\"13\" aria-hidden=\"true\"><rect class=\"h0\""
                     " width=\"13\" height=\"13\"/></svg> no entries</li><li>1 <svg width=\"130\" height=\"13\""
                     " aria-hidden=\"true\">");
    for (unsigned shade = 1; shade <= SHADES; shade++)
        ap_buf_addf(out, "<rect class=\"h%u\" x=\"%u\" width=\"13\" height=\"13\"/>", shade, 13 * (shade - 1));
    ap_buf_adds(out, "</svg> ");
    ap_html_put_count(out, most);
    ap_buf_adds(out, "</li></ul>\n");
}

static void put_svg(struct ap_buf *out, const struct figures *figures)
{
    uint64_t most = most_of(figures);

    ap_buf_addf(
        out,
        "<svg width=\"100%%\" height=\"%d\" role=\"img\" aria-labelledby=\"hours-t hours-d\"><title"
        " id=\"hours-t\">Entries by weekday and hour, UTC</title><desc id=\"hours-d\">A row for each weekday and"
        " a column for each hour; the darker, the more. The most in one hour of a weekday are ",
        TOP + 7 * ROW_HEIGHT + 22);
    ap_html_put_count(out, most);
    ap_buf_adds(out, ".</desc>");
    for (size_t d = 0; d < 7; d++) {
        ap_buf_addf(out, "<text class=\"day\" x=\"0\" y=\"%zu\">%.3s</text>", TOP + d * ROW_HEIGHT + ROW_HEIGHT / 2 + 2,
                    weekdays[d]);
        for (size_t h = 0; h < 24; h++)
            put_cell(out, d, h, figures->by_hour[d][h], most);
    }
    for (size_t h = 0; h < 24; h += 3) {
        ap_buf_adds(out, "<text class=\"tick\" x=\"");
        put_percent(out, 2 * (LABEL_UNITS + h * CELL_UNITS) + CELL_UNITS, 2 * UNITS);
        ap_buf_addf(out, "\" y=\"%d\">%02zu</text>", TOP + 7 * ROW_HEIGHT + 14, h);
    }
    ap_buf_adds(out, "</svg>\n");
}

void chart_hours(struct ap_buf *out, const struct ap_report *report)
{
    static const char *const columns[] = {"Hour", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
    const struct figures *figures = &report->figures;

    ap_buf_adds(
        out, "<figure id=\"by-hour\"><div class=\"chart\"><figcaption>Entries by weekday and hour <small>The hours of"
             " the day, in UTC, from left to right.</small></figcaption>\n");
    put_shades(out, most_of(figures));
    put_svg(out, figures);
    ap_buf_adds(out, "</div>\n");
    table_open(out, "These figures as a table", columns, 8, 0);
    for (size_t h = 0; h < 24; h++) {
        ap_buf_addf(out, "<tr><th scope=\"row\">%02zu:00</th>", h);
        for (size_t d = 0; d < 7; d++) {
            ap_buf_adds(out, "<td>");
            ap_html_put_count(out, figures->by_hour[d][h]);
            ap_buf_adds(out, "</td>");
        }
        ap_buf_adds(out, "</tr>\n");
    }
    table_close(out);
    ap_buf_adds(out, "</figure>\n");
}
