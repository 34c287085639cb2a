/* The lines of data/events/: their order, segments and proofs (audit-bundle(5), EVENTS). */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "auditproof/clock.h"
#include "check/check_internal.h"

enum { LINE_MAX_BYTES = 64 << 20, FILE_LINES_MAX = 100000 };

void events_begin(struct check *check, const char *path)
{
    struct events *events = &check->events;

    memcpy(events->path, path, strlen(path) + 1);
    ap_buf_clear(&events->partial);
    events->lines = 0;
    events->start = true;
    events->skipping = false;
}

static void lose(struct events *events)
{
    events->has_before = false;
    events->lost = true;
}

/* A row may be gone when its window has ended, and not before: else its text is being kept from the reader. */
static void check_purged(struct check *check, const struct event_line *line)
{
    int64_t end_us = ap_retention_end(line->recorded_at_us, AP_RETENTION_YEARS);
    char end[AP_TIME_TEXT_SIZE];

    if (line->has_text || end_us <= ap_clock_now_us())
        return;
    ap_time_format(end, end_us);
    check_found(check, AP_FINDING_EARLY_PURGE, check->events.path, line->seq,
                "its text is left out as purged, and it was to be kept until %s", end);
}

static void count_line(struct check *check, const struct event_line *line)
{
    struct ap_bundle_check_report *report = check->report;
    bool withheld = false;

    check_purged(check, line);
    report->purged += !line->has_text;
    report->erased_groups += line->erased_count;
    if (report->first_seq == 0) {
        report->first_seq = line->seq;
        report->first_recorded_us = line->recorded_at_us;
    }
    report->last_seq = line->seq;
    report->last_recorded_us = line->recorded_at_us;
    for (size_t g = 0; g < AP_GROUPS; g++)
        withheld = withheld || (line->disclosed[g].there && report->about.withheld[g]);
    if (withheld)
        check_found(check, AP_FINDING_COUNT, check->events.path, line->seq,
                    "it discloses a group that is said to be withheld");
}

/* A root that a segment's proof leads to is held against the seal when that is read. */
static void keep_root(struct check *check, const struct ap_hash *root)
{
    struct events *events = &check->events;
    const struct event_line *line = events->before;
    struct event_root *is;

    for (size_t i = 0; i < events->root_count; i++)
        if (events->roots[i].size == line->size && ap_hash_equal(&events->roots[i].root, root))
            return;
    if (events->root_count == ROOTS_MAX) {
        check_found(check, AP_FINDING_PROOF, events->before_path, line->seq,
                    "its inclusion proof leads to another root than those of other segments");
        return;
    }
    is = &events->roots[events->root_count++];
    is->size = line->size;
    is->seq = line->seq;
    is->root = *root;
    memcpy(is->path, events->before_path, sizeof is->path);
}

static enum ap_status end_segment(struct check *check, struct ap_error *err)
{
    const struct events *events = &check->events;
    const struct event_line *line = events->before;
    struct ap_hash root;
    bool leads;
    enum ap_status status;

    if (!line->has_inclusion) {
        check_found(check, AP_FINDING_PROOF, events->before_path, line->seq,
                    "a segment ends without an inclusion proof");
        return AP_OK;
    }
    status = ap_merkle_inclusion_root(check->digest, &line->entry_hash, line->seq - 1, line->size, line->inclusion,
                                      line->inclusion_count, &root, &leads, err);
    if (status == AP_OK && leads)
        keep_root(check, &root);
    else if (status == AP_OK)
        check_found(check, AP_FINDING_PROOF, events->before_path, line->seq,
                    "its inclusion proof is not one for this entry in a tree of %" PRIu64, line->size);
    return status;
}

/*
 * In a bundle of a period, entries that are not there must lie outside of it: recorded_at does not go back along a
 * chain. line is NULL at the end.
 */
static void check_missing(struct check *check, const struct event_line *line)
{
    const struct ap_bundle_about *about = &check->report->about;
    const struct events *events = &check->events;
    const struct event_line *before = events->has_before ? events->before : NULL;
    uint64_t first = before != NULL ? before->seq + 1 : 1, last = line != NULL ? line->seq - 1 : about->chain_size;

    if (strcmp(about->kind, "soc2") != 0 || first > last || (line != NULL && line->recorded_at_us < about->from_us) ||
        (before != NULL && before->recorded_at_us >= about->to_us))
        return;
    check_found(check, AP_FINDING_GAP, line != NULL || before != NULL ? events->path : "", first,
                "entries %" PRIu64 " to %" PRIu64 " are not there, and not shown to lie outside of the period", first,
                last);
}

/* A line that follows another number than its own less one. *prev: the hash that it names, or NULL. */
static enum ap_status begin_segment(struct check *check, const struct event_line *line, const struct ap_hash **prev,
                                    struct ap_error *err)
{
    struct events *events = &check->events;
    enum ap_status status = AP_OK;

    *prev = NULL;
    if (events->has_before && line->seq <= events->before->seq)
        check_found(check, AP_FINDING_GAP, events->path, line->seq, "entries are not in order");
    if (events->has_before)
        status = end_segment(check, err);
    if (!events->lost)
        check_missing(check, line);
    if (events->lost && !line->has_prev)
        return status;
    check->report->segments++;
    if (!line->has_prev)
        check_found(check, AP_FINDING_LINK, events->path, line->seq,
                    "a segment begins without the hash of the entry before it");
    else if (line->seq == 1 && memcmp(line->prev.bytes, ap_hash_zero, AP_HASH_LEN) != 0)
        check_found(check, AP_FINDING_LINK, events->path, line->seq, "the first entry names one before it");
    if (line->has_prev)
        *prev = &line->prev;
    return status;
}

