#include "output.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "auditproof/clock.h"
#include "shown.h"

static enum ap_status fail_write(struct ap_error *err)
{
    /* Whoever reads has seen enough: `| head` is no mishap, but not all did arrive. */
    if (errno == EPIPE)
        return ap_fail(err, AP_ECANCELLED, "nobody reads standard output any more");
    return ap_fail_errno(err, errno, "cannot write to standard output");
}

enum ap_status output_write(struct ap_buf *out, struct ap_error *err)
{
    size_t len = out->len;

    out->len = 0;
    errno = 0;
    return len == 0 || fwrite(out->data, 1, len, stdout) == len ? AP_OK : fail_write(err);
}

void output_look(struct ap_query_look *look, const struct asked *asked, bool raw)
{
    const char *color = asked->color;

    memset(look, 0, sizeof *look);
    look->terminal = isatty(STDOUT_FILENO) == 1;
    look->colour = strcmp(color, "auto") == 0 ? cli_colour(STDOUT_FILENO) : strcmp(color, "always") == 0;
    look->raw = raw;
    look->width = cli_width(look->terminal);
}

void output_head(struct ap_query_head *head, const struct asked *asked, const char *command)
{
    memset(head, 0, sizeof *head);
    head->program = "auditquery";
    head->version = ap_version();
    head->database = ap_db_name(asked->db);
    head->role = asked->access.role;
    head->command = command;
    head->now_us = ap_clock_now_us();
    head->proof = asked->proof;
    head->has_org = asked->filter.has_org;
    head->org = asked->filter.org;
    head->filter = &asked->filter;
}

enum ap_status output_begin(struct output *output, const struct asked *asked, const char *command, const char *format,
                            bool raw, bool live, struct ap_error *err)
{
    enum ap_status status;

    memset(output, 0, sizeof *output);
    output_look(&output->look, asked, raw);
    output->look.live = live;
    if (format == NULL)
        format = output->look.terminal ? "table" : "ndjson";
    output->format = ap_query_format(format);
    output_head(&output->head, asked, command);
    output->to.out = &output->out;
    output->to.head = &output->head;
    output->to.look = &output->look;
    if (output->format->begin == NULL)
        return AP_OK;
    status = output->format->begin(&output->to, err);
    return status == AP_OK ? output_write(&output->out, err) : status;
}

enum ap_status output_entry(void *context, const struct ap_query_entry *entry, struct ap_error *err)
{
    struct output *output = context;
    enum ap_status status = output->format->entry(&output->to, entry, err);

    if (status != AP_OK)
        return status;
    output->to.written++;
    output->tail.entries++;
    output->tail.failed += entry->proof == AP_QUERY_FAILED;
    return output_write(&output->out, err);
}

enum ap_status output_flush(void *context, struct ap_error *err)
{
    (void)context;
    errno = 0;
    return fflush(stdout) == 0 ? AP_OK : fail_write(err);
}

enum ap_status output_end(struct output *output, const char *next, struct ap_error *err)
{
    enum ap_status status;

    output->tail.next = next;
    if (output->format->end == NULL)
        return AP_OK;
    status = output->format->end(&output->to, &output->tail, err);
    return status == AP_OK ? output_write(&output->out, err) : status;
}

void output_close(struct output *output)
{
    if (output->format != NULL && output->format->close != NULL)
        output->format->close(&output->to);
    ap_buf_free(&output->out);
}
