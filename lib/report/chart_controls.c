/* Populations and exceptions by criterion. */
#include <inttypes.h>
#include <string.h>

#include "auditproof/html.h"
#include "report_internal.h"

enum { ROW_HEIGHT = 38, TITLE_MAX = 60 };

static bool is_evidenced(const struct control *control)
{
    return control->strength == NULL || strcmp(control->strength, "none") != 0;
}

/* A bar is of use where something could have been found. */
static bool is_drawn(const struct control *control)
{
    return is_evidenced(control) && control->rules > 0;
}

static void put_bar(struct ap_buf *out, const struct control *control, size_t row, uint64_t most)
{
    size_t y = row * ROW_HEIGHT;

    ap_buf_addf(out, "<g><text class=\"name\" x=\"0\" y=\"%zu\"><tspan class=\"id\">", y + 15);
    ap_html_put(out, control->criterion);
    ap_buf_adds(out, "</tspan><tspan class=\"wide\" dx=\"8\">");
    ap_html_put_cut(out, control->title, strlen(control->title), TITLE_MAX);
    ap_buf_addf(out, "</tspan></text><text class=\"figure end\" x=\"100%%\" y=\"%zu\">", y + 15);
    put_counted(out, control->exceptions, "exception", "exceptions");
    ap_buf_adds(out, " &#xb7; ");
    put_counted(out, control->rows, "row", "rows");
    ap_buf_addf(out, "</text><rect class=\"track\" x=\"0\" width=\"100%%\" y=\"%zu\" height=\"9\"/>", y + 21);
    if (control->exceptions > 0) {
        ap_buf_addf(out, "<rect class=\"l2\" x=\"0\" y=\"%zu\" height=\"9\" width=\"", y + 21);
        put_percent(out, 1000 * control->exceptions < 4 * most ? 4 : 1000 * control->exceptions / most, 1000);
        ap_buf_adds(out, "\"/>");
    }
    ap_buf_adds(out, "</g>");
}

static void put_svg(struct ap_buf *out, const struct ap_report *report)
{
    uint64_t most = 1;
    size_t rows = 0;

    for (size_t i = 0; i < report->control_count; i++) {
        rows += is_drawn(&report->controls[i]);
        if (is_drawn(&report->controls[i]) && report->controls[i].exceptions > most)
            most = report->controls[i].exceptions;
    }
    if (rows == 0)
        return;
    if (report->exceptions == 0) {
        ap_buf_addf(out, "<p>Rules looked for exceptions to %zu criteria, and found none.</p>\n", rows);
        return;
    }
    ap_buf_addf(
        out,
        "<svg width=\"100%%\" height=\"%zu\" role=\"img\" aria-labelledby=\"controls-t controls-d\"><title"
        " id=\"controls-t\">Exceptions by criterion</title><desc id=\"controls-d\">A bar for each criterion that"
        " a rule looks at, as long as it has exceptions, with their number and that of the rows.</desc>",
        rows * ROW_HEIGHT);
    rows = 0;
    for (size_t i = 0; i < report->control_count; i++)
        if (is_drawn(&report->controls[i]))
            put_bar(out, &report->controls[i], rows++, most);
    ap_buf_adds(out, "</svg>\n");
}

static void put_row(struct ap_buf *out, const struct control *control)
{
    ap_buf_adds(out, "<tr><th scope=\"row\">");
    ap_html_put(out, control->criterion);
    ap_buf_adds(out, "</th><td class=\"text\">");
    ap_html_put(out, control->title);
    if (control->limit != NULL && control->limit[0] != '\0') {
        ap_buf_adds(out, "<br><small>");
        ap_html_put(out, control->limit);
        ap_buf_adds(out, "</small>");
    }
    ap_buf_adds(out, "</td><td class=\"text\">");
    ap_html_put(out, is_evidenced(control) ? control->strength : "not evidenced");
    ap_buf_adds(out, "</td><td>");
    if (control->populations > 0)
        ap_html_put_count(out, control->rows);
    ap_buf_adds(out, "</td><td>");
    if (control->rules > 0)
        ap_html_put_count(out, control->exceptions);
    else if (is_evidenced(control))
        ap_buf_adds(out, "<small>no rule looks</small>");
    ap_buf_adds(out, "</td></tr>\n");
}

void chart_controls(struct ap_buf *out, const struct ap_report *report)
{
    static const char *const columns[] = {"Criterion", "What it is about, and what the log cannot show", "Evidence",
                                          "Rows", "Exceptions"};

    ap_buf_adds(
        out,
        "<figure id=\"by-criterion\"><div class=\"chart\"><figcaption>Exceptions by criterion <small>An "
        "exception is what a rule"
        " of data/policy points out; whether it matters is for the auditor to judge. One may be of several criteria. "
        "Rows are entries of the"
        " criterion&#x2019;s populations: where there are none, no exception says nothing.</small></figcaption>\n");
    put_svg(out, report);
    ap_buf_adds(out, "</div>\n");
    table_open(out, "All criteria as a table, with their limits", columns, 5, 1u << 1 | 1u << 2);
    for (size_t i = 0; i < report->control_count; i++)
        put_row(out, &report->controls[i]);
    table_close(out);
    ap_buf_adds(out, "</figure>\n");
}
