#include "auditproof/bundle_check.h"

#include <stdlib.h>
#include <string.h>

#include "auditproof/clock.h"
#include "check/check_internal.h"
#include "check/inflate.h"
#include "check/source.h"
#include "check/untar.h"

enum { TELL_EVERY_US = 500000 };

static int held_index(const char *path)
{
    for (int i = 0; i < HELD_FILES; i++)
        if (strcmp(held_rules[i].path, path) == 0)
            return i;
    return -1;
}

static bool is_events_file(const char *path)
{
    static const char folder[] = "data/events/";

    return strncmp(path, folder, sizeof folder - 1) == 0;
}

/* Where a member's bytes go to. */
struct sink {
    struct held *held; /* or NULL */
    bool events;
};

static struct sink begin_member(struct check *check, const struct untar *untar)
{
    struct sink sink = {NULL, false};
    int held = held_index(untar->path);

    if (held >= 0) {
        check->held[held].there = true;
        if (untar->size > held_rules[held].most)
            check_found(check, held_rules[held].kind, untar->path, 0, "it is longer than %zu bytes",
                        held_rules[held].most);
        else
            sink.held = &check->held[held];
    }
    sink.events = check->report->about.known && is_events_file(untar->path);
    if (sink.events)
        events_begin(check, untar->path);
    return sink;
}

/* Hashed before it is parsed, which writes over it. */
static enum ap_status pass(struct check *check, const struct sink *sink, struct ap_digest *digest, char *bytes,
                           size_t len, struct ap_error *err)
{
    enum ap_status status = ap_digest_add(digest, bytes, len, err);

    if (status == AP_OK && sink->held != NULL) {
        ap_buf_add(&sink->held->bytes, bytes, len);
        status = ap_buf_check(&sink->held->bytes, "a file of a bundle", err);
    }
    return status == AP_OK && sink->events ? events_read(check, bytes, len, err) : status;
}

static enum ap_status show_file(const struct check *check, const char *path, const uint8_t sha256[AP_HASH_LEN],
                                const struct held *held, struct ap_error *err)
{
    const struct ap_bundle_reader *reader = check->options->reader;
    struct ap_span bytes = {NULL, 0};

    if (held != NULL)
        bytes = (struct ap_span){ap_buf_str(&held->bytes), held->bytes.len};
    return reader == NULL || reader->file == NULL ? AP_OK : reader->file(reader->context, path, sha256, &bytes, err);
}

static enum ap_status end_member(struct check *check, const struct untar *untar, const struct sink *sink,
                                 struct ap_digest *digest, struct ap_error *err)
{
    uint8_t sha256[AP_HASH_LEN];
    enum ap_status status = ap_digest_end(digest, sha256, err);

    if (status == AP_OK)
        status = files_add(&check->files, untar->path, untar->size, sha256, err);
    if (sink->held != NULL)
        sink->held->whole = true;
    if (status == AP_OK && sink->events)
        events_finish(check);
    if (status == AP_OK && sink->held == &check->held[HELD_BUNDLE])
        status = check_about(check, err);
    if (status == AP_OK)
        status = show_file(check, untar->path, sha256, sink->held, err);
    return status;
}

/* Something is called after each chunk. */
static enum ap_status tell(const struct check *check, const struct source *source, int64_t *told_us,
                           struct ap_error *err)
{
    const struct ap_bundle_check_options *options = check->options;
    struct ap_bundle_progress progress = {source_bytes(source), check->report->entries};
    int64_t now_us;

    if (options->stop != NULL && *options->stop)
        return ap_fail(err, AP_ECANCELLED, "stopped on request");
    if (options->progress == NULL)
        return AP_OK;
    now_us = ap_clock_monotonic_us();
    if (now_us - *told_us >= TELL_EVERY_US) {
        *told_us = now_us;
        options->progress(options->context, &progress);
    }
    return AP_OK;
}

static enum ap_status read_member(struct check *check, struct untar *untar, struct source *source,
                                  struct ap_digest *digest, int64_t *told_us, struct ap_error *err)
{
    struct sink sink = begin_member(check, untar);
    enum ap_status status = ap_digest_start(digest, err);
    size_t len = 1;
    char *bytes;

    while (status == AP_OK && len > 0) {
        status = untar_read(untar, &bytes, &len, err);
        if (status == AP_OK && len > 0)
            status = pass(check, &sink, digest, bytes, len, err);
        if (status == AP_OK)
            status = tell(check, source, told_us, err);
    }
    if (status == AP_OK && untar->problem == NULL)
        status = end_member(check, untar, &sink, digest, err);
    return status;
}

