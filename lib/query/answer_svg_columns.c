/* Columns upright, on a scale of round numbers, with as many names beneath as have room. */
#include <inttypes.h>
#include <string.h>

#include "auditproof/clock.h"
#include "auditproof/html.h"
#include "answer_svg.h"

enum { HEIGHT = 200, FOOT = 30, STEPS = 5, NAME_MOST = 24, TIP_MOST = 300, APART = 10, EDGE = 4 };

/* Where the columns stand. */
struct plot {
    double left, width, top, step, highest;
    enum ap_answer_kind kind;
};

/* 1, 2 or 5 by a power of ten, and of time what clocks have, so that at most five reach the top. */
static double round_step(double most, enum ap_answer_kind kind)
{
    static const int seconds[] = {1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21600, 43200, 86400};
    double step = kind == AP_ANSWER_NUMBER ? 1e-6 : 1;

    if (kind == AP_ANSWER_SPAN && most > (double)AP_US_PER_SECOND) {
        for (size_t i = 0; i < sizeof seconds / sizeof seconds[0]; i++)
            if ((double)seconds[i] * AP_US_PER_SECOND * STEPS >= most)
                return (double)seconds[i] * AP_US_PER_SECOND;
        step = (double)AP_US_PER_DAY;
    }
    while (step * STEPS * 10 < most)
        step *= 10;
    return step * STEPS >= most       ? step
           : step * 2 * STEPS >= most ? step * 2
           : step * 5 * STEPS >= most ? step * 5
                                      : step * 10;
}

static void say_step(struct ap_buf *out, const struct plot *plot, unsigned steps)
{
    double value = plot->step * steps;
    int places = 0;

    if (plot->kind == AP_ANSWER_COUNT)
        ap_html_put_count(out, (uint64_t)value);
    else if (plot->kind == AP_ANSWER_SPAN)
        answer_put_span(out, (int64_t)value);
    else {
        for (double step = plot->step; step < 0.999999 && places < 6; step *= 10)
            places++;
        ap_buf_addf(out, "%.*f", places, value);
    }
}

static unsigned steps_of(const struct plot *plot)
{
    return (unsigned)(plot->highest / plot->step + 0.5);
}

static void settle(struct plot *plot, const struct svg_chart *chart, double y)
{
    double widest = 0;

    plot->kind = chart->part->is->columns[chart->part->is->value].kind;
    plot->step = round_step(chart->most, plot->kind);
    plot->highest = plot->step;
    while (plot->highest < chart->most * 0.999999)
        plot->highest += plot->step;
    plot->top = y + 8;
    for (unsigned i = 0; i <= steps_of(plot); i++) {
        struct ap_buf text = AP_BUF_INIT;
        double width;

        say_step(&text, plot, i);
        width = svg_text_width(ap_buf_str(&text), text.len);
        widest = width > widest ? width : widest;
        ap_buf_free(&text);
    }
    plot->left = SVG_MARGIN + widest + 8;
    plot->width = SVG_MARGIN + SVG_PLOT - plot->left;
}

static void put_scale(struct ap_buf *out, const struct plot *plot)
{
    unsigned steps = steps_of(plot);

    for (unsigned i = 0; i <= steps; i++) {
        double y = plot->top + HEIGHT - (double)HEIGHT * i / steps;
        const struct svg_box box = {SVG_MARGIN, plot->left - SVG_MARGIN - 8, y + 4, "end", "scale"};
        struct ap_buf text = AP_BUF_INIT;

        ap_buf_adds(out, "<line x1=\"");
        svg_put_pixels(out, plot->left);
        ap_buf_addf(out, "\" x2=\"%d\" y1=\"", SVG_MARGIN + SVG_PLOT);
        svg_put_pixels(out, y);
        ap_buf_adds(out, "\" y2=\"");
        svg_put_pixels(out, y);
        ap_buf_addf(out, "\" class=\"%s\"/>", i == 0 ? "base" : "grid");
        say_step(&text, plot, i);
        svg_put_text(out, &box, ap_buf_str(&text), text.len, NAME_MOST);
        out->failed |= text.failed;
        ap_buf_free(&text);
    }
    ap_buf_addc(out, '\n');
}

static void put_column(struct ap_buf *out, const struct svg_chart *chart, const struct plot *plot, size_t row)
{
    double slot = plot->width / (double)chart->count, width = chart->count < 8 ? plot->width / 8 * 0.84 : slot * 0.84;
    double height = svg_amount(chart, row) / plot->highest * HEIGHT;
    struct ap_buf text = AP_BUF_INIT;

    svg_put_name(&text, chart, row);
    ap_buf_adds(out, "<g><title>");
    ap_html_put_cut(out, ap_buf_str(&text), text.len, TIP_MOST);
    ap_buf_adds(out, ": ");
    ap_buf_clear(&text);
    svg_put_value(&text, chart, row);
    ap_html_put_cut(out, ap_buf_str(&text), text.len, TIP_MOST);
    ap_buf_adds(out, "</title>");
    if (height > 0 && height < 1)
        height = 1;
    ap_buf_addf(out, "<rect class=\"%s\" x=\"", svg_class(chart, row));
    svg_put_pixels(out, plot->left + slot * ((double)row + 0.5) - width / 2);
    ap_buf_adds(out, "\" width=\"");
    svg_put_pixels(out, width);
    ap_buf_adds(out, "\" y=\"");
    svg_put_pixels(out, plot->top + HEIGHT - height);
    ap_buf_adds(out, "\" height=\"");
    svg_put_pixels(out, height);
    ap_buf_adds(out, "\"/></g>\n");
    out->failed |= text.failed;
    ap_buf_free(&text);
}

static double widest_name(const struct svg_chart *chart)
{
    double widest = 0, width;

    for (size_t row = 0; row < chart->count; row++) {
        struct ap_buf text = AP_BUF_INIT;

        svg_put_name(&text, chart, row);
        width = svg_text_width(ap_buf_str(&text), text.len);
        widest = width > widest ? width : widest;
        ap_buf_free(&text);
    }
    return widest < NAME_MOST * 7.4 ? widest : NAME_MOST * 7.4;
}

/* In even distances, each beneath the middle of its column; none that would reach beyond an edge. */
static void put_names(struct ap_buf *out, const struct svg_chart *chart, const struct plot *plot)
{
    double slot = plot->width / (double)chart->count, width = widest_name(chart);
    size_t every = (size_t)((width + APART) / slot) + 1;

    for (size_t row = 0; row < chart->count;) {
        struct svg_box box = {plot->left + slot * ((double)row + 0.5) - width / 2, width, plot->top + HEIGHT + 19,
                              "middle", "tick"};
        struct ap_buf text = AP_BUF_INIT;

        if (box.x < EDGE || box.x + width > SVG_WIDTH - EDGE) {
            row++;
            continue;
        }
        svg_put_name(&text, chart, row);
        svg_put_text(out, &box, ap_buf_str(&text), text.len, NAME_MOST);
        out->failed |= text.failed;
        ap_buf_free(&text);
        row += every;
    }
    ap_buf_addc(out, '\n');
}

double svg_put_columns(struct ap_buf *out, const struct svg_chart *chart, double y)
{
    struct plot plot;

    memset(&plot, 0, sizeof plot);
    settle(&plot, chart, y);
    put_scale(out, &plot);
    for (size_t row = 0; row < chart->count; row++)
        put_column(out, chart, &plot, row);
    put_names(out, chart, &plot);
    return 8 + HEIGHT + FOOT;
}
