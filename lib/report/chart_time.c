/* Entries a day, week, month or year, stacked by risk level. All positions are percentages, so that text keeps its size
 * on a narrow screen. */
#include <inttypes.h>

#include "auditproof/html.h"
#include "report_internal.h"

enum { PLOT_TOP = 8, PLOT_HEIGHT = 200, CHART_HEIGHT = 236, LABELS = 5 };

static const char *const unit_names[] = {"day", "week", "month", "year"};

/* A round number, so that at most five of it reach the top. */
static uint64_t grid_step(uint64_t most)
{
    uint64_t step = 1;

    for (;;) {
        if (step * 5 >= most)
            return step;
        if (step * 10 >= most)
            return step * 2;
        if (step * 25 >= most)
            return step * 5;
        step *= 10;
    }
}

/* Heights are in hundredths of a pixel: there is no locale's decimal comma in an integer. */
static uint64_t height_of(uint64_t count, uint64_t top)
{
    return (uint64_t)((double)count / (double)top * PLOT_HEIGHT * 100 + 0.5);
}

static void put_hundredths(struct ap_buf *out, uint64_t value)
{
    ap_buf_addf(out, "%" PRIu64 ".%02" PRIu64, value / 100, value % 100);
}

static void put_grid(struct ap_buf *out, uint64_t step, uint64_t top)
{
    for (uint64_t value = 0; value <= top; value += step) {
        uint64_t y = (PLOT_TOP + PLOT_HEIGHT) * 100 - height_of(value, top);

        ap_buf_adds(out, "<line x1=\"0\" x2=\"100%\" y1=\"");
        put_hundredths(out, y);
        ap_buf_adds(out, "\" y2=\"");
        put_hundredths(out, y);
        ap_buf_adds(out, value == 0 ? "\" class=\"base\"/>" : "\" class=\"grid\"/>");
    }
}

/* Beside the bars, as wide as its longest number. */
static void put_scale(struct ap_buf *out, uint64_t step, uint64_t top)
{
    size_t digits = 1, width;

    for (uint64_t rest = top; rest >= 10; rest /= 10)
        digits++;
    width = 7 * (digits + (digits - 1) / 3) + 8;
    ap_buf_addf(out, "<svg width=\"%zu\" height=\"%d\" aria-hidden=\"true\">", width, CHART_HEIGHT);
    for (uint64_t value = 0; value <= top; value += step) {
        ap_buf_addf(out, "<text class=\"scale end\" x=\"%zu\" y=\"", width - 6);
        put_hundredths(out, (PLOT_TOP + PLOT_HEIGHT) * 100 - height_of(value, top) + 400);
        ap_buf_adds(out, "\">");
        ap_html_put_count(out, value);
        ap_buf_adds(out, "</text>");
    }
    ap_buf_adds(out, "</svg>");
}

static void put_bar_title(struct ap_buf *out, const struct bins *bins, const struct bin *bin)
{
    ap_buf_adds(out, "<g><title>");
    if (bins->unit == UNIT_WEEK)
        ap_buf_adds(out, "Week from ");
    bin_put_name(out, bins->unit, bin->day);
    ap_buf_adds(out, ": ");
    put_counted(out, bin->total, "entry", "entries");
    for (size_t l = LEVELS; l-- > 0;) {
        if (bin->levels[l] == 0)
            continue;
        ap_buf_adds(out, ", ");
        ap_html_put_count(out, bin->levels[l]);
        ap_buf_addf(out, " %s", level_names[l]);
    }
    ap_buf_adds(out, "</title>");
}

static void put_rect(struct ap_buf *out, size_t i, size_t count, const char *class, uint64_t y, uint64_t height)
{
    /* A few bars are as wide as eight would be. */
    size_t width = count < 8 ? 84 * count / 8 : 84;

    ap_buf_adds(out, "<rect x=\"");
    put_percent(out, 200 * i + 100 - width, 200 * count);
    ap_buf_adds(out, "\" width=\"");
    put_percent(out, width, 100 * count);
    ap_buf_adds(out, "\" y=\"");
    put_hundredths(out, y);
    ap_buf_adds(out, "\" height=\"");
    put_hundredths(out, height);
    ap_buf_addf(out, "\" class=\"%s\"/>", class);
}

static void put_bar(struct ap_buf *out, const struct bins *bins, size_t i, uint64_t top)
{
    static const char *const classes[LEVELS] = {"l0", "l1", "l2", "l3", "l4"};
    /* Entries without a level lie at the bottom, the critical ones at the top. */
    static const enum level order[LEVELS] = {LEVEL_NONE, LEVEL_LOW, LEVEL_MEDIUM, LEVEL_HIGH, LEVEL_CRITICAL};
    const struct bin *bin = &bins->list[i];
    uint64_t y = (PLOT_TOP + PLOT_HEIGHT) * 100;

    put_bar_title(out, bins, bin);
    if (bin->total == 0)
        put_rect(out, i, bins->count, "silent", PLOT_TOP * 100, PLOT_HEIGHT * 100);
    for (size_t l = 0; l < LEVELS; l++) {
        uint64_t height = height_of(bin->levels[order[l]], top);

        if (bin->levels[order[l]] == 0)
            continue;
        if (height < 50)
            height = 50;
        y -= height;
        put_rect(out, i, bins->count, classes[order[l]], y, height);
    }
    ap_buf_adds(out, "</g>");
}