static void go_on(struct check *check, const struct event_line *line)
{
    const struct events *events = &check->events;

    if (line->has_prev)
        check_found(check, AP_FINDING_LINK, events->path, line->seq,
                    "it names the hash before it, which stands on the line before");
    if (events->before->has_inclusion)
        check_found(check, AP_FINDING_PROOF, events->before_path, line->seq - 1,
                    "an inclusion proof stands within a segment");
}

static void check_file_name(struct check *check, uint64_t seq)
{
    char want[64];

    (void)snprintf(want, sizeof want, "data/events/%020" PRIu64 ".ndjson", seq);
    if (check->events.start && strcmp(check->events.path, want) != 0)
        check_found(check, AP_FINDING_GAP, check->events.path, seq,
                    "the file's name is not the number of its first entry");
    check->events.start = false;
}

/* The line becomes the one before. */
static void remember(struct events *events)
{
    struct event_line *line = events->line;

    events->line = events->before;
    events->before = line;
    events->has_before = true;
    events->lost = false;
    memcpy(events->before_path, events->path, sizeof events->path);
}

static enum ap_status show_entry(struct check *check, const struct event_line *line, struct ap_error *err)
{
    const struct ap_bundle_reader *reader = check->options->reader;
    struct ap_bundle_entry entry = {line->seq, line->recorded_at_us, line->entry_hash.bytes,
                                    line->has_text ? line->text : (struct ap_span){NULL, 0}, line->has_text};

    for (size_t g = 0; g < AP_GROUPS; g++)
        entry.whole = entry.whole && (line->disclosed[g].there || line->erased[g]);
    return reader == NULL || reader->entry == NULL ? AP_OK
                                                   : reader->entry(reader->context, &check->report->about, &entry, err);
}

static enum ap_status take_line(struct check *check, char *text, size_t len, struct ap_error *err)
{
    struct events *events = &check->events;
    struct event_line *line = events->line;
    const struct ap_hash *prev;
    enum ap_status status = AP_OK;

    events->lines++;
    check->report->entries++;
    if (!event_line_read(line, text, len)) {
        check_found(check, AP_FINDING_ALTERED, events->path, event_line_seq(text, len),
                    "line %" PRIu64 " of the file is not written as an entry's line is", events->lines);
        events->start = false;
        lose(events);
        return AP_OK;
    }
    check_file_name(check, line->seq);
    count_line(check, line);
    if (events->has_before && line->seq == events->before->seq + 1) {
        prev = &events->before->entry_hash;
        go_on(check, line);
    } else {
        status = begin_segment(check, line, &prev, err);
    }
    if (status == AP_OK)
        status = check_line(check, line, prev, err);
    if (status == AP_OK)
        status = show_entry(check, line, err);
    remember(events);
    return status;
}

/* The rest of a chunk, whose line goes on in the next. */
static enum ap_status keep_partial(struct check *check, const char *bytes, size_t len, struct ap_error *err)
{
    struct events *events = &check->events;

    if (events->partial.len + len > LINE_MAX_BYTES) {
        check_found(check, AP_FINDING_ALTERED, events->path, 0, "a line is longer than %d bytes", LINE_MAX_BYTES);
        events->skipping = true;
        ap_buf_free(&events->partial);
        lose(events);
        return AP_OK;
    }
    ap_buf_add(&events->partial, bytes, len);
    return ap_buf_check(&events->partial, "a line of data/events", err);
}

enum ap_status events_read(struct check *check, char *bytes, size_t len, struct ap_error *err)
{
    struct events *events = &check->events;
    char *end = bytes + len;
    enum ap_status status = AP_OK;

    while (bytes < end && status == AP_OK && !events->skipping) {
        char *stop = memchr(bytes, '\n', (size_t)(end - bytes));

        if (stop == NULL)
            return keep_partial(check, bytes, (size_t)(end - bytes), err);
        if (events->partial.len == 0) {
            status = take_line(check, bytes, (size_t)(stop - bytes), err);
        } else {
            status = keep_partial(check, bytes, (size_t)(stop - bytes), err);
            if (status == AP_OK && !events->skipping)
                status = take_line(check, events->partial.data, events->partial.len, err);
            ap_buf_clear(&events->partial);
        }
        bytes = stop + 1;
    }
    return status;
}

void events_finish(struct check *check)
{
    struct events *events = &check->events;

    if (events->partial.len > 0) {
        check_found(check, AP_FINDING_ALTERED, events->path, 0, "its last line has no end");
        lose(events);
    } else if (events->lines == 0 && !events->skipping) {
        check_found(check, AP_FINDING_GAP, events->path, 0, "it holds no entry");
    }
    ap_buf_clear(&events->partial);
    if (events->lines > FILE_LINES_MAX)
        check_found(check, AP_FINDING_COUNT, events->path, 0, "it holds more than %d entries", FILE_LINES_MAX);
}

enum ap_status events_end(struct check *check, struct ap_error *err)
{
    struct events *events = &check->events;
    enum ap_status status = events->has_before ? end_segment(check, err) : AP_OK;

    if (status == AP_OK && !events->lost)
        check_missing(check, NULL);
    return status;
}
