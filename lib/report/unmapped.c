/* Actions that no population holds. */
#include <stdlib.h>
#include <string.h>

#include "auditproof/html.h"
#include "say.h"

enum { SHOWN = 25 };

static int compare(const void *a, const void *b)
{
    const struct pair *x = a, *y = b;
    int order;

    if (x->count != y->count)
        return x->count > y->count ? -1 : 1;
    order = strcmp(x->name, y->name);
    return order != 0 ? order : strcmp(x->text, y->text);
}

void say_unmapped(struct ap_buf *out, const struct ap_report *report)
{
    static const char *const columns[] = {"Action", "Resource type", "Entries"};
    const struct pairs *pairs = &report->unmapped;
    uint64_t all = pairs->count + pairs->more;
    size_t shown = pairs->count < SHOWN ? pairs->count : SHOWN;

    ap_buf_adds(out, "<h3>Actions in no population</h3>\n<p>");
    if (all == 0) {
        ap_buf_adds(out, "There are none: every action of the period is in at least one population.</p>\n");
        return;
    }
    put_counted(out, report->unmapped_rows, "entry is", "entries are");
    ap_buf_adds(out, " in none, of ");
    put_counted(out, all, "kind", "kinds");
    ap_buf_adds(out, " of action and resource. <code>data/unmapped.csv</code> has them all");
    ap_buf_adds(out, all > shown ? "; the most frequent are:</p>\n" : ".</p>\n");
    qsort(pairs->list, pairs->count, sizeof *pairs->list, compare);
    table_open(out, "Actions in no population, as a table", columns, 3, 1u << 1);
    for (size_t i = 0; i < shown; i++) {
        ap_buf_adds(out, "<tr><th scope=\"row\"><bdi>");
        ap_html_put(out, pairs->list[i].name);
        ap_buf_adds(out, "</bdi></th><td class=\"text\"><bdi>");
        ap_html_put(out, pairs->list[i].text);
        ap_buf_adds(out, "</bdi></td><td>");
        ap_html_put_count(out, pairs->list[i].count);
        ap_buf_adds(out, "</td></tr>\n");
    }
    table_close(out);
}
