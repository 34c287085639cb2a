#include "output.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "auditproof/clock.h"

enum { USUAL_WIDTH = 80, MAX_WIDTH = 10000 };

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

/* COLUMNS says it wherever it is set; a terminal knows; and a pipe leads to where nobody knows. */
static unsigned find_width(bool terminal)
{
    const char *columns = getenv("COLUMNS");
    unsigned long width = columns != NULL ? strtoul(columns, NULL, 10) : 0;
    struct winsize size;

    if (width > 0 && width <= MAX_WIDTH)
        return (unsigned)width;
    if (terminal && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        return size.ws_col;
    return USUAL_WIDTH;
}

static void look_around(struct ap_query_look *look, const char *color, bool raw)
{
    look->terminal = isatty(STDOUT_FILENO) == 1;
    look->colour = strcmp(color, "auto") == 0 ? cli_colour(STDOUT_FILENO) : strcmp(color, "always") == 0;
    look->raw = raw;
    look->width = find_width(look->terminal);
}

enum ap_status output_begin(struct output *output, const struct asked *asked, const char *command, const char *format,
                            bool raw, bool live, struct ap_error *err)
{
    enum ap_status status;

    memset(output, 0, sizeof *output);
    look_around(&output->look, asked->color, raw);
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
