#include "auditproof/feed.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "auditproof/clock.h"

enum { STEP_MS = 1000 };

enum ap_status ap_feed_stored(void *context, const struct ap_stored *stored, struct ap_error *err)
{
    struct ap_feed *feed = context;

    if (stored->earlier)
        feed->totals.earlier++;
    else
        feed->totals.written++;
    return feed->stored(feed->context, stored, err);
}

enum ap_status ap_feed_refused(void *context, const struct ap_refusal *refusal, struct ap_error *err)
{
    struct ap_feed *feed = context;
    const struct ap_line *line = &refusal->line;
    enum ap_status status;

    feed->totals.refused++;
    status = feed->refused(feed->context, refusal, err);
    if (status == AP_OK && feed->reject != NULL && line->text != NULL)
        status = ap_reject_line(feed->reject, line->text, line->len, err);
    return status;
}

/* A line that is bad before it ever reaches the database. */
static enum ap_status refuse_line(struct ap_feed *feed, const struct ap_line *line, size_t offset, const char *message,
                                  struct ap_error *err)
{
    struct ap_refusal refusal = {*line, offset, message, ""};
    enum ap_status status = AP_OK;

    /* What stands before it is stored first; a line among those that the database refuses is then the one to stop at,
     * and this one is held for ap_feed_keep_left. */
    if (feed->stop_on_refusal) {
        feed->stop = true;
        status = ap_writer_finish(feed->writer, err);
    }
    if (status != AP_OK || ap_writer_stopped(feed->writer)) {
        feed->totals.left++;
        ap_buf_clear(&feed->held);
        ap_buf_add(&feed->held, line->text != NULL ? line->text : "", line->len);
        feed->holding = line->text != NULL;
        return status;
    }
    return ap_feed_refused(feed, &refusal, err);
}

static enum ap_status take_header(struct ap_feed *feed, const struct ap_input_line *in, size_t *offset,
                                  struct ap_error *err)
{
    enum ap_status status;

    ap_csv_header_free(&feed->header);
    status = ap_csv_header_read(&feed->header, in->text, in->len, feed->unknown, offset, err);
    if (status == AP_EINPUT)
        (void)ap_error_prefix(err, "the CSV header");
    feed->header_ok = status == AP_OK;
    if (feed->reject != NULL && (status == AP_OK || status == AP_EINPUT)) {
        struct ap_error why;

        if (ap_reject_header(feed->reject, in->text, in->len, &why) != AP_OK) {
            *err = why;
            status = why.status;
        }
    }
    return status;
}

static enum ap_status read_entry(struct ap_feed *feed, const struct ap_input_line *in, size_t *offset,
                                 struct ap_error *err)
{
    *offset = SIZE_MAX;
    if (in->unended && feed->interrupted(feed->context))
        return ap_fail(err, AP_EINPUT, "stopped by a signal in the middle of this line");
    if (!in->csv)
        return ap_draft_from_ndjson(&feed->entry, in->text, in->len, feed->unknown, offset, err);
    if (!feed->header_ok)
        return ap_fail(err, AP_EINPUT, "not taken, because the file's header is bad");
    return ap_draft_from_csv(&feed->entry, &feed->header, &feed->row, in->text, in->len, feed->unknown, offset, err);
}

static enum ap_status classify(struct ap_feed *feed, size_t *offset, struct ap_error *err)
{
    *offset = SIZE_MAX;
    if (feed->classifier == NULL)
        return AP_OK;
    return ap_draft_classify(feed->classifier, &feed->entry, ap_clock_now_us(), err);
}

static bool is_blank(const struct ap_input_line *in)
{
    return in->len == 0 || (in->len == 1 && in->text[0] == '\r');
}

static enum ap_status take_line(struct ap_feed *feed, const struct ap_input_line *in, struct ap_error *err)
{
    struct ap_line line = {in->file, in->number, in->text, in->len};
    struct ap_error why;
    size_t offset = 0;
    enum ap_status status;

    feed->csv = in->csv;
    if (in->header) {
        status = take_header(feed, in, &offset, &why);
        line.text = NULL; /* the reject file has it as a header */
    } else {
        if (is_blank(in))
            return AP_OK;
        feed->totals.read++;
        status = read_entry(feed, in, &offset, &why);
        if (status == AP_OK)
            status = classify(feed, &offset, &why);
        if (status == AP_OK)
            status = ap_writer_add(feed->writer, &feed->entry, &line, &offset, &why);
    }
    if (status == AP_EINPUT)
        return refuse_line(feed, &line, offset, why.message, err);
    if (status != AP_OK)
        *err = why;
    return status;
}

