#include "bundle.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "auditproof/clock.h"
#include "certificate.h"
#include "keys.h"
#include "kept.h"

static int64_t started_us;

static void show_progress(void *context, const struct ap_bundle_progress *progress)
{
    double seconds = (double)(ap_clock_monotonic_us() - started_us) / 1e6;
    bool terminal = isatty(STDERR_FILENO) == 1;

    (void)context;
    (void)fprintf(stderr, "%s%llu entries, %.1f MB read, %.0f entries/s%s", terminal ? "\r\033[K" : "",
                  (unsigned long long)progress->entries, (double)progress->bytes / 1e6,
                  seconds > 0 ? (double)progress->entries / seconds : 0, terminal ? "" : "\n");
}

static void clear_progress(void)
{
    if (cli_progress && isatty(STDERR_FILENO) == 1)
        (void)fputs("\r\033[K", stderr);
}

const char *bundle_verdict_name(enum ap_bundle_verdict verdict)
{
    static const char *const names[] = {
        [AP_BUNDLE_FINDINGS] = "findings", [AP_BUNDLE_INTACT] = "intact", [AP_BUNDLE_TRUSTED] = "trusted"};

    return names[verdict];
}

static bool is_stdin(const char *file)
{
    return strcmp(file, "-") == 0;
}

static enum ap_status open_file(const char *file, int *fd, struct ap_error *err)
{
    *fd = is_stdin(file) ? STDIN_FILENO : open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    return *fd < 0 ? ap_fail_errno(err, errno, "cannot read %s", file) : AP_OK;
}

static void close_file(const char *file, int fd)
{
    if (fd >= 0 && !is_stdin(file))
        (void)close(fd);
}

/* What the reader is to have of it is read again, from the same file. */
static enum ap_status extract(const struct bundle_run *run, const char *file, int fd,
                              const struct ap_bundle_check_report *report, struct ap_error *err)
{
    enum ap_status status = AP_OK;

    if (lseek(fd, 0, SEEK_SET) != 0)
        status = ap_fail_errno(err, errno, "cannot read %s a second time, for --extract", file);
    if (status == AP_OK)
        status = ap_bundle_extract(fd, file, report, run->extract, run->stop, err);
    if (status != AP_OK)
        cli_say("%s: no verdict, since it was to be extracted; leave --extract out for the verdict alone", file);
    return status;
}

static void print(const struct bundle_run *run, const struct bundle_context *context,
                  const struct ap_bundle_check_report *report)
{
    if (strcmp(run->format, "text") == 0)
        bundle_text(context, report);
    else
        bundle_json(context, report, strcmp(run->format, "ndjson") == 0);
}

static int say_unknown(const struct bundle_run *run, const char *file, const struct ap_error *err)
{
    (void)cli_fail(err);
    if (strcmp(run->format, "text") != 0)
        bundle_json_unknown(file, err, strcmp(run->format, "ndjson") == 0);
    return EXIT_UNKNOWN;
}

/* A certificate of destruction is no archive: it is read whole. */
static int check_certificate(const struct bundle_run *run, const struct bundle_context *context,
                             enum ap_bundle_verdict *least)
{
    struct ap_certificate_check_report report;
    struct ap_error err;
    int result = EXIT_FINDINGS;

    if (run->extract != NULL)
        return cli_usage("--extract takes bundles: %s is a certificate", context->file);
    if (certificate_check(context->file, context->asked->pins, context->asked->pin_count, &report, &err) == AP_OK) {
        if (strcmp(run->format, "text") == 0)
            certificate_text(context->file, context->colour, &report);
        else
            certificate_json(context->file, &report, strcmp(run->format, "ndjson") == 0);
        *least = report.verdict < *least ? report.verdict : *least;
        result = report.finding_count > 0 ? EXIT_FINDINGS : EXIT_DONE;
    } else {
        result = say_unknown(run, context->file, &err);
    }
    ap_certificate_check_report_free(&report);
    return result;
}