/* All members; then report->whole, or a finding that says where reading stopped. */
static enum ap_status read_members(struct check *check, struct untar *untar, struct source *source,
                                   struct ap_error *err)
{
    struct ap_bundle_check_report *report = check->report;
    struct ap_digest *digest;
    int64_t told_us = ap_clock_monotonic_us();
    bool more = true;
    enum ap_status status = ap_digest_new(&digest, err);

    while (status == AP_OK && more) {
        status = untar_next(untar, &more, err);
        if (status == AP_OK && more)
            status = read_member(check, untar, source, digest, &told_us, err);
        more = more && untar->problem == NULL;
    }
    ap_digest_free(digest);
    if (status != AP_OK)
        return status;
    memcpy(report->name, untar->top, sizeof report->name);
    report->members = check->files.count;
    report->tar_bytes = untar->bytes;
    report->bytes = source_bytes(source);
    report->whole = untar->problem == NULL;
    if (!report->whole)
        check_found(check, AP_FINDING_ARCHIVE, untar->problem_path, 0, "%s", untar->problem);
    return AP_OK;
}

/* What needs every file. */
static enum ap_status check_rest(struct check *check, struct ap_error *err)
{
    static enum ap_status (*const steps[])(struct check *, struct ap_error *) = {
        check_bag,       check_keys, check_checkpoints, check_changes, check_cosignatures,
        check_timestamp, check_kept, check_seal,        check_counts,
    };
    enum ap_status status = check->report->about.known ? events_end(check, err) : AP_OK;

    for (size_t i = 0; i < sizeof steps / sizeof *steps && status == AP_OK; i++)
        status = steps[i](check, err);
    return status;
}

static void judge(struct check *check)
{
    struct ap_bundle_check_report *report = check->report;

    if (report->found > 0)
        report->verdict = AP_BUNDLE_FINDINGS;
    else if (report->bundle_key.pinned && check->log_pinned)
        report->verdict = AP_BUNDLE_TRUSTED;
    else
        report->verdict = AP_BUNDLE_INTACT;
}

static enum ap_status check_from(struct check *check, struct source *source, struct ap_error *err)
{
    struct ap_bundle_check_report *report = check->report;
    struct untar untar;
    enum ap_status status = untar_open(&untar, source_read, source, err);

    if (status == AP_OK)
        status = read_members(check, &untar, source, err);
    if (status == AP_OK && report->whole) {
        status = untar_digest(&untar, report->tar_sha256, err);
        if (status == AP_OK)
            status = source_digest(source, report->sha256, err);
        if (status == AP_OK)
            status = check_rest(check, err);
    }
    untar_free(&untar);
    return status;
}

static enum ap_status open_check(struct check *check, struct ap_error *err)
{
    check->events.line = calloc(1, sizeof *check->events.line);
    check->events.before = calloc(1, sizeof *check->events.before);
    if (check->events.line == NULL || check->events.before == NULL)
        return ap_fail_memory(err, "a bundle's check");
    return ap_digest_new(&check->digest, err);
}

static void close_check(struct check *check)
{
    for (int i = 0; i < HELD_FILES; i++)
        ap_buf_free(&check->held[i].bytes);
    ap_buf_free(&check->events.partial);
    free(check->events.line);
    free(check->events.before);
    files_free(&check->files);
    ap_log_keys_free(&check->log_keys);
    ap_epochs_free(&check->epochs);
    free(check->witnesses);
    free(check->note);
    free(check->previous);
    ap_digest_free(check->digest);
}

enum ap_status check_source(struct source *source, const struct ap_bundle_check_options *options,
                            struct ap_bundle_check_report *report, struct ap_error *err)
{
    struct check *check = calloc(1, sizeof *check);
    enum ap_status status;

    memset(report, 0, sizeof *report);
    if (check == NULL)
        return ap_fail_memory(err, "a bundle's check");
    check->options = options;
    check->report = report;
    status = open_check(check, err);
    if (status == AP_OK)
        status = check_from(check, source, err);
    if (status == AP_OK && check->no_memory)
        status = ap_fail_memory(err, "findings");
    if (status == AP_OK)
        judge(check);
    close_check(check);
    free(check);
    return status;
}

enum ap_status ap_bundle_check(int fd, const char *name, const struct ap_bundle_check_options *options,
                               struct ap_bundle_check_report *report, struct ap_error *err)
{
    struct source *source;
    enum ap_status status;

    memset(report, 0, sizeof *report);
    status = source_open(&source, fd, name, err);
    if (status == AP_OK)
        status = check_source(source, options, report, err);
    source_close(source);
    return status;
}

void ap_bundle_check_report_free(struct ap_bundle_check_report *report)
{
    free(report->findings);
    report->findings = NULL;
    report->finding_count = 0;
}
