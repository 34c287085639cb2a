/* Small parts that pages are made of. */
#include <inttypes.h>
#include <string.h>

#include "auditproof/clock.h"
#include "auditproof/html.h"
#include "report_internal.h"

/* Thousandths of a percent are more than a screen has; integers have no decimal comma, whatever the locale. */
void put_percent(struct ap_buf *out, uint64_t part, uint64_t whole)
{
    uint64_t thousandths = (uint64_t)((double)part / (double)whole * 100000 + 0.5);

    ap_buf_addf(out, "%" PRIu64 ".%03" PRIu64 "%%", thousandths / 1000, thousandths % 1000);
}

void put_time(struct ap_buf *out, int64_t time_us)
{
    char text[AP_TIME_TEXT_SIZE];

    ap_time_format(text, time_us);
    text[strcspn(text, ".Z")] = '\0';
    if (strchr(text, 'T') != NULL)
        *strchr(text, 'T') = ' ';
    ap_buf_adds(out, text);
}

/* A day alone where it is the day's beginning. */
void put_moment(struct ap_buf *out, int64_t time_us)
{
    if (time_us % AP_US_PER_DAY == 0)
        put_date(out, time_us / AP_US_PER_DAY);
    else
        put_time(out, time_us);
}

void put_counted(struct ap_buf *out, uint64_t count, const char *one, const char *many)
{
    ap_html_put_count(out, count);
    ap_buf_addf(out, " %s", count == 1 ? one : many);
}

void table_open(struct ap_buf *out, const char *summary, const char *const *columns, size_t count, unsigned text)
{
    ap_buf_addf(out, "<details class=\"figures\"><summary>%s</summary><div class=\"scroll\"><table><thead><tr>",
                summary);
    for (size_t i = 0; i < count; i++)
        ap_buf_addf(out, "<th scope=\"col\"%s>%s</th>", (text >> i & 1) != 0 ? " class=\"text\"" : "", columns[i]);
    ap_buf_adds(out, "</tr></thead><tbody>\n");
}

void table_close(struct ap_buf *out)
{
    ap_buf_adds(out, "</tbody></table></div></details>\n");
}

void legend(struct ap_buf *out, const uint64_t levels[LEVELS], bool silent)
{
    static const enum level order[LEVELS] = {LEVEL_CRITICAL, LEVEL_HIGH, LEVEL_MEDIUM, LEVEL_LOW, LEVEL_NONE};

    ap_buf_adds(out, "<ul class=\"legend\">");
    for (size_t l = 0; l < LEVELS; l++) {
        if (order[l] == LEVEL_NONE && levels[LEVEL_NONE] == 0)
            continue;
        ap_buf_addf(out,
                    "<li><svg width=\"13\" height=\"13\" aria-hidden=\"true\"><rect class=\"l%d\" x=\".5\" y=\".5\""
                    " width=\"12\" height=\"12\"/></svg> %s <b>",
                    (int)order[l], level_names[order[l]]);
        ap_html_put_count(out, levels[order[l]]);
        ap_buf_adds(out, "</b></li>");
    }
    if (silent)
        ap_buf_adds(out, "<li><svg width=\"13\" height=\"13\" aria-hidden=\"true\"><rect class=\"silent\" width=\"13\""
                         " height=\"13\"/></svg> no entries</li>");
    ap_buf_adds(out, "</ul>\n");
}
