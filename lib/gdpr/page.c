#include "page.h"

#include <inttypes.h>
#include <string.h>

#include "auditproof/clock.h"
#include "auditproof/html.h"

static const char head[] =
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; base-uri"
    " 'none'; form-action 'none'\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    "<style>\nbody { font: 1rem/1.5 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem;"
    " color: #1b1f24; }\nh1 { font-size: 1.6rem; line-height: 1.25; }\nh2 { font-size: 1.1rem; margin: 1.8rem 0 .4rem; "
    "}\n"
    "table { border-collapse: collapse; width: 100%; }\nth, td { text-align: left; vertical-align: top;"
    " padding: .35rem .6rem .35rem 0; border-bottom: 1px solid #d5d9de; overflow-wrap: break-word; }\n"
    "th { font-weight: 600; }\ntime { white-space: nowrap; }\n@media (max-width: 30rem) { table { display: block; "
    "overflow-x: auto; } }\n.lead { "
    "color: #4a5058; }\n@media print { body { margin: 0; max-width: none; } }\n"
    "</style>\n</head>\n<body>\n";

void gdpr_page_begin(struct ap_buf *out, const char *title, const char *lead)
{
    ap_buf_adds(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>");
    ap_html_put(out, title);
    ap_buf_adds(out, "</title>\n");
    ap_buf_adds(out, head);
    ap_buf_adds(out, "<main>\n");
    gdpr_page_text(out, "h1", title);
    ap_buf_adds(out, "<p class=\"lead\">");
    ap_html_put(out, lead);
    ap_buf_adds(out, "</p>\n");
}

void gdpr_page_end(struct ap_buf *out)
{
    ap_buf_adds(out, "</main>\n</body>\n</html>\n");
}

void gdpr_page_heading(struct ap_buf *out, const char *text)
{
    gdpr_page_text(out, "h2", text);
}

void gdpr_page_text(struct ap_buf *out, const char *tag, const char *text)
{
    if (text == NULL)
        return;
    ap_buf_addf(out, "<%s>", tag);
    ap_html_put(out, text);
    ap_buf_addf(out, "</%s>\n", tag);
}

void gdpr_page_contact(struct ap_buf *out, const struct gdpr_contact *contact)
{
    bool any = false;

    ap_buf_adds(out, "<p>");
    for (size_t i = 0; i < GDPR_CONTACT_TEXTS; i++) {
        if (contact->texts[i] == NULL)
            continue;
        ap_buf_adds(out, any ? "<br>\n" : "");
        ap_html_put(out, contact->texts[i]);
        any = true;
    }
    ap_buf_adds(out, "</p>\n");
}

void gdpr_page_time_text(struct ap_buf *out, int64_t time_us)
{
    char text[AP_TIME_TEXT_SIZE];
    size_t day;

    ap_time_format(text, time_us);
    day = strcspn(text, "T");
    if (text[day] == '\0') /* an infinity */
        ap_buf_adds(out, text);
    else
        ap_buf_addf(out, "%.*s %.*s UTC", (int)day, text, (int)strcspn(text + day + 1, "Z"), text + day + 1);
}

void gdpr_page_time(struct ap_buf *out, int64_t time_us)
{
    ap_buf_adds(out, "<time>");
    gdpr_page_time_text(out, time_us);
    ap_buf_adds(out, "</time>");
}

void gdpr_page_count(struct ap_buf *out, uint64_t count, const char *one, const char *many)
{
    ap_buf_addf(out, "%" PRIu64 " %s", count, count == 1 ? one : many);
}

void gdpr_page_row_begin(struct ap_buf *out, const char *name)
{
    ap_buf_adds(out, "<tr><th scope=\"row\">");
    ap_html_put(out, name);
    ap_buf_adds(out, "</th><td>");
}

void gdpr_page_row_end(struct ap_buf *out)
{
    ap_buf_adds(out, "</td></tr>\n");
}

static bool is_empty_column(const struct ap_form_table *rows, size_t column)
{
    for (size_t r = 0; r < rows->count; r++)
        if (rows->items[r][column] != NULL)
            return false;
    return true;
}

void gdpr_page_rows(struct ap_buf *out, const char *const *heads, const struct ap_form_table *rows)
{
    ap_buf_adds(out, "<table>\n<thead><tr>");
    for (size_t i = 0; heads[i] != NULL; i++)
        if (!is_empty_column(rows, i))
            gdpr_page_text(out, "th", heads[i]);
    ap_buf_adds(out, "</tr></thead>\n<tbody>\n");
    for (size_t r = 0; r < rows->count; r++) {
        ap_buf_adds(out, "<tr>");
        for (size_t i = 0; heads[i] != NULL; i++) {
            if (is_empty_column(rows, i))
                continue;
            ap_buf_adds(out, "<td>");
            ap_html_put(out, rows->items[r][i]);
            ap_buf_adds(out, "</td>");
        }
        ap_buf_adds(out, "</tr>\n");
    }
    ap_buf_adds(out, "</tbody>\n</table>\n");
}
