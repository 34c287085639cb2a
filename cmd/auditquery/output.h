/* From an output format to standard output. */
#ifndef AUDITPROOF_CMD_AUDITQUERY_OUTPUT_H
#define AUDITPROOF_CMD_AUDITQUERY_OUTPUT_H

#include "asked.h"

struct output {
    const struct ap_query_format *format;
    struct ap_query_head head;
    struct ap_query_look look;
    struct ap_query_output to;
    struct ap_query_tail tail;
    struct ap_buf out;
};

/* format NULL: a table on a terminal, else NDJSON. live: entries are shown as they come. Close in every case. */
AP_MUST_CHECK enum ap_status output_begin(struct output *output, const struct asked *asked, const char *command,
                                          const char *format, bool raw, bool live, struct ap_error *err);
/* An ap_query_found_fn whose context is a struct output. */
enum ap_status output_entry(void *output, const struct ap_query_entry *entry, struct ap_error *err);
/* What was put out is with whoever reads it. */
enum ap_status output_flush(void *output, struct ap_error *err);
/* next: cursor of the page after, or NULL. */
AP_MUST_CHECK enum ap_status output_end(struct output *output, const char *next, struct ap_error *err);
void output_close(struct output *output);

/* What it begins with, and how it will look; and what of `out` has come together to standard output, emptying it. */
void output_head(struct ap_query_head *head, const struct asked *asked, const char *command);
void output_look(struct ap_query_look *look, const struct asked *asked, bool raw);
AP_MUST_CHECK enum ap_status output_write(struct ap_buf *out, struct ap_error *err);

#endif
