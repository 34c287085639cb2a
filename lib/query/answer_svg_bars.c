/* Bars across: what is named above, its value at the end of the line. */
#include "auditproof/html.h"
#include "answer_svg.h"

enum { ROW_HEIGHT = 38, NAME_MOST = 100, VALUE_MOST = 28, TIP_MOST = 300 };

static void put_bar(struct ap_buf *out, const struct svg_chart *chart, size_t row, double y)
{
    struct ap_buf name = AP_BUF_INIT, value = AP_BUF_INIT;
    struct svg_box box = {SVG_MARGIN, 0, y + 15, "start", "name"};
    double width;

    svg_put_name(&name, chart, row);
    svg_put_value(&value, chart, row);
    width = svg_text_width(ap_buf_str(&value), value.len < VALUE_MOST ? value.len : VALUE_MOST) + 8;
    ap_buf_adds(out, "<g><title>");
    ap_html_put_cut(out, ap_buf_str(&name), name.len, TIP_MOST);
    ap_buf_adds(out, ": ");
    ap_html_put_cut(out, ap_buf_str(&value), value.len, TIP_MOST);
    ap_buf_adds(out, "</title>");
    box.width = SVG_PLOT - width - 12;
    svg_put_text(out, &box, ap_buf_str(&name), name.len, NAME_MOST);
    box = (struct svg_box){SVG_MARGIN + SVG_PLOT - width, width, y + 15, "end", "soft"};
    svg_put_text(out, &box, ap_buf_str(&value), value.len, VALUE_MOST);
    ap_buf_addf(out, "<rect class=\"track\" x=\"%d\" width=\"%d\" height=\"9\" y=\"", SVG_MARGIN, SVG_PLOT);
    svg_put_pixels(out, y + 21);
    ap_buf_addf(out, "\"/><rect class=\"%s\" x=\"%d\" height=\"9\" y=\"", svg_class(chart, row), SVG_MARGIN);
    svg_put_pixels(out, y + 21);
    ap_buf_adds(out, "\" width=\"");
    svg_put_pixels(out, chart->most > 0 ? svg_amount(chart, row) / chart->most * SVG_PLOT : 0);
    ap_buf_adds(out, "\"/></g>\n");
    out->failed |= name.failed || value.failed;
    ap_buf_free(&name);
    ap_buf_free(&value);
}

double svg_put_bars(struct ap_buf *out, const struct svg_chart *chart, double y)
{
    for (size_t row = 0; row < chart->count; row++)
        put_bar(out, chart, row, y + (double)(row * ROW_HEIGHT));
    return (double)(chart->count * ROW_HEIGHT);
}
