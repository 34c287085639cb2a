#include "output.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "auditproof/clock.h"

static enum ap_status fail_write(struct ap_error *err)
{
    /* Whoever reads has seen enough: `| head` is no mishap, but not all did arrive. */
    if (errno == EPIPE)
        return ap_fail(err, AP_ECANCELLED, "nobody reads standard output any more");
    return ap_fail_errno(err, errno, "cannot write to standard output");
}

static enum ap_status write_out(struct output *output, struct ap_error *err)
{
    size_t len = output->out.len;

    output->out.len = 0;
    errno = 0;
    return len == 0 || fwrite(output->out.data, 1, len, stdout) == len ? AP_OK : fail_write(err);
}

static void look_around(struct ap_query_look *look, bool raw)
{
    struct winsize size;

    look->terminal = isatty(STDOUT_FILENO) == 1;
    look->colour = cli_colour(STDOUT_FILENO);
    look->raw = raw;
    if (look->terminal && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
        look->width = size.ws_col;
}

enum ap_status output_begin(struct output *output, const struct asked *asked, const char *command, const char *format,
                            bool raw, bool live, struct ap_error *err)
{
    enum ap_status status;

    memset(output, 0, sizeof *output);
    look_around(&output->look, raw);
    output->look.live = live;
    if (format == NULL)
        format = output->look.terminal ? "table" : "ndjson";
    output->format = ap_query_format(format);
    output->head.program = "auditquery";
    output->head.version = ap_version();
    output->head.database = ap_db_name(asked->db);
    output->head.role = asked->access.role;
    output->head.command = command;
    output->head.now_us = ap_clock_now_us();
    output->head.proof = asked->proof;
    output->head.has_org = asked->filter.has_org;
    output->head.org = asked->filter.org;
    output->to.out = &output->out;
    output->to.head = &output->head;
    output->to.look = &output->look;
    if (output->format->begin == NULL)
        return AP_OK;
    status = output->format->begin(&output->to, err);
    return status == AP_OK ? write_out(output, err) : status;
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
    return write_out(output, err);
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
    return status == AP_OK ? write_out(output, err) : status;
}

void output_close(struct output *output)
{
    if (output->format != NULL && output->format->close != NULL)
        output->format->close(&output->to);
    ap_buf_free(&output->out);
}