static enum ap_status take_piece(struct ap_feed *feed, const struct ap_input_line *in, struct ap_error *err)
{
    struct ap_line line = {in->file, in->number, NULL, 0};
    enum ap_status status = AP_OK;

    if (in->first) {
        feed->totals.read++;
        status = refuse_line(feed, &line, SIZE_MAX, "the line is longer than is taken (--max-line)", err);
    }
    if (status == AP_OK && feed->reject != NULL)
        status = in->last ? ap_reject_line(feed->reject, in->text, in->len, err)
                          : ap_reject_bytes(feed->reject, in->text, in->len, err);
    return status;
}

/* Take what was read, as far as there is room. *event is what ended it. */
static enum ap_status take_lines(struct ap_feed *feed, enum ap_input_event *event, struct ap_error *err)
{
    enum ap_status status = AP_OK;
    struct ap_input_line line;

    *event = AP_INPUT_LINE;
    while (status == AP_OK && !feed->stop && ap_writer_has_room(feed->writer)) {
        status = ap_input_next(feed->input, event, &line, err);
        if (status != AP_OK || *event == AP_INPUT_MORE || *event == AP_INPUT_END)
            break;
        status = *event == AP_INPUT_LINE ? take_line(feed, &line, err) : take_piece(feed, &line, err);
    }
    return status;
}

static enum ap_status wait_for_work(struct ap_feed *feed, enum ap_input_event event, struct ap_error *err)
{
    struct pollfd fds[3] = {{-1, POLLIN, 0}, {-1, POLLIN, 0}, {feed->wake_fd, POLLIN, 0}};
    int timeout_ms;

    /* Without room in the batch, only the server's answer helps. */
    if (event == AP_INPUT_MORE)
        fds[0].fd = ap_input_fd(feed->input);
    ap_writer_wait(feed->writer, &fds[1].fd, &fds[1].events, &timeout_ms);
    if (feed->interrupted(feed->context))
        fds[2].fd = -1;
    if (timeout_ms < 0 || timeout_ms > STEP_MS)
        timeout_ms = STEP_MS;
    if (poll(fds, 3, timeout_ms) < 0 && errno != EINTR)
        return ap_fail_errno(err, errno, "cannot wait for input");
    if (feed->interrupted(feed->context)) {
        ap_input_close(feed->input);
        return AP_OK;
    }
    return fds[0].revents != 0 ? ap_input_read(feed->input, err) : AP_OK;
}

enum ap_status ap_feed_run(struct ap_feed *feed, struct ap_error *err)
{
    enum ap_input_event event = AP_INPUT_MORE;
    enum ap_status status;

    for (;;) {
        status = take_lines(feed, &event, err);
        if (status == AP_OK && !feed->stop)
            status = ap_writer_pump(feed->writer, err);
        if (status == AP_OK)
            status = feed->step(feed->context, err);
        if (status != AP_OK || event == AP_INPUT_END || feed->stop || ap_writer_stopped(feed->writer))
            break;
        /* A batch that was full has just been sent, and the next has room: read on while the server works. */
        if (event == AP_INPUT_LINE && ap_writer_has_room(feed->writer))
            continue;
        status = wait_for_work(feed, event, err);
        if (status != AP_OK)
            break;
    }
    /* An input that failed is no reason to drop what came before. */
    if (status == AP_OK)
        status = ap_writer_finish(feed->writer, err);
    return status == AP_OK ? feed->step(feed->context, err) : status;
}

enum ap_status ap_feed_one(struct ap_feed *feed, struct ap_error *err)
{
    static const struct ap_line nowhere = {NULL, 0, NULL, 0};
    size_t offset = 0;
    enum ap_status status;

    feed->totals.read = 1;
    status = classify(feed, &offset, err);
    if (status == AP_OK)
        status = ap_writer_add(feed->writer, &feed->entry, &nowhere, &offset, err);
    if (status == AP_EINPUT) {
        struct ap_error why = *err;

        return refuse_line(feed, &nowhere, SIZE_MAX, why.message, err);
    }
    if (status == AP_OK)
        status = ap_writer_finish(feed->writer, err);
    return status == AP_OK ? feed->step(feed->context, err) : status;
}

