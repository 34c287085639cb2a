/* JSON: one array of what NDJSON has a line each of. */
#include "auditproof/display.h"
#include "format_internal.h"

static enum ap_status put_start(struct ap_query_output *output, struct ap_error *err)
{
    ap_buf_addc(output->out, '[');
    return ap_buf_check(output->out, "the output", err);
}

static enum ap_status put_element(struct ap_query_output *output, const struct ap_query_entry *entry,
                                  struct ap_error *err)
{
    size_t from = output->out->len;

    ap_buf_adds(output->out, output->written > 0 ? ",\n" : "\n");
    query_put_json(output->out, entry);
    if (query_shields(output))
        ap_display_json(output->out, from);
    return ap_buf_check(output->out, "an entry", err);
}

static enum ap_status put_end(struct ap_query_output *output, const struct ap_query_tail *tail, struct ap_error *err)
{
    (void)tail;
    ap_buf_adds(output->out, output->written > 0 ? "\n]\n" : "]\n");
    return ap_buf_check(output->out, "the output", err);
}

const struct ap_query_format ap_query_format_json = {"json", put_start, put_element, put_end, NULL};
