#include "events.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "auditproof/clock.h"
#include "auditproof/utf8.h"
#include "signals.h"

/* While input never pauses, what is ready is passed on at least this often. */
enum { PAUSE_US = 200000 };

static void show_progress(struct events *e, bool last)
{
    int64_t now_us = ap_clock_monotonic_us();
    bool tty = isatty(STDERR_FILENO) == 1;
    struct ap_classifier_stats stats;

    if (!cli_progress || (!last && now_us - e->progress_us < AP_US_PER_SECOND))
        return;
    e->progress_us = now_us;
    ap_classifier_stats(e->classifier, &stats);
    /* Talk: nothing can be done about a standard error that cannot be written. */
    (void)fprintf(stderr, "%s%" PRIu64 " events, %" PRIu64 " matched, %.0f/s%s",
                  tty ? "\r" : "auditclassify: ", stats.events, stats.matched,
                  (double)stats.events * 1e6 / (double)(now_us - e->started_us + 1), tty && !last ? "\033[K" : "\n");
}

/* The place of an offset in what may span lines. */
static void find_place(const struct ap_input_line *line, size_t at, uint64_t *number, size_t *column)
{
    const char *p = line->text, *end = line->text + at, *line_end;

    *number = line->number;
    *column = line->column;
    for (; (line_end = memchr(p, '\n', (size_t)(end - p))) != NULL; p = line_end + 1) {
        *number += 1;
        *column = 0;
    }
    *column += ap_utf8_count(p, (size_t)(end - p)) + 1;
}

static void bad_line(struct events *e, const struct ap_input_line *line, size_t at, const char *message)
{
    uint64_t number;
    size_t column;

    e->bad++;
    if (at > line->len) {
        cli_error("%s:%" PRIu64 ": %s", line->file, line->number, message);
    } else {
        find_place(line, at, &number, &column);
        cli_error("%s:%" PRIu64 ":%zu: %s", line->file, number, column, message);
    }
    e->stop = e->stop || strcmp(e->options->on_error, "stop") == 0;
}

/* A search that was cut off is a rule that did not do its work: say so, once a rule. */
static void tell_limited(struct events *e, const struct ap_rules *rules, const struct ap_input_line *line)
{
    size_t rule = ap_classify_limited(e->classifier);

    if (rule != SIZE_MAX)
        cli_warn("rule \"%s\" (%s): a regular expression takes too long, here on %s:%" PRIu64
                 ", and counts as not found; this is said once",
                 ap_rules_info(rules, rule)->title, ap_rules_info(rules, rule)->file, line->file, line->number);
}

static enum ap_status take_line(struct events *e, const struct ap_rules *rules, const struct ap_input_line *line,
                                struct ap_error *err)
{
    struct event_place place = {line->file, line->number};
    enum ap_status status = AP_OK;
    bool more = true;

    if (!line->unended && (line->len == 0 || (line->len == 1 && line->text[0] == '\r')))
        return AP_OK;
    e->lines++;
    if (line->unended && (line->len == 0 || cli_interrupted())) {
        bad_line(e, line, SIZE_MAX,
                 cli_interrupted() ? "stopped by a signal in the middle of this line" : "an array that does not end");
        return AP_OK;
    }
    ap_classify_line(e->classifier, line->text, line->len);
    while (status == AP_OK && !e->stop) {
        struct ap_classification found;
        size_t at = 0;

        status = ap_classify_next(e->classifier, &more, &found, &at, err);
        if (!more)
            break;
        if (status == AP_EINPUT || status == AP_ELIMIT) {
            bad_line(e, line, at, err->message);
            status = AP_OK;
            continue;
        }
        if (status == AP_OK)
            status = e->event(e->context, &place, &found, err);
        if (status == AP_OK)
            tell_limited(e, rules, line);
    }
    return status;
}

static enum ap_status take_lines(struct events *e, const struct ap_rules *rules, enum ap_input_event *event,
                                 struct ap_error *err)
{
    struct ap_input_line line;
    enum ap_status status = AP_OK;

    while (status == AP_OK && !e->stop) {
        status = ap_input_next(e->input, event, &line, err);
        if (status != AP_OK || *event == AP_INPUT_MORE || *event == AP_INPUT_END)
            break;
        if (*event == AP_INPUT_LINE) {
            status = take_line(e, rules, &line, err);
        } else if (line.first) {
            e->lines++;
            bad_line(e, &line, SIZE_MAX, "the line is longer than is taken (--max-line)");
        }
    }
    return status;
}

static bool readable(int fd)
{
    struct pollfd now = {fd, POLLIN, 0};

    return poll(&now, 1, 0) > 0;
}

static enum ap_status wait_and_read(struct events *e, struct ap_error *err)
{
    struct pollfd fds[2] = {{ap_input_fd(e->input), POLLIN, 0}, {cli_signal_fd(), POLLIN, 0}};
    int64_t now_us = ap_clock_monotonic_us();

    if (now_us - e->paused_us >= PAUSE_US || !readable(fds[0].fd)) {
        e->paused_us = now_us;
        if (e->pause(e->context, err) != AP_OK)
            return err->status;
    }
    show_progress(e, false);
    if (poll(fds, 2, -1) < 0 && errno != EINTR)
        return ap_fail_errno(err, errno, "cannot wait for input");
    if (cli_interrupted()) {
        ap_input_close(e->input);
        return AP_OK;
    }
    return fds[0].revents != 0 ? ap_input_read(e->input, err) : AP_OK;
}

static enum ap_status open_events(struct events *e, const struct ap_rules *rules, struct ap_error *err)
{
    enum ap_status status = cli_catch_signals(err);

    if (status == AP_OK)
        status = ap_classifier_new(&e->classifier, rules, NULL, err);
    if (status == AP_OK)
        status = ap_input_new(&e->input, e->options->files, e->options->file_count, e->options->format_in,
                              (size_t)e->options->max_line, err);
    return status;
}

int events_run(struct events *events, const struct ap_rules *rules)
{
    enum ap_input_event event = AP_INPUT_MORE;
    struct ap_error err, unwritten;
    enum ap_status status = open_events(events, rules, &err);

    events->started_us = events->progress_us = events->paused_us = ap_clock_monotonic_us();
    while (status == AP_OK) {
        status = take_lines(events, rules, &event, &err);
        if (status != AP_OK || event == AP_INPUT_END || events->stop)
            break;
        status = wait_and_read(events, &err);
    }
    if (events->input == NULL)
        return cli_fail(&err);
    /* An input that failed is no reason to keep back what came before. */
    if (events->pause(events->context, &unwritten) != AP_OK && status == AP_OK) {
        status = unwritten.status;
        err = unwritten;
    }
    show_progress(events, true);
    if (status != AP_OK)
        return status == AP_ECANCELLED ? EXIT_UNKNOWN : cli_fail(&err);
    return events->bad > 0 ? EXIT_USAGE : EXIT_DONE;
}

void events_close(struct events *events)
{
    ap_input_free(events->input);
    ap_classifier_free(events->classifier);
}