static void count_left(struct ap_feed *feed, const struct ap_line *line, bool unknown)
{
    struct ap_feed_totals *totals = &feed->totals;

    totals->left++;
    totals->left_unknown += unknown ? 1 : 0;
    if (totals->left_at[0] == '\0' && line->file != NULL)
        (void)snprintf(totals->left_at, sizeof totals->left_at, "%.100s:%" PRIu64, line->file, line->number);
}

/*
 * A line whose fate is unknown is kept with the id that it was sent with, so that it can be fed again under
 * --on-conflict=skip and is stored once whatever had become of it.
 */
static enum ap_status keep_with_id(struct ap_feed *feed, const struct ap_line *line, const struct ap_uuid *id,
                                   struct ap_error *err)
{
    const char *brace = memchr(line->text, '{', line->len);
    struct ap_buf *text = &feed->text;
    char id_text[AP_UUID_TEXT_SIZE];
    size_t offset;

    if (brace == NULL ||
        ap_draft_from_ndjson(&feed->entry, line->text, line->len, feed->unknown, &offset, NULL) != AP_OK ||
        feed->entry.cells[AP_ENTRY_ID].kind != AP_CELL_ABSENT)
        return ap_reject_line(feed->reject, line->text, line->len, err);
    ap_uuid_format(id_text, id);
    ap_buf_clear(text);
    ap_buf_add(text, line->text, (size_t)(brace - line->text) + 1);
    ap_buf_addf(text, "\"id\":\"%s\",", id_text);
    ap_buf_add(text, brace + 1, line->len - (size_t)(brace - line->text) - 1);
    if (ap_buf_check(text, "a line", err) != AP_OK)
        return AP_ENOMEM;
    return ap_reject_line(feed->reject, text->data, text->len, err);
}

static enum ap_status keep_one(void *context, const struct ap_line *line, const struct ap_uuid *id, bool unknown,
                               struct ap_error *err)
{
    struct ap_feed *feed = context;

    count_left(feed, line, unknown);
    if (feed->reject == NULL || line->file == NULL)
        return AP_OK;
    if (unknown && !feed->csv)
        return keep_with_id(feed, line, id, err);
    return ap_reject_line(feed->reject, line->text, line->len, err);
}

/* As much as pipes hold, without waiting: whoever goes on writing learns of our end. */
static enum ap_status empty_pipe(struct ap_input *input, struct ap_error *err)
{
    enum { READS = 8 };
    const char *text;
    size_t len;
    bool stream;
    enum ap_status status = AP_OK;

    ap_input_rest(input, &text, &len, &stream);
    for (int i = 0; i < READS && stream && status == AP_OK; i++) {
        struct pollfd fd = {ap_input_fd(input), POLLIN, 0};

        if (fd.fd < 0 || poll(&fd, 1, 0) <= 0)
            break;
        status = ap_input_read(input, err);
    }
    return status;
}

enum ap_status ap_feed_keep_left(struct ap_feed *feed, struct ap_error *err)
{
    enum ap_status status = ap_writer_left(feed->writer, keep_one, feed, err);
    const char *text;
    size_t len;
    bool stream;

    if (status == AP_OK && feed->reject != NULL && feed->holding) {
        status = ap_buf_check(&feed->held, "a line", err);
        if (status == AP_OK)
            status = ap_reject_line(feed->reject, feed->held.data, feed->held.len, err);
    }
    if (status != AP_OK || feed->input == NULL || feed->reject == NULL)
        return status;
    /* What a pipe has given, or holds when we go, cannot be read from it again; a file still has it. */
    status = empty_pipe(feed->input, err);
    if (status != AP_OK)
        return status;
    ap_input_rest(feed->input, &text, &len, &stream);
    if (!stream || len == 0)
        return AP_OK;
    /* The last line may be half a line: what is appended later must not continue it. */
    return text[len - 1] == '\n' ? ap_reject_bytes(feed->reject, text, len, err)
                                 : ap_reject_line(feed->reject, text, len, err);
}

void ap_feed_clear(struct ap_feed *feed)
{
    ap_draft_free(&feed->entry);
    ap_csv_header_free(&feed->header);
    ap_buf_free(&feed->row.plain);
    ap_buf_free(&feed->text);
    ap_buf_free(&feed->held);
}