static void put_labels(struct ap_buf *out, const struct bins *bins)
{
    size_t labels = bins->count < LABELS ? bins->count : (bins->unit == UNIT_WEEK ? 3 : LABELS);

    for (size_t k = 0; k < labels; k++) {
        size_t i = labels == 1 ? 0 : k * (bins->count - 1) / (labels - 1);
        bool first = bins->count > LABELS && k == 0, last = bins->count > LABELS && k == labels - 1;
        uint64_t at = first ? 2 * i : last ? 2 * i + 2 : 2 * i + 1;

        ap_buf_adds(out, "<text class=\"tick");
        ap_buf_adds(out, first ? " start\" x=\"" : last ? " end\" x=\"" : "\" x=\"");
        put_percent(out, at, 2 * bins->count);
        ap_buf_addf(out, "\" y=\"%d\">", PLOT_TOP + PLOT_HEIGHT + 19);
        bin_put_short(out, bins->unit, bins->list[i].day);
        ap_buf_adds(out, "</text>");
    }
}

static void put_table(struct ap_buf *out, const struct bins *bins, const struct figures *figures)
{
    const char *columns[LEVELS + 2] = {NULL, "critical", "high", "medium", "low", "total", "no level"};
    bool none = figures->levels[LEVEL_NONE] > 0;
    static const char *const first[] = {"Day", "Week from", "Month", "Year"};

    columns[0] = first[bins->unit];
    table_open(out, "These figures as a table", columns, none ? LEVELS + 2 : LEVELS + 1, 0);
    for (size_t i = 0; i < bins->count; i++) {
        const struct bin *bin = &bins->list[i];

        ap_buf_adds(out, "<tr><th scope=\"row\">");
        bin_put_name(out, bins->unit, bin->day);
        ap_buf_adds(out, "</th>");
        for (size_t l = LEVEL_NONE; l-- > 0;) {
            ap_buf_adds(out, "<td>");
            ap_html_put_count(out, bin->levels[l]);
            ap_buf_adds(out, "</td>");
        }
        ap_buf_adds(out, "<td>");
        ap_html_put_count(out, bin->total);
        ap_buf_adds(out, "</td>");
        if (none) {
            ap_buf_adds(out, "<td>");
            ap_html_put_count(out, bin->levels[LEVEL_NONE]);
            ap_buf_adds(out, "</td>");
        }
        ap_buf_adds(out, "</tr>\n");
    }
    table_close(out);
}

static void put_svg(struct ap_buf *out, const struct bins *bins)
{
    uint64_t step = grid_step(bins->most), top = (bins->most + step - 1) / step * step;

    ap_buf_adds(out, "<div class=\"plot\">");
    put_scale(out, step, top);
    ap_buf_addf(out,
                "<svg width=\"100%%\" height=\"%d\" role=\"img\" aria-labelledby=\"time-t time-d\"><title"
                " id=\"time-t\">Entries a %s, by risk level</title><desc id=\"time-d\">One stacked bar for each %s of"
                " the period, the lower risk levels beneath the higher; the most in one are ",
                CHART_HEIGHT, unit_names[bins->unit], unit_names[bins->unit]);
    ap_html_put_count(out, bins->most);
    ap_buf_adds(out, ". The same figures are in the table below.</desc>");
    put_grid(out, step, top);
    for (size_t i = 0; i < bins->count; i++)
        put_bar(out, bins, i, top);
    put_labels(out, bins);
    ap_buf_adds(out, "</svg></div>\n");
}

enum ap_status chart_time(struct ap_buf *out, const struct ap_report *report, struct ap_error *err)
{
    struct bins bins;
    enum ap_status status = bins_make(&bins, &report->figures, err);
    bool silent = false;

    if (status != AP_OK)
        return status;
    for (size_t i = 0; i < bins.count; i++)
        silent = silent || bins.list[i].total == 0;
    ap_buf_addf(out, "<figure id=\"by-time\"><div class=\"chart\"><figcaption>Entries a %s, by risk level",
                unit_names[bins.unit]);
    if (bins.unit == UNIT_WEEK)
        ap_buf_adds(out, " <small>Weeks begin on Monday; the first and the last may be cut by the period.</small>");
    if (bins.cut)
        ap_buf_adds(out,
                    " <small>From the first to the last day with entries: the rest of the period has none.</small>");
    else if (report->figures.open)
        ap_buf_adds(out, " <small>Until the day of the seal: the period goes on after it.</small>");
    ap_buf_adds(out, "</figcaption>\n");
    legend(out, report->figures.levels, silent);
    if (bins.most > 0)
        put_svg(out, &bins);
    ap_buf_adds(out, "</div>\n");
    put_table(out, &bins, &report->figures);
    ap_buf_adds(out, "</figure>\n");
    bins_free(&bins);
    return AP_OK;
}