/* *least: the weakest verdict of all files, AP_BUNDLE_TRUSTED to begin with; of a file that could not be read, none. */
static int check_one(const struct bundle_run *run, const struct ap_bundle_check_options *asked, const char *file,
                     enum ap_bundle_verdict *least)
{
    struct bundle_context context = {is_stdin(file) ? "standard input" : file, asked, cli_colour(STDOUT_FILENO)};
    struct ap_bundle_check_report report;
    struct ap_error err;
    int fd, result;
    enum ap_status status = open_file(file, &fd, &err);

    if (status != AP_OK)
        return say_unknown(run, context.file, &err);
    if (certificate_is(fd)) {
        close_file(file, fd);
        return check_certificate(run, &context, least);
    }
    started_us = ap_clock_monotonic_us();
    status = ap_bundle_check(fd, context.file, asked, &report, &err);
    clear_progress();
    /* First: what could not be read a second time as it was has no verdict. */
    if (status == AP_OK && run->extract != NULL && report.found == 0)
        status = extract(run, context.file, fd, &report, &err);
    if (status == AP_OK) {
        print(run, &context, &report);
        *least = report.verdict < *least ? report.verdict : *least;
        result = report.found > 0 ? EXIT_FINDINGS : EXIT_DONE;
        if (run->extract != NULL && result == EXIT_DONE)
            cli_say("extracted to %s/%s", run->extract, report.name);
        else if (run->extract != NULL)
            cli_say("%s: nothing was extracted: see the findings", context.file);
    } else {
        result = say_unknown(run, context.file, &err);
    }
    ap_bundle_check_report_free(&report);
    close_file(file, fd);
    return result;
}

static int check_all(const struct bundle_run *run, const struct ap_bundle_check_options *asked, int count, char **files)
{
    bool json = strcmp(run->format, "json") == 0;
    enum ap_bundle_verdict least = AP_BUNDLE_TRUSTED;
    int worst = EXIT_DONE;

    (void)fputs(json ? "{\"bundles\":[\n" : "", stdout);
    for (int i = 0; i < count && !*run->stop; i++) {
        int result;

        if (i > 0)
            (void)fputs(json ? ",\n" : strcmp(run->format, "text") == 0 ? "\n" : "", stdout);
        result = check_one(run, asked, files[i], &least);
        worst = result > worst ? result : worst;
    }
    if (json)
        (void)printf("],\n\"verdict\":\"%s\"}\n", worst == EXIT_UNKNOWN ? "unknown" : bundle_verdict_name(least));
    return worst;
}

int bundle_run(const struct bundle_run *run, int count, char **files)
{
    static struct ap_pin pins[CLI_LIST_MAX];
    struct ap_bundle_check_options asked;
    struct ap_kept_note *kept = NULL;
    struct ap_policy *policy = NULL;
    size_t kept_count = 0;
    struct ap_error err;
    enum ap_status status;
    int result;

    for (int i = 0; i < count && run->extract != NULL; i++)
        if (is_stdin(files[i]))
            return cli_usage("--extract reads a bundle twice, which standard input cannot be: name a file");
    memset(&asked, 0, sizeof asked);
    status = cli_read_pins(run->pins, pins, &err);
    if (status == AP_OK && run->policy != NULL)
        status = cli_read_policy(run->policy, &policy, &err);
    if (status == AP_OK)
        status = kept_read(run->anchors, &kept, &kept_count, &err);
    asked.pins = pins;
    asked.pin_count = run->pins->count;
    asked.policy = policy;
    asked.anchors = kept;
    asked.anchor_count = kept_count;
    asked.authorities = run->authorities;
    asked.max_findings = (size_t)run->max_findings;
    asked.progress = cli_progress ? show_progress : NULL;
    asked.stop = run->stop;
    result = status == AP_OK ? check_all(run, &asked, count, files) : cli_fail(&err);
    kept_free(kept, kept_count);
    ap_policy_free(policy);
    return result;
}
