/* Events in, events with what was found of them out. */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "auditproof/buf.h"
#include "events.h"
#include "signals.h"

/* Written at once when input pauses, and in pieces of about this size in a flood. */
enum { OUT_SIZE = 256 * 1024 };

struct stream {
    struct events events;
    const struct ap_rules *rules;
    struct ap_buf out;
    uint64_t by_level[AP_LEVEL_CRITICAL + 1];
    enum ap_level highest;
};

static enum ap_status write_out(void *context, struct ap_error *err)
{
    struct stream *s = context;
    size_t done = 0, len = s->out.len;

    s->out.len = 0;
    while (done < len) {
        ssize_t n = write(STDOUT_FILENO, s->out.data + done, len - done);

        if (n >= 0) {
            done += (size_t)n;
        } else if (errno == EAGAIN) {
            /* Whoever shares the pipe may have made it so. */
            struct pollfd room = {STDOUT_FILENO, POLLOUT, 0};

            (void)poll(&room, 1, -1);
        } else if (errno != EINTR) {
            /* Whoever reads has seen enough: `| head` is no mishap, but what was found did not arrive. */
            if (errno == EPIPE)
                return ap_fail(err, AP_ECANCELLED, "nobody reads standard output any more");
            return ap_fail_errno(err, errno, "cannot write to standard output");
        }
    }
    return AP_OK;
}

static enum ap_status end_line(struct stream *s, struct ap_error *err)
{
    ap_buf_addc(&s->out, '\n');
    if (ap_buf_check(&s->out, "a classified event", err) != AP_OK)
        return AP_ENOMEM;
    return s->out.len >= OUT_SIZE ? write_out(s, err) : AP_OK;
}

/* An event that spans lines becomes one line: a line end within JSON is white space, as is the indentation after it. */
static void join_lines(struct ap_buf *out, size_t from)
{
    char *to = out->data + from, *end = out->data + out->len, *at = to;

    while (at < end) {
        if (*at == '\n' || *at == '\r')
            at += strspn(at, " \t\r\n");
        else
            *to++ = *at++;
    }
    out->len = (size_t)(to - out->data);
}

static void count(struct stream *s, enum ap_level level)
{
    s->by_level[level]++;
    if (level > s->highest)
        s->highest = level;
}

/* Correlations whose window has ended are lines of their own, before the event whose time showed it. */
static enum ap_status put_closed(struct stream *s, const struct ap_classification *found, struct ap_error *err)
{
    enum ap_status status = AP_OK;

    for (size_t i = 0; status == AP_OK && i < found->closed_count; i++) {
        enum ap_level level = ap_rules_info(s->rules, found->closed[i].rule)->level;

        count(s, level);
        if (level < s->events.options->min_level)
            continue;
        status = ap_classify_write_closed(s->events.classifier, &found->closed[i], &s->out, err);
        if (status == AP_OK)
            status = end_line(s, err);
    }
    return status;
}

static enum ap_status take_event(void *context, const struct event_place *place, const struct ap_classification *found,
                                 struct ap_error *err)
{
    struct stream *s = context;
    enum ap_status status = put_closed(s, found, err);
    size_t from = s->out.len;

    (void)place;
    count(s, found->level);
    if (status != AP_OK || found->level < s->events.options->min_level)
        return status;
    status = ap_classify_write(s->events.classifier, found, &s->out, err);
    if (status == AP_OK && memchr(s->out.data + from, '\n', s->out.len - from) != NULL)
        join_lines(&s->out, from);
    return status == AP_OK ? end_line(s, err) : status;
}

/* An input that was broken off says nothing about what would have come. */
static int end_stream(struct stream *s, int result)
{
    struct ap_classification found;
    struct ap_error err;

    if (s->events.classifier == NULL || s->events.stop || cli_interrupted() || result == EXIT_UNKNOWN)
        return result;
    if (ap_classify_end(s->events.classifier, &found, &err) != AP_OK || put_closed(s, &found, &err) != AP_OK ||
        write_out(s, &err) != AP_OK)
        return err.status == AP_ECANCELLED ? EXIT_UNKNOWN : cli_fail(&err);
    return result;
}

static void add_part(struct ap_buf *text, uint64_t number, const char *what)
{
    if (number > 0)
        ap_buf_addf(text, ", %" PRIu64 " %s", number, what);
}

static void summarise(const struct stream *s, size_t rule_errors)
{
    struct ap_buf text = AP_BUF_INIT;
    struct ap_classifier_stats stats;

    ap_classifier_stats(s->events.classifier, &stats);
    ap_buf_addf(&text, "%" PRIu64 " events", stats.events);
    for (enum ap_level level = AP_LEVEL_CRITICAL; level > AP_LEVEL_NONE; level--)
        add_part(&text, s->by_level[level], ap_level_name(level));
    add_part(&text, s->by_level[AP_LEVEL_NONE], "without a match");
    add_part(&text, s->events.bad, "bad");
    add_part(&text, stats.late, "too late for correlations");
    add_part(&text, stats.evicted_groups, "groups of correlations given up");
    add_part(&text, stats.evicted_events, "events of correlations given up");
    add_part(&text, stats.evicted_actors, "actors forgotten");
    add_part(&text, stats.regex_limits, "searches cut off");
    add_part(&text, rule_errors, "errors in rules");
    cli_say("%s", ap_buf_str(&text));
    ap_buf_free(&text);
}

void classify_warn_when_idle(const struct ap_rules *rules)
{
    size_t count = ap_rules_count(rules);

    for (size_t i = 0; i < count; i++)
        if (ap_rules_info(rules, i)->applies)
            return;
    if (count > 0)
        cli_warn(
            "none of the %zu rules is for these events: their logsources are others (--pipeline says what the events "
            "are, --no-pipeline takes every rule)",
            count);
}

int classify_stream(const struct classify_options *options, const struct ap_rules *rules)
{
    static struct stream s;
    size_t rule_errors = cli_rules_complain(rules);
    int result;

    s.rules = rules;
    s.events.options = options;
    s.events.event = take_event;
    s.events.pause = write_out;
    s.events.context = &s;
    classify_warn_when_idle(rules);
    result = end_stream(&s, events_run(&s.events, rules));
    if (s.events.classifier != NULL)
        summarise(&s, rule_errors);
    events_close(&s.events);
    ap_buf_free(&s.out);
    if (result == EXIT_DONE && rule_errors > 0)
        result = EXIT_USAGE;
    if (result == EXIT_DONE && options->fail_level > AP_LEVEL_NONE && s.highest >= options->fail_level)
        result = EXIT_FINDINGS;
    return result;
}
